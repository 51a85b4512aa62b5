"""The reverse angle: the other self's live face over the user's own shoulder.

The camera has gone round the two: the re-aged face is in focus, and in front of it, large and out of focus, stands the
user from behind, drawn by the same means as the double, with its arms round them.  Left and right change places, so
face, background and light are mirrored; and a mirrored face is not the one of the shots before, which helps against a
stare of twins.

No person is left in the background: it is a few wide blurs of what lies round the user, brighter where the light comes
from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.contact import SHADOW_TINT
from studio.animatic.face import reager as face_reager
from studio.animatic.face.crop import working_scale
from studio.animatic.face.mesh import CHIN, pose_of
from studio.animatic.face.paced import Paced
from studio.animatic.scene import Painted, Scene, ease
from studio.animatic.shots.base import Footing
from studio.animatic.shots.face_track import FaceTrack, eyes_px
from studio.animatic.shots.own_back import own_back
from studio.animatic.shots.surroundings import surroundings
from studio.compose.blend import crop_patch, lay_alpha, over, place_patch, shade
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot

FACE_SHARE = (0.23, 0.36)
"""Least and wanted width of the face in the film."""
MOST_ENLARGED = 4.0
"""Film pixels per clip pixel in a film 1080 wide, as in the glimpse; a small face is shown smaller instead."""
_CUT_LIGHT = 0.55
"""Light left on the chest where the footage's lower edge cut it."""
_MOST_LOWER = 0.10
"""How far the foreground may be lowered to free the face, in heights of the film."""
_NEARER = 1.35
"""How much larger the user's head is than the face beyond it."""


class ReverseShot(Footing):
    """See `Painter`."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        import cv2

        super().__init__(scene, shot)
        tracks = scene.analysis.tracks
        shown = (self.position(film_frame) for film_frame in shot.film)
        self._track = FaceTrack(tracks, shot.source, scene.footage, shown)
        best = int(np.argmax(tracks.sharpness[self._track.rows]))
        at = float(tracks.frame[self._track.rows[best]])
        frame, face = scene.footage.at(at), self._track.faces_px[best]
        width = scene.size_px[0]
        self._rest_px = eyes_px(face)
        face_px = float(np.ptp(face[:468, 0]))
        least, wanted = (share * width / face_px for share in FACE_SHARE)
        self._enlarge = min(max(MOST_ENLARGED * width / 1080, least), wanted)
        pose = pose_of(face, scene.sex)
        worked = working_scale(pose.ipd_px)
        clone = scene.preset.clone
        self._reager = face_reager.prepare(
            frame,
            face,
            tracks.matte_at(at),
            from_years=clone.my_age_years,
            to_years=clone.age_years,
            sex=scene.sex,
            rng=scene.rng(31),
            scale=worked,
            garment_rgb=scene.look.garment_rgb,
            striped=scene.look.stripes,
        )
        self._face_film_px = face_px * self._enlarge
        self._paced = Paced(self._reager, shot.film.start, self._shown, lambda n: self._track.at(self.position(n)))
        self._whole: tuple[Patch, NDArray[np.uint8]] | None = None
        # The user's head is on the side away from the other's: seen from behind, sides are exchanged.
        self.side = 1 if scene.held.tilt_deg <= 0 else -1
        # Enlarged smoothly once, so that a frame can do with less.
        room = surroundings(frame, tracks.matte_at(at), scene)
        self._room = cv2.resize(room, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        self._lower_px = 0.0
        self._back = own_back(scene, _NEARER * 1.5 * self._face_film_px, self.side)
        self._lower_px = self._freeing(float(face[CHIN, 1] - self._rest_px[1]) * self._enlarge)

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        scene, t = self.scene, self.progress(film_frame)
        width, height = scene.size_px
        push = 1 + 0.035 * ease(t)
        seconds = film_frame / float(scene.timeline.rate)
        frame = self._background(push, t)
        face = self._clone(film_frame, push, seconds)
        over(frame, face)
        back = self._placed_back(push, t, seconds)
        _shadow(frame, back, scene)
        over(frame, back)
        return Painted(frame, (crop_patch(face, (width, height)), crop_patch(back, (width, height))))

    def _shown(self, film_frame: int) -> tuple[Frame, NDArray[np.float32], NDArray[np.float32], tuple[float, float]]:
        """What is re-aged at a film frame, see `Paced`."""
        position = self.position(film_frame)
        matte = self.scene.analysis.tracks.matte_at(position)
        return self.scene.footage.at(position), self._track.at(position), matte, (0.0, 0.0)

    def _freeing(self, chin_px: float) -> float:
        """Film pixels by which the foreground is lowered so that the mouth and chin stay free.

        ``chin_px`` : how far the chin lies under the eyes on the film
        """
        width, height = self.scene.size_px
        layer = self._placed_back(1.0, 0.5, 0.0)
        middle, half = width * (0.5 - 0.16 * self.side), 0.22 * self._face_film_px
        columns = slice(max(0, round(middle - half) - layer.x_px), max(1, round(middle + half) - layer.x_px))
        rows = np.flatnonzero((layer.rgba[:, columns, 3] > 60).any(1)) if layer.rgba.size else np.zeros(0, int)
        if len(rows) == 0:
            return 0.0
        return float(np.clip(0.40 * height + chin_px - (rows[0] + layer.y_px), 0, _MOST_LOWER * height))

    def _mirrored(self, patch: Patch, landmarks: NDArray) -> NDArray[np.uint8]:
        """The re-aged person, mirrored, with more chest below; put together once for each re-aged picture."""
        import cv2

        if self._whole is None or self._whole[0] is not patch:
            scale = self._reager.scale
            ipd = float(np.linalg.norm(landmarks[33, :2] - landmarks[263, :2])) * 0.72 * scale
            below = (eyes_px(landmarks)[1] + 0.5) * scale - patch.y_px
            chest = slice(round(below + 2.9 * ipd), round(below + 3.7 * ipd))
            self._whole = (patch, _longer(cv2.flip(patch.rgba, 1), chest))
        return self._whole[1]

    def _clone(self, film_frame: int, push: float, seconds: float) -> Patch:
        """The re-aged head and shoulders on the film."""
        width, height = self.scene.size_px
        patch, landmarks, moved = self._paced.at(film_frame)
        mirrored = self._mirrored(patch, landmarks)
        # what the head has turned and grown since it was re-aged, seen in the mirror
        turned = -float(np.degrees(np.arctan2(moved[1, 0], moved[0, 0])))
        grow = self._enlarge / self._reager.scale * float(np.hypot(moved[0, 0], moved[1, 0]))
        eyes = eyes_px(landmarks)
        now = moved[:, :2] @ eyes + moved[:, 2]
        kept = self._rest_px + 0.15 * (now - self._rest_px)  # a little of the way the head went
        pivot = (
            mirrored.shape[1] - ((eyes[0] + 0.5) * self._reager.scale - patch.x_px),
            (eyes[1] + 0.5) * self._reager.scale - patch.y_px,
        )
        off = (kept - self._rest_px) * self._enlarge
        at = (
            width * (0.5 - 0.16 * self.side) - off[0],
            height * 0.40 + off[1] + 0.0012 * height * np.sin(2 * np.pi * seconds / 3.4),
        )
        near = (0, 0, width, height)
        tilt = 4.0 * self.side + turned
        return place_patch(Patch(mirrored, 0, 0), pivot, at, grow * push, tilt, near)

    def _placed_back(self, push: float, t: float, seconds: float) -> Patch:
        """The foreground: back of the head and one shoulder, drifting a little faster than what it stands before."""
        width, height = self.scene.size_px
        drift = (t - 0.5) * 0.02 * width * self.side
        sway = 0.4 * np.sin(2 * np.pi * seconds / 5.0)
        breath = 0.0025 * height * np.sin(2 * np.pi * seconds / 3.4 + 0.8)
        at = (width * (0.5 + 0.24 * self.side) + drift, 0.60 * height + self._lower_px + breath)
        near = (0, 0, width, height)
        nearer = 1 + 1.6 * (push - 1)
        back = self._back
        return place_patch(Patch(back.rgba, 0, 0), back.pivot_px, at, back.grow * nearer, sway, near)

    def _background(self, push: float, t: float) -> Frame:
        """The blurred surroundings, drifting against the foreground."""
        import cv2

        width, height = self.scene.size_px
        fill = 1.10 * (1 + 0.3 * (push - 1))
        scale = fill * max(width / self._room.shape[1], height / self._room.shape[0])
        dx = -(t - 0.5) * 0.012 * width * self.side
        move = np.array(
            [
                [scale, 0, width / 2 - scale * self._room.shape[1] / 2 + dx],
                [0, scale, height / 2 - scale * self._room.shape[0] / 2],
            ],
            np.float32,
        )
        return cv2.warpAffine(
            self._room, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )


def _longer(rgba: NDArray[np.uint8], chest: slice) -> NDArray[np.uint8]:
    """The patch with more chest below its cut edge: what shows of it beside the user's shoulder is cloth in shadow.

    Parameters
    ----------
    chest : rows of plain cloth; their tone goes on below the cut, darker and darker, inside the cut's outline
    """
    import cv2

    height = rgba.shape[0]
    solid = np.flatnonzero(rgba[..., 3].max(1) > 200)
    cut = int(solid[-1]) - max(2, height // 100) if len(solid) else height - 1
    top = min(chest.start, cut - 2)
    strip = rgba[top : min(chest.stop, cut)]
    known = strip[..., 3] > 200
    cloth = strip[..., :3].astype(np.float32)
    # One tone across: a pattern that is mirrored again and again would be seen.
    tone = (cloth * known[..., None]).sum((0, 1)) / max(1, known.sum())
    column = (cloth * known[..., None]).sum(0) / np.maximum(known.sum(0), 1)[:, None]
    column = np.where(known.any(0)[:, None], column, tone)
    column = cv2.GaussianBlur(column[None], (0, 0), 0.05 * rgba.shape[1])[0]
    # What is covered stays covered further down: no daylight under an arm that was filmed wide open.
    above = rgba[top:cut].astype(np.float32)
    cover = np.maximum.accumulate(above[..., 3], axis=0)
    above[..., :3] += column[None] * (cover - above[..., 3])[..., None] / 255
    above[..., 3] = cover
    more = round(0.6 * height)
    low = column[None] * np.linspace(_CUT_LIGHT, 0.25, more, dtype=np.float32)[:, None, None]
    below = cv2.GaussianBlur(np.repeat(cover[-1:], more, 0) / 255, (0, 0), 0.015 * height)
    added = np.dstack([low * below[..., None], 255 * below])
    out = np.concatenate([rgba[:top], np.clip(np.concatenate([above, added]), 0, 255).astype(np.uint8)])
    # Between two who hold each other it is dark: no step is seen at the cut.
    t = np.linspace(0, 1, cut - top, dtype=np.float32)
    shade = 1 - (1 - _CUT_LIGHT) * t * t * (3 - 2 * t)
    out[top:cut, :, :3] = (out[top:cut, :, :3] * shade[:, None, None]).astype(np.uint8)
    return out


def _shadow(frame: Frame, back: Patch, scene: Scene) -> None:
    """The user stands close before the other: a soft shadow round the foreground, a quarter of the size."""
    import cv2

    height, width = frame.shape[:2]
    small = (width // 4, height // 4)
    alpha = np.zeros((height, width), np.uint8)
    lay_alpha(alpha, back)
    alpha = cv2.resize(alpha, small, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(alpha, (0, 0), 0.02 * height / 4)
    shade(frame, cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), 0, 0, 0.45, SHADOW_TINT)
