"""Where the other self stands when both face the camera.  All lengths in clip pixels.

Rules from trials (and from how people hug): a child's crown ends under the chin and its chin above the arms round it;
who stands behind shows its whole face beside the user's, its chin over the shoulder; side by side shoulders overlap by
a seventh and the heads lean together.  A head keeps nearly its size at every age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.age import head_ratio, stature_ratio
from studio.animatic.person import Person
from studio.animatic.shots.front_other import Anchors
from studio.core.settings import HugSettings, Staging

_NEARER = 1.03
_MOST_LOWER = 1.1
"""Head heights that a smaller one beside the user is lower at most; the user kneels then, out of the picture."""


@dataclass(frozen=True, slots=True)
class Place:
    """Parameters
    ----------
    eyes_px : (2,) where the other's eyes come to lie
    scale : of its cut-out against the clip
    tilt_deg : of its cut-out, clockwise positive
    side : +1 when it stands to the right of the user in the picture
    """

    eyes_px: NDArray[np.float64]
    scale: float
    tilt_deg: float
    side: int

    def put(self, point_px: NDArray, anchors: Anchors) -> NDArray[np.float64]:
        """Where a point of the cut-out (clip pixels of its own frame) comes to lie."""
        turn = np.radians(self.tilt_deg)
        cos, sin = np.cos(turn), np.sin(turn)
        offset = np.asarray(point_px, np.float64) - anchors.eyes_px
        return self.eyes_px + self.scale * np.array([[cos, -sin], [sin, cos]]) @ offset


def size_ratio(age_years: float, my_age_years: float, user: Person, other: Person) -> float:
    """How large the other's cut-out is drawn: the age's head against the user's, and the camera's distance undone."""
    nearer = float(np.clip(user.face_width_px / other.face_width_px, 0.92, 1.10))
    return nearer * head_ratio(age_years) / head_ratio(my_age_years)


def free_side(user: Person) -> int:
    """The side that the user's head leans to: beside people, heads lean together."""
    offset = float(user.face_mid_px[0] - user.shoulder_mid_px[0])
    if abs(offset) > 0.06 * user.shoulder_px:
        return 1 if offset > 0 else -1
    return 1


def place(
    staging: Staging,
    user: Person,
    anchors: Anchors,
    size: float,
    ages: tuple[float, float],
    sex: float,
    hug: HugSettings,
) -> Place:
    """Parameters
    ----------
    size : from `size_ratio`
    ages : of the other, of the user
    hug : its nudges are applied
    """
    unit = user.shoulder_px
    side = free_side(user)
    scale = size * hug.double_scale * (_NEARER if staging == "child-in-front" else 1.0)
    above, below = float(anchors.eyes_px[1]) - anchors.top_y_px, float(anchors.chin_px[1] - anchors.eyes_px[1])
    if staging == "child-in-front":
        top = float(user.chin_px[1]) + 0.05 * user.head_height_px
        x = 0.75 * float(user.shoulder_mid_px[0]) + 0.25 * float(user.face_mid_px[0])
        eyes, tilt = np.array([x, top + scale * above]), 0.0
    else:
        chin = float(user.chin_px[1])
        own = float(anchors.shoulder_px[0] - anchors.eyes_px[0]) * scale
        if staging == "older-behind":
            apart = 0.5 * user.face_width_px * 1.30 + 0.5 * scale * 1.30 * user.face_width_px
            eyes = np.array(
                [float(user.face_mid_px[0]) + side * apart, chin - 0.10 * user.head_height_px - scale * below]
            )
            tilt = -4.0 * side
        else:
            apart = 0.88 * (0.5 * unit + anchors.half_width_px * scale) + 0.06 * unit
            lower = (1 - min(1.0, stature_ratio(ages[0], sex) / stature_ratio(ages[1], sex))) * user.stature_px
            lower = min(lower, _MOST_LOWER * user.head_height_px)
            eyes = np.array([float(user.shoulder_mid_px[0]) + side * apart - own, chin + lower - scale * below])
            tilt = -2.5 * side
    eyes = eyes + unit * np.array([hug.double_dx, hug.double_dy])
    return Place(eyes, scale, tilt + hug.double_lean_deg, side)
