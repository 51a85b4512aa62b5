"""The README tells the truth about commands, options and presets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from studio.cli import app
from studio.director import presets
from studio.sound import library


@pytest.fixture
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_stand_there_as_promised(readme):
    assert (
        "    pip install -r requirements.txt && python -m studio make --sample --preset inner-child --out hug.mp4\n"
        in readme
    )
    assert "    pip install -r requirements-dev.txt && python -m pytest\n" in readme


def test_every_command_and_every_option_of_make_is_named(readme):
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in commands:
        assert name in readme
    for parameter in commands["make"].params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert option in readme, option


def test_presets_and_their_music_are_named_and_exist(readme):
    tracks = {track.slug for track in library.tracks()}
    for slug in presets.names():
        preset = presets.load(slug)
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{slug}`"))
        assert f"`{preset.music.track}`" in row
        assert preset.music.track in tracks


def test_linked_files_exist(readme, root):
    for link in re.findall(r"\]\(([^)#]+)\)", readme):
        if not link.startswith("http"):
            assert (root / link).exists(), link
