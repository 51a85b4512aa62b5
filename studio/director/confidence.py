"""How well the take can tell each shot: one number from 0 to 1 with its reason, from what was measured in the clip.

Every mark is a ramp, 0 where the shot fails and 1 where nothing is missing.  With *e* the enlargement from the clip to
a film 1080 px wide, *eyes*, *hands* the mean marks of the roles "eyes-lowered" and "hands-sharp" in the shot's footage
(0.5 and 0.4 where nothing is known), *score* the take's own score:

=========  ===========================================================================================================
open       0.4 + 0.6 score: all of it is real
glimpse    size^0.5 * (0.2 + 0.8 face); size: face 20 px wide .. 90; face: mean of `ranges.face_scores`; 0 without one
arrival    0.3 + 0.5 score + 0.2 when the camera stands still, for the double's feet would slide otherwise
embrace    folded arms: 0.35 + 0.25 score + 0.2 hands + 0.2 eyes; open arms: 0.5 + 0.1 eyes
hold       the same
shoulder   folded arms: 0.3 + 0.3 size + 0.3 eyes + 0.1 score; open arms: 0.1 less; size: e from 5 .. 2
reverse    size^0.5 * (0.3 + 0.7 face); size: e, the face `reverse_face_px` wide, 5.5 .. 2; 0 without one
detail     size^0.6 * (0.25 + 0.75 hands) * seen; size: e of a picture 1.25 shoulders wide, 5.5 .. 2; seen: visibility
           of the wrists; 0 with open arms
end        folded arms: as embrace; open arms: 0.7, the user alone, all of it real
=========  ===========================================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.core.people import LEFT_SHOULDER, LEFT_WRIST, RIGHT_SHOULDER, RIGHT_WRIST, Analysis, Role
from studio.core.time import FrameRange
from studio.core.timeline import ShotName
from studio.director.ranges import face_scores

_FILM_WIDTH_PX = 1080
_REVERSE_FACE_PX = (250.0, 390.0)
_REVERSE_ENLARGED = 4.0
DETAIL_SHOULDERS = 1.25
"""Width of the detail's picture in widths of the user's shoulders."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """A mark from 0 to 1 and the words for it."""

    value: float
    why: str


def confidence(name: ShotName, source: FrameRange, analysis: Analysis) -> Confidence:
    """How well ``source`` can tell the shot; see the table above."""
    found = _judge(name, source, analysis)
    return Confidence(round(float(np.clip(found.value, 0, 1)), 3), found.why)


def _judge(name: ShotName, source: FrameRange, analysis: Analysis) -> Confidence:
    take = analysis.take
    folded = take.closed_arms is not None
    if name == "open":
        return Confidence(0.4 + 0.6 * take.score, "your own picture")
    if name == "arrival":
        still = analysis.motion.is_static
        return Confidence(0.3 + 0.5 * take.score + 0.2 * still, "a still camera" if still else "the camera moves")
    if name in ("glimpse", "reverse"):
        return _face(name, source, analysis)
    if name == "detail":
        return _detail(source, analysis)
    eyes, hands = _mark("eyes-lowered", source, analysis, 0.5), _mark("hands-sharp", source, analysis, 0.4)
    if name == "shoulder":
        size = _ramp(_FILM_WIDTH_PX / max(2.15 * shoulder_px(source, analysis), 1), 5.0, 2.0)
        value = 0.3 + 0.3 * size + 0.3 * eyes + 0.1 * take.score - (0.0 if folded else 0.1)
        return Confidence(value, _worst(("a small face", size), ("eyes that look at the camera", eyes)))
    if name == "end" and not folded:
        return Confidence(0.7, "your own picture")
    if not folded:
        return Confidence(0.5 + 0.1 * eyes, "the arms were not folded")
    value = 0.35 + 0.25 * take.score + 0.2 * hands + 0.2 * eyes
    return Confidence(value, _worst(("hands that move or blur", hands), ("eyes that look at the camera", eyes)))


def _face(name: ShotName, source: FrameRange, analysis: Analysis) -> Confidence:
    rows = _rows(source, analysis)
    width = face_width_px(source, analysis)
    if width <= 0:
        return Confidence(0.0, "no face was found")
    seen = np.clip(face_scores(analysis, lids=name == "glimpse")[rows], 0, 1)
    clear = float(seen.mean())
    if name == "glimpse":
        size = float(np.clip((width - 20) / 70, 0, 1))
        return Confidence(size**0.5 * (0.2 + 0.8 * clear), _worst(("a small face", size), ("an unclear face", clear)))
    size = _ramp(reverse_face_px(width) / width, 5.5, 2.0)
    return Confidence(size**0.5 * (0.3 + 0.7 * clear), _worst(("a small face", size), ("an unclear face", clear)))


def _detail(source: FrameRange, analysis: Analysis) -> Confidence:
    if analysis.take.closed_arms is None:
        return Confidence(0.0, "the arms were not folded")
    hands = _mark("hands-sharp", source, analysis, 0.4)
    size = _ramp(_FILM_WIDTH_PX / max(DETAIL_SHOULDERS * shoulder_px(source, analysis), 1), 5.5, 2.0)
    seen = float(np.median(analysis.tracks.visibility[_rows(source, analysis)][:, [LEFT_WRIST, RIGHT_WRIST]]))
    value = size**0.6 * (0.25 + 0.75 * hands) * float(np.clip(seen, 0, 1))
    return Confidence(value, _worst(("small hands", size), ("hands that move or blur", hands), ("hidden hands", seen)))


def face_width_px(source: FrameRange, analysis: Analysis) -> float:
    """Median width of the face mesh in the footage, clip pixels; 0 without a face."""
    face = analysis.tracks.face_px[_rows(source, analysis)]
    width = np.linalg.norm(face[:, 234, :2] - face[:, 454, :2], axis=1)
    width = width[np.isfinite(width)]
    return float(np.median(width)) if len(width) else 0.0


def reverse_face_px(width_px: float) -> float:
    """Width of the face in the reverse angle of a film 1080 px wide, for its width in the clip: smaller rather than
    enlarged more than four times, but never too small to be read."""
    return float(np.clip(_REVERSE_ENLARGED * width_px, *_REVERSE_FACE_PX))


def shoulder_px(source: FrameRange, analysis: Analysis) -> float:
    """Median distance of the shoulder joints in the footage, clip pixels."""
    pose = analysis.tracks.pose_px[_rows(source, analysis)]
    return float(np.median(np.abs(pose[:, LEFT_SHOULDER, 0] - pose[:, RIGHT_SHOULDER, 0])))


def _rows(source: FrameRange, analysis: Analysis) -> np.ndarray:
    """Analysed rows inside the footage, at least the nearest one."""
    at = analysis.tracks.frame
    rows = np.flatnonzero((at >= source.start) & (at < source.stop))
    return rows if len(rows) else np.array([analysis.tracks.row((source.start + source.stop) // 2)])


def _mark(role: Role, source: FrameRange, analysis: Analysis, unknown: float) -> float:
    """Mean mark of the role in the footage, ``unknown`` where nothing is known."""
    step = max(1, len(source) // 24)
    marks = np.array([analysis.roles.mark_at(role, frame) for frame in range(source.start, source.stop, step)])
    marks = marks[np.isfinite(marks)]
    return float(marks.mean()) if len(marks) else unknown


def _ramp(value: float, bad: float, good: float) -> float:
    return float(np.clip((bad - value) / (bad - good), 0, 1))


def _worst(*parts: tuple[str, float]) -> str:
    """What is missing most; nothing is when all parts are good."""
    words, value = min(parts, key=lambda part: part[1])
    return words if value < 0.5 else "clear footage"
