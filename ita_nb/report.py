"""One report: run the notebook, export it, verify every file, put all in place.

:func:`make` is used alike by ``ita-nb report``, by the processes of a batch and by the workers of a cluster.
It writes nothing: what it returns is put into a folder by :func:`put_made`, of whoever asked.
"""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ita_nb.case import Case, build_case
from ita_nb.document.first_words import write_first, write_unfiled
from ita_nb.document.gate import blockers, refuse_unready
from ita_nb.errors import (
    FactsError,
    IntakeError,
    ItaError,
    ParameterError,
    Problem,
    PublicationRefusedError,
    RenderError,
)
from ita_nb.frames import MERGED, TABLES_MIME, Tables
from ita_nb.intake.params_file import words_path
from ita_nb.intake.workspace import find_workspace
from ita_nb.made import TABLES, StoreError, claimed, put, read_records, record_only
from ita_nb.notebook_files import (
    notebook_bytes,
    notebook_of,
    origin_of,
    partial_bytes,
)
from ita_nb.parameters import validate
from ita_nb.progress import ProgressCase, build_progress
from ita_nb.tables import columns_of, with_stem
from ita_nb.task import FORMATS, Cause, Task

if TYPE_CHECKING:  # heavy: who has nothing to make goes without
    from ita_nb.execution import Forks

# What a cell raises about the agency, not about the program, and its cause.
_OF_THE_AGENCY: dict[str, Cause] = {
    PublicationRefusedError.__name__: "refused",
    IntakeError.__name__: "data",
    FactsError.__name__: "data",
    ParameterError.__name__: "data",
}
# What a disk or a folder answers, whichever file is written.
_DISK = {
    getattr(errno, name)
    for name in "ENOSPC EDQUOT EROFS EACCES EPERM EIO EFBIG ENOTDIR EEXIST ESTALE".split()
    if hasattr(errno, name)
}
_COPY_ANEW = "สมุดบันทึกเป็นรุ่นเก่าหรือถูกแก้ไข ให้ย้ายแฟ้มนั้นออกจากโฟลเดอร์ work หรือ notebooks เพื่อใช้ของโปรแกรมรุ่นนี้ แล้วสั่งใหม่"
# Appended to an analyst's own notebook that does not show its tables: those of the report that it opened.
_SHOW_TABLES = "from ita_nb.notebook import opened_tables\n\nopened_tables()"
_LOCK_SECONDS = 60


@dataclass(frozen=True)
class Failure:
    """Why a task failed, for a person and for grouping; ``cell`` is 0 where no cell is to blame.

    ``cause`` is a :data:`~ita_nb.task.Cause`, or that of a stop before the first kernel.
    """

    cause: str
    where: str
    message_th: str
    cell: int = 0


@dataclass(frozen=True)
class Made:
    """What became of a task: its verified files by name with their record and tables, or its failure.

    ``partial`` is the notebook of a failed run as far as it came, and ``remarks`` name what the notebook
    displays and the document does not print.
    """

    task: Task
    record: Mapping[str, Any] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)
    tables: Mapping[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    partial: bytes = b""
    remarks: tuple[str, ...] = ()


def make(task: Task, forks: Forks | None = None) -> Made:
    """Make the document of a task; what goes wrong is told in the outcome, never raised."""
    try:
        return make_or_raise(task, forks, is_quiet=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other agencies go on
        partial = getattr(error, "notebook", None)
        kept = partial_bytes(partial, without=[task.workspace]) if partial else b""
        return Made(task, failure=failure_of(error), partial=kept)


def make_or_raise(task: Task, forks: Forks | None = None, *, is_quiet: bool = False) -> Made:
    """Make the document of a task, where its kernel is to be warm with one of ``forks``.

    Raises ExecutionError where a cell fails, UnverifiedError where something is not what was asked for,
    RenderError where a format cannot be made.
    """
    from ita_nb.execution import run_notebook

    began, cpu_began = time.monotonic(), time.process_time()
    path = notebook_of(task)
    run = run_notebook(
        path,
        task.parameters,
        task.workspace,
        document=task.document,
        forks=forks if task.kernel == "warm" else None,
        limits=task.limits,
        is_quiet=is_quiet,
        finish=_tables_cell,
    )
    contents, tidy, pages, remarks = _exported(run.notebook, task)
    record = {
        **{
            name: getattr(task, name)
            for name in ("agency_id", "name_th", "fiscal_year", "document", "edition")
        },
        "notebook": origin_of(path, task.workspace),
        "key": task.key,
        "peers": task.peers,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began, 3),
        "cpu_seconds": round(time.process_time() - cpu_began + run.cpu_seconds, 3),
        "kernel": run.kernel,
        "pages": pages,
        "errors": tidy.tables["results"][0]["errors"],
        "verdict": tidy.verdict,
        "failure": None,
    }
    return Made(task, record, contents, tidy.tables, remarks=remarks)


def _tables_cell(notebook: Any) -> str:
    """Return the cell that shows the tables, where no cell of the notebook does."""
    code = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return "" if any("tables_of(" in source for source in code) else _SHOW_TABLES


def put_made(made: Made, folder: Path) -> list[Path]:
    """Put what became of a task into the folder of its agency; return the copies of what people had edited.

    A failure stands beside the files of the last good making. Raises StoreError.
    """
    task, stem = made.task, made.task.stem
    if made.failure is None:
        path = folder / TABLES
        tables = with_stem(path.read_bytes() if path.is_file() else None, stem, made.tables)
        return put(folder, stem, made.record, {**made.contents, TABLES: tables})
    failure = {
        "cause": made.failure.cause,
        "cell": made.failure.cell,
        "where": made.failure.where,
        "message_th": made.failure.message_th,
        "command": " ".join(task.command),
    }
    former = {
        "key": "",
        **task.identity,
        **read_records(folder).get(stem, {"files": {}}),
        "failure": failure,
    }
    if made.partial:
        return put(folder, stem, former, {f"{stem}.failed.ipynb": made.partial}, "partial")
    record_only(folder, stem, former)
    return []


def _exported(notebook: Any, task: Task) -> tuple[dict[str, bytes], Tables, int, tuple[str, ...]]:
    """Make the formats of a task from its notebook, run; verify every one."""
    # Heavy, and whoever plans a batch imports this module too.
    from ita_nb.document import html, pdf, word
    from ita_nb.document.notebook import read_document
    from ita_nb.verify import UnverifiedError, expect, verify

    try:
        document, tidy = read_document(notebook), _tables_in(notebook)
    except RenderError as error:
        found = f"{error.where}: {error.found}"
        raise UnverifiedError(f"{task.stem}.ipynb", error.expected, found, _COPY_ANEW) from error
    expected = expect(notebook, document, tidy, task)
    contents, pages = {f"{task.stem}.ipynb": notebook_bytes(notebook)}, 0
    renderers = {"html": lambda made: html.render(made).encode(), "pdf": pdf.render, "docx": word.render}
    for ending in task.formats:
        content = renderers[ending](document)
        pages = verify(content, expected, ending) or pages
        contents[f"{task.stem}.{ending}"] = content
    return contents, tidy, pages, document.remarks


def _tables_in(notebook: Any) -> Tables:
    """Return the tables that an executed notebook carries.

    Raises RenderError where it does not carry them exactly once, or not in the columns of the codebook.
    """
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ())]
    found = [data[TABLES_MIME] for data in outputs if TABLES_MIME in data]
    expected, said = "ตารางข้อมูลหนึ่งชุด จากเซลล์ tables_of(report)", f"{len(found)} ชุด"
    if len(found) == 1:
        expected, said = "ตารางและคอลัมน์ตามที่ ita-nb รุ่นนี้กำหนด", "ต่างกัน"
        with suppress(KeyError, TypeError, AttributeError, ValueError):
            tables, own_words, verdict = (found[0][name] for name in ("tables", "own_words", "verdict"))
            # A notebook's file sorts the names of everything: the order of the columns is the codebook's.
            ordered = {
                name: [{c: row[c] for c in columns_of(name)} for row in tables[name]] for name in MERGED
            }
            if ordered == tables:
                return Tables(ordered, tuple(own_words), verdict)
    raise RenderError(
        where="สมุดบันทึก",
        expected=expected,
        found=said,
        todo="ใช้สมุดบันทึกต้นฉบับของโครงการ แล้วสั่งทำงานใหม่ทั้งเล่มด้วย ita-nb รุ่นเดียวกัน",
    )


def failure_of(error: Exception) -> Failure:
    """Return why a task failed."""
    from ita_nb.execution import ExecutionError
    from ita_nb.verify import UnverifiedError

    if isinstance(error, ExecutionError):
        name, _, said = error.found.partition(": ")
        where = f"เซลล์ที่ {error.cell}" if error.cell else ""
        if error.cause == "cell-failed" and name in _OF_THE_AGENCY:
            return Failure(_OF_THE_AGENCY[name], where, said.strip(), error.cell)
        return Failure(error.cause, where, str(error), error.cell)
    if isinstance(error, UnverifiedError):
        # The message names the file; what fails alike in many agencies is one thing to look at.
        return Failure("unverified", f"แฟ้ม {Path(error.where).suffix}", str(error))
    if isinstance(error, StoreError):
        return Failure("disk", "", str(error))
    if isinstance(error, OSError) and error.errno in _DISK:
        return Failure("disk", "", f"เขียนแฟ้มไม่ได้: {error}")
    if isinstance(error, MemoryError):
        return Failure("memory", "", "หน่วยความจำไม่พอสำหรับจัดทำเอกสาร ให้ลดจำนวนงานที่ทำพร้อมกัน แล้วสั่งใหม่")
    if isinstance(error, ItaError):
        return Failure("unexpected", error.where, str(error))
    last = traceback.extract_tb(error.__traceback__)[-1]
    where, said = f"{Path(last.filename).name}:{last.lineno}", f"{type(error).__name__}: {error}"
    return Failure("unexpected", where, f"ข้อผิดพลาดของโปรแกรม {said}")


# ---------------------------------------------------------------- for one person


@dataclass(frozen=True)
class FiledWords:
    """The params file of people's words: written now or not, its missing drafts, what failed."""

    path: Path
    written: bool = False
    unfiled: Path | None = None
    failure: str = ""


@dataclass(frozen=True)
class Report:
    """The files made, the notebook that ran, the received rows that could not be used, the params file.

    ``copies`` are of files that people had edited, ``without`` is what the documents do without, such as a
    logo that cannot be used; ``remarks`` as in :class:`Made`.
    """

    paths: tuple[Path, ...]
    notebook: Path
    set_aside: tuple[Problem, ...]
    without: tuple[Problem, ...]
    words: FiledWords
    remarks: tuple[str, ...]
    copies: tuple[Path, ...]


def make_report(task: Task, out: Path | None = None) -> Report:
    """Make the report of one agency into ``out`` (``outputs/<year>/<agency_id>``), for a person who waits.

    Raises an ItaError when the request or the data are unusable, the publication edition is not ready, or a
    made document does not verify; what stands in the folder then stays.
    """
    from ita_nb.execution import Forks, preload

    formats = _checked_formats(task.formats)
    workspace = find_workspace(task.workspace)
    build = build_progress if task.document == "progress" else build_case
    case = build(task.agency_id, task.fiscal_year, workspace)
    task = replace(task, name_th=case.agency.name_th, workspace=workspace, formats=formats)
    filed = words_path(workspace, task.agency_id, task.fiscal_year, task.document)
    if task.edition == "publish" and not task.draft:
        if blockers(case):
            file_words(case, filed)  # what is refused for its drafts must have them somewhere to confirm
        refuse_unready(case)
    out = out or workspace / "outputs" / str(task.fiscal_year) / task.agency_id
    validate(task.parameters)
    preload(notebook_of(task))
    from ita_nb.notebook import built

    built[task.document, task.agency_id, task.fiscal_year, workspace] = case  # a forked kernel has it too
    forks = Forks() if task.kernel == "warm" and Forks.can_start() else None
    try:
        made = make_or_raise(task, forks)
    finally:
        built.clear()
        if forks:
            forks.close()
    with claimed(out, _LOCK_SECONDS):
        copies = put_made(made, out)
    # Afterwards: the notebook has to find what the case was built from.
    words = FiledWords(filed) if task.edition == "publish" else file_words(case, filed)
    problems = case.record.problems
    return Report(
        tuple(out / name for name in made.contents),
        notebook_of(task),
        tuple(p for p in problems if p.severity == "error"),
        # No edition prints it for readers, and only the analyst's edition lists problems at all.
        tuple(p for p in problems if p.rule == "logo-unreadable"),
        words,
        made.remarks,
        tuple(copies),
    )


def file_words(case: Case | ProgressCase, path: Path) -> FiledWords:
    """Write the first params file, or the drafts that it lacks; a failure is told, not raised."""
    try:
        written = write_first(case, path)
        return FiledWords(path, written, None if written else write_unfiled(case, path))
    except OSError as error:
        return FiledWords(path, failure=str(error))


def _checked_formats(formats: Iterable[str]) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(formats))
    unknown = [name for name in asked if name not in FORMATS]
    if unknown or not asked:
        raise ParameterError(
            where="--format",
            expected="รูปแบบที่ทำได้ คั่นด้วยจุลภาค: " + ",".join(FORMATS),
            found=", ".join(unknown) or "ไม่ได้ระบุ",
            todo="ระบุใหม่ เช่น --format html,pdf",
        )
    return asked
