from __future__ import annotations

import numpy as np

from studio.vision.motion import MotionTracker, camera_motion


def textured(height, width, seed):
    import cv2

    noise = np.random.default_rng(seed).integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def follow(moves, *, person_moves=0):
    world, body = textured(700, 900, 1), textured(300, 120, 2)
    tracker = MotionTracker(640)
    path = []
    for k, (x, y) in enumerate(moves):
        frame = world[100 + y : 580 + y, 100 + x : 740 + x].copy()
        left = 250 + person_moves * k
        frame[150:450, left : left + 120] = body
        matte = np.zeros((240, 320), np.uint8)
        matte[75:225, left // 2 : left // 2 + 60] = 255
        path.append(tracker.step(frame, matte, cut=False))
    return np.array(path)


def test_a_moving_camera_is_followed():
    moves = [(2 * k, -k) for k in range(20)]
    path = follow(moves)
    # The picture's window moves right: the background moves left.
    assert np.abs(path - [(-2 * k, k) for k in range(20)]).max() < 1.0
    assert not camera_motion(path, 640).is_static


def test_a_moving_person_does_not_move_the_camera():
    path = follow([(0, 0)] * 15, person_moves=6)
    assert np.abs(path).max() < 0.3 and camera_motion(path, 640).is_static


def test_a_plain_wall_says_nothing():
    tracker = MotionTracker(320)
    plain, matte = np.full((240, 320, 3), 200, np.uint8), np.zeros((240, 320), np.uint8)
    assert np.array_equal(tracker.step(plain, matte, cut=False), [0, 0])
    assert np.array_equal(tracker.step(plain, matte, cut=False), [0, 0])


def test_the_position_stands_still_over_a_cut():
    tracker = MotionTracker(640)
    matte = np.zeros((240, 320), np.uint8)
    tracker.step(textured(480, 640, 1), matte, cut=False)
    assert np.array_equal(tracker.step(textured(480, 640, 9), matte, cut=True), [0, 0])
