"""Arms and hands change with the face: the same change of tone, and their relief softened or brought out.

Tendons, knuckles and folds are there in every hand; with age the skin over them thins, so their light and dark grow
stronger, and a child's hand is round and even (hands look their age by this first: Jakubietz et al. 2008).  Nothing is
painted on, so nothing can slide.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh, skin
from studio.animatic.face.planes import times, tripled
from studio.animatic.face.reager import Reager
from studio.core.frames import Frame

_NECK_IPD = (1.2, 2.8)
"""Below the chin: the head's own colours end there, and those of the limbs begin."""
_BESIDE_IPD = (2.4, 3.6)
_RELIEF_IPD = 0.09
"""Scale of knuckles and tendons."""
_OLD_GAIN, _YOUNG_LOSS = 0.55, 0.5
"""Most that relief grows and fades, by eye on hands of 20 to 60 pixels."""


def limb_change(
    small: Frame,
    alpha: NDArray[np.float32],
    reager: Reager,
    face_px: NDArray,
    head: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> tuple[tuple[int, int, int, int], NDArray[np.float32], NDArray[np.float32]] | None:
    """New colours of the bare arms and hands.

    Parameters
    ----------
    small : (h, w, 3) uint8
    alpha : (h, w) 0..1 the person
    face_px : (478, 3) landmarks in it
    head : (m, n, 3) the head's colours before and after

    Returns
    -------
    box (x0, y0, x1, y1), colours before and after (h, w, 3) float32 in it; None when no skin is bare
    """
    import cv2

    sitter = reager.sitter
    tone = _tone(head[0], head[1], sitter.skin)
    relief = _OLD_GAIN * float(np.clip(sitter.ages.worn, 0, 1.2)) - _YOUNG_LOSS * float(sitter.ages.younger)
    if abs(relief) < 0.02 and np.abs(tone - 1).max() < 0.01:
        return None
    height, width = small.shape[:2]
    pose = mesh.pose_of(face_px, sitter.ages.sex)
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    below = _step((y - face_px[mesh.CHIN, 1]) / pose.ipd_px, *_NECK_IPD)
    beside = _step(np.abs(x - pose.centre_px[0]) / pose.ipd_px, *_BESIDE_IPD)
    place = alpha * (1 - (1 - below) * (1 - beside))
    near = cv2.boundingRect((place > 0.05).astype(np.uint8))
    if min(near[2:]) < 4:
        return None
    box = np.s_[near[1] : near[1] + near[3], near[0] : near[0] + near[2]]
    before = small[box].astype(np.float32)
    like = skin.skin_likeness(skin.to_lab(before), sitter.skin)
    mask = place[box] * np.clip((like - 0.35) / 0.3, 0, 1)
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.03 * pose.ipd_px))
    if float(mask.max()) < 0.3:
        return None
    # averages within the skin only, or the sleeve would shine into the arm
    sigma = max(0.8, _RELIEF_IPD * pose.ipd_px)
    weight = cv2.GaussianBlur(mask, (0, 0), sigma) + np.float32(1e-3)
    level = times(cv2.GaussianBlur(times(before, mask), (0, 0), sigma), 1 / weight)
    after = level * tone + (before - level) * np.float32(1 + relief)
    after = before + tripled(mask) * (after - before)
    return (near[0], near[1], near[0] + near[2], near[1] + near[3]), before, after


def _tone(before: NDArray[np.float32], after: NDArray[np.float32], model: skin.SkinModel) -> NDArray[np.float32]:
    """(3,) by how much the face's skin became brighter, channel by channel; hands less than the face."""
    like = skin.skin_likeness(skin.to_lab(before[::2, ::2]), model) > 0.6
    if like.sum() < 50:
        return np.ones(3, np.float32)
    ratio = (after[::2, ::2][like] + 8) / (before[::2, ::2][like] + 8)
    return (1 + 0.7 * (np.median(ratio, axis=0) - 1)).clip(0.8, 1.2).astype(np.float32)


def _step(at: NDArray, start: float, stop: float) -> NDArray:
    share = np.clip((at - start) / (stop - start), 0, 1)
    return share * share * (3 - 2 * share)
