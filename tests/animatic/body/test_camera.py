"""The pinhole: there and back, and through a view."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.body.camera import AWAY, FACING, Camera
from studio.compose.view import View

CLIP = Camera.of_clip((1080, 1920))
number = st.floats(-1.5, 1.5)


@given(number, number, st.floats(0.5, 6))
def test_there_and_back(x: float, y: float, z: float) -> None:
    point = np.array([x, y, z])
    assert np.allclose(CLIP.unproject(CLIP.project(point), z), point, atol=1e-9)


@given(number, number, st.floats(0.5, 6), st.floats(0.3, 4), st.floats(0, 1080), st.floats(0, 1920))
def test_a_view_moves_what_is_projected_as_it_moves_the_clip(x, y, z, scale, at_x, at_y) -> None:
    view = View(at_x, at_y, scale, (540, 960))
    point = np.array([x, y, z])
    clip_px = CLIP.project(point)
    assert np.allclose(
        CLIP.through(view).project(point), view.to_film(clip_px), atol=0.02 + 1e-4 * np.abs(clip_px).max()
    )


def test_crop() -> None:
    point = np.array([0.2, -0.4, 3.0])
    crop = CLIP.cropped(100, 200, (300, 400), 2.0)
    assert crop.size_px == (600, 800)
    assert np.allclose(crop.project(point), (CLIP.project(point) - [100, 200]) * 2)


@pytest.mark.parametrize(("frame", "left_x", "front_z"), [(FACING, 1, -1), (AWAY, -1, 1)])
def test_frames_are_rotations_and_turn_the_right_way(frame, left_x: int, front_z: int) -> None:
    assert np.linalg.det(frame) == pytest.approx(1)
    assert (frame @ [1, 0, 0])[0] == left_x
    assert (frame @ [0, 0, 1])[2] == front_z
    assert (frame @ [0, 1, 0])[1] == -1


def test_a_metre_at_the_focal_length() -> None:
    assert CLIP.project(np.array([1.0, 0, 2.4]))[0] == pytest.approx(540 + 1.25 * 1920 / 2.4)
