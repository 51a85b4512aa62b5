"""Arms and hands of the body proxy, reaching where a front-facing embrace wants them.

A person facing the camera is stood behind the film as a proxy of the same shoulder width and stature; only its arms
are drawn.  The elbow is found by two-bone inverse kinematics with a hint of where it points, the roll of forearm and
hand by trying turns until the palm looks the wanted way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import FACING, Camera
from studio.animatic.body.dress import Outfit, Wardrobe, draw
from studio.animatic.body.model import Pose, Posed, load_body
from studio.animatic.body.poses import aim, hand, palm_normal, standing
from studio.animatic.body.shape import Proportions, Shape
from studio.animatic.body.skeleton import bone_transforms
from studio.core.frames import Patch
from studio.core.people import Light

Side = Literal["left", "right"]
"""The person's own."""

_FAR_M = 4.0
"""Distance of the lens: far enough that a hand before the chest does not swell."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where one arm goes.  Lengths in metres of the body frame (x to the person's left, y up, z to the front), relative
    to the middle of the shoulder line.

    Parameters
    ----------
    wrist_m : (3,) target of the wrist; taken nearer where the arm is too short
    elbow : direction in which the elbow points away from the line shoulder to wrist
    fingers : direction of the hand
    palm : direction that the palm looks
    curl : 0 flat to 1 fist
    """

    side: Side
    wrist_m: tuple[float, float, float]
    elbow: tuple[float, float, float] = (0.0, -1.0, 0.0)
    fingers: tuple[float, float, float] = (0.0, -1.0, 0.0)
    palm: tuple[float, float, float] = (0.0, 0.0, -1.0)
    curl: float = 0.22


@dataclass(frozen=True, slots=True)
class Limb:
    """A drawn arm.

    Parameters
    ----------
    patch : premultiplied; drawn at the size of the film
    shoulder_px, elbow_px, wrist_px : joints in patch pixels
    origin_px : the middle of the person's shoulder line in patch pixels
    """

    patch: Patch
    shoulder_px: NDArray[np.float64]
    elbow_px: NDArray[np.float64]
    wrist_px: NDArray[np.float64]
    origin_px: NDArray[np.float64]


class ArmMaker:
    """Draws arms of one person.

    Parameters
    ----------
    shape : whose arms
    shoulder_px : distance of the shoulder joints in the film
    stature_px : in the film
    """

    def __init__(
        self,
        age_years: float,
        sex: float,
        outfit: Outfit,
        light: Light,
        shoulder_px: float,
        stature_px: float,
        rng: np.random.Generator,
    ) -> None:
        self.model = load_body()
        plain = Shape(age_years, sex)
        self.px_per_m = stature_px / plain.height_m
        joints = self.model.rest(plain).joints_m
        wide = float(np.linalg.norm(joints[self.model.bone("left_upper_arm")] - joints[self._bone("right_upper_arm")]))
        share = float(np.clip(shoulder_px / self.px_per_m / wide, 0.8, 1.2))
        self.rest = self.model.rest(Shape(age_years, sex, proportions=Proportions(shoulders=share)))
        self.light, self.outfit = light, outfit
        self._wardrobe = Wardrobe(self.model, self.rest, outfit, rng)

    def metres(self, offset_px: NDArray) -> NDArray[np.float64]:
        """A film offset from the middle of the shoulder line as (x, y) of the body frame."""
        return np.array([offset_px[0], -offset_px[1]], np.float64) / self.px_per_m

    def limb(self, reach: Reach, parts: Sequence[str] = ("upper_arm", "forearm", "hand")) -> Limb:
        """Pose and draw one arm, or only some ``parts`` of it."""
        rotations = self._posed(reach)
        origin = self._middle()
        root = np.asarray(FACING, np.float64)
        moved = np.array([0.0, 0.0, _FAR_M]) - root @ origin
        posed = self.model.pose(self.rest, Pose(rotations, root.astype(np.float32), moved.astype(np.float32)))
        size = round(3.2 * self.px_per_m)
        camera = Camera(self.px_per_m * _FAR_M, (size / 2, size / 2), (size, size))
        names = [f"{reach.side}_{part}" for part in parts]
        # a sleeve goes on to the shoulder, a bare arm begins where the shoulder does
        fade = ((-0.02, 0.03) if self.outfit.sleeve > 0 else (0.0, 0.05)) if "upper_arm" in parts else None
        drawn = draw(camera, self._wardrobe.wear(posed), self.light, self._wardrobe.grain, parts=names, fade_m=fade)
        corner = np.array([drawn.patch.x_px, drawn.patch.y_px], np.float64)
        joints = [
            self._seen(camera, posed, f"{reach.side}_{bone}") - corner for bone in ("upper_arm", "forearm", "hand")
        ]
        origin_px = np.array([size / 2, size / 2]) - corner
        return Limb(Patch(self._lit(drawn.patch.rgba), 0, 0), joints[0], joints[1], joints[2], origin_px)

    def _lit(self, rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The drawing with its skin and its cloth as bright as they were sampled: beside the real ones a shade less
        light is noticed at once."""
        solid = rgba[..., 3] > 200
        if solid.sum() < 50:
            return rgba
        colours = np.array([self.outfit.skin, self.outfit.top], np.float32)
        rgb = rgba[..., :3].astype(np.float32)
        hue = rgb / np.maximum(rgb.sum(-1, keepdims=True), 1)
        own = colours / colours.sum(1, keepdims=True)
        nearer = np.linalg.norm(hue - own[0], axis=-1) - np.linalg.norm(hue - own[1], axis=-1)
        cloth = np.clip(nearer / 0.03 + 0.5, 0, 1)
        gain = np.ones(rgba.shape[:2], np.float32)
        for colour, share in ((colours[0], 1 - cloth), (colours[1], cloth)):
            mine = solid & (share > 0.5)
            if mine.sum() > 50:
                seen = float(np.percentile(rgb[mine].mean(-1), 50))
                gain += share * (float(np.clip(colour.mean() / max(seen, 1.0), 0.85, 1.45)) - 1)
        out = rgba.copy()
        out[..., :3] = np.minimum(rgb * gain[..., None] + 0.5, rgba[..., 3:]).astype(np.uint8)
        return out

    def _posed(self, reach: Reach) -> NDArray[np.float32]:
        model, rest, side = self.model, self.rest, reach.side
        rotations = standing(model, rest)
        for finger in model.bones:
            if finger.startswith(f"{side}_") and finger.endswith(("_1", "_2", "_3")):
                rotations[model.bone(finger)] = 0
        rotations += hand(model, rest, side, reach.curl, 0.15)
        joints = self._joints(rotations)
        shoulder, elbow, wrist = (joints[self._bone(f"{side}_{b}")] for b in ("upper_arm", "forearm", "hand"))
        upper, lower = float(np.linalg.norm(elbow - shoulder)), float(np.linalg.norm(wrist - elbow))
        target = self._middle() + np.asarray(reach.wrist_m, np.float64)
        bend = elbow_between(shoulder, target, upper, lower, np.asarray(reach.elbow, np.float64))
        line = target - bend
        aim(model, rest, rotations, f"{side}_upper_arm", f"{side}_forearm", bend - shoulder)
        # The palm's look is shared: two thirds by the forearm, as in a body, the rest at the wrist.
        best = (-np.inf, 0.0)
        for turn in np.radians(np.arange(-150, 151, 15)):
            aim(model, rest, rotations, f"{side}_forearm", f"{side}_hand", line, 0.67 * turn)
            aim(model, rest, rotations, f"{side}_hand", f"{side}_middle_1", np.asarray(reach.fingers), 0.33 * turn)
            looks = palm_normal(model, self._joints(rotations), side) @ np.asarray(reach.palm, np.float64)
            best = max(best, (float(looks) - 0.1 * abs(turn), float(turn)))
        aim(model, rest, rotations, f"{side}_forearm", f"{side}_hand", line, 0.67 * best[1])
        aim(model, rest, rotations, f"{side}_hand", f"{side}_middle_1", np.asarray(reach.fingers), 0.33 * best[1])
        return rotations

    def _bone(self, name: str) -> int:
        return self.model.bone(name)

    def _joints(self, rotations: NDArray) -> NDArray[np.float64]:
        turns, moves = bone_transforms(self.model.parents, self.rest.joints_m, rotations)
        return np.einsum("bij,bj->bi", turns, self.rest.joints_m) + moves

    def _middle(self) -> NDArray[np.float64]:
        joints = self._joints(standing(self.model, self.rest))
        return 0.5 * (joints[self._bone("left_upper_arm")] + joints[self._bone("right_upper_arm")])

    def _seen(self, camera: Camera, posed: Posed, bone: str) -> NDArray[np.float64]:
        return np.asarray(camera.project(posed.joints_m[self._bone(bone)]), np.float64)


def elbow_between(shoulder: NDArray, wrist: NDArray, upper: float, lower: float, hint: NDArray) -> NDArray[np.float64]:
    """The elbow of an arm with bones ``upper`` and ``lower``: on the circle of possible ones, the one nearest to
    ``hint``.  A wrist out of reach, or too near, gets the straightest or most bent arm towards it."""
    line = np.asarray(wrist, np.float64) - shoulder
    distance = max(float(np.linalg.norm(line)), 1e-6)
    axis = line / distance
    reach = float(np.clip(distance, abs(upper - lower) + 1e-3, 0.995 * (upper + lower)))
    along = (upper**2 - lower**2 + reach**2) / (2 * reach)
    out = float(np.sqrt(max(upper**2 - along**2, 0.0)))
    side = np.asarray(hint, np.float64)
    side = side - (side @ axis) * axis
    if float(np.linalg.norm(side)) < 1e-6:  # the hint lies along the arm: any direction across it
        side = np.eye(3)[int(np.argmin(np.abs(axis)))]
        side = side - (side @ axis) * axis
    side /= np.linalg.norm(side)
    return shoulder + along * axis + out * side
