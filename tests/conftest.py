"""Shared fixtures.  One thread everywhere, so that results and timings do not depend on the machine."""

from __future__ import annotations

import os
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import cv2  # noqa: E402
import pytest  # noqa: E402

cv2.setNumThreads(1)

ROOT = Path(__file__).resolve().parent.parent


def _shared(part: str) -> Path:
    folder = ROOT.parent / "shared" / part
    if not folder.is_dir():
        pytest.skip(f"needs ../shared/{part}, which this checkout does not have")
    return folder


@pytest.fixture
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture
def shared() -> Path:
    """The folder beside the checkout with test material."""
    return _shared("")


@pytest.fixture
def actor() -> Path:
    """Synthetic people with ground truth."""
    return _shared("actor")


@pytest.fixture
def footage() -> Path:
    """Real footage, for local tests only."""
    return _shared("footage")
