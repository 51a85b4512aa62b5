"""The house rules that a reader cannot hold in his head: floors, lazy heavy imports, file length.

A package imports only lower floors, never a sibling of its own floor.  Heavy libraries are imported inside functions,
so that the command line starts at once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOOR = {
    "core": 0,
    "media": 1,
    "models": 1,
    "terminal": 1,
    "vision": 2,
    "sound": 2,
    "compose": 3,
    "animatic": 4,
    "engines": 5,
    "director": 6,
    "cli": 7,
    "ui": 7,
    "__main__": 8,
}
HEAVY = {
    "accelerate",
    "av",
    "cv2",
    "diffusers",
    "gradio",
    "imageio_ffmpeg",
    "insightface",
    "librosa",
    "mediapipe",
    "moviepy",
    "numba",
    "onnxruntime",
    "PIL",
    "pyloudnorm",
    "rembg",
    "rich",
    "scipy",
    "skimage",
    "soundfile",
    "torch",
    "transformers",
}
LONGEST = 420
FILES = sorted((ROOT / "studio").rglob("*.py"))


def package(path: Path) -> str:
    """The part of the studio a file belongs to: its folder, or its own name at the top."""
    parts = path.relative_to(ROOT / "studio").with_suffix("").parts
    return parts[0]


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything imported below ``tree``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the floor"
            module = node.module or ""
            yield from (f"{module}.{name.name}" for name in node.names)


def at_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported; those under ``if TYPE_CHECKING`` do not."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from node.orelse
            continue
        if isinstance(node, ast.ClassDef):
            yield from (inner for inner in node.body if isinstance(inner, (ast.Import, ast.ImportFrom)))
            continue
        yield node


def rises(source: str, home: str) -> list[str]:
    """Imports in ``source``, a file of package ``home``, that do not go down."""
    wrong = []
    for name in imported(ast.parse(source)):
        parts = name.split(".")
        if parts[0] != "studio" or len(parts) == 1 or parts[1] == "__version__":
            continue
        if parts[1] != home and FLOOR[parts[1]] >= FLOOR[home]:
            wrong.append(name)
    return wrong


def heavies(source: str) -> list[str]:
    """Heavy libraries that ``source`` loads when it is imported."""
    names = [name for node in at_import(ast.parse(source)) for name in imported(node)]
    return sorted({name for name in names if name.split(".")[0] in HEAVY})


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_lower_floors_and_nothing_heavy_and_is_short(path: Path):
    source = path.read_text(encoding="utf-8")
    home = package(path)
    if home != "__init__":
        assert home in FLOOR, f"'{home}' has no floor yet: give it one here and in docs/design.md"
        assert rises(source, home) == []
    assert heavies(source) == []
    assert source.count("\n") <= LONGEST


def test_the_rules_see_what_they_should():
    assert rises("from studio.director.plan import plan", "vision") == ["studio.director.plan.plan"]
    assert rises("def f():\n    from studio import sound", "vision") == ["studio.sound"]
    assert rises("from studio.core.time import FrameRange\nfrom studio.vision import pose", "vision") == []
    assert heavies("import cv2\ndef f():\n    import torch") == ["cv2"]
    assert heavies("if True:\n    from scipy.signal import lfilter") == ["scipy.signal.lfilter"]
    assert heavies("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch") == []
