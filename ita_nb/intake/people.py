"""Rows that people wrote: remarks on items, their own measures, and what became of these."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast, get_args

from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Node
from ita_nb.facts.rules import problem, says_nothing
from ita_nb.intake.params_file import Acceptance
from ita_nb.intake.record import (
    MeasureStatus,
    PlannedMeasure,
    Remark,
    RemarkKind,
    Result,
    State,
    Status,
)
from ita_nb.intake.rows import LEAF_CODE, choice_of, dates_of, node_of, number_of, span_of
from ita_nb.intake.tables import TableRow
from ita_nb.thai import fiscal_year_of, overlooked_th, short_date, to_arabic_digits

# People number their steps; the document numbers them again.
# "1.5 ล้านบาท" and "08.30 น." begin with a number, not with a mark.
_LIST_MARK = re.compile(r"^\s*(?:[0-9๐-๙]{1,2}\s*[.)](?![0-9๐-๙])|[-•](?![0-9๐-๙]))\s*")


def read_remarks(
    rows: Iterable[TableRow], framework: Framework, problems: list[Problem]
) -> tuple[Remark, ...]:
    """Return the remarks of the rows that can be used.

    A confirmed cause or guideline stands in place of the drafts of the same kind on the item. Of two
    confirmed causes the first counts; the second is kept as a draft, so that someone has to decide.
    """
    read = [(row, remark) for row in rows if (remark := _read_remark(row, framework, problems)) is not None]
    settled = {
        (r.item, r.kind) for _, r in read if r.status == "confirmed" and r.kind in {"cause", "guideline"}
    }
    found: list[Remark] = []
    causes: dict[str, TableRow] = {}
    for row, remark in read:
        if remark.status == "draft" and (remark.item, remark.kind) in settled:
            continue
        is_cause = remark.kind == "cause" and remark.status == "confirmed"
        is_second = is_cause and causes.setdefault(remark.item, row) is not row
        if is_second:
            problems.append(
                problem(
                    "two-confirmed-causes",
                    remark.item,
                    stated=remark.text_th,
                    expected=causes[remark.item].where,
                    where=row.where,
                )
            )
        found.append(replace(remark, status="draft") if is_second else remark)
    return tuple(found)


def _read_remark(row: TableRow, framework: Framework, problems: list[Problem]) -> Remark | None:
    node = node_of(row, "item", framework, problems)
    kind = choice_of(row, "kind", get_args(RemarkKind), problems)
    # What the assessor wrote is an official text; what people of the agency wrote waits for confirmation.
    default = "confirmed" if kind == "assessor" else "draft"
    status = choice_of(row, "status", get_args(Status), problems) if row["status"] else default
    if node is None or kind is None or status is None:
        return None
    return Remark(node.code, cast("RemarkKind", kind), row["text_th"], cast("Status", status))


def read_measures(
    rows: Iterable[TableRow], framework: Framework, plan_year: int, problems: list[Problem]
) -> tuple[PlannedMeasure, ...]:
    """Return the measures of the rows, each id once: what a person decided before a draft, then the first.

    Two different decisions on one id are a problem; a draft beside a decision is none.
    """
    found: dict[str, tuple[PlannedMeasure, TableRow]] = {}
    for row in rows:
        measure = _read_measure(row, framework, plan_year, problems)
        if measure is None:
            continue
        before, first = found.get(measure.measure_id, (None, row))
        both_decided = before is not None and "draft" not in {before.status, measure.status}
        same_file = before is not None and _file_of(first) == _file_of(row)
        if same_file or (both_decided and before != measure):
            problems.append(
                problem(
                    "duplicate-row",
                    measure.measure_id,
                    stated=measure.title_th,
                    where=row.where,
                    used="ใช้แถวแรก",
                    used_en="the first row is used",
                )
            )
        # A draft in the params file was edited by someone; that of a table stands before it.
        elif before is None or before.status == "draft":
            found[measure.measure_id] = (measure, row)
    return tuple(measure for measure, _ in found.values())


def _file_of(row: TableRow) -> str:
    return row.where.rpartition(" บรรทัด ")[0] or row.where


def _read_measure(
    row: TableRow, framework: Framework, plan_year: int, problems: list[Problem]
) -> PlannedMeasure | None:
    """Return the measure of a row, without what cannot be used; ``None`` when its status is no status."""
    items = tuple(_known_items(row, framework, problems))
    status = choice_of(row, "status", get_args(MeasureStatus), problems) if row["status"] else "draft"
    start, end = (dates_of(row, column, plan_year, problems) for column in ("start", "end"))
    if start and start[0] < start[1] and not row["end"]:
        end = start
    topic = number_of(row, "topic", row["measure_id"], problems) if row["topic"] else None
    known = {t.no for t in framework.topics}
    if topic is not None and topic not in known:
        problems.append(
            problem(
                "unknown-value",
                row["measure_id"],
                stated=row["topic"],
                expected=", ".join(map(str, sorted(known))) or "เว้นว่าง เพราะปีนี้ไม่ได้จัดตามประเด็น",
                where=row.where,
                column="topic",
                unused="value",
            )
        )
        topic = None
    if status is None:
        return None
    of_first_item = (t.no for t in framework.topics if {*items[:1]} & {*t.items})
    measure = PlannedMeasure(
        measure_id=row["measure_id"] or row.where,  # a row without an id is still somebody's measure
        items=items,
        title_th=row["title_th"],
        steps_th=_lines_of(row["steps_th"]),
        start=start[0] if start else None,
        end=end[1] if end else None,
        responsible_th=row["responsible_th"],
        follow_up_th=row["follow_up_th"],
        status=cast("MeasureStatus", status),
        topic=next(of_first_item, None) if topic is None else int(topic),
        output_th=row["output_th"],
        evidence_th=_lines_of(row["evidence_th"]),
        reason_th=row["reason_th"],
    )
    problems += _period_problems(row, measure, plan_year)
    return measure


# The space inside a name: "ข้อ i10", "EIT ส่วนที่ 1".
_INSIDE = re.compile(r"(?<=[ก-๎])[^\S\n]+|[^\S\n]+(?=\(?ส่วนที่)")


def nodes_of(text: str) -> list[Node]:
    """Return the nodes of a cell that may hold several."""
    return [Node.typed(part) for part in re.split(r"[,;\s]+", _INSIDE.sub("", text)) if part]


def _known_items(row: TableRow, framework: Framework, problems: list[Problem]) -> Iterable[str]:
    for code, part in nodes_of(row["items"]):
        if code in framework.by_code and part in {"", *framework.parts_of(code)}:
            yield code
            continue
        problems.append(
            problem(
                "item-of-other-year" if LEAF_CODE.fullmatch(code) else "unknown-node",
                code,
                stated=code,
                expected=", ".join(span_of(framework, letter) for letter in "ieo"),
                where=row.where,
                year=str(framework.fiscal_year),
                unused="value",
            )
        )


def _lines_of(text: str) -> tuple[str, ...]:
    return tuple(_LIST_MARK.sub("", line).strip() for line in text.splitlines() if line.strip())


def _period_problems(row: TableRow, measure: PlannedMeasure, plan_year: int) -> Iterable[Problem]:
    days = [day for day in (measure.start, measure.end) if day is not None]
    if len(days) == 2 and days[1] < days[0]:
        yield problem(
            "period-reversed",
            measure.measure_id,
            stated=f"{short_date(days[0])} – {short_date(days[1])}",
            where=row.where,
        )
    for day in days:
        if fiscal_year_of(day) != plan_year:
            yield problem(
                "period-outside-plan-year",
                measure.measure_id,
                stated=short_date(day),
                # A measure that begins in its year may run on beyond it, if someone says so.
                severity="warning" if fiscal_year_of(days[0]) == plan_year else None,
                where=row.where,
                year=str(plan_year),
                before=str(plan_year - 1),
            )


@dataclass(frozen=True)
class Window:
    """The days of the record for a report (first, last), and for the year at all (``latest``)."""

    first: dt.date
    last: dt.date
    latest: dt.date


def read_results(
    rows: Iterable[TableRow], measures: Iterable[PlannedMeasure], window: Window, problems: list[Problem]
) -> tuple[Result, ...]:
    """Return what is recorded of each measure inside the window: of each field the newest text.

    Rows of unknown measures, of days outside the window and second rows of one day become problems.
    """
    ids = [measure.measure_id for measure in measures]
    by_measure: dict[str, dict[dt.date | None, Result]] = {}
    for row in rows:
        result = _read_result(row, ids, window, problems)
        if result is None:
            continue
        days = by_measure.setdefault(result.measure_id, {})
        if result.as_of in days and days[result.as_of] != result:
            problems.append(
                problem(
                    "duplicate-row",
                    result.measure_id,
                    stated=result.output_th or "-",
                    where=row.where,
                    used="ใช้แถวแรก",
                    used_en="the first row is used",
                )
            )
        days.setdefault(result.as_of, result)
    return tuple(_newest(days.values()) for days in by_measure.values())


def _read_result(row: TableRow, ids: Sequence[str], window: Window, problems: list[Problem]) -> Result | None:
    measure_id = row["measure_id"]
    if measure_id not in ids:
        problems.append(
            problem(
                "unknown-measure",
                measure_id,
                stated=measure_id,
                expected=", ".join(known + overlooked_th(measure_id, known) for known in ids[:12])
                or "ไม่มีมาตรการในปีนี้",
                where=row.where,
            )
        )
        return None
    _, as_of = dates_of(row, "as_of", fiscal_year_of(window.first), problems) or (None, None)
    if as_of is not None and not window.first <= as_of <= window.last:
        problems.append(
            problem(
                "result-outside-period",
                measure_id,
                stated=short_date(as_of),
                expected=f"{short_date(window.first)} – {short_date(window.last)}",
                # A result of later in the year is right where it stands; it only is not for this report.
                severity="note" if window.first <= as_of <= window.latest else "error",
                where=row.where,
            )
        )
        return None
    fields = ("output_th", "outcome_th", "evidence", "suggestion_th", "reason_th")
    state = choice_of(row, "state", get_args(State), problems, "value") if _said(row["state"]) else None
    texts = (_said(row[name]) for name in fields)
    return Result(measure_id, as_of, *texts, state=cast("State | None", state))


def _said(text: str) -> str:
    """Return a text that says something; a dash in a cell says that there is nothing."""
    return "" if says_nothing(text) else text


def _newest(results: Iterable[Result]) -> Result:
    """Merge the records of one measure: a later row that leaves a field empty does not erase it.

    Only the reason of an earlier state does not speak for a later one.
    """
    ordered = sorted(results, key=lambda r: r.as_of or dt.date.min)
    merged = ordered[0]
    for later in ordered[1:]:
        if later.state not in {None, merged.state}:
            merged = replace(merged, reason_th="")
        said = {name: value for name, value in vars(later).items() if value}
        merged = replace(merged, **said)
    return merged


def acceptance_of(problem: Problem, accepted: Iterable[Acceptance]) -> Acceptance | None:
    """Return somebody's decision to publish in spite of a problem; errors cannot be accepted."""
    own = (entry for entry in accepted if _is_about(entry, problem))
    return None if problem.severity == "error" else next(own, None)


def _is_about(entry: Acceptance, problem: Problem) -> bool:
    code, part = Node.typed(entry.node)
    subject = entry.measure_id or Node(code, to_arabic_digits(entry.part) or part).label
    return (entry.rule, subject) == (problem.rule, problem.node)


def idle_acceptances(problems: Sequence[Problem], accepted: Iterable[Acceptance]) -> Iterable[Problem]:
    """Yield a note for every decision that is about no warning of the record."""
    for entry in accepted:
        if not any(_is_about(entry, found) and found.severity != "error" for found in problems):
            subject = entry.measure_id or entry.node
            yield problem("acceptance-idle", subject, stated=entry.rule)
