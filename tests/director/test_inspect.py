"""What `inspect` tells: plain data, for good clips and for bad ones."""

from __future__ import annotations

import json

import pytest

from studio.core.errors import ModelError
from studio.core.run import Run
from studio.core.time import FrameRange
from studio.director.inspect import inspect_clip
from studio.media.read import open_clip
from tests.director.conftest import SAMPLE


@pytest.fixture
def photo(tmp_path):
    """One frame of the sample, arms wide."""
    from PIL import Image

    path = tmp_path / "me.png"
    Image.fromarray(next(open_clip(SAMPLE).frames(FrameRange(40, 41)))).save(path)
    return path


def test_a_usable_photo_in_plain_data(photo, tmp_path):
    run = Run(tmp_path)
    seen = json.loads(json.dumps(inspect_clip(photo, run)))
    assert seen["schema"] == "Inspect.1" and seen["usable"] is True and seen["file"] == "me.png"
    assert seen["take"] == "open-arms" and 0 < seen["score"] <= 1
    assert seen["people"] == 1 and seen["face_seen"] == 1 and seen["camera"] == "still"
    assert seen["ranges_s"]["open_arms"] and seen["ranges_s"]["closed_arms"] is None
    assert seen["clip"]["photo"] is True and seen["clip"]["size_px"] == [720, 1280] and seen["clip"]["sound"] is False
    assert sum(v * v for v in seen["light"]["direction"]) == pytest.approx(1, abs=0.01)
    assert any("Fold your arms" in sentence for sentence in seen["advice"])
    assert "error" not in seen


def test_an_unusable_clip_says_why_and_what_to_do(tmp_path):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    seen = inspect_clip(empty, Run(tmp_path))
    assert set(seen) == {"schema", "file", "usable", "error", "hint"}
    assert (seen["file"], seen["usable"]) == ("empty.mp4", False) and seen["error"] and seen["hint"]


def test_a_fault_that_is_not_the_clip_s_is_no_verdict_on_it(photo, tmp_path, monkeypatch):
    def missing(*_args, **_kwargs):
        raise ModelError("no model", "get it")

    monkeypatch.setattr("studio.director.inspect.analyse", missing)
    with pytest.raises(ModelError):
        inspect_clip(photo, Run(tmp_path))
