"""The running sentences: wording data, their values, a word for every gap, Thai spacing."""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import opened
import pytest
import yaml
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from hypothesis import given
from hypothesis import strategies as st
from opened import Opened
from pydantic import ValidationError

import ita_nb
from ita_nb.case import Case, build_case
from ita_nb.document.blocks import (
    Callout,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Section,
    Table,
)
from ita_nb.document.narrative import Wording, load_wording, say
from ita_nb.exhibits.opening import result_sentence
from ita_nb.exhibits.text import level
from ita_nb.facts.loader import load_framework
from ita_nb.progress import ProgressCase, build_progress
from ita_nb.thai import to_thai_digits

SITUATIONS = load_wording().situations
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def said(situation: str) -> re.Pattern[str]:
    """What the sentence of a situation looks like, whatever its values are."""
    return re.compile(re.sub(r"\\\{[a-z_]+\\\}", ".+", re.escape(SITUATIONS[situation])), flags=re.DOTALL)


# ---------------------------------------------------------------- the wording data


def wording(**situations: str) -> Wording:
    """Wording of these situations, with the file's own placeholders."""
    known = load_wording()
    return Wording(numbers=known.numbers, free_texts=known.free_texts, situations=situations)


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ("ได้ {score} จาก 100 คะแนน", "ตัวเลข"),
        ("ได้ {score} จาก ๑๐๐ คะแนน", "ตัวเลข"),
        ("ได้  {score} คะแนน", "ช่องว่าง"),
        ("ได้ {score} คะแนน ", "ช่องว่าง"),
        (" ได้ {score} คะแนน", "ช่องว่าง"),
        ("ได้ {score}\nคะแนน", "ช่องว่าง"),
        ("ได้ {score} คะแนน {", "วงเล็บปีกกา"),
        ("ได้ {score} คะแนน {Score}", "วงเล็บปีกกา"),
        ("ข้อต่างๆ ได้ {score} คะแนน", "ไม้ยมก"),
        ("ข้อต่าง ๆได้ {score} คะแนน", "ไม้ยมก"),
        ("ได้{score} คะแนน", "เว้นวรรคที่ score"),
        ("ได้ {score}คะแนน", "เว้นวรรคที่ score"),
        # what people wrote may begin with a number or a Latin letter
        *((f"เพราะ{{{name}}}", f"เว้นวรรคที่ {name} ") for name in ("reason", "title", "option", "names")),
    ],
)
def test_broken_wording_is_refused(broken: str, fault: str) -> None:
    """Each fault of a sentence is named with its situation."""
    with pytest.raises(ValidationError, match=f"broken: .*{fault}"):
        wording(broken=broken)


@pytest.mark.parametrize(
    "sound", ["ของ{agency} ได้", "ทั้งหมด ({agency}) ได้", "คือ {agency}", "ต่าง ๆ ของ{agency} ได้", '"{agency}" ได้']
)
def test_sound_wording_is_taken(sound: str) -> None:
    """A name may follow a word without a space, and anything may stand in brackets or at an end."""
    assert wording(sound=sound).situations == {"sound": sound}


def test_every_fault_is_named() -> None:
    """Two broken situations are named together."""
    with pytest.raises(ValidationError, match=r"one: .*two: "):
        wording(one="ก  ข", two="{")


def test_no_situation_is_written_twice() -> None:
    """No key of the file stands twice: the later one would silently replace the earlier."""
    text = files("ita_nb.document").joinpath("narrative.yaml").read_text(encoding="utf-8")
    tree = yaml.compose(text)
    (situations,) = (own for key, own in tree.value if key.value == "situations")

    assert sorted(name.value for name, _ in situations.value) == sorted(SITUATIONS)


def test_every_situation_is_told_with_its_values() -> None:
    """No wording lies unused, none is missing, and each call hands over the values that it asks for."""
    package = Path(next(iter(ita_nb.__path__)))
    paths = [path for folder in ("document", "exhibits") for path in (package / folder).rglob("*.py")]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    literals = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    groups = "|".join({name.split(".")[0] for name in SITUATIONS})
    calls = [n for n in nodes if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "say"]
    told = [
        (n.args[0].value, {k.arg for k in n.keywords}) for n in calls if isinstance(n.args[0], ast.Constant)
    ]
    asked = load_wording().placeholders

    assert {text for text in literals if re.fullmatch(rf"({groups})\.[a-z_]+", text)} == set(SITUATIONS)
    assert len(told) > 50
    # ``None`` stands for values that are unpacked.
    assert [name for name, given in told if not given - {None} <= asked(name)] == []
    assert [name for name, given in told if None not in given and given != asked(name)] == []


CAUSES = re.compile("ทำให้คะแนน|ส่งผลให้|ช่วยให้|เป็นผลจาก|เป็นผลมาจาก|(?<!ไม่ได้แสดงว่า)เกิดจาก|อาจเป็นเพราะ")


def test_no_sentence_names_a_cause_of_a_score() -> None:
    """Which answer lost the points is arithmetic; why people answered so is never said."""
    arithmetic = re.compile("คำตอบใดทำให้คะแนนลดลง")
    found = [said for said in SITUATIONS.values() if CAUSES.search(arithmetic.sub("", said))]

    assert found == []


# ---------------------------------------------------------------- a sentence with its values


@given(st.sampled_from(sorted(SITUATIONS)), st.text(max_size=12))
def test_sentence_is_the_wording_with_its_values(situation: str, value: str) -> None:
    """Each value stands in its place, and nothing else is changed."""
    values = dict.fromkeys(load_wording().placeholders(situation), value)

    assert say(situation, **values) == PLACEHOLDER.sub(lambda _: value, SITUATIONS[situation])


@pytest.mark.parametrize("value", ["{score}", "{0}", "{}", "{{x}}", "{item.__class__}", r"\g<0>", "%s", "$x"])
def test_braces_in_values_are_text(value: str) -> None:
    """A value is printed as it stands, whatever it looks like."""
    sentence = say("item.score", item=value, score="95.40")

    assert value in sentence
    assert "95.40" in sentence


@pytest.mark.parametrize(
    ("situation", "values", "named"),
    [
        ("item.score", {"item": "ข้อ i1"}, "item.score"),
        ("item.score", {"item": "ข้อ i1", "score": "1", "line": "85"}, "line"),
        ("item.score", {}, "item.score"),
        ("topic.nowhere", {}, r"topic\.nowhere"),
    ],
    ids=["missing", "not asked for", "none", "no such situation"],
)
def test_values_must_be_those_asked_for(situation: str, values: Mapping[str, str], named: str) -> None:
    """A missing value, one that the sentence does not take, and a situation without wording are errors."""
    with pytest.raises((TypeError, LookupError), match=named):
        say(situation, **values)


# ---------------------------------------------------------------- the documents

DOCUMENTS = (
    (AGENCY, YEAR, "analysis"),
    ("bangkrabue", 2565, "analysis"),
    ("takothong", YEAR, "progress"),
    ("sithong", 2564, "progress"),
    ("chaimongkhon", 2566, "progress"),
)


@cache
def case_of(agency_id: str, year: int, kind: str) -> Case | ProgressCase:
    """A real case as it stands in the repository."""
    return (build_case if kind == "analysis" else build_progress)(agency_id, year, REPOSITORY)


def report_of(case: Case | ProgressCase, edition: str = "working", digits: str = "arabic") -> Opened:
    """The report of a case; a publication edition is made as a draft."""
    return opened.report_of(case, edition=edition, digits=digits, draft=edition == "publish")


def strings_in(value: object) -> Iterator[str]:
    """Every text inside plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for member in value.values() for text in strings_in(member))
    elif isinstance(value, (list, tuple)):
        yield from (text for member in value for text in strings_in(member))


@cache
def names_of(agency_id: str, year: int, kind: str) -> tuple[str, ...]:
    """What is not ours to say otherwise: names, wordings, people's texts, measures, the catalogue's texts."""
    case = case_of(agency_id, year, kind)
    framework = case.framework
    found = [framework.title(code) or "" for code in framework.by_code]
    found += [topic.name_th for topic in framework.topics]
    found += [case.agency.name_th, *(remark.text_th for remark in case.record.remarks)]
    found += list(strings_in(case.record.office.model_dump(mode="json")))
    measures = case.plan if isinstance(case, Case) else case.record.measures
    found += [measure.title_th for measure in measures]
    if isinstance(case, Case):
        entries = (*case.catalogue.measures, *case.catalogue.general)
        found += [text for entry in entries for text in (entry.candidate_cause_th, entry.guideline_th)]
    return tuple(sorted((text for text in set(found) if len(text) > 1), key=len, reverse=True))


def units(section: Section) -> dict[str, list[str]]:
    """The running sentences under each heading of level 2; labels and the drawings' captions are not ours."""
    found: dict[str, list[str]] = {}
    for block in section.blocks:
        if isinstance(block, Heading):
            own = found.setdefault(block.text, []) if block.level == 2 else []
        elif isinstance(block, Paragraph):
            own.append(block.text)
        elif isinstance(block, Callout):
            own += [block.title, *block.lines]
        elif isinstance(block, Table):
            own += [
                *block.notes,
                *(line for row in block.rows for cell in row.cells for line in cell.split("\n")),
            ]
    return found


# ---------------------------------------------------------------- spacing

TOUCHING = re.compile(r"[ก-ฺเ-๎][0-9๐-๙]|[0-9๐-๙][ก-ฺเ-๎]")


@pytest.mark.parametrize("edition", ["working", "publish"])
@pytest.mark.parametrize("digits", ["thai", "arabic"])
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document[0])
def test_texts_are_spaced_as_thai_is(document: tuple[str, int, str], digits: str, edition: str) -> None:
    """No space is doubled or at an end; outside of cells, names and people's texts no number touches a word.

    A percentage is said in words; only the description of a drawing has its sign.
    """
    blocks = report_of(case_of(*document), edition, digits).document().blocks
    lines = [
        line
        for b in blocks
        for text in strings_in(b.model_dump(exclude={"svg"}))
        for line in text.split("\n")
    ]
    names = "|".join(re.escape(name) for name in names_of(*document))
    names += "|" + to_thai_digits(names)
    told = [(b, text) for b in blocks for text in strings_in(b.model_dump(exclude={"svg", "rows"}))]

    assert [line for line in lines if re.search(r"^ | $|  ", line)] == []
    assert [text for _, text in told if TOUCHING.search(re.sub(names, "", text))] == []
    assert [text for block, text in told if "%" in text and not isinstance(block, Figure)] == []


# ---------------------------------------------------------------- no data

SPARSE: dict[str, list[tuple[str, str, str]]] = {
    "only-the-total": [("total", "", "88.88")],
    "only-instruments": [("IIT", "", "90"), ("EIT", "", "80"), ("OIT", "", "85")],
    "only-one-question": [("i10", "", "95.24")],
    "only-one-item": [("o17", "", "0")],
    "everything-full": [
        (code, "", "100") for code in ("total", "IIT", "EIT", "OIT", *map(str, range(1, 11)))
    ],
}
NOTHING = {"ไม่ได้ระบุ", "ไม่มีข้อมูล", "-"}


def sparse_case(workspace: Workspace, rows: list[tuple[str, str, str]], year: int = YEAR) -> Case:
    """An agency of which only these scores are known."""
    header = ["agency_id", "node", "part", "score"]
    workspace.write_rows(f"data/{year}/stated_scores.csv", header, [("bangkrabue", *row) for row in rows])
    for name in ("stated_results", "responses", "remarks"):
        (workspace.root / f"data/{year}/{name}.csv").unlink(missing_ok=True)
    (workspace.root / f"params/bangkrabue-{year}.yaml").unlink(missing_ok=True)
    (workspace.root / "data/2565/measures.csv").unlink(missing_ok=True)
    return build_case("bangkrabue", year, workspace.root)


@pytest.fixture(params=[(name, year) for name in SPARSE for year in (2565, YEAR)], ids=str)
def sparse(request: pytest.FixtureRequest, workspace: Workspace) -> Case:
    """A sparse agency, in a year with topics and in one without."""
    name, year = request.param
    return sparse_case(workspace, SPARSE[name], year)


@pytest.mark.parametrize("edition", ["working", "publish"])
def test_no_heading_stands_alone_and_no_table_says_nothing(sparse: Case, edition: str) -> None:
    """Under every heading something is said; without one score for a table a sentence stands in its place."""
    report = report_of(sparse, edition)
    blocks = [b for b in report.document().blocks if not isinstance(b, PageBreak)]
    alone = [
        block.text
        for block, after in itertools.pairwise([*blocks, Heading(level=1, text="")])
        if isinstance(block, Heading) and isinstance(after, Heading) and after.level <= block.level
    ]
    tables = [b for b in (report.part("result") + report.part("analysis")).blocks if isinstance(b, Table)]

    assert alone == []
    assert [table.caption for table in tables if says_nothing(table)] == []


def says_nothing(table: Table) -> bool:
    """Whether no row of a table holds a score, and each says in words that there is none."""
    cells = [row.cells for row in table.rows if row.kind != "group"]
    return bool(cells) and all(
        NOTHING & set(own) and not any(re.search(r"\d\.\d", cell) for cell in own) for own in cells
    )


def test_topics_without_any_item_score_are_told_once(workspace: Workspace) -> None:
    """With instruments only one sentence serves all seven topics, which are then named."""
    section = report_of(sparse_case(workspace, SPARSE["only-instruments"])).part("analysis")
    told = [block.text for block in section.blocks if isinstance(block, Paragraph)]

    assert [text for text in told if said("no_item_scores.topics").fullmatch(text)] == told[:1]
    assert [text.split()[0] for text in told[1:8]] == ["ประเด็นที่"] * 7


def test_every_topic_without_scores_says_so(workspace: Workspace) -> None:
    """Where one topic has scores each of the six others says that it has none."""
    section = report_of(sparse_case(workspace, [("i10", "", "80")])).part("analysis")
    told = {heading: own for heading, own in units(section).items() if heading.startswith("ประเด็นที่")}

    assert sum(any(said("topic.no_scores").fullmatch(text) for text in own) for own in told.values()) == 6


@pytest.mark.parametrize(
    ("scores", "situation"),
    [
        ({"i10": "100", "i11": "100", "i12": "100"}, "topic.all_full"),
        ({"i10": "100", "i11": "100"}, "topic.known_full"),
    ],
    ids=["all", "known"],
)
def test_full_topic_says_of_which_items(workspace: Workspace, scores: dict[str, str], situation: str) -> None:
    """Every item is full, or every one that has a score: the document says which."""
    case = sparse_case(workspace, [(code, "", score) for code, score in scores.items()])
    told = units(report_of(case).part("analysis"))

    (own,) = (texts for heading, texts in told.items() if heading.startswith("ประเด็นที่ 4"))
    assert any(said(situation).fullmatch(text) for text in own)


# ---------------------------------------------------------------- what the sentences rest on

REMARKS = f"data/{YEAR}/remarks.csv"
REMARK_HEADER = ("agency_id", "item", "kind", "text_th", "status")


def paragraphs(case: Case, label: str, edition: str = "working") -> list[str]:
    """The texts of the analysis under a label."""
    blocks = report_of(case, edition).part("analysis").blocks
    return [b.text for b in blocks if isinstance(b, Paragraph) and b.label == label]


def test_words_on_an_item_without_score_are_kept(workspace: Workspace) -> None:
    """What people wrote on an item that has no score stands in its topic, and that there is no score."""
    case = sparse_case(workspace, [("total", "", "88.88")])
    workspace.write_rows(
        REMARKS, REMARK_HEADER, [("bangkrabue", "i10", "cause", "ทะเบียนอยู่คนละอาคาร", "confirmed")]
    )
    case = build_case("bangkrabue", YEAR, workspace.root)

    assert paragraphs(case, "สาเหตุเกิดจาก", "publish") == ["ทะเบียนอยู่คนละอาคาร"]
    (told,) = paragraphs(case, "ข้ออื่นที่มีข้อสังเกต", "publish")
    assert said("item.unscored").fullmatch(told)


@pytest.mark.parametrize(("edition", "told"), [("working", 1), ("publish", 0)])
def test_items_are_not_named_for_what_is_not_shown(workspace: Workspace, edition: str, told: int) -> None:
    """A note is for the analyst: in publication the item that has nothing else is not spoken of."""
    sparse_case(workspace, [("i10", "", "90"), ("i11", "", "100"), ("i12", "", "100")])
    workspace.write_rows(REMARKS, REMARK_HEADER, [("bangkrabue", "i11", "note", "ตรวจกับต้นฉบับ", "confirmed")])

    assert len(paragraphs(build_case("bangkrabue", YEAR, workspace.root), "ข้ออื่นที่มีข้อสังเกต", edition)) == told


def test_words_on_a_question_of_two_parts_are_told_once(workspace: Workspace) -> None:
    """A question that is weak in both parts is named with each score, and its cause is told once."""
    sparse_case(workspace, [("e1", "1", "70"), ("e1", "2", "60")])
    remark = ("bangkrabue", "e1", "cause", "ไม่ได้แจ้งวันนัด", "confirmed")
    workspace.write_rows(REMARKS, REMARK_HEADER, [remark])
    case = build_case("bangkrabue", YEAR, workspace.root)
    named = [*paragraphs(case, "ข้อที่ได้คะแนนน้อยที่สุด"), *paragraphs(case, "ข้ออื่นที่ต้องยกระดับ")]

    assert ["(ส่วนที่ 2)" in named[0], "(ส่วนที่ 1)" in named[1], len(named)] == [True, True, 2]
    assert paragraphs(case, "สาเหตุเกิดจาก") == ["ไม่ได้แจ้งวันนัด"]


def test_items_are_named_at_first_mention(workspace: Workspace) -> None:
    """The sentence on the lowest item has its code and its wording, a question's in quotation marks."""
    case = sparse_case(workspace, [("i10", "", "90"), ("o13", "", "0")])
    told = paragraphs(case, "ข้อที่ได้คะแนนน้อยที่สุด")

    assert f'ข้อ i10 "{case.framework.title("i10")}"' in told[0]
    assert f"ข้อ o13 {case.framework.title('o13')} " in told[1]


@pytest.mark.parametrize(
    ("shares", "situation"),
    [
        ({"มากที่สุด": "80.00", "ไม่มี": "20.00"}, "answers.costliest"),
        ({"มากที่สุด": "60.00", "มาก": "40.00", "ไม่มี": "8.00"}, "answers.unusable"),
        ({"มากที่สุด": "50.00", "มาก": "40.00", "น้อย": "0.00", "ค่อนข้างมาก": "10.00"}, "answers.costliest"),
        ({"มากที่สุด": "70.00", "มาก": "20.00", "ค่อนข้างมาก": "10.00"}, "answers.tied"),
        ({}, "answers.unusable"),
    ],
    ids=["one", "too-much", "several", "tied", "nothing"],
)
def test_what_lowered_a_score_is_told_as_it_is(
    workspace: Workspace, shares: dict[str, str], situation: str
) -> None:
    """One answer lost the most, several the same, or the shares are no distribution."""
    options = load_framework(YEAR).points("i10") or {}
    rows = [(AGENCY, "i10", "", option, shares.get(option, "0.00"), "") for option in options]
    header = ("agency_id", "item", "part", "option", "share", "count")
    workspace.write_rows(f"data/{YEAR}/responses.csv", header, rows)
    told = paragraphs(build_case(AGENCY, YEAR, workspace.root), "สิ่งที่ทำให้คะแนนลดลง")

    assert sum(bool(said(situation).fullmatch(text)) for text in told) == 1


def decided(workspace: Workspace, items: str, status: str, reason: str = "") -> Case:
    """An agency with one weak question, i10, and one measure in its params file."""
    sparse_case(workspace, [("i10", "", "80")])
    measure = {"measure_id": "m1", "items": [items], "title_th": "จุดยืมและคืน", "status": status}
    words = {"agency_id": "bangkrabue", "fiscal_year": YEAR, "measures": [{**measure, "reason_th": reason}]}
    workspace.write(f"params/bangkrabue-{YEAR}.yaml", json.dumps(words))
    return build_case("bangkrabue", YEAR, workspace.root)


GUIDELINE = "แนวทางการยกระดับผลการประเมินฯ"


@pytest.mark.parametrize(
    ("items", "status", "reason", "situation"),
    [
        ("i10", "confirmed", "", "guideline.by_measure"),
        ("4", "confirmed", "", "guideline.by_measure"),  # a measure for the whole indicator answers its items
        ("i10", "declined", "ดำเนินการครบแล้ว", "guideline.declined"),
        ("i10", "draft", "", "guideline.none"),
        ("i13", "confirmed", "", "guideline.none"),
    ],
)
def test_published_guideline_is_what_was_decided(
    workspace: Workspace, items: str, status: str, reason: str, situation: str
) -> None:
    """In publication a weak item names its measure, the reason against one, or that none is confirmed."""
    (told,) = paragraphs(decided(workspace, items, status, reason), GUIDELINE, "publish")

    assert said(situation).fullmatch(told)


def measures_say(case: Case, situation: str) -> bool:
    """Whether a paragraph of the part on measures tells a situation."""
    blocks = report_of(case).measures().blocks
    return any(said(situation).fullmatch(b.text) for b in blocks if isinstance(b, Paragraph))


@pytest.mark.parametrize(
    ("scores", "situation"),
    [
        ("only-the-total", "measures.not_found"),
        ("only-one-question", "measures.not_found"),
        ("everything-full", "measures.none_needed"),
    ],
)
def test_no_measures_are_explained(workspace: Workspace, scores: str, situation: str) -> None:
    """Without a measure the document says whether none is needed, all were declined, or nobody can tell."""
    rows = [(code, part, "100" if code == "i10" else score) for code, part, score in SPARSE[scores]]

    assert measures_say(sparse_case(workspace, rows), situation)
    assert measures_say(decided(workspace, "i10", "declined", "ดำเนินการครบแล้ว"), "measures.all_declined")


@pytest.mark.parametrize(
    ("rows", "situation"),
    [
        ([("1", "", "80"), ("2", "", "90")], "instrument.incomplete"),
        ([("IIT", "", "90")], "instrument.no_indicator_scores"),
        ([("1", "", "90"), ("2", "", "90"), ("IIT", "", "90")], "instrument.even"),
        ([("IIT", "", "85")], "instrument.level"),
        ([("1", "", "80"), ("2", "", "90"), ("IIT", "", "85")], "instrument.ends"),
    ],
)
def test_instrument_says_what_is_known(
    workspace: Workspace, rows: list[tuple[str, str, str]], situation: str
) -> None:
    """An instrument's sentence rests on the scores that there are."""
    section = report_of(sparse_case(workspace, rows, 2565)).part("analysis")
    own = next(texts for heading, texts in units(section).items() if heading.endswith("(IIT)"))

    assert any(said(situation).fullmatch(text) for text in own)


@pytest.mark.parametrize(
    ("rows", "situation"),
    [
        ([("total", "", "90"), ("IIT", "", "80")], "losses.printed"),
        ([("total", "", "90"), ("IIT", "", "80"), ("EIT", "", "85"), ("OIT", "", "90")], "losses.rebuilt"),
        ([("IIT", "", "80"), ("EIT", "", "85"), ("OIT", "", "90")], "losses.rebuilt"),
    ],
    ids=["printed", "both", "recomputed"],
)
def test_losses_say_what_they_are_counted_from(
    workspace: Workspace, rows: list[tuple[str, str, str]], situation: str
) -> None:
    """The table of lost points stands on the recomputed total, else on the printed one, and says which."""
    blocks = report_of(sparse_case(workspace, rows)).losses().blocks
    notes = [note for block in blocks if isinstance(block, Table) for note in block.notes]
    forms = [name for name in ("losses.printed", "losses.rebuilt") for n in notes if said(name).fullmatch(n)]

    assert forms == [situation]


@pytest.mark.parametrize(
    ("name", "shown"), [("ผ่านดี", "ระดับผ่านดี"), ("AA", "ระดับ AA"), ('"ผ่านดี"', 'ระดับ "ผ่านดี"')]
)
def test_level_in_a_sentence(name: str, shown: str) -> None:
    """The Thai name of a level runs on behind the word for it; Latin letters and quotation marks do not."""
    assert level(name) == shown


@pytest.mark.parametrize("document", DOCUMENTS[:2], ids=["words", "letters"])
def test_level_of_the_result(document: tuple[str, int, str]) -> None:
    """The sentence on the result names the level as every sentence does."""
    case = case_of(*document)
    assert isinstance(case, Case)
    stated = case.level.stated

    plain, quoted = level(stated), level(f'"{stated}"')
    assert re.search(rf"ใน(?:{plain}|{quoted})(?: |$)", result_sentence(case))


def test_title_in_a_sentence_runs_on() -> None:
    """The lines of a title become one name: a space stands only where Thai has one."""
    report = report_of(case_of("takothong", YEAR, "progress"))
    (statement,) = (b.text for b in report.signature().blocks if isinstance(b, Paragraph))

    assert (
        "รายงานผลการดำเนินการเพื่อส่งเสริมคุณธรรมและความโปร่งใสภายในหน่วยงาน "
        "ประจำปีงบประมาณ พ.ศ. 2568 รอบ 12 เดือน ฉบับนี้"
    ) in statement
