"""Hair is found on drawn heads and on the actors; skin, clothes, hats and walls are not hair."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hair_people import IPD_PX, Head, drawn, iou, of_actor, with_hat
from small_people import small

from studio.animatic.face import hair_raster

HEADS = {
    "dark": {},
    "long": {"long": True},
    "blond": {"hair_lab": (58, 7, 26), "skin_lab": (68, 13, 15)},
    "white": {"hair_lab": (66, 0, 3)},
    "black on dark skin": {"hair_lab": (11, 0, 0), "skin_lab": (32, 12, 16)},
    "white on dark skin": {"hair_lab": (55, 0, 1), "skin_lab": (32, 12, 16)},
    "long and red": {"hair_lab": (34, 22, 30), "skin_lab": (70, 11, 14), "long": True, "cloth_lab": (40, -5, -20)},
    "dyed blue": {"hair_lab": (38, 5, -32)},
}


@pytest.mark.parametrize("name", HEADS)
def test_drawn_hair_is_found(name):
    head = drawn(**HEADS[name])
    model = head.model()
    assert model.present
    assert iou(head.mask(model) * head.alpha, head.hair) > 0.80


@pytest.mark.parametrize("name", ["a", "b"])
def test_the_actors_hair_is_found(name, actor):
    head = of_actor(small(actor, name))
    mask = head.mask(head.model())
    x, y = head.grid[..., 0], head.grid[..., 1]
    counted = (head.alpha > 0.95) & (y < (1.7 if name == "a" else 0.0)) & (np.abs(x) < 2)
    assert iou(mask * counted, head.hair * counted) > 0.80
    assert mask[(np.abs(x) < 0.7) & (np.abs(y) < 0.6)].max() < 0.05


@pytest.mark.parametrize("skin_lab", [(66, 12, 17), (32, 12, 16)])
def test_a_bald_head_has_none(skin_lab):
    head = drawn(skin_lab, bald=True)
    model = head.model()
    assert not model.present
    assert head.mask(model).max() == 0


@pytest.mark.parametrize("lab", [(40, -25, 12), (25, 8, -35), (42, 55, 35)])
@pytest.mark.parametrize("long", [False, True])
def test_a_hat_is_not_hair(lab, long):
    head, hat = with_hat(drawn(long=long), lab)
    mask = head.mask(head.model())
    assert mask[hat > 0.9].mean() < 0.02
    if long:
        below = (head.hair > 0.9) & (head.grid[..., 1] > -0.3)
        assert mask[below].mean() > 0.8


def test_a_fringe_is_hair():
    bare, fringed = drawn(), drawn(fringe=True)
    y, x = fringed.grid[..., 1], fringed.grid[..., 0]
    forehead = (np.abs(x) < 0.7) & (y > -0.95) & (y < -0.6)
    assert fringed.mask(fringed.model())[forehead].mean() > 0.85
    assert bare.mask(bare.model())[forehead].mean() < 0.05


@pytest.mark.parametrize("long", [False, True])
def test_a_jumper_of_the_hairs_colour_is_not_hair(long):
    head = drawn(cloth_lab=(20, 4, 7), long=long)
    chest = (head.grid[..., 1] > 3.2) & (head.alpha > 0.9)
    assert head.mask(head.model())[chest].mean() < 0.02


def test_a_wall_taken_for_the_person_is_not_hair():
    """A bad matte adds a piece of the wall beside the head."""
    head = drawn()
    alpha = head.alpha.copy()
    x, y = head.grid[..., 0], head.grid[..., 1]
    wall = (x > 1.75) & (x < 2.6) & (y > -1.5) & (y < 0.5)
    alpha[wall] = 1
    worse = Head(head.rgb, alpha, head.face_px, head.skin, head.hair)
    assert worse.mask(worse.model())[wall & (x > 2.0)].mean() < 0.05


def test_the_mask_moves_with_the_head():
    head = drawn(long=True)
    model = head.model()
    turn = cv2.getRotationMatrix2D((3.5 * IPD_PX, 3.3 * IPD_PX), 8, 1.04) + np.array([[0, 0, 5.3], [0, 0, -3.7]])

    def move(picture):
        return cv2.warpAffine(
            picture, turn, picture.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    face = np.c_[np.c_[head.face_px[:, :2], np.ones(478)] @ turn.T, head.face_px[:, 2]].astype(np.float32)
    moved = Head(move(head.rgb), move(head.alpha), face, head.skin, move(head.hair))
    assert iou(moved.mask(model), move(head.mask(model))) > 0.95


def test_a_bending_head_shows_more_crown_and_a_collar_that_is_no_hair():
    """The face sinks by 0.7 ipd against hair and jumper, as in a nod."""
    head = drawn(long=True, hair_lab=(24, 6, 10), cloth_lab=(40, 50, 32))
    model = head.model()
    face = head.face_px + np.array([0, 0.7 * IPD_PX, 0], np.float32)
    nod = Head(head.rgb, head.alpha, face, head.skin, head.hair)
    mask, y = nod.mask(model), nod.grid[..., 1]
    crown = (head.hair > 0.95) & (head.alpha > 0.95) & (y < -1.3)
    assert mask[crown].mean() > 0.9
    below = (head.hair < 0.02) & (head.alpha > 0.95) & (y > 1.2)
    assert mask[below].mean() < 0.02


def test_the_raster_carries_what_was_unfolded():
    head = drawn()
    smooth = np.sin(head.grid[..., 0]).astype(np.float32)
    back = hair_raster.carry(hair_raster.unfold(smooth, head.grid), head.grid)
    middle = (np.abs(head.grid) < 2).all(-1)
    np.testing.assert_allclose(back[middle], smooth[middle], atol=0.02)
    half = hair_raster.carry(hair_raster.unfold(smooth, head.grid), head.grid, 2)
    assert half.shape == tuple(-(-side // 2) for side in smooth.shape)
    np.testing.assert_allclose(cv2.resize(half, smooth.shape[::-1])[middle], smooth[middle], atol=0.04)
