"""Notebook files: checked before a run, and free of the names of this machine's folders after it."""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ita_nb
from ita_nb.errors import ParameterError


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


def check_notebook(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Check what papermill would let pass: the tagged cell, and the names of the parameters.

    Raises ParameterError.
    """
    if not notebook.exists():
        raise ParameterError(
            where=str(notebook.parent),
            expected=f"สมุดบันทึก {notebook.name}",
            found="ไม่มีแฟ้มนี้",
            todo="คัดลอกโฟลเดอร์ notebooks ของโครงการมาไว้ในโฟลเดอร์งาน",
        )
    # Read by hand: the libraries for notebooks take longer to import than all else before a batch starts.
    code = _code_cells(notebook)
    tagged = [i for i, (is_tagged, _) in enumerate(code) if is_tagged]
    declared = _assigned(code[0][1]) if tagged == [0] else set()
    if tagged != [0] or set(parameters) - declared:
        raise ParameterError(
            where=notebook.name,
            expected='เซลล์โค้ดแรกมีป้าย (tag) "parameters" และประกาศ ' + ", ".join(parameters),
            found="ประกาศไว้ " + (", ".join(sorted(declared)) or "ไม่มีเซลล์นี้เป็นเซลล์โค้ดแรก"),
            todo="ใช้สมุดบันทึกต้นฉบับของโครงการ หรือใส่ป้ายและพารามิเตอร์ให้ครบ",
        )


def _assigned(source: str) -> set[str]:
    """Return the names that a cell gives a value to."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return set()
    plain = [target for s in statements if isinstance(s, ast.Assign) for target in s.targets]
    targets = plain + [s.target for s in statements if isinstance(s, ast.AnnAssign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


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


def write_partial(notebook: Any, path: Path, *, without: Sequence[Path]) -> None:
    """Write what a failed run has left, without the folders ``without`` and those of the programs."""
    folders = _folders(without)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for key in {"text", "evalue", "traceback"} & set(output):
                output[key] = _without(folders, output[key])
    write_notebook(notebook, path)


def _folders(others: Sequence[Path]) -> list[str]:
    """Return the folders that a traceback may name, those within others first."""
    programs = (Path(ita_nb.__file__).parents[1], Path(sys.prefix), Path(sys.base_prefix))
    own = (*programs, *others, *(folder.resolve() for folder in others))
    return sorted({str(folder) for folder in own if folder.parent != folder}, key=len, reverse=True)


def _without(folders: list[str], text: Any) -> Any:
    if isinstance(text, list):
        return [_without(folders, line) for line in text]
    for folder in folders:
        text = text.replace(folder + os.sep, "")
    return text
