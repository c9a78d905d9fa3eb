"""The Word file: what python-docx reads back of it, what Word will make of it, and what it survives."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Any

import docx
import pytest
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import nsmap, qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph
from lxml import etree
from PIL import Image
from specimen import picture

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
from ita_nb.document.sheet import CM, SEAL_HEIGHT, SHEETS
from ita_nb.document.typesetting import PIXELS_PER_INCH, raster
from ita_nb.document.word import render
from ita_nb.errors import RenderError
from ita_nb.thai import Digits, in_digits

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
HOSTILE = (
    '=HYPERLINK("http://x.example")',
    "<script>alert(1)</script> &amp; ]]>",
    "#let x = 1 $x$ *a* _b_ \\u{41}",
    "{ MERGEFIELD x } «x» \\* MERGEFORMAT",
    'DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"',
    "<w:p><w:r><w:t>x</w:t></w:r></w:p>",
)


@cache
def file(*blocks: Block, cover: Cover = COVER) -> bytes:
    """Render a cover and blocks; the same ones are rendered once for all tests."""
    return render(Document(cover=cover, blocks=(cover, *blocks)))


def opened(*blocks: Block, cover: Cover = COVER) -> WordDocument:
    """Render a cover and blocks, and open what was made."""
    return docx.Document(io.BytesIO(file(*blocks, cover=cover)))


def only_table(*blocks: Block, cover: Cover = COVER) -> WordTable:
    """Return the one table of a document."""
    (table,) = opened(*blocks, cover=cover).tables
    return table


@cache
def parts(content: bytes) -> dict[str, Any]:
    """Return the parts of the file as parsed XML, by their names without folder and ending."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = [name for name in package.namelist() if name.endswith(".xml")]
        return {re.sub(r"word/|\.xml", "", name): etree.fromstring(package.read(name)) for name in names}


def asked(content: bytes, part: str, path: str) -> list[str]:
    """Return the attributes or texts that an XPath finds in a part of the file."""
    return [str(found) for found in parts(content)[part].xpath(path, namespaces=nsmap)]


# ---------------------------------------------------------------- the same words, in the same order


def found(document: WordDocument) -> Iterator[tuple[str, str | list[list[str]]]]:
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


LINES = (
    ("Heading 1", "ส่วนที่ {} ผลการประเมิน"),
    ("Heading 2", "{}.๑ คะแนน"),
    ("Heading 2", "{}.๒ มาตรการ"),
    ("Heading 3", "รายละเอียด"),
    ("Body Text", TEXT),
)
ROWS = [["ที่", "ขั้นตอน", "คะแนน"], ["ประเด็นที่ ๑"], ["๑", STEPS, "๙๐.๐๐"], ["๒", TEXT, ""], ["รวม", "", "๙๐.๐๐"]]
READ = (
    ("TOC Heading", "สารบัญ"),
    *((s.replace("Heading", "toc"), text.format(n)) for n in "๑๒๓๔" for s, text in LINES[:3]),
    *((style, text.format(n)) for n in "๑๒๓๔" for style, text in LINES),
    ("ข้อความนำ", TEXT),
    ("ข้อความมีหัวนำ", f"สาเหตุ {TEXT}"),
    ("Body Text", "1. บรรทัดแรก\nบรรทัดที่สอง"),
    ("List Bullet", TEXT),
    ("List Bullet", f"ข้อ i๑๐ {TEXT}"),
    ("ข้อความเล็ก", TEXT),
    ("Body Text", "E-Service"),
    ("Caption", "ภาพที่ ๑ ผลคะแนนต่ำสุด"),
    ("กรอบข้อผิดพลาด", "ข้อผิดพลาด: คะแนนไม่ตรง"),
    ("กรอบข้อผิดพลาด", TEXT),
    ("กรอบข้อผิดพลาด", "บรรทัดที่สอง"),
    ("กรอบข้อผิดพลาด", "ข้อผิดพลาด: คะแนนไม่ตรงอีก"),
    ("Caption", "ตารางที่ ๑ มาตรการและคะแนน"),
    ("table", ROWS),
    ("หมายเหตุใต้ตาราง", "คะแนนที่คำนวณ"),
    ("หมายเหตุใต้ตาราง", "ไม่ใช่คะแนนทางการ"),
    ("Caption", "ตารางที่ ๒ ตารางว่าง"),
    ("table", [ROWS[0], ["ไม่มีรายการ"]]),
    ("Body Text", "ขอรับรองว่าถูกต้อง"),
    ("table", [[f"ลงชื่อ\t\n(นายสมชาย ดีเลิศ)\nนายก{AGENCY}", "ลงชื่อ\t\n(นางสมหญิง ใจซื่อ)\nผู้จัดทำ"]]),
)
COVER_STYLES = ("Title", "Title", "ชื่อหน่วยงานบนปก", "ที่ตั้งหน่วยงานบนปก")
ABOVE_STYLES = ("ชื่อเรื่องเหนือเนื้อความ",) * 2 + ("ชื่อหน่วยงานเหนือเนื้อความ", "ที่ตั้งหน่วยงานเหนือเนื้อความ")


@pytest.mark.parametrize("digits", ["thai", "arabic"])
@pytest.mark.parametrize(("styles", "read"), [(COVER_STYLES, READ), (ABOVE_STYLES, READ[13:])])
def test_everything_reads_back(digits: Digits, styles: tuple[str, ...], read: tuple[Any, ...]) -> None:
    """Every paragraph and cell of the specimen stands in the file, in order and with its style.

    Without a page for the title there is no page of contents either.
    """
    cover = COVER.model_copy(update={"digits": digits, "shown": styles is COVER_STYLES})
    blocks = Section(blocks=EVERYTHING).in_digits(digits).blocks
    titles = [*zip(styles, (*COVER.title, AGENCY, COVER.place), strict=True)]
    texts = json.loads(in_digits(json.dumps([text for _, text in read], ensure_ascii=False), digits))

    assert [*found(opened(*blocks, cover=cover))] == [
        *titles,
        *zip([style for style, _ in read], texts, strict=True),
    ]


# ---------------------------------------------------------------- what stands in its parts

FACTS: dict[str, tuple[str, str, list[str]]] = {
    "headings, captions and what leads are kept with what follows": (
        "styles",
        "//w:style[w:pPr/w:keepNext]/@w:styleId",
        "SealAboveText Heading1 Heading2 Heading3 Caption TableHead SignatureLine TOCHeading".split(),
    ),
    "headings have Word's outline levels": (
        "styles",
        "//w:style[starts-with(@w:styleId, 'Heading')]//w:outlineLvl/@w:val",
        ["0", "1", "2"],
    ),
    "body text alone is distributed as Thai is": (
        "styles",
        "//w:style[.//w:jc/@w:val='thaiDistribute']/@w:styleId",
        ["BodyText"],
    ),
    "body text begins 1.25 cm from the margin": (
        "styles",
        "//w:style[@w:styleId='BodyText']//w:ind/@w:firstLine",
        [str(round(1.25 * CM * 20))],
    ),
    "text is of the official font, whichever script Word takes it for": (
        "styles",
        "//w:rPrDefault//w:rFonts/@*[name()='w:ascii' or name()='w:hAnsi' or name()='w:cs']",
        ["TH Sarabun New"] * 3,
    ),
    "no other font is a default": (
        "styles",
        "//w:rPrDefault//w:rFonts/@*[. != 'TH Sarabun New']",
        [],
    ),
    "text is of 16 points": (
        "styles",
        "//w:rPrDefault//w:sz/@w:val | //w:rPrDefault//w:szCs/@w:val",
        ["32", "32"],
    ),
    "text is Thai": ("styles", "//w:rPrDefault//w:lang/@*", ["th-TH"] * 3),
    "headings of parts are of 18 points": (
        "styles",
        "//w:style[@w:styleId='Heading1']//w:szCs/@w:val",
        ["36"],
    ),
    "cells are of 14 points": ("styles", "//w:style[@w:styleId='TableText']//w:szCs/@w:val", ["28"]),
    "small text is of 13.5 points": ("styles", "//w:style[@w:styleId='SmallText']//w:szCs/@w:val", ["27"]),
    "leading text is of 17 points": ("styles", "//w:style[@w:styleId='LeadText']//w:szCs/@w:val", ["34"]),
    "captions are of 15 points": ("styles", "//w:style[@w:styleId='Caption']//w:szCs/@w:val", ["30"]),
    "the title is of 24 points": ("styles", "//w:style[@w:styleId='Title']//w:szCs/@w:val", ["48"]),
    "tables have a style of their own, with a name for officers": (
        "styles",
        "//w:style[@w:styleId='ReportTable']/w:name/@w:val",
        ["ตารางรายงาน"],
    ),
    "all tables are of that style, but for the signatures": (
        "document",
        "//w:tblStyle/@w:val",
        ["ReportTable", "ReportTable", "PlainTable"],
    ),
    "fonts that look alike are named for machines without the official one": (
        "fontTable",
        "//w:font/@w:name | //w:altName/@w:val",
        ["TH Sarabun New", "TH SarabunPSK,Sarabun"],
    ),
    "Word opens the file in no compatibility mode": (
        "settings",
        "//w:compatSetting[@w:name='compatibilityMode']/@w:val",
        ["15"],
    ),
    "Word takes Thai for the language of the file": ("settings", "//w:themeFontLang/@*", ["th-TH"] * 2),
    "the contents are a field of the levels 1 and 2 of the parts": (
        "document",
        "//w:instrText[contains(., 'TOC')]/text()",
        [r' TOC \o "1-2" \h \z \b report_parts '],
    ),
    "the contents are old, so that Word adds page numbers": (
        "document",
        "//w:fldChar[@w:dirty]/@w:fldCharType",
        ["begin"],
    ),
    "a figure has its takeaway above it": (
        "document",
        "//w:p[.//w:drawing]/preceding-sibling::w:p[1]/w:pPr/w:pStyle/@w:val",
        ["Caption"],
    ),
    "a figure is told in words": ("document", "//wp:docPr/@descr", ["สี่เหลี่ยมสีดำ"]),
    "signers sign on a tab filled with dots, which no text moves": (
        "document",
        "//w:tbl//w:tabs/w:tab/@w:val | //w:tbl//w:tabs/w:tab/@w:leader",
        ["right", "dot"] * 2,
    ),
}


@pytest.mark.parametrize(("part", "path", "expected"), FACTS.values(), ids=FACTS)
def test_parts_of_the_file_say(part: str, path: str, expected: list[str]) -> None:
    """What Word acts upon stands in the file."""
    assert asked(file(*EVERYTHING), part, path) == expected


DRAFT = COVER.model_copy(update={"draft": True})
# What no part holds: text that cannot be edited in place, a font or a language of its own.
ABSENT = (
    *(
        f"//*[local-name()='{tag}']"
        for tag in "txbxContent pict textbox wsp anchor framePr object sdt".split()
    ),
    "//w:rFonts[not(ancestor::w:rPrDefault or ancestor::w:lvl)]",
    "//w:lang[not(ancestor::w:rPrDefault)]",
    "//@*[contains(name(), 'heme')]",
)


@pytest.mark.parametrize("path", ABSENT)
def test_everything_is_plain_text(path: str) -> None:
    """No text box, shape or frame stands anywhere, no font of a theme: an officer can edit all in place."""
    content = file(*EVERYTHING, cover=DRAFT)

    assert {part: found for part in parts(content) if (found := asked(content, part, path))} == {}


# ---------------------------------------------------------------- headings and contents


def test_headings_have_levels_without_gaps() -> None:
    """A missing level is not jumped over, and what is looked through at a glance has no contents."""
    headings = [Heading(level=level, text="หัวข้อ") for level in (1, 3, 3, 2)]
    styles = [style for style, _ in found(opened(*headings))]

    assert styles[4:] == ["Heading 1", "Heading 2", "Heading 3", "Heading 2"]


def test_contents_link_to_their_headings() -> None:
    """Each entry of the table of contents leads to a bookmark at the heading with its text."""
    document = opened(*EVERYTHING)
    entries = {
        link.get(qn("w:anchor")): "".join(link.itertext(qn("w:t")))
        for link in document.element.body.iter(qn("w:hyperlink"))
    }
    marked = {
        start.get(qn("w:name")): "".join(start.getparent().itertext(qn("w:t")))
        for start in document.element.body.iter(qn("w:bookmarkStart"))
        if start.getparent().tag == qn("w:p")
    }

    assert len(entries) == 12
    assert entries == marked


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


# ---------------------------------------------------------------- captions and figures

FIGURE = Figure(svg=SVG.format(9, 9), alt="ภาพ", caption="สรุป", data=TABLE)


@pytest.mark.parametrize(
    ("digits", "code", "numbers"), [("thai", "THAIARABIC", "๑๒"), ("arabic", "ARABIC", "12")]
)
def test_captions_are_numbered_by_fields(digits: Digits, code: str, numbers: str) -> None:
    """Word numbers tables and figures anew after editing, in the digits of the document.

    The data of a figure are for the screen: they are no table here.
    """
    cover = COVER.model_copy(update={"digits": digits})
    content = file(TABLE, FIGURE, TABLE, FIGURE, cover=cover)
    shown = [text for style, text in found(docx.Document(io.BytesIO(content))) if style == "Caption"]

    assert asked(content, "document", "//w:instrText/text()") == [
        rf" SEQ {word} \* {code} " for word in ("ตาราง", "ภาพ") * 2
    ]
    assert shown == [
        f"{word} {n} {text}" for n in numbers for word, text in (("ตารางที่", TABLE.caption), ("ภาพที่", "สรุป"))
    ]


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
    drawn = Image.open(io.BytesIO(raster(SVG.format(300, 200), 144.0, 500.0).png))

    assert drawn.size == (2 * PIXELS_PER_INCH, 267)


def test_pictures_load_nothing() -> None:
    """A drawing that refers to a file is drawn without it."""
    hostile = SVG.format(9, 9).replace(
        "<rect", '<image href="file:///etc/hostname" width="9" height="9"/><rect'
    )

    assert raster(hostile, 90.0, 900.0).png == raster(SVG.format(9, 9), 90.0, 900.0).png


# ---------------------------------------------------------------- tables


def rows_with(table: WordTable, tag: str) -> list[bool]:
    """Say of each row whether it has a property."""
    return [row._tr.find(f"{qn('w:trPr')}/{qn(tag)}") is not None for row in table.rows]


HIGH_HEADER = TABLE.model_copy(update={"columns": (Column(heading=TEXT * 30), *TABLE.columns[1:])})


@pytest.mark.parametrize(
    ("table", "repeated"), [(TABLE, [True] + [False] * 4), (HIGH_HEADER, [False] * 5)], ids=["usual", "high"]
)
def test_header_row_is_repeated(table: Table, repeated: list[bool]) -> None:
    """The first row alone is repeated on each page, but for one that would leave no room for another."""
    assert rows_with(only_table(table), "w:tblHeader") == repeated


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


def test_rows_look_as_what_they_are() -> None:
    """A group row is one cell over all columns; it and every cell of a total row are strong and shaded."""
    rows = [
        [
            (tc.grid_span, tc.xpath("w:tcPr/w:shd/@w:fill"), {*tc.xpath("w:p/w:pPr/w:pStyle/@w:val")})
            for tc in tr.tc_lst
        ]
        for tr in only_table(TABLE)._tbl.tr_lst
    ]
    body = [(1, [], {"TableText"})] * 3

    assert rows == [
        [(1, [], {"TableHead"})] * 3,
        [(3, ["F2F2F2"], {"TableStrong"})],
        body,
        body,
        [(1, ["F2F2F2"], {"TableStrong"})] * 3,
    ]


def test_rows_are_kept_with_what_follows() -> None:
    """A group row stays on the page of the row it leads, the last row with the notes under the table."""
    kept = [
        {p.paragraph_format.keep_with_next for cell in row.cells for p in cell.paragraphs}
        for row in only_table(TABLE).rows[1:]
    ]

    assert kept == [{True}, {None}, {None}, {True}]


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


# ---------------------------------------------------------------- callouts and signatures

AROUND = ("top", "left", "bottom", "right")


@pytest.mark.parametrize(
    ("kind", "sides", "line", "width"),
    [
        ("note", ("left",), "single", "20"),
        ("caution", AROUND, "single", "8"),
        ("draft", AROUND, "dashed", "8"),
        ("error", AROUND, "single", "20"),
    ],
)
def test_frames_differ_by_kind(kind: Any, sides: tuple[str, ...], line: str, width: str) -> None:
    """A callout's frame tells its kind in black and white too."""
    (title,) = opened(Callout(kind=kind, title="ก")).paragraphs[-1:]
    frame = title.style.element.pPr.find(qn("w:pBdr"))

    assert title.style.style_id == f"Callout{kind.capitalize()}"
    assert {(side.tag, side.get(qn("w:val")), side.get(qn("w:sz"))) for side in frame} == {
        (qn(f"w:{side}"), line, width) for side in sides
    }


BARE = TABLE.model_copy(update={"caption": "", "notes": ()})
NOTE = Callout(kind="note", title="ก")


@pytest.mark.parametrize("block", [BARE, NOTE], ids=["tables", "callouts"])
def test_two_frames_do_not_grow_together(block: Block) -> None:
    """Between two alike stands a paragraph; else Word would make one table or one frame of them."""
    kinds = [
        "table" if isinstance(inner, WordTable) else inner.style.style_id
        for inner in opened(block, block).iter_inner_content()
    ]

    assert not {("table", "table"), ("CalloutNote", "CalloutNote")} & {*itertools.pairwise(kinds)}


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
    document = opened(Paragraph(text=TEXT), Paragraph(text="ขอรับรอง"), Signature(signers=(("ก",),)))
    kept = {p.text: p.paragraph_format.keep_with_next for p in document.paragraphs}

    assert (kept[TEXT], kept["ขอรับรอง"]) == (None, True)
    assert rows_with(document.tables[0], "w:cantSplit") == [True]


# ---------------------------------------------------------------- pages


def test_sections_have_the_pages_of_the_runs() -> None:
    """Cover, contents and page runs are sections of A4, upright or turned, with the report's margins."""
    found = [
        (
            s.orientation,
            s.page_width,
            s.page_height,
            s.left_margin,
            s.right_margin,
            s.top_margin,
            s.bottom_margin,
        )
        for s in opened(*EVERYTHING).sections
    ]
    upright, turned = (
        (p.width, p.height, p.left, p.right, p.top, p.bottom)
        for p in (SHEETS["portrait"], SHEETS["landscape"])
    )

    assert [way for way, *_ in found] == [WD_ORIENT.PORTRAIT] * 3 + [WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
    for (_, *sides), sheet in zip(found, [upright] * 3 + [turned, upright], strict=True):
        assert [side.pt for side in sides] == pytest.approx(sheet, abs=0.05)


@pytest.mark.parametrize(("cover", "mark"), [(COVER, []), (DRAFT, ["ร่าง"])], ids=["final", "draft"])
def test_header_names_title_and_agency(cover: Cover, mark: list[str]) -> None:
    """Every page but the cover has the running title and the agency; all pages of a draft say that it is."""
    headers = [section.header._element for section in opened(*EVERYTHING, cover=cover).sections]
    texts = [
        [text for p in header.iter(qn("w:p")) if (text := "".join(p.itertext(qn("w:t"))))]
        for header in headers
    ]

    assert texts == [mark, *[[*mark, COVER.running_title, AGENCY]] * 4]


@pytest.mark.parametrize(
    ("digits", "numbers", "first"), [("thai", "thaiNumbers", "๑"), ("arabic", "decimal", "1")]
)
def test_pages_are_numbered_in_the_chosen_digits(digits: Digits, numbers: str, first: str) -> None:
    """The page number is a field in the digits of the document; the cover has none and is not counted."""
    sections = opened(*EVERYTHING, cover=COVER.model_copy(update={"digits": digits})).sections
    counts = [dict(section._sectPr.find(qn("w:pgNumType")).attrib) for section in sections]
    footers = [
        (s.footer._element.xpath(".//w:instrText/text()"), s.footer.paragraphs[0].text) for s in sections
    ]

    assert counts == [{qn("w:fmt"): numbers} | ({qn("w:start"): "1"} if n == 1 else {}) for n in range(5)]
    assert footers == [([], ""), *[([" PAGE "], first)] * 4]


def test_a_title_without_a_cover_is_on_the_first_page() -> None:
    """Without a page of its own the title stands above the text, and the first page is counted."""
    cover = COVER.model_copy(update={"shown": False})

    assert len(opened(Heading(level=1, text="ส่วนที่ ๑"), cover=cover).sections) == 1


@pytest.mark.parametrize("size", [(40, 40), (400, 100), (1, 3)])
def test_the_seal_is_three_centimetres_high(size: tuple[int, int]) -> None:
    """The emblem stands above the title, 3 cm high, in its own proportions, and is told in words."""
    cover = COVER.model_copy(update={"seal": Seal(png=picture(*size), alt="ตรา\u200bหน่วยงาน")})
    document = opened(cover=cover)
    (shape,) = document.inline_shapes

    assert (shape.height.cm, shape.width.cm) == pytest.approx((3, 3 * size[0] / size[1]), abs=0.01)
    assert document.paragraphs[0]._p.xpath(".//wp:docPr/@descr") == ["ตราหน่วยงาน"]


def test_without_a_seal_its_room_is_free() -> None:
    """Without an emblem an empty paragraph, at least as high as one, waits for it."""
    first = opened().paragraphs[0]
    (spacing,) = first.style.element.xpath("w:pPr/w:spacing")

    assert first.text == ""
    assert spacing.get(qn("w:line")) == str(round(SEAL_HEIGHT * 20))
    assert spacing.get(qn("w:lineRule")) == "atLeast"


@pytest.mark.parametrize(
    "content", [b"", b"no picture", base64.b64decode(picture(4, 4))[:20]], ids=["empty", "text", "cut"]
)
def test_a_broken_seal_is_refused(content: bytes) -> None:
    """An emblem that is no picture is refused in words."""
    seal = Seal.model_construct(png=base64.b64encode(content).decode(), alt="ตรา")

    with pytest.raises(RenderError, match="ตราของ"):
        render(Document.model_construct(cover=COVER, blocks=(COVER.model_copy(update={"seal": seal}),)))


# ---------------------------------------------------------------- what an officer edits


@pytest.mark.parametrize(("latin", "thai"), [("b", "bCs"), ("sz", "szCs")])
def test_latin_and_thai_are_set_alike(latin: str, thai: str) -> None:
    """Whatever is set for Latin letters is set for Thai too, in styles and runs."""
    roots = [parts(file(*EVERYTHING))[name] for name in ("styles", "document")]
    properties = [found for root in roots for found in root.iter(qn("w:rPr"))]
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
    roots = parts(file(*EVERYTHING)).values()
    lists = [
        [etree.QName(c).localname for c in e.iterchildren("*")] for r in roots for e in r.iter(qn(f"w:{tag}"))
    ]

    assert lists
    assert [tags for tags in lists if tags != sorted(tags, key=order.index)] == []


def test_every_style_that_is_used_is_defined() -> None:
    """No paragraph or table names a style that the file lacks."""
    content = file(*EVERYTHING, cover=DRAFT)
    path = (
        "//w:pStyle/@w:val | //w:rStyle/@w:val | //w:tblStyle/@w:val | //w:basedOn/@w:val | //w:next/@w:val"
    )
    used = {name for part in parts(content) for name in asked(content, part, path)}

    assert used - {*asked(content, "styles", "//w:style/@w:styleId")} == set()


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

    assert [read for _, read in found(document)] == [
        *[text] * 4,
        f"{text} {text}",
        text,
        f"ตารางที่ ๑ {text}",
        [[text], [text]],
        text,
        f"ภาพที่ ๑ {text}",
        f"หมายเหตุ: {text}",
        text,
        [[f"ลงชื่อ\t\n{text}"]],
    ]
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
    paragraph = Paragraph.model_construct(text=text, label="", style="small")
    table = TABLE.model_copy(update={"rows": (Row.model_construct(cells=("", text, ""), kind="body"),)})
    content = render(Document.model_construct(cover=COVER, blocks=(paragraph, table)))
    document = docx.Document(io.BytesIO(content))

    assert document.paragraphs[0].text == shown
    assert document.tables[0].rows[1].cells[1].text == shown


LONG_NAME = " ".join(f"องค์การบริหารส่วนตำบลหนองหว้า{n}" for n in range(200))
LONG_ROW = ("", "ก" * 3000, "๑" * 3000)
ODD: dict[str, tuple[tuple[Block, ...], list[Any]]] = {
    "nothing": ((), []),
    "empty texts": ((Heading(level=1, text=""), Paragraph(text="")), []),
    "empty topic": ((Heading(level=2, text="ประเด็นที่ ๑"),), ["ประเด็นที่ ๑"]),
    "3000 characters": (
        (TABLE.model_copy(update={"rows": (Row(cells=LONG_ROW),), "notes": ()}),),
        ["ตารางที่ ๑ มาตรการและคะแนน", [ROWS[0], [*LONG_ROW]]],
    ),
    "no signers": ((Signature(signers=()),), []),
    "right to left": ((Paragraph(text="שלום العربية"),), ["שלום العربية"]),
}


@pytest.mark.parametrize(("blocks", "expected"), ODD.values(), ids=ODD)
@pytest.mark.parametrize("agency", [AGENCY, LONG_NAME], ids=["name", "200 words"])
@pytest.mark.parametrize("shown", [True, False])
def test_odd_documents_are_made(
    blocks: tuple[Block, ...], expected: list[Any], agency: str, shown: bool
) -> None:
    """The document is made, whole, whatever its length."""
    document = opened(*blocks, cover=COVER.model_copy(update={"agency": agency, "shown": shown}))

    assert [text for _, text in found(document)] == [*COVER.title, agency, COVER.place, *expected]
    assert document.core_properties.author == agency[:255]


def test_blocks_without_their_cover_are_made() -> None:
    """A document of nothing at all is an empty page."""
    assert len(docx.Document(io.BytesIO(render(Document(cover=COVER, blocks=())))).sections) == 1
