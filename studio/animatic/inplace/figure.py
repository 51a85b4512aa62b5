"""How large the parts of a figure become at another age, fixed once for a photo or a clip.

A figure that stands in the picture to its feet is scaled to its new stature about the ground, its head less than its
body.  One that the picture's lower edge cuts keeps its head where it is, and the body narrows below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import mesh
from studio.animatic.face.reager import Reager
from studio.animatic.face.warp import warp_field

NECK_IPD = 1.6
"""Height of the neck's base below the chin: there the warp of the head has become that of the body."""
_COARSE_IPD_PX = 24.0
"""Fields are computed at this eye distance and enlarged; the thin plate has no detail finer than a fifth of it."""
_REACH_IPD = (5.5, 4.5, 6.5)
"""The warp of head and shoulders around the eyes: to each side, up, down."""

_STRETCH_DOWN = ((4.0, 14.0), (0.20, 0.12))
"""By how much the body is stretched before the lower edge at most, by the eye distances between neck and edge: .2 makes
a quarter longer, which cloth bears; with room less is enough."""
_STRETCH_UP, _STRETCH_ASIDE = 0.20, 0.35
"""The same for the other edges: sleeves bear more than a crown."""


@dataclass(frozen=True, slots=True)
class HeadWarp:
    """The reager's warp of one frame, as displacements around the head.

    Parameters
    ----------
    shift : (h, w, 2) float32, source minus place, px
    corner_px : (2,) where its first sample lies
    step_px : distance of its samples
    neck_px : (2,) base of the neck in the warped head's picture
    """

    shift: NDArray[np.float32]
    corner_px: NDArray[np.float64]
    step_px: float
    neck_px: NDArray[np.float64]

    def at(self, points_px: NDArray) -> NDArray[np.float32]:
        """(h, w, 2) displacements at (h, w, 2) points."""
        import cv2

        place = ((points_px - self.corner_px) / self.step_px).astype(np.float32)
        return cv2.remap(self.shift, place[..., 0], place[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def source(self, point_px: NDArray) -> NDArray[np.float64]:
        """(2,) where one point comes from."""
        return point_px + self.at(np.asarray(point_px, float)[None, None])[0, 0]


def head_warp(reager: Reager, face_px: NDArray) -> HeadWarp:
    """The reager's warp for the landmarks (478, 3) of one frame."""
    pose = mesh.pose_of(face_px, reager.sitter.ages.sex)
    ipd = pose.ipd_px
    small = min(1.0, _COARSE_IPD_PX / ipd)
    x, y = pose.centre_px
    sides, up, down = (reach * ipd for reach in _REACH_IPD)
    box = tuple(round(v * small) for v in (x - sides, y - up, x + sides, y + down))
    neck_x = x + reager.neck_x_ipd * ipd
    face = np.asarray(face_px, float) * small
    pose_small = mesh.Pose(pose.centre_px * small, ipd * small, pose.turn)
    step, hair_reach = max(4.0, 0.2 * ipd * small), reager.sitter.hair.reach_ipd
    field = warp_field(reager.warp, face, pose_small, neck_x * small, box, step, hair_reach)
    field[..., 0] -= np.arange(box[0], box[2], dtype=np.float32)
    field[..., 1] -= np.arange(box[1], box[3], dtype=np.float32)[:, None]
    neck = np.array([neck_x, face_px[mesh.CHIN, 1] + NECK_IPD * ipd])
    return HeadWarp(field / np.float32(small), np.array(box[:2]) / small, 1 / small, neck)


@dataclass(frozen=True, slots=True)
class Cut:
    """Which edges of the picture cut the person."""

    left: bool
    top: bool
    right: bool
    bottom: bool


def cut_by(matte: NDArray[np.uint8]) -> Cut:
    """Read off a matte (h, w) 0..255 of the whole picture."""
    solid = matte > 100
    few = max(2, min(matte.shape) // 100)
    return Cut(
        *(int(edge.sum()) >= few for edge in (solid[:, 0], solid[0], solid[:, -1], solid[-1])),
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """Sizes of the new figure relative to the filmed one.

    Parameters
    ----------
    head, width, height : scales of head, and of the body across and down
    ground_px : y of the ground that the feet stay on; None when the lower edge cuts the body
    cut : edges of the picture over which nothing may be drawn in
    home_px : (x, y) of the eyes' middle in the frame that everything was fitted to
    """

    head: float
    width: float
    height: float
    ground_px: float | None
    cut: Cut
    home_px: tuple[float, float]


def plan_figure(reager: Reager, face_px: NDArray, *, head_top_px: float, ground_px: float | None, cut: Cut) -> Figure:
    """Sizes from the age curves, relative to the head where the body is cut.

    Parameters
    ----------
    face_px : (478, 3) landmarks of a frame in which the person stands upright
    head_top_px : y of the top of the head there
    ground_px : y of the ground, None when the feet are not in the picture
    """
    warp, ages = head_warp(reager, face_px), reager.sitter.ages
    pose = mesh.pose_of(face_px, ages.sex)
    neck, ipd, home = warp.neck_px, pose.ipd_px, (float(pose.centre_px[0]), float(pose.centre_px[1]))
    old, new, sex = ages.from_years, ages.to_years, ages.sex
    head = age.head_ratio(new) / age.head_ratio(old)
    width = age.shoulder_ratio(new, sex) / age.shoulder_ratio(old, sex)
    if ground_px is None:
        down = [warp.source(neck + (0, way * ipd))[1] for way in (0, 1)]
        # rounded shoulders are the reager's; the trunk below them is as wide as the tables say
        return Figure(1.0, width / head, max(ipd / (down[1] - down[0]), width / head), None, cut, home)
    stature = age.stature_ratio(new, sex) / age.stature_ratio(old, sex) * (ground_px - head_top_px)
    head_and_neck = head * (neck[1] - _crown(warp, head_top_px, ipd))
    below = ground_px - warp.source(neck)[1]
    return Figure(head, width, float(np.clip((stature - head_and_neck) / below, 0.3, 1.6)), ground_px, cut, home)


def _crown(warp: HeadWarp, head_top_px: float, ipd: float) -> float:
    """y at which the warped head ends: where the warp reads the top of the filmed one."""
    rows = head_top_px + ipd * np.linspace(-1.5, 1.5, 121)
    middle = np.full_like(rows, warp.neck_px[0])
    read = rows + warp.at(np.stack([middle, rows], -1)[:, None])[:, 0, 1]
    return float(np.interp(head_top_px, np.maximum.accumulate(read), rows))


def figure_field(figure: Figure, warp: HeadWarp, ipd_px: float, size_px: tuple[int, int]) -> NDArray[np.float32]:
    """Displacements (source minus place, px) of the whole picture, coarse; enlarge with `mesh.enlarge`.

    Parameters
    ----------
    ipd_px : distance of the eyes in this frame

    Returns
    -------
    (h, w, 2) float32; its first and last samples lie on the first and last pixels
    """
    width, height = size_px
    small = min(1.0, _COARSE_IPD_PX / ipd_px)
    across, down = (max(8, round(side * small)) for side in (width, height))
    x, y = np.meshgrid(np.linspace(0, width - 1, across), np.linspace(0, height - 1, down))
    place = np.stack([x, y], -1)
    neck = warp.neck_px
    base = warp.source(neck)
    scale = np.array([figure.width, figure.height])
    new_neck = neck
    if figure.ground_px is not None:
        new_neck = np.array([base[0], figure.ground_px + figure.height * (base[1] - figure.ground_px)])
    head = neck + (place - new_neck) / figure.head
    right, below = np.moveaxis((head - neck) / ipd_px, -1, 0)
    body_share = 1 - (1 - _step(below, -0.4, 1.2)) * (1 - _step(np.abs(right), 2.4, 4.0))
    from_head = head + warp.at(head)
    from_body = base + (place - new_neck) / scale
    shift = from_head + body_share[..., None] * (from_body - from_head) - place
    _hold_edges(shift, place, size_px, figure.cut, (height - 1 - neck[1]) / ipd_px)
    return shift.astype(np.float32)


def _step(at: NDArray, start: float, stop: float) -> NDArray:
    share = np.clip((at - start) / (stop - start), 0, 1)
    return share * share * (3 - 2 * share)


def _hold_edges(shift: NDArray, place: NDArray, size_px: tuple[int, int], cut: Cut, below_ipd: float) -> None:
    """Where an edge of the picture cuts the person, nothing may be read from beyond it; changes ``shift`` in place.

    The nearer the edge, the less may be shifted, so what lies before it is stretched within limits.
    """
    stretch = np.interp(below_ipd, *_STRETCH_DOWN)
    far = np.array(size_px) - 1.0
    if cut.bottom:
        shift[..., 1] = _at_most(shift[..., 1], stretch * (far[1] - place[..., 1]))
    if cut.top:
        shift[..., 1] = -_at_most(-shift[..., 1], _STRETCH_UP * place[..., 1])
    if cut.left:
        shift[..., 0] = -_at_most(-shift[..., 0], _STRETCH_ASIDE * place[..., 0])
    if cut.right:
        shift[..., 0] = _at_most(shift[..., 0], _STRETCH_ASIDE * (far[0] - place[..., 0]))


def _at_most(values: NDArray, limit: NDArray) -> NDArray:
    """Smooth minimum of both where ``values`` is positive (a quarter of the limit wide); negative values stay."""
    soft = np.maximum(0.25 * limit, 1e-6)
    near = np.clip(0.5 + 0.5 * (limit - values) / soft, 0, 1)
    least = limit + near * (values - limit) - soft * near * (1 - near)
    return np.where(values > 0, np.maximum(np.minimum(least, limit), 0), values)
