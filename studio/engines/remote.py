"""The remote engine: would send the same brief to a server.  No server can be configured in this version."""

from __future__ import annotations

from studio.core.errors import EngineError
from studio.core.frames import FrameSource
from studio.core.run import Run
from studio.engines.base import Brief, EngineSpec, Readiness
from studio.engines.machine import Machine


class RemoteEngine:
    """Would let another machine finish the film."""

    spec = EngineSpec(
        name="remote",
        title="Remote",
        describes="Another machine redraws the other self; your pictures would leave this one.",
        generative=True,
        local=False,
    )

    def ready(self, machine: Machine) -> Readiness:
        """Never ready yet."""
        return Readiness(
            False,
            "no server is configured, and this version cannot talk to one",
            "Use --engine embedded, which keeps everything on this machine.",
        )

    def finish(self, animatic: FrameSource, brief: Brief, run: Run) -> FrameSource:
        """Refuse: see the module's text."""
        raise EngineError("No remote server is configured.", "Use --engine embedded.")
