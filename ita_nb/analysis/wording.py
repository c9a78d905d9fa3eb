"""Slips in what people wrote: other years, other names, one text for every measure, days that cannot be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.rules import problem
from ita_nb.intake.record import PlannedMeasure, Record, Result
from ita_nb.thai import short_date, to_arabic_digits

# A Buddhist year as people print it; a budget or a telephone number is not preceded by these words.
_YEAR = re.compile(r"(?:พ\.ศ\.|ปีงบประมาณ|ประจำปี|ปี)\s*(\d{4})(?!\d)")
# A statute bears the year it was made, a plan runs over years: neither is a slip.
_STATUTE_OR_SPAN = re.compile(
    r"(?:พระราชบัญญัติ|พ\.ร\.บ\.|พระราชกฤษฎีกา|ระเบียบ|ประกาศ|ข้อบัญญัติ|เทศบัญญัติ|กฎกระทรวง|คำสั่ง|มาตรฐาน)"
    r"[^\n]{0,120}?พ\.ศ\.\s*\d{4}|พ\.ศ\.\s*\d{4}\s*[-–]\s*\d{4}"
)
# Plans speak of the year before, their own and the next.
_NEAR = 1
_COLUMNS_TH = {
    "responsible_th": "ผู้รับผิดชอบ",
    "follow_up_th": "การติดตามผล",
    "period": "ช่วงระยะเวลา",
    "steps_th": "ขั้นตอน",
}
_FEW = 3


def year_problems(framework: Framework, record: Record, plan_year: int) -> Iterable[Problem]:
    """Yield what does not go together in the years of a result, its measures and its meeting."""
    year, rule_year = framework.fiscal_year, framework.plan_year
    if plan_year != rule_year:
        yield problem(
            "plan-year-differs", "total", stated=str(plan_year), expected=str(rule_year), year=str(year)
        )
    asked = {node.code for node in (*record.scores, *record.answers)}
    if "questions" in framework.carried and asked & {question.code for question in framework.questions}:
        before = str(framework.carried["questions"])
        yield problem(
            "wording-carried-over", "total", stated=before, expected=str(year), confidence="derived"
        )
    results, meeting = framework.calendar.results, record.office.meeting
    if results is not None and meeting is not None and meeting.date is not None and meeting.date < results:
        yield problem(
            "result-year-doubted",
            "total",
            stated=short_date(meeting.date),
            expected=short_date(results),
            year=str(year),
            before=str(year - 1),
        )
    yield from text_problems(record.measures, record, plan_year)


def text_problems(
    measures: Sequence[PlannedMeasure], record: Record, plan_year: int, results: Sequence[Result] = ()
) -> Iterable[Problem]:
    """Yield far years in the texts, other spellings of the agency's name, and cells that repeat."""
    if record.office.printed_names:
        names = ", ".join(record.office.printed_names)
        yield problem("printed-names", "total", stated=names, expected=record.agency.name_th)
    for measure in measures:
        texts = (measure.title_th, *measure.steps_th, measure.follow_up_th)
        yield from _far_years(measure.measure_id, texts, plan_year)
    for result in results:
        texts = (result.output_th, result.outcome_th, result.suggestion_th, result.reason_th)
        yield from _far_years(result.measure_id, texts, plan_year)
    yield from _repeated_cells(measures)
    yield from _repeated_outputs(results)


def _far_years(name: str, texts: Iterable[str], plan_year: int) -> Iterable[Problem]:
    plain = (_STATUTE_OR_SPAN.sub(" ", to_arabic_digits(text)) for text in texts)
    found = {int(y) for text in plain for y in _YEAR.findall(text)}
    for year in sorted(found):
        # A Common Era year is no slip of the fiscal year.
        if year > plan_year - 100 and abs(year - plan_year) > _NEAR:
            yield problem("year-in-text", name, stated=str(year), expected=str(plan_year))


def _repeated_cells(measures: Sequence[PlannedMeasure]) -> Iterable[Problem]:
    if len(measures) < _FEW:
        return
    for column, column_th in _COLUMNS_TH.items():
        cells = Counter(cell for m in measures if (cell := _cell(m, column)))
        times = max(cells.values(), default=0)
        if 2 * times > len(measures):
            yield problem(
                "repeated-cell", "total", stated=f"{times}", expected=f"{len(measures)}", column=column_th
            )


def _cell(measure: PlannedMeasure, column: str) -> str:
    if column == "period":
        return f"{measure.start}{measure.end}" if measure.start or measure.end else ""
    value = getattr(measure, column)
    return "".join(value if isinstance(value, str) else "\n".join(value)).strip()


def _repeated_outputs(results: Iterable[Result]) -> Iterable[Problem]:
    for ids in same_outputs(results):
        yield problem("repeated-output", ids[1], stated=", ".join(ids))


def same_outputs(results: Iterable[Result]) -> list[list[str]]:
    """Return the ids of measures that report one and the same output, a list for each such output."""
    by_text: dict[str, list[str]] = {}
    for result in results:
        if result.made_th:
            by_text.setdefault("".join(result.made_th.split()), []).append(result.measure_id)
    return [ids for ids in by_text.values() if len(ids) > 1]
