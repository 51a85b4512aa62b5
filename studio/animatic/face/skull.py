"""What moves with a face that ages, as control points of the warp: the vault of the head, ears, neck and shoulders."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh

Controls = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""(n, 2) places in the filmed picture, (n, 2) where the warp takes them, px, and (n,) 0..1 how far they are hidden."""

_CRANIUM = np.array([0.0, 0.45, -0.9])
"""Middle of the cranium in the face frame, ipd."""
_CROWN = np.array(
    [(-1.75, -0.1), (-1.8, 0.7), (-1.5, 1.6), (-0.8, 2.2), (0, 2.4), (0.8, 2.2), (1.5, 1.6), (1.8, 0.7), (1.75, -0.1)]
)
"""Ring about a head from the front, (right, up) of the eyes, ipd: outside short hair."""
_EAR = np.array([(0.10, 0.22), (0.28, 0.18), (0.25, -0.15), (0.06, -0.35)])
"""An ear beside landmark 234 or 454, (outwards, up), ipd; it grows down from its first row."""
_ACROSS = np.array([-7, -4.8, -3.6, -2.6, -1.8, -1.35, -0.95, -0.5, 0, 0.5, 0.95, 1.35, 1.8, 2.6, 3.6, 4.8, 7])
_DOWN = np.array([0.2, 0.55, 0.95, 1.4, 2.0, 2.8, 4.0, 6.0, 9.0])
"""Columns from the neck's middle and rows from the chin of the body's control points, ipd."""
_NECK_HALF = 1.0
"""Half the width of a broad neck, ipd (9.2 cm wide in women, 11.5 in men: .81 and .92); what is beside it is hair."""
_STILL = np.array([(-7, -7), (-3.5, -7), (0, -7), (3.5, -7), (7, -7), (-7, -3.5), (7, -3.5), (-5, 0), (5, 0)])
"""Far above and beside the head nothing moves: (right, down) of the eyes, ipd."""


class Build(Protocol):
    """The parts of a `warp.Warp` that are read here."""

    @property
    def skull(self) -> float: ...
    @property
    def neck(self) -> float: ...
    @property
    def shoulders(self) -> float: ...
    @property
    def body(self) -> float: ...
    @property
    def slope(self) -> float: ...
    @property
    def lean(self) -> float: ...
    @property
    def ears(self) -> float: ...


def head(build: Build, points: NDArray, moved: NDArray, pose: mesh.Pose, hidden: NDArray) -> Controls:
    """Vault and ears; ``points`` and ``moved`` (478, 2) px are the face before and after, ``hidden`` (478,) 0..1."""
    ipd = pose.ipd_px
    right, down = pose.axes
    frame = np.array([right, -down])
    # the cranium lies behind the face: when the head turns its outline does not turn along but shifts the other way
    middle = pose.centre_px + pose.to_picture(_CRANIUM[None])[0] - 0.45 * ipd * frame[1]
    ring = middle + ipd * (_CROWN @ frame)
    # the vault grows up more than to the sides, where long hair would become a ball
    grown = (build.skull - 1) * _CROWN * np.clip((_CROWN[:, 1:] + 0.3) / 1.2, 0.4, 1)
    source, target = [ring, pose.centre_px + ipd * _STILL], [ring + ipd * (grown @ frame)]
    target.append(source[1])
    unseen = [np.zeros(len(ring) + len(_STILL))]
    for side, corner in ((-1, 234), (1, 454)):
        # ears keep their width and go with the side of the face, else a narrower face would pull them broad
        ear = points[corner] + ipd * ((_EAR * (side, 1)) @ frame)
        lower = (build.ears - 1) * (_EAR[:, 1:] - _EAR[0, 1]) * frame[1]
        source.append(ear)
        target.append(ear + moved[corner] - points[corner] + ipd * lower)
        unseen.append(np.full(len(ear), hidden[corner]))
    return np.vstack(source), np.vstack(target), np.concatenate(unseen)


def body(build: Build, chin: NDArray, chin_moved: NDArray, neck_x_px: float, ipd: float, hanging: float) -> Controls:
    """Neck and shoulders: everything below the chin follows it and is scaled about the neck's middle line.

    ``hanging`` : 0..1, whether hair hangs beside the neck, which must not be squeezed with it.
    """
    u, v = (grid.ravel() for grid in np.meshgrid(_ACROSS, _DOWN))
    fade = np.clip((v - 0.6) / 1.0, 0, 1)
    fade = fade * fade * (3 - 2 * fade)
    width = build.neck * (1 - fade) + build.shoulders * fade
    beside = hanging * np.clip((np.abs(u) - _NECK_HALF) / 0.7, 0, 1)
    width = width + (1 - fade) * (max(build.shoulders, 0.95) - build.neck) * beside
    neck_x = neck_x_px + (chin[0] - neck_x_px) * np.clip(1 - v / 1.6, 0, 1)
    outside = np.clip(np.abs(u) - 0.7, 0, 4)
    new_v = v * build.body - build.lean * fade + build.slope * outside * fade
    # under the jaw only the neck itself, so that it is thin from its top on
    beneath = (v > _DOWN[0]) | ((np.abs(u) > 0.4) & (np.abs(u) < 2))
    beneath &= (v < 3) | np.isin(np.abs(u), (0, 1.35, 3.6, 7))  # far down fewer will do
    u, v, width, new_v, neck_x = (part[beneath] for part in (u, v, width, new_v, neck_x))
    source = np.c_[neck_x + u * ipd, chin[1] + v * ipd]
    target = np.c_[neck_x + (chin_moved[0] - chin[0]) + width * u * ipd, chin_moved[1] + new_v * ipd]
    return source, target, np.zeros(len(source))
