"""A head that is re-aged every second frame and follows its own motion between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.face.mesh import motion
from studio.animatic.face.paced import EVERY, Paced
from studio.core.frames import Patch

FACE = np.random.default_rng(3).uniform(20, 180, (478, 3)).astype(np.float32)


def moved(face: np.ndarray, dx: float, dy: float, roll_deg: float, size: float) -> np.ndarray:
    turn = size * np.exp(1j * np.radians(roll_deg))
    at = (face[:, 0] + 1j * face[:, 1]) * turn + dx + 1j * dy
    return np.column_stack([at.real, at.imag, face[:, 2]]).astype(np.float32)


@settings(max_examples=30, deadline=None)
@given(st.floats(-40, 40), st.floats(-40, 40), st.floats(-25, 25), st.floats(0.8, 1.25))
def test_a_similarity_is_found_again(dx: float, dy: float, roll_deg: float, size: float) -> None:
    found = motion(FACE, moved(FACE, dx, dy, roll_deg, size))
    at = FACE[:, :2] @ found[:, :2].T + found[:, 2]
    assert np.abs(at - moved(FACE, dx, dy, roll_deg, size)[:, :2]).max() < 0.01


class Counted:
    """A re-ager that only notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def apply(self, frame, face_px, matte, shift_px) -> Patch:
        self.asked.append(float(frame[0, 0, 0]))
        return Patch(np.full((4, 4, 4), frame[0, 0, 0], np.uint8), 0, 0)


@pytest.fixture
def paced() -> Paced:
    def shown(n: int):
        return np.full((2, 2, 3), n, np.uint8), moved(FACE, n, 0, 0, 1), np.ones((2, 2), np.float32), (0.0, 0.0)

    return Paced(Counted(), 11, shown, lambda n: moved(FACE, n, 0, 0, 1))  # type: ignore[arg-type]


def test_every_second_frame_is_re_aged_and_the_others_follow(paced: Paced) -> None:
    shifts = [paced.at(n)[2][0, 2] for n in range(11, 17)]
    assert paced.reager.asked == [11, 13, 15]  # type: ignore[attr-defined]
    assert shifts == pytest.approx([n % EVERY for n in range(6)], abs=1e-3)


def test_frames_are_the_same_in_any_order(paced: Paced) -> None:
    forwards = [int(paced.at(n)[0].rgba[0, 0, 0]) for n in (12, 15, 14)]
    backwards = [int(paced.at(n)[0].rgba[0, 0, 0]) for n in (14, 15, 12)]
    assert forwards == backwards[::-1] == [11, 15, 13]
