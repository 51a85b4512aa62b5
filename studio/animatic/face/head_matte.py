"""Faults of a matte that only show round a head: background taken for long hair, spikes at the shoulders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import hair, mesh, skin
from studio.animatic.face.backdrop import quantised
from studio.animatic.face.crop import box_about
from studio.animatic.face.planes import dilated, opened, unit


def beside_long_hair(
    rgb: NDArray, alpha: NDArray, pose: mesh.Pose, brightest: float, odds: NDArray[np.float32]
) -> None:
    """Take pieces of the background away that a matte has added to long hair.

    Beside the face and above the shoulders there is nothing but hair then, and much brighter than the hair at its
    brightest, and of the room's colours, it is not.

    Parameters
    ----------
    odds : (H, W) log odds of being the person by colour, see `backdrop`
    """
    import cv2

    x0, y0, x1, y1 = box_about(pose.centre_px, pose.ipd_px, (9.0, 3.2, 2.3), alpha.shape)
    if x1 - x0 < 8 or y1 - y0 < 8:
        return
    part = rgb[y0:y1, x0:x1]
    head = hair.head_grid(replace(pose, centre_px=pose.centre_px - (x0, y0)), (x1 - x0, y1 - y0))
    x, y = cv2.split(head)
    away = cv2.magnitude(x * np.float32(1 / 1.15), (y - np.float32(0.45)) * np.float32(1 / 1.55))
    beside = unit((away - 1) * 10) * unit((np.float32(2.1) - y) * np.float32(1 / 0.3))
    beside *= cv2.max(unit((np.abs(x) - np.float32(0.95)) * 10), unit(np.float32(0.8) - y))
    beside *= unit(-odds[y0:y1, x0:x1] - np.float32(0.2))
    light = cv2.GaussianBlur(skin.to_lab(part)[..., 0], (0, 0), 0.8)
    taken = beside * unit((light - np.float32(brightest + 2)) * np.float32(1 / 7))
    # a bright band is light on the hair's edge
    wide = dilated(opened(taken, max(1, round(0.16 * pose.ipd_px))), max(1, round(0.12 * pose.ipd_px)))
    taken = np.minimum(taken, cv2.GaussianBlur(wide, (0, 0), 1.0))
    kept = alpha[y0:y1, x0:x1] * (1 - taken)
    # what is left of them, their shaded edges, is thin
    calm = cv2.GaussianBlur(opened(kept, max(1, round(0.13 * pose.ipd_px))), (0, 0), 1.0)
    near = cv2.blur(taken, (2 * max(1, round(0.15 * pose.ipd_px)) + 1,) * 2)
    alpha[y0:y1, x0:x1] = kept + np.clip(3 * near, 0, 1) * (np.minimum(kept, calm) - kept)


_CELLS_PER_IPD = 8
"""Resolution at which pieces are followed; a finger is a cell wide."""


def only_attached(rgb: NDArray, alpha: NDArray, pose: mesh.Pose, hair_table: NDArray[np.float32]) -> None:
    """Take away, above the shoulders, what does not hang together with head or trunk: hands behind the head, things.

    A thin bridge does not count, unless it has the hair's colour.  Grey-scale reconstruction (Vincent 1993) on a coarse
    grid: smooth in the matte, so that nothing pops.

    Parameters
    ----------
    hair_table : (32768,) how likely a colour is hair
    """
    import cv2

    height, width = alpha.shape
    step = max(1.0, pose.ipd_px / _CELLS_PER_IPD)
    size = (max(8, round(width / step)), max(8, round(height / step)))
    low = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    at_x = (np.arange(size[0], dtype=np.float32) + 0.5) * width / size[0] - 0.5
    at_y = (np.arange(size[1], dtype=np.float32) + 0.5) * height / size[1] - 0.5
    head = pose.head_coordinates(np.dstack(np.meshgrid(at_x, at_y))).astype(np.float32)
    x, y = head[..., 0], head[..., 1]
    face = np.clip(6 * (1.1 - np.hypot(x / 1.45, (y + 0.1) / 1.9)), 0, 1)
    trunk = np.clip((y - 1.9) / 0.4, 0, 1)
    ours = np.maximum(face, trunk)
    hairy = np.clip(2 * hair_table[quantised(colour)] - 0.5, 0, 1)
    body = np.maximum(low * np.maximum(ours, hairy), opened(low, 2))
    seed = low * np.maximum(np.clip(3 * face, 0, 1), trunk * np.clip(2.5 - np.abs(x), 0, 1))
    found, nearest = np.minimum(seed, body), np.ones((3, 3), np.uint8)
    for _ in range(5 * _CELLS_PER_IPD):
        found = cv2.min(cv2.dilate(found, nearest), body)
    kept = cv2.GaussianBlur(cv2.dilate(found, np.ones((3, 3), np.uint8)), (0, 0), 0.6)
    share = np.clip((kept + 0.02) / (low + 0.02), 0, 1)
    share = np.maximum(share, ours)
    alpha *= cv2.resize(share.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    _even_outline(alpha, cv2.resize(hairy, (width, height), interpolation=cv2.INTER_LINEAR), pose.ipd_px)


def _even_outline(alpha: NDArray, hairy: NDArray[np.float32], ipd_px: float) -> None:
    """A body is round: notches and teeth of its outline, narrower than a twentieth of an ipd, are faults of the matte.

    Hair keeps them.
    """
    import cv2

    sigma = 0.05 * ipd_px
    calm = unit((cv2.GaussianBlur(alpha, (0, 0), sigma) - np.float32(0.5)) * max(1.0, sigma) + np.float32(0.5))
    alpha += (1 - hairy) * (calm - alpha)


def no_spikes(alpha: NDArray, pose: mesh.Pose) -> None:
    """Below the head there are no single hairs: what is thinner than a finger there is a fault of the matte."""
    import cv2

    rows = np.arange(alpha.shape[0], dtype=np.float32)[:, None]
    below = np.clip((rows - pose.centre_px[1]) / pose.ipd_px - 1.3, 0, 1)
    calm = cv2.GaussianBlur(opened(alpha, max(1, round(0.11 * pose.ipd_px))), (0, 0), 1.0)
    alpha += below * (np.minimum(alpha, calm) - alpha)
