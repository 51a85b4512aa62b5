"""The actors at the size at which films are made, found once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from face_people import Person, portrait

from studio.animatic.face.mesh import pose_of

IPD_PX = 64


@cache
def small(actor: Path, name: str) -> Person:
    """The adult portrait of actor "a" or "b", the eyes `IPD_PX` apart."""
    full = portrait(actor, name)
    scale = IPD_PX / pose_of(full.face_px).ipd_px
    frame = cv2.resize(full.frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    matte = cv2.resize(full.matte, frame.shape[1::-1], interpolation=cv2.INTER_AREA)
    return Person(frame, full.face_px * np.float32(scale), matte, full.sex)
