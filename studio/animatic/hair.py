"""Hair seen from behind, as strands.

A strand starts on the skull, is integrated in small steps (away from the whorl, down by its weight, out of the head),
bends towards the leader of its lock and is drawn as one anti-aliased line of its own tone.  The light is computed
afterwards per pixel from the mean direction and height of the strands (deferred): wrapped diffuse light and two highlights along the strand.

Light on strands: J. T. Kajiya, T. L. Kay, "Rendering fur with three dimensional textures", 1989; the second, coloured
highlight after S. Marschner et al., "Light scattering from human hair fibers", 2003.  Locks by leader strands are common
practice in hair grooming.

Lengths are head heights; x right from the middle, v down from the crown, z towards the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.relief import lambert, normals
from studio.animatic.skull import Skull
from studio.core.people import Light

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
        groom = replace(groom, tousle=groom.tousle * 1.35, ends_v=groom.ends_v - 0.12)
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
        - 0.9 * (roots[:, 0] ** 2)
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
    lift = groom.lift * (1 + 0.42 * mood[:, 5] + 0.25 * rng.normal(size=count)).clip(0.3, 2.2)
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


def draw_hair(
    strands: Strands,
    lock: NDArray,
    rgb: tuple[int, int, int],
    grey: float,
    light: Light,
    shape: tuple[int, int],
    crown: tuple[float, float],
    head_px: float,
    rng: np.random.Generator,
    is_dense: bool = True,
) -> NDArray[np.float32]:
    """Draw strands on a canvas of ``shape`` (h, w); returns (h, w, 4) float32 premultiplied 0..255."""
    import cv2

    height, width = shape
    count = len(strands)
    pixels = strands[:, :, :2] * head_px + np.asarray(crown)
    order = np.argsort(strands[:, :, 2].mean(1) + rng.normal(0, 0.05, count))
    albedo = _tones(strands, lock, rgb, grey, rng)
    fixed = np.round(pixels * 2 * 16).astype(np.int32)
    body = np.zeros((2 * height, 2 * width, 4), np.uint8)
    inner = (STEPS * 3) // 4
    for i in (
        order[::2] if is_dense else ()
    ):  # the dark inside of the hair, so that no gap shows the scalp; tips stay fine
        cv2.polylines(body, [fixed[i, :inner]], False, (*(0.74 * albedo[i]), 255), 3, cv2.LINE_AA, 4)
    for i in order:
        cv2.polylines(body, [fixed[i]], False, (*albedo[i], 255), 1, cv2.LINE_AA, 4)
    body = cv2.resize(body, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    wisps = np.zeros((2 * height, 2 * width, 4), np.uint8)
    for i in rng.choice(count, max(count // 22, 20), replace=False):
        stray = pixels[i] - crown
        t = np.linspace(0, 1, STEPS)[:, None]
        away = rng.normal(0, [0.020, 0.012]) * head_px
        stray = (
            stray * (1 + (0.012 + 0.02 * rng.random()) * np.minimum(1, 4 * t) * (stray[:, 1:] < 0.9 * head_px))
            + away * t**1.5
        )
        cv2.polylines(
            wisps,
            [np.round((stray + crown) * 32).astype(np.int32)],
            False,
            (*np.minimum(1.12 * albedo[i], 255), 255),
            1,
            cv2.LINE_AA,
            4,
        )
    wisps = cv2.resize(wisps, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) * np.float32(0.55)
    soft = cv2.GaussianBlur(body, (0, 0), max(0.006 * head_px, 0.6))
    body = np.float32(0.62) * body + np.float32(0.38) * soft
    if is_dense:  # no background shines through between the strands
        around = cv2.GaussianBlur(body, (0, 0), max(0.022 * head_px, 1.0))
        close = np.clip((around[..., 3:] / 255 - np.float32(0.55)) / np.float32(0.25), 0, 1)
        around[..., :3] *= np.float32(0.85)
        body += close * around / np.maximum(around[..., 3:] / 255, 0.3) * (1 - body[..., 3:] / 255)
        body = np.minimum(body, 255)
    merged = body + wisps * (1 - body[..., 3:] / 255)
    return _light(merged, strands, pixels, rgb, grey, light, crown[1], head_px)


def _tones(
    strands: Strands, lock: NDArray, rgb: tuple[int, int, int], grey: float, rng: np.random.Generator
) -> NDArray:
    """(n, 3) display colour of every strand: lock, strand, depth, and grey hairs among the others."""
    count = len(strands)
    locks = rng.normal(size=int(lock.max()) + 1)
    depth = np.argsort(np.argsort(strands[:, :, 2].mean(1))) / count
    tone = np.exp(0.11 * locks[lock] + 0.085 * rng.normal(size=count)) * (0.86 + 0.18 * depth)
    base = np.maximum(np.asarray(rgb, float), 16)
    colour = base * tone[:, None] * (1 + 0.03 * rng.normal(size=(count, 3)) * np.array([1, 0, -1]))
    if grey > 0:
        is_grey = rng.random(count) < np.clip(grey + 0.10 * locks[lock], 0, 1)
        silver = (0.6 + 0.4 * grey) * np.array([166, 164, 161]) + (0.4 - 0.4 * grey) * 1.2 * colour.mean(
            1, keepdims=True
        )
        silver = silver * np.exp(0.06 * rng.normal(size=(count, 1)) + 0.05 * locks[lock][:, None])
        faded = colour + 0.7 * grey * (0.4 * colour.mean(1, keepdims=True) + 88 - colour)
        colour = np.where(is_grey[:, None], silver, faded)
    return colour.clip(0, 255)


def _between(values: NDArray, at: NDArray) -> NDArray:
    """(n, steps) values to (n, (steps - 1) * len(at)) values at shares ``at`` of every step."""
    fine = values[:, :-1, None] * (1 - at) + values[:, 1:, None] * at
    return fine.reshape(len(values), -1)


def _light(
    hair: NDArray[np.float32],
    strands: Strands,
    pixels: NDArray,
    rgb: tuple[int, int, int],
    grey: float,
    light: Light,
    crown_y: float,
    head_px: float,
) -> NDArray[np.float32]:
    """Light drawn hair by the mean height and direction of the strands, found on a coarse grid."""
    import cv2

    height, width = hair.shape[:2]
    cell = max(head_px / 26, 2.0)
    gw, gh = int(width / cell) + 1, int(height / cell) + 1
    parts = 4  # points along a step, nearer than the cells
    at = (np.arange(parts) + 0.5) / parts
    column, row = (
        np.clip((_between(pixels[..., i], at) / cell).astype(int), 0, size - 1) for i, size in ((0, gw), (1, gh))
    )
    index = (row * gw + column).ravel()
    steps = np.diff(strands, axis=1)
    steps /= np.linalg.norm(steps, axis=2, keepdims=True) + 1e-9
    steps = np.repeat(steps, parts, axis=1)
    z = _between(strands[..., 2], at)
    front = np.exp(9.0 * (z - z.max()))  # what lies nearer the viewer counts more
    planes = []
    for value in (np.ones_like(z), z * head_px, steps[..., 0], steps[..., 1], steps[..., 2]):
        plane = np.bincount(index, (value * front).ravel(), gw * gh).reshape(gh, gw).astype(np.float32)
        planes.append(cv2.GaussianBlur(plane, (0, 0), 1.5))
    weight = planes[0] + 1e-9
    fine = [cv2.resize(p / weight, (int(gw * cell), int(gh * cell)), interpolation=cv2.INTER_CUBIC) for p in planes[1:]]
    fine = [
        cv2.copyMakeBorder(p, 0, max(height - p.shape[0], 0), 0, max(width - p.shape[1], 0), cv2.BORDER_REPLICATE)[
            :height, :width
        ]
        for p in fine
    ]
    z_px, tx, ty, tz = (cv2.GaussianBlur(p, (0, 0), 0.9 * cell) for p in fine)
    alpha = hair[..., 3:] / np.float32(255)
    streak = hair[..., :3].mean(2) / (hair[..., 3] + 1)
    streak = streak - cv2.GaussianBlur(streak, (0, 0), 0.05 * head_px)
    order = np.sqrt(tx * tx + ty * ty + tz * tz + np.float32(1e-6))  # 1 combed .. 0 curls in all directions
    scale = 1 / order
    strength = np.float32(0.5 + light.contrast) * np.clip(order, 0, 1) ** 2
    tx, ty, tz = tx * scale, ty * scale, tz * scale
    ldir = np.array(light.direction) * [1, 1, 1]
    ldir[2] = max(ldir[2], 0.35)
    ldir /= np.linalg.norm(ldir)
    half = ldir + [0, 0, 1]
    half /= np.linalg.norm(half)
    nx, ny, nz = normals(z_px, 1.5)
    across = tx * np.float32(ldir[0]) + ty * np.float32(ldir[1]) + tz * np.float32(ldir[2])
    diffuse = lambert(nx, ny, nz, light, 0.4) * (
        np.float32(0.72) + np.float32(0.36) * np.sqrt(np.maximum(1 - across * across, 0))
    )
    toward = tx * np.float32(half[0]) + ty * np.float32(half[1]) + tz * np.float32(half[2])
    sheen = np.maximum(1 - (toward + np.float32(0.9) * streak) ** 2, 0) ** 24
    glow = np.maximum(1 - (toward + np.float32(0.12) + np.float32(0.5) * streak) ** 2, 0) ** 7
    facing = np.clip(nx * np.float32(half[0]) + ny * np.float32(half[1]) + nz * np.float32(half[2]), 0, 1)
    base = np.asarray(rgb, np.float32) * (1 - grey) + 150 * grey
    v = (np.arange(height, dtype=np.float32) + 0.5 - crown_y) / np.float32(head_px)
    shadow = np.interp(v, [0, 0.5, 0.92, 1.3, 1.7], [1.04, 1.0, 0.80, 0.95, 1.06]).astype(np.float32)
    diffuse *= shadow[:, None]  # hair below the head hangs in its shadow; tips are bleached
    lit = hair[..., :3] * np.sqrt(np.maximum(diffuse, 0))[..., None]
    shine = (
        (strength * facing * sheen)[..., None]
        * (np.float32(20) + np.float32(0.10) * base)
        * (1 - np.float32(0.65 * grey))
    )
    colour = (strength * facing * glow)[..., None] * np.float32(0.26) * base
    tint = np.sqrt(np.asarray(light.rgb, np.float32))
    lit = np.clip((lit + alpha * (shine + colour)) * tint, 0, 255 * alpha)
    return np.concatenate([lit, hair[..., 3:]], 2)
