"""The ageing benchmark's own judgement, on reports that are made up; what it measures with is tested elsewhere."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from benchmarks import ageing
from benchmarks.ageing_people import moved, over_wall, own, wanted
from benchmarks.ageing_table import CURVES, judge, rounded, tables
from studio.animatic import age
from studio.core.frames import Patch

GOOD = {"width_height": 0.9, "eye_opening": 0.2, "lower_face": 0.6, "wrinkles": 1.0, "unevenness": 2.0, "grey": 0.5}
NOISE = dict.fromkeys(CURVES, 0.01)


def rows(**changes: list[float]) -> dict[float, dict]:
    """Curves at 8, 20, 50 and 80 years, flat but for those given."""
    return {
        years: {name: changes[name][at] if name in changes else value for name, value in GOOD.items()}
        for at, years in enumerate((8.0, 20.0, 50.0, 80.0))
    }


def report() -> dict:
    person = {
        "name": "actor a", "own": GOOD, "curves": rows(), "noise": NOISE, "broken": [], "no_face": [],
        "proxies": {8.0: {"seam": 0.1, "grain": 1.0, "eyes": 1.0}},
    }  # fmt: skip
    clip = {
        "flicker": 1.0, "flicker_wide": 1.0, "flicker_for_contrast": 1.0, "user_grey_levels": 1.0, "found": 44,
        "of": 44, "lost": [], "setup_s": 0.2, "frame_ms": 30.0,
    }  # fmt: skip
    return {
        "people": [person],
        "clips": {"clip 1": {"7": clip, "75": copy.deepcopy(clip)}},
        "identity": {"mesh geometry": 1.0, "insightface": None, "wrong": []},
        "true_ages": {"actor a to child": 0.5},
        "held_out": {"7": 0.4},
        "stature": {"female": {"7": 0.01}},
        "outside": {"changed": 0, "outside": 9, "photos": []},
    }


def test_a_good_report_meets_every_bar_and_what_was_not_measured_is_said():
    bars = judge(report())
    assert {bar.passed for bar in bars} == {True, None}
    assert [bar.name for bar in bars if bar.passed is None] == ["identity kept, insightface, %"]
    assert any(bar.name in line for line in tables(report(), bars) for bar in bars)


@pytest.mark.parametrize(
    ("path", "value", "bar"),
    [
        (("stature", "female", "7"), -0.03, "stature off the CDC share, %"),
        (("clips", "clip 1", "75", "flicker"), 1.3, "flicker over the user's own"),
        (("clips", "clip 1", "7", "frame_ms"), 41.0, "cost per frame, ms"),
        (("clips", "clip 1", "7", "found"), 43, "face found where the user's was, %"),
        (("identity", "mesh geometry"), 0.99, "identity kept, mesh, %"),
        (("true_ages", "actor a to child"), 0.3, "mesh error less, rendered, %"),
        (("outside", "changed"), 1, "pixels changed outside the matte"),
    ],
)
def test_each_bar_can_be_missed(path, value, bar):
    worse = report()
    part = worse
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert [one.name for one in judge(worse) if one.passed is False] == [bar]


def test_a_curve_that_turns_back_is_named_with_its_age():
    assert ageing.broken_curves(rows(), NOISE) == []
    assert ageing.broken_curves(rows(wrinkles=[1, 1.02, 1.0, 1.5]), NOISE) == []
    broken = ageing.broken_curves(rows(wrinkles=[1, 1.5, 1.2, 1.6], eye_opening=[0.2, 0.2, 0.3, 0.2]), NOISE)
    assert [(one["curve"], one["at"]) for one in broken] == [("eye_opening", 50.0), ("wrinkles", 50.0)]
    # the old may become wider or narrower in the face, but not both
    assert ageing.broken_curves(rows(width_height=[1, 0.9, 0.8, 0.7]), NOISE) == []
    assert ageing.broken_curves(rows(width_height=[1, 0.9, 1.0, 1.1]), NOISE) == []
    assert len(ageing.broken_curves(rows(width_height=[1, 0.9, 1.1, 0.8]), NOISE)) == 1


def test_a_face_without_hair_has_no_grey_curve():
    assert ageing.broken_curves(rows(grey=[None, 0.9, None, 0.95]), NOISE) == []  # type: ignore[list-item]


def test_the_age_table_is_the_cdcs_whose_medians_are_written_here_once_more():
    for sex, table in enumerate(ageing.CDC_CM.values()):
        for years, cm in table.items():
            assert age.stature_ratio(years, sex) == pytest.approx(cm / table[20], abs=0.008)


def test_the_drawn_body_grows_as_the_cdc_says():
    off = ageing.stature()
    assert set(off) == {"female", "male"} and len(off["male"]) == 14
    assert max(abs(by) for ages in off.values() for by in ages.values()) <= 0.02


def test_the_users_picture_lies_under_the_patch():
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[30, 40] = 255
    patch = Patch(np.zeros((40, 50, 4), np.uint8), 60, 45)
    seen = own(picture, patch, 2.0)
    rows_, columns = np.nonzero(seen[..., 0] > 100)
    x, y = moved(np.array([[40.5, 30.5, 0.0]]), patch, 2.0)[0, :2]
    assert (columns.mean() + 0.5, rows_.mean() + 0.5) == pytest.approx((x, y), abs=0.3)
    shown, alpha = over_wall(picture, patch, 2.0)
    assert shown.shape == (40, 50, 3) and not alpha.any()


def test_names_and_numbers_for_the_table():
    assert wanted("clip 1", None) and wanted("actor a, hug", ["actor a"]) and not wanted("clip 1", ["clip 2"])
    assert rounded({7.0: (np.float32(1 / 3), float("nan"), np.int64(2))}) == {"7": [0.3333, None, 2]}
