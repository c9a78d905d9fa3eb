"""What became of each measure: its state on a day, what the record lacks, and promised against recorded.

It compares texts and days; whether a measure changed a score is nothing that these data can say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ita_nb.analysis.scores import Scores
from ita_nb.analysis.wording import same_outputs
from ita_nb.errors import Problem
from ita_nb.facts.crosswalk import Link, link
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Node
from ita_nb.facts.rules import problem
from ita_nb.intake.params_file import Period
from ita_nb.intake.record import PlannedMeasure, Result, State
from ita_nb.thai import MONTHS, MONTHS_SHORT, short_date, to_arabic_digits, to_common_year

# The state as stated; where nobody stated one, what can be said without it.
AnyState = State | Literal["recorded", "overdue", "unrecorded"]
Lack = Literal["output", "number", "outcome", "evidence"]
Promise = Literal["met", "fewer", "uncounted", "unpromised", "unrecorded"]

STATE_TH: dict[AnyState, str] = {
    "done": "ดำเนินการแล้วเสร็จ",
    "under_way": "อยู่ระหว่างดำเนินการ",
    "not_due": "ยังไม่ถึงกำหนด",
    "not_done": "ไม่ได้ดำเนินการ",
    "recorded": "บันทึกไว้ ไม่ได้ระบุสถานะ",
    "overdue": "พ้นกำหนดแล้ว ยังไม่มีผลที่บันทึกไว้",
    "unrecorded": "ยังไม่มีผลที่บันทึกไว้",
}
# Of these measures a report must show what came of them.
ANSWERABLE: frozenset[AnyState] = frozenset({"done", "recorded"})

_PROMISED = re.compile(r"จำนวน\s*(\d{1,3}(?:,\d{3})+|\d{1,9})\s*([^\s\d.,()]+)")


@dataclass(frozen=True)
class MeasureProgress:
    """One measure and what is recorded of it; ``repeated_in`` are other measures with the same output."""

    measure: PlannedMeasure
    result: Result | None
    state: AnyState
    lacks: tuple[Lack, ...]
    promise: Promise
    repeated_in: tuple[str, ...] = ()

    @property
    def reason_th(self) -> str:
        """Why the measure is not done, or not due in spite of its period."""
        return self.result.reason_th if self.result else ""


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
    """Return every measure with its state on ``as_of`` and what its record lacks.

    ``asked`` are the fields of the year's table: an outcome is missing only where the form asks for one.
    """
    by_id = {r.measure_id: r for r in results}
    same = {measure_id: ids for ids in same_outputs(results) for measure_id in ids}
    return tuple(
        MeasureProgress(
            measure,
            (result := by_id.get(measure.measure_id)),
            state_of(measure, result, as_of),
            tuple(lack for lack in _lacks(result) if lack != "outcome" or lack in asked),
            promise_of(measure.output_th, result.made_th if result else ""),
            tuple(i for i in same.get(measure.measure_id, ()) if i != measure.measure_id),
        )
        for measure in measures
    )


def state_of(measure: PlannedMeasure, result: Result | None, as_of: dt.date) -> AnyState:
    """Return the stated state of a measure, else whether it has an output or is late on a day."""
    if result is not None and result.state is not None:
        return result.state
    if result is not None and result.output_th:
        return "recorded"
    return "overdue" if measure.end is not None and measure.end < as_of else "unrecorded"


def state_problems(entries: Iterable[MeasureProgress], as_of: dt.date) -> Iterator[Problem]:
    """Yield results without evidence, and states that the period of the measure contradicts on a day."""
    for entry in entries:
        code, against = entry.measure.measure_id, _against(entry, as_of)
        if entry.state in ANSWERABLE and "evidence" in entry.lacks:
            yield problem("evidence-missing", code)
        output = entry.result.output_th if entry.result else ""
        if entry.state in {"not_due", "not_done"} and any(counted(output)):
            yield problem("state-against-output", code, stated=STATE_TH[entry.state], expected=output)
        if against:
            yield problem(
                "state-against-period",
                code,
                stated=STATE_TH[entry.state],
                expected=against,
                severity="error" if entry.state == "not_due" else None,
                todo=" หรือระบุเหตุผล" if entry.state != "done" else "",
                todo_en=", or give a reason_th" if entry.state != "done" else "",
                as_of=short_date(as_of),
            )


def _against(entry: MeasureProgress, as_of: dt.date) -> str:
    """Name the day that a state contradicts; a measure may be late for a reason, and is not due then."""
    start, end = entry.measure.start, entry.measure.end
    if entry.state in {"done", "under_way"} and start is not None and start > as_of:
        return f"เริ่ม {short_date(start)}"
    is_over = end is not None and (end <= as_of if entry.state == "not_due" else end < as_of)
    if entry.state in {"not_due", "under_way"} and end and is_over and not entry.reason_th:
        return f"สิ้นสุด {short_date(end)}"
    return ""


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
    if result is not None and result.state not in {None, "done"}:
        return ()  # only of what is done, or recorded without a state, can something be missing
    own = result or Result("", None)
    there: dict[Lack, object] = {
        "output": own.output_th,
        "number": not own.output_th or any(counted(own.output_th)),
        "outcome": own.outcome_th,
        "evidence": own.evidence,
    }
    return tuple(lack for lack, is_there in there.items() if not is_there)


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


# ---------------------------------------------------------------- counts


_MONTH = "(?:" + "|".join(re.escape(m) for m in (*MONTHS, *MONTHS_SHORT)) + ")"
_NUMBER = re.compile(r"\d[\d,./:]*\d|\d")
_COUNT = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,9}(?:\.\d{1,9})?")
_LIST_MARK = re.compile(r"(?m)^\s*\d{1,2}\s*[.)](?!\d)")
# What makes the number behind it a name and no count: "ครั้งที่ 3", "หมู่ 1", "มาตรา 9", "โทร 0..."
_NUMBERING = re.compile(r"(?:ที่|หมู่|ม\.|มาตรา|ไตรมาส|ข้อ|โทร|โทร\.|โทรศัพท์|พ\.ศ\.|ค\.ศ\.|" + _MONTH + r")\s*$")
_YEAR_WORD = re.compile(r"(?:ปี|ปีงบประมาณ|ประจำปี)\s*$")
# A day, or the first day of several ("8-9 มีนาคม", "8 และ 9 มีนาคม"); an hour of the day.
_DAY_OR_HOUR = re.compile(rf"\s*(?:(?:และ|ถึง|[-–,])\s*\d{{1,2}}\s*)*{_MONTH}|\s*(?:น\.|นาฬิกา|ชั่วโมง)")
_CLOCK = re.compile(r"\d{1,2}[.:]\d{2}(?:\s*(?:[-–]|ถึง)\s*\d{1,2}[.:]\d{2})?\s*(?:น\.|นาฬิกา)")
_YEAR_LENGTH = 4


def counted(text: str) -> Iterator[tuple[float, str]]:
    """Yield every number that counts something, with the text behind it (which begins with its unit)."""
    plain = _LIST_MARK.sub(" ", to_arabic_digits(text))
    plain = _CLOCK.sub(" ", plain)
    for found in _NUMBER.finditer(plain):
        digits = found.group().rstrip(".,")
        before, behind = plain[: found.start()], plain[found.start() + len(digits) :]
        named = _NUMBERING.search(before) or (_YEAR_WORD.search(before) and len(digits) == _YEAR_LENGTH)
        if named or _DAY_OR_HOUR.match(behind) or not _COUNT.fullmatch(digits):
            continue
        yield float(digits.replace(",", "")), behind.lstrip()
