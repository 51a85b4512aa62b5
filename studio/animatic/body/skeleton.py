"""Rotations and bone chains: plain rigid kinematics, no data.

Every bone's rotation is given *in body axes at rest*: zero rotations are the rest pose, whatever direction the bone has
there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def rotation_matrices(rotations_rad: NDArray) -> NDArray[np.float64]:
    """Axis-angle vectors (n, 3) as matrices (n, 3, 3), by Rodrigues' formula."""
    vectors = np.asarray(rotations_rad, np.float64)
    angle = np.linalg.norm(vectors, axis=-1)
    safe = np.maximum(angle, 1e-12)
    x, y, z = np.moveaxis(vectors / safe[..., None], -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    sine, cosine = np.sin(angle)[..., None, None], np.cos(angle)[..., None, None]
    return np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)


def rotation_vector(matrix: NDArray) -> NDArray[np.float64]:
    """The axis-angle vector (3,) of one rotation matrix (3, 3)."""
    m = np.asarray(matrix, np.float64)
    # by the largest of the four quaternion terms (Shepperd 1978): no case is near a zero division
    squares = np.array([1 + np.trace(m), *(1 + 2 * np.diag(m) - np.trace(m))])
    n = int(squares.argmax())
    skew = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])
    if n == 0:
        q = np.array([squares[0], *skew])
    else:
        axis = n - 1
        q = np.empty(4)
        q[0] = skew[axis]
        q[1:] = m[axis] + m[:, axis]
        q[n] = squares[n]
    q /= np.linalg.norm(q)
    if q[0] < 0:
        q = -q
    sine = np.linalg.norm(q[1:])
    return q[1:] * (2.0 if sine < 1e-9 else 2 * np.arctan2(sine, q[0]) / sine)


def rotation_between(start: NDArray, end: NDArray) -> NDArray[np.float64]:
    """The smallest rotation, an axis-angle vector (3,), that turns direction ``start`` into ``end``."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(a, b)
    sine, cosine = np.linalg.norm(axis), float(a @ b)
    if sine < 1e-9:
        if cosine > 0:
            return np.zeros(3)
        axis = np.cross(a, np.eye(3)[np.abs(a).argmin()])
        return axis / np.linalg.norm(axis) * np.pi
    return axis / sine * np.arctan2(sine, cosine)


def bone_transforms(
    parents: NDArray[np.int16], joints_m: NDArray, rotations_rad: NDArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where each bone goes: maps from rest to posed points, in the body frame.

    Parameters
    ----------
    parents : (b,) number of the parent, -1 for the root; parents come before children
    joints_m : (b, 3) joints at rest
    rotations_rad : (b, 3)

    Returns
    -------
    turns : (b, 3, 3), moves : (b, 3); a rest point p goes to ``turns @ p + moves``
    """
    own = rotation_matrices(rotations_rad)
    joints = np.asarray(joints_m, np.float64)
    turns, moves = np.empty((len(parents), 3, 3)), np.empty((len(parents), 3))
    for bone, parent in enumerate(parents):
        if parent < 0:
            turns[bone], at = own[bone], joints[bone]
        else:
            turns[bone] = turns[parent] @ own[bone]
            at = turns[parent] @ joints[bone] + moves[parent]
        moves[bone] = at - turns[bone] @ joints[bone]
    return turns, moves


def as_matrices(turns: NDArray, moves: NDArray) -> Floats:
    """Homogeneous (b, 4, 4) float32 matrices."""
    out = np.zeros((len(turns), 4, 4), np.float32)
    out[:, :3, :3], out[:, :3, 3], out[:, 3, 3] = turns, moves, 1
    return out
