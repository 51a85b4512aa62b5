"""How the other self moves: it walks away from the lens, opens its arms, closes them, breathes, squeezes.

Hip, knee and foot angles over one stride after D. A. Winter, "Biomechanics and Motor Control of Human Movement",
smoothed to 5 harmonics; the pelvis turns and drops with the legs, the chest turns against it, and its height
follows from the lower foot standing on the ground.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.model import BodyModel, Pose
from studio.animatic.body.poses import aim, hand, standing
from studio.animatic.body.shape import Rest
from studio.animatic.body.skeleton import bone_transforms, rotation_matrices, rotation_vector

BREATH_S = 3.6
SIDES = (("left", 1.0, 0.0), ("right", -1.0, 0.5))
_LAG = {"clavicle": 0.0, "upper_arm": 0.0, "forearm": 0.10, "hand": 0.20}
_FINGER_LAG = 0.28


def _stride(at: list[float], deg: list[float]) -> NDArray[np.complex128]:
    """Fourier coefficients (harmonics 0..5) of a stride curve given by some of its points."""
    phase = np.arange(64) / 64
    return np.fft.rfft(np.interp(phase, at, deg))[:6] / 64


_HIP = _stride([0, 0.1, 0.3, 0.5, 0.6, 0.75, 0.87, 1], [26, 23, 5, -13, -8, 17, 28, 26])
_KNEE = _stride([0, 0.15, 0.4, 0.5, 0.62, 0.73, 0.87, 0.97, 1], [6, 16, 6, 14, 42, 60, 28, 5, 6])
_FOOT = _stride([0, 0.1, 0.4, 0.5, 0.62, 0.72, 0.9, 1], [-14, 0, 2, 15, 43, 45, 4, -14])


def _at(curve: NDArray[np.complex128], phase: float) -> float:
    """Radians at a phase of the stride."""
    wave = np.exp(2j * np.pi * phase * np.arange(6))
    return float(np.radians(2 * (curve * wave).real.sum() - curve[0].real))


def walk(
    model: BodyModel, rest: Rest, phase: float, vigour: float = 1.0, arms_open: float = 0.0
) -> NDArray[np.float32]:
    """Rotations (b, 3) of somebody walking.

    Parameters
    ----------
    phase : position in the stride; whole numbers are the strikes of the left heel
    vigour : length of the stride; 1 an adult, 0.6 somebody old, 0 stands
    arms_open : 0 they swing .. 1 they are stretched out to the front and wide
    """
    rotations = standing(model, rest)
    x_axis, beat = np.array([1.0, 0, 0]), 2 * np.pi * phase
    for side, _, shift in SIDES:
        hip, knee, foot = (vigour * _at(curve, phase + shift) for curve in (_HIP, _KNEE, _FOOT))
        _turn(model, rotations, f"{side}_thigh", -hip * x_axis)
        _turn(model, rotations, f"{side}_shin", knee * x_axis)
        _turn(model, rotations, f"{side}_foot", (foot + hip - knee) * x_axis)
        late = float(
            np.clip((((phase + shift) % 1) - 0.3) / 0.15, 0, 1) * np.clip((0.75 - (phase + shift) % 1) / 0.15, 0, 1)
        )
        rotations[model.bone(f"{side}_toes")] = -late * np.clip(foot, 0, 0.6) * x_axis
    turn, drop = 0.09 * vigour * np.cos(beat), 0.05 * vigour * np.sin(beat)
    rotations[model.bone("pelvis")] += np.array([0, -turn, drop], np.float32)
    for side, _, _ in SIDES:  # the legs hang from the pelvis but do not turn with it
        _turn(model, rotations, f"{side}_thigh", np.array([0, turn, -drop]), first=True)
    rotations[model.bone("spine_1")] += np.array([0.03 * vigour, 0.6 * turn, -0.6 * drop], np.float32)
    rotations[model.bone("spine_3")] += np.array([0, 0.8 * turn, -0.5 * drop], np.float32)
    rotations[model.bone("neck")] += np.array([0, -0.4 * turn, 0.1 * drop], np.float32)
    for side, out, shift in SIDES:
        _swing(model, rest, rotations, side, out, phase + shift, vigour, arms_open)
    return rotations


def _swing(
    model: BodyModel,
    rest: Rest,
    rotations: NDArray,
    side: str,
    out: float,
    phase: float,
    vigour: float,
    arms_open: float,
) -> None:
    """One arm: against the leg of its side, or opened to the front."""
    swing = -np.cos(2 * np.pi * phase) * vigour
    fore, apart = np.radians(18 * swing + 2), np.radians(9)
    bend = fore + np.radians(17 + 12 * swing)
    hanging = np.array(
        [
            [out * np.sin(apart), -np.cos(apart) * np.cos(fore), np.sin(fore)],
            [out * 0.04, -np.cos(bend), np.sin(bend)],
            [-out * 0.06, -np.cos(bend + 0.12), np.sin(bend + 0.12)],
        ]
    )
    wide = np.radians(52)
    opened = np.array([[out * np.sin(wide), -np.cos(wide), 0.55], [out * 0.42, -0.05, 0.85], [out * 0.18, 0.12, 0.85]])
    share = arms_open * arms_open * (3 - 2 * arms_open)
    upper, lower, palm = (1 - share) * hanging + share * opened
    aim(model, rest, rotations, f"{side}_upper_arm", f"{side}_forearm", upper)
    aim(model, rest, rotations, f"{side}_forearm", f"{side}_hand", lower)
    aim(model, rest, rotations, f"{side}_hand", f"{side}_middle_1", palm)
    relaxed = hand(model, rest, side, 0.3 - 0.15 * share)
    moved = np.abs(relaxed).sum(1) > 0
    rotations[moved] = relaxed[moved]


def grounded(model: BodyModel, rest: Rest, rotations_rad: NDArray) -> float:
    """Metres by which the body must be raised so that its lowest sole stands on the ground."""
    turns, moves = bone_transforms(model.parents, rest.joints_m, rotations_rad)
    lowest = np.inf
    for side, _, _ in SIDES:
        for point, bone in ((f"{side}_heel", f"{side}_foot"), (f"{side}_big_toe", f"{side}_toes")):
            number = model.bone(bone)
            sole = np.asarray(model.point(point, rest.vertices_m), np.float64).copy()
            sole[1] = 0.0
            lowest = min(lowest, float((turns[number] @ sole + moves[number])[1]))
    return -lowest


def stride_m(model: BodyModel, rest: Rest, vigour: float = 1.0) -> float:
    """Way made in one stride: what the standing foot is pushed back under the body."""
    way, before = 0.0, None
    for phase in np.arange(0, 0.501, 1 / 32):
        turns, moves = bone_transforms(model.parents, rest.joints_m, walk(model, rest, float(phase), vigour))
        number = model.bone("left_toes")
        place = float((turns[number] @ rest.joints_m[number] + moves[number])[2])
        if before is not None:
            way += max(before - place, 0.0)
        before = place
    return 2 * way


def between(model: BodyModel, one: Pose, two: Pose, t: float, lag: bool = True) -> Pose:
    """A pose on the way from one to the other; 0 is one, 1 is two.

    Every bone turns on its shortest way; forearm, hand and fingers follow the upper arm a little later, as they do.
    """
    rotations = np.empty_like(one.rotations_rad)
    for number, name in enumerate(model.bones):
        late = next((delay for end, delay in _LAG.items() if name.endswith(end)), 0.0)
        late = _FINGER_LAG if name[-2:] in ("_1", "_2", "_3") and not name.startswith("spine") else late
        share = _ease(np.clip((t - late) / (1 - late), 0, 1)) if lag else t
        rotations[number] = _slerp(one.rotations_rad[number], two.rotations_rad[number], float(share))
    share = _ease(t) if lag else t
    relative = rotation_vector(np.asarray(one.root_rotation, np.float64).T @ two.root_rotation)
    root = np.asarray(one.root_rotation) @ rotation_matrices((relative * share)[None])[0]
    place = (1 - share) * np.asarray(one.root_m) + share * np.asarray(two.root_m)
    return Pose(rotations, root.astype(np.float32), place.astype(np.float32))


def breathe(model: BodyModel, pose: Pose, time_s: float, depth: float = 1.0) -> Pose:
    """The same pose at some moment of breathing; ``depth`` 1 is calm."""
    breath = 0.5 - 0.5 * np.cos(2 * np.pi * time_s / BREATH_S)
    rotations = pose.rotations_rad.copy()
    rotations[model.bone("spine_3")] += np.array([-0.012 * depth * breath, 0, 0], np.float32)
    rotations[model.bone("neck")] += np.array([0.010 * depth * breath, 0, 0], np.float32)
    for side, out, _ in SIDES:
        rotations[model.bone(f"{side}_clavicle")] += np.array([0, 0, out * 0.016 * depth * breath], np.float32)
    sway = 0.003 * depth * np.sin(2 * np.pi * time_s / 5.2)
    return Pose(rotations, pose.root_rotation, (np.asarray(pose.root_m) + [sway, 0, 0]).astype(np.float32))


def squeeze(model: BodyModel, pose: Pose, amount: float, towards_m: tuple[float, float, float]) -> Pose:
    """A small squeeze: the body gives way by ``towards_m`` (camera frame, some millimetres) and its arms tighten."""
    rotations = pose.rotations_rad.copy()
    rotations[model.bone("spine_2")] += np.array([0.02 * amount, 0, 0], np.float32)
    for side, out, _ in SIDES:
        rotations[model.bone(f"{side}_clavicle")] += np.array(
            [0, -out * 0.05 * amount, out * 0.03 * amount], np.float32
        )
    return Pose(rotations, pose.root_rotation, (pose.root_m + amount * np.asarray(towards_m)).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Arrival:
    """Walking in, opening the arms, and closing them into the solved embrace.

    Parameters
    ----------
    goal : the other's pose in the embrace
    start_m : (3,) camera frame, from where it comes, relative to the goal
    vigour : of its steps
    opens, closes : shares of the way at which the arms begin to open, and to close
    """

    model: BodyModel
    rest: Rest
    goal: Pose
    start_m: tuple[float, float, float]
    vigour: float = 1.0
    opens: float = 0.45
    closes: float = 0.80
    _stride_m: float = field(init=False, default=0.0)
    _goal_raised_m: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_stride_m", max(stride_m(self.model, self.rest, self.vigour), 0.2))
        object.__setattr__(self, "_goal_raised_m", grounded(self.model, self.rest, self.goal.rotations_rad))

    def at(self, t: float) -> Pose:
        """The pose at 0..1 of the arrival; 1 is the goal."""
        made = 1 - (1 - t) ** 2 * (1 - 0.35 * t)  # slower towards the end, standing at it
        left = np.asarray(self.start_m) * (1 - made)
        distance = float(np.linalg.norm(np.asarray(self.start_m)[[0, 2]])) * made
        settle = _ease(float(np.clip((t - self.closes) / (1 - self.closes), 0, 1)))
        arms_open = float(np.clip((t - self.opens) / max(self.closes - self.opens, 1e-3), 0, 1))
        slowing = float(np.clip((1 - made) / 0.12, 0, 1))
        rotations = walk(self.model, self.rest, distance / self._stride_m, self.vigour * slowing, arms_open)
        raised = grounded(self.model, self.rest, rotations) - self._goal_raised_m
        place = np.asarray(self.goal.root_m) + left - np.array([0, raised, 0])
        way = Pose(rotations, self._heading(left), place.astype(np.float32))
        return between(self.model, way, self.goal, settle, lag=False)

    def _heading(self, left: NDArray) -> NDArray[np.float32]:
        """The goal's direction, turned to where it walks as long as it comes from beside."""
        turn = float(np.clip(np.arctan2(-left[0], max(-left[2], 0.3)), -0.6, 0.6))
        about = rotation_matrices(np.array([[0, turn, 0]]))[0]
        return (about @ self.goal.root_rotation).astype(np.float32)


def _turn(model: BodyModel, rotations: NDArray, bone: str, vector: NDArray, first: bool = False) -> None:
    """Add a turn (body axes) to a bone: before its own, or, where ``first``, as the parent's would come."""
    number = model.bone(bone)
    own, extra = rotation_matrices(np.array([rotations[number], vector]))
    rotations[number] = rotation_vector(extra @ own if first else own @ extra)


def _slerp(one: NDArray, two: NDArray, t: float) -> NDArray[np.float64]:
    a, b = rotation_matrices(np.array([one, two]))
    return rotation_vector(a @ rotation_matrices((t * rotation_vector(a.T @ b))[None])[0])


def _ease(t: float) -> float:
    return float(t * t * (3 - 2 * t))
