"""Proportions, curves and whose face it is: on the mean face of the table."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.face.table import displacement, mean_face
from studio.director.measures import face_age_shape as shape
from studio.vision.identity import Face, score_identity
from tests.director.measures.faces_drawn import head, landmarks, matte


@given(st.floats(20, 200), st.floats(-40, 40))
def test_proportions_do_not_change_with_size_and_roll(ipd, roll_deg):
    known = astuple(shape.age_shape(landmarks()))
    assert astuple(shape.age_shape(landmarks(ipd, roll_deg))) == pytest.approx(known, rel=1e-3)


def test_a_child_is_wider_with_larger_eyes_than_the_adult():
    face = mean_face(0.0) * (80, -80, -80)
    child = (mean_face(0.0) + displacement(25, 5, 0.0)) * (80, -80, -80)
    one, other = shape.age_shape(face), shape.age_shape(child)
    assert other.width_height > 1.05 * one.width_height
    assert other.eye_opening > 1.05 * one.eye_opening
    assert other.lower_face > one.lower_face


@given(st.floats(-25, 25), st.sampled_from([5, 12, 70]))
def test_the_age_curve_can_be_undone_at_any_turn(yaw_deg, years):
    turn = np.radians(yaw_deg)
    yaw = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    curve = displacement(25, years, 0.5)
    flip = (90, -90, -90)
    plain = (mean_face(0.5) @ yaw.T * flip).astype(np.float32)
    aged = ((mean_face(0.5) + curve) @ yaw.T * flip).astype(np.float32)
    own, bare, left = (
        Face(shape.undone(face, move, 0.5)) for face, move in ((plain, 0 * curve), (aged, curve), (aged, 0 * curve))
    )
    assert score_identity(bare, own).value > max(0.97, score_identity(left, own).value)


def test_what_the_mesh_follows_of_a_curve_is_found_in_noise():
    rng = np.random.default_rng(4)
    curves = [displacement(25, years, sex) for years in (5, 8) for sex in (0.0, 1.0)]
    seen = [curve * (0.3, 0.7, -0.1) + rng.normal(0, 0.01, curve.shape) for curve in curves]
    assert shape.followed(seen, curves) == pytest.approx([0.3, 0.7, -0.1], abs=0.05)


def test_the_mesh_error_is_a_mean_distance():
    face = mean_face(0.5)
    assert shape.mesh_error(face, face) == 0
    assert shape.mesh_error(face + (0.03, 0, 0.04), face) == pytest.approx(0.05, rel=1e-4)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=12))
def test_a_sorted_curve_never_turns_back_and_its_mirror_does(values):
    rising = sorted(values)
    assert shape.turned_back(rising, 1, 1e-9) is None
    assert shape.turned_back(rising, 0, 1e-9) is None
    broken = shape.turned_back(rising[::-1], 1, 1e-9)
    if max(values) - min(values) > 1e-6:
        assert broken is not None and broken.by == pytest.approx(max(values) - min(values))


def test_where_a_curve_turns_back_is_told_and_noise_is_forgiven():
    curve = [0, 1, 2, 1.9, 3, 2.2]
    broken = shape.turned_back(curve, 1, 0.2)
    assert broken is not None and broken.at == 5 and broken.by == pytest.approx(0.8)
    assert shape.turned_back(curve, 1, 0.85) is None
    # slow drift counts as a whole, not step by step
    drift = [1, 0.95, 0.9, 0.85, 0.8]
    assert shape.turned_back(drift, 1, 0.1) is not None
    # both ways at once is no curve, whichever is asked for
    assert shape.turned_back([0, 1, 0, 1], 0, 0.5) is not None


def test_jittered_pictures_differ_but_little():
    picture, alpha = head(landmarks()), matte()
    copies = list(shape.jittered(picture, alpha, np.random.default_rng(0), 3))
    again = list(shape.jittered(picture, alpha, np.random.default_rng(0), 3))
    assert len(copies) == 3
    for (one, mask), (other, _) in zip(copies, again, strict=True):
        assert (one == other).all() and one.shape == picture.shape and mask.shape == alpha.shape
        assert 0 < np.abs(one.astype(int) - picture).mean() < 15
