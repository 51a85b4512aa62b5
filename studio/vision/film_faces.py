"""Whether a viewer would see a face in a finished frame: detected, and a mesh fits."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.vision.crop import square
from studio.vision.hush import hush

_CROP = 512


class FilmFaces:
    """Face detector and mesh over single film frames; use it in a ``with`` block.

    Unlike `FaceFinder` it needs no pose: in a finished film a face may stand in a print, or above another's shoulder.
    """

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_detection, face_mesh

        with hush():
            self._detector = face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.4)
            self._near = face_detection.FaceDetection(model_selection=0, min_detection_confidence=0.4)
            self._mesh = face_mesh.FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True)
            empty = np.zeros((64, 64, 3), np.uint8)
            for model in (self._detector, self._near, self._mesh):
                model.process(empty)

    def __enter__(self) -> FilmFaces:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for model in (self._detector, self._near, self._mesh):
            model.close()

    def find(self, frame: Frame) -> NDArray[np.float32] | None:
        """(478, 3) float32 mesh in px of the largest face (z negative towards the camera), None when none is found."""
        import cv2

        height, width = frame.shape[:2]
        boxes = list(self._boxes(frame))
        for x, y, w, h in sorted(boxes, key=lambda box: -box[2] * box[3]):
            side = int(2.0 * max(w * width, h * height))
            x0, y0 = int((x + w / 2) * width - side / 2), int((y + h / 2) * height - side / 2)
            if side < 40:
                continue
            crop = cv2.resize(
                square(frame, x0, y0, side),
                (_CROP, _CROP),
                interpolation=cv2.INTER_AREA if side > _CROP else cv2.INTER_CUBIC,
            )
            seen = self._mesh.process(crop).multi_face_landmarks
            if seen:
                points = np.array([(p.x, p.y, p.z) for p in seen[0].landmark], np.float32) * side
                return points + np.array([x0, y0, 0], np.float32)
        return None

    def _boxes(self, frame: Frame):
        """Relative boxes (x, y, w, h): on the whole frame for large faces, on overlapping squares for small ones."""
        height, width = frame.shape[:2]
        for detector in (self._detector, self._near):
            for found in detector.process(frame).detections or ():
                box = found.location_data.relative_bounding_box
                yield box.xmin, box.ymin, box.width, box.height
        side = width
        for y0 in range(0, max(1, height - side + 1), max(1, side // 3)):
            part = np.ascontiguousarray(frame[y0 : y0 + side])
            for found in self._detector.process(part).detections or ():
                box = found.location_data.relative_bounding_box
                scale = part.shape[0] / height
                yield box.xmin, y0 / height + box.ymin * scale, box.width, box.height * scale
