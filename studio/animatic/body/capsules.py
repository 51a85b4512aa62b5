"""A posed body as capsules: what collides with what, and how deep.

Limbs and hands have one each, the trunk five lying across it (a trunk is wider than deep) and one along each collar
bone, the head one from the back of the skull to the face.  Radii come from the posed skin, so clothes count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from studio.animatic.body.model import BodyModel, Posed

PARTS = (
    "head", "neck", "torso",
    "left_upper_arm", "left_forearm", "left_hand", "left_thigh", "left_shin", "left_foot",
    "right_upper_arm", "right_forearm", "right_hand", "right_thigh", "right_shin", "right_foot",
)  # fmt: skip

_ENDS = {"upper_arm": "forearm", "forearm": "hand", "hand": "middle_2", "thigh": "shin", "shin": "foot"}
_TRUNK = ("pelvis", "spine_1", "spine_2", "spine_3", "chest")


class Capsule(NamedTuple):
    """A segment with a radius at each end; ``part`` is an index of ``PARTS``."""

    a_m: NDArray[np.float32]
    b_m: NDArray[np.float32]
    radius_a_m: float
    radius_b_m: float
    part: int


def capsules(model: BodyModel, posed: Posed) -> tuple[Capsule, ...]:
    """The capsules of a posed body, in the camera frame."""
    main = model.weights.argmax(axis=1)
    out = [_across(model, posed, main, bone, "torso") for bone in _TRUNK]
    out.append(_head(model, posed, main))
    for part, name in enumerate(PARTS):
        own = posed.vertices_m[model.part == part]
        side, _, limb = name.partition("_")
        if name in ("head", "torso"):
            continue
        if name == "neck":
            a, b = posed.joints_m[model.bone("neck")], posed.joints_m[model.bone("head")]
        elif limb == "foot":
            heel, ankle = model.point(f"{side}_heel", posed.vertices_m), posed.joints_m[model.bone(f"{side}_foot")]
            a, b = heel + 0.2 * (ankle - heel), posed.joints_m[model.bone(f"{side}_toes")]
        else:
            a, b = (posed.joints_m[model.bone(f"{side}_{end}")] for end in (limb, _ENDS[limb]))
        out.append(_along(a, b, own, part))
    for side in ("left", "right"):
        a, b = (posed.joints_m[model.bone(f"{side}_{end}")] for end in ("clavicle", "upper_arm"))
        own = posed.vertices_m[main == model.bone(f"{side}_clavicle")]
        out.append(_along(a, b, own, PARTS.index("torso")))
    return tuple(out)


def _along(a: NDArray, b: NDArray, points: NDArray, part: int) -> Capsule:
    """A capsule on a segment, as thick at each end as the skin is there."""
    axis = b - a
    share = np.clip((points - a) @ axis / float(axis @ axis), 0, 1)
    distance = np.linalg.norm(points - a - share[:, None] * axis, axis=1)
    near, far = distance[share < 0.35], distance[share > 0.65]
    thick_a, thick_b = (float(np.median(d if len(d) else distance)) for d in (near, far))
    return Capsule(a.astype(np.float32), b.astype(np.float32), thick_a, thick_b, part)


def _across(model: BodyModel, posed: Posed, main: NDArray, bone: str, part: str) -> Capsule:
    """A slice of the trunk: as thick as the slice is deep, as long as it is wide."""
    number = model.bone(bone)
    turn, at = posed.bones[number, :3, :3], posed.joints_m[number]
    local = (posed.vertices_m[main == number] - at) @ turn
    back, front = np.percentile(local[:, 2], [3, 97])
    radius = float(front - back) / 2
    half = max(float(np.percentile(np.abs(local[:, 0]), 97)) - radius, 0.0)
    low, high = np.percentile(local[:, 1], [3, 97])
    ends = np.array([[half, (low + high) / 2, (back + front) / 2], [-half, (low + high) / 2, (back + front) / 2]])
    a, b = (ends @ turn.T + at).astype(np.float32)
    return Capsule(a, b, radius, radius, PARTS.index(part))


def _head(model: BodyModel, posed: Posed, main: NDArray) -> Capsule:
    number = model.bone("head")
    turn, at = posed.bones[number, :3, :3], posed.joints_m[number]
    local = (posed.vertices_m[main == number] - at) @ turn
    wide, (back, front) = float(np.percentile(np.abs(local[:, 0]), 85)), np.percentile(local[:, 2], [1, 97])
    top, chin = float(local[:, 1].max()), float(np.percentile(local[:, 1], 3))
    radius = (wide + (top - chin) / 2) / 2
    ends = np.array([[0, top - radius, back + radius], [0, chin + 0.85 * radius, front - 0.85 * radius]])
    a, b = (ends @ turn.T + at).astype(np.float32)
    return Capsule(a, b, radius, 0.85 * radius, PARTS.index("head"))
