"""Text rows -> typed values. What cannot be used becomes a problem that says where it stands."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from ita_nb.errors import Problem
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.facts.rules import load_rules, problem
from ita_nb.intake.answers import read_answers
from ita_nb.intake.cells import count_of, node_of, number_of
from ita_nb.intake.office import Office
from ita_nb.intake.params_file import Words
from ita_nb.intake.people import Window, read_measures, read_remarks, read_results
from ita_nb.intake.record import (
    Agency,
    Node,
    Record,
    StatedScore,
)
from ita_nb.intake.tables import (
    MEASURES,
    PROGRESS,
    REMARKS,
    RESPONSES,
    STATED_RESULTS,
    STATED_SCORES,
    TableForm,
    TableRow,
)
from ita_nb.thai import number_text, to_arabic_digits, to_common_year

_RESPONDENT_COLUMNS = {"n_iit": "IIT", "n_eit1": "EIT.1", "n_eit2": "EIT.2"}


def record_of(
    agency: Agency,
    framework: Framework,
    own: Mapping[TableForm, Sequence[TableRow]],
    words: Words,
    plan_year: int,
    doubts: Iterable[Problem] = (),
) -> Record:
    """Type the agency's rows of every table (empty where the table is absent) and what its people wrote.

    ``doubts`` are problems that were found beside these rows.
    """
    problems = [*doubts]
    own = _whole(own, problems)
    scores = _scores(own[STATED_SCORES], framework, problems)
    assessor = other_assessor(agency)
    if assessor and any(node.code.startswith("o") for node in scores):
        problems.append(problem("other-assessor", TOTAL, stated=assessor))
    level, respondents, population = _results(own[STATED_RESULTS], problems)
    answers = read_answers(own[RESPONSES], framework, problems)
    iit = (found for node, found in answers.items() if framework.instrument_of(node.code) == "IIT")
    most = max([respondents.get("IIT", 0), *(sum(a.count or 0 for a in counted) for counted in iit)])
    if population is not None and most > population:
        problems.append(
            problem(
                "respondents-above-staff",
                "IIT",
                stated=f"{most}",
                expected=f"ไม่เกิน {population}",
                where=own[STATED_RESULTS][0].where,
            )
        )
    return Record(
        agency=agency,
        fiscal_year=framework.fiscal_year,
        scores=scores,
        level_th=level,
        respondents=respondents,
        population_iit=population,
        answers=answers,
        remarks=read_remarks([*own[REMARKS], *words.texts], framework, problems),
        measures=read_measures([*own[MEASURES], *words.measures], framework, plan_year, problems),
        office=words.office,
        accepted=words.accepted,
        form=words.form,
        problems=tuple(problems),
    )


def other_assessor(agency: Agency) -> str:
    """Return the body that assesses agencies of this kind by a list of its own, ``""`` for all others."""
    known = load_rules().other_assessors.items()
    kind = agency.agency_type or ("" if "(องค์การมหาชน)" in agency.name_th else agency.name_th)
    return next((body for begin, body in known if kind.startswith(begin)), "")


def plan_of(
    agency: Agency,
    framework: Framework,
    own: Mapping[TableForm, Sequence[TableRow]],
    planned: Words,
    own_words: Words,
    plan_year: int,
    doubts: Iterable[Problem] = (),
) -> Record:
    """Type the measures of a plan year, what is recorded of them, and the remarks on the scored year.

    ``planned`` are the words of the analysis that set the measures, ``own_words`` those of this report.
    """
    problems = [*doubts]
    own = _whole(own, problems)
    rows = [*own[MEASURES], *planned.measures]
    measures = tuple(m for m in read_measures(rows, framework, plan_year, problems) if m.status != "declined")
    window = window_of(plan_year, own_words.office)
    return Record(
        agency=agency,
        fiscal_year=framework.fiscal_year,
        scores={},
        remarks=read_remarks([*own[REMARKS], *planned.texts], framework, problems),
        measures=measures,
        results=read_results(own[PROGRESS], measures, window, problems),
        office=own_words.office,
        accepted=own_words.accepted,
        problems=tuple(problems),
    )


def _whole(
    own: Mapping[TableForm, Sequence[TableRow]], problems: list[Problem]
) -> dict[TableForm, list[TableRow]]:
    """Return the rows that have a cell in every required column; the others become problems."""
    short = [row for form, table in own.items() for row in table if {*form.required} & {*row.missing}]
    problems += [
        problem(
            "too-few-cells",
            Node.typed(row["node"] or row["item"]).label or row["measure_id"] or TOTAL,
            stated=f"{len(row.values)} ช่อง",
            expected=f"{len(row.values) + len(row.missing)} ช่อง",
            where=row.where,
            columns=", ".join(row.missing),
        )
        for row in short
    ]
    return {form: [row for row in table if row not in short] for form, table in own.items()}


def window_of(plan_year: int, office: Office) -> Window:
    """Return the days on which a record belongs to the report: the plan year up to its day or its period.

    What was done by the end of a period is often written down in the weeks after it.
    """
    year = to_common_year(plan_year)
    latest = dt.date(year, 12, 31)
    late = dt.date(year, 4, 30) if office.period == "six_months" else latest
    return Window(dt.date(year - 1, 10, 1), office.as_of or late, latest)


def usable_scores(table: Iterable[TableRow], framework: Framework) -> dict[Node, Fraction]:
    """Return the scores of one agency's rows that can be used, whatever is wrong with the others."""
    return {node: score.value for node, score in _scores(table, framework, []).items()}


def _scores(
    table: Iterable[TableRow], framework: Framework, problems: list[Problem]
) -> dict[Node, StatedScore]:
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
        if row[column] and (n := count_of(row, column, key, problems, least=1)) is not None
    }
    population = count_of(row, "population_iit", "IIT", problems) if row["population_iit"] else None
    return row["level_th"], respondents, population
