from __future__ import annotations

import numpy as np
import pytest

from studio.core.people import Light
from studio.vision.light import face_light, median_light, mesh_normals


def half_ball(light, ambient=0.35, tint=(1.0, 1.0, 1.0)):
    """A picture of a lit half ball of skin, and 478 'mesh' points on it."""
    size, radius = 240, 90
    y, x = np.mgrid[0:size, 0:size] - size / 2
    z = np.sqrt(np.maximum(radius**2 - x**2 - y**2, 0))
    normals = np.stack([x, y, z], axis=-1) / radius
    shade = ambient + (1 - ambient) * np.maximum(normals @ np.array(light), 0)
    linear = 0.45 * shade[..., None] * np.array([1.42, 0.93, 0.65]) * np.array(tint)
    picture = (np.clip(linear, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    picture[z <= 0] = 128
    rng = np.random.default_rng(4)
    angle, reach = rng.uniform(0, 2 * np.pi, 478), 0.8 * radius * np.sqrt(rng.uniform(0, 1, 478))
    px, py = reach * np.cos(angle), reach * np.sin(angle)
    depth = -np.sqrt(radius**2 - px**2 - py**2)
    return picture, np.column_stack([px + size / 2, py + size / 2, depth]).astype(np.float32)


@pytest.mark.parametrize("light", [(-0.6, -0.5, 0.62), (0.7, -0.2, 0.69), (0.0, -0.8, 0.6)])
def test_the_light_is_found_within_thirty_degrees(light):
    row = face_light(*half_ball(np.array(light) / np.linalg.norm(light)))
    cosine = float(row[:3] @ np.array(light) / np.linalg.norm(light))
    assert cosine > 0.86
    assert np.linalg.norm(row[:3]) == pytest.approx(1, abs=1e-3)


def test_hard_light_has_more_contrast_than_flat_light():
    hard = face_light(*half_ball(np.array([-0.8, -0.3, 0.52]), ambient=0.1))[3]
    flat = face_light(*half_ball(np.array([-0.8, -0.3, 0.52]), ambient=0.9))[3]
    assert hard > 0.4 and flat < 0.35 and hard > flat + 0.15


def test_warm_light_is_warm():
    warm = face_light(*half_ball(np.array([0, -0.5, 0.87]), tint=(1.25, 1.0, 0.7)))
    cold = face_light(*half_ball(np.array([0, -0.5, 0.87]), tint=(0.8, 1.0, 1.2)))
    assert warm[4] > cold[4] and warm[6] < cold[6]


def test_normals_look_at_the_viewer():
    normals = mesh_normals(half_ball(np.array([0, 0, 1.0]))[1])[:468]
    assert (normals[:, 2] > 0).mean() > 0.98


def test_no_face_gives_the_default_and_outliers_are_outvoted():
    assert median_light([]) == Light()
    row = np.array([0, -0.6, 0.8, 0.5, 1, 1, 1], np.float32)
    wild = np.array([1, 0, 0, 1, 2, 0.5, 0.5], np.float32)
    light = median_light([row, row, row, wild])
    assert light.direction == pytest.approx((0, -0.6, 0.8), abs=1e-5) and light.contrast == pytest.approx(0.5)
