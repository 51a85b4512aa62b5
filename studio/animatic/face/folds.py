"""The relief of old skin in the unfolded face: measured ratio maps, and what they lack, as shade and as height.

Shade is what a fold keeps of the light from everywhere (a valley is darker); height is what the light's direction makes
of it, see `lit`.  Both grow with age by band (`Gains`): fine lines from the thirties, bags and nasolabial folds from
the forties, what sags from the late fifties (Albert et al. 2007; Windhager et al. 2019).  The pattern is the person's
own (its generator), the same at every age, and as strong in everyone.

Coordinates: x to the picture's right, y down, from the middle of the eyes, in ipd of the mean adult.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.animatic import age
from studio.animatic.face.strokes import Groove, Path, Plane, blob, noise, ripples, valleys
from studio.animatic.face.table import LAYOUT_WIDTH_IPD, RatioName, ratio_map

TALL = 1.3
"""Height of the unfolded face, with the neck, in units of its width."""
DARKEST, BRIGHTEST = -0.75, 0.10
"""Limits of a fold's shade, natural log in linear light."""


@dataclass(frozen=True, slots=True)
class Gains:
    """How much of every band a person gains, 0 none to 1 (from 30 to 75 years), a little more at 90."""

    fine: float
    fold: float
    sag: float
    pigment: float

    @classmethod
    def between(cls, from_years: float, to_years: float) -> Gains:
        """What the years between two ages add; never negative."""
        return cls(
            *(
                max(0.0, curve(to_years) - curve(from_years))
                for curve in (age.fine_lines, age.folds, age.sagging, age.pigment)
            )
        )

    @classmethod
    def evenly(cls, wear: float) -> Gains:
        """The same in every band."""
        return cls(wear, wear, wear, wear)


def plane(side: int) -> tuple[Plane, Plane]:
    """(h, w) x and y of every pixel of the unfolded face."""
    u = (np.arange(side, dtype=np.float32) + 0.5) / side
    v = (np.arange(int(TALL * side), dtype=np.float32) + 0.5) / side
    x, y = np.meshgrid((u - 0.5) * LAYOUT_WIDTH_IPD, (v - 0.4) * LAYOUT_WIDTH_IPD)
    return x.astype(np.float32), y.astype(np.float32)


def relief(side: int, gains: Gains, sex: float, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Shade (natural log of old / young, linear light) and height (ipd), (side * 1.3, side) each.

    Parameters
    ----------
    side : width in px
    gains : how much of every band
    sex : 0 female to 1 male, which measured map
    rng : the person's own generator
    """
    x, y = plane(side)
    seeds = rng.integers(2**31, size=4)
    shade, height = _measured(side, gains, sex, np.random.default_rng(seeds[0]))
    _wrinkle(shade, height, x, y, gains, np.random.default_rng(seeds[1]))
    _groove(shade, height, x, y, gains, np.random.default_rng(seeds[2]))
    _sag(shade, height, x, y, gains, np.random.default_rng(seeds[3]))
    return np.clip(shade, DARKEST, BRIGHTEST), height


def _measured(side: int, gains: Gains, sex: float, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """The maps measured on old and young skins, mirrored or not, each side of its own strength."""
    import cv2

    old_share = float(np.clip((gains.fold - 0.3) / 0.6, 0, 1))
    bands = np.zeros((384, 384, 4), np.float32)
    for prefix, weight in (("female", 1 - sex), ("male", sex)):
        if weight > 0:
            old: RatioName = f"{prefix}_old"  # type: ignore[assignment]
            mid: RatioName = f"{prefix}_mid"  # type: ignore[assignment]
            bands += weight * (old_share * ratio_map(old) + (1 - old_share) * ratio_map(mid))
    if rng.random() < 0.5:
        bands = bands[:, ::-1]
    # years move light about in a face; how dark it is on the whole is the tone's affair
    mapped = np.abs(bands[..., 2]) > 1e-4
    bands[..., 2] -= 0.7 * bands[..., 2][mapped].mean() * mapped
    # gains found by eye on real portraits; the long lines are drawn anew below, so theirs is small
    fine, middle, low, line = (
        gain * bands[..., k]
        for k, gain in enumerate((0.75 * gains.fine, 1.2 * gains.fold, 1.2 * gains.sag, 0.25 * gains.fold))
    )
    # the maps come from few skins: everyone keeps another part of their middle band
    keep = np.clip(1 + 0.4 * noise(middle.shape, 22, 22, rng), 0.3, 1.7)
    stack = np.dstack([fine + middle * keep + low + line * keep, 0.012 * (middle * keep)])
    how = cv2.INTER_AREA if side < 384 else cv2.INTER_CUBIC
    stack = cv2.resize(np.ascontiguousarray(stack), (side, side), interpolation=how)
    stack = np.pad(stack, ((0, int(TALL * side) - side), (0, 0), (0, 0)))
    stack *= np.linspace(*rng.uniform(0.85, 1.15, 2), side, dtype=np.float32)[None, :, None]
    return np.ascontiguousarray(stack[..., 0]), np.ascontiguousarray(stack[..., 1])


def _wrinkle(shade: Plane, height: Plane, x: Plane, y: Plane, gains: Gains, rng: np.random.Generator) -> None:
    """Lines that come in groups: forehead, crow's feet, below the eyes, cheeks, round the mouth, neck."""

    import cv2

    step = LAYOUT_WIDTH_IPD / x.shape[1]

    def grow(
        across: Plane,
        along: Plane,
        mask: Plane,
        period: float,
        length: float,
        depth: float,
        gain: float,
        relief: float = 1.0,
    ) -> None:
        seed = int(rng.integers(2**31))
        inside = mask > 0.004
        if gain <= 0 or not inside.any():
            return
        own = np.random.default_rng(seed)
        field = np.zeros_like(mask)
        field[inside] = ripples(across[inside], along[inside], period, length, own)
        deep = valleys(field, mask, gain)
        # skin dips towards a line from both sides: the line alone would be a scratch
        dip = cv2.GaussianBlur(deep, (0, 0), max(0.4, 0.17 * period / step))
        shade[:] -= depth * (0.45 * deep + 0.65 * dip - 0.25 * gain * mask)
        height[:] -= 0.028 * period * (depth / 0.06) * relief * (0.4 * deep + 0.8 * dip)

    # no line runs straight for long
    x, y = (part + 0.018 * noise(x.shape, 0.10 / step, 0.10 / step, rng) for part in (x, y))
    forehead = _box(x, 0.0, 0.74, 0.28) * _box(y, -0.62, 0.24, 0.13)
    # lines rise over the brows and dip between them, or run level, from person to person
    arch, tilt = rng.uniform(-0.02, 0.11), rng.uniform(-0.04, 0.04)
    bent = y + arch * np.cos(2.6 * x) + tilt * x + 0.10 * x * x
    grow(bent, x, forehead, float(rng.uniform(0.13, 0.17)), 1.1, 0.080, gains.fold)
    grow(bent, x, forehead, 0.075, 0.35, 0.030, gains.fine)
    radial, turn = _polar(x, y, (0.0, 1.10), 1.35)
    for side in (-1.0, 1.0):
        r, angle = _polar(side * x, y, (0.70, -0.02))
        fan = _box(angle, 0.02, 0.62, 0.35) * _box(r, 0.26, 0.14, 0.09) * (side * x > 0.6)
        grow(0.30 * angle, r, fan.astype(np.float32), 0.105, 0.36, 0.075, gains.fine)
        lid_r, lid_turn = _polar(side * x, y, (0.51, -0.02), 1.5)
        lid = _box(lid_turn, 1.5, 0.75, 0.4) * _box(lid_r, 0.36, 0.09, 0.06)
        grow(lid_r + 0.04 * np.cos(lid_turn), 0.4 * lid_turn, lid, 0.055, 0.22, 0.05, gains.fine)
        cheek = _box(x * side, 0.78, 0.13, 0.14) * _box(y, 0.92, 0.26, 0.2)
        grow(radial, 0.7 * turn, cheek, 0.16, 0.40, 0.030, gains.sag)
        for lean in (38.0, -52.0):
            lean_rad = np.radians(lean + rng.uniform(-8, 8))
            u, v = (
                x * side * np.cos(lean_rad) + y * np.sin(lean_rad),
                y * np.cos(lean_rad) - x * side * np.sin(lean_rad),
            )
            wide = _box(x * side, 0.72, 0.28, 0.22) * _box(y, 0.76, 0.46, 0.3)
            grow(u, v, wide, 0.040, 0.07, 0.012, gains.fine)
    mouth = _box(x, 0.0, 0.27, 0.12) * np.maximum(_box(y, 0.87, 0.06, 0.05), 0.5 * _box(y, 1.36, 0.05, 0.05))
    grow(x * (1 + 0.25 * np.abs(y - 1.1)), y, mouth, 0.075, 0.24, 0.042, gains.sag)
    neck = _box(x, 0.0, 0.5, 0.4) * _box(y, 2.14, 0.16, 0.26)
    # thin loose skin, not waves: many lines, next to no relief
    grow(y - 0.14 * x * x, x, neck, 0.07, 0.24, 0.016, gains.sag, 0.25)


def _groove(shade: Plane, height: Plane, x: Plane, y: Plane, gains: Gains, rng: np.random.Generator) -> None:
    """Single folds, each side of its own way and depth."""

    def cut(knots: list[tuple[float, float]], groove: Groove, gain: float) -> None:
        own = np.random.default_rng(int(rng.integers(2**31)))
        for side in (-1.0, 1.0):
            depth = own.uniform(0.78, 1.22)
            flipped = np.array(knots) * (side, 1)
            # on the other side of the face the path runs mirrored, and so would its left and right
            path = Path.through(flipped if side < 0 else flipped[::-1], own)
            if gain > 0:
                groove.cut(shade, height, x, y, path, gain * depth, own)

    nasolabial = [(0.34, 0.55), (0.42, 0.68), (0.50, 0.80), (0.57, 0.95), (0.61, 1.10)]
    cut(nasolabial[::-1], Groove(0.024, 0.25, 0.13, 0.22), gains.fold)
    bag = [(0.27, 0.10), (0.36, 0.21), (0.50, 0.27), (0.65, 0.25), (0.78, 0.16)]
    cut(bag, Groove(0.020, 0.17, 0.11, 0.16), gains.fold)
    trough = [(0.27, 0.10), (0.34, 0.27), (0.46, 0.42), (0.60, 0.52), (0.74, 0.55)]
    cut(trough, Groove(0.035, 0.06, 0.09, 0.10), gains.sag)
    marionette = [(0.41, 1.12), (0.45, 1.20), (0.48, 1.32), (0.47, 1.46)]
    cut(marionette[::-1], Groove(0.024, 0.17, 0.10, 0.16), gains.sag)
    jowl = [(0.92, 1.28), (0.78, 1.44), (0.62, 1.54), (0.48, 1.55), (0.40, 1.46)]
    cut(jowl[::-1], Groove(0.045, 0.08, 0.12, 0.20), gains.sag)
    frown = [(0.075, -0.06), (0.09, -0.20), (0.075, -0.38)]
    cut(frown, Groove(0.034, 0.09, 0.06, 0.05), gains.fold)
    hood = [(0.30, -0.08), (0.42, -0.15), (0.56, -0.165), (0.70, -0.12), (0.82, 0.01)]
    cut(hood, Groove(0.045, 0.05, 0.09, 0.05), gains.sag)
    band = [(0.14, 1.80), (0.18, 2.1), (0.24, 2.5)]
    cut(band, Groove(0.06, 0.07, 0.07, 0.14), gains.sag)
    _necklace(shade, height, x, y, gains.fold, np.random.default_rng(int(rng.integers(2**31))))


def _necklace(shade: Plane, height: Plane, x: Plane, y: Plane, gain: float, rng: np.random.Generator) -> None:
    """Two or three lines across the throat, none from side to side."""
    for level in (1.98, 2.14, 2.31):
        middle, half = rng.uniform(-0.28, 0.28), rng.uniform(0.26, 0.46)
        t = np.linspace(-1, 1, 5)
        across = middle + t * half
        knots = np.c_[across, level + 0.13 * across**2 + rng.uniform(-0.05, 0.05)]
        path, depth = Path.through(knots, rng, 0.025), rng.uniform(0.6, 1.0)
        if gain > 0:
            Groove(0.032, 0.08, 0.06, 0.03).cut(shade, height, x, y, path, gain * depth, rng)


def _sag(shade: Plane, height: Plane, x: Plane, y: Plane, gains: Gains, rng: np.random.Generator) -> None:
    """Volume lost (temples, cheeks, below the eyes, throat) and gathered (bags, jowls)."""
    for side in (-1.0, 1.0):
        depth = rng.uniform(0.85, 1.15, 6).astype(np.float32)
        hollow = (
            0.17 * depth[0] * blob(x, y, (side * 1.03, -0.18), (0.15, 0.20))
            + 0.17 * depth[1] * blob(x, y, (side * 0.80, 0.86), (0.13, 0.26), side * 24)
            + 0.12 * depth[2] * blob(x, y, (side * 0.40, 0.19), (0.15, 0.09), side * 25)
            + 0.13 * depth[3] * blob(x, y, (side * 0.72, 1.66), (0.26, 0.06), side * -28)
            + 0.10 * depth[4] * blob(x, y, (side * 0.34, 1.24), (0.08, 0.13))
        )
        shade -= gains.sag * hollow
        full = 0.020 * depth[5] * blob(x, y, (side * 0.54, 0.17), (0.16, 0.045))
        height += gains.fold * full + gains.sag * 0.05 * blob(x, y, (side * 0.66, 1.42), (0.12, 0.10))
        # the brow's skin comes down on the lid
        shade -= gains.sag * 0.20 * blob(x, y, (side * 0.54, -0.075), (0.19, 0.035), side * 6)
    shade -= 0.16 * gains.sag * blob(x, y, (0.0, 1.95), (0.40, 0.12))


def lit(height: Plane, side: int) -> tuple[Plane, Plane]:
    """Slopes of the height along the picture's x and y, for `SkinModel`'s light: (h, w) each, no unit."""
    step = LAYOUT_WIDTH_IPD / side
    down, right = np.gradient(height, step)
    return np.clip(right, -0.7, 0.7).astype(np.float32), np.clip(down, -0.7, 0.7).astype(np.float32)


def _box(value: Plane, middle: float, half: float, soft: float) -> Plane:
    """1 within ``half`` of the middle, smoothly 0 at ``half + soft``."""
    t = np.clip((half + soft - np.abs(value - middle)) / soft, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _polar(x: Plane, y: Plane, centre: tuple[float, float], tall: float = 1.0) -> tuple[Plane, Plane]:
    """Radius and angle (0 to the right, positive downwards) about a centre, circles made ``tall`` times as high."""
    dx, dy = x - centre[0], (y - centre[1]) * tall
    return np.hypot(dx, dy).astype(np.float32), np.arctan2(dy, dx).astype(np.float32)
