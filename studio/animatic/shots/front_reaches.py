"""The proxy's arms of a front-facing embrace: whose, from where to where, and over or under whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.animatic.age import shoulder_ratio, stature_ratio
from studio.animatic.body.dress import Outfit
from studio.animatic.person import Person
from studio.animatic.scene import Scene, drawing_light, soften
from studio.animatic.shots.front_arms import ArmMaker, Limb, Reach, Side
from studio.animatic.shots.front_moments import Moments
from studio.animatic.shots.front_other import Arms, Other
from studio.animatic.shots.front_place import Place
from studio.core.frames import Patch
from studio.core.settings import Rgb
from studio.core.time import FrameRange

Where = Literal["under", "over", "hand"]

_SHORT_SLEEVE = 0.30
_OUTSIDE = 1.72
"""Where the wrist of a hand on a shoulder is, in half shoulder widths: beyond the outline, hidden by it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A drawn arm as it is placed.

    Parameters
    ----------
    patch : premultiplied, ``drawn_scale`` film pixels per clip pixel
    pivot_px : patch point that comes to lie at ``at_px``
    at_px : (2,) clip pixels, relative to the owner's middle of the shoulder line
    is_users : whose arm it is, and whose movement it follows
    where : "under" the person in front, "over" everything, or a "hand" seen only on the body that it comes round
    """

    patch: Patch
    pivot_px: tuple[float, float]
    at_px: NDArray[np.float64]
    is_users: bool
    where: Where = "over"


class Reaches:
    """Parameters
    ----------
    kept : which of the user's filmed arms stay
    drawn_scale : film pixels per clip pixel at which arms are drawn
    """

    def __init__(
        self, scene: Scene, moments: Moments, user: Person, other: Other, place: Place, kept: Arms, drawn_scale: float
    ) -> None:
        self.scene, self.moments, self.user, self.other = scene, moments, user, other
        self.place, self.kept, self.drawn_scale = place, kept, drawn_scale
        self._sleeve = _sleeve(scene, moments.user)

    def layers(self, blur_px: float) -> list[Layer]:
        """All arms of the staging, as soft as the footage."""
        staging, moments = self.scene.preset.hug.staging, self.moments
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
            layers += [*self._shoulder_hands(), *self._hanging_arms()]
        return [replace(layer, patch=Patch(soften(layer.patch.rgba, blur_px), 0, 0)) for layer in layers]

    def _users_maker(self) -> ArmMaker:
        scene, own = self.scene, self.scene.own_look
        kind = "jumper" if self._sleeve == 1 else "tee"
        outfit = Outfit(self._skin(), own.garment_rgb, own.trousers_rgb, kind=kind, sleeve=self._sleeve)
        size = self.drawn_scale
        return ArmMaker(
            scene.preset.clone.my_age_years, scene.sex, outfit, drawing_light(scene),
            self.user.shoulder_px * size, self.user.stature_px * size, scene.rng(43),
        )  # fmt: skip

    def _skin(self) -> Rgb:
        """Of hands and bare arms: the forearm's as sampled, with most of the face's light."""
        if not self.scene.is_forearm_bare:
            return self.scene.skin_rgb
        r, g, b = (round(0.3 * f + 0.7 * s) for f, s in zip(self.scene.forearm_rgb, self.scene.skin_rgb, strict=True))
        return r, g, b

    def _others_maker(self) -> ArmMaker:
        scene, look, clone = self.scene, self.scene.look, self.scene.preset.clone
        dyed = self.other.is_dyed
        cloth = look.garment_rgb if dyed else scene.own_look.garment_rgb
        sleeve = self._sleeve if not dyed or (look.garment == "tee" and self._sleeve < 1) else 1.0
        kind = "tee" if sleeve < 1 else "cardigan" if look.garment == "cardigan" else "jumper"
        outfit = Outfit(self._skin(), cloth, look.trousers_rgb, kind=kind, sleeve=sleeve)
        size = self.drawn_scale * self.place.scale
        share = shoulder_ratio(clone.age_years, scene.sex) / shoulder_ratio(clone.my_age_years, scene.sex)
        wide = 2 * self.other.anchors.half_width_px * size
        tall = self.user.stature_px * self.drawn_scale * wide / (self.user.shoulder_px * self.drawn_scale) / share
        tall *= stature_ratio(clone.age_years, scene.sex) / stature_ratio(clone.my_age_years, scene.sex)
        return ArmMaker(clone.age_years, scene.sex, outfit, drawing_light(scene), wide, tall, scene.rng(47))

    def _layer(self, limb: Limb, *, is_users: bool, where: Where = "over") -> Layer:
        """A limb that hangs on its owner's shoulders."""
        at = (
            self.user.shoulder_mid_px
            if is_users
            else self.place.put(self.other.anchors.shoulder_px, self.other.anchors)
        )
        return Layer(limb.patch, _point(limb.origin_px), np.asarray(at, np.float64), is_users, where)

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
            layers += [self._layer(limb, is_users=True, where="under"), self._layer(_front_part(limb), is_users=True)]
        return sorted(layers, key=lambda layer: layer.where != "under")

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
        wrist = self._target(maker, self._chest(0.10), is_users=False, forward_m=0.20)
        reach = Reach(name, wrist, (0.5 * sign, -0.9, 0.2), (-1.0 * sign, 0.25, -0.1))  # type: ignore[arg-type]
        # the hand on the far shoulder would lie under the user's own arm where that rises
        far = self._shoulder_hands((False,)) if self.moments.user_folded else []
        return [*far, self._layer(maker.limb(reach), is_users=False)]

    def _rising_hand(self) -> list[Layer]:
        """The user's far hand on the arm that holds them; the near arm is drawn when it was taken away."""
        maker, side = self._users_maker(), self.place.side
        near, far = ("left", "right") if side > 0 else ("right", "left")
        sign = -1.0 if side > 0 else 1.0
        at = self._chest(0.10) + np.array([0.0, 0.10 * self.user.shoulder_px])
        wrist = self._target(maker, at, is_users=True, forward_m=0.30)
        reach = Reach(far, wrist, (0.6 * sign, -0.8, -0.2), (-0.8 * sign, 0.55, -0.1))  # type: ignore[arg-type]
        layers = [self._layer(maker.limb(reach), is_users=True)]
        if self.kept == "none":
            layers.append(self._layer(maker.limb(_hanging(near)), is_users=True))  # type: ignore[arg-type]
        return layers

    def _shoulder_hands(self, owners: tuple[bool, ...] = (False, True)) -> list[Layer]:
        """A hand on each far shoulder; the arms to them are behind the backs."""
        side = self.place.side
        layers = []
        for is_users in owners:
            maker = self._users_maker() if is_users else self._others_maker()
            name, sign = ("left", 1.0) if (side > 0) == is_users else ("right", -1.0)
            if is_users:
                anchors = self.other.anchors
                out = anchors.shoulder_px + anchors.half_width_px * np.array([_OUTSIDE * side, 0.30])
                at = self.place.put(out, anchors)
            else:
                at = self.user.shoulder_mid_px + 0.5 * self.user.shoulder_px * np.array([-_OUTSIDE * side, 0.30])
            reach = Reach(
                name,
                (0.16 * sign, -0.12, 0.30),
                (0.2 * sign, -1.0, 0.0),
                (-0.85 * sign, -0.40, -0.05),  # type: ignore[arg-type]
            )
            limb = maker.limb(reach, ("hand",))
            layers.append(Layer(limb.patch, _point(limb.wrist_px), np.asarray(at, np.float64), is_users, "hand"))
        return layers

    def _hanging_arms(self) -> list[Layer]:
        """Far arms that had to be taken away, hanging."""
        side, layers = self.place.side, []
        if self.kept == "none":
            far = "right" if side > 0 else "left"
            maker = self._users_maker()
            layers.append(self._layer(maker.limb(_hanging(far)), is_users=True, where="under"))
        if self.other.keep == "none":
            far = "left" if side > 0 else "right"
            layers.append(self._layer(self._others_maker().limb(_hanging(far)), is_users=False, where="under"))
        return layers

    def _chest(self, aside: float) -> NDArray[np.float64]:
        """A point on the user's upper chest, ``aside`` shoulder widths towards the other."""
        user = self.user
        trunk = user.hip_mid_px - user.shoulder_mid_px
        return user.shoulder_mid_px + 0.26 * trunk + np.array([aside * self.place.side * user.shoulder_px, 0.0])


def _sleeve(scene: Scene, part: FrameRange) -> float:
    """How far the user's sleeve reaches down the arm: none, short, or all of it."""
    import cv2

    if not scene.is_forearm_bare:
        return 1.0
    at = part.clamp((part.start + part.stop) // 2)
    frame, pose = scene.footage.at(at), scene.analysis.tracks.pose_at(at)
    found = []
    for shoulder, elbow in ((11, 13), (12, 14)):
        x, y = np.rint(pose[shoulder, :2] + 0.30 * (pose[elbow, :2] - pose[shoulder, :2])).astype(int)
        part_px = frame[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].reshape(-1, 3)
        found += [np.median(part_px, axis=0)] if len(part_px) else []
    if not found:
        return _SHORT_SLEEVE
    colours = np.array([[*found, scene.skin_rgb, scene.own_look.garment_rgb]]).round().astype(np.uint8)
    lab = cv2.cvtColor(colours, cv2.COLOR_RGB2LAB)[0].astype(float)
    skin, cloth = (np.linalg.norm((lab[:-2] - lab[at]) * (0.4, 1, 1), axis=1).mean() for at in (-2, -1))
    return 0.0 if skin < cloth else _SHORT_SLEEVE


def _hanging(side: Side) -> Reach:
    sign = 1.0 if side == "left" else -1.0
    return Reach(
        side, (0.25 * sign, -0.50, 0.05), (0.3 * sign, 0.0, -1.0), (0.03 * sign, -1.0, 0.12), (-1.0 * sign, 0.0, -0.2)
    )  # type: ignore[arg-type]


def _front_part(limb: Limb) -> Limb:
    """What of a limb lies before the person in front: from the middle of the upper arm, coming in softly, to the
    hand."""
    height, width = limb.patch.rgba.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32) + 0.5)

    def along(start: NDArray, stop: NDArray) -> NDArray:
        line = stop - start
        return ((x - start[0]) * line[0] + (y - start[1]) * line[1]) / max(float(line @ line), 1.0)

    upper = np.clip((along(limb.shoulder_px, limb.elbow_px) - 0.30) / 0.35, 0, 1)
    fore = np.clip((along(limb.elbow_px, limb.wrist_px) - 0.10) / 0.20, 0, 1)
    rgba = np.rint(limb.patch.rgba * np.maximum(upper, fore)[..., None]).astype(np.uint8)
    return replace(limb, patch=Patch(rgba, 0, 0))


def _point(at: NDArray) -> tuple[float, float]:
    return float(at[0]), float(at[1])
