"""How sure a survey score is: sampling error only, as if the respondents were a random draw.

Prior: Dirichlet of total mass 1 over the options. At the ceiling the usual z and t intervals cover
far less than they say, and Jeffreys' prior worse still. None of it covers fear, coaching or
non-response. Scores are 0-100.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from ita_nb.analysis.respondents import group_of
from ita_nb.analysis.scores import FULL, Scores
from ita_nb.facts.kinds import Node, Question

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An interval for a question's score."""

    low: float
    high: float


def standard_error_bound(mean: float, n: int) -> float:
    """Return the greatest standard error that a mean of scores 0-100 can have (Bhatia and Davis)."""
    return math.sqrt(mean * (100 - mean) / n)


def all_top_bound(n: int, alpha: float = 0.05) -> float:
    """Return the greatest share (0-1) who would not choose the top option when all n respondents did."""
    return float(1 - alpha ** (1 / n))


def unseen_bound(n: int, population: int, alpha: float = 0.05) -> int:
    """Return how many of a finite population may still not choose the top option when all n drawn did."""

    def none_drawn(others: int) -> float:
        return math.comb(population - others, n) / math.comb(population, n)

    others = 0
    while others < population - n and none_drawn(others + 1) >= alpha:
        others += 1
    return others


def total_standard_error_bound(scores: Scores) -> float | None:
    """Return the greatest standard error of the total that the survey instruments can cause.

    Each respondent's own mean lies in 0-100, so the bound holds for a whole instrument. ``None``
    where the score or the respondents of a surveyed group are unknown; a full score adds nothing.
    """
    framework, variance = scores.framework, 0.0
    respondents = scores.respondents
    surveyed = {framework.instrument_of(q.code) for q in framework.questions}
    for instrument in (i for i in framework.instruments if i.code in surveyed):
        for part in framework.parts_of(instrument.code) or ("",):
            node = Node(instrument.code, part)
            best = scores.recomputed(node) if not part else None
            estimate = best.estimate if best else scores.best(node)
            if estimate is None:
                return None
            if estimate.value == FULL:
                continue
            group = respondents.get(node.label)
            if group is None or group.n is None:
                return None
            weight = framework.weight_in_total(instrument.code, part) or Fraction(0)
            variance += float(weight) ** 2 * standard_error_bound(float(estimate.value), group.n) ** 2
    return math.sqrt(variance)


class Intervals(Mapping[Node, Interval]):
    """The interval of every survey question with a score and a known number of respondents.

    Each is computed when it is first asked for: the publication edition shows none of them.
    """

    def __init__(self, scores: Scores) -> None:
        """Find the questions that have one; nothing is computed yet."""
        self._scores = scores
        self._found: dict[Node, Interval] = {}
        self._sizes: dict[Node, int] = {}
        for node in scores.record.scores:
            if isinstance(scores.framework.leaves.get(node.code), Question):
                group = scores.respondents.get(group_of(scores.framework, node))
                if group is not None and group.n is not None:
                    self._sizes[node] = group.n

    def __getitem__(self, node: Node) -> Interval:
        """Return the interval of a question."""
        if node not in self._found:
            mean = float(self._scores.record.scores[node].value)
            self._found[node] = _interval(self._scores, node, mean, self._sizes[node])
        return self._found[node]

    def __contains__(self, node: object) -> bool:
        """Whether a question has an interval, without computing it."""
        return node in self._sizes

    def __iter__(self) -> Iterator[Node]:
        """Go through the questions in the order of the printed scores."""
        return iter(self._sizes)

    def __len__(self) -> int:
        """How many questions have an interval."""
        return len(self._sizes)


def _population(scores: Scores, node: Node, n: int) -> int | None:
    """Return the staff that the respondents were drawn from, where it is stated and possible."""
    stated = scores.record.population_iit
    internal = not scores.framework.parts_of(node.code)
    return stated if stated is not None and stated >= n and internal else None


def _interval(scores: Scores, node: Node, mean: float, n: int) -> Interval:
    distribution = scores.distributions.get(node)
    population = _population(scores, node, n)
    if population == n:
        # Everybody answered: nothing was drawn, so there is no sampling error.
        return Interval(mean, mean)
    if distribution is not None and distribution.counts and distribution.score is not None:
        points = [float(p) for p in distribution.points.values()]
        ends = dirichlet_interval(distribution.counts, points, population, LEVEL)
        return Interval(*ends)
    if mean == float(FULL):  # everybody chose the top option: at most this share would not
        share = unseen_bound(n, population) / population if population else all_top_bound(n)
        return Interval(100 * (1 - share), 100.0)
    # Only mean and number are known: the widest possible.
    # The finite population correction holds for a draw without return.
    shrink = math.sqrt((population - n) / (population - 1)) if population else 1.0
    reach = 1.959964 * standard_error_bound(mean, n) * shrink
    return Interval(max(0.0, mean - reach), min(100.0, mean + reach))


# ---------------------------------------------------------------- posterior


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


# ---------------------------------------------------------------- unseen


_EXPONENT = 18.0  # e^-18 is about 1.5e-8
_ROUNDING = 1e-7  # of a probability
_SAME_POINT = 0.005  # half of the last decimal in which points are stated
_STEPS_USUAL, _STEPS_MOST = 100, 10_000  # between the lowest and the highest points
_LEAST_TOTAL = 12.0  # respondents for whom the circle of points is chosen
_BLOCK = 1 << 16  # numbers held at once

_Whole = npt.NDArray[np.int64]


def quantiles_of_unseen(alpha: _Floats, score: _Floats, unseen: int, tail: float) -> tuple[float, float]:
    """Return the quantiles, at both tails, of the sum of the scores of so many unseen members.

    ``alpha``: the Dirichlet parameters of the options; ``score``: their points, of which two differ. Each
    quantile is the outermost value with at least ``tail`` of the probability at it and beyond.
    """
    if unseen == 0:
        return 0.0, 0.0
    step, moves = _moves(score, int(alpha.argmax()))
    first, chances = _chances(alpha, moves, unseen)
    low, high = _outermost(chances, tail), len(chances) - 1 - _outermost(chances[::-1], tail)
    base = unseen * float(score[alpha.argmax()])
    return base + (first + low) * step, base + (first + high) * step


def _outermost(chances: _Floats, tail: float) -> int:
    """Return the first place at which the probabilities up to it add to ``tail``, but for rounding."""
    return int(np.searchsorted(np.maximum.accumulate(np.cumsum(chances)), tail - _ROUNDING))


def _moves(score: _Floats, chief: int) -> tuple[float, _Whole]:
    """Return the greatest common step of the points, and each option's steps from the ``chief`` one.

    Points stated in rounded decimals (66.67) lie on the grid that they were rounded from.
    """
    span = float(np.ptp(score))
    for most in (_STEPS_USUAL, _STEPS_MOST):
        parts = np.arange(1, most + 1)
        on_grid = np.outer(parts, (score - score[chief]) / span)
        fits = (np.abs(on_grid - on_grid.round()).max(axis=1) * span / parts <= _SAME_POINT).nonzero()[0]
        if len(fits):
            break
    chosen = int(fits[0])
    return span / (chosen + 1), on_grid[chosen].round().astype(np.int64)


def _chances(alpha: _Floats, moves: _Whole, unseen: int) -> tuple[int, _Floats]:
    """Return the probabilities of the sum of the unseen members' moves, and the sum at the first of them.

    The characteristic function at the frequency w is the coefficient of z^unseen in
    prod (1 - w^move z)^-alpha, found as a mean over a circle. Points of the circle and frequencies share
    one set of angles, so that every factor is looked up in one table.
    """
    total = float(alpha.sum())
    first, length = _window(alpha, moves, unseen)
    # The circle on which the wanted coefficient is largest; for very few respondents a smaller one, which
    # needs fewer points.
    odds = unseen / max(total, _LEAST_TOTAL)
    radius = odds / (1 + odds)
    nodes = math.ceil(_reach(unseen * (1 + odds), 1 + odds)) + 1
    angles = nodes * -(-length // nodes)
    turn = 2 * math.pi / angles
    factors = -np.log((1 - radius * np.exp(1j * turn * np.arange(angles))) / (1 - radius))
    whole = _log_coefficient(total, unseen) + total * math.log(1 - radius) + unseen * math.log(radius)
    least = whole - _EXPONENT
    places = np.arange(nodes) * (angles // nodes)
    places = places[alpha.max() * factors.real[places] > least]
    frequencies = _needed(alpha, moves, radius, angles, least)
    spectrum = np.zeros(angles // 2 + 1, dtype=complex)
    twice, back = np.concatenate([factors, factors]), -1j * turn * (places * unseen % angles) - whole
    block = max(1, _BLOCK // len(places))
    for start in range(0, len(frequencies), block):
        some = frequencies[start : start + block]
        logs = np.tile(back, (len(some), 1))
        for a, move in zip(alpha, moves, strict=True):
            logs += a * twice[(some * move % angles)[:, None] + places]
        spectrum[some] = np.exp(logs).sum(axis=1) / nodes
    return first, np.roll(np.fft.irfft(spectrum.conj(), angles), -first)[:length]


def _window(alpha: _Floats, moves: _Whole, unseen: int) -> tuple[int, int]:
    """Return the least sum of moves that is not negligible, and how many there are from it on."""
    total = float(alpha.sum())
    mean = float(alpha @ moves) / total
    inflation = 1 + unseen / total
    variance = float(alpha @ (moves - mean) ** 2) / total * unseen * inflation
    reach = _reach(variance, float(np.abs(moves - mean).max()) * inflation)
    first = max(math.floor(mean * unseen - reach), int(moves.min()) * unseen)
    last = min(math.ceil(mean * unseen + reach), int(moves.max()) * unseen)
    return first, last - first + 1


def _log_coefficient(total: float, unseen: int) -> float:
    """Return the logarithm of the coefficient of z^unseen in (1 - z)^-total."""
    return math.lgamma(unseen + total) - math.lgamma(total) - math.lgamma(unseen + 1)


def _reach(variance: float, scale: float) -> float:
    """Return how far a sum of gammas or negative binomials may lie from its mean (Bernstein's bound)."""
    linear = _EXPONENT * scale
    return linear + math.sqrt(linear**2 + 2 * _EXPONENT * variance)


def _needed(alpha: _Floats, moves: _Whole, radius: float, angles: int, least: float) -> _Whole:
    """Return the frequencies at which the logarithm of the product of all factors can exceed ``least``.

    The factors of two options are not both great at once unless the frequency turns them alike: their
    product is nowhere above 1 / (1 + 2 k (1 - |cos|)), ``cos`` of half the angle between them. Where the
    chief option (move 0) has the majority it is paired with each other one, else all are with all.
    """
    if 2 * alpha.max() >= alpha.sum():
        apart, shares = np.abs(moves), alpha / 2
    else:
        apart = np.abs(moves[:, None] - moves).ravel()
        shares = np.outer(alpha, alpha).ravel() / (4 * alpha.sum())
    weights = np.bincount(apart, shares)
    differences = weights[1:].nonzero()[0] + 1
    frequencies = np.arange(angles // 2 + 1)
    k = 2 * radius / (1 - radius) ** 2
    lowered = np.zeros(len(frequencies))
    for difference in differences:
        half_angle = math.pi / angles * (difference * frequencies % (2 * angles))
        lowered += weights[difference] * np.log1p(2 * k * (1 - np.abs(np.cos(half_angle))))
    return frequencies[-lowered > least]
