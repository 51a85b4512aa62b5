"""Where the light comes from: read from the shading of the face.

The face mesh gives a normal at every skin point.  A matt surface under distant light is bright as its normal turns to
the light (first order of Ramamoorthi and Hanrahan 2001): ``luma = a + b . n`` is fitted to forehead, nose and cheeks,
and ``b`` points to the light.  The median of some frames is taken.

Not known here: the skin's own colour.  The light's colour is a compromise between the mean tone of a human skin and
the grey world, and it is kept within 20 % of neutral.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import Light

SKIN = (
    10, 67, 103, 109, 151, 337, 297, 332, 338, 108, 69, 104, 299, 333, 9,  # forehead
    6, 197, 195, 5, 4, 45, 275, 51, 281,  # nose
    50, 101, 118, 117, 123, 205, 187, 147, 36, 142, 207,  # right cheek
    280, 330, 347, 346, 352, 425, 411, 376, 266, 371, 427,  # left cheek
)  # fmt: skip
_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
         148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
_GUESS = 0.12 * np.array([0.0, -0.55, 0.83])
_SKIN_LINEAR = np.array([1.42, 0.93, 0.65])
"""Mean colour of skin under neutral light, linear RGB over its mean (the middle from light to dark)."""


def face_light(frame: Frame, face_px: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """One frame's light: (7,) float32 [direction x, y, z, contrast, r, g, b]; None when too little is seen.

    Parameters
    ----------
    frame : full-size clip frame
    face_px : (478, 3) mesh in px of it
    """
    normals = mesh_normals(face_px)[list(SKIN)]
    colour = _patch_means(frame, face_px[list(SKIN), :2])
    linear = (colour / 255) ** 2.2
    luma = linear @ np.array([0.2126, 0.7152, 0.0722])
    usable = (normals[:, 2] > 0.25) & (luma > 0.002) & (colour.max(axis=1) < 252)
    if usable.sum() < 16:
        return None
    # A face seen from the front says much about left and right and little about the depth, and in flat light nothing
    # at all; a faint guess of light from above and in front then decides.
    base = np.column_stack([np.ones(usable.sum()), normals[usable]])
    target = luma[usable] / luma[usable].mean() - normals[usable] @ _GUESS
    ridge = usable.sum() * np.diag([0, 0.005, 0.005, 0.012])
    weights = np.ones(usable.sum())
    for _ in range(3):  # spots, hair and highlights are not shading
        solved = np.linalg.solve(base.T @ (weights[:, None] * base) + ridge, base.T @ (weights * target))
        rest = target - base @ solved
        weights = 1 / (1 + (rest / (2 * np.median(np.abs(rest)) + 1e-6)) ** 2)
    pull = solved[1:] + _GUESS
    # What is seen of a face says little about light from far behind: a strong pull there is noise of flat light.
    pull[2] = max(pull[2], -0.3 * float(np.linalg.norm(pull[:2])))
    strength = float(np.linalg.norm(pull))
    direction = pull / max(strength, 1e-6)
    contrast = min(1.0, 1.2 * strength / max(float(solved[0]) + strength, 1e-3))
    skin = np.median(linear[usable], axis=0)
    grey = ((frame[::8, ::8].reshape(-1, 3) / 255) ** 2.2).mean(axis=0) + 1e-4
    tint = np.sqrt((skin / skin.mean() / _SKIN_LINEAR) * (grey / grey.mean()))
    tint = np.clip((tint / tint.mean()) ** (1 / 2.2), 0.8, 1.2)
    return np.array([*direction, contrast, *(tint / tint.mean())], np.float32)


def median_light(rows: list[NDArray[np.float32]]) -> Light:
    """The clip's light from its frames'; the default `Light` when no frame told any."""
    if not rows:
        return Light()
    middle = np.median(np.stack(rows), axis=0).astype(float)
    direction = middle[:3] / max(float(np.linalg.norm(middle[:3])), 1e-6)
    rgb = middle[4:] / middle[4:].mean()
    return Light(tuple(direction.tolist()), tuple(rgb.tolist()), float(middle[3]))


def mesh_normals(face_px: NDArray[np.float32]) -> NDArray[np.float64]:
    """(478, 3) unit normals of the mesh, x right, y down, z towards the viewer."""
    from scipy.spatial import Delaunay

    points = face_px.astype(float) * np.array([1, 1, -1])  # mediapipe's z points away
    corners = Delaunay(points[:468, :2]).simplices
    a, b, c = (points[corners[:, i]] for i in range(3))
    faces = np.cross(b - a, c - a)
    faces *= np.sign(faces[:, 2:3])  # the skin we see looks at us
    normals = np.zeros_like(points)
    for i in range(3):
        np.add.at(normals, corners[:, i], faces)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)


def _patch_means(frame: Frame, at_px: NDArray[np.float32]) -> NDArray[np.float64]:
    """(k, 3) mean colour of small patches, large enough to average the noise out."""
    height, width = frame.shape[:2]
    span = max(1, round(0.02 * float(np.ptp(at_px[:, 0]))))
    rows = []
    for x, y in at_px:
        x0, y0 = min(max(int(x) - span, 0), width - 1), min(max(int(y) - span, 0), height - 1)
        rows.append(frame[y0 : y0 + 2 * span + 1, x0 : x0 + 2 * span + 1].reshape(-1, 3).mean(axis=0))
    return np.array(rows)
