"""Cloth on the double: where it pulls into folds, its seams, its texture and stripes.

Folds are a sum of bundles.  A bundle is noise across the direction of the pull (round an armpit, between
two points, along a sleeve), slowly varying along it, inside a soft window; it is added to the height field, so that
light, not paint, shows it.
All functions take the canvas in shares of the stature and return heights in the same unit or factors of the colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.figure import Build
from studio.animatic.double.relief import Plane

NOISE = 256
STIFFNESS = {"tee": 1.45, "jumper": 1.35, "cardigan": 1.35, "shirt": 1.35}  # depth of the folds
SHARPNESS = {"tee": 1.0, "jumper": 0.6, "cardigan": 0.6, "shirt": 1.5}  # how narrow they are


@dataclass(frozen=True, slots=True)
class Weave:
    """Noise that stays with a garment from frame to frame: (256, 256) float32, unit variance, tiling."""

    smooth: Plane
    fine: Plane


def weave(rng: np.random.Generator) -> Weave:
    """Draw the noise of one garment."""
    import cv2

    def soft(sigma: float) -> Plane:
        raw = rng.normal(size=(NOISE, NOISE)).astype(np.float32)
        tiled = cv2.GaussianBlur(np.tile(raw, (2, 2)), (0, 0), sigma)
        tile = np.roll(
            tiled[NOISE // 2 : NOISE // 2 + NOISE, NOISE // 2 : NOISE // 2 + NOISE], (NOISE // 2, NOISE // 2), (0, 1)
        )
        return (tile - tile.mean()) / tile.std()

    return Weave(soft(4.0), soft(0.8))


def sample(noise: Plane, u: Plane, v: Plane) -> Plane:
    """Noise at (u, v), one unit being one feature of the smooth plane (about 10 cells)."""
    import cv2

    u, v = np.broadcast_arrays(np.asarray(u, np.float32), np.asarray(v, np.float32))
    return cv2.remap(noise, u * np.float32(10), v * np.float32(10), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def _window(value: Plane, low: float, high: float, soft: float) -> Plane:
    """1 between low and high, falling to 0 over ``soft``."""
    up = np.clip((value - low) / soft + 0.5, 0, 1)
    down = np.clip((high - value) / soft + 0.5, 0, 1)
    both = np.minimum(up, down)
    return both * both * (3 - 2 * both)


def _crease(noise: Plane) -> Plane:
    """Noise made into rounded ridges with narrower valleys, as cloth folds."""
    return np.tanh(1.1 * noise) - 0.35 * np.exp(-((noise / 0.28) ** 2))


def back_folds(
    x: Plane, y: Plane, build: Build, garment: str, cloth: Weave, pull: float, hem_y: float
) -> NDArray[np.float32]:
    """Folds of the back, (h, w) float32 heights in statures.

    Parameters
    ----------
    x, y : (1, w) and (h, 1) float32 canvas coordinates in statures
    pull : 0 arms hang .. 1 arms reach forward: the cloth is stretched between the shoulder blades
    """
    import cv2

    step = max(1, int(0.0026 / float(x[0, 1] - x[0, 0])))  # folds are soft: a coarser grid does
    folds = _back_folds(x[:, step // 2 :: step], y[step // 2 :: step], build, garment, cloth, pull, hem_y)
    return cv2.resize(folds, (x.shape[1], y.shape[0]), interpolation=cv2.INTER_LINEAR)


def _back_folds(
    x: Plane, y: Plane, build: Build, garment: str, cloth: Weave, pull: float, hem_y: float
) -> NDArray[np.float32]:
    n = cloth.smooth
    sharp = SHARPNESS[garment]
    child = 1 - build.adult
    size = 0.78 + 0.22 * build.adult
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    mood = {side: float(np.tanh(n[7, 40 + 60 * side])) for side in (-1, 1)}  # no two sides fold alike
    for side, offset in ((-1, 3.0), (1, 11.0)):
        ax, ay = side * (build.chest_half + 0.004), build.shoulder_y + 0.060
        dx, dy = (x - np.float32(ax)) * np.float32(-side), y - np.float32(ay)
        r = np.sqrt(dx * dx + dy * dy) + np.float32(1e-4)
        angle = np.arctan2(dy, dx)  # 0 towards the spine, pi/2 down
        fan = sample(n, angle * np.float32(2.2 * sharp) + offset + r * 12, r * np.float32(7) + offset)
        where = (
            _window(angle, -0.55, 1.75, 0.7)
            * np.exp(-((r / np.float32(0.085 * size)) ** 2))
            * np.clip(r / np.float32(0.035), 0, 1)
        )
        total += np.float32(0.0030 + 0.0020 * pull) * where * (0.55 + 0.45 * mood[side]) * _crease(fan)
        # long soft drapes hanging from the shoulder blade
        bx = side * 0.45 * build.shoulder_half
        sway = np.float32(0.014) * sample(n, y * np.float32(9) + offset, np.float32(offset + 2))
        fall = (x + sway - np.float32(bx)) * (1 - np.float32(0.8) * (y - np.float32(build.shoulder_y + 0.05)))
        drape = sample(n, fall * np.float32(26 * sharp) + offset + 4, y * np.float32(4.2) + offset)
        hang = _window(y, build.shoulder_y + 0.10, hem_y + 0.05, 0.12) * np.exp(-((fall / np.float32(0.06)) ** 2))
        total += np.float32(0.0056) * hang * np.tanh(1.3 * drape) * np.float32(1 - 0.3 * pull)
        # from the armpit across to the other hip
        slant = dx * np.float32(0.62) - dy * np.float32(0.78)
        cross = sample(n, slant * np.float32(21 * sharp) + offset + 8, (dx + dy) * np.float32(3.5) + offset)
        where = _window(dx, -0.01, 0.085, 0.06) * _window(dy, 0.0, 0.17, 0.09) * (0.6 + 0.5 * mood[side])
        total += np.float32(0.0042) * where * _crease(1.2 * cross)
    # cloth that settles above the hips: slanting compression folds, interrupted
    tilt = np.sqrt(x * x + np.float32(4e-4)) * np.float32(0.55) + x * np.float32(0.10)
    buckle = sample(n, (y + tilt) * np.float32(25 * sharp), x * np.float32(7.0) + 7)
    where = _window(y, build.waist_y - 0.035, build.waist_y + 0.055, 0.05) * (
        np.float32(0.35) + np.abs(x) * np.float32(7.5)
    ).clip(0, 1)
    total += np.float32(0.0040 * (1 - 0.3 * child)) * where * _crease(buckle)
    # stretched from arm to arm when they reach forward
    if pull > 0:
        bow = y + np.float32(0.9) * x * x / np.float32(0.1)
        taut = sample(n, bow * np.float32(30 * sharp) + 5, x * np.float32(5) + 2)
        where = _window(y, build.shoulder_y + 0.015, build.shoulder_y + 0.095, 0.05) * (
            np.abs(x) * np.float32(14)
        ).clip(0.25, 1)
        total += np.float32(0.0022 * pull) * where * taut
    total += np.float32(0.0016) * sample(n, x * np.float32(30) + 17, y * np.float32(22) + 3)
    return total * np.float32(STIFFNESS[garment] * size)


def sleeve_folds(along: Plane, x: Plane, y: Plane, garment: str, cloth: Weave, bend: float, radius: float) -> Plane:
    """Folds round a sleeve: rings that crowd at the elbow, and a twist from the shoulder.

    Parameters
    ----------
    along : (h, w) float32, 0 at the shoulder .. 1 at the cuff, -1 elsewhere
    bend : 0 straight .. 1 elbow at a right angle
    radius : of the sleeve in statures
    """
    on = (along >= 0).astype(np.float32)
    bent = sample(cloth.smooth, x * np.float32(14) + 40, y * np.float32(14) + 13)
    twist = along + x * np.float32(2.6) + y * np.float32(1.2) + np.float32(0.05) * bent
    rings = sample(cloth.smooth, twist * np.float32(6.5 * SHARPNESS[garment]) + 21, (x - y) * np.float32(13) + 5)
    rings = rings * np.clip(np.float32(0.75) + np.float32(0.5) * bent, 0.1, 1.3)
    crowd = np.exp(-(((along - np.float32(0.52)) / np.float32(0.16)) ** 2)) * np.float32(0.5 + bend) + np.float32(0.45)
    return on * crowd * np.float32(0.064 * radius * STIFFNESS[garment]) * _crease(rings)


def seam(distance: Plane, width: float) -> tuple[Plane, Plane]:
    """A seam at ``distance`` 0: (height, colour factor): a shallow groove with a swollen ridge beside it."""
    d = distance / np.float32(width)
    groove = np.exp(-d * d)
    ridge = np.exp(-((d - 1.6) ** 2) * 0.8)
    return (np.float32(0.45 * width) * (ridge - groove)).astype(np.float32), (1 - np.float32(0.08) * groove).astype(
        np.float32
    )


def texture(x: Plane, y: Plane, garment: str, cloth: Weave, stature_px: float) -> Plane:
    """Colour factor of the yarn: knit columns, jersey or weave, and the mottling of worn cloth."""
    px, py = x * np.float32(stature_px), y * np.float32(stature_px)
    yarn = sample(cloth.fine, px * np.float32(0.10), py * np.float32(0.10))
    mottle = sample(cloth.smooth, x * np.float32(60) + 9, y * np.float32(45) + 31)
    factor = 1 + np.float32(0.014) * mottle
    if garment in ("jumper", "cardigan"):
        wale = np.float32(2 * np.pi / 0.0034)  # a stitch of six millimetres
        visible = np.float32(np.clip(stature_px * 0.0034 / 2.5 - 0.6, 0, 1))
        stitch = np.sin(x * wale + np.float32(0.8) * mottle) * np.sin(
            y * wale * np.float32(1.25) + np.abs(np.sin(x * wale))
        )
        return factor * (1 + np.float32(0.020) * yarn + np.float32(0.030) * visible * stitch)
    return factor * (1 + np.float32(0.016 if garment == "tee" else 0.012) * yarn)


def stripes(ring: Plane, rgb: NDArray) -> NDArray[np.float32]:
    """(h, w, 3) albedo with woven stripes; ``ring`` is the position along the body or the sleeve in statures."""
    wave = np.sin(ring * np.float32(2 * np.pi / 0.036))
    band = np.clip(wave * 9 + 0.5, 0, 1)[..., None]
    pale = np.array([226, 220, 208], np.float32)
    return pale + (np.asarray(rgb, np.float32) - pale) * band
