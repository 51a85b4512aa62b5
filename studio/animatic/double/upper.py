"""Trunk, arms and hands of the double from behind, in its garment; the trunk upright, without head and legs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.canvas import Canvas, Plane, Window, lay
from studio.animatic.double.figure import Build, Points
from studio.animatic.double.garment import Weave, back_folds, sample, seam, sleeve_folds, stripes, texture
from studio.animatic.double.relief import FAR, Relief, hollows, lambert, lit, normals
from studio.animatic.double.skin import skin_colour
from studio.core.people import Light

EASE = {"tee": 0.0060, "jumper": 0.0095, "cardigan": 0.0115, "shirt": 0.0090}
HEM = {"tee": 0.036, "jumper": 0.026, "cardigan": 0.038, "shirt": 0.040}
SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class Cloth:
    """What is worn on the upper body.  ``rgb`` is the display colour in even light."""

    garment: str
    rgb: tuple[int, int, int]
    stripes: bool
    weave: Weave


def _smooth(values: NDArray, sigma: float) -> NDArray:
    """Gaussian smoothing of a row, ends held."""
    reach = max(int(3 * sigma), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 0.3)) ** 2)
    return np.convolve(np.pad(values, reach, mode="edge"), kernel / kernel.sum(), "valid")


def _radii(build: Build, ease: float) -> dict[str, float]:
    return {
        "shoulder": build.arm_radius * 1.02 + 0.7 * ease,
        "upper": build.arm_radius * 0.98 + 0.7 * ease,
        "elbow": 0.80 * build.arm_radius + 0.75 * ease,
        "fore": 0.84 * build.arm_radius + 0.75 * ease,
        "wrist": build.wrist_radius + 0.55 * ease,
    }


def hem_y(build: Build, garment: str) -> float:
    """Row of the garment's lower edge in statures."""
    return build.hip_y + HEM[garment]


def hem_sag(x: Plane, build: Build, cloth: Cloth) -> Plane:
    """How far the hem hangs below its ends, (1, w) in statures: the lens looks down on it, cloth is never even."""
    ring = np.sqrt(np.maximum(1 - (x / np.float32(build.hip_half + 0.012)) ** 2, 0))
    return np.float32(0.008) * (ring - 0.5) + np.float32(0.0016) * sample(
        cloth.weave.smooth, x * 16 + 3, np.zeros_like(x)
    )


def _trunk(build: Build, cloth: Cloth, canvas: Canvas) -> tuple[Relief, Plane]:
    """The garment's body, and the row of its upper edge for every column."""
    x, y = canvas.axes()
    s = canvas.stature_px
    b, ease = build, EASE[cloth.garment]
    loose = ease * (1.0 if cloth.garment != "shirt" else 1.4)
    hem = hem_y(b, cloth.garment)
    armpit = b.shoulder_y + 0.072
    middle = 0.5 * (armpit + b.waist_y)
    rows = [b.shoulder_y - 0.05, b.shoulder_y, b.shoulder_y + 0.03, armpit, middle, b.waist_y, b.hip_y - 0.01, hem]
    halves = [
        b.shoulder_half + 0.006,
        b.shoulder_half + 0.001,
        b.shoulder_half - 0.005,
        b.chest_half + ease,
        0.5 * (b.chest_half + b.waist_half) + 1.1 * loose,
    ]
    halves += [b.waist_half + 1.25 * loose, b.hip_half * 0.985 + 0.9 * loose, b.hip_half + 0.7 * loose]
    half = _smooth(np.interp(y[:, 0], rows, halves), 0.014 * s)[:, None].astype(np.float32)
    if cloth.garment in ("jumper", "cardigan"):  # the ribbed hem draws the cloth in
        half *= 1 - np.float32(0.020) * np.clip((y - np.float32(hem - 0.035)) / 0.02, 0, 1)
    top_x = [
        0,
        0.8 * b.neck_half,
        b.neck_half + 0.004,
        b.neck_half + 0.016,
        0.55 * (b.neck_half + b.shoulder_half),
        b.shoulder_half - 0.014,
        b.shoulder_half + 0.012,
        b.shoulder_half + 0.030,
    ]
    tip = b.shoulder_y - b.arm_radius * 0.93 - 0.5 * ease
    neck_y = b.c7_y - 0.004
    top_y = [
        neck_y,
        neck_y - 0.006,
        neck_y - 0.008,
        neck_y - 0.001,
        0.42 * neck_y + 0.58 * tip + 0.001,
        tip,
        tip + 0.014,
        tip + 0.05,
    ]
    edge = _smooth(np.interp(np.abs(x[0]), top_x, top_y), 0.006 * s)[None].astype(np.float32)
    sides = (np.abs(x) - half) * np.float32(s)
    hang = np.float32(hem) + hem_sag(x, b, cloth)
    sdf = np.maximum(np.maximum(sides, (edge - y) * np.float32(0.93 * s)), (y - hang) * np.float32(s))
    back = 0.058 + 0.006 * b.adult
    rows = [b.c7_y - 0.03, b.c7_y, b.shoulder_y, b.shoulder_y + 0.07, b.waist_y, b.hip_y, hem]
    depths = np.array([0.030, 0.036, back * 0.93, back, back * 0.90, back * 1.05, back * 1.06])
    depths[:3] += np.array([0.012, 0.018, 0.012]) * b.stoop
    depth = _smooth(np.interp(y[:, 0], rows, depths), 0.012 * s)[:, None].astype(np.float32)
    share = np.clip(np.abs(x) / half, 0, 1)
    z = depth * (1 - share ** np.float32(2.7)) ** np.float32(1 / 2.3)
    roll = np.clip((y - edge) / np.float32(0.040), 0, 1)
    z *= np.sqrt(np.maximum(1 - (1 - roll) ** 2, 0)) * np.float32(0.75) + np.float32(0.25)
    blade_x, blade_y = 0.50 * b.shoulder_half, b.shoulder_y + 0.055
    blade = np.exp(-(((np.abs(x) - blade_x) / 0.030) ** 2) - ((y - np.float32(blade_y)) / 0.040) ** 2)
    spine = np.exp(-((x / 0.014) ** 2)) * np.exp(-(((y - np.float32(b.waist_y - 0.03)) / 0.10) ** 2))
    z += np.float32(0.0065) * blade - np.float32(0.0040) * spine
    z = np.where(sdf < 0.008 * s, z * np.float32(s) - 2 * np.maximum(sdf, 0), -FAR)
    return Relief(sdf.astype(np.float32), z.astype(np.float32), np.full(sdf.shape, -1, np.float32)), edge


def draw_garment(
    build: Build, cloth: Cloth, arms: Points, canvas: Canvas, light: Light, pull: float, is_away: bool
) -> NDArray[np.float32]:
    """(h, w, 4) float32 premultiplied 0..255: body of the garment with its sleeves.

    Parameters
    ----------
    pull : 0 arms hang .. 1 arms reach forward
    is_away : the forearms point away from the viewer and are drawn by ``draw_forearms``
    """
    s, ease = canvas.stature_px, EASE[cloth.garment]
    x, y = canvas.axes()
    relief, edge = _trunk(build, cloth, canvas)
    radius = _radii(build, ease)
    sleeves = Relief.empty(*canvas.shape)
    for side in SIDES:
        shoulder, elbow, wrist = (arms[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist"))
        root = shoulder * [0.72, 1, 1] + [0, 0.012, -0.004]
        shoulder = shoulder * [0.965, 1, 1] + [0, 0.003, 0]
        if cloth.garment == "tee":
            down = elbow - shoulder
            points = [root, shoulder, shoulder + 0.34 * down, shoulder + 0.60 * down]
            radii = [radius["shoulder"] * 0.9, radius["shoulder"], radius["upper"] + 0.0035, radius["upper"] + 0.0055]
        elif is_away:
            points = [root, shoulder, shoulder + 0.5 * (elbow - shoulder), elbow, elbow + 0.12 * (wrist - elbow)]
            radii = [
                radius["shoulder"] * 0.9,
                radius["shoulder"],
                radius["upper"],
                radius["elbow"],
                radius["fore"] * 0.97,
            ]
        else:
            points = [root, shoulder, shoulder + 0.5 * (elbow - shoulder), elbow, elbow + 0.35 * (wrist - elbow), wrist]
            radii = [
                radius["shoulder"] * 0.9,
                radius["shoulder"],
                radius["upper"],
                radius["elbow"],
                radius["fore"],
                radius["wrist"],
            ]
        path = canvas.place(*points)
        sleeves.add_tube(path, s * np.array(radii), 0.004 * s, is_cut=cloth.garment == "tee" or not is_away)
    whole = (slice(None), slice(None))
    relief.add(sleeves.sdf, sleeves.z, sleeves.along, whole, 0.016 * s)
    relief.sdf = np.where(
        np.abs(x) < build.neck_half + 0.02, np.maximum(relief.sdf, (edge - y) * np.float32(0.93 * s)), relief.sdf
    )
    on_sleeve = np.clip((np.abs(x) - _armhole(build, y)) / np.float32(0.002) + 0.5, 0, 1) * (relief.along >= 0)
    height = back_folds(x, y, build, cloth.garment, cloth.weave, pull, hem_y(build, cloth.garment)) * (1 - on_sleeve)
    height += on_sleeve * sleeve_folds(
        relief.along, x, y, cloth.garment, cloth.weave, 0.4 + 0.6 * pull, radius["upper"]
    )
    height = height * np.clip((-relief.sdf / np.float32(s) - 0.001) / np.float32(0.010), 0.35, 1)
    raised, factor = _trims(build, cloth, x, y, edge, relief.along, arms)
    relief.sdf -= np.float32(0.8 * s) * height  # folds show in the outline too
    z_shape = relief.z / np.float32(s)
    relief.z += np.float32(s) * (height + raised)
    cover = relief.cover()
    nx, ny, nz = normals(relief.surface(), 1.5)
    shade = lambert(nx, ny, nz, light) + np.float32(0.10) * (1 - nz) ** 2
    shade *= hollows(relief.z, cover, 0.030 * s, 0.45) * hollows(relief.z, cover, 0.008 * s, 0.3)
    rgb = np.asarray(cloth.rgb, np.float32)
    sleeve_y = np.float32(build.shoulder_y - 0.03) + relief.along * np.float32(
        0.6 * build.upper_arm + 0.03 if cloth.garment == "tee" else build.upper_arm + build.forearm
    )
    albedo = (
        stripes(y + np.float32(0.16) * z_shape + 0.5 * height, rgb) * (1 - on_sleeve[..., None])
        + stripes(sleeve_y, rgb) * on_sleeve[..., None]
        if cloth.stripes
        else np.broadcast_to(rgb, (*canvas.shape, 3))
    )
    albedo = albedo * (factor * texture(x, y, cloth.garment, cloth.weave, s))[..., None]
    picture = canvas.blank()
    lay(picture, whole, lit(albedo, shade, light), cover)
    return picture


def _armhole(build: Build, y: Plane) -> Plane:
    """(h, 1) distance of the armhole seam from the middle, from the shoulder's tip to the armpit."""
    t = np.clip((y - np.float32(build.shoulder_y - 0.034)) / np.float32(0.100), 0, 1)
    inset = np.float32(0.013) * np.sin(np.pi * t)
    return (
        np.float32(build.shoulder_half - 0.003)
        - inset
        + np.float32(build.chest_half - build.shoulder_half + 0.006) * t * t
    )


def _trims(
    build: Build, cloth: Cloth, x: Plane, y: Plane, edge: Plane, along: Plane, arms: Points
) -> tuple[Plane, Plane]:
    """Collar, armholes, yoke, hem and cuffs: (height, colour factor)."""
    b, knit = build, cloth.garment in ("jumper", "cardigan")
    ax = np.abs(x)
    height, factor = (
        np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32),
        np.ones(np.broadcast_shapes(x.shape, y.shape), np.float32),
    )

    def add(part: tuple[Plane, Plane], where: Plane) -> None:
        height[...] += part[0] * where
        factor[...] *= 1 + (part[1] - 1) * where

    # collar: a band that follows the upper edge
    band = {"tee": 0.0125, "jumper": 0.0165, "cardigan": 0.0150, "shirt": 0.0240}[cloth.garment]
    below = y - np.float32(b.c7_y - 0.004) + np.float32(0.007) * (x / np.float32(b.neck_half)) ** 2
    at_neck = np.clip((np.float32(1.6 * b.neck_half) - ax) / np.float32(0.008), 0, 1)
    on_band = np.clip((np.float32(band) - below) / np.float32(0.0012), 0, 1) * at_neck
    height += np.float32(0.0022 if cloth.garment != "shirt" else 0.0040) * on_band
    if cloth.garment in ("tee", "jumper"):
        rib = np.sin(x * np.float32(2 * np.pi / 0.0030))
        factor *= 1 + on_band * np.float32(0.030 if knit else 0.018) * rib - on_band * np.float32(0.03)
    add(seam(below - np.float32(band), 0.0014), at_neck * np.float32(0.6))
    # armhole, from the shoulder's tip to the armpit
    hole = _armhole(b, y)
    add(
        seam(ax - hole, 0.0015),
        ((y > b.shoulder_y - 0.04) & (y < b.shoulder_y + 0.064)).astype(np.float32) * np.float32(0.6),
    )
    if cloth.garment == "shirt":
        add(
            seam(y - np.float32(b.c7_y + 0.052) - np.float32(0.10) * x * x / np.float32(0.1), 0.0017),
            (ax < hole).astype(np.float32),
        )
        pleat = np.clip(1 - (y - np.float32(b.c7_y + 0.052)) / np.float32(0.16), 0, 1) * (y > b.c7_y + 0.052)
        height -= (
            np.float32(0.0035)
            * pleat
            * np.exp(-(((ax - 0.010) / np.float32(0.0045)) ** 2))
            * np.clip((y - np.float32(b.c7_y + 0.052)) / np.float32(0.02), 0, 1)
        )
    hem = np.float32(hem_y(b, cloth.garment)) + hem_sag(x, b, cloth)
    width = 0.034 if knit else 0.011
    on_hem = np.clip((y - hem + np.float32(width)) / np.float32(0.0012), 0, 1) * (along < 0)
    add(seam(hem - np.float32(width) - y, 0.0017), (along < 0).astype(np.float32))
    if knit:
        factor *= 1 + on_hem * np.float32(0.045) * np.sin(x * np.float32(2 * np.pi / 0.0046))
    # hem or cuff of the sleeve
    end = 0.93 if cloth.garment == "tee" else 0.90
    add(
        seam((np.float32(end) - along) * np.float32(b.upper_arm * (0.7 if cloth.garment == "tee" else 1.7)), 0.0022),
        (along > 0.7).astype(np.float32),
    )
    return height, factor


def draw_forearms(
    build: Build,
    cloth: Cloth,
    skin_rgb: tuple[int, int, int],
    arms: Points,
    canvas: Canvas,
    light: Light,
    part: str,
    sides: tuple[str, ...] = SIDES,
) -> NDArray[np.float32]:
    """(h, w, 4) float32 premultiplied 0..255: bare arms and hands, and sleeves that point away from the viewer.

    Parameters
    ----------
    part : "all" the whole arm below a sleeve; "near" as far as the elbow; "far" from the elbow on
    sides : which arms
    """
    picture = canvas.blank()
    for side in sides:
        joints = [arms[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist", "hand")]
        near = joints[1:] if part == "far" else joints[:2] if part == "near" else joints
        window, at = canvas.window(*near, margin=0.05)
        _one_arm(picture, at, window, build, cloth, skin_rgb, joints, light, part)
    return picture


def _one_arm(
    picture: NDArray,
    at: Window,
    canvas: Canvas,
    build: Build,
    cloth: Cloth,
    skin_rgb: tuple[int, int, int],
    joints: list[NDArray],
    light: Light,
    part: str,
) -> None:
    s = canvas.stature_px
    shoulder, elbow, wrist, tip = joints
    bare = cloth.garment == "tee"
    skin, sleeve = Relief.empty(*canvas.shape), Relief.empty(*canvas.shape)
    r, clothed = _radii(build, 0.0), _radii(build, EASE[cloth.garment])
    if bare and part != "far":
        down = elbow - shoulder
        points = [shoulder + 0.40 * down, shoulder + 0.72 * down, elbow, elbow + 0.30 * (wrist - elbow), wrist]
        radii = [r["upper"], 0.94 * r["upper"], r["elbow"], r["fore"], r["wrist"]]
        if part == "near":
            points[3:], radii[3:] = [elbow + 0.20 * (wrist - elbow)], [r["fore"]]
        skin.add_tube(canvas.place(*points), s * np.array(radii), 0.003 * s)
    if part == "far":
        size = r if bare else clothed
        radii = [size["elbow"], size["fore"], size["wrist"]]
        path = canvas.place(elbow, elbow + 0.35 * (wrist - elbow), wrist)
        (skin if bare else sleeve).add_tube(path, s * np.array(radii), 0.003 * s, is_cut=not bare)
    if part != "near":
        _hand(skin, wrist, tip, shoulder[0], r["wrist"], canvas)
    x, y = canvas.axes()
    grain = texture(x, y, cloth.garment, cloth.weave, s)
    if (skin.sdf < 0).any():
        window = (slice(None), slice(None))
        colour = skin_colour(skin, skin_rgb, light, 0.0022 * s, 0.010 * s)
        lay(picture[at], window, colour, skin.cover())
    if (sleeve.sdf < 0).any():
        sleeve.z += np.float32(s) * sleeve_folds(sleeve.along, x, y, cloth.garment, cloth.weave, 1.0, clothed["fore"])
        cover = sleeve.cover()
        shade = lambert(*normals(sleeve.surface(0.001 * s), 1.5), light) * hollows(sleeve.z, cover, 0.010 * s, 0.5)
        rgb = np.asarray(cloth.rgb, np.float32)
        albedo = stripes(sleeve.along * np.float32(build.forearm), rgb) if cloth.stripes else rgb
        lay(picture[at], (slice(None), slice(None)), lit(albedo * grain[..., None], shade, light), cover)


def _hand(relief: Relief, wrist: NDArray, tip: NDArray, outside: float, radius: float, canvas: Canvas) -> None:
    """A relaxed hand: palm, fingers of different length that curl a little, thumb on the inside."""
    s, inward = canvas.stature_px, -np.sign(outside)
    along = tip - wrist
    across = np.array([-along[1], along[0], 0.0])
    across /= np.linalg.norm(across) + 1e-9
    if across[0] * inward < 0:
        across = -across
    knuckle = wrist + 0.46 * along
    path = canvas.place(wrist - 0.1 * along, wrist + 0.2 * along, knuckle + 0.05 * along)
    relief.add_tube(path, s * np.array([radius * 0.96, radius * 1.05, radius * 1.12]), 0.003 * s, squash=0.7)
    for i, (length, curl) in enumerate(((0.40, 0.30), (0.50, 0.22), (0.54, 0.18), (0.48, 0.14))):
        base = knuckle + across * radius * (0.86 - 0.56 * i) + [0, 0, 0.004 - 0.002 * i]
        bend = across * radius * curl * 0.8
        points = (base, base + 0.55 * length * along + bend * 0.4, base + length * along + bend * 1.5 - [0, 0, 0.006])
        relief.add_tube(canvas.place(*points), s * radius * np.array([0.42, 0.40, 0.33]), 0.0012 * s)
    base = wrist + 0.22 * along + across * radius * 0.9
    points = (base, base + 0.22 * along + across * radius * 0.55, base + 0.42 * along + across * radius * 0.55)
    relief.add_tube(canvas.place(*points), s * radius * np.array([0.50, 0.46, 0.36]), 0.0025 * s)
