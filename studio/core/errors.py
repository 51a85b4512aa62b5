"""The error tree.  Library code raises these; only ``cli/`` and ``ui/`` turn them into text.

StudioError (message, hint)          exit code
|- InputError                        2   the clip: unreadable, nobody in it, arms never open, ...
|- PresetError (file, key)           2   a preset, a ``--set`` or a sidecar
|- ConsentError                      3   a real clip without the user's word
|- ModelError                        4   weights missing, wrong hash, licence not accepted
|- EngineError                       5   not ready, out of memory, remote failed
`- MediaError                        6   decode, encode, disk
Cancelled                            130 (outside the tree: no fallback may swallow it)

``message`` says what is wrong, ``hint`` is the sentence that tells the user what to do next.
"""

from __future__ import annotations


class StudioError(Exception):
    """Base of everything the studio refuses on purpose."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(StudioError):
    """The clip cannot become a film (unreadable, nobody in it, arms never open, ...)."""

    exit_code = 2


class PresetError(StudioError):
    """A preset, an override or a music sidecar has an unknown key or a wrong value.

    Parameters
    ----------
    file : where the value came from (a path's name, or ``--set``)
    key : the dotted key at fault, empty when the file itself is
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "", *, file: str = "", key: str = "") -> None:
        super().__init__(message, hint)
        self.file = file
        self.key = key


class ConsentError(StudioError):
    """A real person's clip was given without consent."""

    exit_code = 3


class ModelError(StudioError):
    """Weights are missing, damaged, or their licence was not accepted."""

    exit_code = 4


class EngineError(StudioError):
    """An engine is not ready or failed while drawing."""

    exit_code = 5


class MediaError(StudioError):
    """Decoding, encoding or the disk failed."""

    exit_code = 6


class Cancelled(BaseException):
    """The user stopped the run.  A ``BaseException`` so that no ``except Exception`` swallows it."""

    exit_code = 130
