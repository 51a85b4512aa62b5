"""The user's own arms as they lie round the other self, for takes whose filmed arms never fold.

They are the fitted body's, posed by `body.contact`, in the user's skin and sleeve: each point of them has the pixel
that was seen there in the fitted frame, drawn to the colour of the arm and lit anew.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.sleeve import Sleeve
from studio.animatic.body.camera import Camera
from studio.animatic.body.dress import Outfit, Source, Wardrobe, draw
from studio.animatic.body.model import PARTS, load_body
from studio.animatic.hug import Hug
from studio.core.frames import Frame, Patch
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
    frame : (H, W, 3) uint8, the clip frame in which the user was fitted
    matte : (h, w) 0..1 of it
    garment_rgb : where the sleeve shows no colour of its own
    """

    def __init__(
        self, hug: Hug, frame: Frame, matte: NDArray, sleeve: Sleeve, garment_rgb: Rgb, light: Light, seed: int
    ) -> None:
        assert hug.embrace is not None  # noqa: S101 - callers ask only where it was solved
        model = load_body()
        self._light, self._hug = light, hug
        outfit = Outfit(
            skin=sleeve.skin_rgb,
            top=sleeve.cloth_rgb or garment_rgb,
            trousers=garment_rgb,
            kind="jumper" if sleeve.share > 0.9 else "tee",
            sleeve=max(sleeve.share, 0.06),
        )
        rest = hug.fit.clothed
        self._clothes = Wardrobe(model, rest, outfit, np.random.default_rng(seed))
        self._worn = self._clothes.wear(model.pose(rest, hug.embrace.user))
        self._source = _source(hug, frame, matte)

    def draw(self, camera: Camera) -> Patch:
        """The arms as ``camera`` sees them, without what the other self hides."""
        return draw(
            camera,
            self._worn,
            self._light,
            self._clothes.grain,
            _PARTS,
            occluders=(self._hug.other_mesh(),),
            source=None,
            fade_m=_FADE_M,
        ).patch


def _source(hug: Hug, frame: Frame, matte: NDArray) -> Source:
    """The fitted frame's pixels, trusted where they face the lens well inside the person."""
    import cv2

    model = load_body()
    posed = model.pose(hug.fit.clothed, hug.fit.pose)
    pixels = hug.camera.project(posed.vertices_m)
    inside = cv2.erode(np.asarray(matte, np.float32), np.ones((5, 5), np.uint8))
    scale = np.array([inside.shape[1] / frame.shape[1], inside.shape[0] / frame.shape[0]])
    at = np.clip((pixels * scale).astype(int), 0, np.array(inside.shape[::-1]) - 1)
    facing = np.clip((-posed.normals[:, 2] - 0.15) / 0.35, 0, 1)
    hands = np.isin(model.part, [index for index, name in enumerate(PARTS) if name.endswith("hand")])
    weight = facing * (inside[at[:, 1], at[:, 0]] > 0.8) * ~hands
    return Source(frame, pixels.astype(np.float32), weight.astype(np.float32), posed.normals)
