"""The clip's background without the user, made when first asked for: many films never need it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from studio.compose.view import View
from studio.core.frames import Frame
from studio.core.people import CameraMotion, Tracks

if TYPE_CHECKING:
    from studio.compose.plate import FrameStore, Plate


class Backdrop:
    """The clean plate of a film's footage.

    Parameters
    ----------
    frames : the clip frames at hand
    """

    def __init__(self, frames: FrameStore, tracks: Tracks, motion: CameraMotion) -> None:
        self._frames, self._tracks, self._motion = frames, tracks, motion

    @cached_property
    def plate(self) -> Plate:
        """The plate; takes seconds the first time."""
        from studio.compose.plate import make_plate

        return make_plate(self._frames, self._tracks, self._motion)

    def at(self, position: float) -> Frame:
        """(H, W, 3) uint8 as the camera sees it at a clip position; not to be written into."""
        return self.plate.at(position)

    def beyond(self, view: View, clip_size_px: tuple[int, int], position: float) -> Frame | None:
        """What goes on past the clip's edge in a view; None when the clip fills it."""
        x0, y0, x1, y1 = view.clip_rect(clip_size_px)
        width, height = view.size_px
        covers = x0 <= 0.5 and y0 <= 0.5 and x1 >= width - 0.5 and y1 >= height - 0.5
        return None if covers else self.at(position)
