"""Old skin: folds lit by the light of the scene, spots and uneven colour, multiplied onto what was filmed.

All is done as exponents: a ratio in linear light is a ratio, to the power 1/2.2, of the picture's values, so one
exponential per pixel does what would need two powers and a colour space.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import features
from studio.animatic.face.features import LUMA
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

# natural logs, linear light, per unit of what they tint; shadows in folds are a little redder than the skin
_FOLD_RGB = np.array([0.73, 1.08, 1.20], np.float32)
# log of the channels of light skin in white light over its luma, for which the above holds
_USUAL_HUE = np.array([0.17, -0.06, -0.18], np.float32)
_GLINT_RGB = np.array([1.1, 1.0, 0.9], np.float32)
_DEEPEST, _DARKEST = 0.80, 1.35
_SPOT_RGB = -0.34 * np.array([0.70, 1.0, 1.30], np.float32)
_MOTTLE_RGB = -0.035 * np.array([0.75, 1.0, 1.15], np.float32)
_RED_RGB = np.array([0.01, -0.12, -0.09], np.float32)
_SALLOW_RGB = np.array([0.035, 0.035, -0.045], np.float32)


def weather(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter, bare: NDArray[np.float32]) -> None:
    """Old skin on face, throat and ears, in place; ``rgb`` (H, W, 3) 0..255, ``bare`` (h, w) 0 where a beard is."""
    gains = Gains.between(sitter.ages.from_years, sitter.ages.to_years)
    view, carried = rgb[seen.part], seen.carried
    face = np.clip(1.2 * (carried[..., SKIN] + carried[..., BROW] + carried[..., LIPS] + carried[..., EYES]), 0, 1)
    by_colour = seen.skin_like * (seen.alpha * (1 - seen.hair))[seen.part]
    beside = (1 - face) * np.maximum(by_colour, seen.body[seen.part])
    # made-up lids are no skin by colour, but they fold
    on_face = np.minimum(skin_in_light(view, seen, sitter.skin) + 0.85 * carried[..., EYES], 1)
    allowed = np.maximum(on_face, beside) * bare * seen.free * _to_the_edge(seen) * seen.alpha[seen.part]
    typical = to_rgb(sitter.skin.lab[None, None])[0, 0]
    amount = min(0.6 * gains.sag + 0.4 * gains.fold, 1.1)
    features.fade(view, carried, seen.free, amount, typical, sitter.detail, seen.ipd_px)
    _multiply(view, _log_ratio(view, seen, sitter, gains, allowed))
    weather_beside(rgb, seen, sitter)


def weather_beside(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> None:
    """Old skin on ears, temples and throat beyond what the mesh covers, in place; ``rgb`` (H, W, 3) 0..255."""
    rows, columns = np.flatnonzero(seen.body.max(1) > 0), np.flatnonzero(seen.body.max(0) > 0)
    if not len(rows):
        return
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    done = np.zeros(seen.alpha.shape, np.float32)
    done[seen.part] = np.clip(seen.carried[..., HIDE] + seen.carried[..., LIPS] + seen.carried[..., OPENING], 0, 1)
    done[seen.part] *= _to_the_edge(seen)
    weather_skin(rgb[box], seen.body[box] * (1 - done[box]), seen.head[box], sitter)


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
    amount = gains.pigment * mask
    planes = [texture[..., 0] * amount, texture[..., 1] * mask, amount]
    _multiply(rgb, _mixed(planes, _tints(sitter.skin, gains)[:3]))


def _to_the_edge(seen: Seen) -> NDArray[np.float32]:
    """(h, 1) 1, but towards 0 at the last rows: what is looked at ends somewhere on the throat."""
    rows = np.arange(seen.skin_like.shape[0], 0, -1, dtype=np.float32)
    return np.clip(rows / (0.3 * seen.ipd_px), 0, 1)[:, None]


def skin_in_light(rgb: NDArray[np.float32], seen: Seen, model: SkinModel) -> NDArray[np.float32]:
    """(h, w) 0..1: facial skin by its hue and by the light that falls there, also where it is glaring or in shade.

    ``Seen.skin_like`` asks for the skin's usual lightness and so misses half of a face lit from aside; hair is darker
    than any skin in the same light, and fair hair yellower.
    """
    import cv2

    height, width = seen.skin_like.shape
    size = (max(2, width // 2), max(2, height // 2))
    coarse = cv2.resize(seen.normals, (max(2, width // 8), max(2, height // 8)), interpolation=cv2.INTER_AREA)
    expected = cv2.resize(predict(model, coarse) @ LUMA, size, interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    usual = np.log(to_rgb(model.lab[None, None])[0, 0] + 6)
    log = cv2.log(np.maximum(small, 0) + np.float32(6)) - usual
    lit = np.log((np.maximum(small, 0) @ LUMA + 6) / (expected + 6))
    # glare pales, deep shade saturates: towards either, hue may stray further
    room = 1 + 2.0 * np.clip(np.abs(lit) / 0.4, 0, 1)
    stray = ((log[..., 0] - log[..., 1]) / (0.13 * room)) ** 2 + ((log[..., 1] - log[..., 2]) / (0.17 * room)) ** 2
    like = np.clip((lit + 0.85) / 0.3, 0, 1) * np.exp(-0.5 * stray)
    like = cv2.GaussianBlur(like.astype(np.float32), (0, 0), max(0.5, 0.012 * seen.ipd_px))
    like = np.clip((like - 0.15) / 0.35, 0, 1)
    area = cv2.resize(np.ascontiguousarray(seen.carried[..., SKIN]), size, interpolation=cv2.INTER_AREA)
    # the wings of the nose are left out of what counts as skin, but they age
    hide = cv2.resize(np.ascontiguousarray(seen.carried[..., HIDE]), size, interpolation=cv2.INTER_AREA)
    x, y = cv2.split(cv2.resize(seen.uv, size, interpolation=cv2.INTER_LINEAR))
    off = np.hypot((x - 0.5) / 0.15, (y - 0.605) / 0.06)
    area = np.maximum(1.2 * area, hide * np.clip(2 - 1.5 * off, 0, 1))
    return cv2.resize(like * np.clip(area, 0, 1), (width, height), interpolation=cv2.INTER_LINEAR)


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
    import cv2

    carried, lightness = seen.carried, float(sitter.skin.lab[0])
    # a face too small for lines shows its age by shade alone
    broad = 1 + 0.75 * (1 - sitter.detail)
    fold = broad * carried[..., FOLD] + relit(carried[..., SLOPE_X], carried[..., SLOPE_Y], seen, sitter.skin)
    # on a cheek seen from aside lines crowd together; there the mesh is least sure of itself, too
    away = 1 - np.clip((_toward(seen) - 0.32) / 0.30, 0, 1)
    fold *= 1 - away * np.clip(1.5 * carried[..., SKIN], 0, 1)
    own = min(1.5 * gains.fold, 1.3) * (0.5 + 0.5 * sitter.detail)
    fold += own * _own_folds(rgb, carried[..., SKIN] * allowed, seen.ipd_px)
    # a fold in dark skin is as deep but shows less, for the eye judges differences, not ratios; who hides half the
    # face behind a beard shows age in the other half
    strength = float(np.clip(2.3 - lightness / 60, 1.22, 1.65)) * (1 + 0.2 * sitter.skin.bearded)
    brightest = BRIGHTEST * (1 + 1.5 * float(np.clip((55 - lightness) / 25, 0, 1)))
    fold = np.minimum(fold * np.float32(1.72 * strength), brightest)
    shade = _deep(np.minimum(fold, 0), seen.ipd_px) * allowed
    # what glares has nothing left to gain
    red, green, blue = cv2.split(rgb)
    glint = np.maximum(fold, 0) * allowed * np.clip((250 - cv2.max(cv2.max(red, green), blue)) / 60, 0, 1)
    # a channel at its end was brighter than it shows: it falls later than the others, else light skin goes grey
    full = np.clip((red - 215) / 40, 0, 1) * np.clip((red - blue) / 80, 0, 1)
    mask = carried[..., HIDE] * allowed
    amount = gains.pigment * mask
    planes = [
        carried[..., MOTTLE] * amount,
        carried[..., SPOT] * mask,
        amount * (1 - 0.7 * full),
        carried[..., RED] * amount,
        shade,
        glint,
    ]
    log = _mixed(planes, _tints(sitter.skin, gains))
    log *= cv2.transform(full, np.array([[-0.25, 1], [0.0, 1], [0.2, 1]], np.float32))
    return log


def _deep(shade: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """(h, w) <= 0: hollows get no darker for ever, as a flat dark band looks like paint, but lines in them show."""
    import cv2

    height, width = shade.shape
    step = max(1, int(0.04 * ipd_px))
    small = cv2.resize(shade, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.5, 0.05 * ipd_px / step))
    less = np.maximum(np.float32(_DEEPEST) * (np.exp(small / np.float32(_DEEPEST)) - 1) - small, 0)
    return np.clip(shade + cv2.resize(less, (width, height), interpolation=cv2.INTER_LINEAR), -_DARKEST, 0)


def _toward(seen: Seen) -> NDArray[np.float32]:
    """(h, w) how far the face there looks at the camera, without what is as small as a nose's side."""
    import cv2

    height, width = seen.normals.shape[:2]
    step = max(1, int(0.08 * seen.ipd_px))
    small = cv2.resize(seen.normals[..., 2], (max(2, width // step), max(2, height // step)))
    small = cv2.GaussianBlur(small, (0, 0), 0.22 * seen.ipd_px / step)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def _tints(model: SkinModel, gains: Gains) -> NDArray[np.float32]:
    """(6, 3) natural log per unit of blotch, spot, tone, vessel, shade and glint."""
    lightness = float(model.lab[0])
    # dark skin gets uneven rather than sallow, and no vessel shows through it
    fair = float(np.clip((lightness - 35) / 30, 0, 1))
    typical = np.maximum(to_rgb(model.lab[None, None])[0, 0], 8)
    # less blood and less light through it: mixed with its own grey, which for skin is a tint
    pale = 0.20 / max(1.0, gains.pigment) * GAMMA * (float(typical @ LUMA) / typical - 1)
    return np.array(
        [
            (1.35 - 0.35 * fair) * _MOTTLE_RGB,
            (0.8 + 0.2 * fair) * _SPOT_RGB,
            (0.3 + 0.7 * fair) * _SALLOW_RGB + np.clip(pale, -0.12, 0.12),
            fair * _RED_RGB,
            # skin in shade keeps its hue and gets more of it: in warm light a neutral shade is a grey smear
            _FOLD_RGB * np.clip(1 - 0.35 * (np.log(typical / float(typical @ LUMA)) - _USUAL_HUE), 0.75, 1.3),
            _GLINT_RGB,
        ],
        np.float32,
    )


def _mixed(planes: list[NDArray[np.float32]], tints: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, 3) the sum of every plane times its tint."""
    import cv2

    return (cv2.merge([np.asarray(plane, np.float32) for plane in planes]).reshape(-1, len(planes)) @ tints).reshape(
        *planes[0].shape, 3
    )


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
    luma = cv2.resize(cv2.transform(rgb, LUMA[None]), size, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(skin, size, interpolation=cv2.INTER_AREA) ** 2
    weight = inside + np.float32(1e-3)
    sigma = ipd_px / step
    # the shade along the face's outline, its hair and its eyes is form
    inside *= np.clip(cv2.GaussianBlur(inside, (0, 0), 0.09 * sigma) / 0.35 - 1.25, 0, 1)
    small = cv2.GaussianBlur(luma, (0, 0), max(0.6, 0.018 * sigma))
    wide = cv2.GaussianBlur(luma * weight, (0, 0), 0.10 * sigma) / cv2.GaussianBlur(weight, (0, 0), 0.10 * sigma)
    # a shade of a few per cent is noise or form, one of a third is hair or a frame's edge
    log = np.float32(GAMMA) * cv2.log((small + 4) / (wide + 4))
    shade = np.clip(log + 0.05, -0.30, 0) * inside
    return cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)


def _multiply(rgb: NDArray[np.float32], log: NDArray[np.float32]) -> None:
    import cv2

    rgb *= cv2.exp(log.astype(np.float32) * np.float32(1 / GAMMA))
