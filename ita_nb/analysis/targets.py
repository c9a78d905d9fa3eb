"""How far the next levels are: the least common score to which the lower instruments must rise."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from ita_nb.analysis.levels import LevelFinding, level_of
from ita_nb.analysis.scores import FULL, Scores
from ita_nb.facts.framework import TOTAL
from ita_nb.facts.kinds import Level
from ita_nb.intake.record import Node


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
