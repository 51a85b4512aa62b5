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

from studio.animatic.age import stature_ratio
from studio.animatic.arms.wrap import wrap_arms
from studio.animatic.contact import SHADOW_TINT
from studio.animatic.double.figure import build_of
from studio.animatic.double.sprite import BackPose, draw_double
from studio.animatic.face import reager as face_reager
from studio.animatic.face.mesh import pose_of, steady
from studio.animatic.scene import Painted, Scene, drawing_light, ease
from studio.animatic.shots.base import Footing
from studio.compose.blend import crop_patch, lay_alpha, over, overlap, pad_patch, place_patch, shade
from studio.compose.lens import defocus
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot

FACE_SHARE = (0.23, 0.36)
"""Least and wanted width of the face in the film."""
MOST_ENLARGED = 4.0
"""Film pixels per clip pixel in a film 1080 wide, as in the glimpse; a small face is shown smaller instead."""
_WORK_IPD_PX = 56
_CUT_LIGHT = 0.55
"""Light left on the chest where the footage's lower edge cut it."""
_NEARER = 1.35
"""How much larger the user's head is than the face beyond it."""
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
        grow = self._enlarge / self._reager.scale
        eyes = landmarks[[33, 263], :2].mean(0)
        ipd = float(np.linalg.norm(landmarks[33, :2] - landmarks[263, :2])) * 0.72 * self._reager.scale
        below = (eyes[1] + 0.5) * self._reager.scale - patch.y_px
        chest = slice(round(below + 2.9 * ipd), round(below + 3.7 * ipd))
        mirrored = _longer(np.ascontiguousarray(patch.rgba[:, ::-1]), chest)
        kept = self._rest_px + 0.15 * (eyes - self._rest_px)  # a little of the way the head went
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
        tilt = 4.0 * self.side
        return place_patch(Patch(mirrored, 0, 0), pivot, at, grow * push, tilt, near)

    def _face(self, position: float) -> NDArray[np.float32]:
        """(478, 3) landmarks at a clip position, linear between the analysed frames."""
        right = int(np.clip(np.searchsorted(self._frames, position), 0, len(self._frames) - 1))
        left = max(0, right - 1)
        span = self._frames[right] - self._frames[left]
        t = float(np.clip((position - self._frames[left]) / span, 0, 1)) if span > 0 else 0.0
        return (self._faces[left] * (1 - t) + self._faces[right] * t).astype(np.float32)

    def _drawn_back(self) -> tuple[list[Patch], tuple[float, float]]:
        """The user from behind and the other's arms round them, out of focus, drawn once; and where the middle of the
        shoulder line is in them."""
        scene = self.scene
        light = drawing_light(scene)
        x, y, z = light.direction
        light = replace(light, direction=(-x, y, z))
        own, clone = scene.own_look, scene.preset.clone
        pose = BackPose(
            "embrace", lean_deg=2.0 * self.side, head_tilt_deg=-6.0 * self.side, arms_wide=0.9, arms_tucked=0.1
        )
        build = build_of(clone.my_age_years, scene.sex)
        stature_px = _NEARER * _head_px(self._face_film_px) / build.head
        drawn_px = min(stature_px, 1500 * scene.unit)
        self._grow = stature_px / drawn_px
        sprite = draw_double(own, pose, drawn_px, light, is_cropped=True)
        left, right = sprite.anchors["left_shoulder"], sprite.anchors["right_shoulder"]
        pivot = (0.5 * (left[0] + right[0]), 0.5 * (left[1] + right[1]))
        canvas = np.array(sprite.patch)
        # The other's size against the user's, for its arms come round the same back.
        other = build_of(clone.age_years, scene.sex)
        other_px = drawn_px * min(
            1.0, stature_ratio(clone.age_years, scene.sex) / stature_ratio(clone.my_age_years, scene.sex)
        )
        half = 0.5 * sprite.shoulder_width_px / other_px
        elbows = np.array([[-1.25 * half, 0.13], [1.25 * half, 0.15]])
        bare = scene.look.garment == "tee"
        sleeve = scene.look.skin_rgb if bare else scene.look.garment_rgb
        arms = wrap_arms(elbows, half, other, sleeve, bare, scene.look.skin_rgb, other_px, light, scene.rng(37))
        margin = round(_BACK_BLUR * scene.size_px[1] / self._grow) + 2
        whole = pad_patch(Patch(canvas, 0, 0), margin)
        frame = np.ascontiguousarray(whole.rgba)
        for layer in arms.layers:
            at = (
                round(pivot[0] - arms.pivot_px[0]) - whole.x_px,
                round(pivot[1] + 0.03 * drawn_px - arms.pivot_px[1]) - whole.y_px,
            )
            # It comes round the trunk, from under the user's own arm.
            across = np.abs(np.arange(layer.shape[1]) - arms.pivot_px[0])
            kept = np.clip((1.14 * build.chest_half * drawn_px - across) / (0.03 * drawn_px) + 0.5, 0, 1)
            arm = Patch((layer * kept[None, :, None]).astype(np.uint8), *at)
            _shade_below(frame, arm, 0.012 * drawn_px)
            _lay(frame, arm)
        return [Patch(defocus(frame, margin - 2), 0, 0)], (pivot[0] - whole.x_px, pivot[1] - whole.y_px)

    def _placed_back(self, push: float, t: float, seconds: float) -> Patch:
        """The foreground: back of the head and one shoulder, drifting a little faster than what it stands before."""
        width, height = self.scene.size_px
        drift = (t - 0.5) * 0.02 * width * self.side
        sway = 0.4 * np.sin(2 * np.pi * seconds / 5.0)
        breath = 0.0025 * height * np.sin(2 * np.pi * seconds / 3.4 + 0.8)
        at = (width * (0.5 + 0.20 * self.side) + drift, 0.615 * height + breath)
        near = (0, 0, width, height)
        nearer = 1 + 1.6 * (push - 1)
        return place_patch(self._back[0], self._pivot, at, self._grow * nearer, sway, near)

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


def _longer(rgba: NDArray[np.uint8], chest: slice) -> NDArray[np.uint8]:
    """The patch with more chest below its cut edge: what shows of it beside the user's shoulder is cloth in shadow.

    Parameters
    ----------
    chest : rows of plain cloth; they are mirrored again and again below the cut, softer and darker, inside the outline
        that the cut has
    """
    import cv2

    height = rgba.shape[0]
    solid = np.flatnonzero(rgba[..., 3].max(1) > 200)
    cut = int(solid[-1]) - max(2, height // 100) if len(solid) else height - 1
    outline = np.median(rgba[max(0, cut - max(4, height // 12)) : cut, :, 3], axis=0) > 127
    inside = np.flatnonzero(outline)
    if len(inside):  # no gaps between arm and trunk
        outline[inside[0] : inside[-1] + 1] = True
    strip = rgba[min(chest.start, cut - 2) : min(chest.stop, cut)]
    known = strip[..., 3] > 200
    cloth = strip[..., :3].astype(np.float32)
    # Beside the trunk a row goes on as it is on the trunk.
    row = (cloth * known[..., None]).sum(1, keepdims=True) / np.maximum(known.sum(1), 1)[:, None, None]
    cloth = np.where(known[..., None], cloth, row)
    more = round(0.6 * height)
    period = np.concatenate([cloth[::-1], cloth])
    low = period[np.arange(more) % len(period)] * np.linspace(_CUT_LIGHT, 0.25, more, dtype=np.float32)[:, None, None]
    soft = 0.006 * height
    low = cv2.GaussianBlur(low, (0, 0), soft)
    cover = cv2.GaussianBlur(np.tile(outline.astype(np.float32), (more, 1)), (0, 0), soft)
    added = np.dstack([low * cover[..., None], 255 * cover])
    out = np.concatenate([rgba[:cut], np.clip(added, 0, 255).astype(np.uint8)])
    # Between two who hold each other it is dark: no step is seen at the cut.
    top = min(chest.start, cut - 2)
    t = np.linspace(0, 1, cut - top, dtype=np.float32)
    shade = 1 - (1 - _CUT_LIGHT) * t * t * (3 - 2 * t)
    out[top:cut, :, :3] = (out[top:cut, :, :3] * shade[:, None, None]).astype(np.uint8)
    return out


def _head_px(face_film_px: float) -> float:
    """Height of a grown-up head whose face has that width."""
    return 1.5 * face_film_px


def _shade_below(below: NDArray[np.uint8], patch: Patch, reach_px: float) -> None:
    """What an arm takes of the light on the back that it lies on, in place."""
    import cv2

    alpha = np.zeros(below.shape[:2], np.uint8)
    lay_alpha(alpha, patch)
    move = np.array([[1, 0, 0], [0, 1, reach_px]], np.float32)
    soft = cv2.GaussianBlur(cv2.warpAffine(alpha, move, alpha.shape[::-1]), (0, 0), reach_px)
    left = cv2.cvtColor(cv2.convertScaleAbs(soft, alpha=-0.5, beta=255), cv2.COLOR_GRAY2RGB)
    below[..., :3] = cv2.multiply(np.ascontiguousarray(below[..., :3]), left, scale=1 / 255)


def _lay(below: NDArray[np.uint8], patch: Patch) -> None:
    """Premultiplied "over" of one layer on another, in place."""
    found = overlap(below.shape, *patch.rgba.shape[:2], patch.x_px, patch.y_px)
    if found is None:
        return
    (x0, y0, x1, y1), (u0, v0, u1, v1) = found
    part = patch.rgba[v0:v1, u0:u1].astype(np.uint16)
    through = 255 - part[..., 3:]
    below[y0:y1, x0:x1] = np.minimum(part + (below[y0:y1, x0:x1] * through + 127) // 255, 255).astype(np.uint8)


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
    radius = 0.016 * size[1]
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
