"""Time: rational rates, frame numbers, half-open ranges.

Seconds are ``float`` and end in ``_s``; frame numbers are ``int``; rates are ``fractions.Fraction``.
Frame ``k`` is shown during ``[k / rate, (k + 1) / rate)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

FILM_RATE = Fraction(30)
"""Frames per second of every finished film (what TikTok, Reels and Shorts ask for)."""


def time_s(frame: int, rate: Fraction) -> float:
    """Start of ``frame`` in seconds."""
    return float(Fraction(frame) / rate)


def nearest_frame(at_s: float, rate: Fraction) -> int:
    """The frame whose *start* lies nearest to ``at_s``; halves go up, so the result never falls when time grows."""
    exact = Fraction(at_s) * rate + Fraction(1, 2)
    return exact.numerator // exact.denominator


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Frames ``start`` (included) to ``stop`` (excluded).

    Raises
    ------
    ValueError : when ``stop < start``
    """

    start: int
    stop: int

    def __post_init__(self) -> None:
        if self.stop < self.start:
            raise ValueError(f"range stops at {self.stop}, before its start {self.start}")

    def __len__(self) -> int:
        return self.stop - self.start

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self.start <= frame < self.stop

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop))

    def clamp(self, frame: int) -> int:
        """The frame of this range nearest to ``frame`` (the range must not be empty)."""
        return min(max(frame, self.start), self.stop - 1)

    def seconds(self, rate: Fraction) -> tuple[float, float]:
        """Start and end in seconds."""
        return time_s(self.start, rate), time_s(self.stop, rate)


def tiles(ranges: Iterable[FrameRange], whole: FrameRange) -> bool:
    """Whether ``ranges``, in order, cover ``whole`` without a gap or an overlap."""
    at = whole.start
    for part in ranges:
        if part.start != at:
            return False
        at = part.stop
    return at == whole.stop
