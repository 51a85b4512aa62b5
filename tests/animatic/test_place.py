"""Where the double stands, how it is framed, how the head bends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.age import stature_ratio
from studio.animatic.person import Person
from studio.animatic.place import NEARER, Shape, solve
from studio.animatic.shots import framing
from studio.animatic.shots.lean import Lean, lean_for, lean_head

CHILD = Shape(shoulder_to_top=0.19, shoulder_width=0.187, head_width=0.11)
ADULT = Shape(shoulder_to_top=0.175, shoulder_width=0.2, head_width=0.095)


def person(hands_y: float = 520.0, tilt_deg: float = 0.0, face_dx: float = 0.0) -> Person:
    """800 px tall, head top at 200, shoulders 150 px wide at 340."""
    return Person(
        shoulder_mid_px=np.array([360.0, 345.0]),
        hip_mid_px=np.array([360.0, 575.0]),
        shoulder_px=150.0,
        chin_px=np.array([360.0 + face_dx, 310.0]),
        face_mid_px=np.array([360.0 + face_dx, 265.0]),
        head_top_px=200.0,
        face_width_px=78.0,
        tilt_deg=tilt_deg,
        ground_px=1000.0,
        stature_px=800.0,
        hands_px=np.array([360.0, hands_y]),
        elbows_px=np.array([[235.0, 450.0], [485.0, 450.0]]),
        feet_seen=True,
    )


@pytest.mark.parametrize("age", [4, 6, 8, 10, 12])
@pytest.mark.parametrize("sex", [0.0, 0.5, 1.0])
def test_a_childs_stature_follows_the_table_within_five_per_cent(age: float, sex: float) -> None:
    stand = solve(person(), CHILD, age, 30, sex, arms_folded=False)
    wanted = stature_ratio(age, sex) / stature_ratio(30, sex)
    assert stand.stature_px / NEARER / 800 == pytest.approx(wanted, rel=0.05)


@given(st.floats(380, 620), st.floats(3, 11))
def test_a_child_stays_under_the_chin(hands_y: float, age: float) -> None:
    stand = solve(person(hands_y), CHILD, age, 30, 0.5, arms_folded=True)
    top = stand.shoulder_y_px - stand.stature_px * CHILD.shoulder_to_top
    gap = (top - 310.0) / 110.0
    assert -0.1 <= gap <= 0.25  # head heights below the chin
    assert 1.0 <= stand.stretch <= 1.22


@pytest.mark.parametrize("face_dx", [-14.0, 0.0, 14.0])
def test_an_equals_head_leaves_the_face_free(face_dx: float) -> None:
    user = person(face_dx=face_dx)
    stand = solve(user, ADULT, 75, 30, 0.5, arms_folded=True)
    if face_dx:
        assert np.sign(stand.side) == -np.sign(face_dx)
    head_x = stand.shoulder_x_px + np.sin(np.radians(stand.lean_deg)) * stand.stature_px * ADULT.shoulder_to_top * 0.6
    near_edge = abs(head_x - user.face_mid_px[0]) - stand.stature_px * ADULT.head_width / 2
    assert near_edge > 0.05 * user.face_width_px  # beyond the middle of the face
    trunk = 0.1 * stand.stature_px
    assert stand.shoulder_x_px - trunk > 235 and stand.shoulder_x_px + trunk < 485  # both elbows stay outside


def test_an_old_self_is_not_taller_and_a_younger_one_not_smaller() -> None:
    old = solve(person(), ADULT, 80, 30, 0.5, arms_folded=True)
    young = solve(person(), ADULT, 20, 30, 0.5, arms_folded=True)
    assert old.stature_px < young.stature_px <= 800 + 1e-6


@pytest.mark.parametrize("clip", [(720, 1280), (1280, 720), (362, 644), (640, 480), (1080, 1920)])
def test_faces_are_framed_in_the_upper_half(clip: tuple[int, int]) -> None:
    from dataclasses import replace

    k = min(clip[1] / 1280, clip[0] / 720) if clip[1] > clip[0] else clip[1] / 700
    base = person()
    offset = np.array([clip[0] / 2 - 360 * k, 0.0])
    scaled = replace(
        base,
        shoulder_mid_px=base.shoulder_mid_px * k + offset,
        chin_px=base.chin_px * k + offset,
        face_mid_px=base.face_mid_px * k + offset,
        head_top_px=base.head_top_px * k,
        shoulder_px=base.shoulder_px * k,
    )
    film = (1080, 1920)
    views = [framing.medium(scaled, clip, film), framing.close(scaled, clip, film, float(scaled.shoulder_mid_px[0]))]
    for view in views:
        x, y = view.to_film(scaled.face_mid_px[None])[0]
        assert 0.25 * 1080 < x < 0.75 * 1080
        assert 0.06 * 1920 < y < 0.62 * 1920
        x0, _, x1, y1 = view.clip_rect(clip)
        assert x0 <= 1 and x1 >= 1079 and y1 >= 1919  # never past the sides or the floor


def test_the_head_bends_and_the_rest_stays() -> None:
    user = person()
    frame = np.zeros((1000, 720, 3), np.uint8)
    cv = np.random.default_rng(1).integers(0, 255, (1000, 720, 3), np.uint8)
    frame[:] = cv
    bent = lean_head(frame, user, Lean(6.0, (0.0, 8.0)), np.zeros(2))
    changed = (bent != frame).any(-1)
    y, x = np.nonzero(changed)
    assert y.max() < 345 and y.min() > 60 and x.min() > 360 - 200 and x.max() < 360 + 200
    assert lean_head(frame, user, Lean(0.0, (0.0, 0.0)), np.zeros(2)) is frame


def test_a_clockwise_bend_takes_the_crown_to_the_right() -> None:
    user = person()
    frame = np.zeros((1000, 720, 3), np.uint8)
    frame[215:225, 355:365] = 255
    bent = lean_head(frame, user, Lean(6.0, (0.0, 0.0)), np.zeros(2))
    assert np.nonzero(bent[..., 0])[1].mean() > 364


@pytest.mark.parametrize("side", [-1, 1])
def test_own_acting_is_left_alone(side: int) -> None:
    assert lean_for(person(tilt_deg=9.0), side, is_child=True).is_still
    assert np.sign(lean_for(person(), side, is_child=True).angle_deg) == side
    assert np.sign(lean_for(person(), side, is_child=False).angle_deg) == -side
