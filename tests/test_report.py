"""One report: what is put in place, what is recorded of it, and what stays when it fails."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import in_process
import nbformat
import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from documents import page_texts
from in_process import HANNANGAM, task_for

from ita_nb.cli import main
from ita_nb.document import html
from ita_nb.document.notebook import read_document
from ita_nb.errors import ParameterError, RenderError
from ita_nb.execution import ExecutionError
from ita_nb.intake.params_file import DocumentName
from ita_nb.made import StoreError, read_records, sha256_of
from ita_nb.notebook_files import make_work_notebook, notebook_of
from ita_nb.report import Failure, Made, failure_of, make, make_report, put_made
from ita_nb.tables import read_tables
from ita_nb.task import Cause, KernelKind, Limits, Task

NOTEBOOK = "notebooks/agency_report.ipynb"
STEM = f"{AGENCY}-{YEAR}-analysis"
KINDS: tuple[KernelKind, ...] = ("warm", "cold")

Patch = pytest.MonkeyPatch
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def without_kernel(monkeypatch: Patch) -> None:
    """Run notebooks in this process."""
    monkeypatch.setattr("ita_nb.execution.run_notebook", in_process.run_notebook)


def held(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


# ---------------------------------------------------------------- by the command, in real kernels


def command(*arguments: object, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command of the project as a person would."""
    done = subprocess.run(
        [sys.executable, "-m", "ita_nb", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@dataclass(frozen=True)
class Commanded:
    """A report as the command made it: its folder, and what the command printed."""

    folder: Path
    said: str
    told: str


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> dict[KernelKind, Commanded]:
    """The report of an agency's own notebook without tables, in both kinds of kernel.

    The workspace lies in a folder with braces, quotes, spaces and Thai letters in its name, and programs lie
    beside its data.
    """
    root = tmp_path_factory.mktemp("commanded") / "{y} 'งาน' \"ita\" {0}"
    for folder in ("data", "params"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    own = nbformat.read(REPOSITORY / NOTEBOOK, as_version=4)
    own.cells = [cell for cell in own.cells if "tables_of(" not in cell.source]
    (root / "work").mkdir()
    nbformat.write(own, root / OWN)
    for place in ("yaml.py", "data/papermill.py", "work/yaml.py", "work/papermill.py"):
        (root / place).write_text("raise SystemExit('executed')", encoding="utf-8")
    options = ("report", AGENCY, "--year", YEAR, "--format", "html,pdf")
    ran = {kind: command(*options, "--kernel", kind, "--out", kind, folder=root) for kind in KINDS}
    return {kind: Commanded(root / kind, done.stdout, done.stderr) for kind, done in ran.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_says_what_was_made(commanded: dict[KernelKind, Commanded], kind: KernelKind) -> None:
    """The record holds whose document it is, its files with their hashes, and what the result is."""
    folder = commanded[kind].folder
    record = read_records(folder)[STEM]
    names = [*(f"{STEM}.{ending}" for ending in ("ipynb", "html", "pdf")), "tables.parquet"]
    measured = {name: record.pop(name) for name in ("made_at", "seconds", "cpu_seconds")}

    assert {**record, "files": {name: file["sha256"] for name, file in record["files"].items()}} == {
        "agency_id": AGENCY,
        "name_th": HANNANGAM,
        "fiscal_year": YEAR,
        "document": "analysis",
        "edition": "working",
        "notebook": "work",
        "key": "",
        "peers": "",
        "kernel": kind,
        "errors": 5,
        "verdict": {"total": 94.1806, "levels": ["ผ่านดี"], "problems": 5},
        "failure": None,
        "pages": len(page_texts(folder / f"{STEM}.pdf")),
        "files": {name: sha256_of(folder / name) for name in names},
    }
    assert (measured["made_at"].endswith("+00:00"), measured["cpu_seconds"] > 0) == (True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_the_documents(commanded: dict[KernelKind, Commanded], kind: KernelKind) -> None:
    """On standard output stand the paths of the documents and nothing else; beside, which notebook ran."""
    names = [f"{kind}/{STEM}.{ending}" for ending in ("ipynb", "html", "pdf")]

    assert commanded[kind].said.splitlines() == names
    assert (f"สมุดบันทึกที่ใช้: {OWN}" in commanded[kind].told, "executed" in commanded[kind].told) == (True, False)


def test_both_kernels_give_the_same(commanded: dict[KernelKind, Commanded]) -> None:
    """Blocks, page, tables and the text of the PDF are equal, and the notebook names no folder."""
    warm, cold = (commanded[kind].folder / STEM for kind in KINDS)
    notebooks = [nbformat.read(stem.with_suffix(".ipynb"), as_version=4) for stem in (warm, cold)]

    assert read_document(notebooks[0]) == read_document(notebooks[1])
    assert warm.with_suffix(".html").read_bytes() == cold.with_suffix(".html").read_bytes()
    assert page_texts(warm.with_suffix(".pdf")) == page_texts(cold.with_suffix(".pdf"))
    assert sha256_of(warm.with_name("tables.parquet")) == sha256_of(cold.with_name("tables.parquet"))
    assert "{y}" not in cold.with_suffix(".ipynb").read_text(encoding="utf-8")


# ---------------------------------------------------------------- what stands in the folder


@pytest.mark.usefixtures("without_kernel")
def test_an_edited_document_is_kept_and_told(tmp_path: Path, run: Run) -> None:
    """Made twice, a document that a person edited in between stands beside the new one, and is named."""
    again = ("report", AGENCY, "--year", YEAR, "--format", "docx", "--out", tmp_path)
    assert run(*again)[0] == 0
    (tmp_path / f"{STEM}.docx").write_bytes(b"by hand")
    status, told = run(*again)

    assert (status, f"{STEM}.edited-1.docx" in told) == (0, True)
    assert (tmp_path / f"{STEM}.edited-1.docx").read_bytes() == b"by hand"
    assert sorted(path.suffix for path in tmp_path.glob(f"{STEM}.*")) == [".docx", ".docx", ".ipynb"]


@pytest.mark.usefixtures("without_kernel")
def test_documents_share_a_folder(tmp_path: Path) -> None:
    """An analysis and a report on measures stand side by side, the tables of both in one file."""
    other = Task("takothong", "", YEAR, REPOSITORY, "progress", formats=("html",))
    for task in (task_for(formats=("html",)), other, task_for(formats=("html",))):
        assert make_report(task, tmp_path).copies == ()

    assert [*read_tables(tmp_path / "tables.parquet")] == [STEM, other.stem] == [*read_records(tmp_path)]


@pytest.mark.usefixtures("without_kernel")
def test_a_failure_stands_beside_the_last_edition(tmp_path: Path, workspace: Workspace) -> None:
    """It leaves every file as it was, says how to repeat it, and goes with the next good making."""
    out = tmp_path / "out"
    put_made(make(task_for(formats=("html",))), out)
    before, good = held(out), read_records(out)[STEM]
    broken = task_for(formats=("html",), **broken_cell(workspace))
    put_made(make(broken), out)
    after, failed = held(out), read_records(out)[STEM]
    partial = after[f"{STEM}.failed.ipynb"].decode()

    assert {name for name in after if after[name] != before.get(name)} == {
        "made.json", f"{STEM}.failed.ipynb"
    }  # fmt: skip
    assert (failed["files"], failed["key"]) == (good["files"], good["key"])
    assert failed["failure"]["cause"] == "cell-failed"
    assert failed["failure"]["command"] == f"ita-nb report {AGENCY} --year {YEAR} --format html"
    assert ("ZeroDivisionError" in partial, str(workspace.root) in partial) == (True, False)
    put_made(make(task_for(formats=("html",))), out)
    assert (held(out).keys(), read_records(out)[STEM]["failure"]) == (before.keys(), None)


def test_a_first_failure_is_recorded_too(tmp_path: Path) -> None:
    """Where nothing was made yet, the folder says for whom nothing was."""
    put_made(Made(task_for(), failure=Failure("data", "แถว 3", "ข้อความ", 3)), tmp_path / "a")
    record = read_records(tmp_path / "a")[STEM]

    assert (record["name_th"], record["key"], record["files"]) == (HANNANGAM, "", {})
    assert (record["failure"]["cell"], record["failure"]["message_th"]) == (3, "ข้อความ")


def test_the_command_repeats_the_task() -> None:
    """Whatever is not usual is in the command that repeats a failed task."""
    task = task_for(edition="publish", digits="arabic", document="progress", draft=True, formats=("pdf",))
    told = "--document progress --edition publish --digits arabic --draft --format pdf"

    assert " ".join(task.command) == f"ita-nb report {AGENCY} --year {YEAR} {told}"


# ---------------------------------------------------------------- what fails


def raising(error: Exception) -> Callable[..., Any]:
    """Return a function that only raises."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def broken_cell(workspace: Workspace) -> dict[str, Any]:
    """A cell raises."""
    workspace.edit(NOTEBOOK, "show(exhibits.contact(report))", "1 / 0")
    return {"workspace": workspace.root}


def unusable_words(workspace: Workspace) -> dict[str, Any]:
    """The agency's params file has a misspelt key."""
    workspace.append("params/hannangam-2568.yaml", "ofice: {}")
    return {"workspace": workspace.root}


def without_tables(workspace: Workspace) -> dict[str, Any]:
    """The notebook has lost what its tables are of."""
    workspace.edit(NOTEBOOK, "frames.tables_of(report)", "None  # tables_of(")
    return {"workspace": workspace.root}


# What is asked for, or done to the workspace; the cause; what is said of it.
FAILURES: dict[str, tuple[dict[str, Any] | Callable[[Workspace], dict[str, Any]], str, str]] = {
    "a cell raises": (broken_cell, "cell-failed", "ZeroDivisionError"),
    "publication is not ready": ({"edition": "publish"}, "refused", "ฉบับเผยแพร่"),
    "an unknown agency": ({"agency_id": "nobody"}, "data", "nobody"),
    "a misspelt key of people": (unusable_words, "data", "ofice"),
    "no tables": (without_tables, "unverified", "tables_of(report)"),
    "another name": ({"name_th": "เทศบาลตำบลอื่น"}, "unverified", "เทศบาลตำบลอื่น"),
    "a missing notebook": ({"notebook": Path("no.ipynb")}, "unexpected", "no.ipynb"),
}
_USUAL = html.render
OF_A_RENDERER: dict[str, tuple[Callable[..., Any], str, str]] = {
    "a page of another agency": (
        lambda document: _USUAL(document).replace(HANNANGAM, "เทศบาลตำบลอื่น"),
        "unverified",
        "ชื่อหน่วยงาน",
    ),
    "no memory for a renderer": (raising(MemoryError()), "memory", "หน่วยความจำ"),
    "a full disk": (raising(OSError(errno.ENOSPC, "No space left")), "disk", "No space"),
    "a fault in a renderer": (raising(ZeroDivisionError("by 0")), "unexpected", "by 0"),
    "an unusable picture": (
        raising(RenderError(where="ภาพ", expected="SVG", found="ข้อความ", todo="แก้")),
        "unexpected",
        "SVG",
    ),
}


@pytest.mark.usefixtures("without_kernel")
@pytest.mark.parametrize(
    ("asked", "renderer", "cause", "said"),
    [
        *((asked, _USUAL, *told) for asked, *told in FAILURES.values()),
        *(({}, renderer, *told) for renderer, *told in OF_A_RENDERER.values()),
    ],
    ids=[*FAILURES, *OF_A_RENDERER],
)
def test_a_failure_is_told_by_its_cause(
    workspace: Workspace, monkeypatch: Patch, asked: Any, renderer: Callable[..., Any], cause: str, said: str
) -> None:
    """Whatever goes wrong is an outcome with its cause, that says what happened, and has no files."""
    monkeypatch.setattr(html, "render", renderer)
    changed = asked(workspace) if callable(asked) else asked
    made = make(task_for(**{"formats": ("html",), **changed}))

    assert (made.failure.cause, made.contents) == (cause, {})
    assert said in made.failure.message_th
    assert bool(made.partial) == (cause in {"cell-failed", "refused", "data"})


@pytest.mark.parametrize("cause", ["cell-timeout", "run-timeout", "memory", "kernel-died"])
def test_what_a_kernel_meets_is_passed_on(cause: Cause) -> None:
    """The causes of the execution are those of the task, with the cell."""
    error = ExecutionError("x.ipynb", cause, 3, "x", Limits(1, 2, 3), None)

    assert failure_of(error) == Failure(cause, "เซลล์ที่ 3", str(error), 3)


def test_what_a_store_meets_is_of_the_disk() -> None:
    """A folder that cannot be written is a failure of the disk."""
    assert failure_of(StoreError(where="out", expected="", found="", todo="")).cause == "disk"


# ---------------------------------------------------------------- which notebook


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
        ((), "analysis", REPOSITORY / NOTEBOOK),
        ((), "progress", REPOSITORY / OF_MEASURES),
        ((NOTEBOOK,), "analysis", NOTEBOOK),
        ((NOTEBOOK,), "progress", REPOSITORY / OF_MEASURES),
        ((NOTEBOOK, OWN), "analysis", OWN),
        ((OF_MEASURES, OWN), "progress", OF_MEASURES),
        ((OF_MEASURES, OWN, OWN_OF_MEASURES), "progress", OWN_OF_MEASURES),
        ((f"work/{AGENCY}-{YEAR + 1}.ipynb",), "analysis", REPOSITORY / NOTEBOOK),
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
def run(bare: Workspace, monkeypatch: Patch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command in the bare workspace; it gives the exit status and stderr."""
    monkeypatch.chdir(bare.root)

    def run_here(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["ita-nb", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0), capsys.readouterr().err

    return run_here


def marked(file: str) -> str:
    """Return a text without digits, which a document changes, that names a notebook."""
    return f"{OURS} {'ใน work' if file.startswith('work') else 'ที่ระบุ'}"


COMMAND = ("report", AGENCY, "--year", YEAR, "--format", "html")


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
        bare.write(file, note(NOTEBOOK, marked(file)))
    status, err = run(*COMMAND, *options)
    page = (bare.root / f"outputs/{YEAR}/{AGENCY}/{AGENCY}-{YEAR}-analysis.html").read_text(encoding="utf-8")

    assert status == 0
    assert f"สมุดบันทึกที่ใช้: {said} (ต่างจากของโปรแกรม)\n" in err if said else "สมุดบันทึกที่ใช้" not in err
    assert [file for file in there if marked(file) in page] == [said] * bool(said)


@pytest.mark.parametrize(
    ("file", "content", "options", "found"),
    [
        (OWN, OF_MEASURES, (), "สมุดบันทึกของเอกสาร progress"),
        ("x.ipynb", OF_MEASURES, ("--notebook", "x.ipynb"), "สมุดบันทึกของเอกสาร progress"),
        ("x.ipynb", "", ("--notebook", "x.ipynb"), "KeyError"),
        ("x.ipynb", "", ("--notebook", "y.ipynb"), "ไม่มีแฟ้มนี้"),
        ("x/y.ipynb", "", ("--notebook", "x"), "IsADirectoryError"),
        (OWN, "notebooks/province_overview.ipynb", (), "folder"),
    ],
    ids=[
        "other-in-work",
        "other-by-option",
        "no-notebook",
        "missing",
        "folder",
        "overview",
    ],
)
def test_a_notebook_that_cannot_make_the_document(
    bare: Workspace, run: Run, file: str, content: str, options: tuple[str, ...], found: str
) -> None:
    """It is refused before it runs, with what was expected, what was found and what to do."""
    bare.write(file, note(content) if content else "{}")
    status, err = run(*COMMAND, *options)

    assert (status, found in err.partition("ที่พบ:")[2]) == (2, True)
    assert err.index("ที่คาดไว้:") < err.index("ที่พบ:") < err.index("วิธีแก้:")
    assert not (bare.root / "outputs").exists()


def test_the_measures_are_not_made_by_the_notebook_of_the_analysis(bare: Workspace) -> None:
    """A notebook of the analysis is refused for a report on the measures, and the other way is named."""
    bare.write("work/takothong-2568-progress.ipynb", note(NOTEBOOK))
    with pytest.raises(ParameterError, match="--document analysis"):
        make_report(Task("takothong", "", YEAR, bare.root, "progress"))


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
    done = command(*COMMAND, folder=bare.root, PYTHONPATH=place)

    assert "สมุดบันทึกที่ใช้" not in done.stderr
    assert (bare.root / done.stdout.splitlines()[-1]).name == f"{AGENCY}-{YEAR}-analysis.html"


# ---------------------------------------------------------------- ita-nb lab


def test_a_copy_is_of_its_agency(bare: Workspace) -> None:
    """Run as it stands, the copy makes the document of the agency and year it is for."""
    copy = make_work_notebook(bare.root, "bangkrabue", 2565, "analysis")
    cover = read_document(in_process.run_notebook(copy, {}, bare.root).notebook).cover

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
    bare.write(NOTEBOOK, nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
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
    app.LabApp = SimpleNamespace(launch_instance=started.append)
    for module in (package, app):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return started


def test_lab_makes_the_copy_once(bare: Workspace, run: Run, opened: list[list[str]]) -> None:
    """The copy is opened at the root of the workspace, and a second time as it was left."""
    first = run("lab", AGENCY, "--year", YEAR)
    bare.append(OWN, " ")
    left = (bare.root / OWN).read_bytes()

    assert (first[0], OWN in first[1], run("lab", AGENCY, "--year", YEAR)[0]) == (0, True, 0)
    assert (bare.root / OWN).read_bytes() == left
    assert opened == [[f"--ServerApp.root_dir={bare.root}", str(bare.root / OWN)]] * 2


def test_lab_opens_the_measures(bare: Workspace, run: Run, opened: list[list[str]]) -> None:
    """With --document progress the notebook of the measures is copied, under a name of its own."""
    status, _ = run("lab", "takothong", "--year", YEAR, "--document", "progress")
    path = bare.root / f"work/takothong-{YEAR}-progress.ipynb"

    assert (status, opened[0][1]) == (0, str(path))
    assert "texts" not in nbformat.read(path, as_version=4).cells[2].source


@pytest.mark.parametrize(
    ("arguments", "found", "is_installed"),
    [
        (("nobody", "--year", YEAR), "nobody", True),
        ((AGENCY, "--year", 2400), "2400", True),
        (("../x", "--year", YEAR), "x", True),
        ((AGENCY, "--year", YEAR), '-m pip install "ita-nb[lab]"', False),
    ],
    ids=["agency", "year", "path", "without JupyterLab"],
)
def test_lab_makes_no_copy_for_what_is_not_there(
    bare: Workspace,
    run: Run,
    opened: list[list[str]],
    monkeypatch: Patch,
    arguments: tuple[object, ...],
    found: str,
    is_installed: bool,
) -> None:
    """An unknown agency or year is told, or the command that installs it, and leaves no notebook."""
    if not is_installed:
        monkeypatch.setitem(sys.modules, "jupyterlab", None)
    status, err = run("lab", *arguments)

    assert (status, found in err, opened) == (2, True, [])
    assert not (bare.root / "work").exists()
