"""A photo or clip in, the same person at another age out: in their own picture, everything else untouched.

Read this to see the order of things; `ageing_photo` cuts out and draws one picture, `ageing_clip` every frame of a
clip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InputError, MediaError
from studio.core.frames import Frame
from studio.core.run import Run
from studio.director import consent
from studio.director.ageing_clip import Footage, film_frames, open_footage
from studio.director.ageing_photo import Ages, sit
from studio.director.ageing_strip import figure_box, head_box, lay_strip
from studio.director.my_age import MyAge, best_rows, find_my_age
from studio.media.pictures import load_photo, photo_size
from studio.media.read import Clip, open_clip, read_audio
from studio.media.write import check_output, write_film
from studio.vision.look import Sight, look
from studio.vision.quality import count_people

Sex = Literal["auto", "female", "male"]
SEXES: dict[Sex, float] = {"female": 0.0, "male": 1.0, "auto": 0.5}
YEARS = (3.0, 90.0)
MY_YEARS = (14.0, 90.0)
_LOOK_PX, _CLIP_PX = 1920, 3840
"""Longest side at which a photo is looked at, and at which a clip is re-aged."""
_PICTURES = (".png", ".jpg", ".jpeg")
_HOW = "Take a picture that shows the face, turned to the camera, at least 70 pixels wide."


@dataclass(frozen=True, slots=True)
class AgeRequest:
    """What to make.

    Parameters
    ----------
    years : the ages wanted; one, or several for a strip
    strip : lay them side by side, the picture itself among them at its age
    out : .png or .jpg for a picture, .mp4 for a clip
    my_age_years : age of the person in the picture; None estimates it
    person : which one of several people, counted from the left, from 1
    """

    source: Path
    out: Path
    years: tuple[float, ...]
    strip: bool = False
    my_age_years: float | None = None
    sex: Sex = "auto"
    seed: int = 0
    consent: bool = False
    sample: bool = False
    person: int | None = None
    matte_model: str = "mediapipe"


@dataclass(frozen=True, slots=True)
class Aged:
    """What was written, and its report (schema ``Age.1``)."""

    out: Path
    report: dict[str, Any] = field(default_factory=dict)


def re_age(request: AgeRequest, run: Run) -> Aged:
    """Re-age the person of a photo or clip.

    Raises
    ------
    StudioError : with a hint that says what to do
    Cancelled : ``run.cancel`` was set; nothing is left behind
    """
    check_request(request)
    consent.require(request.consent, request.sample)
    clip = open_clip(request.source, max_side_px=_CLIP_PX)
    film = request.out.suffix.lower() == ".mp4"
    if film and clip.is_photo:
        raise InputError("A photo cannot become a film here.", "Name the output something like aged.png.")
    for note in () if clip.is_photo else clip.notes:
        run.warn(note)
    if clip.is_photo:
        clip = open_clip(request.source, max_side_px=_LOOK_PX)
    sight = look(clip, run, person=request.person, matte_model=request.matte_model)
    row = _person_seen(sight, request, run)
    mine = find_my_age(request.my_age_years, request.source, sight.tracks, sight.size_px)
    ages = [Ages(mine.years, years, SEXES[request.sex]) for years in sorted(request.years)]
    if clip.is_photo:
        sitting = sit(_full_photo(clip), sight, row)
        box = _shown(sitting.seen.alpha, sitting.seen.face_px, standing=sitting.ground_px is not None)
        _write_pictures(request, ages, sitting.picture, box, sitting.aged, run)
    else:
        footage, spool = open_footage(clip, sight, row, run)
        with spool:
            if film:
                _write_film(request, ages[0], footage, run)
            else:
                alpha = footage.cutout.alpha(footage.reference)
                face = footage.faces_px[footage.reference]
                box = _shown(alpha, face, standing=footage.ground_px is not None)
                _write_pictures(request, ages, footage.picture, box, footage.still, run)
    return Aged(request.out, _report(request, clip, mine, run))


def _shown(alpha: NDArray[np.uint8], face_px: NDArray, *, standing: bool) -> tuple[int, int, int, int]:
    """What a strip shows: the whole figure where it stands in the picture, else head and shoulders."""
    return figure_box(alpha) if standing else head_box(face_px, alpha.shape[1::-1])


def _write_pictures(
    request: AgeRequest,
    ages: list[Ages],
    picture: Frame,
    box_px: tuple[int, int, int, int],
    draw: Callable[[Ages, int], Frame],
    run: Run,
) -> None:
    """One picture, or several in a strip."""
    drawn = [draw(age, request.seed) for age in run.watch(ages, "ageing", len(ages))]
    if request.strip:
        strip = {age.to_years: frame for age, frame in zip(ages, drawn, strict=True)}
        write_picture(lay_strip(picture, strip, box_px, ages[0].from_years), request.out)
    else:
        write_picture(drawn[0], request.out)


def _report(request: AgeRequest, clip: Clip, mine: MyAge, run: Run) -> dict[str, Any]:
    return {
        "schema": "Age.1",
        "out": request.out.name,
        "years": sorted(request.years),
        "strip": request.strip,
        "my_age": {**mine.as_dict(), "said": mine.sentence},
        "sex": request.sex,
        "seed": request.seed,
        "photo": clip.is_photo,
        "frames": 1 if request.out.suffix.lower() != ".mp4" else clip.frame_count,
        "stages_s": {name: round(seconds, 2) for name, seconds in run.stages_s.items()},
        "warnings": list(run.warnings),
    }


def _write_film(request: AgeRequest, ages: Ages, footage: Footage, run: Run) -> None:
    """Every frame of the clip, with its sound."""
    clip = footage.clip
    rate = Fraction(max(1, round(clip.rate)))
    count = max(1, round(clip.frame_count / clip.rate * rate))
    audio = None
    if clip.has_audio:
        try:
            audio = read_audio(clip.path)
        except MediaError as error:
            run.warn(f"The film is silent: {error.message}")
    frames = film_frames(footage.frames(ages, request.seed), clip.frame_count, clip.rate, rate, count)
    write_film(
        run.watch(frames, "render", count),
        request.out,
        size_px=clip.size_px,
        rate=rate,
        frame_count=count,
        audio=audio,
        cancel_check=run.check,
        metadata={"comment": f"Self-Hug Studio, re-aged to {ages.to_years:g} years; altered picture"},
    )


def check_request(request: AgeRequest) -> None:
    """Refuse what cannot be made, before any work is done.

    Raises
    ------
    InputError : no or impossible ages, a wrong kind of output, or the source itself as output
    MediaError : the output's folder is missing or cannot be written
    """
    if not request.years:
        raise InputError("Which age?", "Add --years 8, or --strip 5,20,50,80 for several.")
    for name, values, (low, high) in (
        ("An age", request.years, YEARS),
        ("Your own age", () if request.my_age_years is None else (request.my_age_years,), MY_YEARS),
    ):
        for years in values:
            if not low <= years <= high:
                raise InputError(f"{name} must lie between {low:g} and {high:g}, not {years:g}.", "Change the number.")
    out = request.out
    if request.strip and out.suffix.lower() == ".mp4":
        raise InputError("A strip is a picture, not a film.", "Name the output something like strip.png.")
    if out.suffix.lower() == ".mp4":
        check_output(out, source=request.source)
        return
    if out.is_dir():
        raise InputError(f"'{out.name}' is a folder.", "Give the picture a file name, such as aged.png.")
    if out.suffix.lower() not in _PICTURES:
        raise InputError(
            f"'{out.name}' ends in none of .png, .jpg and .mp4.", "Name a picture aged.png, a film aged.mp4."
        )
    if out.exists() and request.source.exists() and out.samefile(request.source):
        raise InputError("The result would overwrite your picture.", "Give the result another name.")
    if not out.absolute().parent.is_dir():
        raise MediaError(f"The folder of '{out.name}' does not exist.", "Make the folder first, or choose another.")


def _person_seen(sight: Sight, request: AgeRequest, run: Run) -> int:
    """The row that shows the person's face best."""
    rows = best_rows(sight.tracks, 1)
    if len(rows) == 0:
        raise InputError(f"No face is seen in '{request.source.name}'.", _HOW)
    people = count_people(sight)
    if people > 1 and request.person is None:
        run.warn(f"{people} people are seen; the largest one is re-aged. Choose with --person.")
    return int(rows[0])


def _full_photo(clip: Clip) -> Frame:
    """The photo at its full size."""
    size = photo_size(clip.path)
    assert size is not None  # noqa: S101 - it was opened as a photo
    return load_photo(clip.path, size)


def write_picture(picture: Frame, out: Path) -> None:
    """A PNG or JPEG that appears only when it is complete."""
    from PIL import Image

    aside = out.with_name(f".{out.name}.partial")
    kind = {"format": "PNG"} if out.suffix.lower() == ".png" else {"format": "JPEG", "quality": 95, "subsampling": 0}
    try:
        Image.fromarray(picture).save(aside, **kind)
        aside.replace(out)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise MediaError(f"The picture '{out.name}' cannot be written.", "Check the folder and the disk.") from error
