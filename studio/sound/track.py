"""`Track`: a piece of music and everything the studio knows about its time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

TRUSTED = 0.5
"""From this confidence on, detected beats are used."""


@dataclass(frozen=True, slots=True)
class Section:
    """A named part of a track, from ``start_s`` to the next one."""

    name: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Track:
    """Music with its beat grid; all times are seconds in the *decoded* file.

    Parameters
    ----------
    slug : short name; of a user's file its name without the ending
    bpm : beats per minute; 0 when no steady pulse was found
    beats_s, downbeats_s : ascending; empty when ``confidence`` is below `TRUSTED`, then plan on ``drop_s`` alone
    drop_s : where the music blooms; on a downbeat when there are any
    mood : words for choosing
    confidence : 0 to 1, how far the grid can be trusted; 1 for bundled music and for a grid given by hand
    notes : sentences for the report
    loop_s : start and end of a part that may repeat, both on downbeats
    """

    slug: str
    title: str
    path: Path
    bpm: float
    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    drop_s: float
    sections: tuple[Section, ...]
    mood: tuple[str, ...]
    licence: str
    duration_s: float
    confidence: float
    source: Literal["bundled", "user"]
    notes: tuple[str, ...] = ()
    loop_s: tuple[float, float] | None = None
    bar_energy: tuple[float, ...] = ()
