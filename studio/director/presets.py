"""Presets: bundled by name or a file of the user's own, loaded strictly, with ``--set`` applied on top."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.core.errors import PresetError
from studio.core.settings import Preset
from studio.core.tables import build, override, read_toml, suggestion

FOLDER = Path(__file__).resolve().parents[2] / "presets"
"""The bundled presets; a preset's slug is its file's name."""


def names() -> tuple[str, ...]:
    """Slugs of the bundled presets, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load(name_or_path: str, overrides: Sequence[str] = ()) -> Preset:
    """Load a preset and apply overrides.

    Parameters
    ----------
    name_or_path : slug of a bundled preset, or the path of a ``.toml`` file
    overrides : ``dotted.key=value`` each, applied in order; values are read as TOML, else taken as text

    Raises
    ------
    PresetError : unknown preset or key (with a suggestion), wrong type, value out of range
    """
    path = _find(name_or_path)
    table = _with_slug(read_toml(path), path.stem, path.name)
    # The file is checked before the overrides, so that an error names the one that is wrong.
    preset = build(Preset, table, file=path.name)
    if not overrides:
        return preset
    changed: dict[str, Any] = copy.deepcopy(table)
    del changed["slug"]
    for assignment in overrides:
        override(changed, assignment)
    return build(Preset, _with_slug(changed, path.stem, "--set"), file="--set")


def _find(name_or_path: str) -> Path:
    if name_or_path in names():
        return FOLDER / f"{name_or_path}.toml"
    path = Path(name_or_path)
    if path.suffix != ".toml":
        raise PresetError(f"There is no preset '{name_or_path}'.", suggestion(name_or_path, names()), file=name_or_path)
    if not path.is_file():
        raise PresetError(
            f"There is no preset file {path.name}.",
            f"Check the path, or take a bundled preset: {', '.join(names())}.",
            file=path.name,
        )
    return path


def _with_slug(table: dict[str, Any], slug: str, file: str) -> dict[str, Any]:
    """The table plus the slug, which only the file's name may say."""
    if "slug" in table:
        raise PresetError(
            f"{file}: unknown key 'slug'.", "A preset is called what its file is called.", file=file, key="slug"
        )
    return {"slug": slug, **table}
