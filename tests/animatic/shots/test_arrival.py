"""The arrival: what it says of the user's own picture, and how the other self is made as soft and grainy as it."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic.build import Animatic
from studio.animatic.shots.arrival import ArrivalShot, _grain, _lay_grain, _missing
from studio.compose.noise import noise_level


def test_the_arrival_knows_what_it_touched(animatic: Animatic) -> None:
    shot = animatic.scene.timeline.named("arrival")
    assert shot is not None
    painter = ArrivalShot(animatic.scene, shot)
    number = shot.film.start + round(0.7 * len(shot.film))
    painted = painter.explain(number)
    assert painted.order == ("user", "double")
    assert painted.own is not None and painted.touched is not None
    assert (painted.frame == painter.paint(number).frame).all(), "explaining changes nothing"
    untouched = painted.touched == 0
    assert 0.3 < untouched.mean() < 1
    assert (painted.frame[untouched] == painted.own[untouched]).all()
    (double,) = painted.drawn
    inside = np.zeros(untouched.shape, bool)
    height, width = double.rgba.shape[:2]
    assert double.x_px >= 0 and double.y_px >= 0
    rows, columns = (slice(double.y_px, double.y_px + height), slice(double.x_px, double.x_px + width))
    inside[rows, columns] = (double.rgba[..., 3] > 127)[: inside[rows].shape[0], : inside[:, columns].shape[1]]
    assert inside.any() and (painted.touched[inside] == 255).all()


@pytest.mark.parametrize("enlarged", [1.0, 1.8])
def test_laid_grain_measures_as_the_footage_does(enlarged: float) -> None:
    rgba = np.full((300, 260, 4), 255, np.uint8)
    rgba[..., :3] = 120
    _lay_grain(rgba, _grain(4.0, enlarged, np.random.default_rng(1)), (37, 59))
    measured = noise_level(np.ascontiguousarray(rgba[..., :3]), np.ones(rgba.shape[:2], np.bool_))
    assert measured == pytest.approx(4.0, rel=0.25)
    clear = np.zeros((40, 40, 4), np.uint8)
    _lay_grain(clear, _grain(4.0, enlarged, np.random.default_rng(1)), (0, 0))
    assert not clear.any(), "nothing is added where nothing was drawn"


def test_a_drawing_that_is_soft_by_its_defocus_is_not_softened_again() -> None:
    assert _missing(4.0, 1.0, 0.0) > 0.5
    assert _missing(4.0, 1.0, 8.0) == 0
    assert _missing(2.0, 1.0, 0.0) == 0
