"""Clips made by the tests.  Every picture carries its own number, so a test can tell exactly which one is shown.

The number stands as eight black or white bars over the middle; the top left corner is red, the top right one blue.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from studio.core.frames import Frame, Size

BITS = 8


def numbered(number: int, size_px: Size) -> Frame:
    """A picture that says ``number`` (0 to 255)."""
    width, height = size_px
    frame = np.full((height, width, 3), 128, np.uint8)
    edge = min(width, height) // 5
    frame[:edge, :edge] = (220, 30, 30)
    frame[:edge, -edge:] = (30, 30, 220)
    for bit in range(BITS):
        left, right = width * bit // BITS, width * (bit + 1) // BITS
        frame[height * 2 // 5 : height * 3 // 5, left:right] = 235 if number >> bit & 1 else 20
    return frame


def number_of(frame: Frame) -> int:
    """Read the number back, also after lossy coding and scaling."""
    height, width = frame.shape[:2]
    row = frame[height // 2 - 4 : height // 2 + 4].mean(axis=(0, 2))
    centres = [int(width * (bit + 0.5) / BITS) for bit in range(BITS)]
    return sum(int(row[at - 2 : at + 3].mean() > 128) << bit for bit, at in enumerate(centres))


def corner(frame: Frame) -> str:
    """Where the red corner is: "top left", "top right", ..."""
    height, width = frame.shape[:2]
    edge = min(width, height) // 10
    spots = {
        "top left": frame[:edge, :edge],
        "top right": frame[:edge, -edge:],
        "bottom left": frame[-edge:, :edge],
        "bottom right": frame[-edge:, -edge:],
    }
    return max(spots, key=lambda name: float(spots[name][..., 0].mean() - spots[name][..., 2].mean()))


def make_clip(
    path: Path,
    *,
    codec: str = "libx264",
    size_px: Size = (480, 360),
    rate: Fraction | int = 30,
    count: int = 60,
    times_s: Sequence[float] | None = None,
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    frames: Sequence[Frame] | None = None,
    tone_hz: float | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Encode numbered pictures (or ``frames``); ``times_s`` makes the rate variable; ``tone_hz`` adds a sine."""
    import av

    fast = {"libx264": {"preset": "ultrafast"}, "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"}}
    fast |= {
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
        "libvpx": {"deadline": "realtime", "cpu-used": "8", "threads": "1"},
    }
    fast |= {"libsvtav1": {"preset": "8", "crf": "18", "svtav1-params": "lp=1"}}
    with av.open(str(path), "w", container_options=container_options or {}) as out:
        video = out.add_stream(codec, rate=Fraction(rate), options={**fast.get(codec, {}), **(options or {})})
        video.width, video.height, video.pix_fmt = *size_px, pix_fmt
        if times_s is not None:
            video.codec_context.time_base = Fraction(1, 1000)
        sound = out.add_stream("aac" if path.suffix != ".webm" else "libopus", rate=48000) if tone_hz else None
        for k in range(len(frames) if frames is not None else count if times_s is None else len(times_s)):
            picture = av.VideoFrame.from_ndarray(
                frames[k] if frames is not None else numbered(k, size_px), format="rgb24"
            )
            picture = picture.reformat(format=pix_fmt)
            picture.pts = k if times_s is None else round(times_s[k] * 1000)
            picture.time_base = 1 / Fraction(rate) if times_s is None else Fraction(1, 1000)
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        if sound is not None:
            _add_tone(out, sound, tone_hz or 0, count / float(rate))
    return path


def _add_tone(out: Any, sound: Any, tone_hz: float, length_s: float) -> None:
    import av

    at = np.arange(int(48000 * length_s))
    wave = (0.3 * np.sin(2 * np.pi * tone_hz * at / 48000)).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], format="flt", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    out.mux(sound.encode(frame))
    out.mux(sound.encode(None))


def ffmpeg(*arguments: str) -> bytes:
    """Run the bundled FFmpeg; returns what it wrote to standard output."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout
