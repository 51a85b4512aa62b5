"""What lies round the user, without the user, mirrored and far out of focus: the background of a reverse angle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.scene import Scene
from studio.compose.lens import defocus
from studio.core.frames import Frame


def surroundings(frame: Frame, matte: NDArray[np.float32], scene: Scene) -> Frame:
    """The surroundings without the user, mirrored, far out of focus, at a sixth of the film's size."""
    import cv2

    size = (scene.size_px[0] // 6, scene.size_px[1] // 6)
    # the part of the clip behind the person's head and shoulders, as tall as the film
    person = scene.held
    span = min(frame.shape[0], 3.2 * person.shoulder_px * scene.size_px[1] / scene.size_px[0] * 0.75)
    top = float(np.clip(person.head_top_px - 0.25 * span, 0, frame.shape[0] - span))
    scale = size[1] / span
    move = np.array([[scale, 0, size[0] / 2 - scale * person.face_mid_px[0]], [0, scale, -scale * top]], np.float32)
    picture = cv2.warpAffine(frame, move, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT_101)
    factor = matte.shape[1] / frame.shape[1]
    move_matte = move.copy()
    move_matte[:, :2] /= factor
    cover = cv2.warpAffine(matte.astype(np.float32), move_matte, size, borderMode=cv2.BORDER_REFLECT_101)
    cover = cv2.dilate(cover, np.ones((7, 7), np.uint8))
    weight = np.clip(1 - 2.5 * cover, 0, 1)
    radius = 0.016 * size[1]
    filled = np.zeros((*weight.shape, 3), np.float32)
    left = np.ones(weight.shape, np.float32)
    linear = (picture.astype(np.float32) / 255) ** 2.2
    # Near colours first; wider and wider blurs fill what stays unknown behind the person.
    for sigma in (radius, 2.5 * radius, 6 * radius, 14 * radius):
        layer = cv2.GaussianBlur(np.dstack([linear * weight[..., None], weight]), (0, 0), sigma)
        known = np.clip(2 * layer[..., 3] - 0.1, 0, 1) * left
        filled += known[..., None] * layer[..., :3] / np.maximum(layer[..., 3:], 1e-3)
        left = left - known
    mean = (linear * weight[..., None]).sum((0, 1)) / max(float(weight.sum()), 1.0)
    filled += left[..., None] * mean
    shown = np.clip(255 * np.clip(filled, 0, 1) ** (1 / 2.2), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(defocus(shown, 1.4 * radius)[:, ::-1])
