"""The level by the year's rule, of the stated numbers and of the recomputed ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ita_nb.analysis.scores import Estimate, Scores
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.intake.record import Node


@dataclass(frozen=True)
class LevelFinding:
    """The level as stated, by the rule from the stated total, and by the rule from recomputed scores.

    ``possible`` are the levels that the printed rounding allows.
    """

    stated: str
    of_stated_scores: str | None
    recomputed: str | None
    possible: tuple[str, ...] = ()


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
    """Return the stated level beside the levels that the stated and the recomputed scores give."""
    framework = scores.framework
    instruments = [Node(i.code) for i in framework.instruments]
    rebuilt = [_recomputed_or_printed(scores, node) for node in instruments]
    printed = [scores.best(node) for node in instruments]
    total, stated_total = scores.recomputed(Node(TOTAL)), scores.record.scores.get(Node(TOTAL))
    of_stated = None
    if stated_total:
        of_stated = level_of(framework, stated_total.value, [e.value if e else None for e in printed])
    if total is None:
        # Where nothing allows to recompute the total, the rule can still be applied to what is stated.
        return LevelFinding(scores.record.level_th, of_stated, of_stated, (of_stated,) if of_stated else ())
    estimate = total.estimate
    low = level_of(framework, estimate.low, [e.low if e else None for e in rebuilt])
    high = level_of(framework, estimate.high, [e.high if e else None for e in rebuilt])
    names = [level.name_th for level in framework.levels]
    possible = names[names.index(high) : names.index(low) + 1] if low and high else []
    return LevelFinding(
        scores.record.level_th,
        of_stated,
        level_of(framework, estimate.value, [e.value if e else None for e in rebuilt]),
        tuple(possible),
    )


def _recomputed_or_printed(scores: Scores, node: Node) -> Estimate | None:
    recomputed = scores.recomputed(node)
    return recomputed.estimate if recomputed else scores.printed(node)
