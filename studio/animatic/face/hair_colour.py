"""Hair greyed strand by strand, or made lighter and glossier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.cutout import unmix
from studio.animatic.face.hair import fringe
from studio.animatic.face.seen import Seen
from studio.animatic.face.sitter import Sitter
from studio.animatic.face.skin import BROW, to_lab, to_rgb

_STRAND_WIDTH_IPD = 5.0


def strand_side(ipd_px: float) -> int:
    """Width in px of the strand texture for a face of this size."""
    return max(64, round(_STRAND_WIDTH_IPD * ipd_px * 0.8))


def brighten(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> None:
    """A child's hair, in place; ``rgb`` (H, W, 3) 0..255."""
    rgb[:] = _brightened(rgb, seen.hair, sitter.ages.child, sitter.hair_light)


def brows(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> NDArray[np.float32]:
    """(h, w) 0..1 hair of the brows on the face's part of the picture."""
    view = rgb[seen.part]
    dark = np.clip((float(sitter.skin.lab[0]) - 6 - to_lab(view)[..., 0]) / 14, 0, 1)
    return np.clip(1.3 * seen.carried[..., BROW], 0, 1) * dark


def grey(
    rgb: NDArray[np.float32],
    seen: Seen,
    sitter: Sitter,
    whiskers: NDArray[np.float32],
    brow: NDArray[np.float32],
) -> None:
    """Hair, beard and brows turned grey, in place; ``rgb`` (H, W, 3) 0..255, the others (h, w) on the face's part."""
    share = sitter.ages.greyer
    if share <= 0:
        return
    part, skin_light, light = seen.part, float(sitter.skin.lab[0]), sitter.hair_light
    threads = _strands_on(seen.head, sitter)
    line = unmix(rgb, seen.hair, 0.045 * seen.ipd_px)
    mask = np.maximum(line.share, fringe(rgb, seen.head, sitter.skin, light))
    rgb[:] = _greyed(rgb, mask, seen.head, threads, share, skin_light, light, line.inner)
    # brows go grey later than hair and never wholly
    short = np.maximum(0.8 * np.clip(1.2 * whiskers, 0, 1), 0.5 * brow) * (1 - mask[part])
    rgb[part] = _greyed(rgb[part], short, seen.head[part], threads[part], share, skin_light, light)


def _strands_on(head: NDArray[np.float32], sitter: Sitter) -> NDArray[np.float32]:
    import cv2

    side = sitter.strands.shape[0]
    long = sitter.hair.reach_ipd > 4
    at = (strand_grid(head, long) / _STRAND_WIDTH_IPD + 0.5) * side
    # short hair shows its ends, not its length
    return (1.0 if long else 0.4) * cv2.remap(
        sitter.strands, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )


def strands(side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(side, side) noise in -1..1 that runs along the hair (top to bottom of the head), for white among dark
    strands."""
    import cv2

    noise = rng.standard_normal((side, side)).astype(np.float32)
    long = cv2.GaussianBlur(noise, (0, 0), sigmaX=1.0, sigmaY=side / 14)
    broad = cv2.GaussianBlur(
        rng.standard_normal((side, side)).astype(np.float32), (0, 0), sigmaX=side / 40, sigmaY=side / 8
    )
    mixed = 0.7 * long / long.std() + 0.5 * broad / broad.std()
    return np.clip(mixed / 2, -1, 1)


def strand_grid(head: NDArray[np.float32], long: bool) -> NDArray[np.float32]:
    """(h, w, 2) coordinates across and along the strands, in ipd, from head coordinates.

    Long hair falls from a parting, round the face, then straight down; short hair is combed back.
    """
    x, y = head[..., 0], head[..., 1] - 0.2
    if not long:
        return head
    above = np.minimum(y, 0)
    side = np.where(x < 0, -1, 1).astype(np.float32)
    across = side * (0.2 + np.hypot(x, 0.8 * above))
    along = 1.5 * np.arctan2(np.abs(x), -0.8 * above + 1e-3) + np.maximum(y, 0)
    return np.dstack([across, along]).astype(np.float32)


def _greyed(
    rgb: NDArray[np.float32],
    mask: NDArray[np.float32],
    head: NDArray[np.float32],
    texture: NDArray[np.float32],
    share: float,
    skin_lightness: float,
    hair_light: tuple[float, float, float],
    hair: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Turn hair grey: temples first, strand by strand, keeping the hair's own light and shade.

    Parameters
    ----------
    mask : (h, w) hair, beard or brows
    texture : (h, w) strand noise -1..1 at these pixels
    share : 0..1 share of white hair
    skin_lightness : L* of the skin, tells how bright white is in this light
    hair_light : what `lightness` said of the reference frame
    hair : (h, w, 3) colour of the hair in every pixel, see `face_cutout.unmix`; None takes the picture's
    """
    import cv2

    if share <= 0:
        return rgb
    seen = rgb if hair is None else hair
    lab = to_lab(seen)
    light = lab[..., 0]
    low, _, high = hair_light
    x, y = head[..., 0], head[..., 1]
    temple = np.clip(np.abs(x) / 1.3, 0, 1) * np.clip((y + 1.7) / 1.0, 0, 1) * np.clip((1.2 - y) / 0.8, 0, 1)
    under = np.clip((y - 0.3) / 1.6, 0, 1)
    # some strands stay dark at any age, most of them low at the back
    # at the parting strands of both sides meet
    texture = texture * np.clip(np.abs(x) / 0.2, 0, 1)
    local = np.clip(share * (1 + 0.3 * temple) - 0.16 * under + (0.75 - 0.35 * share) * texture, 0, 1)
    # dark hair has little contrast left, grey hair shows all its form: its range is stretched over what grey spans
    bright = 32 + 0.64 * skin_lightness
    dark = 0.40 * bright
    tone = np.clip(0.12 + 0.88 * (light - low) / max(high - low, 18), 0, 1.2)
    if hair is None:  # brows and beard: never brighter than the skin they grow on
        bright = min(bright, skin_lightness - 4)
        dark = min(dark, 0.5 * bright)
    target = dark + (bright - dark) * tone**0.75 + 7.0 * texture
    target = cv2.GaussianBlur(target.astype(np.float32), (0, 0), 0.5)
    out = lab.copy()
    out[..., 0] = light + local * (target - light)
    out[..., 1] = out[..., 1] * (1 - 0.92 * local) + 0.5 * local
    out[..., 2] = out[..., 2] * (1 - 0.90 * local) + 2.6 * local
    grey = to_rgb(out)
    changed = rgb + mask[..., None] * (grey - seen)
    # a rim pixel is never brighter than both what it was and what grey hair is there
    return np.minimum(changed, np.maximum(rgb, grey))


def _brightened(
    rgb: NDArray[np.float32], mask: NDArray[np.float32], amount: float, hair_light: tuple[float, float, float]
) -> NDArray[np.float32]:
    """Lighter, warmer and glossier: contrast up around the hair's own middle."""
    lab = to_lab(rgb)
    lab[..., 0] = hair_light[1] + (1 + 0.20 * amount) * (lab[..., 0] - hair_light[1]) + 4.5 * amount
    lab[..., 1] = lab[..., 1] * (1 + 0.1 * amount) + 1.0 * amount
    lab[..., 2] = lab[..., 2] * (1 + 0.15 * amount) + 2.5 * amount
    return rgb + mask[..., None] * (to_rgb(lab) - rgb)


def lightness(rgb: NDArray[np.float32], mask: NDArray[np.float32]) -> tuple[float, float, float]:
    """L* of the hair: dark, middle, bright; a dark brown where there is none to measure."""
    if (mask > 0.5).sum() < 30:
        return 12.0, 22.0, 40.0
    low, middle, high = np.percentile(to_lab(rgb)[..., 0][mask > 0.5], (10, 50, 97))
    return float(low), float(middle), float(high)
