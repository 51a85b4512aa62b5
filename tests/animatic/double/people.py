"""One double for the tests of this folder."""

from __future__ import annotations

from studio.animatic.double.look import DoubleLook
from studio.core.people import Light

LIGHT = Light(contrast=0.4)
LOOK = DoubleLook(
    age_years=8,
    sex=0.5,
    hair_style="short",
    hair_rgb=(110, 80, 58),
    grey=0.0,
    skin_rgb=(214, 170, 148),
    garment="tee",
    garment_rgb=(96, 138, 150),
    stripes=False,
    trousers_rgb=(70, 92, 122),
    seed=4,
)
