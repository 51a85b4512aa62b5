"""The bars of the embrace, on several clips and presets, as a table.

    python benchmarks/embrace.py [CLIP ...] [--preset inner-child ...] [--preview] [--json result.json]

Without a clip it measures the bundled sample.  Every frame of every film is drawn, measured and thrown away; no file is
written.  Processor time counts all threads here, because nothing else runs.  A value that misses its bar stands with an
exclamation mark, one that could not be measured with a dash; the reasons follow below.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from studio.core.run import Run  # noqa: E402
from studio.core.settings import Preset  # noqa: E402
from studio.director.measures.bar import Bar  # noqa: E402
from studio.director.presets import load  # noqa: E402
from studio.director.produce import FULL_SIZE, PREVIEW_SIZE  # noqa: E402

SAMPLE = ROOT / "samples" / "open-arms.mp4"
PRESETS = ("inner-child", "future-self")


def films(path: Path, presets: list[Preset], preview: bool, seed: int) -> list[dict[str, Any]]:
    """Measure one clip under each preset; it is analysed once."""
    from studio.animatic.build import build_animatic
    from studio.director.measures.watch import Watch
    from studio.director.music import choose_score
    from studio.director.plan import plan
    from studio.director.scorecard import Quality, judge_embrace
    from studio.media.read import open_clip
    from studio.vision.analyse import analyse

    size = PREVIEW_SIZE if preview else FULL_SIZE
    results = []
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        clip = open_clip(path, max_side_px=size[1])
        analysis = analyse(clip, run)
        for preset in presets:
            grid = choose_score(preset.music, run).grid
            timeline = plan(preset, analysis, grid, glimpse=analysis.facing > 0)
            start = time.process_time()
            with build_animatic(clip, analysis, preset, timeline, size, seed, run) as animatic:
                watch = Watch(animatic, clock=time.process_time)
                for _ in watch.frames():
                    pass
                quality = judge_embrace(Quality(), watch)
            results.append(
                {
                    "clip": path.stem,
                    "preset": preset.slug,
                    "take": analysis.take.kind,
                    "size_px": list(size),
                    "processor_s": round(time.process_time() - start, 1),
                    "quality": quality,
                }
            )
    return results


def table(results: list[dict[str, Any]]) -> list[str]:
    """A row for each bar, a column for each film."""
    heads = [f"{one['clip'][:14]}/{one['preset'].split('-')[0][:7]}" for one in results]
    lines = [f"{'measure':<20}{'bar':>13}" + "".join(f"{head:>24}" for head in heads)]
    rows = zip(*(one["quality"].bars for one in results), strict=True)
    return lines + [f"{row[0].name:<20}{row[0].bar:>13}" + "".join(f"{cell(bar):>24}" for bar in row) for row in rows]


def cell(bar: Bar) -> str:
    """The value, with a mark when it misses."""
    if bar.value is None:
        return "-"
    return f"{'! ' if bar.passed is False else ''}{bar.value:.4g}"


def reasons(results: list[dict[str, Any]]) -> list[str]:
    """Where and why, for what was missed and what was not measured."""
    lines = []
    for one in results:
        lines += ["", f"{one['clip']}, {one['preset']} ({one['take']}):"]
        quiet: dict[str, list[str]] = {}
        for bar in one["quality"].bars:
            if bar.passed is False:
                lines.append(f"  ! {bar.name} {bar.value:.4g} ({bar.bar}): {bar.note}")
            elif bar.passed is None:
                quiet.setdefault(bar.note, []).append(bar.name)
        lines += [f"  - {', '.join(names)}: {note}" for note, names in quiet.items()]
    return lines


def main() -> int:
    """Command line; the exit code is 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="*", type=Path, default=[SAMPLE])
    parser.add_argument("--preset", action="append", help="may be given several times")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as for the studio itself")
    parser.add_argument("--preview", action="store_true", help="half size, quick; the cost has no bar then")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    presets = [load(slug, options.set) for slug in options.preset or PRESETS]
    results = [one for clip in options.clip for one in films(clip, presets, options.preview, options.seed)]
    print("\n".join([*table(results), *reasons(results)]))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        films_json = [{**one, "quality": one["quality"].as_dict()} for one in results]
        text = json.dumps({"schema": "EmbraceBenchmark.1", "films": films_json}, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return int(any(bar.passed is False for one in results for bar in one["quality"].bars))


if __name__ == "__main__":
    sys.exit(main())
