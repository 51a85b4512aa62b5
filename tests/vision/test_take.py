from __future__ import annotations

import numpy as np
import pytest

from studio.core.time import FrameRange
from studio.vision.take import closed_mark, find_take, open_mark, read_arms
from tests.vision.skeletons import (
    BELLY,
    CROSSED,
    DOWN,
    HUG,
    LOWERED,
    PALMS_UP,
    SIZE,
    WIDE,
    acted,
    pose,
    tracks,
)


def take_of(poses, size=SIZE, **more):
    seen = tracks(poses, **more)
    stride = int(seen.frame[1]) if len(seen) > 1 else 1
    return find_take(seen, np.ones(len(seen), bool), size, 10.0, len(seen) * stride)


def marks(arms):
    one = read_arms(tracks([pose(arms)]), SIZE)
    return float(open_mark(one)[0]), float(closed_mark(one)[0])


@pytest.mark.parametrize("arms", [WIDE, LOWERED])
def test_wide_and_lowered_arms_are_open(arms):
    is_open, closed = marks(arms)
    assert is_open >= 0.2 and closed == 0


@pytest.mark.parametrize("arms", [DOWN, HUG, BELLY, PALMS_UP])
def test_other_arms_are_not_open(arms):
    assert marks(arms)[0] == 0


def test_a_hug_is_closed_and_a_rope_at_the_belly_is_not():
    assert marks(HUG)[1] > 0.8
    assert marks(CROSSED)[1] > 0.6
    assert marks(BELLY)[1] < 0.3
    assert marks(DOWN)[1] == 0 and marks(PALMS_UP)[1] == 0


def test_an_air_hug_is_found_where_it_was_acted():
    take = take_of(acted((DOWN, 5), (WIDE, 10), (HUG, 20), (DOWN, 5)))
    assert take.kind == "air-hug"
    # Rows 8 to 17 are wide, 21 to 40 are closed; three frames a row.
    assert abs(take.open_arms.start - 24) <= 3 and abs(take.open_arms.stop - 52) <= 3
    assert abs(take.closed_arms.start - 63) <= 3 and abs(take.closed_arms.stop - 121) <= 3
    assert take.opening.stop == take.open_arms.start and 12 <= take.opening.start <= 18
    assert take.score > 0.8


def test_open_arms_alone_score_less():
    take = take_of(acted((DOWN, 5), (WIDE, 12)))
    assert take.kind == "open-arms" and take.closed_arms is None
    assert 0.3 < take.score < 0.7
    assert take.open_arms.stop == 20 * 3  # to the clip's end


def test_waiting_hands_are_no_hug():
    take = take_of(acted((BELLY, 20), (WIDE, 10)))
    assert take.kind == "open-arms"


def test_a_short_fold_is_no_hug():
    assert take_of(acted((WIDE, 10), (HUG, 4), (DOWN, 5))).kind == "open-arms"


def test_arms_round_a_thick_thing_need_not_meet():
    round_it = ((0.6, 0.7), (-0.6, 0.75), (0.85, 0.6), (-0.85, 0.6))
    poses = acted((DOWN, 4), (WIDE, 12), (round_it, 20))
    seen = tracks(poses)
    everywhere = np.ones(len(seen), bool)
    thing = np.arange(len(seen)) > 20

    def found(held):
        return find_take(seen, everywhere, SIZE, 10.0, 3 * len(seen), held)

    assert found(None).closed_arms is None and found(~everywhere).closed_arms is None
    take = found(thing)
    assert take.closed_arms is not None and abs(take.closed_arms.start - 22 * 3) <= 6
    # Open arms stay open arms, whatever is seen before the chest.
    assert take_of(acted((DOWN, 5), (WIDE, 12))).closed_arms is None
    wide = tracks(acted((DOWN, 5), (WIDE, 12)))
    assert find_take(wide, np.ones(20, bool), SIZE, 10.0, 60, np.ones(20, bool)).closed_arms is None


def test_arms_that_never_open_are_no_take():
    assert take_of(acted((DOWN, 10), (HUG, 20))) is None


def test_hands_outside_the_picture_are_no_open_arms():
    assert take_of(acted((DOWN, 5), (WIDE, 20)), size=(500, 1280)) is None


def test_a_glimpse_of_open_arms_is_too_short():
    assert take_of([pose(DOWN)] * 10 + [pose(WIDE)] * 2 + [pose(DOWN)] * 10) is None


def test_a_lost_row_does_not_end_a_range():
    poses = acted((DOWN, 4), (WIDE, 14))
    poses[12] = pose(DOWN)
    take = take_of(poses)
    assert len(take.open_arms) > 30


def test_of_two_open_parts_the_sharp_one_is_taken():
    poses = acted((WIDE, 15), (DOWN, 5), (WIDE, 15))
    seen = tracks(poses)
    seen.sharpness[:18] = 5
    seen.luma[:18] = 20
    take = find_take(seen, np.ones(len(seen), bool), SIZE, 10.0, 3 * len(seen))
    assert take.open_arms.start > 20 * 3


def test_a_long_clip_gives_its_best_seconds():
    take = take_of(acted((DOWN, 30), (WIDE, 200), (HUG, 200)))
    assert len(take.open_arms) <= 4.1 * 30
    assert len(take.closed_arms) <= 6.1 * 30


def test_rows_without_a_person_do_not_count():
    seen = tracks(acted((WIDE, 20)))
    assert find_take(seen, np.zeros(20, bool), SIZE, 10.0, 60) is None


def test_a_photo_is_open_from_end_to_end():
    take = find_take(tracks([pose(WIDE)]), np.ones(1, bool), SIZE, 0.25, 120)
    assert take.open_arms == FrameRange(0, 120) and take.kind == "open-arms"


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_marks_do_not_depend_on_the_size(scale):
    drawn = pose(HUG, unit=130 * scale, centre=(360 * scale, 500 * scale))
    size = (int(720 * scale), int(1280 * scale))
    assert closed_mark(read_arms(tracks([drawn]), size))[0] == pytest.approx(marks(HUG)[1], abs=1e-3)
