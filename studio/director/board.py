"""Stills for approval, before a film is made: the contact frame, and a board with one picture of every shot.

They are frames of the very film that `make` would write from the same clip, preset and seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.animatic.build import Animatic, build_animatic
from studio.compose.captions import Captions
from studio.compose.edit import Edit
from studio.compose.grade import Grade
from studio.core.errors import InputError, MediaError
from studio.core.frames import Frame, Size
from studio.core.run import Run
from studio.core.settings import Preset
from studio.core.time import FrameRange, time_s
from studio.core.timeline import Shot, Timeline
from studio.director import consent
from studio.director.music import choose_score
from studio.director.my_age import find_my_age, with_my_age
from studio.director.overlay import Overlay, lay_overlays
from studio.director.plan import plan
from studio.media.read import open_clip
from studio.vision.analyse import analyse

CONTACT_SIZE: Size = (1080, 1920)
TILE_SIZE: Size = (360, 640)
_CLIP_SIDE_PX = 1920
"""The clip is read as for a film of full size, for another size would be seen a little differently."""
_DRAWN_SIZE: Size = (540, 960)
_SETTLED_FRAMES = 15
"""After the contact the light pulses and the arms close; then the embrace stands as it will."""
_WITHIN_SHOT = 0.6
_COLUMNS = 5
_MARGIN_PX, _LABEL_PX, _LINE_PX = 16, 74, 26
_PAPER, _INK, _FAINT = (24, 22, 21), (240, 236, 230), (160, 152, 144)


@dataclass(frozen=True, slots=True)
class BoardRequest:
    """What to draw.

    Parameters
    ----------
    out : the picture, .png; appears only when complete
    show : overlays on every picture
    consent, sample, person, matte_model, seed : as for a film
    """

    clip: Path
    preset: Preset
    out: Path
    show: tuple[Overlay, ...] = ()
    seed: int = 0
    consent: bool = False
    sample: bool = False
    person: int | None = None
    matte_model: str = "mediapipe"


def contact(request: BoardRequest, run: Run) -> Timeline:
    """Write the film's picture of the embrace, just after the contact, at full size.

    Raises
    ------
    StudioError : with a hint that says what to do
    """
    with _animatic(request, run, CONTACT_SIZE) as animatic:
        timeline = animatic.scene.timeline
        shot = timeline.shot_at(timeline.contact_frame)
        at = shot.film.clamp(timeline.contact_frame + _SETTLED_FRAMES)
        with run.stage("draw", 1) as step:
            picture = _picture(animatic, at, request)
            step(1)
        _write(picture, request.out)
    return timeline


def storyboard(request: BoardRequest, run: Run) -> Timeline:
    """Write one picture of every shot, with its name, its time and how well the take tells it.

    Raises
    ------
    StudioError : with a hint that says what to do
    """
    with _animatic(request, run, _DRAWN_SIZE) as animatic:
        timeline = animatic.scene.timeline
        tiles = [
            _picture(animatic, still_of(shot), request)
            for shot in run.watch(timeline.shots, "draw", len(timeline.shots))
        ]
        _write(lay_out(tiles, timeline), request.out)
    return timeline


def still_of(shot: Shot) -> int:
    """The film frame that stands for a shot."""
    return shot.film.start + int(_WITHIN_SHOT * (len(shot.film) - 1))


def check_picture(out: Path, *, source: Path) -> None:
    """Refuse an output that cannot or must not be written; called before any work is done.

    Raises
    ------
    InputError : a folder, not ``.png``, or the clip itself
    MediaError : the folder is missing
    """
    if out.is_dir():
        raise InputError(f"'{out.name}' is a folder.", "Give the picture a file name, such as board.png.")
    if out.suffix.lower() != ".png":
        raise InputError(f"'{out.name}' does not end in .png.", "Name the picture something like board.png.")
    if out.exists() and source.exists() and out.samefile(source):
        raise InputError("The picture would overwrite your clip.", "Give the picture another name.")
    if not out.absolute().parent.is_dir():
        raise MediaError(f"The folder of '{out.name}' does not exist.", "Make the folder first, or choose another.")


@contextmanager
def _animatic(request: BoardRequest, run: Run, size_px: Size) -> Iterator[Animatic]:
    """Everything that a film needs before its first frame."""
    check_picture(request.out, source=request.clip)
    consent.require(request.consent, request.sample)
    score = choose_score(request.preset.music, run)
    clip = open_clip(request.clip, max_side_px=_CLIP_SIDE_PX)
    analysis = analyse(clip, run, person=request.person, matte_model=request.matte_model)
    mine = find_my_age(request.preset.clone.my_age_years, request.clip, analysis.tracks, analysis.size_px)
    preset = with_my_age(request.preset, mine)
    timeline = plan(preset, analysis, score.grid, glimpse=analysis.facing > 0)
    with build_animatic(clip, analysis, preset, timeline, size_px, request.seed, run) as animatic:
        yield animatic


def _picture(animatic: Animatic, at: int, request: BoardRequest) -> Frame:
    """One finished frame of the film, with overlays."""
    scene = animatic.scene
    painted = next(animatic.painted(FrameRange(at, at + 1)))
    grade = Grade(request.preset.look, scene.size_px, np.random.default_rng([request.seed, 5]))
    frame = grade.apply(painted.frame.copy(), at)
    Captions(scene.timeline.captions, scene.size_px).apply(frame, at)
    frame = Edit(scene.timeline).apply(frame, at)
    return lay_overlays(frame, painted, animatic, at, request.show) if request.show else frame


def lay_out(pictures: list[Frame], timeline: Timeline) -> Frame:
    """The board: the pictures in rows, under each what it is, below all what was left out and why."""
    from PIL import Image, ImageDraw, ImageFont

    columns = min(_COLUMNS, len(pictures)) if len(pictures) != 6 else 3
    rows = -(-len(pictures) // columns)
    tile_w, tile_h = TILE_SIZE
    foot = _LINE_PX * len(timeline.left_out) + (_MARGIN_PX if timeline.left_out else 0)
    width = columns * (tile_w + _MARGIN_PX) + _MARGIN_PX
    height = rows * (tile_h + _LABEL_PX + _MARGIN_PX) + _MARGIN_PX + foot
    board = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(board)
    large, small = ImageFont.load_default(24), ImageFont.load_default(18)
    for number, (picture, shot) in enumerate(zip(pictures, timeline.shots, strict=True)):
        x = _MARGIN_PX + number % columns * (tile_w + _MARGIN_PX)
        y = _MARGIN_PX + number // columns * (tile_h + _LABEL_PX + _MARGIN_PX)
        board.paste(Image.fromarray(picture).resize(TILE_SIZE, Image.Resampling.LANCZOS), (x, y))
        start, stop = time_s(shot.film.start, timeline.rate), time_s(shot.film.stop, timeline.rate)
        pen.text((x, y + tile_h + 8), f"{shot.name}", fill=_INK, font=large)
        pen.text((x + tile_w, y + tile_h + 8), f"{shot.confidence:.2f}", fill=_INK, font=large, anchor="ra")
        pen.text((x, y + tile_h + 42), f"{start:.1f} to {stop:.1f} s   {shot.why}", fill=_FAINT, font=small)
    for number, left in enumerate(timeline.left_out):
        y = height - foot + number * _LINE_PX
        text = f"without {left.name} ({left.confidence:.2f}): {left.why}"
        pen.text((_MARGIN_PX, y), text, fill=_FAINT, font=small)
    return np.asarray(board)


def _write(picture: Frame, out: Path) -> None:
    """A PNG that appears only when it is complete."""
    from PIL import Image

    aside = out.with_name(f".{out.name}.partial")
    try:
        Image.fromarray(picture).save(aside, format="PNG")
        aside.replace(out)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise MediaError(f"The picture '{out.name}' cannot be written.", "Check the folder and the disk.") from error
