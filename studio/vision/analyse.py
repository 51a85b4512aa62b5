"""Everything the studio sees in a clip: looked at once, then judged."""

from __future__ import annotations

from studio.core.frames import FrameSource
from studio.core.people import Analysis
from studio.core.run import Run
from studio.vision.look import look
from studio.vision.quality import advise, count_people, facing_share, refuse_closed_arms, refuse_unusable
from studio.vision.roles import read_roles, weigh
from studio.vision.stand_in import held_rows, with_stand_in
from studio.vision.take import find_take


def analyse(clip: FrameSource, run: Run, *, person: int | None = None, matte_model: str = "mediapipe") -> Analysis:
    """See the clip: tracks, take, light, camera motion, and advice.

    Parameters
    ----------
    clip : decoded once, about ten of its frames per second are analysed (a photo: one)
    run : takes progress of the stage "seeing"; its ``workdir`` holds the mattes of a long clip
    person : which one of several people, counted from the left from 1; None takes the largest
    matte_model : "mediapipe" or "rembg:<name>"

    Raises
    ------
    InputError : the clip cannot become a film; the first words of the message name the cause
    ModelError : the matting model is not on this machine
    """
    sight = look(clip, run, person=person, matte_model=matte_model)
    credible = refuse_unusable(sight, person=person)
    rows_per_s = len(sight.tracks) * float(sight.rate) / sight.frame_count
    found = find_take(sight.tracks, credible, sight.size_px, rows_per_s, sight.frame_count)
    if found is not None and found.closed_arms is None and not sight.is_photo:
        held = held_rows(found, sight.trunk_rgb, sight.tracks)
        found = find_take(sight.tracks, credible, sight.size_px, rows_per_s, sight.frame_count, held)
    take = with_stand_in(refuse_closed_arms(sight, found, credible), sight.trunk_rgb, sight.tracks)
    people = count_people(sight)
    roles = read_roles(sight.tracks, sight.size_px, take, sight.hands)
    take = weigh(take, roles, float(sight.rate))
    advice = advise(sight, take, credible, people, person=person, roles=roles)
    for sentence in advice:
        run.warn(sentence)
    return Analysis(
        sight.size_px,
        sight.rate,
        sight.frame_count,
        sight.tracks,
        take,
        sight.light,
        sight.motion,
        people,
        facing_share(sight),
        advice,
        roles,
    )
