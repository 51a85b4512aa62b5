"""Laying patches and shadows on a frame, in uint8, only where they are.

Everything changes ``frame`` in place and touches nothing outside the patch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Patch

Box = tuple[int, int, int, int]


def overlap(frame_shape: tuple[int, ...], height: int, width: int, x: int, y: int) -> tuple[Box, Box] | None:
    """The part of a (height, width) patch at (x, y) that lies on the frame: (x0, y0, x1, y1) on the frame and in
    the patch."""
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + width, frame_shape[1]), min(y + height, frame_shape[0])
    if x0 >= x1 or y0 >= y1:
        return None
    return (x0, y0, x1, y1), (x0 - x, y0 - y, x1 - x, y1 - y)


def over(frame: Frame, patch: Patch, opacity: float = 1.0) -> None:
    """Premultiplied "over": ``frame = patch + frame * (1 - alpha)``."""
    import cv2

    rgba = patch.rgba
    found = overlap(frame.shape, rgba.shape[0], rgba.shape[1], patch.x_px, patch.y_px)
    if found is None or opacity <= 0:
        return
    (x0, y0, x1, y1), (u0, v0, u1, v1) = found
    part = rgba[v0:v1, u0:u1]
    if opacity < 1:
        part = cv2.convertScaleAbs(part, alpha=opacity)
    below = frame[y0:y1, x0:x1]
    keep = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(part, 3)), cv2.COLOR_GRAY2RGB)
    frame[y0:y1, x0:x1] = cv2.add(cv2.cvtColor(part, cv2.COLOR_RGBA2RGB), cv2.multiply(below, keep, scale=1 / 255))


def shade(
    frame: Frame, mask: NDArray[np.uint8], x_px: int, y_px: int, strength: float, tint: tuple[float, float, float]
) -> None:
    """Darken ``frame`` under a shadow mask.

    Parameters
    ----------
    mask : (h, w) uint8, 255 where the shadow is full
    strength : 0 to 1
    tint : what full shadow leaves of R, G, B at strength 1
    """
    import cv2

    found = overlap(frame.shape, mask.shape[0], mask.shape[1], x_px, y_px)
    if found is None:
        return
    (x0, y0, x1, y1), (u0, v0, u1, v1) = found
    ramp = np.arange(256, dtype=np.float32) / 255 * strength
    table = np.stack([255 * (1 - ramp * (1 - left)) for left in tint], axis=-1)
    factor = cv2.LUT(
        cv2.cvtColor(np.ascontiguousarray(mask[v0:v1, u0:u1]), cv2.COLOR_GRAY2RGB),
        np.rint(table).astype(np.uint8)[None],
    )
    frame[y0:y1, x0:x1] = cv2.multiply(frame[y0:y1, x0:x1], factor, scale=1 / 255)


def mix(below: Frame, above: Frame, weight: NDArray[np.uint8]) -> Frame:
    """``above`` where ``weight`` (h, w) is 255, ``below`` where it is 0; all of one size."""
    import cv2

    w = cv2.cvtColor(weight, cv2.COLOR_GRAY2RGB)
    return cv2.add(cv2.multiply(above, w, scale=1 / 255), cv2.multiply(below, cv2.bitwise_not(w), scale=1 / 255))


def place_patch(
    patch: Patch,
    pivot_px: tuple[float, float],
    at_px: tuple[float, float],
    scale: float = 1.0,
    angle_deg: float = 0.0,
    within: Box | None = None,
) -> Patch:
    """The patch scaled and turned (clockwise) about a point of its own, which comes to lie at ``at_px`` on the canvas.

    Parameters
    ----------
    pivot_px : x, y inside the patch
    at_px : x, y on the canvas, fractions allowed
    within : (x0, y0, x1, y1) on the canvas beyond which nothing is wanted
    """
    import cv2

    height, width = patch.rgba.shape[:2]
    turn = np.deg2rad(angle_deg)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]])
    shift = np.array(at_px) - linear @ np.array(pivot_px)
    corners = (linear @ np.array([[0, width, width, 0], [0, 0, height, height]]) + shift[:, None]).T
    x0, y0 = np.floor(corners.min(0)).astype(int) - 1
    x1, y1 = np.ceil(corners.max(0)).astype(int) + 1
    if within is not None:
        (x0, y0), (x1, y1) = np.maximum((x0, y0), within[:2]), np.minimum((x1, y1), within[2:])
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    source = patch.rgba
    if scale < 0.6:  # linear sampling alone would alias
        source = cv2.GaussianBlur(source, (0, 0), 0.35 / scale)
    # warpAffine counts from pixel centres: shift by half a pixel on both sides.
    offset = shift - (x0, y0) + linear @ np.array([0.5, 0.5]) - 0.5
    matrix = np.column_stack([linear, offset]).astype(np.float32)
    return Patch(cv2.warpAffine(source, matrix, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR), int(x0), int(y0))


def pad_patch(patch: Patch, margin_px: int) -> Patch:
    """The patch with a transparent margin, so that a blur has room."""
    import cv2

    m = margin_px
    return Patch(
        cv2.copyMakeBorder(patch.rgba, m, m, m, m, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0)),
        patch.x_px - m,
        patch.y_px - m,
    )


def crop_patch(patch: Patch, size_px: tuple[int, int], margin_px: int = 0) -> Patch:
    """The part of a patch that lies on a canvas of ``size_px`` or within ``margin_px`` of it; at least one pixel."""
    height, width = patch.rgba.shape[:2]
    x0 = min(max(-margin_px - patch.x_px, 0), width - 1)
    y0 = min(max(-margin_px - patch.y_px, 0), height - 1)
    x1 = max(min(size_px[0] + margin_px - patch.x_px, width), x0 + 1)
    y1 = max(min(size_px[1] + margin_px - patch.y_px, height), y0 + 1)
    return Patch(patch.rgba[y0:y1, x0:x1], patch.x_px + x0, patch.y_px + y0)


def lay_alpha(canvas: NDArray[np.uint8], patch: Patch) -> None:
    """Raise a (H, W) uint8 canvas to a patch's alpha, in place."""
    found = overlap(canvas.shape, *patch.rgba.shape[:2], patch.x_px, patch.y_px)
    if found is not None:
        (x0, y0, x1, y1), (u0, v0, u1, v1) = found
        part = canvas[y0:y1, x0:x1]
        np.maximum(part, patch.rgba[v0:v1, u0:u1, 3], out=part)
