"""Options that several commands share, and what is made of them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.core.errors import InputError, MediaError, PresetError
from studio.core.settings import CaptionSettings

if TYPE_CHECKING:
    from studio.core.settings import Preset
    from studio.director.overlay import Overlay

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "open-arms.mp4"

Clip = Annotated[Path, typer.Argument(help="A video of you with open arms, or a photo.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
PresetName = Annotated[str, typer.Option(help="A bundled preset (see `presets`) or a .toml file.")]
Consent = Annotated[bool, typer.Option("--consent", help="You read the consent text and agree.")]
UseSample = Annotated[bool, typer.Option("--sample", help="Use the bundled sample clip.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same film.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a preset's value; repeatable.")
]
Age = Annotated[float | None, typer.Option(help="Age of the other self in years.")]
MyAge = Annotated[float | None, typer.Option(help="Your own age in years; it is estimated otherwise.")]
Matte = Annotated[str, typer.Option(help="mediapipe, or rembg:NAME when its weights are here.")]
Show = Annotated[str, typer.Option(help="Lay over it, with commas: masks, joints, depth.")]
Workdir = Annotated[Path | None, typer.Option(help="Keep the working files in this folder.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, only errors.")]
MaybeClip = Annotated[Path | None, typer.Argument(help="A video of you with open arms, or a photo.")]
Person = Annotated[int | None, typer.Option(help="Which person to use, counted from the left, when there are several.")]


def load_preset(
    name: str,
    settings: Sequence[str],
    *,
    age: float | None,
    my_age: float | None,
    music: str | None,
    caption: Sequence[str] | None,
) -> Preset:
    """The preset of that name with everything that the options change."""
    from studio.director import presets as library

    if not name:
        raise PresetError("Which preset?", f"Add --preset with one of: {', '.join(library.names())}.", key="preset")
    sugar = [] if age is None else [f"clone.age_years={age}"]
    sugar += [] if my_age is None else [f"clone.my_age_years={my_age}"]
    preset = library.load(name, [*settings, *sugar])
    if music is not None:
        preset = dataclasses.replace(preset, music=dataclasses.replace(preset.music, track=music))
    if caption:
        preset = dataclasses.replace(preset, captions=CaptionSettings(tuple(caption)))
    return preset


def clip_or_sample(clip: Path | None, sample: bool, command: str, example: str = "--preset inner-child") -> Path:
    """The clip or the sample, never both, never neither."""
    if (clip is None) != sample:
        raise InputError(
            "Give either a clip or --sample.", f"For example: python -m studio {command} --sample {example}"
        )
    return SAMPLE if clip is None else clip


def overlays(show: str) -> tuple[Overlay, ...]:
    """The overlays asked for, in the order in which they are laid."""
    from studio.core.tables import suggestion
    from studio.director.overlay import OVERLAYS

    asked = [word.strip() for word in show.split(",") if word.strip()]
    for word in asked:
        if word not in OVERLAYS:
            raise InputError(f"There is nothing called '{word}' to show.", suggestion(word, OVERLAYS))
    return tuple(overlay for overlay in OVERLAYS if overlay in asked)


def write_json(path: Path, value: Any) -> None:
    """A JSON file that appears only when it is complete."""
    aside = path.with_name(path.name + ".part")
    try:
        aside.write_text(json.dumps(value, indent=2, default=str) + "\n", encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise MediaError(f"The report '{path.name}' cannot be written.", "Check the folder and the disk.") from error
