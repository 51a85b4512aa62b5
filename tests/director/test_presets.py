"""Presets are strict: what they cannot mean is an error that says what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.errors import PresetError
from studio.director import presets


def test_the_three_bundled_presets_load_and_differ():
    loaded = {name: presets.load(name) for name in presets.names()}
    assert set(loaded) == {"inner-child", "future-self", "younger-me"}
    assert loaded["inner-child"].slug == "inner-child"
    assert loaded["inner-child"].clone.age_years < 18 <= loaded["younger-me"].clone.age_years
    assert loaded["future-self"].clone.age_years > 60
    child, future = loaded["inner-child"], loaded["future-self"]
    assert child.music.track != future.music.track
    assert child.captions.lines != future.captions.lines
    assert child.clone.garment != future.clone.garment


def test_captions_are_short_enough_for_one_line_on_a_phone():
    for name in presets.names():
        assert all(0 < len(line) <= 28 for line in presets.load(name).captions.lines)


def test_overrides_are_applied_in_order_and_typed():
    preset = presets.load(
        "inner-child", ["look.warmth=0.4", "look.warmth=0.1", "clone.hair=curly", "story.duration_s=10"]
    )
    assert preset.look.warmth == 0.1
    assert preset.clone.hair == "curly"
    assert preset.story.duration_s == 10.0
    assert presets.load("inner-child").look.warmth != 0.1


def test_a_list_override_is_read_as_toml():
    preset = presets.load("inner-child", ['captions.lines=["one", "two"]'])
    assert preset.captions.lines == ("one", "two")


@pytest.mark.parametrize(
    ("name", "overrides", "said", "hint"),
    [
        ("iner-child", [], "no preset 'iner-child'", "inner-child"),
        ("inner-child", ["look.warmht=0.4"], "look.warmht", "warmth"),
        ("inner-child", ["lok.warmth=0.4"], "lok", "look"),
        ("inner-child", ["look.warmth=very"], "must be a number", "Change"),
        ("inner-child", ["clone.age_years=2"], "between 3 and 90", "Change"),
        ("inner-child", ["clone.garment=cardigna"], "cardigna", "cardigan"),
        ("inner-child", ["look.warmth"], "not KEY=VALUE", "--set"),
        ("inner-child", ["title.x=1"], "title", ""),
        ("inner-child", ["slug=other"], "slug", "file"),
        ("inner-child", ["look=3"], "a table", ""),
    ],
)
def test_what_a_preset_cannot_mean_is_refused(name, overrides, said, hint):
    with pytest.raises(PresetError) as error:
        presets.load(name, overrides)
    assert said in error.value.message
    assert hint in error.value.hint
    assert error.value.exit_code == 2
    if overrides:
        assert error.value.file == "--set"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "x"', "'description' is missing"),
        ('title = 3\ndescription = "y"', "'title' must be text"),
        ('title = "x"\ndescription = "y"\nspeed = 2', "unknown key 'speed'"),
        ('title = "x', "not valid TOML"),
        ('slug = "z"\ntitle = "x"\ndescription = "y"', "unknown key 'slug'"),
    ],
)
def test_a_users_own_file_is_as_strict(tmp_path: Path, text, said):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(PresetError, match=said) as error:
        presets.load(str(path))
    assert error.value.file == "mine.toml"


def test_a_users_own_file_is_called_after_itself(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text('title = "x"\ndescription = "y"')
    assert presets.load(str(path)).slug == "mine"


def test_a_missing_file_says_so(tmp_path: Path):
    with pytest.raises(PresetError, match="no preset file"):
        presets.load(str(tmp_path / "none.toml"))
