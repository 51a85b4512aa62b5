"""One arm as a chain of few angles, inside what a person's joints allow.

The angles: collar bone forward and up; upper arm (axis-angle); elbow bend; turn of the forearm, half in the wrist;
wrist bend and tilt.  Zero is the rest pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.model import PARTS, BodyModel
from studio.animatic.body.poses import palm_normal
from studio.animatic.body.shape import Rest
from studio.animatic.body.skeleton import rotation_between, rotation_matrices, rotation_vector

ANGLES = 9
COLLAR, UPPER, ELBOW, TURN, WRIST = slice(0, 2), slice(2, 5), 5, 6, slice(7, 9)
STRAIGHT_RAD, FOLDED_RAD = 0.06, 2.45  # of the elbow
BONES = ("clavicle", "upper_arm", "forearm", "hand")
SAMPLES = (*((1, k / 5) for k in (2, 3, 4)), *((2, k / 7) for k in range(8)))
"""Points on the bones (index in ``BONES``, share of its length) at which the arm must not enter a body."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an arm is: joints_m (5, 3) from collar bone to knuckle of the middle finger; palm and fingers, unit;
    under (n, 3), points of the hand that come to lie on what it touches, ball of the thumb included."""

    joints_m: NDArray
    palm: NDArray
    fingers: NDArray
    turns: NDArray
    under: NDArray

    def samples(self) -> NDArray:
        """(11, 3) points on the bones, by ``SAMPLES``."""
        j = self.joints_m
        return np.array([j[bone] + share * (j[bone + 1] - j[bone]) for bone, share in SAMPLES])

    def palm_point(self, share: float, thick_m: float) -> NDArray:
        """A point on the skin of the palm, ``share`` of the way from wrist to knuckle."""
        return self.joints_m[3] + share * (self.joints_m[4] - self.joints_m[3]) + thick_m * self.palm


class Arm:
    """One arm of one body at rest.

    Attributes
    ----------
    radius_m : (11,) of the arm at ``SAMPLES``
    thick_m : of the hand, bones to palm
    low, high : limits of the angles
    """

    def __init__(self, model: BodyModel, rest: Rest, side: str) -> None:
        self.side, self.model = side, model
        self.bones = tuple(model.bone(f"{side}_{name}") for name in BONES)
        joints = np.asarray(rest.joints_m, np.float64)
        self._joints = np.array([*(joints[b] for b in self.bones), joints[model.bone(f"{side}_middle_1")]])
        steps = np.diff(self._joints, axis=0)
        self.lengths_m = np.linalg.norm(steps, axis=1)
        self._along = steps / self.lengths_m[:, None]
        upper, fore = self._along[1], self._along[2]
        self._hinge = np.cross(upper, fore) / np.linalg.norm(np.cross(upper, fore))
        self._rest_bend = float(np.arccos(np.clip(upper @ fore, -1, 1)))
        self._palm = palm_normal(model, rest.joints_m, side)
        self._palm = self._palm - self._along[3] * (self._palm @ self._along[3])
        self._palm /= np.linalg.norm(self._palm)
        self._wrist_axis = np.cross(self._along[3], self._palm)
        self.radius_m, self.thick_m = self._measure(np.asarray(rest.vertices_m, np.float64))
        self._under = self._underside(rest)
        bend = (STRAIGHT_RAD - self._rest_bend, FOLDED_RAD - self._rest_bend)
        self.low = np.array([-0.25, -0.25, -2.6, -2.6, -2.6, bend[0], -1.5, -0.7, -0.35])
        self.high = np.array([0.25, 0.35, 2.6, 2.6, 2.6, bend[1], 1.5, 0.9, 0.45])

    def _measure(self, vertices: NDArray) -> tuple[NDArray, float]:
        mine = [vertices[self.model.part == PARTS.index(f"{self.side}_{name}")] for name in ("upper_arm", "forearm")]
        radii = []
        for bone, share in SAMPLES:
            own = mine[bone - 1] - self._joints[bone]
            way = own @ self._along[bone]
            near = np.abs(way - np.clip(share, 0.1, 0.9) * self.lengths_m[bone]) < 0.03
            aside = np.linalg.norm(own[near] - way[near, None] * self._along[bone], axis=1)
            radii.append(float(np.median(aside)) if near.any() else 0.035)
        hand = vertices[self.model.part == PARTS.index(f"{self.side}_hand")] - self._joints[3]
        middle = np.abs(hand @ self._along[3] - 0.55 * self.lengths_m[3]) < 0.02
        middle &= np.abs(hand @ self._wrist_axis) < 0.02
        return np.array(radii), float(np.quantile(hand[middle] @ self._palm, 0.9)) if middle.any() else 0.014

    def _underside(self, rest: Rest) -> NDArray:
        """(n, 3) from the wrist, body axes at rest: the skin furthest out on the palm's side, by cells of
        2 cm."""
        model = self.model
        hand = model.weights[:, self.bones[3]] > 0.6
        skin = np.asarray(rest.vertices_m[hand], np.float64) - self._joints[3]
        cell = np.floor(np.stack([skin @ self._along[3], skin @ self._wrist_axis], 1) / 0.02).astype(int)
        out = skin @ self._palm
        chosen = [
            int(np.flatnonzero((cell == key).all(1))[out[(cell == key).all(1)].argmax()])
            for key in np.unique(cell, axis=0)
        ]
        return skin[chosen][out[chosen] > 0]

    def turns(self, angles: NDArray) -> NDArray:
        """(4, 3, 3) own rotations of the bones."""
        forward, up = angles[COLLAR]
        sign = 1.0 if self.side == "left" else -1.0
        hinge, along, palm = self._hinge, self._along, self._palm
        vectors = np.array(
            [
                [0, -sign * forward, sign * up],
                angles[UPPER],
                hinge * angles[ELBOW],
                along[2] * (0.5 * angles[TURN]),
                along[3] * (0.5 * angles[TURN]),
                self._wrist_axis * angles[7],
                palm * angles[8],
            ]
        )
        r = rotation_matrices(vectors)
        return np.array([r[0], r[1], r[2] @ r[3], r[5] @ r[6] @ r[4]])

    def place(self, parent_turn: NDArray, collar_m: NDArray, angles: NDArray) -> Placed:
        """The arm in space; ``parent_turn`` (3, 3) is the chest's, ``collar_m`` where the collar bone begins."""
        joints, turn, turns = [np.asarray(collar_m, np.float64)], np.asarray(parent_turn, np.float64), []
        for bone, own in enumerate(self.turns(angles)):
            turn = turn @ own
            turns.append(turn)
            joints.append(joints[-1] + turn @ (self._along[bone] * self.lengths_m[bone]))
        under = joints[3] + self._under @ turn.T
        return Placed(np.array(joints), turn @ self._palm, turn @ self._along[3], np.array(turns), under)

    def guess(self, parent_turn: NDArray, upper: NDArray, fore: NDArray) -> NDArray:
        """Angles that point upper arm and forearm along two directions in space; the wrist straight."""
        want_upper, want_fore = (parent_turn.T @ (v / np.linalg.norm(v)) for v in (upper, fore))
        first = rotation_matrices(rotation_between(self._along[1], want_upper)[None])[0]
        local = first.T @ want_fore
        bend = float(np.arccos(np.clip(local @ self._along[1], -1, 1)))
        plane = np.cross(self._along[1], local)
        hinge = self._hinge
        twist = float(np.arctan2(np.cross(hinge, plane) @ self._along[1], hinge @ plane))
        angles = np.zeros(ANGLES)
        angles[UPPER] = rotation_vector(first @ rotation_matrices((self._along[1] * twist)[None])[0])
        angles[ELBOW] = bend - self._rest_bend
        return np.clip(angles, self.low + 1e-3, self.high - 1e-3)

    def twist_rad(self, angles: NDArray) -> float:
        """How far the upper arm is turned about its own length, against the shortest way there."""
        turn = rotation_matrices(angles[UPPER][None])[0]
        straight = rotation_matrices(rotation_between(self._along[1], turn @ self._along[1])[None])[0]
        return float(rotation_vector(straight.T @ turn) @ self._along[1])

    def write(self, rotations_rad: NDArray, angles: NDArray) -> None:
        """Put the angles into the rotations (b, 3) of a pose."""
        for bone, own in zip(self.bones, self.turns(angles), strict=True):
            rotations_rad[bone] = rotation_vector(own)
