"""Just enough of the MP4 box format (ISO/IEC 14496-12) to see what players trip over: box order and edit lists."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its four-letter kind and where its content lies in the file, in bytes."""

    kind: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Edit:
    """An entry of a track's edit list: ``media_time`` is -1 for a pause; 0 with ``rate`` 1 plays the track as it is."""

    duration: int
    media_time: int
    rate: float


def boxes(file: BinaryIO, start: int, stop: int) -> Iterator[Box]:
    """The boxes directly between two positions; ends at the first one that makes no sense."""
    at = start
    while at + 8 <= stop:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head[:8])
        content = at + 8
        if size == 1 and len(head) == 16:
            size = struct.unpack(">Q", head[8:])[0]
            content = at + 16
        elif size == 0:
            size = stop - at
        if at + size < content or at + size > stop:
            return
        yield Box(kind.decode("latin-1"), content, at + size)
        at += size


def top_boxes(path: Path) -> tuple[str, ...]:
    """Kinds of the outermost boxes in file order; empty for what is no MP4."""
    with path.open("rb") as file:
        return tuple(box.kind for box in boxes(file, 0, path.stat().st_size))


def edit_lists(path: Path) -> tuple[tuple[Edit, ...], ...]:
    """The edit list of every track, empty for a track without one."""
    with path.open("rb") as file:
        found = []
        for movie in _named(file, "moov", 0, path.stat().st_size):
            for track in _named(file, "trak", movie.start, movie.stop):
                edits: tuple[Edit, ...] = ()
                for holder in _named(file, "edts", track.start, track.stop):
                    for table in _named(file, "elst", holder.start, holder.stop):
                        file.seek(table.start)
                        edits = _entries(file.read(table.stop - table.start))
                found.append(edits)
        return tuple(found)


def _named(file: BinaryIO, kind: str, start: int, stop: int) -> list[Box]:
    return [box for box in boxes(file, start, stop) if box.kind == kind]


def _entries(content: bytes) -> tuple[Edit, ...]:
    version, count = content[0], struct.unpack(">I", content[4:8])[0]
    layout = struct.Struct(">Qqhh" if version == 1 else ">Iihh")
    whole = content[8 : 8 + min(count, (len(content) - 8) // layout.size) * layout.size]
    return tuple(Edit(duration, at, rate + part / 65536) for duration, at, rate, part in layout.iter_unpack(whole))
