"""One picture with its person re-aged: new colours, the whole figure warped, laid over what stands behind.

    colours : the reager changes them at a face of moderate size; only the *change* is enlarged, so a large photo
              keeps its own detail wherever nothing was changed
    shape   : one displacement field for head and body (`figure`), applied to the cut-out person
    laying  : where the figure moved, over the clean background; where it did not, the change is added to the picture,
              edges untouched.  Outside the old and the new outline every pixel stays as it was.

Works in strips, so that a photo of 24 million pixels needs little more than itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.animatic.face.reager import Reager
from studio.animatic.inplace.figure import Figure, figure_field, head_warp
from studio.animatic.inplace.limbs import limb_change
from studio.compose.cutout import premultiplied
from studio.core.frames import Frame

_STRIP_PX = 2**21
"""Pixels that are composed at a time."""
_STILL_PX, _MOVED_PX = 0.25, 1.0
"""Shifts below which a pixel counts as in its place, and from which as moved."""
_RIM_SHARE = 0.004
"""The old outline is cleared this much wider than its matte, of the picture's longer side."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The person in one picture.

    Parameters
    ----------
    alpha : (H, W) uint8 matte
    behind : (H, W, 3) uint8, colours of the background where alpha is neither 0 nor 255
    plate : (H, W, 3) uint8, the picture without the person
    face_px : (478, 3) landmarks
    """

    alpha: NDArray[np.uint8]
    behind: Frame
    plate: Frame
    face_px: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Change:
    """New colours of a part of the picture, at the resolution at which they were made.

    Parameters
    ----------
    box_px : (x0, y0, x1, y1) in the picture; may reach outside
    before, after : (h, w, 3) float32 RGB 0..255
    detail : (h, w) float32, how much of the finer detail of the picture stays
    """

    box_px: tuple[float, float, float, float]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    detail: NDArray[np.float32]


def aged_picture(picture: Frame, seen: Seen, reager: Reager, figure: Figure, small: tuple[Frame, float]) -> Frame:
    """The picture with its person re-aged.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    reager : prepared for the small picture
    small : the picture at the size at which colours are changed, and that size over the full one

    Returns
    -------
    (H, W, 3) uint8, equal to ``picture`` outside the old and the new outline
    """
    import cv2

    height, width = picture.shape[:2]
    changes = _recolour(reager, seen, small, figure.home_px)
    warp = head_warp(reager, seen.face_px)
    ipd = mesh.pose_of(seen.face_px, reager.sitter.ages.sex).ipd_px
    field = figure_field(figure, warp, ipd, (width, height))
    reach = max(1, round(_RIM_SHARE * max(width, height)))
    old = cv2.dilate(seen.alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    layer, delta = np.empty((height, width, 4), np.uint8), np.zeros((height, width, 3), np.int16)
    rows = max(16, _STRIP_PX // width)
    strips = [slice(top, min(top + rows, height)) for top in range(0, height, rows)]
    for strip in strips:
        fresh = _changed(picture[strip], seen.alpha[strip], changes, strip.start)
        delta[strip] = fresh - picture[strip].astype(np.int16)
        now = np.clip(fresh, 0, 255).astype(np.uint8)
        layer[strip] = premultiplied(now, seen.behind[strip], seen.alpha[strip])
    out = picture.copy()
    for strip in strips:
        _lay(out[strip], picture[strip], seen, old, layer, delta[strip], field, strip)
    return out


def _recolour(reager: Reager, seen: Seen, small: tuple[Frame, float], home_px: tuple[float, float]) -> list[Change]:
    """Let the reager change the small picture's colours: head, arms and hands.

    The reager works in one place of the picture, so the picture is moved until the eyes are there.
    """
    import cv2

    picture, scale = small
    size = picture.shape[1::-1]
    matte = cv2.resize(seen.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    before: list[NDArray[np.float32]] = []
    face = seen.face_px * np.float32(scale)
    eyes = mesh.pose_of(face, reager.sitter.ages.sex).centre_px
    x, y = (int(v) for v in np.rint(np.array(home_px) * scale - eyes))
    moved = face + np.array([x, y, 0], np.float32)
    after = reager.recoloured(picture, moved, matte, (float(x), float(y)), before)[0]
    x0, y0, x1, y1 = reager.crop_px
    changes = [_change((x0 - x, y0 - y, x1 - x, y1 - y), scale, before[0], after)]
    limbs = limb_change(picture, matte, reager, face, (before[0], after))
    return changes if limbs is None else [*changes, _change(limbs[0], scale, limbs[1], limbs[2])]


def _change(
    box_px: tuple[int, int, int, int], scale: float, before: NDArray[np.float32], after: NDArray[np.float32]
) -> Change:
    """A change of the small picture as one of the full one."""
    import cv2

    x0, y0, x1, y1 = (v / scale for v in box_px)
    fine = [np.abs(cv2.cvtColor(p - cv2.GaussianBlur(p, (0, 0), 1.2), cv2.COLOR_RGB2GRAY)) for p in (before, after)]
    one, two = (cv2.GaussianBlur(p, (0, 0), 4) + np.float32(0.6) for p in fine)
    return Change((x0, y0, x1, y1), before, after, np.clip(two / one, 0.25, 1.0))


def _changed(part: Frame, alpha: NDArray[np.uint8], changes: list[Change], top: int) -> NDArray[np.int16]:
    """Some rows of the picture, from ``top`` on, in their new colours, (h, w, 3), not clipped.

    A pixel of the outline is partly background: only the person's share of it changes.
    """
    out = part.astype(np.int16)
    for change in changes:
        _add(out, part, alpha, change, (0, top))
    return out


def _add(
    out: NDArray[np.int16], part: Frame, alpha: NDArray[np.uint8], change: Change, corner_px: tuple[int, int]
) -> None:
    """Add one change to ``out``."""
    import cv2

    height, width = part.shape[:2]
    x0, y0, x1, y1 = change.box_px
    rows, columns = change.before.shape[:2]
    grow = np.array([(x1 - x0) / columns, (y1 - y0) / rows])
    # pixel centres: those of the small picture lie at (i + 0.5) * grow
    x = ((np.arange(width) + corner_px[0] - x0 + 0.5) / grow[0] - 0.5).astype(np.float32)
    y = ((np.arange(height) + corner_px[1] - y0 + 0.5) / grow[1] - 0.5).astype(np.float32)
    ys, xs = np.flatnonzero((y > -1) & (y < rows)), np.flatnonzero((x > -1) & (x < columns))
    if len(ys) == 0 or len(xs) == 0:
        return
    box = np.s_[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    map_x, map_y = np.meshgrid(x[box[1]], y[box[0]])
    # the change ends softly where the crop ends
    rim = np.minimum(np.minimum(map_x, columns - 1 - map_x), np.minimum(map_y, rows - 1 - map_y))
    inside = np.clip(rim / (0.04 * columns), 0, 1)[..., None]
    way = cv2.INTER_CUBIC if grow[0] > 1.01 else cv2.INTER_LINEAR
    now, then = part[box].astype(np.float32), cv2.remap(change.before, map_x, map_y, way)
    fresh = cv2.remap(change.after, map_x, map_y, way)
    step = fresh - then
    if grow[0] > 1.01:
        keep = cv2.remap(change.detail, map_x, map_y, cv2.INTER_LINEAR)[..., None]
        step += (keep - 1) * (now - then)
    share = inside * (alpha[box][..., None] / np.float32(255))
    out[box] += np.rint(share * step).astype(np.int16)


def _lay(
    out: Frame,
    picture: Frame,
    seen: Seen,
    old: NDArray[np.uint8],
    layer: NDArray[np.uint8],
    delta: NDArray[np.int16],
    field: NDArray[np.float32],
    strip: slice,
) -> None:
    """Compose one strip of the picture into ``out``."""
    import cv2

    height, width = layer.shape[:2]
    y = np.linspace(0, field.shape[0] - 1, height, dtype=np.float32)[strip]
    x = np.linspace(0, field.shape[1] - 1, width, dtype=np.float32)
    shift = cv2.remap(field, *np.meshgrid(x, y), cv2.INTER_LINEAR)
    away = np.hypot(shift[..., 0], shift[..., 1])
    shift[..., 0] += np.arange(width, dtype=np.float32)
    shift[..., 1] += np.arange(height, dtype=np.float32)[strip, None]
    moved = cv2.remap(layer, shift, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    alpha = moved[..., 3:]
    touched = ((alpha > 0) | (old[strip, :, None] > 0))[..., 0]
    if not touched.any():
        return
    ys, xs = np.flatnonzero(touched.any(1)), np.flatnonzero(touched.any(0))
    box = np.s_[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    now = picture[box].astype(np.float32)
    bare = np.where(old[strip][box][..., None] > 0, seen.plate[strip][box], picture[box]).astype(np.float32)
    person = np.minimum(moved[box][..., :3], moved[box][..., 3:]).astype(np.float32)
    laid = person + (1 - alpha[box] / np.float32(255)) * bare
    kept = now + delta[box]
    # blurred, or the rule would be seen where the shift grows
    went = np.clip((away[box] - _STILL_PX) / (_MOVED_PX - _STILL_PX), 0, 1)[..., None]
    mixed = kept + went * (laid - kept)
    out[box] = np.where(touched[box][..., None], np.clip(mixed + 0.5, 0, 255).astype(np.uint8), picture[box])
