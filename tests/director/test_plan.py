"""The plan: pure arithmetic on beats and ranges."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.people import ROLES, Analysis, CameraMotion, Light, Roles, Take, Tracks
from studio.core.settings import CaptionSettings, HugSettings, Preset, StorySettings
from studio.core.time import FrameRange, time_s
from studio.core.timeline import ShotName
from studio.director.confidence import confidence
from studio.director.cuts import Part, place_cuts
from studio.director.plan import Grid, plan
from studio.director.ranges import arrival_range, best_face_range, calm_range, gentle_face_range, held_range, hug_range


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
    assert min(len(shot.film) for shot in timeline.shots) >= 33, "1.1 s"
    told = [shot.name for shot in timeline.shots]
    assert told == [name for name in get_args(ShotName) if name in told]
    assert {"open", "arrival", "embrace", "hold"} <= set(told)
    without = {left.name for left in timeline.left_out}
    assert without.isdisjoint(told) and without | set(told) == set(get_args(ShotName))


@settings(max_examples=40, deadline=None)
@given(st.floats(70, 130), st.integers(8, 20))
def test_cuts_lie_on_beats(bpm: float, drop: int) -> None:
    track = grid(bpm, drop, 90)
    timeline = plan(preset(), analysis(), track)
    beats = np.array(track.beats_s) - timeline.music_start_s
    for shot in timeline.shots[1:]:
        assert np.abs(beats - shot.film.start / 30).min() <= 1 / 60 + 1e-6


def test_music_may_be_moved_by_hand_without_moving_the_cuts() -> None:
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
    shots = [shot for shot in timeline.shots if shot.name in ("embrace", "shoulder", "detail", "hold", "end")]
    assert len(shots) >= 3
    assert all(120 <= shot.source.start < shot.source.stop <= 170 for shot in shots)


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


def large_face(seen: Analysis, width_px: float = 200.0) -> Analysis:
    """The same person with a face of that width, eyes open."""
    face = seen.tracks.face_px
    face[:, 234, 0], face[:, 454, 0], face[:, 1, 0] = 300 - width_px / 2, 300 + width_px / 2, 300
    return seen


def marked(seen: Analysis, **marks: float | np.ndarray) -> Analysis:
    """The same with marks of what its moments are good for; a role that is not named is unknown."""
    table = np.full((len(seen.tracks), len(ROLES)), np.nan, np.float32)
    for name, mark in marks.items():
        table[:, ROLES.index(name.replace("_", "-"))] = mark  # type: ignore[arg-type]
    return replace(seen, roles=Roles(seen.tracks.frame, table))


def told(timeline) -> list[str]:
    return [shot.name for shot in timeline.shots]


@given(
    st.lists(st.tuples(st.floats(0.1, 1.0), st.integers(5, 20)), min_size=1, max_size=4),
    st.integers(0, 50),
    st.integers(40, 150),
    st.lists(st.integers(0, 200), max_size=14, unique=True),
)
def test_cuts_are_the_best_choice_of_beats(parts, start: int, length: int, beats: list[int]) -> None:
    film, shots = FrameRange(start, start + length), [Part(*part) for part in parts]
    found = place_cuts(shots, film, sorted(beats))
    total = sum(part.share for part in shots)

    def cost(cuts: tuple[int, ...]) -> float:
        edges = (film.start, *cuts, film.stop)
        lengths = [b - a for a, b in itertools.pairwise(edges)]
        if any(size < part.least for size, part in zip(lengths, shots, strict=True)):
            return np.inf
        wanted = [length * part.share / total for part in shots]
        return sum((size - want) ** 2 / want for size, want in zip(lengths, wanted, strict=True))

    inside = [beat for beat in sorted(beats) if film.start < beat < film.stop]
    best = min((cost(way) for way in itertools.combinations(inside, len(shots) - 1)), default=np.inf)
    assert (found is None) == (best == np.inf)
    if found is not None:
        assert cost(tuple(found)) == pytest.approx(best) and set(found) <= set(inside)


def test_a_long_film_tells_more_shots_than_a_short_one() -> None:
    counts = [len(plan(preset(s), large_face(analysis()), grid(90)).shots) for s in (8.0, 12.0, 16.0, 20.0)]
    assert counts == sorted(counts) and counts[0] >= 4 and counts[-1] >= counts[0] + 3


def test_what_is_weak_is_left_out_and_the_reason_is_said() -> None:
    timeline = plan(preset(20.0), large_face(analysis(), 40.0), grid(90))
    without = {left.name: left for left in timeline.left_out}
    assert without["reverse"].confidence < 0.3 and "face" in without["reverse"].why
    assert "hands" in without["detail"].why
    alone = plan(preset(20.0), large_face(analysis(closed=None)), grid(90))
    assert next(left for left in alone.left_out if left.name == "detail").why == "the arms were not folded"


@pytest.mark.parametrize("name", ["reverse", "detail"])
def test_a_wish_decides_where_the_take_leaves_a_choice(name) -> None:
    seen = large_face(marked(analysis(), hands_sharp=0.6, arms_folded=0.9))
    seen.tracks.pose_px[:, 11, 0], seen.tracks.pose_px[:, 12, 0] = 420, 180
    plain = preset(20.0)
    assert name in told(plan(plain, seen, grid(90)))
    off = plan(replace(plain, hug=HugSettings(**{name: "off"})), seen, grid(90))
    assert name not in told(off)
    assert next(left.why for left in off.left_out if left.name == name) == "switched off"
    short = preset(10.0)
    assert name in told(plan(replace(short, hug=HugSettings(**{name: "on"})), seen, grid(90)))


def test_a_wish_makes_no_face_where_there_is_none() -> None:
    wish = replace(preset(20.0), hug=HugSettings(reverse="on", detail="on"))
    timeline = plan(wish, analysis(closed=None), grid(90), glimpse=False)
    assert not {"glimpse", "reverse", "detail"} & set(told(timeline))


def test_a_weak_shot_is_shorter_and_kept_in_the_dark() -> None:
    poor, good = (
        marked(analysis(closed=FrameRange(100, 150)), eyes_lowered=mark, hands_sharp=mark, head_bent=mark)
        for mark in (0.0, 1.0)
    )
    poor = replace(large_face(poor), take=replace(poor.take, score=0.1))
    weak, strong = (plan(preset(16.0), seen, grid(120)) for seen in (poor, large_face(good)))
    embrace, clear = weak.named("embrace"), strong.named("embrace")
    assert embrace is not None and clear is not None
    assert clear.hide == 0 < embrace.hide <= 1
    assert len(embrace.film) < len(clear.film)
    opening = weak.named("open")
    assert opening is not None and opening.hide == 0, "what is real is not hidden"


@given(st.floats(20, 400), st.floats(20, 400))
def test_a_larger_face_is_never_told_worse(one: float, other: float) -> None:
    small, large = sorted((one, other))
    part = FrameRange(100, 150)
    for name in ("glimpse", "reverse"):
        less, more = (confidence(name, part, large_face(analysis(), width)).value for width in (small, large))
        assert 0 <= less <= more + 1e-9 <= 1 + 1e-9


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_every_confidence_is_a_share_with_a_reason(eyes: float, hands: float, bent: float) -> None:
    for seen in (analysis(), analysis(closed=None)):
        seen = marked(seen, eyes_lowered=eyes, hands_sharp=hands, head_bent=bent)
        for name in get_args(ShotName):
            found = confidence(name, FrameRange(100, 150), seen)
            assert 0 <= found.value <= 1 and found.why


def test_sharper_hands_and_lowered_eyes_tell_the_embrace_better() -> None:
    part = FrameRange(100, 150)
    marks = [confidence("embrace", part, marked(analysis(), eyes_lowered=m, hands_sharp=m)).value for m in (0, 0.5, 1)]
    assert marks[0] < marks[1] < marks[2]


def test_the_embrace_shows_lowered_eyes() -> None:
    eyes = np.zeros(60)
    eyes[42:48] = 1  # clip frames 126 to 143
    seen = marked(analysis(), eyes_lowered=eyes, head_bent=eyes, arms_folded=1.0, hands_sharp=1.0)
    part = hug_range("shoulder", FrameRange(0, 15), seen)
    assert part.start >= 120 and part.stop <= 148


def test_two_shots_of_the_embrace_show_two_moments() -> None:
    seen = marked(analysis(), eyes_lowered=0.8, head_bent=0.8, arms_folded=1.0, hands_sharp=0.8)
    first = hug_range("embrace", FrameRange(0, 20), seen)
    second = hug_range("shoulder", FrameRange(0, 20), seen, [first])
    assert second.start >= first.stop or second.stop <= first.start


def test_short_folded_arms_grow_while_they_are_folded() -> None:
    folded = np.zeros(60)
    folded[30:56] = 0.9  # clip frames 90 to 167
    seen = marked(analysis(closed=FrameRange(120, 135)), arms_folded=folded)
    part = held_range(seen, 60)
    assert part.start >= 87 and part.stop <= 171 and len(part) >= 60
    assert held_range(marked(analysis(closed=FrameRange(120, 135))), 60) == FrameRange(120, 135)


def test_arms_that_open_for_a_moment_are_seen_rising() -> None:
    seen = analysis()
    take = replace(seen.take, opening=FrameRange(30, 60), open_arms=FrameRange(60, 66))
    part = arrival_range(FrameRange(0, 60), replace(seen, take=take))
    assert 30 <= part.start < 60 and part.stop == 66


def test_the_other_self_is_shown_at_other_moments_than_the_user() -> None:
    seen = large_face(analysis())
    timeline = plan(preset(20.0), seen, grid(90))
    other = {n for shot in timeline.shots if shot.name in ("glimpse", "reverse") for n in shot.source}
    user = {n for shot in timeline.shots if shot.name in ("embrace", "shoulder", "hold") for n in shot.source}
    assert other and len(other & user) <= 0.1 * len(other)


def test_the_reverse_of_a_stand_in_take_does_not_show_the_thing() -> None:
    seen = marked(large_face(analysis()), eyes_lowered=np.r_[np.zeros(33), np.ones(27)])
    assert gentle_face_range(seen, FrameRange(0, 40)).stop > 100
    standing = replace(seen, take=replace(seen.take, kind="stand-in"))
    part = gentle_face_range(standing, FrameRange(0, 40))
    assert part.stop <= 103 or part.start >= 147


def test_where_both_face_the_camera_there_is_no_reverse_angle() -> None:
    faced = replace(preset(18.0), hug=replace(preset().hug, staging="side-by-side"))
    timeline = plan(faced, large_face(analysis()), grid(90))
    assert timeline.named("reverse") is None and timeline.named("detail") is None
    assert "both face the camera already" in {one.why for one in timeline.left_out}
    assert plan(preset(18.0), large_face(analysis()), grid(90)).named("reverse") is not None
