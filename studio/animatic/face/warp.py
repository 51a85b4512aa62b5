"""The age warp: face by `shape`, skull, neck and shoulders by the age model, as one smooth field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import lattice, mesh, skull
from studio.animatic.face.shape import shape_change
from studio.animatic.face.table import mean_face

_VAULT = 0.09
"""How much the vault rises over a child's face, whose lower part gets shorter, so that the head keeps its height."""
_SHORT_NECK_IPD = 0.22
"""How much nearer a child's chin is to its shoulders than the smaller trunk alone makes it; by eye."""
_CHIN = [mesh.CHIN, 148, 377, 176, 400]
"""The whole body hangs on these: one landmark alone would make it tremble."""
_SMOOTHING = 1.5e-4
"""Of the spline: keeps landmarks' noise from being drawn."""
_LOOSE = 0.3
"""Smoothing at which a control point has no say."""
_ACROSS, _DOWN = (1.4, 0.7, 0.6, 0.7, 1.4), (1.4, 0.7, 0.3, 0.7, 1.4)
"""Spacing of the field's grid beside the face, on it, on the eyes (whose lids are .18 ipd apart), on it, beside it, of
the step that is asked for."""
_LIDS = [*mesh.RIGHT_EYE, *mesh.LEFT_EYE]


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
    ears : length of the ears
    """

    face: NDArray[np.float32]
    skull: float
    neck: float
    shoulders: float
    body: float
    slope: float
    lean: float
    ears: float


def plan_warp(from_years: float, to_years: float, sex: float) -> Warp:
    """Strength of every part.

    A child's shape is exaggerated, because only then it *reads* as a child (by eye; at twice the table it breaks).
    """
    child = max(0.0, age.childhood(to_years) - age.childhood(from_years))
    # head sizes differ little with age and the head fills the picture: keep it, make the body smaller instead
    head = age.head_ratio(to_years) / age.head_ratio(from_years)
    breadth, trunk = (
        part(to_years, sex) / part(from_years, sex) / head for part in (_breadth_of_body, _length_of_trunk)
    )
    fall = np.tan(np.radians([age.shoulder_slope_deg(from_years), age.shoulder_slope_deg(to_years)]))
    return Warp(
        face=shape_change(from_years, to_years, sex),
        skull=1 + _VAULT * child,
        neck=age.neck_ratio(to_years) / age.neck_ratio(from_years),
        shoulders=breadth,
        body=trunk,
        slope=float(fall[1] - fall[0]),
        lean=max(0.0, _lean_ipd(to_years) - _lean_ipd(from_years)) + _SHORT_NECK_IPD * child,
        ears=age.ear_ratio(to_years, sex) / age.ear_ratio(from_years, sex) / head,
    )


def _breadth_of_body(years: float, sex: float) -> float:
    return age.stature_ratio(years, sex) * age.outline_share(years, sex)


def _length_of_trunk(years: float, sex: float) -> float:
    return age.stature_ratio(years, sex) * (age.sitting_share(years) - age.head_share(years))


def _lean_ipd(years: float) -> float:
    """How far a head sinks, ipd, on a neck of 12 cm (1.9 ipd) that rises 25 degrees forward in the young."""
    young, bent = np.cos(np.radians([25.0, 25.0 + age.stoop_deg(years)]))
    return float(1.9 * (young - bent))


def warp_field(
    plan: Warp,
    face_px: NDArray,
    pose: mesh.Pose,
    neck_x_px: float,
    box: tuple[int, int, int, int],
    step_px: float,
    hair_reach_ipd: float = 4.0,
) -> NDArray[np.float32]:
    """Where each output pixel comes from.

    Parameters
    ----------
    face_px : (478, 3)
    neck_x_px : x of the neck's middle at shoulder height
    box : (x0, y0, x1, y1) output pixels
    step_px : mean spacing at which the field is computed; it is denser on the face
    hair_reach_ipd : how far below the eyes hair hangs

    Returns
    -------
    (h, w, 2) float32 source positions in px
    """
    points = np.asarray(face_px, float)[:, :2]
    ipd = pose.ipd_px
    moved = points + pose.to_picture(_turned(plan.face, pose))
    hanging = float(np.clip((hair_reach_ipd - 1.2) / 0.8, 0, 1))
    unseen = _hidden(pose)
    parts = [
        (points[mesh.ANCHORS], moved[mesh.ANCHORS], unseen[mesh.ANCHORS]),
        skull.head(plan, points, moved, pose, unseen),
        skull.body(plan, points[_CHIN].mean(0), moved[_CHIN].mean(0), neck_x_px, ipd, hanging),
    ]
    start, end, unseen = (np.concatenate(part) for part in zip(*parts, strict=True))
    # what lies behind the face as it is seen says nothing about what is seen there
    loose = _SMOOTHING + _LOOSE * unseen**3
    face, eyes = ((part.min(0) - over, part.max(0) + over) for part, over in ((moved, 0.0), (moved[_LIDS], 0.1 * ipd)))
    x, y = (
        _lines(box[k], box[k + 2], (face[0][k], eyes[0][k], eyes[1][k], face[1][k] + k * ipd), spacing)
        for k, spacing in enumerate(step_px * np.array([_ACROSS, _DOWN]))
    )
    at = np.stack(np.meshgrid(x, y), -1).astype(np.float32)
    coarse = at + mesh.ThinPlate(end, start - end, loose)(at.reshape(-1, 2)).reshape(at.shape)
    return _enlarged(coarse, x, y, box)


def _turned(moved: NDArray, pose: mesh.Pose) -> NDArray:
    """Displacement without what would bulge the side of the face that turns away: there landmarks lie on the outline,
    which moves out with nothing behind it."""
    shown = _front_normals()
    turned_away = np.clip((shown[:, 2] - shown @ pose.turn[2] - 0.12) / 0.4, 0, 1)
    outwards = np.sign(mean_face(0.5)[:468, 0])
    kept = moved.copy()
    out = moved[:468, 0] * outwards
    kept[:468, 0] -= outwards * np.maximum(out, 0) * turned_away * turned_away * (3 - 2 * turned_away)
    return kept


def _hidden(pose: mesh.Pose) -> NDArray[np.float64]:
    """(478,) 0..1, which landmarks lie on the side of the head that is turned away."""
    away = np.clip((0.05 - _front_normals() @ pose.turn[2]) / 0.3, 0, 1)
    return np.r_[away * away * (3 - 2 * away), np.zeros(10)]


@lru_cache(maxsize=1)
def _front_normals() -> NDArray[np.float64]:
    """(468, 3) normals of the mean face seen from the front, y down."""
    return mesh.vertex_normals(mean_face(0.5) * (1, -1, -1))


def _lines(first: float, last: float, bounds: tuple[float, ...], spacing: NDArray) -> NDArray[np.float64]:
    """Grid lines from the first to the last pixel, with a spacing of its own in each zone between the bounds."""
    ends = np.r_[first, np.clip(bounds, first, last - 1), last - 1]
    zones = zip(ends[:-1], ends[1:], spacing, strict=True)
    parts = [np.linspace(a, b, int(np.ceil((b - a) / apart)) + 1) for a, b, apart in zones if b - a > 0.5]
    return np.unique(np.concatenate(parts))


def _enlarged(
    coarse: NDArray[np.float32], x: NDArray, y: NDArray, box: tuple[int, int, int, int]
) -> NDArray[np.float32]:
    """Bilinear values at every pixel of ``box`` from those at grid lines of uneven spacing."""
    at_x, at_y = (np.interp(np.arange(box[k], box[k + 2]), line, np.arange(len(line))) for k, line in ((0, x), (1, y)))
    return lattice.read(coarse, at_x, at_y)
