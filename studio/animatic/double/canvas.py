"""A picture plane measured in statures, windows on it, and laying premultiplied colour on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture plane: ``origin`` is the pixel of (0, 0) in statures, ``stature_px`` the scale, ``shape`` (h, w)."""

    shape: tuple[int, int]
    origin: tuple[float, float]
    stature_px: float

    def axes(self) -> tuple[Plane, Plane]:
        """(1, w) x and (h, 1) y of the pixel centres in statures."""
        x = (np.arange(self.shape[1]) + 0.5 - self.origin[0]) / self.stature_px
        y = (np.arange(self.shape[0]) + 0.5 - self.origin[1]) / self.stature_px
        return x[None].astype(np.float32), y[:, None].astype(np.float32)

    def place(self, *points: NDArray) -> NDArray[np.float64]:
        """Points (x, y, z) in statures to (n, 3) pixels."""
        return np.array(points) * self.stature_px + [self.origin[0], self.origin[1], 0]

    def window(self, *points: NDArray, margin: float) -> tuple[Canvas, Window]:
        """The part of the canvas round some points with a margin in statures, and where it lies."""
        pixels = self.place(*points)[:, :2]
        pad = margin * self.stature_px
        x0, y0 = np.clip(np.floor(pixels.min(0) - pad), 0, np.array(self.shape[::-1]) - 1).astype(int)
        x1, y1 = np.clip(np.ceil(pixels.max(0) + pad), [x0 + 1, y0 + 1], self.shape[::-1]).astype(int)
        part = Canvas((int(y1 - y0), int(x1 - x0)), (self.origin[0] - x0, self.origin[1] - y0), self.stature_px)
        return part, (slice(y0, y1), slice(x0, x1))

    def blank(self) -> NDArray[np.float32]:
        """(h, w, 4) float32 with nothing on it."""
        return np.zeros((*self.shape, 4), np.float32)


def lay(picture: NDArray[np.float32], at: Window, colour: NDArray, cover: Plane) -> None:
    """Lay a display colour (h, w, 3) with coverage 0 to 1 over a part of a premultiplied picture (0..255), in place."""
    part = picture[at]
    part *= (1 - cover)[..., None]
    part[..., :3] += colour * cover[..., None]
    part[..., 3] += 255 * cover


def lay_patch(picture: NDArray[np.float32], at: Window, patch: NDArray[np.float32]) -> None:
    """Lay a premultiplied patch over a part of a premultiplied picture (0..255), in place."""
    part = picture[at]
    part *= 1 - patch[..., 3:] / np.float32(255)
    part += patch
