"""The age warp as a field: no folds, no trembling, a neck that follows, hair and far side left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.face import mesh
from studio.animatic.face.table import mean_face
from studio.animatic.face.warp import Warp, plan_warp, warp_field

IPD_PX = 40.0
BOX = (0, 0, 320, 360)
CENTRE = (160.0, 150.0)


def seen(yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0, sex: float = 0.5) -> np.ndarray:
    """(478, 3) mean face as landmarks, turned."""
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    points = mean_face(sex) * (1, -1, 1) @ (about_z @ about_y @ about_x).T * IPD_PX
    return (points * (1, 1, -1) + (*CENTRE, 0)).astype(np.float32)


def field(plan: Warp, face: np.ndarray, sex: float = 0.5, hair_reach_ipd: float = 4.0, box=BOX) -> np.ndarray:
    return warp_field(plan, face, mesh.pose_of(face, sex), CENTRE[0], box, 0.2 * IPD_PX, hair_reach_ipd)


def comes_from(warped: np.ndarray, right: float, down: float) -> np.ndarray:
    """(2,) where what is seen at (right, down) of the eyes comes from, in the same measure."""
    x, y = (np.array([right, down]) * IPD_PX + CENTRE).round().astype(int)
    return (warped[y, x] - CENTRE) / IPD_PX


def edge(warped: np.ndarray, down: float, source_right: float) -> float:
    """Where a vertical line of the source, right of the eyes, is seen at a height; ipd."""
    row = (warped[round(down * IPD_PX + CENTRE[1])] - CENTRE) / IPD_PX
    half = row[round(CENTRE[0]) :, 0]
    return float(np.interp(source_right, half, (np.arange(len(half)) + round(CENTRE[0]) - CENTRE[0]) / IPD_PX))


@settings(max_examples=40, deadline=None)
@given(
    st.floats(18, 80),
    st.floats(3, 90),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.floats(-30, 30),
    st.floats(-12, 12),
    st.floats(-20, 20),
    st.sampled_from([1.0, 4.0]),
)
def test_nothing_folds(start, target, sex, yaw, pitch, roll, reach):
    warped = field(plan_warp(start, target, sex), seen(yaw, pitch, roll, sex), sex, reach)
    across, down = np.diff(warped, axis=1)[:-1], np.diff(warped, axis=0)[:, :-1]
    determinant = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    assert determinant.min() > 0.25
    assert determinant.max() < 6, "nothing is squeezed to a line"


@pytest.mark.parametrize("target", [5, 12, 75])
def test_noise_of_the_landmarks_is_not_enlarged(target):
    rng = np.random.default_rng(1)
    face, plan = seen(12), plan_warp(28, target, 0.5)
    still = field(plan, face)
    moved = [field(plan, face + rng.normal(0, 0.3, face.shape).astype(np.float32)) - still for _ in range(6)]
    head = np.s_[:, : round(CENTRE[1] + 1.8 * IPD_PX), 60:260]
    for part in (np.s_[:], head):
        assert np.sqrt(np.mean(np.square(np.stack(moved)[part]))) < 0.3


def test_an_equal_age_moves_nothing():
    y, x = np.mgrid[0:360, 0:320].astype(np.float32)
    warped = field(plan_warp(33, 33, 0.2), seen(15, 5, -10))
    np.testing.assert_allclose(warped, np.dstack([x, y]), atol=2e-3)


def test_landmarks_go_where_the_plan_sends_them():
    for target in (7, 75):
        face, plan = seen(), plan_warp(25, target, 0.5)
        warped, goal = field(plan, face), face[:, :2] + mesh.pose_of(face).to_picture(plan.face)
        at = goal.round().astype(int)
        back = warped[at[:, 1], at[:, 0]] - (goal.round() - goal) - face[:, :2]
        moved = np.linalg.norm(goal - face[:, :2], axis=1)
        assert np.linalg.norm(back, axis=1).mean() < 0.25 * moved.mean()


def test_the_neck_follows_the_chin_and_gets_thin():
    face = seen()
    warped = field(plan_warp(28, 7, 0.5), face, hair_reach_ipd=1.0)
    chin = (face[152, 1] - CENTRE[1]) / IPD_PX
    rise = plan_warp(28, 7, 0.5).face[152, 1]
    assert rise > 0.3
    for below in (0.0, 0.15, 0.35):  # no second chin under the risen one
        assert comes_from(warped, 0, chin - rise + below)[1] == pytest.approx(chin + below, abs=0.30)
    new_chin = chin - rise
    half = 0.85
    assert edge(warped, new_chin + 0.35, half) / half < 0.80
    column = warped[:, round(CENTRE[0]), 1]
    assert np.diff(column).max() < 3, "no bare step"


def test_hair_beside_the_neck_is_not_squeezed_with_it():
    face, plan = seen(), plan_warp(28, 7, 0.5)
    long, short = field(plan, face, hair_reach_ipd=4.0), field(plan, face, hair_reach_ipd=1.0)
    beside = (face[152, 1] - CENTRE[1]) / IPD_PX
    assert edge(long, beside, 1.8) > 0.90 * 1.8
    assert edge(short, beside + 0.5, 1.8) < edge(long, beside + 0.5, 1.8)
    hair_at_the_ear = edge(long, 0.3, 1.6)
    assert 0.92 * 1.6 < hair_at_the_ear < 1.08 * 1.6, "nor does it balloon beside a narrower face"


def test_the_face_is_smaller_within_the_vault():
    child = field(plan_warp(28, 7, 0.5), seen())
    assert edge(child, -0.9, 1.6) > 1.6, "the vault keeps its breadth"
    assert edge(child, 0.0, 1.0) < 1.0, "the face does not"
    assert comes_from(child, 0, -2.2)[1] > -2.2, "and it rises"


def test_ears_grow_down_in_old_age():
    old, face = field(plan_warp(28, 75, 0.5), seen()), seen()
    ear = (face[454, :2] - CENTRE) / IPD_PX + (0.16, 0.0)
    top, bottom = (comes_from(old, ear[0], ear[1] + part)[1] for part in (-0.2, 0.4))
    assert (bottom - top) / 0.6 < 0.93


def test_the_side_that_turns_away_does_not_bulge():
    """At 30 degrees the outline of a child's far cheek stays within the adult's."""
    face, plan = seen(-30), plan_warp(28, 7, 0.5)
    warped = field(plan, face)
    pose = mesh.pose_of(face)
    far = 425 if pose.turn[0, 2] < 0 else 205
    outline = face[:468, :2][np.argmax(face[:468, 0]) if far == 425 else np.argmin(face[:468, 0])]
    x, y = outline.round().astype(int)
    outwards = np.sign(outline[0] - CENTRE[0])
    assert outwards * (warped[y, x, 0] - x) > -0.03 * IPD_PX


def test_the_old_stoop_and_their_shoulders_fall():
    young, old = plan_warp(30, 31, 0.5), plan_warp(30, 80, 0.5)
    assert old.lean > young.lean + 0.1
    assert old.slope > young.slope + 0.05
    assert old.shoulders < 0.95
    assert old.ears > 1.15
