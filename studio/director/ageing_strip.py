"""One person at many ages, side by side, each with a small caption."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame

_TILE_PX, _TALL_PX = 420, 720
"""Most that a tile is wide and high."""
_LABEL_PX = 40
_GAP_PX = 6
_PAPER, _INK = (24, 24, 26), (235, 235, 232)
_HEAD_FACES = 1.05
"""Half the side of a tile in face heights: head, hair and shoulders."""


def lay_strip(
    picture: Frame, aged: Mapping[float, Frame], box_px: tuple[int, int, int, int], now_years: float
) -> Frame:
    """The pictures by age, from young to old, the filmed one among them as "now".

    Parameters
    ----------
    picture : (H, W, 3) uint8 as filmed
    aged : the same person by years, all of that size
    box_px : (x0, y0, x1, y1), the part of every picture that is shown: `head_box` or `figure_box`
    now_years : the age it stands for

    Returns
    -------
    (h, w, 3) uint8, one tile for each age
    """
    from PIL import Image, ImageDraw, ImageFont

    tiles = [(years, f"{years:g}", frame) for years, frame in aged.items()]
    tiles.append((now_years, "now", picture))
    # at the same age the filmed picture comes first
    tiles.sort(key=lambda tile: (tile[0], tile[1] != "now"))
    box = box_px
    width, height = box[2] - box[0], box[3] - box[1]
    shrink = min(_TILE_PX / width, _TALL_PX / height)
    across, down = max(1, round(width * shrink)), max(1, round(height * shrink))
    sheet = Image.new("RGB", (len(tiles) * (across + _GAP_PX) - _GAP_PX, down + _LABEL_PX), _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(22)
    for number, (_, label, frame) in enumerate(tiles):
        part = Image.fromarray(np.ascontiguousarray(frame[box[1] : box[3], box[0] : box[2]]))
        x = number * (across + _GAP_PX)
        sheet.paste(part.resize((across, down), Image.Resampling.LANCZOS), (x, 0))
        pen.text((x + across / 2, down + _LABEL_PX / 2), label, fill=_INK, font=font, anchor="mm")
    return np.asarray(sheet)


def figure_box(matte: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1) of the whole person; from a matte (h, w) of the picture."""
    import cv2

    x, y, width, height = cv2.boundingRect((matte > 127).astype(np.uint8))
    margin = round(0.05 * height)
    x0, x1 = max(0, x - margin), min(matte.shape[1], x + width + margin)
    return x0, max(0, y - margin), x1, min(matte.shape[0], y + height + margin)


def head_box(face_px: NDArray, size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1) of head and shoulders within the picture."""
    low, high = face_px[:468, :2].min(0), face_px[:468, :2].max(0)
    tall = float(high[1] - low[1])
    x, y = (low + high) / 2
    half = _HEAD_FACES * tall
    x0, x1 = max(0, round(x - 1.0 * half)), min(size_px[0], round(x + 1.0 * half))
    y0, y1 = max(0, round(y - 1.05 * half)), min(size_px[1], round(y + 1.35 * half))
    return x0, y0, x1, y1
