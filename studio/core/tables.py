"""The one strict loader: TOML (or a plain dict) into frozen dataclasses.

Unknown keys are errors with a suggestion, wrong types say what was expected, missing keys take the dataclass's default.
"""

from __future__ import annotations

import dataclasses
import difflib
import sys
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from studio.core.errors import PresetError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - the same parser under its older name
    import tomli as tomllib

T = TypeVar("T")


def suggestion(word: str, known: typing.Iterable[str]) -> str:
    """``Did you mean 'x'?`` or the list of what exists."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(known)}."


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file; a syntax error becomes a `PresetError` that names the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PresetError(
            f"{path.name} is not valid TOML: {error}", "Fix the file, or take a bundled one.", file=path.name
        ) from error


def build(cls: type[T], table: Mapping[str, Any], *, file: str, key: str = "") -> T:
    """Make ``cls`` (a dataclass, possibly of dataclasses) from ``table``.

    Raises
    ------
    PresetError : unknown key, missing required key, wrong type, or a value that the class's ``__post_init__`` refuses
    """
    hints = typing.get_type_hints(cls)
    fields = {item.name: item for item in dataclasses.fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, value in table.items():
        dotted = f"{key}.{name}" if key else name
        if name not in fields:
            raise PresetError(f"{file}: unknown key '{dotted}'.", suggestion(name, fields), file=file, key=dotted)
        values[name] = _convert(hints[name], value, file, dotted)
    for name, item in fields.items():
        if name not in values and item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise PresetError(f"{file}: '{name}' is missing.", f"Add {name} = ... to it.", file=file, key=name)
    try:
        return cls(**values)
    except ValueError as error:
        raise PresetError(f"{file}: {error}", "Change the value.", file=file, key=key) from error


def _convert(hint: Any, value: Any, file: str, key: str) -> Any:
    def wrong(expected: str) -> PresetError:
        return PresetError(
            f"{file}: '{key}' must be {expected}, not {value!r}.", "Change the value.", file=file, key=key
        )

    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        kinds = typing.get_args(hint)
        if value is None or (value == "none" and type(None) in kinds):
            return None
        return _convert(next(kind for kind in kinds if kind is not type(None)), value, file, key)
    if origin is typing.Literal:
        options = typing.get_args(hint)
        if value not in options:
            raise PresetError(
                f"{file}: '{key}' cannot be {value!r}.", suggestion(str(value), map(str, options)), file=file, key=key
            )
        return value
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise wrong("a list")
        inner = typing.get_args(hint)
        if inner[-1] is Ellipsis:
            return tuple(_convert(inner[0], item, file, f"{key}[{i}]") for i, item in enumerate(value))
        if len(value) != len(inner):
            raise wrong(f"a list of {len(inner)}")
        return tuple(
            _convert(kind, item, file, f"{key}[{i}]") for i, (kind, item) in enumerate(zip(inner, value, strict=True))
        )
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise wrong("a table")
        return build(hint, value, file=file, key=key)
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    names = {float: "a number", int: "a whole number", str: "text", bool: "true or false"}
    raise wrong(names.get(hint, str(hint)))


def override(table: dict[str, Any], assignment: str) -> None:
    """Apply one ``--set dotted.key=value`` to a nested table in place; the value is read as TOML, else taken as
    text."""
    dotted, equals, text = assignment.partition("=")
    if not equals or not dotted.strip():
        raise PresetError(
            f"--set {assignment!r} is not KEY=VALUE.",
            "Write for example --set look.warmth=0.4",
            file="--set",
            key=dotted,
        )
    try:
        value = tomllib.loads(f"v = {text.strip()}")["v"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    *path, last = dotted.strip().split(".")
    for part in path:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise PresetError(
                f"--set: '{part}' is a value, not a table.", "Look at `studio presets`.", file="--set", key=dotted
            )
        table = inner
    table[last] = value
