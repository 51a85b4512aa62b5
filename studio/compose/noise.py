"""Noise: how much grain the flat places of a picture have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame

_BLOCK = 8
LEAST_BLOCKS = 40
_FLAT = 0.25
"""Share of the blocks, the calmest, that count as flat."""
FLOOR = 0.3
"""Grey levels of standard deviation that rounding to 8 bit makes; less than that cannot be told apart."""


def noise_level(frame: Frame, region: NDArray[np.bool_]) -> float | None:
    """Standard deviation in grey levels of what is finer than 1.5 px in the calmest blocks inside a region.

    None when the region holds too few whole blocks.
    """
    import cv2

    rows, columns = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    if len(rows) < _BLOCK or len(columns) < _BLOCK:
        return None
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    luma = cv2.cvtColor(np.ascontiguousarray(frame[box]), cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = luma - cv2.GaussianBlur(luma, (0, 0), 1.5)
    inside, exposed = _blocks(region[box]).all(axis=1), _blocks((luma > 12) & (luma < 243)).all(axis=1)
    whole = inside & exposed
    if whole.sum() < LEAST_BLOCKS:
        return None
    spread = _blocks(fine)[whole].std(axis=1)
    return max(float(np.quantile(spread, _FLAT)), FLOOR)


def _blocks(plane: NDArray) -> NDArray:
    """(n, 64) the blocks of a plane, its remainder cut off."""
    h, w = plane.shape[0] // _BLOCK, plane.shape[1] // _BLOCK
    part = plane[: h * _BLOCK, : w * _BLOCK].reshape(h, _BLOCK, w, _BLOCK)
    return part.swapaxes(1, 2).reshape(h * w, _BLOCK * _BLOCK)
