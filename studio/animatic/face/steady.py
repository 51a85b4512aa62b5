"""Landmarks that ride on the skin: the mesh says where the face is, the pictures say how its skin moves.

A face mesh found anew in every frame jitters and lags, and whatever is painted by it slides over the skin.  Optical
flow (DIS, Kroeger et al. 2016) between neighbouring frames tells the skin's motion to a tenth of a pixel, but its
errors add up.  Both are joined for each landmark in the least-squares sense (the smoother of a random walk that is
seen in noise, Rauch, Tung and Striebel 1965, solved as one tridiagonal system): from frame to frame it moves as the
skin does, over some ten frames it lies where the mesh was found.  Equal pictures get equal landmarks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.core.frames import Frame

_IPD_PX = 56.0
"""Size at which the skin is followed: that at which the film re-ages it."""
_REPEATED = 0.2
"""Grey levels of mean change below which a picture is the one before again (a clip brought to another frame rate); the
noise of a camera is five times that."""
_MESH_IPD = 0.012
"""Standard deviation of a found landmark, in ipd: what mediapipe's differ by on equal heads."""
_SKIN_IPD, _OWN_IPD, _RIM_IPD, _LOST_IPD = 0.0012, 0.005, 0.004, 0.006
"""Standard deviation, in ipd a frame, of the motion that the flow tells: of skin (a fifteenth of a pixel); of lids
and lips, which look otherwise when they move; at the outline, which is other skin as the head turns; where there is
none."""
_BACK_PX = 0.5
"""Flow there and back that misses its start by that is not trusted."""
_REACH_IPD, _FINE_REACH_IPD = 0.10, 0.035
"""Neighbourhood over which motion is averaged: of skin; of lids and lips, so that they stay alive."""
_FAR, _MOST_OFF = 2.0, 4.0
"""Standard deviations of a found lid from where it was expected that mean that it has moved; and where more is the
same."""
_SAME_PLACE_PX = 2
_REFINED = 2
"""Rounds of the flow's variational refinement: the preset's five take a third longer and are not seen."""
_LEAST_PX = 48
_EYES = [33, 133], [263, 362]
_INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
_FEATURES = np.array(sorted({*mesh.RIGHT_EYE, *mesh.LEFT_EYE, *mesh.LIPS, *_INNER_LIPS, *range(468, 478)}))


@dataclass(frozen=True, slots=True)
class Step:
    """How the skin moved from one frame to the next.

    Parameters
    ----------
    move_px : (478, 2)
    trust : (478,) 0..1
    repeated : whether the second picture is the first again
    """

    move_px: NDArray[np.float64]
    trust: NDArray[np.float64]
    repeated: bool = False


_UNSEEN = Step(np.zeros((478, 2)), np.zeros(478))


class Follower:
    """A face followed through a clip, one picture after the other; only the last one is kept."""

    def __init__(self) -> None:
        self._found: list[NDArray[np.float32]] = []
        self._steps: list[Step] = []
        self._last: tuple[Frame, NDArray[np.float32] | None] | None = None

    def see(self, picture: Frame, face_px: NDArray[np.float32] | None) -> None:
        """The next frame (H, W, 3) with the landmarks (478, 3) found in it, None where there were none."""
        if face_px is not None and not np.isfinite(face_px).all():
            face_px = None
        now = face_px
        if self._last is not None:
            before, before_px = self._last
            step = _UNSEEN
            if before_px is not None:
                step = step_between(before, picture, before_px, before_px if now is None else now)
                if now is None:  # where it would be; a lost face comes back near by
                    now = before_px.copy()
                    now[:, :2] += np.median(step.move_px, axis=0)
            self._steps.append(step)
        self._found.append(np.full((478, 3), np.nan, np.float32) if face_px is None else face_px)
        self._last = (picture, now)

    def faces_px(self, sigma_frames: float = 1.5) -> NDArray[np.float32]:
        """(n, 478, 3) landmarks of every frame; NaN when no face was found in any.

        Parameters
        ----------
        sigma_frames : how widely `mesh.steady` smooths what the skin does not tell
        """
        return joined(np.array(self._found), self._steps, sigma_frames)


def on_skin(faces_px: NDArray, pictures: Iterable[Frame], sigma_frames: float = 1.5) -> NDArray[np.float32]:
    """Landmarks of a whole shot, steadied by its pictures.

    Parameters
    ----------
    faces_px : (n, 478, 3), NaN rows where no face was found
    pictures : the n frames
    """
    follower = Follower()
    for face, picture in zip(np.asarray(faces_px, np.float32), pictures, strict=True):
        follower.see(picture, face)
    return follower.faces_px(sigma_frames)


def step_between(before: Frame, after: Frame, before_px: NDArray, after_px: NDArray) -> Step:
    """Follow the skin from one frame to the next.

    Parameters
    ----------
    before, after : (H, W, 3) uint8 RGB
    before_px, after_px : (478, 3) rough landmarks
    """
    import cv2

    faces = [np.asarray(face, np.float64) for face in (before_px, after_px)]
    ipd_px = max(1.0, 0.5 * sum(mesh.pose_of(face).ipd_px for face in faces))
    half = 0.6 * max(float(np.ptp(face[:468, :2], axis=0).max()) for face in faces)
    side = int(np.ceil(2 * half))
    size = max(_LEAST_PX, round(side * _IPD_PX / ipd_px))
    corners = [np.round(_middle(face) - half).astype(int) for face in faces]
    pair = [_cut(frame, corner, side, size) for frame, corner in zip((before, after), corners, strict=True)]
    if pair[0] is None or pair[1] is None:
        return _UNSEEN
    one, two = pair
    points = ((faces[0][:, :2] - corners[0] + 0.5) * (size / side) - 0.5).astype(np.float32)
    ring = points[list(mesh.OVAL)]
    inside = np.zeros(one.shape, np.uint8)
    # just inside of the outline: beyond it other things move
    cv2.fillPoly(inside, [np.round(ring.mean(0) + 0.96 * (ring - ring.mean(0))).astype(np.int32)], 1)
    if np.abs(corners[1] - corners[0]).max() <= _SAME_PLACE_PX:
        same = _cut(after, corners[0], side, size)
        if inside.any() and same is not None and float(cv2.absdiff(one, same)[inside > 0].mean()) < _REPEATED:
            return Step(np.zeros((478, 2)), np.ones(478), repeated=True)
    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    finder.setVariationalRefinementIterations(_REFINED)
    there, back = finder.calc(one, two, None), finder.calc(two, one, None)
    grid = np.dstack(np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32)))
    missed = there + cv2.remap(back, grid + there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    trust = np.exp(-(missed**2).sum(-1) / _BACK_PX**2) * inside
    weighted = np.dstack([there * trust[..., None], trust]).astype(np.float32)
    move, sure = _averaged(weighted, points, _REACH_IPD * _IPD_PX)
    move[_FEATURES], sure[_FEATURES] = _averaged(weighted, points[_FEATURES], _FINE_REACH_IPD * _IPD_PX)
    return Step(move * (side / size) + (corners[1] - corners[0]), sure)


def _middle(face_px: NDArray) -> NDArray[np.float64]:
    return (face_px[:468, :2].min(0) + face_px[:468, :2].max(0)) / 2


def _cut(frame: Frame, corner: NDArray, side: int, size: int) -> NDArray[np.uint8] | None:
    """Grey square of the frame, its edge carried on, brought to (size, size); None outside of the frame."""
    import cv2

    height, width = frame.shape[:2]
    x0, y0 = (int(v) for v in corner)
    part = frame[max(0, y0) : max(0, y0 + side), max(0, x0) : max(0, x0 + side)]
    if part.size == 0:
        return None
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    rims = max(0, -y0), max(0, y0 + side - height), max(0, -x0), max(0, x0 + side - width)
    if any(rims):
        grey = cv2.copyMakeBorder(grey, *rims, cv2.BORDER_REPLICATE)
    return cv2.resize(grey, (size, size), interpolation=cv2.INTER_AREA if size < side else cv2.INTER_CUBIC)


def _averaged(
    weighted: NDArray[np.float32], points: NDArray[np.float32], reach_px: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trusted motion (n, 2) round (n, 2) points, and how far it can be trusted (n,) 0..1.

    Parameters
    ----------
    weighted : (h, w, 3) motion times its weight, and the weight
    """
    import cv2

    wide = cv2.GaussianBlur(weighted, (0, 0), reach_px)
    at = cv2.remap(wide, points[:, None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
    at = at.astype(np.float64)
    # at the outline half of the neighbourhood lies outside
    return at[:, :2] / (at[:, 2:] + 1e-6), np.clip(at[:, 2] / 0.3, 0, 1)


def joined(found_px: NDArray, steps: list[Step], sigma_frames: float = 1.5) -> NDArray[np.float32]:
    """Landmarks (n, 478, 3) from those found (NaN rows: none) and from the n - 1 steps between them."""
    group = np.cumsum([0, *(not step.repeated for step in steps)])
    found = _grouped(np.asarray(found_px, np.float64), group)
    calm = mesh.steady(found, sigma_frames).astype(np.float64)
    moves = [step for step in steps if not step.repeated]
    if moves and np.isfinite(calm).all():
        calm[..., :2] = _ridden(found[..., :2], calm[..., :2], moves)
    return calm[group].astype(np.float32)


def _grouped(faces: NDArray[np.float64], group: NDArray[np.intp]) -> NDArray[np.float64]:
    """The mean of what was found in equal pictures; NaN where nothing was."""
    total, count = np.zeros((group[-1] + 1, *faces.shape[1:])), np.zeros(group[-1] + 1)
    seen = np.isfinite(faces[:, 0, 0])
    np.add.at(total, group[seen], faces[seen])
    np.add.at(count, group[seen], 1)
    total[count == 0] = np.nan
    return total / np.maximum(count, 1)[:, None, None]


def _ridden(found: NDArray[np.float64], calm: NDArray[np.float64], steps: list[Step]) -> NDArray[np.float64]:
    """(n, 478, 2) that moves as the skin does and lies, in the mean, where the mesh was found.

    Parameters
    ----------
    found : (n, 478, 2), NaN rows where no face was found
    calm : (n, 478, 2) smoothed, whose motion serves where the skin's is not seen
    """
    trust, flow = np.stack([step.trust for step in steps]), np.stack([step.move_px for step in steps])
    move = trust[..., None] * flow + (1 - trust[..., None]) * np.diff(calm, axis=0)
    own = np.full(478, _SKIN_IPD)
    own[list(mesh.OVAL)] = _RIM_IPD
    own[_FEATURES] = _OWN_IPD
    stiff = (_MESH_IPD / (own * trust + _LOST_IPD * (1 - trust))) ** 2
    pull = np.repeat(np.isfinite(found[:, 0, 0]).astype(float)[:, None], 478, 1)
    found = np.nan_to_num(found)
    out = _least_squares(found, pull, move, stiff)
    # a blink is no jitter: lids and lips follow the mesh where it leaves them by far, and may jump where it does
    ipd_px = np.array([np.linalg.norm(np.subtract(*(face[corners].mean(0) for corners in _EYES))) for face in calm])
    part, unit = found[:, _FEATURES], _FAR * _MESH_IPD * ipd_px[:, None]
    own_pull, own_stiff, own_move = pull[:, _FEATURES], stiff[:, _FEATURES], move[:, _FEATURES]
    off = np.linalg.norm(part - out[:, _FEATURES], axis=-1) / unit
    jump = np.linalg.norm(np.diff(part, axis=0) - own_move, axis=-1) / unit[1:] * np.minimum(pull[:-1], pull[1:])[:, :1]
    own_pull = own_pull * (1 + np.minimum(off, _MOST_OFF) ** 4)
    own_stiff = own_stiff / (1 + np.minimum(jump, _MOST_OFF) ** 4)
    out[:, _FEATURES] = _least_squares(part, own_pull, own_move, own_stiff)
    return out


def _least_squares(
    found: NDArray[np.float64], pull: NDArray[np.float64], move: NDArray[np.float64], stiff: NDArray[np.float64]
) -> NDArray[np.float64]:
    """x (n, m, 2) of least sum pull |x - found|^2 + stiff |x' - x - move|^2, x' being the next frame's.

    Parameters
    ----------
    found, pull : (n, m, 2), (n, m)
    move, stiff : (n - 1, m, 2), (n - 1, m)
    """
    main, out = pull.copy(), pull[..., None] * found
    main[:-1] += stiff
    main[1:] += stiff
    out[:-1] -= stiff[..., None] * move
    out[1:] += stiff[..., None] * move
    for k, beside in enumerate(stiff, 1):  # elimination downwards, then upwards (Thomas)
        main[k] -= beside**2 / main[k - 1]
        out[k] += (beside / main[k - 1])[:, None] * out[k - 1]
    out[-1] /= main[-1][:, None]
    for k in range(len(stiff) - 1, -1, -1):
        out[k] = (out[k] + stiff[k][:, None] * out[k + 1]) / main[k][:, None]
    return out
