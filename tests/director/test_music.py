"""Which music, and the sound of the film."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from studio.core.errors import PresetError
from studio.core.run import Run
from studio.core.settings import MusicSettings
from studio.core.time import FrameRange
from studio.core.timeline import Shot, Timeline
from studio.director.music import choose_score
from studio.sound.loudness import integrated_lufs, true_peak_dbtp


def timeline(frames: int = 90, contact: int = 45, music_start_s: float = 0.0) -> Timeline:
    whole = FrameRange(0, frames)
    shot = Shot("hold", whole, FrameRange(0, 10), 1.0)
    return Timeline((shot,), (), frames, contact, None, music_start_s=music_start_s)


def test_no_music_is_silence_and_no_grid(tmp_path):
    score = choose_score(MusicSettings("none"), Run(tmp_path))
    assert (score.grid, score.title, score.confidence, score.source) == (None, None, None, "none")
    assert score.samples(timeline()) is None


def test_a_bundled_track_brings_its_own_grid(tmp_path):
    run = Run(tmp_path)
    score = choose_score(MusicSettings("first-light"), run)
    assert (score.title, score.source, score.confidence) == ("First Light", "bundled", 1.0)
    assert score.grid is not None and score.grid.drop_s in score.grid.beats_s
    assert score.grid.beats_s[-1] <= score.grid.duration_s
    assert run.warnings == []


def test_the_sound_is_as_long_as_the_film_and_mastered(tmp_path):
    score = choose_score(MusicSettings("golden-hour"), Run(tmp_path))
    sound = score.samples(timeline(frames=180, contact=90, music_start_s=7.0))
    assert sound is not None and sound.shape == (6 * 48000, 2) and sound.dtype == np.float32
    assert integrated_lufs(sound, 48000) == pytest.approx(-14, abs=0.5)
    assert true_peak_dbtp(sound) <= -1


def test_noise_of_the_user_s_own_is_taken_with_a_warning(tmp_path):
    run = Run(tmp_path)
    file = tmp_path / "sea.wav"
    noise = np.random.default_rng(3).normal(0, 2000, 44100 * 12).astype(np.int16)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(44100)
        out.writeframes(noise.tobytes())
    score = choose_score(MusicSettings(str(file)), run)
    assert score.source == "user" and score.confidence is not None and score.confidence < 0.5
    assert score.grid is not None and score.grid.beats_s == ()
    assert any("No steady beat" in warning for warning in run.warnings)


def test_an_unknown_track_is_refused(tmp_path):
    with pytest.raises(PresetError, match="first-lihgt") as caught:
        choose_score(MusicSettings("first-lihgt"), Run(tmp_path))
    assert "first-light" in caught.value.hint
