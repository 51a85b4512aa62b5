"""The plan: which shot when, on the beats, from what the take gives.  Pure: no pictures, no files.

The contact is placed first, on a whole film frame; the music is then laid so that its drop, a downbeat, falls exactly
there.  Four shots are in every film; the others join it as they are told well and as there is room, and every cut goes
to a beat.  `director/ranges.py` says which footage a shot shows, `director/confidence.py` how well that tells it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.core.people import Analysis
from studio.core.settings import Preset, Wish
from studio.core.time import FILM_RATE, FrameRange, nearest_frame, time_s
from studio.core.timeline import CaptionCue, LeftOut, Shot, ShotName, Timeline
from studio.director import ranges
from studio.director.confidence import confidence
from studio.director.cuts import Part, place_cuts

CONTACT_SHARE = 0.46
"""Where in the film the embrace comes: late enough to be longed for, early enough to be lived in."""
LEAST_S = 1.1
"""No shot is shorter."""
TOO_WEAK, WEAK = 0.3, 0.5
"""Below the first a shot is left out (or, where the film cannot do without it, hidden); below the second shortened."""
_SILENT_BEAT_S = 0.75
_FORCED = 10.0
_HUGS: tuple[ShotName, ...] = ("embrace", "shoulder", "detail", "hold", "end")
NO_ROOM = "the film has no room for it"


@dataclass(frozen=True, slots=True)
class Grid:
    """A track's beats in its own time; ``drop_s`` is the downbeat that the contact lands on."""

    beats_s: tuple[float, ...]
    drop_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class _Role:
    """A shot's part in the story: its share of the time before or after the contact, the seconds below which it is
    rather left out, and its worth against the other optional ones (None when every film has it)."""

    name: ShotName
    share: float
    comfort_s: float
    worth: float | None = None


_BEFORE = (_Role("open", 0.36, 1.3), _Role("glimpse", 0.31, 1.3, 1.0), _Role("arrival", 0.33, 1.3))
_AFTER = (
    _Role("embrace", 0.26, 1.6),
    _Role("shoulder", 0.17, 1.2, 1.0),
    _Role("reverse", 0.17, 1.3, 1.6),
    _Role("detail", 0.15, 1.2, 0.75),
    _Role("hold", 0.26, 1.6),
    _Role("end", 0.22, 1.5, 1.1),
)


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
    # The shots after the contact come first: what the other self shows is chosen from what they leave.
    after, without_after = _choose(_AFTER, FrameRange(contact, length), beats, preset, analysis, glimpse, ())
    used = [shot.source for shot in after if shot.name != "reverse"]
    first = FrameRange(0, contact)
    before, without = _choose(_BEFORE, first, beats, preset, analysis, glimpse, used)
    if any(one.why == NO_ROOM for one in without):  # a short film shows the face all the same, on half a beat
        before, without = _choose(_BEFORE, first, _halves(beats), preset, analysis, glimpse, used)
    shots = (*before, *after)
    return Timeline(
        shots=shots,
        captions=_captions(preset.captions.lines, shots, length),
        frame_count=length,
        contact_frame=contact,
        downbeat_s=grid.drop_s - (start_s + offset_s) if grid else None,
        beats_s=tuple(time_s(b, FILM_RATE) for b in beats),
        music_start_s=start_s,
        left_out=(*without, *without_after),
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


def _halves(beats: Sequence[int]) -> list[int]:
    """Beats and the frames half-way between them."""
    return sorted({*beats, *((a + b) // 2 for a, b in itertools.pairwise(beats))})


def _choose(
    roles: Sequence[_Role],
    film: FrameRange,
    beats: Sequence[int],
    preset: Preset,
    analysis: Analysis,
    has_face: bool,
    used: Sequence[FrameRange],
) -> tuple[list[Shot], list[LeftOut]]:
    """The shots of one half of the film, and those it does without.

    Of all sets of optional shots that fit, on beats, the one with the greatest sum of worth times confidence is told.
    """
    beats = beats or range(film.start, film.stop, 3)  # where no beat is known, a cut may be anywhere
    # A shot is judged on the footage that it would show if it had its share of the time.
    tried = _laid(roles, film, [], analysis, used)
    marks = {shot.name: shot for shot in tried}
    dropped: list[LeftOut] = []
    optional: dict[ShotName, float] = {}
    for role in roles:
        if role.worth is None:
            continue
        shot, wish = marks[role.name], _wish(role.name, preset)
        if role.name in ("glimpse", "reverse") and not has_face:
            dropped.append(LeftOut(role.name, 0.0, "no face was found"))
        elif role.name in ("reverse", "detail") and preset.hug.staging != "behind" and wish == "auto":
            dropped.append(LeftOut(role.name, shot.confidence, "both face the camera already"))
        elif wish == "off":
            dropped.append(LeftOut(role.name, shot.confidence, "switched off"))
        elif shot.confidence <= 0 or (shot.confidence < TOO_WEAK and wish != "on"):
            dropped.append(LeftOut(role.name, shot.confidence, shot.why))
        else:
            optional[role.name] = role.worth * shot.confidence + (_FORCED if wish == "on" else 0.0)
    best, best_worth = [role for role in roles if role.worth is None], 0.0
    for count in range(1, len(optional) + 1):
        for names in itertools.combinations(optional, count):
            chosen = [role for role in roles if role.worth is None or role.name in names]
            worth = sum(optional[name] for name in names)
            if worth > best_worth and _fits(chosen, film, beats, marks, forced=worth >= _FORCED):
                best, best_worth = chosen, worth
    kept = {role.name for role in best}
    shots = _laid(best, film, beats, analysis, used, marks)
    # The footage that is left for a shot may be worse than what it was judged on.
    for shot in shots:
        if shot.name in optional and shot.confidence < TOO_WEAK and _wish(shot.name, preset) != "on":
            told, without = _choose(
                [r for r in roles if r.name != shot.name], film, beats, preset, analysis, has_face, used
            )
            return told, [*without, LeftOut(shot.name, shot.confidence, shot.why)]
    dropped += [LeftOut(name, marks[name].confidence, NO_ROOM) for name in optional if name not in kept]
    return shots, dropped


def _wish(name: ShotName, preset: Preset) -> Wish:
    return {"reverse": preset.hug.reverse, "detail": preset.hug.detail}.get(name, "auto")


def _parts(roles: Sequence[_Role], marks: dict[ShotName, Shot]) -> list[Part]:
    """Shares and least lengths; a weak shot is shorter."""
    least = nearest_frame(LEAST_S, FILM_RATE)
    return [
        Part(role.share * (0.65 if role.name in marks and marks[role.name].confidence < WEAK else 1.0), least)
        for role in roles
    ]


def _fits(
    roles: Sequence[_Role], film: FrameRange, beats: Sequence[int], marks: dict[ShotName, Shot], *, forced: bool
) -> bool:
    comfort_s = sum(max(LEAST_S, role.comfort_s * (0.8 if marks[role.name].confidence < WEAK else 1)) for role in roles)
    if comfort_s > time_s(len(film), FILM_RATE) and not forced:
        return False
    return place_cuts(_parts(roles, marks), film, beats) is not None


def _laid(
    roles: Sequence[_Role],
    film: FrameRange,
    beats: Sequence[int],
    analysis: Analysis,
    used: Sequence[FrameRange],
    marks: dict[ShotName, Shot] | None = None,
) -> list[Shot]:
    """The roles as shots with footage; cuts on beats where that leaves no shot too short, else evenly."""
    parts = _parts(roles, marks or {})
    cuts = place_cuts(parts, film, beats)
    if cuts is None:
        total = sum(part.share for part in parts)
        cuts = [film.start + round(len(film) * sum(p.share for p in parts[:k]) / total) for k in range(1, len(parts))]
    edges = [film.start, *cuts, film.stop]
    spans = {role.name: FrameRange(a, b) for role, a, b in zip(roles, edges[:-1], edges[1:], strict=True)}
    speed = ranges.hug_speed([span for name, span in spans.items() if name in _HUGS], analysis)
    taken = list(used)
    shots: dict[ShotName, Shot] = {}
    # The other self takes what the user's own shots leave.
    for name in sorted(spans, key=lambda name: name in ("glimpse", "reverse")):
        shots[name] = _shot(name, spans[name], analysis, taken, speed)
        if name not in ("open", "arrival"):
            taken.append(shots[name].source)
    return [shots[role.name] for role in roles]


def _shot(name: ShotName, film: FrameRange, analysis: Analysis, used: Sequence[FrameRange], speed: float) -> Shot:
    source = _source(name, film, analysis, used, speed)
    found = confidence(name, source, analysis)
    hide = float(np.clip((WEAK - found.value) / (WEAK - TOO_WEAK), 0, 1))
    real = name in ("open", "glimpse") or (name == "end" and analysis.take.closed_arms is None)
    shot = Shot(name, film, source, found.value, hide=0.0 if real else round(hide, 3), why=found.why)
    return replace(shot, transition="white") if name == "glimpse" else shot


def _source(
    name: ShotName, film: FrameRange, analysis: Analysis, used: Sequence[FrameRange], speed: float
) -> FrameRange:
    if name == "open":
        return ranges.opening_range(film, analysis)
    if name == "arrival":
        return ranges.arrival_range(film, analysis)
    if name == "glimpse":
        return ranges.best_face_range(analysis, film, used)
    if name == "reverse":
        return ranges.gentle_face_range(analysis, film, used)
    if name == "end" and analysis.take.closed_arms is None:
        return ranges.alone_range(film, analysis)
    return ranges.hug_range(name, film, analysis, used, speed)


def _captions(lines: Sequence[str], shots: Sequence[Shot], length: int) -> tuple[CaptionCue, ...]:
    """First line over the opening, last from the hold to the end, the others between; never across the contact."""
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
        usable = [*(shot.film for shot in shots if shot.name not in ("hold", "end")), hold]
        picks = np.linspace(0, len(usable) - 1, min(len(lines), len(usable))).round().astype(int)
        slots = [usable[i] for i in picks]
    return tuple(
        CaptionCue(text, FrameRange(min(slot.start + 8, slot.stop), slot.stop))
        for text, slot in zip(lines, slots, strict=False)
    )
