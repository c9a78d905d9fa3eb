"""One agency over three made-up years: changes, their split, peers, and how the report shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest
from conftest import AGENCY, REPOSITORY, YEAR
from hypothesis import given
from hypothesis import strategies as st
from opened import report_of
from test_crosswalk import AFTER, BEFORE, BETWEEN, REAL, changed, framework, of_item, replaced

from ita_nb.analysis.scores import Scores
from ita_nb.analysis.trend import (
    Split,
    Trend,
    find_trend,
    kitagawa,
    percentile,
    percentile_among_peers,
)
from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Figure, Heading, Paragraph, Section, Table
from ita_nb.exhibits.trend import trend
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.intake.peers import Peers
from ita_nb.intake.record import Agency, Record, StatedScore
from ita_nb.thai import signed_text

THIRDS = {code: {"weight": F(1, 3)} for code in ("IIT", "EIT", "OIT")}


def scored(facts: Framework, level: str = "", **printed: str) -> Scores:
    """The scores of an agency in a year, as printed; ``e1_1`` is part 1 of e1, ``i1`` is i1, ``_9`` is 9."""
    scores = {}
    for key, text in printed.items():
        code, _, part = key.partition("_") if key[0] != "_" else (key[1:], "", "")
        scores[Node(code, part)] = StatedScore(F(text), text, F(1, 200))
    return Scores(facts, Record(Agency("x", "หน่วยงานทดสอบ"), facts.fiscal_year, scores, level_th=level))


def trend_of(*years: Scores, known: Sequence[Framework] = ()) -> Trend:
    """The trend of some years; ``known`` are years with facts and without scores."""
    frameworks = {f.fiscal_year: f for f in (*known, *(s.framework for s in years))}
    return find_trend({s.framework.fiscal_year: s for s in years}, frameworks)


FIRST = {"total": "82.00", "IIT": "80.00", "EIT": "85.00", "OIT": "81.25"}
SECOND = {"total": "85.20", "IIT": "84.00", "EIT": "84.00", "OIT": "87.00"}
THIRD = {"total": "94.18", "IIT": "95.68", "EIT": "97.75", "OIT": "90.38"}


def three_years(changes: Sequence[Any] = (changed("OIT", "รายการเปลี่ยน"),)) -> Trend:
    """Three years; in the last one something of OIT changed."""
    return trend_of(
        scored(framework(BEFORE), **FIRST),
        scored(framework(BETWEEN), **SECOND),
        scored(framework(AFTER, changes=tuple(changes)), **THIRD),
    )


# ---------------------------------------------------------------- arithmetic


def test_kitagawa_example() -> None:
    """The worked example: equal weights to .3/.3/.4 splits 3.5 into 17/6 and 2/3."""
    thirds, weights = [F(1, 3)] * 3, [F("0.3"), F("0.3"), F("0.4")]
    split = kitagawa([F(80), F(85), F(90)], [F(84), F(83), F(96)], thirds, weights)

    assert split == Split(F(17, 6), F(2, 3))


FRACTIONS = st.fractions(min_value=0, max_value=100, max_denominator=997)


@given(st.lists(st.tuples(FRACTIONS, FRACTIONS, FRACTIONS, FRACTIONS), min_size=1, max_size=10))
def test_kitagawa_adds_up(terms: list[tuple[F, F, F, F]]) -> None:
    """Whatever the scores and weights, the two parts are the whole change, exactly."""
    before, after, weights_before, weights_after = (list(column) for column in zip(*terms, strict=True))
    split = kitagawa(before, after, weights_before, weights_after)
    change = sum(w * x for x, w in zip(after, weights_after, strict=True)) - sum(
        w * x for x, w in zip(before, weights_before, strict=True)
    )

    assert split.scores + split.weights == change


GROUP = Peers.of({f"p{i}": {Node(TOTAL): F(x)} for i, x in enumerate((70, 80, 80, 85, 90, 95))})


@pytest.mark.parametrize(
    ("value", "expected"), [(80, F(100, 3)), (60, F(0)), (99, F(100)), (70, F(25, 3)), (87, F(200, 3))]
)
def test_percentile_is_mid_rank(value: int, expected: F) -> None:
    """Those below and half of those equal, of all in the group."""
    assert percentile(GROUP.standing(Node(TOTAL), F(value))) == expected


@pytest.mark.parametrize(("peers", "found"), [(9, None), (10, 10), (12, 12)])
def test_percentile_needs_enough_peers(peers: int, found: int | None) -> None:
    """Fewer than ten peers are no group; otherwise their number comes with the percentile."""
    scores = scored(framework(AFTER), total="90.00")
    others = {f"p{i}": {Node(TOTAL): F(80 + i)} for i in range(peers)} | {"none": {Node("IIT"): F(1)}}
    own = percentile_among_peers(Scores(scores.framework, replace(scores.record, peers=others)), Node(TOTAL))

    assert (own.peers if own else None) == found


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1.5", "+1.50"), ("-1.5", "-1.50"), ("0", "0.00"), ("0.001", "0.00"), ("-0.001", "0.00")],
)
def test_sign_of_a_difference(value: str, shown: str) -> None:
    """A difference carries its sign, and what rounds to nothing none."""
    assert signed_text(F(value)) == shown


# ---------------------------------------------------------------- three years


def test_points_are_printed_or_recomputed() -> None:
    """A year that prints no total contributes the recomputed one."""
    found = trend_of(
        scored(framework(BETWEEN), IIT="90", EIT="80", OIT="70"), scored(framework(AFTER), total="94.18")
    ).of(TOTAL)

    assert found is not None
    assert [(p.fiscal_year, p.score) for p in found.points] == [(BETWEEN, F(79)), (AFTER, F("94.18"))]


@pytest.mark.parametrize(
    ("code", "differences", "boundaries"),
    [
        (TOTAL, [F("3.2"), None], [AFTER]),
        ("IIT", [F(4), F("11.68")], []),
        ("EIT", [F(-1), F("13.75")], []),
        ("OIT", [F("5.75"), None], [AFTER]),
    ],
)
def test_changes_of_three_years(code: str, differences: list[F | None], boundaries: list[int]) -> None:
    """A change of OIT stands before the last year of OIT and of the total, and of nothing else."""
    found = three_years().of(code)

    assert found is not None
    assert [c.difference for c in found.changes] == differences
    assert [b.fiscal_year for b in found.boundaries] == boundaries


def test_boundary_keeps_its_reason() -> None:
    """A refused change and its boundary say why, in the same words."""
    found = three_years().of(TOTAL)

    assert found is not None
    assert found.boundaries[0].reasons_th == found.changes[-1].link.reasons_th
    assert found.boundaries[0].reasons_th == (f"ปีงบประมาณ พ.ศ. {AFTER}: รายการเปลี่ยน",)


def test_year_without_scores_is_stepped_over() -> None:
    """Two years with data are compared over one without, by the facts of all three."""
    found = trend_of(
        scored(framework(BEFORE), **FIRST),
        scored(framework(AFTER), **THIRD),
        known=[framework(BETWEEN, changes=(changed("EIT"),))],
    )

    assert {n.node.code: [c.difference is None for c in n.changes] for n in found.nodes} == {
        TOTAL: [True],
        "IIT": [False],
        "EIT": [True],
        "OIT": [False],
    }


def test_contradicted_point_is_marked() -> None:
    """A printed total that its parts contradict is marked, and stays as printed."""
    found = trend_of(scored(framework(AFTER), **{**THIRD, "total": "49.74"})).of(TOTAL)

    assert found is not None
    assert [(p.score, p.contradicted) for p in found.points] == [(F("49.74"), True)]


# ---------------------------------------------------------------- split


def weighted_years(total_before: str = "85.00", **update: Any) -> Trend:
    """The worked example as two years: the instruments' weights change and no change is listed."""
    before = framework(BETWEEN, instruments=replaced(REAL.instruments, **THIRDS))
    return trend_of(
        scored(before, total=total_before, IIT="80.00", EIT="85.00", OIT="90.00"),
        scored(framework(AFTER, **update), total="88.50", IIT="84.00", EIT="83.00", OIT="96.00"),
    )


@pytest.mark.parametrize(
    ("found", "split"),
    [
        (weighted_years(), Split(F(17, 6), F(2, 3))),
        (weighted_years(changes=(changed("o1"),)), None),
        (weighted_years(total_before="80.00"), None),
        (three_years(()), None),
    ],
    ids=["weights-differ", "a-child-changed", "total-contradicted", "weights-equal"],
)
def test_split_of_the_total(found: Trend, split: Split | None) -> None:
    """The total's change is split where all below is comparable and adds up, and only weights differ."""
    total = found.of(TOTAL)

    assert total is not None
    assert total.changes[-1].split == split


# ---------------------------------------------------------------- items and levels


def test_items_are_compared_by_concept() -> None:
    """An item that moved is compared with itself; one without a concept is refused."""
    found = trend_of(
        scored(of_item(BETWEEN, "o27", "แผน"), o27="50", o25="0"),
        scored(of_item(AFTER, "o25", "แผน"), o25="100", o1="100"),
    )

    assert {c.node.code: (c.before, c.difference) for c in found.items} == {
        "o25": (F(50), F(50)),
        "o1": (None, None),
    }


def test_items_without_an_earlier_score() -> None:
    """A comparable item that was not printed in the earlier year has no difference."""
    found = trend_of(
        scored(of_item(BETWEEN, "o27", "แผน"), total="90.00"),
        scored(of_item(AFTER, "o25", "แผน"), o25="100"),
    )

    assert [(c.link.comparable, c.difference) for c in found.items] == [(True, None)]


def of_scheme(fiscal_year: int, scheme: str, **update: Any) -> Framework:
    """A year with the given kind of level names."""
    basis = REAL.level_basis.model_copy(update={"scheme": scheme})
    return framework(fiscal_year, level_basis=basis, **update)


@pytest.mark.parametrize(
    ("schemes", "names", "columns"),
    [
        (("letters", "letters", "words"), ("B", "A", "ผ่าน"), [("letters", ["B", "A"]), ("words", ["ผ่าน"])]),
        (("words", "words", "words"), ("ผ่าน", "", "ผ่านดี"), [("words", ["ผ่าน", "ผ่านดี"])]),
        (
            ("unknown", "unknown", "words"),
            ("ก", "ข", "ผ่าน"),
            [("unknown", ["ก"]), ("unknown", ["ข"]), ("words", ["ผ่าน"])],
        ),
        (
            ("words", "words", "words"),
            ("ผ่าน", "A", "ผ่าน"),
            [("words", ["ผ่าน"]), ("unknown", ["A"]), ("words", ["ผ่าน"])],
        ),
    ],
    ids=["letters-to-words", "one-not-printed", "unknown", "printed-in-the-other-kind"],
)
def test_levels_of_two_kinds_stand_apart(
    schemes: Sequence[str], names: Sequence[str], columns: list[tuple[str, list[str]]]
) -> None:
    """Levels stand together only where they are of one known kind."""
    years = zip((BEFORE, BETWEEN, AFTER), schemes, names, strict=True)
    found = trend_of(*(scored(of_scheme(y, scheme), level=name, total="90.00") for y, scheme, name in years))

    assert [(own.scheme, list(own.by_year.values())) for own in found.levels] == columns


def test_changed_level_rule_starts_a_column() -> None:
    """Names of one kind stand apart where the rule behind them changed."""
    found = trend_of(
        scored(of_scheme(BETWEEN, "words"), level="ผ่าน", total="90.00"),
        scored(of_scheme(AFTER, "words", changes=(changed("level"),)), level="ผ่าน", total="90.00"),
    )

    assert [list(own.by_year) for own in found.levels] == [[BETWEEN], [AFTER]]


# ---------------------------------------------------------------- the exhibit


@pytest.fixture(scope="module")
def case() -> Case:
    """The real case."""
    return build_case(AGENCY, YEAR, REPOSITORY)


def shown(case: Case, found: Trend, *, working: bool = True) -> Section:
    """The exhibit of a case with another trend."""
    edition = "working" if working else "publish"
    return trend(report_of(replace(case, trend=found), edition=edition, draft=not working).report)


def tables(section: Section) -> Mapping[str, Table]:
    """The tables of a section by their captions."""
    return {b.caption: b for b in section.blocks if isinstance(b, Table)}


def texts(section: Section) -> list[str]:
    """Every piece of text that a reader takes in at once: a paragraph, a cell, a note, a caption."""
    found: list[str] = []
    for block in section.blocks:
        if isinstance(block, Heading | Paragraph):
            found.append(
                f"{block.label} {block.text}".strip() if isinstance(block, Paragraph) else block.text
            )
        if isinstance(block, Figure):
            found += [block.alt, block.caption]
        if isinstance(block, Table):
            cells = [cell for row in block.rows for cell in row.cells]
            found += [block.caption, *block.notes, *(c.heading for c in block.columns), *cells]
    return found


def test_one_year_is_not_compared(case: Case) -> None:
    """With one year of data there is a heading and one sentence, and no picture."""
    section = shown(case, trend_of(scored(framework(AFTER), **THIRD)))

    heading, sentence = texts(section)
    assert heading == "แนวโน้มรายปี"
    assert ("ปีงบประมาณ พ.ศ. 2568 " in sentence, "ปีเดียว" in sentence) == (True, True)


def test_peers_are_named_by_their_number(case: Case) -> None:
    """With enough peers the section says the percentile and how many agencies it rests on."""
    peers = {f"p{i}": {Node(TOTAL): F(40 + i)} for i in range(12)}
    scores = Scores(case.framework, replace(case.record, peers=peers))
    section = trend(report_of(replace(case, scores=scores)).report)

    said = texts(section)[-1]
    assert "คะแนนรวม 49.74 คะแนน อยู่ที่เปอร์เซ็นไทล์ที่ 83.33" in said
    assert " 12 หน่วยงาน" in said


def test_scores_of_the_years_are_listed(case: Case) -> None:
    """The table has a row for each year with the total and the instruments."""
    rows = tables(shown(case, three_years()))["คะแนนและระดับรายปี"].rows

    assert [row.cells for row in rows] == [
        ("2566", "82.00", "80.00", "85.00", "81.25"),
        ("2567", "85.20", "84.00", "84.00", "87.00"),
        ("2568", "94.18", "95.68", "97.75", "90.38"),
    ]


def test_comparable_changes_are_listed_newest_first(case: Case) -> None:
    """The table of changes holds what is comparable, each with its sign, and nothing that is not."""
    rows = tables(shown(case, three_years()))["ผลต่างของคะแนนที่เปรียบเทียบระหว่างปีได้"].rows

    assert [(row.cells[0].rstrip(" *"), row.cells[-1]) for row in rows if row.kind == "body"] == [
        ("IIT", "+11.68"),
        ("EIT", "+13.75"),
        ("คะแนนรวม", "+3.20"),
        ("IIT", "+4.00"),
        ("EIT", "-1.00"),
        ("OIT", "+5.75"),
    ]


def test_refusals_are_listed_with_their_reason(case: Case) -> None:
    """What is not compared is listed with its reason and the scores that it concerns."""
    rows = tables(shown(case, three_years()))["คะแนนที่เปรียบเทียบไม่ได้ และเหตุผล"].rows

    assert [row.cells for row in rows] == [
        ("ปีงบประมาณ พ.ศ. 2568 เทียบกับปีงบประมาณ พ.ศ. 2567",),
        ("คะแนนรวม, OIT", "ปีงบประมาณ พ.ศ. 2568: รายการเปลี่ยน"),
    ]


def test_split_is_shown(case: Case) -> None:
    """A change that could be split is shown with its two parts."""
    rows = tables(shown(case, weighted_years()))["ผลต่างของคะแนนที่เปรียบเทียบระหว่างปีได้"].rows

    assert rows[1].cells[-2:] == ("+3.50", "จากคะแนน +2.83\nจากน้ำหนัก +0.67")


@pytest.mark.parametrize(("working", "found"), [(True, [("o25", "o27)")]), (False, [])])
def test_items_are_shown_in_the_working_edition(
    case: Case, working: bool, found: list[tuple[str, str]]
) -> None:
    """Changes of single items are for the working edition; a moved item names its old code."""
    items = trend_of(
        scored(of_item(BETWEEN, "o27", "แผน"), total="90.00", o27="50"),
        scored(of_item(AFTER, "o25", "แผน"), total="91.00", o25="100"),
    )
    table = tables(shown(case, items, working=working)).get("ผลต่างของคะแนนรายข้อที่เปรียบเทียบระหว่างปีได้")

    names = [row.cells[0].split() for row in (table.rows if table else ()) if row.kind == "body"]

    assert [(name[0], name[-1]) for name in names] == found


def mixed_levels() -> Trend:
    """Letters in two years, then words, with the change listed as the facts do."""
    words = "เปลี่ยนจากตัวอักษร (AA ถึง F) เป็นถ้อยคำ"
    return trend_of(
        scored(of_scheme(BEFORE, "letters"), level="B", **FIRST),
        scored(of_scheme(BETWEEN, "letters"), level="AA", **SECOND),
        scored(of_scheme(AFTER, "words", changes=(changed("level", words),)), level="ผ่านดีเยี่ยม", **THIRD),
    )


def test_levels_have_a_column_for_each_kind(case: Case) -> None:
    """Letters and words stand in two columns, headed by their kind, with a dash where neither applies."""
    table = tables(shown(case, mixed_levels()))["คะแนนและระดับรายปี"]

    assert [c.heading for c in table.columns][-2:] == ["ระดับแบบตัวอักษร", "ระดับแบบถ้อยคำ"]
    assert [row.cells[-2:] for row in table.rows] == [("B", "-"), ("AA", "-"), ("-", "ผ่านดีเยี่ยม")]


def test_levels_of_two_kinds_never_meet(case: Case) -> None:
    """No sentence, cell or note names a level of either kind beside one of the other."""
    both = [t for t in texts(shown(case, mixed_levels())) if re.search(r"\b[A-F]{1,2}\b", t) and "ผ่าน" in t]

    assert both == []


def test_nothing_is_said_to_cause_a_change(case: Case) -> None:
    """The section speaks of differences, and of causes only to say that it names none."""
    said = [t for t in texts(shown(case, weighted_years())) if re.search("สาเหตุ|เนื่องจาก|ส่งผล|ทำให้", t)]

    assert ["ไม่ได้บอกสาเหตุที่คะแนนเปลี่ยน" in text for text in said] == [True]
