"""Where the double stands in the embrace: a small solver over what can be measured.

Rules, from trials on real takes: the user's face stays free (at most a few per cent covered), the user's elbows lie outside
the double's outline, folded forearms lie across its back, a child's head ends just under the user's chin, an equal's head
lies beside the user's.  All lengths in clip pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.animatic.age import stature_ratio
from studio.animatic.person import Person

NEARER = 1.05
"""The double stands in front of the user, so it is a little larger than its stature alone would say."""
_MOST_STRETCH = 1.22


@dataclass(frozen=True, slots=True)
class Stand:
    """A place for the double's sprite.

    Parameters
    ----------
    shoulder_x_px, shoulder_y_px : middle of its shoulder line, clip pixels
    stature_px : of the double, clip pixels, nearness included
    lean_deg, tilt_deg : lean of its trunk and tilt of its head, clockwise positive
    side : +1 when its head lies to the right of the user's in the picture, -1 left
    stature_ratio : double to user, without nearness: what the age table says
    stretch : how much more the hands' height made it than that
    """

    shoulder_x_px: float
    shoulder_y_px: float
    stature_px: float
    lean_deg: float
    tilt_deg: float
    side: int
    stature_ratio: float
    stretch: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Proportions of the double as shares of its stature (read off its own drawing)."""

    shoulder_to_top: float
    shoulder_width: float
    head_width: float


def solve(person: Person, shape: Shape, age_years: float, my_age_years: float, sex: float, *, arms_folded: bool) -> Stand:
    """Place the double for the embrace.

    Parameters
    ----------
    person : measured over the frames of the embrace
    arms_folded : whether the user's own forearms will lie over it
    """
    ratio = stature_ratio(age_years, sex) / stature_ratio(my_age_years, sex)
    side = _free_side(person)
    if ratio < 0.9:
        return _child(person, shape, ratio, side, arms_folded)
    return _equal(person, shape, ratio, side)


def _free_side(person: Person) -> int:
    """The side away from which the user's head leans; the right one when it leans nowhere."""
    lean = float(person.chin_px[0] - person.shoulder_mid_px[0])
    offset = float(person.face_mid_px[0] - person.shoulder_mid_px[0])
    if abs(offset) > 0.06 * person.shoulder_px:
        return -1 if offset > 0 else 1
    return -1 if lean > 0.02 * person.shoulder_px else 1


def _child(person: Person, shape: Shape, ratio: float, side: int, arms_folded: bool) -> Stand:
    """Under the chin, in the arms: the height is solved from the chin and, when folded, from the hands."""
    natural = person.stature_px * ratio * NEARER
    chin = float(person.chin_px[1])
    top = chin + 0.10 * person.head_height_px
    stretch = 1.0
    if arms_folded:
        # Forearms should cross the back a third of a shoulder width under the shoulder line, at most the middle of the back.
        width = natural * shape.shoulder_width
        wanted = float(person.hands_px[1]) - 0.45 * width
        head = natural * shape.shoulder_to_top
        stretch = float(np.clip((wanted - top) / head, 1.0, _MOST_STRETCH))
    stature = natural * stretch
    shoulder_y = top + stature * shape.shoulder_to_top
    x = float(person.shoulder_mid_px[0]) + side * 0.04 * person.shoulder_px
    if arms_folded:
        x = 0.6 * x + 0.4 * float(person.hands_px[0])
    return Stand(x, shoulder_y, stature, side * 1.0, side * -4.0, side, ratio, stretch)


def _equal(person: Person, shape: Shape, ratio: float, side: int) -> Stand:
    """Beside the head, chin over shoulder: sideways until the face is free, a little lower for closeness."""
    stature = person.stature_px * min(ratio, 1.0) * NEARER
    head = stature * shape.head_width
    face = float(person.face_mid_px[0])
    lean = 5.0 * side
    # The trunk leans about the hips, so the head moves farther out than the shoulders do.
    swing = np.tan(np.radians(5.0)) * stature * (shape.shoulder_to_top * 0.6 + 0.29)
    apart = 0.5 * head + 0.40 * person.face_width_px
    x_head = face + side * apart
    x = x_head - side * swing * 0.45
    limit = 0.42 * person.shoulder_px  # farther out nobody would call it an embrace
    x = float(np.clip(x, person.shoulder_mid_px[0] - limit, person.shoulder_mid_px[0] + limit))
    # A little under the user's shoulders, and lower by what the other is shorter.
    y = float(person.shoulder_mid_px[1]) + 0.06 * person.shoulder_px + 0.8 * (1 - min(ratio, 1.0)) * person.stature_px
    return Stand(x, y, stature, lean, -3.0 * side, side, ratio, 1.0)
