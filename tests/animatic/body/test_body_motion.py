"""The walk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.body.camera import AWAY
from studio.animatic.body.model import Pose, load_body
from studio.animatic.body.motion import grounded, walk
from studio.animatic.body.shape import Shape

MODEL = load_body()
REST = MODEL.rest(Shape(25, 0.5))
AWAY_F = AWAY.astype(np.float32)


def placed(rotations: np.ndarray) -> dict:
    """Keypoints in the body frame."""
    return MODEL.keypoints(MODEL.pose(REST, Pose(rotations, np.eye(3), np.zeros(3))))


@pytest.mark.parametrize("phase", [0.0, 0.5])
def test_the_foot_in_front_is_that_of_the_strike_and_the_arms_swing_against_it(phase: float) -> None:
    points = placed(walk(MODEL, REST, phase))
    first, second = ("left", "right") if phase == 0 else ("right", "left")
    assert points[f"{first}_ankle"][2] > points[f"{second}_ankle"][2] + 0.35
    assert points[f"{first}_wrist"][2] < points[f"{second}_wrist"][2] - 0.15


@settings(max_examples=12, deadline=None)
@given(st.floats(0, 1))
def test_a_half_stride_later_is_the_mirror_image(phase: float) -> None:
    now, then = placed(walk(MODEL, REST, phase)), placed(walk(MODEL, REST, phase + 0.5))
    for name in ("ankle", "knee", "wrist", "elbow"):
        assert np.allclose(now[f"left_{name}"] * [-1, 1, 1], then[f"right_{name}"], atol=0.02), name


@settings(max_examples=12, deadline=None)
@given(st.floats(0, 1), st.sampled_from([0.0, 0.6, 1.0]))
def test_the_walk_is_smooth_and_stands_on_the_ground(phase: float, vigour: float) -> None:
    here, there = walk(MODEL, REST, phase, vigour), walk(MODEL, REST, phase + 1 / 100, vigour)
    assert np.abs(here - there).max() < 0.12
    raised = grounded(MODEL, REST, here)
    assert -0.25 < raised < 0.04  # the body comes down when the legs are apart
    vertices, _ = MODEL.deform(REST, here)
    assert vertices[:, 1].min() + raised == pytest.approx(0, abs=0.03)
