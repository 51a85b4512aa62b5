"""Colour of old skin: pigment spots, uneven tone and redness, painted once per person.

Age spots (solar lentigines) are irregular, soft-edged, a few mm to a cm, on temples, cheeks, forehead and hands, and
come one by one; tone gets uneven at two scales; small vessels show on nose and cheeks.  Lengths in ipd (about 63 mm).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.strokes import Plane, blob, noise

HIDE_WIDTH_IPD = 8.0
"""Side of the square texture in head coordinates for skin beside the face (neck, ears, hands)."""
_HIDE_SIDE = 384


def spots(x: Plane, y: Plane, gain: float, rng: np.random.Generator, count: int = 46) -> Plane:
    """(h, w) 0..1 density of pigment spots; each comes at its own age, ``gain`` 1 at 75 years.

    Parameters
    ----------
    x, y : (h, w) coordinates in ipd, regular
    """
    step = float(x[0, 1] - x[0, 0])
    out = np.zeros_like(x)
    ragged = (
        noise(x.shape, 0.028 / step, 0.028 / step, rng) * 0.5 + noise(x.shape, 0.011 / step, 0.011 / step, rng) * 0.3
    )
    middle = float(x.mean())
    low, high = float(y.min()), float(y.max())
    for _ in range(count):
        # most of them at the sides, where the sun gets
        aside = float(rng.choice([-1.0, 1.0])) * float(rng.beta(2.2, 1.3)) * 1.1
        at = middle + aside * max(1.0, float(np.ptp(x)) / 3.6), float(rng.uniform(low, high))
        radius = float(np.clip(rng.lognormal(np.log(0.024), 0.55), 0.010, 0.085))
        dark = float(rng.uniform(0.5, 1.0)) * min(1.0, 0.030 / radius + 0.15)
        flat, onset = float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.0, 0.8))
        shown = float(np.clip((gain - onset) / 0.35, 0, 1)) * dark
        reach = 2.6 * radius
        rows = np.s_[
            max(0, int((at[1] - reach - low) / step)) : max(0, int((at[1] + reach - low) / step) + 2),
            max(0, int((at[0] - reach - x[0, 0]) / step)) : max(0, int((at[0] + reach - x[0, 0]) / step) + 2),
        ]
        if shown <= 0 or out[rows].size == 0:
            continue
        distance = np.hypot(x[rows] - at[0], (y[rows] - at[1]) * flat) / radius * (1 + 0.35 * ragged[rows])
        t = np.clip((1.35 - distance) / 0.7, 0, 1)
        out[rows] = np.maximum(out[rows], shown * t * t * (3 - 2 * t))
    return out


def mottle(x: Plane, y: Plane, rng: np.random.Generator) -> Plane:
    """(h, w) signed unevenness of tone, about unit variance: blotches of a cm and freckles of 3 mm."""
    step = float(x[0, 1] - x[0, 0])
    large = noise(x.shape, 0.11 / step, 0.11 / step, rng)
    small = noise(x.shape, 0.032 / step, 0.032 / step, rng)
    grain = noise(x.shape, 0.012 / step, 0.012 / step, rng)
    # what is as wide as a finger's tip and dark reads as dirt, so little of that
    return np.clip(0.55 * large + 0.22 * small + 0.45 * grain, -2.2, 2.2)


def redness(x: Plane, y: Plane, rng: np.random.Generator) -> Plane:
    """(h, w) 0..1 small vessels on nose, cheeks and chin, in flecks."""
    step = float(x[0, 1] - x[0, 0])
    where = 0.9 * blob(x, y, (0.0, 0.56), (0.17, 0.14)) + 0.35 * blob(x, y, (0.0, 1.55), (0.2, 0.12))
    for side in (-1.0, 1.0):
        where = where + float(rng.uniform(0.6, 0.9)) * blob(x, y, (side * 0.68, 0.56), (0.20, 0.17))
    fleck = (
        1 + 0.45 * noise(x.shape, 0.03 / step, 0.03 / step, rng) + 0.35 * noise(x.shape, 0.01 / step, 0.02 / step, rng)
    )
    return np.clip(where * np.clip(fleck, 0, 2.2), 0, 1)


def hide(gain: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """(384, 384, 2) mottle and spots in head coordinates, `HIDE_WIDTH_IPD` wide, for any skin beside the face."""
    at = ((np.arange(_HIDE_SIDE, dtype=np.float32) + 0.5) / _HIDE_SIDE - 0.5) * HIDE_WIDTH_IPD
    x, y = np.meshgrid(at, at)
    return np.dstack([mottle(x, y, rng), spots(x, y, gain, rng, count=170)]).astype(np.float32)


def carry_hide(texture: NDArray[np.float32], head: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, 2) the texture at head coordinates ``head`` (h, w, 2)."""
    import cv2

    side = texture.shape[0]
    at = head * np.float32(side / HIDE_WIDTH_IPD) + np.float32(side / 2 - 0.5)
    return cv2.remap(texture, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
