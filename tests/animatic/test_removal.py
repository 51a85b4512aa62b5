"""Taking filmed arms away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.arms.removal import arm_mask, matte_without_arms, without_arms

SIZE = (360, 640)


def standing(angle_deg: float) -> np.ndarray:
    """Landmarks of somebody whose arms stand ``angle_deg`` away from the body."""
    pose = np.zeros((33, 3))
    out = np.array([np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg))])
    for sign, s, e, w, f, h in ((1, 11, 13, 15, 19, 23), (-1, 12, 14, 16, 20, 24)):
        way = out * (sign, 1)
        shoulder = np.array([180 + sign * 40, 160.0])
        pose[s, :2], pose[h, :2] = shoulder, (180 + sign * 26, 300)
        pose[e, :2], pose[w, :2] = shoulder + 62 * way, shoulder + 118 * way
        pose[f, :2] = shoulder + 138 * way
        pose[h + 2, :2] = (180 + sign * 24, 430)
    return pose


def at(mask: np.ndarray, x: float, y: float) -> int:
    factor = mask.shape[0] / SIZE[1]
    return int(mask[int(y * factor), int(x * factor)])


@given(st.floats(35, 110))
def test_elbows_and_hands_go_the_chest_and_the_head_stay(angle_deg: float) -> None:
    pose = standing(angle_deg)
    mask = arm_mask(pose, 80, SIZE)
    for joint in (13, 14, 15, 16, 19, 20):
        assert at(mask, *pose[joint, :2]) > 250
    for x, y in ((180, 165), (180, 260), (180, 110), (150, 190), (210, 190)):
        assert at(mask, x, y) == 0


@pytest.mark.parametrize("angle_deg", [50.0, 90.0])
def test_only_the_arms_box_changes_and_the_plate_shows_there(angle_deg: float) -> None:
    frame = np.full((SIZE[1], SIZE[0], 3), 200, np.uint8)
    plate = np.full_like(frame, 40)
    pose = standing(angle_deg)
    mask = arm_mask(pose, 80, SIZE)
    out = without_arms(frame, plate, mask)
    x, y = pose[15, :2].astype(int)
    assert (out[y, x] == 40).all() and (frame == 200).all()
    assert (out[420:] == 200).all() and (out[200:300, 165:195] == 200).all()
    matte = matte_without_arms(np.ones((160, 90), np.float32), mask)
    assert matte[int(y / 4), int(x / 4)] < 0.05 and matte[55, 45] == 1


def test_a_wide_sleeve_goes_with_the_arm_the_hips_stay() -> None:
    pose = standing(25)
    matte = np.zeros((640, 360), np.float32)
    matte[120:600, 90:270] = 1  # a poncho
    mask = arm_mask(pose, 80, SIZE, matte)
    assert at(mask, 100, 240) > 200 and at(mask, 262, 240) > 200
    assert at(mask, 180, 240) == 0 and at(mask, 130, 330) == 0
    assert at(arm_mask(pose, 80, SIZE), 96, 200) == 0
