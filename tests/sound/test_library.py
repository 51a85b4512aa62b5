from __future__ import annotations

import numpy as np
import pytest
from sound_signals import RATE_HZ, even, kick, place, score

from studio.core.errors import PresetError, StudioError
from studio.core.settings import MusicSettings
from studio.sound import library

SLUGS = (
    "first-light",
    "golden-hour",
    "long-way-home",
    "open-windows",
    "paper-boats",
    "quiet-room",
    "still-water",
    "two-hearts",
)


@pytest.fixture
def user_file(tmp_path):
    """A drum track as a user's wav, and its beats."""
    import soundfile

    path = tmp_path / "my song.wav"
    beats = even(90)
    soundfile.write(path, place(beats, [kick()]), RATE_HZ)
    return path, beats


def test_the_bundled_tracks():
    found = library.tracks()
    assert tuple(track.slug for track in found) == SLUGS
    for track in found:
        assert track.source == "bundled"
        assert track.confidence == 1
        assert track.licence == "CC0-1.0"
        assert track.drop_s in track.downbeats_s
        assert set(track.downbeats_s) <= set(track.beats_s)
        assert np.allclose(np.diff(track.beats_s), 60 / track.bpm, atol=2e-6)
        assert track.sections[0].start_s == track.beats_s[0]


def test_samples_are_as_long_as_the_sidecar_says():
    for track in library.tracks():
        sound = library.samples(track)
        assert sound.dtype == np.float32
        assert sound.shape == (round(track.duration_s * 48000), 2)


def test_an_unknown_slug_gets_a_suggestion():
    with pytest.raises(PresetError) as caught:
        library.load("first-ligth")
    assert "'first-light'" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("bpm = 84", 'bpm = "fast"'), "bpm"),
        (("bpm = 84", "bpm = 84\ntempo = 84"), "tempo"),
        (("drop_s = ", "drop_s = 1"), ""),
        (("beats_s = [0.2, ", "beats_s = [5.0, "), ""),
        (("title =", "# title ="), "title"),
    ],
)
def test_a_wrong_sidecar_is_refused_by_name(tmp_path, monkeypatch, change, key):
    text = (library.MUSIC / "first-light.toml").read_text()
    assert change[0] in text
    (tmp_path / "first-light.toml").write_text(text.replace(change[0], change[1], 1))
    (tmp_path / "first-light.ogg").touch()
    monkeypatch.setattr(library, "MUSIC", tmp_path)
    with pytest.raises(PresetError) as caught:
        library.load("first-light")
    assert caught.value.file == "first-light.toml"
    assert caught.value.key == key


def test_a_track_without_sidecar_is_refused(tmp_path, monkeypatch):
    (tmp_path / "lonely.ogg").touch()
    monkeypatch.setattr(library, "MUSIC", tmp_path)
    with pytest.raises(PresetError, match=r"lonely\.toml"):
        library.load("lonely")


def test_a_users_file_is_heard(user_file):
    path, beats = user_file
    track = library.from_file(path)
    assert (track.slug, track.source) == ("my song", "user")
    assert track.bpm == pytest.approx(90, rel=0.003)
    assert score(track.beats_s, beats)[0] > 0.95
    assert track.duration_s == pytest.approx(30, abs=0.01)
    assert library.samples(track).shape == (30 * 48000, 2)


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug != "long-way-home"])
def test_listening_to_a_bundled_track_finds_what_its_sidecar_says(slug):
    known, heard = library.load(slug), library.from_file(library.MUSIC / f"{slug}.ogg")
    agreement, error_ms = score(heard.beats_s, np.array(known.beats_s))
    assert agreement > 0.9
    assert abs(error_ms) < 12
    assert heard.drop_s == pytest.approx(known.drop_s, abs=0.012)
    assert heard.bpm == pytest.approx(known.bpm, rel=0.002)
    assert score(heard.downbeats_s, np.array(known.downbeats_s))[0] > 0.85


def test_bowed_strings_alone_claim_no_beat():
    heard = library.from_file(library.MUSIC / "long-way-home.ogg")
    assert heard.confidence < 0.5
    assert len(heard.beats_s) == 0


@pytest.mark.parametrize(
    ("ending", "codec"), [("mp3", "libmp3lame"), ("m4a", "aac"), ("flac", "flac"), ("mka", "libopus")]
)
def test_the_beat_survives_every_format(tmp_path, ending, codec):
    import av

    path = tmp_path / f"song.{ending}"
    beats = even(80, duration_s=16)
    sound = place(beats, [kick()], duration_s=16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[None], format="flt", layout="mono")
        frame.rate, frame.pts = RATE_HZ, 0
        resampler = av.AudioResampler(stream.format.name, "mono", 48000, frame_size=stream.frame_size or 4096)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    agreement, error_ms = score(library.from_file(path).beats_s, beats)
    assert agreement > 0.9
    assert abs(error_ms) < 12


@pytest.mark.parametrize("content", [b"", b"not music at all" * 100, None])
def test_what_is_no_music_gets_a_hint(tmp_path, content):
    path = tmp_path / "song.mp3"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StudioError) as caught:
        library.from_file(path)
    assert caught.value.hint


def test_pick(user_file):
    assert library.pick(MusicSettings()) is None
    bundled = library.pick(MusicSettings(track="quiet-room"))
    assert bundled is not None
    assert bundled.slug == "quiet-room"
    own = library.pick(MusicSettings(track=str(user_file[0]), bpm=100, first_beat_s=1.0))
    assert own is not None
    assert own.bpm == 100
    assert 1.0 in own.downbeats_s
    with pytest.raises(PresetError):
        library.pick(MusicSettings(track="golden hour"))
