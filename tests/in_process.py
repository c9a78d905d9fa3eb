"""A notebook run without a kernel, so that what comes after it can be tested quickly."""

from __future__ import annotations

import ast
import contextlib
import io
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import IPython.display
import nbformat
import pytest

from ita_nb import execution
from ita_nb.cli import main
from ita_nb.execution import Execution, ExecutionError
from ita_nb.intake.params_file import DocumentName
from ita_nb.notebook_files import check_notebook, notebook_of
from ita_nb.show import section_of
from ita_nb.task import Limits, Task
from ita_nb.thai import Digits

ROOT = Path(__file__).resolve().parent.parent
HANNANGAM = "องค์การบริหารส่วนตำบลหันนางาม"


def task_for(workspace: Path = ROOT, digits: Digits = "thai", **changed: Any) -> Task:
    """Return the task of the demo report, or one changed."""
    values = {"key": "k", "agency_id": "hannangam", "name_th": HANNANGAM, "fiscal_year": 2568}
    return Task(**{**values, "workspace": workspace, "digits": digits, **changed})


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, Any],
    workspace: Path,
    document: DocumentName | None = None,
    **_: Any,
) -> Execution:
    """Run a notebook as :func:`ita_nb.execution.run_notebook` does, in this process."""
    check_notebook(notebook, parameters, document)
    made, failed = run_here(notebook, {**parameters, "workspace": str(workspace)})
    made.metadata["papermill"] = {"parameters": dict(parameters)}
    if failed:
        number, error = failed
        name, lines = type(error).__name__, traceback.format_exception(error)
        cells = [cell for cell in made.cells if cell.cell_type == "code"]
        told = nbformat.v4.new_output("error", ename=name, evalue=str(error), traceback=lines)
        cells[number - 1].outputs = [told]
        raise ExecutionError(notebook.name, "cell-failed", number, f"{name}: {error}", Limits(), made)
    return Execution(made, "cold", 1.0)


@contextlib.contextmanager
def without_kernel() -> Iterator[pytest.MonkeyPatch]:
    """Let reports run their notebooks in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "run_notebook", run_notebook)
        yield patch


def command(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``ita-nb`` in a workspace, in this process and without a kernel; an exception fails the test."""
    said, told = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
    with without_kernel() as patch:
        patch.chdir(root)
        patch.setattr(sys, "argv", ["ita-nb", *arguments])
        patch.setattr(sys, "stdout", said)
        patch.setattr(sys, "stderr", told)
        with pytest.raises(SystemExit) as left:
            main()
    texts = [stream.buffer.getvalue().decode() for stream in (said, told)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(arguments, int(left.value.code or 0), *texts)


def executed(task: Task) -> Any:
    """Return the executed notebook of a task."""
    return run_notebook(notebook_of(task), task.parameters, task.workspace).notebook


def run_here(path: Path, parameters: Mapping[str, Any]) -> tuple[Any, tuple[int, Exception] | None]:
    """Run the cells of a notebook in this process, and return it with what they display.

    Beside it stands the number of the code cell that failed, with its error; what follows has not run.
    """
    notebook, namespace = nbformat.read(path, as_version=4), dict[str, Any]()
    shown: list[Any] = []
    usual = IPython.display.display
    IPython.display.display = shown.append  # type: ignore[assignment]
    try:
        for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
            shown.clear()
            try:
                last = _run_cell(cell.source, namespace)
            except Exception as error:  # noqa: BLE001 a kernel catches everything too
                return notebook, (number, error)
            things = [*shown, *([] if last is None else [last])]
            # What carries itself is taken as it is; a value becomes what `show` makes of it.
            own = [thing if hasattr(thing, "_repr_mimebundle_") else section_of(thing) for thing in things]
            bundles = (thing._repr_mimebundle_() for thing in own)
            cell.outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in bundles]
            namespace |= parameters if "parameters" in cell.metadata.get("tags", ()) else {}
    finally:
        IPython.display.display = usual
    return notebook, None


def _run_cell(source: str, namespace: dict[str, Any]) -> Any:
    """Run a cell; return the value of its last line where that is an expression."""
    *statements, last = ast.parse(source).body
    is_value = isinstance(last, ast.Expr)
    exec(compile(ast.Module([*statements, *([] if is_value else [last])], []), "cell", "exec"), namespace)  # noqa: S102
    value = ast.Expression(last.value) if isinstance(last, ast.Expr) else None
    return eval(compile(value, "cell", "eval"), namespace) if value else None  # noqa: S307 our own notebook
