from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from studio.cli import main
from studio.core.errors import ModelError
from studio.models import catalogue, shelf
from studio.vision.matte import _of_one_body, guided_filter, matte_session, matte_size, rembg_weights
from studio.vision.people import trunk_share
from studio.vision.pose import Pose
from tests.vision.skeletons import WIDE, pose


def test_sizes_keep_the_shape():
    assert matte_size((1080, 1920)) == (360, 640)
    assert matte_size((1920, 1080)) == (480, 270)
    assert matte_size((320, 240)) == (320, 240)


@pytest.mark.parametrize("with_contrib", [True, False])
def test_the_guided_filter_finds_the_picture_s_edge(with_contrib, monkeypatch):
    import cv2

    if not with_contrib:
        monkeypatch.delattr(cv2, "ximgproc", raising=False)
    picture = np.full((80, 80, 3), 40, np.uint8)
    picture[:, 40:] = 200
    mask = np.zeros((80, 80), np.float32)
    mask[:, 44:] = 1  # four pixels beside the real edge
    fitted = guided_filter(picture, cv2.blur(mask, (9, 9)), radius_px=6, eps=1e-4)
    assert np.abs(fitted[:, 41:].mean() - fitted[:, 50:].mean()) < 0.15
    assert fitted[40, 42] - fitted[40, 38] > 0.4


def test_islands_go_and_the_body_stays():
    mask = np.zeros((100, 100), np.float32)
    mask[20:90, 30:70] = 1
    mask[2:8, 90:95] = 0.9
    kept = _of_one_body(mask)
    assert kept[:10].max() == 0 and kept[20:90, 30:70].min() == 1


def test_trunk_share_tells_a_body_from_an_empty_place():
    points = pose(WIDE)
    mask = np.zeros((1280, 720), np.float32)
    assert trunk_share(points, mask) == 0
    mask[500:700, 280:440] = 1
    assert trunk_share(points, mask) > 0.9


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine without any weights: rembg's folder and the shelf, both empty."""
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "rembg-home"))
    monkeypatch.setenv("STUDIO_MODELS", str(tmp_path / "shelf"))
    return tmp_path


def test_unknown_models_and_missing_weights_say_what_to_do(bare):
    with pytest.raises(ModelError, match="no matting model"):
        matte_session("magic")
    with pytest.raises(ModelError, match="not on this machine") as caught:
        matte_session("rembg:u2net")
    assert "python -m studio fetch u2net." in caught.value.hint
    with pytest.raises(ModelError, match="not on this machine") as caught:
        matte_session("rembg:silueta")  # rembg has it, the catalogue has not
    assert "silueta.onnx" in caught.value.hint
    assert list(bare.iterdir()) == []  # nothing was downloaded


def test_make_without_the_weights_is_a_model_error_whose_hint_is_a_command(bare, capsys):
    out = bare / "hug.mp4"
    command = ["make", "--sample", "--preset", "inner-child", "--out", str(out), "--quiet"]
    assert main([*command, "--matte", "rembg:u2net_human_seg"]) == 4
    err = capsys.readouterr().err
    assert err.startswith("Error: The matting model 'rembg:u2net_human_seg' is not on this machine.\nWhat to do: ")
    assert "python -m studio fetch u2net_human_seg." in err
    assert list(bare.iterdir()) == []
    # What that command would bring, and where to.
    weights = catalogue.get("u2net_human_seg")
    assert weights.url.endswith("/u2net_human_seg.onnx") and len(weights.sha256) == 64
    tiny_network(shelf.place(weights))
    assert rembg_weights("u2net_human_seg") == shelf.place(weights)


def test_a_non_commercial_network_needs_a_yes_wherever_it_lies(bare):
    for where in (bare / "rembg-home" / "isnet-general-use.onnx", shelf.place(catalogue.get("isnet-general-use"))):
        where.parent.mkdir(parents=True)
        where.touch()
        with pytest.raises(ModelError, match="commercially") as caught:
            rembg_weights("isnet-general-use")
        assert "--accept-licence" in caught.value.hint
    shelf.accept(catalogue.get("isnet-general-use"))
    assert rembg_weights("isnet-general-use").parent.name == "rembg-home"


@pytest.mark.parametrize("place", ["rembg-home/u2net_custom.onnx", "rembg-home/u2net.onnx", "shelf/rembg/u2net.onnx"])
def test_rembg_mattes_with_a_network_of_its_own_kind(bare, place):
    tiny_network(bare / place)
    before = dict(os.environ)
    picture = np.zeros((160, 120, 3), np.uint8)
    picture[40:120, 30:90, 0] = 255
    session = matte_session(f"rembg:{Path(place).stem}")
    alpha = session.matte(picture, Pose(pose(WIDE), np.ones(33, np.float32), np.zeros((160, 120), np.float32)))
    session.close()
    assert alpha.shape == (160, 120) and alpha.dtype == np.float32
    assert alpha[80, 60] > 0.95 and alpha[10, 10] < 0.05
    assert os.environ == before


def tiny_network(file: Path) -> None:
    """A 1x1 convolution that answers with the red channel, in U2-Net's input and output shape."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    weight = np.zeros((1, 3, 1, 1), np.float32)
    weight[0, 0] = 1
    graph = helper.make_graph(
        [helper.make_node("Conv", ["in", "w"], ["out"])],
        "tiny",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 3, 320, 320])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 1, 320, 320])],
        [numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(file))
