"""Softness and grain of a drawn layer against the footage."""

from __future__ import annotations

import numpy as np
import pytest

from studio.compose.edge_width import edge_width
from studio.compose.match import Texture, grained, matched
from studio.compose.noise import noise_level


def tiles(size: int = 240, seed: int = 3) -> np.ndarray:
    """A crisp picture of grey squares."""
    rng = np.random.default_rng(seed)
    small = rng.integers(40, 210, (size // 24, size // 24)).astype(np.uint8)
    return np.repeat(np.repeat(small, 24, 0), 24, 1)[..., None].repeat(3, 2)


def footage(blur: float, noise: float) -> np.ndarray:
    import cv2

    soft = cv2.GaussianBlur(tiles(seed=5), (0, 0), blur).astype(float)
    noisy = soft + np.random.default_rng(1).normal(0, noise, soft.shape[:2])[..., None]
    return np.clip(noisy, 0, 255).astype(np.uint8)


def layer() -> np.ndarray:
    rgb = tiles()
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


WHOLE = np.ones((240, 240), bool)


@pytest.mark.parametrize("blur", [1.2, 2.0, 2.8])
def test_its_edges_become_as_wide_as_those_of_the_footage(blur: float) -> None:
    texture = Texture.of(footage(blur, 0.0), WHOLE, 1.0)
    out = matched(layer(), texture, 1.0, np.random.default_rng(2))
    width = edge_width(out[..., :3], WHOLE)
    assert width is not None and 0.8 < width / texture.edge_px < 1.25


@pytest.mark.parametrize("noise", [2.0, 5.0])
def test_its_grain_becomes_that_of_the_footage(noise: float) -> None:
    texture = Texture.of(footage(1.5, noise), WHOLE, 1.0)
    out = matched(layer(), texture, 1.0, np.random.default_rng(2))
    level = noise_level(out[..., :3], WHOLE)
    assert level is not None and 0.8 < level / texture.noise < 1.25


def test_footage_like_the_layer_changes_nothing() -> None:
    alike = Texture.of(tiles(), WHOLE, 1.0)
    assert (matched(layer(), alike, 1.0, np.random.default_rng(2)) == layer()).all()


def test_grain_stays_premultiplied() -> None:
    rgba = layer()
    rgba[:, :80] //= 4
    out = grained(rgba, 9.0, np.random.default_rng(4))
    assert (out[..., :3] <= out[..., 3:]).all() and (out[..., 3] == rgba[..., 3]).all()


def test_a_weave_finer_than_the_camera_sees_is_calmed() -> None:
    texture = Texture.of(footage(1.5, 0.0), WHOLE, 1.0)
    woven = layer().astype(int)
    woven[..., :3] += np.random.default_rng(6).normal(0, 6, (240, 240, 1)).astype(int)
    woven = np.clip(woven, 0, 255).astype(np.uint8)
    before, after = (
        noise_level(rgba[..., :3], WHOLE) for rgba in (woven, matched(woven, texture, 1.0, np.random.default_rng(2)))
    )
    assert before is not None and after is not None and after < 0.25 * before
