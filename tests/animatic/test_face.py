"""Geometry and small tools of the face."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.face import cutout, mesh
from studio.animatic.face.atlas import paint
from studio.animatic.face.crop import working_scale
from studio.animatic.face.table import displacement, mean_face
from studio.animatic.face.warp import plan_warp


def turned(yaw_deg: float, roll_deg: float = 0.0, ipd_px: float = 60.0) -> np.ndarray:
    """(478, 3) mean face as mediapipe would give it (z negative towards the camera)."""
    yaw, roll = np.radians([yaw_deg, roll_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    points = mean_face(0.5) * (1, -1, 1) @ (about_z @ about_y).T * ipd_px
    return (points * (1, 1, -1) + (300, 240, 0)).astype(np.float32)


@pytest.mark.parametrize(("yaw", "roll"), [(0, 0), (20, 0), (-25, 10), (5, -30)])
def test_pose_is_recovered(yaw, roll):
    pose = mesh.pose_of(turned(yaw, roll))
    assert pose.ipd_px == pytest.approx(60, rel=0.02)
    assert np.degrees(np.arctan2(pose.turn[0, 2], pose.turn[2, 2])) == pytest.approx(yaw, abs=1.5)
    right = pose.axes[0]
    assert np.degrees(np.arctan2(right[1], right[0])) == pytest.approx(roll, abs=4)
    np.testing.assert_allclose(pose.head_coordinates(pose.centre_px), 0, atol=1e-9)


def test_displacement_turns_with_the_head():
    plan = displacement(30, 8, 0.5)
    front = mesh.pose_of(turned(0)).to_picture(plan)
    rolled = mesh.pose_of(turned(0, 90)).to_picture(plan)
    np.testing.assert_allclose(rolled, front[:, ::-1] * (-1, 1), atol=0.5)


def test_normals_point_at_the_viewer_and_outwards():
    normals = mesh.vertex_normals(turned(0))
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)
    assert normals[9, 2] > 0.8
    assert normals[234, 0] < -0.6
    assert normals[454, 0] > 0.6


def test_thin_plate_interpolates_and_keeps_straight_lines_straight(rng=np.random.default_rng(1)):
    points = rng.uniform(0, 100, (40, 2))
    values = rng.uniform(-5, 5, (40, 2))
    np.testing.assert_allclose(mesh.ThinPlate(points, values)(points), values, atol=1e-6)
    affine = points @ np.array([[1.1, 0.2], [-0.3, 0.9]]) + (4, -7)
    at = rng.uniform(-50, 150, (30, 2))
    np.testing.assert_allclose(mesh.ThinPlate(points, affine)(at), at @ [[1.1, 0.2], [-0.3, 0.9]] + (4, -7), atol=1e-6)


def test_coarse_grid_equals_the_spline_within_a_tenth_of_a_pixel():
    face = turned(10).astype(float)
    spline = mesh.ThinPlate(face[mesh.ANCHORS, :2], face[mesh.ANCHORS, :2] * 0.9 + face[mesh.ANCHORS, 2:] * 0.05)
    box = (200, 150, 400, 350)
    grid = spline.grid(box, 6)
    assert grid.shape == (200, 200, 2)
    exact = spline(np.array([[230.0, 170.0], [310, 260], [399, 349], [200, 150]]))
    np.testing.assert_allclose(grid[[20, 110, 199, 0], [30, 110, 199, 0]], exact, atol=0.1)


def test_steady_removes_jitter_but_does_not_lag(rng=np.random.default_rng(2)):
    moving = np.stack([turned(0) + (4.0 * k, 2.0 * k, 0) for k in range(24)])
    noisy = moving + rng.normal(0, 0.8, moving.shape)
    noisy[5] = np.nan
    calm = mesh.steady(noisy)
    assert np.isfinite(calm).all()
    inner = np.s_[4:-4]
    assert np.abs(calm[inner] - moving[inner])[..., :2].mean() < 0.3
    jitter = np.abs(np.diff(calm, 2, axis=0))[..., :2].mean() / np.abs(np.diff(moving + (noisy[6] - moving[6]), 2,
    axis=0)
                                                                       + np.diff(np.nan_to_num(noisy - moving), 2,
                                                                       axis=0))[..., :2].mean()  # fmt: skip
    assert jitter < 0.25


def test_matte_is_pulled_onto_the_edge_of_the_picture():
    import cv2

    true = np.zeros((120, 160), np.float32)
    cv2.circle(true, (80, 60), 40, 1.0, -1, cv2.LINE_AA)
    rgb = np.dstack([40 + 160 * true] * 3).astype(np.float32)
    blurred = cv2.GaussianBlur(cv2.resize(cv2.resize(true, (20, 15)), (160, 120)), (0, 0), 4)
    softness = cutout.softness_px(blurred)
    assert softness > 4
    refined = cutout.refine_matte(rgb, blurred, softness)
    assert np.abs(refined - true).mean() < 0.6 * np.abs(blurred - true).mean()
    assert refined[:10].max() == 0, "far from the person nothing appears"


def test_rim_colours_lose_the_background():
    import cv2

    alpha = np.zeros((100, 100), np.float32)
    cv2.circle(alpha, (50, 50), 30, 1.0, -1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 2)
    person = np.full((100, 100, 3), (120.0, 80.0, 60.0), np.float32)
    filmed = person * alpha[..., None] + np.float32([0, 255, 0]) * (1 - alpha[..., None])
    clean = cutout.clean_colours(filmed, alpha)
    rim = (alpha > 0.2) & (alpha < 0.9)
    assert np.abs(filmed - person)[rim].mean() > 30
    assert np.abs(clean - person)[rim].mean() < 5
    inside = alpha > 0.9999
    np.testing.assert_allclose(clean[inside], filmed[inside], atol=0.1)


def test_atlas_depends_on_the_person_and_only_the_old_have_folds():
    young = paint(160, 0.0, 0.5, np.random.default_rng(4))
    assert young.fold.max() == young.fold.min() == 0
    first, same, other = (paint(160, 1.0, 0.5, np.random.default_rng(seed)) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.fold, same.fold)
    assert np.abs(first.fold - other.fold).mean() > 0.005
    assert first.fold.min() < -0.15
    for part in (first.skin, first.brow, first.lips, first.beard, first.blush, first.eyes):
        assert part.min() >= 0 and part.max() <= 1.0001
        assert part.max() > 0.5


def test_a_childs_body_is_smaller_and_an_old_one_stoops():
    child, old, same = plan_warp(30, 7, 0.5), plan_warp(30, 75, 0.5), plan_warp(30, 30, 0.5)
    assert child.neck < 0.8
    assert child.shoulders < 0.8
    assert old.lean > 0.05
    assert (same.neck, same.shoulders, same.lean, same.slope, same.skull) == (1, 1, 0, 0, 1)
    assert np.abs(same.face).max() == 0


def test_unmixing_finds_the_share_of_every_pixel(rng=np.random.default_rng(3)):
    """A soft diagonal edge between two noisy colours, given a mask that is a few pixels off."""
    y, x = np.mgrid[0:80, 0:80].astype(np.float32)
    true = np.clip((x + 0.5 * y - 58) / 4 + 0.5, 0, 1)
    wrong = np.clip((x + 0.5 * y - 62) / 6 + 0.5, 0, 1)
    inner, outer = np.float32([40, 30, 25]), np.float32([205, 190, 170])
    rgb = true[..., None] * inner + (1 - true[..., None]) * outer
    rgb += rng.normal(0, 2, rgb.shape).astype(np.float32)
    found = cutout.unmix(rgb.astype(np.float32), wrong, 6.0)
    assert np.abs(found.share - true).mean() < 0.35 * np.abs(wrong - true).mean()
    assert np.abs(found.inner[40, 36] - inner).max() < 12, "the colour of what is masked reaches over the edge"


def test_unmixing_leaves_a_mask_between_like_colours(rng=np.random.default_rng(4)):
    mask = np.clip((np.mgrid[0:60, 0:60][1] - 30) / 4 + 0.5, 0, 1).astype(np.float32)
    rgb = np.full((60, 60, 3), 120, np.float32) + rng.normal(0, 6, (60, 60, 3)).astype(np.float32)
    assert np.abs(cutout.unmix(rgb, mask, 5.0).share - mask).max() < 0.05


@pytest.mark.parametrize("ipd_px", [8.0, 28.0, 56.0, 64.0, 112.0, 400.0])
def test_a_face_is_aged_at_a_size_that_a_frame_can_pay_for(ipd_px: float) -> None:
    scale = working_scale(ipd_px)
    assert scale <= 4
    assert scale * ipd_px <= 72.001
    assert scale * ipd_px >= min(56, 4 * ipd_px) - 1e-6
