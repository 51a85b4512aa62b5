"""Young skin: lines, bags, shine and the shading of adult bones taken out, colour evened, lips and brows soft.

Everything is a gain below one on what was filmed, in the logarithm of light, by size of the structure: grain and
pores, lines, bones.  So a fold becomes shallower and never turns into something else, and the energy of each band
falls with the target age for every person.  What stays is the light of the scene, the broad form and the grain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import zones
from studio.animatic.face.folds import Gains
from studio.animatic.face.planes import times, tripled
from studio.animatic.face.seen import Seen
from studio.animatic.face.sitter import Sitter
from studio.animatic.face.skin import BLUSH, BROW, EYES, LIPS, SKIN, blurred_log, level, round_light

_LINES_IPD, _BONES_IPD, _BROAD_IPD = 0.030, 0.11, 0.42
"""Gaussian sigmas that part grain | lines | bones | broad light: a fold is about 0.05 ipd (3 mm) wide, the shadow
beside a nose or in an eye socket about 0.3."""


def rejuvenate(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> None:
    """Young skin on the face, in place; ``rgb`` (H, W, 3) 0..255."""
    import cv2

    ages, view = sitter.ages, rgb[seen.part]
    zone = zones.carry(seen.uv)
    log = cv2.log(np.clip(view, 2, 255))
    crisp = crispness(sitter)
    skin = skin_weight(seen, zone) * (1 - (1 - crisp) * _features(seen))
    tone = tone_weight(skin, seen)
    ground = _smooth_skin(log, seen, sitter, skin, tone * _neck(seen), zone)
    _tint(log, tone, seen, sitter)
    if ages.child > 0:
        carried = seen.carried
        side = np.abs(seen.head[seen.part][..., 0])
        box = _box(carried[..., BROW])
        _soften_brows(log[box], ground[box], carried[box][..., BROW], side[box], ages.child * (0.25 + 0.75 * crisp))
        box = _box(carried[..., LIPS])
        lips = carried[box][..., LIPS] * (1 - zone[zones.MOUTH][box])
        _soften_lips(log[box], ground[box], lips, seen.ipd_px, ages.child * (0.5 + 0.5 * crisp))
        box = _box(carried[..., EYES])
        _clear_eyes(log[box], ground[box], zone[zones.OPENING][box], ages.child * crisp)
    view[:] = np.minimum(cv2.exp(log), np.float32(255))


def crispness(sitter: Sitter) -> float:
    """0..1, whether a face's features can be told from the shading round them: not below 35 px width, from 80 px on."""
    face_px = 20 + 180 * sitter.detail
    return float(np.clip((face_px - 35) / 45, 0, 1))


def _features(seen: Seen) -> NDArray[np.float32]:
    """(h, w) 0..1 eyes, brows and mouth with the shadows that stand for them in a face of few pixels."""
    import cv2

    features = seen.carried[..., [BROW, LIPS, EYES]].sum(-1)
    return np.clip(1.8 * cv2.GaussianBlur(features, (0, 0), 0.09 * seen.ipd_px), 0, 1)


def skin_weight(seen: Seen, zone: zones.Carried) -> NDArray[np.float32]:
    """(h, w) 0..1 facial skin: the atlas's without a fringe or strands over it.

    Parameters
    ----------
    zone : see `zones.carry`
    """
    import cv2

    hair = seen.hair[seen.part] * (1 - zone[zones.WHISKER])
    # single strands over temples and forehead: unlike skin, and near hair
    x, y = np.abs(seen.head[seen.part][..., 0]), seen.head[seen.part][..., 1]
    outside = np.maximum(np.clip((x - 0.7) / 0.2, 0, 1), np.clip((-0.35 - y) / 0.15, 0, 1))
    small = cv2.resize(hair, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    near = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(0.5, 0.05 * seen.ipd_px)), hair.shape[::-1])
    strand = outside * np.clip(4 * near, 0, 1) * (1 - seen.skin_like)
    return seen.carried[..., SKIN] * (1 - np.maximum(hair, strand))


def tone_weight(skin: NDArray[np.float32], seen: Seen) -> NDArray[np.float32]:
    """(h, w) 0..1 everything that takes the skin's new tone: the face, and what is like it on ears and neck.

    It fades out towards the lower rim of the part, so that no edge is seen where the part ends.
    """
    import cv2

    height = skin.shape[0]
    down = (np.arange(height, dtype=np.float32)[::-1] / (0.35 * seen.ipd_px)).clip(0, 1)[:, None]
    beside = seen.skin_like * seen.alpha[seen.part] * (1 - seen.hair[seen.part])
    calm = cv2.GaussianBlur(beside, (0, 0), max(0.8, 0.03 * seen.ipd_px)) * down
    return np.maximum(skin, calm * (1 - np.clip(1.3 * seen.carried[..., EYES], 0, 1)))


def _neck(seen: Seen) -> NDArray[np.float32]:
    """(h, w) 0..1 below the ears and the jaw, where lines go but the form stays."""
    return np.clip((seen.head[seen.part][..., 1] - 0.9) / 0.3, 0, 1)


def _smooth_skin(
    log: NDArray[np.float32],
    seen: Seen,
    sitter: Sitter,
    face: NDArray[np.float32],
    neck: NDArray[np.float32],
    zone: zones.Carried,
) -> NDArray[np.float32]:
    """Shallower folds and bones, even colour, in place; returns (h, w, 3) the log of the skin without any detail."""
    import cv2

    ages, ipd = sitter.ages, seen.ipd_px
    left, child, lifted = 1 - ages.younger, ages.child, lifting(sitter)
    if lifted > 0:
        neck = np.maximum(neck, lifted * _closed(neck, ipd) * seen.alpha[seen.part])
    skin = np.maximum(face, neck)
    height, width = skin.shape
    half = (-(-width // 2), -(-height // 2))
    small = cv2.resize(log, half, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(skin, half, interpolation=cv2.INTER_AREA)
    # the shade right at the lids belongs to the eye
    eyes = cv2.GaussianBlur(cv2.resize(seen.carried[..., EYES], half), (0, 0), 0.025 * ipd)
    keep = np.maximum(0.55 * cv2.resize(zone[zones.NOSE], half), 0.8 * np.clip(2 * eyes, 0, 1))
    bag = cv2.resize(zone[zones.BAG], half)
    middle, lines, broad = (blurred_log(small, weight, 0.5 * s * ipd) for s in (_LINES_IPD, _BONES_IPD, _BROAD_IPD))
    # dark structure goes before bright: a fold is a shadow, a cheek's light is the form
    fold, bone = middle - lines, lines - broad
    fold_light, bone_light = level(fold), level(bone)
    dark, bright = left * (1 - 0.7 * lifted), (0.25 + 0.75 * left) * (1 - 0.4 * lifted)
    gain = np.where(fold_light < 0, dark, bright)
    gain = gain + keep * (1 - gain)
    bone_dark = (1 - 0.62 * child) * (0.45 + 0.55 * left) * (1 - 0.6 * lifted)
    bone_bright = (1 - 0.38 * child) * (0.6 + 0.4 * left)
    bone_gain = np.where(bone_light < 0, bone_dark * (1 - (0.35 + 0.25 * lifted) * bag * (1 - left)), bone_bright)
    formed = cv2.resize(face, half, interpolation=cv2.INTER_AREA)
    bone_gain = 1 + (bone_gain - 1) * (1 - keep) * formed
    form = cv2.resize(round_light(sitter.skin, seen.normals, ipd), half, interpolation=cv2.INTER_AREA)
    form = form - blurred_log(form[..., None], weight, 0.5 * _BROAD_IPD * ipd)[..., 0]
    light = (gain - 1) * fold_light + (bone_gain - 1) * bone_light + 0.5 * child * formed * form
    # hue: blotches and blue bags go to the colour of the skin around; a lifted fold takes its red shade along
    even = 0.3 + 0.7 * left
    gain = (gain - 1).astype(np.float32)
    light = light - gain * fold_light - (even - 1) * bone_light
    change = tripled(light * weight) + times(fold, gain * weight) + times(bone, np.float32(even - 1) * weight)
    size = (width, height)
    fine = log - cv2.resize(middle, size)
    light_fine = level(fine)
    # grain stays, what stands out of it (pores, stubble, hairlines of age) is pressed down to it
    grain = float((np.abs(light_fine) * skin).sum() / (skin.sum() + 1e-3)) + 1e-3
    # in old skin creases are a part of that mean, and the deepest of them are as narrow as grain
    limit, stays = 1.5 * grain * (1 - 0.6 * lifted), left * (1 - 0.7 * lifted)
    calm = stays * light_fine + (1 - stays) * 0.78 * limit * np.tanh(light_fine / limit)
    log += cv2.resize(change, size)
    # the light of the grain to what is calm, its colour by as much
    pressed = (calm + 1e-4) / (light_fine + np.copysign(1e-4, light_fine))
    colour = np.float32(even) * np.clip(pressed, 0, 1) - 1
    log += tripled((calm - light_fine - colour * light_fine) * skin)
    log += times(fine, colour * skin)
    return cv2.resize(broad, size)


def lifting(sitter: Sitter) -> float:
    """0..1, how much of what folds and sags an old person loses; 0 for one who has not got it yet."""
    lost = Gains.between(sitter.ages.to_years, sitter.ages.from_years)
    return float(np.clip(0.5 * (lost.fold + lost.sag), 0, 1))


def _closed(mask: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """(h, w) the mask without gaps as narrow as the creases of a throat."""
    import cv2

    height, width = mask.shape
    step = max(1, int(0.04 * ipd_px))
    small = cv2.resize(mask, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(0.09 * ipd_px / step)) + 1,) * 2)
    closed = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, disc), (0, 0), 0.8)
    return cv2.resize(closed, (width, height), interpolation=cv2.INTER_LINEAR)


def _tint(log: NDArray[np.float32], tone: NDArray[np.float32], seen: Seen, sitter: Sitter) -> None:
    """A child's clear, rosy skin; dark skin becomes warmer and no lighter, so that it never turns grey."""
    import cv2

    child, lightness = sitter.ages.child, float(sitter.skin.lab[0])
    fair = float(np.clip((lightness - 35) / 30, 0, 1))
    pale = float(np.clip((lightness - 66) / 12, 0, 1))
    lift = (0.015 + 0.045 * fair) * (1 - 0.8 * pale)
    wide = np.float32([0.012, 0.0, -0.004 + 0.012 * fair])
    blush = np.float32([0.018, -0.045, -0.030]) * (0.45 + 0.55 * fair) * (0.4 + 0.6 * crispness(sitter))
    planes = cv2.merge([tone, seen.carried[..., BLUSH] * np.minimum(1, tone * np.float32(1.2))])
    log += cv2.transform(planes, child * np.column_stack([lift + wide, blush]))


def _box(mask: NDArray[np.float32]) -> tuple[slice, slice]:
    """Rows and columns that hold the mask, and a little more for a blur; never empty."""
    rows, columns = (np.flatnonzero(mask.max(axis) > 0.01) for axis in (1, 0))
    if rows.size == 0:
        return slice(0, 2), slice(0, 2)
    pad = 8
    return slice(max(0, rows[0] - pad), rows[-1] + pad), slice(max(0, columns[0] - pad), columns[-1] + pad)


def _soften_brows(
    log: NDArray[np.float32],
    ground: NDArray[np.float32],
    brow: NDArray[np.float32],
    side: NDArray[np.float32],
    child: float,
) -> None:
    """Brows part of the way to skin: single hairs and the outer ends more than the body, so that they get thinner.

    Parameters
    ----------
    ground : log of the skin around
    side : (h, w) distance from the middle of the face, ipd
    """
    outer = np.clip((side - 0.45) / 0.5, 0, 1)
    depth = np.maximum(ground - log, 0)
    # faint hair at the rim of the brow goes wholly, the dense middle stays
    dense = np.clip(level(depth) / 0.9, 0, 1)
    share = child * np.clip(1.4 * brow, 0, 1) * (0.55 - 0.28 * dense + 0.18 * outer)
    log += times(depth, share.astype(np.float32))


def _soften_lips(
    log: NDArray[np.float32], ground: NDArray[np.float32], lips: NDArray[np.float32], ipd_px: float, child: float
) -> None:
    """Lips soft and pink: outline and lipstick toned down towards a child's lip, which is skin with more blood."""
    import cv2

    weight = child * np.clip(cv2.GaussianBlur(lips, (0, 0), max(0.6, 0.02 * ipd_px)), 0, 1)
    calm = cv2.GaussianBlur(log, (0, 0), max(0.6, 0.035 * ipd_px))
    own = calm - ground
    light = level(own)[..., None]
    # log of lip over skin in RGB, the mean of natural lips: redder than the skin
    natural = np.array([0.10, -0.08, -0.02], np.float32)
    target = ground + 0.70 * light + (0.5 * (own - light) + 0.5 * natural) + 0.5 * (log - calm)
    log += (0.8 * weight)[..., None] * (target - log)


def _clear_eyes(
    log: NDArray[np.float32],
    ground: NDArray[np.float32],
    opening: NDArray[np.float32],
    child: float,
) -> None:
    """Cleaner whites with a breath of blue; the iris stays as it is.

    So do lashes and liner: they frame the eye, and softer ones made it look smaller, which no child's is.
    """
    spread, skin_spread = _spread(log), _spread(ground)
    # whites are nearly as light as skin, never dark, and have far less colour; an iris may be as light as dark skin
    white = opening * np.clip((level(log) - np.maximum(level(ground) - 0.75, _DARKEST_WHITE)) / 0.5, 0, 1)
    white *= np.clip((0.75 * skin_spread - spread) / (0.25 * skin_spread + 0.05), 0, 1)
    log += (child * white)[..., None] * np.array([0.02, 0.035, 0.06], np.float32)


_DARKEST_WHITE = 4.4
"""Log of 80: darker, it is not known to be the white of an eye."""


def _spread(log: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) largest less smallest channel."""
    red, green, blue = np.moveaxis(log, -1, 0)
    return np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
