"""The plan: which shot when, on the beats, from what the take gives.  Pure: no pictures, no files.

The contact is placed first, on a whole film frame; the music is then laid so that its drop, a downbeat, falls
exactly there.
The other cuts go to the beats nearest to where the story wants them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.people import Analysis
from studio.core.settings import Preset
from studio.core.time import FILM_RATE, FrameRange, nearest_frame, time_s
from studio.core.timeline import CaptionCue, Shot, ShotName, Timeline, Transition

CONTACT_SHARE = 0.52
"""Where in the film the embrace comes: late enough to be longed for, early enough to be lived in."""

_BEFORE: tuple[tuple[ShotName, float], ...] = (("open", 0.36), ("glimpse", 0.31), ("arrival", 0.33))
_AFTER: tuple[tuple[ShotName, float], ...] = (("embrace", 0.40), ("shoulder", 0.26), ("hold", 0.34))
_SHORTEST_S = 1.1
_SILENT_BEAT_S = 0.75


@dataclass(frozen=True, slots=True)
class Grid:
    """A track's beats in its own time; ``drop_s`` is the downbeat that the contact lands on."""

    beats_s: tuple[float, ...]
    drop_s: float
    duration_s: float


def plan(preset: Preset, analysis: Analysis, grid: Grid | None, *, glimpse: bool = True) -> Timeline:
    """Lay out the film.

    Parameters
    ----------
    grid : of the chosen music, None for a silent film
    glimpse : whether the other self's face can be shown (a clear face was found)
    """
    length = nearest_frame(preset.story.duration_s, FILM_RATE)
    contact = _contact_frame(length, grid)
    offset_s = preset.music.offset_ms / 1000
    start_s = grid.drop_s - time_s(contact, FILM_RATE) - offset_s if grid else 0.0
    beats = _film_beats(grid, start_s + offset_s, length)
    before = [(name, share) for name, share in _BEFORE if glimpse or name != "glimpse"]
    cuts = _cuts(before, 0, contact, beats) + _cuts(_AFTER, contact, length, beats)
    names = [name for name, _ in (*before, *_AFTER)]
    edges = [0, *cuts, length]
    shots = tuple(
        _shot(name, FrameRange(a, b), analysis) for name, a, b in zip(names, edges[:-1], edges[1:], strict=True)
    )
    return Timeline(
        shots=shots,
        captions=_captions(preset.captions.lines, shots, length),
        frame_count=length,
        contact_frame=contact,
        downbeat_s=grid.drop_s - (start_s + offset_s) if grid else None,
        beats_s=tuple(time_s(b, FILM_RATE) for b in beats),
        music_start_s=start_s,
    )


def _contact_frame(length: int, grid: Grid | None) -> int:
    """Near `CONTACT_SHARE`, earlier when the music's drop comes too early to wait that long."""
    wanted = round(CONTACT_SHARE * length)
    if grid is None:
        return wanted
    earliest, latest = round(0.40 * length), round(0.60 * length)
    available = nearest_frame(grid.drop_s, FILM_RATE)
    return int(np.clip(min(wanted, available), earliest, latest))


def _film_beats(grid: Grid | None, start_s: float, length: int) -> list[int]:
    """Film frames of the beats inside the film."""
    if grid is None:
        step = nearest_frame(_SILENT_BEAT_S, FILM_RATE)
        return list(range(0, length, step))
    frames = (nearest_frame(beat - start_s, FILM_RATE) for beat in grid.beats_s if beat >= start_s)
    return sorted({frame for frame in frames if frame < length})


def _cuts(parts: Sequence[tuple[ShotName, float]], start: int, stop: int, beats: Sequence[int]) -> list[int]:
    """The frames at which the second and later parts begin (and ``stop`` itself when more follows), each on a beat
    when one is near."""
    total = sum(share for _, share in parts)
    shortest = nearest_frame(_SHORTEST_S, FILM_RATE)
    cuts: list[int] = []
    at = float(start)
    for number, (_, share) in enumerate(parts[:-1]):
        at += (stop - start) * share / total
        low = (cuts[-1] if cuts else start) + shortest
        high = stop - shortest * (len(parts) - 1 - number)
        wanted = int(np.clip(round(at), low, max(low, high)))
        near = [beat for beat in beats if low <= beat <= high]
        cuts.append(min(near, key=lambda beat: abs(beat - wanted)) if near else wanted)
    return cuts if start else [*cuts, stop]


def _shot(name: ShotName, film: FrameRange, analysis: Analysis) -> Shot:
    take = analysis.take
    transition: Transition = "white" if name == "glimpse" else "cut"
    if name == "open":
        lead = FrameRange(
            min(take.opening.start, take.open_arms.start) if len(take.opening) else take.open_arms.start,
            take.open_arms.stop,
        )
        source = _fitting(lead, film, analysis, at=0.55)
    elif name == "arrival":
        source = _fitting(take.open_arms, film, analysis, at=1.0)
    elif name == "glimpse":
        source = best_face_range(analysis, film)
    else:
        source = _hold_range(name, analysis)
    confidence = (
        take.score
        if name in ("open", "arrival")
        else analysis.facing
        if name == "glimpse"
        else _hug_confidence(name, analysis)
    )
    return Shot(name, film, source, round(float(np.clip(confidence, 0, 1)), 3), transition)


def _fitting(whole: FrameRange, film: FrameRange, analysis: Analysis, at: float) -> FrameRange:
    """The part of ``whole`` that fills the shot at normal speed: its end lies at ``at`` of what is left over."""
    wanted = int(np.ceil(len(film) / FILM_RATE * analysis.rate)) + 1
    if len(whole) <= wanted:
        return whole if len(whole) else FrameRange(whole.start, whole.start + 1)
    start = whole.start + round(at * (len(whole) - wanted))
    return FrameRange(start, start + wanted)


def _hold_range(name: ShotName, analysis: Analysis) -> FrameRange:
    """Footage behind the embrace: the folded arms, or in an open-arms take the moment when the arms are lowest."""
    take = analysis.take
    whole = take.closed_arms or calm_range(analysis)
    # The arms are still closing in the first frames of the range and already opening in its last.
    share = {"embrace": (0.05, 0.60), "shoulder": (0.3, 0.80), "hold": (0.38, 0.92)}[name]
    start = whole.start + int(share[0] * len(whole))
    stop = max(start + 1, whole.start + int(np.ceil(share[1] * len(whole))))
    return FrameRange(start, min(stop, whole.stop))


def _hug_confidence(name: ShotName, analysis: Analysis) -> float:
    if analysis.take.kind == "open-arms":
        return 0.45 if name == "embrace" else 0.5
    return 0.5 + 0.4 * analysis.take.score


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
    window = max(
        1,
        min(
            len(tracks),
            round(
                longest_s
                * float(analysis.rate)
                / max(1, int(np.median(np.diff(tracks.frame))) if len(tracks) > 1 else 1)
            ),
        ),
    )
    best, best_cost = (0, 1), np.inf
    for size in {window, max(1, window // 2), max(1, window // 4)}:
        for start in range(len(tracks) - size + 1):
            # A longer stretch is worth a little more arm.
            mean = float(cost[start : start + size].mean()) - 0.10 * size / window
            if mean < best_cost:
                best, best_cost = (start, start + size), mean
    first, last = int(tracks.frame[best[0]]), int(tracks.frame[best[1] - 1])
    return FrameRange(first, max(first + 1, min(last + 1, analysis.frame_count)))


def best_face_range(analysis: Analysis, film: FrameRange) -> FrameRange:
    """The stretch whose faces are largest and most frontal, with open eyes.

    A short stretch of open eyes is better than a long one with lowered lids: it is shown slower, or swings back and
    forth.
    """
    tracks = analysis.tracks
    score = _face_scores(analysis)
    step = int(np.median(np.diff(tracks.frame))) if len(tracks) > 1 else 1
    wanted = int(np.ceil(len(film) / FILM_RATE * analysis.rate / step)) + 1
    best, best_value = (0, 1), -np.inf
    for share in (1.0, 0.8, 0.6, 0.45, 0.33):
        rows = max(1, min(len(tracks), round(share * wanted)))
        means = np.convolve(score, np.ones(rows) / rows, mode="valid")
        start = int(means.argmax())
        # real speed is worth a little of everything else
        value = float(means[start]) + 0.2 * min(1.0, rows / wanted)
        if value > best_value:
            best, best_value = (start, start + rows - 1), value
    first, last = int(tracks.frame[best[0]]), int(tracks.frame[best[1]])
    return FrameRange(first, max(first + 1, last + 1))


def _face_scores(analysis: Analysis) -> NDArray[np.float64]:
    """(n,) how well each analysed frame shows the face, about 0..1; -1 without a face.

    Lids are judged against the person's own open eyes, for eyes differ, and the head's nod by the lower face's share of
    the whole, which a lowered head shortens.
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
    score = (
        (width / np.nanmax(width))
        * np.clip(1 - 2.2 * turned, 0, 1)
        * (0.15 + 0.85 * opened)
        * (0.4 + 0.6 * upright)
        * calm
        * blur
    )
    return np.where(seen, score, -1.0)


def _captions(lines: Sequence[str], shots: Sequence[Shot], length: int) -> tuple[CaptionCue, ...]:
    """First line over the opening, last over the hold, the others between; never across the contact."""
    if not lines:
        return ()
    by_name = {shot.name: shot.film for shot in shots}
    hold = FrameRange(by_name["hold"].start, length)
    slots = {
        1: [hold],
        2: [by_name["open"], hold],
        3: [by_name["open"], by_name["arrival"], hold],
    }.get(len(lines))
    if slots is None:
        usable = [shot.film for shot in shots]
        picks = np.linspace(0, len(usable) - 1, min(len(lines), len(usable))).round().astype(int)
        slots = [usable[i] for i in picks]
    return tuple(
        CaptionCue(text, FrameRange(min(slot.start + 8, slot.stop), slot.stop))
        for text, slot in zip(lines, slots, strict=False)
    )
