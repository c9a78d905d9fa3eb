"""The measures table of the plan year, and its coverage of the weaknesses, both ways.

The columns, headings and grouping of the table come from the facts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ita_nb.analysis.diagnosis import Reason, Weakness
from ita_nb.analysis.progress import STATE_TH, AnyState
from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.document.blocks import Column, Heading, PageBreak, Paragraph, Row, Section, Table
from ita_nb.document.gate import is_fully_scored
from ita_nb.document.narrative import say
from ita_nb.exhibits import figures, text
from ita_nb.exhibits.text import section, working_only
from ita_nb.facts.forms import Field, MeasuresForm
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Topic
from ita_nb.frames import Report
from ita_nb.intake.record import PlannedMeasure, Result, node_text
from ita_nb.thai import number_text, short_date

REASON_TH: dict[Reason, str] = {
    "below_pass": "คะแนนต่ำกว่าเกณฑ์",
    "lowest_of_topic": "ต่ำที่สุดของประเด็น",
    "item_below_full": "ข้อมูลเปิดเผยไม่ได้คะแนนเต็ม",
}


def measures_table(report: Report[Case]) -> Section:
    """Return the measures table in the form of the year, or in the one that the office chose."""
    case, working = report.case, report.is_working
    year = f"ประจำ{text.plan_year(case)}"
    heading = Heading(level=1, text=f"ส่วนที่ 3 มาตรการส่งเสริมคุณธรรมและความโปร่งใสภายในหน่วยงาน {year}")
    table = _table(case, working=working)
    if table is None:
        # Why each weak item has no measure, where no table of topics says so.
        reasons = [
            Paragraph(style="bullet", label=node_text(case.framework, node), text=reason or "ยังไม่ได้ให้เหตุผล")
            for node, reason in case.coverage.declined.items()
        ]
        return section(PageBreak(), heading, _no_measures(case), reasons)
    years = {"year": text.year(case), "plan_year": text.plan_year(case)}
    intro = Paragraph(text=say("measures.intro", agency=case.agency.name_th, **years))
    has_drafts = any(m.status == "draft" for m in case.plan)
    full_kept = say("measures.full_kept", full=number_text(FULL, 0))
    return section(
        PageBreak(orientation=case.measures_form.orientation),
        heading,
        intro if case.plan else _no_measures(case),
        text.note(say("measures.rule", rule=case.framework.weakness.text_th)) if working else None,
        text.note(say("measures.drafts", mark=text.DRAFT)) if working and has_drafts else None,
        table,
        text.note(full_kept) if _keeps_full_items(case) else None,
    )


def _no_measures(case: Case) -> Paragraph:
    """Say why there is no measure at all: none wanted, none needed, or not known."""
    if case.weaknesses:
        return Paragraph(text=say("measures.all_declined", count=len(case.weaknesses)))
    return Paragraph(text=say("measures.none_needed" if is_fully_scored(case) else "measures.not_found"))


def _keeps_full_items(case: Case) -> bool:
    full = {n.code for n, score in case.record.scores.items() if score.value == FULL}
    planned = {code for measure in case.plan for code in measure.items}
    return bool(full & set(case.framework.leaves)) and not full & planned


def _table(case: Case, *, working: bool) -> Table | None:
    """Return the table; ``None`` where it would hold no measure and no topic of which anything is known."""
    by_topic = case.measures_form.group_by == "topic"
    known = {node.code for node in (*case.record.scores, *case.coverage.declined)}
    if not case.plan and not (by_topic and any(known & set(t.items) for t in case.framework.topics)):
        return None
    rows = [TableRow(i, measure) for i, measure in enumerate(case.plan, start=1)]
    notes: dict[str, list[str]] = {}
    for weakness in case.weaknesses if working else ():
        notes.setdefault(weakness.node.code, []).append(loss_text(weakness))
    grouping = Grouping(case.framework, lambda topic: _why_empty(case, topic), notes)
    caption = f"มาตรการส่งเสริมคุณธรรมและความโปร่งใส {text.plan_year(case)}"
    return table_of_measures(case.measures_form, rows, grouping, caption)


def _why_empty(case: Case, topic: Topic) -> str:
    """Say why a topic has no measure; without a score nothing can be said of its items."""
    reasons = [r for node, r in case.coverage.declined.items() if node.code in topic.items and r]
    if reasons:
        return say("guideline.declined", reason="; ".join(dict.fromkeys(reasons)))
    if any(w.topic == topic.no for w in case.weaknesses):
        return say("empty_topic.pending")
    scored = {node.code for node in case.record.scores} & set(topic.items)
    known_none = "empty_topic.known_none" if scored else "empty_topic.no_scores"
    return say("empty_topic.none" if len(scored) == len(topic.items) > 0 else known_none)


def outputs(report: Report[Case]) -> Section:
    """Return what each measure promises to have made, and the evidence to keep for the later report."""
    case = report.case
    promised = [m for m in case.plan if m.output_th or m.evidence_th]
    if not promised:
        return section(PageBreak())
    silent = [text.measure_name(case, m) for m in case.plan if m not in promised]
    unpromised = [say("outputs.unpromised", measures=text.listed(silent))] if silent else []
    table = Table(
        columns=(
            Column(heading="มาตรการ", width=3.0),
            Column(heading="ผลผลิต", width=2.6),
            Column(heading="หลักฐาน", width=3.6),
        ),
        rows=tuple(
            Row(
                cells=(
                    f"{text.measure_name(case, m)} {m.title_th}",
                    m.output_th or "ไม่ได้ระบุ",
                    "\n".join(f"- {line}" for line in m.evidence_th) or "ไม่ได้ระบุ",
                )
            )
            for m in promised
        ),
        caption="ผลผลิตและหลักฐานของมาตรการ",
        notes=(say("outputs.use", half=6, whole=12), *unpromised),
    )
    return section(PageBreak(), Heading(level=2, text="ผลผลิตที่ต้องนับได้และหลักฐานที่ต้องเก็บ"), table)


def loss_text(weakness: Weakness) -> str:
    """Say the score of a weak item and what it cost the total, as far as that can be told."""
    own = f"ได้ {number_text(weakness.score)} คะแนน"
    if weakness.loss is not None:
        return f"{own} เสียคะแนนรวม {number_text(weakness.loss, 4)} คะแนน"
    if weakness.shared_loss is not None:
        lost = number_text(weakness.shared_loss)
        return f"{own} อยู่ในตัวชี้วัดที่เสียคะแนนรวม {lost} คะแนน (แยกรายข้อไม่ได้)"
    return own


@working_only
def coverage(report: Report[Case]) -> Section:
    """Return the coverage matrix: weakness without measure, measure without weakness."""
    case = report.case
    uncovered = ", ".join(node.label for node in case.coverage.uncovered) or "ไม่มี"
    unfounded = ", ".join(text.measure_name(case, m) for m in case.coverage.unfounded) or "ไม่มี"
    nothing = say("coverage.none" if is_fully_scored(case) else "coverage.unknown")
    numbers = {measure.measure_id: number for number, measure in enumerate(case.plan, start=1)}
    table = Table(
        columns=(
            Column(heading="ข้อที่ต้องยกระดับ", width=2.9),
            Column(heading="คะแนน", width=1.1, align="right"),
            Column(heading="เหตุที่ต้องยกระดับ", width=1.8),
            Column(heading="ลักษณะการเสียคะแนน", width=2.2),
            Column(heading="มาตรการ", width=1.2),
        ),
        rows=tuple(
            Row(
                cells=(
                    node_text(case.framework, w.node),
                    number_text(w.score),
                    ", ".join(REASON_TH[r] for r in w.reasons),
                    case.catalogue.patterns[w.pattern].name_th,
                    "\n".join(f"ที่ {n}" for i, n in numbers.items() if i in case.coverage.matrix[w.node])
                    or _declined(case, w),
                )
            )
            for w in case.weaknesses
        ),
        caption="ข้อที่ต้องยกระดับเทียบกับมาตรการ",
    )
    return section(
        Heading(level=2, text="ความครอบคลุมของมาตรการ"),
        figures.coverage_figure(case),
        table if case.weaknesses else Paragraph(text=nothing),
        Paragraph(style="bullet", label="ข้อที่ต้องยกระดับแต่ยังไม่มีมาตรการ", text=uncovered),
        Paragraph(style="bullet", label="มาตรการที่ไม่มีข้อที่ต้องยกระดับรองรับ", text=unfounded),
    )


def _declined(case: Case, weakness: Weakness) -> str:
    reason = case.coverage.declined.get(weakness.node)
    return say("guideline.declined", reason=reason) if reason else "ยังไม่มีมาตรการ"


# ---------------------------------------------------------------- any form of the table


NOT_RECORDED = STATE_TH["unrecorded"]


@dataclass(frozen=True)
class TableRow:
    """One measure with its number in the document, and what is known of it beyond the plan."""

    number: int
    measure: PlannedMeasure
    result: Result | None = None
    state: AnyState | None = None


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
        if own:
            found.append((name, own))
        elif grouping.why_empty is not None:
            found.append((f"{name}: {grouping.why_empty(topic)}", own))
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
    match name:
        case "number":
            return str(row.number)
        case "issue":
            return _issue(row, fields, grouping)
        case "measure":
            return _title(row, numbered="number" not in fields)
        case "steps":
            # A form without a column for the measure names it above its steps.
            title = "" if "measure" in fields else f"{_title(row)}\n"
            steps = "\n".join(f"{i}. {step}" for i, step in enumerate(measure.steps_th, start=1))
            return title + (steps or "-")
        case "period":
            return period_text(measure.start, measure.end)
        case "follow_up":
            day = None if "period" in fields else measure.end
            due = f"กำหนดแล้วเสร็จ {short_date(day)}" if day else ""
            return "\n".join(filter(None, (measure.follow_up_th, due))) or "-"
        case "state":
            return STATE_TH[row.state] if row.state else "-"
        case "responsible":
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


def _title(row: TableRow, *, numbered: bool = True) -> str:
    """Return the measure's title with its number and, where it is one, the mark of a draft."""
    mark = f"{text.DRAFT} " if row.measure.status == "draft" else ""
    number = f"มาตรการที่ {row.number}\n" if numbered else ""
    return f"{number}{mark}{row.measure.title_th}"


def _issue(row: TableRow, fields: Sequence[Field], grouping: Grouping) -> str:
    lines = [
        line
        for code in row.measure.items
        if code in grouping.framework.by_code
        for line in (text.item_text(grouping.framework, code), *grouping.notes.get(code, ()))
    ]
    return "\n".join(lines) or ("-" if "measure" in fields else row.measure.title_th)


def period_text(start: dt.date | None, end: dt.date | None) -> str:
    """Return the period in Buddhist dates, a line each, or the words for a missing one."""
    known = [short_date(day) for day in (start, end) if day is not None]
    return " –\n".join(known) or "ไม่ได้ระบุ"
