"""Footage at fractional moments, and how a shot maps film frames to clip positions."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.footage import SLOWEST, Footage, source_position
from studio.core.time import FrameRange

THIRTY = Fraction(30)


class Store:
    """A textured square that moves 8 px a frame."""

    def __init__(self) -> None:
        noise = np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8)
        self.texture = cv2.GaussianBlur(noise, (0, 0), 1.2)

    def get(self, frame: int) -> np.ndarray:
        out = np.full((120, 200, 3), 60, np.uint8)
        out[40:80, 20 + 8 * frame : 60 + 8 * frame] = self.texture[..., None]
        return out


def centre_x(frame: np.ndarray) -> float:
    weight = np.abs(frame[..., 0].astype(float) - 60) > 6
    return float(np.nonzero(weight)[1].mean())


def test_whole_frames_are_passed_on_exactly() -> None:
    footage = Footage(Store(), (200, 120))
    assert (footage.at(3.0) == Store().get(3)).all()
    assert (footage.at(3.97) == Store().get(4)).all()


@pytest.mark.parametrize("t", [0.25, 0.5, 0.75])
def test_between_frames_things_are_between(t: float) -> None:
    """Moved, not cross-faded: the square is at its place and as sharp as before."""
    footage = Footage(Store(), (200, 120))
    middle = footage.at(4 + t)
    assert abs(centre_x(middle) - (centre_x(Store().get(4)) + 8 * t)) < 1.2
    sharp, found = Store().get(4)[50:70, 62:82, 0].std(), middle[50:70, 66:82, 0].std()
    assert found > 0.7 * sharp


@given(
    st.integers(1, 400), st.integers(2, 300), st.sampled_from([Fraction(24), Fraction(25), Fraction(30), Fraction(12)])
)
def test_positions_stay_in_the_range_and_move_evenly(source_length: int, film_length: int, rate: Fraction) -> None:
    source, film = FrameRange(50, 50 + source_length), FrameRange(10, 10 + film_length)
    at = np.array([source_position(source, film, f, rate, THIRTY) for f in film])
    assert at.min() >= source.start and at.max() <= source.stop - 1 + 1e-9
    if len(at) > 1:
        assert np.abs(np.diff(at)).max() <= 1.6 * float(rate / THIRTY) + 1e-6


def test_a_long_range_plays_at_its_own_speed_and_ends_at_its_end() -> None:
    at = [source_position(FrameRange(0, 300), FrameRange(0, 61), f, THIRTY, THIRTY) for f in range(61)]
    assert np.allclose(np.diff(at), 1) and at[-1] == 299


def test_a_short_range_is_slowed_and_a_very_short_one_swings() -> None:
    slow = [source_position(FrameRange(0, 41), FrameRange(0, 61), f, THIRTY, THIRTY) for f in range(61)]
    assert slow[0] == 0 and slow[-1] == 40 and min(np.diff(slow)) > SLOWEST
    swing = np.diff([source_position(FrameRange(0, 11), FrameRange(0, 90), f, THIRTY, THIRTY) for f in range(90)])
    assert swing.min() < 0 < swing.max()
