"""Young skin: evener with every year less, no lighter on dark skin, no plastic, eyes as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from face_people import Person, portrait

from studio.animatic import age
from studio.animatic.face import mesh, skin, young, zones
from studio.animatic.face.reager import prepare, recolour
from studio.animatic.face.seen import Seen, look
from studio.animatic.face.sitter import Ages, Sitter

_prepared: dict[bytes, tuple[Seen, Sitter]] = {}


def seen_of(person: Person, years: float, now: float) -> tuple[np.ndarray, Seen, Sitter]:
    """Picture, what is seen in it, and the sitter; no warp, no matting.  A person is prepared once for all ages."""
    key = person.frame.tobytes()
    ages = Ages(now, years, person.sex)
    rgb = person.frame.astype(np.float32)
    if key not in _prepared:
        sitter = prepare(
            person.frame,
            person.face_px,
            person.matte,
            from_years=now,
            to_years=8,
            sex=person.sex,
            rng=np.random.default_rng(3),
        ).sitter
        face, pose = person.face_px, mesh.pose_of(person.face_px, person.sex)
        seen = look(rgb, person.matte, face, pose, sitter.atlas, sitter.skin, sitter.hair, sitter.glasses)
        _prepared[key] = seen, sitter
    seen, sitter = _prepared[key]
    return rgb, replace(seen, hair=seen.hair.copy()), replace(sitter, ages=ages)


def young_skin(person: Person, years: float, now: float) -> tuple[np.ndarray, np.ndarray, Seen]:
    """(before, after) on the face's part."""
    rgb, seen, sitter = seen_of(person, years, now)
    after = rgb.copy()
    young.rejuvenate(after, seen, sitter)
    return rgb[seen.part], after[seen.part], seen


def bands(rgb: np.ndarray, seen: Seen) -> tuple[float, float, float]:
    """Energy of dark lines, unevenness of hue, and grain, on facial skin."""
    import cv2

    inside = cv2.erode(seen.carried[..., skin.SKIN] * (1 - seen.hair[seen.part]), np.ones((5, 5)))
    log = np.log(np.clip(rgb, 2, 255))
    grey = log.mean(-1)
    middle, broad = (skin.blurred_log(log, inside, share * seen.ipd_px) for share in (0.025, 0.14))
    line = np.minimum((middle - broad).mean(-1), 0)
    lab = skin.to_lab(rgb)
    hue = (lab - skin.blurred_log(lab, inside, 0.3 * seen.ipd_px))[..., 1:]
    grain = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 0.9))
    solid = inside > 0.9
    return float(-(line * inside).sum() / inside.sum()), float(hue[solid].std()), float(np.median(grain[solid]))


@pytest.mark.parametrize(("name", "now"), [("a", 28.0), ("b", 70.0)])
def test_skin_becomes_evener_with_every_year_less(actor, name, now):
    person = portrait(actor, name)
    energies = []
    for years in (now - 0.5, 0.7 * now, 19.0, 13.0, 9.0, 4.0):
        before, after, seen = young_skin(person, years, now)
        energies.append(bands(after, seen)[:2])
    first = bands(before, seen)[:2]
    steps = np.diff(np.array([first, *energies]), axis=0) / first
    assert steps.max() < 0.003, "never more lines or mottling for fewer years"
    assert energies[-1][0] < 0.75 * first[0]
    assert energies[-1][1] < 0.85 * first[1]
    assert energies[0][0] > 0.93 * first[0], "half a year is hardly seen"


@pytest.mark.parametrize("name", ["a", "b"])
def test_skin_keeps_the_grain_of_the_film(actor, name):
    person = portrait(actor, name)
    noise = np.random.default_rng(2).normal(0, 2.5, person.frame.shape[:2])[..., None]
    grainy = Person(np.clip(person.frame + noise, 0, 255).astype(np.uint8), person.face_px, person.matte, person.sex)
    before, after, seen = young_skin(grainy, 7, 30)
    assert 0.6 < bands(after, seen)[2] / bands(before, seen)[2] < 1.3


def test_dark_skin_keeps_hue_and_lightness(actor):
    before, after, seen = young_skin(portrait(actor, "b"), 7, 30)
    solid = seen.carried[..., skin.SKIN] > 0.9
    old, new = (np.median(skin.to_lab(rgb)[solid], 0) for rgb in (before, after))
    assert abs(new[0] - old[0]) < 4
    turn = np.degrees(np.arctan2(new[2], new[1]) - np.arctan2(old[2], old[1]))
    assert abs(turn) < 8
    assert np.hypot(*new[1:]) > 0.9 * np.hypot(*old[1:]), "not greyer"


@pytest.mark.parametrize("name", ["a", "b"])
def test_irises_stay_as_they_are(actor, name):
    person = portrait(actor, name)
    before, after, seen = young_skin(person, 7, 30)
    origin = np.array([seen.part[1].start, seen.part[0].start])
    for centre, rim in ((468, 469), (473, 474)):
        x, y = np.round(person.face_px[centre, :2] - origin).astype(int)
        reach = max(1, int(0.5 * np.linalg.norm((person.face_px[rim] - person.face_px[centre])[:2])))
        at = np.s_[y - reach : y + reach + 1, x - reach : x + reach + 1]
        dark = skin.to_lab(before)[at][..., 0] < 33  # lighter may be the white of the eye
        assert np.abs(after[at] - before[at])[dark].max(initial=0) <= 1.0


def test_nothing_happens_without_younger_years(actor):
    person = portrait(actor, "a")
    rgb, seen, sitter = seen_of(person, 30, 30)
    after = rgb.copy()
    recolour(after, seen, sitter)
    np.testing.assert_allclose(after, rgb, atol=0.02)


def test_the_tone_ends_softly(actor):
    """No step of the tone where skin, ears, neck or the face's part end."""
    import cv2

    _, seen, _ = seen_of(portrait(actor, "a"), 7, 30)
    tone = young.tone_weight(young.skin_weight(seen, zones.carry(seen.uv)), seen)
    assert tone[-1].max() < 0.02
    features = seen.carried[..., [skin.BROW, skin.LIPS, skin.EYES]].sum(-1)
    real_edges = np.maximum(features, np.maximum(seen.hair[seen.part], 1 - seen.alpha[seen.part])) > 0.05
    real_edges |= seen.skin_like < 0.9
    plain = ~cv2.dilate(real_edges.astype(np.uint8), np.ones((9, 9))).astype(bool)
    assert plain[seen.carried[..., skin.SKIN] < 0.5].sum() > 500, "neck is seen"
    assert np.hypot(*np.gradient(tone))[plain].max() < 0.12


def test_unevenness_grows_with_every_year():
    values = [age.unevenness(years) for years in np.arange(3, 90, 0.5)]
    assert np.all(np.diff(values) > 0)
    assert age.unevenness(30) == pytest.approx(1)
