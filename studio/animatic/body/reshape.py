"""From the mean body of an age to one person's: stature, single proportions, and what age does that the data lacks.

The source data knows childhood well and old age badly (25 and 85 look alike), so the stoop, the rounded shoulders, the
thinner limbs and the fuller waist of the old are made here, after the curves of ``age.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.body.shape import Proportions, Rest, Shape, old_age

if TYPE_CHECKING:
    from studio.animatic.body.model import BodyModel

_LIMBS = {
    "upper_arm": ("forearm", "upper_arms", "arm_girth"),
    "forearm": ("hand", "forearms", "arm_girth"),
    "thigh": ("shin", "thighs", "leg_girth"),
    "shin": ("foot", "shins", "leg_girth"),
}
_CHILD = ((3, 1.12, 0.86), (5, 1.11, 0.88), (8, 1.08, 0.92), (12, 1.03, 0.97), (16, 1.0, 1.0))
"""Years, size of the head, length of the legs: ratio of the tables to the source data."""


def personal(model: BodyModel, rest: Rest) -> Rest:
    """The mean body ``rest`` made that of ``rest.shape``, standing on y = 0."""
    shape = rest.shape
    upright = _aged_proportions(shape)
    vertices, joints = _stretched(model, rest.vertices_m, rest.joints_m, upright)
    scale = shape.height_m / (np.ptp(vertices[:, 1]) * _stoop_loss(shape))
    rest = Rest((vertices * scale).astype(np.float32), (joints * scale).astype(np.float32), shape)
    aged = old_age(shape.age_years)
    if aged > 0:
        rest = _fuller_waist(model, rest, 0.030 * aged)
        vertices, joints = model.deform(rest, posture(model, shape.age_years))
        rest = Rest(vertices, joints, shape)
    vertices, joints = _stretched(model, rest.vertices_m, rest.joints_m, shape.proportions)
    ground = np.array([0, vertices[:, 1].min(), 0], np.float32)
    return Rest((vertices - ground).astype(np.float32), (joints - ground).astype(np.float32), shape)


def posture(model: BodyModel, age_years: float) -> NDArray[np.float32]:
    """Rotations (b, 3) of somebody of that age standing: the back bent, the shoulders forward, the face level."""
    rotations = np.zeros((len(model.bones), 3), np.float32)
    aged = old_age(age_years)
    bend = 0.8 * np.radians(age.stoop_deg(age_years))
    shares = {"spine_1": 0.2, "spine_2": 0.35, "spine_3": 0.75, "chest": 0.75, "neck": 0.45, "head": -1.1}
    for bone, share in shares.items():
        rotations[model.bone(bone), 0] = share * bend
    rotations[model.bone("pelvis"), 0] = -0.15 * bend
    trunk = sum(shares[b] for b in ("spine_1", "spine_2", "spine_3", "chest")) - 0.15
    for side, sign in (("left", 1), ("right", -1)):
        # about y: the left shoulder goes forward by a negative turn; about z: down
        rotations[model.bone(f"{side}_clavicle")] = 0, -sign * 0.22 * aged, -sign * 0.05 * aged
        rotations[model.bone(f"{side}_upper_arm"), 0] = -0.95 * trunk * bend
        rotations[model.bone(f"{side}_upper_arm"), 1] = sign * 0.12 * aged
        rotations[model.bone(f"{side}_thigh"), 0] = 0.15 * bend - 0.06 * aged
        rotations[model.bone(f"{side}_shin"), 0] = 0.12 * aged
        rotations[model.bone(f"{side}_foot"), 0] = -0.06 * aged
    return rotations


def _stoop_loss(shape: Shape) -> float:
    """The stature of ``age.py`` includes the loss by stooping; the straight body is that much longer."""
    return float(np.cos(np.radians(0.6 * age.stoop_deg(shape.age_years))))


def _aged_proportions(shape: Shape) -> Proportions:
    """Corrections of the source data: children get the larger head and the shorter legs of ``age.py``'s tables, the old
    thinner limbs."""
    years = shape.age_years
    thin = age.limb_ratio(years) if years > 50 else 1.0
    young = np.interp(years, *np.array(_CHILD)[:, :2].T), np.interp(years, *np.array(_CHILD)[:, [0, 2]].T)
    head, legs = (float(v) for v in young)
    arms = 1 - 0.6 * (1 - legs)
    return Proportions(
        shoulders=1 - 0.3 * (1 - legs),
        hips=1 - 0.5 * (1 - legs),
        head=head,
        thighs=legs,
        shins=legs,
        upper_arms=arms,
        forearms=arms,
        arm_girth=thin**1.5,
        leg_girth=thin,
    )


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
    out[model.bone("neck")] = np.diag([1, to.neck, 1])
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
