"""Quality: numbers measured on the finished film, on its frames as they were drawn, and on where the double was put."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.animatic.build import Animatic
from studio.core.time import FrameRange
from studio.core.timeline import ShotName, Timeline
from studio.director.measures.bar import Bar
from studio.director.measures.card import score
from studio.director.measures.watch import ShotNumbers, Watch
from studio.media.read import Clip, open_clip
from studio.models import catalogue, shelf
from studio.vision.identity import Face, IdentityScore, score_identity

if TYPE_CHECKING:
    from studio.vision.film_faces import FilmFaces

_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Quality:
    """Parameters
    ----------
    user_face_in_hold, other_face_in_glimpse : share of sampled film frames in which the face mesh is found; None
    without the shot
    stature_ratio : the double to the user, as the age table has it
    stretch : how much the hands' height changed that in the embrace
    face_covered : share of the user's face oval under the double in the embrace
    hands_below_shoulders : how far the user's folded hands lie under the double's shoulder line, in its shoulder
        widths; negative when they lie on its neck or head; None in an open-arms take
    identity, identity_method : how much the other self's face in the film is like the user's, 0 to 1, and what
    measured it
    bars : what was asked of the embrace, and whether it was met
    shots : what was measured of each shot
    """

    stature_ratio: float | None = None
    stretch: float | None = None
    face_covered: float | None = None
    hands_below_shoulders: float | None = None
    user_face_in_hold: float | None = None
    other_face_in_glimpse: float | None = None
    identity: float | None = None
    identity_method: str | None = None
    bars: tuple[Bar, ...] = ()
    shots: tuple[ShotNumbers, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For the report."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values = {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}
        return {
            **values,
            "bars": [bar.as_dict() for bar in self.bars],
            "shots": [shot.as_dict() for shot in self.shots],
        }


def judge_plan(animatic: Animatic) -> Quality:
    """Where the double stands, from one painted frame of the hold."""
    from studio.animatic.shots.held import embracing

    shot = animatic.scene.timeline.named("hold")
    if shot is None:
        return Quality()
    painter = embracing(animatic.scene, shot)
    middle = (shot.film.start + shot.film.stop) // 2
    return Quality(
        stature_ratio=painter.stand.stature_ratio,
        stretch=painter.stand.stretch,
        face_covered=painter.face_covered(middle),
        hands_below_shoulders=painter.hands_below_shoulders(),
    )


def judge_embrace(quality: Quality, watch: Watch) -> Quality:
    """Every measure of the embrace, from the frames as they were drawn; the footage must still be open."""
    from studio.vision.film_faces import FilmFaces

    with FilmFaces() as seeker:
        return replace(quality, bars=score(watch, seeker), shots=watch.shots)


def judge_film(quality: Quality, video: Path, timeline: Timeline) -> Quality:
    """Look for the faces in the film itself, as a viewer's eye would."""
    from studio.vision.film_faces import FilmFaces

    film = open_clip(video)
    with FilmFaces() as finder:
        held = _faces(film, finder, timeline, "hold")
        other = _faces(film, finder, timeline, "glimpse")
        own = _faces(film, finder, timeline, "open") or held
    score = _identity(own or [], other or [])
    return replace(
        quality,
        user_face_in_hold=_share(held),
        other_face_in_glimpse=_share(other),
        identity=score.value if score else None,
        identity_method=score.method if score else None,
    )


def _faces(film: Clip, finder: FilmFaces, timeline: Timeline, name: ShotName) -> list[Face | None] | None:
    """A face, or None, for each of a few frames of a shot."""
    shot = timeline.named(name)
    if shot is None:
        return None
    edge = min(12, len(shot.film) // 4)  # the picture fades at both ends of the film
    first, last = shot.film.start + edge, shot.film.stop - 1 - 2 * edge
    found: list[Face | None] = []
    for number in sorted({int(n) for n in np.linspace(first, max(first, last), _SAMPLES).round()}):
        frame = next(film.frames(FrameRange(number, number + 1)))
        mesh = finder.find(frame)
        found.append(None if mesh is None else Face(mesh, frame))
    return found


def _share(faces: list[Face | None] | None) -> float | None:
    return None if faces is None else sum(face is not None for face in faces) / len(faces)


def _identity(own: Sequence[Face | None], other: Sequence[Face | None]) -> IdentityScore | None:
    """The best-matching pair; insightface where its weights lie on the shelf and their licence was accepted."""
    pairs = [(a, b) for a in own if a is not None for b in other if b is not None]
    if not pairs:
        return None
    entry = catalogue.get("buffalo_l")
    weights = shelf.path("buffalo_l") if shelf.present(entry) and shelf.accepted(entry) else None
    scores = [
        score_identity(a, b, weights=weights, licence_accepted=weights is not None)
        for a, b in pairs[:: max(1, len(pairs) // 4)]
    ]
    return max(scores, key=lambda score: score.value)
