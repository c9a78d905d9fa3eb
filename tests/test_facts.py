"""The facts of the fiscal years: what the loader refuses, and what is true of the real files."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import YEAR

import ita_nb
from ita_nb.analysis.planner import plan_date
from ita_nb.errors import FactsError
from ita_nb.facts.catalogue import Catalogue, CatalogueMeasure, load_catalogue
from ita_nb.facts.framework import Fact, Framework
from ita_nb.facts.loader import FRAMEWORKS, known_years, load_framework
from ita_nb.facts.rules import Rule, load_rules, problem

PACKAGE = Path(ita_nb.__file__).parent
Facts = dict[str, Any]

REAL: Facts = yaml.safe_load((FRAMEWORKS / f"{YEAR}.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def framework() -> Framework:
    """Return the real facts."""
    return load_framework(YEAR)


def entry(facts: Facts, table: str, code: str) -> Facts:
    """Return the entry of a table by its code."""
    return next(row for row in facts[table] if row["code"] == code)


def loaded(folder: Path, facts: Facts, year: int = YEAR) -> Framework:
    """Write facts as the file of a year and load it."""
    text = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False)
    (folder / f"{year}.yaml").write_text(text, encoding="utf-8")
    return load_framework(year, folder=folder)


# --------------------------------------------------------------------------- one broken thing a case


def _drop_source(f: Facts) -> None:
    del f["sources"]["rtrda"]


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
    f["gaps_th"] = [gap for gap in f["gaps_th"] if gap["node"] != "i2"]


def _needless_gap(f: Facts) -> None:
    f["gaps_th"].append({"node": "i1", "text_th": "ถ้อยคำของ i1"})


def _swap_levels(f: Facts) -> None:
    f["levels"][2], f["levels"][3] = f["levels"][3], f["levels"][2]


def _no_lowest_level(f: Facts) -> None:
    f["levels"].pop()


def _set(table: str, code: str, /, **values: object) -> Callable[[Facts], None]:
    return lambda f: entry(f, table, code).update(values)


def _top(**values: object) -> Callable[[Facts], None]:
    return lambda f: f.update(values)


BREAKAGES: dict[str, tuple[Callable[[Facts], None], str]] = {
    "weights of instruments": (_set("instruments", "IIT", weight="0.31"), "inside total"),
    "weights of indicators": (_set("indicators", "3", weight="1/4"), "inside IIT"),
    "weights of questions": (_set("questions", "e5", weight="1/2"), "inside 7"),
    "one weight of some unknown": (_set("questions", "e5", weight=None), "questions."),
    "one weight known among unknown": (_set("items", "o5", weight="1/20"), "inside 9"),
    "weights of parts": (lambda f: f["instruments"][1]["parts"][0].update(weight="1/4"), "parts of EIT"),
    "weight as a word": (_set("indicators", "3", weight="fifth"), "fifth"),
    "weight divided by zero": (_set("indicators", "3", weight="1/0"), "1/0"),
    "unknown parent of an indicator": (_set("indicators", "3", instrument="XIT"), "XIT"),
    "unknown parent of a question": (_set("questions", "i7", indicator="33"), "parent 33"),
    "unknown parent of an item": (_set("items", "o7", indicator="33"), "parent 33"),
    "parent without children": (_childless_indicator, "11 has no children"),
    "undefined scale": (_drop_scale, "graded"),
    "misspelt scale": (_set("questions", "i7", scale="sixstep"), "sixstep"),
    "unused scale": (_unused_scale, "ten_step"),
    "absent option that is none": (_set("scales", "six_step", absent_option="ว่าง"), "ว่าง"),
    "unknown topic item": (lambda f: f["topics"][0]["items"].append("o99"), "o99"),
    "item in two topics": (_second_topic, "i1 stands in two topics"),
    "duplicated code": (lambda f: f["items"].append(dict(entry(f, "items", "o7"))), "o7 is defined twice"),
    "code of another table": (_set("items", "o7", code="i7"), "i7 is defined twice"),
    "unknown required item": (lambda f: f["publication"]["measures_item"].update(code="o99"), "o99"),
    "undefined source": (_drop_source, "rtrda"),
    "unused source": (_add_unused_source, "nobody"),
    "missing source": (_set("questions", "i7", source=[]), "i7 is "),
    "unknown confidence": (_set("questions", "i7", confidence="sure"), "sure"),
    "unknown polarity": (_set("questions", "i7", polarity="neutral"), "neutral"),
    "undeclared gap": (_drop_gap, "i2 has an unknown fact"),
    "gap that is none": (_needless_gap, "names i1,"),
    "levels out of order": (_swap_levels, "level ผ่าน stands after ต้องปรับปรุง"),
    "no level from 0": (_no_lowest_level, "ต้องปรับปรุง does not begin at 0"),
    "wrong fiscal year": (_top(fiscal_year=2567), "2567"),
    "unknown key": (_top(fiscal_yaer=YEAR), "fiscal_yaer"),
    "unknown key of an entry": (_set("questions", "i7", text="ข้อความ"), "text"),
    "missing key": (lambda f: f.pop("levels"), "levels"),
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
    assert known_years(tmp_path) == (2599,)


def test_a_new_year_may_have_another_shape(tmp_path: Path) -> None:
    """Instruments need not weigh what they weigh today."""
    facts = copy.deepcopy(REAL)
    for code, weight in (("IIT", "1/3"), ("EIT", "1/3"), ("OIT", "1/3")):
        entry(facts, "instruments", code)["weight"] = weight
    assert loaded(tmp_path, facts).weight_in_total("9") == Fraction(1, 6)


# ------------------------------------------------------------------------------------ the real facts


@pytest.mark.parametrize("year", known_years())
def test_every_facts_file_passes_its_checks(year: int) -> None:
    """Each committed year loads and knows its own year."""
    assert load_framework(year).fiscal_year == year


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
    assert [gap.text_th for gap in framework.gaps_th if gap.node == node] != []


def facts_in(value: object) -> Iterator[Fact]:
    """Yield every fact in a framework."""
    if isinstance(value, Fact):
        yield value
    if hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            yield from facts_in(getattr(value, name))
    elif isinstance(value, tuple):
        for member in value:
            yield from facts_in(member)


def test_every_fact_has_a_source_or_is_unknown(framework: Framework) -> None:
    """A fact without a source says that it is unknown, and a defined source says where it is."""
    found = list(facts_in(framework))
    assert len(found) > 70
    assert [fact for fact in found if bool(fact.source) == (fact.confidence == "unknown")] == []
    assert all(source.ref for source in framework.sources.values())


def test_the_measures_and_report_items_say_what_they_must_contain(framework: Framework) -> None:
    """Both publication items have columns and required content with a source."""
    for item in (framework.publication.measures_item, framework.publication.report_item):
        assert item.columns_th
        assert item.required_th
        assert item.required_source


# -------------------------------------------------------------------------------------- the catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return the real catalogue."""
    return load_catalogue(YEAR)


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
    first, last = plan_date(plan_year, _day(10, 1)), plan_date(plan_year, _day(9, 30))
    periods = {m.id: (plan_date(plan_year, m.start), plan_date(plan_year, m.end)) for m in catalogue.measures}
    assert [name for name, (start, end) in periods.items() if not first <= start < end <= last] == []


def _day(month: int, day: int) -> Any:
    return type(load_catalogue(YEAR).measures[0].start)(month=month, day=day)


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
