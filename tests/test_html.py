"""The HTML page: one file, offline, safe with any text, and readable by machine and by ear."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

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
from ita_nb.errors import RenderError

AGENCY = "องค์การบริหารส่วนตำบลหันนางาม"
XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {XMLNS} viewBox="0 0 9 9">{{}}</svg>'
CLIPPED = SVG.format(
    '<clipPath id="a"><rect width="9"/></clipPath><path id="b" clip-path="url(#a)" d="M0 0"/>'
)
VOID = {"meta", "link", "br", "hr", "col", "img", "path", "rect", "use", "image"}


class Page(HTMLParser):
    """The elements of a page in order, and the text inside each."""

    def __init__(self, html: str) -> None:
        """Read ``html``; a tag that does not close fails the test."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, open until its end tag."""
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be the one named."""
        if tag not in VOID:
            assert self.elements[self._open.pop()][0] == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.elements.append((tag, dict(attrs), []))

    def handle_data(self, data: str) -> None:
        """Give a text to all elements around it."""
        for number in self._open:
            self.elements[number][2].append(data)

    def tags(self) -> set[str]:
        """Return the names of the elements."""
        return {tag for tag, _, _ in self.elements}

    def texts(self, tag: str) -> list[str]:
        """Return the text of each element of that name."""
        return ["".join(text) for name, _, text in self.elements if name == tag]

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of that name."""
        return [attributes for name, attributes, _ in self.elements if name == tag]


def cover(**changes: Any) -> Cover:
    """Return a cover; ``changes`` replace its fields."""
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
    return Cover.model_validate(values | changes)


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
    front = cover(**cover_changes)
    return Document(cover=front, blocks=(front, *blocks))


def full() -> Document:
    """Return a draft with every kind of block, equal headings and equal figures."""
    return document(
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
    """Whatever a person typed appears letter by letter, and makes no element of its own."""
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
    page = Page(render(hostile))

    assert page.tags() <= Page(render(full())).tags()
    for tag in ("title", "h1", "h2", "p", "li", "th", "td", "caption", "figcaption", "a"):
        assert any(text in found for found in page.texts(tag)), tag
    assert page.attributes("svg")[0]["aria-label"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_in_jupyter(text: str) -> None:
    """The snippet of a section escapes as the page does."""
    page = Page(fragment(Section(blocks=(Paragraph(text=text), table(caption=text)))))

    assert "script" not in page.tags()
    assert "img" not in page.tags()
    assert text in page.texts("p")[0]


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
    page = Page(render(full()))

    loading = [
        value
        for _, attributes, _ in page.elements
        for name, value in attributes.items()
        if name in {"src", "srcset", "href", "xlink:href", "action", "data", "poster", "background"}
    ]
    assert [value for value in loading if not (value or "").startswith(("#", "data:"))] == []
    policy = [meta["content"] for meta in page.attributes("meta") if "http-equiv" in meta]
    assert policy[0] is not None
    assert policy[0].startswith("default-src 'none';")


def test_styles_load_fonts_from_themselves_only() -> None:
    """The style sheet has no import, and its addresses are data: the two embedded fonts."""
    style = Page(render(full())).texts("style")[0]

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
    page = Page(render(full()))
    ids = Counter(attributes["id"] for _, attributes, _ in page.elements if "id" in attributes)

    assert set(ids.values()) == {1}
    assert {(link["href"] or "").removeprefix("#") for link in page.attributes("a")} <= set(ids)


def test_heading_ids_outlive_changes_elsewhere() -> None:
    """A heading keeps its id when a section comes before it or the digits change."""
    alone = Page(render(document(Heading(level=1, text="ส่วนที่ 2"))))
    after = Page(render(document(Heading(level=1, text="ใหม่"), Heading(level=1, text="ส่วนที่ ๒"))))

    assert after.attributes("h2")[-1]["id"] == alone.attributes("h2")[0]["id"]


def test_one_h1_and_no_level_is_skipped() -> None:
    """The cover's title is the only h1, and each heading is at most one level below the last."""
    ranks = [int(tag[1]) for tag, _, _ in Page(render(full())).elements if re.fullmatch(r"h[1-6]", tag)]

    assert ranks.count(1) == 1
    assert ranks[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(ranks))


def test_index_lists_levels_one_and_two() -> None:
    """The index names the headings of level 1 and 2 in order, and no others."""
    assert Page(render(full())).texts("a")[1:] == ["ส่วนที่ ๑", "ซ้ำ", "ซ้ำ", "ส่วนที่ ๒"]


def test_document_without_headings_has_no_index() -> None:
    """An index of nothing is left out."""
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


@pytest.mark.parametrize(
    ("kind", "title", "expected"),
    [
        ("note", "คะแนนการรับรู้", "หมายเหตุ: คะแนนการรับรู้"),
        ("caution", "ผลรวมไม่ตรง", "ข้อควรระวัง: ผลรวมไม่ตรง"),
        ("draft", "", "ร่าง"),
        ("error", "ไม่พบข้อมูล", "ข้อผิดพลาด: ไม่พบข้อมูล"),
        ("note", "หมายเหตุ", "หมายเหตุ"),
    ],
)
def test_callout_says_its_kind_in_words(kind: Any, title: str, expected: str) -> None:
    """The kind of a callout can be read without seeing its colour."""
    assert expected in Page(render(document(Callout(kind=kind, title=title)))).texts("p")


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
    """A figure is an image with a description, a caption, and its data in a table to unfold."""
    page = Page(render(document(figure())))

    drawing = page.attributes("svg")[0]
    assert (drawing["role"], drawing["aria-label"]) == ("img", "คะแนนสิบตัวชี้วัด")
    assert page.texts("figcaption") == ["ภาพที่ ๑ ตัวชี้วัดที่ ๙ ต่ำที่สุด"]
    assert "ข้อมูลของแผนภาพ" in page.texts("summary")
    assert page.texts("caption") == ["คะแนนตัวชี้วัด"]


def test_takeaway_stands_above_the_drawing() -> None:
    """What a figure shows is its title: it is read before the drawing."""
    order = [tag for tag, _, _ in Page(render(document(figure()))).elements if tag in {"figcaption", "svg"}]

    assert order == ["figcaption", "svg"]


def test_data_behind_a_figure_is_told_from_the_tables_of_the_document() -> None:
    """A figure's own table bears a class, the document's tables none."""
    page = Page(render(document(table(), figure(), table())))

    assert [found.get("class") for found in page.attributes("table")] == [None, "data", None]


def test_captions_are_numbered_through_the_document() -> None:
    """Tables and figures are counted apart, over page breaks, in the digits of the document."""
    page = Page(render(document(table(), figure(), PageBreak(), table(), figure(), digits="arabic")))

    assert [found.split()[0:2] for found in page.texts("figcaption")] == [["ภาพที่", "1"], ["ภาพที่", "2"]]
    numbered = [found for found in page.texts("caption") if found.startswith("ตารางที่")]
    assert [found.split()[1] for found in numbered] == ["1", "2"]


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
    """The emblem stands on the cover, inside the page, and is said in words."""
    seal = Seal(png="iVBORw0KGgo=", alt="ตราสัญลักษณ์")

    assert Page(render(document(seal=seal))).attributes("img") == [
        {"class": "seal", "src": "data:image/png;base64,iVBORw0KGgo=", "alt": "ตราสัญลักษณ์"}
    ]


@pytest.mark.parametrize("shown", [True, False])
def test_without_a_seal_there_is_no_picture(shown: bool) -> None:
    """A cover without an emblem loads none."""
    assert "img" not in Page(render(document(shown=shown))).tags()


def test_title_without_a_page_of_its_own_stands_above_the_first_part() -> None:
    """Where the cover is switched off, what precedes the first part precedes the title too."""
    memo, part = Heading(level=2, text="บันทึกข้อความ"), Heading(level=1, text="ส่วนที่ ๑")
    page = Page(render(document(memo, PageBreak(), part, shown=False)))

    found = [(tag, "".join(text)) for tag, _, text in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert [tag for tag, _ in found] == ["h2", "h1", "h2"]
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


@pytest.mark.parametrize("inside", BAD_DRAWINGS.values(), ids=BAD_DRAWINGS)
def test_drawing_keeps_nothing_but_drawing(inside: str) -> None:
    """Scripts, events, style sheets, foreign content and outside addresses are gone from a drawing."""
    safe = str(safe_svg(SVG.format(inside + '<path d="M1 1"/>'), "f"))

    for trace in (
        "<script",
        "javascript",
        "onclick",
        "onload",
        "foreign",
        "<style",
        "<a ",
        "://",
        "//evil",
        "evil.",
    ):
        assert trace not in safe.lower()
    assert "svg+xml" not in safe
    assert "background" not in safe
    assert '<path d="M1 1" />' in safe


def test_drawing_keeps_what_it_needs() -> None:
    """Shapes, colours, local references and embedded pictures survive."""
    inside = (
        '<defs><path id="g" d="M0 0L1 1"/></defs><g transform="translate(1 2) scale(.1 -.1)">'
        '<use xlink:href="#g" x="3" style="fill: #1f77b4; stroke: rgb(1, 2, 3)"/></g>'
        '<image href="data:image/png;base64,iVBORw0KGgo="/>'
    )

    safe = str(safe_svg(SVG.format(inside), "f"))

    assert '<path id="f-1" d="M0 0L1 1" />' in safe
    assert '<use href="#f-1" x="3" style="fill:#1f77b4;stroke:rgb(1, 2, 3)" />' in safe
    assert 'transform="translate(1 2) scale(.1 -.1)"' in safe
    assert 'href="data:image/png;base64,iVBORw0KGgo="' in safe


def test_any_sign_in_a_drawing_s_words_is_read_back() -> None:
    """Quotes, angles, ampersands and line ends are escaped: the words of a drawing are whole."""
    said = "\"ก\" & 'ข' <ค>\nง"
    written = said.replace("&", "&amp;").replace("<", "&lt;")
    safe = safe_svg(SVG.format(f"<text>{written}<tspan>จ</tspan>&amp;</text>"), "f", said)

    root = fromstring(str(safe))
    assert root.get("aria-label") == said
    assert "".join(root.itertext()) == f"{said}จ&"


def test_drawing_keeps_only_ids_that_are_used() -> None:
    """An id that nothing refers to is dropped, and the others begin with the drawing's name."""
    safe = str(safe_svg(CLIPPED, "f-1"))

    assert re.findall(r'id="([^"]*)"', safe) == ["f-1-1"]
    assert 'clip-path="url(#f-1-1)"' in safe


def test_repeated_id_in_a_drawing_is_given_once() -> None:
    """The first bearer of an id keeps it, so that the page stays valid."""
    twice = '<path id="a" d="M0 0"/><path id="a" d="M1 1"/><use href="#a"/>'

    assert str(safe_svg(SVG.format(twice), "f")).count('id="') == 1


def test_drawing_without_a_view_box_gets_one() -> None:
    """A drawing of fixed size becomes one that fits its column."""
    safe = str(safe_svg('<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="100pt"/>', "f"))

    assert 'viewBox="0 0 200 100"' in safe
    assert "width=" not in safe


NOT_DRAWINGS = {
    "nothing": "",
    "text": "ไม่ใช่ภาพ",
    "cut short": "<svg xmlns='http://www.w3.org/2000/svg'><path>",
    "html": "<html><body/></html>",
    "entities": '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
    "outside entity": '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
    "too deep": "<svg>" + "<g>" * 5000 + "</g>" * 5000 + "</svg>",
}


@pytest.mark.parametrize("svg", NOT_DRAWINGS.values(), ids=NOT_DRAWINGS)
def test_what_is_no_drawing_is_refused(svg: str) -> None:
    """A figure that cannot be shown stops the document: a page without it would look complete."""
    with pytest.raises(RenderError, match="ภาพ SVG ที่สมบูรณ์"):
        render(document(figure(svg)))


def test_jupyter_shows_the_rest_of_a_section_with_a_broken_drawing() -> None:
    """In Jupyter a drawing that cannot be shown is replaced by the reason, and the rest stays."""
    page = Page(fragment(Section(blocks=(Paragraph(text="ก่อน"), figure("เสีย"), Paragraph(text="หลัง")))))

    assert page.texts("p")[0] == "ก่อน"
    assert page.texts("p")[-1] == "หลัง"
    assert "ภาพ SVG ที่สมบูรณ์" in page.texts("pre")[0]


def test_fragment_shows_every_kind_of_block() -> None:
    """The snippet takes all blocks of the contract, without ids that could meet those of Jupyter."""
    page = Page(fragment(Section(blocks=full().blocks)))

    assert AGENCY in "".join(page.texts("div"))
    assert [a["id"] for _, a, _ in page.elements if "id" in a and not (a["id"] or "").startswith("f-")] == []


def test_fragment_style_reaches_its_own_content_only() -> None:
    """Each rule begins with the snippet's class, and none sets a colour of text."""
    style = Page(fragment(Section(blocks=()))).texts("style")[0]

    selectors = [part for rule in re.findall(r"([^{}]+)\{", style) for part in rule.split(",")]
    assert [part for part in selectors if not re.match(r"\s*div\.ita-nb(\.ita-nb)?( |$)", part)] == []
    assert re.findall(r"[{;]color:(?!inherit)", style) == []


def test_fragment_adds_little() -> None:
    """The style that every output carries is under 2 KB."""
    assert len(fragment(Section(blocks=())).encode()) < 2_000


def test_typical_document_is_small() -> None:
    """A report with three drawings, thirty paragraphs and long tables is under 700 KB."""
    rows = tuple(Row(cells=("ขั้นตอนการปฏิบัติงาน " * 12, "๙๕.๔๐")) for _ in range(60))
    prose = tuple(Paragraph(text="ผลการประเมินคุณธรรมและความโปร่งใส " * 20) for _ in range(30))
    drawings = tuple(figure(matplotlib_svg(bars)) for bars in (8, 9, 10))

    assert len(render(document(*prose, table(rows=rows), *drawings)).encode()) < 700_000


def test_real_report_is_small(real_report: dict[str, Path]) -> None:
    """The page of the demo report, fonts and figures included, is under 700 KB."""
    assert real_report[".html"].stat().st_size < 700_000


def test_rendering_again_gives_the_same_page() -> None:
    """A page depends on its document alone."""
    assert render(full()) == render(full())


def test_path_is_written_without_needless_spaces() -> None:
    """Spaces around the letters of a path say nothing; those between its numbers part them."""
    safe = str(safe_svg(SVG.format('<path d="M 1 2  L -3.5 4 \n z"/>'), "f"))

    assert '<path d="M1 2L-3.5 4z" />' in safe


def test_matplotlib_drawings_stay_whole() -> None:
    """Every path and every use of a matplotlib figure is still there after cleaning."""
    svg = matplotlib_svg(10)
    safe = str(safe_svg(svg, "f"))

    assert safe.count("<path") == svg.count("<path")
    assert safe.count('href="#f-') == svg.count("xlink:href=") > 0


def matplotlib_svg(bars: int) -> str:
    """Return a bar chart as the package draws them: text as paths, stable ids."""
    from matplotlib import font_manager, rc_context
    from matplotlib.figure import Figure as Drawing

    from ita_nb.document import sheet

    font_manager.fontManager.addfont(sheet.REGULAR)
    file = io.StringIO()
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "ita-nb", "font.family": sheet.FAMILY}):
        drawing = Drawing(figsize=(7, 4))
        drawing.subplots().barh([f"ตัวชี้วัดที่ {number}" for number in range(bars)], range(bars))
        drawing.savefig(file, format="svg")
    return file.getvalue()
