"""Beard: seen on those who have one, shaved for a boy, kept by a man."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from face_people import Person, portrait
from test_young import seen_of

from studio.animatic import age
from studio.animatic.face import beard, zones
from studio.animatic.face.mesh import LIPS, polygon

_LOWER = (164, 199, 200, 175, 32, 262, 136, 365, 152)
"""Landmarks on lip, chin and jaw."""


def with_beard(person: Person, rgb: tuple[int, int, int], cover: float = 1.0) -> Person:
    """A beard of single hairs painted from ear to ear and under the nose."""
    height, width = person.frame.shape[:2]
    side = max(height, width)
    ring = person.face_px[list(zones._WHISKER), :2] / side
    area = polygon(side, ring, 4) - polygon(side, person.face_px[list(LIPS), :2] / side, 2)
    area = np.clip(area, 0, 1)[:height, :width, None]
    hair = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 1, (height, width)), (0, 0), 1.0, sigmaY=2.5)
    hair = np.clip(1 + 0.5 * hair / hair.std(), 0.3, 1.9)[..., None]
    covered = area * cover
    frame = person.frame * (1 - covered) + np.clip(np.array(rgb) * hair, 0, 255) * covered
    return Person(frame.astype(np.uint8), person.face_px, person.matte, person.sex)


def lightness(rgb: np.ndarray, person: Person) -> np.ndarray:
    """L* of the lower face at landmarks."""
    calm = cv2.GaussianBlur(rgb, (0, 0), 2)
    x, y = np.round(person.face_px[list(_LOWER), :2]).astype(int).T
    return cv2.cvtColor(calm / np.float32(255), cv2.COLOR_RGB2LAB)[y, x, 0]


def shaved(person: Person, years: float) -> tuple[np.ndarray, np.ndarray]:
    rgb, seen, sitter = seen_of(person, years, 30)
    after = rgb.copy()
    beard.shave(after, seen, sitter)
    return rgb, after


@pytest.mark.parametrize("name", ["a", "b"])
def test_no_beard_is_seen_and_nothing_changes_on_a_clean_face(actor, name):
    person = portrait(actor, name)
    rgb, seen, sitter = seen_of(person, 7, 30)
    assert sitter.beard.share == 0
    after = rgb.copy()
    beard.shave(after, seen, sitter)
    np.testing.assert_array_equal(after, rgb)
    assert beard.whiskers(rgb, seen, sitter).max() == 0


@pytest.mark.parametrize(("colour", "cover"), [((38, 28, 22), 1.0), ((120, 116, 112), 0.9), ((60, 50, 45), 0.5)])
def test_a_beard_is_seen_and_shaved_for_a_boy(actor, colour, cover):
    """Dark, grey, and short: the lower face comes within 9 L* of the same face without."""
    clean = portrait(actor, "a")
    person = with_beard(clean, colour, cover)
    rgb, seen, sitter = seen_of(person, 7, 30)
    assert sitter.beard.share > 0.9
    after = rgb.copy()
    beard.shave(after, seen, sitter)
    bare, hairy, boy = (lightness(p, clean) for p in (clean.frame.astype(np.float32), rgb, after))
    assert np.median(np.abs(hairy - bare)) > 12, "the painted beard is one"
    assert np.median(np.abs(boy - bare)) < 9
    assert np.abs(boy - bare).max() < 22
    hue = cv2.cvtColor(cv2.GaussianBlur(after, (0, 0), 2) / np.float32(255), cv2.COLOR_RGB2LAB)
    was = cv2.cvtColor(cv2.GaussianBlur(clean.frame.astype(np.float32), (0, 0), 2) / np.float32(255), cv2.COLOR_RGB2LAB)
    x, y = np.round(person.face_px[list(_LOWER), :2]).astype(int).T
    assert np.median(np.abs(hue - was)[y, x, 1:]) < 6


def test_whiskers_hold_the_beard_and_nothing_above_it(actor):
    clean = portrait(actor, "a")
    person = with_beard(clean, (38, 28, 22))
    rgb, seen, sitter = seen_of(person, 60, 30)
    mask = np.zeros(rgb.shape[:2], np.float32)
    mask[seen.part] = beard.whiskers(rgb, seen, sitter)
    x, y = np.round(person.face_px[:, :2]).astype(int).T
    assert np.median(mask[y[[199, 200, 175, 32, 262, 136, 365]], x[[199, 200, 175, 32, 262, 136, 365]]]) > 0.7
    assert (
        mask[y[[9, 151, 4, 6, 117, 346, 33, 263, 105, 334]], x[[9, 151, 4, 6, 117, 346, 33, 263, 105, 334]]].max() == 0
    )


def test_the_beard_goes_steadily_with_the_years(actor):
    person = with_beard(portrait(actor, "a"), (38, 28, 22))
    tones = [np.median(lightness(shaved(person, years)[1], person)) for years in (30, 22, 19, 17, 15, 12, 7)]
    assert np.all(np.diff(tones) > -0.3)
    assert tones[-1] - tones[0] > 20
    assert shaved(person, 30)[1] == pytest.approx(shaved(person, 30)[0])


def test_new_skin_has_texture(actor):
    """What is drawn under a beard is not smoother than half of the person's own cheek."""
    clean = portrait(actor, "a")
    noise = np.random.default_rng(1).normal(0, 3, clean.frame.shape[:2])[..., None]
    person = with_beard(clean, (38, 28, 22))
    person = Person(np.clip(person.frame + noise, 0, 255).astype(np.uint8), person.face_px, person.matte, person.sex)
    _, after = shaved(person, 7)
    fine = np.abs(after - cv2.GaussianBlur(after, (0, 0), 1.0)).mean(-1)

    def around(mark: int) -> float:
        x, y = np.round(person.face_px[mark, :2]).astype(int)
        return float(fine[y - 6 : y + 7, x - 6 : x + 7].mean())

    assert 0.5 < around(199) / around(50) < 1.6


def test_a_mans_beard_starts_in_his_teens():
    values = [age.beard(years) for years in np.arange(3, 60, 0.5)]
    assert np.all(np.diff(values) >= 0)
    assert values[0] == 0
    assert age.beard(25) == 1
