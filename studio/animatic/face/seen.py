"""What one frame shows of a head: the unfolded face carried onto it, and where skin and hair are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import body_skin, hair, mesh, occluder, skin
from studio.animatic.face.atlas import Atlas
from studio.animatic.face.crop import whole_quarters
from studio.animatic.face.glasses import Glasses
from studio.animatic.face.glasses import mask as glasses_mask
from studio.animatic.face.occluder import FaceColours
from studio.animatic.face.planes import dot, times, unit
from studio.animatic.face.table import layout_uv


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame of a head.

    Parameters
    ----------
    ipd_px : distance of the eye centres
    part : rows and columns that the face fills
    carried : (h, w, 14) the atlas on that part, channels as in `skin`
    uv : (h, w, 2) the unfolded face's coordinates on that part, 0..1 as in `table.layout_uv`
    normals : (h, w, 3) of the face's surface on that part
    head : (H, W, 2) head coordinates (right, down) in ipd
    skin_like : (h, w) 0..1 on that part, skin by colour and free
    free : (h, w) 0..1 on that part, 0 where something that is not the face lies before it; already taken off what is
        carried, but for brows, lips and eyes behind glasses
    face : (h, w) 0..1 on that part, what the mesh covers
    glasses : (H, W) 0..1 the frame of the glasses
    hair : (H, W) 0..1
    body : (H, W) 0..1 neck, decolletage and ears; together with the face's own skin there is no gap
    alpha : (H, W) 0..1 the person
    """

    ipd_px: float

    part: tuple[slice, slice]
    carried: NDArray[np.float32]
    uv: NDArray[np.float32]
    normals: NDArray[np.float32]
    head: NDArray[np.float32]
    skin_like: NDArray[np.float32]
    free: NDArray[np.float32]
    face: NDArray[np.float32]
    glasses: NDArray[np.float32]
    hair: NDArray[np.float32]
    body: NDArray[np.float32]
    alpha: NDArray[np.float32]


def look(
    rgb: NDArray,
    alpha: NDArray,
    face: NDArray,
    pose: mesh.Pose,
    atlas: Atlas,
    skin_model: skin.SkinModel,
    hair_model: hair.HairModel,
    glasses: Glasses | None = None,
    colours: FaceColours | None = None,
) -> Seen:
    """Read one frame: ``rgb`` (H, W, 3) float32, ``alpha`` (H, W), ``face`` (478, 3) in their pixels.

    Without ``glasses`` and ``colours`` nothing is looked for before the face.
    """
    height, width = alpha.shape
    ipd = pose.ipd_px
    box = _face_box(face, ipd, (width, height))
    part = np.s_[box[1] : box[3], box[0] : box[2]]
    uv, normals = unfold(face, box, ipd)
    carried = atlas.on_picture(uv)
    head = hair.head_grid(pose, (width, height))
    likeness = skin.skin_likeness(skin.to_lab(rgb[part]), skin_model)
    # a fringe hangs over the mesh: there the face must not keep it from being hair; brows, eyes and lips always do
    features = carried[..., skin.BROW] + carried[..., skin.LIPS] + carried[..., skin.EYES]
    middle = (np.abs(head[part][..., 0]) < 0.75) & (np.abs(head[part][..., 1]) < 0.4)
    like_skin = np.maximum(np.clip((likeness - 0.35) / 0.25, 0, 1), middle)
    face_area, face_skin = np.zeros(alpha.shape, np.float32), np.zeros(alpha.shape, np.float32)
    face_area[part] = unit(1.15 * (carried[..., skin.SKIN] + features))
    face_skin[part] = unit(1.15 * carried[..., skin.SKIN] * like_skin + 1.4 * features)
    hairy = hair.hair_mask(rgb, alpha, head, face_area, face_skin, hair_model, ipd)
    like = skin.colour_mask(likeness, rgb[part], ipd)
    frame, free = np.zeros(alpha.shape, np.float32), np.ones_like(like)
    if glasses is not None and glasses.present > 0:
        frame = glasses_mask(rgb, face, pose, glasses)
        hairy = hairy * (1 - frame)
    without = np.maximum(np.maximum(hairy, frame), face_area)
    body = body_skin.with_face(rgb, alpha, head, skin_model, ipd, without)
    if colours is not None:
        moving = np.clip(carried[..., skin.LIPS] + carried[..., skin.EYES], 0, 1)
        free -= occluder.covered(rgb[part], uv, face_area[part], moving, pose, colours)
    turned = occluder.turned_away(normals, pose)
    if turned is not None:
        free *= 1 - turned * face_area[part]
    if free.min() < 1:
        carried *= free[..., None]
    if frame.any():
        free = free * (1 - frame[part])
        seen_skin = 1 - frame[part]
        for channel in _SKIN_ONLY:
            carried[..., channel] *= seen_skin
    return Seen(ipd, part, carried, uv, normals, head, like * free, free, face_area[part], frame, hairy, body, alpha)


_SKIN_ONLY = sorted(set(range(14)) - {skin.BROW, skin.LIPS, skin.EYES, skin.OPENING})
"""Channels that glasses take away: what lies behind a lens keeps its place."""


def _face_box(face: NDArray, ipd: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    low, high = face[:468, :2].min(0), face[:468, :2].max(0)
    x0, y0 = np.maximum(np.floor(low - 0.25 * ipd), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(high + np.array([0.25, 0.9]) * ipd), size).astype(int)
    x1, y1 = whole_quarters(x0, max(x1, x0 + 2), size[0]), whole_quarters(y0, max(y1, y0 + 2), size[1])
    return int(x0), int(y0), int(x1), int(y1)


def unfold(face: NDArray, box: tuple[int, int, int, int], ipd: float) -> tuple[NDArray, NDArray]:
    """Layout coordinates (h, w, 2) and surface normals (h, w, 3) of the pixels of ``box``."""
    import cv2

    normals = mesh.vertex_normals(face)
    anchors = mesh.ANCHORS[mesh.ANCHORS < 468]
    spline = mesh.ThinPlate(
        face[anchors, :2].astype(float), np.c_[layout_uv()[anchors], normals[anchors]], smoothing=3e-5
    )
    field = spline.grid(box, max(3.0, 0.10 * ipd))
    turned = np.ascontiguousarray(field[..., 2:])
    longer = 1 / (cv2.sqrt(dot(turned, turned)) + np.float32(1e-6))
    return np.ascontiguousarray(field[..., :2]), times(turned, longer)


def carry(atlas: Atlas, face: NDArray, box: tuple[int, int, int, int], ipd: float) -> tuple[NDArray, NDArray]:
    """Atlas (h, w, 14) and surface normals (h, w, 3) on the pixels of ``box``."""
    uv, normals = unfold(face, box, ipd)
    return atlas.on_picture(uv), normals
