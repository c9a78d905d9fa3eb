"""The overview of a batch: its notebook, run on the merged tables, with its HTML and PDF."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from ita_nb.batch.claim import WORK
from ita_nb.batch.entries import OVERVIEW
from ita_nb.batch.execution import Limits, execute
from ita_nb.batch.notebook_files import shared_notebook
from ita_nb.batch.said import ABSENT, UnverifiedError, squeezed
from ita_nb.batch.stores import put_together
from ita_nb.batch.verify import html_text, pdf_pages
from ita_nb.document import html, pdf
from ita_nb.document.blocks import Cover
from ita_nb.document.fonts import printable
from ita_nb.document.notebook import read_document
from ita_nb.thai import Digits, in_digits, visible


def make_overview(folder: Path, workspace: Path, digits: Digits, limits: Limits) -> None:
    """Make the overview of what ``folder`` holds, or raise an ItaError and leave the one that is there."""
    (folder / WORK).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder / WORK) as work:
        executed = Path(work, f"{OVERVIEW}.ipynb")
        parameters = {"folder": _seen_from(workspace, folder), "digits": digits}
        source = shared_notebook(workspace, executed.name)
        document = read_document(execute(source, executed, parameters, workspace, limits=limits).notebook)
        page, paper = executed.with_suffix(".html"), executed.with_suffix(".pdf")
        page.write_bytes(html.render(document).encode())
        paper.write_bytes(pdf.render(document))
        verify_overview(page.read_bytes(), paper.read_bytes(), document.cover)
        put_together([executed, page, paper], folder)


def verify_overview(page: bytes, paper: bytes, cover: Cover) -> None:
    """Check that HTML and PDF bear the title and the fiscal year, and that all of the PDF can be read.

    Raises UnverifiedError.
    """
    year = in_digits(f"ปีงบประมาณ พ.ศ. {cover.fiscal_year}", cover.digits)
    phrases = (*cover.title, cover.agency, year)
    shown_as = f"{OVERVIEW}.html"
    _verify_phrases([html_text(page, shown_as)], [visible(phrase) for phrase in phrases], shown_as)
    shown_as = f"{OVERVIEW}.pdf"
    _verify_phrases(pdf_pages(paper, shown_as), [printable(phrase) for phrase in phrases], shown_as)


def _verify_phrases(pages: Sequence[str], phrases: Iterable[str], shown_as: str) -> None:
    texts = [squeezed(page) for page in pages]
    for phrase in phrases:
        if not any(squeezed(phrase) in text for text in texts):
            raise UnverifiedError(shown_as, f'ข้อความบนปก "{phrase}"', ABSENT)


def _seen_from(workspace: Path, folder: Path) -> str:
    # The notebook goes to other people: where it can, it names no folder of this machine.
    inside = folder.is_relative_to(workspace)
    return os.fspath(folder.relative_to(workspace) if inside else folder)
