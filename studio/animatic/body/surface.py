"""How far a point is from a posed body: signed, from the nearest vertices and their normals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.model import PARTS, BodyModel, Posed

NEIGHBOURS = 4
DEEPEST_M = 0.06  # nothing is meant to lie deeper than that; what seems to is far outside, behind a tip or an edge


class Surface:
    """Some parts of a posed body as something to touch.

    Parameters
    ----------
    parts : ends of part names, e.g. ``torso`` or ``upper_arm``; default: everything
    facing : only what faces this direction (at most 75 degrees off)
    """

    def __init__(
        self, model: BodyModel, posed: Posed, parts: Sequence[str] | None = None, facing: NDArray | None = None
    ) -> None:
        from scipy.spatial import cKDTree

        wanted = [k for k, part in enumerate(PARTS) if parts is None or part.endswith(tuple(parts))]
        mine = np.isin(model.part, wanted)
        if facing is not None:
            mine &= posed.normals @ np.asarray(facing, np.float32) > 0.26
        self.points_m = np.asarray(posed.vertices_m[mine], np.float64)
        self.normals = np.asarray(posed.normals[mine], np.float64)
        self._tree = cKDTree(self.points_m)

    def distance(self, points_m: NDArray) -> tuple[NDArray, NDArray]:
        """Signed distance (n,) of points (n, 3), negative inside, and the surface's normal there (n, 3)."""
        away, index = self._tree.query(points_m, k=NEIGHBOURS)
        away = np.asarray(away)
        weight = 1 / (away**2 + 1e-6)
        weight /= weight.sum(1, keepdims=True)
        normals = (self.normals[index] * weight[..., None]).sum(1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
        to_point = np.asarray(points_m)[:, None] - self.points_m[index]
        heights = (to_point * self.normals[index]).sum(2)
        height = (heights * weight).sum(1)
        # beside an edge the tangent planes say too little, and round a tip they contradict each other
        outside = (heights > 0).any(1) & (height < 0)
        height = np.where(outside, 0.3 * np.abs(height), height)
        nearest = away[:, 0]
        far = np.clip((nearest - DEEPEST_M) / 0.04, 0, 1)
        return height + far * (nearest - height), normals

    def inside(self, points_m: NDArray) -> float:
        """Metres that the deepest of some points lies inside; 0 when all are outside."""
        return max(0.0, -float(self.distance(points_m)[0].min()))


def depth_inside(model: BodyModel, one: Posed, other: Posed) -> float:
    """Metres that the deepest vertex of ``one`` lies inside ``other``; which are inside is counted along a ray."""
    distance, _ = Surface(model, other).distance(one.vertices_m)
    suspect = np.flatnonzero(distance < -0.002)
    if not len(suspect):
        return 0.0
    inside = is_inside(np.asarray(one.vertices_m[suspect], np.float64), other.vertices_m, model.triangles)
    return float(max(0.0, -(distance[suspect][inside]).min(initial=0.0)))


def is_inside(points_m: NDArray, vertices_m: NDArray, triangles: NDArray) -> NDArray[np.bool_]:
    """(n,) whether a closed mesh holds the points: an odd number of its triangles lies beyond them along z."""
    corners = np.asarray(vertices_m, np.float64)[triangles]
    low, high = corners[..., :2].min(1), corners[..., :2].max(1)
    out = np.zeros(len(points_m), bool)
    for n, point in enumerate(points_m + [1.7e-7, 2.3e-7, 0]):  # no ray through a vertex
        over = np.flatnonzero(((low <= point[:2]) & (high >= point[:2])).all(1) & (corners[:, :, 2].max(1) > point[2]))
        a, b, c = corners[over, 0] - point, corners[over, 1] - point, corners[over, 2] - point
        wa, wb, wc = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0] for p, q in ((b, c), (c, a), (a, b)))
        hit = ((wa > 0) == (wb > 0)) & ((wb > 0) == (wc > 0))
        depth = (wa * a[:, 2] + wb * b[:, 2] + wc * c[:, 2])[hit] / (wa + wb + wc)[hit]
        out[n] = (depth > 0).sum() % 2 == 1
    return out


def parts_of(model: BodyModel, *ends: str) -> NDArray[np.bool_]:
    """(V,) vertices of parts whose name ends so."""
    return np.isin(model.part, [k for k, part in enumerate(PARTS) if part.endswith(ends)])
