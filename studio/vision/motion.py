"""How the camera moves: sparse optical flow (Lucas and Kanade 1981) of the background, outside the matte.

Points are followed from frame to frame; the background's position is the median of what they moved since they were
chosen, so that the error does not add up with every frame.  Only shifts are told, no rotation and no zoom.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import CameraMotion

_LONG_PX = 480
_FEWEST = 24


class MotionTracker:
    """Follows the background of one clip; call `step` once per analysed frame.

    Parameters
    ----------
    width_px : of the clip; shifts are told in its pixels
    """

    def __init__(self, width_px: int) -> None:
        self._width_px = width_px
        self._previous: NDArray[np.uint8] | None = None
        self._points = np.zeros((0, 1, 2), np.float32)
        self._origin = self._points
        self._base = np.zeros(2, np.float32)
        self._shift = np.zeros(2, np.float32)

    def step(self, picture: Frame, matte: NDArray[np.uint8], *, cut: bool) -> NDArray[np.float32]:
        """Position (2,) float32 of the background in clip px against the first frame; it stands still over a cut."""
        import cv2

        scale = _LONG_PX / max(picture.shape[:2])
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        grey = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        if self._previous is not None and not cut and len(self._points):
            moved, found, _ = cv2.calcOpticalFlowPyrLK(
                self._previous, grey, self._points, None, winSize=(17, 17), maxLevel=3
            )
            body = _body(matte, size)
            at = np.clip(moved[:, 0].round().astype(int), 0, np.array(size) - 1)
            keep = (found[:, 0] > 0) & (body[at[:, 1], at[:, 0]] == 0)
            step = (moved - self._points)[:, 0]
            if keep.sum() >= 4:
                # Water, leaves and flat walls let points wander; the camera moves all of them alike.
                keep &= np.linalg.norm(step - np.median(step[keep], axis=0), axis=1) < 1.5
            if keep.sum() >= max(4, 0.3 * len(keep)):
                self._points, self._origin = moved[keep], self._origin[keep]
                drift = np.median((self._points - self._origin)[:, 0], axis=0)
                self._shift = self._base + drift.astype(np.float32)
            else:
                self._points = self._points[:0]
        if cut or len(self._points) < _FEWEST:
            chosen = cv2.goodFeaturesToTrack(grey, 120, 0.01, 8, mask=(_body(matte, size) == 0).astype(np.uint8))
            self._points = chosen if chosen is not None else np.zeros((0, 1, 2), np.float32)
            self._origin = self._points.copy()
            self._base = self._shift.copy()
        self._previous = grey
        return self._shift / np.float32(size[0]) * np.float32(self._width_px)


def _body(matte: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The person and some room around (hair and sleeves flutter beyond the matte), 0 or 1."""
    import cv2

    small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    return cv2.dilate((small > 40).astype(np.uint8), np.ones((15, 15), np.uint8))


def camera_motion(shift_px: NDArray[np.float32], width_px: int) -> CameraMotion:
    """Judge a path (n, 2) in clip px: a camera on a stand stays within 0.4 % of the picture's width."""
    spread = np.ptp(shift_px, axis=0).max() if len(shift_px) else 0.0
    return CameraMotion(bool(spread < 0.004 * width_px), shift_px.astype(np.float32))
