"""The glimpse as a shot of the film: the user's own best seconds of face, re-aged, in a print that comes alive."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.paced import Paced
from studio.animatic.face.portrait import prepare_glimpse
from studio.animatic.scene import Painted, Scene
from studio.animatic.shots.base import Footing
from studio.animatic.shots.face_track import FaceTrack, eyes_px, sharpest
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot


class GlimpseShot(Footing):
    """See `Painter`.  The face is followed through the shot on landmarks smoothed over time."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        tracks = scene.analysis.tracks
        shown = (self.position(film_frame) for film_frame in shot.film)
        self._track = FaceTrack(tracks, shot.source, scene.footage, shown)
        rows = self._track.rows
        best = sharpest(tracks, rows, awake=True)
        at = float(tracks.frame[best])
        self._rest_px = eyes_px(self._track.at(at))
        clone = scene.preset.clone
        self._glimpse = prepare_glimpse(
            *self._still(at)[:3],
            background=None,
            size_px=scene.size_px,
            from_years=clone.my_age_years,
            to_years=clone.age_years,
            sex=scene.sex,
            rng=scene.rng(17),
            garment_rgb=scene.look.garment_rgb,
            striped=scene.look.stripes,
        )
        self._paced = Paced(
            self._glimpse.reager,
            shot.film.start,
            lambda film_frame: self._still(self.position(film_frame)),
            lambda film_frame: self._held(self.position(film_frame))[0],
        )

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`: all of it may be drawn again by an engine."""
        patch, _, moved = self._paced.at(film_frame)
        frame = self._glimpse.laid(patch, self.progress(film_frame), moved)
        whole = np.full((*frame.shape[:2], 4), 255, np.uint8)
        return Painted(frame, (Patch(whole, 0, 0),))

    def _still(self, position: float) -> tuple[Frame, NDArray[np.float32], NDArray[np.float32], tuple[float, float]]:
        """Clip frame, face, matte and shift: the head keeps its place in the print while the user jumps or walks."""
        face, shift = self._held(position)
        matte = self.scene.analysis.tracks.matte_at(position)
        return self.scene.footage.at(position), face, matte, (float(shift[0]), float(shift[1]))

    def _held(self, position: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Landmarks at their place in the print, and how far they were moved there."""
        face = self._track.at(position)
        shift = 0.85 * (self._rest_px - eyes_px(face))  # a little life is left
        face[:, :2] += shift
        return face, shift
