"""The sample's animatic, small, made once for several tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.animatic.build import Animatic, build_animatic
from studio.core.run import Run
from studio.director.plan import Grid, plan
from studio.director.presets import load
from studio.media.read import Clip, open_clip
from studio.vision.analyse import analyse

ROOT = Path(__file__).resolve().parents[2]
SIZE = (216, 384)


@pytest.fixture(scope="session")
def sample_clip() -> Clip:
    """The bundled clip."""
    return open_clip(ROOT / "samples" / "open-arms.mp4")


@pytest.fixture(scope="session")
def sample_seen(sample_clip: Clip, tmp_path_factory: pytest.TempPathFactory):
    """What the studio sees in it."""
    return analyse(sample_clip, Run(tmp_path_factory.mktemp("seen")))


@pytest.fixture(scope="session", params=["inner-child", "future-self"])
def animatic(request, sample_clip: Clip, sample_seen, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Animatic]:
    """The film of the sample for either preset, at a fifth of the size."""
    preset = load(request.param)
    beats = tuple(0.7 * k for k in range(60))
    timeline = plan(preset, sample_seen, Grid(beats, beats[14], beats[-1]))
    run = Run(tmp_path_factory.mktemp("animatic"))
    with build_animatic(sample_clip, sample_seen, preset, timeline, SIZE, 7, run) as film:
        yield film
