"""What each moment is good for: on drawn people whose eyes, heads and hands are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.people import LEFT_EAR, LEFT_INDEX, LEFT_WRIST, NOSE, RIGHT_EAR, ROLES, Roles, Take
from studio.core.time import FrameRange
from studio.vision.roles import (
    eye_opening,
    eyes_lowered_mark,
    hand_sharpness,
    hands_sharp_mark,
    head_angles,
    read_roles,
    weigh,
)
from studio.vision.take import find_take
from tests.vision.skeletons import DOWN, HUG, SIZE, WIDE, acted, pose, tracks

LIDS = ((160, 144), (159, 145), (158, 153), (385, 380), (386, 374), (387, 373))


def face(opening=0.3, roll_deg=0.0, pitch_deg=0.0, centre=(360.0, 420.0), width=130.0):
    """(478, 3) face with the few points that are read."""
    points = np.zeros((478, 3))
    points[10], points[152] = (0, -0.6, 0), (0, 0.6, 0)
    points[454], points[234] = (0.5, 0, 0), (-0.5, 0, 0)
    for corners, middle in (((33, 133), -0.25), ((362, 263), 0.25)):
        points[corners[0]], points[corners[1]] = (middle - 0.1, 0, 0), (middle + 0.1, 0, 0)
    for number, (upper, lower) in enumerate(LIDS):
        middle = -0.25 if number < 3 else 0.25
        points[upper], points[lower] = (middle, -0.1 * opening, 0), (middle, 0.1 * opening, 0)
    for angle, (one, other) in ((pitch_deg, (1, 2)), (roll_deg, (0, 1))):
        turn, a = np.eye(3), np.radians(angle)
        turn[one, one], turn[one, other], turn[other, one], turn[other, other] = (
            np.cos(a), -np.sin(a), np.sin(a), np.cos(a),
        )  # fmt: skip
        points = points @ turn.T
    return (points * width + (*centre, 0)).astype(np.float32)


def seen(parts, faces):
    """Tracks of acted parts; ``faces`` gives each row's face (None: none)."""
    poses = acted(*parts)
    rows = np.stack([np.full((478, 3), np.nan, np.float32) if one is None else one for one in faces(len(poses))])
    return dataclasses.replace(tracks(poses), face_px=rows)


def roles_of(track, sharpness=None):
    take = find_take(track, np.ones(len(track), bool), SIZE, 10.0, 3 * len(track))
    return take, read_roles(track, SIZE, take, sharpness)


@pytest.mark.parametrize("opening", [0.05, 0.15, 0.3])
@pytest.mark.parametrize("roll", [-25.0, 0.0, 25.0])
def test_the_opening_of_the_eyes_does_not_depend_on_the_head_s_tilt(opening, roll):
    assert eye_opening(face(opening, roll_deg=roll)[None])[0] == pytest.approx(opening, abs=0.01)


def test_closed_eyes_are_marked_and_open_ones_are_not():
    usual = np.array([True] * 6 + [False] * 4)
    for level in (0.22, 0.34):  # narrow eyes are open too
        marks = eyes_lowered_mark(np.array([level] * 6 + [0.9 * level, 0.4 * level, 0.08, np.nan], np.float32), usual)
        assert (marks[:7] == 0).all() and (marks[7:9] > 0.95).all() and np.isnan(marks[9])


@pytest.mark.parametrize(("roll", "pitch"), [(0, 0), (12, 0), (-20, 0), (0, 25), (8, 15)])
def test_the_head_s_angles_are_read_from_the_mesh(roll, pitch):
    track = seen([(WIDE, 1)], lambda n: [face(roll_deg=roll, pitch_deg=pitch)] * n)
    measured = head_angles(track)
    assert measured[0][0] == pytest.approx(roll, abs=2) and measured[1][0] == pytest.approx(pitch, abs=3)


def test_a_bent_head_without_a_mesh_is_seen_by_the_pose():
    track = seen([(WIDE, 10), (HUG, 20)], lambda n: [None] * n)
    track.pose_px[15:, NOSE, 1] += 25
    track.pose_px[15:, LEFT_EAR, 1] += 8
    track.pose_px[15:, RIGHT_EAR, 1] -= 8
    _, roles = roles_of(track)
    bent = roles.marks[:, ROLES.index("head-bent")]
    assert bent[:10].max() < 0.1 and bent[20:].min() > 0.9


def test_every_role_is_found_where_it_was_acted():
    def faces(n):
        return [face(0.1, roll_deg=14, pitch_deg=12) if 26 <= row < 34 else face() for row in range(n)]

    take, roles = roles_of(seen([(DOWN, 5), (WIDE, 10), (HUG, 25), (DOWN, 5)], faces))
    assert roles.marks.shape == (len(roles.frame), len(ROLES))
    for role in ("eyes-lowered", "head-bent"):
        span = roles.best_range(role, 18)
        assert span.frames.start >= 26 * 3 - 2 and span.frames.stop <= 34 * 3 + 2 and span.score > 0.9
    assert roles.best_range("arms-open", 20).frames.start in take.open_arms
    assert roles.best_range("arms-folded", 20).frames.start in take.closed_arms
    both = roles.best_range(("arms-folded", "eyes-lowered", "head-bent", "hands-sharp"), 18)
    assert 26 * 3 - 2 <= both.frames.start < 34 * 3
    assert roles.mark_at("eyes-lowered", 90) == 1 and roles.mark_at("arms-open", 90) == 0


def test_a_hug_without_a_bent_head_and_lowered_eyes_scores_less():
    def acted_well(n):
        return [face(0.1, roll_deg=14, pitch_deg=12) if row >= 16 else face() for row in range(n)]

    parts = [(DOWN, 4), (WIDE, 10), (HUG, 25)]
    good, bad = roles_of(seen(parts, acted_well)), roles_of(seen(parts, lambda n: [face()] * n))
    assert good[0].score == bad[0].score
    better, worse = weigh(*good, 30.0).score, weigh(*bad, 30.0).score
    assert 0.79 * bad[0].score <= worse < 0.9 * good[0].score < 0.97 * good[0].score <= better <= good[0].score
    wide = Take("open-arms", FrameRange(0, 9), None, FrameRange(0, 0), 0.5)
    assert weigh(wide, Roles(), 30.0) == wide


def test_hands_that_move_are_not_sharp():
    track = tracks(acted((WIDE, 10), (HUG, 20)))
    marks = hands_sharp_mark(track, np.full((len(track), 2), np.nan, np.float32), np.zeros(len(track), np.int32))
    assert marks[:9].min() > 0.9 and marks[16:].min() > 0.9 and marks[11] < 0.3


def test_a_blurred_hand_is_less_sharp_and_the_worse_hand_counts():
    import cv2

    rng = np.random.default_rng(3)
    frame = cv2.GaussianBlur(rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8), (0, 0), 1.5)
    standing = pose(HUG)
    none = np.full((2, 21, 3), np.nan, np.float32)
    sharp = hand_sharpness(frame, standing, none)
    blurred = hand_sharpness(cv2.GaussianBlur(frame, (0, 0), 4), standing, none)
    assert blurred[0] < 0.7 * sharp[0] and blurred[1] < 0.7 * sharp[1]
    away = standing.copy()
    away[[LEFT_WRIST, LEFT_INDEX]] = -50
    assert np.isnan(hand_sharpness(frame, away, none)[0])
    values = np.array([[1, 1], [1, 0.3], [1, 1], [np.nan, np.nan]], np.float32)
    marks = hands_sharp_mark(tracks([standing] * 4), values, np.zeros(4, np.int32))
    assert marks[0] == 1 and marks[1] == 0 and np.isnan(marks[3])


def test_hands_before_other_backgrounds_do_not_compare():
    values = np.array([[0.7, 0.7]] * 5 + [[0.25, 0.25]] * 5, np.float32)
    phase = np.array([1] * 5 + [2] * 5, np.int32)
    assert (hands_sharp_mark(tracks([pose(HUG)] * 10), values, phase) == 1).all()


def test_nothing_known_is_no_range_and_does_no_harm():
    assert Roles().best_range("arms-open", 10) is None and np.isnan(Roles().mark_at("arms-open", 3))
    _, roles = roles_of(seen([(WIDE, 10), (HUG, 20)], lambda n: [None] * n))
    assert roles.best_range("eyes-lowered", 10) is None
    assert roles.best_range(("arms-folded", "eyes-lowered"), 10).score > 0.3


def test_a_photo_has_roles():
    track = tracks([pose(WIDE)])
    take = Take("open-arms", FrameRange(0, 120), None, FrameRange(0, 0), 0.5)
    span = read_roles(track, SIZE, take).best_range("arms-open", 30, FrameRange(0, 120))
    assert len(span.frames) == 30 and span.score > 0.9


@given(
    values=st.lists(st.one_of(st.just(float("nan")), st.floats(0, 1, width=32)), min_size=1, max_size=30),
    length=st.integers(1, 200),
    start=st.integers(0, 60),
    more=st.integers(1, 60),
)
def test_a_range_lies_where_it_was_searched_and_has_the_length_asked_for(values, length, start, more):
    frame = np.arange(len(values), dtype=np.int32) * 3
    marks = np.repeat(np.array(values, np.float32)[:, None], len(ROLES), axis=1)
    within = FrameRange(start, start + more)
    span = Roles(frame, marks).best_range("head-bent", length, within)
    if span is not None:
        assert len(span.frames) == min(length, more) and 0 <= span.score <= 1
        assert within.start <= span.frames.start and span.frames.stop <= within.stop


def test_the_best_stretch_is_good_throughout():
    marks = np.zeros((30, len(ROLES)), np.float32)
    marks[3:8] = 1  # shorter than what is asked for
    marks[15:27] = 0.75
    span = Roles(np.arange(30, dtype=np.int32), marks).best_range("hands-sharp", 8)
    assert span.frames.start >= 15 and span.frames.stop <= 27
    assert abs((span.frames.start + span.frames.stop) / 2 - 21) <= 1  # the middle of the plateau
