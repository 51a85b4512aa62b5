"""Breath, sway and squeeze."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.animatic.shots.rhythm import Rhythm
from studio.core.time import FrameRange
from studio.core.timeline import Shot, Timeline


def film(beat_s: float, count: int = 360, contact: int = 187) -> Timeline:
    shots = (
        Shot("open", FrameRange(0, contact), FrameRange(0, 9), 1.0),
        Shot("embrace", FrameRange(contact, count), FrameRange(9, 20), 1.0),
    )
    beats = tuple(contact / 30 + beat_s * k for k in range(-4, 30)) if beat_s else ()
    return Timeline(shots, (), count, contact, contact / 30 if beat_s else None, beats)


@given(st.floats(0.25, 2.0))
def test_a_squeeze_peaks_on_a_beat_after_the_contact(beat_s: float) -> None:
    timeline = film(beat_s)
    rhythm = Rhythm.of(timeline)
    for at in rhythm.squeezes_s:
        assert min(abs(at - beat) for beat in timeline.beats_s) < 1e-9
        assert at > rhythm.contact_s + beat_s
        assert rhythm.squeeze(at) == pytest.approx(1.0)
        assert rhythm.squeeze(at - 0.3) < 0.6 and rhythm.squeeze(at + 0.9) < 0.6


@given(st.floats(0.25, 2.0))
def test_nothing_jumps(beat_s: float) -> None:
    """From one film frame to the next no value moves far."""
    rhythm = Rhythm.of(film(beat_s))
    times = np.arange(187, 360) / 30
    for part in (rhythm.breath, rhythm.sway, rhythm.squeeze):
        values = np.array([part(t) for t in times])
        assert np.abs(values).max() <= 1 and np.abs(np.diff(values)).max() < 0.15


def test_without_music_it_still_sways_but_squeezes_nothing() -> None:
    rhythm = Rhythm.of(film(0))
    assert rhythm.squeezes_s == () and rhythm.squeeze(9.0) == 0
    assert max(abs(rhythm.sway(t)) for t in np.arange(6.2, 12, 0.1)) > 0.8


def test_the_sway_keeps_the_bar_where_it_can() -> None:
    assert Rhythm.of(film(0.9)).sway_s == pytest.approx(3.6)
    assert Rhythm.of(film(0.5)).sway_s == pytest.approx(4.0)
