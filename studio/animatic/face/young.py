"""Young skin: folds, bags and pores taken away, colour evened, cheeks rosy, lips soft, brows thin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.seen import Seen
from studio.animatic.face.sitter import Sitter
from studio.animatic.face.skin import BLUSH, BROW, LIPS, SKIN, to_lab, to_rgb, within


def rejuvenate(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> None:
    """Young skin on the face, in place; ``rgb`` (H, W, 3) 0..255."""
    view = rgb[seen.part]
    view[:] = soften(view, seen.carried, seen.ipd_px, sitter.ages.younger, float(sitter.skin.lab[0]))


def soften(
    rgb: NDArray[np.float32], carried: NDArray[np.float32], ipd_px: float, amount: float, lightness: float
) -> NDArray[np.float32]:
    """A child's skin: folds and bags lifted, tone even, lighter, rosy cheeks, softer lips, thinner brows.

    Dark structure of fold size is taken away more than bright structure, so that the form's own shading stays.
    """
    import cv2

    skin = carried[..., SKIN]
    linear = np.clip(rgb, 1, 255)
    log = np.log(linear)
    broad = within(log, skin, 0.32 * ipd_px)
    middle = within(log, skin, 0.035 * ipd_px)
    fold = middle - broad
    fine = log - middle
    kept = np.where(fold < 0, 0.45, 0.80).astype(np.float32) * fold
    smooth = broad + kept + 0.45 * fine
    weight = (amount * skin)[..., None]
    out = np.exp(log * (1 - weight) + smooth * weight)
    lab = to_lab(out)
    fair = float(np.clip(lightness / 70, 0.3, 1))
    blush = amount * carried[..., BLUSH]
    lab[..., 0] += amount * skin * 2.5 * (1 - lab[..., 0] / 100) * 2
    lab[..., 1] += (5.0 * fair) * blush + 1.0 * amount * skin
    lab[..., 2] -= 1.5 * amount * skin * fair
    lips = amount * carried[..., LIPS]
    lip_calm = cv2.GaussianBlur(lab, (0, 0), max(0.6, 0.03 * ipd_px))
    lab += (0.45 * lips)[..., None] * (lip_calm - lab)
    lab[..., 0] += 3.0 * lips * fair
    # brows: part of the way back to the skin around them
    ground = within(lab, skin, 0.25 * ipd_px)
    brow = (0.34 * amount * carried[..., BROW])[..., None]
    return to_rgb(lab + brow * (ground - lab))
