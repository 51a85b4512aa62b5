"""Colours read off the synthetic actors, against what an eye with a colour picker reads there.

The garments were read at the navel, the skin on the bridge of the nose, the hair on the crown.
"""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.colours import Palette, sample_palette
from studio.vision.film_faces import FilmFaces
from tests import actors

POSE_POINTS = {"nose": 0, "left_shoulder": 11, "right_shoulder": 12, "left_hip": 23, "right_hip": 24}
READ = {
    "clip_a": {"garment": (164, 61, 43), "skin": (215, 177, 161), "hair": (84, 67, 56)},
    "clip_b": {"garment": (92, 122, 106), "skin": (153, 116, 99), "hair": (65, 68, 76)},
}


def palette(actor, name: str, number: int = 28, exposure: float = 1.0) -> Palette:
    frame = np.rint(actors.frame(actor, name, number) * exposure).astype(np.uint8)
    rig, alpha = actors.joints(actor, name, number), actors.alpha(actor, name, number)
    pose = np.zeros((33, 3), np.float32)
    for joint, row in POSE_POINTS.items():
        pose[row, :2] = rig[joint]
    top = float(np.argmax(alpha[:, int(rig["nose"][0])] > 0.5))
    with FilmFaces() as finder:
        face = finder.find(frame)
    assert face is not None
    return sample_palette(frame, face, pose, alpha, top)


def distance(a, b) -> float:
    return float(np.linalg.norm(np.subtract(a, b, dtype=float)))


def luma(rgb) -> float:
    return float(np.dot(rgb, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("name", READ)
def test_cloth_skin_and_hair_are_what_the_eye_reads(actor, name):
    seen, read = palette(actor, name), READ[name]
    assert distance(seen.garment, read["garment"]) < 20
    assert distance(seen.skin, read["skin"]) < 50  # cheeks lie in more shade than the nose
    assert distance(seen.hair, read["hair"]) < 45


def test_the_two_actors_differ_as_they_do(actor):
    woman, man = palette(actor, "clip_a"), palette(actor, "clip_b")
    assert luma(woman.skin) > luma(man.skin) + 50
    assert woman.garment[0] > woman.garment[1] + 60, "a red tee"
    assert max(man.garment) == man.garment[1], "a green jumper"
    for jeans in (woman.trousers, man.trousers):
        assert max(jeans) == jeans[2], "blue jeans"
    assert woman.own_hair.below_chin > man.own_hair.below_chin == 0


@pytest.mark.parametrize("name", READ)
def test_dark_hair_is_not_grey(actor, name):
    """Its highlights are; grey hair would be lighter than half of the skin's light and colourless."""
    assert luma(palette(actor, name).hair) < 72


@pytest.mark.parametrize("name", READ)
def test_less_light_darkens_every_colour_alike(actor, name):
    bright, dim = palette(actor, name), palette(actor, name, exposure=0.7)
    for part in ("skin", "garment", "trousers"):
        assert luma(getattr(dim, part)) == pytest.approx(0.7 * luma(getattr(bright, part)), rel=0.12)
    assert luma(dim.hair) < luma(bright.hair) + 3
