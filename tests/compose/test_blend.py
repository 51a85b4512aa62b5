"""Laying patches: arithmetic at the edges, nothing outside touched."""

from __future__ import annotations

import numpy as np
import pytest

from studio.compose.blend import crop_patch, mix, over, place_patch, shade
from studio.core.frames import Patch


def grey(value: int = 100, size: tuple[int, int] = (40, 30)) -> np.ndarray:
    return np.full((*size, 3), value, np.uint8)


def solid(rgb: tuple[int, int, int], alpha: int, size: tuple[int, int] = (10, 8)) -> np.ndarray:
    patch = np.empty((*size, 4), np.uint8)
    patch[..., :3] = np.round(np.array(rgb) * alpha / 255)
    patch[..., 3] = alpha
    return patch


def test_over_is_the_premultiplied_formula() -> None:
    frame = grey(100)
    over(frame, Patch(solid((200, 50, 0), 128), 5, 6))
    inside = frame[6:16, 5:13].reshape(-1, 3)
    wanted = np.array([200, 50, 0]) * 128 / 255 + 100 * (1 - 128 / 255)
    assert np.abs(inside - wanted).max() <= 1.5


def test_over_touches_nothing_outside() -> None:
    frame = grey(100)
    over(frame, Patch(solid((200, 50, 0), 255), 5, 6))
    frame[6:16, 5:13] = 100
    assert (frame == 100).all()


@pytest.mark.parametrize(("x", "y"), [(-4, -5), (26, 36), (-50, 0), (0, 99), (-3, 38)])
def test_over_clips_at_every_edge(x: int, y: int) -> None:
    frame = grey(100)
    over(frame, Patch(solid((0, 0, 0), 255), x, y))
    hit = np.zeros(frame.shape[:2], bool)
    hit[max(0, y) : max(0, y + 10), max(0, x) : max(0, x + 8)] = True
    assert (frame[hit] == 0).all()
    assert (frame[~hit] == 100).all()


def test_opacity_scales_the_whole_patch() -> None:
    frame = grey(100)
    over(frame, Patch(solid((255, 255, 255), 255), 0, 0), opacity=0.5)
    assert abs(int(frame[0, 0, 0]) - 178) <= 2
    untouched = grey(100)
    over(untouched, Patch(solid((255, 255, 255), 255), 0, 0), opacity=0)
    assert (untouched == 100).all()


def test_shade_leaves_the_tint_at_full_strength() -> None:
    frame = grey(200)
    shade(frame, np.full((10, 10), 255, np.uint8), 0, 0, 1.0, (0.5, 0.25, 1.0))
    assert np.abs(frame[5, 5].astype(int) - [100, 50, 200]).max() <= 1
    assert (frame[20:, 20:] == 200).all()


def test_mix_picks_by_weight() -> None:
    weight = np.zeros((40, 30), np.uint8)
    weight[:20] = 255
    out = mix(grey(10), grey(250), weight)
    assert (out[:20] == 250).all() and (out[20:] == 10).all()


@pytest.mark.parametrize("angle", [0.0, 30.0, -90.0])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_placing_brings_the_pivot_to_its_place(angle: float, scale: float) -> None:
    rgba = np.zeros((60, 40, 4), np.uint8)
    rgba[28:32, 18:22] = 255  # a dot centred on (20, 30)
    placed = place_patch(Patch(rgba, 0, 0), (20, 30), (101.25, 57.5), scale, angle)
    y, x = np.mgrid[0 : placed.rgba.shape[0], 0 : placed.rgba.shape[1]] + 0.5
    alpha = placed.rgba[..., 3].astype(float)
    assert abs((x * alpha).sum() / alpha.sum() + placed.x_px - 101.25) < 0.15
    assert abs((y * alpha).sum() / alpha.sum() + placed.y_px - 57.5) < 0.15


def test_a_clockwise_angle_moves_the_top_to_the_right() -> None:
    rgba = np.zeros((60, 60, 4), np.uint8)
    rgba[5:9, 28:32] = 255
    placed = place_patch(Patch(rgba, 0, 0), (30, 30), (30, 30), 1.0, 45)
    x = np.arange(placed.rgba.shape[1]) + 0.5 + placed.x_px
    assert (x * placed.rgba[..., 3].sum(0)).sum() / placed.rgba[..., 3].sum() > 40


def test_placing_within_bounds_gives_the_same_picture_and_no_more() -> None:
    y, x = np.mgrid[0:60, 0:40]
    rgba = np.dstack([x * 2, y * 2, x + y, np.full_like(x, 220)]).astype(np.uint8)
    whole, part = grey(), grey()
    everything = place_patch(Patch(rgba, 0, 0), (20, 30), (15, 20), 1.7, 12)
    limited = place_patch(Patch(rgba, 0, 0), (20, 30), (15, 20), 1.7, 12, within=(0, 0, 30, 40))
    over(whole, everything)
    over(part, limited)
    assert np.abs(whole.astype(int) - part).max() <= 2  # sampling positions are rounded to 1/32 px
    assert limited.rgba.shape[:2] == (40, 30) != everything.rgba.shape[:2]


def test_cropping_keeps_what_is_on_the_canvas() -> None:
    rgba = np.random.default_rng(0).integers(0, 255, (60, 70, 4), np.uint8)
    rgba[..., :3] = np.minimum(rgba[..., :3], rgba[..., 3:])
    whole, part = grey(), grey()
    cropped = crop_patch(Patch(rgba, -12, -9), (30, 40), 3)
    over(whole, Patch(rgba, -12, -9))
    over(part, cropped)
    assert (whole == part).all() and cropped.rgba.shape[:2] == (46, 36)
