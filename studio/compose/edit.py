"""The edit: how one shot gives way to the next, and how the film begins and ends.

Cuts need nothing.  A dip to white and the opening and closing fades are made here, on frames already drawn, so that
nothing
but the frame itself is needed and the film streams.
"""

from __future__ import annotations

from studio.core.frames import Frame
from studio.core.timeline import Timeline

WHITE_FRAMES = 9
FADE_IN_FRAMES = 10
FADE_OUT_FRAMES = 22
_PAPER = (255, 251, 244)


class Edit:
    """Transitions of one timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self._whites = [shot.film.start for shot in timeline.shots if shot.transition == "white"]
        self._contact = timeline.contact_frame
        self._length = timeline.frame_count

    def light(self, index: int) -> float:
        """How much warm white lies over film frame ``index``, 0 to 1."""
        amount = 0.0
        for cut in self._whites:
            distance = cut - index if index < cut else index - cut + 1
            amount = max(amount, 0.8 * (1 - distance / WHITE_FRAMES) ** 2 if distance < WHITE_FRAMES else 0.0)
        since = index - self._contact
        if 0 <= since < 14:  # a soft pulse of light as they touch
            amount = max(amount, 0.34 * (1 - since / 14) ** 2)
        return amount

    def dark(self, index: int) -> float:
        """How much black lies over the frame: fade in and out."""
        start = 1 - (index + 1) / FADE_IN_FRAMES if index < FADE_IN_FRAMES else 0.0
        left = self._length - 1 - index
        end = 1 - left / FADE_OUT_FRAMES if left < FADE_OUT_FRAMES else 0.0
        return max(start, end) ** 1.5

    def apply(self, frame: Frame, index: int) -> Frame:
        """The frame with its light and fades."""
        import cv2
        import numpy as np

        light, dark = self.light(index), self.dark(index)
        if light <= 0.004 and dark <= 0.004:
            return frame
        at = np.arange(256, dtype=np.float32)[:, None]
        table = (at + (np.array(_PAPER, np.float32) - at) * light) * (1 - dark)
        return cv2.LUT(frame, np.rint(table).astype(np.uint8)[None])
