"""What a process has needed, and not what its parent had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from studio.core.memory import peak_rss_mib

_CHILD = "from studio.core.memory import peak_rss_mib; print(peak_rss_mib())"


def test_it_rises_with_what_is_touched() -> None:
    before = peak_rss_mib()
    held = np.ones((round(before) + 200, 1 << 20), np.uint8)
    assert peak_rss_mib() > held.nbytes / (1 << 20)


def test_a_child_does_not_answer_for_its_parent(root: Path) -> None:
    held = np.ones((600, 1 << 20), np.uint8)
    done = subprocess.run([sys.executable, "-c", _CHILD], cwd=root, capture_output=True, text=True, check=True)
    assert 5 < float(done.stdout) < 300 < held.nbytes / (1 << 20)
