"""The facts of the fiscal years: what the loader refuses, and what is true of the real files."""

from __future__ import annotations

import copy
import datetime as dt
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import YEAR, yaml_text

import ita_nb
from ita_nb.analysis.diagnosis import plan_date
from ita_nb.analysis.levels import level_of
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.slips import score_repairs
from ita_nb.errors import FactsError
from ita_nb.facts import catalogue as catalogue_module
from ita_nb.facts.catalogue import Catalogue, CatalogueMeasure, load_catalogue
from ita_nb.facts.forms import load_forms
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Node, Question, all_facts
from ita_nb.facts.listing import CONFIDENCE_TH, facts_text, years_text
from ita_nb.facts.loader import FRAMEWORKS, known_years, load_framework
from ita_nb.facts.rules import Rule, load_rules, problem
from ita_nb.intake.record import Agency, Record, StatedScore
from ita_nb.thai import number_text

PACKAGE = Path(ita_nb.__file__).parent
Facts = dict[str, Any]

YEARS = tuple(range(2562, 2570))
every_year = pytest.mark.parametrize("year", YEARS)


@pytest.fixture(scope="module")
def framework() -> Framework:
    """Return the real facts of the year that the tests are about."""
    return load_framework(YEAR)


def raw(year: int) -> Facts:
    """Return the file of a year as it stands."""
    facts: Facts = yaml.safe_load((FRAMEWORKS / f"{year}.yaml").read_text(encoding="utf-8"))
    return facts


REAL = raw(YEAR)


GONE = object()


def broken(edits: Facts) -> Facts:
    """Return the real facts with other values at some paths; ``+`` adds one, ``GONE`` takes one away."""
    facts = copy.deepcopy(REAL)
    for path, value in edits.items():
        *way, last = path.split("/")
        place: Any = facts
        for step in way:
            if isinstance(place, dict):
                place = place[step]
            else:  # of a list the entry of this code, else of this number
                place = next(row for n, row in enumerate(place) if row.get("code", str(n)) == step)
        if last == "+":
            place.append(value)
        elif value is GONE:
            del place[last]
        else:
            place[last] = value
    return facts


def loaded(folder: Path, facts: Facts, year: int = YEAR) -> Framework:
    """Write facts as the file of a year and load it."""
    text = yaml_text(facts)
    (folder / f"{year}.yaml").write_text(text, encoding="utf-8")
    return load_framework(year, folder=folder)


# --------------------------------------------------------------------------- one broken thing a case


OTHER_INDICATOR = {key: value for key, value in REAL["indicators"][8].items() if key != "instrument"}
OTHER_INDICATOR |= {"code": "9.1", "indicator": "9"}
LEVELS_OF_THE_YEAR = REAL["levels"]
BREAKAGES: dict[str, tuple[Facts, str]] = {
    "weights of instruments": ({"instruments/IIT/weight": "0.31"}, "น้ำหนักภายใน total"),
    "weights of indicators": ({"indicators/3/weight": "1/4"}, "น้ำหนักภายใน IIT"),
    "weights of questions": ({"questions/e5/weight": "1/2"}, "น้ำหนักภายใน 7"),
    "one weight of some unknown": ({"questions/e5/weight": None}, "น้ำหนักภายใน 7"),
    "one weight known among unknown": ({"items/o5/weight": "1/20"}, "น้ำหนักภายใน 9"),
    "weights of parts": ({"instruments/EIT/parts/0/weight": "1/4"}, "ส่วนต่าง ๆ ของ EIT"),
    "weight as a word": ({"indicators/3/weight": "fifth"}, "fifth"),
    "weight divided by zero": ({"indicators/3/weight": "1/0"}, "1/0"),
    "unknown parent of an indicator": ({"indicators/3/instrument": "XIT"}, "XIT"),
    "unknown parent of a question": ({"questions/i7/indicator": "33"}, "อยู่ภายใต้ 33"),
    "unknown parent of an item": ({"items/o7/indicator": "33"}, "อยู่ภายใต้ 33"),
    "parent without children": (
        {"indicators/+": {**REAL["indicators"][0], "code": "11"}},
        "11 ไม่มีข้อที่อยู่ภายใน",
    ),
    "sub-indicator of another indicator": (
        {
            "sub_indicators": [OTHER_INDICATOR],
            "items/o1/sub_indicator": "9.1",
            "items/o21/sub_indicator": "9.1",
        },
        "o21 อยู่ภายใต้ 9.1",
    ),
    "undefined scale": ({"scales": [s for s in REAL["scales"] if s["code"] != "graded"]}, "graded"),
    "misspelt scale": ({"questions/i7/scale": "sixstep"}, "sixstep"),
    "unused scale": ({"scales/+": {**REAL["scales"][0], "code": "ten_step"}}, "ten_step"),
    "absent option that is none": ({"scales/six_step/absent_option": "ว่าง"}, "ว่าง"),
    "unknown topic item": ({"topics/0/items/+": "o99"}, "o99"),
    "item in two topics": ({"topics/1/items/+": "i1"}, "i1 อยู่ในสองประเด็น"),
    "duplicated code": ({"items/+": REAL["items"][6]}, "รหัส o7 กำหนดไว้สองครั้ง"),
    "code of another table": ({"items/o7/code": "i7"}, "รหัส i7 กำหนดไว้สองครั้ง"),
    "unknown required item": ({"publication/measures_item/code": "o99"}, "o99"),
    "unknown element of a document": (
        {"publication/report_item/required/0/element": "colour"},
        "colour",
    ),
    "unknown form of the analysis": (
        {"publication/forms/analysis": "by_colour"},
        "ไม่มีแบบ analysis ชื่อ by_colour",
    ),
    "unknown form of the measures": (
        {"publication/forms/measures": "by_colour"},
        "ไม่มีแบบ measures ชื่อ by_colour",
    ),
    "unknown form of the report": (
        {"publication/forms/progress": "by_colour"},
        "ไม่มีแบบ progress ชื่อ by_colour",
    ),
    "analysis by topics that are not given": ({"topics": []}, "ต้องมี topics"),
    "change of an unknown node": ({"changes/0/node": "o99"}, "changes ระบุ o99"),
    "one concept twice": ({"items/o7/concept": "org-structure"}, "concept org-structure ใช้กับสองข้อ"),
    "undefined source": ({"questions/i7/source": ["nowhere"]}, "nowhere"),
    "unused source": ({"sources/nobody": REAL["sources"]["rtrda"]}, "nobody"),
    "missing source": ({"questions/i7/source": []}, "i7 มี confidence"),
    "unknown confidence": ({"questions/i7/confidence": "sure"}, "sure"),
    "unknown polarity": ({"questions/i7/polarity": "neutral"}, "neutral"),
    "undeclared gap": (
        {"gaps_th": [gap for gap in REAL["gaps_th"] if gap["nodes"] != ["i2"]]},
        "i2 มีสิ่งที่ยังไม่ทราบ",
    ),
    "gap that is none": ({"gaps_th/+": {"nodes": ["i1"], "text_th": "ถ้อยคำของ i1"}}, "gaps_th ระบุ i1"),
    "gap of an unknown node": (
        {"gaps_th/+": {"nodes": ["o99"], "text_th": "ข้อ o99"}},
        "gaps_th ระบุ o99 ซึ่งไม่มี",
    ),
    "levels left out silently": ({"levels": []}, "gaps_th ไม่ได้ระบุ level"),
    "levels out of order": (
        {"levels": [LEVELS_OF_THE_YEAR[n] for n in (0, 1, 3, 2, 4)]},
        "ระดับ ผ่าน อยู่หลัง ต้องปรับปรุง",
    ),
    "no level from 0": ({"levels": LEVELS_OF_THE_YEAR[:-1]}, "ต้องปรับปรุง ไม่ได้เริ่มที่ 0"),
    "wrong fiscal year": ({"fiscal_year": 2567}, "2567"),
    "unknown key": ({"fiscal_yaer": YEAR}, "fiscal_yaer"),
    "unknown key of an entry": ({"questions/i7/text": "ข้อความ"}, "text"),
    "missing key of an entry": ({"levels/0/total_min": GONE}, "total_min"),
    "a block of another kind": ({"questions": "i1"}, "questions"),
    "no year": ({"fiscal_year": GONE}, "fiscal_year"),
}


@pytest.mark.parametrize(("edits", "offender"), BREAKAGES.values(), ids=BREAKAGES)
def test_a_contradiction_is_refused_naming_the_offender(tmp_path: Path, edits: Facts, offender: str) -> None:
    """One broken fact stops the loader with the file and the offender in the message."""
    with pytest.raises(FactsError) as caught:
        loaded(tmp_path, broken(edits))
    assert f"{YEAR}.yaml" in caught.value.where
    assert offender in caught.value.found


@pytest.mark.parametrize(
    "content",
    [b"", b"- a\n- b\n", b"fiscal_year: [2568\n", "ปี: 2568\n".encode("utf-16"), "ปี: 2568\n".encode("cp874")],
    ids=["empty", "a list", "invalid YAML", "UTF-16", "Windows-874"],
)
def test_a_file_that_is_no_facts_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file of another kind is refused by its name, not by a stack trace."""
    (tmp_path / f"{YEAR}.yaml").write_bytes(content)
    with pytest.raises(FactsError, match=f"{YEAR}.yaml"):
        load_framework(YEAR, folder=tmp_path)


@pytest.mark.parametrize(("year", "told"), [(2599, str(YEAR)), (2025, "พ.ศ. 2568")])
def test_a_year_without_facts_is_refused_with_the_known_ones(year: int, told: str) -> None:
    """The message lists the years that are known, and the Buddhist year of one of the Common Era."""
    with pytest.raises(FactsError) as caught:
        load_framework(year)
    assert caught.value.found.startswith(str(year))
    assert told in str(caught.value)


def test_a_new_year_is_a_new_file(tmp_path: Path) -> None:
    """A file of another year is loaded by the same code, with its own plan year."""
    made = loaded(tmp_path, {**REAL, "fiscal_year": 2599}, year=2599)
    assert (made.fiscal_year, made.plan_year) == (2599, 2600)
    assert known_years(tmp_path) == (*YEARS, 2599)


# ------------------------------------------------------------------------------------ the real facts


def test_eight_years_have_facts() -> None:
    """Every round under the present ten indicators has a file of its own year that passes its checks."""
    assert {year: load_framework(year).fiscal_year for year in known_years()} == {
        year: year for year in YEARS
    }


@every_year
def test_every_fact_says_where_it_comes_from_or_is_unknown(year: int) -> None:
    """A fact without a source says that it is unknown; a source has an address, or says what it is."""
    framework = load_framework(year)
    publication, facts = framework.publication, all_facts(framework)
    required = (*publication.measures_item.required, *publication.report_item.required)
    assert [fact for fact in facts if bool(fact.source) == (fact.confidence == "unknown")] == []
    assert [key for key, s in framework.sources.items() if not (s.ref and s.what_th)] == []
    assert [element.text_th for element in required if not element.source] == []


@pytest.mark.parametrize("year", [2563, 2564, 2565])
def test_known_weights_multiply_up_to_the_whole(year: int) -> None:
    """Where every share below the total is known, the questions and items together weigh 1."""
    framework = load_framework(year)
    assert sum(framework.weight_in_total(code) or 0 for code in framework.leaves) == 1


@every_year
def test_the_lowest_level_begins_at_zero_or_no_level_is_known(year: int) -> None:
    """Every total has a level, unless the levels of the year are not known."""
    framework = load_framework(year)
    assert (level_of(framework, Fraction(0), ()) is None) == (framework.level_basis.scheme == "unknown")


LENGTHS = (48, 43, 43, 43, 43, 35, 28, 26)


@pytest.mark.parametrize(("year", "number"), [*zip(YEARS, LENGTHS, strict=True)])
def test_a_year_has_its_items_and_its_names_of_levels(year: int, number: int) -> None:
    """The items run from o1 without a gap; levels are letters until 2565 and words from 2566."""
    framework = load_framework(year)
    assert [item.code for item in framework.items] == [f"o{n}" for n in range(1, number + 1)]
    assert framework.level_basis.scheme == ("letters" if year < 2566 else "words")


# Of each level vector: the year, the total, the scores of IIT, EIT and OIT, and the level. Of the second and
# the third only total and level were published, and that an instrument is too low; the scores are chosen.
LEVELS = [
    (2564, "86.50", ("78.122", "78.55", "98.75"), "A"),  # bangkrabue_2565, which prints this level
    (2566, "97.90", ("98.40", "94.99", "99.70"), "ผ่านดี"),  # a municipality printed 97.90 and this level
    (2568, "94.64", ("96.00", "84.99", "100"), "ผ่าน"),  # mgr_oag_2568: EIT under 85
    (2568, "95", ("95", "95", "95"), "ผ่านดีเยี่ยม"),
    (2568, "94.999", ("95", "95", "95"), "ผ่านดี"),
    (2568, "84.99", ("100", "100", "100"), "ต้องปรับปรุง"),
    (2568, "69.99", ("100", "100", "100"), "ต้องปรับปรุงโดยด่วน"),
    (2565, "95", ("0", "0", "0"), "AA"),
    (2565, "49.99", ("100", "100", "100"), "F"),
    (2566, "97.90", (None, None, None), None),
]


@pytest.mark.parametrize(("year", "total", "instruments", "level"), LEVELS)
def test_a_total_has_the_level_of_its_year(
    year: int, total: str, instruments: Sequence[str | None], level: str | None
) -> None:
    """Letters ask only for the total, words for the least instrument as well, or say nothing without it."""
    scores = [None if score is None else Fraction(score) for score in instruments]
    assert level_of(load_framework(year), Fraction(total), scores) == level


# The 13 agencies of one province. Source: psu_group6 (report of group 6, fiscal year 2564, page 138).
PRINTED_2564 = [
    ("100.00", "100.00", "40.00", "98.04", "AA"),
    ("100.00", "100.00", "40.00", "97.41", "AA"),
    ("93.50", "100.00", "38.70", "97.37", "AA"),
    ("97.50", "100.00", "39.50", "97.25", "AA"),
    ("100.00", "100.00", "40.00", "97.08", "AA"),
    ("97.78", "93.75", "38.31", "97.05", "AA"),
    ("97.14", "100.00", "39.43", "96.38", "AA"),
    ("97.50", "87.50", "37.00", "96.08", "AA"),
    ("93.78", "100.00", "38.76", "94.73", "A"),
    ("96.00", "100.00", "39.20", "94.73", "A"),
    ("92.50", "93.75", "37.25", "94.46", "A"),
    ("94.64", "100.00", "38.93", "94.38", "A"),
    ("92.50", "93.75", "37.25", "94.37", "A"),
]


@cache
def attainable(code: str) -> frozenset[str]:
    """Return every score that could be printed for a node of 2564 whose items get values of their scale."""
    framework = load_framework(2564)

    def exact(node: str) -> set[Fraction]:
        if node in framework.leaves:
            return set(framework.scale_by_code[framework.leaves[node].scale].values)
        sums = {Fraction(0)}
        for child in framework.children(node):
            weight, values = framework.by_code[child].weight or 0, exact(child)
            sums = {done + weight * value for done in sums for value in values}
        return sums

    return frozenset(number_text(score) for score in exact(code))


@pytest.mark.parametrize(("ninth", "tenth", "oit", "total", "level"), PRINTED_2564)
def test_a_printed_row_follows_from_the_weights_and_levels(
    ninth: str, tenth: str, oit: str, total: str, level: str
) -> None:
    """Items of 0 or 100 give both indicators, these OIT up to the rounding, and the total the letter."""
    framework = load_framework(2564)
    weights = {code: framework.weight_in_total(code) or 0 for code in ("9", "10")}
    recomputed = weights["9"] * Fraction(ninth) + weights["10"] * Fraction(tenth)
    assert abs(recomputed - Fraction(oit)) <= Fraction(1, 200) * Fraction(7, 5)
    assert (ninth in attainable("9"), tenth in attainable("10")) == (True, True)
    assert level_of(framework, Fraction(total), ()) == level


def test_the_weights_leave_few_scores_near_the_top() -> None:
    """From 92 on only 23 of 801 scores are attainable, so that the rows do prove the weights."""
    assert len({score for score in attainable("9") if Fraction(score) >= 92}) == 23


def test_without_known_values_no_score_is_off_the_grid() -> None:
    """Where the scores that an item can get are not known, a slip may be repaired to any of them."""
    framework = load_framework(2564)
    unknown = tuple(s.model_copy(update={"values": ()}) for s in framework.scales)
    scores = {"o42": "50.00", "o43": "100.00", "10.2": "77.50"}
    stated = {
        Node(code): StatedScore(Fraction(text), text, Fraction(1, 200)) for code, text in scores.items()
    }
    record = Record(Agency("x", "หน่วยงานทดสอบ"), 2564, stated)
    repairs = [
        [repair.repaired for repair in score_repairs(Scores(facts, record), Node("10.2"), {})]
        for facts in (framework, framework.changed(scales=unknown))
    ]
    assert repairs == [[], ["55.00"]]


# ------------------------------------------------------------------------------------- the crosswalk

# Of each subject its codes from the oldest year to the newest.
MOVED: dict[str, tuple[str | None, ...]] = {
    "measures-for-integrity": (None, *["o42"] * 4, None, "o27", "o25"),
    "report-on-measures": (None, *["o43"] * 4, None, "o28", "o26"),
    "annual-action-plan": (*["o10"] * 4, "o11", None, "o6", "o6"),
    "procurement-annual-report": (*["o24"] * 4, "o22", None, "o13", "o12"),
    "procurement-monthly-summary": (*["o23"] * 4, "o21", None, None, "o11"),
    "e-service": (*["o17"] * 4, "o18", None, "o10", "o10"),
    "public-participation": (*["o33"] * 4, "o30", "o25", "o20", "o19"),
    "no-gift-policy": (None, None, None, "o34", "o31", None, "o21", "o20"),
    "code-of-ethics": (*[None] * 4, "o39", None, "o16", "o15"),
    "anti-corruption-plan": (*["o39"] * 4, "o36", None, "o25", "o23"),
    "work-on-time": (None, *["i1"] * 3, None, "i1", "i1", "i1"),
    "work-bribes": (None, *["i4"] * 3, None, "i3", "i3", "i3"),
    "private-errands": (None, *["i16"] * 3, None, "i7", "i7", "i7"),
    "executive-commitment": (None, *["i25"] * 3, None, "i13", "i13", "i13"),
    "service-bribes": (None, "e4", "e4", None, None, "e3", "e3", "e3"),
    "questions-answered": (None, *["e9"] * 3, None, "e6", "e6", "e6"),
}


@pytest.mark.parametrize(("concept", "codes"), list(MOVED.items()), ids=list(MOVED))
def test_a_subject_is_found_again_under_another_code(concept: str, codes: tuple[str | None, ...]) -> None:
    """The concept names the subject in every year in which it is asked, whatever its code is there."""
    leaves = [load_framework(year).leaves.values() for year in YEARS]
    assert codes == tuple(next((n.code for n in year if n.concept == concept), None) for year in leaves)


@pytest.mark.parametrize(
    ("code", "years"),
    [("o42", (2562, 2563)), ("o34", (2564, 2565)), ("o25", (2566, 2567, 2568, 2569)), ("i3", (2565, 2567))],
)
def test_one_code_is_not_one_subject(code: str, years: Sequence[int]) -> None:
    """A code that stands for something else in another year has another concept there."""
    assert len({load_framework(year).leaves[code].concept for year in years}) == len(years)


@every_year
def test_every_known_subject_has_a_concept(year: int) -> None:
    """A question or item has a concept exactly where its wording, title or topic is known."""
    framework = load_framework(year)
    topics = {q.code: q.topic_th for q in framework.questions}
    known = {c for c in framework.leaves if framework.title(c) or topics.get(c)}
    assert {code for code, leaf in framework.leaves.items() if leaf.concept} == known


@pytest.mark.parametrize("years", [(2563, 2564, 2565), (2567, 2568)], ids=str)
def test_questionnaires_of_one_shape_share_their_concepts(years: Sequence[int]) -> None:
    """Where the questionnaire stayed the same, a code is about the same subject in every year."""
    subjects: dict[str, set[str]] = {}
    for question in (q for year in years for q in load_framework(year).questions if q.concept):
        subjects.setdefault(question.code, set()).add(question.concept)
    assert {code: concepts for code, concepts in subjects.items() if len(concepts) > 1} == {}


def test_a_concept_is_a_short_name_that_is_asked_or_published_never_both() -> None:
    """Small letters and hyphens; what is a question in one year is no published item in another."""
    leaves = [leaf for year in YEARS for leaf in load_framework(year).leaves.values() if leaf.concept]
    asked = {leaf.concept for leaf in leaves if isinstance(leaf, Question)}
    published = {leaf.concept for leaf in leaves if not isinstance(leaf, Question)}
    assert asked & published == set()
    assert [c for c in asked | published if not re.fullmatch(r"[a-z]+(-[a-z]+){0,4}", c)] == []


@every_year
def test_the_items_about_measures_are_those_of_the_crosswalk(year: int) -> None:
    """The publication rules and the concepts name the same two items, or neither does."""
    framework = load_framework(year)
    rules = framework.publication
    by_concept = {leaf.concept: leaf.code for leaf in framework.items}
    assert [rules.measures_item.code, rules.report_item.code] == [
        by_concept.get(concept) for concept in ("measures-for-integrity", "report-on-measures")
    ]


# --------------------------------------------------------------------------------- the year in detail


@pytest.mark.parametrize(
    ("instrument", "weight", "parts", "indicators"),
    [
        ("IIT", "3/10", (), ("1", "2", "3", "4", "5")),
        ("EIT", "3/10", ("1", "2"), ("6", "7", "8")),
        ("OIT", "2/5", (), ("9", "10")),
    ],
)
def test_an_instrument_is_the_mean_of_its_indicators(
    framework: Framework, instrument: str, weight: str, parts: tuple[str, ...], indicators: tuple[str, ...]
) -> None:
    """The total is 0.30 IIT + 0.30 EIT + 0.40 OIT; indicators weigh the same, and so do both parts of EIT."""
    assert framework.weight_in_total(instrument) == Fraction(weight)
    assert framework.children(instrument) == indicators
    assert {framework.by_code[code].weight for code in indicators} == {Fraction(1, len(indicators))}
    assert framework.parts_of(instrument) == parts
    assert {framework.part_weight(instrument, part) for part in parts} <= {Fraction(1, 2)}


@pytest.mark.parametrize(
    ("letter", "number", "weight"), [("i", 15, Fraction(1, 3)), ("e", 9, Fraction(1, 3)), ("o", 28, None)]
)
def test_there_are_15_and_9_questions_and_28_items(
    framework: Framework, letter: str, number: int, weight: Fraction | None
) -> None:
    """Codes run from 1 without a gap; questions weigh a third of their indicator, items nobody knows what."""
    leaves = [leaf for code, leaf in framework.leaves.items() if code.startswith(letter)]
    assert [leaf.code for leaf in leaves] == [f"{letter}{n}" for n in range(1, number + 1)]
    assert {leaf.weight for leaf in leaves} == {weight}
    assert {framework.weight_in_total(leaf.code) is None for leaf in leaves} == {weight is None}


def test_the_levels_stand_in_their_order(framework: Framework) -> None:
    """The five official levels with the total and the instruments that each asks for."""
    assert [(v.name_th, v.total_min, v.each_instrument_min) for v in framework.levels] == [
        ("ผ่านดีเยี่ยม", 95, 95),
        ("ผ่านดี", 85, 85),
        ("ผ่าน", 85, None),
        ("ต้องปรับปรุง", 70, None),
        ("ต้องปรับปรุงโดยด่วน", 0, None),
    ]


NEGATIVE = {"i3", "i5", "i6", "i7", "i8", "i9", "i11", "e3"}


def test_on_the_negative_questions_never_is_worth_most(framework: Framework) -> None:
    """Exactly the questions about wrongdoing give 100 points for never and 0 for the strongest answer."""
    negative = [q.code for q in framework.questions if q.polarity == "negative"]
    points = {code: [*(framework.points(code) or {}).values()] for code in negative}
    ends = {code: (own[0], own[-1]) for code, own in points.items()}
    assert ends == dict.fromkeys(NEGATIVE, (0, 100))


SIX_STEPS = ("มากที่สุด", "มาก", "ค่อนข้างมาก", "น้อย", "น้อยที่สุด", "ไม่มี")


@pytest.mark.parametrize(
    ("code", "points"),
    [
        ("i10", dict(zip(SIX_STEPS, range(100, -1, -20), strict=True))),
        ("e3", {"เคย": 0, "ไม่เคย": 100}),
        ("e9", None),
    ],
)
def test_an_answer_is_worth_its_points(
    framework: Framework, code: str, points: dict[str, int] | None
) -> None:
    """Six steps of 20 points, nothing for a bribe once, and no guess where the options are unknown."""
    assert framework.points(code) == points


# -------------------------------------------------------------------------------------- the catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return the real catalogue."""
    return load_catalogue(load_framework(YEAR))


def texts(measure: CatalogueMeasure) -> tuple[str, ...]:
    """Return every text of a measure that a reader sees."""
    return (
        measure.title_th,
        *measure.steps_th,
        measure.responsible_th,
        measure.follow_up_th,
        measure.output_th,
        measure.output_unit_th,
        *measure.evidence_th,
        measure.candidate_cause_th,
        measure.guideline_th,
    )


def test_every_question_and_item_has_a_general_measure(catalogue: Catalogue, framework: Framework) -> None:
    """No weak item can be left without a draft."""
    assert {m.item for m in catalogue.measures if m.pattern == "any"} == set(framework.leaves)


def test_a_pattern_fits_the_kind_of_its_item(catalogue: Catalogue, framework: Framework) -> None:
    """Items are missing or incomplete, negative questions observed, positive ones absent or in practice."""
    questions = {q.code: q.polarity for q in framework.questions}
    fitting = {
        None: {"any", "missing", "incomplete"},
        "negative": {"any", "observed"},
        "positive": {"any", "absent", "practice"},
    }
    assert [m.id for m in catalogue.measures if m.pattern not in fitting[questions.get(m.item)]] == []


def test_every_pattern_in_use_has_a_name(catalogue: Catalogue) -> None:
    """What a pattern is called is said once, for each pattern that a measure has."""
    assert {m.pattern for m in catalogue.measures} == set(catalogue.patterns)


FAULTS: dict[str, Callable[[CatalogueMeasure], object]] = {
    "not three to six different steps": lambda m: not 3 <= len(set(m.steps_th)) <= 6,
    "an output that cannot be counted or shown": lambda m: (
        m.output_count < 1 or not m.output_unit_th or not m.evidence_th
    ),
    "a period that ends too early or leaves the fiscal year": lambda m: (
        not (
            dt.date(2056, 10, 1) <= plan_date(2600, m.start) < plan_date(2600, m.end) <= dt.date(2057, 9, 30)
        )
    ),
    "a text that names a year or has Thai digits": lambda m: re.search(r"25[5-9]\d|[๐-๙]", "".join(texts(m))),
    "a text that is empty or untrimmed": lambda m: any(not t or t != t.strip() for t in texts(m)),
    "a cause that is worded as a fact": lambda m: "อาจ" not in m.candidate_cause_th,
}


@pytest.mark.parametrize("has_fault", FAULTS.values(), ids=FAULTS)
def test_no_measure_has(catalogue: Catalogue, has_fault: Callable[[CatalogueMeasure], object]) -> None:
    """A measure is concrete, lies in its year whatever that is, and claims to know no cause."""
    assert [m.id for m in catalogue.measures if has_fault(m)] == []


def test_no_words_are_stock_phrases(catalogue: Catalogue) -> None:
    """No step stands in more than three measures, and no title in two."""
    steps = Counter(step for m in catalogue.measures for step in set(m.steps_th))
    titles = Counter(m.title_th for m in catalogue.measures)
    assert [step for step, times in steps.items() if times > 3] == []
    assert [title for title, times in titles.items() if times > 1] == []


def test_a_measure_of_the_pattern_is_chosen_else_the_general_one(
    catalogue: Catalogue, framework: Framework
) -> None:
    """A measure written for the pattern comes before the item's general one, which serves every other."""
    ids = {m.id for m in catalogue.measures}
    wanted = [(item, pattern) for item in framework.leaves for pattern in catalogue.patterns]
    chosen = {(item, pattern): catalogue.choose(item, pattern).id for item, pattern in wanted}
    assert chosen == {(i, p): f"{i}-{p}" if f"{i}-{p}" in ids else f"{i}-any" for i, p in wanted}
    assert chosen["i10", "absent"] == "i10-absent"


@every_year
def test_every_weak_item_finds_a_draft(year: int) -> None:
    """In any year each question and item has a measure of its own, or that of what it stands under."""
    framework = load_framework(year)
    drafts = load_catalogue(framework)
    chosen = {code: drafts.choose(code, "any", framework.ancestors(code)).item for code in framework.leaves}
    assert {code for code, item in chosen.items() if item not in (code, *framework.ancestors(code))} == set()


@pytest.mark.parametrize(
    ("year", "code", "lent"),
    [
        (2564, "o43", "o28"),
        (2566, "o43", "o28"),
        (2569, "o26", "o28"),
        (2564, "i16", "i7"),
        (2567, "i1", "i1"),
    ],
)
def test_a_year_without_a_catalogue_borrows_by_subject(
    catalogue: Catalogue, year: int, code: str, lent: str
) -> None:
    """The measures of the same subject come under the codes of the year that borrows them."""
    borrowed = [m for m in load_catalogue(load_framework(year)).measures if m.item == code]
    assert [(m.id, texts(m)) for m in borrowed] == [
        (f"{code}-{m.pattern}", texts(m)) for m in catalogue.measures if m.item == lent
    ]


@pytest.mark.parametrize(
    ("year", "code", "general"), [(2566, "o10", "9-any"), (2569, "o11", "9-any"), (2567, "o4", "OIT-any")]
)
def test_a_subject_that_no_catalogue_knows_has_the_general_measure(
    year: int, code: str, general: str
) -> None:
    """What is published in no year with a catalogue takes the measure of its indicator or instrument."""
    framework = load_framework(year)
    assert load_catalogue(framework).choose(code, "missing", framework.ancestors(code)).id == general


@pytest.mark.parametrize(
    ("year", "code", "near"),
    [(2564, "o42", True), (2566, "o42", False), (2569, "o25", False), (2564, "o43", False)],
)
def test_the_nearest_catalogue_that_knows_the_subject_lends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int, code: str, near: bool
) -> None:
    """Of two catalogues the one nearer in years is taken; what it lacks comes from the next one."""
    shutil.copytree(catalogue_module.CATALOGUES, tmp_path, dirs_exist_ok=True)
    measures = yaml.safe_load((tmp_path / f"{YEAR}.yaml").read_text(encoding="utf-8"))["measures"]
    measure = next(m for m in measures if m["id"] == "o27-any")
    early = {"fiscal_year": 2563, "source": "ita_nb", "confidence": "derived"}
    early["measures"] = [{**measure, "id": "o42-any", "item": "o42", "title_th": "มาตรการที่ใกล้กว่า"}]
    (tmp_path / "2563.yaml").write_text(yaml_text(early), encoding="utf-8")
    monkeypatch.setattr(catalogue_module, "CATALOGUES", tmp_path)
    chosen = load_catalogue(load_framework(year)).choose(code, "any")
    assert (chosen.title_th == "มาตรการที่ใกล้กว่า", chosen.id) == (near, f"{code}-any")


# ---------------------------------------------------------------------------------------- the listing


@every_year
def test_the_listing_prints_everything_known(year: int) -> None:
    """Every name, wording, line, level, topic, element, change, gap, source and heading of a year."""
    f, forms, printed = load_framework(year), load_forms(), facts_text(year)
    known = [text for code in f.by_code if (text := f.title(code)) is not None]
    known += [line.text_th for question in f.questions for line in question.sub_questions]
    known += [level.name_th for level in f.levels] + [topic.name_th for topic in f.topics]
    for item in (f.publication.measures_item, f.publication.report_item):
        known += [item.title_th or "", *(element.text_th for element in item.required)]
    known += [change.text_th for change in f.changes] + [gap.text_th for gap in f.gaps_th]
    known += [fact.note_th for fact in all_facts(f)] + list(f.sources)
    own = f.publication.forms
    columns = (*forms.measures[own.measures].columns, *forms.progress[own.progress].table.columns)
    known += [*forms.analysis[own.analysis].columns_th, *(column.heading_th for column in columns)]
    assert [text for text in known if text not in printed] == []


@pytest.mark.parametrize(
    ("year", "text"),
    [
        (2562, "9.1-9.5 ไม่ทราบน้ำหนักภายใน"),
        (2562, "1 การปฏิบัติหน้าที่ ของ IIT ไม่ทราบน้ำหนัก (ไม่ทราบข้อที่อยู่ภายใน)"),
        (2563, "e8 (ไม่ทราบถ้อยคำทางการ) ไม่ทราบเรื่องที่ถาม"),
        (2564, "9.1 ข้อมูลพื้นฐาน น้ำหนัก 20% (o1-o9 ข้อละน้ำหนัก 1/9)"),
        (2564, "ทิศทางตามข้อย่อย"),
        (2564, "ข้อรายงานของปี 2564 รายงานมาตรการของปี 2564"),
        (2566, "ส่วนที่ 1 ผู้ตอบประเมินด้วยตนเอง ไม่ทราบน้ำหนัก"),
        (2566, "ระดับผลการประเมิน: ชื่อและเกณฑ์ของระดับผลการประเมินเปลี่ยนจากตัวอักษร"),
        (2567, "o4 (ไม่ทราบชื่อข้อ)"),
        (2567, "ไม่ทราบว่าข้อรายงานของปี 2567 รายงานมาตรการของปีใด"),
        (2568, "ประกาศผล 15 สิงหาคม 2568"),
        (2568, "การกำกับติดตาม (โครงการเพิ่ม)"),
        (2568, "ข้อรายงานของปี 2568 รายงานมาตรการของปี 2567"),
        (2569, "น้ำหนัก 30% <อนุมาน: up_ita_front> หมายเหตุ: ตามปี 2568"),
        (2569, "ไม่ทราบวันประกาศผล"),
        (2570, "ตามปี 2568"),
    ],
)
def test_the_listing_says_it_in_words(year: int, text: str) -> None:
    """Weights, unknown facts and years are sentences, not codes."""
    assert text in facts_text(year)


@pytest.mark.parametrize("year", [year for year in YEARS if "extends" not in raw(year)])
def test_the_list_of_years_counts_how_sure_the_facts_are(year: int) -> None:
    """The line of a year counts every fact of its file once, by confidence."""
    text = yaml_text(raw(year))
    stated = Counter(re.findall(r"\bconfidence: (\w+)", text))
    line = next(line for line in years_text().splitlines() if line.startswith(f"  {year}: "))
    names = {name: key for key, name in CONFIDENCE_TH.items()}
    found = re.findall(rf"({'|'.join(names)}) +(\d+)", line)
    assert {names[name]: int(number) for name, number in found} == {key: stated[key] for key in CONFIDENCE_TH}


# ---------------------------------------------------------------------------------- the instructions

GUIDE = (PACKAGE / "facts" / "README.md").read_text(encoding="utf-8")


def test_the_guide_explains_a_file() -> None:
    """Whoever adds a year finds each block of its file explained, and the counts that the command prints."""
    assert years_text() in GUIDE
    assert [block for block in Framework.model_fields if f"`{block}`" not in GUIDE] == []


# ------------------------------------------------------------------------------------------ the rules


@pytest.mark.parametrize("rule", load_rules().rules, ids=lambda rule: rule.rule)
def test_every_rule_explains_itself(rule: Rule) -> None:
    """A check has what it means, an example, and a message in both languages, filled from the same fields."""
    fields = [{*re.findall(r"{(\w+?)(?:_en)?}", text)} for text in (rule.message_th, rule.message_en)]
    assert all((rule.what_th, rule.example_th, rule.message_th, rule.message_en))
    assert fields[0] == fields[1]


def test_text_in_a_message_is_not_a_template() -> None:
    """Braces in a value stay as they are."""
    made = problem("unknown-node", "x", stated="{where} {0}", expected="y", where="{stated}")
    assert "{where} {0}" in made.message_th
    assert made.message_th.startswith("{stated} ")


def test_the_rules_in_the_code_are_the_rules_of_the_file() -> None:
    """Every check described, each under a name of its own, is named in the code, and the reverse."""
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    rules = [rule.rule for rule in load_rules().rules]
    assert [rule for rule in rules if f'"{rule}"' not in code or rules.count(rule) > 1] == []
    assert {*re.findall(r'\b(?:problem|NotChecked)\(\s*"([a-z-]+)"', code)} <= {*rules}
