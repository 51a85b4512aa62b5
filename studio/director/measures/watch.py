"""The watch: looks at every frame of an animatic as it is drawn, and at a few of them closely.

It is handed to an engine in the animatic's place.  Looking costs some milliseconds a frame; no frame is drawn twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.animatic.scene import Painted, Scene
from studio.compose.edge_width import edge_width
from studio.compose.noise import noise_level
from studio.core.frames import Frame, FrameSource, Size
from studio.core.time import FrameRange
from studio.core.timeline import Shot, Timeline
from studio.director.measures.depth_order import flips
from studio.director.measures.halo import Halo, halo
from studio.director.measures.inserted import Inserted, cover_of, inserted
from studio.director.measures.pops import Glance, glance, second_difference, worst_pop
from studio.director.measures.untouched import changed_share

_LOOKS = (0.3, 0.8)
"""Where in a shot frames are looked at closely, as shares of its length."""
_MOMENTS = 8
"""Moments of the hold that are kept for the life of the face."""


class Explained(FrameSource, Protocol):
    """An animatic that can say what it did to each frame (``animatic.build.Animatic``)."""

    @property
    def scene(self) -> Scene:
        """What it tells."""
        ...

    def painted(self, part: FrameRange | None = None) -> Iterator[Painted]:
        """The frames and what was drawn into them."""
        ...

    def explained(self, part: FrameRange) -> Iterator[Painted]:
        """The same frames, together with the user's own picture below."""
        ...


@dataclass(slots=True)
class ShotNumbers:
    """What was seen of one shot; lists grow while it is drawn.

    Parameters
    ----------
    costs_ms : processor time of each frame, those with a closer look left out
    set_up_ms : of the shot's first frame, which pays for what the others share
    differences : second difference in the clone region by film frame
    orders : layers back to front, by film frame
    halos : one for each look with an outline in focus
    edges, noises : (inserted, user's own) in each look where both could be measured; edges only in focus
    changed : share of untouched pixels that differ, and share of the picture that is untouched
    inserted_looks, focused_looks : how many looks showed something inserted, and something inserted in focus
    """

    shot: Shot
    costs_ms: list[float] = field(default_factory=list)
    set_up_ms: float | None = None
    differences: dict[int, float] = field(default_factory=dict)
    orders: dict[int, tuple[str, ...]] = field(default_factory=dict)
    halos: list[Halo] = field(default_factory=list)
    edges: list[tuple[float, float]] = field(default_factory=list)
    noises: list[tuple[float, float]] = field(default_factory=list)
    changed: list[tuple[float, float]] = field(default_factory=list)
    inserted_looks: int = 0
    focused_looks: int = 0

    @property
    def flips(self) -> int:
        """Changes of the depth order."""
        return flips(self.orders[n] for n in sorted(self.orders))

    @property
    def pop(self) -> tuple[float, int] | None:
        """The worst pop and its film frame."""
        return worst_pop(self.differences)

    @property
    def rim(self) -> tuple[float, float] | None:
        """Mean and 95th percentile of the halo, shadow and defocus accounted for."""
        return _spread([one.rim for one in self.halos])

    @property
    def plain(self) -> tuple[float, float] | None:
        """The same, shadow and defocus included."""
        return _spread([one.plain for one in self.halos])

    @property
    def edge_ratio(self) -> float | None:
        """Edge width of inserted material against the user's own; above 1 is softer."""
        return _ratio(self.edges)

    @property
    def noise_ratio(self) -> float | None:
        """Noise of inserted material against the user's own."""
        return _ratio(self.noises)

    @property
    def cost_ms(self) -> float | None:
        """Mean processor time of a frame."""
        return float(np.mean(self.costs_ms)) if self.costs_ms else None

    def as_dict(self) -> dict[str, float | str | None]:
        """For the report."""
        rim, plain, pop = self.rim, self.plain, self.pop
        values = {
            "pop": pop[0] if pop else None,
            "unrest": float(np.median(list(self.differences.values()))) if self.differences else None,
            "halo_mean": rim[0] if rim else None,
            "halo_p95": rim[1] if rim else None,
            "halo_with_shadow_mean": plain[0] if plain else None,
            "edge_ratio": self.edge_ratio,
            "noise_ratio": self.noise_ratio,
            "cost_ms": self.cost_ms,
            "set_up_ms": self.set_up_ms,
        }
        rounded = {key: None if value is None else round(value, 3) for key, value in values.items()}
        return {"name": self.shot.name, **rounded}


class Watch:
    """An animatic that is measured while its frames are drawn.

    Parameters
    ----------
    clock : processor seconds; by default of the thread that draws, because others grade and write meanwhile.  What
        OpenCV gives to threads of its own is then not counted; ``time.process_time`` counts it where nothing else runs
    """

    def __init__(self, film: Explained, clock: Callable[[], float] = time.thread_time) -> None:
        self.film = film
        self._clock = clock
        self.shots: tuple[ShotNumbers, ...] = tuple(ShotNumbers(shot) for shot in self.timeline.shots)
        self.kept: dict[int, tuple[Frame, NDArray[np.uint8]]] = {}
        self._looks = {n for shot in self.timeline.shots for n in moments(shot.film, _LOOKS)}
        hold = self.timeline.named("hold")
        shares = tuple(np.linspace(0.04, 0.96, _MOMENTS))
        self._keep = set(moments(hold.film, shares)) if hold is not None else set()
        self._recent: list[tuple[int, Glance]] = []

    @property
    def timeline(self) -> Timeline:
        """The film's plan."""
        return self.film.scene.timeline

    @property
    def size_px(self) -> Size:
        """Film size."""
        return self.film.size_px

    @property
    def rate(self) -> Fraction:
        """Film rate."""
        return self.film.rate

    @property
    def frame_count(self) -> int:
        """Film length in frames."""
        return self.film.frame_count

    def frames(self, part: FrameRange | None = None) -> Iterator[Frame]:
        """The frames of the animatic, unchanged."""
        for painted in self.painted(part):
            yield painted.frame

    def painted(self, part: FrameRange | None = None) -> Iterator[Painted]:
        """The frames, and where the other self is."""
        part = part or FrameRange(0, self.frame_count)
        for numbers in self.shots:
            film = numbers.shot.film
            for n in range(max(film.start, part.start), min(film.stop, part.stop)):
                yield self._next(n, numbers)

    def _next(self, film_frame: int, numbers: ShotNumbers) -> Painted:
        is_close = film_frame in self._looks
        part = FrameRange(film_frame, film_frame + 1)
        start = self._clock()
        painted = next(self.film.explained(part) if is_close else self.film.painted(part))
        cost_ms = 1000 * (self._clock() - start)
        if film_frame == numbers.shot.film.start:
            numbers.set_up_ms = cost_ms
        elif not is_close:
            numbers.costs_ms.append(cost_ms)
        if painted.order:
            numbers.orders[film_frame] = painted.order
        self._move(film_frame, painted, numbers)
        if is_close:
            look_closely(painted, numbers)
        if film_frame in self._keep:
            self.kept[film_frame] = (painted.frame.copy(), cover_of(painted))
        return painted

    def _move(self, film_frame: int, painted: Painted, numbers: ShotNumbers) -> None:
        """Second difference of the frame before, when this and the two before follow each other in one shot."""
        first = numbers.shot.film.start
        self._recent = [item for item in self._recent if first <= item[0] < film_frame and item[0] >= film_frame - 2]
        self._recent.append((film_frame, glance(painted)))
        if [n for n, _ in self._recent] == [film_frame - 2, film_frame - 1, film_frame]:
            value = second_difference(*(seen for _, seen in self._recent))
            if value is not None:
                numbers.differences[film_frame - 1] = value


def moments(film: FrameRange, shares: tuple[float, ...]) -> tuple[int, ...]:
    """Film frames at shares of a range."""
    return tuple(sorted({film.start + round(share * (len(film) - 1)) for share in shares}))


def look_closely(painted: Painted, numbers: ShotNumbers) -> None:
    """Halo, sharpness, noise and the user's own pixels of one explained frame."""
    changed = changed_share(painted)
    if changed is not None:
        numbers.changed.append(changed)
    found = inserted(painted)
    if found is None or not found.visible.any():
        return
    numbers.inserted_looks += 1
    rim = halo(found)
    if rim is not None:
        numbers.halos.append(rim)
    body, users = found.body(), found.users()
    _compare(found, body, users, noise_level, numbers.noises)
    if found.in_focus():
        numbers.focused_looks += 1
        _compare(found, body, users, edge_width, numbers.edges)


def _compare(
    found: Inserted,
    body: np.ndarray,
    users: np.ndarray,
    measure: Callable[[Frame, np.ndarray], float | None],
    into: list[tuple[float, float]],
) -> None:
    """The same measure on what was inserted and on the user's own picture: where the user is, else anywhere."""
    theirs = measure(found.frame, body)
    own = None if theirs is None else measure(found.own, users) or measure(found.own, np.ones_like(users))
    if theirs is not None and own is not None:
        into.append((theirs, own))


def _ratio(pairs: list[tuple[float, float]]) -> float | None:
    return float(np.median([a / b for a, b in pairs])) if pairs else None


def _spread(values: list[np.ndarray]) -> tuple[float, float] | None:
    if not values:
        return None
    together = np.concatenate(values)
    return float(together.mean()), float(np.percentile(together, 95))
