"""The age warp: face by `shape`, skull, neck and shoulders by the age model, as one smooth field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import mesh, skull
from studio.animatic.face.shape import shape_change
from studio.animatic.face.table import mean_face

_VAULT = 0.09
"""How much the vault rises over a child's face, whose lower part gets shorter, so that the head keeps its height."""
_SHORT_NECK_IPD = 0.12
"""How much nearer a child's chin is to its shoulders than the smaller trunk alone makes it; by eye."""
_FINE = 0.6
"""Spacing of the field's grid on the face, of that outside."""


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
    step_px : spacing at which the field is computed outside the face; inside it is `_FINE` of that
    hair_reach_ipd : how far below the eyes hair hangs

    Returns
    -------
    (h, w, 2) float32 source positions in px
    """
    points = np.asarray(face_px, float)[:, :2]
    ipd = pose.ipd_px
    moved = points + pose.to_picture(_turned(plan.face, pose))
    hanging = float(np.clip((hair_reach_ipd - 1.2) / 0.8, 0, 1))
    parts = [
        (points[mesh.ANCHORS], moved[mesh.ANCHORS]),
        skull.head(plan, points, moved, pose),
        skull.body(plan, points[mesh.CHIN], moved[mesh.CHIN], neck_x_px, ipd, hanging),
    ]
    start, end = (np.vstack(part) for part in zip(*parts, strict=True))
    low, high = moved.min(0), moved.max(0)
    x = _lines(box[0], box[2], low[0], high[0], step_px)
    y = _lines(box[1], box[3], low[1], high[1], step_px)
    at = np.stack(np.meshgrid(x, y), -1)
    coarse = at + mesh.ThinPlate(end, start - end, smoothing=3e-5)(at.reshape(-1, 2)).reshape(at.shape)
    return _enlarged(coarse.astype(np.float32), x, y, box)


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


@lru_cache(maxsize=1)
def _front_normals() -> NDArray[np.float64]:
    """(468, 3) normals of the mean face seen from the front, y down."""
    return mesh.vertex_normals(mean_face(0.5) * (1, -1, -1))


def _lines(first: float, last: float, low: float, high: float, step: float) -> NDArray[np.float64]:
    """Grid lines from the first to the last pixel, denser between ``low`` and ``high``."""
    low, high = np.clip([low, high], first, last - 1)
    parts = [
        np.linspace(a, b, max(2, int(np.ceil((b - a) / fine)) + 1))
        for a, b, fine in ((first, low, step), (low, high, _FINE * step), (high, last - 1, step))
        if b - a > 0.5
    ]
    return np.unique(np.concatenate(parts))


def _enlarged(
    coarse: NDArray[np.float32], x: NDArray, y: NDArray, box: tuple[int, int, int, int]
) -> NDArray[np.float32]:
    """Bilinear values at every pixel of ``box`` from those at grid lines of uneven spacing."""
    import cv2

    column = np.interp(np.arange(box[0], box[2]), x, np.arange(len(x))).astype(np.float32)
    row = np.interp(np.arange(box[1], box[3]), y, np.arange(len(y))).astype(np.float32)
    map_x = np.repeat(column[None], len(row), 0)
    map_y = np.repeat(row[:, None], len(column), 1)
    return cv2.remap(coarse, map_x, map_y, cv2.INTER_LINEAR)
