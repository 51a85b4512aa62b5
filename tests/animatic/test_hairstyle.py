"""The user's hair style, on painted heads and the synthetic actors."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studio.animatic.hairstyle import OwnHair, agreed, by_length, read_hair, unknown_hair
from studio.vision.film_faces import FilmFaces
from tests import actors

SKIN, HAIR, SHIRT, WALL = (205, 160, 135), (70, 48, 36), (70, 110, 150), (190, 195, 200)


def head(kind: str) -> OwnHair:
    """A painted head of 200 px with that hair, read."""
    picture = np.full((520, 480, 3), WALL, np.uint8)
    person = np.zeros((520, 480), np.uint8)

    def paint(shape, colour) -> None:
        mask = np.zeros_like(person)
        shape(mask)
        person[mask > 0] = 255
        picture[mask > 0] = colour

    cloth = (60, 60, 140)
    top_colour = {"covered": cloth, "bald": SKIN}.get(kind, HAIR)
    if kind == "long":
        paint(lambda m: cv2.ellipse(m, (240, 260), (112, 190), 0, 0, 360, 255, -1), HAIR)
    if kind == "covered":
        paint(lambda m: cv2.ellipse(m, (240, 300), (125, 200), 0, 0, 360, 255, -1), cloth)
    if kind == "tied":
        paint(lambda m: cv2.ellipse(m, (305, 350), (24, 80), 0, 0, 360, 255, -1), HAIR)
    paint(lambda m: cv2.rectangle(m, (60, 430), (420, 520), 255, -1), cloth if kind == "covered" else SHIRT)
    paint(lambda m: cv2.rectangle(m, (205, 320), (275, 440), 255, -1), cloth if kind == "covered" else SKIN)
    paint(lambda m: cv2.ellipse(m, (240, 200), (92, 118), 0, 0, 360, 255, -1), top_colour)
    paint(lambda m: cv2.ellipse(m, (240, 240), (82, 112), 0, 0, 360, 255, -1), SKIN)
    noise = np.random.default_rng(0).normal(0, 2, picture.shape)
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    angle = np.linspace(0, 2 * np.pi, 478, endpoint=False)
    face = np.column_stack([240 + 80 * np.sin(angle), 240 - 110 * np.cos(angle), np.zeros(478)])
    face[10], face[152], face[234], face[454] = (240, 130, 0), (240, 350, 0), (158, 240, 0), (322, 240, 0)
    face[33], face[13] = (210, 215, 0), (240, 300, 0)
    below = 0.35 if kind == "long" else 0.0
    hair = top_colour if kind != "bald" else (70, 50, 40)
    return read_hair(picture, face, (person / 255).astype(np.float32), 82.0, hair, SKIN, SHIRT, below)


@pytest.mark.parametrize("kind", ["short", "long", "tied", "bald", "covered"])
def test_painted_heads_are_read(kind: str) -> None:
    read = head(kind)
    assert read.style == kind
    assert read.confidence > 0.5


def test_several_frames_agree_by_confidence() -> None:
    sure, unsure, plain = OwnHair("tied", 0.9, 0.0), OwnHair("covered", 0.3, 0.0), OwnHair("short", 0.6, 0.02)
    assert agreed([sure, sure, plain, unsure]).style == "tied"
    assert agreed([unsure, plain, plain]).style == "short"
    assert agreed([OwnHair("long", 0.6, 0.3), OwnHair("long", 0.6, 0.2), unsure]).style == "long"
    assert unknown_hair().confidence == 0
    assert [by_length(v) for v in (0.0, 0.1, 0.3)] == ["short", "bob", "long"]


@pytest.mark.parametrize(("name", "style"), [("clip_a", "long"), ("clip_b", "short")])
def test_the_actors(actor, name: str, style: str) -> None:
    frame, alpha = actors.frame(actor, name, 28), actors.alpha(actor, name, 28)
    with FilmFaces() as finder:
        face = finder.find(frame)
    assert face is not None
    top = float(np.argmax(alpha[:, int(face[10, 0])] > 0.5))
    hair, skin, shirt = {
        "clip_a": ((84, 67, 56), (215, 177, 161), (164, 61, 43)),
        "clip_b": ((60, 60, 66), (140, 105, 88), (92, 122, 106)),
    }[name]
    below = 0.2 if name == "clip_a" else 0.0
    assert read_hair(frame, face, alpha, top, hair, skin, shirt, below).style == style
