"""Two bodies in an embrace, seen from the camera: the user faces it, the other stands between with its back to it.

First the other is set down so that the bodies touch and do not enter each other; then its arms go round the user's
waist, then the user's arms over them round its back.  The user's root, spine, head, legs and shoulders stay as fitted:
those pixels are real.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.arm import Arm
from studio.animatic.body.camera import AWAY
from studio.animatic.body.model import BodyModel, Pose, Posed
from studio.animatic.body.poses import standing
from studio.animatic.body.reach import Obstacle, Touch, chest_of, close_hand, reach
from studio.animatic.body.shape import Rest
from studio.animatic.body.surface import Surface, depth_inside, parts_of

HugKind = Literal["child", "equal"]
CLOTH_M = 0.010  # that lies on each body
PRESS_M = 0.006  # bodies give way
FAR_M = 0.018  # a palm further off than that does not lie on anything
MOST_INSIDE_M = 0.010  # of one body in the other
ON_ARM = 0.6  # fault of a hand that lies on the other's arm: most of what one outside the bars has
TRIES_M = {
    "child": ((-0.05, 0.13), (0.0, 0.15), (0.03, 0.20)),
    "equal": ((0.02, 0.10), (0.035, 0.14), (0.06, 0.20), (0.10, 0.16)),
}
"""How far from the spine's line, on its own side, a palm lies, and the elbow from the other's shoulder; the first that
can be reached is taken."""
FLANKS = ((0.0, 0.0, -0.05), (0.0, 0.0, 0.4), (0.06, 0.5, 0.4), (-0.06, 0.0, 0.8), (0.08, 0.5, -0.05))
"""How the other's palm may lie on the user's flank: metres lower than wanted, how far the fingers point down, how far
round to the back; the first that can be reached is taken."""
TO_LENS = np.array([0, 0, -1])
SIDES = ("left", "right")
ARM_PARTS = ("upper_arm", "forearm", "hand")
TRUNK = ("torso", "neck", "head", "thigh")


@dataclass(frozen=True, slots=True)
class Embrace:
    """The solved pose.

    Parameters
    ----------
    user, other : poses in the camera frame
    penetration_m : the deepest that a part of one body lies inside the other
    gaps_m : by hand, e.g. ``user_left``, between palm and the cloth it lies on
    """

    user: Pose
    other: Pose
    penetration_m: float
    gaps_m: dict[str, float]


def solve_embrace(
    model: BodyModel,
    user: Rest,
    user_pose: Pose,
    other: Rest,
    shoulders_m: tuple[float, float],
    kind: HugKind,
    lean_deg: float = 0.0,
    head_deg: float = 0.0,
    lower_m: float = 0.0,
    arms_filmed: bool = False,
) -> Embrace:
    """Pose both bodies.

    Parameters
    ----------
    user_pose : as fitted, any pose of the arms
    shoulders_m : x, y in the camera frame, at the user's distance, of the middle of the other's shoulder line
    kind : child: the head below the user's chin; equal: heads beside each other
    lean_deg : of the other's trunk in the picture, clockwise positive
    head_deg : the other's head turned to the picture's right (positive) or left
    lower_m : moves the user's hands down the other's back
    arms_filmed : the user's arms are folded in the footage and stay as they are: only the trunk must be touched
    """
    is_child, user_posed = kind == "child", model.pose(user, user_pose)
    rotations = _stand(model, other, kind, lean_deg, head_deg)
    stood = _set_down(model, _arms_down(model, user, user_pose), other, rotations, shoulders_m)
    gaps: dict[str, float] = {}
    rotations = stood.rotations_rad.copy()
    for side in SIDES:
        gaps[f"other_{side}"] = _other_arm(model, user_posed, other, stood, rotations, side)
    other_pose = Pose(rotations, stood.root_rotation, stood.root_m)
    other_posed = model.pose(other, other_pose)
    if arms_filmed:
        trunk = parts_of(model, *TRUNK)
        inside = depth_inside(model, replace(user_posed, vertices_m=user_posed.vertices_m[trunk]), other_posed)
        entered = Surface(model, user_posed, TRUNK).inside(other_posed.vertices_m)
        return Embrace(user_pose, other_pose, max(inside, entered), gaps)
    rotations = user_pose.rotations_rad.copy()
    for side in SIDES:
        gaps[f"user_{side}"] = _user_arm(
            model, user, user_pose, user_posed, other_posed, rotations, side, is_child, lower_m
        )
    solved = Pose(rotations, user_pose.root_rotation, user_pose.root_m)
    return Embrace(solved, other_pose, penetration(model, model.pose(user, solved), other_posed), gaps)


def penetration(model: BodyModel, one: Posed, two: Posed) -> float:
    """Metres that the deepest vertex of either lies inside the other."""
    return max(depth_inside(model, one, two), depth_inside(model, two, one))


def _stand(model: BodyModel, other: Rest, kind: HugKind, lean_deg: float, head_deg: float) -> NDArray[np.float32]:
    """Standing, bent a little into the embrace."""
    rotations = standing(model, other)
    forward = 0.07 if kind == "equal" else 0.05
    lean = np.radians(-lean_deg)  # seen from behind, clockwise is to its own right
    for name in ("spine_1", "spine_2", "spine_3"):
        rotations[model.bone(name)] += np.array([forward / 3, 0, -lean / 3], np.float32)
    turn = np.radians(head_deg)
    for name in ("neck", "head"):
        rotations[model.bone(name)] += np.array([0.05 if kind == "equal" else -0.02, -turn / 2, lean / 3], np.float32)
    return rotations


def _arms_down(model: BodyModel, user: Rest, pose: Pose) -> Posed:
    """The user with arms hanging: they will move, but what is left of the shoulders is in the way."""
    rotations, hanging = pose.rotations_rad.copy(), standing(model, user)
    for side in SIDES:
        for name in ("upper_arm", "forearm", "hand"):
            rotations[model.bone(f"{side}_{name}")] = hanging[model.bone(f"{side}_{name}")]
    return model.pose(user, Pose(rotations, pose.root_rotation, pose.root_m))


def _set_down(model: BodyModel, user: Posed, other: Rest, rotations: NDArray, shoulders_m: tuple[float, float]) -> Pose:
    """Come nearer until the bodies press together."""
    turn = np.asarray(AWAY, np.float32)
    at_rest = model.pose(other, Pose(rotations, turn, np.zeros(3, np.float32)))
    middle = np.mean([at_rest.joints_m[model.bone(f"{side}_upper_arm")] for side in SIDES], axis=0)
    own = parts_of(model, *TRUNK, "foot", "shin") & (at_rest.normals[:, 2] > -0.2)  # what looks at the user
    vertices = np.asarray(at_rest.vertices_m[own], np.float64) - middle
    theirs = Surface(model, user, (*TRUNK, "foot", "shin", "upper_arm"))
    depth = float(np.mean([user.joints_m[model.bone(f"{side}_upper_arm"), 2] for side in SIDES]))

    def entered(z: float, every: int) -> float:
        # a pixel keeps its ray: nearer to the lens the same place lies nearer to its axis
        place = np.array([shoulders_m[0] * z / depth, shoulders_m[1] * z / depth, z])
        return theirs.inside(vertices[::every] + place)

    near = depth - 0.75
    # From the lens towards the user, the first touch counts; a few vertices find about where it is.
    for step, every in ((0.02, 11), (0.005, 7), (0.001, 2)):
        while near < depth and entered(near + step, every) <= PRESS_M:
            near += step
        near -= step
    place = np.array([shoulders_m[0] * near / depth, shoulders_m[1] * near / depth, near]) - middle
    return Pose(rotations, turn, place.astype(np.float32))


def _other_arm(model: BodyModel, user: Posed, other: Rest, pose: Pose, rotations: NDArray, side: str) -> float:
    """One arm of the other round the user's waist; writes the rotations, returns the gap under the palm.

    Seen from behind, an arm that goes round a waist ends at its elbow, like a stump; so the elbow stays near and in
    front, and the hand lies on the flank, where it is seen.  (One arm over the shoulder was tried: fresh eyes saw a
    salute, or a chop at the throat.)
    """
    posed = model.pose(other, Pose(rotations, pose.root_rotation, pose.root_m))
    out = -1.0 if side == "left" else 1.0  # in the picture; its back is turned to the camera
    arm = Arm(model, other, side)
    parent, collar = chest_of(model, posed, side)
    shoulder = np.asarray(posed.joints_m[model.bone(f"{side}_upper_arm")], np.float64)
    trunk = Surface(model, user, ("torso",))
    top, hip = _heights(model, user)
    reach_m = float(arm.lengths_m[1:3].sum())
    height = np.clip(shoulder[1] + 0.5 * reach_m, top + 0.35 * (hip - top), hip - 0.03)
    body = Surface(model, user, TRUNK)
    obstacles = (Obstacle(body, CLOTH_M), Obstacle(Surface(model, posed, ("torso", "thigh")), 0.0, 3))
    mine = parts_of(model, *(f"{side}_{part}" for part in ARM_PARTS))
    best: tuple[float, float, NDArray] | None = None
    for lower_m, downwards, behind in FLANKS:
        facing = np.array([out * 0.98, 0.0, behind])
        target = _on_surface(trunk, facing, 1, float(np.clip(height + lower_m, top, hip)))
        touch = Touch(
            trunk,
            CLOTH_M,
            target,
            np.array([0.3, 1.0, 1.0]),
            _unit([-out * 0.1, 0.1 + downwards, 0.95]),
            (shoulder + target) / 2 + [0.0, 0.03, 0.06],
            0.04,
        )
        angles, _ = reach(arm, parent, collar, touch, obstacles, frees_collar=True)
        tried = rotations.copy()
        arm.write(tried, angles)
        close_hand(model, other, tried, (pose.root_rotation, pose.root_m), side, touch)
        gap = _gap(arm.place(parent, collar, angles).palm_point(0.5, arm.thick_m), touch)
        placed = model.pose(other, Pose(tried, pose.root_rotation, pose.root_m))
        inside = body.inside(placed.vertices_m[mine])  # the user's arms will move out of the way
        fault = max(inside / MOST_INSIDE_M, abs(gap) / FAR_M)
        if best is None or fault < best[0]:
            best = fault, gap, tried
        if fault < 0.85:
            break
    assert best is not None  # noqa: S101 - there is at least one try
    rotations[:] = best[2]
    return best[1]


def _user_arm(
    model: BodyModel,
    user: Rest,
    pose: Pose,
    posed: Posed,
    other: Posed,
    rotations: NDArray,
    side: str,
    is_child: bool,
    lower_m: float,
) -> float:
    """One arm of the user round the other's back; writes the rotations, returns the gap under the palm."""
    out = 1.0 if side == "left" else -1.0
    arm = Arm(model, user, side)
    # the collar bone stays as fitted: its own turn goes into the parent's
    collar_bone = model.bone(f"{side}_clavicle")
    parent = np.asarray(posed.bones[collar_bone, :3, :3], np.float64)
    collar = np.asarray(posed.joints_m[collar_bone], np.float64)
    shoulder = np.asarray(posed.joints_m[model.bone(f"{side}_upper_arm")], np.float64)
    back = Surface(model, other, ("torso", "upper_arm"), TO_LENS)
    top, hip = _heights(model, other)
    middle = float(np.mean([other.joints_m[model.bone(f"{s}_upper_arm"), 0] for s in SIDES]))
    half = 0.5 * float(np.linalg.norm(np.subtract(*(other.joints_m[model.bone(f"{s}_upper_arm")] for s in SIDES))))
    # one hand above the other, so that the forearms may pass each other
    shares = (0.30, 0.46) if is_child else (0.25, 0.44)
    height = top + shares[0 if side == "right" else 1] * (hip - top) + lower_m
    own = float(np.mean([posed.joints_m[model.bone(f"{s}_upper_arm"), 0] for s in SIDES]))
    beside = max(0.0, out * (middle - own))  # what the outer arm has further to go it does not have for the back
    # over the other's arms, which are round the waist; a child is held low and close, not from above
    elbow_y = shoulder[1] + 0.13 + lower_m
    obstacles = (
        Obstacle(Surface(model, other, (*TRUNK, "upper_arm", "forearm")), CLOTH_M + 0.004),
        Obstacle(Surface(model, posed, ("torso", "head", "neck")), 0.0, 3),
    )
    slant = 0.12  # how far the fingers point down: as the forearm does
    kept, mine = rotations[collar_bone].copy(), parts_of(model, *(f"{side}_{part}" for part in ARM_PARTS))
    best: tuple[float, float, NDArray] | None = None
    for across, aside in TRIES_M["child" if is_child else "equal"]:
        target = _on_surface(back, np.array([0.0, 0.0, -1.0]), 1, height, x=middle + out * (across + 0.7 * beside))
        if is_child:
            low = shoulder[1] + 0.92 * float(arm.lengths_m[1])
            elbow_y = min(max(target[1] - 0.02, shoulder[1] + 0.16), low)
            slant = 0.12 + 0.7 * float(np.clip((target[1] - elbow_y) / float(arm.lengths_m[2]), 0, 1))
        touch = Touch(
            back,
            CLOTH_M,
            target,
            np.array([1.0 if is_child else 0.4, 1.2, 0.4]),
            _unit([-out * 0.97, slant, 0.1] if is_child else [-out * 0.93, -0.32, 0.1]),
            np.array([middle + out * (half + aside), elbow_y, 0.5 * shoulder[2] + 0.5 * target[2]]),
            0.09 if is_child else 0.10,
        )
        angles, gap = _laid(arm, parent, collar, touch, obstacles)
        if abs(gap) > FAR_M:  # it cannot get past the other's arm: then it lies on that
            wider = replace(touch, surface=Surface(model, other, ("torso", "upper_arm", "forearm"), TO_LENS))
            again, nearer = _laid(arm, parent, collar, wider, obstacles)
            if abs(nearer) < abs(gap):
                angles, gap, touch = again, nearer, wider
        on_arm = 0.0 if touch.surface is back else ON_ARM
        tried = rotations.copy()
        arm.write(tried, angles)
        tried[collar_bone] = kept
        close_hand(model, user, tried, (pose.root_rotation, pose.root_m), side, touch)
        placed = model.pose(user, replace(pose, rotations_rad=tried))
        laid = replace(placed, vertices_m=placed.vertices_m[mine])  # the other arm may still be as filmed
        fault = on_arm + max(depth_inside(model, laid, other) / MOST_INSIDE_M, abs(gap) / FAR_M)
        if best is None or fault < best[0]:
            best = fault, gap, tried
        if fault < 0.85:
            break
    assert best is not None  # noqa: S101 - there is at least one try
    rotations[:] = best[2]
    return best[1]


def _laid(
    arm: Arm, parent: NDArray, collar: NDArray, touch: Touch, obstacles: Sequence[Obstacle]
) -> tuple[NDArray, float]:
    """Angles of the arm, the collar bone fixed, and the gap under the palm."""
    angles, _ = reach(arm, parent, collar, touch, obstacles, frees_collar=False)
    return angles, _gap(arm.place(parent, collar, angles).palm_point(0.5, arm.thick_m), touch)


def _heights(model: BodyModel, posed: Posed) -> tuple[float, float]:
    """y of shoulders and hips."""
    pairs = [[posed.joints_m[model.bone(f"{side}_{bone}"), 1] for side in SIDES] for bone in ("upper_arm", "thigh")]
    return float(np.mean(pairs[0])), float(np.mean(pairs[1]))


def _on_surface(surface: Surface, facing: NDArray, axis: int, value: float, x: float | None = None) -> NDArray:
    """The point of a surface at a height that faces a direction best (near ``x`` where given)."""
    off = np.abs(surface.points_m[:, axis] - value) / 0.02
    cost = off - 3 * (surface.normals @ (facing / np.linalg.norm(facing)))
    if x is not None:
        cost = cost + np.abs(surface.points_m[:, 0] - x) / 0.02
    return surface.points_m[int(cost.argmin())]


def _gap(point: NDArray, touch: Touch) -> float:
    return float(touch.surface.distance(point[None])[0][0] - touch.cloth_m)


def _unit(vector: list[float]) -> NDArray:
    array = np.array(vector, np.float64)
    return array / np.linalg.norm(array)
