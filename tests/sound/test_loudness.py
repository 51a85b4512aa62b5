from __future__ import annotations

import numpy as np
import pytest

from studio.core.errors import MediaError
from studio.sound import loudness

RATE_HZ = 48000


def tone(level_dbfs: float, length_s: float, pitch_hz: float = 1000.0) -> np.ndarray:
    at = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * pitch_hz * at)
    return np.stack([wave, wave], axis=1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23),  # EBU Tech 3341, case 1
        ([(-33, 20)], -33),  # case 2
        ([(-36, 10), (-23, 60), (-36, 10)], -23),  # case 3: the relative gate
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),  # case 4: the absolute gate too
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),  # case 5
    ],
)
def test_ebu_tech_3341_loudness(parts, expected):
    sound = np.concatenate([tone(*part) for part in parts])
    assert loudness.integrated_lufs(sound, RATE_HZ) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("divisor", "degrees", "amplitude", "expected"),
    [(4, 0, 0.5, -6), (4, 45, 0.5, -6), (6, 60, 0.5, -6), (8, 67.5, 0.5, -6), (4, 45, 1.41, 3)],  # cases 15 to 19
)
def test_ebu_tech_3341_true_peak(divisor, degrees, amplitude, expected):
    n = np.arange(RATE_HZ)
    wave = (
        amplitude * np.sin(2 * np.pi * n / divisor + np.radians(degrees)) * np.minimum(1, np.minimum(n, n[::-1]) / 2000)
    )
    assert expected - 0.4 <= loudness.true_peak_dbtp(wave) <= expected + 0.2


def test_silence_and_shortness():
    assert loudness.integrated_lufs(np.zeros((RATE_HZ, 2)), RATE_HZ) == -np.inf
    assert loudness.true_peak_dbtp(np.zeros((100, 2))) == -np.inf
    with pytest.raises(MediaError) as caught:
        loudness.integrated_lufs(np.zeros((1000, 2)), RATE_HZ)
    assert caught.value.hint


def test_padding_with_silence_does_not_change_the_loudness():
    sound = tone(-20, 5)
    padded = np.concatenate([np.zeros((RATE_HZ * 3, 2)), sound, np.zeros((RATE_HZ * 3, 2))])
    assert loudness.integrated_lufs(padded, RATE_HZ) == pytest.approx(
        loudness.integrated_lufs(sound, RATE_HZ), abs=0.35
    )


def drums(length_s: float = 8.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    sound = rng.normal(0, 0.02, (round(length_s * RATE_HZ), 2))
    for start in range(0, len(sound) - 20000, RATE_HZ // 2):
        sound[start : start + 20000] += rng.normal(0, 0.3, (20000, 2)) * np.exp(-np.arange(20000) / 1500)[:, None]
    return sound.astype(np.float32)


@pytest.mark.parametrize("gain", [0.01, 0.3, 3.0])
def test_master_meets_loudness_and_ceiling_from_quiet_and_from_clipping(gain):
    out = loudness.master(drums() * np.float32(gain), RATE_HZ)
    assert out.dtype == np.float32
    assert loudness.integrated_lufs(out, RATE_HZ) == pytest.approx(-14, abs=0.1)
    assert loudness.true_peak_dbtp(out) <= loudness.CEILING_DBTP + 0.01


def test_other_targets():
    out = loudness.master(drums(), RATE_HZ, target_lufs=-18, ceiling_dbtp=-3)
    assert loudness.integrated_lufs(out, RATE_HZ) == pytest.approx(-18, abs=0.1)
    assert loudness.true_peak_dbtp(out) <= -2.99


def test_where_both_cannot_hold_the_ceiling_wins():
    sound = np.zeros((RATE_HZ * 4, 2), np.float32)
    sound[::RATE_HZ] = 0.9
    out = loudness.master(sound, RATE_HZ)
    assert loudness.true_peak_dbtp(out) <= loudness.CEILING_DBTP + 0.01


def test_silence_stays_silent_and_whispers_are_not_blown_up():
    assert not loudness.master(np.zeros((RATE_HZ * 2, 2)), RATE_HZ).any()
    noise = np.random.default_rng(0).normal(0, 1e-5, (RATE_HZ * 2, 2)).astype(np.float32)
    assert np.array_equal(loudness.master(noise, RATE_HZ), noise)


def test_the_limiter_touches_only_the_neighbourhood_of_peaks_and_keeps_the_stereo_image():
    sound = tone(-20, 2).astype(np.float32) * np.array([1.0, 0.5], np.float32)
    sound[RATE_HZ : RATE_HZ + 480] *= 12
    out = loudness.limit(sound, RATE_HZ, ceiling_dbtp=-3)
    assert loudness.true_peak_dbtp(out) <= -2.99
    assert np.array_equal(out[: RATE_HZ - 3000], sound[: RATE_HZ - 3000])
    assert np.array_equal(out[RATE_HZ + 4000 :], sound[RATE_HZ + 4000 :])
    assert np.allclose(out[:, 1], out[:, 0] / 2, atol=1e-6)


def test_what_is_below_the_ceiling_is_not_touched():
    sound = tone(-10, 1).astype(np.float32)
    assert loudness.limit(sound, RATE_HZ, ceiling_dbtp=-1) is sound
