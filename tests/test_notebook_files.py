"""Which notebook runs, where it is found however the package is installed, and what ``ita-nb lab`` makes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import in_process
import nbformat
import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from in_process import task_for

from ita_nb import execution
from ita_nb.cli import main
from ita_nb.document.notebook import read_document
from ita_nb.errors import ParameterError
from ita_nb.execution import run_notebook
from ita_nb.intake.params_file import DocumentName
from ita_nb.notebook_files import make_work_notebook, notebook_of
from ita_nb.report import make_report
from ita_nb.task import Task

SHARED = "notebooks/agency_report.ipynb"
OF_MEASURES = "notebooks/measures_progress.ipynb"
OWN = f"work/{AGENCY}-{YEAR}.ipynb"
OWN_OF_MEASURES = f"work/{AGENCY}-{YEAR}-progress.ipynb"
OURS = "ข้อความของหน่วยงานเอง"


@pytest.fixture
def bare(tmp_path: Path) -> Workspace:
    """A workspace that has data, and no notebook."""
    shutil.copytree(REPOSITORY / "data", tmp_path / "bare" / "data")
    return Workspace(tmp_path / "bare")


def note(name: str, text: str = OURS) -> str:
    """Return a notebook of the project with a note that the document shows."""
    notebook = nbformat.read(REPOSITORY / name, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell(text))
    return str(nbformat.writes(notebook))


# ---------------------------------------------------------------- which one


@pytest.mark.parametrize(
    ("there", "document", "runs"),
    [
        ((), "analysis", REPOSITORY / SHARED),
        ((), "progress", REPOSITORY / OF_MEASURES),
        ((SHARED,), "analysis", SHARED),
        ((SHARED,), "progress", REPOSITORY / OF_MEASURES),
        ((SHARED, OWN), "analysis", OWN),
        ((OF_MEASURES, OWN), "progress", OF_MEASURES),
        ((OF_MEASURES, OWN, OWN_OF_MEASURES), "progress", OWN_OF_MEASURES),
        ((f"work/{AGENCY}-{YEAR + 1}.ipynb",), "analysis", REPOSITORY / SHARED),
    ],
)
def test_the_nearest_notebook_runs(
    bare: Workspace, there: tuple[str, ...], document: DocumentName, runs: str | Path
) -> None:
    """The agency's own of the year and document comes first, then the workspace's, then the package's."""
    for file in there:
        bare.write(file, "{}")

    assert notebook_of(task_for(workspace=bare.root, document=document)) == bare.root / runs


@pytest.fixture
def without_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run notebooks in this process."""
    monkeypatch.setattr(execution, "run_notebook", in_process.run_notebook)


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(bare: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command in the bare workspace; it gives the exit status and stderr."""

    def run_here(*arguments: object) -> tuple[int, str]:
        monkeypatch.chdir(bare.root)
        monkeypatch.setattr(sys, "argv", ["ita-nb", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0), capsys.readouterr().err

    return run_here


def marked(file: str) -> str:
    """Return a text without digits, which a document changes, that names a notebook."""
    return f"{OURS} {'ใน work' if file.startswith('work') else 'ที่ระบุ'}"


REPORT = ("report", AGENCY, "--year", YEAR, "--format", "html")


@pytest.mark.usefixtures("without_kernel")
@pytest.mark.parametrize(
    ("there", "options", "said"),
    [
        ((), (), ""),
        ((OWN,), (), OWN),
        ((OWN, "ours.ipynb"), ("--notebook", "ours.ipynb"), "ours.ipynb"),
    ],
    ids=["package", "work", "option"],
)
def test_report_says_which_notebook_it_ran(
    bare: Workspace, run: Run, there: tuple[str, ...], options: tuple[str, ...], said: str
) -> None:
    """A notebook that is not the package's own is named, and its cells are in the document."""
    for file in there:
        bare.write(file, note(SHARED, marked(file)))
    status, err = run(*REPORT, *options)
    page = (bare.root / f"outputs/{YEAR}/{AGENCY}/{AGENCY}-{YEAR}-analysis.html").read_text(encoding="utf-8")

    assert status == 0
    assert f"สมุดบันทึกที่ใช้: {said} (ต่างจากของโปรแกรม)\n" in err if said else "สมุดบันทึกที่ใช้" not in err
    assert [file for file in there if marked(file) in page] == [said] * bool(said)


@pytest.mark.parametrize(
    ("file", "content", "options", "found"),
    [
        (OWN, note(OF_MEASURES), (), "สมุดบันทึกของเอกสาร progress"),
        ("x.ipynb", note(OF_MEASURES), ("--notebook", "x.ipynb"), "สมุดบันทึกของเอกสาร progress"),
        ("x.ipynb", "{}", ("--notebook", "x.ipynb"), "KeyError"),
        ("x.ipynb", "{}", ("--notebook", "y.ipynb"), "ไม่มีแฟ้มนี้"),
        ("x/y.ipynb", "{}", ("--notebook", "x"), "IsADirectoryError"),
        (OWN, note("notebooks/province_overview.ipynb"), (), "folder"),
    ],
    ids=["other-in-work", "other-by-option", "no-notebook", "missing", "folder", "overview"],
)
def test_a_notebook_that_cannot_make_the_document(
    bare: Workspace, run: Run, file: str, content: str, options: tuple[str, ...], found: str
) -> None:
    """It is refused before it runs, with what was expected, what was found and what to do."""
    bare.write(file, content)
    status, err = run(*REPORT, *options)

    assert status == 2
    assert found in err.partition("ที่พบ:")[2]
    assert err.index("ที่คาดไว้:") < err.index("ที่พบ:") < err.index("วิธีแก้:")
    assert not (bare.root / "outputs").exists()


def test_the_measures_are_not_made_by_the_notebook_of_the_analysis(workspace: Workspace) -> None:
    """A notebook of the analysis is refused for a report on the measures, and the other way is named."""
    workspace.write("work/takothong-2568-progress.ipynb", note(SHARED))
    with pytest.raises(ParameterError, match="--document analysis"):
        make_report(Task("takothong", "", YEAR, workspace.root, "progress"))


# ---------------------------------------------------------------- however it is installed


def in_a_clone(folder: Path) -> str:
    """Return the folder of a copy of the sources, which nobody installed."""
    for name in ("ita_nb", "notebooks"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return str(folder)


def from_a_wheel(folder: Path) -> str:
    """Return the folder in which a wheel of the project is installed."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder / "wheel"]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = (folder / "wheel").glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", folder / "site"]
    subprocess.run([*install, wheel], check=True, capture_output=True)
    return str(folder / "site")


@pytest.mark.parametrize("installed", [in_a_clone, from_a_wheel])
def test_a_folder_with_data_is_enough(
    bare: Workspace, tmp_path: Path, installed: Callable[[Path], str]
) -> None:
    """The package finds its notebooks, and makes a report of data that nothing else lies beside.

    All other tests here are of an editable installation.
    """
    place = installed(tmp_path / "installed")
    done = subprocess.run(
        [sys.executable, "-m", "ita_nb", *map(str, REPORT)],
        cwd=bare.root,
        env={**os.environ, "PYTHONPATH": place},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "สมุดบันทึกที่ใช้" not in done.stderr
    assert (bare.root / done.stdout.splitlines()[-1]).name == f"{AGENCY}-{YEAR}-analysis.html"


# ---------------------------------------------------------------- ita-nb lab


def test_a_copy_is_of_its_agency(bare: Workspace) -> None:
    """Run as it stands, in its own folder, the copy makes the document of the agency and year it is for."""
    copy = make_work_notebook(bare.root, "bangkrabue", 2565, "analysis")
    cover = read_document(run_notebook(copy, {}, bare.root).notebook).cover

    assert copy == bare.root / "work/bangkrabue-2565.ipynb"
    assert (cover.agency_id, cover.fiscal_year) == ("bangkrabue", 2565)


PARAMETERS = """# ค่าตั้งต้น
fiscal_year: int = 2500 + 1  # ปี
agency_id = 'ก"ข'  # รหัส 'hannangam'
digits: str = "thai"
texts = ["agency_id = 1"]"""


def test_a_copy_changes_two_values_only(bare: Workspace) -> None:
    """Agency and year are set however they were written; comments, order and all else stay; outputs go."""
    shown = nbformat.v4.new_output("stream", text="ของหน่วยงานอื่น")
    tagged = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, outputs=[shown])
    cells = [nbformat.v4.new_markdown_cell("หัวข้อ"), tagged, nbformat.v4.new_code_cell("1", execution_count=7)]
    bare.write(SHARED, nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    made = nbformat.read(make_work_notebook(bare.root, "new", 2599, "analysis"), as_version=4)
    expected = PARAMETERS.replace("2500 + 1", "2599").replace("'ก\"ข'", '"new"')

    assert [cell.source for cell in made.cells] == ["หัวข้อ", expected, "1"]
    assert [(cell.outputs, cell.execution_count) for cell in made.cells[1:]] == [([], None)] * 2


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What a stand-in for JupyterLab is started with."""
    started: list[list[str]] = []
    package, app = ModuleType("jupyterlab"), ModuleType("jupyterlab.labapp")
    package.__spec__ = ModuleSpec("jupyterlab", None)
    stand_in: Any = app
    stand_in.LabApp = type("LabApp", (), {"launch_instance": staticmethod(started.append)})
    monkeypatch.setitem(sys.modules, "jupyterlab", package)
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", app)
    return started


def test_lab_makes_the_copy_once(bare: Workspace, run: Run, opened: list[list[str]]) -> None:
    """The copy is opened at the root of the workspace, and a second time as it was left."""
    first = run("lab", AGENCY, "--year", YEAR)
    bare.append(OWN, " ")
    left = (bare.root / OWN).read_bytes()
    second = run("lab", AGENCY, "--year", YEAR)

    assert (first[0], second[0]) == (0, 0)
    assert OWN in first[1]
    assert (bare.root / OWN).read_bytes() == left
    assert opened == [[f"--ServerApp.root_dir={bare.root}", str(bare.root / OWN)]] * 2


def test_lab_opens_the_measures(workspace: Workspace, run: Run, opened: list[list[str]]) -> None:
    """With --document progress the notebook of the measures is copied, under a name of its own."""
    options = ("--document", "progress", "--workspace", workspace.root)
    status, _ = run("lab", "takothong", "--year", YEAR, *options)
    path = workspace.root / f"work/takothong-{YEAR}-progress.ipynb"

    assert (status, opened[0][1]) == (0, str(path))
    assert "texts" not in json.loads(path.read_text(encoding="utf-8"))["cells"][2]["source"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("nobody", "--year", YEAR), "nobody"),
        ((AGENCY, "--year", 2400), "2400"),
        (("../x", "--year", YEAR), "x"),
    ],
)
def test_lab_makes_no_copy_for_what_is_not_there(
    bare: Workspace, run: Run, opened: list[list[str]], arguments: tuple[object, ...], found: str
) -> None:
    """An unknown agency or year is told, and leaves no notebook."""
    status, err = run("lab", *arguments)

    assert (status, found in err, opened) == (2, True, [])
    assert not (bare.root / "work").exists()


def test_lab_says_how_to_install_it(bare: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without JupyterLab the command that installs it is told, and nothing is made."""
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    status, err = run("lab", AGENCY, "--year", YEAR)

    assert (status, '-m pip install "ita-nb[lab]"' in err) == (2, True)
    assert not (bare.root / "work").exists()
