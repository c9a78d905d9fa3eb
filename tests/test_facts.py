"""The facts of the fiscal years: what the loader refuses, and what is true of the real files."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

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


def entry(facts: Facts, table: str, code: str) -> Facts:
    """Return the entry of a table by its code."""
    return next(row for row in facts[table] if row["code"] == code)


def loaded(folder: Path, facts: Facts, year: int = YEAR) -> Framework:
    """Write facts as the file of a year and load it."""
    text = yaml_text(facts)
    (folder / f"{year}.yaml").write_text(text, encoding="utf-8")
    return load_framework(year, folder=folder)


# --------------------------------------------------------------------------- one broken thing a case


def _add_unused_source(f: Facts) -> None:
    f["sources"]["nobody"] = dict(f["sources"]["rtrda"])


def _second_topic(f: Facts) -> None:
    f["topics"][1]["items"].append("i1")


def _unused_scale(f: Facts) -> None:
    f["scales"].append({**f["scales"][0], "code": "ten_step"})


def _drop_scale(f: Facts) -> None:
    f["scales"] = [scale for scale in f["scales"] if scale["code"] != "graded"]


def _childless_indicator(f: Facts) -> None:
    f["indicators"].append({**f["indicators"][0], "code": "11"})


def _drop_gap(f: Facts) -> None:
    f["gaps_th"] = [gap for gap in f["gaps_th"] if gap["nodes"] != ["i2"]]


def _needless_gap(f: Facts) -> None:
    f["gaps_th"].append({"nodes": ["i1"], "text_th": "ถ้อยคำของ i1"})


def _strange_gap(f: Facts) -> None:
    f["gaps_th"].append({"nodes": ["o99"], "text_th": "ข้อ o99"})


def _swap_levels(f: Facts) -> None:
    f["levels"][2], f["levels"][3] = f["levels"][3], f["levels"][2]


def _no_lowest_level(f: Facts) -> None:
    f["levels"].pop()


def _other_indicator(f: Facts) -> None:
    f["sub_indicators"] = [{**entry(f, "indicators", "9"), "code": "9.1", "indicator": "9"}]
    del f["sub_indicators"][0]["instrument"]
    entry(f, "items", "o1")["sub_indicator"] = "9.1"
    entry(f, "items", "o21")["sub_indicator"] = "9.1"


def _required(**values: object) -> Callable[[Facts], None]:
    return lambda f: f["publication"]["report_item"]["required"][0].update(values)


def _form(**values: object) -> Callable[[Facts], None]:
    return lambda f: f["publication"]["forms"].update(values)


def _set(table: str, code: str, /, **values: object) -> Callable[[Facts], None]:
    return lambda f: entry(f, table, code).update(values)


def _top(**values: object) -> Callable[[Facts], None]:
    return lambda f: f.update(values)


BREAKAGES: dict[str, tuple[Callable[[Facts], None], str]] = {
    "weights of instruments": (_set("instruments", "IIT", weight="0.31"), "น้ำหนักภายใน total"),
    "weights of indicators": (_set("indicators", "3", weight="1/4"), "น้ำหนักภายใน IIT"),
    "weights of questions": (_set("questions", "e5", weight="1/2"), "น้ำหนักภายใน 7"),
    "one weight of some unknown": (_set("questions", "e5", weight=None), "น้ำหนักภายใน 7"),
    "one weight known among unknown": (_set("items", "o5", weight="1/20"), "น้ำหนักภายใน 9"),
    "weights of parts": (lambda f: f["instruments"][1]["parts"][0].update(weight="1/4"), "ส่วนต่าง ๆ ของ EIT"),
    "weight as a word": (_set("indicators", "3", weight="fifth"), "fifth"),
    "weight divided by zero": (_set("indicators", "3", weight="1/0"), "1/0"),
    "unknown parent of an indicator": (_set("indicators", "3", instrument="XIT"), "XIT"),
    "unknown parent of a question": (_set("questions", "i7", indicator="33"), "อยู่ภายใต้ 33"),
    "unknown parent of an item": (_set("items", "o7", indicator="33"), "อยู่ภายใต้ 33"),
    "parent without children": (_childless_indicator, "11 ไม่มีข้อที่อยู่ภายใน"),
    "sub-indicator of another indicator": (_other_indicator, "o21 อยู่ภายใต้ 9.1"),
    "undefined scale": (_drop_scale, "graded"),
    "misspelt scale": (_set("questions", "i7", scale="sixstep"), "sixstep"),
    "unused scale": (_unused_scale, "ten_step"),
    "absent option that is none": (_set("scales", "six_step", absent_option="ว่าง"), "ว่าง"),
    "unknown topic item": (lambda f: f["topics"][0]["items"].append("o99"), "o99"),
    "item in two topics": (_second_topic, "i1 อยู่ในสองประเด็น"),
    "duplicated code": (lambda f: f["items"].append(dict(entry(f, "items", "o7"))), "รหัส o7 กำหนดไว้สองครั้ง"),
    "code of another table": (_set("items", "o7", code="i7"), "รหัส i7 กำหนดไว้สองครั้ง"),
    "unknown required item": (lambda f: f["publication"]["measures_item"].update(code="o99"), "o99"),
    "unknown element of a document": (_required(element="colour"), "colour"),
    "unknown form of the analysis": (_form(analysis="by_colour"), "ไม่มีแบบ analysis ชื่อ by_colour"),
    "unknown form of the measures": (_form(measures="by_colour"), "ไม่มีแบบ measures ชื่อ by_colour"),
    "unknown form of the report": (_form(progress="by_colour"), "ไม่มีแบบ progress ชื่อ by_colour"),
    "analysis by topics that are not given": (_top(topics=[]), "ต้องมี topics"),
    "change of an unknown node": (lambda f: f["changes"][0].update(node="o99"), "changes ระบุ o99"),
    "one concept twice": (_set("items", "o7", concept="org-structure"), "concept org-structure ใช้กับสองข้อ"),
    "undefined source": (_set("questions", "i7", source=["nowhere"]), "nowhere"),
    "unused source": (_add_unused_source, "nobody"),
    "missing source": (_set("questions", "i7", source=[]), "i7 มี confidence"),
    "unknown confidence": (_set("questions", "i7", confidence="sure"), "sure"),
    "unknown polarity": (_set("questions", "i7", polarity="neutral"), "neutral"),
    "undeclared gap": (_drop_gap, "i2 มีสิ่งที่ยังไม่ทราบ"),
    "gap that is none": (_needless_gap, "gaps_th ระบุ i1"),
    "gap of an unknown node": (_strange_gap, "gaps_th ระบุ o99 ซึ่งไม่มี"),
    "levels left out silently": (_top(levels=[]), "gaps_th ไม่ได้ระบุ level"),
    "levels out of order": (_swap_levels, "ระดับ ผ่าน อยู่หลัง ต้องปรับปรุง"),
    "no level from 0": (_no_lowest_level, "ต้องปรับปรุง ไม่ได้เริ่มที่ 0"),
    "wrong fiscal year": (_top(fiscal_year=2567), "2567"),
    "unknown key": (_top(fiscal_yaer=YEAR), "fiscal_yaer"),
    "unknown key of an entry": (_set("questions", "i7", text="ข้อความ"), "text"),
    "missing key of an entry": (lambda f: f["levels"][0].pop("total_min"), "total_min"),
    "a block of another kind": (_top(questions="i1"), "questions"),
    "no year": (lambda f: f.pop("fiscal_year"), "fiscal_year"),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_contradiction_is_refused_naming_the_offender(tmp_path: Path, name: str) -> None:
    """One broken fact stops the loader with the file and the offender in the message."""
    break_it, offender = BREAKAGES[name]
    facts = copy.deepcopy(REAL)
    break_it(facts)
    with pytest.raises(FactsError) as caught:
        loaded(tmp_path, facts)
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


def test_a_year_without_facts_names_the_known_years() -> None:
    """The message about an unknown year lists the years that are known."""
    with pytest.raises(FactsError) as caught:
        load_framework(2599)
    assert caught.value.found == "2599"
    assert str(YEAR) in caught.value.expected


def test_a_new_year_is_a_new_file(tmp_path: Path) -> None:
    """A file of another year is loaded by the same code, with its own plan year."""
    made = loaded(tmp_path, {**REAL, "fiscal_year": 2599}, year=2599)
    assert (made.fiscal_year, made.plan_year) == (2599, 2600)
    assert known_years(tmp_path) == (*YEARS, 2599)


def test_facts_of_the_workspace_come_before_those_of_the_package(tmp_path: Path) -> None:
    """A year that a workspace corrects is read from the workspace."""
    assert loaded(tmp_path, {**REAL, "summary_th": "แก้ไขแล้ว"}).summary_th == "แก้ไขแล้ว"


def test_a_new_year_may_have_another_shape(tmp_path: Path) -> None:
    """Instruments need not weigh what they weigh today."""
    facts = copy.deepcopy(REAL)
    for code, weight in (("IIT", "1/3"), ("EIT", "1/3"), ("OIT", "1/3")):
        entry(facts, "instruments", code)["weight"] = weight
    assert loaded(tmp_path, facts).weight_in_total("9") == Fraction(1, 6)


# ------------------------------------------------------------------------------------ the real facts


def test_eight_years_have_facts() -> None:
    """Every round under the present ten indicators has a file of its own."""
    assert known_years() == YEARS


@every_year
def test_every_facts_file_passes_its_checks(year: int) -> None:
    """Each committed year loads and knows its own year."""
    assert load_framework(year).fiscal_year == year


@every_year
def test_every_fact_has_a_source_or_is_unknown(year: int) -> None:
    """A fact without a source says that it is unknown, and one that is unknown has none."""
    found = all_facts(load_framework(year))
    assert [fact for fact in found if bool(fact.source) == (fact.confidence == "unknown")] == []


@every_year
def test_every_source_says_where_it_is(year: int) -> None:
    """A source has an address, or says which document it is."""
    assert [key for key, s in load_framework(year).sources.items() if not (s.ref and s.what_th)] == []


@every_year
def test_every_required_element_has_a_source(year: int) -> None:
    """What a document must contain was read somewhere."""
    publication = load_framework(year).publication
    required = (*publication.measures_item.required, *publication.report_item.required)
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


OIT_LENGTHS = list(zip(YEARS, (48, 43, 43, 43, 43, 35, 28, 26), strict=True))
SCHEMES = list(zip(YEARS, ["letters"] * 4 + ["words"] * 3 + ["words"], strict=True))


@pytest.mark.parametrize(("year", "number"), OIT_LENGTHS)
def test_the_list_of_published_items_has_its_length(year: int, number: int) -> None:
    """The codes of the published items run from o1 without a gap."""
    assert [item.code for item in load_framework(year).items] == [f"o{n}" for n in range(1, number + 1)]


@pytest.mark.parametrize(("year", "scheme"), SCHEMES)
def test_the_levels_are_named_by_the_scheme_of_the_year(year: int, scheme: str) -> None:
    """Letters until 2565, words from 2566; the newest round takes over those of the year before."""
    assert load_framework(year).level_basis.scheme == scheme


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
]


@pytest.mark.parametrize(("year", "total", "instruments", "level"), LEVELS)
def test_a_total_has_the_level_of_its_year(
    year: int, total: str, instruments: Sequence[str], level: str
) -> None:
    """Letters ask only for the total, words for the least instrument as well."""
    assert level_of(load_framework(year), Fraction(total), map(Fraction, instruments)) == level


def test_a_level_that_asks_for_an_unknown_instrument_is_unknown() -> None:
    """A total alone does not tell the higher levels that are named in words."""
    assert level_of(load_framework(2566), Fraction("97.90"), (None, None, None)) is None


class PrintedRow(NamedTuple):
    """One agency as a published table prints it: indicators 9 and 10, OIT of at most 40, total, level."""

    ninth: str
    tenth: str
    oit: str
    total: str
    level: str


# The 13 agencies of one province. Source: psu_group6 (report of group 6, fiscal year 2564, page 138).
PRINTED_2564 = [
    PrintedRow("100.00", "100.00", "40.00", "98.04", "AA"),
    PrintedRow("100.00", "100.00", "40.00", "97.41", "AA"),
    PrintedRow("93.50", "100.00", "38.70", "97.37", "AA"),
    PrintedRow("97.50", "100.00", "39.50", "97.25", "AA"),
    PrintedRow("100.00", "100.00", "40.00", "97.08", "AA"),
    PrintedRow("97.78", "93.75", "38.31", "97.05", "AA"),
    PrintedRow("97.14", "100.00", "39.43", "96.38", "AA"),
    PrintedRow("97.50", "87.50", "37.00", "96.08", "AA"),
    PrintedRow("93.78", "100.00", "38.76", "94.73", "A"),
    PrintedRow("96.00", "100.00", "39.20", "94.73", "A"),
    PrintedRow("92.50", "93.75", "37.25", "94.46", "A"),
    PrintedRow("94.64", "100.00", "38.93", "94.38", "A"),
    PrintedRow("92.50", "93.75", "37.25", "94.37", "A"),
]
printed_rows = pytest.mark.parametrize("row", PRINTED_2564, ids=lambda row: row.total)


@printed_rows
def test_a_printed_oit_is_the_mean_of_its_indicators_by_weight(row: PrintedRow) -> None:
    """OIT weighs 0.4 and its two indicators half each, up to the rounding of the three printed numbers."""
    weights = {code: load_framework(2564).weight_in_total(code) or 0 for code in ("9", "10")}
    recomputed = weights["9"] * Fraction(row.ninth) + weights["10"] * Fraction(row.tenth)
    half_unit = Fraction(1, 200)
    assert abs(recomputed - Fraction(row.oit)) <= half_unit + Fraction(2, 5) * half_unit


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


@printed_rows
def test_a_printed_indicator_is_a_mean_of_its_items_by_weight(row: PrintedRow) -> None:
    """Items of 0 or 100, averaged in sub-indicators and these in indicators, give each printed score."""
    assert (row.ninth in attainable("9"), row.tenth in attainable("10")) == (True, True)


def test_the_weights_leave_few_scores_near_the_top() -> None:
    """From 92 on only 23 of 801 scores are attainable, so that the rows do prove the weights."""
    assert len({score for score in attainable("9") if Fraction(score) >= 92}) == 23


@printed_rows
def test_a_printed_level_is_that_of_its_total(row: PrintedRow) -> None:
    """The letter that the report prints is the one that the rule gives."""
    assert level_of(load_framework(2564), Fraction(row.total), ()) == row.level


@pytest.mark.parametrize(
    ("sub_indicator", "weight", "items"),
    [
        ("9.1", "1/5", 9),
        ("9.2", "1/5", 8),
        ("9.3", "1/5", 7),
        ("9.4", "1/5", 4),
        ("9.5", "1/5", 5),
        ("10.1", "1/2", 8),
        ("10.2", "1/2", 2),
    ],
)
def test_sub_indicators_weigh_the_same_and_their_items_too(
    sub_indicator: str, weight: str, items: int
) -> None:
    """In 2564 indicator 9 is the mean of five groups of items and indicator 10 of two."""
    framework = load_framework(2564)
    below = framework.children(sub_indicator)
    shares = {framework.by_code[code].weight for code in below}
    assert (framework.by_code[sub_indicator].weight, len(below), shares) == (
        Fraction(weight),
        items,
        {Fraction(1, items)},
    )


def test_without_known_values_no_score_is_off_the_grid(tmp_path: Path) -> None:
    """Where the scores that an item can get are not known, a slip may be repaired to any of them."""
    facts = raw(2564)
    entry(facts, "scales", "published_item")["values"] = []
    scores = {"o42": "50.00", "o43": "100.00", "10.2": "77.50"}
    stated = {
        Node(code): StatedScore(Fraction(text), text, Fraction(1, 200)) for code, text in scores.items()
    }
    record = Record(Agency("x", "หน่วยงานทดสอบ"), 2564, stated)
    repairs = [
        [repair.repaired for repair in score_repairs(Scores(framework, record), Node("10.2"), {})]
        for framework in (load_framework(2564), loaded(tmp_path, facts, year=2564))
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


def test_a_concept_is_a_short_english_name() -> None:
    """Words in small letters, joined by hyphens."""
    concepts = {leaf.concept for year in YEARS for leaf in load_framework(year).leaves.values()}
    assert [c for c in concepts if c and not re.fullmatch(r"[a-z]+(-[a-z]+){0,4}", c)] == []


def test_a_concept_is_asked_or_published_never_both() -> None:
    """What is a question in one year is no published item in another."""
    leaves = [leaf for year in YEARS for leaf in load_framework(year).leaves.values() if leaf.concept]
    asked = {leaf.concept for leaf in leaves if isinstance(leaf, Question)}
    assert asked & {leaf.concept for leaf in leaves if not isinstance(leaf, Question)} == set()


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


def test_the_instruments_weigh_thirty_thirty_forty(framework: Framework) -> None:
    """The total is 0.30 IIT + 0.30 EIT + 0.40 OIT."""
    weights = {i.code: i.weight for i in framework.instruments}
    assert weights == {"IIT": Fraction(3, 10), "EIT": Fraction(3, 10), "OIT": Fraction(2, 5)}


def test_the_two_parts_of_eit_weigh_the_same(framework: Framework) -> None:
    """EIT is the mean of what people answer themselves and what is collected from them."""
    assert framework.parts_of("EIT") == framework.parts_of("e1") == ("1", "2")
    assert {framework.part_weight("EIT", part) for part in ("1", "2")} == {Fraction(1, 2)}


@pytest.mark.parametrize(
    ("instrument", "indicators"),
    [("IIT", ("1", "2", "3", "4", "5")), ("EIT", ("6", "7", "8")), ("OIT", ("9", "10"))],
)
def test_ten_indicators_stand_under_three_instruments(
    framework: Framework, instrument: str, indicators: tuple[str, ...]
) -> None:
    """Each instrument is the mean of its own indicators."""
    assert framework.children(instrument) == indicators
    assert {framework.by_code[code].weight for code in indicators} == {Fraction(1, len(indicators))}


@pytest.mark.parametrize(("letter", "number"), [("i", 15), ("e", 9), ("o", 28)])
def test_there_are_15_and_9_questions_and_28_items(framework: Framework, letter: str, number: int) -> None:
    """The codes of a kind run from 1 without a gap."""
    codes = [code for code in framework.leaves if code.startswith(letter)]
    assert codes == [f"{letter}{n}" for n in range(1, number + 1)]


def test_every_question_weighs_a_third_of_its_indicator(framework: Framework) -> None:
    """All survey indicators have three questions."""
    assert {q.weight for q in framework.questions} == {Fraction(1, 3)}
    assert set(Counter(q.indicator for q in framework.questions).values()) == {3}


def test_there_are_seven_topics(framework: Framework) -> None:
    """The analysis is written by seven numbered topics."""
    assert [topic.no for topic in framework.topics] == [1, 2, 3, 4, 5, 6, 7]


def test_every_question_has_a_topic(framework: Framework) -> None:
    """No survey question is left out of the analysis by topic."""
    placed = {code for topic in framework.topics for code in topic.items}
    assert [q.code for q in framework.questions if q.code not in placed] == []


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


def test_the_negative_questions_are_known(framework: Framework) -> None:
    """Exactly the questions about wrongdoing count the other way round."""
    assert {q.code for q in framework.questions if q.polarity == "negative"} == NEGATIVE


@pytest.mark.parametrize("code", sorted(NEGATIVE))
def test_on_a_negative_question_never_is_worth_most(framework: Framework, code: str) -> None:
    """The answer that nothing of the kind happens gives 100 points, the strongest answer gives 0."""
    points = framework.points(code)
    assert points is not None
    assert [list(points.values())[i] for i in (0, -1)] == [0, 100]


def test_on_a_positive_question_most_is_worth_most(framework: Framework) -> None:
    """The six answers to a positive question give 100 points down to 0 in steps of 20."""
    assert framework.points("i10") == {
        "มากที่สุด": 100,
        "มาก": 80,
        "ค่อนข้างมาก": 60,
        "น้อย": 40,
        "น้อยที่สุด": 20,
        "ไม่มี": 0,
    }


def test_a_bribe_once_is_no_point(framework: Framework) -> None:
    """Who was ever asked for a bribe gives 0 points."""
    assert framework.points("e3") == {"เคย": 0, "ไม่เคย": 100}


def test_the_options_of_e9_are_unknown(framework: Framework) -> None:
    """What is not known of e9 is not guessed."""
    assert framework.points("e9") is None


@pytest.mark.parametrize("indicator", ["9", "10"])
def test_the_inner_weights_of_the_published_items_are_unknown(framework: Framework, indicator: str) -> None:
    """No item of these indicators has a weight, so none has a weight in the total."""
    items = framework.children(indicator)
    assert {framework.by_code[code].weight for code in items} == {None}
    assert {framework.weight_in_total(code) for code in items} == {None}


def test_the_wording_of_two_questions_is_unknown(framework: Framework) -> None:
    """The official text of i2 and i3 was not found and stays empty."""
    assert [q.code for q in framework.questions if q.text_th is None] == ["i2", "i3"]


@pytest.mark.parametrize("node", ["9", "10", "i2", "i3", "e9"])
def test_what_is_unknown_is_declared_to_the_reader(framework: Framework, node: str) -> None:
    """Each unknown fact has a sentence that the report prints."""
    assert [gap.text_th for gap in framework.gaps_th if node in gap.nodes] != []


@pytest.mark.parametrize(
    ("item", "elements"),
    [
        ("measures_item", ["analysis", "measures", "steps", "period", "responsible"]),
        ("report_item", ["measures", "steps", "period", "responsible", "output", "outcome"]),
    ],
)
def test_the_items_about_measures_say_what_they_must_contain(
    framework: Framework, item: str, elements: Sequence[str]
) -> None:
    """Both publication items list the elements that a document can be checked for."""
    assert [r.element for r in getattr(framework.publication, item).required] == elements


def test_the_documents_take_their_forms(framework: Framework) -> None:
    """Analysis and measures go by the seven topics, the report by outputs and outcomes."""
    forms = framework.publication.forms
    assert (forms.analysis, forms.measures, forms.progress) == ("by_topic", "by_topic", "output_outcome")


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


def test_every_measure_has_three_to_six_steps(catalogue: Catalogue) -> None:
    """A measure is concrete: three to six different steps."""
    assert [m.id for m in catalogue.measures if not 3 <= len(set(m.steps_th)) <= 6] == []


def test_no_step_is_a_stock_phrase(catalogue: Catalogue) -> None:
    """No step stands in more than three measures."""
    used = Counter(step for m in catalogue.measures for step in set(m.steps_th))
    assert [step for step, times in used.items() if times > 3] == []


def test_every_title_is_its_own(catalogue: Catalogue) -> None:
    """No two measures have the same title."""
    used = Counter(m.title_th for m in catalogue.measures)
    assert [title for title, times in used.items() if times > 1] == []


def test_every_period_lies_inside_the_fiscal_year(catalogue: Catalogue) -> None:
    """A measure begins before it ends, both from October to September."""
    plan_year = 2600
    day = type(catalogue.measures[0].start)
    first, last = plan_date(plan_year, day(month=10, day=1)), plan_date(plan_year, day(month=9, day=30))
    periods = {m.id: (plan_date(plan_year, m.start), plan_date(plan_year, m.end)) for m in catalogue.measures}
    assert [name for name, (start, end) in periods.items() if not first <= start < end <= last] == []


def test_every_output_can_be_counted(catalogue: Catalogue) -> None:
    """A measure promises a number of things and names the evidence to keep."""
    assert [
        m.id for m in catalogue.measures if m.output_count < 1 or not m.output_unit_th or not m.evidence_th
    ] == []


def test_no_text_names_a_year_or_has_thai_digits(catalogue: Catalogue) -> None:
    """The texts hold for any year and leave the digits to the document."""
    bad = re.compile(r"25[5-9]\d|[๐-๙]")
    assert [(m.id, text) for m in catalogue.measures for text in texts(m) if bad.search(text)] == []


def test_no_text_is_empty_or_untrimmed(catalogue: Catalogue) -> None:
    """Every text says something and has no stray space around it."""
    assert [
        (m.id, text) for m in catalogue.measures for text in texts(m) if not text or text != text.strip()
    ] == []


def test_a_candidate_cause_is_worded_as_a_candidate(catalogue: Catalogue) -> None:
    """The tool does not know causes: each candidate says that it may be so."""
    assert [m.id for m in catalogue.measures if "อาจ" not in m.candidate_cause_th] == []


def test_the_measure_of_the_pattern_is_chosen(catalogue: Catalogue) -> None:
    """A measure written for the pattern comes before the general one."""
    assert catalogue.choose("i10", "absent").id == "i10-absent"


def test_without_a_measure_of_the_pattern_the_general_one_is_chosen(catalogue: Catalogue) -> None:
    """A pattern that the catalogue does not cover falls back to the item's general measure."""
    ids = {m.id for m in catalogue.measures}
    patterns = ("absent", "practice", "observed", "missing", "incomplete")
    chosen = {
        f"{item}-{pattern}": catalogue.choose(item, pattern).id
        for item in load_framework(YEAR).leaves
        for pattern in patterns
    }
    assert {wanted: got for wanted, got in chosen.items() if wanted not in ids} == {
        wanted: f"{wanted.split('-')[0]}-any" for wanted in chosen if wanted not in ids
    }


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


@pytest.fixture
def two_catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give 2563 a catalogue as well: one measure for o42."""
    measure = next(m for m in raw_measures() if m["id"] == "o27-any")
    early = {"fiscal_year": 2563, "source": "ita_nb", "confidence": "derived"}
    early["measures"] = [{**measure, "id": "o42-any", "item": "o42", "title_th": "มาตรการที่ใกล้กว่า"}]
    for path in catalogue_module.CATALOGUES.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "2563.yaml").write_text(yaml_text(early), encoding="utf-8")
    monkeypatch.setattr(catalogue_module, "CATALOGUES", tmp_path)


def raw_measures() -> list[Facts]:
    """Return the measures of the catalogue file as they stand."""
    text = (catalogue_module.CATALOGUES / f"{YEAR}.yaml").read_text(encoding="utf-8")
    measures: list[Facts] = yaml.safe_load(text)["measures"]
    return measures


@pytest.mark.usefixtures("two_catalogues")
@pytest.mark.parametrize(
    ("year", "code", "near"), [(2564, "o42", True), (2566, "o42", False), (2569, "o25", False)]
)
def test_the_nearest_catalogue_lends(year: int, code: str, near: bool) -> None:
    """Of two catalogues that know the subject, the one nearer in years is taken."""
    measure = load_catalogue(load_framework(year)).choose(code, "any")
    assert (measure.title_th == "มาตรการที่ใกล้กว่า") == near


@pytest.mark.usefixtures("two_catalogues")
def test_what_the_nearest_catalogue_lacks_the_next_one_lends() -> None:
    """A subject that the nearest catalogue does not cover comes from the next one."""
    assert load_catalogue(load_framework(2564)).choose("o43", "any").id == "o43-any"


def test_a_year_of_the_workspace_borrows_too(tmp_path: Path) -> None:
    """A year that only the workspace knows has the measures of the nearest year under its own codes."""
    facts = {**copy.deepcopy(REAL), "fiscal_year": 2599}
    measures, report = entry(facts, "items", "o27"), entry(facts, "items", "o28")
    measures["concept"], report["concept"] = report["concept"], measures["concept"]
    drafts = load_catalogue(loaded(tmp_path, facts, year=2599), tmp_path)
    lent = {m.id: m.title_th for m in load_catalogue(load_framework(YEAR)).measures}
    assert drafts.choose("o27", "missing").title_th == lent["o28-missing"]


# ---------------------------------------------------------------------------------------- the listing


@every_year
def test_the_listing_prints_everything_known(year: int) -> None:
    """Every name, wording, line, level, topic, element, change, gap and source of a year is printed."""
    f = load_framework(year)
    known = [text for code in f.by_code if (text := f.title(code)) is not None]
    known += [line.text_th for question in f.questions for line in question.sub_questions]
    known += [level.name_th for level in f.levels] + [topic.name_th for topic in f.topics]
    for item in (f.publication.measures_item, f.publication.report_item):
        known += [item.title_th or "", *(element.text_th for element in item.required)]
    known += [change.text_th for change in f.changes] + [gap.text_th for gap in f.gaps_th]
    known += [fact.note_th for fact in all_facts(f)] + list(f.sources)
    printed = facts_text(year)
    assert [text for text in known if text not in printed] == []


@every_year
def test_the_listing_prints_the_headings_of_the_forms(year: int) -> None:
    """The columns of each document stand in the listing as the official form prints them."""
    own, forms, printed = load_framework(year).publication.forms, load_forms(), facts_text(year)
    columns = (*forms.measures[own.measures].columns, *forms.progress[own.progress].table.columns)
    headings = [*forms.analysis[own.analysis].columns_th, *(column.heading_th for column in columns)]
    assert [heading for heading in headings if heading not in printed] == []


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


def confidences_in(value: object) -> Iterator[str]:
    """Yield every confidence that a YAML file states."""
    if isinstance(value, dict):
        if "confidence" in value:
            yield value["confidence"]
        for member in value.values():
            yield from confidences_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from confidences_in(member)


@pytest.mark.parametrize("year", [year for year in YEARS if "extends" not in raw(year)])
def test_the_list_of_years_counts_how_sure_the_facts_are(year: int) -> None:
    """The line of a year counts every fact of its file once, by confidence."""
    stated = Counter(confidences_in(raw(year)))
    line = next(line for line in years_text().splitlines() if line.startswith(f"  {year}: "))
    names = {name: key for key, name in CONFIDENCE_TH.items()}
    found = re.findall(rf"({'|'.join(names)}) +(\d+)", line)
    counted = {names[name]: int(number) for name, number in found}
    assert counted == {key: stated[key] for key in CONFIDENCE_TH}


def test_the_listing_knows_the_years_of_a_workspace(tmp_path: Path) -> None:
    """A year of the workspace stands among the others and can be looked at."""
    loaded(tmp_path, {**REAL, "fiscal_year": 2599}, year=2599)
    assert "  2599: " in years_text(tmp_path)
    assert "พ.ศ. 2599" in facts_text(2599, tmp_path)


# ---------------------------------------------------------------------------------- the instructions

GUIDE = (PACKAGE / "facts" / "README.md").read_text(encoding="utf-8")


def test_the_guide_shows_the_counts_as_they_are() -> None:
    """The table in the guide is what the command prints."""
    assert years_text() in GUIDE


@pytest.mark.parametrize("block", list(Framework.model_fields))
def test_the_guide_explains_every_block_of_a_file(block: str) -> None:
    """Whoever adds a year finds each block of its file explained."""
    assert f"`{block}`" in GUIDE


# ------------------------------------------------------------------------------------------ the rules


@pytest.mark.parametrize("rule", load_rules().rules, ids=lambda rule: rule.rule)
def test_every_rule_explains_itself(rule: Rule) -> None:
    """A check has what it means, an example, and a message in both languages."""
    assert all((rule.what_th, rule.example_th, rule.message_th, rule.message_en))


@pytest.mark.parametrize("rule", load_rules().rules, ids=lambda rule: rule.rule)
def test_a_message_shows_what_was_found(rule: Rule) -> None:
    """Both messages of a check name the place or the node, and are filled from the same fields."""
    fields = {lang: set(re.findall(r"{(\w+)}", getattr(rule, f"message_{lang}"))) for lang in ("th", "en")}
    assert {name.removesuffix("_en") for name in fields["en"]} == {
        name.removesuffix("_en") for name in fields["th"]
    }


def test_the_names_of_the_rules_are_their_own() -> None:
    """No name is used twice: it is the public name of one check."""
    names = [rule.rule for rule in load_rules().rules]
    assert len(names) == len(set(names))


def test_text_in_a_message_is_not_a_template() -> None:
    """Braces in a value stay as they are."""
    made = problem("unknown-node", "x", stated="{where} {0}", expected="y", where="{stated}")
    assert "{where} {0}" in made.message_th
    assert made.message_th.startswith("{stated} ")


def names_in_code() -> set[str]:
    """Return every rule name that the package's code writes down, other than in documentation."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        named = [c.args[0] for c in calls if c.func.id in {"problem", "NotChecked"} and c.args]  # type: ignore[attr-defined]
        # A name may come through a variable or a function that picks it.
        named += [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and _targets(n) == ["rule"]]
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "rule_of"):
            named += [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
        found |= {text for node in named for text in _texts(node)}
    return found


def _targets(assign: ast.Assign) -> list[str]:
    return [target.id for target in assign.targets if isinstance(target, ast.Name)]


def _texts(node: ast.expr) -> set[str]:
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_the_rules_in_the_code_are_the_rules_of_the_file() -> None:
    """Every check that the code makes is described, and every described check is made."""
    assert names_in_code() == {rule.rule for rule in load_rules().rules}


def test_a_year_of_the_common_era_is_recognised() -> None:
    """Who types 2025 is told which Buddhist year that is."""
    with pytest.raises(FactsError, match=r"พ\.ศ\. 2568"):
        load_framework(2025)
