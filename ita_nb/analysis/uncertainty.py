"""How sure a survey score is: sampling error only, as if the respondents were a random draw.

Prior: Dirichlet of total mass 1 over the options. At the ceiling the usual z and t intervals cover
far less than they say, and Jeffreys' prior worse still. None of it covers fear, coaching or
non-response. Scores are 0-100.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ita_nb.analysis.posterior import dirichlet_interval
from ita_nb.analysis.respondents import group_of
from ita_nb.analysis.scores import FULL, Scores
from ita_nb.facts.kinds import Question
from ita_nb.intake.record import Node

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
