"""Keep the C++ chatter of mediapipe and onnxruntime off the terminal.

It is written straight to file descriptor 2 before any logging is set up, so environment variables and ``logging``
cannot reach it: only the descriptor can.  Python's own ``sys.stderr`` writes to the same descriptor and is silent
meanwhile too, which is why this wraps construction and the first successful call only (a model chatters when it first
runs).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_depth = 0
_kept = -1


@contextmanager
def hush(wanted: bool = True) -> Iterator[None]:
    """Send file descriptor 2 to nowhere while the block runs, if ``wanted``; blocks of several threads may overlap."""
    if not wanted:
        yield
        return
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _depth, _kept
    with _lock:
        _depth += 1
        if _depth > 1:
            return
        try:
            _kept = os.dup(2)
        except OSError:  # no stderr at all (a service): nothing to hush
            _kept = -1
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _leave() -> None:
    global _depth
    with _lock:
        _depth -= 1
        if _depth == 0 and _kept >= 0:
            os.dup2(_kept, 2)
            os.close(_kept)
