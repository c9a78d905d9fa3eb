"""The figures: what they say, that it is what they show, and that they are legible in black and white."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from conftest import AGENCY, REPOSITORY, YEAR, ConsistentAgency, Workspace
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import TextToPath

from ita_nb.analysis.diagnosis import Weakness, reading_of
from ita_nb.analysis.losses import LossNode
from ita_nb.analysis.planner import Coverage
from ita_nb.case import Case, build_case
from ita_nb.document import fonts
from ita_nb.document.blocks import Figure, Section
from ita_nb.document.charts import (
    Answered,
    Bar,
    Entry,
    Level,
    Share,
    answers_chart,
    coverage_chart,
    profile_chart,
    radar_chart,
    style,
    topic_answers_chart,
    trend_chart,
    waterfall_chart,
)
from ita_nb.document.charts import answers as answers_module
from ita_nb.document.charts import coverage as coverage_module
from ita_nb.document.charts import trend as trend_module
from ita_nb.document.charts.canvas import Drawing
from ita_nb.document.charts.lettering import UNITS, shaped, text_width, wrapped
from ita_nb.document.charts.style import Fill, Look, score_scale, spread
from ita_nb.document.svg import safe_svg
from ita_nb.exhibits import figures, takeaways
from ita_nb.exhibits.takeaways import GivenAnswer
from ita_nb.facts.loader import load_framework
from ita_nb.intake.record import Node, StatedScore

PASS, HIGHEST = Level(Fraction(85), "เกณฑ์ 85"), Level(Fraction(95), "ระดับ AA 95")
GROUPS = ("IIT",) * 5 + ("EIT",) * 3 + ("OIT",) * 2
OPTIONS = ("มากที่สุด", "มาก", "ค่อนข้างมาก", "น้อย", "น้อยที่สุด", "ไม่มี")
MISSING = "ไม่มีข้อมูล"


def entries(scores: Sequence[float | None], name: str = "ตัวชี้วัด") -> list[Entry]:
    """Ten rows or fewer with the given values."""
    values = [None if score is None else Fraction(str(score)) for score in scores]
    return [
        Entry(f"{i} {name}", value, group)
        for i, (value, group) in enumerate(zip(values, GROUPS, strict=False), start=1)
    ]


def bar(counts: Sequence[int], label: str = "ข้อ i1") -> Bar:
    """The answers of so many people."""
    whole = sum(counts)
    shares = (Share(o, Fraction(100 * n, whole), n) for o, n in zip(OPTIONS, counts, strict=False))
    return Bar(label, tuple(shares))


def matrix_or_none(
    rows: int, columns: int, name: str = "ข้อความของข้อ", answered: bool = True
) -> Drawing | None:
    """A matrix with one mark a row, every third measure a draft; ``None`` where it is too wide."""
    weaknesses = [
        Answered(f"i{i} {name}", frozenset({i % columns} if answered else ()), "ยังไม่มีมาตรการ")
        for i in range(rows)
    ]
    return coverage_chart(weaknesses, [i % 3 > 0 for i in range(columns)], "thai")


def matrix(rows: int, columns: int, name: str = "ข้อความของข้อ", answered: bool = True) -> Drawing:
    """A matrix that is not too wide."""
    drawing = matrix_or_none(rows, columns, name, answered)
    assert drawing is not None
    return drawing


@pytest.fixture(scope="module")
def case() -> Case:
    """The real case."""
    return build_case(AGENCY, YEAR, REPOSITORY)


def with_scores(case: Case, scores: dict[str, str]) -> Case:
    """The case with these printed scores and no others."""
    printed = {
        Node(code): StatedScore(Fraction(score), score, Fraction(1, 200)) for code, score in scores.items()
    }
    record = replace(case.record, scores=printed, answers={})
    return replace(case, record=record, scores=type(case.scores)(case.framework, record))


def figures_of(case: Case) -> list[Figure]:
    """Every figure that the case has."""
    found = [
        make(case, "thai") for make in (figures.profile, figures.radar, figures.waterfall, figures.coverage)
    ]
    found += [figures.topic_answers(case, topic, "thai") for topic in case.framework.topics]
    for node in case.scores.distributions:
        reading, _ = reading_of(case.scores, node, case.respondents)
        found.append(figures.answers(case, node, reading, "thai") if reading else None)
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
    assert takeaways.of_profile(named(*scores), missing, Fraction(85)) == sentence


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
    assert takeaways.of_radar(named(*scores), missing) == sentence


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
    assert takeaways.of_losses(named(*losses), "ตัวชี้วัด") == sentence


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
    assert takeaways.of_answers("i1", answers) == sentence


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
    assert takeaways.of_topic_answers(named(*shares)) == sentence


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

    assert takeaways.of_coverage(answered, "ข้อ", measures, unfounded, drafts) == sentence


# ---------------------------------------------------------------- figures and their data


def test_scores_behind_the_profile(case: Case) -> None:
    """The data of profile and radar are the scores of the indicators."""
    expected = [case.record.scores[Node(i.code)].text for i in case.framework.indicators]

    for figure in (figures.profile(case, "thai"), figures.radar(case, "thai")):
        assert figure is not None
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
    parts = figures.lost_parts(case.losses)

    assert sum(part.loss or 0 for part in parts) == case.losses.loss == 100 - (case.losses.score or 0)


FULL_SCORES = {str(code): "100" for code in range(1, 11)}


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({}, (False, False)),
        ({"1": "90"}, (True, False)),
        ({"1": "90", "7": "80"}, (True, False)),
        ({"1": "90", "7": "80", "9": "70"}, (True, True)),
        (FULL_SCORES, (True, True)),
    ],
    ids=["none", "one", "two", "three", "full"],
)
def test_profile_and_radar_need_scores(
    case: Case, scores: dict[str, str], expected: tuple[bool, bool]
) -> None:
    """Without a score there is no profile, and below three no radar."""
    own = with_scores(case, scores)

    assert (figures.profile(own, "thai") is not None, figures.radar(own, "thai") is not None) == expected


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

    assert (figures.waterfall(own, "thai") is not None) == is_drawn


@pytest.mark.parametrize("year", [2562, 2565, YEAR])
@pytest.mark.parametrize("levels_known", [True, False])
def test_lines_come_from_the_facts_of_the_year(case: Case, year: int, levels_known: bool) -> None:
    """The lines are the year's pass score and the highest level's total, where that is known."""
    framework = load_framework(year)
    framework = framework if levels_known else framework.model_copy(update={"levels": ()})
    own = replace(case, framework=framework, scores=type(case.scores)(framework, case.record))
    figure = figures.profile(own, "arabic")
    known = [framework.reference_lines.pass_score]
    known += sorted(level.total_min for level in framework.levels)[-1:]

    assert figure is not None
    stated = figure.alt.partition(":")[0]
    assert re.findall(r"\d+", stated) == [f"{score}" for score in known]


def test_answers_of_a_topic(workspace: Workspace, add_consistent: Callable[..., ConsistentAgency]) -> None:
    """A topic's figure has a bar for every question of it that has a distribution."""
    agency = add_consistent()
    own = build_case(agency.agency_id, YEAR, workspace.root)
    topic = max(
        own.framework.topics, key=lambda t: len({n.code for n in own.scores.distributions} & set(t.items))
    )
    asked = [node for node in own.scores.distributions if node.code in topic.items]
    figure = figures.topic_answers(own, topic, "thai")

    assert figure is not None
    assert figure.data is not None
    assert sorted(row.cells[0] for row in figure.data.rows if row.kind == "group") == sorted(
        n.name_th for n in asked
    )


def test_single_question_is_no_figure_of_a_topic(case: Case) -> None:
    """Topics with fewer than two distributions have no figure of their own."""
    assert [figures.topic_answers(case, topic, "thai") for topic in case.framework.topics] == [None] * 7


def test_doubt_stands_in_the_caption(case: Case) -> None:
    """What is to be doubted about the answers stands behind the takeaway, in brackets."""
    node = next(iter(case.scores.distributions))
    reading, _ = reading_of(case.scores, node, case.respondents)

    assert reading is not None
    assert figures.answers(case, node, reading, "thai", "ยังไม่ได้ยืนยัน").caption.endswith(" (ยังไม่ได้ยืนยัน)")


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
    figure = figures.coverage(covered(case, {"i10": (0, 2), "o12": (), "o13": ()}, 4), "thai")

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
    figure = figures.coverage(covered(case, dict.fromkeys(codes.split(), (0,)), 1), "thai")

    assert figure is not None
    assert figure.caption == f"{word}ที่ต้องยกระดับทั้ง 2 {word}มีมาตรการรองรับ"


@pytest.mark.parametrize(
    ("matrix", "measures"), [({}, 2), ({"i10": ()}, 0)], ids=["no-weakness", "no-measure"]
)
def test_coverage_needs_both_sides(case: Case, matrix: dict[str, tuple[int, ...]], measures: int) -> None:
    """Without a weakness, or without a measure, there is no matrix."""
    assert figures.coverage(covered(case, matrix, measures), "thai") is None


@pytest.mark.parametrize(("measures", "is_drawn"), [(20, True), (52, False)])
def test_coverage_needs_room(case: Case, measures: int, is_drawn: bool) -> None:
    """So many measures that the labels would have no room are left to the table."""
    items = {code: (i % measures,) for i, code in enumerate(case.framework.leaves)}

    assert (figures.coverage(covered(case, items, measures), "thai") is not None) == is_drawn


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


def test_digits_of_the_drawing() -> None:
    """The numbers of a drawing are written in the digits of the document."""
    texts = {
        digits: "".join(box.text for box in profile_chart(entries([80.75]), [PASS], digits, MISSING).texts)
        for digits in ("thai", "arabic")
    }

    assert re.findall("[0-9]", texts["thai"]) == re.findall("[๐-๙]", texts["arabic"]) == []


# ---------------------------------------------------------------- black and white


def grey(color: str) -> float:
    """How light a colour is in black-and-white print, 0 to 255."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def look_in_grey(look: Look) -> tuple[str, bool]:
    """What is left of a mark without colour: its form, and whether it is filled."""
    return look.mark, grey(look.fill) < 128


def differ(one: Fill, other: Fill) -> bool:
    """Whether two areas differ without colour: by hatching, or plainly by lightness."""
    return one.hatch != other.hatch or abs(grey(one.color) - grey(other.color)) > 35


def test_marks_differ_without_colour() -> None:
    """Scores above and below the line, and the marks of the matrix, differ by form or filling."""
    assert look_in_grey(style.REACHED) != look_in_grey(style.BELOW)
    looks = [
        coverage_module.CONFIRMED,
        coverage_module.DRAFT,
        coverage_module.WITHOUT_MEASURE,
        coverage_module.WITHOUT_WEAKNESS,
    ]
    assert len(set(map(look_in_grey, looks))) == len(looks)


def test_areas_differ_without_colour() -> None:
    """Any two answers, and any two kinds of steps, differ by hatching or lightness."""
    steps = (style.LOST, style.LOST_MOST, style.GAINED)

    for fills in (answers_module.FILLS, steps):
        assert [pair for pair in combinations(fills, 2) if not differ(*pair)] == []


def test_lines_differ_without_colour() -> None:
    """The series of a trend differ by mark and by line, the lines of the levels by their dashes."""
    lines = trend_module.LINES

    assert len({look_in_grey(line.look) for line in lines}) == len(lines)
    assert len({(line.stroke.dash, line.stroke.width) for line in lines}) == len(lines)
    assert len({stroke.dash for stroke in style.LEVEL_LINES}) == len(style.LEVEL_LINES)


@pytest.mark.parametrize(
    ("scores", "circles", "triangles"), [([90, 95], 3, 0), ([90, 80], 2, 2), ([70, 80], 0, 3)], ids=str
)
def test_scores_below_the_line_have_another_mark(scores: list[float], circles: int, triangles: int) -> None:
    """Each score has the mark of its side of the line, and the legend has each mark that is used."""
    svg = profile_chart(entries(scores), [PASS, HIGHEST], "thai", MISSING).svg

    assert svg.count("<circle") == circles
    assert len(re.findall(r'L[^L"]*L[^L"]*z" fill="#ffffff"', svg)) == triangles


@pytest.mark.parametrize(("losses", "most"), [([1, 2, 3], 1), ([3, 3, 1], 2), ([2, 2, 2], 3)], ids=str)
def test_greatest_losses_are_hatched(losses: list[float], most: int) -> None:
    """Every greatest loss is hatched, and so is their sign in the legend."""
    svg = waterfall_chart(entries(losses), "คะแนนเต็ม", "คะแนนรวม", "thai").svg

    assert len(re.findall(rf'stroke="{style.WEAK_BAR}" stroke-width="0.8"', svg)) == most + 1


@pytest.mark.parametrize("loss", ["0.001", "-0.001"])
def test_loss_that_rounds_to_nothing_has_no_sign(loss: str) -> None:
    """A step of the waterfall that is printed as nothing has neither plus nor minus."""
    losses = [Entry("ก", Fraction(loss)), Entry("ข", Fraction(2))]
    texts = [box.text for box in waterfall_chart(losses, "คะแนนเต็ม", "คะแนนรวม", "arabic").texts]

    assert [text for text in texts if text.endswith("0.00") and text != "100.00"] == ["0.00"]


# ---------------------------------------------------------------- size and room


def test_drawings_are_small(case: Case) -> None:
    """A figure of the real case takes a part of a page and of a file."""
    for figure in figures_of(case):
        height = re.search(r'height="([\d.]+)pt"', figure.svg)
        assert height is not None
        assert float(height[1]) <= 3.9 * 72
        assert len(figure.svg) < 55_000


LONG = "การส่งเสริมคุณธรรมและความโปร่งใสของหน่วยงาน " * 50
HOSTILE = {
    "formula": "ราคา $x_1$ ถึง $y^2$ $",
    "markup": '<b>ตัวหนา</b> & "อ้าง" ]]> <!-- -->',
    "emoji": "ผลงาน 🏆👩‍👩‍👧 ดี\ufe0f",
    "long": LONG,
    "one long word": "ก" * 3000,
    "latin": "x" * 3000,
    "lines": "บรรทัด\nที่สอง\r\nที่สาม\tแท็บ",
    "unseen": "\u202eกลับ\u202c\u200b\x00",
    "empty": "",
    "stacked marks": "ป้ำปั๊มปี๊ฎุฐูญู่",
}
CHARTS: dict[str, Callable[[str], Drawing]] = {
    "profile": lambda name: profile_chart(entries([80, 90, None], name), [PASS, HIGHEST], "thai", MISSING),
    "radar": lambda name: radar_chart(entries([80, 90, None, 95] + [100] * 6, name), PASS, "thai", MISSING),
    "waterfall": lambda name: waterfall_chart(entries([1, 2, 0], name), "คะแนนเต็ม", "คะแนนรวม", "thai"),
    "answers": lambda name: answers_chart(bar((33, 1, 0, 1, 1, 6), name), "thai"),
    "topic answers": lambda name: topic_answers_chart([bar((9, 1), name), bar((3, 2, 5), name)], "thai"),
    "trend": lambda name: trend_chart(
        (2567, 2568), [(name[:20], (Fraction(80), Fraction(90)))], (2568,), PASS, "thai"
    ),
    "matrix": lambda name: matrix(3, 4, name),
}


def width_and_height(drawing: Drawing) -> tuple[float, float]:
    """The size of a drawing in points."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing.svg)
    assert found is not None
    return float(found[1]), float(found[2])


def assert_legible(drawing: Drawing) -> None:
    """No text covers another, and none leaves the sheet."""
    width, height = width_and_height(drawing)
    assert [(a.text, b.text) for a, b in combinations(drawing.texts, 2) if a.covers(b)] == []
    assert [
        box.text
        for box in drawing.texts
        if box.left < -0.1 or box.top < -1 or box.right > width + 0.1 or box.bottom > height
    ] == []


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_hostile_labels_break_no_chart(chart: Callable[[str], Drawing], name: str) -> None:
    """Whatever a label holds, the drawing is well-formed, its texts keep apart, and it stays small."""
    drawing = chart(name)

    assert "<svg" in safe_svg(drawing.svg, "f", name)
    assert_legible(drawing)
    assert len(drawing.svg) < 80_000


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.decimals(0, 100, places=2), min_size=10, max_size=10).filter(any))
def test_scores_of_any_size_keep_their_labels_apart(scores: list[float | None]) -> None:
    """Whatever the scores, no label of profile, radar or waterfall covers another."""
    rows = entries(scores, "การใช้ทรัพย์สินของราชการ")

    assert_legible(profile_chart(rows, [PASS, HIGHEST], "thai", MISSING))
    assert_legible(radar_chart(rows, PASS, "thai", MISSING))
    losses = [Entry(row.label, (row.value or Fraction(0)) / 10, row.group) for row in rows]
    assert_legible(waterfall_chart(losses, "คะแนนเต็ม", "คะแนนรวม", "thai"))


@pytest.mark.parametrize("count", range(3, 13))
def test_any_number_of_spokes(count: int) -> None:
    """From three indicators to twelve, the labels of a radar keep apart."""
    rows = [Entry("การใช้ทรัพย์สินของราชการ", Fraction(80 + i)) for i in range(count)]

    assert_legible(radar_chart(rows, PASS, "thai", MISSING))


@pytest.mark.parametrize("answered", [True, False], ids=["answered", "unanswered"])
@pytest.mark.parametrize(
    ("rows", "columns"), [(1, 1), (7, 7), (10, 3), (23, 12), (25, 20), (30, 20), (40, 20), (1, 20), (40, 1)]
)
def test_matrix_of_any_size(rows: int, columns: int, answered: bool) -> None:
    """A matrix labels every row and numbers every column, apart and no smaller than 7 points."""
    drawing = matrix(rows, columns, "ข้อ", answered)
    texts = [box.text for box in drawing.texts]

    assert_legible(drawing)
    assert [text for text in texts if text.startswith("i")] == [f"i{_thai(i)} ข้อ" for i in range(rows)]
    assert {_thai(i) for i in range(1, columns + 1)} <= set(texts)
    assert min(box.bottom - box.top for box in drawing.texts) >= 7


@pytest.mark.parametrize("name", ["ข้อ", LONG], ids=["short", "long"])
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "unanswered"])
@pytest.mark.parametrize("rows", [1, 10, 25, 52])
def test_widest_matrix_is_legible(rows: int, answered: bool, name: str) -> None:
    """Up to some number of columns, of 20 or more, there is a legible matrix with labels; beyond, none."""
    drawings = [matrix_or_none(rows, columns, name, answered) for columns in range(1, 53)]
    found = [drawing for drawing in drawings if drawing is not None]

    assert 20 <= len(found) < 52
    assert drawings[len(found) :] == [None] * (52 - len(found))
    assert_legible(found[-1])
    assert all(box.right > 40 for box in found[-1].texts if box.text.startswith("i") and name == LONG)


def _thai(value: int) -> str:
    return str(value).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_same_numbers_give_the_same_picture(chart: Callable[[str], Drawing]) -> None:
    """A chart of the same values is the same bytes."""
    assert chart("ข้อ").svg == chart("ข้อ").svg


def test_every_share_is_in_the_legend() -> None:
    """An answer too rare for a number of its own in the bar is named in the legend with its people."""
    texts = [box.text for box in answers_chart(bar((970, 10, 5, 5, 5, 5)), "arabic").texts]

    assert {f"{o} {s}" for o, s in zip(OPTIONS[1:3], ("1.00% (10 คน)", "0.50% (5 คน)"), strict=True)} <= set(
        texts
    )


# ---------------------------------------------------------------- the pieces


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(1, 20)), min_size=1, max_size=8),
)
def test_spread_labels_keep_apart(labels: list[tuple[float, float]]) -> None:
    """Spread labels do not overlap, keep their order, and stay inside where there is room."""
    centres, sizes = [c for c, _ in labels], [s for _, s in labels]
    found = spread(centres, sizes, 0, 100)
    order = sorted(range(len(found)), key=lambda i: (centres[i], i))

    for before, after in pairwise(order):
        assert found[after] - found[before] >= (sizes[before] + sizes[after]) / 2 - 1e-9
    ends = found[order[0]] - sizes[order[0]] / 2, found[order[-1]] + sizes[order[-1]] / 2
    assert ends[0] >= -1e-9
    assert ends[1] <= max(100, sum(sizes)) + 1e-9


@pytest.mark.parametrize(
    ("lowest", "low", "ticks"),
    [
        (94.18, 94, 7),
        (99.99, 99, 2),
        (100, 99, 2),
        (86.5, 86, 8),
        (72.1, 70, 7),
        (60, 60, 5),
        (3, 0, 6),
        (-2, 0, 6),
    ],
)
def test_axis_begins_below_the_lowest_score(lowest: float, low: int, ticks: int) -> None:
    """An axis begins at a tick at or below the lowest score, ends at 100, and has few ticks."""
    scale = score_scale(lowest, 0, 100)

    assert (scale.low, scale.ticks[-1], len(scale.ticks)) == (low, 100, ticks)


@pytest.mark.parametrize("text", [LONG, "การใช้ทรัพย์สินของราชการ", "x" * 400, "", " "])
@pytest.mark.parametrize("width", [20.0, 60.0, 200.0])
def test_wrapped_lines_fit(text: str, width: float) -> None:
    """No line of a wrapped label is wider than its room, and there are no more lines than allowed."""
    lines = wrapped(text, width, 9.5, lines=2).split("\n")

    assert len(lines) <= 2
    assert max(text_width(line, 9.5) for line in lines) <= width


def test_lines_end_between_words() -> None:
    """A label is broken between words, and what is left out is marked."""
    label = "การใช้ทรัพย์สินของราชการ"

    assert wrapped(label, 90, 9.5) == "การใช้ทรัพย์สินของ\nราชการ"
    assert wrapped(label, 90, 9.5, lines=1) == "การใช้ทรัพย์สินของ…"


THAI_SYLLABLES = ["ก้ำ", "ปั๊", "ฐุ", "ญู", "ฤๅ", "ฬึ๊", "น้ำ", "เ", "า", "ๆ", "ฯ", "่", "๕", "์"]
SIGNS = [*".,-(/%…“”‘’\"'×≤", " ", "1", "70"]
LATIN = ["To", "AV", "fi", "e๑", "i10", "LY"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(THAI_SYLLABLES + SIGNS + LATIN), min_size=1).map("".join), st.booleans())
def test_text_stands_as_the_font_shapes_it_whole(text: str, bold: bool) -> None:
    """Marks, kerning and joined letters, and the width, are those of the whole line shaped at once."""
    font = FT2Font(str(fonts.BOLD if bold else fonts.REGULAR))
    font.set_size(UNITS, 72)
    placed, outlines, _ = TextToPath().get_glyphs_with_font(font, text)
    font.set_text(text)
    found = shaped(text, bold=bold)

    drawn = [(name, x, -y) for name, x, y, _ in placed if len(outlines[name][0])]
    assert [(glyph.key[1], glyph.x, glyph.y) for glyph in found.glyphs] == drawn
    assert found.width == font.get_width_height()[0] / 64 == text_width(text, UNITS, bold=bold)
