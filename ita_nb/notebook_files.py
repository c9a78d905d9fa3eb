"""Notebook files: which one runs, checked before, and free of the names of this machine's folders after."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ita_nb
from ita_nb.errors import ParameterError
from ita_nb.intake.params_file import DocumentName, words_path
from ita_nb.parameters import assigned_in
from ita_nb.task import Task

_PACKAGE = Path(ita_nb.__file__).resolve().parent  # as find_workspace names folders
# The package's own notebooks: an installed wheel holds them, in a clone they stand beside the package.
_IN_WHEEL = _PACKAGE / "notebooks"
OWN_NOTEBOOKS = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent / "notebooks"
# The notebook that makes each document.
NOTEBOOKS: dict[DocumentName, str] = {
    "analysis": "agency_report.ipynb",
    "progress": "measures_progress.ipynb",
}
OVERVIEW = "province_overview.ipynb"
# What a notebook of the previous version opens its report with.
_PREVIOUS = re.compile(r"\bita_nb\.document\.exhibits\b|\b(?:Agency|Progress|Province)Report\(")
# What only the analysis takes: the notebook of the measures declares neither.
_OF_ANALYSIS = {"texts", "measures"}


def shared_notebook(workspace: Path, name: str) -> Path:
    """Return the notebook of this name: that of the workspace's ``notebooks``, else the package's own."""
    path = workspace / "notebooks" / name
    return path if path.exists() else OWN_NOTEBOOKS / name


def work_notebook(workspace: Path, agency_id: str, fiscal_year: int, document: DocumentName) -> Path:
    """Return where the notebook of one agency and year stands, or would stand, beside the shared one."""
    return workspace / "work" / f"{words_path(workspace, agency_id, fiscal_year, document).stem}.ipynb"


def notebook_of(task: Task) -> Path:
    """Return the notebook that makes the document of a task: the agency's own, else the shared one."""
    if task.notebook:
        return task.notebook
    path = work_notebook(task.workspace, task.agency_id, task.fiscal_year, task.document)
    return path if path.exists() else shared_notebook(task.workspace, NOTEBOOKS[task.document])


def origin_of(notebook: Path, workspace: Path) -> str:
    """Return where a notebook comes from: ``package``, ``work``, ``notebooks``, or the name of its file."""
    if notebook.resolve().parent == OWN_NOTEBOOKS:
        return "package"
    own = {workspace.resolve() / name: name for name in ("work", "notebooks")}
    return own.get(notebook.resolve().parent, notebook.name)


def is_the_programs(notebook: Path) -> bool:
    """Whether a notebook is one of the program's own, wherever it lies."""
    ours = OWN_NOTEBOOKS / notebook.name
    return ours.is_file() and ours.read_bytes() == notebook.read_bytes()


def differing(workspace: Path) -> list[str]:
    """Name the notebooks of a workspace that are not those of the program: they are programs of others."""
    names = sorted(path.name for path in OWN_NOTEBOOKS.glob("*.ipynb"))
    there = [path for name in names if (path := workspace / "notebooks" / name).is_file()]
    return [f"notebooks/{path.name}" for path in there if not is_the_programs(path)]


def _code_cells(path: Path) -> list[tuple[bool, str]]:
    """Return of each code cell whether it is tagged for parameters, and its source.

    Raises ParameterError where the file is no notebook.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        return [("parameters" in c["metadata"].get("tags", ()), "".join(c["source"])) for c in code]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ParameterError(
            where=str(path),
            expected="แฟ้มสมุดบันทึก (.ipynb) ที่สมบูรณ์",
            found=f"{type(error).__name__}: {str(error)[:200]}",
            todo="ใช้สมุดบันทึกต้นฉบับของโครงการ",
        ) from error


def check_notebook(
    notebook: Path, parameters: Mapping[str, Any], document: DocumentName | None = None
) -> None:
    """Check what papermill would let pass: the tagged cell, the names of the parameters, the ``document``.

    Raises ParameterError.
    """
    if not notebook.exists():
        raise ParameterError(
            where=str(notebook.parent),
            expected=f"สมุดบันทึก {notebook.name}",
            found="ไม่มีแฟ้มนี้",
            todo="ตรวจชื่อแฟ้มที่ระบุ หากไม่ได้ระบุ ให้ติดตั้งโปรแกรมใหม่",
        )
    # Read by hand: the libraries for notebooks take longer to import than all else before a batch starts.
    code = _code_cells(notebook)
    if any(_PREVIOUS.search(source) for _, source in code):
        raise ParameterError(
            where=str(notebook),
            expected="สมุดบันทึกรุ่นปัจจุบัน ซึ่งเปิดรายงานด้วย open_report(globals())",
            found="สมุดบันทึกของโปรแกรมรุ่นก่อน",
            todo="เปลี่ยนชื่อหรือย้ายแฟ้มนี้ออก โปรแกรมจะใช้สมุดบันทึกรุ่นปัจจุบันแทน "
            "เซลล์ที่เพิ่มเองให้คัดลอกมาใส่ในสมุดที่ได้จาก ita-nb lab",
        )
    tagged = [i for i, (is_tagged, _) in enumerate(code) if is_tagged]
    declared = assigned_in(code[0][1]) if tagged == [0] else set()
    if tagged != [0] or set(parameters) - declared:
        raise ParameterError(
            where=notebook.name,
            expected='เซลล์โค้ดแรกมีป้าย (tag) "parameters" และประกาศ ' + ", ".join(parameters),
            found="ประกาศไว้ " + (", ".join(sorted(declared)) or "ไม่มีเซลล์นี้เป็นเซลล์โค้ดแรก"),
            todo="ใช้สมุดบันทึกต้นฉบับของโครงการ หรือใส่ป้ายและพารามิเตอร์ให้ครบ",
        )
    made_for: DocumentName = "analysis" if declared & _OF_ANALYSIS else "progress"
    if document not in {None, made_for}:
        raise ParameterError(
            where=notebook.name,
            expected=f"สมุดบันทึกของเอกสาร {document}",
            found=f"สมุดบันทึกของเอกสาร {made_for} (ดูจากพารามิเตอร์ texts และ measures)",
            todo=f"ระบุ --document {made_for} หรือใช้สมุดบันทึกของเอกสาร {document}",
        )


def make_work_notebook(workspace: Path, agency_id: str, fiscal_year: int, document: DocumentName) -> Path:
    """Copy the shared notebook to ``work``, with this agency and year for defaults; return the copy.

    Raises ParameterError where the shared notebook cannot be used, OSError where the copy cannot be written.
    """
    source = shared_notebook(workspace, NOTEBOOKS[document])
    values = {"agency_id": agency_id, "fiscal_year": fiscal_year}
    check_notebook(source, values, document)
    notebook = json.loads(source.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code[0]["source"] = _with_values("".join(code[0]["source"]), values)
    for cell in code:  # whoever saved the shared one may have run it for another agency
        cell.update(outputs=[], execution_count=None)
    path = work_notebook(workspace, agency_id, fiscal_year, document)
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        json.dump(notebook, file, ensure_ascii=False, indent=1)
    return path


def _with_values(source: str, values: Mapping[str, Any]) -> str:
    """Put other values in place of those that a cell assigns, a line each; all else of it stays."""
    for name, value in values.items():
        assigned = re.compile(rf"^({name}\b[^=\n]*= *)[^#\n]*?( *(?:#.*)?)$", re.MULTILINE)
        source = assigned.sub(rf"\g<1>{json.dumps(value)}\g<2>", source)
    return source


def forget_folders(notebook: Any, name: str) -> None:
    """Keep the folders of this machine out of the record of a run: the notebook goes to other people."""
    notebook.metadata.papermill.update(input_path=name, output_path=name)


def notebook_bytes(notebook: Any) -> bytes:
    """Write a notebook, a line for each cell: to indent every number of its tables would be slow."""
    cells = ",\n".join(json.dumps(cell, ensure_ascii=False, sort_keys=True) for cell in notebook.cells)
    others = {name: value for name, value in notebook.items() if name != "cells"}
    rest = json.dumps(others, ensure_ascii=False, sort_keys=True)
    return f'{{"cells": [\n{cells}\n],\n{rest[1:]}\n'.encode("utf-8", "backslashreplace")


def partial_bytes(notebook: Any, *, without: Iterable[Path]) -> bytes:
    """Write what a failed run has left, without the folders ``without`` and those of the programs."""
    programs = (Path(ita_nb.__file__).parents[1], Path(sys.prefix), Path(sys.base_prefix))
    own = {str(folder) for one in (*programs, *without) for folder in (one, one.resolve())} - {os.sep}
    folders = re.compile(
        "|".join(re.escape(folder + os.sep) for folder in sorted(own, key=len, reverse=True))
    )
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for key in {"text", "evalue"} & set(output):
                output[key] = folders.sub("", output[key])
            if "traceback" in output:
                output["traceback"] = [folders.sub("", line) for line in output["traceback"]]
    return notebook_bytes(notebook)
