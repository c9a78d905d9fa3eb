"""Rows that people wrote: remarks on items, and their own measures."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import cast, get_args

from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.rules import problem
from ita_nb.intake.cells import LEAF_CODE, choice_of, code_of, date_of, node_of, number_of, span_of
from ita_nb.intake.record import PlannedMeasure, Remark, RemarkKind, Status
from ita_nb.intake.tables import TableRow

# People number their steps; the document numbers them again.
_LIST_MARK = re.compile(r"^\s*[0-9๐-๙]{1,2}\s*[.)]\s*")


def read_remark(row: TableRow, framework: Framework, problems: list[Problem]) -> Remark | None:
    """Return the remark of a row, or ``None`` when the row cannot be used."""
    node = node_of(row, "item", framework, problems)
    kind = choice_of(row, "kind", get_args(RemarkKind), problems)
    # What the assessor wrote is an official text; what people of the agency wrote waits for confirmation.
    default = "confirmed" if kind == "assessor" else "draft"
    status = choice_of(row, "status", get_args(Status), problems) if row["status"] else default
    if node is None or kind is None or status is None:
        return None
    if node.code not in framework.leaves:
        expected = ", ".join(span_of(framework, letter) for letter in "ieo")
        problems.append(
            problem(
                "unknown-value",
                node.label,
                stated=row["item"],
                expected=expected,
                where=row.where,
                column="item",
            )
        )
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
                    "item-of-other-year" if LEAF_CODE.fullmatch(code) else "unknown-node",
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
    before = len(problems)
    start, end = date_of(row, "start", problems), date_of(row, "end", problems)
    topic = number_of(row, "topic", row["measure_id"], problems) if row["topic"] else None
    known = {t.no for t in framework.topics}
    if topic is not None and topic not in known:
        problems.append(
            problem(
                "unknown-value",
                row["measure_id"],
                stated=row["topic"],
                expected=", ".join(map(str, sorted(known))),
                where=row.where,
                column="topic",
            )
        )
    if len(problems) > before:
        return None
    return PlannedMeasure(
        measure_id=row["measure_id"],
        items=items,
        title_th=row["title_th"],
        steps_th=tuple(
            _LIST_MARK.sub("", line).strip() for line in row["steps_th"].splitlines() if line.strip()
        ),
        start=start,
        end=end,
        responsible_th=row["responsible_th"],
        follow_up_th=row["follow_up_th"],
        status=cast("Status", status),
        topic=_topic(framework, topic, items),
    )


def _topic(framework: Framework, typed: Fraction | None, items: tuple[str, ...]) -> int | None:
    """Return the topic as typed, else the one that names the measure's first item."""
    if typed is not None:
        return int(typed)
    return next((topic.no for topic in framework.topics if set(items[:1]) & set(topic.items)), None)
