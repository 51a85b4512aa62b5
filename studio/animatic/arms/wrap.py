"""The user's arms round the double, for takes whose own arms never fold.

They are drawn like the double itself (`upper`), in the user's skin or sleeve, from the user's own elbows across the
double's back.  They are only used where the double is out of focus before the user's face: the blur forgives what a
drawing lacks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.canvas import Canvas
from studio.animatic.double.figure import Build
from studio.animatic.double.garment import weave
from studio.animatic.double.upper import SIDES, Cloth, draw_forearms
from studio.core.frames import Frame
from studio.core.people import LEFT_ELBOW, LEFT_WRIST, RIGHT_ELBOW, RIGHT_WRIST, Light
from studio.core.settings import Rgb

_HAND_BELOW = {"left": 0.030, "right": 0.085}
"""How far under the double's shoulder line each hand lies, in statures of an adult double; one above the other."""


@dataclass(frozen=True, slots=True)
class WrappedArms:
    """Both arms as layers of one size.

    Parameters
    ----------
    layers : two (h, w, 4) uint8 premultiplied, the lower arm first
    outwards : for each layer the way it came from, -1 left or +1 right
    pivot_px : pixel of the middle of the double's shoulder line
    """

    layers: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    outwards: tuple[int, int]
    pivot_px: tuple[float, float]


def sample_forearm(frame: Frame, pose_px: NDArray, matte: NDArray[np.float32], skin: Rgb) -> tuple[Rgb, bool]:
    """Colour of the forearm and whether it is bare.

    Parameters
    ----------
    frame : (H, W, 3) uint8 in which the forearms are seen
    pose_px : (33, 3) in its pixels
    matte : (h, w) float32 0..1 of the whole frame; a fast arm is not where its landmarks are
    """
    import cv2

    found = []
    for elbow, wrist in ((LEFT_ELBOW, LEFT_WRIST), (RIGHT_ELBOW, RIGHT_WRIST)):
        for share in (0.3, 0.45, 0.6):
            x, y = np.rint(pose_px[elbow, :2] + share * (pose_px[wrist, :2] - pose_px[elbow, :2])).astype(int)
            part = frame[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
            row = min(max(int(y * matte.shape[0] / frame.shape[0]), 0), matte.shape[0] - 1)
            column = min(max(int(x * matte.shape[1] / frame.shape[1]), 0), matte.shape[1] - 1)
            if part.size and matte[row, column] > 0.7:
                found.append(np.median(part.reshape(-1, 3), axis=0))
    if not found:
        return skin, True
    colour = np.median(found, axis=0)
    pair = np.array([[colour, skin]]).round().astype(np.uint8)
    arm, face = cv2.cvtColor(pair, cv2.COLOR_RGB2LAB)[0].astype(float)
    is_bare = bool(np.hypot(*(arm - face)[1:]) < 15 and abs(arm[0] - face[0]) < 80)
    if (
        is_bare
    ):  # held wide, arms often turn their shaded side to the camera; round the double they have the face's light
        colour = (colour + np.array(skin)) / 2
    red, green, blue = (int(v) for v in colour)
    return (red, green, blue), is_bare


def wrap_arms(
    elbows: NDArray,
    half_width: float,
    build: Build,
    forearm: Rgb,
    is_bare: bool,
    skin: Rgb,
    stature_px: float,
    light: Light,
    rng: np.random.Generator,
) -> WrappedArms:
    """Draw both arms.

    Parameters
    ----------
    elbows : (2, 2) the user's elbows, the picture's left and right one, in the user's statures from the middle of the
        double's shoulder line
    half_width : of the double's shoulders, in the user's statures
    build : the user's own
    stature_px : the user's stature at the size of the drawing
    """
    cloth = Cloth("tee" if is_bare else "jumper", forearm, False, weave(rng))
    hand = np.array(forearm if is_bare else skin, float)
    hand = tuple(int(v) for v in 0.86 * hand + 0.14 * hand.mean())  # the drawing's own shading adds red again
    reach = max(float(np.abs(elbows[:, 0]).max()), half_width) + 0.10
    top, bottom = 0.10, max(float(elbows[:, 1].max()), 0.25) + 0.10
    shape = (int((top + bottom) * stature_px), int(2 * reach * stature_px))
    canvas = Canvas(shape, (0.5 * shape[1], top * stature_px), stature_px)
    layers = []
    for side, sign, elbow in zip(SIDES, (-1, 1), elbows, strict=True):
        hand_y = _HAND_BELOW[side] * half_width / 0.1
        outer = np.array([sign * max(abs(elbow[0]), 1.22 * half_width + 0.02), max(elbow[1], hand_y + 0.05), 0.0])
        tip = np.array([-sign * 0.55 * half_width, hand_y - 0.010, 0.05])
        wrist = tip + np.array([sign * build.hand * 0.98, 0.018, 0.0])
        shoulder = outer + np.array([sign * 0.02, -build.upper_arm, -0.05])
        places = {"shoulder": shoulder, "elbow": outer, "wrist": wrist, "hand": tip}
        joints = {f"{side}_{joint}": place for joint, place in places.items()}
        picture = draw_forearms(build, cloth, hand, joints, canvas, light, "far", sides=(side,))
        layer = np.clip(np.round(picture), 0, 255).astype(np.uint8)
        np.minimum(layer[..., :3], layer[..., 3:], out=layer[..., :3])
        layers.append(layer)
    return WrappedArms((layers[1], layers[0]), (1, -1), canvas.origin)
