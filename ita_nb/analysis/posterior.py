"""What is known of a question's score (0-100) once its answers are counted.

The shares p of the options have a Dirichlet posterior, and the score is the mean of the options' points
s_k. It is at most x exactly when a sum of independent gammas weighted by s_k - x is at most 0, and the
distribution of such a sum follows from its characteristic function (Gil-Pelaez 1951; Davies 1973, 1980).
With t = e^v the integrand is smooth and falls exponentially at both ends, where the plain trapezoid rule
is as good as exact. Of a finite population only the unseen members are uncertain:
:mod:`ita_nb.analysis.unseen`. Nothing is drawn at random: the same counts always give the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from ita_nb.analysis.unseen import quantiles_of_unseen

# Beyond so many unseen members a step of their total is too small to see in two decimals; and the work
# grows with their square where few answered.
_EXACT_UNSEEN, _EXACT_UNSEEN_OF_FEW = 5_000, 1_000
_FEW = 6  # respondents
_NEGLECTED = 1e-9  # of a probability, at each end of an integral
_STEP = 0.125  # of v; the error falls as exp(-5 / step)
_SETTLED = 1e-6  # points
_MOST_STEPS = 60  # of a search

_Floats = npt.NDArray[np.float64]


def posterior(
    counts: Sequence[int], points: Sequence[float], mass: float = 1.0, population: int | None = None
) -> tuple[float, float]:
    """Return mean and standard deviation of the score under a Dirichlet prior of total ``mass``.

    ``population``: the finite group that the respondents belong to (Polya posterior for mass 0).
    """
    score = np.asarray(points, dtype=float)
    alpha = np.asarray(counts, dtype=float) + mass / len(counts)
    total, n = alpha.sum(), sum(counts)
    share = alpha / total
    mean = float(share @ score)
    variance = float(share @ (score - mean) ** 2)
    if population is None:
        return mean, math.sqrt(variance / (total + 1))
    seen = float(np.asarray(counts, dtype=float) @ score)
    unseen = population - n
    spread = unseen / population**2 * variance * (total + unseen) / (total + 1)
    return (seen + unseen * mean) / population, math.sqrt(spread)


def dirichlet_interval(
    counts: Sequence[int], points: Sequence[float], population: int | None = None, level: float = 0.95
) -> tuple[float, float]:
    """Return the central posterior interval of the score (0-100), prior of total mass 1.

    With a ``population`` only its unseen members are uncertain, and the score takes discrete values: each
    end is then the outermost value with at least ``(1 - level) / 2`` of the probability at it and beyond.
    More than 5,000 unseen (1,000 where fewer than 6 answered) are treated as a large population whose
    interval shrinks to the standard deviation of the finite one. That moves an end by less than 0.01
    points (0.04 where fewer than 6 answered a question of two options).
    """
    score, tail = np.asarray(points, dtype=float), (1 - level) / 2
    least, greatest = float(score.min()), float(score.max())
    if least == greatest:
        return least, least
    alpha = np.asarray(counts, dtype=float) + 1 / len(counts)
    if population is None:
        return _of_many(alpha, score, tail)
    n = sum(counts)
    if population - n > (_EXACT_UNSEEN if n >= _FEW else _EXACT_UNSEEN_OF_FEW):
        (mean, wide), (center, narrow) = posterior(counts, points), posterior(counts, points, 1, population)
        low, high = (center + (end - mean) * narrow / wide for end in _of_many(alpha, score, tail))
    else:
        seen = float(np.asarray(counts, dtype=float) @ score)
        low, high = (
            (seen + sum_) / population for sum_ in quantiles_of_unseen(alpha, score, population - n, tail)
        )
    return max(low, least), min(high, greatest)


def _of_many(alpha: _Floats, score: _Floats, tail: float) -> tuple[float, float]:
    """Return the two quantiles of the score of a large population."""
    share = alpha / alpha.sum()
    mean = float(share @ score)
    deviation = math.sqrt(share @ (score - mean) ** 2 / (alpha.sum() + 1))
    return _quantile(alpha, score, tail, mean, deviation), _quantile(alpha, score, 1 - tail, mean, deviation)


def _quantile(alpha: _Floats, score: _Floats, wanted: float, mean: float, deviation: float) -> float:
    """Return the score that is not exceeded with the probability ``wanted``.

    Secants kept within a bracket, on the scale of logits, where the distribution is nearly straight;
    they start from the normal distribution.
    """
    normal = NormalDist(mean, deviation)
    low, high = float(score.min()), float(score.max())
    x = normal.inv_cdf(wanted)
    slope = normal.pdf(x) / (wanted * (1 - wanted))
    x = min(max(x, (low + mean) / 2), (high + mean) / 2)
    excess = _logit(_at_most(x, alpha, score)) - _logit(wanted)
    for _ in range(_MOST_STEPS):
        low, high = (low, x) if excess > 0 else (x, high)
        following = x - excess / slope if slope > 0 else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) < _SETTLED:
            break
        ahead = _logit(_at_most(following, alpha, score)) - _logit(wanted)
        slope = (ahead - excess) / (following - x)
        x, excess = following, ahead
    return following


def _logit(probability: float) -> float:
    inside = min(max(probability, _NEGLECTED), 1 - _NEGLECTED)
    return math.log(inside / (1 - inside))


def _at_most(x: float, alpha: _Floats, score: _Floats) -> float:
    """Return the probability that the score of a large population is at most x (Gil-Pelaez)."""
    away = score != x
    alpha, distance = alpha[away], score[away] - x
    # The ray of t is turned to the side where the factor of the heavier options falls instead of rotating.
    above, below = alpha[distance > 0].sum(), alpha[distance < 0].sum()
    angle = min(math.pi / 4, math.sqrt(2 / max(min(above, below), 1.0)))
    angle = angle if above >= below else -angle
    size = np.abs(distance)
    first = math.log(_NEGLECTED / (alpha @ size))
    last = float((-math.log(_NEGLECTED) / alpha - np.log(size * math.cos(angle))).min())
    reach = distance[:, None] * np.exp(np.arange(first, last + _STEP, _STEP))
    along, across = math.sin(angle) * reach, math.cos(angle) * reach
    modulus = np.exp(-0.5 * (alpha @ np.log1p(2 * along + reach * reach)))
    turned = modulus @ np.sin(alpha @ np.arctan2(across, 1 + along))
    return 0.5 - (angle + _STEP * float(turned)) / math.pi
