"""What this computer has, as far as choosing an engine needs to know; looking starts no driver and imports no torch."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gpu:
    """One NVIDIA GPU; other makes are not looked for."""

    name: str
    vram_gib: float


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores, memory and GPUs."""

    cores: int
    memory_gib: float
    gpus: tuple[Gpu, ...] = ()

    @property
    def vram_gib(self) -> float:
        """Memory of the largest GPU, 0 without one."""
        return max((gpu.vram_gib for gpu in self.gpus), default=0.0)


def measure() -> Machine:
    """Look at this computer; takes milliseconds without a GPU."""
    return Machine(cores=_cores(), memory_gib=_memory_gib(), gpus=_gpus())


def _cores() -> int:
    """Cores this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gib() -> float:
    import psutil

    return psutil.virtual_memory().total / 2**30


def _gpus() -> tuple[Gpu, ...]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(answer)


def parse_gpus(answer: str) -> tuple[Gpu, ...]:
    """GPUs from nvidia-smi's lines ``name, MiB``; a line without a number (``[N/A]``) is left out."""
    gpus = []
    for line in answer.splitlines():
        name, _, mib = line.rpartition(",")
        if mib.strip().isdigit():
            gpus.append(Gpu(name.strip(), int(mib) / 1024))
    return tuple(gpus)
