"""Running a notebook by papermill: checked before, limited while it runs, tried again, kept when it fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from ita_nb.batch.notebook_files import check_notebook, forget_folders, write_notebook, write_partial
from ita_nb.batch.task import Cause, KernelKind
from ita_nb.batch.template import ADDRESS, private_folder
from ita_nb.errors import RenderError
from ita_nb.intake.workspace import WORKSPACE

_START_SECONDS = 60
# How long the last words of a cell may be on their way: a machine may have far more kernels than cores.
_OUTPUT_SECONDS = 30
# A kernel that died holding so much of what it was allowed has most probably died of it.
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class Limits:
    """What one attempt may use: seconds for a cell and for all, MB of memory; ``None`` for no limit."""

    cell_seconds: int | None = None
    run_seconds: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True)
class Execution:
    """How a notebook was run: in which kernel at last, in how many attempts, and what its kernels used.

    ``notebook`` is the notebook with its outputs, as it was written; ``None`` where it failed.
    """

    kernel: KernelKind
    attempts: int
    cpu_seconds: float
    peak_mb: int
    notebook: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Trouble:
    """Why an attempt failed; ``cell`` is the number that the kernel counts, 0 before the first cell."""

    cause: Cause
    cell: int
    found: str


class ExecutionError(RenderError):
    """A notebook did not run to its end. ``where`` names the cell (``เซลล์ที่ 3``), or the notebook.

    ``execution`` is how it was run.
    """

    def __init__(self, notebook: str, trouble: Trouble, limits: Limits, execution: Execution) -> None:
        """Put the trouble into words."""
        values = {"cell": limits.cell_seconds, "run": limits.run_seconds}
        expected, todo = (text.format(**values) for text in _WORDS[trouble.cause])
        cell = f"เซลล์ที่ {trouble.cell}" if trouble.cell else ""
        place = f"{notebook} {cell}".strip()
        super().__init__(where=place, expected=expected, found=trouble.found, todo=todo)
        self.cause = trouble.cause
        self.where = cell or notebook
        self.execution = execution


# What was expected, and what to do.
_WORDS: dict[Cause, tuple[str, str]] = {
    "cell-failed": (
        "สมุดบันทึกทำงานจนจบ",
        "แก้ข้อมูลหรือพารามิเตอร์ตามข้อความ แล้วสั่งใหม่",
    ),
    "cell-timeout": (
        "แต่ละเซลล์ทำงานเสร็จภายใน {cell} วินาที",
        "ตรวจเซลล์ที่ระบุ หรือเพิ่มเวลาต่อเซลล์ แล้วสั่งใหม่",
    ),
    "run-timeout": (
        "สมุดบันทึกทำงานเสร็จทั้งเล่มภายใน {run} วินาที",
        "ลดจำนวนงานที่ทำพร้อมกัน หรือเพิ่มเวลาต่อเล่ม แล้วสั่งใหม่",
    ),
    "memory": (
        "หน่วยความจำเพียงพอสำหรับสมุดบันทึก",
        "ตรวจเซลล์ที่ระบุ ลดจำนวนงานที่ทำพร้อมกัน หรือเพิ่มขีดจำกัดหน่วยความจำ แล้วสั่งใหม่",
    ),
    "kernel-died": (
        "เคอร์เนล Python ทำงานจนจบ",
        "ตรวจหน่วยความจำที่เหลือ และติดตั้งใหม่ด้วย make report แล้วสั่งใหม่",
    ),
}


def execute(
    notebook: Path,
    executed: Path,
    parameters: Mapping[str, Any],
    folder: Path,
    *,
    workspace: Path | None = None,
    kernel: KernelKind = "cold",
    limits: Limits | None = None,
    log: Path | None = None,
) -> Execution:
    """Run a notebook in ``folder`` with ``parameters`` and write it to ``executed``.

    Where ``workspace`` is given, the notebook finds its data there, whatever lies about ``folder``.

    A warm kernel is forked from the template that the environment names; without one it is an ordinary
    one. Where the kernel is lost, one more attempt is made, in an ordinary one. What a kernel writes past
    the notebook goes to the file ``log``, else to standard error.

    Raises ParameterError (see :func:`~ita_nb.batch.notebook_files.check_notebook`) or ExecutionError; the
    notebook is then in ``executed`` as far as it has come, unless no kernel started.
    """
    check_notebook(notebook, parameters)
    asked = _Asked(notebook, executed, parameters, folder, workspace, log)
    tried: list[_Attempt] = []
    kinds: tuple[KernelKind, ...] = (kernel, "cold")
    for kind in kinds:
        tried.append(_Attempt(kind, limits or Limits()))
        tried[-1].make(asked)
        if not tried[-1].lost_kernel:
            break
    last = tried[-1]
    cpu_seconds, peak_mb = sum(one.cpu_seconds for one in tried), max(one.peak_mb for one in tried)
    execution = Execution(last.kernel, len(tried), cpu_seconds, peak_mb)
    if last.trouble:
        made = next((one.made for one in reversed(tried) if one.made), None)
        if made:
            write_partial(made, executed, without=[folder, workspace or folder])
        raise ExecutionError(notebook.name, last.trouble, last.limits, execution)
    write_notebook(last.made, executed)
    return replace(execution, notebook=last.made)


def run_notebook(notebook: Path, executed: Path, parameters: Mapping[str, Any], folder: Path) -> Any:
    """Run a notebook in an ordinary kernel, without limits, and return it; see :func:`execute`."""
    return execute(notebook, executed, parameters, folder).notebook


class _Asked(NamedTuple):
    """What is to be run, and where; see :func:`execute`."""

    notebook: Path
    executed: Path
    parameters: Mapping[str, Any]
    folder: Path
    workspace: Path | None
    log: Path | None


@dataclass
class _Attempt:
    """One attempt to run a notebook, and what is known of it."""

    kernel: KernelKind
    limits: Limits
    cpu_seconds: float = 0.0
    peak_mb: int = 0
    made: Any = None  # the notebook, as far as it has come
    trouble: Trouble | None = None
    lost_kernel: bool = False
    _index: int = -1  # of the cell that was begun last
    _began: float = field(default_factory=monotonic)
    _is_last: bool = False  # whether the time for all ends before the time for the cell

    def make(self, asked: _Asked) -> None:
        """Run the notebook; what goes wrong with it is told in ``trouble``, not raised."""
        from jupyter_client.kernelspec import NoSuchKernel
        from nbclient.exceptions import CellTimeoutError
        from papermill.exceptions import PapermillExecutionError

        try:
            self._run(asked)
        except PapermillExecutionError as error:
            cause: Cause = "memory" if error.ename.endswith("MemoryError") else "cell-failed"
            self.trouble = Trouble(cause, error.exec_count or 0, f"{error.ename}: {error.evalue}")
        except CellTimeoutError:
            self._fail("run-timeout" if self._is_last else "cell-timeout", "ยังทำงานอยู่เมื่อครบกำหนดเวลา")
        except (NoSuchKernel, RuntimeError) as error:
            self.lost_kernel = True
            limit = self.limits.memory_mb
            ate_all = limit is not None and self.peak_mb >= _NEARLY_ALL * limit
            self._fail("memory" if ate_all else "kernel-died", f"{type(error).__name__}: {error}")
        else:
            # For papermill an exit in a cell is a good end, though no later cell ran.
            for exit_ in _errors(self.made.cells[self._index]):
                self._fail("cell-failed", f"{exit_.ename}: {exit_.evalue}")

    def _run(self, asked: _Asked) -> None:
        from papermill.engines import papermill_engines
        from papermill.execute import execute_notebook, raise_for_execution_errors

        from ita_nb.batch.kernels import KERNEL_ARGUMENTS, STDERR, RunKernel

        sockets = private_folder(os.environ.get(ADDRESS))
        try:
            with asked.log.open("ab") if asked.log else nullcontext() as written:
                output = written.fileno() if written else STDERR
                env = {WORKSPACE: str(asked.workspace.absolute())} if asked.workspace else {}
                kernel = RunKernel(sockets, self.kernel, self.limits.memory_mb, output, env)
                try:
                    # Prepared and run apart: in one step it would be written, which takes long, and the
                    # folder of this process be changed.
                    prepared = execute_notebook(
                        str(asked.notebook).replace("{", "{{").replace("}", "}}"),  # no pattern, but a path
                        None,
                        parameters=dict(asked.parameters),
                        kernel_name="python3",  # whatever the notebook was last saved with
                        language="python",
                        prepare_only=True,
                    )
                    self.made = papermill_engines.execute_notebook_with_engine(
                        None,
                        prepared,
                        kernel_name="python3",
                        progress_bar=False,
                        autosave_cell_every=0,
                        start_timeout=_START_SECONDS,
                        iopub_timeout=_OUTPUT_SECONDS,
                        km=kernel,
                        extra_arguments=list(KERNEL_ARGUMENTS),
                        ipython_hist_file="",
                        resources={"metadata": {"path": str(asked.folder)}},
                        timeout_func=self._seconds,
                        on_notebook_start=partial(self._begin, asked.executed),
                        on_cell_start=self._begin_cell,
                    )
                    raise_for_execution_errors(self.made, None)
                finally:
                    kernel.end()
                    self.kernel = kernel.kind
                    self.cpu_seconds, self.peak_mb = kernel.cpu_seconds, kernel.peak_mb
        finally:
            shutil.rmtree(sockets, ignore_errors=True)

    def _begin(self, executed: Path, notebook: Any) -> None:
        self.made = notebook
        forget_folders(notebook, executed)

    def _begin_cell(self, cell: Any, cell_index: int) -> None:  # noqa: ARG002 nbclient names both
        self._index = cell_index

    def _seconds(self, _cell: Any) -> float | None:
        """Return how long the next cell may take."""
        cell, run = self.limits.cell_seconds, self.limits.run_seconds
        left = None if run is None else max(self._began + run - monotonic(), 0.01)
        self._is_last = left is not None and (cell is None or left < cell)
        return left if self._is_last else cell

    def _fail(self, cause: Cause, found: str) -> None:
        begun = self.made.cells[: self._index + 1] if self.made else []
        number = sum(1 for cell in begun if cell.cell_type == "code" and cell.source.strip())
        self.trouble = Trouble(cause, number, found)
        if begun and not _errors(begun[-1]):
            self._mark(begun[-1], cause, found)

    def _mark(self, cell: Any, cause: Cause, found: str) -> None:
        """Put the failure into the notebook, so that nobody takes it for a whole one."""
        from nbformat.v4 import new_output

        cell.outputs.append(new_output("error", ename=cause, evalue=found, traceback=[f"{cause}: {found}"]))
        for record in (cell.metadata.papermill, self.made.metadata.papermill):
            record["exception"] = True
        cell.metadata.papermill["status"] = "failed"


def _errors(cell: Any) -> list[Any]:
    return [output for output in cell.get("outputs", ()) if output.output_type == "error"]
