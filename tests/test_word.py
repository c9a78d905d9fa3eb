"""The Word file: what python-docx reads back of it, what Word will make of it, and what it survives."""

from __future__ import annotations

import base64
import io
import itertools
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import docx
import nbformat
import pytest
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph
from lxml import etree

from ita_nb.document import blocks
from ita_nb.document.blocks import (
    Block,
    Callout,
    Column,
    Cover,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Seal,
    Section,
    Signature,
    Table,
)
from ita_nb.document.notebook import read_document
from ita_nb.document.sheet import CM, SEAL_HEIGHT, SHEETS
from ita_nb.document.typesetting import PIXELS_PER_INCH, raster
from ita_nb.document.word import render
from ita_nb.errors import RenderError
from ita_nb.thai import Digits, visible

AGENCY = "องค์การบริหารส่วนตำบลหนองหว้า"
COVER = Cover(
    title=("การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส", "ประจำปีงบประมาณ พ.ศ. ๒๕๖๘"),
    agency=AGENCY,
    place="อำเภอเมืองแพร่ จังหวัดแพร่",
    agency_id="nongwa",
    fiscal_year=2568,
    running_title="การวิเคราะห์ผลการประเมิน ITA",
    digits="thai",
    edition="working",
)
TEXT = "จากการประเมินคุณธรรมและความโปร่งใสในการดำเนินงานของหน่วยงานภาครัฐ มีผลคะแนน ๙๔.๑๘ คะแนน (ITA) อยู่ในระดับผ่านดี"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}"><rect width="{0}" height="{1}"/></svg>'
)
STEPS = "1. จัดทำบัญชีทรัพย์สิน\n(๒) ตั้งจุดยืมและคืน\n- เผยแพร่ผล"
TABLE = Table(
    columns=(
        Column(heading="ที่", align="center"),
        Column(heading="ขั้นตอน", width=4),
        Column(heading="คะแนน", width=2, align="right"),
    ),
    rows=(
        Row(cells=("ประเด็นที่ ๑",), kind="group"),
        Row(cells=("๑", STEPS, "๙๐.๐๐")),
        Row(cells=("๒", TEXT, "")),
        Row(cells=("รวม", "", "๙๐.๐๐"), kind="total"),
    ),
    caption="มาตรการและคะแนน",
    notes=("คะแนนที่คำนวณ", "ไม่ใช่คะแนนทางการ"),
)
PARTS = tuple(
    block
    for part in ("๑", "๒", "๓", "๔")
    for block in (
        Heading(level=1, text=f"ส่วนที่ {part} ผลการประเมิน"),
        Heading(level=2, text=f"{part}.๑ คะแนน"),
        Heading(level=2, text=f"{part}.๒ มาตรการ"),
        Heading(level=3, text="รายละเอียด"),
        Paragraph(text=TEXT),
    )
)
EVERYTHING: tuple[Block, ...] = (
    *PARTS,
    Paragraph(text=TEXT, style="lead"),
    Paragraph(text=TEXT, label="สาเหตุ"),
    Paragraph(text="1. บรรทัดแรก\nบรรทัดที่สอง"),
    Paragraph(text=TEXT, style="bullet"),
    Paragraph(text=TEXT, style="bullet", label="ข้อ i๑๐"),
    Paragraph(text=TEXT, style="small"),
    Paragraph(text="E-Service"),
    Figure(svg=SVG.format(300, 200), alt="สี่เหลี่ยมสีดำ", caption="ผลคะแนนต่ำสุด", width=0.5),
    Callout(kind="error", title="คะแนนไม่ตรง", lines=(TEXT, "บรรทัดที่สอง")),
    Callout(kind="error", title="คะแนนไม่ตรงอีก"),
    PageBreak(orientation="landscape"),
    TABLE,
    TABLE.model_copy(update={"rows": (), "notes": (), "caption": "ตารางว่าง"}),
    PageBreak(),
    Paragraph(text="ขอรับรองว่าถูกต้อง"),
    Signature(signers=(("(นายสมชาย ดีเลิศ)", f"นายก{AGENCY}"), ("(นางสมหญิง ใจซื่อ)", "ผู้จัดทำ"))),
)
# What is read: a style and a paragraph's text, or "table" and the texts of its cells.
Read = tuple[str, str | list[list[str]]]
HOSTILE = (
    '=HYPERLINK("http://x.example")',
    "<script>alert(1)</script> &amp; ]]>",
    "#let x = 1 $x$ *a* _b_ \\u{41}",
    "{ MERGEFIELD x } «x» \\* MERGEFORMAT",
    'DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"',
    "<w:p><w:r><w:t>x</w:t></w:r></w:p>",
)


def png(width: int, height: int) -> bytes:
    """Return a white picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\xff" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@cache
def file(*blocks: Block, cover: Cover = COVER) -> bytes:
    """Render a cover and blocks; the same ones are rendered once for all tests."""
    return render(Document(cover=cover, blocks=(cover, *blocks)))


def opened(*blocks: Block, cover: Cover = COVER) -> WordDocument:
    """Render a cover and blocks, and open what was made."""
    return docx.Document(io.BytesIO(file(*blocks, cover=cover)))


def part(content: bytes, name: str) -> Any:
    """Return a part of the file as parsed XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return etree.fromstring(package.read(name))


def only_table(*blocks: Block, cover: Cover = COVER) -> WordTable:
    """Return the one table of a document."""
    (table,) = opened(*blocks, cover=cover).tables
    return table


def styled(document: WordDocument, *styles: str) -> list[WordParagraph]:
    """Return the paragraphs of the styles with these ids."""
    return [p for p in document.paragraphs if p.style is not None and p.style.style_id in styles]


# ---------------------------------------------------------------- the same words, in the same order


def found(document: WordDocument) -> Iterator[Read]:
    """Yield each paragraph with its style, and the cells of each table, in reading order."""
    for block in document.iter_inner_content():
        if isinstance(block, WordTable):
            yield "table", cells(block)
        elif block.text and block.style is not None:
            yield block.style.name or "", block.text


def cells(table: WordTable) -> list[list[str]]:
    """Return the texts of a table's cells; a merged cell counts once."""
    return [
        ["\n".join(WordParagraph(p, table).text for p in tc.p_lst) for tc in tr.tc_lst]
        for tr in table._tbl.tr_lst
    ]


def words(text: str) -> str:
    """Return a text of a block as any document shows it."""
    return visible(text).strip("\n")


def expected(document: Document) -> Iterator[Read]:
    """Yield the same of the blocks."""
    runs = blocks.page_runs(document)
    for number, run in enumerate(runs):
        if number == blocks.contents_run(runs) and blocks.contents(runs):
            yield "TOC Heading", "สารบัญ"
            for item in blocks.contents(runs):
                assert isinstance(item.block, Heading)
                yield f"toc {item.level}", words(item.block.text)
        for item in run.items:
            yield from expected_item(item)


def expected_item(item: blocks.Item) -> Iterator[Read]:
    """Yield what an item must give."""
    match item.block:
        case Cover(title=title, agency=agency, place=place, shown=shown):
            names = ["Title", "ชื่อหน่วยงานบนปก", "ที่ตั้งหน่วยงานบนปก"]
            names = names if shown else ["ชื่อเรื่องเหนือเนื้อความ", "ชื่อหน่วยงานเหนือเนื้อความ", "ที่ตั้งหน่วยงานเหนือเนื้อความ"]
            yield from ((names[0], words(line)) for line in title)
            yield names[1], words(agency)
            yield names[2], words(place)
        case Heading(text=text):
            yield f"Heading {item.level}", words(text)
        case Paragraph():
            yield from expected_paragraphs(item.block)
        case Table():
            yield from expected_table(item.block, item.caption)
        case Figure():
            yield from [("Caption", words(item.caption))] if item.caption else []
        case Callout(kind=kind, lines=lines):
            frame = f"กรอบ{blocks.CALLOUT_KINDS[kind]}"
            yield from ((frame, words(line)) for line in (blocks.callout_title(item.block), *lines))
        case Signature(signers=signers):
            yield "table", [["\n".join(["ลงชื่อ\t", *map(words, signer)]) for signer in signers]]
        case PageBreak():
            raise AssertionError("page breaks are in no run")
        case bullets:
            yield from expected_paragraphs(*bullets)


def expected_paragraphs(*paragraphs: Paragraph) -> Iterator[Read]:
    """Yield paragraphs with the styles that their looks have."""
    names = {"body": "Body Text", "lead": "ข้อความนำ", "bullet": "List Bullet", "small": "ข้อความเล็ก"}
    for paragraph in paragraphs:
        labelled = paragraph.label and paragraph.style == "body"
        name = "ข้อความมีหัวนำ" if labelled else names[paragraph.style]
        yield name, " ".join(words(text) for text in (paragraph.label, paragraph.text) if text)


def expected_table(table: Table, caption: str) -> Iterator[Read]:
    """Yield caption, cells and notes."""
    rows = [[words(column.heading) for column in table.columns]]
    rows += [[words(cell) for cell in row.cells] for row in table.rows]
    yield from [("Caption", words(caption))] if caption else []
    yield "table", rows if table.rows else [*rows, ["ไม่มีรายการ"]]
    yield from (("หมายเหตุใต้ตาราง", words(note)) for note in table.notes)


@pytest.mark.parametrize("digits", ["thai", "arabic"])
@pytest.mark.parametrize("shown", [True, False])
def test_everything_reads_back(digits: Digits, shown: bool) -> None:
    """Every paragraph and cell of the specimen stands in the file, in order and with its style."""
    cover = COVER.model_copy(update={"digits": digits, "shown": shown})
    blocks = Section(blocks=EVERYTHING).in_digits(digits).blocks

    assert list(found(opened(*blocks, cover=cover))) == list(
        expected(Document(cover=cover, blocks=(cover, *blocks)))
    )


def test_the_real_report_reads_back(real_report: dict[str, Path]) -> None:
    """Every paragraph and cell of the real report stands in its Word file, in order and with its style."""
    notebook = nbformat.reads(real_report[".ipynb"].read_text(encoding="utf-8"), as_version=4)

    assert list(found(docx.Document(str(real_report[".docx"])))) == list(expected(read_document(notebook)))


# ---------------------------------------------------------------- headings and contents


def test_headings_have_levels_without_gaps() -> None:
    """Headings have Word's own styles and outline levels; a missing level is not jumped over."""
    document = opened(
        Heading(level=1, text="หนึ่ง"), Heading(level=3, text="สอง"), Heading(level=3, text="สาม")
    )
    levels = [
        (p.text, p.style.name, p.style.element.pPr.find(qn("w:outlineLvl")).get(qn("w:val")))
        for p in styled(document, "Heading1", "Heading2", "Heading3")
        if p.style is not None
    ]

    assert levels == [("หนึ่ง", "Heading 1", "0"), ("สอง", "Heading 2", "1"), ("สาม", "Heading 3", "2")]


@pytest.mark.parametrize("style", ["Heading1", "Heading2", "Heading3", "Caption"])
def test_nothing_that_leads_stands_alone(style: str) -> None:
    """Headings and captions are kept on the page of what follows them."""
    style_of = {s.style_id: s for s in opened().styles}

    assert style_of[style].element.pPr.find(qn("w:keepNext")) is not None


def test_contents_link_to_their_headings() -> None:
    """Each entry of the table of contents leads to a bookmark at the heading with its text."""
    document = opened(*EVERYTHING)
    entries = {
        link.get(qn("w:anchor")): "".join(link.itertext(qn("w:t")))
        for link in document.element.body.iter(qn("w:hyperlink"))
    }
    marked = {
        start.get(qn("w:name")): "".join(start.getparent().itertext(qn("w:t")))
        for heading in styled(document, "Heading1", "Heading2")
        for start in heading._p.iter(qn("w:bookmarkStart"))
    }

    assert len(entries) == 12
    assert entries == marked


def test_contents_are_a_field_that_word_fills_in() -> None:
    """The contents are a field of the levels 1 and 2, marked as old so that Word adds page numbers."""
    body = opened(*EVERYTHING).element.body
    codes = [code.text for code in body.iter(qn("w:instrText")) if "TOC" in code.text]
    begins = [mark for mark in body.iter(qn("w:fldChar")) if mark.get(qn("w:dirty"))]

    assert codes == [r' TOC \o "1-2" \h \z \b report_parts ']
    assert len(begins) == 1


def test_contents_list_the_parts_alone() -> None:
    """The field looks for headings from the first part on: a memo before it is not listed."""
    memo = (Heading(level=2, text="บันทึกข้อความ"), Paragraph(text=TEXT), PageBreak())
    document = opened(*memo, *EVERYTHING)
    order = [
        element.get(qn("w:name")) or "".join(element.itertext(qn("w:t")))
        for element in document.element.body.iterchildren(
            qn("w:bookmarkStart"), qn("w:bookmarkEnd"), qn("w:p")
        )
    ]

    assert order.index("บันทึกข้อความ") < order.index("สารบัญ") < order.index("report_parts")
    assert order[order.index("report_parts") + 1] == "ส่วนที่ ๑ ผลการประเมิน"


def test_fields_and_bookmarks_are_closed() -> None:
    """Every field and every bookmark that begins also ends."""
    body = opened(*EVERYTHING).element.body
    kinds = [mark.get(qn("w:fldCharType")) for mark in body.iter(qn("w:fldChar"))]
    starts = [mark.get(qn("w:id")) for mark in body.iter(qn("w:bookmarkStart"))]
    ends = [mark.get(qn("w:id")) for mark in body.iter(qn("w:bookmarkEnd"))]

    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") > 0
    assert sorted(starts) == sorted(ends) == sorted(set(starts))


def test_a_short_document_has_no_contents() -> None:
    """What is looked through at a glance has no table of contents."""
    document = opened(Heading(level=1, text="ส่วนที่ ๑"), Paragraph(text=TEXT))

    assert styled(document, "TOCHeading", "TOC1") == []


# ---------------------------------------------------------------- captions and figures


@pytest.mark.parametrize(
    ("digits", "codes", "results"),
    [
        ("thai", r" SEQ {} \* THAIARABIC ", ("๑", "๒")),
        ("arabic", r" SEQ {} \* ARABIC ", ("1", "2")),
    ],
)
@pytest.mark.parametrize("word", ["ตาราง", "ภาพ"])
def test_captions_are_numbered_by_fields(
    word: str, digits: Digits, codes: str, results: tuple[str, ...]
) -> None:
    """Word numbers tables and figures anew after editing, in the digits of the document."""
    blocks: dict[str, Block] = {
        "ตาราง": TABLE,
        "ภาพ": Figure(svg=SVG.format(9, 9), alt="ภาพ", caption="มาตรการ"),
    }
    document = opened(blocks[word], blocks[word], cover=COVER.model_copy(update={"digits": digits}))
    captions = styled(document, "Caption")
    found_codes = [code.text for p in captions for code in p._p.iter(qn("w:instrText"))]
    shown = [re.match(rf"{word}ที่ (\S+) มาตรการ", p.text) for p in captions]

    assert found_codes == [codes.format(word)] * 2
    assert tuple(match[1] for match in shown if match) == results


def test_caption_stands_above_its_figure() -> None:
    """The takeaway is read before the figure, as in the other formats."""
    paragraphs = opened(Figure(svg=SVG.format(9, 9), alt="ภาพ", caption="สรุป")).paragraphs
    (picture,) = (n for n, p in enumerate(paragraphs) if p._p.findall(".//" + qn("w:drawing")))

    assert paragraphs[picture - 1].text == "ภาพที่ ๑ สรุป"


def test_every_picture_has_words() -> None:
    """What a drawing shows is said to those who do not see it."""
    cover = COVER.model_copy(
        update={"seal": Seal(png=base64.b64encode(png(4, 4)).decode(), alt="ตรา\u200bหน่วยงาน")}
    )
    shapes = opened(*EVERYTHING, cover=cover).inline_shapes

    assert [shape._inline.docPr.get("descr") for shape in shapes] == ["ตราหน่วยงาน", "สี่เหลี่ยมสีดำ"]


@pytest.mark.parametrize(
    ("orientation", "share", "size", "shown"),
    [
        ("portrait", 1.0, (300, 200), (16 * CM, 16 * CM * 2 / 3)),
        ("portrait", 0.5, (300, 200), (8 * CM, 8 * CM * 2 / 3)),
        ("landscape", 1.0, (300, 100), (25.3 * CM, 25.3 * CM / 3)),
        ("landscape", 1.0, (100, 300), (13.5 * CM / 3, 13.5 * CM)),
        ("portrait", 1.0, (100, 400), (5.5 * CM, 22 * CM)),
    ],
)
def test_pictures_fit_their_page(
    orientation: Any, share: float, size: tuple[int, int], shown: tuple[float, float]
) -> None:
    """A figure has its share of the text's width, and is narrower where it would be too high."""
    figure = Figure(svg=SVG.format(*size), alt="ภาพ", width=share)
    (shape,) = opened(PageBreak(orientation=orientation), figure).inline_shapes

    assert (shape.width.pt, shape.height.pt) == pytest.approx(shown, rel=0.01)


def test_pictures_are_sharp() -> None:
    """A drawing becomes a PNG of 200 pixels an inch of its final width."""
    drawn = raster(SVG.format(300, 200), 144.0, 500.0)

    assert struct.unpack(">II", drawn.png[16:24]) == (2 * PIXELS_PER_INCH, 267)


def test_pictures_are_drawn_once() -> None:
    """The same drawing in the same size is the same raster."""
    assert raster(SVG.format(7, 7), 70.0, 700.0) is raster(SVG.format(7, 7), 70.0, 700.0)


def test_pictures_load_nothing() -> None:
    """A drawing that refers to a file is drawn without it."""
    hostile = SVG.format(9, 9).replace(
        "<rect", '<image href="file:///etc/hostname" width="9" height="9"/><rect'
    )

    assert raster(hostile, 90.0, 900.0).png == raster(SVG.format(9, 9), 90.0, 900.0).png


@pytest.mark.parametrize("svg", ["", "ไม่ใช่ภาพ", "<svg", "<html/>"])
def test_what_is_no_drawing_is_refused(svg: str) -> None:
    """A figure that cannot be drawn is refused with a message for its maker."""
    with pytest.raises(RenderError, match="แผนภาพ"):
        file(Figure(svg=svg, alt="ภาพ"))


def test_data_of_a_figure_stay_with_the_screen() -> None:
    """The table behind a figure is for the screen, not for the printed page."""
    document = opened(Figure(svg=SVG.format(9, 9), alt="ภาพ", caption="สรุป", data=TABLE))

    assert document.tables == []


# ---------------------------------------------------------------- tables


def test_tables_have_their_own_style() -> None:
    """Tables are of one named style, which an officer can change for all of them."""
    table = only_table(TABLE)
    assert table.style is not None

    assert (table.style.style_id, table.style.name) == ("ReportTable", "ตารางรายงาน")


def rows_with(table: WordTable, tag: str) -> list[bool]:
    """Say of each row whether it has a property."""
    return [row._tr.find(f"{qn('w:trPr')}/{qn(tag)}") is not None for row in table.rows]


def test_header_row_is_repeated() -> None:
    """The first row, and no other, is repeated on each page of the table."""
    assert rows_with(only_table(TABLE), "w:tblHeader") == [True, False, False, False, False]


def test_a_header_of_a_page_is_not_repeated() -> None:
    """A header that would leave no room for a row stands once."""
    table = TABLE.model_copy(update={"columns": (Column(heading=TEXT * 30), *TABLE.columns[1:])})

    assert not any(rows_with(only_table(table), "w:tblHeader"))


@pytest.mark.parametrize(
    ("cell", "whole"),
    [
        ("สั้น", True),
        (STEPS, True),
        ("\n".join(f"{n}. ขั้นตอน" for n in range(1, 41)), False),
        ("ก" * 3000, False),
    ],
    ids=["word", "list", "40 steps", "3000 characters"],
)
def test_rows_are_whole_where_they_fit(cell: str, whole: bool) -> None:
    """A row of common length stays on one page; a very long one may run over."""
    table = TABLE.model_copy(update={"rows": (Row(cells=("๑", cell, "")),)})

    assert rows_with(only_table(table), "w:cantSplit")[1] is whole


@pytest.mark.parametrize("orientation", ["portrait", "landscape"])
def test_columns_share_the_width_of_the_text(orientation: Any) -> None:
    """Columns have their shares of the page's text, fixed, in the grid and in every cell."""
    table = only_table(PageBreak(orientation=orientation), TABLE)
    whole = SHEETS[orientation].text_width * 20
    widths = [round(whole * share / 7) for share in (1, 4, 2)]
    grid = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]

    assert grid == pytest.approx(widths, abs=1)
    assert [[cell.width.twips for cell in row.cells] for row in table.rows[:1] + table.rows[2:]] == [grid] * 4
    assert table._tbl.tblPr.find(qn("w:tblLayout")).get(qn("w:type")) == "fixed"


def test_no_number_is_broken_by_a_narrow_column() -> None:
    """A column too narrow for its longest number takes what it lacks from wider ones."""
    columns = (Column(heading="ก", width=30), Column(heading="ข", width=1))
    table = Table(columns=columns, rows=(Row(cells=(TEXT, "๑๐๐.๐๐")),))
    wide, narrow = (int(column.get(qn("w:w"))) for column in only_table(table)._tbl.tblGrid)

    assert 900 < narrow < 1400
    assert wide + narrow == round(16 * CM * 20)


def test_a_group_row_spans_the_table() -> None:
    """A group row is one cell over all columns, strong and shaded, on the page of the row it leads."""
    row = only_table(TABLE).rows[1]
    cell = row.cells[0]
    (paragraph,) = cell.paragraphs

    assert len(row._tr.tc_lst) == 1
    assert cell._tc.grid_span == 3
    assert shades(row._tr) == ["F2F2F2"]
    assert paragraph.style is not None
    assert paragraph.style.style_id == "TableStrong"
    assert paragraph.paragraph_format.keep_with_next


def shades(tr: Any) -> list[str | None]:
    """Return the fill of each cell of a row."""
    fills = (tc.tcPr.find(qn("w:shd")) for tc in tr.tc_lst)
    return [None if fill is None else fill.get(qn("w:fill")) for fill in fills]


def test_a_total_row_is_strong_in_every_cell() -> None:
    """Every cell of a total row is bold and shaded; those of other rows are not."""
    table = only_table(TABLE)
    styles = [[p.style.style_id for c in row.cells for p in c.paragraphs if p.style] for row in table.rows]

    assert shades(table.rows[4]._tr) == ["F2F2F2"] * 3
    assert styles[4] == ["TableStrong"] * 3
    assert shades(table.rows[3]._tr) == [None] * 3
    assert set(styles[3]) == {"TableText"}


def test_cells_are_aligned_as_their_columns() -> None:
    """Cells stand left, centred or right as their column says, the headings centred."""
    sides = [c.paragraphs[0].paragraph_format.alignment for c in only_table(TABLE).rows[3].cells]

    assert sides == [WD_ALIGN_PARAGRAPH.CENTER, None, WD_ALIGN_PARAGRAPH.RIGHT]


def test_list_items_hang_in_their_cell() -> None:
    """Each line of a list is a paragraph whose second line stands under its text, not under its number."""
    cell = only_table(TABLE).rows[2].cells[1]
    indents = [
        (p.paragraph_format.left_indent, p.paragraph_format.first_line_indent) for p in cell.paragraphs
    ]

    assert [p.text for p in cell.paragraphs] == STEPS.split("\n")
    assert all(left and first and left + first == 0 for left, first in indents)


def test_notes_stay_with_the_end_of_their_table() -> None:
    """The last row is kept on the page of the notes under it."""
    table = only_table(TABLE)
    last = [p.paragraph_format.keep_with_next for c in table.rows[4].cells for p in c.paragraphs]

    assert last == [True] * 3


def test_tables_do_not_grow_together() -> None:
    """Between two tables without captions stands a paragraph; else Word would make one table of them."""
    bare = TABLE.model_copy(update={"caption": "", "notes": ()})
    kinds = [type(block) for block in opened(bare, bare).iter_inner_content()]

    assert (WordTable, WordTable) not in itertools.pairwise(kinds)


# ---------------------------------------------------------------- callouts and signatures


@pytest.mark.parametrize(
    ("kind", "borders"),
    [
        ("note", {"left": ("single", "20")}),
        ("caution", dict.fromkeys(("top", "left", "bottom", "right"), ("single", "8"))),
        ("draft", dict.fromkeys(("top", "left", "bottom", "right"), ("dashed", "8"))),
        ("error", dict.fromkeys(("top", "left", "bottom", "right"), ("single", "20"))),
    ],
)
def test_frames_differ_by_kind(kind: Any, borders: dict[str, tuple[str, str]]) -> None:
    """A callout's frame tells its kind in black and white too."""
    (title,) = styled(opened(Callout(kind=kind, title="ก")), f"Callout{kind.capitalize()}")
    assert title.style is not None
    frame = title.style.element.pPr.find(qn("w:pBdr"))
    found_borders = {
        etree.QName(side).localname: (side.get(qn("w:val")), side.get(qn("w:sz"))) for side in frame
    }

    assert found_borders == borders


def test_two_callouts_are_two_frames() -> None:
    """Between two callouts of a kind stands a paragraph without a frame."""
    document = opened(Callout(kind="note", title="ก", lines=("ข",)), Callout(kind="note", title="ค"))
    styles = [p.style.style_id for p in document.paragraphs if p.style][-4:]

    assert styles == ["CalloutNote", "CalloutNote", "AfterTable", "CalloutNote"]


@pytest.mark.parametrize(
    ("orientation", "signers", "rows"),
    [("portrait", 1, [1]), ("portrait", 3, [3]), ("portrait", 4, [3, 1]), ("landscape", 4, [4])],
)
def test_signers_stand_side_by_side(orientation: Any, signers: int, rows: list[int]) -> None:
    """Up to three signers stand side by side, four where the page lies."""
    signature = Signature(signers=(("(..........)", "ผู้จัดทำ"),) * signers)
    document = opened(PageBreak(orientation=orientation), signature)

    assert [len(table.rows[0].cells) for table in document.tables] == rows


def test_what_is_signed_stands_with_its_signatures() -> None:
    """The statement is kept with the signatures, whose row is on one page."""
    document = opened(
        Paragraph(text=TEXT), Paragraph(text="ขอรับรอง"), Signature(signers=(("(นายสมชาย)", "ผู้จัดทำ"),))
    )
    kept = {p.text: p.paragraph_format.keep_with_next for p in styled(document, "BodyText")}

    assert kept == {TEXT: None, "ขอรับรอง": True}
    assert rows_with(document.tables[0], "w:cantSplit") == [True]


def test_signers_sign_on_a_dotted_line() -> None:
    """The line to sign on is a tab filled with dots, which no text moves."""
    table = only_table(Signature(signers=(("ก",),)))
    (stop,) = table._tbl.iterfind(f".//{qn('w:tabs')}/{qn('w:tab')}")

    assert (stop.get(qn("w:val")), stop.get(qn("w:leader"))) == ("right", "dot")


# ---------------------------------------------------------------- pages


def test_sections_have_the_pages_of_the_runs() -> None:
    """Cover, contents and page runs are sections of A4, upright or turned, with the report's margins."""
    sections = opened(*EVERYTHING).sections
    upright, turned = SHEETS["portrait"], SHEETS["landscape"]
    pages = [upright, upright, upright, turned, upright]

    for section, page in zip(sections, pages, strict=True):
        sides = (section.page_width, section.page_height, section.left_margin, section.right_margin)
        over = (section.top_margin, section.bottom_margin)
        assert [side.pt for side in (*sides, *over) if side is not None] == pytest.approx(
            [page.width, page.height, page.left, page.right, page.top, page.bottom], abs=0.05
        )
        assert section.orientation == (WD_ORIENT.LANDSCAPE if page is turned else WD_ORIENT.PORTRAIT)


def header_texts(document: WordDocument) -> list[list[str]]:
    """Return the texts of each section's header."""
    return [
        [text for p in section.header._element.iter(qn("w:p")) if (text := "".join(p.itertext(qn("w:t"))))]
        for section in document.sections
    ]


def test_header_names_title_and_agency() -> None:
    """Every page but the cover has the running title and the agency above a rule."""
    texts = header_texts(opened(*EVERYTHING))

    assert texts == [[], *[[COVER.running_title, AGENCY]] * 4]


def test_a_draft_says_so_on_every_page() -> None:
    """Each page of a draft, the cover too, is headed by the word."""
    cover = COVER.model_copy(update={"draft": True})
    texts = header_texts(opened(*EVERYTHING, cover=cover))

    assert texts == [["ร่าง"], *[["ร่าง", COVER.running_title, AGENCY]] * 4]


@pytest.mark.parametrize(
    ("digits", "numbers", "first"), [("thai", "thaiNumbers", "๑"), ("arabic", "decimal", "1")]
)
def test_pages_are_numbered_in_the_chosen_digits(digits: Digits, numbers: str, first: str) -> None:
    """The page number is a field in the digits of the document; the cover has none and is not counted."""
    document = opened(*EVERYTHING, cover=COVER.model_copy(update={"digits": digits}))
    counts = [section._sectPr.find(qn("w:pgNumType")) for section in document.sections]
    codes = [[c.text for c in s.footer._element.iter(qn("w:instrText"))] for s in document.sections]

    assert {count.get(qn("w:fmt")) for count in counts} == {numbers}
    assert [count.get(qn("w:start")) for count in counts] == [None, "1", None, None, None]
    assert codes == [[], *[[" PAGE "]] * 4]
    assert [s.footer.paragraphs[0].text for s in document.sections] == ["", *[first] * 4]


def test_a_title_without_a_cover_heads_the_first_part() -> None:
    """Without a page of its own the title stands above the text, and the first page is counted."""
    document = opened(Heading(level=1, text="ส่วนที่ ๑"), cover=COVER.model_copy(update={"shown": False}))
    styles = [p.style.style_id for p in document.paragraphs if p.style]

    assert styles == ["TitleAboveText", "TitleAboveText", "AgencyAboveText", "PlaceAboveText", "Heading1"]
    assert len(document.sections) == 1


@pytest.mark.parametrize("size", [(40, 40), (400, 100), (1, 3)])
def test_the_seal_is_three_centimetres_high(size: tuple[int, int]) -> None:
    """The emblem stands above the title, 3 cm high, in its own proportions."""
    cover = COVER.model_copy(update={"seal": Seal(png=base64.b64encode(png(*size)).decode(), alt="ตรา")})
    document = opened(cover=cover)
    (shape,) = document.inline_shapes

    assert shape.height.cm == pytest.approx(3, abs=0.01)
    assert shape.width.cm == pytest.approx(3 * size[0] / size[1], abs=0.01)
    assert document.paragraphs[0]._p.findall(".//" + qn("w:drawing"))


def test_without_a_seal_its_room_is_free() -> None:
    """Without an emblem an empty paragraph, at least as high as one, waits for it."""
    first = opened().paragraphs[0]
    assert first.style is not None
    spacing = first.style.element.pPr.find(qn("w:spacing"))

    assert first.text == ""
    assert (spacing.get(qn("w:line")), spacing.get(qn("w:lineRule"))) == (
        str(round(SEAL_HEIGHT * 20)),
        "atLeast",
    )


@pytest.mark.parametrize("content", [b"", b"no picture", png(4, 4)[:20]], ids=["empty", "text", "cut"])
def test_a_broken_seal_is_refused(content: bytes) -> None:
    """An emblem that is no picture is refused in words."""
    seal = Seal.model_construct(png=base64.b64encode(content).decode(), alt="ตรา")

    with pytest.raises(RenderError, match="ตราของ"):
        render(Document.model_construct(cover=COVER, blocks=(COVER.model_copy(update={"seal": seal}),)))


# ---------------------------------------------------------------- what an officer edits


@pytest.mark.parametrize(
    "tag", ["txbxContent", "pict", "textbox", "wsp", "anchor", "framePr", "object", "sdt"]
)
def test_everything_is_plain_text(tag: str) -> None:
    """No text box, shape or frame stands anywhere: an officer can edit all of it in place."""
    cover = COVER.model_copy(update={"draft": True})
    content = file(*EVERYTHING, cover=cover)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = [etree.fromstring(package.read(n)) for n in package.namelist() if n.endswith(".xml")]

    assert [found for part in parts for found in part.iter(f"{{*}}{tag}")] == []


def styles_of(content: bytes) -> dict[str, Any]:
    """Return the styles by their ids."""
    return {s.get(qn("w:styleId")): s for s in part(content, "word/styles.xml").iter(qn("w:style"))}


def test_only_body_text_reaches_both_margins() -> None:
    """Body text is distributed as Thai is, and begins 1.25 cm from the margin; other text stands left."""
    sides = {
        name: side.get(qn("w:val"))
        for name, style in styles_of(file()).items()
        for side in style.iter(qn("w:jc"))
    }
    first = styles_of(file())["BodyText"].find(f".//{qn('w:ind')}").get(qn("w:firstLine"))

    assert [name for name, side in sides.items() if side == "thaiDistribute"] == ["BodyText"]
    assert first == str(round(1.25 * CM * 20))


@pytest.mark.parametrize(
    ("style", "size"),
    [
        ("Heading1", "36"),
        ("TableText", "28"),
        ("SmallText", "27"),
        ("LeadText", "34"),
        ("Caption", "30"),
        ("Title", "48"),
    ],
)
def test_sizes_of_type(style: str, size: str) -> None:
    """Text has the official sizes (in half points); what names none is 16 points."""
    assert styles_of(file())[style].find(f".//{qn('w:szCs')}").get(qn("w:val")) == size


def test_defaults_are_thai() -> None:
    """Text is TH Sarabun New, 16 points, in Thai, whichever script Word takes it for."""
    (defaults,) = part(file(), "word/styles.xml").iter(qn("w:rPrDefault"))
    fonts, size, thai_size, language = defaults[0]

    assert set(fonts.attrib.values()) == {"TH Sarabun New"}
    assert {"ascii", "hAnsi", "cs"} <= {etree.QName(name).localname for name in fonts.attrib}
    assert [size.get(qn("w:val")), thai_size.get(qn("w:val"))] == ["32", "32"]
    assert set(language.attrib.values()) == {"th-TH"}
    assert language.get(qn("w:bidi")) == "th-TH"


def test_no_font_or_language_but_the_defaults() -> None:
    """No style or run has a font, a theme's font or a language of its own."""
    content = file(*EVERYTHING)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {n: etree.fromstring(package.read(n)) for n in package.namelist() if n.endswith(".xml")}
    own = [
        (name, etree.QName(found).localname)
        for name, root in parts.items()
        for found in root.iter(qn("w:rFonts"), qn("w:lang"))
        if next(found.iterancestors(qn("w:rPrDefault"), qn("w:lvl")), None) is None
    ]
    themed = [name for root in parts.values() for e in root.iter() for name in e.attrib if "heme" in name]

    assert own == []
    assert themed == []


@pytest.mark.parametrize(("latin", "thai"), [("b", "bCs"), ("sz", "szCs")])
def test_latin_and_thai_are_set_alike(latin: str, thai: str) -> None:
    """Whatever is set for Latin letters is set for Thai too, in styles and runs."""
    parts = [part(file(*EVERYTHING), f"word/{name}.xml") for name in ("styles", "document")]
    properties = [found for root in parts for found in root.iter(qn("w:rPr"))]
    pairs = [[p.find(qn(f"w:{tag}")) for tag in (latin, thai)] for p in properties]
    values = [[None if e is None else dict(e.attrib) for e in pair] for pair in pairs]

    assert any(first is not None for first, _ in values)
    assert [pair for pair in values if pair[0] != pair[1]] == []


def test_runs_say_whether_they_are_thai() -> None:
    """A run that holds Thai is marked as complex script; one that holds none is not."""
    runs = opened(*EVERYTHING).element.body.iter(qn("w:r"))
    marks = {
        (bool(re.search("[ก-๛]", text)), run.find(f"{qn('w:rPr')}/{qn('w:cs')}") is not None)
        for run in runs
        if (text := "".join(run.itertext(qn("w:t"))))
    }

    assert marks == {(True, True), (False, False)}


def test_other_fonts_are_named_for_machines_without_the_official_one() -> None:
    """The font table names the fonts that look alike."""
    (font,) = part(file(), "word/fontTable.xml").iter(qn("w:font"))

    assert font.get(qn("w:name")) == "TH Sarabun New"
    assert font.find(qn("w:altName")).get(qn("w:val")) == "TH SarabunPSK,Sarabun"


def test_settings_are_of_today_and_thai() -> None:
    """Word opens the file in no compatibility mode, and takes Thai for its language."""
    settings = part(file(), "word/settings.xml")
    modes = {s.get(qn("w:name")): s.get(qn("w:val")) for s in settings.iter(qn("w:compatSetting"))}

    assert modes["compatibilityMode"] == "15"
    assert set(settings.find(qn("w:themeFontLang")).attrib.values()) == {"th-TH"}


# The order that the standard gives the children of each kind of properties; Word calls a file that has
# another one corrupt.
ORDER = {
    "pPr": "pStyle keepNext keepLines widowControl numPr pBdr shd tabs spacing ind contextualSpacing jc "
    "outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs sz szCs cs lang",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar tblLook tblCaption",
    "tcPr": "tcW gridSpan tcBorders shd vAlign",
    "sectPr": "footerReference headerReference type pgSz pgMar pgNumType",
    "style": "name basedOn next uiPriority semiHidden qFormat pPr rPr tblPr tcPr tblStylePr",
}


@pytest.mark.parametrize("tag", ORDER)
def test_properties_stand_in_the_order_of_the_standard(tag: str) -> None:
    """Word reads the file without repairing it: properties stand in their order."""
    order = ORDER[tag].split()
    content = file(*EVERYTHING)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = [
            etree.fromstring(package.read(n))
            for n in package.namelist()
            if n.startswith("word/") and n.endswith(".xml")
        ]
    lists = [
        [etree.QName(c).localname for c in e.iterchildren("*")] for p in parts for e in p.iter(qn(f"w:{tag}"))
    ]

    assert lists
    assert [tags for tags in lists if tags != sorted(tags, key=order.index)] == []


def test_every_style_that_is_used_is_defined() -> None:
    """No paragraph or table names a style that the file lacks."""
    content = file(*EVERYTHING, cover=COVER.model_copy(update={"draft": True}))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = [
            etree.fromstring(package.read(n))
            for n in package.namelist()
            if n.startswith("word/") and n.endswith(".xml")
        ]
    tags = [qn(f"w:{tag}") for tag in ("pStyle", "rStyle", "tblStyle", "basedOn", "next")]
    used = {e.get(qn("w:val")) for p in parts for e in p.iter(*tags)}

    assert used - set(styles_of(content)) == set()


# ---------------------------------------------------------------- the file


def test_properties_name_document_and_agency() -> None:
    """The file says what it is, whose, and in which language; nothing tells of the program that made it."""
    content = file(*EVERYTHING)
    properties = docx.Document(io.BytesIO(content)).core_properties
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        everything = b"".join(package.read(name) for name in package.namelist())

    assert properties.title == " ".join(COVER.title)
    assert (properties.author, properties.last_modified_by) == (AGENCY, AGENCY)
    assert properties.language == "th-TH"
    assert properties.comments == ""
    assert b"python-docx" not in everything


def test_the_same_document_gives_the_same_bytes() -> None:
    """Nothing of the clock is in the file."""
    document = Document(cover=COVER, blocks=(COVER, *EVERYTHING))
    with zipfile.ZipFile(io.BytesIO(render(document))) as package:
        days = {entry.date_time for entry in package.infolist()}

    assert render(document) == render(document)
    assert days == {(1980, 1, 1, 0, 0, 0)}


def test_the_file_holds_nothing_else() -> None:
    """No thumbnail, theme or custom part is left of a template."""
    with zipfile.ZipFile(io.BytesIO(file(TABLE))) as package:
        names = {re.sub(r"\d", "N", name) for name in package.namelist()}

    assert names == {
        "[Content_Types].xml",
        "_rels/.rels",
        "docProps/core.xml",
        "word/_rels/document.xml.rels",
        *(f"word/{name}.xml" for name in ("document", "styles", "settings", "numbering", "fontTable")),
        "word/headerN.xml",
        "word/footerN.xml",
    }


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_never_more_than_text(text: str) -> None:
    """A formula, a script, markup or a field code is printed as it is, wherever it stands."""
    blocks: tuple[Block, ...] = (
        Heading(level=1, text=text),
        Paragraph(text=text, label=text),
        Paragraph(text=text, style="bullet"),
        Table(columns=(Column(heading=text),), rows=(Row(cells=(text,)),), caption=text, notes=(text,)),
        Figure(svg=SVG.format(9, 9), alt=text, caption=text),
        Callout(kind="note", title=text, lines=(text,)),
        Signature(signers=((text,),)),
    )
    cover = COVER.model_copy(update={"agency": text, "place": text, "running_title": text, "title": (text,)})
    document = opened(*blocks, cover=cover)
    codes = {code.text.split()[0] for code in document.element.body.iter(qn("w:instrText"))}

    assert list(found(document)) == list(expected(Document(cover=cover, blocks=(cover, *blocks))))
    assert codes == {"SEQ"}
    assert not any(relation.is_external for relation in document.part.rels.values())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ก\x00ข\x01ค\ufffeง\uffff", "กขคง"),
        ("ก\u200bข\ufeff\u2060ค", "กขค"),
        ("\u202eกข\u2066ค", "กขค"),
        ("ก\ud800ข", "กข"),
        ("ก\tข", "ก ข"),
        ("\nก\r\nข\x0bค\n", "ก\nข\nค"),
        ("  ก  ข  ", "  ก  ข  "),
        ("😀 中文 שלום é", "😀 中文 שלום é"),
    ],
    ids=["illegal", "zero width", "direction", "surrogate", "tab", "lines", "spaces", "foreign"],
)
def test_what_can_be_seen_is_kept(text: str, shown: str) -> None:
    """What cannot be seen, or cannot stand in a file, vanishes; every visible character stays."""
    blocks = (Paragraph.model_construct(text=text, label="", style="small"),)
    document = docx.Document(io.BytesIO(render(Document.model_construct(cover=COVER, blocks=blocks))))
    table = TABLE.model_copy(update={"rows": (Row.model_construct(cells=("", text, ""), kind="body"),)})
    content = render(Document.model_construct(cover=COVER, blocks=(table,)))

    assert [p.text for p in document.paragraphs if p.text] == [shown]
    assert docx.Document(io.BytesIO(content)).tables[0].rows[1].cells[1].text == shown


LONG_NAME = " ".join(f"องค์การบริหารส่วนตำบลหนองหว้า{n}" for n in range(200))


@pytest.mark.parametrize(
    "blocks",
    [
        (),
        (Heading(level=1, text=""), Paragraph(text="")),
        (Heading(level=2, text="ประเด็นที่ ๑"),),
        (TABLE.model_copy(update={"rows": (Row(cells=("", "ก" * 3000, "๑" * 3000)),)}),),
        (Signature(signers=()),),
        (Paragraph(text="שלום العربية"),),
    ],
    ids=["nothing", "empty texts", "empty topic", "3000 characters", "no signers", "right to left"],
)
@pytest.mark.parametrize("agency", [AGENCY, LONG_NAME], ids=["name", "200 words"])
@pytest.mark.parametrize("shown", [True, False])
def test_odd_documents_are_made(blocks: tuple[Block, ...], agency: str, shown: bool) -> None:
    """The document is made, whole, whatever its length."""
    cover = COVER.model_copy(update={"agency": agency, "shown": shown})
    document = opened(*blocks, cover=cover)

    assert list(found(document)) == list(expected(Document(cover=cover, blocks=(cover, *blocks))))
    assert document.core_properties.author == agency[:255]


def test_blocks_without_their_cover_are_made() -> None:
    """A document of nothing at all is an empty page."""
    made = docx.Document(io.BytesIO(render(Document(cover=COVER, blocks=()))))

    assert len(made.sections) == 1
