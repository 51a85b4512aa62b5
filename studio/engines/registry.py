"""All engines, and the choice between them.  Never a silent substitute: what was passed over is said, and why."""

from __future__ import annotations

from studio.core.errors import EngineError
from studio.core.tables import suggestion
from studio.engines.base import Engine
from studio.engines.diffusion import DiffusionEngine
from studio.engines.embedded import EmbeddedEngine
from studio.engines.machine import Machine
from studio.engines.remote import RemoteEngine

AUTO = "auto"


def engines() -> tuple[Engine, ...]:
    """Every engine, the best first."""
    return (DiffusionEngine(), RemoteEngine(), EmbeddedEngine())


def choose(name: str, machine: Machine) -> tuple[Engine, tuple[str, ...]]:
    """The engine to use and, in words, why not another.

    Parameters
    ----------
    name : an engine's name, or "auto" for the best one that is ready and keeps everything on this machine

    Raises
    ------
    EngineError : unknown name, or the engine asked for is not ready
    """
    known = {engine.spec.name: engine for engine in engines()}
    if name != AUTO:
        if name not in known:
            raise EngineError(f"There is no engine '{name}'.", suggestion(name, [AUTO, *known]))
        engine = known[name]
        state = engine.ready(machine)
        if not state.ready:
            raise EngineError(f"The {name} engine is not ready: {state.why}.", state.what_to_do)
        return engine, (f"{name}: asked for by name",)
    reasons: list[str] = []
    for engine in known.values():
        if not engine.spec.local:
            reasons.append(f"{engine.spec.name}: not considered, because your pictures would leave this machine")
            continue
        state = engine.ready(machine)
        if state.ready:
            return engine, (*reasons, f"{engine.spec.name}: chosen, {state.why}")
        reasons.append(f"{engine.spec.name}: {state.why}")
    raise EngineError("No engine is ready.", " ".join(reasons))
