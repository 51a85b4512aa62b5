"""Lips, brows, lashes and eyes of the old: paler, sparser, duller.  Changed in place, in the rows that hold them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.planes import between, times
from studio.animatic.face.skin import BROW, EYES, GAMMA, LIPS, MOTTLE, OPENING

LUMA = np.array([0.30, 0.59, 0.11], np.float32)
# natural logs in linear light: the white of the eye yellows, and so do teeth
_SCLERA_RGB = np.array([-0.13, -0.19, -0.52], np.float32)
_TEETH_RGB = np.array([-0.08, -0.12, -0.30], np.float32)


def fade(
    rgb: NDArray[np.float32],
    carried: NDArray[np.float32],
    free: NDArray[np.float32],
    amount: float,
    typical: NDArray[np.float32],
    detail: float,
    ipd_px: float,
) -> None:
    """Change all of them; ``rgb`` (h, w, 3) 0..255.

    Parameters
    ----------
    carried : (h, w, 14) the atlas
    free : (h, w) 0..1, 0 where something lies before the face
    amount : 0 none to 1 (75 years)
    typical : (3,) the skin's middle colour
    detail : 0..1, how much the picture shows of an eye; in a small one lid, lash and iris are one
    """
    level = float(typical @ LUMA)
    eyes = _box(carried[..., EYES] + carried[..., BROW])
    _eyes(rgb[eyes], carried[eyes], amount * free[eyes], typical, level, detail, ipd_px)
    lips = _box(carried[..., LIPS])
    _lips(rgb[lips], carried[lips][..., LIPS], amount * free[lips], typical, level, ipd_px)


_LID_IPD = 0.03
"""How far the lid comes down by 75; the opening is about 0.15 high; by eye on old portraits."""


def _box(mask: NDArray[np.float32]) -> tuple[slice, slice]:
    """Rows and columns where there is anything; nothing at all gives an empty box."""
    rows, columns = np.flatnonzero(mask.max(1) > 0), np.flatnonzero(mask.max(0) > 0)
    if not len(rows):
        return np.s_[0:0, 0:0]
    return np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _eyes(
    rgb: NDArray[np.float32],
    carried: NDArray[np.float32],
    amount: NDArray[np.float32],
    typical: NDArray[np.float32],
    level: float,
    detail: float,
    ipd_px: float,
) -> None:
    """Yellower whites, a veil on the iris (arcus), fewer lashes and brow hairs, lids that are not sore."""
    if rgb.size == 0:
        return
    import cv2

    luma = cv2.transform(rgb, LUMA[None])
    opening, lid = carried[..., OPENING], carried[..., EYES]
    white = np.clip((luma / level - 0.45) / 0.35, 0, 1)
    # what shines far above the skin is white as well, and more of it
    log = amount * opening * (white + np.clip(luma / level - 1.1, 0, 1))
    rgb *= cv2.exp(cv2.transform(log, (_SCLERA_RGB / GAMMA)[:, None]))
    _towards(rgb, 0.04 * detail * amount * opening * (1 - white), level * np.array([0.62, 0.64, 0.66], np.float32))
    dark = np.clip((0.72 * level - luma) / (0.35 * level), 0, 1)
    lashes = 0.08 * detail * amount * dark * np.clip(lid - 1.2 * opening, 0, 1)
    # brows thin out in gaps
    gaps = np.clip(1 + 0.5 * carried[..., MOTTLE], 0, 2)
    brows = np.minimum(0.28 * amount * gaps, 0.7) * dark * np.clip(1.2 * carried[..., BROW], 0, 1)
    _towards(rgb, np.maximum(lashes, brows), 0.86 * typical)
    # lids in shade are red in a small picture; drawn large they would look sore
    calm = cv2.transform(cv2.transform(rgb, LUMA[None]), (0.5 + 0.5 * typical / level).astype(np.float32)[:, None])
    rgb[:] = between(rgb, calm, 0.40 * amount * lid * (1 - opening))
    _hang(rgb, opening, amount, typical, ipd_px)


def _towards(rgb: NDArray[np.float32], share: NDArray[np.float32], colour: NDArray[np.float32]) -> None:
    """A share (h, w) of one colour (3,) in place of the picture's, in place."""
    import cv2

    rgb += cv2.transform(share, colour[:, None]) - times(rgb, share)


def _hang(
    rgb: NDArray[np.float32],
    opening: NDArray[np.float32],
    amount: NDArray[np.float32],
    typical: NDArray[np.float32],
    ipd_px: float,
) -> None:
    """The upper lid hangs over the eye: its shade takes the top of the opening."""
    down = _LID_IPD * ipd_px
    whole, share = int(down), down - int(down)
    above = np.zeros_like(opening)
    for rows, weight in ((whole, 1 - share), (whole + 1, share)):
        above[rows:] += weight * opening[: opening.shape[0] - rows]
    shade = 0.75 * np.minimum(amount, 1) * np.clip(opening - above, 0, 1)
    rgb += shade[..., None] * np.minimum(0.42 * typical - rgb, 0)


def _lips(
    rgb: NDArray[np.float32],
    lips: NDArray[np.float32],
    amount: NDArray[np.float32],
    typical: NDArray[np.float32],
    level: float,
    ipd_px: float,
) -> None:
    """Paler and nearer to skin, most at their rim; teeth, which are not red, a little yellower."""
    if rgb.size == 0:
        return
    import cv2

    luma = rgb @ LUMA
    redness = rgb[..., 0] / (rgb[..., 1] + 8) / (typical[0] / (typical[1] + 8))
    red = np.clip((redness - 0.86) / 0.10, 0, 1) * lips
    # thin lips: the rim becomes skin, in its light, and the red is what is left between
    inner = cv2.GaussianBlur(lips, (0, 0), max(0.5, 0.045 * ipd_px))
    rim = np.clip((0.92 - inner) / 0.35, 0, 1)
    weight = np.minimum(amount * red * (0.62 + 0.30 * rim), 0.95)
    # as light as the skin round the mouth, in its light and shade
    bare = np.clip(1 - 1.5 * lips, 0, 1) + np.float32(1e-3)
    around = cv2.GaussianBlur(luma * bare, (0, 0), 0.09 * ipd_px) / cv2.GaussianBlur(bare, (0, 0), 0.09 * ipd_px)
    bright = luma + (0.25 + 0.35 * rim) * (0.82 * np.minimum(around, level) - luma)
    target = bright[..., None] * (typical / level * np.array([1.04, 0.97, 0.94], np.float32))
    rgb += weight[..., None] * (target - rgb)
    teeth = amount * np.clip(lips - red, 0, 1) * np.clip((luma / level - 0.5) / 0.3, 0, 1)
    rgb *= np.exp(teeth[..., None] * (_TEETH_RGB / GAMMA))
