"""The z-buffer against ray casting, areas and hand-made scenes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.animatic.body.camera import Camera
from studio.animatic.body.raster import NOBODY, Mesh, bounds, interpolate, rasterise, vertex_normals

CAMERA = Camera(100.0, (40.0, 30.0), (80, 60))


def sphere(centre, radius: float, rings: int = 24) -> Mesh:
    """A ball of 2 * rings^2 triangles or so, outside counter-clockwise."""
    lat, lon = np.meshgrid(np.linspace(0, np.pi, rings), np.linspace(0, 2 * np.pi, 2 * rings), indexing="ij")
    unit = np.stack([np.sin(lat) * np.cos(lon), np.sin(lat) * np.sin(lon), np.cos(lat)], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(rings - 1), np.arange(2 * rings - 1), indexing="ij")
    a = (i * 2 * rings + j).ravel()
    b, c, d = a + 1, a + 2 * rings, a + 2 * rings + 1
    triangles = np.concatenate([np.stack([a, c, d], 1), np.stack([a, d, b], 1)]).astype(np.int32)
    return Mesh(np.asarray(centre) + radius * unit, triangles)


coordinate = st.floats(-0.6, 0.6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate, st.floats(1.0, 4.0)), min_size=3, max_size=3))
def test_depth_is_that_of_the_ray_through_the_sample(points) -> None:
    corners = np.array(points)
    mesh = Mesh(corners, np.array([[0, 1, 2]], np.int32), is_open=True)
    seen = rasterise(CAMERA, [mesh], (0, 0, 80, 60), 1)
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    ys, xs = np.nonzero(seen.triangle == 0)
    rays = CAMERA.unproject(np.stack([xs + 0.5, ys + 0.5], 1), 1.0)
    facing = rays @ normal
    good = np.abs(facing) > 0.05 * np.linalg.norm(normal)  # a plane seen edge-on has no definite depth
    depth = (corners[0] @ normal) / facing[good]
    assert np.allclose(seen.depth_m[ys, xs][good], depth, rtol=1e-3)
    where, share = interpolate(seen, mesh.triangles, corners)
    assert np.allclose(where[ys, xs, 2], seen.depth_m[ys, xs], rtol=1e-3)
    assert share.sum() == len(ys)


@settings(max_examples=15, deadline=None)
@given(coordinate, coordinate, st.floats(1.5, 4.0), st.floats(0.05, 0.3))
def test_a_ball_covers_its_outline_and_no_more(x: float, y: float, z: float, radius: float) -> None:
    ball = sphere((x, y, z), radius)
    _, share = interpolate(rasterise(CAMERA, [ball], (0, 0, 80, 60), 4), ball.triangles, ball.vertices_m)
    ys, xs = np.mgrid[0:240, 0:320]
    rays = CAMERA.unproject(np.stack([xs / 4 + 0.125, ys / 4 + 0.125], -1), 1.0)
    along = (rays @ [x, y, z]) ** 2 / (rays**2).sum(-1)
    inside = x * x + y * y + z * z - along < radius**2
    assert share.sum() == pytest.approx(inside.mean() * share.size, rel=0.03, abs=1.0)


def test_nearer_body_wins_whatever_the_order() -> None:
    near, far = sphere((0, 0, 2.0), 0.3), sphere((0.6, 0, 3.0), 0.3)
    one, two = rasterise(CAMERA, [near, far], factor=1), rasterise(CAMERA, [far, near], factor=1)
    assert np.array_equal(one.depth_m, two.depth_m)
    assert np.array_equal(one.body == 0, two.body == 1)
    assert set(np.unique(one.body)) == {0, 1, NOBODY}


def test_the_inside_is_not_drawn_unless_asked() -> None:
    ball = sphere((0, 0, 2.0), 0.3)
    inside_out = Mesh(ball.vertices_m, ball.triangles[:, ::-1])
    front = rasterise(CAMERA, [ball], (0, 0, 80, 60)).depth_m
    back = rasterise(CAMERA, [inside_out], (0, 0, 80, 60)).depth_m
    assert front[60, 80] == pytest.approx(1.7, abs=0.01)
    assert back[60, 80] == pytest.approx(2.3, abs=0.01)


def test_what_lies_behind_the_lens_or_beside_the_picture_is_left_out() -> None:
    behind = sphere((0, 0, -2.0), 0.3)
    x0, _, x1, _ = bounds(CAMERA, behind.vertices_m)
    assert x1 <= x0
    assert rasterise(CAMERA, [behind]).depth_m.size == 0
    half = rasterise(CAMERA, [sphere((-0.8, 0, 2.0), 0.3)])
    assert half.x_px == 0
    assert np.isfinite(half.depth_m).any()


def test_a_crop_is_a_part_of_the_whole() -> None:
    ball = sphere((0.1, 0.05, 2.0), 0.3)
    whole = rasterise(CAMERA, [ball], (0, 0, 80, 60))
    crop = rasterise(CAMERA, [ball], (35, 25, 55, 40))
    assert np.allclose(crop.depth_m, whole.depth_m[50:80, 70:110])
    assert np.array_equal(crop.triangle, whole.triangle[50:80, 70:110])


def test_normals_of_a_ball_point_outwards() -> None:
    ball = sphere((0, 0, 0), 2.0)
    outward = ball.vertices_m / 2
    normals = vertex_normals(ball.vertices_m, ball.triangles)
    inner = np.abs(outward[:, 2]) < 0.95
    assert ((normals * outward).sum(1)[inner] > 0.95).all()
