"""Values between the lines of a grid, at any spacing and exactly: cv2.remap and cv2.warpAffine know 32 steps a cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def read(grid: NDArray[np.float32], at_x: NDArray, at_y: NDArray) -> NDArray[np.float32]:
    """(rows, columns, ...) bilinear values of ``grid`` (h, w) or (h, w, c) on another regular or uneven grid.

    Parameters
    ----------
    at_x : (columns,) which columns of the grid, with fractions; held at its edges
    at_y : (rows,) which rows
    """
    # across first: the grid has few rows yet
    return _rows(_rows(grid.swapaxes(0, 1), at_x).swapaxes(0, 1), at_y)


def _rows(grid: NDArray[np.float32], at: NDArray) -> NDArray[np.float32]:
    """Rows of the grid at fractional indices."""
    place = np.clip(at, 0, len(grid) - 1)
    first = np.minimum(place.astype(int), max(len(grid) - 2, 0))
    share = (place - first).astype(np.float32)[:, None]
    # in two dimensions: numpy would go through every pair of channels on its own
    flat = grid.reshape(len(grid), -1)
    out, step = flat[first], flat[np.minimum(first + 1, len(grid) - 1)]
    step -= out
    step *= share
    out += step
    return out.reshape(-1, *grid.shape[1:])
