"""One-pass arithmetic says what numpy says."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.face import planes

RNG = np.random.default_rng(5)
ONE, TWO = (RNG.uniform(0, 255, (40, 30, 3)).astype(np.float32) for _ in range(2))
SHARE = RNG.uniform(0, 1, (40, 30)).astype(np.float32)


def test_products_and_mixtures() -> None:
    assert np.allclose(planes.times(ONE, SHARE), ONE * SHARE[..., None], atol=1e-3)
    assert np.allclose(planes.between(ONE, TWO, SHARE), ONE + SHARE[..., None] * (TWO - ONE), atol=1e-3)
    assert np.allclose(planes.dot(ONE, TWO), (ONE * TWO).sum(-1), rtol=1e-4)


@pytest.mark.parametrize("radius", [1, 4])
def test_a_mask_loses_and_gains_a_rim(radius: int) -> None:
    mask = np.zeros((40, 40), np.float32)
    mask[10:30, 10:30] = 0.5
    assert np.isclose(planes.eroded(mask, radius).sum(), 0.5 * (20 - 2 * radius) ** 2, rtol=0.02)
    grown = planes.dilated(mask, radius)
    assert grown[10 - radius, 20] == pytest.approx(0.5, abs=0.01) and grown[9 - radius, 20] == 0
    assert (planes.opened(mask, radius) <= mask + 1 / 255).all()
    mask[5, 5] = 1
    assert planes.opened(mask, radius)[5, 5] == 0
