"""Re-ageing every second film frame: between them the re-aged head goes on with the head's own motion.

Footage of 25 to 30 frames a second changes little from one frame to the next but for its place, and the place is
followed in every frame; features that move on their own, lids and lips, are re-drawn 15 times a second.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face.mesh import motion
from studio.animatic.face.reager import Reager
from studio.core.frames import Frame, Patch

EVERY = 2
"""Film frames that share one re-aged picture."""


class Paced:
    """A re-aged head at any film frame of a shot; the same whatever was asked for before.

    Parameters
    ----------
    first : film frame that is re-aged itself
    shown : film frame -> clip frame, landmarks, matte and shift, as `Reager.apply` takes them
    face : film frame -> the same landmarks, (478, 3)
    """

    def __init__(
        self,
        reager: Reager,
        first: int,
        shown: Callable[[int], tuple[Frame, NDArray[np.float32], NDArray[np.float32], tuple[float, float]]],
        face: Callable[[int], NDArray[np.float32]],
    ) -> None:
        self.reager = reager
        self._first, self._shown, self._face = first, shown, face
        self._key: int | None = None
        self._patch, self._faced = Patch(np.zeros((0, 0, 4), np.uint8), 0, 0), np.zeros((478, 3), np.float32)

    def at(self, film_frame: int) -> tuple[Patch, NDArray[np.float32], NDArray[np.float64]]:
        """The patch, the landmarks that it was made for, and the head's motion since.

        Returns
        -------
        patch : see `Reager.apply`
        face_px : (478, 3) clip pixels
        moved : (2, 3) similarity, clip pixels to clip pixels
        """
        key = film_frame - (film_frame - self._first) % EVERY
        if key != self._key:
            frame, self._faced, matte, shift_px = self._shown(key)
            self._patch, self._key = self.reager.apply(frame, self._faced, matte, shift_px), key
        if key == film_frame:
            return self._patch, self._faced, np.eye(2, 3)
        return self._patch, self._faced, motion(self._faced, self._face(film_frame))
