"""The plan: pure arithmetic on beats and ranges."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.people import Analysis, CameraMotion, Light, Take, Tracks
from studio.core.settings import CaptionSettings, Preset, StorySettings
from studio.core.time import FrameRange, time_s
from studio.director.plan import Grid, plan
from studio.director.ranges import best_face_range, calm_range


def analysis(rows: int = 60, stride: int = 3, closed: FrameRange | None = FrameRange(100, 150)) -> Analysis:
    """A person of 100 px shoulder width, arms hanging in the first third, wide in the second, folded in the last."""
    pose = np.zeros((rows, 33, 3), np.float32)
    pose[:, 11, :2], pose[:, 12, :2] = (350, 300), (250, 300)
    pose[:, 23, :2], pose[:, 24, :2] = (330, 500), (270, 500)
    third = rows // 3
    pose[:, 15, :2], pose[:, 16, :2] = (360, 520), (240, 520)
    pose[third : 2 * third, 15, :2], pose[third : 2 * third, 16, :2] = (500, 300), (100, 300)
    face = np.zeros((rows, 478, 3), np.float32)
    face[:, 234, :2], face[:, 454, :2] = (275, 220), (325, 220)
    face[:, 1, 0] = 300
    tracks = Tracks(
        frame=np.arange(rows, dtype=np.int32) * stride,
        pose_px=pose,
        visibility=np.ones((rows, 33), np.float32),
        face_px=face,
        hands_px=np.full((rows, 2, 21, 3), np.nan, np.float32),
        matte=np.zeros((rows, 8, 8), np.uint8),
        head_top_px=np.full(rows, 170, np.float32),
        sharpness=np.ones(rows, np.float32),
        luma=np.full(rows, 120, np.float32),
    )
    kind = "air-hug" if closed else "open-arms"
    take = Take(
        kind,
        FrameRange(third * stride, 2 * third * stride),
        closed,
        FrameRange(third * stride - 6, third * stride),
        0.8,
    )
    return Analysis(
        (600, 800),
        Fraction(30),
        rows * stride,
        tracks,
        take,
        Light(),
        CameraMotion(True, np.zeros((rows, 2), np.float32)),
        1,
        1.0,
    )


def preset(duration_s: float = 12.0, lines: tuple[str, ...] = ("a", "b", "c")) -> Preset:
    return Preset("p", "P", "", story=StorySettings(duration_s), captions=CaptionSettings(lines))


def grid(bpm: float, drop_beat: int = 12, beats: int = 60, first_s: float = 0.0) -> Grid:
    at = tuple(first_s + k * 60 / bpm for k in range(beats))
    return Grid(at, at[drop_beat], at[-1])


@settings(max_examples=60, deadline=None)
@given(st.floats(60, 130), st.integers(4, 20), st.floats(0, 1), st.floats(8, 20))
def test_every_plan_tiles_and_touches_on_the_drop(bpm: float, drop: int, first_s: float, duration_s: float) -> None:
    track = grid(bpm, drop, 90, first_s)
    timeline = plan(preset(duration_s), analysis(), track)  # Timeline itself refuses shots that do not tile
    contact_s = time_s(timeline.contact_frame, timeline.rate)
    assert timeline.downbeat_s == pytest.approx(contact_s, abs=1e-6)
    assert timeline.contact_error_ms is not None and abs(timeline.contact_error_ms) < 1
    assert timeline.music_start_s + contact_s == pytest.approx(track.drop_s)
    assert abs(timeline.frame_count / 30 - duration_s) <= 1 / 60 + 1e-9
    assert 0.39 <= timeline.contact_frame / timeline.frame_count <= 0.61
    assert timeline.shot_at(timeline.contact_frame).name == "embrace"
    assert timeline.shot_at(timeline.contact_frame - 1).name == "arrival"
    assert min(len(shot.film) for shot in timeline.shots) >= 25


@settings(max_examples=40, deadline=None)
@given(st.floats(70, 130), st.integers(8, 20))
def test_cuts_lie_on_beats(bpm: float, drop: int) -> None:
    track = grid(bpm, drop, 90)
    timeline = plan(preset(), analysis(), track)
    beats = np.array(track.beats_s) - timeline.music_start_s
    for shot in timeline.shots[1:]:
        assert np.abs(beats - shot.film.start / 30).min() <= 1 / 60 + 1e-6


def test_music_may_be_moved_by_hand_without_moving_the_cuts() -> None:
    from dataclasses import replace

    plain = plan(preset(), analysis(), grid(90))
    moved_preset = replace(preset(), music=replace(preset().music, offset_ms=120.0))
    moved = plan(moved_preset, analysis(), grid(90))
    assert [s.film for s in moved.shots] == [s.film for s in plain.shots]
    assert moved.music_start_s == pytest.approx(
        plain.music_start_s - 0.12
    )  # later music: the film starts earlier in it


def test_without_music_there_is_a_film_but_no_downbeat() -> None:
    timeline = plan(preset(), analysis(), None)
    assert timeline.downbeat_s is None and timeline.contact_error_ms is None
    assert timeline.frame_count == 360


def test_untrusted_beats_still_land_on_the_drop() -> None:
    timeline = plan(preset(), analysis(), Grid((), 7.3, 40.0))
    assert timeline.contact_error_ms is not None and abs(timeline.contact_error_ms) < 1


def test_without_a_face_there_is_no_glimpse() -> None:
    names = [shot.name for shot in plan(preset(), analysis(), grid(84), glimpse=False).shots]
    assert "glimpse" not in names and names[0] == "open"


def test_the_embrace_shows_the_folded_arms() -> None:
    timeline = plan(preset(), analysis(closed=FrameRange(120, 170)), grid(84))
    for name in ("embrace", "shoulder", "hold"):
        shot = timeline.named(name)
        assert shot is not None and 120 <= shot.source.start < shot.source.stop <= 170


def test_an_open_arms_take_is_told_with_the_arms_lowest() -> None:
    seen = analysis(closed=None)
    timeline = plan(preset(), seen, grid(84))
    hold = timeline.named("hold")
    assert hold is not None
    wide = seen.take.open_arms
    assert hold.source.stop <= wide.start or hold.source.start >= wide.stop
    assert hold.confidence < 0.6


def test_calm_range_prefers_a_seen_face() -> None:
    seen = analysis(closed=None)
    seen.tracks.face_px[:25] = np.nan  # no face in the first stretch of hanging arms
    part = calm_range(seen)
    assert part.start >= 40 * 3


def test_the_best_face_is_frontal_with_open_eyes() -> None:
    seen = analysis()
    face = seen.tracks.face_px
    face[:, 1, 0] = 318  # turned
    face[30:36, 1, 0] = 300  # frontal
    face[:, [33, 263], 0], face[:, [133, 362], 0] = (280, 320), (292, 308)
    face[:, [159, 386], 1], face[:, [145, 374], 1] = 210, 214
    part = best_face_range(seen, FrameRange(0, 15))
    assert part.start >= 26 * 3 and part.stop <= 40 * 3


def test_a_short_look_is_better_than_a_long_one_with_lowered_lids() -> None:
    seen = analysis()
    face = seen.tracks.face_px
    face[:, [33, 263], 0], face[:, [133, 362], 0] = (280, 320), (292, 308)
    face[:, [159, 386], 1], face[:, [145, 374], 1] = 210, 210.6  # lids almost closed
    face[20:29, [145, 374], 1] = 214
    part = best_face_range(seen, FrameRange(0, 66))
    assert part.start >= 19 * 3 and part.stop <= 30 * 3


def test_a_lowered_head_is_not_shown() -> None:
    seen = analysis()
    face = seen.tracks.face_px
    face[:, [33, 263], 0], face[:, [133, 362], 0] = (280, 320), (292, 308)
    face[:, [159, 386], 1], face[:, [145, 374], 1] = 210, 214
    face[:, 10, :2], face[:, 1, :2], face[:, 152, :2] = (300, 190), (300, 225), (300, 253)
    face[25:, 152, 1] = 244  # from here on the chin lies behind the nose's height
    part = best_face_range(seen, FrameRange(0, 45))
    assert part.stop <= 27 * 3


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_captions_do_not_overlap_and_never_cross_the_contact(count: int) -> None:
    timeline = plan(preset(lines=tuple("abcdefg"[:count])), analysis(), grid(84))
    assert len(timeline.captions) == count
    for cue in timeline.captions:
        assert not (cue.film.start < timeline.contact_frame < cue.film.stop)
    for first, second in zip(timeline.captions[:-1], timeline.captions[1:], strict=True):
        assert first.film.stop <= second.film.start
