from __future__ import annotations

import numpy as np
import pytest

from studio.vision.pose import shoulder_width, smooth, trunk_height
from tests.vision.skeletons import WIDE, pose


def test_the_yardstick_holds_when_the_body_turns():
    assert shoulder_width(pose(WIDE)) == pytest.approx(130, rel=1e-3)
    assert shoulder_width(pose(WIDE, width=0.1)) == pytest.approx(0.62 * 1.5 * 130, rel=1e-3)
    assert trunk_height(pose(WIDE)) == pytest.approx(195, rel=1e-3)


def test_smoothing_takes_jitter_and_keeps_the_movement():
    at = np.arange(60)
    truth = (100 * np.sin(at / 6)).astype(np.float32)
    noisy = truth + np.random.default_rng(1).normal(0, 3, 60).astype(np.float32)
    piece = np.zeros(60, np.int32)
    error = np.abs(smooth(noisy, piece) - truth).mean()
    assert error < 0.8 * np.abs(noisy - truth).mean()
    assert np.abs(smooth(truth, piece) - truth).max() < 0.6  # peaks are kept


def test_smoothing_stops_at_cuts_and_gaps():
    rows = np.array([0.0] * 6 + [100.0] * 6, np.float32)
    piece = np.array([0] * 6 + [1] * 6, np.int32)
    assert np.abs(smooth(rows, piece) - rows).max() < 1e-3
    rows = np.arange(12, dtype=np.float32)
    rows[5] = np.nan
    out = smooth(rows, np.zeros(12, np.int32))
    assert np.isnan(out[5]) and np.nanmax(np.abs(out - rows)) < 1e-4
