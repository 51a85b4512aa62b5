"""The user without arms: what an embrace needs when the filmed arms stand wide open or hang.

The arms' pixels are replaced by the clean plate.  The shoulders stay: they are kept round by an ellipse over each
deltoid, below the line where hair and neck are.  Where the plate equals the picture nothing changes, so the mask may
be generous on the outside; only its inner edge, at the trunk, is drawn with care.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import (
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_INDEX,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_INDEX,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)

_ARMS = (
    (LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST, LEFT_INDEX, LEFT_HIP),
    (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST, RIGHT_INDEX, RIGHT_HIP),
)
_THIGHS = ((LEFT_HIP, LEFT_KNEE), (RIGHT_HIP, RIGHT_KNEE))
_RADII = (0.18, 0.22, 0.21, 0.25)
"""Of the mask round the upper arm's beginning, elbow, wrist and finger tips, in shoulder widths: generous, blurred arms
lie beside their landmarks."""
_BEGIN = 0.30
"""Where on the upper arm it begins: the shoulder itself stays."""
_SMALL_PX = 480  # the mask is drawn at this height and enlarged: its edge is soft anyway


def arm_mask(
    pose_px: NDArray, shoulder_px: float, size_px: tuple[int, int], matte: NDArray[np.float32] | None = None
) -> NDArray[np.uint8]:
    """Where the arms are to be taken away.

    Parameters
    ----------
    pose_px : (33, 2 or more) landmarks in clip pixels
    shoulder_px : distance of the shoulder joints
    size_px : (width, height) of the clip
    matte : (h, w) 0..1 of the whole frame: what is of the person beside the trunk, a wide sleeve say, goes too

    Returns
    -------
    (h, w) uint8, 255 on the arms, at a reduced size of the same shape
    """
    import cv2

    factor = min(1.0, _SMALL_PX / size_px[1])
    shape = (max(2, round(size_px[1] * factor)), max(2, round(size_px[0] * factor)))
    unit = shoulder_px * factor
    pose = np.asarray(pose_px, np.float64)[:, :2] * factor
    middle = 0.5 * (pose[LEFT_SHOULDER] + pose[RIGHT_SHOULDER])
    arms, keep = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    trunk = []
    for shoulder, elbow, wrist, index, hip in _ARMS:
        s, e, w, f = pose[[shoulder, elbow, wrist, index]]
        tip = w + 1.7 * (f - w)
        # A raised arm is taken away from the joint on: nothing that is drawn covers what would stand up there.
        raised = float(np.clip((s[1] - e[1]) / max(float(np.linalg.norm(e - s)), 1.0) / 0.5, 0, 1))
        _stroke(arms, np.array([s + _BEGIN * (1 - raised) * (e - s), e, w, tip]), np.array(_RADII) * unit)
        inwards = 1.0 if middle[0] > s[0] else -1.0
        centre = s + np.array([0.10 * inwards, 0.13]) * unit
        axes = (max(1, round(0.28 * unit)), max(1, round(0.30 * unit)))
        cv2.ellipse(keep, _pixel(centre), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
        # Above the joint there is neck and hair, and the slope of the shoulder itself.
        neck = np.array(
            [s + (-0.04 * inwards * unit, -0.26 * unit), middle - (0, 0.5 * unit), middle + (0, 0.3 * unit)]
        )
        cv2.fillConvexPoly(keep, cv2.convexHull(np.rint(neck).astype(np.int32)), 255, cv2.LINE_AA)
        trunk += [s + (0.06 * inwards * unit, 0.1 * unit), pose[hip] + (-0.17 * inwards * unit, 0.3 * unit)]
    cv2.fillConvexPoly(keep, cv2.convexHull(np.rint(np.array(trunk)).astype(np.int32)), 255, cv2.LINE_AA)
    if matte is not None:
        np.maximum(arms, _beside_trunk(matte, pose, unit, shape), out=arms)
    for hip, knee in _THIGHS:  # hands hang beside them, not in them
        _stroke(keep, pose[[hip, knee]], np.array([0.27, 0.20]) * unit)
    mask = cv2.multiply(arms, cv2.bitwise_not(keep), scale=1 / 255)
    return cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.012 * unit))


def _beside_trunk(matte: NDArray[np.float32], pose: NDArray, unit: float, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """What the matte holds between shoulders and hips, beside a generous trunk."""
    import cv2

    person = cv2.resize(np.asarray(matte, np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR) > 0.15
    grown = cv2.dilate(person.astype(np.uint8) * 255, np.ones((5, 5), np.uint8))
    left, right = sorted((LEFT_SHOULDER, RIGHT_SHOULDER), key=lambda k: float(pose[k, 0]))
    hips = sorted((LEFT_HIP, RIGHT_HIP), key=lambda k: float(pose[k, 0]))
    rows = np.arange(shape[0], dtype=np.float64)
    top, bottom = float(pose[[left, right], 1].mean()), float(pose[hips, 1].mean())
    down = np.clip((rows - top) / max(bottom - top, 1.0), 0, 1)
    low = pose[left, 0] + down * (pose[hips[0], 0] - 0.30 * unit - pose[left, 0])
    high = pose[right, 0] + down * (pose[hips[1], 0] + 0.30 * unit - pose[right, 0])
    x = np.arange(shape[1], dtype=np.float64)[None]
    beside = (x < low[:, None]) | (x > high[:, None])
    # It fades out above the hips: a straight lower edge would look like a bite.
    between = np.clip((rows - top) / (0.1 * unit), 0, 1) * np.clip((bottom - 0.15 * unit - rows) / (0.3 * unit), 0, 1)
    return np.where(beside, grown * between[:, None], 0).astype(np.uint8)


def without_arms(frame: Frame, plate: Frame, mask: NDArray[np.uint8]) -> Frame:
    """The frame with the plate where the mask is; only the mask's own box is worked on.

    Parameters
    ----------
    frame, plate : (H, W, 3) uint8
    mask : from `arm_mask`, any size of the same shape
    """
    import cv2

    from studio.compose.blend import mix

    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) == 0:
        return frame
    height, width = frame.shape[:2]
    fy, fx = height / mask.shape[0], width / mask.shape[1]
    y0, y1 = int(rows[0] * fy), min(height, int((rows[-1] + 1) * fy))
    x0, x1 = int(columns[0] * fx), min(width, int((columns[-1] + 1) * fx))
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    weight = cv2.resize(part, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    out = frame.copy()
    out[y0:y1, x0:x1] = mix(
        np.ascontiguousarray(frame[y0:y1, x0:x1]), np.ascontiguousarray(plate[y0:y1, x0:x1]), weight
    )
    return out


def matte_without_arms(matte: NDArray[np.float32], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The person's matte, (h, w) 0..1, without what `without_arms` took away."""
    import cv2

    gone = cv2.resize(mask, matte.shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return matte * (1 - gone)


def _stroke(canvas: NDArray[np.uint8], points: NDArray, radii: NDArray) -> None:
    """A line through the points whose half width goes from radius to radius."""
    import cv2

    for (a, ra), (b, rb) in itertools.pairwise(zip(points, radii, strict=True)):
        for share in np.linspace(0, 1, 12):
            at, radius = a + share * (b - a), ra + share * (rb - ra)
            cv2.circle(canvas, _pixel(at), max(1, round(radius)), 255, -1, cv2.LINE_AA)


def _pixel(point: NDArray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
