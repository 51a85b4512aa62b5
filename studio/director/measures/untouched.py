"""The user's own pixels: where the painter says that it did nothing, it must have done nothing."""

from __future__ import annotations

from studio.animatic.scene import Painted


def changed_share(painted: Painted) -> tuple[float, float] | None:
    """Share of the untouched pixels that differ from the user's own, and share of the picture that is untouched.

    None when the painter does not know the user's own picture, or says that it touched all of it.
    """
    if painted.own is None or painted.touched is None:
        return None
    untouched = painted.touched == 0
    if not untouched.any():
        return None
    differs = (painted.frame != painted.own).any(axis=2) & untouched
    return float(differs.sum() / untouched.sum()), float(untouched.mean())
