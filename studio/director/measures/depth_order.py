"""Depth order: who is in front must not change inside a shot."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations


def flips(orders: Iterable[tuple[str, ...]]) -> int:
    """How often two layers change places from a frame to a later one of the same shot.

    Parameters
    ----------
    orders : names of the layers back to front, frame by frame; a layer may come and go, and comes back where it was
    """
    behind: dict[frozenset[str], str] = {}
    count = 0
    for order in orders:
        for back, front in combinations(order, 2):
            pair = frozenset((back, front))
            if behind.setdefault(pair, back) != back:
                behind[pair] = back
                count += 1
    return count
