"""Another shirt: the other self wears what its double in the embrace wears, so the user's own is dyed.

Folds, light and weave stay; only hue and the middle lightness change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face_cutout import guided
from studio.animatic.face_hair import HairModel, look_up
from studio.animatic.face_skin import to_lab, to_rgb
from studio.core.settings import Rgb


@dataclass(frozen=True, slots=True)
class Dye:
    """Old and new colour of a garment.

    Parameters
    ----------
    from_lab, to_lab : (3,) CIE L*a*b* middle of the filmed garment, and the wanted one
    """

    from_lab: NDArray[np.float32]
    to_lab: NDArray[np.float32]


def garment_mask(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32],
    head: NDArray[np.float32],
    hair_mask: NDArray[np.float32],
    colours: HairModel,
    ipd_px: float,
) -> NDArray[np.float32]:
    """(h, w) 0..1: what is below the chin and neither skin nor hair.

    Parameters
    ----------
    head : (h, w, 2) head coordinates (right, down) in ipd
    hair_mask : (h, w) 0..1
    """
    import cv2

    found = look_up(colours, rgb, ipd_px)
    below = np.clip((head[..., 1] - 1.75) / 0.4, 0, 1)
    cloth = below * np.clip((found[..., 1] - 1.6) / 1.2, 0, 1) * (1 - hair_mask)
    # single skin-coloured threads in cloth, and single shirt-coloured pixels of skin, follow their neighbours
    cloth = cv2.blur(cloth.astype(np.float32), (2 * max(1, round(0.05 * ipd_px)) + 1,) * 2)
    grey = cv2.cvtColor(np.clip(rgb, 0, 255), cv2.COLOR_RGB2GRAY) / 255
    soft = guided(grey, cloth, max(2, round(0.08 * ipd_px)), 5e-4)
    return np.clip((soft - 0.3) / 0.35, 0, 1) * (alpha > 0.01)


def choose_dye(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32],
    mask: NDArray[np.float32],
    head: NDArray[np.float32],
    wanted: Rgb | None,
) -> Dye | None:
    """How to dye the filmed garment.

    None when nothing is wanted, or when the chest is not wholly seen as cloth: a shirt of skin's colour, a print or a
    bare neckline would be dyed in patches, and the user's own shirt is better than that.
    """
    chest = (alpha > 0.9) & (np.abs(head[..., 0]) < 1.0) & (head[..., 1] > 3.0) & (head[..., 1] < 4.0)
    if wanted is None or chest.sum() < 200 or (mask[chest] > 0.8).mean() < 0.9:
        return None
    middle = np.median(to_lab(rgb)[chest], axis=0).astype(np.float32)
    return Dye(middle, to_lab(np.array([[wanted]], np.float32))[0, 0])


def dye(rgb: NDArray[np.float32], mask: NDArray[np.float32], colours: Dye) -> NDArray[np.float32]:
    """The picture with the garment dyed."""
    lab = to_lab(rgb)
    old, new = colours.from_lab, colours.to_lab
    # contrast of folds goes with lightness, but a black shirt's noise must not become folds
    gain = float(np.clip((new[0] + 8) / (old[0] + 8), 0.6, 1.5))
    # a very light or dark garment keeps some of its own lightness: a real shirt is not evenly lit either
    light = np.clip(0.75 * new[0] + 0.25 * old[0] + gain * (lab[..., 0] - old[0]), 2, 97)
    share = np.clip(light / max(float(new[0]), 1.0), 0.3, 1.25)
    own = 0.25 * (lab[..., 1:] - old[1:])
    dyed = np.dstack([light, new[1:] * share[..., None] + own]).astype(np.float32)
    return rgb + mask[..., None] * (to_rgb(dyed) - rgb)
