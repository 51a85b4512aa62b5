"""Faults of a matte that only show round a head: background taken for long hair, spikes at the shoulders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import hair, mesh, skin
from studio.animatic.face.crop import box_about
from studio.animatic.face.planes import opened


def beside_long_hair(rgb: NDArray, alpha: NDArray, pose: mesh.Pose, brightest: float) -> None:
    """Take pieces of the background away that a matte has added to long hair.

    Beside the face and above the shoulders there is nothing but hair then, and much brighter than the hair at its
    brightest it is not.
    """
    import cv2

    x0, y0, x1, y1 = box_about(pose.centre_px, pose.ipd_px, (2.6, 3.2, 2.3), alpha.shape)
    if x1 - x0 < 8 or y1 - y0 < 8:
        return
    part = rgb[y0:y1, x0:x1]
    head = hair.head_grid(replace(pose, centre_px=pose.centre_px - (x0, y0)), (x1 - x0, y1 - y0))
    x, y = head[..., 0], head[..., 1]
    beside = np.clip((np.hypot(x / 1.15, (y - 0.45) / 1.55) - 1) / 0.1, 0, 1) * np.clip((2.1 - y) / 0.3, 0, 1)
    beside *= np.maximum(np.clip((np.abs(x) - 0.95) / 0.1, 0, 1), np.clip(0.8 - y, 0, 1))
    light = cv2.GaussianBlur(skin.to_lab(part)[..., 0], (0, 0), 0.8)
    kept = alpha[y0:y1, x0:x1] * (1 - beside * np.clip((light - brightest - 2) / 7, 0, 1))
    # what is left of them, their shaded edges, is thin
    calm = cv2.GaussianBlur(opened(kept, max(1, round(0.13 * pose.ipd_px))), (0, 0), 1.0)
    alpha[y0:y1, x0:x1] = kept + beside * (np.minimum(kept, calm) - kept)


def no_spikes(alpha: NDArray, pose: mesh.Pose) -> None:
    """Below the head there are no single hairs: what is thinner than a finger there is a fault of the matte."""
    import cv2

    rows = np.arange(alpha.shape[0], dtype=np.float32)[:, None]
    below = np.clip((rows - pose.centre_px[1]) / pose.ipd_px - 1.3, 0, 1)
    calm = cv2.GaussianBlur(opened(alpha, max(1, round(0.11 * pose.ipd_px))), (0, 0), 1.0)
    alpha += below * (np.minimum(alpha, calm) - alpha)
