"""Landmarks that ride on the skin: a face drawn from noise, moved by known amounts under a mesh that jitters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.animatic.face import mesh, steady
from studio.animatic.face.table import mean_face
from studio.core.frames import Frame

IPD_PX = 50.0
JITTER_PX = 0.6
COUNT = 16
SKIN = np.array([50, 280, 101, 330, 151, 9, 205, 425])
UPPER_LID, LOWER_LID = 159, 145


def face_at(x_px: float, y_px: float) -> NDArray[np.float32]:
    """The mean face, frontal, eyes 50 px apart."""
    points = mean_face(0.5) * (1, -1, -1)
    eyes = points[[33, 133, 263, 362]].mean(0)
    return ((points - eyes) * IPD_PX + (x_px, y_px, 0)).astype(np.float32)


def skin_picture() -> Frame:
    """(360, 300, 3) smooth noise: texture as pores and light make it."""
    import cv2

    noise = np.random.default_rng(3).normal(0, 1, (360, 300)).astype(np.float32)
    grey = 128 + 200 * cv2.GaussianBlur(noise, (0, 0), 2.0) + 500 * cv2.GaussianBlur(noise, (0, 0), 8.0)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)


def shifted(picture: Frame, x_px: float, y_px: float) -> Frame:
    import cv2

    move = np.array([[1, 0, x_px], [0, 1, y_px]], np.float32)
    size = picture.shape[1], picture.shape[0]
    return cv2.warpAffine(picture, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def way(count: int = COUNT) -> NDArray[np.float64]:
    """(n, 2) px a head that starts, stops and starts again."""
    step = np.where(np.arange(count) % 8 < 5, 2.3, 0.15)
    return np.c_[np.cumsum(step), 0.5 * np.cumsum(step)] - (15, 7)


@pytest.fixture(scope="module")
def moving() -> tuple[list[Frame], NDArray[np.float32], NDArray[np.float32]]:
    """Pictures, true landmarks, landmarks as found."""
    picture, at = skin_picture(), way()
    true = np.stack([face_at(150 + x, 150 + y) for x, y in at])
    found = true + np.random.default_rng(5).normal(0, JITTER_PX, true.shape).astype(np.float32)
    return [shifted(picture, x, y) for x, y in at], true, found


def test_skin_and_landmarks_move_alike(moving) -> None:
    pictures, true, found = moving
    ridden = steady.on_skin(found, pictures)

    def sliding(faces: NDArray) -> float:
        """RMS px by which the landmarks move otherwise than the skin, per frame."""
        off = np.diff(faces - true, axis=0)[:, SKIN, :2]
        return float(np.sqrt((off**2).sum(-1).mean()))

    assert sliding(ridden) < 0.1
    assert sliding(ridden) < 0.4 * sliding(mesh.steady(found)) < sliding(found)
    assert np.abs((ridden - true)[:, SKIN, :2].mean(0)).max() < 1.0, "and they lie where the mesh was found"


def test_a_repeated_picture_has_the_same_landmarks(moving) -> None:
    pictures, _, found = moving
    twice = sorted([*range(COUNT), 4, 9])  # 25 pictures a second brought to 30
    jitter = np.random.default_rng(6).normal(0, JITTER_PX, (len(twice), *found.shape[1:]))
    ridden = steady.on_skin(found[twice] + jitter, [pictures[k] for k in twice])
    np.testing.assert_array_equal(ridden[4], ridden[5])
    np.testing.assert_array_equal(ridden[10], ridden[11])
    assert np.abs(ridden[3] - ridden[4])[SKIN, :2].max() > 1


def test_a_blink_stays_a_blink(moving) -> None:
    pictures, true, found = moving
    found, shut = found.copy(), (true[0, LOWER_LID] - true[0, UPPER_LID])[1]
    blink = np.array([7, 8, 9])
    found[blink, UPPER_LID, 1] += shut
    ridden = steady.on_skin(found, pictures)
    opening = ridden[:, LOWER_LID, 1] - ridden[:, UPPER_LID, 1]
    assert opening[blink].max() < 0.35 * shut
    assert np.delete(opening, blink).min() > 0.65 * shut
    calm = np.delete(opening, [6, *blink, 10])
    assert calm.std() < 1.1 * JITTER_PX, "while open it jitters less than what was found (1.4 of it)"


def test_a_lost_face_is_carried_on_by_its_skin(moving) -> None:
    pictures, true, found = moving
    found = found.copy()
    lost = np.arange(5, 9)
    found[lost] = np.nan
    ridden = steady.on_skin(found, pictures)
    assert np.isfinite(ridden).all()
    assert np.abs((ridden - true)[lost][:, SKIN, :2]).mean() < 1.0
    between = mesh.steady(found)  # which knows nothing of how the head went meanwhile
    assert np.abs((ridden - true)[lost][:, SKIN, :2]).mean() < np.abs((between - true)[lost][:, SKIN, :2]).mean()


def test_no_face_and_a_face_outside_the_picture_are_no_errors(moving) -> None:
    pictures, _, found = moving
    nothing = steady.on_skin(np.full_like(found[:3], np.nan), pictures[:3])
    assert nothing.shape == (3, 478, 3) and np.isnan(nothing).all()
    away = steady.on_skin(found[:4] + np.float32([2000, 0, 0]), pictures[:4])
    assert np.isfinite(away).all()
    one = steady.on_skin(found[:1], pictures[:1])
    np.testing.assert_allclose(one, found[:1], atol=1e-3)
    half = steady.on_skin(found[:6] - np.float32([150, 0, 0]), pictures[:6])
    assert np.isfinite(half).all()


def test_least_squares_solves_its_own_equations() -> None:
    rng = np.random.default_rng(0)
    n, m = 7, 3
    found, pull = rng.normal(size=(n, m, 2)), rng.uniform(0.2, 3, (n, m))
    move, stiff = rng.normal(size=(n - 1, m, 2)), rng.uniform(0.1, 50, (n - 1, m))

    def cost(x: NDArray) -> float:
        lack = (pull[..., None] * (x - found) ** 2).sum()
        return float(lack + (stiff[..., None] * (np.diff(x, axis=0) - move) ** 2).sum())

    best = steady._least_squares(found, pull, move, stiff)
    for _ in range(20):
        assert cost(best) < cost(best + 1e-3 * rng.normal(size=best.shape))
