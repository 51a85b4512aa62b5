"""The shape of a face of any age: measured displacements blended with published laws of growth and of sagging.

Everything is a displacement of the 478 mesh landmarks in the face frame of `table`, added to the person's own face, so
that what is particular about it stays.  Four parts, each a fixed field times a smooth curve of age:

* the measured table (`table.shape_at`), up to 25 years and after 25 years apart;
* growth: cardioidal strain (Todd & Mark 1981) about the middle of the cranium.  It leaves the vault and pulls the face
  up and in, the lower face most: the face gets *smaller inside the head*, which is the strongest sign of a child;
* childlike features: full cheeks, a high forehead, large eyes.  The table is relative to the distance of the eyes, and
  MakeHuman's face narrows as fast as the eyes close up; people's bizygomatic width does not;
* sagging: what the table has too little of (jowl, brow, lid, nose tip) and volume lost from cheek and temple.

How strong each is follows what reads as that age by eye, within what faces bear that the table was not measured on: of
their distance to the same identity's true shape .55 to .65 is left at 5 to 12 years (the table alone leaves a quarter,
and reads older) and half at 65 to 85, where the model that they come from does not sag.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import mesh
from studio.animatic.face.table import mean_face, shape_at

_CHILD = 0.92
"""Strength of a child's table, a little less than measured: what a child needs beyond it is growth."""
_STRAIN = 0.95
"""Strength of cardioidal strain: the table holds some of the same shortening of the lower face.

Table and strain together are half as much again as children's faces are measured: weaker ones read older.
"""
_LESS_OLD = 0.7
"""An old face made young: its thinned lips and long nose are not all of the table's making; full strength bulges."""
_CHILD_EYES = 1.2
"""Strength of a child's larger eyes; the face mesh, found anew, shows about half of it."""
_LIDS_FALL = 0.014
"""By how much the opening of the eyes narrows up to 75 years beyond table and hooding, distances of the eyes."""
_CRANIUM = np.array([0.0, 0.45, -1.0])
"""Middle of the cranium in the face frame, ipd: above the eyes, over the ears (landmarks 234/454 lie at z = -1)."""


def shape_change(from_years: float, to_years: float, sex: float) -> NDArray[np.float32]:
    """(478, 3) displacement in ipd from a face of one age to one of another; zero for equal ages.

    The middle of the eyes stays; their distance shrinks for a child as the strain asks.
    """
    sagged = age.sagging(to_years) - age.sagging(from_years)
    young = _young_shape(to_years, sex) - _young_shape(from_years, sex)
    late = _late_shape(to_years, sex) - _late_shape(from_years, sex)
    # towards an adult the measured shape as it is: only what is drawn as a child or as an old face is pronounced
    aged = 1 + (_LESS_OLD - 1) * float(np.clip(-sagged, 0, 1))
    strain = _STRAIN * (growth(age.strain(to_years), sex) - growth(age.strain(from_years), sex))
    full = age.cheek_fullness(to_years) - age.cheek_fullness(from_years)
    high = age.forehead_lift(to_years) - age.forehead_lift(from_years)
    moved = young + strain + full * _cheeks(sex) + high * _forehead(sex)
    moved = moved + aged * (late + sagged * _sagging(sex))
    return moved.astype(np.float32)


def _young_shape(years: float, sex: float) -> NDArray[np.float32]:
    eyes = age.lid_lift(years) * _lids(sex) + age.eye_size(years) * _eyes(sex)
    return _CHILD * shape_at(min(years, 25.0), sex) + _CHILD_EYES * eyes


def _late_shape(years: float, sex: float) -> NDArray[np.float32]:
    """The measured broadening of the face's sides is left out: people lose volume there (see `_sagging`)."""
    moved = shape_at(max(years, 25.0), sex).copy()
    moved[:, 0] *= 1 - np.clip((np.abs(mean_face(sex)[:, 0]) - 0.5) / 0.5, 0, 1)
    return moved


def growth(strain: float, sex: float) -> NDArray[np.float64]:
    """(478, 3) from the adult face to one that cardioidal strain ``k`` would have to grow into it.

    R' = R / (1 + k (1 - cos theta)), theta from the vertical of the cranium; moved so that the eyes' middle stays.
    """
    face = mean_face(sex).astype(np.float64)
    arm = face - _CRANIUM
    length = np.linalg.norm(arm, axis=1, keepdims=True)
    moved = arm * (1 / (1 + strain * (1 - arm[:, 1:2] / length)) - 1)
    return moved - moved[[33, 133, 263, 362]].mean(0)


def _near(face: NDArray, at: tuple[float, float], reach: tuple[float, float]) -> NDArray[np.float32]:
    """(478, 1) weight of each landmark near a place of both halves of the face, and (implied) mirrored."""
    x, y = np.abs(face[:, 0]), face[:, 1]
    return np.exp(-(((x - at[0]) / reach[0]) ** 2) - ((y - at[1]) / reach[1]) ** 2)[:, None]


@lru_cache(maxsize=8)
def _cheeks(sex: float) -> NDArray[np.float32]:
    """Cheeks out, most between nose and mouth, so that no corner of the jaw is left; 1 ipd at the widest."""
    face = mean_face(sex)
    side = np.clip((np.abs(face[:, :1]) - 0.35) / 0.5, 0, 1)
    height = np.exp(-((np.abs(face[:, 1:2] + 0.68) / 0.68) ** 3))
    return np.sign(face[:, :1]) * side * height * np.array([1.0, 0, 0], np.float32)


@lru_cache(maxsize=8)
def _forehead(sex: float) -> NDArray[np.float32]:
    """Hairline up by one unit, fading to the brows."""
    rise = np.clip((mean_face(sex)[:, 1:2] - 0.36) / 0.42, 0, 1)
    return rise * rise * (3 - 2 * rise) * np.array([0, 1.0, 0], np.float32)


@lru_cache(maxsize=8)
def _lids(sex: float) -> NDArray[np.float32]:
    """Lids apart by one unit in all, most of it the upper."""
    face = mean_face(sex)
    shift = np.zeros_like(face)
    for ring in (mesh.RIGHT_EYE, mesh.LEFT_EYE):
        offset = face - face[list(ring)].mean(0)
        near = np.exp(-((offset[:, 0] / 0.26) ** 2) - (offset[:, 1] / 0.13) ** 2)
        shift[:, 1] += near * np.clip(offset[:, 1] / 0.07, -0.4, 0.6)
    return shift


@lru_cache(maxsize=8)
def _eyes(sex: float) -> NDArray[np.float32]:
    """Eyes larger about their own middle, fading to the brow."""
    face = mean_face(sex)
    shift = np.zeros_like(face)
    for ring in (mesh.RIGHT_EYE, mesh.LEFT_EYE):
        offset = face - face[list(ring)].mean(0)
        near = np.exp(-((np.linalg.norm(offset[:, :2], axis=1) / 0.36) ** 4))[:, None]
        shift += near * offset * np.array([1.0, 1.0, 0], np.float32)
    return shift


@lru_cache(maxsize=8)
def _sagging(sex: float) -> NDArray[np.float32]:
    """What gravity and lost volume do to a face up to 75 years beyond the table, ipd.

    Directions are published (jowl, notch before it, lateral brow and lid, nose tip; temple and cheek lose fat), sizes
    are by eye.
    """
    face = mean_face(sex)
    out = np.sign(face[:, 0])
    shift = np.zeros_like(face)

    def move(at: tuple[float, float], reach: tuple[float, float], right: float, up: float) -> None:
        weight = _near(face, at, reach)[:, 0]
        shift[:, 0] += weight * right * out
        shift[:, 1] += weight * up

    move((0.80, -1.42), (0.30, 0.22), 0.022, -0.068)  # jowl
    move((0.0, -1.72), (0.55, 0.22), 0.0, -0.040)  # anterior face height grows through adult life (Behrents 1985)
    move((0.40, -1.68), (0.16, 0.20), -0.012, 0.035)  # the notch between jowl and chin
    move((1.02, -0.72), (0.34, 0.42), -0.025, 0.0)  # sunken cheek
    move((1.08, 0.40), (0.40, 0.42), -0.015, 0.0)  # hollow temple
    move((0.0, -0.60), (0.26, 0.24), 0.0, -0.042)  # drooping nose tip
    move((0.34, -0.60), (0.14, 0.18), 0.018, -0.010)  # wider wings
    move((0.88, 0.22), (0.30, 0.20), 0.0, -0.045)  # the brow's tail
    move((0.66, 0.09), (0.17, 0.09), 0.0, -0.030)  # hooded lid, its outer half
    # lips lose half their height in a life and roll in while the mouth gets wider (Iblher et al. 2008)
    move((0.05, -0.94), (0.30, 0.07), 0.0, -0.024)
    move((0.05, -1.31), (0.28, 0.09), 0.0, 0.030)
    move((0.40, -1.10), (0.14, 0.14), 0.014, -0.008)
    return shift - _LIDS_FALL * _lids(sex)
