"""A job in its own thread, followed by a generator.

Gradio stops a generator when the user presses stop or closes the page; closing this one sets the run's cancel and
waits, so nothing keeps working behind a closed page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import TypeVar

from studio.core.run import Progress, Run

T = TypeVar("T")
LOOK_EVERY_S = 0.25


def follow(work: Callable[[Run], T], run: Run) -> Generator[Progress, None, T]:
    """Run ``work(run)`` and yield the newest progress about four times a second; returns what ``work`` returned.

    Whatever ``work`` raises is raised here, `Cancelled` too.
    """
    newest: list[Progress] = []
    results: list[T] = []
    errors: list[BaseException] = []

    def listen(progress: Progress) -> None:
        newest[:] = [progress]

    def body() -> None:
        try:
            results.append(work(run))
        except BaseException as error:  # handed to the follower, Cancelled included
            errors.append(error)

    run.listen = listen
    thread = threading.Thread(target=body, name="studio-job")
    thread.start()
    try:
        while thread.is_alive():
            thread.join(LOOK_EVERY_S)
            if newest:
                yield newest[0]
    finally:
        run.cancel.set()
        thread.join()
    if errors:
        raise errors[0]
    return results[0]
