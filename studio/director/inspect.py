"""What the studio sees in a clip, as plain data: usable or not, why, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.core.errors import InputError
from studio.core.people import ROLES, Analysis, Role, TakeKind
from studio.core.run import Run
from studio.core.time import FrameRange
from studio.media.read import Clip, open_clip
from studio.vision.analyse import analyse

_SPAN_S = 1.5
"""Length of the stretches that are named for a role: about one shot."""
_EMBRACE: tuple[Role, ...] = ("arms-folded", "eyes-lowered", "head-bent", "hands-sharp")
_MEANING: dict[TakeKind, str] = {
    "stand-in": "You hug a real thing: its cloth, your hands on it and their shadows are kept.",
    "air-hug": "You hug nobody: the other self is put between your arms and your chest.",
    "open-arms": "Your arms only open: the embrace is told over the shoulder and from near.",
}
_NEXT_STEP: dict[TakeKind, str | None] = {
    "stand-in": None,
    "air-hug": "Still better: hug a real thing, such as a pillow in a hoodie with the hood up, its back to the camera, "
    "in another colour than your clothes. Hands, folds and shadows are then real.",
    "open-arms": "Better: after opening your arms fold them for four seconds as if you hugged somebody; "
    "best, round a pillow in a hoodie, its back to the camera.",
}


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
        "meaning": _MEANING[take.kind],
        "held_share": round(take.held_share, 3),
        "next_step": _NEXT_STEP[take.kind],
        "roles": _roles(analysis),
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


def _roles(analysis: Analysis) -> dict[str, Any]:
    """The best stretch for each role, and for the embrace as a whole: seconds and mark, None where nothing is known."""
    length = max(1, round(_SPAN_S * float(analysis.rate)))
    take = analysis.take

    def told(role: Role | tuple[Role, ...], within: FrameRange | None) -> dict[str, Any] | None:
        span = analysis.roles.best_range(role, length, within)
        if span is None:
            return None
        return {"s": [round(t, 2) for t in span.frames.seconds(analysis.rate)], "score": round(span.score, 2)}

    hold = take.closed_arms
    found = {role: told(role, take.open_arms if role == "arms-open" else hold) for role in ROLES}
    if hold is None:
        found["arms-folded"] = None
    return {**found, "embrace": told(_EMBRACE, hold) if hold else None}
