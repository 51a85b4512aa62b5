"""The shots that tell more than the embrace: reverse angle, detail, end, and what hides a weak one."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.body.model import load_body
from studio.animatic.body.shape import Shape
from studio.animatic.build import STAGINGS, Animatic, build_animatic
from studio.animatic.footage import source_position
from studio.animatic.scene import Painted
from studio.animatic.shots.base import Hidden
from studio.animatic.shots.detail import WIDTH_SHOULDERS, DetailShot, detail_views
from studio.animatic.shots.end import EndShot
from studio.animatic.shots.own_back import embraced
from studio.animatic.shots.reverse import ReverseShot, _longer
from studio.compose.view import View
from studio.core.errors import PresetError
from studio.core.frames import Patch
from studio.core.run import Run
from studio.core.settings import HugSettings, Staging
from studio.core.time import FrameRange
from studio.core.timeline import Shot
from studio.director.ranges import gentle_face_range


@pytest.fixture(scope="module")
def reverse(animatic: Animatic) -> ReverseShot:
    scene = animatic.scene
    film = FrameRange(220, 260)
    hold = scene.timeline.named("hold")
    assert hold is not None
    return ReverseShot(scene, Shot("reverse", film, hold.source, 0.8))


def test_the_reverse_shows_the_face_beyond_the_users_back(reverse: ReverseShot) -> None:
    painted = reverse.paint(240)
    width, height = reverse.scene.size_px
    face, back = painted.drawn

    def cover(patch: Patch) -> np.ndarray:
        out = np.zeros((height, width), np.float32)
        rows, columns = patch.rgba.shape[:2]
        out[patch.y_px : patch.y_px + rows, patch.x_px : patch.x_px + columns] = patch.rgba[..., 3] / 255
        return out

    beyond, near = cover(face), cover(back)
    # head and shoulder take a third of the upper part and leave the face free
    upper = slice(0, round(0.55 * height))
    assert 0.12 < near[upper].mean() < 0.45
    y, x = round(0.40 * height), round(width * (0.5 - 0.16 * reverse.side))
    assert beyond[y, x] > 0.9 > 0.3 > near[y, x]
    assert near[round(0.95 * height)].mean() > 0.5, "the lower part is the user's back"


def test_the_chin_beyond_the_shoulder_is_free(reverse: ReverseShot) -> None:
    scene = reverse.scene
    face = reverse._track.at(reverse.position(240))
    below = float(face[152, 1] - face[[33, 263], 1].mean()) * reverse._enlarge
    width, height = scene.size_px
    back = reverse.paint(240).drawn[1]
    column = round(width * (0.5 - 0.16 * reverse.side)) - back.x_px
    top = int(np.argmax(back.rgba[:, column, 3] > 100)) + back.y_px
    assert top > 0.40 * height + 0.9 * below


@pytest.mark.parametrize(("age_years", "side"), [(8.0, 1), (75.0, -1)])
def test_arms_go_round_the_users_back(age_years: float, side: int) -> None:
    model = load_body()
    mine, theirs = (model.rest(Shape(years, 0.5)) for years in (30.0, age_years))
    embrace = embraced(model, mine, theirs, side)
    me, other = model.pose(mine, embrace.other), model.pose(theirs, embrace.user)
    back = me.joints_m[model.bone("spine_2"), 2]
    for hand in ("left", "right"):
        wrist = other.joints_m[model.bone(f"{hand}_hand")]
        assert wrist[2] < other.joints_m[model.bone(f"{hand}_upper_arm"), 2] - 0.05, "it comes round from beyond"
        assert embrace.gaps_m[f"user_{hand}"] < 0.03, "and lies on the back"
    assert back < other.joints_m[model.bone("spine_2"), 2]
    assert embrace.penetration_m < 0.03
    heads = [posed.joints_m[model.bone("head"), 0] for posed in (me, other)]
    assert side * (heads[0] - heads[1]) > 0.05, "cheek to cheek, on its side"


def test_the_back_is_out_of_focus_and_the_face_is_not(reverse: ReverseShot) -> None:
    import cv2

    painted = reverse.paint(240)
    grey = cv2.cvtColor(painted.frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    width, height = reverse.scene.size_px
    y = round(0.40 * height)
    x = round(width * (0.5 - 0.16 * reverse.side))
    half = round(0.07 * width)
    face = detail[y - half : y + half, x - half : x + half].mean()
    back = detail[round(0.66 * height) : round(0.72 * height), round(0.45 * width) : round(0.55 * width)].mean()
    assert face > 2 * back


def test_the_face_of_the_reverse_lives(reverse: ReverseShot) -> None:
    frames = [reverse.paint(n).frame.astype(int) for n in (222, 240, 258)]
    assert np.abs(frames[0] - frames[1]).mean() > 0.3 and np.abs(frames[1] - frames[2]).mean() > 0.3
    assert (reverse.paint(240).frame == frames[1]).all(), "any order"


def test_a_chest_goes_on_below_its_cut() -> None:
    rng = np.random.default_rng(3)
    rgba = np.zeros((200, 100, 4), np.uint8)
    rgba[20:196, 20:80, 3] = 255
    rgba[20:196, 20:80, :3] = rng.integers(120, 160, (176, 60, 3))
    longer = _longer(rgba, slice(140, 170))
    assert longer.shape[0] > 1.5 * rgba.shape[0]
    assert (longer[:140] == rgba[:140]).all(), "face and shoulders are left alone"
    below = longer[260]
    assert below[50, 3] == 255 and below[2, 3] == 0
    assert 10 < below[50, :3].mean() < 0.6 * 140
    assert (longer[..., :3].astype(int) <= longer[..., 3:].astype(int) + 1).all()


def test_the_detail_is_near_and_on_the_hands(animatic: Animatic) -> None:
    start, stop = detail_views(animatic.scene)
    person = animatic.scene.held
    for view in (start, stop):
        x, y = view.to_film(person.hands_px[None].astype(np.float32))[0]
        assert 0 < x < view.size_px[0] and 0 < y < view.size_px[1]
        assert view.size_px[0] / view.scale >= 0.9 * WIDTH_SHOULDERS * person.shoulder_px
    assert start.x_px != stop.x_px or start.scale != stop.scale, "it moves"
    hold = animatic.scene.timeline.named("hold")
    assert hold is not None
    painter = DetailShot(animatic.scene, replace(hold, name="detail"))
    assert painter.view(hold.film.start) == painter.start
    painted = painter.paint(hold.film.start)
    assert painted.drawn and painted.frame.shape == (384, 216, 3)


def test_the_end_grows_lighter_and_draws_back(animatic: Animatic) -> None:
    hold = animatic.scene.timeline.named("hold")
    assert hold is not None
    painter = EndShot(animatic.scene, replace(hold, name="end"))
    assert painter.start.scale > painter.stop.scale
    light = [painter.paint(n).frame.mean() for n in (hold.film.start, hold.film.stop - 1)]
    assert light[1] > light[0] + 8
    top = painter.stop.y_px - painter.stop.size_px[1] / 2 / painter.stop.scale
    assert top >= -1, "light needs no invented sky"


def test_without_folded_arms_the_end_is_the_users_own_picture(animatic: Animatic) -> None:
    hold = animatic.scene.timeline.named("hold")
    assert hold is not None
    alone = replace(animatic.scene, forearms=None)
    opened = animatic.scene.analysis.take.open_arms
    painter = EndShot(alone, Shot("end", hold.film, FrameRange(opened.start, opened.start + 1), 0.7))
    assert painter.paint(hold.film.start).drawn == ()


class Flat:
    """A painter of one grey."""

    def paint(self, film_frame: int) -> Painted:
        return Painted(np.full((64, 36, 3), 200, np.uint8), own=np.full((64, 36, 3), 180, np.uint8))

    explain = paint

    def position(self, film_frame: int) -> float:
        return float(film_frame)

    def view(self, film_frame: int) -> View | None:
        return None


@given(st.floats(0.01, 1.0), st.floats(0.01, 1.0))
def test_what_is_weaker_is_darker_and_darkest_at_the_edges(one: float, other: float) -> None:
    few, many = sorted((one, other))
    dim, dimmer = (Hidden(Flat(), amount, (36, 64)).paint(0).frame.astype(int) for amount in (few, many))
    assert (dimmer <= dim + 1).all() and (dim <= 200).all()
    assert dim[0, 0, 0] <= dim[32, 18, 0]
    assert dimmer.min() > 80, "dark, not black"


def test_hiding_changes_what_was_drawn_and_what_was_filmed_alike() -> None:
    hidden = Hidden(Flat(), 0.8, (36, 64))
    painted = hidden.explain(7)
    assert painted.own is not None
    ratio = painted.own.astype(float) / painted.frame
    assert np.abs(ratio - 0.9).max() < 0.02
    assert hidden.position(7) == 7 and hidden.view(7) is None


def test_a_staging_that_nobody_paints_is_refused_before_footage_is_read(animatic: Animatic, tmp_path) -> None:
    scene = animatic.scene
    known = set(STAGINGS)
    missing = next((staging for staging in get_args(Staging) if staging not in known), None)
    if missing is None:
        pytest.skip("every staging is painted")
    preset = replace(scene.preset, hug=HugSettings(staging=missing))
    with pytest.raises(PresetError) as caught:
        build_animatic(None, scene.analysis, preset, scene.timeline, (216, 384), 0, Run(tmp_path))  # type: ignore[arg-type]
    assert caught.value.key == "hug.staging" and "behind" in caught.value.hint


@given(st.integers(3, 40), st.integers(60, 300))
def test_a_swing_never_bounces(source_length: int, film_length: int) -> None:
    """Where the footage turns it is slow: no step beside a turn is as long as the longest one."""
    from fractions import Fraction

    source, film = FrameRange(0, source_length), FrameRange(0, film_length)
    at = np.array([source_position(source, film, f, Fraction(30), Fraction(30)) for f in film])
    steps = np.diff(at)
    turns = np.flatnonzero(steps[:-1] * steps[1:] < 0)
    if len(turns) == 0 or len(film) / len(source) > 12:
        return
    assert np.abs(steps[turns]).max() < 0.9 * np.abs(steps).max() + 1e-9


def test_the_reverse_prefers_lowered_lids(animatic: Animatic) -> None:
    analysis = animatic.scene.analysis
    part = gentle_face_range(analysis, FrameRange(0, 45))
    lids = [analysis.roles.mark_at("eyes-lowered", frame) for frame in range(analysis.frame_count)]
    inside = np.nanmean([lids[frame] for frame in part])
    assert inside >= np.nanmean(lids) - 0.05
