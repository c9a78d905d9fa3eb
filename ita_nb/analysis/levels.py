"""The levels that are still possible by the year's rule, from total and known bounds together.

An instrument that is not printed is what total and weights leave it; where all its indicators are printed, it
lies between the lowest and the highest of them, whatever the weights are. Scores are rated unrounded.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from ita_nb.analysis.scores import FULL, Scores
from ita_nb.analysis.slips import agrees
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Level, Node
from ita_nb.facts.rules import load_rules


@dataclass(frozen=True)
class LevelFinding:
    """The level as stated, and those that the scores leave possible.

    ``recomputed`` is the level of the recomputed total, ``None`` where nothing was recomputed;
    ``possible`` are the levels by the weights of the year with what rounding allows, ``under_any_weights``
    those that no weights can exclude, both from the highest down.
    """

    stated: str
    recomputed: str | None
    possible: tuple[str, ...] = ()
    under_any_weights: tuple[str, ...] = ()

    @property
    def by_rule(self) -> str | None:
        """The one level by the rule, or ``None`` where several are possible and nothing was recomputed."""
        return self.recomputed or (self.possible[0] if len(self.possible) == 1 else None)


def level_of(framework: Framework, total: Fraction, instruments: Iterable[Fraction | None]) -> str | None:
    """Return the level of a total and its instruments (0-100 each) by the rule of the framework's year.

    ``None`` when an instrument that the rule needs is unknown. Scores are compared unrounded.
    """
    known = tuple(instruments)
    for level in framework.levels:
        if total < level.total_min:
            continue
        if level.each_instrument_min is None:
            return level.name_th
        if any(score is not None and score < level.each_instrument_min for score in known):
            continue
        return None if None in known else level.name_th
    return None


def find_level(scores: Scores) -> LevelFinding:
    """Return the stated level beside the levels that the scores leave possible."""
    framework = scores.framework
    total = scores.recomputed(Node(TOTAL))
    rebuilt = [scores.recomputed(Node(i.code)) for i in framework.instruments]
    values = [e.estimate.value if e else None for e in rebuilt]
    anyhow = _possible(scores, by_weights=False)
    return LevelFinding(
        scores.record.level_th,
        level_of(framework, total.estimate.value, values) if total else None,
        # Where weights and scores contradict each other, the weights say nothing.
        tuple(name for name in _possible(scores, by_weights=True) if name in anyhow) or anyhow,
        anyhow,
    )


class _Range(NamedTuple):
    """The scores from ``low`` to ``high``, the last one left out where the range is ``open``."""

    low: Fraction = Fraction(0)
    high: Fraction = FULL
    open: bool = False

    def at_least(self, least: Fraction | None) -> _Range:
        return self if least is None else self._replace(low=max(self.low, least))

    def below(self, limit: Fraction) -> _Range:
        return self if self.high < limit else self._replace(high=limit, open=True)

    def meets(self, other: _Range) -> bool:
        """Whether some score lies in both."""
        low = max(self.low, other.low)
        high = min(self.high, other.high)
        reached = all(high < r.high or not r.open for r in (self, other))
        return low < high or (low == high and reached)


def _possible(scores: Scores, *, by_weights: bool) -> tuple[str, ...]:
    framework = scores.framework
    weights = [i.weight if by_weights else None for i in framework.instruments]
    nodes = [Node(TOTAL), *(Node(i.code) for i in framework.instruments)]
    total, *instruments = (_range(scores, node, by_weights=by_weights) for node in nodes)
    if total == _Range() and all(r == _Range() for r in instruments):
        return ()  # nothing is known
    levels = framework.levels
    # A printed total may be off by a little more than rounding.
    slack = load_rules().tolerance if scores.printed(Node(TOTAL)) else Fraction(0)
    return tuple(
        level.name_th
        for place, level in enumerate(levels)
        if any(
            _fits(case, weights, slack)
            for case in _cases(total.at_least(level.total_min), instruments, level, levels[:place])
        )
    )


def _range(scores: Scores, node: Node, *, by_weights: bool) -> _Range:
    """Return the bounds of a node: as printed, as a mean of what is below and, by weights, as recomputed."""
    found = scores.recomputed(node) if by_weights else None
    recomputed = found.estimate if found else None
    printed = scores.printed(node) if agrees(scores, node) is not False else None
    inner = scores.children_range(node) if node.code != TOTAL else None
    known = [e for e in (recomputed, printed, inner) if e is not None]
    if not known:
        return _Range()
    both = _Range(max(e.low for e in known), min(e.high for e in known))
    if both.low <= both.high:
        return both
    return _Range(min(e.low for e in known), max(e.high for e in known))


def _cases(
    total: _Range, instruments: Sequence[_Range], level: Level, above: Sequence[Level]
) -> Iterable[list[_Range]]:
    """Yield the ranges of total and instruments for each way in which every level above is missed."""
    own = [total, *(r.at_least(level.each_instrument_min) for r in instruments)]
    ways: list[list[tuple[int, Fraction]]] = [
        [
            (0, higher.total_min),
            *((i, least) for i in range(1, len(own)) if (least := higher.each_instrument_min) is not None),
        ]
        for higher in above
    ]
    for chosen in itertools.product(*ways):
        ranges = list(own)
        for place, limit in chosen:
            ranges[place] = ranges[place].below(limit)
        yield ranges


def _fits(ranges: Sequence[_Range], weights: Sequence[Fraction | None], slack: Fraction) -> bool:
    """Whether scores in these ranges exist of which the first is the mean of the others, or near it."""
    total, *instruments = ranges
    if not all(r.meets(r) for r in ranges):
        return False
    known = [w for w in weights if w is not None]
    if len(known) == len(instruments):
        low, high = (sum(w * r[end] for w, r in zip(known, instruments, strict=True)) for end in (0, 1))
        mean = _Range(Fraction(low), Fraction(high), any(r.open for r in instruments))
    else:
        top = max(r.high for r in instruments)
        is_open = all(r.open for r in instruments if r.high == top)
        mean = _Range(min(r.low for r in instruments), top, is_open)
    return total.meets(mean._replace(low=mean.low - slack, high=mean.high + slack))


# ---------------------------------------------------------------- targets


@dataclass(frozen=True)
class Target:
    """A level above the present one; ``rises`` holds (instrument, score now, score needed), 0-100.

    Instruments that already have the needed score stay where they are.
    """

    level: Level
    needed: Fraction
    rises: tuple[tuple[str, Fraction, Fraction], ...]


def find_targets(scores: Scores) -> tuple[Target, ...]:
    """Return the levels above the present one, the nearest first; none where scores or weights are unknown.

    The needed score is the least x for which the total with every lower instrument raised to x reaches
    the level (and x is the level's own condition for each instrument, where it has one).
    """
    framework = scores.framework
    known: dict[str, tuple[Fraction, Fraction]] = {}
    for instrument in framework.instruments:
        found = scores.recomputed(Node(instrument.code))
        estimate = found.estimate if found else scores.printed(Node(instrument.code))
        if estimate is None or instrument.weight is None:
            return ()
        known[instrument.code] = (instrument.weight, estimate.value)
    total = scores.recomputed(Node(TOTAL))
    if total is None:
        return ()
    present = level_of(framework, total.estimate.value, [s for _, s in known.values()])
    names = [level.name_th for level in framework.levels]
    if present not in names:
        return ()
    above = framework.levels[: names.index(present)]
    return tuple(_target(level, known) for level in reversed(above))


class NextLevel(NamedTuple):
    """The level above the highest one that is possible, and the points that the total lacks for it."""

    level: Level
    missing: Fraction


def next_level(scores: Scores, level: LevelFinding) -> NextLevel | None:
    """Return the next level above all that are possible, or the highest where even that is not sure.

    ``None`` where the highest is reached, or without a total.
    """
    levels = scores.framework.levels
    place = next((i for i, known in enumerate(levels) if known.name_th in level.possible), 0)
    recomputed = scores.recomputed(Node(TOTAL))
    total = recomputed.estimate if recomputed else scores.printed(Node(TOTAL))
    if total is None or len(level.possible) < (1 if place else 2):
        return None
    above = levels[max(place - 1, 0)]
    return NextLevel(above, max(above.total_min - total.value, Fraction(0)))


def _target(level: Level, known: dict[str, tuple[Fraction, Fraction]]) -> Target:
    needed = max(
        common_score(list(known.values()), level.total_min), level.each_instrument_min or Fraction(0)
    )
    rises = tuple((code, score, needed) for code, (_, score) in known.items() if score < needed)
    return Target(level, needed, rises)


def common_score(weighted: list[tuple[Fraction, Fraction]], total: Fraction) -> Fraction:
    """Return the least x (0-100) for which the sum of weight * max(score, x) reaches ``total``.

    Between two neighbouring scores the sum is linear in x, so the answer is exact.
    """
    if sum((w * s for w, s in weighted), Fraction(0)) >= total:
        return Fraction(0)
    ordered = sorted(weighted, key=lambda pair: pair[1])
    for count in range(1, len(ordered) + 1):
        share = sum((w for w, _ in ordered[:count]), Fraction(0))
        rest = sum((w * s for w, s in ordered[count:]), Fraction(0))
        x = (total - rest) / share
        if count == len(ordered) or x <= ordered[count][1]:
            return min(x, FULL)
    raise AssertionError("the last step always answers")  # pragma: no cover
