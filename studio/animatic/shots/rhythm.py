"""The life of two people who hold each other: breath, a sway, and a squeeze that falls on the beat.

All three are pure functions of the film's time, so frames may be drawn in any order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.core.time import time_s
from studio.core.timeline import Timeline

_BREATH_S = 3.4
_SWAY_S = (3.2, 6.5)
"""A sway shorter than this is a dance, a longer one cannot be seen within a shot."""
_RISE_S, _FALL_S = 0.45, 1.1
_LONELY_SWAY_S = 5.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Beats of the embrace.

    Parameters
    ----------
    contact_s : film time of the contact
    sway_s : period of the sway, a whole number of beats where the music allows it
    squeezes_s : film times at which a squeeze is strongest
    """

    contact_s: float
    sway_s: float
    squeezes_s: tuple[float, ...]

    @classmethod
    def of(cls, timeline: Timeline) -> Rhythm:
        """Read off the plan: squeezes on every eighth beat after the contact, the first one after four."""
        contact_s = time_s(timeline.contact_frame, timeline.rate)
        after = [beat for beat in timeline.beats_s if beat > contact_s + 0.05]
        if len(after) < 2:
            return cls(contact_s, _LONELY_SWAY_S, ())
        beat_s = float(np.median(np.diff(after)))
        fitting = [n * beat_s for n in (4, 8, 2, 16, 6, 3) if _SWAY_S[0] <= n * beat_s <= _SWAY_S[1]]
        return cls(contact_s, fitting[0] if fitting else _LONELY_SWAY_S, tuple(after[3::8]))

    def breath(self, film_s: float) -> float:
        """-1 breathed out .. 1 breathed in."""
        return float(np.sin(2 * np.pi * film_s / _BREATH_S))

    def sway(self, film_s: float) -> float:
        """-1 left .. 1 right; upright at the contact, and only slowly under way."""
        since = film_s - self.contact_s
        return float(np.sin(2 * np.pi * since / self.sway_s) * np.clip(since / 1.5, 0, 1))

    def squeeze(self, film_s: float) -> float:
        """0 at ease .. 1 pressed; it gathers before the beat and lets go slowly."""

        def pulse(since: float) -> float:
            span = _RISE_S if since < 0 else _FALL_S
            return float(np.cos(0.5 * np.pi * min(abs(since) / span, 1.0)) ** 2)

        return max((pulse(film_s - at) for at in self.squeezes_s), default=0.0)
