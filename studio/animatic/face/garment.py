"""Another shirt: the other self wears what its double in the embrace wears, so the user's own is dyed.

Folds, light and weave stay; only hue and the middle lightness change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.cutout import Unmixed, guided, unmix
from studio.animatic.face.hair import HairModel, clusters, every_colour, look_up, nearest
from studio.animatic.face.planes import between, times
from studio.animatic.face.skin import to_lab, to_rgb
from studio.core.settings import Rgb

_BLACK = 16
"""L* below which cloth has no colour of its own and its highlights would be left over."""

_STRIPES_IPD = 1.0
"""Height of a coloured and a pale stripe together, on the user's body."""
_PALE = np.array([88, 1, 6], np.float32)
"""L*a*b* of the pale stripe."""


@dataclass(frozen=True, slots=True)
class Dye:
    """Old and new colour of a garment.

    Parameters
    ----------
    from_lab, to_lab : (3,) CIE L*a*b* middle of the filmed garment, and the wanted one
    table : (32768,) by quantised RGB: how far a colour is from the garment's, in standard deviations
    striped : with the pale stripes that the double in the embrace wears
    """

    from_lab: NDArray[np.float32]
    to_lab: NDArray[np.float32]
    table: NDArray[np.float32]
    striped: bool


def find_garment(
    rgb: NDArray[np.float32],
    head: NDArray[np.float32],
    hair_mask: NDArray[np.float32],
    colours: HairModel,
    table: NDArray[np.float32],
    ipd_px: float,
) -> Unmixed:
    """What is below the chin, of the chest's colour, and neither skin nor hair.

    Parameters
    ----------
    head : (h, w, 2) head coordinates (right, down) in ipd
    hair_mask : (h, w) 0..1
    table : see `Dye`
    """
    import cv2

    found = look_up(colours.table, rgb, ipd_px)
    off = look_up(table, rgb, ipd_px)
    below = np.clip((head[..., 1] - 1.7) / 0.3, 0, 1)
    alike = 1 / (1 + np.exp(np.clip(1.5 * (off - 0.9 * np.minimum(found[..., 1], 5.0)), -30, 30)))
    alike *= np.clip(found[..., 1] - 1.2, 0, 1)
    # where hair cannot hang its colour is cloth in shade
    hairy = found[..., 0] * np.clip((colours.reach_ipd - head[..., 1]) / 0.4, 0, 1)
    cloth = below * alike * (1 - np.maximum(hair_mask, hairy))
    # single skin-coloured threads in cloth, and single shirt-coloured pixels of skin, follow their neighbours
    cloth = cv2.blur(cloth.astype(np.float32), (2 * max(1, round(0.05 * ipd_px)) + 1,) * 2)
    grey = cv2.cvtColor(np.clip(rgb, 0, 255), cv2.COLOR_RGB2GRAY) / 255
    soft = guided(grey, cloth, max(2, round(0.08 * ipd_px)), 5e-4)
    return unmix(rgb, np.clip((soft - 0.3) / 0.35, 0, 1), 0.09 * ipd_px)


def choose_dye(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32],
    head: NDArray[np.float32],
    hair_mask: NDArray[np.float32],
    colours: HairModel,
    ipd_px: float,
    wanted: Rgb | None,
    striped: bool,
) -> Dye | None:
    """How to dye the filmed garment.

    None when nothing is wanted, or when what is seen of the trunk is not all cloth of few colours: a black shirt, one
    of skin's or hair's colour, a print or a bare neckline would be dyed in patches; the user's own shirt is better.
    """
    x, y = head[..., 0], head[..., 1]
    chest = (alpha > 0.9) & (np.abs(x) < 1.0) & (y > 3.3) & (y < 4.1)
    if wanted is None or chest.sum() < 200:
        return None
    lab = to_lab(rgb)
    centres, spread = clusters(lab[chest], 2)
    # in folds, in shade and in the light it has the same hue
    shades = np.array([[0.45, 0.6, 0.6], [0.7, 0.85, 0.85], [1, 1, 1], [1.25, 0.95, 0.95]], np.float32)
    centres = (shades[:, None] * centres).reshape(-1, 3)
    spread = np.tile(np.maximum(spread, np.array([9, 4, 4], np.float32)), (len(shades), 1))
    table = nearest(every_colour(), centres, spread)[0]
    middle = np.median(lab[chest], axis=0).astype(np.float32)
    if middle[0] < _BLACK:
        return None
    chosen = Dye(middle, to_lab(np.array([[wanted]], np.float32))[0, 0], table, striped)
    cloth = find_garment(rgb, head, hair_mask, colours, table, ipd_px)
    mask = cloth.share
    found = look_up(colours.table, rgb, ipd_px)
    trunk = (alpha > 0.9) & (np.abs(x) < 2.2) & (y > 2.4) & (y < 4.2) & (found[..., 1] > 2.5) & (hair_mask < 0.2)
    whole = (mask[chest] > 0.8).mean() > 0.93 and (cloth.edge[chest] > 0.3).mean() < 0.04
    even = whole and trunk.sum() > 200 and (mask[trunk] > 0.8).mean() > 0.95
    return chosen if even else None


def dye(rgb: NDArray[np.float32], cloth: Unmixed, head: NDArray[np.float32], colours: Dye) -> NDArray[np.float32]:
    """The picture with the garment dyed; along its edge put together anew, or the old colour would stay as a line.

    Parameters
    ----------
    cloth : from `find_garment`
    head : (h, w, 2) head coordinates (right, down) in ipd
    """
    import cv2

    lab = to_lab(cloth.inner)
    old, new = colours.from_lab, colours.to_lab
    pattern = np.broadcast_to(new, lab.shape)
    if colours.striped:  # they sink a little towards the sides, as they do round a chest
        level = head[..., 1] - 0.025 * head[..., 0] ** 2
        band = np.clip(3.5 * np.sin(2 * np.pi * level / _STRIPES_IPD) + 0.5, 0, 1)[..., None]
        pattern = _PALE + band * (new - _PALE)
    # contrast of folds goes with lightness, but a black shirt's noise must not become folds
    gain = float(np.clip((new[0] + 8) / (old[0] + 8), 0.6, 1.5))
    # a very light or dark garment keeps some of its own lightness: a real shirt is not evenly lit either
    light = np.clip(0.75 * pattern[..., 0] + 0.25 * old[0] + gain * (lab[..., 0] - old[0]), 2, 97)
    share = np.clip(light / np.maximum(pattern[..., 0], 1), 0.3, 1.25)
    colour = (pattern[..., k] * share + np.float32(0.25) * (lab[..., k] - old[k]) for k in (1, 2))
    dyed = to_rgb(cv2.merge([light, *colour]))
    ground = cv2.subtract(rgb, times(cloth.inner, cloth.share))
    ground = between(ground, times(cloth.outer, 1 - cloth.share), cloth.edge)
    return cv2.add(ground, times(dyed, cloth.share))
