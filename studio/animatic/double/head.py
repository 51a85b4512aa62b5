"""The back of the double's head, upright: nape, ears, hair or what covers it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.double.figure import Build, build_of
from studio.animatic.double.garment import weave
from studio.animatic.double.hair import grow, nape
from studio.animatic.double.look import DoubleLook
from studio.animatic.double.scarf import draw_scarf
from studio.animatic.double.skin import skin_colour
from studio.animatic.double.skull import Skull, add_ears, skull_of, skull_relief
from studio.animatic.double.strands import Tint, draw_hair
from studio.core.people import Light

_THIN = ("thin", "bald")
_SILK = {"bob": 0.8, "long": 0.9, "tied": 0.8}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a skull lies on a canvas of ``shape``: pixel of its crown, its height in pixels."""

    skull: Skull
    shape: tuple[int, int]
    crown: tuple[float, float]
    head_px: float

    def grid(self) -> tuple[NDArray, NDArray]:
        """(h, 1) rows in head heights under the crown, (h, w) distance from the middle in half widths of the skull."""
        v = ((np.arange(self.shape[0]) + 0.5 - self.crown[1]) / self.head_px)[:, None]
        x = ((np.arange(self.shape[1]) + 0.5 - self.crown[0]) / self.head_px)[None]
        return v, np.abs(x) / np.maximum(self.skull.width(np.maximum(v, 0.004)), 1e-3)

    def haired(self, age_years: float) -> NDArray[np.float64]:
        """(h, w) 0 to 1 where hair grows."""
        v, share = self.grid()
        line = nape(np.arcsin(np.clip(share, 0, 1)), age_years)
        return np.clip((line - 0.03 - v) / 0.06, 0, 1) * (v > 0)


@dataclass(frozen=True, slots=True)
class DrawnHead:
    """The upright head with its neck, drawn once for a look, a size and a light.

    Parameters
    ----------
    stature_px : standing height, crown to ground, of the double with that head
    skin, hair : (h, w, 4) float32 premultiplied 0..255
    crown_px : pixel of the top of the skull in both layers
    """

    build: Build
    stature_px: float
    skin: NDArray[np.float32]
    hair: NDArray[np.float32]
    crown_px: tuple[float, float]


def draw_head(look: DoubleLook, stature_px: float, light: Light) -> DrawnHead:
    """Draw skin and hair."""
    rng = np.random.default_rng(look.seed)
    build = build_of(look.age_years, look.sex)
    cloth = weave(rng)
    head_px = build.head * stature_px
    below = 2.05 if look.hair_style in ("long", "covered") else 1.65
    shape = (int((0.30 + below) * head_px), int(1.5 * head_px))
    crown = (0.5 * shape[1], 0.30 * head_px)
    place = _Place(skull_of(build), shape, crown, head_px)
    if look.hair_style == "covered":
        hair = draw_scarf(place.skull, look.hair_rgb, light, shape, crown, head_px, cloth, look.seed % 991)
    else:
        hair = _hair(look, place, light, rng)
    return DrawnHead(build, stature_px, _skin(look, place, hair, light, rng), hair, crown)


def _skin(
    look: DoubleLook, place: _Place, hair: NDArray[np.float32], light: Light, rng: Generator
) -> NDArray[np.float32]:
    """Nape, ears and, where it is bare, the scalp, shaded by the hair and by the collar."""
    import cv2

    skull, shape, head_px = place.skull, place.shape, place.head_px
    relief = skull_relief(skull, shape, place.crown, head_px)
    ears = age.ear_ratio(look.age_years, look.sex) / age.head_ratio(look.age_years)
    add_ears(relief, skull, place.crown, head_px, ears)
    tone = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), max(0.02 * head_px, 1))
    pores = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), max(0.003 * head_px, 0.5))
    tone = tone / tone.std() + np.float32(0.8) * pores / pores.std()
    colour = skin_colour(relief, look.skin_rgb, light, 0.008 * head_px, 0.05 * head_px, tone, 0.7)
    red_less = np.array([0.80, 1.0, 1.06], np.float32)  # light that is left in a shade on skin is red
    for size, drop, strength in ((0.030, 0.030, 0.34), (0.10, 0.08, 0.26)):
        shadow = cv2.GaussianBlur(hair[..., 3], (0, 0), size * head_px) / 255
        colour *= 1 - np.float32(strength) * np.roll(shadow, int(drop * head_px), 0)[..., None] * red_less
    v, share = place.grid()
    low = np.clip((v - (skull.c7_v - 0.09)) / 0.10, 0, 1).astype(np.float32)
    colour *= 1 - np.float32(0.34) * low[..., None] * red_less
    cover = relief.cover() * np.clip((skull.c7_v + 0.16 - v) / 0.05, 0, 1)
    if look.hair_style not in _THIN:  # the outline is the hair's or the scarf's, not that of a bald head behind it
        cover = cover * (1 - place.haired(look.age_years) * np.clip((share - 0.86) / 0.11, 0, 1))
    return np.concatenate([colour * cover[..., None], 255 * cover[..., None]], 2).astype(np.float32)


def _hair(look: DoubleLook, place: _Place, light: Light, rng: Generator) -> NDArray[np.float32]:
    """The hair's patch, (h, w, 4) float32 premultiplied."""
    style, head_px = look.hair_style, place.head_px
    strands, lock = grow(style, place.skull, look.age_years, int(38 * np.clip(head_px, 90, 300)), rng)
    is_dense = style not in _THIN
    tint = Tint(look.hair_rgb, look.grey)
    silk = _SILK.get(style, 0.0)
    hair = draw_hair(strands, lock, tint, light, place.shape, place.crown, head_px, rng, is_dense, silk)
    if style == "bald":
        hair *= np.float32(0.55)  # clipped: skin shows between
    if is_dense:
        hair += _scalp(look, place) * (1 - hair[..., 3:] / 255)
    hair[..., :3] *= np.float32(1 - look.grey * (1 - look.exposure))
    return hair


def _scalp(look: DoubleLook, place: _Place) -> NDArray[np.float32]:
    """Skin between the roots in their shade, so that no parting gapes; (h, w, 4) float32 premultiplied."""
    v, share = place.grid()
    grown = place.haired(look.age_years) * np.clip((0.96 - share) / 0.06, 0, 1) * np.clip((v - 0.006) / 0.02, 0, 1)
    roots = 0.75 * np.asarray(look.hair_rgb, float) * (1 - look.grey) + 108 * look.grey
    tone = 0.75 * roots + 0.25 * np.asarray(look.skin_rgb, float)
    cover = 0.9 * grown[..., None]
    return np.concatenate([cover * tone, 255 * cover], 2).astype(np.float32)
