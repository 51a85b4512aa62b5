"""The grade."""

from __future__ import annotations

import numpy as np
import pytest

from studio.compose.grade import Grade
from studio.core.settings import LookSettings

PLAIN = LookSettings(warmth=0, fade=0, saturation=0, vignette=0, grain=0, glow=0)


def graded(look: LookSettings, frame: np.ndarray, index: int = 0) -> np.ndarray:
    return Grade(look, (frame.shape[1], frame.shape[0]), np.random.default_rng(1)).apply(frame, index).astype(int)


def chart() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (192, 108, 3), np.uint8)


def test_nothing_asked_nothing_done() -> None:
    frame = chart()
    assert np.abs(graded(PLAIN, frame) - frame).max() <= 1


def test_warmth_moves_red_against_blue_and_keeps_the_luma_of_grey() -> None:
    grey = np.full((64, 64, 3), 128, np.uint8)
    for warmth in (-1.0, 0.5, 1.0):
        out = graded(LookSettings(warmth, 0, 0, 0, 0, 0), grey)[0, 0]
        assert np.sign(out[0] - out[2]) == np.sign(warmth)
        assert abs(out @ [0.2126, 0.7152, 0.0722] - 128) < 1.5


def test_saturation_grows_the_distance_from_grey() -> None:
    colour = np.full((8, 8, 3), (150, 100, 80), np.uint8)
    spreads = [np.ptp(graded(LookSettings(0, 0, s, 0, 0, 0), colour)[0, 0]) for s in (-1, 0, 1)]
    assert spreads[0] < spreads[1] < spreads[2]


def test_fade_lifts_black_and_lowers_white() -> None:
    black, white = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)
    faded = LookSettings(0, 1, 0, 0, 0, 0)
    assert graded(faded, black).min() >= 8
    assert graded(faded, white).max() <= 252


def test_the_vignette_darkens_corners_only() -> None:
    flat = np.full((192, 108, 3), 200, np.uint8)
    out = graded(LookSettings(0, 0, 0, 1, 0, 0), flat)
    assert out[90, 54].min() >= 199
    assert out[-1, 0].max() < 170


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_grain_is_zero_mean_and_different_every_frame(strength: float) -> None:
    flat = np.full((192, 108, 3), 128, np.uint8)
    look = LookSettings(0, 0, 0, 0, strength, 0)
    first, second = graded(look, flat, 0), graded(look, flat, 1)
    assert abs(first.mean() - 128) < 0.5
    assert 3 * strength < first.std() < 9 * strength
    assert np.abs(first - second).mean() > 1 * strength
    assert (graded(look, flat, 0) == first).all()
