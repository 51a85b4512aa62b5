"""Drawn arms beside filmed ones: what is the same measures as the same, what is not does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.animatic.build import Animatic, build_animatic
from studio.core.run import Run
from studio.director.measures import arm_likeness as measure
from studio.director.measures.arm_likeness import arm_likeness
from studio.director.plan import Grid, plan
from studio.director.presets import load
from tests.animatic.conftest import animatic, sample_clip, sample_seen  # noqa: F401 - fixtures


@pytest.fixture(scope="module")
def never_folded(sample_clip, sample_seen, tmp_path_factory: pytest.TempPathFactory):  # noqa: F811
    """The sample as if its arms had never folded."""
    take = replace(sample_seen.take, kind="open-arms", closed_arms=None)
    seen, preset = replace(sample_seen, take=take), load("inner-child")
    beats = tuple(0.7 * k for k in range(60))
    timeline = plan(preset, seen, Grid(beats, beats[14], beats[-1]))
    run = Run(tmp_path_factory.mktemp("arms"))
    with build_animatic(sample_clip, seen, preset, timeline, (432, 768), 7, run) as film:
        yield film


def test_drawn_arms_are_compared_with_the_filmed_ones(never_folded: Animatic, monkeypatch: pytest.MonkeyPatch) -> None:
    found = arm_likeness(never_folded)
    assert found.colour_error is not None and found.colour_error < 12
    assert found.edge_ratio is None or 0.2 < found.edge_ratio < 3
    plain = measure._filmed

    def greener(*args):
        tint = np.array([0, 60, 0], np.uint8)
        return [replace(one, colours=np.minimum(one.colours, 195) + tint) for one in plain(*args)]

    monkeypatch.setattr(measure, "_filmed", greener)
    other = arm_likeness(never_folded)
    assert other.colour_error is not None and other.colour_error > found.colour_error + 15


def test_folded_arms_are_the_users_own(animatic: Animatic) -> None:  # noqa: F811
    found = arm_likeness(animatic)
    assert found.colour_error is None and found.edge_ratio is None
    assert "filmed arms" in found.reason
