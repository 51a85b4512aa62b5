"""Trimmings of a garment seen from behind: collar, armholes, yoke, hem, cuffs, hood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.canvas import Plane
from studio.animatic.double.figure import Build
from studio.animatic.double.garment import sample, seam
from studio.animatic.double.trunk import Cloth, Trunk, hem_sag, hem_y

KNITTED = ("jumper", "cardigan", "hoodie")
BAND = {"tee": 0.0105, "jumper": 0.0150, "cardigan": 0.0150, "shirt": 0.0200, "hoodie": 0.0100}


def armhole(build: Build, y: Plane) -> Plane:
    """(h, 1) distance of the armhole seam from the middle, from the shoulder's tip to the armpit."""
    t = np.clip((y - np.float32(build.shoulder_y - 0.034)) / np.float32(0.100), 0, 1)
    inset = np.float32(0.013) * np.sin(np.pi * t)
    return (
        np.float32(build.shoulder_half - 0.003)
        - inset
        + np.float32(build.chest_half - build.shoulder_half + 0.006) * t * t
    )


def trim(build: Build, cloth: Cloth, trunk: Trunk, x: Plane, y: Plane, on_trunk: Plane) -> tuple[Plane, Plane]:
    """What is sewn to the trunk: (height in statures, colour factor), (h, w) each.

    Parameters
    ----------
    x, y : (h, w) points of the flat pattern; the seams move with the folds
    on_trunk : (h, w) 1 where no sleeve lies above
    """
    b, garment = build, cloth.garment
    ax = np.abs(x)
    height, factor = np.zeros(x.shape, np.float32), np.ones(x.shape, np.float32)

    def add(part: tuple[Plane, Plane], where: Plane) -> None:
        height[...] += part[0] * where
        factor[...] *= 1 + (part[1] - 1) * where

    width = np.float32(BAND[garment])
    on_band = np.clip((width - trunk.collar) / np.float32(0.0011) + 0.5, 0, 1)
    roll = np.clip(trunk.collar / width, 0, 1)
    thick = 0.0036 if garment == "shirt" else 0.0020
    height += np.float32(thick) * on_band * np.sqrt(np.maximum(1 - (2 * roll - 1) ** 2, 0) + np.float32(0.15))
    if garment != "shirt":
        turn = np.arctan2(y - np.float32(b.c7_y - 0.0165), x) * np.float32(b.neck_half + 0.01)
        pitch = 0.0023 if garment == "tee" else 0.0032
        rib = np.sin(turn * np.float32(2 * np.pi / pitch))
        factor *= 1 + on_band * np.float32(0.035 if garment == "tee" else 0.06) * (rib - 0.5)
        height += on_band * np.float32(0.00012) * rib
    factor *= 1 - np.float32(0.16) * np.exp(-(((trunk.collar - width) / np.float32(0.0022)) ** 2)) * (
        trunk.collar > width
    )  # the band's own shadow
    add(seam(trunk.collar - width, 0.0014), np.full_like(x, 0.7))
    hole = armhole(b, y)
    at_hole = np.clip((y - np.float32(b.shoulder_y - 0.045)) / 0.01, 0, 1)
    at_hole = at_hole * np.clip((np.float32(b.shoulder_y + 0.062) - y) / 0.012, 0, 1)
    add(seam(ax - hole, 0.0017), np.float32(0.85) * at_hole)
    if garment == "shirt":
        yoke = y - np.float32(b.c7_y + 0.050) - np.float32(0.9) * x * x
        add(seam(yoke, 0.0017), (ax < hole).astype(np.float32))
        pleat = np.clip(1 - yoke / np.float32(0.20), 0, 1) * np.clip(yoke / np.float32(0.004), 0, 1)
        fold = np.exp(-(((ax - 0.0105) / np.float32(0.0035)) ** 2))
        height -= np.float32(0.0035) * pleat * fold
        factor *= 1 - np.float32(0.10) * pleat * fold
    if garment in ("tee", "jumper", "hoodie"):  # shoulder seam, set a little towards the back
        add(seam(y - np.float32(0.006) - _shoulder_line(trunk, x), 0.0012), np.float32(0.5) * on_trunk * (ax < hole))
    hem = np.float32(hem_y(b, garment)) + hem_sag(x[:1], b, cloth)
    deep = np.float32(0.034 if garment in KNITTED else 0.010)
    on_hem = np.clip((y - hem + deep) / np.float32(0.0012), 0, 1) * on_trunk
    add(seam(hem - deep - y, 0.0017), on_trunk)
    if garment in KNITTED:
        ribs = np.sin(x * np.float32(2 * np.pi / 0.0046) + np.float32(0.6) * sample(cloth.weave.smooth, x * 20, y * 20))
        factor *= 1 + on_hem * np.float32(0.07) * (ribs - 0.3)
        height += on_hem * np.float32(0.0004) * ribs
    return height, factor


def cuff(cloth: Cloth, along: Plane, length: float) -> tuple[Plane, Plane]:
    """Hem or cuff of a sleeve: (height, colour factor); ``along`` (h, w) 0 to 1 down the sleeve of that length."""
    end = 0.93 if cloth.garment == "tee" else 0.90
    height, factor = seam((np.float32(end) - along) * np.float32(length), 0.0018)
    near = (along > 0.7).astype(np.float32)
    return height * near, 1 + (factor - 1) * near


def _shoulder_line(trunk: Trunk, x: NDArray[np.float32]) -> Plane:
    """(h, w) the trunk's upper edge at those columns."""
    return np.broadcast_to(trunk.edge, x.shape)
