"""How far the user's sleeves reach, and the colours of arm and cloth, read off frames with the arms held away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import (
    LEFT_ELBOW,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from studio.core.settings import Rgb

_ARMS = ((LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST), (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST))
_AT = np.linspace(0.12, 0.92, 17)
_FULL = 0.97
"""A sleeve longer than this ends at the wrist."""
_SKIN_CHROMA, _SKIN_LIGHTNESS = 15.0, 80.0


@dataclass(frozen=True, slots=True)
class Sleeve:
    """Parameters
    ----------
    share : of the arm, shoulder to wrist, that is covered: 0 bare .. 1 to the wrist
    skin_rgb : of the arm where it is bare; the face's where it is not
    cloth_rgb : of the sleeve; None where there is none
    """

    share: float
    skin_rgb: Rgb
    cloth_rgb: Rgb | None

    @property
    def is_forearm_bare(self) -> bool:
        """Whether skin shows below the elbow."""
        return self.share < 0.75


def read_sleeve(views: list[tuple[Frame, NDArray, NDArray[np.float32]]], skin: Rgb) -> Sleeve:
    """Read several frames at once.

    Parameters
    ----------
    views : (frame (H, W, 3) uint8, pose (33, 2 or more) in its pixels, matte (h, w) 0..1 of the whole frame); a fast
        arm is not where its landmarks are, so only what the matte holds counts
    skin : colour of the face
    """
    colours = np.full((len(views) * 2, len(_AT), 3), np.nan)
    for n, (frame, pose, matte) in enumerate(views):
        for k, arm in enumerate(_ARMS):
            colours[2 * n + k] = _along(frame, np.asarray(pose, np.float64)[list(arm), :2], matte)
    seen = np.isfinite(colours[..., 0])
    if not seen.any():
        return Sleeve(0.0, skin, None)
    known = np.asarray(seen.any(0))
    median = np.stack([np.nanmedian(colours[seen[:, k], k], axis=0) if known[k] else [np.nan] * 3 for k in _index()])
    bare = np.array([bool(known[k]) and _is_skin(median[k], skin) for k in _index()])
    share = _edge(bare, known)
    arm = median[known & bare & (share < _AT)]
    cloth = median[known & ~bare & (share > _AT)]
    # Held wide, arms turn a shaded side to the camera; round the double they have a little of the face's light.
    skin_rgb = _rgb(0.75 * np.median(arm, axis=0) + 0.25 * np.array(skin)) if len(arm) else skin
    return Sleeve(share, skin_rgb, _rgb(np.median(cloth, axis=0)) if len(cloth) else None)


def _index() -> range:
    return range(len(_AT))


def _edge(bare: NDArray[np.bool_], known: NDArray[np.bool_]) -> float:
    """The share at which cloth turns to skin: the split with the fewest places on the wrong side."""
    splits = [0.0, *((_AT[:-1] + _AT[1:]) / 2), 1.0]
    wrong = [(known & bare & (at > _AT)).sum() + (known & ~bare & (at < _AT)).sum() for at in splits]
    best = float(splits[int(np.argmin(wrong))])
    return 1.0 if best > _FULL * float(_AT[-1]) else best


def _along(frame: Frame, joints: NDArray, matte: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, 3) median colours along an arm; NaN where the person is not."""
    lengths = np.linalg.norm(np.diff(joints, axis=0), axis=1)
    at_elbow = float(lengths[0] / max(lengths.sum(), 1e-6))
    out = np.full((len(_AT), 3), np.nan)
    half = max(2, int(0.05 * lengths.sum()))
    for n, share in enumerate(_AT):
        x, y = (np.interp(share, [0, at_elbow, 1], joints[:, axis]) for axis in (0, 1))
        row = min(max(int(y * matte.shape[0] / frame.shape[0]), 0), matte.shape[0] - 1)
        column = min(max(int(x * matte.shape[1] / frame.shape[1]), 0), matte.shape[1] - 1)
        part = frame[max(0, int(y) - half) : int(y) + half + 1, max(0, int(x) - half) : int(x) + half + 1]
        if part.size and matte[row, column] > 0.7:
            out[n] = np.median(part.reshape(-1, 3), axis=0)
    return out


def _is_skin(colour: NDArray, skin: Rgb) -> bool:
    """Near the face's skin in CIELAB; lightness may differ much."""
    import cv2

    pair = np.array([[colour, skin]]).round().astype(np.uint8)
    arm, face = cv2.cvtColor(pair, cv2.COLOR_RGB2LAB)[0].astype(float)
    return bool(np.hypot(*(arm - face)[1:]) < _SKIN_CHROMA and abs(arm[0] - face[0]) < _SKIN_LIGHTNESS)


def _rgb(colour: NDArray) -> Rgb:
    r, g, b = (int(v) for v in np.rint(colour))
    return r, g, b
