"""The reverse angle: the other self's live face over the user's own shoulder.

The camera has gone round the two: the re-aged face is in focus, and in front of it, large and out of focus, stands the
user from behind, drawn by the same means as the double.  Left and right change places, so face, background and light
are mirrored; and a mirrored face is not the one of the shots before, which helps against a stare of twins.

No person is left in the background: it is a few wide blurs of what lies round the user, brighter where the light comes
from.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.contact import SHADOW_TINT
from studio.animatic.double.sprite import BackPose, draw_double
from studio.animatic.face import reager as face_reager
from studio.animatic.face.mesh import pose_of, steady
from studio.animatic.scene import Painted, Scene, drawing_light, ease
from studio.animatic.shots.base import Footing
from studio.compose.blend import crop_patch, lay_alpha, over, pad_patch, place_patch, shade
from studio.compose.lens import defocus, defocus_patch
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot

FACE_SHARE = (0.23, 0.36)
"""Least and wanted width of the face in the film."""
MOST_ENLARGED = 4.0
"""Film pixels per clip pixel in a film 1080 wide, as in the glimpse; a small face is shown smaller instead."""
_WORK_IPD_PX = 56
_BACK_BLUR = 0.013
"""Radius of the disc that the foreground is blurred with, as a share of the film's height."""


class ReverseShot(Footing):
    """See `Painter`."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        tracks = scene.analysis.tracks
        rows = np.flatnonzero((tracks.frame >= shot.source.start) & (tracks.frame < shot.source.stop))
        rows = rows[np.isfinite(tracks.face_px[rows, 0, 0])]
        if len(rows) == 0:
            rows = np.flatnonzero(np.isfinite(tracks.face_px[:, 0, 0]))[:1]
        self._frames = tracks.frame[rows].astype(np.float64)
        self._faces = steady(tracks.face_px[rows]) if len(rows) > 2 else tracks.face_px[rows]
        best = int(np.argmax(tracks.sharpness[rows]))
        at = float(tracks.frame[rows[best]])
        frame, face = scene.footage.at(at), self._faces[best]
        width = scene.size_px[0]
        self._rest_px = face[[33, 263], :2].mean(0)
        face_px = float(np.ptp(face[:468, 0]))
        least, wanted = (share * width / face_px for share in FACE_SHARE)
        self._enlarge = min(max(MOST_ENLARGED * width / 1080, least), wanted)
        pose = pose_of(face, scene.sex)
        worked = min(self._enlarge, max(1.0, _WORK_IPD_PX / pose.ipd_px), 2 * _WORK_IPD_PX / pose.ipd_px)
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
        # The user's head is on the side away from the other's: seen from behind, sides are exchanged.
        self.side = 1 if scene.held.tilt_deg <= 0 else -1
        self._room = _room(frame, tracks.matte_at(at), scene)
        self._back, self._pivot = self._drawn_back()

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        scene, t = self.scene, self.progress(film_frame)
        width, height = scene.size_px
        push = 1 + 0.035 * ease(t)
        seconds = film_frame / float(scene.timeline.rate)
        frame = self._background(push, t)
        face = self._clone(self.position(film_frame), push, seconds)
        over(frame, face)
        back = self._placed_back(push, t, seconds)
        _shadow(frame, back, scene)
        over(frame, back)
        return Painted(frame, (crop_patch(face, (width, height)), crop_patch(back, (width, height))))

    def _clone(self, position: float, push: float, seconds: float) -> Patch:
        """The re-aged head and shoulders on the film."""
        scene = self.scene
        width, height = scene.size_px
        landmarks = self._face(position)
        matte = scene.analysis.tracks.matte_at(position)
        patch = self._reager.apply(scene.footage.at(position), landmarks, matte)
        mirrored = np.ascontiguousarray(patch.rgba[:, ::-1])
        grow = self._enlarge / self._reager.scale
        eyes = landmarks[[33, 263], :2].mean(0)
        kept = self._rest_px + 0.15 * (eyes - self._rest_px)  # a little of the way the head went
        pivot = (
            mirrored.shape[1] - ((eyes[0] + 0.5) * self._reager.scale - patch.x_px),
            (eyes[1] + 0.5) * self._reager.scale - patch.y_px,
        )
        off = (kept - self._rest_px) * self._enlarge
        at = (
            width * (0.5 - 0.14 * self.side) - off[0],
            height * 0.385 + off[1] + 0.0012 * height * np.sin(2 * np.pi * seconds / 3.4),
        )
        near = (0, 0, width, height)
        tilt = 4.0 * self.side
        return place_patch(Patch(mirrored, 0, 0), pivot, at, grow * push, tilt, near)

    def _face(self, position: float) -> NDArray[np.float32]:
        """(478, 3) landmarks at a clip position, linear between the analysed frames."""
        right = int(np.clip(np.searchsorted(self._frames, position), 0, len(self._frames) - 1))
        left = max(0, right - 1)
        span = self._frames[right] - self._frames[left]
        t = float(np.clip((position - self._frames[left]) / span, 0, 1)) if span > 0 else 0.0
        return (self._faces[left] * (1 - t) + self._faces[right] * t).astype(np.float32)

    def _drawn_back(self) -> tuple[Patch, tuple[float, float]]:
        """The user from behind, out of focus; drawn once."""
        scene = self.scene
        height = scene.size_px[1]
        light = drawing_light(scene)
        x, y, z = light.direction
        mirrored = replace(light, direction=(-x, y, z))
        # a head nearer to the lens is larger than the one that it stands before
        head_film_px = 1.5 * self._face_film_px * 1.45
        pose = BackPose("embrace", lean_deg=2.0 * self.side, head_tilt_deg=-7.0 * self.side, arms_tucked=0.6)
        probe = draw_double(scene.own_look, pose, 200.0, mirrored, is_cropped=True)
        stature_px = head_film_px / (probe.head_height_px / 200.0)
        drawn_px = min(stature_px, 0.62 * stature_px + 300 * scene.unit, 1500 * scene.unit)
        sprite = draw_double(scene.own_look, pose, drawn_px, mirrored, is_cropped=True)
        grow = stature_px / drawn_px
        blur = _BACK_BLUR * height / grow
        patch = defocus_patch(pad_patch(Patch(sprite.patch, 0, 0), int(blur) + 2), blur)
        a = sprite.anchors
        pivot = (
            (a["left_shoulder"][0] + a["right_shoulder"][0]) / 2,
            (a["left_shoulder"][1] + a["right_shoulder"][1]) / 2,
        )
        self._grow = grow
        return patch, (pivot[0] - patch.x_px, pivot[1] - patch.y_px)

    def _placed_back(self, push: float, t: float, seconds: float) -> Patch:
        """The foreground: back of the head and one shoulder, drifting a little faster than what it stands before."""
        width, height = self.scene.size_px
        drift = (t - 0.5) * 0.02 * width * self.side
        sway = 0.4 * np.sin(2 * np.pi * seconds / 5.0)
        breath = 0.0025 * height * np.sin(2 * np.pi * seconds / 3.4 + 0.8)
        at = (width * (0.5 + 0.33 * self.side) + drift, 0.80 * height + breath)
        near = (0, 0, width, height)
        nearer = 1 + 1.6 * (push - 1)
        patch = Patch(self._back.rgba, 0, 0)
        return place_patch(patch, self._pivot, at, self._grow * nearer, sway, near)

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
        return cv2.warpAffine(self._room, move, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _room(frame: Frame, matte: NDArray[np.float32], scene: Scene) -> Frame:
    """The surroundings without the user, mirrored, far out of focus, at a sixth of the film's size."""
    import cv2

    size = (scene.size_px[0] // 6, scene.size_px[1] // 6)
    # the part of the clip behind the person's head and shoulders, as tall as the film
    person = scene.held
    span = min(frame.shape[0], 3.2 * person.shoulder_px * scene.size_px[1] / scene.size_px[0] * 0.75)
    top = float(np.clip(person.head_top_px - 0.25 * span, 0, frame.shape[0] - span))
    scale = size[1] / span
    move = np.array([[scale, 0, size[0] / 2 - scale * person.face_mid_px[0]], [0, scale, -scale * top]], np.float32)
    picture = cv2.warpAffine(frame, move, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT_101)
    factor = matte.shape[1] / frame.shape[1]
    move_matte = move.copy()
    move_matte[:, :2] /= factor
    cover = cv2.warpAffine(matte.astype(np.float32), move_matte, size, borderMode=cv2.BORDER_REFLECT_101)
    cover = cv2.dilate(cover, np.ones((7, 7), np.uint8))
    weight = np.clip(1 - 2.5 * cover, 0, 1)
    radius = 0.022 * size[1]
    filled = np.zeros((*weight.shape, 3), np.float32)
    left = np.ones(weight.shape, np.float32)
    linear = (picture.astype(np.float32) / 255) ** 2.2
    # Near colours first; wider and wider blurs fill what stays unknown behind the person.
    for sigma in (radius, 2.5 * radius, 6 * radius, 14 * radius):
        layer = cv2.GaussianBlur(np.dstack([linear * weight[..., None], weight]), (0, 0), sigma)
        known = np.clip(2 * layer[..., 3] - 0.1, 0, 1) * left
        filled += known[..., None] * layer[..., :3] / np.maximum(layer[..., 3:], 1e-3)
        left = left - known
    mean = (linear * weight[..., None]).sum((0, 1)) / max(float(weight.sum()), 1.0)
    filled += left[..., None] * mean
    shown = np.clip(255 * np.clip(filled, 0, 1) ** (1 / 2.2), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(defocus(shown, 1.4 * radius)[:, ::-1])


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
