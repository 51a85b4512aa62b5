"""What all shots share, and the opening: the user alone, arms opening, nothing drawn into it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.animatic.body.guide import Guide
from studio.animatic.film_guide import guide_of
from studio.animatic.footage import source_position
from studio.animatic.scene import Painted, Painter, Scene, ease
from studio.animatic.shots import framing
from studio.compose.view import View, look
from studio.core.frames import Frame, Size
from studio.core.timeline import Shot

MOST_DIMMED = 0.3
"""How much of the light a shot loses that is barely worth telling."""


class Footing:
    """Common ground of the shots: the clip position, the view and the clip frame of a film frame.

    A shot that moves the camera over the clip sets ``start`` and ``stop``.
    """

    def __init__(self, scene: Scene, shot: Shot) -> None:
        self.scene, self.shot = scene, shot

    def position(self, film_frame: int) -> float:
        """The clip position shown at a film frame."""
        return source_position(
            self.shot.source, self.shot.film, film_frame, self.scene.analysis.rate, self.scene.timeline.rate
        )

    def progress(self, film_frame: int) -> float:
        """0 at the shot's first frame, 1 at its last."""
        return (film_frame - self.shot.film.start) / max(1, len(self.shot.film) - 1)

    def view(self, film_frame: int) -> View | None:
        """The view of the clip that a film frame shows; None where a shot shows no clip frame as it is."""
        start, stop = getattr(self, "start", None), getattr(self, "stop", None)
        if not isinstance(start, View) or not isinstance(stop, View):
            return None
        return start.blend(stop, ease(self.progress(film_frame)))

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        raise NotImplementedError

    def explain(self, film_frame: int) -> Painted:
        """See `Painter`.  A shot that does not say more has made its whole picture itself."""
        painted = self.paint(film_frame)
        touched = np.full(painted.frame.shape[:2], 255 if painted.drawn else 0, np.uint8)
        return replace(painted, own=painted.frame, touched=touched)

    def see(self, position: float, view: View) -> Frame:
        """The clip through a view."""
        return self.seen(self.scene.footage.at(position), position, view)

    def seen(self, frame: Frame, position: float, view: View) -> Frame:
        """A clip frame, perhaps changed, through a view; the background goes on past the clip's edge."""
        beyond = self.scene.backdrop.beyond(view, self.scene.analysis.size_px, position)
        return look(frame, view, beyond=beyond)


class Hidden:
    """A weak shot, kept in the dark: dimmer, and much dimmer towards its edges."""

    def __init__(self, painter: Painter, amount: float, size_px: Size) -> None:
        import cv2

        self._painter = painter
        x, y = np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 64))
        shade = 1 - amount * (MOST_DIMMED * 0.5 + MOST_DIMMED * np.clip(np.hypot(x, 0.8 * y) - 0.25, 0, 1))
        grey = cv2.resize(np.float32(255 * shade), size_px, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
        self._shade = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._dimmed(self._painter.paint(film_frame))

    def position(self, film_frame: int) -> float:
        """See `Painter`."""
        return self._painter.position(film_frame)

    def view(self, film_frame: int) -> View | None:
        """See `Painter`."""
        return self._painter.view(film_frame)

    def explain(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._dimmed(self._painter.explain(film_frame))

    def guide(self, film_frame: int) -> Guide | None:
        """See `film_guide`."""
        return guide_of(self._painter, film_frame)

    def _dimmed(self, painted: Painted) -> Painted:
        import cv2

        own = painted.own
        return replace(
            painted,
            frame=cv2.multiply(painted.frame, self._shade, scale=1 / 255),
            own=None if own is None else cv2.multiply(own, self._shade, scale=1 / 255),
        )


class OpenShot(Footing):
    """Wide: the user, arms opening.  Nothing is drawn into it."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        clip = scene.analysis.size_px
        last = framing.wide(scene.analysis.tracks, scene.analysis.take.open_arms, scene.opened, clip, scene.size_px)
        tight = framing.medium(scene.opened, clip, scene.size_px, 5.2)
        # Where the gesture fits, the camera drifts in; where it does not, it pulls back as the arms open.
        covers = last.scale * clip[1] >= scene.size_px[1] * 0.99
        self.start, self.stop = (
            (framing.zoom(last, 0.965, clip), last) if covers else (tight if tight.scale > last.scale else last, last)
        )

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        view = self.start.blend(self.stop, ease(self.progress(film_frame)))
        return Painted(self.see(self.position(film_frame), view))
