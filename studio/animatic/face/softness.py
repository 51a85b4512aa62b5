"""How soft a filmed face is: what is painted on it must not be sharper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh

_AGAIN_PX = 1.0
_STRONGEST = 97.0
"""Percentile of steepness from which a place counts as an edge: lids, brows, nostrils, lips."""
_SHARP_PX = 0.85
"""What a sharp picture measures, as lids and lips are no steps."""


def blur_px(rgb: NDArray, face_px: NDArray) -> float:
    """Sigma by which a face is blurred, px, from its strongest edges: 0 for a sharp picture.

    A blurred step that is blurred again by a known amount loses a share of its steepness that tells how blurred it was
    (Zhuo and Sim, Defocus map estimation from a single image, 2011).

    Parameters
    ----------
    rgb : (h, w, 3) 0..255
    face_px : (478, 3) landmarks in it
    """
    import cv2

    ring = np.asarray(face_px, np.float64)[list(mesh.OVAL), :2]
    ring = ring.mean(0) + 0.9 * (ring - ring.mean(0))  # hair and background beside the face may be in focus or not
    x0, y0 = np.maximum(np.floor(ring.min(0)).astype(int) - 4, 0)
    x1, y1 = np.minimum(np.ceil(ring.max(0)).astype(int) + 5, rgb.shape[1::-1])
    if min(x1 - x0, y1 - y0) < 12:
        return 0.0
    grey = cv2.cvtColor(np.clip(rgb[y0:y1, x0:x1], 0, 255).astype(np.float32), cv2.COLOR_RGB2GRAY)
    inside = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(ring - (x0, y0)).astype(np.int32)], 1)
    once, twice = _steepness(grey), _steepness(cv2.GaussianBlur(grey, (0, 0), _AGAIN_PX))
    edges = (inside > 0) & (once >= np.percentile(once[inside > 0], _STRONGEST)) & (once > 0.5)
    if edges.sum() < 10:
        return 0.0
    ratio = float(np.median(once[edges] / np.maximum(twice[edges], 1e-3)))
    found = _AGAIN_PX / np.sqrt(max(ratio**2 - 1, 0.02))
    return float(max(0.0, found - _SHARP_PX))


def _steepness(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    import cv2

    return np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
