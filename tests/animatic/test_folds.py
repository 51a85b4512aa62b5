"""The relief of old skin: whose it is, how it grows, how light shades it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.face import folds, spots
from studio.animatic.face.folds import BRIGHTEST, DARKEST, Gains
from studio.animatic.face.mesh import OVAL, polygon
from studio.animatic.face.old import light_slope, relit
from studio.animatic.face.seen import Seen
from studio.animatic.face.skin import SkinModel
from studio.animatic.face.strokes import Groove, Path, ripples, valleys
from studio.animatic.face.table import layout_uv

SIDE = 150
AGES = (32, 40, 50, 60, 70, 80, 90)


def on_face(plane: np.ndarray) -> np.ndarray:
    inside = polygon(SIDE, layout_uv()[list(OVAL)], 0) > 0.5
    return plane[:SIDE][inside]


def relief(years: float, seed: int, from_years: float = 25, sex: float = 0.0):
    return folds.relief(SIDE, Gains.between(from_years, years), sex, np.random.default_rng(seed))


def model(right: float, down: float) -> SkinModel:
    """Skin lit from the side to which it gets brighter."""
    light = np.array([0.3, right, down, 0.1, 0, 0], np.float32)[:, None] * np.ones(3, np.float32)
    return SkinModel(light, np.array([65, 10, 15], np.float32), np.ones(3, np.float32), 0.0)


def frontal(shape: tuple[int, int], roll_deg: float = 0.0) -> Seen:
    """A face that looks at the camera, rolled."""
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    c, s = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    head = np.dstack([c * x + s * y, c * y - s * x]).astype(np.float32) / 50
    nothing = np.zeros(shape, np.float32)
    normals = np.dstack([nothing, nothing, nothing + 1])
    part = np.s_[0:height, 0:width]
    planes = {field.name: nothing for field in fields(Seen)}
    known = {"ipd_px": 50.0, "part": part, "normals": normals, "head": head}
    return Seen(**(planes | known))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("sex", [0.0, 1.0])
def test_folds_deepen_with_every_decade(seed: int, sex: float):
    energy = [on_face(relief(years, seed, sex=sex)[0]).std() for years in AGES]
    assert np.all(np.diff(energy) > 0), energy
    assert energy[-1] > 5 * energy[0]


def test_two_people_have_other_folds_but_as_much_of_them():
    planes = [on_face(relief(75, seed)[0]) for seed in range(6)]
    deep = np.array([plane.std() for plane in planes])
    assert deep.max() / deep.min() < 1.25, deep
    for one in range(6):
        for two in range(one):
            assert np.corrcoef(planes[one], planes[two])[0, 1] < 0.9
    np.testing.assert_array_equal(planes[2], on_face(relief(75, 2)[0]))


def test_the_same_folds_at_every_age():
    assert np.corrcoef(on_face(relief(60, 3)[0]), on_face(relief(80, 3)[0]))[0, 1] > 0.85


def test_no_face_is_its_own_mirror():
    shade = relief(75, 1)[0][:SIDE]
    assert np.abs(shade - shade[:, ::-1]).mean() > 0.3 * np.abs(shade).mean()


def test_the_old_gain_only_the_difference():
    already, young = (on_face(relief(85, 4, start)[0]).std() for start in (77, 30))
    assert 0 < already < 0.5 * young
    assert Gains.between(60, 40) == Gains(0, 0, 0, 0)


def test_shade_keeps_its_limits():
    shade, height = folds.relief(SIDE, Gains.evenly(1.4), 0.5, np.random.default_rng(0))
    assert DARKEST <= shade.min() < -0.3
    assert 0 < shade.max() <= BRIGHTEST + 1e-6
    assert np.isfinite(height).all()


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1.2), st.floats(0, 1.2), st.integers(0, 2**31))
def test_a_wrinkle_never_gets_shallower(one: float, two: float, seed: int):
    across, along = np.mgrid[0:1:40j, 0:1:40j].astype(np.float32)
    field = ripples(across, along, 0.2, 0.5, np.random.default_rng(seed))
    mask = np.ones_like(field)
    younger, older = (valleys(field, mask, gain) for gain in sorted((one, two)))
    assert (older - younger).min() >= -1e-5
    assert younger.min() >= 0


def test_wrinkles_run_along_and_repeat_across():
    across, along = np.mgrid[0:2:200j, 0:2:200j].astype(np.float32)
    field = ripples(across, along, 0.2, 0.8, np.random.default_rng(0))
    step = 0.1  # half a wave
    shift = round(step / 0.01)
    along_by = np.corrcoef(field[:, shift:].ravel(), field[:, :-shift].ravel())[0, 1]
    across_by = np.corrcoef(field[shift:].ravel(), field[:-shift].ravel())[0, 1]
    assert along_by > 0.6
    assert across_by < 0


def test_the_lit_lip_of_a_fold_changes_with_the_light():
    x, y = folds.plane(SIDE)
    shade, height = np.zeros_like(x), np.zeros_like(x)
    rng = np.random.default_rng(0)
    down = Path.through(np.array([(0.0, 0.2), (0.0, 0.6), (0.0, 1.0)]), rng, 0.0)
    Groove(0.03, 0.3, 0.1, 0.2).cut(shade, height, x, y, down, 1.0, rng)
    slopes = folds.lit(height, SIDE)
    seen = frontal(x.shape)
    row = int((0.6 / 3.4 + 0.4) * SIDE)
    from_left, from_right = (relit(*slopes, seen, model(right, 0.0))[row] for right in (-0.2, 0.2))
    lit_left, lit_right = from_left.argmax() - SIDE / 2, from_right.argmax() - SIDE / 2
    assert lit_left * lit_right < 0 or abs(lit_left - lit_right) > 2
    np.testing.assert_allclose(
        np.sign(from_left[np.abs(from_left) > 0.05]), -np.sign(from_right[np.abs(from_left) > 0.05])
    )
    assert 0.05 < from_left.max() < 0.6


def test_relief_turns_with_the_head():
    """Light from the picture's right on a head that lies on its side is light from the head's above or below."""
    rng = np.random.default_rng(1)
    slope_x, slope_y = rng.normal(0, 0.1, (2, 40, 40)).astype(np.float32)
    lying = relit(slope_x, slope_y, frontal((40, 40), 90), model(0.25, 0.0))
    upright = relit(slope_x, slope_y, frontal((40, 40)), model(0.0, -0.25))
    np.testing.assert_allclose(lying, upright, atol=1e-5)


def test_flat_light_falls_from_above():
    slope = light_slope(model(0, 0), np.array([[[0, 0, 1]]], np.float32))[0, 0]
    assert abs(slope[0]) < 1e-6
    assert slope[1] < -0.1


def test_spots_come_one_by_one_and_stay():
    x, y = folds.plane(SIDE)
    before = np.zeros_like(x)
    shares = []
    for gain in (0.2, 0.5, 0.8, 1.1):
        now = spots.spots(x, y, gain, np.random.default_rng(7))
        assert (now - before).min() >= -1e-6
        assert now.max() <= 1
        shares.append((now > 0.1).mean())
        before = now
    assert np.all(np.diff(shares) > 0)
    assert shares[-1] < 0.12
    assert spots.spots(x, y, 0.0, np.random.default_rng(7)).max() == 0
