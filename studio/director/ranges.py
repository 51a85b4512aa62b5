"""Which clip frames each shot shows.  Pure arithmetic on the tracks and on the marks of what each moment is good for.

The user's own shots of the embrace take the moments with lowered eyes, a bent head and resting hands; the other self's
shots take other moments of the clip, so that the two are never seen doing the same thing at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.core.people import Analysis, Role
from studio.core.time import FILM_RATE, FrameRange
from studio.core.timeline import ShotName

_FOLDED_STILL = 0.35
"""Mark of folded arms down to which the held range may grow into its neighbours."""
SLOWEST_HUG = 0.6
"""Two people who hold each other hardly move: slower than this, and it is seen that time was stretched."""
_ROLES: dict[ShotName, tuple[Role, ...]] = {
    "embrace": ("arms-folded", "eyes-lowered", "hands-sharp"),
    "shoulder": ("eyes-lowered", "head-bent"),
    "hold": ("eyes-lowered", "head-bent"),
    "detail": ("hands-sharp", "arms-folded"),
    "end": ("eyes-lowered", "head-bent"),
}
_SHARES: dict[ShotName, tuple[float, float]] = {
    "embrace": (0.05, 0.60), "shoulder": (0.3, 0.80), "detail": (0.25, 0.75), "hold": (0.38, 0.92), "end": (0.45, 0.95),
}  # fmt: skip
"""Which part of the held range a shot shows when nothing is known about its moments: the arms are still closing in its
first frames and already opening in its last."""


def wanted_frames(film: FrameRange, analysis: Analysis) -> int:
    """Clip frames that pass during a shot at normal speed."""
    return math.ceil(len(film) / FILM_RATE * analysis.rate) + 1


def opening_range(film: FrameRange, analysis: Analysis) -> FrameRange:
    """Arms rising and open, for the wide shot."""
    take = analysis.take
    start = min(take.opening.start, take.open_arms.start) if len(take.opening) else take.open_arms.start
    return fitting(FrameRange(start, take.open_arms.stop), film, analysis, at=0.55)


def arrival_range(film: FrameRange, analysis: Analysis) -> FrameRange:
    """Open arms that wait; where they are open for a moment only, also their last way up, rather than a swing."""
    take = analysis.take
    short = math.ceil(0.5 * wanted_frames(film, analysis)) - len(take.open_arms)
    start = take.open_arms.start - max(0, short)
    start = max(start, min(take.opening.start, take.open_arms.start)) if len(take.opening) else take.open_arms.start
    return fitting(FrameRange(start, take.open_arms.stop), film, analysis, at=1.0)


def fitting(whole: FrameRange, film: FrameRange, analysis: Analysis, at: float) -> FrameRange:
    """The part of ``whole`` that fills the shot at normal speed: its end lies at ``at`` of what is left over."""
    wanted = wanted_frames(film, analysis)
    if len(whole) <= wanted:
        return whole if len(whole) else FrameRange(whole.start, whole.start + 1)
    start = whole.start + round(at * (len(whole) - wanted))
    return FrameRange(start, start + wanted)


def held_range(analysis: Analysis, wanted: int = 0) -> FrameRange:
    """Footage behind the embrace: the folded arms, or in an open-arms take the moment when the arms are lowest.

    Folded arms that are shorter than ``wanted`` clip frames grow into their neighbours while those are still folded.
    """
    whole = analysis.take.closed_arms
    if whole is None:
        return calm_range(analysis)
    start, stop = whole.start, whole.stop
    step = max(1, round(float(analysis.rate) / 10))
    while stop - start < wanted:
        longer = [(max(0, start - step), stop), (start, min(analysis.frame_count, stop + step))]
        marks = [_folded(analysis, a if a < start else b - 1) if b - a > stop - start else 0.0 for a, b in longer]
        best = int(np.argmax(marks))
        if marks[best] < _FOLDED_STILL:
            break
        start, stop = longer[best]
    return FrameRange(start, stop)


def _folded(analysis: Analysis, frame: int) -> float:
    return float(np.nan_to_num(analysis.roles.mark_at("arms-folded", frame)))


def hug_range(
    name: ShotName, film: FrameRange, analysis: Analysis, used: Sequence[FrameRange] = (), speed: float = 1.0
) -> FrameRange:
    """Footage of one of the user's shots of the embrace.

    Parameters
    ----------
    used : ranges of earlier shots; another moment that is nearly as good is taken instead of one of them
    speed : at which the footage may be played, so that several shots find moments of their own
    """
    wanted = max(2, math.ceil(speed * wanted_frames(film, analysis)))
    whole = held_range(analysis, wanted)
    # The first shot shows an early moment, so that the later ones find a piece of their own.
    early = FrameRange(whole.start, min(whole.stop, whole.start + max(wanted, math.ceil(0.5 * len(whole)))))
    found = _best(analysis, _ROLES[name], wanted, whole, used, early if name == "embrace" else None)
    if found is not None:
        return found
    share = _SHARES[name]
    start = whole.start + int(share[0] * len(whole))
    stop = max(start + 1, whole.start + int(np.ceil(share[1] * len(whole))))
    return FrameRange(start, max(start + 1, min(stop, whole.stop)))


def _best(
    analysis: Analysis,
    roles: tuple[Role, ...],
    wanted: int,
    whole: FrameRange,
    used: Sequence[FrameRange],
    liked: FrameRange | None,
) -> FrameRange | None:
    """The best stretch for ``roles``, rather in a part of ``whole`` that no earlier shot has shown, or in ``liked``."""
    best, best_value = None, -np.inf
    for part in (whole, *([liked] if liked else []), *_free(whole, used)):
        if part != whole and len(part) < 0.8 * wanted:
            continue
        span = analysis.roles.best_range(roles, wanted, part)
        if span is None:
            continue
        again = max((_overlap(span.frames, other) for other in used), default=0.0)
        value = span.score + 0.1 * (part == liked) - 0.5 * again - 0.3 * max(0.0, 0.6 - len(span.frames) / wanted)
        if value > best_value:
            best, best_value = span.frames, value
    return best


def _free(whole: FrameRange, used: Sequence[FrameRange]) -> list[FrameRange]:
    """What of ``whole`` lies outside of ``used``."""
    pieces = [whole]
    for other in used:
        pieces = [
            FrameRange(a, b)
            for piece in pieces
            for a, b in (
                (piece.start, min(piece.stop, other.start)),
                (max(piece.start, other.stop), piece.stop),
            )
            if b > a
        ]
    return pieces


def _overlap(one: FrameRange, other: FrameRange) -> float:
    """Share of ``one`` that lies in ``other``."""
    return max(0, min(one.stop, other.stop) - max(one.start, other.start)) / max(1, len(one))


def hug_speed(films: Sequence[FrameRange], analysis: Analysis) -> float:
    """The speed at which the held range would last for all of the user's shots, within what still looks alive."""
    wanted = sum(wanted_frames(film, analysis) for film in films)
    return float(np.clip(len(held_range(analysis, wanted)) / max(1, wanted), SLOWEST_HUG, 1.0))


def alone_range(film: FrameRange, analysis: Analysis) -> FrameRange:
    """The user alone with open arms, for the end of an open-arms take; lowered eyes if there are any."""
    wanted = wanted_frames(film, analysis)
    whole = analysis.take.open_arms
    span = analysis.roles.best_range(("eyes-lowered", "head-bent"), wanted, whole)
    return span.frames if span is not None and span.score > 0.35 else fitting(whole, film, analysis, at=0.8)


def calm_range(analysis: Analysis, *, longest_s: float = 2.5) -> FrameRange:
    """The stretch with a clear face in which both wrists hang lowest: its arms are hidden best behind the double."""
    tracks = analysis.tracks
    pose, face = tracks.pose_px, tracks.face_px
    trunk = np.maximum(np.abs(pose[:, [23, 24], 1].mean(1) - pose[:, [11, 12], 1].mean(1)), 1)
    width = np.maximum(np.abs(pose[:, 11, 0] - pose[:, 12, 0]), 0.5 * trunk)
    centre = pose[:, [11, 12], 0].mean(1)
    spread = np.abs(pose[:, [15, 16], 0] - centre[:, None]).max(1) / width
    raised = ((pose[:, [11, 12], 1].mean(1)[:, None] - pose[:, [15, 16], 1]) / trunk[:, None]).max(1)
    seen = np.isfinite(face[:, 0, 0])
    cost = np.clip(spread - 0.7, 0, None) + np.clip(raised + 0.6, 0, None) + 3.0 * ~seen
    step = max(1, int(np.median(np.diff(tracks.frame))) if len(tracks) > 1 else 1)
    window = max(1, min(len(tracks), round(longest_s * float(analysis.rate) / step)))
    best, best_cost = (0, 1), np.inf
    for size in {window, max(1, window // 2), max(1, window // 4)}:
        for start in range(len(tracks) - size + 1):
            # A longer stretch is worth a little more arm.
            mean = float(cost[start : start + size].mean()) - 0.10 * size / window
            if mean < best_cost:
                best, best_cost = (start, start + size), mean
    first, last = int(tracks.frame[best[0]]), int(tracks.frame[best[1] - 1])
    return FrameRange(first, max(first + 1, min(last + 1, analysis.frame_count)))


def best_face_range(analysis: Analysis, film: FrameRange, avoid: Sequence[FrameRange] = ()) -> FrameRange:
    """The stretch whose faces are largest and most frontal, with open eyes.

    A short stretch of open eyes is better than a long one with lowered lids: it is shown slower, or swings back and
    forth.

    Parameters
    ----------
    avoid : the user's own shots, which the other self's should not repeat
    """
    score = face_scores(analysis)
    return _best_rows(analysis, _without(analysis, score, avoid, 0.25), film)


def gentle_face_range(analysis: Analysis, film: FrameRange, avoid: Sequence[FrameRange] = ()) -> FrameRange:
    """The stretch for a face in an embrace: large and sharp, rather with lowered lids than staring, and rather staring
    than with eyes half shut."""
    score = face_scores(analysis, lids=False)
    lowered = np.array([analysis.roles.mark_at("eyes-lowered", int(f)) for f in analysis.tracks.frame])
    wide = np.array([analysis.roles.mark_at("arms-open", int(f)) for f in analysis.tracks.frame])
    lids = np.nan_to_num(lowered)
    lids = np.where(lids > 0.7, lids, 0.6 * (1 - lids))
    worth = (0.35 + 0.65 * lids) * (1 - 0.25 * np.nan_to_num(wide))
    score = np.where(score >= 0, score * worth, score)
    held = analysis.take.closed_arms
    if analysis.take.kind == "stand-in" and held is not None:  # the hugged thing would be in its arms
        score = _without(analysis, score, [held], 1.0)
    # long enough to need no swing: slow lids that go down and up again are seen
    return _best_rows(analysis, _without(analysis, score, avoid, 0.12), film, shares=(1.0, 0.8, 0.6, 0.5))


def _without(
    analysis: Analysis, score: NDArray[np.float64], avoid: Sequence[FrameRange], cost: float
) -> NDArray[np.float64]:
    """Scores, lower in the rows that lie in one of ``avoid``."""
    inside = np.zeros(len(score), bool)
    for part in avoid:
        inside |= (analysis.tracks.frame >= part.start) & (analysis.tracks.frame < part.stop)
    return score - cost * inside


def _best_rows(
    analysis: Analysis,
    score: NDArray[np.float64],
    film: FrameRange,
    shares: Sequence[float] = (1.0, 0.8, 0.6, 0.45, 0.33),
) -> FrameRange:
    tracks = analysis.tracks
    step = int(np.median(np.diff(tracks.frame))) if len(tracks) > 1 else 1
    wanted = math.ceil(len(film) / FILM_RATE * analysis.rate / step) + 1
    best, best_value = (0, 1), -np.inf
    for share in shares:
        rows = max(1, min(len(tracks), round(share * wanted)))
        means = np.convolve(score, np.ones(rows) / rows, mode="valid")
        start = int(means.argmax())
        # real speed is worth a little of everything else
        value = float(means[start]) + 0.2 * min(1.0, rows / wanted)
        if value > best_value:
            best, best_value = (start, start + rows - 1), value
    first, last = int(tracks.frame[best[0]]), int(tracks.frame[best[1]])
    return FrameRange(first, max(first + 1, last + 1))


def face_scores(analysis: Analysis, *, lids: bool = True) -> NDArray[np.float64]:
    """(n,) how well each analysed frame shows the face, about 0..1; -1 without a face.

    Lids are judged against the person's own open eyes, for eyes differ, and the head's nod by the lower face's share of
    the whole, which a lowered head shortens.

    Parameters
    ----------
    lids : whether lowered lids and a lowered head count against a frame
    """
    tracks = analysis.tracks
    face = tracks.face_px

    def distance(a: int, b: int) -> NDArray[np.floating]:
        return np.linalg.norm(face[:, a, :2] - face[:, b, :2], axis=1)

    width = distance(234, 454)
    seen = np.isfinite(width)
    if not seen.any():
        return np.full(len(tracks), -1.0)
    turned = np.abs(face[:, 1, 0] - (face[:, 234, 0] + face[:, 454, 0]) / 2) / np.maximum(width, 1)
    slits = (distance(159, 145) + distance(386, 374)) / np.maximum(distance(33, 133) + distance(263, 362), 1e-3)
    open_level = np.clip(np.quantile(slits[seen], 0.9), 0.16, 0.34)
    opened = np.clip((slits / open_level - 0.5) / 0.38, 0, 1)
    lower = distance(1, 152) / np.maximum(distance(1, 10), 1e-3)
    upright = np.clip((lower - 0.55) / 0.2, 0, 1)
    # a moving face is blurred, and gone before it is known
    centre = face[:, [33, 263], :2].mean(1)
    moved = np.zeros(len(tracks))
    if len(tracks) > 2:
        seconds = tracks.frame / float(analysis.rate)
        moved = np.linalg.norm(np.gradient(centre, seconds, axis=0), axis=1) / np.maximum(width, 1)
    calm = 1 - 0.5 * np.clip(np.nan_to_num(moved, nan=1.0) - 0.2, 0, 1)
    blur = np.clip(tracks.sharpness / max(float(np.median(tracks.sharpness)), 1e-3), 0.3, 1.1)
    # hands before the chest are blurred, cut by the picture's edge, and take the eye away from the face
    chin = face[:, 152, :2]
    near = np.linalg.norm(tracks.pose_px[:, [15, 16, 19, 20], :2] - chin[:, None], axis=2).min(1) / np.maximum(width, 1)
    free = np.clip((near - 0.9) / 1.1, 0.3, 1)
    score = (width / np.nanmax(width)) * np.clip(1 - 2.2 * turned, 0, 1) * calm * blur * free
    if lids:
        score = score * (0.15 + 0.85 * opened) * (0.4 + 0.6 * upright)
    return np.where(seen, score, -1.0)
