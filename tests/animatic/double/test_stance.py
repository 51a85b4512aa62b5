"""How the double's body stands before its camera."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.body.model import PARTS, load_body
from studio.animatic.body.poses import standing
from studio.animatic.body.shape import Rest, Shape
from studio.animatic.double.stance import camera_for, holding, tilted, turned_away

MODEL = load_body()
AGES = st.sampled_from([6, 8, 30, 75])


@lru_cache
def rest_of(age: int) -> Rest:
    return MODEL.rest(Shape(float(age), 0.5))


def seen(age: int, rotations: np.ndarray, lean_deg: float = 0.0, stature_px: float = 220.0) -> dict[str, np.ndarray]:
    """Key points in the picture, (2,) each, with the crown and the lowest point of the body."""
    posed = MODEL.pose(rest_of(age), turned_away(rest_of(age), rotations, lean_deg))
    camera = camera_for(stature_px)
    points = {name: camera.project(p) for name, p in MODEL.keypoints(posed).items()}
    everywhere = camera.project(posed.vertices_m)
    points |= {"crown": everywhere[everywhere[:, 1].argmin()], "lowest": everywhere[everywhere[:, 1].argmax()]}
    points["neck"] = camera.project(posed.joints_m[MODEL.bone("neck")])
    points["head"] = everywhere[MODEL.part == PARTS.index("head")].mean(0)
    points["all"] = everywhere
    return points


def up(points: dict[str, np.ndarray]) -> np.ndarray:
    """From the hips to the shoulders."""
    ends = [0.5 * (points[f"left_{joint}"] + points[f"right_{joint}"]) for joint in ("hip", "shoulder")]
    return ends[1] - ends[0]


@settings(max_examples=15, deadline=None)
@given(age=AGES, stature_px=st.floats(60, 900))
def test_it_is_as_tall_as_asked_and_wholly_in_the_picture(age: int, stature_px: float) -> None:
    points = seen(age, standing(MODEL, rest_of(age)), stature_px=stature_px)
    assert points["lowest"][1] - points["crown"][1] == pytest.approx(stature_px, rel=0.06)
    width, height = camera_for(stature_px).size_px
    assert (points["all"] >= 0).all() and (points["all"] < [width, height]).all()


@pytest.mark.parametrize("age", [8, 75])
def test_its_back_is_to_the_lens(age: int) -> None:
    points = seen(age, standing(MODEL, rest_of(age)))
    for joint in ("shoulder", "hip", "elbow"):
        assert points[f"left_{joint}"][0] < points[f"right_{joint}"][0]
    posed = MODEL.pose(rest_of(age), turned_away(rest_of(age), standing(MODEL, rest_of(age))))
    nose = MODEL.keypoints(posed)["nose"]
    assert nose[2] > posed.joints_m[MODEL.bone("head")][2], "the face is farther away than the neck"


@settings(max_examples=15, deadline=None)
@given(age=AGES, lean_deg=st.floats(-15, 15))
def test_leaning_turns_it_in_the_picture_to_the_right(age: int, lean_deg: float) -> None:
    upright, leaning = (up(seen(age, standing(MODEL, rest_of(age)), lean)) for lean in (0.0, lean_deg))
    turned = np.degrees(np.arctan2(leaning[0], -leaning[1]) - np.arctan2(upright[0], -upright[1]))
    assert turned == pytest.approx(lean_deg, rel=0.15, abs=0.3), "but for perspective"


@given(degrees=st.floats(3, 20))
@settings(max_examples=10, deadline=None)
def test_only_the_head_is_tilted_and_to_the_right(degrees: float) -> None:
    own = standing(MODEL, rest_of(30))
    turned = tilted(MODEL, own, degrees)
    changed = np.flatnonzero((turned != own).any(1))
    assert set(changed) == {MODEL.bone("neck"), MODEL.bone("head")}
    before, after = seen(30, own), seen(30, turned)
    assert np.allclose(before["left_shoulder"], after["left_shoulder"]), "the trunk stays"
    rise = before["neck"][1] - before["head"][1]
    assert after["head"][0] - before["head"][0] > 0.5 * rise * np.sin(np.radians(degrees))


@pytest.mark.parametrize("age", [6, 8, 30, 75])
def test_holding_arms_go_round_somebody_before_it(age: int) -> None:
    rest = rest_of(age)
    posed = MODEL.pose(rest, turned_away(rest, holding(MODEL, rest)))
    points = MODEL.keypoints(posed)
    size = rest.shape.height_m
    for side in ("left", "right"):
        shoulder, wrist = points[f"{side}_shoulder"], points[f"{side}_wrist"]
        assert wrist[2] > shoulder[2] + 0.08 * size, "before the trunk, away from the lens"
        assert shoulder[1] < wrist[1] < points[f"{side}_hip"][1] + 0.02 * size, "between shoulder and hip"
    apart = np.linalg.norm(points["left_index"] - points["right_index"])
    assert apart < np.linalg.norm(points["left_elbow"] - points["right_elbow"]), "the hands come together"
