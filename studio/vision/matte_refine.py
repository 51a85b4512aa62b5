"""One frame's matte, refined: from the networks' soft blob to an edge that hair and fingers survive.

    evidence : where the plate was really seen, what differs from it is person and what equals it is not; deep inside
               and far outside the networks keep the word, and a shadow is no person
    colours  : the person's from the sure inside, the background's from the plate or, unseen, from the sure outside
    matting  : in the band between them alpha is where the pixel lies on the line between the two colours; the nearer
               the colours, and the more they vary, the more the evidence's own soft edge counts instead

Everything but the last step is made at half size; the last one, at full size, only in the band.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Size

Floats = NDArray[np.float32]

_LONG_PX = 640
_NOISE = 5.0
_ENOUGH_SEEN = 0.12
_FLOW_PX = 320


@dataclass(frozen=True, slots=True)
class Background:
    """What stands behind the person, in the frame's own geometry.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    confidence : (H, W) uint8, 255 x the share of frames in which the pixel was seen, 0 where it is a guess
    spread : (H, W) uint8, levels by which it wavers
    wobble_px : how far it may lie beside its true place, in half-size pixels: more for a hand-held camera
    """

    picture: Frame
    confidence: NDArray[np.uint8]
    spread: NDArray[np.uint8]
    wobble_px: float = 0.12


@dataclass(frozen=True, slots=True)
class Refined:
    """A frame's matte and the colours it was found with.

    Parameters
    ----------
    alpha : (H, W) uint8
    behind : (H, W, 3) uint8, the background's colour where alpha is neither 0 nor 255
    """

    alpha: NDArray[np.uint8]
    behind: Frame


def carried_matte(picture: Frame, near: list[tuple[Frame, NDArray[np.uint8], int]]) -> Floats:
    """(h, w) float32 0..1: mattes of neighbouring frames, moved to where things are in this one.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    near : frame (H, W, 3), matte (h, w) uint8 and distance in frames of each neighbour
    """
    import cv2

    height, width = near[0][1].shape
    scale = min(1.0, _FLOW_PX / max(height, width))
    size = (max(32, round(width * scale)), max(32, round(height * scale)))

    def grey(frame: Frame) -> NDArray[np.uint8]:
        return cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)

    engine = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    here = grey(picture)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    total, weights = np.zeros((height, width), np.float32), 0.0
    for frame, matte, distance in near:
        flow = engine.calc(here, grey(frame), np.zeros((*here.shape, 2), np.float32))
        flow = cv2.resize(flow, (width, height)) * np.float32([width / size[0], height / size[1]])
        moved = cv2.remap(matte, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        total += moved.astype(np.float32) / (255 * distance)
        weights += 1 / distance
    return total / np.float32(weights)


class Refiner:
    """Refines mattes of frames of one size; keeps what a still camera's plate gives from frame to frame."""

    def __init__(self, size_px: Size) -> None:
        width, height = size_px
        scale = min(1.0, _LONG_PX / max(width, height))
        self.size_px = size_px
        self.small: Size = (max(8, round(width * scale)), max(8, round(height * scale)))
        self._unit = max(1.0, max(self.small) / 640)
        self._kept: tuple[Frame, _Behind] | None = None

    def refine(self, picture: Frame, prior: Floats, background: Background | None) -> Refined:
        """The matte of ``picture``.

        Parameters
        ----------
        picture : (H, W, 3) uint8
        prior : (h, w) float32 0..1 of any size, the networks' matte
        background : None where no plate is known
        """
        import cv2

        image = cv2.resize(picture, self.small, interpolation=cv2.INTER_AREA)
        near = cv2.resize(prior, self.small, interpolation=cv2.INTER_LINEAR).astype(np.float32)
        values = image.astype(np.float32)
        behind = self._behind(background)
        soft, known = self._evidence(values, near, behind)
        clean = cv2.medianBlur((soft * 255).astype(np.uint8), 3).astype(np.float32) / 255
        soft = _whole(soft + (clean - soft) * known, near)
        core, outside = self._sure(soft)
        front, front_varies, front_near = _spread_colours(values, core, (2, 5, 14))
        back, back_varies, back_near = self._back(values, outside, behind)
        line = front - back
        length = np.einsum("ijk,ijk->ij", line, line)
        change = values - back
        share = np.clip(np.einsum("ijk,ijk->ij", change, line) / np.maximum(length, 1.0), 0, 1)
        slack = np.clip(np.sqrt((front_varies + back_varies) / np.maximum(length, 1)) * 0.8, 0.04, 0.3)
        off = change - share[..., None] * line
        doubt = front_varies + back_varies + 2 * _NOISE**2
        ratio = length / (doubt + 0.7 * np.einsum("ijk,ijk->ij", off, off))
        trust = np.clip((ratio - 6) / 30, 0, 1) * front_near * back_near
        alpha = trust * np.clip((share - slack) / (1 - 2 * slack), 0, 1) + (1 - trust) * soft
        alpha = np.where(core, 1, np.where(outside, 0, alpha)).astype(np.float32)
        return self._full(picture, alpha, trust, slack, front, back, background)

    def _behind(self, background: Background | None) -> _Behind | None:
        import cv2

        if background is None:
            return None
        if self._kept is not None and self._kept[0] is background.picture:
            return self._kept[1]
        image = cv2.resize(background.picture, self.small, interpolation=cv2.INTER_AREA).astype(np.float32)
        seen = cv2.resize(background.confidence, self.small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        spread = cv2.resize(background.spread, self.small, interpolation=cv2.INTER_AREA).astype(np.float32)
        grey = image.mean(axis=2)
        slope = np.abs(cv2.Sobel(grey, -1, 1, 0, scale=0.125)) + np.abs(cv2.Sobel(grey, -1, 0, 1, scale=0.125))
        variance = (1.5 * spread) ** 2 + (background.wobble_px * slope) ** 2
        made = _Behind(image, np.clip(seen / _ENOUGH_SEEN, 0, 1), variance)
        self._kept = (background.picture, made)
        return made

    def _evidence(self, values: Floats, near: Floats, behind: _Behind | None) -> tuple[Floats, Floats]:
        """(h, w) the networks' word, overruled near the edge by what the plate shows; how far it rests on the plate."""
        import cv2

        if behind is None:
            return near, np.zeros_like(near)
        change = values - behind.values
        away = np.einsum("ijk,ijk->ij", change, change)
        empty = (near[::3, ::3] < 0.02) & (behind.seen[::3, ::3] > 0.9)
        noise = 0.45 * float(np.median(np.sqrt(away[::3, ::3][empty]))) if empty.any() else _NOISE
        # A shadow is the same colour, darker, and light where one was is brighter: only what is left beside the line
        # to black counts in full.
        power = np.einsum("ijk,ijk->ij", behind.values, behind.values) + 1
        bright = np.einsum("ijk,ijk->ij", values, behind.values) / power
        beside = np.maximum(away - (1 - bright) ** 2 * power, 0)
        shaded = np.where((bright > 0.4) & (bright < 1.6), np.clip(1.2 - 3 * near, 0, 1), 0)
        away -= shaded * np.maximum(away - np.maximum(beside - 0.0016 * power, 0) - 0.01 * away, 0)
        variance = behind.variance + np.clip(noise, 2.0, 12.0) ** 2
        level = np.sqrt(away / variance)
        unlike = np.clip((level - 2.2) / 4.5, 0, 1)
        reach = round(26 * self._unit)
        deep = cv2.erode((near > 0.85).astype(np.uint8), _disc(round(9 * self._unit))) > 0
        far = cv2.dilate((near > 0.3).astype(np.uint8), _disc(reach)) == 0
        word = np.log(np.clip(near, 0.05, 0.95) / (1 - np.clip(near, 0.05, 0.95)))
        vote = behind.seen * 15.0 * (unlike - 0.5)
        # Where the person has the background's colours, looking like the background says nothing.
        front, varies, _ = _spread_colours(values, cv2.erode(near, _disc(round(3 * self._unit))) > 0.9, (3, 12))
        apart = np.sqrt(((front - behind.values) ** 2).sum(axis=2) / (9 * variance + varies))
        vote = np.where(vote < 0, vote * np.clip(2 * apart - 0.5, 0, 1), vote)
        vote = np.where(deep, np.maximum(vote, 0), np.where(far, np.minimum(vote, 0), vote))
        both = np.clip((1 / (1 + np.exp(-(word + vote))) - 0.06) / 0.88, 0, 1)
        return (near + (both - near) * behind.seen).astype(np.float32), behind.seen

    def _sure(self, soft: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Sure person and sure background, both some pixels away from the edge."""
        import cv2

        inner, outer = round(self._unit), round(2 * self._unit)
        core = cv2.erode((soft > 0.9).astype(np.uint8), _disc(inner)) > 0
        outside = cv2.dilate((soft > 0.08).astype(np.uint8), _disc(outer)) == 0
        return core, outside

    def _back(
        self, values: Floats, outside: NDArray[np.bool_], behind: _Behind | None
    ) -> tuple[Floats, Floats, Floats]:
        local, varies, near = _spread_colours(values, outside, (2, 6, 18))
        if behind is None:
            return local, varies, near
        seen = behind.seen
        mixed = behind.values * seen[..., None] + local * (1 - seen[..., None])
        return mixed, varies * (1 - seen) + behind.variance * seen, np.maximum(near, seen)

    def _full(
        self,
        picture: Frame,
        alpha: Floats,
        trust: Floats,
        slack: Floats,
        front: Floats,
        back: Floats,
        plate: Background | None,
    ) -> Refined:
        """At full size: the pixel's own colour decides in the band where it can be trusted."""
        import cv2

        band = ((alpha > 0.015) & (alpha < 0.985)).astype(np.uint8)
        band = cv2.dilate(band, np.ones((3, 3), np.uint8))
        large = cv2.resize((alpha * 255 + 0.5).astype(np.uint8), self.size_px, interpolation=cv2.INTER_LINEAR)
        behind = cv2.resize(np.clip(back, 0, 255).astype(np.uint8), self.size_px, interpolation=cv2.INTER_LINEAR)
        y, x = np.nonzero(cv2.resize(band, self.size_px, interpolation=cv2.INTER_NEAREST))
        if len(y) == 0:
            return Refined(large, behind)
        # Where the small pixel lies that holds this one.
        place = (
            (y * (self.small[1] / self.size_px[1])).astype(np.intp),
            (x * (self.small[0] / self.size_px[0])).astype(np.intp),
        )
        here = behind[y, x].astype(np.float32)
        if plate is not None:
            seen = np.clip(plate.confidence[y, x, None] / np.float32(255 * _ENOUGH_SEEN), 0, 1)
            here += (plate.picture[y, x] - here) * seen
            behind[y, x] = here
        line = front[place] - here
        share = np.einsum("ij,ij->i", picture[y, x] - here, line) / np.maximum(np.einsum("ij,ij->i", line, line), 1)
        give = slack[place]
        share = np.clip((share - give) / (1 - 2 * give), 0, 1)
        edge = large[y, x] / np.float32(255)
        weight = trust[place]
        large[y, x] = (edge + (share - edge) * weight) * 255 + 0.5
        return Refined(large, behind)


@dataclass(frozen=True, slots=True)
class _Behind:
    """The background at half size: colours, 0..1 how far to rely on them, variance in squared levels."""

    values: Floats
    seen: Floats
    variance: Floats


def _whole(soft: Floats, near: Floats) -> Floats:
    """Without islands that the networks know nothing of, and without small holes where they see the person."""
    import cv2

    for inside, value in ((True, 0.0), (False, 1.0)):
        mask = ((soft > 0.4) if inside else (soft < 0.6)).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        if count <= 2:
            continue
        small = stats[:, cv2.CC_STAT_AREA] < (40 if inside else 90)
        small[0] = False
        word = np.bincount(labels.ravel(), weights=near.ravel(), minlength=count) / stats[:, cv2.CC_STAT_AREA]
        wrong = small & ((word < 0.35) if inside else (word > 0.8))
        soft = np.where(wrong[labels], np.float32(value), soft)
    return soft


def _disc(radius_px: int) -> NDArray[np.uint8]:
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))


def _spread_colours(
    values: Floats, sure: NDArray[np.bool_], radii_px: tuple[int, ...]
) -> tuple[Floats, Floats, Floats]:
    """Colours (h, w, 3) carried from sure pixels to all others, near ones first; their variance (h, w), and 0..1 how
    near they are."""
    import cv2

    half = (max(1, values.shape[1] // 2), max(1, values.shape[0] // 2))
    weight = sure.astype(np.float32)
    packed = np.dstack([values * weight[..., None], weight])
    energy = np.einsum("ijk,ijk->ij", values, values) * weight
    packed = cv2.resize(packed, half, interpolation=cv2.INTER_AREA)
    energy = cv2.resize(energy, half, interpolation=cv2.INTER_AREA)
    total, squares, share, near = np.zeros_like(packed), np.zeros_like(energy), 1.0, np.zeros_like(energy)
    for step, radius in enumerate(radii_px):
        window = (2 * radius + 1, 2 * radius + 1)
        blurred = cv2.blur(packed, window)
        if step < 2:
            near = np.clip(25 * blurred[..., 3], 0, 1)
        total += share * blurred
        squares += share * cv2.blur(energy, window)
        share *= 0.02
    count = np.maximum(total[..., 3], 1e-9)
    mean = total[..., :3] / count[..., None]
    variance = np.maximum(squares / count - np.einsum("ijk,ijk->ij", mean, mean), 0)
    size = values.shape[1::-1]
    return cv2.resize(mean, size), cv2.resize(variance, size), cv2.resize(near, size)
