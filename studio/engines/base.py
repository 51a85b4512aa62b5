"""What an engine is.  Every short is an animatic first; an engine only finishes it.

The animatic that comes in is already the complete film.  An engine may draw parts of it better; it never changes its
length, its size, or the user's own pixels.  It knows nothing of clips, music or files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from studio.core.frames import FrameSource
from studio.core.run import Run
from studio.core.settings import Preset
from studio.engines.machine import Machine


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What an engine is, before asking whether it can run.

    Parameters
    ----------
    name : as given to ``--engine``
    title : for people
    describes : one sentence, how it draws the other self
    generative : whether a generative model draws pixels (decides the label of the film)
    local : whether everything stays on this machine; "auto" never leaves it
    min_vram_gib : GPU memory it needs, 0 for none
    """

    name: str
    title: str
    describes: str
    generative: bool
    local: bool
    min_vram_gib: float = 0.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an engine can run here and now, why (not), and what the user can do about it."""

    ready: bool
    why: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What the film should be, beyond the animatic.

    Parameters
    ----------
    seed : every random choice of an engine comes from a generator made of it
    preview : speed before beauty
    """

    preset: Preset
    seed: int = 0
    preview: bool = False


class Engine(Protocol):
    """Finishes animatics.  ``tests/contracts/engine.py`` is the conformance suite of every engine."""

    @property
    def spec(self) -> EngineSpec:
        """What it is."""
        ...

    def ready(self, machine: Machine) -> Readiness:
        """Whether it can run on ``machine``; cheap, and never raises."""
        ...

    def finish(self, animatic: FrameSource, brief: Brief, run: Run) -> FrameSource:
        """The finished film: as many frames as the animatic, of its size and rate.

        Same animatic and same seed give the same frames; `Cancelled` is raised within one frame (or one step of a
        model) after ``run.cancel`` was set; memory does not grow with the length of the film.

        Raises
        ------
        EngineError : it is not ready, or failed while drawing
        """
        ...
