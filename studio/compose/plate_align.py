"""Where the background of one frame lies in another: hand-held clips laid on top of each other.

Corners outside the person (Shi and Tomasi 1994) are followed by pyramidal Lucas-Kanade flow from the reference frame,
there and back; RANSAC fits a homography where many corners agree and a similarity where few do.  A camera on a stand
is told as exactly that, so that nothing is resampled in vain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Size

Matrix = NDArray[np.float64]
"""(3, 3), maps points of one picture to another."""

_LONG_PX = 640
_FEWEST = 12
_STILL_PX = 0.35


class Aligner:
    """Registers frames of one clip to one reference frame.

    Parameters
    ----------
    reference : (H, W, 3) uint8
    person : (h, w) uint8 of any size, not 0 where the reference shows the person
    """

    def __init__(self, reference: Frame, person: NDArray[np.uint8]) -> None:
        import cv2

        self._size: Size = (reference.shape[1], reference.shape[0])
        self._scale = min(1.0, _LONG_PX / max(self._size))
        self._grey = self._small(reference)
        free = (cv2.resize(person, self._grey.shape[1::-1], interpolation=cv2.INTER_NEAREST) == 0).astype(np.uint8)
        points = cv2.goodFeaturesToTrack(self._grey, 400, 0.01, 7, mask=free)
        self._points = points if points is not None else np.zeros((0, 1, 2), np.float32)
        self._level = _level(self._grey, free > 0)

    def matrix(self, frame: Frame, person: NDArray[np.uint8], guess_px: NDArray[np.float32]) -> Matrix | None:
        """Where points of ``frame`` lie in the reference.

        Parameters
        ----------
        frame : (H, W, 3) uint8
        person : (h, w) uint8 of any size, not 0 where this frame shows the person
        guess_px : (2,) how far the background lies from where it lies in the reference

        Returns
        -------
        (3, 3), or None where too little agrees.
        """
        import cv2

        if len(self._points) < _FEWEST:
            return None
        grey = self._small(frame)
        mask = cv2.resize(person, grey.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        # Flow takes a change of exposure for motion.
        grey = cv2.convertScaleAbs(grey, alpha=self._level / _level(grey, mask == 0))
        start = self._points + np.float32(guess_px * self._scale)
        there, found, _ = cv2.calcOpticalFlowPyrLK(
            self._grey,
            grey,
            self._points,
            start.copy(),
            winSize=(15, 15),
            maxLevel=3,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        back, again, _ = cv2.calcOpticalFlowPyrLK(
            grey, self._grey, there, self._points.copy(), winSize=(15, 15), maxLevel=3,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )  # fmt: skip
        good = (found[:, 0] > 0) & (again[:, 0] > 0) & (np.abs(back - self._points).max(axis=(1, 2)) < 0.5)
        at = np.clip(there[:, 0].round().astype(int), 0, np.array(grey.shape[1::-1]) - 1)
        good &= mask[at[:, 1], at[:, 0]] == 0
        if good.sum() < _FEWEST:
            return None
        # Pixel centres lie at halves: sizes are scaled about the corner, so the centres move by half a pixel less.
        source = (there[good, 0].astype(np.float64) + 0.5) / self._scale - 0.5
        target = (self._points[good, 0].astype(np.float64) + 0.5) / self._scale - 0.5
        if np.median(np.linalg.norm(source - target, axis=1)) < _STILL_PX:
            return np.eye(3)
        return _fit(source, target)

    def _small(self, frame: Frame) -> NDArray[np.uint8]:
        import cv2

        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        if self._scale == 1:
            return grey
        width, height = self._size
        size = (round(width * self._scale), round(height * self._scale))
        return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def _level(grey: NDArray[np.uint8], free: NDArray[np.bool_]) -> float:
    """Mean level of the background, at least 1."""
    return max(1.0, float(grey[free].mean())) if free.any() else max(1.0, float(grey.mean()))


def _fit(source: NDArray[np.float64], target: NDArray[np.float64]) -> Matrix | None:
    """A homography where at least forty points agree on it, else a similarity."""
    import cv2

    cv2.setRNGSeed(7)  # RANSAC draws from OpenCV's own generator: the same clip gives the same plate
    if len(source) >= 40:
        matrix, inlier = cv2.findHomography(source, target, cv2.RANSAC, 1.5)
        if matrix is not None and inlier.sum() >= max(40, 0.5 * len(source)):
            return matrix
    similar, inlier = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=1.5)
    if similar is None or inlier.sum() < _FEWEST:
        return None
    return np.vstack([similar, [0, 0, 1]])


def shift(offset_px: NDArray[np.floating]) -> Matrix:
    """(3, 3) that moves points by ``offset_px`` (2,)."""
    matrix = np.eye(3)
    matrix[:2, 2] = offset_px
    return matrix


def between(first: Matrix, second: Matrix, share: float, size_px: Size) -> Matrix:
    """The matrix a ``share`` (0 to 1) of the way from one to the other, by the ways of the frame's corners."""
    import cv2

    if share <= 0 or np.array_equal(first, second):
        return first
    width, height = size_px
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    ends = [cv2.perspectiveTransform(corners, matrix) for matrix in (first, second)]
    mixed = ends[0] * (1 - share) + ends[1] * share
    return cv2.getPerspectiveTransform(corners[0].astype(np.float32), mixed[0].astype(np.float32))
