from __future__ import annotations

import numpy as np
import pytest

from studio.core.errors import ModelError
from studio.vision.identity import Face, score_identity


def mesh(seed, spread=0.0, turn=0.0, scale=100.0):
    base = np.random.default_rng(7).normal(0, 1, (478, 3))
    own = base + spread * np.random.default_rng(seed).normal(0, 1, (478, 3))
    c, s = np.cos(turn), np.sin(turn)
    return (own @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) * scale + 300).astype(np.float32)


def test_the_same_face_scores_one_at_any_size_and_turn():
    score = score_identity(Face(mesh(1)), Face(mesh(1, turn=0.5, scale=40)))
    assert score.method == "mesh geometry" and score.value > 0.99


def test_another_face_scores_less_the_more_it_differs():
    values = [score_identity(Face(mesh(1)), Face(mesh(2, spread))).value for spread in (0.01, 0.03, 0.08)]
    assert values[0] > values[1] > values[2] and values[2] < 0.5


def test_a_mirrored_face_is_not_the_same():
    mirrored = mesh(1) * np.array([-1, 1, 1], np.float32)
    assert score_identity(Face(mesh(1)), Face(mirrored)).value < 0.5


def insight_models(folder):
    """A detector that always answers with one face in the middle, and a recogniser that looks at 7x7 mean colours."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    nodes, outputs, arrays = [], [], []
    for kind, width in (("score", 1), ("box", 4), ("kps", 10)):
        for stride in (8, 16, 32):
            count = (320 // stride) ** 2 * 2
            value = np.zeros((count, width), np.float32)
            if stride == 32:
                middle = (5 * 10 + 5) * 2  # the anchor at (160, 160)
                points = [-1, -0.8, 1, -0.8, 0, 0, -0.8, 1, 0.8, 1]
                value[middle] = {"score": [0.9], "box": [2, 2, 2, 2], "kps": points}[kind]
            name = f"{kind}_{stride}"
            arrays.append(numpy_helper.from_array(value, f"v_{name}"))
            nodes.append(helper.make_node("Identity", [f"v_{name}"], [name]))
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [count, width]))
    square = helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 3, 320, 320])
    opset = {"opset_imports": [helper.make_opsetid("", 13)], "ir_version": 8}
    detector = helper.make_graph(nodes, "detector", [square], outputs, arrays)
    onnx.save(helper.make_model(detector, **opset), str(folder / "det_tiny.onnx"))
    recogniser = helper.make_graph(
        [
            helper.make_node("AveragePool", ["in"], ["pooled"], kernel_shape=[16, 16], strides=[16, 16]),
            helper.make_node("Flatten", ["pooled"], ["out"]),
        ],
        "recogniser",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 147])],
    )
    onnx.save(helper.make_model(recogniser, **opset), str(folder / "w600k_tiny.onnx"))


@pytest.fixture
def pictures():
    import cv2

    def face(seed):
        noise = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
        return cv2.resize(noise, (320, 320), interpolation=cv2.INTER_CUBIC)

    return face(1), face(2)


def test_insightface_is_used_when_present_and_accepted(tmp_path, pictures):
    insight_models(tmp_path)
    one, other = (Face(mesh(1), picture) for picture in pictures)
    same = score_identity(one, one, weights=tmp_path, licence_accepted=True)
    different = score_identity(one, other, weights=tmp_path, licence_accepted=True)
    assert same.method == different.method == "insightface"
    assert same.value == pytest.approx(1, abs=1e-3) and different.value < 0.9


def test_insightface_is_refused_without_models_or_licence(tmp_path, pictures):
    one, other = (Face(mesh(1), picture) for picture in pictures)
    with pytest.raises(ModelError, match="not in the given folder"):
        score_identity(one, other, weights=tmp_path, licence_accepted=True)
    insight_models(tmp_path)
    with pytest.raises(ModelError, match="licence"):
        score_identity(one, other, weights=tmp_path)
