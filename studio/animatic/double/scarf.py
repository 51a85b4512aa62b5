"""A covered head from behind: a scarf of soft cloth over head and neck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.drape import Drape, Form, settle
from studio.animatic.double.garment import Weave, sample
from studio.animatic.double.relief import FAR, Relief, hollows, lambert, lit, normals
from studio.animatic.double.skull import Skull
from studio.core.people import Light

_SHARE = 0.13
_FREE = 6  # from this row of the tables on the cloth hangs by itself
_V = [
    -0.062,
    -0.060,
    -0.054,
    -0.045,
    -0.02,
    0.05,
    0.12,
    0.20,
    0.32,
    0.44,
    0.58,
    0.72,
    0.84,
    0.95,
    1.06,
    1.18,
    1.30,
    1.56,
]
_WIDTH = [0.0, 0.12, 0.24, 0.34, 0.52, 0.72, 0.86, 0.96, 1.05, 1.08, 1.08, 1.05, 1.01, 1.00, 1.06, 1.22, 1.42, 1.55]
_DEPTH = [0.0, 0.03, 0.06, 0.10, 0.19, 0.30, 0.37, 0.43, 0.48, 0.495, 0.48, 0.44, 0.40, 0.37, 0.36, 0.36, 0.35, 0.33]


def draw_scarf(
    skull: Skull,
    rgb: tuple[int, int, int],
    light: Light,
    shape: tuple[int, int],
    crown: tuple[float, float],
    head_px: float,
    cloth: Weave,
    seed: int,
) -> NDArray[np.float32]:
    """(h, w, 4) float32 premultiplied 0..255: the scarf on a canvas of ``shape`` (h, w).

    Parameters
    ----------
    rgb : display colour of the cloth in even light
    crown : pixel of the top of the skull
    seed : of the folds
    """
    n = cloth.smooth
    x = (((np.arange(shape[1]) + 0.5 - crown[0]) / head_px)[None]).astype(np.float32)
    v = (((np.arange(shape[0]) + 0.5 - crown[1]) / head_px)[:, None]).astype(np.float32)
    x, v = (np.ascontiguousarray(p) for p in np.broadcast_arrays(x, v))
    rows = np.linspace(_V[0], 1.7, 800)
    width, depth = (_soft(np.interp(rows, _V, table)) for table in (_WIDTH, _DEPTH))
    wander = np.float32(0.012) * sample(n, v * 2 + 3, np.sign(x) * np.float32(2) + 4)
    half = np.float32(skull.half + 0.012) * np.interp(v, rows, width).astype(np.float32)
    half = half + wander * np.clip(v * 3, 0, 1)
    share = np.clip(np.abs(x) / np.maximum(half, 1e-3), 0, 1)
    slope = np.gradient(half[:, 0])[:, None]
    deep = np.interp(v, rows, depth).astype(np.float32)

    scale = np.float32(_SHARE)
    qx, qv, height = _drape(float(skull.half), seed).on(x * scale, v * scale)
    free = np.clip((v - np.float32(0.16)) / np.float32(0.12), 0, 1)
    folds = np.float32(1.5) * height / scale * free
    px, pv = x + (qx / scale - x) * free, v + (qv / scale - v) * free
    # gathered under the back of the head: swags between the sides of the neck, and pulls across the crown
    bow = pv + np.float32(0.9) * px * px + np.float32(0.22) * px
    swag = sample(n, bow * np.float32(8.5) + 12, px * np.float32(1.6) + 3)
    at_nape = np.exp(-(((pv - np.float32(0.90)) / np.float32(0.20)) ** 2))
    folds = folds + np.float32(0.020) * np.tanh(1.4 * swag) * at_nape
    wrap = sample(n, (pv - np.float32(0.8) * px) * np.float32(5.0) + 5, (px + pv) * np.float32(1.2))
    folds += np.float32(0.010) * np.tanh(wrap) * np.clip(pv * 3, 0, 1)
    # one edge laid over the other, aslant
    lap = px * np.float32(0.80) + (pv - np.float32(0.66)) * np.float32(0.60) + np.float32(0.04) * sample(n, pv * 2, px)
    folds += np.float32(0.012) * np.clip(lap / np.float32(0.012), 0, 1) * np.clip((np.float32(1.25) - pv) * 4, 0, 1)

    hem = np.float32(1.52) - np.float32(0.55) * px * px + np.float32(0.10) * px
    hem = hem + np.float32(0.020) * sample(n, px * 4 + 2, np.zeros_like(x))
    sdf = np.maximum(
        (np.abs(x) - half - np.float32(0.6) * folds) / np.sqrt(1 + np.minimum(slope**2, 16)), pv - hem
    ) * np.float32(head_px)
    sdf = np.maximum(sdf, (np.float32(_V[0]) - v) * np.float32(head_px))
    z = deep * (1 - share ** np.float32(2.3)) ** np.float32(1 / 2.2) + folds
    relief = Relief(
        sdf.astype(np.float32),
        np.where(sdf < 0.02 * head_px, z * np.float32(head_px), -FAR).astype(np.float32),
    )
    cover = relief.cover()
    shade = lambert(*normals(relief.surface(), 1.7), light, 0.35)
    shade *= hollows(relief.z, cover, 0.10 * head_px, 0.5) * hollows(relief.z, cover, 0.03 * head_px, 0.5)
    grain = sample(cloth.fine, x * np.float32(head_px) * np.float32(0.12), v * np.float32(head_px) * np.float32(0.12))
    tone = 1 + np.float32(0.014) * grain + np.float32(0.014) * sample(n, x * 5, v * 4)
    tone -= np.float32(0.10) * np.exp(-(((pv - hem + np.float32(0.022)) / np.float32(0.005)) ** 2))
    colour = lit(np.asarray(rgb, np.float32) * tone[..., None], shade, light)
    return np.concatenate([colour * cover[..., None], 255 * cover[..., None]], 2)


def _drape(half: float, seed: int) -> Drape:
    """The cloth as it hangs from the back of the head; lengths in statures of somebody whose head is that share."""
    rows = tuple(float(np.round(_SHARE * v, 5)) for v in _V[_FREE:])
    wide = tuple(float(np.round(_SHARE * (half + 0.012) * w, 5)) for w in _WIDTH[_FREE:])
    deep = tuple(float(np.round(_SHARE * d, 5)) for d in _DEPTH[_FREE:])
    loose = tuple(np.interp(_V[_FREE:], [0.1, 0.5, 0.8, 1.1, 1.5], [0.15, 0.5, 1.3, 1.7, 1.2]))
    return settle(Form((rows[0], rows[0]), rows[-1], rows, wide, deep, loose), "shirt", 0.0, (), seed)


def _soft(values: NDArray) -> NDArray[np.float64]:
    """A table without kinks."""
    kernel = np.exp(-0.5 * (np.arange(-18, 19) / 5) ** 2)
    return np.convolve(np.pad(values, 18, mode="edge"), kernel / kernel.sum(), "valid")
