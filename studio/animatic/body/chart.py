"""Where a vertex lies on the body, as a tailor measures it: along the limb, round it, above the collar line."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.model import PARTS, BodyModel, Pose
from studio.animatic.body.poses import FINGERS
from studio.animatic.body.shape import Rest

Values = NDArray[np.float32]
SIDES = ("left", "right")
LIMBS = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}
LIMB_PARTS = {"arm": ("upper_arm", "forearm", "hand"), "leg": ("thigh", "shin", "foot")}
CODES = tuple((limb, side) for limb in LIMBS for side in SIDES)


@dataclass(frozen=True, slots=True)
class Chart:
    """Per vertex of the body at rest.

    Parameters
    ----------
    height_m : (V,) over the ground
    trunk_turn : (V, 2) cosine and sine of the angle round the trunk's axis; (1, 0) is the front
    limb : (V,) uint8, the nearest limb, an index of ``CODES``
    limb_share : (V,) 1 on the limb, 0 on the trunk, soft between
    along_m : (V,) from the nearest limb's root joint along its bones; the trunk may have any value
    limb_turn : (V, 2) the same as ``trunk_turn`` round the nearest limb
    limb_radius_m : (V,) from the nearest limb's bones
    collar_m : (V,) height over the plane in which the neck leaves the trunk; -1 far from it
    flesh : (V, 2) 0..1: knuckles and finger tips; nails
    upper_m, lower_m : lengths of the two long bones by limb, e.g. ``upper_m["arm"]``
    joints_m : keypoints at rest by name
    part : (V,) uint8
    rest_m : (V, 3)
    """

    height_m: Values
    trunk_turn: Values
    limb: NDArray[np.uint8]
    limb_share: Values
    along_m: Values
    limb_turn: Values
    limb_radius_m: Values
    collar_m: Values
    flesh: Values
    upper_m: dict[str, float]
    lower_m: dict[str, float]
    joints_m: dict[str, NDArray]
    part: NDArray[np.uint8]
    rest_m: Values

    def is_part(self, *names: str) -> NDArray[np.bool_]:
        """(V,) vertices of parts whose name ends with one of ``names``."""
        return np.isin(self.part, [k for k, part in enumerate(PARTS) if part.endswith(names)])

    def mean_height(self, joint: str) -> float:
        """Height over the ground of a pair of joints at rest."""
        return float(np.mean([self.joints_m[f"{side}_{joint}"][1] for side in SIDES]))


def chart_of(model: BodyModel, rest: Rest) -> Chart:
    """Measure a body at rest."""
    nothing = np.zeros((len(model.bones), 3), np.float32)
    joints = model.keypoints(model.pose(rest, Pose(nothing, np.eye(3, dtype=np.float32), np.zeros(3, np.float32))))
    points, part = np.asarray(rest.vertices_m, np.float32), model.part
    trunk = part == PARTS.index("torso")
    middle = points[trunk].mean(0)
    trunk_turn = _unit(np.stack([points[:, 2] - middle[2], points[:, 0] - middle[0]], 1))
    upper, lower = {}, {}
    waist_y = (joints["left_shoulder"][1] + joints["left_hip"][1]) / 2
    limb = np.where(points[:, 1] > waist_y, 0, 2) + (points[:, 0] < 0)
    is_limb = np.zeros(len(points), bool)
    for name, limb_parts in LIMB_PARTS.items():
        for side in SIDES:
            mine = np.isin(part, [PARTS.index(f"{side}_{own}") for own in limb_parts])
            limb[mine], is_limb = CODES.index((name, side)), is_limb | mine
    along, radius, turn = (np.zeros(shape, np.float32) for shape in (len(points), len(points), (len(points), 2)))
    for code, (name, side) in enumerate(CODES):
        a, b, c = (np.asarray(joints[f"{side}_{joint}"], np.float32) for joint in LIMBS[name])
        first, second = float(np.linalg.norm(b - a)), float(np.linalg.norm(c - b))
        upper[name], lower[name] = first, second
        stations = ((a, (b - a) / first, 0.0), (b, (c - b) / second, first), (c, (c - b) / second, first + second))
        for own, (origin, axis, start) in zip(LIMB_PARTS[name], stations, strict=True):
            mine = (limb == code) & (part == PARTS.index(f"{side}_{own}"))
            if own in ("upper_arm", "thigh"):
                mine |= (limb == code) & ~is_limb
            way = (points[mine] - origin) @ axis
            along[mine] = start + (np.maximum(way, 0) if own == "foot" else way)
            front = np.array([0, 0, 1], np.float32) - axis * axis[2]
            front /= np.linalg.norm(front)
            aside = points[mine] - origin
            turn[mine] = _unit(np.stack([aside @ front, aside @ np.cross(front, axis)], 1))
            radius[mine] = np.linalg.norm(aside - (aside @ axis)[:, None] * axis, axis=1)
    bends = np.abs(along - np.array([upper[name] for name, _ in CODES], np.float32)[limb]) < 0.05
    along = np.where(is_limb & bends, smoothed(along, model.triangles, 3), along)  # no step at a joint bent at rest
    share = smoothed(is_limb.astype(np.float32), model.triangles, 4)
    return Chart(
        points[:, 1],
        trunk_turn,
        limb.astype(np.uint8),
        share,
        along,
        turn,
        radius,
        _collar(points, model),
        _flesh(model, rest),
        upper,
        lower,
        joints,
        part,
        points,
    )


def lowered(chart: Chart, by_m: float) -> Chart:
    """The chart with the collar further down in the middle of nape and throat; at the sides it keeps to the neck."""
    near = chart.collar_m > -1
    ring = near & (np.abs(chart.collar_m) < 0.01)
    side = np.abs(chart.rest_m[:, 0]) / max(float(np.abs(chart.rest_m[ring, 0]).max()), 1e-3)
    drop = np.float32(by_m) * np.clip(1 - side**2, 0, 1)
    return replace(chart, collar_m=np.where(near, chart.collar_m + drop, chart.collar_m).astype(np.float32))


def _unit(vectors: Values) -> Values:
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + np.float32(1e-6))


def smoothed(values: Values, triangles: NDArray, rounds: int) -> Values:
    """Mean with the neighbours, some rounds."""
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    count = np.bincount(ends[:, 0], minlength=len(values)) + 1
    for _ in range(rounds):
        around = np.bincount(ends[:, 0], values[ends[:, 1]], minlength=len(values))
        values = ((values + around) / count).astype(np.float32)
    return values


def _collar(points: Values, model: BodyModel) -> Values:
    """Heights over the plane through the ring between neck and trunk."""
    neck, trunk = PARTS.index("neck"), PARTS.index("torso")
    of = model.part[model.triangles]
    ring = points[np.unique(model.triangles[(of == neck).any(1) & (of == trunk).any(1)])]
    centre = ring.mean(0)
    normal = np.linalg.svd(ring - centre, full_matrices=False)[2][2]
    height = (points - centre) @ (normal * np.sign(normal[1]))
    reach = 2.2 * float(np.linalg.norm(ring - centre, axis=1).max())
    near = (np.linalg.norm(points - centre, axis=1) < reach) & (model.part == trunk)
    above = (model.part == neck) | (model.part == PARTS.index("head"))
    return np.where(above | near, height, -1).astype(np.float32)


def _flesh(model: BodyModel, rest: Rest) -> Values:
    """Redness of knuckles and finger tips, and nails, on the back of the fingers."""
    points = np.asarray(rest.vertices_m, np.float32)
    flesh = np.zeros((len(points), 2), np.float32)
    normals = model.normals(points)
    for side in SIDES:
        hand = model.part == PARTS.index(f"{side}_hand")
        for finger in FINGERS:
            one, two, three = (rest.joints_m[model.bone(f"{side}_{finger}_{n}")] for n in (1, 2, 3))
            first, last = (two - one) / np.linalg.norm(two - one), (three - two) / np.linalg.norm(three - two)
            tip = hand & (model.weights[:, model.bone(f"{side}_{finger}_3")] > 0.5)
            if not tip.any():
                continue
            way = points[tip] @ last
            length = float(way.max() - three @ last)
            axis = points[tip][way > np.quantile(way, 0.8)].mean(0) - three
            axis /= np.linalg.norm(axis)
            back = -(axis - first)  # a resting finger bends towards the palm
            back = back - axis * (back @ axis)
            back /= np.linalg.norm(back) + 1e-9
            width = float(np.ptp(points[tip] @ np.cross(axis, back)))
            on_back = np.clip(normals @ back * 1.6 - 0.3, 0, 1)
            for joint, size in ((one, 1.3), (two, 1.0), (three, 0.8)):
                near = np.exp(-(np.linalg.norm(points - joint, axis=1) ** 2) / (0.72 * size * width) ** 2)
                flesh[hand, 0] = np.maximum(flesh[hand, 0], 0.75 * (near * on_back)[hand])
            t = (points[tip] - three) @ axis / max(length, 1e-4)
            across = np.abs((points[tip] - three) @ np.cross(axis, back)) / (0.5 * width)
            plate = np.exp(-(((t - 0.72) / 0.24) ** 4)) * np.clip(2.4 - 3.0 * across, 0, 1)
            flesh[tip, 1] = plate * np.clip(normals[tip] @ back * 3 - 1.2, 0, 1)
            flesh[tip, 0] = np.maximum(flesh[tip, 0], 0.55 * np.clip(2.2 * t - 1.1, 0, 1))
    return flesh
