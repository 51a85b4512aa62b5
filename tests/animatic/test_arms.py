"""The forearm layer, on drawn arms whose matte is known and on the synthetic actor."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.animatic.arms.forearms import ForearmTrack, forearm_mask, shoulder_width_px

SKIN = (205, 160, 135)
SIZE = (360, 300)  # width, height


def drawn(sleeve: tuple[int, int, int] | None, skin=SKIN) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A trunk with two crossed forearms: frame, true mask, pose."""
    rng = np.random.default_rng(4)
    frame = np.full((SIZE[1], SIZE[0], 3), (150, 155, 160), np.uint8)
    cv2.rectangle(frame, (110, 20), (250, 300), (170, 40, 40), -1)
    truth = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    pose = np.zeros((33, 3), np.float32)
    pose[11, :2], pose[12, :2] = (245, 40), (115, 40)
    pose[23, :2], pose[24, :2] = (225, 290), (135, 290)
    for elbow, wrist, tip, ids in (
        ((280, 120), (190, 170), (150, 192), (13, 15, 19)),
        ((80, 120), (170, 150), (212, 164), (14, 16, 20)),
    ):
        for canvas, colour in ((frame, sleeve or skin), (truth, 255)):
            cv2.line(canvas, elbow, wrist, colour, 24, cv2.LINE_AA)
        for canvas, colour in ((frame, skin), (truth, 255)):
            cv2.line(canvas, wrist, tip, colour, 20, cv2.LINE_AA)
        for index, point in zip(ids, (elbow, wrist, tip), strict=True):
            pose[index, :2] = point
    frame = np.clip(frame + rng.normal(0, 2.5, frame.shape), 0, 255).astype(np.uint8)
    return frame, truth > 127, pose


def masked(frame: np.ndarray, pose: np.ndarray, skin=SKIN) -> np.ndarray:
    hands = np.full((2, 21, 3), np.nan, np.float32)
    person = np.ones((SIZE[1] // 4, SIZE[0] // 4), np.float32)
    return forearm_mask(frame, pose, hands, person, (0, 0, *SIZE), SIZE, shoulder_width_px(pose), skin) > 127


@pytest.mark.parametrize("skin", [SKIN, (92, 60, 46), (238, 205, 185)])
@pytest.mark.parametrize("sleeve", [None, (40, 90, 60)])
def test_drawn_arms_are_found(sleeve, skin) -> None:
    frame, truth, pose = drawn(sleeve, skin)
    found = masked(frame, pose, skin)
    overlap = (found & truth).sum() / (found | truth).sum()
    assert overlap > 0.80


def test_wrists_a_little_off_still_give_arms_and_no_shirt() -> None:
    frame, truth, pose = drawn(None)
    pose[[15, 16], :2] += np.array([[9, -7], [-8, 9]])  # 0.1 shoulder widths, as the pose model errs
    found = masked(frame, pose)
    assert (found & truth).sum() / truth.sum() > 0.85
    assert (found & ~truth).sum() / found.sum() < 0.12


def test_outside_the_person_there_is_no_arm() -> None:
    frame, _, pose = drawn(None)
    hands = np.full((2, 21, 3), np.nan, np.float32)
    nobody = np.zeros((75, 90), np.float32)
    mask = forearm_mask(frame, pose, hands, nobody, (0, 0, *SIZE), SIZE, shoulder_width_px(pose), SKIN)
    assert mask.max() == 0


def test_between_two_masks_they_are_blended() -> None:
    masks = np.zeros((2, 4, 4), np.uint8)
    masks[1] = 200
    track = ForearmTrack((0, 0, 4, 4), np.array([10, 14], np.int32), masks)
    assert track.at(10.0).max() == 0 and track.at(14.0).min() == 200
    assert abs(int(track.at(12.0)[0, 0]) - 100) <= 1
    assert track.at(99.0).min() == 200 and track.at(0.0).max() == 0


@pytest.mark.parametrize(("name", "skin"), [("clip_c", (222, 195, 178)), ("clip_d", (78, 50, 40))])
def test_the_synthetic_actor(actor: Path, name: str, skin) -> None:
    """Bare and sleeved arms; the layer holds both forearms and lies within the actor."""
    frame = cv2.cvtColor(cv2.imread(str(actor / name / "frame_110.png")), cv2.COLOR_BGR2RGB)
    joints = json.loads((actor / name / "joints.json").read_text())["data"][110]["joints"]
    places = {"left_shoulder": 11, "right_shoulder": 12, "left_elbow": 13, "right_elbow": 14, "left_wrist": 15}
    places |= {"right_wrist": 16, "left_index": 19, "right_index": 20, "left_hip": 23, "right_hip": 24}
    pose = np.zeros((33, 3), np.float32)
    for joint, index in places.items():
        pose[index, :2] = joints[joint][:2]
    height, width = frame.shape[:2]
    box = (0, 0, width, height)
    hands = np.full((2, 21, 3), np.nan, np.float32)
    person = np.ones((height // 8, width // 8), np.float32)
    mask = forearm_mask(frame, pose, hands, person, box, (width, height), shoulder_width_px(pose), skin) > 127
    for elbow, wrist in ((13, 15), (14, 16)):
        along = pose[elbow, :2] + np.linspace(0.15, 0.95, 9)[:, None] * (pose[wrist, :2] - pose[elbow, :2])
        x, y = np.rint(along).astype(int).T
        assert mask[y, x].mean() > 0.85
    neck_x, neck_y = np.rint((pose[11, :2] + pose[12, :2]) / 2 + [0, -18]).astype(int)
    assert not mask[neck_y - 5 : neck_y + 5, neck_x - 10 : neck_x + 10].any()
