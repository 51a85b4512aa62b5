"""The commands that draw stills of the film before it is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli.options import (
    Age,
    Consent,
    Matte,
    MaybeClip,
    MyAge,
    Person,
    PresetName,
    Quiet,
    Seed,
    Settings,
    Show,
    UseSample,
    Workdir,
    clip_or_sample,
    load_preset,
    overlays,
)
from studio.terminal import run_here

if TYPE_CHECKING:
    from studio.core.run import Run
    from studio.core.timeline import Timeline
    from studio.director.board import BoardRequest


def contact(
    clip: MaybeClip = None,
    preset: PresetName = "",
    out: Annotated[Path, typer.Option(help="The picture to write.")] = Path("contact.png"),
    consent: Consent = False,
    sample: UseSample = False,
    seed: Seed = 0,
    settings: Settings = None,
    age: Age = None,
    my_age: MyAge = None,
    person: Person = None,
    matte: Matte = "mediapipe",
    show: Show = "",
    workdir: Workdir = None,
    quiet: Quiet = False,
) -> None:
    """Draw the film's picture of the embrace, full size, to look at and to correct with --set hug...."""
    from studio.director.board import contact as draw

    _board(
        draw,
        "contact",
        clip,
        preset,
        out,
        consent,
        sample,
        seed,
        settings,
        age,
        my_age,
        person,
        matte,
        show,
        workdir,
        quiet,
    )


def storyboard(
    clip: MaybeClip = None,
    preset: PresetName = "",
    out: Annotated[Path, typer.Option(help="The picture to write.")] = Path("board.png"),
    consent: Consent = False,
    sample: UseSample = False,
    seed: Seed = 0,
    settings: Settings = None,
    age: Age = None,
    my_age: MyAge = None,
    person: Person = None,
    matte: Matte = "mediapipe",
    show: Show = "",
    workdir: Workdir = None,
    quiet: Quiet = False,
) -> None:
    """Draw one picture of every shot on one sheet, with its time and how well the take tells it."""
    from studio.director.board import storyboard as draw

    _board(
        draw,
        "storyboard",
        clip,
        preset,
        out,
        consent,
        sample,
        seed,
        settings,
        age,
        my_age,
        person,
        matte,
        show,
        workdir,
        quiet,
    )


def _board(
    draw: Callable[[BoardRequest, Run], Timeline],
    command: str,
    clip: Path | None,
    preset: str,
    out: Path,
    consent: bool,
    sample: bool,
    seed: int,
    settings: list[str] | None,
    age: float | None,
    my_age: float | None,
    person: int | None,
    matte: str,
    show: str,
    workdir: Path | None,
    quiet: bool,
) -> None:
    """What `contact` and `storyboard` have in common."""
    from studio.director import consent as consent_word
    from studio.director.board import BoardRequest

    source = clip_or_sample(clip, sample, command)
    chosen = load_preset(preset, settings or [], age=age, my_age=my_age, music=None, caption=None)
    shown = overlays(show)
    consent_word.require(consent, sample)
    request = BoardRequest(source, chosen, out, shown, seed, consent, sample, person, matte)
    with run_here(workdir, quiet, out) as run:
        timeline = draw(request, run)
    if quiet:
        return
    for left in timeline.left_out:
        typer.echo(f"Without {left.name}: {left.why}.", err=True)
    typer.echo(f"{out} is ready.")
