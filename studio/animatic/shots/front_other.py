"""The other self of a front-facing embrace: the user's own cut-out of another moment, re-aged as a whole and alive.

Head and hair by the re-ager, and with them the body down to the thighs: its warp makes shoulders and trunk of the
wanted age about the neck, and dyes the shirt.  The body is made once, from its sharpest moment; the head lives: it is
made a few times a second, cross-faded, and set on the body softly below the chin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.forearms import shoulder_width_px
from studio.animatic.arms.removal import arm_mask, matte_without_arms
from studio.animatic.face import reager as face_reager
from studio.animatic.face.crop import working_scale
from studio.animatic.face.mesh import CHIN, pose_of
from studio.animatic.person import Person, measure
from studio.animatic.scene import Scene
from studio.animatic.shots.face_track import FaceTrack
from studio.animatic.shots.front_cloth import other_shirt, other_trousers
from studio.animatic.shots.front_moments import eyes_opened
from studio.compose.blend import overlap
from studio.core.frames import Patch, Size
from studio.core.time import FrameRange
from studio.vision.matte_refine import Background, Refiner

Arms = Literal["both", "none", "left", "right"]
"""Which of the filmed arms stay, by their side in the *picture*."""

_STEPS_PER_S = 8.0
_SIDES_IPD, _UP_IPD = 5.4, 3.4
_STILL_WOBBLE_PX, _HAND_HELD_WOBBLE_PX = 0.12, 0.4
"""How far the plate may be off the picture."""
_HEAD_SIDES_IPD, _HEAD_DOWN_IPD = 2.8, 3.0
_DELTOID = 0.15
"""How far a shoulder reaches out beyond its joint, in shoulder widths."""
_LINES = 0.35
"""How much of the re-ager's line detail is used."""


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
    mirrored : left and right exchanged; ``keep`` counts after that
    below_px : how far below the eyes the re-aged body must reach, clip pixels before placing
    """

    def __init__(
        self, scene: Scene, part: FrameRange, shown_scale: float, keep: Arms, below_px: float, *, mirrored: bool
    ) -> None:
        swapped: dict[Arms, Arms] = {"left": "right", "right": "left"}
        self.scene, self.mirrored = scene, mirrored
        self.keep: Arms = swapped.get(keep, keep) if mirrored else keep
        self._refiner = Refiner(scene.analysis.size_px)
        self.redrawn = scene.preset.hug.staging != "side-by-side"
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
        track = FaceTrack(tracks, self.part, scene.footage)
        self._faces = track.faces_px if len(track.rows) else tracks.face_px[seen]
        awake = np.clip(eyes_opened(tracks.face_px[seen]), 0.05, 0.35)
        best = int(np.argmax(tracks.sharpness[seen] * np.nan_to_num(awake, nan=0.05)))
        self.person: Person = measure(tracks, self.part, scene.analysis.size_px[1])
        self._rest_at = float(self._frames[best])
        frame, face = scene.footage.at(self._rest_at), self._faces[best]
        pose = pose_of(face, scene.sex)
        scale = max(0.3, min(shown_scale, working_scale(pose.ipd_px)))
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
        # beside a real face drawn lines are seen as lines: fewer of them
        plain = replace(plain, sitter=replace(plain.sitter, detail=_LINES * plain.sitter.detail))
        self.is_dyed = plain.dye is not None
        self.warp, self.ipd_px, self.scale = plain.warp, pose.ipd_px, plain.scale
        self.anchors = self._anchored(face, pose)
        body = _cropped(plain, pose.centre_px, pose.ipd_px, (_SIDES_IPD, _UP_IPD), below_px)
        matte = self._matte(self._rest_at)
        self._body = body.apply(frame, face, matte)
        hip_y = float(face[CHIN, 1]) + self.warp.body * float(self.person.hip_mid_px[1] - face[CHIN, 1])
        if self.is_dyed:  # trousers of nearly the shirt's colour stay as they are
            plain_body = replace(body, dye=None).apply(frame, face, matte)
            self._body = _below(self._body, plain_body, (hip_y + 0.35 * self.ipd_px) * self.scale, 0.3 * self.ipd_px)
            if scene.is_forearm_bare:  # nor is skin that a red shirt shines on cloth
                pose_px = scene.analysis.tracks.pose_at(self._rest_at)
                hem = float(np.max(pose_px[[11, 12], 1] + 0.76 * (pose_px[[13, 14], 1] - pose_px[[11, 12], 1])))
                hem = float(face[CHIN, 1]) + self.warp.body * (hem - float(face[CHIN, 1]))
                middle = float(self.anchors.shoulder_px[0])
                self._body = _with_arms_of(self._body, plain_body, middle * self.scale, hem * self.scale)
        shirt = scene.look.garment_rgb if self.is_dyed else scene.own_look.garment_rgb
        self._hip_y = hip_y
        self._body = other_trousers(
            self._shirt(self._body), hip_y * self.scale, self.ipd_px * self.scale, scene.look.trousers_rgb, shirt
        )
        self._reager = _cropped(
            plain, pose.centre_px, pose.ipd_px, (_HEAD_SIDES_IPD, _UP_IPD), _HEAD_DOWN_IPD * self.ipd_px
        )
        self._shoulder_px = self._shoulders(self._rest_at)
        # only analysed frames: there landmarks and picture are the camera's own, not made between two
        apart = float(np.median(np.diff(self._frames))) if len(self._frames) > 1 else 1.0
        every = max(1, round(float(scene.analysis.rate) / (_STEPS_PER_S * apart)))
        self._looked_at = self._frames[:: min(every, max(1, len(self._frames) - 1))]
        self._kept: dict[float, Patch] = {}

    def at(self, position: float) -> tuple[Patch, tuple[float, float]]:
        """The cut-out at a clip position, and where the eyes of its reference are in it: what its place is counted
        from, so that the head is free to move and the body is not."""
        at = self._looked_at
        position = float(np.clip(position, at[0], at[-1]))
        right = int(np.clip(np.searchsorted(at, position), 0, len(at) - 1))
        left = max(0, right - 1)
        t = (position - at[left]) / (at[right] - at[left]) if right > left else 0.0
        head = self._drawn(float(at[left]))
        if t > 0.04:  # each is moved to where the eyes are now, or a nodding face would have four of them
            gone = (self._eyes(float(at[right])) - self._eyes(float(at[left]))) * self.scale
            head = _mixed(_moved(head, t * gone), _moved(self._drawn(float(at[right])), (t - 1) * gone), t)
        x, y = (self.anchors.eyes_px + 0.5) * self.scale - (self._body.x_px, self._body.y_px)
        whole = self._with_head(head)
        if self.mirrored:
            rgba = np.ascontiguousarray(whole.rgba[:, ::-1])
            return Patch(rgba, whole.x_px, whole.y_px), (rgba.shape[1] - float(x), float(y))
        return whole, (float(x), float(y))

    def _with_head(self, head: Patch) -> Patch:
        """The body with a head set on it, softly below the chin and out at the sides."""
        body = self._body
        x, y = head.x_px - body.x_px, head.y_px - body.y_px
        found = overlap(body.rgba.shape, *head.rgba.shape[:2], x, y)
        if found is None:
            return body
        (x0, y0, x1, y1), (u0, v0, u1, v1) = found
        import cv2

        rgba = body.rgba.copy()
        weight = self._seam(head.rgba.shape[:2])[v0:v1, u0:u1]
        four = cv2.merge([weight] * 4)
        above = np.ascontiguousarray(head.rgba[v0:v1, u0:u1])
        below = np.ascontiguousarray(rgba[y0:y1, x0:x1])
        rgba[y0:y1, x0:x1] = cv2.add(
            cv2.multiply(above, four, scale=1 / 255), cv2.multiply(below, cv2.bitwise_not(four), scale=1 / 255)
        )
        return Patch(rgba, body.x_px, body.y_px)

    def _seam(self, shape: tuple[int, int]) -> NDArray[np.uint8]:
        """(h, w) weight of the living head: 1 on it, falling from below the chin to the collar."""
        unit = self.ipd_px * self.scale
        rows = np.arange(shape[0], dtype=np.float32)[:, None] / unit - _UP_IPD
        across = np.abs(np.arange(shape[1], dtype=np.float32)[None] - shape[1] / 2) / unit
        chin = float(self.anchors.chin_px[1] - self.anchors.eyes_px[1]) / self.ipd_px
        down = np.clip((_HEAD_DOWN_IPD - 0.15 - rows) / max(0.3, _HEAD_DOWN_IPD - 0.15 - chin - 0.1), 0, 1)
        sides = np.clip((_HEAD_SIDES_IPD - 0.1 - across) / 0.6, 0, 1)
        weight = down * np.maximum(sides, np.clip(1.0 - rows, 0, 1) * sides)
        return np.rint(255 * weight * weight * (3 - 2 * weight)).astype(np.uint8)

    def _drawn(self, position: float) -> Patch:
        if position not in self._kept:
            while len(self._kept) > 3:
                self._kept.pop(next(iter(self._kept)))
            frame = self.scene.footage.at(position)
            head = self._shirt(self._reager.apply(frame, self._face(position), self._matte(position)))
            self._kept[position] = _moved(head, (self._shoulder_px - self._shoulders(position)) * self.scale)
        return self._kept[position]

    def _shirt(self, patch: Patch) -> Patch:
        """The cut-out in another shirt, where the re-ager could not dye it."""
        if self.is_dyed:
            return patch
        own, look, scale = self.scene.own_look, self.scene.look, self.scale
        chin = float(self.anchors.chin_px[1]) * scale
        hair = own.hair_rgb if own.hair_style in ("long", "curly") else None
        colours = own.garment_rgb, look.garment_rgb, hair
        return other_shirt(patch, chin, self._hip_y * scale, self.ipd_px * scale, *colours)

    def _shoulders(self, position: float) -> NDArray[np.float64]:
        return self.scene.analysis.tracks.pose_at(position)[[11, 12], :2].astype(np.float64).mean(0)

    def _matte(self, position: float) -> NDArray[np.float32]:
        analysis = self.scene.analysis
        tracks = analysis.tracks
        matte = self._sharp_matte(position)
        if self.keep == "both":
            return matte
        pose = tracks.pose_at(position)
        return matte_without_arms(
            matte, cleared_arms(pose, self.scene.analysis.size_px, self.keep, redrawn=self.redrawn)
        )

    def _sharp_matte(self, position: float) -> NDArray[np.float32]:
        """The person's matte at full resolution, told from the clean plate; the networks' where nothing is known of
        what is behind (a photo)."""
        matte = self.scene.analysis.tracks.matte_at(position)
        if len(self.scene.analysis.tracks) < 3:
            return matte
        plate = self.scene.backdrop.plate
        wobble = _STILL_WOBBLE_PX if self.scene.analysis.motion.is_static else _HAND_HELD_WOBBLE_PX
        behind = Background(plate.at(position), plate.confidence_at(position), plate.spread_at(position), wobble)
        return self._refiner.refine(self.scene.footage.at(position), matte, behind).alpha.astype(np.float32) / 255

    def _face(self, position: float) -> NDArray[np.float32]:
        right = int(np.clip(np.searchsorted(self._frames, position), 0, len(self._frames) - 1))
        left = max(0, right - 1)
        span = self._frames[right] - self._frames[left]
        t = float(np.clip((position - self._frames[left]) / span, 0, 1)) if span > 0 else 0.0
        return (self._faces[left] * (1 - t) + self._faces[right] * t).astype(np.float32)

    def _eyes(self, position: float) -> NDArray[np.float64]:
        """Where the eyes are when the shoulders are held still."""
        eyes = self._face(position)[[33, 133, 263, 362], :2].mean(0).astype(np.float64)
        return eyes - self._shoulders(position)

    def _anchored(self, face: NDArray, pose) -> Anchors:
        """Where the warp takes eyes, chin, crown and shoulders."""
        warp, person = self.warp, self.person
        eyes = face[[33, 133, 263, 362], :2].mean(0).astype(np.float64)
        chin = face[CHIN, :2] + pose.to_picture(warp.face[[CHIN]])[0]
        # the shoulder line of this frame, scaled about the chin as the whole body is
        joints = self.scene.analysis.tracks.pose_at(self._rest_at)[[11, 12], :2].astype(np.float64).mean(0)
        shoulder = chin + (joints - face[CHIN, :2]) * (1.0, warp.body)
        top = float(eyes[1]) - (float(face[CHIN, 1]) - person.head_height_px - float(eyes[1])) * -warp.skull
        chin = np.asarray(chin, np.float64)
        if self.mirrored:
            chin[0], shoulder[0] = 2 * eyes[0] - chin[0], 2 * eyes[0] - shoulder[0]
        return Anchors(eyes, chin, shoulder, top, 0.5 * person.shoulder_px * warp.shoulders)


def cleared_arms(pose_px: NDArray, size_px: Size, keep: Arms, *, redrawn: bool) -> NDArray[np.uint8]:
    """`arm_mask` of the arms that are not kept.  Of a hanging arm the shoulder stays when another arm is drawn instead
    that goes down from there too."""
    mask = arm_mask(pose_px, shoulder_width_px(pose_px), size_px)
    if keep == "both":
        mask[:] = 0
        return mask
    factor = mask.shape[1] / size_px[0]
    middle = int(np.clip(round(float(pose_px[[11, 12], 0].mean()) * factor), 0, mask.shape[1]))
    if keep != "none":
        mask[:, slice(0, middle) if keep == "left" else slice(middle, None)] = 0
    if not redrawn:
        return mask
    unit = shoulder_width_px(pose_px) * factor
    rows = np.arange(mask.shape[0], dtype=np.float32)[:, None] + 0.5
    columns = np.arange(mask.shape[1], dtype=np.float32)[None] + 0.5
    for shoulder, elbow in ((11, 13), (12, 14)):
        s, e = pose_px[shoulder, :2] * factor, pose_px[elbow, :2] * factor
        out = 1.0 if s[0] > middle else -1.0
        side = np.s_[:, middle:] if out > 0 else np.s_[:, :middle]
        if not mask[side].any():
            continue
        drop = float(e[1] - s[1])
        if drop > 0.8 * float(np.linalg.norm(e - s)):
            below = np.clip((rows - float(s[1]) - 0.03 * drop) / max(1.0, 0.10 * drop), 0, 1)
            mask[side] = np.rint(mask[side] * below).astype(np.uint8)
        # beyond the shoulder nothing of a raised arm may stand out beside the drawn one
        aside = np.clip((out * (columns - float(s[0])) / unit - _DELTOID) / 0.03, 0, 1)
        lower = np.clip((rows - float(s[1])) / unit / 0.05, 0, 1)
        reach = np.clip((e[1] + 0.3 * unit - rows) / (0.1 * unit), 0, 1)
        stump = np.rint(255 * aside * lower * reach).astype(np.uint8)
        np.maximum(mask[side], stump[side], out=mask[side])
    return mask


def _cropped(
    plain: face_reager.Reager, centre: NDArray, ipd: float, reach_ipd: tuple[float, float], down: float
) -> face_reager.Reager:
    """The re-ager with another crop: out to hanging arms and down to the thighs, or only the head."""
    x, y = centre
    more = 1 / min(1.0, plain.warp.shoulders)
    sides, up = reach_ipd[0] * ipd, reach_ipd[1] * ipd
    view = (round(x - sides), round(y - up), round(x + sides), round(y + down))
    crop = (round(x - sides * more), round(y - up), round(x + sides * more), round(y + down * more + 0.5 * ipd))
    return replace(plain, view_px=view, crop_px=crop)


def _moved(patch: Patch, shift_px: NDArray) -> Patch:
    """The patch moved by a fraction of pixels; its own frame stays."""
    import cv2

    if float(np.abs(shift_px).max()) < 0.1:
        return patch
    move = np.array([[1, 0, shift_px[0]], [0, 1, shift_px[1]]], np.float32)
    height, width = patch.rgba.shape[:2]
    return Patch(cv2.warpAffine(patch.rgba, move, (width, height), flags=cv2.INTER_LINEAR), patch.x_px, patch.y_px)


def _below(upper: Patch, lower: Patch, y_px: float, soft_px: float) -> Patch:
    """One cut-out above a line, another of the same size below it."""
    rows = np.arange(upper.rgba.shape[0], dtype=np.float32) + upper.y_px - y_px
    weight = np.clip(rows / max(1.0, soft_px) + 0.5, 0, 1)[:, None, None]
    mixed = upper.rgba + weight * (lower.rgba.astype(np.float32) - upper.rgba)
    return Patch(np.rint(mixed).astype(np.uint8), upper.x_px, upper.y_px)


def _with_arms_of(body: Patch, undyed: Patch, middle_px: float, hem_px: float) -> Patch:
    """The cut-out with hanging bare arms from the undyed one: below the sleeves, what a gap parts from the trunk."""
    import cv2

    rows = slice(int(np.clip(hem_px - body.y_px, 0, body.rgba.shape[0])), body.rgba.shape[0])
    column = int(np.clip(middle_px - body.x_px, 1, body.rgba.shape[1] - 1))
    gap = body.rgba[rows, :, 3] < 90
    right = np.maximum.accumulate(gap[:, column:], axis=1)
    left = np.maximum.accumulate(gap[:, :column][:, ::-1], axis=1)[:, ::-1]
    apart = np.concatenate([left, right], axis=1).astype(np.float32)
    weight = cv2.GaussianBlur(apart, (0, 0), 1.2)[..., None]
    rgba = body.rgba.copy()
    mixed = rgba[rows] + weight * (undyed.rgba[rows].astype(np.float32) - rgba[rows])
    rgba[rows] = np.rint(mixed).astype(np.uint8)
    return Patch(rgba, body.x_px, body.y_px)


def _mixed(a: Patch, b: Patch, t: float) -> Patch:
    """Cross-fade of two cut-outs of one size."""
    import cv2

    return Patch(cv2.addWeighted(a.rgba, 1 - t, b.rgba, t, 0), a.x_px, a.y_px)
