"""The hood of a hoodie, lying on the back."""

from __future__ import annotations

import numpy as np

from studio.animatic.double.figure import Build
from studio.animatic.double.garment import Cloth, sample
from studio.animatic.double.relief import FAR, Plane

LENGTH = 0.094  # from the neck to its tip, statures


def hood_of(build: Build, cloth: Cloth, x: Plane, y: Plane, below: Plane) -> tuple[Plane, Plane, Plane]:
    """Signed distance, height and colour factor of the hood, (h, w) each, in statures.

    Parameters
    ----------
    x, y : (1, w) and (h, 1) points of the picture, in statures
    below : (h, w) height of the back under it
    """
    b, n = build, cloth.weave.smooth
    size = np.float32(0.86 + 0.14 * b.adult)
    top, wide = np.float32(b.c7_y - 0.030), np.float32(b.neck_half + 0.034) * size
    lean = np.float32(0.05) * (y - top)  # never quite in the middle
    u, v = (x + lean) / wide, (y - top) / (np.float32(LENGTH) * size)
    angle = np.arctan2(v, u)
    wobble = np.float32(0.05) * sample(n, angle * np.float32(1.6) + 2, np.zeros_like(angle))
    low = np.clip(v, 0, None)
    ring = (np.abs(u) ** np.float32(2.2) + low ** np.float32(1.9)) ** np.float32(1 / 2.05) * (1 + wobble)
    ring = np.where(v < 0, np.sqrt(u * u + (v / np.float32(0.16)) ** 2), ring)
    sdf = (ring - 1) * np.float32(0.060) * size
    # the opening: the rim runs round the neck, a thick double edge
    reach = np.float32(b.neck_half - 0.001)
    mouth = np.sqrt((x / reach) ** 2 + ((y - top) / np.float32(0.017)) ** 2)
    rim = (mouth - 1) * np.float32(0.016)
    sdf = np.maximum(sdf, -rim)
    inside = np.clip(1 - ring, 0, 1)
    dome = np.float32(0.024) * np.sqrt(np.clip(1 - (1 - inside) ** 3, 0, 1))
    swag = sample(n, ring * np.float32(3.2) + 9, angle * np.float32(0.9) + 4)
    pinch = sample(n, angle * np.float32(5) + 1, ring * np.float32(1.2))
    dome = dome + np.float32(0.0036) * np.tanh(swag) * np.clip(inside * 5, 0, 1)
    dome = dome + np.float32(0.0015) * pinch * np.clip(inside * 4, 0, 1)
    roll = np.clip(rim / np.float32(0.010), 0, 1)
    dome = dome + np.float32(0.0050) * np.sqrt(np.clip(1 - (2 * roll - 1) ** 2, 0, 1)) * (roll < 1)
    stitched = np.exp(-(((rim - np.float32(0.0105)) / np.float32(0.0010)) ** 2))
    middle = np.exp(-(((x + lean) / np.float32(0.0011)) ** 2)) * (roll >= 1)  # the seam down the hood
    factor = 1 - np.float32(0.10) * stitched - np.float32(0.08) * middle
    height = np.where(sdf < 0.004, np.maximum(below, 0) + dome, -FAR)
    return sdf.astype(np.float32), height.astype(np.float32), factor.astype(np.float32)
