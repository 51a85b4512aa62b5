"""What the user acted: arms wide, arms folded round nobody, and the best part of a long clip.

Pure arithmetic on tracked points, in shoulder widths (SW) around the middle of the trunk, so that it holds at any
size and distance.  Every row gets a mark from 0 to 1 for *open* and for *closed*; runs of marked rows are candidates,
and the pair of an open and a closed run that tells the hug best wins.

Limits: a hand that carries something or fidgets in front of the belly looks like a small hug.  It is told apart by the
elbows, which stand out when the arms are round somebody; arms folded tightly against the chest can be missed by that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Size
from studio.core.people import (
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Take,
    Tracks,
)
from studio.core.time import FrameRange
from studio.vision.pose import shoulder_width, trunk_height

WIDE = 1.15
"""Wrists farther than this from the middle, in SW, on their own sides, are open arms: 30 degrees off the body."""
LEAST_OPEN_S = 0.3
LEAST_CLOSED_S = 0.8
_MOST_OPEN_S = 4.0
_MOST_CLOSED_S = 6.0
_NEAR_S = 8.0
_CLOSED_MARK = 0.35
_GOOD_CLOSED = 0.5


@dataclass(frozen=True, slots=True)
class Arms:
    """Where the arms are, one entry per row; lengths in SW, heights in trunk heights below the shoulders.

    Parameters
    ----------
    left, right : distance of each wrist from the trunk's middle, positive on its own side
    elbows : mean of the same of the elbows
    left_height, right_height : 0 at the shoulders, 1 at the hips
    straight_deg : the more bent elbow's angle, 180 is straight
    seen : lower visibility of the two wrists
    inside : both wrists lie in the picture
    """

    left: NDArray[np.float32]
    right: NDArray[np.float32]
    elbows: NDArray[np.float32]
    left_height: NDArray[np.float32]
    right_height: NDArray[np.float32]
    straight_deg: NDArray[np.float32]
    seen: NDArray[np.float32]
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows ``first`` to ``last`` (included) with a score."""

    first: int
    last: int
    score: float


def find_take(
    tracks: Tracks,
    credible: NDArray[np.bool_],
    size_px: Size,
    rows_per_s: float,
    frame_count: int,
    held: NDArray[np.bool_] | None = None,
) -> Take | None:
    """Choose the open and the closed range; None when the arms never open.

    Parameters
    ----------
    credible : (n,) rows in which a person is really seen
    rows_per_s : analysed rows per second
    frame_count : of the clip; a single row (a photo) covers all of it
    held : (n,) rows in which a thing hides the trunk: arms round it need not meet
    """
    arms = read_arms(tracks, size_px)
    opens = np.where(credible, open_mark(arms), 0)
    closes = np.where(credible, closed_mark(arms), 0)
    if held is not None:
        closes = np.where(credible & held, np.maximum(closes, holding_mark(arms)), closes)
    worth = row_worth(tracks)
    photo = len(tracks) == 1
    open_runs = _runs(opens, 0.2, 1 if photo else LEAST_OPEN_S * rows_per_s, rows_per_s)
    if not open_runs:
        return None
    closed_runs = [] if photo else _runs(closes, _CLOSED_MARK, LEAST_CLOSED_S * rows_per_s, rows_per_s)
    best, pair = -1.0, (open_runs[0], None)
    for wide in open_runs:
        kept = min(1.0, (wide.last - wide.first + 1) / rows_per_s) if not photo else 1.0
        part = slice(wide.first, wide.last + 1)
        telling = wide.score * (0.5 + 0.5 * kept**0.5) * float(worth[part].mean())
        for closed in (None, *closed_runs):
            folded = _fold_worth(wide, closed, worth, rows_per_s)
            total = 0.6 * telling + 0.4 * folded
            if total > best:
                best, pair = total, (wide, closed)
    wide, closed = pair
    reach = np.where(opens > 0, np.minimum(arms.left, arms.right), 0)
    wide = _core(wide, reach, worth, _MOST_OPEN_S * rows_per_s, 0.88, LEAST_OPEN_S * rows_per_s)
    if closed is not None:
        closed = _core(closed, closes, worth, _MOST_CLOSED_S * rows_per_s, 0.8, LEAST_CLOSED_S * rows_per_s)
    open_arms = _frames(tracks, wide.first, wide.last, frame_count)
    rise = _opening_row(arms, wide.first, rows_per_s)
    return Take(
        "air-hug" if closed is not None else "open-arms",
        open_arms,
        _frames(tracks, closed.first, closed.last, frame_count) if closed is not None else None,
        FrameRange(min(int(tracks.frame[rise]), open_arms.start), open_arms.start),
        float(np.clip(best, 0, 1)),
    )


def read_arms(tracks: Tracks, size_px: Size) -> Arms:
    """Measure the arms of every row."""
    pose = tracks.pose_px
    unit = shoulder_width(pose)
    shoulders = (pose[:, LEFT_SHOULDER] + pose[:, RIGHT_SHOULDER])[:, :2] / 2
    hips = (pose[:, LEFT_HIP] + pose[:, RIGHT_HIP])[:, :2] / 2
    trunk = np.maximum(trunk_height(pose), unit)

    def across(point: int) -> NDArray[np.float32]:
        return (pose[:, point, 0] - (0.7 * shoulders + 0.3 * hips)[:, 0]) / unit

    def below(point: int) -> NDArray[np.float32]:
        return (pose[:, point, 1] - shoulders[:, 1]) / trunk

    wrists = pose[:, [LEFT_WRIST, RIGHT_WRIST], :2]
    # The person's left lies right in the picture; a mirrored selfie clip is a person all the same.
    return Arms(
        left=across(LEFT_WRIST),
        right=-across(RIGHT_WRIST),
        elbows=(across(LEFT_ELBOW) - across(RIGHT_ELBOW)) / 2,
        left_height=below(LEFT_WRIST),
        right_height=below(RIGHT_WRIST),
        straight_deg=np.minimum(
            _angle_deg(pose, LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST),
            _angle_deg(pose, RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST),
        ),
        seen=tracks.visibility[:, [LEFT_WRIST, RIGHT_WRIST]].min(axis=1),
        inside=((wrists >= 0) & (wrists < np.array(size_px))).all(axis=(1, 2)),
    )


def open_mark(arms: Arms) -> NDArray[np.float32]:
    """0 where the arms are not open, else 0.2 (just wide) to 1 (as wide as arms reach)."""
    reach = np.minimum(arms.left, arms.right)
    wide = reach > WIDE
    level = (np.minimum(arms.left_height, arms.right_height) > -0.75) & (
        np.maximum(arms.left_height, arms.right_height) < 1.1
    )
    is_open = wide & level & (arms.straight_deg > 100) & arms.inside & (arms.seen > 0.3)
    return np.where(is_open, np.clip(0.2 + 0.8 * (reach - WIDE) / 0.6, 0.2, 1), 0).astype(np.float32)


def closed_mark(arms: Arms) -> NDArray[np.float32]:
    """0 to 1: both forearms across the trunk, hands near or past the middle, elbows out as round somebody."""
    gap = arms.left + arms.right  # negative when the arms cross
    together = np.clip((1.1 - gap) / 0.7, 0, 1) * (np.maximum(arms.left, arms.right) < 0.7)
    round_somebody = np.maximum(np.clip((arms.elbows - 0.5) / 0.3, 0, 1), np.clip(-gap / 0.5, 0, 1))
    high, low = np.minimum(arms.left_height, arms.right_height), np.maximum(arms.left_height, arms.right_height)
    level = np.clip((high + 0.2) / 0.2, 0, 1) * np.clip((1.05 - low) / 0.15, 0, 1)
    bent = np.clip((140 - arms.straight_deg) / 25, 0, 1)
    return (together * round_somebody * level * bent * (arms.seen > 0.3)).astype(np.float32)


def holding_mark(arms: Arms) -> NDArray[np.float32]:
    """0 to 1: both arms bent round a thing before the trunk, which may be too thick for the hands to meet.

    Alone it would take any gesture for a hug; it counts where a thing is seen.
    """
    gap = arms.left + arms.right
    round_it = np.clip((1.9 - gap) / 0.6, 0, 1) * (np.maximum(arms.left, arms.right) < 1.05)
    high, low = np.minimum(arms.left_height, arms.right_height), np.maximum(arms.left_height, arms.right_height)
    level = np.clip((high + 0.3) / 0.2, 0, 1) * np.clip((1.15 - low) / 0.15, 0, 1)
    bent = np.clip((150 - arms.straight_deg) / 25, 0, 1)
    return (round_it * level * bent * (arms.seen > 0.2)).astype(np.float32)


def row_worth(tracks: Tracks) -> NDArray[np.float32]:
    """0.3 to 1: how good a row looks: sharp for this clip, well lit, seen from the front, with a face."""
    reference = np.percentile(tracks.sharpness, 80) if len(tracks) else 1.0
    sharp = np.clip(tracks.sharpness / max(float(reference), 1e-6), 0, 1) ** 0.5
    lit = np.clip((tracks.luma - 15) / 35, 0, 1) * np.clip((250 - tracks.luma) / 30, 0, 1)
    turned = (tracks.pose_px[:, LEFT_SHOULDER, 0] - tracks.pose_px[:, RIGHT_SHOULDER, 0]) / trunk_height(
        tracks.pose_px
    ).clip(1)
    frontal = np.clip((turned - 0.2) / 0.3, 0, 1)
    face = ~np.isnan(tracks.face_px[:, 0, 0])
    return (0.3 + 0.7 * (0.25 * sharp + 0.25 * lit + 0.25 * frontal + 0.25 * face)).astype(np.float32)


def _fold_worth(wide: _Run, closed: _Run | None, worth: NDArray[np.float32], rows_per_s: float) -> float:
    """How much a closed run adds to an open one; negative when it is too doubtful to be called a hug."""
    if closed is None:
        return 0.0
    away = closed.first - wide.last if closed.first > wide.last else wide.first - closed.last
    if away < 0 or away > _NEAR_S * rows_per_s:
        return -1.0
    after = 1.0 if closed.first > wide.last else 0.7  # a hug follows open arms; hands wait before them
    held = min(1.0, (closed.last - closed.first + 1) / (2 * rows_per_s))
    score = closed.score * after * (0.6 + 0.4 * held) * float(worth[closed.first : closed.last + 1].mean() ** 0.5)
    return score if score >= _GOOD_CLOSED * 0.7 and closed.score >= _GOOD_CLOSED else -1.0


def _runs(marks: NDArray[np.float32], least: float, rows: float, rows_per_s: float) -> list[_Run]:
    """Runs of at least ``rows`` rows with marks over ``least``; a lost row in between does not end a run."""
    on = marks >= least
    gap = max(1, round(0.15 * rows_per_s))
    starts = np.flatnonzero(on)
    if len(starts) == 0:
        return []
    pieces = np.split(starts, np.flatnonzero(np.diff(starts) > 1 + gap) + 1)
    found = []
    for piece in pieces:
        if len(piece) >= max(1.0, rows):
            part = marks[piece[0] : piece[-1] + 1]
            found.append(_Run(int(piece[0]), int(piece[-1]), float(np.percentile(part, 75))))
    return found


def _core(
    run: _Run, marks: NDArray[np.float32], worth: NDArray[np.float32], most: float, share: float, least: float
) -> _Run:
    """The held part of a run, without the arms' way there and back, and at most ``most`` rows of it (the best ones)."""
    part = marks[run.first : run.last + 1]
    held = np.flatnonzero(part >= share * np.percentile(part, 90))
    pieces = np.split(held, np.flatnonzero(np.diff(held) > 3) + 1)
    longest = max(pieces, key=len)
    first, last = run.first + int(longest[0]), run.first + int(longest[-1])
    if last - first + 1 < least:
        first, last = run.first, run.last
    length = max(1, int(most))
    if last - first + 1 > length:
        value = np.convolve((marks * worth)[first : last + 1], np.ones(length), "valid")
        first += int(value.argmax())
        last = first + length - 1
    return _Run(first, last, run.score)


def _opening_row(arms: Arms, wide_row: int, rows_per_s: float) -> int:
    """Walk back from the first wide row for as long as the arms were narrower the earlier it was."""
    reach = (arms.left + arms.right) / 2
    row = wide_row
    for earlier in range(wide_row - 1, max(-1, wide_row - 1 - int(2.5 * rows_per_s)), -1):
        if reach[earlier] > reach[row] - 0.005:
            break
        row = earlier
    return row


def _frames(tracks: Tracks, first: int, last: int, frame_count: int) -> FrameRange:
    """Clip frames from one row to another; the clip's ends belong to its first and last row."""
    start = 0 if first == 0 else int(tracks.frame[first])
    return FrameRange(start, frame_count if last == len(tracks) - 1 else int(tracks.frame[last]) + 1)


def _angle_deg(pose: NDArray[np.float32], end: int, joint: int, other: int) -> NDArray[np.float32]:
    one, two = pose[:, end, :2] - pose[:, joint, :2], pose[:, other, :2] - pose[:, joint, :2]
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    cosine = (one * two).sum(axis=1) / np.maximum(lengths, 1e-6)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
