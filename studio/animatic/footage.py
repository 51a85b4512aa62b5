"""The user's own footage at any moment: whole frames, and frames between frames.

Slow motion is made by dense inverse search flow (Kroeger et al., ECCV 2016, in OpenCV) from both neighbours, each
warped to
the moment wanted and cross-faded.  A range that is too short for its shot swings back and forth.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

import numpy as np

from studio.core.frames import Frame, Size
from studio.core.time import FrameRange


class FrameStore(Protocol):
    """Random access to clip frames (``media.spool.Spool``)."""

    def get(self, frame: int) -> Frame:
        """One clip frame, a fresh array."""
        ...


SLOWEST = 0.45
"""Below this speed real motion looks like treacle: a shorter range swings instead."""


def source_position(
    source: FrameRange, film: FrameRange, film_frame: int, clip_rate: Fraction, film_rate: Fraction
) -> float:
    """The clip position shown at ``film_frame`` of a shot.

    The range plays at its own speed when it is long enough (its last part, so that what it leads to is seen),
    slower down to
    `SLOWEST` when it is not, and swings with eased turns when even that does not fill the shot.
    """
    if len(source) <= 1:
        return float(source.start)
    last = len(source) - 1
    wanted = float((len(film) - 1) / film_rate * clip_rate)  # clip frames that would pass at normal speed
    at = (film_frame - film.start) / max(1, len(film) - 1)
    if wanted <= last:
        return source.start + (last - wanted) + at * wanted
    if wanted * SLOWEST <= last:
        return source.start + at * last
    travelled = at * wanted * SLOWEST
    return source.start + last * _swing(travelled / last)


_TURN = 0.93
"""How sharp the turns of a swing are: 1 is a bounce, less a slower turn."""


def _swing(phase: float) -> float:
    """A triangle wave between 0 and 1 whose corners are rounded, so that nothing bounces: still at every turn.

    ``phase`` 0 is one end, 1 the other, 2 the first again.
    """
    ends = np.arccos(_TURN)
    return float((np.arccos(_TURN * np.cos(np.pi * phase)) - ends) / (np.pi - 2 * ends))


_WHOLE = 0.07
"""A position that close to a frame shows that frame."""


def neighbours(position: float) -> tuple[tuple[int, int], float]:
    """The two clip frames of which the picture at a position is made, and the second one's share: both the same, and
    0, where one frame is shown as it is."""
    left = int(np.floor(position + 1e-6))
    t = position - left
    if t < _WHOLE:
        return (left, left), 0.0
    if t > 1 - _WHOLE:
        return (left + 1, left + 1), 0.0
    return (left, left + 1), t


class Footage:
    """Clip frames at fractional positions.

    Parameters
    ----------
    store : holds every clip frame that ``at`` will need
    size_px : of the clip
    """

    def __init__(self, store: FrameStore, size_px: Size) -> None:
        self._store = store
        self.size_px = size_px
        self._key: int | None = None
        self._pair: tuple[Frame, Frame] | None = None
        self._flows: tuple | None = None

    def at(self, position: float) -> Frame:
        """The frame at clip position ``position``, (H, W, 3) uint8; the caller may change it."""
        import cv2

        (left, _), t = neighbours(position)
        if t == 0:
            return self._store.get(left)
        if self._key != left:
            self._load(left)
        assert self._pair is not None and self._flows is not None  # noqa: S101 - set by _load
        (first, second), (forward, backward, grid) = self._pair, self._flows
        height, width = first.shape[:2]

        def warp(frame: Frame, flow: np.ndarray, amount: float) -> Frame:
            field = cv2.resize(grid + flow * np.float32(amount), (width, height), interpolation=cv2.INTER_LINEAR)
            return cv2.remap(frame, field, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

        # Backward sampling: the value at the moment t came from about flow * t behind.
        a = warp(first, forward, -t)
        b = warp(second, backward, -(1 - t))
        return cv2.addWeighted(a, 1 - t, b, t, 0)

    def _load(self, left: int) -> None:
        import cv2

        first, second = self._store.get(left), self._store.get(left + 1)
        height, width = first.shape[:2]
        factor = min(1.0, 480 / max(height, width))
        size = (max(32, round(width * factor)), max(32, round(height * factor)))
        grey = [
            cv2.resize(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA) for f in (first, second)
        ]
        flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        scale = np.array([width / size[0], height / size[1]], np.float32)
        forward = flow.calc(grey[0], grey[1], None) * scale
        backward = flow.calc(grey[1], grey[0], None) * scale
        x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
        grid = np.dstack([(x + 0.5) * scale[0] - 0.5, (y + 0.5) * scale[1] - 0.5])
        self._key, self._pair, self._flows = left, (first, second), (forward, backward, grid)
