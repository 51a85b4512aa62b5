"""Open what a phone or a browser made as one kind of thing: upright, constant rate, BT.709 RGB.

Rotation flags, variable rates, missing durations, odd colour tags, high dynamic range and still photos end here;
nothing behind this module hears of them.  Decided here: a grid frame shows the latest picture at its time; a picture
that cannot be decoded is replaced by the last good one for up to half a second (also at the end, so ``frame_count``
always holds), and anything longer is a `MediaError`.  Interlaced material is not de-interlaced, and mirrored display
matrices are not mirrored back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InputError, MediaError
from studio.core.frames import Frame, Size
from studio.core.time import FrameRange
from studio.media.pictures import Photo, Video, colour_of, decode, load_photo, photo_size
from studio.media.probe import COPY_AGAIN, TRY_ANOTHER, Stamps, best_video, check_file, open_container, read_stamps

MAX_RATE = Fraction(30)
MIN_SIDE_PX = 320
MIN_S = 1.0
PHOTO_S = 4
PHOTO_RATE = Fraction(30)
USUAL_RATES = tuple(
    Fraction(*rate)
    for rate in ((8, 1), (10, 1), (12, 1), (15, 1), (20, 1), (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1))
)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip or photo as a `studio.core.frames.FrameSource`.

    Parameters
    ----------
    path : the file
    size_px : upright width and height, even
    rate : constant frames per second
    frame_count : frames that ``frames()`` yields
    has_audio : the file holds a sound stream
    is_photo : a still, held
    codec : short name of the picture codec, such as "h264" or "jpeg"
    notes : what was changed or left out, in plain sentences
    pictures : decodes them
    """

    path: Path
    size_px: Size
    rate: Fraction
    frame_count: int
    has_audio: bool
    is_photo: bool
    codec: str
    notes: tuple[str, ...]
    pictures: Video | Photo

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.frame_count / self.rate)

    def frames(self, part: FrameRange | None = None) -> Iterator[Frame]:
        """Yield the frames of ``part`` (default: all), decoding from the key frame before it.

        Raises
        ------
        ValueError : ``part`` reaches beyond the clip
        MediaError : the file is damaged there
        """
        part = part if part is not None else FrameRange(0, self.frame_count)
        if part.start < 0 or part.stop > self.frame_count:
            raise ValueError(f"frames {part.start} to {part.stop} of a clip of {self.frame_count}")
        return self.pictures.frames(part)


def open_clip(path: Path, *, max_side_px: int = 1920, max_s: float = 60.0) -> Clip:
    """Look at a file and return it as a constant-rate clip; only its first picture is decoded.

    Parameters
    ----------
    path : video (mp4, mov, webm, mkv, avi, ...) or photo (jpg, png, webp, ...)
    max_side_px : the longer side is scaled down to this while decoding
    max_s : what comes later is not used

    Raises
    ------
    InputError : missing, a folder, empty, unreadable, cut short, without a picture, too short, or too small
    """
    path = Path(path)
    check_file(path)
    photo = photo_size(path)
    if photo is not None:
        return _open_photo(path, photo, max_side_px)
    with open_container(path) as container:
        stream = best_video(container, path.name)
        stamps = read_stamps(container, stream, max_s)
        index = stream.index
    # A fresh container: the pass over the packets has moved that one to its end.
    with open_container(path) as container:
        stream = container.streams[index]
        first = next(decode(container, stream, by_order=False), None)
        if stamps is None or first is None:
            raise InputError(
                f"'{path.name}' holds no readable picture: it is damaged or was cut short.",
                COPY_AGAIN,
            )
        return _open_video(path, container, stream, stamps, first[1], max_side_px, max_s)


def _open_video(
    path: Path, container: Any, stream: Any, stamps: Stamps, first: Any, max_side_px: int, max_s: float
) -> Clip:
    notes: list[str] = []
    duration_s = min(stamps.duration_s, max_s)
    if duration_s < MIN_S:
        raise InputError(f"'{path.name}' is only {duration_s:.1f} s long.", "Film at least 3 seconds.")
    if stamps.cut:
        notes.append(f"Only the first {max_s:g} seconds were used.")
    elif _expected_s(container, stream) > duration_s + max(1.0, 0.1 * duration_s):
        notes.append(f"The file breaks off early: only its first {duration_s:.1f} seconds are there.")

    rate, is_constant = constant_rate(stamps)
    if not is_constant:
        notes.append(f"The variable frame rate was made constant: {float(rate):g} frames per second.")
    colour = colour_of(first)
    if colour.hdr is not None:
        notes.append("High dynamic range (HDR) was converted to standard range.")

    width, height = first.width, first.height
    aspect = stream.sample_aspect_ratio
    if aspect and aspect > 0 and aspect != 1:
        width = round(width * aspect)
    _check_size(path, (width, height))
    decoded_px = scaled_size((width, height), max_side_px)
    turns = (int(first.rotation) // 90) % 4
    even = (decoded_px[0] // 2 * 2, decoded_px[1] // 2 * 2)
    size_px = even if turns % 2 == 0 else (even[1], even[0])
    shown = grid(stamps, rate, duration_s)
    return Clip(
        path=path,
        size_px=size_px,
        rate=rate,
        frame_count=len(shown),
        has_audio=bool(container.streams.audio),
        is_photo=False,
        codec=stream.codec_context.name,
        notes=tuple(notes),
        pictures=Video(
            path=path,
            stream=stream.index,
            ticks=stamps.ticks[shown],
            base_s=stamps.base_s,
            by_order=stamps.by_order,
            decoded_px=decoded_px,
            quarter_turns=turns,
            size_px=size_px,
            colour=colour,
        ),
    )


def _open_photo(path: Path, native_px: Size, max_side_px: int) -> Clip:
    _check_size(path, native_px)
    width, height = scaled_size(native_px, max_side_px)
    size_px = (width // 2 * 2, height // 2 * 2)
    load_photo(path, size_px)  # a damaged one is refused now, not in the middle of the film
    from PIL import Image

    with Image.open(path) as image:
        codec = (image.format or "").lower()
    return Clip(
        path=path,
        size_px=size_px,
        rate=PHOTO_RATE,
        frame_count=int(PHOTO_S * PHOTO_RATE),
        has_audio=False,
        is_photo=True,
        codec=codec,
        notes=(f"A photo is held for {PHOTO_S} seconds.",),
        pictures=Photo(path, size_px),
    )


def _check_size(path: Path, size_px: Size) -> None:
    if min(size_px) < MIN_SIDE_PX:
        raise InputError(
            f"'{path.name}' is too small: {size_px[0]}x{size_px[1]} pixels.",
            f"The shorter side needs at least {MIN_SIDE_PX} pixels; film in 1080p.",
        )


def _expected_s(container: Any, stream: Any) -> float:
    """Length that the header promises, 0 when it says nothing."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1_000_000


def scaled_size(size_px: Size, max_side_px: int) -> Size:
    """``size_px`` when small enough, else scaled to even sides of at most ``max_side_px``."""
    width, height = size_px
    longest = max(width, height)
    if longest <= max_side_px:
        return size_px
    scale = max_side_px / longest
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def constant_rate(stamps: Stamps) -> tuple[Fraction, bool]:
    """Rate of the grid, at most 30, and whether the pictures came at a constant rate.

    A constant rate is kept (60 becomes 30, 50 becomes 25, so that pictures are dropped evenly); a variable one takes
    its average.  Both snap to a usual rate near by: timestamps in whole milliseconds never average exactly 30.
    """
    times_s = stamps.times_s
    if len(times_s) < 2:
        return MAX_RATE, True
    steps_s = np.diff(times_s)
    step_s = float(np.median(steps_s))
    average = (len(times_s) - 1) / float(times_s[-1])
    is_constant = bool(np.all(np.abs(steps_s - step_s) < 0.3 * step_s))
    if is_constant:
        divisor = next((k for k in (1, 2, 3, 4, 5, 6, 8) if average / k <= float(MAX_RATE) * 1.01), 10)
        kept = average / divisor
        if divisor > 1 and kept < 23:
            return MAX_RATE, True
        return _snapped(kept, 0.005, USUAL_RATES), True
    whole = tuple(rate for rate in USUAL_RATES if rate.denominator == 1)
    return _snapped(min(average, float(MAX_RATE)), 0.08, whole), False


def _snapped(rate: float, tolerance: float, usual_rates: tuple[Fraction, ...]) -> Fraction:
    nearest = min(usual_rates, key=lambda usual: abs(float(usual) / rate - 1))
    if abs(float(nearest) / rate - 1) <= tolerance:
        return nearest
    return Fraction(rate).limit_denominator(100)


def grid(stamps: Stamps, rate: Fraction, duration_s: float) -> NDArray[np.int64]:
    """(frame_count,) the picture each grid frame shows: the latest at its time, some jitter forgiven."""
    count = max(1, int(duration_s * float(rate) + 0.5))
    step_s = float(np.median(np.diff(stamps.times_s))) if len(stamps.ticks) > 1 else 1 / float(rate)
    # Less than half a source step, or every second picture of a thinned-out clip would be a matter of rounding.
    at_s = np.arange(count) / float(rate) + min(0.25 / float(rate), 0.4 * step_s)
    return np.clip(np.searchsorted(stamps.times_s, at_s, side="right") - 1, 0, len(stamps.ticks) - 1)


def read_audio(path: Path, *, rate_hz: int = 48000) -> NDArray[np.float32]:
    """All the sound of a file as (n, 2) float32 in -1..1; mono is doubled, surround mixed down.

    Sample 0 is the first of the sound stream, wherever the picture starts.

    Raises
    ------
    InputError : the file holds no sound
    MediaError : none of it can be decoded
    """
    import av

    path = Path(path)
    with open_container(path) as container:
        if not container.streams.audio:
            raise InputError(f"'{path.name}' has no sound.", "Give a music file such as MP3, M4A, OGG or WAV.")
        stream = container.streams.best("audio") or container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=rate_hz)
        pieces: list[NDArray[np.float32]] = []
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
                decoded = packet.decode() if packet is not None else []
            except av.FFmpegError:
                # One broken packet costs 20 ms of sound; a broken file ends the packets by itself.
                continue
            for frame in (*decoded, *((None,) if packet is None else ())):
                pieces += [piece.to_ndarray().reshape(-1, 2) for piece in resampler.resample(frame)]
            if packet is None:
                break
    if not pieces:
        raise MediaError(f"The sound of '{path.name}' cannot be decoded.", TRY_ANOTHER)
    return np.concatenate(pieces).astype(np.float32, copy=False)
