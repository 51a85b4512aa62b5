"""The user's face through a shot: landmarks smoothed over time, at any clip position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.mesh import steady
from studio.core.people import Tracks
from studio.core.time import FrameRange


class FaceTrack:
    """Landmarks of the analysed frames in a range in which a face was found.

    Attributes
    ----------
    rows : (n,) rows of the tracks, at least one: the first with a face anywhere when the range has none
    faces_px : (n, 478, 3) smoothed landmarks of those rows, clip pixels
    """

    def __init__(self, tracks: Tracks, source: FrameRange) -> None:
        rows = np.flatnonzero((tracks.frame >= source.start) & (tracks.frame < source.stop))
        rows = rows[np.isfinite(tracks.face_px[rows, 0, 0])]
        if len(rows) == 0:  # the planner leaves the shot out when no face was found anywhere
            rows = np.flatnonzero(np.isfinite(tracks.face_px[:, 0, 0]))[:1]
        self.rows = rows
        self.faces_px = steady(tracks.face_px[rows]) if len(rows) > 2 else tracks.face_px[rows]
        self._frames = tracks.frame[rows].astype(np.float64)

    def at(self, position: float) -> NDArray[np.float32]:
        """(478, 3) landmarks at a clip position, linear between the analysed frames."""
        right = int(np.clip(np.searchsorted(self._frames, position), 0, len(self._frames) - 1))
        left = max(0, right - 1)
        span = self._frames[right] - self._frames[left]
        t = float(np.clip((position - self._frames[left]) / span, 0, 1)) if span > 0 else 0.0
        return (self.faces_px[left] * (1 - t) + self.faces_px[right] * t).astype(np.float32)


def eyes_px(face_px: NDArray) -> NDArray[np.float32]:
    """(2,) the middle between the outer corners of the eyes."""
    return np.asarray(face_px[[33, 263], :2], np.float32).mean(0)
