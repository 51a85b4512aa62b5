"""The framing coach: can this clip become a film, and what would make it better?

Refusals are `InputError`s whose first words name the cause; the hint says how to film instead.  What merely weakens
the film becomes advice.  Thresholds come from the test material and are stated where they are used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InputError
from studio.core.people import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER, Role, Roles, Take, Tracks
from studio.core.time import FrameRange
from studio.vision.look import Sight
from studio.vision.pose import shoulder_width, trunk_height
from studio.vision.take import read_arms

HOW_TO_FILM = (
    "Stand two or three metres away, facing the camera, hips or whole body in the picture, "
    "open both arms wide for two seconds, then fold them as if you hugged somebody."
)
_POOR = 0.35
"""Best second of a role under which the embrace is told with that weakness."""
_LEAST_HOLD_S = 2.0
_DARK = 88.0
"""Brightest twentieth of the person, in levels, below which a clip is too dark: dark clothes do not lower it."""
_EQUAL = 0.8
"""Two people whose shoulder widths differ by less than this ratio are equally large."""


def credible_rows(sight: Sight) -> NDArray[np.bool_]:
    """(n,) rows in which somebody is really there.

    The pose model finds bodies in chairs and curtains.  Somebody has a face, or shoulders that are seen, at least 2.5
    % of the picture's length wide, over a trunk of human proportions that the matte, another network, covers too.
    """
    tracks = sight.tracks
    face = ~np.isnan(tracks.face_px[:, 0, 0])
    unit = shoulder_width(tracks.pose_px)
    body = (
        (tracks.visibility[:, [LEFT_SHOULDER, RIGHT_SHOULDER]].min(axis=1) > 0.5)
        & (sight.trunk > 0.5)
        & (unit > 0.025 * max(sight.size_px))
        & (trunk_height(tracks.pose_px) > 0.7 * unit)
    )
    return sight.found & (face | body)


def facing_share(sight: Sight) -> float:
    """Share of the rows in which the face was found."""
    return float((~np.isnan(sight.tracks.face_px[:, 0, 0])).mean()) if len(sight.tracks) else 0.0


def count_people(sight: Sight) -> int:
    """The most people that at least a third of the censuses agree on; 0 only when nobody was ever seen."""
    counts = np.array([len(people) for people in sight.censuses])
    most = [k for k in range(1, 1 + max(counts, default=0)) if (counts >= k).mean() >= 0.3]
    return max(most, default=int(bool(sight.found.any())))


def refuse_unusable(sight: Sight, *, person: int | None) -> NDArray[np.bool_]:
    """Raise for what no film can be made of, in the order of how much each cause explains; else the credible rows.

    Raises
    ------
    InputError : too short, two equal people, too dark, nobody, too close, from behind, from the side
    """
    seconds = sight.frame_count / float(sight.rate)
    if not sight.is_photo and seconds < 1:
        raise InputError(f"The clip is too short ({seconds:.1f} s).", "Film for about ten seconds. " + HOW_TO_FILM)
    if person is None and _two_equal(sight):
        raise InputError(
            "Two people are equally large in the clip.",
            "Say who is meant with --person N, counted from the left, or film one person alone.",
        )
    credible = credible_rows(sight)
    _refuse_nobody(sight, credible)
    tracks = sight.tracks
    _refuse_angle(tracks, credible)
    if float(np.median(sight.bright[credible])) < _DARK:
        raise InputError(
            "The clip is too dark.",
            "Turn on a light or face a window, and film again; a phone cannot be too close to a window.",
        )
    return credible


def refuse_closed_arms(sight: Sight, take: Take | None, credible: NDArray[np.bool_]) -> Take:
    """Raise when the arms never open, or when the picture is too close to show them.

    Raises
    ------
    InputError : too close, or the arms never open
    """
    if take is not None:
        return take
    tracks = sight.tracks
    hips = tracks.pose_px[credible][:, [LEFT_HIP, RIGHT_HIP], 1].mean()
    if hips > 1.12 * sight.size_px[1]:
        raise InputError("Too close: the picture ends above the hips and shows no open arms.", HOW_TO_FILM)
    arms = read_arms(tracks, sight.size_px)
    reach = np.minimum(arms.left, arms.right)[credible]
    cut_off = (reach > 1.0) & ~arms.inside[credible]
    if cut_off.mean() > 0.1:
        raise InputError(
            "The arms never open inside the picture: the hands leave it.",
            "Step back, or hold the phone upright and farther away.",
        )
    raise InputError("The arms never open.", HOW_TO_FILM)


def advise(
    sight: Sight,
    take: Take,
    credible: NDArray[np.bool_],
    people: int,
    *,
    person: int | None = None,
    roles: Roles | None = None,
) -> tuple[str, ...]:
    """What would make a better film, most important first."""
    tracks, advice = sight.tracks, []
    width, height = sight.size_px
    if take.closed_arms is None:
        advice.append(
            "Fold your arms after opening them, as if you hugged somebody, and hold them for three seconds: "
            "the embrace is then made of your real arms."
        )
    advice += advise_hug(take, roles or Roles(), float(sight.rate))
    arms = read_arms(tracks, sight.size_px)
    if (~arms.inside[credible]).mean() > 0.15:
        advice.append("The hands leave the picture; step back a little.")
    if people > 1 and person is None:
        advice.append(
            f"{people} people are seen; the film follows the largest one. Film alone, or choose with --person."
        )
    face_px = _face_width(tracks)
    if face_px < 90:
        advice.append(
            f"The face is only {face_px:.0f} pixels wide; come closer or film at a higher resolution (120 is good)."
        )
    if float(np.median(sight.bright[credible])) < 1.3 * _DARK:
        advice.append("The picture is dim; more light from the front gives a better film.")
    if facing_share(sight) < 0.7:
        advice.append("The face is turned away or hidden for a part of the clip; look towards the camera.")
    if not sight.motion.is_static:
        advice.append("The camera moves; a stand or a shelf is better than a hand.")
    hips = tracks.pose_px[credible][:, [LEFT_HIP, RIGHT_HIP], 1].mean()
    if hips > 1.02 * height:
        advice.append("The picture ends above the hips; step back a little.")
    if min(width, height) < 480:
        advice.append(f"The clip is only {width}x{height}; film in full HD.")
    wide_s = len(take.open_arms) / float(sight.rate)
    if not sight.is_photo and wide_s < 0.7:
        advice.append(f"The arms are wide for only {wide_s:.1f} s; hold them for two seconds.")
    return tuple(advice)


def advise_hug(take: Take, roles: Roles, rate: float) -> list[str]:
    """What the hug itself lacks: held too short, eyes, head, hands, a thing that cannot be told from the clothes.

    Parameters
    ----------
    rate : frames per second of the clip
    """
    hold = take.closed_arms
    if hold is None:
        return []
    advice = []
    held_s = len(hold) / rate
    if held_s < _LEAST_HOLD_S:
        advice.append(f"The hug lasts only {held_s:.1f} s; hold it for four seconds without moving your feet.")
    if len(roles.frame):
        advice += [sentence for sentence in _missing_roles(hold, roles, rate) if sentence]
    if take.kind == "air-hug" and take.held_share > 0.2:
        advice.append(
            "Something seems to be in your arms, but it cannot be told from your clothes; "
            "hug a thing of another colour, one colour all over."
        )
    return advice


def _missing_roles(hold: FrameRange, roles: Roles, rate: float) -> list[str | None]:
    """A sentence for each role that no second of the hold fills."""
    second = max(1, round(rate))

    def best(role: Role) -> float | None:
        span = roles.best_range(role, second, hold)
        return None if span is None else span.score

    eyes, head, hands = best("eyes-lowered"), best("head-bent"), best("hands-sharp")
    return [
        "The face cannot be seen in the hug; turn it so far that the camera sees both eyes."
        if eyes is None
        else "The eyes stay open in the hug; close them, or look down at the one you hold, for two seconds."
        if eyes < _POOR
        else None,
        "The head stays upright in the hug; bend it down and to one side, as onto a shoulder."
        if head is not None and head < _POOR
        else None,
        "The hands are not in the picture during the hug; step back a little, or raise them."
        if hands is None
        else "The hands are blurred in the hug; lay them flat, keep them still, and have more light."
        if hands < _POOR
        else None,
    ]


def _two_equal(sight: Sight) -> bool:
    """Whether the two largest people are of one size in a third of the censuses."""
    equal = []
    for people in sight.censuses:
        units = sorted((one.unit_px for one in people), reverse=True)
        equal.append(len(units) > 1 and units[1] > _EQUAL * units[0])
    return bool(equal) and sum(equal) >= max(0.3 * len(equal), min(2, len(equal)))


def _refuse_nobody(sight: Sight, credible: NDArray[np.bool_]) -> None:
    share = float(credible.mean()) if len(credible) else 0.0
    if share > 0.6 or (share > 0.3 and facing_share(sight) > 0.15):
        return
    if len(sight.bright) and float(np.median(sight.bright)) < _DARK:
        raise InputError("The clip is too dark.", "Turn on a light or face a window, and film again.")
    if share > 0.3 and facing_share(sight) < 0.05:
        raise InputError("Nobody is in the clip for long enough, and no face is seen.", HOW_TO_FILM)
    raise InputError("Nobody is in the clip.", HOW_TO_FILM)


def _refuse_angle(tracks: Tracks, credible: NDArray[np.bool_]) -> None:
    """Shoulders against trunk: from the front left and right stand apart, from behind they are swapped."""
    pose = tracks.pose_px[credible]
    turned = float(np.median((pose[:, LEFT_SHOULDER, 0] - pose[:, RIGHT_SHOULDER, 0]) / trunk_height(pose).clip(1)))
    faces = float((~np.isnan(tracks.face_px[credible][:, 0, 0])).mean())
    if turned < -0.25 and faces < 0.3:
        raise InputError("The person is seen from behind.", "Turn round and face the camera. " + HOW_TO_FILM)
    if abs(turned) < 0.32:
        raise InputError("The person is seen from the side.", "Turn your chest to the camera. " + HOW_TO_FILM)
    if faces < 0.05:
        raise InputError(
            "The face cannot be seen.", "Face the camera, without a mask and not against the light. " + HOW_TO_FILM
        )


def _face_width(tracks: Tracks) -> float:
    """Median width of the face in px; 0 when it is never seen."""
    seen = tracks.face_px[~np.isnan(tracks.face_px[:, 0, 0])]
    return float(np.median(np.linalg.norm(seen[:, 234, :2] - seen[:, 454, :2], axis=1))) if len(seen) else 0.0
