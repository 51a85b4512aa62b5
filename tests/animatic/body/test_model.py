"""The clothed figure: proportions, kinematics, what a hand looks like, and that it is clothed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic import age
from studio.animatic.body import poses
from studio.animatic.body.camera import FACING
from studio.animatic.body.model import PARTS, Pose, load_body
from studio.animatic.body.shape import Proportions, Shape
from studio.animatic.body.skeleton import bone_transforms, rotation_between, rotation_matrices, rotation_vector

MODEL = load_body()
AGES = (5, 8, 12, 25, 45)


def at_rest(rest, turn=FACING, place=(0.0, 1.0, 4.0), rotations=None):
    rotations = np.zeros((len(MODEL.bones), 3), np.float32) if rotations is None else rotations
    return MODEL.pose(rest, Pose(rotations, np.asarray(turn, np.float32), np.asarray(place, np.float32)))


def head_height(rest) -> float:
    """Chin to crown: the chin is the lowest point of the head's front."""
    head = rest.vertices_m[MODEL.weights[:, MODEL.bone("head")] > 0.9]
    front = head[head[:, 2] > np.percentile(head[:, 2], 60)]
    return float(head[:, 1].max() - front[:, 1].min())


@pytest.mark.parametrize("years", AGES)
@pytest.mark.parametrize("sex", [0.0, 1.0])
def test_stature_follows_the_age_model(years, sex):
    shape = Shape(years, sex)
    rest = MODEL.rest(shape)
    assert np.ptp(rest.vertices_m[:, 1]) == pytest.approx(shape.height_m, rel=0.005)
    assert rest.vertices_m[:, 1].min() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("years", [5, 8, 12])
def test_children_have_the_heads_and_legs_of_the_tables(years):
    child, adult = MODEL.rest(Shape(years, 0.5)), MODEL.rest(Shape(25, 0.5))
    share = [head_height(r) / np.ptp(r.vertices_m[:, 1]) for r in (child, adult)]
    assert share[0] / share[1] == pytest.approx(age.head_share(years) / age.head_share(25), rel=0.07)
    hip = MODEL.bone("left_thigh")
    legs = [r.joints_m[hip, 1] / np.ptp(r.vertices_m[:, 1]) for r in (child, adult)]
    assert legs[0] < legs[1] - 0.01


def test_a_child_has_no_sex_and_an_adult_has():
    girl, boy = (MODEL.rest(Shape(8, sex, stature_m=1.28)).vertices_m for sex in (0.0, 1.0))
    assert np.abs(girl - boy).max() < 1e-6
    woman, man = (MODEL.rest(Shape(30, sex, stature_m=1.7)).vertices_m for sex in (0.0, 1.0))
    assert np.abs(woman - man).max() > 0.02


def test_the_old_stoop_and_have_thin_arms():
    young, old = MODEL.rest(Shape(30, 0.5)), MODEL.rest(Shape(78, 0.5))
    head, pelvis = MODEL.bone("head"), MODEL.bone("pelvis")
    forward = [r.joints_m[head, 2] - r.joints_m[pelvis, 2] for r in (young, old)]
    assert forward[1] > forward[0] + 0.06
    radii = []
    for rest in (young, old):
        posed = at_rest(rest)
        arm = posed.vertices_m[MODEL.part == PARTS.index("left_upper_arm")]
        ends = posed.joints_m[[MODEL.bone("left_upper_arm"), MODEL.bone("left_forearm")]]
        along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
        off = arm - ends[0] - ((arm - ends[0]) @ along)[:, None] * along
        radii.append(float(np.median(np.linalg.norm(off, axis=1))))
    assert radii[1] < 0.93 * radii[0]


@pytest.mark.parametrize(("years", "sex"), [(4, 0.0), (8, 1.0), (11, 0.0), (16, 0.0), (25, 0.0), (25, 1.0), (80, 0.0)])
@pytest.mark.parametrize("build", [-1.0, 0.0, 1.0])
def test_clothes_leave_no_small_form_on_trunk_and_seat(years, sex, build):
    """Normals turn by less than 20 degrees over 1.5 cm, all over trunk and thighs but the fork of the trousers.

    A figure that was smoothed too little to count as clothed had 39 to 78.
    """
    rest = MODEL.rest(Shape(years, sex, build))
    scale = rest.shape.height_m / 1.7
    normals = MODEL.normals(rest.vertices_m)
    names = [b for b in MODEL.bones if b.startswith(("pelvis", "spine", "chest")) or b.endswith("thigh")]
    trunk = MODEL.weights[:, [MODEL.bone(b) for b in names]].sum(axis=1) > 0.95
    hips = rest.joints_m[MODEL.bone("left_thigh"), 1]
    trunk &= (np.abs(rest.vertices_m[:, 0]) > 0.06 * scale) | (rest.vertices_m[:, 1] > hips)
    edges = np.concatenate([MODEL.triangles[:, [0, 1]], MODEL.triangles[:, [1, 2]]])
    edges = edges[trunk[edges].all(axis=1)]
    turn = np.degrees(np.arccos(np.clip((normals[edges[:, 0]] * normals[edges[:, 1]]).sum(axis=1), -1, 1)))
    length = np.linalg.norm(rest.vertices_m[edges[:, 0]] - rest.vertices_m[edges[:, 1]], axis=1) / scale
    assert len(edges) > 500
    assert (turn / np.maximum(length, 0.006)).max() * 0.015 < 20


def test_triangles_face_outwards_and_close_the_surface():
    rest = MODEL.rest(Shape(30, 0.5))
    a, b, c = (rest.vertices_m[MODEL.triangles[:, n]].astype(np.float64) for n in range(3))
    volume = np.einsum("ni,ni->n", a, np.cross(b, c)).sum() / 6
    assert 0.04 < volume < 0.12
    edges = np.concatenate([MODEL.triangles[:, [0, 1]], MODEL.triangles[:, [1, 2]], MODEL.triangles[:, [2, 0]]])
    forth = edges[:, 0].astype(np.int64) * 100_000 + edges[:, 1]
    back = edges[:, 1].astype(np.int64) * 100_000 + edges[:, 0]
    assert np.array_equal(np.sort(forth), np.sort(back))


def test_no_rotation_is_the_rest_pose():
    rest = MODEL.rest(Shape(40, 1.0))
    posed = at_rest(rest, np.eye(3), (0, 0, 0))
    assert np.abs(posed.vertices_m - rest.vertices_m).max() < 1e-5
    assert np.abs(posed.joints_m - rest.joints_m).max() < 1e-5


def test_an_elbow_moves_the_forearm_only_and_keeps_its_length():
    rest = MODEL.rest(Shape(30, 0.0))
    rotations = np.zeros((len(MODEL.bones), 3), np.float32)
    rotations[MODEL.bone("left_forearm")] = 0.3, -0.5, 0.2
    vertices, joints = MODEL.deform(rest, rotations)
    still = MODEL.weights[:, [MODEL.bone(b) for b in MODEL.bones if b.startswith("right") or b == "pelvis"]].sum(axis=1)
    assert np.abs(vertices - rest.vertices_m)[still > 0.99].max() < 1e-5
    hand, elbow = MODEL.bone("left_hand"), MODEL.bone("left_forearm")
    assert np.linalg.norm(joints[hand] - rest.joints_m[hand]) > 0.05
    before, after = (np.linalg.norm(j[hand] - j[elbow]) for j in (rest.joints_m, joints))
    assert after == pytest.approx(before, rel=1e-5)


def test_bone_matrices_carry_rest_points():
    rest = MODEL.rest(Shape(30, 0.0))
    posed = at_rest(rest, rotations=poses.standing(MODEL, rest))
    homogeneous = np.concatenate([rest.joints_m, np.ones((len(MODEL.bones), 1), np.float32)], axis=1)
    assert np.allclose(np.einsum("bij,bj->bi", posed.bones, homogeneous)[:, :3], posed.joints_m, atol=1e-5)


def test_standing_lets_the_arms_hang_and_the_feet_stay_flat():
    rest = MODEL.rest(Shape(30, 0.0))
    _, joints = MODEL.deform(rest, poses.standing(MODEL, rest))
    for side in ("left", "right"):
        shoulder, wrist = (joints[MODEL.bone(f"{side}_{b}")] for b in ("upper_arm", "hand"))
        assert wrist[1] < shoulder[1] - 0.35
        assert abs(wrist[0] - shoulder[0]) < 0.15
        ankle, toes = (joints[MODEL.bone(f"{side}_{b}")] for b in ("foot", "toes"))
        assert abs(toes[0] - ankle[0]) < 0.1 and toes[2] > ankle[2]
    assert np.abs(joints[MODEL.bone("left_hand")] * [-1, 1, 1] - joints[MODEL.bone("right_hand")]).max() < 0.01


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_hand_closes_towards_its_palm(side):
    rest = MODEL.rest(Shape(30, 0.0))
    normal = poses.palm_normal(MODEL, rest.joints_m, side)
    reach, depth = [], []
    for curl in (0.0, 0.3, 0.6, 1.0):
        _, joints = MODEL.deform(rest, poses.hand(MODEL, rest, side, curl))
        knuckle, tip = (joints[MODEL.bone(f"{side}_middle_{n}")] for n in (1, 3))
        reach.append(float(np.linalg.norm(tip - joints[MODEL.bone(f"{side}_hand")])))
        depth.append(float((tip - knuckle) @ normal))
    assert reach == sorted(reach, reverse=True)
    assert abs(depth[0]) < 0.005 and depth[1] > 0.01 and depth[2] > depth[1]


def test_spread_fans_the_fingers():
    rest = MODEL.rest(Shape(30, 0.0))
    gaps = []
    for spread in (0.0, 1.0):
        _, joints = MODEL.deform(rest, poses.hand(MODEL, rest, "right", 0.1, spread))
        gaps.append(float(np.linalg.norm(joints[MODEL.bone("right_index_3")] - joints[MODEL.bone("right_little_3")])))
    assert gaps[1] > 1.3 * gaps[0]


def test_a_bent_elbow_keeps_its_thickness():
    rest = MODEL.rest(Shape(30, 0.0))
    rotations = np.zeros((len(MODEL.bones), 3), np.float32)
    poses.aim(MODEL, rest, rotations, "left_forearm", "left_hand", np.array([-0.8, 0.3, 0.6]))
    vertices, joints = MODEL.deform(rest, rotations)
    pair = MODEL.weights[:, [MODEL.bone("left_upper_arm"), MODEL.bone("left_forearm")]]
    ring = (pair.min(axis=1) > 0.3) & (pair.sum(axis=1) > 0.95)
    elbow = MODEL.bone("left_forearm")
    before = np.linalg.norm(rest.vertices_m[ring] - rest.joints_m[elbow], axis=1).mean()
    after = np.linalg.norm(vertices[ring] - joints[elbow], axis=1).mean()
    assert ring.sum() > 10
    assert after > 0.85 * before


def test_proportions_change_what_they_name():
    mean = MODEL.rest(Shape(30, 0.0))
    long = MODEL.rest(Shape(30, 0.0, proportions=Proportions(upper_arms=1.1, shoulders=1.05)))
    bones = [MODEL.bone(b) for b in ("left_upper_arm", "left_forearm", "right_upper_arm")]
    length = [np.linalg.norm(r.joints_m[bones[1]] - r.joints_m[bones[0]]) for r in (mean, long)]
    width = [np.linalg.norm(r.joints_m[bones[2]] - r.joints_m[bones[0]]) for r in (mean, long)]
    assert length[1] / length[0] == pytest.approx(1.1, rel=0.01)
    assert width[1] / width[0] == pytest.approx(1.05, rel=0.01)


def test_keypoints_have_the_sides_of_the_person():
    rest = MODEL.rest(Shape(30, 0.0))
    found = MODEL.keypoints(at_rest(rest))
    # facing the lens, the person's left is on the picture's right
    assert all(found[f"left_{n}"][0] > found[f"right_{n}"][0] for n in ("ear", "shoulder", "wrist", "hip", "toe"))
    assert found["nose"][2] < found["left_ear"][2]


turns = st.tuples(*[st.floats(-3, 3) for _ in range(3)]).filter(lambda v: 1e-3 < np.linalg.norm(v) < 3.1)


@given(turns)
@settings(max_examples=60, deadline=None)
def test_rotation_vectors_and_matrices_are_inverse(turn):
    matrix = rotation_matrices(np.array([turn]))[0]
    assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-9)
    assert np.allclose(rotation_vector(matrix), turn, atol=1e-5)


@given(turns, turns)
@settings(max_examples=60, deadline=None)
def test_rotation_between_directions(start, end):
    a, b = np.array(start), np.array(end)
    turned = rotation_matrices(rotation_between(a, b)[None])[0] @ (a / np.linalg.norm(a))
    assert np.allclose(turned, b / np.linalg.norm(b), atol=1e-7)


@given(st.lists(turns, min_size=4, max_size=4))
@settings(max_examples=20, deadline=None)
def test_chains_are_rigid(rotations):
    parents = np.array([-1, 0, 1, 1], np.int16)
    joints = np.array([[0, 0, 0], [0, 1, 0], [1, 1, 0], [0, 2, 1]], np.float64)
    moved_turns, moves = bone_transforms(parents, joints, np.array(rotations))
    moved = np.einsum("bij,bj->bi", moved_turns, joints) + moves
    for bone in (1, 2, 3):
        before, after = (np.linalg.norm(j[bone] - j[parents[bone]]) for j in (joints, moved))
        assert after == pytest.approx(before, abs=1e-9)
