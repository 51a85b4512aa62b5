"""Hair greys, comes back from grey, thins and grows lighter: smoothly, monotonely, and only where hair is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hair_people import Head, drawn
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic import age
from studio.animatic.face import hair_colour, hair_thin
from studio.animatic.face.hair import HairModel
from studio.animatic.face.hair_look import HairLook, share_map
from studio.animatic.face.sitter import Ages
from studio.animatic.face.skin import to_lab

KINDS = {
    "dark": {},
    "long": {"long": True},
    "blond": {"hair_lab": (58, 7, 26), "skin_lab": (68, 13, 15)},
    "black": {"hair_lab": (11, 0, 0), "skin_lab": (32, 12, 16)},
    "white": {"hair_lab": (66, 0, 3)},
}


@cache
def known(name: str) -> tuple[Head, HairModel, np.ndarray]:
    head = drawn(**KINDS[name])
    model = head.model()
    return head, model, head.mask(model)


@cache
def woven(name: str, from_years: float, sex: float) -> HairLook:
    """The look for any target age; only its shares depend on that."""
    head, _, mask = known(name)
    return head.look(mask, from_years, from_years, sex)


def changed(
    name: str, to_years: float, from_years: float = 25, sex: float = 0.5, recede: float = 0.0, head: Head | None = None
) -> np.ndarray:
    """The head (or another picture of it) with the hair of another age."""
    reference, model, mask = known(name)
    look = replace(woven(name, from_years, sex), share=share_map(from_years, to_years, sex))
    sitter = SimpleNamespace(ages=Ages(from_years, to_years, sex), hair_look=look, recede=recede, skin=reference.skin)
    rgb, seen = (head or reference).rgb.copy(), reference.seen(mask) if head is None else head.seen(head.mask(model))
    nothing = np.zeros((4, 4), np.float32)
    if to_years < from_years:
        hair_colour.brighten(rgb, seen, sitter)
    else:
        hair_colour.grey(rgb, seen, sitter, nothing, nothing)
    return rgb


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("years", "start"), [(8, 25), (60, 25), (20, 77)])
def test_what_is_not_hair_stays_bit_equal(name, years, start):
    head, _, mask = known(name)
    near = cv2.dilate(mask, np.ones((15, 15), np.uint8))
    assert np.array_equal(changed(name, years, start, recede=0.5)[near == 0], head.rgb[near == 0])


@pytest.mark.parametrize("sex", [0.0, 1.0])
@pytest.mark.parametrize("name", [name for name in KINDS if name != "white"])
def test_hair_greys_steadily(name, sex):
    _, _, mask = known(name)
    inside = cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0.95
    tones = [to_lab(changed(name, years, 25, sex))[inside].astype(float) for years in range(25, 91, 8)]
    light = np.array([tone[:, 0].mean() for tone in tones])
    chroma = np.array([np.hypot(tone[:, 1], tone[:, 2] - 3.5).mean() for tone in tones])
    assert (np.diff(light) > -0.02).all()
    if name != "black":  # it has no chroma to lose
        assert (np.diff(chroma) < 0.1).all()
        assert chroma[-1] < 0.4 * chroma[0]
    assert light[-1] - light[0] > (3 if name == "blond" else 20)
    # no jump: eight years change less than half of the whole
    assert np.diff(light).max() < 0.45 * (light[-1] - light[0])


def test_white_hair_keeps_form_and_stays_below_paper_white():
    _, _, mask = known("dark")
    inside = cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0.95
    light = to_lab(changed("dark", 85))[..., 0][inside]
    assert 50 < np.median(light) < 75
    assert light.std() > 4
    assert np.percentile(light, 99.5) < 90


def test_salt_and_pepper_is_a_fine_mixture():
    head, _, mask = known("dark")
    inside = cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0.95
    rise = (to_lab(changed("dark", 50)) - to_lab(head.rgb))[..., 0]
    soft = cv2.GaussianBlur(rise, (0, 0), 0.2 * head.pose.ipd_px)
    assert rise[inside].mean() > 4
    assert (rise - soft)[inside].std() > 1.5
    # no stripes: it changes down the picture about as fast as across
    across, along = (float(np.abs(np.diff(rise, axis=axis)).mean()) for axis in (1, 0))
    assert 0.4 < across / along < 2.5


def test_men_grey_at_the_temples_first():
    head, _, mask = known("dark")
    x, y = head.grid[..., 0], head.grid[..., 1]
    rise = (to_lab(changed("dark", 45, 25, 1.0)) - to_lab(head.rgb))[..., 0]
    temple = (mask > 0.95) & (np.abs(x) > 1.05) & (y > -0.8)
    top = (mask > 0.95) & (np.abs(x) < 0.5) & (y < -1.5)
    assert rise[temple].mean() > 1.3 * rise[top].mean()


def test_grey_hair_comes_back_to_a_colour():
    _, _, mask = known("white")
    inside = cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0.95
    light = [to_lab(changed("white", years, 77))[..., 0][inside].mean() for years in (76, 65, 55, 45, 30, 20)]
    assert (np.diff(light) < 0.05).all()
    assert light[-1] < 40 < light[0]


def test_dyed_or_young_hair_is_not_brought_back():
    head, _, mask = known("dark")
    assert np.abs(changed("dark", 30, 60) - head.rgb)[mask > 0.9].mean() < 0.5


def test_a_childs_hair_is_lighter_and_warmer():
    head, _, mask = known("dark")
    inside = mask > 0.95
    change = (to_lab(changed("dark", 7)) - to_lab(head.rgb))[inside].mean(0)
    assert 2 < change[0] < 14
    assert change[2] > 0.8


def test_a_receding_hairline_shows_skin_there_alone():
    full, thin = changed("dark", 70, 25, 1.0), changed("dark", 70, 25, 1.0, recede=0.8)
    head, _, mask = known("dark")
    x, y = head.grid[..., 0], head.grid[..., 1]
    moved = np.abs(thin - full).sum(-1)
    corner = (mask > 0.9) & (np.abs(np.abs(x) - 0.75) < 0.2) & (y > -1.4)
    crown = (mask > 0.9) & (y < -1.75)
    assert moved[corner].mean() > 20 > 20 * moved[crown].mean()
    warmer = to_lab(thin)[..., 1] - to_lab(full)[..., 1]
    assert warmer[corner].mean() > 1.5


def test_only_men_recede_by_themselves_and_never_backwards():
    for sex in (0.0, 1.0):
        lost = [hair_thin.usual_recede(25, years, sex) for years in range(25, 91)]
        assert lost[0] == 0
        assert (np.diff(lost) >= 0).all()
        assert lost[-1] <= 0.75
    assert hair_thin.usual_recede(25, 75, 1.0) > 2 * hair_thin.usual_recede(25, 75, 0.0)
    assert hair_thin.usual_recede(60, 30, 1.0) == 0


@given(st.floats(3, 85), st.floats(0, 1), st.floats(0.5, 5))
def test_shares_of_white_grow_with_age_everywhere(years, sex, more):
    younger, older = share_map(20, years, sex), share_map(20, years + more, sex)
    assert (older >= younger - 1e-6).all()
    assert younger.min() >= 0
    assert older.max() <= 1
    assert abs(float(share_map(20, years, sex).mean()) - age.grey_share(years)) < 0.3


def test_nothing_flickers():
    """Noise and sub-pixel motion of the picture come out no stronger than they went in."""
    head, _, mask = known("dark")
    rng = np.random.default_rng(5)
    inside = cv2.erode(mask, np.ones((9, 9), np.uint8)) > 0.95
    before, after = [], []
    for k in range(5):
        shift = np.array([[1, 0, 0.6 * np.sin(k)], [0, 1, 0.5 * np.cos(2 * k)]], np.float32)
        size = head.alpha.shape[::-1]
        rgb = cv2.warpAffine(head.rgb, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        rgb = np.clip(rgb + rng.normal(0, 2.0, rgb.shape).astype(np.float32), 0, 255)
        alpha = cv2.warpAffine(head.alpha, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        face = head.face_px + np.array([*shift[:, 2], 0], np.float32)
        moved = replace(head, rgb=rgb, alpha=alpha, face_px=face)
        back = cv2.invertAffineTransform(shift)
        for frames, picture in ((before, rgb), (after, changed("dark", 55, head=moved))):
            frames.append(cv2.warpAffine(picture, back, size, flags=cv2.INTER_LINEAR)[inside])
    restless = [np.mean([np.abs(a - b).mean() for a, b in pairwise(frames)]) for frames in (before, after)]
    assert restless[1] <= 1.2 * restless[0]
