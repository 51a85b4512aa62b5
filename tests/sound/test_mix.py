from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.core.errors import MediaError
from studio.sound import library, loudness
from studio.sound.accents import WHOOSH_S, accent
from studio.sound.mix import ACCENT_DB, lay, mix

RATE_HZ = 48000


@pytest.fixture(scope="module")
def track():
    return library.load("first-light")


def rms_db(part: np.ndarray) -> float:
    return 20 * float(np.log10(np.sqrt(np.mean(part**2)) + 1e-12))


def test_no_music_and_no_voice_is_no_sound():
    assert mix(None, start_s=0, duration_s=12, accents_s=(3.0,)) is None


@pytest.mark.parametrize("slug", ["first-light", "golden-hour", "quiet-room"])
@pytest.mark.parametrize(("before_s", "duration_s"), [(6.0, 12.0), (5.4321, 14.9667), (10.5, 13.0)])
def test_every_track_is_loud_enough_exact_in_length_and_below_the_ceiling(slug, before_s, duration_s):
    known = library.load(slug)
    sound = mix(known, start_s=known.drop_s - before_s, duration_s=duration_s, accents_s=(before_s,))
    assert sound is not None
    assert sound.dtype == np.float32
    assert sound.shape == (round(duration_s * RATE_HZ), 2)
    assert loudness.integrated_lufs(sound, RATE_HZ) == pytest.approx(-14, abs=0.1)
    assert loudness.true_peak_dbtp(sound) <= -1.5
    assert np.abs(sound[[0, -1]]).max() < 1e-3


@pytest.mark.parametrize("slug", ["first-light", "golden-hour", "quiet-room"])
def test_the_drop_sounds_where_the_plan_puts_it(slug):
    known = library.load(slug)
    sound = mix(known, start_s=known.drop_s - 6, duration_s=12)
    assert sound is not None
    at = 6 * RATE_HZ
    level = np.sqrt((sound[at - 4800 : at + 4800] ** 2).mean(axis=1).reshape(-1, 48).mean(axis=1))
    onset_ms = int(np.argmax(level > 0.2 * level.max())) - 100
    assert abs(onset_ms) <= 10
    assert rms_db(sound[at : at + RATE_HZ]) > rms_db(sound[at - 2 * RATE_HZ : at]) + 6


def test_it_stays_under_minus_one_after_aac(track, tmp_path):
    import av

    sound = mix(track, start_s=track.drop_s - 6, duration_s=12, accents_s=(6.0,))
    path = tmp_path / "film.m4a"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="stereo", bit_rate=192000)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout="stereo")
        frame.rate, frame.pts = RATE_HZ, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    decoded = library.read_audio(path)
    assert loudness.true_peak_dbtp(decoded) <= -1.0
    assert loudness.integrated_lufs(decoded, RATE_HZ) == pytest.approx(-14, abs=0.4)


def test_a_negative_start_is_silence_first(track):
    sound = mix(track, start_s=-2, duration_s=10)
    assert sound is not None
    assert not sound[: 2 * RATE_HZ].any()
    assert sound[2 * RATE_HZ : 3 * RATE_HZ].any()


def test_the_music_fades_in_and_out(track):
    laid = lay(track, start_s=12.0, duration_s=10)
    plain = library.samples(track)[12 * RATE_HZ : 22 * RATE_HZ]
    inner = slice(round(0.31 * RATE_HZ), round(8.79 * RATE_HZ))
    assert np.array_equal(laid[inner], plain[inner])
    assert rms_db(laid[:2400]) < rms_db(plain[:2400]) - 10
    assert rms_db(laid[-4800:]) < rms_db(plain[-4800:]) - 20


def test_a_track_too_short_loops_without_a_hole_or_a_click(track):
    start_s = 25.0
    laid = lay(track, start_s=start_s, duration_s=20)
    joint = round((track.loop_s[1] - start_s) * RATE_HZ)
    again = library.samples(track)[round(track.loop_s[0] * RATE_HZ) :]
    assert np.allclose(laid[joint + 10 : joint + 40000], again[10:40000], atol=1e-6)
    around = laid[joint - 2400 : joint + 2400]
    assert np.abs(np.diff(around, axis=0)).max() < 3 * np.abs(np.diff(again[:48000], axis=0)).max()
    assert rms_db(laid[joint - 1200 : joint]) > -50


def test_without_a_loop_the_end_of_the_music_is_faded(track):
    once = dataclasses.replace(track, loop_s=None, duration_s=20.0)
    laid = lay(once, start_s=12, duration_s=15)
    assert not laid[8 * RATE_HZ :].any()
    assert np.abs(laid[8 * RATE_HZ - 50 : 8 * RATE_HZ]).max() < 1e-3


def test_a_voice_is_kept_and_the_music_makes_room(track):
    rng = np.random.default_rng(0)
    voice = np.zeros(4 * RATE_HZ, np.float32)
    voice[RATE_HZ : 3 * RATE_HZ] = rng.normal(0, 0.15, 2 * RATE_HZ)
    alone = mix(None, start_s=0, duration_s=8, voice=voice)
    assert alone is not None
    assert alone.shape == (8 * RATE_HZ, 2)
    assert np.array_equal(alone[:, 0], alone[:, 1])
    both = mix(track, start_s=track.drop_s, duration_s=8, voice=voice)
    assert both is not None
    music = lay(track, start_s=track.drop_s, duration_s=8)
    during, after = slice(int(1.5 * RATE_HZ), int(2.5 * RATE_HZ)), slice(5 * RATE_HZ, 6 * RATE_HZ)

    def share(part: slice) -> float:
        return float((both[part] * music[part]).sum() / (music[part] ** 2).sum())

    assert 20 * np.log10(share(during) / share(after)) == pytest.approx(-9, abs=1.5)
    assert share(after) > 0


def test_more_gain_is_more_music_under_the_same_voice(track):
    voice = np.random.default_rng(0).normal(0, 0.1, (8 * RATE_HZ, 2)).astype(np.float32)
    music = lay(track, start_s=10, duration_s=8)
    shares = []
    for gain_db in (-12.0, 0.0):
        sound = mix(track, start_s=10, duration_s=8, gain_db=gain_db, voice=voice)
        assert sound is not None
        shares.append((sound * music).sum() / (sound * voice).sum())
    assert shares[1] > 2.5 * shares[0]


def test_an_accent_is_subtle_and_only_around_its_moment(track):
    plain = mix(track, start_s=10, duration_s=12)
    accented = mix(track, start_s=10, duration_s=12, accents_s=(6.0, 11.9, 0.0))
    assert plain is not None
    assert accented is not None
    gain = (accented[4 * RATE_HZ : 5 * RATE_HZ] * plain[4 * RATE_HZ : 5 * RATE_HZ]).sum()
    gain /= (plain[4 * RATE_HZ : 5 * RATE_HZ] ** 2).sum()
    added = accented - gain * plain
    assert rms_db(added[int(5.4 * RATE_HZ) : int(6.6 * RATE_HZ)]) < rms_db(plain) - 15
    assert rms_db(added[int(5.9 * RATE_HZ) : int(6.2 * RATE_HZ)]) > rms_db(added[3 * RATE_HZ : 5 * RATE_HZ]) + 15


def test_the_accent_itself():
    sound = accent(RATE_HZ)
    moment = round(WHOOSH_S * RATE_HZ)
    assert np.abs(sound).max() == pytest.approx(1)
    assert np.array_equal(sound, accent(RATE_HZ))
    assert np.abs(sound[[0, -1]]).max() < 1e-3
    assert rms_db(sound[moment - 4800 : moment]) > rms_db(sound[: RATE_HZ // 10]) + 10
    assert ACCENT_DB <= -15


def test_too_short_a_film(track):
    with pytest.raises(MediaError) as caught:
        mix(track, start_s=0, duration_s=0.4)
    assert caught.value.hint
