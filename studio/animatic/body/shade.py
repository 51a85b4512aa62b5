"""How light lies on skin and cloth of a posed body.

Colours are display colours (0..255) of a surface facing the viewer, as they were read off the footage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.raster import compiled
from studio.animatic.double.relief import lambert, lit
from studio.core.people import Light

Plane = NDArray[np.float32]
SKIN_WRAP = (0.62, 0.48, 0.42)  # red light travels furthest under the skin: its shadow edge is soft and warm
CLOTH_WRAP = 0.40


def skin(rgb: NDArray, normals: Plane, open_sky: Plane, red: Plane, nail: Plane, light: Light) -> Plane:
    """(h, w, 3) float32 0..255.

    Parameters
    ----------
    rgb : (3,) or (h, w, 3)
    normals : (h, w, 3), camera frame
    open_sky : (h, w) 0..1, ambient light that reaches the point
    red : (h, w) 0..1, knuckles and finger tips, where blood shows
    nail : (h, w) 0..1
    """
    x, y, z = normals[..., 0], normals[..., 1], -normals[..., 2]
    colour = np.broadcast_to(np.asarray(rgb, np.float32), normals.shape)
    flush = np.array([1.02, 0.90, 0.88], np.float32)
    colour = colour * (1 + red[..., None] * (flush - 1))
    plate = np.array([1.06, 0.97, 0.96], np.float32)
    colour = colour * (1 + np.clip(nail, 0, 1)[..., None] * (plate - 1))
    out = np.empty(normals.shape, np.float32)
    for channel, wrap in enumerate(SKIN_WRAP):
        shade = lambert(x, y, z, light, wrap) * _through(open_sky, (1.0, 1.25, 1.4)[channel])
        out[..., channel] = lit(colour[..., channel : channel + 1], shade, light)[..., 0]
    tint = np.sqrt(np.asarray(light.rgb, np.float32))
    out *= tint / tint[0]  # ``lit`` spread the light's red over every channel of one
    gloss = _gloss(normals, light, 9.0) * (9 + 26 * np.clip(nail, 0, 1)) * open_sky
    return np.clip(out + gloss[..., None], 0, 255)


def cloth(rgb: NDArray, normals: Plane, open_sky: Plane, light: Light) -> Plane:
    """(h, w, 3) float32 0..255; fibres that stand off lighten the edge of dull cloth a little."""
    x, y, z = normals[..., 0], normals[..., 1], -normals[..., 2]
    shade = lambert(x, y, z, light, CLOTH_WRAP) * _through(open_sky, 1.0)
    fuzz = np.float32(0.10) * np.clip(1 - z, 0, 1) ** 3 * open_sky
    colour = np.broadcast_to(np.asarray(rgb, np.float32), normals.shape)
    return lit(colour, shade + fuzz, light)


def _through(open_sky: Plane, power: float) -> Plane:
    return np.clip(open_sky, 0, 1) ** np.float32(power)


def _gloss(normals: Plane, light: Light, sharpness: float) -> Plane:
    """Broad shine of skin: J. Blinn's half vector."""
    half = np.asarray(light.direction, np.float32) + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    amount = normals[..., 0] * half[0] + normals[..., 1] * half[1] - normals[..., 2] * half[2]
    return np.clip(amount, 0, 1) ** np.float32(sharpness) - np.float32(0.35)


def bumped(normals: Plane, height_m: Plane, pixel_m: Plane | float) -> Plane:
    """Normals tilted by a small height field given on the picture; ``pixel_m`` is the width of a pixel there."""
    import cv2

    slope_x = cv2.Sobel(height_m, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8) / np.float32(pixel_m)
    slope_y = cv2.Sobel(height_m, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8) / np.float32(pixel_m)
    tilted = normals.copy()
    tilted[..., 0] -= np.clip(slope_x, -0.6, 0.6)
    tilted[..., 1] -= np.clip(slope_y, -0.6, 0.6)
    return tilted / (np.linalg.norm(tilted, axis=-1, keepdims=True) + np.float32(1e-6))


def open_sky(depth_m: Plane, focal_px: float, reach_m: float, strength: float) -> Plane:
    """(h, w) float32 in 0..1, ambient light left where neighbours within ``reach_m`` stand nearer to the lens.

    Ambient occlusion on the z-buffer (M. Mittring, "Finding Next Gen", SIGGRAPH 2007 course), sixteen fixed directions;
    what stands further in front than three reaches throws no such shadow.
    """
    out = np.ones(depth_m.shape, np.float32)
    turn = np.arange(16) * 2.399963
    way = np.sqrt((np.arange(16) + 0.5) / 16)
    ring = np.stack([np.cos(turn) * way, np.sin(turn) * way], 1)
    compiled(_occlude)(np.ascontiguousarray(depth_m, np.float32), ring, focal_px * reach_m, reach_m, strength, out)
    return out


def _occlude(depth, ring, reach_px_m, reach_m, strength, out):
    """Darken ``out`` at every sample that has a depth."""
    height, width = depth.shape
    for y in range(height):
        for x in range(width):
            z = depth[y, x]
            if not np.isfinite(z):
                continue
            reach_px = reach_px_m / z
            total = 0.0
            for k in range(ring.shape[0]):
                dx, dy = int(round(ring[k, 0] * reach_px)), int(round(ring[k, 1] * reach_px))
                x1, y1, x2, y2 = x + dx, y + dy, x - dx, y - dy
                a = 0.0
                b = 0.0
                if 0 <= x1 < width and 0 <= y1 < height and np.isfinite(depth[y1, x1]):
                    a = (z - depth[y1, x1]) / reach_m
                if 0 <= x2 < width and 0 <= y2 < height and np.isfinite(depth[y2, x2]):
                    b = (z - depth[y2, x2]) / reach_m
                if a > 3:
                    a = max(0.0, 6 - a) / 3
                if b > 3:
                    b = max(0.0, 6 - b) / 3
                total += max(a + b, 0.0)  # a slope rises on one side as it falls on the other: no hollow
            out[y, x] = np.exp(-strength * total / ring.shape[0])
