"""Chance that can be repeated: a stream of its own for everything that is drawn.

Only ``Random.random`` gives the same numbers in every version of Python, so all else is made from it.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from statistics import NormalDist

_NORMAL = NormalDist()


def stream(*key: object) -> Random:
    """Return the stream of that key: what is drawn from one never depends on what another one drew."""
    return Random("/".join(map(str, key)))  # noqa: S311 the point is that it can be repeated


def normal(rng: Random) -> float:
    """Draw from the standard normal distribution."""
    return _NORMAL.inv_cdf(rng.random() or 0.5)  # 0 has no place on it


def logistic(place: float) -> float:
    """Return the probability at a place of the latent scale."""
    return 1 / (1 + math.exp(-place))


def pick(rng: Random, shares: Sequence[float]) -> int:
    """Draw one of the places of ``shares`` (fractions that add up to 1)."""
    return min(bisect(list(accumulate(shares)), rng.random()), len(shares) - 1)


def one_of(rng: Random, number: int) -> int:
    """Draw one of ``number`` equally likely places."""
    return int(rng.random() * number)


def shuffled(rng: Random, number: int) -> list[int]:
    """Return the places 0 to ``number`` - 1 in a drawn order."""
    return sorted(range(number), key=lambda _: rng.random())


def counts(rng: Random, shares: Sequence[float], n: int) -> tuple[int, ...]:
    """Draw how many of ``n`` people fall to each of the shares (a multinomial draw)."""
    edges = list(accumulate(shares))[:-1]
    found = [0] * len(shares)
    for _ in range(n):
        found[bisect(edges, rng.random())] += 1
    return tuple(found)
