"""What stretches make the source data's mean body that of the age model.

The source data (``data/README.md``) has a child's legs too long, its head too small, its arms too thick, and grows old
in the skin only.  So it is measured, bone by bone, and stretched to the shares of ``age.py``; an adult of 25 with the
data's own breadths is the yardstick where the tables give only how a measure changes with age.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.body.parts import PARTS
from studio.animatic.body.shape import Proportions, Rest, Shape

if TYPE_CHECKING:
    from studio.animatic.body.model import BodyModel

GROWN = 25.0
"""Years of the yardstick: everything has grown, nothing has aged."""
LONG_NECK = 1.12
"""A neck's share of the trunk against the source data's, of which cloth and hair leave nothing behind; a choice."""
_NECK_GIRTH = (0.5, 1.3)
_LENGTH = (0.7, 1.4)
"""Stretches beyond these would tear the skin; no age comes near."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Of a body at rest, shares of its stature.

    Parameters
    ----------
    head : crown to chin; ``over_head_joint`` crown to the joint that nods
    neck_joint, hip, ankle : heights of these joints; the neck's is its root
    upper_arm, forearm : lengths; the forearm with the hand
    shoulders, hips : distances of the joints
    arm_radius, leg_radius : of upper arm and thigh
    neck : width; ``neck_own`` and ``neck_head`` the shares of it that go with the bones of neck and head
    """

    head: float
    over_head_joint: float
    head_joint: float
    neck_joint: float
    hip: float
    ankle: float
    upper_arm: float
    forearm: float
    shoulders: float
    hips: float
    arm_radius: float
    leg_radius: float
    neck: float
    neck_own: float
    neck_head: float

    @property
    def outline(self) -> float:
        """Breadth over the upper arms."""
        return self.shoulders + 2 * self.arm_radius


def measured(model: BodyModel, rest: Rest) -> Measures:
    """Measure an upright body."""
    points, joints = np.asarray(rest.vertices_m, np.float64), np.asarray(rest.joints_m, np.float64)
    stature = float(np.ptp(points[:, 1]))
    ground, crown = float(points[:, 1].min()), float(points[:, 1].max())

    def joint(name: str) -> NDArray[np.float64]:
        return joints[model.bone(name)]

    def apart(one: str, two: str) -> float:
        return float(np.linalg.norm(joint(one) - joint(two)))

    hand = points[model.part == PARTS.index("left_hand")]
    neck, own, with_head = _neck(model, points)
    return Measures(
        head=head_height(model, points) / stature,
        over_head_joint=(crown - float(joint("head")[1])) / stature,
        head_joint=(float(joint("head")[1]) - ground) / stature,
        neck_joint=(float(joint("neck")[1]) - ground) / stature,
        hip=(float(joint("left_thigh")[1]) - ground) / stature,
        ankle=(float(joint("left_foot")[1]) - ground) / stature,
        upper_arm=apart("left_upper_arm", "left_forearm") / stature,
        forearm=float(np.linalg.norm(hand - joint("left_forearm"), axis=1).max()) / stature,
        shoulders=apart("left_upper_arm", "right_upper_arm") / stature,
        hips=apart("left_thigh", "right_thigh") / stature,
        arm_radius=_radius(points, model, "left_upper_arm", joint("left_upper_arm"), joint("left_forearm")) / stature,
        leg_radius=_radius(points, model, "left_thigh", joint("left_thigh"), joint("left_shin")) / stature,
        neck=neck / stature,
        neck_own=own,
        neck_head=with_head,
    )


def head_height(model: BodyModel, vertices_m: NDArray) -> float:
    """Crown to chin of an upright head, metres; the chin is the lowest point of the head's front."""
    head = vertices_m[model.weights[:, model.bone("head")] > 0.9]
    front = head[head[:, 2] > np.percentile(head[:, 2], 60)]
    return float(head[:, 1].max() - front[:, 1].min())


def _neck(model: BodyModel, points: NDArray[np.float64]) -> tuple[float, float, float]:
    """Width of the neck, and the shares of it that the bones of neck and head carry."""
    neck = np.flatnonzero(model.part == PARTS.index("neck"))
    share = model.weights[neck, model.bone("neck")]
    ring = neck[share > np.quantile(share, 0.7)]  # the middle of the neck is what moves with its bone most
    across = points[ring, 0] ** 2 / float((points[ring, 0] ** 2).sum())
    own, head = (float(across @ model.weights[ring, model.bone(name)]) for name in ("neck", "head"))
    return float(np.ptp(points[ring, 0])), own, head


def _radius(points: NDArray, model: BodyModel, part: str, start: NDArray, end: NDArray) -> float:
    mine = points[model.part == PARTS.index(part)] - start
    axis = (end - start) / np.linalg.norm(end - start)
    return float(np.median(np.linalg.norm(mine - (mine @ axis)[:, None] * axis, axis=1)))


def of_age(shape: Shape, mean: Measures, grown: Measures, straight: float) -> Proportions:
    """The stretches from a mean body to the age model's.

    Parameters
    ----------
    mean, grown : the source data's body of that age, and of 25 years, of the sex that is shown
    straight : the upright body over the standing one, 1 or a little more for who stoops
    """
    years, sex = shape.age_years, shape.shown_sex
    # The old seem to have long legs and arms: shares are of a stature that lost height in the trunk alone.
    seat = grown.hip - 1 + age.sitting_share(GROWN)  # the hip joint lies over the seat
    hip = 1 - age.sitting_share(years) + seat
    legs = (hip - mean.ankle) / (mean.hip - mean.ankle)
    head = age.head_share(years) / mean.head
    neck, torso = mean.head_joint - mean.neck_joint, mean.neck_joint - mean.hip
    trunk = (straight - hip - head * mean.over_head_joint) / (LONG_NECK * neck + torso)

    def as_grown(curve: float, grown_curve: float, of_grown: float) -> float:
        return of_grown * curve / grown_curve

    thin = age.stature_ratio(years, sex)
    # collar bones that point forward and down are seen shortened
    turned = float(np.cos(np.radians([age.protraction_deg(years), age.shoulder_slope_deg(years)])).prod())
    arm = grown.arm_radius * age.arm_girth_ratio(years) / thin
    outline = as_grown(age.outline_share(years, sex), age.outline_share(GROWN, sex), grown.outline)
    hips = as_grown(age.hip_share(years, sex), age.hip_share(GROWN, sex), grown.hips)
    upper = as_grown(age.upper_arm_share(years), age.upper_arm_share(GROWN), grown.upper_arm)
    lower = as_grown(age.forearm_share(years), age.forearm_share(GROWN), grown.forearm)
    still = 1 - mean.neck_own - mean.neck_head
    wide = (age.neck_share(years, sex) / mean.neck - still - head * mean.neck_head) / mean.neck_own
    length = np.clip([legs, trunk, head, upper / mean.upper_arm, lower / mean.forearm], *_LENGTH)
    legs, trunk, head, upper, lower = (float(v) for v in length)
    return Proportions(
        shoulders=(outline - 2 * arm) / mean.shoulders / turned,
        hips=hips / mean.hips,
        torso=trunk,
        neck=LONG_NECK * trunk,
        head=head,
        upper_arms=upper,
        forearms=lower,
        hands=lower,
        thighs=legs,
        shins=legs,
        neck_girth=float(np.clip(wide, *_NECK_GIRTH)),
        arm_girth=arm / mean.arm_radius,
        leg_girth=grown.leg_radius * age.limb_ratio(years) / thin / mean.leg_radius,
    )
