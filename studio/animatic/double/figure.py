"""Proportions by age and the skeleton of a figure seen from behind.

Head shares and sitting heights follow growth charts and crash test figures (CDC 2000, HIII-3C and 6C); hip, knee and
foot angles over one stride after D. A. Winter, "Biomechanics and Motor Control of Human Movement", to 5 harmonics.

Lengths are shares of the standing height: x right, y down from the crown of the upright figure (ground is 1), z towards
the viewer.  The figure walks away from the viewer, so its left is on the left of the picture.  Children have one,
sex-neutral, build.
This module knows no pixels and no clothes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

PoseKind = Literal["walk", "reach", "embrace"]
Points = dict[str, NDArray[np.float64]]
CAMERA_PITCH = 0.10  # a foot further away stands a little higher in the picture: the lens is at breast height


@dataclass(frozen=True, slots=True)
class BackPose:
    """What the figure does.

    Parameters
    ----------
    kind : walking away, the last steps with open arms, or standing in the embrace
    phase : position in the stride, 0 to 1, left heel strikes at 0
    lean_deg : trunk to the right (positive) or left, in the picture plane
    head_tilt_deg : head against the trunk, to the right positive
    arms_wide : 0 narrow .. 1 wide; how far the elbows stand out.  In the reach 0 is the swing of the walk, 1 wide open
    """

    kind: PoseKind = "walk"
    phase: float = 0.0
    lean_deg: float = 0.0
    head_tilt_deg: float = 0.0
    arms_wide: float = 0.5
    arms_tucked: float = 0.0


@dataclass(frozen=True, slots=True)
class Build:
    """One body; every field is a share of the standing height, half widths where named so."""

    head: float
    head_half: float
    neck_half: float
    crown_y: float
    c7_y: float
    shoulder_y: float
    shoulder_half: float
    chest_half: float
    waist_half: float
    waist_y: float
    hip_half: float
    hip_y: float
    hip_joint_half: float
    crotch_y: float
    knee_y: float
    ankle_y: float
    upper_arm: float
    forearm: float
    hand: float
    arm_radius: float
    wrist_radius: float
    thigh_radius: float
    calf_radius: float
    stoop: float
    adult: float


def build_of(age_years: float, sex: float) -> Build:
    """The proportions of a person of that age; ``sex`` 0 female .. 1 male only counts from puberty on."""
    adult = float(np.clip((age_years - 8) / 10, 0, 1))
    old = float(np.clip((age_years - 52) / 26, 0, 1))

    def by(child: float, female: float, male: float) -> float:
        return child + adult * (female + sex * (male - female) - child)

    head = float(np.interp(age_years, [3, 5, 7, 8, 12, 16, 20], [0.196, 0.174, 0.158, 0.153, 0.141, 0.132, 0.128]))
    crown_y = 0.022 * old  # the stooped head sinks between the shoulders
    thin = 1 - 0.12 * old
    return Build(
        head=head,
        head_half=head * (0.362 - 0.017 * adult),
        neck_half=by(0.0285, 0.0290, 0.0345) * (1 - 0.06 * old),
        crown_y=crown_y,
        c7_y=head + 0.020 - 0.002 * old,
        shoulder_y=head + by(0.056, 0.062, 0.062) + 0.006 * old,
        shoulder_half=0.5 * by(0.178, 0.200, 0.215) * (1 - 0.05 * old),
        chest_half=by(0.074, 0.080, 0.089),
        waist_half=by(0.074, 0.073, 0.085) * (1 + 0.08 * old),
        waist_y=by(0.405, 0.395, 0.405),
        hip_half=by(0.081, 0.096, 0.093),
        hip_y=by(0.500, 0.475, 0.480),
        hip_joint_half=by(0.043, 0.048, 0.048),
        crotch_y=by(0.555, 0.535, 0.530),
        knee_y=by(0.740, 0.722, 0.718),
        ankle_y=0.957,
        upper_arm=by(0.180, 0.184, 0.188),
        forearm=by(0.140, 0.142, 0.148),
        hand=by(0.095, 0.098, 0.102),
        arm_radius=by(0.0235, 0.0255, 0.0290) * thin,
        wrist_radius=by(0.0145, 0.0135, 0.0155) * thin,
        thigh_radius=by(0.0480, 0.0530, 0.0510) * (1 - 0.08 * old),
        calf_radius=by(0.0310, 0.0335, 0.0340) * thin,
        stoop=old,
        adult=adult,
    )


def _curve(at: list[float], deg: list[float]) -> NDArray[np.complex128]:
    """Fourier coefficients (harmonics 0..5) of a stride curve given by some of its points."""
    phase = np.arange(64) / 64
    return np.fft.rfft(np.interp(phase, at, deg))[:6] / 64


_HIP = _curve([0, 0.1, 0.3, 0.5, 0.6, 0.75, 0.87, 1], [26, 23, 5, -13, -8, 17, 28, 26])
_KNEE = _curve([0, 0.15, 0.4, 0.5, 0.62, 0.73, 0.87, 0.97, 1], [6, 16, 6, 14, 42, 60, 28, 5, 6])
_FOOT = _curve([0, 0.1, 0.4, 0.5, 0.62, 0.72, 0.9, 1], [-14, 0, 2, 15, 43, 45, 4, -14])


def _at(curve: NDArray[np.complex128], phase: float) -> float:
    wave = np.exp(2j * np.pi * phase * np.arange(6))
    return float(np.radians(2 * (curve * wave).real.sum() - curve[0].real))


def legs_of(build: Build, pose: BackPose) -> tuple[Points, tuple[float, float]]:
    """Joints of both legs, and how far the pelvis moved (x, y) from standing.

    Names: ``left_hip``, ``left_knee``, ``left_ankle``, ``left_heel``, ``left_toe``, ``left_sole`` (unit vector out of
    the sole) and the same with ``right``.  The pelvis height follows from the lower foot standing on the ground.
    """
    walking = {"walk": 1.0, "reach": 1.0 - 0.4 * pose.arms_wide, "embrace": 0.0}[pose.kind]
    thigh, shank = build.knee_y - build.hip_y, build.ankle_y - build.knee_y
    sway = 0.011 * walking * float(np.sin(2 * np.pi * pose.phase + 0.4))
    joints: Points = {}
    lowest = 0.0
    for side, name, shift in ((-1, "left", 0.0), (1, "right", 0.5)):
        phase = pose.phase + shift
        hip_a, knee_a, foot_a = (walking * _at(c, phase) for c in (_HIP, _KNEE, _FOOT))
        if pose.kind == "embrace":  # weight on one leg, the other knee loose
            hip_a, knee_a = (0.02, 0.02) if side < 0 else (0.16, 0.26)
        shin_a = hip_a - knee_a
        hip = np.array([side * build.hip_joint_half + sway, build.hip_y, 0.0])
        knee = hip + thigh * np.array([0.0, np.cos(hip_a), -np.sin(hip_a)])
        ankle = knee + shank * np.array([0.0, np.cos(shin_a), -np.sin(shin_a)])
        spread = 0.030 if walking else 0.046
        knee[0] = side * (0.5 * build.hip_joint_half + 0.5 * spread + 0.002) + 0.6 * sway
        ankle[0] = side * spread + 0.15 * sway
        forward = np.array([side * 0.12, np.sin(foot_a), -np.cos(foot_a)])
        sole = np.array([0.0, np.cos(foot_a), np.sin(foot_a)])
        heel = ankle - 0.014 * forward + 0.024 * sole
        toe = ankle + 0.098 * forward + 0.028 * sole
        lowest = max(lowest, heel[1] + 0.017, toe[1] + 0.015)
        joints |= {f"{name}_hip": hip, f"{name}_knee": knee, f"{name}_ankle": ankle}
        joints |= {f"{name}_heel": heel, f"{name}_toe": toe, f"{name}_sole": sole}
    drop = 1.0 - lowest
    for name, point in joints.items():
        if not name.endswith("_sole"):
            point[1] += drop + CAMERA_PITCH * point[2]
    return joints, (sway, drop)


def _swinging(side: int, phase: float, wide: float) -> NDArray[np.float64]:
    """Directions of upper arm, forearm and hand while walking: against the leg of the same side."""
    swing = -np.cos(2 * np.pi * phase)
    fore = np.radians(20 * swing + 3)
    bend = fore + np.radians(20 + 13 * swing)
    out = np.radians(7 + 5 * wide)
    return np.array(
        [
            [side * np.sin(out), np.cos(out) * np.cos(fore), -np.sin(fore)],
            [side * 0.03, np.cos(bend), -np.sin(bend)],
            [-side * 0.10, np.cos(bend + 0.15), -np.sin(bend + 0.15)],
        ]
    )


def arms_of(build: Build, pose: BackPose) -> Points:
    """Joints of both arms, trunk upright: ``left_shoulder``, ``..._elbow``, ``..._wrist``, ``..._hand``; also right."""
    joints: Points = {}
    wide = pose.arms_wide
    for side, name, shift in ((-1, "left", 0.0), (1, "right", 0.5)):
        tucked = pose.arms_tucked if pose.kind == "embrace" else 0.0  # held arms draw the shoulders together
        shoulder = np.array([side * build.shoulder_half * (1 - 0.10 * tucked), build.shoulder_y, -0.012 * build.stoop])
        if pose.kind == "embrace":
            child = 1 - build.adult
            waist = [
                [side * (0.14 + 0.42 * wide), 0.76 - 0.14 * child, -0.58],
                [side * (0.10 - 0.30 * (1 - wide)), 0.08, -0.95],
                [-side * 0.75, 0.02, -0.62],
            ]
            between = [[side * 0.02, 0.93, -0.34], [-side * 0.45, -0.20, -0.90], [-side * 0.55, -0.30, -0.62]]
            bones = (1 - tucked) * np.array(waist) + tucked * np.array(between)
        else:
            bones = _swinging(side, pose.phase + shift, 0.5 if pose.kind == "reach" else wide)
            if pose.kind == "reach":  # from the swing of the walk to wide open
                out = np.radians(32 + 26 * wide)
                open_bones = np.array(
                    [
                        [side * np.sin(out), np.cos(out), -0.85],
                        [side * (0.20 + 0.34 * wide), 0.02, -0.85],
                        [side * 0.10, -0.12, -0.85],
                    ]
                )
                raised = wide * (2 - wide)
                bones = (1 - raised) * bones + raised * open_bones
        upper, lower, hand = np.asarray(bones)
        elbow = shoulder + build.upper_arm * upper / np.linalg.norm(upper)
        wrist = elbow + build.forearm * lower / np.linalg.norm(lower)
        tip = wrist + build.hand * hand / np.linalg.norm(hand)
        for joint in (elbow, wrist, tip):
            joint[1] += CAMERA_PITCH * joint[2]
        joints |= {f"{name}_shoulder": shoulder, f"{name}_elbow": elbow, f"{name}_wrist": wrist, f"{name}_hand": tip}
    return joints
