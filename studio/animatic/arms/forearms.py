"""The user's own forearms and hands as a layer: what lies over the double's back in the embrace.

The forearm is where its bone is (a tapered capsule from elbow to wrist), the hand where its landmarks are; inside,
skin is told
from cloth by colour, and the edge is pulled to the picture's own edges by a guided filter (He, Sun, Tang, ECCV 2010).
A sleeve of the shirt's own colour has no colour edge: there the capsule itself, edge-refined, is the matte.

Masks are made once per clip frame of the hold, averaged over neighbouring frames so that they do not boil, and
blended in
between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.footage import FrameStore
from studio.core.frames import Frame
from studio.core.people import (
    LEFT_ELBOW,
    LEFT_INDEX,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_INDEX,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Tracks,
)
from studio.core.settings import Rgb

_SIDES = ((LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST, LEFT_INDEX), (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST, RIGHT_INDEX))
_NEIGHBOURS = np.array([0.2, 0.6, 0.2], np.float32)  # weights over time: previous, this, next analysed frame

Box = tuple[int, int, int, int]


def shoulder_width_px(pose_px: NDArray) -> float:
    """Distance of the shoulder joints, never less than what the trunk's height allows (a turned body looks narrow)."""
    joints = float(np.linalg.norm(pose_px[11, :2] - pose_px[12, :2]))
    trunk = float(np.linalg.norm((pose_px[11, :2] + pose_px[12, :2] - pose_px[23, :2] - pose_px[24, :2]) / 2))
    return max(joints, 0.5 * trunk)


@dataclass(frozen=True, slots=True)
class ForearmTrack:
    """Forearm masks over a range of the clip.

    Parameters
    ----------
    box : x0, y0, x1, y1 in clip pixels; every mask covers it
    frame : (n,) int32 clip frames
    mask : (n, h, w) uint8
    """

    box: Box
    frame: NDArray[np.int32]
    mask: NDArray[np.uint8]

    def at(self, position: float) -> NDArray[np.uint8]:
        """(h, w) uint8 mask at a possibly fractional clip frame."""
        import cv2

        right = (
            int(np.clip(np.searchsorted(self.frame, position), 1, len(self.frame) - 1)) if len(self.frame) > 1 else 0
        )
        if right == 0:
            return self.mask[0]
        a, b = self.frame[right - 1], self.frame[right]
        t = float(np.clip((position - a) / (b - a), 0, 1))
        return cv2.addWeighted(self.mask[right - 1], 1 - t, self.mask[right], t, 0)


def track_forearms(
    store: FrameStore, frames: Iterable[int], tracks: Tracks, skin: Rgb, step: Callable[[int], None] = lambda n: None
) -> ForearmTrack:
    """Make the masks for ``frames`` (clip frames of the closed-arms range, ascending)."""
    numbers = np.array(list(frames), np.int32)
    poses = np.stack([tracks.pose_at(int(f)) for f in numbers])
    width = float(np.median([shoulder_width_px(p) for p in poses]))
    joints = poses[:, [13, 14, 15, 16, 19, 20], :2].reshape(-1, 2)
    margin = 0.5 * width
    sample = store.get(int(numbers[0]))
    x0, y0 = np.maximum(0, np.floor(joints.min(0) - margin)).astype(int)
    x1, y1 = np.minimum(sample.shape[1::-1], np.ceil(joints.max(0) + margin)).astype(int)
    box = (int(x0), int(y0), int(x1), int(y1))
    raw = np.empty((len(numbers), y1 - y0, x1 - x0), np.uint8)
    for row, number in enumerate(numbers):
        hands = tracks.hands_px[tracks.row(int(number))]
        raw[row] = forearm_mask(
            store.get(int(number))[y0:y1, x0:x1],
            poses[row],
            hands,
            tracks.matte_at(int(number)),
            box,
            sample.shape[1::-1],
            width,
            skin,
        )
        step(1)
    return ForearmTrack(box, numbers, _average_over_time(raw))


def _average_over_time(raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(raw) < 3:
        return raw
    padded = np.concatenate([raw[:1], raw, raw[-1:]])
    out = np.empty_like(raw)
    for row in range(len(raw)):  # one row at a time: the whole in float32 would be four times the memory
        window = padded[row : row + 3].astype(np.float32)
        out[row] = np.rint(np.tensordot(_NEIGHBOURS, window, 1))
    return out


def forearm_mask(
    roi: Frame,
    pose_px: NDArray,
    hands_px: NDArray,
    matte: NDArray[np.float32],
    box: Box,
    clip_size_px: tuple[int, int],
    shoulder_px: float,
    skin: Rgb,
) -> NDArray[np.uint8]:
    """The matte of both forearms and hands inside ``box``.

    Parameters
    ----------
    roi : (h, w, 3) uint8, the clip frame inside ``box``
    pose_px, hands_px : (33, 3) and (2, 21, 3) in clip pixels; a missing hand is NaN
    matte : person matte of the whole frame at any size, 0..1
    """
    import cv2

    height, width = roi.shape[:2]
    origin = np.array(box[:2], np.float32)
    lab = cv2.cvtColor(cv2.GaussianBlur(roi, (0, 0), 0.8), cv2.COLOR_RGB2LAB).astype(np.float32)
    face = cv2.cvtColor(np.array([[skin]], np.uint8), cv2.COLOR_RGB2LAB)[0, 0].astype(np.float32)
    total, hands = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for side, (_, elbow_at, wrist_at, index_at) in enumerate(_SIDES):
        elbow, wrist, index = (pose_px[i, :2] - origin for i in (elbow_at, wrist_at, index_at))
        hand = hands_px[side, :, :2] - origin if np.isfinite(hands_px[side]).all() else None
        if hand is not None:
            wrist = (wrist + hand[0]) / 2  # the hand model's wrist is the better one; the pose keeps it from jumping
        bone = _capsule((height, width), elbow, wrist, 0.150 * shoulder_px, 0.105 * shoulder_px)
        core = (
            _capsule((height, width), elbow + 0.25 * (wrist - elbow), wrist, 0.05 * shoulder_px, 0.05 * shoulder_px)
            > 0.5
        )
        if not core.any():
            continue
        colour = np.median(lab[core], axis=0)
        bare = np.hypot(colour[1] - face[1], colour[2] - face[2]) < 16 and abs(colour[0] - face[0]) < 90
        hand_area = _hand_area((height, width), wrist, index, hand, shoulder_px)
        if bare:
            area = np.maximum(
                _capsule((height, width), elbow, wrist, 0.145 * shoulder_px, 0.112 * shoulder_px), hand_area
            )
            arm = area * _skin_like(lab, colour)
        else:
            arm = _cloth_edge(lab, core, bone)
        # Hands catch other light than forearms do, so they are asked for their own colour.
        arm = np.maximum(arm, hand_area * _skin_like(lab, _hand_colour(lab, hand_area, face)))
        # A dark cuff or a shadow must not part the hand from its arm.
        along = wrist - elbow
        bridge = _capsule(
            (height, width), wrist - 0.12 * along, wrist + 0.14 * along, 0.065 * shoulder_px, 0.065 * shoulder_px
        )
        total = np.maximum(total, np.maximum(arm, bridge))
        hands = np.maximum(hands, hand_area)
    person = _window(matte, box, clip_size_px, (width, height))
    total *= np.clip((person - 0.35) * 2.2, 0, 1)
    return _refine(total, hands, roi, shoulder_px)


def _capsule(shape: tuple[int, int], a: NDArray, b: NDArray, radius_a: float, radius_b: float) -> NDArray[np.float32]:
    """Soft-edged tapered capsule, 1 inside, about 3 px of edge."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    d = (b - a).astype(np.float32)
    length2 = max(float(d @ d), 1e-3)
    t = np.clip(((x + 0.5 - a[0]) * d[0] + (y + 0.5 - a[1]) * d[1]) / length2, 0, 1)
    distance = np.hypot(x + 0.5 - a[0] - t * d[0], y + 0.5 - a[1] - t * d[1])
    return np.clip((radius_a + (radius_b - radius_a) * t - distance) / 3 + 0.5, 0, 1)


def _hand_area(
    shape: tuple[int, int], wrist: NDArray, index: NDArray, hand: NDArray | None, shoulder_px: float
) -> NDArray[np.float32]:
    """Where the hand may be: round its landmarks, or round the pose's wrist-to-finger direction."""
    import cv2

    area = np.zeros(shape, np.uint8)
    if hand is not None:
        cv2.fillConvexPoly(area, cv2.convexHull(np.rint(hand).astype(np.int32)), 255)
        cv2.line(area, _point(wrist), _point(hand[9]), 255, max(1, round(0.16 * shoulder_px)))
        grow = 0.05 * shoulder_px
    else:
        direction = index - wrist
        reach = max(float(np.linalg.norm(direction)), 1e-3)
        tip = wrist + direction / reach * 0.42 * shoulder_px
        cv2.line(area, _point(wrist), _point(tip), 255, max(1, round(0.22 * shoulder_px)))
        grow = 0.03 * shoulder_px
    size = 2 * max(1, round(grow)) + 1
    area = cv2.dilate(area, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    return cv2.GaussianBlur(area, (0, 0), max(0.8, 0.012 * shoulder_px)).astype(np.float32) / 255


def _point(p: NDArray) -> tuple[int, int]:
    return round(float(p[0])), round(float(p[1]))


def _skin_like(lab: NDArray[np.float32], colour: NDArray) -> NDArray[np.float32]:
    """1 where a pixel has the colour of this arm; lightness may differ (shading), more to the dark than to the
    light."""
    light = lab[..., 0] - colour[0]
    distance = np.sqrt(
        np.where(light < 0, light / 60, light / 55) ** 2
        + ((lab[..., 1] - colour[1]) / 11) ** 2
        + ((lab[..., 2] - colour[2]) / 13) ** 2
    )
    return np.clip((1.75 - distance) / 0.5 + 0.5, 0, 1).astype(np.float32)


def _hand_colour(lab: NDArray[np.float32], area: NDArray[np.float32], face: NDArray) -> NDArray:
    """Median of the pixels in the hand area that look most like the face's skin."""
    inside = lab[area > 0.6]
    if len(inside) < 20:
        return face
    distance = np.hypot(inside[:, 1] - face[1], inside[:, 2] - face[2])
    return np.median(inside[distance <= np.percentile(distance, 40)], axis=0)


def _cloth_edge(lab: NDArray[np.float32], core: NDArray[np.bool_], bone: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sleeve: the capsule, less what is clearly of another colour than its core (background, trousers, skin of
    the neck)."""
    colour = np.median(lab[core], axis=0)
    distance = np.sqrt(
        ((lab[..., 0] - colour[0]) / 52) ** 2
        + ((lab[..., 1] - colour[1]) / 14) ** 2
        + ((lab[..., 2] - colour[2]) / 14) ** 2
    )
    return bone * np.clip((1.9 - distance) / 0.6 + 0.5, 0, 1).astype(np.float32)


def _window(
    matte: NDArray[np.float32], box: Box, clip_size_px: tuple[int, int], size: tuple[int, int]
) -> NDArray[np.float32]:
    """The part of a whole-frame matte that lies in ``box``, at the box's size."""
    import cv2

    factor = matte.shape[1] / clip_size_px[0]
    matrix = np.array(
        [[1 / factor, 0, -box[0] + 0.5 / factor - 0.5], [0, 1 / factor, -box[1] + 0.5 / factor - 0.5]], np.float32
    )
    return cv2.warpAffine(np.asarray(matte, np.float32), matrix, size, flags=cv2.INTER_LINEAR)


def _refine(mask: NDArray[np.float32], hands: NDArray[np.float32], roi: Frame, shoulder_px: float) -> NDArray[np.uint8]:
    """Drop crumbs, close pinholes, smooth the forearms' outline (never the fingers'), follow the picture's edge."""
    import cv2

    hard = (mask > 0.5).astype(np.uint8)
    for operation, share in ((cv2.MORPH_CLOSE, 0.010), (cv2.MORPH_OPEN, 0.010)):
        size = 2 * max(1, round(share * shoulder_px)) + 1
        hard = cv2.morphologyEx(hard, operation, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    smooth = cv2.GaussianBlur(hard.astype(np.float32), (0, 0), max(1.0, 0.028 * shoulder_px)) > 0.5
    hard = np.where(hands > 0.5, hard, smooth).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hard, connectivity=4)
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < 0.02 * shoulder_px**2:
            hard[labels == label] = 0
    soft = cv2.GaussianBlur(hard.astype(np.float32), (0, 0), max(0.9, 0.008 * shoulder_px))
    radius = max(2, round(0.025 * shoulder_px))
    if hasattr(cv2, "ximgproc"):
        soft = cv2.ximgproc.guidedFilter(roi, soft, radius, (0.012 * 255) ** 2)
    soft = np.clip((soft - 0.22) / 0.56, 0, 1)
    return np.rint(255 * soft).astype(np.uint8)
