"""What folds are drawn from: wrinkles grown out of noise that runs one way, and single grooves along a path.

Nothing here is a pen: a wrinkle field is band-passed noise stretched along the fold (after the oriented noise of Perlin
1985 and spot noise of van Wijk 1991), so that lines fork, break off, double and differ in depth as they do in skin; a
groove has a narrow valley, a wide shade on one side and a bulge on the other.  Lengths are in ipd.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


def noise(shape: tuple[int, int], sigma_down: float, sigma_across: float, rng: np.random.Generator) -> Plane:
    """(h, w) Gaussian noise of unit variance, blurred by that many px."""
    import cv2

    plane = rng.standard_normal(shape).astype(np.float32)
    plane = cv2.GaussianBlur(plane, (0, 0), sigmaX=max(0.3, sigma_across), sigmaY=max(0.3, sigma_down))
    return plane / (plane.std() + 1e-9)


def ripples(across: Plane, along: Plane, period: float, length: float, rng: np.random.Generator) -> Plane:
    """Signed wrinkle field of unit variance: one wave per ``period`` across, coherent over ``length`` along.

    Parameters
    ----------
    across, along : of any one shape, curved coordinates in which the wrinkles run straight
    """
    import cv2

    cell = period / 7
    stretch = length / period
    low = np.array([across.min(), along.min()])
    rows = int(np.ceil((across.max() - low[0]) / cell)) + 12
    columns = int(np.ceil((along.max() - low[1]) / (cell * stretch))) + 12
    white = rng.standard_normal((rows, columns)).astype(np.float32)
    # a band about an octave wide: narrower looks like corduroy, wider like cloud
    fine = cv2.GaussianBlur(white, (0, 0), sigmaX=1.6, sigmaY=1.3)
    wide = cv2.GaussianBlur(white, (0, 0), sigmaX=1.6, sigmaY=3.2)
    band = fine - wide
    band /= band.std() + 1e-9
    # remap takes no row as long as a whole picture
    x, y = (
        np.pad(part.ravel().astype(np.float32), (0, -part.size % 512), "edge").reshape(-1, 512)
        for part in ((along - low[1]) / (cell * stretch) + 6, (across - low[0]) / cell + 6)
    )
    drawn = cv2.remap(band, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return drawn.ravel()[: along.size].reshape(along.shape)


def valleys(field: Plane, mask: Plane, gain: float) -> Plane:
    """Depth of the wrinkles at an age: ``gain`` 0 none, 1 at 75 years; lines get deeper and more of them show.

    The same noise gives the same lines at every age, each never shallower than before; unit mean square over the mask
    at gain 1, so that every person is wrinkled as much, in other places.
    """

    def deep(share: float) -> Plane:
        return np.clip(field - (1.25 - 0.85 * share), 0, 3).astype(np.float32) ** 1.5

    weight = float(mask.sum()) + 1e-6
    full = float(np.sqrt((deep(1.0) ** 2 * mask).sum() / weight)) + 1e-6
    return np.float32(gain / full) * deep(min(gain, 1.2)) * mask


@dataclass(frozen=True, slots=True)
class Path:
    """A smooth curve on the face.

    Parameters
    ----------
    points : (n, 2) ipd, densely spaced
    tangent : (n, 2) unit
    """

    points: NDArray[np.float64]
    tangent: NDArray[np.float64]

    @classmethod
    def through(cls, knots: NDArray, rng: np.random.Generator, wander: float = 0.02) -> Path:
        """A curve near the knots; every person's takes its own way by about ``wander``."""
        from scipy.interpolate import PchipInterpolator
        from scipy.ndimage import gaussian_filter1d

        knots = np.asarray(knots, float)
        knots = knots + wander * np.clip(rng.standard_normal(knots.shape), -1.5, 1.5)
        span = np.r_[0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))]
        count = max(12, int(span[-1] / 0.006))
        dense = PchipInterpolator(span, knots)(np.linspace(0, span[-1], count))
        dense = gaussian_filter1d(dense, count / 14, axis=0, mode="nearest")
        shake = gaussian_filter1d(rng.standard_normal(dense.shape), 7, axis=0)
        dense = dense + 0.2 * wander * shake / (shake.std() + 1e-9)
        tangent = np.gradient(dense, axis=0)
        return cls(dense, tangent / (np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12))

    def measure(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Signed distance (positive to the left of the way as drawn with y down) and 0..1 along, for flat arrays."""
        from scipy.spatial import cKDTree

        at = np.c_[x, y]
        distance, nearest = cKDTree(self.points).query(at)
        off = at - self.points[nearest]
        side = self.tangent[nearest, 0] * off[:, 1] - self.tangent[nearest, 1] * off[:, 0]
        sign = np.where(side < 0, 1.0, -1.0)
        return (sign * distance).astype(np.float32), (nearest / (len(self.points) - 1)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Groove:
    """Cross section of a fold, in ipd and natural log.

    Parameters
    ----------
    width : of the valley
    depth : of the valley's shade
    soft : of the wide shade beside it, on the right of the path
    bulge : height of the skin that hangs over it, on the left of the path, times 10 in ipd
    """

    width: float
    depth: float
    soft: float
    bulge: float

    def cut(
        self, shade: Plane, height: Plane, x: Plane, y: Plane, path: Path, gain: float, rng: np.random.Generator
    ) -> None:
        """Add the fold to ``shade`` (natural log) and ``height`` (ipd), in place; all (h, w)."""
        reach = 7 * self.width + 0.06
        low, high = path.points.min(0) - reach, path.points.max(0) + reach
        near = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1])
        if not near.any():
            return
        s, t = path.measure(x[near], y[near])
        window = np.clip(t / 0.22, 0, 1) * np.clip((1 - t) / 0.3, 0, 1)
        window = (window * (2 - window)).astype(np.float32)
        # uneven along its way, as skin is
        knots = 1 + 0.22 * np.clip(rng.standard_normal(7), -1.6, 1.6)
        window *= np.interp(t, np.linspace(0, 1, 7), knots).astype(np.float32)
        w = self.width
        valley = np.exp(-((s / w) ** 2))
        beside = np.where(s < 0, np.exp(s / (3.5 * w)), np.exp(-((s / (1.5 * w)) ** 2)))
        hang = np.exp(-(((s - 3.2 * w) / (2.4 * w)) ** 2))
        shade[near] -= gain * window * (self.depth * valley + self.soft * beside - 0.16 * self.depth * hang)
        height[near] += gain * window * (0.1 * self.bulge * hang - 0.35 * w * self.depth * valley)


def blob(x: Plane, y: Plane, at: tuple[float, float], size: tuple[float, float], turn_deg: float = 0.0) -> Plane:
    """(h, w) Gaussian, 1 in the middle."""
    turn = np.radians(turn_deg)
    dx, dy = x - at[0], y - at[1]
    u = dx * np.cos(turn) + dy * np.sin(turn)
    v = dy * np.cos(turn) - dx * np.sin(turn)
    return np.exp(-0.5 * ((u / size[0]) ** 2 + (v / size[1]) ** 2)).astype(np.float32)
