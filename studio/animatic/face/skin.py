"""Skin: made smooth and rosy, folded and mottled, or shaved, always by multiplying what was filmed.

Every function takes the picture of the head as float32 RGB 0..255 and the atlas carried onto it, and changes only
where the
atlas says skin.  Nothing is remembered between frames except `SkinModel`, which is fitted once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.animatic.face.cutout import guided
from studio.animatic.face.planes import dot, held

GAMMA = 2.2
SKIN, BROW, LIPS, BEARD, BLUSH, FOLD, SPOT, EYES, SLOPE_X, SLOPE_Y, MOTTLE, RED, HIDE, OPENING = range(14)
"""Channels of a carried atlas."""


@dataclass(frozen=True, slots=True)
class SkinModel:
    """The user's skin in the reference frame.

    Parameters
    ----------
    light : (6, 3) coefficients that predict linear RGB from a surface normal (low-order spherical harmonics)
    lab : (3,) median colour, CIE L*a*b*
    spread : (3,) robust standard deviation of the same
    bearded : 0 clean-shaven .. 1 stubble or beard; found by `beard.fit` afterwards
    """

    light: NDArray[np.float32]
    lab: NDArray[np.float32]
    spread: NDArray[np.float32]
    bearded: float


def shade_basis(normals: NDArray) -> NDArray[np.float32]:
    """(..., 6) low-order spherical harmonics of unit normals."""
    x, y, z = np.moveaxis(np.asarray(normals, np.float32), -1, 0)
    return np.stack([np.ones_like(x), x, y, z, x * y, x * x - y * y], axis=-1)


def to_lab(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIE L*a*b* (L 0..100) of float RGB 0..255."""
    import cv2

    share = held(rgb)
    share *= np.float32(1 / 255)
    return cv2.cvtColor(share, cv2.COLOR_RGB2LAB)


def to_rgb(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Inverse of `to_lab`."""
    import cv2

    return cv2.cvtColor(np.asarray(lab, np.float32), cv2.COLOR_LAB2RGB) * np.float32(255)


def fit_skin(rgb: NDArray[np.float32], face_px: NDArray, carried: NDArray[np.float32], normals: NDArray) -> SkinModel:
    """Fit light and colour of the skin (ridge regression on landmarks that nothing covers).

    Parameters
    ----------
    rgb : (h, w, 3); face_px in its pixels
    carried : (h, w, 14)
    normals : (468, 3)
    """
    import cv2

    calm = cv2.GaussianBlur(rgb, (0, 0), 1.2)
    height, width = rgb.shape[:2]
    at = np.clip(np.round(face_px[list(mesh.CLEAN_SKIN), :2]).astype(int), 0, [width - 1, height - 1])
    colour = (calm[at[:, 1], at[:, 0]] / 255) ** GAMMA
    basis = shade_basis(normals[list(mesh.CLEAN_SKIN)])
    # a fringe, glasses or a hat may cover some of them: two rounds without what is far too dark or bright
    keep = np.ones(len(at), bool)
    ridge = np.diag(np.array([1e-4, 0.4, 0.4, 0.4, 4.0, 4.0], np.float32))
    light = np.zeros((6, 3), np.float32)
    for _ in range(3):
        b = basis[keep]
        light = np.linalg.solve(b.T @ b + ridge, b.T @ colour[keep]).astype(np.float32)
        error = np.abs(colour - basis @ light).mean(1) / (colour.mean(1) + 0.02)
        keep = error <= np.quantile(error, 0.8) + 1e-6
    lab = to_lab(rgb)[carried[..., SKIN] > 0.7]
    middle = np.median(lab, 0)
    spread = 1.48 * np.median(np.abs(lab - middle), 0) + np.array([3, 1.5, 1.5], np.float32)
    spread = np.minimum(spread, np.array([12, 5, 6], np.float32))
    return SkinModel(light, middle.astype(np.float32), spread.astype(np.float32), 0.0)


def predict(model: SkinModel, normals: NDArray) -> NDArray[np.float32]:
    """(..., 3) RGB 0..255 of clean skin with these normals.

    The light was learnt from the upper face; the jaw faces other ways, so the result is held near the learnt skin.
    """
    linear = np.clip(shade_basis(normals) @ model.light, 0.002, 1)
    typical = (to_rgb(model.lab[None, None])[0, 0] / 255) ** GAMMA
    share = linear.mean(-1, keepdims=True) / typical.mean()
    held = np.clip(share, 0.62, 1.15)
    # hue from the typical skin: fitted shadows drift to red
    colour = typical * (0.75 * held) + linear * (0.25 * held / np.maximum(share, 1e-3))
    return (255 * np.clip(colour, 0, 1) ** (1 / GAMMA)).astype(np.float32)


def skin_likeness(lab: NDArray[np.float32], model: SkinModel) -> NDArray[np.float32]:
    """(h, w) 0..1: colour close to the user's skin, forgiving in lightness (shade), strict in hue."""
    import cv2

    spread = np.maximum(model.spread, np.array([12, 5, 6], np.float32)) * np.array([1.7, 1.4, 1.4], np.float32)
    away = cv2.transform(lab, np.column_stack([np.diag(1 / spread), -model.lab / spread]))
    # to the power .6, for a soft rim
    return cv2.exp(dot(away, away) * np.float32(-0.5 * 0.6))


def colour_mask(likeness: NDArray[np.float32], rgb: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """Likeness of single pixels made a region that ends at edges of the picture."""
    import cv2

    grey = cv2.cvtColor(held(rgb), cv2.COLOR_RGB2GRAY) * np.float32(1 / 255)
    soft = guided(grey, likeness, max(2, round(0.06 * ipd_px)), 4e-4)
    return np.clip((soft - 0.15) / 0.35, 0, 1)


def within(values: NDArray[np.float32], mask: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Gaussian average over the mask alone (normalised convolution); at quarter size when the blur is wide."""
    import cv2

    height, width = mask.shape
    step = 4 if sigma_px > 10 else 2 if sigma_px > 5 else 1
    weight = mask + 1e-3
    stack = np.dstack([values * weight[..., None], weight])
    if step > 1:
        stack = cv2.resize(stack, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    stack = cv2.GaussianBlur(stack, (0, 0), max(0.5, sigma_px / step))
    if step > 1:
        stack = cv2.resize(stack, (width, height), interpolation=cv2.INTER_LINEAR)
    return stack[..., :3] / stack[..., 3:]


def level(log: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) mean of the three channels (h, w, 3)."""
    import cv2

    return cv2.transform(log, np.full((1, 3), 1 / 3, np.float32))


def blurred_log(values: NDArray[np.float32], mask: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """(h, w, c) Gaussian average over the mask alone, like `within` for any number of channels and sizes of blur."""
    import cv2

    height, width = mask.shape
    step = 1
    while sigma_px / step > 5 and min(height, width) / step > 16:
        step *= 2
    weight = mask + np.float32(1e-3)
    planes = values.shape[2]
    stack = cv2.merge([cv2.multiply(values, cv2.merge([weight] * planes)).reshape(values.shape), weight])
    if step > 1:
        stack = cv2.resize(stack, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    stack = cv2.GaussianBlur(stack, (0, 0), max(0.4, sigma_px / step))
    mean = stack[..., :-1] / stack[..., -1:]
    if step > 1:
        mean = cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)
    return mean


_ROUND_IPD = 0.20
"""Normals smoothed by that are those of a round face: brow ridge, nose and cheekbones are smaller."""


def round_light(
    model: SkinModel, normals: NDArray[np.float32], ipd_px: float, round_ipd: float = _ROUND_IPD
) -> NDArray[np.float32]:
    """(h, w) natural log of luminance (of encoded values) that the fitted light gives a smooth, round face."""
    import cv2

    height, width = normals.shape[:2]
    step = max(1, int(0.075 * ipd_px))
    small = cv2.resize(normals, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), round_ipd * ipd_px / step)
    x, y, z = cv2.split(small)
    length = cv2.sqrt(x * x + y * y + z * z) + np.float32(1e-6)
    x, y, z = x / length, y / length, z / length
    # as `shade_basis`, the mean of the colours at once
    c = model.light.mean(1)
    linear = c[0] + c[1] * x + c[2] * y + c[3] * z + c[4] * (x * y) + c[5] * (x * x - y * y)
    typical = float(c[0] + c[3])
    # the fit is weak where the face turns away: held between a third and twice the front's light
    held = np.clip(linear / max(typical, 1e-3), 0.33, 2.0)
    return cv2.resize((np.log(held) / GAMMA).astype(np.float32), (width, height))
