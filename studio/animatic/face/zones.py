"""Regions of the unfolded face that youth and beard need, the same for everybody, carried onto a frame by the mesh.

The atlas says where a feature is; a zone says where something may be expected: whiskers, bags, the seam of the mouth.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.animatic.face.table import LAYOUT_WIDTH_IPD, layout_uv

NOSE, OPENING, BAG, WHISKER, MOUTH, SEAM, GLASSES, SHADE = range(8)
"""Channels of `carry`: creases that make a nose, the eye between its lids, below the lid, where a beard may grow,
inside of the lips, the line in which they meet, where glasses sit, the jaw's shadow on the throat."""

_SIDE_PX = 256
"""Width of the painted zones; the finest of them is 0.02 ipd = 1.5 px soft."""
_TALL = 1.5
"""Height in widths: reaches 1.1 ipd below the chin."""
_WHISKER = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454,
            352, 411, 425, 423, 327, 2, 98, 203, 205, 187, 123)  # fmt: skip
"""Jaw from ear to ear, back over the middle of the cheeks and under the nose."""
_JAW = (132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361)
_INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
_RIGHT_BAG = (130, 25, 110, 24, 23, 22, 26, 112, 243, 232, 231, 230, 229, 228, 31, 226)
_LEFT_BAG = (359, 255, 339, 254, 253, 252, 256, 341, 463, 452, 451, 450, 449, 448, 261, 446)
_AROUND_EYES = (127, 70, 105, 107, 336, 334, 300, 356, 454, 345, 347, 330, 5, 101, 118, 116, 234)


Carried = tuple[NDArray[np.float32], ...]
"""Eight (h, w) float32 0..1, in the order of the channels."""


def carry(uv: NDArray[np.float32]) -> Carried:
    """Every zone at layout coordinates ``uv`` (h, w, 2); the last ones are kept: beard and skin both ask."""
    global _latest
    latest = _latest
    if latest is None or latest[0] is not uv:
        _latest = latest = uv, _carried(uv)
    return latest[1]


_latest: tuple[NDArray[np.float32], Carried] | None = None


def _carried(uv: NDArray[np.float32]) -> Carried:
    import cv2

    first, second = _zones()
    # soft shapes: read at half size, enlarged
    small = cv2.resize(uv, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    at = small * np.float32(_SIDE_PX) - np.float32(0.5)
    size = uv.shape[1::-1]
    carried: list[NDArray[np.float32]] = []
    for zone in (first, second):
        carried += cv2.split(cv2.remap(zone, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT))
    return tuple(cv2.resize(plane, size) for plane in carried)


@lru_cache(maxsize=1)
def _zones() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    uv = layout_uv() * _SIDE_PX
    ipd = _SIDE_PX / LAYOUT_WIDTH_IPD
    nose = _discs(uv[[129, 358, 98, 327, 2, 164]], (0.10, 0.10, 0.10, 0.10, 0.09, 0.07), 0.05)
    opening = _filled(0.010, uv[list(mesh.RIGHT_EYE)], uv[list(mesh.LEFT_EYE)])
    bag = _filled(0.05, *(uv[list(ring)] + (0, 0.05 * ipd) for ring in (_RIGHT_BAG, _LEFT_BAG)))
    mouth = _filled(0.012, uv[list(_INNER_LIPS)])
    seam = _line(uv[[61, 78, 13, 308, 291]] + (0, 0.015 * ipd), 0.022, 0.014)
    below = _under_jaw(uv, ipd)
    whisker = np.clip(_filled(0.07, uv[list(_WHISKER)]) + below, 0, 1)
    first = np.dstack([nose, opening, bag, whisker])
    # darkest close under the jaw
    shade = np.clip(2.2 * below * _filled(0.22, uv[list(mesh.OVAL)]), 0, 1)
    second = np.dstack([mouth, seam, _filled(0.10, uv[list(_AROUND_EYES)]), shade])
    return first, second


def _canvas() -> NDArray[np.uint8]:
    return np.zeros((int(_TALL * _SIDE_PX), _SIDE_PX), np.uint8)


def _soft(canvas: NDArray[np.uint8], blur_ipd: float) -> NDArray[np.float32]:
    import cv2

    blurred = cv2.GaussianBlur(canvas, (0, 0), max(0.5, blur_ipd * _SIDE_PX / LAYOUT_WIDTH_IPD))
    return blurred.astype(np.float32) / 255


def _filled(blur_ipd: float, *rings: NDArray) -> NDArray[np.float32]:
    import cv2

    canvas = _canvas()
    for ring in rings:
        cv2.fillPoly(canvas, [np.round(ring * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return _soft(canvas, blur_ipd)


def _discs(centres: NDArray, radii_ipd: tuple[float, ...], blur_ipd: float) -> NDArray[np.float32]:
    import cv2

    canvas = _canvas()
    for (x, y), radius in zip(centres, radii_ipd, strict=True):
        size = round(radius * _SIDE_PX / LAYOUT_WIDTH_IPD * 16)
        cv2.circle(canvas, (round(x * 16), round(y * 16)), size, 255, -1, cv2.LINE_AA, 4)
    return _soft(canvas, blur_ipd)


def _line(points: NDArray, width_ipd: float, blur_ipd: float) -> NDArray[np.float32]:
    import cv2

    canvas = _canvas()
    width = max(1, round(width_ipd * _SIDE_PX / LAYOUT_WIDTH_IPD))
    cv2.polylines(canvas, [np.round(points * 16).astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
    return _soft(canvas, blur_ipd)


def _under_jaw(uv: NDArray, ipd: float) -> NDArray[np.float32]:
    """The throat as far as a beard grows or hangs, fading out downwards from 0.5 to 1 ipd below the jaw."""
    jaw = uv[list(_JAW)]
    middle = jaw[:, 0].mean()
    lower = jaw[::-1].copy()
    lower[:, 0] = middle + 0.65 * (lower[:, 0] - middle)
    lower[:, 1] = np.maximum(lower[:, 1], uv[mesh.CHIN, 1] - 0.3 * ipd) + 1.0 * ipd
    area = _filled(0.06, np.r_[jaw, lower])
    down = (np.arange(area.shape[0])[:, None] - uv[mesh.CHIN, 1]) / ipd
    return area * np.clip(1 - (down - 0.4) / 0.6, 0, 1).astype(np.float32)
