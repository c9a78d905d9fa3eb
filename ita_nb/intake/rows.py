"""Text rows -> typed values. What cannot be used becomes a problem that says where it stands."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from ita_nb.dates import DATES_TH, Span, read_span
from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Node, Question
from ita_nb.facts.rules import load_rules, problem
from ita_nb.intake.record import Answer, StatedScore
from ita_nb.intake.tables import (
    TableRow,
)
from ita_nb.thai import number_text, parse_number, to_arabic_digits


def read_scores(
    table: Iterable[TableRow], framework: Framework, problems: list[Problem]
) -> dict[Node, StatedScore]:
    """Return the scores of the rows that can be used, whatever is wrong with the others."""
    found: dict[Node, list[tuple[StatedScore, str]]] = defaultdict(list)
    for row in table:
        node = node_of(row, "node", framework, problems)
        if node is None or not row["score"]:
            continue
        value = number_of(row, "score", node.label, problems)
        if value is None:
            continue
        if not 0 <= value <= 100:
            problems.append(
                problem(
                    "score-out-of-range", node.label, stated=row["score"], expected="0-100", where=row.where
                )
            )
            continue
        leaf = framework.leaves.get(node.code)
        scale = framework.scale_by_code.get(leaf.scale) if leaf else None
        if scale and scale.values and value not in scale.values:  # kept all the same
            problems.append(
                problem(
                    "score-off-scale",
                    node.label,
                    stated=row["score"],
                    expected=", ".join(map(str, scale.values)),
                    severity="error" if scale.confidence == "confirmed" else "warning",
                    confidence=scale.confidence,
                    where=row.where,
                )
            )
        found[node].append((_stated(value, row["score"], framework.rounding.decimals), row.where))
    return {node: score for node, rows in found.items() if (score := _only(node, rows, problems)) is not None}


@lru_cache(maxsize=16384)  # of the scores of hundreds of agencies most are the same text
def _stated(value: Fraction, text: str, least_decimals: int) -> StatedScore:
    # Trailing zeros are lost in spreadsheets, so a score counts as printed with the year's decimals at least.
    plain = to_arabic_digits(text.strip())
    decimals = max(least_decimals, len(plain.partition(".")[2]))
    return StatedScore(value, number_text(value, decimals), Fraction(1, 2 * 10**decimals))


def _only(node: Node, rows: list[tuple[StatedScore, str]], problems: list[Problem]) -> StatedScore | None:
    """Return the value of a node given once; twice alike is used once, twice different is not used."""
    values = {score.value for score, _ in rows}
    if len(rows) > 1:
        agree = len(values) == 1
        problems.append(
            problem(
                "duplicate-row",
                node.label,
                stated=", ".join(score.text for score, _ in rows),
                severity="warning" if agree else "error",
                where=rows[-1][1],
                used="ค่าเท่ากันจึงใช้ค่านั้น" if agree else "ค่าต่างกันจึงไม่ใช้ค่าใด",
                used_en="they agree and are used once" if agree else "they differ and none is used",
            )
        )
    return rows[0][0] if len(values) == 1 else None


def read_stated_results(
    table: Sequence[TableRow], problems: list[Problem]
) -> tuple[str, dict[str, int], int | None]:
    """Return level, respondents by instrument or part, and the number of staff, as the first row has them."""
    if len(table) > 1:
        problems.append(
            problem(
                "duplicate-row",
                TOTAL,
                stated=", ".join(row["level_th"] or "-" for row in table),
                where=table[-1].where,
                used="ใช้แถวแรก",
                used_en="the first row is used",
            )
        )
    row = table[0] if table else TableRow("", {})
    respondents = {
        key: n
        for column, key in {"n_iit": "IIT", "n_eit1": "EIT.1", "n_eit2": "EIT.2"}.items()
        if row[column] and (n := count_of(row, column, key, problems, least=1)) is not None
    }
    population = count_of(row, "population_iit", "IIT", problems) if row["population_iit"] else None
    return row["level_th"], respondents, population


# ---------------------------------------------------------------- cells


# More than the country has: a number beyond is a typing error.
MOST_PEOPLE = 100_000_000

LEAF_CODE = re.compile(r"[ieo]\d{1,2}")


def node_of(row: TableRow, column: str, framework: Framework, problems: list[Problem]) -> Node | None:
    """Read a code or a name and its part; an unknown one becomes a problem."""
    code, named = Node.typed(row[column])
    part = to_arabic_digits(row["part"]).removeprefix("ส่วนที่").strip() or named
    rule, stated, year = "unknown-value", row["part"], str(framework.fiscal_year)
    if named not in {"", part}:
        expected = named
    elif code == TOTAL or code in framework.by_code:
        parts = framework.parts_of(code)
        if part in {"", *parts}:
            return Node(code, part)
        expected = ", ".join(parts) or "เว้นว่าง"
    elif LEAF_CODE.fullmatch(code):
        rule, stated, expected = "item-of-other-year", row[column], span_of(framework, code[0])
    else:
        rule, stated, expected = "unknown-node", row[column], "total, IIT, EIT, OIT, 1-10, i1, e1, o1 เป็นต้น"
    problems.append(
        problem(rule, code, stated=stated, expected=expected, where=row.where, column="part", year=year)
    )
    return None


def span_of(framework: Framework, letter: str) -> str:
    """Return the codes that a year has of a letter, as ``o1-o28``."""
    codes = [c for c in framework.leaves if c[0] == letter]
    return f"{codes[0]}-{codes[-1]}" if codes else f"ไม่มีข้อ {letter}"


def number_of(row: TableRow, column: str, name: str, problems: list[Problem]) -> Fraction | None:
    """Read a number in Thai or Arabic digits; anything else becomes a problem."""
    value = parse_number(row[column])
    if value is None:
        problems.append(
            problem(
                "not-a-number",
                name,
                stated=row[column],
                expected="ตัวเลข เช่น 95.40 หรือ ๑,๒๕๐ (จุลภาคคั่นทุกสามหลักเท่านั้น)",
                where=row.where,
                column=column,
            )
        )
    return value


def count_of(row: TableRow, column: str, name: str, problems: list[Problem], least: int = 0) -> int | None:
    """Read a whole number of people, not negative; anything else becomes a problem."""
    value = number_of(row, column, name, problems)
    if value is not None and (value.denominator != 1 or not least <= value <= MOST_PEOPLE):
        problems.append(
            problem(
                "negative-share" if value < 0 else "not-a-number",
                name,
                stated=row[column],
                expected=f"จำนวนเต็มตั้งแต่ {least}",
                where=row.where,
                column=column,
            )
        )
        return None
    return None if value is None else int(value)


def choice_of(
    row: TableRow,
    column: str,
    allowed: tuple[str, ...],
    problems: list[Problem],
    unused: Literal["row", "value"] = "row",
) -> str | None:
    """Read a value out of a closed list; anything else becomes a problem."""
    if row[column] in allowed:
        return row[column]
    problems.append(
        problem(
            "unknown-value",
            row["item"] or row["measure_id"],
            stated=row[column],
            expected=", ".join(allowed),
            where=row.where,
            column=column,
            unused=unused,
        )
    )
    return None


def dates_of(row: TableRow, column: str, plan_year: int, problems: list[Problem]) -> Span | None:
    """Read the first and the last day of what a cell says; empty is ``None``."""
    if not row[column]:
        return None
    try:
        return read_span(row[column], plan_year)
    except ValueError:
        problems.append(
            problem(
                "unknown-value",
                row["measure_id"],
                stated=row[column],
                expected=DATES_TH,
                where=row.where,
                column=column,
                unused="value",
            )
        )
        return None


# ---------------------------------------------------------------- answers


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
        if known is None or option not in known:
            expected = ", ".join(known) if known else "ข้อคำถามที่ทราบตัวเลือก"
            problems.append(
                problem("unknown-option", node.label, stated=option, expected=expected, where=row.where)
            )
        elif option in answers:
            problems.append(
                problem(
                    "duplicate-row",
                    node.label,
                    stated=option,
                    where=row.where,
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
