"""Frames: what flows between stages.

A frame is an array (H, W, 3) uint8, RGB, BT.709, sRGB-like transfer.  A layer's frame is a *patch*: premultiplied RGBA
with a position, never a full frame.  Sizes are (width, height); x right, y down; pixel (0, 0) has its centre at
(0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from studio.core.time import FrameRange

Frame = NDArray[np.uint8]
Size = tuple[int, int]


@runtime_checkable
class FrameSource(Protocol):
    """A film or clip of known length that can be streamed, whole or in part, as often as wanted.

    ``tests/contracts/frame_source.py`` is the conformance suite of every implementation.
    """

    @property
    def size_px(self) -> Size:
        """Width and height of every frame in pixels, upright."""
        ...

    @property
    def rate(self) -> Fraction:
        """Constant frames per second."""
        ...

    @property
    def frame_count(self) -> int:
        """Number of frames that ``frames()`` yields."""
        ...

    def frames(self, part: FrameRange | None = None) -> Iterator[Frame]:
        """Yield the frames of ``part`` (default: all) in order, each (H, W, 3) uint8 RGB; the caller may keep or
        change it."""
        ...


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of a layer.

    Parameters
    ----------
    rgba : (h, w, 4) uint8, *premultiplied* alpha
    x_px, y_px : where its top left pixel lies on the canvas; may be negative or outside
    """

    rgba: NDArray[np.uint8]
    x_px: int
    y_px: int
