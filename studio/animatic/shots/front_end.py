"""The end of a film in which both face the camera: it draws back from the two in growing light."""

from __future__ import annotations

from dataclasses import replace

from studio.animatic.scene import Painted, Scene
from studio.animatic.shots.end import EndShot
from studio.animatic.shots.front import FrontShot
from studio.core.timeline import Shot


class FrontEnd(EndShot):
    """See `Painter`.  The light is that of every end; what it falls on is the front-facing embrace."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(replace(scene, forearms=None), shot)  # only its light is wanted, not the embrace from behind
        self._front = FrontShot(scene, shot)

    def explain(self, film_frame: int) -> Painted:
        """See `Painter`."""
        t = self.progress(film_frame)
        painted = self._front.explain(film_frame)
        own = painted.own
        return replace(self._lit(painted, t), own=None if own is None else self._light(own, t))

    def _plain(self, film_frame: int) -> Painted:
        return self._front.paint(film_frame)
