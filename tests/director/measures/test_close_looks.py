"""Halo, edge width, noise and the user's own pixels: each sees its fault, and nothing in a picture without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.compose.edge_width import edge_width
from studio.compose.noise import FLOOR, noise_level
from studio.core.frames import Patch
from studio.director.measures.halo import delta_e, halo
from studio.director.measures.inserted import inserted
from studio.director.measures.untouched import changed_share
from tests.director.measures.world import SIZE, around, blotches, composite, layer


def rim(painted):
    found = inserted(painted)
    assert found is not None
    return halo(found)


def test_a_clean_layer_has_no_halo():
    measured = rim(composite(layer()))
    assert measured is not None
    assert measured.plain.mean() < 0.3 and measured.rim.mean() < 0.5


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (230, 60, 60)])
def test_a_pasted_rim_is_a_halo(colour):
    patch = layer()
    painted = composite(patch)
    frame = painted.frame.copy()
    near = around(patch, 5)
    frame[near] = (0.6 * frame[near] + 0.4 * np.array(colour)).astype(np.uint8)
    measured = rim(replace(painted, frame=frame))
    assert measured is not None
    assert measured.rim.mean() > 4 and np.percentile(measured.rim, 95) > 12


def test_a_cast_shadow_is_no_halo_but_is_told():
    import cv2

    own, patch = blotches(1, SIZE), layer()
    cover = np.zeros(SIZE[::-1], np.float32)
    cover[220:550, 120:300] = patch.rgba[..., 3] / 255
    shadow = cv2.GaussianBlur(cover, (0, 0), 22)[..., None]
    painted = composite(patch, own, np.rint(own * (1 - 0.5 * shadow)).astype(np.uint8))
    measured = rim(painted)
    assert measured is not None
    assert measured.plain.mean() > 5 and measured.rim.mean() < 3


def test_a_wide_glow_is_a_halo_although_it_is_smooth():
    import cv2

    own, patch = blotches(1, SIZE), layer()
    cover = np.zeros(SIZE[::-1], np.float32)
    cover[220:550, 120:300] = patch.rgba[..., 3] / 255
    glow = cv2.GaussianBlur(cover, (0, 0), 22)[..., None]
    painted = composite(patch, own, np.rint(own + (255 - own) * 0.4 * glow).astype(np.uint8))
    measured = rim(painted)
    assert measured is not None and measured.rim.mean() > 4


def test_a_defocused_background_is_no_halo():
    import cv2

    own = blotches(1, SIZE)
    painted = composite(layer(), own, cv2.GaussianBlur(own, (0, 0), 2.5))
    measured = rim(painted)
    assert measured is not None
    assert measured.rim.mean() < min(4, measured.plain.mean()) and np.percentile(measured.rim, 95) < 12


def test_a_layer_out_of_focus_has_no_outline_to_judge():
    painted = composite(layer(edge_px=7))
    found = inserted(painted)
    assert found is not None and not found.in_focus() and halo(found) is None
    crisp = inserted(composite(layer()))
    assert crisp is not None and crisp.in_focus()


def test_the_users_arm_over_the_layer_is_not_inserted():
    patch = layer()
    painted = composite(patch)
    frame = painted.frame.copy()
    frame[360:410] = painted.own[360:410]  # type: ignore[index]
    found = inserted(replace(painted, frame=frame))
    assert found is not None
    assert not found.visible[364:406].any() and found.visible[300:350].any()
    rows = np.flatnonzero(found.ring().any(1))
    assert not ((rows > 370) & (rows < 400)).any(), "the outline under the arm is not seen"


def test_nothing_inserted_is_nothing_to_judge():
    own = blotches(1, SIZE)
    painted = composite(layer(), own)
    assert inserted(replace(painted, own=None)) is None
    assert inserted(replace(painted, drawn=())) is None
    assert inserted(replace(painted, own=painted.frame)) is None, "a painter that does not know the picture behind"


def test_delta_e_of_known_colours():
    white, grey = np.full((1, 3), 255.0), np.full((1, 3), 119.0)
    assert delta_e(white, grey)[0] == pytest.approx(50, abs=0.5)
    assert delta_e(white, white)[0] == 0
    assert delta_e(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)


@pytest.mark.parametrize("sigma", [1.5, 2.5, 3.5])
def test_the_width_of_a_blurred_step_is_two_and_a_half_sigma(sigma):
    frame = blotches(3, SIZE, sigma, grain=0)
    width = edge_width(frame, np.ones(SIZE[::-1], np.bool_))
    assert width is not None
    assert width == pytest.approx(np.sqrt(2 * np.pi) * np.hypot(sigma, 0.6), rel=0.15)


def ratio(patch: Patch, measure):
    found = inserted(composite(patch))
    assert found is not None
    theirs, own = measure(found.frame, found.body()), measure(found.own, found.users())
    assert theirs is not None and own is not None
    return theirs / own


def test_a_layer_as_sharp_as_the_user_passes_and_others_do_not():
    assert 0.8 <= ratio(layer(), edge_width) <= 1.25
    assert ratio(layer(soft_px=2.4), edge_width) > 1.25
    assert ratio(layer(soft_px=0), edge_width) < 0.8


def test_a_layer_as_noisy_as_the_user_passes_and_others_do_not():
    assert 0.8 <= ratio(layer(), noise_level) <= 1.25
    assert ratio(layer(grain=4), noise_level) > 1.25
    assert ratio(layer(grain=0), noise_level) < 0.8


@settings(max_examples=15, deadline=None)
@given(st.floats(1.0, 6.0), st.integers(0, 99))
def test_noise_is_told_in_grey_levels_and_texture_is_not_noise(grain, seed):
    everywhere = np.ones((240, 240), np.bool_)
    measured = noise_level(blotches(seed, (240, 240), grain=grain), everywhere)
    rng = np.random.default_rng(seed)
    flat = noise_level(np.rint(rng.normal(120, grain, (240, 240, 1)).repeat(3, 2)).astype(np.uint8), everywhere)
    assert measured is not None and flat is not None
    assert measured == pytest.approx(flat, rel=0.3)
    assert 0.6 * grain < measured < 1.1 * grain


def test_too_small_a_region_says_nothing():
    frame, tiny = blotches(3, SIZE), np.zeros(SIZE[::-1], np.bool_)
    assert edge_width(frame, tiny) is None and noise_level(frame, tiny) is None
    tiny[50:60, 50:60] = True
    assert edge_width(frame, tiny) is None and noise_level(frame, tiny) is None
    flat = np.full_like(frame, 90)
    assert edge_width(flat, np.ones_like(tiny)) is None
    assert noise_level(flat, np.ones_like(tiny)) == FLOOR


def test_one_changed_pixel_is_found():
    painted = composite(layer())
    share, untouched = changed_share(painted) or (None, 0)
    assert share == 0 and 0.7 < untouched < 0.9
    frame = painted.frame.copy()
    frame[3, 5, 1] ^= 1
    share, _ = changed_share(replace(painted, frame=frame)) or (0, 0)
    assert share > 0
    assert changed_share(replace(painted, touched=np.full(SIZE[::-1], 255, np.uint8))) is None
    assert changed_share(replace(painted, own=None)) is None
