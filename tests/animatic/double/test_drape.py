"""The simulated cloth: it settles, stays on its body, and answers to arms that press on it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.double.drape import FABRICS, Press, press_of, settle
from studio.animatic.double.figure import build_of
from studio.animatic.double.trunk import form_of

BUILD = build_of(30, 0.5)
ACROSS = (Press((-0.6, 0.5), (0.3, 0.6)),)


def axes(form) -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(-0.06, 0.06, 60, dtype=np.float32)[None]
    return x, np.linspace(form.shoulder_y + 0.02, form.hem - 0.02, 120, dtype=np.float32)[:, None]


@pytest.mark.parametrize("garment", FABRICS)
def test_cloth_lies_on_the_body_and_hangs_from_the_shoulders(garment: str) -> None:
    drape = settle(form_of(BUILD, garment), garment, 1.0, ACROSS, 3)
    height, shift = drape.moved[..., 2], drape.moved[..., :2]
    assert np.isfinite(drape.moved).all()
    assert height.min() > -1e-4 and height.max() <= 0.031
    assert np.abs(shift[0]).max() < 0.006, "pinned at the collar"
    assert np.abs(shift).max() < 0.05


def test_folds_are_many_and_not_alike_on_both_sides() -> None:
    form = form_of(BUILD, "tee")
    _, _, fold = settle(form, "tee", 0.0, (), 3).on(*axes(form))
    assert fold.std() > 0.0008
    assert np.abs(fold - fold[:, ::-1]).mean() > 0.4 * fold.std()


def test_the_same_seed_hangs_the_same() -> None:
    form = form_of(BUILD, "shirt")
    first = settle(form, "shirt", 0.5, (), 1).moved
    settle.cache_clear()
    assert np.array_equal(first, settle(form, "shirt", 0.5, (), 1).moved)
    assert not np.array_equal(first, settle(form, "shirt", 0.5, (), 2).moved)


def test_a_forearm_flattens_what_it_lies_on_and_gathers_the_rest() -> None:
    form = form_of(BUILD, "tee")
    x, y = axes(form)
    free = settle(form, "tee", 1.0, (), 3).on(x, y)
    held = settle(form, "tee", 1.0, ACROSS, 3).on(x, y)
    width = 2 * form.shoulder_half
    on_arm = slice(*np.searchsorted(y[:, 0], [form.shoulder_y + 0.50 * width, form.shoulder_y + 0.60 * width]))
    assert held[2][on_arm].std() < held[2].std()
    assert np.abs(held[2] - free[2]).mean() > 0.0005


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.05, 0.05), st.floats(0.0, 1.0))
def test_the_pattern_point_is_where_the_cloth_came_from(x: float, share: float) -> None:
    """Going from the pattern to the picture and back ends where it began."""
    form = form_of(BUILD, "jumper")
    drape = settle(form, "jumper", 0.0, (), 3)
    y = form.shoulder_y + 0.04 + share * (form.hem - form.shoulder_y - 0.08)
    px, py, _ = drape.on(np.float32([[x]]), np.float32([[y]]))
    near, down = (np.float32(v + np.linspace(-2e-4, 2e-4, 3)) for v in (x, y))
    qx, qy, _ = drape.on(near[None], down[:, None])
    assert qx.min() - 1e-6 <= px[0, 0] <= qx.max() + 1e-6 and qy.min() - 1e-6 <= py[0, 0] <= qy.max() + 1e-6
    assert abs(px[0, 0] - x) < 0.05 and abs(py[0, 0] - y) < 0.05


@given(st.floats(0, 6.2), st.floats(20, 400), st.floats(-900, 900))
def test_forearms_are_measured_in_shoulder_widths_whatever_the_picture(turn: float, width: float, shift: float) -> None:
    c, s = np.cos(turn), np.sin(turn)

    def seen(x: float, y: float) -> tuple[float, float]:
        return shift + width * (c * x - s * y), width * (s * x + c * y) - shift

    (press,) = press_of([(seen(-0.6, 0.5), seen(0.25, 0.75))], seen(-0.5, 0), seen(0.5, 0))
    assert np.allclose([*press.start, *press.stop], [-0.6, 0.5, 0.25, 0.75], atol=0.006)
