"""The user's arms drawn round the double."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.arms.wrap import sample_forearm, wrap_arms
from studio.animatic.double.figure import build_of
from studio.core.people import Light

SKIN = (205, 160, 135)
ELBOWS = np.array([[-0.15, 0.18], [0.15, 0.19]])


def drawn(is_bare: bool = True, forearm=SKIN, half: float = 0.1):
    return wrap_arms(ELBOWS, half, build_of(30, 0.5), forearm, is_bare, SKIN, 900.0, Light(), np.random.default_rng(1))


@pytest.mark.parametrize("half", [0.075, 0.1])
def test_each_arm_comes_from_its_side_and_its_hand_crosses_the_middle(half: float) -> None:
    wrapped = drawn(half=half)
    for layer, outwards in zip(wrapped.layers, wrapped.outwards, strict=True):
        columns = np.flatnonzero((layer[..., 3] > 127).any(0)) - wrapped.pivot_px[0]
        outer, inner = (columns.max(), columns.min()) if outwards > 0 else (-columns.min(), -columns.max())
        assert outer > 0.1 * 900  # begins at the elbow, outside the double
        assert -0.9 * half * 900 < inner < -0.2 * half * 900  # the fingers lie beyond the spine, on the back


def test_one_hand_lies_above_the_other() -> None:
    heights = []
    for layer in drawn().layers:
        middle = int(drawn().pivot_px[0])
        rows = np.flatnonzero((layer[:, middle - 20 : middle + 20, 3] > 127).any(1))
        heights.append(rows.mean())
    assert heights[0] > heights[1] + 20


def test_bare_arms_have_one_colour_sleeved_ones_two() -> None:
    def spread(layer: np.ndarray) -> float:
        solid = layer[layer[..., 3] > 250][:, :3].astype(float)
        return float((solid / solid.sum(1, keepdims=True)).std(0).max())

    sleeve = (60, 120, 90)
    assert spread(drawn(False, sleeve).layers[1]) > 3 * spread(drawn().layers[1])


def test_layers_are_premultiplied() -> None:
    for layer in drawn(False, (60, 120, 90)).layers:
        assert (layer[..., :3] <= layer[..., 3:]).all()


@pytest.mark.parametrize(("arm", "bare"), [((190, 145, 118), True), ((50, 110, 80), False), ((150, 40, 40), False)])
def test_sleeve_or_skin_is_read_off_the_frame(arm, bare: bool) -> None:
    frame = np.full((200, 300, 3), (120, 120, 120), np.uint8)
    frame[80:120] = arm
    pose = np.zeros((33, 3), np.float32)
    pose[13, :2], pose[15, :2], pose[14, :2], pose[16, :2] = (200, 100), (280, 100), (100, 100), (20, 100)
    colour, is_bare = sample_forearm(frame, pose, np.ones((50, 75), np.float32), SKIN)
    assert is_bare is bare
    if not bare:
        assert np.abs(np.array(colour) - arm).max() <= 1


def test_what_lies_outside_the_person_is_no_sleeve() -> None:
    frame = np.full((200, 300, 3), 250, np.uint8)
    pose = np.zeros((33, 3), np.float32)
    pose[13, :2], pose[15, :2], pose[14, :2], pose[16, :2] = (200, 100), (280, 100), (100, 100), (20, 100)
    assert sample_forearm(frame, pose, np.zeros((50, 75), np.float32), SKIN) == (SKIN, True)
