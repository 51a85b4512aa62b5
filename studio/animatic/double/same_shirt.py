"""One shirt in all views: what the double wears from behind must be what the re-aged person wears from the front.

From the front it is the user's own shirt, dyed; where that cannot be dyed (black, printed, a bare neckline: see
`garment.choose_dye`) it stays as filmed, so the double wears its colour too.  Decided once a film.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from studio.animatic.double.look import DoubleLook
from studio.animatic.face import reager as face_reager
from studio.animatic.face.crop import working_scale
from studio.animatic.face.mesh import pose_of
from studio.animatic.footage import FrameStore
from studio.animatic.shots.face_track import FaceTrack, sharpest
from studio.core.people import Tracks
from studio.core.settings import CloneSettings
from studio.core.timeline import Shot

FACES = ("glimpse", "reverse")
"""Shots that show the re-aged person from the front."""


def can_dye(
    store: FrameStore, tracks: Tracks, shots: Iterable[Shot], clone: CloneSettings, look: DoubleLook, sex: float
) -> bool:
    """Whether the user's shirt can be given the look's colour in every shot that shows it on the re-aged person."""
    for shot in shots:
        if shot.name not in FACES:
            continue
        track = FaceTrack(tracks, shot.source)
        if len(track.rows) == 0:
            continue
        row = sharpest(tracks, track.rows, awake=shot.name == "glimpse")  # the shots' own reference
        at = int(tracks.frame[row])
        if at not in store:
            continue
        face = track.at(at)
        found = face_reager.prepare(
            store.get(at),
            face,
            tracks.matte_at(at),
            from_years=clone.my_age_years,
            to_years=clone.age_years,
            sex=sex,
            rng=np.random.default_rng(0),  # folds do not matter here
            # as in the shots: at another size a shirt at the border of what can be dyed is judged otherwise
            scale=working_scale(pose_of(face, sex).ipd_px),
            garment_rgb=look.garment_rgb,
            striped=look.stripes,
        )
        if found.dye is None:
            return False
    return True
