"""Both bodies in the embrace: the user's, fitted to the footage, and the other self's, posed against it.

It is solved once a film, in the clip's own camera; shots draw it through their views.  Where the user's body cannot be
fitted the other self still stands there, its arms held at a guess, and nobody else's arms are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.animatic.body.camera import Camera
from studio.animatic.body.contact import Embrace, solve_embrace
from studio.animatic.body.fit import Fit, fit_body
from studio.animatic.body.model import PARTS, Pose, load_body
from studio.animatic.body.poses import standing
from studio.animatic.body.raster import Mesh
from studio.animatic.body.shape import Proportions, Rest, Shape
from studio.animatic.double.figure import build_of
from studio.animatic.double.stance import holding, tilted, turned_away
from studio.animatic.person import Person
from studio.animatic.place import Shape as BodyShape
from studio.animatic.place import Stand
from studio.core.people import Tracks

_HAIRY = 1.12
_ARM_PARTS = ("upper_arm", "forearm", "hand")
_UNDER_CLOTH = Proportions(shoulders=0.94, hips=0.94, arm_girth=0.93, leg_girth=0.92)
"""The mean figure has its cloth on already; what is drawn over it adds a second layer."""
_KEPT = ("shoulders", "hips", "torso", "upper_arms", "forearms")
"""Proportions that somebody keeps through adult life."""


@dataclass(frozen=True, slots=True)
class Hug:
    """The solved embrace.

    Parameters
    ----------
    camera : of the clip frame; poses are in its frame
    fit : of the user, at ``fitted_at``; ``fit.ok`` says whether it may be used
    other : the other self's body at rest
    embrace : the poses in contact; None where the fit failed
    """

    camera: Camera
    fit: Fit
    fitted_at: int
    other: Rest
    embrace: Embrace | None

    @property
    def other_pose(self) -> Pose:
        """Of the other self; in the embrace, or holding its arms at a guess."""
        if self.embrace is not None:
            return self.embrace.other
        raise ValueError("the user's body could not be fitted")

    def user_trunk(self) -> Mesh:
        """The user's body with clothes but without arms: what can stand before the other self's arms.

        The user's arms lie over the other's back; taken as an occluder they would leave holes under their soft rims.
        """
        model = load_body()
        assert self.embrace is not None  # noqa: S101 - callers ask only where it was solved
        vertices = model.pose(self.fit.clothed, self.embrace.user).vertices_m
        arms = np.isin(model.part, [PARTS.index(name) for name in PARTS if name.endswith(_ARM_PARTS)])
        return Mesh(vertices, model.triangles[~arms[model.triangles].all(1)])

    def other_mesh(self) -> Mesh:
        """The other self's body."""
        model = load_body()
        return Mesh(model.pose(self.other, self.other_pose).vertices_m, model.triangles)


def other_rest(age_years: float, sex: float, fit: Fit | None, stretch: float = 1.0) -> Rest:
    """The other self at rest: the mean of that age, with the proportions that an adult user keeps."""
    proportions = _UNDER_CLOTH
    if fit is not None and fit.ok and age_years >= 18:
        kept = {name: float(np.clip(getattr(fit.shape.proportions, name), 0.9, 1.08)) for name in _KEPT}
        kept = {name: share * getattr(_UNDER_CLOTH, name) for name, share in kept.items()}
        proportions = replace(proportions, **kept)
    # Who is held is no broader than who holds: cloth adds to the mean body already.
    mean = Shape(age_years, sex, -0.5, proportions=proportions)
    return load_body().rest(replace(mean, stature_m=mean.height_m * stretch))


def solve_hug(
    tracks: Tracks,
    row: int,
    clip_size_px: tuple[int, int],
    stand: Stand,
    ages: tuple[float, float],
    sex: float,
    known: Fit | None = None,
    lower_px: float = 0.0,
    *,
    arms_filmed: bool = False,
) -> Hug:
    """Fit the user in an analysed frame and pose both.

    Parameters
    ----------
    row : of ``tracks``, in the middle of the footage of the embrace
    stand : where the other's shoulder line lies in the clip's picture
    ages : of the user and of the other self, years
    known : the fit of an earlier call for the same row
    lower_px : moves the user's posed hands down, clip pixels
    arms_filmed : the user's arms are folded in the footage and stay as they are
    """
    model = load_body()
    camera = Camera.of_clip(clip_size_px)
    mine, theirs = ages
    hands = tracks.hands_px[row]
    fit = known or fit_body(
        tracks.pose_px[row],
        tracks.visibility[row],
        np.asarray(tracks.matte[row]),
        camera,
        Shape(mine, sex),
        model,
        hands[..., :3] if np.isfinite(hands).any() else None,
    )
    other = other_rest(theirs, sex, fit, stand.stretch)
    embrace = None
    if fit.ok:
        posed = model.pose(fit.clothed, fit.pose)
        depth_m = float(np.mean([posed.joints_m[model.bone(f"{side}_upper_arm"), 2] for side in ("left", "right")]))
        x_m, y_m, _ = camera.unproject(np.array([stand.shoulder_x_px, stand.shoulder_y_px]), depth_m)
        kind = "child" if stand.stature_ratio < 0.9 else "equal"
        place, lean = (float(x_m), float(y_m)), (stand.lean_deg, 6.0 * stand.side)
        lower_m = lower_px * depth_m / camera.focal_px
        embrace = solve_embrace(model, fit.clothed, fit.pose, other, place, kind, *lean, lower_m, arms_filmed)
    return Hug(camera, fit, int(tracks.frame[row]), other, embrace)


def face_hidden_px(hug: Hug, person: Person, side: int) -> float:
    """How far the other's head reaches into the user's face, in clip pixels sideways; 0 or less when it is free."""
    assert hug.embrace is not None  # noqa: S101 - callers ask only where it was solved
    model = load_body()
    posed = model.pose(hug.other, hug.embrace.other)
    head = hug.camera.project(posed.vertices_m[model.part == PARTS.index("head")])
    # Hair makes it wider than the skull.
    half = 0.5 * float(np.ptp(head[:, 0])) * _HAIRY
    apart = side * (0.5 * (float(head[:, 0].min()) + float(head[:, 0].max())) - float(person.face_mid_px[0]))
    return half + 0.44 * person.face_width_px - apart


def shape_of(other: Rest) -> BodyShape:
    """Proportions of a standing body, as `place.solve` wants them."""
    model = load_body()
    vertices, joints = model.deform(other, standing(model, other))
    shoulders = joints[[model.bone("left_upper_arm"), model.bone("right_upper_arm")]]
    height = other.shape.height_m
    return BodyShape(
        shoulder_to_top=float(vertices[:, 1].max() - shoulders[:, 1].mean()) / height,
        shoulder_width=float(np.linalg.norm(shoulders[0] - shoulders[1])) / height,
        head_width=0.74 * build_of(other.shape.age_years, other.shape.sex).head,
    )


def guessed_pose(other: Rest, stand: Stand) -> Pose:
    """The other self holding somebody unknown, before `stance.camera_for`."""
    model = load_body()
    return turned_away(other, tilted(model, holding(model, other), stand.tilt_deg), stand.lean_deg)
