"""Scores of the bundled music, read from ``music/scores/<slug>.toml`` and played into MIDI.

The notation: a bar is a line of ``PITCH[+PITCH]:BEATS[~SOUNDING_BEATS][@VELOCITY]``, ``.`` is a rest; a bar of bare
pitches is played in the part's ``figure`` (numbers are places in that list), ``/`` splits such a bar into equal parts.
``dynamics`` and ``fade_db`` are (bar, value) points with straight lines between.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from studio.core.tables import build, read_toml  # noqa: E402

MUSIC = ROOT / "music"
LEAD_S = 0.2
"""Beat 0 lies this far into the file, so that nothing that starts early is cut."""
TICKS = 9600
DRUMS = {"kick": 36, "snare": 38, "rim": 37, "hat": 42, "shaker": 70, "cymbal": 49}
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TOKEN = re.compile(r"([^:~@]+):([\d.]+)(?:~([\d.]+))?(?:@([+-]\d+))?")


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument.  ``early_ms``: how much sooner it is played, because its sound takes that long to speak."""

    name: str
    program: int
    bars: tuple[str, ...]
    gain_db: float = 0.0
    pan: float = 0.0
    room_db: float = -12.0
    early_ms: float = 0.0
    highpass_hz: float = 30.0
    lowpass_hz: float = 16000.0
    figure: str = ""
    drum: bool = False
    dynamics: tuple[tuple[float, float], ...] = ((0.0, 80.0),)
    fade_db: tuple[tuple[float, float], ...] = ((0.0, 0.0),)


@dataclass(frozen=True, slots=True)
class Score:
    """A piece.

    ``swing`` is where in the beat its second half falls (0.5 straight); ``low_db`` and ``high_db`` tilt the whole
    below 150 Hz and above 3 kHz.
    """

    title: str
    mood: tuple[str, ...]
    note: str
    bpm: float
    beats_per_bar: int
    bars: int
    tail_s: float
    drop_bar: int
    loop_bars: tuple[int, int]
    seed: int
    room_s: float
    sections: tuple[tuple[str, int], ...]
    parts: tuple[Part, ...]
    swing: float = 0.5
    low_db: float = 0.0
    high_db: float = 0.0

    def time_s(self, beat: float) -> float:
        """File time of a beat; halves of beats swing."""
        whole, rest = divmod(beat, 1.0)
        swung = rest / 0.5 * self.swing if rest <= 0.5 else self.swing + (rest - 0.5) / 0.5 * (1 - self.swing)
        return LEAD_S + (whole + swung) * 60 / self.bpm

    @property
    def duration_s(self) -> float:
        return self.time_s(self.bars * self.beats_per_bar) + self.tail_s


@dataclass(frozen=True, slots=True)
class Note:
    """One sounding note: ``start_s`` and ``end_s`` in the file."""

    key: int
    velocity: int
    start_s: float
    end_s: float
    beat: float


def read_score(slug: str) -> Score:
    """Load and check a score."""
    path = MUSIC / "scores" / f"{slug}.toml"
    score = build(Score, read_toml(path), file=path.name)
    for part in score.parts:
        if len(part.bars) != score.bars:
            raise SystemExit(f"{path.name}: '{part.name}' has {len(part.bars)} bars, the piece {score.bars}")
    return score


def pitch(name: str) -> int:
    """MIDI key of ``F#5``, ``Bb3`` or a drum."""
    if name in DRUMS:
        return DRUMS[name]
    step, sharps, octave = name[0], name[1:-1], int(name[-1])
    return 12 * (octave + 1) + STEPS[step] + sharps.count("#") - sharps.count("b")


def tokens(part: Part, bar: str, beats: int) -> list[tuple[list[int], float, float, int]]:
    """(keys, beats to the next, beats it sounds, velocity change) of one bar."""
    lines: list[tuple[str, list[str], float]] = []
    if ":" in bar:
        lines.append((bar, [], float(beats)))
    elif bar.strip():
        groups = bar.split("/")
        lines.extend((part.figure, group.split(), beats / len(groups)) for group in groups)
    found = []
    for line, chord, room in lines:
        filled = 0.0
        for text in line.split():
            match = TOKEN.fullmatch(text)
            if match is None:
                raise SystemExit(f"{part.name}: cannot read {text!r} in {bar!r}")
            names, step, sounding, accent = match.groups()
            if filled >= room - 1e-9:
                break
            keys = [] if names == "." else [pitch(chord[int(n)] if chord else n) for n in names.split("+")]
            found.append((keys, float(step), float(sounding or float(step) * 0.95), int(accent or 0)))
            filled += float(step)
        if abs(filled - room) > 1e-6:
            raise SystemExit(f"{part.name}: {bar!r} fills {filled:g} of {room:g} beats")
    return found


def notes(score: Score, part: Part, rng: np.random.Generator) -> list[Note]:
    """The part as a player would give it: on the grid on the beats, a little loose between, louder on strong beats."""
    played = []
    for number, bar in enumerate(part.bars):
        beat = float(number * score.beats_per_bar)
        for keys, step, sounding, accent in tokens(part, bar, score.beats_per_bar):
            in_bar = beat - number * score.beats_per_bar
            on_beat = abs(beat - round(beat)) < 1e-6
            loose_s = 0.0 if on_beat else float(np.clip(rng.normal(0, 0.005), -0.011, 0.011))
            level = (
                between(part.dynamics, beat / score.beats_per_bar)
                + accent
                + (5 if in_bar == 0 else 1 if on_beat else -4)
            )
            start_s = score.time_s(beat) + loose_s - part.early_ms / 1000
            end_s = min(score.time_s(beat + sounding), score.duration_s - 0.01)
            for place, key in enumerate(keys):
                velocity = int(
                    np.clip(round(level + rng.normal(0, 2.5) - (3 if 0 < place < len(keys) - 1 else 0)), 8, 120)
                )
                roll_s = 0.0 if part.drum else place * float(rng.uniform(0.004, 0.009))
                played.append(Note(key, velocity, start_s + roll_s, max(end_s, start_s + roll_s + 0.05), beat))
            beat += step
    return played


def between(points: tuple[tuple[float, float], ...], x: float | NDArray) -> float:
    return np.interp(x, [p[0] for p in points], [p[1] for p in points])  # type: ignore[return-value]


def midi(score: Score, part: Part, played: list[Note]) -> mido.MidiFile:
    """One part as a MIDI file whose tick 0 is second 0 of the track."""
    song = mido.MidiFile(ticks_per_beat=TICKS)
    track = mido.MidiTrack()
    song.tracks.append(track)
    channel = 9 if part.drum else 0
    tempo = mido.bpm2tempo(score.bpm)
    events = [(0.0, 0, mido.Message("program_change", program=part.program, channel=channel))]
    for note in played:
        events.append(
            (note.start_s, 2, mido.Message("note_on", note=note.key, velocity=note.velocity, channel=channel))
        )
        events.append((note.end_s, 1, mido.Message("note_off", note=note.key, channel=channel)))
    track.append(mido.MetaMessage("set_tempo", tempo=tempo))
    now = 0
    for at_s, _, message in sorted(events, key=lambda event: event[:2]):
        tick = round(mido.second2tick(at_s, TICKS, tempo))
        track.append(message.copy(time=tick - now))
        now = tick
    # FluidSynth stops with the track: keep it playing until the tail has rung out.
    track.append(mido.MetaMessage("end_of_track", time=round(mido.second2tick(score.duration_s, TICKS, tempo)) - now))
    return song
