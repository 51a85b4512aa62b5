"""Strands of hair drawn and lit.

Every strand is one anti-aliased line of its own tone, over a dark inside.  The light is computed afterwards per pixel
from the mean direction and height of the strands (deferred): wrapped diffuse light and two highlights along the strand,
the weaker the more the strands disagree.

Light on strands: J. T. Kajiya, T. L. Kay, "Rendering fur with three dimensional textures", 1989; the second, coloured
highlight after S. Marschner et al., "Light scattering from human hair fibers", 2003.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.animatic.double.hair import STEPS, Strands
from studio.animatic.double.relief import lambert, normals
from studio.core.people import Light


def draw_hair(
    strands: Strands,
    lock: NDArray,
    rgb: tuple[int, int, int],
    grey: float,
    light: Light,
    shape: tuple[int, int],
    crown: tuple[float, float],
    head_px: float,
    rng: np.random.Generator,
    is_dense: bool = True,
) -> NDArray[np.float32]:
    """Draw strands on a canvas of ``shape`` (h, w); returns (h, w, 4) float32 premultiplied 0..255."""
    import cv2

    height, width = shape
    count = len(strands)
    pixels = strands[:, :, :2] * head_px + np.asarray(crown)
    order = np.argsort(strands[:, :, 2].mean(1) + rng.normal(0, 0.05, count))
    albedo = _tones(strands, lock, rgb, grey, rng)
    fixed = np.round(pixels * 2 * 16).astype(np.int32)
    body = np.zeros((2 * height, 2 * width, 4), np.uint8)
    inner = (STEPS * 3) // 4
    for i in (
        order[::2] if is_dense else ()
    ):  # the dark inside of the hair, so that no gap shows the scalp; tips stay fine
        cv2.polylines(body, [fixed[i, :inner]], False, (*(0.74 * albedo[i]), 255), 3, cv2.LINE_AA, 4)
    for i in order:
        cv2.polylines(body, [fixed[i]], False, (*albedo[i], 255), 1, cv2.LINE_AA, 4)
    body = cv2.resize(body, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    wisps = np.zeros((2 * height, 2 * width, 4), np.uint8)
    for i in rng.choice(count, max(count // 22, 20), replace=False):
        stray = pixels[i] - crown
        t = np.linspace(0, 1, STEPS)[:, None]
        away = rng.normal(0, [0.020, 0.012]) * head_px
        stray = (
            stray * (1 + (0.012 + 0.02 * rng.random()) * np.minimum(1, 4 * t) * (stray[:, 1:] < 0.9 * head_px))
            + away * t**1.5
        )
        cv2.polylines(
            wisps,
            [np.round((stray + crown) * 32).astype(np.int32)],
            False,
            (*np.minimum(1.12 * albedo[i], 255), 255),
            1,
            cv2.LINE_AA,
            4,
        )
    wisps = cv2.resize(wisps, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) * np.float32(0.55)
    soft = cv2.GaussianBlur(body, (0, 0), max(0.006 * head_px, 0.6))
    body = np.float32(0.62) * body + np.float32(0.38) * soft
    if is_dense:  # no background shines through between the strands
        around = cv2.GaussianBlur(body, (0, 0), max(0.022 * head_px, 1.0))
        close = np.clip((around[..., 3:] / 255 - np.float32(0.55)) / np.float32(0.25), 0, 1)
        around[..., :3] *= np.float32(0.85)
        body += close * around / np.maximum(around[..., 3:] / 255, 0.3) * (1 - body[..., 3:] / 255)
        body = np.minimum(body, 255)
    merged = body + wisps * (1 - body[..., 3:] / 255)
    return _light(merged, strands, pixels, rgb, grey, light, crown[1], head_px)


def _tones(
    strands: Strands, lock: NDArray, rgb: tuple[int, int, int], grey: float, rng: np.random.Generator
) -> NDArray:
    """(n, 3) display colour of every strand: lock, strand, depth, and grey hairs among the others."""
    count = len(strands)
    locks = rng.normal(size=int(lock.max()) + 1)
    depth = np.argsort(np.argsort(strands[:, :, 2].mean(1))) / count
    tone = np.exp(0.11 * locks[lock] + 0.085 * rng.normal(size=count)) * (0.86 + 0.18 * depth)
    base = np.maximum(np.asarray(rgb, float), 16)
    colour = base * tone[:, None] * (1 + 0.03 * rng.normal(size=(count, 3)) * np.array([1, 0, -1]))
    if grey > 0:
        is_grey = rng.random(count) < np.clip(grey + 0.10 * locks[lock], 0, 1)
        silver = (0.6 + 0.4 * grey) * np.array([166, 164, 161]) + (0.4 - 0.4 * grey) * 1.2 * colour.mean(
            1, keepdims=True
        )
        silver = silver * np.exp(0.06 * rng.normal(size=(count, 1)) + 0.05 * locks[lock][:, None])
        faded = colour + 0.7 * grey * (0.4 * colour.mean(1, keepdims=True) + 88 - colour)
        colour = np.where(is_grey[:, None], silver, faded)
    return colour.clip(0, 255)


def _between(values: NDArray, at: NDArray) -> NDArray:
    """(n, steps) values to (n, (steps - 1) * len(at)) values at shares ``at`` of every step."""
    fine = values[:, :-1, None] * (1 - at) + values[:, 1:, None] * at
    return fine.reshape(len(values), -1)


def _light(
    hair: NDArray[np.float32],
    strands: Strands,
    pixels: NDArray,
    rgb: tuple[int, int, int],
    grey: float,
    light: Light,
    crown_y: float,
    head_px: float,
) -> NDArray[np.float32]:
    """Light drawn hair by the mean height and direction of the strands, found on a coarse grid."""
    import cv2

    height, width = hair.shape[:2]
    cell = max(head_px / 26, 2.0)
    gw, gh = int(width / cell) + 1, int(height / cell) + 1
    parts = 4  # points along a step, nearer than the cells
    at = (np.arange(parts) + 0.5) / parts
    column, row = (
        np.clip((_between(pixels[..., i], at) / cell).astype(int), 0, size - 1) for i, size in ((0, gw), (1, gh))
    )
    index = (row * gw + column).ravel()
    steps = np.diff(strands, axis=1)
    steps /= np.linalg.norm(steps, axis=2, keepdims=True) + 1e-9
    steps = np.repeat(steps, parts, axis=1)
    z = _between(strands[..., 2], at)
    front = np.exp(9.0 * (z - z.max()))  # what lies nearer the viewer counts more
    planes = []
    for value in (np.ones_like(z), z * head_px, steps[..., 0], steps[..., 1], steps[..., 2]):
        plane = np.bincount(index, (value * front).ravel(), gw * gh).reshape(gh, gw).astype(np.float32)
        planes.append(cv2.GaussianBlur(plane, (0, 0), 1.5))
    weight = planes[0] + 1e-9
    fine = [cv2.resize(p / weight, (int(gw * cell), int(gh * cell)), interpolation=cv2.INTER_CUBIC) for p in planes[1:]]
    fine = [
        cv2.copyMakeBorder(p, 0, max(height - p.shape[0], 0), 0, max(width - p.shape[1], 0), cv2.BORDER_REPLICATE)[
            :height, :width
        ]
        for p in fine
    ]
    z_px, tx, ty, tz = (cv2.GaussianBlur(p, (0, 0), 0.9 * cell) for p in fine)
    alpha = hair[..., 3:] / np.float32(255)
    streak = hair[..., :3].mean(2) / (hair[..., 3] + 1)
    streak = streak - cv2.GaussianBlur(streak, (0, 0), 0.05 * head_px)
    order = np.sqrt(tx * tx + ty * ty + tz * tz + np.float32(1e-6))  # 1 combed .. 0 curls in all directions
    scale = 1 / order
    strength = np.float32(0.5 + light.contrast) * np.clip(order, 0, 1) ** 2
    tx, ty, tz = tx * scale, ty * scale, tz * scale
    ldir = np.array(light.direction) * [1, 1, 1]
    ldir[2] = max(ldir[2], 0.35)
    ldir /= np.linalg.norm(ldir)
    half = ldir + [0, 0, 1]
    half /= np.linalg.norm(half)
    nx, ny, nz = normals(z_px, 1.5)
    across = tx * np.float32(ldir[0]) + ty * np.float32(ldir[1]) + tz * np.float32(ldir[2])
    diffuse = lambert(nx, ny, nz, light, 0.4) * (
        np.float32(0.72) + np.float32(0.36) * np.sqrt(np.maximum(1 - across * across, 0))
    )
    toward = tx * np.float32(half[0]) + ty * np.float32(half[1]) + tz * np.float32(half[2])
    sheen = np.maximum(1 - (toward + np.float32(0.9) * streak) ** 2, 0) ** 24
    glow = np.maximum(1 - (toward + np.float32(0.12) + np.float32(0.5) * streak) ** 2, 0) ** 7
    facing = np.clip(nx * np.float32(half[0]) + ny * np.float32(half[1]) + nz * np.float32(half[2]), 0, 1)
    base = np.asarray(rgb, np.float32) * (1 - grey) + 150 * grey
    v = (np.arange(height, dtype=np.float32) + 0.5 - crown_y) / np.float32(head_px)
    shadow = np.interp(v, [0, 0.5, 0.92, 1.3, 1.7], [1.04, 1.0, 0.80, 0.95, 1.06]).astype(np.float32)
    diffuse *= shadow[:, None]  # hair below the head hangs in its shadow; tips are bleached
    lit = hair[..., :3] * np.sqrt(np.maximum(diffuse, 0))[..., None]
    shine = (
        (strength * facing * sheen)[..., None]
        * (np.float32(20) + np.float32(0.10) * base)
        * (1 - np.float32(0.65 * grey))
    )
    colour = (strength * facing * glow)[..., None] * np.float32(0.26) * base
    tint = np.sqrt(np.asarray(light.rgb, np.float32))
    lit = np.clip((lit + alpha * (shine + colour)) * tint, 0, 255 * alpha)
    return np.concatenate([lit, hair[..., 3:]], 2)
