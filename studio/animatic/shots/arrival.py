"""The arrival: the other self walks in from beside the camera, out of focus, towards the open arms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.motion import grounded, walk
from studio.animatic.contact import SHADOW_TINT
from studio.animatic.double.sprite import DoubleSprite
from studio.animatic.double.stance import camera_for, turned_away
from studio.animatic.person import drift
from studio.animatic.scene import Painted, Scene, ease
from studio.animatic.shots import framing
from studio.animatic.shots.base import Footing
from studio.compose.blend import over, pad_patch, place_patch, shade
from studio.compose.lens import defocus_patch
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot

_WALK_FRAMES = 3
"""Film frames that share a drawing of the walk: out of focus ten a second are enough, and it is the dearest shot."""


class ArrivalShot(Footing):
    """The other self enters from beside the camera, large and out of focus, and walks towards the open arms."""

    START, END = 2.3, 1.14
    """How much nearer to the camera than the user: sizes relative to standing beside the user."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        clip = scene.analysis.size_px
        opening = framing.wide(scene.analysis.tracks, scene.analysis.take.open_arms, scene.opened, clip, scene.size_px)
        self.start, self.stop = opening, framing.zoom(opening, 1.05, clip)
        person = scene.opened
        # It comes from the side on which it will stand in the embrace.
        stand = scene.stand
        self.stature_px = person.stature_px * stand.stature_ratio
        self.side = stand.side
        # It stops beside an equal, so that the user's face stays free, and before a child's arms.
        self.apart_px = (0.10 if stand.stature_ratio < 0.9 else 0.72) * person.shoulder_px
        # The lens is held at breast height, so that is where the horizon lies.
        self.horizon_px = float(person.shoulder_mid_px[1] + 0.35 * (person.hip_mid_px[1] - person.shoulder_mid_px[1]))
        # Defocus hides what a smaller drawing lacks.
        self.drawn_px = min(self.stature_px * self.START * self.stop.scale * 0.6, 720 * scene.unit)
        self._step, self._sprite, self._foot_px = -1, None, (0.0, 0.0)

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        scene, t = self.scene, self.progress(film_frame)
        view = self.start.blend(self.stop, ease(t))
        position = self.position(film_frame)
        frame = self.see(position, view)
        step = (film_frame - self.shot.film.start) // _WALK_FRAMES
        sprite, foot_px = self._drawn(step)
        pace = _pace(t)
        nearness = 1 / (1 / self.START + (1 / self.END - 1 / self.START) * pace)
        person = scene.opened
        moved = drift(scene.analysis.tracks, position, person)
        ground = self.horizon_px + nearness * (person.ground_px - self.horizon_px) + moved[1]
        beside = self.side * (1 - pace) ** 1.2 * 0.62 * scene.size_px[0] / view.scale
        x = float(person.shoulder_mid_px[0]) + moved[0] + beside + self.side * self.apart_px
        foot = view.to_film(np.array([x, ground], np.float32))
        height = self.stature_px * nearness * view.scale
        scale = height / self.drawn_px
        blur = 0.0088 * scene.size_px[1] * max(0.0, nearness - 1.06)
        margin = int(blur) + 2
        near_film = (-margin, -margin, scene.size_px[0] + margin, scene.size_px[1] + margin)
        at = (float(foot[0]), float(foot[1]))
        placed = place_patch(Patch(sprite.patch, 0, 0), foot_px, at, scale, within=near_film)
        placed = defocus_patch(pad_patch(placed, margin), blur)
        if person.feet_seen:
            _ground_shadow(frame, foot, height, scene)
        over(frame, placed)
        return Painted(frame, (placed,))

    def _drawn(self, step: int) -> tuple[DoubleSprite, tuple[float, float]]:
        """The drawing of a step of the walk, and where its ground is; the arms rise on the last steps."""
        if step != self._step or self._sprite is None:
            double, age_years = self.scene.double, self.scene.look.age_years
            model, rest = double.model, double.rest
            frames = len(self.shot.film)
            t = min(1.0, step * _WALK_FRAMES / max(1, frames - 1))
            stride_hz = 1.02 if age_years < 14 else 0.72
            # Whole strides over the way, slowing with the pace: it comes to stand with both feet on the ground.
            strides = max(1, round(frames / float(self.scene.timeline.rate) * stride_hz))
            vigour = float(np.interp(age_years, [8, 25, 60, 80], [0.95, 0.85, 0.75, 0.55]))
            vigour *= 1 - 0.75 * ease((t - 0.7) / 0.3)
            rotations = walk(model, rest, strides * _pace(t), vigour, 0.75 * ease((t - 0.45) / 0.5))
            pose = turned_away(rest, rotations)
            raised = replace(pose, root_m=pose.root_m - np.array([0, grounded(model, rest, rotations), 0], np.float32))
            camera = camera_for(self.drawn_px)
            self._sprite, self._step = double.draw(camera, raised), step
            x, y = camera.project(pose.root_m)
            origin = self._sprite.anchors["origin"]
            self._foot_px = (float(x) + origin[0], float(y) + origin[1])
        return self._sprite, self._foot_px


def _pace(t: float) -> float:
    """Share of the way that is behind it: it slows down towards the user."""
    return 1 - (1 - t) ** 1.35


def _ground_shadow(frame: Frame, foot: NDArray, height: float, scene: Scene) -> None:
    """A soft pool under the feet, drawn away from the light, and a tight dark one where the soles touch."""
    import cv2

    away = -scene.analysis.light.direction[0] * 0.12 * height
    for half_w, half_h, blur, shift, strength in (
        (0.136 * height, 0.028 * height, 0.060 * height, away, 0.85),
        (0.060 * height, 0.010 * height, 0.009 * height, 0.0, 0.80),
    ):
        # So soft a thing needs few pixels: its blur is never more than a few of them.
        reduce = max(1.0, blur / 6)
        w, h = (max(4, int((2 * half + 6 * blur) / reduce)) for half in (half_w, half_h))
        mask = np.zeros((h, w), np.uint8)
        axes = (max(16, round(16 * half_w / reduce)), max(16, round(16 * half_h / reduce)))
        cv2.ellipse(mask, (w * 8, h * 8), axes, 0, 0, 360, 255, -1, cv2.LINE_AA, 4)
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.8, blur / reduce))
        x, y = float(foot[0] - w * reduce / 2 + shift), float(foot[1] - h * reduce / 2 - 0.008 * height)
        x0, y0 = max(0, int(x)), max(0, int(y))
        x1, y1 = min(frame.shape[1], int(x + w * reduce)), min(frame.shape[0], int(y + h * reduce))
        if x0 >= x1 or y0 >= y1:
            continue
        half = 0.5 * reduce - 0.5
        move = np.array([[reduce, 0, x - x0 + half], [0, reduce, y - y0 + half]], np.float32)
        shown = cv2.warpAffine(mask, move, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
        shade(frame, shown, x0, y0, strength, SHADOW_TINT)
