"""The other self's arms round the user's own back, for the reverse angle.

They are drawn like the double itself (`double.upper`) and only ever seen out of focus: the blur forgives what a drawing
lacks.  They come round the trunk from under the user's arms, so they end where the trunk does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.canvas import Canvas
from studio.animatic.double.figure import Build
from studio.animatic.double.garment import weave
from studio.animatic.double.upper import SIDES, Cloth, draw_forearms
from studio.core.people import Light
from studio.core.settings import Rgb

_HAND_BELOW = (0.030, 0.085)
"""How far under the user's shoulder line the left and right hand lie, in statures where half the shoulders are 0.1."""
_ELBOW_BELOW = (0.17, 0.19)
_ELBOW_OUT = 1.7
"""Elbows in half shoulder widths: beyond the trunk, so that a forearm crosses its whole side."""


def arms_round_back(
    half_width: float,
    trunk_half: float,
    build: Build,
    forearm: Rgb,
    is_bare: bool,
    skin: Rgb,
    stature_px: float,
    light: Light,
    rng: np.random.Generator,
) -> tuple[list[NDArray[np.uint8]], tuple[float, float]]:
    """Draw both arms.

    Parameters
    ----------
    half_width, trunk_half : half the width of the user's shoulders and trunk, in the other's statures
    build : the other's own
    forearm : colour of sleeve or, when ``is_bare``, of skin
    stature_px : the other's stature at the size of the drawing

    Returns
    -------
    two (h, w, 4) uint8 premultiplied layers, the lower arm first; the pixel of the middle of the user's shoulder line
    """
    cloth = Cloth("tee" if is_bare else "jumper", forearm, False, weave(rng))
    hand = np.array(forearm if is_bare else skin, float)
    hand = tuple(int(v) for v in 0.86 * hand + 0.14 * hand.mean())  # the drawing's own shading adds red again
    reach = _ELBOW_OUT * half_width + 0.10
    top, bottom = 0.10, 0.35
    shape = (int((top + bottom) * stature_px), int(2 * reach * stature_px))
    canvas = Canvas(shape, (0.5 * shape[1], top * stature_px), stature_px)
    across = np.abs(np.arange(shape[1]) + 0.5 - canvas.origin[0]) / stature_px
    round_trunk = np.clip((trunk_half - across) / 0.03 + 0.5, 0, 1).astype(np.float32)
    layers = []
    for number, (side, sign) in enumerate(zip(SIDES, (-1, 1), strict=True)):
        below = _HAND_BELOW[number] * half_width / 0.1
        elbow = np.array([sign * _ELBOW_OUT * half_width, max(_ELBOW_BELOW[number], below + 0.05), 0.0])
        tip = np.array([-sign * 0.55 * half_width, below - 0.010, 0.05])
        wrist = tip + np.array([sign * build.hand * 0.98, 0.018, 0.0])
        shoulder = elbow + np.array([sign * 0.02, -build.upper_arm, -0.05])
        places = {"shoulder": shoulder, "elbow": elbow, "wrist": wrist, "hand": tip}
        joints = {f"{side}_{joint}": place for joint, place in places.items()}
        picture = draw_forearms(build, cloth, hand, joints, canvas, light, "far", sides=(side,))
        layer = np.clip(np.round(picture * round_trunk[None, :, None]), 0, 255).astype(np.uint8)
        np.minimum(layer[..., :3], layer[..., 3:], out=layer[..., :3])
        layers.append(layer)
    return layers[::-1], canvas.origin
