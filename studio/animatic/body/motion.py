"""How the other self moves: it walks away from the lens and opens its arms.

Hip, knee and foot angles over one stride after D. A. Winter, "Biomechanics and Motor Control of Human Movement",
smoothed to 5 harmonics; the pelvis turns and drops with the legs, the chest turns against it, and its height
follows from the lower foot standing on the ground.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.model import BodyModel
from studio.animatic.body.poses import aim, hand, standing
from studio.animatic.body.shape import Rest
from studio.animatic.body.skeleton import bone_transforms, rotation_matrices, rotation_vector

SIDES = (("left", 1.0, 0.0), ("right", -1.0, 0.5))


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


def _turn(model: BodyModel, rotations: NDArray, bone: str, vector: NDArray, first: bool = False) -> None:
    """Add a turn (body axes) to a bone: before its own, or, where ``first``, as the parent's would come."""
    number = model.bone(bone)
    own, extra = rotation_matrices(np.array([rotations[number], vector]))
    rotations[number] = rotation_vector(extra @ own if first else own @ extra)
