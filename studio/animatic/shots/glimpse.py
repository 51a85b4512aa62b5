"""The glimpse as a shot of the film: the user's own best seconds of face, re-aged, in a print that comes alive."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.portrait import prepare_glimpse
from studio.animatic.scene import Painted, Scene
from studio.animatic.shots.base import Footing
from studio.animatic.shots.face_track import FaceTrack, eyes_px
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot


class GlimpseShot(Footing):
    """See `Painter`.  The face is followed through the shot on landmarks smoothed over time."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        tracks = scene.analysis.tracks
        self._track = FaceTrack(tracks, shot.source)
        rows = self._track.rows
        best = int(rows[int(np.argmax(tracks.sharpness[rows] * _opened(tracks.face_px[rows])))])
        at = float(tracks.frame[best])
        self._rest_px = eyes_px(self._track.at(at))
        clone = scene.preset.clone
        self._glimpse = prepare_glimpse(
            *self._still(at),
            background=None,
            size_px=scene.size_px,
            from_years=clone.my_age_years,
            to_years=clone.age_years,
            sex=scene.sex,
            rng=scene.rng(17),
            garment_rgb=scene.look.garment_rgb,
            striped=scene.look.stripes,
        )

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`: all of it may be drawn again by an engine."""
        frame = self._glimpse.frame(*self._still(self.position(film_frame)), self.progress(film_frame))
        whole = np.full((*frame.shape[:2], 4), 255, np.uint8)
        return Painted(frame, (Patch(whole, 0, 0),))

    def _still(self, position: float) -> tuple[Frame, NDArray[np.float32], NDArray[np.float32]]:
        """Clip frame, face and matte, moved so that the head keeps its place in the print while the user jumps or
        walks."""
        import cv2

        frame = self.scene.footage.at(position)
        face = self._track.at(position)
        matte = self.scene.analysis.tracks.matte_at(position)
        shift = 0.85 * (self._rest_px - eyes_px(face))  # a little life is left
        if np.abs(shift).max() < 0.5:
            return frame, face, matte
        move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
        frame = cv2.warpAffine(frame, move, frame.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        move[:, 2] *= matte.shape[1] / frame.shape[1]
        matte = cv2.warpAffine(matte, move, matte.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        face = face.copy()
        face[:, :2] += shift
        return frame, face, matte


def _opened(faces_px: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) how far the lids are apart, against the width of the eyes."""
    lids = np.linalg.norm(faces_px[:, [159, 386], :2] - faces_px[:, [145, 374], :2], axis=2).mean(1)
    eyes = np.linalg.norm(faces_px[:, [33, 263], :2] - faces_px[:, [133, 362], :2], axis=2).mean(1)
    return np.clip(lids / np.maximum(eyes, 1e-3), 0.02, 0.4)
