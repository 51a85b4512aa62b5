"""What the double looks like: its age, hair and clothes, chosen from the settings and the user's own colours."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.animatic.age import childhood, grey_share
from studio.animatic.hairstyle import HairStyle
from studio.core.settings import CloneSettings, Garment, Rgb

CHILD_CLOTH: tuple[Rgb, ...] = ((198, 150, 62), (96, 138, 150), (176, 92, 78), (108, 134, 96), (92, 108, 150))
ADULT_CLOTH: tuple[Rgb, ...] = ((104, 122, 138), (150, 120, 96), (98, 116, 100), (142, 96, 92), (176, 166, 150))
OLD_CLOTH: tuple[Rgb, ...] = ((112, 122, 142), (150, 132, 110), (120, 112, 128), (110, 126, 112), (164, 152, 136))


@dataclass(frozen=True, slots=True)
class DoubleLook:
    """Everything that stays the same about the double through a film.

    Parameters
    ----------
    sex : 0 female .. 1 male, 0.5 unknown; children have one build
    grey : share of white hairs, 0 to 1
    seed : of strands and folds; the same look is drawn the same in every shot
    exposure : how bright the place is, 1 in good light; what is not sampled from it (cloth, white hair) is darkened so
    cloth : (n, n, 3) float32 of mean 1, the pattern of the user's own cloth, or None for a plain knit or weave
    cloth_share : side of that square in shoulder widths of a grown-up
    """

    age_years: float
    sex: float
    hair_style: HairStyle
    hair_rgb: Rgb
    grey: float
    skin_rgb: Rgb
    garment: Garment
    garment_rgb: Rgb
    stripes: bool
    trousers_rgb: Rgb
    seed: int
    exposure: float = 1.0
    cloth: NDArray[np.float32] | None = field(default=None, compare=False)
    cloth_share: float = 0.0


def look_for(
    clone: CloneSettings,
    hair_rgb: Rgb,
    skin_rgb: Rgb,
    user_garment_rgb: Rgb,
    trousers_rgb: Rgb,
    rng: np.random.Generator,
    own_hair: HairStyle = "short",
    exposure: float = 1.0,
    own_cloth: tuple[NDArray[np.float32], float] | None = None,
) -> DoubleLook:
    """Choose a look from the settings and the colours sampled from the user.

    Parameters
    ----------
    own_hair : the user's own style; kept by a younger self, shorter or thinner with age when the settings say "auto"
    own_cloth : the user's cloth and its side in shoulder widths (see ``Palette.cloth``): the double wears a related one
    """
    sex = {"female": 0.0, "male": 1.0, "auto": 0.5}[clone.sex]
    style = clone.hair if clone.hair != "auto" else _aged_style(own_hair, clone, sex)
    cloth = clone.garment_rgb or _other_colour(clone.age_years, user_garment_rgb, trousers_rgb, skin_rgb, rng)
    garment_rgb = _rgb(np.asarray(cloth, float) * exposure)
    grey = max(grey_share(clone.age_years) - grey_share(clone.my_age_years), 0.0) / (
        1 - grey_share(min(clone.my_age_years, 80))
    )
    hair = np.asarray(hair_rgb, float)
    if style != "covered":
        hair = 0.9 * hair  # measured: drawn strands come out about as bright as those they were sampled from
    if style != "covered":  # a child's hair is a little lighter and warmer
        child = max(0.0, childhood(clone.age_years) - childhood(clone.my_age_years))
        hair = np.minimum(hair * (1 + child * np.array([0.14, 0.10, 0.04])) + 5 * child, 255)
    return DoubleLook(
        age_years=clone.age_years,
        sex=sex,
        hair_style=style,
        hair_rgb=_rgb(hair),
        grey=grey,
        skin_rgb=skin_rgb,
        garment=clone.garment,
        garment_rgb=garment_rgb,
        stripes=clone.stripes,
        trousers_rgb=trousers_rgb,
        seed=int(rng.integers(2**31)),
        exposure=exposure,
        cloth=own_cloth[0] if own_cloth and not clone.stripes else None,
        cloth_share=own_cloth[1] if own_cloth else 0.0,
    )


def _rgb(values: NDArray) -> Rgb:
    r, g, b = (int(v) for v in np.clip(np.round(values), 0, 255))
    return r, g, b


def _aged_style(own: HairStyle, clone: CloneSettings, sex: float) -> HairStyle:
    if clone.age_years < 16:
        return "short" if own in ("thin", "bald") else own
    if clone.age_years >= 60 and own == "short" and sex > 0.75:
        return "thin"
    return own


def _other_colour(age_years: float, user: Rgb, trousers: Rgb, skin: Rgb, rng: np.random.Generator) -> Rgb:
    """The colour that differs most from the user's top, and somewhat from the trousers; a little chance decides too.

    Colours of skin's hue are left for last, whatever their lightness: arms would disappear before them, and a beige
    jumper
    out of focus would look like no jumper at all.
    """
    palette = CHILD_CLOTH if age_years < 14 else OLD_CLOTH if age_years >= 58 else ADULT_CLOTH
    weights = np.array([0.6, 1.0, 0.6])

    def apart(a: Rgb, b: Rgb) -> float:
        return float(np.sqrt((weights * (np.asarray(a, float) - b) ** 2).sum()))

    def hue_apart(a: Rgb, b: Rgb) -> float:
        return float(np.abs(np.asarray(a, float) / sum(a) - np.asarray(b, float) / max(1, sum(b))).max())

    scores = [
        min(apart(c, user), 1.6 * apart(c, trousers)) * (0.35 if hue_apart(c, skin) < 0.055 else 1.0)
        + rng.uniform(0, 18)
        for c in palette
    ]
    return palette[int(np.argmax(scores))]
