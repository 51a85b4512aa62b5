"""The embrace of a thing that was filmed: on a composed take, made once and small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.animatic.build import Animatic, build_animatic
from studio.animatic.double.look import CHILD_CLOTH
from studio.animatic.held_double import hooded, wearing
from studio.animatic.scene import Scene
from studio.animatic.shots.embrace import EmbraceShot
from studio.animatic.shots.held import HeldShot, _over_only, _united, embracing
from studio.compose.view import View
from studio.core.frames import Patch
from studio.core.people import Analysis
from studio.core.run import Run
from studio.core.settings import Preset
from studio.core.time import FrameRange
from studio.core.timeline import Shot
from studio.director.plan import Grid, plan
from studio.director.presets import load
from studio.media.read import Clip, open_clip
from studio.media.write import write_film
from studio.vision.analyse import analyse

ROOT = Path(__file__).resolve().parents[3]
SIZE = (270, 480)


@pytest.fixture(scope="session")
def take(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A bundle in the arms of a rendered person, ten frames a second."""
    from tools.make_standin import compose

    actor = ROOT.parent / "shared" / "actor" / "clip_c"
    if not actor.is_dir():
        pytest.skip("needs ../shared/actor, which this checkout does not have")
    small = (480, 852)
    made = compose(actor, FrameRange(36, 112), every=3)
    frames = [cv2.resize(frame, small, interpolation=cv2.INTER_AREA) for frame, _, _ in made]
    path = tmp_path_factory.mktemp("take") / "standin.mp4"
    write_film(iter(frames), path, size_px=small, rate=Fraction(10), frame_count=len(frames), audio=None)
    return open_clip(path)


@pytest.fixture(scope="session")
def seen(take: Clip, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """What the studio sees in it."""
    return analyse(take, Run(tmp_path_factory.mktemp("seen")))


def built(take: Clip, seen: Analysis, preset: Preset, folder: Path) -> Animatic:
    beats = tuple(0.7 * k for k in range(60))
    return build_animatic(take, seen, preset, plan(preset, seen, Grid(beats, beats[14], 42.0)), SIZE, 7, Run(folder))


@pytest.fixture(scope="module")
def film(take: Clip, seen: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Animatic]:
    with built(take, seen, load("inner-child"), tmp_path_factory.mktemp("film")) as film:
        yield film


def hold_of(scene: Scene) -> tuple[Shot, int]:
    shot = scene.timeline.named("hold")
    assert shot is not None
    return shot, (shot.film.start + shot.film.stop) // 2


def thing_on_film(painter: HeldShot, at: int) -> np.ndarray:
    """(H, W) bool, surely the thing."""
    view = painter.view(at)
    assert view is not None
    x0, y0, _, _ = painter.thing.box
    matrix = view.matrix()
    matrix[:, 2] += view.scale * np.array([x0, y0], np.float32)
    solid = (painter.thing.mask_at(painter.position(at)) > 0.95).astype(np.uint8)
    return cv2.erode(cv2.warpAffine(solid, matrix, view.size_px), np.ones((5, 5), np.uint8)) > 0


def test_the_thing_keeps_its_pixels(film: Animatic) -> None:
    shot, at = hold_of(film.scene)
    painter = embracing(film.scene, shot)
    assert isinstance(painter, HeldShot)
    painted = painter.explain(at)
    assert painted.own is not None and painted.touched is not None
    view = painter.view(at)
    assert view is not None
    assert (painted.own == painter.see(painter.position(at), view)).mean() > 0.6, "the user's head alone is bent"
    kept, thing = painted.touched == 0, thing_on_film(painter, at)
    assert (painted.frame[kept] == painted.own[kept]).all()
    assert thing.mean() > 0.04 and (kept & thing).sum() > 0.15 * thing.sum()
    head = painted.drawn[0]
    below = head.y_px + head.rgba.shape[0] + 0.35 * view.scale * film.scene.held.shoulder_px  # the head's shadow ends
    far = thing & (np.arange(SIZE[1])[:, None] > below)
    assert far.any() and kept[far].mean() > 0.95
    assert (painted.frame == painter.paint(at).frame).all()


def test_a_head_is_drawn_above_it_and_moves_with_it(film: Animatic) -> None:
    scene = film.scene
    assert scene.held_double is not None and scene.held_double.seat is not None
    shot, at = hold_of(scene)
    painter = embracing(scene, shot)
    for frame in (shot.film.start, at):
        painted, view = painter.paint(frame), painter.view(frame)
        assert painted.order == ("user", "double", "arms") and len(painted.drawn) == 1 and view is not None
        head = painted.drawn[0]
        rows = np.flatnonzero(head.rgba[..., 3].max(axis=1) > 127) + head.y_px
        top = view.to_film(np.array([scene.held_double.thing.place_at(painter.position(frame)).top_px]))[0, 1]
        user_px = view.scale * scene.held.head_height_px
        assert top - 0.25 * user_px < rows[0] < top, "it hides the upper end of the thing"
        assert 0.8 * user_px < rows[-1] - rows[0]
    assert painter.face_covered(at) < 0.05
    assert painter.hands_below_shoulders() is None


def test_hands_lie_over_the_head(film: Animatic) -> None:
    """Where an arm crosses the drawn head, the picture is the arm's."""
    shot, at = hold_of(film.scene)
    painter = embracing(film.scene, shot)
    painted, view = painter.explain(at), painter.view(at)
    assert view is not None and painted.own is not None
    mask = painter._arm_mask(painter.position(at))
    assert mask is not None
    matrix = view.matrix()
    matrix[:, 2] += view.scale * np.array(mask[1], np.float32)
    arms = cv2.erode(cv2.warpAffine(mask[0], matrix, SIZE), np.ones((5, 5), np.uint8)) > 250
    head = np.zeros(SIZE[::-1], bool)
    patch = painted.drawn[0]
    rows, columns = patch.rgba.shape[:2]
    head[patch.y_px : patch.y_px + rows, patch.x_px : patch.x_px + columns] = patch.rgba[..., 3] > 250
    both = arms & head
    assert both.sum() > 50
    assert np.abs(painted.frame[both].astype(int) - painted.own[both]).mean() < 4


def test_who_arrives_wears_what_is_held(film: Animatic) -> None:
    scene = film.scene
    assert scene.held_double is not None
    assert np.abs(np.subtract(scene.look.garment_rgb, scene.held_double.thing.colour_rgb)).max() <= 2
    assert scene.look.garment == "hoodie" and not scene.look.stripes
    assert scene.own_look.garment_rgb != scene.look.garment_rgb


def test_the_views_leave_out_where_the_thing_ends(film: Animatic) -> None:
    scene = film.scene
    assert scene.held_double is not None
    thing, at = scene.held_double.thing, scene.held_double.at
    shot, _ = hold_of(scene)
    wide = View(240.0, 430.0, 0.5625, SIZE)  # all of the clip
    painter = embracing(scene, shot, (wide, wide))
    least = SIZE[0] / (2.1 * scene.held.shoulder_px)
    for view in (painter.start, painter.stop):
        end = view.to_film(np.array([[0, thing.end_px(at)]]))[0, 1]
        room = view.to_film(np.array([[0, scene.held.head_top_px]]))[0, 1] / SIZE[1]
        assert end >= SIZE[1] - 1 or view.scale >= 0.99 * least or room >= 0.23
        before = wide.to_film(np.array([[0, scene.held.head_top_px]]))[0, 1] / SIZE[1]
        assert view.scale >= wide.scale and room <= max(0.245, before)
    near = View(240.0, 300.0, 1.3, SIZE)
    assert embracing(scene, shot, (near, near)).start == near


def test_a_named_colour_dyes_the_thing(film: Animatic) -> None:
    scene, wanted = film.scene, CHILD_CLOTH[0]
    preset = replace(scene.preset, clone=replace(scene.preset.clone, garment_rgb=wanted))
    dyed = replace(scene, preset=preset, look=replace(scene.look, garment_rgb=wanted))
    shot, at = hold_of(scene)
    painter = embracing(dyed, shot)
    assert isinstance(painter, HeldShot)
    painted = painter.explain(at)
    assert painted.touched is not None
    free = thing_on_film(painter, at) & (painted.touched == 0)
    colour = np.median(painted.frame[free], axis=0)
    assert np.abs(colour / colour.sum() - np.divide(wanted, sum(wanted))).max() < 0.06


def test_who_comes_is_dressed_for_it(film: Animatic) -> None:
    scene = film.scene
    held, clone = scene.held_double, scene.preset.clone
    assert held is not None
    named = wearing(replace(clone, garment_rgb=(9, 99, 199)), held.thing, 0.5)
    assert named.garment_rgb == (9, 99, 199) and not named.stripes
    assert wearing(clone, held.thing, 1.0).garment_rgb == held.thing.colour_rgb
    assert hooded(scene.look, held) == scene.look
    up = hooded(scene.look, replace(held, seat=None))
    assert up.hair_style == "covered" and up.hair_rgb == scene.look.garment_rgb


def test_nudges_move_the_head_alone(film: Animatic) -> None:
    scene = film.scene
    shot, at = hold_of(scene)
    hug = replace(scene.preset.hug, double_dx=0.2, double_dy=0.1)
    moved = replace(scene, preset=replace(scene.preset, hug=hug))
    before, after = (embracing(one, shot) for one in (scene, moved))
    view = before.view(at)
    assert view is not None and after.view(at) == view

    def middle(painter: EmbraceShot) -> np.ndarray:
        patch = painter.paint(at).drawn[0]
        rows, columns = np.nonzero(patch.rgba[..., 3] > 127)
        return np.array([columns.mean() + patch.x_px, rows.mean() + patch.y_px])

    expected = view.scale * scene.held.shoulder_px * np.array([0.2, 0.1])
    assert middle(after) - middle(before) == pytest.approx(expected, abs=1.5)


def test_a_look_changes_the_thing_too(film: Animatic) -> None:
    scene = film.scene
    shot, at = hold_of(scene)
    hug = replace(scene.preset.hug, look="memory")
    real, faded = (embracing(one, shot) for one in (scene, replace(scene, preset=replace(scene.preset, hug=hug))))
    assert isinstance(real, HeldShot)
    before, after = (one.paint(at).frame.astype(int) for one in (real, faded))
    thing = thing_on_film(real, at)
    assert np.abs(before - after)[thing].mean() > 4
    assert (before == after)[: SIZE[1] // 5].all()


def test_other_takes_are_drawn_as_before(film: Animatic) -> None:
    shot, _ = hold_of(film.scene)
    assert type(embracing(replace(film.scene, held_double=None), shot)) is EmbraceShot


def test_masks_are_united_wherever_they_lie() -> None:
    one, other = np.full((4, 6), 90, np.uint8), np.full((5, 3), 200, np.uint8)
    joined, corner = _united([(one, (10, 20)), (other, (14, 18))])
    assert corner == (10, 18) and joined.shape == (6, 7)
    assert joined[2, 0] == 90 and joined[2, 5] == 200 and joined[0, 0] == 0 and joined[5, 6] == 0


def test_arms_are_laid_again_only_on_what_is_drawn() -> None:
    arms = Patch(np.full((40, 80, 4), 200, np.uint8), 0, 10)
    layer = np.zeros((40, 20, 4), np.uint8)
    layer[..., 3] = 9  # even a trace of it would show through
    laid = _over_only(arms, Patch(layer, 30, 10), 2.0)
    assert (laid.rgba[:, 30:50] == 200).all()
    assert (laid.rgba[:, :20] == 0).all() and (laid.rgba[:, 60:] == 0).all()


def test_a_preview_of_a_stand_in_take_is_made(take: Clip, tmp_path: Path) -> None:
    """The whole program; the slowest test of this file."""
    from studio.cli import main

    out = tmp_path / "hug.mp4"
    arguments = ["make", str(take.path), "--preset", "inner-child", "--preview", "--consent", "--out", str(out)]
    assert main([*arguments, "--set", "story.duration_s=8", "--music", "none"]) == 0
    film = open_clip(out)
    assert film.frame_count == 8 * 30
