"""The sound of a film: music laid under it, voice and accents on top, mastered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import MediaError
from studio.sound.accents import WHOOSH_S, accent
from studio.sound.grid import pieces
from studio.sound.library import samples
from studio.sound.loudness import master
from studio.sound.track import Track

RATE_HZ = 48000
FADE_IN_S, FADE_OUT_S = 0.3, 1.2
DUCK_DB = -9.0
ACCENT_DB = -20.0
"""Peak of an accent against the peak of the music around it."""
_JOINT_S = 0.03


def mix(
    track: Track | None,
    *,
    start_s: float,
    duration_s: float,
    gain_db: float = 0.0,
    voice: NDArray[np.float32] | None = None,
    accents_s: Sequence[float] = (),
) -> NDArray[np.float32] | None:
    """Make the sound of a film.

    Parameters
    ----------
    track : the music, None for none
    start_s : where in the track the film starts; negative lets the music come in later
    duration_s : length of the film
    gain_db : music against voice and accents (the whole is brought to one loudness in the end)
    voice : (m,) or (m, 2) float at 48 kHz from the film's start, cut or padded to the film; the music makes room for it
    accents_s : film times that get a soft whoosh and glint

    Returns
    -------
    (round(duration_s * 48000), 2) float32 at -14 LUFS, true peak below -1.5 dBTP; None without music and voice

    Raises
    ------
    MediaError : the film is too short for sound, or the music cannot be read
    """
    if track is None and voice is None:
        return None
    size = round(duration_s * RATE_HZ)
    if size < RATE_HZ:
        raise MediaError(f"A film of {duration_s:.2f} s is too short for sound.", "Make it at least one second long.")
    sound = np.zeros((size, 2), np.float32)
    if track is not None:
        sound += lay(track, start_s=start_s, duration_s=duration_s) * np.float32(10 ** (gain_db / 20))
    peak = float(np.abs(sound).max())
    if voice is not None:
        words = np.zeros((size, 2), np.float32)
        spoken = np.asarray(voice, np.float32).reshape(len(voice), -1)[:size]
        words[: len(spoken)] = spoken
        sound = sound * ducking(words)[:, None] + words
    glint = accent(RATE_HZ) * np.float32((peak or 0.3) * 10 ** (ACCENT_DB / 20))
    for at_s in accents_s:
        _add(sound, glint, round((at_s - WHOOSH_S) * RATE_HZ))
    return master(sound, RATE_HZ)


def lay(track: Track, *, start_s: float, duration_s: float) -> NDArray[np.float32]:
    """(n, 2) float32 the music of a film as `grid.pieces` lays it, faded at both ends, joined softly where it loops."""
    size = round(duration_s * RATE_HZ)
    sound = np.zeros((size, 2), np.float32)
    laid = pieces(track, start_s=start_s, duration_s=duration_s)
    if not laid:
        return sound
    source = samples(track)
    joint = round(_JOINT_S * RATE_HZ)
    for number, piece in enumerate(laid):
        at, start = round(piece.film_s * RATE_HZ), round(piece.track_s * RATE_HZ)
        lead = min(joint, start, at) if number else 0  # a repeat fades in over the end of what came before it
        part = source[start - lead : start + round(piece.length_s * RATE_HZ)].copy()
        turn = np.linspace(0, np.pi / 2, lead, dtype=np.float32)[:, None]
        part[:lead] *= np.sin(turn)
        sound[at - lead : at] *= np.cos(turn)
        _add(sound, part, at - lead)
    first, last = laid[0], laid[-1]
    if first.track_s > 0:
        begin = round(first.film_s * RATE_HZ)
        rise = sound[begin : begin + round(FADE_IN_S * RATE_HZ)]
        rise *= np.sin(np.linspace(0, np.pi / 2, len(rise), dtype=np.float32))[:, None]
    end = min(size, round((last.film_s + last.length_s) * RATE_HZ))
    fall = sound[max(0, end - round(FADE_OUT_S * RATE_HZ)) : end]
    fall *= np.cos(np.linspace(0, np.pi / 2, len(fall), dtype=np.float32))[:, None] ** 2
    sound[end:] = 0
    return sound


def ducking(words: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) gain of the music under ``words`` (n, 2): `DUCK_DB` while somebody speaks, moving in a third of a second."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    block = RATE_HZ // 100
    level = np.sqrt((words[: len(words) // block * block] ** 2).reshape(-1, block * 2).mean(axis=1))
    speaking = (level > max(0.1 * float(level.max(initial=0)), 1e-3)).astype(np.float32)
    held = uniform_filter1d(maximum_filter1d(speaking, 41), 31)
    gain = 10 ** (DUCK_DB * held / 20)
    return np.interp(np.arange(len(words)), (np.arange(len(gain)) + 0.5) * block, gain).astype(np.float32)


def _add(sound: NDArray[np.float32], part: NDArray[np.float32], at: int) -> None:
    """Add ``part`` at sample ``at``; what lies outside is dropped."""
    start, stop = max(0, at), min(len(sound), at + len(part))
    if start < stop:
        sound[start:stop] += part[start - at : stop - at]
