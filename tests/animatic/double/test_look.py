"""What the double looks like follows from the settings and the user's own colours."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.double.look import DoubleLook, look_for
from studio.core.settings import CloneSettings


def test_look_for_keeps_the_own_style_and_ages_it() -> None:
    rng = np.random.default_rng(0)

    def look(age: float, own: str = "long", **changes: object) -> DoubleLook:
        clone = CloneSettings(age_years=age, my_age_years=30, **changes)  # type: ignore[arg-type]
        return look_for(clone, (90, 66, 48), (214, 170, 148), (170, 60, 50), (70, 90, 120), rng, own)  # type: ignore[arg-type]

    child, old = look(8), look(75)
    assert child.hair_style == "long" and child.grey == 0
    greys = [look(age).grey for age in (30, 45, 55, 65, 75, 85)]
    assert greys == sorted(greys) and greys[0] == 0 and greys[-1] == 1 and 0.1 < greys[1] < 0.3
    assert old.hair_style == "long" and 0.85 < old.grey <= 1
    assert look(75, "short", sex="male").hair_style == "thin"
    assert look(8, "bald").hair_style == "short"
    assert look(8, hair="tied").hair_style == "tied"
    for one in (child, old):
        assert np.abs(np.subtract(one.garment_rgb, (170, 60, 50))).max() > 50
    assert look(8, garment_rgb=(1, 2, 3)).garment_rgb == (1, 2, 3)


@pytest.mark.parametrize("skin", [(213, 192, 173), (224, 180, 150), (150, 105, 80), (80, 52, 40)])
def test_an_old_selfs_cardigan_is_not_the_colour_of_skin(skin) -> None:
    for user in ((190, 50, 40), (20, 20, 25), (60, 120, 90), (150, 150, 155)):
        look = look_for(
            CloneSettings(age_years=75, garment="cardigan"),
            (80, 60, 50),
            skin,
            user,
            (60, 70, 90),
            np.random.default_rng(2),
        )
        cloth = np.array(look.garment_rgb, float)
        assert np.abs(cloth / cloth.sum() - np.array(skin, float) / sum(skin)).max() > 0.045
