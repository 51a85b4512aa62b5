"""The whole path, on the bundled sample."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from studio.core.errors import Cancelled, ConsentError, PresetError
from studio.core.run import Progress, Run
from studio.core.timeline import ShotName
from studio.director.presets import load
from studio.director.produce import Request, Short, make
from studio.media.conform import check_film
from studio.media.read import open_clip, read_audio
from studio.sound import library
from tests.director.conftest import SAMPLE, produce

KEYS = {
    "schema", "engine", "engine_reasons", "preset", "seed", "film", "contact", "take", "shots", "left_out", "clone",
    "stages_s", "peak_rss_mib", "people", "quality", "warnings",
}  # fmt: skip


def test_the_report_says_what_was_made(preview: Short) -> None:
    report = preview.report
    assert report["schema"] == "Report.1" and set(report) == KEYS
    assert report["engine"] == "embedded" and any("diffusion" in reason for reason in report["engine_reasons"])
    assert report["take"]["kind"] == "air-hug"
    assert report["people"] == 1
    assert 100 < report["peak_rss_mib"] < 2048
    shots = report["shots"]
    names = [shot["name"] for shot in shots]
    told, order = set(names), list(get_args(ShotName))
    assert names == [name for name in order if name in told]
    assert {"open", "arrival", "embrace", "hold"} <= told
    without = {left["name"] for left in report["left_out"]}
    assert told.isdisjoint(without) and told | without == set(order)
    assert all(left["why"] for left in report["left_out"]) and all(shot["why"] for shot in shots)
    assert shots[0]["start_s"] == 0 and shots[-1]["end_s"] == report["film"]["duration_s"] == 12.0
    assert all(a["end_s"] == b["start_s"] for a, b in itertools.pairwise(shots))
    assert {"seeing", "footage", "render", "check", "total"} <= set(report["stages_s"])


def test_the_film_has_the_frames_it_says(preview: Short) -> None:
    film = open_clip(preview.video)
    assert film.frame_count == preview.report["film"]["frames"] == 360
    assert film.size_px == (540, 960)
    assert sum(1 for _ in film.frames()) == 360


def test_the_preview_conforms_but_for_its_size(preview: Short) -> None:
    assert [rule.name for rule in check_film(preview.video).failures] == ["size"]


def test_the_full_film_conforms_in_every_rule(full: Short) -> None:
    assert check_film(full.video).failures == ()
    assert full.report["film"]["conforms"] is True


def test_faces_are_seen_where_the_story_needs_them(preview: Short, full: Short) -> None:
    for short in (preview, full):
        quality = short.report["quality"]
        assert quality["user_face_in_hold"] == 1.0
        assert quality["other_face_in_glimpse"] == 1.0
        assert quality["face_covered"] <= 0.10


def test_a_child_is_as_tall_as_the_table_says(preview: Short, full: Short) -> None:
    assert preview.report["quality"]["stature_ratio"] == pytest.approx((0.783 + 0.724) / 2, rel=0.05)
    assert 0.95 < full.report["quality"]["stature_ratio"] < 1.0


@pytest.mark.parametrize("which", ["preview", "full"])
def test_the_drop_is_heard_at_the_contact(which: str, request: pytest.FixtureRequest) -> None:
    """The finished file's own sound, laid against the bundled track: the drop lies on the contact within one frame."""
    short: Short = request.getfixturevalue(which)
    track = library.load(load(short.report["preset"]).music.track)
    contact_s = short.report["contact"]["time_s"]
    film = read_audio(short.video)[:, 0]
    music = library.samples(track)[:, 0]
    hz, reach = 48_000, 0.5
    around = film[int((contact_s - 1) * hz) : int((contact_s + 2) * hz)]
    wide = music[int((track.drop_s - 1 - reach) * hz) : int((track.drop_s + 2 + reach) * hz)]
    size = len(wide) + len(around)
    likeness = np.fft.irfft(np.fft.rfft(wide, size) * np.conj(np.fft.rfft(around, size)), size)[: int(2 * reach * hz)]
    lag_s = int(np.argmax(likeness)) / hz - reach
    assert abs(lag_s) < 1 / 30
    assert short.report["contact"]["error_ms"] is not None and abs(short.report["contact"]["error_ms"]) <= 1000 / 30


def test_a_real_clip_needs_consent(tmp_path: Path) -> None:
    request = Request(SAMPLE, load("inner-child"), tmp_path / "hug.mp4")
    with pytest.raises(ConsentError) as caught:
        make(request, Run(tmp_path))
    assert "--consent" in caught.value.hint and "said yes" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_unknown_music_is_refused_before_a_frame_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(PresetError, match="first-lite"):
        produce(tmp_path, "inner-child", "music.track=first-lite", preview=True)
    assert not list(tmp_path.glob("*.mp4"))


def test_cancel_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    run = Run(work)

    def listen(progress: Progress) -> None:
        if progress.stage == "render" and progress.done == 5:
            run.cancel.set()

    run.listen = listen
    request = Request(SAMPLE, load("inner-child"), tmp_path / "hug.mp4", sample=True, preview=True)
    with pytest.raises(Cancelled):
        make(request, run)
    assert [path for path in tmp_path.rglob("*") if path != work] == []


_MEASURE = """
import sys
from pathlib import Path
import cv2
cv2.setNumThreads(1)
from studio.animatic.build import build_animatic
from studio.core.memory import peak_rss_mib
from studio.core.run import Run
from studio.core.time import FrameRange
from studio.director.finish import finish
from studio.director.plan import plan
from studio.director.presets import load
from studio.media.read import open_clip
from studio.media.write import write_film
from studio.vision.analyse import analyse

count, folder = int(sys.argv[1]), Path(sys.argv[2])
preset = load("inner-child", ["story.duration_s=12"])
run = Run(folder)
clip = open_clip(Path(sys.argv[3]))
analysis = analyse(clip, run)
timeline = plan(preset, analysis, None)
size = (270, 480)
with build_animatic(clip, analysis, preset, timeline, size, 0, run) as animatic:
    frames = finish(animatic.frames(FrameRange(100, 100 + count)), timeline, preset.look, size, 0)
    write_film(frames, folder / "film.mp4", size_px=size, rate=timeline.rate, frame_count=count, audio=None, draft=True)
print(peak_rss_mib())
"""


def test_memory_does_not_grow_with_the_length(tmp_path: Path, root: Path) -> None:
    def peak_mib(count: int) -> float:
        command = [sys.executable, "-c", _MEASURE, str(count), str(tmp_path), str(SAMPLE)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        return float(done.stdout.split()[-1])

    short, long = peak_mib(60), peak_mib(240)
    assert long < 1.10 * short, f"60 frames took {short:.0f} MiB, 240 took {long:.0f} MiB"
