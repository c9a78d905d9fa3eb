"""Many agencies together: the spread of values, who differs by more than chance, shared losses."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ita_nb.analysis.uncertainty import standard_error_bound
from ita_nb.facts.kinds import Node
from ita_nb.intake.record import Lost

# ---------------------------------------------------------------- distribution


_WIDTHS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_MOST_STEPS = 20


@dataclass(frozen=True)
class Spread:
    """How many values there are, and their least, lower quartile, median, upper quartile and greatest."""

    count: int
    least: float
    lower: float
    median: float
    upper: float
    greatest: float


@dataclass(frozen=True)
class Step:
    """How many values lie from ``low`` up to, but not including, ``high``; the last step includes it."""

    low: float
    high: float
    count: int


def spread_of(values: Sequence[float]) -> Spread | None:
    """Return the five numbers of the values (linear quartiles); ``None`` without a value."""
    if not values:
        return None
    found = np.quantile(np.asarray(values, dtype=float), [0, 0.25, 0.5, 0.75, 1])
    return Spread(len(values), *found.tolist())


def steps_of(values: Sequence[float], highest: float | None = None) -> tuple[Step, ...]:
    """Count the values in at most 20 steps of an even, round width; nothing lies above ``highest``."""
    if not values:
        return ()
    least, greatest = min(values), max(values)
    width = next((w for w in _WIDTHS if _steps(least, greatest, w) <= _MOST_STEPS), _WIDTHS[-1])
    first, count = int(least // width), _steps(least, greatest, width)
    if highest is not None and (first + count) * width > highest:
        # A value at the very end belongs to the step that ends there.
        first, count = (first, count - 1) if count > 1 else (first - 1, count)
    places = [min(count - 1, int(value // width) - first) for value in values]
    return tuple(
        Step((first + place) * width, (first + place + 1) * width, places.count(place))
        for place in range(count)
    )


def step_decimals(step: Step) -> int:
    """Return with how many decimals the ends of a step are exact."""
    return 0 if step.low.is_integer() and step.high.is_integer() else 1


def _steps(least: float, greatest: float, width: float) -> int:
    return int(greatest // width - least // width) + 1


# ---------------------------------------------------------------- funnel


@dataclass(frozen=True)
class Funnel:
    """The centre, how much more than chance the values differ, and where each value stands.

    ``dispersion`` is the mean square of the plain scores: 1 where chance explains everything.
    ``between`` is the variance beyond chance, in squared units of the values. ``plain`` and ``adjusted``
    are standard scores without and with it, in the order of the values.
    """

    centre: float
    dispersion: float
    between: float
    plain: tuple[float, ...]
    adjusted: tuple[float, ...]

    def limits(self, error: float, reach: float) -> tuple[float, float]:
        """Return both limits at a standard error, ``reach`` standard deviations from the centre."""
        away = reach * math.sqrt(error**2 + self.between)
        return self.centre - away, self.centre + away


def find_funnel(values: Sequence[float], errors: Sequence[float], centre: float | None = None) -> Funnel:
    """Return the funnel of values with their standard errors (above 0, in the unit of the values).

    ``centre`` is the mean weighted by precision unless it is given. Raises ValueError without a value or
    with an error that is not above 0.
    """
    value, error = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    if not len(value) or not (error > 0).all():
        raise ValueError("a funnel needs values, each with a standard error above 0")
    weight = error**-2
    middle = float((weight * value).sum() / weight.sum()) if centre is None else centre
    plain = (value - middle) / error
    dispersion, count = float((plain**2).mean()), len(value)
    room = float(weight.sum() - (weight**2).sum() / weight.sum())
    between = max(0.0, (count * dispersion - (count - 1)) / room) if count > 1 else 0.0
    adjusted = plain / np.sqrt(1 + between * weight)
    return Funnel(middle, dispersion, between, tuple(plain.tolist()), tuple(adjusted.tolist()))


def error_of_groups(groups: Iterable[tuple[float, float, int]]) -> float:
    """Return the greatest standard error that sampling can cause in a weighted sum of means.

    Each group of respondents is the weight of its mean in the sum, the mean (0-100), and how many there
    are. Each respondent's own mean lies in 0-100, so the bound holds for a whole survey.
    """
    return math.sqrt(sum((weight * standard_error_bound(mean, n)) ** 2 for weight, mean, n in groups))


# ---------------------------------------------------------------- bands


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


# ---------------------------------------------------------------- likeness


Scores = Sequence[float | None]


def order_by_likeness(rows: Sequence[Scores]) -> tuple[int, ...]:
    """Return the places of the rows so that neighbours are alike (average linkage, optimal leaf order).

    Rows are compared where both have a score; those that share none are as far apart as any. The end with
    the higher mean comes first. Rows without any score come last, in their own order.
    """
    table = np.asarray([[np.nan if s is None else s for s in row] for row in rows], dtype=float)
    known = [place for place, row in enumerate(table) if not np.isnan(row).all()]
    unknown = [place for place in range(len(rows)) if place not in set(known)]
    ordered = [known[place] for place in _leaves(table[known])] if len(known) > 2 else known
    if ordered and np.nanmean(table[ordered[0]]) < np.nanmean(table[ordered[-1]]):
        ordered.reverse()
    return (*ordered, *unknown)


def _leaves(table: NDArray[np.float64]) -> list[int]:
    from scipy.cluster.hierarchy import leaves_list, linkage

    tree = linkage(_distances(table), method="average", optimal_ordering=True)
    return [int(place) for place in leaves_list(tree)]


def _distances(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the condensed root mean square differences of the rows over the scores that both have."""
    first, second = np.triu_indices(len(table), k=1)
    squares = (table[first] - table[second]) ** 2
    shared = (~np.isnan(squares)).sum(axis=1)
    found: NDArray[np.float64] = np.sqrt(np.nansum(squares, axis=1) / np.maximum(shared, 1))
    found[shared == 0] = found.max(initial=0.0)
    return found


# ---------------------------------------------------------------- shared losses


@dataclass(frozen=True)
class SharedLoss:
    """A node over the agencies that have it: how many these are and how many of them lose points there.

    ``whole`` is what they lose together, in points of the total; ``None`` where a loss cannot be told apart.
    """

    node: Node
    whole: float | None
    losing: int
    agencies: int

    @property
    def mean(self) -> float | None:
        """What one of these agencies loses on average, in points of the total."""
        return None if self.whole is None else self.whole / self.agencies


def shared_losses(rows: Iterable[Lost]) -> tuple[SharedLoss, ...]:
    """Return the nodes of the rows, what is lost most together first, then those that most agencies lose at.

    Of one agency there is one row a node.
    """
    by_node: dict[Node, list[Lost]] = defaultdict(list)
    for row in rows:
        by_node[row.node].append(row)
    found = [_shared(node, own) for node, own in by_node.items()]
    return tuple(sorted(found, key=lambda s: (s.whole is None, -(s.whole or 0), -s.losing)))


def _shared(node: Node, rows: list[Lost]) -> SharedLoss:
    losses = [row.loss for row in rows if row.loss is not None]
    whole = sum(losses) if len(losses) == len(rows) else None
    losing = sum(row.loss is None or row.loss > 0 for row in rows)
    return SharedLoss(node, whole, losing, len(rows))
