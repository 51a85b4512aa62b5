"""The watch hands every frame on as it is, and the card says of a good film that it is good and of bad ones why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from studio.animatic.scene import Painted
from studio.compose.blend import place_patch
from studio.core.frames import Frame, FrameSource, Patch
from studio.core.time import FILM_RATE, FrameRange
from studio.core.timeline import Shot, Timeline
from studio.director.measures.bar import Bar, between
from studio.director.measures.body_numbers import BodyNumbers, body_bars, body_numbers
from studio.director.measures.card import score
from studio.director.measures.watch import Watch
from studio.director.produce import Short
from studio.director.scorecard import Quality
from tests.director.measures.test_pops_and_life import ACTED, Drawn, face
from tests.director.measures.world import GRAIN, SIZE, around, blotches, composite, layer

NAMES = [
    "depth_order_flips", "pops", "halo_mean", "halo_p95", "edge_ratio", "noise_ratio", "own_pixels_changed",
    "face_life", "body_fit_error", "body_joint_error", "body_iou", "interpenetration_cm", "hand_distance_cm",
    "arm_colour_error", "arm_edge_ratio", "cost_ms",
]  # fmt: skip
OPEN, HOLD = FrameRange(0, 8), FrameRange(8, 32)


def acted(k: float) -> tuple[float, float]:
    mouth, lids = (np.interp(k, np.arange(6) * 24 / 5, [act[i] for act in ACTED]) for i in (0, 1))
    return float(mouth), float(lids)


def grained(patch: Patch, grain: float) -> Patch:
    """Grain belongs to the film: it is added when the patch lies where it is shown."""
    h, w = patch.rgba.shape[:2]
    canvas = np.random.default_rng(4).normal(0, grain, (*SIZE[::-1], 1))
    alpha = patch.rgba[..., 3:]
    noise = canvas[patch.y_px : patch.y_px + h, patch.x_px : patch.x_px + w] * (alpha / 255)
    rgb = np.clip(np.rint(patch.rgba[..., :3] + noise), 0, alpha).astype(np.uint8)
    return replace(patch, rgba=np.dstack([rgb, alpha]))


class Clip:
    """Footage of the face alone."""

    def at(self, position: float) -> Frame:
        return face(*acted(position))


@dataclass
class Film:
    """An animatic that tells 8 frames of the user alone and 24 of the embrace; faults are switched on."""

    fault: str = ""
    body: Any = None
    paintings: int = 0
    size_px: tuple[int, int] = SIZE
    rate: Fraction = FILM_RATE
    frame_count: int = 32

    def __post_init__(self) -> None:
        shots = (Shot("open", OPEN, FrameRange(0, 8), 1.0), Shot("hold", HOLD, FrameRange(0, 24), 1.0))
        timeline = Timeline(shots, (), 32, 8, None)
        analysis = SimpleNamespace(rate=Fraction(30))
        self.scene: Any = SimpleNamespace(timeline=timeline, analysis=analysis, footage=Clip(), hug=self.body)
        self.picture = blotches(1, SIZE)
        self.layer = {
            "soft": layer(soft_px=2.4, grain=0), "blurred": layer(1.1, 0, edge_px=7)
        }.get(self.fault, layer(1.1, 0))  # fmt: skip

    def frames(self, part: FrameRange | None = None) -> Iterator[Frame]:
        for painted in self.painted(part):
            yield painted.frame

    def painted(self, part: FrameRange | None = None) -> Iterator[Painted]:
        for painted in self.explained(part or FrameRange(0, 32)):
            yield replace(painted, own=None, touched=None)

    def explained(self, part: FrameRange) -> Iterator[Painted]:
        for n in range(part.start, part.stop):
            self.paintings += 1
            yield self.paint(n)

    def paint(self, n: int) -> Painted:
        own = self.picture.copy()
        if n < 8:
            return Painted(own, (), ("user",), own, np.zeros(SIZE[::-1], np.uint8))
        own[20:160, 20:140] = face(*acted(0 if self.fault == "frozen" else n - 8))
        x = 210 + 3 * np.sin(n / 5) + (8 if self.fault == "jump" and n >= 20 else 0)
        placed = place_patch(self.layer, (90, 165), (x, 385))
        painted = composite(grained(placed, 5 if self.fault == "noisy" else GRAIN), own)
        if self.fault == "rim":
            near = around(painted.drawn[0], 5)
            painted.frame[near] = painted.frame[near] // 2 + 110
        if self.fault == "spill":
            painted.frame[700:, :20] += 1
        if self.fault == "flip" and n >= 20:
            painted = replace(painted, order=("double", "user"))
        return painted


class Eyes(Drawn):
    """Finds the face in its corner of the film, and in the clip."""

    def find(self, frame: Frame):
        mesh = super().find(frame[:140, :120])
        if frame.shape[1] == SIZE[0] and mesh is not None:
            mesh[:, :2] += 20
        if frame.shape[1] not in (120, SIZE[0]):  # the clip, a little larger
            mesh = super().find(frame)
        return mesh


def bars_of(film: Film) -> dict[str, Bar]:
    watch = Watch(film)
    for _ in watch.frames():
        pass
    return {bar.name: bar for bar in score(watch, Eyes())}


def test_the_watch_hands_on_every_frame_and_draws_none_twice():
    film = Film()
    watch = Watch(film)
    assert isinstance(watch, FrameSource)
    assert (watch.size_px, watch.rate, watch.frame_count) == (SIZE, FILM_RATE, 32)
    seen = [frame.copy() for frame in watch.frames()]
    assert film.paintings == 32
    assert all((a == b).all() for a, b in zip(seen, Film().frames(), strict=True))
    assert [len(list(watch.frames(FrameRange(*part)))) for part in ((6, 10), (31, 32))] == [4, 1]


def test_windows_in_any_order_are_one_film():
    whole, windows = Watch(Film("jump")), Watch(Film("jump"))
    list(whole.frames())
    for start, stop in ((20, 32), (0, 12), (10, 22)):
        list(windows.frames(FrameRange(start, stop)))
    assert windows.shots[1].differences == whole.shots[1].differences
    assert windows.shots[1].pop == whole.shots[1].pop


def test_a_good_film_passes_every_bar_that_can_be_measured():
    bars = bars_of(Film())
    assert list(bars) == NAMES
    assert [bar.name for bar in bars.values() if bar.passed is False] == []
    measured = ["depth_order_flips", "pops", "halo_mean", "halo_p95", "edge_ratio", "noise_ratio", "face_life"]
    assert all(bars[name].passed for name in [*measured, "own_pixels_changed"])
    assert bars["cost_ms"].passed is None and "full size" in bars["cost_ms"].note
    assert bars["body_iou"].value is None and "without a body" in bars["body_iou"].note


@pytest.mark.parametrize(
    ("fault", "missed"),
    [
        ("jump", {"pops"}),
        ("flip", {"depth_order_flips"}),
        ("rim", {"halo_mean", "halo_p95"}),
        ("soft", {"edge_ratio"}),
        ("noisy", {"noise_ratio"}),
        ("spill", {"own_pixels_changed"}),
        ("frozen", {"face_life"}),
    ],
)
def test_each_fault_misses_its_own_bar_and_the_note_says_where(fault, missed):
    bars = bars_of(Film(fault))
    failed = {bar.name for bar in bars.values() if bar.passed is False}
    assert missed <= failed and not failed - missed - ({"own_pixels_changed"} if fault == "rim" else set())
    assert all("hold" in bars[name].note for name in missed)


def test_what_is_out_of_focus_is_not_judged_and_why_is_said():
    bars = bars_of(Film("blurred"))
    for name in ("halo_mean", "halo_p95", "edge_ratio"):
        assert bars[name].passed is None
        assert bars[name].note == "not measured: the other self is out of focus in every shot"


def test_a_film_that_tells_nothing_is_not_judged():
    class Silent(Film):
        def paint(self, n: int) -> Painted:
            return Painted(self.picture)

    film = Silent()
    film.picture[0, 0, 0] = 255  # no face
    bars = bars_of(film)
    assert all(bars[name].passed is None for name in NAMES)


def test_the_body_speaks_for_itself():
    good = BodyNumbers(0.003, 0.01, 0.93, 0.4, 1.1, 3.0, 1.0)
    assert body_numbers(None) is None and body_numbers(good) == good
    assert body_numbers(SimpleNamespace(numbers=good)) == good
    assert body_numbers(SimpleNamespace(iou=0.9)) == BodyNumbers(iou=0.9)
    assert all(bar.passed for bar in body_bars(good))
    bad = BodyNumbers(0.006, 0.013, 0.87, 1.2, 2.1, 5.5, 1.3)
    assert not any(bar.passed for bar in body_bars(bad))
    both = SimpleNamespace(
        fit=SimpleNamespace(keypoint_error=0.004, iou=0.9, why=""),
        embrace=SimpleNamespace(penetration_m=0.006, gaps_m={"user_left": 0.011, "other_right": -0.03}),
    )
    read = body_numbers(both)
    assert read == BodyNumbers(fit_error=0.004, iou=0.9, interpenetration_cm=0.6, hand_distance_cm=3.0)
    assert [bar.name for bar in body_bars(read) if bar.passed is False] == ["hand_distance_cm"]
    lost = SimpleNamespace(fit=SimpleNamespace(keypoint_error=np.nan, iou=0.0, why="no hips are seen"), embrace=None)
    told = {bar.name: bar for bar in body_bars(body_numbers(lost))}
    assert told["body_iou"].passed is False
    assert told["body_fit_error"].note == told["hand_distance_cm"].note == "not measured: no hips are seen"
    bars = bars_of(Film(body=SimpleNamespace(numbers=replace(good, arm_edge_ratio=None, reason="no arm was redrawn"))))
    assert bars["body_fit_error"].passed and bars["arm_edge_ratio"].note == "not measured: no arm was redrawn"


def test_a_bar_holds_its_limits():
    assert between("a", 3, "", most=3).passed and not between("a", 3.01, "", most=3).passed
    assert (
        between("a", 0.8, "", least=0.8, most=1.25).passed and not between("a", 1.26, "", least=0.8, most=1.25).passed
    )
    assert [between("a", 1, "", **k).bar for k in ({"most": 3}, {"least": 0.8}, {"least": 0.8, "most": 1.25})] == [
        "<= 3", ">= 0.8", "0.8 to 1.25",
    ]  # fmt: skip
    assert between("a", 1.23456, "x", most=2).as_dict() == {
        "name": "a", "value": 1.2346, "bar": "<= 2", "passed": True, "note": "x",
    }  # fmt: skip


def test_the_report_holds_bars_and_shots(preview: Short):
    quality = preview.report["quality"]
    bars = {bar["name"]: bar for bar in quality["bars"]}
    assert list(bars) == NAMES
    assert bars["depth_order_flips"]["passed"] and bars["own_pixels_changed"]["passed"]
    assert bars["face_life"]["value"] > 0.5 and bars["pops"]["value"] > 0 and bars["halo_mean"]["value"] < 10
    assert all(bar["note"] for bar in bars.values())
    shots = [shot["name"] for shot in preview.report["shots"]]
    assert [shot["name"] for shot in quality["shots"]] == shots
    assert all(shot["cost_ms"] > 0 for shot in quality["shots"])
    assert Quality().as_dict()["bars"] == []
