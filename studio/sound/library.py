"""The music at hand: bundled tracks with their sidecars, and files of the user's own.

``music/<slug>.ogg`` is the sound, ``music/<slug>.toml`` its sidecar with the exact beat grid, both written by
``tools/make_music.py``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import PresetError
from studio.core.settings import MusicSettings
from studio.core.tables import build, read_toml, suggestion
from studio.media.read import read_audio
from studio.sound.beats import ANALYSIS_HZ, listen
from studio.sound.track import Section, Track

log = logging.getLogger(__name__)

MUSIC = Path(__file__).resolve().parents[2] / "music"
USER_LICENCE = "user's own responsibility"


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What ``music/<slug>.toml`` may say; see `Track`."""

    title: str
    licence: str
    note: str
    bpm: float
    beats_per_bar: int
    duration_s: float
    drop_s: float
    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    bar_energy: tuple[float, ...] = ()
    mood: tuple[str, ...] = ()
    loop_s: tuple[float, float] | None = None
    sections: tuple[Section, ...] = ()

    def __post_init__(self) -> None:
        if not self.beats_s or any(b <= a for a, b in pairwise(self.beats_s)):
            raise ValueError("beats_s must be a rising list of seconds")
        if self.beats_s[0] < 0 or self.beats_s[-1] > self.duration_s:
            raise ValueError("beats_s must lie inside the track")
        if not set(self.downbeats_s) <= set(self.beats_s):
            raise ValueError("every downbeat must be one of beats_s")
        if not {self.drop_s, *(self.loop_s or ())} <= set(self.downbeats_s):
            raise ValueError("drop_s and loop_s must be downbeats")


def tracks() -> tuple[Track, ...]:
    """All bundled tracks, by slug."""
    return tuple(load(path.stem) for path in sorted(MUSIC.glob("*.ogg")))


def load(slug: str) -> Track:
    """A bundled track.

    Raises
    ------
    PresetError : no such slug (with a suggestion), or a sidecar that is missing or wrong
    """
    known = {path.stem: path for path in MUSIC.glob("*.ogg")}
    if slug not in known:
        raise PresetError(
            f"There is no bundled track '{slug}'.",
            suggestion(slug, known) + " A file of your own works too: give its path.",
            key="music.track",
        )
    file = known[slug].with_suffix(".toml")
    if not file.is_file():
        raise PresetError(f"{file.name} is missing beside the track.", "Restore the music folder.", file=file.name)
    card = build(Sidecar, read_toml(file), file=file.name)
    return Track(
        slug=slug,
        title=card.title,
        path=known[slug],
        bpm=card.bpm,
        beats_s=card.beats_s,
        downbeats_s=card.downbeats_s,
        drop_s=card.drop_s,
        sections=card.sections,
        mood=card.mood,
        licence=card.licence,
        duration_s=card.duration_s,
        confidence=1.0,
        source="bundled",
        notes=(card.note,),
        loop_s=card.loop_s,
        bar_energy=card.bar_energy,
    )


def from_file(path: Path, *, bpm: float | None = None, first_beat_s: float | None = None) -> Track:
    """A track of the user's own, heard by `beats.listen`; ``bpm`` and ``first_beat_s`` overrule what is heard.

    Raises
    ------
    InputError, MediaError : the file is missing, unreadable, without sound, or shorter than `beats.SHORTEST_S`
    """
    mono = read_audio(path, rate_hz=ANALYSIS_HZ).mean(axis=1)
    heard = listen(mono, bpm=bpm, first_beat_s=first_beat_s)
    log.debug("%s: %.1f bpm, confidence %.2f", path.name, heard.bpm, heard.confidence)
    return Track(
        slug=path.stem,
        title=path.stem,
        path=path,
        bpm=heard.bpm,
        beats_s=heard.beats_s,
        downbeats_s=heard.downbeats_s,
        drop_s=heard.drop_s,
        sections=(),
        mood=(),
        licence=USER_LICENCE,
        duration_s=len(mono) / ANALYSIS_HZ,
        confidence=heard.confidence,
        source="user",
        notes=heard.notes,
    )


def pick(music: MusicSettings) -> Track | None:
    """The track that a preset asks for: a file when the words name one, a bundled slug otherwise, None for "none"."""
    if music.track == "none":
        return None
    path = Path(music.track).expanduser()
    if path.suffix or path.is_file():
        return from_file(path, bpm=music.bpm, first_beat_s=music.first_beat_s)
    return load(music.track)


def samples(track: Track) -> NDArray[np.float32]:
    """(n, 2) float32 the whole track at 48 kHz."""
    return read_audio(track.path)
