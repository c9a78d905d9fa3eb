"""The nbconvert exporters."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import get_exporter
from nbformat import NotebookNode, v4

from ita_nb.document import html, word
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


@pytest.fixture
def typst_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a PDF renderer in place that names the agency only."""
    module: Any = ModuleType("ita_nb.document.pdf")
    module.render = lambda document: b"%PDF " + document.cover.agency.encode()
    monkeypatch.setitem(sys.modules, "ita_nb.document.pdf", module)


@pytest.mark.parametrize(
    ("name", "exporter"),
    [("ita_html", ItaHtmlExporter), ("ita_pdf", ItaPdfExporter), ("ita_docx", ItaDocxExporter)],
)
def test_exporters_are_registered(name: str, exporter: type) -> None:
    """The installed package offers each exporter to nbconvert under its name."""
    (entry,) = entry_points(group="nbconvert.exporters", name=name)

    assert entry.load() is exporter
    assert get_exporter(name) is exporter


@pytest.mark.parametrize(
    ("exporter", "extension", "mimetype", "menu"),
    [
        (ItaHtmlExporter, ".html", "text/html", "ITA HTML"),
        (ItaPdfExporter, ".pdf", "application/pdf", "ITA PDF"),
        (ItaDocxExporter, ".docx", WORD, "ITA Word"),
    ],
)
def test_exporters_say_what_they_make(exporter: Any, extension: str, mimetype: str, menu: str) -> None:
    """JupyterLab's menu and nbconvert's file names come from the exporter."""
    made = exporter()

    assert (made.file_extension, made.output_mimetype, made.export_from_notebook) == (
        extension,
        mimetype,
        menu,
    )


def test_html_is_what_reading_and_rendering_give() -> None:
    """The HTML exporter adds nothing of its own."""
    page, resources = ItaHtmlExporter().from_notebook_node(report())

    assert page == html.render(read_document(report()))
    assert resources["output_extension"] == ".html"


@pytest.mark.usefixtures("typst_stand_in")
def test_pdf_is_what_the_renderer_gives() -> None:
    """The PDF exporter hands the document to the PDF renderer and its bytes to nbconvert."""
    content, resources = ItaPdfExporter().from_notebook_node(report())

    assert content == b"%PDF " + COVER.agency.encode()
    assert resources["output_extension"] == ".pdf"


def test_word_is_what_reading_and_rendering_give() -> None:
    """The Word exporter hands the renderer's bytes to nbconvert."""
    content, resources = ItaDocxExporter().from_notebook_node(report())

    assert content == word.render(read_document(report()))
    assert resources["output_extension"] == ".docx"


@pytest.mark.usefixtures("typst_stand_in")
@pytest.mark.parametrize("exporter", [ItaHtmlExporter, ItaPdfExporter, ItaDocxExporter])
def test_failed_notebook_is_refused(exporter: Any) -> None:
    """A notebook with an error is refused with the four parts of the message."""
    with pytest.raises(RenderError) as caught:
        exporter().from_notebook_node(failed())

    assert "เซลล์ที่ 1" in caught.value.where
    assert caught.value.found == "ValueError: ไม่พบปี"


def test_exporting_leaves_the_notebook_alone() -> None:
    """Preprocessing works on a copy."""
    given = report()
    ItaHtmlExporter().from_notebook_node(given)

    assert given.cells[0].outputs == report().cells[0].outputs


def nbconvert(folder: Path, notebook: NotebookNode, to: str) -> subprocess.CompletedProcess[str]:
    """Run ``jupyter nbconvert`` on the notebook, written to ``folder``."""
    path = folder / "out.ipynb"
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", to, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


# By its full name, so that these need no installed package.
HTML = "ita_nb.document.exporters.ItaHtmlExporter"


def test_nbconvert_writes_the_page(tmp_path: Path) -> None:
    """``jupyter nbconvert`` writes the page beside the notebook."""
    done = nbconvert(tmp_path, report(), HTML)

    assert done.returncode == 0, done.stderr
    assert COVER.agency in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_nbconvert_writes_the_word_file(tmp_path: Path) -> None:
    """``jupyter nbconvert`` writes the bytes of the Word file beside the notebook."""
    done = nbconvert(tmp_path, report(), "ita_nb.document.exporters.ItaDocxExporter")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.docx").read_bytes() == word.render(read_document(report()))


def test_nbconvert_fails_with_a_readable_message(tmp_path: Path) -> None:
    """A refused notebook gives exit status 1, the message last, and no file."""
    done = nbconvert(tmp_path, failed(), HTML)

    assert done.returncode == 1
    assert "ที่พบ: ValueError: ไม่พบปี" in done.stderr.splitlines()[-2]
    assert not (tmp_path / "out.html").exists()
