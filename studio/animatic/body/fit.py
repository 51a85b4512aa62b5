"""Fit the body proxy to the person in one frame: pose, proportions, then clothes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body.align import align
from studio.animatic.body.camera import Camera
from studio.animatic.body.model import BodyModel, Pose, load_body
from studio.animatic.body.shape import Rest, Shape
from studio.animatic.body.silhouette import Outline, overlap, parts_seen, widen

WORST_ERROR = 0.01
"""Mean distance of landmarks and keypoints, share of the body height, above which the proxy is not used."""
LEAST_OVERLAP = 0.75


@dataclass(frozen=True, slots=True)
class Fit:
    """The body of the person in one frame.

    Parameters
    ----------
    shape : with the fitted proportions
    rest : the body without its clothes' offsets
    pose : in the camera frame
    keypoint_error : mean distance of the keypoints from mediapipe's landmarks, share of the body height
    iou : of the drawn body and the matte
    offsets_m : (v, 3) float32, clothes and the person's own form: added to the rest vertices
    ok : whether the proxy may be used
    why : the reason where it may not; empty otherwise
    """

    shape: Shape
    rest: Rest
    pose: Pose
    keypoint_error: float
    iou: float
    offsets_m: NDArray[np.float32]
    ok: bool
    why: str = ""

    @property
    def clothed(self) -> Rest:
        """The body at rest with its clothes."""
        return Rest(self.rest.vertices_m + self.offsets_m, self.rest.joints_m, self.shape)


def fit_body(
    keypoints_px: NDArray[np.float32],
    visibility: NDArray[np.float32],
    matte: NDArray,
    camera: Camera,
    guess: Shape,
    model: BodyModel | None = None,
    hands_px: NDArray[np.float32] | None = None,
) -> Fit:
    """Fit the body to one frame.

    Legs that the picture cuts off stand straight; where the ground is stays unknown then.

    Parameters
    ----------
    keypoints_px : (33, 3) mediapipe's pose landmarks in pixels of the clip frame, z negative towards the camera
    visibility : (33,) 0 to 1
    matte : (h, w) of the whole frame at any size; float 0..1 or uint8 0..255
    camera : of the clip frame
    guess : age, sex, build and stature; depth follows from the stature
    hands_px : (2, 21, 3) landmarks of the left and right hand where found, NaN elsewhere; they turn the hands
    """
    model = model or load_body()
    rest = model.rest(guess)
    found = align(model, rest, keypoints_px, visibility, camera, hands_px)
    if found is None:
        pose = Pose(np.zeros((len(model.bones), 3), np.float32), np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
        none = np.zeros_like(rest.vertices_m)
        return Fit(guess, rest, pose, np.inf, 0.0, none, False, "shoulders and hips are not both in the picture")
    shape = replace(guess, proportions=found.proportions)
    rest = model.rest(shape)
    outline = Outline.of(matte, camera)
    offsets = widen(model, rest, found.pose, outline)
    posed = model.pose(Rest(rest.vertices_m + offsets, rest.joints_m, shape), found.pose)
    iou = overlap(parts_seen(model, posed, outline.camera), outline.matte)
    error = float(found.error_px.mean()) / found.height_px
    why = _why_not(error, iou)
    return Fit(shape, rest, found.pose, error, iou, offsets, not why, why)


def follow(
    fit: Fit,
    keypoints_px: NDArray[np.float32],
    visibility: NDArray[np.float32],
    camera: Camera,
    model: BodyModel | None = None,
    hands_px: NDArray[np.float32] | None = None,
) -> Pose | None:
    """The pose of a fitted person in another frame of the clip, in some 0.1 s; None where the trunk is not seen.

    Proportions stay, and the distance from the lens nearly so.
    """
    model = model or load_body()
    pelvis = fit.pose.root_rotation @ fit.rest.joints_m[0] + fit.pose.root_m
    found = align(model, fit.rest, keypoints_px, visibility, camera, hands_px, float(pelvis[2]))
    return None if found is None else found.pose


def _why_not(error: float, iou: float) -> str:
    if not error <= WORST_ERROR:
        return f"the body misses the landmarks by {error:.1%} of its height"
    if iou < LEAST_OVERLAP:
        return f"the body covers only {iou:.0%} of the outline"
    return ""
