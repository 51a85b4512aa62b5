"""A drawn head with known lines, spots and hair, and the landmarks that belong to it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh
from studio.animatic.face.table import mean_face

SIZE = 420
SKIN = (205, 160, 138)
IPD = 76.0


def landmarks(ipd: float = IPD, roll_deg: float = 0.0, centre: tuple[float, float] = (210, 200)) -> NDArray[np.float32]:
    """(478, 3) of a mean face."""
    points = mean_face(0.5).astype(float) * (ipd, -ipd, -ipd)
    turn = np.radians(roll_deg)
    points[:, :2] = points[:, :2] @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points[:, :2] += centre
    return points.astype(np.float32)


def head(
    face: NDArray[np.float32], skin: tuple[int, int, int] = SKIN, hair: tuple[int, int, int] = (60, 42, 30)
) -> NDArray[np.uint8]:
    """Hair, face, eyes and lips in plain colours."""
    picture = np.full((SIZE, SIZE, 3), 210, np.uint8)
    middle = tuple(int(v) for v in face[168, :2] + (0, -10))
    cv2.circle(picture, middle, round(1.7 * IPD), hair, -1)
    cv2.fillPoly(picture, [np.round(face[list(mesh.OVAL), :2]).astype(np.int32)], skin)
    for ring, colour in (
        (mesh.RIGHT_EYE, (240, 240, 240)),
        (mesh.LEFT_EYE, (240, 240, 240)),
        (mesh.LIPS, (170, 90, 90)),
    ):
        cv2.fillPoly(picture, [np.round(face[list(ring), :2]).astype(np.int32)], colour)
    grain = np.random.default_rng(0).normal(0, 1.0, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def lined(picture: NDArray[np.uint8], face: NDArray[np.float32], depth: float, count: int = 2) -> NDArray[np.uint8]:
    """Level lines over the forehead, dark by a share of the light."""
    mark = np.zeros(picture.shape[:2], np.float32)
    for share in np.linspace(0.2, 0.8, count):
        start, end = ((1 - share) * face[low, :2] + share * face[high, :2] for low, high in ((66, 69), (296, 299)))
        cv2.line(mark, tuple(np.int32(start)), tuple(np.int32(end)), 1.0, 2, cv2.LINE_AA)
    mark = cv2.GaussianBlur(mark, (0, 0), 0.8)[..., None]
    return np.clip(picture * (1 - depth * mark), 0, 255).astype(np.uint8)


def matte() -> NDArray[np.float32]:
    """The head's circle."""
    alpha = np.zeros((SIZE, SIZE), np.float32)
    face = landmarks()
    cv2.circle(alpha, tuple(int(v) for v in face[168, :2] + (0, -10)), round(1.7 * IPD), 1.0, -1)
    return alpha
