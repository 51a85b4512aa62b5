from __future__ import annotations

import resource
import threading
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import Cancelled, MediaError
from studio.core.time import FrameRange
from studio.media.read import Clip, open_clip
from studio.media.spool import Spool
from tests.media.made import make_clip, number_of


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return open_clip(make_clip(tmp_path / "a.mp4", count=200, options={"g": "20"}))


def test_any_order_and_each_frame_its_own_memory(clip: Clip, tmp_path: Path) -> None:
    wanted = [3, 4, 4, 9, 150, 151, 199]
    steps: list[int] = []
    with Spool.fill(clip, wanted, tmp_path, step=steps.append) as spool:
        assert spool.frames == (3, 4, 9, 150, 151, 199) and len(spool) == 6 == sum(steps)
        assert 150 in spool and 5 not in spool
        for frame in (199, 3, 151, 4, 150, 9, 3):
            assert number_of(spool.get(frame)) == frame
        first = spool.get(9)
        first[:] = 0
        assert number_of(spool.get(9)) == 9
        with pytest.raises(KeyError):
            spool.get(5)


def test_colours_survive(clip: Clip, tmp_path: Path) -> None:
    original = next(clip.frames(FrameRange(7, 8)))
    with Spool.fill(clip, [7], tmp_path) as spool:
        difference = np.abs(spool.get(7).astype(int) - original)
    assert difference.mean() < 1 and np.percentile(difference, 99) <= 4


def test_nothing_is_left_behind(clip: Clip, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    with Spool.fill(clip, range(5), folder):
        pass
    assert list(folder.iterdir()) == []

    def stop(_: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Spool.fill(clip, range(5), folder, step=stop)
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_said(clip: Clip, tmp_path: Path) -> None:
    """A limit on the size of a file stands for a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(MediaError, match="no room") as caught:
            Spool.fill(clip, range(20), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.hint
    with pytest.raises(MediaError, match="cannot be written"):
        Spool.fill(clip, [0], tmp_path / "missing")


def test_several_threads_may_read(clip: Clip, tmp_path: Path) -> None:
    wrong: list[int] = []
    with Spool.fill(clip, range(40), tmp_path) as spool:

        def read(start: int) -> None:
            for k in range(60):
                frame = (start + k * 7) % 40
                if number_of(spool.get(frame)) != frame:
                    wrong.append(frame)

        threads = [threading.Thread(target=read, args=(start,)) for start in (0, 11)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
