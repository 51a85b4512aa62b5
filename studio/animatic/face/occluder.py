"""What passes before a face, a hand, a cup, a strand: found as what the person's own face does not look like there.

The reference frame tells which colour every place of the unfolded face has.  In another frame, the light's slow changes
taken out, a place of quite another colour is covered; age leaves it alone.  It fades too where the face turns away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh, skin
from studio.animatic.face.atlas import TALL

_COLUMNS = 28
"""Cells across the unfolded face: about eight to an ipd, the width of a finger."""
_ROWS = round(_COLUMNS * TALL)
_TOLERANCE_LAB = np.array([9.0, 5.0, 6.0], np.float32)
"""What lets one place differ from frame to frame without being covered: folds of a smile, a shadow, compression."""
_LIT_OTHERWISE_DEG = 20.0
"""Turn of the head against the reference frame that doubles what is let pass: highlights and shades move."""
_FROM, _TO = 2.0, 3.2
"""Deviations between which a place becomes covered."""
_FAR_SIDE_DEG, _NEAR_SIDE_DEG = (30.0, 50.0), (55.0, 75.0)
"""Yaw at which either side begins to lose its age, and has lost it: the mesh is drawn for faces that look this way."""


@dataclass(frozen=True, slots=True)
class FaceColours:
    """The reference face, unfolded.

    Parameters
    ----------
    lab : (rows, columns, 3) mean colour, CIE L*a*b*
    spread : (rows, columns, 3) how far a colour may lie from it
    known : (rows, columns) 0..1
    turn : (3, 3) how the head was held, see `mesh.Pose`
    """

    lab: NDArray[np.float32]
    spread: NDArray[np.float32]
    known: NDArray[np.float32]
    turn: NDArray[np.float64]


def learn_face(
    rgb: NDArray[np.float32], uv: NDArray[np.float32], face: NDArray[np.float32], pose: mesh.Pose
) -> FaceColours:
    """Unfold the reference face.

    Parameters
    ----------
    rgb : (h, w, 3) 0..255
    uv : (h, w, 2) unfolded coordinates, see `Seen`
    face : (h, w) 0..1 where the face is, with its features
    """
    import cv2

    ipd_px = pose.ipd_px
    lab = skin.to_lab(cv2.GaussianBlur(rgb, (0, 0), 0.05 * ipd_px))
    column, row = (np.floor(uv[..., k] * _COLUMNS).astype(int) for k in range(2))
    inside = (column >= 0) & (column < _COLUMNS) & (row >= 0) & (row < _ROWS)
    cell = np.where(inside, row * _COLUMNS + column, 0).ravel()
    weight = (face * inside).ravel().astype(float)

    def sums(values: NDArray) -> NDArray[np.float32]:
        total = np.bincount(cell, weight * values.ravel(), _ROWS * _COLUMNS).reshape(_ROWS, _COLUMNS)
        return cv2.GaussianBlur(total.astype(np.float32), (0, 0), 0.5)

    count = sums(np.ones(len(cell)))
    share = count + np.float32(1e-3)
    mean = np.dstack([sums(lab[..., k]) for k in range(3)]) / share[..., None]
    square = np.dstack([sums(lab[..., k] ** 2) for k in range(3)]) / share[..., None]
    own = np.sqrt(np.maximum(square - mean**2, 0))
    # a cell is as large as ipd/8 squared
    known = np.clip(count / (0.3 * (ipd_px / 8) ** 2), 0, 1)
    return FaceColours(mean, np.sqrt(_TOLERANCE_LAB**2 + (1.2 * own) ** 2).astype(np.float32), known, pose.turn)


def covered(
    rgb: NDArray[np.float32],
    uv: NDArray[np.float32],
    face: NDArray[np.float32],
    moving: NDArray[np.float32],
    pose: mesh.Pose,
    colours: FaceColours,
) -> NDArray[np.float32]:
    """(h, w) 0..1 where something lies before the face.

    Parameters
    ----------
    rgb, uv, face : as for `learn_face`
    moving : (h, w) 0..1 lips and eyes, which change on their own
    """
    import cv2

    height, width = face.shape
    ipd_px = pose.ipd_px
    step = max(1.0, ipd_px / 14)
    size = (max(4, round(width / step)), max(4, round(height / step)))

    def small(picture: NDArray) -> NDArray[np.float32]:
        return cv2.resize(np.ascontiguousarray(picture, np.float32), size, interpolation=cv2.INTER_AREA)

    lab, at = skin.to_lab(small(rgb)), small(uv) * _COLUMNS - np.float32(0.5)
    seen, still = small(face), 1 - 0.9 * small(moving)
    columns, rows = np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])
    expected, spread, known = (
        cv2.remap(part, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for part in (colours.lab, colours.spread, colours.known)
    )
    weight = seen * known * still
    if weight.sum() < 20:
        return np.zeros((height, width), np.float32)
    # a head held another way is lit another way
    cosine = float(np.clip((np.trace(pose.turn.T @ colours.turn) - 1) / 2, -1, 1))
    patience = 1 + float(np.degrees(np.arccos(cosine))) / _LIT_OTHERWISE_DEG
    off = _beyond_light(lab - expected, spread, weight, at) / np.float32(patience)
    found = np.clip((off - _FROM) / (_TO - _FROM), 0, 1)
    # neighbours tell what eyes and lips cannot
    reach = 0.09 * ipd_px / step
    near = cv2.GaussianBlur(found * weight, (0, 0), reach) / (cv2.GaussianBlur(weight, (0, 0), reach) + 0.02)
    mask = np.clip((near - 0.25) / 0.35, 0, 1)
    grown = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)))
    soft = cv2.GaussianBlur(grown, (0, 0), 0.8)
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) * (seen.max() > 0)


def _beyond_light(
    change: NDArray[np.float32], spread: NDArray[np.float32], weight: NDArray[np.float32], at: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(h, w) deviations that are left when light (a slope over the face) and white balance (a shift) are taken out.

    Fitted to what most of the face says (iteratively reweighted least squares).
    """
    x, y = at[..., 0] / _COLUMNS - 0.5, at[..., 1] / _COLUMNS - 0.5
    basis = np.stack([np.ones_like(x), x, y], -1).reshape(-1, 3)
    values, scale, mass = change.reshape(-1, 3), spread.reshape(-1, 3), weight.ravel()
    some = mass > 0.2
    start = np.median(values[some], axis=0) if some.any() else np.zeros(3)
    rest = values - start
    fit = np.zeros((3, 3), np.float32)
    for _ in range(3):
        away = ((rest / scale) ** 2).sum(-1)
        trust = mass / (1 + away) ** 2
        weighted = basis * trust[:, None]
        ridge = np.diag([1e-3, 0.15, 0.15]) * max(float(trust.sum()), 1e-3)
        fit = np.linalg.solve(basis.T @ weighted + ridge, weighted.T @ (values - start)).astype(np.float32)
        fit[1:, 1:] = 0  # light changes from side to side, its colour does not
        rest = values - start - basis @ fit
    return np.sqrt(((rest / scale) ** 2).sum(-1)).reshape(weight.shape).astype(np.float32)


def turned_away(normals: NDArray[np.float32], pose: mesh.Pose) -> NDArray[np.float32] | None:
    """(h, w) 0..1 how much of its age the far side of a turned face loses; None for a face that looks this way."""
    yaw = abs(float(np.degrees(np.arctan2(pose.turn[0, 2], pose.turn[2, 2]))))
    far, near = (_smooth((yaw - start) / (end - start)) for start, end in (_FAR_SIDE_DEG, _NEAR_SIDE_DEG))
    if far <= 0:
        return None
    away = np.clip((0.75 - normals[..., 2]) / 0.4, 0, 1)
    # which side is turned away: the one whose normals have the yaw's sign
    side = np.clip(0.5 + 2.5 * normals[..., 0] * np.sign(pose.turn[0, 2]), 0, 1)
    return np.maximum(far * away * side, near)


def _smooth(share: float) -> float:
    share = float(np.clip(share, 0, 1))
    return share * share * (3 - 2 * share)
