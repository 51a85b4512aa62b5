"""A piece of cloth or skin: part of the body's surface, cut along clean lines, made finer, lifted off the body.

The cut is exact: triangles are clipped where a function of the vertices changes sign.  The finer mesh follows the round
form of the limbs: Phong tessellation, T. Boubekeur and M. Alexa, SIGGRAPH Asia 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.raster import vertex_normals

ROUNDING = np.float32(0.7)


@dataclass(frozen=True, slots=True)
class Shell:
    """How to make the piece from the body's vertices.

    Parameters
    ----------
    cut : sparse (n, V), vertices of the clipped surface as blends of two of the body's
    edges : (m, 2) int32, pairs of clipped vertices between which a vertex is added
    triangles : (T, 3) int32 over the n + m vertices
    part : (T,) uint8, part of the body each triangle was cut from
    rim : (n + m,) bool, on the cut line
    """

    cut: Any
    edges: NDArray[np.int32]
    triangles: NDArray[np.int32]
    part: NDArray[np.uint8]
    rim: NDArray[np.bool_]

    def carry(self, values: NDArray) -> NDArray[np.float32]:
        """Values of the body's vertices (V, C) or (V,) on the piece's, linear."""
        clipped = self.cut @ np.asarray(values, np.float32)
        return np.concatenate([clipped, (clipped[self.edges[:, 0]] + clipped[self.edges[:, 1]]) * np.float32(0.5)])

    def pose(self, vertices_m: NDArray, normals: NDArray) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vertices and unit normals of the piece lying on the posed body, rounded between the body's vertices."""
        points = self.cut @ np.asarray(vertices_m, np.float32)
        directions = self.cut @ np.asarray(normals, np.float32)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True) + np.float32(1e-9)
        a, b = self.edges[:, 0], self.edges[:, 1]
        half = (points[b] - points[a]) * np.float32(0.5)
        middle = points[a] + half
        lift_a = -(half * directions[a]).sum(1, keepdims=True)  # how far the tangent plane at a lies over the middle
        lift_b = (half * directions[b]).sum(1, keepdims=True)
        middle = middle + ROUNDING * np.float32(0.5) * (lift_a * directions[a] + lift_b * directions[b])
        between = directions[a] + directions[b]
        between /= np.linalg.norm(between, axis=1, keepdims=True) + np.float32(1e-9)
        return np.concatenate([points, middle]), np.concatenate([directions, between])

    def lifted(self, points: NDArray, normals: NDArray, height_m: NDArray) -> tuple[NDArray, NDArray]:
        """The piece taken off the body by a height field, with the normals of the result."""
        lifted = points + normals * np.asarray(height_m, np.float32)[:, None]
        return lifted, vertex_normals(lifted, self.triangles)


def cut_shell(triangles: NDArray, part: NDArray, outside: NDArray, finer: bool = True) -> Shell:
    """Cut a piece out of a body.

    Parameters
    ----------
    triangles : (T, 3), part : (V,) of the body
    outside : (V,) signed; the piece is where it is negative and is cut where it is 0
    finer : split each triangle into four
    """
    from scipy.sparse import csr_matrix

    outside = np.asarray(outside, np.float64)
    inside = outside < 0
    count = inside[triangles].sum(1)
    whole = triangles[count == 3]
    sources: list[NDArray] = [part[whole[:, 0]]]
    pieces: list[NDArray] = [whole.astype(np.int64)]
    crossing: dict[tuple[int, int], int] = {}
    total = len(outside)

    def cross(a: int, b: int) -> int:
        key = (a, b) if a < b else (b, a)
        return crossing.setdefault(key, total + len(crossing))

    clipped, clipped_part = [], []
    for triangle in triangles[(count == 1) | (count == 2)]:
        shift = next(k for k in range(3) if inside[triangle[k]] != inside[triangle[k - 1]] == inside[triangle[k - 2]])
        a, b, c = (int(v) for v in np.roll(triangle, -shift))  # a is alone on its side
        ab, ac = cross(a, b), cross(a, c)
        made = [(a, ab, ac)] if inside[a] else [(ab, b, c), (ab, c, ac)]
        clipped += made
        clipped_part += [part[a if inside[a] else b]] * len(made)
    if clipped:
        pieces.append(np.array(clipped, np.int64))
        sources.append(np.array(clipped_part, part.dtype))
    faces = np.concatenate(pieces)
    used, faces = np.unique(faces, return_inverse=True)
    faces = faces.reshape(-1, 3).astype(np.int32)
    ends = np.array(list(crossing), np.int64).reshape(-1, 2)
    first = np.concatenate([np.arange(total), ends[:, 0]])[used]
    second = np.concatenate([np.arange(total), ends[:, 1]])[used]
    near, far = outside[first], outside[second]
    share = np.where(first == second, 0.0, near / np.where(first == second, 1.0, near - far))
    rows = np.arange(len(used))
    cut = csr_matrix(
        (
            np.concatenate([1 - share, share]).astype(np.float32),
            (np.tile(rows, 2), np.concatenate([first, second])),
        ),
        shape=(len(used), total),
    )
    rim = used >= total
    from_part = np.concatenate(sources)
    if not finer:
        return Shell(cut, np.zeros((0, 2), np.int32), faces, from_part, rim)
    return _finer(cut, faces, from_part, rim)


def _finer(cut: Any, faces: NDArray, part: NDArray, rim: NDArray) -> Shell:
    """Four triangles for one."""
    pairs = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edges, number = np.unique(pairs, axis=0, return_inverse=True)
    ab, bc, ca = (number.reshape(3, -1) + len(rim)).astype(np.int32)
    a, b, c = faces.T
    four = np.concatenate(
        [np.stack([a, ab, ca], 1), np.stack([ab, b, bc], 1), np.stack([ca, bc, c], 1), np.stack([ab, bc, ca], 1)]
    )
    return Shell(
        cut,
        edges.astype(np.int32),
        np.ascontiguousarray(four, np.int32),
        np.tile(part, 4),
        np.concatenate([rim, rim[edges].all(1)]),
    )
