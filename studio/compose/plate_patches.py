"""Completion from patches: the hole is filled so that every little window of it looks like some window outside.

"Space-time completion of video" (Wexler, Shechtman, Irani 2007) with the nearest windows found as in "PatchMatch"
(Barnes et al. 2009): coarse to fine; at each size windows pass good matches on to their neighbours and try random
ones, then all windows over a pixel vote for its colour.  Every step runs on all windows at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_HALF = 3
_COARSEST_PX = 64
_BLOCK = 4096
_FEWEST_ROUNDS = 2
_FAR_LEVELS = 4.0
"""A source a tenth of the picture's height higher or lower must look better by this many levels: skirtings, horizons
and floors run level, so what is missing is found beside the hole rather than above it."""
_SIDEWAYS = 0.5
"""The same for a source a tenth of the width to the side: things come from near by."""


@dataclass(slots=True)
class Completion:
    """A filled small picture and where its pixels came from.

    Parameters
    ----------
    values : (h, w, 3) float32, 0..255
    offset : (h, w, 2) int32, (dy, dx) from each pixel to its source; 0 outside the hole
    """

    values: Floats
    offset: NDArray[np.int32]


def complete(values: Floats, known: NDArray[np.bool_], start: Floats, rng: np.random.Generator) -> Completion:
    """Fill ``values`` where not ``known``.

    Parameters
    ----------
    values : (h, w, 3) float32
    known : (h, w) bool
    start : (h, w, 3) float32, a first guess, used at the coarsest size only
    """
    import cv2

    height, width = known.shape
    sizes = [(width, height)]
    while max(sizes[0]) > 1.6 * _COARSEST_PX and min(sizes[0]) > 16:
        sizes.insert(0, (max(8, round(sizes[0][0] / 1.6)), max(8, round(sizes[0][1] / 1.6))))
    current: Completion | None = None
    for level, size in enumerate(sizes):
        solid = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        seen = solid > 0.999
        sums = cv2.resize(np.where(known[..., None], values, 0), size, interpolation=cv2.INTER_AREA)
        here = sums / np.maximum(solid, 1e-6)[..., None]
        if not _sources(seen).any():
            continue
        if current is None:
            guess = cv2.resize(start, size, interpolation=cv2.INTER_AREA)
            offset = _random_offsets(seen, rng)
        else:
            guess = cv2.resize(current.values, size, interpolation=cv2.INTER_CUBIC)
            old = current.offset.shape[1::-1]
            ratio = np.array([size[1] / old[1], size[0] / old[0]], np.float32)
            offset = cv2.resize(current.offset.astype(np.float32), size, interpolation=cv2.INTER_NEAREST) * ratio
            offset = offset.round().astype(np.int32)
        filled = np.where(seen[..., None], here, np.clip(guess, 0, 255)).astype(np.float32)
        rounds = max(_FEWEST_ROUNDS, 9 - 2 * level)
        current = _Level(filled, seen, offset, rng).run(rounds)
    return current or Completion(np.where(known[..., None], values, start), np.zeros((height, width, 2), np.int32))


def _sources(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Centres of windows that are wholly known and wholly inside."""
    import cv2

    window = np.ones((2 * _HALF + 1, 2 * _HALF + 1), np.uint8)
    return cv2.erode(known.astype(np.uint8), window, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0


def _random_offsets(known: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int32]:
    ys, xs = np.nonzero(_sources(known))
    height, width = known.shape
    pick = rng.integers(0, len(ys), (height, width))
    y, x = np.mgrid[:height, :width]
    return np.dstack([ys[pick] - y, xs[pick] - x]).astype(np.int32)


class _Level:
    """One size: windows, their best matches, and the votes."""

    def __init__(
        self, filled: Floats, known: NDArray[np.bool_], offset: NDArray[np.int32], rng: np.random.Generator
    ) -> None:
        import cv2

        self.filled, self.known, self.offset, self.rng = filled, known, offset, rng
        self.ok = _sources(known)
        self.height, self.width = known.shape
        reach = np.ones((2 * _HALF + 1, 2 * _HALF + 1), np.uint8)
        near = cv2.dilate((~known).astype(np.uint8), reach) > 0
        self.y, self.x = np.nonzero(near)
        # Windows at the rim know most: their votes count more than those deep inside (Wexler's gamma 1.3).
        depth = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3)
        scale = max(1.0, float(depth.max()) / 12)
        self.weight = (1.3 ** (-depth / scale)).astype(np.float32)
        self.cost = np.full(len(self.y), np.inf, np.float32)
        level = _FAR_LEVELS**2 * 3 * (2 * _HALF + 1) ** 2
        self.leaning = (level / (0.1 * self.height) ** 2, _SIDEWAYS * level / (0.1 * self.width) ** 2)

    def run(self, rounds: int) -> Completion:
        for _ in range(rounds):
            self._index()
            self._match()
            self._vote()
        offset = np.where(self.known[..., None], 0, self.offset)
        return Completion(self.filled, offset.astype(np.int32))

    def _index(self) -> None:
        """Windows of the current guess; all costs anew."""
        edge = np.pad(self.filled, ((_HALF, _HALF), (_HALF, _HALF), (0, 0)), mode="reflect")
        views = np.lib.stride_tricks.sliding_window_view(edge, (2 * _HALF + 1, 2 * _HALF + 1), axis=(0, 1))
        self.windows = views.reshape(self.height, self.width, -1)
        self.here = self.windows[self.y, self.x]
        self.cost[:] = np.inf
        self._try(self.offset[self.y, self.x].copy())

    def _match(self) -> None:
        span = max(self.height, self.width)
        for step in (1, 4, 1):
            for dy, dx in ((0, step), (0, -step), (step, 0), (-step, 0)):
                y, x = np.clip(self.y + dy, 0, self.height - 1), np.clip(self.x + dx, 0, self.width - 1)
                self._try(self.offset[y, x])
            reach = span
            while reach >= 2 and step == 1:
                jump = self.rng.integers(-reach, reach + 1, (len(self.y), 2))
                self._try(self.offset[self.y, self.x] + jump)
                reach //= 4

    def _try(self, offset: NDArray[np.integer]) -> None:
        """Take these offsets where they match better than what is held."""
        ty, tx = self.y + offset[:, 0], self.x + offset[:, 1]
        inside = (ty >= 0) & (ty < self.height) & (tx >= 0) & (tx < self.width)
        inside[inside] = self.ok[ty[inside], tx[inside]]
        which = np.flatnonzero(inside)
        for first in range(0, len(which), _BLOCK):
            block = which[first : first + _BLOCK]
            wrong = self.here[block] - self.windows[ty[block], tx[block]]
            cost = np.einsum("ij,ij->i", wrong, wrong) + self.leaning[0] * offset[block, 0].astype(np.float32) ** 2
            cost += self.leaning[1] * offset[block, 1].astype(np.float32) ** 2
            better = cost < self.cost[block]
            took = block[better]
            self.cost[took] = cost[better]
            self.offset[self.y[took], self.x[took]] = offset[took]

    def _vote(self) -> None:
        """Every pixel of the hole: mean of what the windows over it would put there."""
        match = np.full((self.height, self.width), np.inf, np.float32)
        match[self.y, self.x] = self.cost
        level = max(float(np.percentile(self.cost[np.isfinite(self.cost)], 75)), 1.0)
        share = np.where(np.isfinite(match), np.exp(-match / (2 * level)) + 1e-4, 0) * self.weight
        py, px = np.nonzero(~self.known)
        total, weights = np.zeros((len(py), 3), np.float32), np.full(len(py), 1e-9, np.float32)
        for dy in range(-_HALF, _HALF + 1):
            for dx in range(-_HALF, _HALF + 1):
                cy, cx = py + dy, px + dx
                inside = (cy >= 0) & (cy < self.height) & (cx >= 0) & (cx < self.width)
                cy, cx = np.clip(cy, 0, self.height - 1), np.clip(cx, 0, self.width - 1)
                move = self.offset[cy, cx]
                sy, sx = py + move[:, 0], px + move[:, 1]
                inside &= (sy >= 0) & (sy < self.height) & (sx >= 0) & (sx < self.width)
                vote = np.where(inside, share[cy, cx], 0)
                total += vote[:, None] * self.filled[np.clip(sy, 0, self.height - 1), np.clip(sx, 0, self.width - 1)]
                weights += vote
        self.filled = self.filled.copy()
        self.filled[py, px] = total / weights[:, None]
