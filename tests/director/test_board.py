"""Stills for approval: they are the film's own frames, they are laid out once each, and nothing half is left behind."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.animatic.build import Animatic
from studio.core.errors import ConsentError, InputError, MediaError
from studio.core.run import Run
from studio.core.time import FrameRange
from studio.core.timeline import LeftOut
from studio.director import board
from studio.director.board import BoardRequest, check_picture, lay_out, still_of
from studio.director.overlay import lay_overlays
from studio.director.presets import load
from tests.animatic.conftest import animatic, sample_clip, sample_seen  # noqa: F401 - fixtures
from tests.director.conftest import SAMPLE


def ask(folder: Path, **changes) -> BoardRequest:
    request = BoardRequest(SAMPLE, load("inner-child"), folder / "board.png", sample=True)
    return replace(request, **changes)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, sample_seen):  # noqa: F811
    """The sample's analysis is known already, and the contact frame is small."""
    monkeypatch.setattr(board, "analyse", lambda *_, **__: sample_seen)
    monkeypatch.setattr(board, "CONTACT_SIZE", (216, 384))


def picture(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image)


def test_the_contact_frame_is_a_frame_of_the_embrace(quick, tmp_path: Path) -> None:
    request = ask(tmp_path, out=tmp_path / "contact.png", show=("joints",))
    timeline = board.contact(request, Run(tmp_path))
    assert picture(request.out).shape == (384, 216, 3)
    assert timeline.shot_at(timeline.contact_frame).name == "embrace"
    assert [path.name for path in tmp_path.iterdir()] == ["contact.png"]


def test_the_board_shows_every_shot_once(animatic: Animatic, tmp_path: Path, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr(board, "_animatic", lambda *_: nullcontext(animatic))
    request = ask(tmp_path)
    timeline = board.storyboard(request, Run(tmp_path))
    sheet = picture(request.out)
    count = len(timeline.shots)
    columns = 3 if count == 6 else min(5, count)
    assert sheet.shape[1] == columns * (board.TILE_SIZE[0] + 16) + 16
    assert len({still_of(shot) for shot in timeline.shots}) == count
    assert all(still_of(shot) in shot.film for shot in timeline.shots)
    # a tile is the film's own frame
    embrace = next(shot for shot in timeline.shots if shot.name == "embrace")
    number = timeline.shots.index(embrace)
    x, y = 16 + number % columns * 376, 16 + number // columns * (640 + 74 + 16)
    tile = sheet[y : y + 640, x : x + 360].astype(int)
    drawn = board._picture(animatic, still_of(embrace), request)
    assert np.abs(tile.mean(axis=(0, 1)) - drawn.mean(axis=(0, 1))).max() < 2


def test_what_was_left_out_takes_room_below(animatic: Animatic) -> None:  # noqa: F811
    timeline = replace(animatic.scene.timeline, left_out=())
    tiles = [np.zeros((64, 36, 3), np.uint8)] * len(timeline.shots)
    plain = lay_out(tiles, timeline)
    left = (LeftOut("detail", 0.1, "small hands"), LeftOut("reverse", 0.2, "a small face"))
    longer = lay_out(tiles, replace(timeline, left_out=left))
    assert longer.shape[0] > plain.shape[0] + 40 and longer.shape[1] == plain.shape[1]
    below = longer[plain.shape[0] :]
    assert (below.max(axis=(1, 2)) > 100).sum() > 10, "the reasons are written there"


def test_overlays_say_where_user_double_and_arms_are(animatic: Animatic) -> None:  # noqa: F811
    shot = animatic.scene.timeline.named("hold")
    assert shot is not None
    at = still_of(shot)
    painted = next(animatic.painted(FrameRange(at, at + 1)))
    frame = painted.frame

    def shown(*names) -> np.ndarray:
        return lay_overlays(frame.copy(), painted, animatic, at, names)

    assert (shown() == frame).all()
    assert painted.clone is not None
    rows, columns = np.nonzero(painted.clone.rgba[..., 3] > 250)
    middle = int(rows[len(rows) // 2]) + painted.clone.y_px, int(columns[len(rows) // 2]) + painted.clone.x_px
    depth = shown("depth")
    assert (depth[..., 0] == depth[..., 2]).all() and len(np.unique(depth)) >= 3
    assert depth[2, 2, 0] < 60 < 120 < depth[(*middle, 0)], "wall dark, double near"
    assert (shown("masks")[middle] != frame[middle]).any()
    changed = (shown("joints") != frame).any(axis=-1).mean()
    assert 0.001 < changed < 0.2


def test_a_real_clip_needs_consent(tmp_path: Path) -> None:
    for draw in (board.contact, board.storyboard):
        with pytest.raises(ConsentError):
            draw(ask(tmp_path, sample=False), Run(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "error"),
    [("board.jpg", InputError), ("no/such/board.png", MediaError), (".", InputError), ("clip.png", InputError)],
)
def test_an_output_that_cannot_be_is_refused_before_any_work(tmp_path: Path, out: str, error: type[Exception]) -> None:
    source = tmp_path / "clip.png"
    source.touch()
    with pytest.raises(error):
        check_picture(tmp_path / out, source=source)


def test_a_picture_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(MediaError):
        board._write(np.zeros((4, 4, 3), np.uint8), tmp_path / "board.png")
    assert list(tmp_path.iterdir()) == []
