"""The grade: one matrix, one curve, glow, vignette and grain, the same over every shot.

The order is that of a camera: light (glow, vignette), colour, film (fade), then grain on top.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Size
from studio.core.settings import LookSettings

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # BT.709


class Grade:
    """A look prepared for one film size.

    Parameters
    ----------
    look : intensities, 0 for untouched
    size_px : of the film
    rng : draws the grain tiles
    """

    def __init__(self, look: LookSettings, size_px: Size, rng: np.random.Generator) -> None:
        self.look = look
        self.size_px = size_px
        self._matrix = _colour_matrix(look)
        self._curve = _film_curve(look.fade)
        self._vignette = _vignette(size_px, look.vignette) if look.vignette > 0 else None
        self._grain = _grain_tiles(size_px, look.grain, rng) if look.grain > 0 else ()

    def apply(self, frame: Frame, index: int) -> Frame:
        """Grade one frame; ``index`` chooses the grain, so that a film is the same whenever it is drawn."""
        import cv2

        if self.look.glow > 0:
            frame = _glow(frame, self.look.glow)
        if self._vignette is not None:
            frame = cv2.multiply(frame, self._vignette, scale=1 / 255)
        frame = cv2.transform(frame, self._matrix)
        frame = cv2.LUT(frame, self._curve)
        if self._grain:
            frame = self._with_grain(frame, index)
        return frame

    def _with_grain(self, frame: Frame, index: int) -> Frame:
        import cv2

        tile = self._grain[index % len(self._grain)]
        # A different cut of the tile every frame: four tiles last for the whole film.
        dx, dy = (index * 37) % 64, (index * 53) % 64
        height, width = frame.shape[:2]
        grain = tile[dy : dy + height, dx : dx + width]
        return cv2.add(frame, grain, dtype=cv2.CV_8U)


def _colour_matrix(look: LookSettings) -> NDArray[np.float32]:
    """3x4: saturation about luma, then warmth as opposite gains of red and blue that keep the luma of grey."""
    saturation = 1 + 0.5 * look.saturation
    mix = saturation * np.eye(3, dtype=np.float32) + (1 - saturation) * _LUMA[None, :]
    gain = np.array([1 + 0.10 * look.warmth, 1 + 0.012 * look.warmth, 1 - 0.13 * look.warmth], np.float32)
    gain /= float(_LUMA @ gain)
    return np.hstack([gain[:, None] * mix, np.zeros((3, 1), np.float32)]).astype(np.float32)


def _film_curve(fade: float) -> NDArray[np.uint8]:
    """Lifted blacks, rolled whites and a gentle S between, per channel a little different: warm highlights, cool
    shadows."""
    x = np.linspace(0, 1, 256)
    s = x + 0.10 * fade * np.sin(2 * np.pi * (x - 0.5)) * (x * (1 - x) * 4) ** 0.5 / 2
    tables = []
    for black, white in ((0.040, 0.985), (0.042, 0.972), (0.055, 0.945)):
        low, high = black * fade, 1 - (1 - white) * fade
        tables.append(np.clip(255 * (low + (high - low) * s), 0, 255))
    return np.rint(np.stack(tables, -1)).astype(np.uint8)[None]


def _vignette(size_px: Size, strength: float) -> NDArray[np.uint8]:
    width, height = size_px
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    r = np.hypot((x / width - 0.5) / 0.62, (y / height - 0.46) / 0.66)
    fall = np.clip(r - 0.45, 0, 1) ** 2
    return np.repeat(np.rint(255 * (1 - 0.75 * strength * fall)).astype(np.uint8)[..., None], 3, axis=2)


def _glow(frame: Frame, strength: float) -> Frame:
    """Halation: the highlights, blurred and warm, screened over the picture; at an eighth of the size."""
    import cv2

    height, width = frame.shape[:2]
    small = cv2.resize(frame, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    bright = cv2.subtract(small, (150, 150, 150, 0))
    bright = cv2.GaussianBlur(bright, (0, 0), height / 8 * 0.022)
    light = cv2.resize(bright, (width, height), interpolation=cv2.INTER_LINEAR)
    light = cv2.multiply(light, (0.75 * strength, 0.6 * strength, 0.45 * strength, 0))
    # screen: a + b - ab
    return cv2.subtract(cv2.add(frame, light), cv2.multiply(frame, light, scale=1 / 255))


def _grain_tiles(size_px: Size, strength: float, rng: np.random.Generator) -> tuple[NDArray[np.int8], ...]:
    """Four monochrome-leaning noise tiles a little larger than the film, int8, slightly soft as film grain is."""
    import cv2

    width, height = size_px
    soft_px = 0.55 * max(1.0, height / 1920)
    tiles = []
    for _ in range(4):
        shape = (height + 64, width + 64)
        grey = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), soft_px)
        grey *= np.float32(7.0 * strength / max(float(grey.std()), 1e-6))
        tiles.append(
            cv2.cvtColor(np.clip(np.rint(grey), -127, 127).astype(np.float32), cv2.COLOR_GRAY2RGB).astype(np.int8)
        )
    return tuple(tiles)
