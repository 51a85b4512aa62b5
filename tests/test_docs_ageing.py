"""docs/ageing.md and the README's section on `age`: their commands are taken, their table is the model's."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from studio import cli
from studio.director.ageing import Aged
from tools.ageing_pictures import COLUMNS, table


def commands(page: Path) -> list[list[str]]:
    """The arguments of every indented `age` command on a page."""
    found = re.findall(r"^    python -m studio (age .*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [shlex.split(command) for command in found]


@pytest.mark.parametrize(("page", "count"), [("README.md", 2), ("docs/ageing.md", 4)])
def test_the_commands_on_the_page_are_taken(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, count: int
) -> None:
    asked = []

    def re_age(request, run) -> Aged:
        asked.append(request)
        return Aged(request.out, {"my_age": {"said": ""}})

    monkeypatch.setattr("studio.director.ageing.re_age", re_age)
    monkeypatch.chdir(tmp_path)
    for command in commands(root / page):
        assert cli.main(command) == 0, command
    assert len(asked) == count
    assert all(request.sample or request.consent for request in asked)


def test_every_option_of_the_command_is_explained(root: Path) -> None:
    page = (root / "docs" / "ageing.md").read_text(encoding="utf-8")
    common = {"--help", "--sample", "--matte", "--workdir", "--quiet"}
    for parameter in typer.main.get_command(cli.app).commands["age"].params:  # type: ignore[attr-defined]
        for option in set(parameter.opts) - common:
            if option.startswith("--"):
                assert f"`{option}" in page, option


def test_the_table_is_that_of_the_model(root: Path) -> None:
    page = (root / "docs" / "ageing.md").read_text(encoding="utf-8").splitlines()
    header = next(line for line in page if line.startswith("| curve |"))
    assert [int(word) for word in re.findall(r"\d+", header)] == list(COLUMNS)
    told = page[page.index(header) + 2 :]
    told = told[: told.index("")]
    assert told == table(), "python tools/ageing_pictures.py --table prints it anew"


def test_the_pictures_are_there_and_small(root: Path) -> None:
    pictures = list((root / "docs" / "images").glob("ageing-*.jpg"))
    assert len(pictures) == 2
    assert sum(picture.stat().st_size for picture in pictures) < 300_000
