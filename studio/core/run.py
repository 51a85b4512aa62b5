"""A run: progress out, cancel in, warnings and timings collected.

The run is the only thing that long functions and their caller share.  It knows nothing of terminals or browsers; a
caller
passes a ``listen`` function to see progress, and sets ``cancel`` (a ``threading.Event``) to stop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from studio.core.errors import Cancelled

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of one stage.

    ``total`` is 0 while unknown; ``elapsed_s`` counts from the stage's start.
    """

    stage: str
    done: int
    total: int
    elapsed_s: float

    @property
    def left_s(self) -> float | None:
        """Seconds left at the pace so far, None while unknown."""
        if self.done == 0 or self.total == 0:
            return None
        return self.elapsed_s / self.done * (self.total - self.done)


@dataclass(slots=True)
class Run:
    """State of one job.

    Parameters
    ----------
    workdir : folder for temporary and cached files of this run; the caller owns and removes it
    listen : called with a `Progress` after every step, from the thread that works
    cancel : set it to stop the run; the next `check` raises `Cancelled`
    """

    workdir: Path
    listen: Callable[[Progress], None] | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    warnings: list[str] = field(default_factory=list)
    stages_s: dict[str, float] = field(default_factory=dict)

    def check(self) -> None:
        """Raise `Cancelled` when the user asked to stop."""
        if self.cancel.is_set():
            raise Cancelled

    def warn(self, text: str) -> None:
        """Keep a warning for the report; the same text once."""
        if text not in self.warnings:
            self.warnings.append(text)

    @contextmanager
    def stage(self, name: str, total: int = 0) -> Iterator[Callable[[int], None]]:
        """Time a stage; yields ``step(n=1)`` that reports progress and checks for cancel."""
        start = time.perf_counter()
        done = 0

        def step(n: int = 1) -> None:
            nonlocal done
            self.check()
            done += n
            if self.listen is not None:
                self.listen(Progress(name, done, total, time.perf_counter() - start))

        step(0)
        try:
            yield step
        finally:
            self.stages_s[name] = self.stages_s.get(name, 0.0) + time.perf_counter() - start

    def watch(self, items: Iterable[T], name: str, total: int = 0) -> Iterator[T]:
        """Pass ``items`` through, one progress step each."""
        with self.stage(name, total) as step:
            for item in items:
                yield item
                step(1)
