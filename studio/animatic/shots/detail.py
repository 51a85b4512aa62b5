"""The detail: the user's real hand and forearm on the other self's back, from close by, hardly moving.

It is the embrace painted once more through a nearer view, so what is seen here is what is seen there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.animatic.body.guide import Guide
from studio.animatic.scene import Painted, Scene
from studio.animatic.shots.base import Footing
from studio.animatic.shots.held import embracing
from studio.compose.view import View, keep_inside
from studio.core.timeline import Shot

WIDTH_SHOULDERS = 1.25
"""Width of the picture in widths of the user's shoulders."""
MOST_ENLARGED = 4.2
"""Film pixels per clip pixel in the full-size film: a hand bears more than a face."""
_DRIFT = 0.09
"""How far the camera drifts during the shot, as a share of the picture's width."""


class DetailShot(Footing):
    """See `Painter`."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        self._embrace = embracing(scene, replace(shot, name="hold"), detail_views(scene))
        self.start, self.stop = self._embrace.start, self._embrace.stop

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._embrace.paint(film_frame)

    def explain(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._embrace.explain(film_frame)

    def guide(self, film_frame: int) -> Guide | None:
        """See `film_guide`."""
        return self._embrace.guide(film_frame)


def detail_views(scene: Scene) -> tuple[View, View]:
    """A slow drift along the forearms, on the hands; never nearer than the footage bears."""
    person, size, clip = scene.held, scene.size_px, scene.analysis.size_px
    scale = min(size[0] / (WIDTH_SHOULDERS * person.shoulder_px), MOST_ENLARGED * size[1] / 1920)
    # a little towards the elbow that lies farther out, so that a forearm leads the eye to the hand
    hands = person.hands_px
    outer = person.elbows_px[int(np.argmax(np.abs(person.elbows_px[:, 0] - hands[0])))]
    middle = hands + 0.22 * (outer - hands)
    away = _DRIFT * size[0] / scale * float(np.sign(outer[0] - hands[0]) or 1.0)
    # The face stays out of it where the hands lie low enough.
    half = 0.5 * size[1] / scale
    y = float(np.clip(person.chin_px[1] + half, middle[1] - 0.1 * half, middle[1] + 0.6 * half))
    start = View(float(middle[0]) + 0.5 * away, y, scale, size)
    stop = View(float(middle[0]) - 0.5 * away, y, 1.05 * scale, size)
    return keep_inside(start, clip), keep_inside(stop, clip)
