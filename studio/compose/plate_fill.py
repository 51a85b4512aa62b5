"""What stands where no frame ever saw the background: a guess from its surroundings.

Walls, floors and bricks repeat.  As in "Statistics of patch offsets for image completion" (He and Sun 2012) a few
offsets are found at which the surroundings of the hole look like themselves; every pixel of the hole takes the pixel
at one of them, the one that fits the nearest rim best.  A smooth membrane (Laplace's equation, coarse to fine) carries
the difference at the rim into the hole, as in "Poisson image editing" (Perez 2003), and stands alone where nothing
repeats: better no texture than a wrong one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame

_SMALL_PX = 320
_OFFSETS = 24
_RIM = 0.07
"""Width of the rim that is compared, as a share of the longer side."""

Floats = NDArray[np.float32]


def fill(picture: Frame, hole: NDArray[np.bool_]) -> Frame:
    """Fill the hole of a picture.

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
    if hole.all():
        return np.full_like(picture, 128)
    height, width = hole.shape
    scale = min(1.0, _SMALL_PX / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    solid = cv2.resize((~hole).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    known = solid > 0.999
    if not known.any():
        known = solid >= solid.max()
    clean = np.where(hole[..., None], np.uint8(0), picture)
    small = cv2.resize(clean, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth = membrane(small, known)
    guess = _upsized(smooth, (width, height))
    texture = _texture(picture, hole, small, known, smooth)
    if texture is not None:
        guess += texture
    # Where the small picture's pixels mix hole and rim, the last step is made at full size.
    filled = np.where(hole[..., None], np.clip(guess + 0.5, 0, 255).astype(np.uint8), picture)
    return _seam(filled, hole)


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
    if min(height, width) <= 4 or known.mean() > 0.9999:
        level = values[known].mean(axis=0)
        start = np.broadcast_to(level, values.shape).astype(np.float32)
    else:
        half = (max(2, (width + 1) // 2), max(2, (height + 1) // 2))
        weight = cv2.resize(known.astype(np.float32), half, interpolation=cv2.INTER_AREA)
        sums = cv2.resize(np.where(known[..., None], values, 0), half, interpolation=cv2.INTER_AREA)
        sums = sums.reshape(*weight.shape, -1)
        coarse = membrane(sums / np.maximum(weight, 1e-6)[..., None], weight > 1e-3)
        start = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).reshape(values.shape)
    result = np.where(known[..., None], values, start).astype(np.float32)
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
    y, x = np.flatnonzero(~known.all(axis=1)), np.flatnonzero(~known.all(axis=0))
    if len(y) == 0:
        return result
    box = np.s_[max(0, y[0] - 1) : y[-1] + 2, max(0, x[0] - 1) : x[-1] + 2]
    part, fixed, kept = result[box], known[box][..., None], result[box].copy()
    for _ in range(40):
        relaxed = cv2.filter2D(part, -1, cross, borderType=cv2.BORDER_REPLICATE).reshape(part.shape)
        part = np.where(fixed, kept, relaxed)
    result[box] = part
    return result


def _texture(
    picture: Frame, hole: NDArray[np.bool_], small: Floats, known: NDArray[np.bool_], smooth: Floats
) -> Floats | None:
    """(H, W, 3) float32 to add to the membrane; None where nothing repeats."""
    import cv2

    offsets = _offsets(small, known)
    if len(offsets) == 0:
        return None
    costs, sources = [], []
    flat = smooth.reshape(-1, 3)
    h, w = known.shape
    y, x = np.mgrid[:h, :w]
    for dx, dy in offsets:
        inside = (y + dy >= 0) & (y + dy < h) & (x + dx >= 0) & (x + dx < w)
        at = np.clip(y + dy, 0, h - 1) * w + np.clip(x + dx, 0, w - 1)
        usable = inside & known.ravel()[at]
        shifted = flat[at.ravel()].reshape(h, w, 3)
        both = usable & known
        wrong = ((shifted - smooth) ** 2).sum(axis=2)
        costs.append(np.where(usable, _carried(wrong, both), np.float32(np.inf)))
        sources.append(shifted)
    cost = np.stack(costs)
    best = cost.argmin(axis=0)
    least = np.take_along_axis(cost, best[None], axis=0)[0]
    share = _trust(least, smooth, known)
    share[~np.isfinite(least)] = 0
    labels = np.where(np.isfinite(least) & ~known, best, -1)
    return _drawn(picture, hole, small, known, offsets, labels, share)


def _offsets(small: Floats, known: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(dx, dy) in small pixels at which the rim of the hole looks like another known place, best first."""
    import cv2

    h, w = known.shape
    radius = max(2, round(_RIM * max(h, w)))
    hole = ~known
    rim = (cv2.dilate(hole.astype(np.uint8), np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)) > 0) & known
    shape = (2 * h, 2 * w)
    k, r = known.astype(np.float32), rim.astype(np.float32)

    def correlate(a: Floats, b: Floats) -> Floats:
        return np.fft.irfft2(np.conj(np.fft.rfft2(a, shape)) * np.fft.rfft2(b, shape), shape).astype(np.float32)

    count = correlate(r, k)
    use = correlate(hole.astype(np.float32), k) / max(1, hole.sum())
    total = np.zeros(shape, np.float32)
    for channel in range(3):
        plane = small[..., channel]
        total += correlate(r * plane**2, k) + correlate(r, k * plane**2) - 2 * correlate(r * plane, k * plane)
    mean = total / np.maximum(count, 1)
    allowed = (count > 0.3 * rim.sum()) & (use > 0.12)
    allowed[:3, :3] = allowed[-3:, :3] = allowed[:3, -3:] = allowed[-3:, -3:] = False
    score = np.where(allowed, mean / np.sqrt(np.maximum(use, 1e-6)), np.inf).astype(np.float32)
    found: list[tuple[int, int]] = []
    for _ in range(_OFFSETS):
        at = int(score.argmin())
        y, x = divmod(at, shape[1])
        if not np.isfinite(score[y, x]):
            break
        found.append((x - shape[1] if x >= w else x, y - shape[0] if y >= h else y))
        rows, columns = (np.arange(y - 3, y + 4) % shape[0])[:, None], np.arange(x - 3, x + 4) % shape[1]
        score[rows, columns] = np.inf
    return found


def _carried(wrong: Floats, both: NDArray[np.bool_]) -> Floats:
    """The mismatch of the known pixels carried into the hole, near ones first: a sum of ever wider windows."""
    import cv2

    value, weight = np.zeros_like(wrong), np.full_like(wrong, 1e-9)
    valid = both.astype(np.float32)
    for radius, share in ((3, 1.0), (8, 0.15), (24, 0.01), (80, 1e-4)):
        window = (2 * radius + 1, 2 * radius + 1)
        value += share * cv2.boxFilter(wrong * valid, -1, window, borderType=cv2.BORDER_CONSTANT)
        weight += share * cv2.boxFilter(valid, -1, window, borderType=cv2.BORDER_CONSTANT)
    return value / weight


def _trust(cost: Floats, smooth: Floats, known: NDArray[np.bool_]) -> Floats:
    """0..1, how much of the copied texture to show: little where it fits no better than a flat colour would."""
    import cv2

    wide = 2 * max(4, max(known.shape) // 24) + 1
    valid = known.astype(np.float32)
    blurred = membrane(cv2.blur(smooth, (7, 7)), np.ones_like(known))
    rough = ((smooth - blurred) ** 2).sum(axis=2)
    variance = _carried(rough, known)
    del wide, valid
    return np.clip(1.35 - 0.5 * cost / np.maximum(2 * variance, 12.0), 0.0, 1.0).astype(np.float32)


def _drawn(
    picture: Frame,
    hole: NDArray[np.bool_],
    small: Floats,
    known: NDArray[np.bool_],
    offsets: list[tuple[int, int]],
    labels: NDArray[np.intp],
    share: Floats,
) -> Floats:
    """Copied pixels less the membrane through their own rim, at full size."""
    import cv2

    height, width = hole.shape
    h, w = known.shape
    scale_x, scale_y = width / w, height / h
    total = np.zeros((height, width, 3), np.float32)
    weights = np.full((height, width, 1), 1e-6, np.float32)
    for index in np.unique(labels[labels >= 0]):
        dx, dy = offsets[index]
        fine = _refined(picture, hole, labels == index, round(dx * scale_x), round(dy * scale_y), (scale_x, scale_y))
        moved, usable = _moved(picture, ~hole, *fine)
        low = cv2.resize(np.where(usable[..., None], moved, 0), (w, h), interpolation=cv2.INTER_AREA)
        solid = cv2.resize(usable.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)
        low = low.astype(np.float32) / np.maximum(solid, 1e-3)[..., None]
        # What the copy would look like as a membrane through the same rim: the rest is its texture.
        base = membrane(low, (known & (solid > 0.99)) | _far(labels, index, known, solid))
        own = cv2.GaussianBlur((labels == index).astype(np.float32), (0, 0), 1.2) * (solid > 0.99)
        weight = cv2.resize(own, (width, height), interpolation=cv2.INTER_LINEAR) * usable
        detail = moved.astype(np.float32) - _upsized(base, (width, height))
        total += weight[..., None] * detail
        weights += weight[..., None]
    strength = cv2.resize(cv2.GaussianBlur(share, (0, 0), 2), (width, height), interpolation=cv2.INTER_LINEAR)
    return total / weights * strength[..., None]


def _far(labels: NDArray[np.intp], index: int, known: NDArray[np.bool_], solid: Floats) -> NDArray[np.bool_]:
    """Nothing is fixed inside the hole; kept as one place to say so when the rim is not covered at all."""
    del labels, index
    fixed = known & (solid > 0.99)
    return (solid > 0.99) if not fixed.any() else np.zeros_like(known)


def _refined(
    picture: Frame, hole: NDArray[np.bool_], own: NDArray[np.bool_], dx: int, dy: int, scale: tuple[float, float]
) -> tuple[int, int]:
    """The offset in full pixels that fits the rim near its own part of the hole best, within one small pixel."""
    import cv2

    height, width = hole.shape
    reach = max(1, int(np.ceil(max(scale))))
    near = cv2.dilate(own.astype(np.uint8), np.ones((25, 25), np.uint8))
    near = cv2.resize(near, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    y, x = np.nonzero(near & ~hole)
    if reach == 1 or len(y) < 50:
        return dx, dy
    pick = np.linspace(0, len(y) - 1, min(len(y), 6000)).astype(np.intp)
    y, x = y[pick], x[pick]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    here = grey[y, x]
    best, least = (dx, dy), np.inf
    for step_y in range(-reach, reach + 1):
        for step_x in range(-reach, reach + 1):
            ty, tx = y + dy + step_y, x + dx + step_x
            inside = (ty >= 0) & (ty < height) & (tx >= 0) & (tx < width)
            ty, tx = np.clip(ty, 0, height - 1), np.clip(tx, 0, width - 1)
            inside &= ~hole[ty, tx]
            if inside.sum() < 50:
                continue
            wrong = float(((grey[ty, tx] - here)[inside] ** 2).mean())
            if wrong < least:
                best, least = (dx + step_x, dy + step_y), wrong
    return best


def _moved(picture: Frame, usable: NDArray[np.bool_], dx: int, dy: int) -> tuple[Frame, NDArray[np.bool_]]:
    """The picture and its usable pixels, read at an offset; nothing is usable outside."""
    height, width = usable.shape
    moved, valid = np.zeros_like(picture), np.zeros_like(usable)
    y0, y1, x0, x1 = max(0, -dy), min(height, height - dy), max(0, -dx), min(width, width - dx)
    if y1 > y0 and x1 > x0:
        moved[y0:y1, x0:x1] = picture[y0 + dy : y1 + dy, x0 + dx : x1 + dx]
        valid[y0:y1, x0:x1] = usable[y0 + dy : y1 + dy, x0 + dx : x1 + dx]
    return moved, valid


def _upsized(values: Floats, size: tuple[int, int]) -> Floats:
    import cv2

    return cv2.resize(values, size, interpolation=cv2.INTER_CUBIC)


def _seam(filled: Frame, hole: NDArray[np.bool_]) -> Frame:
    """The fill's outermost pixels eased into the rim, so that no line shows."""
    import cv2

    soft = cv2.GaussianBlur(filled, (0, 0), 1.5)
    edge = hole & (cv2.erode(hole.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    return np.where(edge[..., None], soft, filled)
