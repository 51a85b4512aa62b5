"""Strands of hair drawn and lit.

Light is worked out at every vertex of every strand: wrapped diffuse light, two highlights along the strand that are
shifted a little from lock to lock, darkness between the locks.  The strands are then splatted as points in depth order
on a finer canvas, over a dark inside, so that single hairs, locks and broken outlines stay visible.

Light on strands: J. T. Kajiya, T. L. Kay, "Rendering fur with three dimensional textures", 1989; the second, coloured
highlight and the shifts after S. Marschner et al., "Light scattering from human hair fibers", 2003.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.hair import Strands
from studio.core.people import Light

Floats = NDArray[np.float32]
_FINE_PX = 760  # a head is splatted at least this high


@dataclass(frozen=True, slots=True)
class Tint:
    """Colour of hair.

    Parameters
    ----------
    rgb : of the dark hairs
    grey : share of white ones
    """

    rgb: tuple[int, int, int]
    grey: float


def draw_hair(
    strands: Strands,
    lock: NDArray,
    tint: Tint,
    light: Light,
    shape: tuple[int, int],
    crown: tuple[float, float],
    head_px: float,
    rng: np.random.Generator,
    is_dense: bool = True,
    silk: float = 0.0,
) -> Floats:
    """Draw strands on a canvas of ``shape`` (h, w); returns (h, w, 4) float32 premultiplied 0..255.

    Parameters
    ----------
    strands, lock : from ``grow``
    crown : pixel of the top of the skull
    is_dense : no scalp shines through
    silk : 0 tousled .. 1 combed; how far neighbours melt into each other along the fall
    """
    import cv2

    height, width = shape
    strands, lock = _with_wisps(strands, lock, rng)
    albedo = _tones(strands, lock, tint, rng)
    colour = _shaded(strands, lock, albedo, tint, light, rng)
    fine = max(1, min(3, round(_FINE_PX / head_px)))
    body = _splat(strands, colour, (height * fine, width * fine), np.asarray(crown) * fine, head_px * fine)
    body = cv2.resize(body, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    if silk > 0:
        run = cv2.blur(body, (1, max(1, int(0.05 * head_px))))
        inner = cv2.blur(body[..., 3], (3, max(1, int(0.05 * head_px)))) / 255
        body += (np.float32(0.55 * silk) * inner**2)[..., None] * (run - body)
    soft = cv2.GaussianBlur(body, (0, 0), max(0.0045 * head_px, 0.5))
    body = np.float32(0.70) * body + np.float32(0.30) * soft
    if is_dense:  # no background shines through between the strands
        around = cv2.GaussianBlur(body, (0, 0), max(0.020 * head_px, 1.0))
        close = np.clip((around[..., 3:] / 255 - np.float32(0.34)) / np.float32(0.30), 0, 1)
        around[..., :3] *= np.float32(0.72)
        body += close * around / np.maximum(around[..., 3:] / 255, 0.3) * (1 - body[..., 3:] / 255)
    return np.minimum(body, 255)


def _with_wisps(strands: Strands, lock: NDArray, rng: np.random.Generator) -> tuple[Strands, NDArray]:
    """The strands and some fly-aways that stand off the outline."""
    count, steps, _ = strands.shape
    some = rng.choice(count, max(count // 26, 20), replace=False)
    stray = strands[some].copy()
    t = np.linspace(0, 1, steps)[None, :, None]
    away = rng.normal(0, [0.022, 0.016, 0.01], (len(some), 1, 3))
    wave = 0.010 * np.sin(2 * np.pi * (rng.uniform(0.5, 1.6, (len(some), 1, 1)) * t + rng.random((len(some), 1, 1))))
    lift = 1 + (0.010 + 0.035 * rng.random((len(some), 1, 1)) ** 2) * np.minimum(1, 4 * t) * (stray[:, :, 1:2] < 0.9)
    stray = stray * lift + (away + wave * np.array([1.0, 0.3, 0.0])) * t**1.4
    return np.concatenate([strands, stray]), np.concatenate([lock, lock[some]])


def _tones(strands: Strands, lock: NDArray, tint: Tint, rng: np.random.Generator) -> NDArray:
    """(n, 3) display colour of every strand: lock, strand, and grey hairs among the others."""
    count = len(strands)
    locks = rng.normal(size=int(lock.max()) + 1)
    tone = np.exp(0.15 * locks[lock] + 0.13 * rng.normal(size=count))
    base = np.maximum(np.asarray(tint.rgb, float), 15)
    warm = 0.045 * rng.normal(size=(count, 1)) + 0.03 * locks[lock][:, None]
    colour = base * tone[:, None] * (1 + warm * np.array([1, 0, -1]))
    if tint.grey > 0:
        is_grey = rng.random(count) < np.clip(tint.grey + 0.14 * locks[lock], 0, 1)
        silver = (0.6 + 0.4 * tint.grey) * np.array([172, 169, 164])
        silver = silver + (0.4 - 0.4 * tint.grey) * 1.2 * colour.mean(1, keepdims=True)
        silver = silver * np.exp(0.13 * rng.normal(size=(count, 1)) + 0.07 * locks[lock][:, None])
        faded = colour + 0.7 * tint.grey * (0.4 * colour.mean(1, keepdims=True) + 80 - colour)
        colour = np.where(is_grey[:, None], silver, faded)
    return colour.clip(0, 255)


def _shaded(
    strands: Strands, lock: NDArray, albedo: NDArray, tint: Tint, light: Light, rng: np.random.Generator
) -> Floats:
    """(n, steps, 3) display colour of every vertex."""
    count, steps, _ = strands.shape
    p = strands.astype(np.float32)
    along = np.gradient(p, axis=1)
    along /= np.linalg.norm(along, axis=2, keepdims=True) + np.float32(1e-6)
    normal = _facing(p)
    direction = np.array(light.direction, np.float32)
    direction[2] = max(direction[2], 0.35)
    direction /= np.linalg.norm(direction)
    half = direction + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)

    facing = normal @ direction
    key = np.float32(0.42 + 0.5 * light.contrast)
    across = np.sqrt(np.maximum(1 - (along @ direction) ** 2, 0))
    direct = (
        np.maximum(facing + np.float32(0.35), 0) / np.float32(1.35) * (np.float32(0.45) + np.float32(0.55) * across)
    )
    sky = np.float32(0.70) - np.float32(0.24) * normal[..., 1] + np.float32(0.20) * normal[..., 2]
    diffuse = key * direct * np.float32(1.5) + (1 - key) * sky

    # between the locks and under them it is dark; roots lie deep, tips in the light
    t = np.linspace(0, 1, steps, dtype=np.float32)[None]
    depth = _depth_below(p)
    dark = np.exp(-depth / np.float32(0.030)) * np.float32(0.72) + np.float32(0.28)
    v = p[..., 1]
    under = np.interp(v, [0, 0.5, 0.80, 0.95, 1.3, 1.7], [1.03, 1.0, 0.86, 0.74, 0.95, 1.05]).astype(np.float32)
    diffuse *= dark * under * (np.float32(0.84) + np.float32(0.22) * t)

    # light goes on from white hair to white hair and fills its shades
    share = np.float32(0.38 * tint.grey)
    diffuse = diffuse * (1 - share) + share * np.float32(0.88)

    jitter = rng.normal(0, 0.07, (count, 1)) + rng.normal(0, 0.07, int(lock.max()) + 1)[lock][:, None]
    toward = along @ half + jitter.astype(np.float32)
    lobe = np.clip(normal @ half, 0, 1) * dark
    sheen = np.maximum(1 - (toward - np.float32(0.06)) ** 2, 0) ** 40
    glow = np.maximum(1 - (toward + np.float32(0.16)) ** 2, 0) ** 9
    strength = np.float32(0.45 + 0.9 * light.contrast)
    base = np.asarray(tint.rgb, np.float32) * (1 - tint.grey) + 120 * np.float32(tint.grey)
    white = (np.float32(34) + np.float32(0.16) * base) * np.float32(1 - 0.55 * tint.grey)
    colour = albedo.astype(np.float32)[:, None] * np.sqrt(np.maximum(diffuse, 0))[..., None]
    colour += (strength * lobe * sheen)[..., None] * white
    colour += (strength * lobe * glow)[..., None] * (np.float32(0.55) * base)
    return np.clip(colour * np.sqrt(np.asarray(light.rgb, np.float32)), 0, 255)


def _facing(p: Floats) -> Floats:
    """Unit normals of the head-shaped volume on which the hair lies."""
    low = np.maximum(p[..., 1] - np.float32(0.55), 0)  # below the skull the hair hangs as a curtain
    n = np.stack([p[..., 0] / 0.15, (np.minimum(p[..., 1], 0.62) - 0.45) / 0.24, p[..., 2] / 0.19 + low], -1)
    n = n.astype(np.float32)
    return n / (np.linalg.norm(n, axis=2, keepdims=True) + np.float32(1e-6))


def _depth_below(p: Floats) -> Floats:
    """(n, steps) how deep a vertex lies under the nearest hair, in head heights, found on a coarse grid."""
    import cv2

    cell = np.float32(0.022)
    corner = p[..., :2].min((0, 1))
    column, row = ((p[..., i] - corner[i]) / cell for i in (0, 1))
    width, height = int(column.max()) + 2, int(row.max()) + 2
    index = (row.astype(np.int32) * width + column.astype(np.int32)).ravel()
    z = p[..., 2].ravel()
    order = np.argsort(z, kind="stable")
    top = np.full(height * width, z[order[0]], np.float32)
    top[index[order]] = z[order]  # the last one written is the nearest
    top = cv2.GaussianBlur(top.reshape(height, width), (0, 0), 1.0)
    over = cv2.remap(
        top, column - np.float32(0.5), row - np.float32(0.5), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.maximum(over - p[..., 2], 0)


def _splat(strands: Strands, colour: Floats, shape: tuple[int, int], crown: NDArray, head_px: float) -> NDArray:
    """(h, w, 4) uint8 premultiplied: strands as runs of points, far ones first."""
    height, width = shape
    p = strands.astype(np.float32) * np.float32(head_px) + np.array([*crown, 0], np.float32)
    begin, step = p[:, :-1].reshape(-1, 3), np.diff(p, axis=1).reshape(-1, 3)
    order = np.argsort(begin[:, 2] + np.float32(0.5) * step[:, 2], kind="stable")
    begin, step = begin[order], step[order]
    packed = np.concatenate([colour[:, :-1], np.full((*colour[:, :-1].shape[:2], 1), 255, np.float32)], 2)
    packed = packed.astype(np.uint8).reshape(-1, 4)[order].view(np.uint32).ravel()
    counts = np.maximum(np.ceil(np.hypot(step[:, 0], step[:, 1]) * np.float32(0.85)), 1).astype(np.int32)
    first = np.cumsum(counts) - counts
    piece = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    share = (np.arange(len(piece), dtype=np.int32) - first.astype(np.int32).take(piece)).astype(np.float32)
    share /= counts.astype(np.float32).take(piece)
    x, y = (
        (np.ascontiguousarray(begin[:, i]).take(piece) + np.ascontiguousarray(step[:, i]).take(piece) * share)
        for i in (0, 1)
    )
    x, y = x.astype(np.int32), y.astype(np.int32)
    np.clip(x, 0, width - 1, out=x)  # hair that leaves the canvas is a mistake of its size; it must not wrap round
    np.clip(y, 0, height - 1, out=y)
    picture = np.zeros(height * width, np.uint32)
    picture[y * width + x] = packed.take(piece)  # of several points in a pixel the last one, the nearest, stays
    return picture.view(np.uint8).reshape(height, width, 4)
