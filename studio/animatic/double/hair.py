"""How hair grows, seen from behind: strands by style.

A strand starts on the skull and is integrated in small steps (away from the whorl, down by its weight, out of the
head); then it bends towards the leader of its lock (leader strands are common practice in hair grooming).

Lengths are head heights; x right from the middle, v down from the crown, z towards the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.skull import Skull

Strands = NDArray[np.float64]  # (n, steps, 3)
STEPS = 16


@dataclass(frozen=True, slots=True)
class Groom:
    """How a style grows.

    Parameters
    ----------
    length : path length; ``ends_v`` stops falling hair at a row instead
    lift : distance from the skull
    fall : weight of gravity, 0 hugs the skull .. 1 hangs
    wave, turns, curl : sideways waves; radius of curls
    lock : how strongly strands join their leader
    leaders : locks on the head
    density : strands against the usual number
    bald_top : 0 full .. 1 only a wreath
    """

    length: float
    ends_v: float = 9.0
    lift: float = 0.03
    fall: float = 0.6
    wave: float = 0.0
    turns: float = 2.0
    curl: float = 0.0
    lock: float = 0.5
    leaders: int = 160
    density: float = 1.0
    bald_top: float = 0.0
    tousle: float = 0.15


GROOMS = {
    "short": Groom(0.20, lift=0.030, fall=0.55, lock=0.55, leaders=420, tousle=0.32, density=1.15),
    "bob": Groom(1.2, ends_v=0.98, lift=0.048, fall=0.80, wave=0.022, lock=0.45, leaders=200, tousle=0.12),
    "long": Groom(
        2.6,
        ends_v=1.72,
        lift=0.042,
        fall=0.85,
        wave=0.040,
        turns=1.6,
        lock=0.50,
        leaders=150,
        tousle=0.10,
        density=1.25,
    ),
    "tied": Groom(0.8, lift=0.022, fall=0.2, lock=0.25, leaders=200, tousle=0.06),
    "curly": Groom(
        0.62, lift=0.075, fall=0.50, wave=0.02, turns=1.6, curl=0.030, lock=0.80, leaders=330, tousle=0.45, density=1.1
    ),
    "thin": Groom(0.14, lift=0.016, fall=0.60, lock=0.35, leaders=220, density=0.9, bald_top=1.0, tousle=0.30),
    "bald": Groom(0.055, lift=0.006, fall=0.60, lock=0.1, leaders=80, density=0.8, bald_top=1.0, tousle=0.2),
}
TIE = np.array([0.0, 0.50, 0.47])  # where tied hair is held


def grow(style: str, skull: Skull, age_years: float, count: int, rng: np.random.Generator) -> tuple[Strands, NDArray]:
    """Strands of a style, and the lock (int) of each.

    Old hair is thinner, a child's is finer, tousled and a little shorter.
    """
    groom = GROOMS[style]
    old = float(np.clip((age_years - 55) / 30, 0, 1))
    if age_years < 13:
        groom = replace(groom, tousle=groom.tousle * 1.35, length=groom.length * 0.85, ends_v=groom.ends_v - 0.12)
    groom = replace(groom, density=groom.density * (1 - 0.25 * old), lift=groom.lift * (1 - 0.25 * old))
    count = int(count * groom.density)
    roots = _roots(groom, skull, count, rng)
    if style == "tied":  # combed back from the temples: nothing grows over the horizon
        roots[:, 2] = np.maximum(roots[:, 2], 0.04)
        roots[:, 1] = np.maximum(roots[:, 1], 0.008)
    leads = _roots(groom, skull, groom.leaders, rng)
    lock = _nearest(roots, leads)
    if style == "tied":
        strands = _pull(roots, skull, rng)
        tail, tail_lock = _tail(max(count // 3, 400), 1.30 if age_years > 13 else 1.18, rng)
        return np.concatenate([strands, tail]), np.concatenate([lock, tail_lock + groom.leaders])
    mood = rng.normal(size=(groom.leaders, 6))
    strands = _fall(groom, skull, roots, mood[lock], 0.45, rng)
    leaders = _fall(groom, skull, leads, mood, 0.1, rng)
    t = np.linspace(0, 1, STEPS)[None, :, None]
    pull = groom.lock * rng.uniform(0.45, 1.0, (count, 1, 1)) * t**1.3
    strands += pull * (leaders[lock] - strands)
    phase = mood[lock, 2:3] * 3 + rng.normal(0, 0.25, (count, 1))
    angle = 2 * np.pi * groom.turns * (1 + 0.25 * mood[lock, 3:4]) * t[0, :, 0][None] + phase
    strands[:, :, 0] += (groom.wave * (0.6 + 0.4 * np.abs(mood[lock, 4:5])) * t[0, :, 0] * np.sin(angle)).reshape(
        count, STEPS
    )
    if groom.curl:
        radius = groom.curl * np.minimum(1, 3 * t[0, :, 0]) * (1 + 0.3 * mood[lock, 5:6])
        strands[:, :, 0] += radius * np.sin(1.7 * angle)
        strands[:, :, 1] += radius * np.cos(1.7 * angle)
    return strands, lock


def _nape(angle: NDArray) -> NDArray:
    """Row of the hair line at an angle round the head (0 behind, pi/2 over the ear)."""
    return np.interp(np.abs(angle), [0, 0.35, 0.75, 1.0, 1.2, 1.8], [0.845, 0.850, 0.80, 0.69, 0.52, 0.46])


def _roots(groom: Groom, skull: Skull, count: int, rng: np.random.Generator) -> NDArray:
    """(count, 3) points of the scalp, a little over the horizon too."""
    found: list[NDArray] = []
    total = 0
    while total < count:
        v = rng.uniform(0.004, 0.90, 3 * count)
        angle = rng.uniform(-1.8, 1.8, 3 * count)
        half, depth = skull.width(v), skull.depth(v)
        keep = rng.random(3 * count) < (half / skull.half)
        keep &= v < _nape(angle) + rng.normal(0, 0.018, 3 * count)
        if groom.bald_top:
            crown = np.hypot(np.sin(angle) * half / 0.30, (v - 0.14) / 0.33)
            keep &= rng.random(3 * count) < np.clip((crown - 0.75) * 2.0, 0.004, 1)
        v, angle, half, depth = v[keep], angle[keep], half[keep], depth[keep]
        found.append(np.column_stack([half * np.sin(angle), v, depth * np.cos(angle)]))
        total += len(v)
    return np.concatenate(found)[:count]


def _nearest(points: NDArray, leads: NDArray) -> NDArray:
    """Index of the nearest leader of every point."""
    cross = points @ leads.T
    return (np.sum(leads**2, 1)[None] - 2 * cross).argmin(1)


def _outward(p: NDArray, skull: Skull) -> NDArray:
    """Unit normals of the egg that stands for the skull."""
    n = np.column_stack([p[:, 0] / skull.half**2, (p[:, 1] - 0.42) / 0.42**2, p[:, 2] / 0.435**2])
    return n / np.linalg.norm(n, axis=1, keepdims=True)


def _fall(groom: Groom, skull: Skull, roots: NDArray, mood: NDArray, own: float, rng: np.random.Generator) -> Strands:
    """Integrate free hair from its roots; ``mood`` (n, 6) is shared by a lock, ``own`` is a strand's own will."""
    count = len(roots)
    whorl = np.array([0.05, 0.10 if groom.length < 0.5 else 0.02, 0.25])
    noise = mood[:, :2] + own * rng.normal(size=(count, 2))
    is_hanging = groom.ends_v < 5
    ends = (
        groom.ends_v
        + 0.055 * mood[:, 4]
        + 0.05 * own * rng.normal(size=count)
        - 1.5 * (roots[:, 0] ** 2)
        - (rng.random(count) < 0.25) * rng.uniform(0, 0.30, count)
    )
    length = groom.length * (1 + 0.14 * mood[:, 3] + 0.12 * rng.normal(size=count)).clip(0.5, 1.5)
    if not is_hanging:  # clipped shorter at the nape and over the ears
        length *= np.interp(roots[:, 1], [0.3, 0.6, 0.74, 0.86], [1.0, 0.75, 0.45, 0.2]) * np.interp(
            np.abs(roots[:, 0]) / skull.half, [0.75, 1.0], [1.0, 0.6]
        )
    else:
        length = np.maximum(ends - roots[:, 1], 0.03) + 0.25 * np.clip(0.3 - roots[:, 1], 0, 1)
    step = (length / (STEPS - 1))[:, None]
    lift = groom.lift * (1 + (0.42 if is_hanging else 0.24) * mood[:, 5] + 0.25 * rng.normal(size=count)).clip(0.3, 2.2)
    lift = lift * np.interp(roots[:, 1], [0, 0.55, 0.86], [1.0, 0.85, 0.45])
    p = roots.copy()
    strands = np.empty((count, STEPS, 3))
    strands[:, 0] = p
    down = np.array([0.0, 1.0, 0.0])
    for i in range(1, STEPS):
        share = i / (STEPS - 1)
        normal = _outward(p, skull)
        flow = p - whorl
        flow[:, 0] += groom.tousle * noise[:, 0] * 0.6
        flow[:, 1] += groom.tousle * noise[:, 1] * 0.4
        flow -= (flow * normal).sum(1, keepdims=True) * normal
        flow /= np.linalg.norm(flow, axis=1, keepdims=True) + 1e-6
        weight = groom.fall * (min(1.0, 2.5 * share) if is_hanging else 0.45 + 0.55 * share)
        along = (1 - weight) * flow + weight * down
        along[:, 0] += 0.25 * groom.tousle * noise[:, 0]
        inward = np.minimum((along * normal).sum(1, keepdims=True), 0)
        along -= inward * normal * (p[:, 1:2] < 0.8)
        p = p + step * along / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-6)
        gap = lift * min(1.0, 2.2 * share + 0.12)
        p = _keep_out(p, skull, gap)
        if is_hanging:  # behind the ears, against the neck, then over the shoulders
            p[:, 0] *= 1 + step[:, 0] * np.interp(
                p[:, 1], [0.55, 0.75, 1.0, 1.15, 1.4, 1.8], [0, -0.35, -0.25, 0.10, 0.12, -0.15]
            )
        strands[:, i] = p
    return strands


def _keep_out(p: NDArray, skull: Skull, gap: NDArray) -> NDArray:
    """Push points out of the head by at least ``gap``."""
    rows = np.clip(p[:, 1], 0.015, 1.1)
    half, depth = skull.width(rows) + gap, skull.depth(rows) + gap
    out = np.sqrt((p[:, 0] / half) ** 2 + (p[:, 2] / depth) ** 2)
    inside = (out < 1) & (p[:, 1] > 0.0)
    factor = np.where(inside, 1 / np.maximum(out, 0.2), 1.0)
    top = (p[:, 1] < 0.12) & inside
    p = p * np.column_stack([factor, np.ones(len(p)), factor])
    p[:, 1] -= np.where(top, 0.5 * gap * (1 - p[:, 1] / 0.12), 0)
    return p


def _pull(roots: NDArray, skull: Skull, rng: np.random.Generator) -> Strands:
    """Hair combed along the skull to the tie."""
    count = len(roots)
    t = np.linspace(0, 1, STEPS)[None, :, None] ** 1.1
    goal = TIE + rng.normal(0, [0.016, 0.016, 0.01], (count, 3))
    strands = roots[:, None] * (1 - t) + goal[:, None] * t
    slack = rng.gamma(2.0, 0.006, count) + 0.012
    for i in range(STEPS):
        share = i / (STEPS - 1)
        strands[:, i] = _keep_out(strands[:, i], skull, slack * min(1, 0.2 + 3 * share) + 0.02 * np.sin(np.pi * share))
    sag = np.sin(np.pi * t[..., 0]) * (0.02 + 0.02 * np.abs(rng.normal(size=(count, 1))))
    strands[:, :, 1] += sag * (roots[:, 1:2] < 0.5)
    strands[:, -1] = goal
    return strands


def _tail(count: int, ends_v: float, rng: np.random.Generator) -> tuple[Strands, NDArray]:
    """A pony tail from the tie: swells, then thins to uneven tips."""
    locks = 14
    lock = rng.integers(0, locks, count)
    centre = rng.uniform(-1, 1, (locks, 2))
    inside = 0.72 * centre[lock] + rng.normal(0, 0.28, (count, 2))
    t = np.linspace(0, 1, STEPS)
    radius = np.interp(t, [0, 0.12, 0.35, 0.7, 1], [0.034, 0.080, 0.115, 0.095, 0.030])
    reach = (ends_v - TIE[1]) * (
        1 + 0.05 * rng.normal(size=locks)[lock] - 0.45 * (rng.random(count) < 0.6) * rng.random(count)
    )
    bend = rng.normal(0, 0.02)
    x = (
        inside[:, :1] * radius
        + bend * np.sin(2.2 * t)
        + 0.010 * np.sin(5 * t[None] + rng.uniform(0, 6, locks)[lock][:, None])
    )
    v = TIE[1] - 0.03 * np.sin(np.pi * np.minimum(4 * t, 1)) + reach[:, None] * t**1.15
    z = TIE[2] + 0.09 * np.sin(np.pi * np.minimum(t * 1.2 + 0.1, 1)) + 0.6 * inside[:, 1:] * radius
    return np.stack([x, v, z], -1), lock
