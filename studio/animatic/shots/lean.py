"""A bent head: the picture around the user's head is turned and lowered a little, softly, so that no matte is needed.

Up to about eight degrees neither the neck nor what stands behind it shows the bend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.animatic.person import Person
from studio.core.frames import Frame

MOST_TILT_DEG = 7.0


@dataclass(frozen=True, slots=True)
class Lean:
    """How the head is bent, in clip pixels; ``angle_deg`` clockwise (to the picture's right)."""

    angle_deg: float
    shift_px: tuple[float, float]

    @property
    def is_still(self) -> bool:
        """Whether it changes nothing."""
        return abs(self.angle_deg) < 0.2 and max(map(abs, self.shift_px)) < 0.3


def lean_for(person: Person, side: int, is_child: bool) -> Lean:
    """What the user's own acting leaves to be done: bent towards a child, away beside an equal, nothing when it
    bends already.

    Parameters
    ----------
    side : +1 when the double's head is to the right in the picture
    """
    wanted = 5.5 * side if is_child else -MOST_TILT_DEG * side
    own = float(np.clip(person.tilt_deg, -15, 15))
    missing = wanted - own if abs(own) < 4 else 0.0
    angle = float(np.clip(missing, -MOST_TILT_DEG, MOST_TILT_DEG))
    part = abs(angle) / MOST_TILT_DEG
    sideways = 0.0 if is_child else -0.11 * side * person.shoulder_px * part
    return Lean(angle, (sideways, (0.07 if is_child else 0.04) * person.shoulder_px * part))


def lean_head(frame: Frame, person: Person, lean: Lean, moved_px: np.ndarray, amount: float = 1.0) -> Frame:
    """Bend the head in one clip frame.

    Parameters
    ----------
    moved_px : (2,) where the shoulders are now relative to ``person``
    amount : 0 to 1
    """
    import cv2

    if lean.is_still or amount <= 0:
        return frame
    head = person.head_height_px
    chin = person.chin_px + moved_px
    neck = np.array([chin[0], 0.55 * chin[1] + 0.45 * (person.shoulder_mid_px[1] + moved_px[1])])
    centre = np.array([person.face_mid_px[0] + moved_px[0], chin[1] - 0.5 * head])
    reach = 1.3 * head
    x0, y0 = np.maximum(np.floor(centre - reach).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(centre + reach).astype(int), frame.shape[1::-1])
    if x1 - x0 < 8 or y1 - y0 < 8:
        return frame
    # Weights and offsets vary slowly: a coarse grid, enlarged, is the same to a tenth of a pixel.
    step = 8
    gx, gy = np.meshgrid(np.arange(x0, x1 + step, step, np.float32), np.arange(y0, y1 + step, step, np.float32))
    distance = np.hypot((gx - centre[0]) / 1.05, gy - centre[1]) / head
    round_head = _smooth(1 - (distance - 0.58) / 0.62)
    shoulder_y = person.shoulder_mid_px[1] + moved_px[1]
    above = _smooth((shoulder_y - 0.02 * head - gy) / max(1.0, shoulder_y - chin[1] + 0.18 * head))
    weight = amount * round_head * above
    turn = np.deg2rad(lean.angle_deg) * weight
    dx, dy = gx - lean.shift_px[0] * weight - neck[0], gy - lean.shift_px[1] * weight - neck[1]
    cos, sin = np.cos(turn), np.sin(turn)
    # Backward map: turn against the wanted direction.
    field = np.dstack([cos * dx + sin * dy + neck[0] - gx, -sin * dx + cos * dy + neck[1] - gy]).astype(np.float32)
    height, width = int(y1 - y0), int(x1 - x0)
    grown = cv2.resize(field, (field.shape[1] * step, field.shape[0] * step), interpolation=cv2.INTER_LINEAR)
    offset = grown[step // 2 : step // 2 + height, step // 2 : step // 2 + width]
    if offset.shape[:2] != (height, width):
        offset = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    mx, my = np.meshgrid(np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32))
    out = frame.copy()
    out[y0:y1, x0:x1] = cv2.remap(
        frame, mx + offset[..., 0], my + offset[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return out


def tolerance(frame: Frame, person: Person, matte: np.ndarray) -> float:
    """How much of a bend the background bears, 0 to 1: bricks or a picture frame beside the head would show it.

    Measured as the share of strong edges in a ring round the head, outside the person.
    """
    import cv2

    head = person.head_height_px
    x, y = float(person.face_mid_px[0]), float(person.chin_px[1]) - 0.5 * head
    x0, x1 = max(0, int(x - 1.3 * head)), int(x + 1.3 * head)
    y0, y1 = max(0, int(y - 1.2 * head)), int(y + 0.7 * head)
    part = frame[y0:y1, x0:x1]
    if part.shape[0] < 16 or part.shape[1] < 16:
        return 1.0
    person_px = cv2.resize(np.asarray(matte, np.float32), frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)[
        y0:y1, x0:x1
    ]
    grey = cv2.GaussianBlur(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
    edges = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) > 45
    free = cv2.dilate(person_px, np.ones((9, 9), np.uint8)) < 0.2
    if free.sum() < 100:
        return 1.0
    return float(np.clip(1 - (edges[free].mean() - 0.01) / 0.05, 0.15, 1))


def _smooth(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)
