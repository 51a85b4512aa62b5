"""Other clothes for the other self where the dye of the re-ager does not go: trousers, and shirts without colour.

Premultiplied cut-outs in and out.  What is changed is told by colour alone, so it stays away from whatever else might
have it: shirts of nearly the hair's colour keep theirs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Patch
from studio.core.settings import Rgb

_LIKE_HAIR = 26.0
"""Delta E under which cloth cannot be told from hair."""


def _lab(colour: Rgb) -> NDArray[np.float32]:
    import cv2

    return cv2.cvtColor(np.array([[colour]], np.float32) / 255, cv2.COLOR_RGB2LAB)[0, 0]


def _far(lab: NDArray[np.float32], colour: NDArray[np.float32], light: float) -> NDArray[np.float32]:
    """Distance to a colour; lightness of folds and washed cloth varies by ``light``, hue little."""
    chroma = np.hypot(lab[..., 1] - colour[1], lab[..., 2] - colour[2]) / 15
    return np.hypot((lab[..., 0] - colour[0]) / light, chroma)


def _split(part: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Straight RGB 0..255, its L*a*b*, and alpha 0..1 of premultiplied rows."""
    import cv2

    alpha = part[..., 3:].astype(np.float32) / 255
    rgb = np.clip(part[..., :3] / np.maximum(alpha, 0.02), 0, 255)
    return rgb, cv2.cvtColor(np.float32(rgb / 255), cv2.COLOR_RGB2LAB), alpha


def _laid(patch: Patch, rows: slice, rgb: NDArray, lab: NDArray, alpha: NDArray, weight: NDArray) -> Patch:
    """The patch with ``lab`` in place of ``rgb`` in some rows, by weight (h, w)."""
    import cv2

    new = 255 * cv2.cvtColor(np.float32(lab), cv2.COLOR_LAB2RGB)
    mixed = rgb + weight[..., None] * (new - rgb)
    rgba = patch.rgba.copy()
    rgba[rows, :, :3] = np.minimum(np.clip(mixed * alpha + 0.5, 0, 255).astype(np.uint8), rgba[rows, :, 3:])
    return Patch(rgba, patch.x_px, patch.y_px)


def other_trousers(body: Patch, hip_px: float, ipd_px: float, trousers: Rgb, shirt: Rgb) -> Patch:
    """Two people do not wear one pair of trousers: what has their colour from the waist down is made grey.

    Parameters
    ----------
    hip_px : y of the hip joints, ``ipd_px`` the distance of the eyes, both in the pixels that the patch counts in
    trousers, shirt : as they are in the cut-out
    """
    import cv2

    top = int(np.clip(hip_px - 1.6 * ipd_px - body.y_px, 0, body.rgba.shape[0]))
    rows = slice(top, body.rgba.shape[0])
    if rows.stop - rows.start < 8:
        return body
    rgb, lab, alpha = _split(np.ascontiguousarray(body.rgba[rows]))
    own = _lab(trousers)
    down = np.arange(rgb.shape[0], dtype=np.float32)[:, None] / ipd_px
    # above the hips a shirt may have nearly that colour too
    doubt = np.maximum(1.5 - 0.8 * (_far(lab, _lab(shirt), 34) - _far(lab, own, 34)), 0)
    far = np.maximum(_far(lab, own, 34), (1 - np.clip((down - 1.2) / 0.7, 0, 1)) * doubt)
    alike = cv2.GaussianBlur(np.clip((1.5 - far) / 0.5, 0, 1) * alpha[..., 0], (0, 0), max(0.6, 0.03 * ipd_px))
    light = 0.78 * lab[..., 0] + (10 if own[0] < 30 else -4)
    changed = np.dstack([np.clip(light, 4, 96), 0.12 * lab[..., 1] + 1.5, 0.12 * lab[..., 2] + 5.0])
    return _laid(body, rows, rgb, changed, alpha, alike * np.clip(down / 0.6, 0, 1))


def other_shirt(
    patch: Patch, chin_px: float, hip_px: float, ipd_px: float, shirt: Rgb, wanted: Rgb, hair: Rgb | None
) -> Patch:
    """A shirt too dark to be dyed made a heather of the wanted colour, between chin and hips.

    Parameters
    ----------
    chin_px, hip_px, ipd_px : in the pixels that the patch counts in
    hair : where it hangs before the shirt: the shirt is left alone when the two cannot be told apart
    """
    import cv2

    own, target = _lab(shirt), _lab(wanted)
    if own[0] > 32 or (hair is not None and float(np.linalg.norm(own - _lab(hair))) < _LIKE_HAIR):
        return patch
    height = patch.rgba.shape[0]
    top, stop = (int(np.clip(y - patch.y_px, 0, height)) for y in (chin_px + 0.25 * ipd_px, hip_px))
    rows = slice(top, stop)
    if stop - top < 4:
        return patch
    rgb, lab, alpha = _split(np.ascontiguousarray(patch.rgba[rows]))
    alike = np.clip((1.4 - _far(lab, own, 20)) / 0.4, 0, 1) * alpha[..., 0]
    alike = cv2.GaussianBlur(alike, (0, 0), max(0.6, 0.03 * ipd_px))
    y = np.arange(stop - top, dtype=np.float32)[:, None] + top + patch.y_px
    fade = np.clip((y - chin_px) / ipd_px - 0.25, 0, 0.3) / 0.3 * np.clip((hip_px - y) / (0.25 * ipd_px), 0, 1)
    middle = float(np.clip(0.85 * target[0], 26, 52))
    light = np.clip(middle + 1.5 * (lab[..., 0] - own[0]), 4, 92)
    changed = np.dstack([light, np.full_like(light, 0.75 * target[1]), np.full_like(light, 0.75 * target[2])])
    return _laid(patch, rows, rgb, changed, alpha, alike * fade)
