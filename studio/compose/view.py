"""The virtual camera: which part of the clip the film frame shows.

A view is a scale and a centre.  Where it looks past the clip's edge, the background goes on: the clip reflected, the
person taken out, sharp where it joins and more and more out of focus with the distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Size

_SHARP, _REFLECTED = 0.30, 0.40
"""How far beyond the edge the reflection is sharp at all, and seen at all, as shares of the film's height."""


@dataclass(frozen=True, slots=True)
class View:
    """Film pixel = (clip pixel - centre) * scale + film centre.

    Parameters
    ----------
    x_px, y_px : the clip point in the middle of the film frame
    scale : film pixels per clip pixel
    size_px : of the film
    """

    x_px: float
    y_px: float
    scale: float
    size_px: Size

    def to_film(self, points: NDArray) -> NDArray[np.float32]:
        """Map (..., 2 or more) clip points; a third coordinate (depth) is scaled too."""
        points = np.array(points, np.float32)
        points[..., 0] -= self.x_px
        points[..., 1] -= self.y_px
        points *= np.float32(self.scale)
        points[..., 0] += self.size_px[0] / 2
        points[..., 1] += self.size_px[1] / 2
        return points

    def matrix(self, factor: float = 1.0) -> NDArray[np.float32]:
        """2x3 map from an array sampled at ``factor`` array pixels per clip pixel to film pixels (centres at .5)."""
        s = self.scale / factor
        tx = self.size_px[0] / 2 - self.x_px * self.scale
        ty = self.size_px[1] / 2 - self.y_px * self.scale
        return np.array([[s, 0, tx + s / 2 - 0.5], [0, s, ty + s / 2 - 0.5]], np.float32)

    def clip_rect(self, clip_size_px: Size) -> tuple[float, float, float, float]:
        """Where the clip lies on the film: x0, y0, x1, y1."""
        x0 = self.size_px[0] / 2 - self.x_px * self.scale
        y0 = self.size_px[1] / 2 - self.y_px * self.scale
        return x0, y0, x0 + clip_size_px[0] * self.scale, y0 + clip_size_px[1] * self.scale

    def blend(self, other: View, t: float) -> View:
        """Between two views; the scale moves geometrically, as a zoom does."""
        return View(
            self.x_px + (other.x_px - self.x_px) * t,
            self.y_px + (other.y_px - self.y_px) * t,
            self.scale * (other.scale / self.scale) ** t,
            self.size_px,
        )


def keep_inside(view: View, clip_size_px: Size) -> View:
    """Move the view so that it shows no more outside of the clip than it must; an axis that cannot be covered is
    centred on what it had."""
    centre = []
    for at, clip, film in zip((view.x_px, view.y_px), clip_size_px, view.size_px, strict=True):
        half = film / 2 / view.scale
        centre.append(float(np.clip(at, half, clip - half)) if 2 * half <= clip else at)
    return View(centre[0], centre[1], view.scale, view.size_px)


def look(frame: Frame, view: View, matte: NDArray[np.float32] | None = None, beyond: Frame | None = None) -> Frame:
    """The film frame seen through ``view``.

    Parameters
    ----------
    frame : (H, W, 3) uint8 clip frame
    matte : (h, w) float32 0..1 of the whole clip frame at any size; takes the person out of the extended background
    beyond : (H, W, 3) uint8, the same view without the person (a clean plate), goes on past the edge instead of
        ``frame``; no matte is needed then
    """
    import cv2

    width, height = view.size_px
    x0, y0, x1, y1 = view.clip_rect((frame.shape[1], frame.shape[0]))
    enlarged = cv2.INTER_CUBIC if view.scale > 1.05 else cv2.INTER_AREA if view.scale < 0.7 else cv2.INTER_LINEAR
    covers = x0 <= 0.5 and y0 <= 0.5 and x1 >= width - 0.5 and y1 >= height - 0.5
    top, bottom = int(np.clip(np.ceil(y0), 0, height)), int(np.clip(np.floor(y1), 0, height))
    left, right = int(np.clip(np.ceil(x0), 0, width)), int(np.clip(np.floor(x1), 0, width))

    def warped(picture: Frame, part: tuple[slice, slice], how: int = enlarged) -> Frame:
        matrix = view.matrix()
        matrix[:, 2] -= (part[1].start, part[0].start)
        size = (part[1].stop - part[1].start, part[0].stop - part[0].start)
        return cv2.warpAffine(picture, matrix, size, flags=how, borderMode=cv2.BORDER_REFLECT_101)

    if covers or beyond is None or top >= bottom or left >= right:
        sharp = warped(frame, (slice(0, height), slice(0, width)))
    else:  # the rest comes from elsewhere
        sharp = np.empty((height, width, 3), np.uint8)
        sharp[top:bottom, left:right] = warped(frame, (slice(top, bottom), slice(left, right)))
    if covers:
        return sharp
    soft, weight = _extension(frame, view, matte) if beyond is None else _extension(beyond, view, None)
    from studio.compose.blend import mix

    # Only bands beyond the clip's edges change; the picture itself stays as it was filmed.
    middle = slice(top, bottom)
    for band in (
        (slice(0, top), slice(0, width)),
        (slice(bottom, height), slice(0, width)),
        (middle, slice(0, left)),
        (middle, slice(right, width)),
    ):
        if not sharp[band].size:
            continue
        # Invented as it is and melting away, it needs no finer resampling.
        crisp = sharp[band] if beyond is None else warped(beyond, band, min(enlarged, cv2.INTER_LINEAR))
        sharp[band] = mix(soft[band], crisp, np.ascontiguousarray(weight[band]))
    return sharp


def _extension(frame: Frame, view: View, matte: NDArray[np.float32] | None) -> tuple[Frame, NDArray[np.uint8]]:
    """What lies beyond the clip's edge, out of focus, and how far the sharp reflection may be used instead of it.

    Next to the edge the clip's own reflection goes on as sharp as it is, so that no seam shows; farther out it melts
    into a blur, and where the person would be reflected only the blur is used.

    Returns
    -------
    soft : (H, W, 3) uint8 of the film's size
    weight : (H, W) uint8, 255 where the sharp reflection stands
    """
    import cv2

    reduce = 6
    width, height = view.size_px
    size = (-(-width // reduce), -(-height // reduce))
    factor = view.scale / reduce
    clip = cv2.resize(
        frame,
        (max(2, round(frame.shape[1] * factor)), max(2, round(frame.shape[0] * factor))),
        interpolation=cv2.INTER_AREA,
    )
    weight = np.ones(clip.shape[:2], np.float32)
    if matte is not None:
        person = cv2.resize(np.asarray(matte, np.float32), clip.shape[1::-1], interpolation=cv2.INTER_AREA)
        person = cv2.dilate(person, np.ones((5, 5), np.uint8))
        weight = 1.01 - np.clip(2 * person, 0, 1)
    matrix = view.matrix(clip.shape[1] / frame.shape[1]) / reduce
    matrix[:, 2] += 0.5 / reduce - 0.5
    spread = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REFLECT_101}
    layer = np.dstack([clip * weight[..., None], weight])
    unit = height / reduce
    near = cv2.GaussianBlur(cv2.warpAffine(layer, matrix, size, **spread), (0, 0), 0.006 * unit)
    # Far out the edge's own colours go on: a reflection would bring the ground into the sky.
    spread["borderMode"] = cv2.BORDER_REPLICATE
    # So wide a blur is the same at half the size.
    half = (-(-layer.shape[1] // 2), -(-layer.shape[0] // 2))
    few = cv2.GaussianBlur(cv2.resize(layer, half, interpolation=cv2.INTER_AREA), (0, 0), 0.015 * unit)
    matrix = view.matrix(half[0] / frame.shape[1]) / (2 * reduce)
    matrix[:, 2] += 0.25 / reduce - 0.5
    far = cv2.warpAffine(few, matrix, (-(-size[0] // 2), -(-size[1] // 2)), **spread)
    far = cv2.resize(cv2.GaussianBlur(far, (0, 0), 0.015 * unit), None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    far = far[: size[1], : size[0]]
    free = np.clip(near[..., 3:] * 1.5 - 0.3, 0, 1)
    x0, y0, x1, y1 = (edge / reduce for edge in view.clip_rect((frame.shape[1], frame.shape[0])))
    y, x = np.arange(size[1], dtype=np.float32)[:, None], np.arange(size[0], dtype=np.float32)[None]
    out = np.maximum(np.maximum(y0 - y, y - y1), np.maximum(x0 - x, x - x1))[..., None] / unit
    known = free * np.clip(1 - out / _REFLECTED, 0, 1)
    colour = (near[..., :3] * known + far[..., :3] * (1 - known)) / np.maximum(
        near[..., 3:] * known + far[..., 3:] * (1 - known), 0.02
    )
    soft = np.clip(colour, 0, 255).astype(np.uint8)
    crisp = np.clip(1.5 - 1.5 * out[..., 0] / _SHARP, 0, 1) * np.clip(2 * free[..., 0] - 1, 0, 1)
    crisp = np.rint(255 * crisp).astype(np.uint8)
    return (
        cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR),
        cv2.resize(crisp, (width, height), interpolation=cv2.INTER_LINEAR),
    )
