"""Old skin: folds lit by the light of the scene, spots and uneven colour, multiplied onto what was filmed.

All is done as exponents: a ratio in linear light is a ratio, to the power 1/2.2, of the picture's values, so one
exponential per pixel does what would need two powers and a colour space.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.folds import BRIGHTEST, Gains
from studio.animatic.face.seen import Seen
from studio.animatic.face.sitter import Sitter
from studio.animatic.face.skin import (
    BROW,
    EYES,
    FOLD,
    GAMMA,
    HIDE,
    LIPS,
    MOTTLE,
    OPENING,
    RED,
    SKIN,
    SLOPE_X,
    SLOPE_Y,
    SPOT,
    SkinModel,
    predict,
    to_rgb,
)
from studio.animatic.face.spots import carry_hide

_LUMA = np.array([0.30, 0.59, 0.11], np.float32)
# natural logs, linear light, per unit of what they tint; shadows in folds are a little redder than the skin
_FOLD_RGB = np.array([0.95, 1.05, 1.10], np.float32)
_SPOT_RGB = -0.34 * np.array([0.70, 1.0, 1.30], np.float32)
_MOTTLE_RGB = -0.045 * np.array([0.75, 1.0, 1.15], np.float32)
_RED_RGB = np.array([0.01, -0.17, -0.13], np.float32)
_SALLOW_RGB = np.array([-0.02, -0.025, -0.085], np.float32)


def weather(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter, bare: NDArray[np.float32]) -> None:
    """Old skin on the face and throat, in place; ``rgb`` (H, W, 3) 0..255, ``bare`` (h, w) 0 where a beard is."""
    gains = Gains.between(sitter.ages.from_years, sitter.ages.to_years)
    view, carried = rgb[seen.part], seen.carried
    face = np.clip(1.2 * carried[..., [SKIN, BROW, LIPS, EYES]].sum(-1), 0, 1)
    beside = (1 - face) * seen.skin_like * (1 - seen.hair[seen.part])
    # made-up lids are no skin by colour, but they fold
    on_face = np.maximum(skin_in_light(view, seen, sitter.skin), 0.8 * carried[..., EYES])
    allowed = np.maximum(on_face, beside) * bare
    # what is looked at ends somewhere on the throat
    rows = np.arange(allowed.shape[0], 0, -1, dtype=np.float32)
    allowed *= np.clip(rows / (0.3 * seen.ipd_px), 0, 1)[:, None]
    typical = to_rgb(sitter.skin.lab[None, None])[0, 0]
    _features(view, carried, gains, typical)
    log = _log_ratio(view, seen, sitter, gains, allowed)
    _multiply(view, log)
    _pale(view, 0.18 * min(gains.pigment, 1.0) * carried[..., HIDE] * allowed)


def weather_skin(
    rgb: NDArray[np.float32], mask: NDArray[np.float32], head: NDArray[np.float32], sitter: Sitter
) -> None:
    """Tone, blotches and spots of old skin beside the face (neck, ears, hands), in place.

    Parameters
    ----------
    rgb : (h, w, 3) 0..255
    mask : (h, w) 0..1, that skin; 0 on the face, which `weather` does
    head : (h, w, 2) head coordinates in ipd
    """
    gains = Gains.between(sitter.ages.from_years, sitter.ages.to_years)
    if gains.pigment <= 0 or not (mask > 0).any():
        return
    texture = carry_hide(sitter.atlas.beside, head)
    _multiply(rgb, _tone(texture[..., 0], texture[..., 1], None, mask, gains.pigment, float(sitter.skin.lab[0])))
    _pale(rgb, 0.18 * min(gains.pigment, 1.0) * mask)


def skin_in_light(rgb: NDArray[np.float32], seen: Seen, model: SkinModel) -> NDArray[np.float32]:
    """(h, w) 0..1: facial skin by its hue and by the light that falls there, also where it is glaring or in shade.

    ``Seen.skin_like`` asks for the skin's usual lightness and so misses half of a face lit from aside; hair is darker
    than any skin in the same light, and fair hair yellower.
    """
    import cv2

    height, width = seen.skin_like.shape
    size = (max(2, width // 2), max(2, height // 2))
    coarse = cv2.resize(seen.normals, (max(2, width // 8), max(2, height // 8)), interpolation=cv2.INTER_AREA)
    expected = cv2.resize(predict(model, coarse) @ _LUMA, size, interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    usual = np.log(to_rgb(model.lab[None, None])[0, 0] + 6)
    log = cv2.log(np.maximum(small, 0) + np.float32(6)) - usual
    lit = np.log((np.maximum(small, 0) @ _LUMA + 6) / (expected + 6))
    # glare pales, deep shade saturates: towards either, hue may stray further
    room = 1 + 2.0 * np.clip(np.abs(lit) / 0.4, 0, 1)
    stray = ((log[..., 0] - log[..., 1]) / (0.13 * room)) ** 2 + ((log[..., 1] - log[..., 2]) / (0.17 * room)) ** 2
    like = np.clip((lit + 0.85) / 0.3, 0, 1) * np.exp(-0.5 * stray)
    like = cv2.GaussianBlur(like.astype(np.float32), (0, 0), max(0.5, 0.012 * seen.ipd_px))
    like = np.clip((like - 0.15) / 0.35, 0, 1)
    return cv2.resize(like, (width, height), interpolation=cv2.INTER_LINEAR) * np.clip(
        1.2 * seen.carried[..., SKIN], 0, 1
    )


def light_slope(model: SkinModel, normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, 2) by how much (natural log) skin brightens as its surface leans to the picture's right and down.

    The derivative of the fitted light; where the fit says next to nothing (flat light, few landmarks), a little light
    from above, which is what rooms and sky give.
    """
    x, y, z = normals[..., 0], normals[..., 1], np.maximum(normals[..., 2], 0.35)
    c = model.light.mean(1)
    light = c[0] + c[1] * x + c[2] * y + c[3] * z + c[4] * x * y + c[5] * (x * x - y * y)
    light = np.maximum(light, 0.4 * max(1e-3, float(c[0] + 0.8 * c[3])))
    to_right = c[1] + c[4] * y + 2 * c[5] * x - c[3] * x / z
    to_down = c[2] + c[4] * x - 2 * c[5] * y - c[3] * y / z
    # the ridge of the fit shrinks directions
    slope = 1.4 * np.dstack([to_right, to_down]) / light[..., None]
    size = np.hypot(slope[..., 0], slope[..., 1])
    slope[..., 1] -= 0.45 * np.clip(1 - size / 0.6, 0, 1)
    return slope * np.minimum(1, 1.1 / (size + 0.3))[..., None].astype(np.float32)


def _log_ratio(
    rgb: NDArray[np.float32], seen: Seen, sitter: Sitter, gains: Gains, allowed: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(h, w, 3) natural log of old / filmed, linear light."""
    carried, lightness = seen.carried, float(sitter.skin.lab[0])
    # a face too small for lines shows its age by shade alone
    broad = 1 + 0.55 * (1 - sitter.detail)
    fold = broad * carried[..., FOLD] + relit(carried[..., SLOPE_X], carried[..., SLOPE_Y], seen, sitter.skin)
    # on a cheek seen from aside lines crowd together; there the mesh is least sure of itself, too
    away = 1 - np.clip((seen.normals[..., 2] - 0.22) / 0.38, 0, 1)
    fold *= 1 - away * np.clip(1.5 * carried[..., SKIN], 0, 1)
    fold += _own_folds(rgb, carried[..., SKIN] * allowed, seen.ipd_px) * min(1.5 * gains.fold, 1.3)
    # a fold in dark skin is as deep but shows less, for the eye judges differences, not ratios; who hides half the
    # face behind a beard shows age in the other half
    strength = float(np.clip(2.25 - lightness / 60, 1.0, 1.75)) * (1 + 0.25 * sitter.skin.bearded)
    brightest = BRIGHTEST * (1 + 1.5 * float(np.clip((55 - lightness) / 25, 0, 1)))
    fold = np.clip(fold * np.float32(1.1 * strength), -1.0, brightest) * allowed
    log = _tone(
        carried[..., MOTTLE],
        carried[..., SPOT],
        carried[..., RED],
        carried[..., HIDE] * allowed,
        gains.pigment,
        lightness,
    )
    log += fold[..., None] * _FOLD_RGB
    return log


def relit(
    slope_x: NDArray[np.float32], slope_y: NDArray[np.float32], seen: Seen, model: SkinModel
) -> NDArray[np.float32]:
    """(h, w) natural log by which the folds' slopes turn skin to the light or from it."""
    import cv2

    head = seen.head
    # head coordinates are a turned, scaled picture: their gradient is the head's right in the picture
    right = np.array([head[0, 1, 0] - head[0, 0, 0], head[1, 0, 0] - head[0, 0, 0]], np.float32)
    right /= np.hypot(*right) + 1e-9
    height, width = slope_x.shape
    small = cv2.resize(seen.normals, (max(2, width // 8), max(2, height // 8)), interpolation=cv2.INTER_AREA)
    toward = cv2.resize(light_slope(model, small), (width, height), interpolation=cv2.INTER_LINEAR)
    along = toward[..., 0] * right[0] + toward[..., 1] * right[1]
    down = toward[..., 1] * right[0] - toward[..., 0] * right[1]
    return -(slope_x * along + slope_y * down)


def _own_folds(rgb: NDArray[np.float32], skin: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """(h, w) natural log <= 0: shade of the person's own folds and bags, which years deepen where they are."""
    import cv2

    height, width = skin.shape
    step = 2 if ipd_px > 50 else 1
    size = (-(-width // step), -(-height // step))
    luma = cv2.resize(cv2.transform(rgb, _LUMA[None]), size, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(skin, size, interpolation=cv2.INTER_AREA) ** 2 + np.float32(1e-3)
    sigma = ipd_px / step
    small = cv2.GaussianBlur(luma, (0, 0), max(0.6, 0.018 * sigma))
    wide = cv2.GaussianBlur(luma * weight, (0, 0), 0.10 * sigma) / cv2.GaussianBlur(weight, (0, 0), 0.10 * sigma)
    # a shade of a few per cent is noise or form, one of a third is hair or a frame's edge
    log = np.float32(GAMMA) * cv2.log((small + 4) / (wide + 4))
    shade = np.clip(log + 0.05, -0.30, 0) * weight
    return cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)


def _tone(
    mottle: NDArray[np.float32],
    spot: NDArray[np.float32],
    red: NDArray[np.float32] | None,
    mask: NDArray[np.float32],
    amount: float,
    lightness: float,
) -> NDArray[np.float32]:
    """(h, w, 3) natural log: blotches, spots, vessels, and skin that lets less light through."""
    # dark skin gets uneven rather than sallow, and no vessel shows through it
    fair = float(np.clip((lightness - 35) / 30, 0, 1))
    weight = (amount * mask)[..., None]
    log = ((1.35 - 0.35 * fair) * mottle)[..., None] * _MOTTLE_RGB + (0.3 + 0.7 * fair) * _SALLOW_RGB
    log *= weight
    # a spot has its own age in it
    log += (spot * mask)[..., None] * ((0.8 + 0.2 * fair) * _SPOT_RGB)
    if red is not None:
        log += (fair * red)[..., None] * _RED_RGB * weight
    return log


def _multiply(rgb: NDArray[np.float32], log: NDArray[np.float32]) -> None:
    import cv2

    rgb *= cv2.exp(log.astype(np.float32) * np.float32(1 / GAMMA))


def _pale(rgb: NDArray[np.float32], weight: NDArray[np.float32]) -> None:
    """Mix the colour with its own grey, in place."""
    rgb += weight[..., None] * ((rgb @ _LUMA)[..., None] - rgb)


def _features(
    rgb: NDArray[np.float32], carried: NDArray[np.float32], gains: Gains, typical: NDArray[np.float32]
) -> None:
    """Lips pale and thin-rimmed, brows and lashes sparse, eyes dull, in place.

    Parameters
    ----------
    typical : (3,) the skin's middle colour
    """
    amount = min(gains.sag * 0.6 + gains.fold * 0.4, 1.1)
    level = float(typical @ _LUMA)
    luma = rgb @ _LUMA
    _lips(rgb, carried[..., LIPS], luma, amount, typical)
    opening = carried[..., OPENING]
    white = np.clip((luma / level - 0.45) / 0.35, 0, 1)
    # sclera yellows and greys; the iris pales at its rim (arcus)
    log = (amount * opening * (white + np.clip(luma / level - 1.1, 0, 1)))[..., None] * np.array(
        [-0.26, -0.32, -0.54], np.float32
    )
    _multiply(rgb, log)
    veil = (0.13 * amount * opening * (1 - white))[..., None]
    rgb += veil * (level * np.array([0.62, 0.64, 0.66], np.float32) - rgb)
    dark = np.clip((0.72 * level - luma) / (0.35 * level), 0, 1)
    lashes = 0.40 * amount * dark * np.clip(carried[..., EYES] - 1.2 * opening, 0, 1)
    gaps = np.clip(1 + 0.5 * carried[..., MOTTLE], 0, 2)
    brows = np.minimum(0.40 * amount * gaps, 0.8) * dark * np.clip(1.2 * carried[..., BROW], 0, 1)
    rgb += np.maximum(lashes, brows)[..., None] * (0.86 * typical - rgb)
    # lids in shade are red in a small picture; drawn large they would look sore
    _pale(rgb, 0.40 * amount * carried[..., EYES] * (1 - opening))


def _lips(
    rgb: NDArray[np.float32],
    lips: NDArray[np.float32],
    luma: NDArray[np.float32],
    amount: float,
    typical: NDArray[np.float32],
) -> None:
    """Paler and nearer to skin, most at their rim; teeth, which are not red, a little yellower."""
    level = float(typical @ _LUMA)
    redness = rgb[..., 0] / (rgb[..., 1] + 8) / (typical[0] / (typical[1] + 8))
    red = np.clip((redness - 0.86) / 0.10, 0, 1) * lips
    rim = 4 * lips * (1 - lips)
    weight = amount * red * np.clip(0.62 + 0.25 * rim, 0, 0.9)
    bright = luma + 0.25 * (0.82 * level - luma)
    target = bright[..., None] * (typical / level * np.array([1.03, 0.97, 0.99], np.float32))
    rgb += weight[..., None] * (target - rgb)
    teeth = amount * np.clip(lips - red, 0, 1) * np.clip((luma / level - 0.5) / 0.3, 0, 1)
    _multiply(rgb, teeth[..., None] * np.array([-0.08, -0.12, -0.30], np.float32))
