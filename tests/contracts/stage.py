"""The contract of a stage: a function from frames to frames that streams.

Call `check_stage` with a function that takes an iterable of frames and gives an iterator of frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from studio.core.frames import Frame

MOST_AHEAD = 6


class Watched:
    """Frames that remember how many were asked for, and whether they were closed."""

    def __init__(self, count: int, size_px: tuple[int, int]) -> None:
        self.count, self.size_px = count, size_px
        self.given, self.closed = 0, False

    def frames(self) -> Iterator[Frame]:
        rng = np.random.default_rng(0)
        try:
            for _ in range(self.count):
                self.given += 1
                yield rng.integers(0, 256, (self.size_px[1], self.size_px[0], 3), np.uint8)
        finally:
            self.closed = True


def check_stage(stage: Callable[[Iterable[Frame]], Iterator[Frame]], size_px: tuple[int, int], count: int = 24) -> None:
    """As many frames out as in, of the same kind; lazy; done with its source when the consumer leaves."""
    source = Watched(count, size_px)
    out = list(stage(source.frames()))
    assert len(out) == count
    for frame in out:
        assert frame.dtype == np.uint8 and frame.shape == (size_px[1], size_px[0], 3)
    again = list(stage(Watched(count, size_px).frames()))
    assert all((a == b).all() for a, b in zip(out, again, strict=True)), "the same frames must give the same frames"

    lazy = Watched(count, size_px)
    stream = stage(lazy.frames())
    next(stream)
    assert lazy.given <= MOST_AHEAD, f"{lazy.given} frames were taken to make one"
    stream.close()  # type: ignore[attr-defined]
    del stream
    assert lazy.closed, "the source was left open"
