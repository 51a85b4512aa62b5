"""How many people are there, how large is each, and where: looked at on a few frames of the clip.

A body is searched, painted over, and the next one is searched in what is left; the face detector then adds people whose
bodies the pose model does not see.  The pose model sees bodies in curtains and chairs too, so a further body counts
only with a mask under its trunk and a face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import LEFT_EAR, LEFT_HIP, LEFT_SHOULDER, NOSE, RIGHT_EAR, RIGHT_HIP, RIGHT_SHOULDER
from studio.vision.pose import Box, Pose, PoseFinder, shoulder_width

_MOST = 4
_FACE_TO_SHOULDERS = 1.9
"""Shoulder width in widths of mediapipe's face box, adults; for people of whom only the face is seen."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in one picture.

    Parameters
    ----------
    x_px : middle of the trunk (or the face)
    unit_px : shoulder width SW
    box : what to look at to see this person only
    """

    x_px: float
    unit_px: float
    box: Box


class PeopleCounter:
    """Searches every person of a picture; close it."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_detection

        self._faces = face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.6)
        self._faces.process(np.zeros((64, 64, 3), np.uint8))
        self._bodies = PoseFinder(follow=False)

    def count(self, picture: Frame) -> list[Person]:
        """Everybody in ``picture``, from left to right."""
        faces = self._find_faces(picture)
        people: list[Person] = []
        left = picture.copy()
        for _ in range(_MOST):
            pose = self._bodies.find(left)
            if pose is None:
                break
            face = _face_of(pose, faces)
            if solid(pose) and (face is not None or not people or _another(pose, people)):
                people.append(_person(pose, picture.shape))
            if face is not None:
                faces.remove(face)
            _paint_over(left, pose)
        for x, y, size in faces:
            unit = _FACE_TO_SHOULDERS * size
            reach = (x - 2 * unit, y - unit, x + 2 * unit, y + 6 * unit)
            people.append(Person(x, unit, _inside(reach, picture.shape)))
        return sorted(people, key=lambda person: person.x_px)

    def close(self) -> None:
        self._faces.close()
        self._bodies.close()

    def _find_faces(self, picture: Frame) -> list[tuple[float, float, float]]:
        """(x, y, width) of every face box in px."""
        height, width = picture.shape[:2]
        boxes = [found.location_data.relative_bounding_box for found in self._faces.process(picture).detections or ()]
        return [((b.xmin + b.width / 2) * width, (b.ymin + b.height / 2) * height, b.width * width) for b in boxes]


def _another(pose: Pose, people: list[Person]) -> bool:
    """Whether a further body without a face is somebody else: of like size, seen whole, and beside the others.

    What is left of a painted-over person is found again and again, in the same place.
    """
    unit = float(shoulder_width(pose.points_px))
    x = float(pose.points_px[[LEFT_SHOULDER, RIGHT_SHOULDER], 0].mean())
    key = [LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP, NOSE]
    seen = pose.visibility[key].min() > 0.9 and pose.visibility.mean() > 0.6
    beside = all(abs(x - one.x_px) > max(unit, one.unit_px) for one in people)
    like = 0.5 < unit / max(one.unit_px for one in people) < 2
    return bool(seen and beside and like and trunk_share(pose.points_px, pose.mask) > 0.85)


def solid(pose: Pose) -> bool:
    """Whether there is a body under the pose: seen shoulders of a possible width, and mask under the trunk."""
    if pose.visibility[[LEFT_SHOULDER, RIGHT_SHOULDER]].min() < 0.5:
        return False
    return trunk_share(pose.points_px, pose.mask) > 0.5


def trunk_share(points_px: NDArray[np.float32], mask: NDArray[np.float32]) -> float:
    """Mean of a mask (h, w) in 0..1 over the quadrilateral of shoulders and hips, as far as it lies in the picture."""
    import cv2

    height, width = mask.shape
    corners = points_px[[LEFT_SHOULDER, RIGHT_SHOULDER, RIGHT_HIP, LEFT_HIP], :2]
    inside = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull(corners.round().astype(np.int32)), 1)
    area = int(inside.sum())
    return float(mask[inside > 0].mean()) if area >= 16 else 0.0


def _face_of(pose: Pose, faces: list[tuple[float, float, float]]) -> tuple[float, float, float] | None:
    """The face on the head of this body."""
    x, y = pose.points_px[NOSE, :2]
    ears = np.linalg.norm(pose.points_px[LEFT_EAR, :2] - pose.points_px[RIGHT_EAR, :2])
    for face in faces:
        if np.hypot(face[0] - x, face[1] - y) < max(face[2], ears):
            return face
    return None


def whole_box(pose: Pose, shape: tuple[int, ...]) -> Box:
    """A box with the whole person in it, hair and open arms too, inside a picture of ``shape``."""
    points = pose.points_px[:, :2]
    unit = float(shoulder_width(points))
    x, y = points[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(axis=0)
    x0, x1 = min(points[:, 0].min(), x - unit) - unit / 2, max(points[:, 0].max(), x + unit) + unit / 2
    return _inside((x0, min(points[:, 1].min(), y - 1.3 * unit) - unit / 2, x1, points[:, 1].max() + unit / 2), shape)


def _person(pose: Pose, shape: tuple[int, ...]) -> Person:
    points = pose.points_px
    x = float(points[[LEFT_SHOULDER, RIGHT_SHOULDER], 0].mean())
    return Person(x, float(shoulder_width(points)), whole_box(pose, shape))


def _inside(box: tuple[float, float, float, float], shape: tuple[int, ...]) -> Box:
    height, width = shape[:2]
    x0, y0 = min(max(0, round(box[0])), width - 1), min(max(0, round(box[1])), height - 1)
    return x0, y0, min(width, max(round(box[2]), x0 + 1)), min(height, max(round(box[3]), y0 + 1))


def _paint_over(picture: Frame, pose: Pose) -> None:
    """Remove a found body from the picture in place, so that the next search finds another one."""
    import cv2

    unit = float(shoulder_width(pose.points_px))
    size = max(3, int(0.12 * unit)) | 1
    body = cv2.dilate((pose.mask > 0.3).astype(np.uint8), np.ones((size, size), np.uint8))
    points = pose.points_px[:, :2].round().astype(np.int32)
    # The mask may be empty (nobody there): the trunk and head go anyway, or the same body would be found for ever.
    trunk = points[[LEFT_SHOULDER, RIGHT_SHOULDER, RIGHT_HIP, LEFT_HIP]]
    cv2.fillConvexPoly(body, cv2.convexHull(trunk), 1)
    cv2.circle(body, [int(v) for v in points[NOSE]], int(0.45 * unit), 1, -1)
    picture[body > 0] = picture.reshape(-1, 3).mean(axis=0).astype(np.uint8)
