"""How hair grows, seen from behind: strands by style.

A strand starts on the skull and is integrated in small steps (away from the whorl, down by its weight, out of the
head); then it bends towards the leader of its lock (leader strands are common practice in hair grooming).

Lengths are head heights; x right from the middle, v down from the crown, z towards the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.double.skull import Skull

Strands = NDArray[np.float64]  # (n, steps, 3)
STEPS = 20


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
        density=0.70,
    ),
    "tied": Groom(0.8, lift=0.022, fall=0.2, lock=0.25, leaders=200, tousle=0.06),
    "curly": Groom(
        0.62, lift=0.080, fall=0.52, wave=0.02, turns=1.5, curl=0.036, lock=0.93, leaders=260, tousle=0.42, density=1.1
    ),
    "thin": Groom(0.14, lift=0.016, fall=0.60, lock=0.35, leaders=220, density=0.9, bald_top=1.0, tousle=0.30),
    "bald": Groom(0.024, lift=0.003, fall=0.60, lock=0.1, leaders=80, density=1.7, bald_top=1.0, tousle=0.2),
}


@dataclass(frozen=True, slots=True)
class Tie:
    """Where hair is held, how far a tail hangs (row) and swings aside, or how large a bun is."""

    at: NDArray[np.float64]
    ends_v: float
    swing: float
    bun: float


def grow(style: str, skull: Skull, age_years: float, count: int, rng: np.random.Generator) -> tuple[Strands, NDArray]:
    """Strands of a style, and the lock (int) of each.

    Old hair is thinner, a child's is finer, tousled and a little shorter.
    """
    groom = GROOMS[style]
    child, thick = age.childhood(age_years), age.hair_density_ratio(age_years)
    shorter = 0.12 * child + 0.010 * age.stoop_deg(age_years)  # the old wear it shorter; a collar would push it up
    groom = replace(
        groom,
        tousle=groom.tousle * (1 + 0.35 * child),
        length=groom.length * (1 - 0.15 * child),
        ends_v=groom.ends_v - shorter,
        density=groom.density * min(thick, 1.0),
        lift=groom.lift * thick,
    )
    count = int(count * groom.density)
    roots = _roots(groom, skull, age_years, count, rng)
    if style == "tied":  # combed back from the temples: nothing grows over the horizon
        top = rng.random(count) < 0.10  # combed over the top: its roots lie on the far side
        v = rng.uniform(0.002, 0.10, top.sum())
        edge = 0.96 * skull.width(v) * rng.uniform(-1, 1, top.sum())
        roots[top] = np.column_stack([edge, v, rng.uniform(0, 0.06, top.sum())])
        roots[:, 2] = np.maximum(roots[:, 2], 0.02)
        roots[:, 1] = np.maximum(roots[:, 1], 0.002)
    leads = _roots(groom, skull, age_years, groom.leaders, rng)
    lock = _nearest(roots, leads)
    if style == "tied":
        tie = _tie(age_years)
        parts = [(_pull(roots, skull, tie, rng), lock)]
        if tie.bun:
            parts.append(_bun(max(count // 2, 400), tie, rng))
        else:
            parts += [_tail(max(count // 2, 400), tie, rng), _band(max(count // 14, 60), tie, rng)]
        shifts = np.cumsum([0, groom.leaders, 40])
        strands = np.concatenate([part for part, _ in parts])
        return strands, np.concatenate([own + shift for (_, own), shift in zip(parts, shifts, strict=False)])
    mood = rng.normal(size=(groom.leaders, 6))
    strands = _fall(groom, skull, roots, mood[lock], 0.45, rng)
    leaders = _fall(groom, skull, leads, mood, 0.1, rng)
    t = np.linspace(0, 1, STEPS)[None, :, None]
    pull = (
        groom.lock
        * rng.uniform(0.45 if not groom.curl else 0.8, 1.0, (count, 1, 1))
        * t ** (1.3 if not groom.curl else 0.7)
    )
    strands += pull * (leaders[lock] - strands)
    phase = mood[lock, 2:3] * 3 + rng.normal(0, 0.25 if not groom.curl else 0.16, (count, 1))
    angle = 2 * np.pi * groom.turns * (1 + 0.25 * mood[lock, 3:4]) * t[0, :, 0][None] + phase
    strands[:, :, 0] += (groom.wave * (0.6 + 0.4 * np.abs(mood[lock, 4:5])) * t[0, :, 0] * np.sin(angle)).reshape(
        count, STEPS
    )
    if groom.curl:
        radius = groom.curl * np.minimum(1, 3 * t[0, :, 0]) * (1 + 0.3 * mood[lock, 5:6])
        strands[:, :, 0] += radius * np.sin(1.7 * angle)
        strands[:, :, 1] += radius * np.cos(1.7 * angle)
    return strands, lock


def nape(angle: NDArray, age_years: float = 30.0) -> NDArray:
    """Row of the hair line at an angle round the head (0 behind, pi/2 over the ear); it climbs as hair gets thin."""
    thin = max(0.0, 1 - age.hair_density_ratio(max(age_years, 30.0)))
    line = np.interp(np.abs(angle), [0, 0.35, 0.75, 1.0, 1.2, 1.8], [0.845, 0.850, 0.80, 0.69, 0.52, 0.46])
    return line - 0.32 * thin * np.cos(np.minimum(np.abs(angle) / 1.2, np.pi / 2))


def _roots(groom: Groom, skull: Skull, age_years: float, count: int, rng: np.random.Generator) -> NDArray:
    """(count, 3) points of the scalp, a little over the horizon too."""
    found: list[NDArray] = []
    total = 0
    while total < count:
        v = rng.uniform(0.004, 0.90, 3 * count)
        angle = rng.uniform(-1.8, 1.8, 3 * count)
        half, depth = skull.width(v), skull.depth(v)
        slope = (skull.width(v + 0.004) - half) / 0.004  # the flat top has more skin to a row
        keep = rng.random(3 * count) < half / skull.half * np.minimum(np.sqrt(1 + slope**2), 3.5) / 3.5
        keep &= v < nape(angle, age_years) + rng.normal(0, 0.018, 3 * count)
        if groom.bald_top:
            crown = np.hypot(np.sin(angle) * half / 0.30, (v - 0.14) / 0.33)
            keep &= rng.random(3 * count) < np.clip((crown - 0.75) * 2.0, 0.004 if groom.length > 0.1 else 0, 1)
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


def _tie(age_years: float) -> Tie:
    """How hair is tied at an age: high for a child, lower later, a bun for the old."""
    if age_years < 14:
        return Tie(np.array([0.035, 0.285, 0.475]), 1.02, 0.10, 0.0)
    if age_years < 58:
        return Tie(np.array([0.0, 0.45, 0.485]), 1.38, 0.05, 0.0)
    return Tie(np.array([0.0, 0.60, 0.42]), 0.0, 0.0, 0.150)


def _pull(roots: NDArray, skull: Skull, tie: Tie, rng: np.random.Generator) -> Strands:
    """Hair combed along the skull to the tie, a little slack, some of it sagging."""
    count = len(roots)
    t = np.linspace(0, 1, STEPS)[None, :, None] ** 1.05
    goal = tie.at + rng.normal(0, [0.018, 0.016, 0.010], (count, 3))
    strands = roots[:, None] * (1 - t) + goal[:, None] * t
    slack = rng.gamma(2.0, 0.007, count) + 0.014
    lumps = rng.normal(0, 1, 9)
    turn = np.arctan2(roots[:, 1] - tie.at[1], roots[:, 0] - tie.at[0])
    slack += 0.007 * np.interp(turn, np.linspace(-np.pi, np.pi, 9), lumps).clip(-0.8, 2)
    for i in range(STEPS):
        share = i / (STEPS - 1)
        rise = slack * min(1, 0.2 + 3 * share) + 0.02 * np.sin(np.pi * share)
        strands[:, i] = _keep_out(strands[:, i], skull, rise)
    sag = np.sin(np.pi * t[..., 0]) * (0.014 + 0.020 * np.abs(rng.normal(size=(count, 1))))
    strands[:, :, 1] += sag * np.clip((tie.at[1] + 0.1 - roots[:, 1:2]) / 0.2, -0.5, 1)
    strands[:, -1] = goal
    return strands


def _tail(count: int, tie: Tie, rng: np.random.Generator) -> tuple[Strands, NDArray]:
    """A pony tail from the tie: lifts off, swells, swings a little aside and thins to uneven tips."""
    locks = 22
    lock = rng.integers(0, locks, count)
    centre = rng.normal(0, 0.55, (locks, 2))
    inside = 0.72 * centre[lock] + rng.normal(0, 0.26, (count, 2))
    t = np.linspace(0, 1, STEPS)
    radius = np.interp(t, [0, 0.08, 0.30, 0.65, 1], [0.036, 0.085, 0.125, 0.120, 0.050])
    uneven = 1 + 0.08 * rng.normal(size=locks)[lock] + 0.06 * rng.normal(size=count)
    uneven -= 0.45 * (rng.random(count) < 0.55) * rng.random(count)
    reach = (tie.ends_v - tie.at[1]) * uneven
    side = rng.choice([-1.0, 1.0])
    x = tie.at[0] + inside[:, :1] * radius + side * tie.swing * np.sin(1.9 * t) ** 2
    wave = rng.uniform(0, 6, (2, locks))
    x = x + 0.016 * t * np.sin((3 + wave[1][lock][:, None] / 3) * t[None] + wave[0][lock][:, None])
    v = tie.at[1] - 0.045 * np.sin(np.pi * np.minimum(3.2 * t, 1)) + reach[:, None] * t**1.2
    z = tie.at[2] + 0.11 * np.sin(np.pi * np.minimum(t * 1.1 + 0.14, 1)) + 0.6 * inside[:, 1:] * radius
    return np.stack([x, v, z], -1), lock


def _band(count: int, tie: Tie, rng: np.random.Generator) -> tuple[Strands, NDArray]:
    """Hair wound once round the tie, which hides the elastic."""
    turn = np.linspace(-1.5, 1.5, STEPS)[None] + rng.normal(0, 0.06, (count, 1))
    high = rng.normal(0, 0.016, (count, 1))
    radius = 0.052 + 0.006 * np.abs(rng.normal(size=(count, 1)))
    x = tie.at[0] + radius * np.sin(turn)
    v = tie.at[1] + 0.010 + high + 0.018 * np.cos(turn)
    z = tie.at[2] + 0.075 + 0.03 * np.cos(turn)
    return np.stack([x, v, z], -1), np.zeros(count, int)


def _bun(count: int, tie: Tie, rng: np.random.Generator) -> tuple[Strands, NDArray]:
    """A soft knot: thick locks wound round the tie in a flat spiral, one over the other."""
    locks = 9
    lock = rng.integers(0, locks, count)
    start = rng.uniform(0, 2 * np.pi, locks)[lock][:, None]
    sweep = rng.uniform(2.2, 3.6, locks)[lock][:, None]
    t = np.linspace(0, 1, STEPS)[None]
    turn = start + sweep * t
    ring = rng.uniform(0.30, 0.92, locks)[lock][:, None]
    across = rng.normal(0, 0.15, (count, 1))
    wide = np.sin(np.pi * (0.08 + 0.84 * t)) * across
    radius = tie.bun * (ring + wide + 0.06 * np.sin(2 * turn + start))
    x = tie.at[0] + 1.12 * radius * np.cos(turn)
    v = tie.at[1] + 0.02 + 0.92 * radius * np.sin(turn)
    lift = rng.uniform(0, 0.05, locks)[lock][:, None]
    dome = 0.13 * np.sqrt(np.maximum(1 - (radius / (1.25 * tie.bun)) ** 2, 0.02))
    z = tie.at[2] + 0.03 + dome + lift - 0.9 * across**2 + 0.02 * rng.normal(size=(count, 1))
    return np.stack([x, v, z], -1), lock
