"""Hair: found by a colour model that is fitted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.animatic.face.cutout import guided
from studio.animatic.face.skin import SkinModel, to_lab

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
    """

    table: NDArray[np.float32]
    reach_ipd: float
    present: bool


def fit_hair(
    rgb: NDArray[np.float32], alpha: NDArray[np.float32], head: NDArray[np.float32], skin: SkinModel
) -> HairModel:
    """Learn the colours from a seed region between forehead and crown.

    Parameters
    ----------
    head : (h, w, 2) head coordinates (right, down) in ipd of the eyes
    """
    lab = to_lab(rgb)
    solid = alpha > 0.9
    x, y = head[..., 0], head[..., 1]
    above = solid & (np.abs(x) < 1.2) & (y < -0.95)
    clothes = solid & (np.abs(x) < 0.7) & (y > 2.9) & (y < 4.6)
    skin_centres = np.float32(
        [
            skin.lab,
            skin.lab - np.array([14, -1, 0], np.float32),
            skin.lab + np.array([8, -1, 0], np.float32),
            skin.lab + np.array([20, -5, -6], np.float32),
        ]
    )
    skin_spread = np.tile(np.maximum(skin.spread, _FLOOR), (4, 1)).astype(np.float32)
    other, spread = [skin_centres], [skin_spread]
    if clothes.sum() > 60:
        centres, widths = clusters(lab[clothes], 2)
        other.append(centres)
        spread.append(widths)
    seeds = lab[above]
    if len(seeds) < 60:
        brown = np.array([[22, 6, 10]], np.float32)
        return HairModel(
            _table(brown, np.array([[8, 4, 6]], np.float32), np.concatenate(other), np.concatenate(spread)), 0.0, False
        )
    unlike = ((np.abs(seeds - skin.lab) / np.maximum(skin.spread, _FLOOR)) ** 2).sum(-1) > 9
    share = float(unlike.mean())
    chroma = float(np.median(np.linalg.norm(seeds[unlike][:, 1:], axis=1))) if unlike.any() else 0.0
    present = share > 0.25 and chroma < 42
    centres, widths = clusters(seeds[unlike] if present else seeds, 3)
    # long hair: both sides of the neck have the hair's colour; on clothes of the same colour it is not followed
    everything, all_widths = np.concatenate(other), np.concatenate(spread)
    # hair in its own shade and in the light
    shades = [(0.45, 0.6), (1.0, 1.0), (1.35, 1.1)]
    centres = np.concatenate([centres * np.array([light, colour, colour], np.float32) for light, colour in shades])
    widths = np.concatenate([widths] * len(shades))
    per_ipd = 1 / abs(float(x[0, -1] - x[0, 0])) * (x.shape[1] - 1)
    hanging = []
    for side in (-1, 1):
        strip = lab[solid & (side * x > 0.8) & (side * x < 1.8) & (y > 0.8) & (y < 2.0)][None]
        found = (nearest(strip, centres, widths) < nearest(strip, everything, all_widths)).sum() if strip.size else 0
        hanging.append(found / (0.8 * per_ipd**2))
    alike = 0.0
    if len(other) > 1:
        cloth = lab[clothes][None]
        alike = float((nearest(cloth, centres, widths) < 2.5).mean())
    # on one side only it is a ponytail
    reach = 2.1 if max(hanging) < 0.25 else 2.6 if alike > 0.3 else 3.2 if min(hanging) < 0.2 else 4.4
    return HairModel(_table(centres, widths, everything, all_widths), reach, present)


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


def hair_mask(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32],
    head: NDArray[np.float32],
    face_area: NDArray[np.float32],
    face_skin: NDArray[np.float32],
    model: HairModel,
    ipd_px: float,
) -> NDArray[np.float32]:
    """(h, w) 0..1 hair of the head.

    Parameters
    ----------
    face_area : (h, w) what the mesh covers; only the hair's own colour counts there
    face_skin : (h, w) the part of it that looks like skin; no hair is looked for there
    """
    import cv2

    if not model.present:
        return np.zeros(alpha.shape, np.float32)
    found = look_up(model.table, rgb, ipd_px)
    # over the face glare is not hair
    likely, not_skin = found[..., 0] * (1 - face_area * (1 - found[..., 2])), found[..., 1]
    x, y = head[..., 0], head[..., 1]
    near = np.clip((2.3 - np.abs(x)) / 0.3, 0, 1)
    # well outside the face and above the jaw there is hardly anything but hair, whatever colour its highlights have;
    # closer to the face, where ears and forehead are, it must look unlike skin; below the jaw it must look like hair
    outside = np.clip((np.hypot(x / 1.25, (y - 0.45) / 1.55) - 1.08) / 0.2, 0, 1) * np.clip(not_skin / 1.2, 0, 1)
    beside = np.maximum(outside, np.clip((not_skin - 2.0) / 1.5, 0, 1)) * np.clip((1.0 - y) / 0.5, 0, 1)
    beside *= (1 - face_area) * (0.2 + 0.8 * found[..., 2])
    hanging = np.clip((model.reach_ipd - y) / 0.8, 0, 1) * likely
    under_chin = np.clip((y - 1.3) / 0.3, 0, 1) * np.clip((0.75 - np.abs(x)) / 0.25, 0, 1)
    likely = near * np.maximum(hanging, beside) * (1 - under_chin) * (1 - face_skin)
    grey = cv2.cvtColor(np.clip(rgb, 0, 255), cv2.COLOR_RGB2GRAY) / 255
    soft = guided(grey, likely.astype(np.float32), max(2, round(0.07 * ipd_px)), 3e-4)
    return _hanging_from(np.clip((soft - 0.25) / 0.45, 0, 1) * (alpha > 0.01), y, ipd_px)


def _hanging_from(mask: NDArray[np.float32], y: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """The mask without what does not hang down from the head: folds of clothes and hands may have the hair's colour.

    Followed row by row at a few pixels per ipd; hair may swing outwards by its own length.
    """
    import cv2

    height, width = mask.shape
    step = max(1, round(ipd_px / 14))
    small = cv2.resize(mask, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    level = cv2.resize(y, small.shape[::-1], interpolation=cv2.INTER_AREA)
    kept = small.copy()
    for row in range(1, len(small)):
        above = kept[row - 1]
        reach = np.maximum(above, np.maximum(np.r_[0, above[:-1]], np.r_[above[1:], 0]))
        held = np.clip((level[row] - 1.0) / 0.3, 0, 1)
        kept[row] = np.minimum(small[row], (1 - held) + held * 1.25 * reach)
    lost = cv2.resize(small - kept, (width, height), interpolation=cv2.INTER_LINEAR)
    return mask * np.clip(1 - 3 * lost, 0, 1)


def _table(hair: NDArray, hair_spread: NDArray, other: NDArray, other_spread: NDArray) -> NDArray[np.float32]:
    """Every colour's verdict once; a frame then only looks it up."""
    lab = every_colour()
    ours, theirs = nearest(lab, hair, hair_spread), nearest(lab, other, other_spread)
    likely = 1 / (1 + np.exp(np.clip((ours - theirs) * 0.9 - 0.3, -30, 30)))
    darker = np.clip((max(other[0, 0] + 2, np.median(hair[:, 0]) + 8) - lab[..., 0]) / 8, 0, 1)
    return np.stack([likely[0], nearest(lab, other[:_SKINS], other_spread[:_SKINS])[0], darker[0]], -1).astype(
        np.float32
    )


def every_colour() -> NDArray[np.float32]:
    """(1, 32768, 3) L*a*b* of the colours that a table knows, in its order."""
    level = np.arange(0, 256, 8, dtype=np.float32) + 4
    return to_lab(np.stack(np.meshgrid(level, level, level, indexing="ij"), -1).reshape(1, -1, 3))


def look_up(table: NDArray[np.float32], rgb: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """(h, w, ...) a colour table's verdict on every pixel, see `HairModel`."""
    import cv2

    # without noise a table of 32 levels would show steps; the picture's own grain and the guided filter hide them
    byte = cv2.GaussianBlur(np.clip(rgb, 0, 255), (0, 0), max(0.5, 0.012 * ipd_px)).astype(np.uint16) >> 3
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
    skin: SkinModel,
    hair_light: tuple[float, float, float],
) -> NDArray[np.float32]:
    """(h, w) 0..1 thin hair over the forehead, which is neither the hair's colour nor the skin's but between them.

    Nothing when the forehead is bare: then what is dark there is shade or folds.
    """
    x, y = head[..., 0], head[..., 1]
    forehead = (
        np.clip((1.05 - np.abs(x)) / 0.2, 0, 1) * np.clip((-0.3 - y) / 0.12, 0, 1) * np.clip((y + 1.5) / 0.2, 0, 1)
    )
    gap = float(skin.lab[0]) - hair_light[1]
    if gap < 20:
        return np.zeros(x.shape, np.float32)
    dark = (float(skin.lab[0]) - to_lab(rgb)[..., 0]) / gap
    found = np.clip((dark - 0.22) / 0.5, 0, 1)
    middle = (np.abs(x) < 0.5) & (y > -0.75) & (y < -0.5)
    if middle.sum() < 20:
        return np.zeros(x.shape, np.float32)
    covered = float(np.clip((found[middle].mean() - 0.22) / 0.15, 0, 1))
    return (covered * forehead * found).astype(np.float32)


def head_grid(pose: mesh.Pose, size: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w, 2) head coordinates of every pixel, in ipd."""
    width, height = size
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return pose.head_coordinates(np.dstack([x, y])).astype(np.float32)
