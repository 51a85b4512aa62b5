"""`age` on the command line: what it asks the library for, what it refuses, what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio import cli
from studio.director.ageing import Aged, AgeRequest

SAID = {"my_age": {"said": "Your age is taken to be 31. Say it with --my-age."}, "warnings": ["2 people are seen"]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[AgeRequest]:
    """What the command line asks for; nothing is drawn."""
    requests: list[AgeRequest] = []

    def re_age(request: AgeRequest, run) -> Aged:
        requests.append(request)
        return Aged(request.out, SAID)

    monkeypatch.setattr("studio.director.ageing.re_age", re_age)
    return requests


def test_the_options_reach_the_library(asked, capsys, tmp_path: Path) -> None:
    out, report = tmp_path / "aged.png", tmp_path / "report.json"
    arguments = ["age", "me.jpg", "--years", "8", "--my-age", "34", "--sex", "female", "--person", "2", "--seed", "5"]
    assert cli.main([*arguments, "--consent", "--out", str(out), "--report", str(report)]) == 0
    request = asked[0]
    assert (request.source, request.out, request.years) == (Path("me.jpg"), out, (8.0,))
    assert (request.my_age_years, request.sex, request.person, request.seed) == (34.0, "female", 2, 5)
    assert (request.consent, request.sample, request.strip) == (True, False, False)
    assert json.loads(report.read_text()) == SAID
    said = capsys.readouterr()
    assert f"{out} is ready." in said.out and "Label it as AI-made" in said.out
    assert "taken to be 31" in said.err and "Note: 2 people are seen" in said.err


def test_a_strip_is_several_ages_once_each(asked, tmp_path: Path) -> None:
    assert cli.main(["age", "--sample", "--strip", "5, 20,80,20", "--out", str(tmp_path / "s.png"), "--quiet"]) == 0
    assert asked[0].years == (5.0, 20.0, 80.0) and asked[0].strip and asked[0].sample
    assert asked[0].source.name == "open-arms.mp4" and asked[0].my_age_years is None


def test_quiet_says_nothing(asked, capsys, tmp_path: Path) -> None:
    assert cli.main(["age", "--sample", "--years", "70", "--out", str(tmp_path / "a.png"), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "code", "said", "hint"),
    [
        (["--years", "8"], 2, "clip or --sample", "age --sample --years 8"),
        (["me.jpg", "--sample", "--years", "8"], 2, "clip or --sample", ""),
        (["--sample"], 2, "--years or --strip", "--strip 5,20"),
        (["--sample", "--years", "8", "--strip", "8,9"], 2, "--years or --strip", ""),
        (["--sample", "--strip", "5;20"], 2, "5;20", "commas"),
        (["--sample", "--strip", ","], 2, "Which age", "--years 8"),
        (["--sample", "--years", "120"], 2, "between 3 and 90", ""),
        (["--sample", "--years", "8", "--my-age", "3"], 2, "between 14 and 90", ""),
        (["--sample", "--years", "8", "--sex", "x"], 2, "'x'", "female"),
        (["--sample", "--years", "8", "--out", "a.gif"], 2, "a.gif", "aged.png"),
        (["--sample", "--strip", "8,20", "--out", "a.mp4"], 2, "strip is a picture", "strip.png"),
        (["me.jpg", "--years", "8"], 3, "consent", "--consent"),
        (["gone.jpg", "--years", "8", "--consent"], 2, "gone.jpg", ""),
        (["--sample", "--years", "8", "--out", "no/such/a.png"], 6, "a.png", "folder"),
        (["--sample", "--years", "8", "--report", "no/such/r.json"], 6, "r.json", "folder"),
    ],
)
def test_a_wrong_call_is_one_error_with_one_hint_and_its_code(
    capsys, monkeypatch, tmp_path: Path, arguments, code: int, said: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["age", *arguments, "--quiet"]) == code
    error = capsys.readouterr()
    message, _, advice = error.err.partition("\nWhat to do: ")
    assert error.out == "" and message.startswith("Error: ") and "Traceback" not in error.err
    assert said in message and hint in advice
    assert list(tmp_path.iterdir()) == []


def test_the_consent_text_names_ages_under_eighteen(capsys) -> None:
    assert cli.main(["age", "me.jpg", "--years", "8"]) == 3
    assert "under 18" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["make", "contact", "storyboard"])
def test_my_age_is_an_option_of_the_film(monkeypatch, tmp_path: Path, command: str) -> None:
    asked = []

    def stop(request, run):
        asked.append(request)
        raise KeyboardInterrupt

    where = "studio.director.produce.make" if command == "make" else f"studio.director.board.{command}"
    monkeypatch.setattr(where, stop)
    arguments = [command, "--sample", "--preset", "inner-child", "--out", str(tmp_path / "x.mp4"), "--quiet"]
    assert cli.main([*arguments, "--my-age", "44"]) == 130
    assert cli.main(arguments) == 130
    assert [request.preset.clone.my_age_years for request in asked] == [44.0, 0.0]
