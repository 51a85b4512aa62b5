"""Clothes cut from the body: clean edges, nothing of the body through them, light and colour as asked for."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.body.camera import AWAY, Camera
from studio.animatic.body.chart import chart_of
from studio.animatic.body.dress import Outfit, Source, Wardrobe, draw
from studio.animatic.body.model import PARTS, Pose, load_body
from studio.animatic.body.poses import standing
from studio.animatic.body.raster import Mesh
from studio.animatic.body.shade import OPENING, Finish, open_sky, shaded
from studio.animatic.body.shape import Shape
from studio.animatic.body.shell import cut_shell
from studio.animatic.double.relief import lambert
from studio.core.people import Light

OUTFIT = Outfit(skin=(205, 160, 135), top=(150, 60, 62), trousers=(58, 66, 84))
CAMERA = Camera(500.0, (180, 320), (360, 640))
ARMS = [part for part in PARTS if "arm" in part or "hand" in part]


@pytest.fixture(scope="module")
def figure():
    """A clothed adult with its back to the camera."""
    model = load_body()
    rest = model.rest(Shape(30, 0.4))
    wardrobe = Wardrobe(model, rest, OUTFIT, np.random.default_rng(3))
    root = np.array([0, 0.85, 2.2], np.float32)
    posed = model.pose(rest, Pose(standing(model, rest), AWAY.astype(np.float32), root))
    return SimpleNamespace(model=model, rest=rest, wardrobe=wardrobe, posed=posed, worn=wardrobe.wear(posed))


def mean_colour(patch, rows: slice) -> np.ndarray:
    """Of the opaque pixels of some rows."""
    part = patch.rgba[rows].reshape(-1, 4)
    return part[part[:, 3] == 255][:, :3].mean(0)


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_cut_lies_on_its_line_and_keeps_the_area(level: float, slant: float, finer: bool) -> None:
    y, x = np.mgrid[-1:1:9j, -1:1:9j]
    points = np.stack([x.ravel(), y.ravel(), np.zeros(81)], 1)
    n = np.arange(81).reshape(9, 9)
    a, b, c, d = n[:-1, :-1].ravel(), n[:-1, 1:].ravel(), n[1:, :-1].ravel(), n[1:, 1:].ravel()
    triangles = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]).astype(np.int32)
    outside = points[:, 1] - slant * points[:, 0] - level
    shell = cut_shell(triangles, np.zeros(81, np.uint8), outside, finer)
    placed, _ = shell.pose(points, np.tile([0, 0, 1.0], (81, 1)))
    over = placed[:, 1] - slant * placed[:, 0] - level
    assert over.max() < 1e-5
    assert np.abs(over[shell.rim]).max() < 1e-5
    corners = placed[shell.triangles]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2
    assert (area > -1e-9).all()
    assert area.sum() == pytest.approx(2 * (1 + level), abs=1e-4)


def test_the_shading_is_that_of_the_drawn_double() -> None:
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(200, 3)).astype(np.float32)
    normals[:, 2] = -np.abs(normals[:, 2]) - 0.3
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    light = Light((-0.4, -0.5, 0.77), (1.1, 1.0, 0.9), 0.5)
    values = np.zeros((200, 13), np.float32)
    values[:, :3] = normals
    plain = Finish(2, (100, 100, 100), (0.4, 0.4, 0.4), 0.0, (0.0, 0.0), 0.0, 0.0)
    flat = np.zeros((8, 8, 2), np.float32)
    colour = shaded(values, np.ones(200, np.float32), flat, light, plain)
    opened = normals * [1, 1, -1] + [0, 0, OPENING]
    opened /= np.linalg.norm(opened, axis=1, keepdims=True)
    wanted = 100 * np.sqrt(lambert(*opened.T, light, 0.4))[:, None] * np.sqrt(light.rgb)
    assert np.allclose(colour, np.clip(wanted, 0, 255), atol=0.5)


def test_flat_ground_is_open_and_a_pit_is_not() -> None:
    depth = np.full((60, 60), 2.0, np.float32) + np.linspace(0, 0.3, 60, dtype=np.float32)
    assert open_sky(depth, 400, 0.02, 1.0)[20:40, 20:40].min() > 0.93
    depth = np.full((60, 60), 2.0, np.float32)
    depth[27:33, 27:33] += 0.03
    sky = open_sky(depth, 400, 0.02, 1.0)
    assert sky[30, 30] < 0.8
    assert sky[10, 10] == pytest.approx(1, abs=1e-3)


def test_the_figure_wears_its_colours(figure) -> None:
    patch = draw(CAMERA, figure.worn, Light(), figure.wardrobe.grain).patch
    height = patch.rgba.shape[0]
    back = mean_colour(patch, slice(int(0.25 * height), int(0.40 * height)))
    legs = mean_colour(patch, slice(int(0.60 * height), int(0.80 * height)))
    assert np.abs(back - OUTFIT.top).max() < 32
    assert np.abs(legs - OUTFIT.trousers).max() < 26
    assert (patch.rgba[..., :3] <= patch.rgba[..., 3:]).all()  # premultiplied
    edge = (patch.rgba[..., 3] > 0) & (patch.rgba[..., 3] < 255)
    assert 200 < edge.sum() < 0.06 * edge.size


@pytest.mark.parametrize("age", [8, 30, 75])
def test_no_skin_comes_through_the_clothes(figure, age: int) -> None:
    model, rest = figure.model, figure.model.rest(Shape(age, 0.4))
    wardrobe = Wardrobe(model, rest, OUTFIT, np.random.default_rng(3))
    pose = Pose(standing(model, rest), AWAY.astype(np.float32), np.array([0, 0.85, 2.2], np.float32))
    worn = wardrobe.wear(model.pose(rest, pose))
    body = [part for part in PARTS if part.endswith(("torso", "upper_arm", "forearm", "thigh", "shin"))]
    clothed = draw(CAMERA, worn, Light(), wardrobe.grain, parts=body).patch.rgba
    seen = clothed[clothed[..., 3] == 255].astype(int)
    is_skin = (seen[:, 0] > 150) & (seen[:, 1] > 105)
    assert is_skin.mean() < 0.006  # the neck's root


def test_a_cuff_stands_open_round_the_wrist_and_ends_on_one_line(figure) -> None:
    chart = chart_of(figure.model, figure.rest)
    arm = chart.upper_m["arm"] + chart.lower_m["arm"]
    top = next(piece for piece in figure.wardrobe.pieces if piece.name == "top")
    limb = np.rint(top.shell.carry(chart.limb))
    ends = top.shell.rim & (limb < 2) & (top.shell.carry(chart.limb_share) > 0.9)
    along = top.shell.carry(chart.along_m)[ends]
    assert len(along) > 20
    assert np.ptp(along) < 0.004
    assert along.mean() == pytest.approx(arm, abs=0.02)


def test_only_the_arms_hidden_by_what_is_nearer(figure) -> None:
    whole = draw(CAMERA, figure.worn, Light(), figure.wardrobe.grain, parts=ARMS)
    wall = Mesh(np.array([[-3, -3, 1.0], [0, 3, 1.0], [0, -3, 1.0]]), np.array([[0, 1, 2]], np.int32), True)
    rect = (0, 0, *CAMERA.size_px)
    hidden = draw(CAMERA, figure.worn, Light(), figure.wardrobe.grain, parts=ARMS, occluders=[wall], rect=rect)
    assert hidden.patch.rgba[300:400, :90, 3].max() == 0
    assert hidden.patch.rgba[..., 3].sum() < 0.75 * whole.patch.rgba[..., 3].sum()
    assert np.isfinite(whole.depth_m[whole.patch.rgba[..., 3] > 0]).all()
    assert 1.8 < np.nanmin(whole.depth_m) < 2.6


def test_an_arm_comes_in_softly(figure) -> None:
    rect = (0, 0, *CAMERA.size_px)
    whole = draw(CAMERA, figure.worn, Light(), figure.wardrobe.grain, parts=ARMS, rect=rect).patch.rgba[..., 3]
    soft = draw(CAMERA, figure.worn, Light(), figure.wardrobe.grain, parts=ARMS, rect=rect, fade_m=(0.1, 0.25))
    rows = np.flatnonzero(whole.max(1))
    first, last = rows[2], rows[-3]
    assert soft.patch.rgba[first, :, 3].max() < 40
    assert np.array_equal(soft.patch.rgba[last, :, 3], whole[last])


def test_a_texture_shows_the_source_and_takes_the_colour(figure) -> None:
    """A striped frame seen from the pose it was taken in lies where it was."""
    height, width = 640, 360
    frame = np.full((height, width, 3), OUTFIT.top, np.uint8)
    frame[:, 176:184] = np.array(OUTFIT.top) * 1.45
    frame[:, 200:208] = (40, 200, 60)  # cannot be this garment's
    vertex_px = CAMERA.project(figure.posed.vertices_m)
    source = Source(frame, vertex_px, np.ones(len(vertex_px), np.float32), figure.posed.normals)
    rect = (0, 0, width, height)
    seen = draw(CAMERA, figure.worn, Light(), figure.wardrobe.grain, ["torso"], source=source, rect=rect).patch.rgba
    row = seen[250].astype(int)
    assert row[180, 0] > row[165, 0] + 40
    assert row[180, 0] > row[193, 0] + 40
    assert (row[195:208, 0] > 1.5 * row[195:208, 1]).all()


def test_same_seed_same_pixels(figure) -> None:
    again = Wardrobe(figure.model, figure.rest, OUTFIT, np.random.default_rng(3))
    one = draw(CAMERA, figure.worn, Light(), figure.wardrobe.grain).patch.rgba
    two = draw(CAMERA, again.wear(figure.posed), Light(), again.grain).patch.rgba
    assert np.array_equal(one, two)
