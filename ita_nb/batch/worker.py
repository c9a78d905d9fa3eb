"""The worker: one task -> its notebook run, its documents made, verified and put in place.

Whatever goes wrong in a task is its outcome: nothing is raised, and nothing is left behind but the files of
the agency, or the notebook as far as it came under ``failed/``.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil

from ita_nb.batch.claim import WORK
from ita_nb.batch.entries import FAILED
from ita_nb.batch.execution import Execution, ExecutionError, Limits, execute
from ita_nb.batch.exports import export
from ita_nb.batch.notebook_files import notebook_of
from ita_nb.batch.said import UnverifiedError
from ita_nb.batch.stores import StoreError, put_together, remove
from ita_nb.batch.task import Cause, Failure, Outcome, Task, parameters_of
from ita_nb.errors import FactsError, IntakeError, ItaError, ParameterError, PublicationRefusedError

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


def make_one(task: Task) -> Outcome:
    """Make the document of a task; what goes wrong is told in the outcome, never raised."""
    began, cpu_began = time.monotonic(), time.process_time()
    try:
        with _work_folder(task) as folder:
            outcome = _made_in(folder, task)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other agencies go on
        outcome = _failed(task, error)
    return replace(
        outcome,
        seconds=time.monotonic() - began,
        cpu_seconds=outcome.cpu_seconds + time.process_time() - cpu_began,
        # They seldom need their most at the same time: whoever plans by the sum has enough.
        peak_mb=outcome.peak_mb + (psutil.Process().memory_info().rss >> 20),
    )


def serve(incoming: int, outgoing: int) -> None:
    """Answer each task, a line of the descriptor ``incoming``, by its outcome; end when no more can come."""
    with (
        os.fdopen(incoming, encoding="utf-8", newline="\n") as asking,
        # A file name that is no text would end the worker; escaped, it is what JSON can hold.
        os.fdopen(outgoing, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as answering,
    ):
        for line in asking:
            answering.write(make_one(Task.from_json(line)).to_json() + "\n")
            answering.flush()


@contextmanager
def _work_folder(task: Task) -> Iterator[Path]:
    """Give a new folder on the disk of the outputs, files move from it in one step."""
    folder = Path(task.out, WORK, f"{task.stem}-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made_in(folder: Path, task: Task) -> Outcome:
    executed, workspace = folder / f"{task.stem}.ipynb", Path(task.workspace)
    # What a cell writes by a mere name must not meet what the cell of another agency writes.
    own = folder / "run"
    own.mkdir()
    execution: Execution | None = None
    try:
        execution = execute(
            notebook_of(task),
            executed,
            parameters_of(task),
            own,
            workspace=workspace,
            kernel=task.kernel,
            limits=Limits(task.cell_seconds, task.run_seconds, task.memory_mb),
            log=folder / "kernel.log",
        )
        made = export(execution.notebook, executed, task)
        files = put_together(made.paths, Path(task.out, task.agency_id))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other agencies go on
        outcome = _failed(task, error, _kept(executed, task))
        execution = error.execution if isinstance(error, ExecutionError) else execution
    else:
        with suppress(ItaError):
            remove(Path(task.out, FAILED, executed.name))
        errors = made.content.tables["results"][0]["errors"]
        outcome = Outcome(
            task.key, task.agency_id, files, content=made.content.packed(), errors=errors, pages=made.pages
        )
    if execution is None:
        return outcome
    used = {name: getattr(execution, name) for name in ("kernel", "attempts", "cpu_seconds", "peak_mb")}
    return replace(outcome, **used)


def _kept(executed: Path, task: Task) -> str:
    """Keep the notebook as far as it came, with the error in it; return its path under the outputs."""
    if not executed.exists():
        return ""
    with suppress(ItaError):  # where nothing can be written, the failure itself says so
        return put_together([executed], Path(task.out, FAILED))[0].path
    return ""


# ---------------------------------------------------------------- why it failed


def _failed(task: Task, error: Exception, kept: str = "") -> Outcome:
    return Outcome(task.key, task.agency_id, failure=replace(_failure(error), kept=kept), kernel=task.kernel)


def _failure(error: Exception) -> Failure:
    if isinstance(error, ExecutionError):
        return _failed_cell(error)
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


def _failed_cell(error: ExecutionError) -> Failure:
    name, _, said = error.found.partition(": ")
    if error.cause != "cell-failed" or name not in _OF_THE_AGENCY:
        return Failure(error.cause, error.where, str(error))
    return Failure(_OF_THE_AGENCY[name], error.where, said.strip())


if __name__ == "__main__":
    # What a library prints must not come between the answers.
    answers = os.dup(1)
    os.dup2(2, 1)
    serve(os.dup(0), answers)
