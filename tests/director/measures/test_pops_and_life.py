"""Flips, pops and the life of the face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.scene import Painted
from studio.compose.blend import over, place_patch
from studio.core.frames import Frame
from studio.director.measures.depth_order import flips
from studio.director.measures.face_life import Moment, face_life
from studio.director.measures.pops import glance, second_difference, worst_pop
from tests.director.measures.world import SIZE, blotches, layer

NAMES = ("ground", "user", "double", "arms", "hair")


@given(st.lists(st.sets(st.sampled_from(NAMES)), max_size=12))
def test_layers_may_come_and_go_in_their_order(shown):
    assert flips(tuple(name for name in NAMES if name in some) for some in shown) == 0


@given(st.permutations(NAMES), st.integers(0, 3))
def test_two_neighbours_that_change_places_are_one_flip_and_back_another(order, at):
    swapped = list(order)
    swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
    assert flips([tuple(order), tuple(swapped)]) == 1
    assert flips([tuple(order), (), tuple(swapped), tuple(order)]) == 2


def walk(places: list[float], sizes: list[float] | None = None) -> dict[int, float]:
    """Second differences of a layer that stands at these x, frame by frame."""
    own, patch = blotches(1, SIZE), layer()
    seen = []
    for n, x in enumerate(places):
        size = sizes[n] if sizes else 1.0
        placed = place_patch(patch, (90, 165), (210.0 + x, 380.0), size)
        frame = own.copy()
        over(frame, placed)
        seen.append(glance(Painted(frame, (placed,))))
    found = {k: second_difference(*seen[k - 1 : k + 2]) for k in range(1, len(seen) - 1)}
    return {k: v for k, v in found.items() if v is not None}


def test_even_motion_sway_and_a_walk_that_slows_down_are_no_pops():
    t = np.arange(24)
    for places in (1.5 * t, 6 * np.sin(t / 4), 60 * (1 - 0.8**t)):
        pop = worst_pop(walk(list(places)))
        assert pop is not None and pop[0] <= 3


def test_a_jump_and_a_flicker_are_pops_and_where_they_are_is_told():
    t = np.arange(24)
    sway = 6 * np.sin(t / 4)
    pop = worst_pop(walk(list(sway + 9.0 * (t >= 12))))
    assert pop is not None and pop[0] > 3 and pop[1] in (11, 12)
    pop = worst_pop(walk(list(sway), list(1 + 0.06 * (t == 15))))
    assert pop is not None and pop[0] > 3 and abs(pop[1] - 15) <= 1


def test_what_nobody_sees_is_no_pop_and_too_few_frames_say_nothing():
    assert worst_pop({k: 0.02 + 0.2 * (k == 5) for k in range(12)}) == pytest.approx((0.88, 5))
    assert worst_pop({1: 3.0, 2: 3.0}) is None
    empty = glance(Painted(blotches(1, SIZE)))
    assert second_difference(empty, empty, empty) is None


class Drawn:
    """Knows where the eyes of the drawn faces are, by the width of the picture."""

    def find(self, frame: Frame):
        if frame[0, 0, 0] == 255:
            return None
        unit = frame.shape[1] / 120
        mesh = np.zeros((478, 3), np.float32)
        for corners, x in (((33, 133), 42), ((362, 263), 78)):
            mesh[list(corners), :2] = np.array([x, 50]) * unit
        return mesh


def face(mouth: float, lids: float, scale: float = 1.0) -> Frame:
    """A face with an open mouth and closed lids, as far as asked."""
    import cv2

    fine = 4
    frame = np.full((140 * fine, 120 * fine, 3), 70, np.uint8)
    cv2.ellipse(frame, (60 * fine, 64 * fine), (38 * fine, 50 * fine), 0, 0, 360, (205, 165, 140), -1)
    for x in (42, 78):
        eye = (round(9 * fine), max(1, round(5 * fine * (1 - lids))))
        cv2.ellipse(frame, (x * fine, 50 * fine), eye, 0, 0, 360, (50, 40, 35), -1)
    cv2.ellipse(frame, (60 * fine, 90 * fine), (14 * fine, round((1 + 8 * mouth) * fine)), 0, 0, 360, (120, 40, 40), -1)
    size = (round(120 * scale), round(140 * scale))
    return cv2.GaussianBlur(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), (0, 0), scale)


ACTED = [(0.1, 0.0), (0.6, 0.2), (0.9, 0.9), (0.2, 0.1), (0.0, 0.8), (0.5, 0.0)]


def film_of(acted, scale: float = 2.5) -> list[Moment]:
    moments = []
    for (mouth, lids), real in zip(acted, ACTED, strict=True):
        shown = face(mouth, lids, scale)
        moments.append(Moment(shown, np.zeros(shown.shape[:2], np.uint8), face(*real)))
    return moments


def test_a_live_face_keeps_its_motion_however_large_and_shaded():
    value, note = face_life(film_of(ACTED), Drawn())
    assert value == pytest.approx(1, abs=0.12) and "6 moments" in note
    ramp = np.linspace(0.5, 1, 350)[:, None, None]
    shaded = [replace(m, film=np.rint(m.film * ramp).astype(np.uint8)) for m in film_of(ACTED)]
    value, _ = face_life(shaded, Drawn())
    assert value == pytest.approx(1, abs=0.2)


def test_a_frozen_face_and_a_face_that_hardly_moves_fail():
    value, _ = face_life(film_of([ACTED[0]] * 6), Drawn())
    assert value == pytest.approx(0, abs=0.02)
    value, _ = face_life(film_of([(0.3 + 0.3 * (m - 0.3), 0.3 + 0.3 * (e - 0.3)) for m, e in ACTED]), Drawn())
    assert value is not None and value < 0.8


def test_what_cannot_be_compared_is_said():
    still = [replace(m, clip=face(0.2, 0.2)) for m in film_of(ACTED)]
    assert face_life(still, Drawn()) == (None, "the face keeps still in the clip itself")
    lost = film_of(ACTED)
    for moment in lost[:4]:
        moment.film[0, 0, 0] = 255
    assert face_life(lost, Drawn()) == (None, "the face was found in 2 of 6 moments")
    hidden = [replace(m, cover=np.full(m.cover.shape, 255, np.uint8)) for m in film_of(ACTED)]
    assert face_life(hidden, Drawn()) == (None, "most of the face is hidden")
