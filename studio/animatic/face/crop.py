"""The part of a frame that is re-aged, cut and enlarged: picture, matte and landmarks alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import lattice
from studio.core.frames import Frame

_LEAST_IPD_PX, _MOST_IPD_PX = 56.0, 72.0
"""Distance of the eyes at which a face is aged: a little more than most takes have, and what a frame can pay for."""
_MOST_ENLARGED = 4.0
"""Beyond that a face holds nothing that could be aged."""


def working_scale(ipd_px: float) -> float:
    """Enlargement of the clip at which a face is aged, however large the film shows it.

    Little more than the filmed resolution loses nothing and is a fraction of the work; a face that fills the clip is
    aged smaller and enlarged, for the cost of a frame goes with its area.
    """
    return min(max(1.0, _LEAST_IPD_PX / ipd_px), _MOST_ENLARGED, _MOST_IPD_PX / ipd_px)


def crop(
    frame: Frame,
    face_px: NDArray,
    matte: NDArray | None,
    box: tuple[int, int, int, int],
    scale: float,
    shift_px: tuple[float, float] = (0.0, 0.0),
):
    """Cut and enlarge picture, matte and landmarks alike; outside the frame its edge repeats."""
    import cv2

    x0, y0, x1, y1 = box
    # even: pictures at half size are then made several times as fast
    size = (2 * round((x1 - x0) * scale / 2), 2 * round((y1 - y0) * scale / 2)) if scale != 1 else (x1 - x0, y1 - y0)
    left, top = x0 - shift_px[0], y0 - shift_px[1]
    half = (scale - 1) / 2
    move = np.array([[scale, 0, half - left * scale], [0, scale, half - top * scale]], np.float32)
    rgb = _enlarged(frame, (left, top), size, scale)
    height, width = frame.shape[:2]
    if matte is None:
        alpha = cv2.warpAffine(np.ones((height, width), np.float32), move, size)
    else:
        # a matte may come at reduced size
        at_x, at_y = (
            ((np.arange(count) + 0.5) / scale + first) * (reduced / full) - 0.5
            for count, first, reduced, full in zip(size, (left, top), matte.shape[::-1], (width, height), strict=True)
        )
        used = np.s_[_span(at_y, matte.shape[0]), _span(at_x, matte.shape[1])]
        alpha = lattice.read(np.clip(matte[used].astype(np.float32), 0, 1), at_x - used[1].start, at_y - used[0].start)
    # a head cut by the upper frame edge ends there; what the other edges cut goes on
    edge = max(0, round(-top * scale))
    alpha[:edge] = 0
    face = np.asarray(face_px, np.float32) * np.float32(scale)
    face[:, :2] -= np.array([x0, y0], np.float32) * scale
    if 0 < edge < size[1] - 4:
        _crown(rgb, alpha, face, edge)
    return rgb, alpha, face


def _span(at: NDArray, count: int) -> slice:
    """The rows or columns, of ``count``, that are read at these places."""
    low, high = np.clip((np.floor(at[0]), np.ceil(at[-1])), 0, count - 1).astype(int)
    return slice(int(low), int(high) + 1)


def _enlarged(frame: Frame, corner: tuple[float, float], size: tuple[int, int], scale: float) -> NDArray[np.float32]:
    """``size`` pixels of the frame from ``corner`` on, ``scale`` times enlarged; outside the frame its edge repeats.

    A shift by a part of a pixel is made before the enlargement: both are cubic, and a tenth of the cost of a warp.
    """
    import cv2

    # so many enlarged pixels lie before the first one wanted: whole ones, what is left is shifted before
    before = round(3 * scale)
    wanted = np.array(corner) - before / scale
    start = np.floor(wanted + 1e-6).astype(int)
    rest = wanted - start
    (x0, y0), (x1, y1) = start, start + np.ceil((np.array(size) + before) / scale).astype(int) + 4
    height, width = frame.shape[:2]
    part = frame[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    out = (max(-y0, 0), max(y1 - height, 0), max(-x0, 0), max(x1 - width, 0))
    if part.size == 0:
        part, out = frame[:1, :1], (0, y1 - y0 - 1, 0, x1 - x0 - 1)
    if any(out):
        part = cv2.copyMakeBorder(part, *(int(v) for v in out), cv2.BORDER_REPLICATE)
    part = part.astype(np.float32)
    if np.abs(rest).max() > 1e-3:
        part = cv2.sepFilter2D(part, -1, *(_between(share) for share in rest), borderType=cv2.BORDER_REPLICATE)
    if scale != 1:
        # the true factor, not that of the rounded sizes
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    part = part[before : before + size[1], before : before + size[0]]
    return np.ascontiguousarray(part)


def _between(share: float) -> NDArray[np.float32]:
    """(5,) weights that read ``share`` (-1..1) of a pixel further: cubic convolution (Keys 1981)."""
    at = np.abs(np.arange(-2, 3) - share)
    a = -0.75
    near, far = ((a + 2) * at - (a + 3)) * at * at + 1, ((a * at - 5 * a) * at + 8 * a) * at - 4 * a
    return np.where(at <= 1, near, np.where(at < 2, far, 0)).astype(np.float32)


_SKULL_MIDDLE_IPD, _SKULL_TOP_IPD = 0.4, (1.65, 2.1)
"""Height above the eyes of a skull's widest place, and of its top: the eyes lie half way up a head of 3.7 to 4 ipd
(facial canons), hair comes on top."""


def _crown(rgb: NDArray, alpha: NDArray, face: NDArray, edge: int) -> None:
    """Close a head that the upper edge of the frame cuts, in place: an ellipse, filled with what lies below, mirrored.

    Parameters
    ----------
    edge : first row that was filmed
    """
    import cv2

    eyes = face[[33, 133, 263, 362], :2].mean(0)
    ipd = float(np.linalg.norm(face[[33, 133], :2].mean(0) - face[[263, 362], :2].mean(0)))
    height, width = alpha.shape
    last = min(edge + 3, height)
    near = np.clip(1.9 - np.abs(np.arange(width) - eyes[0]) / ipd, 0, 0.2) * 5
    row = alpha[edge:last].mean(0) * near
    half = 0.5 * float(row.sum())
    middle = eyes[1] - _SKULL_MIDDLE_IPD * ipd
    low = min(edge + max(2, round(0.3 * ipd)), height - 1)
    up = _up(half, 0.5 * float((alpha[low] * near).sum()), middle - edge, middle - low)
    up = float(np.clip(up, *((top - _SKULL_MIDDLE_IPD) * ipd for top in _SKULL_TOP_IPD)))
    level = (middle - edge) / up
    if half < 0.2 * ipd or level >= 0.98:
        return
    centre = float((row * np.arange(width)).sum() / row.sum())
    widest = min(half / np.sqrt(1 - max(level, 0.0) ** 2), 1.7 * ipd)
    first = max(0, int(middle - up) - 1)
    if first >= edge or half > 0.45 * width:
        return

    def half_at(y: NDArray) -> NDArray:
        return widest * np.sqrt(np.clip(1 - np.clip((middle - y) / up, 0, 1) ** 2, 1e-3, 1))

    y = np.arange(first, edge, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None] - centre
    inside = np.clip((half_at(y) - np.abs(x)) / max(1.0, 0.03 * ipd) + 0.5, 0, 1)
    alpha[first:edge] = inside * np.clip(row.max() * 1.2, 0, 1)
    below = np.minimum(2 * edge - y, height - 1)
    # the two halves of the silhouette lie on each other
    from_x = centre + x * np.minimum(half_at(below) / half_at(y), 4.0)
    mirrored = cv2.remap(
        rgb, from_x.astype(np.float32), np.broadcast_to(below, from_x.shape).copy(), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    # a skull turns away from the light towards its outline
    mirrored *= 1 - 0.18 * np.clip((edge - y) / up, 0, 1)[..., None]
    # behind it the room goes on, from one side of the skull to the other
    columns = np.arange(width)
    outside = np.abs(columns - centre) > half + 0.1 * ipd
    room = np.stack([np.interp(columns, columns[outside], rgb[edge, outside, k]) for k in range(3)], -1)
    rgb[:edge] = room
    rgb[first:edge] += inside[..., None] * (mirrored - rgb[first:edge])


def _up(half: float, half_low: float, rise: float, rise_low: float) -> float:
    """Upper half axis of the ellipse that is ``half`` wide ``rise`` above its middle, and ``half_low`` wide lower."""
    if half_low <= half or rise <= rise_low or rise_low <= 0:
        return np.inf
    return float(np.sqrt((half_low**2 * rise**2 - half**2 * rise_low**2) / (half_low**2 - half**2)))


def box_about(
    centre: NDArray, ipd: float, reach_ipd: tuple[float, float, float], shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Pixels within ``reach_ipd`` (sides, up, down) of the eyes and within a picture of ``shape``."""
    sides, up, down = (ipd * reach for reach in reach_ipd)
    x, y = centre
    return max(0, int(x - sides)), max(0, int(y - up)), min(shape[1], int(x + sides)), min(shape[0], int(y + down))


def whole_quarters(first: int, last: int, end: int) -> int:
    """``last``, moved so that the pixels from ``first`` on are a multiple of four where that is possible: pictures at
    half and quarter size are then made several times as fast."""
    grown = last + (first - last) % 4
    return grown if grown <= end else last - (last - first) % 4 if last - first >= 4 else last
