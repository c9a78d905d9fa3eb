"""HTML, PDF and Word say the same: every table cell by cell, and what the PDF promises its readers."""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterator

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from documents import Made
from reading import Grid, docx_tables, elements, html_tables, pdf_tables, squeezed

from ita_nb.document.blocks import Figure, Paragraph, Table
from ita_nb.document.html import clean
from ita_nb.document.sheet import SHEETS, printable

# ---------------------------------------------------------------- the same tables


def tables_of_blocks(made: Made) -> list[Grid]:
    """The tables of the document as its blocks hold them, headings first."""
    return [
        [
            [squeezed(column.heading) for column in block.columns],
            *([squeezed(str(clean(cell))) for cell in row.cells] for row in block.rows),
        ]
        for block in made.document.blocks
        if isinstance(block, Table)
    ]


@pytest.mark.parametrize("ending", [".html", ".pdf", ".docx"])
def test_tables_are_those_of_the_notebook(made: Made, ending: str) -> None:
    """Every cell of every table stands in each format as the notebook holds it."""
    content = made.files[ending].read_bytes()
    read = {".html": lambda: html_tables(content.decode()), ".pdf": lambda: pdf_tables(content)}
    found = read.get(ending, lambda: docx_tables(content))()

    assert found == tables_of_blocks(made)


# ---------------------------------------------------------------- the text of the PDF


def running_text(made: Made) -> str:
    """The pages one after the other, without running headers, page numbers and line ends."""
    cover = made.document.cover
    header = squeezed(printable(cover.running_title)) + squeezed(printable(cover.agency))
    pages = []
    for page in made.pages:
        lines = re.sub(r"\n[0-9๐-๙]+\s*$", "", page).split("\n")
        begun = next((n for n in range(1, 5) if squeezed("".join(lines[:n])) == header), 0)
        pages.append("".join(lines[begun:]))
    return "".join(pages)


def test_every_paragraph_is_found_again(made: Made) -> None:
    """Every paragraph is in the text extracted from the PDF, sara am and marks intact."""
    whole = squeezed(running_text(made))
    paragraphs = [block for block in made.document.blocks if isinstance(block, Paragraph)]
    lost = [p.text for p in paragraphs if squeezed(printable(p.label + p.text)) not in whole]

    assert lost == []


def test_every_word_is_whole(made: Made) -> None:
    """No space has come between the letters of any text between two spaces of a paragraph."""
    whole = running_text(made)
    paragraphs = [block for block in made.document.blocks if isinstance(block, Paragraph)]
    parted = [word for p in paragraphs for word in printable(p.text).split() if word not in whole]

    assert parted == []


# ---------------------------------------------------------------- nothing stands over a border


Rule = tuple[float, float, float]


def rules_of(page: pypdfium2.PdfPage) -> tuple[list[Rule], list[Rule]]:
    """The upright and the level lines of a page, each with its place and its two ends."""
    upright, level = [], []
    for shape in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        left, low, right, high = shape.get_pos() if hasattr(shape, "get_pos") else shape.get_bounds()
        if right - left < 2 and high - low > 6:
            upright.append(((left + right) / 2, low, high))
        elif high - low < 2 and right - left > 6:
            level.append(((low + high) / 2, left, right))
    return upright, level


def letters(page: pypdfium2.PdfPage) -> Iterator[tuple[str, float, float, float, float]]:
    """The letters of a page and their boxes: left, low, right, high."""
    textpage = page.get_textpage()
    for number in range(textpage.count_chars()):
        code = pdfium.FPDFText_GetUnicode(textpage.raw, number)
        sides = [ctypes.c_double() for _ in range(4)]
        pdfium.FPDFText_GetCharBox(textpage.raw, number, *map(ctypes.byref, sides))
        left, right, low, high = (side.value for side in sides)
        if not chr(code).isspace() and right > left:
            yield chr(code), left, low, right, high
    textpage.close()


def test_no_cell_is_overfull(made: Made) -> None:
    """No letter stands across a border of a table or outside the margins."""
    over = []
    pdf = pypdfium2.PdfDocument(made.files[".pdf"])
    for number, page in enumerate(pdf, start=1):
        upright, level = rules_of(page)
        sheet = SHEETS["landscape" if page.get_width() > page.get_height() else "portrait"]
        for letter, left, low, right, high in letters(page):
            x, y = (left + right) / 2, (low + high) / 2
            crossed = any(left + 0.5 < at < right - 0.5 and begin < y < end for at, begin, end in upright)
            crossed |= any(low + 0.7 < at < high - 0.7 and begin < x < end for at, begin, end in level)
            if crossed or left < sheet.left - 1 or right > page.get_width() - sheet.right + 1:
                over.append((number, letter))
    pdf.close()

    assert over == []


# ---------------------------------------------------------------- what the PDF promises


@pytest.fixture
def pdf(made: Made) -> Iterator[pikepdf.Pdf]:
    """The document's PDF, opened."""
    with pikepdf.open(io.BytesIO(made.files[".pdf"].read_bytes())) as document:
        yield document


def test_standards_are_claimed(pdf: pikepdf.Pdf) -> None:
    """The finished file claims PDF/UA-1 and PDF/A-2a."""
    metadata = pdf.Root.Metadata.read_bytes().decode()
    claims = [
        re.search(rf"<{name}>(\w+)<", metadata)
        for name in ("pdfuaid:part", "pdfaid:part", "pdfaid:conformance")
    ]

    assert [claim and claim[1] for claim in claims] == ["1", "2", "A"]


def test_language_and_title_are_given(pdf: pikepdf.Pdf) -> None:
    """The file says its language and its title, and asks readers to show the title."""
    assert str(pdf.Root.Lang) == "th-TH"
    assert str(pdf.docinfo["/Title"]) != ""
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)


def test_every_figure_is_told_in_words(made: Made, pdf: pikepdf.Pdf) -> None:
    """Each drawing is a tagged figure with its alternative text."""
    told = [str(figure.get("/Alt", "")) for figure in elements(pdf.Root.StructTreeRoot, "/Figure")]
    drawn = [block for block in made.document.blocks if isinstance(block, Figure)]

    assert [squeezed(text) for text in told] == [squeezed(printable(figure.alt)) for figure in drawn]


def test_everything_is_tagged(pdf: pikepdf.Pdf) -> None:
    """Headings, paragraphs and tables have their tags, and the catalog says that the file is marked."""
    root = pdf.Root.StructTreeRoot
    found = {
        role for role in ("/H1", "/P", "/Table", "/TH", "/TD") if next(elements(root, role), None) is not None
    }

    assert found == {"/H1", "/P", "/Table", "/TH", "/TD"}
    assert bool(pdf.Root.MarkInfo.Marked)
