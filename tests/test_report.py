"""One report: what is put in place, what is recorded of it, and what stays when it fails."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import in_process
import nbformat
import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from documents import page_texts
from in_process import HANNANGAM, task_for

from ita_nb import execution
from ita_nb.cli import main
from ita_nb.document import html
from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError
from ita_nb.execution import ExecutionError
from ita_nb.made import StoreError, read_records, sha256_of
from ita_nb.report import Failure, Made, failure_of, make, make_report, put_made
from ita_nb.tables import read_tables
from ita_nb.task import KernelKind, Limits, Task

NOTEBOOK = "notebooks/agency_report.ipynb"
STEM = f"{AGENCY}-{YEAR}-analysis"
KINDS: tuple[KernelKind, ...] = ("warm", "cold")

Patch = pytest.MonkeyPatch
Arrange = Callable[[Workspace, Patch], dict[str, Any]]


@pytest.fixture
def without_kernel(monkeypatch: Patch) -> None:
    """Run notebooks in this process."""
    monkeypatch.setattr(execution, "run_notebook", in_process.run_notebook)


def held(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


# ---------------------------------------------------------------- by the command, in real kernels


@dataclass(frozen=True)
class Commanded:
    """A report as the command made it: its folder, and what the command printed."""

    folder: Path
    said: str
    told: str

    @property
    def record(self) -> dict[str, Any]:
        """What the folder says of the analysis."""
        return dict(json.loads((self.folder / "made.json").read_text(encoding="utf-8"))[STEM])


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> dict[KernelKind, Commanded]:
    """The report of an agency's own notebook without tables, in both kinds of kernel.

    The workspace lies in a folder with braces, quotes, spaces and Thai letters in its name, and programs lie
    beside its data.
    """
    root = tmp_path_factory.mktemp("commanded") / "{y} 'งาน' \"ita\" {0}"
    made = {}
    for folder in ("data", "params", "notebooks"):
        (root / folder).parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", REPOSITORY / folder, root / folder], check=True)
    own = nbformat.read(root / NOTEBOOK, as_version=4)
    own.cells = [cell for cell in own.cells if "tables_of(" not in cell.source]
    (root / "work").mkdir()
    nbformat.write(own, root / f"work/{AGENCY}-{YEAR}.ipynb")
    for place in (root, root / "data", root / "work"):
        for name in ("yaml", "papermill"):
            (place / f"{name}.py").write_text("raise SystemExit('executed')", encoding="utf-8")
    for kind in KINDS:
        command = ["report", AGENCY, "--year", str(YEAR), "--kernel", kind, "--out", root / kind]
        done = subprocess.run(
            [sys.executable, "-m", "ita_nb", *command, "--format", "html,pdf"],
            cwd=root,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        made[kind] = Commanded(root / kind, done.stdout, done.stderr)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_says_what_was_made(commanded: dict[KernelKind, Commanded], kind: KernelKind) -> None:
    """The record holds whose document it is, its files with their hashes, and what the result is."""
    made = commanded[kind]
    record = made.record
    told = {name: record.pop(name) for name in ("made_at", "seconds", "cpu_seconds", "pages", "files")}

    assert record == {
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
    }
    assert told["pages"] == len(page_texts(made.folder / f"{STEM}.pdf"))
    assert told["made_at"].endswith("+00:00")
    assert told["cpu_seconds"] > 0
    assert {name: file["sha256"] for name, file in told["files"].items()} == {
        name: sha256_of(made.folder / name)
        for name in (*(f"{STEM}.{ending}" for ending in ("ipynb", "html", "pdf")), "tables.parquet")
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_the_documents(commanded: dict[KernelKind, Commanded], kind: KernelKind) -> None:
    """On standard output stand the paths of the documents and nothing else; beside, which notebook ran."""
    names = [f"{kind}/{STEM}.{ending}" for ending in ("ipynb", "html", "pdf")]

    assert commanded[kind].said.splitlines() == names
    assert f"สมุดบันทึกที่ใช้: work/{AGENCY}-{YEAR}.ipynb" in commanded[kind].told
    assert "executed" not in commanded[kind].told


def test_both_kernels_give_the_same(commanded: dict[KernelKind, Commanded]) -> None:
    """Blocks, page, tables and the text of the PDF are equal."""
    warm, cold = (commanded[kind].folder / STEM for kind in KINDS)
    documents = [
        read_document(nbformat.read(stem.with_suffix(".ipynb"), as_version=4)) for stem in (warm, cold)
    ]

    assert documents[0] == documents[1]
    assert warm.with_suffix(".html").read_bytes() == cold.with_suffix(".html").read_bytes()
    assert page_texts(warm.with_suffix(".pdf")) == page_texts(cold.with_suffix(".pdf"))
    assert sha256_of(warm.with_name("tables.parquet")) == sha256_of(cold.with_name("tables.parquet"))


def test_the_notebook_names_no_folder(commanded: dict[KernelKind, Commanded]) -> None:
    """It goes to other people."""
    assert "{y}" not in (commanded["cold"].folder / f"{STEM}.ipynb").read_text(encoding="utf-8")


# ---------------------------------------------------------------- what stands in the folder


@pytest.mark.usefixtures("without_kernel")
def test_an_edited_document_is_kept_and_told(
    tmp_path: Path, monkeypatch: Patch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Made twice, a document that a person edited in between stands beside the new one, and is named."""
    command = ["ita-nb", "report", AGENCY, "--year", YEAR, "--format", "docx", "--workspace", REPOSITORY]
    monkeypatch.setattr(sys, "argv", [*map(str, command), "--out", str(tmp_path)])
    for number in range(2):
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == 0
        if not number:
            (tmp_path / f"{STEM}.docx").write_bytes(b"by hand")
            capsys.readouterr()

    assert (tmp_path / f"{STEM}.edited-1.docx").read_bytes() == b"by hand"
    assert f"{STEM}.edited-1.docx" in capsys.readouterr().err
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
    workspace.edit(NOTEBOOK, "show(exhibits.contact(report))", "1 / 0")
    put_made(make(task_for(workspace.root, formats=("html",))), out)
    after, failed = held(out), read_records(out)[STEM]

    assert {name: after[name] for name in before if name != "made.json"} == {
        name: content for name, content in before.items() if name != "made.json"
    }
    assert failed["failure"]["cause"] == "cell-failed"
    assert failed["failure"]["command"] == f"ita-nb report {AGENCY} --year {YEAR} --format html"
    assert (failed["files"], failed["key"]) == (good["files"], good["key"])
    partial = after[f"{STEM}.failed.ipynb"].decode()
    errors = [o for c in nbformat.reads(partial, as_version=4).cells for o in c.get("outputs", ())]
    assert errors[-1].ename == "ZeroDivisionError"
    assert str(workspace.root) not in partial

    put_made(make(task_for(formats=("html",))), out)
    assert held(out).keys() == before.keys()
    assert read_records(out)[STEM]["failure"] is None


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


def broken_cell(workspace: Workspace, _: Patch) -> dict[str, Any]:
    """A cell raises."""
    workspace.edit(NOTEBOOK, "show(exhibits.contact(report))", "1 / 0")
    return {"workspace": workspace.root}


def unusable_words(workspace: Workspace, _: Patch) -> dict[str, Any]:
    """The agency's params file has a misspelt key."""
    workspace.append("params/hannangam-2568.yaml", "ofice: {}")
    return {"workspace": workspace.root}


def without_tables(workspace: Workspace, _: Patch) -> dict[str, Any]:
    """The notebook has lost what its tables are of."""
    workspace.edit(NOTEBOOK, "frames.tables_of(report)", "None  # tables_of(")
    return {"workspace": workspace.root}


def with_renderer(renderer: Callable[..., Any]) -> Arrange:
    """Let the page be made in another way."""

    def arrange(_: Workspace, patch: Patch) -> dict[str, Any]:
        patch.setattr(html, "render", renderer)
        return {}

    return arrange


def asked(**changed: Any) -> Arrange:
    """Ask for something else."""
    return lambda *_: changed


_USUAL = html.render
FAILURES: dict[str, tuple[Arrange, str, str]] = {
    "a cell raises": (broken_cell, "cell-failed", "ZeroDivisionError"),
    "publication is not ready": (asked(edition="publish"), "refused", "ฉบับเผยแพร่"),
    "an unknown agency": (asked(agency_id="nobody"), "data", "nobody"),
    "a misspelt key of people": (unusable_words, "data", "ofice"),
    "no tables": (without_tables, "unverified", "tables_of(report)"),
    "another name": (asked(name_th="เทศบาลตำบลอื่น"), "unverified", "เทศบาลตำบลอื่น"),
    "a page of another agency": (
        with_renderer(lambda document: _USUAL(document).replace(HANNANGAM, "เทศบาลตำบลอื่น")),
        "unverified",
        "ชื่อหน่วยงาน",
    ),
    "no memory for a renderer": (with_renderer(raising(MemoryError())), "memory", "หน่วยความจำ"),
    "a full disk": (with_renderer(raising(OSError(errno.ENOSPC, "No space left"))), "disk", "No space"),
    "a fault in a renderer": (with_renderer(raising(ZeroDivisionError("by 0"))), "unexpected", "by 0"),
    "an unusable picture": (
        with_renderer(raising(RenderError(where="ภาพ", expected="SVG", found="ข้อความ", todo="แก้"))),
        "unexpected",
        "SVG",
    ),
    "a missing notebook": (asked(notebook=Path("no.ipynb")), "unexpected", "no.ipynb"),
}


@pytest.mark.usefixtures("without_kernel")
@pytest.mark.parametrize(("arrange", "cause", "said"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_told_by_its_cause(
    workspace: Workspace,
    monkeypatch: Patch,
    arrange: Arrange,
    cause: str,
    said: str,
) -> None:
    """Whatever goes wrong is an outcome with its cause, that says what happened, and has no files."""
    made = make(task_for(**{"formats": ("html",), **arrange(workspace, monkeypatch)}))

    assert made.failure
    assert (made.failure.cause, made.contents) == (cause, {})
    assert said in made.failure.message_th
    assert bool(made.partial) == (cause in {"cell-failed", "refused", "data"})


def test_what_a_kernel_and_a_store_meet_is_passed_on() -> None:
    """The causes of the execution are those of the task, with the cell."""
    for cause in ("cell-timeout", "run-timeout", "memory", "kernel-died"):
        error = ExecutionError("x.ipynb", cause, 3, "x", Limits(1, 2, 3), None)  # type: ignore[arg-type]
        assert failure_of(error) == Failure(cause, "เซลล์ที่ 3", str(error), 3)  # type: ignore[arg-type]
    store = StoreError(where="out", expected="", found="", todo="")
    assert failure_of(store).cause == "disk"
