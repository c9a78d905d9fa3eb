"""What an analyst adds to the notebook is in HTML, PDF and Word, whichever way they are made."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from conftest import AGENCY, YEAR, Workspace
from in_process import executed, task_for
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from reading import of_html, of_pdf, of_word

from ita_nb.batch.run import run_batch
from ita_nb.execution import Execution
from ita_nb.report import make
from ita_nb.show import section_of

FORMATS = ("html", "pdf", "docx")
CELLS = (
    new_code_cell(
        "import pandas as pd\n"
        'mine = pd.DataFrame({"กองงาน": ["กองคลังของฉัน", "กองช่างของฉัน"], "ร้อยละของฉัน": [84.995, 7131.5]})\n'
        "mine"
    ),
    new_code_cell(
        'ax = mine.plot.bar(x="กองงาน", y="ร้อยละของฉัน", title="แผนภูมิของฉัน ๒ กอง", legend=False)\n'
        'ax.figure.set_label("แท่งของฉันสองแท่ง")\n'
        "ax"
    ),
    new_code_cell('print("พิมพ์ของฉัน", 7132)'),
    new_markdown_cell("หมายเหตุ**ของฉัน** ว่าด้วย 7133"),
)


@pytest.fixture
def own(workspace: Workspace) -> Path:
    """A workspace with two agencies, whose notebook holds the four cells behind its indicators."""
    path = workspace.root / "notebooks/agency_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    tagged = [n for n, c in enumerate(notebook.cells) if "section:indicators" in c.metadata.get("tags", ())]
    notebook.cells[tagged[-1] + 1 : tagged[-1] + 1] = CELLS
    nbformat.write(notebook, path)
    workspace.append("data/agencies.csv", "mai,เทศบาลตำบลใหม่,เทศบาลตำบล,,")
    workspace.append(f"data/{YEAR}/stated_scores.csv", "mai,total,,90.00", "mai,IIT,,90.00")
    return workspace.root


def run(*command: str | Path, folder: Path) -> None:
    """Run a command of the project as a person would."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def by_papermill_and_nbconvert(root: Path, out: Path) -> list[Path]:
    """Run by papermill, export by nbconvert, each format by the name of the installed package."""
    made, installed = out / "out.ipynb", entry_points(group="nbconvert.exporters")
    run("papermill", "notebooks/agency_report.ipynb", made, "-f", f"params/{AGENCY}-{YEAR}.yaml", folder=root)
    for exporter in (entry for entry in installed if entry.value.startswith("ita_nb.")):
        run("nbconvert", "--to", exporter.name, made, folder=root)
    return [made]


def by_batch(root: Path, out: Path) -> list[Path]:
    """Make the reports of both agencies in kernels forked from a warm one."""
    wanted = f"fiscal_year: {YEAR}\nagencies: {{list: [{AGENCY}, mai]}}\noverview: false\n"
    (root / "params/two.yaml").write_text(wanted, encoding="utf-8")
    stream = io.StringIO()
    result = run_batch(root / "params/two.yaml", workspace=root, jobs=2, out=out, stream=stream)
    assert result.exit_code == 0, stream.getvalue()
    return [out / agency / f"{agency}-{YEAR}-analysis.ipynb" for agency in (AGENCY, "mai")]


@pytest.mark.parametrize("way", [by_papermill_and_nbconvert, by_batch], ids=lambda way: way.__name__)
def test_all_four_are_in_every_format(
    way: Callable[[Path, Path], list[Path]], own: Path, tmp_path: Path
) -> None:
    """Table, chart, print and note stand in HTML, PDF and Word once each, in the digits of the document."""
    for notebook in way(own, tmp_path):
        html_page = of_html(notebook.with_suffix(".html").read_text(encoding="utf-8"))
        pdf_page = of_pdf(notebook.with_suffix(".pdf").read_bytes())
        for page in (html_page, pdf_page, of_word(notebook.with_suffix(".docx").read_bytes())):
            assert [table for table in page.tables if table[0][0] == "กองงาน"] == [
                [["กองงาน", "ร้อยละของฉัน"], ["กองคลังของฉัน", "๘๕.๐๐"], ["กองช่างของฉัน", "๗๑๓๑.๕๐"]]
            ]
            assert page.alts.count("แท่งของฉันสองแท่ง") == 1
            once = ("แผนภูมิของฉัน๒กอง", "พิมพ์ของฉัน๗๑๓๒", "หมายเหตุของฉันว่าด้วย๗๑๓๓")
            assert [text for text in once if page.text.count(text) != 1] == []
            assert "ของฉัน" in page.bold


# ---------------------------------------------------------------- what verification must let pass


def printed(text: str) -> NotebookNode:
    """A cell that printed a text."""
    return new_code_cell(outputs=[new_output("stream", name="stdout", text=text)])


def displayed(frame: pd.DataFrame) -> NotebookNode:
    """A cell that showed a table."""
    data = section_of(frame, "ตารางของฉัน")._repr_mimebundle_()
    return new_code_cell(outputs=[new_output("display_data", data=data)])


LABELS = ["การปฏิบัติหน้าที่และการใช้งบประมาณของหน่วยงาน"] * 40
NUMBERS = [[10_000 * row + column + 0.125 for column in range(30)] for row in range(40)]
PASSED = {
    "lines that end in numbers": printed("คะแนน 7141\nคะแนน 7142\n7143"),
    "what looks like a fault": printed("None nan NaT Traceback Fraction(1, 2) \ufffd"),
    "letters of other scripts": printed("😀 中文 עברית Ω → ✓"),
    "lists and tables": new_markdown_cell(
        "| ก | ข |\n|--|--|\n| 7144 | |\n\n- 7145\n- 7146\n\n1. 7147\n2. 7148"
    ),
    "missing values": displayed(pd.DataFrame({"ก": ["nan", None], "ข": [None, 1.5], "ค": [pd.NaT, pd.NaT]})),
    "lines in cells": displayed(pd.DataFrame({"ก": ["ก 7151\nข 7152"], "ข": ["1. 7153\n2. 7154"]})),
    "many columns": displayed(pd.DataFrame(NUMBERS, index=LABELS)),
    "some columns": displayed(pd.DataFrame(NUMBERS, index=LABELS).iloc[:, :9]),
}


@pytest.fixture(scope="module")
def plain() -> NotebookNode:
    """The executed notebook of the real report."""
    return executed(task_for())


@pytest.mark.parametrize("cell", PASSED.values(), ids=PASSED)
def test_what_people_add_is_verified(
    plain: NotebookNode, cell: NotebookNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers and words of an added cell are found again in every format, and none is taken for a fault."""
    notebook = deepcopy(plain)
    notebook.cells.insert(10, cell)
    monkeypatch.setattr("ita_nb.execution.run_notebook", lambda *_, **__: Execution(notebook, "cold", 0.0))
    made = make(task_for())

    assert (made.failure, len(made.contents), made.remarks) == (None, 1 + len(FORMATS), ())
