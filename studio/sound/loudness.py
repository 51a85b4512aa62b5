"""Loudness: measure it as the platforms do, and bring a mix to their target without clipping.

Sources: ITU-R BS.1770-4 (K-weighting, gating; computed by pyloudnorm), its annex 2 (true peak by 4x oversampling), EBU
Tech 3341 (test signals).  The limiter is the classic offline one: the gain each sample needs, its running minimum over
a window, and a smoothing kernel no longer than that window, so the smoothed gain never exceeds the needed one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import MediaError

TARGET_LUFS = -14.0
CEILING_DBTP = -1.6
"""Below the -1 dBTP that platforms ask for: AAC at 192 kbit/s gives back up to half a decibel."""

BLOCK_S = 0.4
SILENT_LUFS = -60.0
_TOLERANCE_LU = 0.05
_LOOK_S = 0.02
_ROUNDS = 20


def integrated_lufs(samples: NDArray, rate_hz: int) -> float:
    """Integrated loudness after BS.1770.

    Parameters
    ----------
    samples : (n,) or (n, channels) float in -1..1
    rate_hz : samples per second

    Returns
    -------
    LUFS; ``-inf`` for silence

    Raises
    ------
    MediaError : when there is less than one gating block of 400 ms
    """
    import pyloudnorm

    if len(samples) < BLOCK_S * rate_hz + 1:
        raise MediaError("The sound is too short to measure its loudness.", "Give it at least half a second.")
    if not np.any(samples):
        return float("-inf")
    with np.errstate(divide="ignore"):  # blocks of digital silence are log(0), which the gate then drops
        return float(pyloudnorm.Meter(rate_hz).integrated_loudness(np.asarray(samples, np.float64)))


def true_peak_dbtp(samples: NDArray) -> float:
    """Highest peak of ``samples`` (n,) or (n, channels), between them too, in dBTP; ``-inf`` for silence."""
    peak = float(_peaks(samples).max(initial=0.0))
    return 20 * float(np.log10(peak)) if peak > 0 else float("-inf")


def _peaks(samples: NDArray) -> NDArray[np.float32]:
    """(n,) the loudest 4x oversampled value of any channel around each sample."""
    from scipy.signal import resample_poly

    columns = np.asarray(samples, np.float32).reshape(len(samples), -1)
    peaks = np.abs(columns).max(axis=1, initial=0.0)
    for column in columns.T:
        fine = np.abs(resample_poly(column, 4, 1).astype(np.float32)).reshape(-1, 4).max(axis=1)
        np.maximum(peaks, fine, out=peaks)
    return peaks


def limit(
    samples: NDArray[np.float32], rate_hz: int, *, ceiling_dbtp: float, peaks: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Turn peaks down, smoothly and from before they come; the rest stays as it is.

    ``samples`` (n, channels) float32; all channels share the gain, so the stereo image stands still.  ``peaks`` (n,)
    saves measuring them again.
    """
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    peaks = _peaks(samples) if peaks is None else peaks
    needed = np.minimum(1.0, 10 ** (ceiling_dbtp / 20) / np.maximum(peaks, 1e-9))
    if needed.min() >= 1.0:
        return samples
    look = round(_LOOK_S * rate_hz) | 1
    # Each fine peak lies between a sample and the next, so both must be turned down: hence the window is a little wider
    # than the two boxes that smooth it.
    gain = minimum_filter1d(needed, 2 * look + 3, mode="nearest")
    for _ in range(2):
        gain = uniform_filter1d(gain, look, mode="nearest")
    return np.where(gain[:, None] < 1 - 1e-9, samples * gain[:, None], samples).astype(np.float32)


def master(
    samples: NDArray, rate_hz: int, *, target_lufs: float = TARGET_LUFS, ceiling_dbtp: float = CEILING_DBTP
) -> NDArray[np.float32]:
    """Bring ``samples`` (n, 2) to a loudness under a ceiling; gain and limiter repeat until both hold.

    Where both cannot hold (a few loud clicks in silence) the ceiling wins.  What is quieter than -60 LUFS is left
    alone: it is silence, and lifting it would only lift noise.

    Returns
    -------
    (n, 2) float32
    """
    out = np.asarray(samples, np.float32)
    loudness = integrated_lufs(out, rate_hz)
    if loudness < SILENT_LUFS:
        return out
    source, peaks, gain_db = out, _peaks(out), 0.0
    for _ in range(_ROUNDS):
        gain_db += target_lufs - loudness
        gain = np.float32(10 ** (gain_db / 20))
        out = limit(source * gain, rate_hz, ceiling_dbtp=ceiling_dbtp, peaks=peaks * gain)
        loudness = integrated_lufs(out, rate_hz)
        if abs(loudness - target_lufs) <= _TOLERANCE_LU:
            break
    excess_db = true_peak_dbtp(out) - ceiling_dbtp
    return out if excess_db <= 0 else (out * np.float32(10 ** (-excess_db / 20))).astype(np.float32)
