"""A hand or a cup before an actor's face is left as it is; light, smiles and the reference frame are no hands."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from face_people import Person
from hypothesis import given, settings
from hypothesis import strategies as st
from small_people import small
from test_face import turned

from studio.animatic.face import mesh
from studio.animatic.face.occluder import turned_away
from studio.animatic.face.reager import Reager, prepare


@cache
def old(actor: Path, name: str) -> Reager:
    person = small(actor, name)
    made = {"from_years": 28, "to_years": 75, "sex": person.sex, "rng": np.random.default_rng(3)}
    return prepare(person.frame, person.face_px, person.matte, **made)


@pytest.fixture(params=["a", "b"])
def person(request, actor) -> tuple[Person, Reager]:
    return small(actor, request.param), old(actor, request.param)


def change(reager: Reager, frame: np.ndarray, person: Person) -> np.ndarray:
    """(h, w) how much age changes every pixel of the frame."""
    before: list[np.ndarray] = []
    after, alpha, *_ = reager.recoloured(frame, person.face_px, person.matte, before=before)
    x0, y0, x1, y1 = reager.crop_px
    height, width = frame.shape[:2]
    out = np.zeros((height, width), np.float32)
    part = (np.abs(after - before[0]).mean(-1) * (alpha > 0.9))[max(-y0, 0) :, max(-x0, 0) :]
    part = part[: min(y1, height) - max(y0, 0), : min(x1, width) - max(x0, 0)]
    out[max(y0, 0) : max(y0, 0) + part.shape[0], max(x0, 0) : max(x0, 0) + part.shape[1]] = part
    return out


def covered_by(person: Person, colour, marks: tuple[int, int], width_ipd: float) -> tuple[np.ndarray, np.ndarray]:
    """The frame with a soft-edged bar from one landmark to another, and where it is."""
    ipd = mesh.pose_of(person.face_px).ipd_px
    drawn = np.zeros(person.frame.shape[:2], np.uint8)
    ends = (tuple(int(v) for v in person.face_px[k, :2]) for k in marks)
    cv2.line(drawn, *ends, 255, round(width_ipd * ipd))
    share = cv2.GaussianBlur(drawn, (0, 0), 0.8).astype(np.float32)[..., None] / 255
    frame = np.rint(person.frame * (1 - share) + np.array(colour) * share).astype(np.uint8)
    return frame, share[..., 0]


@pytest.mark.parametrize("colour", [(60, 90, 160), (170, 30, 30), (240, 240, 238)])
def test_a_thing_before_the_face_stays_as_it_is(person, colour):
    who, reager = person
    frame, where = covered_by(who, colour, (50, 425), 0.5)
    ipd = mesh.pose_of(who.face_px).ipd_px
    inner = cv2.erode(where, np.ones((2 * round(0.1 * ipd) + 1,) * 2)) > 0.99
    forehead = np.zeros_like(inner)
    x, y = who.face_px[151, :2].astype(int)
    forehead[y - 8 : y + 9, x - 20 : x + 21] = True
    plain, with_thing = change(reager, who.frame, who), change(reager, frame, who)
    assert plain[inner].mean() > 3
    assert with_thing[inner].mean() < 0.3 * plain[inner].mean()
    assert with_thing[forehead].mean() == pytest.approx(plain[forehead].mean(), rel=0.1), "elsewhere it is as old"


def test_a_hand_of_the_faces_own_colour_is_seen_where_it_is_in_shade(actor):
    """On light skin; on dark skin a hand in shade differs no more than folds do."""
    who, reager = small(actor, "a"), old(actor, "a")
    at = who.face_px[[50, 280, 205, 425], :2].astype(int)
    cheek = np.median(who.frame[at[:, 1], at[:, 0]], axis=0)
    frame, where = covered_by(who, 0.66 * cheek, (70, 205), 0.45)
    ipd = mesh.pose_of(who.face_px).ipd_px
    inner = cv2.erode(where, np.ones((2 * round(0.08 * ipd) + 1,) * 2)) > 0.99
    plain, with_hand = change(reager, who.frame, who), change(reager, frame, who)
    assert with_hand[inner].mean() < 0.6 * plain[inner].mean()


@pytest.mark.parametrize("light", [0.8, 1.15])
def test_other_light_is_no_hand(person, light):
    who, reager = person
    slope = np.linspace(0.93, 1.07, who.frame.shape[1])[None, :, None]
    frame = np.clip(who.frame * light * slope, 0, 255).astype(np.uint8)
    oval = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillConvexPoly(oval, cv2.convexHull(who.face_px[list(mesh.OVAL), :2].astype(np.int32)), 1)
    plain, lit = change(reager, who.frame, who), change(reager, frame, who)
    assert lit[oval > 0].mean() > 0.75 * light * plain[oval > 0].mean()


@given(st.floats(-80, 80), st.floats(-80, 80))
@settings(deadline=None, max_examples=40)
def test_a_turning_face_loses_its_age_smoothly(yaw, other):
    def lost(angle: float) -> np.ndarray:
        face = turned(angle)
        found = turned_away(mesh.vertex_normals(face)[None].astype(np.float32), mesh.pose_of(face))
        return np.zeros(468) if found is None else found[0]

    one, two = lost(yaw), lost(other)
    assert one.min() >= 0 and one.max() <= 1
    if abs(yaw) < 28:
        assert one.max() == 0
    if abs(yaw) > 78:
        assert one.min() > 0.9
    assert np.abs(one - two).max() < 0.02 + 0.12 * abs(yaw - other)
