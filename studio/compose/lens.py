"""Defocus: a lens blurs with a disc, not with a bell.

The disc of confusion grows with the difference of the reciprocal distances of subject and focus; callers pass its
radius.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Patch


def disc(radius_px: float) -> NDArray[np.float32]:
    """An anti-aliased disc kernel that sums to 1."""
    half = int(np.ceil(radius_px))
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    weight = np.clip(radius_px + 0.5 - np.hypot(x, y), 0, 1)
    return (weight / weight.sum()).astype(np.float32)


def defocus(picture: NDArray[np.uint8], radius_px: float) -> NDArray[np.uint8]:
    """Blur an RGB frame or a premultiplied RGBA layer with a disc of ``radius_px``.

    A disc over 5 px is computed at a reduced size (the blur has removed the detail that the reduction loses).
    """
    import cv2

    if radius_px < 0.6:
        return picture
    height, width = picture.shape[:2]
    reduce = max(1, int(radius_px // 4))
    if reduce > 1:
        small = cv2.resize(picture, (max(1, width // reduce), max(1, height // reduce)), interpolation=cv2.INTER_AREA)
    else:
        small = picture
    small = cv2.filter2D(small, -1, disc(radius_px / reduce), borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR) if reduce > 1 else small


def defocus_patch(patch: Patch, radius_px: float) -> Patch:
    """`defocus` for a patch that already has a margin of at least the radius."""
    return Patch(defocus(patch.rgba, radius_px), patch.x_px, patch.y_px)


def defocus_background(frame: Frame, matte: NDArray[np.uint8], radius_px: float) -> Frame:
    """Blur what lies behind the person; the person's colours do not bleed into the blur.

    Parameters
    ----------
    frame : (H, W, 3) uint8
    matte : (H, W) uint8, 255 on the person

    The blur is normalised by the blurred background weight, which keeps halos away; the matte is widened a little
    first so
    that its soft edge counts as person.
    """
    import cv2

    height, width = frame.shape[:2]
    reduce = max(2, int(radius_px // 3))
    size = (max(1, width // reduce), max(1, height // reduce))
    wide = cv2.dilate(cv2.resize(matte, size, interpolation=cv2.INTER_AREA), np.ones((3, 3), np.uint8))
    weight = (255 - wide).astype(np.float32) / 255 + 1e-3
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32) * weight[..., None]
    kernel = disc(max(1.0, radius_px / reduce))
    sums = cv2.filter2D(small, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    weights = cv2.filter2D(weight, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    blurred = np.clip(sums / weights[..., None], 0, 255).astype(np.uint8)
    blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    from studio.compose.blend import mix

    return mix(blurred, frame, matte)
