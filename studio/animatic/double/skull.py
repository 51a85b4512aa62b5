"""The back of a head: skull, ears, nape and neck as a relief, and the surface on which hair grows.

Lengths are head heights (crown to chin): x right from the middle, v down from the crown, z towards the viewer.
Rows of a superellipse; half widths and depths from drawings of the back of the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.figure import Build
from studio.animatic.double.relief import Relief

_V = np.array([0.0, 0.02, 0.06, 0.12, 0.20, 0.30, 0.40, 0.50, 0.60, 0.68, 0.76, 0.84, 0.92, 1.0, 1.6])
_WIDTH = np.array([0.0, 0.34, 0.57, 0.76, 0.895, 0.98, 1.0, 0.985, 0.93, 0.86, 0.775, 0.68, 0.55, 0.36, 0.0])
_DEPTH = np.array([0.0, 0.15, 0.24, 0.32, 0.385, 0.425, 0.435, 0.415, 0.36, 0.29, 0.21, 0.14, 0.09, 0.05, 0.0])
POWER = 2.2


def _soften(values: NDArray) -> NDArray[np.float64]:
    """A table without kinks; the round top, steep by nature, stays as it is."""
    rough = np.interp(_FINE, _V, values)
    kernel = np.exp(-0.5 * (np.arange(-36, 37) / 12) ** 2)
    soft = np.convolve(np.pad(rough, 36, mode="edge"), kernel / kernel.sum(), "valid")
    keep = np.clip((_FINE - 0.03) / 0.10, 0, 1)
    return rough + (soft - rough) * keep


_FINE = np.linspace(0, 1.6, 641)
_SOFT_WIDTH, _SOFT_DEPTH = _soften(_WIDTH), _soften(_DEPTH)


@dataclass(frozen=True, slots=True)
class Skull:
    """Half width and depth of the head and neck per row.

    Parameters
    ----------
    half : largest half width in head heights
    neck : half width of the neck
    c7_v : row of the seventh neck vertebra, where the collar lies
    """

    half: float
    neck: float
    c7_v: float

    def width(self, v: NDArray) -> NDArray:
        """Half width of the head with the neck at rows ``v``."""
        head = self.half * np.interp(v, _FINE, _SOFT_WIDTH)
        neck = np.interp(
            v,
            [0.55, 0.72, 0.92, self.c7_v - 0.04, self.c7_v + 0.08, self.c7_v + 0.3],
            self.neck * np.array([0.0, 0.90, 0.985, 1.03, 1.2, 1.6]),
        )
        sharp = 14.0
        return np.log(np.exp(sharp * head) + np.exp(sharp * neck) - 1) / sharp

    def depth(self, v: NDArray) -> NDArray:
        """Depth of the back of the head and neck in front of the ears' plane at rows ``v``."""
        neck = np.interp(v, [0.5, 0.75, 0.95, self.c7_v, self.c7_v + 0.2], [0.0, 0.15, 0.17, 0.20, 0.26])
        return np.sqrt(np.interp(v, _FINE, _SOFT_DEPTH) ** 2 + neck**2)


def skull_of(build: Build) -> Skull:
    """The head of that body."""
    return Skull(build.head_half / build.head, build.neck_half / build.head, (build.c7_y - build.crown_y) / build.head)


def skull_relief(skull: Skull, shape: tuple[int, int], crown: tuple[float, float], head_px: float) -> Relief:
    """Head and neck without ears; ``crown`` is the pixel (x, y) of the top of the skull."""
    height, width = shape
    v = (np.arange(height) + 0.5 - crown[1]) / head_px
    half = np.where(v > 0, skull.width(v), 0.0)
    half = np.where(v > 0, half, -0.6 * np.abs(v))[:, None] * head_px
    x = (np.arange(width) + 0.5 - crown[0])[None]
    slope = np.gradient(half[:, 0])[:, None]
    sdf = (np.abs(x) - half) / np.sqrt(1 + np.minimum(slope * slope, 9.0))
    share = np.clip(np.abs(x) / np.maximum(half, 1e-3), 0, 1)
    z = skull.depth(v)[:, None] * head_px * (1 - share**POWER) ** (1 / POWER) * (v > 0)[:, None]
    return Relief(sdf.astype(np.float32), z.astype(np.float32))


def add_ears(relief: Relief, skull: Skull, crown: tuple[float, float], head_px: float, size: float) -> None:
    """Two ears from behind: thin rims that stand out a few millimetres, seen edge on."""
    for side in (-1, 1):
        rows = np.array([0.455, 0.50, 0.56, 0.615, 0.65])
        x = skull.width(rows) + size * np.array([0.000, 0.018, 0.018, 0.008, -0.004])
        path = np.column_stack([crown[0] + side * x * head_px, crown[1] + rows * head_px, np.full(5, 0.05 * head_px)])
        relief.add_tube(path, head_px * np.array([0.016, 0.023, 0.022, 0.018, 0.014]), 0.010 * head_px)
