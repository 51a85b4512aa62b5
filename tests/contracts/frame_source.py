"""What every `studio.core.frames.FrameSource` must do.  Call `check_frame_source` on an instance of your own."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from studio.core.frames import Frame, FrameSource
from studio.core.time import FrameRange


def check_frame_source(source: FrameSource, *, tolerance: int = 0) -> None:
    """Assert the whole contract; streams the source about three times, so keep it short.

    Parameters
    ----------
    source : between 2 and a few hundred frames
    tolerance : largest allowed difference of a pixel when a frame is drawn again
    """
    assert isinstance(source, FrameSource)
    _has_honest_properties(source)
    thumbs = _whole_film_fits_its_properties(source)
    for part in _parts(source.frame_count):
        _part_equals_whole(source, part, thumbs, tolerance)
    _empty_part_yields_nothing(source)
    _frames_belong_to_the_caller(source, tolerance)
    _two_streams_do_not_disturb_each_other(source, tolerance)
    _may_be_left_early(source, tolerance)


def _thumb(frame: Frame) -> Frame:
    """Every seventh pixel: enough to tell frames apart, small enough to keep."""
    return frame[::7, ::7].copy()


def _same(a: Frame, b: Frame, tolerance: int) -> bool:
    return a.shape == b.shape and int(np.abs(a.astype(np.int16) - b).max()) <= tolerance


def _has_honest_properties(source: FrameSource) -> None:
    width, height = source.size_px
    assert isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    assert isinstance(source.rate, Fraction) and source.rate > 0
    assert isinstance(source.frame_count, int) and source.frame_count > 0


def _whole_film_fits_its_properties(source: FrameSource) -> list[Frame]:
    width, height = source.size_px
    thumbs = []
    for frame in source.frames():
        assert frame.shape == (height, width, 3)
        assert frame.dtype == np.uint8
        thumbs.append(_thumb(frame))
    assert len(thumbs) == source.frame_count
    return thumbs


def _parts(count: int) -> Iterator[FrameRange]:
    yield FrameRange(count - 1, count)
    yield FrameRange(count // 2, min(count, count // 2 + 5))
    yield FrameRange(0, 1)
    yield FrameRange(count // 3, count)


def _part_equals_whole(source: FrameSource, part: FrameRange, thumbs: list[Frame], tolerance: int) -> None:
    found = [_thumb(frame) for frame in source.frames(part)]
    assert len(found) == len(part)
    for frame, thumb in zip(part, found, strict=True):
        assert _same(thumb, thumbs[frame], tolerance), f"frame {frame} of {part} differs from the whole film's"


def _empty_part_yields_nothing(source: FrameSource) -> None:
    assert list(source.frames(FrameRange(1, 1))) == []


def _frames_belong_to_the_caller(source: FrameSource, tolerance: int) -> None:
    part = FrameRange(0, min(3, source.frame_count))
    kept = list(source.frames(part))
    before = [frame.copy() for frame in kept]
    for frame in kept:
        frame[:] = 255 - frame
    for frame, old, new in zip(kept, before, source.frames(part), strict=True):
        assert _same(255 - frame, old, 0), "two frames share memory"
        assert _same(new, old, tolerance), "changing a frame changed the source"


def _two_streams_do_not_disturb_each_other(source: FrameSource, tolerance: int) -> None:
    last = min(4, source.frame_count)
    alone = [_thumb(frame) for frame in source.frames(FrameRange(0, last))]
    pairs = zip(source.frames(FrameRange(0, last)), source.frames(FrameRange(1, last)), strict=False)
    for k, (first, second) in enumerate(pairs):
        assert _same(_thumb(first), alone[k], tolerance)
        assert _same(_thumb(second), alone[k + 1], tolerance)


def _may_be_left_early(source: FrameSource, tolerance: int) -> None:
    frames = source.frames()
    first = _thumb(next(iter(frames)))
    del frames
    assert _same(_thumb(next(iter(source.frames()))), first, tolerance)
