"""The tools run as their first lines say: as plain scripts, from anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.actors import picture


def test_a_contact_sheet_has_a_row_a_film_and_follows_the_report(root: Path, tmp_path: Path) -> None:
    film = tmp_path / "hug.mp4"
    film.write_bytes((root / "samples" / "open-arms.mp4").read_bytes())
    sheet = tmp_path / "sheet.png"
    script = [sys.executable, str(root / "tools" / "contact_sheet.py")]

    def made(*more: str, films: int = 1) -> tuple[int, int]:
        command = [*script, *[str(film)] * films, "--out", str(sheet), "--height", "160", *more]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        return picture(sheet).shape[:2]

    assert made("--frames", "5") == (166, 5 * 90)
    assert made("--frames", "3", films=2) == (2 * 166, 3 * 90)
    shots = [{"name": "open", "start_s": 0, "end_s": 2}, {"name": "arrival", "start_s": 2, "end_s": 5}]
    film.with_suffix(".json").write_text(json.dumps({"shots": shots}), encoding="utf-8")
    assert made() == (166, (2 + 4) * 90)


def test_the_others_explain_themselves(root: Path, tmp_path: Path) -> None:
    for script in ("tools/make_music.py", "tools/make_standin.py", "benchmarks/render.py"):
        command = [sys.executable, str(root / script), "--help"]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        assert done.stdout.startswith("usage: ")
