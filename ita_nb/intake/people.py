"""Rows that people wrote: remarks on items, and their own measures."""

from __future__ import annotations

import re
from typing import cast, get_args

from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.rules import problem
from ita_nb.intake.cells import choice_of, code_of, date_of, node_of, span_of
from ita_nb.intake.record import PlannedMeasure, Remark, RemarkKind, Status
from ita_nb.intake.tables import TableRow
from ita_nb.thai import to_arabic_digits


def read_remark(row: TableRow, framework: Framework, problems: list[Problem]) -> Remark | None:
    """Return the remark of a row, or ``None`` when the row cannot be used."""
    node = node_of(row, "item", framework, problems)
    kind = choice_of(row, "kind", get_args(RemarkKind), problems)
    status = choice_of(row, "status", get_args(Status), problems) if row["status"] else "draft"
    if node is None or kind is None or status is None:
        return None
    return Remark(node.code, cast("RemarkKind", kind), row["text_th"], cast("Status", status))


def read_measure(row: TableRow, framework: Framework, problems: list[Problem]) -> PlannedMeasure | None:
    """Return the measure of a row, or ``None`` when the row cannot be used."""
    items = tuple(code_of(text) for text in re.split(r"[,;\s]+", row["items"]) if text)
    status = choice_of(row, "status", get_args(Status), problems) if row["status"] else "draft"
    for code in items:
        if code not in framework.leaves:
            year = str(framework.fiscal_year)
            problems.append(
                problem(
                    "item-of-other-year",
                    code,
                    stated=code,
                    expected=", ".join(span_of(framework, letter) for letter in "ieo"),
                    where=row.where,
                    year=year,
                )
            )
            return None
    if status is None:
        return None
    topic = to_arabic_digits(row["topic"])
    return PlannedMeasure(
        measure_id=row["measure_id"],
        items=items,
        title_th=row["title_th"],
        steps_th=tuple(step.strip() for step in row["steps_th"].splitlines() if step.strip()),
        start=date_of(row, "start", problems),
        end=date_of(row, "end", problems),
        responsible_th=row["responsible_th"],
        follow_up_th=row["follow_up_th"],
        status=cast("Status", status),
        topic=int(topic) if topic.isdecimal() else None,
    )
