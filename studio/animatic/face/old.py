"""Old skin: folds, spots and uneven colour multiplied onto what was filmed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.seen import Seen
from studio.animatic.face.sitter import Sitter
from studio.animatic.face.skin import EYES, FOLD, GAMMA, LIPS, SKIN, SPOT, to_lab, to_rgb


def weather(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter, bare: NDArray[np.float32]) -> None:
    """Old skin on the face, in place; ``rgb`` (H, W, 3) 0..255, ``bare`` (h, w) 0 where a beard is."""
    view = rgb[seen.part]
    view[:] = _weathered(
        view, seen.carried, seen.skin_like * bare, sitter.ages.worn, sitter.detail, float(sitter.skin.lab[0])
    )


def _weathered(
    rgb: NDArray[np.float32],
    carried: NDArray[np.float32],
    allowed: NDArray[np.float32],
    amount: float,
    strength: float,
    lightness: float,
) -> NDArray[np.float32]:
    """An old skin: folds multiplied in linear light, spots, paler and uneven colour, thin pale lips, duller eyes.

    Parameters
    ----------
    allowed : (h, w) 0..1, where it is skin by colour (hair or glasses over the face stay free of lines)
    amount : how much older, 0..1
    strength : 0..1, how much line detail the picture's resolution can carry
    lightness : L* of the skin
    """
    skin = np.maximum(carried[..., SKIN], 0)
    # a fold in dark skin is as deep but shows less, for the eye judges differences, not ratios
    fold = carried[..., FOLD] * allowed * strength * float(np.clip(2.1 - lightness / 70, 1.0, 1.8))
    # shadows in folds are a little redder than the skin
    ratio = np.exp(fold[..., None] * np.array([0.97, 1.05, 1.10], np.float32))
    spot = (0.20 * amount * strength * carried[..., SPOT] * allowed)[..., None] * np.array(
        [0.75, 1.05, 1.2], np.float32
    )
    out = 255 * np.clip((np.clip(rgb, 0, 255) / 255) ** GAMMA * ratio * (1 - spot), 0, 1) ** (1 / GAMMA)
    lab = to_lab(out)
    mottle = amount * skin * allowed
    lab[..., 1] *= 1 - 0.22 * mottle
    lab[..., 2] *= 1 - 0.06 * mottle
    lips = amount * carried[..., LIPS]
    lab[..., 1] *= 1 - 0.45 * lips
    lab[..., 0] += 2.5 * lips
    eyes = amount * carried[..., EYES]
    lab[..., 0] = lab[..., 0] * (1 - 0.06 * eyes)
    # lids in shade are red in a small picture; drawn large they would look sore
    lab[..., 1] *= 1 - 0.45 * eyes
    return to_rgb(lab)
