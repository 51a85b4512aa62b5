"""The smallest honest page over the library: a clip or the sample in, a film out.  No logic of its own.

Privacy: it listens on this machine only, shares nothing, keeps no history, and forgets uploads and films after an hour.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.errors import Cancelled, InputError, StudioError
from studio.core.run import Progress, Run
from studio.core.settings import CaptionSettings
from studio.director import consent as consent_word
from studio.director import presets
from studio.ui.job import follow

if TYPE_CHECKING:
    import gradio as gr

    from studio.director.produce import Short

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "open-arms.mp4"
FORGET_AFTER_S = 3600

Shown = tuple[str | None, str]
"""What the page shows: the film's path and a text."""


def build() -> gr.Blocks:
    """The page, not yet served."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "0"
    import gradio as gr

    first = presets.load("inner-child")
    with gr.Blocks(
        title="Self-Hug Studio", analytics_enabled=False, delete_cache=(FORGET_AFTER_S, FORGET_AFTER_S)
    ) as page:
        gr.Markdown("# Self-Hug Studio\nFilm yourself with open arms. Be held by who you were, or who you will be.")
        with gr.Row():
            with gr.Column():
                clip = gr.Video(label="Your clip", sources=["upload", "webcam"], include_audio=True)
                sample = gr.Checkbox(label="Use the sample clip instead (nobody real)")
                preset = gr.Radio(_choices(), value=first.slug, label="Preset")
                age = gr.Slider(3, 90, value=first.clone.age_years, step=1, label="Age of the other self")
                words = gr.Textbox("\n".join(first.captions.lines), lines=3, label="Words, one line each")
                preview = gr.Checkbox(label="Preview (small and quick)", value=True)
                with gr.Accordion("Consent", open=True):
                    gr.Markdown(consent_word.TEXT)
                consent = gr.Checkbox(label="I have read this and agree")
                with gr.Row():
                    start = gr.Button("Make the film", variant="primary")
                    stop = gr.Button("Stop")
                text = gr.Markdown()  # beside the button that was pressed, where the eye is
            with gr.Column():
                film = gr.Video(label="The film", interactive=False)
        preset.change(_defaults, preset, [age, words], api_visibility="private")
        making = start.click(
            make_film, [clip, sample, preset, age, words, preview, consent], [film, text], api_name="make"
        )
        stop.click(lambda: "Stopped.", outputs=text, cancels=[making], api_visibility="private")
        gr.api(list_presets, api_name="presets")
    return page.queue(max_size=4, default_concurrency_limit=1)


def launch(page: gr.Blocks, **options: Any) -> Any:
    """Serve the page on 127.0.0.1; ``options`` go to Gradio's ``launch``."""
    return page.launch(
        server_name="127.0.0.1",
        share=False,
        run_history=False,
        enable_monitoring=False,
        max_file_size="1gb",
        footer_links=[],
        **options,
    )


def list_presets() -> list[dict[str, Any]]:
    """The bundled presets: slug, title, description."""
    return [
        {"slug": preset.slug, "title": preset.title, "description": preset.description}
        for preset in map(presets.load, presets.names())
    ]


def make_film(
    clip: str | None, sample: bool, preset: str, age: float, words: str, preview: bool, consent: bool
) -> Generator[Shown, None, None]:
    """Make a film and show how far it is; stopping or closing the page cancels it and removes its files."""
    import gradio as gr

    # The folder is left only after the last yield, when Gradio has copied the film into its cache.
    with tempfile.TemporaryDirectory(prefix="self-hug-", ignore_cleanup_errors=True) as folder:
        try:
            if clip is None and not sample:
                raise InputError("There is no clip yet.", "Upload or record one, or tick the sample.")
            consent_word.require(consent, sample)
            chosen = presets.load(preset, [f"clone.age_years={age}"])
            lines = tuple(line.strip() for line in words.splitlines() if line.strip())
            from studio.director.produce import Request, make

            request = Request(
                clip=SAMPLE if sample or clip is None else Path(clip),
                preset=dataclasses.replace(chosen, captions=CaptionSettings(lines)),
                out=Path(folder) / "hug.mp4",
                preview=preview,
                consent=consent,
                sample=sample,
            )
            work = follow(lambda run: make(request, run), Run(workdir=Path(folder)))
            short = yield from _told(work)
        except StudioError as error:
            raise gr.Error(f"{error.message} {error.hint}".strip(), duration=20, print_exception=False) from error
        except Cancelled:
            return
        yield str(short.video), summary(short.report)


def _told(work: Generator[Progress, None, Short]) -> Generator[Shown, None, Short]:
    """The job's progress as texts; closing this closes the job."""
    try:
        while True:
            progress = next(work)
            share = f" {100 * progress.done // progress.total} %" if progress.total else ""
            left = f", about {progress.left_s:.0f} s left" if progress.left_s is not None else ""
            yield None, f"{progress.stage}{share}{left}"
    except StopIteration as done:
        return done.value
    finally:
        work.close()


def summary(report: dict[str, Any]) -> str:
    """The report in a few lines of Markdown; says which engine drew the film."""
    contact, film = report.get("contact", {}), report.get("film", {})
    lines = [f"Drawn by the **{report.get('engine', 'unknown')}** engine."]
    if film.get("duration_s") is not None:
        lines.append(f"Length {film['duration_s']:.1f} s.")
    if contact.get("time_s") is not None:
        lines.append(f"The embrace begins at {contact['time_s']:.2f} s.")
    lines += [f"Note: {warning}" for warning in report.get("warnings", [])]
    lines.append("Label it as AI-made or altered where you post it.")
    return "\n\n".join(lines)


def _choices() -> list[tuple[str, str]]:
    return [(f"{preset['title']}: {preset['description']}", preset["slug"]) for preset in list_presets()]


def _defaults(slug: str) -> tuple[float, str]:
    preset = presets.load(slug)
    return preset.clone.age_years, "\n".join(preset.captions.lines)
