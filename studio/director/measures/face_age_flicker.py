"""Whether a re-aged face boils: what changes from frame to frame that the user's own motion does not explain.

Optical flow (DIS, Kroeger et al. 2016) of the user's own frames says where every point of the face goes.  Each frame is
pulled back by it and compared with the one before, the user's and the clone's alike.  Where a point of the clone lies
on the user is told by both meshes, so that the same flow serves.  What is left, mean over the face, is the flicker; the
clone's over the user's is 1 when re-ageing adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.core.frames import Frame


@dataclass(frozen=True, slots=True)
class Flicker:
    """Mean change per frame in grey levels: all of it, what is wider than a tenth of the eyes' distance, and the mean
    steepness of the picture (a picture of more contrast flickers more for the same error of the flow)."""

    fine: float
    wide: float
    steepness: float


def flow(before: Frame, after: Frame) -> NDArray[np.float32]:
    """(h, w, 2) where each pixel of ``before`` is in ``after``, relative, px."""
    import cv2

    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (before, after)]
    return finder.calc(grey[0], grey[1], None)


def carried_over(motion: NDArray[np.float32], clone_px: NDArray, user_px: NDArray) -> NDArray[np.float32]:
    """The user's flow where the clone has it: (h, w, 2).

    Parameters
    ----------
    clone_px, user_px : (478, 3) both faces in the same frame's pixels
    """
    import cv2

    ipd = mesh.pose_of(user_px).ipd_px
    points = clone_px[mesh.ANCHORS, :2].astype(float)
    height, width = motion.shape[:2]
    to_user = mesh.ThinPlate(points, user_px[mesh.ANCHORS, :2].astype(float), smoothing=1e-4)
    place = to_user.grid((0, 0, width, height), max(4.0, 0.25 * ipd))
    return cv2.remap(motion, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def flicker(
    before: Frame, after: Frame, motion: NDArray[np.float32], face_px: NDArray, solid: NDArray[np.bool_] | None = None
) -> Flicker:
    """Change between two frames inside the face.

    Parameters
    ----------
    motion : where each pixel of ``before`` is in ``after``
    face_px : (478, 3) in ``before``
    solid : (h, w) where both frames show nothing but the person; a matte's own flicker is another matter
    """
    import cv2

    ipd = mesh.pose_of(face_px).ipd_px
    one, two = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) for picture in (before, after))
    height, width = one.shape
    grid = np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))
    change = cv2.remap(two, grid + motion, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE) - one
    inside = np.zeros(one.shape, np.uint8)
    ring = face_px[list(mesh.OVAL), :2]
    ring = ring.mean(0) + 0.94 * (ring - ring.mean(0))  # the rim belongs to hair and background too
    cv2.fillPoly(inside, [np.round(ring).astype(np.int32)], 1)
    where = inside > 0 if solid is None else (inside > 0) & solid
    if where.sum() < 50:
        return Flicker(float("nan"), float("nan"), float("nan"))
    steep = np.hypot(cv2.Sobel(one, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(one, cv2.CV_32F, 0, 1) / 8)
    wide = cv2.GaussianBlur(change, (0, 0), 0.1 * ipd)
    return Flicker(*(float(np.abs(part)[where].mean()) for part in (change, wide, steep)))
