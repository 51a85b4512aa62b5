"""Where the cuts go: on beats, each shot near its share of the time and none too short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.time import FrameRange


@dataclass(frozen=True, slots=True)
class Part:
    """A shot to be placed.

    Parameters
    ----------
    share : of the time, against the other parts
    least : film frames that it must have
    """

    share: float
    least: int


def place_cuts(parts: Sequence[Part], film: FrameRange, beats: Sequence[int]) -> list[int] | None:
    """Film frames at which the second and later parts begin, all of them on beats.

    Of all choices that leave every part its least length the one with the smallest sum of squared deviations from the
    wanted lengths, found part by part over the beats.

    Returns
    -------
    one frame less than there are parts; None when no choice of beats leaves every part its least length
    """
    total = sum(part.share for part in parts)
    wanted = [len(film) * part.share / total for part in parts]
    inside = [beat for beat in beats if film.start < beat < film.stop]
    # reached[at] = (cost, cuts so far) of the best way to end the parts placed so far at frame ``at``
    reached: dict[int, tuple[float, list[int]]] = {film.start: (0.0, [])}
    for number, part in enumerate(parts):
        ends = [film.stop] if number == len(parts) - 1 else inside
        step: dict[int, tuple[float, list[int]]] = {}
        for end in ends:
            ways = [
                (cost + (end - start - wanted[number]) ** 2 / wanted[number], [*cuts, end])
                for start, (cost, cuts) in reached.items()
                if end - start >= part.least
            ]
            if ways:
                step[end] = min(ways, key=lambda way: way[0])
        reached = step
    return reached[film.stop][1][:-1] if film.stop in reached else None
