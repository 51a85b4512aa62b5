"""What lies behind a drawn frame, laid over it: masks, joints, depth order.  For looking, never for a film."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.guide import CLASSES, Guide
from studio.animatic.build import Animatic
from studio.animatic.contact import matte_on_film
from studio.animatic.scene import Painted
from studio.compose.blend import lay_alpha
from studio.compose.view import View
from studio.core.frames import Frame

Overlay = Literal["masks", "joints", "depth"]
OVERLAYS: tuple[Overlay, ...] = ("masks", "joints", "depth")

_COLOURS = ((255, 120, 40), (60, 200, 255), (200, 90, 255), (255, 220, 60))
_USER, _FOREARM = (90, 255, 120), (255, 70, 110)
_BONES = (
    (11, 12), (11, 13), (13, 15), (15, 19), (12, 14), (14, 16), (16, 20), (11, 23), (12, 24), (23, 24), (23, 25),
    (25, 27), (24, 26), (26, 28), (0, 7), (0, 8),
)  # fmt: skip
_CLASS_COLOURS = {
    "user": (90, 255, 120), "user_arm": (255, 70, 110), "user_hand": (255, 220, 60), "other": (255, 120, 40),
    "other_arm": (60, 200, 255), "other_hand": (200, 90, 255),
}  # fmt: skip
_BODY_COLOURS = {"user": (90, 255, 120), "other": (255, 120, 40)}
_LIMBS = (
    ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), ("nose", "left_ear"), ("nose", "right_ear"),
    *((f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in (
        ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "index"), ("shoulder", "hip"), ("hip", "knee"),
        ("knee", "ankle"),
    )),
)  # fmt: skip
Point = tuple[int, int]
_LEAST_SEEN = 0.3


def lay_overlays(
    frame: Frame, painted: Painted, animatic: Animatic, film_frame: int, show: tuple[Overlay, ...]
) -> Frame:
    """The frame with what was asked for on top of it.

    Parameters
    ----------
    frame : (H, W, 3) uint8, the finished picture
    painted : as it was drawn at ``film_frame``
    """
    solved = animatic.guide(film_frame)
    if solved is not None:
        return _lay_guide(frame, solved, show)
    painter = animatic.painter(film_frame)
    view, position = painter.view(film_frame), painter.position(film_frame)
    layers = [_cover(frame, patch) for patch in painted.drawn]
    user = _user(animatic, view, position)
    arms = _forearms(animatic, view, position, film_frame)
    if "depth" in show:
        frame = _depth(frame, user, layers, arms)
    if "masks" in show:
        for cover, colour in ((user, _USER), *zip(layers, _COLOURS * len(layers), strict=False), (arms, _FOREARM)):
            if cover is not None:
                frame = _tinted(frame, cover, colour, fill=0.0 if cover is user else 0.35)
    if "joints" in show and view is not None:
        frame = _joints(frame, animatic, view, position)
    return frame


def _lay_guide(frame: Frame, solved: Guide, show: tuple[Overlay, ...]) -> Frame:
    """The bodies as they were posed: what the double and the arms were drawn from."""
    if "depth" in show:
        grey = np.where(solved.depth > 0, 60 + 195 * solved.depth, 25).astype(np.uint8)
        frame = np.repeat(grey[..., None], 3, axis=2)
    if "masks" in show:
        for name, colour in _CLASS_COLOURS.items():
            cover = np.where(solved.classes == CLASSES.index(name), 255, 0).astype(np.uint8)
            frame = _tinted(frame, cover, colour, fill=0.0 if name == "user" else 0.35)
    if "joints" in show:
        for name, joints in solved.joints_px.items():
            points = {joint: (round(x), round(y)) for joint, (x, y, _) in joints.items()}
            frame = _stick(frame, [(points[a], points[b]) for a, b in _LIMBS], _BODY_COLOURS[name])
    return frame


def _stick(frame: Frame, bones: list[tuple[Point, Point]], colour: tuple[int, int, int]) -> Frame:
    """Bones thin, joints as dots."""
    import cv2

    out, size = frame.copy(), max(1, frame.shape[0] // 480)
    for a, b in bones:
        cv2.line(out, a, b, (255, 255, 255), size, cv2.LINE_AA)
    for point in {end for bone in bones for end in bone}:
        cv2.circle(out, point, 2 * size + 1, colour, -1, cv2.LINE_AA)
    return out


def _cover(frame: Frame, patch) -> NDArray[np.uint8]:
    cover = np.zeros(frame.shape[:2], np.uint8)
    lay_alpha(cover, patch)
    return cover


def _user(animatic: Animatic, view: View | None, position: float) -> NDArray[np.uint8] | None:
    """The user's matte on the film."""
    if view is None:
        return None
    analysis = animatic.scene.analysis
    return matte_on_film(analysis.tracks.matte_at(position), view, analysis.size_px[0])


def _forearms(animatic: Animatic, view: View | None, position: float, film_frame: int) -> NDArray[np.uint8] | None:
    """The masks of the user's real forearms on the film, where the shot lays them over the double."""
    import cv2

    scene = animatic.scene
    if view is None or scene.forearms is None or film_frame < scene.timeline.contact_frame:
        return None
    x0, y0, _, _ = scene.forearms.box
    matrix = view.matrix()
    matrix[:, 2] += view.scale * np.array([x0, y0], np.float32)
    return cv2.warpAffine(scene.forearms.at(position), matrix, view.size_px, flags=cv2.INTER_LINEAR)


def _depth(
    frame: Frame, user: NDArray[np.uint8] | None, layers: list[NDArray[np.uint8]], arms: NDArray[np.uint8] | None
) -> Frame:
    """The order of the layers as grey: the brighter, the nearer."""
    order = [layer for layer in (user, *layers, arms) if layer is not None]
    grey = np.full(frame.shape[:2], 25.0, np.float32)
    for number, layer in enumerate(order):
        level = 90 + 150 * number / max(1, len(order) - 1)
        weight = layer.astype(np.float32) / 255
        grey = level * weight + grey * (1 - weight)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def _tinted(frame: Frame, cover: NDArray[np.uint8], colour: tuple[int, int, int], fill: float) -> Frame:
    """A colour laid over a mask, with its outline."""
    import cv2

    weight = fill * cover.astype(np.float32)[..., None] / 255
    out = (frame * (1 - weight) + np.array(colour, np.float32) * weight).astype(np.uint8)
    edges, _ = cv2.findContours((cover > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(out, edges, -1, colour, max(1, frame.shape[0] // 480), cv2.LINE_AA)
    return out


def _joints(frame: Frame, animatic: Animatic, view: View, position: float) -> Frame:
    """The pose as it was found, bones thin, joints as dots."""
    tracks = animatic.scene.analysis.tracks
    seen = tracks.visibility[tracks.row(round(position))]
    points = [(int(x), int(y)) for x, y in np.rint(view.to_film(tracks.pose_at(position)[:, :2]))]
    bones = [(points[a], points[b]) for a, b in _BONES if min(seen[a], seen[b]) > _LEAST_SEEN]
    return _stick(frame, bones, (255, 90, 60))
