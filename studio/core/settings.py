"""What a preset may say.  ``presets/*.toml`` hold exactly these tables; ``director/presets.py`` loads them strictly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Hair = Literal["auto", "short", "bob", "long", "tied", "curly", "thin", "bald", "covered"]
Garment = Literal["tee", "jumper", "cardigan", "shirt", "hoodie"]
Staging = Literal["behind", "child-in-front", "older-behind", "side-by-side"]
DoubleStyle = Literal["real", "memory", "light", "storybook"]
Wish = Literal["auto", "on", "off"]
Rgb = tuple[int, int, int]


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, not {value:g}")


@dataclass(frozen=True, slots=True)
class CloneSettings:
    """The other self.

    Parameters
    ----------
    age_years : age of the other self
    my_age_years : age of the user; 0 has it estimated
    sex : which age tables are used; "auto" takes the mean of both
    hair : style seen from behind; "auto" keeps the user's own, thinner or greyer by age
    garment, garment_rgb, stripes : what it wears; no colour means one that differs from the user's
    """

    age_years: float = 8.0
    my_age_years: float = 0.0
    sex: Literal["auto", "female", "male"] = "auto"
    hair: Hair = "auto"
    garment: Garment = "tee"
    garment_rgb: Rgb | None = None
    stripes: bool = False

    def __post_init__(self) -> None:
        _within("clone.age_years", self.age_years, 3, 90)
        if self.my_age_years != 0:
            _within("clone.my_age_years", self.my_age_years, 14, 90)
        for channel in self.garment_rgb or ():
            _within("clone.garment_rgb", channel, 0, 255)


@dataclass(frozen=True, slots=True)
class HugSettings:
    """How the embrace is staged, and small corrections of it by hand.

    Parameters
    ----------
    staging : who stands where; "behind" shows the other self from behind, in the user's arms
    look : style of the drawn double
    double_dx, double_dy : moves the double right and down, in widths of the user's shoulders
    double_scale : its size against what its age says
    double_lean_deg : leans it further to the picture's right
    head_tilt_deg : tilts the user's head further to the picture's right
    arms_dy : moves the arms round it down, in widths of the user's shoulders
    reverse, detail : whether these shots are told; "auto" leaves it to their confidence, "on" takes them whenever
        the take has what they need
    """

    staging: Staging = "behind"
    look: DoubleStyle = "real"
    double_dx: float = 0.0
    double_dy: float = 0.0
    double_scale: float = 1.0
    double_lean_deg: float = 0.0
    head_tilt_deg: float = 0.0
    arms_dy: float = 0.0
    reverse: Wish = "auto"
    detail: Wish = "auto"

    def __post_init__(self) -> None:
        for name in ("double_dx", "double_dy", "arms_dy"):
            _within(f"hug.{name}", getattr(self, name), -1, 1)
        _within("hug.double_scale", self.double_scale, 0.7, 1.4)
        for name in ("double_lean_deg", "head_tilt_deg"):
            _within(f"hug.{name}", getattr(self, name), -15, 15)


@dataclass(frozen=True, slots=True)
class StorySettings:
    """Length of the film; shots stretch to bars of the music."""

    duration_s: float = 12.0

    def __post_init__(self) -> None:
        _within("story.duration_s", self.duration_s, 8, 20)


@dataclass(frozen=True, slots=True)
class MusicSettings:
    """The track: a bundled slug, a file of the user's own, or "none".

    ``bpm`` and ``first_beat_s`` overrule what is heard in a user's file; ``offset_ms`` moves the music, later is
    positive.
    """

    track: str = "none"
    gain_db: float = 0.0
    bpm: float | None = None
    first_beat_s: float | None = None
    offset_ms: float = 0.0

    def __post_init__(self) -> None:
        _within("music.gain_db", self.gain_db, -24, 12)
        _within("music.offset_ms", self.offset_ms, -2000, 2000)
        if self.bpm is not None:
            _within("music.bpm", self.bpm, 30, 300)
        if self.first_beat_s is not None:
            _within("music.first_beat_s", self.first_beat_s, 0, 3600)


@dataclass(frozen=True, slots=True)
class CaptionSettings:
    """Words on the film, one line after the other, at most one a shot; empty for none."""

    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.lines) > 6:
            raise ValueError(f"captions.lines may have at most 6 lines, one a shot, not {len(self.lines)}")


@dataclass(frozen=True, slots=True)
class LookSettings:
    """The grade; every value is 0 for untouched, 1 for strong (``warmth`` may be negative for cool)."""

    warmth: float = 0.25
    fade: float = 0.2
    saturation: float = 0.0
    vignette: float = 0.3
    grain: float = 0.3
    glow: float = 0.25

    def __post_init__(self) -> None:
        for name in ("warmth", "saturation"):
            _within(f"look.{name}", getattr(self, name), -1, 1)
        for name in ("fade", "vignette", "grain", "glow"):
            _within(f"look.{name}", getattr(self, name), 0, 1)


@dataclass(frozen=True, slots=True)
class Preset:
    """A whole preset.  ``slug`` is the file's name without its ending."""

    slug: str
    title: str
    description: str
    clone: CloneSettings = field(default_factory=CloneSettings)
    hug: HugSettings = field(default_factory=HugSettings)
    story: StorySettings = field(default_factory=StorySettings)
    music: MusicSettings = field(default_factory=MusicSettings)
    captions: CaptionSettings = field(default_factory=CaptionSettings)
    look: LookSettings = field(default_factory=LookSettings)
