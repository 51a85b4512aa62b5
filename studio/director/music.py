"""Which music, and the sound of the film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.run import Run
from studio.core.settings import MusicSettings
from studio.core.timeline import Timeline
from studio.director.plan import Grid
from studio.sound import library
from studio.sound.mix import mix
from studio.sound.track import TRUSTED


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


def choose_score(settings: MusicSettings, run: Run) -> Score:
    """The track a preset asks for: a bundled slug, a file of the user's own, or "none"."""
    track = library.pick(settings)
    if track is not None and track.confidence < TRUSTED:
        for note in track.notes:
            run.warn(note)
    return Score(track, settings.gain_db)
