"""The command line: what it says, where it says it, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio import cli
from studio.core.errors import Cancelled, MediaError
from studio.core.timeline import LeftOut
from studio.director.produce import Short
from tests.test_floors import ROOT

SAMPLE = ["make", "--sample", "--preset", "inner-child"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "hug.mp4"


@pytest.fixture
def produced(monkeypatch: pytest.MonkeyPatch):
    """Catch what the command line asks the library for, and answer without drawing anything."""
    asked = []

    def make(request, run):
        with run.stage("render", 2) as step:
            step(2)
        asked.append((request, run.workdir, run.workdir.is_dir()))
        return Short(video=request.out, report={"schema": "Report.1", "engine": "embedded", "warnings": ["a bit dark"]})

    monkeypatch.setattr("studio.director.produce.make", make)
    return asked


def refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> tuple[int, str, str]:
    """Exit code, message and hint of a command that must fail with nothing on stdout."""
    code = cli.main(arguments)
    said = capsys.readouterr()
    assert said.out == ""
    message, _, hint = said.err.partition("\nWhat to do: ")
    assert message.startswith("Error: ")
    assert "Traceback" not in said.err
    return code, message, hint


@pytest.mark.parametrize(
    ("arguments", "code", "said", "hint"),
    [
        (["make", "--preset", "inner-child"], 2, "clip or --sample", "python -m studio make"),
        ([*SAMPLE, "clip.mp4"], 2, "clip or --sample", ""),
        (["make", "--sample"], 2, "Which preset", "inner-child"),
        (["make", "--sample", "--preset", "iner-child"], 2, "iner-child", "Did you mean 'inner-child'"),
        ([*SAMPLE, "--set", "look.warmht=1"], 2, "look.warmht", "warmth"),
        ([*SAMPLE, "--set", "look.warmth=warm"], 2, "must be a number", ""),
        ([*SAMPLE, "--age", "200"], 2, "between 3 and 90", ""),
        (["make", "clip.mp4", "--preset", "inner-child"], 3, "consent", "--consent"),
        ([*SAMPLE, "--report", "no/such/folder/report.json"], 6, "report.json", "folder"),
        (["mkae"], 2, "mkae", "--help"),
        ([*SAMPLE, "--sed", "3"], 2, "--sed", ""),
        ([*SAMPLE, "--seed", "x"], 2, "--seed", ""),
        (["fetch", "bufalo_l"], 4, "bufalo_l", "buffalo_l"),
        (["fetch", "flux2-klein-4b"], 4, "repository", "huggingface.co"),
    ],
)
def test_a_wrong_call_is_one_error_with_one_hint_and_its_code(
    capsys, monkeypatch, tmp_path, arguments, code, said, hint
):
    monkeypatch.chdir(tmp_path)
    got = refused(capsys, arguments)
    assert got[0] == code
    assert said in got[1]
    assert hint in got[2]


def test_the_consent_text_says_who_where_label_minors_and_a_gentle_word(capsys):
    text = refused(capsys, ["make", "clip.mp4", "--preset", "inner-child"])[2]
    for part in ("only yourself", "on this machine", "AI-made", "minors", "Stop whenever you like"):
        assert part in text


def test_the_options_reach_the_library(capsys, produced, out, tmp_path):
    report = tmp_path / "report.json"
    arguments = [
        "make",
        "me.mp4",
        "--preset",
        "future-self",
        "--out",
        str(out),
        "--consent",
        "--seed",
        "7",
        "--age",
        "70",
    ]
    arguments += [
        "--set",
        "look.warmth=0.1",
        "--set",
        "look.grain=0",
        "--music",
        "none",
        "--caption",
        "a",
        "--caption",
        "b",
    ]
    arguments += ["--preview", "--engine", "embedded", "--person", "2", "--report", str(report)]
    assert cli.main(arguments) == 0
    request, workdir, existed = produced[0]
    assert (request.clip, request.out, request.engine, request.seed) == (Path("me.mp4"), out, "embedded", 7)
    assert (request.preview, request.consent, request.sample, request.person) == (True, True, False, 2)
    preset = request.preset
    assert (preset.slug, preset.clone.age_years, preset.music.track) == ("future-self", 70.0, "none")
    assert (preset.look.warmth, preset.look.grain, preset.captions.lines) == (0.1, 0.0, ("a", "b"))
    assert existed
    assert not workdir.exists(), "the temporary folder is removed"
    assert json.loads(report.read_text())["schema"] == "Report.1"
    said = capsys.readouterr()
    assert "embedded engine" in said.out
    assert "Label it as AI-made" in said.out
    assert "Note: a bit dark" in said.err
    assert "render: done" in said.err


@pytest.mark.parametrize("command", ["contact", "storyboard"])
def test_the_stills_take_the_options_of_the_film(capsys, monkeypatch, tmp_path, command):
    asked = []

    def draw(request, run):
        asked.append((request, run.workdir))
        return SimpleNamespace(left_out=(LeftOut("detail", 0.1, "small hands"),))

    monkeypatch.setattr(f"studio.director.board.{command}", draw)
    out = tmp_path / "still.png"
    arguments = [command, "me.mp4", "--preset", "future-self", "--consent", "--seed", "7", "--age", "70"]
    arguments += ["--set", "hug.double_dx=0.2", "--person", "2", "--show", "depth, masks", "--out", str(out)]
    assert cli.main(arguments) == 0
    request, workdir = asked[0]
    assert (request.clip, request.out, request.seed, request.person) == (Path("me.mp4"), out, 7, 2)
    assert (request.consent, request.sample, request.show) == (True, False, ("masks", "depth"))
    assert (request.preset.clone.age_years, request.preset.hug.double_dx) == (70.0, 0.2)
    assert not workdir.exists()
    said = capsys.readouterr()
    assert f"{out} is ready." in said.out
    assert "Without detail: small hands." in said.err


@pytest.mark.parametrize("command", ["contact", "storyboard"])
def test_the_stills_are_refused_as_the_film_is(capsys, monkeypatch, tmp_path, command):
    monkeypatch.chdir(tmp_path)
    wrong = [
        (["clip.mp4", "--preset", "inner-child"], 3, "consent", "--consent"),
        (["--preset", "inner-child"], 2, "clip or --sample", f"studio {command}"),
        (["--sample"], 2, "Which preset", "inner-child"),
        (["--sample", "--preset", "inner-child", "--show", "mask"], 2, "'mask'", "masks"),
        (["--sample", "--preset", "inner-child", "--out", "still.jpg"], 2, "still.jpg", ".png"),
        (["--sample", "--preset", "inner-child", "--set", "hug.staging=behnd"], 2, "behnd", "behind"),
    ]
    for arguments, code, said, hint in wrong:
        got = refused(capsys, [command, *arguments, "--quiet"])
        assert got[0] == code and said in got[1] and hint in got[2], arguments
    assert list(tmp_path.iterdir()) == []


def test_a_workdir_of_the_users_is_kept(produced, out, tmp_path):
    assert cli.main([*SAMPLE, "--out", str(out), "--workdir", str(tmp_path / "mine")]) == 0
    assert produced[0][1] == tmp_path / "mine"
    assert (tmp_path / "mine").is_dir()


def test_the_sample_is_the_bundled_clip_and_needs_no_consent(produced, out):
    assert cli.main([*SAMPLE, "--out", str(out)]) == 0
    request = produced[0][0]
    assert request.sample
    assert request.clip.is_file()
    assert request.clip.stat().st_size < 2_000_000


def test_quiet_says_nothing(capsys, produced, out):
    assert cli.main([*SAMPLE, "--out", str(out), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            MediaError("The disk is full.", "Free some space."),
            6,
            "Error: The disk is full.\nWhat to do: Free some space.\n",
        ),
        (Cancelled(), 130, "Stopped."),
        (ZeroDivisionError("oops"), 1, "ZeroDivisionError: oops"),
        (KeyboardInterrupt(), 130, "Stopped."),
    ],
)
def test_whatever_fails_leaves_no_traceback_and_no_folder(capsys, monkeypatch, out, error, code, said):
    folders = []

    def make(request, run):
        folders.append(run.workdir)
        raise error

    monkeypatch.setattr("studio.director.produce.make", make)
    monkeypatch.delenv("STUDIO_DEBUG", raising=False)
    assert cli.main([*SAMPLE, "--out", str(out)]) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not folders[0].exists()


def test_debug_shows_the_traceback(capsys, monkeypatch, out):
    def make(request, run):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("studio.director.produce.make", make)
    monkeypatch.setenv("STUDIO_DEBUG", "1")
    assert cli.main([*SAMPLE, "--out", str(out)]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["presets", "music", "engines", "models", "doctor"])
def test_lists_exist_for_people_and_for_programs(capsys, command):
    assert cli.main([command]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 2
    assert cli.main([command, "--json"]) == 0
    said = capsys.readouterr()
    assert len(json.loads(said.out)) >= 2
    assert said.err == ""


def test_check_names_what_a_platform_would_refuse(capsys, root):
    clip = str(root / "samples" / "open-arms.mp4")  # a clip, not a film: too small, and 24 frames a second
    assert cli.main(["check", clip]) == 1
    said = capsys.readouterr()
    assert "FAIL  size: 720x1280 (wanted: 1080x1920)" in said.out
    assert said.err == ""
    assert cli.main(["check", clip, "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert not result["passed"]
    assert {"size", "frame rate"} <= {rule["name"] for rule in result["rules"] if not rule["passed"]}


def test_check_of_nothing_is_an_error(capsys, tmp_path):
    assert refused(capsys, ["check", str(tmp_path / "none.mp4")])[0] == 2
    assert refused(capsys, ["check", str(tmp_path)])[0] == 2


def test_inspect_says_why_a_clip_cannot_be_used(capsys, tmp_path):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert cli.main(["inspect", str(empty)]) == 2
    said = capsys.readouterr().out
    assert said.startswith("empty.mp4 cannot be used: ")
    assert "What to do: " in said
    assert cli.main(["inspect", str(empty), "--json"]) == 2
    said = capsys.readouterr()
    seen = json.loads(said.out)
    assert (seen["usable"], said.err) == (False, "")
    assert seen["error"]
    assert seen["hint"]


def test_engines_say_which_is_ready(capsys):
    cli.main(["engines", "--json"])
    states = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert states["embedded"]["ready"]
    assert not states["remote"]["ready"]
    assert states["remote"]["what_to_do"]


def test_doctor_fails_when_a_package_is_missing(capsys, monkeypatch):
    monkeypatch.setattr("studio.director.doctor.PACKAGES", ("numpy", "no-such-package"))
    assert cli.main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "MISSING  no-such-package" in out
    assert "pip install -r requirements.txt" in out


def test_the_version_is_shown(capsys):
    assert cli.main(["--version"]) == 0
    assert "0.1.0" in capsys.readouterr().out


BUSY = """
import sys, time
import studio.director.produce as produce
from pathlib import Path
from studio import cli

def make(request, run):
    (run.workdir / "face.bin").write_bytes(b"private")
    half = request.out.with_name(f".{{request.out.name}}.partial.mp4")
    with run.stage("render") as step:
        half.write_bytes(b"half a film")
        try:
            print("working", flush=True)
            {body}
        finally:
            half.unlink()

produce.make = make
sys.exit(cli.main(["make", "--sample", "--preset", "inner-child", "--out", sys.argv[1], "--quiet"]))
"""
LOOP = "while True: time.sleep(0.01); step(1)"
STUCK = """
            while True:
                try:
                    while True: time.sleep(60)
                except KeyboardInterrupt: pass
"""


def interrupted(arguments: list[str], tmp_path: Path, number: int = signal.SIGINT) -> tuple[int, float, list[Path]]:
    """Start a program, wait for its first output, interrupt it; its code, the seconds it took to end, what it left."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first, "it ended before it did anything"
    process.send_signal(number)
    sent = time.monotonic()
    rest, _ = process.communicate(timeout=30)
    assert "Traceback" not in first + rest
    return process.returncode, time.monotonic() - sent, list(temporary.glob("self-hug-*"))


@pytest.mark.parametrize("body", [LOOP, STUCK], ids=["stepping", "stuck"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_ctrl_c_ends_it_and_removes_its_files(tmp_path, out, body, number):
    program = BUSY.format(body=body)
    code, took_s, left = interrupted([sys.executable, "-c", program, str(out)], tmp_path, number)
    assert code == 130
    assert left == []
    assert list(tmp_path.glob("*.mp4")) == []
    assert took_s < 5  # one second is the promise; the bound only catches a watchdog that never bites


def test_ctrl_c_during_a_real_film(tmp_path, out):
    arguments = [
        sys.executable,
        "-m",
        "studio",
        "make",
        "--sample",
        "--preset",
        "inner-child",
        "--preview",
        "--out",
        str(out),
    ]
    code, took_s, left = interrupted(arguments, tmp_path)
    assert code == 130
    assert left == []
    assert list(tmp_path.glob("*.mp4")) == []
    assert took_s < 5
