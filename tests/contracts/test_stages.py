"""Every stage keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.run import Run
from studio.core.settings import LookSettings
from studio.core.stream import ahead
from studio.core.time import FrameRange
from studio.core.timeline import CaptionCue, Shot, Timeline
from studio.director.finish import finish
from tests.contracts.stage import check_stage

SIZE = (108, 192)


def timeline() -> Timeline:
    whole = FrameRange(0, 24)
    return Timeline((Shot("open", whole, whole, 1.0),), (CaptionCue("hi", FrameRange(4, 20)),), 24, 12, None)


@pytest.mark.parametrize("name", ["finish", "ahead", "watch"])
def test_stage(name: str, tmp_path: Path) -> None:
    stages = {
        "finish": lambda frames: finish(frames, timeline(), LookSettings(), SIZE, seed=1),
        "ahead": ahead,
        "watch": lambda frames: Run(tmp_path).watch(frames, "frames", 24),
    }
    check_stage(stages[name], SIZE)
