"""The clean plate: the clip's background without the person.

    choose frames -> align -> masked median, strip by strip -> fill what no frame ever saw (`plate_fill`)

A pixel's colour is the median of the chosen frames in which the person, widened by a margin, did not stand there.  Soft
shadows that stay in place stay in the plate.  The plate may be larger than a frame: a hand-held camera sees more than
one frame shows.  Memory holds one strip of all the chosen frames at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.compose.plate_align import Aligner, Matrix, between, shift
from studio.compose.plate_fill import fill
from studio.core.frames import Frame, Size
from studio.core.people import (
    LEFT_ELBOW,
    LEFT_INDEX,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_INDEX,
    RIGHT_WRIST,
    CameraMotion,
    Tracks,
)
from studio.vision.pose import shoulder_width

_COUNT = 22
_STRIP_BYTES = 40 * 2**20
_FEWEST_SEEN = 2
_WIDEN = 0.013
"""Margin round the matte as a share of the frame's longer side: hair, fluttering cloth, blurred hands."""
_MOST_MARGIN = 0.15


Mattes = Callable[[int], NDArray[np.uint8]]
"""The (H, W) matte of a clip frame."""


class FrameStore(Protocol):
    """Random access to some clip frames (``media.spool.Spool``)."""

    def get(self, frame: int) -> Frame:
        """One clip frame, (H, W, 3) uint8."""
        ...

    def __contains__(self, frame: object) -> bool: ...


class Plate:
    """The background without the person.  Make one with `make_plate`.

    Parameters
    ----------
    picture : (H, W, 3) uint8, in the reference frame's geometry with a margin for a moving camera
    confidence : (H, W) uint8, 255 x the share of the chosen frames in which the pixel was seen; 0 where it was filled
    spread : (H, W) uint8, how many levels the pixel wavers over time (robust standard deviation, rounded up)
    """

    def __init__(
        self, picture: Frame, confidence: NDArray[np.uint8], spread: NDArray[np.uint8], place: _Places, corner: Matrix
    ) -> None:
        self.picture, self.confidence, self.spread = picture, confidence, spread
        self._place, self._corner = place, corner
        for layer in (picture, confidence, spread):
            layer.setflags(write=False)

    @property
    def size_px(self) -> Size:
        """Of a clip frame, not of the plate."""
        return self._place.size_px

    def at(self, position: float) -> Frame:
        """The background as the camera sees it at clip position ``position``, (H, W, 3) uint8.

        Do not change it: a camera on a stand gives the same array every time.
        """
        return self._warp(self.picture, position)

    def confidence_at(self, position: float) -> NDArray[np.uint8]:
        """`confidence` as the camera sees it, (H, W) uint8 of a frame's size."""
        return self._warp(self.confidence, position)

    def spread_at(self, position: float) -> NDArray[np.uint8]:
        """`spread` as the camera sees it, (H, W) uint8 of a frame's size."""
        return self._warp(self.spread, position)

    def _warp(self, layer: NDArray[np.uint8], position: float) -> NDArray[np.uint8]:
        import cv2

        # Points of the frame -> points of the plate: the direction in which a picture is sampled.
        matrix = self._corner @ self._place.matrix(position)
        width, height = self.size_px
        if np.allclose(matrix, np.eye(3), atol=1e-9) and layer.shape[:2] == (height, width):
            return layer
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpPerspective(layer, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)


class _Places:
    """Where every frame of the clip lies in the reference frame; measured when first asked for."""

    def __init__(self, frames: FrameStore, tracks: Tracks, motion: CameraMotion, reference: int) -> None:
        self._frames, self._tracks, self._motion, self._reference = frames, tracks, motion, reference
        picture = frames.get(reference)
        self.size_px: Size = (picture.shape[1], picture.shape[0])
        self._aligner = Aligner(picture, _person(tracks, reference, self.size_px))
        self._known: dict[int, Matrix] = {reference: np.eye(3)}

    def matrix(self, position: float) -> Matrix:
        """Points of the frame at ``position`` -> points of the reference frame."""
        left = int(np.floor(position + 1e-6))
        share = position - left
        first = self._whole(left)
        return first if share < 1e-3 else between(first, self._whole(left + 1), share, self.size_px)

    def _whole(self, frame: int) -> Matrix:
        if frame not in self._known:
            self._known[frame] = self._measured(frame) if frame in self._frames else self._guessed(frame)
        return self._known[frame]

    def _measured(self, frame: int) -> Matrix:
        moved = (self._shift(frame) - self._shift(self._reference)).astype(np.float32)
        person = _person(self._tracks, frame, self.size_px)
        matrix = self._aligner.matrix(self._frames.get(frame), person, moved)
        return shift(-moved) if matrix is None else matrix

    def _guessed(self, frame: int) -> Matrix:
        """From the nearest measured frame, moved by what the analysis saw in between."""
        near = min(self._known, key=lambda known: abs(known - frame))
        return self._known[near] @ shift(self._shift(near) - self._shift(frame))

    def _shift(self, frame: int) -> NDArray[np.float64]:
        at, path = self._tracks.frame, self._motion.shift_px
        return np.array([np.interp(frame, at, path[:, 0]), np.interp(frame, at, path[:, 1])])


def make_plate(
    frames: FrameStore,
    tracks: Tracks,
    motion: CameraMotion,
    *,
    candidates: Iterable[int] | None = None,
    count: int = _COUNT,
    mattes: Mattes | None = None,
) -> Plate:
    """Build the plate from frames in which different parts of the background show.

    Parameters
    ----------
    frames : holds at least some of the analysed frames
    candidates : clip frames to choose from; default: every analysed frame that ``frames`` holds, or those nearest to
        what it holds
    count : frames to use
    mattes : refined mattes of frames; with them the margin is narrow and more of the background counts as seen

    Raises
    ------
    ValueError : ``frames`` holds nothing of the clip
    """
    available = sorted(set(candidates if candidates is not None else _held(frames, tracks)))
    if not available:
        raise ValueError("no frame of the clip to make a plate from")
    reference = _reference(available, tracks, motion)
    places = _Places(frames, tracks, motion, reference)
    chosen = choose_frames(available, tracks, places.size_px, count)
    matrices = {frame: places.matrix(frame) for frame in chosen}
    corner, canvas = _canvas(list(matrices.values()), places.size_px)
    gains = _gains(frames, tracks, matrices, reference, places.size_px)
    people = {frame: _tight(mattes(frame)) if mattes else _person(tracks, frame, places.size_px) for frame in chosen}
    picture, seen, spread = _median(frames, people, {f: corner @ m for f, m in matrices.items()}, gains, canvas)
    confidence = np.where(
        seen >= min(_FEWEST_SEEN, len(chosen)), seen.astype(np.float32) * (255 / len(chosen)), 0
    ).astype(np.uint8)
    return Plate(fill(picture, confidence == 0), confidence, spread, places, corner)


def choose_frames(available: list[int], tracks: Tracks, size_px: Size, count: int) -> list[int]:
    """The frames that together show most of the background: greedily, a pixel's second sighting worth half its first.

    Parameters
    ----------
    available : clip frames, ascending
    """
    import cv2

    if len(available) <= count:
        return available
    small = (max(1, size_px[0] // 12), max(1, size_px[1] // 12))
    free = np.stack(
        [cv2.resize(_person(tracks, frame, size_px), small, interpolation=cv2.INTER_AREA) < 64 for frame in available]
    )
    worth = np.ones(free.shape[1:], np.float32)
    left, chosen = list(range(len(available))), []
    for _ in range(count):
        # Spread over the clip breaks the ties of a person who hardly moves.
        gain = [float(worth[free[i]].sum()) for i in left]
        apart = [min((abs(i - j) for j in chosen), default=0) / len(available) for i in left]
        best = left[int(np.argmax(np.array(gain) / free[0].size + 0.02 * np.array(apart)))]
        left.remove(best)
        chosen.append(best)
        worth[free[best]] *= 0.5
    return [available[i] for i in sorted(chosen)]


def _held(frames: FrameStore, tracks: Tracks) -> list[int]:
    analysed = [int(frame) for frame in tracks.frame if int(frame) in frames]
    if len(analysed) >= 4:
        return analysed
    return [frame for frame in range(int(tracks.frame[0]), int(tracks.frame[-1]) + 1) if frame in frames]


def _reference(available: list[int], tracks: Tracks, motion: CameraMotion) -> int:
    """The frame in the middle of the camera's path."""
    path = motion.shift_px[[tracks.row(frame) for frame in available]]
    return available[int(np.linalg.norm(path - np.median(path, axis=0), axis=1).argmin())]


def _person(tracks: Tracks, frame: int, size_px: Size) -> NDArray[np.uint8]:
    """(h, w) uint8, 255 where the person may be, widened; the size of the analysed mattes."""
    import cv2

    matte = (tracks.matte_at(frame) > 0.15).astype(np.uint8) * 255
    scale = matte.shape[1] / size_px[0]
    pose = tracks.pose_at(frame)
    unit = float(shoulder_width(pose)) * scale
    for chain in ((LEFT_ELBOW, LEFT_WRIST, LEFT_INDEX), (RIGHT_ELBOW, RIGHT_WRIST, RIGHT_INDEX)):
        points = (pose[list(chain), :2] * scale).round().astype(np.int32)
        # Networks lose blurred hands first.
        cv2.polylines(matte, [points], False, 255, max(2, int(0.3 * unit)))
    margin = max(1, round(_WIDEN * max(matte.shape)))
    return cv2.dilate(matte, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1)))


def _tight(matte: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w) uint8, 255 where a refined matte sees anything of the person, with the smallest of margins."""
    import cv2

    scale = min(1.0, 640 / max(matte.shape))
    size = (max(1, round(matte.shape[1] * scale)), max(1, round(matte.shape[0] * scale)))
    small = (cv2.resize(matte, size, interpolation=cv2.INTER_AREA) > 12).astype(np.uint8) * 255
    return cv2.dilate(small, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))


def _canvas(matrices: list[Matrix], size_px: Size) -> tuple[Matrix, Size]:
    """Reference points -> plate points, and the plate's size: room for every frame's corners."""
    import cv2

    width, height = size_px
    corners = np.array([[[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]]], np.float64)
    ends = np.concatenate([cv2.perspectiveTransform(corners, matrix)[0] for matrix in matrices])
    most = np.array([width, height]) * _MOST_MARGIN
    low = np.floor(np.clip(ends.min(axis=0), -most, 0) + 0.01)
    high = np.ceil(np.clip(ends.max(axis=0) - (width - 1, height - 1), 0, most) - 0.01)
    return shift(-low), (int(width + high[0] - low[0]), int(height + high[1] - low[1]))


def _gains(
    frames: FrameStore, tracks: Tracks, matrices: dict[int, Matrix], reference: int, size_px: Size
) -> dict[int, NDArray[np.float32]]:
    """(3,) per frame: what brings its colours to the reference's, where the camera's exposure wandered."""
    import cv2

    small = (max(16, size_px[0] // 6), max(16, size_px[1] // 6))
    zoom = np.diag([small[0] / size_px[0], small[1] / size_px[1], 1.0])

    def reduced(frame: int, matrix: Matrix) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        picture = cv2.resize(frames.get(frame), small, interpolation=cv2.INTER_AREA).astype(np.float32)
        free = cv2.resize(255 - _person(tracks, frame, size_px), small, interpolation=cv2.INTER_AREA)
        moved = zoom @ matrix @ np.linalg.inv(zoom)
        return cv2.warpPerspective(picture, moved, small), cv2.warpPerspective(free, moved, small) > 250

    base, base_free = reduced(reference, np.eye(3))
    gains = {}
    for frame, matrix in matrices.items():
        picture, free = reduced(frame, matrix)
        common = free & base_free & (picture.min(axis=2) > 12) & (picture.max(axis=2) < 243)
        gain = np.ones(3, np.float32)
        if common.sum() > 200:
            gain = np.median(base[common] / picture[common], axis=0)
        gains[frame] = gain if np.abs(gain - 1).max() > 0.006 else np.ones(3, np.float32)
    return gains


def _median(
    frames: FrameStore,
    people: dict[int, NDArray[np.uint8]],
    matrices: dict[int, Matrix],
    gains: dict[int, NDArray[np.float32]],
    canvas: Size,
) -> tuple[Frame, NDArray[np.uint8], NDArray[np.uint8]]:
    """Median colour, number of sightings and spread of every pixel of the plate."""
    width, height = canvas
    rows = max(32, _STRIP_BYTES // max(1, len(matrices) * width * 3))
    picture = np.zeros((height, width, 3), np.uint8)
    seen, spread = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    for top in range(0, height, rows):
        part = slice(top, min(height, top + rows))
        stack = np.empty((len(matrices), part.stop - top, width, 3), np.uint8)
        free = np.empty(stack.shape[:3], bool)
        for at, (frame, matrix) in enumerate(matrices.items()):
            strip = (width, part.stop - top)
            stack[at], free[at] = _strip(frames.get(frame), people[frame], shift(np.array([0, -top])) @ matrix, strip)
            if (gains[frame] != 1).any():
                stack[at] = np.clip(stack[at] * gains[frame] + 0.5, 0, 255).astype(np.uint8)
        picture[part], seen[part], spread[part] = _masked_median(stack, free)
    return picture, seen, spread


def _strip(picture: Frame, person: NDArray[np.uint8], matrix: Matrix, size: Size) -> tuple[Frame, NDArray[np.bool_]]:
    """One frame's part of a strip of the plate, and where it shows the background."""
    import cv2

    free = cv2.resize(255 - person, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    if np.allclose(matrix[:2, :2], np.eye(2), atol=1e-9) and np.allclose(matrix[:2, 2] % 1, 0, atol=1e-9):
        x, y = (round(v) for v in -matrix[:2, 2])
        if x == 0 and y >= 0 and y + size[1] <= picture.shape[0] and size[0] == picture.shape[1]:
            return picture[y : y + size[1]], free[y : y + size[1]] > 0
    warped = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped, cv2.warpPerspective(free, matrix, size, flags=cv2.INTER_LINEAR) > 250


def _masked_median(
    stack: NDArray[np.uint8], free: NDArray[np.bool_]
) -> tuple[Frame, NDArray[np.uint8], NDArray[np.uint8]]:
    """Median (h, w, 3), count (h, w) and spread (h, w) over axis 0 of ``stack`` (n, h, w, 3) where ``free``."""
    count = free.sum(axis=0).astype(np.intp)
    stack[~free] = 255  # sorts behind every sighting
    stack.sort(axis=0)

    def rank(share: float, up: int) -> NDArray[np.uint8]:
        at = np.clip(((count - 1 + up) * share).astype(np.intp), 0, len(stack) - 1)
        return np.take_along_axis(stack, at[None, ..., None], axis=0)[0]

    low, high = rank(0.5, 0).astype(np.uint16), rank(0.5, 1).astype(np.uint16)
    quartiles = rank(0.75, 0).astype(np.int16) - rank(0.25, 0)
    spread = np.ceil(quartiles.mean(axis=2) * 0.741)
    return ((low + high + 1) // 2).astype(np.uint8), count.astype(np.uint8), spread.astype(np.uint8)
