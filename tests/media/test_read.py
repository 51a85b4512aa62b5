from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import InputError, MediaError
from studio.core.frames import Frame
from studio.core.time import FrameRange
from studio.media.read import open_clip, read_audio
from tests.media.made import corner, ffmpeg, make_clip, number_of, numbered


def numbers(path: Path, part: FrameRange | None = None) -> list[int]:
    return [number_of(frame) for frame in open_clip(path).frames(part)]


@pytest.mark.parametrize(
    ("name", "codec", "found"),
    [
        ("a.mp4", "libx264", "h264"),
        ("a.mov", "libx264", "h264"),
        ("a.mkv", "libx264", "h264"),
        ("a.mp4", "libx265", "hevc"),
        ("a.webm", "libvpx", "vp8"),
        ("a.webm", "libvpx-vp9", "vp9"),
        ("a.mp4", "libsvtav1", "libdav1d"),
        ("a.avi", "mpeg4", "mpeg4"),
    ],
)
def test_every_usual_container_and_codec(tmp_path: Path, name: str, codec: str, found: str) -> None:
    path = make_clip(tmp_path / name, codec=codec, count=45, options={"g": "20"})
    clip = open_clip(path)
    assert (clip.size_px, clip.rate, clip.frame_count) == ((480, 360), Fraction(30), 45)
    assert (clip.codec, clip.is_photo, clip.has_audio, clip.notes) == (found, False, False, ())
    assert numbers(path) == list(range(45))
    assert numbers(path, FrameRange(33, 38)) == [33, 34, 35, 36, 37]


def test_seeking_reads_on_from_the_key_frame_before(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", count=90, options={"preset": "veryfast", "g": "30", "bf": "3"})
    for start in (0, 1, 29, 30, 31, 59, 88):
        assert numbers(path, FrameRange(start, start + 2)) == [start, start + 1]


@pytest.mark.parametrize(
    ("rate", "kept", "first"),
    [
        (60, Fraction(30), [0, 2, 4, 6]),
        (50, Fraction(25), [0, 2, 4, 6]),
        (120, Fraction(30), [0, 4, 8, 12]),
        (Fraction(60000, 1001), Fraction(30000, 1001), [0, 2, 4, 6]),
        (Fraction(24000, 1001), Fraction(24000, 1001), [0, 1, 2, 3]),
        (25, Fraction(25), [0, 1, 2, 3]),
        (12, Fraction(12), [0, 1, 2, 3]),
        (40, Fraction(30), [0, 1, 2, 4]),
    ],
)
def test_fast_rates_are_thinned_out_and_slow_ones_kept(
    tmp_path: Path, rate: Fraction | int, kept: Fraction, first: list[int]
) -> None:
    path = make_clip(tmp_path / "a.mp4", rate=rate, count=int(2 * rate))
    clip = open_clip(path)
    assert clip.rate == kept
    assert abs(clip.duration_s - 2) < 0.05
    assert numbers(path, FrameRange(0, 4)) == first


def test_whole_millisecond_timestamps_still_mean_thirty(tmp_path: Path) -> None:
    times_s = [round(k * 1000 / 60) / 1000 for k in range(180)]
    clip = open_clip(make_clip(tmp_path / "a.webm", codec="libvpx", times_s=times_s))
    assert clip.rate == 30 and clip.notes == ()
    assert [number_of(frame) for frame in clip.frames()] == list(range(0, 180, 2))


def test_a_variable_rate_shows_the_right_picture_at_every_time(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    times_s = np.round(np.cumsum(rng.uniform(0.02, 0.15, 60)) + 0.5, 3)
    path = make_clip(tmp_path / "a.mp4", times_s=times_s.tolist())
    clip = open_clip(path)
    assert "variable frame rate" in clip.notes[0]
    assert clip.rate == 12
    for frame, number in enumerate(numbers(path)):
        # The picture shown began at most half a grid step late, and the next one has not begun.
        at_s = times_s[0] + frame / 12
        assert times_s[number] <= at_s + 0.5 / 12
        assert number == 59 or times_s[number + 1] > at_s


def test_a_browser_recording_has_no_duration(tmp_path: Path) -> None:
    times_s = np.cumsum(np.tile([0.041, 0.06, 0.05, 0.2, 0.033], 12))
    make_clip(tmp_path / "a.webm", codec="libvpx", times_s=times_s.tolist())
    (tmp_path / "b.webm").write_bytes(
        ffmpeg("-i", str(tmp_path / "a.webm"), "-c", "copy", "-live", "1", "-f", "webm", "pipe:1")
    )
    import av

    with av.open(str(tmp_path / "b.webm")) as container:
        assert container.duration is None
    clip = open_clip(tmp_path / "b.webm")
    assert abs(clip.duration_s - (times_s[-1] - times_s[0])) < 0.2
    assert numbers(tmp_path / "b.webm")[-1] >= 57


@pytest.mark.parametrize(
    ("degrees", "where", "size_px"),
    [(90, "bottom left", (360, 480)), (180, "bottom right", (480, 360)), (-90, "top right", (360, 480))],
)
def test_the_rotation_flag_is_obeyed(tmp_path: Path, degrees: int, where: str, size_px: tuple[int, int]) -> None:
    make_clip(tmp_path / "a.mp4", count=31)
    ffmpeg("-display_rotation", str(degrees), "-i", str(tmp_path / "a.mp4"), "-c", "copy", str(tmp_path / "b.mp4"))
    clip = open_clip(tmp_path / "b.mp4")
    frame = next(clip.frames())
    assert clip.size_px == size_px
    assert corner(frame) == where
    # The same as FFmpeg's own turning.
    raw = ffmpeg("-i", str(tmp_path / "b.mp4"), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1")
    theirs = np.frombuffer(raw, np.uint8).reshape(frame.shape)
    assert np.abs(frame.astype(int) - theirs).mean() < 3


def test_scaled_down_while_decoding_and_even(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", size_px=(1440, 810), count=31)
    assert open_clip(path, max_side_px=640).size_px == (640, 360)
    assert [number_of(frame) for frame in open_clip(path, max_side_px=640).frames(FrameRange(7, 9))] == [7, 8]
    odd = make_clip(tmp_path / "b.mp4", size_px=(481, 361), count=31, pix_fmt="yuv444p")
    assert next(open_clip(odd).frames()).shape == (360, 480, 3)


def test_wide_pixels_are_made_square(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", size_px=(360, 480), count=31)
    ffmpeg(
        "-i",
        str(tmp_path / "a.mp4"),
        "-c",
        "copy",
        "-bsf:v",
        "h264_metadata=sample_aspect_ratio=4/3",
        str(tmp_path / "b.mp4"),
    )
    assert open_clip(tmp_path / "b.mp4").size_px == (480, 480)


def test_the_best_of_several_streams(tmp_path: Path) -> None:
    make_clip(tmp_path / "small.mp4", size_px=(320, 320), count=40)
    make_clip(tmp_path / "large.mp4", size_px=(640, 480), count=40, tone_hz=440)
    Image.fromarray(numbered(200, (1000, 1000))).save(tmp_path / "cover.png")
    inputs = [word for name in ("small.mp4", "large.mp4", "cover.png") for word in ("-i", str(tmp_path / name))]
    maps = [
        "-map",
        "0:v",
        "-map",
        "1:v",
        "-map",
        "1:a",
        "-map",
        "2:v",
        "-c",
        "copy",
        "-disposition:v:2",
        "attached_pic",
    ]
    ffmpeg(*inputs, *maps, str(tmp_path / "all.mp4"))
    clip = open_clip(tmp_path / "all.mp4")
    assert clip.size_px == (640, 480) and clip.has_audio
    assert numbers(tmp_path / "all.mp4", FrameRange(20, 22)) == [20, 21]


def patches() -> Frame:
    """Six flat colours, large enough that chroma subsampling does not matter."""
    colours = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (230, 190, 160), (128, 128, 128), (245, 245, 245)]
    return np.repeat(np.repeat(np.array(colours, np.uint8).reshape(2, 3, 3), 240, 0), 240, 1)


def patch_error(frame: Frame, wanted: Frame) -> int:
    centres = (slice(120, None, 240), slice(120, None, 240))
    return int(np.abs(frame[centres].astype(int) - wanted[centres]).max())


@pytest.mark.parametrize(
    ("matrix", "full", "tagged", "scale"),
    [
        ("bt709", False, True, 1),
        ("bt709", True, True, 1),
        ("smpte170m", False, True, 1),
        ("smpte170m", True, True, 1),
        ("smpte170m", False, False, 0.5),  # untagged and small: BT.601
        ("bt709", False, False, 2),  # untagged and large: BT.709
    ],
)
def test_colour_follows_the_streams_own_matrix_and_range(
    tmp_path: Path, matrix: str, full: bool, tagged: bool, scale: float
) -> None:
    Image.fromarray(patches()).save(tmp_path / "a.png")
    size = f"{int(720 * scale)}:{int(480 * scale)}" if scale != 0.5 else "480:320"
    span = "full" if full else "limited"
    convert = f"scale={size}:flags=neighbor:out_color_matrix={matrix}:out_range={span},format=yuv420p"
    tags = ["-colorspace", matrix, "-color_range", "pc" if full else "tv"] if tagged else ["-bsf:v", UNTAG]
    ffmpeg(
        *("-loop", "1", "-i", str(tmp_path / "a.png"), "-t", "1.2", "-r", "10", "-vf", convert),
        *("-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", *tags, str(tmp_path / "a.mp4")),
    )
    clip = open_clip(tmp_path / "a.mp4")
    frame = next(clip.frames())
    found = np.array(Image.fromarray(frame).resize((720, 480), Image.Resampling.NEAREST))
    assert patch_error(found, patches()) <= 3


UNTAG = "h264_metadata=colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2"


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_hdr_comes_back_as_the_standard_picture_it_was_made_from(tmp_path: Path, transfer: str) -> None:
    """FFmpeg's zscale makes the HDR file: an implementation that shares nothing with ours."""
    ramp = np.tile(np.linspace(25, 235, 480).astype(np.uint8)[None, :, None], (360, 1, 3))
    ramp[:120] = (205, 150, 120)  # skin
    ramp[120:160] = (60, 110, 60)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    to_hdr = (
        "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p,"
        "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,"
        "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,"
        f"zscale=t={transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    )
    ffmpeg(
        *("-loop", "1", "-i", str(tmp_path / "a.png"), "-t", "1.2", "-r", "10", "-vf", to_hdr),
        *("-c:v", "libx265", "-preset", "ultrafast", "-crf", "4", "-x265-params", "log-level=none"),
        *("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc", str(tmp_path / "a.mp4")),
    )
    clip = open_clip(tmp_path / "a.mp4")
    assert "HDR" in clip.notes[0]
    frame = next(clip.frames()).astype(int)
    assert np.abs(frame[60, 240] - (205, 150, 120)).max() <= 15
    assert np.abs(frame[140, 240] - (60, 110, 60)).max() <= 15
    grey = frame[260, 8:-8]
    assert np.abs(grey - grey.mean(axis=1, keepdims=True)).max() <= 3, "grey must stay grey"
    assert np.all(np.diff(grey.mean(axis=1)) >= -2), "darker must not become brighter"
    assert grey.min() < 32 and 215 < grey.max() < 250, "neither washed out nor clipped"


def test_only_the_first_part_of_a_long_clip(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", count=120)
    clip = open_clip(path, max_s=1.5)
    assert clip.frame_count == 45
    assert clip.notes == ("Only the first 1.5 seconds were used.",)
    assert [number_of(frame) for frame in clip.frames()] == list(range(45))


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        open_clip(path)
    assert caught.value.hint
    return caught.value


def test_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(50_000))
    (tmp_path / "text.mp4").write_text("not a film\n" * 100)
    (tmp_path / "noise.jpg").write_bytes(b"\xff\xd8\xff\xe0" + np.random.default_rng(0).bytes(5000))
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    assert "no file" in refused(tmp_path / "missing.mp4").message
    assert "folder" in refused(tmp_path).message
    assert "empty" in refused(tmp_path / "empty.mp4").message
    assert "damaged" in refused(tmp_path / "noise.mp4").message
    refused(tmp_path / "text.mp4")
    refused(tmp_path / "noise.jpg")
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "pipe" in refused(tmp_path / "pipe.mp4").message
    assert "HEIC" in refused(tmp_path / "a.heic").message


def test_too_short_too_small_and_sound_only(tmp_path: Path) -> None:
    assert "0.7 s" in refused(make_clip(tmp_path / "a.mp4", count=21)).message
    assert "320x240" in refused(make_clip(tmp_path / "b.mp4", size_px=(320, 240))).message
    Image.fromarray(numbered(0, (300, 900))).save(tmp_path / "c.png")
    assert "300x900" in refused(tmp_path / "c.png").message
    ffmpeg("-f", "lavfi", "-i", "sine=d=2", str(tmp_path / "d.m4a"))
    assert "no picture" in refused(tmp_path / "d.m4a").message


def test_cut_short(tmp_path: Path) -> None:
    """With the index at the end nothing can be read; with it in front the part that is there is used, and said."""
    path = make_clip(tmp_path / "a.mp4", count=150)
    data = path.read_bytes()
    (tmp_path / "b.mp4").write_bytes(data[: len(data) * 6 // 10])
    refused(tmp_path / "b.mp4")
    fast = make_clip(tmp_path / "c.mp4", count=150, container_options={"movflags": "+faststart"})
    data = fast.read_bytes()
    fast.write_bytes(data[: len(data) * 6 // 10])
    clip = open_clip(fast)
    assert 1.5 < clip.duration_s < 4
    assert "breaks off early" in clip.notes[0]
    assert len(list(clip.frames())) == clip.frame_count
    fast.write_bytes(data[:6000])
    refused(fast)


def test_damage_in_the_middle(tmp_path: Path) -> None:
    """A few broken pictures are bridged by the last good one; a long stretch of them is an error."""
    import av

    path = make_clip(tmp_path / "a.mp4", count=150, options={"g": "10"}, size_px=(640, 480))
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())

    def broken(first: int, last: int) -> Path:
        damaged = bytearray(data)
        for at, size in places[first:last]:
            damaged[at : at + size] = b"\xff" * size
        (tmp_path / "broken.mp4").write_bytes(damaged)
        return tmp_path / "broken.mp4"

    found = numbers(broken(44, 50))
    assert found[:44] == list(range(44)) and found[50:] == list(range(50, 150))
    assert set(found[44:50]) == {43}
    found = numbers(broken(145, 150))
    assert found == [*range(145), *[144] * 5]
    frames = open_clip(broken(50, 110)).frames()
    with pytest.raises(MediaError, match=r"damaged at 2\.") as caught:
        for _ in frames:
            pass
    assert caught.value.hint


def test_a_photo_is_held_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    Image.fromarray(numbered(0, (640, 480))).save(tmp_path / "a.jpg", exif=exif)
    clip = open_clip(tmp_path / "a.jpg")
    frames = list(clip.frames(FrameRange(0, 3)))
    assert clip.is_photo and clip.codec == "jpeg" and not clip.has_audio
    assert (clip.size_px, clip.rate, clip.frame_count, clip.duration_s) == ((480, 640), 30, 120, 4.0)
    assert corner(frames[0]) == "top right"
    assert np.array_equal(frames[0], frames[2])
    assert open_clip(tmp_path / "a.jpg", max_side_px=400).size_px == (300, 400)


def test_a_see_through_photo_lies_on_white_and_a_wide_gamut_one_is_converted(tmp_path: Path) -> None:
    from PIL import ImageCms

    see_through = np.zeros((400, 400, 4), np.uint8)
    see_through[:200] = (10, 200, 30, 255)
    Image.fromarray(see_through).save(tmp_path / "a.png")
    frame = next(open_clip(tmp_path / "a.png").frames())
    assert tuple(frame[10, 10]) == (10, 200, 30) and tuple(frame[300, 10]) == (255, 255, 255)

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(numbered(3, (400, 400))).save(tmp_path / "b.webp", icc_profile=lab, lossless=True)
    assert np.abs(next(open_clip(tmp_path / "b.webp").frames()).astype(int) - numbered(3, (400, 400))).max() <= 2


def test_sound(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", count=60, tone_hz=1000)
    sound = read_audio(clip)
    assert sound.dtype == np.float32 and sound.shape[1] == 2
    assert abs(len(sound) / 48000 - 2) < 0.05
    spectrum = np.abs(np.fft.rfft(sound[4800:52800, 0]))
    assert int(spectrum.argmax()) == 1000
    assert 0.27 < np.abs(sound).max() < 0.33
    ffmpeg("-f", "lavfi", "-i", "sine=f=500:d=3:r=44100", "-ac", "1", str(tmp_path / "mono.mp3"))
    mono = read_audio(tmp_path / "mono.mp3", rate_hz=24000)
    assert abs(len(mono) / 24000 - 3) < 0.06 and np.array_equal(mono[:, 0], mono[:, 1])
    with pytest.raises(InputError, match="no sound"):
        read_audio(make_clip(tmp_path / "b.mp4", count=31))


def test_memory_does_not_grow_with_the_length(tmp_path: Path, root: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", size_px=(1280, 720), count=300, options={"g": "30"})
    script = (
        "import sys; from pathlib import Path; from studio.media.read import open_clip\n"
        "from studio.core.time import FrameRange\n"
        "clip = open_clip(Path(sys.argv[1]))\n"
        "for frame in clip.frames(FrameRange(0, int(sys.argv[2]))): pass\n"
        "from studio.core.memory import peak_rss_mib\nprint(round(1024 * peak_rss_mib()))"
    )

    def peak_kib(count: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", script, str(path), str(count)], cwd=root, check=True, capture_output=True, text=True
        )
        return int(done.stdout)

    # 260 frames of 2.6 MiB would be 700 MiB.
    assert peak_kib(300) - peak_kib(40) < 40_000


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("made_audio_only.m4a", "no picture"),
        ("made_empty.mp4", "empty"),
        ("made_random_bytes.mp4", "damaged"),
        ("made_truncated.mp4", "cut short"),
        ("dark_nasa_two_video_two_audio_streams.mp4", "480x270"),
    ],
)
def test_hard_footage_that_is_refused(footage: Path, name: str, says: str) -> None:
    assert says in refused(footage / "hard" / name).message


@pytest.mark.parametrize(
    ("name", "size_px", "rate", "count"),
    [
        ("clips/white_studio_woman_jumping_jacks.mp4", (1280, 720), Fraction(24000, 1001), 172),
        ("hard/made_vfr_white_studio.mp4", (1280, 720), Fraction(15), 105),
        ("hard/made_rotation_metadata_sweater.mp4", (362, 644), Fraction(25), 90),
        ("hard/closeup_face_no_hips.mp4", (1080, 1080), Fraction(25), 150),
        ("hard/hevc_selfie_turning_head.mp4", (1486, 720), Fraction(30), 125),
        ("hard/group_real_hug_two_men.mp4", (1280, 720), Fraction(30), 77),
    ],
)
def test_hard_footage_that_is_read(
    footage: Path, name: str, size_px: tuple[int, int], rate: Fraction, count: int
) -> None:
    clip = open_clip(footage / name)
    assert (clip.size_px, clip.rate, clip.frame_count) == (size_px, rate, count)
    assert sum(1 for _ in clip.frames()) == count


def test_a_rotated_copy_shows_the_same_as_its_original(footage: Path) -> None:
    ours = next(open_clip(footage / "hard/made_rotation_metadata_sweater.mp4").frames(FrameRange(40, 41)))
    original = next(open_clip(footage / "clips/sweater_woman_open_arms_vertical.mp4").frames(FrameRange(40, 41)))
    assert np.abs(ours.astype(int) - original).mean() < 4
