"""People drawn as points, with known arms: what the pure parts of the vision floor are tested on."""

from __future__ import annotations

import numpy as np

from studio.core.people import (
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NOSE,
    RIGHT_EAR,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    CameraMotion,
    Light,
    Tracks,
)
from studio.vision.look import Sight

SIZE = (720, 1280)
UNIT = 130.0
CENTRE = (360.0, 500.0)

# (left wrist, right wrist, left elbow, right elbow) as (sideways, down) in shoulder widths from the shoulders' middle.
DOWN = ((0.7, 1.5), (-0.7, 1.5), (0.6, 0.8), (-0.6, 0.8))
WIDE = ((1.9, 0.3), (-1.9, 0.3), (1.2, 0.15), (-1.2, 0.15))
LOWERED = ((1.35, 1.15), (-1.35, 1.15), (0.95, 0.6), (-0.95, 0.6))
HUG = ((0.15, 0.9), (-0.2, 0.8), (0.85, 0.7), (-0.85, 0.7))
CROSSED = ((-0.3, 0.7), (0.3, 0.8), (0.6, 0.75), (-0.6, 0.75))
BELLY = ((0.3, 0.85), (-0.45, 0.85), (0.58, 0.85), (-0.6, 0.85))  # somebody holding a rope while talking
PALMS_UP = ((0.9, -1.2), (-0.9, -1.2), (0.95, -0.4), (-0.95, -0.4))


def pose(arms, *, unit=UNIT, centre=CENTRE, swapped=False, width=1.0):
    """(33, 3) float32; ``swapped`` is seen from behind, ``width`` narrows the shoulders as in a side view."""
    points = np.zeros((33, 2))
    points[:] = (0, -0.7)
    points[NOSE] = (0, -0.65)
    points[LEFT_EAR], points[RIGHT_EAR] = (0.2, -0.7), (-0.2, -0.7)
    points[LEFT_SHOULDER], points[RIGHT_SHOULDER] = (0.5 * width, 0), (-0.5 * width, 0)
    points[LEFT_HIP], points[RIGHT_HIP] = (0.32 * width, 1.5), (-0.32 * width, 1.5)
    points[25:33] = [(0.3, 2.6), (-0.3, 2.6), (0.3, 3.6), (-0.3, 3.6)] * 2
    left, right, left_elbow, right_elbow = arms
    points[LEFT_WRIST], points[RIGHT_WRIST] = left, right
    points[17:23] = np.repeat([left, right], 3, axis=0)[[0, 3, 1, 4, 2, 5]]
    points[LEFT_ELBOW], points[RIGHT_ELBOW] = left_elbow, right_elbow
    if swapped:
        points[:, 0] *= -1
    placed = points * unit + np.array(centre)
    return np.column_stack([placed, np.zeros(33)]).astype(np.float32)


def blend(one, other, share):
    """Arms on their way from one position to another."""
    return tuple(tuple(np.array(a) * (1 - share) + np.array(b) * share) for a, b in zip(one, other, strict=True))


def tracks(poses, *, faces=True, stride=3, luma=110.0, sharpness=300.0):
    """Tracks of a list of poses (33, 3)."""
    n = len(poses)
    face = np.full((n, 478, 3), 0.0 if faces else np.nan, np.float32)
    if faces:
        face[:, 454, 0] = 130
    return Tracks(
        np.arange(n, dtype=np.int32) * stride,
        np.stack(poses),
        np.ones((n, 33), np.float32),
        face,
        np.full((n, 2, 21, 3), np.nan, np.float32),
        np.zeros((n, 64, 36), np.uint8),
        np.full(n, 300, np.float32),
        np.full(n, sharpness, np.float32),
        np.full(n, luma, np.float32),
    )


def acted(*parts):
    """Poses of (arms, rows) parts, with three rows of movement between them."""
    poses, before = [], None
    for arms, rows in parts:
        if before is not None:
            poses += [pose(blend(before, arms, share)) for share in (0.25, 0.5, 0.75)]
        poses += [pose(arms)] * rows
        before = arms
    return poses


def sight(seen, *, rate=30, trunk=1.0, bright=200.0, censuses=(), is_photo=False, found=True, static=True):
    """A `Sight` around tracks."""
    from fractions import Fraction

    n = len(seen)
    stride = int(seen.frame[1]) if n > 1 else 1
    return Sight(
        SIZE,
        Fraction(rate),
        n * stride,
        seen,
        np.full(n, found),
        np.full(n, trunk, np.float32),
        np.full(n, bright, np.float32),
        np.zeros(n, np.int32),
        tuple(tuple(people) for people in censuses),
        Light(),
        CameraMotion(static, np.zeros((n, 2), np.float32)),
        is_photo,
    )
