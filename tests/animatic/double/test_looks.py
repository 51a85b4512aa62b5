"""Looks of the double: what they change and what they leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.double.looks import style


def figure() -> np.ndarray:
    """A premultiplied figure of two colours with a soft edge and an empty margin."""
    y, x = np.mgrid[0:240, 0:160]
    cover = np.clip((50 - np.hypot(x - 80, 0.6 * (y - 120))) / 3, 0, 1)
    colour = np.where((y < 120)[..., None], [200, 90, 60], [60, 100, 180]) * (0.8 + 0.2 * np.sin(x / 1.5))[..., None]
    return np.rint(np.dstack([colour * cover[..., None], 255 * cover])).astype(np.uint8)


def styled(kind: str, time_s: float = 0.0, seed: int = 0) -> np.ndarray:
    return style(figure(), kind, time_s, np.random.default_rng(seed))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["real", "memory", "light", "storybook"])
def test_patches_stay_premultiplied(kind: str) -> None:
    out = styled(kind)
    assert out.shape == figure().shape and out.dtype == np.uint8
    assert (out[..., :3] <= out[..., 3:]).all()


def test_real_is_untouched() -> None:
    assert np.array_equal(styled("real"), figure())


@pytest.mark.parametrize("kind", ["memory", "storybook"])
def test_the_outline_stays(kind: str) -> None:
    assert np.array_equal(styled(kind)[..., 3], figure()[..., 3])
    assert not np.array_equal(styled(kind)[..., :3], figure()[..., :3])


def test_light_glows_outside_the_figure_and_covers_no_less() -> None:
    out, own = styled("light"), figure()
    assert (out[..., 3] >= own[..., 3]).all()
    assert out[..., 3][own[..., 3] == 0].max() > 8
    assert out[120, 80, :3].mean() > own[120, 80, :3].mean(), "pale"
    rim, middle = out[120, 36, :3].astype(int), out[120, 80, :3].astype(int)
    assert rim.sum() > middle.sum()


def test_only_sparks_move_with_time() -> None:
    assert not np.array_equal(styled("light", 0.0), styled("light", 1.0))
    for kind in ("memory", "storybook"):
        assert np.array_equal(styled(kind, 0.0), styled(kind, 1.0))
    assert np.array_equal(styled("light", 0.7), styled("light", 0.7))


def test_memory_is_warmer_and_paler_than_life() -> None:
    inside = figure()[..., 3] == 255
    old, own = styled("memory")[inside][:, :3].astype(float), figure()[inside][:, :3].astype(float)
    assert (old[:, 0] - old[:, 2]).mean() > (own[:, 0] - own[:, 2]).mean()
    assert np.ptp(old, axis=1).mean() < np.ptp(own, axis=1).mean()


def test_storybook_flattens_tones() -> None:
    """The fine waves in the cloth become a wash, apart from paper grain."""

    def waves(picture: np.ndarray) -> float:
        row = picture[90:110, 55:105, 0].astype(float).mean(0)
        return float(np.abs(row - np.convolve(np.pad(row, 8, mode="edge"), np.ones(17) / 17, "valid")).mean())

    assert waves(styled("storybook")) < 0.7 * waves(figure())


def test_nothing_is_made_of_nothing() -> None:
    empty = np.zeros((20, 30, 4), np.uint8)
    for kind in ("memory", "light", "storybook"):
        assert not style(empty, kind, 0.0, np.random.default_rng(0)).any()  # type: ignore[arg-type]
