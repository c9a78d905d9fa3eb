"""What the printed scores say about scores that are not printed, by the grid of the respondents."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

from ita_nb.analysis.respondents import Respondents, grid_steps
from ita_nb.analysis.scores import FULL, Estimate, Scores, weighted
from ita_nb.facts.kinds import Node


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
    known = [(framework.part_weight(instrument, o.part), scores.best(o)) for o in others]
    share = framework.part_weight(instrument, node.part)
    if whole is None or not share or any(w is None or estimate is None for w, estimate in known):
        return None
    left = weighted([(Fraction(1), whole), *((-w, e) for w, e in known if w is not None and e is not None)])
    return Estimate(left.value / share, left.low / share, left.high / share).clipped()


def _step(scores: Scores, node: Node) -> Fraction | None:
    return scores.framework.step(node.code)


@dataclass(frozen=True)
class MissingItems:
    """How many items of each sub-indicator have no points, by the printed score of the indicator alone."""

    indicator: Node
    counts: tuple[tuple[str, int], ...]


def missing_items(scores: Scores, node: Node) -> MissingItems | None:
    """Return the only numbers of items without points that give the printed score of an indicator.

    It needs sub-indicators of known weights and items that score all or nothing; ``None`` where several
    combinations print as the indicator does, or nothing is missing.
    """
    framework = scores.framework
    printed = scores.record.scores.get(node)
    subs = [s for s in framework.sub_indicators if s.indicator == node.code]
    sizes = [framework.children(s.code) for s in subs]
    values = {
        v for codes in sizes for c in codes for v in framework.scale_by_code[framework.leaves[c].scale].values
    }
    if printed is None or not subs or values != {Fraction(0), FULL} or any(s.weight is None for s in subs):
        return None
    # Losses in whole units: a combination is one sum of whole numbers.
    steps = [s.weight * FULL / len(codes) for s, codes in zip(subs, sizes, strict=True) if s.weight]
    unit = Fraction(1, math.lcm(*(step.denominator for step in steps), printed.half_unit.denominator * 2))
    lost, allowed = (FULL - printed.value) / unit, printed.half_unit / unit
    whole = [int(step / unit) for step in steps]
    choices = (range(len(codes) + 1) for codes in sizes)
    found = [
        counts
        for counts in itertools.product(*choices)
        if abs(sum(n * step for n, step in zip(counts, whole, strict=True)) - lost) <= allowed
    ]
    if len(found) != 1 or not any(found[0]):
        return None
    return MissingItems(node, tuple((s.code, n) for s, n in zip(subs, found[0], strict=True) if n))


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
    leaves = [framework.leaves[c] for c in children if c in framework.leaves]
    values = {v for leaf in leaves for v in framework.scale_by_code[leaf.scale].values}
    printed = scores.record.scores.get(node)
    if printed is None or not values or len(leaves) < len(children):
        return None
    step = Fraction(math.gcd(*(int(v) for v in values)), len(children))
    return None if grid_steps(printed.value, step, 1, printed.half_unit) else step
