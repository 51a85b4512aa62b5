"""How light lies on the skin and cloth of a posed body: one pass of machine code over the pixels that show it.

Colours are display colours (0..255) of a surface that faces the viewer, as they were read off the footage.  Light falls
as it does on the drawn double (``double/relief.py: lambert, lit``): one wrapped key light, a sky brighter above than
below, colours multiplied in square root light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.raster import compiled
from studio.core.people import Light

Plane = NDArray[np.float32]
NORMAL, ALONG, LIMB_TURN, HEIGHT, TRUNK_TURN, LIMB_SHARE, FLESH, DEPTH, SOURCE = 0, 3, 4, 6, 7, 9, 10, 12, 13
"""First columns of what ``shaded`` takes; ``SOURCE`` and following (r, g, b, weight) are there only with a texture."""

SKIN, CLOTH, LEATHER = 0, 1, 2
SKIN_WRAP = (0.50, 0.43, 0.40)  # red light travels furthest under the skin: its shadow edge is soft and warm
OPENING = 0.42  # a photographed edge is lighter than Lambert's: the lens sees light that grazes it


@dataclass(frozen=True, slots=True)
class Finish:
    """What a piece is made of.

    Parameters
    ----------
    material : SKIN, CLOTH or LEATHER
    rgb : its colour
    wrap : how far round each of red, green and blue light reaches, 0 hard
    rough_m : how strongly its surface scatters the normal
    mottle : variation of colour, fine and soft, as shares
    gloss, fuzz : shine in levels; light on fibres that stand off the edge, as a share
    ribs : ribbed knitted bands at both ends
    is_tinted : whether the light's colour is still to fall on it; what was read off the footage has it
    end_m, hem_m, rib_m : where sleeves and top end, and the width of the bands
    """

    material: int
    rgb: tuple[float, float, float]
    wrap: tuple[float, float, float]
    rough: float
    mottle: tuple[float, float]
    gloss: float
    fuzz: float
    ribs: bool = False
    end_m: float = 9.0
    hem_m: float = -9.0
    rib_m: float = 0.05
    is_tinted: bool = True


def skin_finish(rgb: tuple[float, float, float]) -> Finish:
    """Skin of that colour."""
    return Finish(SKIN, rgb, SKIN_WRAP, 0.035, (0.012, 0.022), 15.0, 0.03, is_tinted=False)


def shaded(values: Plane, sky: Plane, grain: Plane, light: Light, finish: Finish) -> Plane:
    """(n, 3) float32 0..255.

    Parameters
    ----------
    values : (n, C) float32 by the columns above
    sky : (n,) 0..1, ambient light that reaches the pixel
    grain : (k, k, 2) tiling noise of unit variance; fine, soft
    """
    light = plausible(light)
    tint = np.sqrt(np.asarray(light.rgb if finish.is_tinted else (1, 1, 1), np.float32))
    out = np.empty((len(values), 3), np.float32)
    compiled(_shade)(
        values,
        np.ascontiguousarray(sky, np.float32),
        grain,
        np.array([*light.direction, 0.34 + 0.5 * light.contrast], np.float32),  # as on the drawn double
        tint,
        finish.material,
        np.asarray(finish.rgb, np.float32),
        np.asarray(finish.wrap, np.float32),
        np.array([finish.rough, *finish.mottle, finish.gloss, finish.fuzz], np.float32),
        np.array([float(finish.ribs), finish.end_m, finish.hem_m, finish.rib_m], np.float32),
        out,
    )
    return out


def plausible(light: Light) -> Light:
    """The light as it can be: from behind it is a rim only (the footage shows a face that is lit), and floors do not
    shine."""
    x, y, z = light.direction
    y, z = min(y, 0.05), max(z, 0.5)
    norm = float(np.sqrt(x * x + y * y + z * z))
    return replace(light, direction=(x / norm, y / norm, z / norm))


def _shade(values, sky, grain, key, tint, material, rgb, wrap, surface, bands, out):
    """One pixel after the other; see ``shaded``."""
    rough, fine, soft, gloss, fuzz = surface[0], surface[1], surface[2], surface[3], surface[4]
    size = grain.shape[0]
    half_x, half_y, half_z = key[0], key[1], key[2] + 1
    norm = np.sqrt(half_x * half_x + half_y * half_y + half_z * half_z)
    half_x, half_y, half_z = half_x / norm, half_y / norm, half_z / norm
    has_source = values.shape[1] > 13
    for n in range(values.shape[0]):
        v = values[n]
        on_limb = v[9] > 0.5
        way = v[3] if on_limb else v[6]
        turn = np.arctan2(v[5], v[4]) if on_limb else np.arctan2(v[8], v[7])
        # close-up noise: one tile round an arm, three round the trunk, so that it has no seam
        row = way * (size / 0.30)
        column = (turn / (2 * np.pi)) * size * (1 if on_limb else 3)
        r0, c0 = int(np.floor(row)), int(np.floor(column))
        fr, fc = row - r0, column - c0
        r0, c0 = r0 % size, c0 % size
        r1, c1 = (r0 + 1) % size, (c0 + 1) % size
        near0 = (grain[r0, c0, 0] * (1 - fc) + grain[r0, c1, 0] * fc) * (1 - fr) + (
            grain[r1, c0, 0] * (1 - fc) + grain[r1, c1, 0] * fc
        ) * fr
        near1 = (grain[r0, c0, 1] * (1 - fc) + grain[r0, c1, 1] * fc) * (1 - fr) + (
            grain[r1, c0, 1] * (1 - fc) + grain[r1, c1, 1] * fc
        ) * fr
        other = (
            grain[(r0 + 97) % size, (c0 + 61) % size, 0] * (1 - fc) + grain[(r0 + 97) % size, (c1 + 61) % size, 0] * fc
        )
        # what is seen cannot face away: beyond the rim a coarse mesh's normals would draw a dark line round it
        x, y, z = v[0] + rough * near0, v[1] + rough * other, max(-v[2], 0.0) + OPENING
        length = np.sqrt(x * x + y * y + z * z) + 1e-6
        x, y, z = x / length, y / length, z / length
        factor = 1 + fine * near0 + soft * near1
        if bands[0] > 0:
            limb_edge, trunk_edge = bands[1] - v[3], v[6] - bands[2]
            edge = limb_edge if on_limb else trunk_edge
            ribs = 40.0 if on_limb else 110.0
            if -0.02 < edge < bands[3]:
                factor *= 1 - 0.055 * (1 + np.cos(turn * ribs))
            factor *= 1 - 0.14 * np.exp(-(((edge - bands[3]) / 0.0035) ** 2))
        elif material == 1:
            edge = bands[1] - v[3] if on_limb else v[6] - bands[2]
            factor *= 1 - 0.12 * np.exp(-(((edge - 0.02) / 0.0018) ** 2))
        shine = max(half_x * x + half_y * y + half_z * z, 0.0)
        shine = gloss * (shine**10 - 0.35)
        if material == 0:
            shine *= 1 + 2.2 * v[11]
        open_share = min(max(sky[n], 0.0), 1.0)
        for c in range(3):
            base = rgb[c] * factor
            if material == 0:
                base *= 1 - v[10] * (0.02 if c == 0 else (0.12 if c == 1 else 0.13))
                base *= 1 + v[11] * (0.07 if c == 0 else 0.03)
            if has_source:
                base += v[16] * (v[13 + c] - base)
            through = open_share ** (1.0 if material != 0 else (0.94 if c == 0 else (1.04 if c == 1 else 1.1)))
            direct = max(key[0] * x + key[1] * y + key[2] * z + wrap[c], 0.0) / (1 + wrap[c])
            facing = max(-0.15 * key[1] + 0.989 * key[2] + wrap[c], 0.0) / (1 + wrap[c])
            light = key[3] * direct + (1 - key[3]) * (0.74 - 0.20 * y + 0.26 * z)
            light *= through / (key[3] * facing + (1 - key[3]) * 1.027)
            light += fuzz * (1 - z) ** 3 * open_share
            out[n, c] = min(max(base * np.sqrt(max(light, 0.0)) * tint[c] + shine * open_share, 0.0), 255.0)


def open_sky(
    depth_m: Plane, focal_px: float, reach_m: float, strength: float, from_light: tuple[float, float] = (0.0, 0.0)
) -> Plane:
    """(h, w) float32 in 0..1, ambient light left where neighbours within ``reach_m`` stand nearer to the lens.

    Ambient occlusion on the z-buffer (M. Mittring, "Finding Next Gen", SIGGRAPH 2007 course) with sixteen pairs of
    opposite neighbours, so that a slope is no hollow; what stands far in front throws no such shadow.
    The ring is shifted by ``from_light`` reaches (x, y) towards the light, so that shadow falls away from it.
    """
    out = np.ones(depth_m.shape, np.float32)
    turn = np.arange(16) * 2.399963
    way = np.sqrt((np.arange(16) + 0.5) / 16)
    ring = np.stack([np.cos(turn) * way, np.sin(turn) * way], 1)
    shift = np.array(from_light, np.float64)
    depth = np.ascontiguousarray(depth_m, np.float32)
    compiled(_occlude)(depth, ring, shift, focal_px * reach_m, reach_m, strength, out)
    return out


def _occlude(depth, ring, shift, reach_px_m, reach_m, strength, out):
    """Darken ``out`` at every sample that has a depth."""
    height, width = depth.shape
    for y in range(height):
        for x in range(width):
            z = depth[y, x]
            if not np.isfinite(z):
                continue
            reach_px = reach_px_m / z
            total = 0.0
            sx, sy = int(np.rint(shift[0] * reach_px)), int(np.rint(shift[1] * reach_px))
            for k in range(ring.shape[0]):
                dx, dy = int(np.rint(ring[k, 0] * reach_px)), int(np.rint(ring[k, 1] * reach_px))
                x1, y1, x2, y2 = x + sx + dx, y + sy + dy, x + sx - dx, y + sy - dy
                # Where nothing stands the ground lies far behind: past a rim the body's own slope is no hollow.
                if not (0 <= x1 < width and 0 <= y1 < height and np.isfinite(depth[y1, x1])):
                    continue
                if not (0 <= x2 < width and 0 <= y2 < height and np.isfinite(depth[y2, x2])):
                    continue
                a = (z - depth[y1, x1]) / reach_m
                b = (z - depth[y2, x2]) / reach_m
                if a > 3:
                    a = max(0.0, 6 - a) / 3
                if b > 3:
                    b = max(0.0, 6 - b) / 3
                total += min(max(a + b, 0.0), 1.5)
            out[y, x] = np.exp(-strength * total / ring.shape[0])
