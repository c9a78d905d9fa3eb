"""Rows that people wrote: remarks on items, their own measures, and what became of these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import cast, get_args

from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.rules import problem
from ita_nb.intake.cells import LEAF_CODE, choice_of, code_of, date_of, node_of, number_of, span_of
from ita_nb.intake.record import PlannedMeasure, Remark, RemarkKind, Result, Status
from ita_nb.intake.tables import TableRow
from ita_nb.thai import fiscal_year_of, short_date

# People number their steps; the document numbers them again.
_LIST_MARK = re.compile(r"^\s*(?:[0-9๐-๙]{1,2}\s*[.)]|[-•])\s*")


def read_remarks(
    rows: Iterable[TableRow], framework: Framework, problems: list[Problem]
) -> tuple[Remark, ...]:
    """Return the remarks of the rows that can be used; of two confirmed causes of one item the first counts.

    The second one is kept as a draft, so that nothing is lost and someone has to decide.
    """
    found: list[Remark] = []
    causes: dict[str, str] = {}
    for row in rows:
        remark = _read_remark(row, framework, problems)
        if remark is None:
            continue
        if remark.kind == "cause" and remark.status == "confirmed":
            if remark.item in causes:
                problems.append(
                    problem(
                        "two-confirmed-causes",
                        remark.item,
                        stated=remark.text_th,
                        expected=causes[remark.item],
                        where=row.where,
                    )
                )
                remark = replace(remark, status="draft")
            causes.setdefault(remark.item, row.where)
        found.append(remark)
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
    """Return the measures of the rows, each id once: a confirmed one before a draft, then the first."""
    found: dict[str, PlannedMeasure] = {}
    for row in rows:
        measure = _read_measure(row, framework, plan_year, problems)
        if measure is None:
            continue
        before = found.get(measure.measure_id)
        if before is not None and before.status == measure.status:
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
        if before is None or (before.status == "draft" and measure.status == "confirmed"):
            found[measure.measure_id] = measure
    return tuple(found.values())


def _read_measure(
    row: TableRow, framework: Framework, plan_year: int, problems: list[Problem]
) -> PlannedMeasure | None:
    """Return the measure of a row, without what cannot be used; ``None`` when its status is no status."""
    items = tuple(_known_items(row, framework, problems))
    status = choice_of(row, "status", get_args(Status), problems) if row["status"] else "draft"
    start, end = date_of(row, "start", problems), date_of(row, "end", problems)
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
    measure = PlannedMeasure(
        measure_id=row["measure_id"],
        items=items,
        title_th=row["title_th"],
        steps_th=_lines_of(row["steps_th"]),
        start=start,
        end=end,
        responsible_th=row["responsible_th"],
        follow_up_th=row["follow_up_th"],
        status=cast("Status", status),
        topic=_topic(framework, topic, items),
        output_th=row["output_th"],
        evidence_th=_lines_of(row["evidence_th"]),
    )
    problems += _period_problems(row, measure, plan_year)
    return measure


def _known_items(row: TableRow, framework: Framework, problems: list[Problem]) -> Iterable[str]:
    for code in (code_of(text) for text in re.split(r"[,;\s]+", row["items"]) if text):
        if code in framework.by_code:
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
                where=row.where,
                year=str(plan_year),
                before=str(plan_year - 1),
            )


def _topic(framework: Framework, typed: Fraction | None, items: tuple[str, ...]) -> int | None:
    """Return the topic as typed, else the one that names the measure's first item."""
    if typed is not None:
        return int(typed)
    return next((topic.no for topic in framework.topics if set(items[:1]) & set(topic.items)), None)


def read_results(
    rows: Iterable[TableRow], measures: Iterable[PlannedMeasure], problems: list[Problem]
) -> tuple[Result, ...]:
    """Return what is recorded of each measure, the newest row of each; other rows become problems."""
    ids = [measure.measure_id for measure in measures]
    newest: dict[str, Result] = {}
    for row in rows:
        measure_id = row["measure_id"]
        if measure_id not in ids:
            problems.append(
                problem(
                    "unknown-measure",
                    measure_id,
                    stated=measure_id,
                    expected=", ".join(ids[:12]) or "ไม่มีมาตรการในปีนี้",
                    where=row.where,
                )
            )
            continue
        result = Result(
            measure_id,
            date_of(row, "as_of", problems),
            row["output_th"],
            row["outcome_th"],
            row["evidence"],
            row["suggestion_th"],
        )
        before = newest.get(measure_id)
        if before is not None and before.as_of == result.as_of:
            problems.append(
                problem(
                    "duplicate-row",
                    measure_id,
                    stated=result.output_th or "-",
                    where=row.where,
                    used="ใช้แถวแรก",
                    used_en="the first row is used",
                )
            )
        elif before is None or _later(result, before):
            newest[measure_id] = result
    return tuple(newest.values())


def _later(result: Result, before: Result) -> bool:
    return result.as_of is not None and (before.as_of is None or result.as_of > before.as_of)
