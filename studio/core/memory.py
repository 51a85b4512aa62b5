"""How much memory this process has needed."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_rss_mib() -> float:
    """Largest resident memory of this process since its program started, in MiB.

    Linux keeps that as VmHWM.  Its getrusage also counts what the *parent* needed when it started this one, so it
    is only asked where there is no VmHWM.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
