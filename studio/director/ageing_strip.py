"""One person at many ages, side by side, each with a small caption."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame

_TILE_PX = 420
_LABEL_PX = 40
_GAP_PX = 6
_PAPER, _INK = (24, 24, 26), (235, 235, 232)
_HEAD_FACES = 1.05
"""Half the side of a tile in face heights: head, hair and shoulders."""


def lay_strip(picture: Frame, aged: Mapping[float, Frame], face_px: NDArray, now_years: float) -> Frame:
    """The pictures by age, from young to old, the filmed one among them as "now".

    Parameters
    ----------
    picture : (H, W, 3) uint8 as filmed
    aged : the same person by years, all of that size
    face_px : (478, 3) landmarks in it
    now_years : the age it stands for

    Returns
    -------
    (h, w, 3) uint8, one tile of the head and shoulders for each age
    """
    from PIL import Image, ImageDraw, ImageFont

    tiles = [(years, f"{years:g}", frame) for years, frame in aged.items()]
    tiles.append((now_years, "now", picture))
    # at the same age the filmed picture comes first
    tiles.sort(key=lambda tile: (tile[0], tile[1] != "now"))
    box = head_box(face_px, picture.shape[1::-1])
    width, height = box[2] - box[0], box[3] - box[1]
    across = round(_TILE_PX * min(1.0, width / height))
    down = round(_TILE_PX * min(1.0, height / width))
    sheet = Image.new("RGB", (len(tiles) * (across + _GAP_PX) - _GAP_PX, down + _LABEL_PX), _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(22)
    for number, (_, label, frame) in enumerate(tiles):
        part = Image.fromarray(np.ascontiguousarray(frame[box[1] : box[3], box[0] : box[2]]))
        x = number * (across + _GAP_PX)
        sheet.paste(part.resize((across, down), Image.Resampling.LANCZOS), (x, 0))
        pen.text((x + across / 2, down + _LABEL_PX / 2), label, fill=_INK, font=font, anchor="mm")
    return np.asarray(sheet)


def head_box(face_px: NDArray, size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1) of head and shoulders within the picture."""
    low, high = face_px[:468, :2].min(0), face_px[:468, :2].max(0)
    tall = float(high[1] - low[1])
    x, y = (low + high) / 2
    half = _HEAD_FACES * tall
    x0, x1 = max(0, round(x - 1.0 * half)), min(size_px[0], round(x + 1.0 * half))
    y0, y1 = max(0, round(y - 1.05 * half)), min(size_px[1], round(y + 1.35 * half))
    return x0, y0, x1, y1
