"""Stand-ins, told from air hugs: on drawn trunks and on a composed one."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.people import LEFT_HIP, Take
from studio.core.time import FrameRange
from studio.vision.stand_in import DIFFERENT, OwnColours, held_rows, held_share, own_colours, trunk_seen, with_stand_in
from studio.vision.trunk import TRUNK_PX, trunk_matrix, trunk_picture
from tests.vision.held import SHIRT, photograph
from tests.vision.skeletons import CROSSED, HUG, WIDE, pose, tracks

RNG = np.random.default_rng(2)
TAKE = Take("air-hug", FrameRange(0, 30), FrameRange(30, 90), FrameRange(0, 0), 0.8)


def judged(opened, folded):
    """The take of ten rows of open and twenty of folded arms."""
    shown = [photograph(WIDE, **opened)] * 10 + [photograph(HUG, **folded)] * 20
    seen = tracks([points for _, points in shown])
    return with_stand_in(TAKE, np.stack([trunk_picture(frame, points) for frame, points in shown]), seen)


@pytest.mark.parametrize("held", [(92, 112, 138), (196, 170, 140), (35, 35, 35), (230, 230, 225), (60, 120, 60)])
def test_a_thing_in_the_arms_makes_a_stand_in(held):
    take = judged({}, {"held": held})
    assert take.kind == "stand-in" and take.held_share > 0.7 and take.score > TAKE.score


@pytest.mark.parametrize("shade", [0.55, 0.8, 1.0, 1.15])
@pytest.mark.parametrize("shirt", [SHIRT, (40, 38, 40), (225, 225, 220)])
def test_one_s_own_shirt_in_shade_or_light_does_not(shade, shirt):
    take = judged({"shirt": shirt}, {"shirt": shirt, "shade": shade})
    assert take.kind == "air-hug" and take.held_share == 0 and take.score == TAKE.score


def test_a_striped_shirt_is_all_one_s_own():
    striped = {"shirt": (40, 60, 110), "stripes": (220, 220, 215)}
    assert judged(striped, striped).kind == "air-hug"
    assert judged(striped, {**striped, "held": (150, 90, 60)}).kind == "stand-in"


def test_open_arms_and_clips_without_pictures_are_left_alone():
    wide = dataclasses.replace(TAKE, kind="open-arms", closed_arms=None)
    frame, points = photograph(WIDE)
    seen = tracks([points] * 10)
    judged_wide = with_stand_in(wide, np.stack([trunk_picture(frame, points)] * 10), seen)
    assert judged_wide.kind == "open-arms" and judged_wide.held_share == 0
    assert with_stand_in(wide, np.zeros((0, 88, 80, 3), np.uint8), seen) == wide


def test_rows_with_a_thing_are_known_before_the_hug_is():
    wide = dataclasses.replace(TAKE, kind="open-arms", closed_arms=None)
    shown = [photograph(WIDE)] * 10 + [photograph(HUG)] * 5 + [photograph(HUG, held=(92, 112, 138))] * 5
    seen = tracks([points for _, points in shown])
    pictures = np.stack([trunk_picture(frame, points) for frame, points in shown])
    assert held_rows(wide, pictures, seen).tolist() == [False] * 15 + [True] * 5
    assert not held_rows(wide, pictures[:3], seen).any()


def test_a_thing_that_is_there_for_a_moment_is_not_held():
    shares = np.array([0.9] * 8 + [0.1] * 12 + [np.nan] * 5, np.float32)
    assert held_share(shares) == 0 and held_share(shares[:8]) == pytest.approx(0.9)
    assert held_share(np.full(4, np.nan, np.float32)) == 0


def test_what_is_seen_of_the_trunk_leaves_out_arms_and_head():
    seen = tracks([pose(WIDE), pose(CROSSED)])
    wide, crossed = trunk_seen(seen, 0), trunk_seen(seen, 1)
    assert wide.shape == TRUNK_PX[::-1] and wide.sum() > 1.3 * crossed.sum() > 0
    matrix = trunk_matrix(seen.pose_px[1])
    for point in (13, 14, 15, 16, 0):
        x, y = np.rint(matrix[:, :2] @ seen.pose_px[1, point, :2] + matrix[:, 2]).astype(int)
        if 0 <= x < TRUNK_PX[0] and 0 <= y < TRUNK_PX[1]:
            assert not crossed[y, x]


@settings(max_examples=40, deadline=None)
@given(
    colour=st.tuples(*[st.integers(40, 240)] * 3),
    shade=st.floats(0.55, 1.3),
)
def test_shade_never_makes_a_colour_another_one(colour, shade):
    shaded = np.clip(np.array(colour) * shade, 0, 255)
    own = OwnColours.of([colour])
    if shaded.max() < 255:
        assert own.other(shaded.astype(np.uint8)[None, None])[0, 0] < DIFFERENT


def test_colours_are_found_again():
    pixels = np.array([[200, 40, 30]] * 300 + [[30, 40, 160]] * 300, np.float32) + RNG.normal(0, 2, (600, 3))
    found = own_colours(np.log(pixels.astype(np.float32) + 16))
    for colour in ((200, 40, 30), (30, 40, 160)):
        assert found.other(np.array([[colour]], np.uint8))[0, 0] < 0.3
    assert found.other(np.array([[[40, 160, 40]]], np.uint8))[0, 0] > DIFFERENT
    assert OwnColours.of(found.rgb).log_rgb == pytest.approx(found.log_rgb, abs=0.02)


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.0])
@pytest.mark.parametrize("centre", [(360.0, 500.0), (60.0, 480.0)])
def test_the_picture_of_the_trunk_is_the_same_at_every_size(scale, centre):
    points = pose(WIDE, unit=130 * scale, centre=(centre[0] * scale, centre[1] * scale))
    frame = np.zeros((round(1280 * scale), round(720 * scale), 3), np.uint8)
    x, y = points[LEFT_HIP, :2]
    cv2.circle(frame, (round(float(x)), round(float(y - 0.5 * 130 * scale))), round(20 * scale), (255, 255, 255), -1)
    picture = trunk_picture(frame, points)
    rows, columns = np.nonzero(picture[..., 0] > 127)
    # 0.32 shoulder widths to the side and one down, of 50 px each.
    assert abs(columns.mean() - 56) < 1.5 and abs(rows.mean() - 66) < 1.5
