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
from ita_nb.displayed import section_of
from ita_nb.execution import Execution, ExecutionError
from ita_nb.intake.params_file import DocumentName
from ita_nb.notebook_files import check_notebook, notebook_of
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
    made, namespace, shown = nbformat.read(notebook, as_version=4), dict[str, Any](), list[Any]()
    made.metadata["papermill"] = {"parameters": dict(parameters)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IPython.display, "display", shown.append)
        patch.setattr(sys, "displayhook", lambda value: None if value is None else shown.append(value))
        for number, cell in enumerate((c for c in made.cells if c.cell_type == "code"), start=1):
            shown.clear()
            *statements, last = ast.parse(cell.source).body
            try:
                exec(compile(ast.Module(statements, []), "cell", "exec"), namespace)  # noqa: S102 our own notebook
                exec(compile(ast.Interactive([last]), "cell", "single"), namespace)  # noqa: S102 shows its value
            except Exception as error:  # a kernel catches everything too
                name, lines = type(error).__name__, traceback.format_exception(error)
                told = nbformat.v4.new_output("error", ename=name, evalue=str(error), traceback=lines)
                cell.outputs, found = [told], f"{name}: {error}"
                raise ExecutionError(notebook.name, "cell-failed", number, found, Limits(), made) from error
            # What carries itself is taken as it is; a value becomes what `show` makes of it.
            own = [thing if hasattr(thing, "_repr_mimebundle_") else section_of(thing) for thing in shown]
            bundles = (thing._repr_mimebundle_() for thing in own)
            cell.outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in bundles]
            if "parameters" in cell.metadata.get("tags", ()):
                namespace |= {**parameters, "workspace": str(workspace)}
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
