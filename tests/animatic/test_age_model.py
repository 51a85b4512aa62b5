"""The clone against the age model, through the film's own path: the body's mesh, its place, the figure from behind."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic import age
from studio.animatic.body.model import PARTS, load_body
from studio.animatic.body.poses import standing
from studio.animatic.body.proportions import GROWN, head_height, measured
from studio.animatic.body.shape import ADULT_STATURE_M, Rest, Shape
from studio.animatic.double.figure import build_of
from studio.animatic.hug import other_rest
from studio.animatic.place import NEARER, solve
from tests.animatic.test_place import CHILD, person

MODEL = load_body()
CDC_CM = {
    1.0: {3: 95.3, 4: 102.5, 5: 109.2, 6: 115.7, 7: 122.0, 8: 128.1, 9: 133.7, 10: 138.8, 11: 143.7, 12: 149.3,
          14: 164.1, 16: 173.6, 20: 176.85},
    0.0: {3: 94.2, 4: 101.0, 5: 108.0, 6: 115.0, 7: 121.8, 8: 127.8, 9: 133.1, 10: 138.2, 11: 144.3, 12: 151.5,
          14: 160.5, 16: 162.6, 20: 163.34},
}  # fmt: skip
"""Stature for age, 50th percentile, CDC 2000."""
AGES = (3, 5, 7, 9, 12, 14, 16, 20, 35, 50, 65, 80, 90)


@lru_cache(maxsize=64)
def rest_of(years: float, sex: float) -> Rest:
    return MODEL.rest(Shape(years, sex))


def stature(rest: Rest) -> float:
    """Crown to sole of the body as it stands, metres."""
    vertices, _ = MODEL.deform(rest, standing(MODEL, rest))
    return float(np.ptp(vertices[:, 1]))


@pytest.mark.parametrize("sex", [0.0, 1.0])
@pytest.mark.parametrize("years", list(range(3, 13)) + [14, 16])
def test_the_clones_stature_is_the_cdc_share_within_two_per_cent(years: int, sex: float) -> None:
    wanted = CDC_CM[sex][years] / CDC_CM[sex][20]
    grown = stature(rest_of(20, sex))
    assert stature(rest_of(years, sex)) / grown == pytest.approx(wanted, rel=0.02)
    held = other_rest(years, sex, None, solve(person(), CHILD, years, 20, sex, arms_folded=False).stretch)
    assert stature(held) / grown == pytest.approx(wanted, rel=0.02)


@given(st.floats(3, 12), st.floats(0, 1), st.floats(300, 700), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_place_in_the_arms_makes_a_child_taller(years: float, sex: float, hands_y: float, folded: bool) -> None:
    stand = solve(person(hands_y), CHILD, years, 30, sex, arms_folded=folded)
    wanted = age.stature_ratio(years, sex) / age.stature_ratio(30, sex)
    if stand.stature_ratio < 0.9:
        assert stand.stature_px / NEARER / person().stature_px == pytest.approx(wanted, rel=0.02)
    assert stand.stretch == 1


@pytest.mark.parametrize("years", [60, 70, 80, 90])
def test_the_old_have_lost_what_the_table_says(years: int) -> None:
    shape = Shape(years, 0.0)
    assert stature(rest_of(years, 0.0)) == pytest.approx(shape.height_m, rel=0.02)
    assert shape.height_m / ADULT_STATURE_M[0] == pytest.approx(age.stature_ratio(years, 0), rel=1e-6)


@pytest.mark.parametrize("sex", [0.0, 1.0])
@pytest.mark.parametrize("years", AGES)
def test_proportions_follow_the_tables(years: int, sex: float) -> None:
    rest = rest_of(years, sex)
    own, grown, shown = (
        measured(MODEL, rest),
        measured(MODEL, MODEL.mean(Shape(GROWN, rest.shape.shown_sex))),
        rest.shape,
    )
    assert head_height(MODEL, rest.vertices_m) / stature(rest) == pytest.approx(age.head_share(years), rel=0.04)
    # the seat lies under the hip joint by what it does on a grown body
    seat = grown.hip - 1 + age.sitting_share(GROWN)
    assert 1 - own.hip + seat == pytest.approx(age.sitting_share(years), rel=0.03)
    outline = grown.outline * age.outline_share(years, shown.shown_sex) / age.outline_share(GROWN, shown.shown_sex)
    assert own.outline == pytest.approx(outline, rel=0.04)
    assert own.neck == pytest.approx(age.neck_share(years, shown.shown_sex), rel=0.06)


@pytest.mark.parametrize("sex", [0.0, 1.0])
@pytest.mark.parametrize("years", AGES)
def test_what_is_drawn_has_the_bodys_proportions(years: int, sex: float) -> None:
    build, shown = build_of(years, sex), Shape(years, sex).shown_sex
    assert build.head == age.head_share(years)
    assert 2 * build.head_half == pytest.approx(age.head_breadth_share(years))
    assert 2 * build.neck_half == pytest.approx(age.neck_share(years, shown))


def test_a_child_is_no_small_adult_from_behind() -> None:
    """Against the head, shoulders are narrow; against the head again, the neck is thin."""
    outline, neck = [], []
    for years in (4, 7, 10, 14, 20):
        own = measured(MODEL, rest_of(years, 1.0))
        outline.append(own.outline / own.head)
        neck.append(own.neck / own.head)
    assert outline == sorted(outline)
    assert outline[1] < 0.7 * outline[-1]
    assert neck[1] < 0.9 * neck[-1]


def test_the_old_have_narrower_rounder_shoulders_and_a_bent_back() -> None:
    young, old = rest_of(30, 0.0), rest_of(80, 0.0)
    assert measured(MODEL, old).outline < 0.93 * measured(MODEL, young).outline

    def ahead(rest: Rest, bone: str) -> float:
        """How far in front of the chest's joint, shares of stature."""
        at = rest.joints_m[[MODEL.bone(bone), MODEL.bone("chest")], 2]
        return float(at[0] - at[1]) / rest.shape.height_m

    for bone in ("left_upper_arm", "neck", "head"):
        assert ahead(old, bone) > ahead(young, bone) + 0.008

    def fall(rest: Rest) -> float:
        """How far the shoulder lies below the collar bone's root, shares of stature."""
        at = rest.joints_m[[MODEL.bone("left_clavicle"), MODEL.bone("left_upper_arm")], 1]
        return float(at[0] - at[1]) / rest.shape.height_m

    assert fall(old) > fall(young) + 0.003
    assert fall(rest_of(7, 0.0)) > fall(young) + 0.003


@given(st.floats(3, 89), st.floats(0.05, 0.5), st.floats(0, 1))
@settings(max_examples=12, deadline=None)
def test_bodies_grow_without_a_step(years: float, later: float, sex: float) -> None:
    """No vertex moves by more than 2.8 % of the stature a year, beside what growing taller moves it."""
    one, two = MODEL.rest(Shape(years, sex)), MODEL.rest(Shape(years + later, sex))
    moved = np.abs(two.vertices_m / two.shape.height_m - one.vertices_m / one.shape.height_m)
    hands = np.isin(MODEL.part, [n for n, part in enumerate(PARTS) if part.endswith("hand")])
    assert moved[~hands].max() < 0.002 + 0.026 * later
