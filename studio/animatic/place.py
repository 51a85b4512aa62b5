"""Where the double stands in the embrace: a small solver over what can be measured.

Rules, from trials on real takes: the user's face stays free (at most a few per cent covered), the user's elbows lie
outside
the double's outline, folded forearms lie across its back, a child's head ends just under the user's chin, an
equal's head
lies beside the user's.  All lengths in clip pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.animatic.age import stature_ratio
from studio.animatic.person import Person
from studio.core.settings import HugSettings

NEARER = 1.05
"""The double stands in front of the user, so it is a little larger than its stature alone would say."""
_LOWEST_CROWN = 0.24
"""How far below the user's chin a child's crown may be, in heads: lower down nobody looks held."""
_MOST_LEAN_DEG = 9.0
_MOST_STEP, _MOST_STEP_IN_ARMS, _MOST_LEAN_ASIDE_DEG = 0.18, 0.06, 13.0
_TRUNK_HALF = 0.108
"""Half the width of a clothed adult with the elbows at the sides, as a share of stature."""


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
    stretch : how much taller than that it is made, by hand or for a hugged thing
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


def solve(
    person: Person, shape: Shape, age_years: float, my_age_years: float, sex: float, *, arms_folded: bool
) -> Stand:
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
    return _equal(person, shape, ratio, side, arms_folded)


def nudge(stand: Stand, hug: HugSettings, person: Person) -> Stand:
    """The place corrected by hand; without corrections it is the same one."""
    return replace(
        stand,
        shoulder_x_px=stand.shoulder_x_px + hug.double_dx * person.shoulder_px,
        shoulder_y_px=stand.shoulder_y_px + hug.double_dy * person.shoulder_px,
        stature_px=stand.stature_px * hug.double_scale,
        stretch=stand.stretch * hug.double_scale,
        lean_deg=stand.lean_deg + hug.double_lean_deg,
    )


def step_aside(stand: Stand, hidden_px: float, person: Person, *, arms_folded: bool = False) -> Stand:
    """Free the user's face: a step to the side as far as the arms allow, then a lean for what is still missing.

    Parameters
    ----------
    hidden_px : how far the double's head reaches into the face, sideways
    arms_folded : the user's filmed arms are round it, so it cannot go far
    """
    step = min(hidden_px, (_MOST_STEP_IN_ARMS if arms_folded else _MOST_STEP) * person.shoulder_px)
    above = 0.16 * stand.stature_px  # shoulder line to the middle of the head
    lean = float(np.degrees(np.arctan2(hidden_px - step, above)))
    lean_deg = float(np.clip(stand.lean_deg + stand.side * lean, -_MOST_LEAN_ASIDE_DEG, _MOST_LEAN_ASIDE_DEG))
    return replace(stand, shoulder_x_px=stand.shoulder_x_px + stand.side * step, lean_deg=lean_deg)


def _free_side(person: Person) -> int:
    """The side away from which the user's head leans; the right one when it leans nowhere."""
    lean = float(person.chin_px[0] - person.shoulder_mid_px[0])
    offset = float(person.face_mid_px[0] - person.shoulder_mid_px[0])
    if abs(offset) > 0.06 * person.shoulder_px:
        return -1 if offset > 0 else 1
    return -1 if lean > 0.02 * person.shoulder_px else 1


def _child(person: Person, shape: Shape, ratio: float, side: int, arms_folded: bool) -> Stand:
    """Under the chin, in the arms: its place is solved from the chin and, when they are folded, from the hands."""
    natural = person.stature_px * ratio * NEARER
    chin = float(person.chin_px[1])
    top = chin  # the crown touches it
    if arms_folded:
        # Forearms should cross the back a third of a shoulder width under the shoulder line, at most the middle of
        # the back.  Low hands hold it lower, they do not make it taller: its stature is its age.
        width = natural * shape.shoulder_width
        wanted = float(person.hands_px[1]) - 0.45 * width - natural * shape.shoulder_to_top
        top = float(np.clip(wanted, top, chin + _LOWEST_CROWN * person.head_height_px))
    shoulder_y = top + natural * shape.shoulder_to_top
    x = float(person.shoulder_mid_px[0]) + side * 0.04 * person.shoulder_px
    if arms_folded:
        x = 0.6 * x + 0.4 * float(person.hands_px[0])
    return Stand(x, shoulder_y, natural, side * 1.0, side * -4.0, side, ratio, 1.0)


def _equal(person: Person, shape: Shape, ratio: float, side: int, arms_folded: bool) -> Stand:
    """Beside the head, chin over shoulder: sideways until the face is free, but within the user's elbows.

    An elbow that disappeared behind the double would leave its forearm lying on the double's back like a thing.
    The side that
    the user's head leaves free is tried first; the other one is taken when it frees clearly more of the face.
    """
    stature = person.stature_px * min(ratio, 1.0)
    apart = 0.5 * stature * shape.head_width + 0.46 * person.face_width_px
    above = stature * shape.shoulder_to_top * 0.6  # shoulders to the middle of the head
    swing = np.sin(np.radians(_MOST_LEAN_DEG)) * above
    half = _TRUNK_HALF * stature
    middle = float(person.shoulder_mid_px[0])
    if arms_folded:
        low, high = float(person.elbows_px[0, 0]) + half, float(person.elbows_px[1, 0]) - half
        if low > high:
            low = high = (low + high) / 2
    else:
        low, high = middle - 0.42 * person.shoulder_px, middle + 0.42 * person.shoulder_px

    def stand_at(side: int) -> tuple[float, float]:
        """Shoulder x on that side, and how many px the head still lacks there."""
        x_head = float(person.face_mid_px[0]) + side * apart
        x = float(np.clip(x_head - side * swing, low, high))
        return x, side * (x_head - x)

    if stand_at(-side)[1] < stand_at(side)[1] - 0.06 * person.shoulder_px:
        side = -side
    x, missing = stand_at(side)
    # What the shoulders cannot give, the lean gives in part; what is left, a lower place.
    lean = float(np.clip(np.degrees(np.arcsin(np.clip(missing / above, 0, 1))), 3.0, _MOST_LEAN_DEG))
    lower = 0.06 * person.shoulder_px + 1.3 * max(0.0, missing - 0.35 * swing)
    y = (
        float(person.shoulder_mid_px[1])
        + min(lower, 0.40 * person.shoulder_px)
        + 0.8 * (1 - min(ratio, 1.0)) * person.stature_px
    )
    return Stand(x, y, stature, side * lean, side * 2.0, side, ratio, 1.0)
