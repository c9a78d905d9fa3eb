"""Writing a synthetic workspace: only where nothing of others lies, and the same bytes every time.

``data/synthetic.json`` marks the folder as made here and lists its files, so that a later run may renew
them and remove what it no longer makes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ita_nb.errors import ParameterError
from ita_nb.synth.rows import Row

MARKER = "data/synthetic.json"


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Return a table as CSV text; a column that a row lacks is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_workspace(out: Path, texts: Mapping[str, str], made: str) -> tuple[Path, ...]:
    """Write the files (by path under ``out``) and return their paths.

    ``made`` says what is made: of something else an earlier run's files go, unless they were changed.

    Raises ParameterError when ``out`` holds data or files of these names that were not made here.
    """
    encoded = {name: text.encode() for name, text in texts.items()}
    made_before, before = _made_before(out)
    _refuse_foreign(out, encoded, before)
    marks = {name: _mark(content) for name, content in encoded.items()}
    if made_before == made:
        marks = before | marks
    else:
        for name in sorted(set(before) - set(marks)):
            _remove_unchanged(out / name, before[name])
    # The marker comes first: a run that is killed midway can be repeated.
    marker = json.dumps({"synthetic": made, "files": marks}, ensure_ascii=False, indent=1)
    _write(out / MARKER, f"{marker}\n".encode())
    for name, content in encoded.items():
        _write(out / name, content)
    return tuple(out / name for name in [MARKER, *encoded])


def _made_before(out: Path) -> tuple[str, dict[str, str]]:
    """Return what an earlier run made here, and its files, each with its mark; nothing in a new folder."""
    path = out / MARKER
    if not path.exists():
        if (out / "data").exists():
            raise _foreign(out, "data/")
        return "", {}
    try:
        marker = json.loads(path.read_text(encoding="utf-8"))
        files = {str(name): str(mark) for name, mark in marker["files"].items() if _is_inside(out, name)}
        return str(marker["synthetic"]), files
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _foreign(out, f"{MARKER} ที่อ่านไม่ได้ ({error})") from error


def _is_inside(out: Path, name: str) -> bool:
    return (out / name).resolve().is_relative_to(out.resolve())


def _refuse_foreign(out: Path, names: Iterable[str], before: Mapping[str, str]) -> None:
    foreign = [name for name in names if name not in before and (out / name).exists()]
    if foreign:
        raise _foreign(out, ", ".join(foreign[:5]))


def _foreign(out: Path, found: str) -> ParameterError:
    return ParameterError(
        where=str(out),
        expected="โฟลเดอร์ใหม่ หรือโฟลเดอร์ที่ ita-nb synth สร้างไว้ (a new folder, or one made by ita-nb synth)",
        found=found,
        todo="ระบุ -o เป็นโฟลเดอร์ใหม่ เพื่อไม่ให้ข้อมูลสังเคราะห์ปนกับข้อมูลจริง",
    )


def _remove_unchanged(path: Path, mark: str) -> None:
    # What someone has changed since is theirs.
    if path.is_file() and _mark(path.read_bytes()) == mark:
        path.unlink()


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
