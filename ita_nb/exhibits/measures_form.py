"""The table of measures in any of its forms: columns, headings and grouping come from the facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ita_nb.analysis.progress import STATE_TH, AnyState, MeasureProgress
from ita_nb.document.blocks import Column, Row, Table
from ita_nb.exhibits import text
from ita_nb.facts.forms import Field, MeasuresForm
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Topic
from ita_nb.intake.record import PlannedMeasure, Result
from ita_nb.thai import short_date

NOT_RECORDED = STATE_TH["unrecorded"]


@dataclass(frozen=True)
class TableRow:
    """One measure with its number in the document, and what is known of it beyond the plan."""

    number: int
    measure: PlannedMeasure
    result: Result | None = None
    state: AnyState | None = None

    @classmethod
    def of_progress(cls, number: int, entry: MeasureProgress) -> TableRow:
        """Return the row of a measure with its recorded result."""
        return cls(number, entry.measure, entry.result, entry.state)


@dataclass(frozen=True)
class Grouping:
    """How the rows are grouped: the years's topics, and why a topic may have no measure."""

    framework: Framework
    why_empty: Callable[[Topic], str] | None = None
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def table_of_measures(
    form: MeasuresForm, rows: Sequence[TableRow], grouping: Grouping, caption: str
) -> Table:
    """Return the table of ``rows`` in ``form``; item notes stand under the issue that a measure answers."""
    fields = [column.field for column in form.columns]
    columns = tuple(
        Column(heading=c.heading_th, width=c.width, align="center" if c.field == "number" else "left")
        for c in form.columns
    )
    body: list[Row] = []
    for name, own in _groups(form, rows, grouping):
        if name:
            body.append(Row(kind="group", cells=(name,)))
        body += [Row(cells=tuple(_cell(f, row, fields, grouping) for f in fields)) for row in own]
    return Table(columns=columns, rows=tuple(body), caption=caption)


def _groups(
    form: MeasuresForm, rows: Sequence[TableRow], grouping: Grouping
) -> list[tuple[str, list[TableRow]]]:
    if form.group_by == "topic" and grouping.framework.topics:
        return _by_topic(rows, grouping)
    if form.group_by == "indicator":
        return _by_indicator(rows, grouping.framework)
    return [("", list(rows))]


def _by_topic(rows: Sequence[TableRow], grouping: Grouping) -> list[tuple[str, list[TableRow]]]:
    found: list[tuple[str, list[TableRow]]] = []
    for topic in grouping.framework.topics:
        own = [row for row in rows if row.measure.topic == topic.no]
        name = f"ประเด็นที่ {topic.no} {topic.name_th}"
        if own or grouping.why_empty is not None:
            why = f": {grouping.why_empty(topic)}" if not own and grouping.why_empty else ""
            found.append((name + why, own))
    loose = [row for row in rows if row.measure.topic is None]
    return [*found, ("มาตรการที่ไม่ได้จัดไว้ในประเด็นใด", loose)] if loose else found


def _by_indicator(rows: Sequence[TableRow], framework: Framework) -> list[tuple[str, list[TableRow]]]:
    """Group by the indicator of the first item, in the order of the year's score tree."""
    keyed: dict[str | None, list[TableRow]] = {}
    for row in rows:
        codes = [c for c in row.measure.items if c in framework.by_code]
        keyed.setdefault(framework.indicator_of(codes[0]) if codes else None, []).append(row)
    found = [
        (f"เครื่องมือการประเมิน {i.instrument} ตัวชี้วัดที่ {i.code} {i.name_th}", keyed[i.code])
        for i in framework.indicators
        if i.code in keyed
    ]
    return [*found, ("มาตรการที่ไม่ได้ระบุตัวชี้วัด", keyed[None])] if None in keyed else found


def _cell(name: Field, row: TableRow, fields: Sequence[Field], grouping: Grouping) -> str:
    measure = row.measure
    if name == "number":
        return str(row.number)
    if name == "issue":
        return _issue(row, fields, grouping)
    if name == "measure":
        return title_of(row, numbered="number" not in fields)
    if name == "steps":
        # A form without a column for the measure names it above its steps.
        title = "" if "measure" in fields else f"{title_of(row)}\n"
        return title + (_numbered(measure.steps_th) or "-")
    if name == "period":
        return period_text(measure.start, measure.end)
    if name == "follow_up":
        due = "" if "period" in fields or measure.end is None else f"กำหนดแล้วเสร็จ {short_date(measure.end)}"
        return "\n".join(line for line in (measure.follow_up_th, due) if line) or "-"
    if name == "state":
        return STATE_TH[row.state] if row.state else "-"
    if name == "responsible":
        return measure.responsible_th or "-"
    return _recorded(name, row.result, fields)


def _recorded(name: Field, result: Result | None, fields: Sequence[Field]) -> str:
    """Return what is recorded; whatever has no column of its own stands under the output: nothing is lost."""
    if result is None:
        return "-" if name == "suggestion" else NOT_RECORDED
    missing = "" if result.state else NOT_RECORDED
    if name == "outcome":
        return result.outcome_th or missing or "-"
    if name == "suggestion":
        return result.suggestion_th or "-"
    rest = [("outcome", "ผลลัพธ์", result.outcome_th), ("suggestion", "ข้อเสนอแนะ", result.suggestion_th)]
    rest += [("", "หลักฐาน", result.evidence), ("", "เหตุผล", result.reason_th)]
    below = [f"{label}: {said}" for column, label, said in rest if said and column not in fields]
    state = f"สถานะ: {STATE_TH[result.state]}" if result.state and "state" not in fields else ""
    return "\n".join(line for line in (state, result.output_th or missing, *below) if line) or "-"


def title_of(row: TableRow, *, numbered: bool = True) -> str:
    """Return the measure's title with its number and, where it is one, the mark of a draft."""
    mark = f"{text.DRAFT} " if row.measure.status == "draft" else ""
    number = f"มาตรการที่ {row.number}\n" if numbered else ""
    return f"{number}{mark}{row.measure.title_th}"


def _issue(row: TableRow, fields: Sequence[Field], grouping: Grouping) -> str:
    framework = grouping.framework
    lines: list[str] = []
    for code in row.measure.items:
        if code in framework.by_code:
            lines += [text.item_text(framework, code), *grouping.notes.get(code, ())]
    return "\n".join(lines) or ("-" if "measure" in fields else row.measure.title_th)


def _numbered(steps: Sequence[str]) -> str:
    return "\n".join(f"{i}. {step}" for i, step in enumerate(steps, start=1))


def period_text(start: dt.date | None, end: dt.date | None) -> str:
    """Return the period in Buddhist dates, a line each, or the words for a missing one."""
    known = [short_date(day) for day in (start, end) if day is not None]
    return " –\n".join(known) or "ไม่ได้ระบุ"
