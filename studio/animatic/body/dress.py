"""A posed body in clothes, lit as the footage is: premultiplied pixels that can sit in a photograph.

``Wardrobe`` cuts the clothes once for a body; ``wear`` hangs them on a pose; ``draw`` makes pixels of all of it or only
of some parts (the arms).  What is worn is geometry: sleeves, hems, folds and cuffs have an outline, a depth and a light
side of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import Camera
from studio.animatic.body.chart import PARTS, Chart, chart_of, joints_of
from studio.animatic.body.cloth import KNITTED, RIB_M, Cloth, Kind, bends_of, make_cloth
from studio.animatic.body.raster import Mesh, Rect, bounds, gather, rasterise
from studio.animatic.body.shade import bumped, cloth, open_sky, skin
from studio.animatic.body.shell import Shell, cut_shell
from studio.core.frames import Frame, Patch
from studio.core.people import Light
from studio.core.settings import Rgb

GRAIN = 256  # side of the tiling noise that is cloth and skin seen close
GRAIN_M = 0.30  # that one tile covers
Material = Literal["skin", "cloth", "hair", "leather"]


@dataclass(frozen=True, slots=True)
class Outfit:
    """What the body wears; colours RGB 0..255 as they look in the footage.

    Parameters
    ----------
    kind : of the top
    sleeve : share of the arm, shoulder to wrist, that the sleeve covers
    """

    skin: Rgb
    top: Rgb
    trousers: Rgb
    shoes: Rgb = (52, 48, 46)
    hair: Rgb = (60, 45, 38)
    kind: Kind = "jumper"
    sleeve: float = 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """The fitted frame, whose pixels may clothe the body.

    Parameters
    ----------
    frame : (H, W, 3) uint8 RGB
    vertex_px : (V, 2) where each vertex of the body lies in it
    weight : (V,) 0..1, how far it may be trusted
    normals : (V, 3) in the fitted pose: the light that is already in the pixels is taken out by them
    """

    frame: Frame
    vertex_px: NDArray
    weight: NDArray
    normals: NDArray


@dataclass(frozen=True, slots=True)
class Piece:
    """Skin or a garment, cut."""

    name: str
    material: Material
    rgb: Rgb
    shell: Shell
    cloth: Cloth | None
    along_m: NDArray[np.float32]
    turn: NDArray[np.float32]
    rest_m: NDArray[np.float32]
    flesh: NDArray[np.float32]  # (n, 2): redness, nail


@dataclass(frozen=True, slots=True)
class Worn:
    """A piece on a pose: mesh in the camera frame with its normals."""

    piece: Piece
    vertices_m: NDArray[np.float32]
    normals: NDArray[np.float32]

    def mesh(self, parts: Sequence[str] | None = None) -> Mesh:
        """Its triangles, or only those cut from some parts of the body."""
        triangles = self.piece.shell.triangles
        if parts is not None:
            triangles = triangles[np.isin(self.piece.shell.part, [PARTS.index(name) for name in parts])]
        return Mesh(self.vertices_m, triangles)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What ``draw`` made.

    Parameters
    ----------
    patch : premultiplied pixels
    depth_m : (h, w) float32 of the patch's pixels, inf where nothing of it is seen
    """

    patch: Patch
    depth_m: NDArray[np.float32] = field(repr=False)


class Wardrobe:
    """Clothes cut for one body.

    Parameters
    ----------
    model : the body model: ``triangles``, ``part``, ``keypoints``
    rest : the body at rest: ``vertices_m`` (V, 3)
    posed : the same body posed at rest, from which the joints are read
    rng : draws the noise of cloth and skin
    """

    def __init__(self, model: Any, rest: Any, posed: Any, outfit: Outfit, rng: np.random.Generator) -> None:
        joints = joints_of(model, posed)
        self.model = model
        self.outfit = outfit
        self.chart = chart_of(rest.vertices_m, model.triangles, model.part, PARTS, joints)
        self.grain = _grain(rng)
        self.pieces = tuple(self._cut(np.asarray(rest.vertices_m), rng))

    def _cut(self, rest_m: NDArray, rng: np.random.Generator) -> list[Piece]:
        chart, outfit = self.chart, self.outfit
        arm = chart.upper_m["arm"] + chart.lower_m["arm"]
        leg = chart.upper_m["leg"] + chart.lower_m["leg"]
        cuff = outfit.sleeve * (arm - 0.012)
        hip_y = float(np.mean([chart.joints_m[f"{side}_hip"][1] for side in ("left", "right")]))
        shoulder_y = float(np.mean([chart.joints_m[f"{side}_shoulder"][1] for side in ("left", "right")]))
        hem = hip_y + 0.02 * (shoulder_y - hip_y)
        waist = hip_y + 0.30 * (shoulder_y - hip_y)
        ankle = leg - 0.045
        trunk, arms = chart.is_part("torso"), chart.is_part("upper_arm", "forearm", "hand")
        neck, legs = chart.is_part("neck", "head"), chart.is_part("thigh", "shin", "foot")
        along = chart.along_m
        collar = chart.collar_m - np.float32(0.022)
        top = np.select([arms, neck, trunk], [along - cuff, collar, np.maximum(hem - along, collar)], hem - along)
        trousers = np.select([legs & ~trunk, trunk], [along - ankle, along - waist], 1.0)
        shoes = np.select([chart.is_part("foot"), chart.is_part("shin")], [leg - 0.03 - along, leg - 0.03 - along], 1.0)
        bare = np.select([arms, neck, trunk], [cuff - 0.03 - along, -0.01 - chart.collar_m, 1.0], 1.0)
        flesh = self._flesh(rest_m)
        made = []
        plan = (
            ("skin", "skin", outfit.skin, bare, None, 0.0),
            ("top", "cloth", outfit.top, top, outfit.kind, cuff),
            ("trousers", "cloth", outfit.trousers, trousers, "trousers", ankle),
            ("shoes", "leather", outfit.shoes, shoes, "shoes", 0.0),
        )
        for name, material, rgb, outside, kind, end in plan:
            shell = cut_shell(self.model.triangles, chart.part, outside)
            garment = make_cloth(kind, shell, chart, end, waist if kind == "trousers" else hem, rng) if kind else None
            made.append(
                Piece(
                    name,
                    material,
                    rgb,
                    shell,
                    garment,
                    shell.carry(along),
                    shell.carry(chart.turn),
                    shell.carry(rest_m),
                    shell.carry(flesh),
                )
            )
        return made

    def _flesh(self, rest_m: NDArray) -> NDArray[np.float32]:
        """(V, 2) redness and nails."""
        return np.zeros((len(rest_m), 2), np.float32)

    def wear(self, posed: Any) -> list[Worn]:
        """Hang the clothes on a pose."""
        bends = bends_of(joints_of(self.model, posed))
        worn = []
        for piece in self.pieces:
            points, normals = piece.shell.pose(posed.vertices_m, posed.normals)
            height = piece.cloth.height(normals, bends) if piece.cloth else np.zeros(len(points), np.float32)
            worn.append(Worn(piece, *piece.shell.lifted(points, normals, height)))
        return worn


def draw(
    camera: Camera,
    worn: Sequence[Worn],
    light: Light,
    grain: NDArray[np.float32],
    parts: Sequence[str] | None = None,
    occluders: Sequence[Mesh] = (),
    source: Source | None = None,
    fade_m: tuple[float, float] | None = None,
    rect: Rect | None = None,
) -> Drawn:
    """Draw what is worn.

    Parameters
    ----------
    camera : of the picture that the patch is for
    grain : ``Wardrobe.grain``
    parts : only what was cut from these parts of the body
    occluders : meshes that hide it and shade it but are not drawn
    fade_m : along the arm, from where to where the drawing comes in softly; for arms that go on in the picture
    rect : crop of the picture; default: all of the body that is seen
    """
    meshes = [piece.mesh(parts) for piece in worn]
    if rect is None:
        used = [m.vertices_m[np.unique(m.triangles)] for m in meshes if len(m.triangles)]
        rect = bounds(camera, np.concatenate(used), 4) if used else (0, 0, 0, 0)
    x0, y0, x1, y1 = rect
    if x1 <= x0 or y1 <= y0:
        return Drawn(Patch(np.zeros((0, 0, 4), np.uint8), x0, y0), np.zeros((0, 0), np.float32))
    seen = rasterise(camera, [*meshes, *occluders], rect)
    nearest = seen.depth_m[::2, ::2]
    sky = open_sky(nearest, camera.focal_px, 0.012, 1.1) * open_sky(nearest, camera.focal_px, 0.06, 0.75)
    shape = (y1 - y0, x1 - x0)
    total, alpha = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    depth = np.full(shape, np.inf, np.float32)
    for index, (mesh, piece) in enumerate(zip(meshes, worn, strict=True)):
        if not len(mesh.triangles):
            continue
        colour, share, z = _colour(camera, seen, index, mesh, piece, sky, light, grain, source, fade_m)
        total += colour * share[..., None]
        alpha += share
        depth = np.where(share > 0, np.minimum(depth, z), depth)
    rgba = np.concatenate([total, alpha[..., None] * 255], -1)
    return Drawn(Patch(np.clip(rgba + 0.5, 0, 255).astype(np.uint8), x0, y0), depth)


def _colour(
    camera: Camera,
    seen: Any,
    index: int,
    mesh: Mesh,
    worn: Worn,
    sky: NDArray,
    light: Light,
    grain: NDArray,
    source: Source | None,
    fade_m: tuple[float, float] | None,
) -> tuple[NDArray, NDArray, NDArray]:
    """(h, w, 3) colour 0..255, (h, w) coverage and (h, w) depth of one piece."""
    import cv2

    piece = worn.piece
    columns = [worn.normals, piece.along_m[:, None], piece.turn, piece.rest_m, piece.flesh, worn.vertices_m[:, 2:]]
    values, share = gather(seen, mesh.triangles, np.concatenate(columns, 1), index)
    normals = values[..., :3]
    normals = normals / (np.linalg.norm(normals, axis=-1, keepdims=True) + np.float32(1e-6))
    along, turn, rest, flesh, z = values[..., 3], values[..., 4:6], values[..., 6:9], values[..., 9:11], values[..., 11]
    pixel_m = np.maximum(z, 0.1) / np.float32(camera.focal_px)
    scale = np.float32(GRAIN / GRAIN_M)
    u = (rest[..., 0] + rest[..., 2]) * scale
    close = cv2.remap(grain, u, rest[..., 1] * scale, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    if piece.material == "skin":
        normals = bumped(normals, close[..., 0] * np.float32(0.00012), pixel_m)
        mottled = np.asarray(piece.rgb, np.float32) * (1 + np.float32(0.018) * close[..., 1:])
        colour = skin(mottled, normals, sky, flesh[..., 0], flesh[..., 1], light)
    else:
        normals = bumped(normals, close[..., 0] * np.float32(0.00025), pixel_m)
        shade = 1 + np.float32(0.028) * close[..., :1] + np.float32(0.02) * close[..., 1:]
        shade = shade * _seams(piece, along, turn)[..., None]
        colour = cloth(np.asarray(piece.rgb, np.float32) * shade, normals, sky, light)
    if fade_m is not None:
        share = share * np.clip((along - fade_m[0]) / max(fade_m[1] - fade_m[0], 1e-3), 0, 1)
    return colour, share, z


def _seams(piece: Piece, along: NDArray, turn: NDArray) -> NDArray:
    """Factor of the colour: ribs of knitted bands, the shade at their edge, the seam at the shoulder."""
    factor = np.ones(along.shape, np.float32)
    garment = piece.cloth
    if garment is None or garment.kind == "shoes":
        return factor
    if garment.kind in KNITTED:
        for edge in (garment.end_m - along, along - garment.hem_m):
            band = (edge < RIB_M) & (edge > -0.02)
            ribs = 1 - 0.07 * (1 + np.cos(np.arctan2(turn[..., 1], turn[..., 0]) * 34))
            factor = np.where(band, factor * ribs, factor)
            factor *= 1 - np.float32(0.16) * np.exp(-(((edge - RIB_M) / 0.003) ** 2))
    elif garment.kind != "trousers":
        for edge in (garment.end_m - along, along - garment.hem_m):
            factor *= 1 - np.float32(0.12) * np.exp(-(((edge - 0.02) / 0.0018) ** 2))
    return factor


def _grain(rng: np.random.Generator) -> NDArray[np.float32]:
    """(256, 256, 2) tiling noise of unit variance: fine, and soft."""
    import cv2

    planes = []
    for sigma in (0.8, 6.0):
        raw = np.tile(rng.normal(size=(GRAIN, GRAIN)).astype(np.float32), (2, 2))
        half = GRAIN // 2
        soft = np.roll(cv2.GaussianBlur(raw, (0, 0), sigma)[half : half + GRAIN, half : half + GRAIN], (half, half), (0, 1))
        planes.append((soft - soft.mean()) / soft.std())
    return np.stack(planes, -1)
