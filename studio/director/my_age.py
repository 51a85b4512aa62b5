"""How old the user is: what they say, else a guess from the moments that show the face best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Size
from studio.core.people import Tracks
from studio.core.settings import Preset
from studio.core.time import FrameRange
from studio.media.read import open_clip
from studio.vision.age_guess import PRIOR_YEARS, AgeGuess, agreed, guess_age

_VIEWS = 3
_LOOK_PX = 1920
"""The guess is made at this size whatever the size of the film, so that a preview is of the same age."""
_SAYS_YEARS = 2.0
"""A measure that adds fewer years is not worth a word."""


@dataclass(frozen=True, slots=True)
class MyAge:
    """The user's age and where it is from; ``assumed`` when no face could be looked at."""

    years: float
    source: Literal["given", "estimated", "assumed"]
    guess: AgeGuess | None = None

    @property
    def sentence(self) -> str:
        """For the terminal; empty when the user knows."""
        if self.source == "given":
            return ""
        if self.guess is None or self.guess.trust < 0.1:
            return f"Your age cannot be seen here; {self.years:g} is assumed. Say it with --my-age."
        low, high = round(self.guess.low), round(self.guess.high)
        told = [one.words for one in self.guess.evidence if one.years >= _SAYS_YEARS]
        why = f" for {', '.join(told)}" if told else ""
        return f"Your age is taken to be {self.years:g}{why}; it may be {low} to {high}. Say it with --my-age."

    def as_dict(self) -> dict[str, Any]:
        """For reports."""
        said: dict[str, Any] = {"years": self.years, "source": self.source}
        if self.guess is not None:
            said["range_years"] = [round(self.guess.low, 1), round(self.guess.high, 1)]
            said["trust"] = round(self.guess.trust, 2)
            said["evidence"] = [
                {"measure": one.name, "value": round(one.value, 3), "adds_years": round(one.years, 1)}
                for one in self.guess.evidence
            ]
        return said


def find_my_age(given_years: float | None, clip: Path, tracks: Tracks, size_px: Size) -> MyAge:
    """The user's age.

    Parameters
    ----------
    given_years : what the user said; None or 0 for a guess
    clip : video or photo
    tracks : what was seen in it, in pixels of ``size_px``
    """
    if given_years:
        return MyAge(float(given_years), "given")
    rows = best_rows(tracks, _VIEWS)
    if len(rows) == 0:
        return MyAge(PRIOR_YEARS, "assumed")
    source = open_clip(clip, max_side_px=_LOOK_PX)
    scale = np.float32(source.size_px[0] / size_px[0])
    guesses = []
    for row in rows:
        at = min(int(tracks.frame[row]), source.frame_count - 1)
        frame = next(iter(source.frames(FrameRange(at, at + 1))))
        matte = np.asarray(tracks.matte[row], np.float32) / 255
        guesses.append(guess_age(frame, tracks.face_px[row] * scale, matte))
    guess = agreed(guesses)
    return MyAge(float(round(guess.years)), "estimated", guess)


def with_my_age(preset: Preset, mine: MyAge) -> Preset:
    """The preset for a user of that age."""
    return replace(preset, clone=replace(preset.clone, my_age_years=mine.years))


def best_rows(tracks: Tracks, count: int) -> NDArray[np.intp]:
    """The rows that show the face best, best first: sharp, turned to the camera, eyes open; none without a face."""
    faces = tracks.face_px
    found = np.flatnonzero(np.isfinite(faces[:, 0, 0]))
    if len(found) == 0:
        return found
    nose, sides = faces[found, 1, 0], faces[found][:, [234, 454], 0]
    # how far the nose's tip is from the middle between both sides of the face, 0 to 1
    turned = np.abs(2 * (nose - sides[:, 0]) / np.maximum(sides[:, 1] - sides[:, 0], 1) - 1)
    lids = faces[found][:, [159, 145, 386, 374, 33, 133, 362, 263], :2].astype(np.float64)
    across = np.linalg.norm(lids[:, 0::2] - lids[:, 1::2], axis=-1)
    open_px, wide_px = across[:, :2].mean(1), across[:, 2:].mean(1)
    # closed lids lie within a tenth of the eye's width of each other
    awake = np.clip((open_px / np.maximum(wide_px, 1) - 0.08) / 0.12, 0.1, 1)
    sharp = np.sqrt(tracks.sharpness[found] / max(float(tracks.sharpness[found].max()), 1e-6))
    return found[np.argsort(-sharp * awake * np.clip(1.2 - turned, 0.05, 1), kind="stable")[:count]]
