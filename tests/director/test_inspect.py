"""What `inspect` tells: plain data, for good clips and for bad ones."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from studio.core.errors import ModelError
from studio.core.people import ROLES, Analysis, CameraMotion, Light, Roles, Take, Tracks
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
    assert seen["held_share"] == 0 and seen["meaning"].startswith("Your arms only open")
    assert "pillow" in seen["next_step"]
    assert set(seen["roles"]) == {*ROLES, "embrace"}
    assert seen["roles"]["arms-open"]["score"] > 0.5
    assert seen["roles"]["arms-folded"] is None and seen["roles"]["embrace"] is None


def hug(kind, **more) -> Analysis:
    """An analysis of a hug from 3 to 7 s whose fifth second is the best."""
    frame = np.arange(0, 240, 3, dtype=np.int32)
    marks = np.full((80, len(ROLES)), 0.4, np.float32)
    marks[40:60] = 0.95
    nothing = np.zeros((80, 1), np.float32)
    tracks = Tracks(frame, *[nothing] * 5, *[nothing[:, 0]] * 3)  # type: ignore[arg-type]
    take = Take(kind, FrameRange(0, 60), FrameRange(90, 210), FrameRange(0, 0), 0.9, **more)
    still = CameraMotion(True, np.zeros((80, 2), np.float32))
    roles = Roles(frame, marks)
    return Analysis((720, 1280), Fraction(30), 240, tracks, take, Light(), still, 1, 1.0, (), roles)


@pytest.mark.parametrize(("kind", "better"), [("air-hug", True), ("stand-in", False)])
def test_the_best_stretches_of_a_hug_are_named_in_seconds(kind, better, tmp_path, photo, monkeypatch):
    monkeypatch.setattr("studio.director.inspect.analyse", lambda *_args, **_kwargs: hug(kind, held_share=0.9))
    seen = json.loads(json.dumps(inspect_clip(photo, Run(tmp_path))))
    assert seen["take"] == kind and (seen["next_step"] is not None) is better
    for name in ("eyes-lowered", "hands-sharp", "embrace"):
        start, stop = seen["roles"][name]["s"]
        assert 3.9 <= start < stop <= 6.1 and stop - start == pytest.approx(1.5, abs=0.05)
        assert seen["roles"][name]["score"] == pytest.approx(0.95, abs=0.01)
    assert seen["held_share"] == 0.9


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
