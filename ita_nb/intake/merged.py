"""Reading the tables that a batch has written: plain text by column, a row each.

The program wrote them itself, so a column that this version does not know is left alone; one that it needs
must be there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from pathlib import Path

from ita_nb.errors import IntakeError

# A batch puts an apostrophe before a text that a spreadsheet would take for a formula.
_GUARDED = re.compile(r"'(?=[=+\-@\t\r\n＝＋－＠])")
_AGAIN = "สั่ง ita-nb batch อีกครั้งเพื่อสร้างตารางของโฟลเดอร์นี้ใหม่"


def read_merged(path: Path, needed: Collection[str]) -> list[dict[str, str]] | None:
    """Return the rows of a CSV file as text by column; ``None`` where there is no such file.

    Raises IntakeError for a file that cannot be read as UTF-8 CSV or lacks a needed column.
    """
    shown_as = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IntakeError(
            where=shown_as, expected="แฟ้ม CSV รหัสอักขระ UTF-8 ที่เปิดอ่านได้", found=str(error), todo=_AGAIN
        ) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        where = f"{shown_as} บรรทัด {reader.line_num}"
        raise IntakeError(where=where, expected="แฟ้ม CSV ที่สมบูรณ์", found=str(error), todo=_AGAIN) from error
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        raise IntakeError(
            where=shown_as,
            expected="หัวตาราง " + ", ".join(needed),
            found="ขาดช่อง " + ", ".join(missing),
            todo=_AGAIN,
        )
    # What stands beyond the header has no name.
    return [{name: _unguarded(cell) for name, cell in row.items() if name} for row in rows]


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell
