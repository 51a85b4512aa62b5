"""How the double's body stands before a camera: at a place in the picture, with its back to the lens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import AWAY, Camera
from studio.animatic.body.model import BodyModel, Pose
from studio.animatic.body.poses import aim, standing
from studio.animatic.body.shape import Rest

DISTANCE = 1.6
"""Of the lens from the figure, in its own statures: a person filmed from hips to head."""


def camera_for(stature_px: float, distance: float = DISTANCE) -> Camera:
    """A camera before which a body so many statures away is ``stature_px`` tall, with room around it."""
    side = int(2.6 * stature_px) + 16
    return Camera(stature_px * distance, (side / 2, side / 2), (side, side))


def turned_away(
    rest: Rest, rotations_rad: NDArray, lean_deg: float = 0.0, below: float = 0.82, distance: float = DISTANCE
) -> Pose:
    """The body with its back to the lens, leaning to the picture's right.

    Parameters
    ----------
    below, distance : how far the ground lies under the lens, and the body before it, in statures
    """
    a = np.radians(lean_deg)
    lean = np.array([[np.cos(a), -np.sin(a), 0.0], [np.sin(a), np.cos(a), 0.0], [0.0, 0.0, 1.0]])
    height = rest.shape.height_m
    place = np.array([0.0, below * height, distance * height])
    return Pose(np.asarray(rotations_rad, np.float32), (lean @ AWAY).astype(np.float32), place.astype(np.float32))


def tilted(model: BodyModel, rotations_rad: NDArray, degrees: float) -> NDArray[np.float32]:
    """The rotations with the head tilted to the picture's right, as seen from behind."""
    out = np.array(rotations_rad, np.float32)
    for bone, share in (("neck", 0.5), ("head", 0.5)):
        out[model.bone(bone), 2] += np.radians(share * degrees)
    return out


def holding(model: BodyModel, rest: Rest) -> NDArray[np.float32]:
    """Rotations (b, 3) of somebody who holds a person of any size before them: arms round a waist, at a guess.

    `body.contact` finds better ones where the other body is known.
    """
    out = standing(model, rest)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        aim(model, rest, out, f"{side}_upper_arm", f"{side}_forearm", np.array([0.42 * sign, -0.80, 0.55]))
        aim(model, rest, out, f"{side}_forearm", f"{side}_hand", np.array([-0.25 * sign, -0.05, 0.95]))
        aim(model, rest, out, f"{side}_hand", f"{side}_middle_1", np.array([-0.6 * sign, 0.0, 0.7]))
    return out
