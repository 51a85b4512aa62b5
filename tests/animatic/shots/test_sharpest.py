"""The reference frame of a face's shot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from studio.animatic.shots.face_track import sharpest


def test_a_blink_is_no_reference_where_eyes_count() -> None:
    faces = np.zeros((3, 478, 3), np.float32)
    for right, inner, upper, lower, x in ((33, 133, 159, 145, 0.0), (263, 362, 386, 374, 100.0)):
        faces[:, right, 0], faces[:, inner, 0] = x, x + 30
        faces[:, [upper, lower], 0] = x + 15
        faces[:, lower, 1] = (9.0, 0.0, 9.0)
    tracks: Any = SimpleNamespace(face_px=faces, sharpness=np.array([3.0, 4.0, 2.0]))
    rows = np.arange(3)
    assert sharpest(tracks, rows) == 1
    assert sharpest(tracks, rows, awake=True) == 0
    assert sharpest(tracks, rows[2:], awake=True) == 2
