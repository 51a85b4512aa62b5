"""The embrace of a stand-in take: what is hugged was filmed and keeps its pixels.

Only what a thing has not is drawn: a head, under the user's real forearms and hands.  Arms and legs were tried and look
like a second, emptier jacket beside the real one; the picture ends above the thing's lower end instead.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.contact import contact_shadow, mask_on_film, matte_on_film, shadow_on_user
from studio.animatic.double.looks import style
from studio.animatic.held_head import HeldHead
from studio.animatic.person import drift
from studio.animatic.scene import Painted, Scene, drawing_light, ease
from studio.animatic.shots import framing
from studio.animatic.shots.embrace import EmbraceShot
from studio.animatic.shots.lean import Lean, lean_head
from studio.animatic.shots.sprites import MOST_SCALE
from studio.animatic.standin import recolour
from studio.compose.blend import lay_alpha, over
from studio.compose.lens import defocus_background
from studio.compose.match import Texture, matched
from studio.compose.view import View, keep_inside
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot

_NARROWEST = 2.1
"""Width of the picture in widths of the user's shoulders: the elbows stay in it."""
_MOST_ROOM = 0.24
"""Share of the picture's height above the user's head."""


def embracing(scene: Scene, shot: Shot, views: tuple[View, View] | None = None) -> EmbraceShot:
    """Who paints the embrace: a thing that was filmed, or a double that is drawn."""
    return HeldShot(scene, shot, views) if scene.held_double is not None else EmbraceShot(scene, shot, views)


class HeldShot(EmbraceShot):
    """The embrace of a thing that was filmed; framings and the user are those of `EmbraceShot`."""

    def __init__(self, scene: Scene, shot: Shot, views: tuple[View, View] | None = None) -> None:
        assert scene.held_double is not None  # noqa: S101 - `embracing` asked
        self.thing, self._seat, self._at = scene.held_double.thing, scene.held_double.seat, scene.held_double.at
        self._dyed = scene.preset.clone.garment_rgb is not None
        self._head: HeldHead | None = None
        super().__init__(scene, shot, views)

    def hands_below_shoulders(self) -> float | None:
        """None: the arms lie on a real thing as they do, and a bundle has no shoulder line to judge them by."""
        return None

    def _lean(self) -> Lean:
        """A thing as high as the user's chin would be bent together with the head: it is not."""
        if self.thing.place_at(self._at).top_px[1] > self.scene.held.shoulder_mid_px[1]:
            return super()._lean()
        return Lean(self.scene.preset.hug.head_tilt_deg, (0.0, 0.0))

    def _framed(self, view: View) -> View:
        """Without the thing's lower end, where a body would go on: from the same upper edge, nearer."""
        height = view.size_px[1]
        top, end = view.y_px - 0.5 * height / view.scale, self.thing.end_px(self._at)
        if top + height / view.scale <= end:
            return view
        clip = self.scene.analysis.size_px
        most = view.size_px[0] / (_NARROWEST * self.scene.held.shoulder_px)
        most = max(view.scale, framing.limit_scale(most, clip, view.size_px))
        scale = float(np.clip(height / max(end - top, 1.0), view.scale, most))
        # No more room above the head than this, even if the end stays in the picture.
        lowest = self.scene.held.head_top_px + (0.5 - _MOST_ROOM) * height / scale
        y = min(view.y_px, max(end - 0.5 * height / scale, lowest))
        return keep_inside(View(view.x_px, y, scale, view.size_px), clip)

    def _draw(self, seen: Frame, region: NDArray[np.bool_], view: View) -> None:
        """The head, as soft and grainy as the user."""
        scene, hug = self.scene, self.scene.preset.hug
        scale = min(max(self.start.scale, self.stop.scale), MOST_SCALE)
        texture = Texture.of(seen, region, view.scale)

        def finished(rgba: NDArray[np.uint8], salt: int) -> NDArray[np.uint8]:
            styled = style(rgba, hug.look, 0.0, scene.rng(31))
            return matched(styled, texture, view.scale / scale, scene.rng(salt))

        if self._seat is not None:
            x, y = np.array(self._seat.crown_px) + scene.held.shoulder_px * np.array([hug.double_dx, hug.double_dy])
            seat = replace(
                self._seat, crown_px=(float(x), float(y)), stature_px=self._seat.stature_px * hug.double_scale
            )
            self._head = HeldHead(self.thing, seat, self._at, scene.look, drawing_light(scene), scale)
            self._head.patch = finished(self._head.patch, 41)

    def _source(self, position: float) -> tuple[Frame, NDArray[np.float32]]:
        frame, matte = self.scene.footage.at(position), self.scene.analysis.tracks.matte_at(position)
        if self._dyed:
            x0, y0, x1, y1 = self.thing.box
            cloth, wanted = self.thing.colour_rgb, self.scene.look.garment_rgb
            frame[y0:y1, x0:x1] = recolour(frame[y0:y1, x0:x1], self.thing.mask_at(position), cloth, wanted)
        return frame, matte

    def _arm_mask(self, position: float) -> tuple[NDArray[np.uint8], tuple[int, int]] | None:
        """Forearms, and what else lies across the thing: hands that the forearms' masks lose."""
        over_thing = np.rint(255 * self.thing.over_at(position)).astype(np.uint8)
        forearms = super()._arm_mask(position)
        corner = self.thing.box[:2]
        if forearms is None:
            return over_thing, corner
        return _united([(over_thing, corner), forearms])

    def _compose(self, film_frame: int, *, explain: bool = False) -> Painted:
        scene = self.scene
        view = self.start.blend(self.stop, ease(self.progress(film_frame)))
        position = self.position(film_frame)
        source, matte = self._source(position)
        moved = drift(scene.analysis.tracks, position, scene.held)
        source = lean_head(source, scene.held, self.lean, moved, self._bends)
        own = self.seen(source, position, view)
        height, width = own.shape[:2]
        thing, arms_alpha = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        whole = np.rint(255 * np.maximum(self.thing.mask_at(position), self.thing.over_at(position)))
        _lay(thing, mask_on_film(whole.astype(np.uint8), self.thing.box[:2], view))
        filmed = self._filmed_arms(own, view, position)
        if filmed is not None:
            lay_alpha(arms_alpha, filmed)
        on_film = np.maximum(matte_on_film(matte, view, source.shape[1]), thing)
        frame = defocus_background(own, on_film, 5.0 * scene.unit)
        # What lies in front of a drawn layer takes no shadow of it.
        behind = np.minimum(on_film, 255 - arms_alpha)
        shadow_px = scene.held.shoulder_px * self.stop.scale
        drawn: list[Patch] = []
        touched = np.where(on_film < 255, np.uint8(255), np.uint8(0))
        hug = scene.preset.hug
        if hug.look != "real":
            styled = self._styled(own, position, view)
            over(frame, styled)
            lay_alpha(touched, styled)
        if self._head is not None:
            head = self._head.placed(
                view, position, (0, 0, width, height), 0.5 * self.stand.tilt_deg + hug.double_lean_deg
            )
            touched |= shadow_on_user(frame, head, behind, scene.analysis.light, shadow_px)
            over(frame, head)
            if filmed is not None:
                arms = _over_only(filmed, head, 3.0 * scene.unit)
                contact_shadow(frame, head, arms, scene.unit)
                over(frame, arms)
                lay_alpha(touched, arms)
            drawn.append(head)
        painted = Painted(frame, tuple(drawn), ("user", "double", "arms"))
        if not explain:
            return painted
        for layer in drawn:
            lay_alpha(touched, layer)
        return replace(painted, own=own, touched=np.where(touched > 0, 255, 0).astype(np.uint8))

    def _styled(self, own: Frame, position: float, view: View) -> Patch:
        """The thing itself in the look that was chosen, without what lies across it."""
        import cv2

        alpha = np.zeros(own.shape[:2], np.uint8)
        _lay(
            alpha, mask_on_film(np.rint(255 * self.thing.mask_at(position)).astype(np.uint8), self.thing.box[:2], view)
        )
        cut = cv2.multiply(own, cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB), scale=1 / 255)
        return Patch(style(np.dstack([cut, alpha]), self.scene.preset.hug.look, 0.0, self.scene.rng(31)), 0, 0)


def _lay(canvas: NDArray[np.uint8], placed: tuple[NDArray[np.uint8], int, int] | None) -> None:
    """Raise a canvas to a mask that lies on it."""
    if placed is not None:
        alpha, x, y = placed
        part = canvas[y : y + alpha.shape[0], x : x + alpha.shape[1]]
        np.maximum(part, alpha, out=part)


def _united(masks: list[tuple[NDArray[np.uint8], tuple[int, int]]]) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The larger of several masks, each with its corner in clip pixels."""
    x0, y0 = (min(corner[k] for _, corner in masks) for k in (0, 1))
    x1, y1 = (max(corner[k] + mask.shape[1 - k] for mask, corner in masks) for k in (0, 1))
    joined = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for mask, (x, y) in masks:
        _lay(joined, (mask, x - x0, y - y0))
    return joined, (x0, y0)


def _over_only(arms: Patch, layer: Patch, soft_px: float) -> Patch:
    """The part of the arms that lies on a layer, fading out beyond it: elsewhere they are in the picture already."""
    import cv2

    rows, columns = arms.rgba.shape[:2]
    under = np.zeros((rows, columns), np.uint8)
    lay_alpha(under, Patch(layer.rgba, layer.x_px - arms.x_px, layer.y_px - arms.y_px))
    under = cv2.threshold(under, 0, 255, cv2.THRESH_BINARY)[1]
    size = 2 * max(1, round(soft_px)) + 1
    wide = cv2.dilate(under, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    keep = cv2.blur(wide, (size, size))
    return Patch(cv2.multiply(arms.rgba, cv2.merge([keep] * 4), scale=1 / 255), arms.x_px, arms.y_px)
