"""The walk, the arrival and the small life of the hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.body.camera import AWAY
from studio.animatic.body.model import Pose, load_body
from studio.animatic.body.motion import Arrival, between, breathe, grounded, squeeze, stride_m, walk
from studio.animatic.body.poses import standing
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


def test_strides_are_those_of_people() -> None:
    adult = stride_m(MODEL, REST)
    child = MODEL.rest(Shape(8, 0.5))
    assert 1.0 < adult < 1.6
    assert 0.6 < stride_m(MODEL, child) < 1.1
    assert stride_m(MODEL, REST, 0.6) < 0.75 * adult


def goal() -> Pose:
    """Standing with its back to the camera."""
    return Pose(standing(MODEL, REST), AWAY_F, np.array([0.1, 1.0, 2.2], np.float32))


def test_the_arrival_ends_in_the_embrace_and_comes_from_where_it_was_told() -> None:
    arrival = Arrival(MODEL, REST, goal(), (0.4, 0.0, -1.6))
    end, start = arrival.at(1.0), arrival.at(0.0)
    assert np.allclose(end.rotations_rad, goal().rotations_rad, atol=1e-4)
    assert np.allclose(end.root_m, goal().root_m, atol=1e-4)
    assert np.allclose(start.root_m[[0, 2]] - goal().root_m[[0, 2]], [0.4, -1.6], atol=1e-3)


def test_the_arrival_does_not_jump_and_opens_its_arms_before_it_closes_them() -> None:
    arrival = Arrival(MODEL, REST, goal(), (0.3, 0.0, -1.5))
    joints = np.array([MODEL.pose(REST, arrival.at(t)).joints_m for t in np.linspace(0, 1, 61)])
    step = np.linalg.norm(np.diff(joints, axis=0), axis=2)
    body = [number for number, name in enumerate(MODEL.bones) if name[-2:] not in ("_1", "_2", "_3")]
    assert step[:, body].max() < 0.2  # of a 2.5 s arrival at 24 frames a second: a swinging foot, 4 m/s
    apart = np.linalg.norm(joints[:, MODEL.bone("left_hand")] - joints[:, MODEL.bone("right_hand")], axis=1)
    assert apart.argmax() in range(35, 56)
    assert apart.max() > 1.3 * apart[0]


def test_the_feet_do_not_slide_while_they_stand() -> None:
    arrival = Arrival(MODEL, REST, goal(), (0.0, 0.0, -2.0), closes=0.9)
    way = np.array([MODEL.pose(REST, arrival.at(t)).joints_m for t in np.linspace(0, 0.5, 41)])
    feet = way[:, [MODEL.bone("left_toes"), MODEL.bone("right_toes")]]
    ahead = np.diff(feet[..., 2], axis=0)
    slowest = np.abs(ahead).min(1)  # the standing one
    pelvis = np.diff(way[:, 0, 2])
    assert np.median(slowest) < 0.25 * np.median(pelvis)


@settings(max_examples=10, deadline=None)
@given(st.floats(0, 1), st.booleans())
def test_between_starts_here_and_ends_there(t: float, lag: bool) -> None:
    one = Pose(walk(MODEL, REST, 0.2), np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
    two = goal()
    for share, wanted in ((0.0, one), (1.0, two)):
        pose = between(MODEL, one, two, share, lag)
        assert np.allclose(pose.rotations_rad, wanted.rotations_rad, atol=1e-4)
        assert np.allclose(pose.root_rotation, wanted.root_rotation, atol=1e-4)
    middle = between(MODEL, one, two, t, lag)
    assert np.allclose(middle.root_rotation @ middle.root_rotation.T, np.eye(3), atol=1e-4)
    if lag and 0.2 < t < 0.8:  # the hand is later than the upper arm
        plain = between(MODEL, one, two, t, False)
        assert np.abs(middle.root_m - plain.root_m).max() < 0.3


def test_breath_and_squeeze_are_small_and_alive() -> None:
    times = np.linspace(0, 7.2, 40)
    joints = np.array([MODEL.pose(REST, breathe(MODEL, goal(), float(t))).joints_m for t in times])
    moved = np.ptp(joints, axis=0)
    assert 0.002 < moved[MODEL.bone("left_upper_arm")].max() < 0.02
    still = MODEL.pose(REST, goal()).joints_m
    assert np.abs(joints[0] - still).max() < 1e-4
    pressed = MODEL.pose(REST, squeeze(MODEL, goal(), 1.0, (0, 0, 0.006))).joints_m
    assert 0.003 < np.abs(pressed - still).max() < 0.06
    assert np.allclose(MODEL.pose(REST, squeeze(MODEL, goal(), 0.0, (0, 0, 0.006))).joints_m, still)
