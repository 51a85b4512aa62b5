"""The embrace with both faces to the camera: a child in front, an older self behind, or two side by side.

The other self is the user's own cut-out of another moment, re-aged as a whole.  Hands and arms decide such a picture:
the real folded ones of an air hug are laid over the child where the take has them; elsewhere the filmed arms are taken
away and the body proxy's are drawn.  The order in depth is a constant of each staging.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.age import shoulder_ratio, stature_ratio
from studio.animatic.arms.removal import matte_without_arms, without_arms
from studio.animatic.body.dress import Outfit
from studio.animatic.contact import contact_shadow, cut_out, matte_on_film, shadow_on_user
from studio.animatic.footage import source_position
from studio.animatic.person import Person, drift, measure
from studio.animatic.scene import Painted, Scene, drawing_light, ease, soften, softness
from studio.animatic.shots import framing
from studio.animatic.shots.base import Footing
from studio.animatic.shots.front_arms import ArmMaker, Limb, Reach
from studio.animatic.shots.front_moments import choose_moments
from studio.animatic.shots.front_other import Arms, Other, cleared_arms
from studio.animatic.shots.front_place import Place, free_side, place, size_ratio
from studio.animatic.shots.lean import Lean, lean_head, tolerance
from studio.animatic.shots.rhythm import Rhythm
from studio.compose.blend import lay_alpha, over, place_patch
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


@dataclass(frozen=True, slots=True)
class Layer:
    """A drawn arm as it is placed.

    Parameters
    ----------
    patch : premultiplied, ``drawn_scale`` film pixels per clip pixel
    pivot_px : patch point that comes to lie at ``at_px``
    at_px : (2,) clip pixels, relative to the owner's middle of the shoulder line
    owner : whose movement it follows
    behind : drawn under the person in front
    """

    patch: Patch
    pivot_px: tuple[float, float]
    at_px: NDArray[np.float64]
    is_users: bool
    behind: bool = False


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
        self.other = Other(
            scene, self.moments.other, self.drawn_scale * size, self._others_arms_kept(side), below / size
        )
        ages = clone.age_years, clone.my_age_years
        self.place: Place = place(self.staging, self.user, self.other.anchors, size, ages, scene.sex, scene.preset.hug)
        self._lean = self._leaning()
        at = self.position((shot.film.start + shot.film.stop) // 2)
        source = scene.footage.at(at)
        self._bends = tolerance(source, self.user, tracks.matte_at(at))
        view = self.start.blend(self.stop, 0.5)
        self._blur_px = softness_of(self.seen(source, at, view), view, self.user)
        self._layers = self._drawn_arms()

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
        self, frame: Frame, own: Frame, on_film: NDArray[np.uint8], other: Patch, arms: list, view: View,
        position: float, shadows: NDArray[np.uint8],
    ) -> list[Patch]:  # fmt: skip
        """User, then child, then the arms round it."""
        unit = self.user.shoulder_px * view.scale
        drawn: list[Patch] = []
        for layer, patch in arms:
            if layer.behind:
                over(frame, patch)
                drawn.append(patch)
        shadows |= shadow_on_user(frame, other, on_film, self.scene.analysis.light, unit)
        over(frame, other)
        drawn.append(other)
        real = self._real_forearms(own, view, position)
        upper = [real] if real is not None else []
        upper += [patch for layer, patch in arms if not layer.behind]
        for patch in upper:
            contact_shadow(frame, other, patch, 1.3 * self.scene.unit)
            over(frame, patch)
        return [*drawn, *upper]

    def _behind(
        self, frame: Frame, own: Frame, on_film: NDArray[np.uint8], other: Patch, arms: list, view: View,
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
        drawn = [other]
        below = Patch(np.dstack([own, on_film]), 0, 0)
        for layer, patch in arms:
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
        self, frame: Frame, on_film: NDArray[np.uint8], other: Patch, arms: list, shadows: NDArray[np.uint8]
    ) -> list[Patch]:
        """User with the other's hand on the far shoulder, then the other with the user's hand."""
        unit = self.scene.unit
        drawn: list[Patch] = []
        person = Patch(np.dstack([frame, on_film]), 0, 0)
        for layer, patch in arms:
            if not layer.is_users:
                shown = _on(patch, person, 9 * unit)
                contact_shadow(frame, person, shown, 0.7 * unit)
                over(frame, shown)
                drawn.append(shown)
        _grown(shadows, drawn, round(30 * unit))
        light = self.scene.analysis.light
        shadows |= shadow_on_user(frame, other, on_film, light, 0.8 * self.user.shoulder_px * self.drawn_scale)
        over(frame, other)
        drawn.append(other)
        for layer, patch in arms:
            if layer.is_users:
                shown = _on(patch, other, 9 * unit)
                contact_shadow(frame, other, shown, 0.7 * unit)
                over(frame, shown)
                drawn.append(shown)
        return drawn

    def _user(self, position: float, moved: NDArray) -> tuple[Frame, NDArray[np.float32]]:
        """The clip frame with the head bent and the arms that are in the way taken away; and the matte of what is
        left."""
        scene = self.scene
        source, matte = scene.footage.at(position), scene.analysis.tracks.matte_at(position)
        if self._kept != "both":
            pose = scene.analysis.tracks.pose_at(position)
            mask = cleared_arms(pose, scene.analysis.size_px, self._kept)
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
        placed = place_patch(Patch(patch.rgba, 0, 0), eyes, (float(at[0]), float(at[1])), shown, turn, self._film())
        return Patch(soften(placed.rgba, 0.0), placed.x_px, placed.y_px)

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
            "child-in-front": (2.55, 2.05, 0.0),
            "older-behind": (2.9, 2.4, 0.24),
            "side-by-side": (3.2, 2.7, 0.46),
        }[self.staging]
        x = float(user.shoulder_mid_px[0]) + aside * side * user.shoulder_px
        wide, near = (self._framed(x, width) for width in (wide_sw, near_sw))
        about = (x, float(user.chin_px[1]) + 0.1 * user.head_height_px)
        if name == "embrace":
            return wide, wide.blend(near, 0.25)
        if name == "shoulder":
            return near, framing.zoom(near, 1.05, clip, about)
        return wide.blend(near, 0.35), wide.blend(near, 0.8)

    def _framed(self, x_px: float, shoulder_widths: float) -> View:
        """So many shoulder widths across, a little room above the user's head, inside the clip where it can be."""
        clip, size, user = self.scene.analysis.size_px, self.scene.size_px, self.user
        scale = framing.limit_scale(size[0] / (shoulder_widths * user.shoulder_px), clip, size)
        scale = max(scale, 0.75 * size[1] / clip[1])
        y = user.head_top_px + (0.5 - 0.13) * size[1] / scale
        view = keep_inside(View(x_px, y, scale, size), clip)
        half = size[1] / 2 / scale
        return View(view.x_px, clip[1] - half, scale, size) if 2 * half > clip[1] else view

    def _lowest(self) -> float:
        """The lowest clip y that the shot shows."""
        return max(view.y_px + view.size_px[1] / 2 / view.scale for view in (self.start, self.stop))

    def _drawn_arms(self) -> list[Layer]:
        """The proxy's arms of this staging, drawn once."""
        staging, moments = self.staging, self.moments
        layers: list[Layer] = []
        if staging == "child-in-front":
            if not moments.user_folded:
                layers += self._round_the_child()
            if not moments.other_hangs:
                layers += self._childs_hands()
        elif staging == "older-behind":
            layers += self._older_arm()
            if not moments.user_folded:
                layers += self._rising_hand()
        else:
            layers += self._shoulder_hands()
        return [replace(layer, patch=Patch(soften(layer.patch.rgba, self._blur_px), 0, 0)) for layer in layers]

    def _users_maker(self) -> ArmMaker:
        scene, own = self.scene, self.scene.own_look
        bare = scene.is_forearm_bare
        skin = scene.forearm_rgb if bare else scene.skin_rgb
        outfit = Outfit(
            skin, own.garment_rgb, own.trousers_rgb, kind="tee" if bare else "jumper", sleeve=0.30 if bare else 1.0
        )
        size = self.drawn_scale
        return ArmMaker(
            scene.preset.clone.my_age_years, scene.sex, outfit, drawing_light(scene),
            self.user.shoulder_px * size, self.user.stature_px * size, scene.rng(43),
        )  # fmt: skip

    def _others_maker(self) -> ArmMaker:
        scene, look, clone = self.scene, self.scene.look, self.scene.preset.clone
        dyed = self.other.is_dyed
        cloth = look.garment_rgb if dyed else scene.own_look.garment_rgb
        bare = look.garment == "tee" if dyed else scene.is_forearm_bare
        kind = "tee" if bare else "cardigan" if look.garment == "cardigan" else "jumper"
        outfit = Outfit(scene.skin_rgb, cloth, look.trousers_rgb, kind=kind, sleeve=0.30 if bare else 1.0)
        size = self.drawn_scale * self.place.scale
        share = shoulder_ratio(clone.age_years, scene.sex) / shoulder_ratio(clone.my_age_years, scene.sex)
        wide = 2 * self.other.anchors.half_width_px * size
        tall = self.user.stature_px * self.drawn_scale * wide / (self.user.shoulder_px * self.drawn_scale) / share
        tall *= stature_ratio(clone.age_years, scene.sex) / stature_ratio(clone.my_age_years, scene.sex)
        return ArmMaker(clone.age_years, scene.sex, outfit, drawing_light(scene), wide, tall, scene.rng(47))

    def _layer(self, limb: Limb, *, is_users: bool, behind: bool = False) -> Layer:
        """A limb that hangs on its owner's shoulders."""
        at = (
            self.user.shoulder_mid_px
            if is_users
            else self.place.put(self.other.anchors.shoulder_px, self.other.anchors)
        )
        return Layer(limb.patch, _point(limb.origin_px), np.asarray(at, np.float64), is_users, behind)

    def _target(
        self, maker: ArmMaker, at_px: NDArray, *, is_users: bool, forward_m: float
    ) -> tuple[float, float, float]:
        """A clip point as a target of ``maker``'s wrist."""
        own = (
            self.user.shoulder_mid_px
            if is_users
            else self.place.put(self.other.anchors.shoulder_px, self.other.anchors)
        )
        x, y = maker.metres((np.asarray(at_px, np.float64) - own) * self.drawn_scale)
        return float(x), float(y), forward_m

    def _round_the_child(self) -> list[Layer]:
        """The user's arms from behind the child, forearms crossed before its chest."""
        maker = self._users_maker()
        shoulders = self.place.put(self.other.anchors.shoulder_px, self.other.anchors)
        half = self.other.anchors.half_width_px * self.place.scale
        layers = []
        for name, sign, down, forward in (("left", 1.0, 0.95, 0.27), ("right", -1.0, 0.60, 0.31)):
            # the person's left is the picture's right; the wrist goes past the middle
            at = shoulders + half * np.array([-0.30 * sign, down])
            wrist = self._target(maker, at, is_users=True, forward_m=forward)
            reach = Reach(name, wrist, (0.8 * sign, -0.7, -0.1), (-1.0 * sign, 0.12, -0.15))  # type: ignore[arg-type]
            limb = maker.limb(reach)
            layers += [self._layer(limb, is_users=True, behind=True), self._layer(_front_part(limb), is_users=True)]
        return sorted(layers, key=lambda layer: not layer.behind)

    def _childs_hands(self) -> list[Layer]:
        """The child holds on to the arms round it."""
        maker = self._others_maker()
        shoulders = self.place.put(self.other.anchors.shoulder_px, self.other.anchors)
        half = self.other.anchors.half_width_px * self.place.scale
        layers = []
        for name, sign in (("left", 1.0), ("right", -1.0)):
            at = shoulders + half * np.array([0.55 * sign, 1.05])
            wrist = self._target(maker, at, is_users=False, forward_m=0.20)
            reach = Reach(name, wrist, (0.7 * sign, -0.7, -0.2), (-0.55 * sign, 0.8, -0.1))  # type: ignore[arg-type]
            layers.append(self._layer(maker.limb(reach), is_users=False))
        return layers

    def _older_arm(self) -> list[Layer]:
        """The arm of who stands behind, over the near shoulder and across the chest."""
        maker, side = self._others_maker(), self.place.side
        name, sign = ("left", 1.0) if side > 0 else ("right", -1.0)
        wrist = self._target(maker, self._chest(-0.10), is_users=False, forward_m=0.33)
        reach = Reach(name, wrist, (0.5 * sign, -0.9, 0.2), (-1.0 * sign, 0.25, -0.1))  # type: ignore[arg-type]
        return [self._layer(maker.limb(reach), is_users=False)]

    def _rising_hand(self) -> list[Layer]:
        """The user's far hand on the arm that holds them; the near arm is drawn when it was taken away."""
        maker, side = self._users_maker(), self.place.side
        near, far = ("left", "right") if side > 0 else ("right", "left")
        sign = -1.0 if side > 0 else 1.0
        at = self._chest(0.10) + np.array([0.0, 0.10 * self.user.shoulder_px])
        wrist = self._target(maker, at, is_users=True, forward_m=0.30)
        reach = Reach(far, wrist, (0.6 * sign, -0.8, -0.2), (-0.8 * sign, 0.55, -0.1))  # type: ignore[arg-type]
        layers = [self._layer(maker.limb(reach), is_users=True)]
        if self._kept == "none":
            layers.append(self._layer(maker.limb(_hanging(near)), is_users=True))  # type: ignore[arg-type]
        return layers

    def _shoulder_hands(self) -> list[Layer]:
        """A hand on each far shoulder; the arms to them are behind the backs."""
        side = self.place.side
        layers = []
        for is_users in (False, True):
            maker = self._users_maker() if is_users else self._others_maker()
            name, sign = ("left", 1.0) if (side > 0) == is_users else ("right", -1.0)
            if is_users:
                anchors = self.other.anchors
                out = anchors.shoulder_px + anchors.half_width_px * np.array([1.22 * side, 0.42])
                at = self.place.put(out, anchors)
            else:
                at = self.user.shoulder_mid_px + 0.5 * self.user.shoulder_px * np.array([-1.22 * side, 0.42])
            reach = Reach(
                name,
                (0.16 * sign, -0.12, 0.30),
                (0.2 * sign, -1.0, 0.0),
                (-0.85 * sign, -0.40, -0.05),  # type: ignore[arg-type]
            )
            limb = maker.limb(reach, ("hand",))
            layers.append(Layer(limb.patch, _point(limb.wrist_px), np.asarray(at, np.float64), is_users))
        if self._kept == "none":
            far = "right" if side > 0 else "left"
            maker = self._users_maker()
            layers.append(self._layer(maker.limb(_hanging(far)), is_users=True, behind=True))
        if self.other.keep == "none":
            far = "left" if side > 0 else "right"
            layers.append(self._layer(self._others_maker().limb(_hanging(far)), is_users=False, behind=True))
        return layers

    def _chest(self, aside: float) -> NDArray[np.float64]:
        """A point on the user's upper chest, ``aside`` shoulder widths towards the other."""
        user = self.user
        trunk = user.hip_mid_px - user.shoulder_mid_px
        return user.shoulder_mid_px + 0.26 * trunk + np.array([aside * self.place.side * user.shoulder_px, 0.0])


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


def _hanging(side: str) -> Reach:
    sign = 1.0 if side == "left" else -1.0
    return Reach(
        side, (0.25 * sign, -0.50, 0.05), (0.3 * sign, 0.0, -1.0), (0.03 * sign, -1.0, 0.12), (-1.0 * sign, 0.0, -0.2)
    )  # type: ignore[arg-type]


def _front_part(limb: Limb) -> Limb:
    """Forearm and hand of a limb, coming in softly at the elbow: what lies before the person in front."""
    height, width = limb.patch.rgba.shape[:2]
    along = limb.wrist_px - limb.elbow_px
    length = max(float(np.linalg.norm(along)), 1.0)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32) + 0.5)
    far = ((x - limb.elbow_px[0]) * along[0] + (y - limb.elbow_px[1]) * along[1]) / length**2
    keep = np.clip((far + 0.05) / 0.12, 0, 1)[..., None]
    rgba = np.rint(limb.patch.rgba * keep).astype(np.uint8)
    return replace(limb, patch=Patch(rgba, 0, 0))


def _on(patch: Patch, person: Patch, margin_px: float) -> Patch:
    """The part of a hand that lies on a person or a finger's thickness beside the outline; the wrist is behind."""
    import cv2

    height, width = patch.rgba.shape[:2]
    alpha = np.zeros((height, width), np.uint8)
    lay_alpha(alpha, Patch(person.rgba, person.x_px - patch.x_px, person.y_px - patch.y_px))
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


def _point(at: NDArray) -> tuple[float, float]:
    return float(at[0]), float(at[1])
