"""Old skin on a filmed face: monotone in age, only on skin, never brighter than skin may get."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
import pytest
from small_people import small

from studio.animatic.face import old
from studio.animatic.face.atlas import paint
from studio.animatic.face.folds import Gains
from studio.animatic.face.mesh import pose_of
from studio.animatic.face.reager import prepare
from studio.animatic.face.seen import Seen, look
from studio.animatic.face.sitter import Sitter
from studio.animatic.face.skin import EYES, LIPS, OPENING, SKIN

AGES = (35, 45, 55, 65, 75, 88)
LUMA = np.array([0.3, 0.59, 0.11], np.float32)


@dataclass(frozen=True)
class Aged:
    before: np.ndarray
    after: np.ndarray
    seen: Seen
    sitter: Sitter

    @property
    def log(self) -> np.ndarray:
        """(h, w) natural log by which the face's part got brighter."""
        one, two = (np.maximum(image[self.seen.part], 0) @ LUMA + 2 for image in (self.before, self.after))
        return np.log(two / one)

    @property
    def skin(self) -> np.ndarray:
        return self.seen.carried[..., SKIN] > 0.9


@cache
def sitting(actor, name: str) -> tuple[np.ndarray, Seen, Sitter]:
    """The filmed picture, and what is seen and known of the person."""
    person = small(actor, name)
    sitter = prepare(
        person.frame,
        person.face_px,
        person.matte,
        from_years=25,
        to_years=75,
        sex=person.sex,
        rng=np.random.default_rng(3),
    ).sitter
    before = person.frame.astype(np.float32)
    pose = pose_of(person.face_px, person.sex)
    return before, look(before, person.matte, person.face_px, pose, sitter.atlas, sitter.skin, sitter.hair), sitter


@cache
def aged(actor, name: str, years: float, from_years: float = 25, seed: int = 3) -> Aged:
    before, seen, sitter = sitting(actor, name)
    ages = replace(sitter.ages, from_years=from_years, to_years=years)
    side = sitter.atlas.skin.shape[1]
    atlas = paint(side, Gains.between(from_years, years), ages.sex, np.random.default_rng(seed), 0.45)
    sitter = replace(sitter, ages=ages, atlas=atlas)
    seen = replace(seen, carried=atlas.on_picture(seen.uv))
    after = before.copy()
    old.weather(after, seen, sitter, np.ones_like(seen.skin_like))
    return Aged(before, after, seen, sitter)


def wrinkled(one: Aged) -> float:
    """Fine and middle structure that came to the skin."""
    log = one.log
    return float((cv2.GaussianBlur(log, (0, 0), 0.8) - cv2.GaussianBlur(log, (0, 0), 9))[one.skin].std())


def uneven(one: Aged) -> float:
    return float(cv2.GaussianBlur(one.log, (0, 0), 5)[one.skin].std())


@pytest.mark.parametrize("name", ["a", "b"])
def test_wrinkles_and_unevenness_grow_with_age(actor, name: str):
    row = [aged(actor, name, years) for years in AGES]
    for measure in (wrinkled, uneven):
        curve = np.array([measure(one) for one in row])
        assert np.all(np.diff(curve) > 0), (measure.__name__, curve)
    assert wrinkled(row[4]) > 0.04
    assert wrinkled(row[4]) > 4 * wrinkled(row[0])


@pytest.mark.parametrize("name", ["a", "b"])
def test_two_seeds_give_other_folds_of_the_same_depth(actor, name: str):
    one, two = (aged(actor, name, 75, seed=seed) for seed in (3, 11))
    assert 0.8 < wrinkled(one) / wrinkled(two) < 1.25
    assert np.corrcoef(one.log[one.skin], two.log[one.skin])[0, 1] < 0.9


def test_the_old_gain_only_the_difference(actor):
    assert wrinkled(aged(actor, "a", 85, 77)) < 0.4 * wrinkled(aged(actor, "a", 85))


@pytest.mark.parametrize("name", ["a", "b"])
def test_nothing_changes_where_something_lies_before_the_face(actor, name: str):
    one = aged(actor, name, 80)
    nothing = np.zeros_like(one.seen.skin_like)
    hidden = replace(one.seen, free=nothing, body=np.zeros_like(one.seen.body))
    after = one.before.copy()
    old.weather(after, hidden, one.sitter, np.ones_like(nothing))
    np.testing.assert_array_equal(after, one.before)


def test_a_beard_stays_free_of_folds(actor):
    one = aged(actor, "b", 80)
    bare = np.ones_like(one.seen.skin_like)
    bare[bare.shape[0] // 2 :] = 0
    after = one.before.copy()
    old.weather(after, replace(one.seen, body=np.zeros_like(one.seen.body)), one.sitter, bare)
    lips = cv2.dilate((one.seen.carried[..., LIPS] > 0).astype(np.uint8), np.ones((3, 3))) > 0
    below = (bare == 0) & ~lips & (one.seen.carried[..., EYES] == 0)
    np.testing.assert_array_equal(after[one.seen.part][below], one.before[one.seen.part][below])
    assert np.abs(after - one.before)[one.seen.part][~below].max() > 20


@pytest.mark.parametrize("name", ["a", "b"])
def test_background_and_clothes_stay(actor, name: str):
    one = aged(actor, name, 80)
    away = one.seen.body == 0
    away[one.seen.part] &= (np.abs(one.seen.carried).max(-1) == 0) | (one.seen.alpha[one.seen.part] == 0)
    assert away.mean() > 0.2
    np.testing.assert_array_equal(one.after[away], one.before[away])


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("years", [60, 88])
def test_nothing_glows(actor, name: str, years: float):
    one = aged(actor, name, years)
    assert one.log[one.skin].max() < 0.25
    assert one.log[one.skin].min() > -0.75
    assert one.after.max() <= 255 * 1.02


def test_the_whole_skin_ages_not_the_face_alone(actor):
    one = aged(actor, "a", 80)
    head = one.seen.head
    neck = (np.abs(head[..., 0]) < 0.4) & (head[..., 1] > 2.1) & (head[..., 1] < 2.5) & (one.seen.alpha > 0.9)
    change = np.abs(one.after - one.before).max(-1)
    assert np.median(change[neck]) > 2


def test_whites_of_the_eyes_get_yellow_and_dull(actor):
    one = aged(actor, "a", 80)
    before, after = one.before[one.seen.part], one.after[one.seen.part]
    white = (one.seen.carried[..., OPENING] > 0.8) & (before.min(-1) > 130)
    assert white.sum() > 5
    gain = (after[white] / before[white]).mean(0)
    assert gain[2] < gain[0] < 0.99


def test_lips_get_nearer_to_skin(actor):
    one = aged(actor, "a", 80)
    before, after = one.before[one.seen.part], one.after[one.seen.part]
    red = (one.seen.carried[..., LIPS] > 0.9) & (before[..., 0] > 1.35 * before[..., 1])
    ratio = [(image[red][:, 0] / image[red][:, 1]).mean() for image in (before, after)]
    skin = (before[one.skin][:, 0] / before[one.skin][:, 1]).mean()
    assert red.sum() > 20
    assert ratio[1] - skin < 0.6 * (ratio[0] - skin)


def test_any_skin_can_be_given_the_tone(actor):
    one = aged(actor, "a", 80)
    hand = np.full((60, 60, 3), (205.0, 165.0, 140.0), np.float32)
    mask = np.zeros((60, 60), np.float32)
    mask[10:50, 10:50] = 1
    y, x = np.mgrid[0:60, 0:60].astype(np.float32)
    after = hand.copy()
    old.weather_skin(after, mask, np.dstack([x / 20 - 3, y / 20 + 3]), one.sitter)
    np.testing.assert_array_equal(after[mask == 0], hand[mask == 0])
    assert after[mask > 0].std(0).min() > 0.5
    assert (after <= hand + 12).all()


def test_an_enlarged_face_gets_no_line_finer_than_its_landmarks_are_sure():
    """The same face, filmed four times smaller and enlarged: wide folds as deep, fine lines gone."""
    large, enlarged = (paint(340, 1.0, 0.5, np.random.default_rng(3), 0.45 * scale**1.15).fold for scale in (1, 4))
    fine, wide = (
        [(cv2.GaussianBlur(plane, (0, 0), a) - cv2.GaussianBlur(plane, (0, 0), b)).std() for plane in (large, enlarged)]
        for a, b in ((0.5, 2), (8, 24))
    )
    assert fine[1] < 0.35 * fine[0]
    assert wide[1] > 0.9 * wide[0]
