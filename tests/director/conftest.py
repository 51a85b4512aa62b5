"""Films made once for many tests, from the bundled synthetic sample."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from studio.core.run import Run
from studio.director.presets import load
from studio.director.produce import Request, Short, make

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "open-arms.mp4"


def produce(folder: Path, preset: str, *overrides: str, **options) -> Short:
    """Make a film from the sample in ``folder``."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    request = Request(SAMPLE, load(preset, overrides), folder / f"{preset}.mp4", sample=True, **options)
    return make(request, Run(work))


@pytest.fixture(scope="session")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Short:
    """The inner child, as a preview: made by a process of its own, so that the peak of memory is the film's."""
    folder = tmp_path_factory.mktemp("preview")
    video, report = folder / "inner-child.mp4", folder / "report.json"
    command = [sys.executable, "-m", "studio", "make", "--sample", "--preset", "inner-child", "--preview", "--quiet"]
    subprocess.run([*command, "--out", str(video), "--report", str(report)], cwd=ROOT, check=True)
    return Short(video, json.loads(report.read_text()))


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Short:
    """The future self, full size."""
    return produce(tmp_path_factory.mktemp("full"), "future-self")
