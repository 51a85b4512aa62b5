"""Plain poses: hands that are neither stars nor fists, somebody standing, a limb pointed somewhere.

Everything returns or changes rotations (b, 3) as `Pose.rotations_rad` takes them; they are the starting points and
priors of the fit and of the embrace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.shape import Rest
from studio.animatic.body.skeleton import bone_transforms, rotation_between, rotation_matrices, rotation_vector

if TYPE_CHECKING:
    from studio.animatic.body.model import BodyModel

FINGERS = ("thumb", "index", "middle", "ring", "little")
_FULL_CURL_DEG = (75.0, 95.0, 60.0)  # knuckle, middle and end joint of a closed fist
_RELAXED = {"thumb": 0.5, "index": 0.85, "middle": 1.0, "ring": 1.12, "little": 1.2}  # a resting hand closes outwards
_FAN_DEG = {"thumb": 0.0, "index": -12.0, "middle": 0.0, "ring": 9.0, "little": 20.0}  # of the data's rest hand


def hand(model: BodyModel, rest: Rest, side: str, curl: float, spread: float = 0.3) -> NDArray[np.float32]:
    """Rotations (b, 3) of one hand's finger bones, zero elsewhere.

    Parameters
    ----------
    curl : 0 flat, 0.3 relaxed, 1 a fist
    spread : 0 fingers side by side, 1 fanned
    """
    out = np.zeros((len(model.bones), 3), np.float32)
    for finger in FINGERS:
        bones = [model.bone(f"{side}_{finger}_{n}") for n in (1, 2, 3)]
        flat = _flat_turns(model, rest, side, finger)
        axis, normal = _hinge(model, rest, side, finger)
        fan = np.radians(_FAN_DEG[finger]) * (1 - spread) * (1 if side == "left" else -1)
        for n, bone in enumerate(bones):
            bend = np.radians(_FULL_CURL_DEG[n]) * min(curl * _RELAXED[finger], 1.0)
            wanted = _about(normal, fan) @ _about(axis, bend) if n == 0 else _about(axis, bend)
            if finger == "thumb":
                wanted = _about(axis, 0.5 * bend if n else 0.35 * bend)
            # flat_turns straightens what the data holds already, so that curl 0 is a flat hand
            out[bone] = rotation_vector(wanted @ flat[n])
    return out


def standing(model: BodyModel, rest: Rest, curl: float = 0.3) -> NDArray[np.float32]:
    """Rotations (b, 3) of somebody standing with the arms hanging."""
    out = np.zeros((len(model.bones), 3), np.float32)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        out[model.bone(f"{side}_clavicle"), 2] = -0.08 * sign
        aim(model, rest, out, f"{side}_upper_arm", f"{side}_forearm", np.array([0.17 * sign, -1.0, -0.03]))
        aim(model, rest, out, f"{side}_forearm", f"{side}_hand", np.array([0.06 * sign, -1.0, 0.22]))
        aim(model, rest, out, f"{side}_hand", f"{side}_middle_1", np.array([0.02 * sign, -1.0, 0.20]))
        aim(model, rest, out, f"{side}_thigh", f"{side}_shin", np.array([0.035 * sign, -1.0, 0.02]))
        aim(model, rest, out, f"{side}_shin", f"{side}_foot", np.array([0.03 * sign, -1.0, -0.05]))
        level(model, rest, out, f"{side}_foot")
        out += hand(model, rest, side, curl)
    return out


def level(model: BodyModel, rest: Rest, rotations: NDArray, bone: str) -> None:
    """Give a bone the direction in the body frame that it has at rest (a foot flat on the ground)."""
    number = model.bone(bone)
    turns, _ = bone_transforms(model.parents, rest.joints_m, rotations)
    rotations[number] = rotation_vector(turns[model.parents[number]].T)


def aim(
    model: BodyModel, rest: Rest, rotations: NDArray, bone: str, end: str, direction: NDArray, twist_rad: float = 0.0
) -> None:
    """Turn ``bone``, in place and by the smallest rotation, so that the joint of ``end`` lies along ``direction``.

    ``direction`` is in the body frame; ``twist_rad`` is added about the bone's own axis.
    """
    number = model.bone(bone)
    turns, _ = bone_transforms(model.parents, rest.joints_m, rotations)
    parent = turns[model.parents[number]]
    along = np.asarray(rest.joints_m[model.bone(end)] - rest.joints_m[number], np.float64)
    own = rotation_matrices(rotation_between(along, parent.T @ np.asarray(direction, np.float64))[None])[0]
    rotations[number] = rotation_vector(own @ _about(along / np.linalg.norm(along), twist_rad))


def _about(axis: NDArray, angle_rad: float) -> NDArray[np.float64]:
    return rotation_matrices((axis * angle_rad)[None])[0]


def palm_normal(model: BodyModel, joints_m: NDArray, side: str) -> NDArray[np.float64]:
    """Unit vector (3,) out of the palm, from the joints of wrist and knuckles."""
    wrist, index, little = (joints_m[model.bone(f"{side}_{b}")] for b in ("hand", "index_1", "little_1"))
    normal = np.cross(np.asarray(index - wrist, np.float64), little - wrist) * (-1 if side == "left" else 1)
    return normal / np.linalg.norm(normal)


def _hinge(model: BodyModel, rest: Rest, side: str, finger: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Axis about which a positive turn closes the finger, and the palm's normal."""
    normal = palm_normal(model, rest.joints_m, side)
    knuckle, middle = (rest.joints_m[model.bone(f"{side}_{finger}_{n}")] for n in (1, 2))
    along = np.asarray(middle - knuckle, np.float64)
    if finger == "thumb":
        little = rest.joints_m[model.bone(f"{side}_little_1")]
        axis = np.cross(along, little - knuckle + 0.5 * np.linalg.norm(little - knuckle) * normal)
    else:
        axis = np.cross(along - (along @ normal) * normal, normal)
    return axis / np.linalg.norm(axis), normal


def _flat_turns(model: BodyModel, rest: Rest, side: str, finger: str) -> list[NDArray[np.float64]]:
    """For each of the three joints the turn that takes out the curl of the data's rest hand."""
    if finger == "thumb":
        return [np.eye(3)] * 3
    axis, normal = _hinge(model, rest, side, finger)
    joints = [rest.joints_m[model.bone(f"{side}_{finger}_{n}")].astype(np.float64) for n in (1, 2, 3)]
    flat = np.cross(normal, axis)
    angles, before = [], 0.0
    for start, stop in ((joints[0], joints[1]), (joints[1], joints[2])):
        along = stop - start
        angle = float(np.arctan2(along @ normal, along @ flat))
        angles.append(angle - before)
        before = angle
    angles.append(0.6 * angles[1])
    return [_about(axis, -a) for a in angles]
