"""What an analyst adds to the notebook is in HTML, PDF and Word, whichever way they are made."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest
from conftest import AGENCY, REPOSITORY, YEAR
from nbformat.v4 import new_code_cell, new_markdown_cell
from reading import Written, of_html, of_pdf, of_word

from ita_nb.batch.run import run_batch

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


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two agencies, whose notebook holds the four cells behind its indicators."""
    root = tmp_path_factory.mktemp("own") / "workspace"
    for folder in ("data", "params", "notebooks"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    notebook = nbformat.read(root / "notebooks" / NOTEBOOK, as_version=4)
    tagged = [n for n, c in enumerate(notebook.cells) if "section:indicators" in c.metadata.get("tags", ())]
    notebook.cells[tagged[-1] + 1 : tagged[-1] + 1] = CELLS
    nbformat.write(notebook, root / "notebooks" / NOTEBOOK)
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
            content = notebook.with_suffix(f".{name}").read_bytes()
            page = (
                of_html(content.decode())
                if name == "html"
                else {"pdf": of_pdf, "docx": of_word}[name](content)
            )

            assert found_in(page) == {
                "table": [["กองงาน", "ร้อยละของฉัน"], ["กองคลังของฉัน", "๘๕.๐๐"], ["กองช่างของฉัน", "๗๑๓๑.๕๐"]],
                "chart": (1, 1),
                "print": 1,
                "note": 1,
            }
            assert "ของฉัน" in page.bold


def found_in(page: Written) -> dict[str, object]:
    """What stands in a document of the four additions: the table, and how often the others."""
    return {
        "table": next((table for table in page.tables if table[0][0] == "กองงาน"), None),
        "chart": (page.text.count("แผนภูมิของฉัน๒กอง"), page.alts.count("แท่งของฉันสองแท่ง")),
        "print": page.text.count("พิมพ์ของฉัน๗๑๓๒"),
        "note": page.text.count("หมายเหตุของฉันว่าด้วย๗๑๓๓"),
    }
