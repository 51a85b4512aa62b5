"""The command that re-ages a person in their own photo or clip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from studio.cli.options import (
    Consent,
    Matte,
    MyAge,
    Person,
    Quiet,
    Seed,
    UseSample,
    Workdir,
    clip_or_sample,
    write_json,
)
from studio.core.errors import InputError, MediaError
from studio.terminal import run_here


def age(
    picture: Annotated[Path | None, typer.Argument(help="A photo of you, or a video.")] = None,
    years: Annotated[float | None, typer.Option(help="The age wanted, 3 to 90.")] = None,
    strip: Annotated[str, typer.Option(help="Several ages with commas, drawn side by side.")] = "",
    out: Annotated[Path, typer.Option(help="The .png or .jpg, or for a clip the .mp4, to write.")] = Path("aged.png"),
    my_age: MyAge = None,
    sex: Annotated[str, typer.Option(help="Which age tables: auto (their mean), female or male.")] = "auto",
    consent: Consent = False,
    sample: UseSample = False,
    seed: Seed = 0,
    person: Person = None,
    matte: Matte = "mediapipe",
    workdir: Workdir = None,
    report: Annotated[Path | None, typer.Option(help="Write what was found and done, as JSON.")] = None,
    quiet: Quiet = False,
) -> None:
    """Show yourself at another age, in your own photo or clip; everything round you stays as it is."""
    from studio.director import consent as consent_word
    from studio.director.ageing import SEXES, AgeRequest, check_request, re_age

    source = clip_or_sample(picture, sample, "age", "--years 8")
    if (years is None) == (not strip):
        raise InputError("Give either --years or --strip.", "For example: --years 8, or --strip 5,20,35,50,65,80")
    if sex not in SEXES:
        raise InputError(f"There are no tables for '{sex}'.", "Take auto, female or male.")
    chosen: Literal["auto", "female", "male"] = sex  # type: ignore[assignment]
    wanted = (years,) if years is not None else _ages(strip)
    request = AgeRequest(
        source=source,
        out=out,
        years=wanted,
        strip=bool(strip),
        my_age_years=my_age,
        sex=chosen,
        seed=seed,
        consent=consent,
        sample=sample,
        person=person,
        matte_model=matte,
    )
    check_request(request)
    consent_word.require(consent, sample)
    if report is not None and not report.absolute().parent.is_dir():
        raise MediaError(f"There is no folder for the report '{report.name}'.", "Make the folder first.")
    with run_here(workdir, quiet, out) as run:
        aged = re_age(request, run)
    if report is not None:
        write_json(report, aged.report)
    if quiet:
        return
    for warning in aged.report.get("warnings", []):
        typer.echo(f"Note: {warning}", err=True)
    if said := aged.report["my_age"]["said"]:
        typer.echo(said, err=True)
    typer.echo(f"{aged.out} is ready.")
    typer.echo("Label it as AI-made or altered where you post it.")


def _ages(text: str) -> tuple[float, ...]:
    try:
        found = tuple(dict.fromkeys(float(part) for part in text.split(",") if part.strip()))
    except ValueError as error:
        raise InputError(f"'{text}' is not a list of ages.", "Write numbers with commas: --strip 5,20,50,80") from error
    return found
