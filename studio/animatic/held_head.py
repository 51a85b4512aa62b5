"""Where the double's head goes on a hugged thing, and how large it is; or that a hood stays up.

A head drawn over a hood must hide it.  When it would have to be larger than heads are for that, the hood is left as it
is: from behind, a hood that is up *is* a head, and its pixels are real.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.figure import Build, build_of
from studio.animatic.double.head import draw_head
from studio.animatic.double.look import DoubleLook
from studio.animatic.standin import Place, StandIn
from studio.compose.blend import Box, place_patch
from studio.compose.view import View
from studio.core.frames import Patch
from studio.core.people import Light

_LARGEST = 1.18
"""Head of the double by the user's own, which is bent and measures short; the double is nearer to the camera, too."""
_MEASURED_PX = 260.0
"""Stature at which the width of the hair is measured."""
_OUTLINE = 1.36
"""Width of the clothed shoulders by the distance of their joints."""


@dataclass(frozen=True, slots=True)
class HeadSeat:
    """Where a head is drawn, in clip pixels.

    Parameters
    ----------
    crown_px : top of the skull
    stature_px : standing height of a double with that head (what ``double.head.draw_head`` asks for)
    tilt_deg : positive to the picture's right
    """

    crown_px: tuple[float, float]
    stature_px: float
    tilt_deg: float


def hair_spread(look: DoubleLook, light: Light) -> float:
    """How much wider than the skull the drawn head is, hair and ears included, where a hood would be widest."""
    kit = draw_head(look, _MEASURED_PX, light)
    head_px = kit.build.head * _MEASURED_PX
    rows = slice(round(kit.crown_px[1] + 0.3 * head_px), round(kit.crown_px[1] + 0.7 * head_px))
    solid = np.maximum(kit.skin[rows, :, 3], kit.hair[rows, :, 3]) > 127
    return float(np.percentile(solid.sum(axis=1), 25)) / (2 * kit.build.head_half * _MEASURED_PX)


def seat_head(
    place: Place, build: Build, user_head_px: float, chin_y_px: float, spread: float = 1.0
) -> HeadSeat | None:
    """Seat the double's head; None when the hood stays up instead.

    Parameters
    ----------
    place : of the thing at this moment (better: at the middle of a shot, so that the size does not change)
    build : of the double
    user_head_px : height of the user's head
    chin_y_px : of the user's chin, which the head may only just touch
    spread : of its hair, see `hair_spread`
    """
    by_width = build.head * place.width_px / (2 * build.shoulder_half * _OUTLINE)
    if place.hood_px > 0:
        least = 1.04 * place.hood_px * build.head / (2 * build.head_half * spread)
        if least > _LARGEST * user_head_px:
            return None
        head = max(least, min(by_width, user_head_px))
        crown_y = place.top_px[1] - 0.10 * head
    else:
        # A pillow has no neck: the head stands on its upper edge, lowered to where the user's face is free.
        head = min(by_width, 1.05 * user_head_px)
        crown_y = min(max(place.top_px[1] - 0.85 * head, chin_y_px - 0.10 * head), place.top_px[1] - 0.10 * head)
    return HeadSeat((place.top_px[0], crown_y), head / build.head, place.tilt_deg)


class HeldHead:
    """The double's head on a hugged thing: drawn once, carried along with the thing.

    Parameters
    ----------
    seat : at the middle of the shot; the head keeps that size
    at : clip position of ``seat``
    scale : the largest film pixels per clip pixel that it will be seen at
    """

    def __init__(
        self,
        thing: StandIn,
        seat: HeadSeat,
        at: float,
        look: DoubleLook,
        light: Light,
        scale: float,
    ) -> None:
        top = thing.place_at(at).top_px
        self._thing = thing
        self._above = (seat.crown_px[0] - top[0], seat.crown_px[1] - top[1])
        self._drawn = max(scale, 0.1)
        drawn_px = seat.stature_px * self._drawn
        kit = draw_head(look, drawn_px, light)
        self._crown = kit.crown_px
        head_px = build_of(look.age_years, look.sex).head * drawn_px
        skin = kit.skin * _above_collar(kit.skin.shape, kit.crown_px, head_px)
        head = skin * (1 - kit.hair[..., 3:] / np.float32(255)) + kit.hair
        self.patch: NDArray[np.uint8] = np.rint(head).clip(0, 255).astype(np.uint8)

    def placed(self, view: View, position: float, within: Box | None = None, turn_deg: float = 0.0) -> Patch:
        """The head on the film frame; ``turn_deg`` bends it further to the picture's right, as towards a face."""
        place = self._thing.place_at(position)
        at = view.to_film(np.array([[place.top_px[0] + self._above[0], place.top_px[1] + self._above[1]]]))[0]
        where = (float(at[0]), float(at[1]))
        turn = float(np.clip(place.tilt_deg, -12, 12)) + turn_deg
        return place_patch(Patch(self.patch, 0, 0), self._crown, where, view.scale / self._drawn, turn, within)


def _above_collar(shape: tuple[int, ...], crown_px: tuple[float, float], head_px: float) -> NDArray[np.float32]:
    """(h, w, 1) 1 to 0: the neck ends in the collar, which is real, along a soft curve; long hair hangs over it."""
    y = (np.arange(shape[0], dtype=np.float32) + 0.5 - crown_px[1])[:, None] / head_px
    x = (np.arange(shape[1], dtype=np.float32) + 0.5 - crown_px[0])[None] / head_px
    # A collar is lower in the middle of the nape than at the sides.
    return np.clip((1.08 - 0.5 * x**2 - y) / 0.06, 0, 1)[..., None]
