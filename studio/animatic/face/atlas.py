"""Masks and age textures painted once per person in the unfolded face, then carried onto every frame by the mesh.

What is painted here cannot flicker: per frame only its place changes.  The layout is that of the ratio maps, 3.4 ipd
wide,
prolonged below the chin for the neck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.animatic.face.table import LAYOUT_WIDTH_IPD, RatioName, layout_uv, ratio_map

TALL = 1.3
"""Height of the atlas in units of its width."""
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


@dataclass(frozen=True, slots=True)
class Atlas:
    """Textures (side * 1.3, side) float32, 0..1 unless said otherwise.

    Parameters
    ----------
    skin : facial skin without eyes, brows, lips and nostrils
    brow, lips, beard, blush : the soft regions of that name
    fold : natural log of aged skin / skin as it is, linear light
    spot : age spots, 0..1
    eyes : the lids and what lies between them
    """

    skin: NDArray[np.float32]
    brow: NDArray[np.float32]
    lips: NDArray[np.float32]
    beard: NDArray[np.float32]
    blush: NDArray[np.float32]
    fold: NDArray[np.float32]
    spot: NDArray[np.float32]
    eyes: NDArray[np.float32]

    def on_picture(self, uv: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h, w, 8) every texture at layout coordinates ``uv`` (h, w, 2), in the order of the fields; 0 outside."""
        import cv2

        side = self.skin.shape[1]
        x, y = uv[..., 0] * side - 0.5, uv[..., 1] * side - 0.5
        first = np.dstack([self.skin, self.brow, self.lips, self.beard])
        second = np.dstack([self.blush, self.fold, self.spot, self.eyes])
        carried = [cv2.remap(part, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT) for part in (first, second)]
        return np.concatenate(carried, axis=2)


def paint(side: int, wear: float, sex: float, rng: np.random.Generator, soft_px: float = 0.5) -> Atlas:
    """Paint the atlas of one person.

    Parameters
    ----------
    side : width in px; about 3.4 x the ipd of the picture, so that lines are neither lost nor sharper than the picture
    wear : how much older the skin becomes, 0 none to 1 (75 years); scales the folds
    sex : 0 female to 1 male, which ratio map
    rng : the person's own generator: mirrored or not, depth per side, spots
    soft_px : blur of the folds, so that they are not sharper than an enlarged picture
    """
    import cv2

    per_ipd = side / LAYOUT_WIDTH_IPD
    uv = layout_uv()

    def region(indices, blur_ipd: float) -> NDArray[np.float32]:
        return _tall(mesh.polygon(side, uv[list(indices)], blur_ipd * per_ipd), side)

    brow = region(_outline(mesh.RIGHT_BROW), 0.022) + region(_outline(mesh.LEFT_BROW), 0.022)
    lips = region(mesh.LIPS, 0.022)
    eyes = region(_wider(mesh.RIGHT_EYE), 0.022) + region(_wider(mesh.LEFT_EYE), 0.022)
    nostrils = _discs(side, uv[[98, 327, 2]] * side, (0.075 * per_ipd, 0.075 * per_ipd, 0.05 * per_ipd), 0.02 * per_ipd)
    oval = region(mesh.OVAL, 0.05)
    features = np.clip(1.25 * (brow + lips + eyes) + nostrils, 0, 1)
    skin = oval * (1 - features)
    cheeks = 0.55 * uv[[50, 280]] + 0.45 * uv[[205, 425]]
    blush = _discs(side, np.r_[cheeks, uv[[1]]] * side, (0.17 * per_ipd, 0.17 * per_ipd, 0.1 * per_ipd), 0.13 * per_ipd)
    fold = np.zeros_like(skin)
    spot = np.zeros_like(skin)
    if wear > 0:
        fold = cv2.GaussianBlur(_folds(side, sex, wear, rng), (0, 0), max(0.3, soft_px))
        neck = np.zeros_like(skin)
        neck[int(0.9 * side) :] = 1
        fold = fold * np.maximum(1 - features, 0) * np.maximum(oval, neck)
        spot = _spots(side, rng) * skin
    beard = np.maximum(region(_BEARD, 0.05), _throat(side)) * (1 - 0.9 * np.clip(1.2 * lips, 0, 1))
    return Atlas(skin, np.clip(brow, 0, 1), lips, beard, np.clip(blush, 0, 1) * skin, fold, spot, np.clip(eyes, 0, 1))


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


def _folds(side: int, sex: float, wear: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Log ratio: measured maps for the folds, drawn strokes for what the maps lack (forehead, crow's feet, neck)."""
    import cv2

    old_share = float(np.clip((wear - 0.35) / 0.5, 0, 1))
    bands = np.zeros((384, 384, 4), np.float32)
    for prefix, weight in (("female", 1 - sex), ("male", sex)):
        if weight > 0:
            old: RatioName = f"{prefix}_old"  # type: ignore[assignment]
            mid: RatioName = f"{prefix}_mid"  # type: ignore[assignment]
            bands += weight * (old_share * ratio_map(old) + (1 - old_share) * ratio_map(mid))
    if rng.random() < 0.5:
        bands = bands[:, ::-1]
    # gains found by eye on real portraits: fine, middle, low, lines
    log = bands @ np.array([0.6, 2.1, 1.3, 2.1], np.float32)
    log = cv2.resize(
        np.ascontiguousarray(log), (side, side), interpolation=cv2.INTER_AREA if side < 384 else cv2.INTER_CUBIC
    )
    log = _tall(log, side) + _strokes(side, rng)
    left, right = rng.uniform(0.85, 1.15, 2)
    across = np.linspace(left, right, side, dtype=np.float32)
    return np.clip(log * across * wear, -0.6, 0.13)


def _strokes(side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Forehead lines, crow's feet, lines between the brows and on the neck: a dark line with a lit ridge below it."""
    import cv2

    per_ipd = side / LAYOUT_WIDTH_IPD
    uv = layout_uv() * side
    dark = np.zeros((int(TALL * side), side), np.float32)
    soft = np.zeros_like(dark)

    def stroke(points: NDArray, width_ipd: float, depth: float) -> None:
        _taper(dark, points, width_ipd * per_ipd, depth)
        _taper(soft, points, 2.6 * width_ipd * per_ipd, 0.55 * depth)

    low, high = uv[9], uv[10]
    for share in (0.30, 0.52, 0.74, 0.92):
        middle = low + (high - low) * (share + rng.uniform(-0.03, 0.03))
        half = (0.66 + 0.10 * share + rng.uniform(-0.08, 0.08)) * per_ipd
        t = np.linspace(-1, 1, 25)
        wave = 0.03 * np.sin(3.1 * t + rng.uniform(0, 6.3)) + 0.045 * t**2 - 0.02 * np.cos(3 * np.pi * t)
        stroke(
            middle + np.c_[t * half + rng.uniform(-0.05, 0.05) * per_ipd, wave * per_ipd],
            0.026,
            rng.uniform(0.15, 0.24),
        )
    for corner, outward in ((33, -1), (263, 1)):
        start = uv[corner] + np.array([outward * 0.09, 0.0]) * per_ipd
        for angle in (-30, -10, 12, 34):
            t = np.linspace(0, 1, 12)[:, None]
            turn = np.radians(angle + rng.uniform(-5, 5))
            ray = np.array([outward * np.cos(turn), np.sin(turn)]) * rng.uniform(0.24, 0.36) * per_ipd
            stroke(start + t * ray + t**2 * np.array([0, 0.03 * per_ipd]), 0.018, rng.uniform(0.14, 0.24))
    for x in (-0.09, 0.10):
        t = np.linspace(0, 1, 10)[:, None]
        stroke(uv[9] + np.array([x, 0.08]) * per_ipd + t * np.array([-0.2 * x, -0.24]) * per_ipd, 0.02, 0.20)
    for y in (0.42, 0.66):
        t = np.linspace(-1, 1, 21)
        curve = np.c_[t * 0.62, y + 0.10 * t**2 + 0.02 * np.sin(5 * t + rng.uniform(0, 6))]
        stroke(uv[mesh.CHIN] + curve * per_ipd, 0.035, 0.25)
    line = cv2.GaussianBlur(dark, (0, 0), max(0.5, 0.010 * per_ipd))
    ridge = np.roll(line, round(0.035 * per_ipd), 0)
    return -line + 0.35 * ridge - cv2.GaussianBlur(soft, (0, 0), 0.03 * per_ipd)


def _taper(canvas: NDArray[np.float32], points: NDArray, width_px: float, depth: float) -> None:
    """Draw a stroke that is faint at both ends; crossing strokes do not add up."""
    import cv2

    count = len(points) - 1
    for k in range(count):
        strength = depth * np.sin(np.pi * (k + 0.5) / count) ** 0.7
        piece = np.round(points[k : k + 2] * 16).astype(np.int32)
        layer_box = piece / 16
        pad = int(width_px) + 3
        x0, y0 = np.maximum(np.floor(layer_box.min(0)).astype(int) - pad, 0)
        x1, y1 = np.ceil(layer_box.max(0)).astype(int) + pad
        window = canvas[y0:y1, x0:x1]
        if window.size == 0:
            continue
        mark = np.zeros_like(window)
        start, stop = (tuple(int(v) for v in p - np.array([x0, y0]) * 16) for p in piece)
        if width_px >= 1:
            cv2.line(mark, start, stop, float(strength), max(1, round(width_px)), cv2.LINE_AA, 4)
        else:
            cv2.line(mark, start, stop, float(strength * max(width_px, 0.4)), 1, cv2.LINE_AA, 4)
        np.maximum(window, mark, out=window)


def _spots(side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    per_ipd = side / LAYOUT_WIDTH_IPD
    count = 22
    x = 0.5 + rng.uniform(-0.95, 0.95, count) / LAYOUT_WIDTH_IPD
    y = rng.uniform(0.18, 0.85, count)
    radii = tuple(rng.uniform(0.012, 0.035, count) * per_ipd)
    return np.clip(_discs(side, np.c_[x, y] * side, radii, 0.012 * per_ipd), 0, 1)
