"""The pages under docs/ tell the truth where a test can know it."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from pathlib import Path
from typing import Any

import pytest

from studio.core.errors import PresetError
from studio.core.settings import Preset
from studio.core.tables import build, override
from studio.core.timeline import ShotName
from studio.director.scorecard import Quality
from tests.director.test_produce import KEYS


def keys() -> dict[str, tuple[Any, Any]]:
    """Every dotted key of a preset file, with its type and its default."""
    found = {}
    for item, hint in zip(dataclasses.fields(Preset), typing.get_type_hints(Preset).values(), strict=True):
        if dataclasses.is_dataclass(hint):
            for inner in dataclasses.fields(hint):
                kind = typing.get_type_hints(hint)[inner.name]
                found[f"{item.name}.{inner.name}"] = kind, inner.default
        elif item.name != "slug":  # the file's name
            found[item.name] = hint, dataclasses.MISSING
    return found


@pytest.fixture
def rows(root: Path) -> dict[str, list[str]]:
    """The cells of docs/presets.md by key."""
    text = (root / "docs" / "presets.md").read_text(encoding="utf-8")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "| `" in line[:3]]
    return {cells[0].strip("`"): cells[1:] for cells in lines}


def accepted(key: str, value: str) -> bool:
    """Whether ``--set key=value`` is taken."""
    table: dict[str, Any] = {"slug": "x", "title": "x", "description": "x"}
    override(table, f"{key}={value}")
    try:
        build(Preset, table, file="--set")
    except PresetError:
        return False
    return True


def test_every_key_and_no_other_stands_on_the_page_with_its_default(rows) -> None:
    assert list(rows) == list(keys())
    for key, (_, default) in keys().items():
        words = {
            dataclasses.MISSING: "required",
            None: "`none`",
            (): "`[]`",
        }.get(default) or (f"{default:g}" if type(default) is float else f"`{str(default).lower()}`")
        assert rows[key][1] == words, key


@pytest.mark.parametrize("key", keys())
def test_the_values_on_the_page_are_those_that_are_taken(rows, key: str) -> None:
    kind, said = keys()[key][0], rows[key][0]
    if isinstance(kind, types.UnionType):
        assert "`none`" in said
        assert accepted(key, "none")
        kind = typing.get_args(kind)[0]
    if kind is float:
        low, high = (float(number) for number in re.findall(r"(-?[\d.]+) to ([\d.]+)", said)[0])
        assert accepted(key, f"{low}") and accepted(key, f"{high}")
        assert not accepted(key, f"{low - 0.01}") and not accepted(key, f"{high + 0.01}")
        assert not accepted(key, "nan") and not accepted(key, "inf")
    elif typing.get_origin(kind) is typing.Literal:
        assert re.findall(r"`([\w-]+)`", said) == list(typing.get_args(kind))
    elif kind is bool:
        assert said == "`true` `false`" and not accepted(key, "1")
    elif key == "clone.garment_rgb":
        assert "three whole numbers, 0 to 255" in said
        assert accepted(key, "[0, 128, 255]")
        assert not any(accepted(key, wrong) for wrong in ("[0, 128, 256]", "[-1, 0, 0]", "[0, 0]", "[0.5, 0, 0]"))
    elif key == "captions.lines":
        assert "at most 6" in said
        assert accepted(key, str(["a"] * 6)) and not accepted(key, str(["a"] * 7)) and not accepted(key, "a")
    else:
        assert kind is str and not accepted(key, "5")


def test_the_report_s_keys_are_explained(root: Path) -> None:
    page = (root / "docs" / "report.md").read_text(encoding="utf-8")
    named = {word for line in page.splitlines() if line.startswith("| `") for word in re.findall(r"`(\w+)`", line)}
    assert named >= KEYS | {field.name for field in dataclasses.fields(Quality)}


def test_every_shot_is_explained(root: Path) -> None:
    page = (root / "docs" / "film.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert rows == list(typing.get_args(ShotName))


def test_linked_files_exist(root: Path) -> None:
    for page in (root / "docs").glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), (page.name, link)


def test_modules_named_on_the_pages_exist(root: Path) -> None:
    """Their paths may begin in the middle, as in ``double/head.py``."""
    known = [f"/{path.relative_to(root)}" for path in root.rglob("*.py")]
    for page in [*(root / "docs").glob("*.md"), root / "CONTRIBUTING.md"]:
        for code in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8")):
            for named in re.findall(r"[\w/]+\.py\b", code):
                assert any(path.endswith(f"/{named}") for path in known), (page.name, named)
