"""Proportions of the double by age and sex."""

from __future__ import annotations

import pytest

from studio.animatic.double.figure import build_of


@pytest.mark.parametrize(("age", "heads_tall"), [(8, 6.25), (12, 7.0), (30, 7.5)])
def test_figures_are_as_many_heads_tall_as_the_draughtsmans_manual_says(age: float, heads_tall: float) -> None:
    assert build_of(age, 0.5).head == pytest.approx(1 / heads_tall, rel=0.01)


def test_builds_follow_age_and_sex() -> None:
    child, woman, man, old = build_of(8, 0.5), build_of(30, 0), build_of(30, 1), build_of(78, 0)
    assert build_of(8, 0) == build_of(8, 1), "children have one build"
    assert child.shoulder_half < woman.shoulder_half < man.shoulder_half
    assert child.waist_half / child.hip_half > woman.waist_half / woman.hip_half, "a child has no waist"
    assert child.hip_y > woman.hip_y, "a child's legs are shorter"
    assert child.neck_half / child.head_half < woman.neck_half / woman.head_half
    assert old.crown_y > woman.crown_y and old.arm_radius < woman.arm_radius, "stooped and thin"
    assert (woman.c7_y - woman.head) < 0.04, "the neck shows little"
