"""Who the body belongs to: age, sex, build, stature and single proportions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age

ADULT_STATURE_M = (1.63, 1.765)
"""Female, male: common European and North American means at 20 to 30 years."""


@dataclass(frozen=True, slots=True)
class Proportions:
    """Lengths and girths relative to the mean person of that age; 1 changes nothing.

    ``shoulders`` and ``hips`` are widths, ``torso`` to ``feet`` lengths, ``head`` and ``hands`` whole sizes,
    ``neck_girth``, ``arm_girth`` and ``leg_girth`` thicknesses.
    """

    shoulders: float = 1.0
    hips: float = 1.0
    torso: float = 1.0
    neck: float = 1.0
    head: float = 1.0
    upper_arms: float = 1.0
    forearms: float = 1.0
    hands: float = 1.0
    thighs: float = 1.0
    shins: float = 1.0
    feet: float = 1.0
    neck_girth: float = 1.0
    arm_girth: float = 1.0
    leg_girth: float = 1.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A person's body.

    Parameters
    ----------
    age_years : 3 to 90
    sex : 0 female to 1 male; has no effect up to 11 years
    build : -1 slim to 1 heavy
    stature_m : height without shoes, standing straight; None = the mean of that age and sex
    proportions : single departures from the mean, on top of the stature
    """

    age_years: float = 30.0
    sex: float = 0.5
    build: float = 0.0
    stature_m: float | None = None
    proportions: Proportions = field(default_factory=Proportions)

    @property
    def height_m(self) -> float:
        """Stature given or, by the age model, expected."""
        if self.stature_m is not None:
            return self.stature_m
        female, male = ADULT_STATURE_M
        adult = female + (male - female) * self.sex
        return adult * age.stature_ratio(self.age_years, self.sex)

    @property
    def shown_sex(self) -> float:
        """How much of the sex the body shows: 0.5, neither, up to 11 years."""
        return 0.5 + (self.sex - 0.5) * age.dimorphism(self.age_years)


@dataclass(frozen=True, slots=True)
class Rest:
    """A body in its rest pose: upright, arms half lowered, forearms a little forward.

    Parameters
    ----------
    vertices_m : (v, 3) float32, body frame
    joints_m : (b, 3) float32, body frame
    shape : whose body it is
    """

    vertices_m: NDArray[np.float32]
    joints_m: NDArray[np.float32]
    shape: Shape
