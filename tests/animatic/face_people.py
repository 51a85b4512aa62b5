"""Synthetic people for the face tests: a frame, its mesh and its matte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

GREY = (150, 150, 150)


@dataclass(frozen=True)
class Person:
    frame: np.ndarray
    face_px: np.ndarray
    matte: np.ndarray
    sex: float


def find_face(rgb: np.ndarray) -> np.ndarray | None:
    """(478, 3) landmarks in px, None when no face is found."""
    import mediapipe as mp

    height, width = rgb.shape[:2]
    with mp.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True) as mesh:
        found = mesh.process(np.ascontiguousarray(rgb)).multi_face_landmarks
    if not found:
        return None
    points = np.array([(p.x, p.y, p.z) for p in found[0].landmark], np.float32)
    return points * np.float32([width, height, width])


def over(rgba: np.ndarray, colour) -> np.ndarray:
    """Straight RGBA over a plain colour."""
    alpha = rgba[..., 3:] / 255
    return np.rint(rgba[..., :3] * alpha + np.array(colour) * (1 - alpha)).astype(np.uint8)


def portrait(actor: Path, name: str, colour=GREY) -> Person:
    """The adult portrait of actor "a" (woman, light skin) or "b" (man, dark skin)."""
    rgba = cv2.cvtColor(
        cv2.imread(str(actor / "ages" / f"{name}_adult_portrait.png"), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA
    )
    face = find_face(over(rgba, GREY))
    assert face is not None
    return Person(over(rgba, colour), face, (rgba[..., 3] / 255).astype(np.float32), float(name == "b"))


def flat(patch, colour=GREY) -> np.ndarray:
    """A premultiplied patch over a plain colour."""
    alpha = patch.rgba[..., 3:] / 255
    return np.clip(patch.rgba[..., :3] + np.array(colour) * (1 - alpha), 0, 255).astype(np.uint8)
