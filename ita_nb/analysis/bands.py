"""Bands of ranks in place of ranks: what can and what cannot be told apart, for all agencies at once.

Joint confidence intervals (Sidak) are compared: whoever lies surely above an agency stands before it,
whoever lies surely below stands behind it, and everybody else may stand on either side. Sources: Klein,
Wright and Wieczorek 2020; Goldstein and Spiegelhalter 1996.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

LEVEL = 0.95


class Band(NamedTuple):
    """The ranks that an agency may have; 1 is that of the highest value."""

    first: int
    last: int


def joint_reach(count: int, level: float = LEVEL) -> float:
    """Return how many standard errors the intervals of ``count`` agencies reach to hold jointly."""
    each = level ** (1 / count)
    return NormalDist().inv_cdf(1 - (1 - each) / 2)


def rank_bands(values: Sequence[float], errors: Sequence[float], level: float = LEVEL) -> tuple[Band, ...]:
    """Return the ranks that each value may have, all of them at once at the given confidence.

    ``errors`` are standard errors, 0 where a value is exact.
    """
    count = len(values)
    if not count:
        return ()
    value, away = np.asarray(values, dtype=float), joint_reach(count, level) * np.asarray(errors, dtype=float)
    low, high = value - away, value + away
    surely_above = count - np.searchsorted(np.sort(low), high, side="right")
    surely_below = np.searchsorted(np.sort(high), low, side="left")
    pairs = zip((1 + surely_above).tolist(), (count - surely_below).tolist(), strict=True)
    return tuple(Band(first, last) for first, last in pairs)
