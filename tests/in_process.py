"""A notebook run without a kernel, so that what comes after it can be tested quickly."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from ita_nb.batch.execution import Execution, ExecutionError, Limits, Trouble
from ita_nb.batch.notebook_files import check_notebook, write_notebook
from ita_nb.batch.task import NOTEBOOKS, KernelKind, Task, parameters_of
from ita_nb.batch.warmup import run_here
from ita_nb.thai import Digits

ROOT = Path(__file__).resolve().parent.parent
HANNANGAM = "องค์การบริหารส่วนตำบลหันนางาม"


def task_for(out: Path | str = "", workspace: Path = ROOT, digits: Digits = "thai", **changed: Any) -> Task:
    """Return the task of the demo report, or one changed."""
    values = {"key": "k", "agency_id": "hannangam", "name_th": HANNANGAM, "fiscal_year": 2568}
    return Task(**{**values, "workspace": str(workspace), "out": str(out), "digits": digits, **changed})


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
    """Run a notebook as :func:`ita_nb.batch.execution.execute` does, in this process."""
    del kernel, log
    made, failed = run(notebook, parameters, workspace or folder)
    write_notebook(made, executed)
    execution = Execution("cold", 1, 1.0, 100, made)
    if failed:
        raise ExecutionError(notebook.name, failed, limits or Limits(), execution)
    return execution


def run(notebook: Path, parameters: Mapping[str, Any], folder: Path) -> tuple[Any, Trouble | None]:
    """Return the notebook with its outputs as far as it came, and the trouble that it met."""
    check_notebook(notebook, parameters)
    made, failed = run_here(notebook, {**parameters, "workspace": str(folder)})
    made.metadata["papermill"] = {"parameters": dict(parameters)}
    if failed is None:
        return made, None
    number, error = failed
    name, lines = type(error).__name__, traceback.format_exception(error)
    cells = [cell for cell in made.cells if cell.cell_type == "code"]
    told = nbformat.v4.new_output("error", ename=name, evalue=str(error), traceback=lines)
    cells[number - 1].outputs = [told]
    return made, Trouble("cell-failed", number, f"{name}: {error}")


def executed(task: Task) -> Any:
    """Return the executed notebook of a task."""
    workspace = Path(task.workspace)
    made, failed = run(workspace / "notebooks" / NOTEBOOKS[task.document], parameters_of(task), workspace)
    assert failed is None, failed
    return made
