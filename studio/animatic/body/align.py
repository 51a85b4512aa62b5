"""Align the skeleton with the landmarks of one frame: least squares over joints and proportions only.

Levenberg-Marquardt with Huber weights.  All parameter vectors that a numeric Jacobian needs are evaluated as one batch
through the 21 bones that matter, so an iteration takes milliseconds.  Depth is what one picture does not tell: the
stature is given, mediapipe's relative depth pulls weakly, the joints' ranges do the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body import poses
from studio.animatic.body.camera import AWAY, FACING, Camera
from studio.animatic.body.model import BodyModel, Pose
from studio.animatic.body.shape import Proportions, Rest
from studio.animatic.body.skeleton import rotation_matrices, rotation_vector

LANDMARKS = {
    "nose": 0, "left_ear": 7, "right_ear": 8, "left_shoulder": 11, "right_shoulder": 12, "left_elbow": 13,
    "right_elbow": 14, "left_wrist": 15, "right_wrist": 16, "left_pinky": 17, "right_pinky": 18, "left_index": 19,
    "right_index": 20, "left_hip": 23, "right_hip": 24, "left_knee": 25, "right_knee": 26, "left_ankle": 27,
    "right_ankle": 28, "left_heel": 29, "right_heel": 30, "left_toe": 31, "right_toe": 32,
}  # fmt: skip
"""Our keypoints and mediapipe's numbers of them."""

_STRETCHES = (
    "shoulders",
    "hips",
    "torso",
    "neck",
    "head",
    "upper_arms",
    "forearms",
    "hands",
    "thighs",
    "shins",
    "feet",
)
_STRETCH_SPREAD = (0.07, 0.09, 0.06, 0.15, 0.08, 0.06, 0.06, 0.10, 0.06, 0.06, 0.10)
_SPINE = (("spine_1", 0.2), ("spine_2", 0.25), ("spine_3", 0.3), ("chest", 0.25))
_NECK = (("neck", 0.5), ("head", 0.5))
_LIMBS = ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot")
# How far each limb usually turns (rad), about its three own axes: hinge or x, its length, the third
_RANGES = {
    "clavicle": (0.08, 0.15, 0.18),
    "upper_arm": (0.9, 0.5, 0.9),
    "forearm": (0.9, 0.5, 0.06),
    "hand": (0.35, 0.2, 0.25),
    "thigh": (0.35, 0.2, 0.25),
    "shin": (0.35, 0.08, 0.05),
    "foot": (0.25, 0.15, 0.10),
}
_COARSE = {"pinky": 2.0, "index": 2.0, "ear": 1.4, "heel": 1.6, "toe": 2.0}
_NOISE_SHARE = 0.0035  # of the body height: standard error of a landmark
_CUT_HIPS = 3.0
"""How much less the hips are trusted where the picture ends above the knees: mediapipe then puts them too low."""
_ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class Alignment:
    """What the landmarks say.

    Parameters
    ----------
    pose : of the whole skeleton, fingers relaxed
    proportions : of the person
    error_px : (n,) distance of each used landmark from the body's keypoint
    used : names of the landmarks that were seen
    height_px : of the body in the picture
    """

    pose: Pose
    proportions: Proportions
    error_px: NDArray[np.float64]
    used: tuple[str, ...]
    height_px: float


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
        self.size = 12 + 3 * len(self.bases) + len(_STRETCHES)

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
            for point, bone in (("index", "index_2"), ("pinky", "little_2")):
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
        stretch = self._stretches(np.exp(parameters[:, -len(_STRETCHES) :]))
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
        by = dict(zip(_STRETCHES, of.T, strict=True))
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
        values = dict(zip(_STRETCHES, np.exp(parameters[-len(_STRETCHES) :]).tolist(), strict=True))
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


def align(model: BodyModel, rest: Rest, keypoints_px: NDArray, visibility: NDArray, camera: Camera) -> Alignment | None:
    """Fit pose and proportions to one frame's landmarks; None where the trunk is not seen.

    Parameters
    ----------
    keypoints_px : (33, 3) mediapipe's landmarks, z in pixels, negative towards the camera
    visibility : (33,) 0 to 1
    """
    pixels = np.asarray(keypoints_px, np.float64)
    width, height = camera.size_px
    inside = (pixels[:, 0] > 0) & (pixels[:, 0] < width) & (pixels[:, 1] > 0) & (pixels[:, 1] < height)
    trust = np.where(inside & np.isfinite(pixels).all(axis=1), visibility, 0.0)
    if trust[[11, 12, 23, 24]].min() < 0.3:
        return None
    chain = Chain(model, rest, FACING if pixels[11, 0] > pixels[12, 0] else AWAY)
    problem = _Problem(chain, pixels, trust, camera)
    best = problem.solve(problem.start())
    own = chain.proportions(best)
    error = np.linalg.norm(problem.offsets_px(best[None])[0], axis=1)
    stretched = model.rest(_with(rest.shape, own))
    pose = chain.pose(best, stretched)
    seen = problem.weight > 0
    height_px = float(np.ptp(stretched.vertices_m[:, 1]) * camera.focal_px / np.exp(best[2]))
    used = tuple(n for (n, *_), s in zip(chain.points, seen, strict=True) if s)
    return Alignment(pose, own, error[seen], used, height_px)


def _with(shape, proportions: Proportions):
    from dataclasses import replace

    return replace(shape, proportions=proportions)


class _Problem:
    """Residuals of one frame."""

    def __init__(self, chain: Chain, pixels: NDArray, trust: NDArray, camera: Camera) -> None:
        self.chain, self.camera = chain, camera
        rows = [LANDMARKS[name] for name, *_ in chain.points]
        self.target, self.weight = pixels[rows], np.where(trust[rows] > 0.5, trust[rows], 0.0)
        coarse = [next((c for end, c in _COARSE.items() if name.endswith(end)), 1.0) for name, *_ in chain.points]
        if trust[[25, 26]].max() < 0.5:
            coarse = [
                _CUT_HIPS if name.endswith("hip") else c for c, (name, *_) in zip(coarse, chain.points, strict=True)
            ]
        trunk = (pixels[11, :2] + pixels[12, :2] - pixels[23, :2] - pixels[24, :2]) / 2
        joints = chain.rest.joints_m
        bone = chain.model.bone
        arms, legs = ((joints[bone(f"left_{b}")] + joints[bone(f"right_{b}")]) / 2 for b in ("upper_arm", "thigh"))
        self.px_per_m = max(float(np.linalg.norm(trunk)), 1.0) / float(np.linalg.norm(arms - legs))
        self.height_px = self.px_per_m * float(np.ptp(chain.rest.vertices_m[:, 1]))
        self.noise_px = _NOISE_SHARE * self.height_px * np.array(coarse)
        self.names = [name for name, *_ in chain.points]
        self.hips = [self.names.index("left_hip"), self.names.index("right_hip")]
        self.prior, self.spread = self._prior()
        self.floor = self._floor()

    def _prior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        chain = self.chain
        upright = poses.standing(chain.model, chain.rest)
        mean = np.zeros(chain.size)
        spread = np.full(chain.size, 10.0)
        spread[3:6] = 0.25, 1.0, 0.2
        spread[6:9] = 0.2, 0.25, 0.15
        spread[9:12] = 0.35, 0.4, 0.3
        for n, (name, basis) in enumerate(chain.bases.items()):
            mean[12 + 3 * n : 15 + 3 * n] = upright[chain.model.bone(name)] @ basis
            spread[12 + 3 * n : 15 + 3 * n] = _RANGES[name.partition("_")[2]]
        spread[-len(_STRETCHES) :] = _STRETCH_SPREAD
        return mean, spread

    def _floor(self) -> NDArray[np.float64]:
        """Least hinge angle: elbows and knees do not bend backwards."""
        floor = np.full(self.chain.size, -np.inf)
        joints, bone = self.chain.rest.joints_m.astype(np.float64), self.chain.model.bone
        for n, name in enumerate(self.chain.bases):
            side, _, limb = name.partition("_")
            ends = {"forearm": ("upper_arm", "forearm", "hand"), "shin": ("thigh", "shin", "foot")}.get(limb)
            if ends:
                a, b, c = (joints[bone(f"{side}_{e}")] for e in ends)
                cosine = (b - a) @ (c - b) / np.linalg.norm(b - a) / np.linalg.norm(c - b)
                bent = float(np.arccos(np.clip(cosine, -1, 1)))
                floor[12 + 3 * n] = -bent if limb == "forearm" else -0.05
        return floor

    def start(self) -> NDArray[np.float64]:
        """Standing where the trunk is, limbs along mediapipe's own 3D directions."""
        chain, names = self.chain, self.names
        out = self.prior.copy()
        depth = self.camera.focal_px / self.px_per_m
        hips = self.target[self.hips].mean(axis=0)
        centre = np.asarray(self.camera.centre_px)
        out[:2] = (hips[:2] - centre) / self.camera.focal_px
        out[2] = np.log(depth)
        rotations = poses.standing(chain.model, chain.rest)
        for side in ("left", "right"):
            for limb, end, start, stop in (
                ("upper_arm", "forearm", "shoulder", "elbow"),
                ("forearm", "hand", "elbow", "wrist"),
                ("thigh", "shin", "hip", "knee"),
                ("shin", "foot", "knee", "ankle"),
            ):
                a, b = names.index(f"{side}_{start}"), names.index(f"{side}_{stop}")
                if min(self.weight[a], self.weight[b]) <= 0:
                    continue
                across = self.target[b] - self.target[a]
                length = self.px_per_m * np.linalg.norm(
                    chain.rest.joints_m[chain.model.bone(f"{side}_{end}")]
                    - chain.rest.joints_m[chain.model.bone(f"{side}_{limb}")]
                )
                # the depth that is left over by the length of the bone, in mediapipe's direction
                deep = np.sqrt(max(length**2 - across[0] ** 2 - across[1] ** 2, 0.0))
                across[2] = np.clip(across[2], -deep, deep)
                bone = f"{side}_{limb}"
                poses.aim(chain.model, chain.rest, rotations, bone, f"{side}_{end}", chain.facing.T @ across)
                n = 12 + 3 * list(chain.bases).index(bone)
                out[n : n + 3] = rotations[chain.model.bone(bone)] @ chain.bases[bone]
        return out

    def offsets_px(self, parameters: NDArray) -> NDArray[np.float64]:
        """(p, k, 2) keypoints minus landmarks."""
        return self.camera.project(self.chain.places(parameters)) - self.target[:, :2]

    def residuals(self, parameters: NDArray) -> NDArray[np.float64]:
        """(p, r): landmarks, relative depth, priors, ranges."""
        places = self.chain.places(parameters)
        flat = (self.camera.project(places) - self.target[:, :2]) / self.noise_px[:, None]
        flat *= np.sqrt(self.weight)[:, None]
        depth = places[..., 2] - places[:, self.hips, 2].mean(axis=1, keepdims=True)
        expected = (self.target[:, 2] - self.target[self.hips, 2].mean()) / self.px_per_m
        deep = np.sqrt(self.weight) * (depth - expected) / (0.12 + 0.3 * np.abs(expected))
        pull = (parameters - self.prior) / self.spread
        below = np.minimum(parameters - self.floor, 0) / 0.04
        return np.concatenate([flat.reshape(len(parameters), -1), deep, pull, below], axis=1)

    def solve(self, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Levenberg-Marquardt (Marquardt 1963) with Huber weights on everything but priors."""
        count = self.chain.size
        at, damping, step = start, 1e-2, 1e-5
        many = 3 * len(self.names)
        best = np.inf
        for _ in range(_ITERATIONS):
            batch = np.concatenate([at[None], at + step * np.eye(count)])
            values = self.residuals(batch)
            now, jacobian = values[0], (values[1:] - values[0]).T / step
            huber = np.ones(len(now))
            huber[:many] = np.minimum(1, 3 / np.maximum(np.abs(now[:many]), 1e-9))
            cost = float(huber @ now**2)
            normal, slope = jacobian.T @ (huber[:, None] * jacobian), jacobian.T @ (huber * now)
            for _ in range(8):
                move = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-6), -slope)
                tried = self.residuals((at + move)[None])[0]
                if float(huber @ tried**2) < cost:
                    at, damping = at + move, max(damping / 4, 1e-7)
                    break
                damping *= 6
            else:
                break
            if abs(best - cost) < 1e-4 * cost:
                break
            best = cost
        return at
