"""What an engine that draws again must keep of one film frame: both bodies as they were drawn into it.

The embrace is solved in the clip's camera.  A shot moves its layers as flat pictures (they follow the shoulders,
breathe and sway); the same motion of a pinhole is a roll about the lens' axis, another focal length and another centre.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import Camera
from studio.animatic.body.guide import Guide, guide
from studio.animatic.body.model import Pose, load_body
from studio.animatic.scene import Painter, Scene
from studio.core.frames import Size


@dataclass(frozen=True, slots=True)
class Placing:
    """How the layers of a shot lie in a film frame: film = scale * turn * (clip - clip_px) + film_px.

    Parameters
    ----------
    clip_px, film_px : (x, y), the point of the clip's picture that comes to lie at a point of the film
    scale : film pixels per clip pixel
    turn_deg : clockwise
    """

    clip_px: tuple[float, float]
    film_px: tuple[float, float]
    scale: float
    turn_deg: float

    def to_film(self, points_px: NDArray) -> NDArray[np.float64]:
        """Map (..., 2) points of the clip's picture."""
        turn = _turn(self.turn_deg)[:2, :2]
        away = np.asarray(points_px, np.float64) - self.clip_px
        return self.scale * away @ turn.T + np.asarray(self.film_px)

    def camera(self, camera: Camera, size_px: Size) -> Camera:
        """The clip's camera so moved, but for the roll, which the bodies make."""
        x, y = self.to_film(np.asarray(camera.centre_px))
        return Camera(camera.focal_px * self.scale, (float(x), float(y)), size_px)

    def rolled(self, pose: Pose) -> Pose:
        """A pose in the clip's camera, turned about its axis."""
        turn = _turn(self.turn_deg)
        root, place = turn @ pose.root_rotation, turn @ pose.root_m
        return replace(pose, root_rotation=root.astype(np.float32), root_m=place.astype(np.float32))


def film_guide(scene: Scene, placing: Placing) -> Guide | None:
    """Joints, classes, depth and normals in film pixels; None where the embrace could not be solved."""
    hug, model = scene.hug, load_body()
    if hug.embrace is None:
        return None
    user = model.pose(hug.fit.clothed, placing.rolled(hug.embrace.user))
    other = model.pose(hug.other, placing.rolled(hug.embrace.other))
    worn = scene.double.clothes.wear(other)
    return guide(placing.camera(hug.camera, scene.size_px), model, (user, ()), (other, worn))


def guide_of(painter: Painter, film_frame: int) -> Guide | None:
    """What a painter can say; None where it draws no posed bodies."""
    ask = getattr(painter, "guide", None)
    return None if ask is None else ask(film_frame)


def _turn(degrees: float) -> NDArray[np.float64]:
    a = np.radians(degrees)
    return np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
