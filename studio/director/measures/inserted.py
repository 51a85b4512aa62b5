"""What was inserted into the user's picture in one frame, and where it can be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.scene import Painted
from studio.compose.blend import lay_alpha
from studio.core.frames import Frame

SEEN = 6
"""Grey levels by which a pixel must differ from the user's own to count as inserted material on top."""
_CLEAR = 5
"""Alpha up to which nothing of a layer can be seen."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """Parameters
    ----------
    frame, own : (H, W, 3) uint8, the composite, and the user's own picture before anything was inserted
    alpha : (H, W) uint8, of all drawn layers together
    visible : (H, W) bool, where drawn material is on top: under the user's real arms it is not
    untouched : (H, W) bool, where the painter says that it changed nothing
    unit : film height / 1920
    """

    frame: Frame
    own: Frame
    alpha: NDArray[np.uint8]
    visible: NDArray[np.bool_]
    untouched: NDArray[np.bool_]
    unit: float

    def ring(self) -> NDArray[np.bool_]:
        """(H, W) bool, 2 to 7 px (at full size) outside the outlines that are seen and in focus.

        Outside means beyond the layer's last trace of alpha.  An outline is in focus where that trace ends within 6 px
        of solid material: a lens blur and a wisp of hair take longer.
        """
        import cv2

        near, far, soft = max(1.0, 2 * self.unit), max(3.0, 7 * self.unit), max(2.0, 6 * self.unit)
        outside = (self.alpha <= _CLEAR).astype(np.uint8)
        if not self.visible.any() or outside.all() or not outside.any():
            return np.zeros(self.visible.shape, np.bool_)
        from_trace = cv2.distanceTransform(outside, cv2.DIST_L2, 5)
        from_solid = cv2.distanceTransform((~self.visible).astype(np.uint8), cv2.DIST_L2, 5)
        return (from_trace >= near) & (from_trace <= far) & (from_solid - from_trace <= soft)

    def body(self) -> NDArray[np.bool_]:
        """(H, W) bool, the inside of what was inserted, away from its outlines and from the arms over it."""
        return _shrink(self.visible & (self.alpha > 250), max(1, round(5 * self.unit)))

    def users(self) -> NDArray[np.bool_]:
        """(H, W) bool, where ``own`` shows the user at the depth of what was inserted: what that hides, and what
        nothing touched."""
        return _shrink(self.untouched | (self.alpha > 127), max(1, round(5 * self.unit)))

    def in_focus(self) -> bool:
        """Whether the outlines are mostly as crisp as `ring` asks for."""
        import cv2

        solid, trace = (self.alpha > 127).astype(np.uint8), (self.alpha > _CLEAR).astype(np.uint8)
        outline = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        outline[[0, -1]] = outline[:, [0, -1]] = False
        if not outline.any():
            return False
        # From the half-covered line to the last trace: about twice a Gaussian's sigma, or nine tenths of a disc.
        away = cv2.distanceTransform(trace, cv2.DIST_L2, 5)
        return float(np.median(away[outline])) <= max(2.0, 6 * self.unit)


def inserted(painted: Painted) -> Inserted | None:
    """What was inserted; None where nothing was, or where the painter knows no picture of the user's behind it."""
    import cv2

    own, touched = painted.own, painted.touched
    if own is None or touched is None or own is painted.frame or not painted.drawn:
        return None
    alpha = cover_of(painted)
    changed = cv2.absdiff(painted.frame, own).max(axis=2) > SEEN
    unit = painted.frame.shape[0] / 1920
    # Where the drawing happens to have the colour of what it hides it is visible all the same: close small gaps, then
    # drop specks.
    size = max(3, round(9 * unit) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    solid = ((alpha > 127) & changed).astype(np.uint8)
    solid = cv2.morphologyEx(cv2.morphologyEx(solid, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel)
    return Inserted(painted.frame, own, alpha, (solid > 0) & (alpha > 127), touched == 0, unit)


def cover_of(painted: Painted) -> NDArray[np.uint8]:
    """(H, W) uint8, the alpha of all drawn layers together."""
    alpha = np.zeros(painted.frame.shape[:2], np.uint8)
    for layer in painted.drawn:
        cover = np.zeros_like(alpha) if len(painted.drawn) > 1 else alpha
        lay_alpha(cover, layer)
        np.maximum(alpha, cover, out=alpha)
    return alpha


def _shrink(mask: NDArray[np.bool_], by_px: int) -> NDArray[np.bool_]:
    import cv2

    kernel = np.ones((2 * by_px + 1, 2 * by_px + 1), np.uint8)
    return cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
