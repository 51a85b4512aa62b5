"""The face mesh as geometry: pose, landmark groups, and smooth fields spread from landmarks over the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import lattice
from studio.animatic.face.table import layout_uv, mean_face

OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
    150, 136,
        172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
RIGHT_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
LEFT_BROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
CHIN = 152
CLEAN_SKIN = (9, 8, 151, 108, 337, 69, 299, 66, 296, 50, 280, 101, 330, 118, 347, 117, 346, 36, 266, 6, 197, 195, 5, 4,
    116, 345,
              123, 352, 104, 333)  # fmt: skip
"""Landmarks on skin that no beard, brow or lid covers."""
_RIGID = np.array([168, 6, 197, 195, 8, 9, 151, 10, 33, 133, 263, 362, 46, 276, 70, 300, 105, 334, 21, 251, 162, 389,
    127, 356,
                   234, 454, 54, 284, 103, 332, 67, 297, 227, 447, 116, 345])  # fmt: skip
_INNER = (33, 133, 159, 145, 158, 153, 160, 144, 263, 362, 386, 374, 385, 380, 387, 373, 61, 291, 0, 17, 13, 14, 40,
    270, 91, 321,
          1, 2, 4, 5, 98, 327, 129, 358, 168, 6, 105, 334, 70, 300, 107, 336, 46, 276, 55, 285)  # fmt: skip
ANCHORS = np.array(sorted({*OVAL, *_INNER, *range(0, 468, 6), *range(468, 478)}))
"""About 150 landmarks that carry the thin plates: the outline, the features, every sixth of the rest."""
_FLIP = np.array([1.0, -1.0, 1.0])


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a face is and how it is turned.

    Parameters
    ----------
    centre_px : (2,) mid point of the eye centres
    ipd_px : distance of the eye centres, foreshortening undone
    turn : (3, 3) rotation from the face frame with y DOWN to the picture (x right, y down, z to the viewer)
    """

    centre_px: NDArray[np.float64]
    ipd_px: float
    turn: NDArray[np.float64]

    def to_picture(self, vectors: NDArray) -> NDArray[np.float64]:
        """(n, 3) face-frame vectors in ipd, y up, as (n, 2) picture vectors in px."""
        return self.ipd_px * ((vectors * _FLIP) @ self.turn.T)[:, :2]

    @property
    def axes(self) -> NDArray[np.float64]:
        """(2, 2) unit vectors of the head in the picture: its right and its down, from the roll alone."""
        right = self.turn[:2, 0] / np.linalg.norm(self.turn[:2, 0])
        return np.array([right, [-right[1], right[0]]])

    def head_coordinates(self, points_px: NDArray) -> NDArray[np.float64]:
        """(..., 2) points as (right, down) of the eyes in ipd."""
        return (np.asarray(points_px, float) - self.centre_px) @ self.axes.T / self.ipd_px


def head_grid(pose: Pose, size: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w, 2) head coordinates of every pixel of a (width, height) picture, in ipd."""
    width, height = size
    across = (np.arange(width) - pose.centre_px[0])[:, None] * pose.axes[:, 0] / pose.ipd_px
    down = (np.arange(height) - pose.centre_px[1])[:, None] * pose.axes[:, 1] / pose.ipd_px
    # row after row: numpy would go through the pairs of coordinates one by one
    grid = np.tile(across.astype(np.float32).ravel(), (height, 1)).reshape(height, width, 2)
    flat = grid.reshape(height, -1)
    for k in range(2):
        flat[:, k::2] += down[:, k : k + 1].astype(np.float32)
    return grid


def pose_of(face_px: NDArray, sex: float = 0.5) -> Pose:
    """Least-squares rotation (Kabsch) of the mean face's bony points onto the landmarks.

    Parameters
    ----------
    face_px : (478, 3) landmarks, z negative towards the camera
    """
    points = np.asarray(face_px, float) * (1, 1, -1)
    model = mean_face(sex)[_RIGID] * _FLIP
    model = model - model.mean(0)
    seen = points[_RIGID] - points[_RIGID].mean(0)
    u, _, vt = np.linalg.svd(seen.T @ model)
    turn = u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt
    right, left = points[[33, 133]].mean(0), points[[263, 362]].mean(0)
    return Pose(((right + left) / 2)[:2], float(np.linalg.norm(right - left)), turn)


def motion(before_px: NDArray, after_px: NDArray) -> NDArray[np.float64]:
    """(2, 3) similarity (shift, roll, size) that takes a face's bony landmarks from one place to another, in px."""
    one, two = (np.asarray(face, np.float64)[_RIGID, :2] @ [1, 1j] for face in (before_px, after_px))
    off = one - one.mean()
    turn = (np.conj(off) @ (two - two.mean())) / (np.conj(off) @ off).real
    shift = two.mean() - turn * one.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def vertex_normals(face_px: NDArray) -> NDArray[np.float64]:
    """(468, 3) unit normals of the mesh (x right, y down, z to the viewer), area weighted."""
    points = np.asarray(face_px, float)[:468] * (1, 1, -1)
    triangles = _triangles()
    a, b, c = (points[triangles[:, k]] for k in range(3))
    (ux, uy, uz), (vx, vy, vz) = (b - a).T, (c - a).T
    faces = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    # every corner takes its triangle's
    corners = triangles.T.ravel()
    normals = np.column_stack([np.bincount(corners, np.tile(part, 3), len(points)) for part in faces])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    return normals * np.sign(normals[:, 2].mean())


_mesh: NDArray | None = None


def _triangles() -> NDArray:
    """(m, 3) triangles of the mesh, once: Delaunay in the unfolded layout, all wound alike."""
    global _mesh
    if _mesh is None:
        from scipy.spatial import Delaunay

        uv = layout_uv()[:468].astype(float)
        triangles = Delaunay(uv).simplices
        a, b, c = (uv[triangles[:, k]] for k in range(3))
        clockwise = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] < 0
        triangles[clockwise] = triangles[clockwise][:, ::-1]
        _mesh = triangles
    return _mesh


class ThinPlate:
    """Thin-plate spline through scattered points (Duchon 1977), evaluated on coarse grids.

    Parameters
    ----------
    points : (n, 2)
    values : (n, c)
    smoothing : 0 interpolates; larger values follow jittery landmarks less; (n,) for each point its own
    """

    def __init__(self, points: NDArray, values: NDArray, smoothing: float | NDArray = 0.0) -> None:
        self._centre = points.mean(0)
        self._scale = float(np.abs(points - self._centre).max())
        self._points = (points - self._centre) / self._scale
        count = len(points)
        affine = np.c_[np.ones(count), self._points]
        system = np.zeros((count + 3, count + 3))
        system[:count, :count] = _kernel(_left(self._points), _right(self._points))
        system[range(count), range(count)] += smoothing
        system[:count, count:] = affine
        system[count:, :count] = affine.T
        self._weights = np.linalg.solve(system, np.r_[values, np.zeros((3, values.shape[1]))])

    def __call__(self, at: NDArray) -> NDArray[np.float64]:
        """(m, c) values at (m, 2) points; float32 points are computed in float32, twice as fast."""
        points, weights = (part.astype(at.dtype) for part in (self._points, self._weights))
        scaled = ((at - self._centre) / self._scale).astype(at.dtype)
        count = len(points)
        out = scaled @ weights[count + 1 :] + weights[count]
        left, right = _left(scaled), _right(points)
        for start in range(0, len(at), _ROWS_AT_ONCE):
            some = slice(start, start + _ROWS_AT_ONCE)
            out[some] += _kernel(left[some], right) @ weights[:count]
        return out

    def grid(self, box: tuple[int, int, int, int], step_px: float) -> NDArray[np.float32]:
        """(h, w, c) values at the pixels of ``box`` = (x0, y0, x1, y1), computed every ``step_px`` and interpolated."""
        x0, y0, x1, y1 = box
        across, down = (max(3, int(np.ceil((b - a) / step_px)) + 1) for a, b in ((x0, x1), (y0, y1)))
        x, y = np.meshgrid(np.linspace(x0, x1 - 1, across), np.linspace(y0, y1 - 1, down))
        coarse = self(np.c_[x.ravel(), y.ravel()]).reshape(down, across, -1).astype(np.float32)
        return enlarge(coarse, (x1 - x0, y1 - y0))


_ROWS_AT_ONCE = 256
"""Of a kernel matrix: with some 300 points they stay in the processor's cache."""


def _kernel(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """(n, m) r^2 log r^2 between two sets of points, as `_left` and `_right` give them."""
    import cv2

    # cv2 where numpy takes three times as long
    squared = a @ b
    cv2.max(squared, 1e-12, dst=squared)
    return cv2.multiply(squared, cv2.log(squared), dst=squared)  # type: ignore[return-value]


def _left(points: NDArray) -> NDArray:
    """(n, 4) what multiplied with `_right` is the squared distance, a.a - 2 a.b + b.b."""
    out = np.ones((len(points), 4), points.dtype)
    out[:, :2] = points
    out[:, 2] = (points * points).sum(1)
    return out


def _right(points: NDArray) -> NDArray:
    out = np.ones((4, len(points)), points.dtype)
    out[:2] = -2 * points.T
    out[3] = (points * points).sum(1)
    return out


def enlarge(coarse: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Bilinear enlargement whose first and last samples fall on the first and last pixel (cv2.resize is off by half a
    cell)."""
    rows, columns = coarse.shape[:2]
    return lattice.read(coarse, np.linspace(0, columns - 1, size[0]), np.linspace(0, rows - 1, size[1]))


def polygon(size: int, points: NDArray, blur_px: float) -> NDArray[np.float32]:
    """(size, size) soft mask of a polygon given in 0..1."""
    import cv2

    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.round(points * size * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), blur_px) if blur_px > 0.3 else mask
    return soft.astype(np.float32) / 255


def filled(faces_px: NDArray) -> NDArray[np.float64]:
    """Landmarks (n, 478, 3) whose NaN rows are filled from their neighbours; all NaN stays so."""
    faces = np.array(faces_px, np.float64)
    found = np.flatnonzero(np.isfinite(faces[:, 0, 0]))
    if len(found) in (0, len(faces)):
        return faces
    rows = np.arange(len(faces))
    flat = faces.reshape(len(faces), -1)
    return np.stack([np.interp(rows, found, flat[found, k]) for k in range(flat.shape[1])], 1).reshape(faces.shape)


def steady(faces_px: NDArray, sigma_frames: float = 1.5) -> NDArray[np.float32]:
    """Landmarks of a whole shot without jitter.

    The face's own motion (translation, roll, size: a similarity) is smoothed lightly, the shape that is left much
    more, so
    that the mesh does not lag behind a moving head.

    Parameters
    ----------
    faces_px : (n, 478, 3), NaN rows where no face was found; they are filled from their neighbours
    """
    from scipy.ndimage import gaussian_filter1d

    faces = filled(faces_px)
    if not np.isfinite(faces).all():
        return faces.astype(np.float32)
    centre = faces[:, _RIGID, :].mean(1)
    eyes = faces[:, [263, 362]].mean(1) - faces[:, [33, 133]].mean(1)
    complex_scale = eyes[:, 0] + 1j * eyes[:, 1]
    local = (faces[..., 0] - centre[:, None, 0] + 1j * (faces[..., 1] - centre[:, None, 1])) / complex_scale[:, None]
    depth = (faces[..., 2] - centre[:, None, 2]) / np.abs(complex_scale)[:, None]
    local = gaussian_filter1d(local.real, 2 * sigma_frames, 0) + 1j * gaussian_filter1d(local.imag, 2 * sigma_frames, 0)
    depth = gaussian_filter1d(depth, 2 * sigma_frames, 0)
    move = gaussian_filter1d(centre, 0.5 * sigma_frames, 0)
    scale = gaussian_filter1d(complex_scale.real, sigma_frames, 0) + 1j * gaussian_filter1d(
        complex_scale.imag, sigma_frames, 0
    )
    plane = local * scale[:, None]
    out = np.stack([plane.real, plane.imag, depth * np.abs(scale)[:, None]], -1) + move[:, None]
    return out.astype(np.float32)
