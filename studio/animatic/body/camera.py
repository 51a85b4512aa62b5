"""A pinhole camera for bodies in metres.

The camera frame is OpenCV's: the lens at the origin, x right, y down, z away from the lens.  A pixel is
``focal * (x / z, y / z) + centre``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.compose.view import View
from studio.core.frames import Size

FOCAL_SHARE = 1.25  # of the longer side of the picture; a phone's main lens, assumed where nothing is known
NEAREST_M = 0.05
FACING = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])  # body frame -> camera frame of somebody facing the lens
AWAY = np.array([[-1.0, 0, 0], [0, -1, 0], [0, 0, 1]])  # the same with the back to the lens


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole.

    Parameters
    ----------
    focal_px : of the picture's pixels
    centre_px : (x, y) where the optical axis meets the picture
    size_px : width, height of the picture
    """

    focal_px: float
    centre_px: tuple[float, float]
    size_px: Size

    @classmethod
    def of_clip(cls, size_px: Size, focal_share: float = FOCAL_SHARE) -> Camera:
        """The camera of an upright clip: axis in the middle, focal length assumed from the longer side."""
        width, height = size_px
        return cls(focal_share * max(size_px), (width / 2, height / 2), (width, height))

    def through(self, view: View) -> Camera:
        """The same lens seen through a film view, so that it projects to film pixels."""
        x = (self.centre_px[0] - view.x_px) * view.scale + view.size_px[0] / 2
        y = (self.centre_px[1] - view.y_px) * view.scale + view.size_px[1] / 2
        return Camera(self.focal_px * view.scale, (x, y), view.size_px)

    def cropped(self, x_px: int, y_px: int, size_px: Size, factor: float = 1.0) -> Camera:
        """The camera of a crop of the picture, drawn at ``factor`` crop pixels per pixel."""
        x, y = (self.centre_px[0] - x_px) * factor, (self.centre_px[1] - y_px) * factor
        return Camera(self.focal_px * factor, (x, y), (round(size_px[0] * factor), round(size_px[1] * factor)))

    def project(self, points_m: NDArray) -> NDArray:
        """(..., 3) points in metres -> (..., 2) pixels; points behind the lens are taken to just before it."""
        points_m = np.asarray(points_m)
        depth_m = np.maximum(points_m[..., 2:3], NEAREST_M)
        return points_m[..., :2] / depth_m * self.focal_px + np.asarray(self.centre_px, points_m.dtype)

    def unproject(self, points_px: NDArray, depth_m: NDArray | float) -> NDArray:
        """(..., 2) pixels at a depth (scalar or (...)) -> (..., 3) metres."""
        points_px = np.asarray(points_px, np.float64)
        depth = np.broadcast_to(np.asarray(depth_m, np.float64), points_px.shape[:-1])[..., None]
        flat = (points_px - np.asarray(self.centre_px)) / self.focal_px * depth
        return np.concatenate([flat, depth], axis=-1)
