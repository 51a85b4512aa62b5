"""The bundled music as it ships: measured in the decoded files."""

from __future__ import annotations

import shutil
from itertools import combinations

import numpy as np
import pytest

from studio.sound import library, loudness
from tools import make_music, music_score

RATE_HZ = 48000
SLUGS = tuple(track.slug for track in library.tracks())


@pytest.fixture(scope="module")
def sounds():
    return {track.slug: library.samples(track) for track in library.tracks()}


def level_db(part: np.ndarray) -> float:
    return 10 * float(np.log10(np.mean(part**2) + 1e-12))


def cut(sound: np.ndarray, from_s: float, to_s: float) -> np.ndarray:
    return sound[round(from_s * RATE_HZ) : round(to_s * RATE_HZ)]


def attack_s(sound: np.ndarray, near_s: float) -> float:
    """When a fifth of the loudness after ``near_s`` is reached: 1 ms blocks from 50 ms before to 60 ms after."""
    blocks = np.sqrt((cut(sound, near_s - 0.05, near_s + 0.06) ** 2).mean(axis=1)[:5280].reshape(-1, 48).mean(axis=1))
    return near_s - 0.05 + (int(np.argmax(blocks > 0.2 * blocks.max())) + 0.5) / 1000


@pytest.mark.parametrize("slug", SLUGS)
def test_mastered_small_and_clean(slug, sounds):
    sound, track = sounds[slug], library.load(slug)
    assert loudness.integrated_lufs(sound, RATE_HZ) == pytest.approx(-14, abs=0.1)
    assert loudness.true_peak_dbtp(sound) <= -1.5
    assert track.path.stat().st_size < 700_000
    assert 30 <= track.duration_s <= 45
    assert np.abs(sound[:48]).max() < 1e-3
    assert np.abs(sound[-480:]).max() < 1e-3
    assert abs(float(sound.mean())) < 1e-3
    assert np.corrcoef(sound.T)[0, 1] > 0.3  # it survives a phone's one loudspeaker


@pytest.mark.parametrize("slug", SLUGS)
def test_the_first_note_and_the_drop_sit_on_their_grid_times(slug, sounds):
    track = library.load(slug)
    assert attack_s(sounds[slug], track.beats_s[0]) == pytest.approx(track.beats_s[0], abs=0.010)
    assert attack_s(sounds[slug], track.drop_s) == pytest.approx(track.drop_s, abs=0.010)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_breath_then_the_bloom_with_room_for_a_film(slug, sounds):
    track, sound = library.load(slug), sounds[slug]
    drop_s = track.drop_s
    assert drop_s - track.beats_s[0] >= 8
    assert track.duration_s - drop_s >= 14
    intro = level_db(cut(sound, track.beats_s[0], drop_s - 1.5))
    breath = level_db(cut(sound, drop_s - 0.4, drop_s - 0.05))
    bloom = level_db(cut(sound, drop_s, drop_s + 6))
    assert breath < intro - 15
    assert 4 < bloom - intro < 14  # felt, and the beginning still heard


@pytest.mark.parametrize("slug", SLUGS)
def test_neither_boomy_nor_dull(slug, sounds):
    mono = sounds[slug].mean(axis=1)
    power = np.abs(np.fft.rfft(mono)) ** 2
    pitch_hz = np.fft.rfftfreq(len(mono), 1 / RATE_HZ)

    def share_db(low_hz: float, high_hz: float) -> float:
        return 10 * float(np.log10(power[(pitch_hz >= low_hz) & (pitch_hz < high_hz)].sum() / power.sum()))

    assert share_db(20, 45) < -12
    assert share_db(45, 250) < -2
    assert share_db(250, 2000) > -4
    assert share_db(2000, 16000) > -28


@pytest.mark.parametrize("slug", SLUGS)
def test_sidecar_and_score_agree(slug):
    track, score = library.load(slug), music_score.read_score(slug)
    assert track.beats_s == pytest.approx(
        [score.time_s(beat) for beat in range(score.bars * score.beats_per_bar)], abs=1e-6
    )
    assert track.downbeats_s == track.beats_s[:: score.beats_per_bar]
    assert track.drop_s == track.downbeats_s[score.drop_bar]
    assert len(track.bar_energy) == score.bars
    assert track.title == score.title


@pytest.mark.parametrize("slug", SLUGS)
def test_notes_on_a_beat_are_exact_and_notes_between_are_human(slug):
    score = music_score.read_score(slug)
    rng = np.random.default_rng(score.seed)
    on, between = [], []
    for part in score.parts:
        for note in music_score.notes(score, part, rng):
            away_s = note.start_s + part.early_ms / 1000 - score.time_s(note.beat)
            (on if note.beat == round(note.beat) else between).append(away_s)
            assert 8 <= note.velocity <= 120
    assert min(on) == pytest.approx(0, abs=1e-9)  # chords roll upwards from the beat, none is early
    assert max(on) < 0.05
    assert np.std(between) > 0.002
    assert np.abs(between).max() < 0.05


def test_the_tracks_are_different_pieces(sounds):
    import librosa

    tempos = {library.load(slug).bpm for slug in SLUGS}
    assert len(tempos) == len(SLUGS)
    chroma = {}
    for slug in SLUGS:
        mono = sounds[slug].mean(axis=1)[::3]
        chroma[slug] = librosa.feature.chroma_stft(y=mono, sr=16000, n_fft=4096, tuning=0.0).mean(axis=1)
    for one, other in combinations(SLUGS, 2):
        assert np.corrcoef(chroma[one], chroma[other])[0, 1] < 0.8


def test_the_notation():
    part = music_score.Part("p", 0, (), figure="0:.5~2 1:.5 2+1:1@+5")
    assert music_score.tokens(part, "C4 E4 Bb4", 2) == [
        ([60], 0.5, 2.0, 0),
        ([64], 0.5, 0.475, 0),
        ([70, 64], 1.0, 0.95, 5),
    ]
    assert music_score.tokens(part, "F#3+A3:1.5~1 .:.5", 2) == [([54, 57], 1.5, 1.0, 0), ([], 0.5, 0.475, 0)]
    with pytest.raises(SystemExit, match=r"1\.5 of 2"):
        music_score.tokens(part, "C4:1.5", 2)


def test_the_licence_carries_the_sound_fonts_notice():
    text = (library.MUSIC / "LICENSE.md").read_text()
    assert "Frank Wen" in text
    assert "Permission is hereby granted" in text
    assert "CC0" in text
    for track in library.tracks():
        assert track.title in text


@pytest.mark.skipif(
    not (shutil.which("fluidsynth") and make_music.SOUNDFONT.is_file()), reason="needs fluidsynth and FluidR3_GM.sf2"
)
def test_the_shipped_file_is_what_the_score_sounds_like(sounds):
    rendered = make_music.mix(music_score.read_score("quiet-room"), make_music.SOUNDFONT).astype(np.float32)
    shipped = sounds["quiet-room"]
    assert rendered.shape == shipped.shape
    assert np.corrcoef(rendered.ravel(), shipped.ravel())[0, 1] > 0.98
