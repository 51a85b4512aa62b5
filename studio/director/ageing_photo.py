"""A photo's person, cut out and measured, ready to be re-aged to any age."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import reager
from studio.animatic.inplace.figure import cut_by, plan_figure
from studio.animatic.inplace.picture import Seen, aged_picture
from studio.animatic.person import Person, measure
from studio.compose.plate_fill import fill
from studio.core.frames import Frame
from studio.core.people import Tracks
from studio.core.time import FrameRange
from studio.vision.look import Sight
from studio.vision.matte_refine import Background, Refiner

FACE_PX = 300.0
"""A face larger than this is re-aged at this width: folds and strands are painted for it."""
_FILL_PX = 2600
"""Longest side at which the background behind the person is made up."""
_HOLE_SHARE = 0.013
"""The person is taken away this much wider than the matte, of the picture's longer side: hair, soft edges."""
_FINGER_SHARE = 0.26
"""Width of a finger over the mean of the palm's breadth and length."""


@dataclass(frozen=True, slots=True)
class Ages:
    """From which age to which, and by which table."""

    from_years: float
    to_years: float
    sex: float


@dataclass(frozen=True, slots=True)
class Sitting:
    """A person in one picture, whatever age they will be given.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    small, scale : the picture at the size at which colours are changed, and that size over the full one
    matte : (h, w) float32 0..1 of the small picture
    head_top_px : y in the picture
    ground_px : y of the ground; None when the feet are not in the picture
    """

    picture: Frame
    seen: Seen
    small: Frame
    scale: float
    matte: NDArray[np.float32]
    head_top_px: float
    ground_px: float | None

    def aged(self, ages: Ages, seed: int) -> Frame:
        """The picture with its person at another age; equal outside the person's old and new outline."""
        rng = np.random.default_rng([seed, 7])
        years = {"from_years": ages.from_years, "to_years": ages.to_years, "sex": ages.sex}
        face = self.seen.face_px * np.float32(self.scale)
        made = reager.prepare(self.small, face, self.matte, **years, rng=rng)
        figure = plan_figure(
            made, self.seen.face_px, head_top_px=self.head_top_px, ground_px=self.ground_px, cut=cut_by(self.seen.alpha)
        )
        return aged_picture(self.picture, self.seen, made, figure, (self.small, self.scale))


def sit(picture: Frame, sight: Sight, row: int) -> Sitting:
    """Cut out and measure the person of one picture.

    Parameters
    ----------
    picture : (H, W, 3) uint8, may be larger than what was looked at
    row : of ``sight``, where this picture was seen; it has a face
    """
    tracks = _enlarged(sight.tracks, row, picture.shape[1] / sight.size_px[0])
    height, width = picture.shape[:2]
    person = measure(tracks, FrameRange(0, 1), height)
    face = tracks.face_px[0]
    prior = with_hands(tracks.matte_at(0), tracks.hands_px[0], width)
    hole = _hole(prior, (width, height))
    plate = _without(picture, hole)
    confidence = np.where(hole, 0, 255).astype(np.uint8)
    background = Background(plate, confidence, np.zeros_like(confidence))
    refined = Refiner((width, height)).refine(picture, prior, background)
    alpha = without_specks(refined.alpha)
    scale = small_scale(face)
    small = smaller(picture, scale)
    matte = smaller(alpha, scale).astype(np.float32) / 255
    seen = Seen(alpha, refined.behind, plate, face)
    return Sitting(
        picture=picture,
        seen=seen,
        small=small,
        scale=small.shape[1] / width,
        matte=matte,
        head_top_px=min(person.head_top_px, float(face[:468, 1].min())),
        ground_px=ground_of(person, alpha[None], height),
    )


def with_hands(prior: NDArray[np.float32], hands_px: NDArray[np.float32], width_px: int) -> NDArray[np.float32]:
    """The matte with the hands that were found drawn in: the network often ends at the wrist, and what it leaves out
    would stay behind when the arm moves.

    Parameters
    ----------
    prior : (h, w) 0..1
    hands_px : (2, 21, 3) landmarks in a picture ``width_px`` wide, NaN where not found
    """
    import cv2

    drawn = np.zeros(prior.shape, np.uint8)
    for hand in hands_px[:, :, :2] * (prior.shape[1] / width_px):
        if not np.isfinite(hand).all():
            continue
        thick = max(
            1, round(_FINGER_SHARE * float(np.linalg.norm(hand[5] - hand[17]) + np.linalg.norm(hand[0] - hand[9])) / 2)
        )
        palm = np.rint(hand[[0, 1, 5, 9, 13, 17]]).astype(np.int32)
        cv2.fillConvexPoly(drawn, cv2.convexHull(palm), 255)
        for first in (1, 5, 9, 13, 17):
            cv2.polylines(drawn, [np.rint(hand[first : first + 4]).astype(np.int32)], False, 255, thick, cv2.LINE_AA)
    return np.maximum(prior, drawn.astype(np.float32) / 255)


def without_specks(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A matte without islands that are solid nowhere: noise of the background, which would be seen to move."""
    import cv2

    count, labels = cv2.connectedComponents((alpha > 0).astype(np.uint8), connectivity=8)
    solid = np.zeros(count, bool)
    solid[np.unique(labels[alpha > 127])] = True
    return np.where(solid[labels], alpha, 0).astype(np.uint8)


def ground_of(person: Person, mattes: NDArray[np.uint8], height_px: int) -> float | None:
    """y of the ground under the feet, None when they are not in the picture: where the person ends below.

    Parameters
    ----------
    mattes : (n, h, w) of the whole picture at any size
    height_px : of the picture that ``person`` was measured in
    """
    if not person.feet_seen:
        return None
    rows = (np.asarray(mattes) > 127).sum(-1) >= 3
    ends = [float(np.flatnonzero(solid)[-1] + 1) for solid in rows if solid.any()]
    lowest = float(np.median(ends)) * height_px / rows.shape[1] if ends else person.ground_px
    # a shadow that the matte took for a leg is not believed
    reach = 0.05 * person.stature_px
    return float(np.clip(lowest, person.ground_px - reach, person.ground_px + reach))


def small_scale(face_px: NDArray) -> float:
    """Size at which colours are changed over that of the picture, at most 1; from the landmarks (478, 3)."""
    return min(1.0, FACE_PX / float(np.ptp(face_px[:468, 0])))


def smaller(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """A picture or matte scaled down; itself at scale 1."""
    import cv2

    height, width = picture.shape[:2]
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return picture if scale == 1 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _enlarged(tracks: Tracks, row: int, scale: float) -> Tracks:
    """One row as tracks of a still picture ``scale`` times as large."""
    one = slice(row, row + 1)
    large = np.float32(scale)
    return replace(
        tracks,
        frame=np.zeros(1, np.int32),
        pose_px=tracks.pose_px[one] * large,
        visibility=tracks.visibility[one],
        face_px=tracks.face_px[one] * large,
        hands_px=tracks.hands_px[one] * large,
        matte=tracks.matte[one],
        head_top_px=tracks.head_top_px[one] * large,
        sharpness=tracks.sharpness[one],
        luma=tracks.luma[one],
    )


def _hole(prior: NDArray[np.float32], size_px: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) where the person may be."""
    import cv2

    margin = max(1, round(_HOLE_SHARE * max(prior.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    wide = cv2.dilate((prior > 0.1).astype(np.uint8), kernel)
    return cv2.resize(wide, size_px, interpolation=cv2.INTER_NEAREST) > 0


def _without(picture: Frame, hole: NDArray[np.bool_]) -> Frame:
    """The picture with the person's place made up; a very large one is made up at a smaller size."""
    import cv2

    height, width = hole.shape
    scale = min(1.0, _FILL_PX / max(height, width))
    if scale == 1:
        return fill(picture, hole)
    size = (round(width * scale), round(height * scale))
    wide = cv2.resize(hole.astype(np.uint8), size, interpolation=cv2.INTER_AREA) > 0
    filled = fill(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), wide)
    out = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
    np.copyto(out, picture, where=~hole[..., None])
    return out
