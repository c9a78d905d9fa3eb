"""The overview of a batch: its notebook, run on the merged tables, with its HTML and PDF."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ita_nb.batch.claim import WORK
from ita_nb.batch.execution import run_notebook
from ita_nb.batch.gather import OVERVIEW
from ita_nb.batch.stores import put_together
from ita_nb.document import html, pdf
from ita_nb.document.notebook import read_document
from ita_nb.thai import Digits


def make_overview(folder: Path, workspace: Path, digits: Digits) -> None:
    """Make the overview of what ``folder`` holds, or raise an ItaError and leave the one that is there."""
    (folder / WORK).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder / WORK) as work:
        executed = Path(work, f"{OVERVIEW}.ipynb")
        parameters = {"folder": _seen_from(workspace, folder), "digits": digits}
        notebook = run_notebook(workspace / "notebooks" / executed.name, executed, parameters, workspace)
        document = read_document(notebook)
        page, paper = executed.with_suffix(".html"), executed.with_suffix(".pdf")
        page.write_bytes(html.render(document).encode())
        paper.write_bytes(pdf.render(document))
        put_together([executed, page, paper], str(folder))


def _seen_from(workspace: Path, folder: Path) -> str:
    # The notebook goes to other people: where it can, it names no folder of this machine.
    inside = folder.is_relative_to(workspace)
    return os.fspath(folder.relative_to(workspace) if inside else folder)
