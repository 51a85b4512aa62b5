"""The published tables behind ``age.py``: (years, value) rows, read as monotone curves.

A table that no source gives is called a choice; numbers not looked up again are called from memory.

Sources
-------
* CDC 2000 growth charts, stature for age, 50th percentile; loss after 50: 2 to 4 % at 70+ (common, not re-read)
* Hybrid III child dummies (3 and 6 years, built from UMTRI's means): sitting height, arms, head; adult: the 50th
  percentile man of the same family, so that postures of measuring are alike
* US Navy drafting manual: heads tall 4.5 at 1 year, 6.25 at 8, 7 at 12, 7.5 grown up
* breadths (head, shoulders over the arms, neck): Snyder et al. 1977 for children, ANSUR for adults, from memory
* shoulder joints: measured on MakeHuman's age targets (CC0)
* Panhard et al. 2012, Keogh & Walsh 1965: grey hair; men start at the temples, earlier and stronger (Turkish study)
* ear length: 61 (f), 65 (m) mm at 20, 72, 78 mm at 70; +.22 mm a year
* thoracic kyphosis 41 degrees in the 20s, 60 over 70, no change before the fifth decade (inclinometer, 120 women);
  neck first, then thorax and knees (Gong 2019)
* hair density: about 290 hairs/cm2 in the 20s, 2/3 of that at 80 (several trichogram studies, from memory)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

Curve = tuple[tuple[float, float], ...]

STATURE_FEMALE: Curve = (
    (3, 0.577), (4, 0.619), (5, 0.661), (6, 0.704), (7, 0.745), (8, 0.783), (9, 0.815), (10, 0.846), (11, 0.883),
    (12, 0.927), (14, 0.982), (16, 0.995), (20, 1.0), (50, 1.0), (60, 0.99), (70, 0.975), (80, 0.96), (90, 0.95),
)  # fmt: skip
STATURE_MALE: Curve = (
    (3, 0.539), (4, 0.580), (5, 0.617), (6, 0.654), (7, 0.690), (8, 0.724), (9, 0.756), (10, 0.785), (11, 0.813),
    (12, 0.844), (14, 0.928), (16, 0.982), (20, 1.0), (50, 1.0), (60, 0.99), (70, 0.975), (80, 0.96), (90, 0.95),
)  # fmt: skip

# Shares of the person's own stature.
HEAD_SHARE: Curve = (
    (1, 0.222), (3, 0.190), (5, 0.175), (8, 0.160), (12, 0.143), (16, 0.136), (20, 0.133), (50, 0.133), (90, 0.140),
)  # fmt: skip
"""Crown to chin.  From 50 on the head keeps its size and the stature shrinks."""
SITTING: Curve = (
    (3, 0.578), (6, 0.556), (9, 0.534), (12, 0.517), (16, 0.507), (20, 0.504), (50, 0.504), (60, 0.499), (70, 0.491),
    (80, 0.483), (90, 0.478),
)  # fmt: skip
"""Crown to seat.  9 to 16 years lie on the curve between the dummies; the old lose height in the trunk alone, so 1 less
the adult's legs over the stature left."""
UPPER_ARM: Curve = ((3, 0.204), (6, 0.196), (12, 0.194), (20, 0.193), (50, 0.193), (90, 0.203))
"""Shoulder to elbow; the bones of the old keep their length."""
FOREARM: Curve = ((3, 0.270), (6, 0.272), (20, 0.273), (50, 0.273), (90, 0.287))
"""Elbow to finger tip."""
HEAD_BREADTH: Curve = (
    (3, 0.147), (6, 0.122), (9, 0.108), (12, 0.098), (16, 0.089), (20, 0.0875), (50, 0.0875), (90, 0.092),
)  # fmt: skip
"""Of the skull without ears: 13.9 cm at 3 years, 14.2 at 6, 14.8 grown up."""
OUTLINE_FEMALE: Curve = (
    (3, 0.240), (7, 0.240), (10, 0.244), (14, 0.258), (20, 0.262), (55, 0.262), (75, 0.242), (90, 0.230),
)  # fmt: skip
OUTLINE_MALE: Curve = (
    (3, 0.240), (7, 0.240), (10, 0.243), (14, 0.257), (20, 0.272), (55, 0.272), (75, 0.247), (90, 0.234),
)  # fmt: skip
"""Breadth over the upper arms.  From 60 on muscle goes and shoulders come forward; its size is a choice."""
HIP_FEMALE: Curve = ((3, 0.183), (7, 0.178), (10, 0.180), (14, 0.196), (20, 0.205), (90, 0.210))
HIP_MALE: Curve = ((3, 0.183), (7, 0.178), (10, 0.178), (14, 0.183), (20, 0.188), (90, 0.192))
"""Breadth of the hips, from memory as the other breadths."""
SHOULDER_FEMALE: Curve = ((3, 0.188), (7, 0.190), (12, 0.191), (20, 0.196), (50, 0.198), (90, 0.199))
SHOULDER_MALE: Curve = ((3, 0.204), (7, 0.207), (12, 0.212), (20, 0.219), (50, 0.217), (90, 0.212))
"""Distance of the joints."""

# Against the same person at 20 to 25 years.
HEAD_RATIO: Curve = ((3, 0.84), (6, 0.89), (9, 0.925), (12, 0.955), (16, 0.99), (20, 1.0), (90, 1.0))
"""Length of the head: Hybrid III 6C against adult men, .89; 95 % done by puberty (Baughan & Demirjian 1978)."""
NECK: Curve = ((3, 0.66), (7, 0.72), (12, 0.82), (16, 0.94), (20, 1.0), (60, 1.0), (90, 0.93))
"""Width; a child's made thinner than measured, by eye."""
NECK_OF_HEAD_FEMALE: Curve = ((3, 0.56), (6, 0.58), (12, 0.64), (18, 0.70), (20, 0.70), (60, 0.70), (90, 0.63))
NECK_OF_HEAD_MALE: Curve = ((3, 0.56), (6, 0.58), (12, 0.66), (18, 0.76), (20, 0.77), (60, 0.77), (90, 0.67))
"""Width of the neck over that of the head; from 60 on the muscles of the nape waste."""
LIMB: Curve = ((3, 0.60), (7, 0.66), (12, 0.78), (16, 0.93), (20, 1.0), (50, 1.0), (75, 0.93), (90, 0.88))
"""Thickness of arms and legs."""
ARM_GIRTH: Curve = ((3, 0.535), (7, 0.60), (12, 0.78), (16, 0.93), (20, 1.0), (50, 1.0), (75, 0.84), (90, 0.76))
"""Thickness of the upper arm: 5.3 cm at 3 years, 5.8 at 7, 9.5 grown up; muscle is lost first there."""
EAR_FEMALE: Curve = ((3, 0.86), (8, 0.94), (16, 1.0), (20, 1.0), (70, 1.18), (90, 1.25))
EAR_MALE: Curve = ((3, 0.84), (8, 0.92), (16, 1.0), (20, 1.0), (70, 1.20), (90, 1.27))
"""Length of the ear; a child's from memory (85 % of it is there at 3 years, 95 % at 10)."""
IRIS: Curve = ((3, 1.25), (7, 1.16), (12, 1.07), (16, 1.02), (20, 1.0), (90, 1.0))
"""Iris over the distance of the eyes: the iris does not grow after infancy, the distance does."""
HAIR_DENSITY: Curve = ((3, 0.90), (8, 1.0), (30, 1.0), (50, 0.92), (65, 0.80), (80, 0.68), (90, 0.62))

# Shares, 0 to 1.
GREY: Curve = ((25, 0.0), (35, 0.05), (45, 0.20), (55, 0.45), (65, 0.75), (75, 0.95), (85, 1.0), (90, 1.0))
DIMORPHISM: Curve = ((11, 0.0), (12.5, 0.156), (14, 0.5), (15.5, 0.844), (17, 1.0))
"""How far the body shows its sex: from puberty on (about 9 to 17)."""
WEAR: Curve = ((30, 0.0), (40, 0.18), (50, 0.42), (60, 0.70), (75, 1.0), (90, 1.15))
"""Folds start in the 20s and 30s and deepen through the 40s to 60s (Albert et al. 2007)."""
CHILDHOOD: Curve = ((3, 1.0), (8, 1.0), (12, 0.75), (16, 0.3), (20, 0.0), (90, 0.0))
"""How childlike skin, hair and brows are; a choice."""

# Posture, degrees.
STOOP: Curve = ((50, 0.0), (60, 3.0), (70, 8.0), (80, 13.0), (90, 16.0))
"""Head and neck forward, more than a 20-year-old's."""
KYPHOSIS: Curve = ((3, 35.0), (20, 41.0), (50, 41.0), (60, 46.0), (70, 55.0), (80, 61.0), (90, 64.0))
"""Of the thoracic spine; a child's is a little flatter (from memory)."""
PROTRACTION: Curve = ((50, 0.0), (60, 3.0), (70, 8.0), (80, 13.0), (90, 16.0))
"""How far the collar bones point further forward; it goes with kyphosis, its size is a choice."""
SLOPE: Curve = ((3, 7.0), (8, 6.0), (14, 2.0), (20, 0.0), (50, 0.0), (70, 5.0), (90, 9.0))
"""How much the collar bones fall towards the shoulder, more than a 20-year-old's: little trapezius holds up a child's,
nor an old person's; a choice, by eye."""
KNEES: Curve = ((50, 0.0), (60, 1.5), (70, 4.0), (80, 6.5), (90, 8.0))
"""Flexion of the standing knee; direction published (Gong 2019), size chosen."""

# Metres.
BELLY_M: Curve = ((50, 0.0), (65, 0.012), (80, 0.020), (90, 0.022))
"""How far a waist is fuller in front; a choice."""


@lru_cache(maxsize=128)
def _pchip(points: Curve) -> Any:
    from scipy.interpolate import PchipInterpolator

    years, values = np.array(points).T
    return PchipInterpolator(years, values)


@lru_cache(maxsize=4096)
def at(points: Curve, age: float) -> float:
    """A table at an age, as a monotone cubic (Fritsch & Carlson 1980) that never leaves its rows; held at its ends."""
    return float(_pchip(points)(np.clip(age, points[0][0], points[-1][0])))
