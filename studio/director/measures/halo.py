"""Halo: a rim of wrong colour round an inserted layer.

What is measured against is the user's own picture in the same view, before anything was inserted.  Two things change
that picture round the layer and are no halo: the shadow that the layer casts (broad, and it only darkens), and the
lens's defocus of the background (it moves detail about but keeps the mean).  So the rim is also measured with both
accounted for: a darkening that goes on outside the rim is taken off, and both pictures are averaged over a few pixels
along it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.director.measures.inserted import Inserted


@dataclass(frozen=True, slots=True)
class Halo:
    """Delta E 76 at n pixels of the rim.

    Parameters
    ----------
    plain : (n,) float32, composite against the user's own picture as they are
    rim : (n,) float32, without the cast shadow and the defocus
    """

    plain: NDArray[np.float32]
    rim: NDArray[np.float32]


def delta_e(first: NDArray, second: NDArray) -> NDArray[np.float32]:
    """(n,) colour differences Delta E 76 (CIE 1976: the distance in L*a*b*) of two (n, 3) lists of RGB, 0 to 255."""
    import cv2

    if not len(first):
        return np.zeros(0, np.float32)
    pair = np.stack([first, second]).astype(np.float32) / np.float32(255)
    lab = cv2.cvtColor(pair, cv2.COLOR_RGB2LAB)
    return np.linalg.norm(lab[0] - lab[1], axis=1)


def halo(found: Inserted) -> Halo | None:
    """The rim of what was inserted; None where no outline is in focus."""
    import cv2

    ring = found.ring()
    if ring.sum() < 50:
        return None
    unit = found.unit
    margin = round(60 * unit) + 8
    rows, columns = np.flatnonzero(ring.any(1)), np.flatnonzero(ring.any(0))
    y0, x0 = max(0, rows[0] - margin), max(0, columns[0] - margin)
    box = np.s_[y0 : rows[-1] + margin, x0 : columns[-1] + margin]
    ring = ring[box]
    frame, own = found.frame[box].astype(np.float32), found.own[box].astype(np.float32)
    away = cv2.distanceTransform((found.alpha[box] <= 5).astype(np.uint8), cv2.DIST_L2, 5)
    beyond = (away > max(4.0, 9 * unit)) & (away < max(9.0, 26 * unit))
    # What full light leaves outside the rim, carried to it from there; a shadow never makes it lighter.
    now, before = (_mean(picture, beyond, 10 * unit, reduce=4 if unit > 0.4 else 1) for picture in (frame, own))
    shaded = np.clip(np.where(before > 0, now / np.maximum(before, 1), 1), 0.2, 1)
    few = max(0.8, 3 * unit)
    seen, expected = _mean(frame, ring, few)[ring], _mean(own * shaded, ring, few)[ring]
    return Halo(delta_e(frame[ring], own[ring]), delta_e(seen, expected))


def _mean(
    picture: NDArray[np.float32], where: NDArray[np.bool_], sigma_px: float, reduce: int = 1
) -> NDArray[np.float32]:
    """(H, W, 3) Gaussian mean over the pixels of ``where`` only, computed at a reduced size; 0 where none is near."""
    import cv2

    size = where.shape[1::-1]
    weight = where.astype(np.float32)
    both = np.dstack([picture * weight[..., None], weight])
    if reduce > 1:
        small = (max(1, size[0] // reduce), max(1, size[1] // reduce))
        both = cv2.resize(both, small, interpolation=cv2.INTER_AREA)
    both = cv2.GaussianBlur(both, (0, 0), sigma_px / reduce)
    weights = both[..., 3:]
    mean = np.where(weights > 1e-4, both[..., :3] / np.maximum(weights, 1e-4), 0)
    return cv2.resize(mean, size, interpolation=cv2.INTER_LINEAR) if reduce > 1 else mean
