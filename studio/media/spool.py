"""Chosen clip frames on disk, for stages that need them out of order.

Frames lie as I420 (half the size of RGB; colour loses what 4:2:0 video never had) in one file that has no name any
more, so even a killed process leaves nothing behind.  It is read piece by piece, never mapped: mapped pages count as
memory of the process, and a 12 s film at 1080x1920 would add a gigabyte.
"""

from __future__ import annotations

import errno
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from studio.core.errors import MediaError
from studio.core.frames import Frame, FrameSource, Size
from studio.core.time import FrameRange

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_ROOM_HINT = "Free some space, or give --workdir a folder on another disk."
MAX_SKIP = 60
"""Frames between two wanted ones that are decoded and dropped; a longer way is sought."""


class Spool:
    """Random access to some frames of a clip.  Make one with `Spool.fill`; leave the ``with`` block or `close` it."""

    def __init__(self, file: IO[bytes], size_px: Size, frames: tuple[int, ...]) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._place = {frame: place for place, frame in enumerate(frames)}
        self.size_px = size_px
        self.frames = frames

    @classmethod
    def fill(
        cls, clip: FrameSource, frames: Iterable[int], folder: Path, *, step: Callable[[int], None] | None = None
    ) -> Spool:
        """Decode ``frames`` of ``clip`` (ascending; repeats are stored once) into a temporary file in ``folder``.

        Parameters
        ----------
        step : called with 1 after every stored frame; what it raises ends the filling and removes the file

        Raises
        ------
        MediaError : no room on the disk, or ``folder`` cannot be written
        """
        wanted = tuple(sorted(set(frames)))
        try:
            file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - the spool closes it
        except OSError as error:
            raise MediaError("The folder for temporary files cannot be written.", NO_ROOM_HINT) from error
        try:
            for run in _runs(wanted):
                keep = set(run)
                part = FrameRange(run[0], run[-1] + 1)
                for frame, picture in zip(part, clip.frames(part), strict=True):
                    if frame in keep:
                        _store(file, picture)
                        if step is not None:
                            step(1)
        except BaseException as error:
            file.close()
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                raise MediaError("There is no room left on the disk for the clip's frames.", NO_ROOM_HINT) from error
            raise
        return cls(file, clip.size_px, wanted)

    def __contains__(self, frame: object) -> bool:
        return frame in self._place

    def __len__(self) -> int:
        return len(self.frames)

    def get(self, frame: int) -> Frame:
        """The stored frame in memory of its own; safe from several threads.

        Raises
        ------
        KeyError : it was not among the frames to fill
        """
        import cv2

        width, height = self.size_px
        planes = np.empty((height * 3 // 2, width), np.uint8)
        left = memoryview(planes).cast("B")
        with self._lock:
            self._file.seek(self._place[frame] * planes.nbytes)
            while left:
                count = self._file.readinto(left)  # type: ignore[attr-defined]
                if not count:
                    raise MediaError("A temporary file was cut short.", NO_ROOM_HINT)
                left = left[count:]
        return cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _store(file: IO[bytes], picture: Frame) -> None:
    import cv2

    left = memoryview(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)).cast("B")
    while left:
        left = left[file.write(left) :]


def _runs(frames: tuple[int, ...]) -> Iterator[list[int]]:
    """Split ascending frames where the way to the next one is longer than ``MAX_SKIP``."""
    run: list[int] = []
    for frame in frames:
        if run and frame - run[-1] > MAX_SKIP:
            yield run
            run = []
        run.append(frame)
    if run:
        yield run
