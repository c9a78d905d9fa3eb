"""Reading one workspace table: its columns are checked, its rows are text with a place to point at."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ita_nb.errors import IntakeError


@dataclass(frozen=True)
class TableForm:
    """The columns of a workspace table: those it must have and those it may have."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the order of the contract."""
        return self.required + self.optional


AGENCIES = TableForm("agencies", ("agency_id", "name_th"), ("agency_type", "district_th", "province_th"))
STATED_SCORES = TableForm("stated_scores", ("agency_id", "node", "score"), ("part",))
STATED_RESULTS = TableForm(
    "stated_results", ("agency_id",), ("level_th", "n_iit", "n_eit1", "n_eit2", "population_iit")
)
RESPONSES = TableForm("responses", ("agency_id", "item", "option"), ("part", "share", "count"))
REMARKS = TableForm("remarks", ("agency_id", "item", "kind", "text_th"), ("status",))
MEASURES = TableForm(
    "measures",
    ("agency_id", "measure_id", "items", "title_th"),
    (
        "topic",
        "steps_th",
        "start",
        "end",
        "responsible_th",
        "follow_up_th",
        "status",
        "output_th",
        "evidence_th",
    ),
)
PROGRESS = TableForm(
    "progress",
    ("agency_id", "measure_id", "output_th"),
    ("as_of", "outcome_th", "evidence", "suggestion_th"),
)


@dataclass(frozen=True)
class TableRow:
    """One row as received: trimmed text by column (``""`` where the column is absent) and its place."""

    where: str
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the text of a column."""
        return self.values.get(column, "")


def read_table(folder: Path, form: TableForm, shown_as: str) -> list[TableRow] | None:
    """Read ``<folder>/<name>.csv`` (or ``.parquet``); ``None`` when there is no such file.

    ``shown_as`` is how messages name the folder. Raises IntakeError for a file that cannot be read
    as UTF-8 CSV, lacks a required column, or has an unknown one.
    """
    path = folder / f"{form.name}.csv"
    if not path.exists():
        path = path.with_suffix(".parquet")
        if not path.exists():
            return None
    stamp = path.stat()
    return list(_rows_of(path, form, f"{shown_as}/{path.name}", (stamp.st_mtime_ns, stamp.st_size)))


@lru_cache(maxsize=64)
def _rows_of(path: Path, form: TableForm, shown_as: str, _stamp: tuple[int, int]) -> tuple[TableRow, ...]:
    """Read a table once for all the agencies of a batch, until the file changes."""
    read = _csv_rows if path.suffix == ".csv" else _parquet_rows
    return tuple(row for row in read(path, form, shown_as) if any(row.values.values()))


def _csv_rows(path: Path, form: TableForm, shown_as: str) -> Iterable[TableRow]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise IntakeError(
            where=shown_as,
            expected="แฟ้มที่เปิดอ่านได้",
            found=str(error),
            todo="ปิดโปรแกรมที่เปิดแฟ้มนี้อยู่ แล้วสั่งใหม่",
        ) from error
    except UnicodeDecodeError as error:
        raise IntakeError(
            where=shown_as,
            expected="แฟ้ม CSV รหัสอักขระ UTF-8",
            found=f"ไบต์ที่ {error.start + 1} ไม่ใช่ UTF-8 (อาจบันทึกเป็น Windows-874 หรือ Unicode Text)",
            todo="เปิดแฟ้มใน Excel แล้วบันทึกเป็นชนิด CSV UTF-8 (Comma delimited)",
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        while header and not header[-1]:  # Excel leaves empty columns behind
            header.pop()
        _check_separator(header, shown_as)
        _check_columns(header, form, shown_as)
        first = reader.line_num + 1
        for cells in reader:
            where = f"{shown_as} บรรทัด {first}"
            first = reader.line_num + 1  # a row may run over several lines
            while len(cells) > len(header) and not cells[-1].strip():
                cells.pop()
            if len(cells) > len(header):
                raise IntakeError(
                    where=where,
                    expected=f"{len(header)} ช่องตามหัวตาราง",
                    found=f"{len(cells)} ช่อง",
                    todo='ใส่เครื่องหมายคำพูด "..." ครอบข้อความที่มีเครื่องหมายจุลภาค',
                )
            yield TableRow(where, {n: c.strip() for n, c in zip(header, cells, strict=False)})
    except csv.Error as error:
        raise IntakeError(
            where=f"{shown_as} บรรทัด {reader.line_num}",
            expected="แฟ้ม CSV ที่ปิดเครื่องหมายคำพูดครบ",
            found=str(error),
            todo="ตรวจเครื่องหมายคำพูดในบรรทัดนี้และบรรทัดก่อนหน้า",
        ) from error


def _parquet_rows(path: Path, form: TableForm, shown_as: str) -> list[TableRow]:
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except ImportError as error:
        raise IntakeError(
            where=shown_as,
            expected="ชุดโปรแกรม pyarrow สำหรับอ่านแฟ้ม Parquet",
            found="ยังไม่ได้ติดตั้ง",
            todo="ติดตั้งด้วยคำสั่ง pip install 'ita-nb[parquet]' หรือส่งออกเป็น CSV UTF-8",
        ) from error
    except (OSError, ValueError) as error:
        raise IntakeError(
            where=shown_as, expected="แฟ้ม Parquet ที่สมบูรณ์", found=str(error), todo="ส่งออกแฟ้มใหม่อีกครั้ง"
        ) from error
    header = [str(name).strip() for name in table.columns]
    _check_columns(header, form, shown_as)
    rows = []
    for number, cells in enumerate(table.itertuples(index=False), start=1):
        texts = ("" if pd.isna(cell) else _text(cell) for cell in cells)
        rows.append(TableRow(f"{shown_as} แถว {number}", dict(zip(header, texts, strict=True))))
    return rows


def _text(cell: object) -> str:
    midnight = dt.time()
    if isinstance(cell, dt.datetime) and cell.time() == midnight:
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # pandas makes "1" into 1.0 where a column has gaps
    # float32 49.74 is 49.7400016784668: seven digits are all it ever held.
    return f"{cell:.7g}" if type(cell).__name__ == "float32" else str(cell).strip()


def _check_separator(header: list[str], shown_as: str) -> None:
    other = next((sign for sign in (";", "\t") if len(header) == 1 and sign in header[0]), None)
    if other is not None:
        raise IntakeError(
            where=shown_as,
            expected="ช่องที่คั่นด้วยจุลภาค (,)",
            found="ช่องที่คั่นด้วย " + {";": "อัฒภาค (;)", "\t": "แท็บ"}[other],
            todo="บันทึกแฟ้มใหม่เป็นชนิด CSV UTF-8 (Comma delimited)",
        )


def _check_columns(header: Iterable[str], form: TableForm, shown_as: str) -> None:
    found = list(header)
    for name in found:
        if name not in form.columns:
            near = difflib.get_close_matches(name, form.columns, n=1, cutoff=0.0)
            raise IntakeError(
                where=shown_as,
                expected="หัวตาราง " + ", ".join(form.columns),
                found=f'ช่องที่ไม่รู้จัก "{name}"',
                todo=f'แก้ชื่อช่องเป็น "{near[0]}" หรือลบช่องนี้ออก',
            )
    missing = [name for name in form.required if name not in found]
    if missing:
        raise IntakeError(
            where=shown_as,
            expected="หัวตาราง " + ", ".join(form.columns),
            found="ขาดช่อง " + ", ".join(missing),
            todo="เพิ่มช่องที่ขาดในแถวแรกของแฟ้ม",
        )
    if len(found) != len(set(found)):
        raise IntakeError(where=shown_as, expected="ชื่อช่องไม่ซ้ำ", found=", ".join(found), todo="ลบช่องที่ซ้ำออก")
