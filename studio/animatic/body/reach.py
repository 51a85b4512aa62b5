"""Laying one hand on a body: least squares over the angles of the arm.

What is asked: palm flat on the surface, fingers along a direction, elbow outside, nothing of the arm inside anybody,
joints near the middle of what they allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.arm import ANGLES, COLLAR, TURN, WRIST, Arm, Placed
from studio.animatic.body.model import BodyModel, Posed
from studio.animatic.body.poses import FINGERS, hand
from studio.animatic.body.shape import Rest
from studio.animatic.body.skeleton import bone_transforms, rotation_matrices, rotation_vector
from studio.animatic.body.surface import Surface

FINGER_M = 0.075  # from knuckle towards the tip of an adult's finger, where it still bends little
SOFT_M = 0.007  # the ball of the hand gives way
SPREAD = -0.8  # fingers beside each other, as they lie on a back
CURLS = np.linspace(0.0, 0.40, 9)  # a hand that lies, not one that grips


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What the arm must stay out of: ``margin_m`` is the cloth between, ``first`` the first sample that counts."""

    surface: Surface
    margin_m: float
    first: int = 0


@dataclass(frozen=True, slots=True)
class Touch:
    """Where the hand goes.

    Parameters
    ----------
    surface : touched by the palm
    cloth_m : that lies between
    target_m : (3,) of the middle of the palm
    hold : (3,) how strictly each axis of the target is kept, 1 a few centimetres, 0 free
    fingers : (3,) unit, where they point
    elbow_m : (3,) where the elbow would like to be
    elbow_free_m : how far off it may be before it counts
    """

    surface: Surface
    cloth_m: float
    target_m: NDArray
    hold: NDArray
    fingers: NDArray
    elbow_m: NDArray
    elbow_free_m: float = 0.10


def reach(
    arm: Arm,
    parent_turn: NDArray,
    collar_m: NDArray,
    touch: Touch,
    obstacles: Sequence[Obstacle],
    frees_collar: bool,
) -> tuple[NDArray, float]:
    """Angles (9,) of the arm, and what is left of the cost; the best of many ways for the elbow."""
    from scipy.optimize import least_squares

    low, high = arm.low.copy(), arm.high.copy()
    if not frees_collar:
        low[COLLAR], high[COLLAR] = -1e-6, 1e-6

    def cost(angles: NDArray) -> NDArray:
        return _residuals(arm, arm.place(parent_turn, collar_m, angles), angles, touch, obstacles)

    def descend(start: NDArray, steps: int) -> tuple[NDArray, float]:
        begin = np.clip(start, low + 1e-7, high - 1e-7)
        found = least_squares(cost, begin, bounds=(low, high), max_nfev=steps, xtol=1e-4, ftol=1e-4, diff_step=1e-4)
        return found.x, float(found.cost)

    starts = sorted(
        _starts(arm, parent_turn, collar_m, touch), key=lambda one: float((cost(np.clip(one, low, high)) ** 2).sum())
    )
    tried = sorted((descend(start, 7) for start in starts[:5]), key=lambda one: one[1])
    return min((descend(angles, 25) for angles, _ in tried[:2]), key=lambda one: one[1])


def _starts(arm: Arm, parent_turn: NDArray, collar_m: NDArray, touch: Touch) -> list[NDArray]:
    """Arms whose wrist is at the target or short of it, the elbow anywhere on its circle round the line from shoulder
    to wrist."""
    shoulder = arm.place(parent_turn, collar_m, np.zeros(ANGLES)).joints_m[1]
    upper, fore, palm = arm.lengths_m[1:]
    normal = touch.surface.distance(touch.target_m[None])[1][0]
    starts = []
    for short in (0.0, 0.07):
        wrist = touch.target_m - (0.5 * palm + short) * touch.fingers + (touch.cloth_m + 1.5 * arm.thick_m) * normal
        way = wrist - shoulder
        far = float(np.clip(np.linalg.norm(way), abs(upper - fore) + 0.02, upper + fore - 0.005))
        way /= np.linalg.norm(way)
        along = (upper**2 - fore**2 + far**2) / (2 * far)
        round_m = float(np.sqrt(max(upper**2 - along**2, 0)))
        first = np.cross(way, [0.31, 0.9, -0.2])
        first /= np.linalg.norm(first)
        second = np.cross(way, first)
        for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False):
            aside = round_m * (np.cos(turn) * first + np.sin(turn) * second)
            starts.append(arm.guess(parent_turn, along * way + aside, (far - along) * way - aside))
    return starts


def _residuals(arm: Arm, placed: Placed, angles: NDArray, touch: Touch, obstacles: Sequence[Obstacle]) -> NDArray:
    thick = arm.thick_m
    tip = placed.joints_m[4] + FINGER_M * arm.lengths_m[3] / 0.09 * placed.fingers + 0.6 * thick * placed.palm
    palm = np.array([placed.palm_point(0.5, thick), placed.palm_point(0.95, thick), placed.palm_point(0.1, thick), tip])
    gap, normals = touch.surface.distance(np.concatenate([palm, placed.under]))
    gap = gap - touch.cloth_m
    parts = [
        gap[:2] / 0.008,
        np.minimum(gap[2:4], 0) / 0.006,
        np.minimum(gap[4:] + SOFT_M, 0) / 0.006,
        gap[2:4] / 0.030,
        1.5 * (placed.palm + normals[0]),
        0.8 * (placed.fingers - touch.fingers),
        (palm[0] - touch.target_m) * touch.hold / 0.05,
        (placed.joints_m[2] - touch.elbow_m) / touch.elbow_free_m,
        angles[COLLAR] / 0.12,
        angles[[TURN]] * 0.25,
        angles[WRIST] * 0.5,
        [0.3 * arm.twist_rad(angles)],
    ]
    samples = placed.samples()
    for obstacle in obstacles:
        clear, _ = obstacle.surface.distance(samples[obstacle.first :])
        parts.append(np.minimum(clear - arm.radius_m[obstacle.first :] - obstacle.margin_m, 0) / 0.003)
    return np.concatenate(parts)


def close_hand(
    model: BodyModel, rest: Rest, rotations_rad: NDArray, root: tuple[NDArray, NDArray], side: str, touch: Touch
) -> None:
    """Bend each finger until it lies on what the palm lies on; changes ``rotations_rad``."""
    root_turn, root_m = root
    cost = np.zeros((len(CURLS), len(FINGERS)))
    poses = [hand(model, rest, side, float(curl), SPREAD) for curl in CURLS]
    half = 0.007 * float(np.clip(rest.joints_m[:, 1].max() / 1.6, 0.6, 1.1))
    for row, pose in enumerate(poses):
        trial = rotations_rad.copy()
        for finger in FINGERS:
            for n in (1, 2, 3):
                bone = model.bone(f"{side}_{finger}_{n}")
                trial[bone] = pose[bone]
        turns, moves = bone_transforms(model.parents, rest.joints_m, trial)
        joints = (np.einsum("bij,bj->bi", turns, rest.joints_m) + moves) @ root_turn.T + root_m
        for column, finger in enumerate(FINGERS):
            two, three = (joints[model.bone(f"{side}_{finger}_{n}")] for n in (2, 3))
            gap, _ = touch.surface.distance(np.array([two, three, three + 0.8 * (three - two)]))
            gap = gap - touch.cloth_m - half
            cost[row, column] = (np.where(gap < 0, 4 * gap, gap) ** 2).sum() + (0.004 * (CURLS[row] - 0.2)) ** 2
    for column, finger in enumerate(FINGERS):
        for n in (1, 2, 3):
            bone = model.bone(f"{side}_{finger}_{n}")
            rotations_rad[bone] = poses[int(cost[:, column].argmin())][bone]
    _lay_thumb(model, rest, rotations_rad, root, side, touch, half)


def _lay_thumb(
    model: BodyModel,
    rest: Rest,
    rotations_rad: NDArray,
    root: tuple[NDArray, NDArray],
    side: str,
    touch: Touch,
    half_m: float,
) -> None:
    """The thumb lies beside the hand; its root is turned about the hand's length until it lies on, not in."""
    bones = [model.bone(f"{side}_thumb_{n}") for n in (1, 2, 3)]
    wrist, knuckle = (rest.joints_m[model.bone(f"{side}_{name}")] for name in ("hand", "middle_1"))
    along = (knuckle - wrist) / np.linalg.norm(knuckle - wrist)
    loose = hand(model, rest, side, 0.1, SPREAD)
    best, least = rotations_rad, np.inf
    for lift in np.radians(np.arange(-60, 61, 12)):
        for bend in np.radians((-20, 0, 20)):
            trial = rotations_rad.copy()
            trial[bones] = loose[bones]
            turned = rotation_matrices((along * lift)[None])[0] @ rotation_matrices(loose[bones[:1]])[0]
            trial[bones[0]] = rotation_vector(turned)
            axis = rotation_vector(rotation_matrices(loose[bones[1:2]])[0])
            trial[bones[1]] = axis + along * bend
            turns, moves = bone_transforms(model.parents, rest.joints_m, trial)
            joints = (np.einsum("bij,bj->bi", turns, rest.joints_m) + moves) @ root[0].T + root[1]
            two, three = joints[bones[1]], joints[bones[2]]
            gap, _ = touch.surface.distance(np.array([two, three, three + 0.5 * (three - two), three + (three - two)]))
            gap = gap - touch.cloth_m - 1.2 * half_m
            cost = float((np.where(gap < 0, 4 * gap, gap) ** 2).sum()) + (0.010 * lift) ** 2 + (0.012 * bend) ** 2
            if cost < least:
                best, least = trial, cost
    rotations_rad[bones] = best[bones]


def chest_of(model: BodyModel, posed: Posed, side: str) -> tuple[NDArray, NDArray]:
    """Turn (3, 3) of the chest and the place (3,) where the collar bone begins."""
    turn = np.asarray(posed.bones[model.bone("chest"), :3, :3], np.float64)
    return turn, np.asarray(posed.joints_m[model.bone(f"{side}_clavicle")], np.float64)
