"""High dynamic range to BT.709: one colour table per transfer curve.

Light is measured against reference white (203 cd/m2, ITU-R BT.2408), a shoulder brings what is brighter under 1, the
gamut goes from BT.2020 to BT.709, and the BT.1886 display curve turns it into code values.  The table maps the *coded*
RGB, where HLG and PQ are about even to the eye, so 33 steps per channel are enough; FFmpeg's ``lut3d`` applies it.

Sources: ITU-R BT.2100-2 (HLG and PQ), BT.2408-7 (reference white), BT.2087 (BT.2020 to BT.709).
What it does not do: read per-scene metadata (Dolby Vision, HDR10+); a phone's HLG base layer is shown without them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Transfer = Literal["hlg", "pq"]

TRANSFER_OF_TAG: dict[int, Transfer] = {16: "pq", 18: "hlg"}
"""ITU-T H.273 transfer numbers that mean high dynamic range."""

STEPS = 33
REFERENCE_WHITE = 203.0
HLG_PEAK = 1000.0
KNEE = 0.60
"""Light (relative to reference white) up to which nothing is compressed."""

LUMA_2020 = np.array([0.2627, 0.6780, 0.0593])
BT2020_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


def hlg_light(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Displayed light relative to reference white from HLG code values (..., 3) in 0..1, for a 1000 cd/m2 display."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    luma = (scene @ LUMA_2020)[..., None]
    gamma = 1.2
    return scene * np.maximum(luma, 1e-9) ** (gamma - 1) * (HLG_PEAK / REFERENCE_WHITE)


def pq_light(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Displayed light relative to reference white from PQ code values (..., 3) in 0..1."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = code ** (1 / m2)
    return 10000 / REFERENCE_WHITE * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)


def shoulder(light: NDArray[np.float64], peak: float) -> NDArray[np.float64]:
    """Untouched up to ``KNEE``, then a curve of the same slope that reaches 1 at ``peak`` (extended Reinhard)."""
    room = 1 - KNEE
    over = np.maximum(light - KNEE, 0) / room
    top = (peak - KNEE) / room
    return np.where(light <= KNEE, light, KNEE + room * np.minimum(over * (1 + over / top**2) / (1 + over), 1))


def to_sdr(code: NDArray[np.float64], transfer: Transfer) -> NDArray[np.float64]:
    """BT.709 code values 0..1 from BT.2020 HLG or PQ code values (..., 3) in 0..1."""
    light = hlg_light(code) if transfer == "hlg" else pq_light(code)
    light = light @ BT2020_TO_BT709.T
    # The brightest channel carries the shoulder, so that hue survives it.
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-9)
    light = light * (shoulder(brightest, HLG_PEAK / REFERENCE_WHITE) / brightest)
    return np.clip(light, 0, 1) ** (1 / 2.4)


@lru_cache(maxsize=2)
def cube_text(transfer: Transfer) -> str:
    """The table as a ``.cube`` file: red changes fastest."""
    axis = np.linspace(0, 1, STEPS)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    table = to_sdr(np.stack([red, green, blue], axis=-1).reshape(-1, 3), transfer)
    rows = "\n".join(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in table.tolist())
    return f"LUT_3D_SIZE {STEPS}\n{rows}\n"
