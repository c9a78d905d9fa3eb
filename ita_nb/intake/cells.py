"""Reading single cells of a received row: codes, numbers, choices, dates, each with its problem."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from ita_nb.errors import Problem
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.facts.rules import problem
from ita_nb.intake.record import Node
from ita_nb.intake.tables import TableRow
from ita_nb.thai import DATES_TH, Span, parse_number, read_span, to_arabic_digits

# More than the country has: a number beyond is a typing error.
MOST_PEOPLE = 100_000_000

LEAF_CODE = re.compile(r"[ieo]\d{1,2}")


def node_of(row: TableRow, column: str, framework: Framework, problems: list[Problem]) -> Node | None:
    """Read a code or a name and its part; an unknown one becomes a problem."""
    code, named = Node.typed(row[column])
    part = to_arabic_digits(row["part"]).removeprefix("ส่วนที่").strip() or named
    if named not in {"", part}:
        problems.append(
            problem("unknown-value", code, stated=row["part"], expected=named, where=row.where, column="part")
        )
        return None
    if code != TOTAL and code not in framework.by_code:
        if LEAF_CODE.fullmatch(code):
            expected = span_of(framework, code[0])
            year = str(framework.fiscal_year)
            problems.append(
                problem(
                    "item-of-other-year",
                    code,
                    stated=row[column],
                    expected=expected,
                    where=row.where,
                    year=year,
                )
            )
        else:
            expected = "total, IIT, EIT, OIT, 1-10, i1, e1, o1 เป็นต้น"
            problems.append(
                problem("unknown-node", code, stated=row[column], expected=expected, where=row.where)
            )
        return None
    if part and part not in framework.parts_of(code):
        parts = ", ".join(framework.parts_of(code)) or "เว้นว่าง"
        problems.append(
            problem("unknown-value", code, stated=row["part"], expected=parts, where=row.where, column="part")
        )
        return None
    return Node(code, part)


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
