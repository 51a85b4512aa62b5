"""Both bodies in the embrace, and what is drawn of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.build import Animatic, build_animatic
from studio.animatic.hug import face_hidden_px, other_rest
from studio.animatic.place import Stand, step_aside
from studio.animatic.shots.embrace import EmbraceShot
from studio.core.run import Run
from studio.core.time import FrameRange
from studio.director.plan import Grid, plan
from studio.director.presets import load

SIZE = (216, 384)


@pytest.fixture(scope="module")
def never_folded(sample_clip, sample_seen, tmp_path_factory: pytest.TempPathFactory):
    """The sample as if its arms had never folded: they must be taken away and posed."""
    take = replace(sample_seen.take, kind="open-arms", closed_arms=None)
    seen = replace(sample_seen, take=take)
    preset = load("inner-child")
    beats = tuple(0.7 * k for k in range(60))
    timeline = plan(preset, seen, Grid(beats, beats[14], beats[-1]))
    with build_animatic(sample_clip, seen, preset, timeline, SIZE, 7, Run(tmp_path_factory.mktemp("open"))) as film:
        yield film


def embrace(film: Animatic) -> tuple[EmbraceShot, int]:
    shot = film.scene.timeline.named("hold")
    assert shot is not None
    return EmbraceShot(film.scene, shot), (shot.film.start + shot.film.stop) // 2


def test_the_bodies_touch_and_do_not_enter_each_other(animatic: Animatic) -> None:
    """The bars of contact: at most 1 cm inside, hands at most 2 cm off."""
    hug = animatic.scene.hug
    assert hug.fit.ok and hug.fit.keypoint_error <= 0.005
    assert hug.embrace is not None
    assert hug.embrace.penetration_m <= 0.010
    assert max(abs(gap) for gap in hug.embrace.gaps_m.values()) <= 0.02


def test_filmed_arms_are_gone_and_posed_ones_lie_on_the_back(never_folded: Animatic) -> None:
    scene = never_folded.scene
    assert scene.forearms is None and scene.posed_arms is not None
    painter, at = embrace(never_folded)
    seen = painter.paint(at)
    assert len(seen.drawn) == 2
    double, arms = seen.drawn
    cover = np.zeros((2, SIZE[1], SIZE[0]), np.uint8)
    from studio.compose.blend import lay_alpha

    lay_alpha(cover[0], double)
    lay_alpha(cover[1], arms)
    on_back = (cover.min(0) > 200).sum() / (cover[1] > 200).sum()
    assert on_back > 0.25  # hands and forearms lie on it, upper arms beside it
    # The arms' own colour is what the clip says.
    bare = scene.sleeve
    assert bare.is_forearm_bare and bare.cloth_rgb is not None
    skin = np.median(arms.rgba[arms.rgba[..., 3] > 250][:, :3], axis=0)
    assert np.abs(skin - np.array(bare.skin_rgb)).max() < 60


def test_where_nothing_was_taken_away_or_drawn_the_picture_is_the_users_own(never_folded: Animatic) -> None:
    _, at = embrace(never_folded)
    (seen,) = never_folded.explained(FrameRange(at, at + 1))
    assert seen.own is not None and seen.touched is not None
    kept = seen.touched == 0
    assert kept.any() and (seen.frame[kept] == seen.own[kept]).all()


def test_nudges_are_followed_exactly(animatic: Animatic, sample_clip, sample_seen, tmp_path) -> None:
    scene = animatic.scene
    hug = replace(scene.preset.hug, double_dx=0.2, double_dy=-0.1)
    preset = replace(scene.preset, hug=hug)
    run = Run(tmp_path)
    with build_animatic(sample_clip, sample_seen, preset, scene.timeline, SIZE, 7, run) as film:
        moved = film.scene.stand
        plain = replace(scene.preset, hug=replace(hug, double_dx=1e-9, double_dy=0.0))
    with build_animatic(sample_clip, sample_seen, plain, scene.timeline, SIZE, 7, run) as film:
        stood = film.scene.stand
    shoulder = scene.held.shoulder_px
    assert moved.shoulder_x_px - stood.shoulder_x_px == pytest.approx(0.2 * shoulder, rel=1e-3)
    assert moved.shoulder_y_px - stood.shoulder_y_px == pytest.approx(-0.1 * shoulder, rel=1e-3)


def test_an_equal_frees_the_users_face(animatic: Animatic) -> None:
    scene = animatic.scene
    if scene.stand.stature_ratio < 0.9:
        pytest.skip("a child's head lies under the chin")
    assert face_hidden_px(scene.hug, scene.held, scene.stand.side) < 0.25 * scene.held.face_width_px


@given(st.floats(1, 400), st.sampled_from([-1, 1]), st.floats(-9, 9))
def test_a_step_aside_goes_to_its_own_side_and_not_far(hidden_px: float, side: int, lean_deg: float) -> None:
    class Shoulders:
        shoulder_px = 200.0

    stand = Stand(500, 400, 900, lean_deg, 0, side, 1.0, 1.0)
    stepped = step_aside(stand, hidden_px, Shoulders())  # type: ignore[arg-type]
    away = side * (stepped.shoulder_x_px - stand.shoulder_x_px)
    assert 0 < away <= 0.18 * 200 + 1e-6
    assert abs(stepped.lean_deg) <= 13 + 1e-6 and side * (stepped.lean_deg - lean_deg) >= -1e-6


def test_the_other_self_is_as_tall_as_its_age() -> None:
    child, adult = other_rest(8, 0.5, None), other_rest(30, 0.5, None)
    assert 0.70 < child.shape.height_m / adult.shape.height_m < 0.80
    assert other_rest(8, 0.5, None, 1.1).shape.height_m == pytest.approx(1.1 * child.shape.height_m)


def test_without_a_fit_the_film_is_told_without_the_bodies_contact(
    sample_clip, sample_seen, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.animatic import hug as module

    honest = module.fit_body
    monkeypatch.setattr(module, "fit_body", lambda *args: replace(honest(*args), ok=False, why="as the test wants it"))
    take = replace(sample_seen.take, kind="open-arms", closed_arms=None)
    seen = replace(sample_seen, take=take)
    preset = load("future-self")
    beats = tuple(0.7 * k for k in range(60))
    timeline = plan(preset, seen, Grid(beats, beats[14], beats[-1]))
    with build_animatic(sample_clip, seen, preset, timeline, SIZE, 7, Run(tmp_path)) as film:
        scene = film.scene
        assert scene.hug.embrace is None and scene.posed_arms is None
        painter, at = embrace(film)
        seen_frame = painter.paint(at)
        (double,) = seen_frame.drawn
        assert (double.rgba[..., 3] > 200).sum() > 0.03 * SIZE[0] * SIZE[1]
        shoulders = painter._sprites.shoulders_px
        assert shoulders[0] == pytest.approx(scene.stand.shoulder_x_px, abs=3)
        assert shoulders[1] == pytest.approx(scene.stand.shoulder_y_px, abs=3)
