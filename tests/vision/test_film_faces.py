"""A viewer's eye: a face is found where there is one, and none where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from studio.vision.film_faces import FilmFaces
from tests import actors

FRAMES = [("clip_a", 28), ("clip_a", 60), ("clip_b", 28), ("clip_b", 60), ("clip_c", 60)]


@pytest.fixture(scope="module")
def finder() -> Iterator[FilmFaces]:
    with FilmFaces() as faces:
        yield faces


@pytest.mark.parametrize(("name", "number"), FRAMES)
def test_the_mesh_lies_on_the_actor_s_face(actor, finder, name, number):
    face = finder.find(actors.frame(actor, name, number))
    assert face is not None and face.shape == (478, 3) and face.dtype == np.float32
    rig = actors.joints(actor, name, number)
    ears = float(np.linalg.norm(rig["left_ear"] - rig["right_ear"]))
    assert np.linalg.norm(face[1, :2] - rig["nose"]) < 0.12 * ears
    for side, corners in (("right", [33, 133]), ("left", [362, 263])):
        assert np.linalg.norm(face[corners, :2].mean(0) - rig[f"{side}_eye"]) < 0.17 * ears  # the rig has the eyeball
    width = float(np.linalg.norm(face[234, :2] - face[454, :2]))
    assert 0.6 * ears < width < 1.2 * ears


@pytest.mark.parametrize("plate", ["clip_a/plate_clean.png", "clip_b/plate_clean_000.png", "clip_c/plate_clean.png"])
def test_an_empty_room_and_a_wall_have_no_face(actor, finder, plate):
    assert finder.find(actors.picture(actor / plate)) is None


def test_a_face_that_fills_the_frame_and_one_that_is_hidden(actor, finder):
    portrait = actors.picture(actor / "ages" / "a_old_portrait.png")
    assert finder.find(portrait) is not None
    hidden = actors.frame(actor, "clip_a", 28).copy()
    x, y = actors.joints(actor, "clip_a", 28)["nose"].astype(int)
    hidden[y - 70 : y + 60, x - 60 : x + 60] = 90
    assert finder.find(hidden) is None
