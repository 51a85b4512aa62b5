"""The diffusion engine: what it needs is checked for real; its drawing is not part of this version.

It will re-render only the other self and the contact region, guided by the animatic (masks, pose drawing, start
latents, reference face).  Until then it says so, and "auto" passes it over.
"""

from __future__ import annotations

from importlib.util import find_spec

from studio.core.errors import EngineError
from studio.core.frames import FrameSource
from studio.core.run import Run
from studio.engines.base import Brief, EngineSpec, Readiness
from studio.engines.machine import Machine
from studio.models import catalogue, shelf

LARGE_GPU_GIB = 15.0
"""From here on (cards sold as 16 GB) the 14B video model is used, below it the 1.3B one."""

_MISSING_DRAWING = "everything it needs is here, but the drawing itself is not part of this version"


class DiffusionEngine:
    """Re-renders the other self with a video model."""

    spec = EngineSpec(
        name="diffusion",
        title="Diffusion",
        describes="A generative video model on your own GPU redraws the other self over the animatic.",
        generative=True,
        local=True,
        min_vram_gib=7.5,
    )

    def ready(self, machine: Machine) -> Readiness:
        """Check packages, GPU, its memory, weights, CUDA; the cheapest first, and torch is imported only at the end."""
        instead = "Use --engine embedded, which needs no GPU."
        missing = [package for package in ("torch", "diffusers", "transformers") if find_spec(package) is None]
        if missing:
            return Readiness(False, f"not installed: {', '.join(missing)}", "pip install -r requirements.txt")
        if not machine.gpus:
            return Readiness(False, "no NVIDIA GPU found (nvidia-smi lists none)", instead)
        if machine.vram_gib < self.spec.min_vram_gib:
            return Readiness(
                False, f"the GPU has {machine.vram_gib:.0f} GiB, {self.spec.min_vram_gib:g} are needed", instead
            )
        video = "wan-vace-14b" if machine.vram_gib >= LARGE_GPU_GIB else "wan-vace-1.3b"
        for name in ("flux2-klein-4b", video):
            weights = catalogue.get(name)
            if not shelf.present(weights):
                return Readiness(False, f"the weights '{name}' are not on this machine", shelf.how_to_get(weights))
        if not _cuda_works():
            return Readiness(
                False, "torch cannot use the GPU", "Install torch from its CUDA index, then the requirements again."
            )
        return Readiness(False, _MISSING_DRAWING, instead)

    def finish(self, animatic: FrameSource, brief: Brief, run: Run) -> FrameSource:
        """Refuse: see the module's text."""
        raise EngineError("The diffusion engine cannot draw in this version.", "Use --engine embedded.")


def _cuda_works() -> bool:
    try:
        import torch
    except (ImportError, OSError):  # OSError: a CUDA library that does not load
        return False
    return torch.cuda.is_available()
