"""Bad input gets one clear error: the exit code of the error tree, a message, a hint, and nothing left behind.

Everything goes through the real command line.  ``make`` is used where a refusal is expected, which comes before
anything is drawn, and ``inspect`` where the clip is good.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio import cli
from studio.core.time import FrameRange
from studio.media.read import open_clip
from tests.media.made import ffmpeg
from tests.test_floors import ROOT

TOO_CLOSE = (2, "Too close", "two or three metres")
NOBODY = (2, "Nobody is in the clip", "two or three metres")
NEVER_OPEN = (2, "The arms never open", "open both arms")
TWO_EQUAL = (2, "Two people are equally large", "--person N")

REFUSED: dict[str, tuple[int, str, str]] = {
    "closeup_face_no_hips.mp4": TOO_CLOSE,
    "dark_nasa_two_video_two_audio_streams.mp4": (2, "is too small", "320 pixels"),
    # Both are true of it; which is seen first depends on the size at which it is decoded.
    "group_crowd_market.mp4": (2, "The arms never open|equally large", "open both arms|--person N"),
    "group_real_hug_two_men.mp4": TWO_EQUAL,
    "hevc_selfie_turning_head.mp4": TOO_CLOSE,
    "made_audio_only.m4a": (2, "has no picture", "video or a photo"),
    "made_dark_noisy_pier.mp4": (2, "too dark", "light"),
    "made_empty.mp4": (2, "is empty", "again"),
    "made_random_bytes.mp4": (2, "cannot be read", "again"),
    "made_truncated.mp4": (2, "damaged or was cut short", "again"),
    "matting_rooftop_clean_background.jpg": NOBODY,
    "matting_rooftop_woman_0001.jpg": TOO_CLOSE,
    "matting_rooftop_woman_1500.jpg": TOO_CLOSE,
    "noperson_empty_room_static.mp4": NOBODY,
    "noperson_room_tour_moving_camera.mp4": NOBODY,
    "person_from_behind.mp4": (2, "seen from behind", "face the camera"),
    "photo_noperson_living_room.jpg": NOBODY,
    "photo_two_women_side_hug.jpg": TWO_EQUAL,
    "side_view_yoga.mp4": (2, "seen from the side", "chest to the camera"),
}

GOOD: dict[str, tuple[list[int], float, str]] = {
    "made_hlg_10bit_hevc_pier.mp4": ([720, 1280], 25, "HDR"),
    "made_lowfps_mpeg4.avi": ([362, 644], 12, ""),
    "made_rotation_metadata_sweater.mp4": ([362, 644], 25, ""),
    "made_vfr_white_studio.mp4": ([1280, 720], 15, "variable frame rate"),
}
"""Upright size, constant rate, and what the notes must say."""


def says(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str, hint: str) -> None:
    """Run the command line, which must refuse in exactly this form; ``message`` and ``hint`` are patterns."""
    assert cli.main(arguments) == code
    said = capsys.readouterr()
    assert said.out == ""
    # Progress may come first; the error is the last that is said, on two lines.
    error, _, what_to_do = said.err[said.err.index("Error: ") :].partition("\nWhat to do: ")
    assert re.search(message, error)
    assert re.search(hint, what_to_do)
    assert what_to_do.endswith("\n")
    assert "Traceback" not in said.err


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the film; temporary folders go beside it, and both must be empty in the end."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


def making(clip: Path, place: Path, *more: str) -> list[str]:
    """The command that would make a film of a real clip."""
    out = ["--out", str(place / "hug.mp4"), "--report", str(place / "hug.json")]
    return ["make", str(clip), "--preset", "inner-child", "--consent", "--preview", *out, *more]


def nothing_left(place: Path) -> bool:
    """No film, no half of one, no report, no working file."""
    return not list(place.iterdir()) and not list((place.parent / "temporary").iterdir())


def test_every_hard_clip_has_its_place_here(footage: Path) -> None:
    assert {path.name for path in (footage / "hard").iterdir()} == {*REFUSED, *GOOD}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hard_clip_is_refused(capsys, footage: Path, place: Path, name: str) -> None:
    says(capsys, making(footage / "hard" / name, place), *REFUSED[name])
    assert nothing_left(place)


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_but_good_clip_is_taken(capsys, footage: Path, place: Path, name: str) -> None:
    size_px, fps, note = GOOD[name]
    assert cli.main(["inspect", str(footage / "hard" / name), "--json"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert seen["usable"] is True and seen["ranges_s"]["open_arms"]
    assert seen["clip"]["size_px"] == size_px and seen["clip"]["fps"] == pytest.approx(fps, abs=0.01)
    assert note in " ".join(seen["notes"])
    assert nothing_left(place)


@pytest.mark.parametrize(
    ("person", "message", "hint"),
    [("1", "The person is seen from the side", "chest to the camera"), ("5", "no person number 5", "sees 2")],
)
def test_one_of_two_equal_people_can_be_chosen(capsys, footage: Path, place: Path, person: str, message, hint) -> None:
    """Neither man of that clip opens his arms: once one is chosen, the refusal is no longer about two people."""
    clip = footage / "hard" / "group_real_hug_two_men.mp4"
    says(capsys, making(clip, place, "--person", person), 2, message, hint)
    assert nothing_left(place)


def test_the_larger_of_two_people_is_followed_with_a_warning(capsys, actor: Path, place: Path, tmp_path: Path) -> None:
    picture = two_people(actor, 0.62)
    photo = saved(picture, tmp_path / "two.png")
    assert cli.main(["inspect", str(photo), "--json"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert seen["people"] == 2
    assert any("2 people" in sentence and "--person" in sentence for sentence in seen["advice"])
    assert cli.main(["inspect", str(photo), "--json", "--person", "1"]) == 0
    assert not any("2 people" in sentence for sentence in json.loads(capsys.readouterr().out)["advice"])
    # The other one has her arms down.
    says(capsys, making(photo, place, "--person", "2"), *NEVER_OPEN)
    assert nothing_left(place)


def two_people(actor: Path, scale: float) -> np.ndarray:
    """(1280, 1220, 3): the actress with open arms, and beside her the same one, smaller, before she opens them."""
    import cv2

    clip = open_clip(actor / "clip_c" / "clip_c.mp4")
    wide, hanging = (next(clip.frames(FrameRange(k, k + 1))) for k in (40, 4))
    canvas = np.full((1280, 1220, 3), 0, np.uint8)
    canvas[:, :720] = wide
    canvas[:, 720:] = wide[:, -1:]
    matte = next(open_clip(actor / "clip_c" / "alpha_lossless.mp4").frames(FrameRange(4, 5)))[..., :1] / 255.0
    small, alpha = (
        cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for part in (hanging, matte)
    )
    alpha = alpha.reshape(*small.shape[:2], 1)
    top, left = 1280 - small.shape[0], 740
    spot = canvas[top:, left : left + small.shape[1]]
    spot[:] = np.rint(alpha * small + (1 - alpha) * spot).astype(np.uint8)
    return canvas


def saved(picture: np.ndarray, path: Path) -> Path:
    """The picture as a file."""
    from PIL import Image

    Image.fromarray(picture).save(path)
    return path


SAMPLE = ROOT / "samples" / "open-arms.mp4"


@pytest.mark.parametrize(
    ("make", "message", "hint"),
    [
        (lambda folder: folder / "no-such-clip.mp4", "no-such-clip.mp4", "path"),
        (lambda folder: folder, "is a folder, not a clip", "path of one video"),
        (lambda folder: short_clip(folder / "short.mp4", 0.6), "is only 0.6 s long", "Film at least"),
        (lambda folder: headless(folder / "headless.mp4"), "damaged", "again"),
    ],
    ids=["missing", "a folder", "too short", "cut in its header"],
)
def test_a_clip_that_is_none(capsys, place: Path, tmp_path: Path, make: Callable[[Path], Path], message, hint) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    says(capsys, making(make(clips), place), 2, message, hint)
    assert nothing_left(place)


def short_clip(path: Path, length_s: float) -> Path:
    """The beginning of the sample."""
    ffmpeg("-i", str(SAMPLE), "-t", str(length_s), "-c:v", "libx264", "-preset", "ultrafast", "-an", str(path))
    return path


def headless(path: Path) -> Path:
    """The sample, cut inside its table of contents."""
    whole = SAMPLE.read_bytes()
    path.write_bytes(whole[: whole.index(b"moov") + 40])
    return path


def test_arms_that_never_open(capsys, place: Path, tmp_path: Path) -> None:
    """The sample before its arms rise; made here, so that it is tested without any material beside the checkout."""
    clip = tmp_path / "standing.mp4"
    frame = next(open_clip(SAMPLE).frames(FrameRange(4, 5)))
    says(capsys, making(saved(frame, clip.with_suffix(".png")), place), *NEVER_OPEN)
    assert nothing_left(place)


def test_too_dark(capsys, place: Path, tmp_path: Path) -> None:
    frame = next(open_clip(SAMPLE).frames(FrameRange(40, 41)))
    says(capsys, making(saved((frame * 0.16).astype(np.uint8), tmp_path / "night.png"), place), 2, "too dark", "light")
    assert nothing_left(place)


@pytest.mark.parametrize(
    ("out", "code", "message", "hint"),
    [
        ("no/such/folder/hug.mp4", 6, "does not exist", "Make the folder"),
        ("file.txt/hug.mp4", 6, "does not exist", "Make the folder"),
        (".", 2, "is a folder", "hug.mp4"),
        ("hug.avi", 2, "does not end in .mp4", "hug.mp4"),
    ],
)
def test_an_output_that_cannot_be(capsys, place: Path, out: str, code: int, message: str, hint: str) -> None:
    (place / "file.txt").touch()
    command = ["make", "--sample", "--preset", "inner-child", "--out", str(place / out)]
    says(capsys, command, code, message, hint)
    (place / "file.txt").unlink()
    assert nothing_left(place)


def test_a_folder_that_may_not_be_written(capsys, place: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("this user may write everywhere; the read-only disk below stands for it")
    place.chmod(0o500)
    try:
        says(capsys, making(SAMPLE, place), 6, "cannot be written", "another folder")
    finally:
        place.chmod(0o700)
    assert nothing_left(place)


@pytest.mark.parametrize("link", [False, True])
def test_an_output_that_is_the_clip_itself(capsys, place: Path, tmp_path: Path, link: bool) -> None:
    clip = tmp_path / "me.mp4"
    shutil.copy(SAMPLE, clip)
    out = clip
    if link:
        out = tmp_path / "other-name.mp4"
        out.symlink_to(clip)
    command = ["make", str(clip), "--preset", "inner-child", "--consent", "--out", str(out)]
    says(capsys, command, 2, "would overwrite your clip", "another name")
    assert clip.read_bytes() == SAMPLE.read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "message", "hint"),
    [
        (["--preset", "inner-chlid"], 2, "no preset 'inner-chlid'", "Did you mean 'inner-child'"),
        (["--preset", "mine.toml"], 2, "no preset file mine.toml", "inner-child"),
        (["--preset", "inner-child", "--set", "look.warmpth=0.4"], 2, "look.warmpth", "warmth"),
        (["--preset", "inner-child", "--set", "loook.warmth=0.4"], 2, "loook", "look"),
        (["--preset", "inner-child", "--set", "look.warmth=very"], 2, "must be a number", ""),
        (["--preset", "inner-child", "--set", "look.warmth=4"], 2, "between -1 and 1", ""),
        (["--preset", "inner-child", "--set", "clone.hair=purple"], 2, "clone.hair", "curly"),
        (["--preset", "inner-child", "--music", "first-ligth"], 2, "no bundled track 'first-ligth'", "'first-light'"),
        (["--preset", "inner-child", "--music", "mine.mp3"], 2, "mine.mp3", ""),
        (["--preset", "inner-child", "--seed", "-1"], 2, "seed", "--help"),
        (["--preset", "inner-child", "--set", "music.bpm=-3"], 2, "between 30 and 300", ""),
        (["--preset", "inner-child", "--engine", "embeded"], 5, "embeded", "embedded"),
    ],
)
def test_a_wrong_word(capsys, place: Path, words: list[str], code: int, message: str, hint: str) -> None:
    says(capsys, ["make", "--sample", *words, "--out", str(place / "hug.mp4")], code, message, hint)
    assert nothing_left(place)


def test_a_preset_file_with_a_wrong_type_and_an_unknown_key(capsys, place: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    bundled = (ROOT / "presets" / "inner-child.toml").read_text(encoding="utf-8")
    for broken, message, hint in (
        ('[clone]\nage_years = "eight"\n', "age_years", ""),
        ("[clone]\nage_yaers = 8\n", "age_yaers", "age_years"),
        ("[clone\nage_years = 8\n", "mine.toml", ""),
    ):
        title = "\n".join(line for line in bundled.splitlines() if line.startswith(("title", "description")))
        own.write_text(f"{title}\n{broken}", encoding="utf-8")
        command = ["make", "--sample", "--preset", str(own), "--out", str(place / "hug.mp4")]
        says(capsys, command, 2, message, hint)
    assert nothing_left(place)


def test_a_clip_of_somebody_needs_a_word_of_consent(capsys, place: Path) -> None:
    command = [word for word in making(SAMPLE, place) if word != "--consent"]
    says(capsys, command, 3, "consent", "add --consent")
    assert nothing_left(place)


SMALL_DISK = """
set -e
mount -t tmpfs -o "$1" tmpfs "$2"
shift 2
exec "$@"
"""


def on_small_disk(folder: Path, options: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the studio where ``folder`` is a disk of its own, seen by that process alone; skips where that is
    forbidden."""
    apart = ["unshare", "--mount", "--map-root-user"]
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare (util-linux) for a small disk")
    probe = [*apart, "bash", "-c", SMALL_DISK, "disk", options, str(folder), "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let a test mount a small disk")
    studio = [sys.executable, "-m", "studio", *command]
    listing = ["bash", "-c", '"$@"; code=$?; ls -A "$0"; exit $code', str(folder), *studio]
    return subprocess.run(
        [*apart, "bash", "-c", SMALL_DISK, "disk", options, str(folder), *listing],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [("size=20m", "Less than 150 MB are free", "Free some space"), ("ro", "cannot be written", "another folder")],
    ids=["full", "read-only"],
)
def test_a_disk_without_room_for_the_film(place: Path, options: str, message: str, hint: str) -> None:
    done = on_small_disk(place, options, making(SAMPLE, place)[:-2])
    assert done.returncode == 6, done.stderr
    assert message in done.stderr and f"What to do: {hint}" in done.stderr.replace("Choose another", "another")
    assert "Traceback" not in done.stderr and done.stdout == ""
    assert nothing_left(place)


def test_a_disk_without_room_for_the_working_files(place: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    done = on_small_disk(work, "size=8m", making(SAMPLE, place, "--workdir", str(work), "--quiet"))
    assert done.returncode == 6, done.stderr
    assert done.stderr.startswith("Error: There is no room left on the disk") and "What to do: Free" in done.stderr
    assert done.stdout == "", "a working file was left on the full disk"
    assert nothing_left(place)
