from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import Cancelled, InputError, MediaError
from studio.core.frames import Frame, Size
from studio.media.boxes import edit_lists, top_boxes
from studio.media.read import open_clip, read_audio
from studio.media.write import check_output, write_film
from tests.media.made import make_clip, number_of, numbered

SIZE: Size = (360, 640)
RATE = Fraction(30)


def film(count: int, size_px: Size = SIZE) -> Iterator[Frame]:
    for k in range(count):
        yield numbered(k % 256, size_px)


def noise(count: int, size_px: Size = SIZE) -> Iterator[Frame]:
    rng = np.random.default_rng(1)
    for _ in range(count):
        yield rng.integers(0, 256, (size_px[1], size_px[0], 3), dtype=np.uint8)


def test_every_frame_arrives_in_order(tmp_path: Path) -> None:
    write_film(film(130), tmp_path / "a.mp4", size_px=SIZE, rate=RATE, frame_count=130, audio=None)
    clip = open_clip(tmp_path / "a.mp4")
    assert (clip.size_px, clip.rate, clip.has_audio) == (SIZE, RATE, False)
    assert [number_of(frame) for frame in clip.frames()] == list(range(130))
    assert [item.name for item in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("draft", [False, True])
def test_colours_come_back_within_three_levels(tmp_path: Path, draft: bool) -> None:
    """Through our own reader, and through FFmpeg's plain BT.709 decoding as a player would do it."""
    colours = [
        (200, 40, 40),
        (40, 200, 40),
        (40, 40, 200),
        (230, 190, 160),
        (16, 16, 16),
        (250, 250, 250),
        (90, 60, 45),
    ]
    frame = np.repeat(np.array(colours, np.uint8)[:, None], SIZE[0], axis=1).repeat(90, axis=0)[: SIZE[1]]
    frame = np.vstack([frame, np.full((SIZE[1] - len(frame), SIZE[0], 3), 128, np.uint8)])
    out = tmp_path / "a.mp4"
    write_film((frame for _ in range(40)), out, size_px=SIZE, rate=RATE, frame_count=40, audio=None, draft=draft)
    found = list(open_clip(out).frames())[20]
    for k, colour in enumerate(colours):
        assert np.abs(found[90 * k + 45, 180].astype(int) - colour).max() <= 3, colour
    import av

    with av.open(str(out)) as container:
        raw = next(container.decode(video=0)).to_ndarray()
    luma, blue, red = raw[45, 180] - 16.0, raw[640 + 22 // 2, 90] - 128.0, raw[640 + 160 + 22 // 2, 90] - 128.0
    assert abs(1.164 * luma + 1.793 * red - 200) <= 4
    assert abs(1.164 * luma - 0.213 * blue - 0.533 * red - 40) <= 4


def test_a_flash_and_its_click_stay_together(tmp_path: Path) -> None:
    flashes = (15, 61, 100, 119)
    frames = (np.full((640, 360, 3), 250 if k in flashes else 10, np.uint8) for k in range(120))
    audio = np.zeros((4 * 48000, 2), np.float32)
    for k in flashes:
        audio[k * 1600 : k * 1600 + 240] = 0.8
    out = tmp_path / "a.mp4"
    write_film(frames, out, size_px=SIZE, rate=RATE, frame_count=120, audio=audio)
    import av

    # Times as a player sees them: every stream's own timestamps, no edit list to correct them.
    with av.open(str(out)) as container:
        seen = [frame.time for frame in container.decode(video=0) if frame.to_ndarray(format="gray").mean() > 128]
    heard_s: list[float] = []
    with av.open(str(out)) as container:
        for frame in container.decode(audio=0):
            samples = np.abs(frame.to_ndarray()[0])
            heard_s += [frame.time + at / 48000 for at in np.flatnonzero(samples > 0.4)]
    starts = [at for k, at in enumerate(heard_s) if k == 0 or at - heard_s[k - 1] > 0.2]
    assert np.allclose(seen, [k / 30 for k in flashes], atol=1e-6)
    assert np.allclose(starts, [k / 30 for k in flashes], atol=0.002)


def test_the_file_is_what_platforms_take(tmp_path: Path) -> None:
    import av

    out = tmp_path / "a.mp4"
    audio = np.random.default_rng(0).normal(0, 0.1, (48000 * 9, 2)).astype(np.float32)
    metadata = {"title": "Hug", "comment": "made with the studio"}
    write_film(noise(190), out, size_px=SIZE, rate=RATE, frame_count=190, audio=audio, metadata=metadata)
    kinds = top_boxes(out)
    assert kinds.index("moov") < kinds.index("mdat")
    assert edit_lists(out) == ((), ())
    with av.open(str(out)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert container.metadata["title"] == "Hug" and container.metadata["comment"] == "made with the studio"
        packets = [packet for packet in container.demux(video) if packet.size]
        assert [packet.pts for packet in packets] == [1000 * k for k in range(190)]
        assert [k for k, packet in enumerate(packets) if packet.is_keyframe] == [0, 60, 120, 180]
        assert (video.codec_context.name, video.codec_context.profile, video.codec_context.pix_fmt) == (
            "h264",
            "High",
            "yuv420p",
        )
        context = video.codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        assert (sound.codec_context.name, sound.codec_context.profile, sound.rate, sound.channels) == (
            "aac",
            "LC",
            48000,
            2,
        )
        assert (video.start_time, sound.start_time) == (0, 0)
        assert abs(float(video.duration * video.time_base) - float(sound.duration * sound.time_base)) < 0.022
        # The cap on the rate holds even for noise, which no codec can compress.
        assert out.stat().st_size * 8 / (190 / 30) < 14e6


def test_short_sound_is_padded_and_long_sound_cut(tmp_path: Path) -> None:
    for seconds in (0.01, 1.0, 5.0):
        audio = np.full((int(48000 * seconds), 2), 0.25, np.float32)
        write_film(film(60), tmp_path / "a.mp4", size_px=SIZE, rate=RATE, frame_count=60, audio=audio)
        assert abs(len(read_audio(tmp_path / "a.mp4")) / 48000 - 2) < 0.025


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    drawn: list[int] = []

    def check() -> None:
        if len(drawn) > 20:
            raise Cancelled

    def frames() -> Iterator[Frame]:
        try:
            for k, frame in enumerate(film(100)):
                drawn.append(k)
                yield frame
        finally:
            drawn.append(-1)

    with pytest.raises(Cancelled):
        write_film(
            frames(), tmp_path / "a.mp4", size_px=SIZE, rate=RATE, frame_count=100, audio=None, cancel_check=check
        )
    assert list(tmp_path.iterdir()) == []
    assert drawn[-1] == -1, "the frames' own clean-up ran"


def test_cancel_while_the_file_is_finished_is_heard_within_a_second(tmp_path: Path) -> None:
    ended: list[float] = []

    def frames() -> Iterator[Frame]:
        yield from noise(40, (1080, 1920))
        ended.append(time.perf_counter())

    def check() -> None:
        if ended:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_film(
            frames(),
            tmp_path / "a.mp4",
            size_px=(1080, 1920),
            rate=RATE,
            frame_count=40,
            audio=None,
            cancel_check=check,
        )
    assert time.perf_counter() - ended[0] < 1
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_drawing_leaves_nothing_and_keeps_the_old_film(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("the old film")

    def frames() -> Iterator[Frame]:
        yield from film(10)
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        write_film(
            frames(), tmp_path / "a.mp4", size_px=SIZE, rate=RATE, frame_count=20, audio=np.zeros((9, 2), np.float32)
        )
    assert [item.name for item in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_text() == "the old film"


@pytest.mark.parametrize("count", [9, 11])
def test_a_wrong_number_of_frames_is_an_error(tmp_path: Path, count: int) -> None:
    with pytest.raises(MediaError, match="should have 10 frames"):
        write_film(film(count), tmp_path / "a.mp4", size_px=SIZE, rate=RATE, frame_count=10, audio=None)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_frame_is_not_sent_down_the_pipe(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\(640, 352, 3\)"):
        write_film(film(10, (352, 640)), tmp_path / "a.mp4", size_px=SIZE, rate=RATE, frame_count=10, audio=None)
    assert list(tmp_path.iterdir()) == []


def test_a_dying_encoder_is_reported_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from studio.media import write

    monkeypatch.setattr(write, "CONVERT_TO_BT709", "scale=no_such_option=1")
    with pytest.raises(MediaError, match="no_such_option") as caught:
        write_film(film(100), tmp_path / "a.mp4", size_px=SIZE, rate=RATE, frame_count=100, audio=None)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("cancels", "kind"), [(False, MediaError), (True, Cancelled)])
def test_a_killed_encoder_is_an_error_unless_the_user_cancelled(
    tmp_path: Path, cancels: bool, kind: type[BaseException]
) -> None:
    """Ctrl-C on a terminal also hits FFmpeg: the user's wish is what is reported then."""
    import psutil

    pressed: list[bool] = []

    def frames() -> Iterator[Frame]:
        for k, frame in enumerate(film(100)):
            if k == 30:
                for child in psutil.Process().children(recursive=True):
                    if "ffmpeg" in child.name():
                        child.kill()
                        child.wait()
                pressed.append(True)
            yield frame

    def check() -> None:
        if cancels and pressed:
            raise Cancelled

    with pytest.raises(kind):
        write_film(
            frames(), tmp_path / "a.mp4", size_px=SIZE, rate=RATE, frame_count=100, audio=None, cancel_check=check
        )
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said(tmp_path: Path, root: Path) -> None:
    """A limit on the size of a file stands for a full disk; it ends FFmpeg with a signal, so it runs apart."""
    script = (
        "import sys, resource, numpy as np; from fractions import Fraction; from pathlib import Path\n"
        "from studio.core.errors import MediaError; from studio.media.write import write_film\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))\n"
        "sound = np.zeros((48000, 2), np.float32) if sys.argv[2] == 'sound' else None\n"
        "rng = np.random.default_rng(0)\n"
        "frames = (rng.integers(0, 256, (640, 360, 3), dtype=np.uint8) for _ in range(120))\n"
        "try:\n"
        "    settings = dict(size_px=(360, 640), rate=Fraction(30), frame_count=120, audio=sound)\n"
        "    write_film(frames, Path(sys.argv[1]), **settings)\n"
        "except MediaError as error:\n"
        "    print(error.message)\n"
    )
    for kind in ("silent", "sound"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "a.mp4"), kind],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        )
        assert "no room" in done.stdout or "encoder failed" in done.stdout
        assert kind == "silent" or "no room" in done.stdout
        assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_length(tmp_path: Path, root: Path) -> None:
    script = (
        "import sys, numpy as np; from fractions import Fraction; from pathlib import Path\n"
        "from studio.media.write import write_film\n"
        "count = int(sys.argv[2])\n"
        "frames = (np.full((1280, 720, 3), k % 200, np.uint8) for k in range(count))\n"
        "settings = dict(size_px=(720, 1280), rate=Fraction(30), frame_count=count, audio=None, draft=True)\n"
        "write_film(frames, Path(sys.argv[1]), **settings)\n"
        "from studio.core.memory import peak_rss_mib\nprint(round(1024 * peak_rss_mib()))"
    )

    def peak_kib(count: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "a.mp4"), str(count)],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        )
        return int(done.stdout)

    assert peak_kib(240) - peak_kib(60) < 30_000


def test_outputs_that_are_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make_clip(tmp_path / "clip.mp4", count=31)
    check_output(tmp_path / "a.mp4", source=clip)
    check_output(tmp_path / "A.MP4")
    assert [item.name for item in tmp_path.iterdir()] == ["clip.mp4"]

    def refused(kind: type[Exception], out: Path, source: Path | None = None) -> str:
        with pytest.raises(kind) as caught:
            check_output(out, source=source)
        assert caught.value.hint  # type: ignore[attr-defined]
        return str(caught.value)

    (tmp_path / "link.mp4").symlink_to(clip)
    assert "overwrite" in refused(InputError, clip, clip)
    assert "overwrite" in refused(InputError, tmp_path / "link.mp4", clip)
    assert "folder" in refused(InputError, tmp_path)
    assert ".mp4" in refused(InputError, tmp_path / "a.mov")
    assert "does not exist" in refused(MediaError, tmp_path / "missing" / "a.mp4")
    assert "does not exist" in refused(MediaError, clip / "a.mp4")
    if Path("/proc").is_dir():
        assert "cannot be written" in refused(MediaError, Path("/proc/a.mp4"))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 50 * 2**20})())
    assert "150 MB" in refused(MediaError, tmp_path / "a.mp4")
