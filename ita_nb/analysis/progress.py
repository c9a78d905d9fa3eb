"""What became of each measure: its status on a day, what the record lacks, and promised against recorded.

It compares texts and days; whether a measure changed a score is nothing that these data can say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ita_nb.analysis.counts import counted
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.wording import same_outputs
from ita_nb.facts.crosswalk import Link, link
from ita_nb.facts.framework import Framework
from ita_nb.intake.office import Period
from ita_nb.intake.record import Node, PlannedMeasure, Result
from ita_nb.thai import to_arabic_digits, to_common_year

Status = Literal["recorded", "overdue", "underway", "not_begun", "no_period"]
Lack = Literal["output", "number", "outcome", "evidence"]
Promise = Literal["met", "fewer", "uncounted", "unpromised", "unrecorded"]

_PROMISED = re.compile(r"จำนวน\s*(\d{1,3}(?:,\d{3})+|\d{1,9})\s*([^\s\d.,()]+)")


@dataclass(frozen=True)
class MeasureProgress:
    """One measure and what is recorded of it; ``repeated_in`` are other measures with the same output."""

    measure: PlannedMeasure
    result: Result | None
    status: Status
    lacks: tuple[Lack, ...]
    promise: Promise
    repeated_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScoreChange:
    """The score of one item before and after the plan year (0-100), where they can be compared."""

    measure_id: str
    node: Node
    before: Fraction | None
    after: Fraction | None
    link: Link | None


def day_of_report(
    plan_year: int, period: Period, results: Iterable[Result], stated: dt.date | None
) -> dt.date:
    """Return the day of the report: as stated, else of the newest record, else the end of the period."""
    if stated is not None:
        return stated
    recorded = [r.as_of for r in results if r.as_of is not None]
    year = to_common_year(plan_year)
    return max(recorded, default=dt.date(year, 3, 31) if period == "six_months" else dt.date(year, 9, 30))


def find_progress(
    measures: Sequence[PlannedMeasure], results: Sequence[Result], as_of: dt.date, asked: Container[str]
) -> tuple[MeasureProgress, ...]:
    """Return every measure with its status on ``as_of`` and what its record lacks.

    ``asked`` are the fields of the year's table: an outcome is missing only where the form asks for one.
    """
    by_id = {r.measure_id: r for r in results}
    same = {measure_id: ids for ids in same_outputs(results) for measure_id in ids}
    return tuple(
        MeasureProgress(
            measure,
            (result := by_id.get(measure.measure_id)),
            status_of(measure, result, as_of),
            tuple(lack for lack in _lacks(result) if lack != "outcome" or lack in asked),
            promise_of(measure.output_th, result.output_th if result else ""),
            tuple(i for i in same.get(measure.measure_id, ()) if i != measure.measure_id),
        )
        for measure in measures
    )


def status_of(measure: PlannedMeasure, result: Result | None, as_of: dt.date) -> Status:
    """Return how a measure stands on a day against its period."""
    if result is not None and result.output_th:
        return "recorded"
    if measure.end is None:
        return "no_period"
    if measure.end < as_of:
        return "overdue"
    return "not_begun" if measure.start is not None and measure.start > as_of else "underway"


def promise_of(promised: str, recorded: str) -> Promise:
    """Compare the promised number of outputs (``จำนวน 4 ฉบับ``) with the recorded one, in the same unit.

    Where the record counts the unit more than once, it is not for us to say which count is meant.
    """
    promises = _PROMISED.findall(to_arabic_digits(promised))
    if not promises:
        return "unpromised"
    if not recorded:
        return "unrecorded"
    number, unit = promises[-1]
    # "ครั้งที่ 1" numbers an event and counts none.
    made = {n for n, behind in counted(recorded) if re.match(rf"{re.escape(unit)}(?!ที่)", behind)}
    if any(not number.is_integer() for number in made):
        return "uncounted"
    if len(made) != 1:
        return "uncounted"
    return "met" if made.pop() >= int(number.replace(",", "")) else "fewer"


def _lacks(result: Result | None) -> tuple[Lack, ...]:
    if result is None or not result.output_th:
        return ("output", "outcome", "evidence")
    found: list[Lack] = []
    if not any(counted(result.output_th)):
        found.append("number")
    if not result.outcome_th:
        found.append("outcome")
    if not result.evidence:
        found.append("evidence")
    return tuple(found)


def score_changes(
    measures: Iterable[PlannedMeasure],
    before: Scores | None,
    after: Scores | None,
    frameworks: Mapping[int, Framework],
) -> tuple[ScoreChange, ...]:
    """Return the items of the measures with their score before and after, and whether these compare.

    ``before`` are the scores that the measures answer; the item may have another code in ``after``.
    """
    return tuple(
        _change(measure.measure_id, node, before, after, frameworks)
        for measure in measures
        for code in measure.items
        for node in _printed_nodes(before, code) or [Node(code)]
    )


def _change(
    measure_id: str,
    node: Node,
    before: Scores | None,
    after: Scores | None,
    frameworks: Mapping[int, Framework],
) -> ScoreChange:
    old = _best(before, node)
    if before is None or after is None:
        return ScoreChange(measure_id, node, old, None, None)
    years = before.framework.fiscal_year, after.framework.fiscal_year
    # A code of one year may be another item in the next: only the subject tells which item it is now.
    ties = (link(frameworks, *years, code) for code in after.framework.by_code)
    tie = next((t for t in ties if t.before == node.code), None)
    if tie is None:
        return ScoreChange(measure_id, node, old, None, None)
    return ScoreChange(measure_id, node, old, _best(after, Node(tie.after, node.part)), tie)


def _printed_nodes(scores: Scores | None, code: str) -> list[Node]:
    """Return the node, or its parts where it is printed in parts only."""
    if scores is None or code not in scores.framework.by_code:
        return []
    nodes = [Node(code, part) for part in ("", *scores.framework.parts_of(code))]
    return [node for node in nodes if node in scores.record.scores]


def _best(scores: Scores | None, node: Node) -> Fraction | None:
    if scores is None or node.code not in scores.framework.by_code:
        return None
    found = scores.best(node)
    return found.value if found else None
