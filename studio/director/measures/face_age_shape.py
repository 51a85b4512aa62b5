"""The shape of a face of some age: its proportions, its curve over the ages, and whose face it still is.

Proportions are taken from the mesh in space, so that a turned head does not change them.  The least difference that
counts is measured, not assumed: `jittered` pictures of the same face are found again and their spread is the tolerance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import mesh

_TEMPLES, _HEIGHT = (234, 454), (10, 152)
_LIDS = ((159, 145), (386, 374), (158, 153), (385, 380))
_NOSE_ROOT, _UNDER_NOSE, _CHIN = 168, 2, 152


@dataclass(frozen=True, slots=True)
class AgeShape:
    """Parameters
    ----------
    width_height : cheekbones' distance over forehead to chin
    eye_opening : lids' distance over that of the eyes
    lower_face : nose to chin over nose root to chin
    """

    width_height: float
    eye_opening: float
    lower_face: float


def age_shape(face_px: NDArray) -> AgeShape:
    """Proportions of (478, 3) landmarks."""
    points = np.asarray(face_px, float)

    def apart(one: int, other: int) -> float:
        return float(np.linalg.norm(points[one] - points[other]))

    ipd = float(np.linalg.norm(points[[33, 133]].mean(0) - points[[263, 362]].mean(0)))
    return AgeShape(
        apart(*_TEMPLES) / apart(*_HEIGHT),
        float(np.mean([apart(*pair) for pair in _LIDS])) / ipd,
        apart(_UNDER_NOSE, _CHIN) / apart(_NOSE_ROOT, _CHIN),
    )


def in_face_frame(face_px: NDArray, sex: float = 0.5) -> NDArray[np.float64]:
    """(478, 3) landmarks upright and frontal in ipd, x to the picture's right, y up, z to the viewer."""
    pose = mesh.pose_of(face_px, sex)
    points = np.asarray(face_px, float) * (1, 1, -1)
    centre = (points[[33, 133]].mean(0) + points[[263, 362]].mean(0)) / 2
    return ((points - centre) @ pose.turn) * (1, -1, 1) / pose.ipd_px


def undone(face_px: NDArray, curve_ipd: NDArray, sex: float = 0.5) -> NDArray[np.float32]:
    """(478, 3) the landmarks of a re-aged face without what its age alone moved, as landmarks (z towards the camera
    negative).

    Parameters
    ----------
    curve_ipd : (478, 3) how an average face moves from the one age to the other, face frame
    """
    return ((in_face_frame(face_px, sex) - curve_ipd) * (100, -100, -100)).astype(np.float32)


def followed(seen_ipd: Sequence[NDArray], curves_ipd: Sequence[NDArray]) -> NDArray[np.float64]:
    """(3,) how much of a drawn age curve the face mesh shows, across, up and in depth, by least squares.

    The network leans to an adult's proportions and guesses depth, so of a change drawn in a picture it finds a part
    (two thirds of the height, nothing of the depth).  What it does not show cannot be taken off again.

    Parameters
    ----------
    seen_ipd : (478, 3) each, how far the landmarks of other people, found anew, went
    curves_ipd : (478, 3) each, how far they were sent
    """
    seen, sent = (np.asarray(part, float)[:, :468] for part in (seen_ipd, curves_ipd))
    return (seen * sent).sum((0, 1)) / np.maximum((sent * sent).sum((0, 1)), 1e-9)


def mesh_error(found: NDArray, wanted: NDArray) -> float:
    """Mean distance of the landmarks of two meshes in the face frame (`in_face_frame`), in ipd.

    Not aligned further: each has its own eyes' distance as unit and is turned upright by its bony points."""
    return float(np.linalg.norm(np.asarray(found, float)[:468] - np.asarray(wanted, float)[:468], axis=1).mean())


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a curve over the age turns back.

    Parameters
    ----------
    at : index of the value that turned back
    by : how far back, in the curve's unit
    """

    at: int
    by: float


def turned_back(values: Sequence[float], direction: int, tolerance: float) -> Broken | None:
    """The worst place where a curve goes against its direction by more than the tolerance, None for a good curve.

    Parameters
    ----------
    direction : +1 never falls, -1 never rises, 0 either, but only one of them
    """
    if direction == 0:
        ways = [turned_back(values, way, tolerance) for way in (1, -1)]
        if any(way is None for way in ways):
            return None
        return min((way for way in ways if way is not None), key=lambda way: way.by)
    signed = direction * np.asarray(values, float)
    back = np.maximum.accumulate(signed) - signed
    worst = int(np.argmax(back)) if len(back) else 0
    return Broken(worst, float(back[worst])) if len(back) and back[worst] > tolerance else None


def jittered(
    rgb: NDArray[np.uint8], alpha: NDArray[np.float32], rng: np.random.Generator, count: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """The same picture and matte a little moved, turned, zoomed and lit; what a measure makes of them is its noise."""
    import cv2

    height, width = rgb.shape[:2]
    for _ in range(count):
        move = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-2, 2), rng.uniform(0.97, 1.03))
        move[:, 2] += rng.uniform(-2, 2, 2)
        picture = cv2.warpAffine(rgb, move, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        lit = np.clip(picture * np.float32(rng.uniform(0.97, 1.03)) + 0.5, 0, 255).astype(np.uint8)
        yield lit, cv2.warpAffine(alpha, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
