"""Masks and age textures painted once per person in the unfolded face, then carried onto every frame by the mesh.

What is painted here cannot flicker: per frame only its place changes.  The layout is that of the ratio maps, 3.4 ipd
wide,
prolonged below the chin for the neck.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import folds, mesh, spots
from studio.animatic.face.folds import TALL, Gains
from studio.animatic.face.table import LAYOUT_WIDTH_IPD, layout_uv

_BEARD = (
    132,
    58,
    172,
    136,
    150,
    149,
    176,
    148,
    152,
    377,
    400,
    378,
    379,
    365,
    397,
    288,
    361,
    425,
    426,
    327,
    2,
    98,
    206,
    205,
)


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Textures (side * 1.3, side) float32, 0..1 unless said otherwise.

    Parameters
    ----------
    skin : facial skin without eyes, brows, lips and nostrils
    brow, lips, beard, blush : the soft regions of that name
    fold : natural log of aged skin / skin as it is, linear light
    spot : age spots, 0..1
    eyes : the lids and what lies between them
    slope_x, slope_y : of the folds' height along the head's right and down; the light's direction shades it
    mottle : signed unevenness of tone, unit variance
    red : small vessels, 0..1
    hide : all skin whose tone ages: face, lids and throat
    opening : between the lids
    beside : (side, side, 2) in head coordinates, see `spots.hide`; not carried by the mesh
    """

    skin: NDArray[np.float32]
    brow: NDArray[np.float32]
    lips: NDArray[np.float32]
    beard: NDArray[np.float32]
    blush: NDArray[np.float32]
    fold: NDArray[np.float32]
    spot: NDArray[np.float32]
    eyes: NDArray[np.float32]
    slope_x: NDArray[np.float32]
    slope_y: NDArray[np.float32]
    mottle: NDArray[np.float32]
    red: NDArray[np.float32]
    hide: NDArray[np.float32]
    opening: NDArray[np.float32]
    beside: NDArray[np.float32]

    def on_picture(self, uv: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h, w, 14) every texture at layout coordinates ``uv`` (h, w, 2); the fields' order, but for the last."""
        import cv2

        side = self.skin.shape[1]
        at = uv * np.float32(side) - np.float32(0.5)
        # one channel is used at a time: each lies in one piece
        planes = np.zeros((len(fields(self)) - 1, *uv.shape[:2]), np.float32)
        for channels, four in _fours(self):
            read = cv2.remap(four, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            cv2.mixChannels([read], [planes[k] for k in channels], [w for k in range(len(channels)) for w in (k, k)])
        return np.moveaxis(planes, 0, -1)


@lru_cache(maxsize=4)
def _fours(atlas: Atlas) -> list[tuple[list[int], NDArray[np.float32]]]:
    """The textures that the mesh carries, four together, which is what remap can do; empty ones are left out."""
    planes = [getattr(atlas, field.name) for field in fields(atlas) if field.name != "beside"]
    filled = [k for k, plane in enumerate(planes) if plane.any()]
    groups = [filled[k : k + 4] for k in range(0, len(filled), 4)]
    return [(group, np.dstack([planes[k] for k in group])) for group in groups]


def paint(
    side: int, wear: Gains | float, sex: float, rng: np.random.Generator, soft_px: float = 0.5, blur_px: float = 0.0
) -> Atlas:
    """Paint the atlas of one person.

    Parameters
    ----------
    side : width in px; about 3.4 x the ipd of the picture, so that lines are neither lost nor sharper than the picture
    wear : how much older the skin becomes, by band; a number means as much in every band, 1 from 30 to 75 years
    sex : 0 female to 1 male, which ratio map
    rng : the person's own generator: which folds, how deep on either side, spots
    soft_px : blur of the folds, so that they are not sharper than an enlarged picture
    blur_px : blur of the picture itself, see `softness`
    """
    import cv2

    per_ipd = side / LAYOUT_WIDTH_IPD
    uv = layout_uv()

    def region(indices, blur_ipd: float) -> NDArray[np.float32]:
        return _tall(mesh.polygon(side, uv[list(indices)], blur_ipd * per_ipd), side)

    brow = region(_outline(mesh.RIGHT_BROW), 0.022) + region(_outline(mesh.LEFT_BROW), 0.022)
    lips = region(mesh.LIPS, 0.022)
    eyes = region(_wider(mesh.RIGHT_EYE), 0.022) + region(_wider(mesh.LEFT_EYE), 0.022)
    opening = region(mesh.RIGHT_EYE, 0.012) + region(mesh.LEFT_EYE, 0.012)
    nostrils = _discs(side, uv[[98, 327, 2]] * side, (0.075 * per_ipd, 0.075 * per_ipd, 0.05 * per_ipd), 0.02 * per_ipd)
    oval = region(mesh.OVAL, 0.05)
    features = np.clip(1.25 * (brow + lips + eyes) + nostrils, 0, 1)
    skin = oval * (1 - features)
    cheeks = 0.55 * uv[[50, 280]] + 0.45 * uv[[205, 425]]
    blush = _discs(side, np.r_[cheeks, uv[[1]]] * side, (0.17 * per_ipd, 0.17 * per_ipd, 0.1 * per_ipd), 0.13 * per_ipd)
    nothing = np.zeros_like(skin)
    fold, slopes, spot, mottle, red = nothing, (nothing, nothing), nothing, nothing, nothing
    x, y = folds.plane(side)
    throat = np.clip((2.62 - y) / 0.3, 0, 1) * np.clip((y - 1.3) / 0.2, 0, 1) * np.clip((1.25 - np.abs(x)) / 0.3, 0, 1)
    # lids fold as well, but nothing is drawn on brows, red of the lips, or the eye itself
    wings = 0.6 * cv2.GaussianBlur(nostrils, (0, 0), max(0.4, 0.10 * per_ipd))
    # a fold close to an eye is taken for its rim, and old eyes are no wider
    close = 0.5 * np.clip(2.5 * cv2.GaussianBlur(opening, (0, 0), max(0.4, 0.075 * per_ipd)), 0, 1)
    free = (1 - np.clip(1.4 * opening + 1.1 * brow + 1.1 * lips + wings, 0, 1)) * (1 - close)
    # tone ages up to the hair and the ears, and no feature but the eye and the lips keeps its own
    head = np.clip((1.5 - np.hypot(x / 0.98, (y - 0.35) / 1.12)) / 0.2, 0, 1)
    hide = np.maximum(np.maximum(oval, head), throat) * (1 - np.clip(1.4 * opening + 1.1 * lips, 0, 1))
    gains = wear if isinstance(wear, Gains) else Gains.evenly(wear)
    if max(gains.fine, gains.fold, gains.sag, gains.pigment) > 0:
        shade, height = folds.relief(side, gains, sex, rng)
        blur = float(np.hypot(max(0.3, soft_px, _steady_px(soft_px, per_ipd)), blur_px))
        fold = cv2.GaussianBlur(shade, (0, 0), blur)
        # folds move light about in a face; how dark it is on the whole is the tone's affair
        fold = (fold - 0.35 * float((fold * skin).sum() / skin.sum()) * oval) * hide * free
        slopes = tuple(part * hide * free for part in folds.lit(cv2.GaussianBlur(height, (0, 0), blur), side))
        spot = cv2.GaussianBlur(spots.spots(x, y, gains.pigment, rng), (0, 0), blur) * hide
        mottle, red = spots.mottle(x, y, rng) * hide, spots.redness(x, y, rng) * skin
    beard = np.maximum(region(_BEARD, 0.05), _throat(side)) * (1 - 0.9 * np.clip(1.2 * lips, 0, 1))
    return Atlas(
        skin,
        np.clip(brow, 0, 1),
        lips,
        beard,
        np.clip(blush, 0, 1) * skin,
        fold,
        spot,
        np.clip(eyes, 0, 1),
        *slopes,
        mottle,
        red,
        hide.astype(np.float32),
        np.clip(opening, 0, 1),
        spots.hide(gains.pigment, rng),
    )


def _steady_px(soft_px: float, per_ipd: float) -> float:
    """Sigma below which lines swim: they follow the landmarks, which are sure to a part of a filmed pixel only.

    A face of 72 px between the eyes and more bears any line; in one of 27 a line is at least 2.5 filmed px wide.
    """
    enlarged = max(1.0, (soft_px / 0.45) ** (1 / 1.15))
    return enlarged * float(np.clip((72 - per_ipd / enlarged) / 45, 0, 1))


def _throat(side: int) -> NDArray[np.float32]:
    """Where a beard goes on below the jaw."""
    import cv2

    jaw = layout_uv()[[172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397]] * side
    ring = np.r_[jaw, jaw[::-1] + np.array([0, 0.42 / LAYOUT_WIDTH_IPD * side])]
    canvas = np.zeros((int(TALL * side), side), np.uint8)
    cv2.fillPoly(canvas, [np.round(ring).astype(np.int32)], 255)
    return cv2.GaussianBlur(canvas, (0, 0), 0.06 * side / LAYOUT_WIDTH_IPD).astype(np.float32) / 255


def _outline(indices) -> tuple[int, ...]:
    """Brow landmarks come as an upper and a lower row of five, which together walk round the brow."""
    return (*indices[:5], *indices[5:])


def _wider(indices) -> tuple[int, ...]:
    """The ring of landmarks outside an eye, so that lashes and lid edge are in the mask."""
    right = {33: 130, 7: 25, 163: 110, 144: 24, 145: 23, 153: 22, 154: 26, 155: 112, 133: 243, 173: 190, 157: 56, 158:
        28,
             159: 27, 160: 29, 161: 30, 246: 247}  # fmt: skip
    left = {263: 359, 249: 255, 390: 339, 373: 254, 374: 253, 380: 252, 381: 256, 382: 341, 362: 463, 398: 414, 384:
        286,
            385: 258, 386: 257, 387: 259, 388: 260, 466: 467}  # fmt: skip
    return tuple((right | left)[k] for k in indices)


def _tall(square: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    return np.pad(square, ((0, int(TALL * side) - side), (0, 0)))


def _discs(side: int, centres: NDArray, radii: tuple[float, ...], blur_px: float) -> NDArray[np.float32]:
    import cv2

    canvas = np.zeros((int(TALL * side), side), np.float32)
    for (x, y), radius in zip(centres, radii, strict=True):
        cv2.circle(canvas, (round(x * 16), round(y * 16)), round(radius * 16), 1.0, -1, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(canvas, (0, 0), max(0.4, blur_px))
