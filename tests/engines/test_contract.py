"""The contract, for every engine that is ready on the machine that runs the tests."""

from __future__ import annotations

import pytest

from studio.engines.machine import measure
from studio.engines.registry import engines
from tests.contracts.engine import DrawnFilm, EngineContract, fingerprint

READY = [engine for engine in engines() if engine.ready(measure()).ready]


@pytest.mark.parametrize("engine", READY, ids=lambda engine: engine.spec.name)
class TestReadyEngines(EngineContract):
    """Every ready engine keeps the contract."""


def test_the_embedded_engine_is_always_under_test_and_returns_the_animatic(tmp_path):
    from studio.core.run import Run
    from studio.core.settings import Preset
    from studio.engines.base import Brief

    embedded = next(engine for engine in READY if engine.spec.name == "embedded")
    animatic = DrawnFilm(6)
    film = embedded.finish(animatic, Brief(Preset("t", "T", "")), Run(workdir=tmp_path))
    assert fingerprint(film) == fingerprint(animatic)
