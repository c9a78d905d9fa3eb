"""The analysis that bangkrabue published, recomputed: totals, losses, targets, and years that contradict."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from fractions import Fraction as F
from functools import cache

import pytest
from conftest import REPOSITORY
from hypothesis import assume, given
from hypothesis import strategies as st
from opened import Opened

from ita_nb.analysis.levels import common_score, find_targets
from ita_nb.analysis.losses import loss_of
from ita_nb.analysis.reconcile import NodeCheck, check_nodes
from ita_nb.analysis.reconstruct import missing_items
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.wording import year_problems
from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Table
from ita_nb.document.gate import blockers
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.intake.params_file import Meeting, Office
from ita_nb.intake.record import StatedScore
from ita_nb.parameters import ReportParameters

YEAR = 2565
# The ten indicators as the document prints them.
PRINTED = dict(
    zip(
        "1 2 3 4 5 6 7 8 9 10".split(),
        map(F, "81.64 77.05 79.52 74.10 78.30 78.88 82.02 74.75 97.50 100.00".split()),
        strict=True,
    )
)


@cache
def case() -> Case:
    """The case as it stands in the repository."""
    return build_case("bangkrabue", YEAR, REPOSITORY)


def report() -> Opened:
    """Its report in Arabic digits."""
    return Opened(case(), ReportParameters(agency_id="bangkrabue", fiscal_year=YEAR, digits="arabic"))


# ---------------------------------------------------------------- the numbers


def test_indicators_stand_as_printed() -> None:
    """The data hold the ten printed indicators."""
    assert {code: case().record.scores[Node(code)].value for code in PRINTED} == PRINTED


@pytest.mark.parametrize(
    ("code", "expected"),
    [("IIT", F("78.122")), ("EIT", F("78.55")), ("OIT", F("98.75")), (TOTAL, F("86.5016"))],
)
def test_recomputed(code: str, expected: F) -> None:
    """Instruments and total follow exactly from the indicators at 30/30/40."""
    found = case().scores.recomputed(Node(code))

    assert found is not None
    assert found.estimate.value == expected


def of_total() -> NodeCheck:
    """The check of the stated total."""
    return next(check for check in case().nodes if check.node == Node(TOTAL))


def test_total_agrees() -> None:
    """The printed total 86.5 is the recomputed one within the rounding."""
    assert (of_total().stated, of_total().verdict) == (F("86.5"), "match")


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


@pytest.mark.parametrize(
    ("code", "expected"),
    [("IIT", F("6.5634")), ("EIT", F("6.435")), ("OIT", F("0.5")), (TOTAL, F("13.4984"))],
)
def test_losses(code: str, expected: F) -> None:
    """The points that each instrument costs the total, exactly; together they are what the total lacks."""
    assert loss_of(case().losses, Node(code)) == expected


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


def shares(drawn: list[tuple[int, F]]) -> list[tuple[F, F]]:
    """Weights that sum to one, with their scores."""
    whole = sum(weight for weight, _ in drawn)
    return [(F(weight, whole), score) for weight, score in drawn]


def raised(weighted: list[tuple[F, F]], least: F) -> F:
    """The total when every score below ``least`` is raised to it."""
    return sum((weight * max(score, least) for weight, score in weighted), F(0))


@given(WEIGHTED, PERCENT)
def test_common_score_reaches_the_target(drawn: list[tuple[int, F]], target: F) -> None:
    """With everything below the answer raised to it, the total reaches the target."""
    weighted = shares(drawn)

    assert raised(weighted, common_score(weighted, target)) >= target


@given(WEIGHTED, PERCENT, st.fractions(min_value=0, max_value=1, max_denominator=10_000))
def test_no_smaller_common_score_does(drawn: list[tuple[int, F]], target: F, part: F) -> None:
    """Any smaller score leaves the total below the target."""
    weighted = shares(drawn)
    needed = common_score(weighted, target)
    assume(needed > 0 and part < 1)

    assert raised(weighted, needed * part) < target


@given(WEIGHTED)
def test_nothing_is_needed_for_what_is_reached(drawn: list[tuple[int, F]]) -> None:
    """A total that stands already needs no rise."""
    weighted = shares(drawn)

    assert common_score(weighted, raised(weighted, F(0))) == 0


# ---------------------------------------------------------------- what one printed score gives away


def combinations(lost: F, within: F) -> list[dict[str, int]]:
    """Every number of items without points in each sub-indicator of 9 that loses so much."""
    subs = [s.code for s in case().framework.sub_indicators if s.indicator == "9"]
    sizes = [len(case().framework.children(code)) for code in subs]
    found = []
    for counts in itertools.product(*(range(size + 1) for size in sizes)):
        loss = sum((F(100, 5) * F(n, size) for n, size in zip(counts, sizes, strict=True)), F(0))
        if abs(loss - lost) <= within:
            found.append({code: n for code, n in zip(subs, counts, strict=True) if n})
    return found


def test_only_one_item_of_management_can_be_missing() -> None:
    """Of all combinations only one item of 9.2 without points prints as 97.50."""
    assert combinations(F("2.50"), F(1, 200)) == [{"9.2": 1}]


def test_missing_item_is_found() -> None:
    """The package finds the same single combination."""
    found = missing_items(case().scores, Node("9"))

    assert found is not None
    assert (found.indicator, found.counts) == (Node("9"), (("9.2", 1),))


@pytest.mark.parametrize("printed", ["97.51", "100.00", "77.78"], ids=["impossible", "full", "ambiguous"])
def test_missing_items_are_not_guessed(printed: str) -> None:
    """A score that no combination gives, a full one, and one of many combinations say nothing."""
    assert missing_items(changed({"9": printed}), Node("9")) is None


def test_example_is_ambiguous() -> None:
    """The ambiguous score of the test above does have several combinations."""
    assert len(combinations(F("22.22"), F(1, 200))) > 1


def test_missing_item_is_told() -> None:
    """The report says which group of items to look at."""
    cells = [
        cell
        for block in report().by_instrument().blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row.cells
    ]

    assert [cell for cell in cells if "1 ข้อในตัวชี้วัดย่อยที่ 9.2 การบริหารงาน (o10-o17)" in cell] != []


# ---------------------------------------------------------------- the years that do not go together


def flagged() -> dict[str, tuple[str, str | None, str | None]]:
    """The problems of the case: severity, stated and expected by rule."""
    return {p.rule: (p.severity, p.stated, p.expected) for p in case().problems}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("plan-year-differs", ("warning", "2565", "2566")),
        ("result-year-doubted", ("error", "8 ธ.ค. 2564", "1 ส.ค. 2565")),
    ],
)
def test_year_is_flagged(rule: str, expected: tuple[str, str, str]) -> None:
    """The printed plan year and the meeting before the result are both told."""
    assert flagged()[rule] == expected


def test_no_number_is_flagged() -> None:
    """The printed numbers agree: only years and repeated cells are odd."""
    assert set(flagged()) == {"plan-year-differs", "result-year-doubted", "repeated-cell"}


def test_doubted_year_keeps_from_publication() -> None:
    """A result that may be of another year is settled before publication."""
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


def test_weak_indicators() -> None:
    """Eight of the ten indicators are under 85, although the level is A."""
    assert [w.node.code for w in case().weaknesses] == "1 2 3 4 5 6 7 8".split()


@pytest.mark.parametrize(
    ("status", "items"),
    [
        ("confirmed", [("4",), ("6", "8"), ("8",)]),
        ("draft", [("1",), ("2",), ("3",), ("5",), ("7",)]),
    ],
)
def test_drafts_fill_what_is_missing(status: str, items: list[tuple[str, ...]]) -> None:
    """The document's three measures stand as printed; the indicators that they leave get a draft each."""
    assert [m.items for m in case().plan if m.status == status] == items


def test_nothing_weak_is_left() -> None:
    """With the drafts every weak indicator has a measure, and no measure is without a weakness."""
    assert (case().coverage.uncovered, case().coverage.unfounded) == ((), ())


def test_drafts_lie_in_the_stated_plan_year() -> None:
    """The drafts are dated in 2565, the plan year that the document states."""
    days = {(m.start, m.end) for m in case().plan if m.status == "draft"}

    assert days == {(dt.date(2021, 10, 1), dt.date(2022, 9, 30))}


def test_drafts_are_marked() -> None:
    """Each draft is marked as one in the table of measures, and no printed measure is."""
    (table,) = (block for block in report().measures().blocks if isinstance(block, Table))

    assert ["(ร่าง)" in row.cells[0] for row in table.rows] == [False] * 3 + [True] * 5


def test_measures_stand_in_one_list() -> None:
    """The form of 2565 groups nothing: every row of the table is a measure."""
    (table,) = (block for block in report().measures().blocks if isinstance(block, Table))

    assert {row.kind for row in table.rows} == {"body"}
