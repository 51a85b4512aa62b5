"""The arrival: the other self walks in from beside the camera, out of focus, towards the open arms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.motion import grounded, walk
from studio.animatic.contact import SHADOW_TINT, matte_on_film
from studio.animatic.double.sprite import DoubleSprite
from studio.animatic.double.stance import camera_for, turned_away
from studio.animatic.person import drift
from studio.animatic.scene import Painted, Scene, ease
from studio.animatic.shots import framing
from studio.animatic.shots.base import Footing
from studio.compose.blend import crop_patch, lay_alpha, over, pad_patch, place_patch, shade
from studio.compose.lens import defocus_patch
from studio.compose.match import Texture
from studio.compose.noise import noise_level
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot

Point = tuple[float, float]

_TILE = 512
_CRISP_PX, _PER_SIGMA = 2.2, 2.5
_LEAST_NOISE = 0.8
"""Grey levels; a finer grain cannot be told from rounding, and rounding would make it coarser."""
_LENS_AWAY, _LENS_HEIGHT = 3.2, 0.7
"""Where the lens stands for the drawing, in statures: nearer or higher, and it would look down on the shoes."""
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
        # Soft and grainy as the user is, measured in the middle of the shot.
        middle = (shot.film.start + shot.film.stop) // 2
        view, position = self.start.blend(self.stop, ease(self.progress(middle))), self.position(middle)
        matte = matte_on_film(scene.analysis.tracks.matte_at(position), view, clip[0])
        self._texture = Texture.of(self.see(position, view), matte > 160, view.scale)
        self._grain = _grain(self._texture.noise, view.scale, scene.rng(43))

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._composed(film_frame)[0]

    def explain(self, film_frame: int) -> Painted:
        """See `Painter`."""
        painted, own = self._composed(film_frame, explain=True)
        assert own is not None  # noqa: S101 - it was asked for
        touched = np.where((painted.frame != own).any(axis=2), 255, 0).astype(np.uint8)
        for layer in painted.drawn:
            lay_alpha(touched, Patch(np.where(layer.rgba > 0, 255, 0).astype(np.uint8), layer.x_px, layer.y_px))
        return replace(painted, own=own, touched=touched)

    def _composed(self, film_frame: int, *, explain: bool = False) -> tuple[Painted, Frame | None]:
        """The frame, and when asked for the user's own picture before anything was laid on it."""
        scene, t = self.scene, self.progress(film_frame)
        view = self.start.blend(self.stop, ease(t))
        position = self.position(film_frame)
        frame = self.see(position, view)
        own = frame.copy() if explain else None
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
        blur = 0.0088 * scene.size_px[1] * max(0.0, nearness - 1.13)
        placed = self._placed(Patch(sprite.patch, 0, 0), foot_px, (float(foot[0]), float(foot[1])), scale, blur)
        if self._texture.noise > _LEAST_NOISE:
            _lay_grain(placed.rgba, self._grain, (37 * film_frame, 59 * film_frame))
        if person.feet_seen:
            soles = [np.array(sprite.anchors[f"{side}_sole"]) for side in ("left", "right")]
            places = [foot + (sole - foot_px) * scale for sole in soles]
            _ground_shadow(frame, foot, places, height, scene)
        over(frame, placed)
        return Painted(frame, (placed,), ("user", "double")), own

    def _placed(self, sprite: Patch, pivot: Point, at: Point, scale: float, blur: float) -> Patch:
        """The sprite on the film, out of focus; a wide blur is made at the size that it leaves detail for."""
        import cv2

        margin = int(blur) + 2
        reduce = max(1, int(blur // 4))
        soft = _missing(self._texture.edge_px, scale, blur)
        if soft > 0.25:
            sprite = pad_patch(sprite, int(3 * soft) + 1)
            sprite = Patch(cv2.GaussianBlur(sprite.rgba, (0, 0), soft), sprite.x_px, sprite.y_px)
            pivot = (pivot[0] - sprite.x_px, pivot[1] - sprite.y_px)
        width, height = (-(-side // reduce) for side in self.scene.size_px)
        room = -(-margin // reduce)
        small = place_patch(
            Patch(sprite.rgba, 0, 0),
            pivot,
            (at[0] / reduce, at[1] / reduce),
            scale / reduce,
            within=(-room, -room, width + room, height + room),
        )
        small = crop_patch(defocus_patch(pad_patch(small, room), blur / reduce), (width, height))
        if reduce == 1:
            return Patch(np.ascontiguousarray(small.rgba), small.x_px, small.y_px)
        rgba = cv2.resize(small.rgba, None, fx=reduce, fy=reduce, interpolation=cv2.INTER_LINEAR)
        return Patch(rgba, small.x_px * reduce, small.y_px * reduce)

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
            pose = turned_away(rest, rotations, below=_LENS_HEIGHT, distance=_LENS_AWAY)
            raised = replace(pose, root_m=pose.root_m - np.array([0, grounded(model, rest, rotations), 0], np.float32))
            camera = camera_for(self.drawn_px, _LENS_AWAY)
            self._sprite, self._step = double.draw(camera, raised), step
            x, y = camera.project(pose.root_m)
            origin = self._sprite.anchors["origin"]
            self._foot_px = (float(x) + origin[0], float(y) + origin[1])
        return self._sprite, self._foot_px


def _pace(t: float) -> float:
    """Share of the way that is behind it: it slows down towards the user."""
    return 1 - (1 - t) ** 1.35


def _missing(edge_px: float, scale: float, blur_px: float) -> float:
    """Sigma, in pixels of the drawing, that its edges lack to be as wide as the footage's."""
    # a disc widens an edge as a Gaussian of half its radius does
    own = np.hypot(_CRISP_PX * max(scale, 1.0), 0.5 * _PER_SIGMA * blur_px)
    return float(min(np.sqrt(max(0.0, edge_px**2 - own**2)) / _PER_SIGMA, 4.0) / scale)


def _lay_grain(rgba: NDArray[np.uint8], tile: NDArray[np.float32], shift_px: tuple[int, int]) -> None:
    """Add the tile, moved anew in every frame, to a premultiplied layer in place."""
    import cv2

    height, width = rgba.shape[:2]
    x, y = (s % _TILE for s in shift_px)
    rolled = np.roll(tile, (y, x), (0, 1))
    for sign, change in ((1, cv2.add), (-1, cv2.subtract)):
        part = cv2.convertScaleAbs(np.maximum(sign * rolled, 0))
        wide = np.tile(part, (-(-height // _TILE), -(-width // _TILE)))[:height, :width]
        alpha = cv2.extractChannel(rgba, 3)
        wide = cv2.multiply(wide, alpha, scale=1 / 255)
        change(rgba, cv2.merge([wide, wide, wide, np.zeros_like(wide)]), dst=rgba)
    np.minimum(rgba[..., :3], rgba[..., 3:], out=rgba[..., :3])


def _grain(noise: float, enlarged: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """(n, n) grain as `noise_level` would measure it: that of clip pixels, enlarged as they are."""
    import cv2

    side = _TILE
    few = max(8, round(side / max(1.0, enlarged)))
    tile = cv2.resize(rng.standard_normal((few, few)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    flat = np.repeat(np.clip(128 + 12 * tile / tile.std(), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    measured = noise_level(flat, np.ones((side, side), np.bool_)) or 12.0
    return (12 * noise / measured * tile / tile.std()).astype(np.float32)


def _ground_shadow(frame: Frame, foot: NDArray, soles: list[NDArray], height: float, scene: Scene) -> None:
    """A soft pool under the feet, drawn away from the light, and a tight dark one under each sole that is down."""
    import cv2

    away = -scene.analysis.light.direction[0] * 0.12 * height
    spots = [(foot, 0.136 * height, 0.028 * height, 0.060 * height, away, 0.85)]
    lowest = max(float(sole[1]) for sole in soles)
    for sole in soles:
        down = float(np.clip(1 - (lowest - float(sole[1])) / (0.06 * height), 0, 1))
        spots.append((sole, 0.034 * height, 0.013 * height, 0.009 * height, 0.0, 0.85 * down))
    for place, half_w, half_h, blur, shift, strength in spots:
        # So soft a thing needs few pixels: its blur is never more than a few of them.
        reduce = max(1.0, blur / 6)
        w, h = (max(4, int((2 * half + 6 * blur) / reduce)) for half in (half_w, half_h))
        mask = np.zeros((h, w), np.uint8)
        axes = (max(16, round(16 * half_w / reduce)), max(16, round(16 * half_h / reduce)))
        cv2.ellipse(mask, (w * 8, h * 8), axes, 0, 0, 360, 255, -1, cv2.LINE_AA, 4)
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.8, blur / reduce))
        x, y = float(place[0] - w * reduce / 2 + shift), float(place[1] - h * reduce / 2 - 0.004 * height)
        x0, y0 = max(0, int(x)), max(0, int(y))
        x1, y1 = min(frame.shape[1], int(x + w * reduce)), min(frame.shape[0], int(y + h * reduce))
        if x0 >= x1 or y0 >= y1:
            continue
        half = 0.5 * reduce - 0.5
        move = np.array([[reduce, 0, x - x0 + half], [0, reduce, y - y0 + half]], np.float32)
        shown = cv2.warpAffine(mask, move, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
        shade(frame, shown, x0, y0, strength, SHADOW_TINT)
