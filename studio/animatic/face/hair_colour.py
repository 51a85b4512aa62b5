"""Hair greyed strand by strand, brought back from grey, or made lighter and glossier.

A pixel of hair holds many strands.  The share of white ones among them follows the published curve at that place of the
head; which pixels get theirs first is told by the hair's own filmed strands and a fine texture that runs along them.
White hair has the filmed hair's form and strands in another range: lighter, of less contrast, in the tint of the light.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import hair_raster, hair_thin
from studio.animatic.face.cutout import unmix
from studio.animatic.face.hair import fringe
from studio.animatic.face.hair_look import HairLook, form_and_strands
from studio.animatic.face.hair_strands import on_picture
from studio.animatic.face.planes import between, eroded, times
from studio.animatic.face.seen import Seen
from studio.animatic.face.sitter import Sitter
from studio.animatic.face.skin import BROW, EYES, round_light, to_lab, to_rgb

Map = NDArray[np.float32]

_EDGE_IPD = 0.08
"""Width of the fine hairs along the hairline, which are hair and skin in one pixel."""
_UNEVEN = 1.1
"""How far strands differ in when they turn: the share is raised to powers between 2**-1.1 and 2**1.1."""
_MIXED = 1.3
"""The same for a beard, whose hairs are thick and turn one by one."""
_MIDDLE, _SHADE, _GLOSS = 0.82, 0.20, 0.22
"""Lightness of white hair's middle tone, and what its darkest and brightest tenth lie below and above, in shares of
white: silver hair in soft light goes from about 40 to 85 L* (synthetic and real grey heads)."""
_STRANDS = 0.065
"""Standard deviation of the strands' lightness in white hair, in shares of the place's own."""
_RELIEF = 0.12
"""The same of what is woven in, where the filmed strands are too dark or too soft to show."""


def brighten(rgb: Map, seen: Seen, sitter: Sitter) -> None:
    """A younger person's hair, in place; ``rgb`` (H, W, 3) 0..255: back from grey, a child's lighter and glossier."""
    ages, look = sitter.ages, sitter.hair_look
    coloured = 0.0
    if look.greyness > 0:
        then = max(age.grey_share(ages.from_years), 1e-3)
        coloured = look.greyness * float(np.clip(1 - age.grey_share(ages.to_years) / then, 0, 1))
    if coloured <= 0 and ages.child <= 0:
        return
    rows, columns = _around(seen.hair)
    view, mask, head = rgb[rows, columns], seen.hair[rows, columns], seen.head[rows, columns]
    if not mask.size:
        return
    line = unmix(view, mask, _EDGE_IPD * seen.ipd_px)
    own = _own(view, line.share, line.inner)
    lab = to_lab(own)
    if coloured > 0:
        _bring_back(lab, look, on_picture(look.strands, head), coloured, seen.ipd_px)
    if ages.child > 0:
        _soften(lab, look, head, ages.child, seen.ipd_px)
    _exchange(view, line.share, own, to_rgb(lab))


def brows(rgb: Map, seen: Seen, sitter: Sitter) -> Map:
    """(h, w) 0..1 hair of the brows on the face's part of the picture."""
    found = np.clip(1.3 * seen.carried[..., BROW], 0, 1)
    box = _around(found)
    if found[box].size:
        found[box] *= np.clip((float(sitter.skin.lab[0]) - 6 - to_lab(rgb[seen.part][box])[..., 0]) / 14, 0, 1)
    return found


def grey(rgb: Map, seen: Seen, sitter: Sitter, whiskers: Map, brow: Map) -> None:
    """Hair, beard and brows turned grey, in place; ``rgb`` (H, W, 3) 0..255, the others (h, w) on the face's part."""
    import cv2

    ages, look = sitter.ages, sitter.hair_look
    if ages.greyer <= 0 and sitter.recede <= 0:
        return
    thin, area = fringe(rgb[seen.part], seen.head[seen.part], look.forehead, float(look.natural[0]), look.covered)
    mask, thinly = seen.hair, np.zeros_like(seen.hair)
    if thin.any():
        # outside the mesh it is told as hair; the mesh's outline must not show
        soft = cv2.GaussianBlur(seen.face * area, (0, 0), 0.06 * seen.ipd_px)
        thinly[seen.part] = soft * (1 - np.clip(1.5 * seen.carried[..., EYES], 0, 1))
        mask = mask.copy()
        mask[seen.part] = np.maximum(mask[seen.part], thin)
    rows, columns = _around(mask)
    view, head = rgb[rows, columns], seen.head[rows, columns]
    if mask[rows, columns].size:
        line = unmix(view, seen.hair[rows, columns], _EDGE_IPD * seen.ipd_px)
        thinly = thinly[rows, columns]
        share = np.maximum(line.share, mask[rows, columns])
        share += thinly * (mask[rows, columns] - share)
        texture = on_picture(look.strands, head)
        white, shade = hair_raster.carry(look.share, head), 1 - hair_raster.carry(look.shade, head)
        own = between(_own(view, share, line.inner), view, thinly)
        lab = to_lab(own)
        depth = np.maximum(_depth(share, seen.ipd_px), thinly)
        _whiten(lab, look, white, texture, shade, depth, thinly, seen.ipd_px)
        new = to_rgb(lab)
        if sitter.recede > 0:
            bare = hair_thin.bareness(head, texture, sitter.recede, ages.sex)
            # the skin next to the hair, spread under it, has the light of the place
            new = between(new, line.outer, bare)
        _exchange(view, share, own, new)
    _grey_face(rgb, seen, sitter, mask, whiskers, brow)


def _grey_face(rgb: Map, seen: Seen, sitter: Sitter, hair: Map, whiskers: Map, brow: Map) -> None:
    """Beard and brows; both are short, so every hair is its own strand."""
    import cv2

    ages, look, part = sitter.ages, sitter.hair_look, seen.part
    y = seen.head[part][..., 1]
    # chin and sideburns first, the moustache last; brows ten years after the hair
    chin = np.clip((y - 1.1) / 0.5, 0, 1) + np.clip((0.7 - y) / 0.5, 0, 1)
    beard = np.float32(_later(ages.from_years, ages.to_years, 4.0)) + np.float32(0) * y
    first = np.float32(_later(ages.from_years, ages.to_years, -1.0))
    beard = 0.92 * (beard + (first - beard) * np.clip(chin, 0, 1))
    brows_white = np.float32(0.6 * _later(ages.from_years, ages.to_years, 10.0))
    if max(float(beard.max()), float(brows_white)) <= 0 or max(whiskers.max(), brow.max()) <= 0:
        return
    light = round_light(sitter.skin, seen.normals, seen.ipd_px)
    for mask, white, top in ((whiskers, beard, 6.0), (brow, brows_white + 0 * y, -4.0)):
        mask = np.clip(mask, 0, 1) * (1 - hair[part])
        rows, columns = _around(mask)
        if not mask[rows, columns].size or white.max() <= 0:
            continue
        view = rgb[part][rows, columns]
        lab = to_lab(view)
        here, wide = mask[rows, columns], 0.1 * seen.ipd_px
        # hair beside skin would all be a dark strand of it
        among = cv2.GaussianBlur(lab[..., 0] * here, (0, 0), wide) / (cv2.GaussianBlur(here, (0, 0), wide) + 1e-3)
        form, strands = form_and_strands(among + here * (lab[..., 0] - among), seen.ipd_px)
        contrast = strands / (form + np.float32(8))
        woven = on_picture(look.strands, seen.head[part][rows, columns])
        woven -= cv2.GaussianBlur(woven, (0, 0), max(0.6, 0.03 * seen.ipd_px))
        own = np.clip(0.25 * contrast / 0.15 + 1.2 * woven, -1, 1)
        share = white[rows, columns] ** np.exp2(-_MIXED * own)
        # hair is never much brighter than the skin it grows on, in its light; its edge is not found to a hair
        lit = np.exp(np.clip(light[rows, columns], -0.15, 0.1))
        bright = lit * min(look.white * 0.9, float(sitter.skin.lab[0]) + top)
        goal = bright * (0.95 + 0.05 * np.clip(form / bright, 0, 1))
        goal *= 1 + np.clip(contrast, -0.15, 0.05) + np.float32(0.4) * np.minimum(woven, 0.2)
        lab[..., 0] += share * (np.maximum(goal, lab[..., 0]) - lab[..., 0])
        _tint(lab, share, look)
        _exchange(view, here, view.copy(), to_rgb(lab))


def _later(from_years: float, to_years: float, delay_years: float) -> float:
    then, now = age.grey_share(from_years - delay_years), age.grey_share(to_years - delay_years)
    return max(0.0, now - then) / max(1 - then, 0.05)


def _whiten(
    lab: Map, look: HairLook, white: Map, texture: Map, shade: Map, depth: Map, thinly: Map, ipd_px: float
) -> None:
    """Turn strands white, in place.

    Parameters
    ----------
    lab : (h, w, 3) the hair's colour
    white : (h, w) share of white strands; texture : (h, w) -1..1 along the hair
    shade : (h, w) see `hair_look.shade_map`; depth : (h, w) see `_depth`
    thinly : (h, w) 0..1 where hair is thin, so that light and dark is its share of a pixel and not its form
    """
    light = lab[..., 0]
    form, strands = form_and_strands(light, ipd_px)
    form += thinly * (np.float32(look.light[1]) - form)
    strands *= 1 - np.float32(0.7) * thinly
    strands *= depth
    texture = texture * (0.7 + 0.3 * depth)
    own = strands / max(look.restless, 1.5)
    share = np.clip(white, 0, 1) ** np.exp2(-_UNEVEN * np.clip(0.3 * own + 0.75 * texture, -1, 1))
    goal = _white_light(form, strands, texture, shade, look)
    # fair hair has light strands already: white ones are not darker
    pale = light + (1 - depth) * np.minimum(form - light, 0)
    goal = np.maximum(goal, np.minimum(pale + 2, np.maximum(look.white, pale)))
    lab[..., 0] = light + share * (goal - light)
    _tint(lab, share, look)


def _white_light(form: Map, strands: Map, texture: Map, shade: Map, look: HairLook) -> Map:
    """L* of white hair with the form and the strands of what was filmed, and the depth that dark hair hides."""
    low, middle, high = look.light
    # black hair films as a flat dark: its darkest and lightest tenth become those of white hair
    below = np.clip((form - middle) / max(middle - low, 8.0), -1.2, 0)
    above = np.clip((form - middle) / max(high - middle, 18.0), 0, 1.1)
    goal = look.white * (_MIDDLE + _SHADE * below + _GLOSS * above) * shade
    gain = float(np.clip(_STRANDS / max(look.relief, 0.01), 0.2, 1.3))
    filmed = np.clip(gain * strands / (form + np.float32(8)), -0.2, 0.18)
    # gaps between locks are narrow and dark, locks broad and light
    woven = texture + np.float32(0.8) * np.minimum(texture + np.float32(0.25), 0) + np.float32(0.14)
    drawn = float(np.sqrt(max(_RELIEF**2 - (0.7 * gain * look.relief) ** 2, 0.06**2))) / 0.45
    goal = goal * (1 + filmed + np.float32(drawn) * woven)
    return np.clip(goal, 0.32 * look.white, min(look.white + 8, 88.0))


def _tint(lab: Map, share: Map, look: HairLook) -> None:
    for channel in (1, 2):
        plane = lab[..., channel]
        plane += 0.96 * share * (look.tint[channel - 1] - plane)


def _bring_back(lab: Map, look: HairLook, texture: Map, amount: float, ipd_px: float) -> None:
    """Colour for grey hair, in place: dark strands between the white ones first, all of them in the end."""
    light = lab[..., 0]
    form, strands = form_and_strands(light, ipd_px)
    share = amount ** np.exp2(_UNEVEN * np.clip(0.3 * strands / max(look.restless, 1.5) + 0.6 * texture, -1, 1))
    low, middle, high = look.light
    place = np.clip((form - middle) / max(high - low, 14.0), -0.8, 1.0)
    natural = look.natural
    goal = natural[0] * (1 + 0.9 * place) + np.clip(0.8 * strands, -0.6 * natural[0], 25)
    lab[..., 0] = light + share * (np.maximum(goal, 2) - light)
    # gloss is the light's colour, not the hair's
    body = np.clip(1.3 - 0.3 * lab[..., 0] / max(natural[0], 5), 0.5, 1)
    for channel in (1, 2):
        lab[..., channel] += share * (natural[channel] * body - lab[..., channel])


def _soften(lab: Map, look: HairLook, head: Map, amount: float, ipd_px: float) -> None:
    """A child's hair, in place: finer, lighter, warmer, with a soft band of gloss round the crown."""
    light = lab[..., 0]
    form, strands = form_and_strands(light, ipd_px)
    fine = 1 - 0.25 * amount
    x, y = head[..., 0], head[..., 1]
    # light from above meets the curve of the skull on a ring above the forehead
    radius = np.hypot(x / 1.25, (y - 0.3) / 1.75)
    band = np.exp(-(((radius - 0.98) / 0.13) ** 2)) * np.clip((-0.35 - y) / 0.6, 0, 1)
    # fair hair is near its lightest; dark hair stays dark, black hair nearly black
    room = np.clip((70 - look.light[1]) / 50, 0.15, 1) * np.clip((look.light[1] + 4) / 20, 0.35, 1)
    # black hair has no colour to show when it is made lighter: it would be grey
    colour = float(np.clip((np.hypot(look.natural[1], look.natural[2]) - 3.5) / 4, 0, 1))
    more = amount * room * colour * (5.0 + 7.0 * band * np.clip(1 + strands / 10, 0.5, 1.5))
    lab[..., 0] = form + (fine * strands) + more - (1 - colour) * amount * 0.25 * np.maximum(form - look.light[1], 0)
    lab[..., 1] = lab[..., 1] * (1 + 0.08 * amount) + 0.8 * amount * room
    lab[..., 2] = lab[..., 2] * (1 + 0.12 * amount) + 2.2 * amount * room


def _own(rgb: Map, share: Map, inner: Map) -> Map:
    """(h, w, 3) colour of the hair in every pixel: what is seen where it is all hair, else what lies further inside."""
    return between(inner, rgb, np.clip((share - 0.6) / 0.35, 0, 1))


def _depth(share: Map, ipd_px: float) -> Map:
    """(h, w) 0 at the edge of the hair, where a light pixel is skin and no strand, to 1 further inside."""
    import cv2

    reach = max(1, round(0.07 * ipd_px))
    return cv2.GaussianBlur(eroded(share, reach), (0, 0), 0.5 * reach)


def _exchange(rgb: Map, share: Map, old: Map, new: Map) -> None:
    """Put a share of new hair where there was as much of the old, in place; nothing where the share is 0."""
    import cv2

    changed = cv2.add(rgb, times(cv2.subtract(new, old), share))
    # a rim pixel is never brighter than both what it was and what the hair is there
    rgb[:] = cv2.min(changed, cv2.max(rgb, new))


def _around(mask: Map) -> tuple[slice, slice]:
    """The rows and columns that hold a mask."""
    import cv2

    x, y, width, height = cv2.boundingRect((mask > 0).astype(np.uint8))
    return slice(y, y + height), slice(x, x + width)
