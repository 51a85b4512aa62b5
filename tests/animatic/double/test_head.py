"""The drawn head: hair where it grows, white with age, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.animatic.double.head import draw_head
from tests.animatic.double.people import LIGHT, LOOK


@pytest.mark.parametrize("style", ["short", "bob", "long", "tied", "curly", "thin", "bald", "covered"])
def test_every_hair_style_covers_its_part_of_the_head(style: str) -> None:
    drawn = draw_head(replace(LOOK, hair_style=style, hair_rgb=(40, 30, 24)), 700.0, LIGHT)  # type: ignore[arg-type]
    for layer in (drawn.skin, drawn.hair):
        assert np.isfinite(layer).all()
        assert (layer[..., :3] <= layer[..., 3:] + 0.01).all(), "premultiplied"
    head = drawn.build.head * 700
    x, y = drawn.crown_px
    middle = drawn.hair[int(y + 0.45 * head), int(x), 3]
    crown = drawn.hair[int(y + 0.15 * head), int(x), 3]
    back = drawn.hair[int(y + 1.25 * head), int(x - 0.15 * head) : int(x + 0.15 * head), 3].mean()
    if style not in ("thin", "bald"):
        assert middle > 200 and crown > 200
    else:
        assert crown < 120
    assert (back > 120) == (style in ("long", "covered"))


def test_grey_hair_is_lighter() -> None:
    def tone(grey: float) -> float:
        hair = draw_head(replace(LOOK, grey=grey), 500.0, LIGHT).hair
        return float(hair[..., :3].sum() / hair[..., 3].sum())

    assert tone(0.0) + 0.3 < tone(0.5) < tone(1.0) - 0.1


def test_the_same_seed_draws_the_same_strands_and_another_does_not() -> None:
    first, again, other = (draw_head(replace(LOOK, seed=seed), 300.0, LIGHT).hair for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
