"""Defocus."""

from __future__ import annotations

import numpy as np
import pytest

from studio.compose.lens import defocus, defocus_background, disc


@pytest.mark.parametrize("radius", [0.7, 2.0, 9.5])
def test_the_disc_sums_to_one_and_is_flat_inside(radius: float) -> None:
    kernel = disc(radius)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    middle = kernel.shape[0] // 2
    assert kernel[middle, middle] == pytest.approx(kernel.max())


@pytest.mark.parametrize("radius", [1.5, 6.0, 20.0])
def test_a_point_becomes_a_disc_of_that_radius(radius: float) -> None:
    frame = np.zeros((121, 121, 3), np.uint8)
    frame[58:63, 58:63] = 255
    blurred = defocus(frame, radius)[..., 0] > 0
    reach = np.flatnonzero(blurred[60]).max() - 60
    assert radius * 0.8 <= reach <= radius * 1.25 + 5


def test_a_flat_picture_stays_flat() -> None:
    flat = np.full((64, 48, 3), 77, np.uint8)
    assert np.abs(defocus(flat, 8.0).astype(int) - 77).max() <= 1


def test_the_background_blurs_without_the_person_in_it() -> None:
    frame = np.full((160, 90, 3), 60, np.uint8)
    frame[::2, ::2] = 100
    frame[40:140, 30:60] = (255, 0, 0)
    matte = np.zeros((160, 90), np.uint8)
    matte[40:140, 30:60] = 255
    out = defocus_background(frame, matte, 6.0).astype(int)
    assert (out[60:120, 35:55] == (255, 0, 0)).all()
    beside = out[60:120, 20:28]
    assert (beside[..., 0] - beside[..., 1]).max() < 25  # no red halo
    assert out[:30].std() < 0.4 * frame[:30].std()
