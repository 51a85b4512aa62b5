"""Which seconds of the clip the two people of a front-facing embrace are taken from.

They are one person filmed once, so they must never show the same moment: the user keeps the seconds of the embrace, or
better ones in which the arms hang, and the other self is cut out of seconds as far away as the clip has them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.forearms import shoulder_width_px
from studio.animatic.person import measure
from studio.core.people import Analysis, Tracks
from studio.core.settings import Staging
from studio.core.time import FrameRange

_ARMS = ((11, 13, 15), (12, 14, 16))
_SHORTEST_S = 0.2
_LONGEST_S = 4.0
_CHILD_HEAD = 0.85
"""Height of a child's face and hair under the chin, in the user's heads."""
_STILL = 1.0
"""Shoulder widths per second that the hands of somebody who stands move at most."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Parameters
    ----------
    user, other : clip frames
    user_folded : the arms of ``user`` are the real ones of an air hug
    user_hangs, other_hangs : the arms hang at the sides, and may stay as they are
    """

    user: FrameRange
    other: FrameRange
    user_folded: bool
    user_hangs: bool
    other_hangs: bool


def choose_moments(analysis: Analysis, staging: Staging, source: FrameRange) -> Moments:
    """Choose for a shot of the embrace that would show ``source``."""
    tracks = analysis.tracks
    rate = float(analysis.rate)
    runs = _runs(tracks, _hanging(tracks) & (_speed(tracks, rate) < _STILL) & _awake(tracks), rate)
    folded = analysis.take.closed_arms is not None and staging != "side-by-side"
    if folded and staging == "child-in-front":
        folded = _leaves_room(analysis, source)
    if folded:
        if runs:
            return Moments(source, runs[0], True, False, True)
        return Moments(source, _away_from(analysis, source), True, False, False)
    if len(runs) > 1:
        return Moments(runs[0], runs[1], False, True, True)
    if runs and len(runs[0]) > 1:
        first, second = _halves(runs[0])
        return Moments(first, second, False, True, True)
    if runs:
        return Moments(runs[0], runs[0], False, True, True)
    # arms beside the trunk can be taken away, hands before it cannot
    clear = _runs(tracks, _clear(tracks) & (_speed(tracks, rate) < 2 * _STILL), rate)
    if clear:
        part = clear[0]
        quarter = max(1, len(part) // 2)
        first, second = FrameRange(part.start, part.start + quarter), FrameRange(part.stop - quarter, part.stop)
        swap = _mean_opened(tracks, first) > _mean_opened(tracks, second)
        return Moments(second, first, False, False, False) if swap else Moments(first, second, False, False, False)
    return Moments(source, _away_from(analysis, source), False, False, False)


def front_frames(analysis: Analysis, staging: Staging, sources: list[FrameRange]) -> set[int]:
    """Every clip frame that a front-facing staging will ask for, and the next one (slow motion looks ahead)."""
    wanted: set[int] = set()
    for source in sources:
        moments = choose_moments(analysis, staging, source)
        for part in (moments.user, moments.other):
            wanted.update(range(part.start, min(part.stop + 1, analysis.frame_count)))
    return wanted


def _leaves_room(analysis: Analysis, source: FrameRange) -> bool:
    """Whether a child's face has room between the user's chin and the folded forearms; hugged too high, they would lie
    over it, and the arms are drawn lower instead."""
    user = measure(analysis.tracks, source, analysis.size_px[1])
    room = float(user.hands_px[1] - user.chin_px[1]) - 0.10 * user.shoulder_px
    return room > _CHILD_HEAD * user.head_height_px


def _awake(tracks: Tracks) -> NDArray[np.bool_]:
    """(n,) whether the eyes are open, against how open this person's are; a swinging blink is noticed at once."""
    opened = eyes_opened(tracks.face_px)
    if not np.isfinite(opened).any():
        return np.ones(len(tracks), bool)
    return opened > 0.6 * float(np.nanpercentile(opened, 75))


def eyes_opened(faces_px: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) distance of the lids over the width of the eyes; NaN without a face."""
    lids = np.linalg.norm(faces_px[:, [159, 386], :2] - faces_px[:, [145, 374], :2], axis=2).mean(1)
    eyes = np.linalg.norm(faces_px[:, [33, 263], :2] - faces_px[:, [133, 362], :2], axis=2).mean(1)
    return (lids / np.maximum(eyes, 1e-3)).astype(np.float64)


def _hanging(tracks: Tracks) -> NDArray[np.bool_]:
    """(n,) whether both arms hang: elbow under shoulder, wrist well under elbow, neither far out."""
    out = np.isfinite(tracks.face_px[:, 0, 0])
    widths = np.array([shoulder_width_px(pose) for pose in tracks.pose_px])
    for shoulder, elbow, wrist in _ARMS:
        s, e, w = (tracks.pose_px[:, joint, :2] for joint in (shoulder, elbow, wrist))
        out &= (e[:, 1] - s[:, 1] > 0.45 * widths) & (w[:, 1] - e[:, 1] > 0.35 * widths)
        out &= np.abs(w[:, 0] - s[:, 0]) < 0.62 * widths
    return out


def _clear(tracks: Tracks) -> NDArray[np.bool_]:
    """(n,) whether no hand is before the trunk."""
    out = np.isfinite(tracks.face_px[:, 0, 0])
    widths = np.array([shoulder_width_px(pose) for pose in tracks.pose_px])
    middle = tracks.pose_px[:, [11, 12], 0].mean(1)
    for _, _, wrist in _ARMS:
        out &= np.abs(tracks.pose_px[:, wrist, 0] - middle) > 0.75 * widths
    return out


def _mean_opened(tracks: Tracks, part: FrameRange) -> float:
    rows = (tracks.frame >= part.start) & (tracks.frame < part.stop)
    opened = eyes_opened(tracks.face_px[rows])
    return float(np.nanmean(opened)) if np.isfinite(opened).any() else 0.0


def _runs(tracks: Tracks, good: NDArray[np.bool_], rate: float) -> list[FrameRange]:
    """Stretches of good rows as clip frames, the longest first, none longer than a shot needs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    found = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        first, last = int(tracks.frame[start]), int(tracks.frame[stop - 1])
        first = max(first, last - round(_LONGEST_S * rate))
        if last - first >= _SHORTEST_S * rate or len(tracks.frame) < 3:
            found.append(FrameRange(first, last + 1))
    return sorted(found, key=len, reverse=True)


def _halves(part: FrameRange) -> tuple[FrameRange, FrameRange]:
    """The later and the earlier half, so that both people live, each in its own time."""
    middle = (part.start + part.stop) // 2
    return FrameRange(middle, part.stop), FrameRange(part.start, middle)


def _away_from(analysis: Analysis, source: FrameRange) -> FrameRange:
    """A second and a half with a sharp face, far from ``source``, when no arms hang anywhere."""
    tracks = analysis.tracks
    seen = np.isfinite(tracks.face_px[:, 0, 0])
    if not seen.any():
        return source
    length = max(1, round(1.5 * float(analysis.rate)))
    middle = (source.start + source.stop) / 2
    far = np.abs(tracks.frame - middle) / max(1, analysis.frame_count)
    sharp = tracks.sharpness / max(float(tracks.sharpness.max()), 1e-6)
    still = np.exp(-_speed(tracks, float(analysis.rate)) / 2.0)
    awake = 0.5 * _awake(tracks)
    row = int(np.argmax(np.where(seen, 0.5 * sharp + np.minimum(far, 0.4) + still + awake, -np.inf)))
    good = seen & (_awake(tracks) if awake[row] else True)
    first = last = row
    while first > 0 and good[first - 1] and tracks.frame[row] - tracks.frame[first - 1] <= length // 2:
        first -= 1
    while last < len(good) - 1 and good[last + 1] and tracks.frame[last + 1] - tracks.frame[row] <= length // 2:
        last += 1
    return FrameRange(int(tracks.frame[first]), int(tracks.frame[last]) + 1)


def _speed(tracks: Tracks, rate: float) -> NDArray[np.float64]:
    """(n,) of the faster hand, shoulder widths per second."""
    if len(tracks) < 3:
        return np.zeros(len(tracks))
    hands = tracks.pose_px[:, [15, 16], :2].astype(np.float64)
    seconds = tracks.frame / rate
    widths = np.array([shoulder_width_px(pose) for pose in tracks.pose_px])
    return np.linalg.norm(np.gradient(hands, seconds, axis=0), axis=2).max(1) / widths
