"""Music of known time, made by formula."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 22050


def click(rate_hz: int = RATE_HZ) -> NDArray:
    at = np.arange(int(0.03 * rate_hz)) / rate_hz
    return np.sin(2 * np.pi * 1000 * at) * np.exp(-at * 180)


def kick() -> NDArray:
    at = np.arange(int(0.27 * RATE_HZ)) / RATE_HZ
    return np.sin(2 * np.pi * (55 * at + 6 * (1 - np.exp(-at * 30)))) * np.exp(-at * 14)


def piano(pitch_hz: float, length_s: float = 0.9) -> NDArray:
    at = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * pitch_hz * n * at) / n for n in range(1, 7))
    return tone * np.exp(-at * 4) * np.minimum(1, at / 0.004) * 0.5


def even(bpm: float, *, start_s: float = 0.37, duration_s: float = 30.0) -> NDArray:
    """Times of an even beat that ends before the sound does."""
    return np.arange(start_s, duration_s - 0.5, 60 / bpm)


def place(
    times_s: NDArray, sounds: list[NDArray], *, duration_s: float = 30.0, noise: float = 3e-4
) -> NDArray[np.float32]:
    """Lay ``sounds`` (used in turn) at ``times_s`` over faint noise."""
    whole = np.random.default_rng(0).normal(size=int(duration_s * RATE_HZ)) * noise
    for number, at_s in enumerate(times_s):
        sound, start = sounds[number % len(sounds)], round(float(at_s) * RATE_HZ)
        part = whole[start : start + len(sound)]
        part += 0.3 * sound[: len(part)]
    return whole.astype(np.float32)


def song(bpm: float, *, bar: int = 4, duration_s: float = 30.0) -> tuple[NDArray[np.float32], NDArray]:
    """A piano that plays on and, softer, between the beats; chords change with the bar, its first beat is loudest."""
    beats = even(bpm, duration_s=duration_s)
    sound = np.zeros(int(duration_s * RATE_HZ), np.float32)
    for number, at_s in enumerate(beats):
        root_hz = (220.0, 277.2, 329.6, 415.3)[number // bar % 4]
        loud = 1.3 if number % bar == 0 else 1.0
        sound += place(np.array([at_s]), [loud * piano(root_hz)], duration_s=duration_s, noise=0)
        between = np.array([at_s + 30 / bpm])
        sound += place(between, [0.25 * piano(root_hz * 1.5)], duration_s=duration_s, noise=0)
    return sound, beats


def score(found_s: tuple[float, ...], true_s: NDArray) -> tuple[float, float]:
    """(F-measure within 70 ms, median error in ms), as in the MIREX beat task."""
    found, true = np.asarray(found_s), np.asarray(true_s)
    hit = np.abs(found[:, None] - true[None]).min(axis=0) <= 0.07
    good = np.abs(found[:, None] - true[None]).min(axis=1) <= 0.07
    errors = found[np.abs(found[:, None] - true[None]).argmin(axis=0)] - true
    return 2 * hit.mean() * good.mean() / (hit.mean() + good.mean() + 1e-9), float(np.median(errors[hit]) * 1000)
