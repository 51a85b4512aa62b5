"""Which colours and which places are hair: fitted once, on the reference frame laid out in head coordinates.

Skin, clothes and what lies behind the person have known places, so their colours are learnt first, each as a mixture of
Gaussians in L*a*b*; hair is what fits none of them in the ring around the face.  Then places and colours are told in
turns (expectation maximisation with a place-dependent prior, smoothed along the picture's edges), and only what hangs
together with the ring is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import hair_hat, hair_raster, mesh
from studio.animatic.face.cutout import guided
from studio.animatic.face.hair import HairModel, clusters, every_colour, nearest, without_locks
from studio.animatic.face.skin import SkinModel, to_lab

Map = NDArray[np.float32]

_ROUNDS = 4
_FAR = 1e-5
"""Density of a colour that a class does not know; keeps logarithms finite."""
_FLOOR = np.array([6, 3, 3], np.float32)
"""Least spread of a skin colour, L*a*b*."""
_ANY = np.float32(0.004)
"""Density of any colour at all close round the skull: gloss, rim light and dyes."""
_MARGIN_IPD = 0.32
"""How far hair may lie beside where it lay in the reference frame: half of what 30 degrees of turn move the crown."""


@dataclass(frozen=True, slots=True)
class _Mixture:
    """Colours of one class: Gaussians with diagonal spread.

    Parameters
    ----------
    centres, spread : (k, 3) L*a*b*
    weight : (k,) sums to 1
    """

    centres: Map
    spread: Map
    weight: Map

    def density(self, lab: Map) -> Map:
        """(h, w) likelihood of colours (h, w, 3), in units in which a Gaussian of spread (8, 4, 4) peaks at 1."""
        total = np.full(lab.shape[:2], _FAR, np.float32)
        for centre, width, share in zip(self.centres, self.spread, self.weight, strict=True):
            peak = share * 128.0 / float(np.prod(width))
            total += peak * np.exp(-0.5 * (((lab - centre) / width) ** 2).sum(-1))
        return total


def _mixture(lab: Map, count: int, floor: tuple[float, float, float] = (5, 2.5, 2.5)) -> _Mixture:
    centres, spread = clusters(lab, min(count, len(lab) // 4))
    label = np.argmin([(((lab - c) / s) ** 2).sum(-1) for c, s in zip(centres, spread, strict=True)], 0)
    weight = np.bincount(label, minlength=len(centres)) / len(lab)
    return _Mixture(centres, np.maximum(spread, np.array(floor, np.float32)), weight.astype(np.float32))


@dataclass(frozen=True, slots=True)
class _Others:
    """Everything that is not hair: a mixture per class, and how likely the class is at every place of the raster."""

    skin: _Mixture
    cloth: _Mixture | None
    behind: _Mixture | None
    hat: _Mixture | None
    at_skin: Map
    at_cloth: Map
    at_behind: Map
    at_hat: Map

    def density(self, lab: Map) -> Map:
        """(h, w) how likely these colours are at these places without hair."""
        total = self.at_skin * self.skin.density(lab)
        if self.cloth is not None:
            total = total + self.at_cloth * self.cloth.density(lab)
        if self.behind is not None:
            total = total + self.at_behind * self.behind.density(lab)
        if self.hat is not None:
            total = total + self.at_hat * self.hat.density(lab)
        return total


def fit_hair(rgb: Map, alpha: Map, head: Map, face_px: NDArray, skin: SkinModel) -> HairModel:
    """Learn hair's colours and places.

    Parameters
    ----------
    rgb : (h, w, 3) 0..255; alpha : (h, w) 0..1, the person
    head : (h, w, 2) head coordinates (right, down) in ipd of the eyes
    face_px : (478, 3) landmarks in the picture's px
    """
    lab = to_lab(hair_raster.unfold(rgb, head))
    solid = hair_raster.unfold(alpha, head)
    x, y = hair_raster.grid()
    outside, inside = _distances(face_px, head)
    unlike = _unlike(lab, skin)
    hat = hair_hat.covered(lab, solid, outside, unlike)
    others = _learn_others(lab, solid, inside, outside, hat, skin)
    at_hair = _hair_place(x, y, outside, inside, None)
    ring = (solid > 0.9) & (outside > 0.06) & (outside < 0.75) & (y < 0.1) & (np.abs(x) < 1.9)
    if hat is not None:
        at_hair = at_hair * (1 - hat)
        ring &= (y < 0.6) & (hat < 0.02)
    strands = _strandedness(lab[..., 0], inside, y)
    # hair may be no further from skin than shade is, but shade has no strands
    dark = (lab[..., 0] < 0.6 * skin.lab[0]) & (strands > 0.1)
    seeds = ring & ((unlike > 2.6) | ((unlike > 0.8) & (strands > 0.5)) | dark)
    # smooth and brighter than skin, in its hue, is glare on it
    plain = np.hypot(lab[..., 1], lab[..., 2]) < 0.35 * float(np.hypot(skin.lab[1], skin.lab[2]))
    seeds &= (lab[..., 0] < skin.lab[0] + 10) | (strands > 0.1) | (plain & (lab[..., 0] < 90))
    if others.hat is not None:
        seeds &= (others.hat.density(lab) < 0.02) | (y > -0.3)
    # on one side alone it is shade
    parts = [ring & where for where in (x < -0.5, (np.abs(x) < 0.5) & (y < -0.8), x > 0.5)]
    shares = [float(seeds[part].sum() / max(part.sum(), 12)) for part in parts]
    around = max(shares[1], min(shares[0], shares[2]))
    if seeds.sum() < max(0.2 * hair_raster.PER_IPD**2, 0.15 * ring.sum()) or around < 0.06:
        return _bald(skin)
    mixture, found = _hair_mixture(lab[seeds]), np.zeros_like(solid)
    grey = lab[..., 0] / np.float32(100)
    # strands tell hair from skin of its colour, on the skull
    told = np.where(strands > 0, 1.5, 5.0) * strands * np.where(inside > 0, y < -0.3, _ramp(y, 0.4, -0.1))
    # and a tail from a neck
    told += 2.5 * np.maximum(strands, 0) * _ramp(np.abs(x), 0.5, 0.65) * ((y > 0.5) & (y < 2.6) & (outside > 0.15))
    for _ in range(_ROUNDS):
        ours = at_hair * (mixture.density(lab) + _ANY * _ramp(outside, 0.6, 0.4) * _ramp(y, 0.2, -0.3))
        found = ours / (ours + others.density(lab) + np.float32(1e-9))
        calm = np.clip(guided(grey, found, 3, 2e-3), 0.02, 0.98)
        odds = np.log(calm / (1 - calm)) + 0.5 * np.log(np.clip(found, 0.02, 1) / np.clip(1 - found, 0.02, 1))
        found = (1 / (1 + np.exp(-1.3 * odds - told))).astype(np.float32) * np.clip(3 * solid, 0, 1)
        filled = _filled(found, solid, inside, outside, hat, y)
        # between a brim and hair on both sides lies a forehead
        found = filled if hat is None else np.where(unlike < 2, np.minimum(found, 0.3), filled)
        found = np.maximum(_hanging(_connected(found, ring, inside), y), _tail(found, x, y))
        sure = (found > 0.7) & (solid > 0.85)
        if sure.sum() < 0.2 * hair_raster.PER_IPD**2:
            return _bald(skin)
        mixture = _hair_mixture(lab[sure])
        at_hair = _hair_place(x, y, outside, inside, _long(found, outside, x, y)) * (1 if hat is None else 1 - hat)
    return _model(found, lab, mixture, others, skin, solid, outside)


def _hair_mixture(lab: Map) -> _Mixture:
    """Hair's colours without strangers: a head has one kind of hair, of any lightness between shade and gloss."""
    mixture = _mixture(lab, 5)
    main = mixture.centres[int(np.argmax(mixture.weight))]
    light = mixture.centres[:, 0]
    stranger = (light > 2.6 * main[0] + 32) | ((light < 0.25 * main[0] - 4) & (mixture.weight < 0.2))
    stranger |= np.linalg.norm(mixture.centres[:, 1:] - main[1:], axis=1) > 26
    # ears in shade are redder than the hair around them
    stranger |= (mixture.centres[:, 1] > main[1] + 7 + 0.2 * np.maximum(light - main[0], 0)) & (mixture.weight < 0.25)
    weight = np.where(stranger, 0, mixture.weight)
    return _Mixture(mixture.centres, mixture.spread, weight / weight.sum())


def _strandedness(light: Map, inside: Map, y: Map) -> Map:
    """-0.8..1: fine contrast, in shares of the lightness, against that of the person's bare skin."""
    import cv2

    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), 2.0)) / (light + 5)
    fine = cv2.GaussianBlur(np.minimum(fine, 0.15), (0, 0), 2.0)
    cheeks = (inside > 0.12) & (y > 0.15) & (y < 0.6)
    usual = float(np.median(fine[cheeks])) if cheeks.any() else 0.02
    return np.clip(np.log((fine + 0.004) / (2.2 * usual + 0.008)), -0.8, 1).astype(np.float32)


def _distances(face_px: NDArray, head: Map) -> tuple[Map, Map]:
    """Distance outside the mesh's outline, and inside it, in ipd, on the raster."""
    import cv2

    move = hair_raster.to_raster(head)
    ring = np.c_[face_px[list(mesh.OVAL), :2], np.ones(len(mesh.OVAL))] @ move.T
    filled = np.zeros(hair_raster.SIZE[::-1], np.uint8)
    cv2.fillPoly(filled, [np.round(ring).astype(np.int32)], 255)
    far = [
        cv2.distanceTransform(part, cv2.DIST_L2, 5) / np.float32(hair_raster.PER_IPD) for part in (255 - filled, filled)
    ]
    return far[0].astype(np.float32), far[1].astype(np.float32)


def _ramp(values: Map, low: float, high: float) -> Map:
    """0 at ``low``, 1 at ``high``, also downwards."""
    return np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)


def _hair_place(x: Map, y: Map, outside: Map, inside: Map, long: Map | None) -> Map:
    """How likely hair is at a place: round the skull, over the forehead, beside the neck; hardly on the face.

    Parameters
    ----------
    long : 0..1 where hair hangs beside the jaw: there it may cover ears and cheeks, and what is dark at the jaw is no
        beard; None when that is not known yet
    """
    skull = _ramp(outside, 1.15, 0.55) * _ramp(y, 1.0, 0.3)
    # ears stand where hair may hang too
    ear = _ramp(np.abs(x), 0.85, 1.0) * _ramp(np.abs(x), 1.5, 1.3) * _ramp(y, -0.3, -0.1) * _ramp(y, 1.0, 0.8)
    ear = 0.9 * ear if long is None else ear * (0.9 + 0.095 * (1 - long))
    long = np.zeros_like(x) if long is None else long
    hanging = 0.45 * _ramp(np.abs(x), 0.48, 0.82) * _ramp(np.abs(x), 2.9, 2.2) * _ramp(y, 0.1, 0.6) * _ramp(y, 4.4, 3.4)
    flying = np.float32(0.06)
    forehead = 0.5 * _ramp(y, -0.22, -0.42) * (inside > 0)
    side = 0.35 * _ramp(inside, 0.3, 0.1) * _ramp(np.abs(x), 0.5, 0.8) * _ramp(y, 0.5, 0.0) * (inside > 0)
    side = np.maximum(side, 0.35 * long * _ramp(inside, 0.3, 0.1) * _ramp(np.abs(x), 0.5, 0.8) * (inside > 0))
    free = np.maximum(np.maximum(skull * (1 - ear), hanging), flying) * (inside <= 0)
    chin = _ramp(y, 1.0, 1.3) * _ramp(np.abs(x), 0.72, 0.5) * _ramp(y, 5.0, 4.0)
    # whiskers on the jaw
    beard = _ramp(outside, 0.16, 0.08) * _ramp(y, 0.55, 0.75) * (1 - long)
    return (np.maximum(free, np.maximum(forehead, side)) * (1 - 0.98 * np.maximum(chin, beard))).astype(np.float32)


def _long(found: Map, outside: Map, x: Map, y: Map) -> Map:
    """0..1: the sides (of the face's middle) on which hair hangs beside the jaw."""
    band = (outside > 0.2) & (outside < 0.5) & (y > 0.6) & (y < 1.1)
    sides = np.zeros_like(found)
    for side in (x < 0, x >= 0):
        part = band & side
        sides[side] = np.clip((float(found[part].mean()) - 0.4) / 0.2, 0, 1) if part.any() else 0.0
    return sides


def _learn_others(lab: Map, solid: Map, inside: Map, outside: Map, hat: Map | None, skin: SkinModel) -> _Others:
    """Skin from the middle face, clothes from the chest, the room from where nobody is."""
    x, y = hair_raster.grid()
    face = (inside > 0.08) & (y > -0.1) & (y < 0.75) & (_unlike(lab, skin) < 4)
    light = [lab[face]] if face.sum() > 30 else []
    light.append(skin.lab[None] + np.random.default_rng(5).normal(0, 1, (300, 3)) * skin.spread)
    skins = np.concatenate(light).astype(np.float32)
    # the same skin in the light, glaring, and in shade (ears, neck, under a fringe)
    shades = ((1.12, 0.95, 3), (0.35, 0.5, 58), (1.0, 1.0, 0), (0.72, 0.95, 0), (0.5, 0.85, 0), (0.38, 1.1, 0))
    if hat is not None:  # light through and under a brim is warm
        shades = (*shades, (0.55, 1.4, 0), (0.72, 1.25, 0))
    shaded = [skins * np.array([a, b, b], np.float32) + np.array([c, 0, 0], np.float32) for a, b, c in shades]
    mixture = _mixture(np.concatenate(shaded), 8, (6, 3, 3))
    cloth = lab[(solid > 0.9) & (np.abs(x) < 0.75) & (y > 2.5) & (y < 4.4) & (_unlike(lab, skin) > 2)]
    beside = lab[(solid > 0.9) & (outside > 0.15) & (outside < 0.6) & (np.abs(y) < 0.8)]
    cloth = without_locks(cloth, beside[_unlike(beside[None], skin)[0] > 2.6])
    folds = [cloth * np.array([a, b, b], np.float32) for a, b in ((1, 1), (0.7, 0.85), (0.45, 0.6))]
    behind = lab[(solid < 0.05) & (np.abs(x) < 2.8) & (y < 3)]
    about = (
        0.4 + 0.35 * _ramp(np.abs(x), 1.4, 0.7) * _ramp(y, -0.5, 0.0) - 0.25 * _ramp(outside, 0.15, 0.3) * (y < -0.5)
    )
    at_skin = np.where(inside > 0, 1.0, about).astype(np.float32)
    at_cloth = _ramp(y, 1.5, 2.2) * 0.9 + np.float32(0.002)
    skull = _ramp(outside, 0.7, 0.5) * _ramp(y, 0.8, 0.4)
    at_behind = np.clip(1 - solid, 0, 1) ** 2 + 0.04 * (1 - 0.97 * skull)
    at_hat = np.zeros_like(x) if hat is None else 0.05 + 2 * hat + 0.6 * _ramp(y, 0.0, -0.5)
    worn = (
        np.zeros((0, 3), np.float32)
        if hat is None
        else lab[(hat > 0.9) & (solid > 0.9) & (y > -2.4) & (np.abs(x) < 1.2)]
    )
    return _Others(
        mixture,
        *(_mixture(seen, 6) if len(seen) > 60 else None for seen in (np.concatenate(folds), behind, worn)),
        at_skin,
        at_cloth.astype(np.float32),
        at_behind.astype(np.float32),
        at_hat.astype(np.float32),
    )


def _unlike(lab: Map, skin: SkinModel) -> Map:
    """(h, w) distance from skin as it is, in shade, lit and glaring, in standard deviations."""
    return nearest(lab, *_skins(skin))


def _skins(skin: SkinModel) -> tuple[Map, Map]:
    offsets = np.array([[0, 0, 0], [-14, -1, 0], [8, -1, 0], [20, -5, -6]], np.float32)
    centres = (skin.lab + offsets).astype(np.float32)
    return centres, np.tile(np.maximum(skin.spread, _FLOOR), (4, 1)).astype(np.float32)


def _connected(found: Map, ring: NDArray[np.bool_], inside: Map) -> Map:
    """What hangs together with hair round the face; gaps of a quarter ipd (an ear, a clip) are bridged, not over the
    face."""
    import cv2

    solid = (found > 0.5).astype(np.uint8)
    reach = round(0.12 * hair_raster.PER_IPD)
    joined = cv2.dilate(solid, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) * (inside <= 0) | solid
    count, label = cv2.connectedComponents(joined, connectivity=4)
    anchor = np.bincount(label[(solid > 0) & ring], minlength=count)
    anchor[0] = 0
    kept = anchor > max(6, 0.04 * anchor.max())
    return found * kept[label]


def _filled(found: Map, solid: Map, inside: Map, outside: Map, hat: Map | None, y: Map) -> Map:
    """With what gloss leaves out: holes in the hair of the skull, and anything between hair and the head's outline.

    An ear is no such hole, nor is the face.
    """
    import cv2

    count, label = cv2.connectedComponents((found < 0.5).astype(np.uint8), connectivity=4)
    open_to = np.zeros(count, bool)
    open_to[np.unique(label[(inside > 0) | (y > -0.1) | (solid < 0.5)])] = True
    open_to[label[0]] = True
    whole = ~(open_to[label] | (found >= 0.5))
    reach = round(0.25 * hair_raster.PER_IPD)
    near = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)) > 0.7
    top = near & (outside > 0.3) & (y < -0.6) & (solid > 0.8)
    if hat is not None:
        top &= hat < 0.02
    return np.where(whole | top, np.maximum(found, 0.8 * solid), found).astype(np.float32)


def _tail(found: Map, x: Map, y: Map) -> Map:
    """A tail or plait behind ear or neck: it begins above the collar, beside the neck, and is longer than wide."""
    import cv2

    beside = (found > 0.6) & (np.abs(x) > 0.55) & (np.abs(x) < 1.5) & (y > 0.5) & (y < 3.0)
    lock = np.ones((5, 5), np.uint8)
    solid = cv2.morphologyEx(beside.astype(np.uint8), cv2.MORPH_OPEN, lock)
    count, label, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    kept = np.zeros(count, bool)
    for k in range(1, count):
        top = float(y[stats[k, cv2.CC_STAT_TOP], 0])
        width, height = stats[k, cv2.CC_STAT_WIDTH], stats[k, cv2.CC_STAT_HEIGHT]
        kept[k] = top < 1.2 and height > 1.5 * width and height > 0.5 * hair_raster.PER_IPD
    return found * cv2.dilate(kept[label].astype(np.uint8), lock)


def _hanging(found: Map, y: Map) -> Map:
    """Without what does not hang down from the head: below the ears hair is followed row by row.

    It may swing out by its own length; a strap or a fold that is thinner than a lock is not followed.
    """
    import cv2

    lock = round(0.09 * hair_raster.PER_IPD)
    thick = cv2.morphologyEx(found, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * lock + 1,) * 2))
    kept = found.copy()
    first = int(np.argmax(y[:, 0] > 0.55))
    for row in range(first, len(kept)):
        above = kept[row - 1]
        reach = np.maximum(above, np.maximum(np.r_[0, above[:-1]], np.r_[above[1:], 0]))
        here = thick[row] if y[row, 0] > 1.6 else found[row]
        kept[row] = np.minimum(here, 1.02 * reach)
    return kept


def _model(
    found: Map, lab: Map, hair: _Mixture, others: _Others, skin: SkinModel, solid: Map, outside: Map
) -> HairModel:
    import cv2

    x, y = hair_raster.grid()
    every = every_colour()
    ours = hair.density(every) + np.float32(0.5) * _ANY
    free = others.skin.density(every) * np.float32(0.5)
    if others.behind is not None:
        free = free + 0.004 * others.behind.density(every)
    cloth = others.cloth.density(every) * np.float32(0.9) if others.cloth is not None else np.full_like(free, _FAR)
    odds = np.stack([np.log(ours / free)[0], np.log(ours / cloth)[0]], -1).clip(-6, 6).astype(np.float32)
    # a place further off than hair was seen to lie knows no hair; long hair swings further
    margin = round(_MARGIN_IPD * hair_raster.PER_IPD)
    near = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1,) * 2))
    near = cv2.GaussianBlur(near, (0, 0), 0.25 * margin)
    calm = cv2.GaussianBlur(found, (0, 0), 0.06 * hair_raster.PER_IPD)
    # well inside there is hair whatever its gloss or shade looks like
    lock = round(0.15 * hair_raster.PER_IPD)
    deep = cv2.erode(np.minimum(found, solid), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * lock + 1,) * 2))
    calm = calm + 0.6 * cv2.GaussianBlur(deep, (0, 0), 0.4 * lock)
    place = np.clip(9 * (calm - 0.5), -4.5, 6) + np.minimum(np.log(np.maximum(near, 1e-6)), 0) * 3
    # a silhouette's rim next to hair is hair, whatever shines through it
    rim = round(0.12 * hair_raster.PER_IPD)
    beside = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1,) * 2))
    beside = cv2.GaussianBlur(beside, (0, 0), 0.3 * rim) * _ramp(outside, 0.06, 0.16) * _ramp(y, 0.1, -0.2)
    if others.hat is None:  # a rim under a brim is forehead
        place = np.maximum(place, 8 * beside - 6.5)
    # a head that bends shows more of its crown: there the colour must be sure
    reach_up = round(0.8 * hair_raster.PER_IPD)
    around = cv2.dilate(found * (y < 1.2), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach_up + 1,) * 2))
    above = cv2.GaussianBlur(around, (0, 0), 0.1 * hair_raster.PER_IPD) * _ramp(y, 1.5, 0.8) * (outside > 0.1)
    place = np.where(above > 0, np.maximum(place, -1.1 + 0.6 * _ramp(y, 0.2, -0.3) - 6 * (1 - above)), place)
    # an ear in shade has dark hair's colour; under short hair it is bare
    ear = _ramp(np.abs(x), 0.95, 1.05) * _ramp(y, -0.05, 0.12) * _ramp(y, 1.0, 0.8)
    place = place - 7 * ear * (1 - _long(found, outside, x, y))
    # eyes and brows are as dark as hair: between the temples there is none where none was found
    inner = _ramp(np.abs(x), 0.9, 0.75) * _ramp(np.abs(y), 0.75, 0.6)
    place = place - 6 * inner * (1 - np.clip(2 * found, 0, 1))
    if others.hat is not None:
        place = np.where(others.at_hat > 1.2, -20, place)
    below = found * (y > 0.6)
    rows = np.flatnonzero((below > 0.5).sum(1) > 0.1 * hair_raster.PER_IPD)
    reach = float(y[rows[-1], 0]) + 0.4 if len(rows) else 1.6
    weight = found * np.clip(solid, 0, 1)
    return HairModel(
        _table(ours, free + cloth, every, skin, float(np.average(lab[..., 0], weights=weight))),
        float(np.clip(reach, 1.6, 4.4)),
        True,
        odds,
        np.clip(place, -20, 3).astype(np.float32),
    )


def _table(ours: Map, theirs: Map, every: Map, skin: SkinModel, hair_light: float) -> NDArray[np.float32]:
    """What a garment asks of a colour, see `HairModel`."""
    likely = ours / (ours + theirs)
    darker = np.clip((max(float(skin.lab[0]) + 2, hair_light + 8) - every[..., 0]) / 8, 0, 1)
    return np.stack([likely[0], _unlike(every, skin)[0], darker[0]], -1).astype(np.float32)


def _bald(skin: SkinModel) -> HairModel:
    """Nothing to find; a usual brown so that a garment has something to compare with."""
    every = every_colour()
    brown = _Mixture(np.array([[22, 6, 10]], np.float32), np.array([[8, 4, 6]], np.float32), np.ones(1, np.float32))
    ours = brown.density(every)
    table = _table(ours, np.exp(-0.5 * _unlike(every, skin) ** 2) + np.float32(_FAR), every, skin, 22.0)
    nowhere = np.full(hair_raster.SIZE[::-1], -20, np.float32)
    return HairModel(table, 0.0, False, np.full((every.shape[1], 2), -6, np.float32), nowhere)
