"""Opening a media file: the checks before the first picture, the choice of the stream, the timestamps of its packets.

Never call ``av.logging.set_level`` with a number: FFmpeg's decoder threads then wait for Python's lock to log, while
Python waits for them to end (seen: hangs in about one of ten clips).  Without it PyAV is silent.

Nothing here decodes.  Timestamps come from one pass over the packets, because browsers write files without a duration
and phones write variable rates: the header cannot be trusted, the packets can.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InputError

COPY_AGAIN = "Copy it again from the phone or camera, or film again."
TRY_ANOTHER = "Film again, or convert it to MP4 (H.264) and try again."


def check_file(path: Path) -> None:
    """Refuse what is not a file with something in it.

    Raises
    ------
    InputError : missing, a folder, empty, or not readable
    """
    if path.is_dir():
        raise InputError(f"'{path.name}' is a folder, not a clip.", "Give the path of one video or photo.")
    if not path.exists():
        raise InputError(f"There is no file '{path.name}'.", "Check the path.")
    if not path.is_file():
        raise InputError(f"'{path.name}' is a device or a pipe, not a file.", "Save the clip as a file first.")
    try:
        with path.open("rb") as file:
            start = file.read(1)
    except OSError as error:
        raise InputError(f"'{path.name}' cannot be opened.", "Check that you may read it.") from error
    if not start:
        raise InputError(f"'{path.name}' is empty.", "Copy or download the file again.")


@contextmanager
def open_container(path: Path) -> Iterator[Any]:
    """The file as an ``av`` input container, closed at the end.

    Raises
    ------
    InputError : missing, a folder, empty, or no known format
    """
    import av

    check_file(path)
    try:
        container = av.open(str(path), mode="r", metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(
            f"'{path.name}' cannot be read: it is damaged, cut short, or not a video or photo.",
            COPY_AGAIN,
        ) from error
    with container:
        yield container


def best_video(container: Any, name: str) -> Any:
    """The picture stream with the most pixels, a default one first among equals; cover pictures do not count.

    Raises
    ------
    InputError : there is no moving picture
    """
    import av

    cover = av.stream.Disposition.attached_pic
    default = av.stream.Disposition.default
    streams = [s for s in container.streams.video if not s.disposition & cover and s.width and s.height]
    if not streams and not container.streams.audio:
        raise InputError(f"'{name}' holds no readable picture: it is damaged or was cut short.", COPY_AGAIN)
    if not streams:
        raise InputError(f"'{name}' has no picture.", "Give a video or a photo of yourself, not only sound.")
    return max(streams, key=lambda s: (s.width * s.height, bool(s.disposition & default), -s.index))


@dataclass(frozen=True, slots=True)
class Stamps:
    """When each picture of a stream is shown.

    Parameters
    ----------
    ticks : (n,) int64, ascending, one per picture, in units of ``base_s``; picture numbers when ``by_order``
    base_s : seconds per tick
    last_ticks : how long the last picture is shown
    by_order : the file carries no timestamps, so ``ticks`` only counts pictures from the start
    cut : packets beyond the limit were left out
    """

    ticks: NDArray[np.int64]
    base_s: Fraction
    last_ticks: int
    by_order: bool
    cut: bool

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(n,) seconds from the first picture."""
        return (self.ticks - self.ticks[0]) * float(self.base_s)

    @property
    def duration_s(self) -> float:
        """Seconds from the first picture to the end of the last one."""
        return float((int(self.ticks[-1] - self.ticks[0]) + self.last_ticks) * self.base_s)


def read_stamps(container: Any, stream: Any, max_s: float) -> Stamps | None:
    """Timestamps of the first ``max_s`` seconds from one pass over the packets; None when there are no packets."""
    import av

    base = Fraction(stream.time_base)
    ticks: list[int] = []
    durations: dict[int, int] = {}
    count = 0
    stamped = True
    cut = False
    start: int | None = None
    try:
        for packet in container.demux(stream):
            if packet.size == 0 or packet.is_discard:
                continue
            count += 1
            tick = packet.pts if packet.pts is not None else packet.dts
            if tick is None:
                stamped = False
                continue
            start = tick if start is None else min(start, tick)
            decode_tick = packet.dts if packet.dts is not None else tick
            if (decode_tick - start) * base > max_s + 1:
                cut = True
                break
            ticks.append(tick)
            durations[tick] = packet.duration or 0
    except av.FFmpegError:
        pass  # a file that breaks off ends here
    if count == 0:
        return None
    if not stamped:
        rate = Fraction(stream.average_rate or stream.guessed_rate or 30)
        most = max(1, round(max_s * rate))
        return Stamps(np.arange(min(count, most), dtype=np.int64), 1 / rate, 1, True, count > most)
    shown = np.unique(np.asarray(ticks, np.int64))
    inside = shown[(shown - shown[0]) * float(base) < max_s - 1e-6]
    cut = cut or len(inside) < len(shown)
    step = int(np.median(np.diff(inside))) if len(inside) > 1 else max(1, round(1 / (30 * base)))
    last = durations.get(int(inside[-1]), 0)
    # Containers without durations say 0; a last picture that "lasts" for seconds is a recorder's mistake.
    if not 0 < last <= 4 * step:
        last = step
    return Stamps(inside, base, last, False, cut)
