"""How far cloth stands off the body, and where it folds.

A fold is a ridge in a height field, so that light, outline and z-buffer show it.  Where folds lie follows the tailor's
and the draughtsman's rules: rings pressed together on the inner side of a bent joint, pulls that run out from it, soft
spirals along a hanging sleeve, a stack above a tight cuff or a shoe, slack cloth on the under side.
All lengths are metres.  The noise is drawn once and stays with the garment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.chart import CODES, LIMBS, Chart, smoothed
from studio.animatic.body.shell import Shell

Kind = Literal["tee", "jumper", "cardigan", "shirt", "trousers", "shoes"]
Values = NDArray[np.float32]
EASE_M = {"tee": 0.004, "jumper": 0.006, "cardigan": 0.007, "shirt": 0.005, "trousers": 0.002, "shoes": 0.004}
DEPTH = {"tee": 1.3, "jumper": 1.5, "cardigan": 1.5, "shirt": 1.6, "trousers": 1.1, "shoes": 0.0}
LOOSE_M = 0.007
KNITTED = ("jumper", "cardigan")
RIB_M = 0.05  # a knitted band at cuff and hem
COLLAR_M = 0.018  # how far below its edge the collar's band reaches
DOWN = np.array([0, 1, 0], np.float32)


@dataclass(frozen=True, slots=True)
class Bends:
    """Posed limbs, camera frame: which way a joint bends (unit vector to its inner side) and how far (1 = 90 degrees).

    ``inner`` and ``bend`` by (limb, side); ``level`` how level a limb's lower bone lies, 0 hanging .. 1.
    """

    inner: dict[tuple[str, str], Values]
    bend: dict[tuple[str, str], float]
    level: dict[tuple[str, str], float]


def bends_of(joints_m: dict[str, NDArray]) -> Bends:
    """Read the bends off posed joints."""
    inner, bend, level = {}, {}, {}
    for limb, side in CODES:
        a, b, c = (np.asarray(joints_m[f"{side}_{name}"], np.float64) for name in LIMBS[limb])
        first, second = (b - a) / np.linalg.norm(b - a), (c - b) / np.linalg.norm(c - b)
        way = second - first
        inner[limb, side] = (way / (np.linalg.norm(way) + 1e-6)).astype(np.float32)
        bend[limb, side] = float(np.arccos(np.clip(first @ second, -1, 1)) / (np.pi / 2))
        level[limb, side] = float(np.sqrt(max(0.0, 1 - second[1] ** 2)))
    return Bends(inner, bend, level)


@dataclass(frozen=True, slots=True)
class Cloth:
    """A garment's measures on the n vertices of its shell.

    Parameters
    ----------
    kind : what it is
    limb, limb_share, along_m, limb_turn, trunk_turn, height_m, collar_m : the chart's, on the shell
    slack_m : (n,) what it takes to hang straight along a limb that gets thinner
    noise : (n, 4) float32, unit variance; features of 12, 6 and 3 cm, and stretched in height
    end_m : ``along_m`` at which sleeves or legs end
    hem_m : height over ground of the lower edge of the top, or the upper edge of the trousers
    upper_m, lower_m : lengths of the limb's bones
    shoulder_m : height over ground of the shoulders
    loose : how much wider than a close fit it hangs, 0 to 1
    """

    kind: Kind
    limb: NDArray[np.uint8]
    limb_share: Values
    along_m: Values
    limb_turn: Values
    trunk_turn: Values
    height_m: Values
    collar_m: Values
    slack_m: Values
    noise: Values
    end_m: float
    hem_m: float
    upper_m: float
    lower_m: float
    shoulder_m: float
    loose: float = 0.0

    def height(self, normals: NDArray, bends: Bends) -> Values:
        """(n,) metres that the cloth stands off the body in this pose."""
        if self.kind == "shoes":
            return np.full(len(self.along_m), EASE_M["shoes"], np.float32)
        is_legs = self.kind == "trousers"
        everywhere = np.ones(len(self.along_m), bool)
        folds = self._seat(everywhere) if is_legs else self._back(everywhere)
        for code, (limb, side) in enumerate(CODES):
            mine = (self.limb == code) & (self.limb_share > 0.01)
            if (limb == "leg") is is_legs and mine.any():
                on_limb = (self._leg if is_legs else self._sleeve)(mine, normals[mine], bends, side)
                folds[mine] += self.limb_share[mine] * (on_limb - folds[mine])
        slack = self.slack_m
        if is_legs:  # flat under the hem of the top
            free = np.clip((np.float32(self.hem_m) - self.height_m - 0.035) / 0.06, 0, 1)
            folds, slack = free * folds - 0.0015 * (1 - free), slack * free
        height = np.float32(EASE_M[self.kind]) + np.float32(DEPTH[self.kind] * (1 + 0.35 * self.loose)) * folds
        if self.loose:  # it hangs from the shoulders: none there, most above the hem
            drop = np.clip((np.float32(self.shoulder_m) - self.height_m) / (0.7 * (self.shoulder_m - self.hem_m)), 0, 1)
            height = height + np.float32(LOOSE_M * self.loose) * drop * (1 - self.limb_share)
        if self.kind in KNITTED:
            slack = slack * np.clip((self.end_m - self.along_m) / RIB_M - 0.6, 0, 1)
        if not is_legs:  # a collar's band lies on the neck, a little thicker than the cloth under it
            band = np.clip((self.collar_m + np.float32(COLLAR_M)) / 0.004, 0, 1)
            height = height * (1 - np.float32(0.7) * band) + np.float32(0.0035) * band
        least = np.float32(0.0015)
        if not is_legs:  # the hem hangs over the trousers, it does not lie in them
            least = least + 0.009 * np.clip((np.float32(self.hem_m) + 0.10 - self.height_m) / 0.05, 0, 1)
        return np.maximum(height + slack, least).astype(np.float32)

    def _sleeve(self, mine: NDArray, normals: NDArray, bends: Bends, side: str) -> Values:
        along, noise, turn = self.along_m[mine], self.noise[mine], self.limb_turn[mine]
        inner, bend = bends.inner["arm", side], min(bends.bend["arm", side], 1.3)
        on_inner = np.clip(normals @ inner * np.float32(0.7) + np.float32(0.4), 0, 1)
        x = along - np.float32(self.upper_m)
        height = 0.0022 * noise[:, 0] + 0.0012 * noise[:, 1]
        # pressed together inside the elbow, and pulls that run out from there on both sides
        rings = ridge(x / 0.034 + 0.30 * noise[:, 1] + 0.2 * noise[:, 0])
        height += bend * 0.0065 * _bell(x, 0.06) * on_inner * rings
        across = normals @ np.cross(inner, DOWN).astype(np.float32)
        pulls = ridge(x / 0.062 + 0.9 * across + 0.25 * noise[:, 0])
        height += bend * 0.0040 * _bell(x, 0.15) * (1 - np.float32(0.6) * on_inner) * pulls
        # soft spirals on the upper arm
        spiral = ridge(along / 0.078 + 0.45 * turn[:, 1] + 0.35 * noise[:, 0])
        height += 0.0036 * _bell(along - 0.5 * self.upper_m, 0.32 * self.upper_m) * spiral
        # slack on the under side
        height += 0.007 * bends.level["arm", side] * np.clip(normals[:, 1], 0, 1) * _bell(x - 0.02, 0.16)
        # towards the cuff
        to_end = np.float32(self.end_m) - along
        if self.end_m > self.upper_m + 0.5 * self.lower_m:
            stack = ridge(to_end / 0.030 + 0.35 * noise[:, 1] + 0.35 * turn[:, 0])
            height += 0.0042 * _bell(to_end - RIB_M - 0.045, 0.055) * stack
            if self.kind in KNITTED:
                height += 0.0065 * _bell(to_end - RIB_M - 0.03, 0.035)
                height = np.where(to_end < RIB_M, 0.25 * height - 0.0012, height)
            else:
                height += 0.004 * _bell(to_end - 0.05, 0.05)
        else:
            height += 0.0012 * np.clip(1 - to_end / 0.10, 0, 1) * (1 + 0.6 * noise[:, 3])
        return height.astype(np.float32)

    def _back(self, mine: NDArray) -> Values:
        along, noise, turn = self.height_m[mine], self.noise[mine], self.trunk_turn[mine]
        over_hem = along - np.float32(self.hem_m)
        length = max(self.shoulder_m - self.hem_m, 0.2)
        height = 0.0034 * noise[:, 0] + 0.0004 * noise[:, 1]
        # drags from each armpit down to the small of the back, and slack rings at the waist
        side = turn[:, 1] ** 2  # no kink on the spine
        drag = ridge(over_hem / 0.11 + 1.5 * side + 0.40 * noise[:, 0])
        height += 0.0032 * _bell(over_hem - 0.62 * length, 0.24 * length) * (0.35 + side) * drag
        slack = ridge(over_hem / 0.085 - 0.4 * side + 0.5 * noise[:, 0])
        height += 0.0036 * _bell(over_hem - 0.26 * length, 0.13 * length) * slack
        if self.kind in KNITTED:
            height += 0.006 * _bell(over_hem - RIB_M - 0.05, 0.06)
            return np.where(over_hem < RIB_M, 0.3 * height + 0.001, height).astype(np.float32)
        return (height + 0.010 * np.clip(1 - over_hem / 0.18, 0, 1) * (1 + 0.5 * noise[:, 3])).astype(np.float32)

    def _leg(self, mine: NDArray, normals: NDArray, bends: Bends, side: str) -> Values:
        along, noise, turn = self.along_m[mine], self.noise[mine], self.limb_turn[mine]
        bend = bends.bend["leg", side]
        x = along - np.float32(self.upper_m)
        to_end = np.float32(self.end_m) - along
        height = 0.0024 * noise[:, 0] + 0.0012 * noise[:, 1]
        behind = np.clip(normals @ bends.inner["leg", side] * np.float32(0.6) + np.float32(0.5), 0, 1)
        rings = ridge(x / 0.048 + 0.35 * noise[:, 1] + 0.4 * turn[:, 1])
        height += (0.0022 + 0.0055 * min(bend, 1.2)) * _bell(x, 0.09) * (0.4 + behind) * rings
        long = ridge(along / 0.16 + 0.9 * turn[:, 1] + 0.5 * noise[:, 0])
        height += 0.0034 * _bell(along - 0.42 * self.upper_m, 0.25 * self.upper_m) * long
        stack = ridge(to_end / 0.042 + 0.35 * noise[:, 1] + 0.5 * turn[:, 0])
        height += 0.0060 * _bell(to_end - 0.055, 0.06) * stack
        over_shoe = 0.0045 * np.clip((0.07 - to_end) / 0.02, 0, 1)  # thin legs would let the shaft through
        return (height + over_shoe + 0.003 * _bell(to_end, 0.02)).astype(np.float32)

    def _seat(self, mine: NDArray) -> Values:
        along, noise, turn = self.height_m[mine], self.noise[mine], self.trunk_turn[mine]
        under = np.float32(self.hem_m) - along
        smile = ridge(under / 0.075 + 0.8 * turn[:, 1] ** 2 + 0.3 * noise[:, 0])
        folds = 0.0022 * noise[:, 0] + 0.0028 * _bell(under - 0.19, 0.08) * smile
        return folds.astype(np.float32)


def make_cloth(
    kind: Kind, shell: Shell, chart: Chart, end_m: float, hem_m: float, rng: np.random.Generator, loose: float = 0.0
) -> Cloth:
    """Measure a garment on its shell and draw its noise."""
    size = float(np.clip(chart.height_m.max() / 1.70, 0.7, 1.05))
    name = "leg" if kind in ("trousers", "shoes") else "arm"
    return Cloth(
        kind,
        np.rint(shell.carry(chart.limb)).astype(np.uint8),
        shell.carry(chart.limb_share),
        shell.carry(chart.along_m),
        shell.carry(chart.limb_turn),
        shell.carry(chart.trunk_turn),
        shell.carry(chart.height_m),
        shell.carry(chart.collar_m),
        _slack(shell, chart, name) if kind != "shoes" else np.zeros(len(shell.rim), np.float32),
        _noise(shell.carry(chart.rest_m) / np.float32(size), rng),
        end_m,
        hem_m,
        chart.upper_m[name],
        chart.lower_m[name],
        chart.mean_height("shoulder"),
        loose,
    )


def _slack(shell: Shell, chart: Chart, limb: str) -> Values:
    """Cloth hangs as a straight tube from the widest place of the limb's root to its end."""
    along, radius = shell.carry(chart.along_m), shell.carry(chart.limb_radius_m)
    mine = np.isin(np.rint(shell.carry(chart.limb)), [k for k, code in enumerate(CODES) if code[0] == limb])
    mine &= shell.carry(chart.limb_share) > 0.5
    upper, lower = chart.upper_m[limb], chart.lower_m[limb]
    at = np.array([0.55 * upper, upper, upper + 0.3 * lower, upper + 0.65 * lower, upper + 0.9 * lower])
    here = [radius[mine & (np.abs(along - a) < 0.02)] for a in at]
    wide = np.array([np.quantile(r, 0.7) if len(r) else 0.03 for r in here])
    if limb == "leg":
        knee, calf, end = float(wide[1]), float(wide[2]), float(wide[4])
        tube = np.interp(along, [upper, upper + lower], [max(knee, 0.92 * calf), max(1.3 * end, 0.82 * calf)])
        start, most = upper - 0.06, 0.030
    else:
        tube = np.interp(along, [0.5 * upper, upper + lower], [0.96 * wide[0], 1.2 * float(wide[4])])
        start, most = 0.5 * upper, 0.014
    slack = np.clip(tube - radius, 0, most) * np.clip((along - start) / 0.10, 0, 1)
    return smoothed(np.where(mine, slack, 0).astype(np.float32), shell.triangles, 6)


def ridge(x: NDArray) -> NDArray:
    """A row of soft ridges with narrower valleys, one a unit, mean about 0, from -0.75 to 0.45."""
    return 1.7 * np.sqrt(np.sin(np.pi * x) ** 2 + np.float32(0.06)) - 1.2


def _bell(x: NDArray, half: float) -> NDArray:
    """A window, 1 in the middle."""
    return np.exp(-((x / np.float32(half)) ** 2))


def _noise(points_m: NDArray, rng: np.random.Generator) -> Values:
    """(n, 4) smooth noise in space: features of 12, 6 and 3 cm, and one stretched in height."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    volume = gaussian_filter(rng.normal(size=(24, 24, 24)).astype(np.float32), 1.0, mode="wrap")
    volume /= volume.std()
    channels = []
    for k, feature in enumerate(([0.12] * 3, [0.06] * 3, [0.03] * 3, [0.04, 0.20, 0.04])):
        at = (points_m / np.array(feature, np.float32) * 3.0 + 7.3 * k).T
        channels.append(map_coordinates(volume, at, order=3, mode="grid-wrap"))
    return np.stack(channels, 1).astype(np.float32)
