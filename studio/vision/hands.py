"""Where the fingers are: mediapipe's 21 hand points, found on crops around the wrists of the pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import LEFT_ELBOW, LEFT_INDEX, LEFT_WRIST, RIGHT_ELBOW, RIGHT_INDEX, RIGHT_WRIST
from studio.vision.crop import share_inside, square
from studio.vision.hush import hush
from studio.vision.pose import shoulder_width

POINTS = 21
_CROP = 256
_SIDES = ((LEFT_ELBOW, LEFT_WRIST, LEFT_INDEX), (RIGHT_ELBOW, RIGHT_WRIST, RIGHT_INDEX))


class HandFinder:
    """mediapipe's hand model, one for each hand of the person so that each follows its own; close it."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import hands

        self._models = [
            hands.Hands(static_image_mode=False, max_num_hands=1, model_complexity=0, min_detection_confidence=0.4)
            for _ in _SIDES
        ]
        for model in self._models:
            model.process(np.zeros((64, 64, 3), np.uint8))
        self._silent = [False, False]

    def find(self, frame: Frame, pose_px: NDArray[np.float32]) -> NDArray[np.float32]:
        """(2, 21, 3) float32 in px of ``frame``, [left, right] hand of the person, NaN where not found."""
        import cv2

        found = np.full((2, POINTS, 3), np.nan, np.float32)
        unit = float(shoulder_width(pose_px))
        side = max(24, int(0.95 * unit))
        for index, (model, (elbow, wrist, finger)) in enumerate(zip(self._models, _SIDES, strict=True)):
            x, y = 0.35 * pose_px[wrist, :2] + 0.65 * pose_px[finger, :2]
            x0, y0 = int(x - side / 2), int(y - side / 2)
            if share_inside(frame, x0, y0, side) < 0.4:
                continue
            crop = cv2.resize(square(frame, x0, y0, side), (_CROP, _CROP), interpolation=cv2.INTER_AREA)
            with hush(not self._silent[index]):
                seen = model.process(crop).multi_hand_landmarks
            if not seen:
                continue
            self._silent[index] = True
            points = np.array([(p.x, p.y, p.z) for p in seen[0].landmark], np.float32) * side
            points += np.array([x0, y0, 0], np.float32)
            if _belongs(points, pose_px[elbow, :2], pose_px[wrist, :2], unit):
                found[index] = points
        return found

    def close(self) -> None:
        for model in self._models:
            model.close()


def _belongs(
    hand_px: NDArray[np.float32], elbow_px: NDArray[np.float32], wrist_px: NDArray[np.float32], unit: float
) -> bool:
    """Whether a hand sits on this arm: folded arms bring the other hand into the same crop."""
    if np.linalg.norm(hand_px[0, :2] - wrist_px) > 0.4 * unit:
        return False
    length = np.linalg.norm(hand_px[9, :2] - hand_px[0, :2])
    forearm = np.linalg.norm(wrist_px - elbow_px)
    return bool(0.06 * unit < length < max(0.6 * unit, 0.9 * forearm))
