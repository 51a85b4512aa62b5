"""How soft a filmed face is, on a drawn one blurred by known amounts."""

from __future__ import annotations

import numpy as np

from studio.animatic.face import mesh
from studio.animatic.face.softness import blur_px
from tests.animatic.test_steady import face_at


def test_the_softer_the_face_the_more_blur_is_found() -> None:
    import cv2

    face = face_at(150, 150)
    picture = np.full((360, 300, 3), 170, np.uint8)
    for ring in (mesh.RIGHT_EYE, mesh.LEFT_EYE, mesh.LIPS, mesh.RIGHT_BROW[:5], mesh.LEFT_BROW[:5]):
        cv2.fillPoly(picture, [np.round(face[list(ring), :2]).astype(np.int32)], (60, 50, 50))
    found = [blur_px(cv2.GaussianBlur(picture, (0, 0), sigma), face) for sigma in (0.5, 1.0, 2.0, 3.0)]
    assert found[0] < 0.1
    assert found == sorted(found)
    assert 0.8 < found[2] < 1.6 and 1.5 < found[3] < 2.7, "less what sharp lids and lips measure"


def test_a_plain_or_absent_face_is_not_blurred() -> None:
    face = face_at(150, 150)
    assert blur_px(np.full((360, 300, 3), 170, np.uint8), face) == 0
    assert blur_px(np.full((360, 300, 3), 170, np.uint8), face + np.float32([900, 0, 0])) == 0
