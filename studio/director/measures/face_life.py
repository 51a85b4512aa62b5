"""Life of the user's face: it must move in the film as it moved before the camera.

Moments of the film are laid beside the clip frames that they show.  Each face is brought to one size and place by its
eyes, so that zoom and framing do not count, and as only equal moments are compared, neither does the speed.  A soft
shadow does not count either, nor what is hidden in either picture.  What then differs from one moment to the next is
the face itself: lids, mouth, the head as it turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame

_SIDE = 72
_EYES_AT = ((22.0, 28.0), (50.0, 28.0))
_EYE_CORNERS = ((33, 133), (362, 263))
_LEAST_SEEN = 0.35
"""Share of the face that must be free in every moment."""
_TREMBLES = 3
_STILL = 2.5
"""A face that changes less than this many times the finder's own tremble keeps still."""


class FaceSeeker(Protocol):
    """Finds the largest face of a picture (``vision.film_faces.FilmFaces``)."""

    def find(self, frame: Frame) -> NDArray[np.float32] | None:
        """(478, 3) landmarks in px."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the film and the clip frame that it shows.

    Parameters
    ----------
    film, clip : (H, W, 3) uint8, of different sizes
    cover : (H, W) uint8, what was drawn over the film's frame
    """

    film: Frame
    cover: NDArray[np.uint8]
    clip: Frame


def face_life(moments: Sequence[Moment], seeker: FaceSeeker) -> tuple[float | None, str]:
    """Motion energy of the face in the film against that in the clip, and a note; moments in order."""
    shown, real, free = [], [], _oval()
    trembles: list[float] = []
    for moment in moments:
        ours, theirs = seeker.find(moment.film), seeker.find(moment.clip)
        here = None if ours is None else _upright(moment.film, ours)
        there = None if theirs is None else _upright(moment.clip, theirs)
        if ours is None or here is None or there is None:
            continue
        hidden = _upright(np.dstack([moment.cover] * 3), ours, relief=False)
        free = free & (hidden < 8) if hidden is not None else free
        shown.append(here)
        real.append(there)
        if len(trembles) < _TREMBLES:
            trembles.append(_tremble(moment.clip, there, seeker))
    if len(shown) < 3:
        return None, f"the face was found in {len(shown)} of {len(moments)} moments"
    if free.sum() < _LEAST_SEEN * _oval().sum():
        return None, "most of the face is hidden"
    ours_moves, theirs_moves = _energy(shown, free), _energy(real, free)
    if theirs_moves <= max(_STILL * float(np.median(trembles)), 1e-6):
        return None, "the face keeps still in the clip itself"
    return ours_moves / theirs_moves, f"{len(shown)} moments of the hold"


def _tremble(clip: Frame, face: NDArray[np.float32], seeker: FaceSeeker) -> float:
    """What the finder alone makes of one and the same face, seen a little larger."""
    import cv2

    larger = cv2.resize(clip, None, fx=1.13, fy=1.13, interpolation=cv2.INTER_LINEAR)
    mesh = seeker.find(larger)
    again = None if mesh is None else _upright(larger, mesh)
    return 0.0 if again is None else _energy([face, again], _oval())


def _energy(faces: list[NDArray[np.float32]], where: NDArray[np.bool_]) -> float:
    """Mean square of what changes from one moment to the next, against the contrast of the face."""
    parts = [face[where] / max(1e-3, float(face[where].std())) for face in faces]
    return float(np.mean([np.square(b - a).mean() for a, b in pairwise(parts)]))


def _oval() -> NDArray[np.bool_]:
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    return np.hypot((x - 36) / 24, (y - 38) / 30) < 1


def _upright(frame: Frame, mesh: NDArray[np.float32], relief: bool = True) -> NDArray[np.float32] | None:
    """(72, 72) float32, the face with its eyes at fixed places; None when it is too small.

    Parameters
    ----------
    relief : take the logarithm of the luma and what is finer than a cheek, so that shading does not count
    """
    import cv2

    left, right = (mesh[list(corners), :2].mean(0).astype(np.float64) for corners in _EYE_CORNERS)
    apart = right - left
    length = float(np.hypot(*apart))
    if length < 6:
        return None
    (x0, y0), (x1, _) = _EYES_AT
    scale = (x1 - x0) / length
    cos, sin = scale * apart[0] / length, -scale * apart[1] / length
    linear = np.array([[cos, -sin], [sin, cos]])
    matrix = np.column_stack([linear, np.array([x0, y0]) - linear @ left]).astype(np.float32)
    reach = int(3 * length) + 4
    cx, cy = ((left + right) / 2).astype(int)
    ox, oy = max(0, cx - reach), max(0, cy - reach)
    part = np.ascontiguousarray(frame[oy : max(oy, cy + reach), ox : max(ox, cx + reach)])
    if part.size == 0:
        return None
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    if scale < 1:  # linear sampling alone would alias
        grey = cv2.GaussianBlur(grey, (0, 0), 0.5 / scale)
    matrix[:, 2] += matrix[:, :2] @ np.array([ox, oy], np.float32)
    face = cv2.warpAffine(grey.astype(np.float32), matrix, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE)
    if not relief:
        return face
    light = cv2.GaussianBlur(np.log(face + 8), (0, 0), 1.5)  # as soft as an enlarged face
    return light - cv2.GaussianBlur(light, (0, 0), 9)
