from __future__ import annotations

import numpy as np
import pytest

from studio.core.errors import InputError
from studio.core.people import ROLES, Roles, Take
from studio.core.time import FrameRange
from studio.vision.people import Person
from studio.vision.quality import advise, advise_hug, count_people, credible_rows, refuse_closed_arms, refuse_unusable
from studio.vision.take import find_take
from tests.vision.skeletons import DOWN, HUG, SIZE, WIDE, acted, pose, sight, tracks

GOOD = acted((DOWN, 4), (WIDE, 12), (HUG, 24))


def one(unit, x=360):
    return Person(x, unit, (0, 0, 100, 100))


def refusal(seen, person=None):
    with pytest.raises(InputError) as caught:
        credible = refuse_unusable(seen, person=person)
        take = find_take(seen.tracks, credible, SIZE, 10.0, seen.frame_count)
        refuse_closed_arms(seen, take, credible)
    assert caught.value.hint
    return caught.value.message


def test_a_good_take_passes_without_advice():
    seen = sight(tracks(GOOD), censuses=[[one(130)]] * 5)
    credible = refuse_unusable(seen, person=None)
    take = find_take(seen.tracks, credible, SIZE, 10.0, seen.frame_count)
    assert refuse_closed_arms(seen, take, credible) is take and take.kind == "air-hug"
    assert advise(seen, take, credible, 1) == ()


def test_every_cause_has_its_own_words():
    messages = [
        refusal(sight(tracks(acted((WIDE, 6))))),
        refusal(sight(tracks(GOOD), censuses=[[one(130), one(125, 500)]] * 5)),
        refusal(sight(tracks(GOOD), bright=50)),
        refusal(sight(tracks(GOOD, faces=False), trunk=0.1)),
        refusal(sight(tracks([pose(DOWN, swapped=True)] * 30, faces=False))),
        refusal(sight(tracks([pose(DOWN, width=0.2)] * 30, faces=False))),
        refusal(sight(tracks([pose(DOWN, unit=600, centre=(360, 900))] * 30))),
        refusal(sight(tracks([pose(DOWN)] * 30))),
        refusal(sight(tracks(GOOD, faces=False))),
    ]
    starts = [
        "The clip is too short",
        "Two people are equally large",
        "The clip is too dark",
        "Nobody is in the clip",
        "The person is seen from behind",
        "The person is seen from the side",
        "Too close",
        "The arms never open",
        "The face cannot be seen",
    ]
    for message, start in zip(messages, starts, strict=True):
        assert message.startswith(start)


def test_arms_that_open_beyond_the_picture_are_told_apart():
    wide_at_the_edge = [pose(WIDE, centre=(200, 500))] * 30
    assert "leave" in refusal(sight(tracks(wide_at_the_edge)))


def test_a_smaller_second_person_is_a_warning():
    seen = sight(tracks(GOOD), censuses=[[one(130), one(60, 600)]] * 5)
    credible = refuse_unusable(seen, person=None)
    assert count_people(seen) == 2
    take = find_take(seen.tracks, credible, SIZE, 10.0, seen.frame_count)
    assert any("2 people" in sentence for sentence in advise(seen, take, credible, 2))


def test_naming_one_of_two_equal_people_is_enough():
    seen = sight(tracks(GOOD), censuses=[[one(130), one(125, 500)]] * 5)
    assert refuse_unusable(seen, person=2).all()


def test_a_passer_by_in_one_census_is_nobody():
    seen = sight(tracks(GOOD), censuses=[[one(130)]] * 6 + [[one(130), one(129, 20)]])
    assert refuse_unusable(seen, person=None).all() and count_people(seen) == 1


def test_tiny_invented_bodies_are_not_credible():
    assert not credible_rows(sight(tracks([pose(WIDE, unit=12)] * 5, faces=False))).any()
    assert credible_rows(sight(tracks([pose(WIDE)] * 5, faces=False))).all()


def test_a_photo_may_be_short():
    seen = sight(tracks([pose(WIDE)]), is_photo=True)
    assert refuse_unusable(seen, person=None).all()


def test_advice_names_what_is_missing():
    poses = acted((DOWN, 4), (WIDE, 12))
    seen = sight(tracks(poses), bright=100, static=False)
    credible = refuse_unusable(seen, person=None)
    take = find_take(seen.tracks, credible, SIZE, 10.0, seen.frame_count)
    advice = advise(seen, take, credible, 1)
    assert advice[0].startswith("Fold your arms")
    assert any("dim" in sentence for sentence in advice) and any("camera moves" in sentence for sentence in advice)


HUGGED = Take("air-hug", FrameRange(0, 60), FrameRange(90, 210), FrameRange(0, 0), 0.9)


def marked(**worse):
    """Roles that are good throughout but for those named, as ``eyes_lowered=0.1``."""
    marks = np.ones((80, len(ROLES)), np.float32)
    for role, mark in worse.items():
        marks[:, ROLES.index(role.replace("_", "-"))] = mark
    return Roles(np.arange(80, dtype=np.int32) * 3, marks)


def test_a_hug_with_everything_needs_no_advice():
    assert advise_hug(HUGGED, marked(), 30.0) == []
    assert advise_hug(HUGGED, Roles(), 30.0) == []  # nothing known is nothing to blame


@pytest.mark.parametrize(
    ("worse", "words"),
    [
        ({"eyes_lowered": 0.1}, "eyes stay open"),
        ({"eyes_lowered": np.nan}, "face cannot be seen"),
        ({"head_bent": 0.0}, "head stays upright"),
        ({"hands_sharp": 0.2}, "hands are blurred"),
        ({"hands_sharp": np.nan}, "hands are not in the picture"),
    ],
)
def test_each_weakness_of_the_hug_has_its_own_sentence(worse, words):
    advice = advise_hug(HUGGED, marked(**worse), 30.0)
    assert len(advice) == 1 and words in advice[0]


def test_one_good_second_is_enough():
    roles = marked(eyes_lowered=0.0)
    roles.marks[40:53, ROLES.index("eyes-lowered")] = 1  # 1.3 s inside the hug
    assert advise_hug(HUGGED, roles, 30.0) == []


def test_a_short_hug_and_a_thing_like_the_clothes_are_told():
    from dataclasses import replace

    assert any(
        "lasts only 1.0 s" in s for s in advise_hug(replace(HUGGED, closed_arms=FrameRange(90, 120)), marked(), 30.0)
    )
    assert any("another colour" in s for s in advise_hug(replace(HUGGED, held_share=0.35), marked(), 30.0))
    assert advise_hug(replace(HUGGED, kind="open-arms", closed_arms=None), marked(hands_sharp=0.0), 30.0) == []
