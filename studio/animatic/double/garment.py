"""The cloth of the double itself: its yarn, stripes and pattern, at points in shares of the stature."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.relief import Plane

NOISE = 256


@dataclass(frozen=True, slots=True)
class Weave:
    """Noise that stays with a garment from frame to frame: (256, 256) float32, unit variance, tiling."""

    smooth: Plane
    fine: Plane


@dataclass(frozen=True, slots=True)
class Cloth:
    """What is worn on the upper body.

    Parameters
    ----------
    rgb : display colour in even light
    seed : of the folds
    tile : (n, n, 3) float32 mean 1, pattern of the user's own cloth as factors of the colour
    tile_st : how wide the tile is in statures
    """

    garment: str
    rgb: tuple[int, int, int]
    stripes: bool
    weave: Weave
    seed: int = 0
    tile: NDArray[np.float32] | None = field(default=None, compare=False)
    tile_st: float = 0.1


def weave(rng: np.random.Generator) -> Weave:
    """Draw the noise of one garment."""
    import cv2

    def soft(sigma: float) -> Plane:
        raw = rng.normal(size=(NOISE, NOISE)).astype(np.float32)
        tiled = cv2.GaussianBlur(np.tile(raw, (2, 2)), (0, 0), sigma)
        tile = np.roll(
            tiled[NOISE // 2 : NOISE // 2 + NOISE, NOISE // 2 : NOISE // 2 + NOISE], (NOISE // 2, NOISE // 2), (0, 1)
        )
        return (tile - tile.mean()) / tile.std()

    return Weave(soft(4.0), soft(0.8))


def sample(noise: Plane, u: Plane, v: Plane) -> Plane:
    """Noise at (u, v), one unit being one feature of the smooth plane (about 10 cells)."""
    import cv2

    u, v = np.broadcast_arrays(np.asarray(u, np.float32), np.asarray(v, np.float32))
    return cv2.remap(noise, u * np.float32(10), v * np.float32(10), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def colour_of(cloth: Cloth, u: Plane, v: Plane, ring: Plane, stature_px: float) -> NDArray[np.float32]:
    """(h, w, 3) albedo of the cloth at points (u, v) of its flat pattern, in statures.

    Parameters
    ----------
    ring : (h, w) position along the body or the sleeve, for stripes
    """
    rgb = np.asarray(cloth.rgb, np.float32)
    plain = stripes(ring, u, rgb, cloth.weave) if cloth.stripes else np.broadcast_to(rgb, (*u.shape, 3))
    plain = plain * texture(u, v, cloth.garment, cloth.weave, stature_px)[..., None]
    return plain if cloth.tile is None or cloth.stripes else plain * _tiled(cloth.tile, u, v, cloth.tile_st)


def _tiled(tile: NDArray[np.float32], u: Plane, v: Plane, size_st: float) -> NDArray[np.float32]:
    """(h, w, 3) a tile laid over the pattern, every second one mirrored so that no edge shows."""
    import cv2

    cells = np.float32(tile.shape[1] / size_st)
    around = cv2.BORDER_REFLECT
    period = 2 * tile.shape[1]
    both = np.concatenate([tile, tile[:, ::-1]], 1)
    both = np.concatenate([both, both[::-1]], 0)
    return cv2.remap(both, np.mod(u * cells, period), np.mod(v * cells, period), cv2.INTER_LINEAR, borderMode=around)


def texture(x: Plane, y: Plane, garment: str, cloth: Weave, stature_px: float) -> Plane:
    """Colour factor of the yarn: knit columns, jersey or weave, and the mottling of worn cloth.

    Structures finer than the picture's pixels fade out instead of beating with them.
    """
    px, py = x * np.float32(stature_px), y * np.float32(stature_px)
    yarn = sample(cloth.fine, px * np.float32(0.10), py * np.float32(0.10))
    mottle = sample(cloth.smooth, x * np.float32(60) + 9, y * np.float32(45) + 31)
    broad = sample(cloth.smooth, x * np.float32(13) + 2, y * np.float32(10) + 1)
    factor = 1 + np.float32(0.014) * mottle + np.float32(0.016) * broad
    if garment in ("jumper", "cardigan"):
        wale = np.float32(0.0036 if garment == "cardigan" else 0.0030)
        seen = np.float32(np.clip(stature_px * float(wale) / 3 - 0.8, 0, 1))
        column = x / wale + np.float32(0.10) * mottle
        beside = np.abs(column - np.floor(column) - np.float32(0.5))  # 0.5 between two columns, 0 in the middle
        loop = np.cos(2 * np.pi * (y / (np.float32(0.72) * wale) - np.float32(1.1) * beside) + np.float32(0.5) * mottle)
        stitch = np.float32(0.055) * loop * (1 - 2 * beside) - np.float32(0.075) * np.clip(beside * 4 - 1.2, 0, 1)
        return factor * (1 + np.float32(0.028) * yarn + seen * (stitch + np.float32(0.018)))
    if garment == "shirt":
        slub = sample(cloth.fine, px * np.float32(0.22), py * np.float32(0.025)) + sample(
            cloth.fine, px * np.float32(0.025) + 5, py * np.float32(0.22)
        )
        return factor * (1 + np.float32(0.012) * slub + np.float32(0.008) * yarn)
    heather = sample(cloth.fine, px * np.float32(0.16), py * np.float32(0.05) + 7)
    return factor * (1 + np.float32(0.020) * yarn + np.float32(0.020 if garment == "hoodie" else 0.012) * heather)


def stripes(ring: Plane, across: Plane, rgb: NDArray, weave: Weave) -> NDArray[np.float32]:
    """(h, w, 3) albedo with knitted stripes; ``ring`` is the position along the body or the sleeve in statures.

    They are never quite level: sewn a little askew, and their edges follow the stitches.
    """
    askew = np.float32(0.03) * across + np.float32(0.0009) * sample(weave.smooth, across * 20 + 3, ring * 9)
    wave = np.sin((ring + askew) * np.float32(2 * np.pi / 0.036)) - np.float32(0.10)
    wave = wave + np.float32(0.03) * sample(weave.fine, across * 60, ring * 60)
    band = np.clip(wave * 7 + 0.5, 0, 1)[..., None]
    pale = np.array([222, 216, 205], np.float32)
    return pale + (np.asarray(rgb, np.float32) - pale) * band
