"""A run on a terminal: its progress, its errors, and Ctrl-C.  Everything goes to stderr: stdout belongs to results."""

from __future__ import annotations

import glob
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from studio.core.errors import Cancelled, MediaError, StudioError
from studio.core.run import Progress, Run

if TYPE_CHECKING:
    from rich.progress import TaskID

PLAIN_EVERY_S = 5.0
"""How often a stage speaks when stderr is not a terminal."""
GRACE_S = 0.6
"""After Ctrl-C the process ends by force when it has not ended by itself within this time."""


class Silent:
    """Shows nothing; also the interface of the other two: a context manager that is called with every `Progress`."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def __call__(self, progress: Progress) -> None:
        pass


class Lines(Silent):
    """One line when a stage begins, every few seconds, and when it is done; for logs and pipes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._spoke_s: dict[str, float] = {}

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        first = progress.stage not in self._spoke_s
        done = progress.total > 0 and progress.done >= progress.total
        if not first and not done and now - self._spoke_s[progress.stage] < PLAIN_EVERY_S:
            return
        self._spoke_s[progress.stage] = now
        if done:
            text = f"done in {progress.elapsed_s:.1f} s"
        elif progress.total == 0 or progress.done == 0:
            text = "..."
        else:
            text = f"{100 * progress.done // progress.total} %{_left(progress)}"
        self._out.write(f"{progress.stage}: {text}\n")
        self._out.flush()


class Bars(Silent):
    """A bar per stage; stages may overlap, because frames stream through several at once."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._bars = RichProgress(
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            console=Console(stderr=True),
            refresh_per_second=5,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            # A stage without a known total never reaches it; the run is over, so it is done.
            for task in self._tasks.values():
                total = next(item.total for item in self._bars.tasks if item.id == task) or 1
                self._bars.update(task, completed=total, total=total, left="")
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        total = progress.total or None
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = self._bars.add_task(progress.stage, total=total, left="")
        self._bars.update(
            self._tasks[progress.stage], completed=progress.done, total=total, left=_left(progress).strip(" ,")
        )


def reporter(quiet: bool) -> Silent:
    """Bars on a terminal, lines elsewhere, nothing when quiet."""
    if quiet:
        return Silent()
    return Bars() if sys.stderr.isatty() else Lines(sys.stderr)


def show_error(error: StudioError) -> None:
    """The message, and what to do about it."""
    sys.stderr.write(f"Error: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"What to do: {error.hint}\n")


def _left(progress: Progress) -> str:
    left_s = progress.left_s
    if left_s is None or progress.done >= progress.total:
        return ""
    return f", {left_s:.0f} s left" if left_s < 100 else f", {left_s / 60:.0f} min left"


@contextmanager
def run_here(workdir: Path | None, quiet: bool, out: Path | None = None) -> Iterator[Run]:
    """A run with progress on the terminal that Ctrl-C stops; its temporary folder is removed whatever happens.

    Parameters
    ----------
    out : the film that is being written, so that a forced end can remove its half
    """
    keep = workdir is not None
    if workdir is not None:
        try:
            workdir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MediaError(f"The folder '{workdir.name}' cannot be made.", "Choose another --workdir.") from error
    folder = workdir if workdir is not None else Path(tempfile.mkdtemp(prefix="self-hug-"))
    run = Run(workdir=folder)

    def remove() -> None:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)

    def end_by_force() -> None:
        remove()
        if out is not None:
            for half in out.parent.glob(f".{glob.escape(out.name)}.partial*"):
                half.unlink(missing_ok=True)
        if sys.stderr.isatty():
            sys.stderr.write("\x1b[?25h\n")  # the bars have hidden the cursor
        sys.stderr.write("Stopped.\n")
        sys.stderr.flush()
        os._exit(Cancelled.exit_code)

    # A library may sit in one long call that no flag and no exception reaches.
    last_resort = threading.Timer(GRACE_S, end_by_force)
    last_resort.daemon = True

    def stop(*_: Any) -> None:
        if not run.cancel.is_set():
            run.cancel.set()
            last_resort.start()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with reporter(quiet) as listen:
            run.listen = listen
            yield run
    except KeyboardInterrupt:
        raise Cancelled from None
    finally:
        last_resort.cancel()
        remove()
        for number, handler in before.items():
            signal.signal(number, handler)
