"""The embrace: the double in the user's arms, told in three framings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.removal import arm_mask, matte_without_arms, without_arms
from studio.animatic.body.guide import Guide
from studio.animatic.contact import (
    contact_shadow,
    cut_out,
    mask_on_film,
    matte_on_film,
    only_over,
    shadow_on_user,
    without_patch,
)
from studio.animatic.film_guide import Placing, film_guide
from studio.animatic.person import drift
from studio.animatic.scene import Painted, Scene, ease, ease_out
from studio.animatic.shots import framing
from studio.animatic.shots.base import Footing
from studio.animatic.shots.lean import Lean, lean_for, lean_head, tolerance
from studio.animatic.shots.rhythm import Rhythm
from studio.animatic.shots.sprites import Sprites, draw_sprites
from studio.compose.blend import lay_alpha, over, place_patch
from studio.compose.lens import defocus_background
from studio.compose.view import View
from studio.compose.wrap import light_wrap, reduced
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot

_WRAP = 0.22


class EmbraceShot(Footing):
    """The embrace: the double in the user's arms, its back to the camera, the user's live face over or beside its head.

    ``shot.name`` chooses the framing: "embrace" from head to hips, "shoulder" close on the face over a softer double,
    "hold" between the two, moving in.  Filmed arms that are folded lie over the double's back; filmed arms that are
    not are taken away, and the user's own arms, posed round the double, are drawn instead.  Other shots of the same
    moment pass their own ``views``, the first and the last.
    """

    def __init__(self, scene: Scene, shot: Shot, views: tuple[View, View] | None = None) -> None:
        super().__init__(scene, shot)
        clip, size, person = scene.analysis.size_px, scene.size_px, scene.held
        self.stand = scene.stand
        self.lean = self._lean()
        self.rhythm = Rhythm.of(scene.timeline)
        self.has_filmed_arms = scene.forearms is not None
        face = (float(person.face_mid_px[0]), float(person.face_mid_px[1]))
        wide, near = framing.medium(person, clip, size), framing.close(person, clip, size, self.stand.shoulder_x_px)
        self.blur_px = 0.0
        if shot.name == "shoulder":
            self.start, self.stop = near, framing.zoom(near, 1.05, clip, face)
            self.blur_px = 3.0 * scene.unit
        elif shot.name == "embrace":
            self.start, self.stop = wide, wide.blend(near, 0.18)
        else:
            self.start, self.stop = wide.blend(near, 0.30), wide.blend(near, 0.75)
        if views is not None:
            self.start, self.stop = views
        self.start, self.stop = self._framed(self.start), self._framed(self.stop)
        # What is measured on a frame is measured on the middle one, so that frames may be drawn in any order.
        middle = self.position((shot.film.start + shot.film.stop) // 2)
        source, matte = self._source(middle)
        self._bends = tolerance(source, person, matte)
        view = self.start.blend(self.stop, 0.5)
        self._draw(self.seen(source, middle, view), matte_on_film(matte, view, source.shape[1]) > 160, view)

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
        source, matte = self._source(position)
        moved = drift(scene.analysis.tracks, position, scene.held)
        source = lean_head(source, scene.held, self.lean, moved, self._bends)
        own = self.seen(source, position, view)
        on_film = matte_on_film(matte, view, source.shape[1])
        frame = defocus_background(own, on_film, 5.0 * scene.unit)
        filmed = self._filmed_arms(frame, view, position)
        double, posed = self._placed(self._placing(view, moved, film_frame))
        shadow_px = scene.held.shoulder_px * self.stop.scale
        behind = on_film
        if filmed is not None:  # arms that lie before the double are not in its shadow
            behind = without_patch(on_film, filmed)
            filmed = only_over(filmed, double, max(1, round(4 * scene.unit)))
        shadow = shadow_on_user(frame, double, behind, scene.analysis.light, shadow_px)
        light = reduced(frame)
        over(frame, double)
        light_wrap(frame, light, double, 12 * scene.unit, _WRAP)
        drawn = [double]
        arms = filmed or posed
        if arms is not None:
            contact_shadow(frame, double, arms, scene.unit)
            over(frame, arms)
        if posed is not None:
            drawn.append(posed)
        painted = Painted(frame, tuple(drawn), ("user", "double", "arms"))
        if not explain:
            return painted
        touched = np.where((on_film < 255) | (shadow > 0), 255, 0).astype(np.uint8)
        for layer in (double, arms):
            if layer is not None:
                lay_alpha(touched, Patch(np.where(layer.rgba > 0, 255, 0).astype(np.uint8), layer.x_px, layer.y_px))
        return replace(painted, own=own, touched=touched)

    def face_covered(self, film_frame: int) -> float:
        """Share of the user's face oval that lies under the double in a film frame."""
        import cv2

        scene = self.scene
        drawn = self.paint(film_frame).drawn
        row = scene.analysis.tracks.row(round(self.position(film_frame)))
        face = scene.analysis.tracks.face_px[row]
        if not np.isfinite(face).all():
            return 0.0
        view = self.start.blend(self.stop, ease(self.progress(film_frame)))
        hull = cv2.convexHull(np.rint(view.to_film(face[:468, :2])).astype(np.int32))
        width, height = scene.size_px
        oval, double = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(oval, hull, 255)
        for layer in drawn[:1]:
            lay_alpha(double, layer)
        inside = oval > 0
        return float(double[inside].mean() / 255) if inside.any() else 0.0

    def hands_below_shoulders(self) -> float | None:
        """How far the folded hands lie under the double's shoulder line, in its shoulder widths; None without them."""
        if not self.has_filmed_arms:
            return None
        below = float(self.scene.held.hands_px[1]) - self._sprites.shoulders_px[1]
        return below / self._sprites.shoulder_width_px

    def _lean(self) -> Lean:
        """How the user's head is bent."""
        lean = lean_for(self.scene.held, self.stand.side, self.stand.stature_ratio < 0.9)
        return replace(lean, angle_deg=lean.angle_deg + self.scene.preset.hug.head_tilt_deg)

    def _framed(self, view: View) -> View:
        """The view as this painter can bear it."""
        return view

    def _draw(self, seen: Frame, region: NDArray[np.bool_], view: View) -> None:
        """What is drawn once for the shot, to match ``region`` of the picture ``seen`` through ``view``."""
        scale = max(self.start.scale, self.stop.scale)
        self._sprites: Sprites = draw_sprites(self.scene, view, scale, seen, region, self.blur_px)

    def _source(self, position: float) -> tuple[Frame, NDArray[np.float32]]:
        """The clip frame and its matte; without the filmed arms where they are in the way."""
        scene = self.scene
        frame, matte = scene.footage.at(position), scene.analysis.tracks.matte_at(position)
        if scene.posed_arms is None:
            return frame, matte
        pose = scene.analysis.tracks.pose_at(position)
        mask = arm_mask(pose, scene.held.shoulder_px, scene.analysis.size_px, matte)
        return without_arms(frame, scene.backdrop.at(position), mask), matte_without_arms(matte, mask)

    def placing(self, film_frame: int) -> Placing:
        """How the drawn layers lie in a film frame."""
        moved = drift(self.scene.analysis.tracks, self.position(film_frame), self.scene.held)
        return self._placing(self.start.blend(self.stop, ease(self.progress(film_frame))), moved, film_frame)

    def guide(self, film_frame: int) -> Guide | None:
        """Joints, masks, depth and normals of both bodies as drawn; None where they were not posed."""
        return None if self.scene.held_double is not None else film_guide(self.scene, self.placing(film_frame))

    def _placing(self, view: View, moved: NDArray, film_frame: int) -> Placing:
        """The layers follow the user's shoulders, breathe, sway and press."""
        scene, sprites = self.scene, self._sprites
        seconds = film_frame / float(scene.timeline.rate)
        since = film_frame - scene.timeline.contact_frame
        arriving = 1 - ease_out(since / 12) if self.shot.name == "embrace" else 0.0
        squeeze = self.rhythm.squeeze(seconds)
        # Held tighter, it sinks towards the user, away from the lens.
        grow = 1 + 0.02 * arriving + 0.004 * self.rhythm.breath(seconds) - 0.010 * squeeze
        x, y = sprites.shoulders_px + moved + (0.0, 0.015 * scene.held.shoulder_px * arriving)
        film_x, film_y = (float(v) for v in view.to_film(np.array([x, y], np.float32)))
        own = (float(sprites.shoulders_px[0]), float(sprites.shoulders_px[1]))
        return Placing(own, (film_x, film_y), view.scale * grow, 0.45 * self.rhythm.sway(seconds))

    def _placed(self, placing: Placing) -> tuple[Patch, Patch | None]:
        """The double and the posed arms on the film."""
        sprites, film = self._sprites, (0, 0, *self.scene.size_px)

        def place(patch: Patch) -> Patch:
            pivot = sprites.shoulders_px * sprites.scale - (patch.x_px, patch.y_px)
            at, scale = (float(pivot[0]), float(pivot[1])), placing.scale / sprites.scale
            return place_patch(Patch(patch.rgba, 0, 0), at, placing.film_px, scale, placing.turn_deg, film)

        return place(sprites.double), None if sprites.arms is None else place(sprites.arms)

    def _arm_mask(self, position: float) -> tuple[NDArray[np.uint8], tuple[int, int]] | None:
        """The user's folded forearms in the clip: (h, w) mask and its corner; None when they are not folded."""
        forearms = self.scene.forearms
        return None if forearms is None else (forearms.at(position), forearms.box[:2])

    def _filmed_arms(self, frame: Frame, view: View, position: float) -> Patch | None:
        """The user's forearms, cut from the frame before the double is laid over them."""
        import cv2

        mask = self._arm_mask(position)
        placed = None if mask is None else mask_on_film(*mask, view)
        if placed is None:
            return None
        alpha, left, top = placed
        bottom, right = top + alpha.shape[0], left + alpha.shape[1]
        if view.scale > 1.2:  # enlarging shows the clip's pixels as stairs along the edge
            alpha = cv2.GaussianBlur(alpha, (0, 0), 0.55 * view.scale)
            alpha = cv2.addWeighted(alpha, 1.5, alpha, 0, -0.25 * 255)  # saturates at both ends
        return Patch(cut_out(frame[top:bottom, left:right], alpha, max(2.0, 1.5 * view.scale)), left, top)
