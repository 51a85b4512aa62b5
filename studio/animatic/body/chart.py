"""Where a vertex lies on the body, as a tailor measures it: along the limb, round it, above the collar line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PARTS = (
    "head",
    "neck",
    "torso",
    *(f"left_{part}" for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")),
    *(f"right_{part}" for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")),
)
SIDES = ("left", "right")
LIMBS = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}
LIMB_PARTS = {"arm": ("upper_arm", "forearm", "hand"), "leg": ("thigh", "shin", "foot")}


@dataclass(frozen=True, slots=True)
class Chart:
    """Per vertex of the body at rest.

    Parameters
    ----------
    along_m : (V,) float32; on a limb the way from its root joint along the bones, on the trunk the height over ground
    turn : (V, 2) float32, cosine and sine of the angle round the limb or trunk; 1, 0 is the front
    collar_m : (V,) float32, height over the plane in which the neck leaves the trunk; far below on the trunk
    upper_m, lower_m : lengths of the two long bones by limb, e.g. ``upper_m["arm"]``
    part : (V,) uint8
    parts : names of the parts
    rest_m : (V, 3) float32
    joints_m : positions at rest by name
    """

    along_m: NDArray[np.float32]
    turn: NDArray[np.float32]
    collar_m: NDArray[np.float32]
    upper_m: dict[str, float]
    lower_m: dict[str, float]
    part: NDArray[np.uint8]
    parts: tuple[str, ...]
    rest_m: NDArray[np.float32]
    joints_m: dict[str, NDArray]

    def is_part(self, *names: str) -> NDArray[np.bool_]:
        """(V,) vertices of parts whose name ends with one of ``names``."""
        wanted = [k for k, part in enumerate(self.parts) if part.endswith(names)]
        return np.isin(self.part, wanted)


def chart_of(rest_m: NDArray, triangles: NDArray, part: NDArray, parts: tuple[str, ...], joints_m: dict) -> Chart:
    """Measure a body at rest.

    Parameters
    ----------
    rest_m : (V, 3), body frame
    joints_m : at least shoulder, elbow, wrist, hip, knee, ankle of both sides, e.g. ``left_elbow``
    """
    rest = np.asarray(rest_m, np.float32)
    along = rest[:, 1].copy()
    middle = rest[np.isin(part, [parts.index("torso")])].mean(0)
    turn = np.stack([rest[:, 2] - middle[2], rest[:, 0]], 1)
    upper, lower = {}, {}
    for limb, (root, bend, end) in LIMBS.items():
        for side in SIDES:
            a, b, c = (np.asarray(joints_m[f"{side}_{name}"], np.float32) for name in (root, bend, end))
            first, second = float(np.linalg.norm(b - a)), float(np.linalg.norm(c - b))
            upper[limb], lower[limb] = first, second
            stations = ((a, (b - a) / first, 0.0), (b, (c - b) / second, first), (c, (c - b) / second, first + second))
            for name, (origin, axis, start) in zip(LIMB_PARTS[limb], stations, strict=True):
                mine = part == parts.index(f"{side}_{name}")
                way = (rest[mine] - origin) @ axis
                along[mine] = start + (np.maximum(way, 0.0) if name == "foot" else way)
                front = np.array([0, 0, 1], np.float32) - axis * axis[2]
                front /= np.linalg.norm(front) + 1e-9
                turn[mine, 0] = (rest[mine] - origin) @ front
                turn[mine, 1] = (rest[mine] - origin) @ np.cross(axis, front)
    turn /= np.linalg.norm(turn, axis=1, keepdims=True) + np.float32(1e-6)
    collar = _collar(rest, triangles, part, parts)
    return Chart(along, turn, collar, upper, lower, part, parts, rest, joints_m)


def _collar(rest: NDArray, triangles: NDArray, part: NDArray, parts: tuple[str, ...]) -> NDArray[np.float32]:
    """Heights over the plane through the ring between neck and trunk."""
    neck, trunk = parts.index("neck"), parts.index("torso")
    of = part[triangles]
    mixed = triangles[(of == neck).any(1) & (of == trunk).any(1)]
    ring = rest[np.unique(mixed)]
    centre = ring.mean(0)
    normal = np.linalg.svd(ring - centre, full_matrices=False)[2][2]
    normal = normal * np.sign(normal[1])
    height = (rest - centre) @ normal
    above = (part == neck) | (part == parts.index("head"))
    near = (np.linalg.norm(rest - centre, axis=1) < 0.16) & (part == trunk)
    return np.where(above | near, height, -1).astype(np.float32)


def joints_of(model: Any, posed: Any) -> dict[str, NDArray]:
    """The model's keypoints as arrays."""
    return {name: np.asarray(point, np.float64) for name, point in model.keypoints(posed).items()}
