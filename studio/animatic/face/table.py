"""The face tables: how the 478 mesh landmarks move with age, and how skin darkens where it folds.

Origin and licence of the data: ``studio/animatic/face/data/README.md``.  Face frame: origin between the eye centres,
unit = their distance (ipd), x to the picture's right, y up, z to the viewer.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

_ADULT_YEARS = 25
_DATA = Path(__file__).parent / "data"

RatioName = Literal["female_mid", "female_old", "male_mid", "male_old"]
LAYOUT_WIDTH_IPD = 3.4
"""Side of the square ratio maps in ipd."""


@lru_cache(maxsize=1)
def _tables() -> dict[str, NDArray]:
    with np.load(_DATA / "face_age.npz") as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def mean_face(sex: float) -> NDArray[np.float32]:
    """(478, 3) mean 25-year-old in the face frame; ``sex`` 0 female to 1 male."""
    female, male = _tables()["base25"]
    return (1 - sex) * female + sex * male


def layout_uv() -> NDArray[np.float32]:
    """(478, 2) place of each landmark in the ratio maps, 0 to 1, v down."""
    return _tables()["ratio_uv"]


@lru_cache(maxsize=8)
def _rows(sex: float) -> PchipInterpolator:
    """Displacement of every landmark over age: the corrected table up to 25 years, the raw measurements after.

    After 25 the corrected table holds sagging chosen by eye; `shape` has a law of its own for that.
    """
    from scipy.interpolate import PchipInterpolator

    tables = _tables()
    ages = tables["ages"]
    young, late = ((1 - sex) * table[0] + sex * table[1] for table in (tables["disp_use"], tables["disp_mh"]))
    return PchipInterpolator(ages, np.where((ages <= _ADULT_YEARS)[:, None, None], young, late))


def shape_at(age: float, sex: float) -> NDArray[np.float32]:
    """(478, 3) displacement in ipd from the 25-year-old face to that of ``age`` years, smooth and monotone between the
    table's rows."""
    ages = _tables()["ages"]
    return _rows(sex)(np.clip(age, ages[0], ages[-1])).astype(np.float32)


def displacement(from_years: float, to_years: float, sex: float) -> NDArray[np.float32]:
    """(478, 3) displacement in ipd that makes a face of ``from_years`` one of ``to_years``."""
    return shape_at(to_years, sex) - shape_at(from_years, sex)


@lru_cache(maxsize=4)
def ratio_map(name: RatioName) -> NDArray[np.float32]:
    """(384, 384, 4) natural log of the ratio aged skin / young skin in linear light: fine, middle, low band, long
    lines."""
    import cv2

    byte = cv2.imread(str(_DATA / f"ratio_{name}.png"), cv2.IMREAD_UNCHANGED)
    return (byte.astype(np.float32) - 128) / 254
