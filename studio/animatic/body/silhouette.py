"""Widen a fitted body to the outline of the person: clothes, and what the mean shape got wrong.

Vertices on the drawn outline look along their normal for the edge of the matte; what they find is spread over the skin
by one sparse linear solve (a membrane: Laplacian smoothing with soft targets), as in Sorkine et al. 2004.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import Camera
from studio.animatic.body.model import PARTS, BodyModel, Pose, Posed
from studio.animatic.body.raster import Mesh, rasterise
from studio.animatic.body.shape import Rest

_FIXED = ("head", "neck", "left_hand", "right_hand", "left_foot", "right_foot")
_OUT_M, _IN_M = 0.075, 0.035
_FIRST_STEP_M = 0.006
_STIFFNESS = (3.0, 1.5, 0.8)  # of the membrane, one round each
_HAIR_M = 0.19  # from the middle of the head of a 1.7 m body: there the outline is hair, not cloth
_WEAK = 0.004
_ODD_M = 0.018


@dataclass(frozen=True, slots=True)
class Outline:
    """The matte at the size it is stored in, and the camera that draws into it.

    Parameters
    ----------
    matte : (h, w) float32, 0 to 1
    camera : projects to the matte's pixels
    """

    matte: NDArray[np.float32]
    camera: Camera

    @classmethod
    def of(cls, matte: NDArray, camera: Camera) -> Outline:
        """A matte of any size of the picture that ``camera`` sees; uint8 counts to 255."""
        soft = np.asarray(matte, np.float32) / np.float32(255 if matte.dtype == np.uint8 else 1)
        factor = matte.shape[1] / camera.size_px[0]
        scaled = camera.cropped(0, 0, camera.size_px, factor)
        return cls(soft, Camera(scaled.focal_px, scaled.centre_px, (matte.shape[1], matte.shape[0])))


def parts_seen(model: BodyModel, posed: Posed, camera: Camera) -> NDArray[np.uint8]:
    """(h, w) part that is nearest at each pixel, 255 where the body is not."""
    width, height = camera.size_px
    nearest = rasterise(camera, [Mesh(posed.vertices_m, model.triangles)], (0, 0, width, height), factor=1).triangle
    part = model.part[model.triangles[:, 0]]
    return np.where(nearest >= 0, part[np.maximum(nearest, 0)], np.uint8(255)).astype(np.uint8)


def overlap(seen: NDArray[np.uint8], matte: NDArray[np.float32]) -> float:
    """Intersection over union of the drawn body and the matte."""
    body, person = seen != 255, matte > 0.5
    return float((body & person).sum() / max((body | person).sum(), 1))


def widen(model: BodyModel, rest: Rest, pose: Pose, outline: Outline) -> NDArray[np.float32]:
    """Offsets (v, 3) in metres, in the body frame at rest, along the normals, that take the body to the outline."""
    normals = model.normals(rest.vertices_m)
    height = np.zeros(len(normals), np.float32)
    for stiffness in _STIFFNESS:
        wide = Rest(rest.vertices_m + height[:, None] * normals, rest.joints_m, rest.shape)
        posed = model.pose(wide, pose)
        rows, found = _edge_distances(model, posed, outline)
        height = _spread(model, rows, height[rows] + found, stiffness)
    return height[:, None] * normals


def _edge_distances(model: BodyModel, posed: Posed, outline: Outline) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Vertices on the drawn outline and how far (m) along their normal the matte's edge is."""
    import cv2

    camera = outline.camera
    seen = parts_seen(model, posed, camera)
    width, height = camera.size_px
    depth = posed.vertices_m[:, 2]
    pixels = camera.project(posed.vertices_m)
    ahead = camera.project(posed.vertices_m + 0.01 * posed.normals) - pixels
    ray = posed.vertices_m / np.linalg.norm(posed.vertices_m, axis=1, keepdims=True)
    sideways = np.abs((posed.normals * ray).sum(axis=1)) < 0.35
    free = ~np.isin(model.part, [PARTS.index(p) for p in _FIXED])
    inside = (pixels[:, 0] > 2) & (pixels[:, 0] < width - 3) & (pixels[:, 1] > 2) & (pixels[:, 1] < height - 3)
    head = posed.vertices_m[model.part == PARTS.index("head")]
    far = np.linalg.norm(posed.vertices_m - head.mean(axis=0), axis=1) > _HAIR_M / 0.24 * np.ptp(head, axis=0).max()
    rows = np.flatnonzero(sideways & free & inside & far)
    along = ahead[rows] / np.maximum(np.linalg.norm(ahead[rows], axis=1, keepdims=True), 1e-6)
    per_m = (camera.focal_px / depth[rows])[:, None]
    steps_m = np.arange(-_IN_M, _OUT_M + 1e-6, 0.0025)
    at = pixels[rows, None] + along[:, None] * (per_m * steps_m)[..., None]
    x, y = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
    drawn = cv2.remap(seen, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=(255.0,))
    soft = cv2.remap(outline.matte, x - 0.5, y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    beyond = steps_m[None] >= _FIRST_STEP_M
    # a true outline has nothing of the body beyond it; a path that meets another limb says nothing
    clear = ((drawn == 255) | ~beyond).all(axis=1)
    crossing = (soft[:, :-1] >= 0.5) & (soft[:, 1:] < 0.5)
    middle = (steps_m[:-1] + steps_m[1:]) / 2
    distance = np.where(crossing, np.abs(middle), np.inf)
    nearest = distance.argmin(axis=1)
    good = clear & np.isfinite(distance.min(axis=1))
    return rows[good], middle[nearest[good]].astype(np.float32)


def _spread(
    model: BodyModel, rows: NDArray[np.intp], wanted_m: NDArray[np.float32], stiffness: float
) -> NDArray[np.float32]:
    """Heights (v,) that come near the wanted ones and are smooth between them; none on hands, feet and head."""
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.linalg import splu

    count = len(model.part)
    a, b = model.triangles.ravel(), np.roll(model.triangles, -1, axis=1).ravel()
    link = csr_matrix((np.ones(2 * len(a)), (np.r_[a, b], np.r_[b, a])), (count, count))
    link.data[:] = 1
    stiff = diags(np.asarray(link.sum(axis=1)).ravel()) - link
    fixed = np.isin(model.part, [PARTS.index(p) for p in _FIXED])
    trust = np.ones(len(rows))
    solved = np.zeros(count)
    for _ in range(2):
        weight = np.where(fixed, 100.0, _WEAK)
        target = np.zeros(count)
        weight[rows] += trust
        target[rows] = wanted_m * trust / weight[rows]
        solved = splu((stiffness * stiff + diags(weight)).tocsc()).solve(weight * target)
        # an edge that no neighbour has seen is another person's, a hole's or a shadow's (Geman & McClure)
        trust = 1 / (1 + ((solved[rows] - wanted_m) / _ODD_M) ** 2) ** 2
    return np.clip(solved, -_IN_M, _OUT_M).astype(np.float32)
