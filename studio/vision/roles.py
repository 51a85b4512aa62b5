"""What each moment of the clip is good for: arms open, arms folded, eyes lowered, head bent, hands sharp.

An embrace is believed when the eyes are closed or lowered, the head is bent and the hands are sharp, and few moments
of a take have all of it.  Every analysed frame gets a mark from 0 to 1 for each; the film then takes its pictures from
the best stretches (`core.people.Roles.best_range`).

Eyes and head are judged against the same person's own open eyes and upright head, for people differ more than their
moments do.  The opening of an eye is its aspect ratio (Soukupova and Cech 2016, "Real-time eye blink detection using
facial landmarks"), from the lids of the face mesh.  Lowered and closed eyes are one role: both end the stare.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Size
from studio.core.people import (
    LEFT_EAR,
    LEFT_INDEX,
    LEFT_WRIST,
    NOSE,
    RIGHT_EAR,
    RIGHT_INDEX,
    RIGHT_WRIST,
    Roles,
    Take,
    Tracks,
)
from studio.vision.pose import shoulder_width
from studio.vision.take import closed_mark, holding_mark, open_mark, read_arms

_LIDS = (((160, 144), (159, 145), (158, 153), (33, 133)), ((385, 380), (386, 374), (387, 373), (263, 362)))
"""Upper and lower lid three times, then the corners, of the right and the left eye."""
_FOREHEAD, _CHIN, _LEFT_CHEEK, _RIGHT_CHEEK = 10, 152, 454, 234
_HAND_PX = 96


def read_roles(tracks: Tracks, size_px: Size, take: Take, sharpness: NDArray[np.float32] | None = None) -> Roles:
    """Mark every analysed frame.

    Parameters
    ----------
    take : its open part shows how this person looks with open eyes and an upright head
    sharpness : (n, 2) of `hand_sharpness` per row, NaN where it was not measured; None: hands are judged by their
        speed alone
    """
    arms = read_arms(tracks, size_px)
    usual = (tracks.frame >= take.opening.start) & (tracks.frame < take.open_arms.stop)
    if not usual.any():
        usual[:] = True
    seen = np.full((len(tracks), 2), np.nan, np.float32) if sharpness is None else sharpness
    opened, folded = open_mark(arms), closed_mark(arms)
    if take.kind == "stand-in" and take.closed_arms is not None:
        held = (tracks.frame >= take.closed_arms.start) & (tracks.frame < take.closed_arms.stop)
        folded = np.where(held, np.maximum(folded, holding_mark(arms)), folded)
    marks = [
        opened,
        folded,
        eyes_lowered_mark(eye_opening(tracks.face_px), usual),
        head_bent_mark(tracks, usual),
        hands_sharp_mark(tracks, seen, _phase(opened, folded)),
    ]
    return Roles(tracks.frame.copy(), np.stack(marks, axis=1).astype(np.float32))


def weigh(take: Take, roles: Roles, rate: float) -> Take:
    """The take with its score lowered, by at most a fifth, for what the hug lacks in its best second.

    Parameters
    ----------
    rate : frames per second of the clip
    """
    if take.closed_arms is None:
        return take
    best = roles.best_range(("arms-folded", "eyes-lowered", "head-bent", "hands-sharp"), round(rate), take.closed_arms)
    return replace(take, score=take.score * (0.8 + 0.2 * (best.score if best else 0.0)))


def eye_opening(face_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) mean aspect ratio of both eyes, about 0.05 (closed) to 0.35 (wide); NaN without a face.

    Parameters
    ----------
    face_px : (n, 478, 3)
    """
    ratios = []
    for *lids, corners in _LIDS:
        high = np.mean([_distance(face_px, up, down) for up, down in lids], axis=0)
        ratios.append(high / np.maximum(_distance(face_px, *corners), 1e-3))
    return np.mean(ratios, axis=0).astype(np.float32)


def eyes_lowered_mark(opening: NDArray[np.float32], usual: NDArray[np.bool_]) -> NDArray[np.float32]:
    """0 at this person's open eyes, 1 when the lids are down; NaN without a face.

    Parameters
    ----------
    opening : (n,) of `eye_opening`
    usual : (n,) rows in which the eyes are probably open; at least the widest of all rows count as open
    """
    known = ~np.isnan(opening)
    if not known.any():
        return np.full(len(opening), np.nan, np.float32)
    base = opening[known & usual] if (known & usual).any() else opening[known]
    # Narrow eyes exist, and a person who looks down all the time; neither is taken for open eyes or for closed ones.
    open_level = float(np.clip(np.percentile(base, 75), 0.18, 0.36))
    return np.clip((0.85 - opening / open_level) / 0.35, 0, 1).astype(np.float32)


def head_angles(tracks: Tracks) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n,) roll and pitch of the head in degrees: roll to the picture's right, pitch forward is positive.

    From the face mesh where there is one, else from the pose's nose and ears (pitch only roughly).
    """
    face, pose = tracks.face_px, tracks.pose_px
    across = face[:, _LEFT_CHEEK] - face[:, _RIGHT_CHEEK]
    down = face[:, _CHIN] - face[:, _FOREHEAD]
    roll = np.degrees(np.arctan2(across[:, 1], across[:, 0]))
    # z is negative towards the camera: a bowed forehead comes nearer than the chin.
    pitch = np.degrees(np.arctan2(down[:, 2], np.hypot(down[:, 0], down[:, 1])))
    ears = pose[:, LEFT_EAR] - pose[:, RIGHT_EAR]
    rough_roll = np.degrees(np.arctan2(ears[:, 1], ears[:, 0]))
    drop = pose[:, NOSE, 1] - (pose[:, LEFT_EAR, 1] + pose[:, RIGHT_EAR, 1]) / 2
    rough_pitch = 75 * drop / np.maximum(np.hypot(ears[:, 0], ears[:, 1]), 1)
    missing = np.isnan(roll)
    return (
        np.where(missing, rough_roll, roll).astype(np.float32),
        np.where(missing, rough_pitch, pitch).astype(np.float32),
    )


def head_bent_mark(tracks: Tracks, usual: NDArray[np.bool_]) -> NDArray[np.float32]:
    """0 upright, 1 bent by 12 degrees to the side or 20 forward of how the head is usually held."""
    roll, pitch = head_angles(tracks)
    face = ~np.isnan(tracks.face_px[:, 0, 0])
    mark = np.zeros(len(tracks), np.float32)
    for kind in (face, ~face):  # each against its own kind: mesh and pose measure different angles
        if not kind.any():
            continue
        base = kind & usual if (kind & usual).any() else kind
        # Somebody who tilts the head all the time is not upright, but a camera may lean by some degrees.
        side = np.abs(roll - np.clip(np.median(roll[base]), -4, 4)) / 12
        # The first 4 degrees are how anybody sways.
        forward = np.clip(pitch - np.median(pitch[base]) - 4, 0, None) / 16
        mark = np.where(kind, np.clip(np.hypot(side, forward), 0, 1), mark)
    return mark.astype(np.float32)


def hand_sharpness(frame: Frame, pose_px: NDArray[np.float32], hands_px: NDArray[np.float32]) -> tuple[float, float]:
    """Detail of the [left, right] hand, contrast taken out; NaN for a hand outside the picture.

    The square round each hand is brought to one size, so that near and far hands compare.
    """
    import cv2

    half = 0.28 * float(shoulder_width(pose_px))
    found = []
    for hand, (wrist, index) in enumerate(((LEFT_WRIST, LEFT_INDEX), (RIGHT_WRIST, RIGHT_INDEX))):
        points = hands_px[hand, :, :2]
        middle = points.mean(axis=0) if np.isfinite(points).all() else pose_px[[wrist, index], :2].mean(axis=0)
        x0, y0 = np.floor(middle - half).astype(int)
        x1, y1 = np.ceil(middle + half).astype(int)
        if x0 < 0 or y0 < 0 or x1 > frame.shape[1] or y1 > frame.shape[0] or x1 - x0 < 8:
            found.append(float("nan"))
            continue
        grey = cv2.cvtColor(frame[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY)
        way = cv2.INTER_AREA if x1 - x0 > _HAND_PX else cv2.INTER_LINEAR
        square = cv2.resize(grey, (_HAND_PX, _HAND_PX), interpolation=way).astype(np.float32)
        found.append(float(cv2.Laplacian(square, cv2.CV_32F).std() / (square.std() + 6)))
    return found[0], found[1]


def hands_sharp_mark(tracks: Tracks, sharpness: NDArray[np.float32], phase: NDArray[np.int32]) -> NDArray[np.float32]:
    """1 for hands that rest and are as sharp as they get; the worse hand counts.

    Parameters
    ----------
    sharpness : (n, 2) of `hand_sharpness`, NaN where unknown
    phase : (n,) which rows compare: a hand before leaves or bricks always has more detail than one before a shirt
    """
    calm = np.clip((1.6 - _hand_speed(tracks)) / 1.2, 0, 1)
    known = np.isfinite(sharpness)
    if not known.any():
        return calm.astype(np.float32)
    ratio = np.full(sharpness.shape, np.inf)
    for part in np.unique(phase):
        for hand in range(sharpness.shape[1]):
            rows = (phase == part) & known[:, hand]
            if rows.any():
                best = max(float(np.percentile(sharpness[rows, hand], 85)), 1e-6)
                ratio[rows, hand] = sharpness[rows, hand] / best
    sharp = np.clip((ratio.min(axis=1) - 0.35) / 0.5, 0, 1)
    return np.where(known.any(axis=1), sharp * (0.4 + 0.6 * calm), np.nan).astype(np.float32)


def _phase(opened: NDArray[np.float32], folded: NDArray[np.float32]) -> NDArray[np.int32]:
    """(n,) 1 open, 2 folded, 0 between."""
    return np.where(folded > 0.3, 2, np.where(opened > 0, 1, 0)).astype(np.int32)


def _hand_speed(tracks: Tracks) -> NDArray[np.float32]:
    """(n,) speed of the faster wrist against the body, in shoulder widths per ten analysed frames (about a second)."""
    if len(tracks) < 2:
        return np.zeros(len(tracks), np.float32)
    unit = shoulder_width(tracks.pose_px)
    wrists = tracks.pose_px[:, [LEFT_WRIST, RIGHT_WRIST], :2]
    moved = np.linalg.norm(np.gradient(wrists, axis=0), axis=-1).max(axis=1) / unit
    return (10 * moved).astype(np.float32)


def _distance(face_px: NDArray[np.float32], one: int, other: int) -> NDArray[np.float32]:
    return np.linalg.norm(face_px[:, one, :2] - face_px[:, other, :2], axis=1)
