"""The nbconvert exporters."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import get_exporter
from nbformat import NotebookNode, v4

from ita_nb.document import html, pdf, word
from ita_nb.document.blocks import MIME, Cover, Heading, Section
from ita_nb.document.exporters import ItaDocxExporter, ItaHtmlExporter, ItaPdfExporter
from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
COVER = Cover(
    title=("รายงาน",),
    agency="เทศบาลตำบลตัวอย่าง",
    agency_id="tuayang",
    fiscal_year=2568,
    running_title="รายงาน",
    digits="thai",
    edition="working",
)


def report(*extra: NotebookNode) -> NotebookNode:
    """Return an executed report with ``extra`` outputs in its only cell."""
    payload = Section(blocks=(COVER, Heading(level=1, text="ผลคะแนน"))).model_dump(mode="json")
    shown = v4.new_output("execute_result", data={MIME: payload})
    return v4.new_notebook(cells=[v4.new_code_cell("report()", outputs=[shown, *extra])])


def failed() -> NotebookNode:
    """Return a report whose cell ended in an error."""
    return report(v4.new_output("error", ename="ValueError", evalue="ไม่พบปี", traceback=[]))


EXPORTERS = {
    "ita_html": (ItaHtmlExporter, html.render, (".html", "text/html", "ITA HTML")),
    "ita_pdf": (ItaPdfExporter, pdf.render, (".pdf", "application/pdf", "ITA PDF")),
    "ita_docx": (ItaDocxExporter, word.render, (".docx", WORD, "ITA Word")),
}


@pytest.mark.parametrize("name", EXPORTERS)
def test_exporters_are_registered(name: str) -> None:
    """The installed package offers each exporter to nbconvert under its name."""
    (entry,) = entry_points(group="nbconvert.exporters", name=name)

    assert entry.load() is get_exporter(name) is EXPORTERS[name][0]


@pytest.mark.parametrize(("exporter", "render", "said"), EXPORTERS.values(), ids=EXPORTERS)
def test_exporters_add_nothing_of_their_own(exporter: Any, render: Any, said: tuple[str, str, str]) -> None:
    """A file is what reading and rendering give; its name and JupyterLab's menu come from the exporter."""
    made, given = exporter(), report()
    content, resources = made.from_notebook_node(given)

    assert content == render(read_document(report()))
    assert resources["output_extension"] == made.file_extension
    assert (made.file_extension, made.output_mimetype, made.export_from_notebook) == said
    assert given.cells[0].outputs == report().cells[0].outputs


@pytest.mark.parametrize("exporter", [ItaHtmlExporter, ItaPdfExporter, ItaDocxExporter])
def test_failed_notebook_is_refused(exporter: Any) -> None:
    """A notebook with an error is refused with the four parts of the message."""
    with pytest.raises(RenderError) as caught:
        exporter().from_notebook_node(failed())

    assert "เซลล์ที่ 1" in caught.value.where
    assert caught.value.found == "ValueError: ไม่พบปี"


def test_nbconvert_fails_with_a_readable_message(tmp_path: Path) -> None:
    """A refused notebook gives exit status 1, the message last, and no file."""
    nbformat.write(failed(), tmp_path / "out.ipynb")
    # By its full name, so that this needs no installed package.
    command = ["-m", "jupyter", "nbconvert", "--to", "ita_nb.document.exporters.ItaHtmlExporter", "out.ipynb"]
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 1
    assert "ที่พบ: ValueError: ไม่พบปี" in done.stderr.splitlines()[-2]
    assert not (tmp_path / "out.html").exists()
