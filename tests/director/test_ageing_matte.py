"""What is mended of a photo's matte before its person is moved: hands that it ends before, specks of the wall."""

from __future__ import annotations

import numpy as np

from studio.director.ageing_photo import with_hands, without_specks


def hands() -> np.ndarray:
    """(2, 21, 3) a left hand with its fingers up in a picture 200 px wide, the right one not found."""
    points = np.full((2, 21, 3), np.nan, np.float32)
    points[0, 0] = (100, 100, 0)
    for finger in range(5):
        for joint in range(4):
            points[0, 1 + 4 * finger + joint] = (60 + 20 * finger, 70 - 12 * joint, 0)
    return points


def test_a_hand_that_was_found_is_part_of_the_person():
    prior = np.zeros((100, 100), np.float32)
    prior[60:] = 0.4
    drawn = with_hands(prior, hands(), 200)
    assert drawn[40, 50] == 1, "the palm"
    assert drawn[20, [30, 40, 50, 60, 70]].min() > 0.9, "every finger"
    assert drawn[20, 45] < 0.5, "and what shows between them"
    assert (drawn >= prior).all()
    assert np.array_equal(drawn[70:], prior[70:])


def test_a_hand_that_was_not_found_changes_nothing():
    prior = np.random.default_rng(1).random((40, 60)).astype(np.float32)
    assert np.array_equal(with_hands(prior, np.full((2, 21, 3), np.nan, np.float32), 60), prior)


def test_faint_islands_go_and_soft_edges_stay():
    alpha = np.zeros((60, 60), np.uint8)
    alpha[20:40, 10:30] = 60
    alpha[22:38, 12:28] = 255
    alpha[50:52, 50:53] = 90
    kept = without_specks(alpha)
    assert kept[50:52, 50:53].max() == 0
    kept[50:52, 50:53] = 90
    assert np.array_equal(kept, alpha)
