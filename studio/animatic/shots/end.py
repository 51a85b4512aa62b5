"""The end: the camera draws back from the two in growing light.

Light, because it is what a memory goes into; and it hides a picture that is seen for long.  Where nobody's arms could
be laid round the other self nothing is drawn at all: the user's arms stand open once more, and what they hold is light.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.animatic.body.guide import Guide
from studio.animatic.scene import Painted, Scene, ease
from studio.animatic.shots import framing
from studio.animatic.shots.base import Footing
from studio.animatic.shots.embrace import EmbraceShot
from studio.animatic.shots.held import embracing
from studio.core.frames import Frame, Size
from studio.core.timeline import Shot

_WARM = (1.0, 0.90, 0.72)
_STRONGEST = 0.85
"""Light in the brightest spot at the last frame, 1 is white."""


class EndShot(Footing):
    """See `Painter`."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        clip, size = scene.analysis.size_px, scene.size_px
        self._embrace: EmbraceShot | None = None
        if scene.forearms is not None or scene.posed_arms is not None:
            # Only as far back as the clip reaches: light needs no invented background.
            far = framing.medium(scene.held, clip, size, 3.6)
            self.stop = framing.zoom(far, max(1.0, _cover(clip, size) / far.scale), clip)
            near = framing.medium(scene.held, clip, size, 2.6)
            self.start = framing.zoom(near, max(1.0, 1.15 * self.stop.scale / near.scale), clip)
            self._embrace = embracing(scene, replace(shot, name="hold"), (self.start, self.stop))
            self.start, self.stop = self._embrace.start, self._embrace.stop
            about = scene.held.face_mid_px + np.array([0.0, 0.2 * scene.held.head_height_px])
        else:
            tracks, opened = scene.analysis.tracks, scene.opened
            self.stop = framing.wide(tracks, scene.analysis.take.open_arms, opened, clip, size)
            self.start = framing.zoom(self.stop, 1.10, clip)
            about = opened.shoulder_mid_px
        middle = self.start.blend(self.stop, 0.5).to_film(np.asarray(about, np.float32)[None])[0]
        self._glow = _glow(size, (float(middle[0]), float(middle[1])), scene.analysis.light.direction[0])

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        return self._lit(self._plain(film_frame), self.progress(film_frame))

    def explain(self, film_frame: int) -> Painted:
        """See `Painter`: the light is in the user's own picture too, it is no part of what was drawn."""
        t = self.progress(film_frame)
        if self._embrace is None:
            return super().explain(film_frame)
        painted = self._embrace.explain(film_frame)
        own = painted.own
        return replace(self._lit(painted, t), own=None if own is None else self._light(own, t))

    def guide(self, film_frame: int) -> Guide | None:
        """See `film_guide`."""
        return None if self._embrace is None else self._embrace.guide(film_frame)

    def _plain(self, film_frame: int) -> Painted:
        if self._embrace is not None:
            return self._embrace.paint(film_frame)
        view = self.start.blend(self.stop, ease(self.progress(film_frame)))
        return Painted(self.see(self.position(film_frame), view))

    def _lit(self, painted: Painted, t: float) -> Painted:
        return replace(painted, frame=self._light(painted.frame, t))

    def _light(self, frame: Frame, t: float) -> Frame:
        """Screen the glow over the frame: a + b (1 - a)."""
        import cv2

        level = 0.10 + 0.90 * t**1.6
        return cv2.add(frame, cv2.multiply(cv2.bitwise_not(frame), self._glow, scale=level / 255))


def _cover(clip_size_px: Size, size_px: Size) -> float:
    """The scale at which the clip fills the film."""
    return max(size_px[0] / clip_size_px[0], size_px[1] / clip_size_px[1])


def _glow(size_px: Size, at_px: tuple[float, float], light_x: float) -> Frame:
    """(H, W, 3) light that comes from behind the head, from the side of the scene's light."""
    import cv2

    width, height = size_px
    small = (max(2, width // 8), max(2, height // 8))
    x, y = np.meshgrid((np.arange(small[0]) + 0.5) / small[0], (np.arange(small[1]) + 0.5) / small[1])
    aspect = height / width
    cx, cy = at_px[0] / width + 0.22 * float(np.sign(light_x) or 1.0), at_px[1] / height - 0.10
    distance = np.hypot(x - cx, (y - cy) * aspect)
    level = _STRONGEST * (0.75 * np.exp(-((distance / 0.42) ** 2)) + 0.45 * np.exp(-((distance / 1.1) ** 2)))
    light = np.clip(255 * level[..., None] * np.array(_WARM), 0, 255).astype(np.float32)
    return cv2.resize(light, size_px, interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)
