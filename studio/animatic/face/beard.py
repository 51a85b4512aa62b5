"""Beard and stubble: found against skin relit on the mesh, and shaved by drawing that skin.

What clean skin would look like is the fitted light on the mesh, corrected by how the skin that is seen around the beard
differs from it (a membrane pulled over the gap, after Gortler et al. 1996, push-pull).  So the new skin meets the old
without a seam.  Its pores are the person's own, taken once from a cheek: what lies under a beard is blurred beard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import zones
from studio.animatic.face.planes import times
from studio.animatic.face.seen import Seen
from studio.animatic.face.sitter import Beard, Sitter
from studio.animatic.face.skin import LIPS, SKIN, SkinModel, blurred_log, level, round_light
from studio.animatic.face.table import LAYOUT_WIDTH_IPD, layout_uv


@dataclass(frozen=True, slots=True)
class _Found:
    """Beard of one frame at a fraction of its size: (h, w, 3) log of bare skin, (h, w) 0..1 unlike it."""

    clean: NDArray[np.float32]
    whisker: NDArray[np.float32]


_FORM_IPD = 0.10
"""Normals are smoothed by that: chin and jaw keep their form, the mesh's folds round the mouth do not."""


def shave(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> None:
    """Take the beard off as far as the target age has none, in place; ``rgb`` (H, W, 3) 0..255."""
    import cv2

    amount = sitter.beard.share * sitter.ages.shaven
    if amount <= 0:
        return
    view, ipd = rgb[seen.part], seen.ipd_px
    height, width = view.shape[:2]
    zone = zones.carry(seen.uv)
    log = np.log(np.clip(view, 2, 255))
    found = _find(log, seen, sitter.skin, zone, sitter.beard)
    per_ipd = ipd * found.whisker.shape[1] / width
    # strands reach out of what was found, and what lies between them is in their shade
    region = np.clip(2.4 * cv2.GaussianBlur(found.whisker, (0, 0), 0.06 * per_ipd), 0, 1)
    weight = cv2.resize(region, (width, height))
    clean = cv2.resize(found.clean, (width, height), interpolation=cv2.INTER_CUBIC)
    pores = pores_on(sitter.beard.pores, seen.uv)
    lips = np.clip(1.2 * seen.carried[..., LIPS], 0, 1)
    # a lip that shows is redder than the skin; one under a moustache is drawn
    gap = cv2.subtract(clean, log)
    red = cv2.transform(gap, np.float32([[-1, 1, 0]]))
    red = cv2.GaussianBlur(red, (0, 0), max(0.6, 0.03 * ipd))
    shows = lips * np.clip(red / 0.10 + 0.6 * zone[zones.MOUTH], 0, 1)
    # pores, the colour of a lip, the seam of the mouth
    drawn = cv2.merge([lips, pores - np.float32(0.38) * zone[zones.SEAM]])
    gap += cv2.transform(drawn, np.column_stack([_LIP, np.ones(3, np.float32)]))
    log += times(gap, amount * weight * (1 - shows))
    view[:] = np.minimum(cv2.exp(log), np.float32(255))
    # what was taken for hair there is skin now
    seen.hair[seen.part] *= 1 - amount * weight


_LIP = np.array([-0.04, -0.20, -0.14], np.float32)
"""Log of lip over skin in RGB: a tenth darker and redder, the middle of natural lips."""


def whiskers(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> NDArray[np.float32]:
    """(h, w) 0..1 beard on the face's part of the picture, hair by hair.

    Shade on a cheek is as dark as a beard but smooth: what is neither rough nor black is skin.
    """
    import cv2

    fitted = sitter.beard
    if fitted.share <= 0:
        return np.zeros_like(seen.skin_like)
    log = np.log(np.clip(rgb[seen.part], 2, 255))
    found = _find(log, seen, sitter.skin, zones.carry(seen.uv), fitted)
    size = seen.skin_like.shape[::-1]
    small = found.whisker.shape[::-1]
    dark = level(found.clean - cv2.resize(log, small, interpolation=cv2.INTER_AREA))
    # noise and pores fade in shade with the root of the light, in the log they would grow
    rough = cv2.resize(_rough(log, seen.ipd_px), small, interpolation=cv2.INTER_AREA)
    rough *= np.exp(-0.5 * np.maximum(dark, 0))
    rough = cv2.GaussianBlur(rough, (0, 0), max(0.4, 0.05 * seen.ipd_px * small[0] / size[0]))
    # the throat's shade may be black, hair there is rough
    black = np.clip((dark - 1.0) / 0.4, 0, 1) * cv2.resize(seen.face, small, interpolation=cv2.INTER_AREA)
    hairy = np.maximum(np.clip((rough / max(fitted.calm, 0.004) - 1.6) / 1.4, 0, 1), black)
    near = np.clip(2 * cv2.resize(found.whisker * hairy, size), 0, 1)
    lips = np.clip(1.2 * seen.carried[..., LIPS], 0, 1)
    thick = np.clip((level(cv2.resize(found.clean, size) - log) - 0.06) / 0.45, 0, 1)
    return fitted.share * near * thick * (1 - lips)


def fit(rgb: NDArray[np.float32], seen: Seen, model: SkinModel) -> Beard:
    """Fit share and reach of the beard, and the skin's pores; ``rgb`` (H, W, 3) of the reference frame.

    The upper lip decides: it faces the camera, and on 17 shaven faces, women's and men's, dark and fair, it was
    brighter than the skin of the upper face says; a moustache or stubble makes it darker.
    """
    texture, calm = _pores(rgb, seen)
    log = np.log(np.clip(rgb[seen.part], 2, 255))
    zone = zones.carry(seen.uv)
    clean, small_log, small, _, _ = _first(log, seen, model, zone)
    gap = level(clean - small_log)
    rough = small(_rough(log, seen.ipd_px))
    x, y = np.moveaxis((small(seen.uv) - 0.5) * LAYOUT_WIDTH_IPD, -1, 0)

    def typical(values: NDArray, place: NDArray) -> float:
        return float(np.median(values[place])) if place.any() else 0.0

    lip = (np.abs(x) < 0.25) & (np.abs(y - 0.52) < 0.05)
    jaw = (np.abs(np.abs(x) - 0.7) < 0.12) & (np.abs(y - 0.9) < 0.15)
    # stubble darkens little, but is rougher than the barest skin, which pores and grain of a lip are up to 7 times
    stubble = 0.012 * (np.clip(typical(rough, lip) / max(calm, 0.002), 4, 9) - 4)
    share = (typical(gap, lip) + stubble - 0.02) / 0.04
    # a beard without moustache: jaw and chin far darker than skin and as rough as hair
    chin = (np.abs(x) < 0.3) & (np.abs(y - 1.17) < 0.12)
    strap = min(typical(gap, chin), typical(gap, jaw))
    share = max(share, min(strap - 0.42, typical(rough, jaw) - 0.06) / 0.06)
    return Beard(float(np.clip(share, 0, 1)), _reach(gap, rough / max(calm, 0.004), x, y), texture, calm)


def _reach(gap: NDArray, rough: NDArray, x: NDArray, y: NDArray) -> float:
    """How far below the chin the beard goes, ipd: as long as it is rougher than skin and of the chin's tone."""
    chin = float(layout_uv()[152, 1] - 0.5) * LAYOUT_WIDTH_IPD
    middle = np.abs(x) < 0.25
    at_chin = middle & (np.abs(y - chin) < 0.1)
    if not at_chin.any():
        return 0.4
    tone = float(np.median(gap[at_chin]))
    for down in np.arange(0.1, 1.0, 0.1):
        row = middle & (np.abs(y - chin - down) < 0.06)
        if not row.any() or np.median(rough[row]) < 3 or abs(float(np.median(gap[row])) - tone) > 0.7:
            return float(down)
    return 1.0


def _first(log: NDArray[np.float32], seen: Seen, model: SkinModel, zone: zones.Carried):
    """Bare skin as the upper face alone says, small.

    Returns
    -------
    (h, w, 3) log of bare skin, (h, w, 3) log that was seen, the way to that size, (h, w, 1) the form, (h, w) upper skin
    """
    import cv2

    step = max(1, round(0.065 * seen.ipd_px))
    height, width = log.shape[:2]
    size = (-(-width // step), -(-height // step))

    def small(values: NDArray) -> NDArray[np.float32]:
        return cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA)

    small_log = small(log)
    shape = small(round_light(model, seen.normals, seen.ipd_px, _FORM_IPD))[..., None]
    upper = small(_upper(seen, zone))
    clean = shape + _membrane(small_log - shape, upper, seen.ipd_px / step)
    return clean, small_log, small, shape, upper


def _upper(seen: Seen, zone: zones.Carried) -> NDArray[np.float32]:
    """(h, w) 0..1 skin of the face on which no beard grows."""
    return seen.carried[..., SKIN] * (1 - seen.hair[seen.part]) * np.clip(1 - 3 * zone[zones.WHISKER], 0, 1)


def _find(log: NDArray[np.float32], seen: Seen, model: SkinModel, zone: zones.Carried, fitted: Beard) -> _Found:
    """Beard against bare skin, ``log`` (h, w, 3) and ``zone`` (h, w, 8) on the face's part."""
    import cv2

    clean, small_log, small, shape, upper = _first(log, seen, model, zone)
    step = log.shape[1] / small_log.shape[1]
    per_ipd = seen.ipd_px / step
    chin = layout_uv()[152, 1]
    down = (small(seen.uv[..., 1]) - chin) * LAYOUT_WIDTH_IPD
    # below its end lies a collar, which may be as dark
    place = small(zone[zones.WHISKER]) * np.clip((fitted.reach_ipd + 0.15 - down) / 0.2, 0, 1)
    lips = np.clip(1.3 * small(seen.carried[..., LIPS]), 0, 1)
    rough = np.clip((small(_rough(log, seen.ipd_px)) / max(fitted.calm, 0.004) - 2.0) / 2.0, 0, 1) * (1 - lips)
    unlike = np.maximum(_unlike(small_log, clean), rough)
    bare = small(seen.skin_like) * (1 - lips) * np.clip(1 - 3 * unlike, 0, 1)
    throat = small(zone[zones.WHISKER]) * np.clip((down - fitted.reach_ipd) / 0.1, 0, 1) * small(seen.skin_like)
    known = np.maximum(upper, np.maximum(place * bare, throat))
    clean = shape + _membrane(small_log - shape, known, per_ipd)
    # stubble hardly dims the form under it, a beard hides it
    form = cv2.GaussianBlur(level(small_log - clean), (0, 0), 0.12 * per_ipd)
    clean += (0.6 * (1 - lips) * form * np.exp(-((np.minimum(form, 0) / 0.15) ** 2)))[..., None]
    # the jaw throws a shadow on the throat that no skin in sight tells of
    clean -= (0.22 * small(zone[zones.SHADE]))[..., None]
    return _Found(clean, place * np.maximum(_unlike(small_log, clean), rough))


def _rough(log: NDArray[np.float32], ipd_px: float) -> NDArray[np.float32]:
    """(h, w) magnitude of texture finer than a fold."""
    import cv2

    grey = level(log)
    return np.abs(grey - cv2.GaussianBlur(grey, (0, 0), max(0.6, 0.03 * ipd_px)))


def _membrane(values: NDArray[np.float32], known: NDArray[np.float32], per_ipd: float) -> NDArray[np.float32]:
    """(h, w, c) values pulled from where they are known over where they are not, coarse to fine."""
    import cv2

    out = blurred_log(values, known, 1.2 * per_ipd)
    for sigma in (0.5, 0.2, 0.07):
        level = blurred_log(values, known, sigma * per_ipd)
        sure = np.clip(3 * cv2.GaussianBlur(known, (0, 0), max(0.4, sigma * per_ipd)), 0, 1)[..., None]
        out = out + sure * (level - out)
    return out


def _unlike(log: NDArray[np.float32], clean: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) 0..1: darker than bare skin, or greyer."""
    import cv2

    gap = cv2.subtract(clean, log)
    # a grey hair is as bright as skin but lacks its red
    dark, grey = level(gap), cv2.transform(gap, np.float32([[1, 0, -1]]))
    off = [np.maximum(part - np.float32(0.06), 0) * np.float32(1 / 0.20) for part in (dark, grey)]
    return 1 - cv2.exp(-(off[0] * off[0]) - off[1] * off[1])


_PATCHES = (50, 280, 151, 108, 337)
"""Landmarks on cheeks and forehead around which pores are taken."""
_PATCH_IPD = 0.20


def _pores(rgb: NDArray[np.float32], seen: Seen) -> tuple[NDArray[np.float32], float]:
    """(n, n) log texture of the person's barest skin, and its mean magnitude; ``rgb`` (H, W, 3)."""
    import cv2

    ipd = seen.ipd_px
    log = level(np.log(np.clip(rgb[seen.part], 2, 255)))
    fine = log - cv2.GaussianBlur(log, (0, 0), max(0.6, 0.03 * ipd))
    half = max(4, round(_PATCH_IPD * ipd))
    best: tuple[float, NDArray[np.float32]] | None = None
    for mark in _PATCHES:
        away = ((seen.uv - layout_uv()[mark]) ** 2).sum(-1)
        y, x = np.unravel_index(int(np.argmin(away)), away.shape)
        patch = fine[max(0, y - half) : y + half, max(0, x - half) : x + half]
        if patch.shape != (2 * half, 2 * half):
            continue
        score = float(np.abs(patch).mean())
        if best is None or score < best[0]:
            best = score, patch
    if best is None:
        return np.zeros((2 * half, 2 * half), np.float32), 0.01
    # a mole or a strand must not repeat
    limit = 3 * best[0] + 1e-4
    return np.clip(best[1], -limit, limit).astype(np.float32), best[0]


def pores_on(texture: NDArray[np.float32], uv: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) the texture at layout coordinates."""
    import cv2

    at = uv * np.float32(LAYOUT_WIDTH_IPD / (2 * _PATCH_IPD) * texture.shape[0])
    # mirrored by hand: remap reflects only once
    period = np.float32(2 * texture.shape[0])
    # numpy's remainder takes ten times as long
    at -= period * np.floor(at * (1 / period))
    at = np.abs(at - np.float32(0.5) * period)
    return cv2.remap(texture, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
