"""Reading one workspace table: its columns are checked, its rows are text with a place to point at."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from ita_nb.errors import IntakeError
from ita_nb.thai import nearest, revealed


@dataclass(frozen=True)
class TableForm:
    """The columns of a workspace table in the order of the contract, and those that it must have."""

    name: str
    columns: tuple[str, ...]
    required: tuple[str, ...]


def _form(name: str, columns: str) -> TableForm:
    """Return the form with these columns; those in brackets may be missing."""
    words = columns.split()
    required = tuple(word for word in words if not word.startswith("["))
    return TableForm(name, tuple(word.strip("[]") for word in words), required)


AGENCIES = _form("agencies", "agency_id name_th [agency_type] [district_th] [province_th]")
STATED_SCORES = _form("stated_scores", "agency_id node [part] score")
STATED_RESULTS = _form("stated_results", "agency_id [level_th] [n_iit] [n_eit1] [n_eit2] [population_iit]")
RESPONSES = _form("responses", "agency_id item [part] option [share] [count]")
REMARKS = _form("remarks", "agency_id item kind text_th [status]")
MEASURES = _form(
    "measures",
    "agency_id measure_id [topic] items title_th [steps_th] [start] [end] [responsible_th] [follow_up_th] "
    "[output_th] [evidence_th] [status]",
)
PROGRESS = _form(
    "progress",
    "agency_id measure_id [as_of] [state] output_th [outcome_th] [evidence] [suggestion_th] [reason_th]",
)
# Bytes that are no UTF-8, as Python keeps them in a text.
_NO_UTF_8 = re.compile("[\udc80-\udcff]")
# What stands in the folder of a fiscal year.
YEAR_TABLES = (STATED_SCORES, STATED_RESULTS, RESPONSES, REMARKS, MEASURES, PROGRESS)


@dataclass(frozen=True)
class TableRow:
    """One row as received: trimmed text by column (``""`` where the column is absent) and its place.

    ``missing`` are the columns of the header for which the row has no cell.
    """

    where: str
    values: Mapping[str, str]
    missing: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> str:
        """Return the text of a column."""
        return self.values.get(column, "")


class _Broken(NamedTuple):
    """A row that cannot be read: its first line, whose it is, what is wrong (Thai), and its text."""

    number: int
    agency_id: str
    found: str
    text: str


class Table:
    """A table as received: its rows by agency, each agency's in the order of the file.

    What is kept of a row is its cells and its line; the rows of one agency are built when they are asked
    for, so that hundreds of agencies in one file cost neither memory nor a search each.
    """

    def __init__(
        self,
        shown_as: str,
        unit: str,
        header: Sequence[str],
        rows: Iterable[tuple[int, Sequence[str]]],
        broken: Iterable[_Broken] = (),
    ) -> None:
        """Group the rows (their number and their cells); ``unit`` is what the number counts.

        ``broken`` are rows that cannot be read: each stops its own agency.
        """
        self.shown_as = shown_as
        self._unit, self._header = unit, tuple(header)
        self._rows: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        at = self._header.index("agency_id")
        # Ids, codes and many scores are the same text in thousands of rows: one copy serves them all.
        known: dict[str, str] = {}
        for number, cells in rows:
            if len(cells) > len(self._header) and at:
                raise self._too_many(number, cells)  # whose row it is cannot be told
            row = tuple([known.setdefault(cell, cell) for cell in cells])
            self._rows.setdefault(row[at] if len(row) > at else "", []).append((number, row))
        self._broken: dict[str, list[_Broken]] = {}
        for one in broken:
            self._broken.setdefault(one.agency_id, []).append(one)
            self._rows.setdefault(one.agency_id, [])

    @property
    def agency_ids(self) -> tuple[str, ...]:
        """The agencies that have a row, in the order of their first one."""
        return tuple(self._rows)

    def __contains__(self, agency_id: str) -> bool:
        """Whether an agency has a row."""
        return agency_id in self._rows

    def rows_of(self, agency_id: str) -> list[TableRow]:
        """Return the rows of one agency.

        Raises IntakeError where one cannot be read, or has more cells than the header.
        """
        rows = []
        for one in self._broken.get(agency_id, ()):
            raise IntakeError(
                where=self._where(one.number),
                expected="แถวที่อ่านได้ทั้งแถว: รหัสอักขระ UTF-8 เครื่องหมายคำพูดครบคู่ และไม่ขึ้นบรรทัดใหม่ในช่องรหัสหรือคะแนน",
                found=one.found,
                todo="ตรวจเครื่องหมายคำพูดและแก้แถวที่เริ่มในบรรทัดนี้ แล้วบันทึกเป็นชนิด CSV UTF-8 (Comma delimited)",
            )
        for number, cells in self._rows.get(agency_id, ()):
            if len(cells) > len(self._header):
                raise self._too_many(number, cells)
            missing = self._header[len(cells) :]
            # Whatever is wrong in a short row, here is why.
            short = (
                f" (พบ {len(cells)} ช่อง ที่คาดไว้คือ {len(self._header)} ช่องตามหัวตาราง อาจขาดจุลภาค)"
                if missing
                else ""
            )
            values = dict(zip(self._header, cells, strict=False))
            rows.append(TableRow(self._where(number) + short, values, missing))
        return rows

    def fingerprint(self, agency_id: str) -> bytes:
        """Return a fingerprint of what the rows of one agency hold, wherever they and their columns stand."""
        filled = [
            sorted((name, cell) for name, cell in zip_longest(self._header, cells, fillvalue="") if cell)
            for _, cells in self._rows.get(agency_id, ())
        ]
        filled += [[(one.found, one.text)] for one in self._broken.get(agency_id, ())]
        return hashlib.sha256(repr(filled).encode("utf-8", "surrogatepass")).digest()

    def _where(self, number: int) -> str:
        return f"{self.shown_as} {self._unit} {number}"

    def _too_many(self, number: int, cells: Sequence[str]) -> IntakeError:
        return IntakeError(
            where=self._where(number),
            expected=f"{len(self._header)} ช่องตามหัวตาราง",
            found=f"{len(cells)} ช่อง",
            todo='ใส่เครื่องหมายคำพูด "..." ครอบข้อความที่มีเครื่องหมายจุลภาค',
        )


def read_table(folder: Path, form: TableForm, shown_as: str) -> Table | None:
    """Read ``<folder>/<name>.csv`` (or ``.parquet``) once; ``None`` when there is no such file.

    ``shown_as`` is how messages name the folder. Raises IntakeError for a file that cannot be read
    as UTF-8 CSV, lacks a required column, or has an unknown one. A row with too many cells stops only
    the agency that it is of (:meth:`Table.rows_of`).
    """
    paths = (folder / f"{form.name}.{ending}" for ending in ("csv", "parquet"))
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        return None
    stamp = path.stat()
    found = _read(path, form, f"{shown_as}/{path.name}", (stamp.st_mtime_ns, stamp.st_size))
    if isinstance(found, IntakeError):
        raise found.with_traceback(None)
    return found


@lru_cache(maxsize=128)
def _read(path: Path, form: TableForm, shown_as: str, _stamp: tuple[int, int]) -> Table | IntakeError:
    """Read a table once for all the agencies of a batch, until the file changes; a failure is kept too."""
    read = _read_csv if path.suffix == ".csv" else _read_parquet
    try:
        return read(path, form, shown_as)
    except IntakeError as error:
        # Another program may close the file without a change to it: such a failure is tried again.
        if isinstance(error.__cause__, (OSError, ImportError)):
            raise
        return error


def _read_csv(path: Path, form: TableForm, shown_as: str) -> Table:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise IntakeError(
            where=shown_as,
            expected="แฟ้มที่เปิดอ่านได้",
            found=str(error),
            todo="ปิดโปรแกรมที่เปิดแฟ้มนี้อยู่ แล้วสั่งใหม่",
        ) from error
    # A byte that is no UTF-8 costs the agency in whose row it stands.
    text = raw.decode("utf-8-sig", "surrogateescape")
    if _NO_UTF_8.search(text.partition("\n")[0]):
        raise IntakeError(
            where=shown_as,
            expected="แฟ้ม CSV รหัสอักขระ UTF-8",
            found="บรรทัดแรกมีไบต์ที่ไม่ใช่ UTF-8 (อาจบันทึกเป็น Unicode Text)",
            todo="เปิดแฟ้มใน Excel แล้วบันทึกเป็นชนิด CSV UTF-8 (Comma delimited)",
        )
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise IntakeError(
            where=f"{shown_as} บรรทัด {reader.line_num}",
            expected="แฟ้ม CSV ที่ปิดเครื่องหมายคำพูดครบ",
            found=str(error),
            todo="ตรวจเครื่องหมายคำพูดในบรรทัดแรก",
        ) from error
    while header and not header[-1]:  # Excel leaves empty columns behind
        header.pop()
    other = next((sign for sign in (";", "\t") if len(header) == 1 and sign in header[0]), None)
    if other is not None:
        raise IntakeError(
            where=shown_as,
            expected="ช่องที่คั่นด้วยจุลภาค (,)",
            found="ช่องที่คั่นด้วย " + {";": "อัฒภาค (;)", "\t": "แท็บ"}[other],
            todo="บันทึกแฟ้มใหม่เป็นชนิด CSV UTF-8 (Comma delimited)",
        )
    _check_columns(header, form, shown_as)
    broken: list[_Broken] = []
    known = _known_agencies(path, form, lines) if form in {AGENCIES, REMARKS, MEASURES, PROGRESS} else None
    rows = _csv_rows(lines, reader.line_num, header, known, broken)
    return Table(shown_as, "บรรทัด", header, rows, broken)


def _known_agencies(path: Path, form: TableForm, lines: Iterable[str]) -> frozenset[str]:
    """Return whose rows a table of texts may hold; in the table of the agencies, what looks like an id."""
    if form == AGENCIES:
        cells = (_cell(line, 0) for line in lines)
        return frozenset(cell for cell in cells if re.fullmatch(r"[A-Za-z][\w-]*", cell, re.ASCII))
    with suppress(IntakeError):
        table = read_table(path.parents[1], AGENCIES, "data")
        return frozenset(table.agency_ids if table else ())
    return frozenset()


def _csv_rows(
    lines: Sequence[str], at: int, header: Sequence[str], known: frozenset[str] | None, broken: list[_Broken]
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each row that is not empty, from the line ``at`` on.

    A cell ends with its line, where the table is of codes and numbers; in a table of texts, of which the
    ``known`` agencies are given, before a line that begins like a row of one of them. A line end inside the
    id is left out, for whose row it is has to be known. What cannot be read goes to ``broken``.
    """
    column = header.index("agency_id")
    while at < len(lines):
        number, piece, at = at + 1, lines[at], at + 1
        opened = piece.count('"') % 2 and piece.count(",") == column
        if opened and at < len(lines) and lines[at].partition(",")[0].count('"') == 1:
            piece, at = piece.rstrip("\r\n") + lines[at], at + 1
        while known is not None and piece.count('"') % 2 and at < len(lines):
            if _cell(lines[at], column) in known:
                break
            piece, at = piece + lines[at], at + 1
        reader = csv.reader(io.StringIO(piece, newline=""), strict=True)
        found = "ไบต์ที่ไม่ใช่ UTF-8 (อาจบันทึกเป็น Windows-874)" if _NO_UTF_8.search(piece) else ""
        try:
            read = 0
            for raw in reader:
                first, read = number + read, reader.line_num
                cells = [cell.strip() for cell in raw]
                while len(cells) > len(header) and not cells[-1]:
                    cells.pop()
                if any(cells):
                    yield first, cells
        except csv.Error as error:
            found = f"เครื่องหมายคำพูดไม่ครบคู่ หรือข้อความยาวเกินไป ({error})"
        if found:
            broken.append(_Broken(number, _cell(piece, column).strip(), found, piece))


def _cell(line: str, column: int) -> str:
    """Return a cell of a line that may be no whole row, without the bytes that are no text."""
    return _NO_UTF_8.sub("", (line.split(",", column + 1) + [""] * column)[column]).strip(' "')


def _read_parquet(path: Path, form: TableForm, shown_as: str) -> Table:
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise IntakeError(
            where=shown_as, expected="แฟ้ม Parquet ที่สมบูรณ์", found=str(error), todo="ส่งออกแฟ้มใหม่อีกครั้ง"
        ) from error
    header = [str(name).strip() for name in table.columns]
    _check_columns(header, form, shown_as)
    texts = (["" if pd.isna(c) else _text(c) for c in cells] for cells in table.itertuples(index=False))
    filled = ((number, row) for number, row in enumerate(texts, start=1) if any(row))
    return Table(shown_as, "แถว", header, filled)


def _text(cell: object) -> str:
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # pandas makes "1" into 1.0 where a column has gaps
    # float32 49.74 is 49.7400016784668: seven digits are all it ever held.
    return f"{cell:.7g}" if type(cell).__name__ == "float32" else str(cell).strip()


def _check_columns(found: Sequence[str], form: TableForm, shown_as: str) -> None:
    for name in found:
        if name not in form.columns:
            raise IntakeError(
                where=shown_as,
                expected="หัวตาราง " + ", ".join(form.columns),
                found=f'ช่องที่ไม่รู้จัก "{revealed(name)}"',
                todo=f'แก้ชื่อช่องเป็น "{nearest(name, form.columns, 0.0)}" หรือลบช่องนี้ออก',
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
