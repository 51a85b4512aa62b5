"""One decode of the clip: everything that is seen in it, row by row, before anything is judged.

    decode -> downscale -> pose            (the calling thread)
           -> matte, face, hands, light, camera   (one worker, at most two frames behind)

mediapipe and OpenCV release the interpreter while they compute, so the two halves share two cores; the short queue
keeps memory flat.  Every model follows the clip's order, so a row never depends on the speed of the machine.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InputError, MediaError
from studio.core.frames import Frame, FrameSource, Size
from studio.core.people import LEFT_SHOULDER, NOSE, RIGHT_SHOULDER, CameraMotion, Light, Tracks
from studio.core.run import Run
from studio.media.spool import NO_ROOM, NO_ROOM_HINT
from studio.vision import faces, hands
from studio.vision.hush import hush
from studio.vision.light import face_light, median_light
from studio.vision.matte import MatteSession, matte_session, matte_size
from studio.vision.motion import MotionTracker, camera_motion
from studio.vision.people import PeopleCounter, Person, trunk_share, whole_box
from studio.vision.pose import Box, Pose, PoseFinder, shoulder_width, smooth
from studio.vision.roles import hand_sharpness
from studio.vision.trunk import TRUNK_PX, trunk_picture

_LONG_PX = 960
_MAPPED_BYTES = 64 * 2**20
_CENSUSES = 7
_LIGHTS = 12
_CUT = 38.0
"""Mean change of 48-pixel thumbnails, in levels, that only another scene makes."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen, not yet judged.

    Parameters
    ----------
    found : (n,) bool, whether the row's pose was seen (else it is held or filled from its neighbours)
    trunk : (n,) float32, share of the trunk that the matte covers: low where the pose model invents a body
    bright : (n,) float32, 95th percentile of the person's luma (of the picture's where nobody was seen): dark clothes
    do
        not lower it, a dark room does
    piece : (n,) int32, number of the uncut piece of film
    censuses : everybody in some of the frames, left to right
    is_photo : a single picture, however long it is held
    hands : (n, 2) float32 of `roles.hand_sharpness`, [left, right], NaN where the hand is not in the picture
    trunk_rgb : (n, h, w, 3) uint8 of `trunk.trunk_picture`: what is seen before the chest
    """

    size_px: Size
    rate: Fraction
    frame_count: int
    tracks: Tracks
    found: NDArray[np.bool_]
    trunk: NDArray[np.float32]
    bright: NDArray[np.float32]
    piece: NDArray[np.int32]
    censuses: tuple[tuple[Person, ...], ...]
    light: Light
    motion: CameraMotion
    is_photo: bool
    hands: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    trunk_rgb: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, *TRUNK_PX[::-1], 3), np.uint8))


def look(clip: FrameSource, run: Run, *, person: int | None, matte_model: str) -> Sight:
    """Run every model over the clip, about ten frames per second.

    Raises
    ------
    InputError : no frames, or there is no person number ``person``
    ModelError : the matting model is not there
    """
    is_photo = bool(getattr(clip, "is_photo", clip.frame_count == 1))
    stride = clip.frame_count if is_photo else max(1, round(clip.rate / 10))
    count = -(-clip.frame_count // max(1, stride))
    if count == 0:
        raise InputError("The clip has no pictures.", "Film again, or export the clip anew from your phone.")
    with ExitStack() as stack:
        with hush():
            table = _Table(clip.size_px, count, run.workdir)
            worker = stack.enter_context(closing(_Worker(clip.size_px, table, count, matte_session(matte_model))))
            guide = stack.enter_context(closing(_Guide(count, person)))
        # Entered last, so it ends first: no model is closed while the worker still uses it.
        pool = stack.enter_context(ThreadPoolExecutor(1, "vision"))
        step = stack.enter_context(run.stage("seeing", count))
        waiting: deque[Future[None]] = deque()
        row = 0
        for index, frame in enumerate(stack.enter_context(closing(clip.frames()))):
            if index % stride:
                continue
            small = _shrink(frame, _LONG_PX)
            pose = guide.follow(row, small)
            waiting.append(pool.submit(worker.see, row, frame, small, pose, guide.cut))
            table.frame[row], table.piece[row] = index, guide.piece
            if len(waiting) > 2:
                waiting.popleft().result()
            step()
            row += 1
            if row == count:
                break
        for future in waiting:
            future.result()
    guide.require_person()
    return Sight(
        clip.size_px,
        clip.rate,
        clip.frame_count,
        table.tracks(row),
        table.found[:row],
        table.trunk[:row],
        table.bright[:row],
        table.piece[:row],
        tuple(guide.censuses),
        median_light(worker.lights),
        camera_motion(table.shift[:row], clip.size_px[0]),
        is_photo,
        table.hand_sharpness[:row],
        table.trunk_rgb[:row],
    )


class _Guide:
    """Decides which body is followed, and counts the others now and then."""

    def __init__(self, count: int, person: int | None) -> None:
        self._finder = PoseFinder(follow=True)
        self._counter = PeopleCounter()
        self._person = person
        self._every = max(1, count // _CENSUSES)
        self._chosen = False
        self._ever_chosen = False
        self._window: Box | None = None
        self._fences = (-np.inf, np.inf)
        self._thumb: NDArray[np.int16] | None = None
        self.piece = 0
        self.cut = False
        self.censuses: list[tuple[Person, ...]] = []

    def follow(self, row: int, small: Frame) -> Pose | None:
        """The pose of the chosen person in this picture."""
        self._notice_cut(small)
        # The second look: on the frame in which it loses a body the model answers "nobody" without searching again.
        pose = self._finder.find(small, self._window) or self._finder.find(small, self._window)
        if row % self._every == self._every // 2 or (pose is not None and not self._chosen):
            people = self._counter.count(small)
            self.censuses.append(tuple(people))
            if not self._chosen and people:
                pose = self._choose(small, pose, people)
        if self._window is not None and pose is not None:
            x0, y0, x1, y1 = whole_box(pose, small.shape)
            x0, x1 = int(max(x0, self._fences[0])), int(min(x1, self._fences[1]))
            self._window = (x0, y0, x1, y1) if x1 - x0 > 32 and y1 - y0 > 32 else None
        return pose

    def require_person(self) -> None:
        """Raise when the person that was asked for never appeared."""
        if self._person is not None and not self._ever_chosen:
            most = max((len(people) for people in self.censuses), default=0)
            raise InputError(
                f"There is no person number {self._person} in the clip.",
                f"The studio sees {most}, counted from the left; choose one of them.",
            )

    def close(self) -> None:
        self._finder.close()
        self._counter.close()

    def _choose(self, small: Frame, pose: Pose | None, people: list[Person]) -> Pose | None:
        """Look at the largest person only (or at the one that was asked for) if that is not who was found by itself."""
        if self._person is not None and len(people) < self._person:
            return pose
        self._chosen = self._ever_chosen = True
        best = people[self._person - 1] if self._person else max(people, key=lambda one: one.unit_px)
        if pose is not None and (len(people) == 1 or (self._person is None and _nearest(people, pose) is best)):
            return pose
        at = people.index(best)
        left = (people[at - 1].x_px + best.x_px) / 2 if at else -np.inf
        right = (people[at + 1].x_px + best.x_px) / 2 if at + 1 < len(people) else np.inf
        self._fences = (left, right)
        x0, y0, x1, y1 = best.box
        self._window = (int(max(x0, left)), y0, int(min(x1, right)), y1)
        self._finder.forget()
        return self._finder.find(small, self._window)

    def _notice_cut(self, small: Frame) -> None:
        import cv2

        thumb = cv2.cvtColor(cv2.resize(small, (48, 48), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(
            np.int16
        )
        self.cut = self._thumb is not None and float(np.abs(thumb - self._thumb).mean()) > _CUT
        self._thumb = thumb
        if self.cut:
            self.piece += 1
            self._finder.forget()
            self._window, self._chosen = None, self._person is None and self._chosen


def _nearest(people: list[Person], pose: Pose) -> Person:
    here = float(pose.points_px[[LEFT_SHOULDER, RIGHT_SHOULDER], 0].mean())
    return min(people, key=lambda one: abs(one.x_px - here))


class _Worker:
    """Everything that needs the pose, for one frame after the other."""

    def __init__(self, size_px: Size, table: _Table, count: int, mattes: MatteSession) -> None:
        self._table = table
        self._mattes = mattes
        self._faces = faces.FaceFinder()
        self._hands = hands.HandFinder()
        self._motion = MotionTracker(size_px[0])
        self._light_every = max(1, count // _LIGHTS)
        self.lights: list[NDArray[np.float32]] = []

    def see(self, row: int, frame: Frame, small: Frame, pose: Pose | None, cut: bool) -> None:
        table = self._table
        if pose is not None:
            scale = frame.shape[1] / small.shape[1]
            points = pose.points_px * np.float32(scale)
            table.found[row], table.pose[row], table.visibility[row] = True, points, pose.visibility
            self._see_matte(row, frame, pose)
            face = self._faces.find(frame, points)
            if face is not None:
                table.face[row] = face
                if row % self._light_every == 0:
                    light = face_light(frame, face)
                    if light is not None:
                        self.lights.append(light)
            table.hands[row] = self._hands.find(frame, points)
            table.hand_sharpness[row] = hand_sharpness(frame, points, table.hands[row])
            table.trunk_rgb[row] = trunk_picture(frame, points)
        self._measure(row, small, pose)
        table.shift[row] = self._motion.step(small, table.matte[row], cut=cut)

    def close(self) -> None:
        for model in (self._mattes, self._faces, self._hands):
            model.close()

    def _see_matte(self, row: int, frame: Frame, pose: Pose) -> None:
        import cv2

        height, width = self._table.matte.shape[1:]
        picture = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        scale = width / pose.mask.shape[1]
        mask = cv2.resize(pose.mask, (width, height), interpolation=cv2.INTER_AREA)
        reduced = Pose(pose.points_px * np.float32(scale), pose.visibility, mask)
        alpha = self._mattes.matte(picture, reduced)
        self._table.matte[row] = (alpha * 255 + 0.5).astype(np.uint8)
        self._table.trunk[row] = trunk_share(reduced.points_px, alpha)
        self._table.head_top[row] = head_top(alpha, reduced.points_px) * frame.shape[0] / height

    def _measure(self, row: int, small: Frame, pose: Pose | None) -> None:
        """Sharpness and brightness of the person."""
        import cv2

        if pose is None:
            self._table.bright[row] = np.percentile(cv2.cvtColor(small[::4, ::4], cv2.COLOR_RGB2GRAY), 95)
            return
        x0, y0, x1, y1 = whole_box(pose, small.shape)
        grey = cv2.cvtColor(small[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY)
        self._table.sharpness[row] = cv2.Laplacian(grey, cv2.CV_32F).var()
        body = cv2.resize(self._table.matte[row], small.shape[1::-1])[y0:y1, x0:x1] > 127
        person = grey[body] if body.any() else grey
        self._table.luma[row], self._table.bright[row] = person.mean(), np.percentile(person, 95)


class _Table:
    """The arrays that are filled row by row; the mattes lie on the disk when they are many."""

    def __init__(self, size_px: Size, count: int, workdir: Path) -> None:
        width, height = matte_size(size_px)
        shape = (count, height, width)
        if count * height * width > _MAPPED_BYTES:
            # Mapped: memory stays flat however long the clip is.
            self.matte = _mapped(workdir / "matte.npy", shape)
        else:
            self.matte = np.zeros(shape, np.uint8)
        self.frame = np.zeros(count, np.int32)
        self.piece = np.zeros(count, np.int32)
        self.pose = np.full((count, 33, 3), np.nan, np.float32)
        self.visibility = np.zeros((count, 33), np.float32)
        self.face = np.full((count, faces.POINTS, 3), np.nan, np.float32)
        self.hands = np.full((count, 2, hands.POINTS, 3), np.nan, np.float32)
        self.head_top = np.full(count, np.nan, np.float32)
        self.sharpness = np.zeros(count, np.float32)
        self.luma = np.zeros(count, np.float32)
        self.shift = np.zeros((count, 2), np.float32)
        self.found = np.zeros(count, bool)
        self.trunk = np.zeros(count, np.float32)
        self.bright = np.zeros(count, np.float32)
        self.hand_sharpness = np.full((count, 2), np.nan, np.float32)
        self.trunk_rgb = np.zeros((count, *TRUNK_PX[::-1], 3), np.uint8)

    def tracks(self, rows: int) -> Tracks:
        """The first ``rows`` rows, smoothed over time, with the pose filled where it was not seen."""
        piece = self.piece[:rows]
        return Tracks(
            self.frame[:rows],
            _filled(smooth(self.pose[:rows], piece)),
            self.visibility[:rows],
            smooth(self.face[:rows], piece),
            self.hands[:rows],
            self.matte[:rows],
            _filled(smooth(self.head_top[:rows], piece)),
            self.sharpness[:rows],
            self.luma[:rows],
        )


def _mapped(path: Path, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Zeros on the disk.  Written first: a map over a file with holes kills the process when the disk fills up."""
    try:
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
            for _ in range(shape[0]):
                file.write(bytes(shape[1] * shape[2]))
    except OSError as error:
        path.unlink(missing_ok=True)
        if error.errno in NO_ROOM:
            raise MediaError("There is no room left on the disk for the clip's mattes.", NO_ROOM_HINT) from error
        raise MediaError("The folder for temporary files cannot be written.", NO_ROOM_HINT) from error
    return np.lib.format.open_memmap(path, "r+")


def head_top(alpha: NDArray[np.float32], points_px: NDArray[np.float32]) -> float:
    """y in px of the top of the matte in a column above the nose; the nose itself where the matte misses the head."""
    height, width = alpha.shape
    x, y = points_px[NOSE, :2]
    half = max(1.0, 0.15 * float(shoulder_width(points_px)))
    x0, x1 = int(np.clip(x - half, 0, width - 1)), int(np.clip(x + half, 0, width - 1)) + 1
    nose = int(np.clip(y, 0, height - 1))
    # Upwards from the nose, so that something on the wall above the head is not its top.
    solid = np.median(alpha[: nose + 1, x0:x1], axis=1)[::-1] > 0.5
    gap = np.flatnonzero(~solid)
    return float(nose - (gap[0] if len(gap) else nose) + 1) if solid[0] else float(y)


def _filled(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gaps filled linearly from the neighbours, ends held; all zero when nothing is known."""
    flat = rows.reshape(len(rows), -1)
    known = np.flatnonzero(~np.isnan(flat).any(axis=1))
    if len(known) == 0:
        return np.zeros_like(rows)
    at = np.arange(len(rows))
    filled = np.stack([np.interp(at, known, column[known]) for column in flat.T], axis=1)
    return filled.astype(np.float32).reshape(rows.shape)


def _shrink(frame: Frame, long_px: int) -> Frame:
    import cv2

    height, width = frame.shape[:2]
    scale = long_px / max(height, width)
    if scale >= 1:
        return frame
    return cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
