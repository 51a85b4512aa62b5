"""How old a face looks, as numbers that need no network: read off a picture and the mesh found in it.

The face is unfolded first (`unfold`): the mesh's own layout, 64 px to the distance of the eyes (ipd), so that the
result does not depend on place, size, turn or shape, and a region is the same pixels in every picture.  Then:

* ``wrinkles``: dark lines in the skin.  Largest curvature of the logarithm of linear luma at two widths (.018 and .032
  ipd, 1 to 2 mm; Frangi et al. 1998), less the curvature along the line, less a threshold for noise; root mean
  square over the skin x 100.  Coarse pores and stubble count as well, the bright sides of lines little.
* ``unevenness``: robust spread of the skin's colour between .025 and .1 ipd (1.5 to 6 mm), in CIE L*a*b* units: spots,
  redness, bags.  Light and form are wider, lines and pores finer.
* ``grey``: share of the hair whose chroma is far under the skin's and whose lightness is not far under it.  Hair is
  what lies round the upper half of the mesh and has not the skin's colour; None when there is too little of it.

Which skin is looked at is settled once on the untouched picture (`skin_seen`), so that curves over the target age
compare the same pixels: no hair, glasses, hat, beard, eyes, brows, lips.

Checked on the synthetic people of whom true pictures as child, adult and old exist (a light woman; a dark man):
wrinkles 1.04, 1.00, 2.32 and 2.93, 2.95, 3.14; unevenness 1.09, 1.11, 1.75 and 2.17, 2.28, 2.42; grey .05, .05, .76
and .05, .03, .84.  Children and adults there share one skin, so they should be alike.  The same picture shifted,
turned, zoomed and lit a little otherwise: one standard deviation is about 2 % of wrinkles, 3 % of unevenness and .01
of grey, up to .04 where hair is hardly told from the room; `benchmarks/ageing.py` measures that for every face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.animatic.face.table import LAYOUT_WIDTH_IPD, layout_uv
from studio.core.frames import Frame

PER_IPD = 64
"""Pixels of the unfolded face to the distance of the eyes: a line of 1 mm is one pixel."""
SIDE = round(PER_IPD * LAYOUT_WIDTH_IPD)
_NOSTRILS = (98, 327, 2)
_LOWER_FACE = (
    132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 425, 426, 327, 2, 98, 206, 205,
)  # fmt: skip
"""Where a beard grows."""
_LINE_WIDTHS_IPD = (0.018, 0.032)
_LINE_NOISE = 0.006
"""Curvature that the noise of a clean photograph has in flat skin."""
_LINE_MOST = 0.12
"""Deeper than the deepest folds: a strand of hair or a frame of glasses must not outweigh the whole skin."""
_BAND_IPD = (0.025, 0.10)
_LEAST_HAIR_IPD2 = 0.25


@dataclass(frozen=True, slots=True)
class AgeLook:
    """What is read off one picture, see the module; ``grey`` is None without hair."""

    wrinkles: float
    unevenness: float
    grey: float | None


def unfold(rgb: Frame | NDArray[np.float32], face_px: NDArray) -> NDArray[np.float32]:
    """(SIDE, SIDE, 3) float32 RGB 0..255: the face in the layout of the mesh.

    Parameters
    ----------
    rgb : (H, W, 3) 0..255
    face_px : (478, 3) landmarks in its pixels
    """
    import cv2

    ipd = mesh.pose_of(face_px).ipd_px
    picture = np.asarray(rgb, np.float32)
    x0, y0 = np.maximum(np.floor(face_px[:468, :2].min(0) - 0.4 * ipd), 0).astype(int)
    x1, y1 = np.ceil(face_px[:468, :2].max(0) + 0.4 * ipd).astype(int)
    picture = np.ascontiguousarray(picture[y0 : max(y0 + 2, y1), x0 : max(x0 + 2, x1)])
    if ipd > 1.2 * PER_IPD:  # linear sampling alone would alias
        picture = cv2.GaussianBlur(picture, (0, 0), 0.45 * ipd / PER_IPD)
    anchors = mesh.ANCHORS[mesh.ANCHORS < 468]
    corner = np.array([x0, y0], float)
    spline = mesh.ThinPlate(layout_uv()[anchors] * float(SIDE), face_px[anchors, :2] - corner, smoothing=1e-5)
    place = spline.grid((0, 0, SIDE, SIDE), 0.1 * PER_IPD)
    return cv2.remap(picture, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def region(points: tuple[int, ...] | list[int], wider_ipd: float = 0.0) -> NDArray[np.bool_]:
    """(SIDE, SIDE) inside of an outline of landmarks, made wider (or narrower, when negative) by ``wider_ipd``."""
    import cv2

    mask = (mesh.polygon(SIDE, layout_uv()[list(points)], 0.0) > 0.5).astype(np.uint8)
    reach = round(abs(wider_ipd) * PER_IPD)
    if reach:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        mask = cv2.dilate(mask, disc) if wider_ipd > 0 else cv2.erode(mask, disc)
    return mask > 0


def eye_region() -> NDArray[np.bool_]:
    """(SIDE, SIDE) both eyes with their lids."""
    return region(mesh.RIGHT_EYE, 0.06) | region(mesh.LEFT_EYE, 0.06)


def skin_region() -> NDArray[np.bool_]:
    """(SIDE, SIDE) where every face has bare skin."""
    skin = region(mesh.OVAL, -0.09) & ~region(mesh.LIPS, 0.06)
    for ring in (mesh.RIGHT_EYE, mesh.LEFT_EYE, mesh.RIGHT_BROW, mesh.LEFT_BROW):
        skin &= ~region(ring, 0.05)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    for x, y in layout_uv()[list(_NOSTRILS)] * SIDE:
        skin &= np.hypot(columns - x, rows - y) > 0.1 * PER_IPD
    return skin


def skin_seen(unfolded: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(SIDE, SIDE) the skin that this person shows: without beard, fringe, glasses and hat, told by their colour."""
    import cv2

    skin = skin_region()
    lab = _lab(cv2.GaussianBlur(unfolded, (0, 0), 0.03 * PER_IPD))
    upper = skin & ~region(_LOWER_FACE, 0.04)
    middle = np.median(lab[upper], 0)
    spread = np.maximum(1.48 * np.median(np.abs(lab[upper] - middle), 0), (4.0, 2.0, 2.0))
    far = np.abs(lab - middle) / spread
    odd = (far[..., 0] > 3.5) | (np.hypot(far[..., 1], far[..., 2]) > 4.5)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    return skin & (cv2.dilate(odd.astype(np.uint8), disc) == 0)


def wrinkles(unfolded: NDArray[np.float32], skin: NDArray[np.bool_]) -> float:
    """Energy of dark lines, see the module."""
    import cv2

    light = np.log((unfolded / 255) ** np.float32(2.2) @ np.float32([0.2126, 0.7152, 0.0722]) + np.float32(0.02))
    found = np.zeros_like(light)
    for width in _LINE_WIDTHS_IPD:
        sigma = width * PER_IPD
        soft = cv2.GaussianBlur(light, (0, 0), sigma)
        xx, yy, xy = (cv2.Sobel(soft, cv2.CV_32F, *order, ksize=3) / 4 for order in ((2, 0), (0, 2), (1, 1)))
        half, apart = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
        found = np.maximum(found, sigma**2 * ((half + apart) - np.abs(half - apart)))
    return float(100 * np.sqrt((np.clip(found - _LINE_NOISE, 0, _LINE_MOST)[skin] ** 2).mean()))


def unevenness(unfolded: NDArray[np.float32], skin: NDArray[np.bool_]) -> float:
    """Robust spread of colour, see the module."""
    lab, weight = _lab(unfolded), skin.astype(np.float32)
    fine, wide = (_within(lab, weight, width * PER_IPD) for width in _BAND_IPD)
    band = (fine - wide)[skin]
    return float(np.sqrt(((1.48 * np.median(np.abs(band - np.median(band, 0)), 0)) ** 2).sum()))


def grey_share(rgb: NDArray, face_px: NDArray, alpha: NDArray[np.float32]) -> float | None:
    """Share of the hair that is grey, 0..1, see the module.

    Parameters
    ----------
    rgb : (H, W, 3) 0..255
    alpha : (H, W) 0..1 the person
    """
    import cv2

    pose = mesh.pose_of(face_px)
    x, y = np.meshgrid(np.arange(rgb.shape[1], dtype=np.float32), np.arange(rgb.shape[0], dtype=np.float32))
    head = pose.head_coordinates(np.dstack([x, y]))
    face = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillPoly(face, [np.round(face_px[list(mesh.OVAL), :2]).astype(np.int32)], 1)
    reach = max(1, round(0.1 * pose.ipd_px))
    face = cv2.dilate(face, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    solid = cv2.erode((alpha > 0.95).astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    around = solid & (face == 0) & (head[..., 1] < 0.2) & (head[..., 1] > -3) & (np.abs(head[..., 0]) < 1.7)
    soft = _lab(cv2.GaussianBlur(np.asarray(rgb, np.float32), (0, 0), max(0.5, 0.02 * pose.ipd_px)))
    cheeks = np.round(face_px[[50, 280, 101, 330, 9, 151, 117, 346], :2]).astype(int)
    cheeks = np.clip(cheeks, 0, np.array(rgb.shape[1::-1]) - 1)
    skin = np.median(soft[cheeks[:, 1], cheeks[:, 0]], 0)
    hair = around & ((np.abs(soft - skin) / (14, 6, 8)).max(-1) > 1)
    if hair.sum() < _LEAST_HAIR_IPD2 * pose.ipd_px**2:
        return None
    light, chroma = soft[..., 0][hair], np.hypot(soft[..., 1], soft[..., 2])[hair]
    plain = 1 / (1 + np.exp((chroma - 0.5 * np.hypot(skin[1], skin[2])) / 2))
    bright = 1 / (1 + np.exp((np.clip(0.62 * skin[0], 26, 48) - light) / 4))
    return float((plain * bright).mean())


def age_look(
    rgb: NDArray, face_px: NDArray, alpha: NDArray[np.float32], skin: NDArray[np.bool_] | None = None
) -> AgeLook:
    """Everything at once.

    Parameters
    ----------
    rgb : (H, W, 3) 0..255
    alpha : (H, W) 0..1 the person
    skin : what `skin_seen` said of the untouched picture; None asks this one
    """
    unfolded = unfold(rgb, face_px)
    skin = skin_seen(unfolded) if skin is None else skin
    return AgeLook(wrinkles(unfolded, skin), unevenness(unfolded, skin), grey_share(rgb, face_px, alpha))


def sharpness(unfolded: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Mean strength of fine edges: the eyes must stay as crisp as they were filmed."""
    import cv2

    grey = cv2.cvtColor(unfolded, cv2.COLOR_RGB2GRAY)
    return float(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[where].mean())


def grain(rgb: NDArray, face_px: NDArray) -> float:
    """Robust spread of what is finer than 1.2 px on both cheeks: gone, and skin is wax."""
    import cv2

    ipd = mesh.pose_of(face_px).ipd_px
    grey = cv2.cvtColor(np.asarray(rgb, np.float32), cv2.COLOR_RGB2GRAY)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.2)
    reach, values = max(2, round(0.22 * ipd)), []
    for x, y in np.round(face_px[[50, 280], :2]).astype(int):
        values.append(fine[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach].ravel())
    found = np.concatenate(values)
    return float(1.48 * np.median(np.abs(found - np.median(found))))


def seam(before: NDArray[np.float32], after: NDArray[np.float32], skin: NDArray[np.bool_]) -> float:
    """How much steeper colours change on the skin near the face's rim than before, L*a*b* units per .1 ipd.

    The mean all round, as the edge of a mask runs all round; single dark folds or a shadow's edge count little.

    Parameters
    ----------
    before, after : (SIDE, SIDE, 3) unfolded, untouched and re-aged
    skin : see `skin_seen`; hair beside it may change its colour as it likes
    """
    import cv2

    ring = skin & ~region(mesh.OVAL, -0.28)
    if not ring.any():
        return 0.0
    steep = []
    for picture in (after, before):
        soft = _lab(cv2.GaussianBlur(picture, (0, 0), 0.06 * PER_IPD))
        x, y = (cv2.Sobel(soft, cv2.CV_32F, *order, ksize=3) / 8 for order in ((1, 0), (0, 1)))
        steep.append(float(np.sqrt((x**2 + y**2).sum(-1))[ring].mean()) * 0.1 * PER_IPD)
    return steep[0] - steep[1]


def _lab(rgb: NDArray) -> NDArray[np.float32]:
    import cv2

    return cv2.cvtColor(np.clip(np.asarray(rgb, np.float32), 0, 255) * np.float32(1 / 255), cv2.COLOR_RGB2LAB)


def _within(values: NDArray[np.float32], weight: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Gaussian average over the mask alone (normalised convolution)."""
    import cv2

    total = cv2.GaussianBlur(values * weight[..., None], (0, 0), sigma_px)
    return total / (cv2.GaussianBlur(weight, (0, 0), sigma_px) + np.float32(1e-3))[..., None]
