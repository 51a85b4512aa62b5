"""The embrace with both faces to the camera: a child in front, an older self behind, or two side by side.

The other self is the user's own cut-out of another moment, re-aged as a whole.  Hands and arms decide such a picture:
the real folded ones of an air hug are laid over the child where the take has them; elsewhere the filmed arms are taken
away and the body proxy's are drawn.  The order in depth is a constant of each staging.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.removal import matte_without_arms, without_arms
from studio.animatic.contact import contact_shadow, cut_out, matte_on_film, shadow_on_user
from studio.animatic.footage import source_position
from studio.animatic.person import Person, drift, measure
from studio.animatic.scene import Painted, Scene, ease, softness
from studio.animatic.shots import framing
from studio.animatic.shots.base import Footing
from studio.animatic.shots.front_moments import choose_moments
from studio.animatic.shots.front_other import Arms, Other, cleared_arms
from studio.animatic.shots.front_place import Place, free_side, place, size_ratio
from studio.animatic.shots.front_reaches import Layer, Reaches
from studio.animatic.shots.lean import Lean, lean_head, tolerance
from studio.animatic.shots.rhythm import Rhythm
from studio.compose.blend import lay_alpha, over, overlap, place_patch
from studio.compose.lens import defocus_background
from studio.compose.view import View, keep_inside
from studio.core.frames import Frame, Patch
from studio.core.time import FrameRange
from studio.core.timeline import Shot

ORDERS = {
    "child-in-front": ("user", "upper arms", "other", "arms"),
    "older-behind": ("other", "user", "arms"),
    "side-by-side": ("user", "hand", "other", "hand"),
}
"""Back to front, the same in every frame."""

Placed = list[tuple[Layer, Patch]]
"""Arms with where they are on the film."""


class FrontShot(Footing):
    """See `Painter`.  ``shot.name`` chooses the framing as in the embrace from behind."""

    def __init__(self, scene: Scene, shot: Shot, views: tuple[View, View] | None = None) -> None:
        super().__init__(scene, shot)
        self.staging = scene.preset.hug.staging
        tracks, clip, clone = scene.analysis.tracks, scene.analysis.size_px, scene.preset.clone
        self.moments = choose_moments(scene.analysis, self.staging, shot.source)
        self.user: Person = scene.held if self.moments.user_folded else measure(tracks, self.moments.user, clip[1])
        self.rhythm = Rhythm.of(scene.timeline)
        side = free_side(self.user)
        self._kept = self._kept_arms(side)
        seen = measure(tracks, self.moments.other, clip[1])
        size = size_ratio(clone.age_years, clone.my_age_years, self.user, seen)
        self.start, self.stop = views or self._views(side, shot.name)
        self.drawn_scale = max(self.start.scale, self.stop.scale)
        below = self._lowest() - float(self.user.chin_px[1]) + self.user.head_height_px
        mirrored = self.moments.user == self.moments.other  # one picture twice: twins are told by their parting
        self.other = Other(
            scene,
            self.moments.other,
            self.drawn_scale * size,
            self._others_arms_kept(side),
            below / size,
            mirrored=mirrored,
        )
        ages = clone.age_years, clone.my_age_years
        self.place: Place = place(self.staging, self.user, self.other.anchors, size, ages, scene.sex, scene.preset.hug)
        self._lean = self._leaning()
        at = self.position((shot.film.start + shot.film.stop) // 2)
        source = scene.footage.at(at)
        self._bends = tolerance(source, self.user, tracks.matte_at(at))
        view = self.start.blend(self.stop, 0.5)
        self._blur_px = softness_of(self.seen(source, at, view), view, self.user)
        reaches = Reaches(scene, self.moments, self.user, self.other, self.place, self._kept, self.drawn_scale)
        self._layers = reaches.layers(self._blur_px)

    def position(self, film_frame: int) -> float:
        """The user's clip position shown at a film frame."""
        return self._at(self.moments.user, film_frame)

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._compose(film_frame)

    def explain(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._compose(film_frame, explain=True)

    def _at(self, part: FrameRange, film_frame: int) -> float:
        return source_position(part, self.shot.film, film_frame, self.scene.analysis.rate, self.scene.timeline.rate)

    def _compose(self, film_frame: int, *, explain: bool = False) -> Painted:
        scene = self.scene
        view = self.start.blend(self.stop, ease(self.progress(film_frame)))
        position = self.position(film_frame)
        moved = drift(scene.analysis.tracks, position, self.user)
        source, matte = self._user(position, moved)
        own = self.seen(source, position, view)
        on_film = matte_on_film(matte, view, source.shape[1])
        frame = defocus_background(own, on_film, 5.0 * scene.unit)
        other = self._placed(view, moved, film_frame)
        shadows = np.zeros(on_film.shape, np.uint8)
        arms = [(layer, self._placed_arm(layer, view, moved, film_frame)) for layer in self._layers]
        if self.staging == "older-behind":
            drawn = self._behind(frame, own, on_film, other, arms, view, position, shadows)
        elif self.staging == "side-by-side":
            drawn = self._beside(frame, on_film, other, arms, shadows)
        else:
            drawn = self._in_front(frame, own, on_film, other, arms, view, position, shadows)
        painted = Painted(frame, tuple(drawn), ORDERS[self.staging])
        if not explain:
            return painted
        touched = np.where((on_film < 255) | (shadows > 0), 255, 0).astype(np.uint8)
        for layer in drawn:
            lay_alpha(touched, Patch(np.where(layer.rgba > 0, 255, 0).astype(np.uint8), layer.x_px, layer.y_px))
        return replace(painted, own=own, touched=touched)

    def _in_front(
        self, frame: Frame, own: Frame, on_film: NDArray[np.uint8], other: Patch, arms: Placed, view: View,
        position: float, shadows: NDArray[np.uint8],
    ) -> list[Patch]:  # fmt: skip
        """User, then child, then the arms round it."""
        unit = self.user.shoulder_px * view.scale
        drawn: list[Patch] = []
        for layer, patch in arms:
            if layer.where == "under":
                over(frame, patch)
                drawn.append(patch)
        shadows |= shadow_on_user(frame, other, on_film, self.scene.analysis.light, unit)
        over(frame, other)
        drawn.append(other)
        real = self._real_forearms(own, view, position)
        upper = [real] if real is not None else []
        upper += [patch for layer, patch in arms if layer.where != "under"]
        for patch in upper:
            contact_shadow(frame, other, patch, 1.3 * self.scene.unit)
            over(frame, patch)
        return [*drawn, *upper]

    def _behind(
        self, frame: Frame, own: Frame, on_film: NDArray[np.uint8], other: Patch, arms: Placed, view: View,
        position: float, shadows: NDArray[np.uint8],
    ) -> list[Patch]:  # fmt: skip
        """Other, then user, then the other's arm round the user, then the user's own arms."""
        unit = self.user.shoulder_px * view.scale
        over(frame, other)
        user = self._user_over(other, own, on_film, view)
        if user is not None:
            receiving = np.zeros(on_film.shape, np.uint8)
            lay_alpha(receiving, other)
            shadows |= shadow_on_user(frame, user, receiving, self.scene.analysis.light, 0.8 * unit)
            over(frame, user)
            height, width = user.rgba.shape[:2]
            part = np.s_[user.y_px : user.y_px + height, user.x_px : user.x_px + width]
            shadows[part] |= np.where((user.rgba[..., :3] != own[part]).any(-1), 255, 0).astype(np.uint8)
        drawn = [other]
        below = Patch(np.dstack([own, on_film]), 0, 0)
        for layer, patch in arms:
            if layer.where == "hand":
                drawn.append(self._laid_on(frame, patch, on_film))
                continue
            contact_shadow(frame, below, patch, 1.3 * self.scene.unit)
            over(frame, patch)
            drawn.append(patch)
            if not layer.is_users:
                below = patch
        real = self._real_forearms(own, view, position)
        if real is not None:
            for patch in drawn[1:]:
                contact_shadow(frame, patch, real, self.scene.unit)
            over(frame, real)
            drawn.append(real)
        if len(drawn) > 1:
            _grown(shadows, drawn[1:], round(40 * self.scene.unit))
        return drawn

    def _beside(
        self,
        frame: Frame,
        on_film: NDArray[np.uint8],
        other: Patch,
        arms: list[tuple[Layer, Patch]],
        shadows: NDArray[np.uint8],
    ) -> list[Patch]:
        """User with the other's hand on the far shoulder, then the other with the user's hand."""
        unit = self.scene.unit
        drawn: list[Patch] = []
        bodies = {True: on_film.copy(), False: np.zeros_like(on_film)}
        lay_alpha(bodies[False], other)
        for layer, patch in arms:  # arms that hang belong to the body on which the other's hand lies
            if layer.where == "under":
                over(frame, patch)
                drawn.append(patch)
                lay_alpha(bodies[layer.is_users], patch)
        for layer, patch in arms:
            if layer.where == "hand" and not layer.is_users:
                drawn.append(self._laid_on(frame, patch, bodies[True]))
        _grown(shadows, drawn, round(30 * unit))
        light = self.scene.analysis.light
        shadows |= shadow_on_user(frame, other, on_film, light, 0.8 * self.user.shoulder_px * self.drawn_scale)
        over(frame, other)
        drawn.append(other)
        for layer, patch in arms:
            if layer.where == "hand" and layer.is_users:
                drawn.append(self._laid_on(frame, patch, bodies[False]))
        return drawn

    def _laid_on(self, frame: Frame, hand: Patch, body: NDArray[np.uint8]) -> Patch:
        """Draw a hand that comes from behind a shoulder of ``body``, (H, W) uint8 alpha on the film."""
        shown = _on(hand, body, 9 * self.scene.unit)
        margin = round(60 * self.scene.unit)
        x0, y0 = max(0, shown.x_px - margin), max(0, shown.y_px - margin)
        near = body[y0 : shown.y_px + shown.rgba.shape[0] + margin, x0 : shown.x_px + shown.rgba.shape[1] + margin]
        contact_shadow(frame, Patch(np.dstack([near] * 4), x0, y0), shown, 0.7 * self.scene.unit)
        over(frame, shown)
        return shown

    def _user(self, position: float, moved: NDArray) -> tuple[Frame, NDArray[np.float32]]:
        """The clip frame with the head bent and the arms that are in the way taken away; and the matte of what is
        left."""
        scene = self.scene
        source, matte = scene.footage.at(position), scene.analysis.tracks.matte_at(position)
        if self._kept != "both":
            pose = scene.analysis.tracks.pose_at(position)
            mask = cleared_arms(pose, scene.analysis.size_px, self._kept, redrawn=True)
            source = without_arms(source, scene.backdrop.at(position), mask)
            matte = matte_without_arms(matte, mask)
        return lean_head(source, self.user, self._lean, moved, self._bends), matte

    def _user_over(self, other: Patch, own: Frame, on_film: NDArray[np.uint8], view: View) -> Patch | None:
        """The user's own pixels where the other was drawn behind them."""
        height, width = on_film.shape
        x0, y0 = max(other.x_px, 0), max(other.y_px, 0)
        x1, y1 = min(other.x_px + other.rgba.shape[1], width), min(other.y_px + other.rgba.shape[0], height)
        if x1 - x0 < 4 or y1 - y0 < 4:
            return None
        part = np.s_[y0:y1, x0:x1]
        rim = float(np.clip(1.2 * view.scale, 2.0, 5.0))
        return Patch(cut_out(np.ascontiguousarray(own[part]), np.ascontiguousarray(on_film[part]), rim), x0, y0)

    def _placed(self, view: View, moved: NDArray, film_frame: int) -> Patch:
        """The other self on the film, breathing and swaying in a time of its own."""
        scene = self.scene
        patch, eyes = self.other.at(self._at(self.moments.other, film_frame))
        seconds = film_frame / float(scene.timeline.rate)
        squeeze = self.rhythm.squeeze(seconds)
        grow = 1 + 0.003 * self.rhythm.breath(seconds + 1.1) + 0.006 * squeeze * (self.staging == "child-in-front")
        at = view.to_film((self.place.eyes_px + moved)[None])[0]
        shown = self.place.scale * grow * view.scale / self.other.scale
        turn = self.place.tilt_deg + 0.35 * self.rhythm.sway(seconds) - 0.6 * squeeze * self.place.side
        return place_patch(Patch(patch.rgba, 0, 0), eyes, (float(at[0]), float(at[1])), shown, turn, self._film())

    def _placed_arm(self, layer: Layer, view: View, moved: NDArray, film_frame: int) -> Patch:
        seconds = film_frame / float(self.scene.timeline.rate)
        at = view.to_film((layer.at_px + moved)[None])[0]
        shown = view.scale / self.drawn_scale
        turn = 0.0 if layer.is_users else 0.35 * self.rhythm.sway(seconds)
        place_px = (float(at[0]), float(at[1]))
        return place_patch(layer.patch, layer.pivot_px, place_px, shown, turn, self._film())

    def _film(self) -> tuple[int, int, int, int]:
        return 0, 0, *self.scene.size_px

    def _real_forearms(self, own: Frame, view: View, position: float) -> Patch | None:
        """The user's own folded forearms, cut from the picture before anything was laid over them."""
        import cv2

        track = self.scene.forearms
        if not self.moments.user_folded or track is None:
            return None
        x0, y0, _, _ = track.box
        mask = track.at(position)
        matrix = view.matrix()
        matrix[:, 2] += view.scale * np.array([x0, y0], np.float32)
        corner = view.to_film(np.array([[x0, y0], [x0 + mask.shape[1], y0 + mask.shape[0]]], np.float32))
        left, top = np.maximum(np.floor(corner[0]).astype(int), 0)
        right, bottom = np.minimum(np.ceil(corner[1]).astype(int), (own.shape[1], own.shape[0]))
        if right <= left or bottom <= top:
            return None
        matrix[:, 2] -= (left, top)
        alpha = cv2.warpAffine(mask, matrix, (int(right - left), int(bottom - top)), flags=cv2.INTER_LINEAR)
        if view.scale > 1.2:  # enlarging shows the clip's pixels as stairs along the edge
            alpha = cv2.GaussianBlur(alpha, (0, 0), 0.55 * view.scale)
            alpha = cv2.addWeighted(alpha, 1.5, alpha, 0, -0.25 * 255)
        return Patch(cut_out(own[top:bottom, left:right], alpha, max(2.0, 1.5 * view.scale)), int(left), int(top))

    def _kept_arms(self, side: int) -> Arms:
        """Which of the user's filmed arms stay, by their side in the picture."""
        if self.moments.user_folded or (self.staging == "side-by-side" and self.moments.user_hangs):
            return "both"
        if self.staging == "older-behind" and self.moments.user_hangs:
            return "right" if side > 0 else "left"
        return "none"

    def _others_arms_kept(self, side: int) -> Arms:
        if self.staging == "older-behind" or not self.moments.other_hangs:
            return "none"
        if self.staging == "child-in-front":
            return "both"
        return "right" if side > 0 else "left"

    def _leaning(self) -> Lean:
        """The user's head: bent over the child, towards whom stands beside."""
        tilt = self.scene.preset.hug.head_tilt_deg
        if abs(self.user.tilt_deg) > 4:
            return Lean(tilt, (0.0, 0.0))
        wanted = {"child-in-front": 3.0, "older-behind": 4.0, "side-by-side": 5.0}[self.staging]
        return Lean(wanted * self.place.side + tilt, (0.0, 0.03 * self.user.shoulder_px))

    def _views(self, side: int, name: str) -> tuple[View, View]:
        """First and last view: both heads and the hands, nearer in the close shots."""
        clip, user = self.scene.analysis.size_px, self.user
        wide_sw, near_sw, aside = {
            "child-in-front": (2.45, 2.0, 0.0),
            "older-behind": (2.7, 2.25, 0.24),
            "side-by-side": (2.9, 2.5, 0.46),
        }[self.staging]
        x = float(user.shoulder_mid_px[0]) + aside * side * user.shoulder_px
        wide, near = (self._framed(x, width) for width in (wide_sw, near_sw))
        about = (x, float(user.chin_px[1]) + 0.1 * user.head_height_px)
        if name == "embrace":
            return wide, wide.blend(near, 0.25)
        if name == "end":
            return wide.blend(near, 0.15), framing.zoom(wide, 0.92, clip, about)
        if name in ("shoulder", "detail", "reverse"):
            return near, framing.zoom(near, 1.05, clip, about)
        return wide.blend(near, 0.35), wide.blend(near, 0.8)

    def _framed(self, x_px: float, shoulder_widths: float) -> View:
        """So many shoulder widths across, a little room above the user's head, inside the clip where it can be."""
        clip, size, user = self.scene.analysis.size_px, self.scene.size_px, self.user
        scale = framing.limit_scale(size[0] / (shoulder_widths * user.shoulder_px), clip, size)
        # rather a little nearer than a background that nobody filmed
        cover = min(size[1] / clip[1], size[0] / (0.84 * shoulder_widths * user.shoulder_px))
        scale = max(scale, 0.75 * size[1] / clip[1], cover)
        y = user.head_top_px + (0.5 - 0.19) * size[1] / scale
        view = keep_inside(View(x_px, y, scale, size), clip)
        half = size[1] / 2 / scale
        return View(view.x_px, clip[1] - half, scale, size) if 2 * half > clip[1] else view

    def _lowest(self) -> float:
        """The lowest clip y that the shot shows."""
        return max(view.y_px + view.size_px[1] / 2 / view.scale for view in (self.start, self.stop))


def softness_of(frame: Frame, view: View, user: Person) -> float:
    """Sigma of the blur that makes a drawing as soft as the user's picture, measured on a sharp test pattern."""
    y, x = np.mgrid[0 : frame.shape[0], 0 : frame.shape[1]]
    centre = view.to_film(user.face_mid_px[None].astype(np.float32))[0]
    face = np.hypot(x - centre[0], y - centre[1]) < 0.5 * user.face_width_px * view.scale
    # clip pixels enlarged: half a clip pixel of blur is in every enlargement already
    base = 0.45 * view.scale if view.scale > 1 else 0.0
    side = 256
    grid = (np.add.outer(np.arange(side) // 8, np.arange(side) // 8) % 2).astype(np.uint8)
    test = np.dstack([110 + 24 * grid] * 3 + [np.full_like(grid, 255)]).astype(np.uint8)
    return float(np.clip(max(base, 0.5 * softness(test, frame, face)), 0.0, 2.5))


def _on(patch: Patch, body: NDArray[np.uint8], margin_px: float) -> Patch:
    """The part of a hand that lies on ``body``, (H, W) uint8 alpha, or a finger's thickness beside its outline; the
    wrist is behind."""
    import cv2

    height, width = patch.rgba.shape[:2]
    alpha = np.zeros((height, width), np.uint8)
    found = overlap(body.shape, height, width, patch.x_px, patch.y_px)
    if found is not None:
        (x0, y0, x1, y1), (u0, v0, u1, v1) = found
        alpha[v0:v1, u0:u1] = body[y0:y1, x0:x1]
    size = 2 * max(1, round(margin_px)) + 1
    wide = cv2.dilate(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    wide = cv2.GaussianBlur(wide, (0, 0), max(0.6, 0.15 * margin_px))
    return Patch(cv2.multiply(patch.rgba, cv2.merge([wide] * 4), scale=1 / 255), patch.x_px, patch.y_px)


def _grown(mask: NDArray[np.uint8], patches: list[Patch], margin_px: int) -> None:
    """Mark everything that the soft shadows of ``patches`` may reach, in place."""
    import cv2

    alpha = np.zeros(mask.shape, np.uint8)
    for patch in patches:
        lay_alpha(alpha, patch)
    small = cv2.resize(alpha, (max(1, mask.shape[1] // 4), max(1, mask.shape[0] // 4)), interpolation=cv2.INTER_AREA)
    size = 2 * max(1, margin_px // 4) + 3
    small = cv2.dilate(small, np.ones((size, size), np.uint8))
    np.maximum(mask, cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_LINEAR), out=mask)
