"""One age model: how a body changes between 3 and 90 years.

Smooth curves through published tables (monotone PCHIP, so no curve overshoots its table).  ``sex`` is 0 for female, 1
for
male and anything between for a mix.  All ratios are relative to the same person at 20-25 years unless the name says
share.

Sources
-------
* stature: CDC 2000 growth charts, 50th percentile; loss after 50: 2 to 4 % at 70+ (commonly stated, not re-read)
* head share: US Navy drafting manual (heads tall 4.5 at 1 y, 6.25 at 8 y, 7 at 12 y, 7.5 adult)
* head length: HIII-6C crash dummy (6 y) against adult men, 0.89; 95 % of growth done by puberty (Baughan & Demirjian
1978)
* shoulders, neck: measured on MakeHuman's age targets; the child's neck made thinner by eye
* grey hair: Keogh & Walsh 1965, Panhard et al. 2012, read as a smooth curve
* stoop: thoracic kyphosis 41 deg in the 20s, 60 deg over 70; change only after the fifth decade
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

_Curve = tuple[tuple[float, float], ...]

_STATURE_FEMALE: _Curve = (
    (3, 0.577), (4, 0.619), (5, 0.661), (6, 0.704), (7, 0.745), (8, 0.783), (9, 0.815), (10, 0.846), (11, 0.883),
    (12, 0.927), (14, 0.982), (16, 0.995), (20, 1.0), (50, 1.0), (60, 0.99), (70, 0.975), (80, 0.96), (90, 0.95),
)  # fmt: skip
_STATURE_MALE: _Curve = (
    (3, 0.539), (4, 0.580), (5, 0.617), (6, 0.654), (7, 0.690), (8, 0.724), (9, 0.756), (10, 0.785), (11, 0.813),
    (12, 0.844), (14, 0.928), (16, 0.982), (20, 1.0), (50, 1.0), (60, 0.99), (70, 0.975), (80, 0.96), (90, 0.95),
)  # fmt: skip
_HEAD_SHARE: _Curve = (
    (1, 0.222),
    (3, 0.190),
    (5, 0.175),
    (8, 0.160),
    (12, 0.143),
    (16, 0.136),
    (20, 0.133),
    (90, 0.136),
)
_HEAD_RATIO: _Curve = ((3, 0.84), (6, 0.89), (9, 0.925), (12, 0.955), (16, 0.99), (20, 1.0), (90, 1.0))
_SHOULDER_FEMALE: _Curve = ((3, 0.188), (7, 0.190), (12, 0.191), (20, 0.196), (50, 0.198), (90, 0.199))
_SHOULDER_MALE: _Curve = ((3, 0.204), (7, 0.207), (12, 0.212), (20, 0.219), (50, 0.217), (90, 0.212))
_NECK: _Curve = ((3, 0.66), (7, 0.72), (12, 0.82), (16, 0.94), (20, 1.0), (60, 1.0), (90, 0.93))
_LIMB: _Curve = ((3, 0.60), (7, 0.66), (12, 0.78), (16, 0.93), (20, 1.0), (50, 1.0), (75, 0.93), (90, 0.88))
_GREY: _Curve = ((25, 0.0), (35, 0.05), (45, 0.20), (55, 0.45), (65, 0.75), (75, 0.95), (85, 1.0), (90, 1.0))
_STOOP: _Curve = ((50, 0.0), (60, 3.0), (70, 8.0), (80, 13.0), (90, 16.0))


@lru_cache(maxsize=32)
def _pchip(points: _Curve):
    from scipy.interpolate import PchipInterpolator

    years, values = np.array(points).T
    return PchipInterpolator(years, values)


def _at(points: _Curve, age: float) -> float:
    return float(_pchip(points)(np.clip(age, points[0][0], points[-1][0])))


def _mixed(female: _Curve, male: _Curve, age: float, sex: float) -> float:
    return (1 - sex) * _at(female, age) + sex * _at(male, age)


def stature_ratio(age: float, sex: float = 0.5) -> float:
    """Stature relative to the adult's."""
    return _mixed(_STATURE_FEMALE, _STATURE_MALE, age, sex)


def head_share(age: float) -> float:
    """Head height (chin to crown) as a share of stature."""
    return _at(_HEAD_SHARE, age)


def head_ratio(age: float) -> float:
    """Head length relative to the adult's; hardly shrinks, which is why children look large-headed."""
    return _at(_HEAD_RATIO, age)


def shoulder_ratio(age: float, sex: float = 0.5) -> float:
    """Distance of the shoulder joints relative to the adult's."""
    share = _mixed(_SHOULDER_FEMALE, _SHOULDER_MALE, age, sex)
    return stature_ratio(age, sex) * share / _mixed(_SHOULDER_FEMALE, _SHOULDER_MALE, 20, sex)


def neck_ratio(age: float) -> float:
    """Width of the neck relative to the adult's."""
    return _at(_NECK, age)


def limb_ratio(age: float) -> float:
    """Thickness of arms and legs relative to the adult's."""
    return _at(_LIMB, age)


def grey_share(age: float) -> float:
    """Share of the hair that is grey, 0 to 1."""
    return _at(_GREY, age)


def stoop_deg(age: float) -> float:
    """How far head and neck lean forward, degrees more than a 20-year-old's."""
    return _at(_STOOP, age)


def wear(age: float) -> float:
    """How far the skin has aged: 0 up to 30 years, 1 at 75.

    Folds start in the 20s and 30s and deepen through the 40s to 60s (Albert et al. 2007), so the curve is steepest
    there.
    """
    return _at(((30, 0.0), (40, 0.18), (50, 0.42), (60, 0.70), (75, 1.0), (90, 1.15)), age)


def childhood(age: float) -> float:
    """How childlike skin, hair and brows are: 1 up to 8 years, 0 from 20."""
    return _at(((8, 1.0), (12, 0.75), (16, 0.3), (20, 0.0)), age)
