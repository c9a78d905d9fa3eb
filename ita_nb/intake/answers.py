"""Answer rows -> distributions: whole, in the order of the scale, or not at all."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.rules import problem
from ita_nb.intake.cells import count_of, node_of, number_of
from ita_nb.intake.record import Answer, Node
from ita_nb.intake.tables import TableRow
from ita_nb.thai import number_text


def read_answers(
    table: Iterable[TableRow], framework: Framework, problems: list[Problem]
) -> dict[Node, tuple[Answer, ...]]:
    """Return the distribution of every question that has a usable one."""
    rows_by_node: dict[Node, list[TableRow]] = defaultdict(list)
    for row in table:
        node = node_of(row, "item", framework, problems)
        if node is not None:
            rows_by_node[node].append(row)
    answers = {node: _distribution(node, rows, framework, problems) for node, rows in rows_by_node.items()}
    return {node: found for node, found in answers.items() if found}


def _distribution(
    node: Node, rows: list[TableRow], framework: Framework, problems: list[Problem]
) -> tuple[Answer, ...]:
    """Read one distribution whole; one unusable row makes all of it unusable (``()``)."""
    known = framework.points(node.code)
    before = len(problems)
    answers: dict[str, Answer] = {}
    for row in rows:
        option = unicodedata.normalize("NFC", row["option"])
        where = row.where
        if known is None or option not in known:
            expected = ", ".join(known) if known else "ข้อคำถามที่ทราบตัวเลือก"
            problems.append(
                problem("unknown-option", node.label, stated=option, expected=expected, where=where)
            )
        elif option in answers:
            problems.append(
                problem(
                    "duplicate-row",
                    node.label,
                    stated=option,
                    where=where,
                    used="จึงไม่ใช้การแจกแจงนี้",
                    used_en="the distribution is not used",
                )
            )
        else:
            answers[option] = _answer(row, node, option, problems)
    if any(a.share is None and a.count is None for a in answers.values()) and len(problems) == before:
        problems.append(problem("empty-distribution", node.label))
    if len(problems) > before or known is None:
        return ()
    # An option that was not listed was not chosen; scale order makes tables and charts read alike.
    return tuple(answers.get(option, Answer(option, Fraction(0), "0.00", None)) for option in known)


def _answer(row: TableRow, node: Node, option: str, problems: list[Problem]) -> Answer:
    share = number_of(row, "share", node.label, problems) if row["share"] else None
    count = count_of(row, "count", node.label, problems) if row["count"] else None
    if share is not None and share < 0:
        problems.append(
            problem("negative-share", node.label, stated=row["share"], expected="0-100", where=row.where)
        )
    return Answer(option, share, "" if share is None else number_text(share), count)
