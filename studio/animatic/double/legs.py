"""Trousers and shoes of the double from behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.canvas import Canvas, lay
from studio.animatic.double.figure import Build, Points
from studio.animatic.double.garment import Weave, sample, seam
from studio.animatic.double.relief import FAR, Relief, hollows, lambert, lit, normals
from studio.core.people import Light

SHOE_RGB = np.array([74, 66, 60], np.float32)
SOLE_RGB = np.array([112, 104, 96], np.float32)
TREAD_RGB = np.array([84, 77, 71], np.float32)


def draw_legs(
    build: Build,
    joints: Points,
    sway: tuple[float, float],
    hem: float,
    rgb: tuple[int, int, int],
    canvas: Canvas,
    light: Light,
    cloth: Weave,
) -> NDArray[np.float32]:
    """(h, w, 4) float32 premultiplied 0..255: shoes, both legs (the one further away first) and the seat
    as far up as ``hem``."""
    picture = canvas.blank()
    names = sorted(("left", "right"), key=lambda n: joints[f"{n}_ankle"][2])
    for name in names:
        if canvas.place(joints[f"{name}_ankle"])[0, 1] < canvas.shape[0]:
            _shoe(picture, canvas, joints, name, light)
    _trousers(picture, canvas, build, joints, names, sway, hem, rgb, light, cloth)
    return picture


def _shoe(picture: NDArray, canvas: Canvas, joints: Points, name: str, light: Light) -> None:
    """One trainer: sole below, upper above; the tread shows while the heel is lifted."""
    ankle, heel, toe, sole = (joints[f"{name}_{part}"] for part in ("ankle", "heel", "toe", "sole"))
    canvas, at = canvas.window(ankle, heel, toe, margin=0.045)
    s = canvas.stature_px
    mid, low = heel + 0.55 * (toe - heel), 0.008 * sole
    rim, tread, upper = (Relief.empty(*canvas.shape) for _ in range(3))
    path = canvas.place(heel + low, heel + 0.3 * (toe - heel) + low, mid + low, toe + low)
    rim.add_tube(path, s * np.array([0.0180, 0.0175, 0.0205, 0.0165]))
    tread.add_tube(path + [0, 0, 0.004 * s], s * np.array([0.0150, 0.0140, 0.0172, 0.0135]))
    path = canvas.place(ankle + [0, -0.012, 0.004], ankle + 0.5 * (heel - ankle), heel - 0.002 * sole)
    upper.add_tube(path, s * np.array([0.0180, 0.0180, 0.0182]), 0.008 * s)
    path = canvas.place(heel - 0.002 * sole, mid - 0.004 * sole, toe)
    upper.add_tube(path, s * np.array([0.0180, 0.0195, 0.0155]), 0.008 * s)
    lifted = float(np.clip(sole[2] * 2.2 - 0.15, 0, 1))  # how far the sole is turned to the viewer
    layers = [(rim, SOLE_RGB, 1.0), (upper, SHOE_RGB, 1.0)]
    if lifted > 0.2:
        layers = [(upper, SHOE_RGB, 1.0), (rim, SOLE_RGB, 1.0), (tread, TREAD_RGB, lifted)]
    for relief, colour, strength in layers:
        shade = lambert(*normals(relief.surface(0.001 * s), 1.3), light)
        rgb = lit(np.broadcast_to(colour, (*canvas.shape, 3)), shade, light)
        lay(picture, at, rgb, relief.cover() * np.float32(strength))


def _trousers(
    picture: NDArray,
    canvas: Canvas,
    build: Build,
    joints: Points,
    names: list[str],
    sway: tuple[float, float],
    hem: float,
    rgb: tuple[int, int, int],
    light: Light,
    cloth: Weave,
) -> None:
    s = canvas.stature_px
    x, y = canvas.axes()
    x, y = x - np.float32(sway[0]), y - np.float32(sway[1])
    height, width = canvas.shape
    relief = Relief.empty(height, width)
    for name in names:
        hip, knee, ankle = (joints[f"{name}_{part}"] for part in ("hip", "knee", "ankle"))
        calf = knee + 0.33 * (ankle - knee) + [0, 0, 0.008]
        thigh = hip + 0.40 * (knee - hip)
        cuff = ankle + 0.10 * (ankle - knee)
        outside = np.sign(hip[0] - sway[0]) * (build.hip_half - 0.97 * build.thigh_radius + 0.001)
        hip = np.array([sway[0] + outside, *hip[1:]])
        top = hip + [0, -0.07, 0.0]
        path = canvas.place(top, hip + [0, 0.02, 0], thigh, knee, calf, cuff)
        t, c = build.thigh_radius, build.calf_radius
        radius = s * np.array([t * 0.90, t * 0.97, t * 0.93, c * 1.09, c * 1.15, c * 0.97])
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
        [build.waist_half, build.waist_half, build.hip_half * 0.94, build.hip_half * 0.985, build.hip_half * 0.90, 0.0],
    )
    half = half[:, None].astype(np.float32)
    share = np.clip(np.abs(x) / np.maximum(half, 1e-4), 0, 1)
    depth = np.interp(y[:, 0], rows, [0.050, 0.054, seat_z, seat_z, 0.034, 0.0])[:, None].astype(np.float32)
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
    worn = folds + np.exp(-(((y - np.float32(build.hip_y + 0.02)) / 0.05) ** 2)) * np.float32(0.05)
    for name, shift in (("left", 2.0), ("right", 9.0)):
        hip, knee, ankle = (joints[f"{name}_{part}"] for part in ("hip", "knee", "ankle"))
        px, py = x + np.float32(sway[0] - knee[0]), y + np.float32(sway[1] - knee[1])
        whisk = sample(
            cloth.smooth, (py + np.abs(px) * np.float32(0.5) + px * np.float32(0.25)) * 24 + shift, px * 8 + shift
        )
        near = np.exp(-((px / np.float32(0.034)) ** 4))
        folds += near * np.exp(-((py / np.float32(0.075)) ** 2)) * np.float32(0.0078) * np.tanh(1.3 * whisk)
        twist = sample(cloth.smooth, (px * np.float32(0.8) + py * np.float32(0.35)) * 26 + shift, (py - px) * 9 + shift)
        folds += near * np.float32(0.0030) * twist
        stack = np.exp(-(((py - np.float32(ankle[1] - knee[1] - 0.02)) / np.float32(0.05)) ** 2))
        folds += near * stack * np.float32(0.0062) * np.tanh(1.3 * whisk)
        worn += np.exp(-((px / np.float32(0.020)) ** 2) - ((py + 0.02) / np.float32(0.16)) ** 2) * np.float32(0.06)
        py = y + np.float32(sway[1] - build.crotch_y)
        strain = sample(cloth.smooth, (py * np.float32(0.6) + np.abs(x) * np.float32(1.2)) * 24 + shift, x * 6 + shift)
        folds += near * np.exp(-(((py - 0.035) / 0.045) ** 2)) * np.float32(0.0046) * np.tanh(1.3 * strain)
    pocket_h, pocket_c = _pockets(x, y, build)
    groove, line = seam(x, 0.0016)
    on_seat = ((y > build.waist_y) & (y < build.crotch_y)).astype(np.float32)
    relief.sdf -= np.float32(0.7 * s) * folds  # folds show in the outline too
    relief.z += s * (folds + pocket_h + groove * on_seat)
    cover = relief.cover() * np.clip((y - np.float32(hem)) / np.float32(0.004), 0, 1)
    nx, ny, nz = normals(relief.surface(), 1.4)
    shade = lambert(nx, ny, nz, light) * hollows(relief.z, cover, 0.030 * s, 0.5)
    yarn = sample(cloth.fine, x * np.float32(s * 0.10), y * np.float32(s * 0.10))
    mottle = sample(cloth.smooth, x * 40, y * 26)
    factor = (1 + np.float32(0.022) * yarn + np.float32(0.022) * mottle + worn) * pocket_c * (1 + (line - 1) * on_seat)
    albedo = np.asarray(rgb, np.float32) * factor[..., None]
    lay(picture, (slice(None), slice(None)), lit(albedo, shade, light), cover)


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
