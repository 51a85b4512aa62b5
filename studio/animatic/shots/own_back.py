"""The user from behind, large and out of focus, with the other self's arms round them: the foreground of a reverse
angle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.age import stature_ratio
from studio.animatic.arms.round_back import arms_round_back
from studio.animatic.double.figure import build_of
from studio.animatic.double.sprite import BackPose, draw_double
from studio.animatic.scene import Scene, drawing_light
from studio.compose.blend import lay_alpha, overlap, pad_patch
from studio.compose.lens import defocus
from studio.core.frames import Patch

BLUR = 0.013
"""Radius of the disc that the foreground is blurred with, as a share of the film's height."""
_MOST_DRAWN_PX = 1500
_HANDS_BELOW = 0.03


@dataclass(frozen=True, slots=True)
class OwnBack:
    """Parameters
    ----------
    rgba : (h, w, 4) uint8 premultiplied
    pivot_px : the middle of the shoulder line in it
    grow : film pixels per pixel of it
    """

    rgba: NDArray[np.uint8]
    pivot_px: tuple[float, float]
    grow: float


def own_back(scene: Scene, head_px: float, side: int) -> OwnBack:
    """Draw it once for a shot.

    Parameters
    ----------
    head_px : height of the head in the film
    side : +1 when it will stand in the right half of the picture; the head leans away from that edge
    """
    # Seen from the other side, the light comes from the other side.
    light = drawing_light(scene)
    x, y, z = light.direction
    light = replace(light, direction=(-x, y, z))
    clone = scene.preset.clone
    build = build_of(clone.my_age_years, scene.sex)
    stature_px = head_px / build.head
    drawn_px = min(stature_px, _MOST_DRAWN_PX * scene.unit)
    # Elbows out, for these arms are round somebody.
    pose = BackPose("embrace", lean_deg=2.0 * side, head_tilt_deg=-6.0 * side, arms_wide=0.9, arms_tucked=0.1)
    sprite = draw_double(scene.own_look, pose, drawn_px, light, is_cropped=True)
    left, right = sprite.anchors["left_shoulder"], sprite.anchors["right_shoulder"]
    pivot = (0.5 * (left[0] + right[0]), 0.5 * (left[1] + right[1]))

    ratio = stature_ratio(clone.age_years, scene.sex) / stature_ratio(clone.my_age_years, scene.sex)
    other_px = drawn_px * min(1.0, ratio)
    is_bare, skin = scene.look.garment == "tee", scene.look.skin_rgb
    layers, origin = arms_round_back(
        0.5 * sprite.shoulder_width_px / other_px,
        1.14 * build.chest_half * drawn_px / other_px,
        build_of(clone.age_years, scene.sex),
        skin if is_bare else scene.look.garment_rgb,
        is_bare,
        skin,
        other_px,
        light,
        scene.rng(37),
    )
    grow = stature_px / drawn_px
    radius = BLUR * scene.size_px[1] / grow
    whole = pad_patch(Patch(sprite.patch, 0, 0), int(radius) + 2)
    rgba = np.ascontiguousarray(whole.rgba)
    pivot = (pivot[0] - whole.x_px, pivot[1] - whole.y_px)
    for layer in layers:
        arm = Patch(layer, round(pivot[0] - origin[0]), round(pivot[1] + _HANDS_BELOW * drawn_px - origin[1]))
        _shade_below(rgba, arm, 0.012 * drawn_px)
        _lay(rgba, arm)
    return OwnBack(defocus(rgba, radius), pivot, grow)


def _shade_below(below: NDArray[np.uint8], patch: Patch, reach_px: float) -> None:
    """What an arm takes of the light on the back that it lies on, in place."""
    import cv2

    alpha = np.zeros(below.shape[:2], np.uint8)
    lay_alpha(alpha, patch)
    move = np.array([[1, 0, 0], [0, 1, reach_px]], np.float32)
    soft = cv2.GaussianBlur(cv2.warpAffine(alpha, move, alpha.shape[::-1]), (0, 0), reach_px)
    left = cv2.cvtColor(cv2.convertScaleAbs(soft, alpha=-0.5, beta=255), cv2.COLOR_GRAY2RGB)
    below[..., :3] = cv2.multiply(np.ascontiguousarray(below[..., :3]), left, scale=1 / 255)


def _lay(below: NDArray[np.uint8], patch: Patch) -> None:
    """Premultiplied "over" of one layer on another, in place."""
    found = overlap(below.shape, *patch.rgba.shape[:2], patch.x_px, patch.y_px)
    if found is None:
        return
    (x0, y0, x1, y1), (u0, v0, u1, v1) = found
    part = patch.rgba[v0:v1, u0:u1].astype(np.uint16)
    through = 255 - part[..., 3:]
    below[y0:y1, x0:x1] = np.minimum(part + (below[y0:y1, x0:x1] * through + 127) // 255, 255).astype(np.uint8)
