"""The bones that landmarks reach, as a function of one vector of parameters that least squares can move."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body import poses
from studio.animatic.body.model import BodyModel, Pose
from studio.animatic.body.shape import Proportions, Rest
from studio.animatic.body.skeleton import rotation_matrices

STRETCHES: tuple[str, ...] = (
    "shoulders", "hips", "torso", "neck", "head", "upper_arms", "forearms", "hands", "thighs", "shins", "feet",
)  # fmt: skip
"""The proportions that landmarks can tell."""

_SPINE = (("spine_1", 0.2), ("spine_2", 0.25), ("spine_3", 0.3), ("chest", 0.25))
_NECK = (("neck", 0.5), ("head", 0.5))
_LIMBS = ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot")


class Chain:
    """The bones that landmarks reach, evaluated for many parameter vectors at once.

    A parameter vector holds: the pelvis' place as (x / z, y / z, log z), the turn of the whole body, of spine and of
    neck, then three angles for each of the seven limb bones left and right, then the logarithms of the stretches.
    """

    def __init__(self, model: BodyModel, rest: Rest, facing: NDArray) -> None:
        self.model, self.rest, self.facing = model, rest, facing
        names = ["pelvis", *(n for n, _ in _SPINE), *(n for n, _ in _NECK)]
        names += [f"{side}_{limb}" for side in ("left", "right") for limb in _LIMBS]
        self.names = names
        rows = [model.bone(n) for n in names]
        full = [int(model.parents[r]) for r in rows]
        self.parents = [rows.index(p) if p >= 0 else -1 for p in full]
        joints = rest.joints_m.astype(np.float64)
        self.offsets = np.array(
            [joints[r] - joints[p] if p >= 0 else np.zeros(3) for r, p in zip(rows, full, strict=True)]
        )
        self.bases = {f"{side}_{limb}": self._axes(side, limb) for side in ("left", "right") for limb in _LIMBS}
        self.points = self._points(joints)
        self.size = 12 + 3 * len(self.bases) + len(STRETCHES)

    def _axes(self, side: str, limb: str) -> NDArray[np.float64]:
        """(3, 3), columns: hinge, the bone's length, across."""
        ends = {"clavicle": "upper_arm", "upper_arm": "forearm", "forearm": "hand", "hand": "middle_1"}
        ends |= {"thigh": "shin", "shin": "foot", "foot": "toes"}
        joints = self.rest.joints_m.astype(np.float64)

        def along(bone: str) -> NDArray[np.float64]:
            return joints[self.model.bone(f"{side}_{ends[bone]}")] - joints[self.model.bone(f"{side}_{bone}")]

        length = along(limb) / np.linalg.norm(along(limb))
        hinge = np.array([1.0, 0, 0])
        if limb in ("upper_arm", "forearm"):
            hinge = np.cross(along("upper_arm"), along("forearm"))
        elif limb == "hand":
            hinge = np.cross(length, poses.palm_normal(self.model, joints, side))
        hinge = hinge - (hinge @ length) * length
        hinge /= np.linalg.norm(hinge)
        return np.stack([hinge, length, np.cross(hinge, length)], axis=1)

    def _points(self, joints: NDArray) -> list[tuple[str, int, NDArray[np.float64]]]:
        """Keypoints: name, the bone that carries it, place from that bone's joint."""
        at_joint = {"shoulder": "upper_arm", "elbow": "forearm", "wrist": "hand", "hip": "thigh", "knee": "shin"}
        at_joint["ankle"] = "foot"
        found = [("nose", "head", self.model.point("nose", self.rest.vertices_m))]
        for side in ("left", "right"):
            found += [
                (f"{side}_{p}", f"{side}_{b}", joints[self.model.bone(f"{side}_{b}")]) for p, b in at_joint.items()
            ]
            found.append((f"{side}_ear", "head", self.model.point(f"{side}_ear", self.rest.vertices_m)))
            for point, bone in (("index", "index_1"), ("pinky", "little_1"), ("middle", "middle_2")):
                found.append((f"{side}_{point}", f"{side}_hand", joints[self.model.bone(f"{side}_{bone}")]))
            for point, skin in (("heel", "heel"), ("toe", "big_toe")):
                found.append(
                    (f"{side}_{point}", f"{side}_foot", self.model.point(f"{side}_{skin}", self.rest.vertices_m))
                )
        return [
            (name, self.names.index(bone), np.asarray(place, np.float64) - joints[self.model.bone(bone)])
            for name, bone, place in found
        ]

    def turns(self, parameters: NDArray) -> NDArray[np.float64]:
        """(p, bones, 3) axis-angle of every bone of the chain."""
        out = np.zeros((len(parameters), len(self.names), 3))
        for start, shares in ((6, _SPINE), (9, _NECK)):
            for name, share in shares:
                out[:, self.names.index(name)] = share * parameters[:, start : start + 3]
        for n, (name, basis) in enumerate(self.bases.items()):
            out[:, self.names.index(name)] = parameters[:, 12 + 3 * n : 15 + 3 * n] @ basis.T
        return out

    def places(self, parameters: NDArray) -> NDArray[np.float64]:
        """(p, k, 3) keypoints in the camera frame."""
        own = rotation_matrices(self.turns(parameters))
        stretch = self._stretches(np.exp(parameters[:, -len(STRETCHES) :]))
        turns, moved = np.empty_like(own), np.empty((*own.shape[:2], 3))
        turns[:, 0] = self.facing @ rotation_matrices(parameters[:, 3:6])
        depth = np.exp(parameters[:, 2])
        moved[:, 0] = np.stack([parameters[:, 0] * depth, parameters[:, 1] * depth, depth], axis=1)
        for bone, parent in enumerate(self.parents[1:], 1):
            offset = stretch[:, parent] * self.offsets[bone]
            moved[:, bone] = moved[:, parent] + np.einsum("pij,pj->pi", turns[:, parent], offset)
            turns[:, bone] = turns[:, parent] @ own[:, bone]
        bones = [b for _, b, _ in self.points]
        offsets = stretch[:, bones] * np.array([o for *_, o in self.points])
        return moved[:, bones] + np.einsum("pkij,pkj->pki", turns[:, bones], offsets)

    def _stretches(self, of: NDArray) -> NDArray[np.float64]:
        """(p, bones, 3) factors along the body axes, as ``reshape`` applies them; a limb's offset lies along it."""
        by = dict(zip(STRETCHES, of.T, strict=True))
        one = np.ones(len(of))
        wide = {"pelvis": "hips", "spine_1": "hips", "spine_3": "shoulders", "chest": "shoulders"}
        limbs = {"upper_arm": "upper_arms", "forearm": "forearms", "hand": "hands", "thigh": "thighs", "shin": "shins"}
        out = np.ones((len(of), len(self.names), 3))
        for bone, name in enumerate(self.names):
            limb = name.partition("_")[2] if name.startswith(("left", "right")) else name
            if name in wide or name == "spine_2":
                width = by[wide[name]] if name in wide else (by["shoulders"] + by["hips"]) / 2
                out[:, bone] = np.stack([width, by["torso"], (1 + width) / 2], axis=1)
            elif limb == "clavicle":
                out[:, bone] = np.stack([by["shoulders"], one, one], axis=1)
            elif limb == "neck":
                out[:, bone] = np.stack([one, by["neck"], one], axis=1)
            elif limb == "head":
                out[:, bone] = by["head"][:, None]
            elif limb == "foot":
                out[:, bone] = np.stack([one, one, by["feet"]], axis=1)
            else:
                out[:, bone] = by[limbs[limb]][:, None]
        return out

    def proportions(self, parameters: NDArray) -> Proportions:
        """The stretches of one parameter vector."""
        values = dict(zip(STRETCHES, np.exp(parameters[-len(STRETCHES) :]).tolist(), strict=True))
        return Proportions(**{f.name: values.get(f.name, 1.0) for f in fields(Proportions)})

    def pose(self, parameters: NDArray, rest: Rest) -> Pose:
        """The pose of the whole skeleton; ``rest`` has the proportions already."""
        rotations = np.zeros((len(self.model.bones), 3), np.float32)
        for side in ("left", "right"):
            rotations += poses.hand(self.model, rest, side, 0.22)
        for name, turn in zip(self.names, self.turns(parameters[None])[0], strict=True):
            rotations[self.model.bone(name)] = turn
        root = self.facing @ rotation_matrices(parameters[None, 3:6])[0]
        depth = np.exp(parameters[2])
        pelvis = np.array([parameters[0] * depth, parameters[1] * depth, depth])
        return Pose(rotations, root.astype(np.float32), pelvis - root @ rest.joints_m[0])
