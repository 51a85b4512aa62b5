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

from studio.animatic.body.chart import SIDES, Chart
from studio.animatic.body.shell import Shell

Kind = Literal["tee", "jumper", "cardigan", "shirt", "trousers", "shoes"]
Values = NDArray[np.float32]
EASE_M = {"tee": 0.006, "jumper": 0.008, "cardigan": 0.009, "shirt": 0.007, "trousers": 0.005, "shoes": 0.006}
DEPTH = {"tee": 0.8, "jumper": 1.0, "cardigan": 1.0, "shirt": 1.1, "trousers": 1.0, "shoes": 0.0}
KNITTED = ("jumper", "cardigan")
RIB_M = 0.05  # a knitted band at cuff and hem
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
    for limb, (root, joint, end) in {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}.items():
        for side in SIDES:
            a, b, c = (np.asarray(joints_m[f"{side}_{name}"], np.float64) for name in (root, joint, end))
            first, second = (b - a) / np.linalg.norm(b - a), (c - b) / np.linalg.norm(c - b)
            way = second - first
            inner[limb, side] = (way / (np.linalg.norm(way) + 1e-6)).astype(np.float32)
            bend[limb, side] = float(np.arccos(np.clip(first @ second, -1, 1)) / (np.pi / 2))
            level[limb, side] = float(np.sqrt(max(0.0, 1 - second[1] ** 2)))
    return Bends(inner, bend, level)


@dataclass(frozen=True, slots=True)
class Cloth:
    """A garment's measures on the vertices of its shell.

    Parameters
    ----------
    kind : what it is
    limb : (n,) uint8; 0 trunk, 1 and 2 left and right arm, 3 and 4 left and right leg
    along_m, turn : the chart's, on the shell
    noise : (n, 4) float32, unit variance; coarse (12 cm), medium (6 cm), fine (3 cm), and stretched along the limb
    end_m : ``along_m`` at which sleeves or legs end
    hem_m : height over ground of the lower edge of the top, or the upper edge of the trousers
    """

    kind: Kind
    limb: NDArray[np.uint8]
    along_m: Values
    turn: Values
    noise: Values
    end_m: float
    hem_m: float
    upper_m: float
    lower_m: float
    shoulder_m: float
    width_m: float

    def height(self, normals: NDArray, bends: Bends) -> Values:
        """(n,) metres that the cloth stands off the body in this pose."""
        height = np.full(len(self.along_m), EASE_M[self.kind], np.float32)
        depth = np.float32(DEPTH[self.kind])
        for code, side in enumerate(SIDES, start=1):
            mine = self.limb == code
            if mine.any() and self.kind not in ("trousers", "shoes"):
                height[mine] += depth * self._sleeve(mine, normals[mine], bends, side)
            mine = self.limb == code + 2
            if mine.any() and self.kind == "trousers":
                height[mine] += depth * self._leg(mine, normals[mine], bends, side)
        trunk = self.limb == 0
        if trunk.any() and self.kind != "shoes":
            height[trunk] += depth * (self._seat(trunk) if self.kind == "trousers" else self._back(trunk))
        return np.maximum(height, np.float32(0.0025))

    def _sleeve(self, mine: NDArray, normals: NDArray, bends: Bends, side: str) -> Values:
        along, noise, turn = self.along_m[mine], self.noise[mine], self.turn[mine]
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
                height = np.where(to_end < RIB_M, 0.25 * height - 0.0020, height)
            else:
                height += 0.004 * _bell(to_end - 0.05, 0.05)
        else:
            height += 0.006 * np.clip(1 - to_end / 0.10, 0, 1) * (1 + 0.6 * noise[:, 3])
        return height.astype(np.float32)

    def _back(self, mine: NDArray) -> Values:
        along, noise, turn = self.along_m[mine], self.noise[mine], self.turn[mine]
        over_hem = along - np.float32(self.hem_m)
        length = max(self.shoulder_m - self.hem_m, 0.2)
        height = 0.0030 * noise[:, 0] + 0.0014 * noise[:, 1]
        # drags from each armpit down to the small of the back, and slack rings at the waist
        side = np.abs(turn[:, 1])
        drag = ridge(over_hem / 0.085 + 1.5 * side + 0.40 * noise[:, 0])
        height += 0.0032 * _bell(over_hem - 0.62 * length, 0.24 * length) * (0.35 + side) * drag
        slack = ridge(over_hem / 0.062 - 0.4 * side + 0.5 * noise[:, 0])
        height += 0.0036 * _bell(over_hem - 0.26 * length, 0.13 * length) * slack
        if self.kind in KNITTED:
            height += 0.011 * _bell(over_hem - RIB_M - 0.05, 0.06)
            return np.where(over_hem < RIB_M, 0.3 * height, height).astype(np.float32)
        return (height + 0.010 * np.clip(1 - over_hem / 0.18, 0, 1) * (1 + 0.5 * noise[:, 3])).astype(np.float32)

    def _leg(self, mine: NDArray, normals: NDArray, bends: Bends, side: str) -> Values:
        along, noise, turn = self.along_m[mine], self.noise[mine], self.turn[mine]
        bend = bends.bend["leg", side]
        x = along - np.float32(self.upper_m)
        to_end = np.float32(self.end_m) - along
        # cloth hangs straight from the thigh: it stands off where the leg gets thinner
        height = 0.004 + 0.013 * np.clip(x / (0.8 * self.lower_m) + 0.35, 0, 1)
        height += 0.0024 * noise[:, 0] + 0.0012 * noise[:, 1]
        behind = np.clip(normals @ bends.inner["leg", side] * np.float32(0.6) + np.float32(0.5), 0, 1)
        rings = ridge(x / 0.048 + 0.35 * noise[:, 1] + 0.4 * turn[:, 1])
        height += (0.0022 + 0.0055 * min(bend, 1.2)) * _bell(x, 0.09) * (0.4 + behind) * rings
        long = ridge(along / 0.16 + 0.9 * turn[:, 1] + 0.5 * noise[:, 0])
        height += 0.0034 * _bell(along - 0.42 * self.upper_m, 0.25 * self.upper_m) * long
        stack = ridge(to_end / 0.042 + 0.35 * noise[:, 1] + 0.5 * turn[:, 0])
        height += 0.0060 * _bell(to_end - 0.055, 0.06) * stack
        return (height + 0.003 * _bell(to_end, 0.02)).astype(np.float32)

    def _seat(self, mine: NDArray) -> Values:
        along, noise, turn = self.along_m[mine], self.noise[mine], self.turn[mine]
        under = np.float32(self.hem_m) - along
        smile = ridge(under / 0.075 + 0.8 * np.abs(turn[:, 1]) + 0.3 * noise[:, 0])
        return (0.0022 * noise[:, 0] + 0.0028 * _bell(under - 0.16, 0.08) * smile).astype(np.float32)


def make_cloth(kind: Kind, shell: Shell, chart: Chart, end_m: float, hem_m: float, rng: np.random.Generator) -> Cloth:
    """Measure a garment on its shell and draw its noise."""
    limb = np.zeros(len(chart.part), np.float32)
    for code, side in enumerate(SIDES, start=1):
        limb[chart.is_part(f"{side}_upper_arm", f"{side}_forearm", f"{side}_hand")] = code
        limb[chart.is_part(f"{side}_thigh", f"{side}_shin", f"{side}_foot")] = code + 2
    corner_limb = np.zeros(len(shell.rim), np.uint8)
    of_part = np.array([limb[chart.part == k][0] if (chart.part == k).any() else 0 for k in range(len(chart.parts))])
    for corner in range(3):
        corner_limb[shell.triangles[:, corner]] = of_part[shell.part]
    size = float(np.clip(chart.rest_m[:, 1].max() / 1.70, 0.7, 1.05))
    name = "leg" if kind in ("trousers", "shoes") else "arm"
    shoulders = [chart.joints_m[f"{side}_shoulder"] for side in SIDES]
    return Cloth(
        kind,
        corner_limb,
        shell.carry(chart.along_m),
        shell.carry(chart.turn),
        _noise(shell.carry(chart.rest_m) / np.float32(size), rng),
        end_m,
        hem_m,
        chart.upper_m[name],
        chart.lower_m[name],
        float(np.mean([s[1] for s in shoulders])),
        float(np.linalg.norm(shoulders[0] - shoulders[1])),
    )


def ridge(x: NDArray) -> NDArray:
    """A row of soft ridges with narrow valleys, one a unit, mean about 0, from -0.9 to 0.4."""
    return 1.3 * np.sqrt(np.abs(np.sin(np.pi * x)) + np.float32(0.02)) - 1.0


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
        channels.append(map_coordinates(volume, at, order=1, mode="grid-wrap"))
    return np.stack(channels, 1).astype(np.float32)
