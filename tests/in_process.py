"""A notebook run without a kernel, so that what comes after it can be tested quickly."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from ita_nb.batch.execution import Execution, ExecutionError, Limits, Trouble
from ita_nb.batch.notebook_files import check_notebook, write_notebook
from ita_nb.batch.task import NOTEBOOKS, KernelKind, Task, parameters_of
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
    made, namespace = nbformat.read(notebook, as_version=4), {}
    made.metadata["papermill"] = {"parameters": dict(parameters)}
    for number, cell in enumerate((c for c in made.cells if c.cell_type == "code"), start=1):
        try:
            shown = _run_cell(cell.source, namespace)
        except Exception as error:  # noqa: BLE001 - a kernel catches everything too
            name = type(error).__name__
            lines = traceback.format_exception(error)
            cell.outputs = [nbformat.v4.new_output("error", ename=name, evalue=str(error), traceback=lines)]
            return made, Trouble("cell-failed", number, f"{name}: {error}")
        if number == 1:
            namespace |= {**parameters, "workspace": str(folder)}
        if shown is not None:
            cell.outputs = [nbformat.v4.new_output("display_data", data=shown._repr_mimebundle_())]
    return made, None


def _run_cell(source: str, namespace: dict[str, Any]) -> Any:
    *statements, last = ast.parse(source).body
    whole = ast.Module([*statements, *([] if isinstance(last, ast.Expr) else [last])], [])
    exec(compile(whole, "cell", "exec"), namespace)  # noqa: S102 our own notebook
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)  # noqa: S307


def executed(task: Task) -> Any:
    """Return the executed notebook of a task."""
    workspace = Path(task.workspace)
    made, failed = run(workspace / "notebooks" / NOTEBOOKS[task.document], parameters_of(task), workspace)
    assert failed is None, failed
    return made
