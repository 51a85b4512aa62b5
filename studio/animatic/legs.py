"""Trousers and shoes of the double from behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.figure import Build, Points
from studio.animatic.garment import Weave, sample, seam
from studio.animatic.relief import FAR, Relief, hollows, lambert, lit, normals
from studio.core.people import Light

SHOE_RGB = np.array([188, 184, 178], np.float32)
SOLE_RGB = np.array([222, 219, 212], np.float32)
TREAD_RGB = np.array([128, 122, 116], np.float32)


def _over(under: NDArray, colour: NDArray, cover: NDArray) -> NDArray:
    """Premultiplied float32 rgba, ``colour`` laid over ``under``."""
    patch = np.concatenate([colour * cover[..., None], 255 * cover[..., None]], 2)
    return patch + under * (1 - cover[..., None])


def draw_legs(
    build: Build,
    joints: Points,
    sway: tuple[float, float],
    rgb: tuple[int, int, int],
    shape: tuple[int, int],
    origin: tuple[float, float],
    stature_px: float,
    light: Light,
    cloth: Weave,
) -> NDArray[np.float32]:
    """(h, w, 4) float32 premultiplied 0..255: shoes, both legs (the one further away first) and the seat."""
    canvas = np.zeros((*shape, 4), np.float32)
    names = sorted(("left", "right"), key=lambda n: joints[f"{n}_ankle"][2])
    for name in names:
        canvas = _shoe(canvas, joints, name, origin, stature_px, light)
    return _trousers(canvas, build, joints, names, sway, rgb, origin, stature_px, light, cloth)


def _px(point: NDArray, origin: tuple[float, float], s: float) -> NDArray:
    return np.array([origin[0] + point[0] * s, origin[1] + point[1] * s, point[2] * s])


def _shoe(canvas: NDArray, joints: Points, name: str, origin: tuple[float, float], s: float, light: Light) -> NDArray:
    """One trainer: sole below, upper above; the tread shows while the heel is lifted."""
    ankle, heel, toe, sole = (joints[f"{name}_{part}"] for part in ("ankle", "heel", "toe", "sole"))
    mid = heel + 0.45 * (toe - heel)
    low = 0.008 * sole
    bottom = Relief.empty(*canvas.shape[:2])
    path = np.array(
        [_px(heel + low + 0.004 * (toe - heel), origin, s), _px(mid + low, origin, s), _px(toe + low, origin, s)]
    )
    bottom.add_tube(path, s * np.array([0.0195, 0.0205, 0.0190]))
    upper = Relief.empty(*canvas.shape[:2])
    path = np.array(
        [
            _px(ankle + [0, -0.012, 0.004], origin, s),
            _px(ankle + 0.5 * (heel - ankle), origin, s),
            _px(heel - 0.002 * sole, origin, s),
        ]
    )
    upper.add_tube(path, s * np.array([0.0185, 0.0185, 0.0190]), 0.008 * s)
    path = np.array([_px(heel - 0.002 * sole, origin, s), _px(mid - 0.004 * sole, origin, s), _px(toe, origin, s)])
    upper.add_tube(path, s * np.array([0.0185, 0.0200, 0.0165]), 0.008 * s)
    lifted = float(np.clip(sole[2] * 1.6 - 0.1, 0, 1))
    for relief, colour in ((bottom, SOLE_RGB * (1 - lifted) + TREAD_RGB * lifted), (upper, SHOE_RGB)):
        if relief is upper and lifted > 0:  # the sole is nearer the viewer than the upper when the heel is up
            relief.sdf += np.float32(0.006 * s * lifted)
        nx, ny, nz = normals(relief.surface(0.001 * s), 1.5)
        rgb = lit(np.broadcast_to(colour, (*canvas.shape[:2], 3)), lambert(nx, ny, nz, light), light)
        if relief is bottom and lifted > 0.3:
            front = canvas
            canvas = _over(front, rgb, relief.cover())
            shoe_sole = relief
        else:
            cover = relief.cover()
            if relief is upper and lifted > 0.3:
                cover = cover * (1 - shoe_sole.cover())
            canvas = _over(canvas, rgb, cover)
    return canvas


def _trousers(
    canvas: NDArray,
    build: Build,
    joints: Points,
    names: list[str],
    sway: tuple[float, float],
    rgb: tuple[int, int, int],
    origin: tuple[float, float],
    s: float,
    light: Light,
    cloth: Weave,
) -> NDArray:
    height, width = canvas.shape[:2]
    x = ((np.arange(width, dtype=np.float32) + 0.5 - origin[0]) / s - np.float32(sway[0]))[None]
    y = ((np.arange(height, dtype=np.float32) + 0.5 - origin[1]) / s - np.float32(sway[1]))[:, None]
    relief = Relief.empty(height, width)
    for name in names:
        hip, knee, ankle = (joints[f"{name}_{part}"] for part in ("hip", "knee", "ankle"))
        calf = knee + 0.33 * (ankle - knee) + [0, 0, 0.008]
        thigh = hip + 0.40 * (knee - hip)
        cuff = ankle + 0.10 * (ankle - knee)
        top = hip + [0, 0.01, 0.0]
        path = np.array([_px(p, origin, s) for p in (top, thigh, knee, calf, cuff)])
        t, c = build.thigh_radius, build.calf_radius
        radius = s * np.array([t * 0.97, t * 0.93, c * 1.13, c * 1.16, c * 0.90])
        relief.add_tube(path, radius, 0.010 * s, is_cut=True)
    seat_z = 0.062 + 0.006 * build.adult
    rows = np.array(
        [
            build.waist_y - 0.03,
            build.waist_y + 0.01,
            build.hip_y - 0.02,
            build.hip_y + 0.015,
            build.crotch_y + 0.005,
            build.crotch_y + 0.05,
        ]
    )
    half = np.interp(
        y[:, 0],
        rows,
        [build.waist_half, build.waist_half, build.hip_half * 0.94, build.hip_half * 0.985, build.hip_half * 0.95, 0.0],
    )
    half = half[:, None].astype(np.float32)
    share = np.clip(np.abs(x) / np.maximum(half, 1e-4), 0, 1)
    depth = np.interp(y[:, 0], rows, [0.050, 0.054, seat_z, seat_z + 0.002, 0.045, 0.0])[:, None].astype(np.float32)
    z = depth * (1 - share**2.6) ** np.float32(1 / 2.2)
    cheek = np.exp(-(((np.abs(x) - 0.046) / 0.034) ** 2) - ((y - np.float32(build.hip_y + 0.020)) / 0.042) ** 2)
    z = (z + np.float32(0.010) * cheek - 0.005 * np.exp(-((x / 0.010) ** 2)) * (y > build.hip_y - 0.03)) * s
    sdf = (
        np.maximum(np.maximum(np.abs(x) - half, y - np.float32(build.crotch_y + 0.012)), np.float32(build.waist_y) - y)
        * s
    ).astype(np.float32)
    z = np.where(sdf < 0.010 * s, z - 2 * np.maximum(sdf, 0), -FAR)
    relief.add(sdf, z.astype(np.float32), np.full(sdf.shape, -1, np.float32), (slice(None), slice(None)), 0.016 * s)

    folds = np.zeros((height, width), np.float32)
    for name, shift in (("left", 2.0), ("right", 9.0)):
        hip, knee, ankle = (joints[f"{name}_{part}"] for part in ("hip", "knee", "ankle"))
        px, py = x + np.float32(sway[0] - knee[0]), y + np.float32(sway[1] - knee[1])
        whisk = sample(
            cloth.smooth, (py + np.abs(px) * np.float32(0.5) + px * np.float32(0.25)) * 24 + shift, px * 8 + shift
        )
        near = np.exp(-((px / np.float32(0.034)) ** 4))
        folds += near * np.exp(-((py / np.float32(0.055)) ** 2)) * np.float32(0.0042) * whisk
        folds += (
            near
            * np.exp(-(((py - np.float32(ankle[1] - knee[1] - 0.02)) / np.float32(0.05)) ** 2))
            * np.float32(0.0046)
            * whisk
        )
        py = y + np.float32(sway[1] - build.crotch_y)
        strain = sample(cloth.smooth, (py * np.float32(0.6) + np.abs(x) * np.float32(1.2)) * 24 + shift, x * 6 + shift)
        folds += near * np.exp(-(((py - 0.035) / 0.045) ** 2)) * np.float32(0.0026) * strain
    pocket_h, pocket_c = _pockets(x, y, build)
    groove, line = seam(x, 0.0016)
    on_seat = ((y > build.waist_y) & (y < build.crotch_y)).astype(np.float32)
    relief.z += s * (folds + pocket_h + groove * on_seat)
    cover = relief.cover()
    nx, ny, nz = normals(relief.surface(), 1.4)
    shade = lambert(nx, ny, nz, light) * hollows(relief.z, cover, 0.030 * s, 0.5)
    yarn = sample(cloth.fine, x * np.float32(s * 0.10), y * np.float32(s * 0.10))
    worn = np.exp(-(((y - np.float32(build.hip_y + 0.02)) / 0.05) ** 2)) * np.float32(0.05)
    mottle = sample(cloth.smooth, x * 40, y * 26)
    factor = (1 + np.float32(0.022) * yarn + np.float32(0.022) * mottle + worn) * pocket_c * (1 + (line - 1) * on_seat)
    albedo = np.asarray(rgb, np.float32) * factor[..., None]
    return _over(canvas, lit(albedo, shade, light), cover)


def _pockets(x: NDArray, y: NDArray, build: Build) -> tuple[NDArray, NDArray]:
    """Two patch pockets: raised by the thickness of the cloth, with a stitched edge."""
    cx = np.float32(0.53 * build.hip_half)
    w, h = np.float32(0.36 * build.hip_half), np.float32(0.040)
    u = (np.abs(x) - cx) / w
    v = (y - np.float32(build.hip_y - 0.005)) / h
    edge = np.maximum(np.abs(u), np.maximum(-v, v + np.float32(0.30) * np.abs(u) - np.float32(0.12))) - 1
    inside = np.clip(-edge * 22, 0, 1)
    stitch = np.exp(-(((edge + 0.07) / 0.035) ** 2))
    return (np.float32(0.0010) * inside).astype(np.float32), (
        1 + np.float32(0.10) * stitch - np.float32(0.10) * np.exp(-((edge / 0.04) ** 2))
    ).astype(np.float32)
