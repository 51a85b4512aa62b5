from __future__ import annotations

import numpy as np
import pytest

from studio.vision.matte_refine import Background, Refiner, carried_matte

H, W = 320, 240


@pytest.fixture
def wall():
    import cv2

    rng = np.random.default_rng(3)
    return cv2.resize(rng.integers(90, 220, (16, 12, 3), np.uint8), (W, H), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def truth():
    """A trunk with an arm of four fingers, five pixels apart, and a soft edge."""
    import cv2

    alpha = np.zeros((H, W), np.uint8)
    alpha[80:, 80:150] = 255
    alpha[120:161, 150:190] = 255
    for y in (121, 132, 143, 154):
        alpha[y : y + 6, 190:214] = 255
    return cv2.GaussianBlur(alpha, (3, 3), 0)


def composed(wall, alpha, colour=(30, 40, 110)):
    share = alpha[..., None].astype(np.float32) / 255
    noise = np.random.default_rng(1).normal(0, 2, wall.shape)
    return np.clip(wall * (1 - share) + np.float32(colour) * share + noise + 0.5, 0, 255).astype(np.uint8)


def blob(alpha):
    """What a network makes of it: no fingers, an edge some pixels off."""
    import cv2

    rough = cv2.GaussianBlur(cv2.dilate(alpha, np.ones((9, 9), np.uint8)), (0, 0), 4)
    rough[:, 205:] = 0
    return np.clip((rough.astype(np.float32) / 255 - 0.3) / 0.5, 0, 1)


def seen(wall, confidence=255):
    return Background(wall, np.full((H, W), confidence, np.uint8), np.zeros((H, W), np.uint8))


def wrong(alpha, truth):
    return float(np.abs(alpha.astype(float) - truth).mean() / 255)


def test_a_seen_plate_brings_back_the_fingers(wall, truth):
    prior = blob(truth)
    refined = Refiner((W, H)).refine(composed(wall, truth), prior, seen(wall))
    assert refined.alpha.shape == (H, W) and refined.alpha.dtype == np.uint8
    assert wrong(refined.alpha, truth) < 0.25 * wrong(prior * 255, truth)
    assert refined.alpha[124, 200] > 200 and refined.alpha[129, 200] < 90  # a finger, the gap beside it


def test_a_plate_that_is_only_a_guess_decides_nothing(wall, truth):
    prior = blob(truth)
    picture = composed(wall, truth)
    lie = np.full_like(wall, (30, 40, 110))  # the person's own colour everywhere
    refined = Refiner((W, H)).refine(picture, prior, seen(lie, confidence=0))
    without = Refiner((W, H)).refine(picture, prior, None)
    assert wrong(refined.alpha, truth) < 1.1 * wrong(without.alpha, truth)
    assert wrong(without.alpha, truth) < 1.1 * wrong(prior * 255, truth)


def test_a_shadow_on_the_wall_is_no_person(wall, truth):
    picture = composed(wall, truth)
    picture[200:, 155:175] = (picture[200:, 155:175] * 0.7).astype(np.uint8)
    refined = Refiner((W, H)).refine(picture, truth.astype(np.float32) / 255, seen(wall))
    assert refined.alpha[220:, 158:172].mean() < 25


def test_nobody_stays_nobody(wall):
    empty = np.zeros((H, W), np.float32)
    assert Refiner((W, H)).refine(wall, empty, seen(wall)).alpha.max() == 0


def test_refining_depends_on_nothing_before(wall, truth):
    refiner = Refiner((W, H))
    picture, prior = composed(wall, truth), blob(truth)
    first = refiner.refine(picture, prior, seen(wall)).alpha
    refiner.refine(composed(wall, np.roll(truth, 30, axis=1)), np.roll(prior, 30, axis=1), seen(wall[::-1].copy()))
    assert np.array_equal(first, refiner.refine(picture, prior, seen(wall)).alpha)


def test_mattes_are_carried_by_what_moves(wall, truth):
    def at(shift):
        alpha = np.roll(truth, shift, axis=1)
        return composed(wall, alpha, colour=(250, 240, 20)), alpha

    (left, left_alpha), (here, alpha), (right, right_alpha) = at(-4), at(0), at(4)
    carried = carried_matte(here, [(left, left_alpha, 1), (right, right_alpha, 1)])
    faded = (left_alpha.astype(np.float32) + right_alpha) / 510
    assert carried.shape == (H, W) and carried.min() >= 0 and carried.max() <= 1
    assert wrong(carried * 255, alpha) < 0.6 * wrong(faded * 255, alpha)
