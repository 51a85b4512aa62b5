"""Square crops that may reach over the picture's edge: what every mediapipe model likes best."""

from __future__ import annotations

import numpy as np

from studio.core.frames import Frame


def square(picture: Frame, x0_px: int, y0_px: int, side_px: int) -> Frame:
    """(side, side, 3) uint8 of ``picture``, continued by its border pixels where it leaves the picture."""
    import cv2

    height, width = picture.shape[:2]
    left, top = min(max(x0_px, 0), width - 1), min(max(y0_px, 0), height - 1)
    right, bottom = max(left + 1, min(x0_px + side_px, width)), max(top + 1, min(y0_px + side_px, height))
    inside = picture[top:bottom, left:right]
    pads = [max(0, pad) for pad in (top - y0_px, y0_px + side_px - bottom, left - x0_px, x0_px + side_px - right)]
    if max(pads) == 0:
        return np.ascontiguousarray(inside)
    return cv2.copyMakeBorder(inside, *pads, cv2.BORDER_REPLICATE)[:side_px, :side_px]


def share_inside(picture: Frame, x0_px: int, y0_px: int, side_px: int) -> float:
    """Share of the square's area that lies in the picture, 0 to 1."""
    height, width = picture.shape[:2]
    across = min(x0_px + side_px, width) - max(x0_px, 0)
    down = min(y0_px + side_px, height) - max(y0_px, 0)
    return max(0, across) * max(0, down) / side_px**2
