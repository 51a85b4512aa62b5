"""Light that spills over a rim."""

from __future__ import annotations

import numpy as np

from studio.compose.blend import over
from studio.compose.wrap import light_wrap, reduced
from studio.core.frames import Patch


def laid(background: int, strength: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """A dark square on a plain background, before and after."""
    frame = np.full((240, 240, 3), background, np.uint8)
    behind = reduced(frame)
    rgba = np.zeros((120, 120, 4), np.uint8)
    rgba[..., :3], rgba[..., 3] = 40, 255
    patch = Patch(rgba, 60, 60)
    over(frame, patch)
    plain = frame.copy()
    light_wrap(frame, behind, patch, 10.0, strength)
    return plain, frame


def test_a_bright_background_lights_the_rim_and_not_the_middle() -> None:
    plain, lit = laid(240)
    gain = lit.astype(int) - plain
    assert gain[120, 64].mean() > 20 and gain[120, 64].mean() > 2 * gain[120, 84].mean()
    assert np.abs(gain[100:140, 110:130]).max() <= 2


def test_nothing_outside_changes_and_a_dark_background_spills_nothing() -> None:
    plain, lit = laid(240)
    outside = np.ones((240, 240), bool)
    outside[60:180, 60:180] = False
    assert (lit[outside] == plain[outside]).all()
    plain, lit = laid(50)
    assert np.abs(lit.astype(int) - plain).max() <= 1


def test_a_layer_beside_the_frame_is_left_alone() -> None:
    frame = np.full((60, 60, 3), 200, np.uint8)
    light_wrap(frame, reduced(frame), Patch(np.full((20, 20, 4), 255, np.uint8), 80, 80), 5.0, 0.3)
    assert (frame == 200).all()


def test_nothing_changes_where_the_layer_itself_is_empty() -> None:
    frame = np.random.default_rng(4).integers(120, 255, (120, 120, 3)).astype(np.uint8)  # its mean shows on it
    behind = reduced(frame)
    rgba = np.zeros((80, 80, 4), np.uint8)
    rgba[13:67, 13:67] = (40, 40, 40, 255)
    patch = Patch(rgba, 20, 20)
    over(frame, patch)
    plain = frame.copy()
    light_wrap(frame, behind, patch, 10.0, 0.3)
    empty = np.ones((120, 120), bool)
    empty[33:87, 33:87] = False
    assert (frame[empty] == plain[empty]).all()
    assert (frame[~empty] != plain[~empty]).any()
