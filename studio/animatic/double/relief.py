"""A relief: the visible front of a soft shape as a height field with a smooth outline, and how light falls on it.

A shape is the smooth union of tubes (tapered capsules along a curve) and of any other height fields.
The signed distance ``sdf`` gives an anti-aliased outline without supersampling; the height ``z`` gives normals.
Smooth union: the polynomial smooth minimum of I. Quilez.  All lengths are pixels.

This module knows nothing of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.core.people import Light

Plane = NDArray[np.float32]
FAR = np.float32(1e4)


@dataclass(slots=True)
class Relief:
    """A height field under construction.

    Parameters
    ----------
    sdf : (h, w) float32, signed distance to the outline, negative inside
    z : (h, w) float32, height towards the viewer, meaningful where ``sdf`` is small
    """

    sdf: Plane
    z: Plane

    def cover(self) -> Plane:
        """(h, w) float32 coverage 0 to 1, about one and a half pixels soft."""
        return np.clip(0.5 - self.sdf / np.float32(1.5), 0, 1)

    def surface(self, soft_px: float = 0.0) -> Plane:
        """(h, w) float32 height that falls away gently outside, so that outlines get no false edge."""
        import cv2

        inside = (self.sdf < 1).astype(np.float32)
        size = 2 * int(max(2.0, soft_px) * 1.5) + 3
        weight = cv2.blur(inside, (size, size))
        near = cv2.blur(np.where(self.sdf < 1, self.z, 0), (size, size)) / (weight + np.float32(1e-3))
        filled = np.where(self.sdf < 1, self.z, near - np.clip(self.sdf, 0, 6))
        return cv2.GaussianBlur(filled, (0, 0), soft_px) if soft_px > 0.3 else filled

    def add(self, sdf: Plane, z: Plane, at: tuple[slice, slice], blend_px: float) -> None:
        """Smooth union with another shape on the part ``at`` of the picture."""
        old_s, old_z = self.sdf[at], self.z[at]
        k = np.float32(max(blend_px, 1e-3))
        mix = np.clip(0.5 + (old_s - sdf) / (2 * k), 0, 1)
        self.sdf[at] = old_s + (sdf - old_s) * mix - k * mix * (1 - mix)
        mix = np.clip(0.5 + (z - old_z) / (2 * k), 0, 1)
        self.z[at] = old_z + (z - old_z) * mix + k * mix * (1 - mix)

    def add_tube(self, path: NDArray, radius: NDArray, blend_px: float = 0.0) -> None:
        """Add a tapered tube with round ends along a smoothed curve.

        Parameters
        ----------
        path : (n, 3) x, y, z of the axis
        radius : (n,) radii at those points
        """
        points = _smooth_path(np.column_stack([path, radius]), 5)
        height, width = self.sdf.shape
        pad = float(points[:, 3].max()) + 2 * blend_px + 3
        x0, y0 = np.floor(points[:, :2].min(0) - pad).astype(int)
        x1, y1 = np.ceil(points[:, :2].max(0) + pad).astype(int)
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
        if x1 <= x0 or y1 <= y0:
            return
        xs = np.arange(x0, x1, dtype=np.float32)[None] + np.float32(0.5)
        ys = np.arange(y0, y1, dtype=np.float32)[:, None] + np.float32(0.5)
        sdf, z = (np.full((y1 - y0, x1 - x0), v, np.float32) for v in (FAR, -FAR))
        for a, b in pairwise(points):
            reach = max(a[3], b[3]) + 2 * blend_px + 3
            cx0 = int(max(min(a[0], b[0]) - reach - x0, 0))
            cy0 = int(max(min(a[1], b[1]) - reach - y0, 0))
            cx1 = int(np.ceil(max(a[0], b[0]) + reach - x0))
            cy1 = int(np.ceil(max(a[1], b[1]) + reach - y0))
            at = (slice(cy0, cy1), slice(cx0, cx1))
            dx, dy = b[0] - a[0], b[1] - a[1]
            length2 = max(dx * dx + dy * dy, 1e-6)
            px, py = xs[:, at[1]] - np.float32(a[0]), ys[at[0]] - np.float32(a[1])
            free = (px * np.float32(dx) + py * np.float32(dy)) / np.float32(length2)
            t = np.clip(free, 0, 1)
            dist = np.sqrt((px - t * np.float32(dx)) ** 2 + (py - t * np.float32(dy)) ** 2)
            over = dist - (np.float32(a[3]) + t * np.float32(b[3] - a[3]))
            # highest point of all balls along the piece: where it leans in depth that is not the ball beside the pixel
            dz, length = b[2] - a[2], np.sqrt(length2)
            side2 = (px * np.float32(dy) - py * np.float32(dx)) ** 2 / np.float32(length2)
            r2 = (np.float32(a[3]) + t * np.float32(b[3] - a[3])) ** 2
            lean = np.float32(dz / np.sqrt(length2 + dz * dz) / length)
            t = np.clip(free + lean * np.sqrt(np.maximum(r2 - side2, 0)), 0, 1)
            dome = np.sqrt(np.maximum(r2 - side2 - (free - t) ** 2 * np.float32(length2), 0))
            top = np.float32(a[2]) + t * np.float32(dz) + dome - 2 * np.maximum(over, 0)
            top = np.where(over < np.float32(0.5 * blend_px + 1.5), top, -FAR)
            np.maximum(z[at], top, out=z[at])
            np.minimum(sdf[at], over, out=sdf[at])
        self.add(sdf, z, (slice(y0, y1), slice(x0, x1)), blend_px)


def _smooth_path(points: NDArray, steps: int) -> NDArray:
    """Catmull-Rom curve through (n, d) points, ``steps`` pieces between two of them."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = (np.arange(steps) / steps)[:, None]
    pieces = []
    for p0, p1, p2, p3 in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        pieces.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )
    return np.vstack([*pieces, points[-1:]])


def normals(z: Plane, steepest: float = 1.7) -> tuple[Plane, Plane, Plane]:
    """Unit normals (x, y, z planes) of a height field; slopes saturate softly, else outlines and creases turn black."""
    import cv2

    gx = cv2.Sobel(z, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    gy = cv2.Sobel(z, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    slope = np.sqrt(gx * gx + gy * gy) + np.float32(1e-6)
    limit = np.float32(steepest) * np.tanh(slope / np.float32(steepest)) / slope
    gx *= limit
    gy *= limit
    inverse = 1 / np.sqrt(1 + gx * gx + gy * gy)
    return -gx * inverse, -gy * inverse, inverse


def lambert(nx: Plane, ny: Plane, nz: Plane, light: Light, wrap: float = 0.5) -> Plane:
    """(h, w) float32 irradiance, about 1 on a surface that faces the viewer.

    One wrapped key light and a sky that is brighter above than below (a room's ceiling against its floor).
    """
    lx, ly, lz = light.direction
    lz = max(
        lz, 0.35
    )  # the user's face looks at the lens, the double's back does too: light from behind them is only rim
    norm = float(np.sqrt(lx * lx + ly * ly + lz * lz))
    lx, ly, lz = lx / norm, ly / norm, lz / norm
    key = 0.34 + 0.5 * light.contrast

    def falls(x: Plane | float, y: Plane | float, z: Plane | float) -> Plane | float:
        direct = np.maximum(
            np.float32(lx) * x + np.float32(ly) * y + np.float32(lz) * z + np.float32(wrap), 0
        ) / np.float32(1 + wrap)
        sky = np.float32(0.74) - np.float32(0.20) * y + np.float32(0.26) * z
        return np.float32(key) * direct + np.float32(1 - key) * sky

    return np.asarray(falls(nx, ny, nz) / falls(0.0, -0.15, 0.989), np.float32)


def hollows(z: Plane, inside: Plane, radius_px: float, strength: float) -> Plane:
    """(h, w) float32 in 0..1: ambient light that reaches a point, less where its surroundings stand higher."""
    import cv2

    shrink = max(1, int(radius_px / 3))
    small = (z.shape[1] // shrink + 1, z.shape[0] // shrink + 1)
    weight = cv2.resize(inside, small, interpolation=cv2.INTER_AREA)
    height = cv2.resize(z * inside, small, interpolation=cv2.INTER_AREA)
    sigma = max(radius_px / shrink, 0.8)
    around = cv2.GaussianBlur(height, (0, 0), sigma) / (cv2.GaussianBlur(weight, (0, 0), sigma) + np.float32(1e-3))
    around = cv2.resize(around, (z.shape[1], z.shape[0]), interpolation=cv2.INTER_LINEAR)
    deeper = np.tanh(np.maximum(around - z, 0) / np.float32(radius_px))
    return np.exp(np.float32(-strength) * deeper)


def lit(albedo: NDArray, shade: Plane, light: Light) -> NDArray[np.float32]:
    """(h, w, 3) float32 0..255: a display colour under that irradiance, multiplied in (square root) linear light."""
    tint = np.sqrt(np.asarray(light.rgb, np.float32))
    return np.clip(np.asarray(albedo, np.float32) * np.sqrt(np.maximum(shade, 0))[..., None] * tint, 0, 255)
