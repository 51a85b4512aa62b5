"""Where the double's head goes on a hugged thing, and how large it is; or that a hood stays up.

A head drawn over a hood must hide it.  When it would have to be larger than heads are for that, the hood is left as it
is: from behind, a hood that is up *is* a head, and its pixels are real.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.animatic.double.figure import Build
from studio.animatic.standin import Place

_LARGEST = 1.15
"""Head of the double by the user's own; it is a little nearer to the camera."""
_OUTLINE = 1.36
"""Width of the clothed shoulders by the distance of their joints."""


@dataclass(frozen=True, slots=True)
class HeadSeat:
    """Where a head is drawn, in clip pixels.

    Parameters
    ----------
    crown_px : top of the skull
    stature_px : standing height of a double with that head (what ``double.sprite.dress`` asks for)
    tilt_deg : positive to the picture's right
    """

    crown_px: tuple[float, float]
    stature_px: float
    tilt_deg: float


def seat_head(place: Place, build: Build, user_head_px: float, chin_y_px: float) -> HeadSeat | None:
    """Seat the double's head; None when the hood stays up instead.

    Parameters
    ----------
    place : of the thing at this moment (better: at the middle of a shot, so that the size does not change)
    build : of the double
    user_head_px : height of the user's head
    chin_y_px : of the user's chin, which the head may only just touch
    """
    by_width = build.head * place.width_px / (2 * build.shoulder_half * _OUTLINE)
    if place.hood_px > 0:
        least = 1.04 * place.hood_px * build.head / (2 * build.head_half)
        if least > _LARGEST * user_head_px:
            return None
        head = max(least, min(by_width, user_head_px))
        crown_y = place.top_px[1] - 0.10 * head
    else:
        # A pillow has no neck: the head stands on its upper edge, lowered to where the user's face is free.
        head = min(by_width, 1.05 * user_head_px)
        crown_y = min(max(place.top_px[1] - 0.85 * head, chin_y_px - 0.10 * head), place.top_px[1] - 0.10 * head)
    return HeadSeat((place.top_px[0], crown_y), head / build.head, place.tilt_deg)
