"""Glasses painted onto the actors: found, masked, kept straight and free of wrinkles; never seen on bare faces."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from face_people import Person
from small_people import small

from studio.animatic.face import mesh
from studio.animatic.face.glasses import find_glasses, keep_straight, mask
from studio.animatic.face.reager import prepare


@pytest.fixture(params=["a", "b"])
def bare(request, actor) -> Person:
    return small(actor, request.param)


def with_glasses(person: Person, colour=(25, 20, 20), thick_ipd: float = 0.045) -> tuple[Person, np.ndarray]:
    """Round glasses on a person, and where they were painted, (h, w) 0..1."""
    pose = mesh.pose_of(person.face_px)
    drawn = np.zeros(person.frame.shape[:2], np.uint8)
    width = max(1, round(thick_ipd * pose.ipd_px))

    def at(x, y):
        return tuple(round(v * 16) for v in pose.centre_px + pose.ipd_px * (np.array([x, y]) @ pose.axes))

    for side in (-1, 1):
        cv2.circle(drawn, at(0.5 * side, 0.06), round(0.4 * 16 * pose.ipd_px), 255, width, cv2.LINE_AA, 4)
        cv2.line(drawn, at(0.9 * side, 0), at(1.2 * side, -0.03), 255, width, cv2.LINE_AA, 4)
    cv2.line(drawn, at(-0.12, -0.02), at(0.12, -0.02), 255, width, cv2.LINE_AA, 4)
    share = drawn.astype(np.float32)[..., None] / 255
    frame = np.rint(person.frame * (1 - share) + np.array(colour) * share).astype(np.uint8)
    return Person(frame, person.face_px, person.matte, person.sex), share[..., 0]


def test_a_bare_face_has_none(bare):
    pose = mesh.pose_of(bare.face_px)
    found = find_glasses(bare.frame, bare.face_px, pose)
    assert found.present < 0.05
    if found.present == 0:
        assert mask(bare.frame, bare.face_px, pose, found).max() == 0


@pytest.mark.parametrize(("colour", "thick_ipd"), [((25, 20, 20), 0.03), ((25, 20, 20), 0.08), ((235, 230, 225), 0.04)])
def test_glasses_are_found_and_masked(bare, colour, thick_ipd):
    person, drawn = with_glasses(bare, colour, thick_ipd)
    pose = mesh.pose_of(person.face_px)
    found = find_glasses(person.frame, person.face_px, pose)
    assert found.present > 0.9
    seen = mask(person.frame.astype(np.float32), person.face_px, pose, found)
    height, width = drawn.shape
    y, x = np.mgrid[0:height, 0:width]
    # below the eyes nothing but the rim is thin
    lower = (y > pose.centre_px[1] + 0.15 * pose.ipd_px) & (np.abs(x - pose.centre_px[0]) < pose.ipd_px)
    assert seen[lower & (drawn > 0.9)].mean() > 0.75
    cheeks = (y > pose.centre_px[1] + 0.7 * pose.ipd_px) & (y < pose.centre_px[1] + 1.2 * pose.ipd_px)
    assert seen[cheeks].max() < 0.02


def test_glasses_keep_their_colour_on_an_old_face(bare):
    person, drawn = with_glasses(bare)
    made = {"from_years": 28, "to_years": 75, "sex": person.sex, "rng": np.random.default_rng(3)}
    reager = prepare(person.frame, person.face_px, person.matte, **made)
    before: list[np.ndarray] = []
    after, *_ = reager.recoloured(person.frame, person.face_px, person.matte, before=before)
    x0, y0, x1, y1 = reager.crop_px
    height, width = drawn.shape
    inside = np.s_[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    shifted = np.zeros(after.shape[:2], np.float32)
    part = drawn[inside]
    shifted[max(-y0, 0) : max(-y0, 0) + part.shape[0], max(-x0, 0) : max(-x0, 0) + part.shape[1]] = part
    change = np.abs(after - before[0]).mean(-1)
    pose = mesh.pose_of(person.face_px)
    rows = np.arange(change.shape[0])[:, None] + y0
    lower = (rows > pose.centre_px[1] + 0.2 * pose.ipd_px) & (rows < pose.centre_px[1] + 0.6 * pose.ipd_px)
    rim = (shifted > 0.9) & lower
    assert rim.sum() > 50
    assert change[rim].mean() < 4


def test_a_warp_moves_glasses_by_one_similarity(bare):
    person, _ = with_glasses(bare)
    pose = mesh.pose_of(person.face_px)
    found = find_glasses(person.frame, person.face_px, pose)
    height, width = person.frame.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    # eyes grow, cheeks bend, and all is turned and moved
    wave = 0.07 * pose.ipd_px * np.sin(3 * (x - pose.centre_px[0]) / pose.ipd_px)
    field = np.dstack([0.98 * x + 0.05 * y + 3 + wave, 0.98 * y - 0.05 * x - 2 - wave]).astype(np.float32)
    bent = field.copy()
    straight = keep_straight(field, (0, 0), pose, found)
    off_x, off_y = np.abs(straight[..., 0] - pose.centre_px[0]), np.abs(straight[..., 1] - pose.centre_px[1])
    near = (off_x < 0.8 * pose.ipd_px) & (off_y < 0.25 * pose.ipd_px)
    start, end = (x + 1j * y)[near], (straight[..., 0] + 1j * straight[..., 1])[near]
    off = start - start.mean()
    turn = (np.conj(off) @ (end - end.mean())) / (np.conj(off) @ off).real
    rest = np.abs(end - end.mean() - turn * off)
    assert rest.max() < 0.15
    # far away nothing changes, and on the way nothing folds
    far = np.hypot(off_x, off_y) > 2.2 * pose.ipd_px
    np.testing.assert_allclose(straight[far], bent[far], atol=1e-3)
    assert np.diff(straight[..., 0], axis=1).min() > 0.2
    assert np.diff(straight[..., 1], axis=0).min() > 0.2
