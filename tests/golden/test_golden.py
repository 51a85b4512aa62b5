"""Golden frames: one of every shot, as drawn, graded and captioned, before any encoder.

They say that a change of the picture was meant.  After looking at the new pictures, keep them with

    UPDATE_GOLDEN=1 python -m pytest tests/golden
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from studio.animatic.build import Animatic
from studio.compose.captions import Captions
from studio.compose.grade import Grade
from studio.core.settings import LookSettings
from studio.core.time import FrameRange
from studio.core.timeline import ShotName
from tests.animatic.conftest import animatic, sample_clip, sample_seen  # noqa: F401 - fixtures

FOLDER = Path(__file__).parent / "frames"
LEAST_ALIKE = 0.93


@pytest.mark.parametrize("name", get_args(ShotName))
def test_shot(animatic: Animatic, name) -> None:  # noqa: F811
    scene = animatic.scene
    shot = scene.timeline.named(name)
    if shot is None:
        assert name in {left.name for left in scene.timeline.left_out}
        pytest.skip("this film does without it")
    at = shot.film.start + int(0.7 * len(shot.film))
    frame = next(animatic.frames(FrameRange(at, at + 1)))
    look = LookSettings(**{**{f: getattr(scene.preset.look, f) for f in LookSettings.__slots__}, "grain": 0.0})
    frame = Grade(look, scene.size_px, np.random.default_rng(0)).apply(frame, at)
    Captions(scene.timeline.captions, scene.size_px).apply(frame, at)
    path = FOLDER / f"{scene.preset.slug}-{name}.png"
    if os.environ.get("UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        cv2.imwrite(str(path), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    kept = cv2.imread(str(path))
    assert kept is not None, f"{path.name} is missing; make it with UPDATE_GOLDEN=1 and look at it"
    kept = cv2.cvtColor(kept, cv2.COLOR_BGR2RGB)
    alike = structural_similarity(frame, kept, channel_axis=2)
    assert alike >= LEAST_ALIKE, f"{path.name}: SSIM {alike:.3f}"
