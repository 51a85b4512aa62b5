"""The fit finds a body that we posed ourselves, the synthetic actors, and says no when it does not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studio.animatic.body import poses
from studio.animatic.body.align import LANDMARKS, align
from studio.animatic.body.camera import AWAY, FACING, Camera
from studio.animatic.body.fit import LEAST_OVERLAP, WORST_ERROR, fit_body, follow
from studio.animatic.body.model import PARTS, Pose, load_body
from studio.animatic.body.shape import Proportions, Shape
from studio.animatic.body.silhouette import Outline, overlap, parts_seen, widen

MODEL = load_body()
CAMERA = Camera.of_clip((360, 640))
PERSON = Shape(30, 0.0, proportions=Proportions(shoulders=1.04, forearms=1.05, thighs=0.97))
GUESS = Shape(30, 0.0)
ACTORS = json.loads((Path(__file__).parent / "actor_landmarks.json").read_text())
# mediapipe's places of our keypoints; 21 and 22 (thumbs) are not ours
SEEN = {name: number for name, number in LANDMARKS.items() if not name.endswith("middle")}


def open_arms(shape: Shape, turn=FACING, depth_m: float = 4.0, forward: float = 0.25) -> tuple:
    rest = MODEL.rest(shape)
    rotations = poses.standing(MODEL, rest)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        aim = np.array([sign, -0.15, forward])
        poses.aim(MODEL, rest, rotations, f"{side}_upper_arm", f"{side}_forearm", aim)
        poses.aim(MODEL, rest, rotations, f"{side}_forearm", f"{side}_hand", aim + [0, 0.2, 0.1])
        rotations[MODEL.bone(f"{side}_hand")] = 0
    turn = np.asarray(turn, np.float32)
    return rest, Pose(rotations, turn, np.array([0.05, 0.85, depth_m], np.float32))


def landmarks(posed, camera: Camera = CAMERA, noise_px: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """What mediapipe would say of a posed body."""
    found = MODEL.keypoints(posed)
    pixels, visibility = np.zeros((33, 3)), np.zeros(33)
    hips_m = (found["left_hip"][2] + found["right_hip"][2]) / 2
    for name, number in SEEN.items():
        place = {"index": "index_1", "pinky": "little_1"}.get(name.split("_")[-1])
        at = posed.joints_m[MODEL.bone(f"{name.split('_')[0]}_{place}")] if place else found[name]
        pixels[number, :2] = camera.project(at)
        pixels[number, 2] = (at[2] - hips_m) * camera.focal_px / hips_m
        visibility[number] = 0.99
    pixels[:, :2] += np.random.default_rng(1).normal(0, 1, (33, 2)) * noise_px
    return pixels, visibility


def matte_of(posed, camera: Camera = CAMERA) -> np.ndarray:
    return (parts_seen(MODEL, posed, camera) != 255).astype(np.float32)


def test_a_posed_body_is_found_again():
    rest, pose = open_arms(PERSON)
    posed = MODEL.pose(rest, pose)
    pixels, visibility = landmarks(posed, noise_px=1.0)
    fit = fit_body(pixels, visibility, matte_of(posed), CAMERA, GUESS)
    assert fit.ok and fit.why == ""
    assert fit.keypoint_error < 0.005
    assert fit.iou > 0.93
    found = MODEL.pose(fit.rest, fit.pose)
    off = np.linalg.norm(found.joints_m - posed.joints_m, axis=1)
    bones = [
        MODEL.bone(f"{s}_{b}") for s in ("left", "right") for b in ("upper_arm", "forearm", "hand", "thigh", "shin")
    ]
    assert off[bones].mean() < 0.08
    assert fit.shape.proportions.forearms == pytest.approx(1.05, abs=0.05)


def test_somebody_seen_from_behind_is_found():
    rest, pose = open_arms(PERSON, AWAY)
    posed = MODEL.pose(rest, pose)
    fit = fit_body(*landmarks(posed), matte_of(posed), CAMERA, GUESS)
    assert fit.ok and fit.keypoint_error < 0.005
    assert MODEL.pose(fit.rest, fit.pose).normals[MODEL.part == PARTS.index("torso"), 2].mean() == pytest.approx(
        posed.normals[MODEL.part == PARTS.index("torso"), 2].mean(), abs=0.1
    )


def test_hips_up_lets_the_legs_stand():
    camera = Camera.of_clip((640, 360))
    rest, pose = open_arms(PERSON)
    pose = Pose(pose.rotations_rad, pose.root_rotation, np.array([0.0, 1.25, 2.9], np.float32))
    posed = MODEL.pose(rest, pose)
    pixels, visibility = landmarks(posed, camera)
    below = pixels[:, 1] > 360
    assert below[[25, 26, 27, 28]].all() and not below[[23, 24]].any()
    pixels[below] += 70
    fit = fit_body(pixels, visibility, matte_of(posed, camera), camera, GUESS)
    assert fit.ok and fit.keypoint_error < 0.005
    found = MODEL.pose(fit.rest, fit.pose)
    hip, ankle = (found.joints_m[MODEL.bone(f"left_{b}")] for b in ("thigh", "foot"))
    assert ankle[1] - hip[1] > 0.6 and np.abs(ankle - hip)[[0, 2]].max() < 0.25


@pytest.mark.parametrize("actor", ACTORS, ids=lambda a: f"{a['clip']}{a['frame']}")
def test_the_synthetic_actors(actor):
    """At most half a percent from mediapipe, and no farther from the true joints than mediapipe is itself."""
    camera = Camera.of_clip(tuple(actor["size_px"]))
    pixels = np.array(actor["pose_px"])
    found = align(MODEL, MODEL.rest(Shape(28, actor["sex"])), pixels, np.array(actor["visibility"]), camera)
    assert found is not None
    assert found.error_px.mean() / found.height_px < 0.005
    rest = MODEL.rest(Shape(28, actor["sex"], proportions=found.proportions))
    ours = MODEL.keypoints(MODEL.pose(rest, found.pose))
    true = {name: np.array(at) for name, at in actor["true_px"].items()}
    off = np.mean([np.linalg.norm(camera.project(ours[n]) - at) for n, at in true.items()]) / found.height_px
    theirs = np.mean([np.linalg.norm(pixels[LANDMARKS[n], :2] - at) for n, at in true.items()]) / found.height_px
    assert off < max(0.012, 1.03 * theirs)


def test_elbows_do_not_bend_backwards():
    rest, pose = open_arms(PERSON)
    pixels, visibility = landmarks(MODEL.pose(rest, pose))
    pixels[:, 2] = -pixels[:, 2] * 3  # depth that lies
    found = align(MODEL, MODEL.rest(GUESS), pixels, visibility, CAMERA)
    assert found is not None
    joints = MODEL.pose(MODEL.rest(GUESS), found.pose).joints_m
    rest = MODEL.rest(GUESS)
    for side in ("left", "right"):
        a, b, c = (joints[MODEL.bone(f"{side}_{n}")] for n in ("upper_arm", "forearm", "hand"))
        turn = found.pose.rotations_rad[MODEL.bone(f"{side}_forearm")]
        r = [rest.joints_m[MODEL.bone(f"{side}_{n}")] for n in ("upper_arm", "forearm", "hand")]
        hinge = np.cross(r[1] - r[0], r[2] - r[1])
        hinge /= np.linalg.norm(hinge)
        bent = np.arccos(np.dot(r[1] - r[0], r[2] - r[1]) / np.linalg.norm(r[1] - r[0]) / np.linalg.norm(r[2] - r[1]))
        assert turn @ hinge > -bent - 0.15
        assert np.linalg.norm(c - b) > 0.15 and np.linalg.norm(b - a) > 0.15


def test_hand_landmarks_turn_the_hand():
    rest, pose = open_arms(PERSON)
    pixels, visibility = landmarks(MODEL.pose(rest, pose))
    wrist = pixels[15, :2]
    hands = np.full((2, 21, 3), np.nan)
    for knuckle, at in ((5, (-4, -14)), (17, (8, -13)), (10, (1, -24))):
        hands[0, knuckle] = *(wrist + at), 0
    rest = MODEL.rest(GUESS)
    without, raised = (align(MODEL, rest, pixels, visibility, CAMERA, h) for h in (None, hands))
    assert without is not None and raised is not None
    up = []
    for found in (without, raised):
        posed = MODEL.pose(MODEL.rest(Shape(30, 0.0, proportions=found.proportions)), found.pose)
        up.append(float(posed.joints_m[MODEL.bone("left_hand"), 1] - posed.joints_m[MODEL.bone("left_middle_2"), 1]))
    assert up[1] > up[0] + 0.04


def test_without_a_trunk_there_is_no_fit():
    rest, pose = open_arms(PERSON)
    posed = MODEL.pose(rest, pose)
    pixels, visibility = landmarks(posed)
    visibility[[23, 24]] = 0.1
    fit = fit_body(pixels, visibility, matte_of(posed), CAMERA, GUESS)
    assert not fit.ok and "hips" in fit.why


def test_another_persons_matte_is_refused():
    rest, pose = open_arms(PERSON)
    posed = MODEL.pose(rest, pose)
    fit = fit_body(*landmarks(posed), np.roll(matte_of(posed), 90, axis=1), CAMERA, GUESS)
    assert not fit.ok and fit.iou < LEAST_OVERLAP and "outline" in fit.why


def test_landmarks_that_no_body_has_are_refused():
    rest, pose = open_arms(PERSON)
    posed = MODEL.pose(rest, pose)
    pixels, visibility = landmarks(posed, noise_px=25.0)
    fit = fit_body(pixels, visibility, matte_of(posed), CAMERA, GUESS)
    assert not fit.ok and fit.keypoint_error > WORST_ERROR and "landmarks" in fit.why


def test_widening_finds_the_clothes():
    rest, pose = open_arms(GUESS)
    heavy, _ = open_arms(Shape(30, 0.0, 1.0))
    outline = Outline.of(matte_of(MODEL.pose(heavy, pose)), CAMERA)
    before = overlap(parts_seen(MODEL, MODEL.pose(rest, pose), CAMERA), outline.matte)
    offsets = widen(MODEL, rest, pose, outline)
    wide = type(rest)(rest.vertices_m + offsets, rest.joints_m, rest.shape)
    after = overlap(parts_seen(MODEL, MODEL.pose(wide, pose), CAMERA), outline.matte)
    assert before < 0.94 and after > before + 0.03
    still = np.isin(MODEL.part, [PARTS.index(p) for p in ("head", "left_hand", "right_hand", "left_foot")])
    assert np.abs(offsets[still]).max() < 0.002
    # along the normals, so that the clothes move with the body
    normals = MODEL.normals(rest.vertices_m)
    assert np.abs(offsets - (offsets * normals).sum(axis=1, keepdims=True) * normals).max() < 1e-5


def test_a_matte_of_another_size_and_kind_means_the_same():
    rest, pose = open_arms(GUESS)
    matte = matte_of(MODEL.pose(rest, pose))
    half = Outline.of((matte[::2, ::2] * 255).astype(np.uint8), CAMERA)
    assert half.matte.max() == pytest.approx(1)
    assert overlap(parts_seen(MODEL, MODEL.pose(rest, pose), half.camera), half.matte) > 0.95


def test_following_keeps_the_person():
    rest, pose = open_arms(PERSON)
    posed = MODEL.pose(rest, pose)
    fit = fit_body(*landmarks(posed), matte_of(posed), CAMERA, GUESS)
    _, moved = open_arms(PERSON, forward=0.6)
    later = MODEL.pose(rest, Pose(moved.rotations_rad, moved.root_rotation, moved.root_m + np.float32([0.1, 0, 0])))
    pixels, visibility = landmarks(later)
    found = follow(fit, pixels, visibility, CAMERA)
    assert found is not None
    ours = MODEL.keypoints(MODEL.pose(fit.rest, found))
    errors = [
        np.linalg.norm(CAMERA.project(ours[n]) - pixels[k, :2])
        for n, k in SEEN.items()
        if "_i" not in n and "_p" not in n
    ]
    assert np.mean(errors) / 330 < 0.008
    assert found.root_m[2] == pytest.approx(fit.pose.root_m[2], abs=0.15)
