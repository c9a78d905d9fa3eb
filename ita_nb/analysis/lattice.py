"""Scores and shares of a small group lie on a grid: what that says about the number of respondents.

A question of six steps scored by n people moves in steps of 20/n, a yes/no question in steps of
100/n. Printed to two decimals this gives n away, and shows a mistyped score. Source: GRIM-type
checks (Brown and Heathers), applied to the published scores of this assessment.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

HALF_UNIT = Fraction(1, 200)
# Above this a two-decimal share stands for several counts, and reading counts off shares says nothing.
READABLE = 10_000


def grid_steps(score: Fraction, step: Fraction, n: int, half_unit: Fraction = HALF_UNIT) -> range:
    """Return the numbers of grid steps k for which ``k * step / n`` prints as ``score``."""
    low = math.ceil((score - half_unit) * n / step)
    high = math.floor((score + half_unit) * n / step)
    return range(max(0, low), min(high, math.floor(100 * n / step)) + 1)


def nearest_on_grid(score: Fraction, step: Fraction, n: int) -> Fraction:
    """Return the possible score of n respondents that is nearest to ``score``."""
    k = score * n / step
    below = Fraction(math.floor(k))
    nearest = below if k - below <= Fraction(1, 2) else below + 1
    return min(nearest * step / n, Fraction(100))


def counts_of_shares(
    shares: Sequence[Fraction], n: int, half_unit: Fraction = HALF_UNIT
) -> list[tuple[int, ...]]:
    """Return every tuple of whole counts that adds to n and prints as ``shares`` (percent).

    None for more than :data:`READABLE` respondents, of whom printed shares say nothing.
    """
    if n > READABLE:
        return []
    choices = [grid_steps(share, Fraction(100), n, half_unit) for share in shares]
    if not all(choices):
        return []
    # Up to READABLE respondents a share allows one or two counts, so this product stays small.
    return [counts for counts in itertools.product(*choices) if sum(counts) == n]


def sizes_allowing(
    score: Fraction, step: Fraction, limit: int, half_unit: Fraction = HALF_UNIT
) -> frozenset[int]:
    """Return the numbers of respondents up to ``limit`` of whom a grid step prints as ``score``."""
    low, high = (score - half_unit) / step, (score + half_unit) / step
    # Whole numbers only: this runs for every score and every size.
    (above, of_above), (below, of_below) = high.as_integer_ratio(), low.as_integer_ratio()
    return frozenset(n for n in range(1, limit + 1) if n * above // of_above >= -(-n * below // of_below))
