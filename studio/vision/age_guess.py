"""How old the person looks: a few measures that anybody can check, drawn strongly towards a common answer.

    grey   : share of the hair that is bright and colourless (greying: Panhard et al. 2012)
    folds  : depth of the fold from nose to mouth, less where the mouth is wide: a smile makes the same fold
    lines  : fine structure under the eyes against that of the cheek, and of the forehead
    lips   : height of the lips' red, which thins with age (Iblher et al. 2008)

Each is turned into years by a line that is flat at both ends, so the guess is monotone in every measure.  The slopes
are set by hand on synthetic faces of known ages (two identities, adult and old).  It is not a trained estimator: on the
synthetic faces it is within a few years, on a handful of photographs it was off by 8 years on average and 20 at most,
and old faces without grey hair in sight are guessed too young.  So the answer stays between 20 and 70, and small or
blurred faces get `PRIOR_YEARS`.

Tried and left out: the mesh against the measured age displacement.  Between people it scatters as much as fifty years
change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame

PRIOR_YEARS = 30.0
"""What is said when nothing can be seen."""
YOUNGEST, OLDEST = 20.0, 70.0
_GREY = "grey hair"
_SMOOTH_YEARS = 27.0
"""A face in which none of the measures speaks for age."""
_IPD_PX = 72
_WIDE, _HIGH = 4 * _IPD_PX, 5 * _IPD_PX
_EYES = (2.0 * _IPD_PX, 2.2 * _IPD_PX)
_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
    150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
_CLEAN = (9, 8, 151, 108, 337, 50, 280, 101, 330, 118, 347, 117, 346, 36, 266, 197, 195, 5, 4, 116, 345, 123, 352)
_SPAN_YEARS = (12.0, 16.0)
"""Half the range that is given: of a large sharp face, and of one in which nothing can be seen."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measure: its value, the years that it adds, and what it says in words."""

    name: str
    value: float
    years: float
    words: str


@dataclass(frozen=True, slots=True)
class AgeGuess:
    """A guess.

    Parameters
    ----------
    years : most likely age, 20 to 70
    low, high : range in which it most likely lies
    trust : 0 nothing could be seen, 1 a large sharp face
    evidence : what spoke for it
    """

    years: float
    low: float
    high: float
    trust: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Face:
    """A face brought to one size, upright: Lab (h, w, 3), landmarks (478, 2), matte, and what has the skin's colour."""

    lab: NDArray[np.float32]
    points: NDArray[np.float64]
    matte: NDArray[np.float32]
    skin: NDArray[np.bool_]
    ipd_px: float


def guess_age(frame: Frame, face_px: NDArray, matte: NDArray[np.float32] | None = None) -> AgeGuess:
    """Guess from one picture.

    Parameters
    ----------
    frame : (H, W, 3) uint8
    face_px : (478, 3) landmarks; a face turned to the camera
    matte : (h, w) float32 0..1 of any size; without it the hair is not looked at
    """
    face = _brought_to_size(frame, face_px, matte)
    light = np.log(np.maximum(face.lab[..., 0], 3))
    trust = _trust(face, light)
    evidence = (*_lines(face, light), _fold(face), _lips(face.points), *(() if matte is None else _grey(face)))
    return _joined(evidence, trust)


def agreed(guesses: Sequence[AgeGuess]) -> AgeGuess:
    """The middle one of several guesses about the same person; what is seen best counts."""
    if not guesses:
        return AgeGuess(PRIOR_YEARS, PRIOR_YEARS - _SPAN_YEARS[1], PRIOR_YEARS + _SPAN_YEARS[1], 0.0)
    best = max(guess.trust for guess in guesses)
    good = sorted((guess for guess in guesses if guess.trust >= 0.8 * best), key=lambda guess: guess.years)
    return good[len(good) // 2]


def _joined(evidence: tuple[Evidence, ...], trust: float) -> AgeGuess:
    skin = [one.years for one in evidence if one.name != _GREY]
    # one measure of the face alone may be its owner's habit: it counts for little more than half
    added = sum(one.years for one in evidence) - 0.4 * max(skin)
    seen = _SMOOTH_YEARS + added
    years = float(np.clip(PRIOR_YEARS + trust * (seen - PRIOR_YEARS), YOUNGEST, OLDEST))
    # the older, the more differently people age
    span = np.interp(trust, (0, 1), _SPAN_YEARS[::-1]) * (1 + max(0.0, years - 30) / 80)
    return AgeGuess(years, max(14.0, years - span), min(90.0, years + span), trust, evidence)


def _brought_to_size(frame: Frame, face_px: NDArray, matte: NDArray[np.float32] | None) -> _Face:
    import cv2

    eyes = [face_px[list(pair), :2].mean(0) for pair in ((33, 133), (263, 362))]
    way, middle = eyes[1] - eyes[0], (eyes[0] + eyes[1]) / 2
    ipd = float(np.hypot(*way))
    right = way / ipd * (_IPD_PX / ipd)
    turn = np.array([[right[0], right[1]], [-right[1], right[0]]])
    move = np.column_stack([turn, np.array(_EYES) - turn @ middle]).astype(np.float32)
    size, scale = (_WIDE, _HIGH), _IPD_PX / ipd
    # only what is near the face is blurred before it is made smaller
    x0, y0 = (max(0, int(at)) for at in middle - 4 * ipd)
    part = frame[y0 : int(middle[1] + 4 * ipd) + 1, x0 : int(middle[0] + 4 * ipd) + 1]
    if scale < 0.8:
        part = cv2.GaussianBlur(part, (0, 0), 0.45 / scale)
    move[:, 2] += move[:, :2] @ (x0, y0)
    rgb = cv2.warpAffine(part, move, size, borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    points = face_px[:, :2] @ turn.T + (np.array(_EYES) - turn @ middle)
    inside = np.clip(points[list(_CLEAN)].astype(int), 0, (_WIDE - 1, _HIGH - 1))
    apart = (lab - np.median(lab[inside[:, 1], inside[:, 0]], axis=0)) / np.float32([28, 9, 11])
    alpha = np.zeros((_HIGH, _WIDE), np.float32)
    if matte is not None:
        shrink = frame.shape[1] / matte.shape[1], frame.shape[0] / matte.shape[0]
        whole = np.column_stack([turn * shrink, np.array(_EYES) - turn @ middle]).astype(np.float32)
        alpha = cv2.warpAffine(matte.astype(np.float32), whole, size)
    return _Face(lab, points, alpha, (apart**2).sum(-1) < 2.1, ipd)


def _disc(centre: NDArray, wide_ipd: float, high_ipd: float) -> NDArray[np.bool_]:
    y, x = np.mgrid[:_HIGH, :_WIDE]
    away = ((x - centre[0]) / (wide_ipd * _IPD_PX)) ** 2 + ((y - centre[1]) / (high_ipd * _IPD_PX)) ** 2
    return away < 1


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))


def _trust(face: _Face, light: NDArray[np.float32]) -> float:
    """How much of fine structure the picture carries: by the face's size, and by its sharpness at the features."""
    import cv2

    middle = _disc(face.points[1], 1.0, 1.2)
    if not middle.any():  # no face's nose lies there
        return 0.0
    fine = float(np.std((light - cv2.GaussianBlur(light, (0, 0), 1.0))[middle]))
    return _ramp(face.ipd_px, 22, 75) * _ramp(fine, 0.008, 0.03)


def _lines(face: _Face, light: NDArray[np.float32]) -> tuple[Evidence, ...]:
    """Fine lines of skin, as light and dark at the scale of wrinkles: relative, so the light's strength goes out."""
    import cv2

    band = 100 * (cv2.GaussianBlur(light, (0, 0), 1.2) - cv2.GaussianBlur(light, (0, 0), 3.2))
    at = face.points

    def energy(place: NDArray[np.bool_]) -> float:
        found = band[place & face.skin] ** 2
        if len(found) <= 0.25 * place.sum():
            return float("nan")
        # one strand or the rim of a pair of glasses must not count
        return float(np.sqrt(np.minimum(found, np.percentile(found, 90)).mean()))

    below = np.array([0, 0.27 * _IPD_PX])
    eyes = energy(_disc(at[145] + below, 0.3, 0.13) | _disc(at[374] + below, 0.3, 0.13))
    cheek = energy(_disc(at[50], 0.22, 0.25) | _disc(at[280], 0.22, 0.25))
    brow = energy(_disc(0.6 * at[151] + 0.4 * at[10], 0.75, 0.22))
    under = float(np.log(eyes / cheek)) if np.isfinite(eyes) and np.isfinite(cheek) and cheek > 0 else 0.0
    brow = brow if np.isfinite(brow) else 0.0
    return (
        Evidence("lines under the eyes", under, 10 * _ramp(under, 0.25, 0.6), "finer lines than on the cheeks"),
        Evidence("forehead lines", brow, 8 * _ramp(brow, 2.0, 6.0), "lines across the forehead"),
    )


def _fold(face: _Face) -> Evidence:
    """The fold from the nose's wing past the corner of the mouth: how much darker than beside it, levels of L*."""
    import cv2

    at, light, depth = face.points, face.lab[..., 0], []
    beside = np.arange(-10, 11)
    for wing, corner, side in ((129, 61, -1), (358, 291, 1)):
        start = at[wing] + (side * 0.06 * _IPD_PX, 0)
        way = at[corner] + (side * 0.14 * _IPD_PX, 0) - start
        line = start + np.linspace(0.15, 0.85, 20)[:, None] * way
        across = np.array([way[1], -way[0]]) / max(float(np.hypot(*way)), 1e-6)
        read = (line[None] + beside[:, None, None] * across).astype(np.float32)
        profile = cv2.remap(light, read[..., 0], read[..., 1], cv2.INTER_LINEAR).mean(1)
        level = np.interp(beside, (-10, 10), (profile[:4].mean(), profile[-4:].mean()))
        depth.append(float((level - profile)[4:-4].max()))
    smile = _ramp(float(np.hypot(*(at[61] - at[291]))) / _IPD_PX, 0.9, 1.05)
    value = float(np.mean(depth)) * (1 - 0.7 * smile)
    return Evidence("folds beside the mouth", value, 14 * _ramp(value, 1.5, 8.0), "folds from the nose to the mouth")


def _lips(points: NDArray) -> Evidence:
    """Height of the red of both lips, in ipd."""
    high = np.hypot(*(points[0] - points[17])) - np.hypot(*(points[13] - points[14]))
    value = float(high) / _IPD_PX
    return Evidence("lips", value, 4 * _ramp(-value, -0.26, -0.16), "thin lips")


def _grey(face: _Face) -> tuple[Evidence, ...]:
    """Share of the hair that is bright without colour; nothing where hardly any hair is seen."""
    import cv2

    oval = np.zeros((_HIGH, _WIDE), np.uint8)
    cv2.fillPoly(oval, [face.points[list(_OVAL)].astype(np.int32)], 1)
    oval = cv2.dilate(oval, np.ones((7, 7), np.uint8))
    y, x = np.mgrid[:_HIGH, :_WIDE]
    near = (y < face.points[33, 1] + 0.5 * _IPD_PX) & (y > face.points[10, 1] - 0.9 * _IPD_PX)
    head = (face.matte > 0.9) & (oval == 0) & near & (np.abs(x - _EYES[0]) < 1.6 * _IPD_PX)
    chroma = np.hypot(face.lab[..., 1], face.lab[..., 2])
    # pale skin and grey hair differ in colour alone
    known = chroma[face.skin & (oval > 0)]
    hair = head & ~(face.skin & (chroma > (0.6 * np.median(known) if len(known) else 0)))
    if hair.sum() < 300 or hair.sum() < 0.2 * head.sum():
        return ()
    share = float(((chroma < 9) & (face.lab[..., 0] > 38))[hair].mean())
    # highlights on dark hair are bright and colourless too: a sixth of it
    years = 24 * _ramp(share, 0.17, 0.8)
    return (Evidence(_GREY, share, years, "bright hair without colour"),)
