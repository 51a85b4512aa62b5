"""Which colours are the room's and which the person's: learnt once, it decides where a matte itself is in doubt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEVELS = 32
"""Steps per colour channel."""
_UNSEEN = 3e-5
"""Share of pixels below which a colour counts as never seen; an even spread over all colours would be 3e-5."""
_MOST = 4.0
"""Largest log odds that a colour alone may give."""


def fit_backdrop(
    rgb: NDArray[np.float32], alpha: NDArray[np.float32], filmed: NDArray[np.bool_], rim_px: float
) -> NDArray[np.float32] | None:
    """Log odds by quantised RGB that a pixel is the person rather than the room (colour histograms, Jones and Rehg).

    Parameters
    ----------
    rgb : (h, w, 3) 0..255
    alpha : (h, w) 0..1
    filmed : (h, w) False where the picture only repeats its edge
    rim_px : width of the matte's doubtful edge, from which nothing is learnt

    Returns
    -------
    (32768,) float32, 0 for colours seen on both or on neither; None when no room is seen
    """
    import cv2
    from scipy.ndimage import gaussian_filter

    kernel = np.ones((2 * max(1, round(rim_px)) + 1,) * 2, np.uint8)
    person = cv2.erode((alpha > 0.97).astype(np.uint8), kernel) > 0
    room = cv2.dilate((alpha > 0.03).astype(np.uint8), kernel) == 0
    room &= filmed
    person &= filmed
    if room.sum() < 400 or person.sum() < 400:
        return None
    index = quantised(rgb)
    shares = []
    for where in (person, room):
        count = np.bincount(index[where].astype(np.int64), minlength=_LEVELS**3).reshape((_LEVELS,) * 3)
        shares.append(gaussian_filter(count / where.sum(), 1.0).ravel() + _UNSEEN)
    return np.clip(np.log(shares[0] / shares[1]), -_MOST, _MOST).astype(np.float32)


def evidence(rgb: NDArray[np.float32], table: NDArray[np.float32], calm_px: float) -> NDArray[np.float32]:
    """(h, w) log odds that a pixel is the person, from colour alone, averaged over ``calm_px``."""
    import cv2

    height, width = rgb.shape[:2]
    half = (-(-width // 2), -(-height // 2))
    small = cv2.resize(rgb, half, interpolation=cv2.INTER_AREA)
    odds = cv2.GaussianBlur(table[quantised(small)], (0, 0), max(0.5, 0.5 * calm_px))
    return cv2.resize(odds, (width, height), interpolation=cv2.INTER_LINEAR)


def quantised(rgb: NDArray[np.float32]) -> NDArray[np.uint16]:
    """(h, w) index into a table of 32 levels per channel."""
    import cv2

    level = cv2.convertScaleAbs(np.maximum(rgb, 0), alpha=1 / 8, beta=-0.499).astype(np.uint16)
    np.minimum(level, _LEVELS - 1, out=level)
    return (level[..., 0] << 10) | (level[..., 1] << 5) | level[..., 2]
