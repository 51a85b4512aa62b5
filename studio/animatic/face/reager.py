"""Re-age the head and shoulders of one person: prepared once from a reference frame, applied to every frame of a shot.

Per frame: crop, matte pulled onto hair, background taken out of the rim's colours; masks and age textures carried onto
the
face by a thin plate; skin, hair and brows changed in place; then the whole cut-out is warped at once, so that no
background
line bends.  What could flicker is fixed in `prepare`: colours, light, folds, strands, the crop.

Not known here: teeth (a child keeps the user's), glasses (they are warped along), hats (left as they are), faces turned
more than about 30 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.face import cutout, garment, hair, mesh, skin
from studio.animatic.face.atlas import Atlas, paint
from studio.animatic.face.planes import opened, times
from studio.animatic.face.table import LAYOUT_WIDTH_IPD, layout_uv
from studio.animatic.face.warp import Warp, plan_warp, warp_field
from studio.core.errors import InputError
from studio.core.frames import Frame, Patch
from studio.core.settings import Rgb

_STRAND_WIDTH_IPD = 5.0
_REACH_IPD = (3.8, 3.4, 5.2)
"""The result around the eyes: to each side, up, down."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one frame shows: the part of the head that the face fills, the atlas there, and where skin and hair are."""

    part: tuple[slice, slice]
    carried: NDArray[np.float32]
    normals: NDArray[np.float32]
    head: NDArray[np.float32]
    skin_like: NDArray[np.float32]
    hair: NDArray[np.float32]


def _look(
    rgb: NDArray,
    alpha: NDArray,
    face: NDArray,
    pose: mesh.Pose,
    atlas: Atlas,
    skin_model: skin.SkinModel,
    hair_model: hair.HairModel,
) -> _Looked:
    height, width = alpha.shape
    ipd = pose.ipd_px
    box = _face_box(face, ipd, (width, height))
    part = np.s_[box[1] : box[3], box[0] : box[2]]
    carried, normals = _carry(atlas, face, box, ipd)
    head = hair.head_grid(pose, (width, height))
    likeness = skin.skin_likeness(skin.to_lab(rgb[part]), skin_model)
    # a fringe hangs over the mesh: there the face must not keep it from being hair; brows, eyes and lips always do
    features = carried[..., [skin.BROW, skin.LIPS, skin.EYES]].sum(-1)
    middle = (np.abs(head[part]) < (0.95, 0.4)).all(-1)
    like_skin = np.maximum(np.clip((likeness - 0.35) / 0.25, 0, 1), middle)
    face_area, face_skin = np.zeros(alpha.shape, np.float32), np.zeros(alpha.shape, np.float32)
    face_area[part] = np.clip(1.15 * (carried[..., skin.SKIN] + features), 0, 1)
    face_skin[part] = np.clip(1.15 * carried[..., skin.SKIN] * like_skin + 1.4 * features, 0, 1)
    hairy = hair.hair_mask(rgb, alpha, head, face_area, face_skin, hair_model, ipd)
    return _Looked(part, carried, normals, head, skin.colour_mask(likeness, rgb[part], ipd), hairy)


@dataclass(frozen=True, slots=True)
class Reager:
    """One person, one pair of ages.  Make it with `prepare`.

    Parameters
    ----------
    crop_px : (x0, y0, x1, y1) part of the frame that is read; may reach outside the frame
    view_px : part of the frame that the result covers; smaller than the crop when the body is drawn smaller
    scale : enlargement of the crop; patches are in frame pixels x scale
    softness : width of the matte's soft edge, px
    detail : 0..1, how much line detail the face's resolution carries
    neck_x_ipd : the neck's middle at shoulder height, right of the eyes' middle
    hair_light : L* of the hair, dark, middle, bright
    dye : the other shirt's colour, None keeps the user's
    """

    from_years: float
    to_years: float
    sex: float
    crop_px: tuple[int, int, int, int]
    view_px: tuple[int, int, int, int]
    scale: float
    softness: float
    detail: float
    neck_x_ipd: float
    atlas: Atlas
    warp: Warp
    skin: skin.SkinModel
    hair: hair.HairModel
    strands: NDArray[np.float32]
    hair_light: tuple[float, float, float]
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

        rgb, alpha, face = _crop(frame, face_px, matte, self.crop_px, self.scale, shift_px)
        pose = mesh.pose_of(face, self.sex)
        alpha = cutout.refine_matte(rgb, alpha, self.softness)
        if self.hair.reach_ipd > 4 and self.softness > 2.5:  # a sharp matte knows better
            _beside_long_hair(rgb, alpha, pose, min(self.hair_light[2], self.hair_light[1] + 22))
        _no_spikes(alpha, pose)
        rgb = cutout.clean_colours(rgb, alpha, 0.6 * self.scale)
        self._recolour(rgb, alpha, face, pose)
        bytes_of = cv2.convertScaleAbs
        layer = cv2.merge([*cv2.split(bytes_of(times(np.maximum(rgb, 0), alpha))), bytes_of(alpha, alpha=255.0)])
        neck_x = pose.centre_px[0] + self.neck_x_ipd * pose.ipd_px
        left, top, right, bottom = (
            round((a - b) * self.scale) for a, b in zip(self.view_px, self.crop_px[:2] * 2, strict=True)
        )
        field = warp_field(self.warp, face, pose, neck_x, (left, top, right, bottom), max(4.0, 0.2 * pose.ipd_px))
        layer = cv2.remap(layer, field, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
        np.minimum(layer[..., :3], layer[..., 3:], out=layer[..., :3])
        x0, y0 = self.view_px[:2]
        return Patch(layer, round(x0 * self.scale), round(y0 * self.scale))

    def _recolour(self, rgb: NDArray, alpha: NDArray, face: NDArray, pose: mesh.Pose) -> None:
        """Skin, hair, brows and beard, before the warp; changes ``rgb`` in place, only round the head."""
        if self.dye is not None:
            _dye_below(rgb, alpha, pose, self.hair, self.dye)
        reach = max(2.6, self.hair.reach_ipd + 0.2)
        x0, y0, x1, y1 = _box_about(pose.centre_px, pose.ipd_px, (2.5, 3.2, reach), alpha.shape)
        rgb, alpha = rgb[y0:y1, x0:x1], alpha[y0:y1, x0:x1]
        face = face - np.array([x0, y0, 0], np.float32)
        pose = replace(pose, centre_px=pose.centre_px - (x0, y0))
        looked = _look(rgb, alpha, face, pose, self.atlas, self.skin, self.hair)
        child = max(0.0, age.childhood(self.to_years) - age.childhood(self.from_years))
        worn = age.wear(self.to_years) - age.wear(self.from_years)
        younger = max(child, -0.6 * worn)
        if younger > 0:
            rgb[looked.part] = self._younger(rgb[looked.part], looked, pose.ipd_px, younger, child)
            rgb[:] = hair.child_hair(rgb, looked.hair, child, self.hair_light)
        if worn > 0:
            self._older(rgb, looked, worn)

    def _younger(self, view: NDArray, looked: _Looked, ipd: float, amount: float, child: float) -> NDArray[np.float32]:
        if child > 0.2 and self.skin.bearded > 0:
            clean = skin.predict(self.skin, looked.normals)
            view = view + self.skin.bearded * (skin.shave(view, clean, looked.carried, ipd) - view)
        return skin.soften(view, looked.carried, ipd, amount, float(self.skin.lab[0]))

    def _older(self, rgb: NDArray, looked: _Looked, amount: float) -> None:
        part, carried = looked.part, looked.carried
        skin_light = float(self.skin.lab[0])
        beard = np.zeros_like(looked.skin_like)
        if self.skin.bearded > 0:
            beard = self.skin.bearded * skin.beard_weight(rgb[part], skin.predict(self.skin, looked.normals), carried)
        dark = np.clip((skin_light - 6 - skin.to_lab(rgb[part])[..., 0]) / 14, 0, 1)
        brow = np.clip(1.3 * carried[..., skin.BROW], 0, 1) * dark
        rgb[part] = skin.weather(rgb[part], carried, looked.skin_like * (1 - beard), amount, self.detail, skin_light)
        share = max(0.0, age.grey_share(self.to_years) - age.grey_share(self.from_years))
        if share <= 0:
            return
        strands = self._strands_on(looked.head)
        ipd = 1 / float(np.hypot(*(looked.head[0, 1] - looked.head[0, 0])))
        line = cutout.unmix(rgb, looked.hair, 0.045 * ipd)
        mask = np.maximum(line.share, hair.fringe(rgb, looked.head, self.skin, self.hair_light))
        rgb[:] = hair.grey_hair(rgb, mask, looked.head, strands, share, skin_light, self.hair_light, line.inner)
        # brows go grey later than hair and never wholly
        short = np.maximum(0.8 * np.clip(1.2 * beard, 0, 1), 0.5 * brow) * (1 - mask[part])
        rgb[part] = hair.grey_hair(
            rgb[part], short, looked.head[part], strands[part], share, skin_light, self.hair_light
        )

    def _strands_on(self, head: NDArray[np.float32]) -> NDArray[np.float32]:
        import cv2

        side = self.strands.shape[0]
        long = self.hair.reach_ipd > 4
        at = (hair.strand_grid(head, long) / _STRAND_WIDTH_IPD + 0.5) * side
        # short hair shows its ends, not its length
        return (1.0 if long else 0.4) * cv2.remap(
            self.strands, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )


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
    crop = tuple(round(v) for v in (x - sides * more, y - up, x + sides * more, y + down * more))
    rgb, alpha, face = _crop(frame, face_px, matte, crop, scale)
    large = mesh.pose_of(face, sex)
    ipd = large.ipd_px
    wear = max(0.0, age.wear(to_years) - age.wear(from_years))
    atlas = paint(max(64, round(LAYOUT_WIDTH_IPD * ipd)), wear, sex, rng, 0.45 * scale)
    height, width = alpha.shape
    box = (0, 0, width, height)
    carried, _ = _carry(atlas, face, box, ipd)
    model = skin.fit_skin(rgb, face, carried, mesh.vertex_normals(face))
    softness = cutout.softness_px(alpha)
    alpha = cutout.refine_matte(rgb, alpha, softness)
    head = hair.head_grid(large, (width, height))
    hair_model = hair.fit_hair(rgb, alpha, head, model)
    looked = _look(rgb, alpha, face, large, atlas, model, hair_model)
    side = max(64, round(_STRAND_WIDTH_IPD * ipd * 0.8))
    face_width = float(np.ptp(face_px[:468, 0]))
    return Reager(
        from_years=from_years,
        to_years=to_years,
        sex=sex,
        crop_px=crop,
        view_px=view,
        scale=scale,
        softness=softness,
        detail=float(np.clip((face_width - 10) / 60, 0.5, 1)),
        neck_x_ipd=_neck_x(alpha, head),
        atlas=atlas,
        warp=warp,
        skin=model,
        hair=hair_model,
        strands=hair.strands(side, rng),
        hair_light=hair.lightness(rgb, looked.hair),
        dye=garment.choose_dye(rgb, alpha, head, looked.hair, hair_model, ipd, garment_rgb, striped),
    )


def _crop(
    frame: Frame,
    face_px: NDArray,
    matte: NDArray | None,
    box: tuple[int, int, int, int],
    scale: float,
    shift_px: tuple[float, float] = (0.0, 0.0),
):
    """Cut and enlarge picture, matte and landmarks alike; outside the frame its edge repeats."""
    import cv2

    x0, y0, x1, y1 = box
    size = (round((x1 - x0) * scale), round((y1 - y0) * scale))
    left, top = x0 - shift_px[0], y0 - shift_px[1]
    half = (scale - 1) / 2
    move = np.array([[scale, 0, half - left * scale], [0, scale, half - top * scale]], np.float32)
    rgb = cv2.warpAffine(frame, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    height, width = frame.shape[:2]
    if matte is None:
        alpha = cv2.warpAffine(np.ones((height, width), np.float32), move, size)
    else:
        # a matte may come at reduced size
        shrink = np.array([[width / matte.shape[1], 0, 0], [0, height / matte.shape[0], 0]], np.float32)
        joined = move[:, :2] @ shrink[:, :2]
        offset = move[:, 2:] + move[:, :2] @ np.float32(
            [[(width / matte.shape[1] - 1) / 2], [(height / matte.shape[0] - 1) / 2]]
        )
        alpha = cv2.warpAffine(
            matte.astype(np.float32),
            np.hstack([joined, offset]),
            size,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    # a head cut by the upper frame edge ends there; what the other edges cut goes on
    alpha[: max(0, round(-top * scale))] = 0
    face = np.asarray(face_px, np.float32) * np.float32(scale)
    face[:, :2] -= np.array([x0, y0], np.float32) * scale
    return rgb, np.clip(alpha, 0, 1), face


def _beside_long_hair(rgb: NDArray, alpha: NDArray, pose: mesh.Pose, brightest: float) -> None:
    """Take pieces of the background away that a matte has added to long hair.

    Beside the face and above the shoulders there is nothing but hair then, and much brighter than the hair at its
    brightest it is not.
    """
    import cv2

    x0, y0, x1, y1 = _box_about(pose.centre_px, pose.ipd_px, (2.6, 3.2, 2.3), alpha.shape)
    if x1 - x0 < 8 or y1 - y0 < 8:
        return
    part = rgb[y0:y1, x0:x1]
    head = hair.head_grid(replace(pose, centre_px=pose.centre_px - (x0, y0)), (x1 - x0, y1 - y0))
    x, y = head[..., 0], head[..., 1]
    beside = np.clip((np.hypot(x / 1.15, (y - 0.45) / 1.55) - 1) / 0.1, 0, 1) * np.clip((2.1 - y) / 0.3, 0, 1)
    beside *= np.maximum(np.clip((np.abs(x) - 0.95) / 0.1, 0, 1), np.clip(0.8 - y, 0, 1))
    light = cv2.GaussianBlur(skin.to_lab(part)[..., 0], (0, 0), 0.8)
    kept = alpha[y0:y1, x0:x1] * (1 - beside * np.clip((light - brightest - 2) / 7, 0, 1))
    # what is left of them, their shaded edges, is thin
    calm = cv2.GaussianBlur(opened(kept, max(1, round(0.13 * pose.ipd_px))), (0, 0), 1.0)
    alpha[y0:y1, x0:x1] = kept + beside * (np.minimum(kept, calm) - kept)


def _no_spikes(alpha: NDArray, pose: mesh.Pose) -> None:
    """Below the head there are no single hairs: what is thinner than a finger there is a fault of the matte."""
    import cv2

    rows = np.arange(alpha.shape[0], dtype=np.float32)[:, None]
    below = np.clip((rows - pose.centre_px[1]) / pose.ipd_px - 1.3, 0, 1)
    calm = cv2.GaussianBlur(opened(alpha, max(1, round(0.11 * pose.ipd_px))), (0, 0), 1.0)
    alpha += below * (np.minimum(alpha, calm) - alpha)


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


def _box_about(
    centre: NDArray, ipd: float, reach_ipd: tuple[float, float, float], shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Pixels within ``reach_ipd`` (sides, up, down) of the eyes and within a picture of ``shape``."""
    sides, up, down = (ipd * reach for reach in reach_ipd)
    x, y = centre
    return max(0, int(x - sides)), max(0, int(y - up)), min(shape[1], int(x + sides)), min(shape[0], int(y + down))


def _face_box(face: NDArray, ipd: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    low, high = face[:468, :2].min(0), face[:468, :2].max(0)
    x0, y0 = np.maximum(np.floor(low - 0.25 * ipd), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(high + np.array([0.25, 0.9]) * ipd), size).astype(int)
    return int(x0), int(y0), int(max(x1, x0 + 2)), int(max(y1, y0 + 2))


def _carry(atlas: Atlas, face: NDArray, box: tuple[int, int, int, int], ipd: float) -> tuple[NDArray, NDArray]:
    """Atlas (h, w, 8) and surface normals (h, w, 3) on the pixels of ``box``."""
    normals = mesh.vertex_normals(face)
    anchors = mesh.ANCHORS[mesh.ANCHORS < 468]
    spline = mesh.ThinPlate(
        face[anchors, :2].astype(float), np.c_[layout_uv()[anchors], normals[anchors]], smoothing=3e-5
    )
    field = spline.grid(box, max(3.0, 0.10 * ipd))
    turned = field[..., 2:]
    turned = turned / (np.linalg.norm(turned, axis=-1, keepdims=True) + 1e-6)
    return atlas.on_picture(field[..., :2]), turned


def _neck_x(alpha: NDArray, head: NDArray) -> float:
    """x of the neck's middle relative to the eyes, in ipd: centre of the matte's solid part near shoulder height."""
    band = (alpha > 0.5) & (head[..., 1] > 2.0) & (head[..., 1] < 2.8) & (np.abs(head[..., 0]) < 2.2)
    if band.sum() < 30:
        return 0.0
    return float(np.clip(head[..., 0][band].mean(), -0.8, 0.8))
