"""Sleeves read off frames in which the arms are held away from the body."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.arms.sleeve import read_sleeve

SKIN = (205, 160, 135)
CLOTH = (40, 90, 150)
SHOULDERS, ELBOWS, WRISTS = (140, 160), (90, 210), (20, 280)
MATTE = np.ones((50, 75), np.float32)


def view(share: float, skin=SKIN, cloth=CLOTH) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both arms stretched out sideways, covered down to ``share`` of their length."""
    frame = np.full((200, 300, 3), 120, np.uint8)
    pose = np.zeros((33, 3), np.float32)
    for shoulder, elbow, wrist, marks in zip(SHOULDERS, ELBOWS, WRISTS, ((11, 13, 15), (12, 14, 16)), strict=True):
        pose[list(marks), 0], pose[list(marks), 1] = (shoulder, elbow, wrist), 100
        edge = shoulder + share * (wrist - shoulder)
        low, high = sorted((round(edge), wrist))
        frame[80:120, low : high + 12] = skin
        low, high = sorted((shoulder, round(edge)))
        frame[80:120, low:high] = cloth
    return frame, pose, MATTE


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_the_edge_of_a_sleeve_is_found(share: float) -> None:
    sleeve = read_sleeve([view(share)], SKIN)
    assert sleeve.share == pytest.approx(share, abs=0.06)
    assert sleeve.cloth_rgb == pytest.approx(CLOTH, abs=3)
    assert sleeve.skin_rgb == pytest.approx(SKIN, abs=3)


def test_a_bare_arm_has_no_cloth_and_a_covered_one_no_skin_of_its_own() -> None:
    bare, covered = read_sleeve([view(0.0)], SKIN), read_sleeve([view(1.0)], SKIN)
    assert bare.share == 0 and bare.cloth_rgb is None and bare.is_forearm_bare
    assert covered.share == 1 and not covered.is_forearm_bare
    assert covered.skin_rgb == SKIN


def test_an_arm_in_shade_is_still_skin_and_is_drawn_a_quarter_of_the_way_to_the_face() -> None:
    shaded = (150, 112, 92)
    sleeve = read_sleeve([view(0.3, skin=shaded)], SKIN)
    assert sleeve.share == pytest.approx(0.3, abs=0.06)
    wanted = tuple(0.75 * a + 0.25 * b for a, b in zip(shaded, SKIN, strict=True))
    assert sleeve.skin_rgb == pytest.approx(wanted, abs=3)


def test_what_the_matte_does_not_hold_says_nothing() -> None:
    frame, pose, _ = view(0.5)
    blind = read_sleeve([(frame, pose, np.zeros_like(MATTE))], SKIN)
    assert blind.cloth_rgb is None and blind.skin_rgb == SKIN
    # a wrong frame among good ones is outvoted
    wrong = (np.full_like(frame, 255), pose, MATTE)
    assert read_sleeve([view(0.5), wrong, view(0.5)], SKIN).share == pytest.approx(0.5, abs=0.06)
