"""Which music, and the sound of the film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import PresetError
from studio.core.run import Run
from studio.core.settings import MusicSettings
from studio.core.tables import suggestion
from studio.core.timeline import Timeline
from studio.director.plan import Grid
from studio.sound import library
from studio.sound.mix import mix

LOW_CONFIDENCE = 0.4


@dataclass(frozen=True, slots=True)
class Score:
    """The music of one film; ``track`` is None for a silent one."""

    track: library.Track | None
    gain_db: float = 0.0

    @property
    def grid(self) -> Grid | None:
        """Beats for the planner."""
        if self.track is None:
            return None
        return Grid(self.track.beats_s, self.track.drop_s, self.track.duration_s)

    @property
    def title(self) -> str | None:
        """Name of the track."""
        return None if self.track is None else self.track.title

    @property
    def source(self) -> str:
        """ "bundled", "user" or "none"."""
        return "none" if self.track is None else self.track.source

    @property
    def confidence(self) -> float | None:
        """How sure the beats are; 1 for bundled tracks, whose grid is exact."""
        return None if self.track is None else round(float(self.track.confidence), 3)

    def samples(self, timeline: Timeline) -> NDArray[np.float32] | None:
        """(n, 2) float32 at 48 kHz, as long as the film, mastered; None for silence."""
        if self.track is None:
            return None
        contact_s = timeline.contact_frame / float(timeline.rate)
        return mix(
            self.track,
            start_s=timeline.music_start_s,
            duration_s=timeline.frame_count / float(timeline.rate),
            gain_db=self.gain_db,
            accents_s=(contact_s,),
        )


def choose_score(settings: MusicSettings, duration_s: float, run: Run) -> Score:
    """The track a preset asks for: a bundled slug, a file, or "none".

    Raises
    ------
    PresetError : neither a bundled track nor a file
    """
    name = settings.track
    if name == "none":
        return Score(None)
    slugs = [track.slug for track in library.tracks()]
    if name in slugs:
        return Score(library.load(name), settings.gain_db)
    path = Path(name)
    if not path.is_file():
        raise PresetError(f"There is no music '{name}'.", f"{suggestion(name, [*slugs, 'none'])} Or give a file.", key="music.track")
    track = library.from_file(path, bpm=settings.bpm, first_beat_s=settings.first_beat_s)
    for note in track.notes:
        run.warn(note)
    return Score(track, settings.gain_db)
