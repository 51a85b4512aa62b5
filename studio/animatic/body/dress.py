"""A posed body in clothes, lit as the footage is: premultiplied pixels that can sit in a photograph.

``Wardrobe`` cuts the clothes once for a body; ``wear`` hangs them on a pose; ``draw`` makes pixels of all of it or only
of some parts (the arms).  What is worn is geometry: sleeves, hems, folds and cuffs have an outline, a depth and a light
side of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import Camera
from studio.animatic.body.chart import chart_of, lowered
from studio.animatic.body.cloth import KNITTED, RIB_M, Cloth, Kind, bends_of, make_cloth
from studio.animatic.body.model import PARTS, BodyModel, Posed
from studio.animatic.body.raster import Buffers, Mesh, Rect, bounds, gather, rasterise
from studio.animatic.body.shade import CLOTH, LEATHER, SKIN, SOURCE, Finish, open_sky, plausible, shaded, skin_finish
from studio.animatic.body.shape import Rest
from studio.animatic.body.shell import Shell, cut_shell
from studio.animatic.double.relief import lambert
from studio.core.frames import Frame, Patch
from studio.core.people import Light
from studio.core.settings import Rgb

UNLIKE = 24.0  # levels by which a source pixel may differ from its piece's colour, brightness apart
GRAIN = 256  # side of the tiling noise that is cloth and skin seen close


@dataclass(frozen=True, slots=True)
class Outfit:
    """What the body wears; colours RGB 0..255 as they look in the footage.

    Parameters
    ----------
    kind : of the top
    sleeve : share of the arm, shoulder to wrist, that the sleeve covers
    collar_m : how far below the line where the neck begins the collar lies
    loose : how much wider than a close fit the top hangs, 0 to 1
    """

    skin: Rgb
    top: Rgb
    trousers: Rgb
    shoes: Rgb = (52, 48, 46)
    hair: Rgb = (60, 45, 38)
    kind: Kind = "jumper"
    sleeve: float = 1.0
    collar_m: float = 0.0
    loose: float = 0.0


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
    """Skin or a garment, cut.

    Parameters
    ----------
    columns : (n, 10) float32, what the shading needs besides the normal and depth
    bare_to_m : way along the arm at which the hand begins
    """

    name: str
    finish: Finish
    shell: Shell
    cloth: Cloth | None
    columns: NDArray[np.float32]
    bare_to_m: float


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
        return Mesh(self.vertices_m, triangles, self.piece.cloth is not None)


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
    model, rest : the body
    rng : draws the noise of cloth and skin
    """

    def __init__(self, model: BodyModel, rest: Rest, outfit: Outfit, rng: np.random.Generator) -> None:
        self.model = model
        self.outfit = outfit
        self.chart = lowered(chart_of(model, rest), outfit.collar_m)
        self.grain = _grain(rng)
        self.pieces = tuple(self._cut(rng))

    def _cut(self, rng: np.random.Generator) -> list[Piece]:
        chart, outfit = self.chart, self.outfit
        arm = chart.upper_m["arm"] + chart.lower_m["arm"]
        leg = chart.upper_m["leg"] + chart.lower_m["leg"]
        cuff = outfit.sleeve * (arm - 0.005)
        hip_y, shoulder_y = chart.mean_height("hip"), chart.mean_height("shoulder")
        hem, waist = hip_y - 0.02 * (shoulder_y - hip_y), hip_y + 0.06 * (shoulder_y - hip_y)
        ankle = leg - 0.02
        arms, legs = chart.is_part("upper_arm", "forearm", "hand"), chart.is_part("thigh", "shin", "foot")
        trunk, neck = chart.is_part("torso"), chart.is_part("neck", "head")
        along, height = chart.along_m, chart.height_m
        collar = chart.collar_m - np.float32(0.003)
        outside = {
            "skin": np.select(
                [arms, neck, trunk], [cuff - 0.03 - along, -0.035 - chart.collar_m, -0.02 - chart.collar_m], 1.0
            ),
            "top": np.select(
                [arms, neck, trunk], [along - cuff, collar, np.maximum(hem - height, collar)], hem - height
            ),
            "trousers": np.select([legs, trunk], [np.maximum(along - ankle, height - waist), height - waist], 1.0),
            "shoes": np.select([chart.is_part("foot", "shin")], [leg - 0.06 - along], 1.0),
        }
        knit = outfit.kind in KNITTED
        wrap = (0.42, 0.40, 0.40)
        top = Finish(CLOTH, outfit.top, wrap, 0.05, (0.012, 0.010), 0.0, 0.16, knit, cuff, hem, RIB_M)
        denim = Finish(CLOTH, outfit.trousers, wrap, 0.04, (0.018, 0.018), 0.0, 0.10, False, ankle)
        shoe = Finish(LEATHER, outfit.shoes, wrap, 0.03, (0.02, 0.05), 10.0, 0.05)
        plan: tuple[tuple[str, Finish, Kind | None, float, float], ...] = (
            ("skin", skin_finish(outfit.skin), None, 0.0, 0.0),
            ("top", top, outfit.kind, cuff, hem),
            ("trousers", denim, "trousers", ankle, waist),
            ("shoes", shoe, "shoes", 0.0, 0.0),
        )
        by_vertex = (
            along[:, None],
            chart.limb_turn,
            height[:, None],
            chart.trunk_turn,
            chart.limb_share[:, None],
            chart.flesh,
        )
        made = []
        for name, finish, kind, end, edge in plan:
            shell = cut_shell(self.model.triangles, chart.part, outside[name])
            loose = outfit.loose if name == "top" else 0.0
            garment = make_cloth(kind, shell, chart, end, edge, rng, loose) if kind else None
            made.append(Piece(name, finish, shell, garment, shell.carry(np.concatenate(by_vertex, 1)), arm))
        return made

    def wear(self, posed: Posed) -> list[Worn]:
        """Hang the clothes on a pose."""
        bends = bends_of(self.model.keypoints(posed))
        worn = []
        for piece in self.pieces:
            points, normals = piece.shell.pose(posed.vertices_m, posed.normals)
            if piece.cloth is not None:
                points, normals = piece.shell.lifted(points, normals, piece.cloth.height(normals, bends))
            worn.append(Worn(piece, points, normals))
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
        used = [m.vertices_m[m.triangles[:, 0]] for m in meshes if len(m.triangles)]
        rect = bounds(camera, np.concatenate(used), 12) if used else (0, 0, 0, 0)
    x0, y0, x1, y1 = rect
    if x1 <= x0 or y1 <= y0:
        return Drawn(Patch(np.zeros((0, 0, 4), np.uint8), x0, y0), np.zeros((0, 0), np.float32))
    seen = rasterise(camera, [*meshes, *occluders], rect)
    sky = _sky(seen, camera.focal_px, light)
    shape = (y1 - y0, x1 - x0)
    rgba = np.zeros((shape[0] * shape[1], 4), np.float32)
    depth = np.full(shape[0] * shape[1], np.inf, np.float32)
    for index, (mesh, piece) in enumerate(zip(meshes, worn, strict=True)):
        if not len(mesh.triangles):
            continue
        columns = [piece.normals, piece.piece.columns, piece.vertices_m[:, 2:]]
        if source is not None:
            columns.append(_texture_columns(piece, source, light))
        where, values, share = gather(seen, mesh.triangles, np.concatenate(columns, 1), index)
        finish = piece.piece.finish
        if source is not None:
            finish = replace(finish, rgb=_own_colour(source, columns[-1], piece.piece), is_tinted=False)
            values = np.concatenate([values[:, :SOURCE], _texture(source, values[:, SOURCE:], finish.rgb)], 1)
        colour = shaded(values, sky[where], grain, light, finish)
        if fade_m is not None:
            share *= np.clip((values[:, 3] - fade_m[0]) / max(fade_m[1] - fade_m[0], 1e-3), 0, 1)
        rgba[where, :3] += colour * share[:, None]
        rgba[where, 3] += share * 255
        depth[where] = np.minimum(depth[where], values[:, 12])
    pixels = np.clip(rgba + np.float32(0.5), 0, 255).astype(np.uint8).reshape(*shape, 4)
    return Drawn(Patch(pixels, x0, y0), depth.reshape(shape))


def _texture_columns(worn: Worn, source: Source, light: Light) -> NDArray[np.float32]:
    """(n, 4) per vertex: place in the source frame, trust, and the light that is already in its pixels."""
    x, y, z = np.asarray(source.normals, np.float32).T
    shade = lambert(x, y, -z, plausible(light))
    by_vertex = np.concatenate([source.vertex_px, source.weight[:, None], shade[:, None]], 1)
    return worn.piece.shell.carry(by_vertex)


def _source_colour(source: Source, columns: NDArray) -> NDArray[np.float32]:
    """(n, 3) 0..255: the source's colour as if it faced the viewer."""
    import cv2

    at = np.ascontiguousarray(columns[:, :2] - np.float32(0.5), np.float32)  # pixel centres lie at .5
    rows = [np.zeros((0, 3), np.uint8)]
    for start in range(0, len(at), 30000):  # remap takes no longer rows than 32767
        part = at[start : start + 30000]
        rows.append(cv2.remap(source.frame, part[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0])
    light = np.sqrt(np.maximum(columns[:, 3:4], 0.35))
    return np.clip(np.concatenate(rows).astype(np.float32) / light, 0, 255)


def _texture(source: Source, columns: NDArray, rgb: tuple[float, float, float]) -> NDArray[np.float32]:
    """(n, 4): colour and trust, less where the colour cannot be the piece's (hair on a shoulder, a sleeve on skin)."""
    colour = _source_colour(source, columns)
    return np.concatenate([colour, np.clip(columns[:, 2:3], 0, 1) * _alike(colour, rgb)], 1).astype(np.float32)


def _alike(colour: NDArray, rgb: tuple[float, float, float]) -> NDArray[np.float32]:
    """(n, 1) 0..1, how far colours may be light and shade on ``rgb``."""
    wanted = np.asarray(rgb, np.float32)
    ratio = np.clip(colour.mean(1, keepdims=True) / max(float(wanted.mean()), 1), 0.6, 1.5)
    apart = np.linalg.norm(colour - ratio * wanted, axis=1, keepdims=True)
    return np.clip(2 - apart / UNLIKE, 0, 1).astype(np.float32)


def _own_colour(source: Source, columns: NDArray, piece: Piece) -> tuple[float, float, float]:
    """The piece's colour in the source, to be used where its pixels do not reach; the outfit's where it is not seen.

    Skin is read off the bare forearms: a face has other light and make-up, a palm another colour than the back of the
    hand.
    """
    known = columns[:, 2] > 0.7
    if piece.finish.material == SKIN:
        known &= (piece.columns[:, 6] > 0.9) & (piece.columns[:, 0] > 0.06) & (piece.columns[:, 0] < piece.bare_to_m)
    if known.sum() < 60:
        return piece.finish.rgb
    red, green, blue = np.median(_source_colour(source, columns[known]), axis=0)
    found = (float(red), float(green), float(blue))
    if _alike(np.array([found], np.float32), piece.finish.rgb)[0, 0] > 0.05:
        return found
    is_skin = piece.finish.material == SKIN and red > 1.08 * green > 1.08 * 0.98 * blue and red < 2.2 * blue
    return found if is_skin else piece.finish.rgb


def _sky(seen: Buffers, focal_px: float, light: Light) -> NDArray[np.float32]:
    """(h * w,) ambient light left by what is near: hollows between fingers and folds, and the shade under an arm."""
    import cv2

    nearest = seen.depth_m[::2, ::2]
    towards = (0.55 * light.direction[0], 0.55 * light.direction[1])
    fine = 1 if nearest.size < 300_000 else 2
    sky = np.ones(nearest.shape, np.float32)
    for step, reach_m, strength in ((fine, 0.012, 1.0), (3 * fine, 0.06, 0.7)):
        found = open_sky(nearest[::step, ::step], focal_px / step, reach_m, strength, towards)
        sky *= found if step == 1 else cv2.resize(found, nearest.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return sky.ravel()


def _grain(rng: np.random.Generator) -> NDArray[np.float32]:
    """(256, 256, 2) tiling noise of unit variance: fine, and soft."""
    import cv2

    planes = []
    for sigma in (0.8, 6.0):
        raw = np.tile(rng.normal(size=(GRAIN, GRAIN)).astype(np.float32), (2, 2))
        half = GRAIN // 2
        soft = np.roll(
            cv2.GaussianBlur(raw, (0, 0), sigma)[half : half + GRAIN, half : half + GRAIN], (half, half), (0, 1)
        )
        planes.append((soft - soft.mean()) / soft.std())
    return np.stack(planes, -1)
