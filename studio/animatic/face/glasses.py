"""Glasses: found once per person, masked in every frame, and kept straight by the age warp.

A rim is a thin line, darker or brighter than both its sides, that runs round an eye below the brow and over the bridge
of the nose.  Brows, lashes, bags and frown lines are wide, or short, or do not cross the nose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh

_ANGLES_DEG = np.arange(0, 360, 5)
"""Round an eye: 0 outwards, 90 down, 180 to the nose."""
_LOWER = (_ANGLES_DEG > 35) & (_ANGLES_DEG < 145)
_NOSE_SIDE = (_ANGLES_DEG > 150) & (_ANGLES_DEG < 250)
_RADII_IPD = np.arange(0.30, 0.82, 0.02)
"""Lenses are 40 to 60 mm wide at 63 mm between the eyes (ISO 12870 boxing sizes): a rim lies 0.3 to 0.75 ipd away."""
_SIDE_IPD = 0.05
"""Half the width of a rim and its bevel, about 3 mm."""
_CLEAR = 0.15
"""Log contrast beyond which a line is no clearer."""
_BENT = 0.012
"""Log contrast that a rim must have to be followed one radius further in or out."""
_DEPTH_IPD = 0.2
"""How far lenses stand before the eyes' plane: 12 mm vertex distance."""
_SHIFTS_IPD = [(x, y) for x in (-0.08, -0.04, 0.0, 0.04, 0.08) for y in (-0.06, 0.02, 0.1)]
"""Right and down: depth and tilt of the lenses differ by that from person to person, seen from 30 degrees."""
_OWN_IPD = 0.15
"""How far the rim of one eye may lie from the shape common to both."""
_ABSENT, _PRESENT = 0.050, 0.060
"""Geometric mean of the rims' and the bridge's log contrast, without and with glasses (real portraits and clips)."""


@dataclass(frozen=True, slots=True)
class Glasses:
    """What was found on one person.

    Parameters
    ----------
    present : 0..1
    rims : (2, 72, 3) both rims in the face frame with y down (x right, y down, z to the viewer), ipd from the eyes'
        middle
    """

    present: float
    rims: NDArray[np.float32]


def find_glasses(rgb: NDArray, face_px: NDArray, pose: mesh.Pose) -> Glasses:
    """Look for glasses in the reference frame.

    Parameters
    ----------
    rgb : (h, w, 3) 0..255, uint8 or float32
    face_px : (478, 3) in its pixels
    """
    light = _log_light(rgb, pose.ipd_px)
    angle = np.radians(_ANGLES_DEG)[:, None]
    flat = np.stack([_RADII_IPD * np.cos(angle), _RADII_IPD * np.sin(angle)], -1)
    best = (-1.0, 0.0, np.zeros((2, len(flat), 3)))
    for shift in _SHIFTS_IPD:  # the plane's place is only roughly known
        found = _both_rims(light, flat, np.array(shift), pose)
        if found[0] > best[0]:
            best = found
    seen = np.sqrt(best[1] * _bridge(light, face_px, pose))
    present = float(np.clip((seen - _ABSENT) / (_PRESENT - _ABSENT), 0, 1))
    return Glasses(present, best[2].astype(np.float32))


def _both_rims(
    light: NDArray[np.float32], flat: NDArray, shift: NDArray, pose: mesh.Pose
) -> tuple[float, float, NDArray[np.float64]]:
    """Clearest common shape of both rims: its contrast, that of the less clear lower half, and (2, n, 3) points."""
    lenses = [_lens(flat, side) + [*shift, 0] for side in (-1, 1)]
    lines = []
    for lens in lenses:
        at = _on_picture(lens, pose)
        out = at[:, -1:] - at[:, :1]
        out /= np.linalg.norm(out, axis=-1, keepdims=True) + 1e-9
        lines.append(_lines(light, at, out, _SIDE_IPD * pose.ipd_px))
    # both lenses have one shape; what only one eye shows is a fold, a shadow, hair
    both = 0.5 * np.minimum(*lines) + 0.25 * (lines[0] + lines[1])
    path = _follow(both)
    rows = np.arange(len(path))
    rim = min(float(side[rows, path][_LOWER].mean()) for side in lines)
    # then each eye's own, near it: neither depth nor turn of the head is known well
    near = np.abs(np.arange(len(_RADII_IPD))[None] - path[:, None]) * (_RADII_IPD[1] - _RADII_IPD[0]) < _OWN_IPD
    own = [_follow(np.where(near, side, -1).astype(np.float32)) for side in lines]
    return float(both[rows, path].mean()), rim, np.stack([lens[rows, k] for lens, k in zip(lenses, own, strict=True)])


def _lens(flat: NDArray, side: int) -> NDArray[np.float64]:
    """Points (..., 2) of a lens (outwards, down from the eye) in the face frame, (..., 3) ipd."""
    return np.stack([side * (0.5 + flat[..., 0]), flat[..., 1], np.full(flat.shape[:-1], _DEPTH_IPD)], -1)


def mask(rgb: NDArray, face_px: NDArray, pose: mesh.Pose, glasses: Glasses) -> NDArray[np.float32]:
    """(H, W) 0..1 the frame of the glasses in one picture: lines near the known rims, bridge and temples.

    Parameters
    ----------
    rgb : (H, W, 3) 0..255
    face_px : (478, 3)
    """
    import cv2

    height, width = rgb.shape[:2]
    out = np.zeros((height, width), np.float32)
    if glasses.present <= 0:
        return out
    ipd = pose.ipd_px
    rims = _on_picture(glasses.rims, pose)
    temples = [np.stack([rims[k, 0], _ear(face_px, k)]) for k in range(2)]
    marks = np.concatenate([rims.reshape(-1, 2), *temples])
    x0, y0 = np.maximum(np.floor(marks.min(0) - 0.2 * ipd), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(marks.max(0) + 0.2 * ipd), (width, height)).astype(int)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return out
    band = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for points, closed in [(rim, True) for rim in rims] + [(temple, False) for temple in temples]:
        drawn = np.round((points - (x0, y0)) * 16).astype(np.int32)
        cv2.polylines(band, [drawn], closed, 255, max(1, round(0.13 * ipd)), cv2.LINE_AA, 4)
    bridge = np.concatenate([rims[0][_NOSE_SIDE], rims[1][_NOSE_SIDE][::-1]]) - (x0, y0)
    cv2.fillPoly(band, [np.round(bridge * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    near = cv2.GaussianBlur(band, (0, 0), max(0.5, 0.02 * ipd)).astype(np.float32) / 255
    thin = _thin(_log_light(rgb[y0:y1, x0:x1], ipd), ipd)
    found = near * np.clip((thin - 0.03) / 0.06, 0, 1)
    grown = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(0.012 * ipd)) + 1,) * 2))
    out[y0:y1, x0:x1] = glasses.present * cv2.GaussianBlur(grown, (0, 0), max(0.5, 0.012 * ipd))
    return out


def keep_straight(
    field: NDArray[np.float32], origin: tuple[int, int], pose: mesh.Pose, glasses: Glasses
) -> NDArray[np.float32]:
    """Let a warp move glasses and what is seen through them by one similarity; changes the field in place.

    Parameters
    ----------
    field : (h, w, 2) where every output pixel comes from, px of the source
    origin : output pixel of the field's first value
    """
    import cv2

    if glasses.present <= 0:
        return field
    ipd = pose.ipd_px
    height, width = field.shape[:2]
    hull = _hull(_on_picture(glasses.rims, pose))
    back = np.eye(2, 3)
    for _ in range(2):  # where the glasses end up depends on how they are moved
        forth = cv2.invertAffineTransform(back)
        there = hull @ forth[:, :2].T + forth[:, 2] - origin
        drawn = np.zeros((height, width), np.uint8)
        cv2.fillPoly(drawn, [np.round(there * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        y, x = np.nonzero(drawn[::3, ::3] > 128)
        if len(x) < 12:
            return field
        back = _similarity(3.0 * np.c_[x, y] + origin, field[3 * y, 3 * x].astype(float))
    # only where they are, and the soft surroundings at a part of the size
    step = max(1, int(0.06 * ipd))
    rows, columns = _about(drawn, round(0.75 * ipd), step)
    near = drawn[rows, columns]
    size = (max(1, near.shape[1] // step), max(1, near.shape[0] // step))
    low = cv2.resize(near, size, interpolation=cv2.INTER_AREA)
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(0.3 * ipd / step)) + 1,) * 2)
    soft = cv2.GaussianBlur(cv2.dilate(low, wide).astype(np.float32), (0, 0), 0.12 * ipd / step)
    weight = np.maximum(cv2.resize(soft, near.shape[::-1], interpolation=cv2.INTER_LINEAR), near)
    weight *= np.float32(glasses.present / 255)
    x = np.arange(columns.start, columns.stop, dtype=np.float32) + origin[0]
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + origin[1]
    for k in range(2):
        there = field[rows, columns, k]
        straight = np.float32(back[k, 0]) * x + (np.float32(back[k, 1]) * y + np.float32(back[k, 2]))
        there += weight * (straight - there)
    return field


def _about(drawn: NDArray[np.uint8], over_px: int, step: int) -> tuple[slice, slice]:
    """Rows and columns of what is drawn and of ``over_px`` more, a multiple of ``step`` where there is room."""
    import cv2

    x, y, width, height = cv2.boundingRect(drawn)
    spans = []
    for start, length, limit in ((y, height, drawn.shape[0]), (x, width, drawn.shape[1])):
        first = max(0, start - over_px)
        last = min(limit, start + length + over_px)
        spans.append(slice(first, max(first + step, last - (last - first) % step)))
    return spans[0], spans[1]


def _similarity(one: NDArray, two: NDArray) -> NDArray[np.float64]:
    """(2, 3) least-squares similarity from points to points."""
    start, end = one @ [1, 1j], two @ [1, 1j]
    off = start - start.mean()
    turn = (np.conj(off) @ (end - end.mean())) / (np.conj(off) @ off).real
    shift = end.mean() - turn * start.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _log_light(rgb: NDArray, ipd_px: float) -> NDArray[np.float32]:
    import cv2

    byte = rgb if rgb.dtype == np.uint8 else cv2.convertScaleAbs(np.maximum(rgb, 0))
    grey = cv2.cvtColor(byte, cv2.COLOR_RGB2GRAY).astype(np.float32)
    # the offset keeps noise in the dark from being contrast
    return cv2.GaussianBlur(np.log(grey + 8), (0, 0), max(0.4, 0.018 * ipd_px))


def _sample(picture: NDArray[np.float32], at: NDArray) -> NDArray[np.float32]:
    import cv2

    return cv2.remap(
        picture, *(at[..., k].astype(np.float32) for k in range(2)), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _lines(light: NDArray[np.float32], at: NDArray, across: NDArray, side_px: float) -> NDArray[np.float32]:
    """Contrast 0.._CLEAR of a line at these points, darker or brighter than both its sides."""
    middle = _sample(light, at)
    one, two = (_sample(light, at + step * side_px * across) for step in (-1, 1))
    both = np.maximum(np.minimum(one, two) - middle, middle - np.maximum(one, two))
    return np.clip(both, 0, _CLEAR)


def _follow(lines: NDArray[np.float32]) -> NDArray[np.intp]:
    """(n,) the clearest closed path through (n, k) contrasts, one radius per angle (dynamic programming)."""
    count = len(lines)
    radius = np.arange(lines.shape[1])
    step = np.abs(radius[:, None] - radius[None])
    penalty = np.where(step > 2, 9.0, _BENT * step)
    total, back = np.zeros(len(radius)), []
    for k in range(3 * count):  # three turns: the middle one starts and ends alike
        ways = total[None] - penalty
        back.append(ways.argmax(1))
        total = lines[k % count] + ways.max(1)
    path = [int(total.argmax())]
    for best in reversed(back):
        path.append(int(best[path[-1]]))
    return np.array(path[::-1][count + 1 : 2 * count + 1], np.intp)


def _bridge(light: NDArray[np.float32], face_px: NDArray, pose: mesh.Pose) -> float:
    """Contrast of the clearest line across the nose between the brows and its middle."""
    top, bottom = (np.asarray(face_px, float)[k, :2] for k in (9, 195))
    down = (bottom - top) / np.linalg.norm(bottom - top)
    along = top + (bottom - top) * np.linspace(0, 1, 40)[:, None]
    across = np.linspace(-0.12, 0.12, 9)[:, None, None] * pose.ipd_px * pose.axes[0]
    at = along[None] + across
    side = 0.06 * pose.ipd_px
    middle, above, below = _sample(light, at), _sample(light, at - side * down), _sample(light, at + side * down)
    best = 0.0
    for line in (np.minimum(above, below) - middle, middle - np.maximum(above, below)):
        line = np.clip(line, 0, _CLEAR)
        total = line[0]
        for row in line[1:]:  # one step up or down per column
            total = row + np.maximum(total, np.maximum(np.r_[0, total[:-1]], np.r_[total[1:], 0]))
        best = max(best, float(total[4:].max()) / len(line))
    return best


def _on_picture(points: NDArray, pose: mesh.Pose) -> NDArray[np.float64]:
    return pose.centre_px + pose.ipd_px * (points @ pose.turn.T)[..., :2]


def _ear(face_px: NDArray, side: int) -> NDArray[np.float64]:
    """Where a temple meets the hair: beside the outer end of the eye, at the mesh's edge."""
    return np.asarray(face_px, float)[[127, 356][side], :2]


def _hull(rims: NDArray) -> NDArray[np.float64]:
    import cv2

    return cv2.convexHull(rims.reshape(-1, 1, 2).astype(np.float32))[:, 0].astype(float)


def _thin(light: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """Contrast of everything thinner than a thick rim (black and white top hat)."""
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(0.09 * ipd_px)) + 1,) * 2)
    closed, opened = cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel), cv2.morphologyEx(light, cv2.MORPH_OPEN, kernel)
    return np.maximum(closed - light, light - opened)
