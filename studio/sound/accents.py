"""Two quiet synthetic sounds for a cut: air that rushes in, light that glints after it.

Both are sums of sine waves whose pitches and phases follow the golden ratio: even, never periodic, the same every time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WHOOSH_S, SHIMMER_S = 0.7, 1.4
_GOLDEN = (5**0.5 - 1) / 2


def accent(rate_hz: int) -> NDArray[np.float32]:
    """(n, 2) float32, peak 1; the moment itself lies `WHOOSH_S` after its start."""
    length = round((WHOOSH_S + SHIMMER_S) * rate_hz)
    at_s = np.arange(length, dtype=np.float32) / rate_hz - np.float32(WHOOSH_S)
    sound = np.stack([_whoosh(at_s, 0) + _shimmer(at_s, 0), _whoosh(at_s, 1) + _shimmer(at_s, 1)], axis=1)
    return sound / np.abs(sound).max()


def _whoosh(at_s: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Noise-like air from 250 Hz up to 2.5 kHz that swells until the moment and is gone 60 ms after it."""
    sound = np.zeros_like(at_s)
    # Where the band is at each time, in octaves above 250 Hz.
    centre = 3.3 * np.clip(1 + at_s / WHOOSH_S, 0, 1.1)
    for k in range(96):
        octave = 3.6 * ((k * _GOLDEN) % 1)
        phase = 2 * np.pi * ((k + 1) * (_GOLDEN + 0.31 * side) % 1)
        near = np.exp(-(((octave - centre) / 0.7) ** 2))
        sound += near * np.sin(2 * np.pi * 250 * 2**octave * at_s + phase).astype(np.float32)
    rise = np.clip(1 + at_s / WHOOSH_S, 0, 1) ** 2 * np.clip(1 - at_s / 0.06, 0, 1)
    return (sound * rise / 10).astype(np.float32)


def _shimmer(at_s: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Small bells above 2 kHz, each a little later than the last, dying within a second."""
    sound = np.zeros_like(at_s)
    for k in range(14):
        since_s = at_s - np.float32(0.35 * (k / 14) ** 1.5)
        pitch_hz = 2100 * 2 ** (1.6 * ((k * _GOLDEN + 0.27 * side) % 1))
        strike = (since_s > 0) * np.exp(-np.maximum(since_s, 0) * 5) * np.minimum(1, np.maximum(since_s, 0) / 0.003)
        sound += strike * np.sin(2 * np.pi * pitch_hz * since_s).astype(np.float32)
    return (sound * np.clip((SHIMMER_S - at_s) / 0.3, 0, 1) * 0.12).astype(np.float32)
