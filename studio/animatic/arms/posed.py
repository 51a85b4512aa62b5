"""The user's own arms as they lie round the other self, for takes whose filmed arms never fold.

They are the fitted body's, posed by `body.contact`, in the colours of the user's skin and sleeve.  The filmed arm's own
pixels were tried as a texture: blurred hands and background at its rim show more than they give.
"""

from __future__ import annotations

import numpy as np

from studio.animatic.arms.sleeve import Sleeve
from studio.animatic.body.camera import Camera
from studio.animatic.body.dress import Outfit, Wardrobe, draw
from studio.animatic.body.model import load_body
from studio.animatic.hug import Hug
from studio.core.frames import Patch
from studio.core.people import Light
from studio.core.settings import Rgb

_PARTS = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("upper_arm", "forearm", "hand"))
_FADE_M = (-0.01, 0.045)
"""Along the arm, from the joint of the shoulder: where the drawing comes in over the filmed shoulder."""


class PosedArms:
    """Both arms of the user, dressed once.

    Parameters
    ----------
    hug : solved
    garment_rgb : where the sleeve shows no colour of its own
    """

    def __init__(self, hug: Hug, sleeve: Sleeve, garment_rgb: Rgb, light: Light, seed: int) -> None:
        assert hug.embrace is not None  # noqa: S101 - callers ask only where it was solved
        model = load_body()
        self._light, self._hug = light, hug
        outfit = Outfit(
            skin=sleeve.skin_rgb,
            top=sleeve.cloth_rgb or garment_rgb,
            trousers=garment_rgb,
            kind="jumper" if sleeve.share > 0.9 else "tee",
            sleeve=sleeve.share,
        )
        rest = hug.fit.clothed
        self._clothes = Wardrobe(model, rest, outfit, np.random.default_rng(seed))
        self._worn = self._clothes.wear(model.pose(rest, hug.embrace.user))
        # The colour was read off a lit arm; drawn in the same light it would have its shade once more.
        bare = sleeve.is_forearm_bare
        limbs = tuple(part for part in _PARTS if part.endswith("forearm") or (not bare and part.endswith("upper_arm")))
        sample = self._drawn(hug.camera, limbs).rgba
        solid = sample[..., 3] > 250
        median = np.median(sample[solid][:, :3], axis=0) if solid.any() else np.array(outfit.skin)
        target = np.array(sleeve.skin_rgb if bare else outfit.top, np.float32)
        self._gain = np.clip(target / np.maximum(median, 8), 0.8, 1.4)

    def draw(self, camera: Camera) -> Patch:
        """The arms as ``camera`` sees them, without what the other self hides, in the colour they have in the clip."""
        patch = self._drawn(camera, _PARTS)
        lit = np.minimum(np.rint(patch.rgba[..., :3] * self._gain), patch.rgba[..., 3:]).astype(np.uint8)
        return Patch(np.dstack([lit, patch.rgba[..., 3]]), patch.x_px, patch.y_px)

    def _drawn(self, camera: Camera, parts: tuple[str, ...]) -> Patch:
        return draw(
            camera,
            self._worn,
            self._light,
            self._clothes.grain,
            parts,
            occluders=(self._hug.other_mesh(),),
            fade_m=_FADE_M,
        ).patch
