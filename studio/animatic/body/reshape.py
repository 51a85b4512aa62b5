"""From the mean body of an age to one person's: stature, single proportions, and what age does that the data lacks.

The source data knows childhood roughly and old age badly (25 and 85 look alike): lengths and girths follow the age
model (`proportions`), and its posture and its waist are made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.body.proportions import GROWN, Measures, measured, of_age
from studio.animatic.body.shape import Proportions, Rest, Shape

if TYPE_CHECKING:
    from studio.animatic.body.model import BodyModel

_LIMBS = {
    "upper_arm": ("forearm", "upper_arms", "arm_girth"),
    "forearm": ("hand", "forearms", "arm_girth"),
    "thigh": ("shin", "thighs", "leg_girth"),
    "shin": ("foot", "shins", "leg_girth"),
}
_SHAPED: dict[tuple[int, float, float], Measures] = {}
"""Measures of grown bodies, by model, sex and build."""


def personal(model: BodyModel, mean: Rest) -> Rest:
    """The mean body made that of ``mean.shape``, standing on y = 0."""
    shape = mean.shape
    own, grown = measured(model, mean), _grown(model, shape)
    bend = posture(model, shape.age_years)
    rest, straight = mean, 1.0
    for _ in range(2 if age.stoop_deg(shape.age_years) > 0 else 1):  # how much a stoop takes is seen when it stoops
        vertices, joints = _stretched(model, mean.vertices_m, mean.joints_m, of_age(shape, own, grown, straight))
        scale = straight * shape.height_m / np.ptp(vertices[:, 1])
        rest = Rest((vertices * scale).astype(np.float32), (joints * scale).astype(np.float32), shape)
        if age.belly_m(shape.age_years) > 0:
            rest = _fuller_waist(model, rest, age.belly_m(shape.age_years))
        vertices, joints = model.deform(rest, bend)
        straight *= shape.height_m / float(np.ptp(vertices[:, 1]))
        rest = Rest(vertices, joints, shape)
    scale = np.float32(shape.height_m / float(np.ptp(rest.vertices_m[:, 1])))
    vertices, joints = _stretched(model, rest.vertices_m * scale, rest.joints_m * scale, shape.proportions)
    ground = np.array([0, vertices[:, 1].min(), 0], np.float32)
    return Rest((vertices - ground).astype(np.float32), (joints - ground).astype(np.float32), shape)


def _grown(model: BodyModel, shape: Shape) -> Measures:
    """What ``shape`` would measure at 25 years, if it showed the sex that it shows now."""
    key = id(model), round(shape.shown_sex, 3), round(shape.build, 3)
    if key not in _SHAPED:
        _SHAPED[key] = measured(model, model.mean(Shape(GROWN, key[1], key[2])))
    return _SHAPED[key]


def posture(model: BodyModel, age_years: float) -> NDArray[np.float32]:
    """Rotations (b, 3) of somebody of that age standing: the back bent, the shoulders forward and falling, the face
    nearly level."""
    rotations = np.zeros((len(model.bones), 3), np.float32)
    bend = np.radians(max(0.0, age.kyphosis_deg(age_years) - age.kyphosis_deg(GROWN)))
    stoop, knees = np.radians(age.stoop_deg(age_years)), np.radians(age.knee_deg(age_years))
    # the upper back bends; the pelvis leans back and keeps the weight over the feet
    shares = {"pelvis": -0.25, "spine_1": 0.0, "spine_2": 0.25, "spine_3": 0.40, "chest": 0.35}
    for bone, share in shares.items():
        rotations[model.bone(bone), 0] = share * bend
    trunk = sum(shares.values()) * bend
    rotations[model.bone("neck"), 0] = 0.8 * stoop
    rotations[model.bone("head"), 0] = -0.9 * (trunk + 0.8 * stoop)
    fall, forward = np.radians(age.shoulder_slope_deg(age_years)), np.radians(age.protraction_deg(age_years))
    for side, sign in (("left", 1), ("right", -1)):
        # about y: the left shoulder goes forward by a negative turn; about z: down
        rotations[model.bone(f"{side}_clavicle")] = 0, -sign * forward, -sign * fall
        rotations[model.bone(f"{side}_upper_arm")] = -0.95 * trunk, sign * 0.55 * forward, sign * fall
        rotations[model.bone(f"{side}_thigh"), 0] = 0.25 * bend - 0.5 * knees
        rotations[model.bone(f"{side}_shin"), 0] = knees
        rotations[model.bone(f"{side}_foot"), 0] = -0.5 * knees
    return rotations


def _fuller_waist(model: BodyModel, rest: Rest, forward_m: float) -> Rest:
    """The belly moved forward and a little sideways, by a smooth bump round the waist."""
    waist = (rest.joints_m[model.bone("spine_1")] + rest.joints_m[model.bone("pelvis")]) / 2
    height = float(rest.joints_m[model.bone("chest"), 1] - rest.joints_m[model.bone("pelvis"), 1])
    trunk = model.weights[:, [n for n, b in enumerate(model.bones) if b.startswith(("pelvis", "spine", "chest"))]]
    off = (rest.vertices_m - waist) / height
    bump = np.exp(-0.5 * ((off[:, 1] - 0.12) / 0.28) ** 2) * trunk.sum(axis=1)
    half = float(np.percentile(np.abs(rest.vertices_m[bump > 0.6, 0]), 95))
    side = rest.vertices_m[:, 0] / half
    front = np.clip(off[:, 2] / 0.25, 0, 1) * np.clip(1 - 0.6 * side**2, 0, 1)
    vertices = rest.vertices_m.copy()
    vertices[:, 2] += forward_m * bump * front
    vertices[:, 0] += 0.35 * forward_m * bump * np.clip(side, -1, 1)
    return Rest(vertices, rest.joints_m, rest.shape)


def _stretched(
    model: BodyModel, vertices: NDArray, joints: NDArray, to: Proportions
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Stretch every bone's skin and move the joints after it, along the skinning weights."""
    if to == Proportions():
        return vertices, joints
    stretch = _bone_stretches(model, joints, to)
    moved = np.array(joints, np.float64)
    for bone, parent in enumerate(model.parents):
        if parent >= 0:
            moved[bone] = moved[parent] + stretch[parent] @ (joints[bone] - joints[parent])
    shift = moved - np.einsum("bij,bj->bi", stretch, joints)
    maps = np.concatenate([stretch, shift[..., None]], axis=2).reshape(-1, 12).astype(np.float32)
    own = (model.weights @ maps).reshape(-1, 3, 4)
    return np.einsum("vij,vj->vi", own[..., :3], vertices) + own[..., 3], moved.astype(np.float32)


def _bone_stretches(model: BodyModel, joints: NDArray, to: Proportions) -> NDArray[np.float64]:
    out = np.tile(np.eye(3), (len(model.bones), 1, 1))
    middle = (to.shoulders + to.hips) / 2
    widths = {"pelvis": to.hips, "spine_1": to.hips, "spine_2": middle, "spine_3": to.shoulders, "chest": to.shoulders}
    for bone, width in widths.items():
        depth = (1 + width) / 2
        out[model.bone(bone)] = np.diag([width, to.torso, depth])
    out[model.bone("neck")] = np.diag([to.neck_girth, to.neck, to.neck_girth])
    out[model.bone("head")] = to.head * np.eye(3)
    for side in ("left", "right"):
        out[model.bone(f"{side}_clavicle")] = np.diag([to.shoulders, 1, 1])
        for limb, (end, length, girth) in _LIMBS.items():
            bone = model.bone(f"{side}_{limb}")
            axis = joints[model.bone(f"{side}_{end}")] - joints[bone]
            axis = axis / np.linalg.norm(axis)
            along = np.outer(axis, axis)
            out[bone] = getattr(to, length) * along + getattr(to, girth) * (np.eye(3) - along)
        for bone, name in enumerate(model.bones):
            if name.startswith(side):
                end = name.removeprefix(f"{side}_")
                if end == "hand" or end.endswith(("_1", "_2", "_3")):
                    out[bone] = to.hands * np.eye(3)
                elif end in ("foot", "toes"):
                    out[bone] = np.diag([1, 1, to.feet])
    return out
