"""The user's body in numbers: where shoulders, chin and ground are, over a range of the clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.forearms import shoulder_width_px
from studio.core.people import LEFT_ANKLE, LEFT_EAR, NOSE, RIGHT_ANKLE, RIGHT_EAR, Tracks
from studio.core.time import FrameRange

_CHIN, _LEFT_CHEEK, _RIGHT_CHEEK = 152, 234, 454
_TRUNK_SHARE = 0.288
"""Shoulder line to hip joints as a share of stature (adult; the pose model's own joints)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Medians over a range, in clip pixels.

    Parameters
    ----------
    shoulder_mid_px, hip_mid_px : (2,) float
    shoulder_px : distance of the shoulder joints
    chin_px, face_mid_px : (2,) float
    head_top_px : y
    face_width_px : cheek to cheek
    tilt_deg : roll of the head, positive when it leans to the picture's right
    ground_px : y of the floor under the feet; outside the frame when the feet are
    stature_px : head top to ground, standing upright
    hands_px : (2,) float, middle of both hands
    elbows_px : (2, 2) float, the picture's left and right elbow
    feet_seen : whether the ankles are inside the frame
    """

    shoulder_mid_px: NDArray[np.float64]
    hip_mid_px: NDArray[np.float64]
    shoulder_px: float
    chin_px: NDArray[np.float64]
    face_mid_px: NDArray[np.float64]
    head_top_px: float
    face_width_px: float
    tilt_deg: float
    ground_px: float
    stature_px: float
    hands_px: NDArray[np.float64]
    elbows_px: NDArray[np.float64]
    feet_seen: bool

    @property
    def head_height_px(self) -> float:
        """Top of the head to chin."""
        return max(8.0, float(self.chin_px[1]) - self.head_top_px)


def measure(tracks: Tracks, part: FrameRange, clip_height_px: int) -> Person:
    """Measure the person over the analysed frames in ``part`` (at least the nearest one)."""
    rows = np.flatnonzero((tracks.frame >= part.start) & (tracks.frame < part.stop))
    if len(rows) == 0:
        rows = np.array([tracks.row(part.start)])
    pose = tracks.pose_px[rows].astype(np.float64)
    mid = pose[:, [11, 12], :2].mean(1)
    hip = pose[:, [23, 24], :2].mean(1)
    width = float(np.median([shoulder_width_px(p) for p in pose]))
    top = float(np.median(tracks.head_top_px[rows]))
    faces = tracks.face_px[rows].astype(np.float64)
    seen = np.isfinite(faces[:, 0, 0])
    shoulder_mid = np.median(mid, axis=0)
    if seen.any():
        chin = np.median(faces[seen][:, _CHIN, :2], axis=0)
        cheeks = faces[seen][:, [_LEFT_CHEEK, _RIGHT_CHEEK], :2]
        face_mid = np.median(cheeks.mean(1), axis=0)
        face_width = float(np.median(np.linalg.norm(cheeks[:, 1] - cheeks[:, 0], axis=1)))
        slope = np.median(cheeks[:, 1] - cheeks[:, 0], axis=0)
        tilt = float(np.degrees(np.arctan2(slope[1], slope[0])))
    else:
        nose = np.median(pose[:, NOSE, :2], axis=0)
        face_width = float(np.median(np.linalg.norm(pose[:, LEFT_EAR, :2] - pose[:, RIGHT_EAR, :2], axis=1)))
        face_mid, tilt = nose, 0.0
        chin = nose + np.array([0.0, 0.55 * max(face_width, 0.35 * width)])
    trunk = float(np.linalg.norm(np.median(hip, axis=0) - shoulder_mid))
    ankles = pose[:, [LEFT_ANKLE, RIGHT_ANKLE], 1]
    ankles_seen = float(np.median(tracks.visibility[rows][:, [LEFT_ANKLE, RIGHT_ANKLE]]))
    ground = float(np.median(ankles.max(1)))
    feet = ankles_seen > 0.5 and ground < 0.985 * clip_height_px
    if feet:
        stature = (ground - top) / 0.96  # ankle joints lie about 4 % of stature above the ground
        ground = top + stature
    else:
        stature = max(trunk / _TRUNK_SHARE, 1.9 * trunk, 3.7 * width)
        ground = top + stature
    hands = np.median(pose[:, [15, 16, 19, 20], :2].mean(1), axis=0)
    elbows = np.median(pose[:, [13, 14], :2], axis=0)
    elbows = elbows[np.argsort(elbows[:, 0])]
    return Person(
        shoulder_mid_px=shoulder_mid,
        hip_mid_px=np.median(hip, axis=0),
        shoulder_px=width,
        chin_px=chin,
        face_mid_px=face_mid,
        head_top_px=top,
        face_width_px=max(face_width, 1.0),
        tilt_deg=tilt,
        ground_px=ground,
        stature_px=stature,
        hands_px=hands,
        elbows_px=elbows,
        feet_seen=feet,
    )


def drift(tracks: Tracks, position: float, person: Person) -> NDArray[np.float64]:
    """How far the shoulders are from the person's median place at a clip position: (dx, dy) in clip pixels."""
    pose = tracks.pose_at(position)
    return pose[[11, 12], :2].mean(0).astype(np.float64) - person.shoulder_mid_px
