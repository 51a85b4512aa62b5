"""Flicker: motion is none, boiling is."""

from __future__ import annotations

import cv2
import numpy as np

from studio.director.measures.face_age_flicker import carried_over, flicker, flow
from tests.director.measures.faces_drawn import head, landmarks, lined

FACE = landmarks()


def textured() -> np.ndarray:
    rough = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 60, (420, 420, 3)), (0, 0), 3)
    return np.clip(lined(head(FACE), FACE, 0.3) + rough, 0, 255).astype(np.uint8)


def shifted(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    return cv2.warpAffine(picture, np.float32([[1, 0, x], [0, 1, y]]), picture.shape[1::-1], flags=cv2.INTER_CUBIC)


def test_a_moving_face_does_not_flicker_and_a_boiling_one_does():
    one = textured()
    two = shifted(one, 3, -2)
    motion = flow(one, two)
    assert np.abs(np.median(motion[150:300, 150:300], (0, 1)) - (3, -2)).max() < 0.3
    calm = flicker(one, two, motion, FACE)
    boil = cv2.GaussianBlur(np.random.default_rng(6).normal(0, 90, one.shape), (0, 0), 6)
    boiling = flicker(one, np.clip(two + boil, 0, 255).astype(np.uint8), motion, FACE)
    still = flicker(one, two, np.zeros_like(motion), FACE)
    assert calm.fine < 0.35 * still.fine
    assert boiling.fine > 2 * calm.fine and boiling.wide > 2 * calm.wide


def test_brightness_that_pumps_is_wide_flicker():
    one = textured()
    motion = np.zeros((420, 420, 2), np.float32)
    pumped = flicker(one, np.clip(one * 1.03, 0, 255).astype(np.uint8), motion, FACE)
    noisy = np.clip(one + np.random.default_rng(7).normal(0, 6, one.shape), 0, 255).astype(np.uint8)
    grainy = flicker(one, noisy, motion, FACE)
    assert pumped.wide > 0.6 * pumped.fine and grainy.wide < 0.3 * grainy.fine


def test_the_users_flow_lies_on_the_clone_where_its_landmarks_are():
    motion = np.dstack(np.meshgrid(np.arange(420), np.arange(420))).astype(np.float32)
    moved = FACE + np.float32([12, -8, 0])
    theirs = carried_over(motion, moved, FACE)
    x, y = np.int32(moved[1, :2])
    assert np.abs(theirs[y, x] - (x - 12, y + 8)).max() < 1
    same = carried_over(motion, FACE, FACE)
    assert np.abs(same[100:300, 120:300] - motion[100:300, 120:300]).max() < 0.5
