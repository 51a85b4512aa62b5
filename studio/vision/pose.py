"""Where the body is: mediapipe's 33 pose points, and their smoothing over time.

The model is BlazePose (Bazarevsky et al. 2020, arXiv:2006.10204) as mediapipe ships it.  Its own smoothing lags
behind the movement (it may only look back) and assumes 30 frames per second, so it is switched off; `smooth` looks
both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER
from studio.vision.hush import hush

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, half-open."""

_BLANK = np.zeros((64, 64, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Pose:
    """One body in one picture.

    Parameters
    ----------
    points_px : (33, 3) float32; x, y, z in px of the picture, z negative towards the camera
    visibility : (33,) float32, 0 to 1
    mask : (h, w) float32, the model's rough person mask over the whole picture
    """

    points_px: NDArray[np.float32]
    visibility: NDArray[np.float32]
    mask: NDArray[np.float32]


class PoseFinder:
    """mediapipe's pose model; close it (or use ``with``).

    Parameters
    ----------
    follow : keep to the body of the previous picture (a clip) instead of searching each picture anew
    """

    def __init__(self, *, follow: bool) -> None:
        from mediapipe.python.solutions import pose

        # Complexity 0 and 2 are not in the wheel: mediapipe would download them.
        self._model = pose.Pose(
            static_image_mode=not follow,
            model_complexity=1,
            smooth_landmarks=False,
            enable_segmentation=True,
            smooth_segmentation=False,
        )
        self._follow = follow
        self._silent = False
        self._model.process(_BLANK)  # mediapipe opens its networks late, and chatters then

    def find(self, picture: Frame, window: Box | None = None) -> Pose | None:
        """The most prominent body in ``picture`` (or in its part ``window``), None when there is none."""
        height, width = picture.shape[:2]
        x0, y0, x1, y1 = window or (0, 0, width, height)
        with hush(not self._silent):
            seen = self._model.process(np.ascontiguousarray(picture[y0:y1, x0:x1]))
        if seen.pose_landmarks is None:
            return None
        self._silent = True
        points = np.array([(p.x, p.y, p.z, p.visibility) for p in seen.pose_landmarks.landmark], np.float32)
        mask = np.zeros((height, width), np.float32)
        if seen.segmentation_mask is not None:
            mask[y0:y1, x0:x1] = seen.segmentation_mask
        scale = np.array([x1 - x0, y1 - y0, x1 - x0], np.float32)
        return Pose(points[:, :3] * scale + np.array([x0, y0, 0], np.float32), points[:, 3], mask)

    def forget(self) -> None:
        """Drop the body that is followed: at a cut it would be "found" again where nobody is."""
        if self._follow:
            self._model.process(_BLANK)

    def close(self) -> None:
        self._model.close()

    def __enter__(self) -> PoseFinder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def shoulder_width(points_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """The body's yardstick SW in px for poses (..., 33, 2 or 3).

    The distance of the shoulders, or 0.62 of the trunk's height where that is larger (the body is turned).
    """
    across = np.linalg.norm(points_px[..., LEFT_SHOULDER, :2] - points_px[..., RIGHT_SHOULDER, :2], axis=-1)
    return np.maximum(np.maximum(across, 0.62 * trunk_height(points_px)), 1.0)


def trunk_height(points_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance in px from the middle of the shoulders to the middle of the hips, poses (..., 33, 2 or 3)."""
    shoulders = (points_px[..., LEFT_SHOULDER, :2] + points_px[..., RIGHT_SHOULDER, :2]) / 2
    hips = (points_px[..., LEFT_HIP, :2] + points_px[..., RIGHT_HIP, :2]) / 2
    return np.linalg.norm(shoulders - hips, axis=-1)


def smooth(rows: NDArray[np.float32], piece: NDArray[np.int32]) -> NDArray[np.float32]:
    """Take the jitter out of tracked points without lag and without flattening the movement.

    Savitzky and Golay (1964): a parabola is fitted to five neighbouring rows, which keeps the peaks of a movement
    that a moving average would cut.  Ends are continued by point reflection.

    Parameters
    ----------
    rows : (n, ...) float32, NaN where nothing was found
    piece : (n,) number of the uncut piece of film that a row belongs to; nothing is smoothed across pieces or gaps
    """
    weights = np.array([-3, 12, 17, 12, -3], np.float32) / 35
    flat = rows.reshape(len(rows), -1)
    smoothed = flat.copy()
    known = ~np.isnan(flat).any(axis=1)
    key = np.where(known, piece, -1)
    edges = np.flatnonzero(np.diff(key)) + 1
    for run in np.split(np.arange(len(rows)), edges):
        if len(run) < 5 or key[run[0]] < 0:
            continue
        part = flat[run]
        padded = np.concatenate([2 * part[0] - part[2:0:-1], part, 2 * part[-1] - part[-2:-4:-1]])
        smoothed[run] = sum(w * padded[i : i + len(run)] for i, w in enumerate(weights))
    return smoothed.reshape(rows.shape)
