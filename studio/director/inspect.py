"""What the studio sees in a clip, as plain data: usable or not, why, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.core.errors import InputError
from studio.core.people import Analysis
from studio.core.run import Run
from studio.media.read import Clip, open_clip
from studio.vision.analyse import analyse


def inspect_clip(path: Path, run: Run, person: int | None = None) -> dict[str, Any]:
    """Look at a clip without making anything of it.

    Returns
    -------
    dict : JSON-able; ``usable`` says whether `make` would accept the clip, ``error`` and ``hint`` why not
    """
    try:
        clip = open_clip(path)
        analysis = analyse(clip, run, person=person)
    except InputError as error:
        return {"schema": "Inspect.1", "file": path.name, "usable": False, "error": error.message, "hint": error.hint}
    return {"schema": "Inspect.1", "file": path.name, "usable": True, **_seen(clip, analysis)}


def _seen(clip: Clip, analysis: Analysis) -> dict[str, Any]:
    take, rate = analysis.take, analysis.rate

    def seconds(part: Any) -> list[float] | None:
        return None if part is None else [round(t, 2) for t in part.seconds(rate)]

    return {
        "take": take.kind,
        "score": round(take.score, 3),
        "people": analysis.people,
        "face_seen": round(analysis.facing, 3),
        "ranges_s": {
            "opening": seconds(take.opening if len(take.opening) else None),
            "open_arms": seconds(take.open_arms),
            "closed_arms": seconds(take.closed_arms),
        },
        "light": {
            "direction": [round(float(v), 3) for v in analysis.light.direction],
            "rgb": [round(float(v), 3) for v in analysis.light.rgb],
            "contrast": round(float(analysis.light.contrast), 3),
        },
        "camera": "still" if analysis.motion.is_static else "moving",
        "clip": {
            "size_px": list(clip.size_px),
            "fps": round(float(clip.rate), 3),
            "duration_s": round(clip.duration_s, 2),
            "codec": clip.codec,
            "sound": clip.has_audio,
            "photo": clip.is_photo,
        },
        "notes": list(clip.notes),
        "advice": list(analysis.advice),
    }
