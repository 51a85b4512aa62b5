"""The frame sources of ``studio/media`` against the contract."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.time import FrameRange
from studio.media.read import open_clip
from tests.contracts.frame_source import check_frame_source
from tests.media.made import ffmpeg, make_clip, numbered


def test_a_constant_clip(tmp_path: Path) -> None:
    check_frame_source(open_clip(make_clip(tmp_path / "a.mp4", count=50, options={"g": "12"})))


def test_a_clip_with_reordered_pictures(tmp_path: Path) -> None:
    options = {"preset": "veryfast", "g": "25", "bf": "3"}
    check_frame_source(open_clip(make_clip(tmp_path / "a.mp4", count=60, options=options)))


def test_a_variable_clip_without_duration_or_index(tmp_path: Path) -> None:
    times_s = np.cumsum(np.tile([0.041, 0.09, 0.05, 0.21], 8)).tolist()
    make_clip(tmp_path / "a.webm", codec="libvpx-vp9", times_s=times_s, options={"g": "8"})
    (tmp_path / "b.webm").write_bytes(
        ffmpeg("-i", str(tmp_path / "a.webm"), "-c", "copy", "-live", "1", "-f", "webm", "pipe:1")
    )
    check_frame_source(open_clip(tmp_path / "b.webm"))


def test_a_turned_clip(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", count=40)
    ffmpeg("-display_rotation", "90", "-i", str(tmp_path / "a.mp4"), "-c", "copy", str(tmp_path / "b.mp4"))
    check_frame_source(open_clip(tmp_path / "b.mp4"))


def test_a_photo(tmp_path: Path) -> None:
    Image.fromarray(numbered(5, (400, 500))).save(tmp_path / "a.png")
    check_frame_source(open_clip(tmp_path / "a.png"))


@pytest.mark.parametrize("name", ["made_hlg_10bit_hevc_pier.mp4", "made_lowfps_mpeg4.avi", "made_vfr_white_studio.mp4"])
def test_real_footage(footage: Path, name: str) -> None:
    check_frame_source(open_clip(footage / "hard" / name, max_side_px=480))


def test_the_contract_notices_a_liar(tmp_path: Path) -> None:
    """The suite itself: it must fail for a source that yields fewer frames than it says."""
    clip = open_clip(make_clip(tmp_path / "a.mp4", count=40))
    short = replace(clip.pictures, ticks=clip.pictures.ticks[:-1])  # type: ignore[type-var,union-attr]
    with pytest.raises(AssertionError):
        check_frame_source(replace(clip, pictures=short))
    assert clip.rate == Fraction(30) and len(list(clip.frames(FrameRange(0, 3)))) == 3
