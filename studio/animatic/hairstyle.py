"""How the user wears their hair, read off one frame of the face from the front.

What is behind the head cannot be seen; the style follows from what can: hair beside the cheeks and the neck, skin or
cloth where hair would be, how restless the hair is.  Every reading has a confidence; `agreed` settles several frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.settings import Rgb

HairStyle = Literal["short", "bob", "long", "tied", "curly", "thin", "bald", "covered"]
_HAIR_TOP, _CHIN, _LEFT, _RIGHT = 10, 152, 234, 454
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class OwnHair:
    """A style and how sure it is, 0 to 1; ``below_chin`` is the length in head heights below the chin."""

    style: HairStyle
    confidence: float
    below_chin: float


@dataclass(frozen=True, slots=True)
class _Views:
    """Shares of hair and skin, and restlessness, in the places that tell styles apart; nan where nothing was seen."""

    skin_on_top: float
    beside_cheeks: float
    beside_neck: float
    throat_like_top: float
    restless: float
    chroma: float
    contrast: float


def unknown_hair() -> OwnHair:
    """Nothing was read."""
    return OwnHair("short", 0.0, 0.0)


def by_length(below_chin: float) -> HairStyle:
    """The style that only the length tells."""
    return "long" if below_chin > 0.15 else "bob" if below_chin > 0.03 else "short"


def read_hair(
    frame: Frame,
    face_px: NDArray,
    person: NDArray[np.float32],
    top_px: float,
    hair: Rgb,
    skin: Rgb,
    garment: Rgb,
    below_chin: float,
) -> OwnHair:
    """The style in one clip frame.

    Parameters
    ----------
    frame : (H, W, 3) uint8
    face_px : (478, 3) pixels
    person : (H, W) float32 matte
    top_px : y of the top of the head
    hair, skin, garment : sampled colours
    below_chin : length beside the neck in head heights
    """
    views = _look(frame, face_px, person, top_px, hair, skin, garment)
    style, confidence = _decide(views, below_chin)
    return OwnHair(style, confidence, below_chin)


def agreed(readings: Sequence[OwnHair]) -> OwnHair:
    """One reading of several frames: the median length, and the style with most confidence behind it."""
    below = float(np.median([r.below_chin for r in readings]))
    votes: dict[HairStyle, float] = {}
    for r in readings:
        votes[r.style] = votes.get(r.style, 0.0) + r.confidence / len(readings)
    style = max(votes, key=lambda s: votes[s])
    if style == "bob" and by_length(below) == "short":
        return OwnHair("bob", votes[style], below)
    if style in ("short", "bob", "long") or votes[style] < _SURE * 0.8:
        return OwnHair(by_length(below), 1.0 if style == by_length(below) else 0.4, below)
    return OwnHair(style, min(1.0, votes[style]), below)


def _decide(v: _Views, below_chin: float) -> tuple[HairStyle, float]:
    """Style and confidence; what is unusual has to be sure, else the length decides."""
    plain = by_length(below_chin)
    covered = float(np.clip((v.throat_like_top - 0.35) / 0.35, 0, 1)) * float(np.clip((1.3 - 0.4 * v.restless), 0.3, 1))
    covered = max(covered, float(np.clip((v.chroma - 34) / 16, 0, 1)))  # no hair is that colourful
    if covered > _SURE:
        return "covered", covered
    bald = float(np.clip((v.skin_on_top - 0.45) / 0.35, 0, 1))
    if bald > _SURE:
        return "bald", bald
    curly = float(np.clip((v.restless - 2.3) / 0.5, 0, 1))
    if curly > _SURE:
        return "curly", curly
    swept = float(np.clip((0.30 - v.beside_cheeks) / 0.22, 0, 1))
    tail = float(np.clip((v.beside_neck - 0.03) / 0.08, 0, 1)) * v.contrast
    if min(swept, tail) > _SURE:
        return "tied", min(swept, tail)
    if plain == "short" and v.beside_cheeks > 0.5 and v.beside_neck > 0.3:
        return "bob", 0.6
    return plain, 0.6


def _look(frame: Frame, face: NDArray, person: NDArray, top: float, hair: Rgb, skin: Rgb, garment: Rgb) -> _Views:
    import cv2

    ear = float(np.linalg.norm(face[_LEFT, :2] - face[_RIGHT, :2]))
    x, brow, chin = float(face[_HAIR_TOP, 0]), float(face[_HAIR_TOP, 1]), float(face[_CHIN, 1])
    head = max(chin - top, 8.0)
    x0, x1 = max(0, int(x - 1.1 * ear)), min(frame.shape[1], int(x + 1.1 * ear) + 1)
    y0, y1 = max(0, int(top - 0.05 * head)), min(frame.shape[0], int(chin + 0.6 * head) + 1)
    if x1 - x0 < 12 or y1 - y0 < 12:
        return _Views(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    crop = cv2.GaussianBlur(frame[y0:y1, x0:x1], (0, 0), max(0.6, ear / 250))
    lab = cv2.cvtColor(crop, cv2.COLOR_RGB2LAB).astype(np.float32)
    on = person[y0:y1, x0:x1] > 0.6
    of_hair, of_skin = _to_lab(hair), _to_lab(skin)
    weights = np.array([0.6, 1.4, 1.4], np.float32)  # shade changes lightness, not what a thing is
    to_hair = np.linalg.norm((lab - of_hair) * weights, axis=2)
    to_skin = np.linalg.norm((lab - of_skin) * weights, axis=2)
    rows, columns = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    oval = cv2.convexHull(np.rint(face[:468, :2] - (x0, y0)).astype(np.int32))
    inside = np.zeros(on.shape, np.uint8)
    cv2.fillConvexPoly(inside, oval, 1)
    away = np.abs(columns - x) / np.float32(ear)

    def share(of: NDArray, where: NDArray) -> float:
        where = where & on
        return float(of[where].mean()) if where.sum() >= 20 else 0.0

    cap = (rows > top + 0.10 * (brow - top)) & (rows < top + 0.75 * (brow - top)) & (away < 0.30)
    is_hair, is_skin = (to_hair < to_skin) & (to_hair < 34), (to_skin < to_hair) & (to_skin < 26)
    eyes, mouth = float(face[33, 1]), float(face[13, 1])
    cheeks = (rows > eyes) & (rows < mouth) & (inside == 0) & (away > 0.46) & (away < 0.66)
    # cheeks that end with the person have no hair beside them: what is missing counts as free
    free = cheeks & (away < 0.62)
    beside = float((is_hair & on)[free].mean()) if free.sum() >= 20 else 0.0
    neck = (rows > chin - 0.15 * head) & (rows < chin + 0.16 * head) & (away > 0.36) & (away < 0.72) & (inside == 0)
    to_garment = np.linalg.norm((lab - _to_lab(garment)) * weights, axis=2)
    is_tail = is_hair & (to_hair < 20) & (to_hair < 0.8 * to_garment) & (to_hair < 0.6 * to_skin)
    throat = (rows > chin + 0.10 * head) & (rows < chin + 0.28 * head) & (away < 0.16)
    near_top = (to_hair < 20) & (to_hair < 0.6 * to_skin) & (to_hair < 0.9 * to_garment)
    throat_like = share(near_top & ~is_skin, throat) * share(near_top, cap)
    middle = lab[cap & on]
    chroma = float(np.median(np.hypot(middle[:, 1] - 128, middle[:, 2] - 128))) if len(middle) >= 20 else 0.0
    return _Views(
        share(is_skin, cap),
        beside,
        share(is_tail, neck),
        throat_like,
        _restless(lab[..., 0], cap & on & is_hair, ear),
        chroma,
        # a neck in shade looks like dark hair where skin is dark too
        float(np.clip((np.linalg.norm((of_hair - of_skin) * weights) - 27) / 16, 0, 1)),
    )


def _restless(luma: NDArray[np.float32], where: NDArray[np.bool_], ear_px: float) -> float:
    """How much strands disagree in direction, weighed by their contrast: combed hair below 2, curls above 2.5.

    Coherence of the structure tensor: J. Bigun, G. Granlund, 1987.
    """
    import cv2

    if where.sum() < 60 or ear_px < 60:
        return 0.0
    gx, gy = (cv2.Sobel(luma, cv2.CV_32F, *d, ksize=3, scale=0.25) for d in ((1, 0), (0, 1)))
    sigma = 0.07 * ear_px
    xx, yy, xy = (cv2.GaussianBlur(p, (0, 0), sigma) for p in (gx * gx, gy * gy, gx * gy))
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy * xy) / (xx + yy + np.float32(1e-3))
    contrast = np.sqrt(xx + yy) / (cv2.GaussianBlur(luma, (0, 0), sigma) + 8)
    return float(3.2 * (1 - np.median(coherence[where])) * np.clip(np.median(contrast[where]) / 0.055, 0, 1.2))


def _to_lab(rgb: Rgb) -> NDArray[np.float32]:
    import cv2

    return cv2.cvtColor(np.array([[rgb]], np.uint8), cv2.COLOR_RGB2LAB)[0, 0].astype(np.float32)
