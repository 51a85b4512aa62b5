from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.compose.cutout import Cutout, premultiplied
from studio.compose.plate import choose_frames, make_plate
from studio.compose.plate_align import Aligner, between, shift
from studio.compose.plate_fill import fill, membrane
from studio.core.people import CameraMotion, Tracks

H, W = 160, 216


class Store(dict):
    """Frames in memory, with the spool's interface."""

    def get(self, frame):
        return self[frame].copy()


def scene(rng) -> np.ndarray:
    """A wall with enough corners to follow, larger than a frame."""
    import cv2

    wall = cv2.resize(rng.integers(60, 200, (27, 34, 3), np.uint8), (W + 60, H + 60), interpolation=cv2.INTER_CUBIC)
    return np.clip(wall, 0, 255).astype(np.uint8)


def clip(wall, *, steps=None, reach=80, noise=0.0, gains=None):
    """A dark person who walks from left to right; the camera is moved by ``steps`` (n, 2)."""
    rng = np.random.default_rng(5)
    count = 24
    steps = np.zeros((count, 2)) if steps is None else steps
    frames, mattes = Store(), np.zeros((count, H, W), np.uint8)
    for i in range(count):
        x, y = (round(v) for v in 30 - steps[i])
        picture = wall[y : y + H, x : x + W].astype(np.float32)
        left = 30 + reach * i // (count - 1)
        mattes[i, 50:, left : left + 50] = 255
        picture[50:, left : left + 50] = (20, 30, 90)
        if gains is not None:
            picture = picture * gains[i]
        frames[i] = np.clip(picture + rng.normal(0, noise, picture.shape) + 0.5, 0, 255).astype(np.uint8)
    points = np.full((count, 33, 3), 100, np.float32)
    points[:, :, 0] = 55 + reach * np.arange(count)[:, None] // (count - 1)
    tracks = Tracks(
        np.arange(count, dtype=np.int32),
        points,
        np.ones((count, 33), np.float32),
        np.full((count, 478, 3), np.nan, np.float32),
        np.full((count, 2, 21, 3), np.nan, np.float32),
        mattes,
        np.zeros(count, np.float32),
        np.ones(count, np.float32),
        np.ones(count, np.float32),
    )
    return frames, tracks, CameraMotion(not steps.any(), steps.astype(np.float32))


def error(a, b, where=None):
    wrong = np.abs(a.astype(int) - b.astype(int)).mean(axis=2)
    return float(wrong.mean() if where is None else wrong[where].mean())


def test_a_person_who_walks_away_leaves_the_true_wall():
    wall = scene(np.random.default_rng(1))
    frames, tracks, motion = clip(wall, reach=130, noise=3)
    plate = make_plate(frames, tracks, motion)
    assert error(plate.at(10), wall[30:190, 30:246]) < 2.5
    assert plate.confidence.min() > 0 and plate.confidence[:30].min() > 230  # nobody ever stood up there
    assert plate.at(3) is plate.at(20)  # a camera on a stand: nothing is resampled


def test_what_nobody_ever_saw_has_no_confidence_and_is_filled_from_its_surroundings():
    wall = np.full((H + 60, W + 60, 3), (180, 170, 150), np.uint8)
    frames, tracks, motion = clip(wall, reach=4)
    plate = make_plate(frames, tracks, motion)
    hidden = plate.confidence == 0
    assert hidden[110, 55] and not hidden[20, 55]
    assert error(plate.picture, np.full_like(plate.picture, (180, 170, 150)), hidden) < 2


def test_the_plate_follows_a_hand_held_camera():
    wall = scene(np.random.default_rng(2))
    steps = np.stack([np.linspace(0, 18, 24).round(), (6 * np.sin(np.arange(24) / 3)).round()], axis=1)
    frames, tracks, motion = clip(wall, steps=steps, reach=130)
    plate = make_plate(frames, tracks, motion)
    for at in (0, 11, 23):
        free = tracks.matte[at] == 0
        free[:, :20] = free[:, -20:] = False
        assert error(plate.at(at), frames.get(at), free) < 3
        assert error(plate.at((at + 12) % 24), frames.get(at), free) > 6  # another moment is another place
    assert plate.picture.shape[1] > W  # the camera saw more than one frame shows


def test_exposure_that_wanders_does_not_stain_the_plate():
    wall = scene(np.random.default_rng(3))
    frames, tracks, motion = clip(wall, reach=130, gains=np.linspace(0.85, 1.15, 24))
    plate = make_plate(frames, tracks, motion)
    truth = wall[30:190, 30:246].astype(np.float32)
    ratio = (plate.picture.astype(np.float32) / truth).mean(axis=2)
    assert np.ptp([ratio[120, 20:60].mean(), ratio[120, 90:120].mean(), ratio[120, 180:].mean()]) < 0.02


def test_frames_are_chosen_where_they_show_something_new():
    _, tracks, _ = clip(scene(np.random.default_rng(4)), reach=130)
    few = choose_frames(list(range(24)), tracks, (W, H), 4)
    assert len(few) == 4 and few == sorted(few)
    seen = np.any([tracks.matte[frame] == 0 for frame in few], axis=0)
    assert seen.all()
    assert choose_frames([3, 5], tracks, (W, H), 4) == [3, 5]


def test_without_frames_there_is_no_plate():
    frames, tracks, motion = clip(scene(np.random.default_rng(4)))
    with pytest.raises(ValueError, match="no frame"):
        make_plate(Store(), tracks, motion)
    assert make_plate(Store({7: frames[7]}), tracks, motion).picture.shape == (H, W, 3)


@settings(max_examples=15, deadline=None)
@given(st.integers(-9, 9), st.integers(-9, 9))
def test_the_aligner_finds_whole_shifts(dx, dy):
    wall = scene(np.random.default_rng(6))
    here, there = wall[30:190, 30:246], wall[30 - dy : 190 - dy, 30 - dx : 246 - dx]
    nobody = np.zeros((H, W), np.uint8)
    matrix = Aligner(here, nobody).matrix(there, nobody, np.zeros(2, np.float32))
    assert matrix is not None
    moved = matrix @ [100, 100, 1]
    assert np.allclose(moved[:2] / moved[2], [100 - dx, 100 - dy], atol=0.35)


def test_a_blank_wall_cannot_be_aligned():
    blank, nobody = np.full((H, W, 3), 120, np.uint8), np.zeros((H, W), np.uint8)
    assert Aligner(blank, nobody).matrix(blank, nobody, np.zeros(2, np.float32)) is None


@given(st.floats(0, 1), st.floats(-30, 30), st.floats(-30, 30))
def test_half_way_is_half_the_shift(share, dx, dy):
    middle = between(np.eye(3), shift(np.array([dx, dy])), share, (W, H))
    point = middle @ [10, 20, 1]
    assert np.allclose(point[:2] / point[2], [10 + share * dx, 20 + share * dy], atol=1e-3)


def test_a_membrane_through_a_ramp_is_the_ramp():
    ramp = np.repeat(np.linspace(0, 100, 64, dtype=np.float32)[None, :, None], 48, axis=0)
    known = np.ones((48, 64), bool)
    known[15:30, 20:44] = False
    broken = np.where(known[..., None], ramp, 0)
    assert np.abs(membrane(broken, known) - ramp).max() < 2


def test_bricks_go_on_through_the_hole():
    y, x = np.mgrid[:200, :300]
    mortar = (y % 20 < 3) | ((x + 15 * (y // 20 % 2)) % 40 < 3)
    wall = np.where(mortar[..., None], np.uint8([200, 195, 190]), np.uint8([140, 70, 50]))
    hole = np.zeros((200, 300), bool)
    hole[60:140, 120:180] = True
    filled = fill(np.where(hole[..., None], np.uint8(0), wall), hole)
    assert (filled[~hole] == wall[~hole]).all()
    flat = np.where(hole[..., None], wall[~hole].mean(axis=0).astype(np.uint8), wall)
    assert error(filled, wall, hole) < 0.5 * error(flat, wall, hole)


def test_nothing_to_fill_and_nothing_to_fill_from():
    picture = np.full((40, 40, 3), 7, np.uint8)
    assert fill(picture, np.zeros((40, 40), bool)) is picture
    assert fill(picture, np.ones((40, 40), bool)).shape == (40, 40, 3)


def test_a_cutout_is_premultiplied_and_lies_where_the_person_is():
    frames, tracks, motion = clip(scene(np.random.default_rng(8)), reach=130, noise=1)
    cutout = Cutout(frames, tracks, motion)
    patch = cutout.patch(12)
    truth = tracks.matte[12]
    alpha = np.zeros_like(truth)
    height, width = patch.rgba.shape[:2]
    alpha[patch.y_px : patch.y_px + height, patch.x_px : patch.x_px + width] = patch.rgba[..., 3]
    assert np.abs(alpha.astype(int) - truth).mean() < 4
    assert (patch.rgba[..., :3] <= patch.rgba[..., 3:]).all()
    assert np.array_equal(cutout.alpha(12), cutout.alpha(12))


def test_premultiplied_colours_lose_the_background():
    alpha = np.full((4, 4), 128, np.uint8)
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:] = (100, 64, 190)  # half of (200, 0, 120) before half of (0, 128, 260 that is cut to 255)
    behind = np.zeros_like(picture)
    behind[:] = (0, 128, 255)
    rgba = premultiplied(picture, behind, alpha)
    assert np.abs(rgba[0, 0].astype(int) - [100, 0, 63, 128]).max() <= 1
    alpha[:] = 0
    assert not premultiplied(picture, behind, alpha).any()
