"""The embrace: nobody inside anybody, hands on backs, joints that joints can do, the user's real parts untouched."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.body.arm import ANGLES, Arm
from studio.animatic.body.camera import FACING
from studio.animatic.body.contact import penetration, solve_embrace
from studio.animatic.body.model import PARTS, Pose, load_body
from studio.animatic.body.poses import aim, standing
from studio.animatic.body.shape import Shape
from studio.animatic.body.skeleton import bone_transforms
from studio.animatic.body.surface import Surface

CASES = {
    "child, arms open": (8, "child", 0.0, "open"),
    "equal, arms hanging": (22, "equal", 0.16, "hanging"),
    "elder, arms open": (76, "equal", -0.14, "open"),
}


@pytest.fixture(scope="module", params=list(CASES))
def hug(request):
    """An adult, fitted in some pose of the arms, embraced."""
    age, kind, aside_m, arms = CASES[request.param]
    model = load_body()
    user, other = model.rest(Shape(30, 0.2)), model.rest(Shape(age, 0.3))
    rotations = standing(model, user)
    if arms == "open":
        for side, out in (("left", 1), ("right", -1)):
            aim(model, user, rotations, f"{side}_upper_arm", f"{side}_forearm", np.array([out, -0.15, 0.25]))
            aim(model, user, rotations, f"{side}_forearm", f"{side}_hand", np.array([out, 0.1, 0.45]))
    pose = Pose(rotations, FACING.astype(np.float32), np.array([0, 1.0, 2.6], np.float32))
    shoulder_y = float(np.mean([other.joints_m[model.bone(f"{side}_upper_arm"), 1] for side in ("left", "right")]))
    raised = 0.08 if kind == "child" else 0.0
    solved = solve_embrace(model, user, pose, other, (aside_m, 1.0 - shoulder_y - raised), kind)
    return SimpleNamespace(
        model=model,
        fitted=pose,
        solved=solved,
        kind=kind,
        aside_m=aside_m,
        user=model.pose(user, solved.user),
        other=model.pose(other, solved.other),
        before=model.pose(user, pose),
        arms={side: (Arm(model, user, side), Arm(model, other, side)) for side in ("left", "right")},
    )


def test_nobody_is_inside_anybody(hug) -> None:
    assert penetration(hug.model, hug.user, hug.other) == pytest.approx(hug.solved.penetration_m)
    assert hug.solved.penetration_m <= 0.010


def test_hands_lie_on_the_other_body(hug) -> None:
    assert set(hug.solved.gaps_m) == {"user_left", "user_right", "other_left", "other_right"}
    assert max(abs(gap) for gap in hug.solved.gaps_m.values()) <= 0.02


def test_bodies_touch(hug) -> None:
    trunk = Surface(hug.model, hug.user, ("torso", "head"))
    assert trunk.distance(hug.other.vertices_m)[0].min() < 0.01


def test_only_the_users_arms_moved(hug) -> None:
    same = np.array([not any(word in name for word in ("arm", "hand", *FINGERS)) for name in hug.model.bones])
    assert np.array_equal(hug.solved.user.rotations_rad[same], hug.fitted.rotations_rad[same])
    assert np.array_equal(hug.solved.user.root_m, hug.fitted.root_m)
    assert np.abs(hug.user.joints_m - hug.before.joints_m)[same].max() < 1e-6
    assert np.abs(hug.user.joints_m - hug.before.joints_m)[hug.model.bone("left_hand")].max() > 0.05


FINGERS = ("thumb", "index", "middle", "ring", "little")


def test_the_users_hands_are_on_the_back_and_seen(hug) -> None:
    """Before the middle of the other's trunk, backs of the hands to the camera, elbows outside its shoulders."""
    trunk = hug.other.vertices_m[hug.model.part == PARTS.index("torso")]
    middle = np.mean([hug.other.joints_m[hug.model.bone(f"{side}_upper_arm"), 0] for side in ("left", "right")])
    for side, out in (("left", 1), ("right", -1)):
        knuckles, elbow = (hug.user.joints_m[hug.model.bone(f"{side}_{name}")] for name in ("middle_1", "forearm"))
        assert knuckles[2] < trunk[np.abs(trunk[:, 1] - knuckles[1]) < 0.05, 2].mean() - 0.02
        assert out * (elbow[0] - middle) > 0.13
        assert abs(knuckles[0] - middle) < 0.18


def test_the_other_stands_where_it_was_put(hug) -> None:
    joints = [hug.other.joints_m[hug.model.bone(f"{side}_upper_arm")] for side in ("left", "right")]
    mid = np.mean(joints, axis=0)
    user_z = np.mean([hug.before.joints_m[hug.model.bone(f"{side}_upper_arm"), 2] for side in ("left", "right")])
    assert mid[2] < user_z
    assert mid[0] / mid[2] == pytest.approx(hug.aside_m / user_z, abs=0.03)  # collar bones move it a little


def test_hands_can_be_moved_down() -> None:
    model = load_body()
    user, other = model.rest(Shape(30, 0.2)), model.rest(Shape(8, 0.3))
    pose = Pose(standing(model, user), FACING.astype(np.float32), np.array([0, 1.0, 2.6], np.float32))
    shoulder_y = float(other.joints_m[model.bone("left_upper_arm"), 1])
    palms = []
    for lower_m in (0.0, 0.08):
        solved = solve_embrace(model, user, pose, other, (0.0, 0.92 - shoulder_y), "child", lower_m=lower_m)
        joints = model.pose(user, solved.user).joints_m
        palms.append(np.mean([joints[model.bone(f"{side}_middle_1"), 1] for side in ("left", "right")]))
    assert 0.03 < palms[1] - palms[0] < 0.25  # y runs down; forearms may pass each other otherwise than before


def test_joints_stay_inside_their_limits(hug) -> None:
    for name, posed in (("user", hug.user), ("other", hug.other)):
        for side in ("left", "right"):
            a, b, c, d = (
                posed.joints_m[hug.model.bone(f"{side}_{bone}")]
                for bone in ("upper_arm", "forearm", "hand", "middle_1")
            )
            elbow, wrist = angle(b - a, c - b), angle(c - b, d - c)
            assert elbow < np.radians(145), (name, side)
            assert wrist < np.radians(72), (name, side)


def angle(one: np.ndarray, two: np.ndarray) -> float:
    """Between two vectors."""
    return float(np.arccos(np.clip(one @ two / np.linalg.norm(one) / np.linalg.norm(two), -1, 1)))


unit = st.floats(0.02, 0.98)


@settings(max_examples=25, deadline=None)
@given(st.lists(unit, min_size=ANGLES, max_size=ANGLES), st.sampled_from(["left", "right"]))
def test_the_chain_is_the_models_arm(shares, side: str) -> None:
    """The few angles, written into a pose, put the model's joints where the chain put its own."""
    model = load_body()
    rest = model.rest(Shape(40, 0.7))
    arm = Arm(model, rest, side)
    angles = arm.low + np.array(shares) * (arm.high - arm.low)
    rotations = np.zeros((len(model.bones), 3))
    arm.write(rotations, angles)
    turns, moves = bone_transforms(model.parents, rest.joints_m, rotations)
    joints = np.einsum("bij,bj->bi", turns, rest.joints_m) + moves
    placed = arm.place(np.eye(3), rest.joints_m[arm.bones[0]], angles)
    chain = [*arm.bones, model.bone(f"{side}_middle_1")]
    assert np.abs(placed.joints_m - joints[chain]).max() < 1e-5


@settings(max_examples=25, deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1), st.floats(0.3, 2.2), st.floats(-3, 3))
def test_a_guess_points_where_it_was_asked_to(x, y, z, bend, roll) -> None:
    upper = np.array([x, y, z])
    if np.linalg.norm(upper) < 0.2:
        return
    upper /= np.linalg.norm(upper)
    side = np.cross(upper, [0.3, 0.8, -0.5])
    side /= np.linalg.norm(side)
    aside = np.cos(roll) * side + np.sin(roll) * np.cross(upper, side)
    fore = np.cos(bend) * upper + np.sin(bend) * aside
    model = load_body()
    arm = Arm(model, model.rest(Shape(40, 0.7)), "left")
    angles = arm.guess(np.eye(3), upper, fore)
    if (np.abs(angles) > 2.59).any():
        return  # cut by a limit
    joints = arm.place(np.eye(3), np.zeros(3), angles).joints_m
    assert angle(joints[2] - joints[1], upper) < 0.02
    assert angle(joints[3] - joints[2], fore) < 0.02


def test_distance_to_a_body_is_signed() -> None:
    model = load_body()
    rest = model.rest(Shape(30, 0.5))
    pose = Pose(np.zeros((len(model.bones), 3)), np.eye(3), np.zeros(3))
    posed = model.pose(rest, pose)
    surface = Surface(model, posed)
    for step in (-0.01, 0.01, 0.03):
        distance, _ = surface.distance(posed.vertices_m + step * posed.normals)
        trunk = model.part == 2
        assert np.median(distance[trunk]) == pytest.approx(step, abs=0.003)
    assert surface.inside(np.array([[0.0, 1.0, 3.0]])) == 0
