"""The catalogue is well formed; the shelf says what is missing and how to get it."""

from __future__ import annotations

import re

import pytest

from studio.core.errors import ModelError
from studio.models import catalogue, shelf


@pytest.fixture(autouse=True)
def _own_shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_MODELS", str(tmp_path / "shelf"))


def test_every_entry_has_a_source_a_licence_and_a_hash_or_says_that_it_has_none():
    everything = catalogue.everything()
    assert {"u2net_human_seg", "buffalo_l", "flux2-klein-4b", "wan-vace-1.3b"} <= set(everything)
    for item in everything.values():
        assert item.licence
        assert bool(item.url) != bool(item.repository)
        assert item.sha256 == catalogue.UNPINNED or re.fullmatch(r"[0-9a-f]{64}", item.sha256)
        assert item.sha256 == catalogue.UNPINNED or item.size_bytes > 0
    assert len({item.place for item in everything.values()}) == len(everything)


def test_the_insightface_packs_are_marked_non_commercial():
    assert catalogue.get("buffalo_l").non_commercial


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ModelError) as error:
        catalogue.get("bufalo_l")
    assert "buffalo_l" in error.value.hint


def test_missing_weights_say_how_to_get_them():
    with pytest.raises(ModelError, match="not on this machine") as error:
        shelf.path("u2net_human_seg")
    assert error.value.hint == "python -m studio fetch u2net_human_seg"
    assert error.value.exit_code == 4


def test_present_weights_are_found_only_with_their_licence():
    pack = catalogue.get("buffalo_l")
    where = shelf.place(pack)
    where.mkdir(parents=True)
    assert not shelf.present(pack), "an empty folder is a broken download"
    (where / "det_10g.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match="non-commercial"):
        shelf.path("buffalo_l")
    shelf.accept(pack)
    assert shelf.path("buffalo_l") == where


def test_a_damaged_licence_file_is_not_a_yes():
    pack = catalogue.get("buffalo_l")
    shelf.accept(pack)
    assert shelf.accepted(pack)
    (shelf.root() / "licences.json").write_text("{")
    assert not shelf.accepted(pack)
