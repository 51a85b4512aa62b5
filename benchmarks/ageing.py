"""Re-ageing measured: shape, skin, hair, identity, flicker and cost against the bars, on rendered faces.

    python benchmarks/ageing.py [--people "actor a" "clip 1"] [--ages 7 75] [--quick] [--json FILE] [--table FILE]

Every number is taken on what was rendered, with the mesh found anew in it.  The people are those of ../shared: two
synthetic actors whose true pictures as child, adult and old exist, real portraits and clips (numbers, no names), and
the held-out faces of the age table.  Noise: each person's own pictures are moved, turned and lit a little and measured
again; a curve may go back by three of those standard deviations.  One thread.  `measures.face_age*` say what is
measured.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import ageing_people as people  # noqa: E402
from benchmarks.ageing_table import CURVES, judge, rounded, tables  # noqa: E402
from studio.animatic.face.reager import Reager, prepare  # noqa: E402
from studio.director.measures import face_age, face_age_flicker, face_age_shape  # noqa: E402
from studio.vision.identity import Face, score_identity  # noqa: E402

AGES = (5.0, 8.0, 12.0, 16.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 88.0)
SIGMAS = 3.0
_RIM_IPD = 0.3
"""How far beyond a found outline the person may still be: strands, and what the matte network missed."""
JITTERS = 5
_REPEATED = 0.2
"""Grey levels: a clip brought to another frame rate repeats pictures, while the landmarks, smoothed in time, go on."""
CHILD_OLD = (7.0, 75.0)
CDC_CM = {
    "female": {3: 93.92, 4: 100.75, 5: 107.66, 6: 114.71, 7: 121.49, 8: 127.59, 9: 132.92, 10: 137.99, 11: 143.98,
               12: 151.19, 13: 157.15, 14: 160.39, 15: 161.86, 16: 162.55, 20: 163.34},
    "male": {3: 94.96, 4: 102.22, 5: 108.90, 6: 115.39, 7: 121.77, 8: 127.88, 9: 133.51, 10: 138.62, 11: 143.52,
             12: 149.05, 13: 156.09, 14: 163.84, 15: 169.94, 16: 173.51, 20: 176.85},
}  # fmt: skip
"""CDC 2000 stature-for-age, medians at the birthday (mean of the table's half months), cm."""


def rng() -> np.random.Generator:
    """The person's generator, the same for every age as in the film."""
    return np.random.default_rng(3)


def ready(person: people.Person, years: float) -> Reager:
    """The product's re-ager of one person and age."""
    return prepare(
        person.rgb, person.face_px, person.matte, from_years=person.years, to_years=years, sex=person.sex,
        rng=rng(), scale=person.scale,
    )  # fmt: skip


def reading(rgb, face, alpha, skin) -> dict[str, float | None]:
    """All curves' values of one picture."""
    look, shape = face_age.age_look(rgb, face, alpha, skin), face_age_shape.age_shape(face)
    return {name: getattr(look if hasattr(look, name) else shape, name) for name in CURVES}


def noise(finder: people.Finder, rgb, face, alpha, skin) -> dict[str, float]:
    """Standard deviation of every curve's value over pictures of the same face."""
    rows = []
    for picture, matte in face_age_shape.jittered(rgb, alpha, np.random.default_rng(1), JITTERS):
        found = finder.near(picture, face)
        if found is not None:
            rows.append(reading(picture, found, matte, skin))
    values = {name: [row[name] for row in rows if row[name] is not None] for name in CURVES}
    return {name: float(np.std(some, ddof=1)) if len(some) > 1 else 0.0 for name, some in values.items()}


def one_person(finder: people.Finder, person: people.Person, ages: tuple[float, ...]) -> dict[str, Any]:
    """Curves, noise, identity's meshes and proxies of one person; meshes under keys that begin with ``_``."""
    rows, shapes, proxies, floors, missed, skin = {}, {}, {}, [], [], None
    for years in ages:
        reager = ready(person, years)
        patch = reager.apply(person.rgb, person.face_px, person.matte)
        picture, alpha = people.over_wall(person.rgb, patch, person.scale)
        before, own_alpha, own_face = people.seen_at(person, patch)
        flat = face_age.unfold(before, own_face)
        if skin is None:
            skin = face_age.skin_seen(flat)
            own = reading(before, own_face, own_alpha, skin)
            floors.append(noise(finder, before, own_face, own_alpha, skin))
        face = finder.near(picture, own_face)
        if face is None:
            missed.append(years)
            continue
        rows[years] = reading(picture, face, alpha, skin)
        shapes[years] = (face, reager.warp.face)
        after = face_age.unfold(picture, face)
        proxies[years] = {
            "wrinkles": rows[years]["wrinkles"] / max(own["wrinkles"], 0.05),
            "unevenness": rows[years]["unevenness"] / own["unevenness"],
            "seam": face_age.seam(flat, after, skin),
            "grain": face_age.grain(picture, face) / max(face_age.grain(before, own_face), 0.3),
            "eyes": face_age.sharpness(after, face_age.eye_region()) / face_age.sharpness(flat, face_age.eye_region()),
        }
        if years == ages[-1]:
            floors.append(noise(finder, picture, face, alpha, skin))
    floor = {name: max(one[name] for one in floors) for name in CURVES}
    return {
        "name": person.name,
        "years": person.years,
        "ipd_px": round(float(face_age.mesh.pose_of(person.face_px).ipd_px * person.scale), 1),
        "own": own,
        "curves": rows,
        "noise": floor,
        "proxies": proxies,
        "no_face": missed,
        "broken": broken_curves(rows, floor),
        "_shapes": shapes,
        "_person": person,
    }


def broken_curves(rows: dict[float, dict], floor: dict[str, float]) -> list[dict[str, Any]]:
    """Where a curve turns back by more than noise."""
    found = []
    for name, segments in CURVES.items():
        for low, high, direction in segments:
            ages = [years for years in sorted(rows) if low <= years <= high and rows[years][name] is not None]
            values = [rows[years][name] for years in ages]
            tolerance = SIGMAS * floor[name]
            broken = face_age_shape.turned_back(values, direction, tolerance)
            if broken is not None:
                found.append(
                    {"curve": name, "at": ages[broken.at], "by": broken.by, "tolerance": tolerance, "values": values}
                )
    return found


def identities(measured: list[dict[str, Any]], weights: Path | None) -> dict[str, Any]:
    """Of each clone: is the nearest face its own?  By the mesh without its age, and by insightface where it is.

    Of the age curve as much is taken off as the mesh shows of it on all *other* people (`face_age_shape.followed`).
    """
    right, wrong, count = 0, [], 0
    moves = []
    for one in measured:
        person = one["_person"]
        own = face_age_shape.in_face_frame(person.face_px, person.sex)
        for years, (face, curve) in one["_shapes"].items():
            moved = face_age_shape.in_face_frame(face, person.sex) - own
            moves.append((person.identity, years, moved, curve))
    for one in measured:
        person: people.Person = one["_person"]
        for years, (face, curve) in one["_shapes"].items():
            others = [move[2:] for move in moves if move[0] != person.identity and move[1] == years]
            share = face_age_shape.followed(*zip(*others, strict=True)) if others else np.ones(3)
            bare = face_age_shape.undone(face, curve * share, person.sex)
            scores = {}
            for other in measured:
                theirs = face_age_shape.undone(other["_person"].face_px, np.zeros((478, 3)), person.sex)
                score = score_identity(Face(bare), Face(theirs)).value
                identity = other["_person"].identity
                scores[identity] = max(score, scores.get(identity, 0.0))
            nearest = max(scores, key=lambda name: scores[name])
            count += 1
            right += nearest == person.identity
            if nearest != person.identity:
                own, other = scores[person.identity], scores[nearest]
                wrong.append({"person": person.name, "years": years, "own": own, "taken_for": nearest, "other": other})
    result: dict[str, Any] = {"mesh geometry": right / count if count else None, "wrong": wrong, "compared": count}
    result["insightface"] = None if weights is None else embedded(measured, weights)
    return result


def embedded(measured: list[dict[str, Any]], weights: Path) -> float:
    """Share of clones (7 and 75 years) nearest to themselves by insightface's models, which only the user may allow."""
    right = count = 0
    for one in measured:
        person = one["_person"]
        for years in CHILD_OLD:
            patch = ready(person, years).apply(person.rgb, person.face_px, person.matte)
            clone = Face(person.face_px, people.over_wall(person.rgb, patch, person.scale)[0])
            scores: dict[str, float] = {}
            for other in measured:
                whole = Face(other["_person"].face_px, other["_person"].rgb)
                score = score_identity(clone, whole, weights=weights, licence_accepted=True).value
                identity = other["_person"].identity
                scores[identity] = max(score, scores.get(identity, 0.0))
            count += 1
            right += max(scores, key=lambda name: scores[name]) == person.identity
    return right / max(count, 1)


def true_ages(finder: people.Finder) -> dict[str, Any]:
    """Synthetic adults re-aged against the same identity's true picture: mean mesh error over that of doing nothing."""
    found: dict[str, Any] = {}
    for letter, (years, sex) in people._ACTORS.items():
        adult = people.true_age(finder, letter, "adult", years, sex)
        same = face_age_shape.in_face_frame(adult.face_px, sex)
        for age, target in (("child", 8.0), ("old", 75.0)):
            truth = face_age_shape.in_face_frame(people.true_age(finder, letter, age, target, sex).face_px, sex)
            patch = ready(adult, target).apply(adult.rgb, adult.face_px, adult.matte)
            picture, _ = people.over_wall(adult.rgb, patch, adult.scale)
            face = finder.near(picture, people.moved(adult.face_px, patch, adult.scale))
            if face is not None:
                ours = face_age_shape.mesh_error(face_age_shape.in_face_frame(face, sex), truth)
                found[f"actor {letter} to {age}"] = 1 - ours / face_age_shape.mesh_error(same, truth)
    return found


def held_out() -> dict[str, float]:
    """The planned shape on the age table's 20 held-out identities: error left away, per target age."""
    from studio.animatic.face.warp import plan_warp

    path = people.SHARED / "ageing" / "face_age_heldout.npz"
    if not path.is_file():
        return {}
    with np.load(path) as stored:
        faces, ages, sexes = stored["landmarks_ipd"].astype(float), stored["ages"].tolist(), stored["sex"]
    result = {}
    for target in (5, 7, 9, 12, 65, 75, 85):
        ours, nothing = [], []
        for face, sex in zip(faces, sexes, strict=True):
            adult, truth = face[ages.index(25)], face[ages.index(target)]
            ours.append(face_age_shape.mesh_error(adult + plan_warp(25, target, float(sex)).face, truth))
            nothing.append(face_age_shape.mesh_error(adult, truth))
        result[str(target)] = float(1 - np.mean(ours) / np.mean(nothing))
    return result


def in_time(finder: people.Finder, piece: people.Piece, years: float) -> dict[str, Any]:
    """Flicker, found faces and cost of one clip at one age."""
    person = piece.person
    start = time.process_time()
    reager = ready(person, years)
    setup_s, cost_s = time.process_time() - start, []
    clone_moves, user_moves, found, lost = [], [], 0, []
    clones, users, faces, moved, solids = [], [], [], [], []
    for index, frame in enumerate(piece.frames):
        start = time.process_time()
        patch = reager.apply(frame, piece.faces_px[index], piece.mattes[index])
        cost_s.append(time.process_time() - start)
        picture, alpha = people.over_wall(frame, patch, person.scale)
        user = people.moved(piece.faces_px[index], patch, person.scale)
        face = finder.near(picture, user)
        if piece.found[index]:
            found += face is not None
            if face is None:
                lost.append(index)
        clones.append(picture)
        solids.append(alpha > 0.98)
        users.append(people.own(frame, patch, person.scale))
        moved.append(user)
        faces.append(np.full((478, 3), np.nan, np.float32) if face is None else face)
    steadied = face_age.mesh.steady(np.array(faces)) if np.isfinite(np.array(faces)).any() else None
    for before, after in pairwise(range(len(clones))):
        if steadied is None or not (piece.found[before] and piece.found[after]):
            continue
        motion, solid = face_age_flicker.flow(users[before], users[after]), solids[before] & solids[after]
        user = face_age_flicker.flicker(users[before], users[after], motion, moved[before], solid)
        if user.fine < _REPEATED:
            continue
        user_moves.append(user)
        theirs = face_age_flicker.carried_over(motion, steadied[before], moved[before])
        clone_moves.append(face_age_flicker.flicker(clones[before], clones[after], theirs, steadied[before], solid))

    def ratio(part: str) -> float:
        ours, own = (np.nanmean([getattr(move, part) for move in moves]) for moves in (clone_moves, user_moves))
        return float(ours / max(own, 1e-6))

    return {
        "flicker": ratio("fine"),
        "flicker_wide": ratio("wide"),
        "flicker_for_contrast": ratio("fine") / ratio("steepness"),
        "user_grey_levels": float(np.nanmean([move.fine for move in user_moves])),
        "found": found,
        "of": int(piece.found.sum()),
        "lost": lost,
        "setup_s": setup_s,
        "frame_ms": 1e3 * float(np.median(cost_s)),
    }


def stature() -> dict[str, dict[str, float]]:
    """The body's height over that of the same sex at 20, against the CDC's share: worst departure per age."""
    from studio.animatic.body.model import load_body
    from studio.animatic.body.shape import Shape

    model, result = load_body(), {}

    def tall(years: float, sex: float) -> float:
        return float(np.ptp(model.rest(Shape(age_years=years, sex=sex)).vertices_m[:, 1]))

    for sex, (name, table) in enumerate(CDC_CM.items()):
        grown = tall(20, sex)
        result[name] = {
            str(years): tall(years, sex) / grown / (cm / table[20]) - 1 for years, cm in table.items() if years < 20
        }
    return result


def unchanged(photos: list[tuple[Path, float, float]]) -> dict[str, Any]:
    """Photos re-aged whole, as ``studio age`` does it: pixels that changed outside of the person.

    Outside is what neither the matte of the photo nor that of the result covers, each found by itself and a little
    widened.

    Parameters
    ----------
    photos : picture files with years and sex
    """
    import cv2

    from studio.core.run import Run
    from studio.director.ageing_photo import Ages, Sitting, sit
    from studio.media.read import open_clip
    from studio.vision.look import look

    def seated(path: Path, folder: str) -> Sitting:
        clip = open_clip(path, max_side_px=1280)
        sight = look(clip, Run(Path(folder)), person=None, matte_model="mediapipe")
        return sit(next(clip.frames()), sight, int(np.flatnonzero(np.isfinite(sight.tracks.face_px[:, 0, 0]))[0]))

    result: dict[str, Any] = {"outside": 0, "changed": 0, "photos": []}
    with tempfile.TemporaryDirectory() as folder:
        for number, (path, years, sex) in enumerate(photos, 1):
            sitting = seated(path, folder)
            reach = 2 * round(_RIM_IPD * face_age.mesh.pose_of(sitting.seen.face_px).ipd_px) + 1
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
            for target in CHILD_OLD:
                aged = sitting.aged(Ages(years, target, sex), 0)
                cv2.imwrite(str(Path(folder) / "aged.png"), cv2.cvtColor(aged, cv2.COLOR_RGB2BGR))
                new = seated(Path(folder) / "aged.png", folder)
                person = np.maximum(sitting.seen.alpha, new.seen.alpha)
                outside = cv2.dilate((person > 0).astype(np.uint8), disc) == 0
                moved = (aged != sitting.picture).any(-1)
                changed, inside = int(moved[outside].sum()), float(moved[sitting.seen.alpha > 127].mean())
                result["photos"].append({"photo": number, "years": target, "changed": changed, "inside": inside})
                result["changed"] += changed
                result["outside"] += int(outside.sum())
    return result


def progress(one: dict[str, Any], start_s: float, clips: dict[str, Any] | None = None) -> None:
    """A line for each person as soon as they are measured, as the whole takes minutes."""
    told = [f"{each['curve']} back at {each['at']:g} by {each['by']:.3g}" for each in one["broken"]]
    told += [f"no face at {years:g}" for years in one["no_face"]]
    for years, clip in (clips or {}).items():
        told.append(
            f"at {years} flicker {clip['flicker']:.2f}, {clip['frame_ms']:.0f} ms, {len(clip['lost'])} faces lost"
        )
    print(f"{time.process_time() - start_s:4.0f} s  {one['name']}: {'; '.join(told)}", file=sys.stderr, flush=True)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything that was asked for."""
    import cv2

    cv2.setNumThreads(1)
    names, ages = options.people, tuple(options.ages or (AGES[1::3] if options.quick else AGES))
    finder = people.Finder()
    report: dict[str, Any] = {
        "schema": "AgeingBenchmark.1",
        "ages": ages,
        "quick": options.quick,
        "people": [],
        "clips": {},
    }
    start = time.process_time()
    measured = []
    for person in people.portraits(finder, names):
        measured.append(one_person(finder, person, ages))
        progress(measured[-1], start)
    for piece in people.pieces(finder, names):
        measured.append(one_person(finder, piece.person, ages[::2]))  # their faces are small; the time goes into motion
        targets = CHILD_OLD[1:] if options.quick else CHILD_OLD
        report["clips"][piece.person.name] = {f"{years:g}": in_time(finder, piece, years) for years in targets}
        progress(measured[-1], start, report["clips"][piece.person.name])
    report["identity"] = identities(measured, options.weights)
    report["true_ages"] = true_ages(finder) if people.SHARED.is_dir() else {}
    report["held_out"] = held_out()
    report["stature"] = stature()
    report["outside"] = unchanged(people.photos(names)) if people.photos(names) else None
    report["people"] = [{key: value for key, value in one.items() if not key.startswith("_")} for one in measured]
    report["processor_s"] = round(time.process_time() - start, 1)
    return report


def main() -> int:
    """Command line; the exit code is 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", nargs="*", help="beginnings of names, such as 'portrait 3' or 'actor'")
    parser.add_argument("--ages", nargs="*", type=float)
    parser.add_argument("--quick", action="store_true", help="four ages, clips only at 75")
    parser.add_argument("--weights", type=Path, help="folder with insightface's models (non-commercial research only)")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--table", type=Path, help="Markdown file")
    options = parser.parse_args()
    report = run(options)
    bars = judge(report)
    report["bars"] = [bar.as_dict() for bar in bars]
    lines = tables(report, bars)
    print("\n".join(lines))
    if options.json:
        options.json.write_text(json.dumps(rounded(report), indent=1) + "\n", encoding="utf-8")
    if options.table:
        options.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(any(bar.passed is False for bar in bars))


if __name__ == "__main__":
    sys.exit(main())
