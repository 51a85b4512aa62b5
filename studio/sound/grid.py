"""Where the music plays in the film, and where its beats then fall: one mapping for the mixer and the planner."""

from __future__ import annotations

from dataclasses import dataclass

from studio.sound.track import Track


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the track laid at ``film_s`` of the film: ``[track_s, track_s + length_s)`` of the track."""

    film_s: float
    track_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Beats in film time, seconds.

    Parameters
    ----------
    beats_s, downbeats_s : ascending, inside the film; empty where the track's beats are not known
    drop_s : where the track blooms, None when the film does not reach it
    """

    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    drop_s: float | None


def pieces(track: Track, *, start_s: float, duration_s: float) -> tuple[Piece, ...]:
    """Lay ``duration_s`` of the track under a film that starts ``start_s`` into it (negative: music comes in later).

    A track that ends too soon repeats its loop; without a loop the film ends in silence.
    """
    laid: list[Piece] = []
    film_s, at_s = max(0.0, -start_s), max(0.0, start_s)
    while (left_s := duration_s - film_s) > 1e-9:
        jump = track.loop_s is not None and at_s < track.loop_s[1] and at_s + left_s > track.duration_s
        end_s = track.loop_s[1] if jump and track.loop_s is not None else track.duration_s
        length_s = min(left_s, end_s - at_s)
        if length_s <= 0:
            break
        laid.append(Piece(film_s, at_s, length_s))
        film_s += length_s
        if not jump or track.loop_s is None:
            break
        at_s = track.loop_s[0]
    return tuple(laid)


def grid(track: Track, *, start_s: float, duration_s: float) -> Grid:
    """Beats and downbeats of ``track`` in the time of a film that starts ``start_s`` into it."""
    laid = pieces(track, start_s=start_s, duration_s=duration_s)
    drops = _placed((track.drop_s,), laid)
    return Grid(_placed(track.beats_s, laid), _placed(track.downbeats_s, laid), drops[0] if drops else None)


def _placed(times_s: tuple[float, ...], laid: tuple[Piece, ...]) -> tuple[float, ...]:
    return tuple(
        at_s - piece.track_s + piece.film_s
        for piece in laid
        for at_s in times_s
        if piece.track_s - 1e-6 <= at_s < piece.track_s + piece.length_s - 1e-6
    )
