"""What stands where no frame ever saw the background: a guess from its surroundings.

A small picture is completed from patches (`plate_patches`), beginning with what lies level with the hole; the fine
detail is then read from where the patches came from.  A smooth membrane (Laplace's equation, coarse to fine, as in
"Poisson image editing", Perez 2003) takes away what is left of a step at the rim.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.compose.plate_patches import complete
from studio.core.frames import Frame

_SMALL_PX = 480
_SEED = 11
_MOST_STEP = 8.0

Floats = NDArray[np.float32]


def fill(picture: Frame, hole: NDArray[np.bool_]) -> Frame:
    """Fill the hole of a picture; the same picture and hole give the same result.

    Parameters
    ----------
    picture : (H, W, 3) uint8; what lies in the hole does not matter
    hole : (H, W) bool

    Returns
    -------
    (H, W, 3) uint8, outside the hole equal to ``picture``
    """
    import cv2

    if not hole.any():
        return picture
    height, width = hole.shape
    scale = min(1.0, _SMALL_PX / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    solid = cv2.resize((~hole).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    known = solid > 0.999
    if not known.any():
        return np.where(hole[..., None], np.uint8(128), picture)
    clean = np.where(hole[..., None], np.uint8(0), picture)
    small = cv2.resize(clean, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    done = complete(small, known, level_start(small, known), np.random.default_rng(_SEED))
    guess = _upsized(done.values, (width, height)) + _detail(picture, hole, done.values, done.offset)
    guess += _step_at_rim(guess, picture, hole)
    return np.where(hole[..., None], np.clip(guess + 0.5, 0, 255).astype(np.uint8), picture)


def level_start(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """A first guess (h, w, 3) float32: in every row the medians of what is known left and right of the hole, each for
    its half.

    Medians, not means: a plant that ends at the hole is no reason for a green wall.
    """
    height, width = known.shape
    start = membrane(values, known)
    for y in range(height):
        gap = np.flatnonzero(~known[y])
        for x in np.split(gap, np.flatnonzero(np.diff(gap) > 1) + 1) if len(gap) else []:
            reach = max(3, width // 12, len(x) // 3)
            sides = (slice(max(0, x[0] - reach), x[0]), slice(x[-1] + 1, x[-1] + 1 + reach))
            beside = [values[y, side][known[y, side]] for side in sides]
            level = [np.median(part, axis=0) for part in beside if len(part) >= 2]
            if level:
                middle = (x[0] + x[-1]) / 2
                start[y, x] = np.where((x <= middle)[:, None], level[0], level[-1])
    return start


def membrane(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """The smoothest continuation of the known pixels: Laplace's equation, each size started from half of it.

    Parameters
    ----------
    values : (h, w, c) float32
    known : (h, w) bool, at least one True

    Returns
    -------
    (h, w, c) float32, equal to ``values`` where known
    """
    import cv2

    height, width = known.shape
    if min(height, width) <= 4 or known.all():
        start = np.broadcast_to(values[known].mean(axis=0), values.shape).astype(np.float32)
    else:
        half = (max(2, (width + 1) // 2), max(2, (height + 1) // 2))
        weight = cv2.resize(known.astype(np.float32), half, interpolation=cv2.INTER_AREA)
        sums = cv2.resize(np.where(known[..., None], values, 0), half, interpolation=cv2.INTER_AREA)
        sums = sums.reshape(*weight.shape, -1)
        coarse = membrane(sums / np.maximum(weight, 1e-6)[..., None], weight > 1e-3)
        start = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).reshape(values.shape)
    result = np.where(known[..., None], values, start).astype(np.float32)
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
    for _ in range(0 if known.all() else 30):
        relaxed = cv2.filter2D(result, -1, cross, borderType=cv2.BORDER_REPLICATE).reshape(result.shape)
        result = np.where(known[..., None], values, relaxed).astype(np.float32)
    return result


def _detail(picture: Frame, hole: NDArray[np.bool_], small: Floats, offset: NDArray[np.int32]) -> Floats:
    """(H, W, 3) float32: what the full picture has over its small copy, read at every pixel's source."""
    import cv2

    height, width = hole.shape
    size = small.shape[1::-1]
    solid = np.where(hole[..., None], _upsized(small, (width, height)), picture).astype(np.float32)
    fine = solid - _upsized(cv2.resize(solid, size, interpolation=cv2.INTER_AREA), (width, height))
    fine[hole] = 0
    y, x = np.mgrid[:height, :width].astype(np.float32)
    move = cv2.resize(offset.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
    read = (x + move[..., 1] * (width / size[0]), y + move[..., 0] * (height / size[1]))
    return cv2.remap(fine, *read, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _step_at_rim(guess: Floats, picture: Frame, hole: NDArray[np.bool_]) -> Floats:
    """(H, W, 3) float32 to add: the step between the guess and the picture along the rim, carried in and fading."""
    import cv2

    height, width = hole.shape
    scale = min(1.0, 160 / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    # The guess holds the small copy of the picture outside the hole as well, so the two can be compared just there.
    rim = (cv2.dilate(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0) & ~hole
    weight = cv2.resize(rim.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    step = np.where(rim[..., None], picture.astype(np.float32) - guess, 0)
    step = cv2.resize(step, size, interpolation=cv2.INTER_AREA) / np.maximum(weight, 1e-3)[..., None]
    known = weight > 0.05
    if not known.any():
        return np.zeros_like(guess)
    # A larger step is a thing that ends at the rim, not a change of light: it would stain the whole hole.
    carried = membrane(np.clip(step, -_MOST_STEP, _MOST_STEP), known)
    return _upsized(carried, (width, height))


def _upsized(values: Floats, size: tuple[int, int]) -> Floats:
    import cv2

    return cv2.resize(values, size, interpolation=cv2.INTER_CUBIC)
