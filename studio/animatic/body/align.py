"""Align the skeleton with the landmarks of one frame: least squares over joints and proportions only.

Levenberg-Marquardt with Huber weights.  All parameter vectors that a numeric Jacobian needs are evaluated as one batch
through the 21 bones that matter, so an iteration takes milliseconds.  Depth is what one picture does not tell: the
stature is given, mediapipe's relative depth pulls weakly, the joints' ranges do the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body import poses
from studio.animatic.body.camera import AWAY, FACING, Camera
from studio.animatic.body.chain import STRETCHES, Chain
from studio.animatic.body.model import BodyModel, Pose
from studio.animatic.body.shape import Proportions, Rest

LANDMARKS = {
    "nose": 0, "left_ear": 7, "right_ear": 8, "left_shoulder": 11, "right_shoulder": 12, "left_elbow": 13,
    "right_elbow": 14, "left_wrist": 15, "right_wrist": 16, "left_pinky": 17, "right_pinky": 18, "left_index": 19,
    "right_index": 20, "left_hip": 23, "right_hip": 24, "left_knee": 25, "right_knee": 26, "left_ankle": 27,
    "right_ankle": 28, "left_heel": 29, "right_heel": 30, "left_middle": 21, "right_middle": 22,
    "left_toe": 31, "right_toe": 32,
}  # fmt: skip
"""Our keypoints and mediapipe's numbers of them; 21 and 22 are replaced by the hands' middle fingers."""

_STRETCH_SPREAD = {
    "shoulders": 0.07, "hips": 0.09, "torso": 0.06, "neck": 0.15, "head": 0.08, "upper_arms": 0.06, "forearms": 0.06,
    "hands": 0.10, "thighs": 0.06, "shins": 0.06, "feet": 0.10,
}  # fmt: skip
# How far each limb usually turns (rad), about its three own axes: hinge or x, its length, the third
_RANGES = {
    "clavicle": (0.08, 0.15, 0.18),
    "upper_arm": (0.9, 0.5, 0.9),
    "forearm": (0.9, 0.8, 0.06),
    "hand": (0.35, 0.15, 0.25),
    "thigh": (0.35, 0.2, 0.25),
    "shin": (0.35, 0.08, 0.05),
    "foot": (0.25, 0.15, 0.10),
}
_COARSE = {"pinky": 2.0, "middle": 2.0, "index": 2.0, "ear": 1.4, "heel": 1.6, "toe": 2.0}
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


def align(
    model: BodyModel,
    rest: Rest,
    keypoints_px: NDArray,
    visibility: NDArray,
    camera: Camera,
    hands_px: NDArray | None = None,
    depth_m: float | None = None,
) -> Alignment | None:
    """Fit pose and proportions to one frame's landmarks; None where the trunk is not seen.

    Parameters
    ----------
    keypoints_px : (33, 3) mediapipe's landmarks, z in pixels, negative towards the camera
    visibility : (33,) 0 to 1
    hands_px : (2, 21, 3) landmarks of the left and right hand, NaN where not found; better than the pose's own
    depth_m : of the pelvis, where an earlier frame has shown it; the proportions of ``rest`` then stay as they are
    """
    pixels = np.array(keypoints_px, np.float64)
    visibility = np.array(visibility, np.float64)
    # mediapipe's pose knows no middle finger; its places 21 and 22 (thumbs) are not used otherwise
    visibility[21:23] = 0
    for side, hand in enumerate(hands_px if hands_px is not None else ()):
        for landmark, knuckle in ((17 + side, 17), (19 + side, 5), (21 + side, 10)):
            if np.isfinite(hand[knuckle, :2]).all():
                pixels[landmark] = *hand[knuckle, :2], pixels[15 + side, 2]
                visibility[landmark] = visibility[15 + side]
    width, height = camera.size_px
    inside = (pixels[:, 0] > 0) & (pixels[:, 0] < width) & (pixels[:, 1] > 0) & (pixels[:, 1] < height)
    trust = np.where(inside & np.isfinite(pixels).all(axis=1), visibility, 0.0)
    if trust[[11, 12, 23, 24]].min() < 0.3:
        return None
    chain = Chain(model, rest, FACING if pixels[11, 0] > pixels[12, 0] else AWAY)
    problem = _Problem(chain, pixels, trust, camera, depth_m)
    best = problem.solve(problem.start())
    own = chain.proportions(best) if depth_m is None else rest.shape.proportions
    error = np.linalg.norm(problem.offsets_px(best[None])[0], axis=1)
    stretched = rest if depth_m is not None else model.rest(replace(rest.shape, proportions=own))
    pose = chain.pose(best, stretched)
    seen = problem.weight > 0
    height_px = float(np.ptp(stretched.vertices_m[:, 1]) * camera.focal_px / np.exp(best[2]))
    used = tuple(n for (n, *_), s in zip(chain.points, seen, strict=True) if s)
    return Alignment(pose, own, error[seen], used, height_px)


class _Problem:
    """Residuals of one frame."""

    def __init__(
        self, chain: Chain, pixels: NDArray, trust: NDArray, camera: Camera, depth_m: float | None = None
    ) -> None:
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
        if depth_m is not None:
            self.prior[2], self.spread[2] = np.log(depth_m), 0.03
            self.spread[-len(STRETCHES) :] = 1e-3
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
        spread[-len(STRETCHES) :] = [_STRETCH_SPREAD[name] for name in STRETCHES]
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
        out[2] = self.prior[2] if self.spread[2] < 1 else np.log(depth)
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
