from __future__ import annotations

from pathlib import Path

import pytest

from studio.sound.grid import Piece, grid, pieces
from studio.sound.track import Track


def make(loop_s=None, duration_s=20.0) -> Track:
    beats = tuple(float(n) for n in range(1, 19))
    return Track(
        slug="t",
        title="T",
        path=Path("t.ogg"),
        bpm=60,
        beats_s=beats,
        downbeats_s=beats[::4],
        drop_s=9.0,
        sections=(),
        mood=(),
        licence="CC0-1.0",
        duration_s=duration_s,
        confidence=1.0,
        source="bundled",
        loop_s=loop_s,
    )


def test_film_time_is_track_time_less_the_start():
    found = grid(make(), start_s=3.5, duration_s=10)
    assert found.beats_s == tuple(n + 0.5 for n in range(10))
    assert found.downbeats_s == (1.5, 5.5, 9.5)
    assert found.drop_s == 5.5


def test_a_negative_start_delays_the_music():
    found = grid(make(), start_s=-2, duration_s=6)
    assert found.beats_s == (3.0, 4.0, 5.0)
    assert found.drop_s is None
    assert pieces(make(), start_s=-2, duration_s=6) == (Piece(2.0, 0.0, 4.0),)


def test_a_beat_at_the_start_counts_and_one_at_the_end_does_not():
    assert grid(make(), start_s=5, duration_s=2).beats_s == (0.0, 1.0)


def test_a_track_without_loop_ends_in_silence():
    assert pieces(make(), start_s=15, duration_s=10) == (Piece(0, 15.0, 5.0),)
    assert grid(make(), start_s=15, duration_s=10).beats_s[-1] == 3.0


def test_a_loop_keeps_the_beat():
    found = grid(make(loop_s=(5.0, 13.0)), start_s=9, duration_s=16)
    assert [p.track_s for p in pieces(make(loop_s=(5.0, 13.0)), start_s=9, duration_s=16)] == [9.0, 5.0]
    assert found.beats_s == pytest.approx(range(16))
    assert found.downbeats_s == pytest.approx((0, 4, 8, 12))


def test_pieces_tile_the_film_however_often_the_loop_turns():
    laid = pieces(make(loop_s=(5.0, 9.0)), start_s=6, duration_s=33)
    ends = [piece.film_s + piece.length_s for piece in laid]
    assert laid[0].film_s == 0
    assert ends[-1] == pytest.approx(33)
    assert [piece.film_s for piece in laid[1:]] == pytest.approx(ends[:-1])


def test_the_loop_is_not_used_when_the_track_lasts():
    assert len(pieces(make(loop_s=(5.0, 13.0)), start_s=2, duration_s=15)) == 1


def test_a_start_beyond_the_track_is_silence():
    assert pieces(make(), start_s=30, duration_s=5) == ()
    assert grid(make(), start_s=30, duration_s=5).beats_s == ()
