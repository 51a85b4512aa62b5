"""Captions: in the safe box, readable, or refused with words."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.compose.captions import Captions, draw_line, safe_box_px
from studio.core.errors import PresetError
from studio.core.time import FrameRange
from studio.core.timeline import CaptionCue

SIZE = (540, 960)


def letters(patch) -> tuple[int, int, int, int]:
    """Bounding box of the bright ink on the film: x0, y0, x1, y1."""
    ink = patch.rgba[..., :3].min(-1) > 120
    y, x = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return patch.x_px + x[0], patch.y_px + y[0], patch.x_px + x[-1] + 1, patch.y_px + y[-1] + 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("abcdefgmwMWÄéñ,.!?'", min_size=1, max_size=11), min_size=1, max_size=7))
def test_every_line_stays_in_the_box(words: list[str]) -> None:
    text = " ".join(words)
    if len(text) > 55:
        return
    patch = draw_line(text, SIZE)
    if not (patch.rgba[..., :3].min(-1) > 120).any():
        return  # a single comma has no bright pixel to speak of
    x0, y0, x1, y1 = letters(patch)
    left, top, right, bottom = safe_box_px(SIZE)
    assert left <= x0 and x1 <= right and top <= y0 and y1 <= bottom


def test_a_long_line_breaks_into_two_balanced_ones() -> None:
    one, two = draw_line("hello you", SIZE), draw_line("I came all the way back for you, little one", SIZE)
    assert two.rgba.shape[0] > one.rgba.shape[0]


def test_white_letters_can_be_read_on_white() -> None:
    size = (1080, 1920)
    patch = draw_line("you did so well", size)
    frame = np.full((1920, 1080, 3), 255, np.uint8)
    Captions([CaptionCue("you did so well", FrameRange(0, 60))], size).apply(frame, 30)
    ink = (patch.rgba[..., :3].min(-1) > 90).astype(np.uint8)
    near = cv2.dilate(ink, np.ones((7, 7))) > cv2.dilate(ink, np.ones((3, 3)))
    y, x = np.nonzero(near)
    around = frame[y + patch.y_px, x + patch.x_px] / 255
    linear = np.where(around <= 0.04045, around / 12.92, ((around + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    assert (1.0 + 0.05) / (np.median(linear) + 0.05) >= 4.5


def test_it_fades_in_and_out_and_is_gone_outside() -> None:
    captions = Captions([CaptionCue("hi", FrameRange(10, 70))], SIZE)
    black = np.zeros((960, 540, 3), np.uint8)

    def brightness(index: int) -> int:
        frame = black.copy()
        captions.apply(frame, index)
        return int(frame.max())

    assert brightness(9) == 0 and brightness(70) == 0
    assert 0 < brightness(12) < brightness(40) > brightness(67) > 0


@pytest.mark.parametrize("text", ["我回来了", "hi 🤗", "مرحبا"])
def test_signs_without_a_glyph_are_refused_with_words(text: str) -> None:
    with pytest.raises(PresetError, match="no "):
        draw_line(text, SIZE)


def test_a_novel_is_refused() -> None:
    with pytest.raises(PresetError, match="too long"):
        draw_line("once upon a time " * 12, SIZE)
