"""A drawn person with something in the arms, or nothing."""

from __future__ import annotations

import cv2
import numpy as np

from studio.core.people import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER
from tests.vision.skeletons import SIZE, pose

SHIRT, JEANS, WALL, SKIN = (170, 60, 45), (70, 100, 150), (200, 196, 185), (205, 160, 135)
HELD_PX = (85, 125)
"""Half width and half height of the held thing."""


def photograph(arms, *, shirt=SHIRT, held=None, shade=1.0, stripes=None, at=(360, 610)):
    """A drawn person on a wall, its pose; ``held`` is the colour of a thing before the trunk, under the arms."""
    points = pose(arms)
    frame = np.full((SIZE[1], SIZE[0], 3), WALL, np.uint8)
    left, right, hip, other_hip = (points[i, :2] for i in (LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP))
    trunk = np.rint([left + (10, -10), right + (-10, -10), other_hip + (-25, 0), hip + (25, 0)]).astype(np.int32)
    cv2.fillConvexPoly(frame, trunk, shirt)
    if stripes is not None:
        for y in range(int(left[1]), int(hip[1]), 24):
            frame[y : y + 10][(frame[y : y + 10] == shirt).all(axis=2)] = stripes
    cv2.rectangle(frame, (280, int(hip[1])), (440, 1200), JEANS, -1)
    trunk_box = frame[480:720, 250:470]
    trunk_box[:] = (trunk_box * shade).clip(0, 255).astype(np.uint8)
    if held is not None:
        cv2.ellipse(frame, at, HELD_PX, 0, 0, 360, held, -1)
    for shoulder, elbow, wrist, index in ((11, 13, 15, 19), (12, 14, 16, 20)):
        cv2.line(frame, points[shoulder, :2].astype(int).tolist(), points[elbow, :2].astype(int).tolist(), shirt, 34)
        cv2.line(frame, points[elbow, :2].astype(int).tolist(), points[wrist, :2].astype(int).tolist(), SKIN, 30)
        cv2.circle(frame, points[index, :2].astype(int).tolist(), 22, SKIN, -1)
    cv2.circle(frame, (360, 415), 48, SKIN, -1)
    noisy = frame + np.random.default_rng(2).normal(0, 3, frame.shape)
    return noisy.clip(0, 255).astype(np.uint8), points
