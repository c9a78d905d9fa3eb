"""What the printed scores say about scores that are not printed, by the grid of the respondents."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from ita_nb.analysis.lattice import grid_steps
from ita_nb.analysis.respondents import Respondents
from ita_nb.analysis.scores import Estimate, Scores, weighted
from ita_nb.facts.framework import Question
from ita_nb.intake.record import Node


@dataclass(frozen=True)
class NeededSum:
    """The only sum of some questions' scores that gives the printed indicator.

    ``units`` counts grid steps of ``unit`` score points; ``total`` = ``units * unit`` is the sum of
    the scores of ``questions``.
    """

    indicator: Node
    questions: tuple[Node, ...]
    units: int
    unit: Fraction

    @property
    def total(self) -> Fraction:
        """The sum of the questions' scores."""
        return self.units * self.unit

    @property
    def mean(self) -> Fraction:
        """The mean of the questions' scores."""
        return self.total / len(self.questions)


def needed_sum(
    scores: Scores, node: Node, questions: tuple[Node, ...], respondents: Respondents | None
) -> NeededSum | None:
    """Return what ``questions`` (of indicator ``node``) must add up to, the other ones being as printed.

    ``None`` where the number of respondents is unknown, another question is not printed, weights are
    unequal, or more than one sum prints as the indicator does.
    """
    framework = scores.framework
    children = tuple(Node(code, node.part) for code in framework.children(node.code))
    target = _target(scores, node)
    weights = {framework.by_code[c.code].weight for c in children}
    steps = [_step(scores, child) for child in children]
    if target is None or respondents is None or respondents.n is None or len(weights) > 1 or None in steps:
        return None
    unit = Fraction(math.gcd(*(int(step) for step in steps if step is not None)), respondents.n)
    rest = [_units(scores, child, unit) for child in children if child not in questions]
    if None in rest:
        return None
    known = sum(units for units in rest if units is not None)
    low = math.ceil(target.low * len(children) / unit) - known
    high = math.floor(target.high * len(children) / unit) - known
    most = math.floor(100 * len(questions) / unit)
    possible = range(max(low, 0), min(high, most) + 1)
    return NeededSum(node, questions, possible[0], unit) if len(possible) == 1 else None


def _target(scores: Scores, node: Node) -> Estimate | None:
    """Return the score that the indicator (or its part, left over by the other part) has in print."""
    printed = scores.printed(node)
    if printed is not None or not node.part:
        return printed
    framework = scores.framework
    instrument = framework.parent(node.code)
    whole = scores.printed(Node(node.code))
    others = [Node(node.code, part) for part in framework.parts_of(node.code) if part != node.part]
    known = [(-framework.part_weight(instrument, o.part), scores.best(o)) for o in others]
    if whole is None or any(estimate is None for _, estimate in known):
        return None
    left = weighted([(Fraction(1), whole), *((w, e) for w, e in known if e is not None)])
    share = framework.part_weight(instrument, node.part)
    return Estimate(left.value / share, left.low / share, left.high / share).clipped()


def _step(scores: Scores, node: Node) -> Fraction | None:
    leaf = scores.framework.leaves[node.code]
    return scores.framework.scale_by_code[leaf.scale].step if isinstance(leaf, Question) else None


def _units(scores: Scores, node: Node, unit: Fraction) -> int | None:
    printed = scores.record.scores.get(node)
    if printed is None:
        return None
    fitting = grid_steps(printed.value, unit, 1)
    return fitting[0] if len(fitting) == 1 else None


def plain_mean_is_impossible(scores: Scores, node: Node) -> Fraction | None:
    """Return the step of a plain mean of the indicator's items when its printed score is not on that grid.

    ``None`` when a plain mean could give the printed score, or the items' values are unknown.
    """
    framework = scores.framework
    children = framework.children(node.code)
    values = {v for c in children for v in framework.scale_by_code[framework.leaves[c].scale].values}
    printed = scores.record.scores.get(node)
    if printed is None or not values:
        return None
    step = Fraction(math.gcd(*(int(v) for v in values)), len(children))
    return None if grid_steps(printed.value, step, 1, printed.half_unit) else step
