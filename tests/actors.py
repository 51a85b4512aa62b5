"""Single frames of the synthetic actors, with what is known about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame


def picture(path: Path) -> Frame:
    """(H, W, 3) uint8 RGB of a picture file."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def frame(actor: Path, name: str, number: int) -> Frame:
    """A frame of ``clip_a`` ... that lies there as a picture."""
    return picture(actor / name / f"frame_{number:03d}.png")


def joints(actor: Path, name: str, number: int) -> dict[str, NDArray[np.float64]]:
    """(2,) pixel of each joint of the rig."""
    data: Any = json.loads((actor / name / "joints.json").read_text(encoding="utf-8"))["data"][number]["joints"]
    return {joint: np.array(place[:2]) for joint, place in data.items()}


def alpha(actor: Path, name: str, number: int) -> NDArray[np.float32]:
    """(H, W) float32 0..1 the matte that was used in the composite."""
    return picture(actor / name / "alpha" / f"{number:03d}.png")[..., 0] / np.float32(255)
