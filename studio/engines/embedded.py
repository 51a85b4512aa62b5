"""The embedded engine: the animatic is the film.  No GPU, no download, always ready."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from studio.core.frames import Frame, FrameSource, Size
from studio.core.run import Run
from studio.core.time import FrameRange
from studio.engines.base import Brief, EngineSpec, Readiness
from studio.engines.machine import Machine


class EmbeddedEngine:
    """Returns the animatic's own frames."""

    spec = EngineSpec(
        name="embedded",
        title="Embedded",
        describes="The other self is composed from your own pixels; no generative model draws anything.",
        generative=False,
        local=True,
    )

    def ready(self, machine: Machine) -> Readiness:
        """Always ready."""
        return Readiness(True, "needs nothing but this computer's processor")

    def finish(self, animatic: FrameSource, brief: Brief, run: Run) -> FrameSource:
        """The animatic as it is; each frame checks for cancel."""
        return _Cancellable(animatic, run)


class _Cancellable:
    """A `FrameSource` that stops when the run was cancelled."""

    def __init__(self, film: FrameSource, run: Run) -> None:
        self._film = film
        self._run = run

    @property
    def size_px(self) -> Size:
        return self._film.size_px

    @property
    def rate(self) -> Fraction:
        return self._film.rate

    @property
    def frame_count(self) -> int:
        return self._film.frame_count

    def frames(self, part: FrameRange | None = None) -> Iterator[Frame]:
        for frame in self._film.frames(part):
            self._run.check()
            yield frame
