"""The card: all that a watch has seen, as bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from studio.animatic.build import Animatic
from studio.animatic.shots.base import Footing
from studio.director.measures.arm_likeness import arm_likeness
from studio.director.measures.bar import Bar, between
from studio.director.measures.body_numbers import body_bars, body_numbers
from studio.director.measures.face_life import FaceSeeker, Moment, face_life
from studio.director.measures.watch import ShotNumbers, Watch

_FULL_HEIGHT_PX = 1920


def score(watch: Watch, seeker: FaceSeeker) -> tuple[Bar, ...]:
    """Every bar of the embrace.

    Parameters
    ----------
    watch : after all its frames were drawn; the footage of its scene must still be open
    seeker : finds the user's face in single pictures
    """
    body = body_numbers(getattr(watch.film.scene, "hug", None))
    if body is not None and isinstance(watch.film, Animatic):
        arm = arm_likeness(watch.film)
        body = replace(body, arm_colour_error=arm.colour_error, arm_edge_ratio=arm.edge_ratio, arm_reason=arm.reason)
    return (
        _flips(watch),
        _pops(watch),
        _worst(watch, "halo_mean", lambda s: s.rim[0] if s.rim else None, most=4.0, note=_halo_note),
        _worst(watch, "halo_p95", lambda s: s.rim[1] if s.rim else None, most=12.0, note=_halo_note),
        _worst(watch, "edge_ratio", lambda s: s.edge_ratio, least=0.8, most=1.25, note=_edge_note),
        _worst(watch, "noise_ratio", lambda s: s.noise_ratio, least=0.8, most=1.25, note=_noise_note),
        _own_pixels(watch),
        _life(watch, seeker),
        *body_bars(body),
        _cost(watch),
    )


def _flips(watch: Watch) -> Bar:
    told = [s for s in watch.shots if s.orders]
    wrong = [s.shot.name for s in told if s.flips]
    count = float(sum(s.flips for s in told)) if told else None
    note = f"in {', '.join(wrong)}" if wrong else f"{len(told)} shots" if told else "no shot names its layers"
    return between("depth_order_flips", count, note, most=0)


def _pops(watch: Watch) -> Bar:
    found = [(pop, s.shot.name) for s in watch.shots if (pop := s.pop) is not None]
    if not found:
        return between("pops", None, "nothing is drawn in five frames that follow each other", most=3)
    (value, frame), name = max(found)
    return between("pops", value, f"{name}, at {frame / float(watch.rate):.2f} s", most=3)


def _worst(
    watch: Watch,
    name: str,
    value: Callable[[ShotNumbers], float | None],
    *,
    note: Callable[[ShotNumbers], str],
    least: float | None = None,
    most: float | None = None,
) -> Bar:
    """The shot that is farthest from what is asked."""
    found = [(v, s) for s in watch.shots if (v := value(s)) is not None]
    if not found:
        return between(name, None, _why_nothing(watch, note), least=least, most=most)
    worst, shot = max(found, key=lambda pair: abs(np.log(max(pair[0], 1e-6))) if least is not None else pair[0])
    return between(name, worst, note(shot), least=least, most=most)


def _why_nothing(watch: Watch, note: Callable[[ShotNumbers], str]) -> str:
    if not any(s.inserted_looks for s in watch.shots):
        return "nothing was inserted into the user's own picture, or no shot can tell"
    if note is _noise_note:
        return "what was inserted has too few calm places"
    if not any(s.focused_looks for s in watch.shots):
        return "the other self is out of focus in every shot"
    return "what was inserted, or the user, has too few edges" if note is _edge_note else "no outline is seen in focus"


def _halo_note(numbers: ShotNumbers) -> str:
    plain = numbers.plain
    with_shadow = f"; with its shadow and the defocus: mean {plain[0]:.1f}, p95 {plain[1]:.1f}" if plain else ""
    return f"{numbers.shot.name}{with_shadow}"


def _edge_note(numbers: ShotNumbers) -> str:
    theirs, own = (float(np.median([pair[k] for pair in numbers.edges])) for k in (0, 1))
    return f"{numbers.shot.name}: inserted {theirs:.1f} px, own {own:.1f} px"


def _noise_note(numbers: ShotNumbers) -> str:
    theirs, own = (float(np.median([pair[k] for pair in numbers.noises])) for k in (0, 1))
    return f"{numbers.shot.name}: inserted {theirs:.2f}, own {own:.2f} grey levels"


def _own_pixels(watch: Watch) -> Bar:
    found = [(share, untouched, s.shot.name) for s in watch.shots for share, untouched in s.changed]
    if not found:
        return between("own_pixels_changed", None, "no shot can tell what it left alone", most=0)
    share, _, name = max(found)
    least = min(found, key=lambda one: one[1])
    left = f"least was left alone in {least[2]}: {least[1]:.0%} of the picture"
    return between("own_pixels_changed", share, f"in {name}; {left}" if share > 0 else left, most=0)


def _life(watch: Watch, seeker: FaceSeeker) -> Bar:
    shot = watch.timeline.named("hold")
    if shot is None or not watch.kept:
        return between("face_life", None, "the film has no hold, or it was not drawn", least=0.8)
    scene = watch.film.scene
    footing = Footing(scene, shot)
    moments = []
    for film_frame in sorted(watch.kept):
        at = shot.source.clamp(round(footing.position(film_frame)))
        moments.append(Moment(*watch.kept[film_frame], scene.footage.at(float(at))))
    value, note = face_life(moments, seeker)
    return between("face_life", value, note, least=0.8)


def _cost(watch: Watch) -> Bar:
    found = [(cost, s.shot.name) for s in watch.shots if (cost := s.cost_ms) is not None]
    if not found:
        return between("cost_ms", None, "no frame was drawn", most=150)
    cost, name = max(found)
    bar = between("cost_ms", cost, name, most=150)
    if watch.size_px[1] == _FULL_HEIGHT_PX:
        return bar
    size = f"{watch.size_px[0]}x{watch.size_px[1]}"
    return Bar(bar.name, bar.value, bar.bar, None, f"{name}, at {size}: the bar is for the full size")
