"""The age warp: face by the measured table, skull, neck and shoulders by the age model, as one smooth field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import mesh
from studio.animatic.face.table import displacement, mean_face


@dataclass(frozen=True, slots=True)
class Warp:
    """What is warped, fixed for one person.

    Parameters
    ----------
    face : (478, 3) displacement in ipd
    skull : scale of the head above the face
    neck, shoulders, body : widths of neck and shoulders and height of the body relative to what is filmed
    slope : how far shoulders fall per ipd of distance from the neck
    lean : how far the head sinks between the shoulders, ipd
    """

    face: NDArray[np.float32]
    skull: float
    neck: float
    shoulders: float
    body: float
    slope: float
    lean: float


def plan_warp(from_years: float, to_years: float, sex: float) -> Warp:
    """Strength of every part.

    A child's shape is exaggerated, because only then it *reads* as a child (by eye; at twice the table it breaks).
    """
    child = age.childhood(to_years) - age.childhood(from_years)
    strength = 1 + 0.55 * max(child, 0)
    if to_years > from_years:
        strength = 1.15
    # head sizes differ little with age and the head fills the picture: keep it, make the body smaller instead
    head = age.head_ratio(to_years) / age.head_ratio(from_years)
    shoulders = age.shoulder_ratio(to_years, sex) / age.shoulder_ratio(from_years, sex) / head
    shoulders = shoulders**1.2
    if to_years > from_years:
        shoulders = max(shoulders, 0.94)
    neck = age.neck_ratio(to_years) / age.neck_ratio(from_years) / head**0.5
    stoop = max(0.0, age.stoop_deg(to_years) - age.stoop_deg(from_years))
    face = strength * displacement(from_years, to_years, sex)
    if child > 0:
        face = face + child * (_large_eyes(sex) + _round_cheeks(sex))
    return Warp(
        face=face,
        skull=1 + 0.13 * max(child, 0),
        neck=neck,
        shoulders=shoulders,
        body=shoulders,
        slope=0.09 * max(child, 0) + 0.0035 * stoop,
        lean=0.012 * stoop,
    )


def _large_eyes(sex: float) -> NDArray[np.float32]:
    """(478, 3) ipd: eyes a little larger, everything between brow and mouth a little lower, as a large forehead asks
    for."""
    face = mean_face(sex)
    shift = np.zeros_like(face)
    for ring in (mesh.RIGHT_EYE, mesh.LEFT_EYE):
        centre = face[list(ring)].mean(0)
        offset = face - centre
        near = np.exp(-((np.linalg.norm(offset[:, :2], axis=1) / 0.34) ** 4))[:, None]
        shift += near * offset * np.array([0.12, 0.22, 0], np.float32)
    shift[:, 1] -= 0.05 * np.exp(-(((face[:, 1] + 0.1) / 0.8) ** 4))
    return shift


def _round_cheeks(sex: float) -> NDArray[np.float32]:
    """(478, 3) ipd: the sides of the face further out, most at the height of the mouth.

    Against the width of the face a child's eyes are no further apart than an adult's, which the table alone, made
    relative to
    the eyes, leaves out; without it a short face looks like a young woman's.
    """
    face = mean_face(sex)
    outer = np.clip((np.abs(face[:, 0]) - 0.4) / 0.45, 0, 1)
    shift = np.zeros_like(face)
    shift[:, 0] = face[:, 0] * outer * (0.04 + 0.085 * np.exp(-(((face[:, 1] + 0.75) / 0.55) ** 2)))
    return shift


def warp_field(
    plan: Warp, face_px: NDArray, pose: mesh.Pose, neck_x_px: float, box: tuple[int, int, int, int], step_px: float
) -> NDArray[np.float32]:
    """Where each output pixel comes from.

    Parameters
    ----------
    face_px : (478, 3)
    neck_x_px : x of the neck's middle at shoulder height
    box : (x0, y0, x1, y1) output pixels

    Returns
    -------
    (h, w, 2) float32 source positions in px
    """
    points = np.asarray(face_px, float)[:, :2]
    ipd = pose.ipd_px
    moved = points + pose.to_picture(plan.face)
    source = [points[mesh.ANCHORS]]
    target = [moved[mesh.ANCHORS]]
    # the skull: a ring outside the mesh that follows the brow line and grows a little
    right, down = pose.axes
    crown = np.array(
        [
            (-1.75, 0.1),
            (-1.8, -0.7),
            (-1.5, -1.6),
            (-0.8, -2.2),
            (0, -2.4),
            (0.8, -2.2),
            (1.5, -1.6),
            (1.8, -0.7),
            (1.75, 0.1),
        ]
    )
    ring = pose.centre_px + ipd * (crown @ np.array([right, down]))
    source.append(ring)
    # the crown grows more than the sides, where long hair would become a ball
    grown = 1 + (plan.skull - 1) * np.where(crown[:, 1] < -1.2, 1.0, 0.4)[:, None]
    target.append(pose.centre_px + grown * (ring - pose.centre_px))
    # the body: below the chin everything follows the chin, and is scaled about the neck's middle line
    chin, chin_moved = points[mesh.CHIN], moved[mesh.CHIN]
    across = np.array([-7, -5, -3.6, -2.6, -1.8, -1.1, -0.5, 0, 0.5, 1.1, 1.8, 2.6, 3.6, 5, 7])
    rows = np.array([0.55, 0.95, 1.4, 2.0, 2.8, 4.0, 6.0, 9.0])
    u, v = (grid.ravel() for grid in np.meshgrid(across, rows))
    fade = np.clip((v - 0.6) / 1.0, 0, 1)
    fade = fade * fade * (3 - 2 * fade)
    width = plan.neck * (1 - fade) + plan.shoulders * fade
    # hair beside the neck must not be squeezed with it
    width = width + (1 - fade) * (max(plan.shoulders, 0.9) - plan.neck) * np.clip((np.abs(u) - 0.7) / 0.8, 0, 1)
    neck_x = neck_x_px + (chin[0] - neck_x_px) * np.clip(1 - v / 1.6, 0, 1)
    source.append(np.c_[neck_x + u * ipd, chin[1] + v * ipd])
    outside = np.maximum(np.abs(u) - 0.7, 0)
    new_v = v * plan.body - plan.lean * fade + plan.slope * np.minimum(outside, 4) * fade
    target.append(np.c_[neck_x + (chin_moved[0] - chin[0]) + width * u * ipd, chin_moved[1] + new_v * ipd])
    # far above and beside the head nothing moves
    far = pose.centre_px + ipd * np.array(
        [(-7, -7), (-3.5, -7), (0, -7), (3.5, -7), (7, -7), (-7, -3.5), (7, -3.5), (-5, 0), (5, 0)]
    )
    source.append(far)
    target.append(far)
    start, end = np.vstack(source), np.vstack(target)
    shift = mesh.ThinPlate(end, start - end, smoothing=3e-5).grid(box, step_px)
    x0, y0, x1, y1 = box
    shift[..., 0] += np.arange(x0, x1, dtype=np.float32)
    shift[..., 1] += np.arange(y0, y1, dtype=np.float32)[:, None]
    return shift
