"""Captions: one quiet line that fades in and out, always inside the box that every platform leaves free.

The box is the intersection of what TikTok, Reels and Shorts cover with their own buttons and texts, at 1080x1920:
x 108 to 930, y 384 to 1248.  A line is drawn once, with a soft dark shadow under it for contrast on any picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from studio.core.errors import PresetError
from studio.core.frames import Frame, Patch, Size
from studio.core.timeline import CaptionCue

SAFE_BOX = (108 / 1080, 384 / 1920, 930 / 1080, 1248 / 1920)
"""x0, y0, x1, y1 as shares of the frame."""

_FONTS = Path(__file__).parent / "fonts"
_FADE_FRAMES = 12


def safe_box_px(size_px: Size) -> tuple[int, int, int, int]:
    """The safe box in pixels: x0, y0, x1, y1."""
    width, height = size_px
    x0, y0, x1, y1 = SAFE_BOX
    return round(x0 * width), round(y0 * height), round(x1 * width), round(y1 * height)


def draw_line(text: str, size_px: Size) -> Patch:
    """One caption, wrapped and shrunk to the safe box, at its bottom.

    Raises
    ------
    PresetError : a sign that the bundled fonts do not have
    """
    from PIL import Image, ImageDraw, ImageFilter

    width, height = size_px
    x0, _, x1, y1 = safe_box_px(size_px)
    room = x1 - x0 - 0.02 * width
    _refuse_missing(text)
    for share in (0.058, 0.052, 0.047, 0.042, 0.037, 0.032):
        font = _font(round(share * width))
        lines = _wrap(text, font, room)
        if len(lines) <= 2 and all(font.getlength(line) <= room for line in lines):
            break
    else:
        raise PresetError(
            f"The caption is too long: {text[:40]!r}...", "Keep a caption under about 70 letters.", key="captions.lines"
        )
    step = round(font.size * 1.28)
    margin = round(0.03 * height)
    tall, wide = step * len(lines) + 2 * margin, x1 - x0 + 2 * margin
    ink = Image.new("L", (wide, tall), 0)
    pen = ImageDraw.Draw(ink)
    for number, line in enumerate(lines):
        pen.text((wide / 2, margin + step * (number + 0.5)), line, fill=255, font=font, anchor="mm")
    shadow = ink.filter(ImageFilter.GaussianBlur(0.22 * font.size))
    grown = ink.filter(ImageFilter.MaxFilter(2 * max(1, round(0.045 * font.size)) + 1))
    tight = grown.filter(ImageFilter.GaussianBlur(0.05 * font.size))
    letters = np.asarray(ink, np.float32) / 255
    dark = np.clip(1.5 * np.asarray(shadow, np.float32) / 255, 0, 0.62)
    dark = np.maximum(dark, 0.82 * np.asarray(tight, np.float32) / 255)
    alpha = letters + dark * (1 - letters)
    rgba = np.empty((tall, wide, 4), np.uint8)
    rgba[..., :3] = np.rint(letters[..., None] * np.array([255, 250, 242], np.float32))
    rgba[..., 3] = np.rint(255 * alpha)
    return Patch(rgba, x0 - margin, y1 - tall + margin - round(0.006 * height))


def _refuse_missing(text: str) -> None:
    missing = sorted({sign for sign in text if not sign.isspace() and not _has(sign)})
    if missing:
        raise PresetError(
            f"The bundled font has no {' '.join(missing)}.",
            "Captions are set in Latin letters in this version; leave that sign out.",
            key="captions.lines",
        )


def _font(size: int, name: str = "Lora-MediumItalic.ttf"):
    from PIL import ImageFont

    return ImageFont.truetype(str(_FONTS / name), size)


def _has(sign: str) -> bool:
    font = _font(32)
    empty = font.getmask("\U0010ffff")
    mask = font.getmask(sign)
    return mask.size != empty.size or bytes(mask) != bytes(empty)


def _wrap(text: str, font, room: float) -> list[str]:
    """Two balanced lines when one is too long: the break that makes the longer line shortest."""
    if font.getlength(text) <= room:
        return [text]
    words = text.split()
    if len(words) < 2:
        return [text]
    halves = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    return list(min(halves, key=lambda pair: max(font.getlength(line) for line in pair)))


class Captions:
    """The captions of a film, drawn once and laid on its frames."""

    def __init__(self, cues: Sequence[CaptionCue], size_px: Size) -> None:
        self._lines = [(cue.film, draw_line(cue.text, size_px)) for cue in cues]
        self._rise_px = 0.006 * size_px[1]

    def apply(self, frame: Frame, index: int) -> None:
        """Lay what is due at film frame ``index`` on ``frame``, in place."""
        from studio.compose.blend import over

        for film, patch in self._lines:
            if index not in film:
                continue
            rise = min(1.0, (index - film.start + 1) / _FADE_FRAMES)
            fall = min(1.0, (film.stop - index) / _FADE_FRAMES)
            opacity = min(rise, fall)
            opacity = opacity * opacity * (3 - 2 * opacity)
            lift = round((1 - rise) ** 2 * self._rise_px)
            over(frame, Patch(patch.rgba, patch.x_px, patch.y_px + lift), opacity)
