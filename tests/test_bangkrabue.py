"""The analysis that bangkrabue published, recomputed: totals, losses, targets, and years that contradict."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from fractions import Fraction as F
from functools import cache

import pytest
from conftest import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st
from opened import Opened

from ita_nb.analysis.diagnosis import answers
from ita_nb.analysis.levels import common_score, find_targets
from ita_nb.analysis.losses import loss_of
from ita_nb.analysis.progress import year_problems
from ita_nb.analysis.reconcile import check_nodes
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.unchecked import missing_items
from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Table
from ita_nb.document.gate import blockers
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.intake.params_file import Meeting, Office
from ita_nb.intake.record import StatedScore
from ita_nb.parameters import ReportParameters

YEAR = 2565


@cache
def case() -> Case:
    """The case as it stands in the repository."""
    return build_case("bangkrabue", YEAR, REPOSITORY)


def report() -> Opened:
    """Its report in Arabic digits."""
    return Opened(case(), ReportParameters(agency_id="bangkrabue", fiscal_year=YEAR, digits="arabic"))


# ---------------------------------------------------------------- the numbers


@pytest.mark.parametrize(
    ("code", "score", "loss"),
    [
        ("IIT", F("78.122"), F("6.5634")),
        ("EIT", F("78.55"), F("6.435")),
        ("OIT", F("98.75"), F("0.5")),
        (TOTAL, F("86.5016"), F("13.4984")),
    ],
)
def test_recomputed(code: str, score: F, loss: F) -> None:
    """Instruments, total and what each costs it follow exactly from the printed indicators."""
    found = case().scores.recomputed(Node(code))

    assert found is not None
    assert (found.estimate.value, loss_of(case().losses, Node(code))) == (score, loss)


@pytest.mark.parametrize(
    ("printed", "agrees"), [("86.50", True), ("86.51", True), ("86.53", False), ("86.05", False)]
)
def test_other_totals(printed: str, agrees: bool) -> None:
    """A total outside the rounding and its tolerance does not agree."""
    scores = changed({TOTAL: printed})
    verdict = next(check.verdict for check in check_nodes(scores) if check.node == Node(TOTAL))

    assert (verdict == "match") == agrees


def changed(printed: dict[str, str]) -> Scores:
    """The scores with some printed otherwise."""
    values = {Node(code): StatedScore(F(text), text, F(1, 200)) for code, text in printed.items()}
    record = replace(case().record, scores={**case().record.scores, **values})
    return Scores(case().framework, record)


def test_level_is_a_both_ways() -> None:
    """The document states A, and so do the rule on the stated and on the recomputed scores."""
    level = case().level

    assert (level.stated, level.recomputed, level.possible) == ("A", "A", ("A",))


def test_losses_are_shown() -> None:
    """The table of the report prints the losses by instrument."""
    tables = (block for block in report().losses().blocks if isinstance(block, Table))
    cells = {row.cells[2] for table in tables for row in table.rows if "(" in row.cells[0]}

    assert cells == {"6.5634", "6.4350", "0.5000"}


# ---------------------------------------------------------------- the way to the next level


def test_next_level_needs_the_same_of_iit_and_eit() -> None:
    """Reaching 95 needs 92.5 of both IIT and EIT, and nothing of OIT; there is no level between."""
    (target,) = find_targets(case().scores)

    assert (target.level.name_th, target.level.total_min, target.needed) == ("AA", 95, F("92.5"))
    assert target.rises == (("IIT", F("78.122"), F("92.5")), ("EIT", F("78.55"), F("92.5")))


PERCENT = st.fractions(min_value=0, max_value=100, max_denominator=1000)
WEIGHT = st.integers(min_value=1, max_value=60)
WEIGHTED = st.lists(st.tuples(WEIGHT, PERCENT), min_size=1, max_size=6)


@settings(max_examples=50)
@given(WEIGHTED, PERCENT, st.fractions(min_value=0, max_value=1, max_denominator=10_000))
def test_common_score_is_the_least_that_reaches_the_target(
    drawn: list[tuple[int, F]], target: F, part: F
) -> None:
    """With all that is below raised to it the total reaches the target, with any smaller score not."""
    whole = sum(weight for weight, _ in drawn)
    weighted = [(F(weight, whole), score) for weight, score in drawn]
    needed = common_score(weighted, target)
    total, short = (sum(w * max(s, least) for w, s in weighted) for least in (needed, needed * part))

    assert total >= target
    assert short < target or part == 1 or needed == 0
    assert common_score(weighted, sum((w * s for w, s in weighted), F(0))) == 0


# ---------------------------------------------------------------- what one printed score gives away


def combinations(printed: str) -> list[tuple[tuple[str, int], ...]]:
    """Every number of items without points in each sub-indicator of 9 that makes it print so."""
    subs = [s.code for s in case().framework.sub_indicators if s.indicator == "9"]
    sizes = [len(case().framework.children(code)) for code in subs]
    # Each sub-indicator costs at most 20 points, counted here in steps of 20/2520.
    lost, within = (100 - F(printed)) * 126, F(1, 200) * 126
    found = []
    for counts in itertools.product(*(range(size + 1) for size in sizes)):
        loss = sum(n * 2520 // size for n, size in zip(counts, sizes, strict=True))
        if abs(loss - lost) <= within:
            found.append(tuple((code, n) for code, n in zip(subs, counts, strict=True) if n))
    return found


@pytest.mark.parametrize(
    ("printed", "possible", "found"),
    [
        ("97.50", 1, (("9.2", 1),)),
        ("97.51", 0, None),
        ("100.00", 1, None),
        ("77.78", 7, None),
    ],
    ids=["one of management", "impossible", "full", "ambiguous"],
)
def test_missing_items_are_found_and_not_guessed(
    printed: str, possible: int, found: tuple[tuple[str, int], ...] | None
) -> None:
    """Of all combinations the only one that prints so is found; a full score, none or many say nothing."""
    missing = missing_items(changed({"9": printed}), Node("9"))
    combined = combinations(printed)

    assert len(combined) == possible
    assert found in (None, *combined)
    assert (missing and (missing.indicator, missing.counts)) == (found and (Node("9"), found))


def test_missing_item_is_told() -> None:
    """The report says which group of items to look at."""
    text = report().by_instrument().model_dump_json()

    assert "1 ข้อในตัวชี้วัดย่อยที่ 9.2 การบริหารงาน (o10-o17)" in text


# ---------------------------------------------------------------- the years that do not go together


def test_years_are_flagged_and_no_number() -> None:
    """The printed plan year and the meeting before the result are told, and keep from publication."""
    flagged = {p.rule: (p.severity, p.stated, p.expected) for p in case().problems}

    assert flagged.pop("repeated-cell")
    assert flagged == {
        "plan-year-differs": ("warning", "2565", "2566"),
        "result-year-doubted": ("error", "8 ธ.ค. 2564", "1 ส.ค. 2565"),
    }
    assert any("8 ธ.ค. 2564" in blocker.text_th for blocker in blockers(case()))


@pytest.mark.parametrize(
    ("held", "plan_year", "rules"),
    [
        (dt.date(2022, 7, 31), 2566, ["result-year-doubted"]),
        (dt.date(2022, 8, 1), 2566, []),  # the day of the results itself
        (dt.date(2022, 12, 8), 2566, []),
        (None, 2566, []),
        (None, 2567, ["plan-year-differs"]),
        (None, 2564, ["plan-year-differs"]),
    ],
)
def test_years_that_go_together(held: dt.date | None, plan_year: int, rules: list[str]) -> None:
    """A meeting on or after the day of the results, and measures for the next year, are as they should be."""
    office = Office(meeting=Meeting(date=None if held is None else f"{held}"))
    record = replace(case().record, office=office, measures=())

    assert [p.rule for p in year_problems(case().framework, record, plan_year)] == rules


# ---------------------------------------------------------------- the measures that the document lacks


def test_drafts_fill_what_is_missing() -> None:
    """Eight indicators are under 85; the three printed measures stand, the rest gets a draft in 2565."""
    by_status = {
        status: [m.items for m in case().plan if m.status == status] for status in ("confirmed", "draft")
    }

    assert [w.node.code for w in case().weaknesses] == "1 2 3 4 5 6 7 8".split()
    assert by_status == {
        "confirmed": [("4",), ("6", "8"), ("8",)],
        "draft": [("1",), ("2",), ("3",), ("5",), ("7",)],
    }
    assert (case().coverage.uncovered, case().coverage.unfounded) == ((), ())
    assert {(m.start, m.end) for m in case().plan if m.status == "draft"} == {
        (dt.date(2021, 10, 1), dt.date(2022, 9, 30))
    }


def test_drafts_are_marked() -> None:
    """Each draft is marked as one in the list of measures, and no printed measure is."""
    (table,) = (block for block in report().measures().blocks if isinstance(block, Table))

    assert ["(ร่าง)" in row.cells[0] for row in table.rows] == [False] * 3 + [True] * 5
    assert {row.kind for row in table.rows} == {"body"}


@pytest.mark.parametrize(
    ("item", "answered"), [("4", True), ("i19", True), ("IIT", False), ("total", False), ("i1", False)]
)
def test_a_measure_answers_an_indicator_by_what_is_inside(item: str, answered: bool) -> None:
    """A measure for a question inside answers its indicator; one for the whole instrument does not."""
    printed = next(m for m in case().plan if m.items == ("4",))

    assert answers(case().framework, replace(printed, items=(item,)), "4") == answered
