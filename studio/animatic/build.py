"""The animatic: the whole film, drawn from the user's own footage, before any engine finishes it.

It is a `FrameSource`, and besides its frames it can say for every frame where the other self was drawn: that is all an
engine may draw again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.animatic.arms.forearms import ForearmTrack, track_forearms
from studio.animatic.arms.posed import PosedArms
from studio.animatic.arms.sleeve import Sleeve, read_sleeve
from studio.animatic.backdrop import Backdrop
from studio.animatic.body.guide import Guide
from studio.animatic.colours import Palette, sample_palette
from studio.animatic.double.bodied import BodyDouble
from studio.animatic.double.look import DoubleLook, look_for
from studio.animatic.double.same_shirt import can_dye
from studio.animatic.film_guide import guide_of
from studio.animatic.footage import Footage
from studio.animatic.hairstyle import agreed
from studio.animatic.held_double import HeldDouble, find_thing, frames_without, hooded, seated, stand_of, wearing
from studio.animatic.hug import Hug, face_hidden_px, other_rest, shape_of, solve_hug
from studio.animatic.person import Person, measure
from studio.animatic.place import Stand, nudge, solve, step_aside
from studio.animatic.scene import Painted, Painter, Scene, lit_for_drawing
from studio.animatic.shots.arrival import ArrivalShot
from studio.animatic.shots.base import Hidden, OpenShot
from studio.animatic.shots.detail import DetailShot
from studio.animatic.shots.end import EndShot
from studio.animatic.shots.front import FrontShot
from studio.animatic.shots.front_end import FrontEnd
from studio.animatic.shots.front_moments import front_frames
from studio.animatic.shots.glimpse import GlimpseShot
from studio.animatic.shots.held import embracing
from studio.animatic.shots.reverse import ReverseShot
from studio.core.errors import PresetError
from studio.core.frames import Frame, FrameSource, Size
from studio.core.people import Analysis
from studio.core.run import Run
from studio.core.settings import CloneSettings, Preset, Rgb, Staging
from studio.core.time import FrameRange
from studio.core.timeline import Shot, ShotName, Timeline
from studio.media.spool import Spool

_HUGS: tuple[ShotName, ...] = ("embrace", "shoulder", "detail", "hold")
_PAINTERS: dict[ShotName, Callable[[Scene, Shot], Painter]] = {
    "open": OpenShot,
    "glimpse": GlimpseShot,
    "arrival": ArrivalShot,
    "reverse": ReverseShot,
    "detail": DetailShot,
    "end": EndShot,
}
_FACED: dict[ShotName, Callable[[Scene, Shot], Painter]] = {
    "reverse": FrontShot,
    "detail": FrontShot,
    "end": FrontEnd,
}
"""Shots that look at the embrace, where both people face the camera."""
STAGINGS: dict[Staging, Callable[[Scene, Shot], Painter]] = {
    "behind": embracing,
    "child-in-front": FrontShot,
    "older-behind": FrontShot,
    "side-by-side": FrontShot,
}
"""Who paints the embrace (embrace, shoulder, hold) in each staging."""
_SEXES = {"female": 0.0, "male": 1.0, "auto": 0.5}
ADULT_YEARS = 30.0
_MOST_ARM_FRAMES = 60
_MOST_PLATE_FRAMES = 24


class Animatic:
    """The film as drawn.  Use it in a ``with`` block: it owns a file of the clip frames that it needs.

    Shots are set up when their first frame is asked for and dropped when another shot begins.
    """

    def __init__(self, scene: Scene, spool: Spool) -> None:
        self.scene = scene
        self._spool = spool
        self._latest: tuple[Shot, Painter] | None = None

    def __enter__(self) -> Animatic:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    @property
    def size_px(self) -> Size:
        """Film size."""
        return self.scene.size_px

    @property
    def rate(self) -> Fraction:
        """Film rate."""
        return self.scene.timeline.rate

    @property
    def frame_count(self) -> int:
        """Film length in frames."""
        return self.scene.timeline.frame_count

    def frames(self, part: FrameRange | None = None) -> Iterator[Frame]:
        """The frames of the film, drawn one by one."""
        for painted in self.painted(part):
            yield painted.frame

    def painted(self, part: FrameRange | None = None) -> Iterator[Painted]:
        """The frames together with where the other self is."""
        for painter, film_frame in self._painters(part or FrameRange(0, self.frame_count)):
            yield painter.paint(film_frame)

    def explained(self, part: FrameRange) -> Iterator[Painted]:
        """The frames together with what was done to the user's own picture; for measuring."""
        for painter, film_frame in self._painters(part):
            yield painter.explain(film_frame)

    def painter(self, film_frame: int) -> Painter:
        """Who paints a film frame."""
        return next(self._painters(FrameRange(film_frame, film_frame + 1)))[0]

    def guide(self, film_frame: int) -> Guide | None:
        """Joints, masks, depth and normals of the bodies drawn into a film frame; None where there are none."""
        return guide_of(self.painter(film_frame), film_frame)

    def _painters(self, part: FrameRange) -> Iterator[tuple[Painter, int]]:
        """Each film frame of ``part`` and who paints it; a painter lives as long as its shot."""
        for shot in self.scene.timeline.shots:
            start, stop = max(shot.film.start, part.start), min(shot.film.stop, part.stop)
            if start >= stop:
                continue
            if self._latest is None or self._latest[0] != shot:
                self._latest = (shot, _painter(self.scene, shot))
            for film_frame in range(start, stop):
                yield self._latest[1], film_frame


def _painter(scene: Scene, shot: Shot) -> Painter:
    painters = _PAINTERS if scene.preset.hug.staging == "behind" else {**_PAINTERS, **_FACED}
    painter = painters.get(shot.name, STAGINGS.get(scene.preset.hug.staging, embracing))(scene, shot)
    return Hidden(painter, shot.hide, scene.size_px) if shot.hide > 0 else painter


def build_animatic(
    clip: FrameSource, analysis: Analysis, preset: Preset, timeline: Timeline, size_px: Size, seed: int, run: Run
) -> Animatic:
    """Fetch the footage that the timeline shows, read the user off it, dress the double."""
    if preset.hug.staging not in STAGINGS:
        raise PresetError(
            f"The staging '{preset.hug.staging}' cannot be drawn yet.",
            f"Take {' or '.join(STAGINGS)}: --set hug.staging=behind",
            file="--set",
            key="hug.staging",
        )
    hugs = [shot.source for shot in timeline.shots if shot.name in (*_HUGS, *_FACED)]
    faced = set() if preset.hug.staging == "behind" else front_frames(analysis, preset.hug.staging, hugs)
    wanted = sorted(
        {*needed_frames(timeline, analysis.frame_count), *_plate_frames(analysis), *frames_without(analysis), *faced}
    )
    folder = Path(run.workdir)
    with run.stage("footage", len(wanted)) as step:
        spool = Spool.fill(clip, wanted, folder, step=step)
    try:
        with run.stage("cast"):
            scene = _scene(spool, analysis, preset, timeline, size_px, seed, run)
    except BaseException:
        spool.close()
        raise
    return Animatic(scene, spool)


def needed_frames(timeline: Timeline, frame_count: int) -> list[int]:
    """Every clip frame that some shot shows, and the one after each range (slow motion looks one ahead)."""
    wanted: set[int] = set()
    for shot in timeline.shots:
        wanted.update(range(shot.source.start, min(shot.source.stop + 1, frame_count)))
    return sorted(wanted)


def _plate_frames(analysis: Analysis) -> list[int]:
    """Clip frames from which the background is put together: spread over the clip, so that arms hide different parts
    of it."""
    frames = analysis.tracks.frame
    few = np.linspace(0, len(frames) - 1, min(len(frames), _MOST_PLATE_FRAMES)).round().astype(int)
    return [int(frames[row]) for row in few]


def _scene(
    spool: Spool, analysis: Analysis, preset: Preset, timeline: Timeline, size_px: Size, seed: int, run: Run
) -> Scene:
    """Everything read off the clip; a user whose age is neither given nor estimated is `ADULT_YEARS` old."""
    if preset.clone.my_age_years == 0:
        preset = replace(preset, clone=replace(preset.clone, my_age_years=ADULT_YEARS))
    height = analysis.size_px[1]
    names = _HUGS if analysis.take.closed_arms is None else (*_HUGS, "end")
    hold = [shot.source for shot in timeline.shots if shot.name in names]
    whole_hold = FrameRange(min(r.start for r in hold), max(r.stop for r in hold))
    palette = _palette(spool, analysis, timeline)
    sex = _SEXES[preset.clone.sex]
    rng = np.random.default_rng([seed, 3])
    sleeve = _sleeve(spool, analysis, timeline, palette)

    def dressed(clone: CloneSettings, rng: np.random.Generator) -> DoubleLook:
        hair = palette.own_hair.style
        colours = palette.hair, palette.skin, palette.garment, palette.trousers
        return look_for(clone, *colours, rng, hair, palette.exposure)

    own = replace(
        preset.clone,
        age_years=preset.clone.my_age_years,
        # A style that was chosen for the other self is most likely the user's own; age alone does not cover or thin it.
        hair=preset.clone.hair if preset.clone.hair in ("short", "bob", "long", "tied", "curly") else "auto",
        garment="tee" if sleeve.is_forearm_bare else "jumper",
        # what is sampled from the picture is as dark as the place already
        garment_rgb=_undimmed(palette.garment, palette.exposure),
        stripes=False,
    )
    held = measure(analysis.tracks, whole_hold, height)
    light = lit_for_drawing(analysis.light)
    forearms = _forearms(spool, analysis, whole_hold, palette, run)
    thing, held_double = None, None
    if preset.hug.staging == "behind":
        thing = find_thing(spool, _spread(whole_hold), analysis, forearms, lambda _n: run.check())
    look = dressed(preset.clone if thing is None else wearing(preset.clone, thing, palette.exposure), rng)
    is_chosen = thing is None and preset.clone.garment_rgb is None and preset.hug.staging == "behind"
    if is_chosen and not can_dye(spool, analysis.tracks, timeline.shots, preset.clone, look, sex):
        shirt = _undimmed(palette.garment, palette.exposure)
        look = dressed(replace(preset.clone, garment_rgb=shirt, stripes=False), np.random.default_rng([seed, 3]))
    if thing is not None:
        held_double = seated(thing, look, light, held)
        look = hooded(look, held_double)
    stand, hug = _hug(analysis, held, whole_hold, preset, sex, held_double, arms_folded=forearms is not None)
    posed_arms = None
    if forearms is None and hug.embrace is not None:
        posed_arms = PosedArms(hug, sleeve, palette.garment, light, seed)
    return Scene(
        preset=preset,
        analysis=analysis,
        timeline=timeline,
        footage=Footage(spool, analysis.size_px),
        backdrop=Backdrop(spool, analysis.tracks, analysis.motion),
        size_px=size_px,
        look=look,
        own_look=dressed(own, np.random.default_rng([seed, 4])),
        opened=measure(analysis.tracks, analysis.take.open_arms, height),
        held=held,
        forearms=forearms,
        stand=stand,
        hug=hug,
        double=BodyDouble(look, light, hug.other),
        posed_arms=posed_arms,
        skin_rgb=palette.skin,
        sleeve=sleeve,
        sex=sex,
        seed=seed,
        held_double=held_double,
    )


def _hug(
    analysis: Analysis,
    held: Person,
    hold: FrameRange,
    preset: Preset,
    sex: float,
    thing: HeldDouble | None,
    *,
    arms_folded: bool,
) -> tuple[Stand, Hug]:
    """Where the other self stands, and both bodies in contact there."""
    clone, tracks = preset.clone, analysis.tracks
    shape = shape_of(other_rest(clone.age_years, sex, None))
    stand = solve(held, shape, clone.age_years, clone.my_age_years, sex, arms_folded=arms_folded)
    stand = nudge(stand, preset.hug, held) if thing is None else stand_of(thing, stand, preset.hug)
    # The frame in which the shoulders are nearest to where they mostly are.
    rows = np.flatnonzero((tracks.frame >= hold.start) & (tracks.frame < hold.stop))
    if len(rows) == 0:
        rows = np.array([tracks.row(hold.start)])
    away = np.linalg.norm(tracks.pose_px[rows][:, [11, 12], :2].mean(1) - held.shoulder_mid_px, axis=1)
    row = int(rows[int(np.argmin(away))])
    ages = clone.my_age_years, clone.age_years
    lower_px = preset.hug.arms_dy * held.shoulder_px
    hug = solve_hug(tracks, row, analysis.size_px, stand, ages, sex, lower_px=lower_px, arms_filmed=arms_folded)
    if hug.embrace is None or stand.stature_ratio < 0.9 or preset.hug.double_dx or thing is not None:
        return stand, hug
    hidden_px = face_hidden_px(hug, held, stand.side)
    if hidden_px < 0.02 * held.shoulder_px:
        return stand, hug
    stand = step_aside(stand, hidden_px, held, arms_folded=arms_folded)
    return stand, solve_hug(tracks, row, analysis.size_px, stand, ages, sex, hug.fit, lower_px, arms_filmed=arms_folded)


def _undimmed(rgb: Rgb, exposure: float) -> Rgb:
    """The colour that the double's wardrobe will darken to ``rgb`` again."""
    r, g, b = (min(255, round(channel / max(exposure, 0.1))) for channel in rgb)
    return r, g, b


def _forearms(spool: Spool, analysis: Analysis, hold: FrameRange, palette: Palette, run: Run) -> ForearmTrack | None:
    if analysis.take.closed_arms is None:
        return None
    return track_forearms(spool, _spread(hold), analysis.tracks, palette.skin, lambda _n: run.check())


def _spread(hold: FrameRange) -> range:
    """Frames of the hold, no more than masks are kept for."""
    return range(hold.start, hold.stop, max(1, -(-len(hold) // _MOST_ARM_FRAMES)))


def _sleeve(spool: Spool, analysis: Analysis, timeline: Timeline, palette: Palette) -> Sleeve:
    """Read where the arms are held away from the body, in several frames of the open arms."""
    source = next(shot.source for shot in timeline.shots if shot.name == "arrival")
    tracks = analysis.tracks
    at = [f for f in np.linspace(source.start, source.stop - 1, 5).round().astype(int) if int(f) in spool]
    views = [(spool.get(int(f)), tracks.pose_at(int(f)), tracks.matte_at(int(f))) for f in at]
    return read_sleeve(views, palette.skin)


def _palette(spool: Spool, analysis: Analysis, timeline: Timeline) -> Palette:
    """Colours from the sharpest frame that has a face; the hair's style from several in which the head is upright."""
    tracks = analysis.tracks
    have = np.array([int(f) in spool for f in tracks.frame])
    good = have & np.isfinite(tracks.face_px[:, 0, 0])
    if analysis.take.kind == "stand-in":
        # What is hugged hides the clothes, and has another colour.
        good &= tracks.frame < analysis.take.open_arms.stop
    if not good.any():
        good = have

    def sample(row: int) -> Palette:
        at = int(tracks.frame[row])
        return sample_palette(
            spool.get(at), tracks.face_px[row], tracks.pose_px[row], tracks.matte_at(at), float(tracks.head_top_px[row])
        )

    best = sample(int(np.argmax(np.where(good, tracks.sharpness, -1))))
    # Folded arms and a bent head hide how long the hair is.
    upright = np.flatnonzero(good & (tracks.frame < analysis.take.open_arms.stop))
    if len(upright) < 3:
        return best
    few = upright[np.linspace(0, len(upright) - 1, 5).round().astype(int)]
    return replace(best, own_hair=agreed([sample(int(row)).own_hair for row in few]))
