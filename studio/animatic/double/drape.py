"""How a garment's back hangs: a small cloth simulation over the body, from which folds follow, not from noise.

A sheet of vertices covers the back from side to side.  It is a little larger than the body, hangs from the shoulders,
is drawn forward at the armpits by reaching arms and held and shoved where forearms press on it; what is too long
buckles into folds.  Position based dynamics with Verlet steps: M. Mueller et al., "Position based dynamics", 2007;
bending as distances over two edges.

All lengths are statures (see ``figure``); this module knows no pixels, light or colours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
CELL = 0.0033
"""Distance of two vertices; folds are some cells wide."""
_WIDEST = np.float32(1.40)  # radians round the body that the sheet reaches to either side


Point = tuple[float, float]


class Press(NamedTuple):
    """A forearm that lies on the back, from ``start`` to ``stop`` (x, y) in shoulder widths from the middle of the
    shoulder line, x right, y down."""

    start: Point
    stop: Point


def press_of(forearms: Iterable[tuple[Point, Point]], left: Point, right: Point) -> tuple[Press, ...]:
    """Forearms given in pixels, each from elbow to hand, on a back whose shoulder joints are at two pixels.

    They are rounded, so that hands that tremble do not settle the cloth anew.
    """
    a, b = np.array(left, float), np.array(right, float)
    width = float(np.hypot(*(b - a))) + 1e-6
    across = (b - a) / width
    down = np.array([-across[1], across[0]])

    def to_widths(point: Point) -> Point:
        away = np.array(point, float) - 0.5 * (a + b)
        return round(float(away @ across) / width, 2), round(float(away @ down) / width, 2)

    return tuple(Press(to_widths(elbow), to_widths(hand)) for elbow, hand in forearms)


@dataclass(frozen=True, slots=True)
class Fabric:
    """How a cloth behaves.

    Parameters
    ----------
    ease_across, ease_along : how much larger than the body it is, as shares
    bending : 0 silk .. 1 felt
    """

    ease_across: float
    ease_along: float
    bending: float


FABRICS = {
    "tee": Fabric(0.13, 0.085, 0.06),
    "shirt": Fabric(0.17, 0.080, 0.14),
    "jumper": Fabric(0.13, 0.10, 0.30),
    "cardigan": Fabric(0.14, 0.09, 0.28),
    "hoodie": Fabric(0.15, 0.11, 0.38),
}


@dataclass(frozen=True, slots=True)
class Form:
    """What is under a sheet: a trunk from the shoulders to the hem, or a head from its back to the end of a scarf.

    Parameters
    ----------
    top : (n,) y of the sheet's upper edge at equal angles round the body; the lower edge is ``hem``
    rows, half, depth, loose : tables over y: half width, depth, and how much of the fabric's ease lies there
    shoulder_y, shoulder_half, armpit_y : of a trunk; forearms and reaching arms draw there
    """

    top: tuple[float, ...]
    hem: float
    rows: tuple[float, ...]
    half: tuple[float, ...]
    depth: tuple[float, ...]
    loose: tuple[float, ...]
    shoulder_y: float = 0.0
    shoulder_half: float = 0.1
    armpit_y: float = -9.0

    def grid(self) -> tuple[int, int]:
        """Rows and columns of a sheet on it."""
        rows = (self.hem - min(self.top)) / CELL
        columns = 2 * float(_WIDEST) * float(np.mean(self.half)) / CELL
        return max(16, 2 * round(rows / 2)), max(12, 2 * round(columns / 2))


@dataclass(frozen=True, slots=True)
class Drape:
    """A settled sheet: how far every vertex went from its place on the body.

    Parameters
    ----------
    moved : (rows, columns, 3) float32: sideways, down, out of the body
    """

    form: Form
    moved: NDArray[np.float32]

    def on(self, x: Plane, y: Plane) -> tuple[Plane, Plane, Plane]:
        """The cloth seen at x and y (planes that broadcast): which point of the flat pattern (x, y), and its height."""
        import cv2

        t = self.form
        rows, columns = self.moved.shape[:2]
        px, py = (np.ascontiguousarray(p, dtype=np.float32) for p in np.broadcast_arrays(x, y))
        half = np.interp(py.ravel(), t.rows, t.half).reshape(py.shape).astype(np.float32)
        angles = np.linspace(-_WIDEST, _WIDEST, len(t.top))
        found = np.zeros((*px.shape, 3), np.float32)
        for _ in range(4):  # the shift is small and smooth, so this settles
            qx, qy = px - found[..., 0], py - found[..., 1]
            angle = np.arcsin(np.clip(qx / half, -1, 1))
            top = np.interp(angle.ravel(), angles, t.top).reshape(angle.shape).astype(np.float32)
            column = (angle / _WIDEST + 1) * np.float32(0.5 * (columns - 1))
            row = (qy - top) / (np.float32(t.hem) - top) * np.float32(rows - 1)
            found = cv2.remap(self.moved, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return px - found[..., 0], py - found[..., 1], found[..., 2]


@lru_cache(maxsize=24)
def settle(form: Form, garment: str, pull: float, press: tuple[Press, ...], seed: int) -> Drape:
    """Let the cloth hang.

    Parameters
    ----------
    pull : 0 arms hang .. 1 arms reach forward
    press : forearms that lie on it
    seed : no two sheets fold alike
    """
    fabric = FABRICS[garment]
    rng = np.random.default_rng(seed)
    moved: NDArray[np.float32] | None = None
    import cv2

    rows, columns = form.grid()
    for shrink, steps in ((2, 120), (1, 50)):  # long folds first, then their fine edges
        moved = _hang(form, fabric, pull, press, rows // shrink, columns // shrink, steps, moved, rng)
    assert moved is not None  # noqa: S101 - the loop ran
    return Drape(form, cv2.GaussianBlur(np.ascontiguousarray(moved.transpose(1, 2, 0)), (0, 0), 0.8))


def _hang(
    form: Form,
    fabric: Fabric,
    pull: float,
    press: tuple[Press, ...],
    rows: int,
    columns: int,
    steps: int,
    moved: NDArray[np.float32] | None,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """(3, rows, columns) where the vertices went, starting at ``moved`` of a coarser sheet."""
    import cv2

    t = form
    angle = np.linspace(-_WIDEST, _WIDEST, columns, dtype=np.float32)[None]
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    top = np.interp(angle[0], np.linspace(-_WIDEST, _WIDEST, len(t.top)), t.top).astype(np.float32)[None]
    y = top + down * (np.float32(t.hem) - top)
    half = np.interp(y, t.rows, t.half).astype(np.float32)
    depth = np.interp(y, t.rows, t.depth).astype(np.float32)
    x = half * np.sin(angle)
    body = depth * np.sqrt(np.maximum(1 - (x / half) ** 2, 0.0))
    rest = np.stack([x, y, body]).astype(np.float32)

    loose = np.interp(y, t.rows, t.loose).astype(np.float32)
    moody = cv2.resize(rng.normal(size=(6, 5)).astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    across = np.float32(fabric.ease_across) * loose * (1 + np.float32(0.45) * moody)
    along = np.float32(fabric.ease_along) * loose * (1 + np.float32(0.45) * moody[::-1])

    goal, hold = _held(rest, t, pull, press, rng)
    now = rest.copy()
    if moved is None:
        rough = cv2.GaussianBlur(rng.normal(size=(rows, columns)).astype(np.float32), (0, 0), 1.6)
        now[2] += np.float32(0.0025) * np.abs(rough) / rough.std()
    else:
        now += np.stack([cv2.resize(m, (columns, rows), interpolation=cv2.INTER_CUBIC) for m in moved])
        now[2] += np.float32(0.0002) * rng.normal(size=(rows, columns)).astype(np.float32)
    links = _links(rest, across, along, fabric.bending)
    before = now.copy()
    size = np.float32(t.hem / rows)
    floor = body + np.float32(0.0006)
    for step in range(steps):
        speed = np.float32(0.90) * (now - before)
        np.clip(speed, -0.4 * size, 0.4 * size, out=speed)
        before = now.copy()
        now += speed
        now[1] += np.float32(0.00002)
        ramp = np.float32(min(1.0, (step + 1) / (0.6 * steps))) if moved is None else np.float32(1)
        for a, b, length, stiff in links + links[:4]:
            pa, pb = now[a], now[b]
            gap = pb - pa
            far = np.sqrt((gap * gap).sum(0)) + np.float32(1e-9)
            gap *= (np.float32(0.5) * stiff * (1 - length / far))[None]
            pa += gap
            pb -= gap
        now += hold * (rest + ramp * goal - now)
        np.clip(now[2], floor, body + np.float32(0.030), out=now[2])
    return now - rest


def _held(
    rest: NDArray[np.float32], t: Form, pull: float, press: tuple[Press, ...], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where vertices are drawn to (3, rows, columns), and how strongly (rows, columns): 0 free .. 1 pinned."""
    _, rows, columns = rest.shape
    x, y = rest[0], rest[1]
    goal = np.zeros_like(rest)
    hold = np.zeros((rows, columns), np.float32)
    hold[0] = 1.0  # collar and shoulder seams
    hold[1] = 0.5
    side = np.sign(x)
    near_side = np.clip((np.abs(np.linspace(-1, 1, columns, dtype=np.float32)) - 0.94) / 0.06, 0, 1)[None]
    hold = np.maximum(hold, 0.5 * near_side)  # the front of the garment
    # reaching arms draw the cloth out and up at the armpit, not equally
    at_armpit = np.exp(-(((y - t.armpit_y) / np.float32(0.030)) ** 2)) * near_side
    uneven = 1 + 0.35 * rng.uniform(-1, 1, 2)
    amount = np.where(side < 0, uneven[0], uneven[1]).astype(np.float32)
    goal[0] += np.float32(0.010 * pull) * side * at_armpit * amount
    goal[1] -= np.float32(0.012 + 0.012 * pull) * at_armpit * amount
    goal[1] += np.float32(0.004) * rng.normal(size=columns).astype(np.float32) * (y > t.armpit_y + 0.12) * near_side
    width = 2 * t.shoulder_half
    for i, arm in enumerate(press):
        a = np.array(arm.start) * width + [0, t.shoulder_y]
        b = np.array(arm.stop) * width + [0, t.shoulder_y]
        line = b - a
        length = float(np.hypot(*line)) + 1e-6
        share = np.clip(((x - a[0]) * line[0] + (y - a[1]) * line[1]) / length**2, 0, 1)
        away = np.hypot(x - a[0] - share * line[0], y - a[1] - share * line[1])
        radius = 0.15 * width
        on = np.exp(-((away / (0.75 * radius)) ** 2)).astype(np.float32)
        # the hand end draws the cloth along, the arm lifts it a little: a hug gathers what it holds
        hand = np.clip(2 * share - 0.6, 0, 1)
        drag = -0.030 * width * hand * (1 if i % 2 else 0.7)
        wave = np.interp(share.ravel(), np.linspace(0, 1, 7), rng.uniform(-0.2, 1.0, 7)).reshape(share.shape)
        goal[0] += (on * (drag * line[0] / length + 0.010 * width * (wave - 0.4))).astype(np.float32)
        goal[1] += (on * (drag * line[1] / length - 0.030 * width * wave)).astype(np.float32)
        hold = np.maximum(hold, np.float32(0.45) * np.clip(1.6 * on - 0.3, 0, 1))
    return goal, hold


def _links(rest: NDArray[np.float32], across: Plane, along: Plane, bending: float) -> list[tuple]:
    """Pairs of vertices that keep a distance: (slices a, slices b, lengths, stiffness); no vertex twice in one."""
    _, rows, columns = rest.shape
    links: list[tuple] = []

    def add(dr: int, dc: int, stiff: float) -> None:
        for phase in range(2):
            for start in range(max(dr, 1) if dr else max(dc, 1)):
                step = 2 * max(dr, abs(dc))
                base = phase * max(dr, abs(dc)) + start
                if dr:
                    r = np.arange(base, rows - dr, step)
                    if not len(r):
                        continue
                    c0, c1 = (0, columns - dc) if dc >= 0 else (-dc, columns)
                    a = (slice(None), slice(r[0], r[-1] + 1, step), slice(c0, c1))
                    b = (slice(None), slice(r[0] + dr, r[-1] + dr + 1, step), slice(c0 + dc, c1 + dc))
                else:
                    c = np.arange(base, columns - dc, step)
                    if not len(c):
                        continue
                    a = (slice(None), slice(0, rows), slice(c[0], c[-1] + 1, step))
                    b = (slice(None), slice(0, rows), slice(c[0] + dc, c[-1] + dc + 1, step))
                gap = rest[b] - rest[a]
                flat = np.sqrt((gap * gap).sum(0))
                sides, downs = np.abs(gap[0]) + np.abs(gap[2]), np.abs(gap[1])
                share = sides / (sides + downs + 1e-9)
                grown = 1 + share * across[a[1:]] + (1 - share) * along[a[1:]]
                links.append((a, b, (flat * grown).astype(np.float32), np.float32(stiff)))

    add(0, 1, 0.9)
    add(1, 0, 0.9)
    add(1, 1, 0.35)
    add(1, -1, 0.35)
    add(0, 2, bending)
    add(2, 0, bending)
    return links
