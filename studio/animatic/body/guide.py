"""What an engine that draws again must keep: joints, masks, depth and normals of one film frame.

All arrays have the size of the camera's picture.  Depth is normalised over the bodies themselves, so that it neither
saturates nor depends on how far they stand from the lens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import Camera
from studio.animatic.body.dress import Worn
from studio.animatic.body.model import PARTS, BodyModel, Posed
from studio.animatic.body.raster import Mesh, interpolate, rasterise

CLASSES = ("nothing", "user", "user_arm", "user_hand", "other", "other_arm", "other_hand")
DEPTH_RANGE_M = 0.9  # nearest to farthest that gets its own value: two bodies in an embrace, an arm before and behind


@dataclass(frozen=True, slots=True)
class Guide:
    """Of one frame.

    Parameters
    ----------
    joints_px : by body and name, e.g. ``other`` -> ``left_wrist`` -> (x, y, z metres)
    classes : (h, w) uint8, index of ``CLASSES``
    depth : (h, w) float32, 1 nearest .. 0 far; 0 where nobody is
    depth_m : (h, w) float32, inf where nobody is
    normals : (h, w, 3) float32, camera frame (x right, y down, z away), 0 where nobody is
    """

    joints_px: dict[str, dict[str, tuple[float, float, float]]]
    classes: NDArray[np.uint8]
    depth: NDArray[np.float32]
    depth_m: NDArray[np.float32]
    normals: NDArray[np.float32]

    def mask(self, *names: str) -> NDArray[np.bool_]:
        """(h, w) pixels of some classes."""
        return np.isin(self.classes, [CLASSES.index(name) for name in names])


def guide(
    camera: Camera,
    model: BodyModel,
    user: tuple[Posed, Sequence[Worn]] | None,
    other: tuple[Posed, Sequence[Worn]] | None,
) -> Guide:
    """Describe what stands before the camera; each body as posed and as clothed (without clothes: its own form)."""
    width, height = camera.size_px
    bodies = [(name, *body) for name, body in (("user", user), ("other", other)) if body is not None]
    pieces = [(name, *piece) for name, posed, worn in bodies for piece in _pieces(model, posed, worn)]
    seen = rasterise(camera, [mesh for _, mesh, _, _ in pieces], (0, 0, width, height), 1)
    classes, normals = np.zeros((height, width), np.uint8), np.zeros((height, width, 3), np.float32)
    for index, (name, mesh, part, directions) in enumerate(pieces):
        mine = seen.body == index
        if not mine.any():
            continue
        classes[mine] = _class_of_part(name)[part[seen.triangle[mine]]]
        found, _ = interpolate(seen, mesh.triangles, directions, index)
        normals[mine] = found[mine]
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    normals /= np.where(length > 0, length, 1)
    joints = {name: _joints(camera, model, posed) for name, posed, _ in bodies}
    return Guide(joints, classes, normalised(seen.depth_m), seen.depth_m, normals)


def _pieces(model: BodyModel, posed: Posed, worn: Sequence[Worn]) -> list[tuple[Mesh, NDArray[np.uint8], NDArray]]:
    """Mesh, part of every triangle and normal of every vertex."""
    if not worn:
        return [(Mesh(posed.vertices_m, model.triangles), model.part[model.triangles[:, 0]], posed.normals)]
    return [(piece.mesh(), piece.piece.shell.part, piece.normals) for piece in worn]


def normalised(depth_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Depth as 1 near .. 0 far: linear over ``DEPTH_RANGE_M`` from the nearest, or over all that the bodies take.

    The ends are percentiles, so that a single finger tip does not set the scale.
    """
    there = np.isfinite(depth_m)
    if not there.any():
        return np.zeros(depth_m.shape, np.float32)
    near, far = np.percentile(depth_m[there], (0.2, 99.8))
    span = max(float(far - near), DEPTH_RANGE_M) * 1.04
    value = 1 - (np.where(there, depth_m, near) - near + 0.02 * span) / span
    return np.where(there, np.clip(value, 0.02, 1), 0).astype(np.float32)


def _class_of_part(name: str) -> NDArray[np.uint8]:
    """Class of every part of a body."""
    kind = ["_hand" if "hand" in part else "_arm" if "arm" in part else "" for part in PARTS]
    return np.array([CLASSES.index(name + ending) for ending in kind], np.uint8)


def _joints(camera: Camera, model: BodyModel, posed: Posed) -> dict[str, tuple[float, float, float]]:
    found = {}
    for name, point in model.keypoints(posed).items():
        x, y = camera.project(np.asarray(point, np.float64))
        found[name] = (float(x), float(y), float(point[2]))
    return found
