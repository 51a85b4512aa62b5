"""The user's arms that were drawn round the other self, against the filmed ones of the same take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.animatic.build import Animatic
from studio.animatic.contact import matte_on_film
from studio.animatic.scene import Scene
from studio.compose.blend import lay_alpha
from studio.compose.edge_width import edge_width
from studio.compose.view import View, look
from studio.core.frames import Frame
from studio.core.people import LEFT_ELBOW, LEFT_WRIST, RIGHT_ELBOW, RIGHT_WRIST
from studio.director.measures.halo import delta_e

_ARMS = ((LEFT_ELBOW, LEFT_WRIST), (RIGHT_ELBOW, RIGHT_WRIST))
_RADIUS = 0.11
"""Of a forearm, in widths of the user's shoulders."""
_INNER, _OUTER = 0.45, 1.7
"""Of that radius: what is surely the arm, and how far its outline is looked for."""
_FROM, _TO = 0.2, 0.85
_FRAMES = 5
_LEAST_PX = 100


@dataclass(frozen=True, slots=True)
class ArmLikeness:
    """Parameters
    ----------
    colour_error : Delta E 76 between the medians of drawn and filmed forearms; None with a reason
    edge_ratio : edge width of the drawn ones over the filmed ones'
    reason : why something is None
    """

    colour_error: float | None = None
    edge_ratio: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Look:
    """Colours (n, 3) of the forearms in one picture, and the width of its edges around them."""

    colours: NDArray[np.uint8]
    edge_px: float | None


def arm_likeness(film: Animatic) -> ArmLikeness:
    """Compare the forearms in the middle of the hold with those of the open arms, at the same scale."""
    scene, shot = film.scene, film.scene.timeline.named("hold")
    if scene.posed_arms is None or shot is None:
        return ArmLikeness(reason="the user's own filmed arms are shown, none was drawn again")
    at = (shot.film.start + shot.film.stop) // 2
    painter, guide = film.painter(at), film.guide(at)
    view, drawn = painter.view(at), painter.paint(at)
    if guide is None or view is None or len(drawn.drawn) < 2:
        return ArmLikeness(reason="the drawn arms are not known in this film")
    cover = np.zeros(drawn.frame.shape[:2], np.uint8)
    lay_alpha(cover, drawn.drawn[-1])
    cover[~guide.mask("user_arm")] = 0
    user, radius = guide.joints_px["user"], _RADIUS * scene.held.shoulder_px * view.scale
    arms = [np.array([user[f"{side}_elbow"][:2], user[f"{side}_wrist"][:2]]) for side in ("left", "right")]
    posed = _looked(drawn.frame, arms, cover, radius)
    filmed = _filmed(scene, view, radius)
    real = np.concatenate([one.colours for one in filmed]) if filmed else np.zeros((0, 3), np.uint8)
    if len(posed.colours) < _LEAST_PX or len(real) < _LEAST_PX:
        which = "drawn" if len(posed.colours) < _LEAST_PX else "filmed"
        return ArmLikeness(reason=f"too little of the {which} forearms is seen to compare them")
    medians = [np.median(pixels, axis=0).astype(np.uint8)[None] for pixels in (posed.colours, real)]
    error = float(delta_e(medians[0], medians[1])[0])
    widths = [one.edge_px for one in filmed if one.edge_px is not None]
    if posed.edge_px is None or not widths:
        return ArmLikeness(error, None, "the forearms have too few clear edges")
    return ArmLikeness(error, posed.edge_px / float(np.median(widths)))


def _filmed(scene: Scene, view: View, radius_px: float) -> list[_Look]:
    """The forearms in a few frames of the open arms, as large as they are drawn."""
    shot = scene.timeline.named("arrival")
    opened = scene.analysis.take.open_arms if shot is None else shot.source
    tracks, found = scene.analysis.tracks, []
    for at in np.linspace(opened.start, opened.stop - 1, _FRAMES).round().astype(int):
        frame, matte = scene.footage.at(float(at)), tracks.matte_at(float(at))
        pose = tracks.pose_at(float(at))[:, :2]
        for arm in _ARMS:
            x, y = pose[list(arm)].mean(0)
            there = View(float(x), float(y), view.scale, view.size_px)
            cover = (255 * (matte_on_film(matte, there, frame.shape[1]) > 200)).astype(np.uint8)
            found.append(_looked(look(frame, there), [there.to_film(pose[list(arm)])], cover, radius_px))
    return found


def _looked(frame: Frame, arms: list[NDArray], cover: NDArray[np.uint8], radius_px: float) -> _Look:
    inner = _band(cover.shape, arms, _INNER * radius_px) & (cover > 250)
    return _Look(frame[inner], edge_width(frame, _band(cover.shape, arms, _OUTER * radius_px)))


def _band(shape: tuple[int, ...], arms: list[NDArray], radius_px: float) -> NDArray[np.bool_]:
    """(H, W) around the middle part of each forearm (elbow, wrist)."""
    import cv2

    mask = np.zeros(shape[:2], np.uint8)
    for elbow, wrist in arms:
        ends = [np.rint(elbow + share * (wrist - elbow)).astype(int).tolist() for share in (_FROM, _TO)]
        cv2.line(mask, ends[0], ends[1], 255, max(1, round(2 * radius_px)))
    return mask > 0
