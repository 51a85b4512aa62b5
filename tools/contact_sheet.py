"""A contact sheet of finished films: one row a film, so that they can be looked at beside each other.

    python tools/contact_sheet.py FILM.mp4... --out sheet.png [--frames 12] [--height 480]

With a report beside the film (FILM.json, as ``--report`` writes it) the frames are those that matter:
two of every shot, four of the arrival; otherwise they are spread evenly.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from studio.core.time import FrameRange
from studio.media.read import open_clip


def moments(film: Path, count: int, frames: int) -> list[tuple[int, str]]:
    """Frame numbers and labels worth looking at."""
    report = film.with_suffix(".json")
    if not report.is_file():
        return [(int(n), "") for n in np.linspace(0, count - 1, frames).round()]
    shots = json.loads(report.read_text(encoding="utf-8"))["shots"]
    chosen: list[tuple[int, str]] = []
    for shot in shots:
        start, stop = round(shot["start_s"] * 30), round(shot["end_s"] * 30)
        shares = (0.12, 0.45, 0.72, 0.95) if shot["name"] == "arrival" else (0.15, 0.8)
        chosen += [(min(count - 1, int(start + share * (stop - start))), shot["name"]) for share in shares]
    return chosen


def row(film: Path, frames: int, height: int) -> np.ndarray:
    """(height, width, 3) uint8 RGB strip of one film."""
    clip = open_clip(film)
    tiles = []
    for number, label in moments(film, clip.frame_count, frames):
        frame = next(clip.frames(FrameRange(number, number + 1)))
        tile = cv2.resize(
            frame, (round(height * frame.shape[1] / frame.shape[0]), height), interpolation=cv2.INTER_AREA
        )
        text = f"{label} {number}".strip()
        cv2.putText(tile, text, (6, height - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(tile, text, (6, height - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
        tiles.append(tile)
    return np.hstack(tiles)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("films", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--height", type=int, default=480)
    options = parser.parse_args()
    rows = [row(film, options.frames, options.height) for film in options.films]
    width = max(strip.shape[1] for strip in rows)
    sheet = np.vstack([np.pad(strip, ((0, 6), (0, width - strip.shape[1]), (0, 0))) for strip in rows])
    cv2.imwrite(str(options.out), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    print(f"{options.out}: {sheet.shape[1]}x{sheet.shape[0]}")


if __name__ == "__main__":
    main()
