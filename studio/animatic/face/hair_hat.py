"""Hats, caps and hoods are not hair: told by their colours and their lower edge, once, on the reference frame.

A black cap over black hair cannot be told from it here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import hair_raster
from studio.animatic.face.hair import clusters, nearest

Map = NDArray[np.float32]

_SHADES = ((0.4, 0.6), (0.7, 0.85), (1.0, 1.0), (1.5, 1.15), (2.0, 1.3), (2.6, 1.4))
"""Hair in its own shade and in the light: lightness and chroma, times those of its middle tone."""


def covered(lab: Map, solid: Map, outside: Map, unlike: Map) -> Map | None:
    """(H, W) 0..1 raster of what a hat covers; None for a bare head.

    Three signs, any of which is enough: colours that hair does not have and the sides of the head have not either (hair
    dyed blue is blue beside the face too); black beside white; a straight edge with another colour above it than beside
    the face.

    Parameters
    ----------
    lab : (H, W, 3) raster of colours; solid : of the person; outside : distance from the mesh's outline in ipd
    unlike : distance from skin in standard deviations
    """
    x, y = hair_raster.grid()
    level, rough, contrast = min((_lower_edge(lab, share) for share in (0.75, 1.0)), key=lambda found: found[1])
    edge = np.polyval(level, x).astype(np.float32)
    cap = (solid > 0.9) & (outside > 0.02) & (y < edge - 0.12) & (y > -2.2) & (np.abs(x) < 0.9)
    beside = (solid > 0.9) & (outside > 0.06) & (outside < 0.5) & (y > np.maximum(edge + 0.15, -0.8)) & (y < 0.45)
    beside &= (unlike > 2.2) & (np.abs(x) < 1.7)
    if cap.sum() < 0.09 * hair_raster.PER_IPD**2:
        return None
    dyed = float(_not_hair(lab[beside]).mean()) if beside.sum() > 25 else 0.0
    strange = float(_not_hair(lab[cap]).mean()) > 0.35 > dyed
    motley = float(lab[cap][:, 0].std()) > 28
    another = False
    if beside.sum() > 25:
        centres, spread = clusters(lab[beside], 3)
        shaded = np.concatenate([centres * np.array([light, tint, tint], np.float32) for light, tint in _SHADES])
        wide = np.tile(np.maximum(spread, np.array([7, 3, 3], np.float32)), (len(_SHADES), 1))
        other = float((nearest(lab[cap][None], shaded, wide) > 3.5).mean())
        # gloss pales hair in places, not all over
        top, side = np.median(lab[cap], 0), np.median(lab[beside], 0)
        paler = top[0] > side[0] + 32 and np.hypot(*top[1:]) < 1.1 * np.hypot(*side[1:])
        another = (other > 0.45 or bool(paler)) and rough < 0.03 and contrast > 30
    if not (strange or motley or another):
        return None
    return np.clip((edge + 0.10 - y) / 0.08, 0, 1).astype(np.float32)


def _not_hair(lab: Map) -> NDArray[np.bool_]:
    """(n,) whether colours (n, 3) are ones that undyed hair has in no light: too green, blue, purple or vivid."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue_deg = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    return ((chroma > 14) & ((hue_deg < 5) | (hue_deg > 105))) | (chroma > 48)


def _lower_edge(lab: Map, share: float) -> tuple[NDArray[np.float64], float, float]:
    """The edge that ends the forehead: parabola of y over x in ipd, how rough it is in ipd, and its contrast.

    In every column the lowest step of at least ``share`` of the strongest; columns that disagree are left out.
    """
    per_ipd, north = hair_raster.PER_IPD, hair_raster.NORTH
    x, _ = hair_raster.grid()
    columns = np.flatnonzero(np.abs(x[0]) < 0.7)
    bottom, top = round((-0.45 - north) * per_ipd), round((-1.5 - north) * per_ipd)
    step = np.linalg.norm(lab[4:, columns] - lab[:-4, columns], axis=-1)[top:bottom][::-1]
    strongest = step.max(0)
    first = np.argmax(step >= share * strongest, 0)
    # up from there to the middle of that step
    peak = np.array([f + int(np.argmax(step[f : f + 4, k])) for k, f in enumerate(first)])
    edge = (bottom - 1 - peak + 2.5) / per_ipd + north
    kept = np.ones(len(edge), bool)
    level, off = np.zeros(3), np.zeros(len(edge))
    for _ in range(3):
        level = np.polyfit(x[0][columns][kept], edge[kept], 2)
        off = np.abs(edge - np.polyval(level, x[0][columns]))
        kept = off <= max(float(np.quantile(off, 0.8)), 0.03)
    return level, float(np.quantile(off, 0.8)), float(np.median(strongest))
