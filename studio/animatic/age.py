"""One age model: how a person changes between 3 and 90 years.

Smooth curves through published tables (monotone PCHIP, so no curve overshoots its table).  ``sex`` is 0 for female, 1
for
male and anything between for a mix.  *Shares* are of the person's own stature, *ratios* are relative to the same person
at 20-25 years.  Body, posture and growth come from ``age_tables.py``, where their sources stand; ``describe`` lists all
of it for two ages.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.animatic import age_tables as tables
from studio.animatic.age_tables import Curve as _Curve
from studio.animatic.age_tables import at as _at


def _mixed(female: _Curve, male: _Curve, age: float, sex: float) -> float:
    return (1 - sex) * _at(female, age) + sex * _at(male, age)


def stature_ratio(age: float, sex: float = 0.5) -> float:
    """Stature relative to the adult's."""
    return _mixed(tables.STATURE_FEMALE, tables.STATURE_MALE, age, sex)


def head_share(age: float) -> float:
    """Head height (chin to crown) as a share of stature."""
    return _at(tables.HEAD_SHARE, age)


def head_ratio(age: float) -> float:
    """Head length relative to the adult's; hardly shrinks, which is why children look large-headed."""
    return _at(tables.HEAD_RATIO, age)


def head_breadth_share(age: float) -> float:
    """Breadth of the skull, ears left out."""
    return _at(tables.HEAD_BREADTH, age)


def sitting_share(age: float) -> float:
    """Sitting height, crown to seat; what is left is legs."""
    return _at(tables.SITTING, age)


def upper_arm_share(age: float) -> float:
    """Shoulder to elbow."""
    return _at(tables.UPPER_ARM, age)


def forearm_share(age: float) -> float:
    """Elbow to finger tip."""
    return _at(tables.FOREARM, age)


def outline_share(age: float, sex: float = 0.5) -> float:
    """Breadth over the upper arms: what is seen of the shoulders from behind."""
    return _mixed(tables.OUTLINE_FEMALE, tables.OUTLINE_MALE, age, sex)


def hip_share(age: float, sex: float = 0.5) -> float:
    """Breadth of the hips."""
    return _mixed(tables.HIP_FEMALE, tables.HIP_MALE, age, sex)


def shoulder_ratio(age: float, sex: float = 0.5) -> float:
    """Distance of the shoulder joints relative to the adult's."""
    share = _mixed(tables.SHOULDER_FEMALE, tables.SHOULDER_MALE, age, sex)
    return stature_ratio(age, sex) * share / _mixed(tables.SHOULDER_FEMALE, tables.SHOULDER_MALE, 20, sex)


def neck_ratio(age: float) -> float:
    """Width of the neck relative to the adult's."""
    return _at(tables.NECK, age)


def neck_share(age: float, sex: float = 0.5) -> float:
    """Width of the neck."""
    return head_breadth_share(age) * _mixed(tables.NECK_OF_HEAD_FEMALE, tables.NECK_OF_HEAD_MALE, age, sex)


def limb_ratio(age: float) -> float:
    """Thickness of arms and legs relative to the adult's."""
    return _at(tables.LIMB, age)


def arm_girth_ratio(age: float) -> float:
    """Thickness of the upper arm relative to the adult's."""
    return _at(tables.ARM_GIRTH, age)


def ear_ratio(age: float, sex: float = 0.5) -> float:
    """Length of the ear relative to the adult's; it grows all life."""
    return _mixed(tables.EAR_FEMALE, tables.EAR_MALE, age, sex)


def iris_ratio(age: float) -> float:
    """Iris over the distance of the eyes, relative to the adult's."""
    return _at(tables.IRIS, age)


def grey_share(age: float) -> float:
    """Share of the hair that is grey, 0 to 1."""
    return _at(tables.GREY, age)


def grey_lead_years(sex: float) -> tuple[float, float]:
    """How many years temples and back of the head are ahead of the mean in going grey.

    Men start at the temples, women all over with the crown a little first; the back of the head comes last in both.
    Sizes are choices.
    """
    return 2.0 + 5.0 * sex, -2.0 - 3.0 * sex


def hair_density_ratio(age: float) -> float:
    """Hairs on an area, relative to a young adult's."""
    return _at(tables.HAIR_DENSITY, age)


def dimorphism(age: float) -> float:
    """How far the body shows its sex: 0 up to 11 years, 1 from 17."""
    return _at(tables.DIMORPHISM, age)


def stoop_deg(age: float) -> float:
    """How far head and neck lean forward, degrees more than a 20-year-old's."""
    return _at(tables.STOOP, age)


def kyphosis_deg(age: float) -> float:
    """Bend of the upper back."""
    return _at(tables.KYPHOSIS, age)


def protraction_deg(age: float) -> float:
    """How far the shoulders are rounded: collar bones further forward than a 20-year-old's."""
    return _at(tables.PROTRACTION, age)


def shoulder_slope_deg(age: float) -> float:
    """How far the shoulders fall, more than a 20-year-old's."""
    return _at(tables.SLOPE, age)


def knee_deg(age: float) -> float:
    """How far knees are bent in standing."""
    return _at(tables.KNEES, age)


def belly_m(age: float) -> float:
    """How far the waist is fuller in front."""
    return _at(tables.BELLY_M, age)


def wear(age: float) -> float:
    """How far the skin has aged: 0 up to 30 years, 1 at 75."""
    return _at(tables.WEAR, age)


def fine_lines(age: float) -> float:
    """Fine lines and crow's feet, 0 at 30 years to 1 at 75: they start in the 20s and 30s (Albert et al. 2007)."""
    return _at(((30, 0.0), (35, 0.11), (45, 0.36), (55, 0.62), (65, 0.84), (75, 1.0), (90, 1.15)), age)


def folds(age: float) -> float:
    """Nasolabial folds, bags and forehead lines, 0 at 30 to 1 at 75: deepening through the 40s to 60s (Albert)."""
    return _at(((30, 0.0), (40, 0.12), (50, 0.38), (60, 0.68), (75, 1.0), (90, 1.2)), age)


def sagging(age: float) -> float:
    """Jowls, hollows, marionette lines and the throat's bands, 0 up to 40 to 1 at 75.

    The shape of the face turns sharply only after about 50 years (Windhager et al. 2019).
    """
    return _at(((30, 0.0), (40, 0.02), (50, 0.16), (60, 0.50), (75, 1.0), (90, 1.3)), age)


def pigment(age: float) -> float:
    """Age spots and uneven tone, 0 up to 30 to 1 at 75: seldom before 40, in most light-skinned people after 60."""
    return _at(((30, 0.0), (40, 0.08), (50, 0.25), (60, 0.55), (75, 1.0), (90, 1.25)), age)


def strain(age: float) -> float:
    """Cardioidal strain k that a face has still to grow.

    Bolton areas from 1 to 18 years (lower face +78 %, upper +59 %, cranium +26 %) give .124; spread over the years by
    how much of the face's growth is done.
    """
    return _at(((3, 0.095), (5, 0.07), (8, 0.05), (12, 0.03), (18, 0.0), (90, 0.0)), age)


def cheek_fullness(age: float) -> float:
    """How far cheeks stand out more than an adult's, distances of the eyes.

    The cheekbones' distance at 7 years is about .86 of an adult's, that of the eyes .84, so against the eyes a child's
    face is not narrower, as the measured table has it (.97); the rest is buccal fat, by eye.
    """
    return _at(((3, 0.15), (7, 0.12), (12, 0.06), (20, 0.0), (90, 0.0)), age)


def forehead_lift(age: float) -> float:
    """How much higher the hairline stands over the brows than the strained face has it, distances of the eyes.

    The vault has nearly done growing at 9 years (Bolton: cranium +26 % against the face's +69 %), so hair stays where
    it is while the face below it is small.
    """
    return _at(((3, 0.085), (7, 0.063), (12, 0.027), (20, 0.0), (90, 0.0)), age)


def eye_size(age: float) -> float:
    """By how much eyes are larger than the measured table makes them; a choice, for what reads as a child.

    The iris keeps its size from infancy on (`iris_ratio`), and the opening that frames it nearly does.
    """
    return _at(((3, 0.105), (7, 0.068), (12, 0.03), (20, 0.0), (90, 0.0)), age)


def lid_lift(age: float) -> float:
    """By how much lids are wider open than the measured table has it, distances of the eyes: there the opening is
    smaller again below 9 years."""
    return _at(((3, 0.033), (5, 0.024), (7, 0.017), (9, 0.010), (12, 0.004), (20, 0.0), (90, 0.0)), age)


def childhood(age: float) -> float:
    """How childlike skin, hair and brows are: 1 up to 8 years, 0 from 20."""
    return _at(tables.CHILDHOOD, age)


def unevenness(age: float) -> float:
    """Lines, pores and mottling of the skin relative to a 30-year-old's.

    Depth and number of lines rise over all adult decades (Albert et al. 2007), evenness of colour falls with them (Fink
    and Matts 2008); the sizes are read off close portraits by eye: a child has shading without lines, few pores.
    """
    return _at(
        ((3, 0.10), (8, 0.16), (12, 0.30), (16, 0.55), (20, 0.78), (30, 1.0), (40, 1.3), (60, 2.8), (90, 6.0)), age
    )


def beard(age: float) -> float:
    """Beard of a man, 0 to 1: none before the early teens, first on the lip, full in the twenties."""
    return _at(((12, 0.0), (14, 0.03), (16, 0.12), (18, 0.4), (22, 1.0)), age)


@dataclass(frozen=True, slots=True)
class Aged:
    """What two ages of one person differ in; every field is what the function of that name says.

    ``*_ratio`` : of the person at ``to_years`` to the same person at ``from_years``; all others at ``to_years``
    """

    from_years: float
    to_years: float
    sex: float
    stature_ratio: float
    head_size_ratio: float
    shoulder_ratio: float
    neck_ratio: float
    limb_ratio: float
    arm_girth_ratio: float
    ear_ratio: float
    iris_ratio: float
    hair_density_ratio: float
    head_share: float
    head_breadth_share: float
    sitting_share: float
    upper_arm_share: float
    forearm_share: float
    outline_share: float
    hip_share: float
    neck_share: float
    kyphosis_deg: float
    stoop_deg: float
    protraction_deg: float
    shoulder_slope_deg: float
    knee_deg: float
    grey_share: float
    wear: float
    childhood: float
    dimorphism: float


def describe(from_years: float, to_years: float, sex: float = 0.5) -> Aged:
    """All parameters of the model for one person at two ages, for the documentation and the report."""
    new, old = to_years, from_years
    return Aged(
        from_years=old,
        to_years=new,
        sex=sex,
        stature_ratio=stature_ratio(new, sex) / stature_ratio(old, sex),
        head_size_ratio=head_ratio(new) / head_ratio(old),
        shoulder_ratio=shoulder_ratio(new, sex) / shoulder_ratio(old, sex),
        neck_ratio=neck_ratio(new) / neck_ratio(old),
        limb_ratio=limb_ratio(new) / limb_ratio(old),
        arm_girth_ratio=arm_girth_ratio(new) / arm_girth_ratio(old),
        ear_ratio=ear_ratio(new, sex) / ear_ratio(old, sex),
        iris_ratio=iris_ratio(new) / iris_ratio(old),
        hair_density_ratio=hair_density_ratio(new) / hair_density_ratio(old),
        head_share=head_share(new),
        head_breadth_share=head_breadth_share(new),
        sitting_share=sitting_share(new),
        upper_arm_share=upper_arm_share(new),
        forearm_share=forearm_share(new),
        outline_share=outline_share(new, sex),
        hip_share=hip_share(new, sex),
        neck_share=neck_share(new, sex),
        kyphosis_deg=kyphosis_deg(new),
        stoop_deg=stoop_deg(new),
        protraction_deg=protraction_deg(new),
        shoulder_slope_deg=shoulder_slope_deg(new),
        knee_deg=knee_deg(new),
        grey_share=grey_share(new),
        wear=wear(new),
        childhood=childhood(new),
        dimorphism=dimorphism(new),
    )
