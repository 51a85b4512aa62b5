"""Contact: what makes two layers touch.  The cut-out of the arms, and the shadows between user, double and arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.compose.blend import crop_patch, lay_alpha, mix, pad_patch, shade
from studio.compose.view import View
from studio.core.frames import Frame, Patch
from studio.core.people import Light

SHADOW_TINT = (0.50, 0.47, 0.47)
"""What full shadow leaves of red, green and blue: nearly neutral, a tinted shadow is noticed at once."""


def matte_on_film(matte: NDArray[np.float32], view: View, clip_width_px: int) -> NDArray[np.uint8]:
    """The person matte on the film's canvas, (H, W) uint8."""
    import cv2

    small = np.rint(255 * np.clip(matte, 0, 1)).astype(np.uint8)
    return cv2.warpAffine(small, view.matrix(matte.shape[1] / clip_width_px), view.size_px, flags=cv2.INTER_LINEAR)


def mask_on_film(
    mask: NDArray[np.uint8], corner_px: tuple[int, int], view: View
) -> tuple[NDArray[np.uint8], int, int] | None:
    """A mask of part of the clip on the film: its pixels there, x and y of their corner; None when it is outside."""
    import cv2

    x0, y0 = corner_px
    matrix = view.matrix()
    matrix[:, 2] += view.scale * np.array([x0, y0], np.float32)
    corner = view.to_film(np.array([[x0, y0], [x0 + mask.shape[1], y0 + mask.shape[0]]], np.float32))
    left, top = (int(v) for v in np.maximum(np.floor(corner[0]).astype(int), 0))
    right, bottom = (int(v) for v in np.minimum(np.ceil(corner[1]).astype(int), view.size_px))
    if right <= left or bottom <= top:
        return None
    matrix[:, 2] -= (left, top)
    return cv2.warpAffine(mask, matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR), left, top


def cut_out(frame: Frame, alpha: NDArray[np.uint8], rim_px: float) -> NDArray[np.uint8]:
    """Premultiplied cut-out whose rim has the colours of its inside, not of the shirt that lay behind it."""
    import cv2

    # The outermost clip pixel is half shirt: leave it out.
    alpha = cv2.erode(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(0.4 * rim_px) + 1,) * 2))
    solid = cv2.erode(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(rim_px) + 1,) * 2))
    inside = cv2.threshold(solid, 230, 255, cv2.THRESH_BINARY)[1]
    # Colours spread outwards from the inside at half the size: the rim is blurred anyway.
    half = (max(1, frame.shape[1] // 2), max(1, frame.shape[0] // 2))
    weight = cv2.resize(inside, half, interpolation=cv2.INTER_AREA)
    known = cv2.multiply(
        cv2.resize(frame, half, interpolation=cv2.INTER_AREA), cv2.cvtColor(weight, cv2.COLOR_GRAY2RGB), scale=1 / 255
    )
    layer = cv2.GaussianBlur(np.dstack([known, weight]).astype(np.float32), (0, 0), 0.8 * rim_px)
    clean = np.clip(layer[..., :3] / np.maximum(layer[..., 3:], 0.5) * 255, 0, 255).astype(np.uint8)
    clean = cv2.resize(clean, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)
    near = cv2.resize(layer[..., 3], (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR) > 6
    alpha = np.where(near, alpha, 0).astype(np.uint8)  # a wisp with nothing solid beside it is no arm
    colour = mix(clean, frame, inside)
    return np.dstack([cv2.multiply(colour, cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB), scale=1 / 255), alpha])


def without_patch(mask: NDArray[np.uint8], patch: Patch) -> NDArray[np.uint8]:
    """A (H, W) mask less a patch's alpha."""
    import cv2

    cover = np.zeros_like(mask)
    lay_alpha(cover, patch)
    return cv2.subtract(mask, cover)


def only_over(arms: Patch, double: Patch, reach_px: int) -> Patch:
    """The filmed arms where they lie over the double, and softly a little beyond.

    Elsewhere the picture shows them already, with their own rims; laid once more they would get a second contour.
    """
    import cv2

    cover = np.zeros(arms.rgba.shape[:2], np.uint8)
    lay_alpha(cover, Patch(double.rgba, double.x_px - arms.x_px, double.y_px - arms.y_px))
    size = 2 * reach_px + 1
    cover = cv2.threshold(cover, 0, 255, cv2.THRESH_BINARY)[1]  # the faintest rim of the double must go under too
    near = cv2.GaussianBlur(cv2.dilate(cover, np.ones((size, size), np.uint8)), (0, 0), max(0.6, 0.35 * reach_px))
    return Patch(cv2.multiply(arms.rgba, cv2.merge([near] * 4), scale=1 / 255), arms.x_px, arms.y_px)


def contact_shadow(frame: Frame, double: Patch, arms: Patch, unit: float) -> None:
    """What the forearms take of the light on the double's back: one soft, one tight, on the double only."""
    import cv2

    # Half the size: a shadow has no detail that this would lose.
    margin = int(40 * unit)
    wide = pad_patch(crop_patch(arms, (frame.shape[1], frame.shape[0])), margin)
    height, width = wide.rgba.shape[:2]
    small = (max(1, width // 2), max(1, height // 2))
    mask = cv2.resize(cv2.extractChannel(wide.rgba, 3), small, interpolation=cv2.INTER_AREA)
    move = np.array([[1, 0, 1 * unit], [0, 1, 4.5 * unit]], np.float32)
    low = cv2.warpAffine(mask, move, small)
    soft = cv2.addWeighted(
        cv2.GaussianBlur(low, (0, 0), max(0.5, 7 * unit)),
        0.6,
        cv2.GaussianBlur(mask, (0, 0), max(0.5, 1.6 * unit)),
        0.5,
        0,
    )
    soft = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    on_double = np.zeros((height, width), np.uint8)
    lay_alpha(on_double, Patch(double.rgba, double.x_px - wide.x_px, double.y_px - wide.y_px))
    shade(frame, cv2.multiply(soft, on_double, scale=1 / 255), wide.x_px, wide.y_px, 0.85, SHADOW_TINT)


def shadow_on_user(
    frame: Frame, placed: Patch, on_film: NDArray[np.uint8], light: Light, shoulder_film_px: float
) -> NDArray[np.uint8]:
    """The double takes light from the user: a broad soft shadow and a tight one, on the person only, at a
    quarter of the size.  Returns the (H, W) uint8 mask of the shadow."""
    import cv2

    height, width = frame.shape[:2]
    small = (width // 4, height // 4)
    alpha = np.zeros((height, width), np.uint8)
    lay_alpha(alpha, placed)
    alpha = cv2.resize(alpha, small, interpolation=cv2.INTER_AREA)
    person = cv2.resize(on_film, small, interpolation=cv2.INTER_AREA)
    sw = shoulder_film_px / 4
    dx, dy = -light.direction[0] * 0.06 * sw, 0.05 * sw
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    moved = cv2.warpAffine(alpha, move, small)
    # So wide a blur is the same at half the size again.
    half = (max(1, small[0] // 2), max(1, small[1] // 2))
    broad = cv2.GaussianBlur(cv2.resize(moved, half, interpolation=cv2.INTER_AREA), (0, 0), max(0.5, 0.075 * sw))
    soft = cv2.addWeighted(
        cv2.resize(broad, small, interpolation=cv2.INTER_LINEAR),
        0.55,
        cv2.GaussianBlur(moved, (0, 0), max(0.8, 0.045 * sw)),
        0.45,
        0,
    )
    mask = cv2.multiply(soft, person, scale=1 / 255)
    mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    shade(frame, mask, 0, 0, 0.8, SHADOW_TINT)
    return mask
