"""Framing: which views of the clip each shot uses.

Faces belong into the upper half and into the box that platforms leave free; a face is never enlarged more than
`MOST_ENLARGED` times its source pixels.
"""

from __future__ import annotations

import numpy as np

from studio.animatic.person import Person
from studio.compose.view import View, keep_inside
from studio.core.frames import Size
from studio.core.people import Tracks
from studio.core.time import FrameRange

MOST_ENLARGED = 3.8
"""Film pixels per clip pixel at 1080x1920; beyond it a phone's picture falls apart."""
_LEAST_COVER = 0.66
"""Share of the film's height that the clip must fill at least, when it is wider than tall."""


def limit_scale(scale: float, clip_size_px: Size, size_px: Size) -> float:
    """``scale`` held under the largest useful enlargement; a small clip may always fill the film and a little more."""
    cover = max(size_px[0] / clip_size_px[0], size_px[1] / clip_size_px[1])
    fill = cover * 1.25 if clip_size_px[1] >= clip_size_px[0] else 0.0
    return min(scale, max(fill, MOST_ENLARGED * size_px[1] / 1920))


def wide(tracks: Tracks, part: FrameRange, person: Person, clip_size_px: Size, size_px: Size) -> View:
    """The whole gesture: from hand to hand if that leaves the clip tall enough, else as wide as is sensible."""
    rows = (tracks.frame >= part.start) & (tracks.frame < part.stop)
    pose = tracks.pose_px[rows] if rows.any() else tracks.pose_px[[tracks.row(part.start)]]
    hands = pose[:, [15, 16, 19, 20], 0]
    left = max(0.0, float(np.percentile(hands, 2)) - 0.25 * person.shoulder_px)
    right = min(float(clip_size_px[0]), float(np.percentile(hands, 98)) + 0.25 * person.shoulder_px)
    fit = size_px[0] / max(right - left, 2.2 * person.shoulder_px)
    cover_height = size_px[1] / clip_size_px[1]
    cover = max(cover_height, size_px[0] / clip_size_px[0])
    if fit >= cover:  # the clip fills the film at the scale the gesture wants
        scale = max(cover, min(fit, 1.5 * size_px[0] / (4.6 * person.shoulder_px)))
    else:
        scale = max(fit, _LEAST_COVER * cover_height)
    scale = limit_scale(scale, clip_size_px, size_px)
    centre_x = (left + right) / 2 if fit < cover else float(person.shoulder_mid_px[0])
    return _settle(View(centre_x, person.head_top_px + 0.30 * size_px[1] / scale, scale, size_px), clip_size_px)


def medium(person: Person, clip_size_px: Size, size_px: Size, shoulder_widths: float = 2.55) -> View:
    """From above the head to the hips: the embrace."""
    scale = limit_scale(size_px[0] / (shoulder_widths * person.shoulder_px), clip_size_px, size_px)
    scale = max(scale, 0.75 * size_px[1] / clip_size_px[1])
    y = float(person.chin_px[1]) + 0.13 * size_px[1] / scale
    return _settle(View(float(person.shoulder_mid_px[0]), y, scale, size_px), clip_size_px)


def close(person: Person, clip_size_px: Size, size_px: Size, other_x_px: float) -> View:
    """The user's face over the other's shoulder; the frame leans towards the other."""
    scale = limit_scale(size_px[0] / (2.15 * person.shoulder_px), clip_size_px, size_px)
    scale = max(scale, 0.75 * size_px[1] / clip_size_px[1])
    x = 0.62 * float(person.face_mid_px[0]) + 0.38 * other_x_px
    y = float(person.face_mid_px[1]) + 0.14 * size_px[1] / scale
    return _settle(View(x, y, scale, size_px), clip_size_px)


def _settle(view: View, clip_size_px: Size) -> View:
    """Keep to the clip; where the clip is too low, stand it on the film's lower edge, so that only sky or wall must
    go on."""
    view = keep_inside(view, clip_size_px)
    half = view.size_px[1] / 2 / view.scale
    if 2 * half > clip_size_px[1]:
        view = View(view.x_px, clip_size_px[1] - half, view.scale, view.size_px)
    return view


def zoom(view: View, factor: float, clip_size_px: Size, about_px: tuple[float, float] | None = None) -> View:
    """The view enlarged by ``factor`` about a clip point (default its middle).

    It never becomes so small that the clip's edge would show where it did not.
    """
    cover = max(view.size_px[0] / clip_size_px[0], view.size_px[1] / clip_size_px[1])
    scale = max(view.scale * factor, min(cover, view.scale))
    at = about_px or (view.x_px, view.y_px)
    x, y = (fix + (centre - fix) * view.scale / scale for fix, centre in zip(at, (view.x_px, view.y_px), strict=True))
    return keep_inside(View(x, y, scale, view.size_px), clip_size_px)
