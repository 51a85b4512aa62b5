"""The user's face through a shot: landmarks that lie where the analysis found them and move as the skin does."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.mesh import steady
from studio.animatic.face.steady import on_skin
from studio.animatic.footage import Footage, neighbours
from studio.core.people import Tracks
from studio.core.time import FrameRange


class FaceTrack:
    """Landmarks in a range of the clip, at the frames shown and at those analysed in which a face was found.

    Parameters
    ----------
    footage, positions : the clip and the positions that will be asked for; the skin is followed between the frames
        shown there.  Without them the landmarks are only smoothed

    Attributes
    ----------
    rows : (n,) rows of the tracks, at least one: the first with a face anywhere when the range has none
    faces_px : (n, 478, 3) smoothed landmarks of those rows, clip pixels
    """

    def __init__(
        self, tracks: Tracks, source: FrameRange, footage: Footage | None = None, positions: Iterable[float] = ()
    ) -> None:
        rows = np.flatnonzero((tracks.frame >= source.start) & (tracks.frame < source.stop))
        rows = rows[np.isfinite(tracks.face_px[rows, 0, 0])]
        is_away = len(rows) == 0
        if is_away:  # the planner leaves the shot out when no face was found anywhere
            rows = np.flatnonzero(np.isfinite(tracks.face_px[:, 0, 0]))[:1]
        self.rows = rows
        self._frames = tracks.frame[rows].astype(np.int64)
        self._faces = tracks.face_px[rows]
        if footage is not None and len(rows) and not is_away:
            self._follow(footage, positions)
        elif len(rows) > 2:
            self._faces = steady(self._faces)
        self.faces_px = self._faces[np.searchsorted(self._frames, tracks.frame[rows])]

    def at(self, position: float) -> NDArray[np.float32]:
        """(478, 3) landmarks at a clip position: of the frame shown there, linear where it is made from two."""
        (left, right), t = neighbours(position)
        if t == 0:
            return self._face(left)
        return (self._face(left) * np.float32(1 - t) + self._face(right) * np.float32(t)).astype(np.float32)

    def _face(self, frame: int) -> NDArray[np.float32]:
        """(478, 3) landmarks of a clip frame, linear between those known."""
        right = int(np.clip(np.searchsorted(self._frames, frame), 0, len(self._frames) - 1))
        left = max(0, right - 1)
        span = int(self._frames[right] - self._frames[left])
        t = float(np.clip((frame - self._frames[left]) / span, 0, 1)) if span > 0 else 0.0
        return (self._faces[left] * (1 - t) + self._faces[right] * t).astype(np.float32)

    def _follow(self, footage: Footage, positions: Iterable[float]) -> None:
        shown = {frame for position in positions for frame in neighbours(position)[0]}
        frames = np.array(sorted({*self._frames.tolist(), *shown}))
        found = np.full((len(frames), 478, 3), np.nan, np.float32)
        found[np.searchsorted(frames, self._frames)] = self._faces
        # frames for each analysed one: `steady` smooths over as long a time as it did with those alone
        apart = len(frames) / len(self._frames)
        self._faces = on_skin(found, (footage.at(float(frame)) for frame in frames), 1.5 * max(1.0, apart))
        self._frames = frames


def eyes_px(face_px: NDArray) -> NDArray[np.float32]:
    """(2,) the middle between the outer corners of the eyes."""
    return np.asarray(face_px[[33, 263], :2], np.float32).mean(0)


def sharpest(tracks: Tracks, rows: NDArray[np.intp], *, awake: bool = False) -> int:
    """The one of these rows of the tracks that is sharpest; with ``awake`` open eyes count as much."""
    open_eyes = _opened(tracks.face_px[rows]) if awake else 1.0
    return int(rows[int(np.argmax(tracks.sharpness[rows] * open_eyes))])


def _opened(faces_px: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) how far the lids are apart, against the width of the eyes."""
    lids = np.linalg.norm(faces_px[:, [159, 386], :2] - faces_px[:, [145, 374], :2], axis=2).mean(1)
    eyes = np.linalg.norm(faces_px[:, [33, 263], :2] - faces_px[:, [133, 362], :2], axis=2).mean(1)
    return np.clip(lids / np.maximum(eyes, 1e-3), 0.02, 0.4)
