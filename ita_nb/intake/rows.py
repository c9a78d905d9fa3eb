"""Text rows -> typed values. What cannot be used becomes a problem that says where it stands."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar, cast, get_args

from ita_nb.errors import Problem
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.facts.rules import problem
from ita_nb.intake.record import (
    Agency,
    Answer,
    Node,
    PlannedMeasure,
    Record,
    Remark,
    RemarkKind,
    StatedScore,
    Status,
)
from ita_nb.intake.tables import (
    MEASURES,
    REMARKS,
    RESPONSES,
    STATED_RESULTS,
    STATED_SCORES,
    TableForm,
    TableRow,
)
from ita_nb.thai import number_text, parse_number, to_arabic_digits, to_common_year

T = TypeVar("T")
_LEAF_CODE = re.compile(r"[ieo]\d{1,2}")
_RESPONDENT_COLUMNS = {"n_iit": "IIT", "n_eit1": "EIT.1", "n_eit2": "EIT.2"}


def record_of(agency: Agency, framework: Framework, own: Mapping[TableForm, Sequence[TableRow]]) -> Record:
    """Type the agency's rows of every table (empty where the table is absent)."""
    problems: list[Problem] = []
    scores = _scores(own[STATED_SCORES], framework, problems)
    level, respondents, population = _results(own[STATED_RESULTS], problems)
    return Record(
        agency=agency,
        fiscal_year=framework.fiscal_year,
        scores=scores,
        level_th=level,
        respondents=respondents,
        population_iit=population,
        answers=_answers(own[RESPONSES], framework, problems),
        remarks=tuple(_each(own[REMARKS], lambda row: _remark(row, framework, problems))),
        measures=tuple(_each(own[MEASURES], lambda row: _measure(row, framework, problems))),
        problems=tuple(problems),
    )


def peer_scores(
    agencies: Mapping[str, Agency], agency_id: str, table: Iterable[TableRow], framework: Framework
) -> dict[str, dict[Node, Fraction]]:
    """Return the usable scores of the other agencies of the same type in the same year."""
    kind = agencies[agency_id].agency_type
    alike = {a.agency_id for a in agencies.values() if a.agency_type == kind} - {agency_id}
    rows_by_agency: dict[str, list[TableRow]] = defaultdict(list)
    for row in table:
        if kind and row["agency_id"] in alike:
            rows_by_agency[row["agency_id"]].append(row)
    return {
        peer: {node: score.value for node, score in _scores(own, framework, []).items()}
        for peer, own in rows_by_agency.items()
    }


def _each(table: Iterable[TableRow], read: Callable[[TableRow], T | None]) -> Iterable[T]:
    return (value for row in table if (value := read(row)) is not None)


def _code(text: str) -> str:
    # People type "I10", "๐๑๓" style digits and stray spaces; the code itself is plain.
    plain = to_arabic_digits(unicodedata.normalize("NFKC", text)).replace(" ", "")
    if plain.lower() == TOTAL:
        return TOTAL
    return plain.upper() if plain.upper() in {"IIT", "EIT", "OIT"} else plain.lower()


def _node(row: TableRow, column: str, framework: Framework, problems: list[Problem]) -> Node | None:
    """Read a code and its part; an unknown one becomes a problem."""
    code, part = _code(row[column]), to_arabic_digits(row["part"])
    if code != TOTAL and code not in framework.by_code:
        if _LEAF_CODE.fullmatch(code):
            expected = _span(framework, code[0])
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


def _span(framework: Framework, letter: str) -> str:
    codes = [c for c in framework.leaves if c[0] == letter]
    return f"{codes[0]}-{codes[-1]}" if codes else f"ไม่มีข้อ {letter}"


def _number(row: TableRow, column: str, name: str, problems: list[Problem]) -> Fraction | None:
    value = parse_number(row[column])
    if value is None:
        problems.append(problem("not-a-number", name, stated=row[column], where=row.where, column=column))
    return value


def _scores(
    table: Iterable[TableRow], framework: Framework, problems: list[Problem]
) -> dict[Node, StatedScore]:
    found: dict[Node, list[tuple[StatedScore, str]]] = defaultdict(list)
    for row in table:
        node = _node(row, "node", framework, problems)
        if node is None or not row["score"]:
            continue
        value = _number(row, "score", node.label, problems)
        if value is None:
            continue
        if not 0 <= value <= 100:
            problems.append(
                problem(
                    "score-out-of-range", node.label, stated=row["score"], expected="0-100", where=row.where
                )
            )
            continue
        found[node].append((_stated(value, row["score"], framework), row.where))
    return {node: score for node, rows in found.items() if (score := _only(node, rows, problems)) is not None}


def _stated(value: Fraction, text: str, framework: Framework) -> StatedScore:
    # Trailing zeros are lost in spreadsheets, so a score counts as printed with the year's decimals at least.
    plain = to_arabic_digits(text.strip())
    decimals = max(framework.rounding.decimals, len(plain.partition(".")[2]))
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


def _results(table: Sequence[TableRow], problems: list[Problem]) -> tuple[str, dict[str, int], int | None]:
    if not table:
        return "", {}, None
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
    row = table[0]
    respondents = {
        key: n
        for column, key in _RESPONDENT_COLUMNS.items()
        if row[column] and (n := _count(row, column, key, problems)) is not None
    }
    population = _count(row, "population_iit", "IIT", problems) if row["population_iit"] else None
    return row["level_th"], respondents, population


def _count(row: TableRow, column: str, name: str, problems: list[Problem]) -> int | None:
    value = _number(row, column, name, problems)
    if value is not None and (value.denominator != 1 or value < 0):
        rule = "negative-share" if value < 0 else "not-a-number"
        problems.append(problem(rule, name, stated=row[column], where=row.where, column=column))
        return None
    return None if value is None else int(value)


def _answers(
    table: Iterable[TableRow], framework: Framework, problems: list[Problem]
) -> dict[Node, tuple[Answer, ...]]:
    rows_by_node: dict[Node, list[TableRow]] = defaultdict(list)
    for row in table:
        node = _node(row, "item", framework, problems)
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
    share = _number(row, "share", node.label, problems) if row["share"] else None
    count = _count(row, "count", node.label, problems) if row["count"] else None
    if share is not None and share < 0:
        problems.append(
            problem("negative-share", node.label, stated=row["share"], expected="0-100", where=row.where)
        )
    return Answer(option, share, "" if share is None else number_text(share), count)


def _remark(row: TableRow, framework: Framework, problems: list[Problem]) -> Remark | None:
    node = _node(row, "item", framework, problems)
    kind = _choice(row, "kind", get_args(RemarkKind), problems)
    status = _choice(row, "status", get_args(Status), problems) if row["status"] else "draft"
    if node is None or kind is None or status is None:
        return None
    return Remark(node.code, cast("RemarkKind", kind), row["text_th"], cast("Status", status))


def _choice(row: TableRow, column: str, allowed: tuple[str, ...], problems: list[Problem]) -> str | None:
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
        )
    )
    return None


def _measure(row: TableRow, framework: Framework, problems: list[Problem]) -> PlannedMeasure | None:
    items = tuple(_code(text) for text in re.split(r"[,;\s]+", row["items"]) if text)
    status = _choice(row, "status", get_args(Status), problems) if row["status"] else "draft"
    for code in items:
        if code not in framework.leaves:
            year = str(framework.fiscal_year)
            problems.append(
                problem(
                    "item-of-other-year",
                    code,
                    stated=code,
                    expected=", ".join(_span(framework, letter) for letter in "ieo"),
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
        start=_date(row, "start", problems),
        end=_date(row, "end", problems),
        responsible_th=row["responsible_th"],
        follow_up_th=row["follow_up_th"],
        status=cast("Status", status),
        topic=int(topic) if topic.isdecimal() else None,
    )


def _date(row: TableRow, column: str, problems: list[Problem]) -> dt.date | None:
    """Read ``2568-10-01`` (Buddhist) or ``2025-10-01``; empty is ``None``."""
    text = to_arabic_digits(row[column])
    if not text:
        return None
    try:
        year, month, day = map(int, text.split("-"))
        # No office plans measures for a Common Era year so far ahead: such a year is a Buddhist one.
        return dt.date(to_common_year(year) if year > 2400 else year, month, day)
    except ValueError:
        problems.append(
            problem(
                "unknown-value",
                row["measure_id"],
                stated=row[column],
                expected="ปี-เดือน-วัน",
                where=row.where,
                column=column,
            )
        )
        return None
