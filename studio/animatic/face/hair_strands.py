"""A texture of fine strands that run as the person's own hair does, made once and carried in head coordinates.

The direction comes from the filmed hair (structure tensor, Bigun and Granlund 1987), where it shows one; elsewhere long
hair falls round the face and short hair is combed back.  White noise is then smeared along it (line integral
convolution, Cabral and Leedom 1993; here by doubling steps).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import hair_raster
from studio.animatic.face.skin import to_lab

Map = NDArray[np.float32]

_FINEST_PER_IPD = 80
"""A strand of the texture is two of its pixels wide: 1.5 mm, what a lock of grey hair shows in a portrait."""
_LENGTH_IPD = 0.35
"""Length over which a strand keeps its tone."""


def weave(rgb: Map, mask: Map, head: Map, ipd_px: float, soft_px: float, rng: np.random.Generator) -> Map:
    """(rows, columns) noise along the hair, about -1..1, covering the raster of `hair_raster`.

    Parameters
    ----------
    rgb : (h, w, 3) reference picture; mask : (h, w) its hair; head : (h, w, 2) its head coordinates
    soft_px : blur of the picture itself, px: the texture is not finer
    """
    import cv2

    angle_x2 = _direction(rgb, mask, head)
    per_ipd = float(min(ipd_px, _FINEST_PER_IPD))
    width = round((hair_raster.EAST - hair_raster.WEST) * per_ipd)
    height = round((hair_raster.SOUTH - hair_raster.NORTH) * per_ipd)
    wide = cv2.resize(angle_x2, (width, height), interpolation=cv2.INTER_LINEAR)
    angle = 0.5 * np.arctan2(wide[..., 1], wide[..., 0])
    along = np.dstack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    place = np.dstack([columns, rows])
    soft = max(0.6, soft_px * per_ipd / ipd_px)
    mixed = np.zeros((height, width), np.float32)
    # single strands, bundles and locks of them
    for sigma, weight in ((soft, 0.7), (0.03 * per_ipd + soft, 0.5), (0.07 * per_ipd + soft, 0.45)):
        smeared = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), sigma)
        step = 0.75
        while step < 0.5 * _LENGTH_IPD * per_ipd:
            ends = [
                cv2.remap(smeared, place + side * step * along, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
                for side in (-1, 1)
            ]
            smeared = (ends[0] + ends[1]) / 2
            step *= 2
        mixed += weight * smeared / max(float(smeared.std()), 1e-6)
    return np.clip(mixed / 1.8, -1, 1).astype(np.float32)


def on_picture(texture: Map, head: Map) -> Map:
    """The texture (or any map over the raster's area) on a picture with these head coordinates."""
    import cv2

    per_ipd = texture.shape[1] / (hair_raster.EAST - hair_raster.WEST)
    move = (hair_raster.to_raster(head) + [[0, 0, 0.5]]) * (per_ipd / hair_raster.PER_IPD) - [[0, 0, 0.5]]
    return cv2.warpAffine(
        texture,
        move,
        head.shape[1::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )


def _direction(rgb: Map, mask: Map, head: Map) -> Map:
    """(H, W, 2) cosine and sine of twice the angle of the hair, on the raster."""
    import cv2

    light = to_lab(hair_raster.unfold(rgb, head))[..., 0]
    hair = np.clip(2 * hair_raster.unfold(mask, head) - 1, 0, 1)
    # the outline is no strand
    hair = cv2.erode(hair, np.ones((5, 5), np.uint8))
    right, down = (cv2.Sobel(light, cv2.CV_32F, *order, ksize=3) / 8 for order in ((1, 0), (0, 1)))
    # the gradient lies across the strand: its double angle turned by half a circle
    tensor = (
        np.dstack([down**2 - right**2, -2 * right * down, right**2 + down**2, np.ones_like(right)]) * hair[..., None]
    )
    tensor = cv2.GaussianBlur(tensor, (0, 0), 0.11 * hair_raster.PER_IPD)
    seen = tensor[..., :2] / (tensor[..., 2:3] + 0.4 * tensor[..., 3:] + 1e-4)
    usual = _usual(_long(hair))
    mixed = cv2.GaussianBlur(seen + 0.2 * usual, (0, 0), 0.06 * hair_raster.PER_IPD)
    return (mixed / (np.linalg.norm(mixed, axis=-1, keepdims=True) + 1e-6)).astype(np.float32)


def _long(hair: Map) -> float:
    _, y = hair_raster.grid()
    return float(np.clip((hair * (y > 0.9)).sum() / (0.5 * hair_raster.PER_IPD**2), 0, 1))


def _usual(long: float) -> Map:
    """Twice the angle of hair nobody has looked at: round the face and down when long, away from it when short."""
    x, y = hair_raster.grid()
    above = np.minimum(y - 0.3, -0.05)
    round_face = np.arctan2(x, -above) * 2
    away = np.arctan2(above, x) * 2
    both = [np.dstack([np.cos(angle), np.sin(angle)]) for angle in (round_face, away)]
    # a fringe falls; whiskers grow down and a little outwards
    forehead = np.clip((y + 1.2) / 0.25, 0, 1) * np.clip((1.05 - np.abs(x)) / 0.25, 0, 1) * (y < 0.2)
    beard = np.clip((y - 0.4) / 0.4, 0, 1) * np.clip((1.3 - np.abs(x)) / 0.3, 0, 1)
    down = np.dstack([np.cos(np.pi - 0.8 * x), np.sin(np.pi - 0.8 * x)])
    hair = long * both[0] + (1 - long) * both[1]
    return (hair + np.maximum((1 - long) * beard, forehead)[..., None] * (down - hair)).astype(np.float32)
