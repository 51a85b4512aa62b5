"""Make ``studio/animatic/body/data/body.npz``, the clothed body proxy, from anny (Apache-2.0, MakeHuman CC0 data).

    python tools/make_body.py            (in an environment with tools/requirements-body.txt)

What leaves this file is a clothed figure: before anything is written, torso, seat, thighs and chest are smoothed and
moved outwards, feet become shoes, and children get one shape without sex.  The mesh that anny gives never touches the
disk from here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

TARGET = Path(__file__).resolve().parent.parent / "studio" / "animatic" / "body" / "data" / "body.npz"
STEP_M = 1 / 16000
"""Unit of the stored coordinates."""

FINGERS = ("thumb", "index", "middle", "ring", "little")
SIDES = (("left", "L"), ("right", "R"))
BUILDS = ({"weight": 0.22, "muscle": 0.40}, {"weight": 0.5, "muscle": 0.5}, {"weight": 1.0, "muscle": 0.50})
HEAVIER = 1.5  # the source's heaviest is still moderate: its difference from the mean is taken that many times
# anny is linear in its age between these
AGE_KEYS = (0.0, 1 / 3, 2 / 3, 1.0)
# (age key, sex) of the anchors; sex -1 = one shape for both
ANCHORS = ((0, -1), (1, -1), (2, 0), (2, 1), (3, 0), (3, 1))

Points = NDArray[np.float64]


def bone_table() -> list[tuple[str, str | None, str | tuple[str, ...], tuple[str, ...]]]:
    """Name, parent, whose head is the joint, which anny bones it takes over."""
    table: list[tuple[str, str | None, str | tuple[str, ...], tuple[str, ...]]] = [
        ("pelvis", None, "root", ("root", "pelvis.L", "pelvis.R", "spine05")),
        ("spine_1", "pelvis", "spine04", ("spine04",)),
        ("spine_2", "spine_1", "spine03", ("spine03",)),
        ("spine_3", "spine_2", "spine02", ("spine02",)),
        ("chest", "spine_3", "spine01", ("spine01",)),
        ("neck", "chest", "neck01", ("neck01", "neck02", "neck03")),
        ("head", "neck", "head", ("head", "eye.L", "eye.R")),
    ]
    for side, s in SIDES:
        table += [
            (f"{side}_clavicle", "chest", f"clavicle.{s}", (f"clavicle.{s}", f"shoulder01.{s}")),
            (f"{side}_upper_arm", f"{side}_clavicle", f"upperarm01.{s}", (f"upperarm01.{s}", f"upperarm02.{s}")),
            (f"{side}_forearm", f"{side}_upper_arm", f"lowerarm01.{s}", (f"lowerarm01.{s}", f"lowerarm02.{s}")),
            (
                f"{side}_hand",
                f"{side}_forearm",
                f"wrist.{s}",
                (f"wrist.{s}", *(f"metacarpal{n}.{s}" for n in range(1, 5))),
            ),
        ]
        for n, finger in enumerate(FINGERS, 1):
            for joint in (1, 2, 3):
                parent = f"{side}_hand" if joint == 1 else f"{side}_{finger}_{joint - 1}"
                table.append(
                    (f"{side}_{finger}_{joint}", parent, f"finger{n}-{joint}.{s}", (f"finger{n}-{joint}.{s}",))
                )
        toes = tuple(f"toe{n}-{j}.{s}" for n in range(1, 6) for j in range(1, 3 if n == 1 else 4))
        table += [
            (f"{side}_thigh", "pelvis", f"upperleg01.{s}", (f"upperleg01.{s}", f"upperleg02.{s}")),
            (f"{side}_shin", f"{side}_thigh", f"lowerleg01.{s}", (f"lowerleg01.{s}", f"lowerleg02.{s}")),
            (f"{side}_foot", f"{side}_shin", f"foot.{s}", (f"foot.{s}",)),
            (f"{side}_toes", f"{side}_foot", (f"toe2-1.{s}", f"toe3-1.{s}", f"toe4-1.{s}"), toes),
        ]
    return table


def part_names() -> tuple[str, ...]:
    limbs = ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")
    return ("head", "neck", "torso", *(f"{side}_{limb}" for side, _ in SIDES for limb in limbs))


def part_of(bone: str) -> str:
    """The part a bone's skin belongs to."""
    if bone in ("head", "neck"):
        return bone
    side, _, limb = bone.partition("_")
    if side not in ("left", "right") or limb == "clavicle":
        return "torso"
    if limb == "toes":
        return f"{side}_foot"
    return bone if bone in part_names() else f"{side}_hand"


class Mesh:
    """Topology after the inner cavities, eyes and tongue are taken out and the holes closed."""

    def __init__(self, triangles: NDArray, keep: NDArray[np.bool_]) -> None:
        number = np.full(len(keep), -1)
        number[keep] = np.arange(keep.sum())
        inside = keep[triangles].all(axis=1)
        self.keep = np.flatnonzero(keep)
        self.triangles = number[triangles[inside]]
        self.loops = _boundary_loops(self.triangles)
        count, fans = len(self.keep), []
        for n, loop in enumerate(self.loops):
            fans += [(b, a, count + n) for a, b in zip(loop, np.roll(loop, -1), strict=True)]
        if fans:
            self.triangles = np.vstack([self.triangles, np.array(fans)])
        self.count = count + len(self.loops)
        a, b = self.triangles[:, [0, 1, 2]].ravel(), self.triangles[:, [1, 2, 0]].ravel()
        link = csr_matrix((np.ones(len(a) * 2), (np.r_[a, b], np.r_[b, a])), shape=(self.count, self.count))
        link.data[:] = 1
        self.mean = diags(1 / np.maximum(np.asarray(link.sum(axis=1)).ravel(), 1)) @ link

    def take(self, values: NDArray) -> NDArray[np.float64]:
        """Per-vertex values of anny's mesh on this one; the middle of a closed hole gets the mean of its rim."""
        kept = np.asarray(values, np.float64)[self.keep]
        return np.concatenate([kept, *(kept[loop].mean(axis=0)[None] for loop in self.loops)])

    def normals(self, points: Points) -> Points:
        a, b, c = (points[self.triangles[:, n]] for n in range(3))
        face = np.cross(b - a, c - a)
        total = np.zeros_like(points)
        for n in range(3):
            np.add.at(total, self.triangles[:, n], face)
        return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)

    def smooth(self, points: Points, share: NDArray[np.float64], steps: int) -> Points:
        """Laplacian smoothing where ``share`` (n,) is 1, Taubin's second pass left out: shrinking is wanted."""
        for _ in range(steps):
            points = points + 0.5 * share[:, None] * (self.mean @ points - points)
        return points


def _boundary_loops(triangles: NDArray) -> list[NDArray]:
    edges = {(int(a), int(b)) for t in triangles for a, b in zip(t, np.roll(t, -1), strict=True)}
    follow = {a: b for a, b in edges if (b, a) not in edges}
    loops = []
    while follow:
        start, at = next(iter(follow.items()))
        loop = [start]
        del follow[start]
        while at != start:
            loop.append(at)
            at = follow.pop(at)
        loops.append(np.array(loop))
    return loops


def fair(mesh: Mesh, points: Points, reach_m: NDArray[np.float64]) -> Points:
    """The figure without features smaller than about twice ``reach_m`` (n,): a low pass (I + reach^4 Laplace^2).

    Cotangent weights (Pinkall & Polthier 1993), clamped; unlike steps of averaging it does not depend on how dense the
    mesh is, and large forms (waist, shoulders) hardly shrink.
    """
    from scipy.sparse.linalg import splu

    t = mesh.triangles
    rows, cols, values = [], [], []
    area = np.zeros(mesh.count)
    for n in range(3):
        i, j, k = t[:, n], t[:, (n + 1) % 3], t[:, (n + 2) % 3]
        u, v = points[i] - points[k], points[j] - points[k]
        twice = np.maximum(np.linalg.norm(np.cross(u, v), axis=1), 1e-10)
        cot = np.clip((u * v).sum(axis=1) / twice, 0.05, 5.0) / 2
        rows += [i, j]
        cols += [j, i]
        values += [cot, cot]
        area += np.bincount(i, twice / 6, mesh.count)
    link = csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))), (mesh.count, mesh.count))
    laplace = diags(np.asarray(link.sum(axis=1)).ravel()) - link
    area = np.maximum(area, 1e-8)
    bend = laplace.T @ diags(reach_m**4 / area) @ laplace
    low_pass = splu((diags(area) + bend).tocsc())
    once = low_pass.solve(points * area[:, None])
    # what the filter took is filtered too and given back: limbs keep their girth
    return once + low_pass.solve((points - once) * area[:, None])


def clothe(mesh: Mesh, points: Points, weights: dict[str, NDArray[np.float64]], grown: float, hips_m: float) -> Points:
    """The figure in plain clothes: no anatomy left on trunk and legs, feet as shoes, a face without detail.

    Parameters
    ----------
    points : (n, 3) metres, y up
    weights : skin weight (n,) of groups of bones
    grown : 0 child .. 1 adult; a child's clothes hang straighter
    hips_m : height of the hip joints
    """
    scale = np.ptp(points[:, 1]) / 1.7
    trunk = mesh.smooth(weights["trunk"][:, None], np.ones(mesh.count), 3)[:, 0]
    # trousers hang from the seat: the tops of the thighs are part of the trunk
    below = np.clip(hips_m - points[:, 1], 0, None) / scale
    top = 0.034 * np.exp(-((below / 0.16) ** 2))
    reach = (0.080 - 0.015 * grown) * trunk + (0.042 + top) * weights["thighs"] + 0.026 * weights["upper_arms"]
    reach += 0.028 * weights["shins"] + 0.010 * weights["forearms"] + 0.009 * weights["face"]
    reach = np.maximum(reach, 0.020 * weights["feet"]) * scale
    points = _toe_cap(points, weights)
    points = fair(mesh, points, reach)
    # a second pass: what the first bent is now spread over its surroundings
    points = fair(mesh, points, 0.8 * reach * np.clip(trunk + weights["thighs"], 0, 1))
    cloth = np.clip(trunk + weights["thighs"] + 0.9 * weights["shins"] + 0.5 * weights["upper_arms"], 0, 1)
    points = points + 0.009 * scale * cloth[:, None] * mesh.normals(points)
    return _shoes(mesh, points, weights, scale)


def _shoes(mesh: Mesh, points: Points, weights: dict[str, NDArray[np.float64]], scale: float) -> Points:
    feet = weights["feet"]
    # normals of the folds between the toes point anywhere: take those of the surroundings
    out = mesh.smooth(mesh.normals(points), np.ones(mesh.count), 30)
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    points = points + 0.010 * scale * feet[:, None] * out
    points = _toe_cap(fair(mesh, points, 0.012 * scale * feet), weights)
    sole = points[:, 1].min()
    low = np.clip((0.030 * scale + sole - points[:, 1]) / (0.02 * scale), 0, 1) * feet
    points[:, 1] += low * (sole - points[:, 1])
    return points


def _toe_cap(points: Points, weights: dict[str, NDArray[np.float64]]) -> Points:
    """Toes pushed outwards, away from the ball of the foot, to the convex hull of the foot: one cap in their place."""
    from scipy.spatial import ConvexHull

    points = points.copy()
    for sign in (1, -1):
        foot = np.flatnonzero((weights["feet"] > 0.5) & (points[:, 0] * sign > 0))
        toes = foot[weights["toes"][foot] > 0.02]
        ball = points[toes][weights["toes"][toes] < 0.6].mean(axis=0)
        plane = ConvexHull(points[foot]).equations
        ray = points[toes] - ball
        slope = plane[:, :3] @ ray.T
        reach = np.where(slope > 1e-9, -(plane[:, :3] @ ball + plane[:, 3])[:, None] / np.maximum(slope, 1e-9), np.inf)
        share = np.clip(weights["toes"][toes] * 2, 0, 1)[:, None]
        points[toes] += share * (reach.min(axis=0)[:, None] - 1) * ray
    return points


def even(points: Points, mirror: NDArray) -> Points:
    """The mean of a figure and its mirror image."""
    return (points + points[mirror] * np.array([-1.0, 1.0, 1.0])) / 2


def mirror_of(points: Points) -> NDArray:
    """For every vertex the one at the mirrored place."""
    from scipy.spatial import cKDTree

    return cKDTree(points).query(points * np.array([-1.0, 1.0, 1.0]))[1]


def top_weights(dense: NDArray[np.float64], count: int = 4) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The ``count`` strongest bones of every vertex and their shares in 255ths."""
    bones = np.argsort(-dense, axis=1)[:, :count]
    share = np.take_along_axis(dense, bones, axis=1)
    share /= share.sum(axis=1, keepdims=True)
    return bones.astype(np.uint8), np.rint(share * 255).astype(np.uint8)


def main() -> None:
    import anny
    import torch

    torch.set_num_threads(1)
    model = anny.Anny(skinning_method="lbs")
    labels = list(model.bone_labels)
    table = bone_table()
    names = [row[0] for row in table]

    def figure(age: float, sex: float, build: dict[str, float]) -> tuple[Points, Points]:
        values = {"age": age, "gender": 1 - sex, "height": 0.5, "proportions": 0.5, **build}
        with torch.no_grad():
            rest = model(phenotype_kwargs={k: torch.tensor([v]) for k, v in values.items()})
        turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float64)
        return (rest["rest_vertices"][0].numpy() @ turn.T, rest["rest_bone_heads"][0].numpy() @ turn.T)

    base, _ = figure(2 / 3, 0.5, BUILDS[1])
    triangles = np.asarray(model.get_triangular_faces(), np.int64)
    mesh = Mesh(triangles, _outer(model, base, triangles))
    mirror = mirror_of(mesh.take(base))

    anny_weights = mesh.take(np.asarray(model.dense_vertex_bone_weights))
    dense = np.stack([anny_weights[:, [labels.index(b) for b in row[3]]].sum(axis=1) for row in table], axis=1)
    fine = dense[:, [n for n, name in enumerate(names) if part_of(name).endswith("hand")]].sum(axis=1)
    dense = mesh.smooth(mesh.smooth(dense, np.ones(mesh.count), 2), 1 - fine, 8)
    dense /= dense.sum(axis=1, keepdims=True)
    group = _groups(dense, names, mesh, mesh.take(base))

    vertices, joints = [], []
    for key, sex in ANCHORS:
        for build in BUILDS:
            sexes = (0.0, 1.0) if sex < 0 else (float(sex),)
            gain = HEAVIER if build is BUILDS[2] else 1.0
            means = [
                np.mean(b, axis=0) for b in zip(*(figure(AGE_KEYS[key], s, BUILDS[1]) for s in sexes), strict=True)
            ]
            own = [np.mean(b, axis=0) for b in zip(*(figure(AGE_KEYS[key], s, build) for s in sexes), strict=True)]
            whole, heads = (mean + gain * (one - mean) for mean, one in zip(means, own, strict=True))
            points = mesh.take(whole)
            heads = np.stack([heads[_rows(labels, row[2])].mean(axis=0) for row in table])
            hips = float(heads[names.index("left_thigh"), 1])
            grown = float(np.clip(3 * AGE_KEYS[key] - 1, 0, 1))
            dressed = even(clothe(mesh, points, group, grown, hips), mirror)
            ground = np.array([0.0, dressed[:, 1].min(), 0.0])
            vertices.append(dressed - ground)
            joints.append(heads - ground)

    parts = part_names()
    of_bone = np.array([parts.index(part_of(name)) for name in names])
    part_share = np.stack([dense[:, of_bone == n].sum(axis=1) for n in range(len(parts))], axis=1)
    bones, share = top_weights(dense)
    points_of = anny.KeypointsRegressor.coco(model)
    surface = [points_of.labels.index(k) for k in SURFACE_POINTS]
    rows = mesh.take(points_of.regression_weights.numpy()[surface].T).T
    rows[:, len(mesh.keep) :] = 0
    point_vertices = np.argsort(-rows, axis=1)[:, :16]
    point_share = np.take_along_axis(rows, point_vertices, axis=1)
    point_share /= point_share.sum(axis=1, keepdims=True)
    years, keys = _calendar(anny, model)

    stored = np.rint(np.stack(vertices) / STEP_M).astype(np.int16)
    stored[1:] -= stored[:1]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        TARGET,
        step_m=np.float32(STEP_M),
        vertices=stored.reshape(len(ANCHORS), len(BUILDS), -1, 3),
        joints_m=np.stack(joints).reshape(len(ANCHORS), len(BUILDS), -1, 3).astype(np.float32),
        anchor_age=np.array([AGE_KEYS[k] for k, _ in ANCHORS], np.float32),
        anchor_sex=np.array([s for _, s in ANCHORS], np.int8),
        years=years.astype(np.float32),
        age_keys=keys.astype(np.float32),
        triangles=mesh.triangles.astype(np.uint16),
        bones=np.array(names),
        parents=np.array([-1 if row[1] is None else names.index(row[1]) for row in table], np.int16),
        skin_bones=bones,
        skin_share=share,
        parts=np.array(parts),
        part=part_share.argmax(axis=1).astype(np.uint8),
        point_names=np.array(SURFACE_POINTS),
        point_vertices=point_vertices.astype(np.uint16),
        point_share=point_share.astype(np.float32),
    )
    print(f"{mesh.count} vertices, {len(mesh.triangles)} triangles, {len(mesh.loops)} holes closed")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e6:.2f} MB")


SURFACE_POINTS = (
    "nose", "left_ear", "right_ear", "left_heel", "right_heel", "left_big_toe", "right_big_toe",
)  # fmt: skip


def _rows(labels: list[str], heads: str | tuple[str, ...]) -> list[int]:
    return [labels.index(h) for h in ((heads,) if isinstance(heads, str) else heads)]


def _outer(model, base: Points, triangles: NDArray) -> NDArray[np.bool_]:
    """Vertices of the outer skin: the largest piece without the cavities of mouth and eyes."""
    import torch
    from anny.paths import get_anny_root_dir
    from scipy.sparse.csgraph import connected_components

    cavity = torch.load(get_anny_root_dir() / "data" / "template_mesh_internal_cavities.pth", weights_only=True)
    keep = ~np.isin(np.asarray(model.base_mesh_vertex_indices), np.asarray(cavity["vertex_indices"]))
    t = triangles[keep[triangles].all(axis=1)]
    link = csr_matrix((np.ones(len(t) * 2), (t[:, [0, 1]].ravel(), t[:, [1, 2]].ravel())), shape=(len(base), len(base)))
    _, piece = connected_components(link, directed=False)
    used = np.zeros(len(base), bool)
    used[t] = True
    return used & (piece == np.bincount(piece[used]).argmax())


def _groups(dense: NDArray, names: list[str], mesh: Mesh, base: Points) -> dict[str, NDArray[np.float64]]:
    def share(*ends: str) -> NDArray[np.float64]:
        return dense[:, [n for n, name in enumerate(names) if name.endswith(ends)]].sum(axis=1)

    head = share("head")
    front = np.clip((base[:, 2] - np.percentile(base[head > 0.9, 2], 55)) / 0.03, 0, 1)
    return {
        "trunk": share("pelvis", "spine_1", "spine_2", "spine_3", "chest", "clavicle"),
        "thighs": share("thigh"),
        "shins": share("shin"),
        "upper_arms": share("upper_arm"),
        "forearms": share("forearm"),
        "toes": share("toes"),
        "feet": np.clip(share("foot", "toes") * 1.3 - 0.2, 0, 1),
        "face": head * front,
    }


def _calendar(anny, model) -> tuple[NDArray, NDArray]:
    """Years and anny's age at them, mean of girls and boys."""
    import torch
    from anny.paths import get_anny_root_dir

    keys = []
    for sex in ("girls", "boys"):
        state = torch.load(get_anny_root_dir() / "data" / "shape_calibration" / f"{sex}.pth", weights_only=False)
        mapping = state["morphological_age_mapping"]
        mapping = mapping if isinstance(mapping, dict) else mapping.state_dict()
        years = np.asarray(mapping["morphological_age_anchors"], np.float64)
        keys.append(np.asarray(mapping["anny_age_anchors"], np.float64))
    return years, np.mean(keys, axis=0)


if __name__ == "__main__":
    main()
