"""Neck and ears are found, cloth and hair are not, and they change with the face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from face_people import Person
from small_people import small

from studio.animatic.face import body_skin, mesh
from studio.animatic.face.reager import prepare
from studio.animatic.face.skin import SkinModel, to_lab, to_rgb


@pytest.fixture(params=["a", "b"])
def person(request, actor) -> Person:
    return small(actor, request.param)


def model_of(person: Person) -> SkinModel:
    """The skin's colour from the cheeks alone."""
    at = person.face_px[list(mesh.CLEAN_SKIN), :2].astype(int)
    lab = to_lab(person.frame[at[:, 1], at[:, 0]][None].astype(np.float32))[0]
    return SkinModel(np.zeros((6, 3), np.float32), np.median(lab, 0), np.array([8, 3, 3], np.float32), 0.0)


def neck(person: Person) -> tuple[slice, slice]:
    """A piece of the throat."""
    x, y = person.face_px[mesh.CHIN, :2]
    ipd = mesh.pose_of(person.face_px).ipd_px
    return np.s_[int(y + 0.3 * ipd) : int(y + 0.5 * ipd), int(x - 0.3 * ipd) : int(x + 0.3 * ipd)]


def test_throat_and_face_are_skin_and_the_shirt_is_not(person):
    pose = mesh.pose_of(person.face_px)
    found = body_skin.find(person.frame.astype(np.float32), person.matte, model_of(person), pose.ipd_px)
    assert found.min() >= 0 and found.max() <= 1.0001
    assert found[neck(person)].mean() > 0.8
    x, y = pose.centre_px + (0, 3.6 * pose.ipd_px)
    shirt = found[int(y) - 10 : int(y) + 20, int(x) - 60 : int(x) + 60]
    assert shirt.mean() < 0.05
    assert found[person.matte < 0.02].max() < 0.05


def test_a_hand_anywhere_in_a_frame_is_found(person):
    """A bar of skin at the lower edge, away from the face, on grey cloth."""
    model = model_of(person)
    frame = np.full((200, 300, 3), 128, np.float32)
    hand = np.zeros((200, 300), np.uint8)
    cv2.line(hand, (40, 150), (260, 120), 255, 24)
    skin = to_rgb(model.lab[None, None])[0, 0]
    frame[hand > 0] = 0.85 * skin
    found = body_skin.find(frame, np.ones((200, 300), np.float32), model, 60.0)
    assert found[cv2.erode(hand, np.ones((5, 5))) > 0].mean() > 0.9
    assert found[cv2.dilate(hand, np.ones((9, 9))) == 0].max() < 0.02


@pytest.mark.parametrize("years", [8, 75])
def test_the_neck_follows_the_face(person, years):
    made = {"from_years": 28, "to_years": years, "sex": person.sex, "rng": np.random.default_rng(3)}
    reager = prepare(person.frame, person.face_px, person.matte, **made)
    before: list[np.ndarray] = []
    after, *_ = reager.recoloured(person.frame, person.face_px, person.matte, before=before)
    rows, columns = neck(person)
    x0, y0 = reager.crop_px[:2]
    throat = np.s_[rows.start - y0 : rows.stop - y0, columns.start - x0 : columns.stop - x0]
    lab_before, lab_after = (to_lab(rgb[throat]).reshape(-1, 3).mean(0) for rgb in (before[0], after))
    oval = np.zeros(after.shape[:2], np.uint8)
    ring = person.face_px[list(mesh.OVAL), :2] - reager.crop_px[:2]
    cv2.fillPoly(oval, [np.round(ring).astype(np.int32)], 1)
    factor, red, yellow = body_skin.tone_of(before[0], after, oval.astype(np.float32))
    # lips and brows are in the face's mean, folds are not in the neck's
    assert lab_after[1] - lab_before[1] == pytest.approx(red, abs=2.5)
    assert lab_after[2] - lab_before[2] == pytest.approx(yellow, abs=2.5)
    assert lab_after[0] / lab_before[0] == pytest.approx(factor, abs=0.15)


def test_no_skin_no_change():
    rgb = np.full((40, 40, 3), 90, np.float32)
    body_skin.tone(rgb, np.zeros((40, 40), np.float32), np.array([0.5, 9, 9], np.float32))
    assert (rgb == 90).all()
    np.testing.assert_array_equal(body_skin.tone_of(rgb, rgb, np.zeros((40, 40), np.float32)), [1, 0, 0])
