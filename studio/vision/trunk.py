"""The trunk as a small picture of always the same size and place: what is worn, or held, before the chest.

Kept for every analysed frame (about 20 kB each), so that what changes there can be judged after the clip was seen
once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Size
from studio.core.people import LEFT_SHOULDER, RIGHT_SHOULDER
from studio.vision.pose import shoulder_width

TRUNK_PX: Size = (80, 88)
"""Width and height of the picture."""
PER_SHOULDER_PX = 50.0
"""Pixels of the picture per shoulder width."""
_ORIGIN = (40.0, 16.0)
"""Where the middle of the shoulders lies in the picture."""


def trunk_matrix(pose_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """(2, 3) affine matrix from the clip frame to the picture of the trunk.

    Parameters
    ----------
    pose_px : (33, 2 or 3) in px of the clip frame
    """
    scale = PER_SHOULDER_PX / float(shoulder_width(pose_px))
    x, y = (pose_px[LEFT_SHOULDER, :2] + pose_px[RIGHT_SHOULDER, :2]) / 2
    return np.array([[scale, 0, _ORIGIN[0] - scale * x], [0, scale, _ORIGIN[1] - scale * y]], np.float32)


def trunk_picture(frame: Frame, pose_px: NDArray[np.float32]) -> Frame:
    """(88, 80, 3) uint8 of the trunk; black where it lies outside the frame."""
    import cv2

    matrix = trunk_matrix(pose_px)
    shrink = 1 / matrix[0, 0]
    if shrink <= 1:
        return cv2.warpAffine(frame, matrix, TRUNK_PX, flags=cv2.INTER_LINEAR)
    # Cut first, then averaged: a warp alone would pick single pixels of a large frame.
    x0, y0 = (np.array([-0.5, -0.5]) - matrix[:, 2]) * shrink
    x0, y0 = int(np.floor(x0)) - 1, int(np.floor(y0)) - 1
    width, height = (int(np.ceil(size * shrink)) + 2 for size in TRUNK_PX)
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = max(x0, 0), max(y0, 0)
    part = frame[top : max(top, min(y0 + height, frame.shape[0])), left : max(left, min(x0 + width, frame.shape[1]))]
    if part.size:
        canvas[top - y0 : top - y0 + part.shape[0], left - x0 : left - x0 + part.shape[1]] = part
    return cv2.resize(canvas, TRUNK_PX, interpolation=cv2.INTER_AREA)
