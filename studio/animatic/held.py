"""Which pixels are the hugged thing: learned on a few frames of the hold, then told in every frame.

What hides the user's own clothes is the seed; GrabCut (Rother, Kolmogorov and Blake 2004) finds the rest of it on a few
frames, helped by what was seen in the same places while the arms were open.  Its colours (a histogram against that of
everything else) and where it lay on the trunk then tell every frame apart in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.forearms import Box, ForearmTrack
from studio.core.frames import Frame
from studio.core.people import LEFT_HIP, LEFT_SHOULDER, NOSE, RIGHT_HIP, RIGHT_SHOULDER, Analysis
from studio.vision.pose import shoulder_width
from studio.vision.stand_in import DIFFERENT, OwnColours, own_colours, trunk_seen
from studio.vision.trunk import trunk_matrix

_UNIT_PX = 90.0
"""Shoulder width at which the thing is searched: folds of cloth are no use here."""
_BINS = 24
_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
         150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip


class HeldFinder:
    """Learns the thing on a few frames and finds it in the others, on a small picture of one size."""

    def __init__(
        self,
        clip_size: tuple[int, int],
        numbers: NDArray[np.int32],
        analysis: Analysis,
        forearms: ForearmTrack | None,
    ) -> None:
        tracks = analysis.tracks
        self._tracks, self._motion, self._forearms = tracks, analysis.motion, forearms
        self._own = OwnColours.of(analysis.take.clothes_rgb)
        self._before: list[tuple[int, Frame]] = []
        poses = np.stack([tracks.pose_at(int(number)) for number in numbers])
        self.unit_px = float(np.median(shoulder_width(poses)))
        middle = poses[:, [LEFT_SHOULDER, RIGHT_SHOULDER], :2].mean(axis=1)
        nose = float(np.median(poses[:, NOSE, 1]))
        x0, x1 = middle[:, 0].min() - 1.15 * self.unit_px, middle[:, 0].max() + 1.15 * self.unit_px
        y0, y1 = nose - 0.35 * self.unit_px, middle[:, 1].max() + 2.6 * self.unit_px
        self.box: Box = (
            int(max(0, x0)),
            int(max(0, y0)),
            int(min(clip_size[0], np.ceil(x1))),
            int(min(clip_size[1], np.ceil(y1))),
        )
        self._scale = min(1.0, _UNIT_PX / self.unit_px)
        self._middle = middle.mean(axis=0)
        self._table: NDArray[np.float32] | None = None
        self._prior: NDArray[np.float32] | None = None

    def remember(self, frames: Iterable[tuple[int, Frame]]) -> None:
        """Take frames without the thing: open arms."""
        self._before = [(number, self._small(frame)) for number, frame in frames]

    def learn(self, keys: Iterable[tuple[int, Frame]]) -> bool:
        """Cut the thing out of some frames; False when it is in none of them."""
        import cv2
        from scipy.ndimage import gaussian_filter

        thing, rest = np.full((2, _BINS, _BINS, _BINS), 0.0, np.float32)
        priors = []
        for number, frame in keys:
            small = self._small(frame)
            found, told = self._cut_out(number, small)
            if found is None:
                continue
            index = _bins(small)
            np.add.at(thing, tuple(index[found & told].T), 1.0)
            np.add.at(rest, tuple(index[~found & told].T), 1.0)
            priors.append(self._to_prior(found.astype(np.float32), number))
        if not priors:
            return False
        smooth = [gaussian_filter(one, (1.5, 0.8, 0.8)) / max(1.0, float(one.sum())) for one in (thing, rest)]
        self._table = np.log((smooth[0] + 2e-6) / (smooth[1] + 2e-6)).clip(-4, 4)
        # Where it lay in most of the learned frames; blurred, for it moves a little.
        near = cv2.GaussianBlur(np.mean(priors, axis=0), (0, 0), 0.06 * _UNIT_PX)
        self._prior = np.log((near + 0.02) / (1.02 - near)).clip(-4, 4)
        return True

    def find(self, number: int, frame: Frame) -> NDArray[np.uint8]:
        """(h, w) uint8 mask inside the box."""
        import cv2

        assert self._table is not None and self._prior is not None  # noqa: S101 - learn() came first
        small = self._small(frame)
        logit = self._table[tuple(_bins(small).transpose(2, 0, 1))]
        logit = cv2.GaussianBlur(logit, (0, 0), 0.012 * _UNIT_PX) + 1.3 * self._from_prior(number, small.shape)
        likely = (1 / (1 + np.exp(-logit))).astype(np.float32)
        arms = self._arms(number)
        likely *= (1 - self._shrunk(arms, small.shape)) * (1 - self._face(number, small.shape))
        hard = (likely > 0.5).astype(np.uint8)
        for operation, share in ((cv2.MORPH_OPEN, 0.03), (cv2.MORPH_CLOSE, 0.04)):
            size = 2 * max(1, round(share * _UNIT_PX)) + 1
            hard = cv2.morphologyEx(hard, operation, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        hard = _without_crumbs(hard, 0.03 * _UNIT_PX**2)
        x0, y0, x1, y1 = self.box
        soft = cv2.GaussianBlur(hard.astype(np.float32), (0, 0), 1.0)
        soft = cv2.resize(soft, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC).clip(0, 1)
        roi = frame[y0:y1, x0:x1]
        if hasattr(cv2, "ximgproc"):
            soft = cv2.ximgproc.guidedFilter(roi, soft, max(2, round(0.035 * self.unit_px)), (0.02 * 255) ** 2)
        soft = np.clip((soft - 0.16) / 0.5, 0, 1)
        return np.rint((255 - arms) * soft).astype(np.uint8)

    def _cut_out(self, number: int, small: Frame) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_]]:
        """(h, w) the thing, and where the answer is to be learned from (not on arms and face)."""
        import cv2

        row = self._tracks.row(number)
        into = trunk_matrix(self._tracks.pose_px[row])
        back = cv2.invertAffineTransform(into)
        back = self._scale * (back - np.array([[0, 0, self.box[0]], [0, 0, self.box[1]]], np.float32))
        seen = cv2.warpAffine(trunk_seen(self._tracks, row).astype(np.uint8), back, small.shape[1::-1]) > 0
        other = self._own.other(cv2.GaussianBlur(small, (0, 0), 1.0))
        arms = self._shrunk(self._arms(number), small.shape)
        covered = np.maximum(arms, self._face(number, small.shape)) > 0.3
        size = 2 * round(0.04 * _UNIT_PX) + 1
        sure = cv2.erode((seen & (other > DIFFERENT) & ~covered).astype(np.uint8), np.ones((size, size), np.uint8))
        sure = _without_crumbs(sure, 0.02 * _UNIT_PX**2)
        if sure.sum() < 0.06 * _UNIT_PX**2:
            return None, covered
        # Parted by the arms, or before a part of the body where nothing was asked: the same cloth all the same.
        alike = own_colours(np.log(small[sure > 0].astype(np.float32) + 16)).other(cv2.GaussianBlur(small, (0, 0), 1.0))
        reach = cv2.distanceTransform(1 - sure, cv2.DIST_L2, 3) < 1.3 * _UNIT_PX
        near = cv2.dilate(sure, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(0.12 * _UNIT_PX) + 1,) * 2))
        labels = np.full(small.shape[:2], cv2.GC_PR_BGD, np.uint8)
        unlike = self._unlike_before(number, small)
        labels[(other > 0.9 * DIFFERENT) & ((near > 0) | ((alike < 0.6) & (unlike > 1)))] = cv2.GC_PR_FGD
        labels[seen & (other < 0.5 * DIFFERENT)] = cv2.GC_BGD
        labels[(unlike < 0.3) & (alike > 1) & (near == 0)] = cv2.GC_BGD
        labels[~reach | covered] = cv2.GC_BGD
        labels[sure > 0] = cv2.GC_FGD
        cv2.setRNGSeed(0)
        cv2.grabCut(small, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
        found = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)) & ~covered
        return _without_crumbs(found.astype(np.uint8), 0.03 * _UNIT_PX**2) > 0, ~covered

    def _unlike_before(self, number: int, small: Frame) -> NDArray[np.float32]:
        """(h, w) 0 where the open arms' frames show the same, at the same place of the room or of the body."""
        import cv2

        hips = [LEFT_HIP, RIGHT_HIP]
        now = self._tracks.pose_at(number)[hips, :2].mean(axis=0)
        palette = []
        for earlier, picture in self._before:
            soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
            camera = self._motion.shift_px[self._tracks.row(number)] - self._motion.shift_px[self._tracks.row(earlier)]
            body = now - self._tracks.pose_at(earlier)[hips, :2].mean(axis=0)
            for x, y in (self._scale * camera, self._scale * body):
                for dx, dy in ((0, 0), (3, 0), (-3, 0), (0, 3), (0, -3)):
                    move = np.array([[1, 0, x + dx], [0, 1, y + dy]], np.float32)
                    palette.append(cv2.warpAffine(soft, move, small.shape[1::-1], borderMode=cv2.BORDER_REPLICATE))
        if not palette:
            return np.full(small.shape[:2], 9.0, np.float32)
        soft = np.log(cv2.GaussianBlur(small, (0, 0), 1.0).astype(np.float32) + 16)
        unlike = np.full(small.shape[:2], np.inf, np.float32)
        for picture in palette:
            ratio = soft - np.log(picture.astype(np.float32) + 16)
            shade, spread = ratio.mean(axis=2), ratio.max(axis=2) - ratio.min(axis=2)
            # The same thing may lie in the shadow of what is now held, but not in much of it.
            beyond = np.maximum(-shade - 0.35, shade - 0.12).clip(0)
            unlike = np.minimum(unlike, np.hypot(spread / 0.16, beyond / 0.12))
        return unlike

    def _small(self, frame: Frame) -> Frame:
        import cv2

        x0, y0, x1, y1 = self.box
        size = (max(8, round((x1 - x0) * self._scale)), max(8, round((y1 - y0) * self._scale)))
        return cv2.resize(frame[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA)

    def _arms(self, number: int) -> NDArray[np.uint8]:
        """(h, w) uint8 of the forearms inside the box."""
        x0, y0, x1, y1 = self.box
        arms = np.zeros((y1 - y0, x1 - x0), np.uint8)
        if self._forearms is None:
            return arms
        left, top, right, bottom = self._forearms.box
        inner = (max(x0, left), max(y0, top), min(x1, right), min(y1, bottom))
        if inner[2] > inner[0] and inner[3] > inner[1]:
            part = self._forearms.at(number)[inner[1] - top : inner[3] - top, inner[0] - left : inner[2] - left]
            arms[inner[1] - y0 : inner[3] - y0, inner[0] - x0 : inner[2] - x0] = part
        return arms

    def _shrunk(self, mask: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.float32]:
        import cv2

        return cv2.resize(mask, shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255

    def _face(self, number: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The face's oval, which nothing hugged may claim."""
        import cv2

        area = np.zeros(shape[:2], np.uint8)
        face = self._tracks.face_px[self._tracks.row(number)][list(_OVAL), :2]
        if np.isfinite(face).all():
            points = np.rint((face - np.array(self.box[:2])) * self._scale).astype(np.int32)
            cv2.fillConvexPoly(area, cv2.convexHull(points), 255)
        return area.astype(np.float32) / 255

    def _shift(self, number: int) -> NDArray[np.float32]:
        """How far the trunk is from its mean place, in small pixels."""
        pose = self._tracks.pose_at(number)
        return self._scale * (pose[[LEFT_SHOULDER, RIGHT_SHOULDER], :2].mean(axis=0) - self._middle)

    def _to_prior(self, found: NDArray[np.float32], number: int) -> NDArray[np.float32]:
        import cv2

        dx, dy = -self._shift(number)
        return cv2.warpAffine(found, np.array([[1, 0, dx], [0, 1, dy]], np.float32), found.shape[::-1])

    def _from_prior(self, number: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
        import cv2

        assert self._prior is not None  # noqa: S101 - learn() came first
        dx, dy = self._shift(number)
        return cv2.warpAffine(
            self._prior, np.array([[1, 0, dx], [0, 1, dy]], np.float32), shape[1::-1], borderValue=-4.0
        )


def _bins(small: Frame) -> NDArray[np.intp]:
    import cv2

    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    # Colour counts more than lightness: folds and shadows belong to the cloth.
    spread = np.array([255, 96, 96], np.float32)
    centre = np.array([127.5, 128, 128], np.float32)
    return (((lab - centre) / spread + 0.5).clip(0, 0.999) * _BINS).astype(np.intp)


def _without_crumbs(mask: NDArray[np.uint8], least_px: float) -> NDArray[np.uint8]:
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    keep = np.zeros(count, np.uint8)
    keep[1:] = stats[1:, cv2.CC_STAT_AREA] >= least_px
    return keep[labels]
