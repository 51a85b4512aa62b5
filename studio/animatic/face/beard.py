"""Beard and stubble: found as what is darker than skin relit on the mesh would be, and shaved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.seen import Seen
from studio.animatic.face.sitter import Sitter
from studio.animatic.face.skin import BEARD, LIPS, predict, to_lab


def shave(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> None:
    """Take the beard off, in place; ``rgb`` (H, W, 3) 0..255."""
    bearded = sitter.skin.bearded
    if bearded > 0:
        view = rgb[seen.part]
        clean = predict(sitter.skin, seen.normals)
        view += bearded * (_shaven(view, clean, seen.carried, seen.ipd_px) - view)


def whiskers(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> NDArray[np.float32]:
    """(h, w) 0..1 beard on the face's part of the picture."""
    bearded = sitter.skin.bearded
    if bearded <= 0:
        return np.zeros_like(seen.skin_like)
    return bearded * beard_weight(rgb[seen.part], predict(sitter.skin, seen.normals), seen.carried)


def beard_weight(
    rgb: NDArray[np.float32], clean: NDArray[np.float32], carried: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(h, w) 0..1: how much of a pixel of a *bearded* lower face is beard, i.e. darker than clean skin would be."""
    import cv2

    gap = (to_lab(clean) - to_lab(cv2.GaussianBlur(rgb, (0, 0), 1.2)))[..., 0]
    return carried[..., BEARD] * np.clip((gap - 6) / 10, 0, 1)


def _shaven(
    rgb: NDArray[np.float32], clean: NDArray[np.float32], carried: NDArray[np.float32], ipd_px: float
) -> NDArray[np.float32]:
    """Replace beard by skin relit on the mesh, keeping a little of the fine texture."""
    import cv2

    weight = cv2.GaussianBlur(beard_weight(rgb, clean, carried), (0, 0), 0.05 * ipd_px)
    weight = (np.clip(1.7 * weight, 0, 1) * (1 - 0.85 * carried[..., LIPS]))[..., None]
    fine = rgb - cv2.GaussianBlur(rgb, (0, 0), 0.05 * ipd_px)
    shaved = rgb * (1 - weight) + (clean + 0.25 * fine) * weight
    # a moustache darkens the lips' rim; their own colour is skin, redder and a little darker
    lips = (0.5 * carried[..., LIPS] * np.clip(cv2.GaussianBlur(weight, (0, 0), 0.12 * ipd_px), 0, 1))[..., None]
    return shaved * (1 - lips) + clean * np.array([0.90, 0.70, 0.70], np.float32) * lips
