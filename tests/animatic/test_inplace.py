"""The figure in place: its sizes, what its warp reads, what is left alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic import age
from studio.animatic.face import mesh
from studio.animatic.face.reager import Reager
from studio.animatic.face.sitter import Ages
from studio.animatic.face.table import mean_face
from studio.animatic.face.warp import plan_warp
from studio.animatic.inplace.figure import Cut, Figure, cut_by, figure_field, head_warp, plan_figure

IPD = 30.0
SIZE = (500, 900)
GROUND = 860.0
UNCUT = Cut(False, False, False, False)


def face_at(x: float, y: float) -> np.ndarray:
    """(478, 3) the mean adult face, its eyes at (x, y)."""
    face = mean_face(0.5) * np.array([IPD, -IPD, -IPD]) + (x, y, 0)
    return face.astype(np.float32)


def reager(old: float, new: float, sex: float = 0.5) -> Reager:
    """All of a reager that the figure asks for."""
    ages = Ages(old, new, sex)
    sitter = SimpleNamespace(ages=ages, hair=SimpleNamespace(reach_ipd=4.0))
    made: Any = SimpleNamespace(warp=plan_warp(old, new, sex), neck_x_ipd=0.0, sitter=sitter)
    return cast(Reager, made)


FACE = face_at(250, 150)
TOP = 150 - 2.1 * IPD


def field_of(old: float, new: float, ground: float | None, cut: Cut, sex: float = 0.5) -> np.ndarray:
    """(900, 500, 2) where every pixel is read."""
    made = reager(old, new, sex)
    figure = plan_figure(made, FACE, head_top_px=TOP, ground_px=ground, cut=cut)
    shift = mesh.enlarge(figure_field(figure, head_warp(made, FACE), IPD, SIZE), SIZE)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    return shift + np.dstack([x, y])


@pytest.mark.parametrize("sex", [0.0, 1.0])
@pytest.mark.parametrize("years", [4, 7, 10, 13, 16, 20, 70])
def test_a_whole_figure_has_the_stature_of_the_growth_charts(years: float, sex: float) -> None:
    read = field_of(25, years, GROUND, UNCUT, sex)[:, 250, 1]
    crown = float(np.interp(TOP, read, np.arange(SIZE[1])))
    stature = (GROUND - crown) / (GROUND - TOP)
    assert stature == pytest.approx(age.stature_ratio(years, sex) / age.stature_ratio(25, sex), rel=0.02)
    assert read[round(GROUND)] == pytest.approx(GROUND, abs=1.0), "the feet stay on the ground"


@pytest.mark.parametrize("years", [4, 8, 12, 75, 90])
@pytest.mark.parametrize("ground", [GROUND, None])
def test_nothing_folds(years: float, ground: float | None) -> None:
    read = field_of(30, years, ground, Cut(False, False, False, ground is None))
    part = read[round(TOP) : round(GROUND), 130:370]
    across, down = np.diff(part[..., 0], axis=1), np.diff(part[..., 1], axis=0)
    assert across.min() > 0.1 and down.min() > 0.1


@pytest.mark.parametrize("years", [3, 8, 80])
def test_a_body_that_the_edge_cuts_covers_the_edge_and_keeps_its_head(years: float) -> None:
    read = field_of(30, years, None, Cut(left=True, top=False, right=True, bottom=True))
    assert read[-1, :, 1].max() <= SIZE[1] - 1 + 1e-3 and read[-1, :, 1].min() > SIZE[1] - 8
    assert read[:, 0, 0].min() >= -1e-3 and read[:, -1, 0].max() <= SIZE[0] - 1 + 1e-3
    assert np.linalg.norm(read[150, 250] - (250, 150)) < 0.2 * IPD, "the eyes stay where they are"


def test_a_child_is_narrower_below_a_head_of_the_same_size() -> None:
    read = field_of(30, 7, None, Cut(False, False, False, True))
    shoulders = read[150 + round(5 * IPD)]
    assert shoulders[310, 0] - shoulders[190, 0] > 1.15 * 120


def test_the_same_age_moves_nothing() -> None:
    for ground in (GROUND, None):
        read = field_of(41, 41, ground, UNCUT)
        y, x = np.mgrid[: SIZE[1], : SIZE[0]]
        assert np.abs(read - np.dstack([x, y])).max() < 0.25, "less than counts as moved"


@settings(max_examples=20, deadline=None)
@given(st.floats(3, 17), st.floats(0, 1))
def test_an_older_child_is_never_smaller(years: float, sex: float) -> None:
    small, large = (
        plan_figure(reager(30, at, sex), FACE, head_top_px=TOP, ground_px=GROUND, cut=UNCUT)
        for at in (years, years + 1)
    )
    assert large.height >= small.height - 0.004 and large.width >= small.width - 1e-6
    assert large.head >= small.head - 1e-6
    assert isinstance(small, Figure)


def test_edges_that_cut_are_read_off_the_matte() -> None:
    matte = np.zeros((100, 80), np.uint8)
    matte[30:, 20:60] = 255
    assert cut_by(matte) == Cut(False, False, False, True)
    matte[60:70] = 255
    assert cut_by(matte) == Cut(True, False, True, True)
