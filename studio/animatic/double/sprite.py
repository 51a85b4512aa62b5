"""The double: the other self seen from behind, drawn without any model file.

It is the one synthetic person of the film and is made to be seen at phone size in soft, graded video:
proportions of its age (``figure``), a relief of body and cloth under the user's own light (``upper``, ``legs``),
a head of strands (``hair``).
The head is drawn once (``dress``) and only turned in every frame; the body is drawn for every pose.

This module does not know where the double stands, what lies before it, or how soft the film is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.canvas import Canvas, lay_patch
from studio.animatic.double.drape import Press
from studio.animatic.double.figure import BackPose, Build, arms_of, build_of, legs_of
from studio.animatic.double.garment import Weave, weave
from studio.animatic.double.head import draw_head
from studio.animatic.double.legs import draw_legs
from studio.animatic.double.look import DoubleLook, grey_share, look_for
from studio.animatic.double.relief import Plane
from studio.animatic.double.upper import Cloth, draw_forearms, draw_garment, hem_y
from studio.animatic.hairstyle import HairStyle
from studio.core.people import Light

__all__ = [
    "BackPose",
    "DoubleLook",
    "DoubleSprite",
    "HairStyle",
    "Wardrobe",
    "draw_double",
    "dress",
    "grey_share",
    "look_for",
]

Point = tuple[float, float]

WHOLE = (slice(None), slice(None))


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """What is drawn once for a look, a size and a light: the head, and the noise of the cloth.

    Parameters
    ----------
    skin, hair : (h, w, 4) float32 premultiplied 0..255 patches of the upright head with neck
    crown_px : pixel of the top of the skull in both patches
    """

    look: DoubleLook
    stature_px: float
    light: Light
    build: Build
    skin: NDArray[np.float32]
    hair: NDArray[np.float32]
    crown_px: Point
    top: Weave
    trousers: Weave


@dataclass(frozen=True, slots=True)
class DoubleSprite:
    """The drawn double.

    Parameters
    ----------
    patch : (h, w, 4) uint8 premultiplied, all that lies before the hugged person
    behind : (h, w, 4) uint8 premultiplied, same place: forearms and hands round the hugged person in the embrace
    anchors : pixel (x, y) in both patches of "head_top", "neck" (seventh neck vertebra), "left_shoulder",
        "right_shoulder", "left_elbow", "right_elbow", "left_hand", "right_hand", "hip" (middle) and "ground" (below
        the hips; may lie under a cropped patch)
    shoulder_width_px : distance of the shoulder joints
    head_height_px : crown of the skull to the chin
    """

    patch: NDArray[np.uint8]
    behind: NDArray[np.uint8]
    anchors: dict[str, Point]
    shoulder_width_px: float
    head_height_px: float


def dress(look: DoubleLook, stature_px: float, light: Light) -> Wardrobe:
    """Draw the head and prepare the cloth."""
    rng = np.random.default_rng(look.seed)
    build = build_of(look.age_years, look.sex)
    top, trousers = weave(rng), weave(rng)
    skin, hair, crown = draw_head(look, build, stature_px, light, top, rng)
    return Wardrobe(look, stature_px, light, build, skin, hair, crown, top, trousers)


def draw_double(
    look: DoubleLook,
    pose: BackPose,
    stature_px: float,
    light: Light,
    *,
    wardrobe: Wardrobe | None = None,
    is_cropped: bool = False,
    press: Sequence[tuple[Point, Point]] = (),
) -> DoubleSprite:
    """Draw the double in a pose.

    Parameters
    ----------
    stature_px : standing height, crown to ground
    wardrobe : from ``dress`` with the same look, size and light; makes every further pose of a walk cheap
    is_cropped : only down to the middle of the thighs
    press : forearms that lie on its back, each from elbow to hand, (x, y) in its shoulder widths from the middle of
        its shoulder line, x right, y down: the cloth is pressed there and folds run out of it
    """
    kit = wardrobe or dress(look, stature_px, light)
    build, s = kit.build, stature_px
    arms = arms_of(build, pose)
    legs, sway = legs_of(build, pose)
    head_room = 0.30 * build.head + 0.012
    reach = max(max(abs(p[0]) for p in arms.values()) + 0.045, 0.72 * build.head)
    reach += (build.hip_y - build.crown_y) * abs(np.sin(np.radians(pose.lean_deg))) + 0.012
    bottom = 0.5 * (build.crotch_y + build.knee_y) - 0.03 if is_cropped else 1.035
    top = min(head_room, 0.16) - min(sway[1], 0)
    shape = (int(np.ceil((top + bottom) * s)), int(np.ceil(2 * reach * s)))
    canvas = Canvas(shape, (0.5 * shape[1], top * s), s)

    cloth = Cloth(
        look.garment, look.garment_rgb, look.stripes, kit.top, look.seed % 997, look.cloth, 0.2 * look.cloth_share
    )
    is_away = pose.kind == "embrace"
    pull = {"walk": 0.1, "reach": 0.1 + 0.7 * pose.arms_wide, "embrace": 1.0}[pose.kind]
    hem = hem_y(build, look.garment)
    low_y = max(
        hem + 0.05, *(arms[f"{side}_{joint}"][1] + 0.04 for side in ("left", "right") for joint in ("wrist", "hand"))
    )
    above = Canvas((min(int((top + low_y) * s), shape[0]), shape[1]), canvas.origin, s)
    upper = draw_forearms(build, cloth, look.skin_rgb, arms, above, light, "near" if is_away else "all")
    trunk = draw_garment(build, cloth, arms, above, light, pull, is_away, tuple(Press(*p) for p in press))
    tilt = _turn((canvas.origin[0], canvas.origin[1] + build.c7_y * s), pose.head_tilt_deg)
    skin, hair = (_paste(p, kit, above, tilt) for p in (kit.skin, kit.hair))
    _head_shadow(trunk, np.maximum(skin[..., 3], hair[..., 3]), light, build.head * s)
    for layer in (skin, trunk, hair):
        lay_patch(upper, WHOLE, layer)

    move = _turn((canvas.origin[0], canvas.origin[1] + build.hip_y * s), pose.lean_deg)
    move[:, 2] += np.array(sway) * s
    turned = (min(above.shape[0] + int(0.05 * s), shape[0]), shape[1])
    upper = _warp(upper, move, turned)
    _rim(upper, light, build.head * s)
    patch, behind = canvas.blank(), canvas.blank()
    ends = (np.array([-1.0, hem - 0.05, 0.0]), np.array([1.0, bottom, 0.0]))
    below, at_legs = canvas.window(*ends, margin=0.0)
    patch[at_legs] = draw_legs(build, legs, sway, hem - 0.02, look.trousers_rgb, below, light, kit.trousers)
    top_rows = (slice(0, turned[0]), slice(None))
    _hem_shadow(patch[top_rows], upper[..., 3], s)
    lay_patch(patch, top_rows, upper)
    if is_away:
        far = draw_forearms(build, cloth, look.skin_rgb, arms, above, light, "far")
        behind[top_rows] = _warp(far, move, turned)

    def at(x: float, y: float, is_head: bool = False) -> Point:
        point = np.array([canvas.origin[0] + x * s, canvas.origin[1] + y * s, 1.0])
        if is_head:
            point[:2] = tilt @ point
        x_px, y_px = move @ point
        return float(x_px), float(y_px)

    anchors = {"head_top": at(0, build.crown_y, True), "neck": at(0, build.c7_y), "hip": at(0, build.hip_y)}
    for side in ("left", "right"):
        anchors |= {f"{side}_{joint}": at(*arms[f"{side}_{joint}"][:2]) for joint in ("shoulder", "elbow", "hand")}
    anchors["ground"] = (anchors["hip"][0], canvas.origin[1] + s)
    return DoubleSprite(_bytes(patch), _bytes(behind), anchors, 2 * build.shoulder_half * s, build.head * s)


def _turn(centre: Point, degrees: float) -> NDArray[np.float64]:
    """(2, 3) rotation about a pixel, clockwise (the top goes to the right) when positive."""
    a = np.radians(degrees)
    c, n = np.cos(a), np.sin(a)
    x, y = centre
    return np.array([[c, -n, x - c * x + n * y], [n, c, y - n * x - c * y]])


def _paste(patch: NDArray, kit: Wardrobe, canvas: Canvas, tilt: NDArray) -> NDArray[np.float32]:
    """The head's patch on the body's canvas."""
    move = tilt.copy()
    shift = np.array(
        [canvas.origin[0] - kit.crown_px[0], canvas.origin[1] + kit.build.crown_y * canvas.stature_px - kit.crown_px[1]]
    )
    move[:, 2] += tilt[:, :2] @ shift
    return _warp(patch, move, canvas.shape)


def _warp(patch: NDArray, move: NDArray, shape: tuple[int, int]) -> NDArray[np.float32]:
    import cv2

    return cv2.warpAffine(patch, move, (shape[1], shape[0]), flags=cv2.INTER_LINEAR)


def _head_shadow(trunk: NDArray, head: Plane, light: Light, head_px: float) -> None:
    """The head darkens the shoulders below it; changes ``trunk``."""
    import cv2

    height, width = head.shape
    factor = max(1.0, head_px / 40)
    small = cv2.resize(head, (int(width / factor) + 1, int(height / factor) + 1), interpolation=cv2.INTER_AREA)
    shade = np.zeros_like(small)
    for sigma, drop, strength in ((0.10, 0.10, 0.12 + 0.2 * light.contrast), (0.03, 0.03, 0.16)):
        move = np.array([[1, 0, -1.8 * drop * light.direction[0] * head_px / factor], [0, 1, drop * head_px / factor]])
        soft = cv2.GaussianBlur(small, (0, 0), max(sigma * head_px / factor, 0.6))
        shade += np.float32(strength / 255) * cv2.warpAffine(soft, move, small.shape[::-1])
    trunk[..., :3] *= (1 - cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR))[..., None]


def _rim(picture: NDArray, light: Light, head_px: float) -> None:
    """Light from beside and behind runs along the outline that faces it; changes ``picture`` (premultiplied)."""
    import cv2

    x, y, z = light.direction
    strength = (0.10 + 0.35 * light.contrast) * float(np.clip((0.75 - z) / 0.6, 0.25, 1.8))
    alpha = picture[..., 3]
    reach = max(0.028 * head_px, 1.0)
    away = np.float32(1.0 / max(float(np.hypot(x, y)), 1e-3))
    move = np.array([[1, 0, -x * away * reach], [0, 1, -y * away * reach]], np.float32)
    shifted = cv2.GaussianBlur(cv2.warpAffine(alpha, move, alpha.shape[::-1]), (0, 0), 0.45 * reach)
    lit_edge = np.clip((alpha - shifted) / np.float32(255), 0, 1) * np.float32(strength)
    colour = picture[..., :3]
    colour += lit_edge[..., None] * (np.float32(0.85) * colour + np.float32(0.16) * alpha[..., None])
    np.minimum(colour, alpha[..., None], out=colour)


def _hem_shadow(low: NDArray, upper: Plane, stature_px: float) -> None:
    """The garment's hem darkens the trousers below it; changes ``low``."""
    import cv2

    move = np.array([[1.0, 0, 0], [0, 1, 0.010 * stature_px]])
    shadow = cv2.blur(cv2.warpAffine(upper, move, upper.shape[::-1]), (2 * int(0.009 * stature_px) + 1,) * 2)
    low[..., :3] *= (1 - np.float32(0.42 / 255) * shadow)[..., None]


def _bytes(patch: NDArray) -> NDArray[np.uint8]:
    """Rounded to uint8, still premultiplied: no colour above its alpha."""
    result = np.clip(np.round(patch), 0, 255).astype(np.uint8)
    np.minimum(result[..., :3], result[..., 3:], out=result[..., :3])
    return result
