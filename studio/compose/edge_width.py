"""Edge width: how many pixels a picture takes from dark to light.

After Marziliano et al., "A no-reference perceptual blur metric" (ICIP 2002): along an edge's normal the profile rises
between two local extremes; here their difference is divided by the slope at the edge, which for a step blurred by a
Gaussian is 2.5 sigma, whatever the contrast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame

_MOST_EDGES = 800
LEAST_EDGES = 60
"""Fewer say nothing."""
_REACH_PX = 12
_LEAST_CONTRAST = 14.0
"""Grey levels between the extremes: above the noise of a phone's picture."""


def edge_width(frame: Frame, region: NDArray[np.bool_]) -> float | None:
    """Median width in px of the strongest edges inside a region; None without enough of them.

    Parameters
    ----------
    frame : (H, W, 3) uint8 RGB
    region : (H, W) bool; a profile that leaves it does not count
    """
    import cv2

    rows, columns = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    if len(rows) < 16 or len(columns) < 16:
        return None
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inside = np.ascontiguousarray(region[box])
    luma = cv2.cvtColor(np.ascontiguousarray(frame[box]), cv2.COLOR_RGB2GRAY).astype(np.float32)
    luma = cv2.GaussianBlur(luma, (0, 0), 0.6)  # single noisy pixels would end a rise early
    gx, gy = cv2.Sobel(luma, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(luma, cv2.CV_32F, 0, 1) / 8
    slope = np.hypot(gx, gy)
    at = _ridge(slope, gx, gy, inside)
    if len(at) < LEAST_EDGES:
        return None
    y, x = at.T
    normal = np.column_stack([gx[y, x], gy[y, x]]) / slope[y, x, None]
    steps = np.arange(-_REACH_PX, _REACH_PX + 1, dtype=np.float32)
    map_x = (x[:, None] + normal[:, :1] * steps).astype(np.float32)
    map_y = (y[:, None] + normal[:, 1:] * steps).astype(np.float32)
    profile = cv2.remap(luma, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    free = cv2.remap(inside.astype(np.uint8), map_x, map_y, cv2.INTER_NEAREST, borderValue=0) > 0
    rise = np.diff(profile, axis=1) > 0
    up = np.cumprod(rise[:, _REACH_PX:], axis=1).sum(1)
    down = np.cumprod(rise[:, _REACH_PX - 1 :: -1], axis=1).sum(1)
    each = np.arange(len(at))
    contrast = profile[each, _REACH_PX + up] - profile[each, _REACH_PX - down]
    steepness = (profile[:, _REACH_PX + 1] - profile[:, _REACH_PX - 1]) / 2
    stays = free[each, _REACH_PX + up] & free[each, _REACH_PX - down]
    good = (contrast >= _LEAST_CONTRAST) & stays & (steepness > 0)
    if good.sum() < LEAST_EDGES:
        return None
    return float(np.median(contrast[good] / steepness[good]))


def _ridge(
    slope: NDArray[np.float32], gx: NDArray[np.float32], gy: NDArray[np.float32], inside: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """(n, 2) rows and columns of the strongest local maxima of the slope along its own direction."""
    import cv2

    y, x = np.nonzero(inside & (slope > 1.0))
    if len(y) > 60_000:  # the strongest are among these
        keep = np.argpartition(-slope[y, x], 60_000)[:60_000]
        y, x = y[keep], x[keep]
    if len(y) == 0:
        return np.zeros((0, 2), np.intp)
    size = slope[y, x]
    dx, dy = gx[y, x] / size, gy[y, x] / size

    def beside(sign: int) -> NDArray[np.float32]:
        map_x, map_y = (x + sign * dx).astype(np.float32), (y + sign * dy).astype(np.float32)
        out = [
            cv2.remap(slope, map_x[i : i + 30_000, None], map_y[i : i + 30_000, None], cv2.INTER_LINEAR)
            for i in range(0, len(x), 30_000)
        ]
        return np.concatenate(out)[:, 0]

    peak = (size >= beside(1)) & (size > beside(-1))
    y, x, size = y[peak], x[peak], size[peak]
    best = np.argsort(-size, kind="stable")[:_MOST_EDGES]
    return np.column_stack([y[best], x[best]])
