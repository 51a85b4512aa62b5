"""The shots that show the user's own footage: the opening, the arrival, and the embrace in three framings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic import framing
from studio.animatic.double import BackPose, DoubleSprite, Wardrobe, draw_double, dress
from studio.animatic.footage import source_position
from studio.animatic.lean import lean_for, lean_head, tolerance
from studio.animatic.person import drift
from studio.animatic.place import Shape, solve
from studio.animatic.scene import Painted, Scene, drawing_light, ease, ease_out, soften, softness
from studio.compose.blend import over, overlap, pad_patch, place_patch, shade
from studio.compose.lens import defocus_background, defocus_patch
from studio.compose.view import View, look
from studio.core.frames import Frame, Patch
from studio.core.timeline import Shot

SHADOW_TINT = (0.50, 0.47, 0.47)
_WALK_FRAMES = 2  # a new drawing of the walk every second film frame


class Footing:
    """Common ground of the shots: the clip position and the clip frame of a film frame."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        self.scene, self.shot = scene, shot

    def position(self, film_frame: int) -> float:
        """The clip position shown at a film frame."""
        return source_position(
            self.shot.source, self.shot.film, film_frame, self.scene.analysis.rate, self.scene.timeline.rate
        )

    def progress(self, film_frame: int) -> float:
        """0 at the shot's first frame, 1 at its last."""
        return (film_frame - self.shot.film.start) / max(1, len(self.shot.film) - 1)

    def see(self, position: float, view: View) -> Frame:
        """The clip through a view."""
        return look(self.scene.footage.at(position), view, self.scene.analysis.tracks.matte_at(position))


class OpenShot(Footing):
    """Wide: the user, arms opening.  Nothing is drawn into it."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        clip = scene.analysis.size_px
        last = framing.wide(scene.analysis.tracks, scene.analysis.take.open_arms, scene.opened, clip, scene.size_px)
        tight = framing.medium(scene.opened, clip, scene.size_px, 5.2)
        # Where the gesture fits, the camera drifts in; where it does not, it pulls back as the arms open.
        covers = last.scale * clip[1] >= scene.size_px[1] * 0.99
        self.start, self.stop = (
            (_zoom(last, 0.965, clip), last) if covers else (tight if tight.scale > last.scale else last, last)
        )

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        view = self.start.blend(self.stop, ease(self.progress(film_frame)))
        return Painted(self.see(self.position(film_frame), view))


def _zoom(view: View, factor: float, clip: tuple[int, int]) -> View:
    from studio.compose.view import keep_inside

    cover = max(view.size_px[0] / clip[0], view.size_px[1] / clip[1])
    return keep_inside(View(view.x_px, view.y_px, max(view.scale * factor, min(cover, view.scale)), view.size_px), clip)


class ArrivalShot(Footing):
    """The other self enters from beside the camera, large and out of focus, and walks towards the open arms."""

    START, END = 2.3, 1.14
    """How much nearer to the camera than the user: sizes relative to standing beside the user."""

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        clip = scene.analysis.size_px
        opening = framing.wide(scene.analysis.tracks, scene.analysis.take.open_arms, scene.opened, clip, scene.size_px)
        self.start, self.stop = opening, _zoom(opening, 1.05, clip)
        person = scene.opened
        stand = solve(
            person,
            shape_of(scene),
            scene.preset.clone.age_years,
            scene.preset.clone.my_age_years,
            scene.sex,
            arms_folded=False,
        )
        self.stature_px = person.stature_px * stand.stature_ratio
        self.side = stand.side
        # It stops beside an equal, so that the user's face stays free, and before a child's arms.
        self.apart_px = (0.10 if stand.stature_ratio < 0.9 else 0.62) * person.shoulder_px
        # The lens is held at breast height, so that is where the horizon lies.
        self.horizon_px = float(person.shoulder_mid_px[1] + 0.35 * (person.hip_mid_px[1] - person.shoulder_mid_px[1]))
        # Defocus hides what a smaller drawing lacks.
        self.drawn_px = min(self.stature_px * self.START * self.stop.scale * 0.6, 1000 * scene.unit)
        self._wardrobe: Wardrobe = dress(scene.look, self.drawn_px, drawing_light(scene))
        self._step, self._sprite = (
            -1,
            draw_double(scene.look, BackPose(), self.drawn_px, drawing_light(scene), wardrobe=self._wardrobe),
        )

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        scene, t = self.scene, self.progress(film_frame)
        view = self.start.blend(self.stop, ease(t))
        position = self.position(film_frame)
        frame = self.see(position, view)
        step = (film_frame - self.shot.film.start) // _WALK_FRAMES
        sprite = self._drawn(step)
        pace = 1 - (1 - t) ** 1.35
        nearness = 1 / (1 / self.START + (1 / self.END - 1 / self.START) * pace)
        person = scene.opened
        moved = drift(scene.analysis.tracks, position, person)
        ground = self.horizon_px + nearness * (person.ground_px - self.horizon_px) + moved[1]
        beside = self.side * (1 - pace) ** 1.2 * 0.62 * scene.size_px[0] / view.scale
        x = float(person.shoulder_mid_px[0]) + moved[0] + beside + self.side * self.apart_px
        foot = view.to_film(np.array([x, ground], np.float32))
        height = self.stature_px * nearness * view.scale
        scale = height / self.drawn_px
        placed = place_patch(
            Patch(sprite.patch, 0, 0), sprite.anchors["ground"], (float(foot[0]), float(foot[1])), scale
        )
        blur = 0.0088 * scene.size_px[1] * max(0.0, nearness - 1.06)
        placed = defocus_patch(pad_patch(placed, int(blur) + 2), blur)
        if person.feet_seen:
            _ground_shadow(frame, foot, height, scene)
        over(frame, placed)
        return Painted(frame, placed)

    def _drawn(self, step: int) -> DoubleSprite:
        """The drawing of a step of the walk; the arms rise on the last ones."""
        if step != self._step:
            steps = max(1, -(-len(self.shot.film) // _WALK_FRAMES))
            t = step / steps
            seconds = step * _WALK_FRAMES / float(self.scene.timeline.rate)
            stride_hz = 1.02 if self.scene.preset.clone.age_years < 14 else 0.72
            pose = BackPose(
                "walk" if t < 0.55 else "reach", phase=(seconds * stride_hz) % 1.0, arms_wide=ease((t - 0.5) / 0.5)
            )
            self._step, self._sprite = (
                step,
                draw_double(self.scene.look, pose, self.drawn_px, drawing_light(self.scene), wardrobe=self._wardrobe),
            )
        return self._sprite


def _ground_shadow(frame: Frame, foot: NDArray, height: float, scene: Scene) -> None:
    """A soft pool under the feet, drawn away from the light."""
    import cv2

    half_w, half_h = 0.17 * height, 0.028 * height
    margin = int(half_w)
    w, h = int(2 * half_w) + 2 * margin, int(2 * half_h) + 2 * margin
    mask = np.zeros((max(h, 4), max(w, 4)), np.uint8)
    cv2.ellipse(mask, (w // 2, h // 2), (int(half_w * 0.8), max(1, int(half_h))), 0, 0, 360, 255, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.35 * half_w))
    shift = -scene.analysis.light.direction[0] * 0.12 * height
    shade(frame, mask, int(foot[0] - w / 2 + shift), int(foot[1] - h / 2 - 0.012 * height), 0.85, SHADOW_TINT)


def shape_of(scene: Scene) -> Shape:
    """The double's proportions, read off a small drawing of it."""
    stature_px = 240.0
    sprite = draw_double(scene.look, BackPose("embrace"), stature_px, drawing_light(scene))
    a = sprite.anchors
    shoulder_y = (a["left_shoulder"][1] + a["right_shoulder"][1]) / 2
    return Shape(
        shoulder_to_top=(shoulder_y - a["head_top"][1]) / stature_px,
        shoulder_width=sprite.shoulder_width_px / stature_px,
        head_width=0.74 * sprite.head_height_px / stature_px,
    )


class EmbraceShot(Footing):
    """The embrace: the double in the user's arms, its back to the camera, the user's live face over or beside its head.

    ``shot.name`` chooses the framing: "embrace" from head to hips, "shoulder" close on the face over a nearer,
    softer double,
    "hold" between the two, moving in.  In an open-arms take all three are close, so that the arms stay outside.
    """

    def __init__(self, scene: Scene, shot: Shot) -> None:
        super().__init__(scene, shot)
        clip, size, person = scene.analysis.size_px, scene.size_px, scene.held
        clone = scene.preset.clone
        folded = scene.forearms is not None
        self.stand = solve(person, shape_of(scene), clone.age_years, clone.my_age_years, scene.sex, arms_folded=folded)
        self.lean = lean_for(person, self.stand.side, self.stand.stature_ratio < 0.9)
        # Without folded arms the double stands nearer to the camera and hides the user's hanging ones.
        self.nearness = 1.0 if folded else 1.20 if self.stand.stature_ratio < 0.9 else 1.34
        self.blur_px = 0.0
        if folded:
            wide, near = framing.medium(person, clip, size), framing.close(person, clip, size, self.stand.shoulder_x_px)
        else:
            wide = framing.over_shoulder(person, clip, size, self.stand.shoulder_x_px)
            near = _zoom(wide, 1.12, clip)
        if shot.name == "shoulder":
            self.start, self.stop = near, _zoom(near, 1.05, clip)
            self.nearness *= 1.05
            self.blur_px = (3.0 if folded else 9.0) * scene.unit
        elif shot.name == "embrace":
            self.start, self.stop = wide, wide.blend(near, 0.18)
            self.blur_px = 0.0 if folded else 6.0 * scene.unit
        else:
            self.start, self.stop = wide.blend(near, 0.30), wide.blend(near, 0.75)
            self.blur_px = 0.0 if folded else 7.0 * scene.unit
        # The user's own picture is enlarged too: a drawing much finer than the clip would be blurred again to match it.
        self.drawn_px = self.stand.stature_px * self.nearness * min(max(self.start.scale, self.stop.scale), 1.5)
        # What is measured on a frame is measured on the middle one, so that frames may be drawn in any order.
        middle = (shot.film.start + shot.film.stop) // 2
        source, matte = scene.footage.at(self.position(middle)), scene.analysis.tracks.matte_at(self.position(middle))
        self._bends = tolerance(source, person, matte)
        view = self.start.blend(self.stop, 0.5)
        self._sprite = self._drawn(look(source, view, matte), view)

    def paint(self, film_frame: int) -> Painted:
        """See `Painter`."""
        scene, t = self.scene, self.progress(film_frame)
        view = self.start.blend(self.stop, ease(t))
        position = self.position(film_frame)
        source = scene.footage.at(position)
        matte = scene.analysis.tracks.matte_at(position)
        moved = drift(scene.analysis.tracks, position, scene.held)
        source = lean_head(source, scene.held, self.lean, moved, self._bends)
        frame = look(source, view, matte)
        on_film = _matte_on_film(matte, view, source.shape[1])
        frame = defocus_background(frame, on_film, 5.0 * scene.unit)
        arms = self._arms(frame, view, position)
        placed, behind = self._placed(self._sprite, view, position, film_frame)
        _over_behind(frame, behind, on_film)
        self._shadow_on_user(frame, placed, on_film)
        over(frame, placed)
        if arms is not None:
            _contact_shadow(frame, placed, arms, scene.unit)
            over(frame, arms)
        return Painted(frame, placed)

    def face_covered(self, film_frame: int) -> float:
        """Share of the user's face oval that lies under the double in a film frame."""
        import cv2

        scene = self.scene
        placed = self.paint(film_frame).clone
        row = scene.analysis.tracks.row(round(self.position(film_frame)))
        face = scene.analysis.tracks.face_px[row]
        if placed is None or not np.isfinite(face).all():
            return 0.0
        view = self.start.blend(self.stop, ease(self.progress(film_frame)))
        hull = cv2.convexHull(np.rint(view.to_film(face[:468, :2])).astype(np.int32))
        width, height = scene.size_px
        oval, double = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(oval, hull, 255)
        lay_alpha(double, placed)
        inside = oval > 0
        return float(double[inside].mean() / 255) if inside.any() else 0.0

    def _drawn(self, frame: Frame, view: View) -> DoubleSprite:
        """The sprite, drawn once per shot, as soft as the user's own picture."""
        scene = self.scene
        folded, equal = scene.forearms is not None, self.stand.stature_ratio >= 0.9
        pose = BackPose(
            "embrace",
            lean_deg=self.stand.lean_deg,
            head_tilt_deg=self.stand.tilt_deg,
            arms_wide=0.2 if folded else 0.55,
            # An equal's arms lie round the user's neck: at the waist its elbows would cover the user's own.
            arms_high=1.0 if folded and equal else 0.0,
        )
        sprite = draw_double(scene.look, pose, self.drawn_px, drawing_light(scene), is_cropped=self._hides_legs())
        # The drawing will be enlarged by the same step as it is drawn smaller, so the blur is measured at the
        # film's size.
        enlarge = self.stand.stature_px * self.nearness * view.scale / self.drawn_px
        sigma = softness(sprite.patch, frame, _face_region(scene, view, frame)) / max(1.0, enlarge)
        return replace(sprite, patch=soften(sprite.patch, sigma), behind=soften(sprite.behind, sigma))

    def _hides_legs(self) -> bool:
        """Whether the double's thighs leave the film at the bottom in every frame of the shot."""
        knees = self.stand.shoulder_y_px + 0.36 * self.stand.stature_px * self.nearness
        return all(float(view.to_film(np.array([0.0, knees]))[1]) > view.size_px[1] for view in (self.start, self.stop))

    def _placed(self, sprite: DoubleSprite, view: View, position: float, film_frame: int) -> tuple[Patch, Patch]:
        scene, stand = self.scene, self.stand
        person = scene.held
        moved = drift(scene.analysis.tracks, position, person)
        seconds = film_frame / float(scene.timeline.rate)
        since = film_frame - scene.timeline.contact_frame
        arriving = 1 - ease_out(since / 12) if self.shot.name == "embrace" else 0.0
        breath = 1 + 0.004 * np.sin(2 * np.pi * seconds / 3.4)
        sway = 0.35 * np.sin(2 * np.pi * seconds / 5.0)
        grow = self.nearness * (1 + 0.07 * arriving) * breath
        shown = stand.stature_px * grow * view.scale / self.drawn_px
        a = sprite.anchors
        pivot = tuple((np.array(a["left_shoulder"]) + np.array(a["right_shoulder"])) / 2)
        x = stand.shoulder_x_px + moved[0]
        y = stand.shoulder_y_px + moved[1] + 0.05 * person.shoulder_px * arriving
        if scene.forearms is None:  # nearer to a lens at breast height: lower, and towards the free side
            y += 0.80 * person.shoulder_px * (self.nearness - 1)
            x += stand.side * (0.26 if stand.stature_ratio < 0.9 else 0.10) * person.shoulder_px
        at = view.to_film(np.array([x, y], np.float32))
        layers = []
        for rgba in (sprite.patch, sprite.behind):
            placed = place_patch(Patch(rgba, 0, 0), pivot, (float(at[0]), float(at[1])), shown, sway)  # type: ignore[arg-type]
            layers.append(
                defocus_patch(pad_patch(placed, int(self.blur_px) + 2), self.blur_px) if self.blur_px else placed
            )
        return layers[0], layers[1]

    def _arms(self, frame: Frame, view: View, position: float) -> Patch | None:
        """The user's forearms, cut from the frame before the double is laid over them."""
        import cv2

        if self.scene.forearms is None:
            return None
        x0, y0, _, _ = self.scene.forearms.box
        mask = self.scene.forearms.at(position)
        matrix = view.matrix()
        matrix[:, 2] += view.scale * np.array([x0, y0], np.float32)
        corner = view.to_film(np.array([[x0, y0], [x0 + mask.shape[1], y0 + mask.shape[0]]], np.float32))
        left, top = np.maximum(np.floor(corner[0]).astype(int), 0)
        right, bottom = np.minimum(np.ceil(corner[1]).astype(int), (frame.shape[1], frame.shape[0]))
        if right <= left or bottom <= top:
            return None
        matrix[:, 2] -= (left, top)
        alpha = cv2.warpAffine(mask, matrix, (int(right - left), int(bottom - top)), flags=cv2.INTER_LINEAR)
        if view.scale > 1.2:  # enlarging shows the clip's pixels as stairs along the edge
            alpha = cv2.GaussianBlur(alpha, (0, 0), 0.55 * view.scale)
            alpha = cv2.addWeighted(alpha, 1.5, alpha, 0, -0.25 * 255)  # saturates at both ends
        return Patch(_cut(frame[top:bottom, left:right], alpha, max(2.0, 1.5 * view.scale)), int(left), int(top))

    def _shadow_on_user(self, frame: Frame, placed: Patch, on_film: NDArray[np.uint8]) -> None:
        """The double takes light from the user: a broad soft shadow and a tight one, on the person only, at a
        quarter of the size."""
        import cv2

        height, width = frame.shape[:2]
        small = (width // 4, height // 4)
        alpha = np.zeros((height, width), np.uint8)
        lay_alpha(alpha, placed)
        alpha = cv2.resize(alpha, small, interpolation=cv2.INTER_AREA)
        person = cv2.resize(on_film, small, interpolation=cv2.INTER_AREA)
        sw = self.scene.held.shoulder_px * self.stop.scale / 4
        dx, dy = -self.scene.analysis.light.direction[0] * 0.06 * sw, 0.05 * sw
        move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        moved = cv2.warpAffine(alpha, move, small)
        soft = cv2.addWeighted(
            cv2.GaussianBlur(moved, (0, 0), max(1.0, 0.15 * sw)),
            0.55,
            cv2.GaussianBlur(moved, (0, 0), max(0.8, 0.045 * sw)),
            0.45,
            0,
        )
        mask = cv2.multiply(soft, person, scale=1 / 255)
        shade(frame, cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), 0, 0, 0.8, SHADOW_TINT)


def _over_behind(frame: Frame, behind: Patch, on_film: NDArray[np.uint8]) -> None:
    """Lay what reaches round the user: only where the user is not."""
    import cv2

    found = overlap(frame.shape, *behind.rgba.shape[:2], behind.x_px, behind.y_px)
    if found is None:
        return
    (x0, y0, x1, y1), (u0, v0, u1, v1) = found
    free = cv2.bitwise_not(on_film[y0:y1, x0:x1])
    over(frame, Patch(cv2.multiply(behind.rgba[v0:v1, u0:u1], cv2.merge([free] * 4), scale=1 / 255), x0, y0))


def lay_alpha(canvas: NDArray[np.uint8], patch: Patch) -> None:
    """Write a patch's alpha on a (H, W) canvas, in place."""
    found = overlap(canvas.shape, *patch.rgba.shape[:2], patch.x_px, patch.y_px)
    if found is not None:
        (x0, y0, x1, y1), (u0, v0, u1, v1) = found
        canvas[y0:y1, x0:x1] = patch.rgba[v0:v1, u0:u1, 3]


def _cut(frame: Frame, alpha: NDArray[np.uint8], rim_px: float) -> NDArray[np.uint8]:
    """Premultiplied cut-out whose rim has the colours of its inside, not of the shirt that lay behind it."""
    import cv2

    solid = cv2.erode(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(rim_px) + 1,) * 2))
    inside = cv2.threshold(solid, 230, 255, cv2.THRESH_BINARY)[1]
    # Colours spread outwards from the inside at half the size: the rim is blurred anyway.
    half = (max(1, frame.shape[1] // 2), max(1, frame.shape[0] // 2))
    weight = cv2.resize(inside, half, interpolation=cv2.INTER_AREA)
    known = cv2.multiply(
        cv2.resize(frame, half, interpolation=cv2.INTER_AREA), cv2.cvtColor(weight, cv2.COLOR_GRAY2RGB), scale=1 / 255
    )
    layer = cv2.GaussianBlur(np.dstack([known, weight]).astype(np.float32), (0, 0), 0.8 * rim_px)
    clean = np.clip(layer[..., :3] / np.maximum(layer[..., 3:], 0.5) * 255, 0, 255).astype(np.uint8)
    clean = cv2.resize(clean, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)
    near = cv2.resize(layer[..., 3], (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR) > 6
    alpha = np.where(near, alpha, 0).astype(np.uint8)  # a wisp with nothing solid beside it is no arm
    from studio.compose.blend import mix

    colour = mix(clean, frame, inside)
    return np.dstack([cv2.multiply(colour, cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB), scale=1 / 255), alpha])


def _contact_shadow(frame: Frame, double: Patch, arms: Patch, unit: float) -> None:
    """What the forearms take of the light on the double's back: one soft, one tight, on the double only."""
    import cv2

    margin = int(40 * unit)
    wide = pad_patch(arms, margin)
    mask = wide.rgba[..., 3]
    move = np.array([[1, 0, 2 * unit], [0, 1, 9 * unit]], np.float32)
    low = cv2.warpAffine(mask, move, mask.shape[::-1])
    soft = cv2.addWeighted(
        cv2.GaussianBlur(low, (0, 0), 14 * unit), 0.6, cv2.GaussianBlur(mask, (0, 0), 3.2 * unit), 0.5, 0
    )
    on_double = np.zeros(mask.shape, np.uint8)
    lay_alpha(on_double, Patch(double.rgba, double.x_px - wide.x_px, double.y_px - wide.y_px))
    shade(frame, cv2.multiply(soft, on_double, scale=1 / 255), wide.x_px, wide.y_px, 0.85, SHADOW_TINT)


def _matte_on_film(matte: NDArray[np.float32], view: View, clip_width_px: int) -> NDArray[np.uint8]:
    """The person matte on the film's canvas, (H, W) uint8."""
    import cv2

    small = np.rint(255 * np.clip(matte, 0, 1)).astype(np.uint8)
    return cv2.warpAffine(small, view.matrix(matte.shape[1] / clip_width_px), view.size_px, flags=cv2.INTER_LINEAR)


def _face_region(scene: Scene, view: View, frame: Frame) -> NDArray[np.bool_]:
    """The user's face on the film frame, as a mask for measuring."""
    centre = view.to_film(scene.held.face_mid_px[None].astype(np.float32))[0]
    half = 0.5 * scene.held.face_width_px * view.scale
    y, x = np.mgrid[0 : frame.shape[0], 0 : frame.shape[1]]
    return np.hypot(x - centre[0], y - centre[1]) < half
