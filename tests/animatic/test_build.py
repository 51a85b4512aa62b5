"""The animatic of the sample: what engines may rely on."""

from __future__ import annotations

import numpy as np

from studio.animatic.build import Animatic, needed_frames
from studio.animatic.shots.base import OpenShot
from studio.core.frames import FrameSource
from studio.core.time import FrameRange


def painted(film: Animatic, frame: int):
    return next(film.painted(FrameRange(frame, frame + 1)))


def middle(film: Animatic, name) -> int:
    shot = film.scene.timeline.named(name)
    assert shot is not None
    return (shot.film.start + shot.film.stop) // 2


def test_it_is_a_frame_source_of_the_planned_length(animatic: Animatic) -> None:
    assert isinstance(animatic, FrameSource)
    assert animatic.frame_count == animatic.scene.timeline.frame_count
    part = FrameRange(100, 108)
    frames = list(animatic.frames(part))
    assert len(frames) == 8
    assert all(f.shape == (384, 216, 3) and f.dtype == np.uint8 for f in frames)


def test_frames_may_be_asked_for_in_any_order(animatic: Animatic) -> None:
    """A frame is the same alone, and after others of its shot: an engine may work in windows."""
    for name in ("arrival", "embrace", "hold"):
        at = middle(animatic, name)
        alone = painted(animatic, at).frame
        run = [p.frame for p in animatic.painted(FrameRange(at - 3, at + 1))]
        assert (alone == run[-1]).all()


def test_the_opening_is_the_users_own_picture(animatic: Animatic) -> None:
    shot = animatic.scene.timeline.shots[0]
    at = middle(animatic, "open")
    drawn = painted(animatic, at)
    assert drawn.clone is None
    again = OpenShot(animatic.scene, shot)
    view = again.start.blend(again.stop, 0.5)
    difference = np.abs(drawn.frame.astype(int) - again.see(again.position(at), view))
    assert difference.mean() < 6  # up to half a frame of camera


def test_the_double_is_where_the_mask_says(animatic: Animatic) -> None:
    drawn = painted(animatic, middle(animatic, "hold"))
    assert drawn.clone is not None
    alpha = drawn.clone.rgba[..., 3]
    assert 0.05 < (alpha > 127).sum() / drawn.frame[..., 0].size < 0.6
    assert (drawn.clone.rgba[..., :3] <= alpha[..., None]).all()


def test_the_double_comes_nearer_to_the_user_and_smaller(animatic: Animatic) -> None:
    shot = animatic.scene.timeline.named("arrival")
    assert shot is not None
    heights, sides = [], []
    for share in (0.35, 0.65, 0.98):
        clone = painted(animatic, int(shot.film.start + share * (len(shot.film) - 1))).clone
        assert clone is not None
        rows, columns = np.nonzero(clone.rgba[..., 3] > 127)
        heights.append(np.ptp(rows))
        sides.append(abs(columns.mean() + clone.x_px - 108))
    assert heights[0] > heights[1] > heights[2]
    assert sides[0] > sides[2]


def test_the_users_arms_lie_over_the_double(animatic: Animatic) -> None:
    """At the hands the frame shows skin although the double is drawn there."""
    scene = animatic.scene
    assert scene.forearms is not None
    at = middle(animatic, "hold")
    drawn = painted(animatic, at)
    from studio.animatic.shots.embrace import EmbraceShot

    shot = scene.timeline.named("hold")
    assert shot is not None
    painter = EmbraceShot(scene, shot)
    view = painter.start.blend(painter.stop, 0.5)
    x, y = view.to_film(scene.held.hands_px[None])[0].astype(int)
    patch = drawn.frame[y - 3 : y + 3, x - 3 : x + 3].reshape(-1, 3).astype(float).mean(0)
    double = drawn.clone
    assert double is not None
    below = double.rgba[y - double.y_px, x - double.x_px]
    assert below[3] > 200  # the double lies here ...
    assert np.linalg.norm(patch - below[:3]) > 25  # ... and something else is on top
    skin = np.array(scene.look.skin_rgb, float)
    assert np.linalg.norm(patch / patch.sum() - skin / skin.sum()) < 0.06


def test_only_frames_that_are_shown_are_fetched(animatic: Animatic) -> None:
    wanted = needed_frames(animatic.scene.timeline, animatic.scene.analysis.frame_count)
    assert wanted == sorted(set(wanted)) and wanted[-1] < animatic.scene.analysis.frame_count
    shown = {n for shot in animatic.scene.timeline.shots for n in shot.source}
    assert shown <= set(wanted) and len(wanted) <= len(shown) + len(animatic.scene.timeline.shots)


def test_folded_hands_lie_on_the_back(animatic: Animatic) -> None:
    from studio.animatic.shots.embrace import EmbraceShot

    shot = animatic.scene.timeline.named("hold")
    assert shot is not None
    below = EmbraceShot(animatic.scene, shot).hands_below_shoulders()
    assert below is not None and 0.05 < below < 1.6


def test_what_no_layer_shadow_or_defocus_touched_is_the_users_own_picture_to_the_bit(animatic: Animatic) -> None:
    for name in ("embrace", "hold"):
        shot = animatic.scene.timeline.named(name)
        assert shot is not None
        middle = (shot.film.start + shot.film.stop) // 2
        (seen,) = animatic.explained(FrameRange(middle, middle + 1))
        assert seen.own is not None and seen.touched is not None
        kept = seen.touched == 0
        assert 0.005 < kept.mean() < 0.9
        assert (seen.frame[kept] == seen.own[kept]).all()
        assert (seen.frame[~kept] != seen.own[~kept]).any()
        assert seen.order[0] == "user"
