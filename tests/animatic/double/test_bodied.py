"""The double as a posed, dressed body with a drawn head."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.body.model import Pose
from studio.animatic.body.poses import standing
from studio.animatic.body.raster import Mesh
from studio.animatic.double.bodied import BodyDouble
from studio.animatic.double.look import DoubleLook
from studio.animatic.double.sprite import DoubleSprite
from studio.animatic.double.stance import DISTANCE, camera_for, holding, tilted, turned_away
from studio.core.people import Light
from tests.animatic.double.people import LIGHT, LOOK

SIZE_PX = 220.0
CAMERA = camera_for(SIZE_PX)
WIDTH, HEIGHT = CAMERA.size_px


@lru_cache(maxsize=32)
def double_of(look: DoubleLook = LOOK, light: Light = LIGHT) -> BodyDouble:
    return BodyDouble(look, light)


def hugging(double: BodyDouble, lean_deg: float = 0.0) -> Pose:
    return turned_away(double.rest, holding(double.model, double.rest), lean_deg)


def drawn(look: DoubleLook = LOOK, light: Light = LIGHT, **how: object) -> DoubleSprite:
    double = double_of(look, light)
    return double.draw(CAMERA, hugging(double), **how)  # type: ignore[arg-type]


def on_camera(sprite: DoubleSprite) -> np.ndarray:
    """(H, W, 4) int, the patch where the camera has it."""
    picture = np.zeros((HEIGHT, WIDTH, 4), int)
    x, y = (-round(v) for v in sprite.anchors["origin"])
    h, w = sprite.patch.shape[:2]
    picture[y : y + h, x : x + w] = sprite.patch
    return picture


def seen_at(sprite: DoubleSprite, name: str) -> np.ndarray:
    """An anchor in the camera's picture."""
    return np.subtract(sprite.anchors[name], sprite.anchors["origin"])


@pytest.mark.parametrize("garment", ["tee", "jumper", "cardigan", "shirt", "hoodie"])
def test_patches_are_premultiplied_and_hold_their_anchors(garment: str) -> None:
    sprite = drawn(replace(LOOK, garment=garment, stripes=garment == "tee"))  # type: ignore[arg-type]
    assert sprite.patch.dtype == np.uint8
    assert (sprite.patch[..., :3] <= sprite.patch[..., 3:]).all()
    assert sprite.patch[..., 3].max() == 255
    for edge in (sprite.patch[0], sprite.patch[-1], sprite.patch[:, 0], sprite.patch[:, -1]):
        assert edge[..., 3].max() <= 8, "nothing is cut off by the sprite's edge"
    height, width = sprite.patch.shape[:2]
    assert set(sprite.anchors) == {
        *("head_top", "neck", "hip", "ground", "origin"),
        *(f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "hand", "hip", "sole")),
    }
    for name, (x, y) in sprite.anchors.items():
        assert name == "origin" or (0 <= x < width and 0 <= y < height), name


def test_the_same_look_is_the_same_picture_and_another_seed_is_not() -> None:
    first, other = drawn(), drawn(replace(LOOK, seed=5))
    again = BodyDouble(LOOK, LIGHT)
    repeated = again.draw(CAMERA, hugging(again))
    assert np.array_equal(first.patch, repeated.patch)
    assert first.anchors == repeated.anchors
    assert not np.array_equal(on_camera(first), on_camera(other))


def test_hair_styles_differ_and_leave_the_body_alone() -> None:
    pictures = [on_camera(drawn(replace(LOOK, hair_style=style))) for style in ("short", "long", "tied", "covered")]  # type: ignore[arg-type]
    low = round(seen_at(drawn(), "hip")[1])
    top = round(seen_at(drawn(), "neck")[1])
    for i, one in enumerate(pictures):
        for other in pictures[i + 1 :]:
            assert np.abs(one[:top] - other[:top]).max() > 40
            assert np.array_equal(one[low:], other[low:])


def test_shoulders_grow_against_the_head_from_child_to_adult() -> None:
    """The outline at the shoulder joints, in head heights."""
    widths = []
    for age in (6.0, 9.0, 13.0, 30.0):
        sprite = drawn(replace(LOOK, age_years=age))
        row = round(sprite.anchors["left_shoulder"][1])
        widths.append((sprite.patch[row, :, 3] > 127).sum() / sprite.head_height_px)
    assert widths == sorted(widths)
    assert widths[0] < 0.85 * widths[-1]


def test_light_from_the_left_lights_the_left() -> None:
    def left_share(x: float) -> float:
        sprite = drawn(light=Light((x, -0.3, 0.6), contrast=0.8))
        tone = sprite.patch[..., :3].astype(float).sum(2)
        return tone[:, : round(sprite.anchors["hip"][0])].sum() / tone.sum()

    assert left_share(-0.8) > left_share(0.8) + 0.03


@settings(max_examples=8, deadline=None)
@given(st.integers(0, WIDTH // 2), st.integers(0, HEIGHT // 2), st.integers(0, 200), st.integers(0, 200))
def test_what_is_wanted_is_drawn_as_ever(x0: int, y0: int, more_x: int, more_y: int) -> None:
    x1, y1 = WIDTH // 2 + 1 + more_x, HEIGHT // 2 + 1 + more_y
    whole, part = drawn(), drawn(within=(x0, y0, x1, y1))
    assert part.patch.shape[0] <= y1 - y0 and part.patch.shape[1] <= x1 - x0
    assert np.array_equal(on_camera(part)[y0:y1, x0:x1], on_camera(whole)[y0:y1, x0:x1])
    assert np.allclose(seen_at(part, "neck"), seen_at(whole, "neck"))


def test_a_body_before_it_hides_it_and_nothing_else_changes() -> None:
    size = double_of().rest.shape.height_m
    nearer = 0.7 * DISTANCE * size
    free = drawn()
    x, y = seen_at(free, "hip")
    half = 15.0
    corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    focal, (cx, cy) = CAMERA.focal_px, CAMERA.centre_px
    plate = np.array([((u - cx) / focal * nearer, (v - cy) / focal * nearer, nearer) for u, v in corners], np.float32)
    hidden = drawn(occluders=(Mesh(plate, np.array([[0, 1, 2], [0, 2, 3], [0, 2, 1], [0, 3, 2]], np.int32)),))
    before, after = on_camera(free), on_camera(hidden)
    inside = np.s_[int(y - half + 3) : int(y + half - 3), int(x - half + 3) : int(x + half - 3)]
    assert before[inside][..., 3].min() > 200
    assert after[inside][..., 3].max() == 0
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[int(y - half - 4) : int(y + half + 5), int(x - half - 4) : int(x + half + 5)] = False
    assert np.array_equal(before[outside][:, 3], after[outside][:, 3])


def test_a_forearm_on_the_back_presses_the_cloth_of_the_trunk_only() -> None:
    free = drawn()
    left, right, hip = (seen_at(free, name) for name in ("left_shoulder", "right_shoulder", "hip"))
    width = float(right[0] - left[0])
    arm = ((left[0] - 0.1 * width, left[1] + 0.5 * width), (left[0] + 0.8 * width, left[1] + 0.6 * width))
    before, after = on_camera(free), on_camera(drawn(forearms_px=(arm,)))
    assert np.array_equal(before[..., 3], after[..., 3]), "the outline stays"
    rows, columns = np.nonzero(np.abs(before - after).max(2))
    assert len(rows) > 200, "it shows"
    assert rows.min() > left[1] - 0.5 * width and rows.max() < hip[1] + 0.5 * width
    assert columns.min() > left[0] - 0.4 * width and columns.max() < right[0] + 0.4 * width


@pytest.mark.parametrize("trousers", [(70, 92, 122), (62, 89, 97)], ids=["nearly the hue", "the hue, darker"])
def test_stripes_end_at_the_hem(trousers: tuple[int, int, int]) -> None:
    """Below the hips the trousers are as they are under a plain top."""
    striped, plain = (drawn(replace(LOOK, stripes=on, trousers_rgb=trousers)) for on in (True, False))
    x, y = (round(v) for v in seen_at(plain, "hip"))
    changed = np.abs(on_camera(striped) - on_camera(plain))[:, x - 20 : x + 20, :3].max(2) > 25
    assert changed[y - 40 : y].mean() > 0.3
    assert changed.any(1).nonzero()[0].max() < y + 0.06 * SIZE_PX


def test_no_cloth_is_pressed_on_who_faces_the_lens() -> None:
    double = double_of()
    away = turned_away(double.rest, standing(double.model, double.rest))
    facing = Pose(away.rotations_rad, np.diag([-1.0, 1.0, -1.0]).astype(np.float32) @ away.root_rotation, away.root_m)
    middle = 0.5 * WIDTH
    arm = ((middle - 30, middle), (middle + 30, middle))
    sprite, pressed = (double.draw(CAMERA, facing, forearms_px=f) for f in ((), (arm,)))
    assert sprite.anchors["left_shoulder"][0] > sprite.anchors["right_shoulder"][0], "the body's own left"
    assert np.array_equal(sprite.patch, pressed.patch)


@pytest.mark.parametrize("degrees", [-12.0, 12.0])
def test_the_drawn_head_goes_and_turns_with_the_bodys(degrees: float) -> None:
    double = double_of(replace(LOOK, hair_style="long", hair_rgb=(10, 250, 10), garment_rgb=(10, 10, 250)))
    upright = holding(double.model, double.rest)

    def hair(rotations: np.ndarray, lean_deg: float = 0.0) -> tuple[float, float]:
        """Middle of what is green, and how much its axis is turned clockwise, in degrees."""
        picture = on_camera(double.draw(CAMERA, turned_away(double.rest, rotations, lean_deg)))
        green = np.maximum(picture[..., 1] - picture[..., [0, 2]].max(2) - 60, 0).astype(float)
        y, x = (axis - (green * axis).sum() / green.sum() for axis in np.mgrid[0:HEIGHT, 0:WIDTH])
        turn = 0.5 * np.arctan2(-2 * (green * x * y).sum(), (green * (y * y - x * x)).sum())
        return float((green.sum(0) * np.arange(WIDTH)).sum() / green.sum()), float(np.degrees(turn))

    middle, straight = hair(upright)
    aside, _ = hair(tilted(double.model, upright, degrees))
    assert (aside - middle) * np.sign(degrees) > 1.0
    _, turned = hair(upright, degrees)
    assert turned - straight == pytest.approx(degrees, abs=4)


def test_sizes_in_between_are_drawn_from_the_same_head() -> None:
    """Walking towards the lens draws strands anew only once every fifth of its size."""
    double = BodyDouble(LOOK, LIGHT)
    heads = [double.draw(camera_for(size), hugging(double)).head_height_px for size in (200.0, 206.0, 212.0)]
    assert heads == sorted(heads) and heads[2] / heads[0] == pytest.approx(212 / 200, rel=0.02)
    assert len(double._heads) <= 2
