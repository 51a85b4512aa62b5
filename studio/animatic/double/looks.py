"""Looks of the double: what is done to its finished patch, and to nothing else of the film.

``real`` leaves it alone.  ``memory`` is old film: warm, faded, soft, bright parts bleeding red.  ``light`` is a figure
of light: pale, rimmed, with a glow round it and some drifting sparks.  ``storybook`` is a watercolour: flat washes with
darker edges on grained paper.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["real", "memory", "light", "storybook"]
Rgba = NDArray[np.uint8]
_SPARKS = 46


def style(patch_rgba: Rgba, kind: Kind, time_s: float, rng: np.random.Generator) -> Rgba:
    """Give a patch its look.

    Parameters
    ----------
    patch_rgba : (h, w, 4) uint8 premultiplied RGBA
    time_s : film time; only sparks move with it
    rng : seeded alike for every frame of a film, so that paper and sparks stay what they are

    Returns
    -------
    (h, w, 4) uint8 premultiplied.  Alpha is unchanged, except that ``light`` adds a faint glow outside the figure, with
    an alpha of its own.  Leave some empty margin for it.
    """
    if kind == "real" or not patch_rgba[..., 3].any():
        return patch_rgba.copy()
    if kind == "memory":
        return _memory(patch_rgba)
    return _light(patch_rgba, time_s, rng) if kind == "light" else _storybook(patch_rgba, rng)


def _memory(patch: Rgba) -> Rgba:
    import cv2

    unit = max(patch.shape[:2]) / 900
    alpha = patch[..., 3]
    soft = cv2.addWeighted(patch, 0.40, cv2.GaussianBlur(patch, (0, 0), 1.5 * unit + 0.3), 0.60, 0)
    # rows are red, green, blue, alpha out of red, green, blue, alpha: less colour, warm, and a lifted black
    grade = np.array(
        [
            [0.73, 0.15, 0.04, 0.090],
            [0.10, 0.74, 0.06, 0.070],
            [0.08, 0.17, 0.57, 0.062],
            [0, 0, 0, 1],
        ],
        np.float32,
    )
    graded = cv2.transform(soft, grade)
    small = _shrunk(graded, 4)
    bright = np.clip(small[..., :3].astype(np.float32).mean(2) - 120, 0, None)
    halo = cv2.GaussianBlur(bright, (0, 0), 6 * unit + 1)
    halo = cv2.resize(halo, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    bleed = cv2.convertScaleAbs(cv2.merge([halo * f for f in (np.float32(0.62), np.float32(0.28), np.float32(0.12))]))
    return _closed(cv2.add(graded[..., :3], bleed), alpha, soft[..., 3])


def _light(patch: Rgba, time_s: float, rng: np.random.Generator) -> Rgba:
    import cv2

    height, width = patch.shape[:2]
    unit = max(height, width) / 900
    alpha = patch[..., 3]
    pale = np.array([[0.52, 0.22, 0.10, 0.27], [0.20, 0.50, 0.12, 0.235], [0.16, 0.20, 0.46, 0.18]], np.float32)
    figure = cv2.transform(patch, pale)
    inside = [cv2.GaussianBlur(_shrunk(alpha, n), (0, 0), s * unit + 0.5) for n, s in ((2, 3.0), (4, 6.5))]
    near, wide = (cv2.resize(p, (width, height), interpolation=cv2.INTER_LINEAR) for p in inside)
    # the rim: inside the figure where its surroundings are partly empty, most from above
    rim = cv2.multiply(alpha, cv2.subtract(255, near), scale=1.55 / 255)
    body = cv2.multiply(alpha, cv2.subtract(255, wide), scale=0.9 / 255)
    fall = np.linspace(1.0, 0.55, height, dtype=np.float32)[:, None]
    rim_f = cv2.addWeighted(rim, 1.0, body, 0.45, 0).astype(np.float32) * fall
    outside = cv2.multiply(cv2.subtract(255, alpha), wide, scale=0.34 / 255)
    sparks = _sparks(height, width, near, time_s, rng, unit)
    light = cv2.add(cv2.convertScaleAbs(rim_f), cv2.add(outside, sparks))
    tint = cv2.merge([cv2.convertScaleAbs(light, alpha=f) for f in (1.0, 0.90, 0.70)])
    cover = cv2.max(alpha, cv2.convertScaleAbs(cv2.max(outside, sparks), alpha=0.9))
    return np.dstack([cv2.min(cv2.add(figure, tint), cv2.merge([cover] * 3)), cover])


def _sparks(
    height: int, width: int, near: NDArray[np.uint8], time_s: float, rng: np.random.Generator, unit: float
) -> NDArray[np.uint8]:
    """(h, w) uint8: motes that rise slowly, sway and twinkle round the figure."""
    import cv2

    place, speed, phase = rng.random((_SPARKS, 2)), rng.uniform(0.02, 0.07, _SPARKS), rng.random((_SPARKS, 3))
    picture = np.zeros((height, width), np.uint8)
    for (x, y), rise, (sway, twinkle, size) in zip(place, speed, phase, strict=True):
        at_y = (y - rise * time_s) % 1.0
        at_x = x + 0.012 * np.sin(2 * np.pi * (0.23 * time_s + sway))
        glow = 0.35 + 0.65 * np.sin(2 * np.pi * (0.4 * time_s + twinkle)) ** 2
        glow *= np.sin(np.pi * at_y) ** 0.5
        centre = (round(16 * at_x * width), round(16 * at_y * height))
        radius = max(8, round(16 * (0.7 + 1.3 * size**2) * unit))
        cv2.circle(picture, centre, radius, int(255 * glow), -1, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(picture, (0, 0), max(0.6, 2.2 * unit))
    shown = cv2.addWeighted(picture, 0.7, soft, 1.3, 0)
    around = cv2.resize(cv2.blur(cv2.resize(near, (64, 96)), (17, 17)), (width, height))  # only near the figure
    return cv2.multiply(shown, cv2.convertScaleAbs(around, alpha=1.4), scale=1 / 255)


def _storybook(patch: Rgba, rng: np.random.Generator) -> Rgba:
    import cv2

    height, width = patch.shape[:2]
    unit = max(height, width) / 900
    alpha = patch[..., 3]
    small = _shrunk(patch, 3)
    cover = np.maximum(small[..., 3:], 1)
    flat = np.clip(small[..., :3] * (np.float32(255) / cover), 0, 255).astype(np.uint8)
    flat[small[..., 3] < 8] = 190
    for _ in range(2):
        flat = cv2.bilateralFilter(flat, 7, 44, 3.0 * unit + 0.5)
    grey = cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY).astype(np.float32)
    lines = np.clip(cv2.GaussianBlur(grey, (0, 0), 1.8 * unit + 0.3) - grey, 0, None) * np.float32(0.026)
    # pigment flows to the edge of a wash and settles in the hollows of the paper
    inner = cv2.GaussianBlur(small[..., 3], (0, 0), 1.3 * unit + 0.3).astype(np.float32) / 255
    edge = np.clip(1 - inner, 0, 0.5) * np.float32(0.42)
    blots = cv2.resize(rng.normal(size=(9, 7)).astype(np.float32), grey.shape[::-1], interpolation=cv2.INTER_CUBIC)
    wash = np.minimum(lines, 0.30) + edge - np.float32(0.06) * blots  # how much more pigment than in the plain wash
    wash = cv2.resize(wash, (width, height), interpolation=cv2.INTER_LINEAR)
    wash += cv2.GaussianBlur(rng.standard_normal((height, width), np.float32), (0, 0), 1.0) * np.float32(0.075)
    colour = cv2.resize(flat, (width, height), interpolation=cv2.INTER_CUBIC)
    thin = np.array([[0.86, -0.06, -0.03, 52], [-0.04, 0.84, -0.04, 50], [-0.04, -0.06, 0.84, 45]], np.float32)
    painted = cv2.transform(colour, thin)  # thin paint lets the paper through
    depth = cv2.convertScaleAbs(1 - wash, alpha=180)  # 180 is the plain wash
    layer = cv2.multiply(painted, cv2.merge([depth, depth, depth]), scale=1 / 180)
    closed = cv2.multiply(layer, cv2.merge([alpha] * 3), scale=1 / 255)
    return np.dstack([cv2.min(closed, cv2.merge([alpha] * 3)), alpha])


def _shrunk(picture: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    import cv2

    size = (max(1, picture.shape[1] // times), max(1, picture.shape[0] // times))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _closed(colour: NDArray[np.uint8], alpha: NDArray[np.uint8], soft_alpha: NDArray[np.uint8]) -> Rgba:
    """A softened colour under the sharp alpha: what bled outside is given back, nothing is brighter than its alpha."""
    import cv2

    gain = cv2.divide(alpha, cv2.max(soft_alpha, 1), scale=64)  # 64 is one
    restored = cv2.multiply(colour, cv2.merge([gain] * 3), scale=1 / 64)
    return np.dstack([cv2.min(restored, cv2.merge([alpha] * 3)), alpha])
