"""The hugged thing in a stand-in take: where it is in every frame, where a head can be put on it, and its cloth.

`held.HeldFinder` masks it; the masks are averaged over neighbouring frames so that they do not boil.  The thing keeps
its own pixels; `recolour` changes the cloth's colour if wished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.forearms import Box, ForearmTrack
from studio.animatic.footage import FrameStore
from studio.animatic.held import HeldFinder
from studio.core.frames import Frame
from studio.core.people import Analysis
from studio.core.settings import Rgb

_KEYS = 5
_NEIGHBOURS = np.array([0.25, 0.5, 0.25], np.float32)


@dataclass(frozen=True, slots=True)
class StandIn:
    """The hugged thing over a range of the clip; places are in clip pixels, one row per entry of ``frame``.

    Parameters
    ----------
    box : x0, y0, x1, y1 in clip pixels; every mask covers it
    frame : (n,) int32 clip frames, ascending
    mask : (n, h, w) uint8, what is seen of the thing: forearms, hands and face are cut out of it
    top_px : (n, 2) float32, the middle of its upper end: a neck or the back of a head goes here
    shoulder_px : (n,) float32, y where it is first over two thirds as wide as it gets: the shoulder line of the double
    width_px : (n,) float32, how wide it gets in its upper part
    hood_px : (n,) float32, width of its narrower upper end (a hood, a collar); 0 when it has none
    tilt_deg : (n,) float32, lean of its long axis, positive to the picture's right
    colour_rgb : median colour of the cloth
    """

    box: Box
    frame: NDArray[np.int32]
    mask: NDArray[np.uint8]
    top_px: NDArray[np.float32]
    shoulder_px: NDArray[np.float32]
    width_px: NDArray[np.float32]
    hood_px: NDArray[np.float32]
    tilt_deg: NDArray[np.float32]
    colour_rgb: Rgb

    def mask_at(self, position: float) -> NDArray[np.float32]:
        """(h, w) float32 0..1 inside ``box`` at a possibly fractional clip frame; the ends are held."""
        left, right, share = self._between(position)
        first, second = (self.mask[row].astype(np.float32) / 255 for row in (left, right))
        return first * (1 - share) + second * share

    def over_at(self, position: float) -> NDArray[np.float32]:
        """(h, w) float32 0..1 inside ``box``: what lies across the thing, arms and hands: gaps in its columns.

        Hands that the forearm layer loses are found by it: no colour is asked, only that cloth is seen above and below.
        """
        mask = self.mask_at(position)
        solid = mask > 0.5
        above = np.maximum.accumulate(solid, axis=0)
        below = np.maximum.accumulate(solid[::-1], axis=0)[::-1]
        return np.where(above & below, 1 - mask, 0).astype(np.float32)

    def place_at(self, position: float) -> Place:
        """Where the thing is at a possibly fractional clip frame."""
        left, right, share = self._between(position)

        def mixed(rows: NDArray[np.float32]) -> NDArray[np.float32]:
            return rows[left] * (1 - share) + rows[right] * share

        top = mixed(self.top_px)
        return Place(
            (float(top[0]), float(top[1])),
            float(mixed(self.shoulder_px)),
            float(mixed(self.width_px)),
            float(mixed(self.hood_px)),
            float(mixed(self.tilt_deg)),
        )

    def end_px(self, position: float) -> float:
        """Clip y of its lower end: below it is less than half as wide as it gets."""
        rows = np.flatnonzero((self.mask_at(position) > 0.5).sum(axis=1) > 0.5 * self.place_at(position).width_px)
        return float(self.box[1] + (rows[-1] + 1 if len(rows) else self.mask.shape[1]))

    def _between(self, position: float) -> tuple[int, int, float]:
        right = int(np.clip(np.searchsorted(self.frame, position), 0, len(self.frame) - 1))
        left = max(0, right - 1)
        gap = max(1, int(self.frame[right] - self.frame[left]))
        return left, right, float(np.clip((position - self.frame[left]) / gap, 0, 1)) if right > left else 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a head and shoulders fit on the thing, in clip pixels: see `StandIn`."""

    top_px: tuple[float, float]
    shoulder_px: float
    width_px: float
    hood_px: float
    tilt_deg: float


def track_stand_in(
    store: FrameStore,
    frames: Iterable[int],
    analysis: Analysis,
    forearms: ForearmTrack | None = None,
    step: Callable[[int], None] = lambda n: None,
) -> StandIn | None:
    """Find the thing in ``frames`` (clip frames of the folded range, ascending); None when there is none.

    Parameters
    ----------
    store : holds ``frames`` and the frames of the open arms
    forearms : what lies over the thing; without them they are told apart by place and colour alone
    """
    numbers = np.array(list(frames), np.int32)
    if len(numbers) == 0 or not analysis.take.clothes_rgb:
        return None
    size = store.get(int(numbers[0])).shape[1::-1]
    finder = HeldFinder(size, numbers, analysis, forearms)
    wide = analysis.take.open_arms
    finder.remember((n, store.get(n)) for n in np.linspace(wide.start, wide.stop - 1, 2).round().astype(int).tolist())
    keys = numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), _KEYS)).round().astype(int)]
    if not finder.learn((int(key), store.get(int(key))) for key in np.unique(keys)):
        return None
    x0, y0, x1, y1 = finder.box
    raw = np.empty((len(numbers), y1 - y0, x1 - x0), np.uint8)
    colours = []
    for row, number in enumerate(numbers):
        frame = store.get(int(number))
        raw[row] = finder.find(int(number), frame)
        core = raw[row] > 230
        if core.any() and row % max(1, len(numbers) // _KEYS) == 0:
            colours.append(np.median(frame[y0:y1, x0:x1][core], axis=0))
        step(1)
    if not colours:
        return None
    mask = _average_over_time(raw)
    places = _steady(np.array([measure(one, (x0, y0), finder.unit_px) for one in mask]))
    colour = np.rint(np.median(colours, axis=0)).astype(int)
    return StandIn(
        finder.box,
        numbers,
        mask,
        places[:, :2],
        places[:, 2],
        places[:, 3],
        places[:, 4],
        places[:, 5],
        (int(colour[0]), int(colour[1]), int(colour[2])),
    )


def measure(mask: NDArray[np.uint8], origin_px: tuple[int, int], unit_px: float) -> tuple[float, ...]:
    """(top x, top y, shoulder y, width, width of the hood, tilt in degrees) of one mask; NaN when it is empty.

    Parameters
    ----------
    mask : (h, w) uint8; arms that lie over the thing leave gaps, which do not count
    origin_px : the mask's corner in clip pixels
    unit_px : the user's shoulder width
    """
    solid = mask > 127
    rows = np.flatnonzero(solid.sum(axis=1) > 0.10 * unit_px)
    if len(rows) < 0.3 * unit_px:
        return (np.nan,) * 6
    first, last = np.full(len(mask), np.nan), np.full(len(mask), np.nan)
    for y in rows:
        xs = np.flatnonzero(solid[y])
        first[y], last[y] = xs[0], xs[-1] + 1
    widths = last - first
    top = int(rows[0])
    # The widest part above the arms' lower edge; a long coat's hem would be another width.
    upper = slice(top, min(len(mask), top + int(1.5 * unit_px)))
    widest = float(np.nanpercentile(widths[upper], 90))
    shoulder = top + int(np.flatnonzero(np.nan_to_num(widths[upper]) >= 0.70 * widest)[0])
    middle = (first + last) / 2
    part = np.arange(top, min(len(mask), top + int(0.12 * unit_px) + 1))
    part = part[~np.isnan(middle[part])]
    at = float(np.median(middle[part]))
    tilt = _axis_deg(solid)
    # Not its round tip, and not where it widens.
    hood = widths[top + int(0.05 * unit_px) : min(shoulder, top + int(0.45 * widest))]
    hood = hood[~np.isnan(hood)]
    return (
        origin_px[0] + at,
        origin_px[1] + float(top),
        origin_px[1] + float(shoulder),
        widest,
        float(np.nanpercentile(hood, 75)) if len(hood) and shoulder - top > 0.3 * widest else 0.0,
        tilt,
    )


def _axis_deg(solid: NDArray[np.bool_]) -> float:
    """Lean of the long axis (second moments), 0 upright, positive when the upper end lies to the right; less the
    rounder the thing is, for a ball leans nowhere."""
    y, x = np.nonzero(solid)
    spread = np.cov(np.stack([x, y]).astype(np.float64))
    long, short = (float(v) for v in np.linalg.eigvalsh(spread)[::-1])
    lean = 0.5 * np.degrees(np.arctan2(-2 * spread[0, 1], spread[1, 1] - spread[0, 0]))
    return float(lean * np.clip((long / max(short, 1e-6) - 1.1) / 0.6, 0, 1))


def recolour(frame: Frame, mask: NDArray[np.float32], cloth_rgb: Rgb, wanted_rgb: Rgb) -> Frame:
    """The cloth in another colour: every pixel keeps its ratio to the cloth's middle colour, so folds, weave and
    shadows stay.

    Parameters
    ----------
    frame : (h, w, 3) uint8 RGB
    mask : (h, w) float32 0..1
    cloth_rgb : what is now seen as ``wanted_rgb`` afterwards
    """
    light = (frame.astype(np.float32) / 255) ** 2.2
    now, wanted = ((np.array(rgb, np.float32).clip(4, 251) / 255) ** 2.2 for rgb in (cloth_rgb, wanted_rgb))
    # The shade is grey: dark cloth's noisy channels are not multiplied one by one.
    shade = (light @ _LUMA) / float(now @ _LUMA)
    # Very dark cloth shows its gloss as a large ratio.
    shade = np.where(shade > 1, 1 + np.tanh((shade - 1) / 1.2) * 1.2, shade)
    changed = 255 * np.clip(wanted * shade[..., None], 0, 1) ** (1 / 2.2)
    mixed = frame + mask[..., None] * (changed - frame)
    return np.rint(mixed).clip(0, 255).astype(np.uint8)


_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def _average_over_time(raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(raw) < 3:
        return raw
    padded = np.concatenate([raw[:1], raw, raw[-1:]])
    out = np.empty_like(raw)
    for row in range(len(raw)):
        out[row] = np.rint(np.tensordot(_NEIGHBOURS, padded[row : row + 3].astype(np.float32), 1))
    return out


def _steady(places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Gaps filled, single outliers dropped, and smoothed: a head put on the thing must not tremble."""
    from scipy.ndimage import gaussian_filter1d, median_filter

    rows = np.arange(len(places))
    for column in places.T:
        known = ~np.isnan(column)
        if known.any():
            column[:] = np.interp(rows, rows[known], column[known])
    if len(places) >= 5:
        places = gaussian_filter1d(median_filter(places, (5, 1), mode="nearest"), 2.0, axis=0, mode="nearest")
    return places.astype(np.float32)
