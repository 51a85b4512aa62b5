"""What a face's age is read from: on drawn heads whose lines, spots and hair are known."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from studio.animatic.face import mesh
from studio.animatic.face.table import layout_uv
from studio.director.measures import face_age
from tests.director.measures.faces_drawn import IPD, SKIN, head, landmarks, lined, matte

FACE = landmarks()


def lines(picture, face=FACE) -> float:
    flat = face_age.unfold(picture, face)
    return face_age.wrinkles(flat, face_age.skin_seen(flat))


def uneven(picture, face=FACE) -> float:
    flat = face_age.unfold(picture, face)
    return face_age.unevenness(flat, face_age.skin_seen(flat))


@pytest.mark.parametrize("roll_deg", [0, 17])
def test_a_landmark_lies_in_the_layout_where_the_table_has_it(roll_deg):
    face = landmarks(roll_deg=roll_deg)
    for mark in (9, 50, 280, 199):
        picture = np.zeros((420, 420, 3), np.uint8)
        cv2.circle(picture, tuple(np.int32(face[mark, :2])), 4, (255, 255, 255), -1)
        flat = face_age.unfold(picture, face)[..., 0]
        rows, columns = np.nonzero(flat > 100)
        assert np.hypot(*(np.array([columns.mean(), rows.mean()]) - layout_uv()[mark] * face_age.SIDE)) < 2.5


def test_wrinkles_grow_with_depth_and_number_of_lines():
    plain = head(FACE)
    values = [lines(lined(plain, FACE, depth)) for depth in (0, 0.05, 0.1, 0.2)]
    assert all(b > a * 1.05 for a, b in pairwise(values))
    assert lines(lined(plain, FACE, 0.1, 1)) < lines(lined(plain, FACE, 0.1, 2))


def test_wrinkles_do_not_care_for_light_size_and_turn():
    shade = np.linspace(0.6, 1, 420)[None, :, None]
    old = lined(head(FACE), FACE, 0.15)
    known = lines(old)
    assert lines((old * shade).astype(np.uint8)) == pytest.approx(known, rel=0.15)
    large = cv2.resize(old, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    assert lines(large, FACE * np.float32(1.5)) == pytest.approx(known, rel=0.2)
    turned_face = landmarks(roll_deg=12)
    assert lines(lined(head(turned_face), turned_face, 0.15), turned_face) == pytest.approx(known, rel=0.2)


def test_dark_lines_count_more_than_bright_ones():
    flat = face_age.unfold(head(FACE), FACE)
    skin = face_age.skin_seen(flat)
    row, middle = int(layout_uv()[151, 1] * face_age.SIDE), face_age.SIDE // 2
    found = []
    for colour in ((165, 120, 100), (245, 200, 176)):
        marked = flat.copy()
        cv2.line(marked, (middle - 20, row), (middle + 20, row), colour, 1, cv2.LINE_AA)
        found.append(face_age.wrinkles(marked, skin) ** 2 - face_age.wrinkles(flat, skin) ** 2)
    assert found[0] > 1.4 * found[1] > 0  # a bright line has a dark side on either hand


def test_spots_make_skin_uneven_and_light_does_not():
    plain = head(FACE)
    rng = np.random.default_rng(2)
    spotted = plain.copy()
    for mark in rng.choice(468, 120, replace=False):
        cv2.circle(spotted, tuple(np.int32(FACE[mark, :2])), 4, (175, 120, 95), -1, cv2.LINE_AA)
    assert uneven(spotted) > 1.3 * uneven(plain)
    shaded = (plain * np.linspace(0.75, 1, 420)[None, :, None]).astype(np.uint8)
    assert uneven(shaded) < 1.3 * uneven(plain)


def test_hair_is_grey_by_share():
    alpha = matte()
    shares = [face_age.grey_share(head(FACE, hair=colour), FACE, alpha) for colour in ((60, 42, 30), (165, 163, 160))]
    assert shares[0] is not None and shares[1] is not None
    assert shares[0] < 0.1 and shares[1] > 0.9
    half = head(FACE)
    half[:, :210] = head(FACE, hair=(165, 163, 160))[:, :210]
    share = face_age.grey_share(half, FACE, alpha)
    assert share is not None and 0.3 < share < 0.7


def test_a_bald_or_missing_head_has_no_grey_share():
    assert face_age.grey_share(head(FACE, hair=SKIN), FACE, matte()) is None
    assert face_age.grey_share(head(FACE), FACE, np.zeros((420, 420), np.float32)) is None


def test_a_beard_and_a_hat_are_not_skin():
    plain = head(FACE)
    covered = plain.copy()
    covered[int(FACE[0, 1]) :] = (40, 30, 28)
    flat = face_age.skin_seen(face_age.unfold(plain, FACE))
    left = face_age.skin_seen(face_age.unfold(covered, FACE))
    rows = np.mgrid[0 : face_age.SIDE, 0 : face_age.SIDE][0] / face_age.SIDE
    chin, brow = rows > layout_uv()[17, 1], rows < layout_uv()[168, 1]
    assert flat[chin].sum() > 100 and left[chin].sum() < 0.05 * flat[chin].sum()
    assert left[brow].sum() > 0.9 * flat[brow].sum()


def test_a_mask_edge_is_a_seam_and_a_smooth_change_is_none():
    flat = face_age.unfold(head(FACE), FACE)
    skin = face_age.skin_seen(flat)
    edge = flat.copy()
    edge[face_age.region(mesh.OVAL, -0.2)] += 14
    smooth = flat + 14
    assert face_age.seam(flat, edge, skin) > face_age.seam(flat, smooth, skin) + 1
    assert face_age.seam(flat, flat, skin) == 0


def test_wax_has_no_grain_and_blurred_eyes_are_not_sharp():
    rng = np.random.default_rng(3)
    rough = np.clip(head(FACE) + rng.normal(0, 5, (420, 420, 3)), 0, 255).astype(np.uint8)
    wax = cv2.GaussianBlur(rough, (0, 0), 2)
    assert face_age.grain(wax, FACE) < 0.3 * face_age.grain(rough, FACE)
    sharp, soft = (face_age.unfold(picture, FACE) for picture in (rough, wax))
    eyes = face_age.eye_region()
    assert face_age.sharpness(soft, eyes) < 0.7 * face_age.sharpness(sharp, eyes)


def test_everything_at_once_is_what_the_single_measures_say():
    picture = lined(head(FACE), FACE, 0.1)
    look = face_age.age_look(picture, FACE, matte())
    assert look.wrinkles == lines(picture) and look.unevenness == uneven(picture)
    assert look.grey == face_age.grey_share(picture, FACE, matte())
    assert mesh.pose_of(FACE).ipd_px == pytest.approx(IPD, rel=0.05)
