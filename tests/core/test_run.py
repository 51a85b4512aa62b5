"""A run: progress, cancel, warnings; and streams that work ahead."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from studio.core.errors import Cancelled
from studio.core.run import Progress, Run
from studio.core.stream import ahead


def test_progress_counts_and_estimates(tmp_path: Path) -> None:
    heard: list[Progress] = []
    run = Run(tmp_path, listen=heard.append)
    assert list(run.watch("abc", "letters", 3)) == ["a", "b", "c"]
    assert [p.done for p in heard] == [0, 1, 2, 3]
    assert heard[0].left_s is None and heard[-1].left_s == 0
    assert run.stages_s["letters"] >= 0


def test_cancel_stops_at_the_next_step(tmp_path: Path) -> None:
    run = Run(tmp_path)
    seen = []
    with pytest.raises(Cancelled):
        for item in run.watch(range(10), "numbers", 10):
            seen.append(item)
            if item == 2:
                run.cancel.set()
    assert seen == [0, 1, 2]


def test_cancelled_is_not_swallowed_by_except_exception() -> None:
    assert not issubclass(Cancelled, Exception)


def test_a_warning_is_kept_once(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.warn("dim")
    run.warn("dim")
    assert run.warnings == ["dim"]


def test_ahead_keeps_order_and_bound() -> None:
    made: list[int] = []

    def numbers():
        for n in range(50):
            made.append(n)
            yield n

    stream = ahead(numbers(), depth=3)
    assert next(stream) == 0
    assert len(made) <= 6  # one in hand, three waiting, one in the making, one to spare
    assert list(stream) == list(range(1, 50))


def test_ahead_raises_the_makers_error_here() -> None:
    def failing():
        yield 1
        raise Cancelled

    stream = ahead(failing())
    assert next(stream) == 1
    with pytest.raises(Cancelled):
        next(stream)


def test_leaving_early_ends_the_maker() -> None:
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    stream = ahead(endless())
    next(stream)
    stream.close()
    assert closed.is_set()
    assert not any(thread.name == "ahead" for thread in threading.enumerate())
