"""What every engine must keep.  Subclass `EngineContract` and give it an ``engine`` fixture."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import Cancelled
from studio.core.frames import Frame, FrameSource
from studio.core.run import Run
from studio.core.settings import Preset
from studio.core.time import FILM_RATE, FrameRange
from studio.engines.base import Brief, Engine


class DrawnFilm:
    """A `FrameSource` of any length, every frame different and drawn when asked for."""

    def __init__(self, frame_count: int) -> None:
        self.frame_count = frame_count
        self.size_px = (72, 128)
        self.rate: Fraction = FILM_RATE

    def frames(self, part: FrameRange | None = None) -> Iterator[Frame]:
        width, height = self.size_px
        for number in part or FrameRange(0, self.frame_count):
            frame = np.full((height, width, 3), number % 200, np.uint8)
            frame[number % height, :, 0] = 255
            yield frame


def fingerprint(film: FrameSource) -> str:
    """One hash over all frames."""
    digest = hashlib.sha256()
    for frame in film.frames():
        digest.update(frame.tobytes())
    return digest.hexdigest()


def peak_bytes(engine: Engine, brief: Brief, run: Run, frame_count: int) -> int:
    """Peak of traced memory while a film is finished and read once."""
    tracemalloc.start()
    try:
        for _ in engine.finish(DrawnFilm(frame_count), brief, run).frames():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class EngineContract:
    """The suite."""

    @pytest.fixture
    def engine(self) -> Engine:
        raise NotImplementedError

    @pytest.fixture
    def brief(self) -> Brief:
        return Brief(Preset("test", "Test", "A test."), seed=7)

    @pytest.fixture
    def run(self, tmp_path: Path) -> Run:
        return Run(workdir=tmp_path)

    def test_the_film_is_as_long_and_as_large_as_the_animatic(self, engine, brief, run):
        animatic = DrawnFilm(12)
        film = engine.finish(animatic, brief, run)
        assert isinstance(film, FrameSource)
        assert (film.size_px, film.rate, film.frame_count) == (animatic.size_px, animatic.rate, animatic.frame_count)
        frames = list(film.frames())
        assert len(frames) == 12
        assert all(frame.shape == (128, 72, 3) and frame.dtype == np.uint8 for frame in frames)
        assert len(list(film.frames(FrameRange(3, 8)))) == 5

    def test_same_seed_same_film(self, engine, brief, run):
        first = fingerprint(engine.finish(DrawnFilm(8), brief, run))
        assert fingerprint(engine.finish(DrawnFilm(8), brief, run)) == first

    def test_a_part_of_the_film_is_that_part(self, engine, brief, run):
        film = engine.finish(DrawnFilm(10), brief, run)
        whole = list(film.frames())
        for frame, again in zip(whole[4:7], film.frames(FrameRange(4, 7)), strict=True):
            np.testing.assert_array_equal(frame, again)

    def test_cancel_stops_it_within_one_frame(self, engine, brief, run):
        frames = engine.finish(DrawnFilm(50), brief, run).frames()
        next(frames)
        run.cancel.set()
        with pytest.raises(Cancelled):
            next(frames)

    def test_memory_does_not_grow_with_the_film(self, engine, brief, run):
        peak_bytes(engine, brief, run, 4)  # first use may load things that stay
        short, long = peak_bytes(engine, brief, run, 30), peak_bytes(engine, brief, run, 240)
        assert long < short * 1.5 + 100_000
