"""Beats, downbeats and the drop of music that nobody has annotated.

1. librosa: onset strength -> tempo (prior around 84, 168 is read as 84) -> beats by dynamic programming (Ellis 2007).
2. Half a beat off?  The grid with more onset, and more bass, under it wins.
3. librosa's beats come 20 to 40 ms late, by timbre: each moves to the onset peak beside it in a finer curve (hop
   1.5 ms); where the tempo is steady a straight line through the peaks replaces them, which evens out what is left.
4. Downbeats: bars of four, or clearly of three, in the phase with the most new harmony and bass on the one.
5. The drop: the largest rise of loudness on a downbeat that leaves room for the film around it.

What it does not know: bars of five or seven, tempo changes within a song beyond a drift, and music without onsets
(pads).  There ``confidence`` is low, no beats are claimed, and the drop is the largest rise anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import MediaError
from studio.sound.track import TRUSTED

ANALYSIS_HZ = 22050
SHORTEST_S = 4.0
BEFORE_S, AFTER_S = 5.0, 9.0
"""Room that a film wants before and after the drop."""

_HOP = 512
_FINE_HOP = 32
_FINE_WINDOW = 512
_FINE_S = _FINE_HOP / ANALYSIS_HZ
_SLOWEST_BPM, _FASTEST_BPM, _USUAL_BPM = 58.0, 122.0, 84.0
_BAR = 4
_WALTZ = 0.3
"""How much clearer bars of three must be than bars of four, which nearly all songs have."""
_ATTACK = 0.12
"""`Curve.rise` of a soft but real attack: pads measure 0.05, a bowed and softly struck ensemble 0.26, clicks 1.5."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was found; times in seconds.  ``beats_s`` and ``downbeats_s`` are empty below `track.TRUSTED`."""

    bpm: float
    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    drop_s: float
    confidence: float
    notes: tuple[str, ...]


def listen(mono: NDArray[np.float32], *, bpm: float | None = None, first_beat_s: float | None = None) -> Heard:
    """Find beats, downbeats and drop.

    Parameters
    ----------
    mono : (n,) float at `ANALYSIS_HZ`
    bpm : overrules the tempo; with ``first_beat_s`` the whole grid
    first_beat_s : time of a downbeat, overrules the bar's phase

    Raises
    ------
    MediaError : shorter than `SHORTEST_S`
    """
    duration_s = len(mono) / ANALYSIS_HZ
    if duration_s < SHORTEST_S:
        raise MediaError(
            f"The music lasts only {duration_s:.1f} seconds.", f"Take a piece of at least {SHORTEST_S:g} seconds."
        )
    curve = Curve.of(mono)
    if bpm is not None and first_beat_s is not None:
        beats, confidence, notes = steady(bpm, first_beat_s, duration_s), 1.0, ("The beat grid was given by hand.",)
    else:
        beats, confidence = track_beats(mono, curve, bpm)
        notes = (f"Beats were found by listening (confidence {confidence:.2f}).",)
    if confidence < TRUSTED or len(beats) < 2 * _BAR:
        drop_s = drop(curve, None, duration_s)
        notes = (
            f"No steady beat was found (confidence {confidence:.2f}): the film follows the music's rise instead. "
            "Give bpm and first_beat_s to set the beat by hand.",
        )
        return Heard(0.0, (), (), drop_s, confidence, notes)
    bar, phase = bars(mono, curve, beats)
    if first_beat_s is not None:
        phase = int(np.abs(beats - first_beat_s).argmin()) % bar
    downbeats = beats[phase::bar]
    return Heard(
        bpm=bpm or float(60 / np.median(np.diff(beats))),
        beats_s=tuple(np.round(beats, 6).tolist()),
        downbeats_s=tuple(np.round(downbeats, 6).tolist()),
        drop_s=round(drop(curve, downbeats, duration_s), 6),
        confidence=round(confidence, 3),
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """Onsets and loudness in fine time.

    Parameters
    ----------
    rise : (n,) how much of the spectrum grows, all bands in log scale; its peaks are onsets
    bass : (n,) the same below 150 Hz
    power : (n,) mean square
    """

    rise: NDArray[np.float32]
    bass: NDArray[np.float32]
    power: NDArray[np.float32]

    @classmethod
    def of(cls, mono: NDArray[np.float32]) -> Curve:
        """Spectral flux of short windows, computed in blocks so that a long song stays small in memory."""
        # Frames are centred on their time and compared with one 12 ms earlier; on clicks, kicks and piano tones of
        # known time the peak then lies -0.2 to +2 ms from the attack, so nothing needs correcting.
        window = np.hanning(_FINE_WINDOW).astype(np.float32)
        padded = np.pad(np.asarray(mono, np.float32), (_FINE_WINDOW // 2, _FINE_WINDOW))
        views = np.lib.stride_tricks.sliding_window_view(padded, _FINE_WINDOW)[::_FINE_HOP]
        gap = 8
        rise, bass, power = [], [], []
        tail: NDArray[np.float32] | None = None
        floor = 1e-3 * max(float(np.abs(mono).max(initial=0.0)), 1e-6) * _FINE_WINDOW / 8
        for at in range(0, len(views), 4096):
            block = views[at : at + 4096]
            spectrum = np.log1p(np.abs(np.fft.rfft(block * window, axis=1)).astype(np.float32) / floor)
            before = np.repeat(spectrum[:1], gap, axis=0) if tail is None else tail
            joined = np.concatenate([before, spectrum])
            growth = np.maximum(joined[gap:] - joined[:-gap], 0)
            rise.append(growth.mean(axis=1))
            bass.append(growth[:, 1:4].mean(axis=1))
            power.append((block * block).mean(axis=1))
            tail = joined[-gap:]
        return cls(np.concatenate(rise), np.concatenate(bass), np.concatenate(power))

    def frame(self, at_s: NDArray | float) -> NDArray[np.int64]:
        """Index of a time."""
        return np.clip(np.round(np.asarray(at_s) / _FINE_S), 0, len(self.rise) - 1).astype(np.int64)

    def peak_near(self, at_s: float, reach_s: float) -> tuple[float, float]:
        """(time, height) of the highest rise within ``reach_s`` either side."""
        start, stop = int(self.frame(at_s - reach_s)), int(self.frame(at_s + reach_s)) + 1
        place = start + int(self.rise[start:stop].argmax())
        return place * _FINE_S, float(self.rise[place])

    def level_db(self, from_s: float, to_s: float) -> float:
        """Loudness of a stretch."""
        start, stop = round(max(from_s, 0) / _FINE_S), round(to_s / _FINE_S)
        part = self.power[start : max(stop, start + 1)]
        return 10 * float(np.log10((part.mean() if len(part) else 0) + 1e-9))


def steady(bpm: float, first_beat_s: float, duration_s: float) -> NDArray[np.float64]:
    """(n,) an even grid over the whole file, so that ``first_beat_s`` is one of its beats."""
    period_s = 60 / bpm
    start_s = first_beat_s % period_s
    return start_s + period_s * np.arange(int((duration_s - start_s) / period_s) + 1)


def track_beats(mono: NDArray[np.float32], curve: Curve, bpm: float | None) -> tuple[NDArray[np.float64], float]:
    """(n,) beat times and the confidence in them, 0 to 1."""
    import librosa

    strength = librosa.onset.onset_strength(y=mono, sr=ANALYSIS_HZ, hop_length=_HOP)
    if strength.max(initial=0) <= 0:
        return np.zeros(0), 0.0
    if bpm is not None:
        tempos = [bpm]
    else:
        found = librosa.feature.tempo(
            onset_envelope=strength, sr=ANALYSIS_HZ, hop_length=_HOP, start_bpm=_USUAL_BPM, max_tempo=2 * _FASTEST_BPM
        )
        tempos = rivals(float(found[0]))
    best, clearest, confidence = np.zeros(0), 0.0, 0.0
    for tempo in tempos:
        _, rough = librosa.beat.beat_track(
            onset_envelope=strength, sr=ANALYSIS_HZ, hop_length=_HOP, bpm=tempo, trim=False, units="time"
        )
        if len(rough) < 2 * _BAR:
            continue
        beats, clarity, sure = refine(rough, curve, len(mono) / ANALYSIS_HZ)
        if clarity > clearest * 1.1:  # the first is librosa's own choice: it needs a reason to go
            best, clearest, confidence = beats, clarity, sure
    return best, confidence


def rivals(bpm: float) -> list[float]:
    """The tempo folded, first, and the usual mistakes about it (two for three, half, double) within the range."""
    first = fold(bpm)
    others = (first * ratio for ratio in (3 / 2, 2 / 3, 2, 1 / 2))
    return [first, *(tempo for tempo in others if _SLOWEST_BPM <= tempo <= _FASTEST_BPM)]


def fold(bpm: float) -> float:
    """The tempo of the same pulse, doubled or halved into 58 to 122: what feet would tap to slow music."""
    while bpm > _FASTEST_BPM:
        bpm /= 2
    while bpm < _SLOWEST_BPM:
        bpm *= 2
    return bpm


def refine(rough: NDArray, curve: Curve, duration_s: float) -> tuple[NDArray[np.float64], float, float]:
    """Move beats to their onsets, choose between on and off the beat, straighten a steady tempo.

    Returns
    -------
    beats (n,), how far their onsets stand out (for comparing tempos), confidence 0 to 1
    """
    period_s = float(np.median(np.diff(rough)))
    snapped, heights = _snap(rough, curve, 0.08)
    off, off_heights = _snap(rough + period_s / 2, curve, 0.08)
    bass = np.median(curve.bass[curve.frame(snapped)])
    off_bass = np.median(curve.bass[curve.frame(off)])
    # Louder and lower is the beat; librosa's own choice stays unless both together say otherwise.
    if off_heights.mean() + 0.5 * off_bass > 1.25 * (heights.mean() + 0.5 * bass):
        snapped, heights = off, off_heights
    # Counted step by step: librosa's period is quantised to its hop and would miscount over a whole song.
    number = np.concatenate([[0.0], np.cumsum(np.maximum(1, np.round(np.diff(rough) / period_s)))])
    line = _line(number, snapped, heights)
    away_s = np.abs(snapped - np.polyval(line, number))
    beats = snapped
    if np.median(away_s) < 0.02:
        start, end = np.ceil(-line[1] / line[0]), np.floor((duration_s - line[1]) / line[0])
        beats = np.polyval(line, np.arange(start, end + 1))
    heard = np.array(
        [curve.peak_near(at, 0.03)[1] for at in beats[(beats > rough[0] - 0.1) & (beats < rough[-1] + 0.1)]]
    )
    # Chance: the same even grid, laid anywhere else.
    anywhere = [
        np.mean([curve.peak_near(at + shift * period_s, 0.03)[1] for at in beats]) for shift in (0.15, 0.3, 0.7, 0.85)
    ]
    contrast = float(heard.mean() / (np.mean(anywhere) + 1e-9))
    # Even as a whole, or from one beat to the next where the tempo drifts.
    turns_s = np.abs(np.diff(np.diff(snapped) / np.diff(number)))
    evenness = float(np.clip(1 - min(np.median(away_s) / 0.04, np.median(turns_s) / 0.08), 0, 1))
    # Slow swells of a pad also line up with something: real attacks are an order of magnitude steeper.
    attack = float(np.clip(heard.mean() / _ATTACK, 0, 1))
    return beats, contrast * evenness, float(np.clip((contrast - 1.0) / 0.8, 0, 1)) * evenness * attack


def _snap(times: NDArray, curve: Curve, reach_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    peaks = np.array([curve.peak_near(float(at), reach_s) for at in times])
    return peaks[:, 0], peaks[:, 1]


def _line(number: NDArray, times: NDArray, weight: NDArray) -> NDArray[np.float64]:
    """Least squares with outliers dropped twice: ``times`` as a straight line of beat numbers."""
    keep = np.ones(len(times), bool)
    line = np.polyfit(number, times, 1, w=np.sqrt(weight + 1e-9))
    for _ in range(3):
        away = np.abs(times - np.polyval(line, number))
        keep = away <= max(0.008, 2 * float(np.median(away)))
        if keep.sum() < _BAR:
            break
        line = np.polyfit(number[keep], times[keep], 1, w=np.sqrt(weight[keep] + 1e-9))
    return line


def bars(mono: NDArray[np.float32], curve: Curve, beats: NDArray) -> tuple[int, int]:
    """(beats to the bar, number of the first downbeat): where harmony changes and bass and onsets are strongest."""
    import librosa

    bass = np.array([curve.bass[max(0, at - 8) : at + 9].max() for at in curve.frame(beats)])
    rise = np.array([curve.peak_near(float(at), 0.03)[1] for at in beats])
    chroma = librosa.feature.chroma_stft(y=mono, sr=ANALYSIS_HZ, hop_length=_HOP, n_fft=4096, tuning=0.0)
    edges = np.clip((beats * ANALYSIS_HZ / _HOP).astype(int), 0, chroma.shape[1] - 1)
    parts = [
        chroma[:, a : max(b, a + 1)].mean(axis=1) for a, b in zip(edges, [*edges[1:], chroma.shape[1]], strict=True)
    ]
    unit = np.array(parts) / (np.linalg.norm(parts, axis=1, keepdims=True) + 1e-9)
    change = np.concatenate([[0.0], 1 - (unit[1:] * unit[:-1]).sum(axis=1)])
    score = _standard(change) + 0.7 * _standard(bass) + 0.5 * _standard(rise)
    strength = {
        (bar, phase): float(np.mean(score[phase::bar])) - (_WALTZ if bar == 3 else 0.0)
        for bar in (4, 3)
        for phase in range(bar)
    }
    return max(strength, key=lambda choice: strength[choice])


def _standard(values: NDArray) -> NDArray:
    return (values - values.mean()) / (values.std() + 1e-9)


def drop(curve: Curve, downbeats: NDArray | None, duration_s: float) -> float:
    """The time whose next 4 s are loudest against the 3 s before, with room for the film; of near-equals the first."""
    free = downbeats is None
    choices = np.arange(0.5, duration_s, 0.1) if downbeats is None else np.asarray(downbeats)
    room = choices[(choices >= BEFORE_S) & (choices <= duration_s - AFTER_S)]
    if not len(room):  # a short piece: the middle of what there is
        room = choices[[int(np.abs(choices - 0.45 * duration_s).argmin())]]
    rises = np.array([curve.level_db(at, at + 4) - curve.level_db(at - 3, at) for at in room])
    best = float(room[int(np.flatnonzero(rises >= rises.max() - 0.5)[0])])
    if not free:
        return best
    # Without beats: the steepest place nearby.
    nearby = np.arange(max(0.4, best - 0.8), min(best + 0.8, duration_s - 0.4), 0.02)
    steps = [curve.level_db(at, at + 0.3) - curve.level_db(at - 0.3, at) for at in nearby]
    return float(nearby[int(np.argmax(steps))]) if len(nearby) else best
