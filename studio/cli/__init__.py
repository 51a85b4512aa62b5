"""The command line: one function per command.  Nothing heavy is imported before a command needs it.

Results go to stdout, progress and errors to stderr; the exit code is that of the error tree in ``core/errors.py``.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from studio import __version__
from studio.cli import stills
from studio.cli.age import age as age_command
from studio.cli.options import (
    Age,
    Clip,
    Consent,
    Json,
    Matte,
    MaybeClip,
    MyAge,
    Person,
    PresetName,
    Quiet,
    Seed,
    Settings,
    UseSample,
    Workdir,
    clip_or_sample,
    load_preset,
    write_json,
)
from studio.core.errors import Cancelled, InputError, MediaError, StudioError
from studio.terminal import run_here, show_error

USAGE_ERROR: Any = typer.BadParameter.__mro__[2]
"""Base of typer's own complaints (``ClickException``), which newer versions no longer take from click."""

app = typer.Typer(
    name="studio",
    help="Film yourself with open arms; be embraced by your younger or older self.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def make(
    clip: MaybeClip = None,
    preset: PresetName = "",
    out: Annotated[Path, typer.Option(help="The film to write.")] = Path("hug.mp4"),
    consent: Consent = False,
    sample: UseSample = False,
    engine: Annotated[str, typer.Option(help="auto, embedded, diffusion or remote.")] = "auto",
    seed: Seed = 0,
    settings: Settings = None,
    age: Age = None,
    my_age: MyAge = None,
    music: Annotated[str | None, typer.Option(help="A bundled track (see `music`), a file of yours, or none.")] = None,
    caption: Annotated[
        list[str] | None, typer.Option(help="A line of text instead of the preset's; repeatable.")
    ] = None,
    person: Person = None,
    matte: Matte = "mediapipe",
    preview: Annotated[bool, typer.Option("--preview", help="540x960, in seconds instead of minutes.")] = False,
    workdir: Workdir = None,
    report: Annotated[Path | None, typer.Option(help="Write what was measured, as JSON.")] = None,
    quiet: Quiet = False,
) -> None:
    """Make the film: a clip in, a vertical short out."""
    from studio.director import consent as consent_word
    from studio.director.produce import Request
    from studio.director.produce import make as produce

    source = clip_or_sample(clip, sample, "make")
    chosen = load_preset(preset, settings or [], age=age, my_age=my_age, music=music, caption=caption)
    consent_word.require(consent, sample)
    if report is not None and not report.absolute().parent.is_dir():
        raise MediaError(f"There is no folder for the report '{report.name}'.", "Make the folder first.")
    request = Request(
        clip=source,
        preset=chosen,
        out=out,
        engine=engine,
        seed=seed,
        preview=preview,
        consent=consent,
        sample=sample,
        person=person,
        matte_model=matte,
    )
    with run_here(workdir, quiet, out) as run:
        short = produce(request, run)
    if report is not None:
        write_json(report, short.report)
    if not quiet:
        for warning in short.report.get("warnings", []):
            typer.echo(f"Note: {warning}", err=True)
        if said := short.report.get("clone", {}).get("my_age", {}).get("said"):
            typer.echo(said, err=True)
        typer.echo(f"{short.video} is ready, drawn by the {short.report.get('engine', engine)} engine.")
        typer.echo("Label it as AI-made or altered where you post it.")


app.command()(stills.contact)
app.command()(stills.storyboard)
app.command("age")(age_command)


@app.command()
def inspect(clip: Clip, as_json: Json = False, person: Person = None) -> None:
    """Say what the studio sees in a clip: usable or not, why, and what to do about it.  Exit code 2 when not usable."""
    from studio.director.inspect import inspect_clip

    with run_here(None, quiet=as_json) as run:
        seen = inspect_clip(clip, run, person=person)
    if as_json:
        _print_json(seen)
    else:
        _print_inspection(seen)
    if not seen["usable"]:
        raise typer.Exit(InputError.exit_code)


@app.command()
def check(film: Annotated[Path, typer.Argument(help="A finished film.")], as_json: Json = False) -> None:
    """Check a finished film against the rules of the platforms, rule by rule.  Exit code 1 when one fails."""
    from studio.media.conform import check_film

    result = check_film(film)
    if as_json:
        _print_json(result.as_dict())
    else:
        for rule in result.rules:
            typer.echo(f"{'ok  ' if rule.passed else 'FAIL'}  {rule.name}: {rule.found} (wanted: {rule.wanted})")
        for note in result.notes:
            typer.echo(f"note  {note}")
    if not result.passed:
        raise typer.Exit(1)


@app.command()
def presets(as_json: Json = False) -> None:
    """List the bundled presets."""
    from studio.director import presets as library

    loaded = [library.load(name) for name in library.names()]
    if as_json:
        _print_json([dataclasses.asdict(preset) for preset in loaded])
    else:
        for preset in loaded:
            typer.echo(f"{preset.slug:<14} {preset.description}")


@app.command()
def music(as_json: Json = False) -> None:
    """List the bundled tracks."""
    from studio.sound import library

    tracks = library.tracks()
    if as_json:
        _print_json([dataclasses.asdict(track) for track in tracks])
    else:
        for track in tracks:
            mood = ", ".join(track.mood)
            typer.echo(f"{track.slug:<14} {track.title}: {mood} ({track.bpm:g} bpm, {track.duration_s:.0f} s)")
            typer.echo(f"{'':<14} {track.licence}")


@app.command()
def engines(as_json: Json = False) -> None:
    """List the engines, and whether they can run here."""
    from studio.engines.machine import measure
    from studio.engines.registry import engines as every_engine

    machine = measure()
    states = [(engine.spec, engine.ready(machine)) for engine in every_engine()]
    if as_json:
        _print_json([{**dataclasses.asdict(spec), **dataclasses.asdict(state)} for spec, state in states])
        return
    for spec, state in states:
        typer.echo(f"{spec.name:<10} {'ready' if state.ready else 'not ready'}: {state.why}")
        typer.echo(f"{'':<10} {spec.describes}")
        if state.what_to_do:
            typer.echo(f"{'':<10} What to do: {state.what_to_do}")


@app.command()
def models(as_json: Json = False) -> None:
    """List the optional weights: what for, licence, whether they are here, how to get them."""
    from studio.models import catalogue, shelf

    rows = [
        {
            **dataclasses.asdict(item),
            "present": shelf.present(item),
            "accepted": shelf.accepted(item),
            "path": str(shelf.place(item)),
            "get": shelf.how_to_get(item),
        }
        for item in catalogue.everything().values()
    ]
    if as_json:
        _print_json(rows)
        return
    typer.echo("None of these is needed by the embedded engine.")
    for row in rows:
        size = f", {row['size_bytes'] / 1e6:.0f} MB" if row["size_bytes"] else ""
        typer.echo(
            f"{row['name']:<18} {'here' if row['present'] else 'not here'}: {row['job']} ({row['licence']}{size})"
        )
        if not row["present"]:
            typer.echo(f"{'':<18} {row['get']}")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="Weights from the list of `models`.")],
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="You agree to their licence.")] = False,
    allow_unpinned: Annotated[bool, typer.Option("--allow-unpinned", help="Take a file without a known hash.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, only errors.")] = False,
) -> None:
    """Download optional weights; an interrupted download is continued."""
    from studio.models import catalogue
    from studio.models.fetch import fetch as download

    with run_here(None, quiet) as run:
        where = download(catalogue.get(name), run, accept_licence=accept_licence, allow_unpinned=allow_unpinned)
    typer.echo(str(where))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this installation, from Python to the disk, and say what to do.  Exit code 1 when broken."""
    from studio.director.doctor import examine

    findings = examine()
    if as_json:
        _print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "ok     " if finding.ok else ("MISSING" if finding.needed else "absent ")
            typer.echo(f"{mark}  {finding.name}: {finding.found}")
            if finding.what_to_do:
                typer.echo(f"{'':<9}What to do: {finding.what_to_do}")
    if not all(finding.ok for finding in findings if finding.needed):
        raise typer.Exit(1)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"self-hug-studio {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it and stop.")
    ] = False,
) -> None:
    """Film yourself with open arms; be embraced by your younger or older self."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never lets a traceback out unless ``STUDIO_DEBUG`` is set."""
    debug = bool(os.environ.get("STUDIO_DEBUG"))
    logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR)
    if not debug:
        warnings.simplefilter("ignore")  # those of libraries mean nothing to a user
    try:
        return app(args=arguments, prog_name="python -m studio", standalone_mode=False) or 0
    except StudioError as error:
        show_error(error)
        return error.exit_code
    except (Cancelled, KeyboardInterrupt):
        typer.echo("Stopped.", err=True)
        return Cancelled.exit_code
    except BrokenPipeError:
        return 0  # `... | head` has seen enough
    except Exception as error:
        if isinstance(error, USAGE_ERROR):  # typer's own: a wrong option or argument
            if said := error.format_message():  # empty when the help was shown instead
                show_error(InputError(said, "Look at: python -m studio --help"))
            return InputError.exit_code
        if debug:
            traceback.print_exc()
        detail = f"{type(error).__name__}: {error}".strip(": ")
        show_error(
            StudioError(
                f"Something went wrong inside the studio ({detail}).",
                "Please report this; running it again with STUDIO_DEBUG=1 shows the details to report.",
            )
        )
        return StudioError.exit_code


def _print_inspection(seen: dict[str, Any]) -> None:
    if not seen["usable"]:
        typer.echo(f"{seen['file']} cannot be used: {seen['error']}")
        typer.echo(f"What to do: {seen['hint']}")
        return
    typer.echo(f"{seen['file']} can be used.")
    typer.echo(f"take: {seen['take']}, score {seen['score']:.2f} of 1. {seen['meaning']}")
    for name, words in (("open_arms", "arms open"), ("closed_arms", "arms folded")):
        if part := seen["ranges_s"][name]:
            typer.echo(f"{words}: {part[0]:.1f} to {part[1]:.1f} s")
    for name, found in seen["roles"].items():
        if found and name not in ("arms-open", "arms-folded"):
            words = "best for the embrace" if name == "embrace" else name.replace("-", " ")
            typer.echo(f"{words}: {found['s'][0]:.1f} to {found['s'][1]:.1f} s, {found['score']:.2f} of 1")
    typer.echo(f"people: {seen['people']}, face seen {100 * seen['face_seen']:.0f} % of the time")
    clip = seen["clip"]
    width, height = clip["size_px"]
    kind = "a photo" if clip["photo"] else f"{clip['duration_s']:.1f} s at {clip['fps']:g} per second"
    typer.echo(f"clip: {width}x{height}, {kind}, camera {seen['camera']}")
    for note in seen["notes"]:
        typer.echo(f"Note: {note}")
    for sentence in seen["advice"]:
        typer.echo(f"Advice: {sentence}")
    if seen["next_step"]:
        typer.echo(seen["next_step"])


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, default=str))
