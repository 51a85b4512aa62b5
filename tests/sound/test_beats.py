from __future__ import annotations

import numpy as np
import pytest
from sound_signals import RATE_HZ, click, even, kick, place, score, song

from studio.core.errors import MediaError
from studio.sound import beats
from studio.sound.track import TRUSTED


@pytest.mark.parametrize("bpm", [62, 84, 96, 118])
@pytest.mark.parametrize("sound", [click, kick])
def test_drums_are_found_within_12_ms(bpm, sound):
    true = even(bpm)
    heard = beats.listen(place(true, [sound()]))
    agreement, error_ms = score(heard.beats_s, true)
    assert agreement > 0.95
    assert abs(error_ms) < 12
    assert heard.bpm == pytest.approx(bpm, rel=0.003)
    assert heard.confidence > 0.8


@pytest.mark.parametrize("bpm", [70, 84, 110])
def test_a_piano_with_notes_between_the_beats_is_not_taken_off_the_beat_and_its_bars_are_right(bpm):
    sound, true = song(bpm)
    heard = beats.listen(sound)
    agreement, error_ms = score(heard.beats_s, true)
    assert agreement > 0.95
    assert abs(error_ms) < 12
    agreement, error_ms = score(heard.downbeats_s, true[::4])
    assert agreement > 0.9
    assert abs(error_ms) < 12


def test_a_waltz_has_bars_of_three():
    sound, true = song(90, bar=3)
    heard = beats.listen(sound)
    assert score(heard.downbeats_s, true[::3])[0] > 0.9


def test_a_fast_beat_is_read_at_half_its_tempo():
    heard = beats.listen(place(even(168), [kick()]))
    assert heard.bpm == pytest.approx(84, rel=0.01)
    assert beats.fold(168) == 84
    assert beats.fold(40) == 80


def test_a_tempo_that_drifts_is_followed():
    steps = 60 / np.linspace(80, 88, 42)
    true = 0.4 + np.cumsum(steps)
    true = true[true < 29.5]
    heard = beats.listen(place(true, [kick()]))
    agreement, error_ms = score(heard.beats_s, true)
    assert agreement > 0.85
    assert abs(error_ms) < 20


def pad() -> np.ndarray:
    rng = np.random.default_rng(1)
    at = np.arange(30 * RATE_HZ) / RATE_HZ
    swell = [1 + 0.5 * np.sin(2 * np.pi * at / rng.uniform(5, 9) + rng.uniform(0, 6)) for _ in range(5)]
    tones = [np.sin(2 * np.pi * pitch_hz * at) for pitch_hz in (110, 165, 220, 277, 330)]
    return (0.05 * sum(a * b for a, b in zip(tones, swell, strict=True))).astype(np.float32)


@pytest.mark.parametrize("name", ["pad", "noise", "silence", "scattered"])
def test_music_without_a_beat_is_admitted_and_planned_on_its_energy(name):
    rng = np.random.default_rng(2)
    sound = {
        "pad": pad,
        "noise": lambda: rng.normal(0, 0.1, 30 * RATE_HZ).astype(np.float32),
        "silence": lambda: np.zeros(30 * RATE_HZ, np.float32),
        "scattered": lambda: place(np.sort(rng.uniform(0, 29, 60)), [click()]),
    }[name]()
    heard = beats.listen(sound)
    assert heard.confidence < TRUSTED
    assert heard.beats_s == heard.downbeats_s == ()
    assert heard.bpm == 0
    assert beats.BEFORE_S - 0.9 <= heard.drop_s <= 30 - beats.AFTER_S + 0.9
    assert "No steady beat" in heard.notes[0]


def test_the_drop_of_a_pad_is_where_it_rises():
    sound = pad()
    sound[: 12 * RATE_HZ] *= 0.1
    assert beats.listen(sound).drop_s == pytest.approx(12, abs=0.3)


def test_the_drop_is_the_downbeat_where_the_music_opens():
    sound, true = song(80)
    opening = true[16]
    sound[: int((opening - 0.02) * RATE_HZ)] *= 0.2
    heard = beats.listen(sound)
    assert heard.drop_s == pytest.approx(opening, abs=0.012)
    assert heard.drop_s in heard.downbeats_s


def test_a_rise_too_near_the_end_is_not_the_drop():
    sound, _ = song(80)
    sound[: 26 * RATE_HZ] *= 0.2
    assert beats.listen(sound).drop_s <= 30 - beats.AFTER_S


def test_the_users_word_wins():
    sound, _ = song(80)
    heard = beats.listen(sound, bpm=100, first_beat_s=0.5)
    assert heard.bpm == 100
    assert heard.confidence == 1
    assert np.allclose(np.diff(heard.beats_s), 0.6)
    assert 0.5 in np.round(heard.downbeats_s, 6)
    assert len(heard.beats_s) == len(np.arange(0.5, 30, 0.6))


def test_a_given_tempo_alone_keeps_the_heard_phase():
    true = even(75)
    heard = beats.listen(place(true, [kick()]), bpm=75)
    assert heard.bpm == 75
    assert score(heard.beats_s, true)[0] > 0.95


def test_too_short_is_refused():
    with pytest.raises(MediaError) as caught:
        beats.listen(np.zeros(RATE_HZ, np.float32))
    assert "4 seconds" in caught.value.hint
