"""How values spread over many agencies: five numbers, and counts in steps of an even width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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
