"""The double as a posed body in clothes, with the head and the hair that are drawn.

The body gives volume, sleeves, hands and shoes; hair is drawn strand by strand, which no small mesh can do.  The drawn
head takes the place of the body's own, by the crown and the line of the neck: its skin behind collar and neck, its hair
before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic import age
from studio.animatic.body.camera import Camera
from studio.animatic.body.dress import Outfit, draw
from studio.animatic.body.dress import Wardrobe as Clothes
from studio.animatic.body.model import PARTS, Pose, load_body
from studio.animatic.body.raster import Mesh
from studio.animatic.body.shape import Rest, Shape
from studio.animatic.double.drape import press_of
from studio.animatic.double.figure import build_of
from studio.animatic.double.head import draw_head
from studio.animatic.double.look import DoubleLook
from studio.animatic.double.recloth import cloth_of, recloth
from studio.animatic.double.sprite import DoubleSprite
from studio.compose.blend import place_patch
from studio.core.frames import Patch
from studio.core.people import Light

Point = tuple[float, float]

_SLEEVES = {"tee": 0.30, "jumper": 1.0, "cardigan": 1.0, "shirt": 1.0, "hoodie": 1.0}
_COLLAR_M, _LOOSE_COLLAR_M = 0.020, 0.030
"""How far a round collar lies below the neck's lowest vertebra, and how much further a loose one."""
_BODY_PARTS = tuple(part for part in PARTS if part != "head")


@dataclass(frozen=True, slots=True)
class _Head:
    """The drawn head: layers, the top of the skull in them, the stature they were drawn for, head height in it."""

    skin: NDArray[np.uint8]
    hair: NDArray[np.uint8]
    crown_px: tuple[float, float]
    stature_px: float
    share: float


class BodyDouble:
    """One person of a film, dressed; draws itself in any pose.

    Parameters
    ----------
    rest : the body at rest; default: the mean of the look's age and sex
    """

    def __init__(self, look: DoubleLook, light: Light, rest: Rest | None = None) -> None:
        self.look, self.light = look, light
        self.model = load_body()
        self.rest = rest or self.model.rest(Shape(look.age_years, look.sex))
        kind = "jumper" if look.garment == "hoodie" else look.garment
        loose = age.stoop_deg(look.age_years) / age.stoop_deg(90)  # who has lost muscle wears what was bought before
        outfit = Outfit(
            look.skin_rgb,
            look.garment_rgb,
            look.trousers_rgb,
            kind=kind,
            sleeve=_SLEEVES[look.garment],
            collar_m=_COLLAR_M + _LOOSE_COLLAR_M * loose,
            loose=loose,
        )
        self.clothes = Clothes(self.model, self.rest, outfit, np.random.default_rng(look.seed))
        self._heads: dict[int, _Head] = {}
        self._head = np.flatnonzero(self.model.part == PARTS.index("head"))
        inside = np.isin(self.model.triangles, self._head).all(1)
        self._skull = self.model.triangles[inside]

    def _drawn_head(self, stature_px: float) -> _Head:
        """Skin and hair at about that size; strands are drawn once a size, so sizes come in steps of a fifth."""
        step = round(np.log(max(stature_px, 16.0)) / np.log(1.2))
        if step not in self._heads:
            kit = draw_head(self.look, float(1.2**step), self.light)
            self._heads[step] = _Head(_bytes(kit.skin), _bytes(kit.hair), kit.crown_px, kit.stature_px, kit.build.head)
        return self._heads[step]

    def _reclothed(
        self,
        patch: Patch,
        camera: Camera,
        points: dict[str, NDArray],
        forearms_px: Sequence[tuple[Point, Point]],
    ) -> Patch:
        """The body's patch with settled cloth on its back; only for somebody seen from behind."""
        corner = np.array([patch.x_px, patch.y_px], float)

        def pixel(name: str) -> Point:
            x, y = camera.project(points[name]) - corner
            return float(x), float(y)

        left, right = pixel("left_shoulder"), pixel("right_shoulder")
        if left[0] >= right[0]:  # it faces the lens
            return patch
        hips = np.array([pixel("left_hip"), pixel("right_hip")]).mean(0)
        lying = [tuple((x - corner[0], y - corner[1]) for x, y in arm) for arm in forearms_px]
        press = press_of(lying, left, right)  # type: ignore[arg-type]
        cloth, build = cloth_of(self.look), build_of(self.look.age_years, self.look.sex)
        hip = (float(hips[0]), float(hips[1]))
        below = self.look.trousers_rgb
        done = recloth(patch.rgba, left, right, hip, build, cloth, self.light, press, below)
        return Patch(done, patch.x_px, patch.y_px)

    def draw(
        self,
        camera: Camera,
        pose: Pose,
        *,
        occluders: tuple[Mesh, ...] = (),
        forearms_px: Sequence[tuple[Point, Point]] = (),
        within: tuple[int, int, int, int] | None = None,
    ) -> DoubleSprite:
        """The double in a pose, as ``camera`` sees it.

        Parameters
        ----------
        occluders : bodies that hide parts of it
        forearms_px : what lies on its back, each from elbow to hand, in the camera's pixels: the cloth is pressed there
        within : x0, y0, x1, y1 of the camera's picture beyond which nothing is wanted

        Returns
        -------
        the sprite; its anchors are pixels of its own patch, ``origin`` is where the camera's pixel (0, 0) lies in it
        """
        posed = self.model.pose(self.rest, pose)
        worn = self.clothes.wear(posed)
        skull = Mesh(posed.vertices_m, self._skull)
        grain = self.clothes.grain
        drawn = draw(camera, worn, self.light, grain, _BODY_PARTS, occluders=(skull, *occluders))
        points = self.model.keypoints(posed)
        names = ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_hip", "right_hip")
        body = self._reclothed(drawn.patch, camera, points, forearms_px)
        head = posed.vertices_m[self._head]
        neck_m = posed.joints_m[self.model.bone("neck")]
        upwards = head.mean(0) - neck_m
        crown_m = head[int(np.argmax((head - neck_m) @ upwards))]
        crown, neck = camera.project(np.stack([crown_m, neck_m]))
        stature_px = camera.focal_px * self.rest.shape.height_m / float(crown_m[2])
        drawn_head = self._drawn_head(stature_px)
        scale = stature_px / drawn_head.stature_px
        lean = float(np.degrees(np.arctan2(crown[0] - neck[0], neck[1] - crown[1])))
        at = (float(crown[0]), float(crown[1]))
        skin, hair = (
            place_patch(Patch(layer, 0, 0), drawn_head.crown_px, at, scale, lean)
            for layer in (drawn_head.skin, drawn_head.hair)
        )
        joined = _joined([skin, body, hair], within)
        # From behind, the picture's left is the body's left; from the front it is not: anchors keep the body's names.
        anchors = {name: camera.project(points[name]) for name in names}
        anchors |= {f"{side}_hand": camera.project(points[f"{side}_index"]) for side in ("left", "right")}
        anchors |= {"head_top": crown, "neck": neck, "origin": np.zeros(2)}
        anchors["hip"] = 0.5 * (anchors["left_hip"] + anchors["right_hip"])
        soles = np.stack([points[f"{side}_{part}"] for side in ("left", "right") for part in ("heel", "toe")])
        left, right = camera.project(soles).reshape(2, 2, 2).mean(1)
        anchors |= {"left_sole": left, "right_sole": right, "ground": 0.5 * (left + right)}
        corner = np.array([joined.x_px, joined.y_px], float)
        placed = {name: (float(p[0] - corner[0]), float(p[1] - corner[1])) for name, p in anchors.items()}
        width = float(np.linalg.norm(anchors["left_shoulder"] - anchors["right_shoulder"]))
        head_px = drawn_head.share * stature_px
        return DoubleSprite(joined.rgba, placed, width, head_px)


def _bytes(layer: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A premultiplied layer as bytes, no colour above its alpha."""
    rounded = np.clip(np.rint(layer), 0, 255).astype(np.uint8)
    np.minimum(rounded[..., :3], rounded[..., 3:], out=rounded[..., :3])
    return rounded


def _joined(layers: list[Patch], within: tuple[int, int, int, int] | None) -> Patch:
    """Premultiplied layers, back to front, as one."""
    import cv2

    boxes = [(p.x_px, p.y_px, p.x_px + p.rgba.shape[1], p.y_px + p.rgba.shape[0]) for p in layers if p.rgba.size]
    x0, y0 = (min(box[k] for box in boxes) for k in (0, 1))
    x1, y1 = (max(box[k] for box in boxes) for k in (2, 3))
    if within is not None:
        x0, y0, x1, y1 = max(x0, within[0]), max(y0, within[1]), min(x1, within[2]), min(y1, within[3])
    canvas = np.zeros((max(1, y1 - y0), max(1, x1 - x0), 4), np.uint8)
    for patch in layers:
        h, w = patch.rgba.shape[:2]
        a0, b0 = max(patch.x_px, x0), max(patch.y_px, y0)
        a1, b1 = min(patch.x_px + w, x1), min(patch.y_px + h, y1)
        if a0 >= a1 or b0 >= b1:
            continue
        part = np.ascontiguousarray(patch.rgba[b0 - patch.y_px : b1 - patch.y_px, a0 - patch.x_px : a1 - patch.x_px])
        below = canvas[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0]
        keep = cv2.merge([cv2.bitwise_not(cv2.extractChannel(part, 3))] * 4)
        below[:] = cv2.add(part, cv2.multiply(below, keep, scale=1 / 255))
    return Patch(canvas, x0, y0)
