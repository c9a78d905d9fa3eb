"""Notebook files: checked before a run, and free of the names of this machine's folders after it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ita_nb
from ita_nb.errors import ParameterError


def read_notebook(path: Path) -> Any:
    """Read a notebook. Raises ParameterError where it is none."""
    import nbformat
    from nbformat.reader import NotJSONError

    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (NotJSONError, nbformat.ValidationError, OSError, ValueError) as error:
        raise ParameterError(
            where=str(path),
            expected="แฟ้มสมุดบันทึก (.ipynb) ที่สมบูรณ์",
            found=f"{type(error).__name__}: {str(error)[:200]}",
            todo="ใช้สมุดบันทึกต้นฉบับของโครงการ",
        ) from error


def check_notebook(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Check what papermill would let pass: the tagged cell, and the names of the parameters.

    Raises ParameterError.
    """
    from papermill.inspection import inspect_notebook

    if not notebook.exists():
        raise ParameterError(
            where=str(notebook.parent),
            expected=f"สมุดบันทึก {notebook.name}",
            found="ไม่มีแฟ้มนี้",
            todo="คัดลอกโฟลเดอร์ notebooks ของโครงการมาไว้ในโฟลเดอร์งาน",
        )
    read = read_notebook(notebook)
    # Whatever it was last saved with.
    read.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    code = [c for c in read.cells if c.cell_type == "code"]
    tagged = [i for i, cell in enumerate(code) if "parameters" in cell.metadata.get("tags", ())]
    declared = set(inspect_notebook(read)) if tagged == [0] else set()
    if tagged != [0] or set(parameters) - declared:
        raise ParameterError(
            where=notebook.name,
            expected='เซลล์โค้ดแรกมีป้าย (tag) "parameters" และประกาศ ' + ", ".join(parameters),
            found="ประกาศไว้ " + (", ".join(sorted(declared)) or "ไม่มีเซลล์นี้เป็นเซลล์โค้ดแรก"),
            todo="ใช้สมุดบันทึกต้นฉบับของโครงการ หรือใส่ป้ายและพารามิเตอร์ให้ครบ",
        )


def forget_folders(notebook: Any, executed: Path) -> None:
    """Keep the folders of this machine out of the record of a run: the notebook goes to other people."""
    record = notebook.metadata.papermill
    record.update(input_path=Path(record["input_path"]).name, output_path=executed.name)


def write_notebook(notebook: Any, path: Path) -> None:
    """Write a notebook, a line for each cell: to indent every number of its tables takes ten times as long.

    Raises OSError.
    """
    cells = ",\n".join(json.dumps(cell, ensure_ascii=False, sort_keys=True) for cell in notebook.cells)
    others = {name: value for name, value in notebook.items() if name != "cells"}
    rest = json.dumps(others, ensure_ascii=False, sort_keys=True)
    path.write_text(f'{{"cells": [\n{cells}\n],\n{rest[1:]}\n', encoding="utf-8")


def write_partial(notebook: Any, path: Path, *, run_in: Path) -> None:
    """Write what a failed run has left, without the folders that its tracebacks name."""
    folders = _folders(run_in)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for key in {"text", "evalue", "traceback"} & set(output):
                output[key] = _without(folders, output[key])
    write_notebook(notebook, path)


def _folders(run_in: Path) -> list[str]:
    """Return the folders that a traceback may name, those within others first."""
    own = (
        run_in,
        run_in.resolve(),
        Path(ita_nb.__file__).parents[1],
        Path(sys.prefix),
        Path(sys.base_prefix),
    )
    return sorted({str(folder) for folder in own if folder.parent != folder}, key=len, reverse=True)


def _without(folders: list[str], text: Any) -> Any:
    if isinstance(text, list):
        return [_without(folders, line) for line in text]
    for folder in folders:
        text = text.replace(folder + os.sep, "")
    return text
