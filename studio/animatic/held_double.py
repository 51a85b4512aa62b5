"""The double of a stand-in take: the hugged thing is its body, so place, size and clothes are read off the thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from studio.animatic.arms.forearms import ForearmTrack
from studio.animatic.double.figure import build_of
from studio.animatic.double.look import DoubleLook
from studio.animatic.footage import FrameStore
from studio.animatic.held_head import HeadSeat, hair_spread, seat_head
from studio.animatic.person import Person
from studio.animatic.place import Stand
from studio.animatic.standin import StandIn, track_stand_in
from studio.core.people import Analysis, Light
from studio.core.settings import CloneSettings, HugSettings

_STRETCH = (0.85, 1.22)
"""Of the double's stature, for a thing that is smaller or larger than somebody of that age."""


@dataclass(frozen=True, slots=True)
class HeldDouble:
    """The hugged thing, and the head that it gets.

    Parameters
    ----------
    seat : of the head, at clip position ``at``; None where the thing's hood stays up
    """

    thing: StandIn
    seat: HeadSeat | None
    at: float


def frames_without(analysis: Analysis) -> set[int]:
    """Clip frames of the open arms that `find_thing` wants to see besides the hold; none in other takes."""
    opened = analysis.take.open_arms
    return {opened.start, opened.stop - 1} if analysis.take.kind == "stand-in" else set()


def find_thing(
    store: FrameStore,
    frames: Iterable[int],
    analysis: Analysis,
    forearms: ForearmTrack | None,
    step: Callable[[int], None],
) -> StandIn | None:
    """The thing in the user's arms in ``frames``; None in other takes, and where it cannot be told from the user."""
    return track_stand_in(store, frames, analysis, forearms, step) if analysis.take.kind == "stand-in" else None


def seated(thing: StandIn, look: DoubleLook, light: Light, user: Person) -> HeldDouble:
    """Give the thing the head of ``look``, once for the film; ``user`` was measured over the hold."""
    at = float(thing.frame[len(thing.frame) // 2])
    build, spread = build_of(look.age_years, look.sex), hair_spread(look, light)
    seat = seat_head(thing.place_at(at), build, user.head_height_px, float(user.chin_px[1]), spread)
    return HeldDouble(thing, seat, at)


def wearing(clone: CloneSettings, thing: StandIn, exposure: float) -> CloneSettings:
    """The double in the thing's clothes, so that who arrives is who is held.

    Parameters
    ----------
    clone : a colour that it names is kept: the thing is dyed instead
    exposure : what the double's wardrobe will darken colours by
    """
    r, g, b = (min(255, round(channel / max(exposure, 0.1))) for channel in thing.colour_rgb)
    has_hood = float(np.median(thing.hood_px)) > 0
    return replace(
        clone,
        garment="hoodie" if has_hood else clone.garment,
        garment_rgb=clone.garment_rgb or (r, g, b),
        stripes=False,
    )


def hooded(look: DoubleLook, held: HeldDouble) -> DoubleLook:
    """Who arrives wears the hood up where it stays up in the embrace."""
    return look if held.seat is not None else replace(look, hair_style="covered", hair_rgb=look.garment_rgb, grey=0.0)


def stand_of(held: HeldDouble, stand: Stand, hug: HugSettings) -> Stand:
    """Where the double's body stands: in the thing; corrections by hand move its head, not what was filmed.

    Parameters
    ----------
    stand : as solved without the thing
    """
    place = held.thing.place_at(held.at)
    wanted = held.seat.stature_px if held.seat is not None else stand.stature_px
    stretch = min(max(wanted / (stand.stature_px / stand.stretch), _STRETCH[0]), _STRETCH[1])
    return replace(
        stand,
        shoulder_x_px=place.top_px[0],
        shoulder_y_px=place.shoulder_px,
        stature_px=stand.stature_px / stand.stretch * stretch,
        stretch=stretch,
        lean_deg=place.tilt_deg + hug.double_lean_deg,
    )
