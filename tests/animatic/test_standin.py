"""The hugged thing's mask and measures, on a drawn person and on a composed take."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.animatic.double.figure import build_of
from studio.animatic.double.look import DoubleLook
from studio.animatic.held_head import HeldHead, seat_head
from studio.animatic.standin import Place, StandIn, measure, recolour, track_stand_in
from studio.compose.view import View
from studio.core.people import Analysis, CameraMotion, Light, Take
from studio.core.time import FrameRange
from studio.vision.stand_in import with_stand_in
from studio.vision.trunk import trunk_picture
from tests.vision.held import HELD_PX, SKIN, photograph
from tests.vision.skeletons import HUG, SIZE, WIDE, tracks

CLOTH = (92, 112, 138)
UNIT = 130


class Store:
    """Frames by number."""

    def __init__(self, frames) -> None:
        self._frames = frames

    def get(self, frame: int):
        return self._frames[frame].copy()


class Film:
    """A clip of frames in memory, six a second."""

    def __init__(self, frames) -> None:
        self._frames = frames
        self.size_px, self.rate, self.frame_count = frames[0].shape[1::-1], Fraction(6), len(frames)

    def frames(self, part=None):
        yield from self._frames[part.start : part.stop] if part else self._frames


@pytest.fixture(scope="module")
def acted():
    """Four rows of open arms, six of a held thing that sways: frames, analysis, truth masks of the last six."""
    places = [(360 + 3 * k, 610 - 2 * k) for k in range(6)]
    shown = [photograph(WIDE)] * 4 + [photograph(HUG, held=CLOTH, at=at) for at in places]
    seen = tracks([points for _, points in shown], stride=1, faces=False)
    take = Take("air-hug", FrameRange(0, 4), FrameRange(4, 10), FrameRange(0, 0), 0.8)
    take = with_stand_in(take, np.stack([trunk_picture(frame, points) for frame, points in shown]), seen)
    still = CameraMotion(True, np.zeros((10, 2), np.float32))
    analysis = Analysis(SIZE, Fraction(10), 10, seen, take, Light(), still, 1, 0.0)
    truths = []
    for at, (frame, _) in zip(places, shown[4:], strict=True):
        truth = np.zeros(SIZE[::-1], np.uint8)
        cv2.ellipse(truth, at, HELD_PX, 0, 0, 360, 255, -1)
        truth[np.abs(frame.astype(int) - SKIN).max(axis=2) < 25] = 0  # arms lie over it
        truths.append(truth > 0)
    return [frame for frame, _ in shown], analysis, places, truths


@pytest.fixture(scope="module")
def found(acted) -> StandIn:
    frames, analysis, _, _ = acted
    thing = track_stand_in(Store(frames), range(4, 10), analysis)
    assert thing is not None
    return thing


def test_the_thing_is_masked_in_every_frame(acted, found) -> None:
    x0, y0, x1, y1 = found.box
    for row, truth in enumerate(acted[3]):
        mask, part = found.mask[row] > 127, truth[y0:y1, x0:x1]
        assert (mask & part).sum() / (mask | part).sum() > 0.85
        assert part.sum() / truth.sum() > 0.99  # all of it lies in the box


def test_its_place_width_and_colour_are_measured(acted, found) -> None:
    for number, (x, y) in zip(range(4, 10), acted[2], strict=True):
        place = found.place_at(number)
        assert abs(place.top_px[0] - x) < 0.08 * UNIT and abs(place.top_px[1] - (y - HELD_PX[1])) < 0.10 * UNIT
        assert abs(place.width_px - 2 * HELD_PX[0]) < 0.12 * UNIT
        assert place.top_px[1] < place.shoulder_px < y
        assert abs(place.tilt_deg) < 6
    assert np.abs(np.array(found.colour_rgb) - CLOTH).max() < 8


def test_between_frames_lies_between(found) -> None:
    early, late = found.place_at(5), found.place_at(6)
    assert found.place_at(5.5).top_px[0] == pytest.approx((early.top_px[0] + late.top_px[0]) / 2, abs=1e-3)
    assert found.mask_at(5.5) == pytest.approx((found.mask_at(5) + found.mask_at(6)) / 2, abs=1e-6)
    for beyond, end in ((-3, 4), (99, 9)):
        assert found.place_at(beyond) == found.place_at(end)
        assert (found.mask_at(beyond) == found.mask_at(end)).all()


def test_arms_across_the_thing_are_known_without_their_colour(acted, found) -> None:
    x0, y0, x1, y1 = found.box
    frame = acted[0][4][y0:y1, x0:x1]
    over = found.over_at(4) > 0.5
    skin = np.abs(frame.astype(int) - SKIN).max(axis=2) < 30
    assert skin[over].mean() > 0.75
    assert not (over & (found.mask_at(4) > 0.5)).any()
    inside = skin[610 - y0 - 60 : 610 - y0 + 60, 360 - x0 - 40 : 360 - x0 + 40]
    assert over[610 - y0 - 60 : 610 - y0 + 60, 360 - x0 - 40 : 360 - x0 + 40][inside].mean() > 0.85


def test_an_air_hug_has_no_thing(acted) -> None:
    _, analysis, _, _ = acted
    frames = [photograph(WIDE)[0]] * 4 + [photograph(HUG)[0]] * 6
    assert track_stand_in(Store(frames), range(4, 10), analysis) is None
    assert track_stand_in(Store(frames), [], analysis) is None


@pytest.mark.parametrize("tilt", [-15, 0, 15])
def test_a_leaning_thing_is_seen_to_lean(tilt) -> None:
    mask = np.zeros((400, 400), np.uint8)
    cv2.ellipse(mask, (200, 220), (80, 140), tilt, 0, 360, 255, -1)
    top_x, top_y, shoulder, width, _, measured = measure(mask, (50, 1000), 130.0)
    assert measured == pytest.approx(tilt, abs=5) and 140 <= width <= 175
    assert top_x == pytest.approx(250 + 140 * np.sin(np.radians(tilt)), abs=15)
    assert 1075 < top_y < shoulder < 1220
    assert np.isnan(measure(np.zeros((40, 40), np.uint8), (0, 0), 130.0)).all()


def test_a_hood_is_told_from_a_pillow() -> None:
    pillow = np.zeros((400, 400), np.uint8)
    cv2.rectangle(pillow, (120, 160), (280, 380), 255, -1)
    assert measure(pillow, (0, 0), 130.0)[4] == 0
    hooded = pillow.copy()
    cv2.ellipse(hooded, (200, 150), (48, 70), 0, 0, 360, 255, -1)
    _, top_y, shoulder, width, hood, _ = measure(hooded, (0, 0), 130.0)
    assert hood == pytest.approx(96, abs=6) and width == pytest.approx(160, abs=6)
    assert abs(top_y - 82) < 8 and abs(shoulder - 160) < 6


def place(hood: float) -> Place:
    return Place((300.0, 500.0), 600.0, 160.0, hood, 4.0)


def test_a_head_hides_the_hood_or_leaves_it_up() -> None:
    child = build_of(7, 0.5)
    seat = seat_head(place(95.0), child, user_head_px=125.0, chin_y_px=480.0)
    assert seat is not None and seat.tilt_deg == 4
    assert 2 * child.head_half * seat.stature_px > 95
    assert seat.crown_px[1] < 500 < seat.crown_px[1] + 0.3 * child.head * seat.stature_px
    assert seat_head(place(170.0), child, user_head_px=125.0, chin_y_px=480.0) is None


@pytest.mark.parametrize("age", [7, 35, 70])
def test_a_head_on_a_pillow_is_no_larger_than_the_user_s_and_covers_little_of_the_face(age) -> None:
    build = build_of(age, 0.5)
    seat = seat_head(place(0.0), build, user_head_px=125.0, chin_y_px=480.0)
    assert seat is not None
    head = build.head * seat.stature_px
    assert head <= 1.06 * 125 and seat.crown_px[1] >= 480 - 0.15 * head
    assert seat.crown_px[1] < 500


def test_the_head_moves_with_the_thing(acted, found) -> None:
    look = DoubleLook(7, 0.5, "short", (74, 52, 40), 0.0, (225, 180, 155), "tshirt", CLOTH, False, (70, 80, 110), 5)
    seat = seat_head(found.place_at(6), build_of(7, 0.5), user_head_px=150.0, chin_y_px=470.0)
    assert seat is not None
    head = HeldHead(found, seat, 6, look, Light(), scale=1.5)
    view = View(360, 600, 1.5, (540, 960))
    crowns = []
    for number in (4, 6, 9):
        patch = head.placed(view, number)
        rows = np.flatnonzero(patch.rgba[..., 3].max(axis=1) > 127)
        columns = np.flatnonzero(patch.rgba[..., 3].max(axis=0) > 127)
        crowns.append((patch.x_px + columns.mean(), patch.y_px + rows[0]))
        wanted = 1.5 * 1.05 * build_of(7, 0.5).head * seat.stature_px
        assert len(rows) == pytest.approx(wanted, rel=0.12)
    expected = view.to_film(np.array([seat.crown_px]))[0]
    assert crowns[1] == pytest.approx(tuple(expected), abs=0.1 * UNIT)
    moved = np.subtract(found.place_at(9).top_px, found.place_at(4).top_px) * 1.5
    assert np.subtract(crowns[2], crowns[0]) == pytest.approx(moved, abs=8)


def test_recoloured_cloth_keeps_its_folds_and_nothing_else_changes() -> None:
    rng = np.random.default_rng(1)
    shade = cv2.GaussianBlur(rng.normal(0, 1, (80, 80)), (0, 0), 4)
    shade = 1 + 0.25 * shade / np.abs(shade).max()
    frame = (np.array(CLOTH) * shade[..., None]).clip(0, 255).astype(np.uint8)
    mask = np.zeros((80, 80), np.float32)
    mask[:, :40] = 1
    changed = recolour(frame, mask, CLOTH, (190, 150, 60))
    assert (changed[:, 40:] == frame[:, 40:]).all()
    inside = changed[:, :40].reshape(-1, 3)
    assert np.abs(np.median(inside, axis=0) - (190, 150, 60)).max() < 12
    before, after = frame[:, :40, 1].ravel().astype(float), inside[:, 1].astype(float)
    assert np.corrcoef(before, after)[0, 1] > 0.97
    assert after.std() / after.mean() == pytest.approx(before.std() / before.mean(), rel=0.3)


def test_a_composed_take_is_recognised_and_masked(actor: Path, tmp_path: Path) -> None:
    """The whole way on a rendered person: analysis, kind, mask against the truth."""
    from studio.core.run import Run
    from studio.vision.analyse import analyse
    from tools.make_standin import compose

    made = list(compose(actor / "clip_c", FrameRange(36, 112), every=4))
    frames = [cv2.resize(frame, (480, 852), interpolation=cv2.INTER_AREA) for frame, _, _ in made]

    seen = analyse(Film(frames), Run(tmp_path))
    assert seen.take.kind == "stand-in" and seen.take.held_share > 0.8
    hold = [row for row, (_, _, held) in enumerate(made) if held == 1 and row in seen.take.closed_arms]
    thing = track_stand_in(Store(frames), hold, seen)
    assert thing is not None and len(hold) >= 4
    x0, y0, x1, y1 = thing.box
    for row, number in enumerate(hold):
        truth = cv2.resize(made[number][1], (480, 852), interpolation=cv2.INTER_AREA)[y0:y1, x0:x1] > 127
        mask = thing.mask[row] > 127
        assert (mask & truth).sum() / (mask | truth).sum() > 0.75  # without a forearm layer
