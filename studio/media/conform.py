"""Does a finished file meet what TikTok, Reels and Shorts ask for?  Measured on the file itself, rule by rule.

The numbers are the strictest of the three platforms' published ones (September to November 2026) plus the studio's own
target, so one file goes to all.  Loudness and true peak come from FFmpeg's ``ebur128`` (EBU R 128, ITU-R BS.1770-4),
which shares no code with the studio's mixer.  What it does not see: what the picture shows, safe boxes, labels.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InputError, MediaError
from studio.media.boxes import edit_lists, top_boxes
from studio.media.probe import best_video, open_container

ALL = ("TikTok", "Reels", "Shorts")
SIZE_PX = (1080, 1920)
RATE = Fraction(30)
GOP_S = 2.0
LENGTH_S = (3.0, 60.0)
MAX_MBIT = 25.0
MAX_MB = 72.0
MAX_SYNC_MS = 50.0
LOUDNESS_LUFS = -14.0
LOUDNESS_TOLERANCE = 0.5
MAX_PEAK_DBTP = -1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what was wanted, what was found, and who asks for it."""

    name: str
    wanted: str
    found: str
    passed: bool
    platforms: tuple[str, ...] = ALL


@dataclass(frozen=True, slots=True)
class Conformance:
    """Every rule of a file.  ``passed`` when all do; ``notes`` are what a person should know all the same."""

    rules: tuple[Rule, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return all(rule.passed for rule in self.rules)

    @property
    def failures(self) -> tuple[Rule, ...]:
        """The rules that fail."""
        return tuple(rule for rule in self.rules if not rule.passed)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a JSON report."""
        return {"passed": self.passed, "rules": [asdict(rule) for rule in self.rules], "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class _Track:
    """Packets of one stream in file order; times in seconds."""

    shown_s: NDArray[np.float64]
    length_s: NDArray[np.float64]
    is_key: NDArray[np.bool_]

    @property
    def start_s(self) -> float:
        return float(self.shown_s.min())

    @property
    def end_s(self) -> float:
        return float((self.shown_s + self.length_s).max())


def check_film(path: Path) -> Conformance:
    """Measure ``path`` against every rule.

    Raises
    ------
    InputError : missing, not a film, or damaged
    """
    path = Path(path)
    with open_container(path) as container:
        video = best_video(container, path.name)
        sound = container.streams.audio[0] if container.streams.audio else None
        tracks = _packets(container, [video] + ([sound] if sound is not None else []))
        picture = tracks[video.index]
        heard = tracks[sound.index] if sound is not None else None
        if picture is None or (sound is not None and heard is None):
            raise InputError(f"'{path.name}' is damaged: a stream in it is empty.", "Make the film again.")
        # Zero where the container does not say.
        if len(picture.shown_s) < video.frames:
            raise InputError(f"'{path.name}' was cut short.", "Copy it again, or make the film again.")
        rules = [*_picture_rules(video, picture)]
        sound_facts = _sound_facts(sound)
        streams = len(container.streams)
    with open_container(path) as container:
        rules += _coding_rules(path, container, picture)
    length_s = picture.end_s - picture.start_s
    rules += _file_rules(path, length_s, streams)
    if heard is None:
        silent = "silent, which every platform takes"
        names = ("sound coding", "sound and picture together", "loudness", "true peak")
        rules += [Rule(name, "only with sound", silent, True) for name in names]
        return Conformance(tuple(rules), ("The film has no sound.",))
    rules += _sound_rules(path, sound_facts, picture, heard)
    return Conformance(tuple(rules))


def _packets(container: Any, streams: list[Any]) -> dict[int, _Track | None]:
    import av

    rows: dict[int, list[tuple[float, float, bool]]] = {stream.index: [] for stream in streams}
    try:
        for packet in container.demux(*streams):
            if packet.size and packet.pts is not None:
                base = float(packet.time_base)
                rows[packet.stream.index].append((packet.pts * base, (packet.duration or 0) * base, packet.is_keyframe))
    except av.FFmpegError as error:
        raise InputError("The film is damaged or was cut short.", "Make it again.") from error
    return {
        index: _Track(*(np.array(column) for column in zip(*found, strict=True))) if found else None
        for index, found in rows.items()
    }


def _picture_rules(video: Any, track: _Track) -> list[Rule]:
    width, height = video.width, video.height
    draft = " (a draft; render it in full size to publish)" if (width, height) == (540, 960) else ""
    times_s = np.sort(track.shown_s)
    steps = np.diff(times_s) * float(RATE)
    is_constant = len(steps) > 0 and bool(np.all(np.abs(steps - 1) < 0.002))
    if is_constant:
        pace = "30 per second, constant"
    elif len(steps):
        pace = f"{float(RATE) / steps.mean():.3f} per second, steps of {steps.min():.2f} to {steps.max():.2f} frames"
    else:
        pace = "one picture"
    keys = np.flatnonzero(track.is_key)
    gaps_s = np.diff(np.append(track.shown_s[keys], track.end_s))
    longest_s = float(gaps_s.max()) if len(keys) else float("inf")
    # Closed: nothing that is decoded after a key frame is shown before it.
    is_closed = len(keys) > 0 and all(bool(np.all(track.shown_s[key:] >= track.shown_s[key] - 1e-9)) for key in keys)
    starts_with_key = len(keys) > 0 and keys[0] == 0
    length_s = track.end_s - track.start_s
    return [
        Rule(
            "size",
            f"{SIZE_PX[0]}x{SIZE_PX[1]}",
            f"{width}x{height}{draft}",
            (width, height) == SIZE_PX and video.sample_aspect_ratio in (None, 0, 1),
        ),
        Rule(
            "frame rate",
            "30 per second, constant",
            pace,
            is_constant,
        ),
        Rule(
            "key frames",
            f"closed groups of at most {GOP_S:g} s",
            f"{'closed' if is_closed and starts_with_key else 'open'} groups of up to {longest_s:.2f} s",
            is_closed and starts_with_key and longest_s <= GOP_S + 0.001,
            ("Reels",),
        ),
        Rule(
            "length",
            f"{LENGTH_S[0]:g} to {LENGTH_S[1]:g} s",
            f"{length_s:.2f} s",
            LENGTH_S[0] - 0.001 <= length_s <= LENGTH_S[1] + 0.001,
        ),
    ]


def _coding_rules(path: Path, container: Any, track: _Track) -> list[Rule]:
    """Rules that need decoded pictures: the key frames of every group."""
    import av

    video = best_video(container, path.name)
    video.codec_context.skip_frame = "NONKEY"
    interlaced = 0
    last: Any = None
    try:
        for last in container.decode(video):
            interlaced += bool(last.interlaced_frame)
    except av.FFmpegError as error:
        raise InputError(f"'{path.name}' is damaged: its picture cannot be decoded.", "Make the film again.") from error
    if last is None:
        raise InputError(f"'{path.name}' is damaged: its picture cannot be decoded.", "Make the film again.")
    context = video.codec_context
    names = {1: "bt709", 2: "untagged", 5: "bt601", 6: "bt601", 9: "bt2020", 16: "pq", 18: "hlg"}
    tags = [int(tag) for tag in (last.colorspace, last.color_primaries, last.color_trc)]
    limited = int(last.color_range) == 1
    is_high = context.name == "h264" and context.profile == "High"
    return [
        Rule("picture coding", "H.264 High", f"{context.name} {context.profile or ''}".strip(), is_high),
        Rule("pixels", "yuv420p", last.format.name, last.format.name == "yuv420p"),
        Rule("scan", "progressive", "interlaced" if interlaced else "progressive", interlaced == 0, ("Reels",)),
        Rule(
            "colour tags",
            "bt709 matrix, primaries and transfer, limited range",
            ", ".join(
                [*(names.get(tag, f"number {tag}") for tag in tags), "limited" if limited else "full or untagged range"]
            ),
            tags == [1, 1, 1] and limited,
        ),
    ]


def _file_rules(path: Path, length_s: float, streams: int) -> list[Rule]:
    kinds = top_boxes(path)
    front = "moov" in kinds and "mdat" in kinds and kinds.index("moov") < kinds.index("mdat")
    edits = [edit for track in edit_lists(path) for edit in track]
    troubled = [edit for edit in edits if edit.media_time != 0 or edit.rate != 1]
    size = path.stat().st_size
    mbit = size * 8 / 1e6 / max(length_s, 1e-6)
    return [
        Rule("index first", "moov before mdat", " ".join(kinds) or "no MP4 boxes", front, ("Reels",)),
        Rule(
            "edit list",
            "none that shifts or cuts",
            f"{len(troubled)} entries shift or cut" if troubled else ("plain" if edits else "none"),
            not troubled,
            ("Reels",),
        ),
        Rule("bit rate", f"at most {MAX_MBIT:g} Mbit/s", f"{mbit:.1f} Mbit/s", mbit <= MAX_MBIT, ("Reels",)),
        Rule("file size", f"at most {MAX_MB:g} MB", f"{size / 1e6:.1f} MB", size <= MAX_MB * 1e6, ("TikTok",)),
        Rule("streams", "one picture, at most one sound", str(streams), streams <= 2),
    ]


def _sound_facts(sound: Any) -> tuple[str, str, int, int]:
    if sound is None:
        return ("", "", 0, 0)
    context = sound.codec_context
    return context.name, context.profile or "", context.sample_rate, context.layout.nb_channels


def _sound_rules(path: Path, facts: tuple[str, str, int, int], picture: _Track, heard: _Track) -> list[Rule]:
    start_ms = (heard.start_s - picture.start_s) * 1000
    end_ms = (heard.end_s - picture.end_s) * 1000
    loudness, peak = measure_loudness(path)
    return [
        Rule(
            "sound coding",
            "AAC-LC, 48000 Hz, 2 channels",
            f"{facts[0]} {facts[1]}, {facts[2]} Hz, {facts[3]} channels",
            facts == ("aac", "LC", 48000, 2),
        ),
        Rule(
            "sound and picture together",
            f"start and end within {MAX_SYNC_MS:g} ms",
            f"sound starts {start_ms:+.0f} ms, ends {end_ms:+.0f} ms",
            abs(start_ms) < MAX_SYNC_MS and abs(end_ms) < MAX_SYNC_MS and abs(picture.start_s) < MAX_SYNC_MS / 1000,
        ),
        Rule(
            "loudness",
            f"{LOUDNESS_LUFS:g} LUFS, within {LOUDNESS_TOLERANCE:g}",
            f"{loudness:.1f} LUFS",
            abs(loudness - LOUDNESS_LUFS) <= LOUDNESS_TOLERANCE + 1e-6,
        ),
        Rule("true peak", f"at most {MAX_PEAK_DBTP:g} dBTP", f"{peak:.1f} dBTP", peak <= MAX_PEAK_DBTP + 1e-6),
    ]


def measure_loudness(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP of a file's sound; -70 and -inf for silence.

    Raises
    ------
    MediaError : FFmpeg cannot decode the sound
    """
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-nostdin"]
    command += ["-i", str(Path(path).absolute())]
    command += ["-map", "0:a:0", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    loudness = re.findall(r"^\s+I:\s+(\S+) LUFS", done.stderr, re.MULTILINE)
    peak = re.findall(r"^\s+Peak:\s+(\S+) dBFS", done.stderr, re.MULTILINE)
    if done.returncode != 0 or not loudness or not peak:
        last = " / ".join(done.stderr.strip().splitlines()[-3:])
        raise MediaError(f"The loudness of '{Path(path).name}' cannot be measured: {last}", "Make the film again.")
    return float(loudness[-1]), float(peak[-1])
