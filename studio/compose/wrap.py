"""Light wrap: a bright background spills over the rim of what stands before it, as it does in a lens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.compose.blend import mix, overlap
from studio.core.frames import Frame, Patch

_REDUCE = 4
"""The spill is wide and soft: a quarter of the size is enough."""


def light_wrap(frame: Frame, behind: NDArray[np.uint8], patch: Patch, radius_px: float, strength: float) -> None:
    """Let the background's light spill over a layer that was just laid; changes ``frame`` inside the layer only.

    Parameters
    ----------
    frame : (H, W, 3) uint8 with the layer on it
    behind : the frame before the layer, reduced by `reduced`
    radius_px : how far the spill reaches
    strength : 0 to 1 at the very rim
    """
    import cv2

    found = overlap(frame.shape, *patch.rgba.shape[:2], patch.x_px, patch.y_px)
    if found is None or strength <= 0:
        return
    (x0, y0, x1, y1), (u0, v0, u1, v1) = found
    alpha = cv2.extractChannel(np.ascontiguousarray(patch.rgba[v0:v1, u0:u1]), 3)
    size = (max(1, (x1 - x0) // _REDUCE), max(1, (y1 - y0) // _REDUCE))
    small = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    sigma = max(0.6, radius_px / _REDUCE)
    around = behind[y0 // _REDUCE : max(y0 // _REDUCE + 1, y1 // _REDUCE), x0 // _REDUCE : max(1, x1 // _REDUCE)]
    light = cv2.GaussianBlur(cv2.resize(around, size), (0, 0), 2 * sigma)
    # Nothing spills but light: a dark background leaves the rim alone.
    # Past the layer's own edge there is background; past the picture's there is more of the layer.
    m = int(3 * sigma) + 1
    edges = [m * inside for inside in (y0 > 0, y1 < frame.shape[0], x0 > 0, x1 < frame.shape[1])]
    padded = cv2.copyMakeBorder(cv2.bitwise_not(small), *edges, cv2.BORDER_CONSTANT, value=255)
    outside = cv2.GaussianBlur(padded, (0, 0), sigma).astype(np.float32)
    outside = outside[edges[0] : edges[0] + size[1], edges[2] : edges[2] + size[0]]
    bright = np.clip(cv2.cvtColor(light, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255 - 0.25, 0, 1)
    weight = np.clip(2 * strength * outside * bright * small / 255, 0, 255).astype(np.uint8)
    whole = (x1 - x0, y1 - y0)
    frame[y0:y1, x0:x1] = mix(
        np.ascontiguousarray(frame[y0:y1, x0:x1]),
        cv2.resize(light, whole, interpolation=cv2.INTER_LINEAR),
        # enlarged, a quarter's cell reaches past the layer's rim
        cv2.min(cv2.resize(weight, whole, interpolation=cv2.INTER_LINEAR), alpha),
    )


def reduced(frame: Frame) -> NDArray[np.uint8]:
    """The background as `light_wrap` wants it: a quarter of the size."""
    import cv2

    height, width = frame.shape[:2]
    return cv2.resize(frame, (max(1, width // _REDUCE), max(1, height // _REDUCE)), interpolation=cv2.INTER_AREA)
