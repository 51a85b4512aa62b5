"""The double as a picture with the places that other layers ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DoubleSprite:
    """The drawn double.

    Parameters
    ----------
    patch : (h, w, 4) uint8 premultiplied
    anchors : pixel (x, y) in the patch of "head_top", "neck", "hip" (middle), "ground" (between the soles) and the
        camera's "origin", and of "shoulder", "elbow", "hand", "hip" and "sole" with "left_" or "right_" of the body;
        the patch may end before them
    shoulder_width_px : distance of the shoulder joints
    head_height_px : crown of the skull to the chin
    """

    patch: NDArray[np.uint8]
    anchors: dict[str, Point]
    shoulder_width_px: float
    head_height_px: float
