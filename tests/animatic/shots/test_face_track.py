"""The face through a shot: between analysed frames it moves as the skin does, and stands still with the picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.animatic.footage import Footage, neighbours
from studio.animatic.shots.face_track import FaceTrack
from studio.core.frames import Frame
from studio.core.people import Tracks
from studio.core.time import FrameRange
from tests.animatic.test_steady import SKIN, face_at, shifted, skin_picture

COUNT, STRIDE = 19, 3
AT = np.array([0, 0.3, 0.6, 0.9, 3.5, 6, 6, 6, 9, 13, 13, 13.5, 14, 16, 16, 17, 18, 18, 18.5])
"""px: a head that goes by fits and starts, quicker than it is analysed; equal places are equal pictures."""


class Store:
    """The clip's frames; counts how often one was fetched."""

    def __init__(self) -> None:
        self._picture, self.fetched = skin_picture(), 0

    def get(self, frame: int) -> Frame:
        self.fetched += 1
        return shifted(self._picture, AT[frame], 0)


def true_face(frame: int) -> NDArray[np.float32]:
    return face_at(145 + AT[frame], 150)


@pytest.fixture(scope="module")
def tracks() -> Tracks:
    frame = np.arange(0, COUNT, STRIDE, dtype=np.int32)
    n = len(frame)
    faces = np.stack([true_face(k) for k in frame]) + np.random.default_rng(0).normal(0, 0.5, (n, 478, 3))
    faces[3] = np.nan
    none = np.zeros(n, np.float32)
    return Tracks(
        frame, np.zeros((n, 33, 3), np.float32), np.ones((n, 33), np.float32), faces.astype(np.float32),
        np.full((n, 2, 21, 3), np.nan, np.float32), np.zeros((n, 4, 4), np.uint8), none, none, none,
    )  # fmt: skip


def test_between_analysed_frames_it_follows_the_picture(tracks: Tracks) -> None:
    footage, source = Footage(Store(), (300, 360)), FrameRange(0, COUNT)
    followed = FaceTrack(tracks, source, footage, map(float, range(COUNT)))
    smoothed = FaceTrack(tracks, source)

    def off(track: FaceTrack) -> float:
        """px, mean of what is not a lasting offset."""
        away = np.array([(track.at(k) - true_face(k))[SKIN, 0] for k in range(COUNT)])
        return float(np.abs(away - away.mean(0)).mean())

    assert off(followed) < 0.25
    assert off(smoothed) > 0.5
    np.testing.assert_array_equal(followed.at(5), followed.at(7), "the picture stands")


def test_a_position_close_to_a_frame_has_that_frames_face(tracks: Tracks) -> None:
    track = FaceTrack(tracks, FrameRange(0, COUNT), Footage(Store(), (300, 360)), (2.0, 3.0, 4.0))
    np.testing.assert_array_equal(track.at(3.05), track.at(3.0))
    np.testing.assert_array_equal(track.at(2.95), track.at(3.0))
    np.testing.assert_allclose(track.at(3.5), (track.at(3) + track.at(4)) / 2, atol=1e-3)
    assert neighbours(3.05) == ((3, 3), 0.0) and neighbours(2.95) == ((3, 3), 0.0)
    assert neighbours(3.5) == ((3, 4), 0.5)


def test_only_shown_and_analysed_frames_are_fetched(tracks: Tracks) -> None:
    store = Store()
    track = FaceTrack(tracks, FrameRange(0, COUNT), Footage(store, (300, 360)), (4.0, 5.0))
    assert store.fetched == np.isfinite(tracks.face_px[:, 0, 0]).sum() + 2
    assert track.faces_px.shape == (len(track.rows), 478, 3)
    np.testing.assert_array_equal(track.at(float(tracks.frame[2])), track.faces_px[2])


def test_without_a_face_in_the_range_the_first_anywhere_serves(tracks: Tracks) -> None:
    store = Store()
    track = FaceTrack(tracks, FrameRange(9, 10), Footage(store, (300, 360)), (9.0,))
    assert track.rows.tolist() == [0] and store.fetched == 0
    np.testing.assert_array_equal(track.at(9.0), tracks.face_px[0])
