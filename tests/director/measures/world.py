"""A synthetic user's picture and things inserted into it, well and badly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.scene import Painted
from studio.compose.blend import over
from studio.core.frames import Frame, Patch

SIZE = (432, 768)
SOFT = 1.3
GRAIN = 2.0


def blotches(seed: int, size: tuple[int, int], soft_px: float = SOFT, grain: float = GRAIN) -> Frame:
    """A picture of coloured rectangles, 30 px wide, as soft and grainy as asked."""
    import cv2

    rng = np.random.default_rng(seed)
    width, height = size
    cells = rng.uniform(50, 200, (height // 30 + 1, width // 30 + 1, 3)).astype(np.float32)
    picture = cv2.resize(cells, None, fx=30, fy=30, interpolation=cv2.INTER_NEAREST)[:height, :width]
    if soft_px > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), soft_px)
    picture = picture + rng.normal(0, grain, (height, width, 1))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def oval(size: tuple[int, int] = (180, 330), edge_px: float = 0.8) -> NDArray[np.uint8]:
    """The alpha of a body, with room for its soft edge."""
    import cv2

    width, height = size
    alpha = np.zeros((height, width), np.uint8)
    cv2.ellipse(alpha, (width // 2, height // 2), (width // 2 - 24, height // 2 - 24), 0, 0, 360, 255, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(alpha, (0, 0), edge_px)


def layer(soft_px: float = SOFT, grain: float = GRAIN, edge_px: float = 0.8, at: tuple[int, int] = (120, 220)) -> Patch:
    """Something to insert."""
    alpha = oval(edge_px=edge_px)
    picture = blotches(7, alpha.shape[::-1], soft_px, grain)
    rgba = np.dstack([np.rint(picture * (alpha[..., None] / 255)).astype(np.uint8), alpha])
    return Patch(rgba, *at)


def around(patch: Patch, distance_px: float) -> NDArray[np.bool_]:
    """Where the frame lies within a distance of the patch's last trace, outside it."""
    import cv2

    trace = np.ones(SIZE[::-1], np.uint8)
    h, w = patch.rgba.shape[:2]
    trace[patch.y_px : patch.y_px + h, patch.x_px : patch.x_px + w] = patch.rgba[..., 3] <= 5
    away = cv2.distanceTransform(trace, cv2.DIST_L2, 5)
    return (away > 0) & (away <= distance_px)


def composite(patch: Patch, own: Frame | None = None, below: Frame | None = None) -> Painted:
    """The patch over the user's own picture, or over what shadow or defocus made of it; all of it explained."""
    own = blotches(1, SIZE) if own is None else own
    frame = (own if below is None else below).copy()
    touched = np.where((frame != own).any(axis=2), 255, 0).astype(np.uint8)
    h, w = patch.rgba.shape[:2]
    touched[patch.y_px : patch.y_px + h, patch.x_px : patch.x_px + w] = 255
    over(frame, patch)
    return Painted(frame, (patch,), ("user", "double"), own, touched)
