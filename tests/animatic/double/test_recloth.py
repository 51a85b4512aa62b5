"""A drape on the back of a figure that was drawn otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.animatic.double.drape import Press
from studio.animatic.double.figure import build_of
from studio.animatic.double.garment import Cloth, weave
from studio.animatic.double.recloth import recloth
from studio.core.people import Light

BUILD = build_of(30, 0.5)
CLOTH = Cloth("jumper", (150, 120, 60), False, weave(np.random.default_rng(1)), 3)
LEFT, RIGHT, HIP = (100.0, 90.0), (220.0, 90.0), (160.0, 260.0)


def back() -> np.ndarray:
    """A plain back in the jumper's colour with trousers below."""
    picture = np.zeros((400, 320, 4), np.uint8)
    picture[60:280, 90:230] = (150, 120, 60, 255)
    picture[280:390, 100:220] = (60, 70, 90, 255)
    return picture


def clothed(cloth: Cloth = CLOTH, press: tuple[Press, ...] = ()) -> np.ndarray:
    return recloth(back(), LEFT, RIGHT, HIP, BUILD, cloth, Light(contrast=0.4), press)


def test_only_the_light_on_the_garment_changes() -> None:
    out = clothed()
    assert np.array_equal(out[..., 3], back()[..., 3])
    assert (out[..., :3] <= out[..., 3:]).all()
    assert out[130:240, 130:190, 0].astype(float).std() > 3, "folds where all was even"
    assert np.array_equal(out[330:], back()[330:]), "trousers stay"


def test_pressing_arms_change_the_folds() -> None:
    held = clothed(press=(Press((-0.6, 0.5), (0.3, 0.6)),))
    assert np.abs(held.astype(int) - clothed().astype(int))[150:240, 120:200].mean() > 0.5


def test_stripes_lie_on_the_garment_only() -> None:
    out = clothed(replace(CLOTH, garment="tee", stripes=True))
    column = out[120:250, 160, :3].astype(int).sum(1)
    assert np.ptp(column) > 150
    assert np.array_equal(out[330:], back()[330:])


@pytest.mark.parametrize("trousers", [(110, 92, 60), (75, 60, 30)], ids=["nearly the hue", "the hue, darker"])
def test_trousers_of_the_garments_hue_get_no_stripes(trousers: tuple[int, int, int]) -> None:
    picture = back()
    picture[280:390, 100:220, :3] = trousers
    cloth = replace(CLOTH, garment="tee", stripes=True)
    out = recloth(picture, LEFT, RIGHT, HIP, BUILD, cloth, Light(contrast=0.4), (), trousers)
    assert np.array_equal(out[282:], picture[282:])
    assert np.ptp(out[120:250, 160, :3].astype(int).sum(1)) > 150, "on the garment they stay"


def test_a_hoodie_gets_its_hood() -> None:
    plain, hood = clothed(), clothed(replace(CLOTH, garment="hoodie"))
    assert np.abs(plain.astype(int) - hood.astype(int))[85:115, 140:180].mean() > 3


@pytest.mark.parametrize(
    "at", [((10.0, 10.0), (12.0, 10.0), (11.0, 40.0)), ((500.0, 900.0), (600.0, 900.0), (550.0, 990.0))]
)
def test_what_cannot_be_clothed_stays(at: tuple) -> None:
    assert np.array_equal(recloth(back(), *at, BUILD, CLOTH, Light()), back())


def test_the_users_own_cloth_shows_in_its_pattern() -> None:
    checks = np.ones((32, 32, 3), np.float32)
    checks[:16], checks[16:] = 1.3, 0.7
    own = clothed(replace(CLOTH, tile=checks, tile_st=0.05))
    across = own[130:200, 160, 0].astype(float)
    assert across.std() > 1.5 * clothed()[130:200, 160, 0].astype(float).std()
