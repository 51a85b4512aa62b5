"""Clip in, short out.  Read this to see how the studio works; everything it calls has one job."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.animatic.build import Animatic, build_animatic
from studio.core.frames import FrameSource, Size
from studio.core.memory import peak_rss_mib
from studio.core.people import Analysis
from studio.core.run import Run
from studio.core.settings import Preset
from studio.core.stream import ahead
from studio.core.timeline import Timeline
from studio.director import consent
from studio.director.finish import finish
from studio.director.measures.watch import Watch
from studio.director.music import Score, choose_score
from studio.director.my_age import MyAge, find_my_age, with_my_age
from studio.director.plan import plan
from studio.director.scorecard import Quality, judge_embrace, judge_film, judge_plan
from studio.engines.base import Brief
from studio.engines.machine import measure as measure_machine
from studio.engines.registry import choose
from studio.media.conform import check_film
from studio.media.read import Clip, open_clip
from studio.media.write import check_output, write_film
from studio.vision.analyse import analyse

FULL_SIZE: Size = (1080, 1920)
PREVIEW_SIZE: Size = (540, 960)


@dataclass(frozen=True, slots=True)
class Request:
    """What to make.

    Parameters
    ----------
    out : the film, .mp4; appears only when complete
    engine : "auto" or an engine's name
    preview : half size, quick
    consent : the user's word for a real person's clip
    sample : the clip is the bundled synthetic one, which needs no consent
    person : which one of several people, counted from the left, from 1
    """

    clip: Path
    preset: Preset
    out: Path
    engine: str = "auto"
    seed: int = 0
    preview: bool = False
    consent: bool = False
    sample: bool = False
    person: int | None = None
    matte_model: str = "mediapipe"


@dataclass(frozen=True, slots=True)
class Short:
    """A finished film and its report (schema ``Report.1``)."""

    video: Path
    report: dict[str, Any]


def make(request: Request, run: Run) -> Short:
    """Make the film.

    Raises
    ------
    StudioError : with a hint that says what to do
    Cancelled : ``run.cancel`` was set; nothing is left behind
    """
    started = time.perf_counter()
    check_output(request.out, source=request.clip)
    consent.require(request.consent, request.sample)
    engine, reasons = choose(request.engine, measure_machine())
    size = PREVIEW_SIZE if request.preview else FULL_SIZE

    with run.stage("music"):
        score = choose_score(request.preset.music, run)
    clip = open_clip(request.clip, max_side_px=size[1])
    for note in clip.notes:
        run.warn(note)
    analysis = analyse(clip, run, person=request.person, matte_model=request.matte_model)
    mine = find_my_age(request.preset.clone.my_age_years, request.clip, analysis.tracks, analysis.size_px)
    request = replace(request, preset=with_my_age(request.preset, mine))
    timeline = plan(request.preset, analysis, score.grid, glimpse=analysis.facing > 0)
    with build_animatic(clip, analysis, request.preset, timeline, size, request.seed, run) as animatic:
        watch = Watch(animatic)
        film = engine.finish(watch, Brief(request.preset, request.seed, request.preview), run)
        _encode(film, timeline, score, request, engine.spec.name, run)
        with run.stage("judge"):
            quality = judge_embrace(judge_plan(animatic), watch)
    if quality.hands_below_shoulders is not None and quality.hands_below_shoulders < 0:
        run.warn(
            "Your folded arms lie as high as the other self's neck. Fold them lower, at the navel for a child, or make "
            "the other self older with --age."
        )
    with run.stage("check"):
        conformance = check_film(request.out)
        quality = judge_film(quality, request.out, timeline)
    report = _report(request, clip, analysis, mine, timeline, score, animatic, quality, run)
    report["engine"], report["engine_reasons"] = engine.spec.name, list(reasons)
    report["film"]["conforms"] = conformance.passed
    report["film"]["failed_rules"] = [rule.name for rule in conformance.rules if not rule.passed]
    report["stages_s"]["total"] = round(time.perf_counter() - started, 2)
    report["warnings"] = list(run.warnings)
    return Short(request.out, report)


def _encode(film: FrameSource, timeline: Timeline, score: Score, request: Request, engine_name: str, run: Run) -> None:
    """Draw, finish and write every frame once; drawing runs ahead in a thread of its own."""
    frames = finish(ahead(film.frames()), timeline, request.preset.look, film.size_px, request.seed)
    write_film(
        run.watch(frames, "render", timeline.frame_count),
        request.out,
        size_px=film.size_px,
        rate=timeline.rate,
        frame_count=timeline.frame_count,
        audio=score.samples(timeline),
        draft=request.preview,
        cancel_check=run.check,
        metadata={"title": request.preset.title, "comment": f"Self-Hug Studio, engine {engine_name}; altered picture"},
    )


def _report(
    request: Request,
    clip: Clip,
    analysis: Analysis,
    mine: MyAge,
    timeline: Timeline,
    score: Score,
    animatic: Animatic,
    quality: Quality,
    run: Run,
) -> dict[str, Any]:
    rate = timeline.rate
    error = timeline.contact_error_ms
    scene = animatic.scene
    return {
        "schema": "Report.1",
        "engine": "",
        "engine_reasons": [],
        "preset": request.preset.slug,
        "seed": request.seed,
        "film": {
            "file": request.out.name,
            "size_px": list(animatic.size_px),
            "fps": float(rate),
            "frames": timeline.frame_count,
            "duration_s": round(timeline.frame_count / float(rate), 3),
            "music": score.title,
            "music_source": score.source,
            "beat_confidence": score.confidence,
        },
        "contact": {
            "frame": timeline.contact_frame,
            "time_s": round(timeline.contact_frame / float(rate), 4),
            "downbeat_s": None if timeline.downbeat_s is None else round(timeline.downbeat_s, 4),
            "error_ms": None if error is None else round(error, 2),
        },
        "take": {
            "kind": analysis.take.kind,
            "score": round(analysis.take.score, 3),
            "open_arms_s": [round(t, 2) for t in analysis.take.open_arms.seconds(analysis.rate)],
            "closed_arms_s": None
            if analysis.take.closed_arms is None
            else [round(t, 2) for t in analysis.take.closed_arms.seconds(analysis.rate)],
            "clip": {
                "size_px": list(clip.size_px),
                "fps": round(float(clip.rate), 3),
                "duration_s": round(clip.duration_s, 2),
            },
        },
        "shots": [
            {
                "name": shot.name,
                "start_s": round(shot.film.start / float(rate), 3),
                "end_s": round(shot.film.stop / float(rate), 3),
                "confidence": shot.confidence,
                "why": shot.why,
                "hidden": shot.hide,
            }
            for shot in timeline.shots
        ],
        "left_out": [{"name": left.name, "confidence": left.confidence, "why": left.why} for left in timeline.left_out],
        "clone": {
            "age_years": request.preset.clone.age_years,
            "my_age": {**mine.as_dict(), "said": mine.sentence},
            "hair": scene.look.hair_style,
            "garment": scene.look.garment,
        },
        "stages_s": {name: round(seconds, 2) for name, seconds in run.stages_s.items()},
        "peak_rss_mib": round(peak_rss_mib(), 1),
        "people": analysis.people,
        "quality": quality.as_dict(),
        "warnings": [],
    }
