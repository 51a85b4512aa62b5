"""A z-buffer for a few bodies of some ten thousand triangles.

Edge functions and barycentric coordinates as in J. Pineda, "A Parallel Algorithm for Polygon Rasterization" (SIGGRAPH
1988); the interpolation is perspective-correct (1/z is linear on the picture).  The buffer holds ``factor`` x
``factor`` samples a pixel, ``gather`` takes them back to pixels: colour edges inside a body and its outline come out
smooth, while the shading runs once a pixel.

Convention: the outside of a triangle is where its vertices run counter-clockwise in a right-handed frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import NEAREST_M, Camera

NOBODY = 255
Rect = tuple[int, int, int, int]


class Mesh(NamedTuple):
    """Triangles in the camera frame: vertices_m (V, 3) float, triangles (T, 3) int32; ``is_open`` where their inside
    may be seen (a sleeve's end)."""

    vertices_m: NDArray
    triangles: NDArray[np.int32]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Buffers:
    """What is nearest at every sample of a crop of the picture.

    Parameters
    ----------
    x_px, y_px : where the crop's top left pixel lies in the picture; may be negative
    factor : samples a pixel in each direction
    depth_m : (h, w) float32, z; inf where nothing is
    triangle : (h, w) int32 within its body; -1 where nothing is
    body : (h, w) uint8, index of the mesh; 255 where nothing is
    screens : by body: vertices (V, 2) in samples of the crop, and 1 / z (V,), 0 behind the lens
    """

    x_px: int
    y_px: int
    factor: int
    depth_m: NDArray[np.float32]
    triangle: NDArray[np.int32]
    body: NDArray[np.uint8]
    screens: tuple[tuple[NDArray, NDArray], ...]

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the crop in pixels of the picture."""
        return self.depth_m.shape[1] // self.factor, self.depth_m.shape[0] // self.factor


def bounds(camera: Camera, vertices_m: NDArray, margin_px: int = 2, inside: Rect | None = None) -> Rect:
    """The whole-pixel box x0, y0, x1, y1 round projected vertices, cut to ``inside`` (default: the picture);
    x1 <= x0 where nothing is seen."""
    x0, y0, x1, y1 = inside or (0, 0, *camera.size_px)
    seen = np.asarray(vertices_m)
    seen = seen[seen[:, 2] > NEAREST_M]
    if not len(seen):
        return x0, y0, x0, y0
    pixels = camera.project(seen)
    low, high = np.floor(pixels.min(0)).astype(int) - margin_px, np.ceil(pixels.max(0)).astype(int) + margin_px
    left, top = max(x0, int(low[0])), max(y0, int(low[1]))
    return left, top, max(left, min(x1, int(high[0]))), max(top, min(y1, int(high[1])))


def rasterise(camera: Camera, meshes: Sequence[Mesh], rect: Rect | None = None, factor: int = 2) -> Buffers:
    """Find the nearest triangle at every sample.

    Parameters
    ----------
    meshes : at most 255, all in the frame of ``camera``
    rect : crop x0, y0, x1, y1 in pixels; default: all that is covered
    factor : samples a pixel in each direction
    """
    if rect is None:
        boxes = np.array([bounds(camera, mesh.vertices_m) for mesh in meshes])
        rect = (int(boxes[:, 0].min()), int(boxes[:, 1].min()), int(boxes[:, 2].max()), int(boxes[:, 3].max()))
    x0, y0, x1, y1 = rect
    width, height = max(0, x1 - x0) * factor, max(0, y1 - y0) * factor
    nearness = np.zeros((height, width), np.float32)
    triangle = np.full((height, width), -1, np.int32)
    body = np.full((height, width), NOBODY, np.uint8)
    crop = camera.cropped(x0, y0, (x1 - x0, y1 - y0), factor)
    fill, screens = compiled(_fill), []
    for index, mesh in enumerate(meshes):
        vertices = np.asarray(mesh.vertices_m, np.float64)
        pixels = np.ascontiguousarray(crop.project(vertices))
        near = np.where(vertices[:, 2] > NEAREST_M, 1 / np.maximum(vertices[:, 2], NEAREST_M), 0)
        triangles = np.ascontiguousarray(mesh.triangles, np.int32)
        fill(pixels, near, triangles, index, not mesh.is_open, nearness, triangle, body)
        screens.append((pixels, near))
    with np.errstate(divide="ignore"):
        depth = np.float32(1) / nearness
    return Buffers(x0, y0, factor, depth, triangle, body, tuple(screens))


def gather(
    buffers: Buffers, triangles: NDArray, values: NDArray, body: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Take values of the vertices (V, C) of one body to the pixels that show it.

    Returns
    -------
    where : (n,) pixels, as flat indices into the crop (height, width)
    values : (n, C) mean over the pixel's samples that show the body
    share : (n,) 0..1, how many of its samples do: the body's coverage
    """
    width, height = buffers.size_px
    pixels, near = buffers.screens[body]
    step = buffers.factor
    where = np.empty(width * height, np.int64)
    where = where[: compiled(_cover)(body, step, buffers.body, where)]
    out = np.zeros((len(where), values.shape[1]), np.float32)
    share = np.zeros(len(where), np.float32)
    compiled(_gather)(
        np.ascontiguousarray(values, np.float32),
        np.ascontiguousarray(triangles, np.int32),
        body,
        step,
        buffers.triangle,
        buffers.body,
        pixels,
        near,
        where,
        out,
        share,
    )
    return where, out, share


def interpolate(
    buffers: Buffers, triangles: NDArray, values: NDArray, body: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """``gather`` as pictures: values (height, width, C), 0 where the body is not seen, and coverage (height, width)."""
    width, height = buffers.size_px
    where, found, share = gather(buffers, triangles, values, body)
    picture = np.zeros((height * width, values.shape[1]), np.float32)
    picture[where] = found
    cover = np.zeros(height * width, np.float32)
    cover[where] = share
    return picture.reshape(height, width, -1), cover.reshape(height, width)


def vertex_normals(vertices_m: NDArray, triangles: NDArray) -> NDArray[np.float32]:
    """(V, 3) unit normals, each triangle counted by its area."""
    corners = np.asarray(vertices_m, np.float32)[triangles]
    normals = np.zeros((len(vertices_m), 3), np.float32)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    for axis in range(3):
        weights = np.repeat(across[:, axis], 3)
        normals[:, axis] = np.bincount(triangles.ravel(), weights, minlength=len(vertices_m))
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


@cache
def compiled(kernel: Callable) -> Callable:
    """The kernel as machine code: from numba's cache where a folder can be written, else compiled for this run."""
    import numba

    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(kernel)
    except RuntimeError:  # no place for the cache: a read-only installation without a home
        return numba.njit(nogil=True, error_model="numpy")(kernel)


def _fill(pixels, near, triangles, index, cull, nearness, triangle, body):
    """Write every triangle of one mesh where it is nearer than what is there."""
    height, width = nearness.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if near[a] <= 0 or near[b] <= 0 or near[c] <= 0:
            continue
        ax, ay, bx, by, cx, cy = pixels[a, 0], pixels[a, 1], pixels[b, 0], pixels[b, 1], pixels[c, 0], pixels[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9 or (cull and area > 0):  # y runs down: what faces the lens runs the other way round
            continue
        x0 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        x1 = min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        y0 = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        y1 = min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        step_a, step_b = (by - cy) / area, (cy - ay) / area
        for y in range(y0, y1 + 1):
            py = y + 0.5
            wa = ((bx - x0 - 0.5) * (cy - py) - (by - py) * (cx - x0 - 0.5)) / area
            wb = ((cx - x0 - 0.5) * (ay - py) - (cy - py) * (ax - x0 - 0.5)) / area
            for x in range(x0, x1 + 1):
                wc = 1 - wa - wb
                if wa >= -1e-9 and wb >= -1e-9 and wc >= -1e-9:
                    n = wa * near[a] + wb * near[b] + wc * near[c]
                    if n > nearness[y, x]:
                        nearness[y, x] = n
                        triangle[y, x] = t
                        body[y, x] = index
                wa += step_a
                wb += step_b


def _cover(index, factor, body, where):
    """List the pixels that show the mesh; how many."""
    height, width = body.shape[0] // factor, body.shape[1] // factor
    count = 0
    for y in range(height):
        for x in range(width):
            found = False
            for sy in range(y * factor, (y + 1) * factor):
                for sx in range(x * factor, (x + 1) * factor):
                    found = found or body[sy, sx] == index
            if found:
                where[count] = y * width + x
                count += 1
    return count


def _gather(values, triangles, index, factor, triangle, body, pixels, near, where, out, share):
    """Mean of the values over the samples of a pixel that show the mesh, by perspective-correct weights."""
    width = triangle.shape[1] // factor
    channels = values.shape[1]
    for n in range(where.shape[0]):
        y, x = where[n] // width, where[n] % width
        count = 0
        for sy in range(y * factor, (y + 1) * factor):
            for sx in range(x * factor, (x + 1) * factor):
                if body[sy, sx] != index:
                    continue
                count += 1
                t = triangle[sy, sx]
                a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                ax, ay = pixels[a, 0] - sx - 0.5, pixels[a, 1] - sy - 0.5
                bx, by = pixels[b, 0] - sx - 0.5, pixels[b, 1] - sy - 0.5
                cx, cy = pixels[c, 0] - sx - 0.5, pixels[c, 1] - sy - 0.5
                u, v, w = (bx * cy - by * cx) * near[a], (cx * ay - cy * ax) * near[b], (ax * by - ay * bx) * near[c]
                total = u + v + w
                u, v, w = np.float32(u / total), np.float32(v / total), np.float32(w / total)
                for k in range(channels):
                    out[n, k] += u * values[a, k] + v * values[b, k] + w * values[c, k]
        share[n] = count / (factor * factor)
        for k in range(channels):
            out[n, k] /= count
