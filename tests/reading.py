"""Tables as readers of the made files find them: by the tags of HTML and PDF, by the grid of Word."""

from __future__ import annotations

import html as markup
import io
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import docx
import lxml.html
import pikepdf
from documents import page_texts
from docx.oxml.ns import qn

from ita_nb.document import html, pdf, word
from ita_nb.document.blocks import Document
from ita_nb.document.pdf_runs import Run, fonts_of, runs_of

Grid = list[list[str]]


def squeezed(text: str) -> str:
    """A text without white space: lines may end anywhere between words."""
    return re.sub(r"\s+", "", text)


# ---------------------------------------------------------------- HTML


class Page:
    """The elements of a page in order; a tag that does not close fails the test."""

    def __init__(self, html: str) -> None:
        """Read a page, or a part of one."""
        parser = lxml.html.HTMLParser(encoding="utf-8")
        self.elements = [*lxml.html.document_fromstring(html.encode(), parser).iter("*")]
        assert [e.message for e in parser.error_log if e.type_name != "HTML_UNKNOWN_TAG"] == []

    def tags(self) -> set[str]:
        """Return the names of the elements."""
        return {element.tag for element in self.elements}

    def texts(self, tag: str) -> list[str]:
        """Return the text of each element of that name."""
        return [element.text_content() for element in self.elements if element.tag == tag]

    def attributes(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of each element of that name."""
        return [dict(element.attrib) for element in self.elements if element.tag == tag]


def html_tables(page: str) -> list[Grid]:
    """Return the tables of an HTML report, cell by cell, headings first; not those of data behind a chart."""
    tables = (table for table in Page(page).elements if table.tag == "table")
    return [
        [[squeezed(cell.text_content()) for cell in row.iter("td", "th")] for row in table.iter("tr")]
        for table in tables
        if "data" not in table.get("class", "").split()
    ]


# ---------------------------------------------------------------- PDF


def pdf_tables(content: bytes) -> list[Grid]:
    """Return the tables of a tagged PDF, cell by cell, headings first."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        texts = {page.objgen: marked_texts(page) for page in pdf.pages}
        return [
            [
                [squeezed("".join(_texts(cell, texts))) for cell in elements(row, "/TH", "/TD")]
                for row in elements(table, "/TR")
            ]
            for table in elements(pdf.Root.StructTreeRoot, "/Table")
        ]


def elements(parent: Any, *roles: str) -> Iterator[Any]:
    """Yield the structure elements of these roles below ``parent``, in reading order."""
    for child in _children(parent):
        if isinstance(child, pikepdf.Dictionary) and child.get("/S") in roles:
            yield child
        else:
            yield from elements(child, *roles)


def _children(element: Any) -> list[Any]:
    kids = element.get("/K") if isinstance(element, pikepdf.Dictionary) else None
    if kids is None:
        return []
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _texts(element: Any, texts: dict[tuple[int, int], dict[int, str]]) -> Iterator[str]:
    """Yield the marked texts of an element; a number stands for content of the element's own page."""
    for child in _children(element):
        if isinstance(child, int):
            yield texts[element.Pg.objgen].get(child, "")
        elif child.get("/Type") == "/MCR":
            yield texts[(child.get("/Pg") or element.Pg).objgen].get(int(child.MCID), "")
        else:
            yield from _texts(child, texts)


def marked_texts(page: pikepdf.Page) -> dict[int, str]:
    """Return what the runs of each marked stretch of a page say, by its number."""
    content = page.Contents.read_bytes()
    marks = re.finditer(rb"/MCID\s+(\d+)[^>]*>>\s*BDC|(BDC|BMC)\b|(EMC)\b", content)
    events: list[tuple[int, str, Any]] = [
        (m.start(), "begin" if m[1] or m[2] else "end", int(m[1]) if m[1] else None) for m in marks
    ]
    events += [(run.start, "run", run.text) for run in runs_of(content, fonts_of(page, {}))]
    found: dict[int, str] = {}
    inside: list[int | None] = []
    for _, what, value in sorted(events, key=lambda event: event[0]):
        if what == "begin":
            inside.append(value)
        elif what == "end":
            inside.pop()
        else:
            number = next((n for n in reversed(inside) if n is not None), None)
            if number is not None:
                found[number] = found.get(number, "") + value
    return found


# ---------------------------------------------------------------- Word


def docx_tables(content: bytes) -> list[Grid]:
    """Return the document's own tables of a Word file, cell by cell; a cell over several columns once."""
    document = docx.Document(io.BytesIO(content))
    return [
        [
            [squeezed("".join(cell.itertext(qn("w:t")))) for cell in row.iterchildren(qn("w:tc"))]
            for row in table.iterchildren(qn("w:tr"))
        ]
        for table in document.element.body.iterchildren(qn("w:tbl"))
        if any(True for _ in table.iter(qn("w:tblHeader")))
    ]


# ---------------------------------------------------------------- whole documents


class Written(NamedTuple):
    """A document in one format as its readers find it."""

    text: str
    alts: list[str]
    bold: str
    tables: list[list[list[str]]]


def of_html(page: str) -> Written:
    """Read a page: what a reader sees, without drawings."""
    body = re.sub(r"<(style|script|svg|title|head|nav)\b.*?</\1>|<[^>]+>", "", page, flags=re.DOTALL)
    alts = re.findall(
        r'<img class="figure"[^>]* alt="([^"]*)"|<img alt="([^"]*)"|<svg[^>]* aria-label="([^"]*)"', page
    )
    bold = "".join(re.findall(r"<strong>(.*?)</strong>", page, flags=re.DOTALL))
    return Written(
        squeezed(markup.unescape(body)),
        [squeezed(markup.unescape("".join(found))) for found in alts],
        squeezed(bold),
        html_tables(page),
    )


def of_pdf(content: bytes) -> Written:
    """Read a PDF: the text as pdfium extracts it, figures by their tags."""
    with pikepdf.open(io.BytesIO(content)) as opened:
        alts = [squeezed(str(f.get("/Alt", ""))) for f in elements(opened.Root.StructTreeRoot, "/Figure")]
        bold = "".join(run.text for run in runs(opened) if "Bold" in str(run.font.resource.BaseFont))
    return Written(squeezed("".join(page_texts(content))), alts, squeezed(bold), pdf_tables(content))


def runs(opened: pikepdf.Pdf) -> Iterator[Run]:
    """Yield the runs of all pages of a PDF."""
    for page in opened.pages:
        yield from runs_of(page.Contents.read_bytes(), fonts_of(page, {}))


def of_word(content: bytes) -> Written:
    """Read a Word file: its body."""
    body = docx.Document(io.BytesIO(content)).element.body
    bold = [run for run in body.iter(qn("w:r")) if run.find(f"{qn('w:rPr')}/{qn('w:bCs')}") is not None]
    return Written(
        squeezed("".join(body.itertext(qn("w:t")))),
        [squeezed(found.get("descr")) for found in body.iter(qn("wp:docPr"))],
        squeezed("".join("".join(run.itertext(qn("w:t"))) for run in bold)),
        docx_tables(content),
    )


def written(document: Document) -> dict[str, Written]:
    """Write a document in the three formats and read them again; white space is left out."""
    page, printed, file = html.render(document), pdf.render(document), word.render(document)
    return {"html": of_html(page), "pdf": of_pdf(printed), "docx": of_word(file)}
