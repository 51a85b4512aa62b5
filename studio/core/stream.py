"""Streams: work ahead in a background thread, with a bound."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(items: Iterable[T], depth: int = 3) -> Iterator[T]:
    """Yield ``items``, made up to ``depth`` ahead by a background thread.

    The heavy calls inside (OpenCV, a codec) release the interpreter's lock, so maker and consumer run on two cores.  An
    exception of the maker is raised here.  When the consumer stops early the maker is told to, and waited for: it
    may hold
    a decoder that must not outlive this call.
    """
    ready: queue.Queue[object] = queue.Queue(maxsize=depth)
    stopped = threading.Event()
    failure: list[BaseException] = []

    def offer(item: object) -> bool:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not offer(item):
                    break
        except BaseException as error:
            failure.append(error)
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
            offer(_END)

    maker = threading.Thread(target=make, daemon=True, name="ahead")
    maker.start()
    try:
        while (item := ready.get()) is not _END:
            yield item  # type: ignore[misc]
        if failure:
            raise failure[0]
    finally:
        stopped.set()
        maker.join()
