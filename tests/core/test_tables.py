"""The strict loader."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.errors import PresetError
from studio.core.settings import CloneSettings, Preset
from studio.core.tables import build, override, read_toml

BASE = {"slug": "x", "title": "X", "description": ""}


def test_nested_tables_become_dataclasses_with_defaults() -> None:
    preset = build(Preset, {**BASE, "clone": {"age_years": 9, "garment_rgb": [1, 2, 3]}}, file="x.toml")
    assert preset.clone == CloneSettings(age_years=9.0, garment_rgb=(1, 2, 3))


def test_an_unknown_key_is_named_and_answered_with_a_suggestion() -> None:
    with pytest.raises(PresetError) as caught:
        build(Preset, {**BASE, "look": {"warmht": 0.1}}, file="x.toml")
    assert "look.warmht" in caught.value.message
    assert "warmth" in caught.value.hint
    assert caught.value.key == "look.warmht"


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({"clone": {"age_years": "eight"}}, "a number"),
        ({"clone": {"age_years": True}}, "a number"),
        ({"clone": {"stripes": 1}}, "true or false"),
        ({"clone": {"hair": "mohican"}}, "mohican"),
        ({"clone": 3}, "a table"),
        ({"captions": {"lines": "hello"}}, "a list"),
        ({"clone": {"garment_rgb": [1, 2]}}, "list of 3"),
        ({"clone": {"age_years": 2}}, "between 3 and 90"),
    ],
)
def test_wrong_values_say_what_was_expected(table: dict, word: str) -> None:
    with pytest.raises(PresetError, match=word):
        build(Preset, {**BASE, **table}, file="x.toml")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(PresetError, match="'title' is missing"):
        build(Preset, {"slug": "x", "description": ""}, file="x.toml")


def test_override_reads_values_as_toml_and_falls_back_to_text() -> None:
    table: dict = {"look": {"warmth": 0.1}}
    override(table, "look.warmth=0.4")
    override(table, "music.track=quiet-room")
    override(table, "captions.lines=['a', 'b']")
    assert table == {"look": {"warmth": 0.4}, "music": {"track": "quiet-room"}, "captions": {"lines": ["a", "b"]}}


@pytest.mark.parametrize("assignment", ["look.warmth", "=3", "look.warmth.deep=3"])
def test_override_refuses_what_is_no_assignment(assignment: str) -> None:
    with pytest.raises(PresetError):
        override({"look": {"warmth": 0.1}}, assignment)


def test_a_syntax_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("title = ", encoding="utf-8")
    with pytest.raises(PresetError, match=r"mine\.toml"):
        read_toml(path)
