"""Time: rounding, ranges, tiling."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.time import FrameRange, nearest_frame, tiles, time_s

RATES = st.sampled_from([Fraction(30), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(12)])


@given(st.integers(0, 10_000), RATES)
def test_a_frame_comes_back_from_its_own_time(frame: int, rate: Fraction) -> None:
    assert nearest_frame(time_s(frame, rate), rate) == frame


@given(st.floats(0, 1000), st.floats(0, 1000), RATES)
def test_rounding_never_falls_when_time_grows(a: float, b: float, rate: Fraction) -> None:
    low, high = sorted((a, b))
    assert nearest_frame(low, rate) <= nearest_frame(high, rate)


@given(st.floats(0, 1000), RATES)
def test_rounding_is_at_most_half_a_frame_off(at_s: float, rate: Fraction) -> None:
    assert abs(time_s(nearest_frame(at_s, rate), rate) - at_s) <= 0.5 / float(rate) + 1e-9


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_consecutive_ranges_tile_and_a_gap_does_not(lengths: list[int]) -> None:
    edges = [0]
    for length in lengths:
        edges.append(edges[-1] + length)
    parts = [FrameRange(a, b) for a, b in itertools.pairwise(edges)]
    assert tiles(parts, FrameRange(0, edges[-1]))
    assert not tiles(parts, FrameRange(0, edges[-1] + 1))
    assert not tiles([FrameRange(1, 1), *parts], FrameRange(0, edges[-1]))


def test_a_range_cannot_run_backwards() -> None:
    with pytest.raises(ValueError, match="before its start"):
        FrameRange(5, 4)


def test_clamp_and_membership() -> None:
    part = FrameRange(3, 6)
    assert [part.clamp(f) for f in (0, 3, 5, 6, 99)] == [3, 3, 5, 5, 5]
    assert 5 in part and 6 not in part and len(part) == 3 and list(part) == [3, 4, 5]
