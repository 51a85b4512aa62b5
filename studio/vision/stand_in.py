"""Is a real thing held in the folded arms, or nobody?

While the arms are open the trunk shows the user's own clothes; their colours are learned there.  When the arms fold
round a pillow or a rolled jacket, most of what is seen of the trunk beside the forearms has other colours; in an air
hug it keeps them, only shaded.  So each pixel is compared with the nearest of the user's own colours by the *ratio* of
its channels, which shade changes alike (the idea of colour constancy by ratios, Funt and Finlayson, PAMI 1995), and a
shade darker than half or a good deal brighter counts as another colour too.

Limits: a thing of nearly the same colour as the clothes is missed and the take stays an air hug (the advice says so:
hug something of another colour); a jacket that falls open only when the arms fold can be taken for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame
from studio.core.people import (
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_INDEX,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NOSE,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_INDEX,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Take,
    Tracks,
)
from studio.vision.trunk import PER_SHOULDER_PX, TRUNK_PX, trunk_matrix

LEAST_SHARE = 0.45
"""Of the trunk that is seen, in the middle row of the hold; air hugs and fidgeting hands stay under 0.3, stand-ins
lie over 0.8."""
DIFFERENT = 0.8
"""Values of `OwnColours.other` over this are not the user's own clothes."""
_LEAST_ROWS = 0.7
_LEARNED_ROWS = 8
_COLOURS = 6
_SPREAD = 0.22
"""Change of the channels' ratios (natural logarithm) that shade does not make."""
_DARKER, _BRIGHTER = 0.75, 0.35
_LEAST_AREA = 0.10
"""Of the trunk, in square shoulder widths; less is too little to judge."""


@dataclass(frozen=True, slots=True)
class OwnColours:
    """What the user wears: ``log_rgb`` (k, 3) float32 cluster centres of ``log(rgb + 16)``."""

    log_rgb: NDArray[np.float32]

    @staticmethod
    def of(clothes_rgb: Sequence[tuple[int, int, int]]) -> OwnColours:
        """From the colours that a `Take` remembers."""
        return OwnColours(_log(np.array(clothes_rgb, np.uint8)))

    @property
    def rgb(self) -> tuple[tuple[int, int, int], ...]:
        """The same as plain colours."""
        rounded = np.rint(np.exp(self.log_rgb) - 16).clip(0, 255).astype(int)
        return tuple((int(r), int(g), int(b)) for r, g, b in rounded)

    def other(self, picture: Frame) -> NDArray[np.float32]:
        """(h, w) float32: 0 like the user's own clothes, over `DIFFERENT` something else.

        Parameters
        ----------
        picture : (h, w, 3) uint8 RGB
        """
        log_rgb = _log(picture)[..., None, :]
        ratio = log_rgb - self.log_rgb
        shade = ratio.mean(axis=-1)
        spread = ratio.max(axis=-1) - ratio.min(axis=-1)
        beyond = np.maximum(-shade - _DARKER, shade - _BRIGHTER).clip(0) / 0.2
        return np.hypot(spread / _SPREAD, beyond).min(axis=-1).astype(np.float32)


def with_stand_in(take: Take, trunk_rgb: NDArray[np.uint8], tracks: Tracks) -> Take:
    """The take, called a stand-in take (and scored higher) when a real thing is held in the folded arms."""
    colours = learn_own_colours(trunk_rgb, tracks, take)
    if colours is None:
        return take
    take = replace(take, clothes_rgb=colours.rgb)
    if take.closed_arms is None:
        return take
    hold = _inside(tracks, take.closed_arms.start, take.closed_arms.stop)
    share = held_share(held_shares(trunk_rgb, tracks, colours, hold))
    take = replace(take, held_share=share)
    if share < LEAST_SHARE:
        return take
    # Everything at the contact is then real, which is worth more than any pose.
    return replace(take, kind="stand-in", score=take.score + 0.4 * (1 - take.score))


def held_rows(take: Take, trunk_rgb: NDArray[np.uint8], tracks: Tracks) -> NDArray[np.bool_]:
    """(n,) rows in which a thing hides the trunk, wherever the arms are."""
    colours = learn_own_colours(trunk_rgb, tracks, take)
    if colours is None:
        return np.zeros(len(tracks), bool)
    return held_shares(trunk_rgb, tracks, colours, np.ones(len(tracks), bool)) > LEAST_SHARE


def held_shares(
    trunk_rgb: NDArray[np.uint8], tracks: Tracks, colours: OwnColours, rows: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(n,) share of the trunk beside the arms that is not the user's own clothes; NaN where it is not known.

    Parameters
    ----------
    trunk_rgb : (n, h, w, 3) uint8 of `trunk.trunk_picture`
    rows : (n,) which to look at
    """
    shares = np.full(len(tracks), np.nan, np.float32)
    for row in np.flatnonzero(rows):
        seen = trunk_seen(tracks, int(row))
        if seen.sum() >= _LEAST_AREA * PER_SHOULDER_PX**2:
            shares[row] = (colours.other(trunk_rgb[row])[seen] > DIFFERENT).mean()
    return shares


def held_share(shares: NDArray[np.float32]) -> float:
    """One number for the hold: the median share, 0 when the thing is not there for most of it or nothing is known."""
    known = shares[~np.isnan(shares)]
    if len(known) == 0 or (known > 0.75 * LEAST_SHARE).mean() < _LEAST_ROWS:
        return 0.0
    return float(np.median(known))


def learn_own_colours(trunk_rgb: NDArray[np.uint8], tracks: Tracks, take: Take) -> OwnColours | None:
    """The colours before the chest while the arms are open; None when too little is seen of it."""
    if len(trunk_rgb) != len(tracks):
        return None
    rows = np.flatnonzero(_inside(tracks, take.open_arms.start, take.open_arms.stop))
    if len(rows) == 0:
        return None
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _LEARNED_ROWS)).round().astype(int)]
    samples = np.concatenate([_log(trunk_rgb[row])[trunk_seen(tracks, int(row))] for row in rows])
    if len(samples) < _LEAST_AREA * PER_SHOULDER_PX**2:
        return None
    return own_colours(samples)


def own_colours(samples: NDArray[np.float32]) -> OwnColours:
    """The main colours of some pixels.

    Parameters
    ----------
    samples : (n, 3) float32, ``log(rgb + 16)``, at least a dozen
    """
    import cv2

    cv2.setRNGSeed(0)
    ends = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.01)
    samples = samples[:: max(1, len(samples) // 20000)]
    _, labels, centres = cv2.kmeans(samples, _COLOURS, None, ends, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    # What covers less than 2 % is a passing hand or a gap at the waist.
    common = np.bincount(labels.ravel(), minlength=_COLOURS) > 0.02 * len(samples)
    return OwnColours(centres[common].astype(np.float32))


def trunk_seen(tracks: Tracks, row: int) -> NDArray[np.bool_]:
    """(h, w) where the picture of the trunk shows clothes, or what is held before them: inside the trunk's outline,
    beside forearms and hands, below the head."""
    import cv2

    pose = tracks.pose_px[row]
    matrix = trunk_matrix(pose)
    points = pose[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    unit = PER_SHOULDER_PX
    shoulders, hips = points[[RIGHT_SHOULDER, LEFT_SHOULDER]], points[[RIGHT_HIP, LEFT_HIP]]
    # Hips are guessed where the picture ends above them; a trunk is never wider there than at the shoulders.
    middle = shoulders.mean(axis=0)
    down = hips.mean(axis=0) - middle
    across = (shoulders[1] - shoulders[0]) / 2
    outline = [
        middle + 0.14 * down - 0.72 * across,
        middle + 0.14 * down + 0.72 * across,
        middle + 0.88 * down + 0.52 * across,
        middle + 0.88 * down - 0.52 * across,
    ]
    seen = np.zeros(TRUNK_PX[::-1], np.uint8)
    cv2.fillConvexPoly(seen, np.rint(outline).astype(np.int32), 255)
    for elbow, wrist, index in ((LEFT_ELBOW, LEFT_WRIST, LEFT_INDEX), (RIGHT_ELBOW, RIGHT_WRIST, RIGHT_INDEX)):
        tip = points[wrist] + 1.5 * (points[index] - points[wrist])
        for one, other, width in ((elbow, points[wrist], 0.34), (wrist, tip, 0.34)):
            start = points[one]
            cv2.line(seen, _point(start), _point(other), 0, max(1, round(width * unit)))
    hands = tracks.hands_px[row, :, :, :2] @ matrix[:, :2].T + matrix[:, 2]
    for hand in hands[np.isfinite(hands).all(axis=(1, 2))]:
        cv2.polylines(seen, [cv2.convexHull(np.rint(hand).astype(np.int32))], True, 0, max(1, round(0.12 * unit)))
        cv2.fillConvexPoly(seen, cv2.convexHull(np.rint(hand).astype(np.int32)), 0)
    cv2.circle(seen, _point(points[NOSE]), round(0.45 * unit), 0, -1)
    return seen > 0


def _inside(tracks: Tracks, start: int, stop: int) -> NDArray[np.bool_]:
    return (tracks.frame >= start) & (tracks.frame < stop)


def _log(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    # The offset keeps noise in dark cloth from looking like colour.
    return np.log(picture.astype(np.float32) + 16)


def _point(p: NDArray) -> tuple[int, int]:
    return round(float(p[0])), round(float(p[1]))
