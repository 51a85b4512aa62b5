"""The guide of a film frame lies where the layers lie that were drawn into it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.body.camera import AWAY, Camera
from studio.animatic.body.model import Pose, load_body
from studio.animatic.body.poses import standing
from studio.animatic.body.shape import Shape
from studio.animatic.build import Animatic
from studio.animatic.film_guide import Placing
from studio.animatic.shots.embrace import EmbraceShot
from studio.compose.blend import lay_alpha


def middle_of(film: Animatic, name: str = "hold") -> int:
    shot = film.scene.timeline.named(name)
    assert shot is not None
    return (shot.film.start + shot.film.stop) // 2


def test_masks_are_where_the_double_was_drawn(animatic: Animatic) -> None:
    at = middle_of(animatic)
    guide = animatic.guide(at)
    assert guide is not None
    painted = animatic.painter(at).paint(at)
    alpha = np.zeros(painted.frame.shape[:2], np.uint8)
    lay_alpha(alpha, painted.drawn[0])
    drawn = alpha > 127
    # the head's hair is wider than a skull, and the user's arms that lie over the double do not cut it out
    bodies = guide.mask("other", "other_arm", "other_hand")
    bodies |= guide.mask("user_arm", "user_hand") & drawn
    nape = int(guide.joints_px["other"]["left_shoulder"][1])
    assert (drawn & bodies)[nape:].sum() / (drawn | bodies)[nape:].sum() > 0.8
    assert (drawn & bodies).sum() / (drawn | bodies).sum() > 0.7


def test_joints_are_where_the_sprite_stands(animatic: Animatic) -> None:
    at = middle_of(animatic)
    painter, guide = animatic.painter(at), animatic.guide(at)
    assert isinstance(painter, EmbraceShot) and guide is not None
    placing = painter.placing(at)
    joints = guide.joints_px["other"]
    shoulders = np.mean([joints["left_shoulder"][:2], joints["right_shoulder"][:2]], axis=0)
    assert shoulders == pytest.approx(placing.film_px, abs=3)
    assert guide.depth.shape == animatic.size_px[::-1]


def test_shots_without_posed_bodies_have_no_guide(animatic: Animatic) -> None:
    assert animatic.guide(middle_of(animatic, "open")) is None


around = st.floats(-200, 900)


@given(around, around, around, around, st.floats(0.3, 3), st.floats(-8, 8))
def test_a_rolled_body_in_the_moved_camera_is_the_moved_picture(x, y, u, v, scale: float, turn_deg: float) -> None:
    model = load_body()
    rest = model.rest(Shape(9, 0.5))
    camera = Camera.of_clip((720, 1280))
    pose = Pose(standing(model, rest), AWAY.astype(np.float32), np.array([0.2, 0.8, 2.4], np.float32))
    placing = Placing((x, y), (u, v), scale, turn_deg)
    clip = camera.project(model.pose(rest, pose).joints_m.astype(np.float64))
    film = placing.camera(camera, (1080, 1920)).project(
        model.pose(rest, placing.rolled(pose)).joints_m.astype(np.float64)
    )
    assert np.allclose(film, placing.to_film(clip), atol=0.02)
