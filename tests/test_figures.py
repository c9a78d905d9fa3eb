"""The figures of a report: what their sentences say, and that words, drawing and data agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from conftest import AGENCY, REPOSITORY, YEAR, ConsistentAgency, Workspace
from opened import report_of

from ita_nb import charts
from ita_nb.analysis.diagnosis import Coverage, Weakness, reading_of
from ita_nb.analysis.losses import LossNode, lost_parts
from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Figure, Section
from ita_nb.exhibits import figures, sentences
from ita_nb.exhibits.sentences import GivenAnswer
from ita_nb.facts.kinds import Node
from ita_nb.facts.loader import load_framework


@pytest.fixture(scope="module")
def case() -> Case:
    """The real case."""
    return build_case(AGENCY, YEAR, REPOSITORY)


def drawn(case: Case, section: str, digits: str = "arabic") -> list[Figure]:
    """The figures of a section as the notebook shows them."""
    blocks = report_of(case, digits=digits).sections[section].blocks
    return [block for block in blocks if isinstance(block, Figure)]


def figures_of(case: Case) -> list[Figure]:
    """Every figure that the case has."""
    found: list[Figure | None] = [*drawn(case, "profile"), *drawn(case, "losses"), figures.coverage(case)]
    found += [figures.topic_answers(case, topic) for topic in case.framework.topics]
    for node in case.scores.distributions:
        reading, _ = reading_of(case.scores, node, case.respondents)
        found.append(figures.answers(case, node, reading) if reading else None)
    return [figure for figure in found if figure]


# ---------------------------------------------------------------- takeaways


def named(*scores: str) -> list[tuple[str, Fraction]]:
    """Indicators ก, ข, ค... with the given scores."""
    return [(name, Fraction(score)) for name, score in zip("กขคงจฉ", scores, strict=False)]


PROFILES = {
    "one below": (["90", "80.75"], 0, "ข (80.75 คะแนน) เป็นตัวชี้วัดเดียวที่ต่ำกว่าเกณฑ์ 85 คะแนน"),
    "none below": (["90", "85"], 0, "ทั้ง 2 ตัวชี้วัดได้ไม่ต่ำกว่าเกณฑ์ 85 คะแนน ต่ำที่สุดคือข (85.00 คะแนน)"),
    "some below": (["90", "84", "80"], 0, "2 ใน 3 ตัวชี้วัดได้ต่ำกว่าเกณฑ์ 85 คะแนน ต่ำที่สุดคือค (80.00 คะแนน)"),
    "all below": (["70", "80"], 0, "ทั้ง 2 ตัวชี้วัดได้ต่ำกว่าเกณฑ์ 85 คะแนน ต่ำที่สุดคือก (70.00 คะแนน)"),
    "all full": (["100", "100"], 0, "ทั้ง 2 ตัวชี้วัดได้คะแนนเต็ม 100 คะแนน"),
    "all equal": (["80", "80"], 0, "ทั้ง 2 ตัวชี้วัดได้ 80.00 คะแนน เท่ากัน ซึ่งต่ำกว่าเกณฑ์ 85 คะแนน"),
    "two lowest": (
        ["90", "80", "80"],
        0,
        "2 ใน 3 ตัวชี้วัดได้ต่ำกว่าเกณฑ์ 85 คะแนน ต่ำที่สุดคือข และค (80.00 คะแนน เท่ากัน)",
    ),
    "four lowest": (
        ["90", "80", "80", "80", "80"],
        0,
        "4 ใน 5 ตัวชี้วัดได้ต่ำกว่าเกณฑ์ 85 คะแนน ต่ำที่สุดคือ 4 ตัวชี้วัดที่ได้ 80.00 คะแนน เท่ากัน",
    ),
    "some missing": (
        ["90", "86"],
        3,
        "ทั้ง 2 ตัวชี้วัดที่มีคะแนนได้ไม่ต่ำกว่าเกณฑ์ 85 คะแนน ต่ำที่สุดคือข (86.00 คะแนน)",
    ),
    "a single one": (["80.75"], 9, "ก ซึ่งเป็นตัวชี้วัดเดียวที่มีคะแนน ได้ 80.75 คะแนน ต่ำกว่าเกณฑ์ 85 คะแนน"),
}


@pytest.mark.parametrize(("scores", "missing", "sentence"), PROFILES.values(), ids=PROFILES)
def test_takeaway_of_the_profile(scores: list[str], missing: int, sentence: str) -> None:
    """The profile's sentence says how many lie under the line and names the lowest."""
    assert sentences.of_profile(named(*scores), missing, Fraction(85)) == sentence


RADARS = {
    "apart": (["90", "80.75", "95"], 0, "คะแนนสูงสุดคือค (95.00 คะแนน) ต่ำสุดคือข (80.75 คะแนน) ห่างกัน 14.25 คะแนน"),
    "equal": (["90", "90", "90"], 0, "คะแนนของ 3 ตัวชี้วัดเท่ากันที่ 90.00 คะแนน"),
    "equal, others missing": (["90"] * 3, 1, "คะแนนของ 3 ตัวชี้วัดที่มีคะแนนเท่ากันที่ 90.00 คะแนน"),
    "ties": (
        ["100"] * 4 + ["70", "70"],
        0,
        "คะแนนสูงสุดคือ 4 ตัวชี้วัดที่ได้ 100.00 คะแนน เท่ากัน ต่ำสุดคือจ และฉ (70.00 คะแนน เท่ากัน) ห่างกัน 30.00 คะแนน",
    ),
}


@pytest.mark.parametrize(("scores", "missing", "sentence"), RADARS.values(), ids=RADARS)
def test_takeaway_of_the_radar(scores: list[str], missing: int, sentence: str) -> None:
    """The radar's sentence names both ends and the distance."""
    assert sentences.of_radar(named(*scores), missing) == sentence


LOSSES = {
    "one most": (
        ["3.85", "1.15"],
        "คะแนนรวมเสียไป 5.00 คะแนน มากที่สุดอยู่ที่ก 3.85 คะแนน คิดเป็นร้อยละ 77.00 ของที่เสียทั้งหมด",
    ),
    "one alone": (["0", "1.15"], "คะแนนรวมเสียไป 1.15 คะแนน อยู่ที่ขทั้งหมด"),
    "two most": (
        ["2", "2", "1"],
        "คะแนนรวมเสียไป 5.00 คะแนน มากที่สุดอยู่ที่ก และข ตัวชี้วัดละ 2.00 คะแนน รวมคิดเป็นร้อยละ 80.00 ของที่เสียทั้งหมด",
    ),
    "four most": (
        ["1", "1", "1", "1"],
        "คะแนนรวมเสียไป 4.00 คะแนน มากที่สุดอยู่ที่ 4 ตัวชี้วัด ตัวชี้วัดละ 1.00 คะแนน รวมคิดเป็นร้อยละ 100.00 ของที่เสียทั้งหมด",
    ),
    "with a gain": (["3", "-1"], "คะแนนรวมเสียไป 2.00 คะแนน มากที่สุดอยู่ที่ก 3.00 คะแนน"),
}


@pytest.mark.parametrize(("losses", "sentence"), LOSSES.values(), ids=LOSSES)
def test_takeaway_of_the_waterfall(losses: list[str], sentence: str) -> None:
    """The waterfall's sentence says what is lost and where most of it is; gains allow no share of the sum."""
    assert sentences.of_losses(named(*losses), "ตัวชี้วัด") == sentence


def given_answers(*counts: int, known: bool = True) -> list[GivenAnswer]:
    """Answers worth 100, 50 and 0 points, given by so many people."""
    whole = sum(counts)
    shares = [Fraction(100 * n, whole) for n in counts]
    points = (Fraction(100), Fraction(50), Fraction(0))
    return [
        GivenAnswer(option, share, n if known else None, own, share * (100 - own) / 100)
        for option, share, n, own in zip("กขค", shares, counts, points, strict=True)
    ]


ANSWERS = {
    "most lost": (
        given_answers(6, 2, 2),
        (
            'i1 มีผู้ตอบ "ก" (6 จาก 10 คน หรือร้อยละ 60.00) ซึ่งได้คะแนนเต็ม '
            'และเสียคะแนนมากที่สุดจากคำตอบ "ค" (2 จาก 10 คน หรือร้อยละ 20.00)'
        ),
    ),
    "a tie": (
        given_answers(7, 2, 1, known=False),
        (
            'i1 มีผู้ตอบ "ก" (ร้อยละ 70.00) ซึ่งได้คะแนนเต็ม '
            'และเสียคะแนนมากที่สุดจากคำตอบ "ข" (ร้อยละ 20.00) และ "ค" (ร้อยละ 10.00)'
        ),
    ),
    "all full": (given_answers(10, 0, 0), 'i1 ผู้ตอบทั้งหมด 10 คน ตอบ "ก" ซึ่งได้คะแนนเต็ม'),
    "none full": (
        given_answers(0, 10, 0),
        'i1 ไม่มีผู้ตอบ "ก" ซึ่งได้คะแนนเต็ม และเสียคะแนนมากที่สุดจากคำตอบ "ข" (10 จาก 10 คน หรือร้อยละ 100.00)',
    ),
}


@pytest.mark.parametrize(("answers", "sentence"), ANSWERS.values(), ids=ANSWERS)
def test_takeaway_of_answers(answers: list[GivenAnswer], sentence: str) -> None:
    """The sentence of a question gives the full answers and the costliest ones, with people where known."""
    assert sentences.of_answers("i1", answers) == sentence


TOPIC_ANSWERS = {
    "one": (["80", "70"], "ใน 2 ข้อที่มีการแจกแจงคำตอบ ข มีผู้ให้คำตอบที่ได้คะแนนเต็มน้อยที่สุด คือร้อยละ 70.00"),
    "tie": (
        ["80", "70", "70"],
        "ใน 3 ข้อที่มีการแจกแจงคำตอบ ข และค มีผู้ให้คำตอบที่ได้คะแนนเต็มน้อยที่สุดเท่ากัน คือร้อยละ 70.00",
    ),
    "equal": (["80", "80"], "ทั้ง 2 ข้อที่มีการแจกแจงคำตอบมีผู้ให้คำตอบที่ได้คะแนนเต็มเท่ากัน คือร้อยละ 80.00"),
}


@pytest.mark.parametrize(("shares", "sentence"), TOPIC_ANSWERS.values(), ids=TOPIC_ANSWERS)
def test_takeaway_of_a_topic(shares: list[str], sentence: str) -> None:
    """The sentence of a topic names the question with the fewest full answers."""
    assert sentences.of_topic_answers(named(*shares)) == sentence


COVERAGES = {
    "all": ("ก1 ข1", 2, 0, 0, "ข้อที่ต้องยกระดับทั้ง 2 ข้อมีมาตรการรองรับ"),
    "one": ("ก1", 1, 0, 0, "ข้อที่ต้องยกระดับ 1 ข้อมีมาตรการรองรับ"),
    "none": (
        "ก0 ข0",
        1,
        1,
        0,
        "ข้อที่ต้องยกระดับทั้ง 2 ข้อไม่มีมาตรการรองรับ ทั้งนี้ มีมาตรการเดียว และมาตรการนี้ไม่มีข้อที่ต้องยกระดับรองรับ",
    ),
    "all unfounded": (
        "ก0",
        2,
        2,
        0,
        "ข้อที่ต้องยกระดับ 1 ข้อไม่มีมาตรการรองรับ ทั้งนี้ มาตรการทั้ง 2 มาตรการไม่มีข้อที่ต้องยกระดับรองรับ",
    ),
    "some": ("ก1 ข0 ค0", 1, 0, 0, "ข้อที่ต้องยกระดับ 1 ใน 3 ข้อมีมาตรการรองรับ ที่ยังไม่มีคือข และค"),
    "many": ("ก1 ข0 ค0 ง0 จ0", 1, 0, 0, "ข้อที่ต้องยกระดับ 1 ใน 5 ข้อมีมาตรการรองรับ ที่ยังไม่มีคือ 4 ข้อ"),
    "unfounded": (
        "ก1",
        4,
        3,
        1,
        (
            "ข้อที่ต้องยกระดับ 1 ข้อมีมาตรการรองรับ ทั้งนี้ มาตรการ 3 ใน 4 มาตรการไม่มีข้อที่ต้องยกระดับรองรับ "
            "(นับร่าง 1 มาตรการที่ยังไม่ยืนยันด้วย)"
        ),
    ),
}


@pytest.mark.parametrize(
    ("rows", "measures", "unfounded", "drafts", "sentence"), COVERAGES.values(), ids=COVERAGES
)
def test_takeaway_of_the_coverage(
    rows: str, measures: int, unfounded: int, drafts: int, sentence: str
) -> None:
    """The matrix's sentence counts both sides, and says when drafts are counted."""
    answered = {row[0]: row[1] == "1" for row in rows.split()}

    assert sentences.of_coverage(answered, "ข้อ", measures, unfounded, drafts) == sentence


# ---------------------------------------------------------------- figures and their data


def test_scores_behind_the_profile(case: Case) -> None:
    """The data of profile and radar are the scores of the indicators."""
    expected = [case.record.scores[Node(i.code)].text for i in case.framework.indicators]

    for figure in drawn(case, "profile"):
        assert figure.data is not None
        assert [row.cells[-1] for row in figure.data.rows] == expected


def test_every_value_is_in_the_words_of_a_figure(case: Case) -> None:
    """What the data hold is told in the alternative text as well."""
    for figure in figures_of(case):
        assert figure.data is not None
        values = [c for row in figure.data.rows for c in row.cells[1:] if re.fullmatch(r"\d+\.\d\d", c)]
        told = set(re.findall(r"\d+\.\d\d", figure.alt))
        # The sum of the lost points is told by both ends.
        assert {value for value in values if value != "5.82"} <= told


def test_waterfall_ends_at_the_total(case: Case) -> None:
    """The parts of the waterfall are exactly what the total lost."""
    assert case.losses is not None
    parts = lost_parts(case.losses)

    assert sum(part.loss or 0 for part in parts) == case.losses.loss == 100 - (case.losses.score or 0)


LOST = LossNode(Node("9"), "indicator", Fraction(90), Fraction(2))
REST = LossNode(Node("total"), "remainder", None, Fraction(2))
FULL = LossNode(Node("10"), "indicator", Fraction(100), Fraction(0))


@pytest.mark.parametrize(
    ("below", "is_drawn"),
    [((LOST, FULL), True), ((FULL,), False), ((REST,), False), ((), False)],
    ids=["lost", "full", "unexplained", "nothing"],
)
def test_waterfall_needs_something_told_apart(
    case: Case, below: tuple[LossNode, ...], is_drawn: bool
) -> None:
    """No steps are drawn where nothing is lost, or where only an unexplained rest is known."""
    own = replace(case, losses=LossNode(Node("total"), "total", Fraction(98), Fraction(2), below))

    assert bool(drawn(own, "losses")) == is_drawn


@pytest.mark.parametrize("year", [2562, 2565, YEAR])
@pytest.mark.parametrize("levels_known", [True, False])
def test_lines_come_from_the_facts_of_the_year(case: Case, year: int, levels_known: bool) -> None:
    """The lines are the year's pass score and the highest level's total, where that is known."""
    framework = load_framework(year)
    framework = framework if levels_known else framework.model_copy(update={"levels": ()})
    report = report_of(replace(case, framework=framework)).report
    known_scores = pd.DataFrame({"label": ["ก"], "score": [90]})
    ax = charts.profile(known_scores, line=framework.reference_lines.pass_score, levels=report.levels)
    known = [framework.reference_lines.pass_score]
    known += sorted(level.total_min for level in framework.levels)[-1:]

    stated = ax.figure.get_label().partition(":")[0]
    assert re.findall(r"\d+", stated) == [f"{score}" for score in known]


def test_answers_of_a_topic(workspace: Workspace, add_consistent: Callable[..., ConsistentAgency]) -> None:
    """A topic's figure has a bar for every question of it that has a distribution."""
    agency = add_consistent()
    own = build_case(agency.agency_id, YEAR, workspace.root)
    topic = max(
        own.framework.topics, key=lambda t: len({n.code for n in own.scores.distributions} & set(t.items))
    )
    asked = [node for node in own.scores.distributions if node.code in topic.items]
    figure = figures.topic_answers(own, topic)

    assert figure is not None
    assert figure.data is not None
    assert sorted(row.cells[0] for row in figure.data.rows if row.kind == "group") == sorted(
        n.name_th for n in asked
    )


def test_single_question_is_no_figure_of_a_topic(case: Case) -> None:
    """Topics with fewer than two distributions have no figure of their own."""
    assert [figures.topic_answers(case, topic) for topic in case.framework.topics] == [None] * 7


def test_doubt_stands_in_the_caption(case: Case) -> None:
    """What is to be doubted about the answers stands behind the takeaway, in brackets."""
    node = next(iter(case.scores.distributions))
    reading, _ = reading_of(case.scores, node, case.respondents)

    assert reading is not None
    assert figures.answers(case, node, reading, "ยังไม่ได้ยืนยัน").caption.endswith(" (ยังไม่ได้ยืนยัน)")


def covered(case: Case, matrix: dict[str, tuple[int, ...]], measures: int) -> Case:
    """The case with these weaknesses, each answered by the measures at these places."""
    plan = tuple(replace(case.plan[0], measure_id=f"m{i}", status="confirmed") for i in range(measures))
    weaknesses = tuple(
        Weakness(Node(code), Fraction(50), ("below_pass",), None, "any", None) for code in matrix
    )
    by = {Node(code): tuple(f"m{i}" for i in places) for code, places in matrix.items()}
    coverage = Coverage(by, (), (), {Node("o12"): "ไม่มีผู้รับบริการ"})
    return replace(case, plan=plan, weaknesses=weaknesses, coverage=coverage)


def test_rows_of_the_coverage(case: Case) -> None:
    """A weakness has the numbers of its measures or words for having none, and so have the other measures."""
    figure = figures.coverage(covered(case, {"i10": (0, 2), "o12": (), "o13": ()}, 4))

    assert figure is not None
    assert figure.data is not None
    assert [row.cells[1] for row in figure.data.rows] == [
        "มาตรการที่ 1, 3",
        "ไม่กำหนดมาตรการ",
        "ยังไม่มีมาตรการ",
        "มาตรการที่ 2, 4",
    ]


@pytest.mark.parametrize(("codes", "word"), [("i10 o12", "ข้อ"), ("9 10", "ตัวชี้วัด"), ("9 o12", "รายการ")])
def test_weaknesses_are_counted_as_what_they_are(case: Case, codes: str, word: str) -> None:
    """Items are counted as ข้อ, indicators as ตัวชี้วัด, both together as รายการ."""
    figure = figures.coverage(covered(case, dict.fromkeys(codes.split(), (0,)), 1))

    assert figure is not None
    assert figure.caption == f"{word}ที่ต้องยกระดับทั้ง 2 {word}มีมาตรการรองรับ"


@pytest.mark.parametrize(
    ("matrix", "measures"), [({}, 2), ({"i10": ()}, 0)], ids=["no-weakness", "no-measure"]
)
def test_coverage_needs_both_sides(case: Case, matrix: dict[str, tuple[int, ...]], measures: int) -> None:
    """Without a weakness, or without a measure, there is no matrix."""
    assert figures.coverage(covered(case, matrix, measures)) is None


@pytest.mark.parametrize(("measures", "is_drawn"), [(20, True), (52, False)])
def test_coverage_needs_room(case: Case, measures: int, is_drawn: bool) -> None:
    """So many measures that the labels would have no room are left to the table."""
    items = {code: (i % measures,) for i, code in enumerate(case.framework.leaves)}

    assert (figures.coverage(covered(case, items, measures)) is not None) == is_drawn


def words_of(figure: Figure) -> str:
    """Everything of a figure that is read as text."""
    assert figure.data is not None
    cells = [cell for row in figure.data.rows for cell in row.cells]
    headings = [column.heading for column in figure.data.columns]
    return "\n".join([figure.caption, figure.alt, *cells, *headings, *figure.data.notes])


def test_figures_take_thai_digits(case: Case) -> None:
    """In Thai digits no Arabic digit is left in captions, alternative texts and data."""
    section = Section(blocks=tuple(figures_of(case))).in_digits("thai")
    found = [block for block in section.blocks if isinstance(block, Figure)]

    assert len(found) == 6
    assert re.findall("[0-9]", "".join(map(words_of, found))) == []
