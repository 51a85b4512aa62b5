"""The trunk of the double in its garment: its form from behind as a relief, without arms and trimmings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.canvas import Canvas, Plane
from studio.animatic.double.drape import Drape, Form
from studio.animatic.double.figure import Build
from studio.animatic.double.garment import Weave, sample
from studio.animatic.double.relief import FAR, Relief

EASE = {"tee": 0.0060, "jumper": 0.0095, "cardigan": 0.0115, "shirt": 0.0090, "hoodie": 0.0125}
HEM = {"tee": 0.036, "jumper": 0.026, "cardigan": 0.038, "shirt": 0.040, "hoodie": 0.030}
LOOSE = (0.30, 0.45, 0.60, 0.85, 1.0, 1.2, 1.0, 0.8)  # where a garment has its ease, by the rows of the trunk


@dataclass(frozen=True, slots=True)
class Cloth:
    """What is worn on the upper body.

    Parameters
    ----------
    rgb : display colour in even light
    seed : of the folds
    tile : (n, n, 3) float32 mean 1, pattern of the user's own cloth as factors of the colour
    tile_st : how wide the tile is in statures
    """

    garment: str
    rgb: tuple[int, int, int]
    stripes: bool
    weave: Weave
    seed: int = 0
    tile: NDArray[np.float32] | None = field(default=None, compare=False)
    tile_st: float = 0.1


@dataclass(frozen=True, slots=True)
class Trunk:
    """The garment's body.

    Parameters
    ----------
    relief : with smooth cloth
    edge : (1, w) row of its upper edge in statures
    collar : (h, w) distance in statures from the edge of the neck's opening, positive on the cloth
    """

    relief: Relief
    edge: Plane
    collar: Plane


def hem_y(build: Build, garment: str) -> float:
    """Row of the garment's lower edge in statures."""
    return build.hip_y + HEM[garment]


def hem_sag(x: Plane, build: Build, cloth: Cloth) -> Plane:
    """How far the hem hangs below its ends, (1, w) in statures: the lens looks down on it, cloth is never even."""
    ring = np.sqrt(np.maximum(1 - (x / np.float32(build.hip_half + 0.012)) ** 2, 0))
    return np.float32(0.008) * (ring - 0.5) + np.float32(0.0024) * sample(
        cloth.weave.smooth, x * 13 + 3, np.zeros_like(x)
    )


def form_of(build: Build, garment: str) -> Form:
    """What the cloth hangs on."""
    b, ease = build, EASE[garment]
    x = np.sin(np.linspace(-1.4, 1.4, 33)) * b.shoulder_half
    top = np.interp(np.abs(x), *_edge_table(b, ease))
    rows, halves, deep, depths = _tables(b, garment)
    return Form(
        tuple(float(v) for v in np.round(top, 5)),
        hem_y(b, garment),
        tuple(rows),
        tuple(halves),
        tuple(float(v) for v in np.interp(rows, deep, depths)),
        LOOSE,
        b.shoulder_y,
        b.shoulder_half,
        b.shoulder_y + 0.072,
    )


def _tables(b: Build, garment: str) -> tuple[list[float], list[float], list[float], NDArray]:
    """Rows and half widths of the outline; rows and depths of the back."""
    ease, hem = EASE[garment], hem_y(b, garment)
    loose = ease * (1.4 if garment == "shirt" else 1.0)
    armpit = b.shoulder_y + 0.072
    middle = 0.5 * (armpit + b.waist_y)
    rows = [b.shoulder_y - 0.05, b.shoulder_y, b.shoulder_y + 0.03, armpit, middle, b.waist_y, b.hip_y - 0.01, hem]
    halves = [b.shoulder_half + 0.006, b.shoulder_half + 0.001, b.shoulder_half - 0.005, b.chest_half + ease]
    halves += [0.5 * (b.chest_half + b.waist_half) + 1.1 * loose, b.waist_half + 1.25 * loose]
    halves += [b.hip_half * 0.985 + 0.9 * loose, b.hip_half + 0.7 * loose]
    back = 0.058 + 0.006 * b.adult
    deep = [b.c7_y - 0.03, b.c7_y, b.shoulder_y, b.shoulder_y + 0.07, b.waist_y, b.hip_y, hem]
    depths = np.array([0.030, 0.036, back * 0.93, back, back * 0.88, back * 1.06, back * 1.06])
    depths[:3] += np.array([0.016, 0.024, 0.016]) * b.stoop
    return rows, halves, deep, depths


def trunk_of(build: Build, cloth: Cloth, canvas: Canvas, drape: Drape) -> Trunk:
    """The garment's body; its outline follows the drape, its surface has no folds yet."""
    x, y = canvas.axes()
    s = np.float32(canvas.stature_px)
    b, ease = build, EASE[cloth.garment]
    hem = hem_y(b, cloth.garment)
    rows, halves, deep, depths = _tables(b, cloth.garment)
    half = _smooth(np.interp(y[:, 0], rows, halves), 0.014 * s)[:, None].astype(np.float32)
    if cloth.garment in ("jumper", "cardigan", "hoodie"):  # the ribbed hem draws the cloth in
        half *= 1 - np.float32(0.020) * np.clip((y - np.float32(hem - 0.035)) / 0.02, 0, 1)
    below = np.clip((y - np.float32(b.shoulder_y + 0.05)) / np.float32(0.06), 0, 1)
    left, right = (_swell(side, drape, cloth, y) * below for side in (-1, 1))
    half = half + np.where(x < 0, left, right)
    edge = _smooth(np.interp(np.abs(x[0]), *_edge_table(b, ease)), 0.005 * s)[None].astype(np.float32)
    depth = _smooth(np.interp(y[:, 0], deep, depths), 0.012 * s)[:, None].astype(np.float32)

    collar = _opening(b, x, y)
    sides = (np.abs(x) - half) * s
    sdf = np.maximum(np.maximum(sides, (edge - y) * np.float32(0.93) * s), -collar * s)
    share = np.clip(np.abs(x) / half, 0, 1)
    z = depth * (1 - share ** np.float32(2.5)) ** np.float32(1 / 2.1)
    roll = np.clip((y - edge) / np.float32(0.040), 0, 1)
    z *= np.sqrt(np.maximum(1 - (1 - roll) ** 2, 0)) * np.float32(0.75) + np.float32(0.25)
    blade_x, blade_y = 0.50 * b.shoulder_half, b.shoulder_y + 0.055
    blade = np.exp(-(((np.abs(x) - blade_x) / 0.030) ** 2) - ((y - np.float32(blade_y)) / 0.040) ** 2)
    spine = np.exp(-((x / 0.014) ** 2)) * np.exp(-(((y - np.float32(b.waist_y - 0.03)) / 0.10) ** 2))
    z += np.float32(0.0065) * blade - np.float32(0.0040) * spine
    z = np.where(sdf < 0.008 * s, z * s - 2 * np.maximum(sdf, 0), -FAR)
    relief = Relief(sdf.astype(np.float32), z.astype(np.float32), np.full(sdf.shape, -1, np.float32))
    return Trunk(relief, edge, collar.astype(np.float32))


def _swell(side: int, drape: Drape, cloth: Cloth, y: Plane) -> Plane:
    """(h, 1) how far the cloth stands out at that side; no seam hangs like a ruler."""
    place = np.float32(side) * np.interp(y, drape.form.rows, drape.form.half).astype(np.float32)
    _, _, height = drape.on(np.float32(0.92) * place, y)
    wander = sample(cloth.weave.smooth, y * np.float32(7), np.full_like(y, 5 + 3 * side))
    ripple = sample(cloth.weave.smooth, y * np.float32(21), np.full_like(y, 9 + 2 * side))
    fine = _smooth(height[:, 0], 0.004 / float(y[1, 0] - y[0, 0]))[:, None].astype(np.float32)
    out = np.float32(1.3) * (fine - np.float32(0.003)) + np.float32(0.0042) * wander + np.float32(0.0014) * ripple
    at_hem = np.clip((y - np.float32(drape.form.hem - 0.08)) / np.float32(0.05), 0, 1)
    return out + at_hem * (np.clip(out, 0.002, 0.006) - out)  # the hem covers the hips


def _edge_table(b: Build, ease: float) -> tuple[NDArray, NDArray]:
    """The line over a shoulder, through the neck: distances from the middle and rows."""
    tip = b.shoulder_y - b.arm_radius * 0.93 - 0.5 * ease
    neck_y = b.c7_y - 0.004
    table = [
        (0, neck_y - 0.014),
        (b.neck_half, neck_y - 0.014),
        (b.neck_half + 0.010, neck_y - 0.005),
        (0.55 * (b.neck_half + b.shoulder_half), 0.40 * neck_y + 0.60 * tip),
        (b.shoulder_half - 0.014, tip),
        (b.shoulder_half + 0.012, tip + 0.014),
        (b.shoulder_half + 0.030, tip + 0.05),
    ]
    at, rows = np.array(table).T
    return at, rows


def _opening(b: Build, x: Plane, y: Plane) -> Plane:
    """(h, w) distance from the neckline, an ellipse that lies lower behind than at the sides; negative inside."""
    wide, low = 1.06 * b.neck_half + 0.0015, 0.0115
    u, v = x / np.float32(wide), (y - np.float32(b.c7_y - 0.0165)) / np.float32(low)
    ring = np.sqrt(u * u + v * v) + np.float32(1e-4)
    slope = np.sqrt((u / np.float32(wide)) ** 2 + (v / np.float32(low)) ** 2) / ring + np.float32(1e-3)
    inside = (ring - 1) / slope
    return np.where(y < b.c7_y - 0.0165, np.maximum(inside, (np.abs(x) - np.float32(wide))), inside)


def _smooth(values: NDArray, sigma: float) -> NDArray:
    """Gaussian smoothing of a row, ends held."""
    reach = max(int(3 * sigma), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 0.3)) ** 2)
    return np.convolve(np.pad(values, reach, mode="edge"), kernel / kernel.sum(), "valid")
