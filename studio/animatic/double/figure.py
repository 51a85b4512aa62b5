"""Proportions by age of a figure seen from behind.

Head shares and sitting heights follow growth charts and crash test figures (CDC 2000, HIII-3C and 6C).

Lengths are shares of the standing height; rows count down from the crown of the upright figure (the ground is 1).
Children have one, sex-neutral, build.  This module knows no pixels and no clothes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Build:
    """One body; every field is a share of the standing height, half widths where named so."""

    head: float
    head_half: float
    neck_half: float
    crown_y: float
    c7_y: float
    shoulder_y: float
    shoulder_half: float
    chest_half: float
    waist_half: float
    waist_y: float
    hip_half: float
    hip_y: float
    arm_radius: float
    stoop: float
    adult: float


def build_of(age_years: float, sex: float) -> Build:
    """The proportions of a person of that age; ``sex`` 0 female .. 1 male only counts from puberty on."""
    adult = float(np.clip((age_years - 8) / 10, 0, 1))
    old = float(np.clip((age_years - 52) / 26, 0, 1))

    def by(child: float, female: float, male: float) -> float:
        return child + adult * (female + sex * (male - female) - child)

    head = float(np.interp(age_years, [3, 5, 7, 8, 12, 16, 20], [0.196, 0.174, 0.158, 0.153, 0.141, 0.132, 0.128]))
    crown_y = 0.022 * old  # the stooped head sinks between the shoulders
    return Build(
        head=head,
        head_half=head * (0.362 - 0.017 * adult),
        neck_half=by(0.0285, 0.0290, 0.0345) * (1 - 0.06 * old),
        crown_y=crown_y,
        c7_y=head + 0.020 - 0.002 * old,
        shoulder_y=head + by(0.056, 0.062, 0.062) + 0.006 * old,
        shoulder_half=0.5 * by(0.178, 0.200, 0.215) * (1 - 0.05 * old),
        chest_half=by(0.074, 0.080, 0.089),
        waist_half=by(0.074, 0.073, 0.085) * (1 + 0.08 * old),
        waist_y=by(0.405, 0.395, 0.405),
        hip_half=by(0.081, 0.096, 0.093),
        hip_y=by(0.500, 0.475, 0.480),
        arm_radius=by(0.0235, 0.0255, 0.0290) * (1 - 0.12 * old),
        stoop=old,
        adult=adult,
    )
