"""The guide: right classes where the joints are, depth that tells near from far, normals of length 1."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.body.camera import AWAY, FACING, Camera
from studio.animatic.body.dress import Outfit, Wardrobe
from studio.animatic.body.guide import CLASSES, guide, normalised
from studio.animatic.body.model import Pose, load_body
from studio.animatic.body.poses import standing
from studio.animatic.body.shape import Shape

CAMERA = Camera(300.0, (100, 170), (200, 340))
OUTFIT = Outfit((200, 160, 140), (150, 60, 60), (60, 60, 80))


@pytest.fixture(scope="module")
def two():
    """An adult facing the lens, a child half a metre before, a little beside."""
    model = load_body()
    bodies = []
    for age, turn, place in ((30, FACING, (0.0, 0.85, 2.6)), (8, AWAY, (0.2, 0.85, 2.0))):
        rest = model.rest(Shape(age, 0.3))
        pose = Pose(standing(model, rest), turn.astype(np.float32), np.array(place, np.float32))
        posed = model.pose(rest, pose)
        bodies.append((posed, Wardrobe(model, rest, OUTFIT, np.random.default_rng(1)).wear(posed)))
    return guide(CAMERA, model, *bodies)


def at(picture: np.ndarray, joint: tuple[float, float, float]):
    """The value of a picture at a joint."""
    return picture[int(joint[1]), int(joint[0])]


def test_classes_are_where_the_joints_are(two) -> None:
    assert CLASSES[at(two.classes, two.joints_px["user"]["nose"])] == "user"
    assert CLASSES[at(two.classes, two.joints_px["other"]["left_hip"])] == "other"
    assert CLASSES[at(two.classes, two.joints_px["other"]["right_elbow"])] == "other_arm"
    assert CLASSES[at(two.classes, two.joints_px["user"]["right_index"])] == "user_hand"
    assert two.classes[0, 0] == 0


def test_the_child_hides_the_adult(two) -> None:
    assert at(two.depth_m, two.joints_px["other"]["left_knee"]) < 2.1
    behind = two.mask("user")
    before = two.mask("other")
    assert two.depth_m[before].max() < two.depth_m[behind].max()
    assert two.depth[before].mean() > two.depth[behind].mean() + 0.3


def test_depth_is_not_saturated(two) -> None:
    there = np.isfinite(two.depth_m)
    assert (two.depth[there] > 0).all()
    assert (two.depth[~there] == 0).all()
    assert np.ptp(two.depth[there]) > 0.5
    for name in ("user", "other"):
        assert len(np.unique(two.depth[two.mask(name)].round(3))) > 60


def test_depth_does_not_depend_on_how_far_the_bodies_stand(two) -> None:
    there = np.isfinite(two.depth_m)
    assert np.allclose(normalised(two.depth_m + np.float32(1.5))[there], two.depth[there], atol=1e-4)
    one_far = two.depth_m.copy()
    one_far[0, 0] = 40.0  # a stray sample
    assert np.abs(normalised(one_far) - two.depth)[there].max() < 0.02
    assert (normalised(np.full((4, 4), np.inf, np.float32)) == 0).all()


def test_normals_face_the_lens_and_have_length_one(two) -> None:
    there = np.isfinite(two.depth_m)
    assert np.allclose(np.linalg.norm(two.normals[there], axis=-1), 1, atol=1e-3)
    assert (two.normals[there][:, 2] < 0.2).mean() > 0.97
    assert (two.normals[~there] == 0).all()


def test_nobody_there() -> None:
    empty = guide(CAMERA, load_body(), None, None)
    assert empty.classes.max() == 0
    assert empty.joints_px == {}
    assert empty.depth.shape == (340, 200)
