"""A bar: a measured value, what it should be, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the score.

    Parameters
    ----------
    value : as measured; None when it could not be
    bar : what is asked, for people, such as "<= 3"
    passed : None when nothing was measured
    note : where the value was found, or why there is none
    """

    name: str
    value: float | None
    bar: str
    passed: bool | None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For the report."""
        value = None if self.value is None else round(self.value, 4)
        return {"name": self.name, "value": value, "bar": self.bar, "passed": self.passed, "note": self.note}


def between(name: str, value: float | None, note: str, *, least: float | None = None, most: float | None = None) -> Bar:
    """A bar with a lower limit, an upper one, or both; both belong to what is allowed."""
    limits = {
        (True, True): f"{least:g} to {most:g}" if least is not None and most is not None else "",
        (True, False): f">= {least:g}" if least is not None else "",
        (False, True): f"<= {most:g}" if most is not None else "",
    }
    text = limits.get((least is not None, most is not None), "")
    if value is None:
        return Bar(name, None, text, None, f"not measured: {note}" if note else "not measured")
    passed = (least is None or value >= least) and (most is None or value <= most)
    return Bar(name, float(value), text, bool(passed), note)
