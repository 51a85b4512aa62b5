"""Quality: numbers measured on the finished film, and on where the double was put."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.animatic.build import Animatic
from studio.core.time import FrameRange
from studio.core.timeline import ShotName, Timeline
from studio.media.read import Clip, open_clip

if TYPE_CHECKING:
    from studio.vision.film_faces import FilmFaces

_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Quality:
    """Parameters
    ----------
    user_face_in_hold, other_face_in_glimpse : share of sampled film frames in which the face mesh is found; None without the shot
    stature_ratio : the double to the user, as the age table has it
    stretch : how much the hands' height changed that in the embrace
    face_covered : share of the user's face oval under the double in the embrace
    """

    stature_ratio: float | None = None
    stretch: float | None = None
    face_covered: float | None = None
    user_face_in_hold: float | None = None
    other_face_in_glimpse: float | None = None

    def as_dict(self) -> dict[str, float | None]:
        """For the report."""
        names = ("stature_ratio", "stretch", "face_covered", "user_face_in_hold", "other_face_in_glimpse")
        return {name: None if (value := getattr(self, name)) is None else round(float(value), 3) for name in names}


def judge_plan(animatic: Animatic) -> Quality:
    """Where the double stands, from one painted frame of the hold."""
    from studio.animatic.shots import EmbraceShot

    shot = animatic.scene.timeline.named("hold")
    if shot is None:
        return Quality()
    painter = EmbraceShot(animatic.scene, shot)
    middle = (shot.film.start + shot.film.stop) // 2
    return Quality(
        stature_ratio=painter.stand.stature_ratio, stretch=painter.stand.stretch, face_covered=painter.face_covered(middle)
    )


def judge_film(quality: Quality, video: Path, timeline: Timeline) -> Quality:
    """Look for the faces in the film itself, as a viewer's eye would."""
    from studio.vision.film_faces import FilmFaces

    film = open_clip(video)
    with FilmFaces() as finder:
        return replace(
            quality,
            user_face_in_hold=_share_with_face(film, finder, timeline, "hold"),
            other_face_in_glimpse=_share_with_face(film, finder, timeline, "glimpse"),
        )


def _share_with_face(film: Clip, finder: FilmFaces, timeline: Timeline, name: ShotName) -> float | None:
    shot = timeline.named(name)
    if shot is None:
        return None
    edge = min(12, len(shot.film) // 4)  # the picture fades at both ends of the film
    first, last = shot.film.start + edge, shot.film.stop - 1 - 2 * edge
    numbers = sorted({int(n) for n in np.linspace(first, max(first, last), _SAMPLES).round()})
    found = 0
    for number in numbers:
        frame = next(film.frames(FrameRange(number, number + 1)))
        found += finder.find(frame) is not None
    return found / len(numbers)
