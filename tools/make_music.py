"""Render the bundled music: ``music/scores/<slug>.toml`` -> ``music/<slug>.ogg`` and its sidecar ``music/<slug>.toml``.

    python tools/make_music.py [SLUG ...] [--soundfont FluidR3_GM.sf2]

Score (``music_score.py``) -> MIDI, one part at a time -> FluidSynth, dry -> tone, fade, pan, a synthetic room -> master
-> Ogg Vorbis.  Needs the ``fluidsynth`` program and the FluidR3 sound font (Debian: fluidsynth, fluid-soundfont-gm).
The same score gives the same file, byte for byte, on the same versions of both.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.sound.loudness import TARGET_LUFS, integrated_lufs, master, true_peak_dbtp
from tools.music_score import LEAD_S, MUSIC, Note, Part, Score, between, midi, notes, read_score

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
RATE_HZ = 48000
LATENCY_S = 0.005
"""From a note's MIDI time to the first tenth of its attack (piano, kick, guitar: measured 3 to 8 ms), taken off."""
QUALITY = 0.62
"""libsndfile's compression level, 0 best to 1 smallest."""
WIDTH = 0.75
TINES = -1
"""Program number of the synthetic music box; the others are General MIDI, from 0."""
LICENCE = "CC0-1.0"


def stem(score: Score, part: Part, played: list[Note], soundfont: Path, folder: Path) -> NDArray[np.float64]:
    """(n, 2) the part, dry, as FluidSynth plays it."""
    import soundfile

    song, wav = folder / "part.mid", folder / "part.wav"
    midi(score, part, played).save(song)
    command = [
        "fluidsynth",
        "-ni",
        "-q",
        "-g",
        "0.5",
        "-r",
        str(RATE_HZ),
        "-R",
        "0",
        "-C",
        "0",
        "-o",
        "synth.cpu-cores=1",
    ]
    command += ["-O", "float", "-T", "wav", "-F", str(wav), str(soundfont), str(song)]
    subprocess.run(command, check=True, capture_output=True)
    sound, _ = soundfile.read(wav, dtype="float64", always_2d=True)
    whole = np.zeros((round(score.duration_s * RATE_HZ), 2))
    sound = sound[round(LATENCY_S * RATE_HZ) :]
    length = min(len(whole), len(sound))
    whole[:length] = sound[:length]
    return whole


def tines(score: Score, played: list[Note]) -> NDArray[np.float64]:
    """(n, 2) a music box: plucked steel tines, clamped bars with overtones at 6.27 and 17.5 times their pitch.

    FluidR3's own music box strikes twice, 48 ms apart, which no grid forgives.
    """
    whole = np.zeros(round(score.duration_s * RATE_HZ))
    for note in played:
        pitch_hz = 440 * 2 ** ((note.key - 69) / 12)
        at_s = np.arange(round((note.end_s - note.start_s + 0.25) * RATE_HZ)) / RATE_HZ
        sound = np.zeros(len(at_s))
        # (overtone, strength, seconds to a tenth): the near-twin of the first beats slowly, as filed by hand
        for ratio, strength, dies_s in (
            (1, 1, 0.9),
            (1.0013, 0.4, 1.1),
            (2.0, 0.12, 0.5),
            (6.27, 0.3, 0.14),
            (17.5, 0.06, 0.04),
        ):
            if ratio * pitch_hz < 18000:
                slower = (880 / pitch_hz) ** 0.5
                sound += strength * np.sin(2 * np.pi * ratio * pitch_hz * at_s) * 10 ** (-at_s / (dies_s * slower))
        sound *= (
            np.minimum(1, at_s / 0.0015) * np.clip((at_s[-1] - at_s) / 0.25, 0, 1) * 0.2 * (note.velocity / 100) ** 2
        )
        start = round(note.start_s * RATE_HZ)
        length = min(len(sound), len(whole) - start)
        whole[start : start + length] += sound[:length]
    return np.stack([whole, whole], axis=1)


def room(length_s: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """(n, 2) an impulse response: noise in octave bands, the high ones dying sooner; 60 dB down after ``length_s``."""
    from scipy.signal import butter, sosfiltfilt

    n = round(length_s * 1.2 * RATE_HZ)
    at_s = np.arange(n) / RATE_HZ
    response = np.zeros((n, 2))
    for centre_hz, share in ((150, 0.9), (300, 1.0), (600, 1.0), (1200, 0.9), (2400, 0.65), (4800, 0.4), (9600, 0.2)):
        band = butter(2, (centre_hz / 2**0.5, centre_hz * 2**0.5), "bandpass", fs=RATE_HZ, output="sos")
        decay = np.exp(-6.9 * at_s / (length_s * share))
        response += sosfiltfilt(band, rng.normal(size=(n, 2)), axis=0) * decay[:, None] * share
    response *= np.minimum(1, at_s / 0.012)[:, None]  # diffuse from the start, no slap
    response = np.concatenate([np.zeros((round(0.022 * RATE_HZ), 2)), response])
    return response / np.sqrt((response**2).sum(axis=0, keepdims=True))


def mix(score: Score, soundfont: Path) -> NDArray[np.float64]:
    """(n, 2) all parts in their room."""
    from scipy.signal import butter, fftconvolve, sosfilt

    rng = np.random.default_rng(score.seed)
    hall = room(score.room_s, np.random.default_rng(7))
    size = round(score.duration_s * RATE_HZ)
    bar = (np.arange(size) / RATE_HZ - LEAD_S) * score.bpm / 60 / score.beats_per_bar
    dry, wet = np.zeros((size, 2)), np.zeros((size, 2))
    with tempfile.TemporaryDirectory() as name:
        for part in score.parts:
            played = notes(score, part, rng)
            sound = tines(score, played) if part.program == TINES else stem(score, part, played, soundfont, Path(name))
            sound = sosfilt(butter(2, part.highpass_hz, "highpass", fs=RATE_HZ, output="sos"), sound, axis=0)
            sound = sosfilt(butter(1, part.lowpass_hz, "lowpass", fs=RATE_HZ, output="sos"), sound, axis=0)
            angle = (part.pan + 1) * np.pi / 4
            sound *= (10 ** ((part.gain_db + between(part.fade_db, bar)) / 20))[:, None]  # type: ignore[operator,index]
            sound *= np.array([np.cos(angle), np.sin(angle)]) * 2**0.5
            dry += sound
            wet += sound * 10 ** (part.room_db / 20)
    wet = np.stack([fftconvolve(wet[:, side], hall[:, side])[:size] for side in range(2)], axis=1)
    middle, side = (wet + dry).mean(axis=1), (wet + dry) @ np.array([0.5, -0.5])
    sound = np.stack([middle + WIDTH * side, middle - WIDTH * side], axis=1)  # narrower: phones play it in mono
    sound = sosfilt(np.array([shelf(150, score.low_db), shelf(3000, score.high_db, high=True)]), sound, axis=0)
    return sound * ends(size, score.tail_s)[:, None]


def shelf(corner_hz: float, gain_db: float, *, high: bool = False) -> NDArray[np.float64]:
    """(6,) second-order section of a shelf (R. Bristow-Johnson's audio EQ cookbook, slope 0.7)."""
    turn = 2 * np.pi * corner_hz / RATE_HZ
    gain, sign = 10 ** (gain_db / 40), -1 if high else 1
    slope = np.sin(turn) / 2 * np.sqrt((gain + 1 / gain) * (1 / 0.7 - 1) + 2) * 2 * np.sqrt(gain)
    plus, minus, turned = gain + 1, gain - 1, np.cos(turn) * sign
    top = gain * np.array(
        [plus - minus * turned + slope, 2 * sign * (minus - plus * turned), plus - minus * turned - slope]
    )
    bottom = np.array(
        [plus + minus * turned + slope, -2 * sign * (minus + plus * turned), plus + minus * turned - slope]
    )
    return np.concatenate([top, bottom]) / bottom[0]


def ends(size: int, tail_s: float) -> NDArray[np.float64]:
    """(size,) gain that opens in 5 ms and closes over the last two thirds of the tail: no click at either end."""
    gain = np.ones(size)
    opening, closing = round(0.005 * RATE_HZ), round(tail_s * 0.66 * RATE_HZ)
    gain[:opening] *= np.linspace(0, 1, opening)
    gain[-closing:] *= np.cos(np.linspace(0, np.pi / 2, closing)) ** 2
    return gain


def write_ogg(path: Path, sound: NDArray[np.float32]) -> None:
    """Encode, with a constant serial number (libsndfile draws one from the clock) so that equal files are equal."""
    import soundfile

    with soundfile.SoundFile(path, "w", RATE_HZ, 2, format="OGG", subtype="VORBIS", compression_level=QUALITY) as file:
        for at in range(0, len(sound), RATE_HZ):  # libsndfile's Vorbis writer crashes when given much at once
            file.write(sound[at : at + RATE_HZ])
    data = bytearray(path.read_bytes())
    at = 0
    while at < len(data):
        segments = data[at + 26]
        end = at + 27 + segments + sum(data[at + 27 : at + 27 + segments])
        data[at + 14 : at + 18] = b"hug1"
        data[at + 22 : at + 26] = bytes(4)
        data[at + 22 : at + 26] = struct.pack("<I", _ogg_crc(data[at:end]))
        at = end
    path.write_bytes(data)


def _ogg_crc(page: bytearray) -> int:
    crc = 0
    for byte in page:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC[crc >> 24 ^ byte]
    return crc


def _crc_row(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


_CRC = [_crc_row(value) for value in range(256)]


def sidecar(score: Score, sound: NDArray) -> str:
    """The TOML text beside the track."""
    beats = [round(score.time_s(beat), 6) for beat in range(score.bars * score.beats_per_bar)]
    downbeats = beats[:: score.beats_per_bar]
    edges = [round(at * RATE_HZ) for at in [*downbeats, score.time_s(len(beats))]]
    level_db = [10 * np.log10(np.mean(sound[a:b] ** 2) + 1e-9) for a, b in pairwise(edges)]
    energy = [round(float(np.clip((level - max(level_db) + 30) / 30, 0, 1)), 3) for level in level_db]
    lines = [
        "# Written by tools/make_music.py; change the score instead.",
        f'title = "{score.title}"',
        f'licence = "{LICENCE}"',
        f'note = "{score.note}"',
        f"mood = {_list(score.mood)}",
        f"bpm = {score.bpm:g}",
        f"beats_per_bar = {score.beats_per_bar}",
        f"duration_s = {len(sound) / RATE_HZ:.6f}",
        f"drop_s = {downbeats[score.drop_bar]}",
        f"loop_s = [{downbeats[score.loop_bars[0]]}, {downbeats[score.loop_bars[1]]}]",
        f"beats_s = {_list(beats)}",
        f"downbeats_s = {_list(downbeats)}",
        f"bar_energy = {_list(energy)}",
    ]
    for name, bar in score.sections:
        lines += ["", "[[sections]]", f'name = "{name}"', f"start_s = {downbeats[bar]}"]
    return "\n".join(lines) + "\n"


def _list(values) -> str:
    return "[" + ", ".join(f'"{v}"' if isinstance(v, str) else f"{v}" for v in values) + "]"


def make(slug: str, soundfont: Path) -> None:
    """Render one piece and report what was measured in the decoded file."""
    import soundfile

    score = read_score(slug)
    raw = mix(score, soundfont)
    path = MUSIC / f"{slug}.ogg"
    target_lufs, ceiling_dbtp = TARGET_LUFS, -1.9
    for _ in range(
        8
    ):  # Vorbis moves loudness and peaks by some tenths of a decibel: aim where the decoded file is right
        write_ogg(path, master(raw, RATE_HZ, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp))
        sound, _ = soundfile.read(path, dtype="float32")
        error_lu, excess_db = integrated_lufs(sound, RATE_HZ) - TARGET_LUFS, true_peak_dbtp(sound) + 1.5
        if abs(error_lu) < 0.05 and excess_db <= 0:
            break
        target_lufs -= error_lu
        ceiling_dbtp -= max(0.0, excess_db + 0.05)
    else:
        raise SystemExit(f"{slug}: loudness and peak cannot both be met; make the score less peaky")
    (MUSIC / f"{slug}.toml").write_text(sidecar(score, sound), encoding="utf-8")
    print(
        f"{slug:12} {len(sound) / RATE_HZ:6.2f} s  {integrated_lufs(sound, RATE_HZ):6.2f} LUFS  "
        f"{true_peak_dbtp(sound):5.2f} dBTP  {path.stat().st_size / 1000:4.0f} kB"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("slugs", nargs="*", default=sorted(path.stem for path in (MUSIC / "scores").glob("*.toml")))
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    options = parser.parse_args()
    for slug in options.slugs:
        make(slug, options.soundfont)


if __name__ == "__main__":
    main()
