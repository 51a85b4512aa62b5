"""The face tables: how the 478 mesh landmarks move with age, and how skin darkens where it folds.

Origin and licence of the data: ``studio/animatic/face/data/README.md``.  Face frame: origin between the eye centres,
unit = their distance (ipd), x to the picture's right, y up, z to the viewer.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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


def shape_at(age: float, sex: float) -> NDArray[np.float32]:
    """(478, 3) displacement in ipd from the 25-year-old face to that of ``age`` years; linear between table rows."""
    tables = _tables()
    female, male = tables["disp_use"]
    rows = (1 - sex) * female + sex * male
    ages = tables["ages"]
    age = float(np.clip(age, ages[0], ages[-1]))
    right = max(1, int(np.searchsorted(ages, age)))
    weight = (age - ages[right - 1]) / (ages[right] - ages[right - 1])
    return rows[right - 1] * (1 - weight) + rows[right] * weight


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
