"""Proportions by age of a figure seen from behind.

Head, neck, shoulders and arms follow the age model; the rows of waist and hip and the half widths of the trunk are a
tailor's for a child, a woman and a man.

Lengths are shares of the standing height; rows count down from the crown of the upright figure (the ground is 1).
Children have one, sex-neutral, build.  This module knows no pixels and no clothes.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.animatic import age


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
    adult = 1 - age.childhood(age_years)
    old = age.stoop_deg(age_years) / age.stoop_deg(90)
    shown = 0.5 + (sex - 0.5) * age.dimorphism(age_years)
    thin = age.arm_girth_ratio(age_years) / age.stature_ratio(age_years, shown)

    def by(child: float, female: float, male: float) -> float:
        return child + adult * (female + shown * (male - female) - child)

    head = age.head_share(age_years)
    return Build(
        head=head,
        head_half=0.5 * age.head_breadth_share(age_years),
        neck_half=0.5 * age.neck_share(age_years, shown),
        crown_y=0.022 * old,  # the stooped head sinks between the shoulders
        c7_y=head + 0.020 - 0.002 * old,
        shoulder_y=head + by(0.056, 0.062, 0.062) + 0.006 * old,
        # the joints lie inside the outline by the muscle over them, an eighth on each side
        shoulder_half=0.5 * 0.765 * age.outline_share(age_years, shown),
        chest_half=by(0.074, 0.080, 0.089),
        waist_half=by(0.074, 0.073, 0.085) * (1 + 0.08 * old),
        waist_y=by(0.405, 0.395, 0.405),
        hip_half=by(0.081, 0.096, 0.093),
        hip_y=by(0.500, 0.475, 0.480),
        arm_radius=(0.0255 + 0.0035 * shown) * thin,
        stoop=old,
        adult=adult,
    )
