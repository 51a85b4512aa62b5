"""How long a film takes, stage by stage, against plain ffmpeg on as many frames.

    python benchmarks/render.py [CLIP] [--preset inner-child] [--preview] [--json result.json]

Each film is made by the real command line in a fresh process (a cold start, imports included).  The yardstick is ffmpeg
alone: decode a film of the same size and length and encode it again with the same settings.  Times of a busy
machine mean
nothing; the ratio, taken in one run, survives a slow one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

ROOT = Path(__file__).resolve().parent.parent


def timed(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MiB of one command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used, after.ru_maxrss / 1024


def ffmpeg_round_trip(film: Path, out: Path, draft: bool) -> tuple[float, float, float]:
    """Decode ``film`` and encode it again as the studio does."""
    preset = "ultrafast" if draft else "veryfast"
    flags = [
        "-c:v",
        "libx264",
        "-preset",
        preset,
        "-crf",
        "19",
        "-g",
        "60",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-b:a",
        "192k",
    ]
    return timed([get_ffmpeg_exe(), "-y", "-v", "error", "-i", str(film), *flags, str(out)])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--preset", default="inner-child")
    parser.add_argument("--preview", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film, report_file = Path(folder) / "hug.mp4", Path(folder) / "hug.json"
        source = [str(options.clip), "--consent"] if options.clip else ["--sample"]
        command = [sys.executable, "-m", "studio", "make", *source, "--preset", options.preset, "--out", str(film)]
        command += ["--report", str(report_file), "--quiet", *(["--preview"] if options.preview else [])]
        load = os.getloadavg()[0]
        wall, used, peak = timed(command)
        report = json.loads(report_file.read_text(encoding="utf-8"))
        base_wall, base_used, _ = ffmpeg_round_trip(film, Path(folder) / "again.mp4", options.preview)
        inspect_wall, _, _ = timed(
            [
                sys.executable,
                "-m",
                "studio",
                "inspect",
                source[0] if options.clip else str(ROOT / "samples/open-arms.mp4"),
            ]
        )
        help_wall = min(timed([sys.executable, "-m", "studio", "--help"])[0] for _ in range(3))
    frames = report["film"]["frames"]
    result = {
        "schema": "RenderBenchmark.1",
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "load_before": round(load, 2),
        },
        "film": {
            "preset": options.preset,
            "size_px": report["film"]["size_px"],
            "frames": frames,
            "take": report["take"]["kind"],
        },
        "wall_s": round(wall, 2),
        "processor_s": round(used, 2),
        "peak_mib": round(max(peak, report["peak_rss_mib"]), 1),
        "stages_s": report["stages_s"],
        "ffmpeg_wall_s": round(base_wall, 2),
        "ffmpeg_processor_s": round(base_used, 2),
        "ratio_wall": round(wall / base_wall, 2),
        "ratio_processor": round(used / base_used, 2),
        "inspect_wall_s": round(inspect_wall, 2),
        "help_wall_s": round(help_wall, 2),
    }
    print(f"{'stage':<12}{'seconds':>9}{'ms/frame':>10}")
    for name, seconds in report["stages_s"].items():
        print(f"{name:<12}{seconds:>9.2f}{1000 * seconds / frames:>10.1f}")
    for key in (
        "wall_s",
        "processor_s",
        "peak_mib",
        "ffmpeg_wall_s",
        "ratio_wall",
        "ratio_processor",
        "inspect_wall_s",
        "help_wall_s",
    ):
        print(f"{key:<20}{result[key]:>10}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
