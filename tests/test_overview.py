"""The overview of a batch: what its sections say and do not say, its charts, its notebook, its formats."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import docx
import nbformat
import pytest
from conftest import REPOSITORY
from documents import page_texts
from made_up_province import YEAR, Batch, made_up

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


def built(batch: Batch, folder: Path) -> Province:
    """The record of a batch after its tables were written."""
    return build_province(batch.write(folder), REPOSITORY)


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
    (cover,) = (block for block in blocks_of(report) if isinstance(block, Cover))
    return Document(cover=cover, blocks=tuple(blocks_of(report)))


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


def said(situation: str) -> re.Pattern[str]:
    """What the sentence of a situation looks like, whatever its values are."""
    return re.compile(re.sub(r"\\\{[a-z_]+\\\}", ".+", re.escape(load_wording().situations[situation])))


def tells(section: Section, situation: str) -> bool:
    """Whether a section tells a situation in a paragraph, a caption or a note."""
    return any(said(situation).search(text) for block in section.blocks for text in texts_of(block))


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
    gone = batch.tables["results"].pop()
    batch.tables[AGENCIES][-1].update(status="failed", message_th="แฟ้มหนึ่ง ที่พบ: เสีย วิธีแก้: แก้")
    assert gone["agency_id"] == batch.tables[AGENCIES][-1]["agency_id"]
    return built(batch, tmp_path_factory.mktemp("province"))


# ---------------------------------------------------------------- what is said


def test_sections_are_those_of_the_notebook() -> None:
    """The notebook shows every section once, in this order."""
    cells = nbformat.reads(NOTEBOOK.read_text(encoding="utf-8"), as_version=4).cells
    call = re.compile(r"show\(exhibits\.(\w+)\(overview\)\)")
    shown = [found[1] for cell in cells if (found := call.fullmatch(cell.source))]
    public = set(exhibits.__all__) - {"Overview"}

    assert shown == list(SECTIONS)
    assert public == set(SECTIONS)


def test_missing_agency_is_told_with_its_reason(province: Province) -> None:
    """Who is missing stands in the first section with status and reason, without what to do."""
    tables = [block for block in exhibits.members(report_of(province)).blocks if isinstance(block, Table)]
    (row,) = next(table.rows for table in tables if "ไม่มีผล" in table.caption)

    assert row.cells[1:] == ("จัดทำไม่สำเร็จ", "แฟ้มหนึ่ง ที่พบ: เสีย")


def test_levels_are_counted_with_the_conditions_of_the_year(province: Province) -> None:
    """Every level of the year has its condition, and the counts add up to the agencies."""
    tables = [block for block in exhibits.totals(report_of(province)).blocks if isinstance(block, Table)]
    levels = next(table for table in tables if "ระดับ" in table.caption)
    *rows, whole = levels.rows

    assert [row.cells[0] for row in rows[:5]] == [level.name_th for level in province.framework.levels]
    assert rows[0].cells[1] == "คะแนนรวมไม่ต่ำกว่า 95 และทุกแบบวัดไม่ต่ำกว่า 95"
    assert sum(int(row.cells[2]) for row in rows) == int(whole.cells[2]) == 40


def test_a_median_half_way_is_rounded_up(province: Province) -> None:
    """The median of 66.70 and 66.71 is 66.71, whatever the last digits of floats say."""
    pair = zip(province.members, (66.70, 66.71), strict=False)
    members = tuple(replace(member, total=total, total_stated=total) for member, total in pair)
    section = exhibits.totals(report_of(replace(province, members=members)))

    assert "66.71" in " ".join(t for b in section.blocks if isinstance(b, Paragraph) for t in texts_of(b))


def test_stated_letters_are_not_counted_as_words(province: Province) -> None:
    """A stated level that is none of the year's stands apart; letters never count as words."""
    members = (replace(province.members[0], level_stated="AA"), *province.members[1:])
    tables = exhibits.totals(report_of(replace(province, members=members))).blocks
    levels = next(b for b in tables if isinstance(b, Table) and "ระดับ" in b.caption)
    (other,) = (row.cells for row in levels.rows if row.cells[0].startswith("ชื่ออื่น"))

    assert other[2:] == ("-", "1")


def test_heat_map_has_every_score(province: Province) -> None:
    """The rows of all pages together are the agencies, with the scores that they have."""
    figures = [block for block in exhibits.likeness(report_of(province)).blocks if isinstance(block, Figure)]
    rows = [row.cells for figure in figures if figure.data for row in figure.data.rows]
    members = province.likeness

    assert [cells[1:] for cells in rows] == [
        tuple(number_text(score) for score in scores if score is not None)
        for scores in map(province.indicator_scores, members)
    ]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (40, 1), (41, 2), (90, 3)])
def test_heat_map_goes_over_pages(tmp_path: Path, count: int, pages: int) -> None:
    """Agencies are spread evenly over as many pages as they take."""
    blocks = exhibits.likeness(report_of(built(made_up(count), tmp_path))).blocks
    sizes = [len(b.data.rows) for b in blocks if isinstance(b, Figure) and b.data]

    assert (len(sizes), sum(sizes), max(sizes) - min(sizes) <= 1) == (pages, count, True)


def test_costliest_indicator_comes_first(province: Province) -> None:
    """The losses by indicator fall, and their sum is what the totals of all agencies lost."""
    tables = [block for block in exhibits.costs(report_of(province)).blocks if isinstance(block, Table)]
    losses = [float(row.cells[1]) for row in tables[0].rows]
    lost = sum(100 - total for total in province.totals)

    assert losses == sorted(losses, reverse=True)
    assert sum(losses) == pytest.approx(lost, abs=0.1)


def test_items_without_weight_are_counted_apart(province: Province) -> None:
    """Published items, whose weights are not known, have a table of how many agencies are not full."""
    section = exhibits.costs(report_of(province))
    tables = [block for block in section.blocks if isinstance(block, Table)]

    assert tells(section, "overview.items_untold")
    assert {row.cells[0][0] for row in tables[1].rows} == {"i", "e"}
    assert {row.cells[0][0] for row in tables[2].rows} == {"o"}


def test_agencies_outside_the_funnel_stand_in_thai_order(province: Province) -> None:
    """Who stands outside is numbered by name, not by score, and says on which side."""
    assert province.funnel is not None
    far = tuple(
        3.5 if place in {4, 9} else -2.2 if place == 7 else 0.0 for place in range(len(province.judged))
    )
    found = replace(province, funnel=replace(province.funnel, adjusted=far))
    (table,) = (
        b for b in exhibits.funnel(report_of(found)).blocks if isinstance(b, Table) and "นอกเส้น" in b.caption
    )

    assert [(row.cells[0], row.cells[1], row.cells[-1]) for row in table.rows] == [
        (str(number), province.judged[place].agency.name_th, side)
        for number, (place, side) in enumerate(
            [(4, "สูงกว่าเส้นร้อยละ 99.8"), (7, "ต่ำกว่าเส้นร้อยละ 95"), (9, "สูงกว่าเส้นร้อยละ 99.8")], start=1
        )
    ]


def test_unjudged_agencies_are_told(province: Province) -> None:
    """Agencies whose respondents are not known are counted beside the funnel."""
    assert len(province.members) - len(province.judged) == 1
    assert tells(exhibits.funnel(report_of(province)), "overview.funnel_unknown")


def test_no_agency_has_a_bare_rank(province: Province) -> None:
    """The table of agencies has a band of ranks, or none; never one rank that is not certain."""
    (table,) = (block for block in exhibits.agencies(report_of(province)).blocks if isinstance(block, Table))
    bands = {m.agency.agency_id: b for m, b in zip(province.judged, province.bands, strict=True)}
    expected = [
        f"{band.first}–{band.last}" if (band := bands.get(m.agency.agency_id)) else "-"
        for m in province.members
    ]

    assert [row.cells[-1] for row in table.rows] == expected


def test_contradictions_are_told_once_an_agency(province: Province) -> None:
    """Each agency with a contradiction has one row, the same contradiction once."""
    blocks = exhibits.quality(report_of(province)).blocks
    (table,) = (b for b in blocks if isinstance(b, Table) and "ขัดกัน" in b.caption)
    (rules,) = (b for b in blocks if isinstance(b, Table) and "รายการตรวจ" in b.caption)

    assert [row.cells[1] for row in table.rows] == ["คะแนนรวม: ระบุ 49.74 แต่คำนวณได้ 94.18"] * 6
    assert rules.rows[0].cells[-2:] == ("9", "6")


def test_help_is_by_published_items_and_surveys_apart(province: Province) -> None:
    """Two tables, each by falling loss; the first names published items only, the second questions only."""
    blocks = exhibits.priorities(report_of(province)).blocks
    tables = [b for b in blocks if isinstance(b, Table) and "เสียคะแนนรวม" in b.caption]

    assert len(tables) == 2
    for table, codes in zip(tables, ("o", "ie"), strict=True):
        losses = [float(row.cells[1]) for row in table.rows]
        assert losses == sorted(losses, reverse=True)
        assert len(losses) >= 15
        named = set(re.findall(r"\b([ioe])\d+\b", "".join(row.cells[2] for row in table.rows)))
        assert named <= set(codes)


def test_who_loses_as_much_is_helped_as_well(tmp_path: Path) -> None:
    """No agency is left out that loses as much as the last one shown."""
    batch = made_up(30)
    for row in batch.tables["losses"]:
        if row["kind"] == "instrument":
            row["loss"] = 2.5
    blocks = exhibits.priorities(report_of(built(batch, tmp_path))).blocks
    tables = [b for b in blocks if isinstance(b, Table) and "เสียคะแนนรวม" in b.caption]

    assert [len(table.rows) for table in tables] == [30, 30]


@pytest.mark.parametrize("word", ["ทุจริตสูง", "โปร่งใสที่สุด", "อันดับที่ [0-9]", "แย่", "ล้มเหลว", "เสี่ยงทุจริต"])
def test_no_agency_is_labelled(province: Province, word: str) -> None:
    """No text calls an agency corrupt or clean, or gives it a rank."""
    assert [
        t for block in blocks_of(report_of(province)) for t in texts_of(block) if re.search(word, t)
    ] == []


def test_publication_shows_no_help_and_no_checks(province: Province) -> None:
    """The publication edition names no agency for its contradictions or losses."""
    report = report_of(province, edition="publish")

    assert (exhibits.quality(report).blocks, exhibits.priorities(report).blocks) == ((), ())
    assert [t for b in exhibits.cover(report).blocks for t in texts_of(b) if "ฉบับทำงาน" in t] == []


# ---------------------------------------------------------------- no data


def one(batch: Batch) -> None:
    """Nothing is taken away."""


def no_totals(batch: Batch) -> None:
    """Totals are neither stated nor recomputed."""
    for row in batch.tables["results"]:
        row.update(total_stated="", total_recomputed="", change="", previous_total="", level_recomputed="")
    batch.tables["losses"] = []


def no_scores(batch: Batch) -> None:
    """Only the totals are known."""
    batch.tables.update(scores=[], losses=[])


def all_full(batch: Batch) -> None:
    """Every score is full, and nothing is lost."""
    for row in batch.tables["results"]:
        row.update(total_stated=100, total_recomputed=100, previous_total=100, change=0)
    for row in batch.tables["scores"]:
        row["stated"] = 100
    for row in batch.tables["losses"]:
        row.update(score=100, loss=0)


def not_comparable(batch: Batch) -> None:
    """Earlier totals are known, but no difference."""
    for row in batch.tables["results"]:
        row["change"] = ""


def no_previous(batch: Batch) -> None:
    """Nothing is known of an earlier year."""
    for row in batch.tables["results"]:
        row.update(change="", previous_total="", previous_year="")


Defect = Callable[[Batch], None]
SPARSE: dict[str, tuple[int, int, Defect, dict[str, str]]] = {
    "one agency": (1, YEAR, one, {"totals": "overview.one_total", "funnel": "overview.funnel_few"}),
    "no totals": (12, YEAR, no_totals, {"totals": "overview.no_totals", "funnel": "overview.funnel_few"}),
    "no scores": (12, YEAR, no_scores, {"likeness": "overview.no_indicators", "costs": "overview.no_items"}),
    "no losses": (12, YEAR, no_totals, {"priorities": "overview.priorities_unknown"}),
    "all full": (12, YEAR, all_full, {"totals": "overview.equal_totals", "costs": "overview.costs_nothing"}),
    "nothing lost": (12, YEAR, all_full, {"priorities": "overview.priorities_none"}),
    "not comparable": (12, YEAR, not_comparable, {"changes": "overview.not_comparable"}),
    "no earlier year": (12, YEAR, no_previous, {"changes": "overview.no_previous"}),
    "no weights": (
        12,
        2566,
        one,
        {"costs": "overview.costs_unweighted", "funnel": "overview.funnel_unweighted"},
    ),
    "letters": (12, 2565, one, {"members": "overview.complete", "quality": "overview.no_problems"}),
}


@pytest.fixture(params=SPARSE.values(), ids=SPARSE)
def sparse(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Province, dict[str, str]]:
    """A batch that lacks something, and what its sections say of that."""
    count, year, spoil, told = request.param
    batch = made_up(count, year=year)
    spoil(batch)
    return built(batch, tmp_path), told


def test_what_is_not_known_is_said(sparse: tuple[Province, dict[str, str]]) -> None:
    """In place of an exhibit stands a sentence that says why there is none."""
    province, told = sparse
    report = report_of(province)

    assert [
        name for name, situation in told.items() if not tells(getattr(exhibits, name)(report), situation)
    ] == []


def test_no_heading_stands_alone(sparse: tuple[Province, dict[str, str]]) -> None:
    """Under every heading something is said, and no missing value shows."""
    blocks = [b for b in blocks_of(report_of(sparse[0])) if not isinstance(b, PageBreak)]
    pairs = pairwise([*blocks, Heading(level=1, text="")])
    alone = [
        a.text for a, b in pairs if isinstance(a, Heading) and isinstance(b, Heading) and b.level <= a.level
    ]

    assert alone == []
    spilled = re.compile(r"\bnan\b|\bNone\b|Fraction|\binf\b")
    assert [t for b in blocks for t in texts_of(b) if spilled.search(t)] == []


def test_batch_without_results_says_so(tmp_path: Path) -> None:
    """Where every document failed the overview is a page that says so and names them."""
    batch, empty = made_up(3), Batch()
    empty.tables[AGENCIES] = [{**row, "status": "failed"} for row in batch.tables[AGENCIES]]
    report = report_of(built(empty, tmp_path))

    assert tells(exhibits.members(report), "overview.nobody")
    assert len(pdf.render(document_of(report))) > 1000


# ---------------------------------------------------------------- wording

TOUCHING = re.compile(r"[ก-ฺเ-๎][0-9๐-๙]|[0-9๐-๙][ก-ฺเ-๎]")


@pytest.mark.parametrize("digits", ["thai", "arabic"])
def test_numbers_stand_apart(province: Province, digits: str) -> None:
    """No number touches a Thai word, no space is doubled, and a percentage is said in words."""
    texts = [t for block in blocks_of(report_of(province, digits)) for t in texts_of(block)]
    lines = [line for text in texts for line in text.split("\n")]

    assert [line for line in lines if TOUCHING.search(line)] == []
    assert [line for line in lines if re.search(r"^ | $|  |%", line)] == []


def test_thai_digits_throughout(province: Province) -> None:
    """With Thai digits no Arabic digit is left but in fingerprints."""
    blocks = [
        b for b in blocks_of(report_of(province, "thai")) if not (isinstance(b, Table) and b.caption == "ที่มา")
    ]

    assert [t for block in blocks for t in texts_of(block) if re.search("[0-9]", t)] == []


def test_agencies_of_one_name_are_told_apart(province: Province) -> None:
    """Two agencies with one name carry their districts, and their ids where these are equal too."""
    first, second, third, fourth, *rest = province.members
    named = [
        replace(m, agency=replace(m.agency, name_th=name, district_th=district))
        for m, name, district in (
            (first, "อบต.เดียวกัน", "เหนือ"),
            (second, "อบต.เดียวกัน", "ใต้"),
            (third, "อบต.ซ้ำ", "เหนือ"),
            (fourth, "อบต.ซ้ำ", "เหนือ"),
        )
    ]
    found = replace(province, members=(*named, *rest))
    (table,) = (block for block in exhibits.agencies(report_of(found)).blocks if isinstance(block, Table))

    assert [row.cells[0] for row in table.rows[:4]] == [
        "อบต.เดียวกัน (อ.เหนือ)",
        "อบต.เดียวกัน (อ.ใต้)",
        f"อบต.ซ้ำ ({third.agency.agency_id})",
        f"อบต.ซ้ำ ({fourth.agency.agency_id})",
    ]


# ---------------------------------------------------------------- formats and notebook


def test_formats_hold_the_same_tables(province: Province) -> None:
    """HTML, PDF and Word are made of the blocks, and each names the agencies."""
    document = document_of(report_of(province, "thai"))
    made = docx.Document(io.BytesIO(word.render(document)))
    tables = [block for block in document.blocks if isinstance(block, Table)]

    assert len(made.tables) == len(tables)
    assert html.render(document).count("<figure") == sum(isinstance(b, Figure) for b in document.blocks)


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


def test_pdf_of_the_notebook_reads_in_thai(executed: tuple[Document, Province], tmp_path: Path) -> None:
    """Every page of the PDF has text, and the agencies and the year stand in it."""
    path = tmp_path / "overview.pdf"
    path.write_bytes(pdf.render(executed[0]))
    pages = page_texts(path)
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
