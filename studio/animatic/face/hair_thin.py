"""Thinning: scalp shows between the strands, at temples and crown in men, along the parting in women."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import hair_raster

Map = NDArray[np.float32]


def usual_recede(from_years: float, to_years: float, sex: float) -> float:
    """0..1: how much hair is lost between two ages, by the curve of hairs on an area; modest.

    A receding hairline only for men (``sex`` over 0.7); from 0 at their present state.
    """
    lost = max(0.0, age.hair_density_ratio(from_years) - age.hair_density_ratio(to_years)) / 0.38
    male = float(np.clip((sex - 0.6) / 0.3, 0, 1))
    return lost * (0.25 + 0.35 * male)


def bareness(head: Map, texture: Map, recede: float, sex: float) -> Map:
    """(h, w) 0..1 how much scalp shows.

    Parameters
    ----------
    head : (h, w, 2) head coordinates in ipd; texture : (h, w) -1..1 along the hair
    recede : 0..1
    """
    import cv2

    place = hair_raster.carry(_places(round(sex, 2)), head) * np.float32(recede)
    bare = np.zeros_like(place)
    x, y, width, height = cv2.boundingRect((place > 0.01).astype(np.uint8))
    part = np.s_[y : y + height, x : x + width]
    # single strands stay: each goes at its own time
    bare[part] = np.minimum(0.9 * place[part] ** np.exp2(0.8 * texture[part]), 0.9)
    return bare


@lru_cache(maxsize=8)
def _places(sex: float) -> Map:
    """(H, W) raster: where hair goes first, 0..1."""
    x, y = hair_raster.grid()
    # Norwood's corners above the temples, then the hairline between them; the crown is not seen from the front
    corner = np.exp(-(((np.abs(x) - 0.72) / 0.34) ** 2) - ((y + 1.05) / 0.38) ** 2)
    line = np.exp(-((x / 0.75) ** 2) - ((y + 1.12) / 0.2) ** 2)
    parting = np.exp(-((x / 0.13) ** 2)) * np.clip((-0.9 - y) / 0.3, 0, 1)
    male = np.float32(np.clip((sex - 0.3) / 0.5, 0, 1))
    place = male * np.maximum(corner, 0.25 * line) + (1 - male) * 0.5 * np.maximum(parting, 0.4 * line)
    return place.astype(np.float32)
