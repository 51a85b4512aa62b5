from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.core.errors import InputError, MediaError
from studio.media.boxes import Edit, edit_lists, top_boxes
from studio.media.conform import Conformance, Rule, check_film, measure_loudness
from studio.media.write import write_film
from tests.media.made import ffmpeg, make_clip

RATE = Fraction(30)


def tone(seconds: float, level_db: float) -> NDArray[np.float32]:
    """A 997 Hz sine on both channels: its peak in dBFS is also its loudness in LUFS (ITU-R BS.1770)."""
    at = np.arange(int(48000 * seconds)) / 48000
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * 997 * at)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def film(
    path: Path, *, size_px: tuple[int, int] = (1080, 1920), seconds: float = 4, level_db: float | None = -14
) -> Path:
    count = int(seconds * 30)
    flat = [np.full((size_px[1], size_px[0], 3), level, np.uint8) for level in (60, 120, 180)]
    write_film(
        (flat[k // 20 % 3] for k in range(count)),
        path,
        size_px=size_px,
        rate=RATE,
        frame_count=count,
        audio=None if level_db is None else tone(seconds, level_db),
        draft=True,
    )
    return path


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "good.mp4")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the good one, but quick to encode again."""
    return film(tmp_path_factory.mktemp("films") / "small.mp4", size_px=(360, 640))


def failed(found: Conformance) -> set[str]:
    return {rule.name for rule in found.rules if not rule.passed}


def rule(found: Conformance, name: str) -> Rule:
    return next(rule for rule in found.rules if rule.name == name)


def test_our_own_film_passes_every_rule(good: Path) -> None:
    found = check_film(good)
    assert failed(found) == set() and found.passed and found.notes == ()
    assert len(found.rules) == 17
    assert all(rule.found and rule.wanted and rule.platforms for rule in found.rules)
    assert found.as_dict()["passed"] is True


def test_a_draft_fails_by_its_size_only_and_says_so(tmp_path: Path) -> None:
    found = check_film(film(tmp_path / "a.mp4", size_px=(540, 960)))
    assert failed(found) == {"size"}
    assert "draft" in rule(found, "size").found


def test_a_silent_film_passes_with_a_note(tmp_path: Path) -> None:
    found = check_film(film(tmp_path / "a.mp4", level_db=None, size_px=(540, 960)))
    assert failed(found) == {"size"} and found.notes == ("The film has no sound.",)
    assert "silent" in rule(found, "loudness").found


@pytest.mark.parametrize(
    ("level_db", "wrong"),
    [(-20, {"loudness"}), (-13.7, set()), (-0.5, {"loudness", "true peak"})],
)
def test_loudness_and_peak(good: Path, tmp_path: Path, level_db: float, wrong: set[str]) -> None:
    louder = f"volume={level_db + 14}dB,asetpts=PTS+1024"
    flags = ["-c:v", "copy", "-c:a", "aac", "-b:a", "192k", "-use_editlist", "0", "-movflags", "+faststart"]
    ffmpeg("-i", str(good), "-af", louder, *flags, str(tmp_path / "a.mp4"))
    assert failed(check_film(tmp_path / "a.mp4")) == wrong


def test_measured_loudness_is_that_of_the_standard(tmp_path: Path) -> None:
    """EBU Tech 3341: a 1 kHz stereo sine of -23 dBFS has -23 LUFS."""
    sine = f"{10 ** (-23 / 20)}*sin(2*PI*1000*t)"
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc={sine}|{sine}:d=5:s=48000", "-c:a", "pcm_s24le", str(tmp_path / "a.wav"))
    loudness, peak = measure_loudness(tmp_path / "a.wav")
    assert abs(loudness + 23) <= 0.2 and abs(peak + 23) <= 0.2
    with pytest.raises(MediaError, match="cannot be measured"):
        measure_loudness(make_clip(tmp_path / "b.mp4", count=31))


REMADE = {
    "frame rate": ["-r", "25"],
    "key frames": ["-g", "90"],
    "picture coding": ["-c:v", "mpeg4", "-profile:v", "0"],
    "pixels": ["-pix_fmt", "yuv444p", "-profile:v", "high444"],
    "scan": ["-flags", "+ildct+ilme", "-x264-params", "tff=1"],
    "colour tags": ["-colorspace", "smpte170m"],
    "index first": ["-movflags", "0"],
    "edit list": ["-use_editlist", "1", "-bf", "2"],
    "sound coding": ["-ar", "44100"],
}


@pytest.mark.parametrize("name", REMADE)
def test_each_rule_notices_its_own_fault(small: Path, tmp_path: Path, name: str) -> None:
    base = ["-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "8x8dct=1:cabac=1", "-profile:v", "high"]
    base += ["-g", "60", "-bf", "0", "-c:a", "aac", "-ar", "48000", "-movflags", "+faststart", "-use_editlist", "0"]
    ffmpeg("-i", str(small), *base, *REMADE[name], str(tmp_path / "a.mp4"))
    found = check_film(tmp_path / "a.mp4")
    assert not rule(found, name).passed, rule(found, name)
    assert rule(check_film(small), name).passed


def test_an_open_group_of_pictures_is_noticed(tmp_path: Path) -> None:
    options = {"preset": "veryfast", "x264-params": "open-gop=1:keyint=30:min-keyint=30:scenecut=0:bframes=3:b-adapt=0"}
    path = make_clip(tmp_path / "a.mp4", count=120, options=options)
    assert "open" in rule(check_film(path), "key frames").found
    closed = {"preset": "veryfast", "g": "30", "bf": "3"}
    assert "closed" in rule(check_film(make_clip(tmp_path / "b.mp4", count=120, options=closed)), "key frames").found


def test_a_variable_rate_is_noticed(tmp_path: Path) -> None:
    times_s = [k / 30 + (0.02 if k == 50 else 0) for k in range(100)]
    assert not rule(check_film(make_clip(tmp_path / "a.mp4", times_s=times_s)), "frame rate").passed


def test_sound_that_is_late_or_short_is_noticed(good: Path, tmp_path: Path) -> None:
    late = ["-i", str(good), "-itsoffset", "0.2", "-i", str(good), "-map", "0:v", "-map", "1:a", "-c", "copy"]
    ffmpeg(*late, str(tmp_path / "late.mp4"))
    assert not rule(check_film(tmp_path / "late.mp4"), "sound and picture together").passed
    ffmpeg("-i", str(good), "-c:v", "copy", "-af", "atrim=0:3.5", str(tmp_path / "short.mp4"))
    assert "ends -5" in rule(check_film(tmp_path / "short.mp4"), "sound and picture together").found


def test_too_short_too_large(good: Path, tmp_path: Path) -> None:
    assert "length" in failed(check_film(film(tmp_path / "a.mp4", seconds=2, size_px=(360, 640))))
    big = shutil.copy(good, tmp_path / "big.mp4")
    with Path(big).open("ab") as file:
        # A "free" box of 80 MB: every player skips it.
        file.write((80_000_008).to_bytes(4, "big") + b"free")
        file.truncate(file.tell() + 80_000_000)
    assert failed(check_film(Path(big))) == {"file size", "bit rate"}


def test_what_is_no_film_is_refused(tmp_path: Path, good: Path) -> None:
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(9000))
    (tmp_path / "cut.mp4").write_bytes(good.read_bytes()[:6000])
    for path in (tmp_path / "noise.mp4", tmp_path / "cut.mp4", tmp_path / "missing.mp4", tmp_path):
        with pytest.raises(InputError) as caught:
            check_film(path)
        assert caught.value.hint


def test_edit_lists_are_read_as_written(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", count=60, options={"preset": "veryfast", "bf": "2"}, tone_hz=440)
    video, sound = edit_lists(path)
    assert len(video) == 1 and video[0].media_time > 0 and video[0].rate == 1
    assert sound[0].media_time == 1024
    assert isinstance(video[0], Edit)
    assert top_boxes(path)[0] == "ftyp"
    (tmp_path / "b.mp4").write_bytes(b"\0\0\0\x01mdat" + (2**40).to_bytes(8, "big"))
    assert top_boxes(tmp_path / "b.mp4") == () and edit_lists(tmp_path / "b.mp4") == ()
