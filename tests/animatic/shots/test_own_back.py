"""The user's own back before the lens, with the other's arms on it."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.shots.own_back import _beyond_px
from studio.compose.blend import pad_patch
from studio.core.frames import Patch


def _patch(x_px: int, y_px: int, width: int, height: int) -> Patch:
    return Patch(np.full((height, width, 4), 255, np.uint8), x_px, y_px)


@pytest.mark.parametrize("at", [(120, 50), (-40, 50), (30, -25), (30, 160), (30, 40)])
def test_the_backs_picture_is_widened_until_the_arms_fit_in(at: tuple[int, int]) -> None:
    back, arms = _patch(0, 0, 100, 150), _patch(*at, 60, 40)
    whole = pad_patch(back, _beyond_px(back, arms))
    height, width = whole.rgba.shape[:2]
    assert whole.x_px <= arms.x_px and whole.y_px <= arms.y_px
    assert arms.x_px + 60 <= whole.x_px + width and arms.y_px + 40 <= whole.y_px + height


def test_arms_within_the_back_ask_for_nothing() -> None:
    assert _beyond_px(_patch(0, 0, 100, 150), _patch(20, 20, 60, 40)) == 0
