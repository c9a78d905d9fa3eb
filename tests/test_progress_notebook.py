"""The notebook of the report on measures, run by plain papermill and exported by plain nbconvert.

Its shape (no outputs, parameters first, no thinking) is tested with that of every notebook in
``test_notebooks.py``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY
from papermill.inspection import inspect_notebook
from test_notebooks import read, texts

from ita_nb.document.blocks import Document, Table
from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError
from ita_nb.execution import run_notebook
from ita_nb.parameters import ReportParameters
from ita_nb.report import make_report
from ita_nb.task import Task

NOTEBOOK = REPOSITORY / "notebooks" / "measures_progress.ipynb"
PARAMS = REPOSITORY / "params" / "takothong-2568-progress.yaml"


def papermill(out: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the notebook by the papermill command, as a user would."""
    command = [sys.executable, "-m", "papermill", NOTEBOOK, out, *options, "--no-progress-bar"]
    return subprocess.run(
        command, cwd=REPOSITORY, check=False, capture_output=True, text=True, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook, run with the parameter file of takothong."""
    out = tmp_path_factory.mktemp("papermill") / "out.ipynb"
    papermill(out, "-f", PARAMS).check_returncode()
    return out


@pytest.fixture(scope="module")
def document(executed: Path) -> Document:
    """What the renderers read out of the executed notebook."""
    return read_document(read(executed))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of ``ita-nb report takothong --year 2568 --document progress``, by their ending."""
    out = tmp_path_factory.mktemp("progress")
    task = Task("takothong", "", 2568, REPOSITORY, "progress")
    return {path.suffix: path for path in make_report(task, out).paths}


def test_report_makes_the_named_files(reported: dict[str, Path]) -> None:
    """The files are named for agency, year and document."""
    assert [p.name for p in reported.values()] == [
        f"takothong-2568-progress.{e}" for e in ("ipynb", "html", "pdf", "docx")
    ]


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_nbconvert_gives_the_same_document(
    reported: dict[str, Path], executed: Path, tmp_path: Path, name: str
) -> None:
    """papermill and jupyter nbconvert give the same bytes as ita-nb report."""
    copy = tmp_path / "out.ipynb"
    shutil.copy(executed, copy)
    command = [sys.executable, "-m", "nbconvert", "--to", f"ita_{name}", copy]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    assert copy.with_suffix(f".{name}").read_bytes() == reported[f".{name}"].read_bytes()


def test_parameters_are_those_of_every_report() -> None:
    """The notebook declares each parameter but texts, measures and form, which belong to an analysis."""
    declared = set(inspect_notebook(str(NOTEBOOK)))

    assert declared == set(ReportParameters.model_fields) - {"texts", "measures", "form"}


def test_parameters_of_the_command_line_are_used(tmp_path: Path) -> None:
    """Single parameters make the report of another agency in other digits."""
    out = tmp_path / "out.ipynb"
    given = ("-p", "agency_id", "sithong", "-p", "fiscal_year", "2564", "-p", "digits", "arabic")
    papermill(out, *given).check_returncode()
    cover = read_document(read(out)).cover

    assert (cover.agency_id, cover.fiscal_year, cover.digits) == ("sithong", 2564, "arabic")


@pytest.mark.parametrize(
    "phrase",
    [
        "องค์การบริหารส่วนตำบลตะโกทอง",
        "จำนวน ๑๐ มาตรการ",
        "ณ วันที่ ๓๐ กันยายน ๒๕๖๘",
        "มีผู้เข้าร่วม ๕๐ คน",
        "ผลข้อความเดียวกันใช้กับมาตรการที่ ๔",
        "กล่าวถึงปี ๒๕๖๓",
        "องค์กรบริหารส่วนตำบลต.โกทอง",
        "๑ ต.ค. ๒๕๖๗",
        "ข้อ o๒๖ รายงานผลการดำเนินการ",
    ],
)
def test_report_says(document: Document, phrase: str) -> None:
    """The report states the real findings, in Thai digits."""
    assert phrase in texts(document)


def test_table_has_a_row_for_each_measure(document: Document) -> None:
    """The table of the report numbers the ten measures."""
    table = next(
        b for b in document.blocks if isinstance(b, Table) and "ผลการดำเนินการตามมาตรการ" in b.caption
    )

    assert [row.cells[0] for row in table.rows] == "๑ ๒ ๓ ๔ ๕ ๖ ๗ ๘ ๙ ๑๐".split()


def test_two_runs_give_the_same_document(document: Document) -> None:
    """Running again gives the same document."""
    run = run_notebook(NOTEBOOK, {"agency_id": "takothong"}, REPOSITORY)

    assert read_document(run.notebook) == document


def test_misspelt_parameter_stops_plain_papermill(tmp_path: Path) -> None:
    """A misspelt parameter stops a plain papermill run instead of making the report of the default."""
    done = papermill(tmp_path / "out.ipynb", "-p", "agnecy_id", "sithong")

    assert done.returncode == 1
    assert "ParameterError" in done.stderr


def test_plain_papermill_refuses_a_plan_as_a_report(tmp_path: Path) -> None:
    """The publication edition of a plan without results stops a plain papermill run too."""
    given = ("-p", "agency_id", "chaimongkhon", "-p", "fiscal_year", "2566", "-p", "edition", "publish")
    done = papermill(tmp_path / "out.ipynb", *given)

    assert done.returncode == 1
    assert "PublicationRefusedError" in done.stderr


def test_runner_names_the_year_without_measures() -> None:
    """A year without measures becomes an error that names the missing rows."""
    given = {"agency_id": "takothong", "fiscal_year": 2569}
    with pytest.raises(RenderError, match=r"data/2569/measures\.csv"):
        run_notebook(NOTEBOOK, given, REPOSITORY)
