"""The glimpse: the other self as a photograph that comes alive.

An instant print lies over the user's own room, far out of focus.  Inside it the re-aged person moves, live, before a
soft
copy of the same room.  The print keeps the face small enough for the resolution it was filmed in, and its softness,
warmth
and faded blacks belong to the picture, not to a fault.

Everything that does not move is made once in `Glimpse.prepare`; a frame costs at most one `Reager.apply` and two warps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import reager as face_reager
from studio.animatic.face.crop import working_scale
from studio.animatic.face.mesh import pose_of
from studio.animatic.face.reager import Reager
from studio.core.frames import Frame, Patch, Size
from studio.core.settings import Rgb

MAX_ENLARGE = 4.0
"""Largest enlargement of the filmed face in a film 1080 wide; beyond it the face becomes smaller in the print instead,
but never so small that nobody can see an age in it."""
_PRINT_SHARE = 0.70
"""Width of the print in the film, with its border."""
_FACE_SHARE = (0.31, 0.42)
"""Least and wanted width of the face in the print's picture."""
_BORDER = 0.065
"""White round the picture, as a share of its width."""
_PICTURE_ASPECT = 1.12
"""Height over width of the print's picture."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A shot of its own for the other self.  Make it with `prepare_glimpse`.

    Parameters
    ----------
    size_px : of the film
    reager : the re-aged person
    picture_px : size of the print's picture
    offset_px : top left corner of the picture, in enlarged frame pixels
    room : (h, w, 3) soft background inside the print, wider than the picture so that it can drift
    paper : (h, w, 4) uint8 premultiplied, the print with its shadow, white where the picture comes
    table : (h, w, 3) the room far out of focus, small
    leak : (H, W, 3) light to screen over the frame
    vignette : (h, w, 3) darkness to multiply the picture with
    tilt_deg : how the print lies
    enlarge : from the re-aged patch to the picture
    """

    size_px: Size
    reager: Reager
    picture_px: Size
    offset_px: tuple[float, float]
    room: Frame
    paper: NDArray[np.uint8]
    table: Frame
    leak: Frame
    vignette: Frame
    tilt_deg: float
    enlarge: float

    def frame(self, user_frame: Frame, face_px: NDArray, matte: NDArray[np.float32] | None, t: float) -> Frame:
        """One frame of the shot.

        Parameters
        ----------
        user_frame, face_px, matte : as for `Reager.apply`
        t : 0 to 1, progress of the shot
        """
        return self.laid(self.reager.apply(user_frame, face_px, matte), t)

    def laid(self, patch: Patch, t: float, moved: NDArray | None = None) -> Frame:
        """One frame of the shot with a person that is re-aged already.

        Parameters
        ----------
        moved : (2, 3) where the head has gone since, in pixels of the clip
        """
        return self._lay(self._picture(patch, t, np.eye(2, 3) if moved is None else moved), t)

    def _picture(self, patch: Patch, t: float, moved: NDArray) -> Frame:
        """The print's picture: person over room, with a slow drift of the room for depth, and the print's faded
        colours."""
        import cv2

        width, height = self.picture_px
        drift = np.array([[1, 0, (t - 0.5) * 0.02 * width - (self.room.shape[1] - width) / 2],
                            [0, 1, -(self.room.shape[0] - height) / 2]], np.float32)  # fmt: skip
        canvas = cv2.warpAffine(self.room, drift, (width, height))
        grow = self.enlarge
        x, y = (
            grow * (at + 0.5) - 0.5 - corner
            for at, corner in zip((patch.x_px, patch.y_px), self.offset_px, strict=True)
        )
        # from clip pixels to those of the patch
        scale, corner = self.reager.scale, np.array([patch.x_px, patch.y_px]) + 0.5
        linear, shift = moved[:, :2], moved[:, 2] * scale
        gone = linear @ corner + shift + 0.5 * scale * (np.ones(2) - linear @ np.ones(2)) - corner
        move = np.column_stack([grow * linear, grow * gone + (x, y)]).astype(np.float32)
        layer = cv2.warpAffine(patch.rgba, move, (width, height), flags=cv2.INTER_CUBIC)
        person, alpha = cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB), cv2.extractChannel(layer, 3)
        through = cv2.bitwise_not(alpha)
        # light of the bright room bleeds round the outline, as it does through a lens
        wrap = cv2.cvtColor(cv2.multiply(_blur(through, 0.03 * width), alpha, scale=1 / 255), cv2.COLOR_GRAY2RGB)
        lit = cv2.add(person, cv2.multiply(cv2.subtract(canvas, person), wrap, scale=0.14 / 255))
        canvas = cv2.add(lit, cv2.multiply(canvas, cv2.cvtColor(through, cv2.COLOR_GRAY2RGB), scale=1 / 255))
        return cv2.multiply(_instant(canvas), self.vignette, scale=1 / 255)

    def _lay(self, picture: Frame, t: float) -> Frame:
        """Put the print on the table, move the camera slowly towards it, let light leak in."""
        import cv2

        width, height = self.size_px
        ease = t * t * (3 - 2 * t)
        drift = np.array([0.010 * width, -0.006 * height]) * (t - 0.5)
        middle = np.array([width / 2, height / 2])
        # the table lies further away: it grows and drifts less
        fill = 1.06 * max(width / self.table.shape[1], height / self.table.shape[0])
        far = _about(self.table.shape, (1 + 0.025 * ease) * fill, 0.0, middle - 0.6 * drift)
        out = cv2.warpAffine(self.table, far, (width, height), borderMode=cv2.BORDER_REFLECT)
        printed = self.paper.copy()
        left, top = _corner(self.picture_px)
        printed[top : top + picture.shape[0], left : left + picture.shape[1], :3] = picture
        near = _about(
            self.paper.shape, 1 + 0.07 * ease, self.tilt_deg + 0.8 * (t - 0.5), middle + drift - (0, 0.03 * height)
        )
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * self.paper.shape[1::-1] @ near[:, :2].T + near[:, 2]
        x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int) - 1, 0)
        x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int) + 2, (width, height))
        near[:, 2] -= (x0, y0)
        layer = cv2.warpAffine(printed, near, (int(x1 - x0), int(y1 - y0)))
        below = out[y0:y1, x0:x1]
        through = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2RGB)
        card = cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB)
        out[y0:y1, x0:x1] = cv2.add(card, cv2.multiply(below, through, scale=1 / 255))
        # light leaking in is screened: a + b (1 - a)
        level = 0.75 + 0.25 * np.sin(2 * np.pi * (0.15 + 0.7 * t))
        return cv2.add(out, cv2.multiply(cv2.bitwise_not(out), self.leak, scale=level / 255))


def prepare_glimpse(
    frame: Frame,
    face_px: NDArray,
    matte: NDArray[np.float32] | None,
    *,
    background: Frame | None,
    size_px: Size,
    from_years: float,
    to_years: float,
    sex: float,
    rng: np.random.Generator,
    garment_rgb: Rgb | None = None,
    striped: bool = False,
) -> Glimpse:
    """Everything that stays the same in the shot.

    Parameters
    ----------
    frame, face_px, matte : a sharp, frontal reference frame of the shot, see `face_reager.prepare`
    background : the room without the person, (H, W, 3) of the same size; None fills the person's place from around
    size_px : of the film
    rng : the person's generator
    garment_rgb, striped : the other self's shirt, best that of its double; None keeps the user's
    """
    width = size_px[0]
    pose = pose_of(face_px, sex)
    face_width = float(np.ptp(face_px[:468, 0]))
    picture_width = round(_PRINT_SHARE * width / (1 + 2 * _BORDER))
    least, wanted = (share * picture_width / face_width for share in _FACE_SHARE)
    scale = min(max(MAX_ENLARGE * width / 1080, least), wanted)
    worked = working_scale(pose.ipd_px)
    ages = {"from_years": from_years, "to_years": to_years, "sex": sex}
    worn = {"garment_rgb": garment_rgb, "striped": striped}
    reager = face_reager.prepare(frame, face_px, matte, **ages, rng=rng, scale=worked, **worn)
    picture = (picture_width, round(_PICTURE_ASPECT * picture_width))
    # eyes a little above the middle; a child's head is low in the picture, as photographs of children are
    eyes = pose.centre_px * scale
    # where the clip's lower edge cuts the body, the picture ends too
    top = min(eyes[1] - 0.44 * picture[1], reager.view_px[3] * scale - picture[1] - 2)
    offset = (float(eyes[0] - picture[0] / 2), float(max(top, eyes[1] - 0.62 * picture[1])))
    room_full = background if background is not None else _without_person(frame, matte)
    return Glimpse(
        size_px=size_px,
        reager=reager,
        picture_px=picture,
        offset_px=offset,
        room=_room(room_full, pose.centre_px, picture, scale),
        paper=_paper(picture, rng),
        table=_table(room_full, size_px),
        leak=_leak(size_px, rng),
        vignette=_vignette(picture),
        tilt_deg=float(rng.uniform(1.5, 3.0) * rng.choice((-1, 1))),
        enlarge=scale / worked,
    )


def _blur(mask: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    """A wide Gaussian at quarter size."""
    import cv2

    height, width = mask.shape
    small = cv2.resize(mask, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma_px / 4), (width, height), interpolation=cv2.INTER_LINEAR)


def _about(shape: tuple[int, ...], scale: float, turn_deg: float, centre: tuple[float, float]) -> NDArray[np.float32]:
    """Affine that scales and turns a picture of ``shape`` about its middle and puts the middle at ``centre``."""
    turn = np.radians(turn_deg)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array([shape[1] / 2, shape[0] / 2])
    return np.c_[linear, np.array(centre, float) - linear @ middle].astype(np.float32)


def _instant(rgb: Frame) -> Frame:
    """Colours of an old instant print: a little less colour, soft contrast, warm lifted blacks and creamy whites."""
    import cv2

    grey = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    muted = cv2.addWeighted(rgb, 0.88, grey, 0.12, 0)
    x = np.arange(256, dtype=np.float32)[:, None] / 255
    curve = x + 0.032 * np.sin(2 * np.pi * (x - 0.5))
    black, white = np.array([30, 23, 22], np.float32), np.array([252, 245, 226], np.float32)
    table = np.clip(black + curve * (white - black) + 0.5, 0, 255).astype(np.uint8)
    return cv2.LUT(muted, table[None])


def _vignette(size: Size) -> Frame:
    """Darker corners, as a picture to multiply with."""
    width, height = size
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
    return np.repeat(255 * (1 - 0.16 * np.clip(across**2 + down**2 - 0.35, 0, None)), 3, axis=2).astype(np.uint8)


def _margins(picture: Size) -> tuple[int, int, int]:
    """Room for the shadow, border, lower border, in px."""
    width = picture[0]
    return round(0.22 * width), round(_BORDER * width), round(0.22 * width)


def _corner(picture: Size) -> tuple[int, int]:
    """x, y of the picture on the paper."""
    shadow, border, _ = _margins(picture)
    return shadow + border, shadow + border


def _paper(picture: Size, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The print: off-white card with a faint texture, lit from above, and its soft shadow."""
    import cv2

    shadow, border, foot = _margins(picture)
    card_w, card_h = picture[0] + 2 * border, picture[1] + border + foot
    height, width = card_h + 2 * shadow, card_w + 2 * shadow
    shape = np.zeros((height, width), np.float32)
    shape[shadow : shadow + card_h, shadow : shadow + card_w] = 1
    rounded = cv2.GaussianBlur(shape, (0, 0), 0.008 * card_w)
    card = np.clip((rounded - 0.42) / 0.16, 0, 1)
    # two shadows: a close dark one and a wide one; the lower right corner curls up a little, so its shadow is wider
    near = cv2.GaussianBlur(
        np.roll(shape, (round(0.010 * card_w), round(0.006 * card_w)), (0, 1)), (0, 0), 0.012 * card_w
    )
    wide = cv2.GaussianBlur(
        np.roll(shape, (round(0.045 * card_w), round(0.022 * card_w)), (0, 1)), (0, 0), 0.045 * card_w
    )
    dark = 1 - (1 - 0.38 * near) * (1 - 0.42 * wide)
    grain = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), 0.9)
    light = np.linspace(1.0, 0.945, height, dtype=np.float32)[:, None] * np.linspace(
        1.0, 0.975, width, dtype=np.float32
    )
    colour = np.array([246, 240, 228], np.float32) * (light + 0.012 * grain)[..., None]
    # the picture lies a hair's breadth below the card
    left, top = _corner(picture)
    edge = np.zeros_like(shape)
    edge[top : top + picture[1], left : left + picture[0]] = 1
    colour *= (1 - 0.22 * np.clip(cv2.GaussianBlur(edge, (0, 0), 1.6), 0, 1))[..., None]
    alpha = card + (1 - card) * dark
    return np.clip(np.dstack([colour * card[..., None], 255 * alpha]) + 0.5, 0, 255).astype(np.uint8)


def _without_person(frame: Frame, matte: NDArray[np.float32] | None) -> Frame:
    """The room with the person's place filled from around; only good enough to be blurred."""
    import cv2

    from studio.animatic.face.cutout import clean_colours

    height, width = frame.shape[:2]
    small_size = (256, max(8, round(256 * height / width)))
    small = cv2.resize(frame, small_size, interpolation=cv2.INTER_AREA).astype(np.float32)
    if matte is None:
        return cv2.resize(small.astype(np.uint8), (width, height))
    person = cv2.dilate(cv2.resize(matte.astype(np.float32), small_size, interpolation=cv2.INTER_AREA), np.ones((9, 9)))
    filled = clean_colours(small, np.clip(1 - 2 * person, 0, 1))
    return cv2.resize(np.clip(filled, 0, 255).astype(np.uint8), (width, height))


def _lens_blur(rgb: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    """Blur by a disc in linear light, so that bright spots grow into discs as they do in a lens."""
    import cv2

    reach = max(1, round(radius))
    grid = np.arange(-reach, reach + 1)
    disc = np.clip(radius + 0.5 - np.hypot(grid[:, None], grid[None]), 0, 1).astype(np.float32)
    linear = (rgb / 255) ** 2.4
    return 255 * cv2.filter2D(linear, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT) ** (1 / 2.4)


def _room(room: Frame, eyes_px: NDArray, picture: Size, scale: float) -> Frame:
    """The part of the room behind the person, out of focus and bright like a window behind."""
    import cv2

    width, height = round(1.06 * picture[0]), picture[1]
    move = np.array(
        [[scale, 0, width / 2 - scale * eyes_px[0]], [0, scale, 0.44 * height - scale * eyes_px[1]]], np.float32
    )
    part = cv2.warpAffine(room, move, (width, height), borderMode=cv2.BORDER_REFLECT)
    small = cv2.resize(part, (width // 3, height // 3), interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = _lens_blur(small, 0.055 * width / 3)
    across = np.linspace(1, 0, soft.shape[1], dtype=np.float32)[None, :, None]
    down = np.linspace(1, 0, soft.shape[0], dtype=np.float32)[:, None, None]
    window = np.array([62, 50, 30], np.float32) * (across * down) ** 1.2
    soft = np.clip(255 - (255 - soft * 0.95) * (255 - window) / 255, 0, 255)
    return cv2.resize(soft.astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)


def _table(room: Frame, size_px: Size) -> Frame:
    """The whole room far out of focus, warm and dim, a quarter of the film's size."""
    import cv2

    width, height = size_px[0] // 4, size_px[1] // 4
    grow = 1.15 * max(width / room.shape[1], height / room.shape[0])
    part = cv2.warpAffine(
        room, _about(room.shape, grow, 0.0, (width / 2, height / 2)), (width, height), borderMode=cv2.BORDER_REFLECT
    )
    soft = _lens_blur(part.astype(np.float32), 0.075 * width)
    soft = cv2.GaussianBlur(soft, (0, 0), 0.01 * width)
    grey = soft.mean(-1, keepdims=True)
    warm = (grey + 0.8 * (soft - grey)) * np.array([0.80, 0.69, 0.56], np.float32) + np.array([14, 9, 5], np.float32)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
    warm *= 1 - 0.28 * np.clip(x**2 + y**2 - 0.3, 0, 1)
    return np.clip(warm, 0, 255).astype(np.uint8)


def _leak(size_px: Size, rng: np.random.Generator) -> Frame:
    """Warm light falling in from one upper corner."""
    import cv2

    height, width = 192, 108
    side = float(rng.choice((0.0, 1.0)))
    x = np.linspace(0, 1, width, dtype=np.float32)[None] - side
    y = np.linspace(0, 1.78, height, dtype=np.float32)[:, None] - 0.1
    near = np.exp(-((x / 0.55) ** 2 + (y / 0.8) ** 2))
    return (
        cv2.resize((near[..., None] * np.array([92, 58, 24], np.float32)), size_px, interpolation=cv2.INTER_CUBIC)
        .clip(0, 255)
        .astype(np.uint8)
    )
