"""The person as a layer: a matte that follows hair at full resolution, and colours free of the old background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.planes import between, dilated, dot, eroded, times, unit


@dataclass(frozen=True, slots=True)
class Unmixed:
    """A mask corrected along its edge, and the two colours that meet there.

    Parameters
    ----------
    share : (h, w) 0..1, how much of a pixel belongs to what is masked
    inner, outer : (h, w, 3) RGB 0..255 of what is masked and of what is not; away from the edge the picture itself
    edge : (h, w) 0..1, where the mask was doubted
    """

    share: NDArray[np.float32]
    inner: NDArray[np.float32]
    outer: NDArray[np.float32]
    edge: NDArray[np.float32]


def guided(guide: NDArray[np.float32], source: NDArray[np.float32], radius: int, eps: float) -> NDArray[np.float32]:
    """Guided filter with a grey guide in 0..1 (He, Sun, Tang 2010); both (h, w) float32."""
    import cv2

    window = (2 * radius + 1, 2 * radius + 1)
    mean_guide, mean_source = cv2.blur(guide, window), cv2.blur(source, window)
    variance = cv2.blur(guide * guide, window) - mean_guide * mean_guide
    covariance = cv2.blur(guide * source, window) - mean_guide * mean_source
    slope = covariance / (variance + eps)
    offset = mean_source - slope * mean_guide
    return cv2.blur(slope, window) * guide + cv2.blur(offset, window)


def softness_px(matte: NDArray[np.float32]) -> float:
    """Width of the matte's soft edge in px: the median over its outline, so that a doubtful area does not count."""
    import cv2

    # what single pixels do is not softness
    calm = cv2.GaussianBlur(matte, (0, 0), 0.7)
    down, right = np.gradient(calm)
    steep = np.hypot(down, right)
    outline = (np.abs(calm - 0.5) < 0.25) & (steep > 1e-3)
    if not outline.any():
        return 0.0
    # a pixel counts by its steepness: across a soft edge there are more of them
    order = np.argsort(steep[outline])
    weights = np.cumsum(steep[outline][order])
    middle = steep[outline][order][np.searchsorted(weights, 0.6 * weights[-1])]
    # from 8 to 92 % of the way
    return float(0.84 / middle)


def refine_matte(
    rgb: NDArray[np.float32],
    matte: NDArray[np.float32],
    softness: float,
    odds: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Pull a soft matte onto the edges of the picture, within its own soft edge.

    Parameters
    ----------
    rgb : (h, w, 3) 0..255
    matte : (h, w) 0..1
    softness : what `softness_px` said of the reference matte; the softer, the more the picture decides
    odds : (h, w) log odds of being the person by colour, see `backdrop`
    """
    import cv2

    radius = int(np.clip(round(0.8 * softness), 1, 14))
    sharp = matte
    if odds is not None:
        sharp = _told_by_colour(matte, odds, max(2, radius))
    if radius > 2:
        grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) / 255, (0, 0), 0.8)
        low, high = eroded(sharp, radius), dilated(sharp, radius)
        sharp = np.clip(guided(grey, sharp, radius, 1e-3), low, high)
        sharp = unmix(rgb, sharp, 0.8 * radius).share
    sharp = cv2.GaussianBlur(sharp, (0, 0), 0.5 + 0.05 * softness)
    # choke: a thin film of background is worse than a slightly smaller person
    return unit((sharp - np.float32(0.25)) * np.float32(1 / 0.65))


def _told_by_colour(matte: NDArray[np.float32], odds: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Bayes: the matte is what was believed, the colours are what was seen; sure pixels away from the edge stay."""
    import cv2

    sure_in, sure_out = eroded(matte, reach), 1 - dilated(matte, reach)
    doubt = unit(cv2.GaussianBlur(1 - cv2.max(sure_in, sure_out), (0, 0), 0.4 * reach) * np.float32(1.5))
    believed = np.clip(matte, 0.03, 0.97)
    believed = cv2.log(believed / (1 - believed))
    told = 1 / (1 + cv2.exp(-(believed + odds)))
    return matte + doubt * (told - matte)


def clean_colours(rgb: NDArray[np.float32], alpha: NDArray[np.float32], rim_px: float = 1.0) -> NDArray[np.float32]:
    """Foreground colours at the edge, spread from the inside by push-pull (Gortler et al. 1996), so that no halo stays.

    Pixels further than ``rim_px`` inside the person are returned as they are.
    """
    import cv2

    height, width = alpha.shape
    inner = alpha
    if rim_px > 1.2:
        reach = round(rim_px)
        inner = eroded(alpha, reach)
    trust = unit((inner - np.float32(0.85)) * np.float32(1 / 0.15))
    # half size: what is spread is smooth, and what is sharp is kept
    half = (-(-width // 2), -(-height // 2))
    weight = cv2.resize(trust, half, interpolation=cv2.INTER_AREA)
    level = cv2.resize(times(rgb, trust), half, interpolation=cv2.INTER_AREA)
    levels = [(level, weight)]
    while min(levels[-1][1].shape) > 4 and len(levels) < 7:
        levels.append((cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])))
    filled = levels[-1][0] / (levels[-1][1][..., None] + np.float32(1e-4))
    for level, weight in reversed(levels[:-1]):
        up = cv2.pyrUp(filled, dstsize=(weight.shape[1], weight.shape[0]))
        filled = cv2.add(level, times(up, 1 - weight))
    filled = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return between(filled, rgb, trust)


def unmix(rgb: NDArray[np.float32], mask: NDArray[np.float32], reach_px: float) -> Unmixed:
    """Correct a mask along its edge: how much of every pixel belongs to what is masked, and in which colour.

    A pixel of the edge is a mixture of two colours, both known from either side of it; its share is where it lies
    between
    them.  Where they are alike, or the pixel is neither, the mask stays as it was.

    Parameters
    ----------
    rgb : (h, w, 3) 0..255
    mask : (h, w) 0..1
    reach_px : how far from the edge the mask may be wrong
    """
    import cv2

    reach = max(1, round(reach_px))
    inner = clean_colours(rgb, mask, reach)
    outer = clean_colours(rgb, 1 - mask, reach)
    way = cv2.subtract(inner, outer)
    apart = dot(way, way) + np.float32(1)
    gone = cv2.subtract(rgb, outer)
    place = dot(gone, way) / apart
    # how far the pixel lies beside the line between both colours
    off = cv2.max(dot(gone, gone) - (apart + 1) * (place * place), 0.0)
    sure = unit((cv2.sqrt(apart) - np.float32(50)) * np.float32(1 / 70)) * cv2.exp(off / (np.float32(-0.05) * apart))
    wide = cv2.GaussianBlur(dilated(mask, reach), (0, 0), 0.6 * reach)
    edge = wide * (1 - cv2.GaussianBlur(eroded(mask, reach), (0, 0), 0.6 * reach))
    edge = unit(2 * edge)
    change = edge * sure * (cv2.min(cv2.max(place, 0.0), wide) - mask)
    # a patterned background tells something else in every pixel; its neighbours outvote it
    share = unit(mask + cv2.GaussianBlur(change, (0, 0), max(0.4, 0.2 * reach)))
    return Unmixed(share, inner, outer, edge)
