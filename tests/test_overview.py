"""The overview of a batch: what its sections say and do not say, its charts, its notebook, its formats."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import docx
import nbformat
import pytest
from conftest import REPOSITORY
from documents import page_texts
from made_up_province import YEAR, Batch, Row, built, made_up

from ita_nb.document import html, pdf, word
from ita_nb.document.blocks import (
    Block,
    Cover,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Section,
    Table,
)
from ita_nb.document.narrative import load_wording
from ita_nb.document.notebook import read_document
from ita_nb.errors import ParameterError
from ita_nb.execution import run_notebook
from ita_nb.exhibits import overview as exhibits
from ita_nb.exhibits.overview import Overview
from ita_nb.parameters import OverviewParameters, read_overview_parameters
from ita_nb.province import Province, build_province
from ita_nb.tables import AGENCIES
from ita_nb.thai import number_text

SECTIONS = (
    *("cover", "members", "totals", "likeness", "costs", "funnel", "changes", "quality", "priorities"),
    *("agencies", "provenance"),
)
NOTEBOOK = REPOSITORY / "notebooks" / "province_overview.ipynb"


def report_of(province: Province, digits: str = "arabic", edition: str = "working") -> Overview:
    """The report of a province."""
    values = {"folder": "x", "digits": digits, "edition": edition}
    return Overview(province, OverviewParameters.model_validate(values))


def blocks_of(report: Overview) -> list[Block]:
    """All blocks of an overview in the order of the notebook, in the digits of the document."""
    sections = (getattr(exhibits, name)(report) for name in SECTIONS)
    return [block for section in sections for block in section.in_digits(report.parameters.digits).blocks]


def document_of(report: Overview) -> Document:
    """The document of an overview."""
    blocks = blocks_of(report)
    return Document(cover=next(block for block in blocks if isinstance(block, Cover)), blocks=tuple(blocks))


def tables_of(section: Section, caption: str = "") -> list[Table]:
    """The tables of a section whose captions hold a text."""
    return [block for block in section.blocks if isinstance(block, Table) and caption in block.caption]


def said_in(blocks: Iterable[Block], pattern: str) -> list[str]:
    """Every text of some blocks in which a pattern is found."""
    return [text for block in blocks for text in texts_of(block) if re.search(pattern, text)]


def texts_of(block: Block) -> Iterator[str]:
    """Every text of a block."""
    if isinstance(block, Heading | Paragraph):
        yield block.text
    elif isinstance(block, Figure):
        yield from (block.caption, block.alt)
        yield from texts_of(block.data) if block.data else ()
    elif isinstance(block, Table):
        yield from (block.caption, *block.notes, *(column.heading for column in block.columns))
        yield from (cell for row in block.rows for cell in row.cells)
    elif isinstance(block, Cover):
        yield from (*block.title, block.agency, block.running_title)


def tells(section: Section, situation: str) -> bool:
    """Whether a section tells a situation in a paragraph, a caption or a note, whatever its values are."""
    wording = re.escape(load_wording().situations[situation])
    return said_in(section.blocks, re.sub(r"\\\{[a-z_]+\\\}", ".+", wording)) != []


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    """Forty made-up agencies, some with defects, and one that is missing."""
    batch = made_up(41)
    for number, row in enumerate(batch.tables["results"][:6]):
        keys = {"agency_id": row["agency_id"], "fiscal_year": YEAR, "severity": "error"}
        values = {"rule": "total-mismatch", "node": "total", "stated": "49.74", "expected": "94.18"}
        batch.tables["problems"] += [{**keys, **values, "message_th": "ไม่ตรง"}] * (1 + number % 2)
    batch.result(0)["n_eit2"] = ""
    batch.result(1)["change"] = ""
    batch.tables["results"].pop()
    batch.tables[AGENCIES][-1].update(status="failed", message_th="แฟ้มหนึ่ง ที่พบ: เสีย วิธีแก้: แก้")
    return built(batch, tmp_path_factory.mktemp("province"))


# ---------------------------------------------------------------- what is said


def test_sections_are_those_of_the_notebook() -> None:
    """The notebook shows every section once, in this order."""
    cells = nbformat.reads(NOTEBOOK.read_text(encoding="utf-8"), as_version=4).cells
    call = re.compile(r"show\(exhibits\.(\w+)\(overview\)\)")
    shown = [found[1] for cell in cells if (found := call.fullmatch(cell.source))]

    assert shown == list(SECTIONS)
    assert set(exhibits.__all__) - {"Overview"} == set(SECTIONS)


def test_missing_agency_is_told_with_its_reason(province: Province) -> None:
    """Who is missing stands in the first section with status and reason, without what to do."""
    (table,) = tables_of(exhibits.members(report_of(province)), "ไม่มีผล")

    assert [row.cells[1:] for row in table.rows] == [("จัดทำไม่สำเร็จ", "แฟ้มหนึ่ง ที่พบ: เสีย")]


def test_levels_are_counted_with_the_conditions_of_the_year(province: Province) -> None:
    """Every level of the year has its condition, and the counts add up to the agencies."""
    (levels,) = tables_of(exhibits.totals(report_of(province)), "ระดับ")
    *rows, whole = levels.rows

    assert [row.cells[0] for row in rows[:5]] == [level.name_th for level in province.framework.levels]
    assert rows[0].cells[1] == "คะแนนรวมไม่ต่ำกว่า 95 และทุกแบบวัดไม่ต่ำกว่า 95"
    assert sum(int(row.cells[2]) for row in rows) == int(whole.cells[2]) == 40


def test_a_median_half_way_is_rounded_up(province: Province) -> None:
    """The median of 66.70 and 66.71 is 66.71, whatever the last digits of floats say."""
    pair = zip(province.members, (66.70, 66.71), strict=False)
    members = tuple(replace(member, total=total, total_stated=total) for member, total in pair)
    blocks = exhibits.totals(report_of(replace(province, members=members))).blocks

    assert said_in((block for block in blocks if isinstance(block, Paragraph)), r"66\.71")


def test_stated_letters_are_not_counted_as_words(province: Province) -> None:
    """A stated level that is none of the year's stands apart; letters never count as words."""
    members = (replace(province.members[0], level_stated="AA"), *province.members[1:])
    (levels,) = tables_of(exhibits.totals(report_of(replace(province, members=members))), "ระดับ")

    assert [row.cells[2:] for row in levels.rows if row.cells[0].startswith("ชื่ออื่น")] == [("-", "1")]


def test_heat_map_has_every_score(province: Province) -> None:
    """The rows of all pages together are the agencies, with the scores that they have."""
    figures = [block for block in exhibits.likeness(report_of(province)).blocks if isinstance(block, Figure)]

    assert [row.cells[1:] for figure in figures if figure.data for row in figure.data.rows] == [
        tuple(number_text(score) for score in scores if score is not None)
        for scores in map(province.indicator_scores, province.likeness)
    ]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (40, 1), (41, 2), (90, 3)])
def test_heat_map_goes_over_pages(tmp_path: Path, count: int, pages: int) -> None:
    """Agencies are spread evenly over as many pages as they take."""
    blocks = exhibits.likeness(report_of(built(made_up(count), tmp_path))).blocks
    sizes = [len(b.data.rows) for b in blocks if isinstance(b, Figure) and b.data]

    assert (len(sizes), sum(sizes), max(sizes) - min(sizes) <= 1) == (pages, count, True)


def test_costliest_indicator_comes_first(province: Province) -> None:
    """The losses by indicator fall, and their sum is what the totals of all agencies lost."""
    losses = [float(row.cells[1]) for row in tables_of(exhibits.costs(report_of(province)))[0].rows]

    assert losses == sorted(losses, reverse=True)
    assert sum(losses) == pytest.approx(sum(100 - total for total in province.totals), abs=0.1)


def test_items_without_weight_are_counted_apart(province: Province) -> None:
    """Published items, whose weights are not known, have a table of how many agencies are not full."""
    section = exhibits.costs(report_of(province))
    kinds = [{row.cells[0][0] for row in table.rows} for table in tables_of(section)[1:]]

    assert (tells(section, "overview.items_untold"), kinds) == (True, [{"i", "e"}, {"o"}])


def test_agencies_outside_the_funnel_stand_in_thai_order(province: Province) -> None:
    """Who stands outside is numbered by name, not by score, and says on which side."""
    far = {4: 3.5, 9: 3.5, 7: -2.2}
    adjusted = tuple(far.get(place, 0.0) for place in range(len(province.judged)))
    found = replace(province, funnel=replace(province.funnel, adjusted=adjusted))
    (table,) = tables_of(exhibits.funnel(report_of(found)), "นอกเส้น")

    assert [(row.cells[0], row.cells[1], row.cells[-1]) for row in table.rows] == [
        ("1", province.judged[4].agency.name_th, "สูงกว่าเส้นร้อยละ 99.8"),
        ("2", province.judged[7].agency.name_th, "ต่ำกว่าเส้นร้อยละ 95"),
        ("3", province.judged[9].agency.name_th, "สูงกว่าเส้นร้อยละ 99.8"),
    ]


def test_unjudged_agencies_are_told(province: Province) -> None:
    """Agencies whose respondents are not known are counted beside the funnel."""
    assert len(province.members) - len(province.judged) == 1
    assert tells(exhibits.funnel(report_of(province)), "overview.funnel_unknown")


def test_no_agency_has_a_bare_rank(province: Province) -> None:
    """The table of agencies has a band of ranks, or none; never one rank that is not certain."""
    (table,) = tables_of(exhibits.agencies(report_of(province)))
    bands = {
        member.agency.agency_id: f"{band.first}–{band.last}"
        for member, band in zip(province.judged, province.bands, strict=True)
    }

    assert [row.cells[-1] for row in table.rows] == [
        bands.get(member.agency.agency_id, "-") for member in province.members
    ]


def test_contradictions_are_told_once_an_agency(province: Province) -> None:
    """Each agency with a contradiction has one row, the same contradiction once."""
    section = exhibits.quality(report_of(province))
    (table,), (rules,) = tables_of(section, "ขัดกัน"), tables_of(section, "รายการตรวจ")

    assert [row.cells[1] for row in table.rows] == ["คะแนนรวม: ระบุ 49.74 แต่คำนวณได้ 94.18"] * 6
    assert rules.rows[0].cells[-2:] == ("9", "6")


@pytest.mark.parametrize(("number", "codes"), [(0, "o"), (1, "ie")], ids=["published items", "surveys"])
def test_help_is_by_published_items_and_surveys_apart(province: Province, number: int, codes: str) -> None:
    """Two tables, each by falling loss; the first names published items only, the second questions only."""
    table = tables_of(exhibits.priorities(report_of(province)), "เสียคะแนนรวม")[number]
    losses = [float(row.cells[1]) for row in table.rows]

    assert losses == sorted(losses, reverse=True)
    assert len(losses) >= 15
    assert set(re.findall(r"\b([ioe])\d+\b", "".join(row.cells[2] for row in table.rows))) <= set(codes)


def test_who_loses_as_much_is_helped_as_well(tmp_path: Path) -> None:
    """No agency is left out that loses as much as the last one shown."""
    batch = made_up(30)
    for row in batch.tables["losses"]:
        row["loss"] = 2.5 if row["kind"] == "instrument" else row["loss"]
    section = exhibits.priorities(report_of(built(batch, tmp_path)))

    assert [len(table.rows) for table in tables_of(section, "เสียคะแนนรวม")] == [30, 30]


def test_no_agency_is_labelled(province: Province) -> None:
    """No text calls an agency corrupt or clean, or gives it a rank."""
    labels = "ทุจริตสูง|โปร่งใสที่สุด|อันดับที่ [0-9]|แย่|ล้มเหลว|เสี่ยงทุจริต"

    assert said_in(blocks_of(report_of(province)), labels) == []


def test_publication_shows_no_help_and_no_checks(province: Province) -> None:
    """The publication edition names no agency for its contradictions or losses."""
    report = report_of(province, edition="publish")

    assert (exhibits.quality(report).blocks, exhibits.priorities(report).blocks) == ((), ())
    assert said_in(exhibits.cover(report).blocks, "ฉบับทำงาน") == []


# ---------------------------------------------------------------- no data

# What is put in place of the values of every row, by table; an empty list leaves no row at all.
Defect = Mapping[str, Mapping[str, object] | list[Row]]
UNKNOWN = dict.fromkeys("total_stated total_recomputed change previous_total level_recomputed".split(), "")
NO_TOTALS: Defect = {"results": UNKNOWN, "losses": []}
ALL_FULL: Defect = {
    "results": {"total_stated": 100, "total_recomputed": 100, "previous_total": 100, "change": 0},
    "scores": {"stated": 100},
    "losses": {"score": 100, "loss": 0},
}
NO_PREVIOUS: Defect = {"results": {"change": "", "previous_total": "", "previous_year": ""}}


# ---------------------------------------------------------------- no data


SPARSE: dict[str, tuple[int, int, Defect, dict[str, str]]] = {
    "one agency": (1, YEAR, {}, {"totals": "overview.one_total", "funnel": "overview.funnel_few"}),
    "no totals": (12, YEAR, NO_TOTALS, {"totals": "overview.no_totals", "funnel": "overview.funnel_few"}),
    "no scores": (
        12,
        YEAR,
        {"scores": [], "losses": []},
        {"likeness": "overview.no_indicators", "costs": "overview.no_items"},
    ),
    "no losses": (12, YEAR, NO_TOTALS, {"priorities": "overview.priorities_unknown"}),
    "all full": (12, YEAR, ALL_FULL, {"totals": "overview.equal_totals", "costs": "overview.costs_nothing"}),
    "nothing lost": (12, YEAR, ALL_FULL, {"priorities": "overview.priorities_none"}),
    "not comparable": (12, YEAR, {"results": {"change": ""}}, {"changes": "overview.not_comparable"}),
    "no earlier year": (12, YEAR, NO_PREVIOUS, {"changes": "overview.no_previous"}),
    "no weights": (
        12,
        2566,
        {},
        {"costs": "overview.costs_unweighted", "funnel": "overview.funnel_unweighted"},
    ),
    "letters": (12, 2565, {}, {"members": "overview.complete", "quality": "overview.no_problems"}),
}


@pytest.fixture(params=SPARSE.values(), ids=SPARSE)
def sparse(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Overview, dict[str, str]]:
    """The report of a batch that lacks something, and what its sections say of that."""
    count, year, defect, told = request.param
    batch = made_up(count, year=year)
    for name, change in defect.items():
        batch.tables[name] = [row | change for row in batch.tables[name]] if change else []
    return report_of(built(batch, tmp_path)), told


def test_what_is_not_known_is_said(sparse: tuple[Overview, dict[str, str]]) -> None:
    """In place of an exhibit stands a sentence that says why there is none."""
    report, told = sparse

    assert [n for n, situation in told.items() if not tells(getattr(exhibits, n)(report), situation)] == []


def test_no_heading_stands_alone(sparse: tuple[Overview, dict[str, str]]) -> None:
    """Under every heading something is said, and no missing value shows."""
    blocks = [b for b in blocks_of(sparse[0]) if not isinstance(b, PageBreak)]
    headed = [a for a in pairwise([*blocks, Heading(level=1, text="")]) if isinstance(a[0], Heading)]

    assert [a.text for a, b in headed if isinstance(b, Heading) and b.level <= a.level] == []
    assert said_in(blocks, r"\bnan\b|\bNone\b|Fraction|\binf\b") == []


def test_batch_without_results_says_so(tmp_path: Path) -> None:
    """Where every document failed the overview is a page that says so and names them."""
    empty = Batch()
    empty.tables[AGENCIES] = [{**row, "status": "failed"} for row in made_up(3).tables[AGENCIES]]
    report = report_of(built(empty, tmp_path))

    assert tells(exhibits.members(report), "overview.nobody")
    assert len(pdf.render(document_of(report))) > 1000


# ---------------------------------------------------------------- wording


@pytest.mark.parametrize("digits", ["thai", "arabic"])
def test_numbers_stand_apart(province: Province, digits: str) -> None:
    """No number touches a Thai word, no space is doubled, and a percentage is said in words."""
    wrong = r"[ก-ฺเ-๎][0-9๐-๙]|[0-9๐-๙][ก-ฺเ-๎]|(?m:^ | $)|  |%"

    assert said_in(blocks_of(report_of(province, digits)), wrong) == []


def test_thai_digits_throughout(province: Province) -> None:
    """With Thai digits no Arabic digit is left but in fingerprints."""
    blocks = blocks_of(report_of(province, "thai"))

    assert said_in((b for b in blocks if getattr(b, "caption", "") != "ที่มา"), "[0-9]") == []


def test_agencies_of_one_name_are_told_apart(province: Province) -> None:
    """Two agencies with one name carry their districts, and their ids where these are equal too."""
    names = (("อบต.เดียวกัน", "เหนือ"), ("อบต.เดียวกัน", "ใต้"), ("อบต.ซ้ำ", "เหนือ"), ("อบต.ซ้ำ", "เหนือ"))
    named = [
        replace(member, agency=replace(member.agency, name_th=name, district_th=district))
        for member, (name, district) in zip(province.members, names, strict=False)
    ]
    found = replace(province, members=(*named, *province.members[4:]))
    (table,) = tables_of(exhibits.agencies(report_of(found)))

    assert [row.cells[0] for row in table.rows[:4]] == [
        "อบต.เดียวกัน (อ.เหนือ)",
        "อบต.เดียวกัน (อ.ใต้)",
        *(f"อบต.ซ้ำ ({member.agency.agency_id})" for member in province.members[2:4]),
    ]


# ---------------------------------------------------------------- formats and notebook


def test_formats_hold_the_same_tables(province: Province) -> None:
    """HTML, PDF and Word are made of the blocks, and each names the agencies."""
    document = document_of(report_of(province, "thai"))
    made = docx.Document(io.BytesIO(word.render(document)))

    assert len(made.tables) == sum(isinstance(block, Table) for block in document.blocks)
    assert html.render(document).count("<figure") == sum(isinstance(b, Figure) for b in document.blocks)


# ---------------------------------------------------------------- formats and notebook


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, Province]:
    """The notebook as the batch runs it, and the record that it shows."""
    folder = made_up(12).write(tmp_path_factory.mktemp("batch") / "สมมติบุรี")
    run = run_notebook(NOTEBOOK, {"folder": str(folder), "title": "หน่วยงานทดลอง"}, REPOSITORY)
    return read_document(run.notebook), build_province(folder, REPOSITORY)


def test_notebook_shows_the_report(executed: tuple[Document, Province]) -> None:
    """The executed notebook holds the sections of the report, fingerprints last, and nothing else."""
    document, province = executed
    parameters = OverviewParameters(folder="x", title="หน่วยงานทดลอง")

    assert list(document.blocks[:-1]) == blocks_of(Overview(province, parameters))[:-1]
    assert document.cover.agency == "หน่วยงานทดลอง"


def test_pdf_of_the_notebook_reads_in_thai(executed: tuple[Document, Province]) -> None:
    """Every page of the PDF has text, and the agencies and the year stand in it."""
    pages = page_texts(pdf.render(executed[0]))
    whole = re.sub(r"\s", "", "".join(pages))

    assert all(page.strip() for page in pages)
    assert "ปีงบประมาณพ.ศ.๒๕๖๘" in whole
    assert [m.agency.name_th for m in executed[1].members if m.agency.name_th[-4:] not in whole] == []


@pytest.mark.parametrize(
    ("cells", "values", "named"),
    [
        (['# Parameters\nfoldr = "x"\n'], {"folder": "x"}, "foldr"),
        ([], {"folder": 12}, "folder = 12"),
        ([], {"folder": "x", "digits": "roman"}, "roman"),
        (['# Parameters\nfolder = "x"\n', 'folder: str = "y"\n'], {"folder": "y"}, "parameters"),
    ],
    ids=["misspelt", "number", "unknown-digits", "overwritten"],
)
def test_wrong_parameters_stop_the_notebook(cells: list[str], values: dict[str, object], named: str) -> None:
    """A misspelt parameter, a wrong type or a lost tag stops the overview."""
    with pytest.raises(ParameterError, match=named):
        read_overview_parameters({"In": ["", *cells], **values})
