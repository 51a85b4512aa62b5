"""The user, cut out of any frame of the clip: plate, matte and clean colours together.

    c = Cutout(spool, analysis.tracks, analysis.motion)
    c.alpha(frame); c.patch(frame); c.plate.at(frame)

Networks saw about ten frames a second; between them their mattes are carried by dense flow (DIS, Kroeger et al. 2016)
from both neighbours.  Then every frame is refined by itself against the plate (`vision.matte_refine`): nothing is
handed from frame to frame, so frames may be asked for in any order and a fault never grows.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from studio.compose.plate import FrameStore, Plate, make_plate
from studio.core.frames import Frame, Patch
from studio.core.people import CameraMotion, Tracks
from studio.vision.matte_refine import Background, Refined, Refiner, carried_matte

_KEPT = 3
_STILL_WOBBLE_PX, _HAND_HELD_WOBBLE_PX = 0.12, 0.4


class Cutout:
    """Mattes and cut-out pictures of the person, made when asked for.

    Parameters
    ----------
    frames : every clip frame that will be asked for; those of the whole take make the better plate
    plate : None to make one, twice: the first plate's mattes show more of the background to the second
    """

    def __init__(self, frames: FrameStore, tracks: Tracks, motion: CameraMotion, plate: Plate | None = None) -> None:
        self._frames, self._tracks, self._motion = frames, tracks, motion
        self._refined: OrderedDict[int, Refined] = OrderedDict()
        self.plate = make_plate(frames, tracks, motion) if plate is None else plate
        self._refiner = Refiner(self.plate.size_px)
        if plate is None:
            self.plate = make_plate(frames, tracks, motion, mattes=self.alpha)
            self._refined.clear()

    def alpha(self, frame: int) -> NDArray[np.uint8]:
        """(H, W) uint8 matte of a clip frame.

        Raises
        ------
        KeyError : the frame is not among the frames
        """
        return self.refined(frame, self._frames.get(frame)).alpha

    def patch(self, frame: int) -> Patch:
        """The person alone, premultiplied, without the background's colour in hair and edges, cropped."""
        import cv2

        picture = self._frames.get(frame)
        seen = self.refined(frame, picture)
        x, y, width, height = cv2.boundingRect((seen.alpha > 0).astype(np.uint8))
        if width == 0:
            return Patch(np.zeros((1, 1, 4), np.uint8), 0, 0)
        box = np.s_[y : y + height, x : x + width]
        return Patch(premultiplied(picture[box], seen.behind[box], seen.alpha[box]), x, y)

    def refined(self, frame: int, picture: Frame) -> Refined:
        """Matte and background colours of a clip frame, (H, W, 3) uint8."""
        if frame in self._refined:
            self._refined.move_to_end(frame)
            return self._refined[frame]
        plate = self.plate
        wobble = _STILL_WOBBLE_PX if self._motion.is_static else _HAND_HELD_WOBBLE_PX
        behind = Background(plate.at(frame), plate.confidence_at(frame), plate.spread_at(frame), wobble)
        refined = self._refiner.refine(picture, self._prior(frame, picture), behind)
        self._refined[frame] = refined
        while len(self._refined) > _KEPT:
            self._refined.popitem(last=False)
        return refined

    def _prior(self, frame: int, picture: Frame) -> NDArray[np.float32]:
        """The networks' matte of this frame, carried from its neighbours where they did not look at it."""
        at = self._tracks.frame
        right = int(np.searchsorted(at, frame))
        if right == len(at) or at[right] == frame or right == 0:
            return self._tracks.matte_at(frame)
        pair = [(int(at[row]), self._tracks.matte[row]) for row in (right - 1, right)]
        near = [(self._frames.get(other), matte, abs(other - frame)) for other, matte in pair if other in self._frames]
        return carried_matte(picture, near) if near else self._tracks.matte_at(frame)


def premultiplied(picture: Frame, behind: Frame, alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 4) uint8 premultiplied RGBA: the picture less the background's share, never more than alpha allows.

    Parameters
    ----------
    picture, behind : (H, W, 3) uint8
    alpha : (H, W) uint8
    """
    rgba = np.dstack([picture, alpha])
    rgba[alpha == 0] = 0
    y, x = np.nonzero((alpha > 0) & (alpha < 255))
    share = alpha[y, x, None].astype(np.float32)
    clean = picture[y, x] - behind[y, x] * ((255 - share) / 255)
    rgba[y, x, :3] = np.clip(clean + 0.5, 0, share).astype(np.uint8)
    return rgba
