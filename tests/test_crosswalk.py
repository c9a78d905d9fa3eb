"""Which scores of two years may be compared: made-up years, built from the real facts of one."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from conftest import YEAR

from ita_nb.facts.crosswalk import Link, level_names_comparable, link
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Change, Option, SubQuestion
from ita_nb.facts.loader import known_years, load_framework

BEFORE, BETWEEN, AFTER = 2566, 2567, 2568
REAL = load_framework(YEAR)


def framework(fiscal_year: int, **update: Any) -> Framework:
    """The real facts as those of another year, without changes; built anew: a copy keeps cached tables."""
    fields = {name: getattr(REAL, name) for name in Framework.model_fields}
    return Framework.model_validate({**fields, "fiscal_year": fiscal_year, "changes": (), **update})


def changed(node: str, text_th: str = "เปลี่ยนแล้ว") -> Change:
    """A listed change."""
    return Change(node=node, text_th=text_th, source=("ita_nb",), confidence="confirmed")


def replaced(rows: tuple[Any, ...], **updates: Mapping[str, Any]) -> tuple[Any, ...]:
    """The rows of a table, those named by their code with other values."""
    return tuple(row.model_copy(update=updates.get(row.code, {})) for row in rows)


# Everything below a question is confirmed, so that only what a case changes can matter.
SURE_SCALES = tuple(s.model_copy(update={"confidence": "confirmed"}) for s in REAL.scales)
SURE = {"concept": "how", "text_th": "ถามอะไร", "confidence": "confirmed", "scale_confidence": "confirmed"}
LINES = (SubQuestion(text_th="ก", scale="six_step", polarity="positive"),)
OTHER_LINES = (SubQuestion(text_th="ข", scale="six_step", polarity="positive"),)


def of_question(fiscal_year: int, **update: Any) -> Framework:
    """A year in which i1 asks for a concept; the other questions ask for none."""
    bare = {q.code: {"concept": ""} for q in REAL.questions}
    questions = replaced(REAL.questions, **{**bare, "i1": {**SURE, **update}})
    return framework(fiscal_year, questions=questions, scales=SURE_SCALES)


def of_item(fiscal_year: int, code: str, title: str, **update: Any) -> Framework:
    """A year in which one published item has a concept and a title."""
    bare = {item.code: {"concept": ""} for item in REAL.items}
    sure = {"concept": "plan", "title_th": title, "confidence": "confirmed", **update}
    return framework(fiscal_year, items=replaced(REAL.items, **{**bare, code: sure}), scales=SURE_SCALES)


def between_two(before: Framework, after: Framework, code: str) -> Link:
    """The link of a node of the later year to the year just before."""
    return link({BETWEEN: before, AFTER: after}, BETWEEN, AFTER, code)


# ---------------------------------------------------------------- questions


@pytest.mark.parametrize(
    "before",
    [{}, {"text_th": "  ถามอะไร\n"}, {"topic_th": "เรื่องอื่น"}],
    ids=["equal", "white-space", "other-topic"],
)
def test_same_question_is_comparable(before: dict[str, Any]) -> None:
    """Concept, wording and options alike: comparable for certain, whatever else differs."""
    found = between_two(of_question(BETWEEN, **before), of_question(AFTER), "i1")

    assert found == Link("i1", "i1", comparable=True, certain=True, reasons_th=())


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"text_th": "ถามอื่น"}, {}, "ถ้อยคำของปีงบประมาณ พ.ศ. 2567 กับปีงบประมาณ พ.ศ. 2568 ไม่ตรงกัน"),
        ({"text_th": None}, {}, "ยังไม่ทราบถ้อยคำของปีงบประมาณ พ.ศ. 2567"),
        ({}, {"text_th": None}, "ยังไม่ทราบถ้อยคำของปีงบประมาณ พ.ศ. 2568"),
        (
            {"scale": "yes_no"},
            {},
            "ตัวเลือกคำตอบหรือคะแนนของตัวเลือกของปีงบประมาณ พ.ศ. 2567 กับปีงบประมาณ พ.ศ. 2568 ไม่ตรงกัน",
        ),
        ({"scale": "published_item"}, {}, "ยังไม่ทราบตัวเลือกคำตอบหรือคะแนนของตัวเลือกของปีงบประมาณ พ.ศ. 2567"),
        ({"polarity": "negative"}, {}, "ทิศทางการให้คะแนนของปีงบประมาณ พ.ศ. 2567 กับปีงบประมาณ พ.ศ. 2568 ไม่ตรงกัน"),
        ({"polarity": None}, {}, "ยังไม่ทราบทิศทางการให้คะแนนของปีงบประมาณ พ.ศ. 2567"),
        ({"sub_questions": LINES}, {}, "ข้อย่อยของปีงบประมาณ พ.ศ. 2567 กับปีงบประมาณ พ.ศ. 2568 ไม่ตรงกัน"),
        (
            {"sub_questions": LINES},
            {"sub_questions": OTHER_LINES},
            "ข้อย่อยของปีงบประมาณ พ.ศ. 2567 กับปีงบประมาณ พ.ศ. 2568 ไม่ตรงกัน",
        ),
        ({"concept": "else"}, {}, "ปีงบประมาณ พ.ศ. 2567 ไม่พบข้อที่ระบุว่าถามเรื่องเดียวกัน"),
        ({}, {"concept": ""}, "ไม่มีข้อมูลว่าข้อของปีงบประมาณ พ.ศ. 2568 ตรงกับข้อใดของปีงบประมาณ พ.ศ. 2567"),
    ],
    ids=(
        "wording no-wording-before no-wording-after options no-options polarity no-polarity "
        "lines-before other-lines concept no-concept"
    ).split(),
)
def test_other_question_is_refused(before: dict[str, Any], after: dict[str, Any], reason: str) -> None:
    """Each difference refuses the comparison with one reason of its own, which names the years."""
    found = between_two(of_question(BETWEEN, **before), of_question(AFTER, **after), "i1")

    assert (found.comparable, found.reasons_th) == (False, (reason,))


def test_other_points_are_other_options() -> None:
    """The same labels with other points are another option set."""
    options = (Option(label_th="มากที่สุด", positive=Fraction(100), negative=Fraction(0)),)
    scales = tuple(
        s.model_copy(update={"options": options}) if s.code == "six_step" else s for s in SURE_SCALES
    )
    after = of_question(AFTER)
    found = between_two(framework(BETWEEN, questions=after.questions, scales=scales), after, "i1")

    assert [reason.split("ของ")[0] for reason in found.reasons_th] == ["ตัวเลือกคำตอบหรือคะแนน"]


@pytest.mark.parametrize(
    ("update", "caveat"),
    [
        ({"confidence": "derived"}, "ถ้อยคำของปีงบประมาณ พ.ศ. 2567 เป็นข้อมูลอนุมานหรือยังไม่ยืนยัน"),
        ({"confidence": "partial"}, "ถ้อยคำของปีงบประมาณ พ.ศ. 2567 เป็นข้อมูลอนุมานหรือยังไม่ยืนยัน"),
        ({"scale_confidence": "derived"}, "เกณฑ์การให้คะแนนของปีงบประมาณ พ.ศ. 2567 เป็นข้อมูลอนุมานหรือยังไม่ยืนยัน"),
    ],
    ids=["derived-wording", "partial-wording", "derived-scale"],
)
def test_inferred_side_is_not_certain(update: dict[str, Any], caveat: str) -> None:
    """What is not confirmed in one year stays comparable, with a caveat that names the year."""
    found = between_two(of_question(BETWEEN, **update), of_question(AFTER), "i1")

    assert found == Link("i1", "i1", comparable=True, certain=False, reasons_th=(caveat,))


def test_change_of_the_question_itself_refuses_it() -> None:
    """A change listed at the question refuses it in the words of the change, under its code of that year."""
    after = of_question(AFTER)
    found = between_two(
        of_question(BETWEEN), framework(AFTER, questions=after.questions, changes=(changed("i1"),)), "i1"
    )

    assert "ปีงบประมาณ พ.ศ. 2568: เปลี่ยนแล้ว" in found.reasons_th


# ---------------------------------------------------------------- published items


def test_moved_code_is_found_by_concept() -> None:
    """An item that moved from o27 to o25 is the same item, and o25 of the earlier year is not."""
    found = between_two(of_item(BETWEEN, "o27", "แผน"), of_item(AFTER, "o25", "แผน"), "o25")

    assert found == Link("o27", "o25", comparable=True, certain=True, reasons_th=())


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("แผนงาน ประจำปีงบประมาณ พ.ศ. 2567", "แผนงาน ประจำปีงบประมาณ พ.ศ. 2568", True),
        ("แผนงานประจำปี", "แผนงาน ประจำปีงบประมาณ พ.ศ. ๒๕๖๘", True),
        ("แผนงาน ปี 2567", "แผนงาน", True),
        ("แผนงาน รอบ 6 เดือน", "แผนงาน รอบ 12 เดือน", False),
        ("แผนงาน", "รายงานผล", False),
    ],
)
def test_years_in_titles_do_not_count(before: str, after: str, same: bool) -> None:
    """Titles are compared without the year that they speak of."""
    found = between_two(of_item(BETWEEN, "o1", before), of_item(AFTER, "o1", after), "o1")

    assert found.comparable == same


def test_other_values_refuse_an_item() -> None:
    """An item marked 0 or 100 is not comparable with one marked 0, 50 or 100."""
    scales = tuple(
        s.model_copy(update={"values": (Fraction(0), Fraction(100))} if s.values else {}) for s in SURE_SCALES
    )
    after = of_item(AFTER, "o1", "แผน")
    found = between_two(framework(BETWEEN, items=after.items, scales=scales), after, "o1")

    assert found.reasons_th == ("เกณฑ์การให้คะแนนของปีงบประมาณ พ.ศ. 2567 กับปีงบประมาณ พ.ศ. 2568 ไม่ตรงกัน",)


def test_question_is_no_item() -> None:
    """A question and a published item of one concept are not linked."""
    found = between_two(of_question(BETWEEN, concept="plan"), of_item(AFTER, "o1", "แผน"), "o1")

    assert found.before is None


# ---------------------------------------------------------------- groups


@pytest.mark.parametrize("code", ["5", "IIT", TOTAL])
@pytest.mark.parametrize(
    ("node", "touched"),
    [
        (TOTAL, {"5", "IIT", TOTAL}),
        ("IIT", {"5", "IIT", TOTAL}),
        ("5", {"5", "IIT", TOTAL}),
        ("i13", {"5", "IIT", TOTAL}),
        ("i1", {"IIT", TOTAL}),
        ("1", {"IIT", TOTAL}),
        ("OIT", {TOTAL}),
        ("o3", {TOTAL}),
        ("level", set()),
    ],
)
def test_changes_touch_what_stands_above_and_below(node: str, touched: set[str], code: str) -> None:
    """A change refuses its node, all above and all below it; one of the level names refuses no score."""
    after = framework(AFTER, changes=(changed(node),))

    assert between_two(framework(BETWEEN), after, code).comparable == (code not in touched)


@pytest.mark.parametrize(
    ("year", "reasons"),
    [
        (BEFORE, None),  # against the year before it
        (BETWEEN, ("ปีงบประมาณ พ.ศ. 2567: เปลี่ยนแล้ว",)),
        (AFTER, ("ปีงบประมาณ พ.ศ. 2568: เปลี่ยนแล้ว",)),
    ],
)
def test_change_counts_from_the_year_after_the_first(year: int, reasons: tuple[str, ...] | None) -> None:
    """What changed in a year, with or without scores, refuses in the words of the change, with its year."""
    years = {
        y: framework(y, changes=(changed("OIT"),) if y == year else ()) for y in (BEFORE, BETWEEN, AFTER)
    }
    found = link(years, BEFORE, AFTER, "OIT")

    assert found.comparable == (reasons is None)
    assert reasons in {None, found.reasons_th}


@pytest.mark.parametrize("missing", [BEFORE, BETWEEN, AFTER])
def test_year_without_facts_refuses(missing: int) -> None:
    """A year without facts, at an end or between, refuses scores and names of levels, and is named."""
    years = {year: framework(year) for year in (BEFORE, BETWEEN, AFTER) if year != missing}
    found = link(years, BEFORE, AFTER, TOTAL)

    assert (found.comparable, [str(missing) in reason for reason in found.reasons_th]) == (False, [True])
    assert not level_names_comparable(years, BEFORE, AFTER)


@pytest.mark.parametrize(
    ("table", "code", "refused"),
    [("instruments", "OIT", TOTAL), ("indicators", "3", "IIT"), ("questions", "i1", "1")],
)
def test_unknown_weights_refuse_the_group_above(table: str, code: str, refused: str) -> None:
    """Where a weight is not known, the score above it cannot be compared."""
    before = framework(BETWEEN, **{table: replaced(getattr(REAL, table), **{code: {"weight": None}})})

    assert between_two(before, framework(AFTER), refused).reasons_th == (
        "ไม่ทราบน้ำหนักภายในของปีงบประมาณ พ.ศ. 2567",
    )


def test_other_number_of_parts_refuses() -> None:
    """A group of another size is not the same group, even where no change is listed."""
    fewer = tuple(q for q in REAL.questions if q.code != "i15")

    assert not between_two(framework(BETWEEN, questions=fewer), framework(AFTER), "5").comparable


def test_unconfirmed_facts_make_a_group_uncertain() -> None:
    """A group of which not all is confirmed is comparable with a caveat for each such year."""
    found = between_two(framework(BETWEEN), framework(AFTER), "IIT")

    assert found == Link(
        "IIT",
        "IIT",
        comparable=True,
        certain=False,
        reasons_th=(
            "น้ำหนักหรือรายการของปีงบประมาณ พ.ศ. 2567 ยังไม่ยืนยันทั้งหมด",
            "น้ำหนักหรือรายการของปีงบประมาณ พ.ศ. 2568 ยังไม่ยืนยันทั้งหมด",
        ),
    )


@pytest.mark.parametrize(("code", "named"), [("1", True), ("IIT", True), ("2", False)])
def test_question_that_differs_refuses_its_groups(code: str, named: bool) -> None:
    """A question with another wording refuses what stands above it, though no change is listed."""
    found = between_two(of_question(BETWEEN, text_th="ถามอื่น"), of_question(AFTER), code)
    reason = "ถ้อยคำหรือเกณฑ์ของข้อ i1 ในปีงบประมาณ พ.ศ. 2567 กับปีงบประมาณ พ.ศ. 2568 ไม่ตรงกัน"

    assert (found.comparable, reason in found.reasons_th) == (not named, named)


def test_other_weights_are_a_caveat() -> None:
    """Other weights without a listed change leave the total comparable, but say so."""
    weights = {"IIT": "1/3", "EIT": "1/3", "OIT": "1/3"}
    others = replaced(REAL.instruments, **{c: {"weight": Fraction(w)} for c, w in weights.items()})
    found = between_two(framework(BETWEEN, instruments=others), framework(AFTER), TOTAL)

    assert found.reasons_th[-1] == "น้ำหนักภายในของปีงบประมาณ พ.ศ. 2567 กับปีงบประมาณ พ.ศ. 2568 ไม่เท่ากัน"


# ---------------------------------------------------------------- names of the levels


@pytest.mark.parametrize(
    ("before", "after", "changes", "comparable"),
    [
        ("words", "words", (), True),
        ("letters", "letters", ("OIT", TOTAL), True),
        ("letters", "words", (), False),
        ("unknown", "unknown", (), False),
        ("words", "words", ("level",), False),
    ],
)
def test_level_names_side_by_side(
    before: str, after: str, changes: tuple[str, ...], comparable: bool
) -> None:
    """Level names stand side by side when they are of one known kind and their rule did not change."""
    years = {
        year: framework(year, level_basis=REAL.level_basis.model_copy(update={"scheme": scheme}))
        for year, scheme in ((BETWEEN, before), (AFTER, after))
    }
    years[AFTER] = years[AFTER].model_copy(update={"changes": tuple(map(changed, changes))})

    assert level_names_comparable(years, BETWEEN, AFTER) == comparable


# ---------------------------------------------------------------- the real years


@pytest.mark.parametrize("after", known_years()[1:])
def test_every_refusal_of_the_real_years_says_why(after: int) -> None:
    """Between any two real years, whatever is refused has a reason."""
    years = {year: load_framework(year) for year in known_years()}
    links = [
        link(years, before, after, code)
        for before in known_years()
        if before < after
        for code in (TOTAL, *years[after].by_code)
    ]

    assert [found for found in links if not found.comparable and not found.reasons_th] == []


def test_a_group_that_a_year_lacks_is_refused() -> None:
    """A sub-indicator that the later year does not have is compared with nothing, and that is said."""
    years = {year: load_framework(year) for year in (2566, 2567)}

    assert link(years, 2566, 2567, "9.1").reasons_th == ("ปีงบประมาณ พ.ศ. 2567 ไม่มีคะแนนรหัสนี้",)
