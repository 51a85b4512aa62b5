"""Which engine is taken on which machine, and what is said about the others."""

from __future__ import annotations

import subprocess

import pytest

from studio.core.errors import EngineError
from studio.engines import diffusion, machine, registry
from studio.engines.machine import Gpu, Machine, measure, parse_gpus
from studio.models import catalogue, shelf

PLAIN = Machine(cores=2, memory_gib=8)
SMALL_GPU = Machine(cores=8, memory_gib=32, gpus=(Gpu("small", 4.0),))
MIDDLE_GPU = Machine(cores=8, memory_gib=32, gpus=(Gpu("small", 4.0), Gpu("middle", 12.0)))
LARGE_GPU = Machine(cores=8, memory_gib=64, gpus=(Gpu("large", 24.0),))


@pytest.fixture(autouse=True)
def _own_shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_MODELS", str(tmp_path / "shelf"))


def put(name: str) -> None:
    where = shelf.place(catalogue.get(name))
    where.mkdir(parents=True)
    (where / "model_index.json").write_text("{}")


def test_auto_without_a_gpu_is_embedded_and_says_why():
    engine, reasons = registry.choose("auto", PLAIN)
    assert engine.spec.name == "embedded"
    assert any(reason.startswith("diffusion: no NVIDIA GPU") for reason in reasons)
    assert any(reason.startswith("remote: not considered") for reason in reasons)


def test_an_engine_asked_for_by_name_is_never_replaced():
    with pytest.raises(EngineError, match="not ready: no NVIDIA GPU") as error:
        registry.choose("diffusion", PLAIN)
    assert error.value.exit_code == 5
    assert "embedded" in error.value.hint
    with pytest.raises(EngineError, match="no server is configured"):
        registry.choose("remote", LARGE_GPU)
    assert registry.choose("embedded", PLAIN)[0].spec.name == "embedded"


def test_an_unknown_engine_is_answered_with_the_nearest():
    with pytest.raises(EngineError) as error:
        registry.choose("difusion", PLAIN)
    assert "diffusion" in error.value.hint


def test_the_diffusion_engine_looks_at_memory_then_weights_then_cuda(monkeypatch):
    ready = diffusion.DiffusionEngine().ready
    assert "4 GiB" in ready(SMALL_GPU).why
    assert "flux2-klein-4b" in ready(LARGE_GPU).why
    put("flux2-klein-4b")
    assert "wan-vace-1.3b" in ready(MIDDLE_GPU).why
    assert "huggingface.co" in ready(MIDDLE_GPU).what_to_do
    assert "wan-vace-14b" in ready(LARGE_GPU).why
    put("wan-vace-14b")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert "torch cannot use the GPU" in ready(LARGE_GPU).why


def test_the_diffusion_engine_is_honest_that_it_cannot_draw(monkeypatch):
    for name in ("flux2-klein-4b", "wan-vace-14b"):
        put(name)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    state = diffusion.DiffusionEngine().ready(LARGE_GPU)
    assert not state.ready
    assert "not part of this version" in state.why
    assert registry.choose("auto", LARGE_GPU)[0].spec.name == "embedded"


def test_a_missing_package_comes_first(monkeypatch):
    monkeypatch.setattr(diffusion, "find_spec", lambda name: None if name == "diffusers" else object())
    assert diffusion.DiffusionEngine().ready(PLAIN).why == "not installed: diffusers"


def test_what_nvidia_smi_says_is_read():
    assert parse_gpus("NVIDIA H200, 143771\nTesla T4, 15360\n") == (
        Gpu("NVIDIA H200", 143771 / 1024),
        Gpu("Tesla T4", 15.0),
    )
    assert parse_gpus("Some card, [N/A]\n") == ()
    assert parse_gpus("") == ()


def test_a_hanging_or_broken_nvidia_smi_means_no_gpu(monkeypatch):
    def hang(*args, **kwargs):
        raise subprocess.TimeoutExpired("nvidia-smi", 5)

    monkeypatch.setattr(machine.shutil, "which", lambda name: name)
    monkeypatch.setattr(machine.subprocess, "run", hang)
    assert measure().gpus == ()


def test_this_machine_has_a_core_and_memory():
    found = measure()
    assert found.cores >= 1
    assert found.memory_gib > 0.1
