"""Folds, yarn and stripes of a simulated drape on the back of a figure that was drawn otherwise.

A posed body gives volume, outline and arms; its cloth gets here what `drape` knows of cloth: it hangs, it is pulled by
the arms and gathers where forearms press on it.  What changes is the light on the cloth and its pattern, never its
outline.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.drape import Drape, Press, settle
from studio.animatic.double.figure import Build
from studio.animatic.double.garment import Cloth, colour_of, weave
from studio.animatic.double.hood import hood_of
from studio.animatic.double.look import DoubleLook
from studio.animatic.double.relief import Plane, hollows, lambert, normals
from studio.animatic.double.trunk import form_of
from studio.core.people import Light
from studio.core.settings import Rgb

Rgba = NDArray[np.uint8]
Point = tuple[float, float]
_HANGS_LEAST, _HANGS_MOST = -0.004, 0.05
"""How far below the form's hem the drawn one hangs at the least and at the most, in statures."""
_SAME_HUE = 0.04
_DEEPER = 1.9  # folds of a sheet as coarse as the simulated one settle flatter than cloth


def recloth(
    patch: Rgba,
    left: Point,
    right: Point,
    hip: Point,
    build: Build,
    cloth: Cloth,
    light: Light,
    press: tuple[Press, ...] = (),
    trousers_rgb: Rgb | None = None,
) -> Rgba:
    """Give a back seen from behind its cloth; call it before hair is laid over the figure.

    Parameters
    ----------
    patch : (h, w, 4) uint8 premultiplied, the dressed figure without its head
    left, right, hip : pixels of the picture's left and right shoulder joint and of the middle of the hips
    build : proportions of about the same age and sex
    trousers_rgb : what is worn below, which may be nearly of the garment's hue

    Returns
    -------
    (h, w, 4) uint8 premultiplied, alpha as it was; with a hood for a hoodie
    """
    import cv2

    own = np.array([left, right, hip], np.float32)
    if patch.size == 0 or np.linalg.norm(own[1] - own[0]) < 8 or np.linalg.norm(own[2] - own[0]) < 8:
        return patch
    half = build.shoulder_half
    there = np.array([[-half, build.shoulder_y], [half, build.shoulder_y], [0, build.hip_y]], np.float32)
    matrix = cv2.getAffineTransform(own, there)
    x0, y0, x1, y1 = _around(own, patch.shape)
    if x1 - x0 < 8 or y1 - y0 < 8:
        return patch
    columns, rows = np.meshgrid(np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32))
    x, y = (np.float32(m[0]) * columns + np.float32(m[1]) * rows + np.float32(m[2]) for m in matrix)
    s = float(np.linalg.norm(own[1] - own[0]) / (2 * half))
    form = form_of(build, cloth.garment)
    drape = settle(form, cloth.garment, 1.0, press, cloth.seed)
    px, py, fold = _draped(drape, x, y, s)

    wide = np.interp(y.ravel(), form.rows, form.half).reshape(y.shape).astype(np.float32)
    share = np.clip(np.abs(x) / wide, 0, 1.2)
    on = _ease((np.float32(1.02) - share) / np.float32(0.24)) * _ease((np.float32(form.hem) - y) / np.float32(0.03))
    top = np.interp(np.abs(x), np.linspace(0, half, len(form.top) // 2 + 1), form.top[len(form.top) // 2 :])
    on *= _ease((y - top.astype(np.float32)) / np.float32(0.03))
    deep = np.interp(y.ravel(), form.rows, form.depth).reshape(y.shape).astype(np.float32)
    base = deep * np.sqrt(np.maximum(1 - np.minimum(share, 1) ** 2.5, 0)) * np.float32(s)
    light_of = _light_of(base + np.float32(_DEEPER * s) * fold * on, light, s) / _light_of(base, light, s)
    rgb = np.maximum(np.asarray(cloth.rgb, np.float32), 1)
    px, py = x + on * (px - x), y + on * (py - y)  # sleeves have folds of their own
    pattern = colour_of(cloth, px, py, py + np.float32(0.16) * base / np.float32(s), s) / rgb
    done = patch.copy()
    part = done[y0:y1, x0:x1].astype(np.float32)
    worn, hangs = _worn(part, rgb, trousers_rgb)
    worn = worn * _ease((np.float32(form.hem + hangs) - y) / np.float32(0.01))
    part[..., :3] *= 1 + worn[..., None] * (pattern - 1)
    part[..., :3] *= 1 + (on * (np.sqrt(np.clip(light_of, 0.15, 3)) - 1))[..., None]
    if cloth.garment == "hoodie":
        _lay_hood(part, build, cloth, light, matrix, (x0, y0), s)
    np.minimum(part[..., :3], part[..., 3:], out=part[..., :3])
    done[y0:y1, x0:x1] = np.clip(np.rint(part), 0, 255).astype(np.uint8)
    return done


def cloth_of(look: DoubleLook) -> Cloth:
    """What that look wears, with folds and yarn of its own that are the same in every shot."""
    noise = weave(np.random.default_rng(look.seed))
    share = 0.2 * look.cloth_share  # an adult's shoulders are a fifth of the stature wide
    return Cloth(look.garment, look.garment_rgb, look.stripes, noise, look.seed % 997, look.cloth, share)


def _draped(drape: Drape, x: Plane, y: Plane, stature_px: float) -> tuple[Plane, Plane, Plane]:
    """``Drape.on``, worked out on a coarser grid where the picture is fine."""
    import cv2

    step = max(1, int(0.0016 * stature_px))
    small = (max(2, x.shape[1] // step), max(2, x.shape[0] // step))
    few_x, few_y = (cv2.resize(plane, small, interpolation=cv2.INTER_AREA) for plane in (x, y))
    qx, qy, height = drape.on(few_x, few_y)
    shift_x, shift_y, fold = (
        cv2.resize(p, (x.shape[1], x.shape[0]), interpolation=cv2.INTER_CUBIC) for p in (qx - few_x, qy - few_y, height)
    )
    return x + shift_x, y + shift_y, fold


def _around(own: NDArray[np.float32], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The part of the patch that the trunk may fill."""
    reach = 0.95 * float(np.linalg.norm(own[1] - own[0]))
    low, high = own.min(0) - reach, own.max(0) + reach
    return max(0, int(low[0])), max(0, int(low[1])), min(shape[1], int(high[0])), min(shape[0], int(high[1]))


def _worn(part: NDArray[np.float32], rgb: NDArray[np.float32], trousers_rgb: Rgb | None) -> tuple[Plane, float]:
    """(h, w) 0 to 1: where the figure has the garment's hue, lit or shaded; and how far below the form's hem it may.

    Trousers of the same hue cannot be told from the garment but by where they are.
    """
    import cv2

    off = _off_hue(part[..., :3], rgb)
    worn = _ease((np.float32(0.20) - off) / np.float32(0.08)) * (part[..., 3] >= 8)
    if trousers_rgb is not None:
        below = np.maximum(np.asarray(trousers_rgb, np.float32), 1)
        apart = float(_off_hue(below, rgb))
        if apart < _SAME_HUE:
            return cv2.blur(worn, (3, 3)), _HANGS_LEAST
        nearer = _off_hue(part[..., :3], below) - off
        worn = worn * _ease(1 + 2 * nearer / np.float32(apart))
    return cv2.blur(worn, (3, 3)), _HANGS_MOST


def _off_hue(picture: NDArray[np.float32], rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """(...) how much a colour channel differs from that colour when both are equally bright, as a share."""
    share = picture / rgb
    return np.abs(share / (share.mean(-1, keepdims=True) + np.float32(1e-3)) - 1).max(-1)


def _ease(value: Plane) -> Plane:
    t = np.clip(value, 0, 1)
    return t * t * (3 - 2 * t)


def _light_of(z: Plane, light: Light, s: float) -> Plane:
    everywhere = np.ones_like(z)
    shade = lambert(*normals(z, 1.8), light, 0.30)
    for reach, strength in ((0.030, 0.5), (0.012, 0.55), (0.004, 0.4)):
        shade *= hollows(z, everywhere, max(reach * s, 1.0), strength)
    return np.maximum(shade, 0.05)


def _lay_hood(
    part: NDArray[np.float32], build: Build, cloth: Cloth, light: Light, matrix: NDArray, corner: Point, s: float
) -> None:
    """A hood over the drawn back; ``part`` is premultiplied and changed in place."""
    import cv2

    width, height = int(0.34 * s), int(0.22 * s)
    origin = (0.5 * width, (0.05 - build.c7_y) * s)  # pixel of (0, 0) in statures on a canvas of the hood's own
    x = ((np.arange(width) + 0.5 - origin[0]) / s)[None].astype(np.float32)
    y = ((np.arange(height) + 0.5 - origin[1]) / s)[:, None].astype(np.float32)
    sdf, z, factor = hood_of(build, cloth, x, y, np.full((height, width), 0.03, np.float32))
    px, py = (np.ascontiguousarray(p) for p in np.broadcast_arrays(x, y))
    shade = np.sqrt(_light_of(np.where(sdf < 0.004, z, 0.03) * np.float32(s), light, s))
    colour = colour_of(cloth, px, py, py, s) * (factor * shade)[..., None]
    cover = np.clip(0.5 - sdf * np.float32(s / 1.5), 0, 1)
    shadow = cv2.GaussianBlur(np.roll(cover, int(0.006 * s), 0), (0, 0), 0.007 * s) * np.float32(0.45) * (1 - cover)
    layer = np.dstack([np.clip(colour, 0, 255) * cover[..., None], 255 * cover, shadow]).astype(np.float32)
    # canvas pixels -> statures -> pixels of the part
    to_st = np.array([[1 / s, 0, -origin[0] / s], [0, 1 / s, -origin[1] / s], [0, 0, 1]])
    to_px = cv2.invertAffineTransform(matrix) @ to_st
    to_px[:, 2] -= corner
    flat = (part.shape[1], part.shape[0])
    rgba, dark = (cv2.warpAffine(np.ascontiguousarray(p), to_px, flat) for p in (layer[..., :4], layer[..., 4]))
    part[..., :3] *= (1 - dark)[..., None]
    part *= 1 - rgba[..., 3:] / np.float32(255)
    part += rgba
