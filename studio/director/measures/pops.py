"""Pops: single frames in which the other self jumps, flickers or changes shape.

Even motion, however fast, has small second differences; a jump has a large one in two frames, a flicker in three.
Each frame is compared with those shortly before or after it, whichever is livelier, so that neither a walk which slows
down nor a squeeze which begins is a pop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.scene import Painted
from studio.director.measures.inserted import cover_of

_WIDTH_PX = 180
"""Pictures are compared at this width: grain is gone, an outline that jumps is not."""
_NEAR, _FAR = 2, 4
"""Frames away that a frame is compared with, on each side: nearer ones are part of the same jump."""
_UNSEEN = 0.25
"""Grey levels of second difference that nobody sees; the median counts at least this much."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A frame as `Pops` keeps it: (h, w) float32 luma, and (h, w) float32 cover of what was drawn, 0 to 1."""

    luma: NDArray[np.float32]
    cover: NDArray[np.float32]


def glance(painted: Painted) -> Glance:
    """A small copy of a painted frame."""
    import cv2

    height, width = painted.frame.shape[:2]
    small = (min(_WIDTH_PX, width), max(1, round(height * min(_WIDTH_PX, width) / width)))
    luma = cv2.cvtColor(cv2.resize(painted.frame, small, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    cover = cv2.resize(cover_of(painted), small, interpolation=cv2.INTER_AREA)
    return Glance(luma.astype(np.float32), cover.astype(np.float32) / np.float32(255))


def second_difference(before: Glance, now: Glance, after: Glance) -> float | None:
    """Mean absolute second difference in grey levels where something is drawn in any of three frames in a row."""
    region = np.maximum(np.maximum(before.cover, now.cover), after.cover) > 0.5
    if region.sum() < 20:
        return None
    return float(np.abs(before.luma - 2 * now.luma + after.luma)[region].mean())


def worst_pop(differences: dict[int, float]) -> tuple[float, int] | None:
    """The largest second difference against the median of its neighbours, and its film frame.

    Parameters
    ----------
    differences : second difference by film frame, of one shot

    Returns
    -------
    None with fewer than five frames
    """
    if len(differences) < 5:
        return None

    def median(offsets: range, at: int) -> float:
        values = [differences[at + k] for k in offsets if at + k in differences]
        return float(np.median(values)) if values else 0.0

    sides = (range(-_FAR, -_NEAR + 1), range(_NEAR, _FAR + 1))
    ratios = {at: value / max(_UNSEEN, *(median(side, at) for side in sides)) for at, value in differences.items()}
    worst = max(ratios, key=lambda at: ratios[at])
    return ratios[worst], worst
