"""The real models on synthetic people with known joints, mattes and camera, and on the footage that must be refused."""

from __future__ import annotations

import json
import sys
import threading

import numpy as np
import pytest

from studio.core.errors import Cancelled, InputError
from studio.core.people import LEFT_WRIST, RIGHT_WRIST
from studio.core.run import Run
from studio.media.read import open_clip
from studio.vision.analyse import analyse
from studio.vision.pose import shoulder_width


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Analyses of actor clips, each made once."""
    kept = {}

    def see(folder, name):
        if name not in kept:
            run = Run(tmp_path_factory.mktemp(name))
            kept[name] = analyse(open_clip(folder / name / f"{name}.mp4"), run)
        return kept[name]

    return see


def truth_of(folder, name):
    return json.loads((folder / name / "joints.json").read_text())


@pytest.mark.parametrize("name", ["clip_c", "clip_d"])
def test_the_air_hug_is_found_where_the_actor_acted_it(actor, seen, name):
    found = seen(actor, name)
    take, rate = found.take, found.rate
    assert take.kind == "air-hug" and take.score > 0.8
    start, stop = take.open_arms.seconds(rate)
    assert 0.9 < start < 1.6 and 2.1 < stop < 2.9  # wide 1.5 to 2.2 s, on the way before and after
    start, stop = take.closed_arms.seconds(rate)
    assert 3.0 < start < 3.6 and 5.2 < stop < 5.8  # folded 3.4 to 5.4 s
    assert 0.3 < take.opening.seconds(rate)[0] < 0.8  # rises from 0.5 s
    assert found.people == 1 and found.facing > 0.95


def test_every_track_fits_together(actor, seen):
    tracks = seen(actor, "clip_c").tracks
    n = len(tracks)
    assert tracks.frame.tolist() == list(range(0, 156, 2))
    assert tracks.pose_px.shape == (n, 33, 3) and tracks.visibility.shape == (n, 33)
    assert tracks.face_px.shape == (n, 478, 3) and tracks.hands_px.shape == (n, 2, 21, 3)
    assert tracks.matte.shape == (n, 640, 360) and tracks.matte.dtype == np.uint8
    nose, tip = tracks.pose_px[:, 0, :2], tracks.face_px[:, 4]
    assert np.linalg.norm(nose - tip[:, :2], axis=1).max() < 20
    assert (tip[:, 2] < tracks.face_px[:, 234, 2]).all()  # the nose is nearer to the camera than the cheek
    hands = tracks.hands_px[:, :, 0, :2]
    wrists = tracks.pose_px[:, [LEFT_WRIST, RIGHT_WRIST], :2]
    distance = np.linalg.norm(hands - wrists, axis=-1)
    assert np.nanmax(distance) < 60 and (~np.isnan(distance)).mean() > 0.3
    assert (tracks.head_top_px < nose[:, 1]).all()


@pytest.mark.parametrize("name", ["clip_c", "clip_d"])
def test_wrists_lie_where_the_rig_has_them(actor, seen, name):
    tracks, truth = seen(actor, name).tracks, truth_of(actor, name)["data"]
    unit = float(np.median(shoulder_width(tracks.pose_px)))
    errors = [
        np.linalg.norm(tracks.pose_px[row, point, :2] - truth[frame]["joints"][joint][:2]) / unit
        for row, frame in enumerate(tracks.frame)
        for point, joint in ((LEFT_WRIST, "left_wrist"), (RIGHT_WRIST, "right_wrist"))
    ]
    assert np.median(errors) < 0.1 and np.percentile(errors, 90) < 0.2


def test_the_matte_covers_the_actor(actor, seen):
    tracks = seen(actor, "clip_c").tracks
    truth = open_clip(actor / "clip_c" / "alpha_lossless.mp4")
    scores = []
    for index, frame in enumerate(truth.frames()):
        if index % 30 == 0:
            import cv2

            mask = cv2.resize(frame[..., 0], (360, 640), interpolation=cv2.INTER_AREA) > 127
            mine = tracks.matte[tracks.row(index)] > 127
            scores.append((mask & mine).sum() / (mask | mine).sum())
    assert min(scores) > 0.92


def test_a_camera_on_a_stand_and_one_in_a_hand(actor, seen):
    assert seen(actor, "clip_c").motion.is_static
    moved = seen(actor, "clip_d").motion
    assert not moved.is_static
    # Where the rendered camera, frame by frame, has the point of the wall that lay in its middle at first.
    truth = truth_of(actor, "clip_d")["data"]
    camera = [(np.array(row["camera"]["K"]), np.array(row["camera"]["world_from_cam"])) for row in truth]
    wall_m = np.median(np.load(actor / "clip_d" / "depth_mm_quarter.npz")["plate"]) / 1000
    point = camera[0][1] @ np.array([0, 0, -wall_m, 1])
    path = []
    for frame in seen(actor, "clip_d").tracks.frame:
        lens, pose = camera[frame]
        x, y, z, _ = np.linalg.inv(pose) @ point
        path.append((lens[0, 0] * x / -z, lens[1, 1] * y / z))
    path = np.array(path) - path[0]
    error = np.abs(path - moved.shift_px)
    assert error[:, 0].max() < 0.25 * np.ptp(path[:, 0]) and error[:, 1].max() < 0.25 * np.ptp(path[:, 1])


def test_the_sun_shines_from_the_upper_left_on_the_brick_wall(actor, seen):
    x, y, z = seen(actor, "clip_d").light.direction
    assert x < -0.2 and y < -0.2 and x * x + y * y + z * z == pytest.approx(1, abs=1e-3)


def test_cancel_stops_at_once_and_leaves_no_thread(actor, tmp_path):
    before = threading.active_count()
    run = Run(tmp_path)
    run.listen = lambda progress: run.cancel.set() if progress.done == 3 else None
    with pytest.raises(Cancelled):
        analyse(open_clip(actor / "clip_c" / "clip_c.mp4"), run)
    assert threading.active_count() == before


def test_nothing_is_written_to_the_terminal(actor, tmp_path, capfd):
    analyse(open_clip(actor / "clip_a" / "clip_a.mp4"), Run(tmp_path))
    out, err = capfd.readouterr()
    assert out == "" and err == ""


# The hard clips are in tests/test_hard_inputs.py, which goes through the command line.
REFUSED = {
    "clips/office_hipsup_grey_tshirt_sign_milk.mp4": "The arms never open",
    "clips/office_hipsup_orange_hoodie_sign_walk.mp4": "The arms never open",
    "photos/armsdown_plaza_man_fullbody.jpg": "The arms never open",
}


@pytest.mark.parametrize("name", REFUSED)
def test_footage_without_open_arms_is_refused_with_its_own_words(footage, tmp_path, name):
    with pytest.raises(InputError) as caught:
        analyse(open_clip(footage / name), Run(tmp_path))
    assert caught.value.message.startswith(REFUSED[name]) and caught.value.hint


ACCEPTED = [
    "clips/hoodie_tpose_overlay_dark_background.mp4",
    "clips/pier_woman_hipsup_crop.mp4",
    "clips/sweater_woman_open_arms_vertical.mp4",
    "clips/white_studio_woman_jumping_jacks.mp4",
    "photos/still_pier_woman_arms_open_hipsup.jpg",
    "photos/studio_suit_jump_arms_wide.jpg",
]


@pytest.mark.parametrize("name", ACCEPTED)
def test_open_arms_in_real_footage_are_found(footage, tmp_path, name):
    clip = open_clip(footage / name)
    found = analyse(clip, Run(tmp_path))
    assert found.take.kind == "open-arms" and len(found.take.open_arms) >= 0.25 * float(clip.rate)
    assert found.people == 1 and found.facing > 0.9
    assert len(found.tracks) == 1 if clip.is_photo else len(found.tracks) > 10


def test_importing_the_floor_loads_no_heavy_library():
    import subprocess

    code = "import sys, studio.vision.analyse as a; print([m for m in ('cv2','mediapipe','scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_mattes_of_a_long_clip_lie_on_the_disk(tmp_path):
    from studio.vision.look import _Table

    long = _Table((1080, 1920), 600, tmp_path)
    assert isinstance(long.matte, np.memmap) and (tmp_path / "matte.npy").is_file()
    assert isinstance(long.tracks(600).matte, np.memmap)
    assert not long.matte.any() and long.matte.shape == (600, 640, 360)
    long.matte[599, 639] = 7
    assert (np.load(tmp_path / "matte.npy", mmap_mode="r")[599, 639] == 7).all()
    assert not isinstance(_Table((1080, 1920), 100, tmp_path).matte, np.memmap)
