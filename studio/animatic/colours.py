"""Colours of the user, from which the double is dressed: skin, hair, garment, trousers, a piece of cloth."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.animatic.hairstyle import OwnHair, read_hair, unknown_hair
from studio.core.frames import Frame
from studio.core.people import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER
from studio.core.settings import Rgb

_SKIN_POINTS = (50, 280, 205, 425, 151, 9)  # cheeks, forehead, between the brows: skin on nearly everybody
_BROW_TOP, _CHIN = 10, 152


_MIDDLE, _ROOTS = (20, 75), (2, 28)
"""Percentiles of luma: highlights would make dark hair grey, roots fair hair dark."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Median colours, RGB 0..255.

    ``exposure`` says how bright the place is, 1 in good light: cloth that is not in the footage has to be darkened by
    it.  ``own_hair`` is the style as this frame shows it.
    ``cloth`` is a piece of the user's top as factors of its colour, (n, n, 3) float32 of mean 1, ``cloth_share`` its
    side in shoulder widths; None where the top was not seen.
    """

    skin: Rgb
    hair: Rgb
    garment: Rgb
    trousers: Rgb
    exposure: float = 1.0
    own_hair: OwnHair = field(default_factory=unknown_hair)
    cloth: NDArray[np.float32] | None = field(default=None, compare=False)
    cloth_share: float = 0.0


def sample_palette(
    frame: Frame, face_px: NDArray, pose_px: NDArray, matte: NDArray[np.float32], head_top_px: float
) -> Palette:
    """Read the colours off one clip frame.

    Parameters
    ----------
    frame : (H, W, 3) uint8
    face_px : (478, 3), pose_px : (33, 3), both in pixels of ``frame``
    matte : (h, w) float32 0..1 of the whole frame
    head_top_px : y of the top of the head
    """
    import cv2

    height, width = frame.shape[:2]
    person = cv2.resize(matte, (width, height), interpolation=cv2.INTER_LINEAR)
    skin = _median([_patch(frame, face_px[i, 0], face_px[i, 1], 3) for i in _SKIN_POINTS], (190, 150, 125))
    ear = float(np.linalg.norm(face_px[234, :2] - face_px[454, :2]))
    centre_x, brow_y, chin_y = float(face_px[_BROW_TOP, 0]), float(face_px[_BROW_TOP, 1]), float(face_px[_CHIN, 1])
    hair = _hair_colour(frame, person, centre_x, head_top_px, brow_y, ear, skin)
    # What is dark is surely hair: styles are read against that, fair strands pass for skin.
    roots = _hair_colour(frame, person, centre_x, head_top_px, brow_y, ear, skin, _ROOTS, 40)
    mid = (pose_px[LEFT_SHOULDER, :2] + pose_px[RIGHT_SHOULDER, :2]) / 2
    hip = (pose_px[LEFT_HIP, :2] + pose_px[RIGHT_HIP, :2]) / 2
    half = 0.18 * abs(float(pose_px[LEFT_SHOULDER, 0] - pose_px[RIGHT_SHOULDER, 0]))
    garment = _box_median(
        frame, person, mid + 0.30 * (hip - mid), half, 0.12 * float(np.linalg.norm(hip - mid)), (120, 120, 125)
    )
    trousers = _box_median(
        frame, person, hip + 0.30 * (hip - mid), half, 0.10 * float(np.linalg.norm(hip - mid)), (58, 66, 84)
    )
    length = _hair_below_chin(frame, person, face_px, roots, skin, ear, chin_y, head_top_px)
    own = read_hair(frame, face_px, person, head_top_px, roots, skin, garment, length)
    cloth, share = _cloth(frame, person, mid + 0.30 * (hip - mid), 2 * half / 0.36)
    return Palette(skin, hair, garment, trousers, _exposure(frame), own, cloth, share)


def _cloth(
    frame: Frame, person: NDArray, centre: NDArray, shoulders_px: float
) -> tuple[NDArray[np.float32] | None, float]:
    """A square of the user's top without its shading: (factors of the colour with mean 1, side in shoulder widths)."""
    import cv2

    side = int(np.clip(0.30 * shoulders_px, 0, 160))
    x0, y0 = int(centre[0] - side / 2), int(centre[1] - side / 2)
    if side < 24 or x0 < 0 or y0 < 0 or x0 + side > frame.shape[1] or y0 + side > frame.shape[0]:
        return None, 0.0
    if (person[y0 : y0 + side, x0 : x0 + side] < 0.8).mean() > 0.02:
        return None, 0.0
    piece = frame[y0 : y0 + side, x0 : x0 + side].astype(np.float32) + 2
    factors = piece / cv2.GaussianBlur(piece, (0, 0), side / 4)  # what is larger is fold and light, not pattern
    factors = np.clip(factors / factors.mean((0, 1)), 0.6, 1.6).astype(np.float32)
    return factors / factors.mean((0, 1)), side / shoulders_px


def _exposure(frame: Frame) -> float:
    """How bright white would be: nearly every lit place has something near white in it; 0.45 to 1."""
    luma = frame[::4, ::4] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return float(np.clip(np.percentile(luma, 96) / 215, 0.45, 1.0))


def _patch(frame: Frame, x: float, y: float, half: int) -> NDArray[np.uint8]:
    x0, y0 = max(0, int(x) - half), max(0, int(y) - half)
    return frame[y0 : y0 + 2 * half + 1, x0 : x0 + 2 * half + 1].reshape(-1, 3)


def _median(parts: list[NDArray[np.uint8]], otherwise: Rgb) -> Rgb:
    pixels = np.concatenate(parts) if parts else np.empty((0, 3))
    if len(pixels) < 4:
        return otherwise
    red, green, blue = np.median(pixels, axis=0)
    return int(red), int(green), int(blue)


def _box_median(frame: Frame, person: NDArray, centre: NDArray, half_w: float, half_h: float, otherwise: Rgb) -> Rgb:
    x0, x1 = int(centre[0] - half_w), int(centre[0] + half_w) + 1
    y0, y1 = int(centre[1] - half_h), int(centre[1] + half_h) + 1
    x0, y0 = max(0, x0), max(0, y0)
    box, inside = frame[y0:y1, x0:x1], person[y0:y1, x0:x1] > 0.8
    return _median([box[inside]], otherwise) if box.size and inside.any() else otherwise


def _hair_colour(
    frame: Frame,
    person: NDArray,
    x: float,
    top: float,
    brow: float,
    ear: float,
    skin: Rgb,
    tones: tuple[int, int] = _MIDDLE,
    unlike_skin: int = 26,
) -> Rgb:
    """Median of the tones between the top of the head and the hair line, skin-like pixels left out."""
    y0, y1 = int(top + 0.1 * (brow - top)), int(top + 0.8 * (brow - top)) + 1
    x0, x1 = int(x - 0.28 * ear), int(x + 0.28 * ear) + 1
    box = frame[max(0, y0) : y1, max(0, x0) : x1]
    inside = person[max(0, y0) : y1, max(0, x0) : x1] > 0.8
    pixels = box[inside].astype(np.float32) if box.size else np.empty((0, 3), np.float32)
    far = (
        np.linalg.norm(pixels - np.array(skin, np.float32), axis=1) > unlike_skin if len(pixels) else np.zeros(0, bool)
    )
    if far.sum() < 12:  # a shaved head, or no room above the brow
        dark = np.array(skin) * np.array([0.34, 0.30, 0.28])
        return int(dark[0]), int(dark[1]), int(dark[2])
    pixels = pixels[far]
    luma = pixels @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    low, high = np.percentile(luma, tones)
    return _median([pixels[(luma >= low) & (luma <= high)]], (60, 45, 36))


def _hair_below_chin(
    frame: Frame, person: NDArray, face_px: NDArray, hair: Rgb, skin: Rgb, ear: float, chin_y: float, top: float
) -> float:
    """How far hair-coloured person pixels reach down beside the neck, in head heights below the chin (0 when they
    do not)."""
    import cv2

    head = max(8.0, chin_y - top)
    x = float(face_px[_CHIN, 0])
    longest = 0.0
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB).astype(np.float32)

    def to_lab(rgb: Rgb) -> NDArray[np.float32]:
        return cv2.cvtColor(np.array([[rgb]], np.uint8), cv2.COLOR_RGB2LAB)[0, 0].astype(np.float32)

    want, avoid = to_lab(hair), to_lab(skin)
    for side in (-1, 1):
        x0 = int(x + side * 0.62 * ear - 0.12 * ear)
        x1 = int(x0 + 0.24 * ear) + 1
        y0, y1 = int(chin_y - 0.25 * head), int(chin_y + 1.2 * head)
        if x0 < 0 or y0 < 0:
            continue
        box = lab[y0:y1, x0:x1]
        if not box.size:
            continue
        like = (np.linalg.norm(box - want, axis=2) < 28) & (np.linalg.norm(box - avoid, axis=2) > 30)
        like &= person[y0:y1, x0:x1] > 0.5
        rows = like.mean(1) > 0.3
        length = int(np.argmin(rows)) if not rows.all() else len(rows)
        longest = max(longest, (y0 + length - chin_y) / head)
    return max(0.0, longest)
