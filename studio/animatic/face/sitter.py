"""The person who is re-aged: everything fitted once, from one reference frame, that stays the same in every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face.atlas import Atlas
from studio.animatic.face.glasses import Glasses
from studio.animatic.face.hair import HairModel
from studio.animatic.face.hair_look import HairLook
from studio.animatic.face.occluder import FaceColours
from studio.animatic.face.skin import SkinModel


@dataclass(frozen=True, slots=True)
class Beard:
    """The beard of one person, see `beard.fit`.

    Parameters
    ----------
    share : 0 clean-shaven .. 1 stubble or beard
    reach_ipd : how far below the chin it goes
    pores : (n, n) log texture of bare skin, mirrored at its borders it repeats without seams
    calm : mean of that texture's magnitude
    """

    share: float
    reach_ipd: float
    pores: NDArray[np.float32]
    calm: float


@dataclass(frozen=True, slots=True)
class Ages:
    """From which age to which; ``sex`` 0 female to 1 male."""

    from_years: float
    to_years: float
    sex: float

    @property
    def child(self) -> float:
        """0..1, how much more childlike."""
        return max(0.0, age.childhood(self.to_years) - age.childhood(self.from_years))

    @property
    def worn(self) -> float:
        """How much older the skin becomes; negative when it becomes younger."""
        return age.wear(self.to_years) - age.wear(self.from_years)

    @property
    def younger(self) -> float:
        """0..1, the share of the skin's unevenness that goes."""
        return max(0.0, 1 - age.unevenness(self.to_years) / age.unevenness(self.from_years))

    @property
    def shaven(self) -> float:
        """0..1, how much of the beard goes because a boy has none."""
        return max(0.0, 1 - age.beard(self.to_years) / max(0.1, age.beard(self.from_years)))

    @property
    def greyer(self) -> float:
        """0..1, how much of the hair turns grey."""
        return max(0.0, age.grey_share(self.to_years) - age.grey_share(self.from_years))


@dataclass(frozen=True, slots=True)
class Sitter:
    """What was fitted to one person.

    Parameters
    ----------
    beard : see `beard.fit`
    detail : 0..1, how much line detail the face's resolution carries
    hair_look : the hair in the light of the reference frame
    recede : 0..1, how much hair is lost, see `hair_thin`
    glasses : see `find_glasses`
    colours : the reference face, unfolded
    tone : (3,) how the face's skin changes in all, see `body_skin.tone_of`
    """

    ages: Ages
    detail: float
    atlas: Atlas
    skin: SkinModel
    beard: Beard
    hair: HairModel
    hair_look: HairLook
    recede: float
    glasses: Glasses
    colours: FaceColours
    tone: NDArray[np.float32]
