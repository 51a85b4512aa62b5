"""What the studio knows about the person in the clip: tracks over time, the take, the light.

Landmark numbering is mediapipe's (33 pose points, 478 face points, 21 per hand).  Left and right are the person's own.
Positions are pixels of the *upright clip frame*; a missing face or hand is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Size
from studio.core.time import FrameRange

TakeKind = Literal["stand-in", "air-hug", "open-arms"]

Role = Literal["arms-open", "arms-folded", "eyes-lowered", "head-bent", "hands-sharp"]
"""What a moment of the take is good for."""
ROLES: tuple[Role, ...] = get_args(Role)

NOSE, LEFT_EAR, RIGHT_EAR = 0, 7, 8
LEFT_SHOULDER, RIGHT_SHOULDER = 11, 12
LEFT_ELBOW, RIGHT_ELBOW = 13, 14
LEFT_WRIST, RIGHT_WRIST = 15, 16
LEFT_INDEX, RIGHT_INDEX = 19, 20
LEFT_HIP, RIGHT_HIP = 23, 24
LEFT_KNEE, RIGHT_KNEE = 25, 26
LEFT_ANKLE, RIGHT_ANKLE = 27, 28


@dataclass(frozen=True, slots=True)
class Tracks:
    """One row per *analysed* frame (every ``stride``-th frame of the clip), n rows.

    Parameters
    ----------
    frame : (n,) int32, clip frame numbers, ascending
    pose_px : (n, 33, 3) float32; x, y in px, z in px (negative towards the camera)
    visibility : (n, 33) float32, 0 to 1
    face_px : (n, 478, 3) float32, NaN where no face was found; z in px, negative towards the camera
    hands_px : (n, 2, 21, 3) float32, [left, right] hand of the person, NaN where not found
    matte : (n, h, w) uint8 of the whole frame at reduced size, memory-mapped when long
    head_top_px : (n,) float32, y of the top of the matte above the face
    sharpness : (n,) float32, variance of the Laplacian in the person's box
    luma : (n,) float32, mean luma 0..255 of the person
    """

    frame: NDArray[np.int32]
    pose_px: NDArray[np.float32]
    visibility: NDArray[np.float32]
    face_px: NDArray[np.float32]
    hands_px: NDArray[np.float32]
    matte: NDArray[np.uint8]
    head_top_px: NDArray[np.float32]
    sharpness: NDArray[np.float32]
    luma: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.frame)

    def row(self, frame: int) -> int:
        """The row analysed nearest to a clip frame."""
        return int(np.abs(self.frame - frame).argmin())

    def pose_at(self, frame: float) -> NDArray[np.float32]:
        """(33, 3) pose at a possibly fractional clip frame, linear between analysed frames."""
        return _between(self.frame, self.pose_px, frame)

    def matte_at(self, frame: float) -> NDArray[np.float32]:
        """(h, w) float32 matte in 0..1 at a possibly fractional clip frame."""
        return _between(self.frame, self.matte, frame) / np.float32(255)


def _between(at: NDArray[np.int32], rows: NDArray, frame: float) -> NDArray[np.float32]:
    """Linear interpolation of one row; clamps at both ends; reads at most two rows of a mapped array."""
    right = int(np.searchsorted(at, frame))
    if right == 0:
        return np.asarray(rows[0], np.float32)
    if right == len(at):
        return np.asarray(rows[-1], np.float32)
    weight = np.float32((frame - at[right - 1]) / (at[right] - at[right - 1]))
    return np.asarray(rows[right - 1], np.float32) * (1 - weight) + np.asarray(rows[right], np.float32) * weight


@dataclass(frozen=True, slots=True)
class Light:
    """The light on the person's face.

    Parameters
    ----------
    direction : unit vector (x right, y down, z towards the viewer) pointing *to* the light
    rgb : colour of the light relative to neutral, mean 1
    contrast : 0 flat .. 1 hard, lit side against shadow side
    """

    direction: tuple[float, float, float] = (-0.3, -0.6, 0.74)
    rgb: tuple[float, float, float] = (1.0, 1.0, 1.0)
    contrast: float = 0.3


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """How the camera moved.  ``shift_px`` (n, 2) float32: position of the background relative to the first analysed
    frame."""

    is_static: bool
    shift_px: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Take:
    """What the user acted.

    Parameters
    ----------
    kind : best telling the take allows; a stand-in take is an air hug in which a real thing is held
    open_arms : clip frames in which both arms are wide
    closed_arms : clip frames in which the arms are folded as if hugging; None in an open-arms take
    opening : clip frames before ``open_arms`` in which the arms rise; may be empty
    score : 0 to 1, how well this take can be told
    held_share : 0 to 1, how much of the trunk a hugged thing hides in ``closed_arms``
    clothes_rgb : the main colours before the chest while the arms are open, 0 to 255; empty when not learned
    """

    kind: TakeKind
    open_arms: FrameRange
    closed_arms: FrameRange | None
    opening: FrameRange
    score: float
    held_share: float = 0.0
    clothes_rgb: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RoleSpan:
    """A stretch of the clip chosen for a role, with its mark from 0 (useless) to 1."""

    frames: FrameRange
    score: float


_UNKNOWN = 0.3
"""What an unknown mark counts beside known ones: less than a fair one, more than a bad one."""


def _no_frames() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


def _no_marks() -> NDArray[np.float32]:
    return np.zeros((0, len(ROLES)), np.float32)


@dataclass(frozen=True, slots=True)
class Roles:
    """How good each analysed frame is for each role.

    Parameters
    ----------
    frame : (n,) int32, clip frame numbers, ascending
    marks : (n, 5) float32 in the order of `ROLES`, 0 to 1; NaN where it cannot be known (no face, hands not seen)
    """

    frame: NDArray[np.int32] = field(default_factory=_no_frames)
    marks: NDArray[np.float32] = field(default_factory=_no_marks)

    def best_range(self, role: Role | Sequence[Role], length: int, within: FrameRange | None = None) -> RoleSpan | None:
        """The stretch of ``length`` clip frames that suits a role, or several at once, best.

        Parameters
        ----------
        role : several must all be good: their geometric mean counts
        length : clip frames; all of ``within`` when that is shorter
        within : search only here; default from the first to the last analysed frame

        Returns
        -------
        the middle one of equally good ones; None when nothing is known about the role there
        """
        if len(self.frame) == 0:
            return None
        whole = within or FrameRange(int(self.frame[0]), int(self.frame[-1]) + 1)
        at = np.arange(whole.start, max(whole.stop, whole.start + 1))
        marks = self._row_marks(role)
        if not self._known(role, whole).any():
            return None
        marks = np.interp(at, self.frame, marks)
        length = int(np.clip(length, 1, len(at)))
        sums = np.concatenate([[0.0], np.cumsum(marks)])
        means = (sums[length:] - sums[:-length]) / length
        # A good stretch is good throughout: its worst tenth counts too.
        low = np.percentile(np.lib.stride_tricks.sliding_window_view(marks, length), 10, axis=1)
        value = 0.7 * means + 0.3 * low
        # Of a plateau its middle: its ends are where the arms still move.
        plateau = np.flatnonzero(value >= value.max() - 0.02)
        pieces = np.split(plateau, np.flatnonzero(np.diff(plateau) > 1) + 1)
        longest = max(pieces, key=len)
        best = int(longest[(len(longest) - 1) // 2])
        start = int(at[best])
        return RoleSpan(FrameRange(start, start + length), float(np.clip(value[best], 0, 1)))

    def mark_at(self, role: Role, frame: float) -> float:
        """The mark of one moment; NaN where nothing is known."""
        if len(self.frame) == 0:
            return float("nan")
        return float(self.marks[np.abs(self.frame - frame).argmin(), ROLES.index(role)])

    def _columns(self, role: Role | Sequence[Role]) -> list[int]:
        return [ROLES.index(one) for one in ((role,) if isinstance(role, str) else role)]

    def _row_marks(self, role: Role | Sequence[Role]) -> NDArray[np.float64]:
        part = self.marks[:, self._columns(role)].astype(np.float64)
        filled = np.where(np.isnan(part), _UNKNOWN if part.shape[1] > 1 else 0.0, part)
        return np.exp(np.log(np.clip(filled, 1e-3, 1)).mean(axis=1))

    def _known(self, role: Role | Sequence[Role], whole: FrameRange) -> NDArray[np.bool_]:
        near = (self.frame >= whole.start) & (self.frame < whole.stop)
        if not near.any():  # shorter than the distance of two analysed frames
            near[np.abs(self.frame - whole.start).argmin()] = True
        return ~np.isnan(self.marks[near][:, self._columns(role)])


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything seen in the clip.

    Parameters
    ----------
    size_px, rate, frame_count : of the upright constant-rate clip
    people : people counted in the clip (1 is the ideal)
    facing : share of the analysed frames in which a face was found
    advice : sentences for the user, most important first
    roles : what each moment of the clip is good for
    """

    size_px: Size
    rate: Fraction
    frame_count: int
    tracks: Tracks
    take: Take
    light: Light
    motion: CameraMotion
    people: int
    facing: float
    advice: tuple[str, ...] = field(default=())
    roles: Roles = field(default_factory=Roles)
