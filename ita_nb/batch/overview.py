"""The overview of a batch: its notebook, run on the merged tables, with its HTML and PDF."""

from __future__ import annotations

import os
from pathlib import Path

from ita_nb.document import html, pdf
from ita_nb.document.blocks import Cover
from ita_nb.document.notebook import read_document
from ita_nb.document.sheet import printable
from ita_nb.execution import run_notebook
from ita_nb.notebook_files import OVERVIEW, notebook_bytes, shared_notebook
from ita_nb.task import Limits
from ita_nb.thai import Digits, in_digits, visible
from ita_nb.verify import ABSENT, UnverifiedError, html_text, pdf_pages, squeezed

_STEM = "province_overview"


def make_overview(folder: Path, workspace: Path, digits: Digits, limits: Limits | None) -> dict[str, bytes]:
    """Return the files of the overview of what ``folder`` holds, verified. Raises an ItaError."""
    # The notebook goes to other people: where it can, it names no folder of this machine.
    inside = folder.is_relative_to(workspace)
    seen = os.fspath(folder.relative_to(workspace) if inside else folder)
    parameters = {"folder": seen, "digits": digits}
    run = run_notebook(shared_notebook(workspace, OVERVIEW), parameters, workspace, limits=limits)
    document = read_document(run.notebook)
    page, paper = html.render(document).encode(), pdf.render(document)
    verify_overview(page, paper, document.cover)
    return {f"{_STEM}.html": page, f"{_STEM}.ipynb": notebook_bytes(run.notebook), f"{_STEM}.pdf": paper}


def verify_overview(page: bytes, paper: bytes, cover: Cover) -> None:
    """Check that HTML and PDF bear the title and the fiscal year, and that all of the PDF can be read.

    Raises UnverifiedError.
    """
    phrases = (*cover.title, cover.agency, in_digits(f"ปีงบประมาณ พ.ศ. {cover.fiscal_year}", cover.digits))
    web, print_ = f"{_STEM}.html", f"{_STEM}.pdf"
    for name, drawn, texts in (
        (web, visible, [html_text(page, web)]),
        (print_, printable, pdf_pages(paper, print_)),
    ):
        for phrase in phrases:
            if not any(squeezed(drawn(phrase)) in squeezed(text) for text in texts):
                raise UnverifiedError(name, f'ข้อความบนปก "{phrase}"', ABSENT)
