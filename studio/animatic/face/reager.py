"""Re-age the head and shoulders of one person: prepared once from a reference frame, applied to every frame of a shot.

Per frame: crop, matte pulled onto hair, background taken out of the rim's colours; masks and age textures carried onto
the face by a thin plate; beard, skin, hair and brows changed in place, each by its own module; then the whole cut-out
is warped at once, so that no background line bends.  What could flicker is fixed in `prepare`: colours, light, folds,
strands, the crop.

Not known here: teeth (a child keeps the user's), hats (left as they are), faces turned more than about 30 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import (
    beard,
    body_skin,
    cutout,
    garment,
    hair,
    hair_colour,
    hair_fit,
    hair_look,
    hair_thin,
    mesh,
    old,
    skin,
    young,
)
from studio.animatic.face.atlas import paint
from studio.animatic.face.backdrop import evidence, fit_backdrop
from studio.animatic.face.crop import box_about, crop, whole_quarters
from studio.animatic.face.folds import Gains
from studio.animatic.face.glasses import find_glasses, keep_straight
from studio.animatic.face.head_matte import beside_long_hair, no_spikes, only_attached
from studio.animatic.face.occluder import learn_face
from studio.animatic.face.planes import between
from studio.animatic.face.seen import Seen, carry, look
from studio.animatic.face.sitter import Ages, Sitter
from studio.animatic.face.softness import blur_px
from studio.animatic.face.table import LAYOUT_WIDTH_IPD
from studio.animatic.face.warp import Warp, plan_warp, warp_field
from studio.core.errors import InputError
from studio.core.frames import Frame, Patch
from studio.core.settings import Rgb

_ENLARGED = 1.4
"""Enlargement from which the matte, which then has no finer detail, is worked out at half size."""
_BODY_SKIN_IPD = 3.4
"""How far below the eyes neck and decolletage are changed with the face."""
_REACH_IPD = (3.8, 3.4, 5.2)
"""The result around the eyes: to each side, up, down."""


@dataclass(frozen=True, slots=True)
class Reager:
    """One person, one pair of ages.  Make it with `prepare`.

    Parameters
    ----------
    crop_px : (x0, y0, x1, y1) part of the frame that is read; may reach outside the frame
    view_px : part of the frame that the result covers; smaller than the crop when the body is drawn smaller
    scale : enlargement of the crop; patches are in frame pixels x scale
    softness : width of the matte's soft edge, px
    room : see `fit_backdrop`
    neck_x_ipd : the neck's middle at shoulder height, right of the eyes' middle
    sitter : what was fitted to the person
    dye : the other shirt's colour, None keeps the user's
    """

    crop_px: tuple[int, int, int, int]
    view_px: tuple[int, int, int, int]
    scale: float
    softness: float
    room: NDArray[np.float32] | None
    neck_x_ipd: float
    sitter: Sitter
    warp: Warp
    dye: garment.Dye | None

    def apply(
        self,
        frame: Frame,
        face_px: NDArray,
        matte: NDArray[np.float32] | None = None,
        shift_px: tuple[float, float] = (0.0, 0.0),
    ) -> Patch:
        """Re-age one frame.

        Parameters
        ----------
        frame : (H, W, 3) uint8 RGB
        face_px : (478, 3) landmarks in its pixels, best smoothed over the shot with `face_mesh.steady`
        matte : (H, W) or smaller, float32 0..1; None treats everything as the person
        shift_px : frame and matte are moved by that first; the landmarks are where the face is then

        Returns
        -------
        Patch : premultiplied RGBA of head and shoulders, in frame pixels x ``scale``
        """
        import cv2

        rgb, alpha, face, pose = self.recoloured(frame, face_px, matte, shift_px)
        colours, share = cv2.convertScaleAbs(cv2.max(rgb, 0.0)), cv2.convertScaleAbs(alpha, alpha=255.0)
        # its own share times a full one stays what it is
        colours = cv2.cvtColor(colours, cv2.COLOR_RGB2RGBA)
        layer = cv2.multiply(colours, cv2.merge([share, share, share, share]), scale=1 / 255)
        neck_x = pose.centre_px[0] + self.neck_x_ipd * pose.ipd_px
        left, top, right, bottom = (
            round((a - b) * self.scale) for a, b in zip(self.view_px, self.crop_px[:2] * 2, strict=True)
        )
        view, step = (left, top, right, bottom), max(4.0, 0.2 * pose.ipd_px)
        field = warp_field(self.warp, face, pose, neck_x, view, step, self.sitter.hair.reach_ipd)
        keep_straight(field, (left, top), pose, self.sitter.glasses)
        chin = face[mesh.CHIN, 1] - top + 0.6 * pose.ipd_px
        layer = _warped(layer, field, round(float(chin)) if self.scale > _ENLARGED else field.shape[0])
        share = cv2.extractChannel(layer, 3)
        layer = cv2.min(layer, cv2.merge([share, share, share, share]))
        x0, y0 = self.view_px[:2]
        return Patch(layer, round(x0 * self.scale), round(y0 * self.scale))

    def recoloured(
        self,
        frame: Frame,
        face_px: NDArray,
        matte: NDArray[np.float32] | None = None,
        shift_px: tuple[float, float] = (0.0, 0.0),
        before: list[NDArray[np.float32]] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], mesh.Pose]:
        """The crop of one frame in its new colours, not warped yet; parameters as for `apply`.

        Parameters
        ----------
        before : takes a copy of the crop's colours as they were

        Returns
        -------
        rgb : (h, w, 3) 0..255, the person's colours, in pixels of ``crop_px`` x ``scale``
        alpha : (h, w) 0..1
        face, pose : the landmarks, and how the head is held, in the same pixels
        """
        rgb, alpha, face = crop(frame, face_px, matte, self.crop_px, self.scale, shift_px)
        pose = mesh.pose_of(face, self.sitter.ages.sex)
        alpha = self._matte(rgb, alpha, pose)
        rgb = cutout.clean_colours(rgb, alpha, 0.6 * self.scale)
        if before is not None:
            before.append(rgb.copy())
        self._recolour(rgb, alpha, face, pose)
        return rgb, alpha, face, pose

    def _matte(self, rgb: NDArray, alpha: NDArray, pose: mesh.Pose) -> NDArray[np.float32]:
        """The person's share of every pixel, free of what a matte adds round a head."""
        import cv2

        model, light, odds = self.sitter.hair, self.sitter.hair_look.light, None
        height, width = alpha.shape
        step = 2 if self.scale > _ENLARGED else 1
        if step > 1:
            half = (-(-width // step), -(-height // step))
            rgb, alpha = (cv2.resize(part, half, interpolation=cv2.INTER_AREA) for part in (rgb, alpha))
            pose = replace(pose, centre_px=(pose.centre_px + 0.5) / step - 0.5, ipd_px=pose.ipd_px / step)
        if self.room is not None:
            odds = evidence(rgb, self.room, 0.02 * pose.ipd_px)
        alpha = cutout.refine_matte(rgb, alpha, self.softness / step, odds)
        if odds is not None and model.reach_ipd > 2.3 and self.softness > 2.5:  # a sharp matte knows better
            beside_long_hair(rgb, alpha, pose, min(light[2], light[1] + 22), odds)
        only_attached(rgb, alpha, pose, model.table[:, 0])
        no_spikes(alpha, pose)
        return alpha if step == 1 else cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR)

    def _recolour(self, rgb: NDArray, alpha: NDArray, face: NDArray, pose: mesh.Pose) -> None:
        """Everything before the warp; changes ``rgb`` in place, but for the garment only round the head."""
        sitter = self.sitter
        if self.dye is not None:
            _dye_below(rgb, alpha, pose, sitter.hair, self.dye)
        reach = max(_BODY_SKIN_IPD, sitter.hair.reach_ipd + 0.2)
        x0, y0, x1, y1 = box_about(pose.centre_px, pose.ipd_px, (2.5, 3.2, reach), alpha.shape)
        x1, y1 = whole_quarters(x0, x1, alpha.shape[1]), whole_quarters(y0, y1, alpha.shape[0])
        rgb, alpha = rgb[y0:y1, x0:x1], alpha[y0:y1, x0:x1]
        face = face - np.array([x0, y0, 0], np.float32)
        pose = replace(pose, centre_px=pose.centre_px - (x0, y0))
        models = sitter.atlas, sitter.skin, sitter.hair, sitter.glasses, sitter.colours
        recolour(rgb, look(rgb, alpha, face, pose, *models), sitter)


def recolour(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> None:
    """Beard, skin, hair and brows of another age, in place: (h, w, 3) RGB 0..255 of the head."""
    ages = sitter.ages
    view = rgb[seen.part]
    filmed = view.copy() if seen.free.min() < 1 else None
    if ages.younger > 0:
        beard.shave(rgb, seen, sitter)
        young.rejuvenate(rgb, seen, sitter)
        body_skin.tone(rgb, body_skin.beyond(seen.body, seen.part, seen.ipd_px), sitter.tone)
        hair_colour.brighten(rgb, seen, sitter)
    if ages.worn > 0 or ages.greyer > 0:
        whiskers, brow = beard.whiskers(rgb, seen, sitter), hair_colour.brows(rgb, seen, sitter)
        if ages.worn > 0:
            old.weather(rgb, seen, sitter, 1 - whiskers)
            body_skin.tone(rgb, seen.body, sitter.tone)
        hair_colour.grey(rgb, seen, sitter, whiskers, brow)
    if filmed is not None:  # whatever the stages took it for
        view[:] = between(filmed, view, seen.free)


def prepare(
    frame: Frame,
    face_px: NDArray,
    matte: NDArray[np.float32] | None,
    *,
    from_years: float,
    to_years: float,
    sex: float,
    rng: np.random.Generator,
    scale: float = 1.0,
    garment_rgb: Rgb | None = None,
    striped: bool = False,
) -> Reager:
    """Fit everything that stays the same during a shot.

    Parameters
    ----------
    frame, face_px, matte : a sharp, frontal reference frame; see `Reager.apply`
    from_years, to_years : the user's age and the wanted one
    sex : 0 female, 1 male, .5 a mean of both tables
    rng : the person's generator: the same one gives the same folds
    scale : enlargement of the result (the face should not exceed about 300 px)
    garment_rgb, striped : the other self's shirt; None keeps the user's
    """
    if not np.isfinite(face_px).all():
        raise InputError("No face to re-age in this frame.", "Choose a moment in which the face looks at the camera.")
    pose = mesh.pose_of(face_px, sex)
    sides, up, down = (reach * pose.ipd_px for reach in _REACH_IPD)
    x, y = pose.centre_px
    warp = plan_warp(from_years, to_years, sex)
    more = 1 / min(1.0, warp.shoulders)
    chin = float(face_px[mesh.CHIN, 1])
    # where the frame ends, the (smaller) body ends too
    floor = chin + (frame.shape[0] - 1 - chin) * min(1.0, warp.body) - 0.2 * pose.ipd_px
    view = tuple(round(v) for v in (x - sides, y - up, x + sides, min(y + down, max(floor, y + 2.4 * pose.ipd_px))))
    read = tuple(round(v) for v in (x - sides * more, y - up, x + sides * more, y + down * more))
    rgb, alpha, face = crop(frame, face_px, matte, read, scale)
    large = mesh.pose_of(face, sex)
    ages = Ages(from_years, to_years, sex)
    gains = Gains.between(from_years, to_years)
    # an enlarged picture is softer than its pixels, and a blurred one softer still
    blur = scale * blur_px(frame, face_px)
    atlas = paint(max(64, round(LAYOUT_WIDTH_IPD * large.ipd_px)), gains, sex, rng, 0.45 * scale**1.15, blur)
    height, width = alpha.shape
    atlas = replace(atlas, **{name: np.zeros_like(atlas.skin) for name in _unread(ages)})
    carried, _ = carry(atlas, face, (0, 0, width, height), large.ipd_px)
    model = skin.fit_skin(rgb, face, carried, mesh.vertex_normals(face))
    softness = cutout.softness_px(alpha)
    room = fit_backdrop(rgb, alpha, _filmed(frame.shape, read, scale, alpha.shape), 0.5 * softness)
    odds = None if room is None else evidence(rgb, room, 0.02 * large.ipd_px)
    alpha = cutout.refine_matte(rgb, alpha, softness, odds)
    head = hair.head_grid(large, (width, height))
    # on a part fixed by the face: the crop goes with the wanted age
    x0, y0, x1, y1 = box_about(large.centre_px, large.ipd_px, _REACH_IPD, alpha.shape)
    near = np.s_[y0:y1, x0:x1]
    hair_model = hair_fit.fit_hair(rgb[near], alpha[near], head[near], face - np.float32([x0, y0, 0]), model)
    glasses = find_glasses(rgb, face, large)
    seen = look(rgb, alpha, face, large, atlas, model, hair_model, glasses)
    face_width = float(np.ptp(face_px[:468, 0]))
    whiskers = beard.fit(rgb, seen, model)
    sitter = Sitter(
        ages=ages,
        detail=float(np.clip((face_width - 20) / 180, 0, 1)),
        atlas=atlas,
        skin=replace(model, bearded=whiskers.share),
        beard=whiskers,
        hair=hair_model,
        hair_look=hair_look.fit_look(
            rgb,
            seen.hair,
            head,
            model,
            carried[..., skin.BROW],
            large.ipd_px,
            (from_years, to_years, sex),
            0.45 * scale,
            rng,
        ),
        recede=hair_thin.usual_recede(from_years, to_years, sex),
        glasses=glasses,
        colours=learn_face(rgb[seen.part], seen.uv, seen.face, large),
        tone=np.array([1, 0, 0], np.float32),
    )
    sitter = replace(sitter, tone=_tone(rgb.copy(), seen, sitter))
    return Reager(
        crop_px=read,
        view_px=view,
        scale=scale,
        softness=softness,
        room=room,
        neck_x_ipd=_neck_x(alpha, head),
        sitter=sitter,
        warp=warp,
        dye=garment.choose_dye(rgb, alpha, head, seen.hair, hair_model, large.ipd_px, garment_rgb, striped),
    )


def _unread(ages: Ages) -> tuple[str, ...]:
    """The textures of an atlas that nothing looks at between these ages; empty ones cost nothing in a frame."""
    of_age = ("fold", "spot", "slope_x", "slope_y", "mottle", "red", "hide", "opening")
    return "beard", *(of_age if ages.worn <= 0 else ()), *(("blush",) if ages.child <= 0 else ())


def _tone(rgb: NDArray[np.float32], seen: Seen, sitter: Sitter) -> NDArray[np.float32]:
    """How the face's bare skin changes in the reference frame; the rest of the body's follows it."""
    before = rgb.copy()
    bare = seen.carried[..., skin.SKIN] * seen.skin_like * (1 - beard.whiskers(rgb, seen, sitter))
    recolour(rgb, seen, sitter)
    face = body_skin.tone_of(before[seen.part], rgb[seen.part], bare)
    if sitter.ages.worn <= 0:
        return face
    # old skin is laid on the body too; only what is missing to the face's colour, for folds darken the face alone
    own = body_skin.tone_of(before, rgb, seen.body)
    return np.array([max(face[0] / own[0], 0.97), *(face[1:] - own[1:])], np.float32)


def _warped(layer: NDArray[np.uint8], field: NDArray[np.float32], fine_rows: int) -> NDArray[np.uint8]:
    """The layer (h, w, 4) pulled through a field, fine where the head is and above ``fine_rows``.

    Cubic interpolation costs ten times what linear does, and on enlarged cloth nobody can tell them apart.
    """
    import cv2

    fine = field.shape[0] if fine_rows >= field.shape[0] else max(0, fine_rows)
    out = np.zeros((*field.shape[:2], 4), np.uint8)
    coarse = field[fine:]
    if coarse.size:
        out[fine:] = cv2.remap(layer, coarse, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    if not fine:
        return out
    share = cv2.extractChannel(layer, 3)
    share = cv2.remap(share, field[:fine], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    for top in range(0, fine, _STRIP_PX):  # a head is narrower above and below than in its middle
        x, y, width, height = cv2.boundingRect(share[top : top + _STRIP_PX])
        if height:
            strip = np.s_[top + y : top + y + height, x : x + width]
            out[strip] = cv2.remap(layer, field[strip], None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
    return out


_STRIP_PX = 24
"""Height of the pieces in which a layer is warped finely; by trial."""


def _filmed(
    frame: tuple[int, ...], box: tuple[int, int, int, int], scale: float, shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Which pixels of a crop of ``shape`` lie within the frame."""
    x = (np.arange(shape[1]) + 0.5) / scale + box[0]
    y = (np.arange(shape[0]) + 0.5) / scale + box[1]
    return ((x > 0) & (x < frame[1]))[None] & ((y > 0) & (y < frame[0]))[:, None]


def _dye_below(rgb: NDArray, alpha: NDArray, pose: mesh.Pose, colours: hair.HairModel, wanted: garment.Dye) -> None:
    """Dye the garment in place: everything from the neck down."""
    top = int(np.clip(pose.centre_px[1] + 1.2 * pose.ipd_px, 0, alpha.shape[0] - 2))
    part = rgb[top:]
    below = replace(pose, centre_px=pose.centre_px - (0, top))
    head = hair.head_grid(below, (alpha.shape[1], alpha.shape[0] - top))
    nothing = np.zeros(part.shape[:2], np.float32)
    hanging = hair.hair_mask(part, alpha[top:], head, nothing, nothing, colours, pose.ipd_px)
    cloth = garment.find_garment(part, head, hanging, colours, wanted.table, pose.ipd_px)
    part[:] = garment.dye(part, cloth, head, wanted)


def _neck_x(alpha: NDArray, head: NDArray) -> float:
    """x of the neck's middle relative to the eyes, in ipd: centre of the matte's solid part near shoulder height."""
    band = (alpha > 0.5) & (head[..., 1] > 2.0) & (head[..., 1] < 2.8) & (np.abs(head[..., 0]) < 2.2)
    if band.sum() < 30:
        return 0.0
    return float(np.clip(head[..., 0][band].mean(), -0.8, 0.8))
