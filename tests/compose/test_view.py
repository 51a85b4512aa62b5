"""The virtual camera."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.compose.view import View, keep_inside, look

CLIP = (320, 180)
FILM = (108, 192)


def picture() -> np.ndarray:
    y, x = np.mgrid[0:180, 0:320]
    return np.dstack([20 + x * 235 // 320, 20 + y * 235 // 180, np.full_like(x, 90)]).astype(np.uint8)


@given(st.floats(0, 320), st.floats(0, 180), st.floats(1.1, 6))
def test_a_view_that_can_be_covered_is_covered(x: float, y: float, scale: float) -> None:
    view = keep_inside(View(x, y, scale, FILM), CLIP)
    x0, y0, x1, y1 = view.clip_rect(CLIP)
    assert x0 <= 1e-3 and y0 <= 1e-3 and x1 >= FILM[0] - 1e-3 and y1 >= FILM[1] - 1e-3


def test_points_and_pictures_move_alike() -> None:
    frame = np.zeros((180, 320, 3), np.uint8)
    frame[60:64, 200:204] = 255
    view = View(190, 70, 2.0, FILM)
    seen = look(frame, view)[..., 0].astype(float)
    y, x = np.mgrid[0 : FILM[1], 0 : FILM[0]] + 0.5
    at = view.to_film(np.array([202.0, 62.0]))
    assert abs((x * seen).sum() / seen.sum() - at[0]) < 0.1
    assert abs((y * seen).sum() / seen.sum() - at[1]) < 0.1


def test_no_enlargement_shows_the_clip_itself() -> None:
    frame = picture()
    view = View(54 + 100, 90, 1.0, (108, 180))
    assert (look(frame, view) == frame[:, 100:208]).all()


def test_past_the_edge_the_picture_goes_on_softly() -> None:
    """No black bars, and no hard line where the clip ends."""
    frame = picture()
    view = View(160, 180 - 96 / 0.7, 0.7, FILM)  # the clip stands on the lower edge and ends in the middle
    seen = look(frame, view).astype(int)
    assert seen.min() > 0 and seen[:40, :, 2].mean() > 70
    steps = np.abs(np.diff(seen[..., 1].mean(1)))
    assert steps.max() < 12


def test_the_person_is_not_repeated_past_the_edge() -> None:
    frame = np.full((180, 320, 3), 120, np.uint8)
    frame[20:, 140:180] = (250, 0, 0)
    matte = np.zeros((90, 160), np.float32)
    matte[8:, 68:92] = 1
    view = View(160, 180 - 96 / 0.7, 0.7, FILM)
    above = look(frame, view, matte)[:55].astype(int)
    assert (above[..., 0] - above[..., 1]).max() < 30


def test_between_two_views_the_scale_is_geometric() -> None:
    half = View(0, 0, 1.0, FILM).blend(View(10, 20, 4.0, FILM), 0.5)
    assert (half.x_px, half.y_px, half.scale) == (5, 10, 2.0)


def test_a_clean_plate_goes_on_sharp_past_the_edge_and_inside_nothing_changes() -> None:
    frame = picture()
    frame[10:, 140:180] = (250, 0, 0)
    plate = picture()
    plate[::8] = 255
    view = View(160, 180 - 96, 1.0, FILM)  # 12 rows are missing at the top
    seen = look(frame, view, beyond=plate)
    assert (seen[12:] == frame[:, 106:214]).all()
    assert int(seen[4].min()) > 250  # row 8 of the plate, reflected
    assert not (seen[:12] == (250, 0, 0)).all(-1).any()
