"""The real report as a reader gets it: its PDF pages and its HTML file."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import nbformat
import pikepdf
import pypdfium2
import pytest
from documents import page_texts

from ita_nb.document.blocks import Document, PageBreak
from ita_nb.document.notebook import read_document
from ita_nb.document.sheet import printable
from ita_nb.thai import words

NAMES = ("องค์การบริหารส่วนตำบลหันนางาม", "หันนางาม", "ศรีบุญเรือง", "หนองบัวลำภู")
# Latin words that official Thai documents write as they are, and the marks of the provenance.
LATIN = set("ITA IIT EIT OIT ITAS E-Service Service URL url e-GP GP PDF QR hannangam ita-nb ita nb".split())


@pytest.fixture(scope="module")
def document(real_report: dict[str, Path]) -> Document:
    """The blocks of the real report."""
    text = real_report[".ipynb"].read_text(encoding="utf-8")
    return read_document(nbformat.reads(text, as_version=4))


@pytest.fixture(scope="module")
def pages(real_report: dict[str, Path]) -> tuple[str, ...]:
    """The text of each PDF page."""
    return page_texts(real_report[".pdf"])


def block_texts(document: Document) -> list[str]:
    """Every text that the document prints, a line each."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in {"svg", "alt"}:
                    walk(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                walk(inner)
        elif isinstance(value, str):
            found.extend(printable(value).split("\n"))

    walk(document.model_dump())
    return found


def test_pages_are_a4(real_report: dict[str, Path]) -> None:
    """Every page is A4, upright or turned."""
    pdf = pypdfium2.PdfDocument(real_report[".pdf"])
    sizes = {tuple(sorted(round(side) for side in page.get_size())) for page in pdf}

    assert sizes == {(595, 842)}


def test_fonts_are_embedded(real_report: dict[str, Path]) -> None:
    """Every font is the bundled one, embedded."""
    with pikepdf.open(real_report[".pdf"]) as pdf:
        fonts = [
            o
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]
        state = {("Sarabun" in str(f.FontName), "/FontFile2" in f or "/FontFile3" in f) for f in fonts}

    assert state == {(True, True)}


@pytest.mark.parametrize(
    "word",
    ["กำหนด", "น้ำหนัก", "ประจำ", "ทำให้", "คำถาม", "จำนวน", "หน้าที่", "ตั้งแต่", "ที่", "ผู้รับผิดชอบ", "๔๙.๗๔", "๙๔.๑๘"],
)
def test_text_can_be_searched(pages: tuple[str, ...], word: str) -> None:
    """Words with sara am and stacked marks are found in the text layer."""
    assert word in "".join(pages)


def test_no_word_is_broken_at_a_line_end(document: Document, pages: tuple[str, ...]) -> None:
    """Wherever a line ends between two Thai letters, a word ends there too."""
    sources = [(re.sub(r"\s+", "", text), boundaries(text)) for text in set(block_texts(document))]
    broken = []
    for page in pages:
        lines = [line.strip() for line in page.split("\n") if line.strip()]
        for above, below in itertools.pairwise(lines):
            if not (thai(above[-1]) and thai(below[0])):
                continue
            tail, head = re.sub(r"\s+", "", above)[-8:], re.sub(r"\s+", "", below)[:8]
            places = [(b, text.find(tail + head) + len(tail)) for text, b in sources if tail + head in text]
            broken += [tail + "|" + head] if places and not any(at in b for b, at in places) else []

    assert broken == []


def test_no_number_is_broken_at_a_line_end(pages: tuple[str, ...]) -> None:
    """No line ends inside a number."""
    assert [m for text in pages for m in re.findall(r"[0-9๐-๙][.,]\n[0-9๐-๙]+", text)] == []


def thai(character: str) -> bool:
    """Whether a character is a Thai letter or mark."""
    return "\u0e01" <= character <= "\u0e4e"


def boundaries(text: str) -> set[int]:
    """The places in a text without its spaces where a word begins."""
    found, at = set(), 0
    for word in words(text, NAMES):
        found.add(at)
        at += len(re.sub(r"\s+", "", word))
    return found


def test_no_english_label(pages: tuple[str, ...]) -> None:
    """No English word is left but names that Thai documents use."""
    text = re.sub(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{6,}\b|[๐-๙0-9.]+\+[0-9a-f]+", " ", "\n".join(pages))
    found = set(re.findall(r"[A-Za-z]+(?:-[A-Za-z]+)*", text))

    assert {word for word in found if word not in LATIN and not re.fullmatch("[ieo]", word)} == set()


def test_no_page_is_empty(pages: tuple[str, ...]) -> None:
    """Every page holds more than its header and number."""
    assert [i for i, text in enumerate(pages, start=1) if len(text.strip()) < 80] == []


def test_measures_header_is_repeated(
    document: Document, pages: tuple[str, ...], real_report: dict[str, Path]
) -> None:
    """Each landscape page of the measures table has the official headings."""
    pdf = pypdfium2.PdfDocument(real_report[".pdf"])
    turned = [
        re.sub(r"\s+", "", text) for page, text in zip(pdf, pages, strict=True) if page.get_width() > 800
    ]

    assert any(isinstance(b, PageBreak) and b.orientation == "landscape" for b in document.blocks)
    assert len(turned) > 1
    assert [text for text in turned if "ขั้นตอนหรือวิธีการปฏิบัติ" not in text] == []


def test_table_cells_are_all_in_the_pdf(document: Document, pages: tuple[str, ...]) -> None:
    """Every cell of every table stands in the PDF, to the last digit."""
    from ita_nb.document.blocks import Table

    whole = re.sub(r"\s+", "", "".join(pages))
    cells = {
        re.sub(r"\s+", "", printable(line))
        for block in document.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row.cells
        for line in cell.split("\n")
    }

    # A line that runs over a page break is parted by header and number: its beginning must be there.
    assert sorted(cell for cell in cells if cell[:25] not in whole) == []


def test_html_needs_nothing_from_outside(real_report: dict[str, Path]) -> None:
    """The HTML file loads nothing: no address in src, href or url() but its own."""
    html = real_report[".html"].read_text(encoding="utf-8")
    loads = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)["']|url\(\s*["']?([^"')]*)""", html)

    assert [u for pair in loads for u in pair if u and not u.startswith(("#", "data:"))] == []


def test_html_is_small(real_report: dict[str, Path]) -> None:
    """The HTML file of the demo report stays under 700 KB."""
    assert real_report[".html"].stat().st_size < 700_000
