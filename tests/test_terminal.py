"""Progress as text: spare in a log, complete in the end, silent when asked."""

from __future__ import annotations

import io

from studio import terminal
from studio.core.errors import InputError
from studio.core.run import Progress
from studio.terminal import Bars, Lines, reporter, show_error


def test_lines_speak_at_the_start_now_and_then_and_at_the_end(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: clock[0])
    out = io.StringIO()
    lines = Lines(out)
    for done in range(0, 101):
        clock[0] = done / 10
        lines(Progress("render", done, 100, clock[0]))
    assert out.getvalue().splitlines() == ["render: ...", "render: 50 %, 5 s left", "render: done in 10.0 s"]


def test_lines_keep_stages_apart_and_live_without_a_total():
    out = io.StringIO()
    lines = Lines(out)
    lines(Progress("look", 0, 0, 0.0))
    lines(Progress("render", 1, 4, 200.0))
    lines(Progress("look", 5, 0, 0.1))
    assert out.getvalue().splitlines() == ["look: ...", "render: 25 %, 10 min left"]


def test_bars_show_every_stage_and_end_full(capsys):
    with Bars() as bars:
        bars(Progress("look", 3, 0, 1.0))
        bars(Progress("render", 1, 4, 1.0))
        bars(Progress("render", 4, 4, 2.0))
    said = capsys.readouterr()
    assert said.out == ""
    assert "look" in said.err
    assert "render" in said.err
    assert said.err.count("100%") == 2


def test_without_a_terminal_there_are_lines_and_quiet_is_quiet(capsys):
    assert isinstance(reporter(quiet=False), Lines)
    with reporter(quiet=True) as silent:
        silent(Progress("render", 1, 2, 1.0))
    assert capsys.readouterr() == ("", "")


def test_an_error_is_its_message_and_what_to_do(capsys):
    show_error(InputError("Nobody is in the clip.", "Step into the picture."))
    show_error(InputError("No hint."))
    assert capsys.readouterr() == (
        "",
        "Error: Nobody is in the clip.\nWhat to do: Step into the picture.\nError: No hint.\n",
    )
