"""What is drawn once for a shot of the embrace: the double, and the user's posed arms, as soft as the footage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.camera import Camera
from studio.animatic.body.model import load_body
from studio.animatic.double.looks import style
from studio.animatic.double.stance import camera_for
from studio.animatic.hug import guessed_pose
from studio.animatic.scene import Scene
from studio.compose.blend import pad_patch
from studio.compose.lens import defocus
from studio.compose.match import Texture, matched
from studio.compose.view import View
from studio.core.frames import Frame, Patch
from studio.core.people import LEFT_ELBOW, LEFT_INDEX, RIGHT_ELBOW, RIGHT_INDEX

Point = tuple[float, float]

MOST_SCALE = 2.0
"""Sprite pixels per clip pixel: the user's own picture is enlarged too, and a finer drawing would be blurred again."""


@dataclass(frozen=True, slots=True)
class Sprites:
    """Layers in pixels of the clip times ``scale``; their corners say where they lie.

    Parameters
    ----------
    double : the other self, without what the user's body hides of it
    arms : the user's posed arms; None where they are filmed, or cannot be posed
    shoulders_px : (2,) middle of the double's shoulder line, clip pixels
    shoulder_width_px : of the double, clip pixels
    scale : sprite pixels per clip pixel
    """

    double: Patch
    arms: Patch | None
    shoulders_px: NDArray[np.float64]
    shoulder_width_px: float
    scale: float


def draw_sprites(
    scene: Scene, view: View, most_scale: float, frame: Frame, region: NDArray[np.bool_], blur_px: float
) -> Sprites:
    """Draw both.

    Parameters
    ----------
    view, frame : in the middle of the shot: the user's picture, whose softness and grain in ``region`` are matched
    most_scale : the largest scale of the shot
    blur_px : radius of the defocus on the film
    """
    scale = min(most_scale, MOST_SCALE)
    stand, hug = scene.stand, scene.hug
    if hug.embrace is not None:
        # Room around the clip: whoever leans over its edge is still drawn.
        width, height = hug.camera.size_px
        margin = max(width, height) // 2
        camera = hug.camera.cropped(-margin, -margin, (width + 2 * margin, height + 2 * margin), scale)
        users = (hug.user_trunk(),)
        sprite = scene.double.draw(
            camera, hug.embrace.other, occluders=users, forearms_px=_forearms(scene, camera, scale, margin)
        )
        corner = -margin * scale
    else:
        camera = camera_for(stand.stature_px * scale)
        sprite = scene.double.draw(camera, guessed_pose(hug.other, stand))
        corner = 0.0
    a = sprite.anchors
    here = 0.5 * (np.array(a["left_shoulder"]) + np.array(a["right_shoulder"]))
    place = np.array([corner - a["origin"][0], corner - a["origin"][1]])
    if hug.embrace is None:
        place = np.array([stand.shoulder_x_px, stand.shoulder_y_px]) * scale - here
    rgba = style(sprite.patch, scene.preset.hug.look, 0.0, scene.rng(31))
    double = Patch(rgba, round(place[0]), round(place[1]))
    shoulders = (here + (double.x_px, double.y_px)) / scale
    arms = _arms(scene, camera, margin_px=-corner) if scene.posed_arms is not None else None
    enlarge = view.scale / scale
    inner, rim = Texture.of(frame, region, view.scale), Texture.of(frame, _rim(region, scene.unit), view.scale)
    # What is beside the user's own limbs is compared with their outlines: in a fast arm they are softer than the face.
    limbs = replace(inner, edge_px=max(inner.edge_px, rim.edge_px))

    def finished(patch: Patch, texture: Texture, salt: int) -> Patch:
        radius = blur_px / enlarge
        padded = pad_patch(patch, int(radius) + 12)
        soft = matched(padded.rgba, texture, enlarge, scene.rng(salt))
        return Patch(defocus(soft, radius), padded.x_px, padded.y_px)

    return Sprites(
        finished(double, inner, 41),
        None if arms is None else finished(arms, limbs, 43),
        shoulders,
        sprite.shoulder_width_px / scale,
        scale,
    )


def _rim(region: NDArray[np.bool_], unit: float) -> NDArray[np.bool_]:
    """A band round a region's outline."""
    import cv2

    size = 2 * max(3, round(14 * unit)) + 1
    grown = cv2.dilate(region.astype(np.uint8), np.ones((size, size), np.uint8))
    return (grown > 0) & (cv2.erode(region.astype(np.uint8), np.ones((size, size), np.uint8)) == 0)


def _forearms(scene: Scene, camera: Camera, scale: float, margin_px: float) -> list[tuple[Point, Point]]:
    """The user's forearms over its back, elbow to hand, in the camera's pixels."""
    hug = scene.hug
    assert hug.embrace is not None  # noqa: S101 - asked by the caller
    if scene.forearms is None:
        model = load_body()
        points = model.keypoints(model.pose(hug.fit.clothed, hug.embrace.user))
        arms = [camera.project(np.stack([points[f"{s}_elbow"], points[f"{s}_index"]])) for s in ("left", "right")]
    else:
        pose = scene.analysis.tracks.pose_at(hug.fitted_at)[:, :2]
        ends = ((LEFT_ELBOW, LEFT_INDEX), (RIGHT_ELBOW, RIGHT_INDEX))
        arms = [(pose[list(pair)] + margin_px) * scale for pair in ends]
    return [((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))) for a, b in arms]


def _arms(scene: Scene, camera: Camera, margin_px: float) -> Patch:
    assert scene.posed_arms is not None  # noqa: S101 - asked by the caller
    drawn = scene.posed_arms.draw(camera)
    return Patch(drawn.rgba, drawn.x_px - round(margin_px), drawn.y_px - round(margin_px))
