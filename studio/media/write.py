"""Write a finished film: H.264 and AAC in MP4, as TikTok, Reels and Shorts take it.

* moviepy's writer drives FFmpeg (from imageio-ffmpeg); every flag that matters is ours.
* Colour is converted to BT.709 limited range *and* tagged so: flags alone leave a BT.601 file that players show wrong.
* No edit list (Instagram refuses them).  Without one a player cannot be told to skip AAC's 1024 samples of priming, so
  the sound is cut by as much at its start and comes out where it belongs; and pictures are not reordered, so the first
  one is at time 0.
* The film grows beside its final name and is moved there when it is complete, so the name never holds half a film.

What it does not do: measure loudness (``sound/`` does), or sign (``director/`` does, afterwards).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InputError, MediaError
from studio.core.frames import Frame, Size
from studio.media.spool import NO_ROOM

AUDIO_HZ = 48000
AAC_PRIMING = 1024
GOP_S = 2
MIN_FREE_MB = 150
NO_ROOM_HINT = "Free some space, or choose another folder for the film."

CONVERT_TO_BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
)


def check_output(out: Path, *, source: Path | None = None) -> None:
    """Refuse an output that cannot or must not be written; called before any work is done.

    Raises
    ------
    InputError : a folder, not ``.mp4``, or the clip itself
    MediaError : the folder is missing or cannot be written, or the disk is full
    """
    out = Path(out)
    if out.is_dir():
        raise InputError(f"'{out.name}' is a folder.", "Give the film a file name, such as hug.mp4.")
    if out.suffix.lower() != ".mp4":
        raise InputError(f"'{out.name}' does not end in .mp4.", "Name the film something like hug.mp4.")
    if source is not None and out.exists() and source.exists() and out.samefile(source):
        raise InputError("The film would overwrite your clip.", "Give the film another name.")
    folder = out.parent
    if not folder.is_dir():
        raise MediaError(f"The folder of '{out.name}' does not exist.", "Make the folder first, or choose another.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MediaError(f"The folder of '{out.name}' cannot be written.", "Choose another folder.") from error
    if shutil.disk_usage(folder).free < MIN_FREE_MB * 2**20:
        raise MediaError(f"Less than {MIN_FREE_MB} MB are free on the disk.", NO_ROOM_HINT)


def write_film(
    frames: Iterable[Frame],
    out: Path,
    *,
    size_px: Size,
    rate: Fraction,
    frame_count: int,
    audio: NDArray[np.float32] | None,
    draft: bool = False,
    cancel_check: Callable[[], None] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Encode ``frames`` and ``audio`` to ``out``, which appears only when complete.

    Parameters
    ----------
    frames : (H, W, 3) uint8 RGB, exactly ``frame_count`` of them
    size_px : even width and height
    rate : a whole number of frames per second
    audio : (n, 2) float32 at 48 kHz, cut or padded with silence to the film's length; None for a silent film
    draft : fastest preset, for previews
    cancel_check : raises to stop; called at every frame and while the file is being finished
    metadata : container tags such as ``title`` and ``comment``

    Raises
    ------
    MediaError : the encoder failed, there is no room, or the number of frames is wrong
    """
    if rate.denominator != 1:
        raise ValueError(f"a film has a whole number of frames per second, not {rate}")
    out = Path(out)
    partial = out.with_name(f".{out.name}.partial.mp4")
    sound = out.with_name(f".{out.name}.partial.au")
    try:
        if audio is not None:
            _write_sound(sound, audio, round(frame_count / rate * AUDIO_HZ))
        with _encoder(
            partial, size_px, rate, sound if audio is not None else None, draft, metadata or {}, cancel_check
        ) as encoder:
            count = 0
            for frame in frames:
                _check_frame(frame, size_px)
                count += 1
                if count > frame_count:
                    break
                encoder.write(frame)
            if count != frame_count:
                drawn = "more" if count > frame_count else str(count)
                raise MediaError(
                    f"The film should have {frame_count} frames, but {drawn} were drawn.",
                    "This is a fault of the studio; please report it.",
                )
            encoder.finish()
        partial.replace(out)
    except OSError as error:
        raise _no_room_or(error, "The film could not be written.") from error
    finally:
        # Frames that will not be drawn any more must not keep a decoder open until the garbage collector comes by.
        if isinstance(frames, Generator):
            frames.close()
        for leftover in (partial, sound):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)


class _Encoder:
    """moviepy's writer, with what it lacks: the codec's last words, and an end that can fail or be cancelled."""

    def __init__(self, writer: Any, log: IO[str], cancel_check: Callable[[], None]) -> None:
        self._writer = writer
        self._log = log
        self._cancel_check = cancel_check

    def write(self, frame: Frame) -> None:
        try:
            self._cancel_check()
            self._writer.write_frame(frame)
        except OSError as error:
            raise self._failure() from error

    def finish(self) -> None:
        process = self._writer.proc
        try:
            process.stdin.close()
        except OSError as error:
            raise self._failure() from error
        while True:
            try:
                status = process.wait(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                self._cancel_check()
        if status != 0:
            raise self._failure()

    def _failure(self) -> MediaError:
        # Ctrl-C on a terminal reaches FFmpeg too: then the user's wish comes first, not the codec's death.
        self._cancel_check()
        with suppress(subprocess.TimeoutExpired):
            self._writer.proc.wait(timeout=1)
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().splitlines() if line.strip()]
        text = " / ".join(lines[-4:]) or f"it ended with status {self._writer.proc.returncode}"
        if "No space left" in text or "File too large" in text:
            return MediaError("There is no room left on the disk for the film.", NO_ROOM_HINT)
        return MediaError(f"The video encoder failed: {text}", "Try again; if it fails again, report these lines.")


@contextmanager
def _encoder(
    partial: Path,
    size_px: Size,
    rate: Fraction,
    sound: Path | None,
    draft: bool,
    metadata: Mapping[str, str],
    cancel_check: Callable[[], None] | None,
) -> Iterator[_Encoder]:
    """A running FFmpeg; killed when the block is left before it has finished."""
    from moviepy.video.io.ffmpeg_writer import FFMPEG_VideoWriter

    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        writer = FFMPEG_VideoWriter(
            str(partial.absolute()),
            size_px,
            int(rate),
            # Not "libx264": for that name moviepy adds "-pix_fmt yuva420p", which would overrule the pixel format.
            codec="h264",
            audiofile=str(sound.absolute()) if sound is not None else None,
            audio_codec="aac",
            preset="ultrafast" if draft else "veryfast",
            logfile=log,
            ffmpeg_params=_flags(rate, sound is not None, metadata),
        )
        process = writer.proc
        try:
            yield _Encoder(writer, log, cancel_check or _never)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            # Closing flushes what a dead FFmpeg will never read.
            with suppress(OSError):
                writer.close()
            writer.proc = None


def _flags(rate: Fraction, has_sound: bool, metadata: Mapping[str, str]) -> list[str]:
    gop = int(rate * GOP_S)
    flags = ["-loglevel", "error", "-nostats", "-map", "0:v"]
    if has_sound:
        flags += ["-map", "1:a", "-b:a", "192k", "-ar", str(AUDIO_HZ), "-ac", "2"]
        # The priming then starts at 0; at -1024 the muxer would move the picture instead, and stretch its first frame.
        flags += ["-af", f"asetpts=PTS+{AAC_PRIMING}"]
    flags += ["-vf", CONVERT_TO_BT709, "-profile:v", "high", "-bf", "0"]
    flags += ["-crf", "19", "-maxrate", "12M", "-bufsize", "12M"]
    # The ultrafast preset would otherwise fall back to the Baseline profile's tools.
    flags += ["-x264-params", f"keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0:8x8dct=1:cabac=1"]
    flags += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    flags += ["-video_track_timescale", "30000", "-use_editlist", "0", "-movflags", "+faststart"]
    flags += ["-map_metadata", "-1"]
    for key, value in metadata.items():
        flags += ["-metadata", f"{key}={value}"]
    return flags


def _never() -> None:
    """Nobody can cancel."""


def _write_sound(path: Path, audio: NDArray[np.float32], length: int) -> None:
    """``audio`` from sample 1024 (see the module's head) to ``length``, padded, as a Sun AU file of 32-bit floats."""
    if audio.ndim != 2 or audio.shape[1] != 2:
        raise ValueError(f"sound must be (n, 2), not {audio.shape}")
    fitted = np.zeros((max(1, length - AAC_PRIMING), 2), ">f4")
    piece = audio[AAC_PRIMING:length]
    fitted[: len(piece)] = np.clip(piece, -1, 1)
    header = np.array([24, fitted.nbytes, 6, AUDIO_HZ, 2], ">u4").tobytes()
    path.write_bytes(b".snd" + header + fitted.tobytes())


def _check_frame(frame: Frame, size_px: Size) -> None:
    wanted = (size_px[1], size_px[0], 3)
    if frame.shape != wanted or frame.dtype != np.uint8:
        raise ValueError(f"a frame of the film is {frame.shape} {frame.dtype}, not {wanted} uint8")


def _no_room_or(error: OSError, message: str) -> MediaError:
    if error.errno in NO_ROOM:
        return MediaError("There is no room left on the disk for the film.", NO_ROOM_HINT)
    return MediaError(f"{message} ({error.strerror})", "Choose another folder, or check that you may write there.")
