"""The edit: fades and dips where they belong, and nowhere else."""

from __future__ import annotations

import numpy as np

from studio.compose.edit import FADE_OUT_FRAMES, WHITE_FRAMES, Edit
from studio.core.time import FrameRange
from studio.core.timeline import Shot, Timeline


def timeline() -> Timeline:
    def shot(name, a, b, transition="cut"):
        return Shot(name, FrameRange(a, b), FrameRange(0, 10), 1.0, transition)

    shots = (shot("open", 0, 60), shot("glimpse", 60, 120, "white"), shot("embrace", 120, 240))
    return Timeline(shots, (), 240, 120, None)


def test_white_is_brightest_at_the_cut_and_gone_a_little_later() -> None:
    edit = Edit(timeline())
    assert edit.light(59) == edit.light(60) > 0.5
    assert edit.light(60 - WHITE_FRAMES) == 0 == edit.light(60 + WHITE_FRAMES)
    values = [edit.light(n) for n in range(60 - WHITE_FRAMES, 60)]
    assert values == sorted(values)


def test_the_film_begins_and_ends_in_black() -> None:
    edit = Edit(timeline())
    frame = np.full((8, 8, 3), 200, np.uint8)
    assert edit.apply(frame, 239).max() == 0
    assert edit.apply(frame, 0).max() < 60
    assert edit.dark(240 - FADE_OUT_FRAMES - 1) == 0


def test_an_ordinary_frame_is_passed_on_as_it_is() -> None:
    frame = np.full((8, 8, 3), 200, np.uint8)
    assert Edit(timeline()).apply(frame, 40) is frame


def test_light_pulses_at_the_contact() -> None:
    edit = Edit(timeline())
    assert edit.light(119) == 0 < edit.light(125) < edit.light(120)
