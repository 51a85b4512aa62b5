"""The film as a plan: shots on the beat grid, each with the clip footage it shows.

A `Timeline` is data only.  ``director/plan.py`` makes it, ``animatic/build.py`` turns it into frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from studio.core.time import FILM_RATE, FrameRange, tiles, time_s

ShotName = Literal["open", "glimpse", "arrival", "embrace", "shoulder", "reverse", "detail", "hold", "end"]
"""In the order in which a film tells them; only open, arrival, embrace and hold are in every film."""
Transition = Literal["cut", "white"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of the film.

    Parameters
    ----------
    name : its role in the story
    film : film frames it occupies
    source : clip frames it shows, first to last, at whatever speed fills ``film``; it swings back and forth when
    too short
    confidence : 0 to 1, how well the take can tell this shot
    transition : how it begins
    hide : 0 to 1, how far a weak shot is kept in the dark
    why : what its confidence rests on, for the report
    """

    name: ShotName
    film: FrameRange
    source: FrameRange
    confidence: float
    transition: Transition = "cut"
    hide: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A shot that this film does without, and why."""

    name: ShotName
    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class CaptionCue:
    """A line of text during some film frames."""

    text: str
    film: FrameRange


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole plan.

    Parameters
    ----------
    shots : in order; their film ranges tile ``[0, frame_count)``
    contact_frame : first film frame of the embrace
    downbeat_s : film time of the downbeat it lands on; None without music
    beats_s : film times of the beats
    music_start_s : where in the track the film starts
    left_out : shots that the take cannot tell well, or the film has no room for
    """

    shots: tuple[Shot, ...]
    captions: tuple[CaptionCue, ...]
    frame_count: int
    contact_frame: int
    downbeat_s: float | None
    beats_s: tuple[float, ...] = ()
    music_start_s: float = 0.0
    rate: Fraction = FILM_RATE
    left_out: tuple[LeftOut, ...] = ()

    def __post_init__(self) -> None:
        if not tiles((shot.film for shot in self.shots), FrameRange(0, self.frame_count)):
            raise ValueError("the shots do not tile the film")
        if not 0 <= self.contact_frame < self.frame_count:
            raise ValueError(f"contact frame {self.contact_frame} lies outside the film")

    def shot_at(self, frame: int) -> Shot:
        """The shot that holds a film frame."""
        return next(shot for shot in self.shots if frame in shot.film)

    def named(self, name: ShotName) -> Shot | None:
        """The first shot of that name, None when the film has none."""
        return next((shot for shot in self.shots if shot.name == name), None)

    @property
    def contact_error_ms(self) -> float | None:
        """Contact minus downbeat in milliseconds."""
        if self.downbeat_s is None:
            return None
        return (time_s(self.contact_frame, self.rate) - self.downbeat_s) * 1000
