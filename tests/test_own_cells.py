"""What an analyst adds to the notebook is in HTML, PDF and Word, whichever way they are made."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from copy import deepcopy
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from conftest import AGENCY, REPOSITORY, YEAR
from in_process import executed, task_for
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from reading import of_html, of_pdf, of_word

from ita_nb.batch.run import run_batch
from ita_nb.displayed import section_of
from ita_nb.execution import Execution
from ita_nb.report import make

FORMATS = ("html", "pdf", "docx")
NOTEBOOK = "agency_report.ipynb"
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


def add_cells(path: Path) -> None:
    """Put the four cells behind the indicators of a notebook."""
    notebook = nbformat.read(path, as_version=4)
    tagged = [n for n, c in enumerate(notebook.cells) if "section:indicators" in c.metadata.get("tags", ())]
    notebook.cells[tagged[-1] + 1 : tagged[-1] + 1] = CELLS
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two agencies, whose notebook holds the four cells behind its indicators."""
    root = tmp_path_factory.mktemp("own") / "workspace"
    for folder in ("data", "params", "notebooks"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    add_cells(root / "notebooks" / NOTEBOOK)
    own = [path for path in (root / "params").iterdir() if path.stem != f"{AGENCY}-{YEAR}"]
    for path in own:
        path.unlink()
    with (root / "data/agencies.csv").open("a", encoding="utf-8") as file:
        file.write("mai,เทศบาลตำบลใหม่,เทศบาลตำบล,,\n")
    with (root / f"data/{YEAR}/stated_scores.csv").open("a", encoding="utf-8") as file:
        file.write("mai,total,,90.00\nmai,IIT,,90.00\n")
    return root


def run(*command: str | Path, folder: Path) -> None:
    """Run a command of the project as a person would."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def by_papermill_and_nbconvert(root: Path, out: Path) -> list[Path]:
    """Run by papermill, export by nbconvert, each format by its name."""
    made = out / "out.ipynb"
    run("papermill", f"notebooks/{NOTEBOOK}", made, "-f", f"params/{AGENCY}-{YEAR}.yaml", folder=root)
    for name in exporters():
        run("nbconvert", "--to", name, made, folder=root)
    return [made]


def exporters() -> list[str]:
    """The names under which the installed package offers its exporters."""
    found = entry_points(group="nbconvert.exporters")
    return [entry.name for entry in found if entry.value.startswith("ita_nb.")]


def by_report(root: Path, out: Path) -> list[Path]:
    """Make the report by the command."""
    run("ita_nb", "report", AGENCY, "--year", str(YEAR), "--out", out, folder=root)
    return [out / f"{AGENCY}-{YEAR}-analysis.ipynb"]


def by_batch(root: Path, out: Path) -> list[Path]:
    """Make the reports of both agencies in kernels forked from a warm one."""
    wanted = f"fiscal_year: {YEAR}\nagencies: {{list: [{AGENCY}, mai]}}\noverview: false\n"
    (root / "params/two.yaml").write_text(wanted, encoding="utf-8")
    stream = io.StringIO()
    result = run_batch(root / "params/two.yaml", workspace=root, jobs=2, out=out, stream=stream)
    assert result.exit_code == 0, stream.getvalue()
    return [out / agency / f"{agency}-{YEAR}-analysis.ipynb" for agency in (AGENCY, "mai")]


@pytest.mark.parametrize(
    "way", [by_papermill_and_nbconvert, by_report, by_batch], ids=lambda way: way.__name__
)
def test_all_four_are_in_every_format(way, workspace: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Table, chart, print and note stand in HTML, PDF and Word once each, in the digits of the document."""
    for notebook in way(workspace, tmp_path):
        for name in FORMATS:
            assert found_in(notebook.with_suffix(f".{name}").read_bytes(), name) == FOUND


FOUND = {
    "table": [["กองงาน", "ร้อยละของฉัน"], ["กองคลังของฉัน", "๘๕.๐๐"], ["กองช่างของฉัน", "๗๑๓๑.๕๐"]],
    "chart": (1, 1),
    "print": 1,
    "note": 1,
    "bold": True,
}


def found_in(content: bytes, name: str) -> dict[str, object]:
    """What stands in a document of the four additions: the table, and how often the others."""
    page = of_html(content.decode()) if name == "html" else {"pdf": of_pdf, "docx": of_word}[name](content)
    return {
        "table": next((table for table in page.tables if table[0][0] == "กองงาน"), None),
        "chart": (page.text.count("แผนภูมิของฉัน๒กอง"), page.alts.count("แท่งของฉันสองแท่ง")),
        "print": page.text.count("พิมพ์ของฉัน๗๑๓๒"),
        "note": page.text.count("หมายเหตุของฉันว่าด้วย๗๑๓๓"),
        "bold": "ของฉัน" in page.bold,
    }


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
