"""Skin that is not the face: neck, throat, ears, shoulders, arms and hands, changed with it so that no seam shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import skin
from studio.animatic.face.planes import between, opened, unit
from studio.animatic.face.skin import SkinModel

_SHADE = np.array([22.0, 8.0, 9.0], np.float32)
"""How far skin of the body may lie from the face's: a neck in the chin's shade, hands and ears redder, arms tanned."""


def find(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32],
    model: SkinModel,
    ipd_px: float,
    without: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """(h, w) 0..1 skin by colour, anywhere on the person.

    Parameters
    ----------
    rgb : (h, w, 3) 0..255
    alpha : (h, w) 0..1 the person
    model : colours of the face
    ipd_px : distance of the eyes, the scale of everything
    without : (h, w) 0..1 what is known to be something else: the face itself, hair, cloth
    """
    import cv2

    height, width = alpha.shape
    step = max(1, round(ipd_px / 28))
    size = (-(-width // step), -(-height // step))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    lab = skin.to_lab(small)
    # in shade and in the light skin keeps its hue, and its colour goes with its lightness
    light, red, yellow = cv2.split(lab)
    dim = np.clip(light * np.float32(0.6 / max(float(model.lab[0]), 1.0)), 0.6 * 0.35, 0.6 * 1.3) + np.float32(0.4)
    # strong colour, in warm light, varies more
    wide = np.maximum(np.maximum(1.5 * model.spread, _SHADE), 0.3 * np.abs(model.lab))
    planes = (light - model.lab[0], red - model.lab[1] * dim, yellow - model.lab[2] * dim)
    off = sum((plane * np.float32(1 / width)) ** 2 for plane, width in zip(planes, wide, strict=True))
    like = cv2.exp(off * np.float32(-0.5))
    # cloth has a weave, and grey has no hue: skin is never without red
    like *= np.clip((red - np.float32(0.35 * model.lab[1])) * np.float32(1 / 3.0), 0, 1)
    like *= cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    if without is not None:
        like *= 1 - cv2.resize(without, size, interpolation=cv2.INTER_AREA)
    # single threads of cloth are no skin, and a wrinkle is no hole
    kernel = np.ones((3, 3), np.uint8)
    calm = opened(cv2.morphologyEx(unit((like - np.float32(0.2)) * np.float32(1 / 0.35)), cv2.MORPH_CLOSE, kernel), 1)
    soft = cv2.GaussianBlur(calm, (0, 0), 0.7)
    full = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    full *= alpha
    return full if without is None else full * (1 - without)


def with_face(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32],
    head: NDArray[np.float32],
    model: SkinModel,
    ipd_px: float,
    without: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(h, w) 0..1 neck, decolletage and ears: body skin that hangs together with the face.

    Parameters
    ----------
    head : (h, w, 2) head coordinates (right, down) in ipd
    without : (h, w) 0..1 face, hair and glasses
    """
    import cv2

    found = find(rgb, alpha, model, ipd_px, without)
    step = max(1, round(ipd_px / 10))
    size = (-(-alpha.shape[1] // step), -(-alpha.shape[0] // step))
    low = cv2.resize(found, size, interpolation=cv2.INTER_AREA)
    # head coordinates are even: read in the middle of a cell they are its mean
    x, y = cv2.split(cv2.resize(head, size, interpolation=cv2.INTER_LINEAR))
    throat = np.clip((0.9 - np.abs(x)) / 0.3, 0, 1) * np.clip((y - 1.1) / 0.3, 0, 1) * np.clip((2.6 - y) / 0.3, 0, 1)
    ears = np.clip((0.35 - np.abs(np.abs(x) - 1.25)) / 0.12, 0, 1) * np.clip((0.75 - np.abs(y - 0.2)) / 0.2, 0, 1)
    kept, nearest = np.minimum(low, np.maximum(throat, ears)), np.ones((3, 3), np.uint8)
    for _ in range(30):  # what can be reached over skin (grey-scale reconstruction, Vincent 1993)
        kept = cv2.min(cv2.dilate(kept, nearest), low)
    share = np.clip((cv2.dilate(kept, np.ones((3, 3), np.uint8)) + 0.02) / (low + 0.02), 0, 1)
    # nothing ends where the picture does
    share *= np.clip((float(y.max()) - y) / 0.6, 0, 1) * np.clip((float(np.abs(x).max()) - np.abs(x)) / 0.4, 0, 1)
    return found * cv2.resize(share, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)


def beyond(body: NDArray[np.float32], part: tuple[slice, slice], ipd_px: float) -> NDArray[np.float32]:
    """The body's skin outside the face's part of the picture, in which `young` evens the neck with the face.

    Both fade into each other over a third of an ipd at the part's lower edge.
    """
    rows = np.arange(part[0].stop - part[0].start, dtype=np.float32)[::-1, None] / (0.35 * ipd_px)
    out = body.copy()
    out[part] *= 1 - np.clip(rows, 0, 1)
    return out


def tone_of(
    before: NDArray[np.float32], after: NDArray[np.float32], face_skin: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(3,) how the face's colour has changed: factor of L*, shift of a* and b*; means over its skin.

    Parameters
    ----------
    before, after : (h, w, 3) RGB 0..255 of the face
    face_skin : (h, w) 0..1
    """
    total = float(face_skin.sum())
    if total < 20:
        return np.array([1, 0, 0], np.float32)
    one, two = ((skin.to_lab(rgb) * face_skin[..., None]).sum((0, 1)) / total for rgb in (before, after))
    return np.array([two[0] / max(float(one[0]), 1.0), *(two[1:] - one[1:])], np.float32)


def tone(rgb: NDArray[np.float32], body: NDArray[np.float32], change: NDArray[np.float32]) -> None:
    """Change body skin as the face was changed, in place.

    Parameters
    ----------
    rgb : (h, w, 3) 0..255
    body : (h, w) 0..1
    change : from `tone_of`
    """
    import cv2

    left, top, width, height = cv2.boundingRect((body > 0.01).astype(np.uint8))
    if width == 0 or height == 0:
        return
    part = np.s_[top : top + height, left : left + width]
    lab = skin.to_lab(rgb[part])
    mask = body[part]
    lab[..., 0] *= 1 + (change[0] - 1) * mask
    lab[..., 1] += change[1] * mask
    lab[..., 2] += change[2] * mask
    rgb[part] = between(rgb[part], skin.to_rgb(lab), np.clip(3 * mask, 0, 1))
