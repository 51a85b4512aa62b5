"""The embrace: the double in the user's arms, told in three framings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.wrap import WrappedArms, wrap_arms
from studio.animatic.contact import contact_shadow, cut_out, matte_on_film, shadow_on_user
from studio.animatic.double.bodied import BodyDouble
from studio.animatic.double.figure import build_of
from studio.animatic.double.sprite import DoubleSprite
from studio.animatic.double.stance import camera_for, holding, tilted, turned_away
from studio.animatic.person import drift
from studio.animatic.place import nudge, solve
from studio.animatic.scene import Painted, Scene, drawing_light, ease, ease_out, soften, softness
from studio.animatic.shots import framing
from studio.animatic.shots.base import Footing, shape_of
from studio.animatic.shots.lean import lean_for, lean_head, tolerance
from studio.animatic.shots.rhythm import Rhythm
from studio.compose.blend import lay_alpha, over, pad_patch, place_patch
from studio.compose.lens import defocus, defocus_background
from studio.compose.view import View
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot


class EmbraceShot(Footing):
    """The embrace: the double in the user's arms, its back to the camera, the user's live face over or beside its head.

    ``shot.name`` chooses the framing: "embrace" from head to hips, "shoulder" close on the face over a nearer and
    softer double, "hold" between the two, moving in.  In an open-arms take all three are close, the double is nearer
    and out of focus, and the user's arms round it are drawn.  Other shots of the same moment pass their own ``views``,
    the first and the last.
    """

    def __init__(self, scene: Scene, shot: Shot, views: tuple[View, View] | None = None) -> None:
        super().__init__(scene, shot)
        clip, size, person = scene.analysis.size_px, scene.size_px, scene.held
        clone = scene.preset.clone
        folded = scene.forearms is not None
        stand = solve(person, shape_of(scene), clone.age_years, clone.my_age_years, scene.sex, arms_folded=folded)
        self.stand = nudge(stand, scene.preset.hug, person)
        lean = lean_for(person, self.stand.side, self.stand.stature_ratio < 0.9)
        self.lean = replace(lean, angle_deg=lean.angle_deg + scene.preset.hug.head_tilt_deg)
        self.rhythm = Rhythm.of(scene.timeline)
        # Without folded arms the double stands nearer to the camera and hides the user's hanging ones.
        self.nearness = 1.0 if folded else 1.20 if self.stand.stature_ratio < 0.9 else 1.34
        self.blur_px = 0.0
        face = (float(person.face_mid_px[0]), float(person.face_mid_px[1]))
        if folded:
            wide, near = framing.medium(person, clip, size), framing.close(person, clip, size, self.stand.shoulder_x_px)
        else:
            wide = framing.over_shoulder(person, clip, size, self.stand.shoulder_x_px)
            near = framing.zoom(wide, 1.12, clip, face)
        if shot.name == "shoulder":
            self.start, self.stop = near, framing.zoom(near, 1.05, clip, face)
            self.nearness *= 1.05
            self.blur_px = (3.0 if folded else 9.0) * scene.unit
        elif shot.name == "embrace":
            self.start, self.stop = wide, wide.blend(near, 0.18)
            self.blur_px = 0.0 if folded else 6.0 * scene.unit
        else:
            self.start, self.stop = wide.blend(near, 0.30), wide.blend(near, 0.75)
            self.blur_px = 0.0 if folded else 7.0 * scene.unit
        if views is not None:
            self.start, self.stop = views
        # The user's own picture is enlarged too: a drawing much finer than the clip would be blurred again to match it.
        self.drawn_px = self.stand.stature_px * self.nearness * min(max(self.start.scale, self.stop.scale), 1.5)
        # What is measured on a frame is measured on the middle one, so that frames may be drawn in any order.
        middle = (shot.film.start + shot.film.stop) // 2
        source, matte = scene.footage.at(self.position(middle)), scene.analysis.tracks.matte_at(self.position(middle))
        self._bends = tolerance(source, person, matte)
        view = self.start.blend(self.stop, 0.5)
        self._sprite = self._drawn(self.seen(source, self.position(middle), view), view)
        self._wrapped = None if folded else self._drawn_arms()

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._compose(film_frame)

    def explain(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._compose(film_frame, explain=True)

    def _compose(self, film_frame: int, *, explain: bool = False) -> Painted:
        scene, t = self.scene, self.progress(film_frame)
        view = self.start.blend(self.stop, ease(t))
        position = self.position(film_frame)
        source = scene.footage.at(position)
        matte = scene.analysis.tracks.matte_at(position)
        moved = drift(scene.analysis.tracks, position, scene.held)
        source = lean_head(source, scene.held, self.lean, moved, self._bends)
        own = self.seen(source, position, view)
        on_film = matte_on_film(matte, view, source.shape[1])
        frame = defocus_background(own, on_film, 5.0 * scene.unit)
        arms = self._arms(frame, view, position)
        placed = self._placed(self._sprite, view, position, film_frame)
        shadow_px = scene.held.shoulder_px * self.stop.scale
        shadow = shadow_on_user(frame, placed, on_film, scene.analysis.light, shadow_px)
        over(frame, placed)
        drawn = [] if arms is not None else self._arms_round(view, position, film_frame)
        upper = [arms] if arms is not None else drawn
        for layer in upper:
            contact_shadow(frame, placed, layer, scene.unit)
            over(frame, layer)
        painted = Painted(frame, (placed, *drawn), ("user", "double", "arms"))
        if not explain:
            return painted
        touched = np.where((on_film < 255) | (shadow > 0), 255, 0).astype(np.uint8)
        for layer in (placed, *upper):
            lay_alpha(touched, Patch(np.where(layer.rgba > 0, 255, 0).astype(np.uint8), layer.x_px, layer.y_px))
        return replace(painted, own=own, touched=touched)

    def face_covered(self, film_frame: int) -> float:
        """Share of the user's face oval that lies under the double in a film frame."""
        import cv2

        scene = self.scene
        placed = self.paint(film_frame).clone
        row = scene.analysis.tracks.row(round(self.position(film_frame)))
        face = scene.analysis.tracks.face_px[row]
        if placed is None or not np.isfinite(face).all():
            return 0.0
        view = self.start.blend(self.stop, ease(self.progress(film_frame)))
        hull = cv2.convexHull(np.rint(view.to_film(face[:468, :2])).astype(np.int32))
        width, height = scene.size_px
        oval, double = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(oval, hull, 255)
        lay_alpha(double, placed)
        inside = oval > 0
        return float(double[inside].mean() / 255) if inside.any() else 0.0

    def hands_below_shoulders(self) -> float | None:
        """How far the folded hands lie under the double's shoulder line, in its shoulder widths; None without them."""
        if self.scene.forearms is None:
            return None
        width = self._sprite.shoulder_width_px / self.drawn_px * self.stand.stature_px
        return float((self.scene.held.hands_px[1] - self.stand.shoulder_y_px) / width)

    def _drawn(self, frame: Frame, view: View) -> DoubleSprite:
        """The sprite, drawn once per shot, as soft as the user's own picture."""
        scene = self.scene
        double = BodyDouble(scene.look, drawing_light(scene), self.drawn_px)
        rotations = tilted(double.model, holding(double.model, double.rest), self.stand.tilt_deg)
        pose = turned_away(double.rest, rotations, self.stand.lean_deg)
        sprite = double.draw(camera_for(self.drawn_px), pose)
        # The drawing will be enlarged by the same step as it is drawn smaller, so the blur is measured at the
        # film's size.
        enlarge = self.stand.stature_px * self.nearness * view.scale / self.drawn_px
        sigma = softness(sprite.patch, frame, _face_region(scene, view, frame)) / max(1.0, enlarge)
        return _defocused(replace(sprite, patch=soften(sprite.patch, sigma)), self.blur_px / enlarge)

    def _drawn_arms(self) -> WrappedArms:
        """The user's arms round the double, for a take in which they stay open."""
        scene, person = self.scene, self.scene.held
        grown = person.stature_px * self.nearness
        centre = self._centre(np.zeros(2))
        elbows = (person.elbows_px - centre) / grown
        half = 0.5 * self._sprite.shoulder_width_px / self.drawn_px * self.stand.stature_px / person.stature_px
        build = build_of(scene.preset.clone.my_age_years, scene.sex)
        size = grown * self.drawn_px / (self.stand.stature_px * self.nearness)
        wrapped = wrap_arms(
            elbows,
            half,
            build,
            scene.forearm_rgb,
            scene.is_forearm_bare,
            scene.skin_rgb,
            size,
            drawing_light(scene),
            scene.rng(29),
        )
        radius = self.blur_px * self.drawn_px / (self.stand.stature_px * self.nearness * self.start.scale)
        left, right = (defocus(layer, radius) for layer in wrapped.layers)
        return replace(wrapped, layers=(left, right))

    def _arms_round(self, view: View, position: float, film_frame: int) -> list[Patch]:
        """The drawn arms in a film frame; they close in the first moments of the embrace."""
        assert self._wrapped is not None  # noqa: S101 - drawn for every take without folded arms
        scene = self.scene
        moved = drift(scene.analysis.tracks, position, scene.held)
        at = view.to_film(self._centre(moved)[None])[0]
        closing = 1 - ease_out((film_frame - scene.timeline.contact_frame + 3) / 14)
        shown = self.stand.stature_px * self.nearness * view.scale / self.drawn_px
        layers = []
        for rgba, outwards in zip(self._wrapped.layers, self._wrapped.outwards, strict=True):
            away = outwards * closing * 0.75 * scene.held.shoulder_px * view.scale
            place = (float(at[0]) + away, float(at[1]) + 0.25 * abs(away))
            layers.append(place_patch(Patch(rgba, 0, 0), self._wrapped.pivot_px, place, shown, within=self._film()))
        return layers

    def _film(self) -> tuple[int, int, int, int]:
        """The film's canvas, x0, y0, x1, y1."""
        return 0, 0, *self.scene.size_px

    def _centre(self, moved: NDArray) -> NDArray[np.float64]:
        """Middle of the double's shoulder line in clip pixels; ``moved`` is how far the user's shoulders are off."""
        person, stand = self.scene.held, self.stand
        x, y = stand.shoulder_x_px + moved[0], stand.shoulder_y_px + moved[1]
        if self.scene.forearms is None:  # nearer to a lens at breast height: lower, and towards the free side
            y += 0.55 * person.shoulder_px * (self.nearness - 1)
            x += stand.side * (0.26 if stand.stature_ratio < 0.9 else 0.10) * person.shoulder_px
        return np.array([x, y])

    def _placed(self, sprite: DoubleSprite, view: View, position: float, film_frame: int) -> Patch:
        scene, stand = self.scene, self.stand
        person = scene.held
        moved = drift(scene.analysis.tracks, position, person)
        seconds = film_frame / float(scene.timeline.rate)
        since = film_frame - scene.timeline.contact_frame
        arriving = 1 - ease_out(since / 12) if self.shot.name == "embrace" else 0.0
        squeeze = self.rhythm.squeeze(seconds)
        # Held tighter, it sinks towards the user, away from the lens.
        grow = self.nearness * (1 + 0.07 * arriving + 0.004 * self.rhythm.breath(seconds) - 0.010 * squeeze)
        sway = 0.45 * self.rhythm.sway(seconds)
        shown = stand.stature_px * grow * view.scale / self.drawn_px
        a = sprite.anchors
        pivot = tuple((np.array(a["left_shoulder"]) + np.array(a["right_shoulder"])) / 2)
        x, y = self._centre(moved) + (0.0, 0.05 * person.shoulder_px * arriving)
        at = view.to_film(np.array([x, y], np.float32))
        place = (float(at[0]), float(at[1]))
        return place_patch(Patch(sprite.patch, 0, 0), pivot, place, shown, sway, self._film())  # type: ignore[arg-type]

    def _arms(self, frame: Frame, view: View, position: float) -> Patch | None:
        """The user's forearms, cut from the frame before the double is laid over them."""
        import cv2

        if self.scene.forearms is None:
            return None
        x0, y0, _, _ = self.scene.forearms.box
        mask = self.scene.forearms.at(position)
        matrix = view.matrix()
        matrix[:, 2] += view.scale * np.array([x0, y0], np.float32)
        corner = view.to_film(np.array([[x0, y0], [x0 + mask.shape[1], y0 + mask.shape[0]]], np.float32))
        left, top = np.maximum(np.floor(corner[0]).astype(int), 0)
        right, bottom = np.minimum(np.ceil(corner[1]).astype(int), (frame.shape[1], frame.shape[0]))
        if right <= left or bottom <= top:
            return None
        matrix[:, 2] -= (left, top)
        alpha = cv2.warpAffine(mask, matrix, (int(right - left), int(bottom - top)), flags=cv2.INTER_LINEAR)
        if view.scale > 1.2:  # enlarging shows the clip's pixels as stairs along the edge
            alpha = cv2.GaussianBlur(alpha, (0, 0), 0.55 * view.scale)
            alpha = cv2.addWeighted(alpha, 1.5, alpha, 0, -0.25 * 255)  # saturates at both ends
        return Patch(cut_out(frame[top:bottom, left:right], alpha, max(2.0, 1.5 * view.scale)), int(left), int(top))


def _defocused(sprite: DoubleSprite, radius_px: float) -> DoubleSprite:
    """The sprite out of focus, with a margin for the blur and its anchors moved along.

    It is blurred once, at the size it is drawn at: over a shot its size on the film hardly changes.
    """
    if radius_px < 0.6:
        return sprite
    margin = int(radius_px) + 2
    padded = pad_patch(Patch(sprite.patch, 0, 0), margin)
    anchors = {name: (x + margin, y + margin) for name, (x, y) in sprite.anchors.items()}
    return replace(sprite, patch=defocus(padded.rgba, radius_px), anchors=anchors)


def _face_region(scene: Scene, view: View, frame: Frame) -> NDArray[np.bool_]:
    """The user's face on the film frame, as a mask for measuring."""
    centre = view.to_film(scene.held.face_mid_px[None].astype(np.float32))[0]
    half = 0.5 * scene.held.face_width_px * view.scale
    y, x = np.mgrid[0 : frame.shape[0], 0 : frame.shape[1]]
    return np.hypot(x - centre[0], y - centre[1]) < half
