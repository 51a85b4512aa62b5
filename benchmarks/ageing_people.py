"""Whom `ageing.py` measures: pictures and short pieces of clips, with the face in them and a matte.

Real people have numbers instead of names and no picture of them leaves this process.  Ages and sexes are guesses by
eye, as a user would give them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.frames import Frame, Patch
from studio.core.time import FrameRange

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
FACE_PX = 256
"""Width of a portrait's face, the size that the issue asks for."""
FRAMES = 44
"""Frames of each clip, more than the 40 asked for."""

_PORTRAITS = ((36, 0), (77, 0), (55, 1), (30, 1), (24, 1), (25, 0), (24, 0), (24, 1))
_ACTORS = {"a": (25, 0), "b": (30, 1)}
_CLIPS = {
    "actor a, clip": ("actor/clip_a/clip_a.mp4", 14, 25, 0),
    "actor a, hug": ("actor/clip_c/clip_c.mp4", 14, 25, 0),
    "actor b, hug": ("actor/clip_d/clip_d.mp4", 14, 30, 1),
    "clip 1": ("footage/clips/pier_woman_opens_arms_vertical.mp4", 56, 25, 0),
    "clip 2": ("footage/clips/sweater_woman_open_arms_vertical.mp4", 20, 25, 0),
    "clip 3": ("footage/hard/hevc_selfie_turning_head.mp4", 72, 24, 1),  # turns by 50 degrees
}
"""File below the shared folder, first frame, years, sex."""


@dataclass(frozen=True, slots=True)
class Person:
    """Parameters
    ----------
    identity : the same for two pictures of one person
    rgb : (H, W, 3) uint8
    face_px : (478, 3) landmarks in it
    matte : (H, W) float32 0..1
    years, sex : as a user would say
    scale : enlargement at which the film would re-age it
    """

    name: str
    identity: str
    rgb: Frame
    face_px: NDArray[np.float32]
    matte: NDArray[np.float32]
    years: float
    sex: float
    scale: float


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of a clip in a row; ``faces_px`` (n, 478, 3) steadied, ``found`` (n,) whether a face was found at all."""

    frames: list[Frame]
    mattes: list[NDArray[np.float32]]
    faces_px: NDArray[np.float32]
    found: NDArray[np.bool_]
    person: Person


class Finder:
    """Face mesh and matte of single pictures, each by itself: nothing is carried from one to the next."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_mesh, selfie_segmentation

        from studio.vision.film_faces import FilmFaces
        from studio.vision.hush import hush

        with hush():
            self._anywhere = FilmFaces()
            self._mesh = face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=1)
            self._selfie = selfie_segmentation.SelfieSegmentation(model_selection=0)
            self._mesh.process(np.zeros((64, 64, 3), np.uint8))
            self._selfie.process(np.zeros((64, 64, 3), np.uint8))

    def first(self, rgb: Frame) -> NDArray[np.float32] | None:
        """(478, 3) of the largest face anywhere."""
        rough = self._anywhere.find(rgb)
        return None if rough is None else self.near(rgb, rough)

    def near(self, rgb: Frame, about_px: NDArray) -> NDArray[np.float32] | None:
        """(478, 3) of the face near where one is expected."""
        import cv2

        from studio.vision.crop import square

        low, high = about_px[:468, :2].min(0), about_px[:468, :2].max(0)
        side = int(1.9 * (high - low).max())
        x0, y0 = ((low + high) / 2 - side / 2).astype(int)
        way = cv2.INTER_AREA if side > 512 else cv2.INTER_CUBIC
        seen = self._mesh.process(cv2.resize(square(rgb, x0, y0, side), (512, 512), interpolation=way))
        if not seen.multi_face_landmarks:
            return None
        points = np.array([(p.x, p.y, p.z) for p in seen.multi_face_landmarks[0].landmark], np.float32) * side
        return points + np.array([x0, y0, 0], np.float32)

    def matte(self, rgb: Frame, face_px: NDArray) -> NDArray[np.float32]:
        """(H, W) 0..1 by the selfie network on head and shoulders, drawn onto the picture's edges."""
        import cv2

        from studio.vision.crop import square
        from studio.vision.matte import guided_filter

        height, width = rgb.shape[:2]
        face = float(np.ptp(face_px[:468, 0]))
        x, y = face_px[:468, :2].mean(0)
        side = min(int(6 * face), max(height, width))
        x0, y0 = int(x - side / 2), int(y - 0.4 * side)
        part = square(rgb, x0, y0, side)
        mask = np.asarray(self._selfie.process(part).segmentation_mask, np.float32)
        if mask.shape != (side, side):
            mask = cv2.resize(mask, (side, side))
        whole = np.zeros((height, width), np.float32)
        left, top, right, bottom = max(x0, 0), max(y0, 0), min(x0 + side, width), min(y0 + side, height)
        whole[top:bottom, left:right] = mask[top - y0 : bottom - y0, left - x0 : right - x0]
        return np.clip(guided_filter(rgb, whole, radius_px=max(2, round(0.04 * face)), eps=1e-3), 0, 1)


def portraits(finder: Finder, names: list[str] | None) -> Iterator[Person]:
    """The synthetic actors, then the real portraits."""
    import cv2

    for letter, (years, sex) in _ACTORS.items():
        if wanted(f"actor {letter}", names):
            yield true_age(finder, letter, "adult", years, sex)
    files = sorted((SHARED / "footage" / "portraits").glob("*.*")) if SHARED.is_dir() else []
    for number, (path, (years, sex)) in enumerate(zip(files, _PORTRAITS, strict=False), 1):
        name = f"portrait {number}"
        if not wanted(name, names):
            continue
        rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        yield _as_person(finder, name, name, rgb, None, years, sex)


def true_age(finder: Finder, letter: str, age: str, years: float, sex: float) -> Person:
    """A synthetic actor as it truly is at some age: ``child``, ``adult`` or ``old``."""
    import cv2

    rgba = cv2.imread(str(SHARED / "actor" / "ages" / f"{letter}_{age}_portrait.png"), cv2.IMREAD_UNCHANGED)
    share = rgba[..., 3:] / np.float32(255)
    rgb = rgba[..., 2::-1] * share + np.float32([150, 150, 145]) * (1 - share)  # a plain grey wall
    return _as_person(finder, f"actor {letter}", f"actor {letter}", rgb.astype(np.uint8), share[..., 0], years, sex)


def _as_person(finder: Finder, name: str, identity: str, rgb: Frame, matte, years: float, sex: float) -> Person:
    import cv2

    face = finder.first(rgb)
    if face is None:
        raise SystemExit(f"{name}: no face found")
    shrink = min(1.0, FACE_PX / float(np.ptp(face[:468, 0])))
    if shrink < 1:
        rgb = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        face = finder.near(rgb, face * shrink)
    if matte is None:
        matte = finder.matte(rgb, face)
    matte = cv2.resize(np.ascontiguousarray(matte), rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
    return Person(name, identity, np.ascontiguousarray(rgb), face, matte, years, sex, 1.0)


def pieces(finder: Finder, names: list[str] | None) -> Iterator[Piece]:
    """The clips, each as soon as it is read."""
    from studio.animatic.face.crop import working_scale
    from studio.animatic.face.mesh import pose_of
    from studio.animatic.face.steady import on_skin
    from studio.media.read import open_clip

    for name, (file, first, years, sex) in _CLIPS.items():
        path = SHARED / file
        if not path.is_file() or not wanted(name, names):
            continue
        clip = open_clip(path, max_side_px=1920)
        start = min(first, max(0, clip.frame_count - FRAMES))
        frames = list(clip.frames(FrameRange(start, min(clip.frame_count, start + FRAMES))))
        faces, about = [], None
        for frame in frames:
            face = finder.first(frame) if about is None else finder.near(frame, about)
            about = face if face is not None else about
            faces.append(np.full((478, 3), np.nan, np.float32) if face is None else face)
        found = np.isfinite(np.array(faces)[:, 0, 0])
        if not found.any():
            raise SystemExit(f"{name}: no face found in any frame")
        steadied = on_skin(np.array(faces), frames)
        mattes = [finder.matte(frame, face) for frame, face in zip(frames, steadied, strict=True)]
        best = _best(frames, steadied, found)
        ipd = pose_of(steadied[best]).ipd_px
        scale = working_scale(ipd)
        identity = name.split(",")[0]
        person = Person(name, identity, frames[best], steadied[best], mattes[best], years, sex, scale)
        yield Piece(frames, mattes, steadied, found, person)


def _best(frames: list[Frame], faces: NDArray[np.float32], found: NDArray[np.bool_]) -> int:
    """Of the frames in which the eyes are open and the head is straight, the sharpest."""
    import cv2

    from studio.director.measures.face_age_shape import age_shape

    score = np.full(len(frames), -np.inf)
    for index in np.flatnonzero(found):
        face = faces[index]
        low, high = np.maximum(face[:468, :2].min(0), 0).astype(int), face[:468, :2].max(0).astype(int)
        grey = cv2.cvtColor(frames[index][low[1] : high[1], low[0] : high[0]], cv2.COLOR_RGB2GRAY)
        straight = 1 - abs(float(face[1, 0] - face[[234, 454], 0].mean())) / float(np.ptp(face[:468, 0]))
        score[index] = np.log(cv2.Laplacian(grey, cv2.CV_32F).var()) + 4 * straight + 6 * age_shape(face).eye_opening
    return int(np.argmax(score))


def wanted(name: str, names: list[str] | None) -> bool:
    """Whether a person was asked for; the beginning of the name is enough."""
    return not names or any(name.startswith(part) for part in names)


def over_wall(frame: Frame, patch: Patch, scale: float) -> tuple[Frame, NDArray[np.float32]]:
    """The re-aged person before a blurred wall, and its alpha, both (h, w) of the patch."""
    import cv2

    height, width = frame.shape[:2]
    coarse = cv2.resize(frame, (max(2, width // 80), max(2, height // 80)), interpolation=cv2.INTER_AREA)
    wall = own(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), patch, scale) // 3 + 120
    alpha = patch.rgba[..., 3:] / np.float32(255)
    return np.clip(patch.rgba[..., :3] + wall * (1 - alpha) + 0.5, 0, 255).astype(np.uint8), alpha[..., 0]


def seen_at(person: Person, patch: Patch) -> tuple[Frame, NDArray[np.float32], NDArray[np.float32]]:
    """The user's own picture, matte and landmarks where the patch lies, at its size."""
    picture = own(person.rgb, patch, person.scale)
    alpha = own(person.matte, patch, person.scale)
    return picture, alpha, moved(person.face_px, patch, person.scale)


def own(picture: NDArray, patch: Patch, scale: float) -> NDArray:
    """A picture in frame pixels as the patch has them."""
    import cv2

    height, width = patch.rgba.shape[:2]
    half = (scale - 1) / 2
    move = np.array([[scale, 0, half - patch.x_px], [0, scale, half - patch.y_px]], np.float32)
    return cv2.warpAffine(picture, move, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def moved(face_px: NDArray, patch: Patch, scale: float) -> NDArray[np.float32]:
    """Landmarks in frame pixels as the patch has them."""
    return (np.asarray(face_px) * scale - np.array([patch.x_px, patch.y_px, 0])).astype(np.float32)


def photos(names: list[str] | None) -> list[tuple[Path, float, float]]:
    """Whole photos with years and sex: a frame of each synthetic clip, one portrait."""
    folder = SHARED / "footage" / "portraits"
    real = sorted(folder.glob("*.*"))[6:7] if folder.is_dir() else []
    found = [(path, *ages) for path, ages in zip(real, _PORTRAITS[6:7], strict=False) if wanted("portrait", names)]
    for letter, ages in _ACTORS.items():
        path = SHARED / "actor" / f"clip_{letter}" / "frame_060.png"
        if path.is_file() and wanted(f"actor {letter}", names):
            found.append((path, *ages))
    return found
