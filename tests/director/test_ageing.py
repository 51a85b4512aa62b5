"""A person re-aged in their own photo or clip: on frames of the bundled sample, which shows nobody real."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.core.errors import InputError
from studio.core.frames import Frame
from studio.core.run import Run
from studio.core.time import FrameRange
from studio.director import ageing
from studio.director.ageing import Aged, AgeRequest, check_request, re_age
from studio.director.ageing_clip import Reel, film_frames
from studio.director.ageing_strip import lay_strip
from studio.media.read import open_clip, read_audio
from studio.media.spool import Spool
from studio.media.write import write_film
from tests.director.conftest import SAMPLE

ORIENTATION = 0x0112
PERSON = np.s_[330:1160, 200:520]
"""Where the sample's woman stands in its first frame, with room round her; her shadow included."""


def run_in(folder: Path) -> Run:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return Run(work)


def aged(folder: Path, source: Path, out: str, *years: float, **options: Any) -> tuple[Aged, Frame]:
    """What was made, and its picture."""
    request = AgeRequest(source, folder / out, years, consent=True, **options)
    made = re_age(request, run_in(folder))
    assert made.out == folder / out
    with Image.open(made.out) as picture:
        return made, np.asarray(picture.convert("RGB"))


@pytest.fixture(scope="session")
def frame() -> Frame:
    """The sample's first frame, (1280, 720, 3)."""
    return next(open_clip(SAMPLE).frames())


@pytest.fixture(scope="session")
def photo(frame: Frame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "me.png"
    Image.fromarray(frame).save(path)
    return path


@pytest.fixture(scope="session")
def child(photo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Aged, Frame]:
    return aged(tmp_path_factory.mktemp("child"), photo, "child.png", 8.0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grey where the background is not known: where it is not looked at, making it up would only take time."""
    monkeypatch.setattr("studio.director.ageing_photo.fill", _grey)


def _grey(picture: Frame, hole: np.ndarray) -> Frame:
    return np.where(hole[..., None], np.uint8(128), picture)


def test_everything_round_the_person_stays_to_the_bit(frame: Frame, child: tuple[Aged, Frame]) -> None:
    picture = child[1]
    assert picture.shape == frame.shape
    changed = (picture != frame).any(-1)
    assert changed[PERSON].mean() > 0.2
    outside = changed.copy()
    outside[PERSON] = False
    assert not outside.any()


def test_a_child_stands_on_the_same_ground_and_is_smaller(frame: Frame, child: tuple[Aged, Frame]) -> None:
    def red_shirt(picture: Frame) -> np.ndarray:
        r, g, b = (picture[..., k].astype(int) for k in range(3))
        return (r > 110) & (g < 75) & (b < 75)

    before, after = (np.flatnonzero(red_shirt(picture)[PERSON].any(1)) for picture in (frame, child[1]))
    assert 0.55 < len(after) / len(before) < 0.85, "the trunk is shorter"
    assert after[0] > before[0] + 60, "the shoulders are lower"
    soles = [np.flatnonzero((picture.max(-1) < 40)[PERSON].any(1))[-1] for picture in (frame, child[1])]
    assert soles[1] == pytest.approx(soles[0], abs=6), "the shoes stand where they stood"


def test_the_report_says_what_was_estimated(child: tuple[Aged, Frame], photo: Path, tmp_path: Path) -> None:
    mine = child[0].report["my_age"]
    assert mine["source"] == "estimated" and 20 <= mine["years"] <= 45
    assert mine["range_years"][0] < mine["years"] < mine["range_years"][1]
    assert "--my-age" in mine["said"]
    assert child[0].report["years"] == [8.0] and child[0].report["photo"]


def test_the_same_age_gives_the_picture_back(frame: Frame, photo: Path, tmp_path: Path, quick: None) -> None:
    made, picture = aged(tmp_path, photo, "same.png", 33.0, my_age_years=33.0)
    assert made.report["my_age"] == {"years": 33.0, "source": "given", "said": ""}
    away = np.abs(picture.astype(int) - frame)
    assert away.mean() < 0.05 and np.percentile(away.max(-1)[PERSON], 99) < 12


def test_a_turned_photo_comes_out_upright_and_jpeg(frame: Frame, tmp_path: Path, quick: None) -> None:
    turned = Image.fromarray(frame).rotate(90, expand=True)
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # shown a quarter turn to the right
    turned.save(tmp_path / "turned.jpg", quality=95, exif=exif)
    _, picture = aged(tmp_path, tmp_path / "turned.jpg", "old.jpg", 70.0, my_age_years=30.0)
    with Image.open(tmp_path / "old.jpg") as written:
        assert written.format == "JPEG" and ORIENTATION not in written.getexif()
    assert picture.shape == frame.shape
    assert np.abs(picture[:200].astype(int) - frame[:200]).mean() < 3, "the ceiling is above"
    face = np.s_[375:460, 345:405]
    assert np.abs(picture[face].astype(int) - frame[face]).mean() > 6, "the face has changed"


def test_nobody_is_an_error_with_a_hint(tmp_path: Path, frame: Frame) -> None:
    Image.fromarray(frame[:330]).save(tmp_path / "wall.png")
    with pytest.raises(InputError) as caught:
        aged(tmp_path, tmp_path / "wall.png", "out.png", 8.0)
    assert "No face" in caught.value.message and "face" in caught.value.hint
    assert not (tmp_path / "out.png").exists()


# -- clips -------------------------------------------------------------------------------------------------------------

COUNT, RATE, HZ = 9, 8, 48000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good second of the sample's upper body, cut by the lower edge, with a tone; for two frames without a face."""
    frames = [frame[340:724, 190:542].copy() for frame in open_clip(SAMPLE).frames(FrameRange(0, COUNT))]
    for hidden in (4, 5):
        frames[hidden][10:150, 130:240] = 128
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(COUNT * HZ // RATE) / HZ).astype(np.float32)
    path = tmp_path_factory.mktemp("clip") / "me.mp4"
    size = frames[0].shape[1::-1]
    write_film(frames, path, size_px=size, rate=Fraction(RATE), frame_count=COUNT, audio=np.c_[tone, tone])
    return path


class Once:
    """A step that is taken once and then remembered: what is seen in a clip does not depend on the age wanted."""

    def __init__(self, step: Callable[..., Any]) -> None:
        self._step, self._known = step, None

    def __call__(self, *given: Any, **options: Any) -> Any:
        if self._known is None:
            self._known = self._step(*given, **options)
        return self._known


@pytest.fixture(scope="module")
def seen_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ageing, "look", Once(ageing.look))
        opened = Once(ageing.open_footage)
        spools: list[Spool] = []

        def open_footage(*given: Any) -> tuple[Any, Any]:
            footage, spool = opened(*given)
            spools[:] = [spool]
            return footage, nullcontext()

        patch.setattr(ageing, "open_footage", open_footage)
        yield
        spools[0].close()


@pytest.fixture(scope="module")
def old(clip: Path, seen_once: None, tmp_path_factory: pytest.TempPathFactory) -> Aged:
    folder = tmp_path_factory.mktemp("old")
    return re_age(AgeRequest(clip, folder / "old.mp4", (75.0,), my_age_years=25.0, consent=True), run_in(folder))


def test_a_clip_keeps_its_length_size_rate_and_sound(clip: Path, old: Aged) -> None:
    source, film = open_clip(clip), open_clip(old.out)
    assert (film.frame_count, film.size_px, film.rate) == (source.frame_count, source.size_px, source.rate)
    assert sum(1 for _ in film.frames()) == COUNT
    before, after = read_audio(clip), read_audio(old.out)
    assert film.has_audio and abs(len(after) - len(before)) < HZ // 10
    # another lossy generation of the same tone, in its place
    loud = np.sqrt((before[4800:-9600] ** 2).mean()), np.sqrt((after[4800:-9600] ** 2).mean())
    assert loud[1] == pytest.approx(loud[0], rel=0.1)


def test_every_frame_of_a_clip_is_aged_also_where_the_face_was_lost(clip: Path, old: Aged) -> None:
    face, wall = np.s_[35:120, 155:215], np.s_[0:100, 0:90]
    for before, after in zip(open_clip(clip).frames(), open_clip(old.out).frames(), strict=True):
        away = np.abs(before.astype(int) - after)
        assert away[wall].mean() < 3 < away[face].mean()


def test_the_best_frame_of_a_clip_becomes_a_strip(clip: Path, seen_once: None, tmp_path: Path) -> None:
    made, picture = aged(tmp_path, clip, "strip.png", 60.0, 8.0, strip=True, my_age_years=30.0)
    assert made.report["years"] == [8.0, 60.0]
    width = (picture.shape[1] + 6) // 3 - 6
    eight, now, sixty = (picture[:-40, k * (width + 6) : k * (width + 6) + width].astype(int) for k in range(3))
    assert np.abs(eight - now).mean() > 2 and np.abs(sixty - now).mean() > 2


class Counting:
    """Frames of a clip that are counted as long as they live."""

    rate, frame_count, size_px = Fraction(10), 60, (64, 64)

    def __init__(self) -> None:
        self.alive: weakref.WeakSet = weakref.WeakSet()
        self.most = 0

    def frames(self, part: FrameRange | None = None) -> Iterator[Frame]:
        for index in part or range(self.frame_count):
            picture = np.full((64, 64, 3), index, np.uint8).view(Counted)
            self.alive.add(picture)
            self.most = max(self.most, len(self.alive))
            yield picture


class Counted(np.ndarray):
    """An array that can be watched and told from others."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__  # type: ignore[assignment]


def test_a_long_clip_is_never_held(tmp_path: Path) -> None:
    source = Counting()
    with Spool.fill(cast(Any, source), [0, 30], tmp_path) as spool:
        gc.collect()
        source.most = 0
        reel = Reel(cast(Any, source), spool, 3)
        seen = []
        for index, picture in reel.run():
            assert picture[0, 0, 0] == index
            assert all(near in reel for near in range(max(0, index - 3), min(60, index + 4)))
            assert 50 not in reel or abs(50 - index) <= 6
            seen.append(index)
    assert seen == list(range(60))
    assert source.most <= 10


@given(st.integers(1, 90), st.sampled_from([Fraction(24000, 1001), Fraction(30000, 1001), Fraction(24), Fraction(25)]))
def test_a_film_of_a_whole_rate_shows_the_frame_of_the_time(count: int, rate: Fraction) -> None:
    film_rate = Fraction(round(rate))
    film_count = max(1, round(count / rate * film_rate))
    shown = list(film_frames(iter(cast(Any, range(count))), count, rate, film_rate, film_count))
    assert len(shown) == film_count
    assert all(abs(at / rate - number / film_rate) <= 0.51 / rate for number, at in enumerate(shown))
    if rate == film_rate:
        assert shown == list(range(count))


# -- requests and strips -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "years", "options", "said"),
    [
        ("a.png", (), {}, "Which age"),
        ("a.png", (2.0,), {}, "between 3 and 90"),
        ("a.png", (8.0,), {"my_age_years": 9.0}, "between 14 and 90"),
        ("a.gif", (8.0,), {}, ".png, .jpg and .mp4"),
        ("a.mp4", (8.0, 20.0), {"strip": True}, "strip is a picture"),
        ("me.png", (8.0,), {}, "overwrite"),
    ],
)
def test_what_cannot_be_made_is_refused_at_once(tmp_path: Path, out: str, years, options, said: str) -> None:
    (tmp_path / "me.png").touch()
    with pytest.raises(InputError, match=said) as caught:
        check_request(AgeRequest(tmp_path / "me.png", tmp_path / out, years, consent=True, **options))
    assert caught.value.hint


def test_a_photo_does_not_become_a_film(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="photo"):
        re_age(AgeRequest(photo, tmp_path / "me.mp4", (8.0,), consent=True), run_in(tmp_path))


def test_a_strip_goes_from_young_to_old_with_the_picture_at_its_place() -> None:
    shades = {70.0: 200, 5.0: 40, 20.0: 80}
    pictures = {years: np.full((300, 240, 3), shade, np.uint8) for years, shade in shades.items()}
    strip = lay_strip(np.full((300, 240, 3), 120, np.uint8), pictures, (30, 20, 200, 280), 35.0)
    middle = strip[100, :, 0]
    order = [int(shade) for shade in middle[np.r_[True, np.diff(middle) != 0]] if shade != 24]
    assert order == [40, 80, 120, 200]
    captions = strip[-40:]
    assert all((captions[:, part] > 150).any() for part in np.array_split(np.arange(strip.shape[1]), 4))
