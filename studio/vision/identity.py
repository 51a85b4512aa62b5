"""How much two faces look like one person: insightface where its models may be used, else the shape of the face mesh.

The geometric score compares proportions only and is a weak witness: of 400 pairs of different people a fifth scored
over 0.5, and of 130 pairs of frames of one person a quarter scored under it (turned heads, laughter).  The method is
part of every score, so that no report can pass one off as the other.

insightface's stock models are for non-commercial research only; they are used only when they are on this machine and
the user has accepted that.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import ModelError
from studio.core.frames import Frame
from studio.vision.hush import hush

Method = Literal["insightface", "mesh geometry"]
_SAME_SPREAD = 0.035
"""RMS distance of two meshes of one person with other expressions, in units of the mesh's own size."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face to compare.

    Parameters
    ----------
    points_px : (478, 3) mesh, z in px
    picture : (h, w, 3) uint8 RGB with the whole head in it; needed by insightface only
    """

    points_px: NDArray[np.float32]
    picture: Frame | None = None


@dataclass(frozen=True, slots=True)
class IdentityScore:
    """``value`` 0 (somebody else) to 1 (the same), and what measured it."""

    value: float
    method: Method


def score_identity(
    one: Face, other: Face, *, weights: Path | None = None, licence_accepted: bool = False
) -> IdentityScore:
    """Compare two faces.

    Parameters
    ----------
    weights : folder with insightface's ``*.onnx`` (a detector and a recogniser); None for the geometric score
    licence_accepted : the user accepted that these models are for non-commercial research only

    Raises
    ------
    ModelError : ``weights`` hold no models, or the licence was not accepted
    """
    if weights is not None and one.picture is not None and other.picture is not None:
        score = _score_embeddings(one.picture, other.picture, weights, licence_accepted)
        if score is not None:
            return IdentityScore(score, "insightface")
    return IdentityScore(_score_shapes(one.points_px, other.points_px), "mesh geometry")


def _score_shapes(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Procrustes distance (Gower 1975) of the two meshes after moving, scaling and turning one onto the other."""
    a, b = _normalised(one), _normalised(other)
    u, _, v = np.linalg.svd(a.T @ b)
    turn = u @ np.diag([1, 1, np.sign(np.linalg.det(u @ v))]) @ v
    distance = float(np.sqrt(((a @ turn - b) ** 2).sum(axis=1).mean()))
    return float(np.exp(-((distance / (2 * _SAME_SPREAD)) ** 2)))


def _normalised(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Centred, of size 1, without the irises, which follow the gaze."""
    mesh = points[:468].astype(float)
    mesh -= mesh.mean(axis=0)
    return mesh / np.sqrt((mesh**2).sum(axis=1).mean())


def _score_embeddings(one: Frame, other: Frame, weights: Path, licence_accepted: bool) -> float | None:
    """Cosine of the two faces' embeddings, moved to 0..1; None when the detector misses one of them."""
    # An empty folder would make insightface fail without a word, and a missing one would make it download.
    if not any(weights.glob("*.onnx")):
        raise ModelError(
            "insightface's models are not in the given folder.",
            "Put its det_*.onnx and w600k_*.onnx there, or leave it out: the shape of the face is compared then.",
        )
    if not licence_accepted:
        raise ModelError(
            "The licence of insightface's models was not accepted.",
            "They are for non-commercial research only; accept that, or leave them out.",
        )
    with hush(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its alignment calls a deprecated function of scikit-image each time
        from insightface.app import FaceAnalysis

        model = FaceAnalysis(name=str(weights), allowed_modules=["detection", "recognition"])
        model.prepare(ctx_id=-1, det_size=(320, 320))
        faces = [model.get(np.ascontiguousarray(picture[..., ::-1])) for picture in (one, other)]
    if not all(faces):
        return None
    best = [max(found, key=lambda face: face.det_score).normed_embedding for found in faces]
    return float(np.clip((best[0] @ best[1] + 1) / 2, 0, 1))
