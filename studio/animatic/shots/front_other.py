"""The other self of a front-facing embrace: the user's own cut-out of another moment, re-aged as a whole and alive.

Head and hair by the re-ager, and with them the body down to the thighs: its warp makes shoulders and trunk of the
wanted age about the neck, and dyes the shirt.  The cut-out is made a few times a second and cross-faded, which for
somebody who stands and breathes cannot be told from every frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.forearms import shoulder_width_px
from studio.animatic.arms.removal import arm_mask, matte_without_arms
from studio.animatic.face import reager as face_reager
from studio.animatic.face.mesh import CHIN, pose_of, steady
from studio.animatic.person import Person, measure
from studio.animatic.scene import Scene
from studio.core.frames import Patch, Size
from studio.core.time import FrameRange

Arms = Literal["both", "none", "left", "right"]
"""Which of the filmed arms stay, by their side in the *picture*."""

_WORK_IPD_PX = 56
_STEPS_PER_S = 8.0
_SIDES_IPD, _UP_IPD = 5.4, 3.4


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where the re-aged person's parts are, in clip pixels of the reference frame (before any placing)."""

    eyes_px: NDArray[np.float64]
    chin_px: NDArray[np.float64]
    shoulder_px: NDArray[np.float64]
    top_y_px: float
    half_width_px: float

    @property
    def head_px(self) -> float:
        """Top of the head to chin."""
        return float(self.chin_px[1]) - self.top_y_px


class Other:
    """Parameters
    ----------
    part : the clip frames it is taken from
    shown_scale : film pixels per clip pixel at which it will be seen, its own size included
    keep : which filmed arms stay
    below_px : how far below the eyes the re-aged body must reach, clip pixels before placing
    """

    def __init__(self, scene: Scene, part: FrameRange, shown_scale: float, keep: Arms, below_px: float) -> None:
        self.scene, self.keep = scene, keep
        tracks = scene.analysis.tracks
        rows = np.flatnonzero((tracks.frame >= part.start) & (tracks.frame < part.stop))
        if len(rows) == 0:
            rows = np.array([tracks.row(part.start)])
        seen = rows[np.isfinite(tracks.face_px[rows, 0, 0])]
        if len(seen) == 0:
            everywhere = np.flatnonzero(np.isfinite(tracks.face_px[:, 0, 0]))
            seen = everywhere[[int(np.abs(everywhere - rows[0]).argmin())]] if len(everywhere) else rows[:1]
        self.part = FrameRange(int(tracks.frame[seen[0]]), int(tracks.frame[seen[-1]]) + 1)
        self._frames = tracks.frame[seen].astype(np.float64)
        self._faces = steady(tracks.face_px[seen]) if len(seen) > 2 else tracks.face_px[seen]
        best = int(np.argmax(tracks.sharpness[seen]))
        self.person: Person = measure(tracks, self.part, scene.analysis.size_px[1])
        self._rest_at = float(self._frames[best])
        frame, face = scene.footage.at(self._rest_at), self._faces[best]
        pose = pose_of(face, scene.sex)
        scale = float(
            np.clip(min(shown_scale, max(1.0, _WORK_IPD_PX / pose.ipd_px)), 0.3, 2 * _WORK_IPD_PX / pose.ipd_px)
        )
        clone = scene.preset.clone
        plain = face_reager.prepare(
            frame,
            face,
            self._matte(self._rest_at),
            from_years=clone.my_age_years,
            to_years=clone.age_years,
            sex=scene.sex,
            rng=scene.rng(41),
            scale=scale,
            garment_rgb=scene.look.garment_rgb,
            striped=scene.look.stripes,
        )
        self.is_dyed = plain.dye is not None
        self._reager = _longer(plain, pose.centre_px, pose.ipd_px, below_px)
        self.ipd_px = pose.ipd_px
        self.anchors = self._anchored(face, pose)
        self._kept: dict[int, Patch] = {}

    @property
    def scale(self) -> float:
        """Patch pixels per clip pixel."""
        return self._reager.scale

    def at(self, position: float) -> tuple[Patch, tuple[float, float]]:
        """The cut-out at a clip position, and where its eyes are in it; the head keeps most of its place."""
        step = float(self.scene.analysis.rate) / _STEPS_PER_S
        at = np.clip(position, self._frames[0], self._frames[-1]) / step
        left = int(np.floor(at))
        t = float(at - left)
        a = self._drawn(left, step)
        if t < 0.04:
            patch = a
        else:
            patch = _mixed(a, self._drawn(left + 1, step), t)
        eyes = self._eyes(float(np.clip(position, self._frames[0], self._frames[-1])))
        rest = self.anchors.eyes_px
        steady_eyes = eyes - 0.15 * (eyes - rest)  # a little of the way the head went is left
        x, y = (steady_eyes + 0.5) * self.scale - (patch.x_px, patch.y_px)
        return patch, (float(x), float(y))

    def _drawn(self, key: int, step: float) -> Patch:
        if key not in self._kept:
            while len(self._kept) > 3:
                self._kept.pop(next(iter(self._kept)))
            position = float(np.clip(key * step, self._frames[0], self._frames[-1]))
            frame = self.scene.footage.at(position)
            self._kept[key] = self._reager.apply(frame, self._face(position), self._matte(position))
        return self._kept[key]

    def _matte(self, position: float) -> NDArray[np.float32]:
        tracks = self.scene.analysis.tracks
        matte = tracks.matte_at(position)
        if self.keep == "both":
            return matte
        pose = tracks.pose_at(position)
        return matte_without_arms(matte, cleared_arms(pose, self.scene.analysis.size_px, self.keep))

    def _face(self, position: float) -> NDArray[np.float32]:
        right = int(np.clip(np.searchsorted(self._frames, position), 0, len(self._frames) - 1))
        left = max(0, right - 1)
        span = self._frames[right] - self._frames[left]
        t = float(np.clip((position - self._frames[left]) / span, 0, 1)) if span > 0 else 0.0
        return (self._faces[left] * (1 - t) + self._faces[right] * t).astype(np.float32)

    def _eyes(self, position: float) -> NDArray[np.float64]:
        return self._face(position)[[33, 133, 263, 362], :2].mean(0).astype(np.float64)

    def _anchored(self, face: NDArray, pose) -> Anchors:
        """Where the warp takes eyes, chin, crown and shoulders."""
        warp, person = self._reager.warp, self.person
        eyes = face[[33, 133, 263, 362], :2].mean(0).astype(np.float64)
        chin = face[CHIN, :2] + pose.to_picture(warp.face[[CHIN]])[0]
        # the shoulder line of this frame, scaled about the chin as the whole body is
        joints = self.scene.analysis.tracks.pose_at(self._rest_at)[[11, 12], :2].astype(np.float64).mean(0)
        shoulder = chin + (joints - face[CHIN, :2]) * (1.0, warp.body)
        top = float(eyes[1]) - (float(face[CHIN, 1]) - person.head_height_px - float(eyes[1])) * -warp.skull
        return Anchors(eyes, np.asarray(chin, float), shoulder, top, 0.5 * person.shoulder_px * warp.shoulders)


def cleared_arms(pose_px: NDArray, size_px: Size, keep: Arms) -> NDArray[np.uint8]:
    """`arm_mask` of the arms that are not kept."""
    mask = arm_mask(pose_px, shoulder_width_px(pose_px), size_px)
    if keep == "both":
        mask[:] = 0
    elif keep != "none":
        middle = round(float(pose_px[[11, 12], 0].mean()) / size_px[0] * mask.shape[1])
        middle = int(np.clip(middle, 0, mask.shape[1]))
        mask[:, slice(0, middle) if keep == "left" else slice(middle, None)] = 0
    return mask


def _longer(plain: face_reager.Reager, centre: NDArray, ipd: float, down: float) -> face_reager.Reager:
    """The re-ager with a crop that reaches down to the thighs and out to hanging arms."""
    x, y = centre
    more = 1 / min(1.0, plain.warp.shoulders)
    sides, up = _SIDES_IPD * ipd, _UP_IPD * ipd
    view = (round(x - sides), round(y - up), round(x + sides), round(y + down))
    crop = (round(x - sides * more), round(y - up), round(x + sides * more), round(y + down * more + 0.5 * ipd))
    return replace(plain, view_px=view, crop_px=crop)


def _mixed(a: Patch, b: Patch, t: float) -> Patch:
    """Cross-fade of two cut-outs of one size."""
    import cv2

    return Patch(cv2.addWeighted(a.rgba, 1 - t, b.rgba, t, 0), a.x_px, a.y_px)
