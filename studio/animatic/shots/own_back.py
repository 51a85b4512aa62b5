"""The user from behind, large and out of focus, with the other self's arms round them: the foreground of a reverse
angle.

Both are the bodies of the embrace, dressed, posed against each other with places exchanged: the user has the back to
the lens.  Eye to eye, whatever their sizes: who hugs a child kneels, and the picture ends above the knees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import FACING, Camera
from studio.animatic.body.contact import Embrace, solve_embrace
from studio.animatic.body.dress import draw
from studio.animatic.body.model import BodyModel, Pose, load_body
from studio.animatic.body.poses import standing
from studio.animatic.body.raster import Mesh
from studio.animatic.body.shape import Rest, Shape
from studio.animatic.double.bodied import BodyDouble
from studio.animatic.double.figure import build_of
from studio.animatic.double.stance import holding
from studio.animatic.scene import Scene, drawing_light
from studio.compose.blend import lay_alpha, overlap, pad_patch
from studio.compose.lens import defocus
from studio.core.frames import Patch
from studio.core.people import Light

BLUR = 0.013
"""Radius of the disc that the foreground is blurred with, as a share of the film's height."""
_MOST_DRAWN_PX = 1500
_AWAY_M = 1.7
"""From the lens to the other self: the lens stands close behind the user's shoulder."""
_BESIDE_M, _BELOW_M = 0.11, 0.02
"""The user's shoulder line against the other's: cheek to cheek, a little lower."""
_SHOWN_STATURES = 0.62
"""How far down the user is drawn."""
_ARMS = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("upper_arm", "forearm", "hand"))
_FADE_M = (-0.06, 0.02)
"""Along the other's arm, from the elbow: what lies before it is the filmed shoulder's affair."""


@dataclass(frozen=True, slots=True)
class OwnBack:
    """Parameters
    ----------
    rgba : (h, w, 4) uint8 premultiplied
    pivot_px : the middle of the shoulder line in it
    grow : film pixels per pixel of it
    """

    rgba: NDArray[np.uint8]
    pivot_px: tuple[float, float]
    grow: float


def own_back(scene: Scene, head_px: float, side: int) -> OwnBack:
    """Draw it once for a shot.

    Parameters
    ----------
    head_px : height of the head in the film
    side : +1 when it will stand in the right half of the picture; the head leans away from that edge
    """
    # Seen from the other side, the light comes from the other side.
    light = drawing_light(scene)
    x, y, z = light.direction
    light = replace(light, direction=(-x, y, z))
    model, mine, theirs = load_body(), own_rest(scene), scene.hug.other
    embrace = embraced(model, mine, theirs, side)
    user = BodyDouble(scene.own_look, light, mine)
    stature_px = head_px / build_of(mine.shape.age_years, mine.shape.sex).head
    drawn_px = min(stature_px, _MOST_DRAWN_PX * scene.unit)
    posed = model.pose(mine, embrace.other)
    nearest_m = float(posed.joints_m[model.bone("head"), 2])
    reach = int(drawn_px)
    camera = Camera(drawn_px * nearest_m / mine.shape.height_m, (float(reach), float(reach)), (2 * reach, 2 * reach))

    beyond = model.pose(theirs, embrace.user)
    points = model.keypoints(beyond)
    lying = [camera.project(np.stack([points[f"{s}_elbow"], points[f"{s}_index"]])) for s in ("left", "right")]
    forearms = [((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))) for a, b in lying]
    neck_y = float(camera.project(posed.joints_m[model.bone("neck")])[1])
    within = (0, 0, 2 * reach, round(neck_y + _SHOWN_STATURES * drawn_px))
    other = Mesh(beyond.vertices_m, model.triangles)  # hides the user's hands on its back
    sprite = user.draw(camera, embrace.other, occluders=(other,), forearms_px=forearms, within=within)
    corner = sprite.anchors["origin"]
    left, right = sprite.anchors["left_shoulder"], sprite.anchors["right_shoulder"]

    grow = stature_px / drawn_px
    radius = BLUR * scene.size_px[1] / grow
    back = Patch(sprite.patch, -round(corner[0]), -round(corner[1]))
    arms = _arms(scene, model, camera, embrace, Mesh(posed.vertices_m, model.triangles), light)
    # an arm that comes from beyond the back must not end where the back's picture does
    whole = pad_patch(back, int(radius) + 2 + _beyond_px(back, arms))
    rgba = np.ascontiguousarray(whole.rgba)
    arms = Patch(arms.rgba, arms.x_px - whole.x_px, arms.y_px - whole.y_px)
    _shade_below(rgba, arms, 0.012 * drawn_px)
    _lay(rgba, arms)
    shift = (-round(corner[0]) - whole.x_px, -round(corner[1]) - whole.y_px)
    pivot = (0.5 * (left[0] + right[0]) + shift[0], 0.5 * (left[1] + right[1]) + shift[1])
    return OwnBack(defocus(rgba, radius), pivot, grow)


def _beyond_px(back: Patch, arms: Patch) -> int:
    """By how much the arms' picture reaches past the back's, at most, to any side."""
    (height, width), (tall, wide) = back.rgba.shape[:2], arms.rgba.shape[:2]
    right, low = arms.x_px + wide - back.x_px - width, arms.y_px + tall - back.y_px - height
    return max(0, back.x_px - arms.x_px, back.y_px - arms.y_px, right, low)


def own_rest(scene: Scene) -> Rest:
    """The user's body at rest: as fitted, or the mean of that age where nothing could be."""
    clone, fit = scene.preset.clone, scene.hug.fit
    shape = Shape(clone.my_age_years, scene.sex)
    if fit.ok:
        shape = replace(shape, build=fit.shape.build, proportions=fit.shape.proportions)
    return load_body().rest(shape)


def embraced(model: BodyModel, mine: Rest, theirs: Rest, side: int) -> Embrace:
    """Both bodies in contact, shoulders at one height; ``user`` is who faces the lens, ``other`` who turns the back."""
    rotations = standing(model, theirs)
    facing = np.asarray(FACING, np.float32)
    at_rest = model.pose(theirs, Pose(rotations, facing, np.zeros(3, np.float32)))
    shoulders = [at_rest.joints_m[model.bone(f"{s}_upper_arm")] for s in ("left", "right")]
    root = np.array([0.0, 0.0, _AWAY_M], np.float32) - np.mean(shoulders, axis=0).astype(np.float32)
    pose = Pose(rotations, facing, root.astype(np.float32))
    place = (_BESIDE_M * side, _BELOW_M)
    embrace = solve_embrace(model, theirs, pose, mine, place, "equal", 2.0 * side, 5.0 * side)
    return replace(embrace, other=_arms_low(model, mine, embrace.other))


def _arms_low(model: BodyModel, rest: Rest, pose: Pose) -> Pose:
    """The user's own arms round the other's waist: higher up they would lie before the face that the shot is about."""
    rotations, low = pose.rotations_rad.copy(), holding(model, rest)
    for side in ("left", "right"):
        for name in ("clavicle", "upper_arm", "forearm", "hand"):
            bone = model.bone(f"{side}_{name}")
            rotations[bone] = low[bone]
    return replace(pose, rotations_rad=rotations)


def _arms(scene: Scene, model: BodyModel, camera: Camera, embrace: Embrace, user: Mesh, light: Light) -> Patch:
    """The other self's arms in its own clothes, without what the user hides of them."""
    clothes, theirs = scene.double.clothes, scene.hug.other
    worn = clothes.wear(model.pose(theirs, embrace.user))
    elbow_m = clothes.chart.upper_m["arm"]
    fade_m = (elbow_m + _FADE_M[0], elbow_m + _FADE_M[1])
    return draw(camera, worn, light, clothes.grain, _ARMS, occluders=(user,), fade_m=fade_m).patch


def _shade_below(below: NDArray[np.uint8], patch: Patch, reach_px: float) -> None:
    """What an arm takes of the light on the back that it lies on, in place."""
    import cv2

    alpha = np.zeros(below.shape[:2], np.uint8)
    lay_alpha(alpha, patch)
    move = np.array([[1, 0, 0], [0, 1, reach_px]], np.float32)
    soft = cv2.GaussianBlur(cv2.warpAffine(alpha, move, alpha.shape[::-1]), (0, 0), reach_px)
    left = cv2.cvtColor(cv2.convertScaleAbs(soft, alpha=-0.5, beta=255), cv2.COLOR_GRAY2RGB)
    below[..., :3] = cv2.multiply(np.ascontiguousarray(below[..., :3]), left, scale=1 / 255)


def _lay(below: NDArray[np.uint8], patch: Patch) -> None:
    """Premultiplied "over" of one layer on another, in place."""
    found = overlap(below.shape, *patch.rgba.shape[:2], patch.x_px, patch.y_px)
    if found is None:
        return
    (x0, y0, x1, y1), (u0, v0, u1, v1) = found
    part = patch.rgba[v0:v1, u0:u1].astype(np.uint16)
    through = 255 - part[..., 3:]
    below[y0:y1, x0:x1] = np.minimum(part + (below[y0:y1, x0:x1] * through + 127) // 255, 255).astype(np.uint8)
