"""Pictures in head coordinates: what is fitted once about hair lies still there while the head moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PER_IPD = 24
"""Resolution in px per ipd: hair's outline is softer than 1/24 ipd in footage, and a fit takes a tenth of a second."""
WEST, NORTH, EAST, SOUTH = -3.0, -3.2, 3.0, 4.6
"""What the raster covers, in ipd of the eyes: flying hair and hair down to the chest."""
SIZE = (round((EAST - WEST) * PER_IPD), round((SOUTH - NORTH) * PER_IPD))
"""(width, height) in px."""


def grid() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Head coordinates x (right) and y (down), in ipd, of every pixel of the raster, (height, width) each."""
    x = (np.arange(SIZE[0], dtype=np.float32) + 0.5) / PER_IPD + WEST
    y = (np.arange(SIZE[1], dtype=np.float32) + 0.5) / PER_IPD + NORTH
    return np.broadcast_to(x, SIZE[::-1]), np.broadcast_to(y[:, None], SIZE[::-1])


def to_raster(head: NDArray[np.float32]) -> NDArray[np.float64]:
    """(2, 3) affine from the picture's pixels to the raster's.

    Parameters
    ----------
    head : (h, w, 2) head coordinates of every pixel; an affine function of its place
    """
    height, width = head.shape[:2]
    origin = head[0, 0].astype(float)
    right = (head[0, -1] - origin) / max(width - 1, 1)
    down = (head[-1, 0] - origin) / max(height - 1, 1)
    move = np.column_stack([right, down, origin - (WEST, NORTH)]) * PER_IPD
    move[:, 2] -= 0.5
    return move


def unfold(picture: NDArray[np.float32], head: NDArray[np.float32]) -> NDArray[np.float32]:
    """The raster of a picture (h, w) or (h, w, 3); averaged, not sampled."""
    import cv2

    move = to_raster(head)
    step = max(1.0, 1 / float(np.linalg.norm(move[:, 0])))
    calm = cv2.GaussianBlur(picture, (0, 0), 0.45 * step) if step > 1.2 else picture
    return cv2.warpAffine(calm, move, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def carry(raster: NDArray[np.float32], head: NDArray[np.float32], shrink: int = 1) -> NDArray[np.float32]:
    """A raster on the picture, at 1/``shrink`` of its size (rounded up); 0 outside the raster."""
    import cv2

    height, width = head.shape[:2]
    move = to_raster(head)
    move[:, 2] += move[:, :2] @ np.full(2, (shrink - 1) / 2)
    move[:, :2] *= shrink
    size = (-(-width // shrink), -(-height // shrink))
    return cv2.warpAffine(raster, move, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
