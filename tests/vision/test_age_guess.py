"""The guess of the user's age: careful, monotone, and honest about what it cannot see."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.face.table import mean_face
from studio.vision.age_guess import OLDEST, PRIOR_YEARS, YOUNGEST, AgeGuess, agreed, guess_age
from studio.vision.film_faces import FilmFaces

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("a_adult", "a_old", "b_adult", "b_old")
TRUE = {"a_adult": 25, "b_adult": 30, "a_old": 75, "b_old": 75}
BACK = (150, 150, 150)


@pytest.fixture(scope="module")
def portraits() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Picture, landmarks and matte of synthetic people of known age."""
    folder = ROOT.parent / "shared" / "actor" / "ages"
    if not folder.is_dir():
        pytest.skip("needs ../shared/actor, which this checkout does not have")
    found = {}
    with FilmFaces() as faces:
        for name in NAMES:
            rgba = cv2.imread(str(folder / f"{name}_portrait.png"), cv2.IMREAD_UNCHANGED)
            alpha = rgba[..., 3:] / np.float32(255)
            rgb = np.ascontiguousarray((rgba[..., 2::-1] * alpha + np.array(BACK) * (1 - alpha)).astype(np.uint8))
            face = faces.find(rgb)
            assert face is not None
            found[name] = rgb, face, alpha[..., 0]
    return found


def test_synthetic_people_are_guessed_in_the_right_order_and_range(portraits) -> None:
    guesses = {name: guess_age(*portraits[name]) for name in NAMES}
    for name, guess in guesses.items():
        assert YOUNGEST <= guess.low < guess.years < guess.high or guess.low < YOUNGEST
        assert guess.trust > 0.8 and abs(guess.years - TRUE[name]) < 24
    for person in "ab":
        assert guesses[f"{person}_old"].years > guesses[f"{person}_adult"].years + 15


def test_greyer_hair_is_never_younger(portraits) -> None:
    rgb, face, matte = portraits["b_adult"]
    hair = rgb.astype(np.float32)
    above = np.zeros(matte.shape, np.float32)
    above[: int(face[10, 1])] = 1
    share = cv2.GaussianBlur(above * matte, (0, 0), 3)[..., None]
    years = []
    for grey in (0.0, 0.3, 0.6, 1.0):
        mixed = hair * (1 - share * grey) + share * grey * 150
        years.append(guess_age(mixed.astype(np.uint8), face, matte).years)
    assert years == sorted(years) and years[-1] > years[0] + 5


def test_a_blurred_or_small_face_gets_the_common_answer_and_a_wide_range(portraits) -> None:
    rgb, face, matte = portraits["a_old"]
    sharp = guess_age(rgb, face, matte)
    blurred = guess_age(cv2.GaussianBlur(rgb, (0, 0), 12), face, matte)
    small = guess_age(cv2.resize(rgb, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA), face * 0.2, matte)
    for poor in (blurred, small):
        assert poor.trust < 0.3 and abs(poor.years - PRIOR_YEARS) < abs(sharp.years - PRIOR_YEARS) / 2
        assert poor.high - poor.low > 24


def test_the_size_of_a_large_picture_does_not_matter(portraits) -> None:
    rgb, face, matte = portraits["b_old"]
    large = cv2.resize(rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert guess_age(large, face * 2, matte).years == pytest.approx(guess_age(rgb, face, matte).years, abs=8)


def test_brighter_light_is_no_younger_skin(portraits) -> None:
    rgb, face, _ = portraits["a_old"]
    dark = (255 * (rgb / 255.0) ** 1.25).astype(np.uint8)
    assert guess_age(dark, face).years == pytest.approx(guess_age(rgb, face).years, abs=8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_the_picture_the_guess_is_an_age(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = rng.integers(0, 256, (120, 90, 3), np.uint8)
    face = mean_face(0.5) * np.array([14, -14, -14]) + (45, 60, 0) + rng.normal(0, 3, (478, 3))
    guess = guess_age(frame, face, rng.random((12, 9), np.float32))
    assert YOUNGEST <= guess.years <= OLDEST and guess.low < guess.years < guess.high


def test_several_views_agree_on_the_middle_of_those_that_see_best() -> None:
    def one(years: float, trust: float) -> AgeGuess:
        return AgeGuess(years, years - 10, years + 10, trust)

    assert agreed([one(40, 0.9), one(70, 0.1), one(44, 0.8), one(60, 0.85)]).years == 44
    assert agreed([]).years == PRIOR_YEARS
