"""The page builds without serving, serves on this machine only, and answers."""

from __future__ import annotations

import gc

import pytest

from studio.core.errors import ConsentError

# Gradio's own: pandas deprecations and an event loop that it leaves open.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _collect():
    """What Gradio leaves open is collected here, where its warnings are ignored, not in some later test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def page():
    from studio.ui.app import build

    return build()


@pytest.fixture(scope="module")
def served(page, tmp_path_factory):
    from studio.ui.app import launch

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        _, address, _ = launch(page, prevent_thread_lock=True, quiet=True)
        yield address
        page.close()


def test_the_page_says_what_it_should(page):
    config = page.get_config_file()
    labels = {part["props"].get("label") for part in config["components"]}
    assert {"Your clip", "Preset", "Age of the other self", "I have read this and agree", "The film"} <= labels
    texts = " ".join(str(part["props"].get("value")) for part in config["components"])
    assert "Nothing is uploaded" in texts
    assert not config["analytics_enabled"]


def test_it_is_served_on_this_machine_only_and_answers(served):
    from gradio_client import Client

    assert served.startswith("http://127.0.0.1:")
    client = Client(served, verbose=False, analytics_enabled=False)
    assert {"inner-child", "future-self"} <= {preset["slug"] for preset in client.predict(api_name="/presets")}


def test_a_real_clip_without_consent_is_refused_by_the_server(served, tmp_path):
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(served, verbose=False, analytics_enabled=False)
    with pytest.raises(AppError, match="clip"):
        client.predict(None, False, "inner-child", 8, "", True, False, api_name="/make")


def test_the_generator_refuses_a_clip_without_consent(tmp_path):
    import gradio as gr

    from studio.ui.app import make_film

    with pytest.raises(gr.Error, match="consent") as error:
        next(make_film(str(tmp_path / "mine.mp4"), False, "inner-child", 8, "", True, False))
    assert isinstance(error.value.__cause__, ConsentError)


def test_choosing_a_preset_brings_its_age_and_words():
    from studio.ui.app import _defaults

    age, words = _defaults("future-self")
    assert age == 75
    assert len(words.splitlines()) == 3


def test_the_summary_names_the_engine():
    from studio.ui.app import summary

    text = summary(
        {"engine": "embedded", "film": {"duration_s": 12.0}, "contact": {"time_s": 6.5}, "warnings": ["dark"]}
    )
    assert "**embedded**" in text
    assert "6.50 s" in text
    assert "Note: dark" in text
