"""The worker: one task becomes its files or its failure, and nothing else is left of it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import in_process
import nbformat
import pytest
from conftest import Workspace
from in_process import HANNANGAM, task_for

from ita_nb.batch import exports, worker
from ita_nb.batch.content import Content
from ita_nb.batch.execution import Execution, ExecutionError, Limits, Trouble
from ita_nb.batch.task import Failure, Outcome, Task
from ita_nb.document import html
from ita_nb.errors import RenderError

NOTEBOOK = "notebooks/agency_report.ipynb"
STEM = "hannangam-2568-analysis"


@pytest.fixture(autouse=True)
def _without_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "execute", in_process.execute)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder that is not there yet."""
    return tmp_path / "out"


def html_only(out: Path | str, **changed: Any) -> Task:
    """Return the task of the demo report in the format that is made fastest."""
    return task_for(out, formats=("html",), **changed)


def files_in(folder: Path) -> list[str]:
    """Return every file below a folder."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def failure_of(task: Task) -> Failure:
    """Return why a task failed."""
    outcome = worker.make_one(task)
    assert outcome.failure is not None
    return outcome.failure


# ---------------------------------------------------------------- a task that is done


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Outcome]]:
    """The output folder of the demo report in all formats, and its outcome."""
    folder = tmp_path_factory.mktemp("done")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "execute", in_process.execute)
        yield folder, worker.make_one(task_for(folder))


def test_files_are_put_under_the_agency(done: tuple[Path, Outcome]) -> None:
    """The notebook and every format stand in the agency's folder, and nothing else anywhere."""
    folder, _ = done

    assert files_in(folder) == [f"hannangam/{STEM}.{ending}" for ending in ("docx", "html", "ipynb", "pdf")]


def test_files_are_told_with_their_fingerprints(done: tuple[Path, Outcome]) -> None:
    """The outcome names each file with its size and fingerprint, the notebook first."""
    folder, outcome = done
    contents = [(folder / file.path).read_bytes() for file in outcome.files]

    assert [file.path.rpartition(".")[2] for file in outcome.files] == ["ipynb", "html", "pdf", "docx"]
    assert [(f.size, f.sha256) for f in outcome.files] == [
        (len(content), hashlib.sha256(content).hexdigest()) for content in contents
    ]


def test_outcome_holds_what_the_document_says(done: tuple[Path, Outcome]) -> None:
    """The tables of the document travel with the outcome."""
    content = Content.unpacked(done[1].content)

    assert content.tables["results"][0]["total_stated"] == 49.74


def test_outcome_counts_errors_and_pages(done: tuple[Path, Outcome]) -> None:
    """The outcome counts the errors in the agency's data and the pages of its PDF."""
    assert (done[1].errors, done[1].pages > 20) == (5, True)


def test_outcome_adds_up_what_was_used(done: tuple[Path, Outcome]) -> None:
    """CPU time and memory of the kernel (one second, 100 MB here) and of the worker count together."""
    outcome = done[1]

    assert (outcome.kernel, outcome.attempts) == ("cold", 1)
    assert outcome.peak_mb > 100
    assert outcome.cpu_seconds > 1.0
    assert outcome.seconds > 0.0


def test_outcome_survives_its_line(done: tuple[Path, Outcome]) -> None:
    """An outcome read from its line of JSON is the same."""
    line = done[1].to_json()

    assert "\n" not in line
    assert Outcome.from_json(line) == done[1]


# ---------------------------------------------------------------- a task that fails


def raising(error: Exception) -> Callable[..., Any]:
    """Return a function that only raises."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def with_cell(workspace: Workspace, source: str) -> Path:
    """Put other source into the cell of the contact."""
    workspace.edit(NOTEBOOK, "show(exhibits.contact(report))", source)
    return workspace.root


def broken_cell(workspace: Workspace, _: Path, __: pytest.MonkeyPatch) -> dict[str, Any]:
    """A cell raises."""
    return {"workspace": with_cell(workspace, "1 / 0")}


def unready(_: Workspace, __: Path, ___: pytest.MonkeyPatch) -> dict[str, Any]:
    """A publication edition with drafts is asked for."""
    return {"edition": "publish"}


def unknown_agency(_: Workspace, __: Path, ___: pytest.MonkeyPatch) -> dict[str, Any]:
    """An agency without data is asked for."""
    return {"agency_id": "nobody"}


def unusable_words(workspace: Workspace, _: Path, __: pytest.MonkeyPatch) -> dict[str, Any]:
    """The agency's params file has a misspelt key."""
    workspace.append("params/hannangam-2568.yaml", "ofice: {}")
    return {"workspace": workspace.root}


def without_tables(workspace: Workspace, _: Path, __: pytest.MonkeyPatch) -> dict[str, Any]:
    """The notebook has lost the cell of its tables."""
    workspace.edit(NOTEBOOK, "frames.tables_of(report)", "None")
    return {"workspace": workspace.root}


def other_name(_: Workspace, __: Path, ___: pytest.MonkeyPatch) -> dict[str, Any]:
    """The plan knows the agency by another name than the data."""
    return {"name_th": "เทศบาลตำบลอื่น"}


def other_page(_: Workspace, __: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The page that is made is of another agency."""
    whole = html.render
    patch.setattr(html, "render", lambda document: whole(document).replace(HANNANGAM, "เทศบาลตำบลอื่น"))
    return {}


def file_for_folder(_: Workspace, out: Path, __: pytest.MonkeyPatch) -> dict[str, Any]:
    """The output folder is a file."""
    out.write_text("")
    return {}


def locked_file(_: Workspace, out: Path, __: pytest.MonkeyPatch) -> dict[str, Any]:
    """In the place of the page stands what cannot be replaced."""
    (out / "hannangam" / f"{STEM}.html" / "x").mkdir(parents=True)
    return {}


def full_disk(_: Workspace, __: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """There is no room left for a format."""
    patch.setattr(Path, "write_bytes", raising(OSError(errno.ENOSPC, "No space left on device")))
    return {}


def greedy_renderer(_: Workspace, __: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A renderer gets no memory."""
    patch.setattr(html, "render", raising(MemoryError()))
    return {}


def faulty_renderer(_: Workspace, __: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A renderer has a fault."""
    patch.setattr(html, "render", raising(ZeroDivisionError("division by zero")))
    return {}


def refusing_renderer(_: Workspace, __: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A renderer cannot take what it gets."""
    error = RenderError(where="ภาพ", expected="SVG", found="ข้อความ", todo="แก้")
    patch.setattr(html, "render", raising(error))
    return {}


FAILURES: dict[str, tuple[Callable[[Workspace, Path, pytest.MonkeyPatch], dict[str, Any]], str, str]] = {
    "a cell raises": (broken_cell, "cell-failed", "ZeroDivisionError"),
    "publication is not ready": (unready, "refused", "ฉบับเผยแพร่"),
    "an unknown agency": (unknown_agency, "data", "nobody"),
    "a misspelt key of people": (unusable_words, "data", "ofice"),
    "no tables": (without_tables, "unverified", "tables_of(report)"),
    "another name": (other_name, "unverified", "เทศบาลตำบลอื่น"),
    "a page of another agency": (other_page, "unverified", "ชื่อหน่วยงาน"),
    "a file for a folder": (file_for_folder, "disk", "เขียนแฟ้มไม่ได้"),
    "a locked file": (locked_file, "disk", "เขียนแฟ้มผลลัพธ์"),
    "a full disk": (full_disk, "disk", "No space left"),
    "no memory for a renderer": (greedy_renderer, "memory", "หน่วยความจำ"),
    "a fault in a renderer": (faulty_renderer, "unexpected", "ZeroDivisionError"),
    "an unusable picture": (refusing_renderer, "unexpected", "SVG"),
}


@pytest.mark.parametrize(("arrange", "cause", "said"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_told_by_its_cause(
    workspace: Workspace,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    arrange: Callable[[Workspace, Path, pytest.MonkeyPatch], dict[str, Any]],
    cause: str,
    said: str,
) -> None:
    """Each failure has its cause, says what happened, and leaves no unfinished file."""
    failure = failure_of(html_only(out, **arrange(workspace, out, monkeypatch)))

    assert failure.cause == cause
    assert said in failure.message_th
    left = files_in(out) if out.is_dir() else []
    assert [name for name in left if not name.startswith("failed/")] == []
    assert not out.is_dir() or list((out / ".work").iterdir()) == []


@pytest.mark.parametrize("cause", ["cell-timeout", "run-timeout", "memory", "kernel-died"])
def test_what_a_kernel_meets_is_passed_on(out: Path, monkeypatch: pytest.MonkeyPatch, cause: Any) -> None:
    """The causes of the execution are those of the task, with the cell, and what it used is counted."""
    error = ExecutionError(
        "agency_report.ipynb", Trouble(cause, 3, "x"), Limits(1, 2, 3), Execution("warm", 2, 5.0, 900)
    )
    monkeypatch.setattr(worker, "execute", raising(error))
    outcome = worker.make_one(html_only(out))

    assert outcome.failure == Failure(cause, "เซลล์ที่ 3", str(error))
    assert (outcome.kernel, outcome.attempts) == ("warm", 2)
    assert outcome.peak_mb > 900
    assert outcome.cpu_seconds >= 5.0


def test_the_partial_notebook_is_kept_with_its_error(workspace: Workspace, out: Path) -> None:
    """What ran is kept under ``failed/``, the error in it."""
    failure = failure_of(html_only(out, workspace=with_cell(workspace, "1 / 0")))
    notebook = nbformat.reads((out / failure.kept).read_text(encoding="utf-8"), as_version=4)
    errors = [o.ename for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]

    assert failure.kept == f"failed/{STEM}.ipynb"
    assert errors == ["ZeroDivisionError"]


def test_a_later_success_removes_the_failed_notebook(workspace: Workspace, out: Path) -> None:
    """Once the report is made, nothing tells of the failure before."""
    task = html_only(out, workspace=with_cell(workspace, "1 / 0"))
    failure_of(task)
    worker.make_one(html_only(out))

    assert files_in(out) == [f"hannangam/{STEM}.html", f"hannangam/{STEM}.ipynb"]


def test_a_failure_leaves_the_last_edition(out: Path) -> None:
    """The files of the last edition stay as they were when the next one fails."""
    worker.make_one(html_only(out))
    before = {name: (out / name).read_bytes() for name in files_in(out)}
    failure_of(html_only(out, name_th="เทศบาลตำบลอื่น"))

    assert {name: (out / name).read_bytes() for name in before} == before


def test_what_a_killed_worker_left_is_no_hindrance(out: Path) -> None:
    """A work folder of the same name, left by a worker that was killed, is made anew."""
    left = out / ".work" / f"{STEM}-{os.getpid()}"
    left.mkdir(parents=True)
    (left / f"{STEM}.pdf").write_text("half")

    assert worker.make_one(html_only(out)).is_done
    assert list((out / ".work").iterdir()) == []


# ---------------------------------------------------------------- tasks in, outcomes out


def served(*tasks: Task) -> list[Outcome]:
    """Hand tasks to a serving worker, one after the other, and return its answers."""
    incoming, asking = os.pipe()
    answering, outgoing = os.pipe()
    serving = threading.Thread(target=worker.serve, args=(incoming, outgoing))
    serving.start()
    found = []
    with os.fdopen(asking, "w", encoding="utf-8") as tell, os.fdopen(answering, encoding="utf-8") as hear:
        for task in tasks:
            tell.write(task.to_json() + "\n")
            tell.flush()
            found.append(Outcome.from_json(hear.readline()))
        tell.close()
        assert hear.read() == ""
    serving.join(10)
    assert not serving.is_alive()
    return found


def test_each_task_is_answered_before_the_next(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are answered one by one, by their keys; the worker ends when no more can come."""
    monkeypatch.setattr(worker, "make_one", lambda task: Outcome(task.key, task.agency_id))
    tasks = [replace(task_for(out), key=key) for key in ("a", "b", "c")]

    assert [outcome.key for outcome in served(*tasks)] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ['ก"\n\r\t\x00', "\u2028\u2029\x85", "😀 <b>", "แฟ้ม \udcff"])
def test_any_text_fits_on_a_line(out: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Names and messages with line ends, quotes or letters that are no text come through."""
    failure = Failure("unexpected", "", text)
    monkeypatch.setattr(worker, "make_one", lambda task: Outcome(task.key, task.name_th, failure=failure))
    name = text.encode("utf-8", "ignore").decode()
    (outcome,) = served(replace(task_for(out), name_th=name))

    assert outcome.agency_id == name
    assert outcome.failure is not None
    assert outcome.failure.message_th.encode("utf-8", "replace") == text.encode("utf-8", "replace")


_NOISY = """
import os, runpy
import ita_nb.batch.execution as execution

def noisy(*args, **options):
    print("a library says something", flush=True)
    os.write(1, b"and so does its C code\\n")
    raise RuntimeError("enough")

execution.execute = noisy
runpy.run_module("ita_nb.batch.worker", run_name="__main__")
"""


def test_what_libraries_print_is_no_answer(out: Path) -> None:
    """On standard output there are only outcomes, whatever libraries print; that goes to standard error."""
    asked = task_for(out).to_json() + "\n"
    done = subprocess.run(
        [sys.executable, "-c", _NOISY], input=asked * 2, capture_output=True, encoding="utf-8", check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]

    assert [answer["failure"]["message_th"] for answer in answers] == [
        "ข้อผิดพลาดของโปรแกรม RuntimeError: enough"
    ] * 2
    assert done.stderr.count("a library says something") == 2
    assert done.stderr.count("and so does its C code") == 2


def test_exports_keep_the_order_of_the_formats(tmp_path: Path) -> None:
    """The notebook comes first, then the formats as they were asked for."""
    task = task_for(tmp_path, formats=("docx", "html"))
    path = tmp_path / f"{task.stem}.ipynb"
    made = exports.export(in_process.executed(task), path, task)

    assert [p.suffix for p in made.paths] == [".ipynb", ".docx", ".html"]
    assert made.pages == 0
