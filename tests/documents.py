"""The ten documents of the five agencies in both digit styles, each made once for all tests."""

from __future__ import annotations

import html as markup
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import docx
import nbformat
import pypdfium2
import pytest
from docx.oxml.ns import qn

from ita_nb.document.blocks import Document
from ita_nb.document.notebook import read_document
from ita_nb.report import make_report
from ita_nb.task import Task
from ita_nb.thai import Digits

REPOSITORY = Path(__file__).resolve().parent.parent
Kind = Literal["analysis", "progress"]
# The first is the demo report, which other tests read too.
DOCUMENTS: tuple[tuple[str, int, Kind], ...] = (
    ("hannangam", 2568, "analysis"),
    ("bangkrabue", 2565, "analysis"),
    ("takothong", 2568, "progress"),
    ("sithong", 2564, "progress"),
    ("chaimongkhon", 2566, "progress"),
)


def page_texts(path: Path | bytes) -> tuple[str, ...]:
    """Return the text of each page of a PDF, as pdfium extracts it."""
    with pypdfium2.PdfDocument(path) as pdf:
        return tuple(page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pdf)


def word_text(path: Path) -> str:
    """Return the text of a Word file, a line for each paragraph, in cells too."""
    body = docx.Document(str(path)).element.body
    return "\n".join("".join(paragraph.itertext(qn("w:t"))) for paragraph in body.iter(qn("w:p")))


def strings(value: Any) -> Iterator[str]:
    """Yield every text of a document as it was written, drawings left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings([inner for key, inner in value.items() if key != "svg"])
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


@dataclass(frozen=True)
class Made:
    """One document as made: its files by their endings, and what can be read out of them."""

    agency_id: str
    year: int
    kind: Kind
    digits: Digits
    files: dict[str, Path]

    @cached_property
    def document(self) -> Document:
        """The blocks that the renderers got."""
        return read_document(nbformat.reads(self.files[".ipynb"].read_text(encoding="utf-8"), as_version=4))

    @cached_property
    def strings(self) -> list[str]:
        """Every text of the blocks as it was written."""
        return [*strings(self.document.model_dump())]

    @cached_property
    def html(self) -> str:
        """The HTML file."""
        return self.files[".html"].read_text(encoding="utf-8")

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The text of each PDF page."""
        return page_texts(self.files[".pdf"])

    @cached_property
    def texts(self) -> dict[str, str]:
        """The whole text of each file, of the page what a reader sees without drawings."""
        body = re.sub(r"<(style|script|svg|title)\b.*?</\1>|<[^>]+>", "\n", self.html, flags=re.DOTALL)
        return {
            "html": markup.unescape(body),
            "pdf": "\n".join(self.pages),
            "docx": word_text(self.files[".docx"]),
        }


@pytest.fixture(
    scope="session",
    params=[(*document, digits) for document in DOCUMENTS for digits in ("thai", "arabic")],
    ids=lambda p: f"{p[0]}-{p[3]}",
)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One of the ten documents; each is made once."""
    agency_id, year, kind, digits = request.param
    if (*request.param,) == (*DOCUMENTS[0], "thai"):
        return Made(*request.param, request.getfixturevalue("real_report"))
    out = tmp_path_factory.mktemp(f"{agency_id}-{digits}")
    from in_process import without_kernel  # heavy, for those who make no document

    with without_kernel():
        report = make_report(Task(agency_id, "", year, REPOSITORY, kind, digits=digits), out)
    return Made(*request.param, {path.suffix: path for path in report.paths})
