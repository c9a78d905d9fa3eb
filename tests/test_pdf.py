"""The PDF: what is on its pages, what it looks like to a reader of the file, and what it survives."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from documents import page_texts
from PIL import Image
from reading import runs, squeezed
from specimen import picture

from ita_nb import thai
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
    Signature,
    Table,
)
from ita_nb.document.pdf import render

A4 = (595, 842)
AGENCY = "องค์การบริหารส่วนตำบลหนองหว้า"
COVER = Cover(
    title=("การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส", "ในการดำเนินงานของหน่วยงานภาครัฐ"),
    agency=AGENCY,
    place="อำเภอเมืองแพร่ จังหวัดแพร่",
    agency_id="nongwa",
    fiscal_year=2568,
    running_title="การวิเคราะห์ผลการประเมิน",
    digits="thai",
    edition="working",
)
TEXT = (
    f"จากการประเมินคุณธรรมและความโปร่งใสในการดำเนินงานของหน่วยงานภาครัฐ {AGENCY} อำเภอเมืองแพร่ จังหวัดแพร่ มีผลคะแนน "
    "๙๔.๑๘ คะแนน อยู่ในระดับผ่านดี โดยตัวชี้วัดที่ได้คะแนนสูงสุด ได้แก่ การเปิดเผยข้อมูล และตัวชี้วัดที่ได้คะแนนต่ำสุด ได้แก่ "
    "ประสิทธิภาพการสื่อสาร ซึ่งเจ้าหน้าที่ผู้รับผิดชอบได้วิเคราะห์ประเด็นที่ต้องพัฒนา (ร้อยละ ๙๕.๔๐% ของผู้ตอบทั้งสิ้น) "
    'และกำหนดมาตรการต่าง ๆ เพื่อยกระดับการให้บริการประชาชน "ทั้งนี้" ได้แต่งตั้งคณะทำงานขับเคลื่อนฯ ตามคำสั่งที่ ๑๒๕/๒๕๖๘ '
    "ลงวันที่ ๑ ตุลาคม ๒๕๖๘ ฟื้นฟูสิทธิ์ชายฝั่ง ดูรายละเอียดได้ที่ https://www.nongwa.go.th/ita/o11/report.pdf และ/หรือ"
)
WORDS = tuple(
    "แต่งตั้ง น้ำหนัก กำหนด ปี่ ป้า ปั๊ม ญู ฐุ ทั้งสิ้น ที่ดี สิทธิ์ การดำเนินงาน เจ้าหน้าที่ ขั้นตอน ฟื้นฟู ชายฝั่ง ประพฤติมิชอบ".split()
)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}"><rect width="{0}" height="{1}"/></svg>'
)
HOSTILE = (
    r"""#sys.exit <b> $x$ =cmd @ref *a* _b_ `c` \u{41} [x] // /* "q" 's' ~ -- --- #import "x" %PDF )Tj"""
)


@cache
def pdf(*blocks: Block, cover: Cover = COVER) -> bytes:
    """Render a cover and blocks; the same ones are rendered once for all tests."""
    return render(Document(cover=cover, blocks=(cover, *blocks)))


def sizes(file: bytes) -> list[tuple[int, int]]:
    """Return each page's width and height in whole points."""
    with pypdfium2.PdfDocument(file) as document:
        return [(round(page.get_width()), round(page.get_height())) for page in document]


def in_one_line(file: bytes) -> str:
    """Return the whole text without its line ends."""
    return " ".join(" ".join(page_texts(file)).split())


def table(*rows: tuple[str, ...], headings: tuple[str, ...] = ("ที่", "ขั้นตอน", "หมายเหตุ")) -> Table:
    """Return a table of plain rows."""
    return Table(
        columns=tuple(Column(heading=heading) for heading in headings),
        rows=tuple(Row(cells=cells) for cells in rows),
        caption="ตารางตัวอย่าง",
    )


def body_lines(file: bytes) -> Iterator[str]:
    """Yield the text lines between each page's header and its number; the cover has none."""
    for page in page_texts(file)[1:]:
        yield from (line.strip() for line in page.split("\n")[1:-1])


def beside_empty(text: str, width: float) -> Table:
    """Return a table of one long cell, ``width`` times as wide as the empty one beside it."""
    columns = (Column(heading="ก", width=width), Column(heading="ข"))
    return Table(columns=columns, rows=(Row(cells=(text, "")),))


def word_ends(text: str, parted: tuple[str, ...] = ()) -> set[int]:
    """Return the places in ``text`` where a line may end; ``parted`` are the parts of the agency's name."""
    ends, at = {0}, 0
    for word in thai.words(text, (AGENCY, "อำเภอเมืองแพร่", "จังหวัดแพร่")):
        for part in parted if word == AGENCY and parted else (word,):
            at += len(part)
            ends.add(at)
    return ends


EVERYTHING: tuple[Block, ...] = (
    Heading(level=1, text="๑. ผลการประเมิน"),
    Paragraph(text=TEXT, style="lead"),
    Paragraph(text=TEXT, label="สาเหตุที่"),
    Paragraph(text=TEXT, style="bullet"),
    Paragraph(text=TEXT, style="small"),
    Heading(level=2, text="๑.๑ แผนภาพ"),
    Figure(svg=SVG.format(300, 200), alt="สี่เหลี่ยม", caption="ภาพที่ ๑"),
    Callout(kind="caution", title="โปรดอ่าน", lines=(TEXT,)),
    PageBreak(orientation="landscape"),
    Heading(level=1, text="๒. มาตรการ"),
    table(*[(str(n), TEXT, "") for n in range(12)]),
    PageBreak(),
    Signature(signers=(("(นายสมชาย ดีเลิศ)", f"นายก{AGENCY}"), ("(นางสมหญิง ใจซื่อ)", "ผู้จัดทำ"))),
)


def test_pages_are_a4() -> None:
    """Every page is A4, upright or turned."""
    assert set(sizes(pdf(*EVERYTHING))) == {A4, A4[::-1]}


def test_orientation_changes_at_page_breaks() -> None:
    """The pages after a page break have its orientation, and no page between is empty."""
    turned = PageBreak(orientation="landscape")
    file = pdf(
        turned, Paragraph(text="หนึ่ง"), turned, Paragraph(text="สอง"), PageBreak(), Paragraph(text="สาม")
    )
    assert sizes(file) == [A4, A4[::-1], A4[::-1], A4]


@pytest.mark.parametrize(
    "blocks",
    [
        (),
        (PageBreak(), PageBreak(orientation="landscape"), PageBreak()),
        (Paragraph(text=""), Heading(level=1, text=" "), Signature(signers=())),
    ],
    ids=["nothing", "only breaks", "nothing to see"],
)
def test_nothing_makes_no_page(blocks: tuple[Block, ...]) -> None:
    """Blocks without content leave the cover alone."""
    assert len(page_texts(pdf(*blocks))) == 1


def test_only_sarabun_is_embedded() -> None:
    """The fonts are Sarabun regular and bold, both embedded."""
    with pikepdf.open(io.BytesIO(pdf(*EVERYTHING))) as document:
        fonts = [font for page in document.pages for font in page.resources.get("/Font", {}).values()]
        found = {
            (str(font.BaseFont).partition("+")[2], "/FontFile2" in font.DescendantFonts[0].FontDescriptor)
            for font in fonts
        }
    assert found == {("Sarabun-Regular", True), ("Sarabun-Bold", True)}


@pytest.mark.parametrize("text", [TEXT, "😀 漢字 \u200b\x00 ﷽", HOSTILE], ids=["Thai", "foreign", "hostile"])
def test_no_glyph_is_missing(text: str) -> None:
    """No run shows glyph 0, the box for a character that the font lacks."""
    with pikepdf.open(io.BytesIO(pdf(Paragraph(text=text), table((text, text, text))))) as document:
        assert [run.text for run in runs(document) if 0 in run.glyphs] == []


@pytest.mark.parametrize(
    "block",
    [
        Heading(level=1, text=" ".join(WORDS)),
        Paragraph(text=" ".join(WORDS)),
        Paragraph(text="", label=" ".join(WORDS)),
        Callout(kind="note", title=" ".join(WORDS)),
        beside_empty(" ".join(WORDS), 1),
        Table(columns=(Column(heading="ก"),), rows=(Row(cells=(" ".join(WORDS),), kind="total"),)),
        Table(columns=(Column(heading="ก"),), rows=(Row(cells=(" ".join(WORDS),), kind="group"),)),
        Signature(signers=(WORDS, WORDS)),
    ],
    ids=lambda block: block.type,
)
def test_words_are_exact(block: Block) -> None:
    """Every word comes out of the file as it went in, at every size and weight of the page."""
    found = in_one_line(pdf(block, Paragraph(text=TEXT))).split()
    assert [word for word in WORDS if word not in found] == []


def test_cover_is_exact() -> None:
    """The cover says title, agency and place, and nothing else."""
    assert page_texts(pdf())[0].split("\n") == [*COVER.title, COVER.agency, COVER.place]


@pytest.mark.parametrize(
    ("block", "parted"),
    [
        (Paragraph(text=TEXT * 6), ()),
        (Paragraph(text=TEXT * 6, style="small"), ()),
        (Callout(kind="note", title="ก", lines=(TEXT * 6,)), ()),
        (beside_empty(TEXT * 6, width=1), ()),
        (beside_empty(TEXT * 6, width=0.5), ("องค์การบริหารส่วนตำบล", "หนอง", "หว้า")),
        (beside_empty(TEXT * 6, width=0.3), ("องค์การ", "บริหาร", "ส่วน", "ตำบล", "หนอง", "หว้า")),
    ],
    ids=["body", "small", "callout", "half", "third", "quarter"],
)
def test_lines_end_between_words(block: Block, parted: tuple[str, ...]) -> None:
    """No line ends inside a word, but in a name wider than its cell; together the lines are the text."""
    text = TEXT * 6
    ends = word_ends(text, parted)
    position = 0
    for line in body_lines(pdf(block)):
        start = position + (text[position : position + 1] == " ")
        if text.startswith(line, start):
            position = start + len(line)
            address = "http" in text[:position].rpartition(" ")[2]  # broken where it is wider than its cell
            assert position in ends or address, f"a line ends with {line[-20:]!r}"
    assert position == len(text)


@pytest.mark.parametrize("start", ["ๆ", "ฯ", ")", "%", "”"])
def test_signs_do_not_start_a_line(start: str) -> None:
    """Signs that belong to the word before never start a line, at any width of the column."""
    sentence = "ขั้นตอนต่าง ๆ ของกรุงเทพฯ (ฉบับแก้ไข) คิดเป็น ๙๕% ของ “ทั้งหมด” "
    for width in (0.4, 0.5, 0.7, 1, 1.3):
        lines = body_lines(pdf(beside_empty(sentence * 12, width)))
        assert not [line for line in lines if line.startswith(start)]


@pytest.mark.parametrize(
    "word", ["https://www.nongwa.go.th/" + "a" * 90, "ก" * 60, "x" * 60, "น้ำ" * 30, AGENCY * 2]
)
def test_wide_words_stay_in_their_cell(word: str) -> None:
    """A word wider than its cell is broken and not drawn over its neighbour."""
    columns = (Column(heading="ก"), Column(heading="ข", width=5))
    document = pypdfium2.PdfDocument(pdf(Table(columns=columns, rows=(Row(cells=(word, "ขอบ")),))))
    page = document[1].get_textpage()
    border = next(
        page.get_charbox(i)[0] for i in range(page.count_chars()) if page.get_text_range(i, 3) == "ขอบ"
    )
    body = [page.get_charbox(i) for i in range(page.count_chars())]
    rights = [right for left, _, right, top in body if left < border and top < A4[1] - 110]
    document.close()
    assert max(rights) <= border + 0.5


def test_header_row_is_repeated() -> None:
    """A long table shows its header row on each of its pages."""
    found = page_texts(pdf(table(*[(str(n), "ขั้นตอน", "ข") for n in range(80)])))
    assert len(found) > 3
    assert all("ที่ ขั้นตอน หมายเหตุ" in page for page in found[1:])


def test_rows_are_whole() -> None:
    """A row that fits a page is not parted."""
    lines = "\n".join(f"ขั้นที่ {n}" for n in range(20))
    found = page_texts(pdf(table(*[("ก", lines, "ข")] * 4)))
    assert all(page.count("ขั้นที่ 0") == page.count("ขั้นที่ 19") for page in found)


def test_group_row_is_not_left_behind() -> None:
    """A group row never stands at the foot of a page without a row of its group."""
    for before in range(24, 34):
        rows = [Row(cells=("ก",))] * before + [Row(cells=("กลุ่ม",), kind="group"), Row(cells=("แถวแรก",))]
        found = page_texts(pdf(Table(columns=(Column(heading="ห"),), rows=tuple(rows))))
        assert all(("กลุ่ม" in page) == ("แถวแรก" in page) for page in found)


def test_caption_stays_with_its_table_and_heading_with_its_text() -> None:
    """Headings and captions never stand alone at the foot of a page."""
    for before in range(20, 30):
        blocks = [Paragraph(text="บรรทัด")] * before
        after = (Heading(level=2, text="หัวเรื่อง"), table(("หนึ่ง", "", "")))
        found = page_texts(pdf(*blocks, *after))
        assert all(("หัวเรื่อง" in page) == ("ตารางตัวอย่าง" in page) == ("หนึ่ง" in page) for page in found[1:])


@pytest.mark.parametrize(
    "cell",
    ["การดำเนินงาน " * 240, "ก็" * 1500, "x" * 3000, "\n".join(f"{n}. ขั้นตอน" for n in range(200))],
    ids=["3,000 letters", "no words", "one word", "200 lines"],
)
def test_large_cells_are_complete(cell: str) -> None:
    """A cell of any length is shown whole, over as many pages as it takes."""
    lines = [line for line in body_lines(pdf(beside_empty(cell, 1))) if line != "ก ข"]
    assert "".join("".join(lines).split()) == "".join(cell.split())


def test_hostile_text_is_only_text() -> None:
    """Text that looks like commands of Typst or PDF is printed, wherever it stands."""
    cover = COVER.model_copy(
        update={"agency": HOSTILE, "place": HOSTILE, "title": (HOSTILE,), "running_title": "ก"}
    )
    blocks = (
        Heading(level=1, text=HOSTILE),
        Paragraph(text=HOSTILE, label=HOSTILE),
        table((HOSTILE,), headings=(HOSTILE,)),
        Callout(kind="error", title=HOSTILE, lines=(HOSTILE,)),
        Signature(signers=((HOSTILE,),)),
        Figure(svg=SVG.format(9, 9), alt=HOSTILE, caption=HOSTILE, width=0.1),
    )
    assert in_one_line(pdf(*blocks, cover=cover)).count(HOSTILE) == 13


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ดี 😀 มาก 漢字\u200b จ\x00บ", "ดี ? มาก ?? จบ"),
        *((f"หนึ่ง{space}สอง", "หนึ่ง สอง") for space in "\u2003\u202f\u3000\u00a0"),
    ],
    ids=ascii,
)
def test_every_sign_is_shown_as_it_can_be(text: str, shown: str) -> None:
    """What Sarabun cannot draw is a question mark, what cannot be seen vanishes, every space is a space."""
    assert shown in in_one_line(pdf(Paragraph(text=text)))


def test_watermark() -> None:
    """The word ร่าง stands on every page of a draft, on no other, and leaves the text as it is."""
    draft, final = pdf(*EVERYTHING, cover=COVER.model_copy(update={"draft": True})), pdf(*EVERYTHING)
    assert all("ร่าง" in page for page in page_texts(draft))
    assert "ร่าง" not in in_one_line(final)
    assert in_one_line(draft).replace("ร่าง", "").split() == in_one_line(final).split()


@pytest.mark.parametrize(("digits", "expected"), [("thai", ["๑", "๒"]), ("arabic", ["1", "2"])])
def test_page_numbers(digits: thai.Digits, expected: list[str]) -> None:
    """Pages are numbered after the cover, in the document's digits."""
    cover = COVER.model_copy(update={"digits": digits})
    found = page_texts(pdf(Paragraph(text="ก"), PageBreak(), Paragraph(text="ข"), cover=cover))
    assert [page.split("\n")[-1] for page in found[1:]] == expected


def test_running_header() -> None:
    """Every page but the cover names the document and the agency."""
    header = f"{COVER.running_title} {COVER.agency}"
    assert [page.split("\n")[0] == header for page in page_texts(pdf(*EVERYTHING))[:3]] == [False, True, True]


OFFICE = "สำนักงานส่งเสริมการปกครองท้องถิ่น"
LONG_OFFICE = f"{OFFICE}และองค์การบริหารส่วนจังหวัดพระนครศรีอยุธยา สาขาตะวันออก"


@pytest.mark.parametrize(
    ("agency", "title", "said"),
    [
        ("ก็" * 400, "การดำเนินงาน" * 40, "…"),
        (OFFICE * 12, COVER.running_title, "…"),
        (LONG_OFFICE, COVER.running_title, LONG_OFFICE),
    ],
    ids=["400 signs", "12 names", "three lines"],
)
def test_long_names_stay_in_the_header(agency: str, title: str, said: str) -> None:
    """A name is set smaller, or ends in an ellipsis: cut, it could name another agency; the text goes on."""
    cover = COVER.model_copy(update={"agency": agency, "running_title": title})
    page = squeezed(page_texts(pdf(Paragraph(text="เนื้อความ"), cover=cover))[-1])
    assert squeezed(said) in page
    assert "เนื้อความ" in page


def test_tall_figure_fits_the_page() -> None:
    """A drawing taller than the page is made smaller, and its caption is beside it."""
    found = page_texts(pdf(Figure(svg=SVG.format(10, 9000), alt="เสา", caption="เสาสูง")))
    assert "เสาสูง" in found[1]


def test_bookmarks() -> None:
    """Headings are the bookmarks; a level left out is closed up."""
    levels = (1, 3, 2, 1)
    with (
        pikepdf.open(io.BytesIO(pdf(*[Heading(level=n, text=f"หัวข้อ {n}") for n in levels]))) as document,
        document.open_outline() as outline,
    ):
        first, second = outline.root
        assert (first.title, second.title) == ("หัวข้อ 1", "หัวข้อ 1")
        assert [child.title for child in first.children] == ["หัวข้อ 3", "หัวข้อ 2"]


def chapters(count: int) -> tuple[Block, ...]:
    """Return so many parts of a document, each on a page of its own, the second heading of each below it."""
    memo = (Heading(level=2, text="บันทึกข้อความ"), PageBreak())
    parts = [
        (Heading(level=1, text=f"ส่วนที่ {n}"), Heading(level=2, text=f"ข้อ {n} {TEXT[:90]}"), PageBreak())
        for n in range(1, count + 1)
    ]
    return (*memo, *(block for part in parts for block in part))


def test_contents_name_headings_and_their_pages() -> None:
    """A long document lists its headings, each a link, with their pages, after a memo that is not listed."""
    file = pdf(*chapters(6))
    found = page_texts(file)
    numbers = re.findall(r"ส่วนที่ (\d)[ .]*([๐-๙]+)", found[2])
    assert numbers == [(str(n), "๐๑๒๓๔๕๖๗๘๙"[n + 2]) for n in range(1, 7)]
    assert ["บันทึกข้อความ" in page for page in found[1:3]] == [True, False]
    assert "สารบัญ" in found[2]
    with pikepdf.open(io.BytesIO(file)) as document:
        assert len(document.pages[2].Annots) >= 12


def test_short_document_has_no_contents() -> None:
    """Few headings need no list of them."""
    assert "สารบัญ" not in in_one_line(pdf(*chapters(2)))


SEAL = Seal(png=picture(), alt="ตราสัญลักษณ์ของหน่วยงาน")


@pytest.mark.parametrize(("seal", "expected"), [(SEAL, 1), (None, 0)], ids=["seal", "none"])
@pytest.mark.parametrize("shown", [True, False], ids=["cover", "title above the text"])
def test_seal_is_on_the_title_page(seal: Seal | None, expected: int, shown: bool) -> None:
    """The agency's seal stands above the title; without one nothing does."""
    cover = COVER.model_copy(update={"seal": seal, "shown": shown})
    page = pypdfium2.PdfDocument(pdf(Heading(level=1, text="ก"), cover=cover))[0]
    assert len([*page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=5)]) == expected


def test_title_is_at_the_same_place_without_a_seal() -> None:
    """The room for a seal stays free where there is none."""
    covers = [COVER.model_copy(update={"seal": seal}) for seal in (SEAL, None)]
    texts = [pypdfium2.PdfDocument(pdf(cover=cover))[0].get_textpage() for cover in covers]
    assert texts[0].get_charbox(0) == pytest.approx(texts[1].get_charbox(0), abs=0.01)


def test_short_table_is_on_one_page() -> None:
    """A table of a few rows that does not fit goes to the next page whole."""
    before = Paragraph(text="\n".join(["บรรทัด"] * 34))
    found = page_texts(pdf(before, table(*[(f"แถวที่ {n}", "", "") for n in range(4)])))
    assert ["แถวที่ 0" in page and "แถวที่ 3" in page for page in found] == [False, False, True]


def test_metadata() -> None:
    """Title and author are in the file, for its readers."""
    with pikepdf.open(io.BytesIO(pdf(*EVERYTHING))) as document:
        assert str(document.docinfo.Title) == " ".join(COVER.title)
        assert str(document.docinfo.Author) == AGENCY


def test_no_element_is_in_another_language() -> None:
    """Thai is said for the whole file, and no element says otherwise: it would be read aloud as that."""
    with pikepdf.open(io.BytesIO(pdf(*EVERYTHING))) as document:
        dictionaries = (thing for thing in document.objects if isinstance(thing, pikepdf.Dictionary))
        assert [str(thing.Lang) for thing in dictionaries if "/Lang" in thing] == ["th-TH"]
        assert b"/Lang" not in b"".join(page.Contents.read_bytes() for page in document.pages)


def test_same_document_gives_same_bytes() -> None:
    """Two renderings are the same to the byte."""
    document = Document(cover=COVER, blocks=(COVER, *EVERYTHING))
    assert render(document) == render(document)


@pytest.mark.parametrize("place", ["/etc/passwd", "secret.png", "../secret.png", "https://a.th/x.png"])
def test_drawing_reads_no_file(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drawing that names a file or an address is drawn without it."""
    Image.new("RGB", (50, 50), "red").save(tmp_path / "secret.png")
    monkeypatch.chdir(tmp_path)
    drawing = SVG.format(9, 9).replace("<rect", f'<image href="{place}" width="9" height="9"/><rect')
    made = pypdfium2.PdfDocument(pdf(Figure(svg=drawing, alt="ภาพ")))
    objects = [kind for page in made for kind in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])]
    assert objects == []


LONG = "ข้อความยาว " * 1500


@pytest.mark.parametrize(
    "block",
    [
        Table(columns=(Column(heading="ก"),), rows=(Row(kind="group", cells=(LONG,)), Row(cells=("ข",)))),
        Table(columns=(Column(heading=LONG), Column(heading="ข")), rows=(Row(cells=("ค", "ง")),)),
        Table(columns=(Column(heading="ก"),), rows=(Row(cells=("ข",)),), caption=LONG),
        Signature(signers=((LONG,),)),
        Callout(kind="note", title=LONG),
    ],
    ids=["group row", "heading", "caption", "signer", "callout"],
)
def test_text_higher_than_a_page_goes_on(block: Block) -> None:
    """Text of several pages is all there, wherever it stands, and none of it outside the page."""
    pages = pypdfium2.PdfDocument(pdf(block))
    texts = [page.get_textpage().get_text_bounded(bottom=40) for page in pages]
    assert "".join(texts).count("ยาว") == 1500


def test_long_heading_is_cut_in_the_bookmarks_only() -> None:
    """A heading longer than the format allows for bookmarks is printed in full."""
    assert in_one_line(pdf(Heading(level=1, text="หัวข้อ " * 2000))).count("หัวข้อ") == 2000
