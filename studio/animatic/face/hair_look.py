"""What a person's hair looks like in its light, fitted once: how bright, how restless, how white it could get there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import hair_raster
from studio.animatic.face.hair_strands import weave
from studio.animatic.face.skin import SkinModel, to_lab

Map = NDArray[np.float32]

FINE_IPD, BROAD_IPD = 0.012, 0.10
"""Between these blurs lie strands and locks; below is the picture's noise, above the head's form."""


@dataclass(frozen=True, slots=True)
class HairLook:
    """Hair in the light of the reference frame.

    Parameters
    ----------
    light : L* dark, middle, bright, of the form (without strands)
    restless : standard deviation of L* of the strands
    relief : the same in shares of the form's lightness, of the middle two thirds
    white : L* of white hair's gloss in this light
    tint : (2,) a* and b* of white in this light
    natural : (3,) L*a*b* of the middle tone that the hair has, or had before it went grey
    greyness : 0..1, how grey it is in the picture
    forehead : L* of what is bare of the forehead
    covered : 0..1, how much of the forehead thin hair covers
    share : raster (see `hair_raster`) of the share of white strands, see `share_map`
    strands : see `hair_strands.weave`
    shade : raster, see `shade_map`
    """

    light: tuple[float, float, float]
    restless: float
    relief: float
    white: float
    tint: NDArray[np.float32]
    natural: NDArray[np.float32]
    greyness: float
    forehead: float
    covered: float
    share: Map
    strands: Map
    shade: Map


def fit_look(
    rgb: Map,
    mask: Map,
    head: Map,
    skin: SkinModel,
    brow: Map,
    ipd_px: float,
    years: tuple[float, float, float],
    soft_px: float,
    rng: np.random.Generator,
) -> HairLook:
    """Read the look off the reference frame.

    Parameters
    ----------
    years : from which age to which, and the sex
    soft_px : blur of the picture itself
    rgb : (h, w, 3) 0..255; mask : (h, w) its hair; head : (h, w, 2) head coordinates
    brow : (h, w) 0..1 where brows grow
    """
    lab = to_lab(rgb)
    white, tint = _white(skin)
    sure = mask > 0.7
    woven = weave(rgb, mask, head, ipd_px, soft_px, rng)
    if sure.sum() < max(30, 0.1 * ipd_px**2):
        brown = np.array([22, 6, 10], np.float32)
        return HairLook(
            (12.0, 22.0, 40.0),
            4.0,
            0.12,
            white,
            tint,
            brown,
            0.0,
            float(skin.lab[0]),
            0.0,
            share_map(*years),
            woven,
            shade_map(mask, head, 0.0),
        )
    form, strands = form_and_strands(lab[..., 0], ipd_px)
    low, middle, high = (float(v) for v in np.percentile(form[sure], (10, 50, 95)))
    median = np.median(lab[sure], 0).astype(np.float32)
    chroma = float(np.hypot(*(median[1:] - tint)))
    # white or grey: no colour of its own and lighter than dark hair is where it shines
    pale = float(np.clip((9 - chroma) / 5, 0, 1) * np.clip((middle / white - 0.42) / 0.25, 0, 1))
    greyness = pale * float(np.clip(age.grey_share(years[0]) / 0.2, 0, 1))
    forehead = _forehead(lab, head, skin)
    covered = _covered(lab, head, forehead, middle)
    return HairLook(
        light=(low, middle, high),
        restless=float(np.std(strands[sure])),
        relief=float(np.diff(np.percentile((strands / (form + 8))[sure], (16, 84)))[0] / 2),
        white=white,
        tint=tint,
        natural=median if greyness < 0.05 else _before(lab, brow, skin, median, greyness),
        greyness=greyness,
        forehead=forehead,
        covered=covered,
        share=share_map(*years),
        strands=woven * _fine_at_hairline(mask, head, woven.shape),
        shade=shade_map(mask, head, covered),
    )


def _from_face(mask: Map, head: Map, top: float) -> tuple[Map, Map]:
    """Rasters of the hair, and of the distance from bare skin below ``top``, both in ipd."""
    import cv2

    x, y = hair_raster.grid()
    hair = hair_raster.unfold(mask, head)
    bare = (hair < 0.4) & (np.abs(x) < 1.05) & (y > top) & (y < 1.7)
    away = cv2.distanceTransform((~bare).astype(np.uint8), cv2.DIST_L2, 5) / np.float32(hair_raster.PER_IPD)
    return hair, away.astype(np.float32)


def _fine_at_hairline(mask: Map, head: Map, shape: tuple[int, ...]) -> Map:
    """How much relief woven strands have: little where they spring from the forehead, before they lie in locks."""
    import cv2

    _, y = hair_raster.grid()
    _, away = _from_face(mask, head, -1.3)
    relief = 1 - 0.7 * np.clip(1.6 - away / 0.42, 0, 1) * np.clip((-0.1 - y) / 0.3, 0, 1)
    return cv2.resize(relief.astype(np.float32), shape[1::-1], interpolation=cv2.INTER_LINEAR)


def shade_map(mask: Map, head: Map, covered: float) -> Map:
    """(H, W) raster: which share of white hair's lightness is lost to shade that black hair is too dark to show.

    At the roots along the face, under what hangs over the neck, and round the skull's sides.

    Parameters
    ----------
    mask : (h, w) hair of the reference frame; head : (h, w, 2) its head coordinates
    covered : 0..1, how much of the forehead thin hair covers
    """
    import cv2

    x, y = hair_raster.grid()
    hair, away = _from_face(mask, head, -1.3 if covered < 0.3 else -0.2)
    roots = 0.07 * np.exp(-((away / 0.10) ** 2))
    under = 0.30 * np.exp(-((away / 0.32) ** 2)) * np.clip((y - 0.3) / 0.6, 0, 1)
    round_skull = 0.05 * np.clip((np.hypot(x / 1.5, (y + 0.3) / 1.7) - 0.72) / 0.35, 0, 1) * np.clip(0.6 - y, 0, 1)
    shade = np.maximum(roots, under) + round_skull
    # the middle tone is what it is
    shade -= float(np.median(shade[hair > 0.7])) if (hair > 0.7).any() else 0.0
    return cv2.GaussianBlur(shade.astype(np.float32), (0, 0), 0.04 * hair_raster.PER_IPD)


def form_and_strands(light: Map, ipd_px: float) -> tuple[Map, Map]:
    """L* of the head's form, and what strands add to it."""
    import cv2

    calm = cv2.GaussianBlur(light, (0, 0), max(0.5, FINE_IPD * ipd_px))
    step = max(1, round(BROAD_IPD * ipd_px / 3))
    height, width = light.shape
    small = cv2.resize(calm, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.5, BROAD_IPD * ipd_px / step))
    form = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return form, calm - form


def _white(skin: SkinModel) -> tuple[float, NDArray[np.float32]]:
    """Lightness and tint of white, told from the skin.

    Pale and dark skin differ far more than the light on them does (the synthetic old people have white hair of L* 61
    and 55 over skin of 71 and 29), so white goes only a little with the skin.  What the skin has of red and yellow
    beyond the usual (12, 16) is the light's.
    """
    tint = 0.35 * (skin.lab[1:] - np.array([12, 16], np.float32)) * np.array([0.8, 1.0], np.float32)
    return 62 + 0.22 * float(skin.lab[0]), np.clip(tint + np.array([0.3, 3.0]), [-1, -1.5], [4, 10]).astype(np.float32)


def _before(lab: Map, brow: Map, skin: SkinModel, median: Map, greyness: float) -> NDArray[np.float32]:
    """The colour that grey hair had: as the brows have it still; else what goes with the skin."""
    light = float(skin.lab[0])
    usual = np.array([14, 3, 4], np.float32) if light < 42 else np.array([25, 6, 11], np.float32)
    dark = (brow > 0.6) & (lab[..., 0] < min(0.6 * light, 40))
    share = float(np.clip(dark.sum() / max((brow > 0.6).sum(), 1) / 0.3, 0, 1))
    if dark.sum() > 20:
        usual = usual + 0.5 * share * (np.median(lab[dark], 0).astype(np.float32) - usual)
    return (median + greyness * (usual - median)).astype(np.float32)


def _forehead(lab: Map, head: Map, skin: SkinModel) -> float:
    """L* that the forehead's bare skin has, between strands or, where they hide it all, as the cheeks have it."""
    x, y = np.abs(head[..., 0]), head[..., 1]
    light = float(skin.lab[0])
    bands = ((x < 0.7) & (y > -0.9) & (y < -0.4), 85, 1.0), ((x < 0.55) & (y > 0.35) & (y < 0.75), 50, 0.95)
    seen = [share * float(np.percentile(lab[..., 0][band], rank)) for band, rank, share in bands if band.sum() > 20]
    return float(np.clip(max([light, *seen]), light, light + 28))


def _covered(lab: Map, head: Map, skin_light: float, hair_light: float) -> float:
    """0..1: how far the middle of the forehead is darker than skin towards hair, which folds alone are not."""
    gap = skin_light - hair_light
    middle = (np.abs(head[..., 0]) < 0.5) & (head[..., 1] > -0.75) & (head[..., 1] < -0.5)
    if gap < 20 or middle.sum() < 20:
        return 0.0
    dark = np.clip(((skin_light - lab[..., 0][middle]) / gap - 0.22) / 0.5, 0, 1)
    return float(np.clip((dark.mean() - 0.22) / 0.15, 0, 1))


def lead_years(sex: float) -> Map:
    """(H, W) raster: how many years ahead of the head's mean a place goes grey.

    Men begin at temples and sideburns, women at hairline and parting; the nape and what hangs below is last.
    """
    first, last = age.grey_lead_years(sex)
    x, y = hair_raster.grid()
    temple = np.exp(-(((np.abs(x) - 1.1) / 0.45) ** 2) - ((y + 0.25) / 0.75) ** 2)
    parting = np.exp(-((x / 0.5) ** 2) - ((y + 1.35) / 0.45) ** 2)
    under = np.clip((y - 0.4) / 1.6, 0, 1)
    top = np.clip((-1.3 - y) / 0.8, 0, 1) * sex
    return (first * (temple * (0.5 + 0.5 * sex) + parting * (1 - sex)) + last * np.maximum(under, 0.5 * top)).astype(
        np.float32
    )


def share_map(from_years: float, to_years: float, sex: float) -> Map:
    """(H, W) raster: which share of the strands that still had colour at ``from_years`` is white at ``to_years``."""
    ahead = lead_years(sex)
    steps = np.linspace(float(ahead.min()), float(ahead.max()) + 1e-3, 24)
    shares = []
    for step in steps:
        then, now = age.grey_share(from_years + step), age.grey_share(to_years + step)
        shares.append(np.clip((now - then) / max(1 - then, 0.05), 0, 1))
    return np.interp(ahead, steps, shares).astype(np.float32)
