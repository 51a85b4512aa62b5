"""What this installation has and lacks, each finding with what to do about it.

It tries the real thing where that is cheap: libraries with native parts are imported, ffmpeg is run.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from studio.director import presets
from studio.engines.machine import Machine, measure
from studio.engines.registry import engines
from studio.models import catalogue, shelf

ROOT = Path(__file__).resolve().parents[2]
INSTALL = "pip install -r requirements.txt"
PACKAGES = (
    "torch",
    "gradio",
    "diffusers",
    "transformers",
    "rembg",
    "moviepy",
    "librosa",
    "insightface",
    "mediapipe",
    "imageio-ffmpeg",
    "av",
    "pyloudnorm",
    "numba",
    "scipy",
    "typer",
    "rich",
    "pillow",
    "numpy",
    "opencv-contrib-python",
)
NATIVE = {
    "cv2": "On Debian and Ubuntu: apt install libgl1 libglib2.0-0",
    "av": INSTALL,
    "mediapipe": f"{INSTALL} (Python 3.10 to 3.12)",
}
MIN_MEMORY_GIB = 3.0
MIN_FREE_GB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination.

    Parameters
    ----------
    needed : whether the studio cannot make a film without it
    """

    name: str
    ok: bool
    found: str
    what_to_do: str = ""
    needed: bool = True


def examine() -> tuple[Finding, ...]:
    """Look at everything; takes some seconds, because native libraries are really loaded."""
    machine = measure()
    return (
        *_python(),
        *_packages(),
        *_native(),
        _ffmpeg(),
        *_own_files(),
        *_room(machine),
        *_gpu(machine),
        *_weights(),
    )


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 10) <= sys.version_info[:2] <= (3, 12)
    yield Finding("Python", ok, version, "" if ok else "Use Python 3.10, 3.11 or 3.12; mediapipe has no other wheels.")


def _packages() -> Iterator[Finding]:
    for package in PACKAGES:
        try:
            yield Finding(package, True, metadata.version(package))
        except metadata.PackageNotFoundError:
            yield Finding(package, False, "not installed", INSTALL)


def _native() -> Iterator[Finding]:
    for module, remedy in NATIVE.items():
        try:
            importlib.import_module(module)
        except (ImportError, OSError) as error:
            yield Finding(f"{module} loads", False, str(error), remedy)
        else:
            yield Finding(f"{module} loads", True, "yes")


def _ffmpeg() -> Finding:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        answer = subprocess.run([get_ffmpeg_exe(), "-version"], capture_output=True, text=True, timeout=20, check=True)
    except (ImportError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        return Finding("ffmpeg", False, str(error), f"{INSTALL} (imageio-ffmpeg brings its own)")
    return Finding("ffmpeg", True, answer.stdout.split(" Copyright")[0])


def _own_files() -> Iterator[Finding]:
    again = "Get the whole repository again (git clone)."
    names = presets.names()
    yield Finding("presets", bool(names), ", ".join(names) or "none", "" if names else again)
    for name, folder, pattern in (
        ("fonts", ROOT / "studio" / "compose" / "fonts", "*.ttf"),
        ("music", ROOT / "music", "*.ogg"),
        ("sample clip", ROOT / "samples", "*.mp4"),
    ):
        files = sorted(path.stem for path in folder.glob(pattern))
        yield Finding(name, bool(files), ", ".join(files) or "none", "" if files else again)


def _room(machine: Machine) -> Iterator[Finding]:
    yield Finding("processor", True, f"{machine.cores} cores")
    ok = machine.memory_gib >= MIN_MEMORY_GIB
    yield Finding(
        "memory", ok, f"{machine.memory_gib:.1f} GiB", "" if ok else "2 GiB must be free: close other programs."
    )
    where = Path(tempfile.gettempdir())
    free_gb = shutil.disk_usage(where).free / 1e9
    ok = free_gb >= MIN_FREE_GB
    yield Finding(
        "free disk",
        ok,
        f"{free_gb:.1f} GB for temporary files",
        "" if ok else "Free some space, or set TMPDIR to another disk.",
    )


def _gpu(machine: Machine) -> Iterator[Finding]:
    found = ", ".join(f"{gpu.name} ({gpu.vram_gib:.0f} GiB)" for gpu in machine.gpus)
    yield Finding("GPU", bool(found), found or "none; the embedded engine needs none", needed=False)
    for engine in engines():
        state = engine.ready(machine)
        yield Finding(
            f"engine {engine.spec.name}",
            state.ready,
            state.why,
            state.what_to_do,
            needed=engine.spec.name == "embedded",
        )


def _weights() -> Iterator[Finding]:
    yield Finding("weights folder", True, str(shelf.root()), needed=False)
    for weights in catalogue.everything().values():
        here = shelf.present(weights)
        found = "here" if here else f"not here, optional ({weights.job})"
        yield Finding(f"weights {weights.name}", here, found, "" if here else shelf.how_to_get(weights), needed=False)
