"""Both face the camera: where they stand, whose moments they show, and what is painted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.footage import Footage
from studio.animatic.person import Person
from studio.animatic.scene import Scene
from studio.animatic.shots.front import ORDERS, FrontShot, _on
from studio.animatic.shots.front_arms import elbow_between
from studio.animatic.shots.front_cloth import other_shirt, other_trousers
from studio.animatic.shots.front_moments import choose_moments, front_frames
from studio.animatic.shots.front_other import Anchors, cleared_arms
from studio.animatic.shots.front_place import place
from studio.core.frames import Patch
from studio.core.settings import HugSettings, Staging
from studio.core.time import FrameRange

STAGINGS: tuple[Staging, ...] = ("child-in-front", "older-behind", "side-by-side")


def user() -> Person:
    return Person(
        shoulder_mid_px=np.array([300.0, 300.0]),
        hip_mid_px=np.array([300.0, 500.0]),
        shoulder_px=140.0,
        chin_px=np.array([300.0, 240.0]),
        face_mid_px=np.array([300.0, 200.0]),
        head_top_px=150.0,
        face_width_px=66.0,
        tilt_deg=0.0,
        ground_px=900.0,
        stature_px=750.0,
        hands_px=np.array([300.0, 420.0]),
        elbows_px=np.array([[220.0, 400.0], [380.0, 400.0]]),
        feet_seen=True,
    )


def anchors() -> Anchors:
    return Anchors(np.array([90.0, 110.0]), np.array([90.0, 155.0]), np.array([92.0, 200.0]), 70.0, 55.0)


def test_a_child_in_front_has_its_crown_under_the_users_chin() -> None:
    who = user()
    at = place("child-in-front", who, anchors(), 0.95, (8, 30), 0.5, HugSettings())
    top = at.put(np.array([90.0, anchors().top_y_px]), anchors())
    assert who.chin_px[1] <= top[1] <= who.chin_px[1] + 0.2 * who.head_height_px


@pytest.mark.parametrize("staging", ["older-behind", "side-by-side"])
def test_who_stands_beside_covers_no_face(staging: Staging) -> None:
    who = user()
    at = place(staging, who, anchors(), 1.0, (75, 30), 0.5, HugSettings())
    assert at.side * (at.eyes_px[0] - who.face_mid_px[0]) > 0.9 * who.face_width_px
    assert at.tilt_deg * at.side < 0  # the heads lean together


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-15, 15), st.sampled_from(STAGINGS))
def test_nudges_move_by_widths_of_the_users_shoulders(dx: float, dy: float, lean: float, staging: Staging) -> None:
    who = user()
    plain = place(staging, who, anchors(), 1.0, (8, 30), 0.5, HugSettings())
    moved = place(
        staging, who, anchors(), 1.0, (8, 30), 0.5, HugSettings(double_dx=dx, double_dy=dy, double_lean_deg=lean)
    )
    assert np.allclose(moved.eyes_px - plain.eyes_px, who.shoulder_px * np.array([dx, dy]))
    assert np.isclose(moved.tilt_deg - plain.tilt_deg, lean)


@given(
    st.tuples(*[st.floats(-0.4, 0.4)] * 3),
    st.tuples(*[st.floats(-1, 1)] * 3),
    st.floats(0.2, 0.35),
    st.floats(0.2, 0.3),
)
def test_bones_keep_their_length_whatever_is_reached_for(wrist, hint, upper: float, lower: float) -> None:
    shoulder = np.array([0.17, 1.4, 0.0])
    target = shoulder + np.array(wrist)
    distance = float(np.linalg.norm(target - shoulder))
    elbow = elbow_between(shoulder, target, upper, lower, np.array(hint))
    if abs(upper - lower) + 0.01 < distance < 0.99 * (upper + lower):
        assert np.isclose(np.linalg.norm(elbow - shoulder), upper, atol=1e-6)
        assert np.isclose(np.linalg.norm(target - elbow), lower, atol=1e-6)
    assert np.isfinite(elbow).all()


def test_of_arms_that_are_kept_nothing_is_cleared() -> None:
    pose = np.zeros((33, 3), np.float32)
    pose[[11, 13, 15, 19, 23]] = [[130, 100, 0], [150, 160, 0], [155, 210, 0], [156, 230, 0], [120, 220, 0]]
    pose[[12, 14, 16, 20, 24]] = [[70, 100, 0], [50, 160, 0], [45, 210, 0], [44, 230, 0], [80, 220, 0]]
    size = (200, 400)
    assert not cleared_arms(pose, size, "both", redrawn=False).any()
    both = cleared_arms(pose, size, "none", redrawn=False)
    left = cleared_arms(pose, size, "right", redrawn=False)
    assert left[:, :100].any() and not left[:, 100:].any()
    assert (both[:, :100] == left[:, :100]).all()
    round_shoulders = cleared_arms(pose, size, "none", redrawn=True)
    assert not round_shoulders[:99].any() and round_shoulders[150:].any()
    assert not round_shoulders[:, 90:110].any()  # between the joints stands the trunk


def test_a_hand_is_seen_only_where_it_lies_on_somebody() -> None:
    hand = Patch(np.full((40, 60, 4), 200, np.uint8), 10, 20)
    body = np.zeros((100, 120), np.uint8)
    body[:, 50:] = 255
    seen = _on(hand, body, 3.0)
    assert (seen.x_px, seen.y_px) == (10, 20)
    assert (seen.rgba[:, 45:] == 200).all() and not seen.rgba[:, :30].any()


class _Whole:
    """All frames of a clip."""

    def __init__(self, clip) -> None:
        self._frames = list(clip.frames())

    def get(self, frame: int):
        return self._frames[min(frame, len(self._frames) - 1)].copy()


@pytest.fixture(scope="module")
def scenes(animatic, sample_clip) -> dict[Staging, Scene]:
    """The sample's scene in every staging."""
    scene = animatic.scene
    footage = Footage(_Whole(sample_clip), scene.analysis.size_px)
    return {
        name: replace(scene, footage=footage, preset=replace(scene.preset, hug=replace(scene.preset.hug, staging=name)))
        for name in STAGINGS
    }


@pytest.mark.parametrize("staging", STAGINGS)
def test_both_are_painted_alive_and_in_one_order(scenes: dict[Staging, Scene], staging: Staging) -> None:
    scene = scenes[staging]
    shot = scene.timeline.named("hold")
    assert shot is not None
    painter = FrontShot(scene, shot)
    late = painter.paint(shot.film.stop - 4)
    early = painter.paint(shot.film.start + 3)
    again = painter.paint(shot.film.stop - 4)
    assert (late.frame == again.frame).all()
    assert late.order == early.order == ORDERS[staging]
    assert late.frame.shape == early.frame.shape == (384, 216, 3)
    for layer in late.drawn:
        assert (layer.rgba[..., :3] <= layer.rgba[..., 3:].astype(int) + 1).all()
    clone = late.clone
    assert clone is not None and 0.05 < (clone.rgba[..., 3] > 127).mean() < 0.8
    first, _ = painter.other.at(float(painter.moments.other.start))
    last, _ = painter.other.at(float(painter.moments.other.stop - 1))
    assert first.rgba.shape == last.rgba.shape and (first.rgba != last.rgba).any()
    seen = painter.explain(shot.film.start + 3)
    assert seen.own is not None and seen.touched is not None
    kept = seen.touched == 0
    assert kept.mean() > 0.005
    assert (seen.frame[kept] == seen.own[kept]).all()


@pytest.mark.parametrize("staging", STAGINGS)
def test_two_people_never_show_the_same_moment_of_a_video(sample_seen, staging: Staging) -> None:
    source = sample_seen.take.closed_arms or sample_seen.take.open_arms
    moments = choose_moments(sample_seen, staging, source)
    apart = set(moments.user) & set(moments.other)
    assert not apart
    asked = front_frames(sample_seen, staging, [source])
    assert set(moments.user) | set(moments.other) <= asked
    assert max(asked) < sample_seen.frame_count


def test_folded_arms_too_high_for_a_child_are_not_used(sample_seen) -> None:
    tracks = sample_seen.tracks
    pose = tracks.pose_px.copy()
    chin = np.nanmedian(tracks.face_px[:, 152, 1])
    pose[:, [15, 16, 19, 20], 1] = chin + 5
    folded = FrameRange(int(tracks.frame[0]), int(tracks.frame[-1]) + 1)
    take = replace(sample_seen.take, closed_arms=folded)
    high = replace(sample_seen, tracks=replace(tracks, pose_px=pose), take=take)
    assert not choose_moments(high, "child-in-front", folded).user_folded
    assert choose_moments(high, "older-behind", folded).user_folded


def cut_out() -> Patch:
    """A head of skin over a black shirt over blue trousers, 100 rows of each."""
    rgba = np.zeros((300, 80, 4), np.uint8)
    rgba[:, 10:70, 3] = 255
    for start, colour in ((0, (200, 160, 140)), (100, (20, 20, 26)), (200, (60, 80, 120))):
        rgba[start : start + 100, 10:70, :3] = colour
    return Patch(rgba, 0, 0)


def test_a_black_shirt_becomes_another_and_neither_skin_nor_trousers_change() -> None:
    colours = (20, 20, 26), (220, 170, 60)
    changed = other_shirt(cut_out(), 80.0, 200.0, 20.0, *colours, None).rgba
    plain = cut_out().rgba
    assert (changed[120:180, 20:60, :3].astype(int) - plain[120:180, 20:60, :3]).mean() > 40
    assert (changed[:95] == plain[:95]).all() and (changed[202:] == plain[202:]).all()
    assert (changed[..., 3] == plain[..., 3]).all()
    kept = other_shirt(cut_out(), 80.0, 200.0, 20.0, *colours, (24, 22, 20)).rgba
    assert (kept == plain).all()  # hair of that colour may hang there


def test_trousers_change_and_the_shirt_above_them_does_not() -> None:
    changed = other_trousers(cut_out(), 205.0, 20.0, (60, 80, 120), (20, 20, 26)).rgba
    plain = cut_out().rgba
    assert (changed[:195] == plain[:195]).all()
    low = changed[240:, 20:60, :3].astype(int)
    assert np.ptp(low.mean((0, 1))) < 25 < np.ptp(plain[240:, 20:60, :3].mean((0, 1)))
