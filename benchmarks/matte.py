"""Matte and clean plate against ground truth, and what they cost.

    python benchmarks/matte.py [a b c d] [--json benchmarks/results/matte.json]

The synthetic people of ../shared/actor have true mattes and true backgrounds.  ``raw`` are mediapipe's masks as they
come, of every frame, at its size: the pose model's and the selfie network's.  ``analysed`` is what the analysis keeps
(about ten frames a second, faded between), ``refined`` is `studio.compose.cutout`.  MAD x 1e3: mean absolute error;
dtSSD x 1e2: error of the change from frame to frame (Erofeev et al. 2015).  The plate's PSNR is taken where the person
hides the background (true alpha over one half), apart for what other frames saw and what nobody ever saw.  Without the
shared folder the sample that ships is timed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
ACTORS = ROOT.parent / "shared" / "actor"
SAMPLE = ROOT / "samples" / "open-arms.mp4"
FIRST, LAST = 12, 76
Pictures = list[NDArray[np.uint8]]


class Clip(dict):
    """All frames of a clip in memory, with the spool's interface."""

    def get(self, frame: int) -> NDArray[np.uint8]:  # type: ignore[override]
        return self[frame].copy()


def film(path: Path) -> Pictures:
    """Frames of a film as they are stored."""
    import cv2

    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        good, frame = capture.read()
        if not good:
            return frames
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))


def picture(path: Path) -> NDArray[np.uint8]:
    """A picture file as RGB."""
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))


def true_mattes(folder: Path, count: int) -> Pictures:
    if (folder / "alpha").is_dir():
        return [picture(folder / "alpha" / f"{i:03d}.png")[..., 0] for i in range(count)]
    return [frame[..., 0] for frame in film(folder / "alpha_lossless.mp4")]


def true_plates(folder: Path, clip: Clip, mattes: Pictures) -> Pictures:
    """The background of every frame.  Actor c was filmed in a's room with a's camera; its own plate lies some pixels
    beside, so whichever fits the visible part better is taken."""
    if (folder / "plate_clean.mp4").is_file():
        return film(folder / "plate_clean.mp4")
    found = [picture(other / "plate_clean.png") for other in (folder, folder.parent / "clip_a")]
    free = mattes[0] < 2
    best = min(found, key=lambda plate: np.abs(plate.astype(np.int16) - clip[0])[free].mean())
    return [best] * len(clip)


def raw_masks(clip: Clip) -> dict[str, Pictures]:
    """mediapipe's own masks of the frames, at its output size."""
    import mediapipe as mp

    pose = mp.solutions.pose.Pose(model_complexity=1, enable_segmentation=True)
    selfie = mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
    masks: dict[str, Pictures] = {"pose": [], "selfie": []}
    for index in range(FIRST - 4, LAST):
        found, own = pose.process(clip[index]).segmentation_mask, selfie.process(clip[index]).segmentation_mask
        if index >= FIRST:
            for name, mask in (("pose", found), ("selfie", own)):
                masks[name].append((np.clip(mask if mask is not None else 0 * own, 0, 1) * 255).astype(np.uint8))
    return masks


def score(found: Pictures, truth: Pictures) -> dict[str, float]:
    """MAD x 1e3 and dtSSD x 1e2."""
    import cv2

    size = truth[0].shape[1::-1]
    pairs = zip(found, truth, strict=True)
    wrong = [(cv2.resize(mine, size).astype(np.float32) - true) / 255 for mine, true in pairs]
    steps = [np.sqrt(((after - before) ** 2).mean()) for before, after in itertools.pairwise(wrong)]
    return {"mad": 1e3 * float(np.mean([np.abs(w).mean() for w in wrong])), "dtssd": 1e2 * float(np.mean(steps))}


def plate_psnr(plate, truth: Pictures, mattes: Pictures) -> dict[str, float]:
    """PSNR in dB in the hidden area: all of it, what some frame saw, and what none did (with its share)."""
    error, count = np.zeros(3), np.zeros(3)
    for index in range(0, len(truth), 12):
        wrong = ((plate.at(index).astype(np.float32) - truth[index]) ** 2).mean(axis=2)
        hidden, seen = mattes[index] > 127, plate.confidence_at(index) > 0
        for at, where in enumerate((hidden, hidden & seen, hidden & ~seen)):
            error[at] += wrong[where].sum()
            count[at] += where.sum()
    decibel = 10 * np.log10(255**2 / np.maximum(error / np.maximum(count, 1), 1e-9))
    named = dict(zip(("hidden", "seen", "guessed"), decibel.tolist(), strict=True))
    return {**named, "guessed_share": float(count[2] / count[0])}


def measure(path: Path, folder: Path | None) -> dict:
    """Everything about one clip."""
    from studio.compose.cutout import Cutout
    from studio.core.run import Run
    from studio.media.read import open_clip
    from studio.vision.analyse import analyse

    source = open_clip(path, max_side_px=1920)
    with tempfile.TemporaryDirectory() as workdir:
        analysis = analyse(source, Run(Path(workdir)))
        clip = Clip(enumerate(source.frames()))
        start = time.process_time()
        cutout = Cutout(clip, analysis.tracks, analysis.motion)
        result: dict = {"size_px": list(analysis.size_px), "setup_cpu_s": time.process_time() - start}
        start = time.process_time()
        found = [cutout.alpha(index) for index in range(FIRST, LAST)]
        result["frame_cpu_ms"] = (time.process_time() - start) / len(found) * 1e3
        if folder is None:
            return result
        mattes = true_mattes(folder, len(clip))
        truth = mattes[FIRST:LAST]
        kept = [(analysis.tracks.matte_at(i) * 255).astype(np.uint8) for i in range(FIRST, LAST)]
        result["matte"] = {f"raw {name}": score(masks, truth) for name, masks in raw_masks(clip).items()}
        result["matte"] |= {"analysed": score(kept, truth), "refined": score(found, truth)}
        result["plate_psnr_db"] = plate_psnr(cutout.plate, true_plates(folder, clip, mattes), mattes)
    return result


def show(name: str, result: dict) -> None:
    print(f"{name}: setup {result['setup_cpu_s']:.1f} s, {result['frame_cpu_ms']:.0f} ms processor time a frame")
    if "matte" not in result:
        return
    rows = result["matte"]
    best = {key: min(rows[row][key] for row in rows if row.startswith("raw")) for key in ("mad", "dtssd")}
    for row, values in rows.items():
        print(
            f"  {row:11} MAD {values['mad']:6.2f} ({values['mad'] / best['mad'] - 1:+4.0%})"
            f"  dtSSD {values['dtssd']:5.2f} ({values['dtssd'] / best['dtssd'] - 1:+4.0%})"
        )
    plate = result["plate_psnr_db"]
    print(
        f"  plate       hidden {plate['hidden']:.1f} dB: seen {plate['seen']:.1f} dB, guessed {plate['guessed']:.1f} dB"
        f" ({plate['guessed_share']:.0%})"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("actors", nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results: dict = {"schema": "MatteBenchmark.1", "cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    names = options.actors or (["a", "b", "c", "d"] if ACTORS.is_dir() else [])
    jobs = [(f"actor {n}", ACTORS / f"clip_{n}" / f"clip_{n}.mp4", ACTORS / f"clip_{n}") for n in names]
    for name, path, folder in jobs or [("sample", SAMPLE, None)]:
        results[name] = measure(path, folder)
        show(name, results[name])
    if options.json:
        rounded = json.loads(json.dumps(results), parse_float=lambda text: round(float(text), 2))
        options.json.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
