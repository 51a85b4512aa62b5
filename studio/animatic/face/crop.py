"""The part of a frame that is re-aged, cut and enlarged: picture, matte and landmarks alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame


def crop(
    frame: Frame,
    face_px: NDArray,
    matte: NDArray | None,
    box: tuple[int, int, int, int],
    scale: float,
    shift_px: tuple[float, float] = (0.0, 0.0),
):
    """Cut and enlarge picture, matte and landmarks alike; outside the frame its edge repeats."""
    import cv2

    x0, y0, x1, y1 = box
    size = (round((x1 - x0) * scale), round((y1 - y0) * scale))
    left, top = x0 - shift_px[0], y0 - shift_px[1]
    half = (scale - 1) / 2
    move = np.array([[scale, 0, half - left * scale], [0, scale, half - top * scale]], np.float32)
    rgb = cv2.warpAffine(frame, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    height, width = frame.shape[:2]
    if matte is None:
        alpha = cv2.warpAffine(np.ones((height, width), np.float32), move, size)
    else:
        # a matte may come at reduced size
        shrink = np.array([[width / matte.shape[1], 0, 0], [0, height / matte.shape[0], 0]], np.float32)
        joined = move[:, :2] @ shrink[:, :2]
        offset = move[:, 2:] + move[:, :2] @ np.float32(
            [[(width / matte.shape[1] - 1) / 2], [(height / matte.shape[0] - 1) / 2]]
        )
        alpha = cv2.warpAffine(
            matte.astype(np.float32),
            np.hstack([joined, offset]),
            size,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    # a head cut by the upper frame edge ends there; what the other edges cut goes on
    alpha[: max(0, round(-top * scale))] = 0
    face = np.asarray(face_px, np.float32) * np.float32(scale)
    face[:, :2] -= np.array([x0, y0], np.float32) * scale
    return rgb, np.clip(alpha, 0, 1), face


def box_about(
    centre: NDArray, ipd: float, reach_ipd: tuple[float, float, float], shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Pixels within ``reach_ipd`` (sides, up, down) of the eyes and within a picture of ``shape``."""
    sides, up, down = (ipd * reach for reach in reach_ipd)
    x, y = centre
    return max(0, int(x - sides)), max(0, int(y - up)), min(shape[1], int(x + sides)), min(shape[0], int(y + down))
