"""The double: the other self seen from behind, drawn without any model file.

It is the one synthetic person of the film and is made to be seen at phone size in soft, graded video:
proportions of its age (``figure``), a relief of body and cloth under the user's own light (``upper``, ``legs``),
a head of strands (``hair``).
The head is drawn once (``dress``) and only turned in every frame; the body is drawn for every pose.

This module does not know where the double stands, what lies before it, or how soft the film is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from studio.animatic.double.canvas import Canvas, lay_patch
from studio.animatic.double.drape import Press
from studio.animatic.double.figure import BackPose, Build, arms_of, build_of, legs_of
from studio.animatic.double.garment import Weave, weave
from studio.animatic.double.hair import grow, nape
from studio.animatic.double.legs import draw_legs
from studio.animatic.double.relief import Plane
from studio.animatic.double.scarf import draw_scarf
from studio.animatic.double.skin import skin_colour
from studio.animatic.double.skull import Skull, add_ears, skull_of, skull_relief
from studio.animatic.double.strands import Tint, draw_hair
from studio.animatic.double.upper import Cloth, draw_forearms, draw_garment, hem_y
from studio.core.people import Light
from studio.core.settings import CloneSettings, Garment

__all__ = ["BackPose", "DoubleLook", "DoubleSprite", "Wardrobe", "draw_double", "dress", "grey_share", "look_for"]

HairStyle = Literal["short", "bob", "long", "tied", "curly", "thin", "bald", "covered"]
Rgb = tuple[int, int, int]
Point = tuple[float, float]

WHOLE = (slice(None), slice(None))
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


def grey_share(age_years: float) -> float:
    """Mean share of white hair at an age."""
    return float(np.interp(age_years, [25, 35, 45, 55, 65, 75, 85], [0, 0.05, 0.20, 0.45, 0.75, 0.95, 1.0]))


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
        hair = 0.72 * hair  # the drawn strands catch light again, as the sampled ones already did
    if style != "covered" and clone.age_years < 14:  # a child's hair is a little lighter and warmer
        hair = np.minimum(hair * [1.14, 1.10, 1.04] + 5, 255)
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


def dress(look: DoubleLook, stature_px: float, light: Light) -> Wardrobe:
    """Draw the head and prepare the cloth."""
    import cv2

    rng = np.random.default_rng(look.seed)
    build = build_of(look.age_years, look.sex)
    skull = skull_of(build)
    head_px = build.head * stature_px
    below = 2.05 if look.hair_style in ("long", "covered") else 1.65
    shape = (int((0.30 + below) * head_px), int(1.5 * head_px))
    crown = (0.5 * shape[1], 0.30 * head_px)
    relief = skull_relief(skull, shape, crown, head_px)
    add_ears(relief, skull, crown, head_px, 1.0 if look.age_years < 60 else 1.15)
    tone = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), max(0.02 * head_px, 1))
    colour = skin_colour(relief, look.skin_rgb, light, 0.008 * head_px, 0.05 * head_px, tone / tone.std(), 1.0)
    v = (np.arange(shape[0], dtype=np.float32) + 0.5 - crown[1]) / head_px
    cover = relief.cover() * np.clip((skull.c7_v + 0.16 - v) / 0.05, 0, 1)[:, None]
    top, trousers = weave(rng), weave(rng)
    if look.hair_style == "covered":
        hair = draw_scarf(skull, look.hair_rgb, light, shape, crown, head_px, top, look.seed % 991)
    else:
        hair = _hair(look, skull, shape, crown, head_px, light, rng)
    shadow = cv2.GaussianBlur(hair[..., 3], (0, 0), 0.03 * head_px) / 255
    shadow = np.roll(shadow, int(0.03 * head_px), 0)
    colour = colour * (1 - np.float32(0.38) * shadow[..., None])
    skin = np.concatenate([colour * cover[..., None], 255 * cover[..., None]], 2)
    return Wardrobe(look, stature_px, light, build, skin, hair, crown, top, trousers)


def _hair(
    look: DoubleLook, skull: Skull, shape: tuple[int, int], crown: Point, head_px: float, light: Light, rng: Generator
) -> NDArray[np.float32]:
    """The hair's patch, (h, w, 4) float32 premultiplied."""
    style = look.hair_style
    strands, lock = grow(style, skull, look.age_years, int(38 * np.clip(head_px, 90, 300)), rng)
    silk = {"bob": 0.8, "long": 0.9, "tied": 0.8}.get(style, 0.0)
    is_dense = style not in ("thin", "bald")
    tint = Tint(look.hair_rgb, look.grey)
    hair = draw_hair(strands, lock, tint, light, shape, crown, head_px, rng, is_dense, silk)
    if is_dense:
        hair += _scalp(look, skull, shape, crown, head_px) * (1 - hair[..., 3:] / 255)
    hair[..., :3] *= np.float32(1 - look.grey * (1 - look.exposure))
    return hair


def _scalp(look: DoubleLook, skull: Skull, shape: tuple[int, int], crown: Point, head_px: float) -> NDArray[np.float32]:
    """Skin between the roots in their shade, so that no parting gapes; (h, w, 4) float32 premultiplied."""
    v = ((np.arange(shape[0]) + 0.5 - crown[1]) / head_px)[:, None]
    x = ((np.arange(shape[1]) + 0.5 - crown[0]) / head_px)[None]
    share = np.abs(x) / np.maximum(skull.width(np.maximum(v, 0.02)), 1e-3)
    grown = np.clip((nape(np.arcsin(np.clip(share, 0, 1))) - 0.03 - v) / 0.06, 0, 1)
    grown *= np.clip((0.97 - share) / 0.04, 0, 1) * np.clip((v - 0.006) / 0.02, 0, 1)
    roots = 0.75 * np.asarray(look.hair_rgb, float) * (1 - look.grey) + 108 * look.grey
    tone = 0.75 * roots + 0.25 * np.asarray(look.skin_rgb, float)
    cover = (255 * 0.9 * grown[..., None]).astype(np.float32)
    return np.concatenate([cover / 255 * tone, cover], 2).astype(np.float32)


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
