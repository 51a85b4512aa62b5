"""Where the face is: mediapipe's 478 mesh points, found on a crop around the head.

On a whole frame the face model finds nothing at all when the face is small; on a crop up-sampled to 512 it works from
about 70 px of face width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import LEFT_EAR, LEFT_SHOULDER, NOSE, RIGHT_EAR, RIGHT_SHOULDER
from studio.vision.crop import share_inside, square
from studio.vision.hush import hush

POINTS = 478
_CROP = 512


class FaceFinder:
    """mediapipe's face mesh with the refined lips and irises; close it."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_mesh

        # It follows from crop to crop: the head stays in the middle of each, and a lost face is searched anew by
        # itself.
        self._model = face_mesh.FaceMesh(static_image_mode=False, max_num_faces=1, refine_landmarks=True)
        self._model.process(np.zeros((64, 64, 3), np.uint8))
        self._silent = False

    def find(self, frame: Frame, pose_px: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """(478, 3) float32 in px of ``frame`` (z negative towards the camera), None when there is no face.

        Parameters
        ----------
        frame : the clip frame at full size: the crop takes what detail there is
        pose_px : (33, 3) pose in px of ``frame``
        """
        import cv2

        x0, y0, side = head_square(pose_px)
        if share_inside(frame, x0, y0, side) < 0.3:
            return None
        way = cv2.INTER_AREA if side > _CROP else cv2.INTER_CUBIC
        crop = cv2.resize(square(frame, x0, y0, side), (_CROP, _CROP), interpolation=way)
        with hush(not self._silent):
            seen = self._model.process(crop).multi_face_landmarks
        if not seen:
            return None
        self._silent = True
        points = np.array([(p.x, p.y, p.z) for p in seen[0].landmark], np.float32) * side
        return points + np.array([x0, y0, 0], np.float32)

    def close(self) -> None:
        self._model.close()


def head_square(pose_px: NDArray[np.float32]) -> tuple[int, int, int]:
    """(x0, y0, side) in px of a square round the head, 2.6 ear distances wide."""
    ears = np.linalg.norm(pose_px[LEFT_EAR, :2] - pose_px[RIGHT_EAR, :2])
    shoulders = np.linalg.norm(pose_px[LEFT_SHOULDER, :2] - pose_px[RIGHT_SHOULDER, :2])
    # The ears come together when the head turns; the shoulders then tell the head's size.
    side = max(32, int(2.6 * max(ears, 0.42 * shoulders)))
    x, y = 0.6 * pose_px[NOSE, :2] + 0.4 * (pose_px[LEFT_EAR, :2] + pose_px[RIGHT_EAR, :2]) / 2
    return int(x - side / 2), int(y - side / 2), side
