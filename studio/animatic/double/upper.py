"""Trunk, arms and hands of the double from behind, in its garment; the trunk upright, without head and legs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.canvas import Canvas, Plane, Window, lay
from studio.animatic.double.drape import Drape, Form, Press, settle
from studio.animatic.double.figure import Build, Points
from studio.animatic.double.garment import colour_of, ring_folds, sample
from studio.animatic.double.hood import hood_of
from studio.animatic.double.relief import Relief, hollows, lambert, lit, normals, smooth_path
from studio.animatic.double.skin import skin_colour
from studio.animatic.double.trims import armhole, cuff, trim
from studio.animatic.double.trunk import EASE, Cloth, form_of, hem_sag, hem_y, trunk_of
from studio.core.people import Light

__all__ = ["SIDES", "Cloth", "draped", "draw_forearms", "draw_garment", "hem_y"]

SIDES = ("left", "right")
_FOLD_GAIN = 1.6  # the sheet is coarser than cloth and settles flatter


def _radii(build: Build, ease: float) -> dict[str, float]:
    return {
        "shoulder": build.arm_radius * 1.02 + 0.7 * ease,
        "upper": build.arm_radius * 0.98 + 0.7 * ease,
        "elbow": 0.80 * build.arm_radius + 0.75 * ease,
        "fore": 0.84 * build.arm_radius + 0.75 * ease,
        "wrist": build.wrist_radius + 0.55 * ease,
    }


def draw_garment(
    build: Build,
    cloth: Cloth,
    arms: Points,
    canvas: Canvas,
    light: Light,
    pull: float,
    is_away: bool,
    press: tuple[Press, ...] = (),
) -> NDArray[np.float32]:
    """(h, w, 4) float32 premultiplied 0..255: body of the garment with its sleeves.

    Parameters
    ----------
    pull : 0 arms hang .. 1 arms reach forward
    is_away : the forearms point away from the viewer and are drawn by ``draw_forearms``
    press : forearms of somebody else that lie on the back
    """
    import cv2

    s = np.float32(canvas.stature_px)
    x, y = canvas.axes()
    # The drape changes by steps of the pull, so that a walk settles the cloth twice, not in every frame.
    hang = settle(form_of(build, cloth.garment), cloth.garment, round(2 * pull) / 2, press, cloth.seed)
    trunk = trunk_of(build, cloth, canvas, hang)
    relief = trunk.relief
    px, py, fold = _draped(hang, x, y, canvas.stature_px)
    fold += np.float32(0.0005) * sample(cloth.weave.smooth, px * 46 + 17, py * 36 + 3)
    sag = hem_sag(x, build, cloth) + np.float32(hem_y(build, cloth.garment))
    relief.sdf = np.maximum(relief.sdf, (py - sag) * s)
    depth = np.clip((-relief.sdf / s + 0.002) / np.float32(0.008), 0.4, 1)
    relief.z += np.float32(_FOLD_GAIN) * s * fold * depth
    smooth_z = relief.z.copy()

    radius = _radii(build, EASE[cloth.garment])
    sleeves = Relief.empty(*canvas.shape)
    across, length = np.zeros(canvas.shape, np.float32), 0.0
    rings, down = np.zeros(canvas.shape, np.float32), np.zeros(canvas.shape, np.float32)
    for number, side in enumerate(SIDES):
        points, radii = _sleeve(build, cloth, [arms[f"{side}_{j}"] for j in ("shoulder", "elbow", "wrist")], is_away)
        path = canvas.place(*points)
        sleeves.add_tube(path, s * np.array(radii), 0.004 * s, is_cut=cloth.garment == "tee" or not is_away)
        window, at = canvas.window(*points, margin=0.05)
        # The last bit of a sleeve that points away turns back in the picture; its folds end at the elbow.
        straight = path[:-1] if is_away and cloth.garment != "tee" else path
        along, beside, length = _on_path(straight, window, at, canvas.stature_px)
        # by the bones, not by how long they look: the same sleeve for every pose of a walk
        whole = build.upper_arm * (0.60 if cloth.garment == "tee" else 1.0) + 0.028
        whole += build.forearm * (0 if is_away or cloth.garment == "tee" else 1)
        form = _arm_form(whole, radii, cloth.garment)
        along = along * np.float32(whole / length)
        length = whole
        bend = settle(form, cloth.garment, 0.0, (), cloth.seed + 1 + number)
        qx, _, folds = draped(bend, beside, along, window.stature_px)
        mine = np.broadcast_to((x[:, at[1]] < 0) == (number == 0), along.shape)
        folds += ring_folds(along / np.float32(length), beside, cloth, 0.4 + 0.6 * pull, radius["upper"])
        folds *= np.clip((np.float32(length) - along) / np.float32(0.02), 0, 1)
        rings[at] = np.where(mine, folds, rings[at])
        across[at] = np.where(mine, qx, across[at])
        down[at] = np.where(mine, along, down[at])
    sleeves.z += np.float32(_FOLD_GAIN) * s * rings * np.clip(-sleeves.sdf / (0.006 * s), 0.3, 1)
    sleeves.sdf -= np.float32(0.6) * s * (rings - np.float32(0.002)) * (sleeves.along > 0.3)
    relief.add(sleeves.sdf, sleeves.z, sleeves.along, (slice(None), slice(None)), 0.010 * s)
    relief.sdf = np.where(
        np.abs(x) < build.neck_half + 0.02,
        np.maximum(relief.sdf, np.maximum((trunk.edge - y) * s * np.float32(0.93), -trunk.collar * s)),
        relief.sdf,
    )
    on_sleeve = np.clip((np.abs(px) - armhole(build, y)) / np.float32(0.002) + 0.5, 0, 1)
    near = max(3, int(0.012 * s))  # where trunk and sleeve touch, the higher one changes from pixel to pixel
    on_sleeve *= cv2.blur(((relief.along >= 0) & (sleeves.along >= 0)).astype(np.float32), (near, near)) > 0.5
    raised, factor = trim(build, cloth, trunk, px, py, 1 - on_sleeve)
    ends = cuff(cloth, np.where(is_away and cloth.garment != "tee", 0, sleeves.along), length)
    relief.z += s * (raised * (1 - on_sleeve) + ends[0] * on_sleeve)
    factor = 1 + (factor - 1) * (1 - on_sleeve) + (ends[1] - 1) * on_sleeve

    if cloth.garment == "hoodie":
        hood_sdf, hood_z, hood_factor = hood_of(build, cloth, x, y, relief.z / s)
        factor = np.where(hood_sdf < 0, hood_factor, factor)
        relief.add(hood_sdf * s, hood_z * s, np.full_like(hood_z, -1), (slice(None), slice(None)), 0.002 * s)

    cover = relief.cover()
    nx, ny, nz = normals(relief.surface(), 1.8)
    # cloth is covered with fine hairs that catch light where it turns away: no dark line round the figure
    shade = lambert(nx, ny, nz, light, 0.30) + np.float32(0.30) * (1 - nz) ** 2
    shade *= hollows(relief.z, cover, 0.030 * s, 0.55) * hollows(relief.z, cover, 0.012 * s, 0.55)
    shade *= hollows(relief.z, cover, 0.004 * s, 0.45)
    v = np.where(on_sleeve > 0.5, np.float32(build.shoulder_y - 0.03) + down, py)
    u = np.where(on_sleeve > 0.5, across, px)
    ring = np.where(on_sleeve > 0.5, v, py + np.float32(0.16) * smooth_z / s)
    albedo = colour_of(cloth, u, v, ring, canvas.stature_px) * factor[..., None]
    picture = canvas.blank()
    lay(picture, (slice(None), slice(None)), lit(albedo, shade, light), cover)
    return picture


def _sleeve(build: Build, cloth: Cloth, arm: list[NDArray], is_away: bool) -> tuple[list[NDArray], list[float]]:
    """Axis and radii of a sleeve, from inside the shoulder."""
    shoulder, elbow, wrist = arm
    radius = _radii(build, EASE[cloth.garment])
    root = shoulder * [0.72, 1, 1] + [0, 0.012, -0.004]
    shoulder = shoulder * [0.965, 1, 1] + [0, 0.003, 0]
    first = [radius["shoulder"] * 0.9, radius["shoulder"]]
    down, fore = elbow - shoulder, wrist - elbow
    if cloth.garment == "tee":
        points = [root, shoulder, shoulder + 0.34 * down, shoulder + 0.60 * down]
        return points, [*first, radius["upper"] + 0.0035, radius["upper"] + 0.0055]
    points = [root, shoulder, shoulder + 0.5 * down, elbow]
    if is_away:
        return [*points, elbow + 0.12 * fore], [*first, radius["upper"], radius["elbow"], radius["fore"] * 0.97]
    return [*points, elbow + 0.35 * fore, wrist], [
        *first,
        radius["upper"],
        radius["elbow"],
        radius["fore"],
        radius["wrist"],
    ]


def _arm_form(length: float, radii: list[float], garment: str) -> Form:
    """What a sleeve hangs on: a tube, the cloth too long for it at the elbow."""
    rows = np.linspace(0, length, 5)
    loose = (0.6, 0.9, 1.4, 1.9, 1.3) if garment != "tee" else (0.5, 0.7, 0.8, 0.9, 0.9)
    half = np.interp(rows, np.linspace(0, length, len(radii)), radii)
    half = tuple(float(v) for v in np.round(half, 3))
    return Form((0.0, 0.0), round(length, 2), tuple(float(v) for v in np.round(rows, 3)), half, half, loose)


def _draped(drape: Drape, x: Plane, y: Plane, stature_px: float) -> tuple[Plane, Plane, Plane]:
    """``Drape.on`` for the axes of a canvas."""
    return draped(drape, *np.broadcast_arrays(x, y), stature_px)


def draped(drape: Drape, x: Plane, y: Plane, stature_px: float) -> tuple[Plane, Plane, Plane]:
    """``Drape.on``, worked out on a coarser grid where the picture is fine."""
    import cv2

    step = max(1, int(0.0016 * stature_px))
    small = (max(2, x.shape[1] // step), max(2, x.shape[0] // step))

    def shrink(plane: Plane) -> Plane:
        return cv2.resize(np.ascontiguousarray(plane, dtype=np.float32), small, interpolation=cv2.INTER_AREA)

    few_x, few_y = shrink(x), shrink(y)
    qx, qy, height = drape.on(few_x, few_y)
    parts = [
        cv2.resize(p, (x.shape[1], x.shape[0]), interpolation=cv2.INTER_CUBIC) for p in (qx - few_x, qy - few_y, height)
    ]
    return x + parts[0], y + parts[1], parts[2]


def _on_path(path: NDArray, window: Canvas, at: Window, stature_px: float) -> tuple[Plane, Plane, float]:
    """How far along and beside a curve (pixels, (n, 3)) the points of a window lie, and its length; in statures."""
    curve = smooth_path(path[:, :2], 5)
    ys = np.arange(window.shape[0], dtype=np.float32)[:, None] + np.float32(at[0].start + 0.5)
    xs = np.arange(window.shape[1], dtype=np.float32)[None] + np.float32(at[1].start + 0.5)
    nearest = np.full(window.shape, np.float32(1e9))
    along, beside = np.zeros(window.shape, np.float32), np.zeros(window.shape, np.float32)
    gone = 0.0
    for a, b in pairwise(curve):
        line = (b - a).astype(np.float32)
        size = np.float32(np.hypot(*line) + 1e-6)
        dx, dy = xs - np.float32(a[0]), ys - np.float32(a[1])
        t = np.clip((dx * line[0] + dy * line[1]) / size**2, 0, 1)
        away = (dx - t * line[0]) ** 2 + (dy - t * line[1]) ** 2
        better = away < nearest
        nearest = np.where(better, away, nearest)
        along = np.where(better, np.float32(gone) + t * size, along)
        beside = np.where(better, (dx * line[1] - dy * line[0]) / size, beside)
        gone += float(size)
    return along / np.float32(stature_px), beside / np.float32(stature_px), gone / stature_px


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
    if (skin.sdf < 0).any():
        window = (slice(None), slice(None))
        tone = sample(cloth.weave.smooth, x * 40 + 3, y * 40) + sample(cloth.weave.fine, x * 90, y * 90)
        colour = skin_colour(skin, skin_rgb, light, 0.0022 * s, 0.010 * s, tone, 0.5)
        lay(picture[at], window, colour, skin.cover())
    if (sleeve.sdf < 0).any():
        sleeve.z += np.float32(s) * ring_folds(sleeve.along, x, cloth, 1.0, clothed["fore"]) * (sleeve.along >= 0)
        cover = sleeve.cover()
        shade = lambert(*normals(sleeve.surface(0.001 * s), 1.5), light) * hollows(sleeve.z, cover, 0.010 * s, 0.5)
        ring = sleeve.along * np.float32(build.forearm)
        px, py = (np.ascontiguousarray(p) for p in np.broadcast_arrays(x, y))
        albedo = colour_of(cloth, px, py, ring, s)
        lay(picture[at], (slice(None), slice(None)), lit(albedo, shade, light), cover)


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
