"""The scorecard looks at the finished file: what it says must follow what the file shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.core.frames import Frame
from studio.core.time import FILM_RATE, FrameRange
from studio.core.timeline import Shot, Timeline
from studio.director.scorecard import Quality, judge_film
from studio.media.read import open_clip
from studio.media.write import write_film
from tests.director.conftest import SAMPLE

SIZE = (360, 640)
SHOT = 30


@pytest.fixture(scope="module")
def user() -> Frame:
    """The sample's actress, so near that her face is 120 px wide."""
    import cv2

    frame = next(open_clip(SAMPLE).frames(FrameRange(40, 41)))
    return cv2.resize(frame[300:620, 260:440], SIZE, interpolation=cv2.INTER_CUBIC)


def film(path: Path, **shown: Frame) -> tuple[Path, Timeline]:
    """A film of one still a shot."""

    def frames() -> Iterator[Frame]:
        for frame in shown.values():
            for _ in range(SHOT):
                yield frame

    shots = tuple(
        Shot(name, FrameRange(SHOT * k, SHOT * (k + 1)), FrameRange(0, 1), 1.0)  # type: ignore[arg-type]
        for k, name in enumerate(shown)
    )
    count = SHOT * len(shown)
    write_film(frames(), path, size_px=SIZE, rate=FILM_RATE, frame_count=count, audio=None, draft=True)
    return path, Timeline(shots, (), count, 0, None)


def test_faces_that_are_there_are_counted_and_compared(user, tmp_path):
    quality = judge_film(Quality(stretch=1.1), *film(tmp_path / "a.mp4", open=user, glimpse=user, hold=user))
    assert (quality.user_face_in_hold, quality.other_face_in_glimpse) == (1.0, 1.0)
    assert quality.identity is not None and quality.identity > 0.9 and quality.identity_method == "mesh geometry"
    assert quality.stretch == 1.1, "what was known of the plan stays"


def test_faces_that_are_not_there_are_not(user, tmp_path):
    wall = np.full_like(user, 120)
    quality = judge_film(Quality(), *film(tmp_path / "b.mp4", open=user, glimpse=wall, hold=wall))
    assert (quality.user_face_in_hold, quality.other_face_in_glimpse) == (0.0, 0.0)
    assert (quality.identity, quality.identity_method) == (None, None)


def test_a_film_without_a_glimpse_says_nothing_about_it(user, tmp_path):
    quality = judge_film(Quality(), *film(tmp_path / "c.mp4", hold=user))
    assert (quality.user_face_in_hold, quality.other_face_in_glimpse, quality.identity) == (1.0, None, None)


def test_the_report_gets_three_decimals():
    assert Quality(stretch=1.23456, identity_method="mesh geometry").as_dict()["stretch"] == 1.235
    assert set(Quality().as_dict()) == {
        "stature_ratio", "stretch", "face_covered", "hands_below_shoulders", "user_face_in_hold",
        "other_face_in_glimpse", "identity",
        "identity_method", "bars", "shots",
    }  # fmt: skip
