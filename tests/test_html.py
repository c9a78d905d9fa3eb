"""The HTML page: one file, offline, safe with any text, and readable by machine and by ear."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from reading import Page

from ita_nb.document.blocks import (
    NO_ROWS,
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
from ita_nb.document.drawings import safe_svg
from ita_nb.document.html import clean, fragment, render

AGENCY = "องค์การบริหารส่วนตำบลหันนางาม"
XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {XMLNS} viewBox="0 0 9 9">{{}}</svg>'
CLIPPED = SVG.format(
    '<clipPath id="a"><rect width="9"/></clipPath><path id="b" clip-path="url(#a)" d="M0 0"/>'
)


def table(**changes: Any) -> Table:
    """Return a table with two groups and a total; ``changes`` replace its fields."""
    values = {
        "columns": (Column(heading="ตัวชี้วัด", width=3), Column(heading="คะแนน", align="right")),
        "rows": (
            Row(kind="group", cells=("IIT",)),
            Row(cells=("การปฏิบัติหน้าที่", "๙๕.๔๐")),
            Row(kind="group", cells=("EIT",)),
            Row(cells=("บรรทัดหนึ่ง\nบรรทัดสอง", "๙๐.๐๐")),
            Row(kind="total", cells=("รวม", "๙๓.๐๐")),
        ),
        "caption": "คะแนนตัวชี้วัด",
        "notes": ("ที่มา: https://itas.nacc.go.th",),
    }
    return Table.model_validate(values | changes)


def figure(svg: str = CLIPPED, **changes: Any) -> Figure:
    """Return a figure with its data."""
    return Figure(svg=svg, alt="คะแนนสิบตัวชี้วัด", caption="ตัวชี้วัดที่ ๙ ต่ำที่สุด", data=table(), **changes)


def document(*blocks: Any, **cover_changes: Any) -> Document:
    """Return a document of a cover and ``blocks``."""
    values = {
        "title": ("รายงานผลการประเมิน", "ประจำปีงบประมาณ"),
        "agency": AGENCY,
        "place": "อำเภอศรีบุญเรือง จังหวัดหนองบัวลำภู",
        "agency_id": "hannangam",
        "fiscal_year": 2568,
        "running_title": "รายงานผลการประเมิน",
        "digits": "thai",
        "edition": "publish",
    }
    front = Cover.model_validate(values | cover_changes)
    return Document(cover=front, blocks=(front, *blocks))


# A draft with every kind of block, equal headings and equal figures.
FULL = document(
    Heading(level=1, text="ส่วนที่ ๑"),
    Paragraph(label="สาเหตุ", text="บรรทัดหนึ่ง\nบรรทัดสอง"),
    Paragraph(style="bullet", text="ข้อหนึ่ง"),
    Paragraph(style="bullet", text="ข้อสอง"),
    Heading(level=3, text="ข้ามระดับ"),
    Heading(level=2, text="ซ้ำ"),
    Heading(level=2, text="ซ้ำ"),
    table(),
    figure(),
    figure(),
    Callout(kind="caution", title="ผลรวมไม่ตรง", lines=("ตรวจสอบ",)),
    PageBreak(orientation="landscape"),
    Heading(level=1, text="ส่วนที่ ๒"),
    table(),
    PageBreak(),
    Signature(signers=(("(นายสมชาย ใจดี)", "ผู้จัดทำ"), ("(นางสมหญิง รักชาติ)",))),
    draft=True,
)


HOSTILE = (
    "<script>alert(1)</script>",
    "</style></title><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "a & b &lt;b&gt; &amp;",
    "\"quoted\" 'text' `code`",
    '=HYPERLINK("http://evil.example","x")',
    "]]> --> <!-- ",
    "😀 ครอบครัว",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_in_every_block(text: str) -> None:
    """Whatever a person typed appears letter by letter, in a page and in Jupyter, and makes no element."""
    hostile = document(
        Heading(level=1, text=text),
        Paragraph(text=text, label=text),
        Paragraph(text=text, style="bullet"),
        table(caption=text, notes=(text,), rows=(Row(kind="group", cells=(text,)), Row(cells=(text, text)))),
        Figure(svg=CLIPPED, alt=text, caption=text),
        Callout(kind="note", title=text, lines=(text,)),
        Signature(signers=((text,),)),
        title=(text,),
        agency=text,
        place=text,
        agency_id=text,
        running_title=text,
    )
    page, part = Page(render(hostile)), Page(fragment(Section(blocks=hostile.blocks)))

    assert page.tags() <= Page(render(FULL)).tags()
    assert part.tags() <= Page(fragment(Section(blocks=FULL.blocks))).tags()
    assert text in part.texts("p")
    for tag in ("title", "h1", "h2", "p", "li", "th", "td", "caption", "figcaption", "a"):
        assert any(text in found for found in page.texts(tag)), tag
    assert page.attributes("svg")[0]["aria-label"] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ก\u200bข", "กข"),
        ("\u202eกข\u202c", "กข"),
        ("ก\x00\x07\x1bข", "กข"),
        ("ก\r\nข\rค", "ก\nข\nค"),
        ("ก\tข", "ก ข"),
        ("ก\ud800ข", "กข"),
        ("น้ำ 😀 –", "น้ำ 😀 –"),
    ],
)
def test_characters_that_cannot_be_seen_vanish(text: str, expected: str) -> None:
    """Control, zero-width and direction characters go; marks, emoji and line ends stay."""
    assert clean(text) == expected


def test_page_asks_nothing_of_the_network() -> None:
    """Every link stays in the page or is data, and a policy forbids the rest."""
    page = Page(render(FULL))
    loading = {"src", "srcset", "href", "xlink:href", "action", "data", "poster", "background"}
    addresses = [e.get(name) for e in page.elements for name in loading & {*e.attrib}]
    policies = [meta["content"] for meta in page.attributes("meta") if "http-equiv" in meta]

    assert [address for address in addresses if not address.startswith(("#", "data:"))] == []
    assert policies[0].startswith("default-src 'none';")


def test_styles_load_fonts_from_themselves_only() -> None:
    """The style sheet has no import, and its addresses are data: the two embedded fonts."""
    style = Page(render(FULL)).texts("style")[0]

    assert "@import" not in style
    assert "http" not in style
    assert re.findall(r"url\((.{14})", style) == ["data:font/woff"] * 2


def test_running_title_cannot_leave_its_style_string() -> None:
    """The running title stands in the style sheet as escapes, so that quotes and braces are inert."""
    style = Page(render(document(running_title='"} body{display:none} /*'))).texts("style")[0]

    assert "display:none}" not in style
    assert r'content:"\22 \7d ' in style


def test_ids_are_unique_and_links_meet_them() -> None:
    """Equal headings and equal drawings get ids of their own, and each index entry leads to one."""
    page = Page(render(FULL))
    ids = Counter(element.get("id") for element in page.elements if "id" in element.attrib)

    assert set(ids.values()) == {1}
    assert {link["href"].removeprefix("#") for link in page.attributes("a")} <= set(ids)


def test_heading_ids_outlive_changes_elsewhere() -> None:
    """A heading keeps its id when a section comes before it or the digits change."""
    alone = Page(render(document(Heading(level=1, text="ส่วนที่ 2"))))
    after = Page(render(document(Heading(level=1, text="ใหม่"), Heading(level=1, text="ส่วนที่ ๒"))))

    assert after.attributes("h2")[-1]["id"] == alone.attributes("h2")[0]["id"]


def test_one_h1_and_no_level_is_skipped() -> None:
    """The cover's title is the only h1, and each heading is at most one level below the last."""
    ranks = [int(e.tag[1]) for e in Page(render(FULL)).elements if re.fullmatch(r"h[1-6]", e.tag)]

    assert ranks.count(1) == 1
    assert ranks[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(ranks))


def test_index_lists_levels_one_and_two() -> None:
    """The index names the headings of level 1 and 2 in order, and no others; one of nothing is left out."""
    assert Page(render(FULL)).texts("a")[1:] == ["ส่วนที่ ๑", "ซ้ำ", "ซ้ำ", "ส่วนที่ ๒"]
    assert "nav" not in Page(render(document(Paragraph(text="ก")))).tags()


def test_table_says_what_its_headers_are() -> None:
    """Columns are scoped, groups span the table, and each group is a row group of its own."""
    page = Page(render(document(table())))

    assert page.texts("caption") == ["ตารางที่ ๑ คะแนนตัวชี้วัด"]
    assert [th["scope"] for th in page.attributes("th")] == ["col", "col", "rowgroup", "rowgroup"]
    assert [th["colspan"] for th in page.attributes("th")[2:]] == ["2", "2"]
    assert len(page.attributes("tbody")) == 2
    assert [col["style"] for col in page.attributes("col")] == ["width:75.00%", "width:25.00%"]


@pytest.mark.parametrize(
    "block", [Paragraph(text="ก\nข"), table(), Callout(kind="note", title="", lines=("ก\nข",))]
)
def test_line_end_becomes_a_line_break(block: Any) -> None:
    """A line end in the text of a block starts a new line on the page."""
    assert "br" in Page(render(document(block))).tags()


def test_draft_is_marked_on_the_cover_and_on_every_page() -> None:
    """A draft has the word on its cover and a watermark; a document that is none has neither."""
    draft, final = Page(render(document(draft=True))), Page(render(document()))

    assert "ร่าง" in draft.texts("header")[0]
    assert {"class": "watermark", "aria-hidden": "true"} in draft.attributes("div")
    assert "ร่าง" not in "".join(final.texts("body"))
    assert not any(div.get("class") == "watermark" for div in final.attributes("div"))


def test_page_breaks_part_the_document() -> None:
    """Each page break starts a part in its orientation, and an empty part is no page."""
    page = render(document(PageBreak(), Paragraph(text="ก"), PageBreak(orientation="landscape"), table()))

    assert [part["class"] for part in Page(page).attributes("section")] == ["part portrait", "part landscape"]


@pytest.mark.parametrize(("digits", "style"), [("thai", "counter(page, thai)"), ("arabic", "counter(page)")])
def test_page_numbers_follow_the_digits_of_the_document(digits: str, style: str) -> None:
    """Printed page numbers are in the digits of the text."""
    assert f"content:{style}" in render(document(digits=digits))


def test_page_names_its_agency_and_year_for_machines() -> None:
    """A checker can read from the head whose document it is, of which year, in which edition."""
    found = {
        meta.get("name"): meta["content"]
        for meta in Page(render(document())).attributes("meta")
        if "name" in meta
    }

    assert found["ita-nb:agency-id"] == "hannangam"
    assert found["ita-nb:fiscal-year"] == "2568"
    assert found["ita-nb:edition"] == "publish"


def test_figure_is_told_in_words_and_numbers() -> None:
    """A figure is an image with a description, its takeaway above it, and its data in a table to unfold."""
    page = Page(render(document(table(), figure())))
    (drawing,) = page.attributes("svg")

    assert (drawing["role"], drawing["aria-label"]) == ("img", "คะแนนสิบตัวชี้วัด")
    assert page.texts("figcaption") == ["ภาพที่ ๑ ตัวชี้วัดที่ ๙ ต่ำที่สุด"]
    assert [e.tag for e in page.elements if e.tag in {"figcaption", "svg"}] == ["figcaption", "svg"]
    assert "ข้อมูลของแผนภาพ" in page.texts("summary")
    assert page.texts("caption")[1:] == ["คะแนนตัวชี้วัด"]
    assert [found.get("class") for found in page.attributes("table")] == [None, "data"]


def test_captions_in_jupyter_have_no_number() -> None:
    """A section does not know what stands before it in the document, so its captions are not counted."""
    page = Page(fragment(Section(blocks=(table(), figure()))))

    assert page.texts("caption")[0] == "คะแนนตัวชี้วัด"
    assert page.texts("figcaption") == ["ตัวชี้วัดที่ ๙ ต่ำที่สุด"]


def test_empty_heading_of_a_column_is_no_header() -> None:
    """A column without a name has an empty cell above it, for a header would say nothing."""
    columns = (Column(heading="ตัวชี้วัด"), Column(heading=" \u200b"))
    page = Page(render(document(Table(columns=columns, rows=(Row(cells=("ก", "ข")),)))))

    assert page.texts("th") == ["ตัวชี้วัด"]
    assert page.texts("td") == ["", "ก", "ข"]


@pytest.mark.parametrize(
    "show", [lambda block: render(document(block)), lambda b: fragment(Section(blocks=(b,)))]
)
def test_empty_table_says_so_in_one_cell(show: Callable[[Table], str]) -> None:
    """Where a table has no rows, a cell over all columns says it, in the page and in Jupyter."""
    page = Page(show(table(rows=())))

    assert page.texts("td") == [NO_ROWS]
    assert [cell["colspan"] for cell in page.attributes("td")] == ["2"]


def test_seal_is_a_picture_with_a_description() -> None:
    """The emblem stands on the cover, inside the page, and is said in words; without one nothing does."""
    seal = Seal(png="iVBORw0KGgo=", alt="ตราสัญลักษณ์")

    assert Page(render(document(seal=seal))).attributes("img") == [
        {"class": "seal", "src": "data:image/png;base64,iVBORw0KGgo=", "alt": "ตราสัญลักษณ์"}
    ]
    assert "img" not in Page(render(document())).tags()


def test_title_without_a_page_of_its_own_stands_above_the_first_part() -> None:
    """Where the cover is switched off, what precedes the first part precedes the title too."""
    memo, part = Heading(level=2, text="บันทึกข้อความ"), Heading(level=1, text="ส่วนที่ ๑")
    page = Page(render(document(memo, PageBreak(), part, shown=False)))

    assert [e.tag for e in page.elements if re.fullmatch(r"h[1-6]", e.tag)] == ["h2", "h1", "h2"]
    assert [part["class"] for part in page.attributes("section")] == ["part portrait"] * 2
    assert [header["class"] for header in page.attributes("header")] == ["cover small-cover"]


BAD_DRAWINGS = {
    "script": "<script>alert(1)</script>",
    "event": '<path onclick="alert(1)" onload="x" d="M0 0"/>',
    "foreign object": '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">x</body></foreignObject>',
    "other namespace": '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
    "style sheet": "<style>*{display:none}</style>",
    "link": '<a xlink:href="javascript:alert(1)"><path d="M0 0"/></a>',
    "outside picture": '<image href="https://evil.example/x.png"/>',
    "svg in a picture": '<image href="data:image/svg+xml;base64,AAAA"/>',
    "outside use": '<use xlink:href="https://evil.example/x.svg#a"/>',
    "animation": '<set attributeName="href" to="javascript:alert(1)"/>',
    "outside fill": '<path fill="url(https://evil.example/#a)" d="M0 0"/>',
    "outside fill in a style": '<path style="fill:url(//evil.example/a);stroke:red" d="M0 0"/>',
    "escaped address": '<path style="fill:u\\72l(evil.example)" d="M0 0"/>',
    "import": '<path style="@import evil.example;background:url(evil.example)" d="M0 0"/>',
    "image set": '<path style="fill:image-set(\'evil.example\' 1x)" d="M0 0"/>',
    "comment": "<!-- evil.example --><?evil.example?>",
    "metadata": "<metadata>evil.example</metadata>",
    "text": "<text>&lt;script&gt;evil</text>",
}


TRACES = r"<script|javascript|onclick|onload|foreign|<style|<a |://|//evil|evil\.|svg\+xml|background"


@pytest.mark.parametrize("inside", BAD_DRAWINGS.values(), ids=BAD_DRAWINGS)
def test_drawing_keeps_nothing_but_drawing(inside: str) -> None:
    """Scripts, events, style sheets, foreign content and outside addresses are gone from a drawing."""
    safe = str(safe_svg(SVG.format(inside + '<path d="M1 1"/>'), "f"))

    assert re.findall(TRACES, safe, re.IGNORECASE) == []
    assert '<path d="M1 1" />' in safe


KEPT: dict[str, tuple[str, list[str], list[str]]] = {
    "shapes, colours, local references and embedded pictures": (
        SVG.format(
            '<defs><path id="g" d="M0 0L1 1"/></defs><g transform="translate(1 2) scale(.1 -.1)">'
            '<use xlink:href="#g" x="3" style="fill: #1f77b4; stroke: rgb(1, 2, 3)"/></g>'
            '<image href="data:image/png;base64,iVBORw0KGgo="/>'
        ),
        [
            '<path id="f-1" d="M0 0L1 1" />',
            '<use href="#f-1" x="3" style="fill:#1f77b4;stroke:rgb(1, 2, 3)" />',
            'transform="translate(1 2) scale(.1 -.1)"',
            'href="data:image/png;base64,iVBORw0KGgo="',
        ],
        [],
    ),
    "ids that something refers to, under the drawing's name": (
        CLIPPED,
        ['id="f-1"', 'clip-path="url(#f-1)"'],
        ['id="a"', 'id="b"', 'id="f-2"'],
    ),
    "the first bearer of an id": (
        SVG.format('<path id="a" d="M0 0"/><path id="a" d="M1 1"/><use href="#a"/>'),
        ['<path id="f-1" d="M0 0" />', '<path d="M1 1" />', 'href="#f-1"'],
        [],
    ),
    "its size as a view box, so that it fits its column": (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="100pt"/>',
        ['viewBox="0 0 200 100"'],
        ["width="],
    ),
    "spaces between the numbers of a path, none around its letters": (
        SVG.format('<path d="M 1 2  L -3.5 4 \n z"/>'),
        ['<path d="M1 2L-3.5 4z" />'],
        [],
    ),
}


@pytest.mark.parametrize(("svg", "kept", "gone"), KEPT.values(), ids=KEPT)
def test_drawing_keeps_what_it_needs(svg: str, kept: list[str], gone: list[str]) -> None:
    """What a drawing is made of survives, in its shortest form and under names of its own."""
    safe = str(safe_svg(svg, "f"))

    assert [passage for passage in kept if passage not in safe] == []
    assert [passage for passage in gone if passage in safe] == []


def test_any_sign_in_a_drawing_s_words_is_read_back() -> None:
    """Quotes, angles, ampersands and line ends are escaped: the words of a drawing are whole."""
    said = "\"ก\" & 'ข' <ค>\nง"
    written = said.replace("&", "&amp;").replace("<", "&lt;")
    safe = safe_svg(SVG.format(f"<text>{written}<tspan>จ</tspan>&amp;</text>"), "f", said)

    root = fromstring(str(safe))
    assert root.get("aria-label") == said
    assert "".join(root.itertext()) == f"{said}จ&"


def test_jupyter_shows_the_rest_of_a_section_with_a_broken_drawing() -> None:
    """In Jupyter a drawing that cannot be shown is replaced by the reason, and the rest stays."""
    page = Page(fragment(Section(blocks=(Paragraph(text="ก่อน"), figure("เสีย"), Paragraph(text="หลัง")))))

    assert page.texts("p")[0] == "ก่อน"
    assert page.texts("p")[-1] == "หลัง"
    assert "ภาพ SVG ที่สมบูรณ์" in page.texts("pre")[0]


def test_fragment_shows_every_kind_of_block() -> None:
    """The snippet takes all blocks of the contract, without ids that could meet those of Jupyter."""
    page = Page(fragment(Section(blocks=FULL.blocks)))

    assert AGENCY in "".join(page.texts("div"))
    assert [e.get("id") for e in page.elements if not e.get("id", "f-").startswith("f-")] == []


def test_fragment_style_reaches_its_own_content_only() -> None:
    """Each rule begins with the snippet's class, and none sets a colour of text."""
    style = Page(fragment(Section(blocks=()))).texts("style")[0]

    selectors = [part for rule in re.findall(r"([^{}]+)\{", style) for part in rule.split(",")]
    assert [part for part in selectors if not re.match(r"\s*div\.ita-nb(\.ita-nb)?( |$)", part)] == []
    assert re.findall(r"[{;]color:(?!inherit)", style) == []


def test_fragment_adds_little() -> None:
    """The style that every output carries is under 2 KB."""
    assert len(fragment(Section(blocks=())).encode()) < 2_000


def test_rendering_again_gives_the_same_page() -> None:
    """A page depends on its document alone."""
    assert render(FULL) == render(FULL)
