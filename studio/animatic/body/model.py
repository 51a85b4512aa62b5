"""The body model: from a shape and a pose to vertices, joints and keypoints, in a few milliseconds.

Linear blend skinning (Magnenat-Thalmann et al. 1988) with a half-way bone at every joint that bends far, so that elbows
and shoulders keep their volume.  The data (``data/README.md``) is a clothed figure, not a body.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.animatic.body import reshape
from studio.animatic.body.parts import PARTS
from studio.animatic.body.shape import Rest, Shape
from studio.animatic.body.skeleton import as_matrices, bone_transforms, rotation_matrices

__all__ = ["PARTS", "BodyModel", "Pose", "Posed", "load_body"]

_FILE = Path(__file__).parent / "data" / "body.npz"
_BENDING = ("neck", "head", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "_1", "_2", "_3")


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the body is and how its joints are bent.

    Parameters
    ----------
    rotations_rad : (b, 3) float32, axis-angle of each bone relative to rest, in body axes
    root_rotation : (3, 3), body frame to camera frame
    root_m : (3,) metres, where the body frame's origin (between the feet at rest) lies in the camera frame
    """

    rotations_rad: NDArray[np.float32]
    root_rotation: NDArray[np.float32]
    root_m: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Posed:
    """A posed body in the camera frame.

    Parameters
    ----------
    vertices_m, normals : (v, 3) float32; normals of length 1, pointing out
    joints_m : (b, 3) float32
    bones : (b, 4, 4) float32, from a rest point to the camera frame
    """

    vertices_m: NDArray[np.float32]
    joints_m: NDArray[np.float32]
    normals: NDArray[np.float32]
    bones: NDArray[np.float32]


class BodyModel:
    """The data of ``data/body.npz`` with what is evaluated from it.

    Attributes
    ----------
    bones : names
    parents : (b,) int16, -1 for the root; parents come first
    triangles : (t, 3) int32, counter-clockwise seen from outside
    part : (v,) uint8, index of ``PARTS``
    weights : (v, b) float32, share of each bone in each vertex
    """

    def __init__(self, data: dict[str, NDArray]) -> None:
        self.bones: tuple[str, ...] = tuple(str(name) for name in data["bones"])
        self.parents: NDArray[np.int16] = data["parents"]
        self.triangles: NDArray[np.int32] = data["triangles"].astype(np.int32)
        order = [PARTS.index(str(name)) for name in data["parts"]]
        self.part: NDArray[np.uint8] = np.array(order, np.uint8)[data["part"]]
        step = float(data["step_m"])
        stored = data["vertices"].astype(np.float32)
        stored[1:] += stored[0, 0]
        stored[0, 1:] += stored[0, 0]
        self._vertices_m = stored * np.float32(step)
        self._joints_m = data["joints_m"]
        self._anchor_age, self._anchor_sex = data["anchor_age"], data["anchor_sex"]
        self._calendar = data["years"], data["age_keys"]
        self.weights = _dense(data["skin_bones"], data["skin_share"], len(self.bones))
        self._points = {
            str(name): (data["point_vertices"][n], data["point_share"][n]) for n, name in enumerate(data["point_names"])
        }
        self._halves, self._deform = _half_bones(self.weights, self.bones, self.parents)
        corner = self.triangles.ravel()
        self._corners = np.argsort(corner, kind="stable") // 3
        self._starts = np.searchsorted(np.sort(corner), np.arange(len(self.part)))

    def bone(self, name: str) -> int:
        """Number of a bone."""
        return self.bones.index(name)

    def rest(self, shape: Shape) -> Rest:
        """The body at rest, standing on y = 0."""
        return reshape.personal(self, self.mean(shape))

    def mean(self, shape: Shape) -> Rest:
        """The source data's body of that age, sex and build, before anything is known of its proportions."""
        share = self._anchor_share(shape).astype(np.float32)
        used = share > 0
        vertices = np.tensordot(share[used], self._vertices_m[used], 1)
        joints = np.tensordot(share[used], self._joints_m[used], 1)
        return Rest(vertices, joints, shape)

    def pose(self, rest: Rest, pose: Pose) -> Posed:
        """Bend a body and set it before the camera."""
        root_turn, root_move = np.asarray(pose.root_rotation, np.float64), np.asarray(pose.root_m, np.float64)
        turns, moves = bone_transforms(self.parents, rest.joints_m, pose.rotations_rad)
        all_turns, all_moves = self._with_halves(rest.joints_m, pose.rotations_rad, turns, moves)
        vertices = self._skin(rest.vertices_m, root_turn @ all_turns, all_moves @ root_turn.T + root_move)
        turns, moves = root_turn @ turns, moves @ root_turn.T + root_move
        joints = np.einsum("bij,bj->bi", turns, rest.joints_m) + moves
        return Posed(vertices, joints.astype(np.float32), self.normals(vertices), as_matrices(turns, moves))

    def deform(self, rest: Rest, rotations_rad: NDArray) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vertices (v, 3) and joints (b, 3) of a bent body in the body frame."""
        turns, moves = bone_transforms(self.parents, rest.joints_m, rotations_rad)
        vertices = self._skin(rest.vertices_m, *self._with_halves(rest.joints_m, rotations_rad, turns, moves))
        joints = np.einsum("bij,bj->bi", turns, rest.joints_m) + moves
        return vertices, joints.astype(np.float32)

    def normals(self, vertices_m: NDArray[np.float32]) -> NDArray[np.float32]:
        """(v, 3) unit normals, weighted by the area of the triangles around."""
        a, b, c = (vertices_m[self.triangles[:, n]] for n in range(3))
        face = np.cross(b - a, c - a)
        total = np.add.reduceat(face[self._corners], self._starts, axis=0)
        return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)

    def point(self, name: str, vertices_m: NDArray) -> NDArray[np.float32]:
        """A named point of the skin (nose, left_ear, left_heel, left_big_toe, ...) of (v, 3) vertices."""
        rows, share = self._points[name]
        return share @ vertices_m[rows]

    def keypoints(self, posed: Posed) -> dict[str, NDArray[np.float32]]:
        """The points that mediapipe's pose sees, in the camera frame."""
        found = {"nose": self.point("nose", posed.vertices_m)}
        ends = {"shoulder": "upper_arm", "elbow": "forearm", "wrist": "hand", "hip": "thigh", "knee": "shin"}
        ends |= {"ankle": "foot", "thumb": "thumb_3", "index": "index_2", "pinky": "little_2"}
        for side in ("left", "right"):
            found[f"{side}_ear"] = self.point(f"{side}_ear", posed.vertices_m)
            for name, bone in ends.items():
                found[f"{side}_{name}"] = posed.joints_m[self.bone(f"{side}_{bone}")]
            found[f"{side}_heel"] = self.point(f"{side}_heel", posed.vertices_m)
            found[f"{side}_toe"] = self.point(f"{side}_big_toe", posed.vertices_m)
        return found

    def _anchor_share(self, shape: Shape) -> NDArray[np.float64]:
        """(anchors, builds) shares, sum 1; linear between anchors as in the source data."""
        key = np.interp(shape.age_years, *self._calendar)
        keys = np.unique(self._anchor_age)
        sex = shape.shown_sex
        by_age = np.array([np.interp(key, keys, np.eye(len(keys))[n]) for n in range(len(keys))])
        of_sex = np.where(self._anchor_sex < 0, 1.0, np.where(self._anchor_sex == 1, sex, 1 - sex))
        anchors = by_age[np.searchsorted(keys, self._anchor_age)] * of_sex
        builds = np.interp(shape.build, [-1, 0, 1], [0, 1, 2])
        by_build = np.maximum(0, 1 - np.abs(np.arange(3) - builds))
        return anchors[:, None] * by_build

    def _with_halves(
        self, joints_m: NDArray, rotations_rad: NDArray, turns: NDArray, moves: NDArray
    ) -> tuple[NDArray, NDArray]:
        bones, parents = self._halves, self.parents[self._halves]
        joints = np.asarray(joints_m, np.float64)[bones]
        half = turns[parents] @ rotation_matrices(np.asarray(rotations_rad)[bones] / 2)
        at = np.einsum("bij,bj->bi", turns[parents], joints) + moves[parents]
        half_moves = at - np.einsum("bij,bj->bi", half, joints)
        return np.concatenate([turns, half]), np.concatenate([moves, half_moves])

    def _skin(self, vertices_m: NDArray, turns: NDArray, moves: NDArray) -> NDArray[np.float32]:
        maps = np.concatenate([turns, moves[..., None]], axis=2).reshape(len(turns), 12).astype(np.float32)
        own = (self._deform @ maps).reshape(-1, 3, 4)
        return np.einsum("vij,vj->vi", own[..., :3], vertices_m) + own[..., 3]


def _dense(bones: NDArray, share: NDArray, count: int) -> NDArray[np.float32]:
    weights = np.zeros((len(bones), count), np.float32)
    np.put_along_axis(weights, bones.astype(np.int64), share.astype(np.float32), axis=1)
    return weights / weights.sum(axis=1, keepdims=True)


def _half_bones(
    weights: NDArray[np.float32], names: tuple[str, ...], parents: NDArray
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Bones that get a half-way helper, and weights (v, b + helpers): where child and parent share a vertex, what they
    share goes to the helper between them."""
    halves = np.array([n for n, name in enumerate(names) if name.endswith(_BENDING) and not name.startswith("spine")])
    deform = np.concatenate([weights, np.zeros((len(weights), len(halves)), np.float32)], axis=1)
    for n, child in enumerate(halves):
        common = np.minimum(deform[:, child], deform[:, parents[child]])
        deform[:, child] -= common
        deform[:, parents[child]] -= common
        deform[:, len(names) + n] = 2 * common
    return halves, deform


@lru_cache(maxsize=1)
def load_body() -> BodyModel:
    """The body model, read once."""
    with np.load(_FILE) as data:
        return BodyModel(dict(data))
