"""Which agencies differ from the whole by more than chance: a funnel in place of a league table.

Limits that know of chance alone flag far too many where agencies also differ for other reasons. The
variance beyond chance is estimated and added to that of each agency (additive random effects). Sources:
Spiegelhalter 2005; DerSimonian and Laird. Outside the limits means look, not guilty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ita_nb.analysis.uncertainty import standard_error_bound


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
