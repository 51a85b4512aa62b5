"""Skin of the double's head: nape, ears, scalp."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.relief import Plane, Relief, hollows, lambert, lit, normals
from studio.core.people import Light


def skin_colour(
    relief: Relief,
    skin_rgb: tuple[int, int, int],
    light: Light,
    soft_px: float,
    hollow_px: float,
    tone: Plane | None = None,
    gloss: float = 0.0,
) -> NDArray[np.float32]:
    """(h, w, 3) float32 skin under that light.

    Parameters
    ----------
    soft_px : smoothing of the relief; skin has no sharp creases at the film's scale
    hollow_px : size of the hollows that ambient light does not reach
    tone : (h, w) float32 of unit variance, unevenness of the colour
    gloss : strength of the highlight, 0 to 1
    """
    nx, ny, nz = normals(relief.surface(soft_px), 1.6)
    shade = lambert(nx, ny, nz, light, 0.55) * hollows(relief.z, relief.cover(), hollow_px, 0.5)
    # light that entered the skin comes out redder where the surface turns away
    edge = np.clip((1 - nz) * np.float32(1.2), 0, 1)[..., None]
    albedo = np.asarray(skin_rgb, np.float32) * (1 - edge * np.array([0.04, 0.12, 0.14], np.float32))
    if tone is not None:
        albedo = albedo * (1 + np.float32(0.014) * tone[..., None])
    colour = lit(albedo, shade, light)
    if gloss:
        lx, ly, lz = light.direction
        facing = np.clip(np.float32(0.55) * (nx * lx + ny * ly + nz * (max(lz, 0.35) + 1)), 0, 1)
        colour = np.clip(colour + np.float32(26 * gloss) * (facing**14)[..., None], 0, 255)
    return colour
