"""Answer rows -> distributions: whole, in the order of the scale, or not at all."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from fractions import Fraction

from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Question
from ita_nb.facts.rules import load_rules, problem
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
    known: Collection[str] | None = framework.points(node.code)
    options = [unicodedata.normalize("NFC", row["option"]) for row in rows]
    unsure = known is None or ("scales" in framework.carried and not set(options) <= set(known))
    if unsure and isinstance(framework.leaves.get(node.code), Question):
        # What is not known is kept as it was given: nothing can be said against it.
        known = dict.fromkeys(options)
        problems.append(problem("options-unknown", node.label, name=node.name_th))
    before = len(problems)
    answers: dict[str, Answer] = {}
    for row, option in zip(rows, options, strict=True):
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
    if len(problems) == before:
        problems += _unusable_whole(node, rows, list(answers.values()))
    if len(problems) > before or known is None:
        return ()
    # An option that was not listed was not chosen; scale order makes tables and charts read alike.
    counted = all(a.count is not None for a in answers.values())
    shared = all(a.share is not None for a in answers.values())
    return tuple(
        answers.get(
            option,
            Answer(option, Fraction(0) if shared else None, "0.00" if shared else "", 0 if counted else None),
        )
        for option in known
    )


def _unusable_whole(node: Node, rows: list[TableRow], answers: list[Answer]) -> list[Problem]:
    """Return what is wrong with the rows of a distribution taken together: figures missing or at odds."""
    counts = [a.count for a in answers if a.count is not None]
    shares = [a.share for a in answers if a.share is not None]
    if len(counts) < len(answers) > len(shares) or (counts and not sum(counts)):
        bare = [r.where for r, a in zip(rows, answers, strict=True) if a.share is None and a.count is None]
        return [problem("empty-distribution", node.label, where=(bare or [rows[0].where])[0])]
    if len(counts) < len(answers) or len(shares) < len(answers):
        return []
    tolerance = load_rules().tolerance
    at_odds = [
        a.share_text
        for a, count, share in zip(answers, counts, shares, strict=True)
        if abs(Fraction(100 * count, sum(counts)) - share) > tolerance
    ]
    if not at_odds:
        return []
    n, texts = str(sum(counts)), ", ".join(at_odds)
    return [problem("shares-without-count", node.label, stated=texts, expected=n, severity="error")]


def _answer(row: TableRow, node: Node, option: str, problems: list[Problem]) -> Answer:
    share = number_of(row, "share", node.label, problems) if row["share"] else None
    count = count_of(row, "count", node.label, problems) if row["count"] else None
    if share is not None and share < 0:
        problems.append(
            problem("negative-share", node.label, stated=row["share"], expected="0-100", where=row.where)
        )
    return Answer(option, share, "" if share is None else number_text(share), count)
