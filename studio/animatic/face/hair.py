"""Hair: found by a colour model that is fitted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import hair_raster, mesh
from studio.animatic.face.planes import held, unit
from studio.animatic.face.skin import to_lab

_FLOOR = np.array([6, 3, 3], np.float32)
"""Least spread of a skin colour, L*a*b*."""
_SKINS = 4
"""How many of the other colours are skin: as it is, in shade, lit, glaring."""


@dataclass(frozen=True, slots=True)
class HairModel:
    """Which colours are hair.

    Parameters
    ----------
    table : (32768, 3) float32 by quantised RGB: how likely hair (0..1), how far from any skin (standard deviations),
    and
        how sure it is no brighter than lit hair or skin (0..1)
    reach_ipd : how far below the eyes hair is looked for; short when clothes have its colour
    present : False for a bald or covered head
    odds : (32768, 2) by quantised RGB: log odds of hair against skin and room, and against the clothes
    place : raster (see `hair_raster`) of the log odds of hair at a place; below -4 there is none
    """

    table: NDArray[np.float32]
    reach_ipd: float
    present: bool
    odds: NDArray[np.float32]
    place: NDArray[np.float32]


def clusters(lab: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Centres and standard deviations of (n, 3) colours, by k-means."""
    import cv2

    sample = np.ascontiguousarray(lab[:: max(1, len(lab) // 4000)])
    cv2.setRNGSeed(7)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    _, label, centres = cv2.kmeans(sample, count, None, stop, 2, cv2.KMEANS_PP_CENTERS)
    label = label.ravel()
    spread = np.stack([sample[label == k].std(0) if (label == k).sum() > 5 else np.ones(3) for k in range(count)])
    return centres.astype(np.float32), np.maximum(spread, np.array([5, 3, 3], np.float32)).astype(np.float32)


def without_locks(cloth: NDArray[np.float32], beside: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours of the chest (n, 3) without those of hair that hangs over it, unless most of it has them.

    Parameters
    ----------
    beside : (m, 3) colours beside the upper face, without skin's
    """
    if len(beside) < 40 or len(cloth) < 40:
        return cloth
    centres, spread = clusters(beside, 3)
    alike = nearest(cloth[None], centres, np.minimum(spread, np.array([7, 3, 4], np.float32)))[0] < 2.2
    return cloth[~alike] if alike.mean() < 0.55 else cloth


def hair_mask(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32],
    head: NDArray[np.float32],
    face_area: NDArray[np.float32],
    face_skin: NDArray[np.float32],
    model: HairModel,
    ipd_px: float,
) -> NDArray[np.float32]:
    """(h, w) 0..1 hair of the head: where it may lie, and what has its colour.

    Worked out at about 28 px per ipd and pulled onto the edges of the full picture (fast guided filter, He and Sun
    2015).

    Parameters
    ----------
    face_area : (h, w) what the mesh covers
    face_skin : (h, w) the part of it that looks like skin; no hair is looked for there
    """
    import cv2

    height, width = alpha.shape
    if not model.present:
        return np.zeros(alpha.shape, np.float32)
    shrink = max(1, round(ipd_px / 28))
    size = (-(-width // shrink), -(-height // shrink))
    padded = ((0, size[1] * shrink - height), (0, size[0] * shrink - width))

    def small(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        if shrink == 1:
            return picture
        if padded[0][1] or padded[1][1]:
            picture = cv2.copyMakeBorder(picture, 0, padded[0][1], 0, padded[1][1], cv2.BORDER_REPLICATE)
        return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)

    place = hair_raster.carry(model.place + 20, head, shrink) - 20
    calm = small(rgb)
    odds = look_up(model.odds, calm, ipd_px / shrink)
    y = small(np.ascontiguousarray(head[..., 1]))
    cloth = odds[..., 1] + 8 * np.clip((1.1 - y) / 0.4, 0, 1)
    score = 0.9 * np.minimum(odds[..., 0], cloth) + place
    likely = 1 / (1 + cv2.exp(-score)) * (1 - small(face_skin))
    grey = cv2.cvtColor(np.clip(calm, 0, 255), cv2.COLOR_RGB2GRAY) / np.float32(255)
    slope, offset = guiding(grey, likely.astype(np.float32), max(1, round(0.06 * ipd_px / shrink)), 4e-4)
    full = cv2.cvtColor(held(rgb), cv2.COLOR_RGB2GRAY) * np.float32(1 / 255)
    large = (size[0] * shrink, size[1] * shrink)
    slope, offset = (cv2.resize(part, large)[:height, :width] for part in (slope, offset))
    return unit((slope * full + offset - np.float32(0.25)) * 2) * (alpha > 0.01)


def guiding(
    guide: NDArray[np.float32], source: NDArray[np.float32], radius: int, eps: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Slope and offset by which a grey guide in 0..1 explains a mask, to be used on a larger guide."""
    import cv2

    window = (2 * radius + 1, 2 * radius + 1)
    mean_guide, mean_source = cv2.blur(guide, window), cv2.blur(source, window)
    variance = cv2.blur(guide * guide, window) - mean_guide * mean_guide
    covariance = cv2.blur(guide * source, window) - mean_guide * mean_source
    slope = covariance / (variance + np.float32(eps))
    return cv2.blur(slope, window), cv2.blur(mean_source - slope * mean_guide, window)


def every_colour() -> NDArray[np.float32]:
    """(1, 32768, 3) L*a*b* of the colours that a table knows, in its order."""
    level = np.arange(0, 256, 8, dtype=np.float32) + 4
    return to_lab(np.stack(np.meshgrid(level, level, level, indexing="ij"), -1).reshape(1, -1, 3))


def look_up(table: NDArray[np.float32], rgb: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """(h, w, ...) a colour table's verdict on every pixel, see `HairModel`."""
    import cv2

    # without noise a table of 32 levels would show steps; the picture's own grain and the guided filter hide them
    byte = cv2.GaussianBlur(held(rgb), (0, 0), max(0.5, 0.012 * ipd_px)).astype(np.uint16) >> 3
    return table[(byte[..., 0] << 10) | (byte[..., 1] << 5) | byte[..., 2]]


def nearest(lab: NDArray[np.float32], centres: NDArray[np.float32], spread: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smallest Mahalanobis distance (square root) to any cluster."""
    best = np.full(lab.shape[:2], 1e6, np.float32)
    for centre, width in zip(centres, spread, strict=True):
        np.minimum(best, (((lab - centre) / width) ** 2).sum(-1), out=best)
    return np.sqrt(best)


def fringe(
    rgb: NDArray[np.float32],
    head: NDArray[np.float32],
    skin_light: float,
    hair_light: float,
    covered: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Thin hair over the forehead, which is neither the hair's colour nor the skin's but between them.

    Parameters
    ----------
    skin_light, hair_light : L* of the bare forehead and of the hair's middle tone
    covered : 0..1, how much of the forehead has hair over it; when it is bare, what is dark there is shade or folds

    Returns
    -------
    share : (h, w) 0..1 of hair in a pixel
    area : (h, w) 0..1 where that tells it
    """
    import cv2

    x, y = head[..., 0], head[..., 1]
    if covered <= 0:
        return np.zeros(x.shape, np.float32), np.zeros(x.shape, np.float32)
    forehead = np.clip((1.05 - np.abs(x)) / 0.2, 0, 1) * np.clip((-0.18 - y) / 0.16, 0, 1)
    area = (covered * forehead * np.clip((y + 1.5) / 0.2, 0, 1)).astype(np.float32)
    share = np.zeros_like(area)
    left, top, width, height = cv2.boundingRect((area > 0).astype(np.uint8))
    if width and height:
        box = np.s_[top : top + height, left : left + width]
        dark = (skin_light - to_lab(rgb[box])[..., 0]) / max(skin_light - hair_light, 20.0)
        share[box] = area[box] * np.clip((dark - 0.18) / 0.55, 0, 1)
    return share, area


def head_grid(pose: mesh.Pose, size: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w, 2) head coordinates of every pixel, in ipd."""
    return mesh.head_grid(pose, size)
