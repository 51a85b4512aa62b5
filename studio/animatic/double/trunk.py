"""The form on which the garment of the double's trunk hangs, seen from behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.drape import Form
from studio.animatic.double.figure import Build

EASE = {"tee": 0.0060, "jumper": 0.0095, "cardigan": 0.0115, "shirt": 0.0090, "hoodie": 0.0125}
HEM = {"tee": 0.036, "jumper": 0.026, "cardigan": 0.038, "shirt": 0.040, "hoodie": 0.030}
LOOSE = (0.30, 0.45, 0.60, 0.85, 1.0, 1.2, 1.0, 0.8)  # where a garment has its ease, by the rows of the trunk


def hem_y(build: Build, garment: str) -> float:
    """Row of the garment's lower edge in statures."""
    return build.hip_y + HEM[garment]


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
